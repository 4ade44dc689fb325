/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/msgpack_reader.h"

/*
 * Why not msgpack-c: every replica reads every entry of the journal, and what an entry holds is
 * mostly values to be passed on as bytes. msgpack-c has no pull interface: it builds an object
 * tree of the whole entry in memory it allocates before we could look at one field. This reader
 * allocates nothing, and its only loops are bounded by the bytes left.
 */

struct msgpack_reader msgpack_reader_of(struct bytes bytes)
{
    return (struct msgpack_reader){ bytes.data, bytes.data + bytes.count, false };
}

void msgpack_reader_fail(struct msgpack_reader *reader)
{
    reader->failed = true;
    reader->at = reader->end;
}

static uint64_t take_big_endian(struct msgpack_reader *reader, size_t width)
{
    if (msgpack_reader_left(reader) < width) {
        msgpack_reader_fail(reader);
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) {
        value = value << 8 | reader->at[i];
    }
    reader->at += width;
    return value;
}

/* The byte that tells what comes; 0xc1, which MessagePack never uses, at the end. */
static uint8_t take_first(struct msgpack_reader *reader)
{
    if (reader->at == reader->end) {
        msgpack_reader_fail(reader);
        return 0xc1;
    }
    return *reader->at++;
}

static struct bytes take_bytes(struct msgpack_reader *reader, uint64_t count)
{
    if (msgpack_reader_left(reader) < count) {
        msgpack_reader_fail(reader);
    }
    if (reader->failed) {
        return bytes_of(NULL, 0);
    }
    const struct bytes taken = bytes_of(reader->at, (size_t)count);
    reader->at += count;
    return taken;
}

/* A count whose elements take at least `bytes_each` bytes each. */
static uint32_t within_left(struct msgpack_reader *reader, uint64_t count, uint64_t bytes_each)
{
    if (msgpack_reader_left(reader) < count * bytes_each) {
        msgpack_reader_fail(reader);
    }
    return reader->failed ? 0 : (uint32_t)count;
}

uint32_t msgpack_read_array(struct msgpack_reader *reader)
{
    const uint8_t first = take_first(reader);
    uint64_t count = 0;
    if ((first & 0xf0) == 0x90) {
        count = first & 0x0f;
    } else if (first == 0xdc || first == 0xdd) {
        count = take_big_endian(reader, first == 0xdc ? 2 : 4);
    } else {
        msgpack_reader_fail(reader);
    }
    return within_left(reader, count, 1);
}

uint32_t msgpack_read_map(struct msgpack_reader *reader)
{
    const uint8_t first = take_first(reader);
    uint64_t count = 0;
    if ((first & 0xf0) == 0x80) {
        count = first & 0x0f;
    } else if (first == 0xde || first == 0xdf) {
        count = take_big_endian(reader, first == 0xde ? 2 : 4);
    } else {
        msgpack_reader_fail(reader);
    }
    return within_left(reader, count, 2);
}

void msgpack_read_array_of(struct msgpack_reader *reader, uint32_t count)
{
    if (msgpack_read_array(reader) != count) {
        msgpack_reader_fail(reader);
    }
}

/* An integer of any form as sign and 64 bits: `*negative` says how to read the bits. */
static uint64_t take_integer(struct msgpack_reader *reader, bool *negative)
{
    const uint8_t first = take_first(reader);
    *negative = false;
    if (first < 0x80) {
        return first;
    }
    if (first >= 0xe0) {
        *negative = true;
        return (uint64_t)(int64_t)(int8_t)first;
    }
    if (first >= 0xcc && first <= 0xcf) {
        return take_big_endian(reader, (size_t)1 << (first - 0xcc));
    }
    if (first >= 0xd0 && first <= 0xd3) {
        const uint32_t width = UINT32_C(1) << (first - 0xd0);
        const uint64_t bits = take_big_endian(reader, width);
        const uint64_t sign = UINT64_C(1) << (8 * width - 1);
        *negative = (bits & sign) != 0;
        return *negative ? bits | ~(sign | (sign - 1)) : bits;
    }
    msgpack_reader_fail(reader);
    return 0;
}

int64_t msgpack_read_int(struct msgpack_reader *reader, int64_t low, int64_t high)
{
    bool negative;
    const uint64_t bits = take_integer(reader, &negative);
    const int64_t value = (int64_t)bits;
    if ((!negative && bits > INT64_MAX) || value < low || value > high) {
        msgpack_reader_fail(reader);
    }
    return reader->failed ? 0 : value;
}

