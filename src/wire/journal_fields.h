/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_JOURNAL_FIELDS_H
#define WIRE_JOURNAL_FIELDS_H

#include "base/hash.h"
#include "wire/journal_codec.h"

/*
 * What the two halves of the journal codec share. An entry is one map; `id` is the hash of the
 * same map without the pair `id`:
 *
 *     head(n) | sequence .. | id .. | previous .. now .. records .. settings .. ..
 *     head(n-1) + sequence ..       + previous ..                    <- what is hashed
 *
 * So the hash is taken over three parts where the entry lies, when it is written and when it is
 * read.
 */

/* In the order in which they stand. The first five are always there. */
enum journal_field {
    FIELD_SEQUENCE,
    FIELD_ID,
    FIELD_PREVIOUS,
    FIELD_NOW,
    FIELD_RECORDS,
    FIELD_SETTINGS,
    FIELD_ZONES,
    FIELD_REVIEW,
    FIELD_PUBLISHED,
    FIELD_STATE,
    FIELD_SKIP,
    FIELD_COUNT,
    FIELD_REQUIRED_COUNT = FIELD_SETTINGS,
};
extern const char *const JOURNAL_FIELD_NAMES[FIELD_COUNT];

enum {
    JOURNAL_ID_BYTES = sizeof(struct hash128),
    JOURNAL_STATE_HASH_BYTES = 8,
    JOURNAL_RECORD_PARTS = 7,
};

/* Contract 3: versions, which are sequences, are below 2^53. */
#define JOURNAL_SEQUENCE_MAX ((UINT64_C(1) << 53) - 1)
#define JOURNAL_NOW_MS_MAX (TIME_NS_MAX / NS_PER_MS)

/* `pair_count` is that of the whole entry; before and after `id` is all but its head. */
struct hash128 journal_fields_hash(uint32_t pair_count, struct bytes before_id,
                                   struct bytes after_id);

#endif
