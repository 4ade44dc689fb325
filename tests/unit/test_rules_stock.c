/* SPDX-License-Identifier: Apache-2.0 */
/* Contract section 4, the rules of stock: R1, R4, R5, R10, R12. */
#include "world_fixture.h"

Test(R1, on_hand_is_the_newest_count_plus_what_moved_since)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 57, 0));
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 50, 10));
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -3, 20));

    feed(&f, placed("O1", "A", "W1", 5, 30));

    const struct location_document *shown = balance(&f, "A|W1");
    cr_assert_eq(shown->on_hand, 47);
    cr_assert_eq(shown->allocated, 5);
    cr_assert_eq(shown->available, 42);
}

Test(R1, the_ledger_is_not_clamped_at_zero)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -10, 0));

    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 5, 1));

    cr_assert_eq(balance(&f, "A|W1")->on_hand, -5);
    cr_assert_eq(balance(&f, "A|W1")->available, 0);
    cr_assert_eq(world_anomaly_count(f.world, ANOMALY_NEGATIVE_ON_HAND), 1);
}

Test(R1, held_goods_are_there_and_not_sold_and_never_below_zero)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    feed(&f, stock(EVENT_STOCK_HELD, "A", "W1", 4, 1));
    cr_assert_eq(balance(&f, "A|W1")->available, 6);

    feed(&f, stock(EVENT_STOCK_RELEASED, "A", "W1", 6, 2));

    cr_assert_eq(balance(&f, "A|W1")->held, 0);
    cr_assert_eq(balance(&f, "A|W1")->available, 10);
    cr_assert_eq(world_anomaly_count(f.world, ANOMALY_RELEASE_BEYOND_HELD), 1);
}

Test(R1, safety_stock_of_the_place_beats_the_items_and_that_the_locations)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event place = location("W1");
    place.location.safety_stock = 1;
    feed(&f, place);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    cr_assert_eq(balance(&f, "A|W1")->available, 9);
    struct event described = item("A");
    described.item.safety_stock = 3;
    feed(&f, described);
    cr_assert_eq(balance(&f, "A|W1")->available, 7);

    const struct location_quantity at[] = { { BYTES_LITERAL("W1"), 5 } };
    described.item.safety_stock_at = at;
    described.item.safety_stock_at_count = 1;
    feed(&f, described);

    cr_assert_eq(balance(&f, "A|W1")->safety_stock, 5);
    cr_assert_eq(balance(&f, "A|W1")->available, 5);
}

Test(R4, a_repetition_changes_nothing_and_other_content_is_a_conflict)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event received = stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0);
    received.id = BYTES_LITERAL("same");
    cr_assert_eq(feed(&f, received), RESULT_APPLIED);
    cr_assert_eq(feed(&f, received), RESULT_DUPLICATE);

    received.stock.quantity = 11;
    const enum event_result changed = feed(&f, received);

    cr_assert_eq(changed, RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_CONFLICT);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 10);
}

Test(R4, one_id_on_two_skus_is_two_identities)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event sheet = stock(EVENT_STOCK_COUNTED, "A", "W1", 10, 0);
    sheet.id = BYTES_LITERAL("sheet-7");
    feed(&f, sheet);

    sheet.stock.sku = BYTES_LITERAL("B");
    const enum event_result other = feed(&f, sheet);

    cr_assert_eq(other, RESULT_APPLIED);
    cr_assert_eq(balance(&f, "B|W1")->on_hand, 10);
}

Test(R4, an_identity_is_forgotten_when_the_window_has_left_it)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    struct event received = stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0);
    received.id = BYTES_LITERAL("same");
    feed(&f, received);
    tick(&f, 2 * 24 * 60);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "B", "W1", 1, 2 * 24 * 60));

    const enum event_result again = feed(&f, received);

    cr_assert_eq(again, RESULT_APPLIED);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 20);
}

Test(R4, a_shipments_line_under_a_fresh_id_is_a_repetition)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    feed(&f, placed("O1", "A", "W1", 5, 1));
    feed(&f, shipped("O1", "S1", "A", "W1", 3, 2));

    const enum event_result again = feed(&f, shipped("O1", "S1", "A", "W1", 3, 9));
    const enum event_result other = feed(&f, shipped("O1", "S1", "A", "W1", 4, 10));

    cr_assert_eq(again, RESULT_DUPLICATE);
    cr_assert_eq(other, RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_CONFLICT);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 7);
}

