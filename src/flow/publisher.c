/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/publisher.h"

#include "wire/text_rules.h"

enum {
    JOB_COUNT_MAX = 256,            /* keys derived at a time */
    WORKER_ARENA_BYTES = 64 * 1024 * 1024,   /* addresses; pages as a document needs them */
    WORKER_VALUE_BYTES = MESSAGE_BYTES_MAX,
    ROUND_COUNT_MAX = 64,
    FLIGHT_COUNT_MAX = 1 << 18,
    RING_SLICE_KEYS = 2048,
    BEHIND_PUBLISH_US = 500 * 1000,
    OWN_READ_SLICE = 64,            /* records; some of them are derived to be compared */
    STRETCH_COUNT_MAX = 4096,
    WATERMARK_TOKEN_BIT = 61,
};

/* What was shown of a key, as this process knows it. */
struct shown {
    uint64_t sequence;              /* shown at least as of this */
    uint64_t hash;                  /* of the content; 0: not known */
    uint32_t epoch;                 /* of the partition when this was noted */
    uint8_t due;                    /* in the due list */
    uint8_t wrong;                  /* what lies in its topic is not what it should show */
    uint8_t pad[2];
};

struct round {
    uint64_t sequence;              /* all keys due by it belong to this round or those before;
                                       0: some of them had to join a later round */
    uint32_t left;                  /* due, or in flight */
    int64_t oldest_timestamp_ms;    /* of the records it shows; -1: none */
};

struct flight {
    struct document_key key;
    uint64_t sequence;
    uint64_t hash;
    uint32_t epoch;
    uint32_t next_free;
    uint64_t round;
    bool tombstone;
};

/* An output partition. */
struct owned {
    bool is_owned;
    uint32_t epoch;                 /* rises each time it is taken */
    uint64_t from;                  /* watermark it was taken with */
    uint64_t ready_walk;            /* the walk that finds all that is due since; 0: found */
    uint64_t ready_round;           /* the round that shows it; 0: shown */
    int64_t next_offset[TOPIC_COUNT];   /* after the last acknowledged; -1: not known */
};

/* Offsets of an own output that others may have written. */
struct stretch {
    enum topic topic;
    int32_t partition;
    bool whole;                     /* all there was when the partition was taken */
    int64_t from;
    int64_t until;
};

struct job {
    struct document_key key;
    int32_t partition;
    uint64_t known_hash;
    uint64_t hash;
    uint64_t version;
    bool tombstone;
    bool suppressed;
    enum status status;
    uint32_t flight;
};

struct worker {
    struct arena arena;
    uint8_t *value;
};

struct publisher {
    struct publisher_options options;
    struct publisher_ports ports;
    struct world *world;
    struct rejects *rejects;
    struct stats *stats;
    struct shown *shown[KEY_KIND_COUNT];
    uint32_t shown_max[KEY_KIND_COUNT];
    struct document_key *due;       /* a ring */
    uint64_t due_first;
    uint64_t due_last;
    uint64_t due_mask;
    struct flight *flights;
    uint32_t flight_free;
    uint32_t flight_count;
    struct round rounds[ROUND_COUNT_MAX];
    uint64_t round_first;
    uint64_t round_last;            /* the round that newly due keys join */
    uint64_t watermark;
    bool round_awaited;             /* a walk ended: its round must close even with nothing due */
    struct owned owned[OUTPUT_PARTITIONS_MAX];
    bool owned_flags[OUTPUT_PARTITIONS_MAX];
    int32_t partition_count;
    uint64_t generation;
    uint64_t asked_generation;      /* the journal's end was asked for since this one, plus 1 */
    bool group_seen;
    bool stopped;
    /* the ring */
    bool walking;
    uint64_t walk;
    uint64_t walk_goal;
    uint64_t swept;
    uint32_t walk_kind;
    uint32_t walk_row;
    int64_t walk_began_us;
    uint64_t swept_pending;         /* shown once `swept_round` is */
    uint64_t swept_round;
    int64_t last_publish_us;
    int64_t publish_every_us;       /* the linger; longer while behind */
    int64_t first_due_us;
    int64_t last_heartbeat_us;
    int64_t input_lag_ms;
    bool caught_up;
    struct worker workers[CREW_WORKERS_MAX];
    struct job jobs[JOB_COUNT_MAX];
    /* own outputs being read back */
    struct stretch stretches[STRETCH_COUNT_MAX];
    uint64_t stretch_first;
    uint64_t stretch_last;
    bool reading;
    struct stretch read;
    bool any_wrong;
    uint64_t repair_walk;           /* the walk that repairs what is wrong */
};

