/* SPDX-License-Identifier: Apache-2.0 */
/* Which partitions are ours. */
#include "publisher_state.h"

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
    owned->ready_pass = publisher->sites_pass + 1;
    publisher->sites_awaited = true;
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        owned->next_offset[topic] = -1;
    }
    days_lost_reset(&publisher->days_lost, partition);
    publisher->count_row = 1;
}

/* Given up at once: nothing more is published. */
void publisher_lose(struct publisher *publisher, int32_t partition)
{
    if (publisher->owned[partition].is_owned) {
        publisher->owned[partition].is_owned = false;
        days_lost_reset(&publisher->days_lost, partition);
    }
    publisher->owned_flags[partition] = false;
}

/* Whether all that was due when the partition was taken is shown. */
bool publisher_is_ready(const struct publisher *publisher, int32_t partition)
{
    const struct owned *owned = &publisher->owned[partition];
    return !owned->ready_walk && !owned->ready_round && !owned->ready_pass;
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
            publisher->owned_flags[p] = true;
        } else if (!owns) {
            publisher_lose(publisher, p);
        }
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
        if (!group->owns(group->context, p)) {
            publisher_lose(publisher, p);
        }
    }
}
