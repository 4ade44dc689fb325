/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo_truth_state.h"

#define NS_A_SECOND INT64_C(1000000000)
enum { CUTOFF_MINUTE = 15 * 60 };

/* ------------------------------------------------------------------ clocks, by the C library */

/* From here to clock_leave() local time is that of the zone. */
static char *clock_enter(const char *zone)
{
    char *before = getenv("TZ");
    char name[256];
    before = before ? demo_text(before) : NULL;
    (void)snprintf(name, sizeof name, ":%s", zone);
    (void)setenv("TZ", name, 1);
    tzset();
    return before;
}

static void clock_leave(char *before)
{
    (void)(before ? setenv("TZ", before, 1) : unsetenv("TZ"));
    tzset();
    free(before);
}

/* The civil day and minute of an instant. */
static int32_t civil_day(time_t seconds, int *out_minute)
{
    struct tm civil = { 0 };
    char date[16];
    (void)localtime_r(&seconds, &civil);
    (void)strftime(date, sizeof date, "%Y-%m-%d", &civil);
    *out_minute = civil.tm_hour * 60 + civil.tm_min;
    return demo_day_of(date);
}

/*
 * Whether the clocks have shown this minute of today, or a later one, going back minute by minute:
 * so a gap and an overlap of the clocks are as R8 has them.
 */
static bool has_passed(time_t now, int32_t today, int minute)
{
    int shown = 0;
    for (time_t at = now; civil_day(at, &shown) == today; at -= 60) {
        if (shown >= minute) {
            return true;
        }
    }
    return false;
}

static const char *zone_of(const struct demo_truth *truth, const char *location)
{
    const char *named = demo_field_text(demo_truth_location(truth, location), "time_zone");
    return named ? named : "UTC";
}

int32_t demo_day_at(const struct demo_truth *truth, const char *location, int64_t time_ns)
{
    int minute;
    char *before = clock_enter(zone_of(truth, location));
    const int32_t day = civil_day((time_t)(time_ns / NS_A_SECOND), &minute);
    clock_leave(before);
    return day;
}

int32_t demo_today(struct demo_documents *documents, const char *location)
{
    const char *zone = zone_of(documents->truth, location);
    int32_t **day = (int32_t **)demo_map_put(&documents->days, zone);
    if (!*day) {
        *day = demo_new(sizeof **day);
        **day = demo_day_at(documents->truth, location, documents->now);
    }
    return **day;
}

static int minute_of(const char *text, int otherwise)
{
    return text ? ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] -
                      '0'
                : otherwise;
}

int64_t demo_instant_at(const struct demo_truth *truth, const char *location, int32_t day,
                        const char *time, const char *otherwise)
{
    const int minute = minute_of(time ? time : otherwise, 0);
    char *before = clock_enter(zone_of(truth, location));
    time_t at = ((time_t)day - 1) * 86400 + minute * 60;
    int shown;
    for (int32_t there = civil_day(at, &shown); there < day || (there == day && shown < minute);
         there = civil_day(at, &shown)) {
        at += 60;
    }
    clock_leave(before);
    return (int64_t)at * 1000;
}

static bool cutoff_passed(struct demo_documents *documents, const char *location)
{
    const json_t *calendar =
        json_object_get(demo_truth_location(documents->truth, location), "calendar");
    const int minute = minute_of(demo_field_text(calendar, "cutoff"), CUTOFF_MINUTE);
    char *before = clock_enter(zone_of(documents->truth, location));
    const bool passed = has_passed((time_t)(documents->now / NS_A_SECOND),
                                   demo_today(documents, location), minute);
    clock_leave(before);
    return passed;
}

/* ------------------------------------------------------------------ calendars */

static bool has_day(const json_t *list, int32_t day)
{
    size_t index;
    json_t *one;
    json_array_foreach(list, index, one) {
        if (demo_day_of(json_string_value(one)) == day) {
            return true;
        }
    }
    return false;
}

/* `list` NULL: Monday to Friday. */
static bool has_weekday(const json_t *list, int32_t day)
{
    static const char *const NAMES[] = { "thu", "fri", "sat", "sun", "mon", "tue", "wed" };
    const int weekday = ((day % 7) + 7) % 7;   /* 1970-01-01 was a Thursday */
    size_t index;
    json_t *one;
    json_array_foreach(list, index, one) {
        if (strcmp(json_string_value(one), NAMES[weekday]) == 0) {
            return true;
        }
    }
    return !list && weekday != 2 && weekday != 3;
}

