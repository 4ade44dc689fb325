/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_SNAPSHOTTER_H
#define FLOW_SNAPSHOTTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/table.h"
#include "core/world.h"
#include "flow/port.h"
#include "flow/stats.h"
#include "wire/snapshot_codec.h"

/*
 * The snapshotter takes cuts of the state: consistent at one journal entry, copied in small steps
 * between other work while the state goes on changing. A cut gives the hash of the state (contract
 * 2.5) and, where it is to be stored, a snapshot in every store.
 *
 * Snapshots are incremental: a chunk of a table is written to a store only when it changed since
 * the last snapshot that this store took. Each store has its own account of that, so one that is
 * away, slow, wiped or written by somebody else never holds up or spoils another: it starts whole
 * again. The two newest manifests of a store stay usable; objects that neither names are dropped.
 * An object of which less than half is still named is written anew, so a store holds at most twice
 * the state, and a little.
 *
 *     begin -- step: chunk by chunk --> hash -- pack, put --> manifest --> point --> drop
 *
 * No clock but the port's, no allocation: all memory is taken from the arena at the start.
 * Everything runs on the apply thread; the stores' own thread is behind their ports.
 */
struct snapshotter;

/* The state as tables. `restored` builds what is not in them; false: they contradict each other. */
struct snapshotter_tables {
    struct table *tables[WORLD_TABLES_MAX];
    const char *names[WORLD_TABLES_MAX];
    uint32_t count;
    uint32_t layout_version;
    struct arena *spill;           /* reset whenever no cut is in progress */
    bool (*restored)(void *context);
    void *context;
};

static inline bool snapshotter_world_restored(void *context)
{
    return world_restored((struct world *)context);
}

static inline struct snapshotter_tables snapshotter_tables_of(struct world *world)
{
    struct snapshotter_tables all = {
        .count = world_table_count(world),
        .layout_version = WORLD_LAYOUT_VERSION,
        .spill = world_spill(world),
        .restored = snapshotter_world_restored,
        .context = world,
    };
    for (uint32_t i = 0; i < all.count; i++) {
        all.tables[i] = world_table(world, i);
        all.names[i] = world_table_name(world, i);
    }
    return all;
}

enum { SNAPSHOTTER_STORES_MAX = STATS_STORES_MAX };

struct snapshotter_options {
    const struct store_port *stores;      /* must outlive the snapshotter */
    uint32_t store_count;
    const struct clock_port *clock;
    const char *group;                    /* at most SNAPSHOT_TEXT_BYTES_MAX, as is journal */
    const char *journal;                  /* name of the journal topic, with prefix */
    uint64_t writer;                      /* drawn at start: no other process has the same */
};

/* Address space it takes; few of the pages are touched while the state is small. */
size_t snapshotter_bytes(const struct snapshotter_tables *tables, uint32_t store_count);
struct snapshotter *snapshotter_init(struct arena *arena, const struct snapshotter_tables *tables,
                                     const struct snapshotter_options *options);

/* ------------------------------------------------------------------ restore, at start */

/*
 * Brings back the newest snapshot that is whole, over all stores; of equal ones the first store's.
 * Every checksum is verified; where something is missing or damaged the next one is tried. What
 * was wrong, and what is used, is written into `notes`, a line each.
 *
 * STATUS_OK: the tables are as they were at out_header->sequence (its texts live as long as the
 * snapshotter). STATUS_ABSENT: there is none to use. STATUS_UNREACHABLE: none was found, and a
 * store could not be asked: ask again. In both cases the tables are as before; `failure` says why.
 * No cut may have been taken yet.
 */
MUST_USE enum status snapshotter_restore(struct snapshotter *snapshotter, struct buffer *notes,
                                         struct snapshot_header *out_header,
                                         struct failure *failure);

/*
 * Reads the manifest with number `age` and every object that it names, and verifies all checksums,
 * without a state. `scratch` takes the manifest and a few bytes per chunk; `out_manifest` is a view
 * into it, set also where only objects are at fault (STATUS_LOST). STATUS_AGAIN: it was replaced by
 * a newer one while it was read.
 */
MUST_USE enum status snapshotter_verify(const struct store_port *store, uint32_t age,
                                        struct arena *scratch,
                                        struct snapshot_manifest *out_manifest,
                                        struct failure *failure);

/* ------------------------------------------------------------------ cuts */

/* What the state is at the moment of the cut: the entry applied last. */
struct snapshotter_cut {
    uint64_t sequence;
    struct hash128 id;
    int64_t journal_offset;
};

/*
 * Begins a cut. With `store` it becomes a snapshot in every store that is not busy with an older
 * one, else it is for the hash only. False, and nothing happened, while a cut is in progress or
 * manifests are still to be handed over (snapshotter_cutting()).
 */
bool snapshotter_begin(struct snapshotter *snapshotter, const struct snapshotter_cut *cut,
                       bool store);
bool snapshotter_cutting(const struct snapshotter *snapshotter);

/*
 * Goes on for at most `chunk_budget` chunks (SNAPSHOTTER_STEP_CHUNKS hold the caller well below a
 * millisecond) and looks what became of what was queued. True while something is left to do, be it
 * only to wait for a store. Call it also when idle: it costs nothing.
 */
enum { SNAPSHOTTER_STEP_CHUNKS = 8 };
bool snapshotter_step(struct snapshotter *snapshotter, uint32_t chunk_budget);

/* Hash and sequence of the newest finished cut; false before the first. */
bool snapshotter_hash(const struct snapshotter *snapshotter, uint64_t *out_sequence,
                      uint64_t *out_hash);

/* ------------------------------------------------------------------ figures */

struct snapshotter_store_figures {
    const char *name;
    uint64_t sequence;             /* of the last snapshot this process brought there; 0: none */
    int64_t last_success_ms;       /* wall clock; 0: none */
    int64_t journal_offset;        /* of that snapshot's entry; -1: none */
    uint64_t duration_us;          /* from the cut to the pointer */
    uint64_t raw_bytes;            /* of the whole snapshot, before compression */
    uint64_t written_bytes;        /* of these, written anew for it */
    uint64_t failures;
    bool in_progress;
    bool ahead;                    /* the store has a newer snapshot than our state: not written */
};
struct snapshotter_store_figures snapshotter_store(const struct snapshotter *snapshotter,
                                                   uint32_t index);
/* The fields of `stats` about snapshots: stores, the last duration, the last size. */
void snapshotter_stats(const struct snapshotter *snapshotter, struct stats *stats);

#endif
