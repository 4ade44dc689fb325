/* SPDX-License-Identifier: Apache-2.0 */
#include "store_sweep.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FOUND_MAX = 1024,          /* by one look through the store */
    BATCH_MAX = 16,
};

struct sweep {
    struct snapshot_object *kept;   /* of both manifests, sorted */
    size_t kept_count;
    uint64_t sequence;
    struct store_item found[FOUND_MAX];
    uint32_t found_count;
};

static int object_compare(const void *left, const void *right)
{
    const struct snapshot_object *a = left;
    const struct snapshot_object *b = right;
    if (a->writer != b->writer) {
        return a->writer < b->writer ? -1 : 1;
    }
    if (a->sequence != b->sequence) {
        return a->sequence < b->sequence ? -1 : 1;
    }
    return a->number == b->number ? 0 : a->number < b->number ? -1 : 1;
}

static bool kept(const struct sweep *sweep, const struct snapshot_object *object)
{
    return sweep->kept_count > 0 && bsearch(object, sweep->kept, sweep->kept_count, sizeof *object,
                                            object_compare) != NULL;
}

static void visit(void *visitor, const char *name)
{
    struct sweep *sweep = visitor;
    struct snapshot_object object;
    if (sweep->found_count < FOUND_MAX && snapshot_object_parse(name, &object) &&
        object.sequence <= sweep->sequence && !kept(sweep, &object)) {
        struct store_item *item = &sweep->found[sweep->found_count++];
        (void)snprintf(item->name, sizeof item->name, "%s", name);
    }
}

static bool keep(struct sweep *sweep, const struct snapshot_manifest *manifest)
{
    const size_t count = sweep->kept_count + manifest->object_count;
    struct snapshot_object *all = realloc(sweep->kept, (count + 1) * sizeof *all);
    if (!all) {
        return false;
    }
    for (uint32_t i = 0; i < manifest->object_count; i++) {
        all[sweep->kept_count + i] = snapshot_manifest_object(manifest, i);
    }
    sweep->kept = all;
    sweep->kept_count = count;
    return true;
}

static enum status drop_found(const struct store_backend *backend, struct sweep *sweep,
                              struct failure *failure)
{
    if (sweep->kept_count > 0) {
        qsort(sweep->kept, sweep->kept_count, sizeof *sweep->kept, object_compare);
    }
    enum status status = backend->list(backend->context, visit, sweep, failure);
    for (uint32_t i = 0; status == STATUS_OK && i < sweep->found_count; i += BATCH_MAX) {
        const uint32_t left = sweep->found_count - i;
        status = backend->drop(backend->context, sweep->found + i,
                               left < BATCH_MAX ? left : BATCH_MAX, failure);
    }
    return status;
}

enum status store_sweep(const struct store_backend *backend,
                        const struct snapshot_manifest *newest, bool *out_clean,
                        struct failure *failure)
{
    struct sweep sweep = { .sequence = newest->header.sequence };
    struct bytes content;
    struct snapshot_manifest older;
    enum status status = backend->manifest(backend->context, 1, &content, failure);
    if (status != STATUS_OK && status != STATUS_ABSENT) {
        return status;
    }
    bool known = keep(&sweep, newest);
    if (status == STATUS_OK) {
        known = known && snapshot_manifest_decode(content, &older, NULL) == STATUS_OK &&
                keep(&sweep, &older);
    }
    status = known ? drop_found(backend, &sweep, failure) : STATUS_OK;
    if (status == STATUS_OK) {
        *out_clean = known && sweep.found_count < FOUND_MAX;
    }
    free(sweep.kept);
    return status;
}
