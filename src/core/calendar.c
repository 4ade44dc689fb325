/* SPDX-License-Identifier: Apache-2.0 */
#include "core/calendar.h"

#include "base/check.h"

enum {
    SECONDS_PER_DAY = 86400,
    SECONDS_PER_MINUTE = 60,
    /* 0001-01-01 is this many days before 1970-01-01. */
    DAYS_BEFORE_EPOCH = 719162,
    DAYS_PER_400_YEARS = 146097,
    /* RFC 9636: offsets are above -25 and below 26 hours. */
    OFFSET_SECONDS_MAX = 26 * 3600,
};

static int64_t floor_divide(int64_t dividend, int64_t divisor)
{
    const int64_t quotient = dividend / divisor;
    return dividend % divisor < 0 ? quotient - 1 : quotient;
}

/* ------------------------------------------------------------------ civil dates */

static bool year_is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The day on which a year begins. */
static int64_t year_start(int64_t year)
{
    const int64_t past = year - 1;
    return past * 365 + floor_divide(past, 4) - floor_divide(past, 100) + floor_divide(past, 400) -
           DAYS_BEFORE_EPOCH;
}

/* Days of a year before the first of `month`; month 13 gives the year's length. */
static int32_t days_before_month(int64_t year, int32_t month)
{
    static const int16_t days[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };
    return days[month - 1] + (month > 2 && year_is_leap(year) ? 1 : 0);
}

static int32_t month_days(int64_t year, int32_t month)
{
    return days_before_month(year, month + 1) - days_before_month(year, month);
}

int32_t civil_day(struct civil civil)
{
    CHECK(civil.month >= 1 && civil.month <= 12);
    return (int32_t)(year_start(civil.year) + days_before_month(civil.year, civil.month) +
                     civil.day - 1);
}

static int64_t year_of(int64_t day)
{
    /* The mean year is off by less than one year either way. */
    int64_t year = 1970 + floor_divide(day * 400, DAYS_PER_400_YEARS);
    while (year_start(year) > day) {
        year--;
    }
    while (year_start(year + 1) <= day) {
        year++;
    }
    return year;
}

struct civil civil_of(int32_t day)
{
    const int64_t year = year_of(day);
    const int32_t year_day = (int32_t)(day - year_start(year));
    int32_t month = year_day / 32 + 1;
    while (days_before_month(year, month + 1) <= year_day) {
        month++;
    }
    return (struct civil){ (int32_t)year, month, year_day - days_before_month(year, month) + 1 };
}

bool civil_valid(struct civil civil)
{
    return civil.year >= 0 && civil.year <= 9999 && civil.month >= 1 && civil.month <= 12 &&
           civil.day >= 1 && civil.day <= month_days(civil.year, civil.month);
}

static int32_t weekday_of(int64_t day)
{
    /* 1970-01-01 was a Thursday. */
    const int64_t since_monday = day + 3;
    return (int32_t)(since_monday - floor_divide(since_monday, 7) * 7);
}

int32_t day_weekday(int32_t day)
{
    return weekday_of(day);
}

/* ------------------------------------------------------------------ zones */

/* A stretch of time within which a zone's offset is the same. */
struct stretch {
    int64_t end;         /* seconds since 1970, exclusive; INT64_MAX: for ever */
    int32_t offset;
};

/* Week 5 is the last in which the month has that weekday. */
static int64_t weekday_in_month(const struct zone_change *change, int64_t year)
{
    const int64_t first = year_start(year) + days_before_month(year, change->month);
    const int32_t wanted = (change->day + 6) % 7;
    const int32_t ahead = (wanted - weekday_of(first) + 7) % 7;
    int32_t month_day = ahead + 7 * (change->week - 1);
    if (month_day >= month_days(year, change->month)) {
        month_day -= 7;
    }
    return first + month_day;
}

/* The instant of a change in a year, by the offset that is in force before it. */
static int64_t change_instant(const struct zone_change *change, int64_t year, int32_t offset_before)
{
    int64_t day = year_start(year);
    switch (change->kind) {
    case ZONE_CHANGE_JULIAN:
        /* 29 February is never counted: day 60 is 1 March of every year. */
        day += change->day - 1 + (change->day >= 60 && year_is_leap(year) ? 1 : 0);
        break;
    case ZONE_CHANGE_DAY: day += change->day; break;
    case ZONE_CHANGE_WEEKDAY: day = weekday_in_month(change, year); break;
    }
    return day * SECONDS_PER_DAY + change->second - offset_before;
}

/* What is known of the change before and the change after an instant. */
struct neighbours {
    int64_t before;
    int64_t after;
    int32_t offset;      /* since `before` */
};

static void neighbours_take(struct neighbours *neighbours, int64_t instant, int64_t change,
                            int32_t offset_after)
{
    /* Where daylight saving time ends at the very instant at which it begins it never ends: its
     * beginning is taken last. */
    if (change <= instant && change >= neighbours->before) {
        neighbours->before = change;
        neighbours->offset = offset_after;
    }
    if (change > instant && change < neighbours->after) {
        neighbours->after = change;
    }
}

