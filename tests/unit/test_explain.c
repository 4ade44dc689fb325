/* SPDX-License-Identifier: Apache-2.0 */
#include "core/explain.h"
#include "world_fixture.h"

enum { ANYTIME = 60 };   /* the Monday at 01:00, when all of these tests begin */

static struct fixture scene_new(void)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    tick(&f, ANYTIME);
    return f;
}

/* A location with a lane to `north` that takes `days` days. */
static void site_with(struct fixture *f, const char *name, int32_t days, int64_t cost)
{
    struct event there = lane(name, "north");
    there.lane.transit_days_min = days;
    there.lane.transit_days_max = days;
    there.lane.cost = cost;
    cr_assert_eq(feed(f, location(name)), RESULT_APPLIED);
    cr_assert_eq(feed(f, there), RESULT_APPLIED);
}

static void receive(struct fixture *f, const char *sku, const char *where, int64_t quantity)
{
    cr_assert_eq(feed(f, stock(EVENT_STOCK_RECEIVED, sku, where, quantity, ANYTIME)),
                 RESULT_APPLIED);
}

static struct explanation explain(struct fixture *f, const char *sku, int64_t quantity)
{
    static const struct explain_route NORTH = { { (const uint8_t *)"north", 5 },
                                                { (const uint8_t *)"standard", 8 } };
    struct explanation explanation;
    arena_reset(&f->scratch);
    cr_assert_eq(world_explain(f->world, bytes_text(sku), BYTES_LITERAL("default"), &NORTH,
                               quantity, &f->scratch, &explanation),
                 EXPLAIN_OK);
    return explanation;
}

/* How many ways there are for A to a zone by a service; "" is any. The first two are kept. */
static enum explain_verdict routes_of(struct fixture *f, const char *zone, const char *service,
                                      struct explain_route out_first[2], uint32_t *out_count)
{
    const struct explain_route *routes;
    const enum explain_verdict verdict =
        world_explain_routes(f->world, BYTES_LITERAL("A"), BYTES_LITERAL("default"),
                             bytes_text(zone), bytes_text(service), &f->scratch, &routes,
                             out_count);
    for (uint32_t i = 0; verdict == EXPLAIN_OK && i < *out_count && i < 2; i++) {
        out_first[i] = routes[i];
    }
    return verdict;
}

static const struct explain_location *place(const struct explanation *explanation,
                                            const char *name)
{
    for (uint32_t i = 0; i < explanation->location_count; i++) {
        if (bytes_equal(explanation->locations[i].location, bytes_text(name))) {
            return &explanation->locations[i];
        }
    }
    cr_assert_fail("%s is not told", name);
    return NULL;
}

static void assert_reason(const struct explanation *explanation, const char *name,
                          enum source_reason reason)
{
    const enum source_reason told = place(explanation, name)->reason;
    cr_assert_eq(told, reason, "%s: %s, not %s", name, SOURCE_REASON_NAMES[told],
                 SOURCE_REASON_NAMES[reason]);
}

static const struct explain_constraint *cost_of(const struct explanation *explanation,
                                                enum constraint constraint)
{
    const struct explain_constraint *told = &explanation->constraints[constraint - 1];
    cr_assert_eq(told->constraint, constraint);
    return told;
}

Test(explain, each_location_is_told_with_the_reason_why_it_ships_or_not)
{
    struct fixture f = scene_new();
    site_with(&f, "source", 1, 10);
    site_with(&f, "off", 1, 0);
    site_with(&f, "empty", 1, 0);
    site_with(&f, "slow", 3, 0);
    site_with(&f, "dear", 1, 20);
    cr_assert_eq(feed(&f, location("laneless")), RESULT_APPLIED);
    static const char *const STOCKED[] = { "source", "off", "slow", "dear", "laneless" };
    for (size_t i = 0; i < sizeof STOCKED / sizeof STOCKED[0]; i++) {
        receive(&f, "A", STOCKED[i], 5);
    }
    struct event off = location("off");
    off.location.enabled = false;
    cr_assert_eq(feed(&f, off), RESULT_APPLIED);

    const struct explanation told = explain(&f, "A", 2);

    assert_reason(&told, "source", SOURCE_CHOSEN);
    assert_reason(&told, "off", SOURCE_DISABLED);
    assert_reason(&told, "laneless", SOURCE_NO_LANE);
    assert_reason(&told, "empty", SOURCE_NO_STOCK);
    assert_reason(&told, "slow", SOURCE_LATER);
    assert_reason(&told, "dear", SOURCE_NOT_FIRST);
    cr_assert_eq(told.ship_on, DAY(MONDAY));
    cr_assert_eq(told.by, DAY(TUESDAY));
    cr_assert_eq(place(&told, "source")->units, 2);
    cr_assert_eq(place(&told, "slow")->first_by, DAY(THURSDAY));
    cr_assert(bytes_equal(told.locations[0].location, BYTES_LITERAL("source")), "sources first");
}

