/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading back. A manifest is tried as a whole: extents, then object by object all chunks that lie
 * in it, each checked against its hash, then the hash of the state. If any of it fails, the next
 * newest manifest of any store is tried, and last the tables as they were are put back, from a
 * copy made at the start. (They hold a few rows then: a new world is not quite empty.)
 *
 * Chunks that hold the right bytes already are not read again. So when another process writes
 * snapshots meanwhile, and with them drops what the one being read names, the store is looked at
 * anew and only what has changed since is read: that is less each time.
 */
#include <stdarg.h>
#include <stdio.h>

#include "snapshot_read.h"
#include "snapshotter_state.h"

enum {
    MANIFESTS_KEPT = 2,
    LOOKS_MAX = 16,         /* how often one store is looked at */
    CANDIDATES_MAX = SNAPSHOTTER_STORES_MAX * MANIFESTS_KEPT * LOOKS_MAX,
};

struct candidate {
    const struct store_port *store;
    uint32_t index;         /* of the store */
    uint32_t age;
    uint64_t sequence;
    bool tried;
};

struct restoring {
    struct snapshotter *snapshotter;
    struct buffer *notes;
    struct arena *scratch;
    bool unreachable;       /* a store could not be asked for something */
    bool again;             /* the tables hold what an earlier try brought */
    struct candidate candidates[CANDIDATES_MAX];
    uint32_t candidate_count;
    uint32_t looks[SNAPSHOTTER_STORES_MAX];
    uint64_t newest[SNAPSHOTTER_STORES_MAX];   /* highest sequence seen in the store */
    struct bytes initial[WORLD_TABLES_MAX];
    struct table_extent initial_extents[WORLD_TABLES_MAX];
};

__attribute__((format(printf, 2, 3))) static void note(struct buffer *notes, const char *format,
                                                       ...)
{
    char line[FAILURE_TEXT_BYTES + 256];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    const size_t count = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    /* A line that does not fit is left out whole; later ones may still fit. */
    if (notes && notes->capacity - notes->count > count) {
        buffer_put(notes, line, count);
        buffer_put_byte(notes, '\n');
    }
}

/* ------------------------------------------------------------------ into the tables */

static bool table_has_it(void *context, uint32_t table, uint32_t chunk,
                         const struct snapshot_chunk *at)
{
    const struct restoring *restoring = context;
    struct snapshotter *snapshotter = restoring->snapshotter;
    if (!restoring->again) {
        return false;
    }
    const struct bytes content = table_chunk(snapshotter->tables.tables[table], chunk);
    const bool holds = content.count == at->length && hash_bytes(content, 0) == at->hash;
    if (holds) {
        snapshotter->hashes[snapshotter->first_chunk[table] + chunk] = at->hash;
    }
    return holds;
}

static bool table_take(void *context, uint32_t table, uint32_t chunk, struct bytes content)
{
    const struct restoring *restoring = context;
    struct snapshotter *snapshotter = restoring->snapshotter;
    snapshotter->hashes[snapshotter->first_chunk[table] + chunk] = hash_bytes(content, 0);
    return table_restore_chunk(snapshotter->tables.tables[table], chunk, content);
}

static enum status restore_extents(struct snapshotter *snapshotter,
                                   const struct snapshot_manifest *manifest,
                                   struct failure *failure)
{
    const struct snapshotter_tables *tables = &snapshotter->tables;
    if (manifest->table_count != tables->count) {
        return failure_set(failure, STATUS_LOST, "it has %u tables instead of %u",
                           manifest->table_count, tables->count);
    }
    for (uint32_t i = 0; i < tables->count; i++) {
        const struct snapshot_table table = snapshot_manifest_table(manifest, i);
        if (!table_restore(tables->tables[i], table.extent) ||
            table.chunk_count != table_chunk_count(tables->tables[i])) {
            return failure_set(failure, STATUS_LOST, "table %s does not fit this program",
                               tables->names[i]);
        }
        snapshotter->extents[i] = table.extent;
    }
    return STATUS_OK;
}

