/* SPDX-License-Identifier: Apache-2.0 */
/* Which partitions are ours, and the ring that finds what time and shared data made due. */
#include "publisher_state.h"

/* ------------------------------------------------------------------ ownership */

/* As of when the former owner had shown all of the partition: what it said last, or what the
 * journal has of it, which may be a second older. Never beyond our own state: a version comes from
 * it. */
static uint64_t shown_before(const struct publisher *publisher, int32_t partition,
                             const struct publisher_view *view)
{
    uint64_t sequence = world_published(publisher->world, (uint32_t)partition);
    for (uint32_t i = 0; view->marks && i < view->mark_count; i++) {
        if (view->marks[i].partition == (uint32_t)partition &&
            view->marks[i].sequence > sequence) {
            sequence = view->marks[i].sequence;
        }
    }
    const uint64_t own = world_sequence(publisher->world);
    return sequence < own ? sequence : own;
}

static void take_partition(struct publisher *publisher, int32_t partition,
                           const struct publisher_view *view)
{
    struct owned *owned = &publisher->owned[partition];
    owned->is_owned = true;
    owned->epoch++;
    owned->from = shown_before(publisher, partition, view);
    owned->ready_walk = publisher->walk + (publisher->walking ? 2 : 1);
    owned->ready_round = 0;
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        owned->next_offset[topic] = -1;
    }
}

/* Taken only when the journal was read to an end asked for since the group changed: nothing older
 * than what the former owner showed is published then. */
void publisher_follow_group(struct publisher *publisher, const struct publisher_view *view)
{
    const struct group_port *group = publisher->ports.group;
    const struct journal_port *journal = publisher->ports.journal;
    const uint64_t generation = group->generation(group->context);
    if (publisher->group_seen && generation == publisher->generation) {
        return;
    }
    if (publisher->asked_generation != generation + 1) {
        publisher->asked_generation = generation + 1;
        journal->refresh(journal->context);
        return;
    }
    if (!journal->fresh(journal->context) || !view->caught_up || view->marks_pending) {
        return;
    }
    publisher->group_seen = true;
    publisher->generation = generation;
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        const bool owns = group->owns(group->context, p);
        if (owns && !publisher->owned[p].is_owned) {
            take_partition(publisher, p, view);
        } else if (!owns) {
            publisher->owned[p].is_owned = false;
        }
        publisher->owned_flags[p] = owns;
    }
    rejects_again(publisher->rejects);
}

/* Lost partitions are given up at once. */
void publisher_follow_losses(struct publisher *publisher)
{
    const struct group_port *group = publisher->ports.group;
    if (group->generation(group->context) == publisher->generation) {
        return;
    }
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        if (publisher->owned[p].is_owned && !group->owns(group->context, p)) {
            publisher->owned[p].is_owned = false;
            publisher->owned_flags[p] = false;
        }
    }
}

/* ------------------------------------------------------------------ the ring */

static bool walk_needed(const struct publisher *publisher)
{
    if (publisher->swept < world_shared_changed(publisher->world) ||
        publisher->repair_walk > publisher->walk) {
        return true;
    }
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        if (publisher->owned[p].is_owned && publisher->owned[p].ready_walk > publisher->walk) {
            return true;
        }
    }
    return false;
}

/* Published again, whatever was shown. */
void publisher_repair(struct publisher *publisher, struct document_key key, struct shown *shown)
{
    shown->hash = 0;
    publisher->stats->output_repairs++;
    publisher_make_due(publisher, key, shown);
}

static void walk_key(struct publisher *publisher, struct document_key key)
{
    if (world_key_state(publisher->world, key) == KEY_STATE_NONE) {
        return;
    }
    const int32_t partition = publisher_partition_of(publisher, key);
    if (!publisher->owned[partition].is_owned) {
        return;
    }
    struct shown *shown = publisher_shown_of(publisher, key, partition);
    if (shown->wrong && shown->hash == 0) {
        publisher_repair(publisher, key, shown);
    }
    shown->wrong = 0;
    if (!shown->due && world_key_changed(publisher->world, key) > shown->sequence) {
        publisher_make_due(publisher, key, shown);
    }
}

static void walk_ends(struct publisher *publisher)
{
    publisher->walking = false;
    publisher->swept_pending = publisher->walk_goal;
    publisher->swept_round = publisher->round_last;
    publisher->round_awaited = true;
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        struct owned *owned = &publisher->owned[p];
        if (owned->is_owned && owned->ready_walk && owned->ready_walk <= publisher->walk) {
            owned->ready_walk = 0;
            owned->ready_round = publisher->round_last;
        }
    }
}

/* A slice of the walk. */
void publisher_walk_step(struct publisher *publisher)
{
    if (!publisher->walking) {
        if (publisher->swept_round || !walk_needed(publisher)) {
            return;
        }
        publisher->walking = true;
        publisher->walk++;
        publisher->walk_goal = world_sequence(publisher->world);
        publisher->walk_kind = 0;
        publisher->walk_row = 1;
        publisher->walk_began_us = publisher_now_us(publisher);
    }
    for (uint32_t left = RING_SLICE_KEYS; left > 0; left--) {
        const enum key_kind kind = (enum key_kind)publisher->walk_kind;
        if (publisher->walk_row >= world_key_row_count(publisher->world, kind)) {
            publisher->walk_row = 1;
            if (++publisher->walk_kind == KEY_KIND_COUNT) {
                walk_ends(publisher);
                return;
            }
            continue;
        }
        walk_key(publisher, (struct document_key){ kind, publisher->walk_row++ });
    }
}
