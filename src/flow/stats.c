/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/stats.h"

#include <stddef.h>

#include "base/check.h"

const double HISTOGRAM_BOUNDS[HISTOGRAM_BOUND_COUNT] = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1,      2.5,   5,      10,    30,   60,    120,  300, 600,
};

const char *const SUPPRESSION_NAMES[SUPPRESSION_COUNT] = {
    [SUPPRESSED_UNCHANGED] = "unchanged",
    [SUPPRESSED_CONFLATED] = "conflated",
    [SUPPRESSED_TOO_LARGE] = "too_large",
};

void histogram_observe_many(struct histogram *histogram, double seconds, uint64_t times)
{
    const double value = seconds > 0 ? seconds : 0;
    size_t bucket = 0;
    while (bucket < HISTOGRAM_BOUND_COUNT && value > HISTOGRAM_BOUNDS[bucket]) {
        bucket++;
    }
    histogram->buckets[bucket] += times;
    histogram->count += times;
    histogram->sum += value * (double)times;
}

void histogram_observe(struct histogram *histogram, double seconds)
{
    histogram_observe_many(histogram, seconds, 1);
}

double histogram_quantile(const struct histogram *histogram, double quantile)
{
    CHECK(quantile >= 0 && quantile <= 1);
    const double wanted = quantile * (double)histogram->count;
    double below = 0;
    double lower = 0;
    for (size_t bucket = 0; bucket < HISTOGRAM_BOUND_COUNT; bucket++) {
        const double inside = (double)histogram->buckets[bucket];
        if (inside > 0 && below + inside >= wanted) {
            return lower + (HISTOGRAM_BOUNDS[bucket] - lower) * (wanted - below) / inside;
        }
        below += inside;
        lower = HISTOGRAM_BOUNDS[bucket];
    }
    return histogram->count > 0 ? lower : 0;
}
