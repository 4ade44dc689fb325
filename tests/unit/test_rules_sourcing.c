/* SPDX-License-Identifier: Apache-2.0 */
/* Contract section 4, R7: where units without location ship from, and *move*. */
#include "random_fixture.h"
#include "world_fixture.h"

/* A location that works every day, with units of A, and its lane to `north`. */
struct shop {
    const char *name;
    int64_t units;
    int32_t transit_days;
    int64_t cost;
    int64_t priority;
};

static void open_shops(struct fixture *f, const struct shop *shops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        feed(f, shop_location(shops[i].name, shops[i].priority));
        feed(f, shop_lane(shops[i].name, shops[i].transit_days, shops[i].cost));
        if (shops[i].units > 0) {
            feed(f, stock(EVENT_STOCK_RECEIVED, "A", shops[i].name, shops[i].units, 0));
        }
    }
}

static struct fixture world_of(const struct shop *shops, size_t count)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    open_shops(&f, shops, count);
    return f;
}
#define WORLD(...)                                                                                 \
    world_of((const struct shop[]){ __VA_ARGS__ },                                                 \
             sizeof((const struct shop[]){ __VA_ARGS__ }) / sizeof(struct shop))

/* Open units of the order's line at a location; 0 where it has no part there. */
static int64_t open_at(struct fixture *f, const char *order_id, uint32_t line, const char *where)
{
    const struct order_document *document = promised(f, order_id);
    int64_t units = 0;
    for (uint32_t i = 0; i < document->lines[line].part_count; i++) {
        if (bytes_equal(document->lines[line].parts[i].location, bytes_text(where))) {
            units = document->lines[line].parts[i].open;
        }
    }
    return units;
}

static const struct line_document *line_of(struct fixture *f, const char *order_id)
{
    return &promised(f, order_id)->lines[0];
}

static struct event shorted(const char *order_id, const char *where, int64_t units, int64_t minute)
{
    struct event event = shipped(order_id, "P1", "A", where, units, minute);
    event.type = EVENT_SHIPMENT_SHORTED;
    return event;
}

/* ------------------------------------------------------------------ one location (a) */

Test(R7, the_earliest_date_decides_and_not_the_cost)
{
    struct fixture f = WORLD({ "W1", 5, 1, 900, 9 }, { "W2", 5, 2, 100, 1 });

    feed(&f, placed("O1", "A", NULL, 3, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 3);
    cr_assert_eq(line_of(&f, "O1")->promised_by, DAY(TUESDAY));
}

Test(R7, one_location_that_has_all_beats_two_that_are_as_early)
{
    struct fixture f = WORLD({ "W1", 2, 1, 1, 1 }, { "W2", 5, 2, 900, 9 });

    feed(&f, placed("O1", "A", NULL, 3, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3, "its date is that of the last unit anyway");
    cr_assert_eq(line_of(&f, "O1")->part_count, 1);
}

Test(R7, ties_go_by_cost_then_priority_then_name)
{
    struct fixture by_cost = WORLD({ "W1", 5, 1, 200, 1 }, { "W2", 5, 1, 100, 9 });
    struct fixture by_priority = WORLD({ "W1", 5, 1, 100, 9 }, { "W2", 5, 1, 100, 1 });
    struct fixture by_name = WORLD({ "W2", 5, 1, 100, 1 }, { "W1", 5, 1, 100, 1 });

    feed(&by_cost, placed("O1", "A", NULL, 3, 1));
    feed(&by_priority, placed("O1", "A", NULL, 3, 1));
    feed(&by_name, placed("O1", "A", NULL, 3, 1));

    cr_assert_eq(open_at(&by_cost, "O1", 0, "W2"), 3);
    cr_assert_eq(open_at(&by_priority, "O1", 0, "W2"), 3);
    cr_assert_eq(open_at(&by_name, "O1", 0, "W1"), 3);
}

Test(R7, a_location_where_the_order_is_already_comes_free)
{
    struct fixture f = WORLD({ "W1", 5, 1, 100, 1 }, { "W2", 5, 1, 900, 9 });
    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W2", 5, 0));
    feed(&f, placed("O1", "B", NULL, 1, 1));
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 1);

    feed(&f, order(EVENT_ORDER_PLACED, "O1", "2", "A", NULL, 3, 2));

    cr_assert_eq(open_at(&f, "O1", 1, "W2"), 3, "no second location for a lower cost");
}

Test(R7, the_lines_of_an_order_ship_from_one_location_if_they_can)
{
    struct fixture f = WORLD({ "W1", 5, 1, 100, 1 }, { "W2", 5, 1, 900, 9 });
    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W2", 5, 0));
    struct event both = placed("O1", "A", NULL, 3, 1);
    struct line_data *lines = new_lines(2);
    lines[0] = both.order.lines[0];
    lines[1] = both.order.lines[0];
    lines[1].line_id = BYTES_LITERAL("2");
    lines[1].sku = BYTES_LITERAL("B");
    both.order.lines = lines;
    both.order.line_count = 2;

    feed(&f, both);

    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3);
    cr_assert_eq(open_at(&f, "O1", 1, "W2"), 3);
}

