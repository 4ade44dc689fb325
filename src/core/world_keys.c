/* SPDX-License-Identifier: Apache-2.0 */
/* Document keys: which there are (contract 3), which an event changed, and how they end. */
#include "base/quantity.h"
#include "core/world_state.h"

static void touch(struct world *world, enum key_kind kind, uint32_t row)
{
    CHECK(world->touched_count < world->touched_count_max);
    world->touched[world->touched_count++] = (struct document_key){ kind, row };
}

void touch_offering(struct world *world, uint32_t offering)
{
    const uint64_t sequence = header_at(world)->sequence;
    if (offering_at(world, offering)->changed != sequence) {
        offering_edit(world, offering)->changed = sequence;
        touch(world, KEY_ITEM, offering);
        touch(world, KEY_PROMISE, offering);
    }
}

void touch_order(struct world *world, uint32_t order)
{
    const uint64_t sequence = header_at(world)->sequence;
    if (order_at(world, order)->changed != sequence) {
        order_edit(world, order)->changed = sequence;
        touch(world, KEY_ORDER, order);
    }
}

static void touch_location_key(struct world *world, uint32_t balance)
{
    const uint64_t sequence = header_at(world)->sequence;
    if (balance_row(&world->balances, balance)->changed != sequence) {
        balance_edit(&world->balances, balance)->changed = sequence;
        touch(world, KEY_LOCATION, balance);
    }
}

static void touch_offerings(struct world *world, uint32_t item)
{
    for (uint32_t row = item_at(world, item)->offering_first; row;) {
        touch_offering(world, row);
        row = offering_at(world, row)->next_of_item;
    }
}

/* The item in its networks, and the bundles that are made of it (R12). */
void touch_item(struct world *world, uint32_t item)
{
    touch_offerings(world, item);
    for (uint32_t row = item_at(world, item)->use_first; row; row = use_at(world, row)->next) {
        touch_offerings(world, use_at(world, row)->bundle);
    }
}

void touch_balance(struct world *world, uint32_t row)
{
    const struct balance balance = *balance_row(&world->balances, row);
    touch_location_key(world, row);
    touch_item(world, balance.item);
    for (uint32_t use = item_at(world, balance.item)->use_first; use;
         use = use_at(world, use)->next) {
        const uint32_t bundle =
            balance_find(&world->balances, use_at(world, use)->bundle, balance.location);
        if (bundle) {
            touch_location_key(world, bundle);
        }
    }
}

/* An event that counts named the item. The newest few are kept to explain its numbers. */
void item_seen(struct world *world, uint32_t row, int64_t time_ns)
{
    struct item *item = item_edit(world, row);
    item->as_of = quantity_more(item->as_of, time_ns);
    struct trace *trace = trace_edit(world, row);
    const struct trace_record record = world->at_hand;
    if (trace->count > 0 && trace->records[0].offset == record.offset &&
        trace->records[0].partition == record.partition &&
        trace->records[0].type == record.type) {
        return;
    }
    for (uint32_t i = TRACE_RECORDS - 1; i > 0; i--) {
        trace->records[i] = trace->records[i - 1];
    }
    trace->records[0] = record;
    trace->count += trace->count < TRACE_RECORDS;
}

/* ------------------------------------------------------------------ shared data */

static void shared_change_network(struct world *world, uint32_t network)
{
    network_edit(world, network)->changed = header_at(world)->sequence;
    header_edit(world)->shared_changed = header_at(world)->sequence;
}

/* What orders placed now would get there changed: no document but promises shows it. */
void dates_change_location(struct world *world, uint32_t location)
{
    struct header *header = header_edit(world);
    location_edit(world, location)->dates_changed = header->sequence;
    header->shared_changed = header->sequence;
    header->sites_changed = header->sequence;
}

/* Zones and services that the location's networks serve began or ended. */
void ways_change_location(struct world *world, uint32_t location)
{
    world->views.ways_stale = true;
    dates_change_location(world, location);
    for (uint32_t row = location_at(world, location)->member_first; row;
         row = member_at(world, row)->next_of_location) {
        network_edit(world, member_at(world, row)->network)->ways_changed =
            header_at(world)->sequence;
    }
}

