/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "wire/event_codec.h"

/*
 * Any record of any input topic decodes or is refused. The first byte chooses the topic, and
 * whether the rest is the value, or the key with a null value, or a value in binary mode.
 */
static struct event_decoder *new_decoder(void)
{
    const size_t bytes = event_decoder_bytes();
    struct arena arena = arena_of(aligned_alloc(64, (bytes + 63) / 64 * 64), bytes);
    CHECK(arena.base != NULL);
    return event_decoder_init(&arena);
}

static struct bytes literal(const char *text)
{
    return bytes_text(text);
}

static void check_decoded(const struct event *event, const struct record *record)
{
    CHECK(event->type <= EVENT_UNKNOWN);
    CHECK(event->type == EVENT_UNKNOWN || EVENT_TYPES[event->type].topic == record->topic);
    if (event->type < EVENT_LOCATION) {
        CHECK(event->time_ns >= TIME_NS_MIN && event->time_ns < TIME_NS_MAX);
        CHECK(event_key(event).count > 0 && event_key(event).count <= KEY_BYTES_MAX);
        (void)event_content_hash(event);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event_decoder *decoder;
    static const char *const types[] = { "stock.returned", "order.placed", "shipment.shipped" };
    decoder = decoder ? decoder : new_decoder();
    if (size == 0) {
        return 0;
    }
    const uint32_t choice = data[0];
    const struct bytes rest = bytes_of(data + 1, size - 1);
    const struct record_header headers[] = {
        { literal("ce_id"), literal("e") },
        { literal("ce_source"), literal("s") },
        { literal("ce_time"), literal("2026-11-27T14:05:09Z") },
        { literal("ce_type"), literal(types[choice % 3]) },
    };
    const bool null_value = choice >= 240;
    const struct record record = {
        .topic = (enum topic)(choice % TOPIC_INPUT_COUNT),
        .key = null_value ? rest : literal("k"),
        .value = null_value ? bytes_of(NULL, 0) : rest,
        .headers = headers,
        .header_count = choice >= 120 ? 4 : 0,
    };
    struct event event;
    struct refusal_reason reason;
    if (event_decode(decoder, &record, &event, &reason) == REFUSAL_NONE) {
        check_decoded(&event, &record);
    }
    return 0;
}
