/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_SNAPSHOT_CODEC_H
#define WIRE_SNAPSHOT_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/status.h"
#include "base/table.h"

/*
 * A snapshot in a store is *objects* and one *manifest*. An object is a pack of table chunks that
 * were written together; it never changes. The manifest says what the snapshot is (a prefix of the
 * journal, by sequence, id and offset) and for each chunk of each table where it lies; chunks that
 * did not change are named where an earlier snapshot put them. All numbers are little endian.
 *
 *     manifest   | header | tables | objects | chunks, table after table | XXH3-64 of all before |
 *     object     | magic | form | raw size | XXH3-64 of the raw pack | pack, lz4 or as it is     |
 */
enum {
    SNAPSHOT_FORMAT_VERSION = 1,
    /* Sixteen full chunks: about 256 KiB once compressed. */
    SNAPSHOT_PACK_BYTES_MAX = 16 * TABLE_CHUNK_BYTES,
    SNAPSHOT_NAME_BYTES = 64,          /* of an object's name, with its end */
    SNAPSHOT_TEXT_BYTES_MAX = 255,     /* of group and journal */
};

/* One pack. Two processes never give theirs the same name: `writer` is drawn at start. */
struct snapshot_object {
    uint64_t writer;
    uint64_t sequence;                 /* of the snapshot that wrote it */
    uint32_t number;                   /* within that snapshot, from 0 */
    uint32_t raw_bytes;
};

/* Where one chunk lies. */
struct snapshot_chunk {
    uint64_t hash;                     /* XXH3-64 of its bytes */
    uint32_t object;                   /* index in the manifest's list */
    uint32_t offset;                   /* in the raw pack */
    uint32_t length;
};

struct snapshot_table {
    struct table_extent extent;
    uint32_t chunk_count;
};

struct snapshot_header {
    uint32_t layout_version;           /* of the tables: WORLD_LAYOUT_VERSION */
    uint64_t sequence;                 /* of the last entry in the state */
    struct hash128 id;                 /* of that entry */
    int64_t journal_offset;            /* where that entry stands */
    int64_t now_ms;                    /* wall clock when the snapshot was begun */
    uint64_t state_hash;
    uint64_t writer;                   /* who wrote it */
    /* The snapshot whose objects this one leans on; 0: it stands alone. A store takes a manifest
     * only while this is its newest: so the objects are still there, whoever wrote meanwhile. */
    uint64_t base;
    uint32_t own_object_count;         /* objects written for this snapshot: 0 .. count-1 */
    struct bytes group;
    struct bytes journal;              /* topic, with prefix */
};

/* A manifest that was decoded; a view into its bytes. Every index and range in it holds. */
struct snapshot_manifest {
    struct snapshot_header header;
    uint32_t table_count;
    uint32_t object_count;
    uint32_t chunk_count;
    uint64_t raw_bytes;                /* of all chunks */
    const uint8_t *tables;
    const uint8_t *objects;
    const uint8_t *chunks;
};

/* What the three counts will take, at most. */
size_t snapshot_manifest_bytes(uint64_t table_count, uint64_t object_count, uint64_t chunk_count);

/*
 * Encoding: begin, then every table, every object, every chunk, then finish, which adds the
 * checksum. Texts of the header are at most SNAPSHOT_TEXT_BYTES_MAX.
 */
void snapshot_manifest_begin(struct buffer *out, const struct snapshot_header *header,
                             uint32_t table_count, uint32_t object_count, uint32_t chunk_count);
void snapshot_manifest_put_table(struct buffer *out, const struct snapshot_table *table);
void snapshot_manifest_put_object(struct buffer *out, const struct snapshot_object *object);
void snapshot_manifest_put_chunk(struct buffer *out, const struct snapshot_chunk *chunk);
void snapshot_manifest_finish(struct buffer *out);

/* STATUS_LOST: not a whole manifest of this format, and `failure` says why. */
MUST_USE enum status snapshot_manifest_decode(struct bytes value,
                                              struct snapshot_manifest *out_manifest,
                                              struct failure *failure);
struct snapshot_table snapshot_manifest_table(const struct snapshot_manifest *manifest,
                                              uint32_t index);
struct snapshot_object snapshot_manifest_object(const struct snapshot_manifest *manifest,
                                                uint32_t index);
struct snapshot_chunk snapshot_manifest_chunk(const struct snapshot_manifest *manifest,
                                              uint32_t index);

/* The name under which a store keeps an object; `name` has SNAPSHOT_NAME_BYTES. */
void snapshot_object_name(const struct snapshot_object *object, char *name);
/* False where this is no such name. `raw_bytes` is not in it and becomes 0. */
bool snapshot_object_parse(const char *name, struct snapshot_object *out_object);

/*
 * An object as stores write it. `out` needs snapshot_object_bytes() of room; a pack is at most
 * SNAPSHOT_PACK_BYTES_MAX.
 */
size_t snapshot_object_bytes(size_t raw_bytes);
void snapshot_object_encode(struct bytes pack, struct buffer *out);
/* `out` has SNAPSHOT_PACK_BYTES_MAX of room. STATUS_LOST: damaged, and `failure` says how. */
MUST_USE enum status snapshot_object_decode(struct bytes value, struct buffer *out,
                                            struct failure *failure);

#endif
