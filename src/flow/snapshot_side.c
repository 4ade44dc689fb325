/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one store has of the state. A chunk has a *place* while the store holds its present bytes;
 * the place is given up as soon as a cut finds other bytes. An object counts the bytes that still
 * have their place in it, and remembers the last snapshot that named it: it is dropped once
 * neither of the two newest did. A snapshot that fails takes its places back, nothing else: the
 * manifests in the store are as before.
 */
#include "snapshotter_state.h"

/* Entries of a manifest written in one step. */
enum { SIDE_LIST_STEP = 32 * 1024 };

/* ------------------------------------------------------------------ objects and places */

static uint32_t slot_take(struct snapshot_side *side, struct snapshot_object object)
{
    uint32_t slot = side->slot_free;
    if (slot) {
        side->slot_free = side->slots[slot].next_free;
    } else {
        CHECK(side->slot_count < side->slot_count_max);
        slot = side->slot_count++;
    }
    side->slots[slot] = (struct object_slot){ .object = object, .used = true };
    return slot;
}

static void slot_return(struct snapshot_side *side, uint32_t slot)
{
    CHECK(side->slots[slot].used && side->slots[slot].live_bytes == 0);
    side->slots[slot] = (struct object_slot){ .next_free = side->slot_free };
    side->slot_free = slot;
}

static void place_release(struct snapshot_side *side, uint32_t chunk)
{
    struct chunk_place *place = &side->places[chunk];
    if (place->slot) {
        struct object_slot *slot = &side->slots[place->slot];
        CHECK(slot->live_bytes >= place->length);
        slot->live_bytes -= place->length;
        *place = (struct chunk_place){ 0, 0, 0 };
    }
}

static void place_set(struct snapshot_side *side, uint32_t chunk, struct chunk_place place)
{
    CHECK(side->places[chunk].slot == 0);
    side->places[chunk] = place;
    side->slots[place.slot].live_bytes += place.length;
}

/* The store is not where our account says: nothing in it can be leant on. What we left there is
 * for the store's own sweep. */
static void side_forget(const struct snapshotter *snapshotter, struct snapshot_side *side)
{
    for (uint32_t i = 0; i < snapshotter->tables.count; i++) {
        const uint32_t count = table_chunk_count(snapshotter->tables.tables[i]);
        memset(side->places + snapshotter->first_chunk[i], 0, count * sizeof *side->places);
    }
    side->slot_count = 1;
    side->slot_free = 0;
    side->drop_cursor = 0;
    side->base = 0;
}

void snapshot_side_adopt(struct snapshotter *snapshotter, struct snapshot_side *side,
                         const struct snapshot_manifest *manifest)
{
    side_forget(snapshotter, side);
    side->base = manifest->header.sequence;
    side->ordinal = 1;
    for (uint32_t i = 0; i < manifest->object_count; i++) {
        const uint32_t slot = slot_take(side, snapshot_manifest_object(manifest, i));
        CHECK(slot == i + 1);
        side->slots[slot].named = side->ordinal;
    }
    uint32_t entry = 0;
    for (uint32_t i = 0; i < manifest->table_count; i++) {
        const uint32_t count = snapshot_manifest_table(manifest, i).chunk_count;
        for (uint32_t chunk = 0; chunk < count; chunk++) {
            const struct snapshot_chunk at = snapshot_manifest_chunk(manifest, entry++);
            place_set(side, snapshotter->first_chunk[i] + chunk,
                      (struct chunk_place){ at.object + 1, at.offset, at.length });
        }
    }
}

/* ------------------------------------------------------------------ a cut begins */

/* Mostly dead: what still lives in it is worth writing anew. */
static bool slot_sparse(const struct object_slot *slot)
{
    return slot->live_bytes < slot->object.raw_bytes / 2;
}

static void want_missing(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    for (uint32_t i = 0; i < snapshotter->tables.count; i++) {
        struct table *table = snapshotter->tables.tables[i];
        const uint32_t count = table_chunk_count(table);
        for (uint32_t chunk = 0; chunk < count; chunk++) {
            const uint32_t number = snapshotter->first_chunk[i] + chunk;
            const uint32_t slot = side->places[number].slot;
            if (slot && slot_sparse(&side->slots[slot])) {
                place_release(side, number);
            }
            if (!side->places[number].slot) {
                table_chunk_touch(table, chunk);
            }
        }
    }
}

static void attempt_begin(struct snapshotter *snapshotter, struct snapshot_side *side,
                          const struct snapshotter_cut *cut)
{
    const struct snapshotter_options *options = &snapshotter->options;
    side->header = (struct snapshot_header){
        .layout_version = snapshotter->tables.layout_version,
        .sequence = cut->sequence,
        .id = cut->id,
        .journal_offset = cut->journal_offset,
        .now_ms = options->clock->now_ms(options->clock->context),
        .writer = options->writer,
        .base = side->base,
        .group = bytes_text(options->group),
        .journal = bytes_text(options->journal),
    };
    side->phase = SIDE_FILLING;
    side->begun_us = options->clock->monotonic_us(options->clock->context);
    side->written_bytes = 0;
    side->pack.count = 0;
    side->pack_slot = 0;
}

