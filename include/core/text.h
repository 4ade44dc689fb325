/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/table.h"

/*
 * Identifiers of the world: texts of up to KEY_BYTES_MAX bytes (the names of lanes and documents
 * are made of several), kept in rows of four sizes. A reference names one; TEXT_NONE is no text.
 *
 *     bits 30-31: the size class    bits 0-29: the row in that class's table
 */
#define TEXT_NONE UINT32_C(0)

enum { TEXT_CLASSES = 4 };

struct texts {
    struct table classes[TEXT_CLASSES];
};

void texts_init(struct texts *texts, struct arena *arena, struct arena *spill,
                uint32_t row_count_max);

/* A copy of `bytes`; 0 where there is no room for one more. */
uint32_t text_add(struct texts *texts, struct bytes bytes);
void text_remove(struct texts *texts, uint32_t ref);

/* Empty for 0. Good while the text is there. */
struct bytes text_of(const struct texts *texts, uint32_t ref);

#endif
