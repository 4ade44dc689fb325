/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_DUE_H
#define CORE_DUE_H

#include <stdbool.h>

#include "base/table.h"

/*
 * What time will bring: a binary heap of (instant, kind, row), the earliest first. It lives in a
 * table, rows 1 to n, so it is part of the state. Entries are reminders: who takes one looks again
 * whether it is still true.
 */
enum due_kind {
    DUE_MIDNIGHT,      /* of a location */
    DUE_CUTOFF,        /* of a location (R8) */
    DUE_ORDER_END,     /* R15 */
    DUE_INBOUND_END,   /* R10: a receipt without its line, a line with nothing to come */
    DUE_ORDER_TOMBSTONE,
    DUE_OFFERING_TOMBSTONE,
    DUE_PARKED_ALARM,
    DUE_INBOUND_NEAR,  /* R10: inbound comes within the horizon */
};

struct due {
    uint32_t live;
    uint32_t kind;
    uint32_t row;
    uint32_t pad;
    int64_t at_ms;
};

void due_init(struct table *heap, struct arena *arena, struct arena *spill, uint32_t count_max);
void due_add(struct table *heap, int64_t at_ms, enum due_kind kind, uint32_t row);

/* The earliest, or NULL. Good until the next change. */
const struct due *due_first(const struct table *heap);
void due_take_first(struct table *heap);

#endif
