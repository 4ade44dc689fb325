/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders: the events of 2.2, the arithmetic of lines (R2), their parts and demands (R6), and how
 * orders begin and end (R15). An event is checked whole before it changes anything.
 */
#include "base/quantity.h"
#include "core/world_state.h"

/* ------------------------------------------------------------------ orders begin and end */

bool order_is_known(const struct world *world, uint32_t order)
{
    return order && order_at(world, order)->known;
}

static uint32_t order_begin(struct world *world, struct bytes order_id)
{
    uint32_t row = find_order(world, order_id);
    if (!row) {
        row = order_add(world, order_id);
    }
    if (!order_at(world, row)->known) {
        struct order *order = order_edit(world, row);
        order->known = 1;
        order->cancelled = 0;
        order->route = 0;
        order->newest = TIME_NONE;
        order->zone_time = TIME_NONE;
        order->network_time = TIME_NONE;
        order->service_time = TIME_NONE;
    }
    return row;
}

/* R15: what was forgotten must not begin again by an event of its own past. */
static bool order_too_late(const struct world *world, const struct applying *applying)
{
    const int64_t newest = dedupe_input_row(&world->dedupe, applying->input)->newest_time_ns;
    const int64_t kept_ns = header_at(world)->settings.closed_orders_ms * NS_PER_MS;
    return newest != TIME_NONE && applying->event->time_ns < newest - kept_ns;
}

uint32_t order_named(struct world *world, struct applying *applying, struct bytes order_id,
                     bool too_late_refused)
{
    if (too_late_refused && !order_is_known(world, find_order(world, order_id)) &&
        order_too_late(world, applying)) {
        (void)refuse(applying, REFUSAL_TOO_LATE,
                     "the order is not known, or no more (limits.closed_orders)");
        return 0;
    }
    return order_begin(world, order_id);
}

/* Parked shipments count as closed, too: nothing is open that could still be shipped. */
static void order_schedule_end(struct world *world, uint32_t row)
{
    const struct order *order = order_at(world, row);
    if (order->open_count == 0 && !order->end_due) {
        due_add(&world->due,
                instant_beyond(order->newest, header_at(world)->settings.closed_orders_ms),
                DUE_ORDER_END, row);
        order_edit(world, row)->end_due = 1;
    }
}

void order_seen(struct world *world, uint32_t row, int64_t time_ns)
{
    struct order *order = order_edit(world, row);
    if (time_ns > order->newest) {
        order->newest = time_ns;
    }
    order_schedule_end(world, row);
    touch_order(world, row);
}

static void goods_free(struct world *world, uint32_t first)
{
    while (first) {
        const struct goods goods = *goods_at(world, first);
        recipe_free(world, goods.recipe_first);
        table_remove(&world->goods, first);
        first = goods.next;
    }
}

static void line_free(struct world *world, uint32_t row)
{
    const struct line line = *line_at(world, row);
    CHECK(line.open == 0 && line.unassigned == 0);
    for (uint32_t part = line.part_first; part;) {
        CHECK(part_at(world, part)->demand_first == 0);
        book_forget(world, part);
        const uint32_t next = part_at(world, part)->next;
        table_remove(&world->parts, part);
        part = next;
    }
    for (uint32_t entry = line.entry_first; entry;) {
        entry_unpark(world, entry);
        const struct entry gone = *entry_at(world, entry);
        goods_free(world, gone.goods_first);
        table_remove(&world->entries, entry);
        entry = gone.next_of_line;
    }
    recipe_free(world, line.recipe_first);
    line_forget(world, row);
}

void order_end(struct world *world, uint32_t row)
{
    for (uint32_t line = order_at(world, row)->line_first; line;) {
        const uint32_t next = line_at(world, line)->next;
        line_free(world, line);
        line = next;
    }
    for (uint32_t shipment = order_at(world, row)->shipment_first; shipment;) {
        const uint32_t next = shipment_at(world, shipment)->next;
        shipment_forget(world, shipment);
        shipment = next;
    }
    order_leaves(world, row);
    struct order *order = order_edit(world, row);
    const uint32_t state = order->state;
    order->known = 0;
    order->line_first = 0;
    order->line_last = 0;
    order->line_count = 0;
    order->placed_count = 0;
    order->parked_count = 0;
    order->shipment_first = 0;
    if (state == KEY_STATE_NONE) {
        order_forget(world, row);
        return;
    }
    touch_order(world, row);
    if (state == KEY_STATE_LIVE) {
        const struct header *header = header_at(world);
        order->state = KEY_STATE_GONE;
        order->ended_ms = header->now_ms;
        order->ended_sequence = header->sequence;
        due_add(&world->due, header->now_ms + header->settings.tombstone_after_ms,
                DUE_ORDER_TOMBSTONE, row);
    } else if (state == KEY_STATE_TOMBSTONE) {
        ended_add(world, KEY_ORDER, row);
    }
}

