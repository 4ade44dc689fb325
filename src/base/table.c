/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

enum { ROW_LIVE_BYTES = sizeof(uint32_t) };

static uint32_t chunk_shift_for(uint32_t row_bytes)
{
    uint32_t shift = 0;
    while (((uint64_t)row_bytes << (shift + 1)) <= TABLE_CHUNK_BYTES) {
        shift++;
    }
    return shift;
}

static uint32_t chunks_for(const struct table *table, uint32_t row_count)
{
    return (uint32_t)(((uint64_t)row_count + table->chunk_rows - 1) >> table->chunk_shift);
}

static size_t chunk_bytes(const struct table *table, uint32_t chunk, uint32_t row_count)
{
    const uint32_t first = chunk << table->chunk_shift;
    CHECK(first < row_count);
    const uint32_t left = row_count - first;
    return (size_t)(left < table->chunk_rows ? left : table->chunk_rows) * table->row_bytes;
}

static uint8_t *chunk_start(const struct table *table, uint32_t chunk)
{
    return table->rows + ((size_t)chunk << table->chunk_shift) * table->row_bytes;
}

void table_init(struct table *table, struct arena *arena, struct arena *spill, uint32_t row_bytes,
                uint32_t row_count_max)
{
    CHECK(row_bytes >= 8 && row_bytes % 8 == 0 && row_bytes <= TABLE_CHUNK_BYTES);
    CHECK(row_count_max > 1);
    *table = (struct table){ .spill = spill, .row_bytes = row_bytes, .row_count = 1 };
    table->chunk_shift = chunk_shift_for(row_bytes);
    table->chunk_rows = UINT32_C(1) << table->chunk_shift;
    table->row_count_max = row_count_max;
    const uint32_t chunk_max = chunks_for(table, row_count_max);
    table->rows = arena_take(arena, (size_t)chunk_max * table->chunk_rows * row_bytes);
    table->chunk_state = arena_take(arena, chunk_max);
    table->chunk_saved = arena_take(arena, chunk_max * sizeof *table->chunk_saved);
}

static uint32_t *row_live(struct table *table, uint32_t row)
{
    return (uint32_t *)table_edit(table, row);
}

uint32_t table_add(struct table *table)
{
    uint32_t row = table->free_first;
    if (row) {
        uint32_t *live = row_live(table, row);
        table->free_first = *live;
        *live = TABLE_LIVE;
    } else {
        if (table->row_count == table->row_count_max) {
            return 0;
        }
        row = table->row_count++;
        *row_live(table, row) = TABLE_LIVE;
    }
    table->live_count++;
    return row;
}

void table_remove(struct table *table, uint32_t row)
{
    CHECK(table_has(table, row));
    uint8_t *bytes = table_edit(table, row);
    memset(bytes, 0, table->row_bytes);
    memcpy(bytes, &table->free_first, ROW_LIVE_BYTES);
    table->free_first = row;
    table->live_count--;
}

bool table_has(const struct table *table, uint32_t row)
{
    uint32_t live = 0;
    if (row > 0 && row < table->row_count) {
        memcpy(&live, table->rows + (size_t)row * table->row_bytes, ROW_LIVE_BYTES);
    }
    return live == TABLE_LIVE;
}

/* A chunk beyond the cut's extent did not exist when the cut began: nothing of it is saved. */
void table_save_chunk(struct table *table, uint32_t chunk)
{
    if (table->chunk_state[chunk] & TABLE_CHUNK_PENDING) {
        const size_t bytes = chunk_bytes(table, chunk, table->cut_row_count);
        uint8_t *copy = arena_take(table->spill, bytes);
        memcpy(copy, chunk_start(table, chunk), bytes);
        table->chunk_saved[chunk] = copy;
    }
    table->chunk_state[chunk] = TABLE_CHUNK_DIRTY;
}

uint32_t table_chunk_count(const struct table *table)
{
    return chunks_for(table, table->row_count);
}

uint32_t table_chunk_count_max(const struct table *table)
{
    return chunks_for(table, table->row_count_max);
}

struct table_extent table_extent(const struct table *table)
{
    return (struct table_extent){ table->row_count, table->free_first, table->live_count,
                                  table->row_bytes };
}

size_t table_bytes(const struct table *table)
{
    return (size_t)table->row_count * table->row_bytes;
}

void table_cut_begin(struct table *table, bool whole)
{
    table->cut_row_count = table->row_count;
    const uint32_t count = table_chunk_count(table);
    for (uint32_t chunk = 0; chunk < count; chunk++) {
        CHECK(!(table->chunk_state[chunk] & TABLE_CHUNK_PENDING) && !table->chunk_saved[chunk]);
        if (whole || table->chunk_state[chunk] & TABLE_CHUNK_DIRTY) {
            table->chunk_state[chunk] = TABLE_CHUNK_PENDING;
        }
    }
}

void table_chunk_touch(struct table *table, uint32_t chunk)
{
    CHECK(chunk < table_chunk_count(table));
    CHECK(!(table->chunk_state[chunk] & TABLE_CHUNK_PENDING));
    table->chunk_state[chunk] = TABLE_CHUNK_DIRTY;
}

bool table_cut_take(struct table *table, uint32_t *chunk, struct bytes *out_content)
{
    const uint32_t count = chunks_for(table, table->cut_row_count);
    for (; *chunk < count; (*chunk)++) {
        uint8_t *saved = table->chunk_saved[*chunk];
        if (!saved && !(table->chunk_state[*chunk] & TABLE_CHUNK_PENDING)) {
            continue;
        }
        *out_content = bytes_of(saved ? saved : chunk_start(table, *chunk),
                                chunk_bytes(table, *chunk, table->cut_row_count));
        table->chunk_saved[*chunk] = NULL;
        table->chunk_state[*chunk] &= (uint8_t)~TABLE_CHUNK_PENDING;
        return true;
    }
    return false;
}

/* Rows above row_count must be zero: table_add() hands them out as they are. */
static void clear_above(struct table *table, uint32_t row_count)
{
    const uint32_t count = table_chunk_count(table);
    for (uint32_t chunk = 0; chunk < count; chunk++) {
        CHECK(!(table->chunk_state[chunk] & TABLE_CHUNK_PENDING) && !table->chunk_saved[chunk]);
        table->chunk_state[chunk] = 0;
    }
    if (row_count < table->row_count) {
        memset(table->rows + (size_t)row_count * table->row_bytes, 0,
               (size_t)(table->row_count - row_count) * table->row_bytes);
    }
}

bool table_restore(struct table *table, struct table_extent extent)
{
    if (extent.row_bytes != table->row_bytes || extent.row_count == 0 ||
        extent.row_count > table->row_count_max || extent.free_first >= extent.row_count ||
        extent.live_count >= extent.row_count) {
        return false;
    }
    clear_above(table, extent.row_count);
    table->row_count = extent.row_count;
    table->free_first = extent.free_first;
    table->live_count = extent.live_count;
    return true;
}

bool table_restore_chunk(struct table *table, uint32_t chunk, struct bytes content)
{
    if (chunk >= table_chunk_count(table) ||
        content.count != chunk_bytes(table, chunk, table->row_count)) {
        return false;
    }
    memcpy(chunk_start(table, chunk), content.data, content.count);
    return true;
}

struct bytes table_chunk(const struct table *table, uint32_t chunk)
{
    return bytes_of(chunk_start(table, chunk), chunk_bytes(table, chunk, table->row_count));
}
