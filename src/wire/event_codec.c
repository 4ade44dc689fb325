/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/event_codec.h"

#include "event_tables.h"
#include "wire/text_rules.h"

/*
 * What is the same for all records: how the value is encoded, where the attributes of an event are
 * (the envelope), which type it is. Reasons are looked for from the outside in; of several the
 * first met is given (contract 1 allows any).
 */
struct event_decoder {
    struct value_reader reader;
};

/* ------------------------------------------------------------------ envelope */

enum attribute { ATTRIBUTE_ID, ATTRIBUTE_SOURCE, ATTRIBUTE_TYPE, ATTRIBUTE_TIME, ATTRIBUTE_COUNT };

struct attribute_facts {
    struct bytes name;
    struct bytes header;     /* of the binary mode */
};

#define ATTRIBUTE(text)                                                                            \
    {                                                                                              \
        { (const uint8_t *)(text), sizeof(text) - 1 },                                             \
        { (const uint8_t *)("ce_" text), sizeof("ce_" text) - 1 },                                 \
    }

static const struct attribute_facts attributes[ATTRIBUTE_COUNT] = {
    ATTRIBUTE("id"), ATTRIBUTE("source"), ATTRIBUTE("type"), ATTRIBUTE("time"),
};

/* Known to CloudEvents: beside the data of a bare event they are no unknown fields. */
#define BESIDE(text) { .name = text, .name_bytes = sizeof(text) - 1 }
static const struct field beside_fields[] = {
    BESIDE("id"), BESIDE("source"), BESIDE("type"), BESIDE("time"), BESIDE("specversion"),
    BESIDE("subject"), BESIDE("datacontenttype"), BESIDE("dataschema"),
};
static const struct field_list beside_list = FIELD_LIST(beside_fields);

struct envelope {
    struct value headers[ATTRIBUTE_COUNT];       /* null: there is none */
    const struct value *values[ATTRIBUTE_COUNT]; /* NULL or null: there is none */
    const struct value *data;                    /* NULL until the value is decoded */
    const struct field_list *beside;
    enum encoding encoding;
    bool binary;
    bool structured;         /* said by the content type; a bare-looking map may be so, too */
};

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static bool equal_caseless(struct bytes text, struct bytes lower_text)
{
    if (text.count != lower_text.count) {
        return false;
    }
    for (size_t i = 0; i < text.count; i++) {
        if (lower(text.data[i]) != lower_text.data[i]) {
            return false;
        }
    }
    return true;
}

/* `type/subtype` without the parameters behind a `;` and white space around. */
static struct bytes media_type(struct bytes text)
{
    size_t first = 0;
    size_t end = 0;
    while (end < text.count && text.data[end] != ';') {
        end++;
    }
    while (first < end && (text.data[first] == ' ' || text.data[first] == '\t')) {
        first++;
    }
    while (end > first && (text.data[end - 1] == ' ' || text.data[end - 1] == '\t')) {
        end--;
    }
    return bytes_of(text.data + first, end - first);
}

static void read_content_type(struct envelope *envelope, struct bytes header)
{
    static const struct {
        const char *name;
        enum encoding encoding;
        bool structured;
    } types[] = {
        { "application/vnd.msgpack", ENCODING_MSGPACK, false },
        { "application/msgpack", ENCODING_MSGPACK, false },
        { "application/x-msgpack", ENCODING_MSGPACK, false },
        { "application/json", ENCODING_JSON, false },
        { "application/cloudevents+json", ENCODING_JSON, true },
    };
    const struct bytes type = media_type(header);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (equal_caseless(type, bytes_text(types[i].name))) {
            envelope->encoding = types[i].encoding;
            envelope->structured = types[i].structured;
        }
    }
}

static void read_attribute_header(struct envelope *envelope, const struct record_header *header)
{
    envelope->binary |= bytes_equal(header->name, BYTES_LITERAL("ce_specversion"));
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (header->value.data && bytes_equal(header->name, attributes[i].header)) {
            envelope->headers[i] = (struct value){ VALUE_TEXT, (uint32_t)header->value.count,
                                                   { .data = header->value.data } };
            envelope->binary = true;
        }
    }
}

