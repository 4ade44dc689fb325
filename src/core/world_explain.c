/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why promises are as they are (contract 5). The loads of every location are made as for sourcing,
 * with exact capacity, once as they are and once with each constraint lifted; an order of the
 * quantity asked for is then placed by R7 without being placed.
 */
#include "core/explain.h"

#include "base/quantity.h"
#include "core/sort.h"
#include "core/sourcing.h"
#include "core/world_explain.h"

const char *const SOURCE_REASON_NAMES[SOURCE_REASON_COUNT] = {
    [SOURCE_CHOSEN] = "source",
    [SOURCE_DISABLED] = "disabled",
    [SOURCE_NO_LANE] = "no_lane",
    [SOURCE_NO_STOCK] = "no_stock",
    [SOURCE_PREORDER] = "preorder",
    [SOURCE_BEYOND_HORIZON] = "beyond_horizon",
    [SOURCE_TAKEN] = "taken",
    [SOURCE_LATER] = "later",
    [SOURCE_NOT_ENOUGH] = "not_enough",
    [SOURCE_NOT_FIRST] = "not_first",
};

/* ------------------------------------------------------------------ which locations */

static bool is_maker(const struct world *world, uint32_t item, uint32_t location)
{
    return item_at(world, item)->made_to_order && !item_at(world, item)->discontinued &&
           made_at(world, item, location);
}

static void add_sight(struct explaining *explaining, uint32_t location, bool with_item)
{
    const struct world *world = explaining->world;
    struct sight sight = {
        .location = location,
        .balance = balance_find(&world->balances, explaining->item, location),
        .lane = find_lane(world, location, explaining->zone, explaining->service),
        .made = is_maker(world, explaining->item, location),
    };
    const bool has_item = sight.balance || sight.made;
    if (has_item != with_item || (!has_item && !sight.lane)) {
        return;
    }
    if (explaining->sight_count == EXPLAIN_LOCATIONS_MAX) {
        explaining->sight_more++;
        return;
    }
    sight.ships = location_at(world, location)->enabled && sight.lane && has_item;
    explaining->sights[explaining->sight_count++] = sight;
}

/* Those that have the item, then those that only have a lane. */
static void sights_gather(struct explaining *explaining)
{
    const struct world *world = explaining->world;
    const uint32_t first = network_at(world, explaining->network)->member_first;
    uint32_t count = 0;
    for (uint32_t row = first; row; row = member_at(world, row)->next_of_network) {
        count++;
    }
    count = count < EXPLAIN_LOCATIONS_MAX ? count : EXPLAIN_LOCATIONS_MAX;
    explaining->sights = arena_take(explaining->arena, (count + 1) * sizeof *explaining->sights);
    explaining->sources = arena_take(explaining->arena, (count + 1) * sizeof *explaining->sources);
    explaining->source_sights =
        arena_take(explaining->arena, (count + 1) * sizeof *explaining->source_sights);
    for (int with_item = 1; with_item >= 0; with_item--) {
        for (uint32_t row = first; row; row = member_at(world, row)->next_of_network) {
            add_sight(explaining, member_at(world, row)->location, with_item == 1);
        }
    }
}

/* Loads behind those that already have all that is asked for change nothing. */
static uint32_t loads_needed(const struct explaining *explaining, const struct load *loads,
                             uint32_t count)
{
    const int64_t needed = quantity_add(explaining->out->quantity, explaining->out->waiting);
    int64_t sum = 0;
    uint32_t used = 0;
    while (used < count && sum < needed) {
        sum = quantity_add(sum, loads[used++].units);
    }
    return used;
}

static void sights_load(struct explaining *explaining)
{
    const struct world *world = explaining->world;
    for (uint32_t i = 0; i < explaining->sight_count; i++) {
        struct sight *sight = &explaining->sights[i];
        for (int lifted = CONSTRAINT_NONE; sight->ships && lifted < CONSTRAINT_COUNT; lifted++) {
            const uint32_t count =
                place_loads(world, explaining->item, sight->location, sight->balance,
                            item_at(world, explaining->item)->recipe_first,
                            (enum constraint)lifted, CAPACITY_EXACT, explaining->arena,
                            &sight->loads[lifted]);
            sight->load_counts[lifted] = loads_needed(explaining, sight->loads[lifted], count);
        }
    }
}

/* ------------------------------------------------------------------ segments */

