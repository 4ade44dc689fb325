/* SPDX-License-Identifier: Apache-2.0 */
/* Contract section 3, promises.orders, with R9, R13, R14: dates of orders, and what they keep. */
#include "random_fixture.h"
#include "world_fixture.h"

static void open_shop(struct fixture *f, const char *name, int64_t units, int32_t transit_days)
{
    feed(f, shop_location(name, 100));
    feed(f, shop_lane(name, transit_days, 100));
    if (units > 0) {
        feed(f, stock(EVENT_STOCK_RECEIVED, "A", name, units, 0));
    }
}

static struct fixture one_shop(int64_t units)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    open_shop(&f, "W1", units, 1);
    return f;
}

static struct event expected(const char *where, const char *inbound_id, int64_t units,
                             int32_t eta, int64_t minute)
{
    struct event event = stock(EVENT_INBOUND_EXPECTED, "A", where, units, minute);
    event.stock.inbound_id = bytes_text(inbound_id);
    event.stock.eta = eta;
    return event;
}

static const struct line_document *line_of(struct fixture *f, const char *order_id)
{
    return &promised(f, order_id)->lines[0];
}

static void dates_are(struct fixture *f, const char *order_id, int32_t promised_by,
                      int32_t expected_by, enum line_status status)
{
    const struct line_document *line = line_of(f, order_id);
    cr_assert_eq(line->promised_by, promised_by, "%d", (int)(line->promised_by - START_DAY));
    cr_assert_eq(line->expected_by, expected_by, "%d", (int)(line->expected_by - START_DAY));
    cr_assert_eq(line->status, status, "%s", LINE_STATUS_NAMES[line->status]);
}

static struct event placed_for(const char *order_id, const char *where, int64_t units,
                               int32_t promised_by, int64_t minute)
{
    struct event event = placed(order_id, "A", where, units, minute);
    ((struct line_data *)event.order.lines)->promised_by = promised_by;
    return event;
}

/* ------------------------------------------------------------------ promised_by */

Test(documents, a_line_is_promised_the_date_of_its_ship_day)
{
    struct fixture f = one_shop(5);

    feed(&f, placed("O1", "A", NULL, 3, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    dates_are(&f, "O1", DAY(TUESDAY), DAY(TUESDAY), LINE_PROMISED);
}

Test(documents, a_line_of_several_parts_is_promised_its_latest_date)
{
    struct fixture f = one_shop(2);
    open_shop(&f, "W2", 2, 4);

    feed(&f, placed("O1", "A", NULL, 4, 1));

    cr_assert_eq(line_of(&f, "O1")->part_count, 2);
    dates_are(&f, "O1", DAY(FRIDAY), DAY(FRIDAY), LINE_PROMISED);
}

Test(documents, a_date_once_promised_stays)
{
    struct fixture f = one_shop(5);
    feed(&f, placed("O1", "A", NULL, 3, 1));

    feed(&f, shop_lane("W1", 4, 100));
    dates_are(&f, "O1", DAY(TUESDAY), DAY(FRIDAY), LINE_AT_RISK);
    feed(&f, shop_lane("W1", 0, 100));
    dates_are(&f, "O1", DAY(TUESDAY), DAY(MONDAY), LINE_PROMISED);
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 0, 2));

    dates_are(&f, "O1", DAY(TUESDAY), DAY_NONE, LINE_AT_RISK);
}

Test(documents, the_orders_own_date_is_kept_and_is_the_measure)
{
    struct fixture f = one_shop(5);

    feed(&f, placed_for("O1", "W1", 3, DAY(THURSDAY), 1));
    feed(&f, placed_for("O2", "W1", 2, DAY(MONDAY), 2));

    dates_are(&f, "O1", DAY(THURSDAY), DAY(TUESDAY), LINE_PROMISED);
    dates_are(&f, "O2", DAY(MONDAY), DAY(TUESDAY), LINE_AT_RISK);
    feed(&f, placed_for("O2", "W1", 2, DAY(TUESDAY), 3));
    dates_are(&f, "O2", DAY(TUESDAY), DAY(TUESDAY), LINE_PROMISED);
}

Test(documents, the_orders_own_date_beats_one_that_was_decided)
{
    struct fixture f = one_shop(5);
    feed(&f, placed("O1", "A", "W1", 3, 1));
    dates_are(&f, "O1", DAY(TUESDAY), DAY(TUESDAY), LINE_PROMISED);

    feed(&f, placed_for("O1", "W1", 3, DAY(FRIDAY), 2));

    dates_are(&f, "O1", DAY(FRIDAY), DAY(TUESDAY), LINE_PROMISED);
}

