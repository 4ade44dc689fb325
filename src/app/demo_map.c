/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void *demo_new(size_t bytes)
{
    void *room = calloc(1, bytes);
    CHECK(room);
    return room;
}

void *demo_grow(void *room, size_t count, size_t *capacity, size_t each)
{
    if (count < *capacity) {
        return room;
    }
    *capacity = *capacity > 0 ? *capacity * 2 : 8;
    room = realloc(room, *capacity * each);
    CHECK(room);
    return room;
}

char *demo_text(const char *text)
{
    char *copy = strdup(text);
    CHECK(copy);
    return copy;
}

const char *demo_join(char *out, const char *a, const char *b)
{
    (void)snprintf(out, DEMO_NAME_BYTES, "%s|%s", a, b);
    return out;
}

/* FNV-1a. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    }
    return hash ^ (hash >> 32);
}

/* The slot of this name, or the free one where it belongs. */
static size_t slot_of(const struct demo_map *map, const char *name, uint64_t hash)
{
    size_t slot = (size_t)hash & (map->slot_count - 1);
    while (map->slots[slot] != 0) {
        const struct demo_map_row *row = &map->rows[map->slots[slot] - 1];
        if (row->hash == hash && strcmp(row->name, name) == 0) {
            break;
        }
        slot = (slot + 1) & (map->slot_count - 1);
    }
    return slot;
}

void *demo_map_find(const struct demo_map *map, const char *name)
{
    if (map->count == 0) {
        return NULL;
    }
    const uint32_t row = map->slots[slot_of(map, name, hash_of(name))];
    return row == 0 ? NULL : map->rows[row - 1].value;
}

/* At most half of the slots are taken. */
static void make_room(struct demo_map *map)
{
    map->rows = demo_grow(map->rows, map->count, &map->capacity, sizeof *map->rows);
    if (map->count * 2 < map->slot_count) {
        return;
    }
    free(map->slots);
    map->slot_count = map->slot_count > 0 ? map->slot_count * 4 : 16;
    map->slots = demo_new(map->slot_count * sizeof *map->slots);
    for (size_t i = 0; i < map->count; i++) {
        map->slots[slot_of(map, map->rows[i].name, map->rows[i].hash)] = (uint32_t)i + 1;
    }
}

void **demo_map_put(struct demo_map *map, const char *name)
{
    make_room(map);
    const uint64_t hash = hash_of(name);
    const size_t slot = slot_of(map, name, hash);
    if (map->slots[slot] == 0) {
        map->rows[map->count] = (struct demo_map_row){ demo_text(name), NULL, hash };
        map->count++;
        map->slots[slot] = (uint32_t)map->count;
    }
    return &map->rows[map->slots[slot] - 1].value;
}

void demo_map_free(struct demo_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->rows[i].name);
    }
    free(map->rows);
    free(map->slots);
    *map = (struct demo_map){ 0 };
}