static uint32_t key_rows_max(enum world_scale scale)
{
    return UINT32_C(1) << (scale == WORLD_SCALE_TEST ? 19 : 28);
}

size_t publisher_bytes(enum world_scale scale)
{
    return sizeof(struct publisher) +
           (size_t)key_rows_max(scale) *
               (KEY_KIND_COUNT * sizeof(struct shown) + 2 * sizeof(struct document_key)) +
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
    for (uint32_t i = 0; i < ports->crew->worker_count; i++) {
        publisher->workers[i].arena =
            arena_of(arena_take(arena, WORKER_ARENA_BYTES), WORKER_ARENA_BYTES);
        publisher->workers[i].value = arena_take(arena, WORKER_VALUE_BYTES);
    }
    publisher->partition_count = ports->sink->partition_count(ports->sink->context);
    CHECK(publisher->partition_count > 0 && publisher->partition_count <= OUTPUT_PARTITIONS_MAX);
    return publisher;
}

static int64_t now_us(const struct publisher *publisher)
{
    return publisher->ports.clock->monotonic_us(publisher->ports.clock->context);
}

/* ------------------------------------------------------------------ keys */

static int32_t partition_of(const struct publisher *publisher, struct document_key key)
{
    return key_partition(world_key_part(publisher->world, key), publisher->partition_count);
}

/* What was shown of a key. What was noted under an earlier ownership of its partition counts no
 * more: then it was shown as of the watermark the partition was taken with, content unknown. */
