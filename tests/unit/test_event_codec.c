/* SPDX-License-Identifier: Apache-2.0 */
#include "event_codec_fixture.h"

#include <inttypes.h>
#include <stdio.h>

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
    { "a null field is absent", TOPIC_STOCK, REFUSAL_MISSING,
      STOCK("stock.held", "\"quantity\":null") },
    { "a transfer has a target", TOPIC_STOCK, REFUSAL_MISSING,
      STOCK("stock.transferred", GOOD_QUANTITY ",\"transfer_id\":\"t\"") },
    { "an order has lines", TOPIC_ORDERS, REFUSAL_MISSING,
      ORDER("order.placed", "\"zone\":\"GB\"") },
    { "a line has a line_id", TOPIC_ORDERS, REFUSAL_MISSING,
      PLACED("[{\"sku\":\"A\",\"quantity\":1}]") },
    { "a structured event has its fields in data", TOPIC_STOCK, REFUSAL_MISSING,
      STOCK("stock.held", GOOD_QUANTITY ",\"data\":{}") },

    { "a sku is text", TOPIC_STOCK, REFUSAL_BAD_KEY,
      BARE("stock.held", "\"sku\":5,\"location\":\"L\",\"quantity\":1") },
    { "an optional key is judged, too", TOPIC_STOCK, REFUSAL_BAD_KEY,
      STOCK("stock.received", GOOD_QUANTITY ",\"inbound_id\":\"a|b\"") },
    { "a key in a recipe is judged, too", TOPIC_ORDERS, REFUSAL_BAD_KEY,
      PLACED("[{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"bundle\":"
             "[{\"sku\":\"\",\"quantity\":1}]}]") },

    { "a receipt is above zero", TOPIC_STOCK, REFUSAL_BAD_QUANTITY,
      STOCK("stock.received", "\"quantity\":0") },
    { "an adjustment is not zero", TOPIC_STOCK, REFUSAL_BAD_QUANTITY,
      STOCK("stock.adjusted", "\"quantity\":0") },
    { "a count is not below zero", TOPIC_STOCK, REFUSAL_BAD_QUANTITY,
      STOCK("stock.counted", "\"quantity\":-1") },
    { "a quantity is a number", TOPIC_STOCK, REFUSAL_BAD_QUANTITY,
      STOCK("stock.held", "\"quantity\":\"5\"") },
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

    { "a known type has its topic", TOPIC_ORDERS, REFUSAL_WRONG_TOPIC,
      STOCK("stock.held", GOOD_QUANTITY) },
    { "an event is no reference record", TOPIC_CATALOG, REFUSAL_WRONG_TOPIC,
      STOCK("stock.held", GOOD_QUANTITY) },

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

/* ------------------------------------------------------------------ envelopes */

static const struct record_header binary_headers[] = {
    { RAW("ce_specversion"), RAW("1.0") }, { RAW("ce_id"), RAW("e-1") }, { RAW("ce_source"),
      RAW("wms") },
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
        "{\"specversion\":\"1.0\",\"time\":1795788309000,\"type\":\"stock.returned\",\"id\":\"e-"
            "1\","
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
        const struct record_header header = { BYTES_LITERAL("Content-Type"),
            bytes_text(rows[i].type) };
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
                                                      BYTES_LITERAL("application/cloudevents+jso"
                                                          "n") };
    struct record record = record_of(
        TOPIC_STOCK, bytes_text("{\"id\":\"e-9\",\"source\":\"oms\",\"type\":\"stock.held\",\"tim"
            "e\":"
                                "1795788309000,\"data\":{\"sku\":\"A\",\"location\":\"L\",\"quanti"
                                    "ty\":1}}"));
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
        TOPIC_ORDERS, ORDER("order.placed", "\"zone\":\"z\",\"x\":{\"y\":[1,{}]},\"eta\":5,\"line"
            "s\":["
                                            "{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"not"
                                                "e\":null}]"));

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
        decode_keyed(TOPIC_LOCATIONS, "DC1", "{\"location\":\"DC1\",\"capacity\":null,\"calenda"
            "r\":{}}");

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
        "[\"2026-12-26\",\"2026-12-25\",\"2026-12-26\"],\"open\":[\"2026-12-19\"]},\"processing_da"
            "ys\":2,"
        "\"capacity\":{\"unit\":\"orders\",\"per_day\":40,\"overrides\":{\"2026-12-02\":5,\"2026-1"
            "2-01\":0}},"
        "\"safety_stock\":3,\"pickup_minutes\":1e9,\"shipments_deduct_stock\":false,\"priority\":7"
            "}");

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
        "{\"min\":1,\"max\":3},\"delivery_weekdays\":[\"sat\"],\"closed\":[\"2026-12-25\"],\"cos"
            "t\":450}");

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
        "{\"sku\":\"SET\",\"safety_stock\":0,\"safety_stock_at\":{\"DC1\":4,\"DC2\":0},\"low_stoc"
            "k\":9,"
        "\"workload\":3,\"made_to_order\":{\"lead_days\":10,\"locations\":[\"DC2\",\"DC1\"]},"
        "\"preorder_from\":\"2026-12-01\",\"bundle\":[{\"sku\":\"A\",\"quantity\":2}],\"discontinu"
            "ed\":true}");

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
                              "{\"location\":\"A\",\"zone\":\"B\",\"service\":\"C\",\"transit_day"
                                  "s\":"
                              "{\"min\":0,\"max\":0}}").refusal, REFUSAL_BAD_KEY);
}

