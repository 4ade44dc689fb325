/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "core/calendar.h"

enum { HOUR = 3600, MINUTE_MS = 60000 };

static int32_t day_of(int32_t year, int32_t month, int32_t day)
{
    return civil_day((struct civil){ year, month, day });
}

/* The milliseconds at which UTC clocks show this. */
static int64_t utc_ms(int32_t day, int32_t hour, int32_t minute)
{
    return day * MS_PER_DAY + (hour * INT64_C(60) + minute) * MINUTE_MS;
}

/* New York's rule: second Sunday of March to first Sunday of November, at 02:00. */
static struct zone_rules new_york(void)
{
    return (struct zone_rules){
        .repeats = true,
        .standard_offset = -5 * HOUR,
        .daylight_offset = -4 * HOUR,
        .daylight_begins = { ZONE_CHANGE_WEEKDAY, 3, 2, 0, 2 * HOUR },
        .daylight_ends = { ZONE_CHANGE_WEEKDAY, 11, 1, 0, 2 * HOUR },
    };
}

/* Lord Howe moves by half an hour, and its summer spans the new year. */
static struct zone_rules lord_howe(void)
{
    return (struct zone_rules){
        .repeats = true,
        .standard_offset = 10 * HOUR + 1800,
        .daylight_offset = 11 * HOUR,
        .daylight_begins = { ZONE_CHANGE_WEEKDAY, 10, 1, 0, 2 * HOUR },
        .daylight_ends = { ZONE_CHANGE_WEEKDAY, 4, 1, 0, 2 * HOUR },
    };
}

/* Apia went from -10 to +14 hours at the end of 2011-12-29: there was no 2011-12-30. */
static struct zone_rules apia(void)
{
    struct zone_rules zone = { .transition_count = 1, .first_offset = -10 * HOUR };
    zone.transition_at[0] = utc_ms(day_of(2011, 12, 30), 10, 0) / 1000;
    zone.offset_after[0] = 14 * HOUR;
    zone.standard_offset = 14 * HOUR;
    return zone;
}

/* ------------------------------------------------------------------ civil dates */

Test(calendar, civil_dates_follow_each_other_without_gap)
{
    static const int32_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int32_t day = day_of(1600, 1, 1);

    for (int32_t year = 1600; year <= 2400; year++) {
        const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int32_t month = 1; month <= 12; month++) {
            const int32_t length = lengths[month - 1] + (month == 2 && leap);
            for (int32_t of_month = 1; of_month <= length; of_month++, day++) {
                const struct civil civil = civil_of(day);

                cr_assert(civil.year == year && civil.month == month && civil.day == of_month,
                          "day %d is %d-%d-%d", day, civil.year, civil.month, civil.day);
                cr_assert_eq(civil_day(civil), day);
            }
            cr_assert_not(civil_valid((struct civil){ year, month, length + 1 }));
        }
    }
}

Test(calendar, epoch_is_day_zero_and_a_thursday)
{
    cr_assert_eq(day_of(1970, 1, 1), 0);
    cr_assert_eq(day_weekday(0), 3);
    cr_assert_eq(day_weekday(-1), 2);
    cr_assert_eq(day_weekday(day_of(2000, 2, 29)), 1);
    cr_assert_eq(day_weekday(day_of(2026, 11, 29)), 6);
}

Test(calendar, dates_far_from_business_go_there_and_back)
{
    static const int32_t days[] = { INT32_MIN, INT32_MIN + 1, -719163, -719162, INT32_MAX };

    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        cr_assert_eq(civil_day(civil_of(days[i])), days[i]);
    }
}

Test(calendar, dates_that_no_calendar_has_are_invalid)
{
    cr_assert(civil_valid((struct civil){ 2024, 2, 29 }));
    cr_assert_not(civil_valid((struct civil){ 2023, 2, 29 }));
    cr_assert_not(civil_valid((struct civil){ 1900, 2, 29 }));
    cr_assert_not(civil_valid((struct civil){ 2026, 0, 1 }));
    cr_assert_not(civil_valid((struct civil){ 2026, 13, 1 }));
    cr_assert_not(civil_valid((struct civil){ 2026, 1, 0 }));
    cr_assert_not(civil_valid((struct civil){ 10000, 1, 1 }));
    cr_assert_not(civil_valid((struct civil){ -1, 1, 1 }));
}

/* ------------------------------------------------------------------ zones */

