/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo_shop_state.h"

/* ------------------------------------------------------------------ names */

static const char *shop_order_name(uint32_t order, char out_name[NAME_BYTES])
{
    (void)snprintf(out_name, NAME_BYTES, "order-%06u", (unsigned)order + 1);
    return out_name;
}

static void begin_order(struct demo_shop *shop, const char *type, uint32_t order)
{
    char name[NAME_BYTES];
    shop_begin_event(shop, type);
    shop_put(shop, "\"order_id\":\"%s\"", shop_order_name(order, name));
}

static void finish_order(struct demo_shop *shop, enum topic topic, uint32_t order,
                         struct demo_record *out_record)
{
    char name[NAME_BYTES];
    shop_end_event(shop);
    shop_finish(shop, topic, shop_order_name(order, name), out_record);
}

/* ------------------------------------------------------------------ what is to do */

static void todo_swap(struct demo_shop *shop, size_t a, size_t b)
{
    const struct todo one = shop->todo[a];
    shop->todo[a] = shop->todo[b];
    shop->todo[b] = one;
}

static void todo_add(struct demo_shop *shop, int after_ms, struct todo todo)
{
    shop->todo = demo_grow(shop->todo, shop->todo_count, &shop->todo_capacity,
                           sizeof *shop->todo);
    todo.due_ms = shop->now_ms + after_ms;
    size_t at = shop->todo_count++;
    shop->todo[at] = todo;
    for (; at > 0 && shop->todo[at].due_ms < shop->todo[(at - 1) / 2].due_ms; at = (at - 1) / 2) {
        todo_swap(shop, at, (at - 1) / 2);
    }
}

struct todo shop_take_todo(struct demo_shop *shop)
{
    const struct todo first = shop->todo[0];
    shop->todo[0] = shop->todo[--shop->todo_count];
    size_t at = 0;
    for (;;) {
        const size_t left = at * 2 + 1;
        size_t least = at;
        for (size_t child = left; child < left + 2 && child < shop->todo_count; child++) {
            least = shop->todo[child].due_ms < shop->todo[least].due_ms ? child : least;
        }
        if (least == at) {
            return first;
        }
        todo_swap(shop, at, least);
        at = least;
    }
}

static void shop_later(struct demo_shop *shop, int least_ms, int most_ms, uint32_t order,
                       enum action action, uint16_t which, int units)
{
    todo_add(shop, shop_number(shop, least_ms, most_ms),
             (struct todo){ 0, order, action, which, (uint16_t)units });
}

/* ------------------------------------------------------------------ orders */

static int draw_sold(struct demo_shop *shop)
{
    if (shop_sale_sells(shop)) {
        return SKUS - shop_number(shop, 1, DEMO_SHOP_FLASH);
    }
    return shop_chance(shop, 0.03) ? shop_number(shop, SKUS, ALL_SKUS - 1) : shop_popular(shop);
}

static void draw_order(struct demo_shop *shop, struct order *order)
{
    *order = (struct order){ .line_count = (uint8_t)shop_number(shop, 1, LINES_MOST) };
    order->zone = (uint8_t)shop_number(shop, 0, ZONES - 1);
    order->trade = shop_chance(shop, 0.3);
    const bool located = shop_chance(shop, 0.6);
    for (int i = 0; i < order->line_count; i++) {
        const int sku = draw_sold(shop);
        const int location = located ? shop_location(shop, sku, NOWHERE) : NOWHERE;
        const int units = shop_chance(shop, 0.8) ? 1 : shop_number(shop, 2, 6);
        order->lines[i] =
            (struct line){ (int16_t)sku, (int16_t)location, (int16_t)units, 0 };
        order->flash = order->flash || shop_is_flash(sku);
        shop->sale.sold += shop_is_flash(sku) ? units : 0;
    }
}

/* What will become of it: the order system assigns a few, most ship from where promised says. */
static void plan_order(struct demo_shop *shop, uint32_t number)
{
    struct order *order = &shop->orders[number];
    shop_later(shop, 3000, 12000, number, ACT_SHIP, 0, 0);
    order->assigned = order->lines[0].location == NOWHERE && shop_chance(shop, 0.35);
    if (order->assigned) {
        shop_later(shop, 500, 2500, number, ACT_ASSIGN, 0, 0);
    }
    if (!order->flash && shop_chance(shop, 0.05)) {
        shop_later(shop, 1000, 8000, number, ACT_CANCEL, 0, 0);
    }
    if (!order->flash && shop_chance(shop, 0.04)) {
        shop_later(shop, 500, 5000, number, ACT_AMEND, 0, 0);
    }
}

