/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_VALUE_PARTS_H
#define WIRE_VALUE_PARTS_H

#include "core/limits.h"
#include "wire/value.h"

/*
 * value.c and the two decoders behind it. Each decoder is told how much work memory it needs at
 * most, and returns what is wrong or NULL, as value_read() does. Values have at most
 * VALUE_BYTES_MAX bytes.
 */
size_t value_msgpack_work_bytes(void);
const char *value_msgpack_read(struct value_reader *reader, struct bytes encoded,
                               struct value *out_value);

size_t value_json_work_bytes(void);
const char *value_json_read(struct value_reader *reader, struct bytes encoded,
                            struct value *out_value);

/* What both say of the same fault. */
extern const char *const VALUE_TOO_DEEP;
extern const char *const VALUE_NOT_UTF8;
extern const char *const VALUE_NAME_TWICE;

/* False where a name stands twice. */
bool value_names_distinct(struct value_reader *reader, const struct value *map);


#endif