Test(calendar, utc_day_turns_at_midnight)
{
    const struct zone_rules zone = zone_utc();

    cr_assert_eq(zone_offset(&zone, 0), 0);
    cr_assert_eq(zone_day(&zone, -1), -1);
    cr_assert_eq(zone_day(&zone, MS_PER_DAY - 1), 0);
    cr_assert_eq(zone_day(&zone, MS_PER_DAY), 1);
    cr_assert_eq(zone_instant(&zone, 1, 90), MS_PER_DAY + 90 * MINUTE_MS);
}

Test(calendar, r8_gap_moves_a_cutoff_to_the_first_instant_after_it)
{
    const struct zone_rules zone = new_york();
    const int32_t day = day_of(2026, 3, 8);
    const int64_t after_gap = utc_ms(day, 7, 0);

    cr_assert_eq(zone_instant(&zone, day, 119), after_gap - MINUTE_MS);
    cr_assert_eq(zone_instant(&zone, day, 120), after_gap);
    cr_assert_eq(zone_instant(&zone, day, 150), after_gap);
    cr_assert_eq(zone_instant(&zone, day, 180), after_gap);
    cr_assert_eq(zone_instant(&zone, day, 181), after_gap + MINUTE_MS);
}

Test(calendar, r8_overlap_takes_the_first)
{
    const struct zone_rules zone = new_york();
    const int32_t day = day_of(2026, 11, 1);

    cr_assert_eq(zone_instant(&zone, day, 60), utc_ms(day, 5, 0));
    cr_assert_eq(zone_instant(&zone, day, 90), utc_ms(day, 5, 30));
    cr_assert_eq(zone_instant(&zone, day, 119), utc_ms(day, 5, 59));
    cr_assert_eq(zone_instant(&zone, day, 120), utc_ms(day, 7, 0));
}

Test(calendar, change_by_half_an_hour_has_a_gap_and_an_overlap_of_half_an_hour)
{
    const struct zone_rules zone = lord_howe();
    const int32_t gap = day_of(2026, 10, 4);
    const int32_t overlap = day_of(2026, 4, 5);

    cr_assert_eq(zone_instant(&zone, gap, 135), zone_instant(&zone, gap, 150));
    cr_assert_eq(zone_instant(&zone, gap, 151), zone_instant(&zone, gap, 150) + MINUTE_MS);
    cr_assert_eq(zone_instant(&zone, overlap, 105), utc_ms(overlap - 1, 14, 45));
    cr_assert_eq(zone_instant(&zone, overlap, 120), utc_ms(overlap - 1, 15, 30));
}

Test(calendar, southern_summer_spans_the_new_year)
{
    const struct zone_rules zone = lord_howe();

    cr_assert_eq(zone_offset(&zone, utc_ms(day_of(2030, 1, 1), 0, 0) / 1000), 11 * HOUR);
    cr_assert_eq(zone_offset(&zone, utc_ms(day_of(2030, 7, 1), 0, 0) / 1000), 10 * HOUR + 1800);
    cr_assert_eq(zone_offset(&zone, utc_ms(day_of(2030, 12, 31), 23, 59) / 1000), 11 * HOUR);
}

Test(calendar, skipped_day_begins_with_the_next)
{
    const struct zone_rules zone = apia();
    const int64_t change = utc_ms(day_of(2011, 12, 30), 10, 0);

    cr_assert_eq(zone_day(&zone, change - 1), day_of(2011, 12, 29));
    cr_assert_eq(zone_day(&zone, change), day_of(2011, 12, 31));
    cr_assert_eq(zone_instant(&zone, day_of(2011, 12, 30), 0), change);
    cr_assert_eq(zone_instant(&zone, day_of(2011, 12, 30), 900), change);
    cr_assert_eq(zone_instant(&zone, day_of(2011, 12, 31), 0), change);
    cr_assert_eq(zone_instant(&zone, day_of(2011, 12, 31), 1), change + MINUTE_MS);
}

Test(calendar, change_is_in_force_at_its_own_instant)
{
    const struct zone_rules zone = new_york();
    const int64_t begins = utc_ms(day_of(2026, 3, 8), 7, 0) / 1000;

    cr_assert_eq(zone_offset(&zone, begins - 1), -5 * HOUR);
    cr_assert_eq(zone_offset(&zone, begins), -4 * HOUR);
}

