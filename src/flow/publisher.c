/* SPDX-License-Identifier: Apache-2.0 */
/* The publisher as a whole: made, stepped, asked. */
#include "publisher_state.h"

static uint32_t key_rows_max(enum world_scale scale)
{
    return UINT32_C(1) << (scale == WORLD_SCALE_TEST ? 19 : 28);
}

size_t publisher_bytes(enum world_scale scale)
{
    return sizeof(struct publisher) +
           (size_t)key_rows_max(scale) *
               (KEY_KIND_COUNT * sizeof(struct shown) + 2 * sizeof(struct document_key) +
                sizeof(struct days_lost_row)) +
           FLIGHT_COUNT_MAX * sizeof(struct flight) +
           (size_t)CREW_WORKERS_MAX * (WORKER_ARENA_BYTES + WORKER_VALUE_BYTES) + 4096;
}

struct publisher *publisher_init(struct arena *arena, enum world_scale scale,
                                 const struct publisher_options *options,
                                 const struct publisher_ports *ports, struct world *world,
                                 struct rejects *rejects, struct stats *stats)
{
    CHECK(ports->crew->worker_count >= 1 && ports->crew->worker_count <= CREW_WORKERS_MAX);
    struct publisher *publisher = arena_take(arena, sizeof *publisher);
    memset(publisher, 0, sizeof *publisher);
    publisher->options = *options;
    publisher->ports = *ports;
    publisher->world = world;
    publisher->rejects = rejects;
    publisher->stats = stats;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        publisher->shown_max[kind] = key_rows_max(scale);
        publisher->shown[kind] =
            arena_take(arena, (size_t)key_rows_max(scale) * sizeof(struct shown));
    }
    days_lost_init(&publisher->days_lost,
                   arena_take(arena, (size_t)key_rows_max(scale) * sizeof(struct days_lost_row)),
                   key_rows_max(scale));
    publisher->due_mask = (uint64_t)key_rows_max(scale) * 2 - 1;
    publisher->due = arena_take(arena, (publisher->due_mask + 1) * sizeof *publisher->due);
    publisher->flights = arena_take(arena, FLIGHT_COUNT_MAX * sizeof *publisher->flights);
    for (uint32_t i = 1; i < FLIGHT_COUNT_MAX; i++) {
        publisher->flights[i].next_free = i + 1 < FLIGHT_COUNT_MAX ? i + 1 : 0;
    }
    publisher->flight_free = 1;
    publisher->round_first = 1;
    publisher->round_last = 1;
    publisher->rounds[1].oldest_timestamp_ms = -1;
    publisher->walk_due_max = RING_DUE_MIN;
    for (uint32_t i = 0; i < ports->crew->worker_count; i++) {
        publisher->workers[i].arena =
            arena_of(arena_take(arena, WORKER_ARENA_BYTES), WORKER_ARENA_BYTES);
        publisher->workers[i].value = arena_take(arena, WORKER_VALUE_BYTES);
    }
    publisher->partition_count = ports->sink->partition_count(ports->sink->context);
    CHECK(publisher->partition_count > 0 && publisher->partition_count <= OUTPUT_PARTITIONS_MAX);
    return publisher;
}

int64_t publisher_now_us(const struct publisher *publisher)
{
    return publisher->ports.clock->monotonic_us(publisher->ports.clock->context);
}

/* ------------------------------------------------------------------ keys */

int32_t publisher_partition_of(const struct publisher *publisher, struct document_key key)
{
    return key_partition(world_key_part(publisher->world, key), publisher->partition_count);
}

/* What was shown of a key. What was noted under an earlier ownership of its partition counts no
 * more: then it was shown as of the watermark the partition was taken with, content unknown. */
struct shown *publisher_shown_of(struct publisher *publisher, struct document_key key,
                              int32_t partition)
{
    CHECK(key.row < publisher->shown_max[key.kind]);
    struct shown *shown = &publisher->shown[key.kind][key.row];
    const struct owned *owned = &publisher->owned[partition];
    if (shown->epoch != owned->epoch) {
        shown->epoch = owned->epoch;
        shown->sequence = owned->from;
        shown->hash = 0;
        shown->wrong = 0;
    }
    return shown;
}