static struct shown *shown_of(struct publisher *publisher, struct document_key key,
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

static struct round *round_at(struct publisher *publisher, uint64_t round)
{
    return &publisher->rounds[round % ROUND_COUNT_MAX];
}

static void make_due(struct publisher *publisher, struct document_key key, struct shown *shown)
{
    if (shown->due) {
        publisher->stats->suppressed[SUPPRESSED_CONFLATED]++;
        return;
    }
    CHECK(publisher->due_last - publisher->due_first <= publisher->due_mask);
    shown->due = 1;
    if (publisher->due_first == publisher->due_last) {
        publisher->first_due_us = now_us(publisher);
    }
    publisher->due[publisher->due_last++ & publisher->due_mask] = key;
    round_at(publisher, publisher->round_last)->left++;
}

void publisher_collect(struct publisher *publisher, int64_t oldest_timestamp_ms)
{
    uint32_t count;
    const struct document_key *touched = world_touched(publisher->world, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (world_key_state(publisher->world, touched[i]) == KEY_STATE_NONE) {
            continue;
        }
        const int32_t partition = partition_of(publisher, touched[i]);
        if (publisher->owned[partition].is_owned) {
            make_due(publisher, touched[i], shown_of(publisher, touched[i], partition));
        }
    }
    world_touched_clear(publisher->world);
    struct round *round = round_at(publisher, publisher->round_last);
    if (oldest_timestamp_ms >= 0 && (round->oldest_timestamp_ms < 0 ||
                                     oldest_timestamp_ms < round->oldest_timestamp_ms)) {
        round->oldest_timestamp_ms = oldest_timestamp_ms;
    }
}

/* ------------------------------------------------------------------ ownership */

/* As of when the former owner had shown all of the partition: what it said last, or what the journal
 * has of it, which may be a second older. Never beyond our own state: a version comes from it. */
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
static void follow_group(struct publisher *publisher, const struct publisher_view *view)
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
static void follow_losses(struct publisher *publisher)
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
static void repair(struct publisher *publisher, struct document_key key, struct shown *shown)
{
    shown->hash = 0;
    publisher->stats->output_repairs++;
    make_due(publisher, key, shown);
}

static void walk_key(struct publisher *publisher, struct document_key key)
{
    if (world_key_state(publisher->world, key) == KEY_STATE_NONE) {
        return;
    }
    const int32_t partition = partition_of(publisher, key);
    if (!publisher->owned[partition].is_owned) {
        return;
    }
    struct shown *shown = shown_of(publisher, key, partition);
    if (shown->wrong && shown->hash == 0) {
        repair(publisher, key, shown);
    }
    shown->wrong = 0;
    if (!shown->due && world_key_changed(publisher->world, key) > shown->sequence) {
        make_due(publisher, key, shown);
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
static void walk_step(struct publisher *publisher)
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
        publisher->walk_began_us = now_us(publisher);
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
    job->status = STATUS_OK;
    if (!job->suppressed) {
        encode_and_produce(publisher, job, &document, worker);
    }
}

static void round_done(struct publisher *publisher, uint64_t round)
{
    struct round *at = round_at(publisher, round);
    CHECK(at->left > 0);
    at->left--;
}

static void flight_free(struct publisher *publisher, uint32_t flight)
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
static void rounds_lose(struct publisher *publisher, uint64_t round)
{
    for (uint64_t closed = round; closed < publisher->round_last; closed++) {
        round_at(publisher, closed)->sequence = 0;
    }
    publisher->swept_round = moved_on(publisher, publisher->swept_round, round);
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        struct owned *owned = &publisher->owned[p];
        owned->ready_round = moved_on(publisher, owned->ready_round, round);
    }
}

/* What becomes of a key after its job: in flight, or nothing to send, or due again. */
static void job_ends(struct publisher *publisher, struct job *job, uint64_t round)
{
    struct shown *shown = shown_of(publisher, job->key, job->partition);
    struct flight *flight = &publisher->flights[job->flight];
    if (job->status == STATUS_AGAIN) {
        rounds_lose(publisher, round);
        flight_free(publisher, job->flight);
        make_due(publisher, job->key, shown);
        round_done(publisher, round);
        return;
    }
    if (job->suppressed) {
        publisher->stats->suppressed[job->status == STATUS_OK ? SUPPRESSED_UNCHANGED
                                                              : SUPPRESSED_TOO_LARGE]++;
        shown->sequence = world_sequence(publisher->world);
        flight_free(publisher, job->flight);
        round_done(publisher, round);
        return;
    }
    shown->hash = job->hash;
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
        round_done(publisher, round);
        return false;
    }
    const int32_t partition = partition_of(publisher, key);
    struct shown *shown = shown_of(publisher, key, partition);
    shown->due = 0;
    if (!publisher->owned[partition].is_owned) {
        round_done(publisher, round);
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

/* Derives and produces up to JOB_COUNT_MAX due keys. False where the sink is full or none is due. */
static bool publish_some(struct publisher *publisher, uint64_t round, uint64_t due_end)
{
    uint32_t count = 0;
    while (count < JOB_COUNT_MAX && publisher->due_first < due_end && publisher->flight_free) {
        const struct document_key key = publisher->due[publisher->due_first++ & publisher->due_mask];
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
    round_at(publisher, publisher->round_last)->sequence = world_sequence(publisher->world);
    publisher->round_last++;
    publisher->round_awaited = false;
    *round_at(publisher, publisher->round_last) = (struct round){ .oldest_timestamp_ms = -1 };
}

static void rounds_settle(struct publisher *publisher)
{
    while (publisher->round_first < publisher->round_last &&
           round_at(publisher, publisher->round_first)->left == 0) {
        const struct round *round = round_at(publisher, publisher->round_first);
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
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        struct owned *owned = &publisher->owned[p];
        if (owned->ready_round && owned->ready_round < publisher->round_first) {
            owned->ready_round = 0;
        }
    }
}

/*
 * Sends what is due. Keys that become due meanwhile (the sink was full) join the next round, so a
 * round only shrinks once it is closed. Every key of a closed round is before those of the next.
 */
static bool publish_due(struct publisher *publisher)
{
    if (publisher->round_last - publisher->round_first + 2 >= ROUND_COUNT_MAX) {
        return false;
    }
    const uint64_t due_end = publisher->due_last;
    const uint64_t round = publisher->round_last;
    round_closes(publisher);
    publisher->last_publish_us = now_us(publisher);
    while (publish_some(publisher, round, due_end)) {
    }
    /* What was not sent waits in the next round. */
    const uint64_t waiting = due_end - publisher->due_first;
    if (publisher->due_first < due_end) {
        round_at(publisher, round)->left -= (uint32_t)waiting;
        round_at(publisher, publisher->round_last)->left += (uint32_t)waiting;
        struct round *next = round_at(publisher, publisher->round_last);
        next->oldest_timestamp_ms = round_at(publisher, round)->oldest_timestamp_ms;
        rounds_lose(publisher, round);
        round_at(publisher, round)->oldest_timestamp_ms = -1;
    }
    if (publisher->due_first < publisher->due_last) {
        publisher->first_due_us = publisher->last_publish_us;
    }
    return publisher->due_first == publisher->due_last;
}

/* ------------------------------------------------------------------ acknowledgements */

/* One stretch is read at a time; what comes meanwhile waits its turn. */
static void read_back_begins(struct publisher *publisher, enum topic topic, int32_t partition,
                             int64_t until)
{
    const int64_t next = publisher->owned[partition].next_offset[topic];
    const int64_t from = next < 0 ? 0 : next;
    if (from < until &&
        publisher->stretch_last - publisher->stretch_first < STRETCH_COUNT_MAX) {
        publisher->stretches[publisher->stretch_last++ % STRETCH_COUNT_MAX] =
            (struct stretch){ topic, partition, next < 0, from, until };
    }
}

/*
 * A partition that was taken is read back once, behind live work: while nobody watched, a former
 * owner that woke up may have written. From then on watching one's own outputs costs nothing:
 * acknowledged offsets of a partition follow each other. Where they do not, somebody else wrote:
 * that stretch is read. Keys that do not show there what they should are published again (contract
 * 3: compaction keeps the last, not the highest).
 */
static void note_offset(struct publisher *publisher, const struct sink_ack *ack)
{
    struct owned *owned = &publisher->owned[ack->partition];
    int64_t *next = &owned->next_offset[ack->topic];
    if (owned->is_owned && ack->offset > *next) {
        read_back_begins(publisher, ack->topic, ack->partition, ack->offset);
    }
    if (ack->offset >= *next) {
        *next = ack->offset + 1;
    }
}

/* A stranger's record behind our last: nothing of ours is in flight, and the end is further on. */
static void look_behind(struct publisher *publisher, int32_t partition)
{
    const struct sink_port *sink = publisher->ports.sink;
    struct owned *owned = &publisher->owned[partition];
    if (publisher->flight_count > 0) {
        return;
    }
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        const enum topic topic = world_key_topic((enum key_kind)kind);
        const int64_t end = sink->extent(sink->context, topic, partition).end;
        if (end > owned->next_offset[topic]) {
            read_back_begins(publisher, topic, partition, end);
            owned->next_offset[topic] = end;
        }
    }
}

static struct bytes header_value(const struct record *record, struct bytes name)
{
    for (uint32_t i = 0; i < record->header_count; i++) {
        if (bytes_equal(record->headers[i].name, name)) {
            return record->headers[i].value;
        }
    }
    return bytes_of(NULL, 0);
}

static uint64_t version_of(const struct record *record)
{
    const struct bytes digits = header_value(record, BYTES_LITERAL("ce_version"));
    uint64_t version = 0;
    for (size_t i = 0; i < digits.count; i++) {
        const uint8_t digit = digits.data[i];
        if (digit < '0' || digit > '9') {
            return 0;
        }
        version = version * 10 + (uint64_t)(digit - '0');
    }
    return version;
}

/* Whether a record of ours has the content that its key has now: nothing changed since its version,
 * or what is derived now, given its version and as_of, has the same bytes. */
static bool record_shows(struct publisher *publisher, struct document_key key,
                         const struct record *record)
{
    const bool tombstone = world_key_state(publisher->world, key) == KEY_STATE_TOMBSTONE;
    if (tombstone || !record->value.data) {
        return tombstone == !record->value.data;
    }
    const uint64_t version = version_of(record);
    if (version >= world_key_changed(publisher->world, key)) {
        return true;
    }
    struct worker *worker = &publisher->workers[0];
    arena_reset(&worker->arena);
    struct document document;
    world_derive(publisher->world, key, &worker->arena, &document);
    document.version = version;
    if (!text_rules_instant(header_value(record, BYTES_LITERAL("ce_time")), &document.as_of)) {
        document.as_of = TIME_NONE;
    }
    struct buffer value = buffer_of(worker->value, WORKER_VALUE_BYTES);
    document_encode(&document, publisher->options.encoding, &value);
    return !value.overflowed && bytes_equal(buffer_bytes(&value), record->value);
}

/*
 * Of a partition just taken the last record of a key decides, and none where we have published the
 * key ourselves since. Elsewhere every record does: ours may be before or behind it.
 */
static void read_record(struct publisher *publisher, const struct record *record)
{
    const struct stretch *read = &publisher->read;
    const struct document_key key = world_find_key(publisher->world, read->topic, record->key);
    if (!key.row || world_key_state(publisher->world, key) == KEY_STATE_NONE ||
        !publisher->owned[read->partition].is_owned ||
        partition_of(publisher, key) != read->partition) {
        return;
    }
    struct shown *shown = shown_of(publisher, key, read->partition);
    if (read->whole && shown->hash != 0) {
        return;
    }
    const bool wrong = !record_shows(publisher, key, record);
    if (read->whole) {
        shown->wrong = wrong;
        publisher->any_wrong = publisher->any_wrong || wrong;
    } else if (wrong) {
        repair(publisher, key, shown);
    }
}

/* What a walk finds wrong after the stretch was read, it repairs. */
static void read_back_ends(struct publisher *publisher)
{
    publisher->reading = false;
    if (publisher->any_wrong) {
        publisher->any_wrong = false;
        publisher->repair_walk = publisher->walk + (publisher->walking ? 2 : 1);
    }
}

static void read_back(struct publisher *publisher)
{
    const struct sink_port *sink = publisher->ports.sink;
    if (!publisher->reading && publisher->stretch_first < publisher->stretch_last) {
        publisher->reading = true;
        publisher->read = publisher->stretches[publisher->stretch_first++ % STRETCH_COUNT_MAX];
        sink->read_begin(sink->context, publisher->read.topic, publisher->read.partition,
                         publisher->read.from);
    }
    for (uint32_t left = OWN_READ_SLICE; publisher->reading && left > 0; left--) {
        struct record record;
        const enum status status = sink->read_next(sink->context, &record);
        if (status == STATUS_AGAIN) {
            return;
        }
        if (status != STATUS_OK || record.offset >= publisher->read.until) {
            read_back_ends(publisher);
            return;
        }
        read_record(publisher, &record);
    }
}

/* Sent when the partition was ours before; others had it since, and their record may lie before. */
static void late_arrival(struct publisher *publisher, const struct flight *flight,
                         int32_t partition)
{
    const struct owned *owned = &publisher->owned[partition];
    if (!owned->is_owned || flight->epoch == owned->epoch ||
        world_key_state(publisher->world, flight->key) == KEY_STATE_NONE ||
        partition_of(publisher, flight->key) != partition ||
        flight->sequence >= world_key_changed(publisher->world, flight->key)) {
        return;
    }
    repair(publisher, flight->key, shown_of(publisher, flight->key, partition));
}

static void flight_acked(struct publisher *publisher, const struct sink_ack *ack)
{
    const uint32_t index = (uint32_t)ack->token;
    CHECK(index > 0 && index < FLIGHT_COUNT_MAX);
    const struct flight flight = publisher->flights[index];
    flight_free(publisher, index);
    struct shown *shown = &publisher->shown[flight.key.kind][flight.key.row];
    const bool same = shown->epoch == flight.epoch;
    if (ack->delivered) {
        publisher->stats->published[ack->topic]++;
        if (same && flight.tombstone) {
            *shown = (struct shown){ .epoch = shown->epoch, .sequence = flight.sequence,
                                     .hash = 1, .due = shown->due };
        } else if (same && flight.sequence > shown->sequence) {
            shown->sequence = flight.sequence;
        }
        note_offset(publisher, ack);
        late_arrival(publisher, &flight, ack->partition);
    } else if (same && !ack->too_large) {
        publisher->stats->publish_failures++;
        shown->hash = 0;
        rounds_lose(publisher, flight.round);
        if (world_key_state(publisher->world, flight.key) != KEY_STATE_NONE) {
            make_due(publisher, flight.key, shown);
        }
    } else if (ack->too_large) {
        publisher->stats->suppressed[SUPPRESSED_TOO_LARGE]++;
    }
    round_done(publisher, flight.round);
}

static void take_acks(struct publisher *publisher)
{
    const struct sink_port *sink = publisher->ports.sink;
    struct sink_ack ack;
    while (sink->next_ack(sink->context, &ack) == STATUS_OK) {
        if (rejects_token(ack.token)) {
            rejects_acked(publisher->rejects, &ack);
        } else if (ack.token >> WATERMARK_TOKEN_BIT & 1) {
            publisher->stats->published[TOPIC_WATERMARKS] += ack.delivered;
        } else {
            flight_acked(publisher, &ack);
        }
    }
    rounds_settle(publisher);
}

/* ------------------------------------------------------------------ watermarks */

uint64_t publisher_watermark(const struct publisher *publisher, int32_t partition)
{
    const struct owned *owned = &publisher->owned[partition];
    if (!owned->is_owned) {
        return 0;
    }
    if (owned->ready_walk || owned->ready_round) {
        return owned->from;
    }
    const uint64_t rejects = rejects_settled(publisher->rejects, publisher->world);
    const uint64_t documents = publisher->watermark;
    const uint64_t least = rejects < documents ? rejects : documents;
    return least > owned->from ? least : owned->from;
}

/* With no shared change since the last walk, what is shown at all is swept, too. */
static uint64_t swept_of(const struct publisher *publisher, int32_t partition)
{
    const struct owned *owned = &publisher->owned[partition];
    if (owned->ready_walk || owned->ready_round) {
        return owned->from;
    }
    return publisher->swept < world_shared_changed(publisher->world)
               ? publisher->swept
               : publisher_watermark(publisher, partition);
}

static void send_watermark(struct publisher *publisher, int32_t partition)
{
    const double lag_seconds = (double)publisher->input_lag_ms / 1000.0;
    const struct document document = {
        .topic = TOPIC_WATERMARKS,
        .as_of = world_as_of(publisher->world),
        .watermark = { .partition = (uint32_t)partition,
                       .sequence = publisher_watermark(publisher, partition),
                       .swept = swept_of(publisher, partition),
                       .lag_seconds = lag_seconds,
                       .caught_up = publisher->caught_up && lag_seconds < 1.0,
                       .owner = publisher->options.owner },
    };
    uint8_t key_room[RECORD_KEY_BYTES_MAX];
    uint8_t value_room[1024];
    struct buffer key = buffer_of(key_room, sizeof key_room);
    struct buffer value = buffer_of(value_room, sizeof value_room);
    document_encode_key(&document, &key);
    document_encode(&document, publisher->options.encoding, &value);
    struct document_headers headers;
    document_headers(&document, publisher->options.source, publisher->options.encoding, true,
                     &headers);
    const struct sink_record record = {
        .topic = TOPIC_WATERMARKS,
        .partition = partition,
        .key = buffer_bytes(&key),
        .value = buffer_bytes(&value),
        .headers = headers.headers,
        .header_count = headers.count,
        .token = UINT64_C(1) << WATERMARK_TOKEN_BIT,
    };
    (void)publisher->ports.sink->produce(publisher->ports.sink->context, &record);
}

/* A heartbeat that does not fit the queue is not missed: the next one says more. A watermark says
 * nothing before the first entry counts (contract 6). */
static void heartbeat(struct publisher *publisher, int64_t now)
{
    if (now - publisher->last_heartbeat_us < publisher->options.heartbeat_us ||
        world_sequence(publisher->world) == 0) {
        return;
    }
    publisher->last_heartbeat_us = now;
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        if (publisher->owned[p].is_owned) {
            look_behind(publisher, p);
            send_watermark(publisher, p);
        }
    }
}

/* ------------------------------------------------------------------ steps */

/* At the linger; at once if the last publication is longer ago than a linger; when behind, only
 * once caught up or every 500 ms. */
static bool time_to_publish(const struct publisher *publisher, bool caught_up, int64_t now)
{
    if (publisher->due_first == publisher->due_last) {
        return publisher->round_first == publisher->round_last && caught_up &&
               (publisher->round_awaited ||
                publisher->watermark < world_sequence(publisher->world));
    }
    return now - publisher->last_publish_us >= publisher->publish_every_us;
}

enum status publisher_step(struct publisher *publisher, const struct publisher_view *view)
{
    publisher->input_lag_ms = view->input_lag_ms;
    publisher->caught_up = view->caught_up;
    publisher->publish_every_us =
        view->caught_up && !view->backlog ? publisher->options.linger_us : BEHIND_PUBLISH_US;
    take_acks(publisher);
    if (publisher->stopped) {
        return STATUS_OK;
    }
    follow_losses(publisher);
    follow_group(publisher, view);
    read_back(publisher);
    walk_step(publisher);
    (void)rejects_step(publisher->rejects, publisher->world, publisher->ports.sink,
                       publisher->owned_flags, publisher->partition_count);
    const int64_t now = now_us(publisher);
    if (time_to_publish(publisher, view->caught_up, now)) {
        (void)publish_due(publisher);
        rounds_settle(publisher);
    }
    heartbeat(publisher, now);
    return publisher->walking || publisher->reading ? STATUS_AGAIN : STATUS_OK;
}

int64_t publisher_wait_us(const struct publisher *publisher)
{
    const int64_t now = now_us(publisher);
    const bool silent = world_sequence(publisher->world) == 0;
    int64_t at =
        (silent ? now : publisher->last_heartbeat_us) + publisher->options.heartbeat_us;
    if (publisher->due_first < publisher->due_last) {
        const int64_t due = publisher->last_publish_us + publisher->publish_every_us;
        at = due < at ? due : at;
    }
    return at > now ? at - now : 0;
}

bool publisher_drain(struct publisher *publisher)
{
    take_acks(publisher);
    (void)rejects_step(publisher->rejects, publisher->world, publisher->ports.sink,
                       publisher->owned_flags, publisher->partition_count);
    if (publisher->due_first < publisher->due_last) {
        (void)publish_due(publisher);
    }
    if (publisher->due_first < publisher->due_last || publisher->flight_count > 0 ||
        rejects_settled(publisher->rejects, publisher->world) < world_sequence(publisher->world)) {
        return false;
    }
    publisher->last_heartbeat_us = INT64_MIN / 2;
    heartbeat(publisher, now_us(publisher));
    return true;
}

void publisher_stop(struct publisher *publisher)
{
    publisher->stopped = true;
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        publisher->owned[p].is_owned = false;
        publisher->owned_flags[p] = false;
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
    return publisher->swept;
}

uint32_t publisher_due_count(const struct publisher *publisher)
{
    return (uint32_t)(publisher->due_last - publisher->due_first) + publisher->flight_count;
}

double publisher_swept_lag_seconds(const struct publisher *publisher)
{
    return publisher->walking
               ? (double)(now_us(publisher) - publisher->walk_began_us) / 1000000.0
               : 0.0;
}
