/* SPDX-License-Identifier: Apache-2.0 */
/* Contract section 4, R8: civil dates, through the world's own documents. */
#include "world_fixture.h"

/* W1 has ten of A and a lane to `north` that arrives on the day it ships. */
static void stocked(struct fixture *f, struct event place)
{
    struct event way = lane("W1", "north");
    way.lane.transit_days_max = 0;
    way.lane.transit_weekdays = ALL_WEEK;
    way.lane.delivery_weekdays = ALL_WEEK;
    feed(f, place);
    feed(f, way);
    feed(f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
}

static struct fixture world_with(struct event place)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    stocked(&f, place);
    return f;
}

static struct event every_day(const char *name)
{
    struct event place = location(name);
    place.location.working_days = ALL_WEEK;
    return place;
}

/* What the location, an offer and an order placed now say of the ship day: they must agree. */
static int32_t ships_now(struct fixture *f)
{
    const int32_t day = site_at(f, "W1")->ships_on;
    cr_assert_eq(offer_at(f, 0).ship_on, day);
    const int64_t minute = (f->now_ms - START_MS) / MINUTE_MS;
    char order_id[16];
    (void)snprintf(order_id, sizeof order_id, "P%d", f->next_id);
    feed(f, placed(order_id, "A", NULL, 1, minute));
    cr_assert_eq(ship_on(f, order_id, "W1"), day);
    feed(f, order(EVENT_ORDER_CANCELLED, order_id, "1", "", NULL, 1, minute));
    return day;
}

static int32_t ships_at(struct fixture *f, int64_t minute)
{
    tick(f, minute);
    return ships_now(f);
}

Test(R8, day_zero_is_today_before_the_cut_off_and_not_at_it)
{
    struct fixture f = world_with(location("W1"));

    cr_assert_eq(ships_at(&f, CLOCK(MONDAY, 14, 59)), DAY(MONDAY));
    cr_assert_eq(site_at(&f, "W1")->cutoff_at_ms, START_MS + CLOCK(MONDAY, 15, 0) * MINUTE_MS);

    cr_assert_eq(ships_at(&f, CLOCK(MONDAY, 15, 0)), DAY(TUESDAY), "at the cut-off is too late");
    cr_assert_eq(site_at(&f, "W1")->cutoff_at_ms, START_MS + CLOCK(TUESDAY, 15, 0) * MINUTE_MS);
}

Test(R8, after_the_last_cut_off_of_the_week_day_zero_is_monday)
{
    struct fixture f = world_with(location("W1"));

    cr_assert_eq(ships_at(&f, CLOCK(FRIDAY, 14, 59)), DAY(FRIDAY));
    cr_assert_eq(ships_at(&f, CLOCK(FRIDAY, 15, 0)), DAY(NEXT_MONDAY));
    cr_assert_eq(ships_at(&f, CLOCK(SATURDAY, 9, 0)), DAY(NEXT_MONDAY), "before 15:00, not worked");
}

Test(R8, a_cut_off_is_a_time_of_the_locations_clock)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const struct zone_rules kolkata = { .first_offset = 19800, .standard_offset = 19800,
                                        .daylight_offset = 19800 };
    know_zone(&f, "Asia/Kolkata", &kolkata);
    struct event place = every_day("W1");
    place.location.time_zone = BYTES_LITERAL("Asia/Kolkata");
    stocked(&f, place);

    cr_assert_eq(ships_at(&f, CLOCK(MONDAY, 9, 29)), DAY(MONDAY));
    cr_assert_eq(ships_at(&f, CLOCK(MONDAY, 9, 30)), DAY(TUESDAY), "15:00 there");
    cr_assert_eq(ships_at(&f, CLOCK(MONDAY, 18, 30)), DAY(TUESDAY), "midnight there");
    cr_assert_eq(ships_at(&f, CLOCK(TUESDAY, 9, 30)), DAY(WEDNESDAY));
}

