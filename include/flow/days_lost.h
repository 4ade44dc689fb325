/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_DAYS_LOST_H
#define FLOW_DAYS_LOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/document.h"
#include "core/limits.h"

/*
 * How many days the live promises of owned partitions lose to each constraint (R11): the sum of
 * `limited_by.days` over the entries of their documents, an entry without days counting none. What
 * each key adds is kept beside its row, so that it can be taken back when the document changes, the
 * key ends or its partition is lost.
 */
struct days_lost_row {
    uint32_t epoch;              /* of the partition when this was counted; 0: nothing is */
    uint16_t partition;
    int32_t days[CONSTRAINT_COUNT];
};

struct days_lost {
    struct days_lost_row *rows;  /* by row of KEY_PROMISE */
    uint32_t row_max;
    uint32_t epochs[OUTPUT_PARTITIONS_MAX];
    int64_t of_partition[OUTPUT_PARTITIONS_MAX][CONSTRAINT_COUNT];
    int64_t total[CONSTRAINT_COUNT];
};

/* `rows` are row_max zeroed rows that outlive it. */
void days_lost_init(struct days_lost *lost, struct days_lost_row *rows, uint32_t row_max);

/* A partition is taken, or lost: nothing of it counts, and nothing of it is known. */
void days_lost_reset(struct days_lost *lost, int32_t partition);

/* What a document adds; beyond 32 bits it stays at the largest. */
void days_lost_of(const struct promise_document *promise, int32_t out_days[CONSTRAINT_COUNT]);

/* The key of `row`, in `partition`, adds this much from now on. */
void days_lost_set(struct days_lost *lost, uint32_t row, int32_t partition,
                   const int32_t days[CONSTRAINT_COUNT]);

/* The row's key is no more. */
void days_lost_remove(struct days_lost *lost, uint32_t row);

/* Whether days_lost_set() was called for this key since its partition was taken. */
bool days_lost_knows(const struct days_lost *lost, uint32_t row, int32_t partition);

int64_t days_lost_total(const struct days_lost *lost, enum constraint constraint);

#endif
