/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_SNAPSHOTTER_STATE_H
#define FLOW_SNAPSHOTTER_STATE_H

#include "flow/snapshotter.h"

/*
 * Inside the snapshotter: snapshotter.c cuts, snapshot_side.c keeps the account of one store,
 * snapshot_restore.c reads back. Chunks are numbered through all tables by their largest possible
 * count, so a number never changes.
 */

/* Where a store has what a chunk holds now. */
struct chunk_place {
    uint32_t slot;         /* of the object; 0: the store does not have it */
    uint32_t offset;
    uint32_t length;
};

/* An object that a store holds, or is being given. */
struct object_slot {
    struct snapshot_object object;
    uint32_t live_bytes;       /* of chunks that have their place here now */
    uint32_t manifest_index;   /* in the manifest being built */
    uint64_t named;            /* number of the last snapshot that named it; 0: none yet */
    uint32_t next_free;
    bool used;
    bool in_manifest;          /* of the snapshot on its way */
};

enum side_phase {
    SIDE_IDLE,
    SIDE_FILLING,      /* a cut is in progress, chunks are packed and put */
    SIDE_FLUSHING,     /* the last pack is to be put */
    SIDE_LISTING,      /* the manifest is being written */
    SIDE_HANDING,      /* the manifest is to be handed over */
    SIDE_POINTING,     /* waiting for the pointer */
};

struct snapshot_side {
    const struct store_port *store;
    enum side_phase phase;
    bool ahead;
    uint64_t base;             /* sequence of the snapshot on which `places` rests; 0: none */
    uint64_t ordinal;          /* snapshots that this store took; objects are `named` by it */
    struct chunk_place *places;
    struct object_slot *slots; /* 1 .. slot_count-1 were ever used */
    uint32_t slot_count;
    uint32_t slot_count_max;
    uint32_t slot_free;
    uint32_t drop_cursor;      /* the slot to look at next; 0: nothing to drop */

    /* the snapshot on its way */
    struct snapshot_header header;
    struct table_extent extents[WORLD_TABLES_MAX];
    uint64_t failures_before;
    int64_t begun_us;
    uint64_t written_bytes;
    uint64_t raw_bytes;
    struct buffer pack;
    uint32_t pack_slot;        /* 0: the pack is empty */
    struct buffer manifest;
    uint32_t list_table;       /* next to list */
    uint32_t list_chunk;

    struct snapshotter_store_figures figures;
};

struct snapshotter {
    struct snapshotter_tables tables;
    struct snapshotter_options options;
    uint32_t first_chunk[WORLD_TABLES_MAX];   /* number of a table's chunk 0 */
    uint32_t chunk_count_max;
    uint64_t *hashes;                         /* of each chunk as of the last cut */

    bool hashed;                              /* every chunk in use has its hash */
    bool cutting;
    struct snapshotter_cut cut;
    struct table_extent extents[WORLD_TABLES_MAX];
    uint32_t cut_table;                       /* where the cut goes on */
    uint32_t cut_chunk;

    bool has_hash;
    uint64_t hash_sequence;
    uint64_t hash;

    struct snapshot_side sides[SNAPSHOTTER_STORES_MAX];
};

/* Chunks of a table with this extent. */
uint32_t snapshotter_chunk_count(const struct table *table, struct table_extent extent);

/* Hash of extents and chunk hashes: equal states have equal hashes. */
uint64_t snapshotter_state_hash(const struct snapshotter *snapshotter,
                                const struct table_extent *extents);

/* Where a store lies idle and may take this sequence, it takes part in the cut about to begin:
 * chunks that it does not have count as changed. */
void snapshot_side_begin(struct snapshotter *snapshotter, struct snapshot_side *side,
                         const struct snapshotter_cut *cut);
/* Room for one more chunk; false: the store's queue is full, try again. */
bool snapshot_side_room(struct snapshotter *snapshotter, struct snapshot_side *side);
/* Takes a chunk of the cut; `changed`: its bytes are not those of the last cut. */
void snapshot_side_take(struct snapshot_side *side, uint32_t chunk, struct bytes content,
                        bool changed);
/* The cut is complete and has this hash. */
void snapshot_side_cut(struct snapshotter *snapshotter, struct snapshot_side *side, uint64_t hash);
/* Does a bounded part of what follows a cut. True while something is left. */
bool snapshot_side_step(struct snapshotter *snapshotter, struct snapshot_side *side);
void snapshot_side_abandon(struct snapshotter *snapshotter, struct snapshot_side *side);
/* Takes the account over from a manifest of this store whose objects were all verified. */
void snapshot_side_adopt(struct snapshotter *snapshotter, struct snapshot_side *side,
                         const struct snapshot_manifest *manifest);

#endif