void order_end_due(struct world *world, uint32_t row)
{
    if (!table_has(&world->orders, row) || !order_at(world, row)->end_due) {
        return;
    }
    const struct order *order = order_at(world, row);
    const struct header *header = header_at(world);
    order_edit(world, row)->end_due = 0;
    if (!order->known || order->open_count > 0) {
        return;
    }
    if (instant_beyond(order->newest, header->settings.closed_orders_ms) > header->now_ms) {
        order_schedule_end(world, row);
        return;
    }
    order_end(world, row);
}

/* ------------------------------------------------------------------ lines and parts */

uint32_t need_line(struct world *world, uint32_t order_row, struct bytes line_id)
{
    uint32_t row = find_line(world, order_row, line_id);
    if (!row) {
        row = line_add(world, order_row, line_id);
        struct line *line = line_edit(world, row);
        line->quantity_time = TIME_NONE;
        line->location_time = TIME_NONE;
        line->promised_time = TIME_NONE;
        line->promised_by = DAY_NONE;
        line->decided_by = DAY_NONE;
        struct order *order = order_edit(world, order_row);
        if (order->line_last) {
            line_edit(world, order->line_last)->next = row;
        } else {
            order->line_first = row;
        }
        order->line_last = row;
        order->line_count++;
    }
    return row;
}

uint32_t need_part(struct world *world, uint32_t line_row, uint32_t location)
{
    uint32_t row = line_at(world, line_row)->part_first;
    while (row && part_at(world, row)->location != location) {
        row = part_at(world, row)->next;
    }
    if (!row) {
        row = row_add(&world->parts);
        struct part *part = part_edit(world, row);
        part->line = line_row;
        part->location = location;
        part->ship_on = DAY_NONE;
        part->next = line_at(world, line_row)->part_first;
        line_edit(world, line_row)->part_first = row;
    }
    return row;
}

static void allocate(struct world *world, uint32_t balance_row_, int64_t by)
{
    struct balance *balance = balance_edit(&world->balances, balance_row_);
    balance->allocated = quantity_add(balance->allocated, by);
    balance_settle(world, balance_row_, balance->on_hand < 0);
}

void part_undated(struct world *world, uint32_t row, bool undated)
{
    for (uint32_t demand = part_at(world, row)->demand_first; demand;
         demand = demand_row(&world->balances, demand)->next_of_part) {
        demand_undated(&world->balances, demand, undated);
    }
}

void part_left(struct world *world, uint32_t row)
{
    if (part_at(world, row)->open == 0) {
        part_edit(world, row)->ship_on = DAY_NONE;
    }
}

/* One demand at the item's balance, or for a bundle one at each component's, in recipe order. */
static void part_demands_begin(struct world *world, uint32_t line_row, uint32_t part_row)
{
    const struct line *line = line_at(world, line_row);
    const uint32_t location = part_at(world, part_row)->location;
    uint32_t last = 0;
    uint32_t component = line->recipe_first;
    do {
        const uint32_t item = component ? component_at(world, component)->item : line->item;
        const uint32_t balance = need_balance(world, item, location);
        const uint32_t demand = demand_add(&world->balances, balance, part_row, line->number);
        if (last) {
            ((struct demand *)table_edit(&world->balances.demands, last))->next_of_part = demand;
        } else {
            part_edit(world, part_row)->demand_first = demand;
        }
        last = demand;
        component = component ? component_at(world, component)->next : 0;
    } while (component);
    part_undated(world, part_row, part_at(world, part_row)->ship_on == DAY_NONE);
}

