/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/arena.h"

static _Alignas(16) uint8_t region[256];

Test(arena, takes_are_aligned_and_do_not_overlap)
{
    struct arena arena = arena_of(region, sizeof region);

    uint8_t *first = arena_take(&arena, 3);
    uint8_t *second = arena_take(&arena, 17);
    uint8_t *third = arena_take(&arena, 1);

    cr_assert_eq((uintptr_t)first % 16, 0);
    cr_assert_eq(second - first, 16);
    cr_assert_eq(third - second, 32);
}

Test(arena, try_refuses_what_does_not_fit_and_takes_nothing)
{
    struct arena arena = arena_of(region, sizeof region);

    void *larger = arena_try(&arena, sizeof region + 1);
    void *wrapping = arena_try(&arena, SIZE_MAX);

    cr_assert_null(larger);
    cr_assert_null(wrapping);
    cr_assert_eq(arena.used, 0);
}

Test(arena, whole_region_can_be_taken)
{
    struct arena arena = arena_of(region, sizeof region);

    void *all = arena_try(&arena, sizeof region);
    void *more = arena_try(&arena, 1);

    cr_assert_eq(all, region);
    cr_assert_null(more);
}

Test(arena, reset_gives_everything_back)
{
    struct arena arena = arena_of(region, sizeof region);
    (void)arena_take(&arena, 100);

    arena_reset(&arena);

    cr_assert_eq(arena_take(&arena, sizeof region), region);
}
