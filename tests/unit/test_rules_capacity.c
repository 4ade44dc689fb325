/* SPDX-License-Identifier: Apache-2.0 */
/* Contract section 4, R9: capacity, ship days and what is booked, and promises.locations. */
#include "world_fixture.h"

/* W1 works every day with this capacity, has a hundred of A and of B, and a lane to `north`. */
static struct event limited(int64_t per_day, enum capacity_unit unit)
{
    struct event place = location("W1");
    place.location.working_days = ALL_WEEK;
    place.location.capacity_per_day = per_day;
    place.location.capacity_unit = unit;
    return place;
}

static struct fixture world_with(struct event place)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, place);
    feed(&f, lane("W1", "north"));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 100, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W1", 100, 0));
    return f;
}

static void used_is(struct fixture *f, const char *where, const int64_t *used, int32_t days)
{
    for (int32_t i = 0; i < days; i++) {
        const int32_t day = DAY(i);
        cr_assert_eq(used_on(f, where, day), used[i], "%s, day %d: %lld, not %lld", where, i,
                     (long long)used_on(f, where, day), (long long)used[i]);
    }
}
#define USED(f, where, ...)                                                                        \
    do {                                                                                           \
        const int64_t used_[] = { __VA_ARGS__ };                                                   \
        used_is(f, where, used_, (int32_t)(sizeof used_ / sizeof *used_));                         \
    } while (0)

/* ------------------------------------------------------------------ units, lines, orders */

Test(R9, units_fill_the_days_in_turn_and_the_ship_day_is_the_last)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));

    feed(&f, placed("O1", "A", NULL, 12, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY));
    USED(&f, "W1", 5, 5, 2, 0);
    cr_assert_eq(capacity_on(&f, "W1", DAY(WEDNESDAY)).remaining, 3);
    feed(&f, placed("O2", "B", NULL, 3, 2));
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY(WEDNESDAY));
    feed(&f, placed("O3", "B", NULL, 1, 3));

    cr_assert_eq(ship_on(&f, "O3", "W1"), DAY(THURSDAY));
    USED(&f, "W1", 5, 5, 5, 1);
}

Test(R9, of_lines_one_counts_whatever_its_units)
{
    struct fixture f = world_with(limited(2, CAPACITY_LINES));

    feed(&f, placed("O1", "A", NULL, 50, 1));
    feed(&f, placed("O2", "B", NULL, 50, 2));
    feed(&f, placed("O3", "A", NULL, 1, 3));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY(MONDAY));
    cr_assert_eq(ship_on(&f, "O3", "W1"), DAY(TUESDAY));
    USED(&f, "W1", 2, 1);
    cr_assert_eq(capacity_on(&f, "W1", DAY(MONDAY)).unit, CAPACITY_LINES);
}

/* An order of two lines, A and B. */
static struct event two_lines(const char *order_id, int64_t a, int64_t b, int64_t minute)
{
    struct event event = placed(order_id, "A", NULL, a, minute);
    struct line_data *lines = new_lines(2);
    lines[0] = event.order.lines[0];
    lines[1] = event.order.lines[0];
    lines[1].line_id = BYTES_LITERAL("2");
    lines[1].sku = BYTES_LITERAL("B");
    lines[1].quantity = b;
    event.order.lines = lines;
    event.order.line_count = 2;
    return event;
}

Test(R9, of_orders_one_counts_once_a_day)
{
    struct fixture f = world_with(limited(1, CAPACITY_ORDERS));

    feed(&f, two_lines("O1", 5, 5, 1));
    feed(&f, placed("O2", "A", NULL, 1, 2));

    cr_assert_eq(part_at(&f, "O1", 0, "W1")->ship_on, DAY(MONDAY));
    cr_assert_eq(part_at(&f, "O1", 1, "W1")->ship_on, DAY(MONDAY), "no work: it is there already");
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY(TUESDAY));
    USED(&f, "W1", 1, 1);
    feed(&f, order(EVENT_ORDER_PLACED, "O1", "3", "B", NULL, 7, 3));

    cr_assert_eq(part_at(&f, "O1", 2, "W1")->ship_on, DAY(MONDAY));
    USED(&f, "W1", 1, 1);
}