static void give_placed(struct demo_shop *shop, uint32_t number, struct demo_record *out_record)
{
    struct order *order = &shop->orders[number];
    char name[NAME_BYTES];
    order->placed = 1;
    begin_order(shop, "order.placed", number);
    shop_put(shop, ",\"zone\":\"%s\",\"network\":\"%s\",\"lines\":[", SHOP_ZONES[order->zone],
             order->trade ? "trade" : "web");
    for (int i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        const int shipped = line->last;   /* in the parcel that came before its order */
        shop_put(shop, "%s{\"line_id\":\"%d\",\"sku\":\"%s\",\"quantity\":%d",
                 i > 0 ? "," : "", i + 1,
                 shop_sku_name(line->sku, name), line->open + shipped);
        if (line->location != NOWHERE) {
            shop_put(shop, ",\"location\":\"%s\"", shop_place(shop, line->location)->name);
        }
        shop_put(shop, "}");
    }
    shop_put(shop, "]");
    finish_order(shop, TOPIC_ORDERS, number, out_record);
}

static bool give_parcel(struct demo_shop *shop, uint32_t number, struct demo_record *out_record);

static uint32_t new_order(struct demo_shop *shop)
{
    shop->orders = demo_grow(shop->orders, shop->order_count, &shop->order_capacity,
                             sizeof *shop->orders);
    return (uint32_t)shop->order_count++;
}

void shop_give_trial(struct demo_shop *shop, int sku, struct demo_record *out_record)
{
    const uint32_t number = new_order(shop);
    shop->orders[number] = (struct order){ .line_count = 1, .flash = true,
                                           .lines = { { (int16_t)sku, NOWHERE, 1, 0 } } };
    plan_order(shop, number);
    give_placed(shop, number, out_record);
}

void shop_give_order(struct demo_shop *shop, struct demo_record *out_record)
{
    const uint32_t number = new_order(shop);
    struct order *order = &shop->orders[number];
    draw_order(shop, order);
    plan_order(shop, number);
    if (!order->flash && order->lines[0].location != NOWHERE && shop_chance(shop, 0.01) &&
        give_parcel(shop, number, out_record)) {
        shop_later(shop, 300, 900, number, ACT_PLACE, 0, 0);
    } else {
        give_placed(shop, number, out_record);
    }
}

/* Every line that is nowhere gets a location that keeps its SKU. */
static bool give_assigned(struct demo_shop *shop, uint32_t number, struct demo_record *out_record)
{
    struct order *order = &shop->orders[number];
    const char *comma = "";
    order->assigned = false;
    begin_order(shop, "order.assigned", number);
    shop_put(shop, ",\"lines\":[");
    for (int i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        if (line->location == NOWHERE) {
            line->location = (int16_t)shop_location(shop, line->sku, NOWHERE);
            shop_put(shop, "%s{\"line_id\":\"%d\",\"location\":\"%s\"}", comma, i + 1,
                     shop_place(shop, line->location)->name);
            comma = ",";
        }
    }
    shop_put(shop, "]");
    if (*comma == '\0') {
        return false;
    }
    finish_order(shop, TOPIC_ORDERS, number, out_record);
    return true;
}

static bool give_amended(struct demo_shop *shop, uint32_t number, struct demo_record *out_record)
{
    struct order *order = &shop->orders[number];
    const int which = shop_number(shop, 0, order->line_count - 1);
    struct line *line = &order->lines[which];
    if (!order->placed || order->parcels > 0 || line->open == 0) {
        return false;
    }
    line->open = (int16_t)shop_number(shop, 0, 5);
    begin_order(shop, "order.amended", number);
    shop_put(shop, ",\"lines\":[{\"line_id\":\"%d\",\"quantity\":%d}]", which + 1, line->open);
    finish_order(shop, TOPIC_ORDERS, number, out_record);
    return true;
}

static bool give_cancelled(struct demo_shop *shop, uint32_t number,
                           struct demo_record *out_record)
{
    struct order *order = &shop->orders[number];
    const bool whole = shop_chance(shop, 0.5);
    const int which = shop_number(shop, 0, order->line_count - 1);
    struct line *line = &order->lines[which];
    if (!order->placed || (!whole && line->open == 0)) {
        return false;
    }
    begin_order(shop, "order.cancelled", number);
    if (whole) {
        for (int i = 0; i < order->line_count; i++) {
            order->lines[i].open = 0;
        }
    } else {
        shop_put(shop, ",\"lines\":[{\"line_id\":\"%d\",\"quantity\":1}]", which + 1);
        line->open--;
    }
    finish_order(shop, TOPIC_ORDERS, number, out_record);
    return true;
}

/* ------------------------------------------------------------------ parcels */

static void begin_parcel(struct demo_shop *shop, const char *type, uint32_t number, int parcel)
{
    begin_order(shop, type, number);
    shop_put(shop, ",\"shipment_id\":\"p-%u-%d\"", (unsigned)number + 1, parcel);
}

