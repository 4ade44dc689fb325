/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"

/* Keys are numbers; rows index this array. */
struct keys {
    uint64_t *of_row;
    uint32_t row_count_max;
};

static bool same_key(const void *owner, const void *key, uint32_t row)
{
    const struct keys *keys = owner;
    CHECK(row > 0 && row <= keys->row_count_max);
    return keys->of_row[row] == *(const uint64_t *)key;
}

struct fixture {
    struct map map;
    struct keys keys;
    void *region;
};

static struct fixture fixture_of(uint32_t row_count_max)
{
    const size_t bytes = (size_t)row_count_max * 64 + 65536;
    struct fixture fixture = { .region = calloc(1, bytes) };
    struct arena arena = arena_of(fixture.region, bytes);
    map_init(&fixture.map, &arena, row_count_max);
    fixture.keys.of_row = arena_take(&arena, (row_count_max + 1) * sizeof(uint64_t));
    fixture.keys.row_count_max = row_count_max;
    return fixture;
}

static uint64_t hash_of(uint64_t key)
{
    return hash_pair(key, 1);
}

static uint32_t find(const struct fixture *fixture, uint64_t key)
{
    return map_find(&fixture->map, hash_of(key), same_key, &fixture->keys, &key);
}

static void add(struct fixture *fixture, uint64_t key, uint32_t row)
{
    fixture->keys.of_row[row] = key;
    map_add(&fixture->map, hash_of(key), row);
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
    const uint64_t value = given ? strtoull(given, NULL, 10) : 20260701;
    (void)fprintf(stderr, "PROMISED_SEED=%llu\n", (unsigned long long)value);
    return value | 1;
}

Test(map, empty_map_finds_nothing)
{
    struct fixture fixture = fixture_of(100);

    cr_assert_eq(find(&fixture, 7), 0);

    free(fixture.region);
}

Test(map, keys_of_one_hash_are_told_apart)
{
    struct fixture fixture = fixture_of(100);
    for (uint32_t row = 1; row <= 20; row++) {
        fixture.keys.of_row[row] = row;
        map_add(&fixture.map, 5, row);
    }

    map_remove(&fixture.map, 5, 3);

    for (uint64_t key = 1; key <= 20; key++) {
        const uint32_t row = map_find(&fixture.map, 5, same_key, &fixture.keys, &key);
        cr_assert_eq(row, key == 3 ? 0 : key);
    }
    free(fixture.region);
}

Test(map, every_row_it_was_made_for_fits)
{
    enum { ROWS = 48 * 1024 };   /* exactly 3/4 of a power of two */
    struct fixture fixture = fixture_of(ROWS);

    for (uint32_t row = 1; row <= ROWS; row++) {
        add(&fixture, row * 3, row);
    }

    for (uint32_t row = 1; row <= ROWS; row++) {
        cr_assert_eq(find(&fixture, row * 3), row);
    }
    free(fixture.region);
}

Test(map, rows_are_found_while_the_map_grows)
{
    enum { ROWS = 20000 };
    struct fixture fixture = fixture_of(ROWS);

    for (uint32_t row = 1; row <= ROWS; row++) {
        add(&fixture, row, row);
        cr_assert_eq(find(&fixture, row), row);
        cr_assert_eq(find(&fixture, 1 + row / 2), 1 + row / 2);
        cr_assert_eq(find(&fixture, ROWS + row), 0);
    }
    free(fixture.region);
}

/* The model: for each key its row, 0 where it is absent. Rows are reused, as tables do. */
Test(map, millions_of_additions_and_removals_agree_with_an_array)
{
    enum { KEYS = 300000, STEPS = 3000000 };
    uint64_t state = seed();
    struct fixture fixture = fixture_of(KEYS);
    uint32_t *row_of = calloc(KEYS, sizeof *row_of);
    uint32_t *free_rows = calloc(KEYS, sizeof *free_rows);
    uint32_t free_count = 0;
    for (uint32_t row = KEYS; row > 0; row--) {
        free_rows[free_count++] = row;
    }

    for (uint32_t step = 0; step < STEPS; step++) {
        /* Waves, so that it grows, empties while it still moves, and grows again. */
        const bool rising = step / 200000 % 3 != 2;
        const uint64_t key = random_next(&state) % KEYS;
        const bool adds = random_next(&state) % 10 < (rising ? 8 : 2);
        if (adds && !row_of[key]) {
            row_of[key] = free_rows[--free_count];
            add(&fixture, key, row_of[key]);
        } else if (!adds && row_of[key]) {
            map_remove(&fixture.map, hash_of(key), row_of[key]);
            free_rows[free_count++] = row_of[key];
            row_of[key] = 0;
        }
        const uint64_t asked = random_next(&state) % KEYS;
        if (find(&fixture, asked) != row_of[asked]) {
            cr_assert_fail("step %u: key %llu", step, (unsigned long long)asked);
            break;
        }
    }

    for (uint64_t key = 0; key < KEYS; key++) {
        cr_assert_eq(find(&fixture, key), row_of[key]);
    }
    free(row_of);
    free(free_rows);
    free(fixture.region);
}
