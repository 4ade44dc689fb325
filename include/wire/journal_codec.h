/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_JOURNAL_CODEC_H
#define WIRE_JOURNAL_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/status.h"
#include "core/record.h"
#include "core/world.h"

/*
 * Entries of promised.journal.v1 (contract 2.5): one MessagePack map each, fields in the
 * contract's order. `id` is the XXH3-128 of the entry encoded without it.
 */
struct journal_zone {
    struct bytes name;
    struct bytes tzif;
};

struct journal_skip {
    enum topic topic;
    int32_t partition;
    int64_t offset;
};

struct journal_entry {
    uint64_t sequence;
    struct hash128 id;
    struct bytes previous;               /* 16 bytes, or empty for the first */
    int64_t now_ms;
    const struct record *records;        /* topics of inputs only */
    uint32_t record_count;
    bool has_settings;
    struct settings settings;
    const struct journal_zone *zones;
    uint32_t zone_count;
    bool review;
    const struct watermark_entry *published;
    uint32_t published_count;
    bool has_state;
    uint64_t state_sequence;
    uint64_t state_hash;                 /* 8 bytes, big endian, on the wire */
    const struct journal_skip *skips;
    uint32_t skip_count;
};

/*
 * Builds an entry: records are added one by one (their bytes are copied, encoded), then finished
 * with all other fields. `room` has ENTRY_BYTES_MAX plus one record's worth of bytes.
 */
struct journal_builder {
    struct buffer records;
    uint32_t record_count;
};
void journal_builder_start(struct journal_builder *builder, struct buffer room);
/* What the record will add, at most. */
size_t journal_record_bytes(const struct record *record);
void journal_builder_add(struct journal_builder *builder, const struct record *record);
/*
 * Writes the whole entry into `out` (records are the builder's, `entry->records` is not looked at)
 * and sets entry->id. out->overflowed where it did not fit.
 */
void journal_builder_finish(const struct journal_builder *builder, struct journal_entry *entry,
                            struct buffer *out);

/* Room in the arena that suffices to decode any value of this size. */
size_t journal_decode_bytes(size_t value_count);

/*
 * Decodes and verifies one entry; arrays are in `arena`, which must have journal_decode_bytes()
 * left, and views point into `value`. STATUS_OK: the entry is whole and its id is its hash; whether
 * it counts is for the reader to see by `previous`. STATUS_ABSENT: `value` is no entry (void, as
 * any stranger's record on the topic); `failure` says why and nothing else was written.
 * Fields that we do not know are passed over; they are part of the hash.
 */
MUST_USE enum status journal_decode(struct bytes value, struct arena *arena,
                                    struct journal_entry *out_entry, struct failure *failure);

#endif