void shared_change_location(struct world *world, uint32_t location)
{
    location_edit(world, location)->changed = header_at(world)->sequence;
    dates_change_location(world, location);
    for (uint32_t row = location_at(world, location)->member_first; row;
         row = member_at(world, row)->next_of_location) {
        shared_change_network(world, member_at(world, row)->network);
    }
}

void shared_change_all_networks(struct world *world)
{
    for (uint32_t row = 1; row < world->networks.row_count; row++) {
        shared_change_network(world, row);
    }
}

/* ------------------------------------------------------------------ availability.items keys */

static uint32_t find_offering(const struct world *world, uint32_t item, uint32_t network)
{
    uint32_t row = item_at(world, item)->offering_first;
    while (row && offering_at(world, row)->network != network) {
        row = offering_at(world, row)->next_of_item;
    }
    return row;
}

static void offering_begins(struct world *world, uint32_t item, uint32_t network)
{
    uint32_t row = find_offering(world, item, network);
    if (!row) {
        row = row_add(&world->offerings);
        struct offering *offering = offering_edit(world, row);
        offering->item = item;
        offering->network = network;
        offering->next_of_item = item_at(world, item)->offering_first;
        item_edit(world, item)->offering_first = row;
    }
    if (offering_at(world, row)->state != KEY_STATE_LIVE) {
        offering_edit(world, row)->state = KEY_STATE_LIVE;
        touch_offering(world, row);
    }
}

static void offering_ends(struct world *world, uint32_t row)
{
    struct offering *offering = offering_edit(world, row);
    const struct header *header = header_at(world);
    offering->state = KEY_STATE_GONE;
    offering->ended_ms = header->now_ms;
    offering->ended_sequence = header->sequence;
    due_add(&world->due, header->now_ms + header->settings.tombstone_after_ms,
            DUE_OFFERING_TOMBSTONE, row);
    touch_offering(world, row);
}

/* A balance of the item came to be at the location: it is sold in the location's networks. */
void offerings_for_location(struct world *world, uint32_t item, uint32_t location)
{
    for (uint32_t row = location_at(world, location)->member_first; row;
         row = member_at(world, row)->next_of_location) {
        offering_begins(world, item, member_at(world, row)->network);
    }
}

bool location_in_network(const struct world *world, uint32_t location, uint32_t network)
{
    uint32_t row = location_at(world, location)->member_first;
    while (row && member_at(world, row)->network != network) {
        row = member_at(world, row)->next_of_location;
    }
    return row != 0;
}

static bool offering_exists(const struct world *world, uint32_t item_row, uint32_t network)
{
    const struct item *item = item_at(world, item_row);
    if (item->described && network == NETWORK_DEFAULT) {
        return true;
    }
    for (uint32_t row = item->balance_first; row;) {
        const struct balance *balance = balance_row(&world->balances, row);
        if (location_in_network(world, balance->location, network)) {
            return true;
        }
        row = balance->next_of_item;
    }
    for (uint32_t row = item->maker_first; row; row = maker_at(world, row)->next) {
        if (location_in_network(world, maker_at(world, row)->location, network)) {
            return true;
        }
    }
    return false;
}

/* After the catalogue or a location's networks changed: begins and ends what has to. */
void offerings_review(struct world *world, uint32_t item)
{
    if (item_at(world, item)->described) {
        offering_begins(world, item, NETWORK_DEFAULT);
    }
    for (uint32_t row = item_at(world, item)->balance_first; row;) {
        offerings_for_location(world, item, balance_row(&world->balances, row)->location);
        row = balance_row(&world->balances, row)->next_of_item;
    }
    for (uint32_t row = item_at(world, item)->maker_first; row; row = maker_at(world, row)->next) {
        offerings_for_location(world, item, maker_at(world, row)->location);
    }
    for (uint32_t row = item_at(world, item)->offering_first; row;) {
        const struct offering *offering = offering_at(world, row);
        if (offering->state == KEY_STATE_LIVE &&
            !offering_exists(world, item, offering->network)) {
            offering_ends(world, row);
        }
        row = offering_at(world, row)->next_of_item;
    }
}

/* ------------------------------------------------------------------ endings */