Test(R7, a_line_leaves_to_those_before_it_what_they_want)
{
    struct fixture f = WORLD({ "W1", 3, 1, 100, 1 }, { "W2", 3, 2, 100, 1 });
    struct event both = placed("O1", "A", NULL, 3, 1);
    struct line_data *lines = new_lines(2);
    lines[0] = both.order.lines[0];
    lines[1] = both.order.lines[0];
    lines[1].line_id = BYTES_LITERAL("2");
    both.order.lines = lines;
    both.order.line_count = 2;

    feed(&f, both);

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 3);
    cr_assert_eq(open_at(&f, "O1", 1, "W2"), 3);
}

/* ------------------------------------------------------------------ several (b), none (c) */

Test(R7, the_fewest_locations_that_have_all)
{
    struct fixture f = WORLD({ "W1", 3, 1, 900, 9 }, { "W2", 3, 1, 900, 9 }, { "W3", 2, 1, 1, 1 },
                             { "W4", 2, 1, 1, 1 });

    feed(&f, placed("O1", "A", NULL, 6, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 3);
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3);
}

Test(R7, of_as_few_locations_those_with_the_fewest_segments)
{
    struct fixture f = WORLD({ "W2", 2, 2, 500, 1 }, { "W3", 2, 2, 500, 1 });
    struct event slow = shop_location("W1", 1);
    slow.location.capacity_per_day = 1;
    feed(&f, slow);
    feed(&f, shop_lane("W1", 1, 100));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 2, 0));

    feed(&f, placed("O1", "A", NULL, 4, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 0, "its two units come in two segments");
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 2);
    cr_assert_eq(open_at(&f, "O1", 0, "W3"), 2);
}

Test(R7, what_nobody_has_is_backordered_at_the_first_by_priority_and_name)
{
    struct fixture f = WORLD({ "W3", 2, 1, 1, 5 }, { "W2", 0, 1, 900, 1 }, { "W1", 0, 1, 1, 2 });

    feed(&f, placed("O1", "A", NULL, 5, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W3"), 2);
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3);
    cr_assert_eq(ship_on(&f, "O1", "W3"), DAY(MONDAY));
    cr_assert_eq(ship_on(&f, "O1", "W2"), DAY_NONE);
    cr_assert_eq(line_of(&f, "O1")->status, LINE_BACKORDERED);
    cr_assert_eq(line_of(&f, "O1")->promised_by, DAY_NONE);
}

Test(R7, at_most_eight_locations_count_for_a_line)
{
    struct fixture f = WORLD({ "W1", 1, 3, 1, 1 }, { "W2", 1, 2, 1, 2 }, { "W3", 1, 2, 1, 2 },
                             { "W4", 1, 2, 1, 2 }, { "W5", 1, 2, 1, 2 }, { "W6", 1, 2, 1, 2 },
                             { "W7", 1, 2, 1, 2 }, { "W8", 1, 2, 1, 2 }, { "W9", 1, 2, 1, 2 });

    feed(&f, placed("O1", "A", NULL, 9, 1));

    cr_assert_eq(line_of(&f, "O1")->part_count, 9);
    cr_assert_eq(open_at(&f, "O1", 0, "W9"), 1);
    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 1, "the last by date: put there as (c), by priority");
}

