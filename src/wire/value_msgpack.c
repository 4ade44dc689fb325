/* SPDX-License-Identifier: Apache-2.0 */

/*
 * MessagePack to values. The headers of what comes from outside promise how much follows them, and
 * msgpack-c believes them: it takes memory for the number of elements that a header names. So a
 * guard walks the bytes first. What it lets pass is whole, no deeper than allowed and needs no more
 * objects than it has bytes: they fit a zone made of our own memory, and msgpack-c never asks the
 * system for any.
 */
#include <msgpack.h>

#include "value_parts.h"
#include "wire/text_rules.h"

/* ------------------------------------------------------------------ guard */

/* What a first byte says of the value that it begins. */
struct token {
    uint64_t payload_bytes;
    uint64_t children;
    bool opens;              /* a map or an array */
};

struct guard {
    const uint8_t *at;
    const uint8_t *end;
    const char *flaw;
};

static uint64_t guard_left(const struct guard *guard)
{
    return (uint64_t)(guard->end - guard->at);
}

static uint64_t take_length(struct guard *guard, uint32_t width)
{
    if (guard_left(guard) < width) {
        guard->flaw = "MessagePack that ends too soon";
        return 0;
    }
    uint64_t length = 0;
    for (uint32_t i = 0; i < width; i++) {
        length = length << 8 | *guard->at++;
    }
    return length;
}

/* The forms from 0xc0 to 0xdf: how wide their length is and what is fixed about them. */
struct form {
    uint8_t length_bytes;
    uint8_t payload_bytes;
    uint8_t children_each;   /* of a unit of length; 0: the length counts bytes */
};

static struct token take_wide(struct guard *guard, uint8_t first)
{
    static const struct form forms[32] = {
        [0x04] = { 1, 0, 0 }, { 2, 0, 0 }, { 4, 0, 0 },                       /* bin */
        [0x07] = { 1, 1, 0 }, { 2, 1, 0 }, { 4, 1, 0 },                       /* ext */
        [0x0a] = { 0, 4, 0 }, { 0, 8, 0 },                                    /* float */
        [0x0c] = { 0, 1, 0 }, { 0, 2, 0 }, { 0, 4, 0 }, { 0, 8, 0 },          /* uint */
        [0x10] = { 0, 1, 0 }, { 0, 2, 0 }, { 0, 4, 0 }, { 0, 8, 0 },          /* int */
        [0x14] = { 0, 2, 0 }, { 0, 3, 0 }, { 0, 5, 0 }, { 0, 9, 0 }, { 0, 17, 0 }, /* fixext */
        [0x19] = { 1, 0, 0 }, { 2, 0, 0 }, { 4, 0, 0 },                       /* str */
        [0x1c] = { 2, 0, 1 }, { 4, 0, 1 },                                    /* array */
        [0x1e] = { 2, 0, 2 }, { 4, 0, 2 },                                    /* map */
    };
    const struct form form = forms[first & 0x1f];
    if (first == 0xc1) {
        guard->flaw = "a byte that MessagePack never uses";
    }
    const uint64_t length = take_length(guard, form.length_bytes);
    return form.children_each > 0
               ? (struct token){ 0, length * form.children_each, true }
               : (struct token){ length + form.payload_bytes, 0, false };
}

static struct token take_token(struct guard *guard)
{
    const uint8_t first = (uint8_t)take_length(guard, 1);
    if (first < 0x80 || first >= 0xe0) {
        return (struct token){ 0, 0, false };
    }
    if (first < 0x90) {
        return (struct token){ 0, (first & 0x0fU) * 2U, true };
    }
    if (first < 0xa0) {
        return (struct token){ 0, first & 0x0fU, true };
    }
    if (first < 0xc0) {
        return (struct token){ first & 0x1fU, 0, false };
    }
    return take_wide(guard, first);
}

static const char *guard_flaw(struct bytes encoded)
{
    struct guard guard = { encoded.data, encoded.data + encoded.count, NULL };
    uint64_t owed[VALUE_DEPTH_MAX + 1] = { 1 };
    uint32_t depth = 0;
    while (depth > 0 || owed[0] > 0) {
        if (owed[depth] == 0) {
            depth--;
            continue;
        }
        owed[depth]--;
        const struct token token = take_token(&guard);
        if (guard.flaw) {
            return guard.flaw;
        }
        if (token.payload_bytes > guard_left(&guard) || token.children > guard_left(&guard)) {
            return "MessagePack that ends too soon";
        }
        guard.at += token.payload_bytes;
        if (token.opens && depth == VALUE_DEPTH_MAX) {
            return VALUE_TOO_DEEP;
        }
        if (token.opens) {
            owed[++depth] = token.children;
        }
    }
    return guard.at == guard.end ? NULL : "bytes behind the value";
}

/* ------------------------------------------------------------------ tree */