static const struct refusal_row reference_rows[] = {
    { "a location has a name", TOPIC_LOCATIONS, REFUSAL_MISSING,
      "{\"kind\":\"store\"}" },
    { "a zone name is text", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"time_zone\":1") },
    { "a zone name is not empty", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"time_zone\":\"\"") },
    { "a zone name is no path", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"time_zone\":\"/etc/passwd\"") },
    { "a zone name climbs nowhere", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"time_zone\":\"Europe/../x\"") },
    { "a kind is text", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"kind\":1") },
    { "networks are a list", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"networks\":\"web\"") },
    { "a network is a key", TOPIC_LOCATIONS, REFUSAL_BAD_KEY, AT("\"networks\":[null]") },
    { "enabled is a truth", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"enabled\":\"yes\"") },
    { "a calendar is a map", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"calendar\":[]") },
    { "a weekday stands once", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"calendar\":{\"working_days\":[\"mon\",\"mon\"]}") },
    { "a weekday has its name", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"calendar\":{\"working_days\":[\"Mon\"]}") },
    { "a cutoff is a time of day", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"calendar\":{\"cutoff\":\"24:00\"}") },
    { "an opening has two digits", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"calendar\":{\"opens\":\"9:00\"}") },
    { "a closed day is a date", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"calendar\":{\"closed\":[\"2026-1-1\"]}") },
    { "days are not below zero", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"processing_days\":-1") },
    { "days are whole", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE, AT("\"processing_days\":1.5") },
    { "a unit is a known one", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"capacity\":{\"unit\":\"boxes\"}") },
    { "a capacity is not below zero", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"capacity\":{\"per_day\":-1}") },
    { "an override is under a date", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"capacity\":{\"overrides\":{\"x\":1}}") },
    { "an override is a number", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"capacity\":{\"overrides\":{\"2026-12-01\":null}}") },
    { "overrides are a map", TOPIC_LOCATIONS, REFUSAL_BAD_VALUE,
      AT("\"capacity\":{\"overrides\":[]}") },
    { "a safety stock is a quantity", TOPIC_LOCATIONS, REFUSAL_BAD_QUANTITY,
      AT("\"safety_stock\":-1") },
    { "a lane has transit days", TOPIC_LANES, REFUSAL_MISSING, LANE("\"cost\":1") },
    { "transit days have a max", TOPIC_LANES, REFUSAL_MISSING,
      LANE("\"transit_days\":{\"min\":1}") },
    { "min is not above max", TOPIC_LANES, REFUSAL_BAD_VALUE,
      LANE("\"transit_days\":{\"min\":2,\"max\":1}") },
    { "a cost is not below zero", TOPIC_LANES, REFUSAL_BAD_VALUE,
      LANE("\"transit_days\":{\"min\":1,\"max\":1},\"cost\":-1") },
    { "a workload is at least 1", TOPIC_CATALOG, REFUSAL_BAD_VALUE, ITEM("\"workload\":0") },
    { "a lead is required", TOPIC_CATALOG, REFUSAL_MISSING, ITEM("\"made_to_order\":{}") },
    { "a low stock is a quantity", TOPIC_CATALOG, REFUSAL_BAD_QUANTITY, ITEM("\"low_stock\":0.5") },
    { "a safety stock has a location", TOPIC_CATALOG, REFUSAL_BAD_KEY,
      ITEM("\"safety_stock_at\":{\"\":1}") },
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