/* R9: what leaves a dated part comes off its first day, what is added sits on its ship day. */
static void part_book(struct world *world, uint32_t row, int64_t by)
{
    const struct part *part = part_at(world, row);
    if (part->ship_on == DAY_NONE) {
        return;
    }
    if (by > 0) {
        book_work(world, row, part->ship_on, work_of(by, part->workload));
    } else {
        unbook_work(world, row, part->open == 0 ? INT64_MAX
                                                : work_of(-by, part->workload));
    }
}

static void part_demands_end(struct world *world, uint32_t part_row)
{
    uint32_t demand = part_at(world, part_row)->demand_first;
    while (demand) {
        const uint32_t next = demand_row(&world->balances, demand)->next_of_part;
        demand_remove(&world->balances, demand);
        demand = next;
    }
    part_edit(world, part_row)->demand_first = 0;
}

void part_open_change(struct world *world, uint32_t line_row, uint32_t part_row, int64_t by)
{
    if (by == 0) {
        return;
    }
    const struct line *line = line_at(world, line_row);
    struct part *part = part_edit(world, part_row);
    if (part->open == 0) {
        part->ship_on = DAY_NONE;
        part_demands_begin(world, line_row, part_row);
    }
    part->open += by;
    CHECK(part->open >= 0);
    uint32_t component = line->recipe_first;
    for (uint32_t demand = part->demand_first; demand;) {
        const int64_t each = component ? component_at(world, component)->quantity : 1;
        const uint32_t balance = demand_row(&world->balances, demand)->balance;
        demand_change(&world->balances, demand, by * each);
        allocate(world, balance, by * each);
        demand = demand_row(&world->balances, demand)->next_of_part;
        component = component ? component_at(world, component)->next : 0;
    }
    if (line->recipe_first) {
        allocate(world, need_balance(world, line->item, part->location), by);
    }
    if (part->open == 0) {
        part_demands_end(world, part_row);
    }
    part_book(world, part_row, by);
}

/* R12: an unassigned unit of a bundle counts at each component, and as one at the bundle. */
static void wait_for_line(struct world *world, const struct line *line, uint32_t route, int64_t by)
{
    wait_change(world, line->item, route, by);
    for (uint32_t row = line->recipe_first; row; row = component_at(world, row)->next) {
        const struct component *component = component_at(world, row);
        wait_change(world, component->item, route, by * component->quantity);
    }
}

void unassigned_change(struct world *world, uint32_t row, int64_t by)
{
    if (by == 0) {
        return;
    }
    struct line *line = line_edit(world, row);
    line->unassigned += by;
    CHECK(line->unassigned >= 0);
    wait_for_line(world, line, order_at(world, line->order)->route, by);
}

/* ------------------------------------------------------------------ R2 */

/* Which of two parts gives up units first (R2): by a shipment from elsewhere, that first by name;
 * else that without a day, then that which ships last, then that last by name. */
static bool gives_before(const struct world *world, const struct part *a, const struct part *b,
                         bool shipped)
{
    const int by_name =
        bytes_compare(location_name(world, a->location), location_name(world, b->location));
    if (shipped) {
        return by_name < 0;
    }
    if (a->ship_on != b->ship_on) {
        return a->ship_on == DAY_NONE || (b->ship_on != DAY_NONE && a->ship_on > b->ship_on);
    }
    return by_name > 0;
}

static uint32_t part_that_gives(const struct world *world, uint32_t line, bool shipped)
{
    uint32_t best = 0;
    for (uint32_t row = line_at(world, line)->part_first; row; row = part_at(world, row)->next) {
        if (part_at(world, row)->open > 0 &&
            (!best ||
             gives_before(world, part_at(world, row), part_at(world, best), shipped))) {
            best = row;
        }
    }
    return best;
}

static int64_t take_from_part(struct world *world, uint32_t line, uint32_t part, int64_t units)
{
    const int64_t taken = quantity_less(units, part_at(world, part)->open);
    part_open_change(world, line, part, -taken);
    return units - taken;
}

static int64_t take_from_unassigned(struct world *world, uint32_t line, int64_t units)
{
    const int64_t taken = quantity_less(units, line_at(world, line)->unassigned);
    unassigned_change(world, line, -taken);
    return units - taken;
}

/* R2: a shipment lowers the part at its own location first, then units without location, then the
 * others by name. Otherwise units without location leave first, then parts that ship late. */
