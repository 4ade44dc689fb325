/* SPDX-License-Identifier: Apache-2.0 */
/* Contract section 3, promises.items, with R9, R11 and R12: offers, and why not sooner. */
#include "world_fixture.h"

static void open_shop(struct fixture *f, const char *name, int64_t units, int32_t transit_days)
{
    feed(f, shop_location(name, 100));
    feed(f, shop_lane(name, transit_days, 100));
    if (units > 0) {
        feed(f, stock(EVENT_STOCK_RECEIVED, "A", name, units, 0));
    }
}

/* W1 alone, with units of A by Tuesday. */
static struct fixture one_shop(int64_t units)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    open_shop(&f, "W1", units, 1);
    return f;
}

static void expect(struct fixture *f, const char *where, const char *inbound_id, int64_t units,
                   int32_t eta)
{
    struct event expected = stock(EVENT_INBOUND_EXPECTED, "A", where, units, 0);
    expected.stock.inbound_id = bytes_text(inbound_id);
    expected.stock.eta = eta;
    feed(f, expected);
}

static void made(struct fixture *f, int32_t lead_days)
{
    struct event described = item("A");
    described.item.made_to_order = true;
    described.item.lead_days = lead_days;
    feed(f, described);
}

static void capacity(struct fixture *f, const char *where, enum capacity_unit unit, int64_t per_day)
{
    struct event place = shop_location(where, 100);
    place.location.capacity_unit = unit;
    place.location.capacity_per_day = per_day;
    feed(f, place);
}

static void offer_is(struct fixture *f, uint32_t nth, int64_t quantity, int32_t by,
                     const char *where)
{
    const struct offer_document offer = offer_at(f, nth);
    cr_assert_eq(offer.quantity, quantity, "offer %u: %lld, not %lld", nth,
                 (long long)offer.quantity, (long long)quantity);
    cr_assert_eq(offer.by, DAY(by), "offer %u: by %d, not %d", nth, (int)(offer.by - START_DAY),
                 (int)by);
    cr_assert(text_is(offer.location, where), "offer %u is not from %s", nth, where);
}

/* ------------------------------------------------------------------ segments and offers */

Test(documents, offers_are_cumulative_and_rising)
{
    struct fixture f = one_shop(5);
    open_shop(&f, "W2", 7, 3);

    offer_is(&f, 0, 5, TUESDAY, "W1");
    offer_is(&f, 1, 12, THURSDAY, "W2");
    cr_assert_eq(offer_count(&f), 2);
    cr_assert_eq(offer_at(&f, 1).ship_on, DAY(MONDAY));
    cr_assert_eq(offer_at(&f, 1).from, DAY(THURSDAY));
}

Test(documents, equal_dates_merge_and_the_first_names_the_rest)
{
    struct fixture f = one_shop(5);
    open_shop(&f, "W2", 3, 1);
    feed(&f, shop_lane("W2", 1, 99));
    offer_is(&f, 0, 8, TUESDAY, "W2");
    cr_assert_eq(offer_count(&f), 1);

    feed(&f, shop_lane("W2", 1, 100));
    offer_is(&f, 0, 8, TUESDAY, "W1");
    feed(&f, shop_location("W2", 99));

    offer_is(&f, 0, 8, TUESDAY, "W2");
}

Test(documents, a_merged_offer_has_the_dates_of_the_segment_that_names_it)
{
    struct fixture f = one_shop(5);
    feed(&f, shop_location("W2", 100));
    struct event way = shop_lane("W2", 1, 1);
    way.lane.transit_days_min = 0;
    feed(&f, way);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W2", 1, 0));

    offer_is(&f, 0, 6, TUESDAY, "W2");
    cr_assert_eq(offer_at(&f, 0).from, DAY(MONDAY));
}

Test(documents, the_first_four_offers_are_kept)
{
    struct fixture f = one_shop(1);
    open_shop(&f, "W2", 1, 2);
    open_shop(&f, "W3", 1, 3);
    open_shop(&f, "W4", 1, 4);
    open_shop(&f, "W5", 1, 5);

    cr_assert_eq(offer_count(&f), 4);
    offer_is(&f, 3, 4, FRIDAY, "W4");
}

Test(documents, held_and_safety_stock_are_not_offered)
{
    struct fixture f = one_shop(9);
    feed(&f, stock(EVENT_STOCK_HELD, "A", "W1", 2, 0));
    struct event described = item("A");
    described.item.safety_stock = 3;

    feed(&f, described);

    offer_is(&f, 0, 4, TUESDAY, "W1");
}

