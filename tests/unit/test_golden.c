/* SPDX-License-Identifier: Apache-2.0 */
#include "event_codec_fixture.h"

#include <stdio.h>

#include "wire/document_codec.h"

/*
 * The records in schemas/golden. Their MessagePack was written by another encoder (tests/golden):
 * events in it must be the events in the JSON beside it, documents must come out byte for byte.
 */

enum { FILE_BYTES_MAX = 16 * 1024 };

static struct bytes golden(const char *name, const char *ending, uint8_t room[FILE_BYTES_MAX])
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/schemas/golden/%s.%s", PROMISED_SOURCE_DIR, name, ending);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    const size_t count = fread(room, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    return bytes_of(room, count);
}

static void release_decoder(void)
{
    free(fixture_decoder());
}

TestSuite(golden, .fini = release_decoder);

/* ------------------------------------------------------------------ events */

Test(golden, every_event_type_is_the_same_event_in_both_encodings)
{
    uint8_t json_room[FILE_BYTES_MAX];
    uint8_t msgpack_room[FILE_BYTES_MAX];
    for (int type = 0; type < EVENT_LOCATION; type++) {
        const struct event_type_facts *facts = &EVENT_TYPES[type];
        const struct bytes json = golden(facts->name, "json", json_room);
        const struct bytes msgpack = golden(facts->name, "msgpack", msgpack_room);

        const struct outcome from_json = decode_bytes(facts->topic, json);
        assert_good(from_json);
        const uint64_t content = event_content_hash(&from_json.event);
        const struct outcome from_msgpack = decode_bytes(facts->topic, msgpack);

        assert_good(from_msgpack);
        cr_assert_eq(from_json.event.type, (enum event_type)type);
        cr_assert_eq(from_msgpack.event.type, (enum event_type)type);
        cr_assert_eq(from_json.event.unknown_fields, 0);
        cr_assert_eq(event_content_hash(&from_msgpack.event), content, "%s", facts->name);
    }
}

static struct outcome decode_reference(enum topic topic, const char *key, const char *name,
                                       const char *ending)
{
    static uint8_t room[FILE_BYTES_MAX];
    struct record record = record_of(topic, golden(name, ending, room));
    record.key = bytes_text(key);
    return decode_record(&record);
}

Test(golden, reference_records_are_read_in_both_encodings)
{
    static const char *const endings[] = { "json", "msgpack" };
    for (int i = 0; i < 2; i++) {
        const struct outcome location =
            decode_reference(TOPIC_LOCATIONS, "DC1", "location", endings[i]);
        assert_good(location);
        cr_assert_eq(location.event.unknown_fields, 0);
        assert_text(location.event.location.time_zone, "Europe/London");
        cr_assert_eq(location.event.location.working_days, 0x3f);
        cr_assert_eq(location.event.location.closed_count, 2);
        cr_assert_eq(location.event.location.overrides[0].count, 900);

        const struct outcome lane =
            decode_reference(TOPIC_LANES, "DC1|GB-MIDLANDS|express", "lane", endings[i]);
        assert_good(lane);
        cr_assert_eq(lane.event.lane.transit_days_max, 2);
        cr_assert_eq(lane.event.lane.cost, 450);

        const struct outcome item = decode_reference(TOPIC_CATALOG, "SET-1", "item", endings[i]);
        assert_good(item);
        cr_assert_eq(item.event.item.bundle.count, 2);
        cr_assert_eq(item.event.item.safety_stock_at[0].quantity, 5);
    }
}

/* ------------------------------------------------------------------ documents */

/* 2026-11-27T14:05:09.042Z and 2026-12-01 */
#define AS_OF (NOON + 42 * NS_PER_MS)
enum { DAY = 20788 };
/* 2026-11-27T15:00:00.000Z */
#define CUTOFF_MS INT64_C(1795791600000)

static void expect_reproduced(const struct document *document)
{
    uint8_t expected_room[FILE_BYTES_MAX];
    uint8_t room[FILE_BYTES_MAX];
    const char *name = TOPICS[document->topic].name;
    struct bytes expected = golden(name, "msgpack", expected_room);
    struct buffer out = buffer_of(room, sizeof room);

    document_encode(document, ENCODING_MSGPACK, &out);
    cr_assert(bytes_equal(buffer_bytes(&out), expected), "%s as MessagePack", name);

    /* The file ends with a line feed. */
    expected = golden(name, "json", expected_room);
    expected.count--;
    out = buffer_of(room, sizeof room);
    document_encode(document, ENCODING_JSON, &out);
    cr_assert(bytes_equal(buffer_bytes(&out), expected), "%s as JSON: %.*s", name, (int)out.count,
              (const char *)out.data);
}

Test(golden, item_document_is_reproduced)
{
    const struct document document = {
        .topic = TOPIC_AVAILABILITY_ITEMS, .version = 4097, .as_of = AS_OF,
        .item = { .sku = BYTES_LITERAL("A-100"), .network = BYTES_LITERAL("web"), .available = 3,
                  .next = { DAY, 40 }, .status = AVAILABILITY_LOW_STOCK },
    };

    expect_reproduced(&document);
}

