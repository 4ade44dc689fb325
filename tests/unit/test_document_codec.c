/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <locale.h>
#include <msgpack.h>
#include <stdio.h>

#include "wire/date_text.h"
#include "wire/document_codec.h"

enum { ROOM_BYTES = 16 * 1024 };

static uint8_t value_room[ROOM_BYTES];
static uint8_t json_room[ROOM_BYTES];

/* 2026-11-27T14:05:09.042999999Z */
static const int64_t AS_OF = INT64_C(1795788309042999999);
enum { DAY_2026_11_30 = 20787 };

static struct document item_document(void)
{
    return (struct document){
        .topic = TOPIC_AVAILABILITY_ITEMS,
        .version = 4097,
        .as_of = AS_OF,
        .item = {
            .sku = BYTES_LITERAL("sku-1"),
            .network = BYTES_LITERAL("web"),
            .available = 12,
            .next = { DAY_2026_11_30, 40 },
            .status = AVAILABILITY_LOW_STOCK,
        },
    };
}

static const struct inbound_document INBOUND[2] = {
    { { (const uint8_t *)"po-1", 4 }, 40, DAY_2026_11_30, true },
    { { (const uint8_t *)"po-2", 4 }, 1, DAY_NONE, false },
};

static struct document location_document(void)
{
    return (struct document){
        .topic = TOPIC_AVAILABILITY_LOCATIONS,
        .version = (UINT64_C(1) << 53) - 1,
        .as_of = TIME_NONE,
        .location = {
            .sku = BYTES_LITERAL("sku-1"),
            .location = BYTES_LITERAL("store-7"),
            .on_hand = -3,
            .held = 1,
            .allocated = 1000000000000,
            .safety_stock = 2,
            .next = { DAY_NONE, 0 },
            .inbound = INBOUND,
            .inbound_count = 2,
        },
    };
}

static const struct part_document PARTS[2] = {
    { { (const uint8_t *)"dc", 2 }, 3, 1, DAY_2026_11_30 },
    { { (const uint8_t *)"store-7", 7 }, 0, 2, DAY_NONE },
};
static const struct line_document LINES[1] = {
    {
        .line_id = { (const uint8_t *)"1", 1 },
        .sku = { (const uint8_t *)"sku-1", 5 },
        .quantity = 6,
        .open = 3,
        .shipped = 3,
        .promised_by = DAY_2026_11_30,
        .expected_by = DAY_NONE,
        .status = LINE_AT_RISK,
        .parts = PARTS,
        .part_count = 2,
    },
};

static struct document order_document(void)
{
    return (struct document){
        .topic = TOPIC_PROMISES_ORDERS,
        .version = 7,
        .as_of = AS_OF,
        .order = {
            .order_id = BYTES_LITERAL("o-1"),
            .status = ORDER_PARTIALLY_SHIPPED,
            .lines = LINES,
            .line_count = 1,
        },
    };
}

static const struct bytes TOWNS[2] = {
    { (const uint8_t *)"city", 4 }, { (const uint8_t *)"coast", 5 },
};
static const struct offer_document OFFERS[2] = {
    { 20, DAY_2026_11_30, DAY_2026_11_30 + 1, DAY_2026_11_30 + 2, { (const uint8_t *)"dc", 2 } },
    { UNITS_UNLIMITED, DAY_2026_11_30 + 7, DAY_2026_11_30 + 8, DAY_2026_11_30 + 8,
      { (const uint8_t *)"maker", 5 } },
};
static const struct zones_document ZONES[2] = {
    { TOWNS, 2, { (const uint8_t *)"express", 7 }, OFFERS, 2,
      { CONSTRAINT_CUTOFF, { (const uint8_t *)"dc", 2 }, 3 } },
    { TOWNS, 1, { (const uint8_t *)"standard", 8 }, OFFERS, 0, { .constraint = CONSTRAINT_NONE } },
};

/* 2026-11-27T15:00:00.000Z */
#define CUTOFF_MS INT64_C(1795791600000)

static struct document promise_document(void)
{
    return (struct document){
        .topic = TOPIC_PROMISES_ITEMS,
        .version = 12,
        .as_of = AS_OF,
        .promise = {
            .sku = BYTES_LITERAL("sku-1"),
            .network = BYTES_LITERAL("web"),
            .valid_until_ms = CUTOFF_MS,
            .promises = ZONES,
            .promise_count = 2,
        },
    };
}

