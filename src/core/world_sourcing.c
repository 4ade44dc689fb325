/* SPDX-License-Identifier: Apache-2.0 */
/*
 * R7: where units without location ship from. Candidates and segments are gathered here, the choice
 * is core/sourcing.h's, and the units are put into the parts it names.
 */
#include "core/sourcing.h"

#include "base/quantity.h"
#include "core/world_promise.h"
#include "core/world_settle.h"

struct candidates {
    struct sourcing_location *list;
    uint32_t *locations;           /* rows */
    uint32_t *lanes;
    uint32_t count;
    uint64_t stamp;                /* of their marks */
};

/* ------------------------------------------------------------------ candidates */

/* Where the order has open units already, it goes without another location. */
static void candidates_free(struct world *world, uint32_t order, struct candidates *candidates)
{
    for (uint32_t line = order_at(world, order)->line_first; line;
         line = line_at(world, line)->next) {
        for (uint32_t row = line_at(world, line)->part_first; row;
             row = part_at(world, row)->next) {
            const struct part *part = part_at(world, row);
            const struct candidate_mark *mark = &world->views.candidates[part->location];
            if (part->open > 0 && mark->stamp == candidates->stamp) {
                candidates->list[mark->index].free = true;
            }
        }
    }
}

/* The enabled locations of the order's network with a lane to its zone and service. */
static void candidates_gather(struct world *world, uint32_t order, struct candidates *out)
{
    const struct route *route = route_at(world, order_at(world, order)->route);
    const struct network *network = network_at(world, route->network);
    uint32_t members = 0;
    for (uint32_t row = network->member_first; row; row = member_at(world, row)->next_of_network) {
        members++;
    }
    out->count = 0;
    out->list = arena_take(&world->scratch, (members + 1) * sizeof *out->list);
    out->locations = arena_take(&world->scratch, (members + 1) * sizeof *out->locations);
    out->lanes = arena_take(&world->scratch, (members + 1) * sizeof *out->lanes);
    out->stamp = ++world->views.candidate_stamp;
    for (uint32_t row = network->member_first; row; row = member_at(world, row)->next_of_network) {
        const uint32_t location = member_at(world, row)->location;
        const uint32_t lane = find_lane(world, location, route->zone, route->service);
        if (!location_at(world, location)->enabled || !lane) {
            continue;
        }
        out->list[out->count] = (struct sourcing_location){
            .name = location_name(world, location),
            .cost = lane_at(world, lane)->cost,
            .priority = location_at(world, location)->priority,
        };
        world->views.candidates[location] = (struct candidate_mark){ out->stamp, 0, out->count };
        out->locations[out->count] = location;
        out->lanes[out->count++] = lane;
    }
    candidates_free(world, order, out);
}

/* ------------------------------------------------------------------ units that come before */

/* R12: a unit of a bundle line counts at each component, and as one at the bundle. */
static int64_t line_wants(const struct world *world, const struct line *line, uint32_t item)
{
    int64_t units = line->item == item ? line->unassigned : 0;
    for (uint32_t row = line->recipe_first; row; row = component_at(world, row)->next) {
        if (component_at(world, row)->item == item) {
            units = quantity_add(units, quantity_times(line->unassigned,
                                                       component_at(world, row)->quantity));
        }
    }
    return units;
}

static int64_t order_wants_before(const struct world *world, uint32_t order, uint32_t item,
                                  uint64_t number)
{
    int64_t units = 0;
    for (uint32_t at = order_at(world, order)->line_first; at; at = line_at(world, at)->next) {
        const struct line *line = line_at(world, at);
        if (line->item && line->number < number && line->unassigned > 0) {
            units = quantity_add(units, line_wants(world, line, item));
        }
    }
    return units;
}

/* Unassigned units of lines with a lower number: of this order, and of orders that are settled
 * after it though some of their lines came before. No other order has any (2.6). */
static int64_t waiting_before(const struct world *world, const struct line *line)
{
    const uint32_t network = route_at(world, order_at(world, line->order)->route)->network;
    int64_t units = order_wants_before(world, line->order, line->item, line->number);
    const struct changes *changes = &world->changes;
    for (uint32_t i = changes->order_at + 1; i < changes->order_count; i++) {
        const uint32_t order = changes->orders[i].order;
        if (changes->orders[i].number >= line->number) {
            break;
        }
        const uint32_t route = order_at(world, order)->route;
        if (order != line->order && order != changes->orders[i - 1].order && route &&
            route_at(world, route)->fulfillable &&
            networks_share_enabled(world, network, route_at(world, route)->network)) {
            units = quantity_add(units, order_wants_before(world, order, line->item,
                                                           line->number));
        }
    }
    return units;
}

/* ------------------------------------------------------------------ segments of a line */

static bool was_shorted_at(const struct world *world, const struct line *line, uint32_t location)
{
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        if (part_at(world, row)->location == location) {
            return part_at(world, row)->shorted;
        }
    }
    return false;
}

struct line_sources {
    struct source *list;
    uint32_t *candidates;
    uint32_t count;
    uint64_t stamp;                /* of those that were looked at */
};

