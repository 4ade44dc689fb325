/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_VALUE_H
#define WIRE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "wire/tree.h"

/*
 * A value from outside, decoded: one tree, whether it came as MessagePack or as JSON. What it is
 * made of obeys contract 1: all texts and names are UTF-8, no map has a name twice, maps and arrays
 * are at most VALUE_DEPTH_MAX deep.
 *
 * Numbers keep what matters here: a whole number that fits an int64_t, however it was written
 * (5, 5.0, 5e0), is VALUE_INTEGER; every other one is VALUE_FRACTION, without its value.
 */
enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INTEGER,
    VALUE_FRACTION,
    VALUE_TEXT,
    VALUE_BINARY,       /* MessagePack only, as VALUE_EXTENSION */
    VALUE_EXTENSION,
    VALUE_ARRAY,
    VALUE_MAP,
};

struct value {
    enum value_kind kind;
    uint32_t count;                          /* bytes, elements or members */
    union {
        bool truth;
        int64_t integer;
        const uint8_t *data;                 /* text and binary; an extension's type comes first */
        const struct value *items;
        const struct value_member *members;
    };
};

struct value_member {
    struct bytes name;
    struct value value;
};

static inline struct bytes value_bytes(const struct value *value)
{
    return bytes_of(value->data, value->count);
}

static inline bool value_is_text(const struct value *value, struct bytes text)
{
    return value->kind == VALUE_TEXT && bytes_equal(value_bytes(value), text);
}

/* The member with this name, null ones too, or NULL. */
const struct value *value_find(const struct value *map, struct bytes name);

/*
 * The reader owns all memory that decoding needs, for the largest value there may be; it never asks
 * for more. `memory` has the trees; VALUE_SPARE_BYTES of it are for the caller's own use, until the
 * next value_read().
 */
enum { VALUE_SPARE_BYTES = 4 * 1024 * 1024 };

struct value_reader {
    struct arena memory;
    struct arena work;      /* for the libraries, while a value is read */
};

size_t value_reader_bytes(void);
void value_reader_init(struct value_reader *reader, struct arena *arena);

/*
 * NULL: `out_value` is the value, good until the next call; views point into `encoded` or into
 * `memory`. Else what is wrong with the bytes, for a person.
 */
const char *value_read(struct value_reader *reader, enum encoding encoding, struct bytes encoded,
                       struct value *out_value);

#endif
