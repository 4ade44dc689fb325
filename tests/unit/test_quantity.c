/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/quantity.h"

Test(quantity, sums_and_products_in_range_are_exact)
{
    cr_assert_eq(quantity_add(QUANTITY_MAX, -1), QUANTITY_MAX - 1);
    cr_assert_eq(quantity_add(-5, 3), -2);
    cr_assert_eq(quantity_times(-4, 3), -12);
    cr_assert_eq(quantity_times(QUANTITY_MAX, 9000000), QUANTITY_MAX * 9000000);
}

Test(quantity, sums_stay_at_the_bound_instead_of_wrapping)
{
    cr_assert_eq(quantity_add(INT64_MAX, 1), INT64_MAX);
    cr_assert_eq(quantity_add(INT64_MIN, -1), INT64_MIN);
    cr_assert_eq(quantity_add(INT64_MAX, INT64_MIN), -1);
}

Test(quantity, products_stay_at_the_bound_of_their_sign)
{
    cr_assert_eq(quantity_times(INT64_MAX, 2), INT64_MAX);
    cr_assert_eq(quantity_times(INT64_MIN, -1), INT64_MAX);
    cr_assert_eq(quantity_times(INT64_MIN, 2), INT64_MIN);
    cr_assert_eq(quantity_times(QUANTITY_MAX, -QUANTITY_MAX), INT64_MIN);
}

Test(quantity, less_and_more_choose)
{
    cr_assert_eq(quantity_less(-1, 1), -1);
    cr_assert_eq(quantity_more(-1, 1), 1);
    cr_assert_eq(quantity_less(3, 3), 3);
}
