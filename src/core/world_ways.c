/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which zones a network serves by which services, folded: zones that the same locations serve by
 * lanes that carry alike, at the same cost, have the same offers of every item (a way_class).
 */
#include "core/sort.h"
#include "core/world_state.h"

struct serving {
    uint32_t service;
    uint32_t zone;
    struct way way;
};

struct zone_ways {
    uint32_t service;
    uint32_t zone;
    uint32_t first;                /* in the list of servings */
    uint32_t count;
};

static struct bytes label_name(const struct world *world, uint32_t label)
{
    return text_of(&world->texts, label_at(world, label)->name);
}

static bool serving_before(const void *context, const void *a, const void *b)
{
    const struct serving *x = a;
    const struct serving *y = b;
    if (x->service != y->service) {
        return bytes_compare(label_name(context, x->service), label_name(context, y->service)) < 0;
    }
    if (x->zone != y->zone) {
        return bytes_compare(label_name(context, x->zone), label_name(context, y->zone)) < 0;
    }
    return x->way.location < y->way.location;
}

static uint32_t gather(const struct world *world, uint32_t network, struct serving *servings)
{
    uint32_t count = 0;
    for (uint32_t row = network_at(world, network)->member_first; row;
         row = member_at(world, row)->next_of_network) {
        const struct location *location = location_at(world, member_at(world, row)->location);
        if (!location->enabled) {
            continue;
        }
        for (uint32_t lane_row = location->lane_first; lane_row;) {
            const struct lane *lane = lane_at(world, lane_row);
            if (servings) {
                servings[count] = (struct serving){
                    lane->service, lane->zone, { lane->carriage, lane->location, lane->cost }
                };
            }
            count++;
            lane_row = lane->next_of_location;
        }
    }
    return count;
}

static bool ways_same(const struct way_class *class, const struct serving *servings,
                      const struct zone_ways *zone)
{
    if (class->way_count != zone->count || class->service_label != zone->service) {
        return false;
    }
    for (uint32_t i = 0; i < zone->count; i++) {
        const struct way *a = &class->ways[i];
        const struct way *b = &servings[zone->first + i].way;
        if (a->location != b->location || a->carriage != b->carriage || a->cost != b->cost) {
            return false;
        }
    }
    return true;
}

struct folding {
    struct world *world;
    struct arena *arena;
    const struct serving *servings;
    struct zone_ways *zones;
    uint32_t zone_count;
    uint32_t *class_of;            /* by zone */
    struct way_class *classes;
    uint32_t class_count;
};

static uint32_t class_for(struct folding *folding, const struct zone_ways *zone)
{
    uint32_t i = folding->class_count;
    while (i > 0 && !ways_same(&folding->classes[i - 1], folding->servings, zone)) {
        i--;
    }
    if (i > 0) {
        return i - 1;
    }
    struct way *ways = arena_take(folding->arena, zone->count * sizeof *ways);
    for (uint32_t way = 0; way < zone->count; way++) {
        ways[way] = folding->servings[zone->first + way].way;
    }
    folding->classes[folding->class_count] = (struct way_class){
        .service = label_name(folding->world, zone->service),
        .service_label = zone->service,
        .ways = ways,
        .way_count = zone->count,
    };
    return folding->class_count++;
}

/* Zones come by service and name, so classes do by service, and their zones by name. */
static void fold(struct folding *folding)
{
    for (uint32_t i = 0; i < folding->zone_count; i++) {
        folding->class_of[i] = class_for(folding, &folding->zones[i]);
        folding->classes[folding->class_of[i]].zone_count++;
    }
    for (uint32_t c = 0; c < folding->class_count; c++) {
        struct way_class *class = &folding->classes[c];
        struct bytes *zones = arena_take(folding->arena, class->zone_count * sizeof *zones);
        uint32_t *labels = arena_take(folding->arena, class->zone_count * sizeof *labels);
        uint32_t count = 0;
        for (uint32_t i = 0; i < folding->zone_count && count < class->zone_count; i++) {
            if (folding->class_of[i] == c) {
                labels[count] = folding->zones[i].zone;
                zones[count++] = label_name(folding->world, folding->zones[i].zone);
            }
        }
        class->zones = zones;
        class->zone_labels = labels;
    }
}

static void network_refresh(struct world *world, uint32_t network, struct arena *arena)
{
    const uint32_t count = gather(world, network, NULL);
    struct serving *servings = arena_take(arena, (count + 1) * sizeof *servings);
    (void)gather(world, network, servings);
    sort_elements(servings, count, sizeof *servings, serving_before, world);
    struct folding folding = { .world = world, .arena = arena, .servings = servings };
    folding.zones = arena_take(arena, (count + 1) * sizeof *folding.zones);
    for (uint32_t i = 0; i < count; i++) {
        const bool same = i > 0 && servings[i].service == servings[i - 1].service &&
                          servings[i].zone == servings[i - 1].zone;
        if (!same) {
            folding.zones[folding.zone_count++] =
                (struct zone_ways){ servings[i].service, servings[i].zone, i, 0 };
        }
        folding.zones[folding.zone_count - 1].count++;
    }
    folding.class_of = arena_take(arena, (folding.zone_count + 1) * sizeof *folding.class_of);
    folding.classes = arena_take(arena, (folding.zone_count + 1) * sizeof *folding.classes);
    fold(&folding);
    world->views.ways[network] =
        (struct network_ways){ folding.classes, folding.class_count };
}

void ways_refresh(struct world *world)
{
    if (!world->views.ways_stale) {
        return;
    }
    world->views.ways_stale = false;
    arena_reset(&world->views.ways_arena);
    for (uint32_t row = 1; row < world->networks.row_count; row++) {
        network_refresh(world, row, &world->views.ways_arena);
    }
}
