/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

enum { MAP_SLOTS_FIRST = 64, MAP_MOVE_SLOTS = 16 };

static uint64_t slots_for(uint32_t row_count)
{
    uint64_t slots = MAP_SLOTS_FIRST;
    while (slots * 3 / 4 < row_count) {
        slots *= 2;
    }
    return slots;
}

void map_init(struct map *map, struct arena *arena, uint32_t row_count_max)
{
    *map = (struct map){ .slot_count_max = slots_for(row_count_max) };
    for (int i = 0; i < 2; i++) {
        map->half[i] = arena_take(arena, map->slot_count_max * sizeof(struct map_slot));
    }
    map->now = (struct map_array){ map->half[0], MAP_SLOTS_FIRST - 1, 0 };
}

static uint32_t array_find(const struct map_array *array, uint32_t hash, map_same *same,
                           const void *owner, const void *key)
{
    for (uint64_t i = hash & array->mask; array->slots[i].row; i = (i + 1) & array->mask) {
        if (array->slots[i].hash == hash && same(owner, key, array->slots[i].row)) {
            return array->slots[i].row;
        }
    }
    return 0;
}

static void array_add(struct map_array *array, uint32_t hash, uint32_t row)
{
    uint64_t i = hash & array->mask;
    while (array->slots[i].row) {
        i = (i + 1) & array->mask;
    }
    array->slots[i] = (struct map_slot){ hash, row };
    array->count++;
}

/* Closes the gap at `gap` by shifting back what was pushed over it. */
static void array_close_gap(struct map_array *array, uint64_t gap)
{
    for (uint64_t i = (gap + 1) & array->mask; array->slots[i].row; i = (i + 1) & array->mask) {
        const uint64_t home = array->slots[i].hash & array->mask;
        if (((i - home) & array->mask) >= ((i - gap) & array->mask)) {
            array->slots[gap] = array->slots[i];
            gap = i;
        }
    }
    array->slots[gap] = (struct map_slot){ 0, 0 };
    array->count--;
}

static bool array_remove(struct map_array *array, uint32_t hash, uint32_t row)
{
    for (uint64_t i = hash & array->mask; array->slots[i].row; i = (i + 1) & array->mask) {
        if (array->slots[i].row == row) {
            array_close_gap(array, i);
            return true;
        }
    }
    return false;
}

uint32_t map_find(const struct map *map, uint64_t hash, map_same *same, const void *owner,
                  const void *key)
{
    const uint32_t row = array_find(&map->now, (uint32_t)hash, same, owner, key);
    if (row || !map->old.slots) {
        return row;
    }
    return array_find(&map->old, (uint32_t)hash, same, owner, key);
}

/* Moves some slots of the old array over. A gap it leaves is closed, so chains stay whole: the
 * slot at `moved` is looked at again until it is empty. */
static void move_some(struct map *map)
{
    for (int i = 0; i < MAP_MOVE_SLOTS && map->old.slots; i++) {
        if (map->old.count == 0) {
            map->old = (struct map_array){ NULL, 0, 0 };
            break;
        }
        const struct map_slot slot = map->old.slots[map->moved];
        if (!slot.row) {
            map->moved = (map->moved + 1) & map->old.mask;
            continue;
        }
        array_close_gap(&map->old, map->moved);
        array_add(&map->now, slot.hash, slot.row);
    }
}

static void grow(struct map *map)
{
    const uint64_t slots = (map->now.mask + 1) * 2;
    CHECK(slots <= map->slot_count_max);
    struct map_slot *next = map->now.slots == map->half[0] ? map->half[1] : map->half[0];
    map->old = map->now;
    map->moved = 0;
    /* The half was emptied slot by slot when it was last moved from: it is all zero. */
    map->now = (struct map_array){ next, slots - 1, 0 };
}

void map_add(struct map *map, uint64_t hash, uint32_t row)
{
    CHECK(row != 0);
    move_some(map);
    if ((map->now.count + map->old.count + 1) * 4 > (map->now.mask + 1) * 3) {
        CHECK(!map->old.slots);   /* moving 16 slots an insertion always ends in time */
        grow(map);
    }
    array_add(&map->now, (uint32_t)hash, row);
}

void map_remove(struct map *map, uint64_t hash, uint32_t row)
{
    const bool removed = array_remove(&map->now, (uint32_t)hash, row) ||
                         (map->old.slots && array_remove(&map->old, (uint32_t)hash, row));
    CHECK(removed);
}

void map_prefetch(const struct map *map, uint64_t hash)
{
    __builtin_prefetch(&map->now.slots[(uint32_t)hash & map->now.mask]);
}
