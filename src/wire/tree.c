/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tree.h"

#include "wire/msgpack_writer.h"

struct tree tree_of(enum encoding encoding, struct buffer *out)
{
    return (struct tree){ out, encoding, false };
}

static bool tree_is_json(const struct tree *tree)
{
    return tree->encoding == ENCODING_JSON;
}

/* Before every value and every name of JSON. */
static void separate(struct tree *tree)
{
    if (tree->follows) {
        buffer_put_byte(tree->out, ',');
    }
    tree->follows = true;
}

static void open_json(struct tree *tree, uint8_t bracket)
{
    separate(tree);
    buffer_put_byte(tree->out, bracket);
    tree->follows = false;
}

static void close_json(struct tree *tree, uint8_t bracket)
{
    buffer_put_byte(tree->out, bracket);
    tree->follows = true;
}

void tree_map(struct tree *tree, uint32_t count)
{
    if (tree_is_json(tree)) {
        open_json(tree, '{');
    } else {
        msgpack_write_map(tree->out, count);
    }
}

void tree_map_end(struct tree *tree)
{
    if (tree_is_json(tree)) {
        close_json(tree, '}');
    }
}

void tree_array(struct tree *tree, uint32_t count)
{
    if (tree_is_json(tree)) {
        open_json(tree, '[');
    } else {
        msgpack_write_array(tree->out, count);
    }
}

void tree_array_end(struct tree *tree)
{
    if (tree_is_json(tree)) {
        close_json(tree, ']');
    }
}

static void put_literal(struct tree *tree, const char *literal)
{
    separate(tree);
    buffer_put_bytes(tree->out, bytes_text(literal));
}

static void put_escape(struct buffer *out, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t coded[] = { '\\', 'u', '0', '0', (uint8_t)hex[byte >> 4],
                              (uint8_t)hex[byte & 15] };
    const uint8_t marked[] = { '\\', byte };
    if (byte < 0x20) {
        buffer_put(out, coded, sizeof coded);
    } else {
        buffer_put(out, marked, sizeof marked);
    }
}

static bool needs_escape(uint8_t byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\';
}

/* Runs without an escape are copied at once: almost every text is one run. */
static void put_json_text(struct buffer *out, struct bytes text)
{
    buffer_put_byte(out, '"');
    size_t copied = 0;
    for (size_t i = 0; i < text.count; i++) {
        if (needs_escape(text.data[i])) {
            buffer_put(out, text.data + copied, i - copied);
            put_escape(out, text.data[i]);
            copied = i + 1;
        }
    }
    if (copied < text.count) {
        buffer_put(out, text.data + copied, text.count - copied);
    }
    buffer_put_byte(out, '"');
}

void tree_name(struct tree *tree, const char *name)
{
    if (!tree_is_json(tree)) {
        msgpack_write_text(tree->out, bytes_text(name));
        return;
    }
    separate(tree);
    put_json_text(tree->out, bytes_text(name));
    buffer_put_byte(tree->out, ':');
    tree->follows = false;
}

void tree_text(struct tree *tree, struct bytes text)
{
    if (tree_is_json(tree)) {
        separate(tree);
        put_json_text(tree->out, text);
    } else {
        msgpack_write_text(tree->out, text);
    }
}

void tree_null(struct tree *tree)
{
    if (tree_is_json(tree)) {
        put_literal(tree, "null");
    } else {
        msgpack_write_null(tree->out);
    }
}

void tree_bool(struct tree *tree, bool value)
{
    if (tree_is_json(tree)) {
        put_literal(tree, value ? "true" : "false");
    } else {
        msgpack_write_bool(tree->out, value);
    }
}

/* At least `width_min` digits. */
static void put_digits(struct buffer *out, uint64_t value, int width_min)
{
    uint8_t digits[20];
    int first = (int)sizeof digits;
    do {
        digits[--first] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0 || (int)sizeof digits - first < width_min);
    buffer_put(out, digits + first, sizeof digits - (size_t)first);
}

/* Puts the sign where there is one and returns the rest. */
static uint64_t put_sign(struct buffer *out, int64_t value)
{
    if (value >= 0) {
        return (uint64_t)value;
    }
    buffer_put_byte(out, '-');
    return UINT64_C(0) - (uint64_t)value;
}

void tree_uint(struct tree *tree, uint64_t value)
{
    if (tree_is_json(tree)) {
        separate(tree);
        put_digits(tree->out, value, 1);
    } else {
        msgpack_write_uint(tree->out, value);
    }
}

void tree_int(struct tree *tree, int64_t value)
{
    if (tree_is_json(tree)) {
        separate(tree);
        put_digits(tree->out, put_sign(tree->out, value), 1);
    } else {
        msgpack_write_int(tree->out, value);
    }
}

void tree_thousandths(struct tree *tree, int64_t value)
{
    if (!tree_is_json(tree)) {
        msgpack_write_double(tree->out, (double)value / 1000.0);
        return;
    }
    separate(tree);
    const uint64_t rest = put_sign(tree->out, value);
    put_digits(tree->out, rest / 1000, 1);
    buffer_put_byte(tree->out, '.');
    put_digits(tree->out, rest % 1000, 3);
}