Test(R9, of_lines_a_later_line_of_the_order_needs_its_own_room)
{
    struct fixture f = world_with(limited(1, CAPACITY_LINES));

    feed(&f, two_lines("O1", 5, 5, 1));

    cr_assert_eq(part_at(&f, "O1", 0, "W1")->ship_on, DAY(MONDAY));
    cr_assert_eq(part_at(&f, "O1", 1, "W1")->ship_on, DAY(TUESDAY));
}

Test(R9, work_is_units_times_workload_and_lies_on_two_days_if_need_be)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    struct event described = item("A");
    described.item.workload = 3;
    feed(&f, described);

    feed(&f, placed("O1", "A", NULL, 1, 1));
    feed(&f, placed("O2", "A", NULL, 1, 2));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY(TUESDAY), "its last third");
    USED(&f, "W1", 5, 1);
}

Test(R9, a_part_keeps_the_workload_with_which_it_got_its_day)
{
    struct fixture f = world_with(limited(50, CAPACITY_UNITS));
    struct event described = item("A");
    described.item.workload = 3;
    feed(&f, described);
    feed(&f, placed("O1", "A", NULL, 10, 1));
    described.item.workload = 7;
    feed(&f, described);
    USED(&f, "W1", 30);

    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 4, 2));

    USED(&f, "W1", 18);
}

/* ------------------------------------------------------------------ what is planned */

Test(R9, overrides_beat_what_a_day_is_planned_for)
{
    static const struct day_capacity overrides[] = { { DAY(MONDAY), 2 },
                                                     { DAY(TUESDAY), 0 },
                                                     { DAY(WEDNESDAY), CAPACITY_UNLIMITED } };
    struct event place = limited(5, CAPACITY_UNITS);
    place.location.overrides = overrides;
    place.location.override_count = 3;
    struct fixture f = world_with(place);

    feed(&f, placed("O1", "A", NULL, 60, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY));
    USED(&f, "W1", 2, 0, 58);
    cr_assert_eq(capacity_on(&f, "W1", DAY(WEDNESDAY)).planned, UNITS_UNLIMITED);
    cr_assert_eq(capacity_on(&f, "W1", DAY(WEDNESDAY)).remaining, UNITS_UNLIMITED);
}

Test(R9, a_day_not_worked_is_planned_for_nothing)
{
    static const struct day_capacity overrides[] = { { DAY(SATURDAY), 9 } };
    struct event place = limited(5, CAPACITY_UNITS);
    place.location.working_days = WEEKDAYS_MONDAY_TO_FRIDAY;
    place.location.overrides = overrides;
    place.location.override_count = 1;
    struct fixture f = world_with(place);

    tick(&f, CLOCK(FRIDAY, 15, 0));
    feed(&f, placed("O1", "A", NULL, 1, CLOCK(FRIDAY, 15, 0)));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(NEXT_MONDAY));
    cr_assert_eq(capacity_on(&f, "W1", DAY(SATURDAY)).planned, 0);
    cr_assert_eq(capacity_on(&f, "W1", DAY(SUNDAY)).planned, 0);
    cr_assert_eq(capacity_on(&f, "W1", DAY(SUNDAY)).overbooked, 0);
}

