/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot_read.h"

#include "flow/snapshotter.h"

/* The entries of a manifest's chunks in lists, one per object: entry numbers from 1, 0 ends. */
struct entry_lists {
    uint32_t *first;        /* by object */
    uint32_t *next;         /* by entry - 1 */
    uint32_t table_first[WORLD_TABLES_MAX + 1];   /* entry before a table's first one */
};

static bool lists_make(const struct snapshot_manifest *manifest, struct arena *scratch,
                       struct entry_lists *lists)
{
    lists->first = arena_try(scratch, manifest->object_count * sizeof *lists->first);
    lists->next = arena_try(scratch, manifest->chunk_count * sizeof *lists->next);
    if (!lists->first || !lists->next || manifest->table_count > WORLD_TABLES_MAX) {
        return false;
    }
    memset(lists->first, 0, manifest->object_count * sizeof *lists->first);
    for (uint32_t i = manifest->chunk_count; i > 0; i--) {
        uint32_t *first = &lists->first[snapshot_manifest_chunk(manifest, i - 1).object];
        lists->next[i - 1] = *first;
        *first = i;
    }
    uint32_t entries = 0;
    for (uint32_t i = 0; i <= manifest->table_count; i++) {
        lists->table_first[i] = entries;
        entries += i < manifest->table_count ? snapshot_manifest_table(manifest, i).chunk_count : 0;
    }
    return true;
}

static uint32_t table_of_entry(const struct entry_lists *lists, uint32_t entry)
{
    uint32_t table = 0;
    while (lists->table_first[table + 1] <= entry) {
        table++;
    }
    return table;
}

static enum status read_object(const struct store_port *store,
                               const struct snapshot_manifest *manifest, uint32_t index,
                               struct bytes *out_pack, struct failure *failure)
{
    const struct snapshot_object object = snapshot_manifest_object(manifest, index);
    char name[SNAPSHOT_NAME_BYTES];
    snapshot_object_name(&object, name);
    struct failure why = { STATUS_OK, "" };
    struct bytes pack;
    const enum status status = store->get(store->context, name, &pack, &why);
    if (status == STATUS_ABSENT) {
        return failure_set(failure, STATUS_LOST, "object %s is missing", name);
    }
    if (status != STATUS_OK) {
        return failure_set(failure, status, "object %s: %.600s", name, why.text);
    }
    if (pack.count != object.raw_bytes) {
        return failure_set(failure, STATUS_LOST, "object %s has %zu bytes instead of %u", name,
                           pack.count, object.raw_bytes);
    }
    *out_pack = pack;
    return STATUS_OK;
}

/* Where a chunk belongs. */
struct chunk_name {
    uint32_t table;
    uint32_t chunk;
};

static struct chunk_name name_of_entry(const struct entry_lists *lists, uint32_t entry)
{
    const uint32_t table = table_of_entry(lists, entry);
    return (struct chunk_name){ table, entry - lists->table_first[table] };
}

static bool object_wanted(const struct snapshot_manifest *manifest, const struct entry_lists *lists,
                          uint32_t object, const struct snapshot_sink *sink)
{
    bool wanted = false;
    for (uint32_t entry = lists->first[object]; entry && !wanted; entry = lists->next[entry - 1]) {
        const struct snapshot_chunk at = snapshot_manifest_chunk(manifest, entry - 1);
        const struct chunk_name name = name_of_entry(lists, entry - 1);
        wanted = !sink->holds(sink->context, name.table, name.chunk, &at);
    }
    return wanted;
}

static enum status take_object(const struct snapshot_manifest *manifest,
                               const struct entry_lists *lists, uint32_t object, struct bytes pack,
                               const struct snapshot_sink *sink, struct failure *failure)
{
    for (uint32_t entry = lists->first[object]; entry; entry = lists->next[entry - 1]) {
        const struct snapshot_chunk at = snapshot_manifest_chunk(manifest, entry - 1);
        const struct chunk_name name = name_of_entry(lists, entry - 1);
        const struct bytes content = bytes_of(pack.data + at.offset, at.length);
        if (hash_bytes(content, 0) != at.hash ||
            !sink->take(sink->context, name.table, name.chunk, content)) {
            return failure_set(failure, STATUS_LOST, "chunk %u of table %u is damaged", name.chunk,
                               name.table);
        }
    }
    return STATUS_OK;
}

enum status snapshot_read_objects(const struct store_port *store,
                                const struct snapshot_manifest *manifest, struct arena *scratch,
                                const struct snapshot_sink *sink, struct failure *failure)
{
    struct entry_lists lists;
    if (!lists_make(manifest, scratch, &lists)) {
        return failure_set(failure, STATUS_LOST, "the manifest is larger than any of ours");
    }
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < manifest->object_count; i++) {
        struct bytes pack = { NULL, 0 };
        if (!object_wanted(manifest, &lists, i, sink)) {
            continue;
        }
        status = read_object(store, manifest, i, &pack, failure);
        if (status == STATUS_OK) {
            status = take_object(manifest, &lists, i, pack, sink, failure);
        }
    }
    return status;
}

enum status snapshot_read_manifest(const struct store_port *store, uint32_t age,
                                 struct arena *scratch, struct snapshot_manifest *out_manifest,
                                 struct failure *failure)
{
    struct bytes value;
    const enum status status = store->manifest(store->context, age, &value, failure);
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t *copy = arena_try(scratch, value.count);
    if (!copy) {
        return failure_set(failure, STATUS_LOST, "the manifest is larger than any of ours");
    }
    memcpy(copy, value.data, value.count);
    return snapshot_manifest_decode(bytes_of(copy, value.count), out_manifest, failure);
}

/* ------------------------------------------------------------------ verifying */

static bool verify_holds(void *context, uint32_t table, uint32_t chunk,
                         const struct snapshot_chunk *at)
{
    (void)context;
    (void)table;
    (void)chunk;
    (void)at;
    return false;
}

static bool verify_take(void *context, uint32_t table, uint32_t chunk, struct bytes content)
{
    (void)context;
    (void)table;
    (void)chunk;
    return content.count > 0;
}

bool snapshot_read_replaced(const struct store_port *store, uint32_t age, uint64_t sequence)
{
    struct bytes value;
    struct snapshot_manifest manifest;
    return store->manifest(store->context, age, &value, NULL) == STATUS_OK &&
           snapshot_manifest_decode(value, &manifest, NULL) == STATUS_OK &&
           manifest.header.sequence != sequence;
}

enum status snapshotter_verify(const struct store_port *store, uint32_t age, struct arena *scratch,
                               struct snapshot_manifest *out_manifest, struct failure *failure)
{
    const struct snapshot_sink sink = { NULL, verify_holds, verify_take };
    enum status status = snapshot_read_manifest(store, age, scratch, out_manifest, failure);
    if (status != STATUS_OK) {
        return status;
    }
    status = snapshot_read_objects(store, out_manifest, scratch, &sink, failure);
    if (status == STATUS_LOST &&
        snapshot_read_replaced(store, age, out_manifest->header.sequence)) {
        return failure_set(failure, STATUS_AGAIN,
                           "a newer snapshot replaced it while it was read: try again");
    }
    return status;
}
