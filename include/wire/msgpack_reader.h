/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_MSGPACK_READER_H
#define WIRE_MSGPACK_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * A cursor over MessagePack bytes from outside. The caller says which type it expects next.
 * Whatever else is there, or an end too soon, sets `failed` and moves the cursor to the end: every
 * later read fails, too, and gives zero or nothing. So the caller looks at `failed` once, after a
 * whole structure, and before it trusts anything that it read.
 *
 *     first read ... at                            end
 *     |--- read -----|--------- to be read --------|
 *
 * Nothing is read outside these bounds and nothing is allocated; views point into the bytes.
 * A count of elements is never more than the bytes left could hold.
 */
struct msgpack_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

struct msgpack_reader msgpack_reader_of(struct bytes bytes);

static inline size_t msgpack_reader_left(const struct msgpack_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* For callers that find what they read out of its range. */
void msgpack_reader_fail(struct msgpack_reader *reader);

/* The count of elements (pairs); they are read next. */
uint32_t msgpack_read_array(struct msgpack_reader *reader);
uint32_t msgpack_read_map(struct msgpack_reader *reader);

/* Fails unless the array has exactly `count` elements. */
void msgpack_read_array_of(struct msgpack_reader *reader, uint32_t count);

/* An integer from `low` to `high`, in any form. */
int64_t msgpack_read_int(struct msgpack_reader *reader, int64_t low, int64_t high);

/* An integer from 0 to `high`. */
uint64_t msgpack_read_uint(struct msgpack_reader *reader, uint64_t high);
bool msgpack_read_bool(struct msgpack_reader *reader);
struct bytes msgpack_read_text(struct msgpack_reader *reader);

/* A `bin`, or null: then data is NULL. */
struct bytes msgpack_read_binary(struct msgpack_reader *reader);

/* Passes over one value of any type and depth. */
void msgpack_read_past(struct msgpack_reader *reader);

#endif
