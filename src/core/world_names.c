/* SPDX-License-Identifier: Apache-2.0 */
/* Names to rows: every identifier of an event is looked up here, once. */
#include "base/hash.h"
#include "core/world_state.h"

/* What a row is found by: the row it belongs to (0: none) and its own name. */
struct name_key {
    uint32_t owner;
    struct bytes name;
};

static uint64_t name_hash(uint32_t owner, struct bytes name)
{
    return hash_bytes(name, owner);
}

static uint64_t text_hash(const struct world *world, uint32_t owner, uint32_t text)
{
    return name_hash(owner, text_of(&world->texts, text));
}

static uint32_t name_add(struct world *world, struct bytes name)
{
    const uint32_t text = text_add(&world->texts, name);
    CHECK(text != TEXT_NONE);
    return text;
}

/* The same five lines for every kind of row that is found by (owner, name). */
#define NAME_LOOKUP(kind, map_name, owner_of)                                                      \
    static bool same_##kind(const void *owner, const void *key, uint32_t row)                      \
    {                                                                                              \
        const struct world *world = owner;                                                         \
        const struct name_key *sought = key;                                                       \
        const struct kind *found = kind##_at(world, row);                                          \
        return (owner_of) == sought->owner &&                                                      \
               bytes_equal(text_of(&world->texts, found->name), sought->name);                     \
    }                                                                                              \
    static uint32_t lookup_##kind(const struct world *world, uint32_t owner, struct bytes name)    \
    {                                                                                              \
        const struct name_key key = { owner, name };                                               \
        return map_find(&world->map_name, name_hash(owner, name), same_##kind, world, &key);       \
    }                                                                                              \
    static void index_##kind(struct world *world, uint32_t row)                                    \
    {                                                                                              \
        const struct kind *found = kind##_at(world, row);                                          \
        map_add(&world->map_name, text_hash(world, owner_of, found->name), row);                   \
    }

NAME_LOOKUP(item, items_by_name, 0U)
NAME_LOOKUP(location, locations_by_name, 0U)
NAME_LOOKUP(network, networks_by_name, 0U)
NAME_LOOKUP(label, labels_by_name, 0U)
NAME_LOOKUP(order, orders_by_name, 0U)
NAME_LOOKUP(line, lines_by_name, found->order)
NAME_LOOKUP(shipment, shipments_by_name, found->order)
NAME_LOOKUP(inbound, inbounds_by_name, found->balance)

uint32_t find_item(const struct world *world, struct bytes sku)
{
    return lookup_item(world, 0, sku);
}

uint32_t need_item(struct world *world, struct bytes sku)
{
    uint32_t row = find_item(world, sku);
    if (!row) {
        row = row_add(&world->items);
        struct item *item = item_edit(world, row);
        const struct item_data data = item_defaults(sku);
        item->name = name_add(world, sku);
        item->safety_stock = data.safety_stock;
        item->low_stock = data.low_stock;
        item->workload = data.workload;
        item->preorder_from = data.preorder_from;
        item->as_of = TIME_NONE;
        const uint32_t trace = row_add(&world->traces);
        CHECK(trace == row);
        index_item(world, row);
    }
    return row;
}

uint32_t find_location(const struct world *world, struct bytes name)
{
    return lookup_location(world, 0, name);
}

uint32_t need_location(struct world *world, struct bytes name)
{
    uint32_t row = find_location(world, name);
    if (!row) {
        row = row_add(&world->locations);
        location_edit(world, row)->name = name_add(world, name);
        location_edit(world, row)->as_of = TIME_NONE;
        location_edit(world, row)->late_day = DAY_NONE;
        location_edit(world, row)->cutoff_ms = INSTANT_NONE;
        site_is_stale(world, row);
        index_location(world, row);
        location_defaults_set(world, row);
    }
    return row;
}

uint32_t find_network(const struct world *world, struct bytes name)
{
    return lookup_network(world, 0, name);
}

uint32_t need_network(struct world *world, struct bytes name)
{
    uint32_t row = find_network(world, name);
    if (!row) {
        row = row_add(&world->networks);
        network_edit(world, row)->name = name_add(world, name);
        index_network(world, row);
    }
    return row;
}

uint32_t find_label(const struct world *world, struct bytes name)
{
    return lookup_label(world, 0, name);
}

uint32_t need_label(struct world *world, struct bytes name)
{
    uint32_t row = find_label(world, name);
    if (!row) {
        row = row_add(&world->labels);
        label_edit(world, row)->name = name_add(world, name);
        index_label(world, row);
    }
    return row;
}

/* ------------------------------------------------------------------ triples: lanes and routes */

struct triple {
    uint32_t first;      /* location or network */
    uint32_t zone;
    uint32_t service;
};

static uint64_t triple_hash(struct triple triple)
{
    return hash_bytes(bytes_of(&triple, sizeof triple), 0);
}

static bool same_lane(const void *owner, const void *key, uint32_t row)
{
    const struct lane *lane = lane_at(owner, row);
    const struct triple *sought = key;
    return lane->location == sought->first && lane->zone == sought->zone &&
           lane->service == sought->service;
}

static bool same_route(const void *owner, const void *key, uint32_t row)
{
    const struct route *route = route_at(owner, row);
    const struct triple *sought = key;
    return route->network == sought->first && route->zone == sought->zone &&
           route->service == sought->service;
}

static struct triple lane_triple(const struct world *world, uint32_t row)
{
    const struct lane *lane = lane_at(world, row);
    return (struct triple){ lane->location, lane->zone, lane->service };
}

static struct triple route_triple(const struct world *world, uint32_t row)
{
    const struct route *route = route_at(world, row);
    return (struct triple){ route->network, route->zone, route->service };
}

uint32_t find_lane(const struct world *world, uint32_t location, uint32_t zone, uint32_t service)
{
    const struct triple triple = { location, zone, service };
    return map_find(&world->lanes_by_key, triple_hash(triple), same_lane, world, &triple);
}

uint32_t lane_add(struct world *world, uint32_t location, uint32_t zone, uint32_t service)
{
    const uint32_t row = row_add(&world->lanes);
    struct lane *lane = lane_edit(world, row);
    lane->location = location;
    lane->zone = zone;
    lane->service = service;
    lane->next_of_location = location_at(world, location)->lane_first;
    location_edit(world, location)->lane_first = row;
    map_add(&world->lanes_by_key, triple_hash(lane_triple(world, row)), row);
    return row;
}

void lane_remove(struct world *world, uint32_t lane)
{
    uint32_t *link = &location_edit(world, lane_at(world, lane)->location)->lane_first;
    while (*link != lane) {
        link = &lane_edit(world, *link)->next_of_location;
    }
    *link = lane_at(world, lane)->next_of_location;
    carriage_release(world, lane_at(world, lane)->carriage);
    map_remove(&world->lanes_by_key, triple_hash(lane_triple(world, lane)), lane);
    table_remove(&world->lanes, lane);
}

/* ------------------------------------------------------------------ how lanes carry */

static uint64_t carriage_hash(const struct carriage *carriage)
{
    const size_t skipped = offsetof(struct carriage, transit_min);
    return hash_bytes(bytes_of((const uint8_t *)carriage + skipped, sizeof *carriage - skipped),
                      0);
}

static bool same_carriage(const void *owner, const void *key, uint32_t row)
{
    const size_t skipped = offsetof(struct carriage, transit_min);
    return memcmp((const uint8_t *)carriage_at(owner, row) + skipped,
                  (const uint8_t *)key + skipped, sizeof(struct carriage) - skipped) == 0;
}

uint32_t need_carriage(struct world *world, const struct lane_data *data)
{
    CHECK(data->closed_count <= CALENDAR_DAYS_MAX);
    struct carriage sought;
    memset(&sought, 0, sizeof sought);
    sought.transit_min = data->transit_days_min;
    sought.transit_max = data->transit_days_max;
    sought.transit_weekdays = data->transit_weekdays;
    sought.delivery_weekdays = data->delivery_weekdays;
    sought.closed_count = data->closed_count;
    for (uint32_t i = 0; i < data->closed_count; i++) {
        sought.closed[i] = data->closed[i];
    }
    uint32_t row = map_find(&world->carriages_by_terms, carriage_hash(&sought), same_carriage,
                            world, &sought);
    if (!row) {
        row = row_add(&world->carriages);
        struct carriage *carriage = carriage_edit(world, row);
        sought.live = carriage->live;
        *carriage = sought;
        map_add(&world->carriages_by_terms, carriage_hash(carriage), row);
        carriage_is_new(world, row);
    }
    carriage_edit(world, row)->lane_count++;
    return row;
}

void carriage_release(struct world *world, uint32_t row)
{
    if (--carriage_edit(world, row)->lane_count == 0) {
        map_remove(&world->carriages_by_terms, carriage_hash(carriage_at(world, row)), row);
        table_remove(&world->carriages, row);
    }
}

uint32_t need_route(struct world *world, uint32_t network, uint32_t zone, uint32_t service)
{
    const struct triple triple = { network, zone, service };
    uint32_t row = map_find(&world->routes_by_key, triple_hash(triple), same_route, world, &triple);
    if (!row) {
        row = row_add(&world->routes);
        struct route *route = route_edit(world, row);
        route->network = network;
        route->zone = zone;
        route->service = service;
        map_add(&world->routes_by_key, triple_hash(triple), row);
        route_edit(world, row)->fulfillable = route_has_lane(world, row);
    }
    return row;
}

/* ------------------------------------------------------------------ names that are forgotten */

uint32_t find_order(const struct world *world, struct bytes order_id)
{
    return lookup_order(world, 0, order_id);
}

uint32_t order_add(struct world *world, struct bytes order_id)
{
    const uint32_t row = row_add(&world->orders);
    order_edit(world, row)->name = name_add(world, order_id);
    index_order(world, row);
    return row;
}

void order_forget(struct world *world, uint32_t order)
{
    const uint32_t text = order_at(world, order)->name;
    map_remove(&world->orders_by_name, text_hash(world, 0, text), order);
    text_remove(&world->texts, text);
    table_remove(&world->orders, order);
}

uint32_t find_line(const struct world *world, uint32_t order, struct bytes line_id)
{
    return lookup_line(world, order, line_id);
}

uint32_t line_add(struct world *world, uint32_t order, struct bytes line_id)
{
    const uint32_t row = row_add(&world->lines);
    struct line *line = line_edit(world, row);
    line->order = order;
    line->name = name_add(world, line_id);
    index_line(world, row);
    return row;
}

void line_forget(struct world *world, uint32_t row)
{
    const struct line *line = line_at(world, row);
    map_remove(&world->lines_by_name, text_hash(world, line->order, line->name), row);
    text_remove(&world->texts, line->name);
    table_remove(&world->lines, row);
}

uint32_t find_shipment(const struct world *world, uint32_t order, struct bytes shipment_id)
{
    return lookup_shipment(world, order, shipment_id);
}

uint32_t shipment_add(struct world *world, uint32_t order, struct bytes shipment_id)
{
    const uint32_t row = row_add(&world->shipments);
    struct shipment *shipment = shipment_edit(world, row);
    shipment->order = order;
    shipment->name = name_add(world, shipment_id);
    index_shipment(world, row);
    return row;
}

void shipment_forget(struct world *world, uint32_t row)
{
    const struct shipment *shipment = shipment_at(world, row);
    map_remove(&world->shipments_by_name, text_hash(world, shipment->order, shipment->name), row);
    text_remove(&world->texts, shipment->name);
    table_remove(&world->shipments, row);
}

uint32_t find_inbound(const struct world *world, uint32_t balance, struct bytes inbound_id)
{
    return lookup_inbound(world, balance, inbound_id);
}

uint32_t inbound_add(struct world *world, uint32_t balance, struct bytes inbound_id)
{
    const uint32_t row = row_add(&world->inbounds);
    struct inbound *inbound = inbound_edit(world, row);
    inbound->name = name_add(world, inbound_id);
    inbound->balance = balance;
    inbound->eta = DAY_NONE;
    inbound->word_time = TIME_NONE;
    inbound->eta_time = TIME_NONE;
    inbound->newest = TIME_NONE;
    index_inbound(world, row);
    return row;
}

void inbound_forget(struct world *world, uint32_t row)
{
    const struct inbound *inbound = inbound_at(world, row);
    map_remove(&world->inbounds_by_name, text_hash(world, inbound->balance, inbound->name), row);
    text_remove(&world->texts, inbound->name);
    table_remove(&world->inbounds, row);
}

/* ------------------------------------------------------------------ all of them */

void names_init(struct world *world, struct arena *arena)
{
    map_init(&world->items_by_name, arena, world->items.row_count_max);
    map_init(&world->locations_by_name, arena, world->locations.row_count_max);
    map_init(&world->networks_by_name, arena, world->networks.row_count_max);
    map_init(&world->labels_by_name, arena, world->labels.row_count_max);
    map_init(&world->lanes_by_key, arena, world->lanes.row_count_max);
    map_init(&world->routes_by_key, arena, world->routes.row_count_max);
    map_init(&world->orders_by_name, arena, world->orders.row_count_max);
    map_init(&world->lines_by_name, arena, world->lines.row_count_max);
    map_init(&world->shipments_by_name, arena, world->shipments.row_count_max);
    map_init(&world->inbounds_by_name, arena, world->inbounds.row_count_max);
    map_init(&world->carriages_by_terms, arena, world->carriages.row_count_max);
    map_init(&world->presences_by_key, arena, world->presences.row_count_max);
}

#define INDEX_ALL(world, table, index_row) INDEX_FROM(1, world, table, index_row)
#define INDEX_FROM(first, world, table, index_row)                                                 \
    for (uint32_t row = (first); row < (world)->table.row_count; row++) {                          \
        if (table_has(&(world)->table, row)) {                                                     \
            index_row(world, row);                                                                 \
        }                                                                                          \
    }

static void index_lane(struct world *world, uint32_t row)
{
    map_add(&world->lanes_by_key, triple_hash(lane_triple(world, row)), row);
}

static void index_route(struct world *world, uint32_t row)
{
    map_add(&world->routes_by_key, triple_hash(route_triple(world, row)), row);
}

static void index_carriage(struct world *world, uint32_t row)
{
    map_add(&world->carriages_by_terms, carriage_hash(carriage_at(world, row)), row);
}

void names_restored(struct world *world)
{
    INDEX_ALL(world, items, index_item)
    INDEX_ALL(world, locations, index_location)
    /* Every world knows the default network from its start. */
    INDEX_FROM(NETWORK_DEFAULT + 1, world, networks, index_network)
    INDEX_ALL(world, labels, index_label)
    INDEX_ALL(world, lanes, index_lane)
    INDEX_ALL(world, routes, index_route)
    INDEX_ALL(world, orders, index_order)
    INDEX_ALL(world, lines, index_line)
    INDEX_ALL(world, shipments, index_shipment)
    INDEX_ALL(world, inbounds, index_inbound)
    INDEX_ALL(world, carriages, index_carriage)
    presences_restored(world);
}

struct bytes item_name(const struct world *world, uint32_t item)
{
    return text_of(&world->texts, item_at(world, item)->name);
}

struct bytes location_name(const struct world *world, uint32_t location)
{
    return text_of(&world->texts, location_at(world, location)->name);
}
