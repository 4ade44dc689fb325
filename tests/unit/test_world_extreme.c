/* SPDX-License-Identifier: Apache-2.0 */
/* What is valid but absurd: the largest quantities, spans and lists a record may hold. */
#include "world_fixture.h"

static struct event with_recipe(struct event event, const struct recipe_part *parts,
                                uint32_t count)
{
    ((struct line_data *)event.order.lines)->bundle = (struct recipe){ parts, count };
    return event;
}

static struct event busy(const char *sku, int64_t workload)
{
    struct event event = item(sku);
    event.item.workload = workload;
    return event;
}

Test(extreme, a_recipe_does_not_multiply_what_an_earlier_amendment_asked_for)
{
    static const struct recipe_part parts[] = { { BYTES_LITERAL("b"), QUANTITY_MAX } };
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, QUANTITY_MAX, 10));

    const enum event_result result =
        feed(&f, with_recipe(placed("O1", "A", "W1", 1, 5), parts, 1));

    cr_assert_eq(result, RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_BAD_QUANTITY);
}

Test(extreme, goods_of_the_largest_recipe_leave_the_largest_deficit)
{
    static const struct recipe_part parts[] = { { BYTES_LITERAL("b"), QUANTITY_MAX } };
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event place = location("W1");
    place.location.working_days = ALL_WEEK;
    place.location.capacity_per_day = 5;
    feed(&f, place);
    feed(&f, lane("W1", "north"));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "b", "W1", 1, 0));
    feed(&f, stock(EVENT_STOCK_HELD, "b", "W1", QUANTITY_MAX, 0));
    feed(&f, shipped("O1", "S1", "A", "W1", QUANTITY_MAX, 4));
    feed(&f, with_recipe(placed("O1", "A", "W1", 1, 5), parts, 1));
    const uint64_t before = f.sequence;
    feed(&f, stock(EVENT_STOCK_RECEIVED, "c", "W1", 9, 6));

    feed(&f, placed("O2", "c", "W1", 1, 7));

    cr_assert_lt(balance(&f, "b|W1")->on_hand, -QUANTITY_MAX);
    const struct document_key key =
        world_find_key(f.world, TOPIC_PROMISES_ITEMS, BYTES_LITERAL("b|default"));
    (void)world_key_due(f.world, key, before);
    feed(&f, shipment(EVENT_SHIPMENT_VOIDED, "O1", "S1", 8));
    cr_assert_eq(balance(&f, "b|W1")->available, 0);
}

Test(extreme, work_beyond_all_capacity_comes_and_goes)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static const struct day_capacity overrides[] = { { DAY(MONDAY), QUANTITY_MAX } };
    struct event place = location("W1");
    place.location.working_days = ALL_WEEK;
    place.location.overrides = overrides;
    place.location.override_count = 1;
    feed(&f, place);
    feed(&f, lane("W1", "north"));
    feed(&f, busy("A", QUANTITY_MAX));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", QUANTITY_MAX, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", QUANTITY_MAX, 0));
    feed(&f, placed("O1", "A", NULL, QUANTITY_MAX - 1, 1));
    feed(&f, placed("O2", "A", NULL, QUANTITY_MAX - 1, 2));
    tick(&f, CLOCK(WEDNESDAY, 1, 0));
    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, QUANTITY_MAX, CLOCK(WEDNESDAY, 2, 0)));
    tick(&f, CLOCK(THURSDAY, 1, 0));

    feed(&f, shipped("O1", "S1", "A", "W1", QUANTITY_MAX, CLOCK(THURSDAY, 2, 0)));
    feed(&f, shipped("O2", "S2", "A", "W1", QUANTITY_MAX, CLOCK(THURSDAY, 2, 0)));
    feed(&f, shipment(EVENT_SHIPMENT_VOIDED, "O1", "S1", CLOCK(THURSDAY, 3, 0)));
    feed(&f, shipment(EVENT_SHIPMENT_VOIDED, "O2", "S2", CLOCK(THURSDAY, 3, 0)));
    const int64_t end = CLOCK(THURSDAY, 4, 0);
    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, QUANTITY_MAX, end));
    feed(&f, order(EVENT_ORDER_CANCELLED, "O2", "1", "", NULL, QUANTITY_MAX, end));

    cr_assert_eq(used_on(&f, "W1", DAY(THURSDAY)), 0);
}

Test(extreme, groups_of_work_on_one_day_add_up)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event made = busy("A", QUANTITY_MAX);
    made.item.preorder_from = DAY(NEXT_MONDAY);
    feed(&f, location("W1"));
    feed(&f, lane("W1", "north"));
    feed(&f, made);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 1000000000, 0));
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = { "I1", "I2", "I3" };
        struct event inbound = stock(EVENT_INBOUND_EXPECTED, "A", "W1", 1000000000, 0);
        inbound.stock.inbound_id = bytes_text(names[i]);
        inbound.stock.eta = DAY(i);
        feed(&f, inbound);
    }

    feed(&f, placed("O1", "A", NULL, 4000000000, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(NEXT_MONDAY));
}

