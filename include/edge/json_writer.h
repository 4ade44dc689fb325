/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_JSON_WRITER_H
#define EDGE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * Writes JSON on one line into a buffer: the writer puts the commas, the caller the structure.
 * What does not fit shows in the buffer's `overflowed`.
 */
struct json_writer {
    struct buffer *out;
    bool comma;           /* the next value needs one before it */
};

static inline struct json_writer json_writer_of(struct buffer *out)
{
    return (struct json_writer){ out, false };
}

void json_write_begin(struct json_writer *writer, char bracket);   /* '{' or '[' */
void json_write_end(struct json_writer *writer, char bracket);     /* '}' or ']' */
void json_write_key(struct json_writer *writer, const char *key);
void json_write_key_bytes(struct json_writer *writer, struct bytes key);

/* Bytes that are not UTF-8 become U+FFFD; data NULL becomes null. */
void json_write_bytes(struct json_writer *writer, struct bytes text);
void json_write_text(struct json_writer *writer, const char *text);
void json_write_integer(struct json_writer *writer, int64_t number);
void json_write_unsigned(struct json_writer *writer, uint64_t number);
/* With up to 6 digits after the point, whatever the locale; what is not finite becomes null. */
void json_write_real(struct json_writer *writer, double number);
void json_write_bool(struct json_writer *writer, bool value);
void json_write_null(struct json_writer *writer);
/* A value that is JSON already. */
void json_write_raw(struct json_writer *writer, struct bytes json);

#endif
