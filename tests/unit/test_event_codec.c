/* SPDX-License-Identifier: Apache-2.0 */
#include "event_codec_fixture.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

/* 2026-11-27T14:05:09Z */
#define NOON INT64_C(1795788309000000000)

#define BARE(type, data)                                                                           \
    "{\"id\":\"e-1\",\"source\":\"wms\",\"type\":\"" type                                          \
    "\",\"time\":\"2026-11-27T14:05:09Z\"," data "}"
#define STOCK(type, data) BARE(type, "\"sku\":\"A\",\"location\":\"DC1\"," data)
#define ORDER(type, data) BARE(type, "\"order_id\":\"o1\"," data)
#define PARCEL(type, data) ORDER(type, "\"shipment_id\":\"s1\"," data)

#define assert_text(bytes, text)                                                                   \
    cr_assert(bytes_equal(bytes, bytes_text(text)), "%.*s is not %s", (int)(bytes).count,          \
              (const char *)(bytes).data, text)
#define assert_good(outcome)                                                                       \
    cr_assert_eq((outcome).refusal, REFUSAL_NONE, "refused: %s %s",                                \
                 REFUSAL_NAMES[(outcome).refusal], (outcome).reason.detail)

static void release_decoder(void)
{
    free(fixture_decoder());
}

TestSuite(event_codec, .fini = release_decoder);

/* ------------------------------------------------------------------ types */

Test(event_codec, every_stock_type_is_read_with_its_fields)
{
    static const struct {
        enum event_type type;
        const char *json;
    } rows[] = {
        { EVENT_STOCK_RECEIVED, STOCK("stock.received", "\"quantity\":7,\"inbound_id\":\"po\"") },
        { EVENT_STOCK_ADJUSTED, STOCK("stock.adjusted", "\"quantity\":-7,\"reason\":\"broken\"") },
        { EVENT_STOCK_COUNTED, STOCK("stock.counted", "\"quantity\":0") },
        { EVENT_STOCK_HELD, STOCK("stock.held", "\"quantity\":7") },
        { EVENT_STOCK_RELEASED, STOCK("stock.released", "\"quantity\":7") },
        { EVENT_STOCK_RETURNED, STOCK("stock.returned",
                                      "\"quantity\":7,\"sellable\":false,\"order_id\":\"o1\","
                                      "\"line_id\":\"1\"") },
        { EVENT_STOCK_TRANSFERRED, STOCK("stock.transferred",
                                         "\"quantity\":7,\"to\":\"DC2\",\"transfer_id\":\"t\","
                                         "\"eta\":\"2026-12-01\"") },
        { EVENT_INBOUND_EXPECTED, STOCK("inbound.expected",
                                        "\"quantity\":0,\"inbound_id\":\"po\",\"eta\":null") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_json(TOPIC_STOCK, rows[i].json);

        assert_good(outcome);
        cr_assert_eq(outcome.event.type, rows[i].type);
        cr_assert_eq(outcome.event.time_ns, NOON);
        cr_assert_eq(outcome.event.unknown_fields, 0);
        assert_text(outcome.event.source, "wms");
        assert_text(outcome.event.id, "e-1");
        assert_text(outcome.event.stock.sku, "A");
        assert_text(outcome.event.stock.location, "DC1");
        assert_text(event_key(&outcome.event), "A");
    }

    const struct event received = decode_json(TOPIC_STOCK, rows[0].json).event;
    cr_assert_eq(received.stock.quantity, 7);
    assert_text(received.stock.inbound_id, "po");
    cr_assert_eq(received.stock.eta, DAY_NONE);
    const struct event adjusted = decode_json(TOPIC_STOCK, rows[1].json).event;
    cr_assert_eq(adjusted.stock.quantity, -7);
    assert_text(adjusted.stock.reason, "broken");
    const struct event returned = decode_json(TOPIC_STOCK, rows[5].json).event;
    cr_assert_not(returned.stock.sellable);
    assert_text(returned.stock.order_id, "o1");
    assert_text(returned.stock.line_id, "1");
    const struct event transferred = decode_json(TOPIC_STOCK, rows[6].json).event;
    assert_text(transferred.stock.to, "DC2");
    assert_text(transferred.stock.inbound_id, "t");
    cr_assert_eq(transferred.stock.eta, 20788);
}

Test(event_codec, placed_order_is_read_with_lines_and_recipes)
{
    const struct outcome outcome = decode_json(
        TOPIC_ORDERS,
        ORDER("order.placed",
              "\"zone\":\"GB\",\"network\":\"web\",\"service\":\"express\",\"lines\":["
              "{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":2,\"location\":\"DC1\","
              "\"promised_by\":\"2026-12-01\"},"
              "{\"line_id\":\"2\",\"sku\":\"SET\",\"quantity\":1,\"bundle\":["
              "{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":3}]}]"));

    assert_good(outcome);
    const struct order_data *order = &outcome.event.order;
    assert_text(event_key(&outcome.event), "o1");
    assert_text(order->zone, "GB");
    assert_text(order->network, "web");
    assert_text(order->service, "express");
    cr_assert_eq(order->line_count, 2);
    assert_text(order->lines[0].location, "DC1");
    cr_assert_eq(order->lines[0].quantity, 2);
    cr_assert_eq(order->lines[0].promised_by, 20788);
    cr_assert_eq(order->lines[0].bundle.count, 0);
    cr_assert_eq(order->lines[1].promised_by, DAY_NONE);
    cr_assert_eq(order->lines[1].location.count, 0);
    cr_assert_eq(order->lines[1].bundle.count, 2);
    assert_text(order->lines[1].bundle.parts[1].sku, "B");
    cr_assert_eq(order->lines[1].bundle.parts[1].quantity, 3);
}

