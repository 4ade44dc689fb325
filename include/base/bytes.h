/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

/*
 * A view of bytes that somebody else owns. `data` is NULL where there is no value at all (a Kafka
 * tombstone); an empty value has data and count 0. Identifiers are compared as bytes.
 */
struct bytes {
    const uint8_t *data;
    size_t count;
};

#define BYTES_LITERAL(text) ((struct bytes){ (const uint8_t *)("" text), sizeof(text) - 1 })

static inline struct bytes bytes_of(const void *data, size_t count)
{
    return (struct bytes){ (const uint8_t *)data, count };
}

static inline struct bytes bytes_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.count == b.count && (a.count == 0 || memcmp(a.data, b.data, a.count) == 0);
}

/* Byte order, the shorter first where one begins the other: -1, 0, 1. */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
    const size_t both = a.count < b.count ? a.count : b.count;
    const int order = both ? memcmp(a.data, b.data, both) : 0;
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a.count == b.count ? 0 : a.count < b.count ? -1 : 1;
}

/*
 * Bytes being written into memory of a fixed size. What does not fit sets `overflowed` and writes
 * nothing more: the writer checks once, at the end.
 *
 *     data            data + count               data + capacity
 *      |--- written ----|--------- room ---------|
 */
struct buffer {
    uint8_t *data;
    size_t count;
    size_t capacity;
    bool overflowed;
};

static inline struct buffer buffer_of(void *data, size_t capacity)
{
    return (struct buffer){ (uint8_t *)data, 0, capacity, false };
}

static inline void buffer_put(struct buffer *buffer, const void *data, size_t count)
{
    CHECK(buffer->count <= buffer->capacity);
    if (buffer->overflowed || buffer->capacity - buffer->count < count) {
        buffer->overflowed = true;
        return;
    }
    if (count > 0) {
        memcpy(buffer->data + buffer->count, data, count);
        buffer->count += count;
    }
}

static inline void buffer_put_bytes(struct buffer *buffer, struct bytes bytes)
{
    buffer_put(buffer, bytes.data, bytes.count);
}

static inline void buffer_put_byte(struct buffer *buffer, uint8_t byte)
{
    buffer_put(buffer, &byte, 1);
}

static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return bytes_of(buffer->data, buffer->count);
}

#endif
