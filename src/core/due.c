/* SPDX-License-Identifier: Apache-2.0 */
#include "core/due.h"

_Static_assert(sizeof(struct due) == 24, "no hidden padding: rows are hashed as bytes");

void due_init(struct table *heap, struct arena *arena, struct arena *spill, uint32_t count_max)
{
    table_init(heap, arena, spill, sizeof(struct due), count_max);
}

static const struct due *at(const struct table *heap, uint32_t i)
{
    return table_row(heap, i);
}

static bool before(const struct due *a, const struct due *b)
{
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms;
    }
    return a->kind != b->kind ? a->kind < b->kind : a->row < b->row;
}

static void swap(struct table *heap, uint32_t i, uint32_t j)
{
    struct due *a = table_edit(heap, i);
    struct due *b = table_edit(heap, j);
    const struct due kept = *a;
    *a = *b;
    *b = kept;
}

/* The row taken last is the one given out next (the free list is a stack), so rows stay 1..n. */
void due_add(struct table *heap, int64_t at_ms, enum due_kind kind, uint32_t row)
{
    uint32_t i = table_add(heap);
    CHECK(i == heap->live_count);
    struct due *due = table_edit(heap, i);
    due->kind = kind;
    due->row = row;
    due->at_ms = at_ms;
    while (i > 1 && before(at(heap, i), at(heap, i / 2))) {
        swap(heap, i, i / 2);
        i /= 2;
    }
}

const struct due *due_first(const struct table *heap)
{
    return heap->live_count ? at(heap, 1) : NULL;
}

void due_take_first(struct table *heap)
{
    const uint32_t last = heap->live_count;
    CHECK(last > 0);
    if (last > 1) {
        swap(heap, 1, last);
    }
    table_remove(heap, last);
    for (uint32_t i = 1; i * 2 < last;) {
        uint32_t least = i * 2;
        if (least + 1 < last && before(at(heap, least + 1), at(heap, least))) {
            least++;
        }
        if (!before(at(heap, least), at(heap, i))) {
            break;
        }
        swap(heap, i, least);
        i = least;
    }
}
