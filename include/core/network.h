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
    int64_t midnight_ms;           /* when `today` ends */
    int64_t safety_stock;
    int64_t priority;
    uint64_t changed;
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
    uint32_t pad;
    struct zone_rules rules;
    uint8_t tzif[TIME_ZONE_BYTES_MAX];
};

#endif