static void add_source(struct world *world, const struct line *line, uint32_t location,
                       uint32_t balance, const struct candidates *candidates,
                       struct line_sources *sources)
{
    struct candidate_mark *mark = &world->views.candidates[location];
    if (mark->stamp != candidates->stamp || mark->source_stamp == sources->stamp) {
        return;
    }
    mark->source_stamp = sources->stamp;
    struct load *loads;
    (void)site_need(world, location);
    const uint32_t count =
        place_loads(world, line->item, location, balance, line->recipe_first, CONSTRAINT_NONE,
                    CAPACITY_EXACT, &world->scratch, &loads);
    if (count == 0) {
        return;
    }
    const struct lane *lane = lane_at(world, candidates->lanes[mark->index]);
    sources->candidates[sources->count] = mark->index;
    sources->list[sources->count++] = (struct source){
        .loads = loads,
        .load_count = count,
        .days = &world->views.arrivals[lane->carriage],
        .last = location_at(world, location)->today + HORIZON_DAYS,
        .name = location_name(world, location),
        .cost = lane->cost,
        .priority = location_at(world, location)->priority,
    };
}

static void sources_gather(struct world *world, const struct line *line,
                           const struct candidates *candidates, struct line_sources *out)
{
    out->count = 0;
    out->stamp = ++world->views.candidate_stamp;
    out->list = arena_take(&world->scratch, (candidates->count + 1) * sizeof *out->list);
    out->candidates =
        arena_take(&world->scratch, (candidates->count + 1) * sizeof *out->candidates);
    const uint32_t items[2] = {
        line->item, line->recipe_first ? component_at(world, line->recipe_first)->item : 0
    };
    for (int i = 0; i < 2 && items[i]; i++) {
        for (uint32_t row = item_at(world, items[i])->balance_first; row;) {
            const struct balance *balance = balance_row(&world->balances, row);
            const uint32_t next = balance->next_of_item;
            add_source(world, line, balance->location, row, candidates, out);
            row = next;
        }
    }
    for (uint32_t row = item_at(world, line->item)->maker_first; row;
         row = maker_at(world, row)->next) {
        add_source(world, line, maker_at(world, row)->location, 0, candidates, out);
    }
}

/* Of those sources that were, or were not, shorted for the line: in order, behind what is there. */
static uint32_t append_segments(struct world *world, const struct line *line,
                                const struct candidates *candidates,
                                const struct line_sources *sources, bool shorted,
                                struct segment *segments, uint32_t count)
{
    const size_t mark = world->scratch.used;
    struct line_sources some = { .count = 0 };
    some.list = arena_take(&world->scratch, (sources->count + 1) * sizeof *some.list);
    some.candidates = arena_take(&world->scratch, (sources->count + 1) * sizeof *some.candidates);
    for (uint32_t i = 0; i < sources->count; i++) {
        const uint32_t candidate = sources->candidates[i];
        if (was_shorted_at(world, line, candidates->locations[candidate]) == shorted) {
            some.list[some.count] = sources->list[i];
            some.candidates[some.count++] = candidate;
        }
    }
    const uint32_t added = promise_segments(some.list, some.count, 0, segments + count,
                                            LINE_SEGMENTS_MAX - count);
    for (uint32_t i = count; i < count + added; i++) {
        segments[i].source = some.candidates[segments[i].source];
    }
    world->scratch.used = mark;
    return count + added;
}

/* Takes the units that come before off the front; the sum of what is left. */
static int64_t take_waiting(struct segment *segments, uint32_t *count, int64_t waiting)
{
    uint32_t kept = 0;
    int64_t sum = 0;
    for (uint32_t i = 0; i < *count; i++) {
        struct segment segment = segments[i];
        if (segment.units != UNITS_UNLIMITED) {
            const int64_t taken = quantity_less(waiting, segment.units);
            waiting -= taken;
            segment.units -= taken;
        }
        sum = quantity_add(sum, segment.units);
        if (segment.units > 0) {
            segments[kept++] = segment;
        }
    }
    *count = kept;
    return sum;
}

/* 2.3: where units were not found comes last, and only for what the others do not have. */
static void line_segments(struct world *world, uint32_t row, const struct candidates *candidates,
                          struct sourcing_line *out)
{
    const struct line *line = line_at(world, row);
    const size_t mark = world->scratch.used;
    struct line_sources sources;
    sources_gather(world, line, candidates, &sources);
    struct segment *segments = world->views.segments;
    const int64_t waiting = waiting_before(world, line);
    uint32_t count = append_segments(world, line, candidates, &sources, false, segments, 0);
    const uint32_t others = count;
    if (take_waiting(segments, &count, waiting) < line->unassigned) {
        count = append_segments(world, line, candidates, &sources, false, segments, 0);
        CHECK(count == others);
        count = append_segments(world, line, candidates, &sources, true, segments, count);
        (void)take_waiting(segments, &count, waiting);
    }
    /* Sources and their loads are done with: an order may have many lines. */
    world->scratch.used = mark;
    struct segment *kept = arena_take(&world->scratch, (count + 1) * sizeof *kept);
    memcpy(kept, segments, count * sizeof *kept);
    *out = (struct sourcing_line){ kept, count, line->unassigned };
}