struct round *publisher_round_at(struct publisher *publisher, uint64_t round)
{
    return &publisher->rounds[round % ROUND_COUNT_MAX];
}

void publisher_make_due(struct publisher *publisher, struct document_key key, struct shown *shown)
{
    if (shown->due) {
        publisher->stats->suppressed[SUPPRESSED_CONFLATED]++;
        return;
    }
    CHECK(publisher->due_last - publisher->due_first <= publisher->due_mask);
    shown->due = 1;
    if (publisher->due_first == publisher->due_last) {
        publisher->first_due_us = publisher_now_us(publisher);
    }
    publisher->due[publisher->due_last++ & publisher->due_mask] = key;
    publisher_round_at(publisher, publisher->round_last)->left++;
}

void publisher_collect(struct publisher *publisher, int64_t oldest_timestamp_ms)
{
    uint32_t count;
    const struct document_key *touched = world_touched(publisher->world, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct document_key ahead = touched[i + KEYS_AHEAD < count ? i + KEYS_AHEAD : i];
        __builtin_prefetch(&publisher->shown[ahead.kind][ahead.row]);
        /* Whatever became of its partition since: it is looked at when its turn comes. */
        if (publisher->shown[touched[i].kind][touched[i].row].due) {
            publisher->stats->suppressed[SUPPRESSED_CONFLATED]++;
            continue;
        }
        if (world_key_state(publisher->world, touched[i]) == KEY_STATE_NONE) {
            continue;
        }
        const int32_t partition = publisher_partition_of(publisher, touched[i]);
        if (publisher->owned[partition].is_owned) {
            publisher_make_due(publisher, touched[i],
                               publisher_shown_of(publisher, touched[i], partition));
        }
    }
    world_touched_clear(publisher->world);
    struct round *round = publisher_round_at(publisher, publisher->round_last);
    if (oldest_timestamp_ms >= 0 && (round->oldest_timestamp_ms < 0 ||
                                     oldest_timestamp_ms < round->oldest_timestamp_ms)) {
        round->oldest_timestamp_ms = oldest_timestamp_ms;
    }
}

/* ------------------------------------------------------------------ steps */

/* Far behind, what is due conflates for longer. */
bool publisher_gathers(const struct publisher *publisher)
{
    return publisher->publish_every_us == BEHIND_PUBLISH_US;
}

/* At the linger; at once if the last publication is longer ago than a linger, or the ring has found
 * as much as it may; when behind, only once caught up or every 500 ms. */
static bool time_to_publish(const struct publisher *publisher, bool caught_up, int64_t now)
{
    if (publisher->due_first == publisher->due_last) {
        return publisher->round_first == publisher->round_last && caught_up &&
               (publisher->round_awaited ||
                publisher->watermark < world_sequence(publisher->world));
    }
    return now - publisher->last_publish_us >= publisher->publish_every_us ||
           (!publisher_gathers(publisher) && !publisher->sink_full &&
            publisher_walk_pauses(publisher));
}

enum status publisher_step(struct publisher *publisher, const struct publisher_view *view)
{
    publisher->input_lag_ms = view->input_lag_ms;
    publisher->caught_up = view->caught_up;
    publisher->publish_every_us =
        view->caught_up && !view->backlog ? publisher->options.linger_us : BEHIND_PUBLISH_US;
    publisher_take_acks(publisher);
    if (publisher->stopped) {
        return STATUS_OK;
    }
    publisher_follow_losses(publisher);
    publisher_follow_group(publisher, view);
    publisher_read_back(publisher);
    const int64_t now = publisher_now_us(publisher);
    publisher_walk_step(publisher);
    publisher_sites_step(publisher, now);
    (void)rejects_step(publisher->rejects, publisher->world, publisher->ports.sink,
                       publisher->owned_flags, publisher->partition_count);
    if (time_to_publish(publisher, view->caught_up, now)) {
        (void)publisher_publish_due(publisher);
        publisher_rounds_settle(publisher);
    }
    publisher_heartbeat(publisher, now);
    const bool counting = publisher_count_step(publisher);
    return publisher->walking || publisher->reading || counting ? STATUS_AGAIN : STATUS_OK;
}