static void take_units(struct world *world, uint32_t line, int64_t units, uint32_t location)
{
    if (location) {
        units = take_from_part(world, line, need_part(world, line, location), units);
    }
    units = take_from_unassigned(world, line, units);
    while (units > 0) {
        const uint32_t part = part_that_gives(world, line, location != 0);
        CHECK(part != 0);
        units = take_from_part(world, line, part, units);
    }
}

static void add_units(struct world *world, uint32_t row, int64_t units)
{
    const uint32_t location = line_at(world, row)->location;
    if (location) {
        part_open_change(world, row, need_part(world, row, location), units);
    } else {
        unassigned_change(world, row, units);
    }
}

void line_reconcile(struct world *world, uint32_t row, uint32_t location)
{
    struct line *line = line_edit(world, row);
    if (!line->item) {
        return;
    }
    const int64_t room = quantity_more(0, line->quantity - line->shipped);
    line->cancelled = order_at(world, line->order)->cancelled ? room
                                                              : quantity_less(line->asked, room);
    const int64_t open = room - line->cancelled;
    const int64_t by = open - line->open;
    struct order *order = order_edit(world, line->order);
    order->open_count += (uint32_t)(open > 0) - (uint32_t)(line->open > 0);
    line->open = open;
    if (by < 0) {
        take_units(world, row, -by, location);
    } else if (by > 0) {
        add_units(world, row, by);
    }
}

/* 2.2: the order system decides, or decides anew, where all open units of the line ship from. */
static void line_assign(struct world *world, uint32_t row, struct bytes location_name_,
                        int64_t time_ns)
{
    const uint32_t location = need_location(world, location_name_);
    if (line_at(world, row)->item) {
        (void)need_balance(world, line_at(world, row)->item, location);
    }
    location_seen(world, location, time_ns);
    if (time_ns < line_at(world, row)->location_time) {
        return;
    }
    line_edit(world, row)->location = location;
    line_edit(world, row)->location_time = time_ns;
    if (!line_at(world, row)->item) {
        return;
    }
    const uint32_t to = need_part(world, row, location);
    int64_t moved = line_at(world, row)->unassigned;
    unassigned_change(world, row, -moved);
    for (uint32_t part = line_at(world, row)->part_first; part; part = part_at(world, part)->next) {
        if (part != to) {
            const int64_t open = part_at(world, part)->open;
            part_open_change(world, row, part, -open);
            if (open > 0) {
                part_left(world, part);
            }
            moved += open;
        }
    }
    part_edit(world, to)->sourced = 0;
    part_open_change(world, row, to, moved);
}

/* ------------------------------------------------------------------ order.placed */

static bool recipe_same(const struct world *world, uint32_t first, const struct recipe *recipe)
{
    uint32_t row = first;
    uint32_t matched = 0;
    for (; row; row = component_at(world, row)->next) {
        const struct component *component = component_at(world, row);
        uint32_t i = 0;
        while (i < recipe->count &&
               !(recipe->parts[i].quantity == component->quantity &&
                 bytes_equal(recipe->parts[i].sku, item_name(world, component->item)))) {
            i++;
        }
        if (i == recipe->count) {
            return false;
        }
        matched++;
    }
    return matched == recipe->count;
}

/* A bundle's units at each component stay in the range of quantities. */
static bool recipe_fits(const struct world *world, uint32_t first, const struct recipe *recipe,
                        int64_t quantity)
{
    for (uint32_t i = 0; i < recipe->count; i++) {
        if (quantity_times(quantity, recipe->parts[i].quantity) > QUANTITY_MAX) {
            return false;
        }
    }
    for (uint32_t row = first; row; row = component_at(world, row)->next) {
        if (quantity_times(quantity, component_at(world, row)->quantity) > QUANTITY_MAX) {
            return false;
        }
    }
    return true;
}

