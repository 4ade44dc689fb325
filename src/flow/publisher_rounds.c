/* SPDX-License-Identifier: Apache-2.0 */
/* Deriving, producing, and the rounds that give the watermark. */
#include "publisher_state.h"

/* ------------------------------------------------------------------ derive and produce */

static void encode_and_produce(struct publisher *publisher, struct job *job,
                               const struct document *document, struct worker *worker)
{
    uint8_t key_room[RECORD_KEY_BYTES_MAX];
    struct buffer key = buffer_of(key_room, sizeof key_room);
    document_encode_key(document, &key);
    struct buffer value = buffer_of(worker->value, WORKER_VALUE_BYTES);
    if (!job->tombstone) {
        document_encode(document, publisher->options.encoding, &value);
    }
    if (value.overflowed) {
        job->suppressed = true;
        job->status = STATUS_ABSENT;
        return;
    }
    struct document_headers headers;
    document_headers(document, publisher->options.source, publisher->options.encoding,
                     !job->tombstone, &headers);
    const struct sink_record record = {
        .topic = document->topic,
        .partition = job->partition,
        .key = buffer_bytes(&key),
        .value = job->tombstone ? bytes_of(NULL, 0) : buffer_bytes(&value),
        .headers = headers.headers,
        .header_count = headers.count,
        .token = job->flight,
    };
    job->status = publisher->ports.sink->produce(publisher->ports.sink->context, &record);
}

/* On a worker: reads the world, writes only its own job. */
static void do_job(void *context, uint32_t worker_index, uint32_t i)
{
    struct publisher *publisher = context;
    struct job *job = &publisher->jobs[i];
    struct worker *worker = &publisher->workers[worker_index];
    arena_reset(&worker->arena);
    struct document document;
    world_derive(publisher->world, job->key, &worker->arena, &document);
    job->version = document.version;
    job->hash = job->tombstone ? 1 : document_content_hash(&document) | 1;
    job->suppressed = job->hash == job->known_hash;
    if (job->key.kind == KEY_PROMISE) {
        days_lost_of(&document.promise, job->days_lost);
    }
    job->status = STATUS_OK;
    if (!job->suppressed) {
        encode_and_produce(publisher, job, &document, worker);
    }
}

void publisher_round_done(struct publisher *publisher, uint64_t round)
{
    struct round *at = publisher_round_at(publisher, round);
    CHECK(at->left > 0);
    at->left--;
}

void publisher_flight_free(struct publisher *publisher, uint32_t flight)
{
    publisher->flights[flight].next_free = publisher->flight_free;
    publisher->flight_free = flight;
    publisher->flight_count--;
}

static uint64_t moved_on(const struct publisher *publisher, uint64_t awaited, uint64_t round)
{
    return awaited >= round && awaited < publisher->round_last ? publisher->round_last : awaited;
}

/* A key of this round has to join the newest one: no round in between shows it, and who waits for
 * one of them waits for the newest. */
void publisher_rounds_lose(struct publisher *publisher, uint64_t round)
{
    for (uint64_t closed = round; closed < publisher->round_last; closed++) {
        publisher_round_at(publisher, closed)->sequence = 0;
    }
    publisher->swept_round = moved_on(publisher, publisher->swept_round, round);
    publisher->sites_round = moved_on(publisher, publisher->sites_round, round);
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        struct owned *owned = &publisher->owned[p];
        owned->ready_round = moved_on(publisher, owned->ready_round, round);
    }
}

/* What becomes of a key after its job: in flight, or nothing to send, or due again. */
static void job_ends(struct publisher *publisher, struct job *job, uint64_t round)
{
    struct shown *shown = publisher_shown_of(publisher, job->key, job->partition);
    struct flight *flight = &publisher->flights[job->flight];
    if (job->status == STATUS_AGAIN) {
        publisher_rounds_lose(publisher, round);
        publisher_flight_free(publisher, job->flight);
        publisher_make_due(publisher, job->key, shown);
        publisher_round_done(publisher, round);
        return;
    }
    publisher_job_counts(publisher, job);
    if (job->suppressed) {
        publisher->stats->suppressed[job->status == STATUS_OK ? SUPPRESSED_UNCHANGED
                                                              : SUPPRESSED_TOO_LARGE]++;
        shown->sequence = world_sequence(publisher->world);
        publisher_flight_free(publisher, job->flight);
        publisher_round_done(publisher, round);
        return;
    }
    shown->hash = job->hash;
    if (job->key.kind == KEY_SITE) {
        publisher->sites_shown_us = publisher_now_us(publisher);
    }
    publisher->owned[job->partition].in_flight[world_key_topic(job->key.kind)]++;
    *flight = (struct flight){ .key = job->key,
                               .sequence = world_sequence(publisher->world),
                               .hash = job->hash,
                               .epoch = shown->epoch,
                               .round = round,
                               .tombstone = job->tombstone };
}

static bool job_begins(struct publisher *publisher, struct document_key key, uint64_t round,
                       struct job *job)
{
    const enum key_state state = world_key_state(publisher->world, key);
    if (state == KEY_STATE_NONE) {
        publisher->shown[key.kind][key.row] = (struct shown){ 0 };
        if (key.kind == KEY_PROMISE) {
            days_lost_remove(&publisher->days_lost, key.row);
        }
        publisher_round_done(publisher, round);
        return false;
    }
    const int32_t partition = publisher_partition_of(publisher, key);
    struct shown *shown = publisher_shown_of(publisher, key, partition);
    shown->due = 0;
    if (!publisher->owned[partition].is_owned) {
        publisher_round_done(publisher, round);
        return false;
    }
    const uint32_t flight = publisher->flight_free;
    publisher->flight_free = publisher->flights[flight].next_free;
    publisher->flight_count++;
    *job = (struct job){ .key = key,
                         .partition = partition,
                         .known_hash = shown->hash,
                         .tombstone = state == KEY_STATE_TOMBSTONE,
                         .flight = flight };
    return true;
}

