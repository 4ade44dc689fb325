/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/date_text.h"

#include "core/calendar.h"

/* By hand and not by printf: every document has several, and no locale may have a say. */
static char *put_digits(char *text, int32_t number, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        text[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return text + width;
}

static char *put_mark(char *text, char mark)
{
    *text = mark;
    return text + 1;
}

static char *put_date(char *text, int32_t day)
{
    const struct civil civil = civil_of(day);
    text = put_mark(put_digits(text, civil.year, 4), '-');
    text = put_mark(put_digits(text, civil.month, 2), '-');
    return put_digits(text, civil.day, 2);
}

struct bytes date_text(int32_t day, char text[DATE_TEXT_BYTES])
{
    (void)put_date(text, day);
    return bytes_of(text, DATE_TEXT_BYTES);
}

struct bytes date_text_instant(int64_t instant_ns, char text[INSTANT_TEXT_BYTES])
{
    int64_t instant_ms = instant_ns / NS_PER_MS - (instant_ns % NS_PER_MS < 0 ? 1 : 0);
    const int64_t day = instant_ms / MS_PER_DAY - (instant_ms % MS_PER_DAY < 0 ? 1 : 0);
    const int32_t ms = (int32_t)(instant_ms - day * MS_PER_DAY);
    char *at = put_mark(put_date(text, (int32_t)day), 'T');
    at = put_mark(put_digits(at, ms / 3600000, 2), ':');
    at = put_mark(put_digits(at, ms / 60000 % 60, 2), ':');
    at = put_mark(put_digits(at, ms / 1000 % 60, 2), '.');
    at = put_mark(put_digits(at, ms % 1000, 3), 'Z');
    return bytes_of(text, (size_t)(at - text));
}
