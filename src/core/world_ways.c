/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which zones a network serves by which services, folded: zones that the same locations serve by
 * lanes that carry alike, at the same cost, have the same offers of every item (a way_class).
 *
 * There may be a million lanes, and one that changes has all of it made anew: so lanes are read in
 * the order of their rows and sorted by counting, once for all networks.
 */
#include "core/sort.h"
#include "core/world_state.h"

/* A lane as a network sees it. Zones and services are ranks: numbers in the order of names. */
struct serving {
    uint32_t network;
    uint32_t service;
    uint32_t zone;
    uint32_t location;
    uint32_t carriage;
    uint32_t pad;
    int64_t cost;
};

/* A zone by a service: its servings, by location. */
struct zone_ways {
    const struct serving *servings;
    uint32_t count;
    uint32_t class;
};

struct folding {
    struct world *world;
    struct arena *arena;           /* of what is kept */
    struct arena *scratch;
    const uint32_t *labels;        /* by rank */
    uint32_t label_count;
    struct serving *servings;
    struct serving *other;         /* room for as many */
    uint32_t serving_count;
    struct zone_ways *zones;       /* of the network at hand */
    uint32_t zone_count;
    struct way_class *classes;
    uint32_t class_count;
    uint32_t *table;               /* classes + 1 by the hash of their ways */
    uint32_t table_mask;
};

/* ------------------------------------------------------------------ names as numbers */

static struct bytes label_name(const struct world *world, uint32_t label)
{
    return text_of(&world->texts, label_at(world, label)->name);
}

static bool label_before(const void *context, const void *a, const void *b)
{
    return bytes_compare(label_name(context, *(const uint32_t *)a),
                         label_name(context, *(const uint32_t *)b)) < 0;
}

static void rank_add(uint32_t *ranks, uint32_t *labels, uint32_t *count, uint32_t label)
{
    if (!ranks[label]) {
        ranks[label] = 1;
        labels[(*count)++] = label;
    }
}

/* The labels that lanes name, by name; the rank of each. */
static const uint32_t *rank_labels(struct folding *folding)
{
    const struct world *world = folding->world;
    const uint32_t room = world->labels.row_count;
    uint32_t *ranks = arena_take(folding->scratch, room * sizeof *ranks);
    uint32_t *labels = arena_take(folding->scratch, room * sizeof *labels);
    memset(ranks, 0, room * sizeof *ranks);
    for (uint32_t row = 1; row < world->lanes.row_count; row++) {
        if (table_has(&world->lanes, row)) {
            rank_add(ranks, labels, &folding->label_count, lane_at(world, row)->zone);
            rank_add(ranks, labels, &folding->label_count, lane_at(world, row)->service);
        }
    }
    sort_elements(labels, folding->label_count, sizeof *labels, label_before, world);
    for (uint32_t i = 0; i < folding->label_count; i++) {
        ranks[labels[i]] = i;
    }
    folding->labels = labels;
    return ranks;
}

/* ------------------------------------------------------------------ servings in order */

static uint32_t gather(const struct world *world, const uint32_t *ranks, struct serving *servings)
{
    uint32_t count = 0;
    for (uint32_t row = 1; row < world->lanes.row_count; row++) {
        if (!table_has(&world->lanes, row)) {
            continue;
        }
        const struct lane *lane = lane_at(world, row);
        const struct location *location = location_at(world, lane->location);
        for (uint32_t at = location->enabled ? location->member_first : 0; at;
             at = member_at(world, at)->next_of_location) {
            if (servings) {
                servings[count] = (struct serving){ .network = member_at(world, at)->network,
                                                    .service = ranks[lane->service],
                                                    .zone = ranks[lane->zone],
                                                    .location = lane->location,
                                                    .carriage = lane->carriage,
                                                    .cost = lane->cost };
            }
            count++;
        }
    }
    return count;
}

typedef uint32_t serving_key(const struct serving *serving);

static uint32_t key_location(const struct serving *serving)
{
    return serving->location;
}
static uint32_t key_zone(const struct serving *serving)
{
    return serving->zone;
}
static uint32_t key_service(const struct serving *serving)
{
    return serving->service;
}
static uint32_t key_network(const struct serving *serving)
{
    return serving->network;
}

/* Sorts by a key below `end`; what has the same key stays in order. */
static void sort_by(struct folding *folding, serving_key *key, uint32_t end)
{
    const size_t mark = folding->scratch->used;
    uint32_t *begins = arena_take(folding->scratch, (end + 1) * sizeof *begins);
    memset(begins, 0, (end + 1) * sizeof *begins);
    for (uint32_t i = 0; i < folding->serving_count; i++) {
        begins[key(&folding->servings[i]) + 1]++;
    }
    for (uint32_t i = 0; i < end; i++) {
        begins[i + 1] += begins[i];
    }
    for (uint32_t i = 0; i < folding->serving_count; i++) {
        const struct serving *serving = &folding->servings[i];
        folding->other[begins[key(serving)]++] = *serving;
    }
    struct serving *sorted = folding->other;
    folding->other = folding->servings;
    folding->servings = sorted;
    folding->scratch->used = mark;
}

/* All servings by network, service, zone, location. */
static void order_servings(struct folding *folding)
{
    const struct world *world = folding->world;
    const uint32_t *ranks = rank_labels(folding);
    const uint32_t count = gather(world, ranks, NULL);
    folding->serving_count = count;
    folding->servings = arena_take(folding->scratch, (count + 1) * sizeof *folding->servings);
    folding->other = arena_take(folding->scratch, (count + 1) * sizeof *folding->other);
    (void)gather(world, ranks, folding->servings);
    sort_by(folding, key_location, world->locations.row_count);
    sort_by(folding, key_zone, folding->label_count);
    sort_by(folding, key_service, folding->label_count);
    sort_by(folding, key_network, world->networks.row_count);
}

