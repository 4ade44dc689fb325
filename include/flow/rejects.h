/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_REJECTS_H
#define FLOW_REJECTS_H

#include "base/arena.h"
#include "core/world.h"
#include "flow/port.h"
#include "flow/stats.h"

/*
 * Refused records on their way to rejects.v1 (contract 1). The world keeps their identity and
 * reason; their bytes come from the journal and are kept here, oldest first, until the world
 * forgets them. Both lists have the same order:
 *
 *     world:  r1 r2 r3 r4 r5          what is refused and not yet published by all
 *     here:      b2 b3 b4 b5          their bytes, in a ring (b1 was too long ago: see
 *                   ^ cursor          rejects_first_missing())
 *
 * A reject lies on dlq_partition mod n; whoever owns that partition publishes it. After a crash or
 * a takeover it may come twice: topic, partition and offset are its identity.
 */
struct rejects;

size_t rejects_bytes(void);
struct rejects *rejects_init(struct arena *arena, struct stats *stats);

/* Keeps the bytes of a record that was just refused. False where there is no more room: stop
 * following until rejects_step() has made some. */
bool rejects_keep(struct rejects *rejects, const struct record *record);
bool rejects_have_room(const struct rejects *rejects);

/*
 * After a restore: the journal offset of the first entry whose refused records are not forgotten;
 * -1: none. Entries from there up to the snapshot are read once more for their bytes.
 */
int64_t rejects_first_missing(const struct world *world);
/* For such an entry, at this offset of the journal: keeps the record's bytes if the world lists it
 * as refused there. A void entry may have had the same record. */
void rejects_recall(struct rejects *rejects, const struct world *world,
                    const struct record *record, int64_t journal_offset);

/* Produces what partitions owned here have not published yet. STATUS_AGAIN: the sink is full. */
enum status rejects_step(struct rejects *rejects, const struct world *world,
                         const struct sink_port *sink, const bool *owned,
                         int32_t partition_count);

/* Partitions changed hands: everything not forgotten is published again from the start. */
void rejects_again(struct rejects *rejects);

/* An acknowledgement whose token rejects_token() is true for. */
bool rejects_token(uint64_t token);
void rejects_acked(struct rejects *rejects, const struct sink_ack *ack);

/* Nothing up to this sequence waits to be produced or acknowledged. */
uint64_t rejects_settled(const struct rejects *rejects, const struct world *world);

#endif