Test(documents, a_named_location_without_a_lane_has_no_date)
{
    struct fixture f = one_shop(5);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W9", 5, 0));

    feed(&f, placed("O1", "A", "W9", 3, 1));

    cr_assert_eq(ship_on(&f, "O1", "W9"), DAY(MONDAY));
    dates_are(&f, "O1", DAY_NONE, DAY_NONE, LINE_PROMISED);
}

/* ------------------------------------------------------------------ expected_by */

Test(documents, without_any_cover_there_is_no_date)
{
    struct fixture f = one_shop(2);

    feed(&f, placed("O1", "A", NULL, 3, 1));

    dates_are(&f, "O1", DAY_NONE, DAY_NONE, LINE_BACKORDERED);
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY_NONE);
}

Test(documents, the_date_follows_inbound_and_says_so_when_it_slips)
{
    struct fixture f = one_shop(0);
    feed(&f, expected("W1", "I1", 3, DAY(TUESDAY), 0));
    feed(&f, placed("O1", "A", NULL, 3, 1));
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY));
    dates_are(&f, "O1", DAY(THURSDAY), DAY(THURSDAY), LINE_BACKORDERED);

    feed(&f, expected("W1", "I1", 3, DAY(FRIDAY), 2));
    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY), "a ship day stays");
    dates_are(&f, "O1", DAY(THURSDAY), DAY(SUNDAY), LINE_AT_RISK);
    feed(&f, expected("W1", "I1", 3, DAY(MONDAY), 3));
    dates_are(&f, "O1", DAY(THURSDAY), DAY(THURSDAY), LINE_BACKORDERED);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 3, 4));

    dates_are(&f, "O1", DAY(THURSDAY), DAY(THURSDAY), LINE_PROMISED);
}

Test(documents, inbound_without_eta_covers_nothing)
{
    struct fixture f = one_shop(0);
    feed(&f, expected("W1", "I1", 3, DAY_NONE, 0));

    feed(&f, placed("O1", "A", NULL, 3, 1));

    dates_are(&f, "O1", DAY_NONE, DAY_NONE, LINE_BACKORDERED);
}

Test(documents, a_ship_day_that_passed_puts_the_line_at_risk)
{
    struct fixture f = one_shop(5);
    feed(&f, placed("O1", "A", NULL, 3, 1));

    tick(&f, CLOCK(TUESDAY, 0, 0));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    dates_are(&f, "O1", DAY(TUESDAY), DAY(WEDNESDAY), LINE_AT_RISK);
    feed(&f, shipped("O1", "S1", "A", "W1", 3, CLOCK(TUESDAY, 9, 0)));
    dates_are(&f, "O1", DAY(TUESDAY), DAY_NONE, LINE_SHIPPED);
}

Test(documents, a_ship_day_that_is_no_longer_worked_moves_what_is_expected)
{
    struct fixture f = one_shop(5);
    feed(&f, placed("O1", "A", NULL, 3, 1));
    static const int32_t closed[] = { DAY(MONDAY), DAY(TUESDAY) };
    struct event place = shop_location("W1", 100);
    place.location.closed = closed;
    place.location.closed_count = 2;

    feed(&f, place);

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(MONDAY));
    dates_are(&f, "O1", DAY(TUESDAY), DAY(THURSDAY), LINE_AT_RISK);
}

Test(documents, while_units_have_no_place_nothing_is_expected)
{
    struct fixture f = one_shop(5);
    struct event far = placed("O1", "A", NULL, 3, 1);
    far.order.zone = BYTES_LITERAL("mars");

    feed(&f, far);

    dates_are(&f, "O1", DAY_NONE, DAY_NONE, LINE_UNFULFILLABLE);
}

Test(documents, what_is_made_covers_a_line)
{
    struct fixture f = one_shop(0);
    struct event described = item("A");
    described.item.made_to_order = true;
    described.item.lead_days = 2;
    feed(&f, described);
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 0, 0));

    feed(&f, placed("O1", "A", NULL, 3, 1));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY));
    dates_are(&f, "O1", DAY(THURSDAY), DAY(THURSDAY), LINE_BACKORDERED);
    tick(&f, CLOCK(WEDNESDAY, 9, 0));
    dates_are(&f, "O1", DAY(THURSDAY), DAY(THURSDAY), LINE_BACKORDERED);
}

Test(documents, units_added_where_nothing_was_open_choose_a_day_anew)
{
    struct fixture f = one_shop(5);
    feed(&f, placed("O1", "A", "W1", 2, 1));
    feed(&f, shipped("O1", "S1", "A", "W1", 2, 2));
    tick(&f, CLOCK(WEDNESDAY, 9, 0));

    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, 3, CLOCK(WEDNESDAY, 9, 1)));

    cr_assert_eq(ship_on(&f, "O1", "W1"), DAY(WEDNESDAY));
}

/* ------------------------------------------------------------------ at risk, kept, missed */

