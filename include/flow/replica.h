/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_REPLICA_H
#define FLOW_REPLICA_H

#include "base/arena.h"
#include "core/world.h"
#include "flow/port.h"
#include "flow/rejects.h"
#include "flow/stats.h"
#include "wire/journal_codec.h"

/*
 * A replica follows the journal and feeds its entries to the world (contract 2.5, 2.6). An entry
 * counts if it continues the last that counted; all others are void. Nothing but entries that count
 * ever reaches the world, so every replica goes through the same states.
 *
 * It is the only reader of the journal in the process: the writer learns from it, too, which of its
 * entries count.
 */
struct replica;

/* Where a state stands in the journal. */
struct journal_point {
    uint64_t sequence;           /* 0: before the first entry */
    struct hash128 id;
    int64_t offset;              /* of that entry; -1 with sequence 0 */
};

/* Told after every entry that counted, when the world has it. */
struct replica_observer {
    void *context;
    void (*applied)(void *context, const struct journal_entry *entry, struct journal_point point,
                    int64_t oldest_timestamp_ms);
};

size_t replica_bytes(void);
struct replica *replica_init(struct arena *arena, struct world *world,
                             const struct journal_port *journal, struct rejects *rejects,
                             struct stats *stats, const struct replica_observer *observer);

/*
 * Follow from this point on: that of the restored snapshot, or sequence 0 for the journal's start.
 * With `recall_from` >= 0, entries from that offset up to the point are read for the bytes of
 * refused records only.
 */
void replica_start(struct replica *replica, struct journal_point point, int64_t recall_from);

/*
 * Applies what is there, at most `entries_max` entries. STATUS_OK: applied some, there may be more.
 * STATUS_AGAIN: nothing there now. STATUS_LOST: history was lost, or the world refused to go on;
 * STATUS_CONFIG: the journal is of a later version. `failure` says what to do; the process stops.
 */
enum status replica_step(struct replica *replica, uint32_t entries_max, struct failure *failure);

struct journal_point replica_point(const struct replica *replica);
int64_t replica_last_now_ms(const struct replica *replica);

/* The journal is read to the end that its port knows. */
bool replica_caught_up(const struct replica *replica);
/* Journal records up to the known end that are not read yet; -1: the end is not known. */
int64_t replica_behind(const struct replica *replica);
/* The last entry that counted was so full that more input waits than fits one. */
bool replica_in_backlog(const struct replica *replica);

#endif
