/* SPDX-License-Identifier: Apache-2.0 */
#include "value_parts.h"

#include "wire/distinct.h"

const char *const VALUE_TOO_DEEP = "maps and arrays more than 16 deep";
const char *const VALUE_NOT_UTF8 = "text that is not UTF-8";
const char *const VALUE_NAME_TWICE = "a name twice in one map";

/*
 * The most that a tree takes. An element has at least one byte in MessagePack, where a map's
 * member has at least two. JSON takes more bytes for each; a text with an escape, which is copied,
 * takes at least four, and its copy is rounded up to 16.
 */
enum {
    TREE_BYTES_MAX = VALUE_BYTES_MAX * (int)sizeof(struct value),
    NAMES_MAX = VALUE_BYTES_MAX / 2,
};
_Static_assert(sizeof(struct value) == 16, "trees are as small as reckoned");
_Static_assert(sizeof(struct value_member) <= 2 * sizeof(struct value), "so are their maps");

static size_t memory_bytes(void)
{
    return TREE_BYTES_MAX + distinct_texts_bytes(NAMES_MAX) + VALUE_SPARE_BYTES;
}

static size_t work_bytes(void)
{
    const size_t msgpack = value_msgpack_work_bytes();
    const size_t json = value_json_work_bytes();
    return msgpack > json ? msgpack : json;
}

size_t value_reader_bytes(void)
{
    return memory_bytes() + work_bytes() + 2 * 16;
}

void value_reader_init(struct value_reader *reader, struct arena *arena)
{
    const size_t memory = memory_bytes();
    const size_t work = work_bytes();
    reader->memory = arena_of(arena_take(arena, memory), memory);
    reader->work = arena_of(arena_take(arena, work), work);
}

const char *value_read(struct value_reader *reader, enum encoding encoding, struct bytes encoded,
                       struct value *out_value)
{
    if (encoded.count > VALUE_BYTES_MAX) {
        return "over 1 MiB";
    }
    arena_reset(&reader->memory);
    arena_reset(&reader->work);
    return encoding == ENCODING_JSON ? value_json_read(reader, encoded, out_value)
                                     : value_msgpack_read(reader, encoded, out_value);
}

const struct value *value_find(const struct value *map, struct bytes name)
{
    CHECK(map->kind == VALUE_MAP);
    for (uint32_t i = 0; i < map->count; i++) {
        if (bytes_equal(map->members[i].name, name)) {
            return &map->members[i].value;
        }
    }
    return NULL;
}

bool value_names_distinct(struct value_reader *reader, const struct value *map)
{
    CHECK(map->kind == VALUE_MAP);
    if (map->count < 2) {
        return true;
    }
    return distinct_texts(&map->members->name, sizeof *map->members, map->count, &reader->memory);
}
