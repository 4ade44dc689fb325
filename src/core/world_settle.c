/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions (2.6): *settle* gives units without location a place (R7, world_sourcing.c) and parts
 * whose units are covered a ship day (R9, world_ship.c). It concerns the order that an event names,
 * and those that wait for what the event changed.
 *
 * Most that wait, wait in vain: their units lie beyond all that is there and promised to come. They
 * are not looked at: of a balance that changed, only parts before its new frontier are (the tree of
 * demands knows which of them have no day yet). Orders that could have a day but for capacity are
 * `pending` and looked at whenever an item they wait for changes.
 */
#include "base/quantity.h"
#include "core/sort.h"
#include "core/world_settle.h"

/* ------------------------------------------------------------------ what an event changed */

void changes_begin(struct world *world)
{
    world->changes.balance_count = 0;
    world->changes.item_count = 0;
    world->changes.order_count = 0;
    world->changes.shipped_count = 0;
    world->changes.closed = false;
}

static void put(uint32_t *list, uint32_t *count, uint32_t max, uint32_t row)
{
    if (*count == 0 || list[*count - 1] != row) {
        CHECK(*count < max);
        list[(*count)++] = row;
    }
}

void change_item(struct world *world, uint32_t item)
{
    struct changes *changes = &world->changes;
    if (!changes->closed) {
        put(changes->items, &changes->item_count, changes->count_max, item);
    }
}

void change_balance(struct world *world, uint32_t balance)
{
    struct changes *changes = &world->changes;
    if (!changes->closed) {
        put(changes->balances, &changes->balance_count, changes->count_max, balance);
        change_item(world, balance_row(&world->balances, balance)->item);
    }
}

/* ------------------------------------------------------------------ who waits */

static bool part_is_undated(const struct part *part)
{
    return part->open > 0 && part->ship_on == DAY_NONE;
}

static bool line_waits(const struct world *world, const struct line *line)
{
    if (!line->item) {
        return false;
    }
    bool waits = line->unassigned > 0;
    for (uint32_t row = line->part_first; row && !waits; row = part_at(world, row)->next) {
        waits = part_is_undated(part_at(world, row));
    }
    return waits;
}

static void pendings_clear(struct world *world, uint32_t order)
{
    for (uint32_t row = order_at(world, order)->pending_first; row;) {
        const struct pending pending = *pending_at(world, row);
        if (pending.before_of_item) {
            pending_edit(world, pending.before_of_item)->after_of_item = pending.after_of_item;
        } else {
            item_edit(world, pending.item)->pending_first = pending.after_of_item;
        }
        if (pending.after_of_item) {
            pending_edit(world, pending.after_of_item)->before_of_item = pending.before_of_item;
        }
        table_remove(&world->pendings, row);
        row = pending.next_of_order;
    }
    order_edit(world, order)->pending_first = 0;
}

static void pending_add(struct world *world, uint32_t order, uint32_t item)
{
    const uint32_t row = row_add(&world->pendings);
    struct pending *pending = pending_edit(world, row);
    pending->order = order;
    pending->item = item;
    pending->next_of_order = order_at(world, order)->pending_first;
    order_edit(world, order)->pending_first = row;
    pending->after_of_item = item_at(world, item)->pending_first;
    if (pending->after_of_item) {
        pending_edit(world, pending->after_of_item)->before_of_item = row;
    }
    item_edit(world, item)->pending_first = row;
}

static void pendings_set(struct world *world, uint32_t order)
{
    for (uint32_t at = order_at(world, order)->line_first; at; at = line_at(world, at)->next) {
        const struct line line = *line_at(world, at);
        if (!line_waits(world, &line)) {
            continue;
        }
        pending_add(world, order, line.item);
        for (uint32_t row = line.recipe_first; row; row = component_at(world, row)->next) {
            pending_add(world, order, component_at(world, row)->item);
        }
    }
}

static void waiting_link(struct world *world, uint32_t row)
{
    struct order *order = order_edit(world, row);
    struct header *header = header_edit(world);
    order->waits = 1;
    order->waiting_before = 0;
    order->waiting_after = header->waiting_first;
    if (header->waiting_first) {
        order_edit(world, header->waiting_first)->waiting_before = row;
    }
    header->waiting_first = row;
}

static void waiting_unlink(struct world *world, uint32_t row)
{
    struct order *order = order_edit(world, row);
    if (order->waiting_before) {
        order_edit(world, order->waiting_before)->waiting_after = order->waiting_after;
    } else {
        header_edit(world)->waiting_first = order->waiting_after;
    }
    if (order->waiting_after) {
        order_edit(world, order->waiting_after)->waiting_before = order->waiting_before;
    }
    order->waits = 0;
    order->waiting_before = 0;
    order->waiting_after = 0;
}

