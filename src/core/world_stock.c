/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stock: balances of items at locations (R1, R5), inbound lines (R10), and the events of 2.1.
 * Every change of a balance ends with balance_settle(): the frontier of scarce units (R6), the
 * shortfall and the keys that changed follow from it.
 */
#include "base/quantity.h"
#include "core/sort.h"
#include "core/world_settle.h"

enum { INBOUND_KEPT_DAYS = 30 };

/* ------------------------------------------------------------------ balances */

static uint32_t new_balance(struct world *world, uint32_t item, uint32_t location)
{
    const uint32_t row = balance_add(&world->balances, item, location);
    CHECK(row != 0);
    struct balance *balance = balance_edit(&world->balances, row);
    balance->next_of_item = item_at(world, item)->balance_first;
    item_edit(world, item)->balance_first = row;
    location_edit(world, location)->stocked = 1;
    offerings_for_location(world, item, location);
    touch_balance(world, row);
    return row;
}

/* A bundle has a balance wherever one of its components has (R12), and so bundles of bundles. No
 * balance is ever removed: the new ones are the last rows, one behind the other. */
uint32_t need_balance(struct world *world, uint32_t item, uint32_t location)
{
    const uint32_t found = balance_find(&world->balances, item, location);
    if (found) {
        return found;
    }
    const uint32_t first = new_balance(world, item, location);
    for (uint32_t row = first; row < world->balances.rows.row_count; row++) {
        const uint32_t of = balance_row(&world->balances, row)->item;
        for (uint32_t use = item_at(world, of)->use_first; use; use = use_at(world, use)->next) {
            const uint32_t bundle = use_at(world, use)->bundle;
            if (!balance_find(&world->balances, bundle, location)) {
                (void)new_balance(world, bundle, location);
            }
        }
    }
    return first;
}

/* R6: the orders between the old and the new frontier have become, or are no more, backordered. */
static void touch_between(struct world *world, uint32_t row, uint64_t from, uint64_t to)
{
    uint64_t number = from < to ? from : to;
    const uint64_t end = from < to ? to : from;
    for (;;) {
        const uint32_t demand = demand_next(&world->balances, row, &number);
        if (!demand || demand_row(&world->balances, demand)->number > end) {
            break;
        }
        const uint32_t part = demand_row(&world->balances, demand)->part;
        touch_order(world, line_at(world, part_at(world, part)->line)->order);
        if (number > end) {
            break;
        }
    }
}

/* The balances that owe more than is there: *move* looks at them. */
static void short_set(struct world *world, uint32_t row, bool is_short)
{
    struct balance *balance = balance_edit(&world->balances, row);
    if (balance->is_short == is_short) {
        return;
    }
    balance->is_short = is_short;
    if (is_short) {
        struct header *header = header_edit(world);
        balance->short_before = 0;
        balance->short_after = header->short_first;
        if (header->short_first) {
            balance_edit(&world->balances, header->short_first)->short_before = row;
        }
        header->short_first = row;
        return;
    }
    if (balance->short_before) {
        balance_edit(&world->balances, balance->short_before)->short_after = balance->short_after;
    } else {
        header_edit(world)->short_first = balance->short_after;
    }
    if (balance->short_after) {
        balance_edit(&world->balances, balance->short_after)->short_before =
            balance->short_before;
    }
    balance->short_before = 0;
    balance->short_after = 0;
}

/* Up to which line the goods and so much inbound last, and from which day on. */
struct step {
    uint64_t frontier;
    int64_t day;
};

/* The day on which line `number` is covered by inbound: INT64_MAX: never. Steps rise. */
static int64_t step_day(const struct step *steps, uint32_t count, uint64_t number)
{
    uint32_t i = 0;
    while (i < count && steps[i].frontier <= number) {
        i++;
    }
    return i < count ? steps[i].day : INT64_MAX;
}

static bool step_before(const void *context, const void *a, const void *b)
{
    const struct step *x = a;
    const struct step *y = b;
    (void)context;
    return x->day != y->day ? x->day < y->day : x->frontier < y->frontier;
}

static uint32_t steps_kept(const struct world *world, uint32_t first, struct step *steps)
{
    uint32_t count = 0;
    for (uint32_t row = first; row && count < BALANCE_INBOUND_MAX;
         row = inbound_at(world, row)->next_of_balance) {
        const struct inbound *inbound = inbound_at(world, row);
        if (inbound->usable != DAY_NONE) {
            steps[count++] = (struct step){ inbound->frontier, inbound->usable };
        }
    }
    sort_elements(steps, count, sizeof *steps, step_before, NULL);
    return count;
}

