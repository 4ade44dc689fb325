/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshotter_state.h"

/* How much a cut may set aside while a store holds it up; then it goes on without that store. */
enum { SPILL_BYTES_MAX = 1024 * 1024 * 1024 };

/* ------------------------------------------------------------------ set up */

static uint64_t chunks_of(const struct snapshotter_tables *tables)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < tables->count; i++) {
        count += table_chunk_count_max(tables->tables[i]);
    }
    CHECK(count < UINT32_MAX / 4);
    return count;
}

/* Objects that have a place, are named by either kept manifest, or are on their way: each of the
 * four holds or held at least one chunk. */
static uint64_t slots_for(uint64_t chunk_count)
{
    return 4 * chunk_count + 1;
}

size_t snapshotter_bytes(const struct snapshotter_tables *tables, uint32_t store_count)
{
    enum { ALIGNMENT_SLACK = 8 * 16 };
    const uint64_t chunks = chunks_of(tables);
    const uint64_t side = chunks * sizeof(struct chunk_place) +
                          slots_for(chunks) * sizeof(struct object_slot) +
                          snapshot_manifest_bytes(tables->count, chunks, chunks) +
                          SNAPSHOT_PACK_BYTES_MAX;
    return sizeof(struct snapshotter) + chunks * sizeof(uint64_t) + store_count * side +
           ALIGNMENT_SLACK * (store_count + 1);
}

static void side_init(struct snapshotter *snapshotter, struct arena *arena, uint32_t index)
{
    const uint64_t chunks = snapshotter->chunk_count_max;
    struct snapshot_side *side = &snapshotter->sides[index];
    side->store = &snapshotter->options.stores[index];
    side->places = arena_take(arena, chunks * sizeof *side->places);
    side->slot_count = 1;
    side->slot_count_max = (uint32_t)slots_for(chunks);
    side->slots = arena_take(arena, side->slot_count_max * sizeof *side->slots);
    const size_t manifest = snapshot_manifest_bytes(snapshotter->tables.count, chunks, chunks);
    side->manifest = buffer_of(arena_take(arena, manifest), manifest);
    side->pack = buffer_of(arena_take(arena, SNAPSHOT_PACK_BYTES_MAX), SNAPSHOT_PACK_BYTES_MAX);
    side->figures.journal_offset = -1;
}

struct snapshotter *snapshotter_init(struct arena *arena, const struct snapshotter_tables *tables,
                                     const struct snapshotter_options *options)
{
    CHECK(options->store_count <= SNAPSHOTTER_STORES_MAX);
    CHECK(tables->count > 0 && tables->count <= WORLD_TABLES_MAX);
    struct snapshotter *snapshotter = arena_take(arena, sizeof *snapshotter);
    *snapshotter = (struct snapshotter){ .tables = *tables, .options = *options };
    for (uint32_t i = 0; i < tables->count; i++) {
        snapshotter->first_chunk[i] = snapshotter->chunk_count_max;
        snapshotter->chunk_count_max += table_chunk_count_max(tables->tables[i]);
    }
    snapshotter->hashes = arena_take(arena, snapshotter->chunk_count_max * sizeof(uint64_t));
    for (uint32_t i = 0; i < options->store_count; i++) {
        side_init(snapshotter, arena, i);
    }
    return snapshotter;
}

/* ------------------------------------------------------------------ hash */

uint32_t snapshotter_chunk_count(const struct table *table, struct table_extent extent)
{
    return (uint32_t)(((uint64_t)extent.row_count + table->chunk_rows - 1) >> table->chunk_shift);
}

uint64_t snapshotter_state_hash(const struct snapshotter *snapshotter,
                                const struct table_extent *extents)
{
    struct {
        struct table_extent extent;
        uint64_t chunks;
    } parts[WORLD_TABLES_MAX];
    const struct snapshotter_tables *tables = &snapshotter->tables;
    for (uint32_t i = 0; i < tables->count; i++) {
        const size_t count = snapshotter_chunk_count(tables->tables[i], extents[i]);
        const uint64_t *hashes = snapshotter->hashes + snapshotter->first_chunk[i];
        parts[i].extent = extents[i];
        parts[i].chunks = hash_bytes(bytes_of(hashes, count * sizeof *hashes), 0);
    }
    return hash_bytes(bytes_of(parts, tables->count * sizeof parts[0]), 0);
}

bool snapshotter_hash(const struct snapshotter *snapshotter, uint64_t *out_sequence,
                      uint64_t *out_hash)
{
    if (snapshotter->has_hash) {
        *out_sequence = snapshotter->hash_sequence;
        *out_hash = snapshotter->hash;
    }
    return snapshotter->has_hash;
}

/* ------------------------------------------------------------------ cut */

bool snapshotter_cutting(const struct snapshotter *snapshotter)
{
    bool cutting = snapshotter->cutting;
    for (uint32_t i = 0; i < snapshotter->options.store_count; i++) {
        const enum side_phase phase = snapshotter->sides[i].phase;
        cutting |= phase != SIDE_IDLE && phase != SIDE_POINTING;
    }
    return cutting;
}