void ended_add(struct world *world, enum key_kind kind, uint32_t key)
{
    const uint32_t row = row_add(&world->endeds);
    struct ended *ended = ended_edit(world, row);
    struct header *header = header_edit(world);
    ended->kind = kind;
    ended->row = key;
    ended->sequence = header->sequence;
    if (header->ended_last) {
        ended_edit(world, header->ended_last)->next = row;
    } else {
        header->ended_first = row;
    }
    header->ended_last = row;
}

static void offering_forget(struct world *world, uint32_t row)
{
    const struct offering *offering = offering_at(world, row);
    struct item *item = item_edit(world, offering->item);
    uint32_t *link = &item->offering_first;
    while (*link != row) {
        link = &offering_edit(world, *link)->next_of_item;
    }
    *link = offering->next_of_item;
    table_remove(&world->offerings, row);
}

/* What began again since, or ended again, is not forgotten: its state or sequence tells. */
static void ended_forget(struct world *world, const struct ended *ended)
{
    if (ended->kind == KEY_ITEM) {
        const struct offering *offering = offering_at(world, ended->row);
        if (offering->state == KEY_STATE_TOMBSTONE && offering->changed == ended->sequence) {
            offering_forget(world, ended->row);
        }
    } else {
        const struct order *order = order_at(world, ended->row);
        if (order->state == KEY_STATE_TOMBSTONE && order->changed == ended->sequence &&
            !order->known) {
            order_forget(world, ended->row);
        }
    }
}

/* 2.5: only what all partitions have published may be forgotten. */
void forget_published(struct world *world, uint64_t sequence)
{
    struct header *header = header_edit(world);
    while (header->ended_first && ended_at(world, header->ended_first)->sequence <= sequence) {
        const uint32_t row = header->ended_first;
        const struct ended ended = *ended_at(world, row);
        header->ended_first = ended.next;
        table_remove(&world->endeds, row);
        ended_forget(world, &ended);
    }
    if (!header->ended_first) {
        header->ended_last = 0;
    }
    while (header->rejected_first &&
           rejected_at(world, header->rejected_first)->sequence <= sequence) {
        const uint32_t row = header->rejected_first;
        header->rejected_first = rejected_at(world, row)->next;
        table_remove(&world->rejecteds, row);
    }
    if (!header->rejected_first) {
        header->rejected_last = 0;
    }
}

/* ------------------------------------------------------------------ units not yet assigned */

void wait_change(struct world *world, uint32_t item_row, uint32_t route, int64_t by)
{
    struct item *item = item_edit(world, item_row);
    uint32_t *link = &item->waiting_first;
    while (*link && waiting_at(world, *link)->route != route) {
        link = &waiting_edit(world, *link)->next_of_item;
    }
    if (!*link) {
        *link = row_add(&world->waitings);
        waiting_edit(world, *link)->route = route;
    }
    const uint32_t row = *link;
    struct waiting *waiting = waiting_edit(world, row);
    waiting->units = quantity_add(waiting->units, by);
    CHECK(waiting->units >= 0);
    if (waiting->units == 0) {
        *link = waiting->next_of_item;
        table_remove(&world->waitings, row);
    }
    touch_item(world, item_row);
    change_item(world, item_row);
}

/* ------------------------------------------------------------------ recipes */

uint32_t recipe_copy(struct world *world, uint32_t first)
{
    uint32_t copy_first = 0;
    uint32_t copy_last = 0;
    for (uint32_t row = first; row; row = component_at(world, row)->next) {
        const uint32_t copy = row_add(&world->components);
        struct component *component = component_edit(world, copy);
        component->item = component_at(world, row)->item;
        component->quantity = component_at(world, row)->quantity;
        if (copy_last) {
            component_edit(world, copy_last)->next = copy;
        } else {
            copy_first = copy;
        }
        copy_last = copy;
    }
    return copy_first;
}

uint32_t recipe_make(struct world *world, const struct recipe *recipe)
{
    uint32_t first = 0;
    for (uint32_t i = recipe->count; i-- > 0;) {
        const uint32_t item = need_item(world, recipe->parts[i].sku);
        const uint32_t row = row_add(&world->components);
        struct component *component = component_edit(world, row);
        component->next = first;
        component->item = item;
        component->quantity = recipe->parts[i].quantity;
        first = row;
    }
    return first;
}

void recipe_free(struct world *world, uint32_t first)
{
    while (first) {
        const uint32_t next = component_at(world, first)->next;
        table_remove(&world->components, first);
        first = next;
    }
}
