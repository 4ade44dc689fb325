/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "app/journal_audit.h"

enum { NOW_MS = 1000000, TOLERANCE_MS = 1000 };

static struct hash128 id_of(uint8_t number)
{
    struct hash128 id;
    memset(id.bytes, number, sizeof id.bytes);
    return id;
}

/* An entry `number` that continues `previous`; 0: continues nothing. */
struct made {
    struct journal_entry entry;
    struct hash128 previous;
};

static void make(struct made *made, uint64_t sequence, uint8_t number, uint8_t previous)
{
    *made = (struct made){ .previous = id_of(previous) };
    made->entry = (struct journal_entry){
        .sequence = sequence,
        .id = id_of(number),
        .now_ms = NOW_MS,
        .record_count = 1,
        .has_settings = previous == 0,
    };
    if (previous > 0) {
        made->entry.previous = bytes_of(made->previous.bytes, sizeof made->previous.bytes);
    }
}

static enum audit_verdict take(struct journal_audit *audit, int64_t offset, uint64_t sequence,
                               uint8_t number, uint8_t previous)
{
    struct made made;
    char reason[AUDIT_REASON_BYTES];
    make(&made, sequence, number, previous);
    return audit_take(audit, offset, NOW_MS, &made.entry, reason);
}

Test(journal_audit, entries_that_continue_each_other_count)
{
    struct journal_audit audit;
    audit_start(&audit, 0);

    cr_assert_eq(take(&audit, 0, 1, 1, 0), AUDIT_COUNTS);
    cr_assert_eq(take(&audit, 1, 2, 2, 1), AUDIT_COUNTS);

    cr_assert_eq(audit.counting, 2);
    cr_assert_eq(audit.records, 2);
    cr_assert_eq(audit.first_sequence, 1);
    cr_assert_eq(audit.last.sequence, 2);
}

Test(journal_audit, what_a_second_writer_left_is_void)
{
    struct journal_audit audit;
    audit_start(&audit, 0);
    (void)take(&audit, 0, 1, 1, 0);
    (void)take(&audit, 1, 2, 2, 1);

    cr_assert_eq(take(&audit, 2, 2, 3, 1), AUDIT_VOID);
    cr_assert_eq(take(&audit, 3, 3, 4, 2), AUDIT_COUNTS);

    cr_assert_eq(audit.voids, 1);
}

Test(journal_audit, first_entry_of_all_without_settings_is_void)
{
    struct journal_audit audit;
    struct made made;
    char reason[AUDIT_REASON_BYTES];
    make(&made, 1, 1, 0);
    made.entry.has_settings = false;
    audit_start(&audit, 0);

    cr_assert_eq(audit_take(&audit, 0, NOW_MS, &made.entry, reason), AUDIT_VOID);
}

Test(journal_audit, entry_repeated_is_void)
{
    struct journal_audit audit;
    audit_start(&audit, 0);
    (void)take(&audit, 0, 1, 1, 0);

    cr_assert_eq(take(&audit, 1, 1, 1, 0), AUDIT_VOID);
}

Test(journal_audit, strangers_record_is_void)
{
    struct journal_audit audit;
    char reason[AUDIT_REASON_BYTES];
    audit_start(&audit, 0);

    cr_assert_eq(audit_take(&audit, 0, NOW_MS, NULL, reason), AUDIT_VOID);
    cr_assert_eq(take(&audit, 1, 1, 1, 0), AUDIT_COUNTS);
}

Test(journal_audit, void_entry_more_than_two_sequences_ahead_means_lost_history)
{
    struct journal_audit audit;
    audit_start(&audit, 0);
    (void)take(&audit, 0, 1, 1, 0);

    cr_assert_eq(take(&audit, 1, 3, 9, 8), AUDIT_VOID);
    cr_assert_eq(take(&audit, 2, 4, 10, 9), AUDIT_BROKEN);
}

Test(journal_audit, sequence_that_does_not_rise_is_broken)
{
    struct journal_audit audit;
    audit_start(&audit, 0);
    (void)take(&audit, 0, 5, 1, 0);

    cr_assert_eq(take(&audit, 1, 5, 2, 1), AUDIT_BROKEN);
}

Test(journal_audit, now_far_ahead_of_the_brokers_clock_is_void_under_the_wall_clock)
{
    struct journal_audit audit;
    struct made first;
    struct made second;
    char reason[AUDIT_REASON_BYTES];
    make(&first, 1, 1, 0);
    first.entry.settings.future_tolerance_ms = TOLERANCE_MS;
    first.entry.settings.clock = WORLD_CLOCK_WALL;
    make(&second, 2, 2, 1);
    second.entry.now_ms = NOW_MS + TOLERANCE_MS + 1;
    audit_start(&audit, 0);

    cr_assert_eq(audit_take(&audit, 0, NOW_MS, &first.entry, reason), AUDIT_COUNTS);
    cr_assert_eq(audit_take(&audit, 1, NOW_MS, &second.entry, reason), AUDIT_VOID);
    cr_assert_eq(audit_take(&audit, 2, -1, &second.entry, reason), AUDIT_COUNTS);
}

Test(journal_audit, chain_begins_with_the_first_entry_that_another_continues)
{
    struct journal_audit audit;
    audit_start(&audit, 700);

    cr_assert_eq(take(&audit, 700, 41, 1, 99), AUDIT_OPEN);
    cr_assert_eq(take(&audit, 701, 41, 2, 98), AUDIT_OPEN);
    cr_assert_eq(take(&audit, 702, 42, 3, 2), AUDIT_COUNTS);

    cr_assert_eq(audit.first_sequence, 41);
    cr_assert_eq(audit.counting, 2);
    cr_assert_eq(audit.voids, 1);
}