Test(R8, a_gap_moves_the_cut_off_to_the_first_instant_after_it)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const struct zone_rules zone = zone_changing(60, CLOCK(TUESDAY, 1, 0), 120);
    know_zone(&f, "Europe/Berlin", &zone);
    struct event place = every_day("W1");
    place.location.time_zone = BYTES_LITERAL("Europe/Berlin");
    place.location.cutoff_minute = 2 * 60 + 30;
    stocked(&f, place);

    cr_assert_eq(ships_at(&f, CLOCK(TUESDAY, 0, 59)), DAY(TUESDAY), "01:59 there");
    cr_assert_eq(site_at(&f, "W1")->cutoff_at_ms, START_MS + CLOCK(TUESDAY, 1, 0) * MINUTE_MS);
    cr_assert_eq(ships_at(&f, CLOCK(TUESDAY, 1, 0)), DAY(WEDNESDAY), "03:00 there, never 02:30");
    cr_assert_eq(site_at(&f, "W1")->cutoff_at_ms, START_MS + CLOCK(WEDNESDAY, 0, 30) * MINUTE_MS);
}

Test(R8, an_overlap_takes_the_first_of_the_two_cut_offs)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const struct zone_rules zone = zone_changing(120, CLOCK(TUESDAY, 1, 0), 60);
    know_zone(&f, "Europe/Berlin", &zone);
    struct event place = every_day("W1");
    place.location.time_zone = BYTES_LITERAL("Europe/Berlin");
    place.location.cutoff_minute = 2 * 60 + 30;
    stocked(&f, place);

    cr_assert_eq(ships_at(&f, CLOCK(TUESDAY, 0, 29)), DAY(TUESDAY), "02:29 there, the first time");
    cr_assert_eq(ships_at(&f, CLOCK(TUESDAY, 0, 30)), DAY(WEDNESDAY));
    cr_assert_eq(ships_at(&f, CLOCK(TUESDAY, 1, 10)), DAY(WEDNESDAY), "02:10 there once more");
}

Test(R8, a_day_that_the_zone_skipped_is_not_worked)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const struct zone_rules apia = zone_changing(-600, CLOCK(WEDNESDAY, 10, 0), 840);
    know_zone(&f, "Pacific/Apia", &apia);
    struct event place = every_day("W1");
    place.location.time_zone = BYTES_LITERAL("Pacific/Apia");
    stocked(&f, place);

    cr_assert_eq(ships_at(&f, CLOCK(WEDNESDAY, 0, 59)), DAY(TUESDAY), "Tuesday 14:59 there");
    cr_assert_eq(ships_at(&f, CLOCK(WEDNESDAY, 1, 0)), DAY(THURSDAY), "there was no Wednesday");
    place.location.processing_days = 1;
    feed(&f, place);

    cr_assert_eq(ships_now(&f), DAY(FRIDAY));
    cr_assert_eq(ships_at(&f, CLOCK(WEDNESDAY, 10, 0)), DAY(FRIDAY), "Thursday 00:00 there");
}

Test(R8, processing_takes_working_days)
{
    struct event place = location("W1");
    place.location.processing_days = 2;
    struct fixture f = world_with(place);

    cr_assert_eq(ships_at(&f, CLOCK(MONDAY, 9, 0)), DAY(WEDNESDAY));
    cr_assert_eq(ships_at(&f, CLOCK(MONDAY, 15, 0)), DAY(THURSDAY), "from Tuesday on");
    cr_assert_eq(ships_at(&f, CLOCK(THURSDAY, 9, 0)), DAY(NEXT_MONDAY), "over the weekend");
    cr_assert_eq(ships_at(&f, CLOCK(SATURDAY, 9, 0)), DAY(NEXT_MONDAY + 2));
}

