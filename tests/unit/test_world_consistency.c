/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds of the world's tables whatever it is fed: random streams, long ones and small worlds.
 * PROMISED_SEED and PROMISED_SEEDS choose others than those that every run takes.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/world_state.h"
#include "model/audit.h"
#include "model/stream.h"

/* ------------------------------------------------------------------ feeding */

/* How far a stream was fed: where it goes on does not depend on the world that is fed. */
struct feeder {
    const struct stream *stream;
    const struct stream_zones *zones;
    size_t next;
    uint64_t sequence;
    int64_t offsets[TOPIC_INPUT_COUNT][8];
};

static struct world_entry entry_of(struct feeder *feeder, const struct step *step,
                                   struct watermark_entry *published)
{
    struct world_entry entry = { .sequence = ++feeder->sequence, .now_ms = step->now_ms };
    if (entry.sequence == 1) {
        entry.settings = &feeder->stream->settings;
        entry.zones = feeder->zones->zones;
        entry.zone_count = STREAM_ZONES;
    } else if (step->zone) {
        entry.zones = step->zone;
        entry.zone_count = 1;
    }
    if (step->publishes && entry.sequence > 1) {
        entry.published = published;
        entry.published_count = feeder->stream->output_partitions;
        for (uint32_t i = 0; i < entry.published_count; i++) {
            published[i] = (struct watermark_entry){ i, entry.sequence - 1 };
        }
    }
    entry.review = step->reviews;
    return entry;
}

static void feed_record(struct feeder *feeder, struct world *world, const struct step *step)
{
    struct refusal_reason reason;
    struct record_place place = { step->topic, step->partition, -1, step->timestamp_ms,
                                  (int64_t)feeder->sequence };
    if (step->partition >= 0) {
        place.offset = feeder->offsets[step->topic][step->partition]++;
    }
    switch (step->kind) {
    case STEP_EVENT:
        (void)world_apply(world, &place, step->event, &reason);
        break;
    case STEP_REJECT:
        refusal_set(&reason, REFUSAL_MALFORMED, "no map");
        world_reject(world, &place, EVENT_UNKNOWN, &reason);
        break;
    case STEP_SKIP:
        world_skip(world, &place);
        break;
    case STEP_TICK:
        break;
    }
}

/* One entry; false at the stream's end. */
static bool feed_entry(struct feeder *feeder, struct world *world)
{
    const struct stream *stream = feeder->stream;
    struct watermark_entry published[4];
    if (feeder->next == stream->step_count) {
        return false;
    }
    const struct world_entry entry =
        entry_of(feeder, &stream->steps[feeder->next], published);
    world_begin(world, &entry);
    do {
        feed_record(feeder, world, &stream->steps[feeder->next++]);
    } while (feeder->next < stream->step_count && stream->steps[feeder->next].joins);
    world_end(world, &entry);
    world_touched_clear(world);
    return true;
}

/* ------------------------------------------------------------------ worlds */

struct held {
    void *memory;
    struct world *world;
};

static struct held world_new(void)
{
    const size_t bytes = world_bytes(WORLD_SCALE_TEST);
    struct held held = { mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
                         NULL };
    cr_assert(held.memory != MAP_FAILED);
    struct arena arena = arena_of(held.memory, bytes);
    held.world = world_init(&arena, WORLD_SCALE_TEST);
    return held;
}

static void world_end_of(struct held *held)
{
    (void)munmap(held->memory, world_bytes(WORLD_SCALE_TEST));
}

/* The same state, brought back as a snapshot is: table by table. */
static struct held world_copy(struct world *world)
{
    struct held copy = world_new();
    for (uint32_t i = 0; i < world_table_count(world); i++) {
        const struct table *from = world_table(world, i);
        struct table *to = world_table(copy.world, i);
        cr_assert(table_restore(to, table_extent(from)));
        for (uint32_t chunk = 0; chunk < table_chunk_count(from); chunk++) {
            cr_assert(table_restore_chunk(to, chunk, table_chunk(from, chunk)));
        }
    }
    cr_assert(world_restored(copy.world));
    return copy;
}

static void assert_tables_same(struct world *a, struct world *b, uint64_t seed, size_t step)
{
    for (uint32_t i = 0; i < world_table_count(a); i++) {
        const struct table *x = world_table(a, i);
        const struct table *y = world_table(b, i);
        cr_assert(x->row_count == y->row_count && x->free_first == y->free_first &&
                      x->live_count == y->live_count,
                  "seed %llu, before step %zu: %s has other rows", (unsigned long long)seed, step,
                  world_table_name(a, i));
        for (uint32_t row = 1; row < x->row_count; row++) {
            const uint8_t *left = table_row(x, row);
            const uint8_t *right = table_row(y, row);
            uint32_t byte = 0;
            while (byte < x->row_bytes && left[byte] == right[byte]) {
                byte++;
            }
            cr_assert(byte == x->row_bytes,
                      "seed %llu, before step %zu: %s row %u, byte %u differs",
                      (unsigned long long)seed, step, world_table_name(a, i), row, byte);
        }
    }
}

