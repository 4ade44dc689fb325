/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/stores.h"
#include "edge/json_writer.h"
#include "edge/os.h"
#include "flow/snapshotter.h"
#include "wire/date_text.h"

/* A store keeps two manifests usable; address space for the largest, pages come as used. */
enum { AGES = 2, LINE_BYTES = 4096 };
#define SCRATCH_BYTES (UINT64_C(8) << 30)

/* One snapshot of one store and what is to be said of it. */
struct finding {
    const char *store;
    const char *state;             /* listed, whole, damaged, none, unreachable */
    const struct snapshot_manifest *manifest;   /* NULL: none could be read */
    const char *problem;
};

static void print_row(const struct finding *finding)
{
    const struct snapshot_manifest *manifest = finding->manifest;
    if (!manifest) {
        (void)printf("%-11s %s  %s\n", finding->state, finding->store, finding->problem);
        return;
    }
    char instant[INSTANT_TEXT_BYTES];
    const struct bytes at = date_text_instant(manifest->header.now_ms * NS_PER_MS, instant);
    (void)printf("%-11s %s  sequence %" PRIu64 "  %.*s  %" PRIu64 " bytes in %" PRIu32
                 " objects  journal offset %" PRId64 "  %s\n",
                 finding->state, finding->store, manifest->header.sequence, (int)at.count,
                 (const char *)at.data, manifest->raw_bytes, manifest->object_count,
                 manifest->header.journal_offset, finding->problem);
}

static void write_manifest(struct json_writer *writer, const struct snapshot_manifest *manifest)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        { "sequence", (int64_t)manifest->header.sequence },
        { "journal_offset", manifest->header.journal_offset },
        { "taken_ms", manifest->header.now_ms },
        { "bytes", (int64_t)manifest->raw_bytes },
        { "objects", manifest->object_count },
        { "layout", manifest->header.layout_version },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        json_write_key(writer, numbers[i].name);
        json_write_integer(writer, numbers[i].value);
    }
}

static void print_json(const struct finding *finding)
{
    uint8_t room[LINE_BYTES];
    struct buffer out = buffer_of(room, sizeof room);
    struct json_writer writer = json_writer_of(&out);
    json_write_begin(&writer, '{');
    json_write_key(&writer, "store");
    json_write_text(&writer, finding->store);
    json_write_key(&writer, "state");
    json_write_text(&writer, finding->state);
    if (finding->manifest) {
        write_manifest(&writer, finding->manifest);
    }
    json_write_key(&writer, "problem");
    json_write_bytes(&writer,
                     finding->problem[0] ? bytes_text(finding->problem) : bytes_of(NULL, 0));
    json_write_end(&writer, '}');
    (void)printf("%.*s\n", (int)out.count, (const char *)out.data);
}

static void print(const struct arguments *arguments, const struct finding *finding)
{
    if (arguments->json) {
        print_json(finding);
    } else {
        print_row(finding);
    }
}

/* The manifest alone, or with every object that it names. STATUS_LOST: damaged. */
static enum status look(const struct arguments *arguments, const struct store_port *store,
                        uint32_t age, struct arena *scratch, struct snapshot_manifest *out_manifest,
                        struct failure *failure)
{
    if (strcmp(arguments->verb, "verify") == 0) {
        return snapshotter_verify(store, age, scratch, out_manifest, failure);
    }
    struct bytes value;
    const enum status status = store->manifest(store->context, age, &value, failure);
    return status == STATUS_OK ? snapshot_manifest_decode(value, out_manifest, failure) : status;
}

/* Worse of two exit codes: damage before being away before nothing to say. */
static enum status worse(enum status a, enum status b)
{
    return a == STATUS_LOST || b == STATUS_LOST ? STATUS_LOST : a != STATUS_OK ? a : b;
}

static enum status look_at_store(const struct arguments *arguments,
                                 const struct store_port *store, struct arena *scratch)
{
    enum status worst = STATUS_OK;
    for (uint32_t age = 0; age < AGES; age++) {
        struct snapshot_manifest manifest = { 0 };
        struct failure failure = { 0 };
        arena_reset(scratch);
        const enum status status = look(arguments, store, age, scratch, &manifest, &failure);
        if (status == STATUS_ABSENT && age > 0) {
            break;
        }
        const bool verified = strcmp(arguments->verb, "verify") == 0;
        const struct finding finding = {
            .store = store->name,
            .state = status == STATUS_OK       ? verified ? "whole" : "listed"
                     : status == STATUS_ABSENT ? "none"
                     : status == STATUS_LOST   ? "damaged"
                                               : "unreachable",
            .manifest = manifest.header.sequence > 0 ? &manifest : NULL,
            .problem = failure.text,
        };
        print(arguments, &finding);
        worst = worse(worst, status == STATUS_ABSENT ? STATUS_OK : status);
        if (status != STATUS_OK && status != STATUS_LOST) {
            break;
        }
    }
    return worst;
}

static enum status look_at_all(const struct arguments *arguments, const struct config *config,
                               struct failure *failure)
{
    struct stores stores = { 0 };
    struct arena scratch = arena_of(os_reserve(SCRATCH_BYTES), SCRATCH_BYTES);
    if (!scratch.base) {
        return failure_set(failure, STATUS_UNREACHABLE, "out of address space");
    }
    enum status status = stores_open(config, &stores, failure);
    const bool open = status == STATUS_OK;
    for (uint32_t i = 0; open && i < stores.count; i++) {
        status = worse(status, look_at_store(arguments, &stores.ports[i], &scratch));
    }
    if (open && status != STATUS_OK) {
        (void)failure_set(failure, status, "%s",
                          status == STATUS_LOST ? "a snapshot is damaged"
                                                : "a store could not be asked");
    }
    stores_close(&stores);
    os_release(scratch.base, scratch.capacity);
    return status;
}

int command_snapshot(const struct arguments *arguments)
{
    struct config *config = arguments_config(arguments);
    if (!config) {
        return STATUS_CONFIG;
    }
    struct failure failure = { 0 };
    const enum status status = look_at_all(arguments, config, &failure);
    free(config);
    return status == STATUS_OK ? STATUS_OK : arguments_failed(&failure);
}