static const struct day_document CAPACITY[2] = {
    { DAY_2026_11_30 - 3, CAPACITY_ORDERS, 10, 12, 0, 2 },
    { DAY_2026_11_30, CAPACITY_ORDERS, UNITS_UNLIMITED, 1, UNITS_UNLIMITED, 0 },
};
static const struct zone_document LANES[2] = {
    { { (const uint8_t *)"city", 4 }, { (const uint8_t *)"express", 7 },
      DAY_2026_11_30 + 1, DAY_2026_11_30 + 2, 450 },
    { { (const uint8_t *)"coast", 5 }, { (const uint8_t *)"express", 7 }, DAY_NONE, DAY_NONE, 0 },
};

static struct document site_document(void)
{
    return (struct document){
        .topic = TOPIC_PROMISES_LOCATIONS,
        .version = 13,
        .as_of = TIME_NONE,
        .site = {
            .location = BYTES_LITERAL("dc"),
            .valid_until_ms = CUTOFF_MS,
            .cutoff_at_ms = CUTOFF_MS,
            .ships_on = DAY_2026_11_30,
            .pickup = { DAY_2026_11_30, 120, CUTOFF_MS + 1 },
            .capacity = CAPACITY,
            .capacity_count = 2,
            .zones = LANES,
            .zone_count = 2,
        },
    };
}

static struct document watermark_document(void)
{
    return (struct document){
        .topic = TOPIC_WATERMARKS,
        .as_of = AS_OF,
        .watermark = {
            .partition = 11,
            .sequence = 4097,
            .swept = 4000,
            .lag_seconds = 0.0415,
            .caught_up = true,
            .owner = BYTES_LITERAL("127.0.0.1:8180"),
        },
    };
}

/* ------------------------------------------------------------------ both encodings as text */

static struct bytes json_of(const struct document *document)
{
    struct buffer out = buffer_of(value_room, sizeof value_room);
    document_encode(document, ENCODING_JSON, &out);
    cr_assert_not(out.overflowed);
    return buffer_bytes(&out);
}

static void put_object(struct buffer *out, const msgpack_object *object);

static void put_format(struct buffer *out, const char *format, double number)
{
    char text[64];
    (void)snprintf(text, sizeof text, format, number);
    buffer_put_bytes(out, bytes_text(text));
}

static void put_array(struct buffer *out, const msgpack_object_array *array)
{
    buffer_put_byte(out, '[');
    for (uint32_t i = 0; i < array->size; i++) {
        buffer_put(out, ",", i > 0);
        put_object(out, &array->ptr[i]);
    }
    buffer_put_byte(out, ']');
}

static void put_map(struct buffer *out, const msgpack_object_map *map)
{
    buffer_put_byte(out, '{');
    for (uint32_t i = 0; i < map->size; i++) {
        buffer_put(out, ",", i > 0);
        put_object(out, &map->ptr[i].key);
        buffer_put_byte(out, ':');
        put_object(out, &map->ptr[i].val);
    }
    buffer_put_byte(out, '}');
}

/* What these tests have in their documents, as compact JSON text. */
static void put_object(struct buffer *out, const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_NIL: buffer_put_bytes(out, BYTES_LITERAL("null")); break;
    case MSGPACK_OBJECT_BOOLEAN:
        buffer_put_bytes(out, bytes_text(object->via.boolean ? "true" : "false"));
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        put_format(out, "%.0f", (double)object->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        put_format(out, "%.0f", (double)object->via.i64);
        break;
    case MSGPACK_OBJECT_FLOAT64: put_format(out, "%.3f", object->via.f64); break;
    case MSGPACK_OBJECT_STR:
        buffer_put_byte(out, '"');
        buffer_put(out, object->via.str.ptr, object->via.str.size);
        buffer_put_byte(out, '"');
        break;
    case MSGPACK_OBJECT_ARRAY: put_array(out, &object->via.array); break;
    case MSGPACK_OBJECT_MAP: put_map(out, &object->via.map); break;
    default: cr_assert_fail("a type that no document has");
    }
}

