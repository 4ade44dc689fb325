/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_BALANCE_H
#define CORE_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/table.h"
#include "core/limits.h"

/*
 * Balances: the quantities of one item at one location (R1, R5, R6).
 *
 * on_hand is the newest count plus the movements at or after it. To take counts that come late, a
 * balance keeps its movements one by one, in the order of business time, back to `edge`:
 *
 *                  edge                     newest
 *     ---------------|----x---x--x-----x------|
 *      merged, gone    movements kept (and not before count_from)
 *
 * Invariants:
 *     edge      >= newest - reorder_window; it never goes back
 *     on_hand   =  counted + sum of movements with time >= count_from
 *     kept      =  the movements with time >= edge and >= count_from, at most BALANCE_MOVES_MAX
 *     allocated =  sum of the units of its demands (and for a bundle its own open units)
 *
 * Who gets scarce units (R6): the demands of a balance form a tree by the number of their line;
 * each node knows the sum below it, so the first demand not wholly covered by on_hand - held, the
 * frontier, is found in O(log n). All before it are covered, it and all behind are backordered.
 */
struct balance {
    uint32_t live;
    uint32_t item;
    uint32_t location;
    uint32_t next_of_item;
    int64_t on_hand;
    int64_t held;
    int64_t allocated;
    int64_t count_time;       /* of the count that holds; TIME_NONE: none */
    int64_t count_from;       /* movements before this are in it */
    int64_t edge;
    int64_t newest;           /* business time of counts, movements and shipments */
    uint32_t move_first;
    uint32_t move_last;
    uint32_t move_count;
    uint32_t inbound_first;
    uint32_t demand_root;
    uint32_t short_before;    /* the list of balances that owe more than is there */
    uint32_t short_after;
    uint32_t is_short;
    uint64_t frontier;        /* line number; UINT64_MAX: all are covered */
    uint64_t changed;         /* sequence */
    uint64_t stepped;         /* when the frontiers of its inbound lines were last worked out */
    uint64_t print;           /* of on hand, held, allocated and inbound as settled last (2.6) */
    int64_t shortfall;        /* units owed beyond what is there */
};

struct move {
    uint32_t live;
    uint32_t before;
    uint32_t after;
    uint32_t pad;
    int64_t time_ns;
    int64_t quantity;
};

struct demand {
    uint32_t live;
    uint32_t balance;
    uint32_t part;
    uint32_t next_of_part;
    uint32_t left;
    uint32_t right;
    uint64_t number;          /* of the line, R6 */
    int64_t units;
    int64_t sum;              /* of the units of the tree below and here */
    uint32_t undated;         /* its part waits for a ship day (R9) */
    uint32_t undated_below;   /* how many here and in the tree below do */
};

struct balances {
    struct table rows;
    struct table moves;
    struct table demands;
    struct map by_item_and_location;
};

void balances_init(struct balances *balances, struct arena *arena, struct arena *spill,
                   uint32_t balance_count_max, uint32_t demand_count_max);
void balances_restored(struct balances *balances);

/* 0: there is none. */
uint32_t balance_find(const struct balances *balances, uint32_t item, uint32_t location);
/* A new one; the caller links it to its item. 0 where there is no room. */
uint32_t balance_add(struct balances *balances, uint32_t item, uint32_t location);
const struct balance *balance_row(const struct balances *balances, uint32_t row);
struct balance *balance_edit(struct balances *balances, uint32_t row);

/* R1, R5: a movement at its business time, which may be late. */
void balance_move(struct balances *balances, uint32_t row, int64_t time_ns, int64_t quantity,
                  int64_t window_ns);

/* Takes back a movement that balance_move() applied: as if it had never been. */
void balance_unmove(struct balances *balances, uint32_t row, int64_t time_ns, int64_t quantity);

enum count_result {
    COUNT_APPLIED,
    COUNT_OLDER,               /* in the window, a newer count holds: nothing changed */
    COUNT_STALE,               /* beyond the window, and a newer count was applied */
    COUNT_LATE_BEYOND_WINDOW,  /* holds at the window's edge */
};
enum count_result balance_count(struct balances *balances, uint32_t row, int64_t time_ns,
                                int64_t quantity, int64_t window_ns);

/* Units of one line part here. */
uint32_t demand_add(struct balances *balances, uint32_t balance, uint32_t part, uint64_t number);
const struct demand *demand_row(const struct balances *balances, uint32_t demand);
/* Units may come to 0 and go up again; they are never below. */
void demand_change(struct balances *balances, uint32_t demand, int64_t by);
void demand_remove(struct balances *balances, uint32_t demand);

/* Units of all demands here: what is owed in goods (a bundle's own units are not). */
int64_t demand_sum(const struct balances *balances, uint32_t balance);

/* The number of the first line whose demand `covered` units do not wholly cover; UINT64_MAX. */
uint64_t demand_frontier(const struct balances *balances, uint32_t balance, int64_t covered);

/*
 * The next demand of the balance with units and a number of at least `*number`; `*number` is then
 * one above its own. 0 at the end.
 */
uint32_t demand_next(const struct balances *balances, uint32_t balance, uint64_t *number);

/* Units of the demands before this one: what is dealt out before it (R6). */
int64_t demand_ahead(const struct balances *balances, uint32_t demand);

/* Whether the demand's part waits for a ship day; and the next that does, as demand_next(). */
void demand_undated(struct balances *balances, uint32_t demand, bool undated);
bool demand_any_undated(const struct balances *balances, uint32_t balance);
uint32_t demand_next_undated(const struct balances *balances, uint32_t balance, uint64_t *number);

#endif
