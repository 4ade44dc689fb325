/* SPDX-License-Identifier: Apache-2.0 */

/*
 * JSON to values. yajl calls back for every token; a map or an array is put together from what lies
 * above its mark on a stack when it ends. yajl takes its memory from ours, which is all given back
 * when the next value is read. It takes more than JSON in two places, so these are judged before:
 * bytes that are not UTF-8, and escapes of half a character. Numbers come as their text: a double
 * would not do.
 */
#include <yajl/yajl_parse.h>

#include "value_parts.h"
#include "wire/text_rules.h"

enum {
    /* yajl doubles two buffers, for a text with escapes and for a token cut off at the end. Each
     * ends below twice the value's size, and so does the sum of what it was before. */
    YAJL_BYTES = 8 * VALUE_BYTES_MAX + 64 * 1024,
    /* Every value and every name has at least two bytes, with what separates it from the next. */
    STACK_MAX = VALUE_BYTES_MAX / 2 + 2 * VALUE_DEPTH_MAX,
};

struct builder {
    struct value_reader *reader;
    struct bytes encoded;
    struct value *stack;
    uint32_t stack_count;
    uint32_t marks[VALUE_DEPTH_MAX];   /* where the open maps and arrays begin on the stack */
    uint32_t depth;
    const char *flaw;
};

/* ------------------------------------------------------------------ memory for yajl */

struct block {
    size_t bytes;
    uint8_t data[] __attribute__((aligned(16)));
};

static void *yajl_take(void *context, size_t bytes)
{
    struct block *block = arena_take(context, sizeof *block + bytes);
    block->bytes = bytes;
    return block->data;
}

static void yajl_give(void *context, void *data)
{
    (void)context;
    (void)data;
}

static void *yajl_retake(void *context, void *data, size_t bytes)
{
    void *larger = yajl_take(context, bytes);
    if (data) {
        const struct block *block =
            (const struct block *)(void *)((uint8_t *)data - offsetof(struct block, data));
        memcpy(larger, data, block->bytes < bytes ? block->bytes : bytes);
    }
    return larger;
}

/* ------------------------------------------------------------------ numbers */

/* digits × 10^power; `digits` does not end in 0 unless it is 0. */
struct decimal {
    uint64_t digits;
    int64_t power;
    bool negative;
    bool too_long;           /* more digits than 64 bits hold: no whole number that we know */
};

static bool times_ten(uint64_t *number, int64_t power)
{
    for (int64_t i = 0; i < power; i++) {
        if (__builtin_mul_overflow(*number, UINT64_C(10), number)) {
            return false;
        }
    }
    return true;
}

/* Zeros are held back until another digit follows them: those at the end belong to the power. */
static void decimal_digit(struct decimal *decimal, uint32_t digit, int64_t *zeros)
{
    if (digit == 0) {
        *zeros += 1;
        return;
    }
    if (decimal->digits > 0 && !times_ten(&decimal->digits, *zeros + 1)) {
        decimal->too_long = true;
    }
    if (__builtin_add_overflow(decimal->digits, digit, &decimal->digits)) {
        decimal->too_long = true;
    }
    *zeros = 0;
}

/* An exponent beyond what a text of this size can make up for stays where it is. */
static int64_t exponent_of(const uint8_t *at, const uint8_t *end)
{
    const bool negative = at < end && *at == '-';
    int64_t exponent = 0;
    for (at += at < end && (*at == '-' || *at == '+'); at < end; at++) {
        if (exponent < 16 * (int64_t)VALUE_BYTES_MAX) {
            exponent = exponent * 10 + (*at - '0');
        }
    }
    return negative ? -exponent : exponent;
}

/* `text` is a number by JSON's grammar. */
static struct decimal decimal_of(struct bytes text)
{
    const uint8_t *at = text.data;
    const uint8_t *end = text.data + text.count;
    struct decimal decimal = { .negative = *at == '-' };
    int64_t zeros = 0;
    bool fraction = false;
    for (at += decimal.negative; at < end && *at != 'e' && *at != 'E' && !decimal.too_long; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        decimal.power -= fraction;
        decimal_digit(&decimal, *at - (uint32_t)'0', &zeros);
    }
    if (!decimal.too_long) {
        decimal.power += zeros + (at < end ? exponent_of(at + 1, end) : 0);
    }
    return decimal;
}

static struct value number_of(struct bytes text)
{
    const struct value fraction = { .kind = VALUE_FRACTION };
    struct decimal decimal = decimal_of(text);
    if (decimal.digits == 0 && !decimal.too_long) {
        return (struct value){ .kind = VALUE_INTEGER, .integer = 0 };
    }
    if (decimal.too_long || decimal.power < 0 || !times_ten(&decimal.digits, decimal.power) ||
        decimal.digits > INT64_MAX) {
        return fraction;
    }
    const int64_t size = (int64_t)decimal.digits;
    return (struct value){ .kind = VALUE_INTEGER, .integer = decimal.negative ? -size : size };
}

/* ------------------------------------------------------------------ callbacks */

/* They return 1 to go on and 0 to stop. */

static int push(struct builder *builder, struct value value)
{
    CHECK(builder->stack_count < STACK_MAX);
    builder->stack[builder->stack_count++] = value;
    return 1;
}

