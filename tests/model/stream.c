/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BLOCK_BYTES = 1 << 20, NAMES_MAX = 8 };
enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* What one stream is like: some have few SKUs, some many orders, some mere movements. */
struct profile {
    int sku_count;
    int site_count;
    int net_count;
    int order_span;            /* orders that events name at a time */
    int line_count;
    int partitions;
    int pace_ms;               /* from one step to the next, at most */
    int joined_percent;
    int stock_weight;
    int order_weight;
    int shipment_weight;
    int reference_weight;
    int repeat_weight;
    bool big_recipes;
    bool big_orders;
    bool nested;
    bool calm;                 /* time does not jump */
};

struct maker {
    struct stream *stream;
    const struct stream_zones *zones;
    struct profile profile;
    uint64_t random;
    int64_t now_ms;
    uint64_t next_id;
    int first_order;
};

/* ------------------------------------------------------------------ chance */

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t draw(struct maker *maker)
{
    maker->random += UINT64_C(0x9e3779b97f4a7c15);
    return mix(maker->random);
}

/* low .. high */
static int64_t between(struct maker *maker, int64_t low, int64_t high)
{
    return low + (int64_t)(draw(maker) % (uint64_t)(high - low + 1));
}

static bool chance(struct maker *maker, int permille)
{
    return between(maker, 0, 999) < permille;
}

/* The same for the same names: most records agree with each other about a line or shipment. */
static uint64_t fate(const struct maker *maker, uint64_t what, uint64_t a, uint64_t b, uint64_t c)
{
    return mix(mix(mix(mix(maker->stream->seed + what) + a) + b) + c);
}

/* ------------------------------------------------------------------ memory and names */

static void *take(struct maker *maker, size_t bytes)
{
    struct stream *stream = maker->stream;
    const size_t need = (bytes + 15) & ~(size_t)15;
    if (stream->block_count == 0 || stream->block_used + need > BLOCK_BYTES) {
        const size_t size = (stream->block_count + 1) * sizeof *stream->blocks;
        void **blocks = realloc(stream->blocks, size);
        void *block = calloc(1, need > BLOCK_BYTES ? need : BLOCK_BYTES);
        if (!blocks || !block) {
            abort();
        }
        stream->blocks = blocks;
        stream->blocks[stream->block_count++] = block;
        stream->block_used = 0;
    }
    void *taken = (char *)stream->blocks[stream->block_count - 1] + stream->block_used;
    stream->block_used += need;
    return taken;
}

static struct bytes name_number(struct maker *maker, const char *stem, uint64_t number)
{
    char *text = take(maker, 32);
    const int count = snprintf(text, 32, "%s%llu", stem, (unsigned long long)number);
    return bytes_of(text, (size_t)count);
}

static const char *const SITE_NAMES[NAMES_MAX] = { "berlin", "Zug", "ams", "berlin-2", "\xc3\xa9vry",
                                                   "a", "oslo", "rom" };
static const char *const NET_NAMES[NAMES_MAX] = { "default", "web", "eu", "outlet", "b2b" };
static const char *const ZONE_NAMES[NAMES_MAX] = { "north", "south", "north-west" };
static const char *const SERVICE_NAMES[NAMES_MAX] = { "standard", "express" };

static struct bytes sku_name(struct maker *maker, int64_t sku)
{
    return name_number(maker, "sku-", (uint64_t)sku);
}

static int64_t any_sku(struct maker *maker)
{
    return between(maker, 0, maker->profile.sku_count - 1);
}

static struct bytes any_site(struct maker *maker)
{
    return bytes_text(SITE_NAMES[between(maker, 0, maker->profile.site_count - 1)]);
}

static struct bytes any_net(struct maker *maker)
{
    return bytes_text(NET_NAMES[between(maker, 0, maker->profile.net_count - 1)]);
}

static struct bytes any_zone(struct maker *maker)
{
    return bytes_text(ZONE_NAMES[chance(maker, 50) ? 2 : between(maker, 0, 1)]);
}

static struct bytes any_service(struct maker *maker)
{
    return bytes_text(SERVICE_NAMES[chance(maker, 200)]);
}

static int32_t today(const struct maker *maker)
{
    return (int32_t)(maker->now_ms / MS_PER_DAY);
}