/* Merges what the locations can ship with a constraint lifted, or none. */
static void merge(struct explaining *explaining, enum constraint lifted)
{
    const struct world *world = explaining->world;
    uint32_t load_count = 0;
    explaining->source_count = 0;
    for (uint32_t i = 0; i < explaining->sight_count; i++) {
        const struct sight *sight = &explaining->sights[i];
        if (!sight->ships || sight->load_counts[lifted] == 0) {
            continue;
        }
        const struct location *location = location_at(world, sight->location);
        explaining->sources[explaining->source_count] = (struct source){
            .loads = sight->loads[lifted],
            .load_count = sight->load_counts[lifted],
            .days = &world->views.arrivals[lane_at(world, sight->lane)->carriage],
            .last = location->today + HORIZON_DAYS,
            .name = text_of(&world->texts, location->name),
            .cost = lane_at(world, sight->lane)->cost,
            .priority = location->priority,
        };
        explaining->source_sights[explaining->source_count++] = i;
        load_count += sight->load_counts[lifted];
    }
    explaining->segments =
        arena_take(explaining->arena, (load_count + 1) * sizeof *explaining->segments);
    explaining->segment_count =
        promise_segments(explaining->sources, explaining->source_count, explaining->out->waiting,
                         explaining->segments, load_count + 1);
}

static struct sight *sight_of(const struct explaining *explaining, const struct segment *segment)
{
    return &explaining->sights[explaining->source_sights[segment->source]];
}

/* The date by which the segments give the quantity; DAY_NONE: they never do. */
static int32_t merged_by(const struct explaining *explaining)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < explaining->segment_count; i++) {
        sum = quantity_add(sum, explaining->segments[i].units);
        if (sum >= explaining->out->quantity) {
            return explaining->segments[i].by;
        }
    }
    return DAY_NONE;
}

/* ------------------------------------------------------------------ an order placed now */

/* R7 over the merged segments: how many units ship from each sight. */
static void choose(struct explaining *explaining)
{
    const struct sourcing_line line = { explaining->segments, explaining->segment_count,
                                        explaining->out->quantity };
    struct sourcing_location *list =
        arena_take(explaining->arena, (explaining->source_count + 1) * sizeof *list);
    for (uint32_t i = 0; i < explaining->source_count; i++) {
        const struct source *source = &explaining->sources[i];
        list[i] = (struct sourcing_location){ source->name, source->cost, source->priority, false };
    }
    struct sourcing_choice *choices;
    const uint32_t count = sourcing_choose(list, explaining->source_count, &line, 1,
                                           explaining->arena, &choices);
    for (uint32_t i = 0; i < count; i++) {
        explaining->sights[explaining->source_sights[choices[i].location]].told.units +=
            choices[i].units;
    }
}

/* The latest ship day and date of the segments that the chosen units take. */
static void date_order(struct explaining *explaining)
{
    struct explanation *out = explaining->out;
    int64_t *left = arena_take(explaining->arena, (explaining->sight_count + 1) * sizeof *left);
    int64_t sum = 0;
    int32_t by = DAY_NONE;
    int32_t ship_on = DAY_NONE;
    for (uint32_t i = 0; i < explaining->sight_count; i++) {
        left[i] = explaining->sights[i].told.units;
        sum = quantity_add(sum, left[i]);
    }
    for (uint32_t i = 0; i < explaining->segment_count; i++) {
        const struct segment *segment = &explaining->segments[i];
        int64_t *wanted = &left[explaining->source_sights[segment->source]];
        if (*wanted > 0) {
            *wanted -= quantity_less(*wanted, segment->units);
            by = by == DAY_NONE || segment->by > by ? segment->by : by;
            ship_on = segment->ship_on > ship_on ? segment->ship_on : ship_on;
        }
    }
    out->by = sum == out->quantity ? by : DAY_NONE;
    out->ship_on = sum == out->quantity ? ship_on : DAY_NONE;
}

/* What each location could give: by the order's date, first, and alone. */
static void tell_segments(struct explaining *explaining)
{
    const struct explanation *out = explaining->out;
    int64_t *sums = arena_take(explaining->arena, (explaining->sight_count + 1) * sizeof *sums);
    memset(sums, 0, explaining->sight_count * sizeof *sums);
    for (uint32_t i = 0; i < explaining->segment_count; i++) {
        const struct segment *segment = &explaining->segments[i];
        struct explain_location *told = &sight_of(explaining, segment)->told;
        int64_t *sum = &sums[explaining->source_sights[segment->source]];
        *sum = segment->units == UNITS_UNLIMITED || *sum == UNITS_UNLIMITED
                   ? UNITS_UNLIMITED
                   : quantity_add(*sum, segment->units);
        if (told->first_by == DAY_NONE) {
            told->first_by = segment->by;
        }
        if (told->alone_by == DAY_NONE && *sum >= out->quantity) {
            told->alone_by = segment->by;
        }
        if (out->by == DAY_NONE || segment->by <= out->by) {
            told->units_by = *sum;
        }
    }
}

