/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_DISTINCT_H
#define WIRE_DISTINCT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

/*
 * No text stands twice among `count` of them, each `stride` bytes after the one before it. Takes
 * n log n at worst, whoever chose the texts. What it takes from `scratch`, at most
 * distinct_texts_bytes(count), it gives back.
 */
bool distinct_texts(const struct bytes *first, size_t stride, uint32_t count,
                    struct arena *scratch);

size_t distinct_texts_bytes(uint32_t count);

#endif
