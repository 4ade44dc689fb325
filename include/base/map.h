/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * A map finds table rows by the hash of their key. It keeps no keys: `same` asks the owner whether
 * a row is the one that is sought. It is not state: the owner builds it anew after a restore, and
 * nothing may depend on the order of its slots.
 *
 * Open addressing, 8 bytes a slot (low 32 bits of the hash, row), linear probing, at most 3/4 full.
 * It grows by halves of a move: a full array keeps serving while each insertion carries
 * MAP_MOVE_SLOTS of its slots over, so no insertion waits for all.
 */
struct map_slot {
    uint32_t hash;
    uint32_t row;   /* 0: empty */
};

struct map_array {
    struct map_slot *slots;
    uint64_t mask;
    uint64_t count;
};

struct map {
    struct map_array now;      /* where insertions go */
    struct map_array old;      /* being moved to `now`; no slots where none is */
    uint64_t moved;            /* slots of `old` below this are empty */
    struct map_slot *half[2];  /* two regions of the largest size, used in turn */
    uint64_t slot_count_max;
};

typedef bool map_same(const void *owner, const void *key, uint32_t row);

/* Reserves address space for `row_count_max` rows. */
void map_init(struct map *map, struct arena *arena, uint32_t row_count_max);

/* The row whose key hashes to `hash` and is the same, or 0. */
uint32_t map_find(const struct map *map, uint64_t hash, map_same *same, const void *owner,
                  const void *key);

/* `row` must not be in the map under this hash. */
void map_add(struct map *map, uint64_t hash, uint32_t row);

/* `row` must be in the map under this hash. */
void map_remove(struct map *map, uint64_t hash, uint32_t row);

void map_prefetch(const struct map *map, uint64_t hash);

#endif
