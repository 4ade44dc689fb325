/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "app/busy.h"

static void count_times(struct busy *busy, const char *sku, int times)
{
    for (int i = 0; i < times; i++) {
        busy_count(busy, bytes_text(sku));
    }
}

Test(busy, heaviest_comes_first)
{
    struct busy busy = { 0 };
    struct busy_item items[FIGURES_BUSY_MAX];
    uint32_t count;
    count_times(&busy, "a", 2);
    count_times(&busy, "b", 5);
    count_times(&busy, "c", 3);

    busy_list(&busy, items, &count);

    cr_assert_eq(count, 3);
    cr_assert_str_eq(items[0].sku, "b");
    cr_assert_str_eq(items[1].sku, "c");
    cr_assert_str_eq(items[2].sku, "a");
}

Test(busy, heavy_name_is_found_among_many_light_ones)
{
    struct busy busy = { 0 };
    struct busy_item items[FIGURES_BUSY_MAX];
    uint32_t count;
    for (int i = 0; i < 1000; i++) {
        char sku[16];
        (void)snprintf(sku, sizeof sku, "sku-%d", i);
        busy_count(&busy, bytes_text(sku));
        busy_count(&busy, BYTES_LITERAL("hot"));
    }

    busy_list(&busy, items, &count);

    cr_assert_gt(count, 0);
    cr_assert_str_eq(items[0].sku, "hot");
}

Test(busy, weights_fade_and_quiet_names_leave)
{
    struct busy busy = { 0 };
    struct busy_item items[FIGURES_BUSY_MAX];
    uint32_t count;
    count_times(&busy, "a", 10);

    busy_decay(&busy, 300);
    busy_list(&busy, items, &count);

    cr_assert_eq(count, 0);
}

Test(busy, list_has_at_most_its_bound)
{
    struct busy busy = { 0 };
    struct busy_item items[FIGURES_BUSY_MAX];
    uint32_t count;
    for (int i = 0; i < BUSY_SLOTS; i++) {
        char sku[16];
        (void)snprintf(sku, sizeof sku, "sku-%02d", i);
        count_times(&busy, sku, i + 1);
    }

    busy_list(&busy, items, &count);

    cr_assert_eq(count, FIGURES_BUSY_MAX);
    cr_assert_str_eq(items[0].sku, "sku-63");
    cr_assert_str_eq(items[FIGURES_BUSY_MAX - 1].sku, "sku-54");
}
