/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_JOURNAL_H
#define APP_DEMO_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "core/topic.h"

/*
 * The demo's own reading of promised.journal.v1 (contract 2.5), as far as it concerns the order of
 * what was read: which entries count, their `now`, and where their records come from. Shares
 * nothing with the product's.
 */
struct demo_journal {
    uint8_t last_id[16];       /* of the last entry that counted */
    bool any;
    uint64_t counted, voided, unreadable;
};

struct demo_entry {
    uint64_t sequence;
    int64_t now_ms;
};

/*
 * Reads one entry and gives the place of each of its records, in order, to `take`. False, and
 * nothing given: it does not count.
 */
bool demo_journal_read(struct demo_journal *journal, struct bytes value,
                       struct demo_entry *out_entry,
                       void (*take)(void *context, const struct demo_entry *entry,
                                    enum topic topic, int32_t partition, int64_t offset),
                       void *context);

#endif