Test(R9, without_a_limit_all_units_go_on_their_first_day)
{
    struct fixture f = world_with(limited(CAPACITY_UNLIMITED, CAPACITY_UNITS));

    feed(&f, placed("O1", "A", NULL, 100, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    USED(&f, "W1", 100);
    cr_assert_eq(capacity_on(&f, "W1", DAY(MONDAY)).overbooked, 0);
}

Test(R9, lines_wait_for_a_day_with_capacity)
{
    struct fixture f = world_with(limited(0, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", NULL, 1, 1));
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY_NONE);
    cr_assert_eq(promised(&f, "O1")->lines[0].expected_by, DAY_NONE);
    cr_assert_eq(site_at(&f, "W1")->ships_on, DAY_NONE);

    feed(&f, limited(1, CAPACITY_UNITS));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    cr_assert_eq(site_at(&f, "W1")->ships_on, DAY(TUESDAY));
}

/* ------------------------------------------------------------------ backlog, overbooking */

Test(R9, unshipped_work_of_past_days_counts_on_the_first_working_day)
{
    struct event place = limited(5, CAPACITY_UNITS);
    place.location.working_days = WEEKDAYS_MONDAY_TO_FRIDAY;
    struct fixture f = world_with(place);
    tick(&f, CLOCK(FRIDAY, 9, 0));
    feed(&f, placed("O1", "A", NULL, 5, CLOCK(FRIDAY, 9, 0)));
    feed(&f, placed("O2", "A", NULL, 3, CLOCK(FRIDAY, 9, 1)));
    cr_assert_eq(used_on(&f, "W1", DAY(FRIDAY)), 5);
    cr_assert_eq(used_on(&f, "W1", DAY(NEXT_MONDAY)), 3);

    tick(&f, CLOCK(SATURDAY, 0, 0));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(FRIDAY), "a ship day stays");
    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_AT_RISK);
    cr_assert_eq(capacity_on(&f, "W1", DAY(NEXT_MONDAY)).used, 8);
    cr_assert_eq(capacity_on(&f, "W1", DAY(NEXT_MONDAY)).remaining, 0);
    cr_assert_eq(capacity_on(&f, "W1", DAY(NEXT_MONDAY)).overbooked, 3);
    tick(&f, CLOCK(NEXT_MONDAY, 16, 0));
    cr_assert_eq(used_on(&f, "W1", DAY(NEXT_MONDAY)), 8, "also after the cut-off of that day");

    feed(&f, shipped("O1", "S1", "A", "W1", 5, CLOCK(NEXT_MONDAY, 16, 30)));

    cr_assert_eq(used_on(&f, "W1", DAY(NEXT_MONDAY)), 8, "it leaves on that day after all");
    tick(&f, CLOCK(NEXT_MONDAY + 1, 0, 0));
    cr_assert_eq(used_on(&f, "W1", DAY(NEXT_MONDAY) + 1), 3);
}

Test(R9, a_late_order_counts_once_with_what_it_has_on_that_day)
{
    struct fixture f = world_with(limited(1, CAPACITY_ORDERS));
    feed(&f, placed("O1", "A", NULL, 1, 1));
    feed(&f, placed("O2", "A", NULL, 1, 2));
    USED(&f, "W1", 1, 1);

    tick(&f, CLOCK(TUESDAY, 0, 0));

    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 2);
    cr_assert_eq(capacity_on(&f, "W1", DAY(TUESDAY)).overbooked, 1);
    feed(&f, order(EVENT_ORDER_PLACED, "O1", "2", "B", NULL, 1, CLOCK(TUESDAY, 1, 0)));
    cr_assert_eq(part_at(&f, "O1", 1, "W1")->ship_on, DAY(TUESDAY), "O1 is on that day already");
    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 2);
}

Test(R9, late_work_leaves_before_what_is_booked_today)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", "W1", 12, 1));
    static const int32_t closed[] = { DAY(TUESDAY) };
    struct event place = limited(5, CAPACITY_UNITS);
    place.location.closed = closed;
    place.location.closed_count = 1;
    feed(&f, place);
    tick(&f, CLOCK(TUESDAY, 9, 0));
    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 5, "it stays, though the day is not worked");
    cr_assert_eq(used_on(&f, "W1", DAY(WEDNESDAY)), 7, "and what is late of Monday");

    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 5, CLOCK(TUESDAY, 9, 1)));

    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 5);
    cr_assert_eq(used_on(&f, "W1", DAY(WEDNESDAY)), 2);
}

Test(R9, less_capacity_overbooks_and_promises_made_stay)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", NULL, 5, 1));

    feed(&f, limited(3, CAPACITY_UNITS));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    cr_assert_eq(capacity_on(&f, "W1", DAY(MONDAY)).planned, 3);
    cr_assert_eq(capacity_on(&f, "W1", DAY(MONDAY)).remaining, 0);
    cr_assert_eq(capacity_on(&f, "W1", DAY(MONDAY)).overbooked, 2);
    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_PROMISED);
}

