/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "engine_parts.h"

/*
 * When cuts are taken. Every process takes one at the first entry of each ten seconds of the
 * journal's own time: so all hash the state at the same sequences, without agreeing on anything.
 * The owner of the last partition also stores cuts, every snapshots.interval, and uses those of the
 * hash where they come at the right time.
 */
static int64_t now_us(const struct engine *engine)
{
    return engine->clock.monotonic_us(engine->clock.context);
}

static bool owns_last(const struct engine *engine)
{
    const int32_t count = publisher_partition_count(engine->publisher);
    return count > 0 && publisher_owns(engine->publisher, count - 1);
}

static bool store_due(const struct engine *engine)
{
    return owns_last(engine) && world_sequence(engine->world) > engine->last_store_sequence &&
           now_us(engine) - engine->last_store_us >= engine->snapshot_interval_ms * 1000;
}

static bool begin(struct engine *engine, bool store)
{
    const struct journal_point point = replica_point(engine->replica);
    const struct snapshotter_cut cut = { point.sequence, point.id, point.offset };
    if (point.sequence == 0 || snapshotter_cutting(engine->snapshotter) ||
        !snapshotter_begin(engine->snapshotter, &cut, store)) {
        return false;
    }
    if (store) {
        engine->last_store_us = now_us(engine);
        engine->last_store_sequence = point.sequence;
    }
    return true;
}

static void hashes_differ(struct engine *engine, uint64_t sequence)
{
    (void)failure_set(&engine->broken, STATUS_LOST,
                      "%s: the state of this process at sequence %" PRIu64
                      " is not the one announced in the journal. Nothing more is published from "
                      "it; a restart takes a snapshot and follows the journal anew",
                      engine->journal_name, sequence);
}

static void count_busy(struct engine *engine)
{
    uint32_t count;
    const struct document_key *touched = world_touched(engine->world, &count);
    for (uint32_t i = 0; i < count && i < ENGINE_BUSY_PER_ENTRY; i++) {
        if (touched[i].kind == KEY_ITEM) {
            busy_count(&engine->busy, world_key_part(engine->world, touched[i]));
        }
    }
}

/* Once per entry, of its newest event: what is late on purpose says nothing about our speed. */
static void observe_age(struct engine *engine, int64_t now_ms)
{
    const int64_t newest_ns = world_as_of(engine->world);
    if (newest_ns != TIME_NONE && newest_ns > engine->newest_event_ns) {
        engine->newest_event_ns = newest_ns;
        histogram_observe(&engine->stats.event_age,
                          (double)(now_ms - newest_ns / NS_PER_MS) / 1000);
    }
}

void engine_applied(void *context, const struct journal_entry *entry, struct journal_point point,
                    int64_t oldest_timestamp_ms)
{
    struct engine *engine = context;
    (void)point;
    count_busy(engine);
    observe_age(engine, entry->now_ms);
    publisher_collect(engine->publisher, oldest_timestamp_ms);
    writer_saw(engine->writer, entry);
    const int64_t bucket = entry->now_ms / ENGINE_HASH_EVERY_MS;
    if (engine->phase == ENGINE_LIVE && bucket != engine->hash_bucket &&
        begin(engine, store_due(engine))) {
        engine->common_sequence = entry->sequence;
    }
    engine->hash_bucket = bucket;
    if (entry->has_state &&
        !state_check_announced(&engine->state_check,
                               (struct state_hash){ entry->state_sequence, entry->state_hash })) {
        hashes_differ(engine, entry->state_sequence);
    }
}

static void take_hash(struct engine *engine)
{
    uint64_t sequence;
    uint64_t hash;
    if (!snapshotter_hash(engine->snapshotter, &sequence, &hash) ||
        sequence == engine->hash_sequence) {
        return;
    }
    engine->hash_sequence = sequence;
    /* Only what others have cut, too, can be compared. */
    if (sequence == engine->common_sequence) {
        engine->announced = (struct state_hash){ sequence, hash };
    }
    if (!state_check_own(&engine->state_check, (struct state_hash){ sequence, hash })) {
        hashes_differ(engine, sequence);
    }
}

bool engine_cuts_step(struct engine *engine)
{
    if (engine->phase == ENGINE_LIVE && store_due(engine)) {
        (void)begin(engine, true);
    }
    (void)snapshotter_step(engine->snapshotter, SNAPSHOTTER_STEP_CHUNKS);
    take_hash(engine);
    return snapshotter_cutting(engine->snapshotter);
}

static bool stores_busy(const struct engine *engine)
{
    for (uint32_t i = 0; i < engine->stores.count; i++) {
        if (snapshotter_store(engine->snapshotter, i).in_progress) {
            return true;
        }
    }
    return false;
}

bool engine_cuts_last(struct engine *engine)
{
    if (owns_last(engine) && world_sequence(engine->world) > engine->last_store_sequence &&
        !snapshotter_cutting(engine->snapshotter)) {
        (void)begin(engine, true);
    }
    (void)snapshotter_step(engine->snapshotter, SNAPSHOTTER_STEP_CHUNKS);
    return !snapshotter_cutting(engine->snapshotter) && !stores_busy(engine) &&
           (!owns_last(engine) ||
            world_sequence(engine->world) <= engine->last_store_sequence);
}