static void put_parcel_line(struct demo_shop *shop, const char *comma, int which, int sku,
                            int units)
{
    char name[NAME_BYTES];
    shop_put(shop, "%s{\"line_id\":\"%d\",\"sku\":\"%s\",\"quantity\":%d}", comma, which + 1,
             shop_sku_name(sku, name), units);
}

/* The location does not find the goods of this line: it is assigned, or sourced, anew. */
static void give_shorted(struct demo_shop *shop, uint32_t number, int which,
                         struct demo_record *out_record)
{
    struct order *order = &shop->orders[number];
    struct line *line = &order->lines[which];
    begin_parcel(shop, "shipment.shorted", number, ++order->parcels);
    shop_put(shop, ",\"location\":\"%s\",\"lines\":[", shop_place(shop, line->location)->name);
    put_parcel_line(shop, "", which, line->sku, line->open);
    shop_put(shop, "]");
    finish_order(shop, TOPIC_SHIPMENTS, number, out_record);
    line->location = NOWHERE;
    order->assigned = shop_chance(shop, 0.5);
    if (order->assigned) {
        shop_later(shop, 500, 2000, number, ACT_ASSIGN, 0, 0);
    }
    shop_later(shop, 2000, 5000, number, ACT_SHIP, 0, 0);
}

/* The units of an open line that go into the parcel: all of them, fewer, or one too many. */
static int draw_packed(struct demo_shop *shop, const struct line *line)
{
    if (line->open > 1 && shop_chance(shop, 0.1)) {
        return line->open - 1;
    }
    return line->open + shop_chance(shop, 0.003);
}

static void pack_line(struct demo_shop *shop, uint32_t number, int which, const char *comma)
{
    struct line *line = &shop->orders[number].lines[which];
    const int units = draw_packed(shop, line);
    /* A mix-up of goods that are as much work: a parcel that is read before its order counts by the
     * goods it names (R9). */
    const int packed = shop_chance(shop, 0.002) ? shop_popular(shop) : line->sku;
    const bool mistaken = shop_workload(packed) == shop_workload(line->sku);
    put_parcel_line(shop, comma, which, mistaken ? packed : line->sku, units);
    line->last = (int16_t)(units < line->open ? units : line->open);
    line->open = (int16_t)(line->open - line->last);
    if (line->sku < SKUS && shop->stock[line->sku][line->location] >= units) {
        shop->stock[line->sku][line->location] -= units;
    }
    if (line->location == KOLKATA) {
        shop_later(shop, 50, 500, number, ACT_ISSUE, (uint16_t)which, units);
    }
}

static void plan_parcel(struct demo_shop *shop, uint32_t number, int parcel)
{
    const bool is_void = shop_chance(shop, 0.01);
    shop_later(shop, 2000, 9000, number, is_void ? ACT_VOID : ACT_DELIVER, (uint16_t)parcel, 0);
    shop_later(shop, 1000, 4000, number, ACT_SHIP, 0, 0);   /* what is left, if any */
}

/* It is known where the line ships from; the sale's warehouse packs once it packs more. */
static bool can_ship(const struct demo_shop *shop, const struct line *line)
{
    return line->open > 0 && line->location != NOWHERE &&
           (line->location != SALE || shop->sale.raised);
}

/* Nothing to pack: it is looked at again while something is open. */
static bool wait_to_ship(struct demo_shop *shop, uint32_t number)
{
    const struct order *order = &shop->orders[number];
    for (int i = 0; i < order->line_count; i++) {
        if (order->lines[i].open > 0) {
            shop_later(shop, 2000, 5000, number, ACT_SHIP, 0, 0);
            return false;
        }
    }
    return false;
}

static bool give_parcel(struct demo_shop *shop, uint32_t number, struct demo_record *out_record)
{
    struct order *order = &shop->orders[number];
    int first = 0;
    while (first < order->line_count && !can_ship(shop, &order->lines[first])) {
        first++;
    }
    if (first == order->line_count) {
        return wait_to_ship(shop, number);
    }
    if (order->placed && shop_chance(shop, 0.02)) {
        give_shorted(shop, number, first, out_record);
        return true;
    }
    const int location = order->lines[first].location;
    begin_parcel(shop, "shipment.shipped", number, ++order->parcels);
    shop_put(shop, ",\"location\":\"%s\",\"carrier\":\"bike\",\"lines\":[",
             shop_place(shop, location)->name);
    for (int i = 0; i < order->line_count; i++) {
        order->lines[i].last = 0;
        if (order->lines[i].open > 0 && order->lines[i].location == location) {
            pack_line(shop, number, i, i == first ? "" : ",");
        }
    }
    shop_put(shop, "]");
    finish_order(shop, TOPIC_SHIPMENTS, number, out_record);
    plan_parcel(shop, number, order->parcels);
    return true;
}