Test(explain, one_location_that_has_it_all_ships_though_another_is_cheaper)
{
    struct fixture f = scene_new();
    site_with(&f, "small", 1, 0);
    site_with(&f, "large", 1, 50);
    receive(&f, "A", "small", 3);
    receive(&f, "A", "large", 5);

    const struct explanation told = explain(&f, "A", 5);

    assert_reason(&told, "large", SOURCE_CHOSEN);
    assert_reason(&told, "small", SOURCE_NOT_ENOUGH);
    cr_assert_eq(place(&told, "small")->units_by, 3);
    cr_assert_eq(place(&told, "small")->alone_by, DAY_NONE);
    cr_assert_eq(told.by, DAY(TUESDAY));
}

Test(explain, more_than_there_is_has_no_date_but_names_what_would_ship)
{
    struct fixture f = scene_new();
    site_with(&f, "a", 1, 0);
    receive(&f, "A", "a", 3);

    const struct explanation told = explain(&f, "A", 4);

    cr_assert_eq(told.by, DAY_NONE);
    assert_reason(&told, "a", SOURCE_CHOSEN);
    cr_assert_eq(place(&told, "a")->units, 3);
    cr_assert_eq(cost_of(&told, CONSTRAINT_STOCK)->by, DAY(TUESDAY));
    cr_assert_eq(cost_of(&told, CONSTRAINT_CAPACITY)->by, DAY_NONE);
}

Test(explain, capacity_costs_the_days_that_lifting_it_brings)
{
    struct fixture f = scene_new();
    site_with(&f, "a", 1, 0);
    struct event narrow = location("a");
    narrow.location.capacity_per_day = 2;
    cr_assert_eq(feed(&f, narrow), RESULT_APPLIED);
    receive(&f, "A", "a", 10);

    const struct explanation told = explain(&f, "A", 5);

    cr_assert_eq(told.ship_on, DAY(WEDNESDAY));
    cr_assert_eq(told.by, DAY(THURSDAY));
    cr_assert_eq(cost_of(&told, CONSTRAINT_CAPACITY)->days, 2);
    cr_assert_eq(cost_of(&told, CONSTRAINT_CAPACITY)->by, DAY(TUESDAY));
    cr_assert_eq(cost_of(&told, CONSTRAINT_HELD)->days, 0);
    cr_assert_eq(place(&told, "a")->remaining, 2);
    cr_assert_eq(place(&told, "a")->ships_on, DAY(MONDAY));
}

Test(explain, safety_stock_and_held_cost_what_waits_for_inbound)
{
    struct fixture f = scene_new();
    site_with(&f, "a", 1, 0);
    struct event careful = item("A");
    careful.item.safety_stock = 3;
    cr_assert_eq(feed(&f, careful), RESULT_APPLIED);
    receive(&f, "A", "a", 5);
    cr_assert_eq(feed(&f, stock(EVENT_STOCK_HELD, "A", "a", 2, ANYTIME)), RESULT_APPLIED);
    struct event expected = stock(EVENT_INBOUND_EXPECTED, "A", "a", 10, ANYTIME);
    expected.stock.inbound_id = BYTES_LITERAL("PO-1");
    expected.stock.eta = DAY(TUESDAY);
    cr_assert_eq(feed(&f, expected), RESULT_APPLIED);

    const struct explanation told = explain(&f, "A", 1);

    const struct explain_location *a = place(&told, "a");
    cr_assert_eq(a->free, 0);
    cr_assert_eq(a->held, 2);
    cr_assert_eq(a->safety_stock, 3);
    cr_assert_eq(a->inbound_count, 1);
    cr_assert_eq(a->inbound[0].usable_on, DAY(WEDNESDAY));
    cr_assert_eq(told.by, DAY(THURSDAY));
    cr_assert_eq(cost_of(&told, CONSTRAINT_SAFETY_STOCK)->days, 2);
    cr_assert_eq(cost_of(&told, CONSTRAINT_HELD)->days, 2);
    cr_assert_eq(cost_of(&told, CONSTRAINT_STOCK)->days, 2);
}

Test(explain, a_cutoff_that_passed_costs_a_day)
{
    struct fixture f = scene_new();
    site_with(&f, "a", 1, 0);
    receive(&f, "A", "a", 5);
    tick(&f, 15 * 60);

    const struct explanation told = explain(&f, "A", 1);

    cr_assert_eq(told.by, DAY(WEDNESDAY));
    cr_assert_eq(cost_of(&told, CONSTRAINT_CUTOFF)->days, 1);
    cr_assert_eq(told.limited_by.constraint, CONSTRAINT_CUTOFF);
}

