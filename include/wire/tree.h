/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_TREE_H
#define WIRE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum encoding { ENCODING_MSGPACK, ENCODING_JSON };

/*
 * A tree of values being written, in one of two encodings with the same names and the same content.
 * Maps and arrays are begun with their count of pairs or elements, which the caller then writes,
 * and ended. In a map a name stands before every value.
 *
 * JSON text is compact. Texts are UTF-8 and stay it; only `"`, `\` and control characters are
 * escaped. MessagePack takes the shortest forms. Numbers look the same in every locale.
 */
struct tree {
    struct buffer *out;
    enum encoding encoding;
    bool follows;            /* JSON: a value was written before in this map or array */
};

struct tree tree_of(enum encoding encoding, struct buffer *out);

void tree_map(struct tree *tree, uint32_t count);
void tree_map_end(struct tree *tree);
void tree_array(struct tree *tree, uint32_t count);
void tree_array_end(struct tree *tree);
void tree_name(struct tree *tree, const char *name);

void tree_null(struct tree *tree);
void tree_bool(struct tree *tree, bool value);
void tree_int(struct tree *tree, int64_t value);
void tree_uint(struct tree *tree, uint64_t value);
void tree_text(struct tree *tree, struct bytes text);

/* A number with three digits after the point, `value` / 1000. */
void tree_thousandths(struct tree *tree, int64_t value);

#endif
