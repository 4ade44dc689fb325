/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_CATCH_UP_H
#define FLOW_CATCH_UP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "core/limits.h"
#include "flow/port.h"

/*
 * Whether the inputs are in the state up to the ends that they had when the process started: a part
 * of being ready (contract 5). Without it a process at the start of a whole backlog would be ready
 * at sequence 0. What comes later is lag, and does not count here: what was read stays read.
 *
 * An end need not be an offset that the state can reach: markers of transactions and gaps of
 * compaction lie before it. Who writes the journal sees that it is at the end all the same. Who
 * does not takes an input as read when nothing more of it came for CATCH_UP_STILL_US while the
 * journal is read to its end and others write it.
 */
enum { CATCH_UP_STILL_US = 10 * 1000 * 1000 };

/* An input partition that is not read so far yet. */
struct input_end {
    enum topic topic;
    int32_t partition;
    int64_t end;                 /* noted at start; -1: the brokers have not told it yet */
    int64_t start;               /* the first offset kept then: from there on there is to read */
    int64_t position;            /* in the state when last looked; -1: nothing of it */
    int64_t moved_us;            /* when that last rose */
};

/* Zeroed: nothing is noted, and nothing is read. */
struct catch_up {
    bool noted;
    uint32_t noted_count;
    uint32_t left_count;
    struct input_end left[INPUT_PARTITIONS_MAX];
};

/* What is known of an input partition now. */
struct input_standing {
    struct log_extent extent;
    int64_t position;            /* offset after the last record in the state; -1: none */
    bool read;                   /* the writer here was at its end, with all of it in the state */
    bool others_write;           /* the journal is read to its end, an entry counted, none waits */
};

/* Notes all input partitions with their ends. */
void catch_up_note(struct catch_up *catch_up, const struct input_port *inputs, int64_t now_us);

/* Looks at the one with this index again. True: it is read, and another one has the index now. */
bool catch_up_look(struct catch_up *catch_up, uint32_t index, const struct input_standing *standing,
                   int64_t now_us);

bool catch_up_done(const struct catch_up *catch_up);

/* Records (offsets, where brokers know no better) still to read, of the ends that are known. */
int64_t catch_up_left(const struct catch_up *catch_up);

#endif
