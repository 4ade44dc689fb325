/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/zone_codec.h"

/*
 * A TZif file is a header and a data block with 32-bit times; from version 2 on a second header
 * and block with 64-bit times and a footer follow, and then only those count.
 *
 *     "TZif" version 15 zeros | six counts | transition times | their types (1 byte each)
 *     | types (6 bytes: offset 4, daylight 1, name 1) | names | leap seconds | two kinds of flags
 */

enum {
    HEADER_BYTES = 44,
    COUNTS_AT = 20,
    TYPE_BYTES = 6,
    /* RFC 9636, 3.2: what readers have to take. */
    OFFSET_SECONDS_MIN = -89999,
    OFFSET_SECONDS_MAX = 93599,
    RULE_HOURS_MAX = 167,
    ZONE_HOURS_MAX = 24,
    DAYLIGHT_DEFAULT = 3600,
    CHANGE_DEFAULT = 2 * 3600,
};

struct block {
    const uint8_t *times;
    const uint8_t *kinds;
    const uint8_t *types;
    uint32_t time_count;
    uint32_t type_count;
    uint32_t leap_count;
    size_t time_bytes;           /* 4 or 8 */
};

static uint64_t big_endian(const uint8_t *data, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) {
        value = value << 8 | data[i];
    }
    return value;
}

/* Takes header and block from the front of `*rest`. */
static bool block_take(struct bytes *rest, size_t time_bytes, struct block *out_block)
{
    if (rest->count < HEADER_BYTES || memcmp(rest->data, "TZif", 4) != 0) {
        return false;
    }
    uint64_t counts[6];          /* UT flags, standard flags, leaps, times, types, name bytes */
    for (size_t i = 0; i < 6; i++) {
        counts[i] = big_endian(rest->data + COUNTS_AT + 4 * i, 4);
    }
    const uint64_t body = counts[3] * (time_bytes + 1) + counts[4] * TYPE_BYTES + counts[5] +
                          counts[2] * (time_bytes + 4) + counts[1] + counts[0];
    if (rest->count - HEADER_BYTES < body) {
        return false;
    }
    const uint8_t *times = rest->data + HEADER_BYTES;
    *out_block = (struct block){
        .times = times,
        .kinds = times + counts[3] * time_bytes,
        .types = times + counts[3] * (time_bytes + 1),
        .time_count = (uint32_t)counts[3],
        .type_count = (uint32_t)counts[4],
        .leap_count = (uint32_t)counts[2],
        .time_bytes = time_bytes,
    };
    *rest = bytes_of(times + body, rest->count - HEADER_BYTES - (size_t)body);
    return true;
}

static int64_t block_time(const struct block *block, uint32_t index)
{
    const uint64_t bits = big_endian(block->times + index * block->time_bytes, block->time_bytes);
    return block->time_bytes == 4 ? (int32_t)(uint32_t)bits : (int64_t)bits;
}

static int32_t type_offset(const struct block *block, uint32_t type)
{
    return (int32_t)(uint32_t)big_endian(block->types + (size_t)type * TYPE_BYTES, 4);
}

static int32_t block_offset(const struct block *block, uint32_t index)
{
    return type_offset(block, block->kinds[index]);
}

static bool block_valid(const struct block *block)
{
    /* Zones that count leap seconds tell another time than Kafka and everybody else. */
    if (block->type_count == 0 || block->leap_count > 0) {
        return false;
    }
    for (uint32_t i = 0; i < block->type_count; i++) {
        const int32_t offset = type_offset(block, i);
        if (offset < OFFSET_SECONDS_MIN || offset > OFFSET_SECONDS_MAX) {
            return false;
        }
    }
    for (uint32_t i = 0; i < block->time_count; i++) {
        if (block->kinds[i] >= block->type_count ||
            (i > 0 && block_time(block, i - 1) >= block_time(block, i))) {
            return false;
        }
    }
    return true;
}

/* The newest transitions that there is room for; older times have the offset before them. */
static void rules_take_block(struct zone_rules *rules, const struct block *block)
{
    const uint32_t dropped =
        block->time_count > ZONE_TRANSITIONS_MAX ? block->time_count - ZONE_TRANSITIONS_MAX : 0;
    rules->first_offset = dropped ? block_offset(block, dropped - 1) : type_offset(block, 0);
    rules->transition_count = (int32_t)(block->time_count - dropped);
    for (uint32_t i = dropped; i < block->time_count; i++) {
        rules->transition_at[i - dropped] = block_time(block, i);
        rules->offset_after[i - dropped] = block_offset(block, i);
    }
    rules->standard_offset = block->time_count ? block_offset(block, block->time_count - 1)
                                               : rules->first_offset;
}

/* ------------------------------------------------------------------ the footer */

/*
 * The footer is a POSIX TZ text, `std offset [dst [offset] , begin , end]`. The cursor fails once
 * and for all, as a reader of bytes does; offsets are written west of UTC, kept east of it.
 */
