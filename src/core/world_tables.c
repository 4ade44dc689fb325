/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the world as a whole: made, listed for snapshots, brought back. */
#include "core/world_state.h"

/* Rows of the rooms that keep their own tables. */
enum {
    TEXT_ROWS_MAX = 1 << 28,
    IDENTITY_ROWS_MAX = 1 << 30,
    BALANCE_ROWS_MAX = 1 << 28,
    DEMAND_ROWS_MAX = 1 << 28,
    DUE_ROWS_MAX = 1 << 29,
    TEST_SHRINK = 9,
    CHANGES_MAX = 1 << 28,
    WAYS_BYTES_PER_LANE = 256,
};
#define SCRATCH_BYTES ((size_t)1 << 35)

struct named_table {
    const char *name;
    size_t offset;
};

#define PLAIN_TABLE_NAMED(name, row, count) { #name, offsetof(struct world, name) },

/* The order is part of the snapshot format: see WORLD_LAYOUT_VERSION. */
static const struct named_table named_tables[] = {
    WORLD_PLAIN_TABLES(PLAIN_TABLE_NAMED)
    { "due", offsetof(struct world, due) },
    { "texts_16", offsetof(struct world, texts.classes[0]) },
    { "texts_32", offsetof(struct world, texts.classes[1]) },
    { "texts_64", offsetof(struct world, texts.classes[2]) },
    { "texts_136", offsetof(struct world, texts.classes[3]) },
    { "inputs", offsetof(struct world, dedupe.inputs) },
    { "identities", offsetof(struct world, dedupe.identities) },
    { "balances", offsetof(struct world, balances.rows) },
    { "moves", offsetof(struct world, balances.moves) },
    { "demands", offsetof(struct world, balances.demands) },
};

#define NAMED_TABLES (sizeof named_tables / sizeof *named_tables)
_Static_assert(NAMED_TABLES <= WORLD_TABLES_MAX + 0U, "snapshots list at most so many tables");

static size_t spill_bytes(enum world_scale scale)
{
    return (size_t)1 << (scale == WORLD_SCALE_TEST ? 30 : 38);
}

static uint32_t touched_max(uint32_t shrink)
{
    return scaled(BALANCE_ROWS_MAX, shrink);
}

static void views_init(struct world *world, struct arena *arena, uint32_t shrink);

static void tables_init(struct world *world, struct arena *arena, uint32_t shrink)
{
    struct arena *spill = &world->spill;
#define PLAIN_TABLE_INIT(name, row, count)                                                         \
    table_init(&world->name, arena, spill, sizeof(row), scaled(count, shrink));
    WORLD_PLAIN_TABLES(PLAIN_TABLE_INIT)
    due_init(&world->due, arena, spill, scaled(DUE_ROWS_MAX, shrink));
    texts_init(&world->texts, arena, spill, scaled(TEXT_ROWS_MAX, shrink));
    dedupe_init(&world->dedupe, arena, spill, scaled(IDENTITY_ROWS_MAX, shrink));
    balances_init(&world->balances, arena, spill, scaled(BALANCE_ROWS_MAX, shrink),
                  scaled(DEMAND_ROWS_MAX, shrink));
    names_init(world, arena);
    views_init(world, arena, shrink);
    world->touched_count_max = touched_max(shrink);
    world->touched = arena_take(arena, (size_t)world->touched_count_max * sizeof *world->touched);
}

