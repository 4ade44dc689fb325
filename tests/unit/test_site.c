/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "core/calendar.h"
#include "core/site.h"
#include "random_fixture.h"

enum {
    ALL_WEEK = 0x7f,
    MONDAY_TO_FRIDAY = 0x1f,
    MONDAY_TO_SATURDAY = 0x3f,
};

static int32_t day_of(int32_t year, int32_t month, int32_t day)
{
    return civil_day((struct civil){ year, month, day });
}

/* Worked on `weekdays`, without any limit of capacity. */
static struct site site_of(int32_t today, uint8_t weekdays)
{
    struct site site = { .today = today, .day_zero = DAY_NONE, .day_zero_uncut = DAY_NONE };
    for (int32_t i = 0; i < SITE_DAYS; i++) {
        site.worked[i] = (weekdays >> day_weekday(today + i) & 1) != 0;
        site.remaining[i] = site.worked[i] ? UNITS_UNLIMITED : 0;
    }
    return site;
}

static struct lane_terms lane_of(int32_t least, int32_t most)
{
    return (struct lane_terms){ .transit_min = least,
                                .transit_max = most,
                                .transit_weekdays = MONDAY_TO_FRIDAY,
                                .delivery_weekdays = MONDAY_TO_FRIDAY };
}

/* ------------------------------------------------------------------ days of a location */

Test(site, working_days_are_counted_after_a_day)
{
    const int32_t friday = day_of(2026, 11, 27);
    const struct site site = site_of(friday, MONDAY_TO_FRIDAY);

    cr_assert_eq(site_worked_from(&site, friday), friday);
    cr_assert_eq(site_worked_from(&site, friday + 1), friday + 3);
    cr_assert_eq(site_worked_after(&site, friday, 0), friday);
    cr_assert_eq(site_worked_after(&site, friday, 1), friday + 3);
    cr_assert_eq(site_worked_after(&site, friday, 6), friday + 10);
}

Test(R8, ship_day_is_processing_days_after_the_usable_day)
{
    const int32_t thursday = day_of(2026, 12, 31);
    struct site site = site_of(thursday, MONDAY_TO_FRIDAY);
    site.worked[1] = false;
    site.processing_days = 2;

    const int32_t first = site_first_day(&site, thursday, DAY_NONE);

    cr_assert_eq(first, day_of(2027, 1, 5));
}

Test(R8, nothing_ships_before_a_preorder_day)
{
    const int32_t today = day_of(2028, 2, 25);
    const struct site site = site_of(today, MONDAY_TO_FRIDAY);
    const int32_t leap_day = day_of(2028, 2, 29);

    cr_assert_eq(site_first_day(&site, today, leap_day), leap_day);
    cr_assert_eq(site_first_day(&site, today, day_of(2028, 2, 26)), day_of(2028, 2, 28));
    cr_assert_eq(site_first_day(&site, today, today - 5), today);
    cr_assert_eq(site_first_day(&site, today, today + HORIZON_DAYS + 1), DAY_NONE);
}

Test(R8, no_day_is_beyond_today_and_120_days)
{
    const int32_t today = day_of(2026, 11, 2);
    struct site site = site_of(today, ALL_WEEK);
    const int32_t last = today + HORIZON_DAYS;

    cr_assert_eq(site_worked_from(&site, last), last);
    cr_assert_eq(site_worked_from(&site, last + 1), DAY_NONE);
    cr_assert_eq(site_worked_after(&site, last - 1, 1), last);
    cr_assert_eq(site_worked_after(&site, last, 1), DAY_NONE);
    cr_assert_eq(site_worked_after(&site, DAY_NONE, 0), DAY_NONE);
    cr_assert_eq(site_worked_after(&site, today, INT32_MAX), DAY_NONE);
    cr_assert_eq(site_first_day(&site, DAY_NONE, today), DAY_NONE);
    cr_assert_eq(site_day_with(&site, DAY_NONE, 1), DAY_NONE);
}

Test(R9, day_with_room_is_worked_and_has_that_much_left)
{
    const int32_t monday = day_of(2026, 11, 30);
    struct site site = site_of(monday, MONDAY_TO_FRIDAY);
    site.remaining[0] = 0;
    site.remaining[1] = 2;
    site.remaining[2] = 3;

    cr_assert_eq(site_day_with(&site, monday, 1), monday + 1);
    cr_assert_eq(site_day_with(&site, monday, 3), monday + 2);
    cr_assert_eq(site_day_with(&site, monday, 4), monday + 3);
    cr_assert_eq(site_day_with(&site, monday + 5, 1), monday + 7);
}