Test(documents, a_line_is_at_risk_while_its_location_is_off)
{
    struct fixture f = one_shop(5);
    feed(&f, placed("O1", "A", "W1", 3, 1));
    struct event off = shop_location("W1", 100);
    off.location.enabled = false;
    feed(&f, off);
    cr_assert_eq(line_of(&f, "O1")->status, LINE_AT_RISK);

    feed(&f, shop_location("W1", 100));

    dates_are(&f, "O1", DAY(TUESDAY), DAY(TUESDAY), LINE_PROMISED);
}

Test(documents, scarce_units_leave_the_last_line_at_risk)
{
    struct fixture f = one_shop(5);
    feed(&f, placed("O1", "A", NULL, 3, 1));
    feed(&f, placed("O2", "A", NULL, 2, 2));

    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -1, 3));

    dates_are(&f, "O1", DAY(TUESDAY), DAY(TUESDAY), LINE_PROMISED);
    dates_are(&f, "O2", DAY(TUESDAY), DAY_NONE, LINE_AT_RISK);
}

static void deliver(struct fixture *f, const char *order_id, int64_t minute)
{
    feed(f, shipped(order_id, "S1", "A", "W1", 1, 2));
    feed(f, shipment(EVENT_SHIPMENT_DELIVERED, order_id, "S1", minute));
}

Test(documents, a_promise_is_kept_or_missed_at_the_last_delivery)
{
    struct fixture f = one_shop(5);
    feed(&f, placed("O1", "A", NULL, 1, 1));
    feed(&f, placed("O2", "A", NULL, 1, 1));

    deliver(&f, "O1", CLOCK(TUESDAY, 23, 59));
    deliver(&f, "O2", CLOCK(WEDNESDAY, 0, 0));

    cr_assert_eq(world_promise_count(f.world, true), 1);
    cr_assert_eq(world_promise_count(f.world, false), 1);
    cr_assert_eq(line_of(&f, "O1")->status, LINE_DELIVERED);
    cr_assert_eq(line_of(&f, "O1")->promised_by, DAY(TUESDAY));
}

Test(documents, a_line_that_was_promised_nothing_is_neither_kept_nor_missed)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 1, 1));

    deliver(&f, "O1", CLOCK(TUESDAY, 9, 0));

    cr_assert_eq(world_promise_count(f.world, true), 0);
    cr_assert_eq(world_promise_count(f.world, false), 0);
}

Test(documents, an_order_is_touched_when_its_dates_change)
{
    struct fixture f = one_shop(0);
    feed(&f, expected("W1", "I1", 3, DAY(TUESDAY), 0));
    feed(&f, placed("O1", "A", NULL, 3, 1));
    const struct document_key key = world_find_order(f.world, BYTES_LITERAL("O1"));
    const uint64_t shown = f.sequence;
    cr_assert_not(world_key_due(f.world, key, shown));

    feed(&f, expected("W1", "I1", 3, DAY(FRIDAY), 2));

    cr_assert(world_key_due(f.world, key, shown));
}

/* ------------------------------------------------------------------ monotone (R13) */

static const char *const NAMES[] = { "W1", "W2", "W3" };

struct random_shop {
    struct event place;
    struct event way;
    int64_t units;
    int64_t held;
};

struct random_world {
    struct random_shop shops[3];
    int count;
    int64_t minute;
    int64_t workload;
};

static struct random_world draw(struct chance *chance)
{
    struct random_world world = { .count = chance_between(chance, 1, 3),
                                  .minute = chance_between(chance, 0, 7 * 24 * 60),
                                  .workload = chance_between(chance, 1, 3) };
    for (int i = 0; i < world.count; i++) {
        struct random_shop *shop = &world.shops[i];
        shop->place = shop_location(NAMES[i], chance_between(chance, 1, 2));
        shop->place.location.working_days = (uint8_t)chance_between(chance, 0, 127);
        shop->place.location.cutoff_minute = chance_between(chance, 0, 1439);
        shop->place.location.processing_days = chance_between(chance, 0, 2);
        shop->place.location.capacity_unit = (enum capacity_unit)chance_between(chance, 0, 2);
        shop->place.location.capacity_per_day =
            chance_percent(chance, 20) ? CAPACITY_UNLIMITED : chance_between(chance, 0, 9);
        shop->way = shop_lane(NAMES[i], chance_between(chance, 0, 4), chance_between(chance, 1, 2));
        shop->way.lane.delivery_weekdays = (uint8_t)chance_between(chance, 1, 127);
        shop->units = chance_between(chance, 0, 12);
        shop->held = chance_percent(chance, 20) ? chance_between(chance, 1, 3) : 0;
    }
    return world;
}