Test(documents, inbound_is_offered_from_its_day_on)
{
    struct fixture f = one_shop(5);
    expect(&f, "W1", "I1", 3, DAY(WEDNESDAY));
    expect(&f, "W1", "I2", 4, DAY(WEDNESDAY));
    expect(&f, "W1", "I3", 1, DAY(FRIDAY));

    offer_is(&f, 0, 5, TUESDAY, "W1");
    offer_is(&f, 1, 12, FRIDAY, "W1");
    offer_is(&f, 2, 13, SUNDAY, "W1");
}

Test(documents, inbound_first_repays_what_is_owed)
{
    struct fixture f = one_shop(2);
    feed(&f, placed("O1", "A", "W1", 5, 1));
    cr_assert_eq(offer_count(&f), 0);

    expect(&f, "W1", "I1", 5, DAY(TUESDAY));

    offer_is(&f, 0, 2, THURSDAY, "W1");
}

Test(documents, units_of_an_unfulfillable_order_take_nothing_off)
{
    struct fixture f = one_shop(5);
    struct event far = placed("O1", "A", NULL, 4, 1);
    far.order.zone = BYTES_LITERAL("mars");

    feed(&f, far);

    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_UNFULFILLABLE);
    offer_is(&f, 0, 5, TUESDAY, "W1");
    cr_assert_eq(sold(&f, "A|default")->available, 5);
}

Test(documents, what_is_sold_is_offered_no_more)
{
    struct fixture f = one_shop(5);

    feed(&f, placed("O1", "A", NULL, 4, 1));

    offer_is(&f, 0, 1, TUESDAY, "W1");
}

Test(documents, an_item_is_promised_in_each_network_from_its_locations_only)
{
    struct fixture f = one_shop(5);
    static const struct bytes web[] = { BYTES_LITERAL("web") };
    struct event place = shop_location("W2", 100);
    place.location.networks = web;
    place.location.network_count = 1;
    feed(&f, place);
    feed(&f, shop_lane("W2", 2, 100));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W2", 7, 0));

    offer_is(&f, 0, 5, TUESDAY, "W1");
    cr_assert_eq(offer_count(&f), 1);
    cr_assert_eq(promise_to(&f, "A|web", "north")->offers[0].quantity, 7);
}

/* ------------------------------------------------------------------ capacity */

Test(R9, where_capacity_cuts_an_offer_is_rounded_down_to_1_2_or_5)
{
    static const int64_t pairs[][2] = { { 1, 1 },   { 2, 2 },     { 3, 2 },     { 4, 2 },
                                        { 5, 5 },   { 9, 5 },     { 10, 10 },   { 19, 10 },
                                        { 20, 20 }, { 49, 20 },   { 50, 50 },   { 99, 50 },
                                        { 100, 100 }, { 999, 500 } };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct fixture f = one_shop(1000);

        capacity(&f, "W1", CAPACITY_UNITS, pairs[i][0]);

        offer_is(&f, 0, pairs[i][1], TUESDAY, "W1");
        world_close(&f);
    }
}

Test(R9, where_capacity_does_not_cut_an_offer_is_exact)
{
    struct fixture f = one_shop(7);
    capacity(&f, "W1", CAPACITY_UNITS, 7);
    offer_is(&f, 0, 7, TUESDAY, "W1");
    cr_assert_eq(offer_count(&f), 1);

    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 2, 1));

    offer_is(&f, 0, 5, TUESDAY, "W1");
    offer_is(&f, 1, 9, WEDNESDAY, "W1");
}

Test(R9, an_offer_goes_on_day_after_day)
{
    struct fixture f = one_shop(100);

    capacity(&f, "W1", CAPACITY_UNITS, 7);

    offer_is(&f, 0, 5, TUESDAY, "W1");
    offer_is(&f, 1, 10, WEDNESDAY, "W1");
    offer_is(&f, 2, 15, THURSDAY, "W1");
    offer_is(&f, 3, 20, FRIDAY, "W1");
    cr_assert_eq(offer_at(&f, 3).ship_on, DAY(THURSDAY));
}

Test(R9, an_offer_puts_whole_units_on_a_day)
{
    struct fixture f = one_shop(3);
    capacity(&f, "W1", CAPACITY_UNITS, 10);
    struct event described = item("A");
    described.item.workload = 4;

    feed(&f, described);

    offer_is(&f, 0, 2, TUESDAY, "W1");
    offer_is(&f, 1, 3, WEDNESDAY, "W1");
}

