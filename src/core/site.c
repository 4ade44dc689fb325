/* SPDX-License-Identifier: Apache-2.0 */
#include "core/site.h"

#include "core/calendar.h"

/* ------------------------------------------------------------------ days of a location */

/* Where `day` lies among the site's days; SITE_DAYS: beyond the horizon, or no day at all. */
static int32_t site_index(const struct site *site, int32_t day)
{
    const int64_t index = (int64_t)day - site->today;
    CHECK(day == DAY_NONE || index >= 0);
    return index < 0 || index >= SITE_DAYS ? SITE_DAYS : (int32_t)index;
}

int32_t site_worked_from(const struct site *site, int32_t day)
{
    for (int32_t i = site_index(site, day); i < SITE_DAYS; i++) {
        if (site->worked[i]) {
            return site->today + i;
        }
    }
    return DAY_NONE;
}

int32_t site_worked_after(const struct site *site, int32_t day, int32_t count)
{
    int32_t i = site_index(site, day);
    for (int32_t left = count; left > 0 && i < SITE_DAYS;) {
        i++;
        left -= i < SITE_DAYS && site->worked[i] ? 1 : 0;
    }
    return i < SITE_DAYS ? site->today + i : DAY_NONE;
}

int32_t site_first_day(const struct site *site, int32_t usable, int32_t not_before)
{
    const int32_t day = site_worked_after(site, usable, site->processing_days);
    return day != DAY_NONE && not_before > day ? site_worked_from(site, not_before) : day;
}

int32_t site_day_with(const struct site *site, int32_t day, int64_t work)
{
    for (int32_t i = site_index(site, day); i < SITE_DAYS; i++) {
        if (site->worked[i] && site->remaining[i] >= work) {
            return site->today + i;
        }
    }
    return DAY_NONE;
}

/* ------------------------------------------------------------------ lanes */

static bool weekday_in(uint8_t weekdays, int32_t weekday)
{
    return (weekdays >> weekday & 1) != 0;
}

/* The first of the rising `days` that is not before `day`. */
static uint32_t days_from(const int32_t *days, uint32_t count, int32_t day)
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
    return low;
}

/* A walk over the days of a lane, one by one. */
struct lane_walk {
    const struct lane_terms *terms;
    int32_t day;
    int32_t weekday;
    uint32_t next_closed;
};

static struct lane_walk lane_walk_at(const struct lane_terms *terms, int32_t day)
{
    return (struct lane_walk){ terms, day, day_weekday(day),
                               days_from(terms->closed, terms->closed_count, day) };
}

/* Whether the lane does on this day what it does on `weekdays`. */
static bool lane_walk_does(const struct lane_walk *walk, uint8_t weekdays)
{
    const bool closed = walk->next_closed < walk->terms->closed_count &&
                        walk->terms->closed[walk->next_closed] == walk->day;
    return !closed && weekday_in(weekdays, walk->weekday);
}

static void lane_walk_on(struct lane_walk *walk)
{
    walk->day++;
    while (walk->next_closed < walk->terms->closed_count &&
           walk->terms->closed[walk->next_closed] < walk->day) {
        walk->next_closed++;
    }
    walk->weekday = walk->weekday == 6 ? 0 : walk->weekday + 1;
}

int32_t lane_arrival(const struct lane_terms *terms, int32_t ship_on, int32_t transit,
                     int32_t last)
{
    struct lane_walk walk = lane_walk_at(terms, ship_on);
    for (int32_t left = transit; left > 0 && walk.day <= last;) {
        lane_walk_on(&walk);
        left -= lane_walk_does(&walk, terms->transit_weekdays) ? 1 : 0;
    }
    while (walk.day <= last && !lane_walk_does(&walk, terms->delivery_weekdays)) {
        lane_walk_on(&walk);
    }
    return walk.day <= last ? walk.day : DAY_NONE;
}

/* The lane's days from a base on, told once for all ship days. */
struct lane_table {
    int32_t moved_up_to[LANE_DAYS]; /* how many transit days there are up to this one */
    int32_t moves_on[LANE_DAYS];    /* the transit days, as indices */
    int32_t delivers_on[LANE_DAYS]; /* index of the first delivery day from here; LANE_DAYS: none */
    int32_t move_count;
};

static void lane_table_fill(struct lane_table *table, const struct lane_terms *terms, int32_t base)
{
    struct lane_walk walk = lane_walk_at(terms, base);
    int32_t undelivered = 0;
    table->move_count = 0;
    for (int32_t i = 0; i < LANE_DAYS; i++) {
        if (lane_walk_does(&walk, terms->transit_weekdays)) {
            table->moves_on[table->move_count++] = i;
        }
        table->moved_up_to[i] = table->move_count;
        if (lane_walk_does(&walk, terms->delivery_weekdays)) {
            while (undelivered <= i) {
                table->delivers_on[undelivered++] = i;
            }
        }
        lane_walk_on(&walk);
    }
    while (undelivered < LANE_DAYS) {
        table->delivers_on[undelivered++] = LANE_DAYS;
    }
}

static void lane_arrivals(const struct lane_table *table, int32_t base, int32_t transit,
                          int32_t *days)
{
    for (int32_t i = 0; i < LANE_DAYS; i++) {
        int32_t there = i;
        if (transit > 0) {
            const int64_t move = (int64_t)table->moved_up_to[i] + transit - 1;
            there = move < table->move_count ? table->moves_on[move] : LANE_DAYS;
        }
        const int32_t delivered = there < LANE_DAYS ? table->delivers_on[there] : LANE_DAYS;
        days[i] = delivered < LANE_DAYS ? base + delivered : DAY_NONE;
    }
}

void lane_days_fill(struct lane_days *days, const struct lane_terms *terms, int32_t base)
{
    struct lane_table table;
    lane_table_fill(&table, terms, base);
    days->base = base;
    lane_arrivals(&table, base, terms->transit_min, days->from);
    lane_arrivals(&table, base, terms->transit_max, days->by);
}