/* After the last transition: years repeat by the rule. */
static struct stretch repeated_stretch(const struct zone_rules *zone, int64_t instant)
{
    /* A change may lie a week outside its year, so the years beside the neighbours count, too. */
    enum { YEARS_ASIDE = 2 };
    struct neighbours neighbours = { INT64_MIN, INT64_MAX, zone->standard_offset };
    const int64_t year = year_of(floor_divide(instant, SECONDS_PER_DAY));
    for (int64_t y = year - YEARS_ASIDE; y <= year + YEARS_ASIDE; y++) {
        neighbours_take(&neighbours, instant,
                        change_instant(&zone->daylight_ends, y, zone->daylight_offset),
                        zone->standard_offset);
        neighbours_take(&neighbours, instant,
                        change_instant(&zone->daylight_begins, y, zone->standard_offset),
                        zone->daylight_offset);
    }
    return (struct stretch){ neighbours.after, neighbours.offset };
}

/* How many transitions are at or before the instant. */
static int32_t transitions_before(const struct zone_rules *zone, int64_t instant)
{
    int32_t low = 0;
    int32_t high = zone->transition_count;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (zone->transition_at[middle] <= instant) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct stretch zone_stretch(const struct zone_rules *zone, int64_t instant)
{
    const int32_t count = transitions_before(zone, instant);
    if (count < zone->transition_count) {
        const int32_t offset = count == 0 ? zone->first_offset : zone->offset_after[count - 1];
        return (struct stretch){ zone->transition_at[count], offset };
    }
    if (zone->repeats) {
        return repeated_stretch(zone, instant);
    }
    return (struct stretch){ INT64_MAX, zone->standard_offset };
}

struct zone_rules zone_utc(void)
{
    return (struct zone_rules){ .transition_count = 0 };
}

/* Instants whose days would not fit a date are taken as the last that do: no business is there. */
static int64_t within_dates(int64_t instant)
{
    const int64_t last = (int64_t)(INT32_MAX - 2) * SECONDS_PER_DAY;
    return instant > last ? last : instant < -last ? -last : instant;
}

int32_t zone_offset(const struct zone_rules *zone, int64_t instant)
{
    return zone_stretch(zone, within_dates(instant)).offset;
}

int32_t zone_day(const struct zone_rules *zone, int64_t instant_ms)
{
    const int64_t instant = within_dates(floor_divide(instant_ms, 1000));
    return (int32_t)floor_divide(instant + zone_offset(zone, instant), SECONDS_PER_DAY);
}

int64_t zone_instant(const struct zone_rules *zone, int32_t day, int32_t minute)
{
    const int64_t sought = (int64_t)day * SECONDS_PER_DAY + (int64_t)minute * SECONDS_PER_MINUTE;
    /* No offset is larger, so no clock shows `sought` before this. */
    int64_t instant = sought - OFFSET_SECONDS_MAX;
    for (;;) {
        const struct stretch stretch = zone_stretch(zone, instant);
        const int64_t shown = sought - stretch.offset;
        if (shown < stretch.end) {
            return (shown > instant ? shown : instant) * 1000;
        }
        instant = stretch.end;
    }
}

bool zone_has_day(const struct zone_rules *zone, int32_t day)
{
    return zone_day(zone, zone_instant(zone, day, 0)) == day;
}

bool zone_skips_days(const struct zone_rules *zone)
{
    int32_t before = zone->first_offset;
    bool skips = zone->repeats &&
                 zone->daylight_offset - zone->standard_offset >= SECONDS_PER_DAY;
    for (int32_t i = 0; i < zone->transition_count; i++) {
        skips = skips || zone->offset_after[i] - before >= SECONDS_PER_DAY;
        before = zone->offset_after[i];
    }
    return skips || zone->standard_offset - before >= SECONDS_PER_DAY ||
           (zone->repeats && (zone->daylight_offset - before >= SECONDS_PER_DAY ||
                              zone->standard_offset - zone->daylight_offset >= SECONDS_PER_DAY));
}

/* ------------------------------------------------------------------ working days */

static bool days_have(const int32_t *days, uint32_t count, int32_t day)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (days[middle] < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && days[low] == day;
}

bool calendar_works(const struct calendar *calendar, int32_t day)
{
    if (days_have(calendar->open, calendar->open_count, day)) {
        return true;
    }
    if (days_have(calendar->closed, calendar->closed_count, day)) {
        return false;
    }
    return (calendar->working_days >> day_weekday(day) & 1) != 0;
}

int32_t calendar_next(const struct calendar *calendar, int32_t day, int32_t last)
{
    for (int64_t next = (int64_t)day + 1; next <= last; next++) {
        if (calendar_works(calendar, (int32_t)next)) {
            return (int32_t)next;
        }
    }
    return DAY_NONE;
}