Test(R7, only_enabled_locations_of_the_network_with_a_lane)
{
    struct fixture f = WORLD({ "W9", 5, 9, 900, 9 });
    static const struct bytes web[] = { BYTES_LITERAL("web") };
    struct event off = shop_location("W1", 1);
    off.location.enabled = false;
    struct event elsewhere = shop_location("W2", 1);
    elsewhere.location.networks = web;
    elsewhere.location.network_count = 1;
    feed(&f, off);
    feed(&f, shop_lane("W1", 1, 1));
    feed(&f, elsewhere);
    feed(&f, shop_lane("W2", 1, 1));
    feed(&f, shop_location("W3", 1));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 5, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W2", 5, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W3", 5, 0));

    feed(&f, placed("O1", "A", NULL, 5, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W9"), 5);
}

Test(R7, capacity_is_exact_and_not_rounded)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event small = shop_location("W1", 1);
    small.location.capacity_per_day = 7;
    feed(&f, small);
    feed(&f, shop_lane("W1", 1, 100));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 9, 0));
    open_shops(&f, &(struct shop){ "W2", 9, 1, 900, 9 }, 1);

    cr_assert_eq(offer_at(&f, 0).quantity, 14, "five of seven, and nine");
    feed(&f, placed("O1", "A", NULL, 7, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 7);
}

Test(R7, a_maker_without_stock_ships_what_it_makes)
{
    struct fixture f = WORLD({ "W1", 0, 1, 100, 9 }, { "W2", 0, 1, 1, 1 });
    static const struct bytes makers[] = { BYTES_LITERAL("W1") };
    struct event described = item("A");
    described.item.made_to_order = true;
    described.item.lead_days = 3;
    described.item.makers = makers;
    described.item.maker_count = 1;
    feed(&f, described);

    feed(&f, placed("O1", "A", NULL, 40, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 40);
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(THURSDAY));
}

Test(R7, a_bundle_ships_from_where_all_its_components_are)
{
    struct fixture f = WORLD({ "W1", 5, 1, 100, 1 }, { "W2", 5, 1, 900, 9 });
    static const struct recipe_part parts[] = { { BYTES_LITERAL("A"), 2 },
                                                { BYTES_LITERAL("B"), 1 } };
    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W2", 5, 0));
    struct event set = placed("O1", "SET", NULL, 2, 1);
    ((struct line_data *)set.order.lines)->bundle = (struct recipe){ parts, 2 };

    feed(&f, set);

    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 2);
    cr_assert_eq(balance(&f, "A|W2")->allocated, 4);
    cr_assert_eq(ship_on(&f, "O1", "W2"), DAY(MONDAY));
}

/* ------------------------------------------------------------------ named and shorted */

Test(R7, what_an_event_names_beats_a_decision)
{
    struct fixture f = WORLD({ "W1", 5, 1, 100, 1 }, { "W2", 5, 2, 900, 9 });
    feed(&f, placed("O1", "A", "W2", 3, 1));
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3);
    feed(&f, placed("O2", "A", NULL, 3, 2));
    cr_assert_eq(open_at(&f, "O2", 0, "W1"), 3);

    feed(&f, order(EVENT_ORDER_ASSIGNED, "O2", "1", "", "W2", 0, 3));

    cr_assert_eq(open_at(&f, "O2", 0, "W2"), 3);
    feed(&f, order(EVENT_ORDER_AMENDED, "O2", "1", "", NULL, 5, 4));
    cr_assert_eq(open_at(&f, "O2", 0, "W2"), 5, "units added go where it was assigned");
}

Test(R7, units_added_to_a_line_of_ours_are_sourced)
{
    struct fixture f = WORLD({ "W1", 4, 1, 100, 1 }, { "W2", 5, 1, 900, 9 });
    feed(&f, placed("O1", "A", NULL, 3, 1));

    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, 6, 2));

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 3, "what has a place stays");
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3, "one location has all three");
}

Test(R7, a_location_that_was_short_comes_last)
{
    struct fixture f = WORLD({ "W1", 9, 1, 100, 1 }, { "W2", 2, 5, 900, 9 });
    feed(&f, placed("O1", "A", NULL, 4, 1));
    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 4);

    feed(&f, shorted("O1", "W1", 2, 2));

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 2);
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 2, "though it is dearer and later");
}

Test(R7, a_location_that_was_short_is_asked_again_if_nobody_else_has)
{
    struct fixture f = WORLD({ "W1", 9, 1, 100, 1 }, { "W2", 1, 1, 900, 9 });
    feed(&f, placed("O1", "A", NULL, 4, 1));

    feed(&f, shorted("O1", "W1", 2, 2));

    cr_assert_eq(open_at(&f, "O1", 0, "W1") + open_at(&f, "O1", 0, "W2"), 4);
    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 4, "it alone has two more");
}