Test(R9, more_capacity_moves_no_ship_day)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", NULL, 8, 1));

    feed(&f, limited(50, CAPACITY_UNITS));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(TUESDAY));
    USED(&f, "W1", 5, 3);
    feed(&f, placed("O2", "A", NULL, 45, 2));
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY(MONDAY));
}

Test(R9, another_unit_counts_all_that_is_booked_anew)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, two_lines("O1", 4, 4, 1));
    feed(&f, placed("O2", "A", NULL, 2, 2));
    USED(&f, "W1", 5, 5);

    feed(&f, limited(5, CAPACITY_LINES));
    USED(&f, "W1", 2, 2);
    feed(&f, limited(5, CAPACITY_ORDERS));

    USED(&f, "W1", 1, 2);
}

/* ------------------------------------------------------------------ what comes and goes */

Test(R9, what_is_cancelled_comes_off_the_first_day)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", NULL, 12, 1));

    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 4, 2));
    USED(&f, "W1", 1, 5, 2);
    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, 10, 3));

    USED(&f, "W1", 0, 4, 2);
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY));
    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 6, 4));
    USED(&f, "W1", 0, 0, 0);
}

Test(R9, what_is_added_sits_on_the_ship_day)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", "W1", 8, 1));
    USED(&f, "W1", 5, 3);

    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, 12, 2));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(TUESDAY));
    USED(&f, "W1", 5, 7);
    cr_assert_eq(capacity_on(&f, "W1", DAY(TUESDAY)).overbooked, 2);
}

Test(R9, what_is_added_after_the_ship_day_has_passed_is_late_work)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", "W1", 2, 1));
    tick(&f, CLOCK(WEDNESDAY, 9, 0));

    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, 3, CLOCK(WEDNESDAY, 9, 1)));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    cr_assert_eq(used_on(&f, "W1", DAY(WEDNESDAY)), 3);
}

Test(R9, another_location_frees_the_days_and_gives_a_new_one)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    struct event other = limited(2, CAPACITY_UNITS);
    other.location.location = BYTES_LITERAL("W2");
    feed(&f, other);
    feed(&f, lane("W2", "north"));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W2", 100, 0));
    feed(&f, placed("O1", "A", "W1", 8, 1));

    feed(&f, order(EVENT_ORDER_ASSIGNED, "O1", "1", "", "W2", 0, 2));

    USED(&f, "W1", 0, 0);
    USED(&f, "W2", 2, 2, 2, 2);
    cr_assert_eq(ship_on(&f, "O1", "W2"), DAY(THURSDAY));
    cr_assert_eq(promised(&f, "O1")->lines[0].part_count, 1);
}

Test(R9, shorted_units_lose_their_day)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", NULL, 8, 1));
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 0, 2));
    struct event shorted = shipped("O1", "P1", "A", "W1", 8, 3);
    shorted.type = EVENT_SHIPMENT_SHORTED;

    feed(&f, shorted);

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY_NONE);
    USED(&f, "W1", 0, 0);
    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_AT_RISK, "a date was promised");
    cr_assert_eq(promised(&f, "O1")->lines[0].expected_by, DAY_NONE);
}

Test(R9, shipped_units_sit_on_the_day_on_which_they_left)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", "W1", 12, 1));

    feed(&f, shipped("O1", "S1", "A", "W1", 3, 10));

    USED(&f, "W1", 5, 5, 2);
    tick(&f, CLOCK(TUESDAY, 9, 0));
    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 7, "the other two of Monday are late");
    feed(&f, shipped("O1", "S2", "A", "W1", 9, CLOCK(TUESDAY, 9, 0)));
    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 9);
    cr_assert_eq(used_on(&f, "W1", DAY(WEDNESDAY)), 0);
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY), "told though nothing is open");

    feed(&f, shipped("O9", "S9", "B", "W1", 4, CLOCK(MONDAY, 12, 0)));

    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 9, "past days are over");
}

