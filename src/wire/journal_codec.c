/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/journal_codec.h"

#include "journal_fields.h"
#include "wire/msgpack_reader.h"
#include "wire/settings_codec.h"

/*
 * Reads entries; journal_builder.c writes them. The hash is taken as soon as `id` is met: of what
 * is not ours nothing more is looked at.
 */

enum {
    /* The shortest record: its array, the shortest input topic, and six parts of one byte. */
    RECORD_BYTES_MIN = 24,
    HEADER_BYTES_MIN = 3,
};

struct decoding {
    struct msgpack_reader reader;
    struct bytes value;
    struct arena *arena;
    struct journal_entry *entry;
    struct bytes topics[TOPIC_INPUT_COUNT];
    size_t head_bytes;
    uint32_t pair_count;
    const char *wrong;           /* what is wrong where the MessagePack itself is not */
};

size_t journal_decode_bytes(size_t value_count)
{
    /* Arrays are taken by counts, and every count is held against the bytes left. The worst is an
     * entry that promises records throughout, of which the first promises headers throughout. */
    enum {
        RECORD_BYTES_EACH = sizeof(struct record) / RECORD_BYTES_MIN + 1,
        HEADER_BYTES_EACH = sizeof(struct record_header) / HEADER_BYTES_MIN + 1,
        ROUNDING = 64,
    };
    return value_count * (RECORD_BYTES_EACH + HEADER_BYTES_EACH) + ROUNDING;
}

static void refuse(struct decoding *decoding, const char *wrong)
{
    if (!decoding->reader.failed) {
        decoding->wrong = wrong;
        msgpack_reader_fail(&decoding->reader);
    }
}

/* An array's room, for elements of which each takes at least `encoded_min` bytes more. */
static void *take_array(struct decoding *decoding, uint32_t count, size_t encoded_min,
                        size_t element_bytes)
{
    if (count > msgpack_reader_left(&decoding->reader) / encoded_min) {
        msgpack_reader_fail(&decoding->reader);
    }
    if (decoding->reader.failed || count == 0) {
        return NULL;
    }
    return arena_take(decoding->arena, count * element_bytes);
}

static enum topic read_topic(struct decoding *decoding)
{
    const struct bytes name = msgpack_read_text(&decoding->reader);
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        if (bytes_equal(name, decoding->topics[topic])) {
            return (enum topic)topic;
        }
    }
    refuse(decoding, "names a topic that is no input");
    return TOPIC_STOCK;
}

static int32_t read_partition(struct decoding *decoding)
{
    return (int32_t)msgpack_read_int(&decoding->reader, -1, INT32_MAX);
}

static int64_t read_offset(struct decoding *decoding)
{
    return msgpack_read_int(&decoding->reader, -1, INT64_MAX);
}

static void read_headers(struct decoding *decoding, struct record *record)
{
    struct msgpack_reader *reader = &decoding->reader;
    const uint32_t count = msgpack_read_array(reader);
    struct record_header *headers =
        take_array(decoding, count, HEADER_BYTES_MIN, sizeof(struct record_header));
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        msgpack_read_array_of(reader, 2);
        headers[i].name = msgpack_read_text(reader);
        headers[i].value = msgpack_read_binary(reader);
    }
    record->headers = headers;
    record->header_count = count;
}

static void read_record(struct decoding *decoding, struct record *record)
{
    struct msgpack_reader *reader = &decoding->reader;
    msgpack_read_array_of(reader, JOURNAL_RECORD_PARTS);
    record->topic = read_topic(decoding);
    record->partition = read_partition(decoding);
    record->offset = read_offset(decoding);
    record->timestamp_ms = msgpack_read_int(reader, INT64_MIN, INT64_MAX);
    record->key = msgpack_read_binary(reader);
    read_headers(decoding, record);
    record->value = msgpack_read_binary(reader);
}

static void read_records(struct decoding *decoding)
{
    const uint32_t count = msgpack_read_array(&decoding->reader);
    struct record *records = take_array(decoding, count, RECORD_BYTES_MIN, sizeof(struct record));
    for (uint32_t i = 0; i < count && !decoding->reader.failed; i++) {
        read_record(decoding, &records[i]);
    }
    decoding->entry->records = records;
    decoding->entry->record_count = count;
}

/* Everything but `id` and its key is hashed, and all of it lies before us: so it is done now. */
static void read_id(struct decoding *decoding, const uint8_t *pair)
{
    struct msgpack_reader *reader = &decoding->reader;
    const struct bytes id = msgpack_read_binary(reader);
    if (reader->failed || id.count != JOURNAL_ID_BYTES) {
        refuse(decoding, "has no id of 16 bytes");
        return;
    }
    const uint8_t *body = decoding->value.data + decoding->head_bytes;
    const struct hash128 hash =
        journal_fields_hash(decoding->pair_count, bytes_of(body, (size_t)(pair - body)),
                   bytes_of(reader->at, msgpack_reader_left(reader)));
    if (memcmp(hash.bytes, id.data, JOURNAL_ID_BYTES) != 0) {
        refuse(decoding, "has an id that is not its hash");
        return;
    }
    decoding->entry->id = hash;
}

static void read_previous(struct decoding *decoding)
{
    const struct bytes previous = msgpack_read_binary(&decoding->reader);
    if (!previous.data || (previous.count != 0 && previous.count != JOURNAL_ID_BYTES)) {
        refuse(decoding, "has a previous that is neither empty nor 16 bytes");
    }
    decoding->entry->previous = previous;
}

