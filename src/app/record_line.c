/* SPDX-License-Identifier: Apache-2.0 */
#include "app/record_line.h"

#include <msgpack.h>
#include <yajl/yajl_parse.h>

#include "edge/json_writer.h"

void record_line_base64(struct json_writer *writer, struct bytes bytes)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buffer *out = writer->out;
    json_write_raw(writer, BYTES_LITERAL("\"base64:"));
    for (size_t i = 0; i < bytes.count; i += 3) {
        const size_t left = bytes.count - i;
        const uint32_t group = (uint32_t)bytes.data[i] << 16 |
                               (left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0) |
                               (left > 2 ? (uint32_t)bytes.data[i + 2] : 0);
        buffer_put_byte(out, (uint8_t)DIGITS[group >> 18]);
        buffer_put_byte(out, (uint8_t)DIGITS[group >> 12 & 63]);
        buffer_put_byte(out, left > 1 ? (uint8_t)DIGITS[group >> 6 & 63] : '=');
        buffer_put_byte(out, left > 2 ? (uint8_t)DIGITS[group & 63] : '=');
    }
    buffer_put_byte(out, '"');
}

static void write_object(struct json_writer *writer, const msgpack_object *object);

static void write_array(struct json_writer *writer, const msgpack_object_array *array)
{
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < array->size; i++) {
        write_object(writer, &array->ptr[i]);
    }
    json_write_end(writer, ']');
}

/* A key that is not text cannot be one in JSON: its place keeps the pairs apart. */
static void write_map(struct json_writer *writer, const msgpack_object_map *map)
{
    json_write_begin(writer, '{');
    for (uint32_t i = 0; i < map->size; i++) {
        const msgpack_object *key = &map->ptr[i].key;
        char place[24];
        (void)snprintf(place, sizeof place, "#%u", i);
        json_write_key_bytes(writer, key->type == MSGPACK_OBJECT_STR
                                   ? bytes_of(key->via.str.ptr, key->via.str.size)
                                   : bytes_text(place));
        write_object(writer, &map->ptr[i].val);
    }
    json_write_end(writer, '}');
}

static void write_object(struct json_writer *writer, const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        json_write_bool(writer, object->via.boolean);
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        json_write_unsigned(writer, object->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        json_write_integer(writer, object->via.i64);
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        json_write_real(writer, object->via.f64);
        break;
    case MSGPACK_OBJECT_STR:
        json_write_bytes(writer, bytes_of(object->via.str.ptr, object->via.str.size));
        break;
    case MSGPACK_OBJECT_BIN:
        record_line_base64(writer, bytes_of(object->via.bin.ptr, object->via.bin.size));
        break;
    case MSGPACK_OBJECT_EXT:
        record_line_base64(writer, bytes_of(object->via.ext.ptr, object->via.ext.size));
        break;
    case MSGPACK_OBJECT_ARRAY:
        write_array(writer, &object->via.array);
        break;
    case MSGPACK_OBJECT_MAP:
        write_map(writer, &object->via.map);
        break;
    default:
        json_write_null(writer);
        break;
    }
}

/* False where the bytes are not one whole MessagePack value. */
static bool write_msgpack(struct json_writer *writer, struct bytes value)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t used = 0;
    const bool whole = msgpack_unpack_next(&unpacked, (const char *)value.data, value.count,
                                           &used) == MSGPACK_UNPACK_SUCCESS &&
                       used == value.count;
    if (whole) {
        write_object(writer, &unpacked.data);
    }
    msgpack_unpacked_destroy(&unpacked);
    return whole;
}

static bool is_json(struct bytes value)
{
    const yajl_handle parser = yajl_alloc(NULL, NULL, NULL);
    const bool whole = parser && yajl_parse(parser, value.data, value.count) == yajl_status_ok &&
                       yajl_complete_parse(parser) == yajl_status_ok;
    if (parser) {
        yajl_free(parser);
    }
    return whole;
}

/* As it stands, but on one line: outside of texts, which have none, a line feed is only space. */
static bool write_json(struct json_writer *writer, struct bytes value)
{
    if (!is_json(value)) {
        return false;
    }
    const size_t begin = writer->out->count;
    json_write_raw(writer, value);
    for (size_t i = begin; i < writer->out->count; i++) {
        if (writer->out->data[i] == '\n' || writer->out->data[i] == '\r') {
            writer->out->data[i] = ' ';
        }
    }
    return true;
}

static void write_value(struct json_writer *writer, struct bytes value)
{
    if (!value.data) {
        json_write_null(writer);
        return;
    }
    const bool looks_like_json = value.count > 0 && strchr("{[\" \t\r\n", value.data[0]) &&
                                 value.data[0] != '\0';
    if (!(looks_like_json && write_json(writer, value)) && !write_msgpack(writer, value)) {
        record_line_base64(writer, value);
    }
}

static void write_headers(struct json_writer *writer, const struct record *record)
{
    json_write_key(writer, "headers");
    json_write_begin(writer, '{');
    for (uint32_t i = 0; i < record->header_count; i++) {
        json_write_key_bytes(writer, record->headers[i].name);
        json_write_bytes(writer, record->headers[i].value);
    }
    json_write_end(writer, '}');
}

void record_line_write(const struct record *record, struct buffer *out)
{
    struct json_writer writer = json_writer_of(out);
    json_write_begin(&writer, '{');
    json_write_key(&writer, "topic");
    json_write_text(&writer, TOPICS[record->topic].name);
    json_write_key(&writer, "partition");
    json_write_integer(&writer, record->partition);
    json_write_key(&writer, "offset");
    json_write_integer(&writer, record->offset);
    json_write_key(&writer, "timestamp");
    json_write_integer(&writer, record->timestamp_ms);
    json_write_key(&writer, "key");
    json_write_bytes(&writer, record->key);
    write_headers(&writer, record);
    json_write_key(&writer, "value");
    write_value(&writer, record->value);
    json_write_end(&writer, '}');
    buffer_put_byte(out, '\n');
}
