/* SPDX-License-Identifier: Apache-2.0 */
/* Random events: most of them agree with each other, some do not. */
#include "model/stream_maker.h"

struct event *make_new_event(struct maker *maker, enum event_type type)
{
    struct event *event = take(maker, sizeof *event);
    event->type = type;
    event->time_ns = TIME_NONE;
    if (type < EVENT_LOCATION) {
        event->time_ns = business_time(maker);
        event->source = bytes_text(chance(maker, 100) ? "till" : "wms");
        event->id = name_number(maker, "e", maker->next_id++);
    }
    return event;
}

struct recipe any_recipe(struct maker *maker, int64_t not_this)
{
    const int64_t most = maker->profile.nested ? maker->profile.sku_count
                                               : (maker->profile.sku_count + 1) / 2;
    struct recipe_part *parts = take(maker, 3 * sizeof *parts);
    uint32_t count = 0;
    int64_t sku = between(maker, 0, most - 1);
    for (int64_t left = between(maker, 1, 3); left > 0 && sku < most; left--) {
        if (sku != not_this) {
            parts[count++] = (struct recipe_part){ sku_name(maker, sku), between(maker, 1, 3) };
        }
        sku += between(maker, 1, 2);
    }
    if (count > 0 && maker->profile.big_recipes && chance(maker, 100)) {
        parts[0].quantity = INT64_C(300000000000);
    }
    return (struct recipe){ count ? parts : NULL, count };
}

static int64_t any_order(struct maker *maker)
{
    if (chance(maker, 30)) {
        return between(maker, 0, maker->first_order + maker->profile.order_span);
    }
    return maker->first_order + between(maker, 0, maker->profile.order_span - 1);
}

static struct bytes order_name(struct maker *maker, int64_t order)
{
    return name_number(maker, "order-", (uint64_t)order);
}

static struct bytes line_name(struct maker *maker, int64_t line)
{
    return name_number(maker, "", (uint64_t)line);
}

/* The SKU that most events name for this line. */
static int64_t line_sku(struct maker *maker, int64_t order, int64_t line)
{
    if (chance(maker, 30)) {
        return any_sku(maker);
    }
    return (int64_t)(fate(maker, 1, (uint64_t)order, (uint64_t)line, 0) %
                     (uint64_t)maker->profile.sku_count);
}

struct event *make_stock_event(struct maker *maker)
{
    static const enum event_type TYPES[] = {
        EVENT_STOCK_RECEIVED, EVENT_STOCK_RECEIVED,    EVENT_STOCK_ADJUSTED, EVENT_STOCK_COUNTED,
        EVENT_STOCK_COUNTED,  EVENT_STOCK_HELD,        EVENT_STOCK_RELEASED, EVENT_STOCK_RETURNED,
        EVENT_STOCK_RETURNED, EVENT_STOCK_TRANSFERRED, EVENT_INBOUND_EXPECTED,
    };
    struct event *event = make_new_event(maker, TYPES[between(maker, 0, 10)]);
    const bool moves = event->type != EVENT_STOCK_COUNTED;
    if (maker->profile.calm && chance(maker, moves ? 700 : 800)) {
        event->type = EVENT_STOCK_RECEIVED;
    }
    if (maker->profile.calm && event->type == EVENT_STOCK_COUNTED && chance(maker, 800)) {
        event->time_ns -= between(maker, 20, 90) * 60 * 1000 * NS_PER_MS;
    }
    struct stock_data *stock = &event->stock;
    const int64_t sku = any_sku(maker);
    stock->sku = sku_name(maker, sku);
    stock->location = any_site(maker);
    stock->quantity = few(maker);
    stock->eta = DAY_NONE;
    stock->sellable = event->type == EVENT_STOCK_RETURNED ? chance(maker, 600) : false;
    if (event->type == EVENT_STOCK_ADJUSTED && chance(maker, 600)) {
        stock->quantity = -stock->quantity;
    }
    if ((event->type == EVENT_STOCK_COUNTED || event->type == EVENT_INBOUND_EXPECTED) &&
        chance(maker, 150)) {
        stock->quantity = 0;
    }
    if (event->type == EVENT_STOCK_TRANSFERRED || event->type == EVENT_INBOUND_EXPECTED ||
        (event->type == EVENT_STOCK_RECEIVED && chance(maker, 500))) {
        stock->inbound_id = name_number(maker, "in", (uint64_t)between(maker, 0, 3));
    }
    if (event->type == EVENT_STOCK_TRANSFERRED) {
        stock->to = any_site(maker);
    }
    if ((event->type == EVENT_STOCK_TRANSFERRED || event->type == EVENT_INBOUND_EXPECTED) &&
        chance(maker, 800)) {
        stock->eta = near_day(maker);
    }
    if (event->type == EVENT_STOCK_RETURNED && chance(maker, 700)) {
        const int64_t order = any_order(maker);
        const int64_t line = between(maker, 1, maker->profile.line_count);
        stock->order_id = order_name(maker, order);
        stock->line_id = chance(maker, 900) ? line_name(maker, line) : (struct bytes){ NULL, 0 };
        stock->sku = sku_name(maker, line_sku(maker, order, line));
    }
    return event;
}

static void placed_line(struct maker *maker, struct line_data *line, int64_t order, int64_t number)
{
    const uint64_t how = fate(maker, 2, (uint64_t)order, (uint64_t)number, 0);
    const int64_t sku = line_sku(maker, order, number);
    line->sku = sku_name(maker, sku);
    line->promised_by = chance(maker, 150) ? near_day(maker) : DAY_NONE;
    if (how % 3 == 0 || chance(maker, 60)) {
        line->location = any_site(maker);
    }
    if (how % 10 == 9) {
        const uint64_t before = maker->random;
        maker->random = how;
        line->bundle = any_recipe(maker, sku);
        maker->random = before;
    } else if (chance(maker, 10)) {
        line->bundle = any_recipe(maker, sku);
    }
}