Test(R5, a_late_count_keeps_what_moved_at_its_time_or_later)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 100, 0));
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -5, 20));
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -7, 10));

    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 98, 10));

    cr_assert_eq(balance(&f, "A|W1")->on_hand, 98 - 7 - 5);
}

Test(R5, a_late_movement_is_in_the_count_that_is_newer)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 98, 10));

    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -5, 9));

    cr_assert_eq(balance(&f, "A|W1")->on_hand, 98);
}

Test(R5, an_older_count_loses_and_of_equal_times_the_later_read_holds)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 50, 10));
    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 40, 5));
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 50);

    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 51, 10));

    cr_assert_eq(balance(&f, "A|W1")->on_hand, 51);
}

Test(R5, a_count_beyond_the_window_is_stale_or_holds_at_the_edge)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    const int64_t day = 24 * 60;
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 100, 0));
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -1, 2 * day));
    feed(&f, stock(EVENT_STOCK_ADJUSTED, "A", "W1", -2, 3 * day));

    cr_assert_eq(feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 80, 1)), RESULT_APPLIED);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 80 - 1 - 2);
    cr_assert_eq(world_anomaly_count(f.world, ANOMALY_LATE_BEYOND_WINDOW), 1);
    const enum event_result older = feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 70, 0));

    cr_assert_eq(older, RESULT_STALE);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 77);
}

Test(R5, of_more_than_256_movements_the_oldest_are_merged_into_the_edge)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    for (int minute = 0; minute < BALANCE_MOVES_MAX + 44; minute++) {
        feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 1, minute));
    }

    feed(&f, stock(EVENT_STOCK_COUNTED, "A", "W1", 1000, 10));

    cr_assert_eq(world_anomaly_count(f.world, ANOMALY_LATE_BEYOND_WINDOW), 1);
    cr_assert_eq(balance(&f, "A|W1")->on_hand, 1000 + BALANCE_MOVES_MAX);
}

static struct event expected(const char *id, int64_t quantity, int32_t eta, int64_t minute)
{
    struct event event = stock(EVENT_INBOUND_EXPECTED, "A", "W1", quantity, minute);
    event.stock.inbound_id = bytes_text(id);
    event.stock.eta = eta;
    return event;
}

Test(R10, an_inbound_is_like_a_count_receipts_before_it_are_in_it)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, expected("PO1", 100, START_DAY + 3, 10));
    struct event receipt = stock(EVENT_STOCK_RECEIVED, "A", "W1", 30, 20);
    receipt.stock.inbound_id = BYTES_LITERAL("PO1");
    feed(&f, receipt);
    struct event late = stock(EVENT_STOCK_RECEIVED, "A", "W1", 5, 5);
    late.stock.inbound_id = BYTES_LITERAL("PO1");

    feed(&f, late);

    const struct location_document *shown = balance(&f, "A|W1");
    cr_assert_eq(shown->on_hand, 35);
    cr_assert_eq(shown->inbound_count, 1);
    cr_assert_eq(shown->inbound[0].quantity, 70);
    cr_assert_eq(shown->inbound[0].eta, START_DAY + 3);
}

Test(R10, inbound_is_usable_on_the_first_working_day_after_its_eta)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);

    feed(&f, expected("PO1", 100, START_DAY + 4, 0));

    const struct location_document *shown = balance(&f, "A|W1");
    cr_assert_eq(shown->next.day, START_DAY + 7, "eta is a Friday, usable on Monday");
    cr_assert_eq(shown->next.quantity, 100);
}

Test(R10, overdue_inbound_counts_for_its_grace_days_and_is_then_only_shown)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, expected("PO1", 100, START_DAY, 0));
    tick(&f, 24 * 60 + 1);
    cr_assert(balance(&f, "A|W1")->inbound[0].overdue);
    cr_assert_eq(balance(&f, "A|W1")->next.day, START_DAY + 2);

    tick(&f, 2 * 24 * 60 + 1);

    cr_assert_eq(balance(&f, "A|W1")->inbound_count, 1);
    cr_assert_eq(balance(&f, "A|W1")->next.day, DAY_NONE);
}

