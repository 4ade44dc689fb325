/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_BUSY_H
#define APP_BUSY_H

#include "app/figures.h"

/*
 * Which SKUs change most, for the status page: a sketch of BUSY_SLOTS names. A name that has no
 * slot takes over the one with the smallest weight, with that weight, so heavy ones are found
 * whatever came before (space saving). Weights are changes of the last minute, decaying.
 */
enum { BUSY_SLOTS = 64 };

struct busy_slot {
    char sku[KEY_BYTES_MAX + 1];
    uint32_t sku_bytes;        /* 0: free */
    double weight;
    double taken_over;         /* weight of the name before: an upper bound of the error */
};

struct busy {
    struct busy_slot slots[BUSY_SLOTS];
};

void busy_count(struct busy *busy, struct bytes sku);

/* Time passes: weights fall to 1/e in a minute. */
void busy_decay(struct busy *busy, double seconds);

/* The heaviest first, at most FIGURES_BUSY_MAX; names that may be there by inheritance only are
 * left out. */
void busy_list(const struct busy *busy, struct busy_item *out_items, uint32_t *out_count);

#endif