/* Derives and produces up to JOB_COUNT_MAX due keys. False: the sink is full, or none is due. */
static bool publish_some(struct publisher *publisher, uint64_t round, uint64_t due_end)
{
    uint32_t count = 0;
    while (count < JOB_COUNT_MAX && publisher->due_first < due_end && publisher->flight_free) {
        const struct document_key key =
            publisher->due[publisher->due_first++ & publisher->due_mask];
        count += job_begins(publisher, key, round, &publisher->jobs[count]);
    }
    const struct crew_port *crew = publisher->ports.crew;
    crew->run(crew->context, do_job, publisher, count);
    bool full = false;
    for (uint32_t i = 0; i < count; i++) {
        full = full || publisher->jobs[i].status == STATUS_AGAIN;
        job_ends(publisher, &publisher->jobs[i], round);
    }
    return !full && publisher->flight_free != 0 && publisher->due_first < due_end;
}

/* Closes the round that newly due keys joined, and opens the next. */
static void round_closes(struct publisher *publisher)
{
    publisher_round_at(publisher, publisher->round_last)->sequence =
        world_sequence(publisher->world);
    publisher->round_last++;
    publisher->round_awaited = false;
    *publisher_round_at(publisher, publisher->round_last) =
        (struct round){ .oldest_timestamp_ms = -1 };
}

/* Partitions that waited for a pass which began after they were taken. */
static void pass_is_shown(struct publisher *publisher)
{
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        struct owned *owned = &publisher->owned[p];
        if (owned->ready_pass <= publisher->sites_pass) {
            owned->ready_pass = 0;
        }
    }
}

void publisher_rounds_settle(struct publisher *publisher)
{
    while (publisher->round_first < publisher->round_last &&
           publisher_round_at(publisher, publisher->round_first)->left == 0) {
        const struct round *round = publisher_round_at(publisher, publisher->round_first);
        if (round->sequence > publisher->watermark) {
            publisher->watermark = round->sequence;
        }
        if (round->oldest_timestamp_ms >= 0) {
            const struct clock_port *clock = publisher->ports.clock;
            const int64_t late_ms = clock->now_ms(clock->context) - round->oldest_timestamp_ms;
            histogram_observe(&publisher->stats->end_to_end_latency, (double)late_ms / 1000.0);
        }
        publisher->round_first++;
    }
    if (publisher->swept_round && publisher->swept_round < publisher->round_first) {
        publisher->swept = publisher->swept_pending;
        publisher->swept_round = 0;
    }
    if (publisher->sites_round && publisher->sites_round < publisher->round_first) {
        publisher->sites_swept = publisher->sites_goal;
        publisher->sites_round = 0;
        publisher->sites_shown_us = publisher_now_us(publisher);
        pass_is_shown(publisher);
    }
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        struct owned *owned = &publisher->owned[p];
        if (owned->ready_round && owned->ready_round < publisher->round_first) {
            owned->ready_round = 0;
        }
    }
}

/* All that was due is derived: the ring may find as much as is derived while events can wait. */
static void pace_ring(struct publisher *publisher)
{
    const int64_t took_us = publisher_now_us(publisher) - publisher->last_publish_us;
    if (took_us > RING_WAIT_US && publisher->walk_due_max > RING_DUE_MIN) {
        publisher->walk_due_max /= 2;
    } else if (took_us < RING_WAIT_US / 4 && publisher_walk_pauses(publisher) &&
               publisher->walk_due_max < RING_DUE_MAX) {
        publisher->walk_due_max *= 2;
    }
    publisher->walk_due = 0;
}

/*
 * Sends what is due. Keys that become due meanwhile (the sink was full) join the next round, so a
 * round only shrinks once it is closed. Every key of a closed round is before those of the next.
 */
bool publisher_publish_due(struct publisher *publisher)
{
    if (publisher->round_last - publisher->round_first + 2 >= ROUND_COUNT_MAX) {
        return false;
    }
    const uint64_t due_end = publisher->due_last;
    const uint64_t round = publisher->round_last;
    round_closes(publisher);
    publisher->last_publish_us = publisher_now_us(publisher);
    while (publish_some(publisher, round, due_end)) {
    }
    /* What was not sent waits in the next round. */
    const uint64_t waiting = due_end - publisher->due_first;
    if (publisher->due_first < due_end) {
        publisher_round_at(publisher, round)->left -= (uint32_t)waiting;
        publisher_round_at(publisher, publisher->round_last)->left += (uint32_t)waiting;
        struct round *next = publisher_round_at(publisher, publisher->round_last);
        next->oldest_timestamp_ms = publisher_round_at(publisher, round)->oldest_timestamp_ms;
        publisher_rounds_lose(publisher, round);
        publisher_round_at(publisher, round)->oldest_timestamp_ms = -1;
    }
    publisher->sink_full = publisher->due_first < publisher->due_last;
    if (publisher->sink_full) {
        publisher->first_due_us = publisher->last_publish_us;
        return false;
    }
    pace_ring(publisher);
    return true;
}