Test(event_codec, other_order_and_shipment_types_are_read_with_their_fields)
{
    static const struct {
        enum event_type type;
        enum topic topic;
        uint32_t lines;
        const char *json;
    } rows[] = {
        { EVENT_ORDER_AMENDED, TOPIC_ORDERS, 1,
          ORDER("order.amended", "\"lines\":[{\"line_id\":\"1\",\"quantity\":0}]") },
        { EVENT_ORDER_CANCELLED, TOPIC_ORDERS, 1,
          ORDER("order.cancelled", "\"lines\":[{\"line_id\":\"1\",\"quantity\":1}]") },
        { EVENT_ORDER_CANCELLED, TOPIC_ORDERS, 0, ORDER("order.cancelled", "\"lines\":null") },
        { EVENT_ORDER_ASSIGNED, TOPIC_ORDERS, 1,
          ORDER("order.assigned", "\"lines\":[{\"line_id\":\"1\",\"location\":\"DC1\"}]") },
        { EVENT_SHIPMENT_SHIPPED, TOPIC_SHIPMENTS, 2,
          PARCEL("shipment.shipped",
                 "\"location\":\"DC1\",\"carrier\":\"\",\"lines\":["
                 "{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1},"
                 "{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":2}]") },
        { EVENT_SHIPMENT_SHORTED, TOPIC_SHIPMENTS, 1,
          PARCEL("shipment.shorted", "\"location\":\"DC1\",\"lines\":["
                                     "{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1}]") },
        { EVENT_SHIPMENT_VOIDED, TOPIC_SHIPMENTS, 0, PARCEL("shipment.voided", "\"data\":1") },
        { EVENT_SHIPMENT_DELIVERED, TOPIC_SHIPMENTS, 0,
          PARCEL("shipment.delivered", "\"data\":1") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_json(rows[i].topic, rows[i].json);

        assert_good(outcome);
        cr_assert_eq(outcome.event.type, rows[i].type);
        cr_assert_eq(outcome.event.order.line_count, rows[i].lines);
        assert_text(outcome.event.order.order_id, "o1");
        if (rows[i].topic == TOPIC_SHIPMENTS) {
            assert_text(outcome.event.order.shipment_id, "s1");
        }
    }
}

/* ------------------------------------------------------------------ refusals */

struct refusal_row {
    const char *claim;
    enum topic topic;
    enum refusal refusal;
    const char *json;
};

#define PLACED(lines) ORDER("order.placed", "\"zone\":\"GB\",\"lines\":" lines)
#define LINE1 "{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1}"
#define GOOD_QUANTITY "\"quantity\":1"
#define ATTRIBUTES(id, source, type, time)                                                         \
    "{\"id\":" id ",\"source\":" source ",\"type\":" type ",\"time\":" time                        \
    ",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}"

static const struct refusal_row refusal_rows[] = {
    { "an id is required", TOPIC_STOCK, REFUSAL_MISSING,
      ATTRIBUTES("null", "\"s\"", "\"stock.held\"", "1795788309000") },
    { "a source is required", TOPIC_STOCK, REFUSAL_MISSING,
      ATTRIBUTES("\"i\"", "null", "\"stock.held\"", "1795788309000") },
    { "a type is required", TOPIC_STOCK, REFUSAL_MISSING,
      ATTRIBUTES("\"i\"", "\"s\"", "null", "1795788309000") },
    { "a time is required", TOPIC_STOCK, REFUSAL_MISSING,
      ATTRIBUTES("\"i\"", "\"s\"", "\"stock.held\"", "null") },
    { "attributes are required of an unknown type, too", TOPIC_STOCK, REFUSAL_MISSING,
      ATTRIBUTES("null", "\"s\"", "\"stock.lost\"", "1795788309000") },
    { "an id is text", TOPIC_STOCK, REFUSAL_BAD_KEY,
      ATTRIBUTES("1", "\"s\"", "\"stock.held\"", "1795788309000") },
    { "a source is an identifier", TOPIC_STOCK, REFUSAL_BAD_KEY,
      ATTRIBUTES("\"i\"", "\" s\"", "\"stock.held\"", "1795788309000") },
    { "a type is text", TOPIC_STOCK, REFUSAL_BAD_VALUE,
      ATTRIBUTES("\"i\"", "\"s\"", "7", "1795788309000") },
    { "a time is no truth", TOPIC_STOCK, REFUSAL_BAD_TIME,
      ATTRIBUTES("\"i\"", "\"s\"", "\"stock.held\"", "true") },

    { "a sku is required", TOPIC_STOCK, REFUSAL_MISSING,
      BARE("stock.held", "\"location\":\"L\",\"quantity\":1") },
    { "a null field is absent", TOPIC_STOCK, REFUSAL_MISSING, STOCK("stock.held", "\"quantity\":null") },
    { "a transfer has a target", TOPIC_STOCK, REFUSAL_MISSING,
      STOCK("stock.transferred", GOOD_QUANTITY ",\"transfer_id\":\"t\"") },
    { "an order has lines", TOPIC_ORDERS, REFUSAL_MISSING,
      ORDER("order.placed", "\"zone\":\"GB\"") },
    { "a line has a line_id", TOPIC_ORDERS, REFUSAL_MISSING, PLACED("[{\"sku\":\"A\",\"quantity\":1}]") },
    { "a structured event has its fields in data", TOPIC_STOCK, REFUSAL_MISSING,
      STOCK("stock.held", GOOD_QUANTITY ",\"data\":{}") },

    { "a sku is text", TOPIC_STOCK, REFUSAL_BAD_KEY,
      BARE("stock.held", "\"sku\":5,\"location\":\"L\",\"quantity\":1") },
    { "an optional key is judged, too", TOPIC_STOCK, REFUSAL_BAD_KEY,
      STOCK("stock.received", GOOD_QUANTITY ",\"inbound_id\":\"a|b\"") },
    { "a key in a recipe is judged, too", TOPIC_ORDERS, REFUSAL_BAD_KEY,
      PLACED("[{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"bundle\":"
             "[{\"sku\":\"\",\"quantity\":1}]}]") },

    { "a receipt is above zero", TOPIC_STOCK, REFUSAL_BAD_QUANTITY, STOCK("stock.received", "\"quantity\":0") },
    { "an adjustment is not zero", TOPIC_STOCK, REFUSAL_BAD_QUANTITY, STOCK("stock.adjusted", "\"quantity\":0") },
    { "a count is not below zero", TOPIC_STOCK, REFUSAL_BAD_QUANTITY, STOCK("stock.counted", "\"quantity\":-1") },
    { "a quantity is a number", TOPIC_STOCK, REFUSAL_BAD_QUANTITY, STOCK("stock.held", "\"quantity\":\"5\"") },
    { "a quantity is at most 10^12", TOPIC_STOCK, REFUSAL_BAD_QUANTITY,
      STOCK("stock.adjusted", "\"quantity\":1000000000001") },
    { "a quantity is at least -10^12", TOPIC_STOCK, REFUSAL_BAD_QUANTITY,
      STOCK("stock.adjusted", "\"quantity\":-1000000000001") },
    { "a line's quantity is judged", TOPIC_ORDERS, REFUSAL_BAD_QUANTITY,
      PLACED("[{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":0}]") },
    { "a part's quantity is judged", TOPIC_ORDERS, REFUSAL_BAD_QUANTITY,
      PLACED("[{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"bundle\":"
             "[{\"sku\":\"A\",\"quantity\":0}]}]") },

    { "an eta is a date", TOPIC_STOCK, REFUSAL_BAD_VALUE,
      STOCK("inbound.expected", GOOD_QUANTITY ",\"inbound_id\":\"i\",\"eta\":\"2026-02-29\"") },
    { "a reason is text", TOPIC_STOCK, REFUSAL_BAD_VALUE,
      STOCK("stock.held", GOOD_QUANTITY ",\"reason\":5") },
    { "sellable is a truth", TOPIC_STOCK, REFUSAL_BAD_VALUE,
      STOCK("stock.returned", GOOD_QUANTITY ",\"sellable\":1") },
    { "lines are a list", TOPIC_ORDERS, REFUSAL_BAD_VALUE, PLACED("{}") },
    { "lines are not empty", TOPIC_ORDERS, REFUSAL_BAD_VALUE, PLACED("[]") },
    { "lines of a cancel are not empty", TOPIC_ORDERS, REFUSAL_BAD_VALUE,
      ORDER("order.cancelled", "\"lines\":[]") },
    { "a line is a map", TOPIC_ORDERS, REFUSAL_BAD_VALUE, PLACED("[null]") },
    { "no line_id stands twice", TOPIC_ORDERS, REFUSAL_BAD_VALUE, PLACED("[" LINE1 "," LINE1 "]") },
    { "a recipe is not empty", TOPIC_ORDERS, REFUSAL_BAD_VALUE,
      PLACED("[{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"bundle\":[]}]") },
    { "a recipe names no sku twice", TOPIC_ORDERS, REFUSAL_BAD_VALUE,
      PLACED("[{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"bundle\":"
             "[{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"A\",\"quantity\":2}]}]") },

    { "a known type has its topic", TOPIC_ORDERS, REFUSAL_WRONG_TOPIC, STOCK("stock.held", GOOD_QUANTITY) },
    { "an event is no reference record", TOPIC_CATALOG, REFUSAL_WRONG_TOPIC, STOCK("stock.held", GOOD_QUANTITY) },

    { "a value is a map", TOPIC_STOCK, REFUSAL_MALFORMED, "[]" },
    { "a value is not empty", TOPIC_STOCK, REFUSAL_MALFORMED, "" },
    { "a reference value is a map", TOPIC_CATALOG, REFUSAL_MALFORMED, "7" },
};

static void assert_refused(const struct refusal_row *row, struct outcome outcome)
{
    cr_assert_eq(outcome.refusal, row->refusal, "%s: %s %s", row->claim,
                 REFUSAL_NAMES[outcome.refusal], outcome.reason.detail);
    cr_assert_eq(outcome.reason.refusal, row->refusal);
    cr_assert_neq(outcome.reason.detail[0], '\0');
}

Test(event_codec, each_refusal_of_the_contract_has_its_reason_in_both_encodings)
{
    for (size_t i = 0; i < sizeof refusal_rows / sizeof *refusal_rows; i++) {
        const struct refusal_row *row = &refusal_rows[i];
        const struct bytes same = packed(row->json);

        assert_refused(row, decode_json(row->topic, row->json));
        if (same.data) {
            assert_refused(row, decode_bytes(row->topic, same));
            free((void *)(uintptr_t)same.data);
        }
    }
}

Test(event_codec, refused_record_tells_its_type_where_that_could_be_read)
{
    const struct outcome known = decode_json(TOPIC_STOCK, STOCK("stock.held", "\"quantity\":0"));
    const struct outcome reference = decode_json(TOPIC_LANES, "nonsense");
    const struct outcome unread = decode_json(TOPIC_STOCK, "nonsense");

    cr_assert_eq(known.event.type, EVENT_STOCK_HELD);
    cr_assert_eq(reference.event.type, EVENT_LANE);
    cr_assert_eq(unread.event.type, EVENT_UNKNOWN);
}

Test(event_codec, detail_names_the_place)
{
    const struct outcome outcome = decode_json(
        TOPIC_ORDERS, PLACED("[" LINE1 ",{\"line_id\":\"2\",\"sku\":\"A\",\"quantity\":1,"
                             "\"bundle\":[{\"sku\":\"B\",\"quantity\":5.5}]}]"));

    cr_assert_str_eq(outcome.reason.detail, "lines[1].bundle[0].quantity is not a whole number");
}

Test(event_codec, order_of_2000_lines_is_accepted_and_one_more_refused)
{
    static char json[2 * 1024 * 1024];
    for (int count = 2000; count <= 2001; count++) {
        int at = sprintf(json, "%s",
                         "{\"id\":\"e\",\"source\":\"s\",\"type\":\"order.placed\",\"time\":"
                         "1795788309000,\"order_id\":\"o\",\"zone\":\"z\",\"lines\":[");
        for (int i = 0; i < count; i++) {
            at += sprintf(json + at, "%s{\"line_id\":\"%d\",\"sku\":\"A\",\"quantity\":1}",
                          i ? "," : "", i);
        }
        (void)sprintf(json + at, "]}");

        const struct outcome outcome = decode_json(TOPIC_ORDERS, json);

        cr_assert_eq(outcome.refusal, count == 2000 ? REFUSAL_NONE : REFUSAL_BAD_VALUE);
    }
}

/* ------------------------------------------------------------------ malformed */

static const char *const not_json[] = {
    "{", "{}}", "{} {}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{\"a\":01}", "{\"a\":+1}",
    "{\"a\":.5}", "{\"a\":1.}", "{\"a\":NaN}", "{\"a\":Infinity}", "{'a':1}", "// {}", "{\"a\":\"\n\"}",
    "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "\xef\xbb\xbf{}",
    /* a name twice, at any level */
    "{\"a\":1,\"a\":1}", "{\"a\":[{\"b\":{\"c\":1,\"d\":2,\"c\":3}}]}", "{\"a\":1,\"\\u0061\":2}",
    /* not UTF-8: cut, overlong, a surrogate, beyond Unicode, half a pair of escapes */
    "{\"a\":\"\xc3\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xe0\x80\xaf\"}",
    "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf4\x90\x80\x80\"}", "{\"\xff\":1}",
    "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\ud83d\\ud83d\\ude00\"}",
};

Test(event_codec, what_is_not_json_is_malformed)
{
    for (size_t i = 0; i < sizeof not_json / sizeof *not_json; i++) {
        struct record record = record_of(TOPIC_STOCK, bytes_text(not_json[i]));
        const struct record_header header = { BYTES_LITERAL("content-type"),
                                              BYTES_LITERAL("application/json") };
        record.headers = &header;
        record.header_count = 1;

        cr_assert_eq(decode_record(&record).refusal, REFUSAL_MALFORMED, "%s", not_json[i]);
    }
}

Test(event_codec, escaped_text_is_the_text_it_stands_for)
{
    const struct outcome outcome = decode_json(
        TOPIC_STOCK, BARE("stock.held", "\"s\\u006bu\":\"\\ud83d\\ude00\\\\\\/\",\"location\":"
                                        "\"\\u00e9\\\"\",\"quantity\":1"));

    assert_good(outcome);
    assert_text(outcome.event.stock.sku, "\xf0\x9f\x98\x80\\/");
    assert_text(outcome.event.stock.location, "\xc3\xa9\"");
    cr_assert_eq(decode_json(TOPIC_STOCK, BARE("stock.held", "\"sku\":\"a\\u0000\",\"location\":"
                                                             "\"L\",\"quantity\":1")).refusal,
                 REFUSAL_BAD_KEY);
}

#define RAW(text) { (const uint8_t *)("" text), sizeof(text) - 1 }

static const struct bytes not_msgpack[] = {
    RAW("\x81"), RAW("\x81\xa1" "a"), RAW("\x80\xc0"), RAW("\xc1"), RAW("\x81\xa1" "a\xc1"),
    RAW("\x81\xa5" "a"), RAW("\x81\xa1" "a\xd9"), RAW("\x81\xa1" "a\xcf\x00\x00"),
    RAW("\x81\xa1" "a\xd8\xff"), RAW("\x81\xa1" "a\xc7\x09\xff"),
    /* headers that promise more than there is, alone and nested */
    RAW("\xdf\xff\xff\xff\xff"), RAW("\x81\xa1" "a\xdd\xff\xff\xff\xff\xc0"),
    RAW("\x81\xa1" "a\xdf\x7f\xff\xff\xff\xa1" "b\xc0"), RAW("\x81\xa1" "a\xc6\xff\xff\xff\xff"),
    RAW("\x81\xa1" "a\xdb\xff\xff\xff\xf0" "b"), RAW("\xde\xff\xff"),
    RAW("\x81\xa1" "a\xc9\xff\xff\xff\xff\xff"), RAW("\x81\xa1" "a\x92\xdd\x00\x00\x00\x02\xc0"),
    /* names: twice, twice below, no text */
    RAW("\x82\xa1" "a\xc0\xa1" "a\xc0"), RAW("\x82\xa1" "a\xc0\xd9\x01" "a\xc0"),
    RAW("\x81\xa1" "a\x91\x82\xa1" "b\xc0\xa1" "b\xc0"), RAW("\x81\x01\xc0"), RAW("\x81\xc4\x01" "a\xc0"),
    /* text that is not UTF-8 */
    RAW("\x81\xa1" "a\xa1\xff"), RAW("\x81\xa1\xff\xc0"), RAW("\x81\xa1" "a\x91\xa2\xc3\x28"),
};

Test(event_codec, what_is_not_msgpack_is_malformed)
{
    for (size_t i = 0; i < sizeof not_msgpack / sizeof *not_msgpack; i++) {
        const struct outcome outcome = decode_bytes(TOPIC_STOCK, not_msgpack[i]);

        cr_assert_eq(outcome.refusal, REFUSAL_MALFORMED, "row %zu: %s", i, outcome.reason.detail);
    }
}

/* A held stock with an unknown field that nests `depth` arrays: the outer map is one more. */
static struct outcome decode_nested(int depth, bool json)
{
    char text[512] = STOCK("stock.held", "\"quantity\":1,\"x\":");
    size_t at = strlen(text) - 1;
    memset(text + at, '[', (size_t)depth);
    memset(text + at + depth, ']', (size_t)depth);
    memcpy(text + at + 2 * depth, "}", 2);
    if (json) {
        return decode_json(TOPIC_STOCK, text);
    }
    uint8_t value[512];
    struct bytes flat = packed(STOCK("stock.held", "\"quantity\":1,\"x\":[]"));
    memcpy(value, flat.data, flat.count);
    memset(value + flat.count - 1, 0x91, (size_t)depth);
    value[flat.count - 2 + (size_t)depth] = 0x90;
    const struct outcome outcome =
        decode_bytes(TOPIC_STOCK, bytes_of(value, flat.count - 1 + (size_t)depth));
    free((void *)(uintptr_t)flat.data);
    return outcome;
}

Test(event_codec, sixteen_levels_are_accepted_and_one_more_is_malformed)
{
    for (int json = 0; json < 2; json++) {
        const struct outcome deep = decode_nested(15, json);
        const struct outcome deeper = decode_nested(16, json);

        assert_good(deep);
        cr_assert_eq(deep.event.unknown_fields, 1);
        cr_assert_eq(deeper.refusal, REFUSAL_MALFORMED);
        cr_assert_str_eq(deeper.reason.detail, "value: maps and arrays more than 16 deep");
    }
}

Test(event_codec, one_mebibyte_is_accepted_and_one_byte_more_is_malformed)
{
    char *value = malloc(VALUE_BYTES_MAX + 1);
    const char *json = STOCK("stock.held", "\"quantity\":1");
    memset(value, ' ', VALUE_BYTES_MAX + 1);
    memcpy(value, json, strlen(json));

    const struct outcome largest = decode_bytes(TOPIC_STOCK, bytes_of(value, VALUE_BYTES_MAX));
    const struct outcome larger = decode_bytes(TOPIC_STOCK, bytes_of(value, VALUE_BYTES_MAX + 1));

    assert_good(largest);
    cr_assert_eq(larger.refusal, REFUSAL_MALFORMED);
    free(value);
}

/* The largest of each kind of value: the memory that is reckoned with suffices. */
static struct outcome decode_repeated(enum encoding encoding, struct bytes head, struct bytes unit,
                                      struct bytes tail)
{
    static uint8_t room[VALUE_BYTES_MAX];
    struct buffer value = buffer_of(room, sizeof room);
    buffer_put_bytes(&value, head);
    while (value.capacity - value.count >= unit.count + tail.count) {
        buffer_put_bytes(&value, unit);
    }
    buffer_put_bytes(&value, tail);
    struct record record = record_of(TOPIC_STOCK, buffer_bytes(&value));
    const struct record_header header = { BYTES_LITERAL("content-type"),
                                          encoding == ENCODING_JSON
                                              ? BYTES_LITERAL("application/json")
                                              : BYTES_LITERAL("application/msgpack") };
    record.headers = &header;
    record.header_count = 1;
    return decode_record(&record);
}

Test(event_codec, largest_values_fit_the_memory_reckoned_with)
{
    static const struct {
        struct bytes head, unit, tail;
    } rows[] = {
        { RAW("{\"a\":["), RAW("1,"), RAW("1]}") },
        { RAW("{\"a\":["), RAW("[],"), RAW("1]}") },
        { RAW("{\"a\":["), RAW("{},"), RAW("1]}") },
        { RAW("{\"a\":["), RAW("\"\\n\","), RAW("1]}") },
        { RAW("{\"a\":["), RAW("{\"\\n\":\"\\t\"},"), RAW("1]}") },
        { RAW("{"), RAW("\"\":1,"), RAW("\"a\":1}") },
        { RAW("{"), RAW("\"\\n\":\"\\n\","), RAW("\"a\":1}") },
        { RAW("{\"a\":\"\\n"), RAW("x"), RAW("\"}") },
        { RAW("{\"a\":\"\\n"), RAW("\\n"), RAW("\"}") },
        { RAW("{\"a\":\"\\n"), RAW("\\n"), RAW("") },
        { RAW("{\"a\":"), RAW("1"), RAW("}") },
        { RAW("{\"a\":1e"), RAW("9"), RAW("}") },
        { RAW("{\"a\":0."), RAW("0"), RAW("1}") },
        { RAW("{\"a\":\"\\n\",\"b\":"), RAW("1"), RAW("") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome =
            decode_repeated(ENCODING_JSON, rows[i].head, rows[i].unit, rows[i].tail);

        cr_assert_neq(outcome.refusal, REFUSAL_NONE);
    }
    const uint32_t left = VALUE_BYTES_MAX - 5;
    const uint8_t array[] = { 0xdd, (uint8_t)(left >> 24), (uint8_t)(left >> 16),
                              (uint8_t)(left >> 8), (uint8_t)left };
    const uint8_t map[] = { 0xdf, 0, (uint8_t)(left / 2 >> 16), (uint8_t)(left / 2 >> 8),
                            (uint8_t)(left / 2) };
    const struct bytes none = RAW("");
    cr_assert_eq(decode_repeated(ENCODING_MSGPACK, bytes_of(array, 5),
                                 (struct bytes)RAW("\x90"), none).refusal, REFUSAL_MALFORMED);
    cr_assert_eq(decode_repeated(ENCODING_MSGPACK, bytes_of(map, 5),
                                 (struct bytes)RAW("\xa0\x80"), none).refusal, REFUSAL_MALFORMED);
}

Test(event_codec, map_of_100000_names_is_read_and_a_name_twice_in_it_found)
{
    static char json[VALUE_BYTES_MAX];
    const char *head = STOCK("stock.held", "\"quantity\":1");
    int at = sprintf(json, "%.*s", (int)strlen(head) - 1, head);
    for (int i = 0; i < 100000; i++) {
        at += sprintf(json + at, ",\"%x\":0", i);
    }
    (void)sprintf(json + at, "}");

    const struct outcome distinct = decode_json(TOPIC_STOCK, json);
    (void)sprintf(json + at, ",\"7ab\":0}");
    const struct outcome twice = decode_json(TOPIC_STOCK, json);

    assert_good(distinct);
    cr_assert_eq(distinct.event.unknown_fields, 100000);
    cr_assert_eq(twice.refusal, REFUSAL_MALFORMED);
}

/* ------------------------------------------------------------------ numbers */

Test(event_codec, whole_numbers_are_whole_however_they_are_written)
{
    static const struct {
        const char *text;
        int64_t quantity;
    } rows[] = {
        { "5", 5 }, { "5.0", 5 }, { "5e0", 5 }, { "5E+0", 5 }, { "50e-1", 5 }, { "0.5e1", 5 },
        { "5.000000000000000000000000000000", 5 }, { "-5.0", -5 }, { "1e12", 1000000000000 },
        { "0.0000000000000001e28", 1000000000000 }, { "-1000000000000", -1000000000000 },
        { "999999999999.0", 999999999999 },
        { "100000000000000000000000000000000000000000e-40", 10 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[512];
        (void)snprintf(json, sizeof json, STOCK("stock.adjusted", "\"quantity\":%s"), rows[i].text);

        const struct outcome outcome = decode_json(TOPIC_STOCK, json);

        assert_good(outcome);
        cr_assert_eq(outcome.event.stock.quantity, rows[i].quantity, "%s", rows[i].text);
    }
}

Test(event_codec, other_numbers_are_bad_quantities)
{
    static const char *const rows[] = {
        "5.5", "5.0000000000000000000000000000001", "1e-1", "1e400", "-1e400", "1e99999999999999999999",
        "1e-99999999999999999999", "94959759555949.9595975559495257555924e5", "123456789012345678901.5e-99",
        "1000000000000.1", "1e13", "9223372036854775808",
        "18446744073709551617", "-18446744073709551615", "0.1e0", "true", "\"5\"", "[]", "0.0", "-0e9",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[512];
        (void)snprintf(json, sizeof json, STOCK("stock.adjusted", "\"quantity\":%s"), rows[i]);

        cr_assert_eq(decode_json(TOPIC_STOCK, json).refusal, REFUSAL_BAD_QUANTITY, "%s", rows[i]);
    }
}

/* A held stock whose quantity or time is given as MessagePack bytes. */
static struct outcome decode_with(const char *name, struct bytes raw)
{
    uint8_t room[256];
    struct buffer value = buffer_of(room, sizeof room);
    static const char *const texts[][2] = { { "id", "e" }, { "source", "s" },
        { "type", "stock.adjusted" }, { "sku", "A" }, { "location", "L" } };
    buffer_put_byte(&value, 0x87);
    for (size_t i = 0; i < 5; i++) {
        for (int j = 0; j < 2; j++) {
            buffer_put_byte(&value, (uint8_t)(0xa0 + strlen(texts[i][j])));
            buffer_put_bytes(&value, bytes_text(texts[i][j]));
        }
    }
    const bool time = strcmp(name, "time") == 0;
    buffer_put_bytes(&value, BYTES_LITERAL("\xa4time"));
    buffer_put_bytes(&value, time ? raw : BYTES_LITERAL("\xce\x7f\xff\xff\xff"));
    if (!time) {
        value.count -= 5;
        buffer_put_bytes(&value, BYTES_LITERAL("\xcf\x00\x00\x01\xa2\x1e\x2d\x00\x00"));
    }
    buffer_put_bytes(&value, BYTES_LITERAL("\xa8quantity"));
    buffer_put_bytes(&value, time ? BYTES_LITERAL("\x05") : raw);
    return decode_bytes(TOPIC_STOCK, buffer_bytes(&value));
}

Test(event_codec, msgpack_numbers_of_every_width_are_whole_or_refused)
{
    static const struct {
        struct bytes raw;
        int64_t quantity;     /* 0: refused */
    } rows[] = {
        { RAW("\x05"), 5 }, { RAW("\xff"), -1 }, { RAW("\xcc\xff"), 255 }, { RAW("\xcd\x01\x00"), 256 },
        { RAW("\xce\x00\x01\x00\x00"), 65536 }, { RAW("\xcf\x00\x00\x00\xe8\xd4\xa5\x10\x00"), 1000000000000 },
        { RAW("\xd0\x80"), -128 }, { RAW("\xd1\xff\x00"), -256 }, { RAW("\xd2\xff\xff\xff\x00"), -256 },
        { RAW("\xd3\xff\xff\xff\x17\x2b\x5a\xf0\x00"), -1000000000000 },
        { RAW("\xca\x40\xa0\x00\x00"), 5 }, { RAW("\xcb\x40\x14\x00\x00\x00\x00\x00\x00"), 5 },
        { RAW("\xcb\x40\x16\x00\x00\x00\x00\x00\x00"), 0 },      /* 5.5 */
        { RAW("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"), 0 },      /* infinity */
        { RAW("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"), 0 },      /* not a number */
        { RAW("\xcb\x43\xe0\x00\x00\x00\x00\x00\x00"), 0 },      /* 2^63 */
        { RAW("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), 0 }, { RAW("\xcf\x00\x00\x00\xe8\xd4\xa5\x10\x01"), 0 },
        { RAW("\xc4\x01\x05"), 0 }, { RAW("\xd4\x05\x05"), 0 }, { RAW("\xa1" "5"), 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_with("quantity", rows[i].raw);

        cr_assert_eq(outcome.refusal, rows[i].quantity ? REFUSAL_NONE : REFUSAL_BAD_QUANTITY,
                     "row %zu: %s", i, outcome.reason.detail);
        cr_assert(outcome.refusal || outcome.event.stock.quantity == rows[i].quantity);
    }
}

/* ------------------------------------------------------------------ time */

static struct outcome decode_time(const char *time)
{
    char json[1024];
    (void)snprintf(json, sizeof json, ATTRIBUTES("\"i\"", "\"s\"", "\"stock.held\"", "%s"), time);
    return decode_json(TOPIC_STOCK, json);
}

Test(event_codec, times_are_read_to_the_nanosecond)
{
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        { "\"2026-11-27T14:05:09Z\"", NOON },
        { "\"2026-11-27t14:05:09z\"", NOON },
        { "\"2026-11-27T15:05:09+01:00\"", NOON },
        { "\"2026-11-27T08:35:09-05:30\"", NOON },
        { "\"2026-11-27T14:05:09-00:00\"", NOON },
        { "\"2026-11-27T14:05:09.5Z\"", NOON + 500000000 },
        { "\"2026-11-27T14:05:09.000000001Z\"", NOON + 1 },
        { "\"2026-11-27T14:05:09.0000000019999999999999Z\"", NOON + 1 },
        { "\"2026-11-27T14:04:60.5Z\"", NOON - 9000000000 + 500000000 },
        { "\"2000-01-01T00:00:00Z\"", TIME_NS_MIN },
        { "\"2016-12-31T23:59:60Z\"", INT64_C(1483228800000000000) },
        { "\"2024-02-29T00:00:00Z\"", INT64_C(1709164800000000000) },
        { "1795788309000", NOON }, { "1795788309000.0", NOON }, { "1.795788309042e12", NOON + 42000000 },
        { "946684800000", TIME_NS_MIN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_time(rows[i].text);

        assert_good(outcome);
        cr_assert_eq(outcome.event.time_ns, rows[i].ns, "%s: %" PRId64, rows[i].text,
                     outcome.event.time_ns);
    }
}

Test(event_codec, other_times_are_bad)
{
    static const char *const rows[] = {
        "\"\"", "\"2026-11-27\"", "\"2026-11-27T14:05:09\"", "\"2026-11-27 14:05:09Z\"",
        "\"2026-11-27T14:05Z\"", "\"2026-11-27T14:05:09.Z\"", "\"2026-11-27T14:05:09,5Z\"",
        "\"2026-11-27T14:05:09+0100\"", "\"2026-11-27T14:05:09+24:00\"", "\"2026-11-27T14:05:09+01:60\"",
        "\"2026-02-29T00:00:00Z\"", "\"2026-13-01T00:00:00Z\"", "\"2026-00-01T00:00:00Z\"",
        "\"2026-11-27T24:00:00Z\"", "\"2026-11-27T14:60:00Z\"", "\"2026-11-27T14:05:61Z\"",
        "\"2026-11-27T14:05:09ZZ\"", "\" 2026-11-27T14:05:09Z\"", "\"26-11-27T14:05:09Z\"",
        "\"1999-12-31T23:59:59.999999999Z\"", "\"2000-01-01T00:59:59+01:00\"",
        "\"0000-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"2262-04-11T23:47:16Z\"",
        "946684799999", "-1", "0", "9223372036854775807", "1795788309000.5", "1e300", "false", "{}", "[]",
        "\"1795788309000\"",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(decode_time(rows[i]).refusal, REFUSAL_BAD_TIME, "%s", rows[i]);
    }
}

Test(event_codec, msgpack_timestamps_of_all_widths_are_read)
{
    /* NOON is second 0x6b098e15. */
    static const struct {
        struct bytes raw;
        int64_t ns;           /* 0: refused */
    } rows[] = {
        { RAW("\xd6\xff\x6b\x09\x8e\x15"), NOON },
        { RAW("\xc7\x04\xff\x6b\x09\x8e\x15"), NOON },
        { RAW("\xd7\xff\x00\x00\x00\x04\x6b\x09\x8e\x15"), NOON + 1 },
        { RAW("\xc7\x0c\xff\x00\x00\x00\x02\x00\x00\x00\x00\x6b\x09\x8e\x15"), NOON + 2 },
        { RAW("\xd7\xff\xff\xff\xff\xfc\x6b\x09\x8e\x15"), 0 },                      /* ns of 2^30 - 1 */
        { RAW("\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), 0 },  /* 1969 */
        { RAW("\xc7\x0c\xff\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"), 0 },
        { RAW("\xd6\xff\x00\x00\x00\x00"), 0 },                                      /* 1970 */
        { RAW("\xd6\xfe\x6b\x09\x8e\x15"), 0 },                                      /* another type */
        { RAW("\xc7\x00\xff"), 0 }, { RAW("\xd5\xff\x00\x00"), 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_with("time", rows[i].raw);

        cr_assert_eq(outcome.refusal, rows[i].ns ? REFUSAL_NONE : REFUSAL_BAD_TIME, "row %zu", i);
        cr_assert(outcome.refusal || outcome.event.time_ns == rows[i].ns, "row %zu: %" PRId64, i,
                  outcome.event.time_ns);
    }
}

/* ------------------------------------------------------------------ identifiers */

static struct outcome decode_sku(const char *sku)
{
    char json[1024];
    (void)snprintf(json, sizeof json, BARE("stock.held", "\"location\":\"L\",\"quantity\":1,"
                                                         "\"sku\":\"%s\""), sku);
    return decode_json(TOPIC_STOCK, json);
}

#define TEXT_128                                                                                   \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"   \
    "abcdef0123456789abcdef0123456789abcdef"

Test(event_codec, identifiers_are_taken_as_they_are)
{
    static const char *const rows[] = {
        "a", "A b", "\xc3\xa9", "e\xcc\x81", "\xe2\x82\xac", "\xf0\x9f\x98\x80", TEXT_128, "0",
        "a\xc2\xa0" "b", "a\xe2\x80\x83" "b", "\xe2\x80\x8b", "\xc2\xa1", "\xe0\xb2\x82", "/", "'",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_sku(rows[i]);

        assert_good(outcome);
        assert_text(outcome.event.stock.sku, rows[i]);
    }
}

Test(event_codec, what_is_no_identifier_is_a_bad_key)
{
    static const char *const rows[] = {
        "", " ", " a", "a ", "\\ta", "a\\n", "a\\u0000", "a\\u0001" "b", "a\\u001fb", "a\x7f" "b", "a|b", "|",
        "a\xc2\x80" "b", "a\xc2\x9f", "\xc2\x85" "a", "\xc2\xa0" "a", "a\xc2\xa0", "\xe1\x9a\x80" "a",
        "a\xe2\x80\x80", "a\xe2\x80\x8a", "\xe2\x80\xa8" "a", "a\xe2\x80\xa9", "\xe2\x80\xaf" "a",
        "a\xe2\x81\x9f", "\xe3\x80\x80" "a", "a\xe3\x80\x80", TEXT_128 "0",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(decode_sku(rows[i]).refusal, REFUSAL_BAD_KEY, "row %zu: %s", i, rows[i]);
    }
}

/* ------------------------------------------------------------------ envelopes */

#define RETURNED_DATA                                                                              \
    "\"sku\":\"A\",\"location\":\"DC1\",\"quantity\":3,\"order_id\":\"o1\",\"line_id\":\"1\""

static const struct record_header binary_headers[] = {
    { RAW("ce_specversion"), RAW("1.0") }, { RAW("ce_id"), RAW("e-1") }, { RAW("ce_source"), RAW("wms") },
    { RAW("ce_type"), RAW("stock.returned") }, { RAW("ce_time"), RAW("2026-11-27T14:05:09Z") },
};
enum { BINARY_HEADERS = sizeof binary_headers / sizeof *binary_headers };

static void assert_same_event(const struct record *record, uint64_t content)
{
    const struct outcome outcome = decode_record(record);
    assert_good(outcome);
    cr_assert_eq(outcome.event.type, EVENT_STOCK_RETURNED);
    cr_assert_eq(outcome.event.unknown_fields, 0);
    assert_text(outcome.event.id, "e-1");
    assert_text(outcome.event.source, "wms");
    cr_assert(outcome.event.stock.sellable);
    cr_assert_eq(event_content_hash(&outcome.event), content);
}

Test(event_codec, event_and_content_are_the_same_in_every_envelope_and_encoding)
{
    static const char *const maps[] = {
        BARE("stock.returned", RETURNED_DATA),
        BARE("stock.returned", RETURNED_DATA ",\"sellable\":true,\"specversion\":\"1.0\""),
        BARE("stock.returned", "\"data\":{" RETURNED_DATA "}"),
        "{\"specversion\":\"1.0\",\"time\":1795788309000,\"type\":\"stock.returned\",\"id\":\"e-1\","
        "\"data\":{\"quantity\":3.0," RETURNED_DATA "},\"source\":\"wms\",\"traceparent\":\"00\"}",
    };
    const struct outcome first = decode_json(TOPIC_STOCK, maps[0]);
    assert_good(first);
    const uint64_t content = event_content_hash(&first.event);
    for (size_t i = 0; i < 3; i++) {
        const struct bytes same = packed(maps[i]);
        const struct record json = record_of(TOPIC_STOCK, bytes_text(maps[i]));
        const struct record msgpack = record_of(TOPIC_STOCK, same);

        assert_same_event(&json, content);
        assert_same_event(&msgpack, content);
        free((void *)(uintptr_t)same.data);
    }
    cr_assert_eq(decode_json(TOPIC_STOCK, maps[3]).refusal, REFUSAL_MALFORMED);

    const struct bytes data = packed("{" RETURNED_DATA ",\"sellable\":true}");
    struct record binary = record_of(TOPIC_STOCK, BYTES_LITERAL("{" RETURNED_DATA "}"));
    binary.headers = binary_headers;
    binary.header_count = BINARY_HEADERS;
    assert_same_event(&binary, content);
    binary.value = data;
    assert_same_event(&binary, content);
    free((void *)(uintptr_t)data.data);
}

Test(event_codec, binary_mode_takes_attributes_from_headers_only)
{
    struct record record =
        record_of(TOPIC_STOCK, BYTES_LITERAL("{" RETURNED_DATA ",\"id\":\"other\",\"data\":{}}"));
    record.headers = binary_headers;
    record.header_count = BINARY_HEADERS;

    const struct outcome outcome = decode_record(&record);
    record.header_count = BINARY_HEADERS - 1;
    const struct outcome without_time = decode_record(&record);
    record.value = bytes_of(NULL, 0);
    const struct outcome without_value = decode_record(&record);

    assert_good(outcome);
    assert_text(outcome.event.id, "e-1");
    cr_assert_eq(outcome.event.unknown_fields, 2);
    cr_assert_eq(without_time.refusal, REFUSAL_MISSING);
    cr_assert_eq(without_value.refusal, REFUSAL_MISSING);
    cr_assert_eq(without_value.event.type, EVENT_STOCK_RETURNED);
}

Test(event_codec, binary_header_may_give_time_as_digits_and_must_be_utf8)
{
    struct record_header headers[BINARY_HEADERS];
    memcpy(headers, binary_headers, sizeof headers);
    struct record record = record_of(TOPIC_STOCK, BYTES_LITERAL("{" RETURNED_DATA "}"));
    record.headers = headers;
    record.header_count = BINARY_HEADERS;

    headers[4].value = BYTES_LITERAL("1795788309000");
    const struct outcome digits = decode_record(&record);
    headers[4].value = BYTES_LITERAL("yesterday");
    const struct outcome bad_time = decode_record(&record);
    headers[1].value = BYTES_LITERAL("\xff");
    const struct outcome bad_text = decode_record(&record);
    headers[1].value = bytes_of(NULL, 0);
    const struct outcome null_id = decode_record(&record);

    assert_good(digits);
    cr_assert_eq(digits.event.time_ns, NOON);
    cr_assert_eq(bad_time.refusal, REFUSAL_BAD_TIME);
    cr_assert_eq(bad_text.refusal, REFUSAL_MALFORMED);
    cr_assert_eq(null_id.refusal, REFUSAL_MISSING);
}

Test(event_codec, content_type_decides_and_else_the_first_byte)
{
    static const struct {
        const char *type;
        bool json, msgpack;
    } rows[] = {
        { "application/json", true, false }, { "Application/JSON; charset=utf-8", true, false },
        { " application/json ;x", true, false }, { "application/cloudevents+json", true, false },
        { "application/vnd.msgpack", false, true }, { "application/msgpack", false, true },
        { "APPLICATION/X-MSGPACK", false, true }, { "application/octet-stream", true, true },
        { "", true, true },
    };
    const char *json = BARE("stock.returned", RETURNED_DATA);
    const struct bytes msgpack = packed(json);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct record_header header = { BYTES_LITERAL("Content-Type"), bytes_text(rows[i].type) };
        struct record record = record_of(TOPIC_STOCK, bytes_text(json));
        record.headers = &header;
        record.header_count = 1;

        cr_assert_eq(decode_record(&record).refusal,
                     rows[i].json ? REFUSAL_NONE : REFUSAL_MALFORMED, "%s", rows[i].type);
        record.value = msgpack;
        cr_assert_eq(decode_record(&record).refusal,
                     rows[i].msgpack ? REFUSAL_NONE : REFUSAL_MALFORMED, "%s", rows[i].type);
    }
    free((void *)(uintptr_t)msgpack.data);
}

Test(event_codec, structured_content_type_beats_headers_and_wants_a_map)
{
    struct record_header headers[BINARY_HEADERS + 1];
    memcpy(headers, binary_headers, sizeof binary_headers);
    headers[BINARY_HEADERS] = (struct record_header){ BYTES_LITERAL("content-type"),
                                                      BYTES_LITERAL("application/cloudevents+json") };
    struct record record = record_of(
        TOPIC_STOCK, bytes_text("{\"id\":\"e-9\",\"source\":\"oms\",\"type\":\"stock.held\",\"time\":"
                                "1795788309000,\"data\":{\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}}"));
    record.headers = headers;
    record.header_count = BINARY_HEADERS + 1;

    const struct outcome structured = decode_record(&record);
    record.value = bytes_text(STOCK("stock.held", "\"quantity\":1,\"data\":\"text\""));
    const struct outcome text = decode_record(&record);

    assert_good(structured);
    cr_assert_eq(structured.event.type, EVENT_STOCK_HELD);
    assert_text(structured.event.id, "e-9");
    cr_assert_eq(text.refusal, REFUSAL_BAD_VALUE);
}

Test(event_codec, null_value_on_an_event_topic_is_missing)
{
    for (int topic = TOPIC_STOCK; topic <= TOPIC_SHIPMENTS; topic++) {
        const struct outcome outcome = decode_bytes((enum topic)topic, bytes_of(NULL, 0));

        cr_assert_eq(outcome.refusal, REFUSAL_MISSING);
        cr_assert_eq(outcome.event.type, EVENT_UNKNOWN);
    }
}

Test(event_codec, unknown_types_are_accepted_as_unknown)
{
    const struct outcome bare = decode_json(TOPIC_STOCK, BARE("stock.painted", "\"sku\":7"));
    struct record_header headers[BINARY_HEADERS];
    memcpy(headers, binary_headers, sizeof headers);
    headers[3].value = BYTES_LITERAL("stock.painted");
    struct record record = record_of(TOPIC_STOCK, BYTES_LITERAL("\xff"));
    record.headers = headers;
    record.header_count = BINARY_HEADERS;
    const struct outcome binary = decode_record(&record);

    assert_good(bare);
    assert_good(binary);
    cr_assert_eq(bare.event.type, EVENT_UNKNOWN);
    cr_assert_eq(binary.event.type, EVENT_UNKNOWN);
    cr_assert_eq(bare.event.time_ns, TIME_NONE);
    cr_assert_eq(event_key(&bare.event).count, 0);
}

Test(event_codec, unknown_fields_are_ignored_and_counted)
{
    const struct outcome outcome = decode_json(
        TOPIC_ORDERS, ORDER("order.placed", "\"zone\":\"z\",\"x\":{\"y\":[1,{}]},\"eta\":5,\"lines\":["
                                            "{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"note\":null}]"));

    assert_good(outcome);
    cr_assert_eq(outcome.event.unknown_fields, 3);
}

/* ------------------------------------------------------------------ defaults */

Test(event_codec, default_given_equals_one_left_out)
{
    const char *left_out = PLACED("[" LINE1 "]");
    const char *given = ORDER("order.placed", "\"zone\":\"GB\",\"network\":\"default\",\"service\":"
                                              "\"standard\",\"lines\":[" LINE1 "]");

    const struct outcome without = decode_json(TOPIC_ORDERS, left_out);
    const uint64_t content = event_content_hash(&without.event);
    const struct outcome with = decode_json(TOPIC_ORDERS, given);

    assert_good(with);
    cr_assert_eq(with.event.order.network.count, 0);
    cr_assert_eq(with.event.order.service.count, 0);
    cr_assert_eq(event_content_hash(&with.event), content);
}

/* ------------------------------------------------------------------ reference records (2.4) */

Test(event_codec, location_left_out_works_with_the_defaults)
{
    const struct outcome outcome =
        decode_keyed(TOPIC_LOCATIONS, "DC1", "{\"location\":\"DC1\",\"capacity\":null,\"calendar\":{}}");

    assert_good(outcome);
    const struct location_data *location = &outcome.event.location;
    cr_assert_eq(outcome.event.type, EVENT_LOCATION);
    cr_assert_eq(outcome.event.time_ns, TIME_NONE);
    assert_text(location->location, "DC1");
    assert_text(location->time_zone, "UTC");
    cr_assert_eq(location->network_count, 1);
    assert_text(location->networks[0], "default");
    cr_assert(location->enabled && !location->pickup && location->shipments_deduct_stock);
    cr_assert_eq(location->working_days, WEEKDAYS_MONDAY_TO_FRIDAY);
    cr_assert_eq(location->cutoff_minute, 15 * 60);
    cr_assert_eq(location->opens_minute, 9 * 60);
    cr_assert_eq(location->processing_days, 0);
    cr_assert_eq(location->capacity_per_day, CAPACITY_UNLIMITED);
    cr_assert_eq(location->capacity_unit, CAPACITY_UNITS);
    cr_assert_eq(location->safety_stock, 0);
    cr_assert_eq(location->pickup_minutes, 120);
    cr_assert_eq(location->priority, 100);
}

Test(event_codec, location_is_read_with_all_its_fields)
{
    const struct outcome outcome = decode_keyed(
        TOPIC_LOCATIONS, "DC1",
        "{\"location\":\"DC1\",\"time_zone\":\"America/Argentina/Buenos_Aires\",\"kind\":\"store\","
        "\"networks\":[\"web\",\"b2b\",\"web\"],\"enabled\":false,\"pickup\":true,\"calendar\":{"
        "\"working_days\":[\"sun\",\"mon\"],\"cutoff\":\"23:59\",\"opens\":\"00:00\",\"closed\":"
        "[\"2026-12-26\",\"2026-12-25\",\"2026-12-26\"],\"open\":[\"2026-12-19\"]},\"processing_days\":2,"
        "\"capacity\":{\"unit\":\"orders\",\"per_day\":40,\"overrides\":{\"2026-12-02\":5,\"2026-12-01\":0}},"
        "\"safety_stock\":3,\"pickup_minutes\":1e9,\"shipments_deduct_stock\":false,\"priority\":7}");

    assert_good(outcome);
    const struct location_data *location = &outcome.event.location;
    cr_assert_eq(outcome.event.unknown_fields, 0);
    assert_text(location->time_zone, "America/Argentina/Buenos_Aires");
    cr_assert_eq(location->network_count, 2);
    assert_text(location->networks[0], "b2b");
    assert_text(location->networks[1], "web");
    cr_assert(!location->enabled && location->pickup && !location->shipments_deduct_stock);
    cr_assert_eq(location->working_days, 0x41);
    cr_assert_eq(location->cutoff_minute, 1439);
    cr_assert_eq(location->opens_minute, 0);
    cr_assert_eq(location->closed_count, 2);
    cr_assert_eq(location->closed[0], 20812);
    cr_assert_eq(location->closed[1], 20813);
    cr_assert_eq(location->open_count, 1);
    cr_assert_eq(location->processing_days, 2);
    cr_assert_eq(location->capacity_unit, CAPACITY_ORDERS);
    cr_assert_eq(location->capacity_per_day, 40);
    cr_assert_eq(location->override_count, 2);
    cr_assert_eq(location->overrides[0].day, 20788);
    cr_assert_eq(location->overrides[0].count, 0);
    cr_assert_eq(location->overrides[1].count, 5);
    cr_assert_eq(location->safety_stock, 3);
    cr_assert_eq(location->pickup_minutes, 1000000);
    cr_assert_eq(location->priority, 7);
}

Test(event_codec, lane_is_read_with_its_defaults)
{
    const struct outcome outcome = decode_keyed(
        TOPIC_LANES, "DC1|GB|standard",
        "{\"location\":\"DC1\",\"zone\":\"GB\",\"service\":\"standard\",\"transit_days\":"
        "{\"min\":1,\"max\":3},\"delivery_weekdays\":[\"sat\"],\"closed\":[\"2026-12-25\"],\"cost\":450}");

    assert_good(outcome);
    const struct lane_data *lane = &outcome.event.lane;
    cr_assert_eq(outcome.event.type, EVENT_LANE);
    assert_text(lane->zone, "GB");
    assert_text(lane->service, "standard");
    cr_assert_eq(lane->transit_days_min, 1);
    cr_assert_eq(lane->transit_days_max, 3);
    cr_assert_eq(lane->transit_weekdays, WEEKDAYS_MONDAY_TO_FRIDAY);
    cr_assert_eq(lane->delivery_weekdays, 0x20);
    cr_assert_eq(lane->closed_count, 1);
    cr_assert_eq(lane->cost, 450);
}

Test(event_codec, item_is_read_with_its_defaults)
{
    const struct outcome bare = decode_keyed(TOPIC_CATALOG, "A", "{\"sku\":\"A\"}");
    cr_assert_eq(bare.event.item.safety_stock, -1);
    cr_assert_eq(bare.event.item.low_stock, 5);
    cr_assert_eq(bare.event.item.workload, 1);
    cr_assert_eq(bare.event.item.preorder_from, DAY_NONE);
    cr_assert(!bare.event.item.made_to_order && !bare.event.item.discontinued);

    const struct outcome outcome = decode_keyed(
        TOPIC_CATALOG, "SET",
        "{\"sku\":\"SET\",\"safety_stock\":0,\"safety_stock_at\":{\"DC1\":4,\"DC2\":0},\"low_stock\":9,"
        "\"workload\":3,\"made_to_order\":{\"lead_days\":10,\"locations\":[\"DC2\",\"DC1\"]},"
        "\"preorder_from\":\"2026-12-01\",\"bundle\":[{\"sku\":\"A\",\"quantity\":2}],\"discontinued\":true}");

    assert_good(outcome);
    const struct item_data *item = &outcome.event.item;
    cr_assert_eq(item->safety_stock, 0);
    cr_assert_eq(item->safety_stock_at_count, 2);
    assert_text(item->safety_stock_at[0].location, "DC1");
    cr_assert_eq(item->safety_stock_at[0].quantity, 4);
    cr_assert_eq(item->workload, 3);
    cr_assert(item->made_to_order && item->discontinued);
    cr_assert_eq(item->lead_days, 10);
    cr_assert_eq(item->maker_count, 2);
    assert_text(item->makers[0], "DC1");
    cr_assert_eq(item->preorder_from, 20788);
    cr_assert_eq(item->bundle.count, 1);
}

Test(event_codec, made_to_order_without_locations_is_everywhere_and_with_none_nowhere)
{
    const struct outcome everywhere =
        decode_keyed(TOPIC_CATALOG, "A", "{\"sku\":\"A\",\"made_to_order\":{\"lead_days\":1}}");
    const struct outcome nowhere = decode_keyed(
        TOPIC_CATALOG, "A", "{\"sku\":\"A\",\"made_to_order\":{\"lead_days\":1,\"locations\":[]}}");

    cr_assert(everywhere.event.item.made_to_order);
    cr_assert_eq(everywhere.event.item.maker_count, 0);
    assert_good(nowhere);
    cr_assert_not(nowhere.event.item.made_to_order);
}

Test(event_codec, null_value_removes_the_record_that_the_key_names)
{
    const struct outcome location = decode_keyed(TOPIC_LOCATIONS, "DC1", NULL);
    const struct outcome lane = decode_keyed(TOPIC_LANES, "DC1|GB|standard", NULL);
    const struct outcome item = decode_keyed(TOPIC_CATALOG, "A", NULL);

    assert_good(location);
    assert_good(lane);
    assert_good(item);
    cr_assert(location.event.removed && lane.event.removed && item.event.removed);
    assert_text(location.event.location.location, "DC1");
    assert_text(lane.event.lane.location, "DC1");
    assert_text(lane.event.lane.zone, "GB");
    assert_text(lane.event.lane.service, "standard");
    assert_text(item.event.item.sku, "A");
}

Test(event_codec, null_value_under_a_bad_key_is_refused)
{
    static const struct {
        enum topic topic;
        const char *key;
    } rows[] = {
        { TOPIC_LOCATIONS, NULL }, { TOPIC_LOCATIONS, "" }, { TOPIC_LOCATIONS, "a|b" },
        { TOPIC_LOCATIONS, "\xff" }, { TOPIC_LANES, "a|b" }, { TOPIC_LANES, "a|b|" },
        { TOPIC_LANES, "a|b|c|d" }, { TOPIC_LANES, "||" }, { TOPIC_CATALOG, " a" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_keyed(rows[i].topic, rows[i].key, NULL);

        cr_assert_eq(outcome.refusal, REFUSAL_BAD_KEY, "row %zu", i);
        cr_assert_not(outcome.event.removed);
    }
}

Test(event_codec, reference_record_under_another_key_is_a_bad_key)
{
    cr_assert_eq(decode_keyed(TOPIC_CATALOG, "B", "{\"sku\":\"A\"}").refusal, REFUSAL_BAD_KEY);
    cr_assert_eq(decode_keyed(TOPIC_CATALOG, NULL, "{\"sku\":\"A\"}").refusal, REFUSAL_BAD_KEY);
    cr_assert_eq(decode_keyed(TOPIC_LANES, "A|B|D",
                              "{\"location\":\"A\",\"zone\":\"B\",\"service\":\"C\",\"transit_days\":"
                              "{\"min\":0,\"max\":0}}").refusal, REFUSAL_BAD_KEY);
}

#define AT(fields) "{\"location\":\"k\"," fields "}"
#define LANE(fields) "{\"location\":\"k\",\"zone\":\"k\",\"service\":\"k\"," fields "}"
#define ITEM(fields) "{\"sku\":\"k\"," fields "}"

static const struct refusal_row reference_rows[] = {
    { "a location has a name", TOPIC_LOCATIONS, REFUSAL_MISSING, "{\"kind\":\"store\"}" },
    { "a zone name is text", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"time_zone\":1") },
    { "a zone name is not empty", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"time_zone\":\"\"") },
    { "a zone name is no path", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"time_zone\":\"/etc/passwd\"") },
    { "a zone name climbs nowhere", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"time_zone\":\"Europe/../x\"") },
    { "a kind is text", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"kind\":1") },
    { "networks are a list", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"networks\":\"web\"") },
    { "a network is a key", TOPIC_LOCATIONS, REFUSAL_BAD_KEY, AT("\"networks\":[null]") },
    { "enabled is a truth", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"enabled\":\"yes\"") },
    { "a calendar is a map", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"calendar\":[]") },
    { "a weekday stands once", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"calendar\":{\"working_days\":[\"mon\",\"mon\"]}") },
    { "a weekday has its name", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"calendar\":{\"working_days\":[\"Mon\"]}") },
    { "a cutoff is a time of day", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"calendar\":{\"cutoff\":\"24:00\"}") },
    { "an opening has two digits", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"calendar\":{\"opens\":\"9:00\"}") },
    { "a closed day is a date", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"calendar\":{\"closed\":[\"2026-1-1\"]}") },
    { "days are not below zero", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"processing_days\":-1") },
    { "days are whole", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"processing_days\":1.5") },
    { "a unit is a known one", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"capacity\":{\"unit\":\"boxes\"}") },
    { "a capacity is not below zero", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"capacity\":{\"per_day\":-1}") },
    { "an override is under a date", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"capacity\":{\"overrides\":{\"x\":1}}") },
    { "an override is a number", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"capacity\":{\"overrides\":{\"2026-12-01\":null}}") },
    { "overrides are a map", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"capacity\":{\"overrides\":[]}") },
    { "a safety stock is a quantity", TOPIC_LOCATIONS, REFUSAL_BAD_QUANTITY, AT("\"safety_stock\":-1") },
    { "a lane has transit days", TOPIC_LANES, REFUSAL_MISSING, LANE("\"cost\":1") },
    { "transit days have a max", TOPIC_LANES, REFUSAL_MISSING, LANE("\"transit_days\":{\"min\":1}") },
    { "min is not above max", TOPIC_LANES, REFUSAL_BAD_VALUE, LANE("\"transit_days\":{\"min\":2,\"max\":1}") },
    { "a cost is not below zero", TOPIC_LANES, REFUSAL_BAD_VALUE,
      LANE("\"transit_days\":{\"min\":1,\"max\":1},\"cost\":-1") },
    { "a workload is at least 1", TOPIC_CATALOG, REFUSAL_BAD_VALUE, ITEM("\"workload\":0") },
    { "a lead is required", TOPIC_CATALOG, REFUSAL_MISSING, ITEM("\"made_to_order\":{}") },
    { "a low stock is a quantity", TOPIC_CATALOG, REFUSAL_BAD_QUANTITY, ITEM("\"low_stock\":0.5") },
    { "a safety stock has a location", TOPIC_CATALOG, REFUSAL_BAD_KEY, ITEM("\"safety_stock_at\":{\"\":1}") },
    { "a safety stock somewhere is a quantity", TOPIC_CATALOG, REFUSAL_BAD_QUANTITY,
      ITEM("\"safety_stock_at\":{\"a\":null}") },
    { "safety stocks are a map", TOPIC_CATALOG, REFUSAL_BAD_VALUE, ITEM("\"safety_stock_at\":5") },
    { "a catalogue recipe is not empty", TOPIC_CATALOG, REFUSAL_BAD_VALUE, ITEM("\"bundle\":[]") },
    { "a catalogue recipe names no sku twice", TOPIC_CATALOG, REFUSAL_BAD_VALUE,
      ITEM("\"bundle\":[{\"sku\":\"a\",\"quantity\":1},{\"sku\":\"a\",\"quantity\":1}]") },
};