Test(R9, an_item_too_big_for_a_day_is_not_offered)
{
    struct fixture f = one_shop(3);
    capacity(&f, "W1", CAPACITY_UNITS, 3);
    struct event described = item("A");
    described.item.workload = 4;

    feed(&f, described);

    cr_assert_eq(offer_count(&f), 0);
    cr_assert_eq(site_at(&f, "W1")->ships_on, DAY(MONDAY), "for one unit of work");
}

Test(R9, of_lines_and_orders_any_number_while_one_remains)
{
    for (int unit = CAPACITY_LINES; unit <= CAPACITY_ORDERS; unit++) {
        struct fixture f = one_shop(30);
        capacity(&f, "W1", (enum capacity_unit)unit, 1);
        offer_is(&f, 0, 30, TUESDAY, "W1");

        feed(&f, placed("O1", "A", NULL, 1, 1));

        offer_is(&f, 0, 29, WEDNESDAY, "W1");
        world_close(&f);
    }
}

Test(R9, a_unit_sold_of_one_sku_takes_capacity_from_all)
{
    struct fixture f = one_shop(30);
    capacity(&f, "W1", CAPACITY_UNITS, 10);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W1", 30, 0));
    offer_is(&f, 0, 10, TUESDAY, "W1");

    feed(&f, placed("O1", "B", NULL, 1, 1));

    offer_is(&f, 0, 5, TUESDAY, "W1");
    const struct document_key key =
        world_find_key(f.world, TOPIC_PROMISES_ITEMS, BYTES_LITERAL("A|default"));
    cr_assert(world_key_due(f.world, key, f.sequence - 1), "and so its key is due");
}

/* ------------------------------------------------------------------ made, preordered, ended */

Test(documents, what_is_made_to_order_is_offered_without_limit_from_its_day)
{
    struct fixture f = one_shop(5);

    made(&f, 3);

    offer_is(&f, 0, 5, TUESDAY, "W1");
    offer_is(&f, 1, UNITS_UNLIMITED, FRIDAY, "W1");
    cr_assert_eq(offer_count(&f), 2, "nothing follows");
}

Test(documents, nothing_follows_an_offer_without_limit)
{
    struct fixture f = one_shop(5);
    open_shop(&f, "W2", 50, 6);

    made(&f, 3);

    cr_assert_eq(offer_count(&f), 2);
    offer_is(&f, 1, UNITS_UNLIMITED, FRIDAY, "W1");
}

Test(documents, with_capacity_even_what_is_made_is_offered_day_by_day)
{
    struct fixture f = one_shop(0);
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 0, 0));
    capacity(&f, "W1", CAPACITY_UNITS, 7);

    made(&f, 1);

    offer_is(&f, 0, 5, WEDNESDAY, "W1");
    offer_is(&f, 3, 20, SATURDAY, "W1");
}

Test(documents, a_discontinued_item_sells_what_is_there_only)
{
    struct fixture f = one_shop(5);
    expect(&f, "W1", "I1", 3, DAY(MONDAY));
    struct event described = item("A");
    described.item.made_to_order = true;
    described.item.discontinued = true;

    feed(&f, described);

    offer_is(&f, 0, 5, TUESDAY, "W1");
    cr_assert_eq(offer_count(&f), 1);
}

Test(documents, a_preorder_is_offered_from_its_day)
{
    struct fixture f = one_shop(5);
    struct event described = item("A");
    described.item.preorder_from = DAY(THURSDAY);

    feed(&f, described);

    offer_is(&f, 0, 5, FRIDAY, "W1");
    cr_assert_eq(offer_at(&f, 0).ship_on, DAY(THURSDAY));
    cr_assert_eq(sold(&f, "A|default")->status, AVAILABILITY_PREORDER);
}

/* ------------------------------------------------------------------ bundles (R12) */

/* A is two of X and one of Y. */
static void bundle(struct fixture *f)
{
    static const struct recipe_part parts[] = { { BYTES_LITERAL("X"), 2 },
                                                { BYTES_LITERAL("Y"), 1 } };
    struct event described = item("A");
    described.item.bundle = (struct recipe){ parts, 2 };
    feed(f, described);
}