/* By when the first unit of A can be had; a large day where it cannot. */
static int32_t first_by(const struct random_world *world)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event described = item("A");
    described.item.workload = world->workload;
    feed(&f, described);
    for (int i = 0; i < world->count; i++) {
        const struct random_shop *shop = &world->shops[i];
        feed(&f, shop->place);
        feed(&f, shop->way);
        feed(&f, stock(EVENT_STOCK_COUNTED, "A", NAMES[i], shop->units, 0));
        if (shop->held > 0) {
            feed(&f, stock(EVENT_STOCK_HELD, "A", NAMES[i], shop->held, 0));
        }
    }
    tick(&f, world->minute);
    const int32_t by = offer_count(&f) > 0 ? offer_at(&f, 0).by : INT32_MAX;
    world_close(&f);
    return by;
}

/* One thing more: a unit, a slot of capacity, a working day, or one held unit less. */
static void add_one(struct chance *chance, struct random_shop *shop)
{
    struct location_data *place = &shop->place.location;
    switch (chance_between(chance, 0, 3)) {
    case 0:
        shop->units++;
        break;
    case 1:
        place->capacity_per_day += place->capacity_per_day == CAPACITY_UNLIMITED ? 0 : 1;
        break;
    case 2:
        place->working_days |= (uint8_t)(1 << chance_between(chance, 0, 6));
        break;
    default:
        shop->held -= shop->held > 0;
        break;
    }
}

Test(R13, more_never_makes_the_first_offer_later_nor_less_earlier, .timeout = 300)
{
    struct chance chance = chance_of_seed();

    for (int i = 0; i < 3000; i++) {
        struct random_world world = draw(&chance);
        int32_t by = first_by(&world);
        for (int step = 0; step < 3; step++) {
            add_one(&chance, &world.shops[chance_between(&chance, 0, world.count - 1)]);
            const int32_t then = first_by(&world);
            cr_assert_leq(then, by, "world %d, step %d", i, step);
            by = then;
        }
    }
}

/* ------------------------------------------------------------------ same answer (R14) */

static void feed_days(struct fixture *f)
{
    open_shop(f, "W1", 20, 1);
    open_shop(f, "W2", 10, 3);
    struct event small = shop_location("W1", 100);
    small.location.capacity_per_day = 5;
    feed(f, small);
    feed(f, expected("W2", "I1", 9, DAY(THURSDAY), 1));
    feed(f, placed("O1", "A", NULL, 12, 2));
    feed(f, placed("O2", "A", NULL, 22, 3));
    feed(f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 2, 4));
    review(f, CLOCK(TUESDAY, 0, 0));
    feed(f, shipped("O1", "S1", "A", "W1", 4, CLOCK(TUESDAY, 9, 0)));
}

Test(R14, the_same_entries_decide_the_same)
{
    struct fixture one = world_new(WORLD_CLOCK_WALL);
    struct fixture two = world_new(WORLD_CLOCK_WALL);

    feed_days(&one);
    feed_days(&two);

    cr_assert_eq(state_digest(one.world), state_digest(two.world));
}

/* A world whose tables were copied from another one, as a snapshot does. */
static struct fixture restored(struct fixture *from)
{
    struct fixture f = *from;
    f.arena = arena_of(region(world_bytes(WORLD_SCALE_TEST)), world_bytes(WORLD_SCALE_TEST));
    f.scratch = arena_of(region(1 << 24), 1 << 24);
    f.world = world_init(&f.arena, WORLD_SCALE_TEST);
    for (uint32_t i = 0; i < world_table_count(from->world); i++) {
        const struct table *source = world_table(from->world, i);
        struct table *table = world_table(f.world, i);
        cr_assert(table_restore(table, table_extent(source)));
        for (uint32_t chunk = 0; chunk < table_chunk_count(source); chunk++) {
            cr_assert(table_restore_chunk(table, chunk, table_chunk(source, chunk)));
        }
    }
    cr_assert(world_restored(f.world));
    return f;
}

Test(R14, a_restart_changes_no_decision)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed_days(&f);
    struct fixture again = restored(&f);
    cr_assert_eq(state_digest(again.world), state_digest(f.world));

    struct fixture *both[] = { &f, &again };
    for (int i = 0; i < 2; i++) {
        feed(both[i], placed("O3", "A", NULL, 6, CLOCK(TUESDAY, 10, 0)));
        feed(both[i], stock(EVENT_STOCK_RECEIVED, "A", "W1", 9, CLOCK(TUESDAY, 11, 0)));
        review(both[i], CLOCK(WEDNESDAY, 0, 0));
    }

    cr_assert_eq(state_digest(again.world), state_digest(f.world));
    cr_assert_eq(line_of(&f, "O3")->open, 6);
    cr_assert_eq(line_of(&again, "O3")->expected_by, line_of(&f, "O3")->expected_by);
    cr_assert_eq(offer_at(&again, 0).by, offer_at(&f, 0).by);
    cr_assert_eq(site_at(&again, "W1")->ships_on, site_at(&f, "W1")->ships_on);
}