void snapshot_side_begin(struct snapshotter *snapshotter, struct snapshot_side *side,
                         const struct snapshotter_cut *cut)
{
    const struct store_port *store = side->store;
    if (side->phase != SIDE_IDLE || side->drop_cursor) {
        return;
    }
    /* Failures first: one that comes after it is of this snapshot, and ends it. */
    side->failures_before = store->failures(store->context);
    const uint64_t pointed = store->pointed(store->context);
    side->ahead = pointed >= cut->sequence && pointed != side->base;
    if (pointed >= cut->sequence) {
        return;
    }
    if (side->base == 0 || pointed != side->base) {
        side_forget(snapshotter, side);
    }
    attempt_begin(snapshotter, side, cut);
    want_missing(snapshotter, side);
}

/* ------------------------------------------------------------------ packing */

static bool slot_of_attempt(const struct snapshot_side *side, uint32_t slot)
{
    const struct snapshot_object *object = &side->slots[slot].object;
    return side->slots[slot].used && object->writer == side->header.writer &&
           object->sequence == side->header.sequence;
}

void snapshot_side_abandon(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    for (uint32_t i = 0; i < snapshotter->tables.count; i++) {
        const uint32_t count = table_chunk_count(snapshotter->tables.tables[i]);
        for (uint32_t chunk = 0; chunk < count; chunk++) {
            const uint32_t number = snapshotter->first_chunk[i] + chunk;
            const uint32_t slot = side->places[number].slot;
            if (slot && slot_of_attempt(side, slot)) {
                place_release(side, number);
            }
        }
    }
    for (uint32_t slot = 1; slot < side->slot_count; slot++) {
        side->slots[slot].in_manifest = false;
        if (slot_of_attempt(side, slot)) {
            slot_return(side, slot);
        }
    }
    side->phase = SIDE_IDLE;
    side->drop_cursor = 0;
}

/* Hands the pack over; an empty one is handed over already. */
static bool pack_put(struct snapshot_side *side)
{
    if (!side->pack_slot) {
        return true;
    }
    struct object_slot *slot = &side->slots[side->pack_slot];
    char name[SNAPSHOT_NAME_BYTES];
    snapshot_object_name(&slot->object, name);
    const struct store_port *store = side->store;
    if (store->put(store->context, name, buffer_bytes(&side->pack)) != STATUS_OK) {
        return false;
    }
    side->written_bytes += side->pack.count;
    side->pack.count = 0;
    side->pack_slot = 0;
    return true;
}

static bool failed(const struct snapshot_side *side)
{
    return side->store->failures(side->store->context) != side->failures_before;
}

bool snapshot_side_room(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    if (side->phase != SIDE_FILLING) {
        return true;
    }
    if (failed(side)) {
        snapshot_side_abandon(snapshotter, side);
        return true;
    }
    if (side->pack.capacity - side->pack.count >= TABLE_CHUNK_BYTES) {
        return true;
    }
    return pack_put(side);
}

static void pack_add(struct snapshot_side *side, uint32_t chunk, struct bytes content)
{
    if (!side->pack_slot) {
        side->pack_slot = slot_take(side, (struct snapshot_object){
            .writer = side->header.writer,
            .sequence = side->header.sequence,
            .number = side->header.own_object_count++,
        });
    }
    place_set(side, chunk,
              (struct chunk_place){ side->pack_slot, (uint32_t)side->pack.count,
                                    (uint32_t)content.count });
    buffer_put_bytes(&side->pack, content);
    CHECK(!side->pack.overflowed);
    side->slots[side->pack_slot].object.raw_bytes = (uint32_t)side->pack.count;
}

void snapshot_side_take(struct snapshot_side *side, uint32_t chunk, struct bytes content,
                        bool changed)
{
    if (changed) {
        place_release(side, chunk);
    }
    if (side->phase == SIDE_FILLING && !side->places[chunk].slot) {
        pack_add(side, chunk, content);
    }
}

/* ------------------------------------------------------------------ after the cut */

void snapshot_side_cut(struct snapshotter *snapshotter, struct snapshot_side *side, uint64_t hash)
{
    if (side->phase == SIDE_FILLING) {
        side->header.state_hash = hash;
        memcpy(side->extents, snapshotter->extents, sizeof side->extents);
        side->phase = SIDE_FLUSHING;
    }
}

static void list_objects(struct snapshot_side *side)
{
    for (uint32_t slot = 1; slot < side->slot_count; slot++) {
        if (side->slots[slot].in_manifest) {
            snapshot_manifest_put_object(&side->manifest, &side->slots[slot].object);
        }
    }
}

