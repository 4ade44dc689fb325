/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world alone: MessagePack records are decoded, applied and every document they touch is
 * derived, on one thread, without Kafka. One JSON line on stdout.
 *
 *     world_bench [--balances 1000000] [--events 2000000] [--entry 1000] [--seed 1]
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "core/world.h"
#include "wire/document_codec.h"
#include "wire/event_codec.h"
#include "wire/msgpack_writer.h"

/* Every allocation of this program and its libraries is counted while `counting` is set. */
static int counting;
static unsigned long allocations;
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

void *malloc(size_t bytes)
{
    allocations += (unsigned long)counting;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    allocations += (unsigned long)counting;
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    allocations += (unsigned long)counting;
    return __libc_realloc(memory, bytes);
}

struct options {
    uint64_t balances;
    uint64_t events;
    uint64_t entry;
    uint64_t seed;
};

enum { LOCATIONS = 10, RECORD_BYTES_MAX = 256 };

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Zipf 1.0 over n ranks, by inverting the harmonic sum approximately: rank = n^u. */
static uint64_t zipf(uint64_t *state, double log_n)
{
    const double u = (double)(random_next(state) >> 11) / 9007199254740992.0;
    return (uint64_t)exp(u * log_n) - 1;
}

static void *region(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        (void)fprintf(stderr, "world_bench: mmap of %zu bytes: %s\n", bytes, strerror(errno));
        exit(69);
    }
    return memory;
}

static void put_text(struct buffer *out, const char *text)
{
    msgpack_write_text(out, bytes_text(text));
}

static struct bytes make_record(struct buffer *out, uint64_t number, uint64_t balance,
                                int64_t time_ms)
{
    char sku[24];
    char location[8];
    char id[24];
    (void)snprintf(sku, sizeof sku, "SKU-%08llu", (unsigned long long)(balance / LOCATIONS));
    (void)snprintf(location, sizeof location, "W%llu", (unsigned long long)(balance % LOCATIONS));
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)number);
    const size_t from = out->count;
    msgpack_write_map(out, 7);
    put_text(out, "id");
    put_text(out, id);
    put_text(out, "source");
    put_text(out, "wms");
    put_text(out, "type");
    put_text(out, number % 3 ? "stock.adjusted" : "stock.received");
    put_text(out, "time");
    msgpack_write_int(out, time_ms);
    put_text(out, "sku");
    put_text(out, sku);
    put_text(out, "location");
    put_text(out, location);
    put_text(out, "quantity");
    msgpack_write_int(out, number % 3 ? -1 : 3);
    return bytes_of(out->data + from, out->count - from);
}

struct bench {
    struct world *world;
    struct event_decoder *decoder;
    struct arena scratch;
    uint64_t derived;
    uint64_t hash;
};

static void derive_touched(struct bench *bench)
{
    uint32_t count;
    const struct document_key *touched = world_touched(bench->world, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct document document;
        arena_reset(&bench->scratch);
        world_derive(bench->world, touched[i], &bench->scratch, &document);
        bench->hash ^= document_content_hash(&document);
    }
    bench->derived += count;
    world_touched_clear(bench->world);
}

static void run_entries(struct bench *bench, const struct bytes *records, uint64_t count,
                        uint64_t per_entry, int64_t now_ms, int64_t *offset)
{
    struct settings settings = settings_defaults();
    settings.dedupe_window_ms = 60000;
    for (uint64_t at = 0; at < count; at += per_entry) {
        const struct world_entry entry = { .sequence = world_sequence(bench->world) + 1,
                                           .now_ms = now_ms + (int64_t)at / 100,
                                           .settings =
                                               world_sequence(bench->world) ? NULL : &settings };
        world_begin(bench->world, &entry);
        for (uint64_t i = at; i < count && i < at + per_entry; i++) {
            const struct record record = { .topic = TOPIC_STOCK,
                                           .offset = *offset,
                                           .timestamp_ms = entry.now_ms,
                                           .key = bytes_of("k", 1),
                                           .value = records[i] };
            const struct record_place place = { TOPIC_STOCK, 0, (*offset)++, entry.now_ms, 0 };
            struct event event;
            struct refusal_reason reason;
            CHECK(event_decode(bench->decoder, &record, &event, &reason) == REFUSAL_NONE);
            CHECK(world_apply(bench->world, &place, &event, &reason) != RESULT_REJECTED);
        }
        world_end(bench->world, &entry);
        derive_touched(bench);
    }
}

static double cpu_seconds(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000000.0;
}

static uint64_t number_option(int argc, char **argv, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], name) == 0) {
            return strtoull(argv[i + 1], NULL, 10);
        }
    }
    return otherwise;
}

int main(int argc, char **argv)
{
    const struct options options = { number_option(argc, argv, "--balances", 1000000),
                                     number_option(argc, argv, "--events", 2000000),
                                     number_option(argc, argv, "--entry", 1000),
                                     number_option(argc, argv, "--seed", 1) };
    const size_t world_size = world_bytes(WORLD_SCALE_FULL);
    struct arena arena = arena_of(region(world_size), world_size);
    struct arena own = arena_of(region((size_t)1 << 30), (size_t)1 << 30);
    struct bench bench = { .world = world_init(&arena, WORLD_SCALE_FULL),
                           .decoder = event_decoder_init(&own),
                           .scratch = arena_of(region(1 << 24), 1 << 24) };
    const uint64_t most = options.balances > options.events ? options.balances : options.events;
    struct buffer bytes = buffer_of(region(most * RECORD_BYTES_MAX), most * RECORD_BYTES_MAX);
    struct bytes *records = region(most * sizeof *records);
    const int64_t start_ms = INT64_C(1772409600000);
    int64_t offset = 0;

    for (uint64_t i = 0; i < options.balances; i++) {
        records[i] = make_record(&bytes, i, i, start_ms);
    }
    run_entries(&bench, records, options.balances, options.entry, start_ms, &offset);
    const int64_t later_ms = start_ms + 3600 * 1000;
    uint64_t state = options.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    const double log_n = log((double)options.balances + 1.0);
    bytes.count = 0;
    for (uint64_t i = 0; i < options.events; i++) {
        records[i] = make_record(&bytes, options.balances + i, zipf(&state, log_n), later_ms);
    }
    run_entries(&bench, records, options.events / 10, options.entry, later_ms, &offset);
    bench.derived = 0;
    const uint64_t measured = options.events - options.events / 10;
    const double before = cpu_seconds();
    counting = 1;
    run_entries(&bench, records + options.events / 10, measured, options.entry,
                later_ms + 120 * 1000, &offset);
    counting = 0;
    const double seconds = cpu_seconds() - before;
    (void)printf("{\"bench\":\"world\",\"balances\":%llu,\"events\":%llu,"
                 "\"records_per_entry\":%llu,"
                 "\"cpu_seconds\":%.3f,\"events_per_cpu_second\":%.0f,\"documents_derived\":%llu,"
                 "\"allocations_per_event\":%.6f,\"state_bytes\":%zu,\"seed\":%llu}\n",
                 (unsigned long long)options.balances, (unsigned long long)measured,
                 (unsigned long long)options.entry, seconds, (double)measured / seconds,
                 (unsigned long long)bench.derived, (double)allocations / (double)measured,
                 world_state_bytes(bench.world), (unsigned long long)options.seed);
    return 0;
}