Test(R8, open_beats_closed_beats_working_days)
{
    static const int32_t closed[] = { DAY(TUESDAY), DAY(WEDNESDAY) };
    static const int32_t open[] = { DAY(TUESDAY), DAY(SATURDAY) };
    struct event place = location("W1");
    place.location.closed = closed;
    place.location.closed_count = 2;
    place.location.open = open;
    place.location.open_count = 2;
    struct fixture f = world_with(place);

    cr_assert_eq(ships_at(&f, CLOCK(MONDAY, 15, 0)), DAY(TUESDAY), "open beats closed");
    cr_assert_eq(ships_at(&f, CLOCK(TUESDAY, 15, 0)), DAY(THURSDAY), "closed beats working days");
    cr_assert_eq(ships_at(&f, CLOCK(FRIDAY, 15, 0)), DAY(SATURDAY), "open beats working days");
}

Test(R8, the_29th_of_february_is_a_day)
{
    struct fixture f = world_with(location("W1"));
    const int32_t day = civil_day((struct civil){ 2028, 2, 28 });
    const int64_t minute = (int64_t)(day - START_DAY) * 24 * 60;

    cr_assert_eq(ships_at(&f, minute + 14 * 60), day);
    cr_assert_eq(ships_at(&f, minute + 15 * 60), civil_day((struct civil){ 2028, 2, 29 }));
    cr_assert_eq(ships_at(&f, minute + 39 * 60), civil_day((struct civil){ 2028, 3, 1 }));
}

/* From and by of A from W1, ordered on this day at 9:00, with this lane. */
static struct offer_document by_lane(const struct event *way, int32_t day)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, every_day("W1"));
    feed(&f, *way);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    tick(&f, CLOCK(day, 9, 0));
    return offer_at(&f, 0);
}

Test(R8, transit_counts_the_lanes_weekdays_from_the_day_after)
{
    struct event way = lane("W1", "north");
    way.lane.transit_days_min = 1;
    way.lane.transit_days_max = 2;

    cr_assert_eq(by_lane(&way, MONDAY).from, DAY(TUESDAY));
    cr_assert_eq(by_lane(&way, MONDAY).by, DAY(WEDNESDAY));
    cr_assert_eq(by_lane(&way, FRIDAY).from, DAY(NEXT_MONDAY), "not on Saturday or Sunday");
    cr_assert_eq(by_lane(&way, FRIDAY).by, DAY(NEXT_MONDAY + 1));
    cr_assert_eq(by_lane(&way, SATURDAY).from, DAY(NEXT_MONDAY), "the ship day itself may be any");
}

Test(R8, it_is_delivered_on_the_next_delivery_weekday)
{
    struct event way = lane("W1", "north");
    way.lane.transit_days_max = 1;
    way.lane.transit_weekdays = ALL_WEEK;
    way.lane.delivery_weekdays = UINT8_C(1) << WEDNESDAY | UINT8_C(1) << SATURDAY;

    cr_assert_eq(by_lane(&way, MONDAY).from, DAY(WEDNESDAY), "after no transit");
    cr_assert_eq(by_lane(&way, MONDAY).by, DAY(WEDNESDAY));
    cr_assert_eq(by_lane(&way, WEDNESDAY).from, DAY(WEDNESDAY));
    cr_assert_eq(by_lane(&way, WEDNESDAY).by, DAY(SATURDAY));
    cr_assert_eq(by_lane(&way, SATURDAY).by, DAY(NEXT_MONDAY + 2));
}

Test(R8, on_closed_days_a_lane_neither_moves_nor_delivers)
{
    static const int32_t closed[] = { DAY(TUESDAY), DAY(THURSDAY) };
    struct event way = lane("W1", "north");
    way.lane.transit_days_min = 1;
    way.lane.transit_days_max = 2;
    way.lane.closed = closed;
    way.lane.closed_count = 2;

    cr_assert_eq(by_lane(&way, MONDAY).from, DAY(WEDNESDAY), "Tuesday is no transit day");
    cr_assert_eq(by_lane(&way, MONDAY).by, DAY(FRIDAY), "nor is Thursday");
    way.lane.transit_days_min = 0;

    cr_assert_eq(by_lane(&way, TUESDAY).ship_on, DAY(TUESDAY), "the location works");
    cr_assert_eq(by_lane(&way, TUESDAY).from, DAY(WEDNESDAY), "nothing is delivered on Tuesday");
}

