/* SPDX-License-Identifier: Apache-2.0 */
#include "app/journal_audit.h"

#include <inttypes.h>
#include <stdio.h>

const char *const AUDIT_VERDICT_NAMES[] = {
    [AUDIT_COUNTS] = "counts",
    [AUDIT_VOID] = "void",
    [AUDIT_OPEN] = "open",
    [AUDIT_BROKEN] = "broken",
};

void audit_start(struct journal_audit *audit, int64_t start)
{
    *audit = (struct journal_audit){ .from_zero = start == 0, .future_tolerance_ms = -1 };
}

static struct bytes id_bytes(const struct audit_entry *entry)
{
    return bytes_of(entry->id.bytes, sizeof entry->id.bytes);
}

static void chain(struct journal_audit *audit, const struct journal_entry *entry, int64_t offset)
{
    audit->chained = true;
    audit->last = (struct audit_entry){ entry->sequence, entry->id, offset };
    audit->counting++;
    audit->records += entry->record_count;
    if (audit->first_sequence == 0) {
        audit->first_sequence = entry->sequence;
    }
    if (entry->has_settings) {
        audit->future_tolerance_ms = entry->settings.future_tolerance_ms;
        audit->wall_clock = entry->settings.clock == WORLD_CLOCK_WALL;
    }
}

static enum audit_verdict void_entry(struct journal_audit *audit,
                                     char out_reason[AUDIT_REASON_BYTES], const char *why)
{
    audit->voids++;
    (void)snprintf(out_reason, AUDIT_REASON_BYTES, "%s", why);
    return AUDIT_VOID;
}

static bool too_far_ahead(const struct journal_audit *audit, int64_t timestamp_ms,
                          const struct journal_entry *entry)
{
    /* The first entry brings the settings that it is itself judged by. */
    const bool own = !audit->chained && entry->has_settings;
    const int64_t tolerance_ms =
        own ? entry->settings.future_tolerance_ms : audit->future_tolerance_ms;
    const bool wall = own ? entry->settings.clock == WORLD_CLOCK_WALL : audit->wall_clock;
    return wall && tolerance_ms >= 0 && timestamp_ms >= 0 &&
           entry->now_ms > timestamp_ms && entry->now_ms - timestamp_ms > tolerance_ms;
}

/* An entry while none is known to count: the first, or one that a candidate may have led to. */
static enum audit_verdict take_unchained(struct journal_audit *audit, int64_t offset,
                                         const struct journal_entry *entry,
                                         char out_reason[AUDIT_REASON_BYTES])
{
    if (audit->from_zero) {
        if (entry->previous.count > 0) {
            return void_entry(audit, out_reason, "continues nothing: no entry counted before it");
        }
        if (!entry->has_settings) {
            return void_entry(audit, out_reason, "the first entry must have settings");
        }
        chain(audit, entry, offset);
        return AUDIT_COUNTS;
    }
    for (uint32_t i = 0; i < audit->candidate_count; i++) {
        const struct audit_entry *candidate = &audit->candidates[i];
        if (bytes_equal(entry->previous, id_bytes(candidate))) {
            audit->first_sequence = candidate->sequence;
            audit->counting++;
            audit->voids += audit->candidate_count - 1;
            chain(audit, entry, offset);
            return AUDIT_COUNTS;
        }
    }
    if (audit->candidate_count == AUDIT_CANDIDATES_MAX) {
        (void)snprintf(out_reason, AUDIT_REASON_BYTES,
                       "no entry since the start continues another");
        return AUDIT_BROKEN;
    }
    audit->candidates[audit->candidate_count++] =
        (struct audit_entry){ entry->sequence, entry->id, offset };
    return AUDIT_OPEN;
}

static enum audit_verdict take_chained(struct journal_audit *audit, int64_t offset,
                                       const struct journal_entry *entry,
                                       char out_reason[AUDIT_REASON_BYTES])
{
    if (bytes_equal(entry->previous, id_bytes(&audit->last))) {
        if (entry->sequence <= audit->last.sequence) {
            (void)snprintf(out_reason, AUDIT_REASON_BYTES,
                           "sequence %" PRIu64 " does not rise above %" PRIu64, entry->sequence,
                           audit->last.sequence);
            return AUDIT_BROKEN;
        }
        chain(audit, entry, offset);
        return AUDIT_COUNTS;
    }
    if (entry->sequence > audit->last.sequence + AUDIT_AHEAD_MAX) {
        (void)snprintf(out_reason, AUDIT_REASON_BYTES,
                       "sequence %" PRIu64 " after %" PRIu64 " (offset %" PRId64
                       "): entries between them are lost",
                       entry->sequence, audit->last.sequence, audit->last.offset);
        return AUDIT_BROKEN;
    }
    return void_entry(audit, out_reason, "does not continue the last entry that counts");
}

enum audit_verdict audit_take(struct journal_audit *audit, int64_t offset, int64_t timestamp_ms,
                              const struct journal_entry *entry,
                              char out_reason[AUDIT_REASON_BYTES])
{
    out_reason[0] = '\0';
    if (!entry) {
        return void_entry(audit, out_reason, "is no entry, or its id is not its hash");
    }
    if (too_far_ahead(audit, timestamp_ms, entry)) {
        return void_entry(audit, out_reason, "its now is too far ahead of the broker's clock");
    }
    return audit->chained ? take_chained(audit, offset, entry, out_reason)
                          : take_unchained(audit, offset, entry, out_reason);
}