Test(R9, the_day_of_a_shipment_is_a_date_of_its_location)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const struct zone_rules tokyo = { .first_offset = 32400, .standard_offset = 32400,
                                      .daylight_offset = 32400 };
    know_zone(&f, "Asia/Tokyo", &tokyo);
    struct event place = limited(5, CAPACITY_UNITS);
    place.location.time_zone = BYTES_LITERAL("Asia/Tokyo");
    feed(&f, place);

    feed(&f, shipped("O1", "S1", "A", "W1", 3, CLOCK(MONDAY, 15, 0)));

    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 3, "Tuesday 00:00 there, and parked");
    feed(&f, shipped("O2", "S1", "A", "W1", 1, CLOCK(MONDAY, 14, 59)));
    cr_assert_eq(used_on(&f, "W1", DAY(TUESDAY)), 3, "Monday is over there");
}

Test(R9, a_void_gives_back_what_the_shipment_took)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", "W1", 12, 1));
    feed(&f, shipped("O1", "S1", "A", "W1", 7, 10));
    USED(&f, "W1", 7, 3, 2);

    feed(&f, shipment(EVENT_SHIPMENT_VOIDED, "O1", "S1", 11));

    USED(&f, "W1", 0, 3, 9);
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY), "units that are added sit on it");
}

Test(R9, a_line_and_an_order_count_on_the_day_they_left_once)
{
    struct fixture f = world_with(limited(5, CAPACITY_LINES));
    feed(&f, two_lines("O1", 4, 4, 1));
    USED(&f, "W1", 2);
    feed(&f, shipped("O1", "S1", "A", "W1", 4, 10));
    USED(&f, "W1", 2);

    feed(&f, limited(5, CAPACITY_ORDERS));
    USED(&f, "W1", 1);
    feed(&f, shipment(EVENT_SHIPMENT_VOIDED, "O1", "S1", 11));

    USED(&f, "W1", 1);
    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 4, 12));
    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "2", "", NULL, 4, 13));
    USED(&f, "W1", 0);
}

Test(R9, what_a_forgotten_order_shipped_stays_counted)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    const int64_t now = CLOCK(31, 9, 0);
    tick(&f, now);

    feed(&f, shipped("O1", "S1", "A", "W1", 3, now));

    cr_assert_eq(used_on(&f, "W1", DAY(31)), 3);
    feed(&f, shipment(EVENT_SHIPMENT_VOIDED, "O1", "S1", now + 1));
    cr_assert_eq(used_on(&f, "W1", DAY(31)), 0);
}

/* ------------------------------------------------------------------ when a day is chosen */

Test(R9, while_a_unit_is_not_covered_a_part_has_no_day_and_takes_no_capacity)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", NULL, 101, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY_NONE);
    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_BACKORDERED);
    USED(&f, "W1", 0);
    feed(&f, placed("O2", "B", NULL, 5, 2));
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY(MONDAY));

    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 1, 3));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(TUESDAY) + 20, "101 units at five a day");
}

Test(R9, ship_days_are_given_in_the_order_in_which_parts_become_covered)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -100, 1));
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "B", "W1", -100, 1));
    feed(&f, placed("O1", "A", "W1", 5, 2));
    feed(&f, placed("O2", "B", "W1", 5, 3));
    feed(&f, placed("O3", "B", "W1", 5, 4));

    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W1", 5, 5));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 5, 6));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W1", 5, 7));

    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY(MONDAY));
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(TUESDAY));
    cr_assert_eq(ship_on(&f, "O3", "W1"), DAY(WEDNESDAY));
}

Test(R9, parts_covered_by_one_event_come_in_the_order_of_their_lines)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -100, 1));
    feed(&f, placed("O9", "A", "W1", 5, 2));
    feed(&f, placed("O1", "A", "W1", 3, 3));
    feed(&f, placed("O5", "A", "W1", 2, 4));

    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 100, 5));

    cr_assert_eq(ship_on(&f, "O9", "W1"), DAY(MONDAY));
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(TUESDAY));
    cr_assert_eq(ship_on(&f, "O5", "W1"), DAY(TUESDAY));
}

static struct event expected(const char *sku, const char *inbound_id, int64_t quantity,
                             int32_t eta, int64_t minute)
{
    struct event event = stock(EVENT_INBOUND_EXPECTED, sku, "W1", quantity, minute);
    event.stock.inbound_id = bytes_text(inbound_id);
    event.stock.eta = eta;
    return event;
}

