/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_DECISIONS_H
#define APP_DEMO_DECISIONS_H

#include <stdio.h>

#include "app/demo_board.h"
#include "app/demo_truth.h"

/*
 * Decisions (R3): where units of an order ship from, on which day, and by when they are promised.
 * They depend on what was read before, so the truth does not take them again: it takes them over
 * from promises.orders.v1, holds them against the rules below, and recomputes all that follows from
 * them: what is allocated and available, what an order may expect, its statuses, the offers.
 */
enum demo_rule {
    DEMO_RULE_UNITS,        /* parts hold no more than the line has open */
    DEMO_RULE_NAMED,        /* a location that an event named has the units, but those it lost */
    DEMO_RULE_LANE,         /* a location that was chosen has a lane, and is in the network */
    DEMO_RULE_WORKED,       /* a ship day is worked */
    DEMO_RULE_DATED,        /* a part that goods on hand cover has a ship day (R9) */
    DEMO_RULE_PROMISED,     /* a line whose parts have days has a date */
    DEMO_RULE_CAPACITY,     /* what a location has used of its days is what was booked there (R9) */
    DEMO_RULE_COUNT,
};
extern const char *const DEMO_RULE_TEXTS[DEMO_RULE_COUNT];

struct demo_rules {
    uint64_t checked[DEMO_RULE_COUNT];
    uint64_t wrong[DEMO_RULE_COUNT];
    FILE *details;          /* the first faults of each rule, one a line */
};

/* Takes over what one document of an order decides; before demo_documents_open(). */
void demo_decisions_take(struct demo_truth *truth, const json_t *document,
                         struct demo_rules *rules);

/* Takes over all documents of the board. */
void demo_decisions_take_all(struct demo_truth *truth, const struct demo_board *board,
                             struct demo_rules *rules);

/* What can only be said of all together. */
void demo_decisions_check(struct demo_documents *documents, struct demo_rules *rules);

#endif