static int on_null(void *context)
{
    return push(context, (struct value){ .kind = VALUE_NULL });
}

static int on_bool(void *context, int truth)
{
    return push(context, (struct value){ .kind = VALUE_BOOL, .truth = truth != 0 });
}

static int on_number(void *context, const char *text, size_t count)
{
    return push(context, number_of(bytes_of(text, count)));
}

/* A text without escapes lies in the value itself; another in a buffer that yajl uses again. */
static int on_text(void *context, const unsigned char *text, size_t count)
{
    struct builder *builder = context;
    const uintptr_t first = (uintptr_t)builder->encoded.data;
    if ((uintptr_t)text < first || (uintptr_t)text >= first + builder->encoded.count) {
        uint8_t *copy = arena_take(&builder->reader->memory, count);
        memcpy(copy, text, count);
        text = copy;
    }
    return push(builder, (struct value){ VALUE_TEXT, (uint32_t)count, { .data = text } });
}

static int on_open(void *context)
{
    struct builder *builder = context;
    if (builder->depth == VALUE_DEPTH_MAX) {
        builder->flaw = VALUE_TOO_DEEP;
        return 0;
    }
    builder->marks[builder->depth++] = builder->stack_count;
    return 1;
}

/* Takes what lies above the innermost mark off the stack; it is still there to be copied. */
static const struct value *close(struct builder *builder, uint32_t *out_count)
{
    const uint32_t mark = builder->marks[--builder->depth];
    *out_count = builder->stack_count - mark;
    builder->stack_count = mark;
    return builder->stack + mark;
}

static int on_array_end(void *context)
{
    struct builder *builder = context;
    uint32_t count;
    const struct value *closed = close(builder, &count);
    struct value *items = arena_take(&builder->reader->memory, count * sizeof *items);
    memcpy(items, closed, count * sizeof *items);
    return push(builder, (struct value){ VALUE_ARRAY, count, { .items = items } });
}

static int on_map_end(void *context)
{
    struct builder *builder = context;
    uint32_t count;
    const struct value *closed = close(builder, &count);
    count /= 2;
    struct value_member *members =
        arena_take(&builder->reader->memory, count * sizeof *members);
    for (uint32_t i = 0; i < count; i++) {
        members[i] = (struct value_member){ value_bytes(&closed[2 * i]), closed[2 * i + 1] };
    }
    const struct value map = { VALUE_MAP, count, { .members = members } };
    if (!value_names_distinct(builder->reader, &map)) {
        builder->flaw = VALUE_NAME_TWICE;
        return 0;
    }
    return push(builder, map);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_open,
    .yajl_map_key = on_text,
    .yajl_end_map = on_map_end,
    .yajl_start_array = on_open,
    .yajl_end_array = on_array_end,
};

/* ------------------------------------------------------------------ escapes */

/* The four hex digits of a \u escape that begins at `at`, or -1. */
static int32_t escaped_unit(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    int32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        const uint8_t lower = at[i] | 0x20;
        const bool digit = at[i] >= '0' && at[i] <= '9';
        if (!digit && (lower < 'a' || lower > 'f')) {
            return -1;
        }
        unit = unit * 16 + (digit ? at[i] - '0' : lower - 'a' + 10);
    }
    return unit;
}

/* Surrogates stand in pairs, the high one first; alone they are no character. */
static bool escapes_whole(struct bytes encoded)
{
    const uint8_t *at = encoded.data;
    const uint8_t *end = encoded.data + encoded.count;
    while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        const int32_t unit = escaped_unit(at, end);
        if (unit >= 0xdc00 && unit <= 0xdfff) {
            return false;
        }
        if (unit >= 0xd800 && unit <= 0xdbff) {
            const int32_t low = escaped_unit(at + 6, end);
            if (low < 0xdc00 || low > 0xdfff) {
                return false;
            }
            at += 6;
        }
        /* Of other escapes the character behind is passed over: it may be a backslash. */
        at += unit >= 0 ? 6 : end - at > 1 ? 2 : 1;
    }
    return true;
}

/* ------------------------------------------------------------------ reading */

size_t value_json_work_bytes(void)
{
    return YAJL_BYTES + (size_t)STACK_MAX * sizeof(struct value);
}

const char *value_json_read(struct value_reader *reader, struct bytes encoded,
                            struct value *out_value)
{
    if (!text_rules_utf8(encoded) || !escapes_whole(encoded)) {
        return VALUE_NOT_UTF8;
    }
    struct builder builder = { .reader = reader, .encoded = encoded };
    builder.stack = arena_take(&reader->work, (size_t)STACK_MAX * sizeof *builder.stack);
    yajl_alloc_funcs memory = { yajl_take, yajl_retake, yajl_give, &reader->work };
    const yajl_handle handle = yajl_alloc(&callbacks, &memory, &builder);
    yajl_config(handle, yajl_dont_validate_strings, 1);
    if (yajl_parse(handle, encoded.data, encoded.count) != yajl_status_ok ||
        yajl_complete_parse(handle) != yajl_status_ok) {
        return builder.flaw ? builder.flaw : "not JSON";
    }
    CHECK(builder.depth == 0 && builder.stack_count == 1);
    *out_value = builder.stack[0];
    return NULL;
}