/* Every map of MessagePack begins above 0x7f, every JSON text below. */
static enum encoding encoding_by_first_byte(struct bytes value)
{
    return value.count > 0 && value.data[0] >= 0x80 ? ENCODING_MSGPACK : ENCODING_JSON;
}

/* Of a header that comes twice the last one counts. */
static void read_headers(struct envelope *envelope, const struct record *record)
{
    *envelope = (struct envelope){ .encoding = encoding_by_first_byte(record->value) };
    for (uint32_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        if (header->value.data && equal_caseless(header->name, BYTES_LITERAL("content-type"))) {
            read_content_type(envelope, header->value);
        } else if (header->name.count > 3 && memcmp(header->name.data, "ce_", 3) == 0) {
            read_attribute_header(envelope, header);
        }
    }
    envelope->binary = envelope->binary && !envelope->structured;
    for (int i = 0; i < ATTRIBUTE_COUNT && envelope->binary; i++) {
        envelope->values[i] = &envelope->headers[i];
    }
}

/* The attributes and the data of a map that has both: side by side, or the data under `data`. */
static bool open_map(struct field_check *check, struct envelope *envelope, const struct value *map)
{
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        envelope->values[i] = value_find(map, attributes[i].name);
    }
    const struct value *data = value_find(map, BYTES_LITERAL("data"));
    if (data && data->kind == VALUE_MAP) {
        envelope->data = data;
        return true;
    }
    if (envelope->structured && data && data->kind != VALUE_NULL) {
        return field_refuse(check, REFUSAL_BAD_VALUE, "data", "is not a map");
    }
    envelope->data = map;
    envelope->beside = &beside_list;
    return true;
}

/* ------------------------------------------------------------------ time */

#define NS_PER_SECOND INT64_C(1000000000)

static bool instant_of(int64_t seconds, int64_t ns, int64_t *out_ns)
{
    if (seconds < TIME_NS_MIN / NS_PER_SECOND || seconds >= TIME_NS_MAX / NS_PER_SECOND ||
        ns < 0 || ns >= NS_PER_SECOND) {
        return false;
    }
    *out_ns = seconds * NS_PER_SECOND + ns;
    return true;
}

static bool instant_of_ms(int64_t ms, int64_t *out_ns)
{
    return ms >= 0 && instant_of(ms / 1000, ms % 1000 * NS_PER_MS, out_ns);
}

static uint64_t big_endian(const uint8_t *bytes, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

/* MessagePack's timestamp: extension type -1, of 4, 8 or 12 bytes. */
static bool instant_of_extension(struct bytes extension, int64_t *out_ns)
{
    const uint8_t *bytes = extension.data + 1;
    if (extension.data[0] != 0xff) {
        return false;
    }
    switch (extension.count - 1) {
    case 4:
        return instant_of((int64_t)big_endian(bytes, 4), 0, out_ns);
    case 8: {
        const uint64_t both = big_endian(bytes, 8);
        return instant_of((int64_t)(both & ((UINT64_C(1) << 34) - 1)), (int64_t)(both >> 34),
                          out_ns);
    }
    case 12:
        return instant_of((int64_t)big_endian(bytes + 4, 8), (int64_t)big_endian(bytes, 4), out_ns);
    default:
        return false;
    }
}

/* A header has only text: whole milliseconds are digits there. */
static bool instant_of_digits(struct bytes text, int64_t *out_ns)
{
    int64_t ms = 0;
    for (size_t i = 0; i < text.count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i >= 18) {
            return false;
        }
        ms = ms * 10 + (text.data[i] - '0');
    }
    return instant_of_ms(ms, out_ns);
}