static enum event_result check_placed_line(const struct world *world, struct applying *applying,
                                           uint32_t line_row, const struct line_data *data)
{
    const struct line *line = line_row ? line_at(world, line_row) : NULL;
    if (!line || !line->item) {
        const uint32_t item = find_item(world, data->sku);
        const uint32_t recipe =
            item && data->bundle.count == 0 ? item_at(world, item)->recipe_first : 0;
        /* A newer amendment may have come before. */
        const int64_t quantity = line && line->quantity_time > applying->event->time_ns
                                     ? quantity_more(line->quantity, data->quantity)
                                     : data->quantity;
        if (!recipe_fits(world, recipe, &data->bundle, quantity)) {
            return refuse(applying, REFUSAL_BAD_QUANTITY, "line of a bundle: too many components");
        }
        return RESULT_APPLIED;
    }
    if (!bytes_equal(item_name(world, line->item), data->sku)) {
        return refuse(applying, REFUSAL_CONFLICT, "a line's sku never changes");
    }
    if (data->bundle.count > 0 && !recipe_same(world, line->recipe_first, &data->bundle)) {
        return refuse(applying, REFUSAL_CONFLICT, "a line's recipe never changes");
    }
    const struct recipe none = { NULL, 0 };
    if (!recipe_fits(world, line->recipe_first, &none, data->quantity)) {
        return refuse(applying, REFUSAL_BAD_QUANTITY, "line of a bundle: too many components");
    }
    return RESULT_APPLIED;
}

/* What the record would make of the order, before anything is changed. */
static enum event_result check_lines(const struct world *world, struct applying *applying,
                                     uint32_t order)
{
    const struct order_data *data = &applying->event->order;
    uint32_t line_count = order ? order_at(world, order)->line_count : 0;
    for (uint32_t i = 0; i < data->line_count; i++) {
        const uint32_t line = order ? find_line(world, order, data->lines[i].line_id) : 0;
        line_count += line == 0;
        if (applying->event->type == EVENT_ORDER_PLACED &&
            check_placed_line(world, applying, line, &data->lines[i]) == RESULT_REJECTED) {
            return RESULT_REJECTED;
        }
        if (applying->event->type == EVENT_ORDER_AMENDED && line) {
            const struct recipe none = { NULL, 0 };
            if (!recipe_fits(world, line_at(world, line)->recipe_first, &none,
                             data->lines[i].quantity)) {
                return refuse(applying, REFUSAL_BAD_QUANTITY,
                              "line of a bundle: too many components");
            }
        }
    }
    if (line_count > ORDER_LINES_MAX) {
        return refuse(applying, REFUSAL_BAD_VALUE, "the order would have over %d lines",
                      (int)ORDER_LINES_MAX);
    }
    return RESULT_APPLIED;
}

/* The order goes another way: what waits for a location waits there. */
static void order_reroute(struct world *world, uint32_t row, uint32_t route)
{
    const uint32_t before = order_at(world, row)->route;
    if (before == route) {
        return;
    }
    order_edit(world, row)->route = route;
    risk_set(world, row, before != 0 || order_at(world, row)->at_risk);
    for (uint32_t line = order_at(world, row)->line_first; line;
         line = line_at(world, line)->next) {
        const int64_t units = line_at(world, line)->unassigned;
        if (units > 0) {
            wait_for_line(world, line_at(world, line), before, -units);
            wait_for_line(world, line_at(world, line), route, units);
        }
    }
}

/* Newest time wins, attribute by attribute; defaults apply only to what none has named. */
static void order_attributes(struct world *world, uint32_t row, const struct event *event)
{
    const struct order_data *data = &event->order;
    struct order *order = order_edit(world, row);
    uint32_t network = NETWORK_DEFAULT;
    uint32_t zone = 0;
    uint32_t service = 0;
    if (order->route) {
        const struct route *route = route_at(world, order->route);
        network = route->network;
        zone = route->zone;
        service = route->service;
    }
    if (event->time_ns >= order->zone_time) {
        zone = need_label(world, data->zone);
        order->zone_time = event->time_ns;
    }
    if (data->network.count > 0 && event->time_ns >= order->network_time) {
        network = need_network(world, data->network);
        order->network_time = event->time_ns;
    }
    if (data->service.count > 0 && event->time_ns >= order->service_time) {
        service = need_label(world, data->service);
        order->service_time = event->time_ns;
    } else if (!service) {
        service = need_label(world, BYTES_LITERAL("standard"));
    }
    order_reroute(world, row, need_route(world, network, zone, service));
}

static void line_placed(struct world *world, uint32_t row, const struct line_data *data)
{
    const uint32_t item = need_item(world, data->sku);
    const uint32_t recipe = data->bundle.count > 0
                                ? recipe_make(world, &data->bundle)
                                : recipe_copy(world, item_at(world, item)->recipe_first);
    struct header *header = header_edit(world);
    struct line *line = line_edit(world, row);
    line->item = item;
    line->recipe_first = recipe;
    line->number = ++header->last_line_number;
    struct order *order = order_edit(world, line->order);
    order->placed_count++;
    order->state = KEY_STATE_LIVE;
    if (line->location) {
        (void)need_balance(world, item, line->location);
    }
}