/* ------------------------------------------------------------------ why not from here */

/* Whether anything that ships from here would arrive. */
static bool some_arrives(const struct world *world, const struct sight *sight)
{
    for (uint32_t i = 0; i < sight->load_counts[CONSTRAINT_NONE]; i++) {
        if (lane_by(world, sight->lane, sight->loads[CONSTRAINT_NONE][i].ship_on) != DAY_NONE) {
            return true;
        }
    }
    return false;
}

static bool has_stock(struct explaining *explaining, const struct sight *sight)
{
    const struct world *world = explaining->world;
    const struct stock_query query = { item_at(world, explaining->item)->recipe_first,
                                       CONSTRAINT_NONE, true, true,
                                       site_view(world, sight->location)->day_zero };
    struct stock stock = { 0, NULL, 0 };
    if (sight->balance || sight->made) {
        place_stock(world, explaining->item, sight->location, sight->balance, &query,
                    explaining->arena, &stock);
    }
    return stock.now > 0 || stock.count > 0;
}

static enum source_reason reason_of(struct explaining *explaining, const struct sight *sight)
{
    const struct world *world = explaining->world;
    const struct explanation *out = explaining->out;
    const struct explain_location *told = &sight->told;
    if (told->units > 0) {
        return SOURCE_CHOSEN;
    }
    if (!location_at(world, sight->location)->enabled) {
        return SOURCE_DISABLED;
    }
    if (!sight->lane) {
        return SOURCE_NO_LANE;
    }
    if (!has_stock(explaining, sight)) {
        return SOURCE_NO_STOCK;
    }
    if (!some_arrives(world, sight)) {
        const bool preorder = out->preorder_from != DAY_NONE &&
                              out->preorder_from >
                                  location_at(world, sight->location)->today + HORIZON_DAYS;
        return preorder ? SOURCE_PREORDER : SOURCE_BEYOND_HORIZON;
    }
    if (told->first_by == DAY_NONE) {
        return SOURCE_TAKEN;
    }
    if (out->by != DAY_NONE && told->first_by > out->by) {
        return SOURCE_LATER;
    }
    return told->units_by < out->quantity ? SOURCE_NOT_ENOUGH : SOURCE_NOT_FIRST;
}

static bool sight_before(const void *context, const void *a, const void *b)
{
    const struct explaining *explaining = context;
    const struct explain_location *x = &explaining->sights[*(const uint32_t *)a].told;
    const struct explain_location *y = &explaining->sights[*(const uint32_t *)b].told;
    if ((x->units > 0) != (y->units > 0)) {
        return x->units > 0;
    }
    if (x->first_by != y->first_by) {
        return y->first_by == DAY_NONE || (x->first_by != DAY_NONE && x->first_by < y->first_by);
    }
    return bytes_compare(x->location, y->location) < 0;
}

static void tell_locations(struct explaining *explaining)
{
    struct explanation *out = explaining->out;
    const uint32_t count = explaining->sight_count;
    uint32_t *order = arena_take(explaining->arena, (count + 1) * sizeof *order);
    for (uint32_t i = 0; i < count; i++) {
        struct sight *sight = &explaining->sights[i];
        sight->told.reason = reason_of(explaining, sight);
        order[i] = i;
    }
    sort_elements(order, count, sizeof *order, sight_before, explaining);
    out->location_count = count < EXPLAIN_SHOWN_MAX ? count : EXPLAIN_SHOWN_MAX;
    out->location_more = count - out->location_count + explaining->sight_more;
    struct explain_location *list =
        arena_take(explaining->arena, (out->location_count + 1) * sizeof *list);
    for (uint32_t i = 0; i < out->location_count; i++) {
        list[i] = explaining->sights[order[i]].told;
    }
    out->locations = list;
}

/* ------------------------------------------------------------------ constraints and offers */

static void tell_constraints(struct explaining *explaining)
{
    struct explanation *out = explaining->out;
    for (int lifted = CONSTRAINT_NONE + 1; lifted < CONSTRAINT_COUNT; lifted++) {
        const size_t used = explaining->arena->used;
        merge(explaining, (enum constraint)lifted);
        struct explain_constraint *told = &out->constraints[lifted - 1];
        *told = (struct explain_constraint){ .constraint = (enum constraint)lifted,
                                             .by = merged_by(explaining) };
        if (told->by != DAY_NONE) {
            told->location = explaining->sources[explaining->segments[0].source].name;
            told->days = out->by != DAY_NONE && told->by < out->by ? out->by - told->by : 0;
        }
        explaining->arena->used = used;
    }
}