Test(event_codec, reference_records_are_refused_with_their_reason)
{
    for (size_t i = 0; i < sizeof reference_rows / sizeof *reference_rows; i++) {
        const struct refusal_row *row = &reference_rows[i];

        assert_refused(row, decode_json(row->topic, row->json));
    }
}

/* ------------------------------------------------------------------ any bytes */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A copy of exactly its size, so that a sanitizer sees every byte read beyond it. */
static void decode_mutated(struct bytes original, enum topic topic, uint64_t *random)
{
    size_t count = original.count;
    uint8_t *copy = malloc(count);
    memcpy(copy, original.data, count);
    for (uint64_t i = next_random(random) % 4; i < 4; i++) {
        copy[next_random(random) % count] = (uint8_t)next_random(random);
    }
    count -= next_random(random) % 8 == 0 ? next_random(random) % count : 0;
    uint8_t *exact = malloc(count);
    memcpy(exact, copy, count);
    const struct outcome outcome = decode_bytes(topic, bytes_of(exact, count));
    if (outcome.refusal == REFUSAL_NONE && outcome.event.type < EVENT_LOCATION) {
        (void)event_content_hash(&outcome.event);
    }
    cr_assert_eq(outcome.refusal == REFUSAL_NONE, outcome.reason.refusal == REFUSAL_NONE);
    free(exact);
    free(copy);
}

