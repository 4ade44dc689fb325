/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site in `units` sells its whole day, one unit an order, of SKUs chosen evenly. After every
 * entry (fifty orders) all that is due is derived and what changed is written. The publisher walks
 * once a second, so it writes less the faster a day sells.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench_world.h"
#include "wire/document_codec.h"

enum { ENTRY_ORDERS = 50, ZONES = 5, STOCK_MAX = 4096 };

struct seen {
    uint64_t hash;
    uint64_t sequence;
};

struct selling {
    struct bench_world *bench;
    struct seen *seen[KEY_KIND_COUNT];
    uint64_t derived[KEY_KIND_COUNT];
    uint64_t written[KEY_KIND_COUNT];
    uint64_t swept;
    uint64_t sweeps;
};

static void show(struct selling *selling, struct document_key key)
{
    struct document document;
    struct seen *seen = &selling->seen[key.kind][key.row];
    arena_reset(&selling->bench->scratch);
    world_derive(selling->bench->world, key, &selling->bench->scratch, &document);
    const uint64_t hash = document_content_hash(&document) | 1;
    selling->derived[key.kind]++;
    selling->written[key.kind] += hash != seen->hash;
    seen->hash = hash;
    seen->sequence = world_sequence(selling->bench->world);
}

static void show_all(struct selling *selling)
{
    struct world *world = selling->bench->world;
    uint32_t count;
    const struct document_key *touched = world_touched(world, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (world_key_state(world, touched[i]) == KEY_STATE_LIVE) {
            show(selling, touched[i]);
        }
    }
    world_touched_clear(world);
    if (world_shared_changed(world) <= selling->swept &&
        world_capacity_changed(world) <= selling->swept) {
        return;
    }
    selling->swept = world_sequence(world);
    selling->sweeps++;
    for (int i = 0; i < KEY_KIND_COUNT; i++) {
        const enum key_kind kind = (enum key_kind)i;
        for (uint32_t row = 1; kind != KEY_SITE && row < world_key_row_count(world, kind); row++) {
            const struct document_key key = { kind, row };
            if (world_key_state(world, key) == KEY_STATE_LIVE &&
                world_key_due(world, key, selling->seen[kind][row].sequence)) {
                show(selling, key);
            }
        }
    }
}

static void load(struct selling *selling, const struct bench_options *options, uint64_t *random)
{
    struct bench_world *bench = selling->bench;
    bench_begin(bench, BENCH_START_MS);
    struct event place = bench_location(BYTES_LITERAL("W0"), (int64_t)options->site_units);
    place.location.cutoff_minute = 23 * 60;
    bench_feed(bench, place);
    for (uint64_t zone = 0; zone < ZONES; zone++) {
        bench_feed(bench, bench_lane(BYTES_LITERAL("W0"), bench_name("Z", zone), 1,
                                     1 + (int32_t)zone, 100));
    }
    for (uint64_t sku = 0; sku < options->site_skus; sku++) {
        const int64_t units = 1 + (int64_t)(STOCK_MAX >> bench_random(random) % 13);
        bench_feed(bench, bench_stock(EVENT_STOCK_RECEIVED, bench_name("SKU-", sku),
                                      BYTES_LITERAL("W0"), units));
    }
    bench_end(bench);
}

void bench_site(const struct bench_options *options)
{
    struct selling selling = { .bench = bench_world_new(BENCH_START_MS) };
    uint64_t random = options->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        selling.seen[kind] =
            bench_region((options->site_skus + options->site_units + 16) * sizeof(struct seen));
    }
    load(&selling, options, &random);
    show_all(&selling);
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        selling.derived[kind] = 0;
        selling.written[kind] = 0;
    }
    selling.sweeps = 0;
    const double before = bench_cpu_seconds();
    for (uint64_t sold = 0; sold < options->site_units;) {
        bench_begin(selling.bench, BENCH_START_MS + (int64_t)(sold * 22 * BENCH_HOUR_MS /
                                                              options->site_units));
        for (uint64_t i = 0; i < ENTRY_ORDERS && sold < options->site_units; i++, sold++) {
            const uint64_t sku = bench_random(&random) % options->site_skus;
            bench_feed(selling.bench, bench_placed(bench_name("O-", sold),
                                                   bench_name("SKU-", sku),
                                                   BYTES_LITERAL("Z0"), 1));
        }
        bench_end(selling.bench);
        show_all(&selling);
    }
    const double units = (double)options->site_units;
    uint64_t written = 0;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        written += selling.written[kind];
    }
    (void)printf("{\"bench\":\"site\",\"skus\":%llu,\"units_sold\":%llu,\"sweeps\":%llu,"
                 "\"documents_written_per_unit\":%.2f,\"promises_items_per_unit\":%.2f,"
                 "\"promises_orders_per_unit\":%.2f,\"availability_per_unit\":%.2f,"
                 "\"derived_per_unit\":%.1f,\"cpu_seconds\":%.2f,\"seed\":%llu}\n",
                 (unsigned long long)options->site_skus, (unsigned long long)options->site_units,
                 (unsigned long long)selling.sweeps, (double)written / units,
                 (double)selling.written[KEY_PROMISE] / units,
                 (double)selling.written[KEY_ORDER] / units,
                 (double)(selling.written[KEY_ITEM] + selling.written[KEY_LOCATION]) / units,
                 (double)(selling.derived[KEY_PROMISE] + selling.derived[KEY_ORDER] +
                          selling.derived[KEY_ITEM] + selling.derived[KEY_LOCATION]) / units,
                 bench_cpu_seconds() - before, (unsigned long long)options->seed);
    (void)fflush(stdout);
}