static int32_t near_day(struct maker *maker)
{
    if (chance(maker, 50)) {
        return today(maker) + (int32_t)between(maker, 100, 140);
    }
    return today(maker) + (int32_t)between(maker, -6, 12);
}

static int64_t few(struct maker *maker)
{
    return chance(maker, 100) ? between(maker, 1, 200) : between(maker, 1, 12);
}

/* ------------------------------------------------------------------ time */

static int64_t span_ms(struct maker *maker)
{
    const struct settings *settings = &maker->stream->settings;
    const int64_t kind = between(maker, 0, 99);
    return kind < 55   ? between(maker, 0, 2 * MINUTE)
           : kind < 75 ? between(maker, 0, 8) * (settings->reorder_window_ms / 8)
           : kind < 85 ? between(maker, 0, settings->reorder_window_ms)
           : kind < 92 ? between(maker, 0, 2 * settings->reorder_window_ms)
           : kind < 96 ? -between(maker, 0, settings->future_tolerance_ms)
           : kind < 97 ? -between(maker, 0, 2 * settings->future_tolerance_ms)
           : kind < 98 ? between(maker, 0, 2 * settings->closed_orders_ms)
                       : 0;
}

/* A business time: mostly just now, on a grid so that some are equal, some far off. */
static int64_t business_time(struct maker *maker)
{
    const int64_t grid = chance(maker, 500) ? MINUTE : 1;
    int64_t ms = maker->now_ms - span_ms(maker);
    ms -= ms % grid;
    return ms * NS_PER_MS + (chance(maker, 200) ? between(maker, 0, 2) : 0);
}

static int64_t record_timestamp(struct maker *maker)
{
    const int64_t kind = between(maker, 0, 99);
    return kind < 90   ? maker->now_ms - between(maker, 0, 20 * SECOND)
           : kind < 94 ? maker->now_ms + between(maker, 0, HOUR)
           : kind < 96 ? -1
                       : maker->now_ms -
                             between(maker, 0, 2 * maker->stream->settings.dedupe_window_ms);
}

static void time_passes(struct maker *maker)
{
    const struct settings *settings = &maker->stream->settings;
    const int64_t kind = between(maker, maker->profile.calm ? 190 : 0, 9999);
    if (kind < 10) {
        maker->now_ms += settings->closed_orders_ms + settings->tombstone_after_ms;
    } else if (kind < 14) {
        maker->now_ms += 31 * MS_PER_DAY;
    } else if (kind < 40) {
        maker->now_ms += between(maker, 0, 2 * MS_PER_DAY);
    } else if (kind < 100) {
        maker->now_ms += between(maker, 0, settings->closed_orders_ms);
    } else if (kind < 200) {
        maker->now_ms += between(maker, 0, 6 * HOUR);
    } else {
        maker->now_ms += between(maker, 0, maker->profile.pace_ms);
    }
}

/* ------------------------------------------------------------------ events */

static struct event *new_event(struct maker *maker, enum event_type type)
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

static struct recipe any_recipe(struct maker *maker, int64_t not_this)
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

