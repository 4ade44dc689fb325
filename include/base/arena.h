/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * Memory handed out from the front of one region and never given back singly: freeing is
 * arena_reset() of all. The region is zero when it is first used and need not be backed by pages
 * yet (see os_reserve()). Running out is a bug of the caller, who knows the need beforehand,
 * except for arena_try(), which serves sizes that come from outside.
 */
struct arena {
    uint8_t *base;
    size_t used;
    size_t capacity;
};

static inline struct arena arena_of(void *base, size_t capacity)
{
    return (struct arena){ (uint8_t *)base, 0, capacity };
}

/* `bytes` bytes aligned to 16, not cleared; NULL where the arena has no room. */
static inline void *arena_try(struct arena *arena, size_t bytes)
{
    const size_t need = (bytes + 15) & ~(size_t)15;
    if (need < bytes || arena->capacity - arena->used < need) {
        return NULL;
    }
    void *taken = arena->base + arena->used;
    arena->used += need;
    return taken;
}

static inline void *arena_take(struct arena *arena, size_t bytes)
{
    void *taken = arena_try(arena, bytes);
    CHECK(taken != NULL);
    return taken;
}

static inline void arena_reset(struct arena *arena)
{
    arena->used = 0;
}

#endif