Test(calendar, julian_day_sixty_is_the_first_of_march_in_every_year)
{
    struct zone_rules zone = new_york();
    zone.daylight_begins = (struct zone_change){ ZONE_CHANGE_JULIAN, 0, 0, 60, 0 };

    for (int32_t year = 2023; year <= 2025; year++) {
        const int64_t begins = utc_ms(day_of(year, 3, 1), 5, 0) / 1000;
        cr_assert_eq(zone_offset(&zone, begins - 1), -5 * HOUR);
        cr_assert_eq(zone_offset(&zone, begins), -4 * HOUR);
    }
}

Test(calendar, counted_day_sixty_is_the_sixty_first_of_the_year)
{
    struct zone_rules zone = new_york();
    zone.daylight_begins = (struct zone_change){ ZONE_CHANGE_DAY, 0, 0, 60, 0 };

    const int64_t leap = utc_ms(day_of(2024, 3, 1), 5, 0) / 1000;
    const int64_t plain = utc_ms(day_of(2025, 3, 2), 5, 0) / 1000;
    cr_assert_eq(zone_offset(&zone, leap - 1), -5 * HOUR);
    cr_assert_eq(zone_offset(&zone, leap), -4 * HOUR);
    cr_assert_eq(zone_offset(&zone, plain - 1), -5 * HOUR);
    cr_assert_eq(zone_offset(&zone, plain), -4 * HOUR);
}

Test(calendar, change_time_may_lie_on_other_days)
{
    struct zone_rules zone = new_york();
    zone.daylight_begins.second = -167 * HOUR;
    zone.daylight_ends.second = 167 * HOUR;

    const int64_t begins = utc_ms(day_of(2026, 3, 8), 5, 0) / 1000 - 167 * HOUR;
    const int64_t ends = utc_ms(day_of(2026, 11, 1), 4, 0) / 1000 + 167 * HOUR;
    cr_assert_eq(zone_offset(&zone, begins - 1), -5 * HOUR);
    cr_assert_eq(zone_offset(&zone, begins), -4 * HOUR);
    cr_assert_eq(zone_offset(&zone, ends - 1), -4 * HOUR);
    cr_assert_eq(zone_offset(&zone, ends), -5 * HOUR);
}

Test(calendar, daylight_saving_time_all_year_never_ends)
{
    struct zone_rules zone = new_york();
    zone.daylight_begins = (struct zone_change){ ZONE_CHANGE_DAY, 0, 0, 0, 0 };
    zone.daylight_ends = (struct zone_change){ ZONE_CHANGE_JULIAN, 0, 0, 365, 25 * HOUR };

    for (int32_t day = day_of(2027, 12, 25); day < day_of(2029, 1, 10); day++) {
        cr_assert_eq(zone_offset(&zone, day * INT64_C(86400)), -4 * HOUR);
        cr_assert_eq(zone_offset(&zone, day * INT64_C(86400) + 5 * HOUR), -4 * HOUR);
    }
}

Test(calendar, instants_beyond_all_dates_have_a_day_all_the_same)
{
    const struct zone_rules zone = new_york();

    cr_assert_gt(zone_day(&zone, INT64_MAX), 0);
    cr_assert_lt(zone_day(&zone, INT64_MIN), 0);
    (void)zone_offset(&zone, INT64_MAX);
    (void)zone_instant(&zone, INT32_MAX, 0);
    (void)zone_instant(&zone, INT32_MIN, 0);
}

Test(R8, day_that_the_zone_skipped_is_none_of_its_days)
{
    const struct zone_rules zone = apia();

    cr_assert(zone_has_day(&zone, day_of(2011, 12, 29)));
    cr_assert_not(zone_has_day(&zone, day_of(2011, 12, 30)));
    cr_assert(zone_has_day(&zone, day_of(2011, 12, 31)));
}

Test(calendar, only_a_zone_that_went_forward_by_a_day_skips_days)
{
    const struct zone_rules skipping = apia();
    const struct zone_rules changing = new_york();
    const struct zone_rules utc = zone_utc();

    cr_assert(zone_skips_days(&skipping));
    cr_assert_not(zone_skips_days(&changing));
    cr_assert_not(zone_skips_days(&utc));
}

Test(R8, day_that_begins_in_a_gap_or_twice_is_a_day)
{
    /* At midnight clocks go forward by an hour, and back to 23:00: both days are there. */
    struct zone_rules zone = new_york();
    zone.daylight_begins.second = 0;
    zone.daylight_ends.second = 0;
    const int32_t gap = day_of(2026, 3, 8);
    const int32_t overlap = day_of(2026, 11, 1);

    cr_assert_eq(zone_instant(&zone, gap, 0), utc_ms(gap, 5, 0));
    cr_assert_eq(zone_day(&zone, utc_ms(gap, 5, 0) - 1), gap - 1);
    cr_assert_eq(zone_instant(&zone, overlap, 0), utc_ms(overlap, 5, 0));
    for (int32_t day = gap - 1; day <= overlap + 1; day++) {
        cr_assert(zone_has_day(&zone, day));
    }
}