/* The MessagePack of the document, read by msgpack-c, as JSON text. */
static struct bytes msgpack_of(const struct document *document)
{
    struct buffer packed = buffer_of(value_room, sizeof value_room);
    document_encode(document, ENCODING_MSGPACK, &packed);
    cr_assert_not(packed.overflowed);
    struct buffer out = buffer_of(json_room, sizeof json_room);
    msgpack_unpacked unpacked;
    size_t offset = 0;
    msgpack_unpacked_init(&unpacked);
    cr_assert_eq(msgpack_unpack_next(&unpacked, (const char *)packed.data, packed.count, &offset),
                 MSGPACK_UNPACK_SUCCESS);
    cr_assert_eq(offset, packed.count, "one whole value");
    put_object(&out, &unpacked.data);
    msgpack_unpacked_destroy(&unpacked);
    return buffer_bytes(&out);
}

static void expect_text(struct bytes got, const char *expected)
{
    cr_assert(bytes_equal(got, bytes_text(expected)), "got      %.*s\nexpected %s", (int)got.count,
              (const char *)got.data, expected);
}

static void expect_document(const struct document *document, const char *expected)
{
    expect_text(json_of(document), expected);
    expect_text(msgpack_of(document), expected);
}

/* ------------------------------------------------------------------ values */

Test(document_codec, item_has_the_fields_of_the_contract_in_both_encodings)
{
    struct document document = item_document();

    expect_document(&document, "{\"sku\":\"sku-1\",\"network\":\"web\",\"version\":4097,"
                               "\"as_of\":\"2026-11-27T14:05:09.042Z\",\"status\":\"low_stock\","
                               "\"available\":12,\"next\":{\"date\":\"2026-11-30\","
                               "\"quantity\":40}}");
}

Test(document_codec, location_has_the_fields_of_the_contract_in_both_encodings)
{
    struct document document = location_document();

    expect_document(&document,
                    "{\"sku\":\"sku-1\",\"location\":\"store-7\",\"version\":9007199254740991,"
                    "\"as_of\":null,\"on_hand\":-3,\"held\":1,\"allocated\":1000000000000,"
                    "\"safety_stock\":2,\"available\":0,\"next\":null,\"inbound\":["
                    "{\"inbound_id\":\"po-1\",\"quantity\":40,\"eta\":\"2026-11-30\","
                    "\"overdue\":true},"
                    "{\"inbound_id\":\"po-2\",\"quantity\":1,\"eta\":null,\"overdue\":false}]}");
}

Test(document_codec, order_has_the_fields_of_the_contract_in_both_encodings)
{
    struct document document = order_document();

    expect_document(&document,
                    "{\"order_id\":\"o-1\",\"version\":7,\"as_of\":\"2026-11-27T14:05:09.042Z\","
                    "\"status\":\"partially_shipped\",\"lines\":[{\"line_id\":\"1\","
                    "\"sku\":\"sku-1\",\"quantity\":6,\"open\":3,\"shipped\":3,\"cancelled\":0,"
                    "\"over_shipped\":0,\"returned\":0,\"promised_by\":\"2026-11-30\","
                    "\"expected_by\":null,\"status\":\"at_risk\",\"parts\":["
                    "{\"location\":\"dc\",\"open\":3,\"shipped\":1,\"ship_on\":\"2026-11-30\"},"
                    "{\"location\":\"store-7\",\"open\":0,\"shipped\":2,\"ship_on\":null}]}]}");
}

Test(document_codec, promise_has_the_fields_of_the_contract_in_both_encodings)
{
    struct document document = promise_document();

    expect_document(&document,
                    "{\"sku\":\"sku-1\",\"network\":\"web\",\"version\":12,"
                    "\"as_of\":\"2026-11-27T14:05:09.042Z\","
                    "\"valid_until\":\"2026-11-27T15:00:00.000Z\",\"promises\":["
                    "{\"zones\":[\"city\",\"coast\"],\"service\":\"express\",\"offers\":["
                    "{\"quantity\":20,\"ship_on\":\"2026-11-30\",\"from\":\"2026-12-01\","
                    "\"by\":\"2026-12-02\",\"location\":\"dc\"},"
                    "{\"quantity\":null,\"ship_on\":\"2026-12-07\",\"from\":\"2026-12-08\","
                    "\"by\":\"2026-12-08\",\"location\":\"maker\"}],"
                    "\"limited_by\":{\"constraint\":\"cutoff\",\"location\":\"dc\",\"days\":3}},"
                    "{\"zones\":[\"city\"],\"service\":\"standard\",\"offers\":[],"
                    "\"limited_by\":null}]}");
}