Test(R12, a_bundle_is_offered_where_all_its_components_are)
{
    struct fixture f = one_shop(0);
    open_shop(&f, "W2", 0, 2);
    bundle(&f);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "X", "W1", 7, 0));
    cr_assert_eq(offer_count(&f), 0);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "Y", "W2", 9, 0));
    cr_assert_eq(offer_count(&f), 0, "not assembled across locations");

    feed(&f, stock(EVENT_STOCK_RECEIVED, "Y", "W1", 9, 0));

    offer_is(&f, 0, 3, TUESDAY, "W1");
    cr_assert_eq(offer_count(&f), 1);
}

Test(R12, inbound_of_a_component_makes_more_bundles)
{
    struct fixture f = one_shop(0);
    bundle(&f);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "X", "W1", 3, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "Y", "W1", 9, 0));
    offer_is(&f, 0, 1, TUESDAY, "W1");
    struct event expected = stock(EVENT_INBOUND_EXPECTED, "X", "W1", 3, 0);
    expected.stock.inbound_id = BYTES_LITERAL("I1");
    expected.stock.eta = DAY(WEDNESDAY);

    feed(&f, expected);

    offer_is(&f, 1, 3, FRIDAY, "W1");
}

Test(R12, a_component_that_is_made_bounds_nothing_from_its_day)
{
    struct fixture f = one_shop(0);
    bundle(&f);
    feed(&f, stock(EVENT_STOCK_COUNTED, "X", "W1", 0, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "Y", "W1", 9, 0));
    struct event described = item("X");
    described.item.made_to_order = true;
    described.item.lead_days = 2;

    feed(&f, described);

    offer_is(&f, 0, 9, THURSDAY, "W1");
}

Test(R12, a_sold_bundle_takes_its_components)
{
    struct fixture f = one_shop(0);
    bundle(&f);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "X", "W1", 7, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "Y", "W1", 9, 0));

    feed(&f, placed("O1", "A", NULL, 2, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    offer_is(&f, 0, 1, TUESDAY, "W1");
    cr_assert_eq(promise_to(&f, "X|default", "north")->offers[0].quantity, 3);
    cr_assert_eq(promise_to(&f, "Y|default", "north")->offers[0].quantity, 7);
}

/* ------------------------------------------------------------------ entries */

static const struct promise_document *promise(struct fixture *f)
{
    return &derived(f, TOPIC_PROMISES_ITEMS, "A|default")->promise;
}

static void lane_to(struct fixture *f, const char *zone, const char *service, int32_t days)
{
    struct event way = shop_lane("W1", days, 100 + days);
    way.lane.zone = bytes_text(zone);
    way.lane.service = bytes_text(service);
    feed(f, way);
}

Test(documents, zones_with_equal_offers_share_an_entry)
{
    struct fixture f = one_shop(5);
    lane_to(&f, "west", "standard", 1);
    lane_to(&f, "east", "standard", 1);
    lane_to(&f, "far", "standard", 4);
    lane_to(&f, "north", "express", 0);

    const struct promise_document *document = promise(&f);

    cr_assert_eq(document->promise_count, 3);
    cr_assert(text_is(document->promises[0].service, "express"));
    cr_assert_eq(document->promises[1].zone_count, 3, "east, north and west");
    cr_assert(text_is(document->promises[1].zones[0], "east"));
    cr_assert(text_is(document->promises[1].zones[1], "north"));
    cr_assert(text_is(document->promises[1].zones[2], "west"));
    cr_assert(text_is(document->promises[2].zones[0], "far"));
    cr_assert_eq(document->promises[2].offers[0].by, DAY(FRIDAY));
}

Test(documents, zones_with_equal_offers_and_another_limit_do_not_share)
{
    struct fixture f = one_shop(5);
    open_shop(&f, "W2", 0, 3);
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W2", 0, 0));
    struct event near = shop_lane("W2", 0, 100);
    near.lane.zone = BYTES_LITERAL("east");
    lane_to(&f, "east", "standard", 1);

    feed(&f, near);

    const struct promise_document *document = promise(&f);
    cr_assert_eq(document->promise_count, 2);
    cr_assert_eq(document->promises[0].limited_by.constraint, CONSTRAINT_STOCK);
    cr_assert_eq(document->promises[1].limited_by.constraint, CONSTRAINT_NONE);
}

Test(documents, every_zone_that_is_served_has_an_entry)
{
    struct fixture f = one_shop(0);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W9", 5, 0));
    cr_assert_eq(promise(&f)->promise_count, 1, "W1 has no A but a lane; W9 has no lane");
    cr_assert_eq(promise(&f)->promises[0].offer_count, 0);
    cr_assert_eq(promise(&f)->promises[0].limited_by.constraint, CONSTRAINT_NONE);
    struct event off = shop_location("W1", 100);
    off.location.enabled = false;

    feed(&f, off);

    cr_assert_eq(promise(&f)->promise_count, 0);
}

Test(documents, a_promise_holds_until_the_first_cut_off_of_the_locations_it_names)
{
    struct fixture f = one_shop(5);
    open_shop(&f, "W2", 5, 3);
    open_shop(&f, "W3", 5, 3);
    struct event early = shop_location("W2", 100);
    early.location.cutoff_minute = 12 * 60;
    struct event unnamed = shop_location("W3", 100);
    unnamed.location.cutoff_minute = 9 * 60;
    cr_assert_eq(promise(&f)->valid_until_ms, START_MS + CLOCK(MONDAY, 15, 0) * MINUTE_MS);
    feed(&f, early);

    feed(&f, unnamed);

    cr_assert_eq(promise(&f)->valid_until_ms, START_MS + CLOCK(MONDAY, 12, 0) * MINUTE_MS,
                 "W3 merges into the offer that W2 names");
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 0, 1));
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W2", 0, 1));
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W3", 0, 1));
    cr_assert_eq(promise(&f)->valid_until_ms, INSTANT_NONE);
}

