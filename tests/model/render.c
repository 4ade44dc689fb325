/* SPDX-License-Identifier: Apache-2.0 */
#include "model/render.h"

#include <stdio.h>
#include <stdlib.h>

void render_reset(struct rendered *text)
{
    text->count = 0;
}

void render_free(struct rendered *text)
{
    free(text->data);
    *text = (struct rendered){ NULL, 0, 0 };
}

static void put(struct rendered *text, const void *data, size_t count)
{
    if (text->room - text->count < count + 1) {
        text->room = 2 * text->room + count + 256;
        text->data = realloc(text->data, text->room);
        if (!text->data) {
            abort();
        }
    }
    if (count > 0) {
        memcpy(text->data + text->count, data, count);
        text->count += count;
    }
}

const char *render_text(struct rendered *text)
{
    put(text, "", 1);
    text->count--;
    return text->data;
}

static void put_text(struct rendered *text, const char *value)
{
    put(text, value, strlen(value));
}

static void put_name(struct rendered *text, struct bytes name)
{
    put(text, name.data, name.count);
}

/* Documents are rendered by the million: no printf here. */
static void put_number(struct rendered *text, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    put(text, digits + at, sizeof digits - at);
}

static void put_field(struct rendered *text, const char *name, int64_t number)
{
    put_text(text, " ");
    put_text(text, name);
    put_text(text, "=");
    put_number(text, number);
}

static void put_word(struct rendered *text, const char *name, struct bytes value)
{
    if (value.count > 0) {
        put_text(text, " ");
        put_text(text, name);
        put_text(text, "=");
        put_name(text, value);
    }
}

static void put_day(struct rendered *text, const char *name, int32_t day)
{
    if (day == DAY_NONE) {
        put_text(text, " ");
        put_text(text, name);
        put_text(text, "=null");
    } else {
        put_field(text, name, day);
    }
}

/* ------------------------------------------------------------------ documents */

static void put_next(struct rendered *text, struct document_next next)
{
    put_day(text, "next.date", next.day);
    if (next.day != DAY_NONE) {
        put_field(text, "next.quantity", next.quantity);
    }
}

static void put_item(struct rendered *text, const struct item_document *item)
{
    put_text(text, " status=");
    put_text(text, AVAILABILITY_STATUS_NAMES[item->status]);
    put_field(text, "available", item->available);
    put_next(text, item->next);
}

static void put_location(struct rendered *text, const struct location_document *location)
{
    put_field(text, "on_hand", location->on_hand);
    put_field(text, "held", location->held);
    put_field(text, "allocated", location->allocated);
    put_field(text, "safety_stock", location->safety_stock);
    put_field(text, "available", location->available);
    put_next(text, location->next);
    for (uint32_t i = 0; i < location->inbound_count; i++) {
        const struct inbound_document *inbound = &location->inbound[i];
        put_text(text, " inbound{");
        put_name(text, inbound->inbound_id);
        put_field(text, "quantity", inbound->quantity);
        put_day(text, "eta", inbound->eta);
        put_text(text, inbound->overdue ? " overdue}" : "}");
    }
}

void render_parts(struct rendered *text, const struct line_document *line)
{
    for (uint32_t i = 0; i < line->part_count; i++) {
        const struct part_document *part = &line->parts[i];
        put_text(text, " part{");
        put_name(text, part->location);
        put_field(text, "open", part->open);
        put_field(text, "shipped", part->shipped);
        put_day(text, "ship_on", part->ship_on);
        put_text(text, "}");
    }
}

static void put_line(struct rendered *text, const struct line_document *line)
{
    put_text(text, "\n      line ");
    put_name(text, line->line_id);
    put_word(text, "sku", line->sku);
    put_text(text, " status=");
    put_text(text, LINE_STATUS_NAMES[line->status]);
    put_field(text, "quantity", line->quantity);
    put_field(text, "open", line->open);
    put_field(text, "shipped", line->shipped);
    put_field(text, "cancelled", line->cancelled);
    put_field(text, "over_shipped", line->over_shipped);
    put_field(text, "returned", line->returned);
    put_day(text, "promised_by", line->promised_by);
    put_day(text, "expected_by", line->expected_by);
    render_parts(text, line);
}

