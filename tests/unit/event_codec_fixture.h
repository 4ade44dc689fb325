/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_EVENT_CODEC_FIXTURE_H
#define TESTS_EVENT_CODEC_FIXTURE_H

#include <criterion/criterion.h>
#include <msgpack.h>
#include <stdlib.h>

#include "wire/event_codec.h"
#include "wire/value.h"

/* A decoder, and records made of texts, for the tests of the event codec. */

struct outcome {
    enum refusal refusal;
    struct event event;
    struct refusal_reason reason;
};

static struct event_decoder *fixture_decoder(void)
{
    static struct event_decoder *decoder;
    if (!decoder) {
        const size_t bytes = event_decoder_bytes();
        struct arena arena = arena_of(aligned_alloc(64, (bytes + 63) / 64 * 64), bytes);
        decoder = event_decoder_init(&arena);
    }
    return decoder;
}

static inline struct record record_of(enum topic topic, struct bytes value)
{
    return (struct record){ .topic = topic, .key = BYTES_LITERAL("key"), .value = value };
}

static inline struct outcome decode_record(const struct record *record)
{
    struct outcome outcome = { .reason = { .refusal = REFUSAL_NONE } };
    outcome.refusal = event_decode(fixture_decoder(), record, &outcome.event, &outcome.reason);
    return outcome;
}

static inline struct outcome decode_bytes(enum topic topic, struct bytes value)
{
    const struct record record = record_of(topic, value);
    return decode_record(&record);
}

static inline struct outcome decode_json(enum topic topic, const char *json)
{
    return decode_bytes(topic, bytes_text(json));
}

static inline struct outcome decode_keyed(enum topic topic, const char *key, const char *json)
{
    struct record record = record_of(topic, json ? bytes_text(json) : bytes_of(NULL, 0));
    record.key = key ? bytes_text(key) : bytes_of(NULL, 0);
    return decode_record(&record);
}

/* ------------------------------------------------------------------ JSON to MessagePack */

static inline void pack_text(msgpack_packer *packer, struct bytes text)
{
    msgpack_pack_str(packer, text.count);
    msgpack_pack_str_body(packer, text.data, text.count);
}

static inline void pack_value(msgpack_packer *packer, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        msgpack_pack_nil(packer);
        break;
    case VALUE_BOOL:
        (value->truth ? msgpack_pack_true : msgpack_pack_false)(packer);
        break;
    case VALUE_INTEGER:
        msgpack_pack_int64(packer, value->integer);
        break;
    case VALUE_FRACTION:
        msgpack_pack_double(packer, 5.5);
        break;
    case VALUE_TEXT:
        pack_text(packer, value_bytes(value));
        break;
    case VALUE_ARRAY:
        msgpack_pack_array(packer, value->count);
        for (uint32_t i = 0; i < value->count; i++) {
            pack_value(packer, &value->items[i]);
        }
        break;
    default:
        msgpack_pack_map(packer, value->count);
        for (uint32_t i = 0; i < value->count; i++) {
            pack_text(packer, value->members[i].name);
            pack_value(packer, &value->members[i].value);
        }
        break;
    }
}

/* The same value as MessagePack; NULL data where the text is not JSON. The caller frees. */
static inline struct bytes packed(const char *json)
{
    static struct value_reader reader;
    if (!reader.memory.base) {
        const size_t bytes = value_reader_bytes();
        struct arena arena = arena_of(aligned_alloc(64, (bytes + 63) / 64 * 64), bytes);
        value_reader_init(&reader, &arena);
    }
    struct value value;
    if (value_read(&reader, ENCODING_JSON, bytes_text(json), &value) != NULL) {
        return bytes_of(NULL, 0);
    }
    msgpack_sbuffer buffer;
    msgpack_sbuffer_init(&buffer);
    msgpack_packer packer;
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    pack_value(&packer, &value);
    return bytes_of(buffer.data, buffer.size);
}

/* ------------------------------------------------------------------ records as texts */

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

#define PLACED(lines) ORDER("order.placed", "\"zone\":\"GB\",\"lines\":" lines)
#define LINE1 "{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1}"
#define GOOD_QUANTITY "\"quantity\":1"
#define ATTRIBUTES(id, source, type, time)                                                         \
    "{\"id\":" id ",\"source\":" source ",\"type\":" type ",\"time\":" time                        \
    ",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}"

#define AT(fields) "{\"location\":\"k\"," fields "}"
#define LANE(fields) "{\"location\":\"k\",\"zone\":\"k\",\"service\":\"k\"," fields "}"
#define ITEM(fields) "{\"sku\":\"k\"," fields "}"

#define RETURNED_DATA                                                                              \
    "\"sku\":\"A\",\"location\":\"DC1\",\"quantity\":3,\"order_id\":\"o1\",\"line_id\":\"1\""

#define RAW(text) { (const uint8_t *)("" text), sizeof(text) - 1 }

#endif