static bool serves(const struct zones_document *entry, const struct explanation *out)
{
    if (!bytes_equal(entry->service, out->service)) {
        return false;
    }
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        if (bytes_equal(entry->zones[i], out->zone)) {
            return true;
        }
    }
    return false;
}

static uint32_t find_offering(const struct explaining *explaining)
{
    const struct world *world = explaining->world;
    uint32_t row = item_at(world, explaining->item)->offering_first;
    while (row && offering_at(world, row)->network != explaining->network) {
        row = offering_at(world, row)->next_of_item;
    }
    return row;
}

/* What is published, out of the document itself. */
static void tell_offers(struct explaining *explaining)
{
    struct explanation *out = explaining->out;
    const struct document_key key = { KEY_PROMISE, find_offering(explaining) };
    struct offer_document *kept = arena_take(explaining->arena, OFFERS_MAX * sizeof *kept);
    out->offers = kept;
    out->valid_until_ms = INSTANT_NONE;
    out->sold = key.row && world_key_state(explaining->world, key) == KEY_STATE_LIVE;
    if (!out->sold) {
        return;
    }
    struct document document;
    const size_t used = explaining->arena->used;
    world_derive(explaining->world, key, explaining->arena, &document);
    out->valid_until_ms = document.promise.valid_until_ms;
    for (uint32_t i = 0; i < document.promise.promise_count; i++) {
        const struct zones_document *entry = &document.promise.promises[i];
        if (serves(entry, out)) {
            out->offer_count = entry->offer_count;
            out->limited_by = entry->limited_by;
            memcpy(kept, entry->offers, entry->offer_count * sizeof *kept);
        }
    }
    explaining->arena->used = used;
}

static void tell_events(struct explaining *explaining)
{
    struct explain_event *list =
        arena_take(explaining->arena, TRACE_RECORDS * sizeof *list);
    const struct trace *trace = trace_at(explaining->world, explaining->item);
    for (uint32_t i = 0; i < trace->count; i++) {
        const struct trace_record *record = &trace->records[i];
        list[i] = (struct explain_event){ EVENT_TYPES[record->type].topic, record->partition,
                                          record->offset, (enum event_type)record->type,
                                          record->time_ns };
    }
    explaining->out->events = list;
    explaining->out->event_count = trace->count;
}

/* ------------------------------------------------------------------ all of it */

static void explain(struct explaining *explaining)
{
    sights_gather(explaining);
    sights_load(explaining);
    for (uint32_t i = 0; i < explaining->sight_count; i++) {
        sight_tell(explaining, &explaining->sights[i]);
    }
    merge(explaining, CONSTRAINT_NONE);
    choose(explaining);
    date_order(explaining);
    tell_segments(explaining);
    tell_locations(explaining);
    tell_constraints(explaining);
    tell_offers(explaining);
    tell_events(explaining);
}

enum explain_verdict world_explain(const struct world *world, struct bytes sku,
                                   struct bytes network, const struct explain_route *route,
                                   int64_t quantity, struct arena *arena,
                                   struct explanation *out_explanation)
{
    struct explaining explaining = { .world = world, .arena = arena, .out = out_explanation };
    explaining.item = find_item(world, sku);
    explaining.network = find_network(world, network);
    explaining.zone = find_label(world, route->zone);
    explaining.service = find_label(world, route->service);
    CHECK(quantity > 0);
    if (!explaining.item || !explaining.network || !explaining.zone || !explaining.service) {
        return !explaining.item      ? EXPLAIN_UNKNOWN_SKU
               : !explaining.network ? EXPLAIN_UNKNOWN_NETWORK
                                     : EXPLAIN_NO_ROUTE;
    }
    const struct item *item = item_at(world, explaining.item);
    *out_explanation = (struct explanation){
        .sku = item_name(world, explaining.item),
        .network = text_of(&world->texts, network_at(world, explaining.network)->name),
        .zone = text_of(&world->texts, label_at(world, explaining.zone)->name),
        .service = text_of(&world->texts, label_at(world, explaining.service)->name),
        .quantity = quantity,
        .version = world_sequence(world),
        .now_ms = world_now_ms(world),
        .discontinued = item->discontinued,
        .preorder_from = item->preorder_from,
        .waiting = waiting_units(world, explaining.item, explaining.network),
    };
    explain(&explaining);
    return EXPLAIN_OK;
}