Test(R7, what_nobody_has_is_not_backordered_where_it_was_short)
{
    struct fixture f = WORLD({ "W1", 2, 1, 100, 1 }, { "W2", 0, 1, 900, 9 });
    feed(&f, placed("O1", "A", NULL, 2, 1));

    feed(&f, shorted("O1", "W1", 2, 2));

    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 2);
    cr_assert_eq(ship_on(&f, "O1", "W2"), DAY_NONE);
}

/* ------------------------------------------------------------------ settle (2.6) */

Test(R7, what_has_a_place_stays_there_until_a_review)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, shop_location("W1", 1));
    feed(&f, shop_location("W2", 9));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 3, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W2", 3, 0));
    feed(&f, placed("O2", "A", NULL, 3, 1));
    feed(&f, placed("O1", "A", NULL, 3, 2));
    cr_assert_eq(line_of(&f, "O1")->status, LINE_UNFULFILLABLE);
    feed(&f, shop_lane("W2", 5, 1));
    cr_assert_eq(open_at(&f, "O2", 0, "W2"), 3);
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3, "backordered there");

    feed(&f, shop_lane("W1", 1, 1));

    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3, "placed units stay until a review");
}

Test(R7, a_network_without_lane_is_unfulfillable_until_one_comes)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, shop_location("W1", 1));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 3, 0));
    feed(&f, placed("O1", "A", NULL, 3, 1));
    feed(&f, placed("O2", "A", NULL, 3, 2));
    cr_assert_eq(line_of(&f, "O1")->part_count, 0);

    feed(&f, shop_lane("W1", 1, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    cr_assert_eq(ship_on(&f, "O2", "W1"), DAY_NONE, "the first read is the first served");
}

/* ------------------------------------------------------------------ move */

Test(R7, a_review_moves_a_backorder_to_where_it_gets_a_date)
{
    struct fixture f = WORLD({ "W1", 0, 1, 100, 1 }, { "W2", 0, 2, 900, 9 });
    feed(&f, placed("O1", "A", NULL, 3, 1));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W2", 3, 2));
    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 3, "not before a review");

    review(&f, 3);

    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3);
    cr_assert_eq(line_of(&f, "O1")->promised_by, DAY(WEDNESDAY));
    cr_assert_eq(line_of(&f, "O1")->status, LINE_PROMISED);
    cr_assert_eq(balance(&f, "A|W1")->allocated, 0);
}

/* O1 is backordered at W1, whose inbound comes on an eta; W2 has the goods. */
static struct fixture late_inbound(int32_t eta, int32_t transit_days)
{
    struct fixture f = WORLD({ "W1", 0, 1, 100, 1 }, { "W2", 0, transit_days, 900, 9 });
    struct event expected = stock(EVENT_INBOUND_EXPECTED, "A", "W1", 3, 0);
    expected.stock.inbound_id = BYTES_LITERAL("I1");
    expected.stock.eta = eta;
    feed(&f, expected);
    feed(&f, placed("O1", "A", NULL, 3, 1));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W2", 3, 2));
    return f;
}

Test(R7, a_move_is_kept_where_the_date_is_a_day_earlier)
{
    struct fixture f = late_inbound(DAY(TUESDAY), 2);
    cr_assert_eq(line_of(&f, "O1")->expected_by, DAY(THURSDAY));
    cr_assert_eq(line_of(&f, "O1")->status, LINE_BACKORDERED);

    review(&f, 3);

    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3);
    cr_assert_eq(line_of(&f, "O1")->expected_by, DAY(WEDNESDAY));
    cr_assert_eq(line_of(&f, "O1")->promised_by, DAY(THURSDAY), "what was promised stays");
}

Test(R7, a_move_is_undone_where_the_date_is_not_earlier)
{
    struct fixture f = late_inbound(DAY(TUESDAY), 3);
    const struct line_document before = *line_of(&f, "O1");
    const int64_t used = used_on(&f, "W1", DAY(WEDNESDAY));
    cr_assert_eq(before.expected_by, DAY(THURSDAY), "as W2 would");
    cr_assert_eq(used, 3);

    review(&f, 3);

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 3);
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY));
    cr_assert_eq(line_of(&f, "O1")->expected_by, before.expected_by);
    cr_assert_eq(used_on(&f, "W1", DAY(WEDNESDAY)), used);
    cr_assert_eq(used_on(&f, "W2", DAY(MONDAY)), 0);
    cr_assert_eq(balance(&f, "A|W2")->allocated, 0);
}

