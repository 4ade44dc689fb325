/* SPDX-License-Identifier: Apache-2.0 */
/* R8: what the clocks of a location show, its working days, and the days of a lane. */
#include "model/model_state.h"

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ------------------------------------------------------------------ clocks */

/* From an instant on, until the next stretch, the clocks are so far ahead of UTC (in seconds). */
struct stretch {
    int64_t from;
    int64_t offset;
};
enum { STRETCHES_MAX = ZONE_TRANSITIONS_MAX + 1 + 2 * 200, YEAR_FIRST = 1970, YEAR_LAST = 2100 };

static int64_t year_day(int year)
{
    int64_t day = 0;
    for (int y = 1970; y < year; y++) {
        day += y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 366 : 365;
    }
    return day;
}

static int64_t month_day(int year, int month)
{
    static const int DAYS_OF[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t day = year_day(year);
    for (int m = 1; m < month; m++) {
        day += DAYS_OF[m - 1] + (m == 2 && year_day(year + 1) - year_day(year) == 366);
    }
    return day;
}

/* The local second of a yearly change. 1970-01-01 was a Thursday: (day + 4) mod 7 is 0 on
 * Sunday. */
static int64_t change_second(const struct zone_change *change, int year)
{
    const bool leap = year_day(year + 1) - year_day(year) == 366;
    int64_t day = year_day(year) + change->day;
    if (change->kind == ZONE_CHANGE_JULIAN) {
        day = year_day(year) + change->day - 1 + (leap && change->day >= 60);
    } else if (change->kind == ZONE_CHANGE_WEEKDAY) {
        day = month_day(year, change->month);
        while ((day + 4) % 7 != change->day) {
            day++;
        }
        for (int32_t week = 1; week < change->week; week++) {
            const int64_t end = change->month == 12 ? year_day(year + 1)
                                                    : month_day(year, change->month + 1);
            day += day + 7 < end ? 7 : 0;
        }
    }
    return day * 86400 + change->second;
}

static int repeat_years(const struct zone_rules *rules, struct stretch *list, int count,
                        int64_t now)
{
    const int year = 1970 + (int)(now / 31556952);
    for (int y = year - 1; y <= year + 1; y++) {
        const int64_t begins =
            change_second(&rules->daylight_begins, y) - rules->standard_offset;
        const int64_t ends = change_second(&rules->daylight_ends, y) - rules->daylight_offset;
        const bool north = begins < ends;
        const struct stretch changes[] = {
            { north ? begins : ends, north ? rules->daylight_offset : rules->standard_offset },
            { north ? ends : begins, north ? rules->standard_offset : rules->daylight_offset },
        };
        for (int i = 0; i < 2; i++) {
            if (changes[i].from > list[count - 1].from) {
                list[count++] = changes[i];
            }
        }
    }
    return count;
}

/* All of them that matter around now, in order. */
static int stretches(const struct model *model, int site, struct stretch *list)
{
    const struct zone_rules *rules = site_rules(model, site);
    list[0] = (struct stretch){ INT64_MIN / 2, rules ? rules->first_offset : 0 };
    int count = 1;
    for (int32_t i = 0; rules && i < rules->transition_count; i++) {
        list[count++] = (struct stretch){ rules->transition_at[i], rules->offset_after[i] };
    }
    return rules && rules->repeats
               ? repeat_years(rules, list, count, floor_divide(model->now_ms, 1000))
               : count;
}

const struct zone_rules *site_rules(const struct model *model, int site)
{
    for (size_t i = 0; model->locations[site] && i < model->zone_count; i++) {
        if (bytes_equal(model->zones[i].name, model->locations[site]->location.time_zone)) {
            return model->zones[i].rules;
        }
    }
    return NULL;
}

static int32_t day_of(const struct model *model, int site, int64_t second)
{
    struct stretch list[STRETCHES_MAX];
    const int count = stretches(model, site, list);
    int64_t offset = list[0].offset;
    for (int i = 0; i < count; i++) {
        offset = list[i].from <= second ? list[i].offset : offset;
    }
    return (int32_t)floor_divide(second + offset, 86400);
}

int32_t site_day(const struct model *model, int site, int64_t time_ns)
{
    return day_of(model, site, floor_divide(time_ns, 1000 * NS_PER_MS));
}

int32_t site_today(const struct model *model, int site)
{
    return day_of(model, site, floor_divide(model->now_ms, 1000));
}

/* The first second at which the clocks show `minute` of the day or later: after a gap, the first
 * of an overlap. */
static int64_t first_second(const struct model *model, int site, int32_t day, int32_t minute,
                            bool *out_gap, bool *out_overlap)
{
    struct stretch list[STRETCHES_MAX];
    const int count = stretches(model, site, list);
    const int64_t shown = (int64_t)day * 86400 + (int64_t)minute * 60;
    int64_t found = INT64_MAX;
    *out_gap = false;
    *out_overlap = false;
    for (int i = 0; i < count; i++) {
        const int64_t end = i + 1 < count ? list[i + 1].from : INT64_MAX;
        const int64_t at = shown - list[i].offset;
        const int64_t second = at > list[i].from ? at : list[i].from;
        if (second < end && found != INT64_MAX && second == at) {
            *out_overlap = true;
        }
        if (second < end && found == INT64_MAX) {
            found = second;
            *out_gap = second != at;
        }
    }
    return found;
}

int64_t site_instant(struct model *model, int site, int32_t day, int32_t minute)
{
    bool gap;
    bool overlap;
    const int64_t second = first_second(model, site, day, minute, &gap, &overlap);
    if (gap) {
        model_hit(model, HIT_R8_GAP);
    } else if (overlap) {
        model_hit(model, HIT_R8_OVERLAP);
    }
    return second * 1000;
}

/* ------------------------------------------------------------------ working days */

static bool day_listed(const int32_t *days, uint32_t count, int32_t day)
{
    for (uint32_t i = 0; i < count; i++) {
        if (days[i] == day) {
            return true;
        }
    }
    return false;
}

static int weekday(int32_t day)
{
    return (int)(((int64_t)day + 3) - 7 * floor_divide((int64_t)day + 3, 7));
}

/* `open` beats `closed` beats `working_days`. 1970-01-01 was a Thursday. */
static bool calendar_says(const struct model *model, int site, int32_t day)
{
    if (!model->locations[site]) {
        return weekday(day) < 5;
    }
    const struct location_data *location = &model->locations[site]->location;
    if (day_listed(location->open, location->open_count, day)) {
        return true;
    }
    return !day_listed(location->closed, location->closed_count, day) &&
           (location->working_days >> weekday(day) & 1) != 0;
}

/* A day that the zone skipped has no instant: nobody works on it. */
bool site_works(const struct model *model, int site, int32_t day)
{
    bool gap;
    bool overlap;
    return calendar_says(model, site, day) &&
           day_of(model, site, first_second(model, site, day, 0, &gap, &overlap)) == day;
}

/* The same for all days from today, kept while nothing that it depends on changes. */
const bool *site_worked(struct model *model, int site, int32_t today)
{
    struct worked_days *worked = &model->worked[site];
    const struct zone_rules *rules = site_rules(model, site);
    if (worked->known && worked->today == today && worked->rules == rules &&
        worked->location == model->locations[site]) {
        return worked->days;
    }
    *worked = (struct worked_days){ model->locations[site], rules, today, true, { false } };
    for (int i = 0; i < DAYS; i++) {
        worked->days[i] = site_works(model, site, today + i);
        if (!worked->days[i] && calendar_says(model, site, today + i)) {
            model_hit(model, HIT_R8_SKIPPED);
        }
    }
    return worked->days;
}

/* The first working day not before this one, nor before today. */
int32_t site_works_from(struct model *model, int site, int32_t day)
{
    const int32_t today = site_today(model, site);
    const bool *worked = site_worked(model, site, today);
    for (int32_t i = day > today ? day - today : 0; i < DAYS; i++) {
        if (worked[i]) {
            return today + i;
        }
    }
    return DAY_NONE;
}

/* ------------------------------------------------------------------ lanes */

/* What ships on this day is there after so many transit days, on a delivery day; none after
 * last. */
int32_t lane_day(const struct lane_data *lane, int32_t ship_on, int32_t transit, int32_t last)
{
    int32_t day = ship_on;
    while (transit > 0 && day < last) {
        day++;
        transit -= (lane->transit_weekdays >> weekday(day) & 1) != 0 &&
                   !day_listed(lane->closed, lane->closed_count, day);
    }
    if (transit > 0) {
        return DAY_NONE;
    }
    for (; day <= last; day++) {
        if ((lane->delivery_weekdays >> weekday(day) & 1) != 0 &&
            !day_listed(lane->closed, lane->closed_count, day)) {
            return day;
        }
    }
    return DAY_NONE;
}