Test(R8, half_hour_zones_have_their_own_midnight_and_cutoff)
{
    const struct zone_rules kolkata = { .first_offset = 5 * HOUR + 1800,
                                        .standard_offset = 5 * HOUR + 1800 };
    const struct zone_rules marquesas = { .first_offset = -9 * HOUR - 1800,
                                          .standard_offset = -9 * HOUR - 1800 };
    const struct zone_rules kathmandu = { .first_offset = 5 * HOUR + 2700,
                                          .standard_offset = 5 * HOUR + 2700 };
    const int32_t day = day_of(2026, 11, 27);

    cr_assert_eq(zone_instant(&kolkata, day, 0), utc_ms(day - 1, 18, 30));
    cr_assert_eq(zone_instant(&kolkata, day, 15 * 60), utc_ms(day, 9, 30));
    cr_assert_eq(zone_day(&kolkata, utc_ms(day - 1, 18, 30)), day);
    cr_assert_eq(zone_day(&kolkata, utc_ms(day - 1, 18, 30) - 1), day - 1);
    cr_assert_eq(zone_instant(&marquesas, day, 15 * 60), utc_ms(day + 1, 0, 30));
    cr_assert_eq(zone_instant(&kathmandu, day, 15 * 60), utc_ms(day, 9, 15));
}

Test(R8, years_and_leap_days_are_days_like_any_other)
{
    const struct zone_rules zone = new_york();
    const int32_t leap = day_of(2028, 2, 29);
    const int32_t new_year = day_of(2027, 1, 1);

    cr_assert_eq(zone_instant(&zone, new_year, 0), utc_ms(new_year, 5, 0));
    cr_assert_eq(zone_day(&zone, utc_ms(new_year, 5, 0) - 1), day_of(2026, 12, 31));
    cr_assert_eq(zone_instant(&zone, leap, 15 * 60), utc_ms(leap, 20, 0));
    cr_assert_eq(zone_day(&zone, zone_instant(&zone, leap + 1, 0) - 1), leap);
    cr_assert_eq(leap + 1, day_of(2028, 3, 1));
    cr_assert_eq(day_of(2027, 2, 28) + 1, day_of(2027, 3, 1));
}

/* ------------------------------------------------------------------ working days */

enum { MONDAY_TO_FRIDAY = 0x1f };

Test(calendar, r8_open_beats_closed_beats_working_days)
{
    const int32_t monday = day_of(2026, 12, 21);
    const int32_t closed[] = { monday, monday + 4, monday + 5 };
    const int32_t open[] = { monday + 4, monday + 6 };
    const struct calendar calendar = { closed, open, 3, 2, MONDAY_TO_FRIDAY };

    cr_assert_not(calendar_works(&calendar, monday));
    cr_assert(calendar_works(&calendar, monday + 1));
    cr_assert(calendar_works(&calendar, monday + 4), "closed and open: open");
    cr_assert_not(calendar_works(&calendar, monday + 5));
    cr_assert(calendar_works(&calendar, monday + 6), "an open Sunday");
    cr_assert_not(calendar_works(&calendar, monday + 12), "a Saturday");
}

Test(calendar, next_working_day_is_after_the_day_itself)
{
    const int32_t friday = day_of(2026, 11, 27);
    const int32_t closed[] = { friday + 3 };
    const struct calendar calendar = { closed, NULL, 1, 0, MONDAY_TO_FRIDAY };

    cr_assert_eq(calendar_next(&calendar, friday - 1, friday + 30), friday);
    cr_assert_eq(calendar_next(&calendar, friday, friday + 30), friday + 4);
    cr_assert_eq(calendar_next(&calendar, friday, friday + 4), friday + 4);
    cr_assert_eq(calendar_next(&calendar, friday, friday + 3), DAY_NONE);
}

Test(calendar, calendar_that_never_works_has_no_next_day)
{
    const struct calendar calendar = { .working_days = 0 };

    cr_assert_eq(calendar_next(&calendar, 0, HORIZON_DAYS), DAY_NONE);
    cr_assert_eq(calendar_next(&calendar, INT32_MAX, INT32_MAX), DAY_NONE);
}