Test(document_codec, limit_has_no_days_where_there_was_no_offer)
{
    static const char *const names[CONSTRAINT_COUNT] = { NULL, "safety_stock", "held", "capacity",
                                                         "cutoff", "stock" };
    for (int constraint = 1; constraint < CONSTRAINT_COUNT; constraint++) {
        struct zones_document zones = ZONES[1];
        zones.limited_by = (struct limit_document){ (enum constraint)constraint,
                                                    BYTES_LITERAL("dc"), 0 };
        struct document document = promise_document();
        document.promise.promises = &zones;
        document.promise.promise_count = 1;
        char expected[128];
        (void)snprintf(expected, sizeof expected,
                       "\"limited_by\":{\"constraint\":\"%s\",\"location\":\"dc\",\"days\":null}",
                       names[constraint]);

        const struct bytes json = json_of(&document);

        cr_assert_not_null(memmem(json.data, json.count, expected, strlen(expected)), "%s",
                           names[constraint]);
    }
}

Test(document_codec, site_has_the_fields_of_the_contract_in_both_encodings)
{
    struct document document = site_document();

    expect_document(&document,
                    "{\"location\":\"dc\",\"version\":13,\"as_of\":null,"
                    "\"valid_until\":\"2026-11-27T15:00:00.000Z\",\"ships_on\":\"2026-11-30\","
                    "\"cutoff_at\":\"2026-11-27T15:00:00.000Z\",\"capacity\":["
                    "{\"day\":\"2026-11-27\",\"unit\":\"orders\",\"planned\":10,\"used\":12,"
                    "\"remaining\":0,\"overbooked\":2},"
                    "{\"day\":\"2026-11-30\",\"unit\":\"orders\",\"planned\":null,\"used\":1,"
                    "\"remaining\":null,\"overbooked\":0}],"
                    "\"pickup\":{\"day\":\"2026-11-30\","
                    "\"from\":\"2026-11-27T15:00:00.001Z\",\"minutes\":120},\"zones\":["
                    "{\"zone\":\"city\",\"service\":\"express\",\"from\":\"2026-12-01\","
                    "\"by\":\"2026-12-02\",\"cost\":450},"
                    "{\"zone\":\"coast\",\"service\":\"express\",\"from\":null,\"by\":null,"
                    "\"cost\":0}]}");
}

Test(document_codec, site_that_ships_nothing_says_null)
{
    const struct document document = {
        .topic = TOPIC_PROMISES_LOCATIONS, .version = 1, .as_of = TIME_NONE,
        .site = { .location = BYTES_LITERAL("off"), .valid_until_ms = INSTANT_NONE,
                  .cutoff_at_ms = INSTANT_NONE, .ships_on = DAY_NONE,
                  .pickup = { .day = DAY_NONE } },
    };

    expect_document(&document, "{\"location\":\"off\",\"version\":1,\"as_of\":null,"
                               "\"valid_until\":null,\"ships_on\":null,\"cutoff_at\":null,"
                               "\"capacity\":[],\"pickup\":null,\"zones\":[]}");
}

Test(document_codec, watermark_has_the_fields_of_the_contract_in_both_encodings)
{
    struct document document = watermark_document();

    expect_document(&document, "{\"partition\":11,\"sequence\":4097,\"swept\":4000,"
                               "\"as_of\":\"2026-11-27T14:05:09.042Z\",\"lag_seconds\":0.042,"
                               "\"caught_up\":true,\"owner\":\"127.0.0.1:8180\"}");
}