static void put_order(struct rendered *text, const struct order_document *order)
{
    put_text(text, " status=");
    put_text(text, ORDER_STATUS_NAMES[order->status]);
    for (uint32_t i = 0; i < order->line_count; i++) {
        put_line(text, &order->lines[i]);
    }
}

static void put_units(struct rendered *text, const char *name, int64_t units)
{
    if (units == UNITS_UNLIMITED) {
        put_text(text, " ");
        put_text(text, name);
        put_text(text, "=null");
    } else {
        put_field(text, name, units);
    }
}

static void put_instant(struct rendered *text, const char *name, int64_t instant_ms)
{
    if (instant_ms == INSTANT_NONE) {
        put_text(text, " ");
        put_text(text, name);
        put_text(text, "=null");
    } else {
        put_field(text, name, instant_ms);
    }
}

static void put_offer(struct rendered *text, const struct offer_document *offer)
{
    put_text(text, " offer{");
    put_units(text, "quantity", offer->quantity);
    put_day(text, "ship_on", offer->ship_on);
    put_day(text, "from", offer->from);
    put_day(text, "by", offer->by);
    put_word(text, "location", offer->location);
    put_text(text, "}");
}

static void put_zones(struct rendered *text, const struct zones_document *entry)
{
    put_text(text, "\n      service ");
    put_name(text, entry->service);
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        put_word(text, "zone", entry->zones[i]);
    }
    for (uint32_t i = 0; i < entry->offer_count; i++) {
        put_offer(text, &entry->offers[i]);
    }
    if (entry->limited_by.constraint != CONSTRAINT_NONE) {
        put_text(text, " limited_by=");
        put_text(text, CONSTRAINT_NAMES[entry->limited_by.constraint]);
        put_word(text, "at", entry->limited_by.location);
        put_field(text, "days", entry->limited_by.days);
    }
}

static void put_promise(struct rendered *text, const struct promise_document *promise)
{
    put_instant(text, "valid_until", promise->valid_until_ms);
    for (uint32_t i = 0; i < promise->promise_count; i++) {
        put_zones(text, &promise->promises[i]);
    }
}

static void put_site(struct rendered *text, const struct site_document *site)
{
    static const char *const UNITS[] = { "units", "lines", "orders" };
    put_instant(text, "valid_until", site->valid_until_ms);
    put_instant(text, "cutoff_at", site->cutoff_at_ms);
    put_day(text, "ships_on", site->ships_on);
    put_day(text, "pickup", site->pickup.day);
    if (site->pickup.day != DAY_NONE) {
        put_field(text, "pickup.minutes", site->pickup.minutes);
        put_field(text, "pickup.from", site->pickup.from_ms);
    }
    for (uint32_t i = 0; i < site->zone_count; i++) {
        const struct zone_document *zone = &site->zones[i];
        put_text(text, "\n      ");
        put_word(text, "zone", zone->zone);
        put_word(text, "service", zone->service);
        put_day(text, "from", zone->from);
        put_day(text, "by", zone->by);
        put_field(text, "cost", zone->cost);
    }
    for (uint32_t i = 0; i < site->capacity_count; i++) {
        const struct day_document *day = &site->capacity[i];
        put_text(text, "\n      ");
        put_day(text, "day", day->day);
        put_text(text, " ");
        put_text(text, UNITS[day->unit]);
        put_units(text, "planned", day->planned);
        put_field(text, "used", day->used);
        put_units(text, "remaining", day->remaining);
        put_field(text, "overbooked", day->overbooked);
    }
}