Test(extreme, bundles_within_bundles_are_no_deeper_than_memory)
{
    enum { DEPTH = 30000 };
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    char (*names)[16] = calloc(DEPTH + 1, sizeof *names);
    struct recipe_part *parts = calloc(DEPTH, sizeof *parts);
    cr_assert(names && parts);
    (void)snprintf(names[0], sizeof names[0], "k0");
    for (int i = 0; i < DEPTH; i++) {
        (void)snprintf(names[i + 1], sizeof names[i + 1], "k%d", i + 1);
        parts[i] = (struct recipe_part){ bytes_text(names[i]), 1 };
        struct event kit = item(names[i + 1]);
        kit.item.bundle = (struct recipe){ &parts[i], 1 };
        feed(&f, kit);
    }

    feed(&f, stock(EVENT_STOCK_RECEIVED, "k0", "W1", 1, 0));

    char key[32];
    (void)snprintf(key, sizeof key, "k%d|W1", DEPTH);
    cr_assert_eq(balance(&f, key)->on_hand, 0);
}

Test(extreme, a_bundle_of_itself_and_bundles_of_each_other_end)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static const struct recipe_part self[] = { { BYTES_LITERAL("A"), 2 },
                                               { BYTES_LITERAL("B"), 1 } };
    static const struct recipe_part other[] = { { BYTES_LITERAL("A"), 1 } };
    struct event a = item("A");
    a.item.bundle = (struct recipe){ self, 2 };
    struct event b = item("B");
    b.item.bundle = (struct recipe){ other, 1 };
    feed(&f, lane("W1", "north"));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W1", 10, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    feed(&f, a);
    feed(&f, b);

    feed(&f, placed("O1", "A", NULL, 3, 1));
    feed(&f, placed("O2", "B", NULL, 3, 1));
    feed(&f, shipped("O1", "S1", "A", "W1", 2, 2));
    feed(&f, shipped("O2", "S2", "B", "W1", 2, 2));
    review(&f, 5);

    cr_assert_eq(balance(&f, "A|W1")->on_hand, 2);
    cr_assert_eq(balance(&f, "B|W1")->on_hand, 4);
}

Test(extreme, the_longest_spans_give_no_date)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event place = location("W1");
    place.location.processing_days = INT32_MAX / 2;
    struct event way = lane("W1", "north");
    way.lane.transit_days_min = INT32_MAX / 2;
    way.lane.transit_days_max = INT32_MAX / 2;
    way.lane.cost = QUANTITY_MAX;
    struct event made = item("A");
    made.item.made_to_order = true;
    made.item.lead_days = INT32_MAX / 2;
    made.item.preorder_from = 2932896;
    feed(&f, place);
    feed(&f, way);
    feed(&f, made);
    struct event inbound = stock(EVENT_INBOUND_EXPECTED, "A", "W1", 5, 0);
    inbound.stock.inbound_id = BYTES_LITERAL("I1");
    inbound.stock.eta = 2932896;
    feed(&f, inbound);
    inbound.stock.inbound_id = BYTES_LITERAL("I2");
    inbound.stock.eta = -719528;
    feed(&f, inbound);

    feed(&f, placed("O1", "A", NULL, 3, 1));
    review(&f, 2);

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY_NONE);
    cr_assert_eq(offer_count(&f), 0);
}

Test(extreme, an_order_of_two_thousand_bundles_of_sixty_four)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static char names[64][8];
    static char line_ids[2000][8];
    static struct recipe_part parts[64];
    feed(&f, lane("W1", "north"));
    feed(&f, lane("W2", "north"));
    for (int i = 0; i < 64; i++) {
        (void)snprintf(names[i], sizeof names[i], "p%d", i);
        parts[i] = (struct recipe_part){ bytes_text(names[i]), 1 + i % 3 };
        feed(&f, stock(EVENT_STOCK_RECEIVED, names[i], i % 2 ? "W1" : "W2", 1000, 0));
        feed(&f, stock(EVENT_STOCK_RECEIVED, names[i], "W1", 5000, 0));
    }
    struct event big = placed("O1", "kit", NULL, 1, 1);
    struct line_data *lines = new_lines(2000);
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(line_ids[i], sizeof line_ids[i], "%d", i);
        lines[i].line_id = bytes_text(line_ids[i]);
        lines[i].sku = BYTES_LITERAL("kit");
        lines[i].quantity = 1;
        lines[i].bundle = (struct recipe){ parts, 64 };
    }
    big.order.lines = lines;
    big.order.line_count = 2000;

    feed(&f, big);
    review(&f, 2);
    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "7", "", NULL, 1, 3));

    cr_assert_eq(promised(&f, "O1")->line_count, 2000);
}