static bool is_worked(const struct demo_truth *truth, const char *location, int32_t day)
{
    const json_t *calendar = json_object_get(demo_truth_location(truth, location), "calendar");
    if (has_day(json_object_get(calendar, "open"), day)) {
        return true;
    }
    return !has_day(json_object_get(calendar, "closed"), day) &&
           has_weekday(json_object_get(calendar, "working_days"), day);
}

const struct demo_site *demo_site_of(struct demo_documents *documents, const char *location)
{
    struct demo_site **found = (struct demo_site **)demo_map_put(&documents->sites, location);
    if (*found) {
        return *found;
    }
    struct demo_site *site = *found = demo_new(sizeof *site);
    const json_t *facts = demo_truth_location(documents->truth, location);
    site->today = demo_today(documents, location);
    site->processing = demo_field_number(facts, "processing_days", 0);
    for (int i = 0; i <= DEMO_HORIZON_DAYS; i++) {
        site->worked[i] = is_worked(documents->truth, location, site->today + i);
    }
    site->day_zero_uncut = demo_worked_from(site, site->today);
    site->day_zero = site->worked[0] && cutoff_passed(documents, location)
                         ? demo_worked_from(site, site->today + 1)
                         : site->day_zero_uncut;
    demo_site_fill_capacity(documents, location, site);
    return site;
}

int32_t demo_worked_from(const struct demo_site *site, int32_t day)
{
    const int32_t last = site->today + DEMO_HORIZON_DAYS;
    while (day <= last && !site->worked[day - site->today]) {
        day++;
    }
    return day <= last ? day : INT32_MAX;
}

int32_t demo_worked_after(const struct demo_site *site, int32_t day, int64_t count)
{
    for (int64_t i = 0; i < count && day != INT32_MAX; i++) {
        day = demo_worked_from(site, day + 1);
    }
    return day;
}

int32_t demo_first_day(const struct demo_site *site, int32_t usable, int32_t not_before)
{
    const int32_t day =
        usable == INT32_MAX ? INT32_MAX : demo_worked_after(site, usable, site->processing);
    return day < not_before && not_before > site->today ? demo_worked_from(site, not_before) : day;
}

int32_t demo_usable_day(struct demo_documents *documents, const char *location, int32_t eta)
{
    const struct demo_site *site = demo_site_of(documents, location);
    int64_t overdue = 0;
    if (eta == INT32_MIN) {
        return INT32_MAX;
    }
    for (int32_t day = eta + 1;
         day <= site->today && overdue <= documents->truth->settings.grace_days; day++) {
        overdue += is_worked(documents->truth, location, day);
    }
    if (overdue > documents->truth->settings.grace_days) {
        return INT32_MAX;
    }
    return demo_worked_from(site, (eta > site->today ? eta : site->today) + 1);
}

/* ------------------------------------------------------------------ lanes */

/* The first day from `day` on, and not after `last`, on which the lane does it. */
static int32_t carried_from(const json_t *lane, const char *weekdays, int32_t day, int32_t last)
{
    const json_t *days = json_object_get(lane, weekdays);
    const json_t *closed = json_object_get(lane, "closed");
    while (day <= last && (has_day(closed, day) || !has_weekday(days, day))) {
        day++;
    }
    return day <= last ? day : INT32_MAX;
}

int32_t demo_arrival(const json_t *lane, const char *transit, int32_t ship_on, int32_t last)
{
    const int64_t days =
        demo_field_number(json_object_get(lane, "transit_days"), transit, 0);
    int32_t day = ship_on;
    for (int64_t i = 0; i < days && day != INT32_MAX; i++) {
        day = carried_from(lane, "transit_weekdays", day + 1, last);
    }
    return day == INT32_MAX ? day : carried_from(lane, "delivery_weekdays", day, last);
}

const json_t *demo_lane_of(const struct demo_truth *truth, const char *location,
                           const struct demo_order *order)
{
    char name[DEMO_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s|%s|%s", location, order->zone ? order->zone : "",
                   order->service ? order->service : "standard");
    return demo_map_find(&truth->lanes, name);
}