void render_key(struct rendered *text, enum key_kind kind, const struct document *document)
{
    if (kind == KEY_ITEM) {
        put_name(text, document->item.sku);
        put_text(text, "|");
        put_name(text, document->item.network);
    } else if (kind == KEY_LOCATION) {
        put_name(text, document->location.sku);
        put_text(text, "|");
        put_name(text, document->location.location);
    } else if (kind == KEY_PROMISE) {
        put_name(text, document->promise.sku);
        put_text(text, "|");
        put_name(text, document->promise.network);
    } else if (kind == KEY_SITE) {
        put_name(text, document->site.location);
    } else {
        put_name(text, document->order.order_id);
    }
}

void render_document(struct rendered *text, enum key_kind kind, enum key_state state,
                     const struct document *document)
{
    if (state != KEY_STATE_LIVE) {
        put_text(text, state == KEY_STATE_GONE ? " gone" : " tombstone");
    } else if (kind == KEY_ITEM) {
        put_item(text, &document->item);
    } else if (kind == KEY_LOCATION) {
        put_location(text, &document->location);
    } else if (kind == KEY_PROMISE) {
        put_promise(text, &document->promise);
    } else if (kind == KEY_SITE) {
        put_site(text, &document->site);
    } else {
        put_order(text, &document->order);
    }
}

/* ------------------------------------------------------------------ events */

static void put_time(struct rendered *text, const char *name, int64_t time_ns)
{
    put_text(text, " ");
    put_text(text, name);
    put_text(text, "=");
    put_number(text, time_ns / NS_PER_MS);
    if (time_ns % NS_PER_MS) {
        put_text(text, "ms+");
        put_number(text, time_ns % NS_PER_MS);
        put_text(text, "ns");
    }
}

static void put_recipe(struct rendered *text, const struct recipe *recipe)
{
    for (uint32_t i = 0; i < recipe->count; i++) {
        put_text(text, i ? "+" : " bundle=");
        put_number(text, recipe->parts[i].quantity);
        put_text(text, "x");
        put_name(text, recipe->parts[i].sku);
    }
}

static void put_stock_event(struct rendered *text, const struct event *event)
{
    const struct stock_data *stock = &event->stock;
    put_word(text, "sku", stock->sku);
    put_word(text, "location", stock->location);
    put_field(text, "quantity", stock->quantity);
    put_word(text, "inbound_id", stock->inbound_id);
    put_word(text, "to", stock->to);
    put_word(text, "order_id", stock->order_id);
    put_word(text, "line_id", stock->line_id);
    if (stock->eta != DAY_NONE) {
        put_day(text, "eta", stock->eta);
    }
    if (event->type == EVENT_STOCK_RETURNED) {
        put_text(text, stock->sellable ? " sellable" : " unsellable");
    }
}

static void put_order_event(struct rendered *text, const struct event *event)
{
    const struct order_data *order = &event->order;
    put_word(text, "order_id", order->order_id);
    put_word(text, "shipment_id", order->shipment_id);
    put_word(text, "location", order->location);
    put_word(text, "zone", order->zone);
    put_word(text, "network", order->network);
    put_word(text, "service", order->service);
    for (uint32_t i = 0; i < order->line_count && i < 12; i++) {
        const struct line_data *line = &order->lines[i];
        put_text(text, " {line ");
        put_name(text, line->line_id);
        put_word(text, "sku", line->sku);
        put_word(text, "location", line->location);
        put_field(text, "quantity", line->quantity);
        if (line->promised_by != DAY_NONE) {
            put_day(text, "promised_by", line->promised_by);
        }
        put_recipe(text, &line->bundle);
        put_text(text, "}");
    }
    if (order->line_count > 12) {
        put_field(text, "... lines", order->line_count);
    }
}

static void put_days(struct rendered *text, const char *name, const int32_t *days, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put_day(text, name, days[i]);
    }
}