Test(extreme, three_hundred_inbound_lines_count_the_first_by_day)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static char ids[300][8];
    feed(&f, lane("W1", "north"));
    for (int i = 0; i < 300; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "i%d", i);
        struct event inbound = stock(EVENT_INBOUND_EXPECTED, "A", "W1", 1, 0);
        inbound.stock.inbound_id = bytes_text(ids[i]);
        inbound.stock.eta = DAY(1 + (299 - i) % 100);
        feed(&f, inbound);
    }

    feed(&f, placed("O1", "A", NULL, 256, 1));
    feed(&f, placed("O2", "A", NULL, 10, 2));

    cr_assert_neq(ship_on(&f, "O1", "W1"), DAY_NONE);
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY_NONE);
}

Test(extreme, an_order_over_a_thousand_locations_is_placed)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static char names[1000][8];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(names[i], sizeof names[i], "w%03d", i);
        struct event place = location(names[i]);
        place.location.capacity_per_day = 1;
        feed(&f, place);
        feed(&f, lane(names[i], "north"));
        feed(&f, stock(EVENT_STOCK_RECEIVED, "A", names[i], 200, 0));
    }
    struct event big = placed("O1", "A", NULL, 150, 1);
    static char line_ids[200][8];
    struct line_data *lines = new_lines(200);
    for (int i = 0; i < 200; i++) {
        (void)snprintf(line_ids[i], sizeof line_ids[i], "%d", i);
        lines[i].line_id = bytes_text(line_ids[i]);
        lines[i].sku = BYTES_LITERAL("A");
        lines[i].quantity = 150;
    }
    big.order.lines = lines;
    big.order.line_count = 200;

    feed(&f, big);

    cr_assert_eq(promised(&f, "O1")->line_count, 200);
    (void)promise_to(&f, "A|default", "north");
}

Test(extreme, offers_rest_on_overdue_inbound_of_the_seventieth_location_too)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static char names[70][8];
    for (int i = 0; i < 70; i++) {
        (void)snprintf(names[i], sizeof names[i], "w%02d", i);
        feed(&f, location(names[i]));
        feed(&f, lane(names[i], "north"));
        if (i < 69) {
            feed(&f, stock(EVENT_STOCK_RECEIVED, "A", names[i], 1, 0));
        }
    }
    struct event inbound = stock(EVENT_INBOUND_EXPECTED, "A", "w69", 5, 0);
    inbound.stock.inbound_id = BYTES_LITERAL("I1");
    inbound.stock.eta = DAY(MONDAY) - 1;
    feed(&f, inbound);

    tick(&f, CLOCK(MONDAY, 16, 0));

    cr_assert_eq(offer_count(&f), 1);
    cr_assert_eq(offer_at(&f, 0).quantity, 69 + 5);
    cr_assert_eq(derived(&f, TOPIC_PROMISES_ITEMS, "A|default")->promise.valid_until_ms,
                 START_MS + CLOCK(TUESDAY, 0, 0) * MINUTE_MS);
}

Test(extreme, inbound_overdue_for_two_thousand_years_is_found_out_at_once)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static const int32_t open[] = { DAY(-1), DAY(1) };
    struct event place = location("W1");
    place.location.working_days = 0;
    place.location.open = open;
    place.location.open_count = 2;
    feed(&f, place);
    feed(&f, lane("W1", "north"));
    struct event inbound = stock(EVENT_INBOUND_EXPECTED, "A", "W1", 5, 0);
    inbound.stock.inbound_id = BYTES_LITERAL("I1");
    inbound.stock.eta = -719528;
    feed(&f, inbound);

    cr_assert_eq(balance(&f, "A|W1")->next.day, DAY(1), "one day late is within the grace");
}

Test(extreme, todays_two_days_from_greenwich_have_dates)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const struct zone_rules west = zone_changing(-24 * 60 - 59, 0, -24 * 60 - 59);
    const struct zone_rules east = zone_changing(25 * 60 + 59, 0, 25 * 60 + 59);
    know_zone(&f, "West", &west);
    know_zone(&f, "East", &east);
    tick(&f, CLOCK(TUESDAY, 22, 30));
    struct event place = location("E");
    place.location.time_zone = BYTES_LITERAL("East");
    place.location.working_days = ALL_WEEK;
    place.location.processing_days = HORIZON_DAYS - 1;
    struct event way = lane("E", "north");
    way.lane.delivery_weekdays = ALL_WEEK;
    way.lane.transit_days_max = 0;
    feed(&f, place);
    feed(&f, way);
    place.location.location = way.lane.location = BYTES_LITERAL("W");
    place.location.time_zone = BYTES_LITERAL("West");
    place.location.cutoff_minute = 23 * 60 + 59;
    place.location.processing_days = 0;
    feed(&f, place);
    feed(&f, way);

    cr_assert_eq(site_at(&f, "E")->ships_on, DAY(THURSDAY) + HORIZON_DAYS - 1);
    cr_assert_eq(site_at(&f, "E")->zones[0].by, DAY(THURSDAY) + HORIZON_DAYS - 1);
    tick(&f, CLOCK(WEDNESDAY, 0, 30));

    cr_assert_eq(site_at(&f, "W")->ships_on, DAY(MONDAY));
    cr_assert_eq(site_at(&f, "W")->zones[0].from, DAY(MONDAY));
}