Test(documents, an_offer_that_rests_on_overdue_inbound_holds_until_midnight)
{
    struct fixture f = one_shop(5);
    expect(&f, "W1", "I1", 3, DAY(MONDAY));
    tick(&f, CLOCK(TUESDAY, 16, 0));

    cr_assert_eq(offer_count(&f), 1, "goods of tomorrow, and the overdue: equal dates");
    offer_is(&f, 0, 8, THURSDAY, "W1");
    cr_assert_eq(promise(&f)->valid_until_ms, START_MS + CLOCK(WEDNESDAY, 0, 0) * MINUTE_MS);
}

Test(documents, as_of_of_a_promise_is_that_of_its_newest_event)
{
    struct fixture f = one_shop(5);

    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", 1, 7));

    cr_assert_eq(derived(&f, TOPIC_PROMISES_ITEMS, "A|default")->as_of, at_minute(7));
}

/* ------------------------------------------------------------------ why not sooner (R11) */

static void limited(struct fixture *f, enum constraint constraint, const char *where, int32_t days)
{
    const struct limit_document limit = promise_to(f, "A|default", "north")->limited_by;
    cr_assert_eq(limit.constraint, constraint, "%s", limit.constraint == CONSTRAINT_NONE
                                                         ? "none"
                                                         : CONSTRAINT_NAMES[limit.constraint]);
    cr_assert(text_is(limit.location, where), "%.*s", (int)limit.location.count,
              (const char *)limit.location.data);
    cr_assert_eq(limit.days, days);
}

/* A can be had by Friday from W9; W1 could have it by Tuesday. */
static struct fixture far_and_near(int64_t near)
{
    struct fixture f = one_shop(near);
    open_shop(&f, "W9", 5, 4);
    return f;
}

Test(R11, safety_stock)
{
    struct fixture f = far_and_near(2);
    struct event described = item("A");
    described.item.safety_stock = 2;

    feed(&f, described);

    offer_is(&f, 0, 3, FRIDAY, "W9");
    limited(&f, CONSTRAINT_SAFETY_STOCK, "W1", 3);
}

Test(R11, held)
{
    struct fixture f = far_and_near(2);

    feed(&f, stock(EVENT_STOCK_HELD, "A", "W1", 2, 1));

    limited(&f, CONSTRAINT_HELD, "W1", 3);
}

Test(R11, capacity)
{
    struct fixture f = far_and_near(2);
    static const struct day_capacity full[] = { { DAY(MONDAY), 0 }, { DAY(TUESDAY), 0 } };
    struct event place = shop_location("W1", 100);
    place.location.overrides = full;
    place.location.override_count = 2;

    feed(&f, place);

    offer_is(&f, 0, 2, THURSDAY, "W1");
    limited(&f, CONSTRAINT_CAPACITY, "W1", 2);
}

