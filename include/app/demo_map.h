/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_MAP_H
#define APP_DEMO_MAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * A map from texts to pointers, in the order in which they came: the only container of the demo's
 * recomputation, which shares none with the world that it judges. It only grows. Out of memory ends
 * the process: a demo has nothing to save.
 *
 * A map that is all zero is empty. What the pointers point at belongs to the caller.
 */
struct demo_map_row {
    char *name;
    void *value;
    uint64_t hash;
};

struct demo_map {
    struct demo_map_row *rows;   /* [0, count), in order of coming */
    size_t count;
    size_t capacity;
    uint32_t *slots;             /* row + 1; 0: free */
    size_t slot_count;
};

/* NULL where there is none of this name. */
void *demo_map_find(const struct demo_map *map, const char *name);

/* The place of the pointer under `name`, NULL at first; good until the next put. */
void **demo_map_put(struct demo_map *map, const char *name);

void demo_map_free(struct demo_map *map);

/* Memory, zeroed; text, copied. They do not fail. */
void *demo_new(size_t bytes);
void *demo_grow(void *room, size_t count, size_t *capacity, size_t each);
char *demo_text(const char *text);

/* "a|b" in `out`, which holds DEMO_NAME_BYTES. */
enum { DEMO_NAME_BYTES = 640 };
const char *demo_join(char *out, const char *a, const char *b);

#endif
