/* SPDX-License-Identifier: Apache-2.0 */
#include "journal_fields.h"
#include "wire/msgpack_writer.h"
#include "wire/settings_codec.h"

static struct bytes topic_name(enum topic topic)
{
    CHECK(topic_is_input(topic));
    return bytes_text(TOPICS[topic].name);
}

void journal_builder_start(struct journal_builder *builder, struct buffer room)
{
    *builder = (struct journal_builder){ room, 0 };
}

size_t journal_record_bytes(const struct record *record)
{
    enum { SMALL_PARTS_MAX = 64, LENGTH_BYTES_MAX = 5 };
    size_t bytes = SMALL_PARTS_MAX + topic_name(record->topic).count + record->key.count +
                   record->value.count;
    for (uint32_t i = 0; i < record->header_count; i++) {
        bytes += 1 + LENGTH_BYTES_MAX + record->headers[i].name.count + LENGTH_BYTES_MAX +
                 record->headers[i].value.count;
    }
    return bytes;
}

void journal_builder_add(struct journal_builder *builder, const struct record *record)
{
    struct buffer *out = &builder->records;
    msgpack_write_array(out, JOURNAL_RECORD_PARTS);
    msgpack_write_text(out, topic_name(record->topic));
    msgpack_write_int(out, record->partition);
    msgpack_write_int(out, record->offset);
    msgpack_write_int(out, record->timestamp_ms);
    msgpack_write_binary(out, record->key);
    msgpack_write_array(out, record->header_count);
    for (uint32_t i = 0; i < record->header_count; i++) {
        msgpack_write_array(out, 2);
        msgpack_write_text(out, record->headers[i].name);
        msgpack_write_binary(out, record->headers[i].value);
    }
    msgpack_write_binary(out, record->value);
    builder->record_count++;
}

static void write_name(struct buffer *out, enum journal_field field)
{
    msgpack_write_text(out, bytes_text(JOURNAL_FIELD_NAMES[field]));
}

static void write_zones(const struct journal_entry *entry, struct buffer *out)
{
    msgpack_write_map(out, entry->zone_count);
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        msgpack_write_text(out, entry->zones[i].name);
        msgpack_write_binary(out, entry->zones[i].tzif);
    }
}

static void write_published(const struct journal_entry *entry, struct buffer *out)
{
    msgpack_write_array(out, entry->published_count);
    for (uint32_t i = 0; i < entry->published_count; i++) {
        msgpack_write_array(out, 2);
        msgpack_write_uint(out, entry->published[i].partition);
        msgpack_write_uint(out, entry->published[i].sequence);
    }
}

static void write_state(const struct journal_entry *entry, struct buffer *out)
{
    uint8_t hash[JOURNAL_STATE_HASH_BYTES];
    for (int i = 0; i < JOURNAL_STATE_HASH_BYTES; i++) {
        hash[i] = (uint8_t)(entry->state_hash >> (8 * (JOURNAL_STATE_HASH_BYTES - 1 - i)));
    }
    msgpack_write_array(out, 2);
    msgpack_write_uint(out, entry->state_sequence);
    msgpack_write_binary(out, bytes_of(hash, sizeof hash));
}

static void write_skips(const struct journal_entry *entry, struct buffer *out)
{
    msgpack_write_array(out, entry->skip_count);
    for (uint32_t i = 0; i < entry->skip_count; i++) {
        msgpack_write_array(out, 3);
        msgpack_write_text(out, topic_name(entry->skips[i].topic));
        msgpack_write_int(out, entry->skips[i].partition);
        msgpack_write_int(out, entry->skips[i].offset);
    }
}

static void write_optional(const struct journal_entry *entry, struct buffer *out)
{
    if (entry->has_settings) {
        write_name(out, FIELD_SETTINGS);
        settings_encode(&entry->settings, out);
    }
    if (entry->zone_count > 0) {
        write_name(out, FIELD_ZONES);
        write_zones(entry, out);
    }
    if (entry->review) {
        write_name(out, FIELD_REVIEW);
        msgpack_write_bool(out, true);
    }
    if (entry->published_count > 0) {
        write_name(out, FIELD_PUBLISHED);
        write_published(entry, out);
    }
    if (entry->has_state) {
        write_name(out, FIELD_STATE);
        write_state(entry, out);
    }
    if (entry->skip_count > 0) {
        write_name(out, FIELD_SKIP);
        write_skips(entry, out);
    }
}

static uint32_t field_count(const struct journal_entry *entry)
{
    const bool present[] = {
        entry->has_settings,        entry->zone_count > 0, entry->review,
        entry->published_count > 0, entry->has_state,      entry->skip_count > 0,
    };
    uint32_t count = FIELD_REQUIRED_COUNT;
    for (size_t i = 0; i < sizeof present / sizeof *present; i++) {
        count += present[i];
    }
    return count;
}

/* Writes `previous` and all that follows it. */
static void write_after_id(const struct journal_builder *builder, const struct journal_entry *entry,
                           struct buffer *out)
{
    write_name(out, FIELD_PREVIOUS);
    msgpack_write_binary(out, entry->previous.count > 0 ? entry->previous : BYTES_LITERAL(""));
    write_name(out, FIELD_NOW);
    msgpack_write_int(out, entry->now_ms);
    write_name(out, FIELD_RECORDS);
    msgpack_write_array(out, builder->record_count);
    buffer_put_bytes(out, buffer_bytes(&builder->records));
    write_optional(entry, out);
}

void journal_builder_finish(const struct journal_builder *builder, struct journal_entry *entry,
                            struct buffer *out)
{
    CHECK(entry->sequence > 0 && entry->sequence <= JOURNAL_SEQUENCE_MAX);
    CHECK(entry->now_ms >= 0 && entry->now_ms <= JOURNAL_NOW_MS_MAX);
    CHECK(entry->previous.count == 0 || entry->previous.count == JOURNAL_ID_BYTES);

    const uint32_t count = field_count(entry);
    msgpack_write_map(out, count);
    const size_t head_end = out->count;
    write_name(out, FIELD_SEQUENCE);
    msgpack_write_uint(out, entry->sequence);
    const size_t sequence_end = out->count;
    write_name(out, FIELD_ID);
    msgpack_write_binary(out, bytes_of(&(struct hash128){ { 0 } }, JOURNAL_ID_BYTES));
    const size_t id_end = out->count;
    write_after_id(builder, entry, out);
    if (out->overflowed || builder->records.overflowed) {
        out->overflowed = true;
        return;
    }
    const struct bytes before_id = bytes_of(out->data + head_end, sequence_end - head_end);
    const struct bytes after_id = bytes_of(out->data + id_end, out->count - id_end);
    entry->id = journal_fields_hash(count, before_id, after_id);
    memcpy(out->data + id_end - JOURNAL_ID_BYTES, entry->id.bytes, JOURNAL_ID_BYTES);
}
