/* SPDX-License-Identifier: Apache-2.0 */
/*
 * promises.items derived per CPU-second, with and without limited_by. The network is one in which
 * every constraint is felt somewhere: days that are full or nearly, half the cut-offs passed,
 * safety stock and held units, goods that are only expected.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench_world.h"
#include "core/world_promise.h"

enum { REPEATS_MAX = 100 };

static struct event location_of(uint64_t i)
{
    static struct day_capacity days[2];
    struct event event = bench_location(bench_name("W", i), 200 * (int64_t)(i + 1));
    days[0] = (struct day_capacity){ BENCH_START_DAY, i % 3 == 0 ? 0 : 37 };
    days[1] = (struct day_capacity){ BENCH_START_DAY + 1, i % 2 == 0 ? 64 : 250 };
    event.location.overrides = days;
    event.location.override_count = 2;
    event.location.cutoff_minute = i % 2 == 0 ? 10 * 60 : 18 * 60;
    event.location.processing_days = (int32_t)(i % 3);
    event.location.safety_stock = i % 2 == 0 ? 2 : 0;
    event.location.priority = (int64_t)(i % 4);
    return event;
}

static void feed_network(struct bench_world *bench, const struct bench_options *options,
                         uint64_t classes)
{
    for (uint64_t i = 0; i < options->locations; i++) {
        bench_feed(bench, location_of(i));
        for (uint64_t zone = 0; zone < options->zones; zone++) {
            const uint64_t class = zone % classes;
            const int32_t days = 1 + (int32_t)((class * 7 + i * 3) % 8);
            bench_feed(bench, bench_lane(bench_name("W", i), bench_name("Z", zone), days - 1,
                                         days, 100 + (int64_t)(class * 10 + i)));
        }
    }
}

static void feed_item(struct bench_world *bench, const struct bench_options *options,
                      uint64_t number, uint64_t *random)
{
    const struct bytes sku = bench_name("SKU-", number);
    for (uint64_t i = 0; i < options->locations; i++) {
        const struct bytes location = bench_name("W", i);
        const int64_t units = (int64_t)(bench_random(random) % 300);
        if (bench_random(random) % 5 != 0) {
            bench_feed(bench, bench_stock(EVENT_STOCK_RECEIVED, sku, location, units + 1));
        }
        if (bench_random(random) % 5 == 0) {
            bench_feed(bench, bench_stock(EVENT_STOCK_HELD, sku, location, units / 4 + 1));
        }
        struct event expected = bench_stock(EVENT_INBOUND_EXPECTED, sku, location, 100);
        expected.stock.inbound_id = BYTES_LITERAL("I1");
        expected.stock.eta = BENCH_START_DAY + 1 + (int32_t)(bench_random(random) % 20);
        bench_feed(bench, expected);
    }
}

static struct bench_world *make_world(const struct bench_options *options, uint64_t classes)
{
    const int64_t noon_ms = BENCH_START_MS + 12 * BENCH_HOUR_MS;
    struct bench_world *bench = bench_world_new(noon_ms);
    uint64_t random = options->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    bench_begin(bench, noon_ms);
    feed_network(bench, options, classes);
    bench_end(bench);
    for (uint64_t i = 0; i < options->items; i++) {
        bench_begin(bench, noon_ms);
        feed_item(bench, options, i, &random);
        bench_end(bench);
        world_touched_clear(bench->world);
    }
    return bench;
}

/* All classes of zones of an item, as derive_promise() asks for them. */
static uint64_t derive_classes(const struct bench_world *bench, uint32_t row, bool limits,
                               struct arena *arena)
{
    const struct world *world = bench->world;
    const struct offering *offering = offering_at(world, row);
    const struct network_ways *ways = &world->views.ways[offering->network];
    struct promising promising;
    uint64_t offers = 0;
    promising_begin(world, offering->item, offering->network, limits, arena, &promising);
    for (uint32_t i = 0; i < ways->class_count; i++) {
        struct class_promise promise;
        promise_class(&promising, &ways->classes[i], &promise);
        offers += promise.offer_count + (uint64_t)promise.limited_by.constraint;
    }
    return offers;
}