Test(document_codec, what_has_ended_says_gone_at_its_end)
{
    struct document item = { .topic = TOPIC_AVAILABILITY_ITEMS, .version = 5, .as_of = TIME_NONE,
                             .gone = true };
    item.item = (struct item_document){ .sku = BYTES_LITERAL("s"), .network = BYTES_LITERAL("n"),
                                        .next = { DAY_NONE, 0 } };
    struct document location = location_document();
    location.gone = true;
    location.location = (struct location_document){
        .sku = BYTES_LITERAL("s"), .location = BYTES_LITERAL("l"), .next = { DAY_NONE, 0 },
    };
    struct document order = order_document();
    order.gone = true;
    order.order.line_count = 0;

    struct document promise = { .topic = TOPIC_PROMISES_ITEMS, .version = 5, .as_of = TIME_NONE,
                                .gone = true };
    promise.promise = (struct promise_document){ .sku = BYTES_LITERAL("s"),
                                                 .network = BYTES_LITERAL("n"),
                                                 .valid_until_ms = INSTANT_NONE };

    expect_document(&item, "{\"sku\":\"s\",\"network\":\"n\",\"version\":5,\"as_of\":null,"
                           "\"status\":\"out_of_stock\",\"available\":0,\"next\":null,"
                           "\"gone\":true}");
    expect_document(&location,
                    "{\"sku\":\"s\",\"location\":\"l\",\"version\":9007199254740991,"
                    "\"as_of\":null,\"on_hand\":0,\"held\":0,\"allocated\":0,\"safety_stock\":0,"
                    "\"available\":0,\"next\":null,\"inbound\":[],\"gone\":true}");
    expect_document(&order,
                    "{\"order_id\":\"o-1\",\"version\":7,\"as_of\":\"2026-11-27T14:05:09.042Z\","
                    "\"status\":\"partially_shipped\",\"lines\":[],\"gone\":true}");
    expect_document(&promise, "{\"sku\":\"s\",\"network\":\"n\",\"version\":5,\"as_of\":null,"
                              "\"valid_until\":null,\"promises\":[],\"gone\":true}");
}

Test(document_codec, json_escapes_what_it_must_and_leaves_the_rest_as_it_is)
{
    struct document document = order_document();
    document.as_of = TIME_NONE;
    document.order.line_count = 0;
    document.order.order_id =
        BYTES_LITERAL("\"a\\b/\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa6\x01\x1f\x7f\"");

    expect_text(json_of(&document),
                "{\"order_id\":\"\\\"a\\\\b/\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa6\\u0001\\u001f\x7f"
                "\\\"\",\"version\":7,\"as_of\":null,\"status\":\"partially_shipped\","
                "\"lines\":[]}");
}

Test(document_codec, lag_is_in_whole_milliseconds_and_never_below_zero)
{
    static const struct { double lag; const char *shown; } cases[] = {
        { 0, "\"lag_seconds\":0.000," },        { -5, "\"lag_seconds\":0.000," },
        { 0.0004, "\"lag_seconds\":0.000," },   { 0.9996, "\"lag_seconds\":1.000," },
        { 61.5, "\"lag_seconds\":61.500," },    { 86400, "\"lag_seconds\":86400.000," },
        { 1e300, "\"lag_seconds\":1000000000000.000," },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct document document = watermark_document();
        document.watermark.lag_seconds = cases[i].lag;
        const struct bytes json = json_of(&document);
        cr_assert_not_null(memmem(json.data, json.count, cases[i].shown, strlen(cases[i].shown)),
                           "%g", cases[i].lag);
    }
}

Test(document_codec, value_that_does_not_fit_says_so)
{
    const struct document document = order_document();
    const size_t whole = json_of(&document).count;
    struct buffer tight = buffer_of(value_room, whole - 1);

    document_encode(&document, ENCODING_JSON, &tight);

    cr_assert(tight.overflowed);
}

Test(document_codec, instants_are_cut_to_milliseconds_towards_the_past)
{
    char text[INSTANT_TEXT_BYTES];
    char day[DATE_TEXT_BYTES];

    expect_text(date_text_instant(0, text), "1970-01-01T00:00:00.000Z");
    expect_text(date_text_instant(-1, text), "1969-12-31T23:59:59.999Z");
    expect_text(date_text_instant(TIME_NS_MIN, text), "2000-01-01T00:00:00.000Z");
    expect_text(date_text_instant(INT64_C(951868799999999999), text), "2000-02-29T23:59:59.999Z");
    expect_text(date_text(-1, day), "1969-12-31");
    expect_text(date_text(DAY_2026_11_30, day), "2026-11-30");
}