Test(R9, usable_inbound_covers_and_its_units_fill_from_their_own_day)
{
    struct fixture f = world_with(limited(50, CAPACITY_UNITS));
    feed(&f, expected("A", "I1", 30, DAY(WEDNESDAY), 1));

    feed(&f, placed("O1", "A", NULL, 120, 2));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(THURSDAY));
    USED(&f, "W1", 50, 50, 0, 20, 0);
}

Test(R9, exactly_once_under_duplicates)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    struct event place = placed("O1", "A", NULL, 8, 1);
    place.id = BYTES_LITERAL("placed");
    struct event ship = shipped("O1", "S1", "A", "W1", 2, 2);
    ship.id = BYTES_LITERAL("shipped");
    feed(&f, place);
    feed(&f, ship);
    USED(&f, "W1", 5, 3);

    cr_assert_eq(feed(&f, place), RESULT_DUPLICATE);
    cr_assert_eq(feed(&f, ship), RESULT_DUPLICATE);
    cr_assert_eq(feed(&f, shipped("O1", "S1", "A", "W1", 2, 3)), RESULT_DUPLICATE);

    USED(&f, "W1", 5, 3);
}

Test(R9, capacity_set_free_goes_to_a_part_that_found_none)
{
    static const struct day_capacity monday[] = { { DAY(MONDAY), 5 } };
    struct event place = limited(0, CAPACITY_UNITS);
    place.location.overrides = monday;
    place.location.override_count = 1;
    struct fixture f = world_with(place);
    feed(&f, placed("O1", "A", NULL, 5, 1));
    feed(&f, placed("O2", "A", NULL, 3, 2));
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY_NONE);

    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 5, 3));

    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY(MONDAY));
    USED(&f, "W1", 3);
}

/* ------------------------------------------------------------------ promises.locations */

Test(documents, a_location_ships_on_the_first_day_with_capacity)
{
    struct fixture f = world_with(limited(5, CAPACITY_UNITS));
    feed(&f, placed("O1", "A", NULL, 5, 1));

    cr_assert_eq(site_at(&f, "W1")->ships_on, DAY(TUESDAY));
    cr_assert_eq(site_at(&f, "W1")->cutoff_at_ms, START_MS + CLOCK(TUESDAY, 15, 0) * MINUTE_MS,
                 "ordered on Tuesday it still ships on Tuesday");
    cr_assert_eq(site_at(&f, "W1")->valid_until_ms, site_at(&f, "W1")->cutoff_at_ms);
    cr_assert_eq(site_at(&f, "W1")->capacity_count, 2, "today, and up to ships_on");
    cr_assert_eq(site_at(&f, "W1")->capacity[0].day, DAY(MONDAY));
    cr_assert_eq(site_at(&f, "W1")->capacity[1].remaining, 5);
}

Test(documents, a_cut_off_that_changes_nothing_is_passed_over)
{
    static const struct day_capacity none[] = { { DAY(TUESDAY), 0 }, { DAY(WEDNESDAY), 0 } };
    struct event place = limited(5, CAPACITY_UNITS);
    place.location.processing_days = 1;
    place.location.overrides = none;
    place.location.override_count = 2;
    struct fixture f = world_with(place);

    const struct site_document *site = site_at(&f, "W1");

    cr_assert_eq(site->ships_on, DAY(THURSDAY));
    cr_assert_eq(site->cutoff_at_ms, START_MS + CLOCK(WEDNESDAY, 15, 0) * MINUTE_MS);
}

Test(documents, capacity_shows_days_that_are_used_or_overridden)
{
    static const struct day_capacity overrides[] = { { DAY(10), 7 }, { DAY(20), 8 } };
    struct event place = limited(5, CAPACITY_UNITS);
    place.location.overrides = overrides;
    place.location.override_count = 2;
    struct fixture f = world_with(place);
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -100, 1));
    feed(&f, expected("A", "I1", 3, DAY(13), 1));
    feed(&f, placed("O1", "A", NULL, 3, 2));

    const struct site_document *site = site_at(&f, "W1");

    cr_assert_eq(site->ships_on, DAY(MONDAY));
    cr_assert_eq(site->capacity_count, 4);
    cr_assert_eq(site->capacity[0].day, DAY(MONDAY));
    cr_assert_eq(site->capacity[1].day, DAY(10));
    cr_assert_eq(site->capacity[1].planned, 7);
    cr_assert_eq(site->capacity[2].day, DAY(14));
    cr_assert_eq(site->capacity[2].used, 3);
    cr_assert_eq(site->capacity[3].day, DAY(20));
}