void order_waits_review(struct world *world, uint32_t row)
{
    bool waits = false;
    for (uint32_t at = order_at(world, row)->line_first; at && !waits;
         at = line_at(world, at)->next) {
        waits = line_waits(world, line_at(world, at));
    }
    if (waits && !order_at(world, row)->waits) {
        waiting_link(world, row);
    } else if (!waits && order_at(world, row)->waits) {
        waiting_unlink(world, row);
    }
    if (!waits && order_at(world, row)->pending_first) {
        pendings_clear(world, row);
    }
}

void risk_set(struct world *world, uint32_t row, bool at_risk)
{
    struct order *order = order_edit(world, row);
    if (order->at_risk == at_risk) {
        return;
    }
    order->at_risk = at_risk;
    if (at_risk) {
        struct header *header = header_edit(world);
        order->risk_before = 0;
        order->risk_after = header->risk_first;
        if (header->risk_first) {
            order_edit(world, header->risk_first)->risk_before = row;
        }
        header->risk_first = row;
        return;
    }
    if (order->risk_before) {
        order_edit(world, order->risk_before)->risk_after = order->risk_after;
    } else {
        header_edit(world)->risk_first = order->risk_after;
    }
    if (order->risk_after) {
        order_edit(world, order->risk_after)->risk_before = order->risk_before;
    }
    order->risk_before = 0;
    order->risk_after = 0;
}

void order_leaves(struct world *world, uint32_t row)
{
    order_waits_review(world, row);
    risk_set(world, row, false);
}

/* ------------------------------------------------------------------ one order */

static bool line_before(const void *context, const void *a, const void *b)
{
    const struct world *world = context;
    return line_at(world, *(const uint32_t *)a)->number <
           line_at(world, *(const uint32_t *)b)->number;
}

/* The placed lines of an order by number, in the scratch. */
static uint32_t lines_by_number(struct world *world, uint32_t order, uint32_t **out_lines)
{
    uint32_t *lines =
        arena_take(&world->scratch, (order_at(world, order)->line_count + 1) * sizeof *lines);
    uint32_t count = 0;
    for (uint32_t at = order_at(world, order)->line_first; at; at = line_at(world, at)->next) {
        if (line_at(world, at)->item) {
            lines[count++] = at;
        }
    }
    sort_elements(lines, count, sizeof *lines, line_before, world);
    *out_lines = lines;
    return count;
}

static bool part_before(const void *context, const void *a, const void *b)
{
    const struct world *world = context;
    return bytes_compare(
               location_name(world, part_at(world, *(const uint32_t *)a)->location),
               location_name(world, part_at(world, *(const uint32_t *)b)->location)) < 0;
}

/* Tries the undated parts of a line by location name; true where one is covered but undated. */
bool line_date(struct world *world, uint32_t row)
{
    const size_t mark = world->scratch.used;
    uint32_t count = 0;
    for (uint32_t at = line_at(world, row)->part_first; at; at = part_at(world, at)->next) {
        count += part_is_undated(part_at(world, at));
    }
    uint32_t *parts = arena_take(&world->scratch, (count + 1) * sizeof *parts);
    count = 0;
    for (uint32_t at = line_at(world, row)->part_first; at; at = part_at(world, at)->next) {
        if (part_is_undated(part_at(world, at))) {
            parts[count++] = at;
        }
    }
    sort_elements(parts, count, sizeof *parts, part_before, world);
    bool pending = false;
    for (uint32_t i = 0; i < count; i++) {
        pending = part_settle(world, parts[i]) || pending;
    }
    world->scratch.used = mark;
    return pending;
}

/* Whether a line was promised an earlier date than it will have, and may be moved (R7). What we
 * promised holds until a ship day is chosen anew or the order goes another way; what it asked for
 * itself may not hold from its start. */
static bool line_asks_more(struct world *world, const struct line *line, bool anew)
{
    if (line->location || line->open == 0 || (!anew && line->promised_by == DAY_NONE)) {
        return false;
    }
    const size_t mark = world->scratch.used;
    const enum line_status status = line_status(world, line, &world->scratch);
    world->scratch.used = mark;
    return status == LINE_AT_RISK;
}

