/* SPDX-License-Identifier: Apache-2.0 */
/* Contract section 4, the rules of orders and time: R2, R3, R6, R14, R15, and who sells what. */
#include "world_fixture.h"

Test(R2, goods_that_left_win_over_a_cancel)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 100, 0));
    feed(&f, placed("O1", "A", "W1", 5, 1));
    feed(&f, shipped("O1", "S1", "A", "W1", 5, 2));

    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 5, 3));

    const struct line_document *line = &promised(&f, "O1")->lines[0];
    cr_assert_eq(line->shipped, 5);
    cr_assert_eq(line->cancelled, 0);
    cr_assert_eq(line->status, LINE_SHIPPED);
    cr_assert_eq(balance(&f, "A|W1")->available, 95);
    cr_assert_eq(world_anomaly_count(f.world, ANOMALY_NOTHING_OPEN), 1);
}

Test(R2, a_cancel_before_the_shipment_gives_the_same_totals)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 5, 1));
    feed(&f, order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 4, 2));
    cr_assert_eq(promised(&f, "O1")->lines[0].open, 1);

    feed(&f, shipped("O1", "S1", "A", "W1", 3, 3));

    const struct line_document *line = &promised(&f, "O1")->lines[0];
    cr_assert_eq(line->shipped, 3);
    cr_assert_eq(line->cancelled, 2);
    cr_assert_eq(line->open, 0);
    cr_assert_eq(balance(&f, "A|W1")->allocated, 0);
}

Test(R2, more_than_ordered_is_over_shipped)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 5, 1));

    feed(&f, shipped("O1", "S1", "A", "W1", 7, 3));

    cr_assert_eq(promised(&f, "O1")->lines[0].over_shipped, 2);
    cr_assert_eq(promised(&f, "O1")->lines[0].open, 0);
    cr_assert_eq(world_anomaly_count(f.world, ANOMALY_OVER_SHIPPED), 1);
}

Test(R2, a_shipment_lowers_its_own_location_then_the_unlocated_then_others_by_name)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W2", 4, 1));
    struct event short_pick = shipped("O1", "P1", "A", "W2", 3, 2);
    short_pick.type = EVENT_SHIPMENT_SHORTED;
    feed(&f, short_pick);
    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_UNFULFILLABLE, "no lane: no location");
    cr_assert_eq(promised(&f, "O1")->lines[0].parts[0].open, 1);

    feed(&f, shipped("O1", "S1", "A", "W1", 3, 3));

    const struct line_document *line = &promised(&f, "O1")->lines[0];
    cr_assert_eq(line->open, 1);
    cr_assert_eq(line->part_count, 2);
    cr_assert_eq(line->parts[0].shipped, 3, "W1");
    cr_assert_eq(line->parts[1].open, 1, "W2 keeps what was not short");
}

Test(R2, an_amendment_takes_units_off_and_adds_them_at_the_assigned_location)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 4, 1));
    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, 1, 2));
    cr_assert_eq(balance(&f, "A|W1")->allocated, 1);

    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, 6, 3));

    cr_assert_eq(balance(&f, "A|W1")->allocated, 6);
}

Test(R2, the_newest_time_wins_for_every_attribute)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 4, 5));
    feed(&f, order(EVENT_ORDER_ASSIGNED, "O1", "1", "", "W2", 0, 10));
    feed(&f, order(EVENT_ORDER_ASSIGNED, "O1", "1", "", "W3", 0, 7));

    feed(&f, order(EVENT_ORDER_AMENDED, "O1", "1", "", NULL, 9, 4));

    cr_assert_eq(balance(&f, "A|W1")->allocated, 0);
    cr_assert_eq(balance(&f, "A|W2")->allocated, 4);
}

Test(R2, a_voided_shipment_counts_as_never_been_and_its_id_stays_void)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    feed(&f, placed("O1", "A", "W1", 4, 1));
    feed(&f, shipped("O1", "S1", "A", "W1", 4, 2));
    feed(&f, shipment(EVENT_SHIPMENT_VOIDED, "O1", "S1", 3));

    const enum event_result again = feed(&f, shipped("O1", "S1", "A", "W1", 4, 4));

    cr_assert_eq(again, RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_CONFLICT);
    cr_assert_eq(promised(&f, "O1")->lines[0].open, 4);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 10);
    cr_assert_eq(balance(&f, "A|W1")->allocated, 4);
}

Test(R2, goods_of_another_sku_leave_and_the_line_counts_as_shipped)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 1, 1));

    feed(&f, shipped("O1", "S1", "B", "W1", 1, 2));

    cr_assert_eq(balance(&f, "B|W1")->on_hand, -1);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 0);
    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_SHIPPED);
    cr_assert_eq(world_anomaly_count(f.world, ANOMALY_SKU_MISMATCH), 1);
}