Test(documents, pickup_is_on_ships_on_not_before_its_opening)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const struct zone_rules kolkata = { .first_offset = 19800, .standard_offset = 19800,
                                        .daylight_offset = 19800 };
    know_zone(&f, "Asia/Kolkata", &kolkata);
    struct event place = limited(CAPACITY_UNLIMITED, CAPACITY_UNITS);
    place.location.time_zone = BYTES_LITERAL("Asia/Kolkata");
    feed(&f, place);
    cr_assert_eq(site_at(&f, "W1")->pickup.day, DAY_NONE, "no pickup");
    place.location.pickup = true;
    place.location.pickup_minutes = 45;
    place.location.opens_minute = 8 * 60;

    feed(&f, place);

    cr_assert_eq(site_at(&f, "W1")->pickup.day, DAY(MONDAY));
    cr_assert_eq(site_at(&f, "W1")->pickup.minutes, 45);
    cr_assert_eq(site_at(&f, "W1")->pickup.from_ms, START_MS + CLOCK(MONDAY, 2, 30) * MINUTE_MS);
}

Test(documents, zones_of_a_location_come_by_zone_and_service)
{
    struct fixture f = world_with(limited(CAPACITY_UNLIMITED, CAPACITY_UNITS));
    struct event express = lane("W1", "north");
    express.lane.service = BYTES_LITERAL("express");
    express.lane.transit_days_max = 0;
    express.lane.cost = 900;
    feed(&f, lane("W1", "east"));
    feed(&f, express);

    const struct site_document *site = site_at(&f, "W1");

    cr_assert_eq(site->zone_count, 3);
    cr_assert(text_is(site->zones[0].zone, "east"));
    cr_assert(text_is(site->zones[1].service, "express"));
    cr_assert(text_is(site->zones[2].service, "standard"));
    cr_assert_eq(site->zones[1].from, DAY(MONDAY));
    cr_assert_eq(site->zones[1].by, DAY(MONDAY));
    cr_assert_eq(site->zones[1].cost, 900);
    cr_assert_eq(site->zones[2].by, DAY(TUESDAY));
}

Test(documents, a_location_that_is_off_has_no_dates)
{
    struct event place = limited(5, CAPACITY_UNITS);
    place.location.pickup = true;
    struct fixture f = world_with(place);
    feed(&f, placed("O1", "A", NULL, 5, 1));
    place.location.enabled = false;

    feed(&f, place);

    const struct site_document *site = site_at(&f, "W1");
    cr_assert_eq(site->ships_on, DAY_NONE);
    cr_assert_eq(site->cutoff_at_ms, INSTANT_NONE);
    cr_assert_eq(site->valid_until_ms, INSTANT_NONE);
    cr_assert_eq(site->pickup.day, DAY_NONE);
    cr_assert_eq(site->zones[0].from, DAY_NONE);
    cr_assert_eq(site->zones[0].by, DAY_NONE);
    cr_assert_eq(site->capacity[0].used, 5, "what is booked is still told");
}

Test(documents, as_of_of_a_location_is_that_of_its_newest_event)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, limited(5, CAPACITY_UNITS));
    cr_assert_eq(derived(&f, TOPIC_PROMISES_LOCATIONS, "W1")->as_of, TIME_NONE);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 1, 7));
    cr_assert_eq(derived(&f, TOPIC_PROMISES_LOCATIONS, "W1")->as_of, at_minute(7));
    feed(&f, placed("O1", "A", "W1", 1, 9));

    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 1, 8));

    cr_assert_eq(derived(&f, TOPIC_PROMISES_LOCATIONS, "W1")->as_of, at_minute(9));
}
