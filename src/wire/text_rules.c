/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/text_rules.h"

#include "core/calendar.h"
#include "core/limits.h"

#define NS_PER_SECOND INT64_C(1000000000)

/* ------------------------------------------------------------------ UTF-8 */

enum { ASCII_STEP = 8 };

/* The bytes of the character that begins at `text`, 0 where none does; its code point, too. */
static size_t take_character(const uint8_t *text, size_t left, uint32_t *out_point)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const uint8_t lead = text[0];
    if (lead < 0x80) {
        *out_point = lead;
        return 1;
    }
    const size_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || left < count) {
        return 0;
    }
    uint32_t point = lead & (0x7fU >> count);
    for (size_t i = 1; i < count; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (text[i] & 0x3fU);
    }
    if (point < least[count] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
        return 0;
    }
    *out_point = point;
    return count;
}

/* How many bytes from the first on are ASCII, at least; less than eight may follow unseen. */
static size_t ascii_count(struct bytes text)
{
    size_t at = 0;
    for (; text.count - at >= ASCII_STEP; at += ASCII_STEP) {
        uint64_t eight;
        memcpy(&eight, text.data + at, ASCII_STEP);
        if (eight & UINT64_C(0x8080808080808080)) {
            break;
        }
    }
    return at;
}

bool text_rules_utf8(struct bytes text)
{
    size_t at = ascii_count(text);
    while (at < text.count) {
        if (text.data[at] < 0x80) {
            at++;
            continue;
        }
        uint32_t point;
        const size_t count = take_character(text.data + at, text.count - at, &point);
        if (count == 0) {
            return false;
        }
        at += count;
    }
    return true;
}

/* ------------------------------------------------------------------ identifiers */