/* The same events of one order, shipments first or orders first. */
static void feed_order(struct fixture *f, bool shipments_first)
{
    struct event orders[] = { placed("O1", "A", "W1", 5, 1),
                              order(EVENT_ORDER_CANCELLED, "O1", "1", "", NULL, 1, 3) };
    struct event shipments[] = { shipped("O1", "S1", "A", "W1", 2, 2),
                                 shipped("O1", "S2", "A", "W1", 1, 4),
                                 shipment(EVENT_SHIPMENT_VOIDED, "O1", "S2", 5),
                                 shipment(EVENT_SHIPMENT_DELIVERED, "O1", "S1", 6) };
    for (int turn = 0; turn < 2; turn++) {
        if ((turn == 0) == shipments_first) {
            for (size_t i = 0; i < sizeof shipments / sizeof *shipments; i++) {
                feed(f, shipments[i]);
            }
        } else {
            feed(f, orders[0]);
            feed(f, orders[1]);
        }
    }
}

Test(R3, topics_may_come_in_any_order)
{
    struct fixture orders_first = world_new(WORLD_CLOCK_WALL);
    struct fixture shipments_first = world_new(WORLD_CLOCK_WALL);

    feed_order(&orders_first, false);
    feed_order(&shipments_first, true);

    const struct line_document one = promised(&orders_first, "O1")->lines[0];
    const struct line_document two = promised(&shipments_first, "O1")->lines[0];
    cr_assert_eq(one.open, 2);
    cr_assert_eq(two.open, 2);
    cr_assert_eq(one.shipped, two.shipped);
    cr_assert_eq(one.cancelled, two.cancelled);
    cr_assert_eq(one.status, two.status);
    cr_assert_eq(balance(&orders_first, "A|W1")->on_hand, -2);
    cr_assert_eq(balance(&shipments_first, "A|W1")->on_hand, -2);
    cr_assert_eq(balance(&shipments_first, "A|W1")->allocated, 2);
}

Test(R3, a_shipment_before_its_order_lowers_on_hand_at_once_and_is_parked)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);

    const enum event_result result = feed(&f, shipped("O1", "S1", "A", "W1", 2, 2));

    cr_assert_eq(result, RESULT_PARKED);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, -2);
    cr_assert_eq(world_parked_count(f.world), 1);
    tick(&f, 2 * 60);
    cr_assert_eq(world_parked_alarm_count(f.world), 1);
    feed(&f, placed("O1", "A", "W1", 5, 3));
    cr_assert_eq(world_parked_count(f.world), 0);
    cr_assert_eq(world_parked_alarm_count(f.world), 0);
    cr_assert_eq(promised(&f, "O1")->lines[0].open, 3);
}

Test(R3, a_bundles_shipment_before_its_order_waits_whole)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static const struct recipe_part parts[] = { { BYTES_LITERAL("a"), 2 } };
    static const struct recipe_part ordered[] = { { BYTES_LITERAL("b"), 3 } };
    struct event bundle = item("kit");
    bundle.item.bundle = (struct recipe){ parts, 1 };
    feed(&f, bundle);
    feed(&f, shipped("O1", "S1", "kit", "W1", 1, 2));
    struct event place = placed("O1", "kit", "W1", 1, 1);
    ((struct line_data *)place.order.lines)->bundle = (struct recipe){ ordered, 1 };

    feed(&f, place);

    cr_assert_eq(balance(&f, "b|W1")->on_hand, -3, "by the recipe that the line carries");
    const struct document_key other =
        world_find_key(f.world, TOPIC_AVAILABILITY_LOCATIONS, BYTES_LITERAL("a|W1"));
    cr_assert_eq(other.row, 0);
}

Test(R6, scarce_units_go_to_the_lines_that_were_read_first)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 1, 1));
    feed(&f, placed("O2", "A", "W1", 2, 2));
    feed(&f, placed("O3", "A", "W1", 1, 3));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 3, 4));
    cr_assert_eq(promised(&f, "O2")->lines[0].status, LINE_PROMISED);
    cr_assert_eq(promised(&f, "O3")->lines[0].status, LINE_BACKORDERED);

    feed(&f, order(EVENT_ORDER_CANCELLED, "O2", "1", "", NULL, 1, 5));

    cr_assert_eq(promised(&f, "O3")->lines[0].status, LINE_PROMISED);
    cr_assert_eq(balance(&f, "A|W1")->available, 0);
}

