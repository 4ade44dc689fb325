/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sort.h"

#include <string.h>

#include "base/check.h"

struct sorting {
    uint8_t *elements;
    size_t size;
    sort_before *before;
    const void *context;
};

static void *element(const struct sorting *sorting, uint32_t i)
{
    return sorting->elements + i * sorting->size;
}

static bool is_before(const struct sorting *sorting, uint32_t a, uint32_t b)
{
    return sorting->before(sorting->context, element(sorting, a), element(sorting, b));
}

static void swap(const struct sorting *sorting, uint32_t a, uint32_t b)
{
    uint8_t kept[SORT_BYTES_MAX];
    memcpy(kept, element(sorting, a), sorting->size);
    memcpy(element(sorting, a), element(sorting, b), sorting->size);
    memcpy(element(sorting, b), kept, sorting->size);
}

static void sift(const struct sorting *sorting, uint32_t root, uint32_t count)
{
    for (uint32_t child = root * 2 + 1; child < count; child = root * 2 + 1) {
        if (child + 1 < count && is_before(sorting, child, child + 1)) {
            child++;
        }
        if (!is_before(sorting, root, child)) {
            return;
        }
        swap(sorting, root, child);
        root = child;
    }
}

void sort_elements(void *elements, uint32_t count, size_t size, sort_before *before,
                   const void *context)
{
    CHECK(size <= SORT_BYTES_MAX);
    const struct sorting sorting = { elements, size, before, context };
    /* What comes in order, as most does, is looked at once. */
    uint32_t sorted = 1;
    while (sorted < count && !is_before(&sorting, sorted, sorted - 1)) {
        sorted++;
    }
    if (sorted >= count) {
        return;
    }
    for (uint32_t i = count / 2; i-- > 0;) {
        sift(&sorting, i, count);
    }
    for (uint32_t last = count; last-- > 1;) {
        swap(&sorting, 0, last);
        sift(&sorting, 0, last);
    }
}
