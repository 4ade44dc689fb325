/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text_format.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/check.h"

static bool continues_character(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

/* How many bytes of a text that was cut after `count` bytes are whole characters. */
static size_t whole_count(const char *text, size_t count)
{
    size_t first = count;
    while (first > 0 && count - first < 3 && continues_character(text[first - 1])) {
        first--;
    }
    if (first == 0) {
        return count;
    }
    const uint8_t lead = (uint8_t)text[first - 1];
    const size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return count - (first - 1) < wanted ? first - 1 : count;
}

void text_format(char *text, size_t capacity, const char *format, va_list arguments)
{
    CHECK(capacity > 0);
    const int wanted = vsnprintf(text, capacity, format, arguments);
    if (wanted < 0) {
        text[0] = '\0';
    } else if ((size_t)wanted >= capacity) {
        text[whole_count(text, capacity - 1)] = '\0';
    }
}