Test(event_codec, no_bytes_break_the_decoder)
{
    const char *given = getenv("PROMISED_SEED");
    uint64_t random = given ? strtoull(given, NULL, 10) : UINT64_C(20261127);
    (void)printf("PROMISED_SEED=%" PRIu64 "\n", random);
    static const struct {
        enum topic topic;
        const char *json;
    } rows[] = {
        { TOPIC_STOCK, BARE("stock.returned", RETURNED_DATA) },
        { TOPIC_ORDERS, PLACED("[{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"bundle\":"
                               "[{\"sku\":\"A\",\"quantity\":1.0e1}],\"promised_by\":\"2026-12-01\"}]") },
        { TOPIC_LOCATIONS, AT("\"networks\":[\"a\",\"\\u00e9\"],\"calendar\":{\"closed\":[\"2026-12-25\"]},"
                              "\"capacity\":{\"overrides\":{\"2026-11-27\":5}}") },
        { TOPIC_CATALOG, ITEM("\"safety_stock_at\":{\"a\":1},\"made_to_order\":{\"lead_days\":1}") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct bytes json = bytes_text(rows[i].json);
        const struct bytes msgpack = packed(rows[i].json);
        for (int round = 0; round < 5000; round++) {
            decode_mutated(json, rows[i].topic, &random);
            decode_mutated(msgpack, rows[i].topic, &random);
        }
        free((void *)(uintptr_t)msgpack.data);
    }
}