Test(R11, cutoff)
{
    struct fixture f = far_and_near(2);

    tick(&f, CLOCK(MONDAY, 15, 0));

    offer_is(&f, 0, 2, WEDNESDAY, "W1");
    limited(&f, CONSTRAINT_CUTOFF, "W1", 1);
    tick(&f, CLOCK(TUESDAY, 0, 0));
    limited(&f, CONSTRAINT_NONE, "", 0);
}

Test(R11, a_cut_off_holds_no_inbound_back)
{
    struct fixture f = one_shop(0);
    expect(&f, "W1", "I1", 3, DAY(MONDAY));

    tick(&f, CLOCK(MONDAY, 15, 0));

    offer_is(&f, 0, 3, WEDNESDAY, "W1");
    limited(&f, CONSTRAINT_NONE, "", 0);
}

Test(R11, a_cut_off_holds_back_what_is_made)
{
    struct fixture f = one_shop(0);
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 0, 0));
    made(&f, 0);

    tick(&f, CLOCK(MONDAY, 15, 0));

    offer_is(&f, 0, UNITS_UNLIMITED, WEDNESDAY, "W1");
    limited(&f, CONSTRAINT_CUTOFF, "W1", 1);
}

Test(R11, stock)
{
    struct fixture f = far_and_near(2);

    feed(&f, placed("O1", "A", "W1", 2, 1));

    offer_is(&f, 0, 5, FRIDAY, "W9");
    limited(&f, CONSTRAINT_STOCK, "W1", 3);
}

Test(R11, stock_is_lifted_only_where_there_ever_was_a_balance)
{
    struct fixture f = one_shop(0);
    open_shop(&f, "W9", 5, 4);

    limited(&f, CONSTRAINT_NONE, "", 0);
}

Test(R11, ties_go_in_the_order_of_the_list)
{
    struct fixture f = far_and_near(2);
    feed(&f, stock(EVENT_STOCK_HELD, "A", "W1", 2, 1));
    limited(&f, CONSTRAINT_HELD, "W1", 3);
    struct event described = item("A");
    described.item.safety_stock = 2;
    feed(&f, described);
    limited(&f, CONSTRAINT_STOCK, "W1", 3);

    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 2, 2));

    limited(&f, CONSTRAINT_SAFETY_STOCK, "W1", 3);
}

Test(R11, each_is_lifted_alone)
{
    struct fixture f = one_shop(5);
    static const struct day_capacity full[] = { { DAY(MONDAY), 0 } };
    struct event place = shop_location("W1", 100);
    place.location.overrides = full;
    place.location.override_count = 1;
    feed(&f, place);
    limited(&f, CONSTRAINT_CAPACITY, "W1", 1);

    tick(&f, CLOCK(MONDAY, 15, 0));

    limited(&f, CONSTRAINT_NONE, "", 0);
}

Test(R11, the_one_that_brings_most_days_wins)
{
    struct fixture f = far_and_near(2);
    open_shop(&f, "W5", 2, 2);
    feed(&f, stock(EVENT_STOCK_HELD, "A", "W5", 2, 1));
    feed(&f, placed("O1", "A", "W1", 2, 1));

    limited(&f, CONSTRAINT_STOCK, "W1", 3);
}

Test(R11, at_all_locations_at_once_and_the_first_offer_then_names_one)
{
    struct fixture f = far_and_near(2);
    open_shop(&f, "W5", 2, 2);
    struct event described = item("A");
    described.item.safety_stock = 2;

    feed(&f, described);

    limited(&f, CONSTRAINT_SAFETY_STOCK, "W1", 3);
}

Test(R11, days_are_null_where_there_was_no_offer)
{
    struct fixture f = one_shop(2);

    feed(&f, stock(EVENT_STOCK_HELD, "A", "W1", 2, 1));

    cr_assert_eq(offer_count(&f), 0);
    limited(&f, CONSTRAINT_HELD, "W1", 0);
}

Test(R11, less_than_a_day_is_no_limit)
{
    struct fixture f = far_and_near(2);
    feed(&f, stock(EVENT_STOCK_HELD, "A", "W9", 5, 1));

    limited(&f, CONSTRAINT_NONE, "", 0);
}

Test(R11, held_components_hold_a_bundle)
{
    struct fixture f = one_shop(0);
    bundle(&f);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "X", "W1", 2, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "Y", "W1", 1, 0));

    feed(&f, stock(EVENT_STOCK_HELD, "Y", "W1", 1, 1));

    limited(&f, CONSTRAINT_HELD, "W1", 0);
}