static enum status restore_tables(struct restoring *restoring, const struct store_port *store,
                                  const struct snapshot_manifest *manifest,
                                  struct failure *failure)
{
    struct snapshotter *snapshotter = restoring->snapshotter;
    enum status status = restore_extents(snapshotter, manifest, failure);
    if (status != STATUS_OK) {
        return status;
    }
    const struct snapshot_sink sink = { restoring, table_has_it, table_take };
    status = snapshot_read_objects(store, manifest, restoring->scratch, &sink, failure);
    if (status != STATUS_OK) {
        return status;
    }
    if (snapshotter_state_hash(snapshotter, snapshotter->extents) != manifest->header.state_hash) {
        return failure_set(failure, STATUS_LOST, "the hash of the state is wrong");
    }
    if (!snapshotter->tables.restored(snapshotter->tables.context)) {
        return failure_set(failure, STATUS_LOST, "its rows contradict each other");
    }
    return STATUS_OK;
}

static void initial_save(struct restoring *restoring)
{
    const struct snapshotter_tables *tables = &restoring->snapshotter->tables;
    for (uint32_t i = 0; i < tables->count; i++) {
        const struct table *table = tables->tables[i];
        const size_t bytes = table_bytes(table);
        CHECK(bytes <= TABLE_CHUNK_BYTES);
        void *copy = arena_take(restoring->scratch, bytes);
        memcpy(copy, table->rows, bytes);
        restoring->initial[i] = bytes_of(copy, bytes);
        restoring->initial_extents[i] = table_extent(table);
    }
}

static void initial_restore(struct restoring *restoring)
{
    const struct snapshotter_tables *tables = &restoring->snapshotter->tables;
    for (uint32_t i = 0; i < tables->count; i++) {
        struct table *table = tables->tables[i];
        const bool fits = table_restore(table, restoring->initial_extents[i]) &&
                          table_restore_chunk(table, 0, restoring->initial[i]);
        CHECK(fits);
    }
}

/* ------------------------------------------------------------------ which one */

/* Of this group and journal, and of a layout we know. */
static bool usable(struct restoring *restoring, const struct store_port *store,
                   const struct snapshot_header *header)
{
    const struct snapshotter *snapshotter = restoring->snapshotter;
    if (!bytes_equal(header->group, bytes_text(snapshotter->options.group)) ||
        !bytes_equal(header->journal, bytes_text(snapshotter->options.journal))) {
        note(restoring->notes,
             "%s: snapshot %llu is of group %.*s and journal %.*s, not ours: passed over",
             store->name, (unsigned long long)header->sequence, (int)header->group.count,
             (const char *)header->group.data, (int)header->journal.count,
             (const char *)header->journal.data);
        return false;
    }
    if (header->layout_version != snapshotter->tables.layout_version) {
        note(restoring->notes,
             "%s: snapshot %llu has layout %u and this program has %u: passed over, the journal is "
             "read again instead; where it no longer reaches back, start the version that wrote it",
             store->name, (unsigned long long)header->sequence, header->layout_version,
             snapshotter->tables.layout_version);
        return false;
    }
    return true;
}

static void look_at(struct restoring *restoring, uint32_t index, uint32_t age)
{
    const struct store_port *store = &restoring->snapshotter->options.stores[index];
    const size_t mark = restoring->scratch->used;
    struct snapshot_manifest manifest;
    struct failure why = { STATUS_OK, "" };
    const enum status status =
        snapshot_read_manifest(store, age, restoring->scratch, &manifest, &why);
    if (status == STATUS_OK) {
        if (manifest.header.sequence > restoring->newest[index]) {
            restoring->newest[index] = manifest.header.sequence;
        }
        if (usable(restoring, store, &manifest.header)) {
            restoring->candidates[restoring->candidate_count++] = (struct candidate){
                store, index, age, manifest.header.sequence, false
            };
        }
    } else if (status != STATUS_ABSENT) {
        restoring->unreachable |= status != STATUS_LOST;
        note(restoring->notes, "%s: %s snapshot: %s", store->name,
             age == 0 ? "newest" : "older", why.text);
    }
    restoring->scratch->used = mark;
}

static void look_at_store(struct restoring *restoring, uint32_t index)
{
    restoring->looks[index]++;
    for (uint32_t age = 0; age < MANIFESTS_KEPT; age++) {
        look_at(restoring, index, age);
    }
}