/* Steps as of now, kept with as many inbound lines; which line keeps which does not matter. */
static uint32_t steps_now(struct world *world, uint32_t balance_row_, struct step *steps)
{
    const struct balance *balance = balance_row(&world->balances, balance_row_);
    struct supply list[BALANCE_INBOUND_MAX];
    (void)site_need(world, balance->location);
    const uint32_t count = balance_inbound(world, balance_row_, list);
    int64_t there = quantity_more(0, quantity_add(balance->on_hand, -balance->held));
    uint32_t at = 0;
    for (uint32_t row = balance->inbound_first; row;
         row = inbound_at(world, row)->next_of_balance) {
        if (at < count) {
            there = quantity_add(there, list[at].units);
            steps[at] = (struct step){ demand_frontier(&world->balances, balance_row_, there),
                                       list[at].day };
        }
        struct inbound *inbound = inbound_edit(world, row);
        inbound->frontier = at < count ? steps[at].frontier : 0;
        inbound->usable = at < count ? steps[at].day : DAY_NONE;
        at++;
    }
    return count;
}

/* A line at a frontier is covered in part: what is made to order may cover its rest. */
static void touch_frontiers(struct world *world, uint32_t row, const struct step *steps,
                            uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (steps[i].frontier != UINT64_MAX &&
            (i == 0 || steps[i].frontier != steps[i - 1].frontier)) {
            touch_between(world, row, steps[i].frontier, steps[i].frontier);
        }
    }
}

/* The lines that inbound covers earlier or later than before: their dates follow it (R9). */
static void touch_inbound_steps(struct world *world, uint32_t row)
{
    struct step before[BALANCE_INBOUND_MAX];
    struct step now[BALANCE_INBOUND_MAX];
    const uint32_t before_count =
        steps_kept(world, balance_row(&world->balances, row)->inbound_first, before);
    const uint32_t now_count = steps_now(world, row, now);
    const struct balance *balance = balance_row(&world->balances, row);
    const bool days_moved =
        location_at(world, balance->location)->changed >= balance->stepped;
    balance_edit(&world->balances, row)->stepped = header_at(world)->sequence;
    if (days_moved) {
        /* What was kept is of other days: whoever goods do not cover may have another. */
        touch_between(world, row, balance->frontier, UINT64_MAX);
        return;
    }
    touch_frontiers(world, row, before, before_count);
    touch_frontiers(world, row, now, now_count);
    /* Up to there goods cover all, before and now. */
    uint64_t from = balance_row(&world->balances, row)->frontier;
    uint32_t a = 0;
    uint32_t b = 0;
    /* Between two frontiers, of either list, all lines have the same day. */
    while (from != UINT64_MAX && (a < before_count || b < now_count)) {
        const uint64_t x = a < before_count ? before[a].frontier : UINT64_MAX;
        const uint64_t y = b < now_count ? now[b].frontier : UINT64_MAX;
        const uint64_t until = x < y ? x : y;
        if (until > from &&
            step_day(before, before_count, from) != step_day(now, now_count, from)) {
            touch_between(world, row, from, until == UINT64_MAX ? until : until - 1);
        }
        from = until > from ? until : from;
        a += a < before_count && before[a].frontier <= from;
        b += b < now_count && now[b].frontier <= from;
    }
    if (from != UINT64_MAX &&
        step_day(before, before_count, from) != step_day(now, now_count, from)) {
        touch_between(world, row, from, UINT64_MAX);
    }
}