static void read_zones(struct decoding *decoding)
{
    struct msgpack_reader *reader = &decoding->reader;
    const uint32_t count = msgpack_read_map(reader);
    struct journal_zone *zones =
        take_array(decoding, count, HEADER_BYTES_MIN, sizeof(struct journal_zone));
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        zones[i].name = msgpack_read_text(reader);
        zones[i].tzif = msgpack_read_binary(reader);
        if (!zones[i].tzif.data) {
            refuse(decoding, "has a time zone without rules");
        }
    }
    decoding->entry->zones = zones;
    decoding->entry->zone_count = count;
}

static void read_published(struct decoding *decoding)
{
    struct msgpack_reader *reader = &decoding->reader;
    const uint32_t count = msgpack_read_array(reader);
    struct watermark_entry *published =
        take_array(decoding, count, 3, sizeof(struct watermark_entry));
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        msgpack_read_array_of(reader, 2);
        published[i].partition = (uint32_t)msgpack_read_uint(reader, INT32_MAX);
        published[i].sequence = msgpack_read_uint(reader, JOURNAL_SEQUENCE_MAX);
    }
    decoding->entry->published = published;
    decoding->entry->published_count = count;
}

static void read_state(struct decoding *decoding)
{
    struct msgpack_reader *reader = &decoding->reader;
    msgpack_read_array_of(reader, 2);
    decoding->entry->state_sequence = msgpack_read_uint(reader, JOURNAL_SEQUENCE_MAX);
    const struct bytes hash = msgpack_read_binary(reader);
    if (hash.count != JOURNAL_STATE_HASH_BYTES) {
        refuse(decoding, "has a state whose hash is not 8 bytes");
        return;
    }
    for (size_t i = 0; i < JOURNAL_STATE_HASH_BYTES; i++) {
        decoding->entry->state_hash = decoding->entry->state_hash << 8 | hash.data[i];
    }
    decoding->entry->has_state = true;
}

static void read_skips(struct decoding *decoding)
{
    struct msgpack_reader *reader = &decoding->reader;
    const uint32_t count = msgpack_read_array(reader);
    struct journal_skip *skips =
        take_array(decoding, count, RECORD_BYTES_MIN - 4, sizeof(struct journal_skip));
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        msgpack_read_array_of(reader, 3);
        skips[i].topic = read_topic(decoding);
        skips[i].partition = read_partition(decoding);
        skips[i].offset = read_offset(decoding);
    }
    decoding->entry->skips = skips;
    decoding->entry->skip_count = count;
}

/* `pair` is where the field's name begins. */
static void read_field(struct decoding *decoding, enum journal_field field, const uint8_t *pair)
{
    struct journal_entry *entry = decoding->entry;
    switch (field) {
    case FIELD_SEQUENCE:
        entry->sequence = msgpack_read_uint(&decoding->reader, JOURNAL_SEQUENCE_MAX);
        break;
    case FIELD_ID: read_id(decoding, pair); break;
    case FIELD_PREVIOUS: read_previous(decoding); break;
    case FIELD_NOW:
        entry->now_ms = msgpack_read_int(&decoding->reader, 0, JOURNAL_NOW_MS_MAX);
        break;
    case FIELD_RECORDS: read_records(decoding); break;
    case FIELD_SETTINGS:
        entry->settings = settings_decode(&decoding->reader);
        entry->has_settings = true;
        break;
    case FIELD_ZONES: read_zones(decoding); break;
    case FIELD_REVIEW: entry->review = msgpack_read_bool(&decoding->reader); break;
    case FIELD_PUBLISHED: read_published(decoding); break;
    case FIELD_STATE: read_state(decoding); break;
    case FIELD_SKIP: read_skips(decoding); break;
    case FIELD_COUNT: msgpack_read_past(&decoding->reader); break;
    }
}

static enum journal_field field_find(struct bytes name)
{
    int field = 0;
    while (field < FIELD_COUNT && !bytes_equal(name, bytes_text(JOURNAL_FIELD_NAMES[field]))) {
        field++;
    }
    return (enum journal_field)field;
}

/* Fields stand in their order, so none comes twice; those we do not know may be anywhere. */
static void read_fields(struct decoding *decoding)
{
    int next = FIELD_SEQUENCE;
    for (uint32_t i = 0; i < decoding->pair_count && !decoding->reader.failed; i++) {
        const uint8_t *pair = decoding->reader.at;
        const enum journal_field field = field_find(msgpack_read_text(&decoding->reader));
        if (field < FIELD_COUNT) {
            if ((int)field < next || (next < FIELD_REQUIRED_COUNT && (int)field != next)) {
                refuse(decoding, "has fields missing, twice or out of order");
                return;
            }
            next = (int)field + 1;
        }
        read_field(decoding, field, pair);
    }
    if (next < FIELD_REQUIRED_COUNT || decoding->entry->sequence == 0) {
        refuse(decoding, "has fields missing, twice or out of order");
    }
    if (msgpack_reader_left(&decoding->reader) > 0) {
        refuse(decoding, "has bytes after its end");
    }
}

enum status journal_decode(struct bytes value, struct arena *arena, struct journal_entry *out_entry,
                           struct failure *failure)
{
    if (!value.data) {
        return failure_set(failure, STATUS_ABSENT, "a record without value is no journal entry");
    }
    struct journal_entry entry = { 0 };
    struct decoding decoding = {
        .reader = msgpack_reader_of(value), .value = value, .arena = arena, .entry = &entry,
    };
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        decoding.topics[topic] = bytes_text(TOPICS[topic].name);
    }
    decoding.pair_count = msgpack_read_map(&decoding.reader);
    decoding.head_bytes = value.count - msgpack_reader_left(&decoding.reader);
    read_fields(&decoding);
    if (decoding.reader.failed) {
        return failure_set(failure, STATUS_ABSENT, "a journal entry of %zu bytes %s", value.count,
                           decoding.wrong ? decoding.wrong : "is not the map it should be");
    }
    *out_entry = entry;
    return STATUS_OK;
}