/* ------------------------------------------------------------------ classes */

static bool ways_same(const struct folding *folding, const struct way_class *class,
                      const struct zone_ways *zone)
{
    if (class->way_count != zone->count ||
        class->service_label != folding->labels[zone->servings->service]) {
        return false;
    }
    for (uint32_t i = 0; i < zone->count; i++) {
        const struct way *a = &class->ways[i];
        const struct serving *b = &zone->servings[i];
        if (a->location != b->location || a->carriage != b->carriage || a->cost != b->cost) {
            return false;
        }
    }
    return true;
}

static uint32_t ways_slot(const struct folding *folding, const struct zone_ways *zone)
{
    uint64_t hash = zone->servings->service;
    for (uint32_t i = 0; i < zone->count; i++) {
        const struct serving *serving = &zone->servings[i];
        hash = (hash ^ serving->location) * UINT64_C(0x9e3779b97f4a7c15);
        hash = (hash ^ hash >> 32 ^ serving->carriage) * UINT64_C(0x9e3779b97f4a7c15);
        hash = (hash ^ hash >> 32 ^ (uint64_t)serving->cost) * UINT64_C(0x9e3779b97f4a7c15);
    }
    uint32_t slot = (uint32_t)(hash >> 32) & folding->table_mask;
    while (folding->table[slot] &&
           !ways_same(folding, &folding->classes[folding->table[slot] - 1], zone)) {
        slot = (slot + 1) & folding->table_mask;
    }
    return slot;
}

static uint32_t class_for(struct folding *folding, const struct zone_ways *zone)
{
    const uint32_t slot = ways_slot(folding, zone);
    if (folding->table[slot]) {
        return folding->table[slot] - 1;
    }
    struct way *ways = arena_take(folding->arena, zone->count * sizeof *ways);
    for (uint32_t i = 0; i < zone->count; i++) {
        const struct serving *serving = &zone->servings[i];
        ways[i] = (struct way){ serving->carriage, serving->location, serving->cost };
    }
    const uint32_t service = folding->labels[zone->servings->service];
    folding->classes[folding->class_count] = (struct way_class){
        .service = label_name(folding->world, service),
        .service_label = service,
        .ways = ways,
        .way_count = zone->count,
    };
    folding->table[slot] = ++folding->class_count;
    return folding->class_count - 1;
}

/* Zones come by service and name, so classes do by service, and their zones by name. */
static void fold(struct folding *folding)
{
    for (uint32_t i = 0; i < folding->zone_count; i++) {
        struct zone_ways *zone = &folding->zones[i];
        zone->class = class_for(folding, zone);
        folding->classes[zone->class].zone_count++;
    }
    struct bytes **names =
        arena_take(folding->scratch, (folding->class_count + 1) * sizeof *names);
    uint32_t **labels =
        arena_take(folding->scratch, (folding->class_count + 1) * sizeof *labels);
    for (uint32_t i = 0; i < folding->class_count; i++) {
        struct way_class *class = &folding->classes[i];
        names[i] = arena_take(folding->arena, class->zone_count * sizeof **names);
        labels[i] = arena_take(folding->arena, class->zone_count * sizeof **labels);
        class->zones = names[i];
        class->zone_labels = labels[i];
    }
    for (uint32_t i = 0; i < folding->zone_count; i++) {
        const struct zone_ways *zone = &folding->zones[i];
        const uint32_t label = folding->labels[zone->servings->zone];
        *names[zone->class]++ = label_name(folding->world, label);
        *labels[zone->class]++ = label;
    }
}

/* ------------------------------------------------------------------ networks */

static void zones_gather(struct folding *folding, uint32_t from, uint32_t to)
{
    folding->zone_count = 0;
    for (uint32_t i = from; i < to; i++) {
        const struct serving *serving = &folding->servings[i];
        const bool same = i > from && serving->service == serving[-1].service &&
                          serving->zone == serving[-1].zone;
        if (!same) {
            folding->zones[folding->zone_count++] = (struct zone_ways){ serving, 0, 0 };
        }
        folding->zones[folding->zone_count - 1].count++;
    }
}

/* The servings from..to-1 are the network's. */
static void network_refresh(struct folding *folding, uint32_t network, uint32_t from, uint32_t to)
{
    const size_t mark = folding->scratch->used;
    folding->zones = arena_take(folding->scratch, (to - from + 1) * sizeof *folding->zones);
    zones_gather(folding, from, to);
    uint32_t room = 2;
    while (room < 2 * folding->zone_count) {
        room *= 2;
    }
    folding->table_mask = room - 1;
    folding->table = arena_take(folding->scratch, room * sizeof *folding->table);
    memset(folding->table, 0, room * sizeof *folding->table);
    folding->classes =
        arena_take(folding->arena, (folding->zone_count + 1) * sizeof *folding->classes);
    folding->class_count = 0;
    fold(folding);
    folding->world->views.ways[network] =
        (struct network_ways){ folding->classes, folding->class_count };
    folding->scratch->used = mark;
}

void ways_refresh(struct world *world)
{
    if (!world->views.ways_stale) {
        return;
    }
    world->views.ways_stale = false;
    arena_reset(&world->views.ways_arena);
    arena_reset(&world->scratch);
    struct folding folding = { .world = world,
                               .arena = &world->views.ways_arena,
                               .scratch = &world->scratch };
    order_servings(&folding);
    uint32_t at = 0;
    for (uint32_t network = 1; network < world->networks.row_count; network++) {
        const uint32_t from = at;
        while (at < folding.serving_count && folding.servings[at].network == network) {
            at++;
        }
        network_refresh(&folding, network, from, at);
    }
}
