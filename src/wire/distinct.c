/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/distinct.h"

#include "base/hash.h"

enum { DISTINCT_FEW = 16 };

struct tag {
    uint64_t hash;
    uint32_t index;
};

struct texts_view {
    const uint8_t *first;
    size_t stride;
};

static struct bytes text_at(const struct texts_view *texts, uint32_t index)
{
    struct bytes text;
    memcpy(&text, texts->first + (size_t)index * texts->stride, sizeof text);
    return text;
}

/* Length and both ends of a text as one of 64 bits: texts with different bits are different. */
static uint64_t sieve_bit(struct bytes text)
{
    if (text.count == 0) {
        return 1;
    }
    const size_t mixed = text.count * 7 + text.data[0] + 5U * text.data[text.count - 1];
    return UINT64_C(1) << (mixed & 63);
}

static bool few_distinct(const struct texts_view *texts, uint32_t count)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct bytes text = text_at(texts, i);
        const uint64_t bit = sieve_bit(text);
        for (uint32_t j = 0; (seen & bit) && j < i; j++) {
            if (bytes_equal(text, text_at(texts, j))) {
                return false;
            }
        }
        seen |= bit;
    }
    return true;
}

/* By hash, and where hashes are equal by the texts: who makes hashes equal gains nothing. */
static int tag_order(const struct texts_view *texts, const struct tag *a, const struct tag *b)
{
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return bytes_compare(text_at(texts, a->index), text_at(texts, b->index));
}

/* Merges two sorted runs that lie side by side; false where they share a text. */
static bool merge(const struct texts_view *texts, const struct tag *left, uint32_t left_count,
                  uint32_t right_count, struct tag *out)
{
    const struct tag *right = left + left_count;
    const struct tag *left_end = right;
    const struct tag *right_end = right + right_count;
    while (left < left_end && right < right_end) {
        const int order = tag_order(texts, left, right);
        if (order == 0) {
            return false;
        }
        *out++ = order < 0 ? *left++ : *right++;
    }
    memcpy(out, left, (size_t)(left_end - left) * sizeof *out);
    memcpy(out + (left_end - left), right, (size_t)(right_end - right) * sizeof *out);
    return true;
}

static uint32_t run_within(uint32_t from, uint32_t run, uint32_t count)
{
    return count - from < run ? count - from : run;
}

/* Equal texts meet in some merge at the latest in the last: no look at the result is needed. */
static bool sort_distinct(const struct texts_view *texts, struct tag *tags, struct tag *other,
                          uint32_t count)
{
    for (uint32_t run = 1; run < count; run *= 2) {
        for (uint32_t from = 0; from < count; from += 2 * run) {
            const uint32_t left = run_within(from, run, count);
            const uint32_t right = run_within(from + left, run, count);
            if (!merge(texts, tags + from, left, right, other + from)) {
                return false;
            }
        }
        struct tag *sorted = other;
        other = tags;
        tags = sorted;
    }
    return true;
}

size_t distinct_texts_bytes(uint32_t count)
{
    return 2 * ((size_t)count * sizeof(struct tag) + 16);
}

bool distinct_texts(const struct bytes *first, size_t stride, uint32_t count,
                         struct arena *scratch)
{
    const struct texts_view texts = { (const uint8_t *)first, stride };
    if (count <= DISTINCT_FEW) {
        return few_distinct(&texts, count);
    }
    const size_t used = scratch->used;
    struct tag *tags = arena_take(scratch, count * sizeof *tags);
    struct tag *other = arena_take(scratch, count * sizeof *other);
    for (uint32_t i = 0; i < count; i++) {
        tags[i] = (struct tag){ hash_bytes(text_at(&texts, i), 0), i };
    }
    const bool distinct = sort_distinct(&texts, tags, other, count);
    scratch->used = used;
    return distinct;
}