/* Only the last parcel can still be taken back. */
static bool give_void(struct demo_shop *shop, uint32_t number, int parcel,
                      struct demo_record *out_record)
{
    struct order *order = &shop->orders[number];
    if (order->parcels != parcel) {
        return false;
    }
    for (int i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        line->open = (int16_t)(line->open + line->last);
        line->last = 0;
    }
    begin_parcel(shop, "shipment.voided", number, parcel);
    finish_order(shop, TOPIC_SHIPMENTS, number, out_record);
    shop_later(shop, 500, 3000, number, ACT_SHIP, 0, 0);
    return true;
}

static void give_delivered(struct demo_shop *shop, uint32_t number, int parcel,
                           struct demo_record *out_record)
{
    begin_parcel(shop, "shipment.delivered", number, parcel);
    finish_order(shop, TOPIC_SHIPMENTS, number, out_record);
    if (shop_chance(shop, 0.04)) {
        shop_later(shop, 1000, 6000, number, ACT_RETURN, 0, 0);
    }
}

/* A location whose own system reports that the goods left. */
static void give_issue(struct demo_shop *shop, const struct todo *todo,
                       struct demo_record *out_record)
{
    int sku = shop->orders[todo->order].lines[todo->which].sku;
    sku = sku < SKUS ? sku : shop_bundle_part(sku, 0);
    shop_begin_stock(shop, "stock.adjusted", sku, KOLKATA);
    shop_put(shop, ",\"quantity\":%d,\"reason\":\"goods issue\"", -(int)todo->units);
    shop_finish_stock(shop, sku, out_record);
}

static void give_returned(struct demo_shop *shop, uint32_t number, struct demo_record *out_record)
{
    const struct order *order = &shop->orders[number];
    const int which = shop_number(shop, 0, order->line_count - 1);
    const struct line *line = &order->lines[which];
    char name[NAME_BYTES];
    shop_begin_stock(shop, "stock.returned", line->sku, shop_location(shop, line->sku, NOWHERE));
    shop_put(shop, ",\"quantity\":1,\"order_id\":\"%s\",\"line_id\":\"%d\"",
             shop_order_name(number, name),
             which + 1);
    shop_put(shop, ",\"sellable\":%s", shop_chance(shop, 0.7) ? "true" : "false");
    shop_finish_stock(shop, line->sku, out_record);
}

bool shop_give_todo(struct demo_shop *shop, const struct todo *todo,
                    struct demo_record *out_record)
{
    switch (todo->action) {
    case ACT_PLACE: give_placed(shop, todo->order, out_record); return true;
    case ACT_ASSIGN: return give_assigned(shop, todo->order, out_record);
    case ACT_SHIP: return give_parcel(shop, todo->order, out_record);
    case ACT_ISSUE: give_issue(shop, todo, out_record); return true;
    case ACT_VOID: return give_void(shop, todo->order, todo->which, out_record);
    case ACT_DELIVER: give_delivered(shop, todo->order, todo->which, out_record); return true;
    case ACT_RETURN: give_returned(shop, todo->order, out_record); return true;
    case ACT_AMEND: return give_amended(shop, todo->order, out_record);
    default: return give_cancelled(shop, todo->order, out_record);
    }
}

/* ------------------------------------------------------------------ being told */

static struct order *order_named(const struct demo_shop *shop, const char *order_id)
{
    static const char HEAD[] = "order-";
    const bool ours = strncmp(order_id, HEAD, sizeof HEAD - 1) == 0;
    const unsigned long number = ours ? strtoul(order_id + sizeof HEAD - 1, NULL, 10) : 0;
    return number > 0 && number <= shop->order_count ? &shop->orders[number - 1] : NULL;
}

bool demo_shop_asks(const struct demo_shop *shop, const char *order_id)
{
    const struct order *order = order_named(shop, order_id);
    bool asks = false;
    for (int i = 0; order && !order->assigned && i < order->line_count; i++) {
        asks = asks || (order->lines[i].location == NOWHERE && order->lines[i].open > 0);
    }
    return asks;
}

void demo_shop_tell(struct demo_shop *shop, const char *order_id, const char *line_id,
                    const char *location)
{
    struct order *order = order_named(shop, order_id);
    const unsigned long number = strtoul(line_id, NULL, 10);
    if (!order || number < 1 || number > order->line_count) {
        return;
    }
    struct line *line = &order->lines[number - 1];
    for (int place = 0; place < LOCATIONS && line->location == NOWHERE; place++) {
        if (strcmp(shop_place(shop, place)->name, location) == 0) {
            line->location = (int16_t)place;
        }
    }
}
