/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one location has of an item and when one unit would ship and arrive (core/explain.h); what
 * is booked there today; and by which ways a network goes to a zone.
 */
#include "base/quantity.h"
#include "core/sort.h"
#include "core/world_explain.h"

/* ------------------------------------------------------------------ stock */

static bool inbound_before(const struct explain_inbound *a, const struct explain_inbound *b)
{
    if (a->usable_on != b->usable_on) {
        return b->usable_on == DAY_NONE ||
               (a->usable_on != DAY_NONE && a->usable_on < b->usable_on);
    }
    if (a->eta != b->eta) {
        return b->eta == DAY_NONE || (a->eta != DAY_NONE && a->eta < b->eta);
    }
    return bytes_compare(a->inbound_id, b->inbound_id) < 0;
}

/* The first DOCUMENT_INBOUND_MAX of one balance, in order, behind those in the list. */
static uint32_t inbound_list(const struct world *world, uint32_t row, struct explain_inbound *list)
{
    const struct balance *balance = balance_row(&world->balances, row);
    const struct site *site = site_view(world, balance->location);
    const bool promised = !item_at(world, balance->item)->discontinued;
    uint32_t count = 0;
    for (uint32_t at = balance->inbound_first; at; at = inbound_at(world, at)->next_of_balance) {
        const struct inbound *inbound = inbound_at(world, at);
        const struct explain_inbound shown = {
            .sku = item_name(world, balance->item),
            .inbound_id = text_of(&world->texts, inbound->name),
            .quantity = inbound->open,
            .eta = inbound->eta,
            .usable_on = promised ? usable_day(world, balance->location, site, inbound) : DAY_NONE,
            .overdue = inbound->eta != DAY_NONE && inbound->eta < site->today,
        };
        const bool full = count == DOCUMENT_INBOUND_MAX;
        if (inbound->open == 0 || (full && !inbound_before(&shown, &list[count - 1]))) {
            continue;
        }
        uint32_t to = full ? count - 1 : count++;
        for (; to > 0 && inbound_before(&shown, &list[to - 1]); to--) {
            list[to] = list[to - 1];
        }
        list[to] = shown;
    }
    return count;
}

static void tell_inbound(struct explaining *explaining, const struct sight *sight,
                         struct explain_location *told)
{
    const struct world *world = explaining->world;
    const uint32_t recipe = item_at(world, explaining->item)->recipe_first;
    uint32_t balances[RECIPE_PARTS_MAX] = { sight->balance };
    uint32_t count = recipe ? 0 : sight->balance != 0;
    for (uint32_t row = recipe; row; row = component_at(world, row)->next) {
        const uint32_t found =
            balance_find(&world->balances, component_at(world, row)->item, sight->location);
        if (found && count < RECIPE_PARTS_MAX) {
            balances[count++] = found;
        }
    }
    struct explain_inbound *list =
        arena_take(explaining->arena, (count * DOCUMENT_INBOUND_MAX + 1) * sizeof *list);
    for (uint32_t i = 0; i < count; i++) {
        told->inbound_count += inbound_list(world, balances[i], list + told->inbound_count);
    }
    told->inbound = list;
}

/* The figures of its availability document, which for a bundle are those of whole bundles. */
static void tell_stock(struct explaining *explaining, const struct sight *sight,
                       struct explain_location *told)
{
    const struct world *world = explaining->world;
    const struct document_key key = { KEY_LOCATION, sight->balance };
    if (!sight->balance || world_key_state(world, key) != KEY_STATE_LIVE) {
        return;
    }
    struct document document;
    const size_t used = explaining->arena->used;
    world_derive(world, key, explaining->arena, &document);
    explaining->arena->used = used;
    told->on_hand = document.location.on_hand;
    told->held = document.location.held;
    told->allocated = document.location.allocated;
    told->safety_stock = document.location.safety_stock;
    told->free = item_at(world, explaining->item)->recipe_first
                     ? document.location.available
                     : quantity_add(quantity_add(told->on_hand, -told->held),
                                    -quantity_add(told->allocated, told->safety_stock));
}

/* One unit that is there now: when it ships, and arrives. */
static void tell_dates(struct explaining *explaining, const struct sight *sight,
                       struct explain_location *told)
{
    const struct world *world = explaining->world;
    const struct item *item = item_at(world, explaining->item);
    const struct site *site = site_view(world, sight->location);
    const int32_t first = site->day_zero == DAY_NONE
                              ? DAY_NONE
                              : site_first_day(site, site->day_zero, item->preorder_from);
    told->unit = site->unit;
    told->ships_on =
        first == DAY_NONE
            ? DAY_NONE
            : site_day_with(site, first, site->unit == CAPACITY_UNITS ? item->workload : 1);
    if (told->ships_on == DAY_NONE) {
        return;
    }
    told->remaining = site->remaining[told->ships_on - site->today];
    told->by = sight->lane ? lane_by(world, sight->lane, told->ships_on) : DAY_NONE;
    if (told->by != DAY_NONE) {
        const struct lane_days *days =
            &world->views.arrivals[lane_at(world, sight->lane)->carriage];
        told->from = days->from[told->ships_on - days->base];
    }
}

