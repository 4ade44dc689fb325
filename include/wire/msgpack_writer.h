/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_MSGPACK_WRITER_H
#define WIRE_MSGPACK_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * MessagePack values into a buffer, each in its shortest form, so that equal values are equal
 * bytes: the journal's ids are hashes of them. Text is written as it is, without a look at UTF-8.
 * Nothing here fails; what does not fit shows in out->overflowed.
 */
void msgpack_write_null(struct buffer *out);
void msgpack_write_bool(struct buffer *out, bool value);
void msgpack_write_uint(struct buffer *out, uint64_t value);
void msgpack_write_int(struct buffer *out, int64_t value);
void msgpack_write_double(struct buffer *out, double value);
void msgpack_write_text(struct buffer *out, struct bytes text);

/* A `bin`; null where data is NULL. */
void msgpack_write_binary(struct buffer *out, struct bytes bytes);

/* The header only: the elements (for a map the keys and values in turn) are written next. */
void msgpack_write_array(struct buffer *out, uint32_t count);
void msgpack_write_map(struct buffer *out, uint32_t count);

#endif
