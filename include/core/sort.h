/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SORT_H
#define CORE_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Sorts `count` elements of `size` bytes (at most SORT_BYTES_MAX) in place, O(n log n) always, no
 * memory, no recursion. Not stable: `before` must tell any two elements apart whose order matters.
 */
enum { SORT_BYTES_MAX = 128 };
typedef bool sort_before(const void *context, const void *a, const void *b);
void sort_elements(void *elements, uint32_t count, size_t size, sort_before *before,
                   const void *context);

#endif