/* After a failure: has somebody moved the pointer meanwhile? */
static void look_again(struct restoring *restoring, uint32_t index)
{
    const struct store_port *store = &restoring->snapshotter->options.stores[index];
    if (!snapshot_read_replaced(store, 0, restoring->newest[index])) {
        return;
    }
    if (restoring->looks[index] < LOOKS_MAX) {
        look_at_store(restoring, index);
    } else {
        restoring->unreachable = true;   /* it has one, but not for long enough: not absent */
    }
}

static struct candidate *newest_untried(struct restoring *restoring)
{
    struct candidate *newest = NULL;
    for (uint32_t i = 0; i < restoring->candidate_count; i++) {
        struct candidate *candidate = &restoring->candidates[i];
        if (!candidate->tried && (!newest || candidate->sequence > newest->sequence)) {
            newest = candidate;
        }
    }
    return newest;
}

static void restored_from(struct restoring *restoring, const struct candidate *candidate,
                          const struct snapshot_manifest *manifest,
                          struct snapshot_header *out_header)
{
    struct snapshotter *snapshotter = restoring->snapshotter;
    struct snapshot_side *side = &snapshotter->sides[candidate->index];
    /* The older manifest is no base: the store's pointer is at the newest. */
    if (candidate->age == 0) {
        snapshot_side_adopt(snapshotter, side, manifest);
    }
    snapshotter->hashed = true;
    snapshotter->has_hash = true;
    snapshotter->hash_sequence = manifest->header.sequence;
    snapshotter->hash = manifest->header.state_hash;
    *out_header = manifest->header;
    out_header->group = bytes_text(snapshotter->options.group);
    out_header->journal = bytes_text(snapshotter->options.journal);
    note(restoring->notes, "%s: snapshot %llu is used", candidate->store->name,
         (unsigned long long)candidate->sequence);
}

static bool try_candidate(struct restoring *restoring, struct candidate *candidate,
                          struct snapshot_header *out_header)
{
    const size_t mark = restoring->scratch->used;
    struct failure why = { STATUS_OK, "" };
    struct snapshot_manifest manifest;
    enum status status = snapshot_read_manifest(candidate->store, candidate->age,
                                                restoring->scratch, &manifest, &why);
    if (status == STATUS_OK && manifest.header.sequence != candidate->sequence) {
        status = failure_set(&why, STATUS_LOST, "it was replaced meanwhile");
    }
    if (status == STATUS_OK) {
        status = restore_tables(restoring, candidate->store, &manifest, &why);
    }
    if (status == STATUS_OK) {
        restored_from(restoring, candidate, &manifest, out_header);
    } else {
        restoring->unreachable |= status != STATUS_LOST;
        note(restoring->notes, "%s: snapshot %llu is not whole: %s", candidate->store->name,
             (unsigned long long)candidate->sequence, why.text);
    }
    candidate->tried = true;
    restoring->scratch->used = mark;
    return status == STATUS_OK;
}

static enum status nothing_found(const struct restoring *restoring, struct failure *failure)
{
    if (restoring->unreachable) {
        return failure_set(failure, STATUS_UNREACHABLE,
                           "no snapshot was found, and a store of snapshots.url could not be read; "
                           "trying again");
    }
    return failure_set(failure, STATUS_ABSENT,
                       "no store of snapshots.url has a snapshot to use: the journal is read from "
                       "its start");
}

enum status snapshotter_restore(struct snapshotter *snapshotter, struct buffer *notes,
                                struct snapshot_header *out_header, struct failure *failure)
{
    CHECK(!snapshotter->cutting && !snapshotter->hashed);
    CHECK(snapshotter->tables.spill->used == 0);
    struct restoring restoring = { .snapshotter = snapshotter, .notes = notes,
                                   .scratch = snapshotter->tables.spill };
    initial_save(&restoring);
    for (uint32_t i = 0; i < snapshotter->options.store_count; i++) {
        look_at_store(&restoring, i);
    }
    struct candidate *candidate;
    bool restored = false;
    while (!restored && (candidate = newest_untried(&restoring)) != NULL) {
        restored = try_candidate(&restoring, candidate, out_header);
        restoring.again = true;
        if (!restored) {
            look_again(&restoring, candidate->index);
        }
    }
    if (restoring.again && !restored) {
        initial_restore(&restoring);
    }
    arena_reset(snapshotter->tables.spill);
    return restored ? STATUS_OK : nothing_found(&restoring, failure);
}