/* ------------------------------------------------------------------ units go to their places */

static void place_units(struct world *world, uint32_t line, uint32_t location, int64_t units)
{
    const uint32_t part = need_part(world, line, location);
    (void)need_balance(world, line_at(world, line)->item, location);
    unassigned_change(world, line, -units);
    part_edit(world, part)->sourced = 1;
    part_open_change(world, line, part, units);
}

/* (c): what nobody has, at the location first by priority and name; where it was shorted last. */
static uint32_t last_resort(const struct world *world, const struct line *line,
                            const struct candidates *candidates)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < candidates->count; i++) {
        const struct sourcing_location *a = &candidates->list[i];
        const struct sourcing_location *b = &candidates->list[best];
        const bool a_last = was_shorted_at(world, line, candidates->locations[i]);
        const bool b_last = was_shorted_at(world, line, candidates->locations[best]);
        if (a_last != b_last ? b_last
            : a->priority != b->priority ? a->priority < b->priority
                                         : bytes_compare(a->name, b->name) < 0) {
            best = i;
        }
    }
    return candidates->locations[best];
}

uint32_t order_last_resort(struct world *world, uint32_t order)
{
    const uint32_t row = order_at(world, order)->route;
    struct candidate_mark *kept = &world->views.resorts[row];
    if (kept->stamp != world->views.resort_stamp) {
        const struct route *route = route_at(world, row);
        kept->stamp = world->views.resort_stamp;
        kept->index = 0;
        for (uint32_t at = network_at(world, route->network)->member_first; at;
             at = member_at(world, at)->next_of_network) {
            const uint32_t location = member_at(world, at)->location;
            const struct location *a = location_at(world, location);
            const struct location *b = kept->index ? location_at(world, kept->index) : NULL;
            if (a->enabled && find_lane(world, location, route->zone, route->service) &&
                (!b || (a->priority != b->priority
                            ? a->priority < b->priority
                            : bytes_compare(location_name(world, location),
                                            location_name(world, kept->index)) < 0))) {
                kept->index = location;
            }
        }
    }
    return kept->index;
}

/* Whether the location has, or had, or makes what the line is made of. */
static bool item_known_at(const struct world *world, uint32_t item, uint32_t location)
{
    return balance_find(&world->balances, item, location) ||
           (item_at(world, item)->made_to_order && made_at(world, item, location));
}

static bool line_known_at(const struct world *world, const struct line *line, uint32_t location)
{
    bool known = item_known_at(world, line->item, location);
    for (uint32_t row = line->recipe_first; row && known; row = component_at(world, row)->next) {
        known = item_known_at(world, component_at(world, row)->item, location);
    }
    return known;
}

/* What the choices leave of a line goes to the last resort: where would that be new? */
static bool trial_is_vain(const struct world *world, const struct line *line,
                          const struct sourcing_choice *choices, uint32_t choice_count,
                          const struct candidates *candidates)
{
    int64_t left = line->unassigned;
    for (uint32_t i = 0; i < choice_count; i++) {
        left -= choices[i].units;
    }
    return left > 0 && !line_known_at(world, line, last_resort(world, line, candidates));
}

bool order_source(struct world *world, uint32_t order, const uint32_t *lines, uint32_t count,
                  bool trial)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < count; i++) {
        open += line_at(world, lines[i])->unassigned > 0;
    }
    if (open == 0 || !route_at(world, order_at(world, order)->route)->fulfillable) {
        return true;
    }
    const size_t mark = world->scratch.used;
    struct candidates candidates;
    candidates_gather(world, order, &candidates);
    struct sourcing_line *wanted = arena_take(&world->scratch, open * sizeof *wanted);
    uint32_t *rows = arena_take(&world->scratch, open * sizeof *rows);
    open = 0;
    for (uint32_t i = 0; i < count && candidates.count > 0; i++) {
        if (line_at(world, lines[i])->unassigned > 0) {
            rows[open] = lines[i];
            line_segments(world, lines[i], &candidates, &wanted[open++]);
        }
    }
    struct sourcing_choice *choices;
    const uint32_t choice_count =
        sourcing_choose(candidates.list, candidates.count, wanted, open, &world->scratch,
                        &choices);
    if (trial && open > 0 &&
        trial_is_vain(world, line_at(world, rows[0]), choices, choice_count, &candidates)) {
        world->scratch.used = mark;
        return false;
    }
    for (uint32_t i = 0; i < choice_count; i++) {
        place_units(world, rows[choices[i].line], candidates.locations[choices[i].location],
                    choices[i].units);
    }
    for (uint32_t i = 0; i < open; i++) {
        const struct line *line = line_at(world, rows[i]);
        if (line->unassigned > 0) {
            place_units(world, rows[i], last_resort(world, line, &candidates), line->unassigned);
        }
    }
    touch_order(world, order);
    world->scratch.used = mark;
    return true;
}
