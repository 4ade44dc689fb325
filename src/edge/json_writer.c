/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void put_literal(struct buffer *out, const char *text)
{
    buffer_put(out, text, strlen(text));
}

/* Every value goes through here: it needs a comma before it unless it is the first. */
static struct buffer *begin_value(struct json_writer *writer)
{
    if (writer->comma) {
        buffer_put_byte(writer->out, ',');
    }
    writer->comma = true;
    return writer->out;
}

void json_write_begin(struct json_writer *writer, char bracket)
{
    buffer_put_byte(begin_value(writer), (uint8_t)bracket);
    writer->comma = false;
}

void json_write_end(struct json_writer *writer, char bracket)
{
    buffer_put_byte(writer->out, (uint8_t)bracket);
    writer->comma = true;
}

/* Bytes of the UTF-8 character at `data`, 0 where there is none (RFC 3629). */
static size_t character_bytes(const uint8_t *data, size_t count)
{
    const uint8_t first = data[0];
    if (first < 0x80) {
        return 1;
    }
    const size_t need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || need > count) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool overlong = (first == 0xe0 && data[1] < 0xa0) || (first == 0xf0 && data[1] < 0x90);
    const bool surrogate = first == 0xed && data[1] > 0x9f;
    const bool beyond = first == 0xf4 && data[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : need;
}

static void put_control(struct buffer *out, uint8_t byte)
{
    char escape[8];
    (void)snprintf(escape, sizeof escape, "\\u%04x", byte);
    put_literal(out, escape);
}

static void put_quoted(struct buffer *out, struct bytes text)
{
    buffer_put_byte(out, '"');
    size_t at = 0;
    while (at < text.count) {
        const size_t bytes = character_bytes(text.data + at, text.count - at);
        const uint8_t byte = text.data[at];
        if (bytes == 0) {
            put_literal(out, "\xef\xbf\xbd");
        } else if (byte == '"' || byte == '\\') {
            buffer_put_byte(out, '\\');
            buffer_put_byte(out, byte);
        } else if (byte == '\n') {
            put_literal(out, "\\n");
        } else if (byte < 0x20 || byte == 0x7f) {
            put_control(out, byte);
        } else {
            buffer_put(out, text.data + at, bytes);
        }
        at += bytes ? bytes : 1;
    }
    buffer_put_byte(out, '"');
}

void json_write_key_bytes(struct json_writer *writer, struct bytes key)
{
    put_quoted(begin_value(writer), key);
    buffer_put_byte(writer->out, ':');
    writer->comma = false;
}

void json_write_key(struct json_writer *writer, const char *key)
{
    json_write_key_bytes(writer, bytes_text(key));
}

void json_write_bytes(struct json_writer *writer, struct bytes text)
{
    if (!text.data) {
        json_write_null(writer);
        return;
    }
    put_quoted(begin_value(writer), text);
}

void json_write_text(struct json_writer *writer, const char *text)
{
    json_write_bytes(writer, bytes_text(text));
}

void json_write_integer(struct json_writer *writer, int64_t number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    put_literal(begin_value(writer), text);
}

void json_write_unsigned(struct json_writer *writer, uint64_t number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    put_literal(begin_value(writer), text);
}

void json_write_real(struct json_writer *writer, double number)
{
    if (!isfinite(number) || fabs(number) > 9e12) {
        json_write_null(writer);
        return;
    }
    /* Whole and millionth parts as integers: printf's decimal point depends on the locale. */
    const int64_t millionths = (int64_t)llround(fabs(number) * 1e6);
    char text[48];
    (void)snprintf(text, sizeof text, "%s%" PRId64 ".%06" PRId64,
                   number < 0 && millionths > 0 ? "-" : "", millionths / 1000000,
                   millionths % 1000000);
    size_t length = strlen(text);
    while (text[length - 1] == '0' && text[length - 2] != '.') {
        text[--length] = '\0';
    }
    put_literal(begin_value(writer), text);
}

void json_write_bool(struct json_writer *writer, bool value)
{
    put_literal(begin_value(writer), value ? "true" : "false");
}

void json_write_null(struct json_writer *writer)
{
    put_literal(begin_value(writer), "null");
}

void json_write_raw(struct json_writer *writer, struct bytes json)
{
    buffer_put_bytes(begin_value(writer), json);
}
