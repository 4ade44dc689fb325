/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo_truth_state.h"

#define NS_A_SECOND INT64_C(1000000000)

/* The civil day of `now` in a zone, by the C library. */
static int32_t local_day(int64_t now, const char *zone)
{
    char *before = getenv("TZ");
    before = before ? demo_text(before) : NULL;
    const time_t seconds = (time_t)(now / NS_A_SECOND);
    struct tm civil = { 0 };
    char name[256];
    (void)snprintf(name, sizeof name, ":%s", zone);
    (void)setenv("TZ", name, 1);
    tzset();
    (void)localtime_r(&seconds, &civil);
    (void)(before ? setenv("TZ", before, 1) : unsetenv("TZ"));
    tzset();
    free(before);
    char date[16];
    (void)strftime(date, sizeof date, "%Y-%m-%d", &civil);
    return demo_day_of(date);
}

int32_t demo_today(struct demo_documents *documents, const char *location)
{
    const char *named =
        demo_field_text(demo_truth_location(documents->truth, location), "time_zone");
    const char *zone = named ? named : "UTC";
    int32_t **day = (int32_t **)demo_map_put(&documents->days, zone);
    if (!*day) {
        *day = demo_new(sizeof **day);
        **day = local_day(documents->now, zone);
    }
    return **day;
}

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

static bool is_worked(const struct demo_truth *truth, const char *location, int32_t day)
{
    static const char *const NAMES[] = { "thu", "fri", "sat", "sun", "mon", "tue", "wed" };
    const json_t *calendar = json_object_get(demo_truth_location(truth, location), "calendar");
    const json_t *worked = json_object_get(calendar, "working_days");
    const int weekday = ((day % 7) + 7) % 7;   /* 1970-01-01 was a Thursday */
    size_t index;
    json_t *one;
    if (has_day(json_object_get(calendar, "open"), day)) {
        return true;
    }
    if (has_day(json_object_get(calendar, "closed"), day)) {
        return false;
    }
    json_array_foreach(worked, index, one) {
        if (strcmp(json_string_value(one), NAMES[weekday]) == 0) {
            return true;
        }
    }
    return !worked && weekday != 2 && weekday != 3;
}

int32_t demo_usable_day(struct demo_documents *documents, const char *location, int32_t eta)
{
    const struct demo_truth *truth = documents->truth;
    const int32_t today = demo_today(documents, location);
    int64_t overdue = 0;
    if (eta == INT32_MIN) {
        return INT32_MAX;
    }
    for (int32_t day = eta + 1; day <= today && overdue <= truth->settings.grace_days; day++) {
        overdue += is_worked(truth, location, day);
    }
    if (overdue > truth->settings.grace_days) {
        return INT32_MAX;
    }
    for (int32_t day = (eta > today ? eta : today) + 1; day <= today + DEMO_HORIZON_DAYS; day++) {
        if (is_worked(truth, location, day)) {
            return day;
        }
    }
    return INT32_MAX;
}