uint64_t msgpack_read_uint(struct msgpack_reader *reader, uint64_t high)
{
    bool negative;
    const uint64_t bits = take_integer(reader, &negative);
    if (negative || bits > high) {
        msgpack_reader_fail(reader);
    }
    return reader->failed ? 0 : bits;
}

bool msgpack_read_bool(struct msgpack_reader *reader)
{
    const uint8_t first = take_first(reader);
    if (first != 0xc2 && first != 0xc3) {
        msgpack_reader_fail(reader);
    }
    return first == 0xc3;
}

struct bytes msgpack_read_text(struct msgpack_reader *reader)
{
    const uint8_t first = take_first(reader);
    uint64_t count = 0;
    if ((first & 0xe0) == 0xa0) {
        count = first & 0x1f;
    } else if (first >= 0xd9 && first <= 0xdb) {
        count = take_big_endian(reader, (size_t)1 << (first - 0xd9));
    } else {
        msgpack_reader_fail(reader);
    }
    return take_bytes(reader, count);
}

struct bytes msgpack_read_binary(struct msgpack_reader *reader)
{
    const uint8_t first = take_first(reader);
    if (first == 0xc0) {
        return bytes_of(NULL, 0);
    }
    uint64_t count = 0;
    if (first >= 0xc4 && first <= 0xc6) {
        count = take_big_endian(reader, (size_t)1 << (first - 0xc4));
    } else {
        msgpack_reader_fail(reader);
    }
    return take_bytes(reader, count);
}

/* What follows a first byte: bytes of payload, or values inside. */
struct shape {
    uint64_t payload_bytes;
    uint64_t values;
};

/* The forms from 0xc0 to 0xdf. */
static struct shape wide_shape(struct msgpack_reader *reader, uint8_t first)
{
    switch (first) {
    case 0xc0: case 0xc2: case 0xc3:                        /* nil, false, true */
        return (struct shape){ 0, 0 };
    case 0xc4: case 0xc5: case 0xc6:                        /* bin */
        return (struct shape){ take_big_endian(reader, (size_t)1 << (first - 0xc4)), 0 };
    case 0xc7: case 0xc8: case 0xc9:                        /* ext, with one byte of type */
        return (struct shape){ take_big_endian(reader, (size_t)1 << (first - 0xc7)) + 1, 0 };
    case 0xca: case 0xcb:                                   /* float */
        return (struct shape){ first == 0xca ? 4 : 8, 0 };
    case 0xcc: case 0xcd: case 0xce: case 0xcf:             /* uint */
        return (struct shape){ UINT64_C(1) << (first - 0xcc), 0 };
    case 0xd0: case 0xd1: case 0xd2: case 0xd3:             /* int */
        return (struct shape){ UINT64_C(1) << (first - 0xd0), 0 };
    case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8:  /* fixext, with one byte of type */
        return (struct shape){ (UINT64_C(1) << (first - 0xd4)) + 1, 0 };
    case 0xd9: case 0xda: case 0xdb:                        /* str */
        return (struct shape){ take_big_endian(reader, (size_t)1 << (first - 0xd9)), 0 };
    case 0xdc: case 0xdd:                                   /* array */
        return (struct shape){ 0, take_big_endian(reader, first == 0xdc ? 2 : 4) };
    case 0xde: case 0xdf:                                   /* map */
        return (struct shape){ 0, 2 * take_big_endian(reader, first == 0xde ? 2 : 4) };
    default:
        msgpack_reader_fail(reader);
        return (struct shape){ 0, 0 };
    }
}

static struct shape take_shape(struct msgpack_reader *reader)
{
    const uint8_t first = take_first(reader);
    if (first < 0x80 || first >= 0xe0) {
        return (struct shape){ 0, 0 };
    }
    if (first < 0x90) {
        return (struct shape){ 0, 2 * (uint64_t)(first & 0x0f) };
    }
    if (first < 0xa0) {
        return (struct shape){ 0, first & 0x0f };
    }
    if (first < 0xc0) {
        return (struct shape){ first & 0x1f, 0 };
    }
    return wide_shape(reader, first);
}

void msgpack_read_past(struct msgpack_reader *reader)
{
    /* Counting the values still owed needs no stack, however deep they are nested. */
    uint64_t owed = 1;
    while (owed > 0 && !reader->failed) {
        const struct shape shape = take_shape(reader);
        (void)take_bytes(reader, shape.payload_bytes);
        owed += shape.values - 1;
        if (owed > msgpack_reader_left(reader)) {
            msgpack_reader_fail(reader);
        }
    }
}