Test(R7, a_line_with_a_named_location_is_never_moved)
{
    struct fixture f = WORLD({ "W1", 0, 1, 100, 1 }, { "W2", 3, 1, 900, 9 });
    feed(&f, placed("O1", "A", "W1", 3, 1));

    review(&f, 3);

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 3);
    cr_assert_eq(line_of(&f, "O1")->status, LINE_BACKORDERED);
}

Test(R7, a_line_whose_location_is_off_moves_at_the_review)
{
    struct fixture f = WORLD({ "W1", 3, 2, 100, 1 }, { "W2", 3, 2, 900, 9 });
    feed(&f, placed("O1", "A", NULL, 3, 1));
    struct event off = shop_location("W1", 1);
    off.location.enabled = false;
    feed(&f, off);
    cr_assert_eq(line_of(&f, "O1")->status, LINE_AT_RISK);

    review(&f, 3);

    cr_assert_eq(open_at(&f, "O1", 0, "W1"), 3, "W2 has no earlier date for it");
    feed(&f, shop_lane("W2", 1, 900));
    review(&f, 4);
    cr_assert_eq(open_at(&f, "O1", 0, "W2"), 3);
    cr_assert_eq(line_of(&f, "O1")->status, LINE_PROMISED);
}

Test(R7, a_line_is_moved_at_most_so_often)
{
    struct fixture f = WORLD({ "W1", 0, 1, 1, 1 }, { "W2", 0, 1, 1, 2 }, { "W3", 0, 1, 1, 3 },
                             { "W4", 0, 1, 1, 4 }, { "W5", 0, 1, 1, 5 });
    static const char *const names[] = { "W1", "W2", "W3", "W4", "W5" };
    feed(&f, placed("O1", "A", NULL, 1, 1));
    cr_assert_eq(world_settings(f.world)->moves, 3);

    for (int i = 1; i < 5; i++) {
        feed(&f, stock(EVENT_STOCK_RECEIVED, "A", names[i], 1, 10 * i));
        review(&f, 10 * i + 1);
        const int at = i <= 3 ? i : 3;
        cr_assert_eq(open_at(&f, "O1", 0, names[at]), 1, "after the goods came to %s", names[i]);
        feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", names[i], -1, 10 * i + 2));
    }
}

/* ------------------------------------------------------------------ the promise is kept */

struct random_world {
    struct chance *chance;
    struct fixture f;
    bool bundle;
};

static const char *const NAMES[] = { "W1", "W2", "W3", "W4" };
static const char *const SKUS[] = { "A", "B", "C" };

static struct event random_location(struct chance *chance, const char *name)
{
    struct event place = location(name);
    place.location.working_days = chance_percent(chance, 50)
                                      ? ALL_WEEK
                                      : (uint8_t)chance_between(chance, 1, 127);
    place.location.cutoff_minute = chance_between(chance, 0, 1439);
    place.location.processing_days = chance_percent(chance, 30) ? chance_between(chance, 1, 3) : 0;
    place.location.capacity_unit = (enum capacity_unit)chance_between(chance, 0, 2);
    place.location.capacity_per_day =
        chance_percent(chance, 30) ? CAPACITY_UNLIMITED : chance_between(chance, 0, 12);
    place.location.safety_stock = chance_percent(chance, 30) ? chance_between(chance, 0, 3) : 0;
    place.location.priority = chance_between(chance, 1, 3);
    return place;
}

static struct event random_lane(struct chance *chance, const char *name)
{
    struct event way = lane(name, "north");
    way.lane.transit_days_min = chance_between(chance, 0, 3);
    way.lane.transit_days_max = way.lane.transit_days_min + chance_between(chance, 0, 3);
    way.lane.transit_weekdays = (uint8_t)chance_between(chance, 1, 127);
    way.lane.delivery_weekdays = (uint8_t)chance_between(chance, 1, 127);
    way.lane.cost = chance_between(chance, 0, 3);
    return way;
}

static void random_goods(struct random_world *random, const char *sku, const char *name)
{
    struct chance *chance = random->chance;
    if (chance_percent(chance, 70)) {
        feed(&random->f, stock(EVENT_STOCK_RECEIVED, sku, name, chance_between(chance, 1, 20), 0));
    }
    if (chance_percent(chance, 15)) {
        feed(&random->f, stock(EVENT_STOCK_HELD, sku, name, chance_between(chance, 1, 5), 0));
    }
    for (int i = chance_between(chance, 0, 2); i > 0; i--) {
        struct event expected =
            stock(EVENT_INBOUND_EXPECTED, sku, name, chance_between(chance, 1, 15), 0);
        expected.stock.inbound_id = i == 1 ? BYTES_LITERAL("I1") : BYTES_LITERAL("I2");
        expected.stock.eta = DAY(chance_between(chance, -3, 20));
        feed(&random->f, expected);
    }
}