Test(R13, another_working_day_never_delays_a_first_day)
{
    struct chance chance = chance_of_seed();
    for (int32_t round = 0; round < 20000; round++) {
        struct site site = site_of(round, (uint8_t)chance_between(&chance, 0, ALL_WEEK));
        site.processing_days = chance_between(&chance, 0, 4);
        const int32_t usable = round + chance_between(&chance, 0, HORIZON_DAYS);
        const int32_t not_before =
            chance_percent(&chance, 50) ? round + chance_between(&chance, 0, 130) : DAY_NONE;
        const int32_t before =
            site_first_day(&site, site_worked_from(&site, usable), not_before);

        site.worked[chance_between(&chance, 0, HORIZON_DAYS)] = true;
        const int32_t after = site_first_day(&site, site_worked_from(&site, usable), not_before);

        cr_assert(before == DAY_NONE || (after != DAY_NONE && after <= before), "round %d", round);
    }
}

/* ------------------------------------------------------------------ lanes */

Test(R8, transit_counts_weekdays_of_the_lane_from_the_day_after)
{
    const struct lane_terms lane = lane_of(1, 3);
    const int32_t thursday = day_of(2026, 11, 26);

    cr_assert_eq(lane_arrival(&lane, thursday, 1, thursday + 99), thursday + 1);
    cr_assert_eq(lane_arrival(&lane, thursday, 2, thursday + 99), thursday + 4);
    cr_assert_eq(lane_arrival(&lane, thursday + 1, 1, thursday + 99), thursday + 4);
    cr_assert_eq(lane_arrival(&lane, thursday + 2, 1, thursday + 99), thursday + 4);
}

Test(R8, delivery_waits_for_the_next_delivery_weekday)
{
    struct lane_terms lane = lane_of(1, 1);
    lane.transit_weekdays = MONDAY_TO_SATURDAY;
    const int32_t friday = day_of(2026, 11, 27);

    cr_assert_eq(lane_arrival(&lane, friday, 1, friday + 99), friday + 3);
    lane.delivery_weekdays = MONDAY_TO_SATURDAY;
    cr_assert_eq(lane_arrival(&lane, friday, 1, friday + 99), friday + 1);
}

Test(R8, transit_of_no_days_arrives_on_the_ship_day_or_the_next_delivery_day)
{
    const struct lane_terms lane = lane_of(0, 0);
    const int32_t friday = day_of(2026, 11, 27);

    cr_assert_eq(lane_arrival(&lane, friday, 0, friday + 99), friday);
    cr_assert_eq(lane_arrival(&lane, friday + 1, 0, friday + 99), friday + 3);
}

Test(R8, lane_neither_carries_nor_delivers_on_closed_days)
{
    const int32_t closed[] = { day_of(2026, 12, 24), day_of(2026, 12, 25), day_of(2027, 1, 1) };
    struct lane_terms lane = lane_of(1, 2);
    lane.closed = closed;
    lane.closed_count = 3;
    const int32_t ship_on = day_of(2026, 12, 23);

    cr_assert_eq(lane_arrival(&lane, ship_on, 1, ship_on + 99), day_of(2026, 12, 28));
    cr_assert_eq(lane_arrival(&lane, ship_on, 2, ship_on + 99), day_of(2026, 12, 29));
    cr_assert_eq(lane_arrival(&lane, ship_on + 1, 0, ship_on + 99), day_of(2026, 12, 28));
    cr_assert_eq(lane_arrival(&lane, day_of(2026, 12, 31), 1, ship_on + 99), day_of(2027, 1, 4));
}

Test(R8, lane_counts_the_leap_day)
{
    struct lane_terms lane = lane_of(1, 1);
    const int32_t monday = day_of(2028, 2, 28);
    const int32_t closed[] = { monday + 1 };

    cr_assert_eq(lane_arrival(&lane, monday, 1, monday + 9), day_of(2028, 2, 29));
    lane.closed = closed;
    lane.closed_count = 1;
    cr_assert_eq(lane_arrival(&lane, monday, 1, monday + 9), day_of(2028, 3, 1));
}

