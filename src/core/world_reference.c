/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reference data (2.4): locations, lanes, items. A record replaces the one before; a null one puts
 * the defaults back. A refused record leaves the last good value in force.
 */
#include "core/world_state.h"

/* ------------------------------------------------------------------ locations */

static void members_clear(struct world *world, uint32_t location)
{
    for (uint32_t row = location_at(world, location)->member_first; row;) {
        const struct member member = *member_at(world, row);
        uint32_t *link = &network_edit(world, member.network)->member_first;
        while (*link != row) {
            link = &member_edit(world, *link)->next_of_network;
        }
        *link = member.next_of_network;
        table_remove(&world->members, row);
        row = member.next_of_location;
    }
    location_edit(world, location)->member_first = 0;
}

static void member_add(struct world *world, uint32_t location, uint32_t network)
{
    const uint32_t row = row_add(&world->members);
    struct member *member = member_edit(world, row);
    member->location = location;
    member->network = network;
    member->next_of_location = location_at(world, location)->member_first;
    member->next_of_network = network_at(world, network)->member_first;
    location_edit(world, location)->member_first = row;
    network_edit(world, network)->member_first = row;
}

static bool members_same(const struct world *world, uint32_t location,
                         const struct location_data *data)
{
    uint32_t count = 0;
    for (uint32_t row = location_at(world, location)->member_first; row;
         row = member_at(world, row)->next_of_location) {
        const struct network *network = network_at(world, member_at(world, row)->network);
        uint32_t i = 0;
        while (i < data->network_count &&
               !bytes_equal(data->networks[i], text_of(&world->texts, network->name))) {
            i++;
        }
        if (i == data->network_count) {
            return false;
        }
        count++;
    }
    return count == data->network_count;
}

/* The location sells elsewhere now: what is kept there begins and ends in those networks. */
static void members_set(struct world *world, uint32_t location, const struct location_data *data)
{
    if (members_same(world, location, data)) {
        return;
    }
    shared_change_location(world, location);
    if (location_at(world, location)->lane_first) {
        ways_change_location(world, location);
    }
    members_clear(world, location);
    for (uint32_t i = 0; i < data->network_count; i++) {
        member_add(world, location, need_network(world, data->networks[i]));
    }
    for (uint32_t item = 1;
         location_at(world, location)->stocked && item < world->items.row_count; item++) {
        if (item_at(world, item)->maker_first ||
            balance_find(&world->balances, item, location)) {
            offerings_review(world, item);
        }
    }
}

static void days_set(struct world *world, uint32_t row, const struct location_data *data)
{
    struct location *location = location_edit(world, row);
    const uint32_t count = data->closed_count + data->open_count;
    if (location->days) {
        table_remove(&world->location_days, location->days);
        location->days = 0;
    }
    if (count > 0) {
        location->days = row_add(&world->location_days);
        struct location_days *days = location_days_edit(world, location->days);
        days->closed_count = data->closed_count;
        days->open_count = data->open_count;
        if (data->closed_count) {
            memcpy(days->days, data->closed, data->closed_count * sizeof *days->days);
        }
        if (data->open_count) {
            memcpy(days->days + data->closed_count, data->open,
                   data->open_count * sizeof *days->days);
        }
    }
}

static void overrides_set(struct world *world, uint32_t row, const struct location_data *data)
{
    struct location *location = location_edit(world, row);
    if (location->overrides) {
        table_remove(&world->location_capacities, location->overrides);
        location->overrides = 0;
    }
    if (data->override_count > 0) {
        location->overrides = row_add(&world->location_capacities);
        struct location_capacity *overrides =
            location_capacity_edit(world, location->overrides);
        overrides->count = data->override_count;
        for (uint32_t i = 0; i < data->override_count; i++) {
            overrides->days[i] = data->overrides[i].day;
            overrides->counts[i] = data->overrides[i].count;
        }
    }
}

static bool days_same(const struct world *world, uint32_t row, const struct location_data *data)
{
    const uint32_t at = location_at(world, row)->days;
    if (!at) {
        return data->closed_count == 0 && data->open_count == 0;
    }
    const struct location_days *days = location_days_at(world, at);
    return days->closed_count == data->closed_count && days->open_count == data->open_count &&
           (data->closed_count == 0 ||
            memcmp(days->days, data->closed, data->closed_count * sizeof *days->days) == 0) &&
           (data->open_count == 0 || memcmp(days->days + days->closed_count, data->open,
                                            data->open_count * sizeof *days->days) == 0);
}

/* Whether what was promised from here may come otherwise than promised: not by its capacity, stock
 * or priority, which only later decisions feel. */
static bool promises_may_slip(const struct world *world, uint32_t row,
                              const struct location_data *data, uint32_t zone)
{
    const struct location *location = location_at(world, row);
    return location->zone != zone || location->working_days != data->working_days ||
           location->processing_days != data->processing_days ||
           location->enabled != data->enabled || !days_same(world, row, data);
}

