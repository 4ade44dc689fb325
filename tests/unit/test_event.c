/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "core/event.h"

static struct event stock_event(void)
{
    return (struct event){
        .type = EVENT_STOCK_RETURNED,
        .time_ns = TIME_NS_MIN,
        .source = BYTES_LITERAL("wms"),
        .id = BYTES_LITERAL("e-1"),
        .stock = { .sku = BYTES_LITERAL("A"), .location = BYTES_LITERAL("DC1"), .quantity = 3,
                   .eta = DAY_NONE, .sellable = true },
    };
}

static struct event order_event(const struct line_data *lines, uint32_t line_count)
{
    return (struct event){
        .type = EVENT_ORDER_PLACED,
        .time_ns = TIME_NS_MIN,
        .order = { .order_id = BYTES_LITERAL("o1"), .zone = BYTES_LITERAL("GB"), .lines = lines,
                   .line_count = line_count },
    };
}

static struct line_data line_of(const char *line_id, const char *sku)
{
    return (struct line_data){ .line_id = bytes_text(line_id), .sku = bytes_text(sku),
                               .quantity = 1, .promised_by = DAY_NONE };
}

/* ------------------------------------------------------------------ content (R4) */

Test(event, content_is_the_same_under_another_identity_r4)
{
    struct event other = stock_event();
    other.id = BYTES_LITERAL("e-2");
    other.source = BYTES_LITERAL("oms");
    other.unknown_fields = 7;
    const struct event event = stock_event();

    cr_assert_eq(event_content_hash(&other), event_content_hash(&event));
}

Test(event, every_field_is_part_of_the_content_r4)
{
    enum { CHANGES = 12 };
    struct event events[CHANGES];
    for (int i = 0; i < CHANGES; i++) {
        events[i] = stock_event();
    }
    events[1].type = EVENT_STOCK_HELD;
    events[2].time_ns++;
    events[3].stock.sku = BYTES_LITERAL("B");
    events[4].stock.location = BYTES_LITERAL("DC2");
    events[5].stock.quantity = -3;
    events[6].stock.inbound_id = BYTES_LITERAL("x");
    events[7].stock.to = BYTES_LITERAL("x");
    events[8].stock.order_id = BYTES_LITERAL("x");
    events[9].stock.line_id = BYTES_LITERAL("x");
    events[10].stock.eta = 0;
    events[11].stock.sellable = false;

    for (int i = 0; i < CHANGES; i++) {
        for (int j = 0; j < i; j++) {
            cr_assert_neq(event_content_hash(&events[i]), event_content_hash(&events[j]));
        }
    }
}

Test(event, empty_text_and_absent_text_are_different_contents)
{
    struct event empty = stock_event();
    empty.stock.reason = BYTES_LITERAL("");
    const struct event absent = stock_event();

    cr_assert_neq(event_content_hash(&empty), event_content_hash(&absent));
}

Test(event, content_tells_where_one_text_ends_and_the_next_begins)
{
    struct event first = stock_event();
    struct event second = stock_event();
    first.stock.sku = BYTES_LITERAL("AD");
    first.stock.location = BYTES_LITERAL("C1");
    second.stock.sku = BYTES_LITERAL("A");
    second.stock.location = BYTES_LITERAL("DC1");

    cr_assert_neq(event_content_hash(&first), event_content_hash(&second));
}

Test(event, lines_count_in_the_order_given)
{
    const struct line_data forward[] = { line_of("1", "A"), line_of("2", "B") };
    const struct line_data backward[] = { line_of("2", "B"), line_of("1", "A") };
    const struct event first = order_event(forward, 2);
    const struct event second = order_event(backward, 2);
    const struct event shorter = order_event(forward, 1);

    cr_assert_neq(event_content_hash(&first), event_content_hash(&second));
    cr_assert_neq(event_content_hash(&first), event_content_hash(&shorter));
}

Test(event, recipes_are_part_of_the_content)
{
    const struct recipe_part part = { BYTES_LITERAL("C"), 2 };
    struct line_data with = line_of("1", "A");
    with.bundle = (struct recipe){ &part, 1 };
    const struct line_data without = line_of("1", "A");
    const struct event first = order_event(&with, 1);
    const struct event second = order_event(&without, 1);

    cr_assert_neq(event_content_hash(&first), event_content_hash(&second));
}

Test(event, long_contents_differ_in_their_first_and_last_bytes)
{
    static uint8_t text[2000];
    struct event event = stock_event();
    event.stock.reason = bytes_of(text, sizeof text);
    const uint64_t before = event_content_hash(&event);

    text[0] = 1;
    const uint64_t first = event_content_hash(&event);
    text[0] = 0;
    text[sizeof text - 1] = 1;
    const uint64_t last = event_content_hash(&event);

    cr_assert(before != first && before != last && first != last);
}

/* ------------------------------------------------------------------ key */

Test(event, key_is_the_sku_the_order_or_nothing)
{
    const struct event stock = stock_event();
    const struct event order = order_event(NULL, 0);
    const struct event unknown = { .type = EVENT_UNKNOWN };

    cr_assert(bytes_equal(event_key(&stock), BYTES_LITERAL("A")));
    cr_assert(bytes_equal(event_key(&order), BYTES_LITERAL("o1")));
    cr_assert_eq(event_key(&unknown).count, 0);
}

/* ------------------------------------------------------------------ refusals */

Test(event, refusal_keeps_reason_and_detail)
{
    struct refusal_reason reason = { .refusal = REFUSAL_NONE };

    refusal_set(&reason, REFUSAL_CONFLICT, "line %d of %s", 3, "o1");

    cr_assert_eq(reason.refusal, REFUSAL_CONFLICT);
    cr_assert_str_eq(reason.detail, "line 3 of o1");
}

Test(event, detail_too_long_is_cut_before_a_character)
{
    struct refusal_reason reason;
    char text[REJECT_DETAIL_BYTES + 40];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    /* An e with an acute, two bytes: its first is the last that there is room for. */
    memcpy(text + REJECT_DETAIL_BYTES - 2, "\xc3\xa9", 2);

    refusal_set(&reason, REFUSAL_BAD_KEY, "%s", text);

    cr_assert_eq(strlen(reason.detail), REJECT_DETAIL_BYTES - 2);
    cr_assert_eq(reason.detail[REJECT_DETAIL_BYTES - 3], 'x');
}

Test(event, every_type_and_every_reason_has_a_name)
{
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        cr_assert_not_null(EVENT_TYPES[type].name);
    }
    for (int refusal = 0; refusal < REFUSAL_COUNT; refusal++) {
        cr_assert_not_null(REFUSAL_NAMES[refusal]);
    }
}
