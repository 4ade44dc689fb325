/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_PUBLISHER_STATE_H
#define FLOW_PUBLISHER_STATE_H

#include "flow/days_lost.h"
#include "flow/publisher.h"
#include "wire/text_rules.h"

/*
 * Inside the publisher, shared by publisher*.c only:
 *
 *     publisher.c         made, stepped, asked       publisher_rounds.c   derive, produce, rounds
 *     publisher_owned.c   partitions                 publisher_watch.c    acknowledgements, marks
 *     publisher_sweep.c   the ring, sites, the count of days lost
 */

enum {
    JOB_COUNT_MAX = 256,            /* keys derived at a time */
    WORKER_ARENA_BYTES = 64 * 1024 * 1024,   /* addresses; pages as a document needs them */
    WORKER_VALUE_BYTES = MESSAGE_BYTES_MAX,
    ROUND_COUNT_MAX = 1024,
    FLIGHT_COUNT_MAX = 1 << 18,
    KEYS_AHEAD = 8,                 /* how early a key's row is fetched from memory */
    RING_SLICE_KEYS = 2048,         /* looked at in a step */
    RING_DUE_MIN = 32,              /* found by it and not derived yet: at least, at most */
    RING_DUE_MAX = 2048,
    RING_WAIT_US = 2000,            /* so long may events wait for what it found */
    CAPACITY_WALK_EVERY_US = 1000 * 1000,
    COUNT_SLICE_KEYS = 32,          /* derived to be counted, in a step */
    SITES_EVERY_US = 250 * 1000,    /* contract 3: a site is published at most so often */
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
    uint64_t ready_pass;            /* the pass over sites that does the same; 0: shown */
    int64_t next_offset[TOPIC_COUNT];   /* after the last acknowledged; -1: not known */
    uint32_t in_flight[TOPIC_COUNT];    /* documents not acknowledged yet */
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
    int32_t days_lost[CONSTRAINT_COUNT];    /* of KEY_PROMISE */
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
    uint32_t walk_due;              /* keys that it found since all that was due was derived */
    uint32_t walk_due_max;          /* how many it may find, by how long the last ones took */
    int64_t walk_began_us;
    uint64_t swept_pending;         /* shown once `swept_round` is */
    uint64_t swept_round;
    /* sites */
    uint64_t sites_pass;
    bool sites_awaited;             /* by a partition that is new, or is to be repaired */
    uint64_t sites_goal;            /* changes of sites up to here were made due */
    uint64_t sites_round;           /* the round that shows them; 0: shown */
    uint64_t sites_swept;           /* changes of sites up to here are shown */
    int64_t sites_shown_us;         /* when a site was last sent, or a pass shown whole */
    uint64_t sites_drained;         /* what was changed when draining began is to be shown first */
    bool draining;
    /* days lost */
    struct days_lost days_lost;
    uint32_t count_row;             /* KEY_PROMISE rows below were counted; 0: nothing to count */
    int64_t last_publish_us;
    bool sink_full;                 /* the last publication left something over */
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

/* Where the files meet; each is described where it is defined. */
int64_t publisher_now_us(const struct publisher *publisher);
int32_t publisher_partition_of(const struct publisher *publisher, struct document_key key);
struct shown *publisher_shown_of(struct publisher *publisher, struct document_key key,
                                 int32_t partition);
struct round *publisher_round_at(struct publisher *publisher, uint64_t round);
void publisher_make_due(struct publisher *publisher, struct document_key key, struct shown *shown);
void publisher_follow_group(struct publisher *publisher, const struct publisher_view *view);
void publisher_follow_losses(struct publisher *publisher);
void publisher_lose(struct publisher *publisher, int32_t partition);
void publisher_repair(struct publisher *publisher, struct document_key key, struct shown *shown);
bool publisher_is_ready(const struct publisher *publisher, int32_t partition);
bool publisher_gathers(const struct publisher *publisher);
bool publisher_walk_pauses(const struct publisher *publisher);
void publisher_walk_step(struct publisher *publisher);
void publisher_sites_step(struct publisher *publisher, int64_t now);
int64_t publisher_capacity_at_us(const struct publisher *publisher);
int64_t publisher_sites_at_us(const struct publisher *publisher);
bool publisher_count_step(struct publisher *publisher);
void publisher_job_counts(struct publisher *publisher, const struct job *job);
void publisher_round_done(struct publisher *publisher, uint64_t round);
void publisher_flight_free(struct publisher *publisher, uint32_t flight);
void publisher_rounds_lose(struct publisher *publisher, uint64_t round);
void publisher_rounds_settle(struct publisher *publisher);
bool publisher_publish_due(struct publisher *publisher);
void publisher_read_back(struct publisher *publisher);
void publisher_take_acks(struct publisher *publisher);
void publisher_heartbeat(struct publisher *publisher, int64_t now);

#endif
