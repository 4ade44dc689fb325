/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/days_lost.h"

void days_lost_init(struct days_lost *lost, struct days_lost_row *rows, uint32_t row_max)
{
    memset(lost, 0, sizeof *lost);
    lost->rows = rows;
    lost->row_max = row_max;
    for (uint32_t p = 0; p < OUTPUT_PARTITIONS_MAX; p++) {
        lost->epochs[p] = 1;
    }
}

void days_lost_reset(struct days_lost *lost, int32_t partition)
{
    lost->epochs[partition]++;
    for (int i = 0; i < CONSTRAINT_COUNT; i++) {
        lost->total[i] -= lost->of_partition[partition][i];
        lost->of_partition[partition][i] = 0;
    }
}

void days_lost_of(const struct promise_document *promise, int32_t out_days[CONSTRAINT_COUNT])
{
    int64_t sums[CONSTRAINT_COUNT] = { 0 };
    for (uint32_t i = 0; i < promise->promise_count; i++) {
        const struct limit_document *limit = &promise->promises[i].limited_by;
        sums[limit->constraint] += limit->days;
    }
    sums[CONSTRAINT_NONE] = 0;
    for (int i = 0; i < CONSTRAINT_COUNT; i++) {
        out_days[i] = sums[i] < INT32_MAX ? (int32_t)sums[i] : INT32_MAX;
    }
}

static void add(struct days_lost *lost, const struct days_lost_row *row, int sign)
{
    for (int i = 0; i < CONSTRAINT_COUNT; i++) {
        lost->of_partition[row->partition][i] += sign * (int64_t)row->days[i];
        lost->total[i] += sign * (int64_t)row->days[i];
    }
}

void days_lost_remove(struct days_lost *lost, uint32_t row)
{
    CHECK(row < lost->row_max);
    struct days_lost_row *counted = &lost->rows[row];
    if (counted->epoch != 0 && counted->epoch == lost->epochs[counted->partition]) {
        add(lost, counted, -1);
    }
    counted->epoch = 0;
}

void days_lost_set(struct days_lost *lost, uint32_t row, int32_t partition,
                   const int32_t days[CONSTRAINT_COUNT])
{
    days_lost_remove(lost, row);
    struct days_lost_row *counted = &lost->rows[row];
    counted->epoch = lost->epochs[partition];
    counted->partition = (uint16_t)partition;
    memcpy(counted->days, days, sizeof counted->days);
    add(lost, counted, 1);
}

bool days_lost_knows(const struct days_lost *lost, uint32_t row, int32_t partition)
{
    CHECK(row < lost->row_max);
    const struct days_lost_row *counted = &lost->rows[row];
    return counted->epoch == lost->epochs[partition] && counted->partition == partition;
}

int64_t days_lost_total(const struct days_lost *lost, enum constraint constraint)
{
    return lost->total[constraint];
}
