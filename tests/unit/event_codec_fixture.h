/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_EVENT_CODEC_FIXTURE_H
#define TESTS_EVENT_CODEC_FIXTURE_H

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

/* The same value as MessagePack; NULL data where the text is not JSON. Never freed. */
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

#endif
