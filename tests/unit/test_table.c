/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/table.h"

struct row {
    uint32_t live;
    uint32_t number;
    uint8_t filling[1016];   /* 64 rows a chunk, so that few rows make many chunks */
};

enum { ROWS_MAX = 1000, SPILL_BYTES = 4 * 1024 * 1024 };

struct fixture {
    struct table table;
    struct arena spill;
    void *region;
};

static struct fixture *fixture_new(void)
{
    const size_t bytes = 3 * (size_t)ROWS_MAX * sizeof(struct row) + SPILL_BYTES;
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->region = calloc(1, bytes);
    struct arena arena = arena_of(fixture->region, bytes);
    fixture->spill = arena_of(arena_take(&arena, SPILL_BYTES), SPILL_BYTES);
    table_init(&fixture->table, &arena, &fixture->spill, sizeof(struct row), ROWS_MAX);
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    free(fixture->region);
    free(fixture);
}

static uint32_t add_numbered(struct table *table, uint32_t number)
{
    const uint32_t row = table_add(table);
    ((struct row *)table_edit(table, row))->number = number;
    return row;
}

static uint32_t number_at(const struct table *table, uint32_t row)
{
    return ((const struct row *)table_row(table, row))->number;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint64_t seed(void)
{
    const char *given = getenv("PROMISED_SEED");
    const uint64_t value = given ? strtoull(given, NULL, 10) : 20260702;
    (void)fprintf(stderr, "PROMISED_SEED=%llu\n", (unsigned long long)value);
    return value | 1;
}

/* Takes the rest of a cut, starting at *chunk, into `image`. */
static uint32_t take_rest(struct table *table, uint32_t chunk, uint8_t *image)
{
    struct bytes content;
    uint32_t taken = 0;
    while (table_cut_take(table, &chunk, &content)) {
        memcpy(image + (size_t)chunk * TABLE_CHUNK_BYTES, content.data, content.count);
        taken++;
    }
    return taken;
}

Test(table, row_zero_does_not_exist)
{
    struct fixture *fixture = fixture_new();

    const uint32_t row = table_add(&fixture->table);

    cr_assert_eq(row, 1);
    cr_assert_not(table_has(&fixture->table, 0));
    cr_assert(table_has(&fixture->table, 1));
    cr_assert_not(table_has(&fixture->table, 2));
    fixture_free(fixture);
}

Test(table, removed_row_is_zero_and_used_next)
{
    struct fixture *fixture = fixture_new();
    struct table *table = &fixture->table;
    (void)add_numbered(table, 7);
    const uint32_t second = add_numbered(table, 8);
    (void)add_numbered(table, 9);

    table_remove(table, second);
    const bool had = table_has(table, second);
    const uint32_t again = table_add(table);

    cr_assert_not(had);
    cr_assert_eq(again, second);
    cr_assert_eq(number_at(table, again), 0);
    cr_assert_eq(table->live_count, 3);
    fixture_free(fixture);
}

Test(table, full_table_adds_nothing)
{
    struct fixture *fixture = fixture_new();
    for (uint32_t i = 1; i < ROWS_MAX; i++) {
        cr_assert_eq(table_add(&fixture->table), i);
    }

    const uint32_t row = table_add(&fixture->table);

    cr_assert_eq(row, 0);
    cr_assert_eq(fixture->table.live_count, ROWS_MAX - 1);
    fixture_free(fixture);
}

Test(table, random_additions_and_removals_agree_with_a_model)
{
    uint64_t state = seed();
    struct fixture *fixture = fixture_new();
    struct table *table = &fixture->table;
    uint32_t number_of[ROWS_MAX] = { 0 };   /* 0: no such row */
    uint32_t live = 0;

    for (uint32_t step = 1; step < 20000; step++) {
        const uint32_t row = 1 + (uint32_t)(random_next(&state) % (ROWS_MAX - 1));
        if (number_of[row]) {
            table_remove(table, row);
            number_of[row] = 0;
            live--;
        } else if (random_next(&state) % 2) {
            const uint32_t added = add_numbered(table, step);
            cr_assert(added > 0 && number_of[added] == 0);
            number_of[added] = step;
            live++;
        }
        cr_assert_eq(table->live_count, live);
    }

    for (uint32_t row = 1; row < ROWS_MAX; row++) {
        cr_assert_eq(table_has(table, row), number_of[row] != 0);
        if (number_of[row]) {
            cr_assert_eq(number_at(table, row), number_of[row]);
        }
    }
    fixture_free(fixture);
}

Test(table, cut_has_only_chunks_that_changed_since_the_last)
{
    struct fixture *fixture = fixture_new();
    struct table *table = &fixture->table;
    uint8_t *image = calloc(16, TABLE_CHUNK_BYTES);
    for (uint32_t i = 0; i < 300; i++) {
        (void)add_numbered(table, i);
    }
    table_cut_begin(table, false);
    const uint32_t first = take_rest(table, 0, image);
    ((struct row *)table_edit(table, 100))->number = 1;
    ((struct row *)table_edit(table, 101))->number = 2;

    table_cut_begin(table, false);
    struct bytes content;
    uint32_t chunk = 0;
    const bool some = table_cut_take(table, &chunk, &content);
    uint32_t next = chunk;
    const bool more = table_cut_take(table, &next, &content);

    cr_assert_eq(first, table_chunk_count(table));
    cr_assert(some && chunk == 100 / 64);
    cr_assert_not(more);
    free(image);
    fixture_free(fixture);
}

Test(table, whole_cut_and_touched_chunks_are_taken_though_unchanged)
{
    struct fixture *fixture = fixture_new();
    struct table *table = &fixture->table;
    uint8_t *image = calloc(16, TABLE_CHUNK_BYTES);
    for (uint32_t i = 0; i < 300; i++) {
        (void)add_numbered(table, i);
    }
    table_cut_begin(table, false);
    (void)take_rest(table, 0, image);

    table_cut_begin(table, true);
    const uint32_t whole = take_rest(table, 0, image);
    table_chunk_touch(table, 2);
    table_cut_begin(table, false);
    const uint32_t touched = take_rest(table, 0, image);

    cr_assert_eq(whole, table_chunk_count(table));
    cr_assert_eq(touched, 1);
    free(image);
    fixture_free(fixture);
}

/* Edits, additions and removals go on between the steps of a cut, and none of them shows in it. */
Test(table, changes_during_a_cut_never_show_in_it)
{
    uint64_t state = seed();
    struct fixture *fixture = fixture_new();
    struct table *table = &fixture->table;
    const size_t image_bytes = 16 * (size_t)TABLE_CHUNK_BYTES;
    uint8_t *image = calloc(1, image_bytes);
    uint8_t *expected = calloc(1, image_bytes);

    for (uint32_t round = 0; round < 200; round++) {
        memset(expected, 0, image_bytes);
        memcpy(expected, table->rows, table_bytes(table));
        table_cut_begin(table, round == 0);
        const size_t cut_bytes = table_bytes(table);
        uint32_t chunk = 0;
        bool taking = true;
        while (taking) {
            for (uint32_t i = 0; i < random_next(&state) % 20; i++) {
                const uint32_t row = 1 + (uint32_t)(random_next(&state) % (ROWS_MAX - 1));
                if (!table_has(table, row)) {
                    (void)add_numbered(table, (uint32_t)state);
                } else if (random_next(&state) % 3 == 0) {
                    table_remove(table, row);
                } else {
                    ((struct row *)table_edit(table, row))->number++;
                }
            }
            struct bytes content;
            taking = table_cut_take(table, &chunk, &content);
            if (taking) {
                memcpy(image + (size_t)chunk * TABLE_CHUNK_BYTES, content.data, content.count);
            }
        }
        arena_reset(&fixture->spill);
        /* What is not in this cut is as an earlier one left it: so the image is always whole. */
        if (memcmp(image, expected, cut_bytes) != 0) {
            cr_assert_fail("round %u", round);
            break;
        }
    }

    free(image);
    free(expected);
    fixture_free(fixture);
}

Test(table, restored_table_is_the_same_and_goes_on_the_same)
{
    struct fixture *from = fixture_new();
    struct fixture *to = fixture_new();
    uint8_t *image = calloc(16, TABLE_CHUNK_BYTES);
    for (uint32_t i = 0; i < 500; i++) {
        (void)add_numbered(&from->table, i);
    }
    table_remove(&from->table, 100);
    table_remove(&from->table, 5);
    (void)add_numbered(&to->table, 77);   /* what stood there before must not shine through */
    table_cut_begin(&from->table, true);
    (void)take_rest(&from->table, 0, image);

    const struct table_extent extent = table_extent(&from->table);
    cr_assert(table_restore(&to->table, extent));
    size_t left = table_bytes(&from->table);
    for (uint32_t chunk = 0; chunk < table_chunk_count(&from->table); chunk++) {
        const size_t count = left < TABLE_CHUNK_BYTES ? left : TABLE_CHUNK_BYTES;
        cr_assert(table_restore_chunk(&to->table, chunk,
                                      bytes_of(image + (size_t)chunk * TABLE_CHUNK_BYTES, count)));
        left -= count;
    }

    cr_assert_eq(memcmp(to->table.rows, from->table.rows, table_bytes(&from->table)), 0);
    for (uint32_t i = 0; i < 4; i++) {
        cr_assert_eq(table_add(&to->table), table_add(&from->table));
    }
    free(image);
    fixture_free(from);
    fixture_free(to);
}

Test(table, restore_into_fewer_rows_leaves_nothing_behind)
{
    struct fixture *fixture = fixture_new();
    struct table *table = &fixture->table;
    for (uint32_t i = 0; i < 300; i++) {
        (void)add_numbered(table, i + 1);
    }
    static const uint8_t empty[sizeof(struct row)];
    const struct table_extent extent = { 1, 0, 0, sizeof(struct row) };

    cr_assert(table_restore(table, extent));
    cr_assert(table_restore_chunk(table, 0, bytes_of(empty, sizeof empty)));

    for (uint32_t i = 1; i <= 300; i++) {
        cr_assert_eq(table_add(table), i);
        cr_assert_eq(number_at(table, i), 0);
    }
    fixture_free(fixture);
}

Test(table, restore_refuses_what_does_not_fit)
{
    struct fixture *fixture = fixture_new();
    const uint32_t row_bytes = sizeof(struct row);
    const struct table_extent rows[] = {
        { 10, 0, 9, row_bytes + 8 }, { 0, 0, 0, row_bytes },   { ROWS_MAX + 1, 0, 0, row_bytes },
        { 10, 10, 5, row_bytes },    { 10, 0, 10, row_bytes },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_not(table_restore(&fixture->table, rows[i]), "row %zu", i);
    }
    cr_assert(table_restore(&fixture->table, (struct table_extent){ 100, 0, 99, row_bytes }));
    cr_assert_not(table_restore_chunk(&fixture->table, 2, bytes_of(fixture->table.rows, 64)));
    cr_assert_not(table_restore_chunk(&fixture->table, 1, bytes_of(fixture->table.rows, 64)));
    fixture_free(fixture);
}