static bool judge_time(struct field_check *check, const struct envelope *envelope, int64_t *out_ns)
{
    const struct value *time = envelope->values[ATTRIBUTE_TIME];
    bool good = false;
    switch (time->kind) {
    case VALUE_TEXT:
        good = text_rules_instant(value_bytes(time), out_ns) ||
               (envelope->binary && instant_of_digits(value_bytes(time), out_ns));
        break;
    case VALUE_INTEGER:
        good = instant_of_ms(time->integer, out_ns);
        break;
    case VALUE_EXTENSION:
        good = instant_of_extension(value_bytes(time), out_ns);
        break;
    default:
        break;
    }
    return good || field_refuse(check, REFUSAL_BAD_TIME, "time",
                                "is not RFC 3339, a timestamp or whole milliseconds since 2000");
}

/* ------------------------------------------------------------------ events */

/* The whole name of the type and nothing more. */
static bool is_name_of(struct bytes text, const char *name)
{
    for (size_t i = 0; i < text.count; i++) {
        if (name[i] == '\0' || (uint8_t)name[i] != text.data[i]) {
            return false;
        }
    }
    return name[text.count] == '\0';
}

static enum event_type event_type_of(const struct value *name)
{
    for (int type = 0; name && name->kind == VALUE_TEXT && type < EVENT_LOCATION; type++) {
        if (is_name_of(value_bytes(name), EVENT_TYPES[type].name)) {
            return (enum event_type)type;
        }
    }
    return EVENT_UNKNOWN;
}

static bool judge_attribute_key(struct field_check *check, const struct envelope *envelope,
                                enum attribute attribute, struct bytes *out_key)
{
    const struct value *value = envelope->values[attribute];
    const char *name = (const char *)attributes[attribute].name.data;
    if (value->kind != VALUE_TEXT) {
        return field_refuse(check, REFUSAL_BAD_KEY, name, "is not text");
    }
    *out_key = value_bytes(value);
    return field_identifier(check, name, *out_key);
}

static bool has_attributes(struct field_check *check, const struct envelope *envelope)
{
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (!envelope->values[i] || envelope->values[i]->kind == VALUE_NULL) {
            return field_refuse(check, REFUSAL_MISSING, (const char *)attributes[i].name.data,
                                "is missing");
        }
    }
    if (envelope->values[ATTRIBUTE_TYPE]->kind != VALUE_TEXT) {
        return field_refuse(check, REFUSAL_BAD_VALUE, "type", "is not text");
    }
    return true;
}

/* Headers may be any bytes; as attributes they are text. */
static bool headers_are_text(struct field_check *check, const struct envelope *envelope)
{
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        const struct value *header = &envelope->headers[i];
        if (header->kind == VALUE_TEXT && !text_rules_utf8(value_bytes(header))) {
            return field_refuse(check, REFUSAL_MALFORMED,
                                (const char *)attributes[i].header.data, "is not UTF-8");
        }
    }
    return true;
}

static bool read_map(struct event_decoder *decoder, struct field_check *check,
                     const struct record *record, enum encoding encoding, struct value *out_map)
{
    const char *flaw = value_read(&decoder->reader, encoding, record->value, out_map);
    if (!flaw && out_map->kind != VALUE_MAP) {
        flaw = "not a map";
    }
    return !flaw || field_refuse(check, REFUSAL_MALFORMED, "value:", flaw);
}

static bool judge_known_event(struct field_check *check, const struct envelope *envelope,
                              enum topic topic, struct event *event)
{
    if (EVENT_TYPES[event->type].topic != topic) {
        return field_refuse(check, REFUSAL_WRONG_TOPIC, EVENT_TYPES[event->type].name,
                            "belongs on another topic");
    }
    return judge_attribute_key(check, envelope, ATTRIBUTE_SOURCE, &event->source) &&
           judge_attribute_key(check, envelope, ATTRIBUTE_ID, &event->id) &&
           judge_time(check, envelope, &event->time_ns) &&
           event_tables_judge(check, envelope->beside, envelope->data, event);
}