Test(R8, lane_that_never_moves_or_delivers_gives_no_date)
{
    struct lane_terms lane = lane_of(1, 1);
    lane.transit_weekdays = 0;

    cr_assert_eq(lane_arrival(&lane, 100, 1, 300), DAY_NONE);
    cr_assert_eq(lane_arrival(&lane, 102, 0, 300), 102, "nothing is to be carried");
    lane = lane_of(1, 1);
    lane.delivery_weekdays = 0;
    cr_assert_eq(lane_arrival(&lane, 100, 1, 300), DAY_NONE);
}

Test(R8, arrival_beyond_the_last_day_is_none)
{
    const struct lane_terms lane = lane_of(5, 5);
    const int32_t monday = day_of(2026, 11, 30);

    cr_assert_eq(lane_arrival(&lane, monday, 5, monday + 7), monday + 7);
    cr_assert_eq(lane_arrival(&lane, monday, 5, monday + 6), DAY_NONE);
    cr_assert_eq(lane_arrival(&lane, monday, INT32_MAX, monday + 120), DAY_NONE);
}

/* Day by day, with nothing remembered. */
static bool slow_does(const struct lane_terms *lane, uint8_t weekdays, int32_t day)
{
    for (uint32_t i = 0; i < lane->closed_count; i++) {
        if (lane->closed[i] == day) {
            return false;
        }
    }
    return (weekdays >> day_weekday(day) & 1) != 0;
}

static int32_t slow_arrival(const struct lane_terms *lane, int32_t ship_on, int32_t transit,
                            int32_t last)
{
    int32_t moved = 0;
    for (int32_t day = ship_on; day <= last; day++) {
        moved += day > ship_on && slow_does(lane, lane->transit_weekdays, day);
        if (moved >= transit && slow_does(lane, lane->delivery_weekdays, day)) {
            return day;
        }
    }
    return DAY_NONE;
}

static struct lane_terms chance_lane(struct chance *chance, int32_t base, int32_t closed[30])
{
    struct lane_terms lane = lane_of(0, 0);
    if (chance_percent(chance, 70)) {
        lane.transit_weekdays = (uint8_t)chance_between(chance, 0, ALL_WEEK);
        lane.delivery_weekdays = (uint8_t)chance_between(chance, 0, ALL_WEEK);
    }
    lane.transit_min = chance_between(chance, 0, 5);
    lane.transit_max = lane.transit_min + chance_between(chance, 0, 30);
    lane.closed = closed;
    int32_t day = base + chance_between(chance, -10, 20);
    for (int32_t left = chance_between(chance, 0, 30); left > 0; left--) {
        closed[lane.closed_count++] = day;
        day += chance_between(chance, 1, 9);
    }
    return lane;
}

Test(R8, arrivals_of_all_ship_days_are_those_of_each_one)
{
    struct chance chance = chance_of_seed();
    for (int32_t round = 0; round < 2000; round++) {
        const int32_t base = chance_between(&chance, 20000, 21000);
        int32_t closed[30];
        const struct lane_terms lane = chance_lane(&chance, base, closed);
        const int32_t last = base + LANE_DAYS - 1;

        struct lane_days days;
        lane_days_fill(&days, &lane, base);

        cr_assert_eq(days.base, base);
        for (int32_t i = 0; i < LANE_DAYS; i++) {
            const int32_t from = slow_arrival(&lane, base + i, lane.transit_min, last);
            const int32_t by = slow_arrival(&lane, base + i, lane.transit_max, last);
            cr_assert_eq(days.from[i], from, "round %d, day %d", round, i);
            cr_assert_eq(days.by[i], by, "round %d, day %d", round, i);
            cr_assert_eq(lane_arrival(&lane, base + i, lane.transit_max, last), by);
        }
    }
}

Test(R13, arrivals_never_fall_as_ship_days_rise)
{
    struct chance chance = chance_of_seed();
    for (int32_t round = 0; round < 5000; round++) {
        int32_t closed[30];
        const struct lane_terms lane = chance_lane(&chance, round, closed);

        struct lane_days days;
        lane_days_fill(&days, &lane, round);

        for (int32_t i = 1; i < LANE_DAYS; i++) {
            cr_assert(days.by[i] == DAY_NONE || days.by[i] >= days.by[i - 1]);
            cr_assert(days.by[i - 1] != DAY_NONE || days.by[i] == DAY_NONE);
            cr_assert(days.by[i] == DAY_NONE || days.from[i] <= days.by[i]);
        }
    }
}