/* ------------------------------------------------------------------ content */

Test(document_codec, newer_version_or_as_of_alone_is_no_change_of_content)
{
    struct document before[] = { item_document(), location_document(), order_document(),
                                 promise_document(), site_document() };

    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        struct document after = before[i];
        after.version += 10;
        after.as_of = 1;
        cr_assert_eq(document_content_hash(&before[i]), document_content_hash(&after));
        after.gone = true;
        cr_assert_neq(document_content_hash(&before[i]), document_content_hash(&after));
    }
}

Test(document_codec, every_field_of_an_item_is_content)
{
    const struct document before = item_document();
    struct document after[5] = { before, before, before, before, before };
    after[0].item.network = BYTES_LITERAL("wex");
    after[1].item.available++;
    after[2].item.next.day++;
    after[3].item.next.quantity++;
    after[4].item.status = AVAILABILITY_IN_STOCK;

    for (int i = 0; i < 5; i++) {
        cr_assert_neq(document_content_hash(&before), document_content_hash(&after[i]), "%d", i);
    }
}

Test(document_codec, every_field_of_a_location_and_its_inbound_is_content)
{
    const struct document before = location_document();
    struct inbound_document inbound[4][2];
    struct document after[11];
    for (int i = 0; i < 11; i++) {
        after[i] = before;
    }
    for (int i = 0; i < 4; i++) {
        memcpy(inbound[i], INBOUND, sizeof INBOUND);
        after[i].location.inbound = inbound[i];
    }
    inbound[0][1].inbound_id = BYTES_LITERAL("po-3");
    inbound[1][1].quantity++;
    inbound[2][1].eta = 1;
    inbound[3][1].overdue = true;
    after[4].location.on_hand++;
    after[5].location.held++;
    after[6].location.allocated++;
    after[7].location.safety_stock++;
    after[8].location.available++;
    after[9].location.next.day = 1;
    after[10].location.inbound_count--;

    for (int i = 0; i < 11; i++) {
        cr_assert_neq(document_content_hash(&before), document_content_hash(&after[i]), "%d", i);
    }
}

Test(document_codec, every_field_of_an_order_line_and_its_parts_is_content)
{
    const struct document before = order_document();
    struct line_document lines[16];
    struct part_document parts[4][2];
    for (int i = 0; i < 16; i++) {
        lines[i] = LINES[0];
    }
    for (int i = 0; i < 4; i++) {
        memcpy(parts[i], PARTS, sizeof PARTS);
        lines[i].parts = parts[i];
    }
    parts[0][1].location = BYTES_LITERAL("store-8");
    parts[1][1].open++;
    parts[2][1].shipped++;
    parts[3][1].ship_on = 1;
    lines[4].line_id = BYTES_LITERAL("2");
    lines[5].sku = BYTES_LITERAL("sku-2");
    lines[6].quantity++;
    lines[7].open++;
    lines[8].shipped++;
    lines[9].cancelled++;
    lines[10].over_shipped++;
    lines[11].returned++;
    lines[12].promised_by++;
    lines[13].expected_by = 1;
    lines[14].status = LINE_PROMISED;
    lines[15].part_count--;

    for (int i = 0; i < 16; i++) {
        struct document after = before;
        after.order.lines = &lines[i];
        cr_assert_neq(document_content_hash(&before), document_content_hash(&after), "%d", i);
    }
}

