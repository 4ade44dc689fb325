/* SPDX-License-Identifier: Apache-2.0 */
#include "app/lookup.h"

#include "app/explain_json.h"
#include "edge/json_writer.h"
#include "wire/document_codec.h"

static bool is_shown(const struct world *world, struct document_key key)
{
    const enum key_state state = key.row ? world_key_state(world, key) : KEY_STATE_NONE;
    return state == KEY_STATE_LIVE || state == KEY_STATE_GONE;
}

/* The documents of a SKU of one kind as a list; how many there were. */
static uint32_t write_kind(struct json_writer *writer, const struct world *world,
                           struct arena *arena, enum key_kind kind, struct bytes sku)
{
    uint32_t count = 0;
    struct document_key key = { kind, 0 };
    json_write_begin(writer, '[');
    while (world_find_next(world, kind, sku, &key)) {
        if (!is_shown(world, key)) {
            continue;
        }
        if (count++ > 0) {
            buffer_put_byte(writer->out, ',');
        }
        struct document document;
        arena_reset(arena);
        world_derive(world, key, arena, &document);
        document_encode(&document, ENCODING_JSON, writer->out);
    }
    json_write_end(writer, ']');
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
    uint32_t count = write_kind(&writer, world, arena, KEY_ITEM, sku);
    json_write_key(&writer, "locations");
    count += write_kind(&writer, world, arena, KEY_LOCATION, sku);
    json_write_key(&writer, "promises");
    count += write_kind(&writer, world, arena, KEY_PROMISE, sku);
    json_write_end(&writer, '}');
    buffer_put_byte(out, '\n');
    if (count == 0) {
        out->count = before;
    }
    return count > 0;
}

static bool write_document(const struct world *world, struct arena *arena, struct document_key key,
                           struct buffer *out)
{
    if (!is_shown(world, key)) {
        return false;
    }
    struct document document;
    arena_reset(arena);
    world_derive(world, key, arena, &document);
    document_encode(&document, ENCODING_JSON, out);
    buffer_put_byte(out, '\n');
    return true;
}

bool lookup_order(const struct world *world, struct arena *arena, struct bytes order_id,
                  struct buffer *out)
{
    return write_document(world, arena, world_find_order(world, order_id), out);
}

bool lookup_location(const struct world *world, struct arena *arena, struct bytes location,
                     struct buffer *out)
{
    return write_document(world, arena,
                          world_find_key(world, TOPIC_PROMISES_LOCATIONS, location), out);
}

/* ------------------------------------------------------------------ why */

static const struct zones_document NO_ENTRIES[1];

/* The promises of the item in the network as they are published; none: not sold there. */
static struct promise_document published(const struct world *world, struct arena *arena,
                                         const struct promise_question *question)
{
    uint8_t room[RECORD_KEY_BYTES_MAX];
    struct buffer text = buffer_of(room, sizeof room);
    buffer_put_bytes(&text, question->sku);
    buffer_put_byte(&text, '|');
    buffer_put_bytes(&text, question->network);
    const struct document_key key =
        world_find_key(world, TOPIC_PROMISES_ITEMS, buffer_bytes(&text));
    if (key.row == 0 || world_key_state(world, key) != KEY_STATE_LIVE) {
        return (struct promise_document){ .promises = NO_ENTRIES };
    }
    struct document document;
    world_derive(world, key, arena, &document);
    return document.promise;
}

static const struct zones_document *entry_of(const struct promise_document *promise,
                                             const struct explain_route *route)
{
    for (uint32_t i = 0; i < promise->promise_count; i++) {
        const struct zones_document *entry = &promise->promises[i];
        if (!bytes_equal(entry->service, route->service)) {
            continue;
        }
        for (uint32_t zone = 0; zone < entry->zone_count; zone++) {
            if (bytes_equal(entry->zones[zone], route->zone)) {
                return entry;
            }
        }
    }
    return NULL;
}

struct explaining {
    const struct world *world;
    struct arena *arena;
    const struct promise_question *question;
    struct promise_document promise;
    const struct explain_route *routes;   /* by service, then by zone */
    uint32_t route_count;
};

/* Whether this route stands for a group: the first zone of an entry, of all that have none. */
static bool stands_for_group(const struct explaining *explaining, uint32_t index)
{
    const struct explain_route *route = &explaining->routes[index];
    const struct zones_document *entry = entry_of(&explaining->promise, route);
    if (entry) {
        return bytes_equal(entry->zones[0], route->zone);
    }
    while (index > 0 && bytes_equal(explaining->routes[index - 1].service, route->service)) {
        if (!entry_of(&explaining->promise, &explaining->routes[--index])) {
            return false;
        }
    }
    return true;
}

static void write_route(struct json_writer *writer, const struct explaining *explaining,
                        const struct explain_route *route, const struct explanation *explanation)
{
    const struct zones_document *entry = entry_of(&explaining->promise, route);
    if (entry && explaining->question->zone.count == 0) {
        explain_json_route(writer, explanation, entry->zones, entry->zone_count);
    } else {
        explain_json_route(writer, explanation, &route->zone, 1);
    }
}

/* Explanations one after the other, each in the memory of the one before. */
static enum explain_verdict write_routes(struct json_writer *writer, struct explaining *explaining)
{
    const struct promise_question *question = explaining->question;
    const size_t used = explaining->arena->used;
    struct explanation explanation;
    uint32_t count = 0;
    uint32_t more = 0;
    uint32_t looked_at = 0;
    for (uint32_t i = 0; i < explaining->route_count; i++) {
        if (question->zone.count == 0 && !stands_for_group(explaining, i)) {
            continue;
        }
        if (count == LOOKUP_EXPLANATIONS_MAX || looked_at > LOOKUP_LOCATIONS_MAX) {
            more++;
            continue;
        }
        explaining->arena->used = used;
        const enum explain_verdict verdict =
            world_explain(explaining->world, question->sku, question->network,
                          &explaining->routes[i], question->quantity, explaining->arena,
                          &explanation);
        if (verdict != EXPLAIN_OK) {
            return verdict;
        }
        if (count++ == 0) {
            explain_json_head(writer, &explanation);
            json_write_key(writer, "explanations");
            json_write_begin(writer, '[');
        }
        looked_at += explanation.location_count + explanation.location_more;
        write_route(writer, explaining, &explaining->routes[i], &explanation);
    }
    json_write_end(writer, ']');
    json_write_key(writer, "more");
    json_write_unsigned(writer, more);
    json_write_key(writer, "events");
    explain_json_events(writer, &explanation);
    return EXPLAIN_OK;
}

enum explain_verdict lookup_promise(const struct world *world, struct arena *arena,
                                    const struct promise_question *question, struct buffer *out)
{
    const size_t before = out->count;
    struct explaining explaining = { .world = world, .arena = arena, .question = question };
    arena_reset(arena);
    enum explain_verdict verdict =
        world_explain_routes(world, question->sku, question->network, question->zone,
                             question->service, arena, &explaining.routes,
                             &explaining.route_count);
    if (verdict != EXPLAIN_OK) {
        return verdict;
    }
    explaining.promise = published(world, arena, question);
    struct json_writer writer = json_writer_of(out);
    json_write_begin(&writer, '{');
    verdict = write_routes(&writer, &explaining);
    json_write_end(&writer, '}');
    buffer_put_byte(out, '\n');
    if (verdict != EXPLAIN_OK) {
        out->count = before;
    }
    return verdict;
}