static void random_item(struct random_world *random, const char *sku)
{
    static const struct recipe_part parts[] = { { BYTES_LITERAL("B"), 1 },
                                                { BYTES_LITERAL("C"), 2 } };
    struct chance *chance = random->chance;
    struct event described = item(sku);
    described.item.workload = chance_percent(chance, 30) ? chance_between(chance, 2, 4) : 1;
    described.item.made_to_order = chance_percent(chance, 15);
    described.item.lead_days = chance_between(chance, 0, 5);
    described.item.discontinued = chance_percent(chance, 10);
    if (chance_percent(chance, 15)) {
        described.item.preorder_from = DAY(chance_between(chance, -2, 15));
    }
    if (random->bundle && sku[0] == 'A') {
        described.item.bundle = (struct recipe){ parts, 2 };
    }
    feed(&random->f, described);
}

static struct event random_order(struct chance *chance, const char *order_id, int64_t minute)
{
    const char *where = chance_percent(chance, 30) ? NAMES[chance_between(chance, 0, 3)] : NULL;
    return placed(order_id, SKUS[chance_between(chance, 0, 2)], where,
                  chance_between(chance, 1, 12), minute);
}

static void make_world(struct random_world *random)
{
    struct chance *chance = random->chance;
    random->f = world_new(WORLD_CLOCK_WALL);
    random->bundle = chance_percent(chance, 25);
    const int locations = chance_between(chance, 1, 4);
    for (int i = 0; i < 3; i++) {
        if (chance_percent(chance, 60) || (random->bundle && i == 0)) {
            random_item(random, SKUS[i]);
        }
    }
    for (int i = 0; i < locations; i++) {
        feed(&random->f, random_location(chance, NAMES[i]));
        feed(&random->f, random_lane(chance, NAMES[i]));
        for (int sku = random->bundle ? 1 : 0; sku < 3; sku++) {
            random_goods(random, SKUS[sku], NAMES[i]);
        }
    }
    static const char *const orders[] = { "P1", "P2", "P3", "P4", "P5", "P6" };
    for (int i = chance_between(chance, 0, 6); i > 0; i--) {
        feed(&random->f, random_order(chance, orders[i - 1], i));
    }
    tick(&random->f, chance_between(chance, 0, 3 * 24 * 60));
    if (chance_percent(chance, 50)) {
        review(&random->f, (random->f.now_ms - START_MS) / MINUTE_MS);
    }
}

static bool sells(struct fixture *f)
{
    const struct document_key key =
        world_find_key(f->world, TOPIC_PROMISES_ITEMS, BYTES_LITERAL("A|default"));
    return key.row != 0 && world_key_state(f->world, key) == KEY_STATE_LIVE;
}

/* Whether an offer was tried. */
static bool order_against_an_offer(struct random_world *random, int world)
{
    struct fixture *f = &random->f;
    if (!sells(f) || offer_count(f) == 0) {
        return false;
    }
    const uint32_t nth = (uint32_t)chance_between(random->chance, 0, (int)offer_count(f) - 1);
    const struct offer_document offer = offer_at(f, nth);
    const int64_t most = offer.quantity == UNITS_UNLIMITED ? 60 : offer.quantity;
    const int64_t units = chance_between(random->chance, 1, (int32_t)most);

    feed(f, placed("O1", "A", NULL, units, (f->now_ms - START_MS) / MINUTE_MS));

    const struct line_document *line = line_of(f, "O1");
    cr_assert(line->promised_by != DAY_NONE && line->promised_by <= offer.by,
              "world %d: %lld of %lld offered by %d, promised by %d", world, (long long)units,
              (long long)offer.quantity, (int)(offer.by - START_DAY),
              (int)(line->promised_by - START_DAY));
    cr_assert_eq(line->expected_by, line->promised_by, "world %d", world);
    return true;
}

Test(R7, an_order_placed_against_an_offer_gets_a_date_no_later, .timeout = 300)
{
    struct chance chance = chance_of_seed();
    int tried = 0;

    for (int world = 0; tried < 20000; world++) {
        struct random_world random = { .chance = &chance };
        make_world(&random);
        tried += order_against_an_offer(&random, world);
        world_close(&random.f);
    }
}