/* The value is the data. What is in it does not matter where the type is not ours. */
static bool judge_binary_event(struct event_decoder *decoder, struct field_check *check,
                               const struct record *record, struct envelope *envelope,
                               struct event *event)
{
    struct value map;
    if (!headers_are_text(check, envelope) || !has_attributes(check, envelope)) {
        return false;
    }
    if (event->type == EVENT_UNKNOWN) {
        return true;
    }
    if (!read_map(decoder, check, record, envelope->encoding, &map)) {
        return false;
    }
    envelope->data = &map;
    return judge_known_event(check, envelope, record->topic, event);
}

static bool judge_map_event(struct event_decoder *decoder, struct field_check *check,
                            const struct record *record, struct envelope *envelope,
                            struct event *event)
{
    struct value map;
    if (!read_map(decoder, check, record, envelope->encoding, &map) ||
        !open_map(check, envelope, &map)) {
        return false;
    }
    event->type = event_type_of(envelope->values[ATTRIBUTE_TYPE]);
    if (!has_attributes(check, envelope)) {
        return false;
    }
    return event->type == EVENT_UNKNOWN ||
           judge_known_event(check, envelope, record->topic, event);
}

static bool judge_event(struct event_decoder *decoder, struct field_check *check,
                        const struct record *record, struct event *event)
{
    struct envelope envelope;
    read_headers(&envelope, record);
    event->type = event_type_of(envelope.binary ? envelope.values[ATTRIBUTE_TYPE] : NULL);
    if (!record->value.data) {
        return field_refuse(check, REFUSAL_MISSING, "value", "is null");
    }
    return envelope.binary ? judge_binary_event(decoder, check, record, &envelope, event)
                           : judge_map_event(decoder, check, record, &envelope, event);
}

/* ------------------------------------------------------------------ reference records */

static bool judge_reference(struct event_decoder *decoder, struct field_check *check,
                            const struct record *record, struct event *event)
{
    event->type = record->topic == TOPIC_LOCATIONS ? EVENT_LOCATION
                  : record->topic == TOPIC_LANES   ? EVENT_LANE
                                                   : EVENT_ITEM;
    if (!record->value.data) {
        return reference_tables_remove(check, record->key, event);
    }
    struct value map;
    struct envelope envelope;
    read_headers(&envelope, record);
    if (!read_map(decoder, check, record, envelope.encoding, &map)) {
        return false;
    }
    /* An event that strayed here has a sku or location, too: it would pass for a description. */
    const struct value *type = value_find(&map, attributes[ATTRIBUTE_TYPE].name);
    if (event_type_of(type) != EVENT_UNKNOWN ||
        event_type_of(&envelope.headers[ATTRIBUTE_TYPE]) != EVENT_UNKNOWN) {
        return field_refuse(check, REFUSAL_WRONG_TOPIC, "type", "is that of an event");
    }
    return reference_tables_judge(check, record->key, &map, event);
}

/* ------------------------------------------------------------------ decoder */

size_t event_decoder_bytes(void)
{
    return sizeof(struct event_decoder) + 16 + value_reader_bytes();
}

struct event_decoder *event_decoder_init(struct arena *arena)
{
    struct event_decoder *decoder = arena_take(arena, sizeof *decoder);
    value_reader_init(&decoder->reader, arena);
    return decoder;
}

enum refusal event_decode(struct event_decoder *decoder, const struct record *record,
                          struct event *out_event, struct refusal_reason *out_reason)
{
    CHECK(topic_is_input(record->topic));
    struct event event = { .type = EVENT_UNKNOWN, .time_ns = TIME_NONE };
    struct refusal_reason reason = { .refusal = REFUSAL_NONE };
    struct field_check check = { .memory = &decoder->reader.memory, .reason = &reason };
    const bool good = topic_is_reference(record->topic)
                          ? judge_reference(decoder, &check, record, &event)
                          : judge_event(decoder, &check, record, &event);
    CHECK(good == (reason.refusal == REFUSAL_NONE));
    if (!good) {
        *out_event = (struct event){ .type = event.type, .time_ns = TIME_NONE };
        *out_reason = reason;
        return reason.refusal;
    }
    event.unknown_fields = check.unknown_fields;
    *out_event = event;
    return REFUSAL_NONE;
}