static void location_set(struct world *world, uint32_t row, const struct location_data *data,
                         uint32_t zone, bool described)
{
    struct location *location = location_edit(world, row);
    if (location->enabled != data->enabled && location->lane_first) {
        ways_change_location(world, row);
    }
    if (promises_may_slip(world, row, data, zone)) {
        header_edit(world)->risk_unknown = 1;
    }
    location->described = described;
    location->zone = zone;
    location->processing_days = data->processing_days;
    location->cutoff_minute = data->cutoff_minute;
    location->opens_minute = data->opens_minute;
    location->pickup_minutes = data->pickup_minutes;
    location->working_days = data->working_days;
    location->enabled = data->enabled;
    location->pickup = data->pickup;
    location->deducts = data->shipments_deduct_stock;
    location->safety_stock = data->safety_stock;
    location->priority = data->priority;
    location->capacity_unit = data->capacity_unit;
    location->per_day = data->capacity_per_day;
    overrides_set(world, row, data);
    days_set(world, row, data);
    members_set(world, row, data);
    location_midnight(world, row);
    shared_change_location(world, row);
    world->routes_stale = true;
}

void location_defaults_set(struct world *world, uint32_t row)
{
    const struct location_data data = location_defaults(location_name(world, row));
    location_set(world, row, &data, 0, false);
}

static enum event_result apply_location(struct world *world, struct applying *applying)
{
    const struct location_data *data = &applying->event->location;
    if (applying->event->removed) {
        const uint32_t found = find_location(world, data->location);
        if (found) {
            location_defaults_set(world, found);
        }
        return RESULT_APPLIED;
    }
    uint32_t zone = 0;
    if (!bytes_equal(data->time_zone, BYTES_LITERAL("UTC"))) {
        zone = find_time_zone(world, data->time_zone);
        if (!zone) {
            return refuse(applying, REFUSAL_BAD_VALUE, "time_zone is not known: %.*s",
                          (int)data->time_zone.count, (const char *)data->time_zone.data);
        }
    }
    location_set(world, need_location(world, data->location), data, zone, true);
    return RESULT_APPLIED;
}

/* ------------------------------------------------------------------ lanes and routes */

static enum event_result apply_lane(struct world *world, const struct event *event)
{
    const struct lane_data *data = &event->lane;
    if (event->removed && !find_location(world, data->location)) {
        return RESULT_APPLIED;
    }
    const uint32_t location = need_location(world, data->location);
    const uint32_t zone = need_label(world, data->zone);
    const uint32_t service = need_label(world, data->service);
    uint32_t lane = find_lane(world, location, zone, service);
    if (event->removed && !lane) {
        return RESULT_APPLIED;
    }
    if (event->removed) {
        lane_remove(world, lane);
    } else {
        const uint32_t carriage = need_carriage(world, data);
        if (!lane) {
            lane = lane_add(world, location, zone, service);
        } else {
            carriage_release(world, lane_at(world, lane)->carriage);
        }
        lane_edit(world, lane)->carriage = carriage;
        lane_edit(world, lane)->cost = data->cost;
    }
    shared_change_location(world, location);
    ways_change_location(world, location);
    header_edit(world)->risk_unknown = 1;
    world->routes_stale = true;
    return RESULT_APPLIED;
}

/* Whether an enabled location of the network has a lane to the zone by the service. */
bool route_has_lane(const struct world *world, uint32_t row)
{
    const struct route *route = route_at(world, row);
    for (uint32_t member = network_at(world, route->network)->member_first; member;
         member = member_at(world, member)->next_of_network) {
        const uint32_t location = member_at(world, member)->location;
        if (location_at(world, location)->enabled &&
            find_lane(world, location, route->zone, route->service)) {
            return true;
        }
    }
    return false;
}

/* At the end of an entry that changed locations or lanes. */
void routes_refresh(struct world *world)
{
    if (!world->routes_stale) {
        return;
    }
    world->routes_stale = false;
    bool changed = false;
    for (uint32_t row = 1; row < world->routes.row_count; row++) {
        const uint32_t fulfillable = route_has_lane(world, row);
        if (route_at(world, row)->fulfillable != fulfillable) {
            route_edit(world, row)->fulfillable = fulfillable;
            changed = true;
        }
    }
    if (changed) {
        shared_change_all_networks(world);
    }
}

/* ------------------------------------------------------------------ items */

static void uses_remove(struct world *world, uint32_t bundle)
{
    for (uint32_t row = item_at(world, bundle)->recipe_first; row;
         row = component_at(world, row)->next) {
        uint32_t *link = &item_edit(world, component_at(world, row)->item)->use_first;
        while (*link) {
            const uint32_t use = *link;
            if (use_at(world, use)->bundle == bundle) {
                *link = use_at(world, use)->next;
                table_remove(&world->uses, use);
                break;
            }
            link = &use_edit(world, use)->next;
        }
    }
}

