/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_PROMISE_H
#define CORE_PROMISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/document.h"
#include "core/site.h"

/*
 * Offers (contract 3, R8, R9, R11), pure, on plain arrays:
 *
 *     supplies of one source ──promise_loads()──► loads: so many units on such a ship day
 *     loads of all sources, each with its lane ──merge──► segments, earliest first ──► offers
 *
 * The loads of a source are the same for all zones; only the lanes' dates differ. So loads are
 * made once per item, and merged once per zone.
 */

/* All that becomes usable at a location on a day; UNITS_UNLIMITED: made to order. */
struct supply {
    int32_t day;            /* R8: day 0, or the usable day of inbound; worked, within the site */
    bool overdue;           /* rests on overdue inbound (contract 3, valid_until) */
    int64_t units;          /* > 0 */
};

/* What ships on a day. */
struct load {
    int32_t ship_on;
    bool overdue;
    int64_t units;          /* > 0; UNITS_UNLIMITED */
};

/* How a day's capacity is read where it cuts. */
enum capacity_reading {
    CAPACITY_ROUNDED,       /* offers: down to 1, 2 or 5 x 10^n (R9) */
    CAPACITY_EXACT,         /* sourcing (R7) */
    CAPACITY_LIFTED,        /* as if there were no limit (R11) */
};

/* The largest of 1, 2, 5 x 10^n that is not above `units`; 0 for 0. */
int64_t promise_round(int64_t units);

/*
 * Puts supplies (days rising) onto ship days. `workload` per unit (>= 1) counts where the site's
 * unit is `units`; `not_before` is preorder_from or DAY_NONE. Loads rise by ship day; those of one
 * day are in the order of their supplies. There are at most `load_max` (> 0): the first. What
 * comes behind a load without limit is left out. There are never more than SITE_DAYS loads a
 * supply, and never more than SITE_DAYS + supplies where capacity is not rounded.
 */
uint32_t promise_loads(const struct site *site, const struct supply *supplies,
                       uint32_t supply_count, int64_t workload, int32_t not_before,
                       enum capacity_reading reading, struct load *loads, uint32_t load_max);

/* A location that may ship an item to the zone at hand. Names differ; cost and priority any. */
struct source {
    const struct load *loads;       /* as promise_loads() makes them */
    uint32_t load_count;
    const struct lane_days *days;
    int32_t last;           /* no date beyond it is given: today + HORIZON_DAYS there */
    struct bytes name;
    int64_t cost;           /* of the lane */
    int64_t priority;       /* of the location */
};

struct segment {
    uint32_t source;        /* index */
    uint32_t load;          /* index among its loads */
    int32_t ship_on;
    int32_t from;
    int32_t by;
    bool overdue;
    int64_t units;          /* > 0; UNITS_UNLIMITED */
};

/*
 * The segments of all sources in order: by `by`, cost, priority, name, ship day; those without a
 * date are left out. `waiting` units are taken off from the front (UNITS_UNLIMITED stays so).
 * The array is the caller's. Where it has no room for all loads the first `segment_max` are kept,
 * and `waiting` is taken off these.
 */
uint32_t promise_segments(const struct source *sources, uint32_t source_count, int64_t waiting,
                          struct segment *segments, uint32_t segment_max);

struct offer {
    int64_t quantity;       /* cumulative */
    int32_t ship_on;
    int32_t from;
    int32_t by;
    uint32_t source;        /* that names it */
};

struct offers {
    struct offer list[OFFERS_MAX];
    uint32_t count;
};

/*
 * The first OFFERS_MAX offers, made lazily: the cost is in sources and offers, not in days.
 * `out_overdue` (may be NULL): bit per source (first 64) whose overdue inbound an offer rests on:
 * it is in a segment of the last offer or before it, be it wholly taken by `waiting`. Of further
 * sources promise_is_overdue() tells it, asked by the last offer's date.
 */
void promise_offers(const struct source *sources, uint32_t source_count, int64_t waiting,
                    struct offers *out_offers, uint64_t *out_overdue);

/* Whether overdue inbound of the source arrives by this date. */
bool promise_is_overdue(const struct source *source, int32_t by);

/* The first offer alone; false: there is none. */
bool promise_first(const struct source *sources, uint32_t source_count, int64_t waiting,
                   struct offer *out_offer);

#endif
