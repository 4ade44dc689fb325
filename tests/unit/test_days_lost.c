/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "flow/days_lost.h"

enum { ROWS = 8 };

struct fixture {
    struct days_lost lost;
    struct days_lost_row rows[ROWS];
};

static struct fixture *opened(void)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    days_lost_init(&fixture.lost, fixture.rows, ROWS);
    return &fixture;
}

static void set(struct fixture *f, uint32_t row, int32_t partition, enum constraint constraint,
                int32_t days)
{
    int32_t all[CONSTRAINT_COUNT] = { 0 };
    all[constraint] = days;
    days_lost_set(&f->lost, row, partition, all);
}

Test(days_lost, document_adds_up_its_entries_by_constraint)
{
    const struct zones_document zones[] = {
        { .limited_by = { .constraint = CONSTRAINT_CAPACITY, .days = 3 } },
        { .limited_by = { .constraint = CONSTRAINT_NONE } },
        { .limited_by = { .constraint = CONSTRAINT_CAPACITY, .days = 2 } },
        { .limited_by = { .constraint = CONSTRAINT_STOCK, .days = 0 } },
        { .limited_by = { .constraint = CONSTRAINT_HELD, .days = 7 } },
    };
    const struct promise_document promise = { .promises = zones, .promise_count = 5 };
    int32_t days[CONSTRAINT_COUNT];

    days_lost_of(&promise, days);

    cr_assert_eq(days[CONSTRAINT_NONE], 0);
    cr_assert_eq(days[CONSTRAINT_CAPACITY], 5);
    cr_assert_eq(days[CONSTRAINT_STOCK], 0);
    cr_assert_eq(days[CONSTRAINT_HELD], 7);
}

Test(days_lost, promises_add_up_and_a_lifted_constraint_is_taken_back)
{
    struct fixture *f = opened();
    set(f, 1, 0, CONSTRAINT_CAPACITY, 3);
    set(f, 2, 1, CONSTRAINT_CAPACITY, 4);
    cr_assert_eq(days_lost_total(&f->lost, CONSTRAINT_CAPACITY), 7);

    set(f, 1, 0, CONSTRAINT_CUTOFF, 1);

    cr_assert_eq(days_lost_total(&f->lost, CONSTRAINT_CAPACITY), 4);
    cr_assert_eq(days_lost_total(&f->lost, CONSTRAINT_CUTOFF), 1);
}

Test(days_lost, ended_key_is_taken_back_once)
{
    struct fixture *f = opened();
    set(f, 1, 0, CONSTRAINT_HELD, 3);

    days_lost_remove(&f->lost, 1);
    days_lost_remove(&f->lost, 1);

    cr_assert_eq(days_lost_total(&f->lost, CONSTRAINT_HELD), 0);
    cr_assert_not(days_lost_knows(&f->lost, 1, 0));
}

Test(days_lost, lost_partition_is_taken_back_and_no_longer_known)
{
    struct fixture *f = opened();
    set(f, 1, 0, CONSTRAINT_STOCK, 3);
    set(f, 2, 1, CONSTRAINT_STOCK, 5);

    days_lost_reset(&f->lost, 0);

    cr_assert_eq(days_lost_total(&f->lost, CONSTRAINT_STOCK), 5);
    cr_assert_not(days_lost_knows(&f->lost, 1, 0));
    cr_assert(days_lost_knows(&f->lost, 2, 1));
}

Test(days_lost, key_counted_before_its_partition_was_lost_is_not_taken_back_again)
{
    struct fixture *f = opened();
    set(f, 1, 0, CONSTRAINT_STOCK, 3);
    days_lost_reset(&f->lost, 0);
    days_lost_reset(&f->lost, 0);

    set(f, 1, 0, CONSTRAINT_STOCK, 2);

    cr_assert_eq(days_lost_total(&f->lost, CONSTRAINT_STOCK), 2);
    cr_assert(days_lost_knows(&f->lost, 1, 0));
}

Test(days_lost, row_used_again_by_a_key_of_another_partition_counts_there)
{
    struct fixture *f = opened();
    set(f, 1, 0, CONSTRAINT_STOCK, 3);

    set(f, 1, 2, CONSTRAINT_STOCK, 4);
    days_lost_reset(&f->lost, 0);

    cr_assert_eq(days_lost_total(&f->lost, CONSTRAINT_STOCK), 4);
}

Test(days_lost, row_never_counted_is_not_known)
{
    struct fixture *f = opened();

    cr_assert_not(days_lost_knows(&f->lost, 3, 0));
}