Test(document_codec, every_field_of_a_promise_its_offers_and_limit_is_content)
{
    const struct document before = promise_document();
    static const struct bytes other_towns[2] = { { (const uint8_t *)"city", 4 },
                                                 { (const uint8_t *)"coasts", 6 } };
    struct zones_document zones[15][2];
    struct offer_document offers[5][2];
    for (int i = 0; i < 15; i++) {
        memcpy(zones[i], ZONES, sizeof ZONES);
    }
    for (int i = 0; i < 5; i++) {
        memcpy(offers[i], OFFERS, sizeof OFFERS);
        zones[i][0].offers = offers[i];
    }
    offers[0][1].quantity = 30;
    offers[1][1].ship_on++;
    offers[2][1].from--;
    offers[3][1].by++;
    offers[4][1].location = BYTES_LITERAL("taker");
    zones[5][0].offer_count--;
    zones[6][0].zones = other_towns;
    zones[7][0].zone_count--;
    zones[8][1].service = BYTES_LITERAL("standart");
    zones[9][0].limited_by.constraint = CONSTRAINT_STOCK;
    zones[10][0].limited_by.location = BYTES_LITERAL("dc2");
    zones[11][0].limited_by.days++;
    zones[12][0].limited_by.days = 0;
    zones[13][0].limited_by = (struct limit_document){ .constraint = CONSTRAINT_NONE };
    zones[14][1].limited_by = ZONES[0].limited_by;

    for (int i = 0; i < 18; i++) {
        struct document after = before;
        after.promise.promises = i < 15 ? zones[i] : ZONES;
        after.promise.promise_count -= i == 15;
        after.promise.valid_until_ms = i == 16 ? INSTANT_NONE : CUTOFF_MS;
        after.promise.network = i == 17 ? BYTES_LITERAL("wex") : before.promise.network;
        cr_assert_neq(document_content_hash(&before), document_content_hash(&after), "%d", i);
    }
}

Test(document_codec, every_field_of_a_site_its_days_and_lanes_is_content)
{
    const struct document before = site_document();
    struct day_document days[6][2];
    struct zone_document lanes[5][2];
    struct document after[20];
    for (int i = 0; i < 20; i++) {
        after[i] = before;
    }
    for (int i = 0; i < 6; i++) {
        memcpy(days[i], CAPACITY, sizeof CAPACITY);
        after[i].site.capacity = days[i];
    }
    for (int i = 0; i < 5; i++) {
        memcpy(lanes[i], LANES, sizeof LANES);
        after[6 + i].site.zones = lanes[i];
    }
    days[0][1].day++;
    days[1][0].unit = CAPACITY_LINES;
    days[2][1].planned = 40;
    days[3][0].used++;
    days[4][1].remaining = 39;
    days[5][0].overbooked--;
    lanes[0][1].zone = BYTES_LITERAL("hills");
    lanes[1][0].service = BYTES_LITERAL("standard");
    lanes[2][0].from++;
    lanes[3][1].by = DAY_2026_11_30;
    lanes[4][1].cost++;
    after[11].site.capacity_count--;
    after[12].site.zone_count--;
    after[13].site.valid_until_ms++;
    after[14].site.cutoff_at_ms++;
    after[15].site.ships_on = DAY_NONE;
    after[16].site.pickup.day = DAY_NONE;
    after[17].site.pickup.minutes++;
    after[18].site.pickup.from_ms++;
    after[19].site.location = BYTES_LITERAL("dd");

    for (int i = 0; i < 20; i++) {
        cr_assert_neq(document_content_hash(&before), document_content_hash(&after[i]), "%d", i);
    }
}

/* ------------------------------------------------------------------ key, headers, partition */

static void expect_key(struct document document, const char *expected)
{
    struct buffer out = buffer_of(value_room, sizeof value_room);
    document_encode_key(&document, &out);
    expect_text(buffer_bytes(&out), expected);
}

Test(document_codec, keys_are_those_of_the_contract)
{
    expect_key(item_document(), "sku-1|web");
    expect_key(location_document(), "sku-1|store-7");
    expect_key(order_document(), "o-1");
    expect_key(promise_document(), "sku-1|web");
    expect_key(site_document(), "dc");
    expect_key(watermark_document(), "11");
}

/* Every header as `name=value`, a line each. */
static struct bytes headers_text(const struct document *document, enum encoding encoding,
                                 bool has_value)
{
    struct document_headers headers;
    document_headers(document, BYTES_LITERAL("/promised/shop"), encoding, has_value, &headers);
    struct buffer out = buffer_of(value_room, sizeof value_room);
    for (uint32_t i = 0; i < headers.count; i++) {
        buffer_put_bytes(&out, headers.headers[i].name);
        buffer_put_byte(&out, '=');
        buffer_put_bytes(&out, headers.headers[i].value);
        buffer_put_byte(&out, '\n');
    }
    return buffer_bytes(&out);
}