static void views_init(struct world *world, struct arena *arena, uint32_t shrink)
{
    struct views *views = &world->views;
    const size_t locations = world->locations.row_count_max;
    views->sites = arena_take(arena, locations * sizeof *views->sites);
    views->facts = arena_take(arena, locations * sizeof *views->facts);
    views->site_state = arena_take(arena, locations);
    views->stale = arena_take(arena, locations * sizeof *views->stale);
    views->candidates = arena_take(arena, locations * sizeof *views->candidates);
    views->resorts = arena_take(arena, world->routes.row_count_max * sizeof *views->resorts);
    views->arrivals = arena_take(arena, world->carriages.row_count_max * sizeof *views->arrivals);
    views->arrivals_base = DAY_NONE;
    views->ways = arena_take(arena, world->networks.row_count_max * sizeof *views->ways);
    views->segments = arena_take(arena, LINE_SEGMENTS_MAX * sizeof *views->segments);
    const size_t ways = (size_t)world->lanes.row_count_max * WAYS_BYTES_PER_LANE;
    views->ways_arena = arena_of(arena_take(arena, ways), ways);
    views->ways_stale = true;
    struct changes *changes = &world->changes;
    changes->count_max = scaled(CHANGES_MAX, shrink);
    changes->balances = arena_take(arena, changes->count_max * sizeof *changes->balances);
    changes->items = arena_take(arena, changes->count_max * sizeof *changes->items);
    changes->shipped = arena_take(arena, changes->count_max * sizeof *changes->shipped);
    changes->orders = arena_take(arena, changes->count_max * sizeof *changes->orders);
    const size_t scratch = SCRATCH_BYTES >> shrink;
    world->scratch = arena_of(arena_take(arena, scratch), scratch);
}

void views_refresh(struct world *world)
{
    arrivals_refresh(world);
    sites_refresh(world);
    ways_refresh(world);
}

static void views_restored(struct world *world)
{
    struct views *views = &world->views;
    memset(views->site_state, SITE_FRESH, world->locations.row_count);
    views->stale_count = 0;
    for (uint32_t row = 1; row < world->locations.row_count; row++) {
        site_is_stale(world, row);
    }
    views->arrivals_base = DAY_NONE;
    views->ways_stale = true;
    views_refresh(world);
}

/* Addresses, not memory: pages are taken as they fill. Rounded up from what tables_init() takes. */
size_t world_bytes(enum world_scale scale)
{
    return spill_bytes(scale) + ((size_t)1 << (scale == WORLD_SCALE_TEST ? 32 : 40));
}

struct world *world_init(struct arena *arena, enum world_scale scale)
{
    const uint32_t shrink = scale == WORLD_SCALE_TEST ? TEST_SHRINK : 0;
    struct world *world = arena_take(arena, sizeof *world);
    memset(world, 0, sizeof *world);
    world->spill = arena_of(arena_take(arena, spill_bytes(scale)), spill_bytes(scale));
    tables_init(world, arena, shrink);
    const uint32_t header_row = row_add(&world->headers);
    CHECK(header_row == HEADER_ROW);
    header_edit(world)->as_of = TIME_NONE;
    header_edit(world)->review_ms = INT64_MAX;
    const uint32_t network = need_network(world, BYTES_LITERAL("default"));
    CHECK(network == NETWORK_DEFAULT);
    return world;
}

uint32_t world_table_count(const struct world *world)
{
    (void)world;
    return (uint32_t)NAMED_TABLES;
}

struct table *world_table(struct world *world, uint32_t index)
{
    CHECK(index < NAMED_TABLES);
    return (struct table *)(void *)((uint8_t *)world + named_tables[index].offset);
}

const char *world_table_name(const struct world *world, uint32_t index)
{
    (void)world;
    CHECK(index < NAMED_TABLES);
    return named_tables[index].name;
}

struct arena *world_spill(struct world *world)
{
    return &world->spill;
}

size_t world_state_bytes(const struct world *world)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < NAMED_TABLES; i++) {
        const uint8_t *at = (const uint8_t *)world + named_tables[i].offset;
        bytes += table_bytes((const struct table *)(const void *)at);
    }
    return bytes;
}

/* A map of an empty world knows the default network; the restored tables bring it along. */
bool world_restored(struct world *world)
{
    if (!table_has(&world->headers, HEADER_ROW) || !table_has(&world->networks, NETWORK_DEFAULT)) {
        return false;
    }
    names_restored(world);
    dedupe_restored(&world->dedupe);
    balances_restored(&world->balances);
    world->touched_count = 0;
    views_restored(world);
    return true;
}
