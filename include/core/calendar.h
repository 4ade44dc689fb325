/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/limits.h"

/*
 * Civil dates, pure (R8). A date is days since 1970-01-01; weekdays are bits, bit 0 is Monday.
 * A zone's rules are plain numbers: the offset from UTC between transitions, and for the time
 * after the last transition the rule by which years repeat. They come from the journal, never from
 * this machine (R14).
 */
enum { ZONE_TRANSITIONS_MAX = 1200 };

/* One end of daylight saving time in the POSIX manner of TZif footers. */
struct zone_change {
    enum { ZONE_CHANGE_JULIAN, ZONE_CHANGE_DAY, ZONE_CHANGE_WEEKDAY } kind;
    int32_t month;       /* 1 .. 12 */
    int32_t week;        /* 1 .. 5, 5 is the last */
    int32_t day;         /* weekday 0 (Sunday) .. 6; or day of the year */
    int32_t second;      /* of the local day before the change; may be negative or above 86400 */
};

struct zone_rules {
    int32_t transition_count;
    bool repeats;                                /* the footer has daylight saving time */
    int32_t first_offset;                        /* seconds east of UTC before all transitions */
    int32_t standard_offset;                     /* after the last one */
    int32_t daylight_offset;
    struct zone_change daylight_begins;
    struct zone_change daylight_ends;
    int64_t transition_at[ZONE_TRANSITIONS_MAX]; /* seconds since 1970, rising */
    int32_t offset_after[ZONE_TRANSITIONS_MAX];
};

/* UTC, what a location works in until it says otherwise. */
struct zone_rules zone_utc(void);

/* Seconds east of UTC at an instant (seconds since 1970). */
int32_t zone_offset(const struct zone_rules *zone, int64_t instant);

/* The civil date at an instant in milliseconds. */
int32_t zone_day(const struct zone_rules *zone, int64_t instant_ms);

/*
 * The first instant (ms) at which the zone's clocks show `minute` of `day` or later: a time in a
 * clock-change gap is the instant after the gap, in an overlap the first of the two (R8).
 * minute 0 is the midnight at which `day` begins. A day that the zone skipped begins with the next.
 */
int64_t zone_instant(const struct zone_rules *zone, int32_t day, int32_t minute);

/*
 * Whether the zone's clocks ever show `day`. A day that the zone skipped (Pacific/Apia 2011-12-30)
 * has no instant: nobody works on it (R8).
 */
bool zone_has_day(const struct zone_rules *zone, int32_t day);

/* Whether the zone's clocks ever go forward by a day or more: else they show every day. */
bool zone_skips_days(const struct zone_rules *zone);

struct civil {
    int32_t year;
    int32_t month;       /* 1 .. 12 */
    int32_t day;         /* 1 .. 31 */
};
int32_t civil_day(struct civil civil);           /* proleptic Gregorian */
struct civil civil_of(int32_t day);
bool civil_valid(struct civil civil);

/* 0 Monday .. 6 Sunday */
int32_t day_weekday(int32_t day);

/*
 * A location's working days. `closed` and `open` are sorted, rising, without repeats.
 * `open` beats `closed` beats `working_days` (R8).
 */
struct calendar {
    const int32_t *closed;
    const int32_t *open;
    uint32_t closed_count;
    uint32_t open_count;
    uint8_t working_days;
};

bool calendar_works(const struct calendar *calendar, int32_t day);

/*
 * The first working day after `day` that is not beyond `last`, or DAY_NONE. With a calendar that
 * never works this ends at `last`.
 */
int32_t calendar_next(const struct calendar *calendar, int32_t day, int32_t last);

#endif