bool snapshotter_begin(struct snapshotter *snapshotter, const struct snapshotter_cut *cut,
                       bool store)
{
    if (snapshotter_cutting(snapshotter)) {
        return false;
    }
    snapshotter->cut = *cut;
    for (uint32_t i = 0; store && i < snapshotter->options.store_count; i++) {
        snapshot_side_begin(snapshotter, &snapshotter->sides[i], cut);
    }
    for (uint32_t i = 0; i < snapshotter->tables.count; i++) {
        struct table *table = snapshotter->tables.tables[i];
        snapshotter->extents[i] = table_extent(table);
        table_cut_begin(table, !snapshotter->hashed);
    }
    snapshotter->cutting = true;
    snapshotter->cut_table = 0;
    snapshotter->cut_chunk = 0;
    return true;
}

static bool sides_have_room(struct snapshotter *snapshotter)
{
    const struct arena *spill = snapshotter->tables.spill;
    const bool patient = spill->used < SPILL_BYTES_MAX && spill->used < spill->capacity / 4;
    bool room = true;
    for (uint32_t i = 0; i < snapshotter->options.store_count; i++) {
        struct snapshot_side *side = &snapshotter->sides[i];
        if (!snapshot_side_room(snapshotter, side)) {
            if (patient) {
                room = false;
            } else {
                snapshot_side_abandon(snapshotter, side);
            }
        }
    }
    return room;
}

static void take_chunk(struct snapshotter *snapshotter, struct bytes content)
{
    const uint32_t number = snapshotter->first_chunk[snapshotter->cut_table] +
                            snapshotter->cut_chunk;
    const uint64_t hash = hash_bytes(content, 0);
    const bool changed = hash != snapshotter->hashes[number];
    snapshotter->hashes[number] = hash;
    for (uint32_t i = 0; i < snapshotter->options.store_count; i++) {
        snapshot_side_take(&snapshotter->sides[i], number, content, changed);
    }
}

static void cut_done(struct snapshotter *snapshotter)
{
    arena_reset(snapshotter->tables.spill);
    snapshotter->cutting = false;
    snapshotter->hashed = true;
    snapshotter->has_hash = true;
    snapshotter->hash_sequence = snapshotter->cut.sequence;
    snapshotter->hash = snapshotter_state_hash(snapshotter, snapshotter->extents);
    for (uint32_t i = 0; i < snapshotter->options.store_count; i++) {
        snapshot_side_cut(snapshotter, &snapshotter->sides[i], snapshotter->hash);
    }
}

static void cut_step(struct snapshotter *snapshotter, uint32_t chunk_budget)
{
    const struct snapshotter_tables *tables = &snapshotter->tables;
    while (snapshotter->cut_table < tables->count) {
        if (chunk_budget == 0 || !sides_have_room(snapshotter)) {
            return;
        }
        struct bytes content;
        if (table_cut_take(tables->tables[snapshotter->cut_table], &snapshotter->cut_chunk,
                           &content)) {
            take_chunk(snapshotter, content);
            chunk_budget--;
        } else {
            snapshotter->cut_table++;
            snapshotter->cut_chunk = 0;
        }
    }
    cut_done(snapshotter);
}

bool snapshotter_step(struct snapshotter *snapshotter, uint32_t chunk_budget)
{
    if (snapshotter->cutting) {
        cut_step(snapshotter, chunk_budget);
    }
    bool busy = snapshotter->cutting;
    for (uint32_t i = 0; i < snapshotter->options.store_count; i++) {
        busy |= snapshot_side_step(snapshotter, &snapshotter->sides[i]);
    }
    return busy;
}

/* ------------------------------------------------------------------ figures */

struct snapshotter_store_figures snapshotter_store(const struct snapshotter *snapshotter,
                                                   uint32_t index)
{
    CHECK(index < snapshotter->options.store_count);
    const struct snapshot_side *side = &snapshotter->sides[index];
    struct snapshotter_store_figures figures = side->figures;
    figures.name = side->store->name;
    figures.failures = side->store->failures(side->store->context);
    figures.in_progress = side->phase != SIDE_IDLE;
    figures.ahead = side->ahead;
    return figures;
}

void snapshotter_stats(const struct snapshotter *snapshotter, struct stats *stats)
{
    uint64_t newest = 0;
    stats->store_count = snapshotter->options.store_count;
    for (uint32_t i = 0; i < stats->store_count; i++) {
        const struct snapshotter_store_figures figures = snapshotter_store(snapshotter, i);
        stats->stores[i] = (struct store_stats){ figures.name, figures.last_success_ms,
                                                 figures.failures };
        if (figures.sequence > newest) {
            newest = figures.sequence;
            stats->snapshot_duration_seconds = (double)figures.duration_us / 1e6;
            stats->snapshot_bytes = figures.raw_bytes;
        }
    }
}