static void order_lines(struct maker *maker, struct event *event, int64_t order, int64_t first,
                        int64_t count)
{
    struct line_data *lines = take(maker, (size_t)count * sizeof *lines);
    for (int64_t i = 0; i < count; i++) {
        lines[i].line_id = line_name(maker, first + i);
        lines[i].quantity = event->type == EVENT_ORDER_ASSIGNED ? 0
                            : chance(maker, 60)                 ? between(maker, 9, 40)
                                                                : between(maker, 1, 8);
        lines[i].promised_by = DAY_NONE;
        if (event->type == EVENT_ORDER_PLACED) {
            placed_line(maker, &lines[i], order, first + i);
        } else if (event->type == EVENT_ORDER_ASSIGNED) {
            lines[i].location = any_site(maker);
        } else if (event->type == EVENT_ORDER_AMENDED && chance(maker, 150)) {
            lines[i].quantity = 0;
        }
    }
    event->order.lines = lines;
    event->order.line_count = (uint32_t)count;
}

/* "default" and "standard" are as if left out (R4). */
static void placed_header(struct maker *maker, struct order_data *order)
{
    order->zone = any_zone(maker);
    if (chance(maker, 700)) {
        order->network = any_net(maker);
    }
    if (chance(maker, 300)) {
        order->service = any_service(maker);
    }
    if (bytes_equal(order->network, BYTES_LITERAL("default"))) {
        order->network = (struct bytes){ NULL, 0 };
    }
    if (bytes_equal(order->service, BYTES_LITERAL("standard"))) {
        order->service = (struct bytes){ NULL, 0 };
    }
}

/* An order of 2,000 lines, in two records, or one line too many. */
static void big_order(struct maker *maker, struct event *event)
{
    const int64_t order = maker->first_order / 64;
    const bool first = chance(maker, 500);
    event->order.order_id = order_name(maker, order);
    if (first) {
        order_lines(maker, event, order, 1, 1500);
    } else {
        order_lines(maker, event, order, 1501, between(maker, 500, 501));
    }
}

struct event *make_order_event(struct maker *maker)
{
    static const enum event_type TYPES[] = {
        EVENT_ORDER_PLACED,  EVENT_ORDER_PLACED,    EVENT_ORDER_PLACED,
        EVENT_ORDER_AMENDED, EVENT_ORDER_CANCELLED, EVENT_ORDER_ASSIGNED,
    };
    struct event *event = make_new_event(maker, TYPES[between(maker, 0, 5)]);
    const int64_t order = any_order(maker);
    const int64_t line_count = maker->profile.line_count;
    const int64_t first = between(maker, 1, line_count);
    event->order.order_id = order_name(maker, order);
    if (event->type == EVENT_ORDER_PLACED) {
        placed_header(maker, &event->order);
        if (maker->profile.big_orders && chance(maker, 20)) {
            big_order(maker, event);
            return event;
        }
    }
    if (event->type == EVENT_ORDER_CANCELLED && chance(maker, 250)) {
        return event;
    }
    order_lines(maker, event, order, first, between(maker, 1, line_count - first + 1));
    return event;
}

/* Mostly what was said of this shipment before: repetitions are real ones. */
static void shipment_lines(struct maker *maker, struct event *event, int64_t order,
                           uint64_t shipment)
{
    const int64_t line_count = maker->profile.line_count;
    const int64_t count = between(maker, 1, line_count + 1);
    struct line_data *lines = take(maker, (size_t)count * sizeof *lines);
    const int64_t first = between(maker, 1, line_count);
    for (int64_t i = 0; i < count; i++) {
        const int64_t line = 1 + (first + i) % line_count;
        const uint64_t what =
            fate(maker, 3 + (uint64_t)event->type, (uint64_t)order, shipment, (uint64_t)line);
        lines[i].line_id = line_name(maker, line);
        lines[i].sku = sku_name(maker, line_sku(maker, order, line));
        lines[i].quantity = chance(maker, 30) ? between(maker, 1, 9) : (int64_t)(1 + what % 4);
        lines[i].promised_by = DAY_NONE;
    }
    event->order.lines = lines;
    event->order.line_count = (uint32_t)(chance(maker, 850) && count > line_count ? line_count
                                                                                   : count);
}

struct event *make_shipment_event(struct maker *maker)
{
    static const enum event_type TYPES[] = {
        EVENT_SHIPMENT_SHIPPED, EVENT_SHIPMENT_SHIPPED, EVENT_SHIPMENT_SHIPPED,
        EVENT_SHIPMENT_VOIDED,  EVENT_SHIPMENT_SHORTED, EVENT_SHIPMENT_DELIVERED,
        EVENT_SHIPMENT_DELIVERED,
    };
    struct event *event = make_new_event(maker, TYPES[between(maker, 0, 6)]);
    const int64_t order = any_order(maker);
    const uint64_t shipment = (uint64_t)between(maker, 0, 4);
    event->order.order_id = order_name(maker, order);
    event->order.shipment_id = name_number(maker, "parcel-", shipment);
    if (event->type == EVENT_SHIPMENT_VOIDED || event->type == EVENT_SHIPMENT_DELIVERED) {
        return event;
    }
    const int64_t site = (int64_t)(fate(maker, 4, (uint64_t)order, shipment, 0) %
                                   (uint64_t)maker->profile.site_count);
    event->order.location =
        chance(maker, 30) ? any_site(maker) : site_name(site);
    shipment_lines(maker, event, order, shipment);
    return event;
}
