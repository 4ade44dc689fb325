/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stream.h"

#include <stdlib.h>
#include <time.h>

static int32_t library_offset(int64_t instant)
{
    const time_t when = (time_t)instant;
    struct tm civil;
    (void)localtime_r(&when, &civil);
    return (int32_t)civil.tm_gmtoff;
}

/* Where the offset changes between two instants a day apart. */
static int64_t change_between(int64_t low, int64_t high)
{
    const int32_t before = library_offset(low);
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (library_offset(middle) == before) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

static void find_rules(const char *name, struct zone_rules *rules)
{
    const int64_t first = INT64_C(1577836800);    /* 2020 */
    const int64_t last = INT64_C(2208988800);     /* 2040 */
    (void)setenv("TZ", name, 1);
    tzset();
    *rules = (struct zone_rules){ .first_offset = library_offset(first) };
    rules->standard_offset = rules->first_offset;
    for (int64_t day = first; day < last; day += 86400) {
        if (library_offset(day) != library_offset(day + 86400)) {
            const int64_t at = change_between(day, day + 86400);
            rules->transition_at[rules->transition_count] = at;
            rules->offset_after[rules->transition_count++] = library_offset(at);
            rules->standard_offset = library_offset(at);
        }
    }
    rules->daylight_offset = rules->standard_offset;
}

static void add_change(struct zone_rules *rules, int64_t at, int32_t offset)
{
    rules->transition_at[rules->transition_count] = at;
    rules->offset_after[rules->transition_count++] = offset;
    rules->standard_offset = offset;
    rules->daylight_offset = offset;
}

enum { ODD_FIRST = 1735689600, ODD_DAYS = 1500, HOUR_SECONDS = 3600, DAY_SECONDS = 86400 };

/* Every week an hour is lost at midnight, or the last hour of a day comes twice. */
static void make_night(struct zone_rules *rules)
{
    *rules = (struct zone_rules){ .first_offset = -3 * HOUR_SECONDS };
    bool summer = false;
    for (int64_t day = 0; day < ODD_DAYS; day += 7) {
        const int32_t before = (summer ? -2 : -3) * HOUR_SECONDS;
        summer = !summer;
        add_change(rules, ODD_FIRST + day * DAY_SECONDS - before,
                   (summer ? -2 : -3) * HOUR_SECONDS);
    }
}

/* Now and then a day is skipped; then eight times the three hours before noon come again. */
static void make_skipper(struct zone_rules *rules)
{
    int32_t offset = -11 * HOUR_SECONDS;
    *rules = (struct zone_rules){ .first_offset = offset };
    for (int64_t day = 0; day < ODD_DAYS; day += 18) {
        add_change(rules, ODD_FIRST + day * DAY_SECONDS - offset, offset + DAY_SECONDS);
        offset += DAY_SECONDS;
        for (int64_t i = 0; i < 8; i++) {
            const int64_t noon = ODD_FIRST + (day + 3 + i) * DAY_SECONDS + 12 * HOUR_SECONDS;
            add_change(rules, noon - offset, offset - 3 * HOUR_SECONDS);
            offset -= 3 * HOUR_SECONDS;
        }
    }
}

/* Other rules for the same zone: clocks half an hour ahead, so that no day comes back. */
static void move_on(const struct zone_rules *rules, struct zone_rules *changed)
{
    *changed = *rules;
    changed->first_offset += HOUR_SECONDS / 2;
    changed->standard_offset += HOUR_SECONDS / 2;
    changed->daylight_offset += HOUR_SECONDS / 2;
    for (int32_t i = 0; i < changed->transition_count; i++) {
        changed->offset_after[i] += HOUR_SECONDS / 2;
    }
}

void stream_zones_find(struct stream_zones *zones)
{
    static const char *const NAMES[STREAM_ZONES] = { "America/New_York", "Asia/Kolkata",
                                                     "Pacific/Auckland", "Pacific/Kiritimati",
                                                     "Pacific/Pago_Pago", "Australia/Lord_Howe",
                                                     "Odd/Night", "Odd/Skipper" };
    for (int i = 0; i < STREAM_ZONES - 2; i++) {
        find_rules(NAMES[i], &zones->rules[i]);
    }
    make_night(&zones->rules[STREAM_ZONES - 2]);
    make_skipper(&zones->rules[STREAM_ZONES - 1]);
    for (int i = 0; i < STREAM_ZONES; i++) {
        zones->zones[i] = (struct world_zone){ bytes_text(NAMES[i]), bytes_text(NAMES[i]),
                                               &zones->rules[i] };
    }
    for (int i = 0; i < STREAM_ZONES; i++) {
        move_on(&zones->rules[i], &zones->changed_rules[i]);
        zones->changed[i] = (struct world_zone){ zones->zones[i].name,
                                                 zones->zones[(i + 1) % STREAM_ZONES].name,
                                                 &zones->changed_rules[i] };
    }
    (void)setenv("TZ", "UTC", 1);
    tzset();
}
