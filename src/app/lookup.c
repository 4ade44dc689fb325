/* SPDX-License-Identifier: Apache-2.0 */
#include "app/lookup.h"

#include "edge/json_writer.h"
#include "wire/document_codec.h"

static bool is_shown(const struct world *world, struct document_key key)
{
    const enum key_state state = world_key_state(world, key);
    return state == KEY_STATE_LIVE || state == KEY_STATE_GONE;
}

/* The documents of a SKU of one kind as elements of a list; how many there were. */
static uint32_t write_kind(const struct world *world, struct arena *arena, enum key_kind kind,
                           struct bytes sku, struct buffer *out)
{
    uint32_t count = 0;
    struct document_key key = { kind, 0 };
    while (world_find_next(world, kind, sku, &key)) {
        if (!is_shown(world, key)) {
            continue;
        }
        if (count++ > 0) {
            buffer_put_byte(out, ',');
        }
        struct document document;
        arena_reset(arena);
        world_derive(world, key, arena, &document);
        document_encode(&document, ENCODING_JSON, out);
    }
    return count;
}

bool lookup_item(const struct world *world, struct arena *arena, struct bytes sku,
                 struct buffer *out)
{
    const size_t before = out->count;
    struct json_writer writer = json_writer_of(out);
    json_write_begin(&writer, '{');
    json_write_key(&writer, "sku");
    json_write_bytes(&writer, sku);
    json_write_key(&writer, "items");
    json_write_begin(&writer, '[');
    uint32_t count = write_kind(world, arena, KEY_ITEM, sku, out);
    json_write_end(&writer, ']');
    json_write_key(&writer, "locations");
    json_write_begin(&writer, '[');
    count += write_kind(world, arena, KEY_LOCATION, sku, out);
    json_write_end(&writer, ']');
    json_write_key(&writer, "promises");
    json_write_raw(&writer, BYTES_LITERAL("[]"));
    json_write_end(&writer, '}');
    buffer_put_byte(out, '\n');
    if (count == 0) {
        out->count = before;
    }
    return count > 0;
}

bool lookup_order(const struct world *world, struct arena *arena, struct bytes order_id,
                  struct buffer *out)
{
    const struct document_key key = world_find_order(world, order_id);
    if (key.row == 0 || !is_shown(world, key)) {
        return false;
    }
    struct document document;
    arena_reset(arena);
    world_derive(world, key, arena, &document);
    document_encode(&document, ENCODING_JSON, out);
    buffer_put_byte(out, '\n');
    return true;
}