static uint64_t mixed(uint64_t a, uint64_t b)
{
    const uint64_t product = (a ^ b << 32 ^ b >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return product ^ product >> 29;
}

/* 2.6: only who waits for what an event changed is concerned. 0 for an empty balance; inbound lines
 * count in any order. */
static uint64_t balance_print(const struct world *world, uint32_t row)
{
    const struct balance *balance = balance_row(&world->balances, row);
    uint64_t print = mixed((uint64_t)balance->on_hand, 1) - mixed(0, 1) +
                     mixed((uint64_t)balance->held, 2) - mixed(0, 2) +
                     mixed((uint64_t)balance->allocated, 3) - mixed(0, 3);
    for (uint32_t at = balance->inbound_first; at; at = inbound_at(world, at)->next_of_balance) {
        const struct inbound *inbound = inbound_at(world, at);
        if (inbound->open > 0) {
            print += mixed((uint64_t)inbound->open, (uint64_t)(uint32_t)inbound->eta + 4);
        }
    }
    return print;
}

void balance_settle(struct world *world, uint32_t row, bool was_negative)
{
    struct balance *balance = balance_edit(&world->balances, row);
    const int64_t there = quantity_more(0, quantity_add(balance->on_hand, -balance->held));
    const uint64_t frontier = demand_frontier(&world->balances, row, there);
    if (frontier != balance->frontier) {
        touch_between(world, row, balance->frontier, frontier);
        balance->frontier = frontier;
    }
    const int64_t owed = demand_sum(&world->balances, row);
    const int64_t shortfall = quantity_more(0, owed - there);
    header_edit(world)->shortfall += shortfall - balance->shortfall;
    balance->shortfall = shortfall;
    if (balance->on_hand < 0 && !was_negative) {
        count_anomaly(world, ANOMALY_NEGATIVE_ON_HAND);
    }
    if (balance->inbound_first) {
        touch_inbound_steps(world, row);
    }
    short_set(world, row, shortfall > 0);
    const uint64_t print = balance_print(world, row);
    if (print != balance->print) {
        balance->print = print;
        change_balance(world, row);
    }
    touch_balance(world, row);
}

void stock_move(struct world *world, uint32_t item, uint32_t location, int64_t time_ns,
                int64_t quantity, int64_t held, int64_t window_ns)
{
    const uint32_t row = need_balance(world, item, location);
    const bool was_negative = balance_row(&world->balances, row)->on_hand < 0;
    balance_move(&world->balances, row, time_ns, quantity, window_ns);
    if (held) {
        struct balance *balance = balance_edit(&world->balances, row);
        balance->held = quantity_add(balance->held, held);
    }
    balance_settle(world, row, was_negative);
}

void stock_unmove(struct world *world, uint32_t item, uint32_t location, int64_t time_ns,
                  int64_t quantity)
{
    const uint32_t row = need_balance(world, item, location);
    const bool was_negative = balance_row(&world->balances, row)->on_hand < 0;
    balance_unmove(&world->balances, row, time_ns, quantity);
    balance_settle(world, row, was_negative);
}

/* ------------------------------------------------------------------ inbound (R10) */

/* R8: what is due beyond the horizon covers nobody yet; time alone will change that. */
static void inbound_watch(struct world *world, uint32_t row)
{
    const struct inbound *inbound = inbound_at(world, row);
    const uint32_t location = balance_row(&world->balances, inbound->balance)->location;
    const struct site *site = site_need(world, location);
    if (inbound->open == 0 || inbound->eta == DAY_NONE || inbound->eta < site->today ||
        usable_day(world, location, site, inbound) != DAY_NONE) {
        return;
    }
    const int32_t near = inbound->eta + 1 - HORIZON_DAYS;
    const int32_t day = near > site->today ? near : site->today + 1;
    due_add(&world->due, location_instant(world, location, day, 0), DUE_INBOUND_NEAR, row);
}

void inbound_near_due(struct world *world, uint32_t row)
{
    if (!table_has(&world->inbounds, row)) {
        return;
    }
    const struct inbound *inbound = inbound_at(world, row);
    const uint32_t location = balance_row(&world->balances, inbound->balance)->location;
    if (usable_day(world, location, site_need(world, location), inbound) != DAY_NONE) {
        pend_covered(world, inbound->balance);
    } else {
        inbound_watch(world, row);
    }
}

void inbound_settle(struct world *world, uint32_t row)
{
    struct inbound *inbound = inbound_edit(world, row);
    int64_t sum = inbound->quantity;
    for (uint32_t flow = inbound->flow_first; flow; flow = flow_at(world, flow)->next) {
        sum = quantity_add(sum, flow_at(world, flow)->quantity);
    }
    inbound->open = quantity_more(0, sum);
    if (inbound->open == 0) {
        due_add(&world->due, instant_beyond(inbound->newest, INBOUND_KEPT_DAYS * MS_PER_DAY),
                DUE_INBOUND_END, row);
    }
    inbound_watch(world, row);
    balance_settle(world, inbound->balance,
                   balance_row(&world->balances, inbound->balance)->on_hand < 0);
}

static void flows_drop_before(struct world *world, uint32_t row, int64_t time_ns)
{
    uint32_t *link = &inbound_edit(world, row)->flow_first;
    while (*link) {
        const uint32_t flow = *link;
        if (flow_at(world, flow)->time_ns < time_ns) {
            *link = flow_at(world, flow)->next;
            table_remove(&world->flows, flow);
        } else {
            link = &flow_edit(world, flow)->next;
        }
    }
}

void inbound_due(struct world *world, uint32_t row)
{
    if (!table_has(&world->inbounds, row)) {
        return;
    }
    const struct inbound *inbound = inbound_at(world, row);
    const int64_t now_ms = header_at(world)->now_ms;
    if (inbound->open > 0 ||
        instant_beyond(inbound->newest, INBOUND_KEPT_DAYS * MS_PER_DAY) > now_ms) {
        return;
    }
    flows_drop_before(world, row, INT64_MAX);
    struct balance *balance = balance_edit(&world->balances, inbound->balance);
    uint32_t *link = &balance->inbound_first;
    while (*link != row) {
        link = &inbound_edit(world, *link)->next_of_balance;
    }
    *link = inbound->next_of_balance;
    inbound_forget(world, row);
}

static uint32_t need_inbound(struct world *world, uint32_t balance_row_, struct bytes inbound_id)
{
    uint32_t row = find_inbound(world, balance_row_, inbound_id);
    if (!row) {
        row = inbound_add(world, balance_row_, inbound_id);
        struct balance *balance = balance_edit(&world->balances, balance_row_);
        inbound_edit(world, row)->next_of_balance = balance->inbound_first;
        inbound_edit(world, row)->usable = DAY_NONE;
        balance->inbound_first = row;
    }
    return row;
}

static void inbound_seen(struct world *world, uint32_t row, int64_t time_ns, int32_t eta)
{
    struct inbound *inbound = inbound_edit(world, row);
    if (time_ns > inbound->newest) {
        inbound->newest = time_ns;
    }
    if (eta != DAY_NONE && time_ns >= inbound->eta_time) {
        inbound->eta = eta;
        inbound->eta_time = time_ns;
    }
}

static void inbound_flow(struct world *world, uint32_t balance, struct bytes inbound_id,
                         int64_t time_ns, int64_t quantity, int32_t eta)
{
    const uint32_t row = need_inbound(world, balance, inbound_id);
    inbound_seen(world, row, time_ns, eta);
    if (time_ns >= inbound_at(world, row)->word_time) {
        const uint32_t flow_row = row_add(&world->flows);
        struct flow *flow = flow_edit(world, flow_row);
        flow->time_ns = time_ns;
        flow->quantity = quantity;
        flow->next = inbound_at(world, row)->flow_first;
        inbound_edit(world, row)->flow_first = flow_row;
    }
    inbound_settle(world, row);
}

static void inbound_expected(struct world *world, uint32_t balance, const struct event *event)
{
    const uint32_t row = need_inbound(world, balance, event->stock.inbound_id);
    inbound_seen(world, row, event->time_ns, event->stock.eta);
    if (event->time_ns >= inbound_at(world, row)->word_time) {
        inbound_edit(world, row)->word_time = event->time_ns;
        inbound_edit(world, row)->quantity = event->stock.quantity;
        flows_drop_before(world, row, event->time_ns);
    }
    inbound_settle(world, row);
}

/* ------------------------------------------------------------------ the events of 2.1 */

static enum event_result stock_count(struct world *world, struct applying *applying, uint32_t row)
{
    const struct event *event = applying->event;
    const bool was_negative = balance_row(&world->balances, row)->on_hand < 0;
    switch (balance_count(&world->balances, row, event->time_ns, event->stock.quantity,
                          applying->window_ns)) {
    case COUNT_STALE:
        return RESULT_STALE;
    case COUNT_OLDER:
        return RESULT_APPLIED;
    case COUNT_LATE_BEYOND_WINDOW:
        count_anomaly(world, ANOMALY_LATE_BEYOND_WINDOW);
        break;
    case COUNT_APPLIED:
        break;
    }
    balance_settle(world, row, was_negative);
    return RESULT_APPLIED;
}

static void stock_hold(struct world *world, uint32_t row, int64_t by)
{
    struct balance *balance = balance_edit(&world->balances, row);
    const bool was_negative = balance->on_hand < 0;
    balance->held = quantity_add(balance->held, by);
    if (balance->held < 0) {
        balance->held = 0;
        count_anomaly(world, ANOMALY_RELEASE_BEYOND_HELD);
    }
    balance_settle(world, row, was_negative);
}

/* A return that names its line returns the line's goods, a bundle's components (R12). */
static enum event_result stock_returned(struct world *world, struct applying *applying,
                                        uint32_t item, uint32_t location)
{
    const struct event *event = applying->event;
    if (event->stock.order_id.count == 0 || event->stock.line_id.count == 0) {
        stock_move(world, item, location, event->time_ns, event->stock.quantity,
                   event->stock.sellable ? 0 : event->stock.quantity, applying->window_ns);
        return RESULT_APPLIED;
    }
    const uint32_t order = order_named(world, applying, event->stock.order_id, false);
    const uint32_t line_row = need_line(world, order, event->stock.line_id);
    struct line *line = line_edit(world, line_row);
    line->returned = quantity_add(line->returned, event->stock.quantity);
    return_to_line(world, line_row, event, applying->window_ns);
    order_seen(world, order, event->time_ns);
    applying->order = order;
    return RESULT_APPLIED;
}

static bool names_a_line(const struct event *event)
{
    return event->type == EVENT_STOCK_RETURNED && event->stock.order_id.count > 0 &&
           event->stock.line_id.count > 0;
}

/* R12: goods of a bundle are its components; only a return naming its line may say the bundle. */
static enum event_result refuse_bundle(struct world *world, struct applying *applying)
{
    const struct event *event = applying->event;
    const uint32_t item = find_item(world, event->stock.sku);
    if (item && item_at(world, item)->recipe_first && !names_a_line(event)) {
        return refuse(applying, REFUSAL_BAD_VALUE,
                      "sku is a bundle: send movements of its components (R12)");
    }
    return RESULT_APPLIED;
}

static enum event_result apply_to_balance(struct world *world, struct applying *applying,
                                          uint32_t item, uint32_t location)
{
    const struct event *event = applying->event;
    const struct stock_data *data = &event->stock;
    switch (event->type) {
    case EVENT_STOCK_RECEIVED:
    case EVENT_STOCK_ADJUSTED:
        stock_move(world, item, location, event->time_ns, data->quantity, 0, applying->window_ns);
        break;
    case EVENT_STOCK_TRANSFERRED:
        stock_move(world, item, location, event->time_ns, -data->quantity, 0, applying->window_ns);
        inbound_flow(world, need_balance(world, item, need_location(world, data->to)),
                     data->inbound_id, event->time_ns, data->quantity, data->eta);
        return RESULT_APPLIED;
    case EVENT_STOCK_COUNTED:
        return stock_count(world, applying, need_balance(world, item, location));
    case EVENT_STOCK_HELD:
        stock_hold(world, need_balance(world, item, location), data->quantity);
        return RESULT_APPLIED;
    case EVENT_STOCK_RELEASED:
        stock_hold(world, need_balance(world, item, location), -data->quantity);
        return RESULT_APPLIED;
    case EVENT_INBOUND_EXPECTED:
        inbound_expected(world, need_balance(world, item, location), event);
        return RESULT_APPLIED;
    default:
        return stock_returned(world, applying, item, location);
    }
    if (event->type == EVENT_STOCK_RECEIVED && data->inbound_id.count > 0) {
        inbound_flow(world, need_balance(world, item, location), data->inbound_id, event->time_ns,
                     -data->quantity, DAY_NONE);
    }
    return RESULT_APPLIED;
}

enum event_result apply_stock(struct world *world, struct applying *applying)
{
    const struct event *event = applying->event;
    if (refuse_bundle(world, applying) == RESULT_REJECTED) {
        return RESULT_REJECTED;
    }
    const uint32_t item = need_item(world, event->stock.sku);
    const uint32_t location = need_location(world, event->stock.location);
    const enum event_result result = apply_to_balance(world, applying, item, location);
    if (result == RESULT_APPLIED) {
        item_seen(world, item, event->time_ns);
        location_seen(world, location, event->time_ns);
        if (event->type == EVENT_STOCK_TRANSFERRED) {
            location_seen(world, need_location(world, event->stock.to), event->time_ns);
        }
    }
    return result;
}
