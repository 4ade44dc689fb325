/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_JOURNAL_AUDIT_H
#define APP_JOURNAL_AUDIT_H

#include "base/hash.h"
#include "base/status.h"
#include "wire/journal_codec.h"

/*
 * Goes through a journal from its first record kept, and tells which entries count and which are
 * void (contract 2.5). It shares no code with what follows the journal in the daemon.
 *
 * Where the start of the journal is gone, the first entries kept may be void ones, of which nobody
 * can tell at first: the chain begins with the first of them that a later one continues.
 *
 *     (gone)  v1  a2  v3  a4 ...        a4 continues a2: a2 is the first that counts,
 *              candidates               v1 and v3 are void
 */
enum { AUDIT_CANDIDATES_MAX = 64, AUDIT_REASON_BYTES = 160, AUDIT_AHEAD_MAX = 2 };

enum audit_verdict {
    AUDIT_COUNTS,
    AUDIT_VOID,
    AUDIT_OPEN,        /* a candidate: whether it counts shows later */
    AUDIT_BROKEN,      /* history was lost here: out_reason says how */
};
extern const char *const AUDIT_VERDICT_NAMES[];

struct audit_entry {
    uint64_t sequence;
    struct hash128 id;
    int64_t offset;
};

struct journal_audit {
    bool from_zero;                /* the first record kept is the first there ever was */
    bool chained;                  /* `last` counts */
    struct audit_entry last;
    struct audit_entry candidates[AUDIT_CANDIDATES_MAX];
    uint32_t candidate_count;
    int64_t future_tolerance_ms;   /* of the settings in force; -1: not known, not checked */
    bool wall_clock;
    uint64_t counting;             /* entries that count, candidates that proved to included */
    uint64_t voids;
    uint64_t records;              /* in entries that count, but a first candidate */
    uint64_t first_sequence;       /* 0: none yet */
};

/* `start` is the offset of the first record kept. */
void audit_start(struct journal_audit *audit, int64_t start);

/*
 * The next record of the journal. `entry` is NULL where it does not decode. `out_reason` says why
 * an entry is void or history broken.
 */
enum audit_verdict audit_take(struct journal_audit *audit, int64_t offset, int64_t timestamp_ms,
                              const struct journal_entry *entry,
                              char out_reason[AUDIT_REASON_BYTES]);

#endif
