/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SITE_H
#define CORE_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/document.h"
#include "core/event.h"
#include "core/limits.h"

/*
 * What a location can do on each day from today to the horizon (R8, R9), and when what ships on a
 * day arrives by a lane. Both are computed once per change and shared by all items: plain numbers,
 * read by whoever derives.
 */
enum { SITE_DAYS = HORIZON_DAYS + 1 };

struct site {
    int32_t today;
    int32_t day_zero;               /* of goods there now (R8); DAY_NONE: none to the horizon */
    int32_t day_zero_uncut;         /* the same, had today's cut-off not passed */
    int32_t processing_days;
    enum capacity_unit unit;
    bool limited;                   /* some day's capacity has a limit */
    bool worked[SITE_DAYS];         /* day today + i is worked */
    int64_t remaining[SITE_DAYS];   /* of `unit`; UNITS_UNLIMITED: no limit; 0 where not worked */
};

/* The first working day from `day` (not before today) on; DAY_NONE beyond the horizon. */
int32_t site_worked_from(const struct site *site, int32_t day);

/*
 * The count-th working day after `day` (0: `day` itself); DAY_NONE beyond the horizon, and after
 * DAY_NONE.
 */
int32_t site_worked_after(const struct site *site, int32_t day, int32_t count);

/*
 * R8: the first day on which what is usable on the working day `usable` may ship: after
 * processing, and not before `not_before` (DAY_NONE: no such bound). DAY_NONE beyond the horizon.
 */
int32_t site_first_day(const struct site *site, int32_t usable, int32_t not_before);

/* The first day from `day` on with at least `work` left; DAY_NONE: none to the horizon. */
int32_t site_day_with(const struct site *site, int32_t day, int64_t work);

/* How a lane carries (2.4). `closed` days rising. */
struct lane_terms {
    int32_t transit_min;
    int32_t transit_max;
    uint8_t transit_weekdays;
    uint8_t delivery_weekdays;
    const int32_t *closed;
    uint32_t closed_count;
};

/* R8: the delivery day after `transit` days of what ships on `ship_on`; DAY_NONE beyond `last`. */
int32_t lane_arrival(const struct lane_terms *terms, int32_t ship_on, int32_t transit,
                     int32_t last);

/*
 * Arrivals of what ships on day `base` + i, rising with i. DAY_NONE: not within LANE_DAYS days of
 * `base`. A location's today may be up to 4 days after `base`: all its horizon is in the table.
 */
enum { LANE_DAYS = SITE_DAYS + 4 };
struct lane_days {
    int32_t base;
    int32_t from[LANE_DAYS];
    int32_t by[LANE_DAYS];
};
void lane_days_fill(struct lane_days *days, const struct lane_terms *terms, int32_t base);

#endif