Test(R6, an_order_whose_cover_changes_is_touched_by_the_receipt)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 1, 1));
    feed(&f, placed("O2", "A", "W1", 1, 2));
    world_touched_clear(f.world);

    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 1, 4));

    uint32_t count;
    const struct document_key *touched = world_touched(f.world, &count);
    const struct document_key first = world_find_order(f.world, BYTES_LITERAL("O1"));
    bool found = false;
    for (uint32_t i = 0; i < count; i++) {
        found = found || (touched[i].kind == KEY_ORDER && touched[i].row == first.row);
    }
    cr_assert(found);
}

Test(R14, the_same_entries_make_the_same_bytes)
{
    struct fixture one = world_new(WORLD_CLOCK_WALL);
    struct fixture two = world_new(WORLD_CLOCK_WALL);

    feed_order(&one, true);
    feed_order(&two, true);

    cr_assert_eq(state_digest(one.world), state_digest(two.world));
}

Test(R15, a_closed_order_ends_after_its_time_and_then_its_key)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const int64_t day = 24 * 60;
    feed(&f, placed("O1", "A", "W1", 1, 1));
    feed(&f, shipped("O1", "S1", "A", "W1", 1, 2));
    const struct document_key key = world_find_order(f.world, BYTES_LITERAL("O1"));
    tick(&f, 30 * day + 2);
    cr_assert_eq(world_key_state(f.world, key), KEY_STATE_LIVE);

    tick(&f, 30 * day + 3);
    cr_assert_eq(world_key_state(f.world, key), KEY_STATE_GONE);
    cr_assert(derived(&f, TOPIC_PROMISES_ORDERS, "O1")->gone);
    tick(&f, 37 * day + 3);

    cr_assert_eq(world_key_state(f.world, key), KEY_STATE_TOMBSTONE);
}

Test(R15, an_open_order_does_not_end)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 1, 1));

    tick(&f, 400 * 24 * 60);

    cr_assert_eq(promised(&f, "O1")->lines[0].open, 1);
}

Test(R15, an_event_from_the_past_of_a_forgotten_order_is_too_late)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 1, 40 * 24 * 60));

    const enum event_result result = feed(&f, placed("O2", "A", "W1", 1, 1));

    cr_assert_eq(result, RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_TOO_LATE);
}

Test(R15, refused_records_are_kept_until_all_partitions_published)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 1, 1));
    feed(&f, placed("O1", "B", "W1", 1, 2));
    uint64_t cursor = 0;
    struct rejected rejected;
    cr_assert(world_rejected(f.world, &cursor, &rejected));
    cr_assert_eq(rejected.place.offset, 1);
    const struct watermark_entry published[] = { { 0, f.sequence }, { 1, f.sequence - 1 } };
    struct world_entry entry = { .sequence = ++f.sequence, .now_ms = f.now_ms,
                                 .published = published, .published_count = 2 };
    world_begin(f.world, &entry);
    world_end(f.world, &entry);
    cursor = 0;
    cr_assert(world_rejected(f.world, &cursor, &rejected), "partition 1 has not");

    const struct watermark_entry all[] = { { 1, f.sequence } };
    entry.sequence = ++f.sequence;
    entry.published = all;
    entry.published_count = 1;
    world_begin(f.world, &entry);
    world_end(f.world, &entry);

    cursor = 0;
    cr_assert_not(world_rejected(f.world, &cursor, &rejected));
}

Test(refusals, bad_time_ahead_of_the_record)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event early = stock(EVENT_STOCK_RECEIVED, "A", "W1", 1, 0);
    early.time_ns = (f.now_ms + 3600 * 1000) * NS_PER_MS + 1;
    const struct record_place place = { .topic = TOPIC_STOCK, .timestamp_ms = f.now_ms };
    const struct world_entry entry = { .sequence = ++f.sequence, .now_ms = f.now_ms };
    early.id = BYTES_LITERAL("x");
    early.source = BYTES_LITERAL("test");
    world_begin(f.world, &entry);

    const enum event_result result = world_apply(f.world, &place, &early, &f.reason);

    cr_assert_eq(result, RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_BAD_TIME);
}

Test(refusals, a_lines_sku_and_recipe_never_change)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, placed("O1", "A", "W1", 1, 1));

    cr_assert_eq(feed(&f, placed("O1", "B", "W1", 1, 2)), RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_CONFLICT);
    static const struct recipe_part parts[] = { { BYTES_LITERAL("a"), 2 } };
    struct event place = placed("O1", "A", "W1", 1, 3);
    ((struct line_data *)place.order.lines)->bundle = (struct recipe){ parts, 1 };
    cr_assert_eq(feed(&f, place), RESULT_REJECTED);

    cr_assert_eq(f.reason.refusal, REFUSAL_CONFLICT);
    cr_assert_eq(promised(&f, "O1")->lines[0].quantity, 1);
}

