/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nobody touched: the ring finds what time and shared data made due, passes over the sites
 * those of them that changed, and what promises lose is counted where nothing else derives them.
 */
#include "publisher_state.h"

/* ------------------------------------------------------------------ the ring */

/* Each unit sold moves what is left of a day, for few keys: one walk a second finds them. */
int64_t publisher_capacity_at_us(const struct publisher *publisher)
{
    return publisher->walking || publisher->swept_round ||
                   publisher->swept >= world_capacity_changed(publisher->world)
               ? INT64_MAX
               : publisher->walk_began_us + CAPACITY_WALK_EVERY_US;
}

static bool walk_needed(const struct publisher *publisher)
{
    if (publisher->swept < world_shared_changed(publisher->world) ||
        publisher->repair_walk > publisher->walk ||
        publisher_capacity_at_us(publisher) <= publisher_now_us(publisher)) {
        return true;
    }
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        if (publisher->owned[p].is_owned && publisher->owned[p].ready_walk > publisher->walk) {
            return true;
        }
    }
    return false;
}

/* Sites have passes of their own. */
static uint32_t walk_row_count(const struct publisher *publisher, uint32_t kind)
{
    return kind == KEY_SITE ? 0 : world_key_row_count(publisher->world, (enum key_kind)kind);
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
    if (!shown->due && world_key_due(publisher->world, key, shown->sequence)) {
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

/* What it found is to be derived first. While documents gather anyway, events wait for none. */
bool publisher_walk_pauses(const struct publisher *publisher)
{
    return publisher->walk_due >=
           (publisher_gathers(publisher) ? RING_DUE_MAX : publisher->walk_due_max);
}

/* A slice of the walk: no more than can be derived before the next event is looked at. */
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
    for (uint32_t left = RING_SLICE_KEYS; left > 0 && !publisher_walk_pauses(publisher); left--) {
        const enum key_kind kind = (enum key_kind)publisher->walk_kind;
        if (publisher->walk_row >= walk_row_count(publisher, publisher->walk_kind)) {
            publisher->walk_row = 1;
            if (++publisher->walk_kind == KEY_KIND_COUNT) {
                walk_ends(publisher);
                return;
            }
            continue;
        }
        const uint64_t due_before = publisher->due_last;
        walk_key(publisher, (struct document_key){ kind, publisher->walk_row++ });
        publisher->walk_due += (uint32_t)(publisher->due_last - due_before);
    }
}

/* What is being walked, of what; both 0 between walks. */
void publisher_sweep_progress(const struct publisher *publisher, uint64_t *out_walked,
                              uint64_t *out_total)
{
    *out_walked = 0;
    *out_total = 0;
    for (uint32_t kind = 0; kind < KEY_KIND_COUNT && publisher->walking; kind++) {
        const uint32_t rows = walk_row_count(publisher, kind);
        const uint32_t keys = rows > 1 ? rows - 1 : 0;
        *out_total += keys;
        if (kind < publisher->walk_kind) {
            *out_walked += keys;
        } else if (kind == publisher->walk_kind) {
            *out_walked += publisher->walk_row - 1 < keys ? publisher->walk_row - 1 : keys;
        }
    }
}

/* ------------------------------------------------------------------ sites */

/* Counted from when a pass was shown whole: so nothing of it can be in the next one too soon. */
int64_t publisher_sites_at_us(const struct publisher *publisher)
{
    if (publisher->sites_round ||
        (!publisher->sites_awaited &&
         publisher->sites_goal >= world_sites_changed(publisher->world))) {
        return INT64_MAX;
    }
    return publisher->sites_shown_us + SITES_EVERY_US;
}

/* One pass over the sites, which are few, makes due all that changed since they were shown, as a
 * walk does for all other keys: so no site is published but by a pass, or to mend the last. */
void publisher_sites_step(struct publisher *publisher, int64_t now)
{
    if (publisher_sites_at_us(publisher) > now) {
        return;
    }
    const uint32_t rows = world_key_row_count(publisher->world, KEY_SITE);
    for (uint32_t row = 1; row < rows; row++) {
        walk_key(publisher, (struct document_key){ KEY_SITE, row });
    }
    publisher->sites_pass++;
    publisher->sites_awaited = false;
    publisher->sites_goal = world_sequence(publisher->world);
    publisher->sites_round = publisher->round_last;
    publisher->round_awaited = true;
}

/* ------------------------------------------------------------------ days lost */

void publisher_job_counts(struct publisher *publisher, const struct job *job)
{
    if (job->key.kind == KEY_PROMISE) {
        days_lost_set(&publisher->days_lost, job->key.row, job->partition, job->days_lost);
    }
}

/* On a worker. */
static void count_one(void *context, uint32_t worker_index, uint32_t i)
{
    struct publisher *publisher = context;
    struct job *job = &publisher->jobs[i];
    struct worker *worker = &publisher->workers[worker_index];
    struct document document;
    arena_reset(&worker->arena);
    world_derive(publisher->world, job->key, &worker->arena, &document);
    days_lost_of(&document.promise, job->days_lost);
}

static bool to_count(const struct publisher *publisher, struct document_key key,
                     int32_t *out_partition)
{
    if (world_key_state(publisher->world, key) != KEY_STATE_LIVE) {
        return false;
    }
    *out_partition = publisher_partition_of(publisher, key);
    return publisher->owned[*out_partition].is_owned &&
           !days_lost_knows(&publisher->days_lost, key.row, *out_partition);
}

/*
 * A partition taken over has promises that are shown already and need not be derived to be
 * published: they are derived once to be counted, a few at a time, when nothing else is to do.
 * True: there are more, and nothing else to do.
 */
bool publisher_count_step(struct publisher *publisher)
{
    if (!publisher->count_row || publisher->walking || !publisher->caught_up ||
        publisher->due_first < publisher->due_last) {
        return false;
    }
    const uint32_t rows = world_key_row_count(publisher->world, KEY_PROMISE);
    uint32_t count = 0;
    for (uint32_t left = RING_SLICE_KEYS;
         left > 0 && count < COUNT_SLICE_KEYS && publisher->count_row < rows; left--) {
        const struct document_key key = { KEY_PROMISE, publisher->count_row++ };
        struct job *job = &publisher->jobs[count];
        job->key = key;
        count += to_count(publisher, key, &job->partition);
    }
    const struct crew_port *crew = publisher->ports.crew;
    crew->run(crew->context, count_one, publisher, count);
    for (uint32_t i = 0; i < count; i++) {
        publisher_job_counts(publisher, &publisher->jobs[i]);
    }
    if (publisher->count_row >= rows) {
        publisher->count_row = 0;
    }
    return publisher->count_row != 0;
}