/* A world where W1 works on one day only, so many days from the Monday. */
static struct fixture working_on(int32_t day, int32_t transit_days)
{
    static int32_t open[1];
    open[0] = DAY(day);
    struct event place = location("W1");
    place.location.working_days = 0;
    place.location.open = open;
    place.location.open_count = 1;
    struct event way = lane("W1", "north");
    way.lane.transit_days_max = transit_days;
    way.lane.transit_weekdays = ALL_WEEK;
    way.lane.delivery_weekdays = ALL_WEEK;
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, place);
    feed(&f, way);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    return f;
}

Test(R8, no_ship_day_lies_beyond_today_and_120_days)
{
    struct fixture at_the_end = working_on(120, 0);
    struct fixture beyond = working_on(121, 0);

    cr_assert_eq(site_at(&at_the_end, "W1")->ships_on, DAY(120));
    cr_assert_eq(offer_at(&at_the_end, 0).by, DAY(120));
    cr_assert_eq(site_at(&beyond, "W1")->ships_on, DAY_NONE);
    cr_assert_eq(site_at(&beyond, "W1")->cutoff_at_ms, INSTANT_NONE);
    cr_assert_eq(offer_count(&beyond), 0);
    tick(&beyond, CLOCK(1, 0, 0));
    cr_assert_eq(site_at(&beyond, "W1")->ships_on, DAY(121), "a day later it does not");
    cr_assert_eq(offer_count(&beyond), 1);
}

Test(R8, no_date_of_arrival_lies_beyond_today_and_120_days)
{
    struct fixture f = working_on(120, 1);

    cr_assert_eq(site_at(&f, "W1")->ships_on, DAY(120));
    cr_assert_eq(site_at(&f, "W1")->zones[0].from, DAY(120));
    cr_assert_eq(site_at(&f, "W1")->zones[0].by, DAY_NONE);
    cr_assert_eq(offer_count(&f), 0);
    feed(&f, placed("O1", "A", NULL, 1, 1));
    cr_assert_eq(promised(&f, "O1")->lines[0].promised_by, DAY_NONE);

    tick(&f, CLOCK(1, 0, 0));

    cr_assert_eq(offer_at(&f, 0).by, DAY(121));
}

Test(R8, nothing_of_a_preorder_ships_before_its_day)
{
    struct fixture f = world_with(location("W1"));
    struct event described = item("A");
    described.item.preorder_from = DAY(SATURDAY);
    feed(&f, described);

    cr_assert_eq(site_at(&f, "W1")->ships_on, DAY(MONDAY), "the location knows no items");
    cr_assert_eq(offer_at(&f, 0).ship_on, DAY(NEXT_MONDAY), "the first working day from Saturday");
    feed(&f, placed("O1", "A", NULL, 1, 1));
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(NEXT_MONDAY));
    described.item.preorder_from = DAY(MONDAY) - 1;
    feed(&f, described);

    cr_assert_eq(offer_at(&f, 0).ship_on, DAY(MONDAY), "its day has come");
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(NEXT_MONDAY), "a ship day is chosen once");
}

/* The first offer of A that is made at W1 in so many days, with nothing on hand. */
static int32_t made_in(int32_t lead_days, int32_t processing_days, int64_t minute)
{
    struct event place = location("W1");
    place.location.processing_days = processing_days;
    struct fixture f = world_with(place);
    struct event described = item("A");
    described.item.made_to_order = true;
    described.item.lead_days = lead_days;
    feed(&f, described);
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -10, 0));
    tick(&f, minute);
    cr_assert_eq(offer_at(&f, 0).quantity, UNITS_UNLIMITED);
    feed(&f, placed("O1", "A", NULL, 1000, minute));
    cr_assert_eq(ship_on(&f, "O1", "W1"), offer_at(&f, 0).ship_on);
    return offer_at(&f, 0).ship_on;
}

