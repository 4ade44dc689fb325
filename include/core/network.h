/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_NETWORK_H
#define CORE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "core/calendar.h"
#include "core/event.h"
#include "core/limits.h"

/*
 * Rows of the network: locations, the networks they sell in, lanes, routes, time zones (2.4).
 * A location or network appears when it is first named and stays; never described, it works with
 * the defaults. Everything here is shared by many keys: a change bumps `changed` (a sequence), and
 * keys are found due by comparing (design, "Due, then publish").
 */
struct location {
    uint32_t live;
    uint32_t name;                 /* text */
    uint32_t zone;                 /* 0: UTC */
    uint32_t days;                 /* row of location_days; 0: no exceptions */
    uint32_t member_first;         /* networks */
    uint32_t described;
    int32_t today;                 /* the civil date there, at now */
    int32_t processing_days;
    int32_t cutoff_minute;
    int32_t opens_minute;
    int32_t pickup_minutes;
    uint8_t working_days;
    uint8_t enabled;
    uint8_t pickup;
    uint8_t deducts;               /* shipments_deduct_stock */
    uint32_t overrides;            /* row of location_capacity; 0: none */
    uint32_t lane_first;
    uint32_t book;                 /* row of book; 0: nothing was ever booked here */
    int32_t late_day;              /* where work of past days counts (R9); DAY_NONE */
    uint32_t capacity_unit;        /* enum capacity_unit */
    uint32_t stocked;              /* a balance or a maker named it: items are sold from here */
    int64_t per_day;               /* CAPACITY_UNLIMITED: no limit */
    int64_t midnight_ms;           /* when `today` ends */
    int64_t cutoff_ms;             /* when today's cut-off passes; INSTANT_NONE: it did */
    int64_t safety_stock;
    int64_t priority;
    int64_t as_of;                 /* newest business time of events that named it */
    uint64_t changed;              /* described, midnight, lanes: all that is made of it */
    uint64_t dates_changed;        /* cut-off, capacity: what orders placed now would get */
    uint64_t book_changed;         /* capacity used: its own document */
};

/* The overrides of a location's capacity, days rising. */
struct location_capacity {
    uint32_t live;
    uint32_t count;
    int32_t days[CALENDAR_DAYS_MAX];
    int64_t counts[CALENDAR_DAYS_MAX];
};

/*
 * What is booked at a location on each day from today on (R9), in all units at once: a location
 * may change its unit. Day d is at d & (BOOK_DAYS - 1). Of BOOK_PAST_DAYS before today what shipped
 * is kept, for a location's today may go back with its time zone; older slots are zero.
 */
enum { BOOK_DAYS = 128, BOOK_PAST_DAYS = 2, BOOK_MARKS = 12 };
/*
 * What was left on the day on which one unit ships moved between `low` and `high` at `sequence`,
 * while that day stayed the same: only items with so many units are promised otherwise since.
 */
struct book_mark {
    uint64_t sequence;
    int64_t low;
    int64_t high;
};
struct book_day {
    int64_t work;
    uint32_t lines;
    uint32_t orders;
    uint32_t booking_first;
    uint32_t pad;
};
struct book {
    uint32_t live;
    int32_t first;                 /* slots hold first .. first + BOOK_DAYS - 1 */
    uint32_t mark_count;
    uint32_t pad;
    struct book_mark marks[BOOK_MARKS];    /* oldest first; since the location's dates_changed */
    struct book_day days[BOOK_DAYS + 1];   /* the last: late work while no day is worked */
};

/* An order at a location on a day, and with how many bookings. */
struct presence {
    uint32_t live;
    uint32_t location;
    uint32_t order;
    int32_t day;
    uint64_t count;
};

/* The exceptions of a location's calendar: `closed` days, then `open` days, both rising. */
struct location_days {
    uint32_t live;
    uint32_t closed_count;
    uint32_t open_count;
    uint32_t pad;
    int32_t days[2 * CALENDAR_DAYS_MAX];
};

/* A location in a network. */
struct member {
    uint32_t live;
    uint32_t location;
    uint32_t network;
    uint32_t next_of_location;
    uint32_t next_of_network;
    uint32_t pad;
};

struct network {
    uint32_t live;
    uint32_t name;
    uint32_t member_first;
    uint32_t pad;
    uint64_t changed;
    uint64_t ways_changed;         /* zones and services that can be served */
};

/* A zone or a service: a name that is kept once. */
struct label {
    uint32_t live;
    uint32_t name;
};

struct lane {
    uint32_t live;
    uint32_t location;
    uint32_t zone;                 /* labels */
    uint32_t service;
    uint32_t next_of_location;
    uint32_t carriage;
    int64_t cost;
};

/* How lanes carry: transit, weekdays, closed days. Kept once for all lanes that have the same. */
struct carriage {
    uint32_t live;
    uint32_t lane_count;
    int32_t transit_min;
    int32_t transit_max;
    uint8_t transit_weekdays;
    uint8_t delivery_weekdays;
    uint8_t pad[2];
    uint32_t closed_count;
    int32_t closed[CALENDAR_DAYS_MAX];
};

/* The way an order can go: from which network to which zone by which service. */
struct route {
    uint32_t live;
    uint32_t network;
    uint32_t zone;
    uint32_t service;
    uint32_t fulfillable;          /* an enabled location of the network has a lane */
    uint32_t pad;
};

struct time_zone {
    uint32_t live;
    uint32_t name;
    uint32_t tzif_bytes;
    uint32_t skips_days;           /* zone_skips_days(): rare, and slow to look at */
    struct zone_rules rules;
    uint8_t tzif[TIME_ZONE_BYTES_MAX];
};

#endif