Test(golden, location_document_is_reproduced)
{
    const struct inbound_document inbound[] = {
        { BYTES_LITERAL("PO-7"), 40, DAY, false },
        { BYTES_LITERAL("PO-8"), 12, DAY_NONE, false },
    };
    const struct document document = {
        .topic = TOPIC_AVAILABILITY_LOCATIONS, .version = 4098, .as_of = TIME_NONE,
        .location = { .sku = BYTES_LITERAL("A-100"), .location = BYTES_LITERAL("DC1"),
                      .on_hand = -3, .held = 1, .allocated = 1000000000000, .safety_stock = 2,
                      .next = { DAY_NONE, 0 }, .inbound = inbound, .inbound_count = 2 },
    };

    expect_reproduced(&document);
}

Test(golden, order_document_is_reproduced)
{
    const struct part_document parts[] = {
        { BYTES_LITERAL("DC1"), 3, 0, DAY_NONE },
        { BYTES_LITERAL("STORE-7"), 0, 2, DAY_NONE },
    };
    const struct line_document line = {
        .line_id = BYTES_LITERAL("1"), .sku = BYTES_LITERAL("A-100"), .quantity = 6, .open = 3,
        .shipped = 2, .cancelled = 1, .promised_by = DAY, .expected_by = DAY_NONE,
        .status = LINE_AT_RISK, .parts = parts, .part_count = 2,
    };
    const struct document document = {
        .topic = TOPIC_PROMISES_ORDERS, .version = 4099, .as_of = AS_OF,
        .order = { .order_id = BYTES_LITERAL("O-1"), .status = ORDER_PARTIALLY_SHIPPED,
                   .lines = &line, .line_count = 1 },
    };

    expect_reproduced(&document);
}

Test(golden, promise_document_is_reproduced)
{
    const struct bytes towns[] = { BYTES_LITERAL("GB-LONDON"), BYTES_LITERAL("GB-MIDLANDS") };
    const struct bytes islands[] = { BYTES_LITERAL("GB-ISLANDS") };
    const struct offer_document express[] = {
        { 20, DAY - 4, DAY - 3, DAY - 1, BYTES_LITERAL("DC1") },
        { UNITS_UNLIMITED, DAY, DAY + 1, DAY + 2, BYTES_LITERAL("SUPPLIER-3") },
    };
    const struct offer_document standard = { 3, DAY - 4, DAY - 1, DAY, BYTES_LITERAL("DC1") };
    const struct zones_document promises[] = {
        { towns, 2, BYTES_LITERAL("express"), express, 2,
          { CONSTRAINT_CAPACITY, BYTES_LITERAL("DC1"), 1 } },
        { islands, 1, BYTES_LITERAL("standard"), NULL, 0,
          { CONSTRAINT_STOCK, BYTES_LITERAL("DC1"), 0 } },
        { towns, 1, BYTES_LITERAL("standard"), &standard, 1, { .constraint = CONSTRAINT_NONE } },
    };
    const struct document document = {
        .topic = TOPIC_PROMISES_ITEMS, .version = 4100, .as_of = AS_OF,
        .promise = { .sku = BYTES_LITERAL("A-100"), .network = BYTES_LITERAL("web"),
                     .valid_until_ms = CUTOFF_MS, .promises = promises, .promise_count = 3 },
    };

    expect_reproduced(&document);
}

Test(golden, site_document_is_reproduced)
{
    const struct day_document capacity[] = {
        { DAY - 4, CAPACITY_UNITS, 900, 904, 0, 4 },
        { DAY - 3, CAPACITY_UNITS, 0, 0, 0, 0 },
        { DAY - 1, CAPACITY_UNITS, UNITS_UNLIMITED, 17, UNITS_UNLIMITED, 0 },
    };
    const struct zone_document zones[] = {
        { BYTES_LITERAL("GB-LONDON"), BYTES_LITERAL("express"), DAY, DAY + 1, 450 },
        { BYTES_LITERAL("GB-MIDLANDS"), BYTES_LITERAL("standard"), DAY_NONE, DAY_NONE, 0 },
    };
    const struct document document = {
        .topic = TOPIC_PROMISES_LOCATIONS, .version = 4101, .as_of = AS_OF,
        .site = { .location = BYTES_LITERAL("DC1"), .valid_until_ms = CUTOFF_MS,
                  .cutoff_at_ms = CUTOFF_MS, .ships_on = DAY - 1,
                  .pickup = { DAY - 1, 120, CUTOFF_MS + 66 * 3600 * 1000 },
                  .capacity = capacity, .capacity_count = 3, .zones = zones, .zone_count = 2 },
    };

    expect_reproduced(&document);
}

Test(golden, watermark_is_reproduced)
{
    const struct document document = {
        .topic = TOPIC_WATERMARKS, .as_of = AS_OF,
        .watermark = { .partition = 11, .sequence = 4097, .swept = 4000, .lag_seconds = 0.042,
                       .caught_up = true, .owner = BYTES_LITERAL("127.0.0.1:8180") },
    };

    expect_reproduced(&document);
}
