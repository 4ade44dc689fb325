/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "core/world.h"

/*
 * A world for the benches of promises, fed with events as values: no decoding, no Kafka. Instants
 * are milliseconds; BENCH_START_MS is Monday 2026-03-02 00:00 UTC. Failures end the program.
 */
#define BENCH_START_MS INT64_C(1772409600000)
#define BENCH_START_DAY 20514
#define BENCH_HOUR_MS INT64_C(3600000)

struct bench_world {
    struct arena arena;
    struct arena scratch;
    struct world *world;
    int64_t now_ms;
    int64_t offsets[TOPIC_INPUT_COUNT];
    uint64_t next_id;
    struct world_entry entry;
};

/* Zeroed memory, taken as it is touched. */
void *bench_region(size_t bytes);

struct bench_world *bench_world_new(int64_t now_ms);

/* An entry: begin, any number of events, end. `now_ms` never falls. */
void bench_begin(struct bench_world *bench, int64_t now_ms);
void bench_feed(struct bench_world *bench, struct event event);
void bench_end(struct bench_world *bench);

/* Names are kept as long as the program. */
struct bytes bench_name(const char *prefix, uint64_t number);

/* Events at the entry's now. */
struct event bench_stock(enum event_type type, struct bytes sku, struct bytes location,
                         int64_t quantity);
struct event bench_placed(struct bytes order_id, struct bytes sku, struct bytes zone,
                          int64_t quantity);
struct event bench_location(struct bytes name, int64_t per_day);
struct event bench_lane(struct bytes location, struct bytes zone, int32_t transit_min,
                        int32_t transit_max, int64_t cost);

uint64_t bench_random(uint64_t *state);
double bench_cpu_seconds(void);
double bench_wall_seconds(void);

/* The middle and the least of `count` figures, which are sorted. */
void bench_sort(double *figures, uint32_t count);

/* The benches; each prints one JSON line. */
struct bench_options {
    uint64_t seed;
    uint64_t repeats;
    uint64_t items;          /* promises: derived a repeat */
    uint64_t locations;
    uint64_t zones;
    uint64_t sweep_skus;
    uint64_t sweep_rate;     /* events a second meanwhile */
    uint64_t sweep_rounds;   /* days, each with a cut-off */
    uint64_t site_skus;
    uint64_t site_units;     /* the day's capacity, all of which is sold */
};
void bench_promises(const struct bench_options *options, uint64_t classes);
void bench_sweep(const struct bench_options *options);
void bench_site(const struct bench_options *options);

#endif
