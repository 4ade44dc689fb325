/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/bytes.h"

Test(bytes, equality_looks_at_count_and_content)
{
    cr_assert(bytes_equal(bytes_text("abc"), BYTES_LITERAL("abc")));
    cr_assert_not(bytes_equal(bytes_text("abc"), bytes_text("abd")));
    cr_assert_not(bytes_equal(bytes_text("abc"), bytes_text("ab")));
    cr_assert(bytes_equal(bytes_of(NULL, 0), bytes_text("")));
}

Test(bytes, identifiers_are_not_folded_or_trimmed)
{
    cr_assert_not(bytes_equal(bytes_text("AB"), bytes_text("ab")));
    cr_assert_not(bytes_equal(bytes_text("ab"), bytes_text("ab ")));
    cr_assert_not(bytes_equal(bytes_text("12345"), bytes_text("0012345")));
}

Test(bytes, order_is_by_unsigned_bytes_then_by_count)
{
    static const struct {
        const char *low;
        const char *high;
    } rows[] = { { "", "a" }, { "a", "b" }, { "a", "aa" }, { "ab", "b" }, { "z", "\xc3\xa4" } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct bytes low = bytes_text(rows[i].low);
        const struct bytes high = bytes_text(rows[i].high);

        cr_assert_eq(bytes_compare(low, high), -1, "row %zu", i);
        cr_assert_eq(bytes_compare(high, low), 1, "row %zu", i);
        cr_assert_eq(bytes_compare(low, low), 0, "row %zu", i);
    }
}

Test(bytes, buffer_keeps_what_was_put)
{
    char room[8];
    struct buffer buffer = buffer_of(room, sizeof room);

    buffer_put(&buffer, "abc", 3);
    buffer_put_byte(&buffer, 'd');
    buffer_put_bytes(&buffer, bytes_text("efgh"));

    cr_assert(bytes_equal(buffer_bytes(&buffer), bytes_text("abcdefgh")));
    cr_assert_not(buffer.overflowed);
}

Test(bytes, buffer_that_overflowed_takes_nothing_more)
{
    char room[4];
    struct buffer buffer = buffer_of(room, sizeof room);

    buffer_put(&buffer, "abc", 3);
    buffer_put(&buffer, "de", 2);
    buffer_put_byte(&buffer, 'f');

    cr_assert(buffer.overflowed);
    cr_assert(bytes_equal(buffer_bytes(&buffer), bytes_text("abc")));
}
