/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "flow/stats.h"

Test(stats, value_on_a_bound_is_in_that_bucket)
{
    struct histogram histogram = { 0 };

    histogram_observe(&histogram, HISTOGRAM_BOUNDS[3]);

    cr_assert_eq(histogram.buckets[3], 1);
    cr_assert_eq(histogram.count, 1);
}

Test(stats, value_above_all_bounds_is_counted)
{
    struct histogram histogram = { 0 };

    histogram_observe(&histogram, 100000);

    cr_assert_eq(histogram.buckets[HISTOGRAM_BOUND_COUNT], 1);
    cr_assert_float_eq(histogram.sum, 100000, 1e-9);
}

Test(stats, negative_value_counts_as_zero)
{
    struct histogram histogram = { 0 };

    histogram_observe(&histogram, -3);

    cr_assert_eq(histogram.buckets[0], 1);
    cr_assert_float_eq(histogram.sum, 0, 1e-9);
}

Test(stats, many_equal_values_add_up)
{
    struct histogram histogram = { 0 };

    histogram_observe_many(&histogram, 0.25, 8);

    cr_assert_eq(histogram.count, 8);
    cr_assert_float_eq(histogram.sum, 2, 1e-9);
}

Test(stats, quantile_lies_within_the_bucket_of_the_value)
{
    struct histogram histogram = { 0 };
    histogram_observe_many(&histogram, 0.004, 99);
    histogram_observe_many(&histogram, 9, 1);

    const double median = histogram_quantile(&histogram, 0.5);
    const double highest = histogram_quantile(&histogram, 1);

    cr_assert(median > 0.0025 && median <= 0.005);
    cr_assert(highest > 5 && highest <= 10);
}

Test(stats, quantile_without_values_is_zero)
{
    const struct histogram histogram = { 0 };

    cr_assert_float_eq(histogram_quantile(&histogram, 0.99), 0, 1e-9);
}

Test(stats, bounds_rise)
{
    for (int i = 1; i < HISTOGRAM_BOUND_COUNT; i++) {
        cr_assert(HISTOGRAM_BOUNDS[i] > HISTOGRAM_BOUNDS[i - 1]);
    }
}