Test(R10, a_transfer_leaves_here_and_is_inbound_there)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "A", "W1", 10, 0));
    struct event transfer = stock(EVENT_STOCK_TRANSFERRED, "A", "W1", 4, 1);
    transfer.stock.to = BYTES_LITERAL("W2");
    transfer.stock.inbound_id = BYTES_LITERAL("T1");
    transfer.stock.eta = START_DAY + 1;

    feed(&f, transfer);

    cr_assert_eq(balance(&f, "A|W1")->on_hand, 6);
    cr_assert_eq(balance(&f, "A|W2")->on_hand, 0);
    cr_assert_eq(balance(&f, "A|W2")->inbound[0].quantity, 4);
}

/* One bundle is 2 a and 1 b. */
static void describe_bundle(struct fixture *f)
{
    static const struct recipe_part parts[] = { { BYTES_LITERAL("a"), 2 },
                                                { BYTES_LITERAL("b"), 1 } };
    struct event bundle = item("kit");
    bundle.item.bundle = (struct recipe){ parts, 2 };
    feed(f, bundle);
}

Test(R12, a_bundle_is_as_available_as_its_scarcest_component)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    describe_bundle(&f);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "a", "W1", 7, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "b", "W1", 9, 0));

    feed(&f, stock(EVENT_STOCK_RECEIVED, "b", "W2", 9, 0));

    cr_assert_eq(balance(&f, "kit|W1")->available, 3);
    cr_assert_eq(balance(&f, "kit|W1")->on_hand, 3);
    cr_assert_eq(balance(&f, "kit|W2")->available, 0, "not assembled across locations");
    cr_assert_eq(sold(&f, "kit|default")->available, 3);
}

Test(R12, an_open_bundle_line_counts_at_each_component)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    describe_bundle(&f);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "a", "W1", 7, 0));
    feed(&f, stock(EVENT_STOCK_RECEIVED, "b", "W1", 9, 0));

    feed(&f, placed("O1", "kit", "W1", 2, 1));

    cr_assert_eq(balance(&f, "a|W1")->allocated, 4);
    cr_assert_eq(balance(&f, "b|W1")->allocated, 2);
    cr_assert_eq(balance(&f, "kit|W1")->allocated, 2);
    cr_assert_eq(balance(&f, "kit|W1")->available, 1);
}

Test(R12, a_shipped_bundle_takes_its_components_and_a_return_of_the_line_brings_them_back)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    describe_bundle(&f);
    feed(&f, stock(EVENT_STOCK_RECEIVED, "a", "W1", 7, 0));
    feed(&f, placed("O1", "kit", "W1", 2, 1));
    feed(&f, shipped("O1", "S1", "kit", "W1", 2, 2));
    cr_assert_eq(balance(&f, "a|W1")->on_hand, 3);
    struct event back = stock(EVENT_STOCK_RETURNED, "kit", "W1", 1, 3);
    back.stock.order_id = BYTES_LITERAL("O1");
    back.stock.line_id = BYTES_LITERAL("1");

    feed(&f, back);

    cr_assert_eq(balance(&f, "a|W1")->on_hand, 5);
    cr_assert_eq(promised(&f, "O1")->lines[0].returned, 1);
}

Test(R12, movements_of_a_bundles_own_sku_are_refused)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    describe_bundle(&f);

    const enum event_result result = feed(&f, stock(EVENT_STOCK_RECEIVED, "kit", "W1", 7, 0));

    cr_assert_eq(result, RESULT_REJECTED);
    cr_assert_eq(f.reason.refusal, REFUSAL_BAD_VALUE);
}

Test(R12, a_line_keeps_the_recipe_it_was_first_read_with)
{
    struct fixture f = world_new(WORLD_CLOCK_WALL);
    describe_bundle(&f);
    feed(&f, placed("O1", "kit", "W1", 1, 1));
    static const struct recipe_part other[] = { { BYTES_LITERAL("c"), 1 } };
    struct event changed = item("kit");
    changed.item.bundle = (struct recipe){ other, 1 };
    feed(&f, changed);

    feed(&f, shipped("O1", "S1", "kit", "W1", 1, 2));

    cr_assert_eq(balance(&f, "a|W1")->on_hand, -2);
    cr_assert_eq(balance(&f, "b|W1")->on_hand, -1);
}
