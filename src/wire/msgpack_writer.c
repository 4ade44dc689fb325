/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/msgpack_writer.h"

/* The first bytes of the forms, as the MessagePack specification names them. */
enum {
    FIXMAP = 0x80,
    FIXARRAY = 0x90,
    FIXSTR = 0xa0,
    NIL = 0xc0,
    FALSE_BYTE = 0xc2,
    TRUE_BYTE = 0xc3,
    BIN_8 = 0xc4,
    BIN_16 = 0xc5,
    BIN_32 = 0xc6,
    FLOAT_64 = 0xcb,
    UINT_8 = 0xcc,
    UINT_16 = 0xcd,
    UINT_32 = 0xce,
    UINT_64 = 0xcf,
    INT_8 = 0xd0,
    INT_16 = 0xd1,
    INT_32 = 0xd2,
    INT_64 = 0xd3,
    STR_8 = 0xd9,
    STR_16 = 0xda,
    STR_32 = 0xdb,
    ARRAY_16 = 0xdc,
    ARRAY_32 = 0xdd,
    MAP_16 = 0xde,
    MAP_32 = 0xdf,
};

/* `first`, then the low `width` bytes of `value`, big endian. */
static void put_form(struct buffer *out, uint8_t first, uint64_t value, uint32_t width)
{
    uint8_t form[9] = { first };
    for (uint32_t i = 0; i < width; i++) {
        form[1 + i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
    buffer_put(out, form, 1 + (size_t)width);
}

void msgpack_write_null(struct buffer *out)
{
    buffer_put_byte(out, NIL);
}

void msgpack_write_bool(struct buffer *out, bool value)
{
    buffer_put_byte(out, value ? TRUE_BYTE : FALSE_BYTE);
}

void msgpack_write_uint(struct buffer *out, uint64_t value)
{
    if (value < 0x80) {
        buffer_put_byte(out, (uint8_t)value);
    } else if (value <= UINT8_MAX) {
        put_form(out, UINT_8, value, 1);
    } else if (value <= UINT16_MAX) {
        put_form(out, UINT_16, value, 2);
    } else if (value <= UINT32_MAX) {
        put_form(out, UINT_32, value, 4);
    } else {
        put_form(out, UINT_64, value, 8);
    }
}

void msgpack_write_int(struct buffer *out, int64_t value)
{
    const uint64_t bits = (uint64_t)value;
    if (value >= 0) {
        msgpack_write_uint(out, bits);
    } else if (value >= -32) {
        buffer_put_byte(out, (uint8_t)bits);
    } else if (value >= INT8_MIN) {
        put_form(out, INT_8, bits, 1);
    } else if (value >= INT16_MIN) {
        put_form(out, INT_16, bits, 2);
    } else if (value >= INT32_MIN) {
        put_form(out, INT_32, bits, 4);
    } else {
        put_form(out, INT_64, bits, 8);
    }
}

void msgpack_write_double(struct buffer *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_form(out, FLOAT_64, bits, 8);
}

void msgpack_write_text(struct buffer *out, struct bytes text)
{
    CHECK(text.count <= UINT32_MAX);
    if (text.count < 32) {
        buffer_put_byte(out, (uint8_t)(FIXSTR | text.count));
    } else if (text.count <= UINT8_MAX) {
        put_form(out, STR_8, text.count, 1);
    } else if (text.count <= UINT16_MAX) {
        put_form(out, STR_16, text.count, 2);
    } else {
        put_form(out, STR_32, text.count, 4);
    }
    buffer_put_bytes(out, text);
}

void msgpack_write_binary(struct buffer *out, struct bytes bytes)
{
    CHECK(bytes.count <= UINT32_MAX);
    if (!bytes.data) {
        msgpack_write_null(out);
        return;
    }
    if (bytes.count <= UINT8_MAX) {
        put_form(out, BIN_8, bytes.count, 1);
    } else if (bytes.count <= UINT16_MAX) {
        put_form(out, BIN_16, bytes.count, 2);
    } else {
        put_form(out, BIN_32, bytes.count, 4);
    }
    buffer_put_bytes(out, bytes);
}

static void put_count(struct buffer *out, uint32_t count, uint8_t fixed, uint8_t form_16,
                      uint8_t form_32)
{
    if (count < 16) {
        buffer_put_byte(out, (uint8_t)(fixed | count));
    } else if (count <= UINT16_MAX) {
        put_form(out, form_16, count, 2);
    } else {
        put_form(out, form_32, count, 4);
    }
}

void msgpack_write_array(struct buffer *out, uint32_t count)
{
    put_count(out, count, FIXARRAY, ARRAY_16, ARRAY_32);
}

void msgpack_write_map(struct buffer *out, uint32_t count)
{
    put_count(out, count, FIXMAP, MAP_16, MAP_32);
}