static void put_location_event(struct rendered *text, const struct location_data *location)
{
    put_word(text, "location", location->location);
    put_word(text, "time_zone", location->time_zone);
    for (uint32_t i = 0; i < location->network_count; i++) {
        put_word(text, "network", location->networks[i]);
    }
    put_days(text, "closed", location->closed, location->closed_count);
    put_days(text, "open", location->open, location->open_count);
    put_field(text, "working_days", location->working_days);
    put_field(text, "safety_stock", location->safety_stock);
    put_field(text, "cutoff", location->cutoff_minute);
    put_field(text, "processing_days", location->processing_days);
    put_field(text, "priority", location->priority);
    put_text(text, (const char *const[]){ " units", " lines", " orders" }[location->capacity_unit]);
    put_field(text, "per_day", location->capacity_per_day);
    for (uint32_t i = 0; i < location->override_count; i++) {
        put_day(text, "on", location->overrides[i].day);
        put_field(text, "planned", location->overrides[i].count);
    }
    put_text(text, location->pickup ? " pickup" : "");
    put_text(text, location->enabled ? "" : " off");
    put_text(text, location->shipments_deduct_stock ? "" : " shipments_deduct_stock=false");
}

static void put_item_event(struct rendered *text, const struct item_data *item)
{
    put_word(text, "sku", item->sku);
    put_field(text, "safety_stock", item->safety_stock);
    for (uint32_t i = 0; i < item->safety_stock_at_count; i++) {
        put_word(text, "at", item->safety_stock_at[i].location);
        put_field(text, "safety", item->safety_stock_at[i].quantity);
    }
    put_field(text, "low_stock", item->low_stock);
    put_field(text, "workload", item->workload);
    put_day(text, "preorder_from", item->preorder_from);
    put_recipe(text, &item->bundle);
    put_text(text, item->discontinued ? " discontinued" : "");
    if (item->made_to_order) {
        put_field(text, "made_to_order", item->lead_days);
    }
    for (uint32_t i = 0; i < item->maker_count; i++) {
        put_word(text, "maker", item->makers[i]);
    }
}

static void put_lane_event(struct rendered *text, const struct lane_data *lane)
{
    put_word(text, "lane", lane->location);
    put_word(text, "zone", lane->zone);
    put_word(text, "service", lane->service);
    put_field(text, "min", lane->transit_days_min);
    put_field(text, "max", lane->transit_days_max);
    put_field(text, "transit_weekdays", lane->transit_weekdays);
    put_field(text, "delivery_weekdays", lane->delivery_weekdays);
    put_days(text, "closed", lane->closed, lane->closed_count);
    put_field(text, "cost", lane->cost);
}

static void put_event(struct rendered *text, const struct event *event)
{
    put_text(text, EVENT_TYPES[event->type].name);
    if (event->type == EVENT_UNKNOWN) {
        return;
    }
    if (event->type >= EVENT_LOCATION) {
        put_text(text, event->removed ? " removed" : "");
    } else {
        put_time(text, "time", event->time_ns);
        put_word(text, "source", event->source);
        put_word(text, "id", event->id);
    }
    if (event->type == EVENT_LOCATION) {
        put_location_event(text, &event->location);
    } else if (event->type == EVENT_LANE) {
        put_lane_event(text, &event->lane);
    } else if (event->type == EVENT_ITEM) {
        put_item_event(text, &event->item);
    } else if (event->type <= EVENT_INBOUND_EXPECTED) {
        put_stock_event(text, event);
    } else {
        put_order_event(text, event);
    }
}

void render_step(struct rendered *text, const struct step *step)
{
    static const char *const KINDS[] = { "", "undecodable record", "skipped record", "tick" };
    put_text(text, step->joins ? "+" : "|");
    put_field(text, "now", step->now_ms);
    if (step->kind != STEP_TICK) {
        put_text(text, " ");
        put_text(text, TOPICS[step->topic].name);
        put_field(text, "partition", step->partition);
        put_field(text, "timestamp", step->timestamp_ms);
    }
    put_text(text, " ");
    put_text(text, KINDS[step->kind]);
    if (step->kind == STEP_EVENT) {
        put_event(text, step->event);
    }
    if (step->zone) {
        put_word(text, "with rules of", step->zone->name);
    }
    if (step->reviews) {
        put_text(text, " (review)");
    }
    if (step->publishes) {
        put_text(text, " (all published)");
    }
}