Test(refusals, an_unknown_time_zone_keeps_the_last_good_value)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event place = location("W1");
    place.location.safety_stock = 2;
    feed(&f, place);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    place.location.time_zone = BYTES_LITERAL("Nowhere/Else");
    place.location.safety_stock = 3;

    const enum event_result result = feed(&f, place);

    cr_assert_eq(result, RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_BAD_VALUE);
    cr_assert_eq(balance(&f, "A|W1")->safety_stock, 2);
}

Test(documents, units_placed_by_us_are_taken_off_in_every_network_of_their_location)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    static const struct bytes both[] = { BYTES_LITERAL("default"), BYTES_LITERAL("web") };
    struct event place = location("W1");
    place.location.networks = both;
    place.location.network_count = 2;
    feed(&f, place);
    feed(&f, lane("W1", "north"));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));

    feed(&f, placed("O1", "A", NULL, 4, 1));

    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_PROMISED);
    cr_assert_eq(part_at(&f, "O1", 0, "W1")->open, 4);
    cr_assert_eq(balance(&f, "A|W1")->allocated, 4);
    cr_assert_eq(balance(&f, "A|W1")->available, 6);
    cr_assert_eq(sold(&f, "A|default")->available, 6);
    cr_assert_eq(sold(&f, "A|web")->available, 6);
}

Test(documents, without_a_lane_a_line_is_unfulfillable_and_takes_nothing_off)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    feed(&f, placed("O1", "A", NULL, 4, 1));
    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_UNFULFILLABLE);
    cr_assert_eq(promised(&f, "O1")->lines[0].part_count, 0);
    cr_assert_eq(sold(&f, "A|default")->available, 10);

    feed(&f, lane("W1", "north"));

    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_PROMISED, "sourced as soon as it can");
    cr_assert_eq(part_at(&f, "O1", 0, "W1")->open, 4);
    cr_assert_eq(sold(&f, "A|default")->available, 6);
    cr_assert_eq(balance(&f, "A|W1")->allocated, 4);
}

Test(documents, a_location_that_is_off_sells_nothing_and_puts_its_lines_at_risk)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    feed(&f, placed("O1", "A", "W1", 4, 1));
    const struct document_key key = world_find_order(f.world, BYTES_LITERAL("O1"));
    struct event off = location("W1");
    off.location.enabled = false;

    feed(&f, off);

    cr_assert_eq(sold(&f, "A|default")->available, 0);
    cr_assert_eq(promised(&f, "O1")->lines[0].status, LINE_AT_RISK);
    cr_assert_eq(world_key_changed(f.world, key), f.sequence);
}

Test(documents, status_is_the_first_that_holds)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event described = item("A");
    feed(&f, described);
    cr_assert_eq(sold(&f, "A|default")->status, AVAILABILITY_OUT_OF_STOCK);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 5, 0));
    cr_assert_eq(sold(&f, "A|default")->status, AVAILABILITY_LOW_STOCK);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 1, 1));
    cr_assert_eq(sold(&f, "A|default")->status, AVAILABILITY_IN_STOCK);
    described.item.preorder_from = START_DAY + 1;
    feed(&f, described);
    cr_assert_eq(sold(&f, "A|default")->status, AVAILABILITY_PREORDER);
    tick(&f, 24 * 60);
    cr_assert_eq(sold(&f, "A|default")->status, AVAILABILITY_IN_STOCK, "its day has come");
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 0, 24 * 60));
    described.item.made_to_order = true;

    feed(&f, described);

    cr_assert_eq(sold(&f, "A|default")->status, AVAILABILITY_BACKORDER);
}

Test(documents, an_item_ends_in_a_network_that_its_locations_leave)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 5, 0));
    const struct document_key key =
        world_find_key(f.world, TOPIC_AVAILABILITY_ITEMS, BYTES_LITERAL("A|default"));
    static const struct bytes web[] = { BYTES_LITERAL("web") };
    struct event place = location("W1");
    place.location.networks = web;
    place.location.network_count = 1;

    feed(&f, place);

    cr_assert_eq(world_key_state(f.world, key), KEY_STATE_GONE);
    cr_assert_eq(sold(&f, "A|web")->available, 5);
    cr_assert_eq(derived(&f, TOPIC_AVAILABILITY_ITEMS, "A|default")->version, f.sequence);
}