static struct value from_float(double number)
{
    /* The bounds are the doubles next to those of int64_t; NaN is between none. */
    if (number >= -0x1p63 && number < 0x1p63 && (double)(int64_t)number == number) {
        return (struct value){ .kind = VALUE_INTEGER, .integer = (int64_t)number };
    }
    return (struct value){ .kind = VALUE_FRACTION };
}

static struct value from_unsigned(uint64_t number)
{
    if (number > INT64_MAX) {
        return (struct value){ .kind = VALUE_FRACTION };
    }
    return (struct value){ .kind = VALUE_INTEGER, .integer = (int64_t)number };
}

static struct value from_scalar(const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        return (struct value){ .kind = VALUE_BOOL, .truth = object->via.boolean };
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return from_unsigned(object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return (struct value){ .kind = VALUE_INTEGER, .integer = object->via.i64 };
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return from_float(object->via.f64);
    case MSGPACK_OBJECT_BIN:
        return (struct value){ VALUE_BINARY, object->via.bin.size,
                               { .data = (const uint8_t *)object->via.bin.ptr } };
    case MSGPACK_OBJECT_EXT:
        /* msgpack-c points behind the type, which is the byte before. */
        return (struct value){ VALUE_EXTENSION, object->via.ext.size + 1,
                               { .data = (const uint8_t *)object->via.ext.ptr - 1 } };
    default:
        return (struct value){ .kind = VALUE_NULL };
    }
}

static const char *from_text(const msgpack_object *object, struct value *out)
{
    const msgpack_object_str text = object->via.str;
    *out = (struct value){ VALUE_TEXT, text.size, { .data = (const uint8_t *)text.ptr } };
    return text_rules_utf8(value_bytes(out)) ? NULL : VALUE_NOT_UTF8;
}

static const char *from_object(struct value_reader *reader, const msgpack_object *object,
                               struct value *out);

static const char *from_array(struct value_reader *reader, const msgpack_object_array *array,
                              struct value *out)
{
    struct value *items = arena_take(&reader->memory, array->size * sizeof *items);
    *out = (struct value){ VALUE_ARRAY, array->size, { .items = items } };
    const char *flaw = NULL;
    for (uint32_t i = 0; i < array->size && !flaw; i++) {
        flaw = from_object(reader, &array->ptr[i], &items[i]);
    }
    return flaw;
}

static const char *from_member(struct value_reader *reader, const msgpack_object_kv *pair,
                               struct value_member *out)
{
    struct value name;
    if (pair->key.type != MSGPACK_OBJECT_STR) {
        return "a map with a name that is not text";
    }
    const char *flaw = from_text(&pair->key, &name);
    out->name = value_bytes(&name);
    return flaw ? flaw : from_object(reader, &pair->val, &out->value);
}

static const char *from_map(struct value_reader *reader, const msgpack_object_map *map,
                            struct value *out)
{
    struct value_member *members = arena_take(&reader->memory, map->size * sizeof *members);
    *out = (struct value){ VALUE_MAP, map->size, { .members = members } };
    const char *flaw = NULL;
    for (uint32_t i = 0; i < map->size && !flaw; i++) {
        flaw = from_member(reader, &map->ptr[i], &members[i]);
    }
    if (!flaw && !value_names_distinct(reader, out)) {
        flaw = VALUE_NAME_TWICE;
    }
    return flaw;
}

/* Calls itself at most VALUE_DEPTH_MAX deep: the guard saw to that. */
static const char *from_object(struct value_reader *reader, const msgpack_object *object,
                               struct value *out)
{
    switch (object->type) {
    case MSGPACK_OBJECT_STR:
        return from_text(object, out);
    case MSGPACK_OBJECT_ARRAY:
        return from_array(reader, &object->via.array, out);
    case MSGPACK_OBJECT_MAP:
        return from_map(reader, &object->via.map, out);
    default:
        *out = from_scalar(object);
        return NULL;
    }
}

/* ------------------------------------------------------------------ reading */

size_t value_msgpack_work_bytes(void)
{
    return VALUE_BYTES_MAX * sizeof(msgpack_object);
}

const char *value_msgpack_read(struct value_reader *reader, struct bytes encoded,
                               struct value *out_value)
{
    const char *flaw = guard_flaw(encoded);
    if (flaw) {
        return flaw;
    }
    msgpack_zone zone = { .chunk_list = { .free = reader->work.capacity,
                                          .ptr = (char *)reader->work.base } };
    msgpack_object object;
    const msgpack_unpack_return result =
        msgpack_unpack((const char *)encoded.data, encoded.count, NULL, &zone, &object);
    CHECK(zone.chunk_list.head == NULL);   /* it never asked for more */
    if (result != MSGPACK_UNPACK_SUCCESS) {
        return "not MessagePack";
    }
    return from_object(reader, &object, out_value);
}