static void place_line(struct world *world, uint32_t order, const struct event *event,
                       const struct line_data *data)
{
    const uint32_t row = need_line(world, order, data->line_id);
    const bool first = line_at(world, row)->item == 0;
    if (first) {
        line_placed(world, row, data);
    }
    struct line *line = line_edit(world, row);
    if (event->time_ns >= line->quantity_time) {
        line->quantity = data->quantity;
        line->quantity_time = event->time_ns;
    }
    if (data->promised_by != DAY_NONE && event->time_ns >= line->promised_time) {
        line->promised_by = data->promised_by;
        line->promised_time = event->time_ns;
    }
    if (data->location.count > 0) {
        line_assign(world, row, data->location, event->time_ns);
    }
    line_reconcile(world, row, 0);
    if (first) {
        line_joined(world, row);
    }
    item_seen(world, line_at(world, row)->item, event->time_ns);
    touch_item(world, line_at(world, row)->item);
}

/* ------------------------------------------------------------------ the other events */

static void amend_line(struct world *world, uint32_t row, const struct event *event,
                       const struct line_data *data)
{
    struct line *line = line_edit(world, row);
    if (event->time_ns >= line->quantity_time) {
        line->quantity = data->quantity;
        line->quantity_time = event->time_ns;
        line_reconcile(world, row, 0);
    }
}

/* True where less was open than was asked for. */
static bool cancel_line(struct world *world, uint32_t row, const struct line_data *data)
{
    struct line *line = line_edit(world, row);
    const bool beyond = line->item && line->open < data->quantity;
    line->asked = quantity_add(line->asked, data->quantity);
    line_reconcile(world, row, 0);
    return beyond;
}

static void cancel_order(struct world *world, uint32_t row)
{
    const struct order *order = order_at(world, row);
    if (order->placed_count > 0 && order->open_count == 0) {
        count_anomaly(world, ANOMALY_NOTHING_OPEN);
    }
    order_edit(world, row)->cancelled = 1;
    for (uint32_t line = order->line_first; line; line = line_at(world, line)->next) {
        line_reconcile(world, line, 0);
    }
}

static void apply_to_line(struct world *world, uint32_t order, const struct event *event,
                          const struct line_data *data, bool *beyond)
{
    if (event->type == EVENT_ORDER_PLACED) {
        place_line(world, order, event, data);
        return;
    }
    const uint32_t row = need_line(world, order, data->line_id);
    switch (event->type) {
    case EVENT_ORDER_AMENDED:
        amend_line(world, row, event, data);
        break;
    case EVENT_ORDER_ASSIGNED:
        line_assign(world, row, data->location, event->time_ns);
        break;
    default:
        *beyond = cancel_line(world, row, data) || *beyond;
        break;
    }
    const uint32_t item_row = line_at(world, row)->item;
    if (item_row) {
        item_seen(world, item_row, event->time_ns);
        touch_item(world, item_row);
    }
}

enum event_result apply_order(struct world *world, struct applying *applying)
{
    const struct event *event = applying->event;
    const uint32_t found = find_order(world, event->order.order_id);
    const uint32_t known = order_is_known(world, found) ? found : 0;
    if (check_lines(world, applying, known) == RESULT_REJECTED) {
        return RESULT_REJECTED;
    }
    const uint32_t order = order_named(world, applying, event->order.order_id, true);
    if (!order) {
        return RESULT_REJECTED;
    }
    if (event->type == EVENT_ORDER_PLACED) {
        order_attributes(world, order, event);
    }
    if (event->type == EVENT_ORDER_CANCELLED && event->order.line_count == 0) {
        cancel_order(world, order);
    }
    bool beyond = false;
    for (uint32_t i = 0; i < event->order.line_count; i++) {
        apply_to_line(world, order, event, &event->order.lines[i], &beyond);
    }
    if (beyond) {
        count_anomaly(world, ANOMALY_NOTHING_OPEN);
    }
    order_seen(world, order, event->time_ns);
    applying->order = order;
    return RESULT_APPLIED;
}