int64_t publisher_wait_us(const struct publisher *publisher)
{
    const int64_t now = publisher_now_us(publisher);
    const bool silent = world_sequence(publisher->world) == 0;
    int64_t at =
        (silent ? now : publisher->last_heartbeat_us) + publisher->options.heartbeat_us;
    if (publisher->due_first < publisher->due_last) {
        const int64_t due = publisher->last_publish_us + publisher->publish_every_us;
        at = due < at ? due : at;
    }
    const int64_t sites = publisher_sites_at_us(publisher);
    const int64_t capacity = publisher_capacity_at_us(publisher);
    at = sites < at ? sites : at;
    at = capacity < at ? capacity : at;
    return at > now ? at - now : 0;
}

/* Sites keep their pace: only what had changed when draining began is waited for. */
static bool sites_are_drained(struct publisher *publisher)
{
    if (!publisher->draining) {
        publisher->draining = true;
        publisher->sites_drained = world_sites_changed(publisher->world);
    }
    publisher_sites_step(publisher, publisher_now_us(publisher));
    return publisher->sites_swept >= publisher->sites_drained;
}

bool publisher_drain(struct publisher *publisher)
{
    publisher_take_acks(publisher);
    const bool sites_drained = sites_are_drained(publisher);
    (void)rejects_step(publisher->rejects, publisher->world, publisher->ports.sink,
                       publisher->owned_flags, publisher->partition_count);
    if (publisher->due_first < publisher->due_last || publisher->round_awaited) {
        (void)publisher_publish_due(publisher);
        publisher_rounds_settle(publisher);
    }
    if (!sites_drained || publisher->due_first < publisher->due_last ||
        publisher->flight_count > 0 ||
        rejects_settled(publisher->rejects, publisher->world) < world_sequence(publisher->world)) {
        return false;
    }
    publisher->last_heartbeat_us = INT64_MIN / 2;
    publisher_heartbeat(publisher, publisher_now_us(publisher));
    return true;
}

void publisher_stop(struct publisher *publisher)
{
    publisher->stopped = true;
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        publisher_lose(publisher, p);
    }
}

bool publisher_owns(const struct publisher *publisher, int32_t partition)
{
    return publisher->owned[partition].is_owned;
}

uint32_t publisher_owned_count(const struct publisher *publisher)
{
    uint32_t count = 0;
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        count += publisher->owned[p].is_owned;
    }
    return count;
}

int32_t publisher_lowest_owned(const struct publisher *publisher)
{
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        if (publisher->owned[p].is_owned) {
            return p;
        }
    }
    return -1;
}

int32_t publisher_partition_count(const struct publisher *publisher)
{
    return publisher->partition_count;
}

uint64_t publisher_swept(const struct publisher *publisher)
{
    uint64_t least = 0;
    bool any = false;
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        if (publisher->owned[p].is_owned) {
            const uint64_t swept = publisher_swept_of(publisher, p);
            least = !any || swept < least ? swept : least;
            any = true;
        }
    }
    return least;
}

uint32_t publisher_due_count(const struct publisher *publisher)
{
    return (uint32_t)(publisher->due_last - publisher->due_first) + publisher->flight_count;
}

double publisher_swept_lag_seconds(const struct publisher *publisher)
{
    return publisher->walking || publisher->swept_round
               ? (double)(publisher_now_us(publisher) - publisher->walk_began_us) / 1000000.0
               : 0.0;
}

int64_t publisher_days_lost(const struct publisher *publisher, enum constraint constraint)
{
    return days_lost_total(&publisher->days_lost, constraint);
}