static void order_settle(struct world *world, uint32_t order)
{
    arena_reset(&world->scratch);
    const uint32_t route = order_at(world, order)->route;
    if (!route) {
        order_waits_review(world, order);
        return;
    }
    uint32_t *lines;
    const uint32_t count = lines_by_number(world, order, &lines);
    (void)order_source(world, order, lines, count, false);
    bool pending = false;
    bool asks_more = false;
    bool undecided = false;
    bool anew = order_at(world, order)->at_risk;
    for (uint32_t i = 0; i < count; i++) {
        if (line_waits(world, line_at(world, lines[i]))) {
            pending = line_date(world, lines[i]) || pending;
            anew = true;
        }
    }
    sites_refresh(world);
    for (uint32_t i = 0; i < count; i++) {
        undecided = !line_decide(world, lines[i]) || undecided;
        asks_more = asks_more || line_asks_more(world, line_at(world, lines[i]), anew);
    }
    order_waits_review(world, order);
    if (order_at(world, order)->pending_first) {
        pendings_clear(world, order);
    }
    if (pending || undecided) {
        pendings_set(world, order);
    }
    risk_set(world, order, asks_more);
}

/* ------------------------------------------------------------------ which orders, in what order */

/* The lowest number of the order's lines. */
static uint64_t order_number(const struct world *world, uint32_t order)
{
    uint64_t lowest = UINT64_MAX;
    for (uint32_t at = order_at(world, order)->line_first; at; at = line_at(world, at)->next) {
        const struct line *line = line_at(world, at);
        lowest = line->item && line->number < lowest ? line->number : lowest;
    }
    return lowest;
}

static bool order_before(const void *context, const void *a, const void *b)
{
    const struct concerned *x = a;
    const struct concerned *y = b;
    (void)context;
    return x->number != y->number ? x->number < y->number : x->order < y->order;
}

static void concern(struct world *world, uint32_t order)
{
    struct changes *changes = &world->changes;
    const uint32_t count = changes->order_count;
    if (count == 0 || changes->orders[count - 1].order != order) {
        CHECK(count < changes->count_max);
        changes->orders[changes->order_count++] =
            (struct concerned){ order_number(world, order), order, 0 };
    }
}

static void concern_covered(struct world *world, uint32_t balance)
{
    if (!demand_any_undated(&world->balances, balance)) {
        return;
    }
    (void)site_need(world, balance_row(&world->balances, balance)->location);
    const uint64_t end = coverage_frontier(world, balance);
    uint64_t number = 0;
    for (;;) {
        const uint32_t demand = demand_next_undated(&world->balances, balance, &number);
        if (!demand || demand_row(&world->balances, demand)->number >= end) {
            return;
        }
        const uint32_t part = demand_row(&world->balances, demand)->part;
        concern(world, line_at(world, part_at(world, part)->line)->order);
    }
}

/* Units left the balances of these parts without an event: who is covered by that is pending. */
void pend_covered(struct world *world, uint32_t balance)
{
    struct changes *changes = &world->changes;
    const uint32_t before = changes->order_count;
    concern_covered(world, balance);
    for (uint32_t i = before; i < changes->order_count; i++) {
        pendings_clear(world, changes->orders[i].order);
        pendings_set(world, changes->orders[i].order);
    }
    changes->order_count = before;
}

static void settle_concerned(struct world *world)
{
    struct changes *changes = &world->changes;
    changes->closed = true;
    arrivals_refresh(world);
    sort_elements(changes->orders, changes->order_count, sizeof *changes->orders, order_before,
                  NULL);
    for (uint32_t i = 0; i < changes->order_count; i++) {
        if (i == 0 || changes->orders[i].order != changes->orders[i - 1].order) {
            changes->order_at = i;
            order_settle(world, changes->orders[i].order);
        }
    }
    changes->order_count = 0;
}

/* 2.6: after an accepted event; `order` is the one it names, or 0. */
void settle_event(struct world *world, uint32_t order)
{
    struct changes *changes = &world->changes;
    changes->closed = true;
    changes->order_count = 0;
    if (order) {
        concern(world, order);
    }
    for (uint32_t i = 0; i < changes->balance_count; i++) {
        concern_covered(world, changes->balances[i]);
    }
    for (uint32_t i = 0; i < changes->item_count; i++) {
        for (uint32_t row = item_at(world, changes->items[i])->pending_first; row;
             row = pending_at(world, row)->after_of_item) {
            concern(world, pending_at(world, row)->order);
        }
    }
    settle_concerned(world);
}

/* 2.6: every order with a waiting line. */
void settle_all(struct world *world)
{
    world->changes.closed = true;
    world->changes.order_count = 0;
    for (uint32_t row = header_at(world)->waiting_first; row;
         row = order_at(world, row)->waiting_after) {
        concern(world, row);
    }
    settle_concerned(world);
}