void sight_tell(struct explaining *explaining, struct sight *sight)
{
    const struct world *world = explaining->world;
    const struct location *location = location_at(world, sight->location);
    const struct site *site = site_view(world, sight->location);
    struct explain_location *told = &sight->told;
    *told = (struct explain_location){
        .location = text_of(&world->texts, location->name),
        .made_on = sight->made ? made_on(world, explaining->item, sight->location, site,
                                         site->day_zero)
                               : DAY_NONE,
        .from = DAY_NONE,
        .by = DAY_NONE,
        .cost = sight->lane ? lane_at(world, sight->lane)->cost : 0,
        .priority = location->priority,
        .first_by = DAY_NONE,
        .alone_by = DAY_NONE,
    };
    tell_stock(explaining, sight, told);
    tell_inbound(explaining, sight, told);
    tell_dates(explaining, sight, told);
}

/* ------------------------------------------------------------------ ways */

static bool route_before(const void *context, const void *a, const void *b)
{
    const struct explain_route *x = a;
    const struct explain_route *y = b;
    (void)context;
    return bytes_compare(x->service, y->service) < 0;
}

/* The services by which locations of the network go to one zone, each once. */
static uint32_t services_to(const struct world *world, uint32_t network, uint32_t zone,
                            uint32_t service, struct explain_route *routes, uint32_t max)
{
    uint32_t count = 0;
    for (uint32_t row = network_at(world, network)->member_first; row;
         row = member_at(world, row)->next_of_network) {
        for (uint32_t at = location_at(world, member_at(world, row)->location)->lane_first; at;
             at = lane_at(world, at)->next_of_location) {
            const struct lane *lane = lane_at(world, at);
            const struct bytes name =
                text_of(&world->texts, label_at(world, lane->service)->name);
            uint32_t i = 0;
            if (lane->zone != zone || (service && lane->service != service)) {
                continue;
            }
            while (i < count && !bytes_equal(routes[i].service, name)) {
                i++;
            }
            if (i == count && count < max) {
                routes[count++] = (struct explain_route){
                    text_of(&world->texts, label_at(world, zone)->name), name };
            }
        }
    }
    sort_elements(routes, count, sizeof *routes, route_before, NULL);
    return count;
}

/* One for each class of zones; they come in order. */
static uint32_t class_routes(const struct network_ways *ways, struct bytes service,
                             struct explain_route *routes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ways->class_count; i++) {
        if (service.count == 0 || bytes_equal(ways->classes[i].service, service)) {
            routes[count++] =
                (struct explain_route){ ways->classes[i].zones[0], ways->classes[i].service };
        }
    }
    return count;
}

enum explain_verdict world_explain_routes(const struct world *world, struct bytes sku,
                                          struct bytes network, struct bytes zone,
                                          struct bytes service, struct arena *arena,
                                          const struct explain_route **out_routes,
                                          uint32_t *out_count)
{
    enum { SERVICES_MAX = 256 };
    const uint32_t network_row = find_network(world, network);
    if (!find_item(world, sku) || !network_row) {
        return network_row ? EXPLAIN_UNKNOWN_SKU : EXPLAIN_UNKNOWN_NETWORK;
    }
    const struct network_ways *ways = &world->views.ways[network_row];
    const uint32_t max = zone.count > 0 ? SERVICES_MAX : ways->class_count;
    struct explain_route *routes = arena_take(arena, (max + 1) * sizeof *routes);
    uint32_t count = 0;
    if (zone.count == 0) {
        count = class_routes(ways, service, routes);
    } else {
        const uint32_t zone_label = find_label(world, zone);
        const uint32_t service_label = service.count > 0 ? find_label(world, service) : 0;
        if (zone_label && (service_label || service.count == 0)) {
            count = services_to(world, network_row, zone_label, service_label, routes, max);
        }
    }
    *out_routes = routes;
    *out_count = count;
    return count > 0 ? EXPLAIN_OK : EXPLAIN_NO_ROUTE;
}

/* ------------------------------------------------------------------ capacity */

bool world_capacity_today(const struct world *world, uint32_t row, struct bytes *out_location,
                          struct day_document *out_today)
{
    if (!table_has(&world->locations, row)) {
        return false;
    }
    const struct location *location = location_at(world, row);
    const int64_t planned = location_planned(world, row, location->today);
    if (planned == UNITS_UNLIMITED) {
        return false;
    }
    const int64_t used = book_used(world, row, location->today);
    *out_location = text_of(&world->texts, location->name);
    *out_today = (struct day_document){
        .day = location->today,
        .unit = (enum capacity_unit)location->capacity_unit,
        .planned = planned,
        .used = used,
        .remaining = site_capacity_left(planned, used),
        .overbooked = used > planned ? used - planned : 0,
    };
    return true;
}