static bool is_white(uint32_t point)
{
    return point == ' ' || (point >= 0x09 && point <= 0x0d) || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
           point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

static bool has_white_edge(struct bytes text)
{
    size_t last = text.count - 1;
    while (last > 0 && (text.data[last] & 0xc0) == 0x80) {
        last--;
    }
    uint32_t first_point = 0;
    uint32_t last_point = 0;
    (void)take_character(text.data, text.count, &first_point);
    (void)take_character(text.data + last, text.count - last, &last_point);
    return is_white(first_point) || is_white(last_point);
}

/* Nearly all identifiers: ASCII without what is forbidden, and no white space at all. */
static bool is_plain(struct bytes text)
{
    bool plain = true;
    for (size_t i = 0; i < text.count; i++) {
        plain &= text.data[i] > ' ' && text.data[i] < 0x7f && text.data[i] != '|';
    }
    return plain;
}

static const char *character_flaw(struct bytes text)
{
    for (size_t i = 0; i < text.count; i++) {
        const uint8_t byte = text.data[i];
        if (byte == '|') {
            return "has a |";
        }
        /* 0x80 to 0x9f behind 0xc2 are the C1 controls; elsewhere they end other characters. */
        const bool c1 = (byte & 0xe0) == 0x80 && i > 0 && text.data[i - 1] == 0xc2;
        if (byte < 0x20 || byte == 0x7f || c1) {
            return "has a control character";
        }
    }
    return NULL;
}

const char *text_rules_identifier_flaw(struct bytes text)
{
    if (text.count == 0) {
        return "is empty";
    }
    if (text.count > KEY_BYTES_MAX) {
        return "is longer than 128 bytes";
    }
    if (is_plain(text)) {
        return NULL;
    }
    const char *flaw = character_flaw(text);
    return flaw || !has_white_edge(text) ? flaw : "begins or ends with white space";
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_zone_character(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_' || byte == '+' || byte == '-' || byte == '/';
}

bool text_rules_zone_name(struct bytes text)
{
    if (text.count == 0 || text.count > TIME_ZONE_NAME_BYTES_MAX || text.data[0] == '/') {
        return false;
    }
    for (size_t i = 0; i < text.count; i++) {
        if (!is_zone_character(text.data[i])) {
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ dates and times */

/*
 * A text being read from the left. What is not as asked makes it `wrong`, and it stays so; the
 * values read from then on mean nothing.
 */
struct scan {
    const uint8_t *at;
    const uint8_t *end;
    bool wrong;
};

static struct scan scan_of(struct bytes text)
{
    return (struct scan){ text.data, text.data + text.count, text.count == 0 };
}

static bool scan_whole(const struct scan *scan)
{
    return !scan->wrong && scan->at == scan->end;
}

static uint8_t scan_next(const struct scan *scan)
{
    return scan->wrong || scan->at == scan->end ? 0 : *scan->at;
}

/* `digits` digits, as a number from `low` to `high`. */
static int32_t scan_number(struct scan *scan, int digits, int32_t low, int32_t high)
{
    int32_t number = 0;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(scan_next(scan))) {
            scan->wrong = true;
            return 0;
        }
        number = number * 10 + (*scan->at++ - '0');
    }
    scan->wrong = scan->wrong || number < low || number > high;
    return number;
}

/* One of two marks; which one. */
static bool scan_either(struct scan *scan, char mark, char other)
{
    const uint8_t next = scan_next(scan);
    if (next != (uint8_t)mark && next != (uint8_t)other) {
        scan->wrong = true;
        return false;
    }
    scan->at++;
    return next == (uint8_t)mark;
}

static void scan_mark(struct scan *scan, char mark)
{
    (void)scan_either(scan, mark, mark);
}

static int32_t scan_date(struct scan *scan)
{
    struct civil civil = { .year = scan_number(scan, 4, 0, 9999) };
    scan_mark(scan, '-');
    civil.month = scan_number(scan, 2, 1, 12);
    scan_mark(scan, '-');
    civil.day = scan_number(scan, 2, 1, 31);
    /* There was no year 0; in RFC 3339 there is, but nothing of it is business time. */
    scan->wrong = scan->wrong || civil.year == 0 || !civil_valid(civil);
    return scan->wrong ? 0 : civil_day(civil);
}

static int32_t scan_minute(struct scan *scan)
{
    const int32_t hour = scan_number(scan, 2, 0, 23);
    scan_mark(scan, ':');
    return hour * 60 + scan_number(scan, 2, 0, 59);
}

bool text_rules_date(struct bytes text, int32_t *out_day)
{
    struct scan scan = scan_of(text);
    const int32_t day = scan_date(&scan);
    if (!scan_whole(&scan)) {
        return false;
    }
    *out_day = day;
    return true;
}

bool text_rules_minute(struct bytes text, int32_t *out_minute)
{
    struct scan scan = scan_of(text);
    const int32_t minute = scan_minute(&scan);
    if (!scan_whole(&scan)) {
        return false;
    }
    *out_minute = minute;
    return true;
}

/* The digits behind a point, if there is one, as nanoseconds. */
static int64_t scan_fraction(struct scan *scan)
{
    if (scan_next(scan) != '.') {
        return 0;
    }
    scan->at++;
    scan->wrong = !is_digit(scan_next(scan));
    int64_t ns = 0;
    for (int64_t unit = NS_PER_MS * 100; is_digit(scan_next(scan)); unit /= 10) {
        ns += unit * (*scan->at++ - '0');
    }
    return ns;
}

/* Seconds by which local time is ahead of UTC. */
static int64_t scan_offset(struct scan *scan)
{
    const uint8_t next = scan_next(scan);
    if (next == 'Z' || next == 'z') {
        scan->at++;
        return 0;
    }
    const bool east = scan_either(scan, '+', '-');
    const int64_t seconds = scan_minute(scan) * INT64_C(60);
    return east ? seconds : -seconds;
}

bool text_rules_instant(struct bytes text, int64_t *out_ns)
{
    struct scan scan = scan_of(text);
    int64_t seconds = scan_date(&scan) * (MS_PER_DAY / 1000);
    (void)scan_either(&scan, 'T', 't');
    seconds += scan_minute(&scan) * INT64_C(60);
    scan_mark(&scan, ':');
    seconds += scan_number(&scan, 2, 0, 60);
    const int64_t fraction = scan_fraction(&scan);
    seconds -= scan_offset(&scan);
    if (!scan_whole(&scan) || seconds < TIME_NS_MIN / NS_PER_SECOND ||
        seconds >= TIME_NS_MAX / NS_PER_SECOND) {
        return false;
    }
    *out_ns = seconds * NS_PER_SECOND + fraction;
    return true;
}