/* What all documents are derived from is computed from the tables alone. */
static void assert_views_same(const struct world *a, const struct world *b, uint64_t seed,
                              size_t step)
{
    const struct views *x = &a->views;
    const struct views *y = &b->views;
    for (uint32_t row = 1; row < a->locations.row_count; row++) {
        cr_assert(x->site_state[row] == SITE_FRESH && y->site_state[row] == SITE_FRESH);
        cr_assert(memcmp(&x->sites[row], &y->sites[row], sizeof *x->sites) == 0 &&
                      memcmp(&x->facts[row], &y->facts[row], sizeof *x->facts) == 0,
                  "seed %llu, before step %zu: the site of location %u differs",
                  (unsigned long long)seed, step, row);
    }
    for (uint32_t row = 1; row < a->carriages.row_count; row++) {
        cr_assert(!table_has(&a->carriages, row) ||
                      memcmp(&x->arrivals[row], &y->arrivals[row], sizeof *x->arrivals) == 0,
                  "seed %llu, before step %zu: the arrivals of carriage %u differ",
                  (unsigned long long)seed, step, row);
    }
    for (uint32_t row = 1; row < a->networks.row_count; row++) {
        cr_assert(x->ways[row].class_count == y->ways[row].class_count,
                  "seed %llu, before step %zu: the ways of network %u differ",
                  (unsigned long long)seed, step, row);
    }
}

/* ------------------------------------------------------------------ the claims */

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

typedef void claim(struct stream *stream, const struct stream_zones *zones);

static void over_small_worlds(claim *holds, uint64_t seeds)
{
    static struct stream_zones zones;
    stream_zones_find(&zones);
    const uint64_t first = number_of("PROMISED_SEED", 1);
    for (uint64_t i = 0; i < number_of("PROMISED_SEEDS", seeds); i++) {
        struct stream *stream = stream_make_world(first + i, &zones);
        holds(stream, &zones);
        stream_free(stream);
    }
}

static void over_streams(claim *holds, uint64_t seeds, size_t steps)
{
    static struct stream_zones zones;
    stream_zones_find(&zones);
    const uint64_t first = number_of("PROMISED_SEED", 1);
    for (uint64_t i = 0; i < number_of("PROMISED_SEEDS", seeds); i++) {
        struct stream *stream = stream_make(first + i, steps, &zones);
        holds(stream, &zones);
        stream_free(stream);
    }
}

static void tables_hold_together(struct stream *stream, const struct stream_zones *zones)
{
    char fault[256];
    struct held held = world_new();
    struct feeder feeder = { .stream = stream, .zones = zones };
    while (feed_entry(&feeder, held.world)) {
        cr_assert(audit_world(held.world, fault, sizeof fault), "seed %llu, before step %zu: %s",
                  (unsigned long long)stream->seed, feeder.next, fault);
    }
    world_end_of(&held);
}

/* Of two worlds one is brought back from its tables now and then: it must not be told apart. */
static void restores_change_nothing(struct stream *stream, const struct stream_zones *zones)
{
    struct held whole = world_new();
    struct held broken = world_new();
    struct feeder feeder = { .stream = stream, .zones = zones };
    struct feeder other = feeder;
    const size_t pause = stream->small ? 1 : 1 + stream->seed % 40;
    while (feed_entry(&feeder, whole.world)) {
        cr_assert(feed_entry(&other, broken.world));
        assert_tables_same(whole.world, broken.world, stream->seed, feeder.next);
        assert_views_same(whole.world, broken.world, stream->seed, feeder.next);
        if (feeder.sequence % pause == 0) {
            struct held copy = world_copy(broken.world);
            world_end_of(&broken);
            broken = copy;
        }
    }
    world_end_of(&whole);
    world_end_of(&broken);
}

Test(consistency, tables_hold_together_after_every_entry_of_small_worlds)
{
    over_small_worlds(tables_hold_together, 1500);
}

Test(consistency, tables_hold_together_after_every_entry_of_long_streams)
{
    over_streams(tables_hold_together, 12, 1500);
}

Test(consistency, a_small_world_restored_before_every_entry_is_the_same)
{
    over_small_worlds(restores_change_nothing, 150);
}

Test(consistency, a_world_restored_now_and_then_is_the_same_as_one_that_never_was)
{
    over_streams(restores_change_nothing, 8, 800);
}
