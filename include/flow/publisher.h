/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_PUBLISHER_H
#define FLOW_PUBLISHER_H

#include "base/arena.h"
#include "core/world.h"
#include "flow/port.h"
#include "flow/rejects.h"
#include "flow/stats.h"
#include "wire/document_codec.h"

/*
 * Due, then publish (design, idea 5). For every key of an owned partition the publisher keeps the
 * sequence it was last shown at and the hash of what was shown. A key is due when the newest change
 * of what it is made of is above that number:
 *
 *     touched by an entry ──────────────► due list ─► derive ─► changed? ─► sink ─► acknowledged:
 *     found by the ring (time, shared) ─►                        no: suppressed       shown at
 *
 * The ring walks all keys in slices behind live work and never restarts: one walk finds what shared
 * data changed before it began, and what a partition taken over was not shown (its former owner's
 * watermark and contents unknown). Sites, which change with every booking, are few: a pass over
 * them at most every 250 ms finds those that changed.
 *
 * Rounds give the watermark: all keys due at a sequence form a round; when all of them and of the
 * rounds before are acknowledged, every owned partition is shown at least as of that sequence.
 */
struct publisher;

/* Runs `work(context, worker, i)` for all i below count, and returns when all are done. */
enum { CREW_WORKERS_MAX = 16 };
struct crew_port {
    void *context;
    uint32_t worker_count;    /* at least 1 */
    void (*run)(void *context, void (*work)(void *work_context, uint32_t worker, uint32_t i),
                void *work_context, uint32_t count);
};

struct publisher_options {
    int64_t linger_us;
    int64_t heartbeat_us;
    enum encoding encoding;
    struct bytes source;      /* ce_source; lives as long as the publisher */
    struct bytes owner;       /* this process's address, for watermarks */
};

struct publisher_ports {
    const struct journal_port *journal;
    const struct sink_port *sink;
    const struct group_port *group;
    const struct clock_port *clock;
    const struct crew_port *crew;
};

size_t publisher_bytes(enum world_scale scale);
struct publisher *publisher_init(struct arena *arena, enum world_scale scale,
                                 const struct publisher_options *options,
                                 const struct publisher_ports *ports, struct world *world,
                                 struct rejects *rejects, struct stats *stats);

/* After every entry: takes the keys it touched. `oldest_timestamp_ms` of its records, -1: none. */
void publisher_collect(struct publisher *publisher, int64_t oldest_timestamp_ms);

/* What the loop knows of the inputs: how old the oldest input is that no document shows yet. */
struct publisher_view {
    bool caught_up;           /* the replica is at the journal's end */
    bool backlog;             /* entries come as full as they may be: documents gather for longer */
    int64_t input_lag_ms;     /* of inputs not yet in the journal; 0: none */
    bool marks_pending;       /* watermarks.v1 is still being read: partitions are not taken yet */
    const struct watermark_entry *marks;   /* what former owners showed; NULL: as in the journal */
    uint32_t mark_count;
};

/*
 * One step: takes acknowledgements, follows the group, publishes what is due if its time has come.
 * STATUS_AGAIN: there is more to do at once. STATUS_OK: not before publisher_wait_us().
 */
enum status publisher_step(struct publisher *publisher, const struct publisher_view *view);
int64_t publisher_wait_us(const struct publisher *publisher);

/* Publishes all that is due and waits for nothing: call until it is true, then all is settled. */
bool publisher_drain(struct publisher *publisher);

/* Gives all partitions up: nothing more is produced. */
void publisher_stop(struct publisher *publisher);

bool publisher_owns(const struct publisher *publisher, int32_t partition);
uint32_t publisher_owned_count(const struct publisher *publisher);
int32_t publisher_lowest_owned(const struct publisher *publisher);   /* -1: none */
int32_t publisher_partition_count(const struct publisher *publisher);

/* Sequence as of which all of an owned partition is shown; 0 where nothing is known of it. */
uint64_t publisher_watermark(const struct publisher *publisher, int32_t partition);
/* The same of what time and shared data changed, and of the sites. */
uint64_t publisher_swept_of(const struct publisher *publisher, int32_t partition);
/* The least of all owned partitions; 0: there are none. */
uint64_t publisher_swept(const struct publisher *publisher);
/* Keys not yet shown, and how long the oldest walk has been going on. */
uint32_t publisher_due_count(const struct publisher *publisher);
double publisher_swept_lag_seconds(const struct publisher *publisher);
/* How far the walk is: keys looked at, of so many; both 0 between walks. */
void publisher_sweep_progress(const struct publisher *publisher, uint64_t *out_walked,
                              uint64_t *out_total);
/* Days that live promises of owned partitions lose to a constraint (R11). */
int64_t publisher_days_lost(const struct publisher *publisher, enum constraint constraint);

#endif
