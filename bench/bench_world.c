/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { SCRATCH_BYTES = 1 << 26 };

void *bench_region(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        (void)fprintf(stderr, "promise_bench: mmap of %zu bytes: %s\n", bytes, strerror(errno));
        exit(69);
    }
    return memory;
}

struct bench_world *bench_world_new(int64_t now_ms)
{
    struct bench_world *bench = bench_region(sizeof *bench);
    const size_t bytes = world_bytes(WORLD_SCALE_FULL);
    bench->arena = arena_of(bench_region(bytes), bytes);
    bench->scratch = arena_of(bench_region(SCRATCH_BYTES), SCRATCH_BYTES);
    bench->world = world_init(&bench->arena, WORLD_SCALE_FULL);
    struct settings settings = settings_defaults();
    settings.dedupe_window_ms = 60000;
    const struct world_entry entry = { .sequence = 1, .now_ms = now_ms, .settings = &settings };
    world_begin(bench->world, &entry);
    world_end(bench->world, &entry);
    bench->now_ms = now_ms;
    return bench;
}

void bench_begin(struct bench_world *bench, int64_t now_ms)
{
    bench->now_ms = now_ms;
    bench->entry = (struct world_entry){ .sequence = world_sequence(bench->world) + 1,
                                         .now_ms = now_ms };
    world_begin(bench->world, &bench->entry);
}

void bench_feed(struct bench_world *bench, struct event event)
{
    char id[24];
    const enum topic topic = EVENT_TYPES[event.type].topic;
    const struct record_place place = { .topic = topic,
                                        .offset = bench->offsets[topic]++,
                                        .timestamp_ms = bench->now_ms };
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)bench->next_id++);
    event.id = bytes_text(id);
    event.source = BYTES_LITERAL("bench");
    event.time_ns = bench->now_ms * NS_PER_MS;
    if (event.type == EVENT_LOCATION || event.type == EVENT_LANE || event.type == EVENT_ITEM) {
        event.time_ns = TIME_NONE;
    }
    struct refusal_reason reason;
    if (world_apply(bench->world, &place, &event, &reason) == RESULT_REJECTED) {
        (void)fprintf(stderr, "promise_bench: %s: %s\n", REFUSAL_NAMES[reason.refusal],
                      reason.detail);
        exit(70);
    }
}

void bench_end(struct bench_world *bench)
{
    world_end(bench->world, &bench->entry);
}

struct bytes bench_name(const char *prefix, uint64_t number)
{
    static struct arena names;
    if (names.capacity == 0) {
        names = arena_of(bench_region((size_t)1 << 32), (size_t)1 << 32);
    }
    char text[32];
    const int count = snprintf(text, sizeof text, "%s%llu", prefix, (unsigned long long)number);
    char *kept = arena_take(&names, (size_t)count);
    memcpy(kept, text, (size_t)count);
    return bytes_of(kept, (size_t)count);
}

/* ------------------------------------------------------------------ events */

struct event bench_stock(enum event_type type, struct bytes sku, struct bytes location,
                         int64_t quantity)
{
    return (struct event){ .type = type,
                           .stock = { .sku = sku,
                                      .location = location,
                                      .quantity = quantity,
                                      .eta = DAY_NONE,
                                      .sellable = true } };
}

struct event bench_placed(struct bytes order_id, struct bytes sku, struct bytes zone,
                          int64_t quantity)
{
    static struct line_data line;
    line = (struct line_data){ .line_id = BYTES_LITERAL("1"),
                               .sku = sku,
                               .quantity = quantity,
                               .promised_by = DAY_NONE };
    return (struct event){ .type = EVENT_ORDER_PLACED,
                           .order = { .order_id = order_id,
                                      .zone = zone,
                                      .lines = &line,
                                      .line_count = 1 } };
}

struct event bench_location(struct bytes name, int64_t per_day)
{
    struct event event = { .type = EVENT_LOCATION };
    event.location = location_defaults(name);
    event.location.capacity_per_day = per_day;
    return event;
}

struct event bench_lane(struct bytes location, struct bytes zone, int32_t transit_min,
                        int32_t transit_max, int64_t cost)
{
    struct event event = { .type = EVENT_LANE };
    event.lane.location = location;
    event.lane.zone = zone;
    event.lane.service = BYTES_LITERAL("standard");
    event.lane.transit_days_min = transit_min;
    event.lane.transit_days_max = transit_max;
    event.lane.transit_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY;
    event.lane.delivery_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY;
    event.lane.cost = cost;
    return event;
}

/* ------------------------------------------------------------------ figures */

uint64_t bench_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static double seconds_of(clockid_t clock)
{
    struct timespec at;
    (void)clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

double bench_cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_wall_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

static int double_order(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

void bench_sort(double *figures, uint32_t count)
{
    qsort(figures, count, sizeof *figures, double_order);
}
