/* SPDX-License-Identifier: Apache-2.0 */
#include "core/text.h"

#include "core/limits.h"

/* live (4 bytes), length (1 byte), then the bytes. */
enum { TEXT_HEAD_BYTES = 5, TEXT_CLASS_SHIFT = 30 };
static const uint32_t class_row_bytes[TEXT_CLASSES] = { 16, 32, 64, 136 };
_Static_assert(136 - TEXT_HEAD_BYTES >= KEY_BYTES_MAX, "the largest class takes every identifier");

void texts_init(struct texts *texts, struct arena *arena, struct arena *spill,
                uint32_t row_count_max)
{
    CHECK(row_count_max < UINT32_C(1) << TEXT_CLASS_SHIFT);
    for (uint32_t i = 0; i < TEXT_CLASSES; i++) {
        table_init(&texts->classes[i], arena, spill, class_row_bytes[i], row_count_max);
    }
}

uint32_t text_add(struct texts *texts, struct bytes bytes)
{
    CHECK(bytes.count > 0 && bytes.count <= KEY_BYTES_MAX);
    uint32_t size_class = 0;
    while (class_row_bytes[size_class] - TEXT_HEAD_BYTES < bytes.count) {
        size_class++;
    }
    const uint32_t row = table_add(&texts->classes[size_class]);
    if (!row) {
        return TEXT_NONE;
    }
    uint8_t *text = table_edit(&texts->classes[size_class], row);
    text[TEXT_HEAD_BYTES - 1] = (uint8_t)bytes.count;
    memcpy(text + TEXT_HEAD_BYTES, bytes.data, bytes.count);
    return size_class << TEXT_CLASS_SHIFT | row;
}

static uint32_t ref_row(uint32_t ref)
{
    return ref & ((UINT32_C(1) << TEXT_CLASS_SHIFT) - 1);
}

void text_remove(struct texts *texts, uint32_t ref)
{
    CHECK(ref != TEXT_NONE);
    table_remove(&texts->classes[ref >> TEXT_CLASS_SHIFT], ref_row(ref));
}

struct bytes text_of(const struct texts *texts, uint32_t ref)
{
    if (ref == TEXT_NONE) {
        return bytes_of("", 0);
    }
    const uint8_t *text = table_row(&texts->classes[ref >> TEXT_CLASS_SHIFT], ref_row(ref));
    return bytes_of(text + TEXT_HEAD_BYTES, text[TEXT_HEAD_BYTES - 1]);
}
