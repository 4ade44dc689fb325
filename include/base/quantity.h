/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_QUANTITY_H
#define BASE_QUANTITY_H

#include <stdint.h>

/*
 * Quantities are whole base units. One event carries at most QUANTITY_MAX of them (contract 1), so
 * nine million events of that size fit an int64_t; beyond, a sum stays at the bound instead of
 * wrapping.
 */
#define QUANTITY_MAX INT64_C(1000000000000)

static inline int64_t quantity_add(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return b < 0 ? INT64_MIN : INT64_MAX;
    }
    return sum;
}

static inline int64_t quantity_times(int64_t a, int64_t b)
{
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product)) {
        return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
    }
    return product;
}

static inline int64_t quantity_less(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t quantity_more(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

#endif