Test(document_codec, headers_are_a_cloud_event_in_binary_mode)
{
    const struct document item = item_document();
    const struct document location = location_document();

    expect_text(headers_text(&item, ENCODING_MSGPACK, true),
                "ce_specversion=1.0\n"
                "ce_id=availability.items.v1/sku-1|web/4097\n"
                "ce_source=/promised/shop\n"
                "ce_type=promised.availability.item\n"
                "ce_version=4097\n"
                "ce_time=2026-11-27T14:05:09.042Z\n"
                "content-type=application/vnd.msgpack\n");
    expect_text(headers_text(&location, ENCODING_JSON, true),
                "ce_specversion=1.0\n"
                "ce_id=availability.locations.v1/sku-1|store-7/9007199254740991\n"
                "ce_source=/promised/shop\n"
                "ce_type=promised.availability.location\n"
                "ce_version=9007199254740991\n"
                "content-type=application/json\n");
}

Test(document_codec, headers_of_promises_name_their_topics)
{
    const struct document promise = promise_document();
    const struct document site = site_document();

    expect_text(headers_text(&promise, ENCODING_MSGPACK, false),
                "ce_specversion=1.0\n"
                "ce_id=promises.items.v1/sku-1|web/12\n"
                "ce_source=/promised/shop\n"
                "ce_type=promised.promise.item\n"
                "ce_version=12\n");
    expect_text(headers_text(&site, ENCODING_MSGPACK, false),
                "ce_specversion=1.0\n"
                "ce_id=promises.locations.v1/dc/13\n"
                "ce_source=/promised/shop\n"
                "ce_type=promised.promise.location\n"
                "ce_version=13\n");
}

Test(document_codec, tombstone_has_its_version_and_no_content_type)
{
    const struct document order = order_document();

    expect_text(headers_text(&order, ENCODING_JSON, false),
                "ce_specversion=1.0\n"
                "ce_id=promises.orders.v1/o-1/7\n"
                "ce_source=/promised/shop\n"
                "ce_type=promised.order\n"
                "ce_version=7\n");
}

Test(document_codec, watermark_has_no_version)
{
    const struct document watermark = watermark_document();

    expect_text(headers_text(&watermark, ENCODING_JSON, true),
                "ce_specversion=1.0\n"
                "ce_id=watermarks.v1/11/4097\n"
                "ce_source=/promised/shop\n"
                "ce_type=promised.watermark\n"
                "ce_swept=4000\n"
                "ce_time=2026-11-27T14:05:09.042Z\n"
                "content-type=application/json\n");
}

Test(document_codec, longest_identifiers_fit_the_headers)
{
    uint8_t longest[KEY_BYTES_MAX];
    memset(longest, 'x', sizeof longest);
    struct document document = location_document();
    document.as_of = AS_OF;
    document.location.sku = bytes_of(longest, sizeof longest);
    document.location.location = bytes_of(longest, sizeof longest);
    struct document_headers headers;

    document_headers(&document, BYTES_LITERAL("/promised/shop"), ENCODING_JSON, true, &headers);

    cr_assert_eq(headers.count, 7);
    cr_assert_eq(headers.headers[1].value.count,
                 strlen("availability.locations.v1/|/9007199254740991") + 2 * KEY_BYTES_MAX);
}

Test(document_codec, keys_lie_where_kafkas_java_clients_put_them)
{
    char digits[21] = { 0 };

    for (int i = 0; i < 20; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "key-%d", i);
        digits[i] = (char)('0' + key_partition(bytes_text(key), 8));
    }

    cr_assert_str_eq(digits, "10631043356105031416");
    cr_assert_eq(key_partition(BYTES_LITERAL("TT0124"), 15), 10);
    cr_assert_eq(key_partition(BYTES_LITERAL("TT0124"), 1), 0);
}

Test(document_codec, r14_no_locale_changes_a_number)
{
    const struct document document = watermark_document();
    uint8_t before_room[ROOM_BYTES];
    const struct bytes shown = json_of(&document);
    memcpy(before_room, shown.data, shown.count);
    const struct bytes before = bytes_of(before_room, shown.count);

    (void)setlocale(LC_ALL, "de_DE.UTF-8");

    cr_assert(bytes_equal(json_of(&document), before));
}