enum mode { WITH, WITHOUT, WHOLE, MODE_COUNT };

static double seconds_for(struct bench_world *bench, enum mode mode, uint64_t *checksum)
{
    const uint32_t rows = world_key_row_count(bench->world, KEY_PROMISE);
    const double before = bench_cpu_seconds();
    for (uint32_t row = 1; row < rows; row++) {
        arena_reset(&bench->scratch);
        if (mode == WHOLE) {
            struct document document;
            world_derive(bench->world, (struct document_key){ KEY_PROMISE, row }, &bench->scratch,
                         &document);
            *checksum += document.promise.promise_count;
        } else {
            *checksum += derive_classes(bench, row, mode == WITH, &bench->scratch);
        }
    }
    return bench_cpu_seconds() - before;
}

/* How many promises have a limited_by, and by which constraints. */
static void count_limits(struct bench_world *bench, uint64_t *limits)
{
    const uint32_t rows = world_key_row_count(bench->world, KEY_PROMISE);
    for (uint32_t row = 1; row < rows; row++) {
        struct document document;
        arena_reset(&bench->scratch);
        world_derive(bench->world, (struct document_key){ KEY_PROMISE, row }, &bench->scratch,
                     &document);
        for (uint32_t i = 0; i < document.promise.promise_count; i++) {
            limits[document.promise.promises[i].limited_by.constraint]++;
        }
    }
}

void bench_promises(const struct bench_options *options, uint64_t classes)
{
    struct bench_world *bench = make_world(options, classes);
    const uint32_t repeats =
        options->repeats < REPEATS_MAX ? (uint32_t)options->repeats : REPEATS_MAX;
    double seconds[MODE_COUNT][REPEATS_MAX];
    double ratios[REPEATS_MAX];
    uint64_t checksum = 0;
    uint64_t limits[CONSTRAINT_COUNT] = { 0 };
    for (uint32_t i = 0; i < repeats; i++) {
        for (int mode = 0; mode < MODE_COUNT; mode++) {
            seconds[mode][i] = seconds_for(bench, (enum mode)mode, &checksum);
        }
        ratios[i] = seconds[WITH][i] / seconds[WITHOUT][i];
    }
    for (int mode = 0; mode < MODE_COUNT; mode++) {
        bench_sort(seconds[mode], repeats);
    }
    bench_sort(ratios, repeats);
    count_limits(bench, limits);
    const double documents = world_key_row_count(bench->world, KEY_PROMISE) - 1;
    (void)printf("{\"bench\":\"promises\",\"locations\":%llu,\"zones\":%llu,\"classes\":%llu,"
                 "\"items\":%.0f,\"repeats\":%u,\"documents_per_cpu_second\":%.0f,"
                 "\"offers_per_cpu_second\":%.0f,\"offers_without_limited_by_per_cpu_second\":%.0f,"
                 "\"ratio_min\":%.2f,\"ratio_median\":%.2f,"
                 "\"limited_by\":{\"none\":%llu",
                 (unsigned long long)options->locations, (unsigned long long)options->zones,
                 (unsigned long long)classes, documents, repeats, documents / seconds[WHOLE][0],
                 documents / seconds[WITH][0], documents / seconds[WITHOUT][0], ratios[0],
                 ratios[repeats / 2], (unsigned long long)limits[CONSTRAINT_NONE]);
    for (int i = CONSTRAINT_NONE + 1; i < CONSTRAINT_COUNT; i++) {
        (void)printf(",\"%s\":%llu", CONSTRAINT_NAMES[i], (unsigned long long)limits[i]);
    }
    (void)printf("},\"checksum\":%llu,\"seed\":%llu}\n", (unsigned long long)checksum,
                 (unsigned long long)options->seed);
    (void)fflush(stdout);
}