static struct event *stock_event(struct maker *maker)
{
    static const enum event_type TYPES[] = {
        EVENT_STOCK_RECEIVED, EVENT_STOCK_RECEIVED,    EVENT_STOCK_ADJUSTED, EVENT_STOCK_COUNTED,
        EVENT_STOCK_COUNTED,  EVENT_STOCK_HELD,        EVENT_STOCK_RELEASED, EVENT_STOCK_RETURNED,
        EVENT_STOCK_RETURNED, EVENT_STOCK_TRANSFERRED, EVENT_INBOUND_EXPECTED,
    };
    struct event *event = new_event(maker, TYPES[between(maker, 0, 10)]);
    if (maker->profile.calm && event->type == EVENT_STOCK_COUNTED && chance(maker, 970)) {
        event->type = EVENT_STOCK_RECEIVED;
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
    line->promised_by = chance(maker, 100) ? near_day(maker) : DAY_NONE;
    if (how % 2 == 0 || chance(maker, 100)) {
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
        lines[i].quantity = event->type == EVENT_ORDER_ASSIGNED ? 0 : between(maker, 1, 8);
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

static struct event *order_event(struct maker *maker)
{
    static const enum event_type TYPES[] = {
        EVENT_ORDER_PLACED,  EVENT_ORDER_PLACED,    EVENT_ORDER_PLACED,
        EVENT_ORDER_AMENDED, EVENT_ORDER_CANCELLED, EVENT_ORDER_ASSIGNED,
    };
    struct event *event = new_event(maker, TYPES[between(maker, 0, 5)]);
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

static struct event *shipment_event(struct maker *maker)
{
    static const enum event_type TYPES[] = {
        EVENT_SHIPMENT_SHIPPED, EVENT_SHIPMENT_SHIPPED, EVENT_SHIPMENT_SHIPPED,
        EVENT_SHIPMENT_VOIDED,  EVENT_SHIPMENT_SHORTED, EVENT_SHIPMENT_DELIVERED,
        EVENT_SHIPMENT_DELIVERED,
    };
    struct event *event = new_event(maker, TYPES[between(maker, 0, 6)]);
    const int64_t order = any_order(maker);
    const uint64_t shipment = (uint64_t)between(maker, 0, 4);
    event->order.order_id = order_name(maker, order);
    event->order.shipment_id = name_number(maker, "parcel-", shipment);
    if (event->type == EVENT_SHIPMENT_VOIDED || event->type == EVENT_SHIPMENT_DELIVERED) {
        return event;
    }
    const uint64_t site = fate(maker, 4, (uint64_t)order, shipment, 0) %
                          (uint64_t)maker->profile.site_count;
    event->order.location =
        chance(maker, 30) ? any_site(maker) : bytes_text(SITE_NAMES[site]);
    shipment_lines(maker, event, order, shipment);
    return event;
}

/* ------------------------------------------------------------------ reference records */

static const int32_t *some_days(struct maker *maker, uint32_t *out_count)
{
    int32_t *days = take(maker, 4 * sizeof *days);
    *out_count = (uint32_t)between(maker, 0, 4);
    for (uint32_t i = 0; i < *out_count; i++) {
        days[i] = today(maker) + (int32_t)between(maker, -2, 10);
    }
    return days;
}

static struct bytes any_time_zone(struct maker *maker)
{
    const int64_t zone = between(maker, 0, STREAM_ZONES + 1);
    if (zone < STREAM_ZONES) {
        return maker->zones->zones[zone].name;
    }
    return bytes_text(zone == STREAM_ZONES || chance(maker, 800) ? "UTC" : "No/Where");
}

static void some_networks(struct maker *maker, struct location_data *location)
{
    struct bytes *networks = take(maker, 3 * sizeof *networks);
    uint32_t count = 0;
    for (int i = 0; i < maker->profile.net_count && count < 3; i++) {
        if (chance(maker, 500)) {
            networks[count++] = bytes_text(NET_NAMES[i]);
        }
    }
    location->networks = networks;
    location->network_count = count;
}

static struct event *location_event(struct maker *maker)
{
    struct event *event = new_event(maker, EVENT_LOCATION);
    struct location_data *location = &event->location;
    location->location = any_site(maker);
    event->removed = chance(maker, 120);
    if (event->removed) {
        return event;
    }
    location->time_zone = any_time_zone(maker);
    some_networks(maker, location);
    location->closed = some_days(maker, &location->closed_count);
    location->open = some_days(maker, &location->open_count);
    location->capacity_per_day = CAPACITY_UNLIMITED;
    location->safety_stock = chance(maker, 300) ? between(maker, 0, 4) : 0;
    location->priority = 100;
    location->cutoff_minute = 15 * 60;
    location->opens_minute = 9 * 60;
    location->pickup_minutes = 120;
    location->working_days =
        chance(maker, 700) ? WEEKDAYS_MONDAY_TO_FRIDAY : (uint8_t)between(maker, 0, 127);
    location->enabled = chance(maker, 800);
    location->shipments_deduct_stock = chance(maker, 700);
    return event;
}

static struct event *lane_event(struct maker *maker)
{
    struct event *event = new_event(maker, EVENT_LANE);
    struct lane_data *lane = &event->lane;
    lane->location = any_site(maker);
    lane->zone = any_zone(maker);
    lane->service = any_service(maker);
    event->removed = chance(maker, 250);
    if (!event->removed) {
        lane->transit_days_min = 1;
        lane->transit_days_max = 2;
        lane->transit_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY;
        lane->delivery_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY;
    }
    return event;
}

static void some_safety(struct maker *maker, struct item_data *item)
{
    struct location_quantity *list = take(maker, 2 * sizeof *list);
    for (int i = 0; i < 2 && i < maker->profile.site_count; i++) {
        list[i] = (struct location_quantity){ bytes_text(SITE_NAMES[i]), between(maker, 0, 5) };
        item->safety_stock_at_count++;
    }
    item->safety_stock_at = list;
}

static void some_makers(struct maker *maker, struct item_data *item)
{
    struct bytes *makers = take(maker, sizeof *makers);
    item->made_to_order = true;
    item->lead_days = 2;
    if (chance(maker, 600)) {
        makers[0] = any_site(maker);
        item->makers = makers;
        item->maker_count = 1;
    }
}

static struct event *item_event(struct maker *maker)
{
    struct event *event = new_event(maker, EVENT_ITEM);
    struct item_data *item = &event->item;
    const int64_t sku = any_sku(maker);
    item->sku = sku_name(maker, sku);
    event->removed = chance(maker, 120);
    if (event->removed) {
        return event;
    }
    item->safety_stock = chance(maker, 300) ? between(maker, 0, 5) : -1;
    item->low_stock = chance(maker, 300) ? between(maker, 0, 30) : 5;
    item->workload = 1;
    item->preorder_from = chance(maker, 250) ? near_day(maker) : DAY_NONE;
    item->discontinued = chance(maker, 100);
    if (chance(maker, 300)) {
        some_safety(maker, item);
    }
    if (chance(maker, 250)) {
        some_makers(maker, item);
    }
    const bool high = 2 * sku >= maker->profile.sku_count;
    if (high ? chance(maker, 500) : chance(maker, 30)) {
        item->bundle = any_recipe(maker, sku);
    }
    return event;
}

static struct event *reference_event(struct maker *maker)
{
    const int64_t kind = between(maker, 0, 99);
    return kind < 35 ? location_event(maker) : kind < 65 ? lane_event(maker) : item_event(maker);
}

/* ------------------------------------------------------------------ repetitions */

static struct event *changed_copy(struct maker *maker, const struct event *event)
{
    struct event *copy = take(maker, sizeof *copy);
    *copy = *event;
    if (chance(maker, 500)) {
        copy->id = name_number(maker, "e", maker->next_id++);   /* the same news under a new id */
        if (chance(maker, 500)) {
            copy->time_ns = business_time(maker);
        }
    } else if (chance(maker, 500) || event->type > EVENT_INBOUND_EXPECTED) {
        copy->time_ns += between(maker, -1, 1);
    } else {
        copy->stock.quantity += event->stock.quantity > 0 ? 1 : -1;
    }
    return copy;
}

static const struct event *repetition(struct maker *maker)
{
    const struct stream *stream = maker->stream;
    const size_t count = stream->step_count;
    const size_t span = chance(maker, 800) && count > 40 ? 40 : count;
    const struct step *step =
        &stream->steps[count - 1 - (size_t)between(maker, 0, (int64_t)span - 1)];
    if (step->kind != STEP_EVENT || step->event->type >= EVENT_LOCATION) {
        return NULL;
    }
    return chance(maker, 500) ? step->event : changed_copy(maker, step->event);
}

/* ------------------------------------------------------------------ steps */

static struct bytes partition_key(const struct event *event)
{
    switch (event->type) {
    case EVENT_LOCATION:
        return event->location.location;
    case EVENT_LANE:
        return event->lane.location;
    case EVENT_ITEM:
        return event->item.sku;
    case EVENT_UNKNOWN:
        return (struct bytes){ NULL, 0 };
    default:
        return event->type <= EVENT_INBOUND_EXPECTED ? event->stock.sku : event->order.order_id;
    }
}

static enum topic topic_of(struct maker *maker, const struct event *event)
{
    switch (event->type) {
    case EVENT_LOCATION:
        return TOPIC_LOCATIONS;
    case EVENT_LANE:
        return TOPIC_LANES;
    case EVENT_ITEM:
        return TOPIC_CATALOG;
    case EVENT_UNKNOWN:
        return (enum topic)between(maker, TOPIC_STOCK, TOPIC_SHIPMENTS);
    default:
        return event->type <= EVENT_INBOUND_EXPECTED  ? TOPIC_STOCK
               : event->type < EVENT_SHIPMENT_SHIPPED ? TOPIC_ORDERS
                                                      : TOPIC_SHIPMENTS;
    }
}

static int32_t partition_of(const struct maker *maker, const struct event *event)
{
    const struct bytes key = partition_key(event);
    uint64_t sum = 7;
    for (size_t i = 0; i < key.count; i++) {
        sum = mix(sum + key.data[i]);
    }
    return (int32_t)(sum % (uint64_t)maker->profile.partitions);
}

static const struct event *any_event(struct maker *maker)
{
    const struct profile *profile = &maker->profile;
    const int all = profile->stock_weight + profile->order_weight + profile->shipment_weight +
                    profile->reference_weight + profile->repeat_weight;
    int64_t kind = between(maker, 0, all - 1);
    if ((kind -= profile->stock_weight) < 0) {
        return stock_event(maker);
    }
    if ((kind -= profile->order_weight) < 0) {
        return order_event(maker);
    }
    if ((kind -= profile->shipment_weight) < 0) {
        return shipment_event(maker);
    }
    if ((kind -= profile->reference_weight) < 0) {
        return reference_event(maker);
    }
    const struct event *again = maker->stream->step_count ? repetition(maker) : NULL;
    return again ? again : shipment_event(maker);
}

static void add_record(struct maker *maker, struct step *step)
{
    step->timestamp_ms = record_timestamp(maker);
    if (chance(maker, 8)) {
        step->kind = chance(maker, 500) ? STEP_REJECT : STEP_SKIP;
        step->topic = (enum topic)between(maker, TOPIC_STOCK, TOPIC_SHIPMENTS);
        step->partition = (int32_t)between(maker, 0, maker->profile.partitions - 1);
        return;
    }
    step->event = chance(maker, 5) ? new_event(maker, EVENT_UNKNOWN) : any_event(maker);
    step->topic = topic_of(maker, step->event);
    step->partition = partition_of(maker, step->event);
    if (step->event->removed && chance(maker, 300)) {
        step->partition = -1;
    }
}

static void add_step(struct maker *maker)
{
    struct stream *stream = maker->stream;
    const bool joins = stream->step_count > 0 && chance(maker, 10 * maker->profile.joined_percent);
    if (!joins) {
        time_passes(maker);
    }
    struct step step = { .kind = STEP_EVENT, .joins = joins, .now_ms = maker->now_ms };
    if (!joins && chance(maker, 20)) {
        step.kind = STEP_TICK;
    }
    step.publishes = !joins && chance(maker, 30);
    if (!joins && chance(maker, 2)) {
        const struct stream_zones *zones = maker->zones;
        const int64_t zone = between(maker, 0, STREAM_ZONES - 1);
        step.zone = chance(maker, 500) ? &zones->zones[zone] : &zones->changed[zone];
    }
    if (step.kind == STEP_EVENT) {
        add_record(maker, &step);
    }
    stream->steps[stream->step_count++] = step;
    if (chance(maker, 1000 / maker->profile.order_span / 4)) {
        maker->first_order++;
    }
}

/* ------------------------------------------------------------------ a stream as a whole */

static void draw_settings(struct maker *maker)
{
    static const int64_t WINDOWS[] = { 0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR };
    struct settings *settings = &maker->stream->settings;
    *settings = (struct settings){
        .rules = RULES_VERSION,
        .clock = chance(maker, 250) ? WORLD_CLOCK_EVENT : WORLD_CLOCK_WALL,
        .dedupe_window_ms = WINDOWS[between(maker, 1, 4)],
        .future_tolerance_ms = WINDOWS[between(maker, 0, 3)],
        .reorder_window_ms = WINDOWS[between(maker, 0, 5)],
        .parked_alarm_ms = HOUR,
        .closed_orders_ms = between(maker, 1, 48) * HOUR,
        .tombstone_after_ms = between(maker, 0, 24) * HOUR,
        .review_ms = MINUTE,
        .inbound_grace_days = (int32_t)between(maker, 0, 3),
        .moves = 3,
    };
}

static struct profile draw_profile(struct maker *maker)
{
    struct profile profile = {
        .sku_count = (int)between(maker, 2, 7),
        .site_count = (int)between(maker, 1, 6),
        .net_count = (int)between(maker, 1, 4),
        .order_span = (int)between(maker, 1, 12),
        .line_count = (int)between(maker, 1, 4),
        .partitions = (int)between(maker, 1, 3),
        .pace_ms = (int)between(maker, 1, 2 * MINUTE),
        .joined_percent = (int)between(maker, 0, 60),
        .stock_weight = (int)between(maker, 10, 40),
        .order_weight = (int)between(maker, 10, 40),
        .shipment_weight = (int)between(maker, 10, 40),
        .reference_weight = (int)between(maker, 1, 15),
        .repeat_weight = (int)between(maker, 3, 15),
        .big_recipes = chance(maker, 250),
        .big_orders = chance(maker, 60),
        .nested = chance(maker, 200),
    };
    return profile;
}

/* Hundreds of movements of few balances within the window: R5's 256 are reached. */
static void make_hot(struct maker *maker)
{
    maker->profile.sku_count = 2;
    maker->profile.site_count = 1;
    maker->profile.stock_weight = 400;
    maker->profile.pace_ms = 20 * SECOND;
    maker->profile.calm = true;
    maker->stream->settings.reorder_window_ms = 24 * HOUR;
}

void stream_free(struct stream *stream)
{
    for (size_t i = 0; i < stream->block_count; i++) {
        free(stream->blocks[i]);
    }
    free(stream->blocks);
    free(stream->steps);
    free(stream);
}

struct stream *stream_make(uint64_t seed, size_t step_count, const struct stream_zones *zones)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream || !(stream->steps = calloc(step_count + 1, sizeof *stream->steps))) {
        abort();
    }
    stream->seed = seed;
    struct maker maker = { .stream = stream, .zones = zones, .random = mix(seed ^ 77) };
    draw_settings(&maker);
    maker.profile = draw_profile(&maker);
    if (chance(&maker, 120) || seed % 10 == 0) {
        make_hot(&maker);
    }
    stream->output_partitions = (uint32_t)between(&maker, 1, 3);
    maker.now_ms = INT64_C(1740787200000) + between(&maker, 0, 700 * MS_PER_DAY);
    while (stream->step_count < step_count) {
        add_step(&maker);
    }
    return stream;
}

/* ------------------------------------------------------------------ time zones */

static int32_t library_offset(int64_t instant)
{
    const time_t when = (time_t)instant;
    struct tm civil;
    (void)localtime_r(&when, &civil);
    return (int32_t)civil.tm_gmtoff;
}

/* Where the offset changes between two instants a day apart. */
static int64_t change_between(int64_t low, int64_t high)
{
    const int32_t before = library_offset(low);
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (library_offset(middle) == before) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

static void find_rules(const char *name, struct zone_rules *rules)
{
    const int64_t first = INT64_C(1577836800);    /* 2020 */
    const int64_t last = INT64_C(2208988800);     /* 2040 */
    (void)setenv("TZ", name, 1);
    tzset();
    *rules = (struct zone_rules){ .first_offset = library_offset(first) };
    rules->standard_offset = rules->first_offset;
    for (int64_t day = first; day < last; day += 86400) {
        if (library_offset(day) != library_offset(day + 86400)) {
            const int64_t at = change_between(day, day + 86400);
            rules->transition_at[rules->transition_count] = at;
            rules->offset_after[rules->transition_count++] = library_offset(at);
            rules->standard_offset = library_offset(at);
        }
    }
    rules->daylight_offset = rules->standard_offset;
}

void stream_zones_find(struct stream_zones *zones)
{
    static const char *const NAMES[STREAM_ZONES] = { "America/New_York", "Asia/Kolkata",
                                                     "Pacific/Auckland", "Pacific/Kiritimati",
                                                     "Pacific/Pago_Pago" };
    for (int i = 0; i < STREAM_ZONES; i++) {
        find_rules(NAMES[i], &zones->rules[i]);
        zones->zones[i] = (struct world_zone){ bytes_text(NAMES[i]), bytes_text(NAMES[i]),
                                               &zones->rules[i] };
    }
    for (int i = 0; i < STREAM_ZONES; i++) {
        const struct world_zone *other = &zones->zones[(i + 1) % STREAM_ZONES];
        zones->changed[i] =
            (struct world_zone){ zones->zones[i].name, other->tzif, other->rules };
    }
    (void)setenv("TZ", "UTC", 1);
    tzset();
}
