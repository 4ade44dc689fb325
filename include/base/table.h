/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

/*
 * A table is an array of rows of one size that never move. Row 0 does not exist, so index 0 means
 * "none". Rows hold no pointers, only indexes: the bytes of a table are its snapshot, and equal
 * histories give equal bytes on every process.
 *
 * Every row type begins with `uint32_t live`, which the table owns: TABLE_LIVE while the row is in
 * use, else the next free row. A removed row is zero but for that word.
 *
 * Rows are grouped into chunks of at most TABLE_CHUNK_BYTES. A *cut* freezes the table as it is at
 * one moment while it goes on changing: every chunk is pending until table_cut_take() has handed it
 * out, and the first table_edit() of a pending chunk saves it aside first (copy on write).
 * So all changes go through table_edit(); a pointer from it is good until the next cut begins.
 *
 *     chunk 0            chunk 1            chunk 2
 *     |row 0..n-1        |row n..2n-1       |...      <- rows, address space reserved at start
 *     |dirty, hash       |dirty, pending    |...      <- chunk_state, one byte each
 */
enum { TABLE_CHUNK_BYTES = 64 * 1024 };
#define TABLE_LIVE UINT32_MAX

enum table_chunk_state {
    TABLE_CHUNK_DIRTY = 1,   /* changed since the last cut began */
    TABLE_CHUNK_PENDING = 2, /* belongs to the cut in progress and was not handed out yet */
};

struct table {
    uint8_t *rows;
    uint8_t *chunk_state;
    struct arena *spill;      /* where pending chunks are saved; shared by all tables of a state */
    uint8_t **chunk_saved;    /* per chunk: its saved copy in `spill`, or NULL */
    uint32_t row_bytes;
    uint32_t chunk_rows;
    uint32_t chunk_shift;     /* log2 of chunk_rows */
    uint32_t row_count_max;
    uint32_t row_count;       /* rows 0 .. row_count-1 were ever in use; at least 1 */
    uint32_t free_first;      /* the removed row that is used next; 0: none */
    uint32_t live_count;
    uint32_t cut_row_count;   /* row_count when the cut in progress began */
};

/* What a snapshot needs beside the rows to bring a table back. */
struct table_extent {
    uint32_t row_count;
    uint32_t free_first;
    uint32_t live_count;
    uint32_t row_bytes;
};

/* Reserves room for `row_count_max` rows of `row_bytes` (a multiple of 8) in `arena`. */
void table_init(struct table *table, struct arena *arena, struct arena *spill, uint32_t row_bytes,
                uint32_t row_count_max);

/* A new row, zero but for `live`; 0 where the table is full. */
uint32_t table_add(struct table *table);
void table_remove(struct table *table, uint32_t row);
bool table_has(const struct table *table, uint32_t row);

static inline const void *table_row(const struct table *table, uint32_t row)
{
    CHECK(row > 0 && row < table->row_count);
    return table->rows + (size_t)row * table->row_bytes;
}

void table_save_chunk(struct table *table, uint32_t chunk);

static inline void *table_edit(struct table *table, uint32_t row)
{
    CHECK(row > 0 && row < table->row_count);
    const uint32_t chunk = row >> table->chunk_shift;
    if (table->chunk_state[chunk] != TABLE_CHUNK_DIRTY) {
        table_save_chunk(table, chunk);
    }
    return table->rows + (size_t)row * table->row_bytes;
}

/* How many chunks hold rows in use, and how many ever can. */
uint32_t table_chunk_count(const struct table *table);
uint32_t table_chunk_count_max(const struct table *table);
struct table_extent table_extent(const struct table *table);
size_t table_bytes(const struct table *table);   /* of rows ever in use */

/*
 * Begins a cut: the chunks that changed since the last one, or with `whole` all, become pending
 * and clean. No cut may be in progress.
 */
void table_cut_begin(struct table *table, bool whole);

/* Counts a chunk as changed, so that the next cut has it. No cut may be in progress. */
void table_chunk_touch(struct table *table, uint32_t chunk);

/*
 * The next pending chunk from `*chunk` on, as it was when the cut began: true and its content in
 * `out_content`, good until the table is next changed; the chunk is pending no more.
 * False when none is left (the cut is then over for this table).
 */
bool table_cut_take(struct table *table, uint32_t *chunk, struct bytes *out_content);

/*
 * Restore: the extent first, then every chunk that does not hold the right bytes already. False
 * where they do not fit this table; nothing was changed then. No cut may be in progress. What was
 * restored counts as unchanged.
 */
bool table_restore(struct table *table, struct table_extent extent);
bool table_restore_chunk(struct table *table, uint32_t chunk, struct bytes content);

/* The rows of a chunk as they are now; good until the table is next changed. */
struct bytes table_chunk(const struct table *table, uint32_t chunk);

#endif