Test(R8, what_is_made_to_order_is_usable_on_a_working_day_after_day_zero)
{
    cr_assert_eq(made_in(0, 0, CLOCK(MONDAY, 9, 0)), DAY(MONDAY));
    cr_assert_eq(made_in(0, 0, CLOCK(MONDAY, 15, 0)), DAY(TUESDAY));
    cr_assert_eq(made_in(2, 0, CLOCK(MONDAY, 9, 0)), DAY(WEDNESDAY));
    cr_assert_eq(made_in(2, 1, CLOCK(MONDAY, 15, 0)), DAY(FRIDAY), "Tuesday, two, and one more");
    cr_assert_eq(made_in(1, 1, CLOCK(FRIDAY, 9, 0)), DAY(NEXT_MONDAY + 1));
}

/* The ship day of A, of which ten are expected at W1 on `eta`, at a minute. */
static int32_t inbound_ships(int32_t eta, int32_t processing_days, int64_t minute)
{
    struct event place = location("W1");
    place.location.processing_days = processing_days;
    struct fixture f = world_with(place);
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -10, 0));
    struct event expected = stock(EVENT_INBOUND_EXPECTED, "A", "W1", 10, 0);
    expected.stock.inbound_id = BYTES_LITERAL("I1");
    expected.stock.eta = eta;
    feed(&f, expected);
    tick(&f, minute);
    return offer_at(&f, 0).ship_on;
}

Test(R8, inbound_is_usable_on_the_first_working_day_after_its_eta)
{
    cr_assert_eq(inbound_ships(DAY(MONDAY), 0, CLOCK(MONDAY, 9, 0)), DAY(TUESDAY));
    cr_assert_eq(inbound_ships(DAY(MONDAY), 0, CLOCK(MONDAY, 20, 0)), DAY(TUESDAY), "no cut-off");
    cr_assert_eq(inbound_ships(DAY(WEDNESDAY), 0, CLOCK(MONDAY, 9, 0)), DAY(THURSDAY));
    cr_assert_eq(inbound_ships(DAY(FRIDAY), 0, CLOCK(MONDAY, 9, 0)), DAY(NEXT_MONDAY));
    cr_assert_eq(inbound_ships(DAY(WEDNESDAY), 2, CLOCK(MONDAY, 9, 0)), DAY(NEXT_MONDAY));
    cr_assert_eq(inbound_ships(DAY_NONE, 0, CLOCK(MONDAY, 9, 0)), DAY_NONE, "no eta");
}

Test(R8, overdue_inbound_counts_as_due_today_for_the_grace)
{
    cr_assert_eq(inbound_ships(DAY(MONDAY), 0, CLOCK(TUESDAY, 9, 0)), DAY(WEDNESDAY));
    cr_assert_eq(inbound_ships(DAY(MONDAY), 0, CLOCK(WEDNESDAY, 9, 0)), DAY_NONE, "two days late");
    cr_assert_eq(inbound_ships(DAY(FRIDAY), 0, CLOCK(SUNDAY, 9, 0)), DAY(NEXT_MONDAY),
                 "not one working day late");
    cr_assert_eq(inbound_ships(DAY(FRIDAY), 0, CLOCK(NEXT_MONDAY, 9, 0)), DAY(NEXT_MONDAY + 1));
}

Test(R8, the_ship_day_is_the_first_with_capacity)
{
    static const struct day_capacity full[] = { { DAY(MONDAY), 0 }, { DAY(TUESDAY), 0 } };
    struct event place = location("W1");
    place.location.overrides = full;
    place.location.override_count = 2;
    struct fixture f = world_with(place);

    cr_assert_eq(ships_now(&f), DAY(WEDNESDAY));
}

Test(R8, a_changed_calendar_changes_the_dates_at_once)
{
    struct fixture f = world_with(location("W1"));
    static const int32_t closed[] = { DAY(MONDAY) };
    struct event place = location("W1");
    place.location.closed = closed;
    place.location.closed_count = 1;

    feed(&f, place);

    cr_assert_eq(ships_now(&f), DAY(TUESDAY));
}