static void list_begin(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    uint32_t object_count = 0;
    for (uint32_t slot = 1; slot < side->slot_count; slot++) {
        struct object_slot *at = &side->slots[slot];
        at->in_manifest = at->used && at->live_bytes > 0;
        at->manifest_index = at->in_manifest ? object_count++ : 0;
    }
    const struct snapshotter_tables *tables = &snapshotter->tables;
    struct snapshot_table listed[WORLD_TABLES_MAX];
    uint32_t chunk_count = 0;
    for (uint32_t i = 0; i < tables->count; i++) {
        listed[i].extent = side->extents[i];
        listed[i].chunk_count = snapshotter_chunk_count(tables->tables[i], side->extents[i]);
        chunk_count += listed[i].chunk_count;
    }
    side->manifest.count = 0;
    snapshot_manifest_begin(&side->manifest, &side->header, tables->count, object_count,
                            chunk_count);
    for (uint32_t i = 0; i < tables->count; i++) {
        snapshot_manifest_put_table(&side->manifest, &listed[i]);
    }
    list_objects(side);
    side->list_table = 0;
    side->list_chunk = 0;
    side->raw_bytes = 0;
    side->phase = SIDE_LISTING;
}

static void list_chunk(const struct snapshotter *snapshotter, struct snapshot_side *side)
{
    const uint32_t number = snapshotter->first_chunk[side->list_table] + side->list_chunk;
    const struct chunk_place *place = &side->places[number];
    CHECK(place->slot && side->slots[place->slot].in_manifest);
    const struct snapshot_chunk chunk = {
        .hash = snapshotter->hashes[number],
        .object = side->slots[place->slot].manifest_index,
        .offset = place->offset,
        .length = place->length,
    };
    snapshot_manifest_put_chunk(&side->manifest, &chunk);
    side->raw_bytes += place->length;
    side->list_chunk++;
}

static void list_step(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    const struct snapshotter_tables *tables = &snapshotter->tables;
    for (uint32_t i = 0; i < SIDE_LIST_STEP && side->list_table < tables->count; i++) {
        if (side->list_chunk == snapshotter_chunk_count(tables->tables[side->list_table],
                                                        side->extents[side->list_table])) {
            side->list_table++;
            side->list_chunk = 0;
        } else {
            list_chunk(snapshotter, side);
        }
    }
    if (side->list_table == tables->count) {
        snapshot_manifest_finish(&side->manifest);
        CHECK(!side->manifest.overflowed);
        side->phase = SIDE_HANDING;
    }
}

static void hand_over(struct snapshot_side *side)
{
    const struct store_port *store = side->store;
    if (store->point(store->context, side->header.sequence, buffer_bytes(&side->manifest)) ==
        STATUS_OK) {
        side->phase = SIDE_POINTING;
    }
}

static void succeeded(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    const struct clock_port *clock = snapshotter->options.clock;
    side->ordinal++;
    for (uint32_t slot = 1; slot < side->slot_count; slot++) {
        if (side->slots[slot].in_manifest) {
            side->slots[slot].named = side->ordinal;
            side->slots[slot].in_manifest = false;
        }
    }
    side->base = side->header.sequence;
    side->drop_cursor = 1;
    side->phase = SIDE_IDLE;
    side->figures.sequence = side->header.sequence;
    side->figures.last_success_ms = clock->now_ms(clock->context);
    side->figures.journal_offset = side->header.journal_offset;
    side->figures.duration_us = (uint64_t)(clock->monotonic_us(clock->context) - side->begun_us);
    side->figures.raw_bytes = side->raw_bytes;
    side->figures.written_bytes = side->written_bytes;
}

/* What neither of the two newest manifests names. One drop may have to wait for the next step. */
static void drop_step(struct snapshot_side *side)
{
    const struct store_port *store = side->store;
    for (; side->drop_cursor < side->slot_count; side->drop_cursor++) {
        const struct object_slot *slot = &side->slots[side->drop_cursor];
        if (!slot->used || slot->live_bytes > 0 || slot->named + 1 >= side->ordinal) {
            continue;
        }
        char name[SNAPSHOT_NAME_BYTES];
        snapshot_object_name(&slot->object, name);
        if (store->drop(store->context, name) != STATUS_OK) {
            return;
        }
        slot_return(side, side->drop_cursor);
    }
    side->drop_cursor = 0;
}

static void pointing_step(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    const struct store_port *store = side->store;
    if (store->pointed(store->context) == side->header.sequence) {
        succeeded(snapshotter, side);
    } else if (failed(side)) {
        snapshot_side_abandon(snapshotter, side);
    }
}

static void advance(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    switch (side->phase) {
    case SIDE_IDLE:
    case SIDE_FILLING:
        break;
    case SIDE_FLUSHING:
        if (pack_put(side)) {
            list_begin(snapshotter, side);
        }
        break;
    case SIDE_LISTING:
        list_step(snapshotter, side);
        break;
    case SIDE_HANDING:
        hand_over(side);
        break;
    case SIDE_POINTING:
        pointing_step(snapshotter, side);
        break;
    }
}

bool snapshot_side_step(struct snapshotter *snapshotter, struct snapshot_side *side)
{
    const bool under_way = side->phase > SIDE_FILLING && side->phase < SIDE_POINTING;
    if (under_way && failed(side)) {
        snapshot_side_abandon(snapshotter, side);
    }
    advance(snapshotter, side);
    if (side->phase == SIDE_IDLE && side->drop_cursor) {
        drop_step(side);
    }
    return side->phase != SIDE_IDLE || side->drop_cursor != 0;
}