Test(explain, made_to_order_tells_from_when_and_a_preorder_beyond_the_horizon_why_not)
{
    struct fixture f = scene_new();
    site_with(&f, "a", 1, 0);
    struct event made = item("M");
    static const struct bytes MAKERS[] = { { (const uint8_t *)"a", 1 } };
    made.item.made_to_order = true;
    made.item.lead_days = 2;
    made.item.makers = MAKERS;
    made.item.maker_count = 1;
    cr_assert_eq(feed(&f, made), RESULT_APPLIED);
    struct event later = item("P");
    later.item.preorder_from = DAY(200);
    cr_assert_eq(feed(&f, later), RESULT_APPLIED);
    receive(&f, "P", "a", 5);

    const struct explanation made_told = explain(&f, "M", 1000);
    cr_assert_eq(place(&made_told, "a")->made_on, DAY(WEDNESDAY));
    cr_assert_eq(made_told.by, DAY(THURSDAY));
    const struct explanation later_told = explain(&f, "P", 1);
    assert_reason(&later_told, "a", SOURCE_PREORDER);
    cr_assert_eq(later_told.by, DAY_NONE);
}

Test(explain, the_newest_records_on_the_sku_are_named)
{
    struct fixture f = scene_new();
    site_with(&f, "a", 1, 0);
    receive(&f, "A", "a", 5);
    receive(&f, "B", "a", 5);
    cr_assert_eq(feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "a", -1, ANYTIME)), RESULT_APPLIED);

    const struct explanation told = explain(&f, "A", 1);

    cr_assert_eq(told.event_count, 2);
    cr_assert_eq(told.events[0].type, EVENT_STOCK_ADJUSTED);
    cr_assert_eq(told.events[0].topic, TOPIC_STOCK);
    cr_assert_eq(told.events[0].offset, 2);
    cr_assert_eq(told.events[0].time, at_minute(ANYTIME));
    cr_assert_eq(told.events[1].type, EVENT_STOCK_RECEIVED);
    cr_assert_eq(told.events[1].offset, 0);
}

Test(explain, what_is_not_known_is_told_apart)
{
    struct fixture f = scene_new();
    site_with(&f, "a", 1, 0);
    receive(&f, "A", "a", 5);
    const struct explain_route north = { BYTES_LITERAL("north"), BYTES_LITERAL("standard") };
    const struct explain_route moon = { BYTES_LITERAL("moon"), BYTES_LITERAL("standard") };
    struct explain_route routes[2];
    struct explanation told;
    uint32_t count;

    cr_assert_eq(world_explain(f.world, BYTES_LITERAL("Z"), BYTES_LITERAL("default"), &north, 1,
                               &f.scratch, &told),
                 EXPLAIN_UNKNOWN_SKU);
    cr_assert_eq(world_explain(f.world, BYTES_LITERAL("A"), BYTES_LITERAL("web"), &north, 1,
                               &f.scratch, &told),
                 EXPLAIN_UNKNOWN_NETWORK);
    cr_assert_eq(world_explain(f.world, BYTES_LITERAL("A"), BYTES_LITERAL("default"), &moon, 1,
                               &f.scratch, &told),
                 EXPLAIN_NO_ROUTE);
    cr_assert_eq(routes_of(&f, "moon", "", routes, &count), EXPLAIN_NO_ROUTE);
}

Test(explain, routes_are_the_services_to_a_zone_or_one_for_each_group_of_zones)
{
    struct fixture f = scene_new();
    site_with(&f, "a", 1, 0);
    receive(&f, "A", "a", 5);
    struct event more = lane("a", "north");
    more.lane.service = BYTES_LITERAL("express");
    cr_assert_eq(feed(&f, more), RESULT_APPLIED);
    cr_assert_eq(feed(&f, lane("a", "west")), RESULT_APPLIED);
    cr_assert_eq(feed(&f, lane("a", "east")), RESULT_APPLIED);
    struct explain_route routes[2];
    uint32_t count = 0;

    cr_assert_eq(routes_of(&f, "north", "", routes, &count), EXPLAIN_OK);
    cr_assert_eq(count, 2);
    cr_assert(bytes_equal(routes[0].service, BYTES_LITERAL("express")));
    cr_assert_eq(routes_of(&f, "", "standard", routes, &count), EXPLAIN_OK);
    cr_assert_eq(count, 2, "east and west are served alike");
    cr_assert(bytes_equal(routes[0].zone, BYTES_LITERAL("east")));
    cr_assert(bytes_equal(routes[1].zone, BYTES_LITERAL("north")));
}

/* ------------------------------------------------------------------ against the documents */