struct footer {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static uint8_t footer_peek(const struct footer *footer)
{
    return footer->at < footer->end ? *footer->at : 0;
}

static bool footer_accept(struct footer *footer, char expected)
{
    if (footer_peek(footer) != (uint8_t)expected) {
        return false;
    }
    footer->at++;
    return true;
}

static void footer_expect(struct footer *footer, char expected)
{
    if (!footer_accept(footer, expected)) {
        footer->failed = true;
    }
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static int32_t footer_number(struct footer *footer, int32_t low, int32_t high)
{
    int32_t number = 0;
    int digits = 0;
    while (is_digit(footer_peek(footer)) && digits < 4) {
        number = number * 10 + (*footer->at++ - '0');
        digits++;
    }
    if (digits == 0 || number < low || number > high) {
        footer->failed = true;
        return low;
    }
    return number;
}

/* Letters, or anything a name may hold between < and >. It has no meaning here. */
static void footer_name(struct footer *footer)
{
    enum { NAME_BYTES_MIN = 3 };
    const bool quoted = footer_accept(footer, '<');
    const uint8_t *begin = footer->at;
    while (is_letter(footer_peek(footer)) ||
           (quoted && (is_digit(footer_peek(footer)) || footer_peek(footer) == '+' ||
                       footer_peek(footer) == '-'))) {
        footer->at++;
    }
    if (footer->at - begin < NAME_BYTES_MIN) {
        footer->failed = true;
    }
    if (quoted) {
        footer_expect(footer, '>');
    }
}

/* [+-]hh[:mm[:ss]] in seconds */
static int32_t footer_time(struct footer *footer, int32_t hours_max)
{
    const bool negative = footer_accept(footer, '-');
    if (!negative) {
        (void)footer_accept(footer, '+');
    }
    int32_t seconds = 3600 * footer_number(footer, 0, hours_max);
    if (footer_accept(footer, ':')) {
        seconds += 60 * footer_number(footer, 0, 59);
        if (footer_accept(footer, ':')) {
            seconds += footer_number(footer, 0, 59);
        }
    }
    return negative ? -seconds : seconds;
}

/* Mm.w.d, Jn or n, then [/time] */
static struct zone_change footer_change(struct footer *footer)
{
    struct zone_change change = { .second = CHANGE_DEFAULT };
    footer_expect(footer, ',');
    if (footer_accept(footer, 'M')) {
        change.kind = ZONE_CHANGE_WEEKDAY;
        change.month = footer_number(footer, 1, 12);
        footer_expect(footer, '.');
        change.week = footer_number(footer, 1, 5);
        footer_expect(footer, '.');
        change.day = footer_number(footer, 0, 6);
    } else if (footer_accept(footer, 'J')) {
        change.kind = ZONE_CHANGE_JULIAN;
        change.day = footer_number(footer, 1, 365);
    } else {
        change.kind = ZONE_CHANGE_DAY;
        change.day = footer_number(footer, 0, 365);
    }
    if (footer_accept(footer, '/')) {
        change.second = footer_time(footer, RULE_HOURS_MAX);
    }
    return change;
}

static bool rules_take_footer(struct zone_rules *rules, struct bytes text)
{
    struct footer footer = { text.data, text.data + text.count, false };
    footer_name(&footer);
    rules->standard_offset = -footer_time(&footer, ZONE_HOURS_MAX);
    if (footer.at < footer.end) {
        rules->repeats = true;
        footer_name(&footer);
        rules->daylight_offset = footer_peek(&footer) == ','
                                     ? rules->standard_offset + DAYLIGHT_DEFAULT
                                     : -footer_time(&footer, ZONE_HOURS_MAX);
        rules->daylight_begins = footer_change(&footer);
        rules->daylight_ends = footer_change(&footer);
    }
    return !footer.failed && footer.at == footer.end;
}

/* The line between the two line feeds after the last block; empty: nothing is known. */
static bool footer_take(struct bytes rest, struct bytes *out_text)
{
    if (rest.count < 2 || rest.data[0] != '\n') {
        return false;
    }
    const uint8_t *text = rest.data + 1;
    const uint8_t *end = memchr(text, '\n', rest.count - 1);
    if (!end) {
        return false;
    }
    *out_text = bytes_of(text, (size_t)(end - text));
    return true;
}

bool zone_decode(struct bytes tzif, struct zone_rules *out_rules)
{
    struct block block;
    struct bytes footer = BYTES_LITERAL("");
    struct bytes rest = tzif;
    if (!block_take(&rest, 4, &block)) {
        return false;
    }
    const bool wide = tzif.data[4] >= '2';
    if (wide && (!block_take(&rest, 8, &block) || !footer_take(rest, &footer))) {
        return false;
    }
    if (!block_valid(&block)) {
        return false;
    }
    struct zone_rules rules = { .transition_count = 0 };
    rules_take_block(&rules, &block);
    if (footer.count > 0 && !rules_take_footer(&rules, footer)) {
        return false;
    }
    *out_rules = rules;
    return true;
}
