/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_WRITER_H
#define FLOW_WRITER_H

#include "base/arena.h"
#include "core/world.h"
#include "flow/port.h"
#include "flow/replica.h"
#include "flow/stats.h"

/*
 * The writer takes what all inputs bring and appends it to the journal, in entries, by value, with
 * the time (contract 2.5). Any process may write: an entry counts only if it continues the last
 * that counted, so two writers, or one that slept, do no harm. By habit the owner of output
 * partition 0 writes; another begins when input has waited a second times one plus its lowest
 * partition without a new entry.
 *
 *     idle ──(input waits, or habit)──► opening ──(positions taken over)──► writing
 *       ▲                                                                    │
 *       └──────────(somebody else's entry counted, or partitions lost)───────┘
 *
 * At most WRITER_AHEAD_MAX entries are on their way. The writer takes an entry as counting when the
 * replica has read it back from the journal and applied it; if another's entry counted instead, its
 * own on their way are void and the inputs are read again from the positions in the state.
 */
enum { WRITER_AHEAD_MAX = 2 };
struct writer;

struct zone_port {
    void *context;
    /* TZif bytes of an IANA zone on this machine, good until the next call; STATUS_ABSENT. */
    enum status (*read)(void *context, struct bytes name, struct bytes *out_tzif);
};

struct writer_ports {
    const struct journal_port *journal;
    const struct input_port *inputs;
    const struct clock_port *clock;
    const struct zone_port *zones;
};

size_t writer_bytes(void);
struct writer *writer_init(struct arena *arena, const struct writer_ports *ports,
                           struct world *world, struct replica *replica, struct stats *stats,
                           const struct settings *settings);

/* What the rest of the process tells the writer. */
struct writer_view {
    bool may_write;              /* restored, caught up at least once, in the group, not stopping */
    int32_t lowest_owned;        /* lowest output partition owned here; -1: none */
    const struct watermark_entry *published;  /* what all partitions were last seen to show */
    uint32_t published_count;
    uint64_t state_sequence;     /* newest state hash computed here; 0: none */
    uint64_t state_hash;
};

/* From the replica's observer: an entry counted. */
void writer_saw(struct writer *writer, const struct journal_entry *entry);

/*
 * One step: begins or ends writing, appends at most one entry. STATUS_OK: appended one.
 * STATUS_AGAIN: nothing to do now. STATUS_LOST: an input was cut or recreated; the process stops.
 */
enum status writer_step(struct writer *writer, const struct writer_view *view,
                        struct failure *failure);

/* When the next step has something to do without new input (µs from now). */
int64_t writer_wait_us(const struct writer *writer);

bool writer_is_writing(const struct writer *writer);

/* Age of the oldest input record that is not in the journal, as far as is known here; 0: none. */
int64_t writer_input_lag_ms(const struct writer *writer);
/* Records of all inputs beyond the state's positions, as far as ends are known. */
int64_t writer_input_behind(const struct writer *writer);
/*
 * This writer was at the end of the input partition since it began writing, and all that was before
 * it is in the state. False where others write.
 */
bool writer_has_read(const struct writer *writer, enum topic topic, int32_t partition);

#endif