static uint64_t seeded(void)
{
    const char *text = getenv("PROMISED_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 10) : 20261121;
    (void)fprintf(stderr, "PROMISED_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static int64_t draw(uint64_t *state, int64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (int64_t)(*state % (uint64_t)below);
}

static void random_site(struct fixture *f, uint64_t *state, const char *name)
{
    struct event where = location(name);
    where.location.cutoff_minute = (int32_t)draw(state, 24) * 60;
    where.location.processing_days = (int32_t)draw(state, 2);
    where.location.capacity_per_day = draw(state, 3) == 0 ? CAPACITY_UNLIMITED : draw(state, 6);
    where.location.safety_stock = draw(state, 3);
    where.location.enabled = draw(state, 6) > 0;
    struct event there = lane(name, "north");
    there.lane.transit_days_min = 1;
    there.lane.transit_days_max = 1 + (int32_t)draw(state, 4);
    there.lane.cost = draw(state, 3);
    cr_assert_eq(feed(f, where), RESULT_APPLIED);
    if (draw(state, 5) > 0) {
        cr_assert_eq(feed(f, there), RESULT_APPLIED);
    }
    if (draw(state, 4) > 0) {
        receive(f, "A", name, 1 + draw(state, 6));
        (void)feed(f, stock(EVENT_STOCK_HELD, "A", name, 1 + draw(state, 3), ANYTIME));
    }
    if (draw(state, 2) > 0) {
        struct event expected = stock(EVENT_INBOUND_EXPECTED, "A", name, 5, ANYTIME);
        expected.stock.inbound_id = bytes_text(name);
        expected.stock.eta = DAY(1 + (int32_t)draw(state, 9));
        cr_assert_eq(feed(f, expected), RESULT_APPLIED);
    }
}

/* R11 out of the five costs: the first of those that bring most. */
static enum constraint best_of(const struct explanation *told)
{
    int32_t best_by = told->by;
    enum constraint best = CONSTRAINT_NONE;
    for (uint32_t i = 0; i < EXPLAIN_CONSTRAINTS; i++) {
        const int32_t by = told->constraints[i].by;
        if (by != DAY_NONE && (best_by == DAY_NONE || by < best_by)) {
            best_by = by;
            best = told->constraints[i].constraint;
        }
    }
    return best;
}

Test(explain, an_order_of_one_has_the_first_offers_date_and_the_costs_have_limited_by_as_best)
{
    static const char *const NAMES[] = { "a", "b", "c", "d" };
    uint64_t state = seeded();

    for (int round = 0; round < 300; round++) {
        struct fixture f = scene_new();
        for (int i = 0; i < 4; i++) {
            random_site(&f, &state, NAMES[i]);
        }
        tick(&f, ANYTIME + draw(&state, 24 * 60));
        struct explain_route routes[2];
        uint32_t count;
        if (routes_of(&f, "north", "", routes, &count) == EXPLAIN_OK &&
            world_find_key(f.world, TOPIC_PROMISES_ITEMS, BYTES_LITERAL("A|default")).row) {
            const struct explanation told = explain(&f, "A", 1);
            cr_assert_eq(told.by, told.offer_count ? told.offers[0].by : DAY_NONE, "round %d",
                         round);
            cr_assert_eq(told.limited_by.constraint, best_of(&told), "round %d", round);
        }
        (void)munmap(f.arena.base, f.arena.capacity);
        (void)munmap(f.scratch.base, f.scratch.capacity);
    }
}

Test(explain, capacity_of_today_is_told_where_there_is_a_limit)
{
    struct fixture f = scene_new();
    struct event narrow = location("a");
    narrow.location.capacity_per_day = 4;
    cr_assert_eq(feed(&f, narrow), RESULT_APPLIED);
    site_with(&f, "b", 1, 0);
    struct event there = lane("a", "north");
    cr_assert_eq(feed(&f, there), RESULT_APPLIED);
    receive(&f, "A", "a", 10);
    cr_assert_eq(feed(&f, placed("o-1", "A", "a", 3, ANYTIME)), RESULT_APPLIED);
    struct bytes name;
    struct day_document today;

    const struct document_key a = world_find_key(f.world, TOPIC_PROMISES_LOCATIONS,
                                                 BYTES_LITERAL("a"));
    const struct document_key b = world_find_key(f.world, TOPIC_PROMISES_LOCATIONS,
                                                 BYTES_LITERAL("b"));

    cr_assert(world_capacity_today(f.world, a.row, &name, &today));
    cr_assert(bytes_equal(name, BYTES_LITERAL("a")));
    cr_assert_eq(today.planned, 4);
    cr_assert_eq(today.used, 3);
    cr_assert_not(world_capacity_today(f.world, b.row, &name, &today));
}