/* R12: the bundle has a balance wherever one of its components has. */
static void uses_add(struct world *world, uint32_t bundle)
{
    for (uint32_t row = item_at(world, bundle)->recipe_first; row;
         row = component_at(world, row)->next) {
        const uint32_t item = component_at(world, row)->item;
        const uint32_t use_row = row_add(&world->uses);
        struct use *use = use_edit(world, use_row);
        use->bundle = bundle;
        use->next = item_at(world, item)->use_first;
        item_edit(world, item)->use_first = use_row;
        for (uint32_t balance = item_at(world, item)->balance_first; balance;
             balance = balance_row(&world->balances, balance)->next_of_item) {
            (void)need_balance(world, bundle, balance_row(&world->balances, balance)->location);
        }
    }
}

static void item_lists_clear(struct world *world, uint32_t row)
{
    struct item *item = item_edit(world, row);
    uses_remove(world, row);
    recipe_free(world, item->recipe_first);
    item->recipe_first = 0;
    while (item->safety_first) {
        const uint32_t next = safety_at(world, item->safety_first)->next;
        table_remove(&world->safeties, item->safety_first);
        item->safety_first = next;
    }
    while (item->maker_first) {
        const uint32_t next = maker_at(world, item->maker_first)->next;
        table_remove(&world->makers, item->maker_first);
        item->maker_first = next;
    }
}

static void item_lists_set(struct world *world, uint32_t row, const struct item_data *data)
{
    item_edit(world, row)->recipe_first = recipe_make(world, &data->bundle);
    for (uint32_t i = 0; i < data->safety_stock_at_count; i++) {
        const uint32_t location = need_location(world, data->safety_stock_at[i].location);
        const uint32_t safety_row = row_add(&world->safeties);
        struct safety *safety = safety_edit(world, safety_row);
        safety->location = location;
        safety->quantity = data->safety_stock_at[i].quantity;
        safety->next = item_at(world, row)->safety_first;
        item_edit(world, row)->safety_first = safety_row;
    }
    for (uint32_t i = 0; i < data->maker_count; i++) {
        const uint32_t location = need_location(world, data->makers[i]);
        const uint32_t maker_row = row_add(&world->makers);
        struct maker *maker = maker_edit(world, maker_row);
        location_edit(world, location)->stocked = 1;
        maker->location = location;
        maker->next = item_at(world, row)->maker_first;
        item_edit(world, row)->maker_first = maker_row;
    }
    uses_add(world, row);
}

/* Everything that is made of the item is touched: its balances, its networks, its bundles. */
static void item_touch_all(struct world *world, uint32_t row)
{
    touch_item(world, row);
    for (uint32_t balance = item_at(world, row)->balance_first; balance;
         balance = balance_row(&world->balances, balance)->next_of_item) {
        touch_balance(world, balance);
    }
}

/* The item may ship earlier, later or not at all from now on: dates of its open orders follow.
 * Those of bundles want units of their components, by recipes of their own: any order may be
 * one. */
static void item_dates_change(struct world *world, uint32_t item)
{
    for (uint32_t row = item_at(world, item)->balance_first; row;) {
        uint64_t number = 0;
        balance_edit(&world->balances, row)->stepped = 0;
        if (balance_row(&world->balances, row)->allocated > demand_sum(&world->balances, row)) {
            header_edit(world)->risk_unknown = 1;
            shared_change_all_networks(world);
        }
        for (;;) {
            const uint32_t demand = demand_next(&world->balances, row, &number);
            if (!demand) {
                break;
            }
            const uint32_t part = demand_row(&world->balances, demand)->part;
            const uint32_t order = line_at(world, part_at(world, part)->line)->order;
            touch_order(world, order);
            risk_set(world, order, true);
        }
        row = balance_row(&world->balances, row)->next_of_item;
    }
}

static bool item_dates_differ(const struct item *item, const struct item_data *data)
{
    return item->preorder_from != data->preorder_from ||
           item->made_to_order != data->made_to_order || item->lead_days != data->lead_days ||
           item->discontinued != data->discontinued || item->maker_first || data->maker_count > 0;
}

static enum event_result apply_item(struct world *world, const struct event *event)
{
    if (event->removed && !find_item(world, event->item.sku)) {
        return RESULT_APPLIED;
    }
    const struct item_data none = item_defaults(event->item.sku);
    const struct item_data *data = event->removed ? &none : &event->item;
    const uint32_t row = need_item(world, data->sku);
    item_touch_all(world, row);
    if (item_dates_differ(item_at(world, row), data)) {
        item_dates_change(world, row);
    }
    item_lists_clear(world, row);
    struct item *item = item_edit(world, row);
    item->described = !event->removed;
    item->lead_days = data->lead_days;
    item->preorder_from = data->preorder_from;
    item->made_to_order = data->made_to_order;
    item->discontinued = data->discontinued;
    item->safety_stock = data->safety_stock;
    item->low_stock = data->low_stock;
    item->workload = data->workload;
    item_lists_set(world, row, data);
    offerings_review(world, row);
    item_touch_all(world, row);
    return RESULT_APPLIED;
}

enum event_result apply_reference(struct world *world, struct applying *applying)
{
    switch (applying->event->type) {
    case EVENT_LOCATION:
        return apply_location(world, applying);
    case EVENT_LANE:
        return apply_lane(world, applying->event);
    default:
        return apply_item(world, applying->event);
    }
}
