/* SPDX-License-Identifier: Apache-2.0 */
#include "core/event.h"

#include <stdarg.h>

#include "base/hash.h"
#include "base/text_format.h"

const struct event_type_facts EVENT_TYPES[EVENT_TYPE_COUNT] = {
    [EVENT_STOCK_RECEIVED] = { "stock.received", TOPIC_STOCK },
    [EVENT_STOCK_ADJUSTED] = { "stock.adjusted", TOPIC_STOCK },
    [EVENT_STOCK_COUNTED] = { "stock.counted", TOPIC_STOCK },
    [EVENT_STOCK_HELD] = { "stock.held", TOPIC_STOCK },
    [EVENT_STOCK_RELEASED] = { "stock.released", TOPIC_STOCK },
    [EVENT_STOCK_RETURNED] = { "stock.returned", TOPIC_STOCK },
    [EVENT_STOCK_TRANSFERRED] = { "stock.transferred", TOPIC_STOCK },
    [EVENT_INBOUND_EXPECTED] = { "inbound.expected", TOPIC_STOCK },
    [EVENT_ORDER_PLACED] = { "order.placed", TOPIC_ORDERS },
    [EVENT_ORDER_AMENDED] = { "order.amended", TOPIC_ORDERS },
    [EVENT_ORDER_CANCELLED] = { "order.cancelled", TOPIC_ORDERS },
    [EVENT_ORDER_ASSIGNED] = { "order.assigned", TOPIC_ORDERS },
    [EVENT_SHIPMENT_SHIPPED] = { "shipment.shipped", TOPIC_SHIPMENTS },
    [EVENT_SHIPMENT_VOIDED] = { "shipment.voided", TOPIC_SHIPMENTS },
    [EVENT_SHIPMENT_SHORTED] = { "shipment.shorted", TOPIC_SHIPMENTS },
    [EVENT_SHIPMENT_DELIVERED] = { "shipment.delivered", TOPIC_SHIPMENTS },
    [EVENT_LOCATION] = { "reference", TOPIC_LOCATIONS },
    [EVENT_LANE] = { "reference", TOPIC_LANES },
    [EVENT_ITEM] = { "reference", TOPIC_CATALOG },
    [EVENT_UNKNOWN] = { "unknown", TOPIC_UNKNOWN },
};

const char *const REFUSAL_NAMES[REFUSAL_COUNT] = {
    [REFUSAL_NONE] = "",
    [REFUSAL_MALFORMED] = "malformed",
    [REFUSAL_MISSING] = "missing",
    [REFUSAL_BAD_KEY] = "bad_key",
    [REFUSAL_BAD_QUANTITY] = "bad_quantity",
    [REFUSAL_BAD_TIME] = "bad_time",
    [REFUSAL_BAD_VALUE] = "bad_value",
    [REFUSAL_WRONG_TOPIC] = "wrong_topic",
    [REFUSAL_CONFLICT] = "conflict",
    [REFUSAL_TOO_LATE] = "too_late",
};

void refusal_set(struct refusal_reason *reason, enum refusal refusal, const char *format, ...)
{
    CHECK(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    reason->refusal = refusal;
    va_list arguments;
    va_start(arguments, format);
    text_format(reason->detail, sizeof reason->detail, format, arguments);
    va_end(arguments);
}

/* ------------------------------------------------------------------ defaults */

struct location_data location_defaults(struct bytes location)
{
    static const struct bytes networks[] = { { (const uint8_t *)"default", 7 } };
    return (struct location_data){
        .location = location,
        .time_zone = BYTES_LITERAL("UTC"),
        .networks = networks,
        .network_count = 1,
        .capacity_per_day = CAPACITY_UNLIMITED,
        .priority = 100,
        .cutoff_minute = 15 * 60,
        .opens_minute = 9 * 60,
        .pickup_minutes = 120,
        .capacity_unit = CAPACITY_UNITS,
        .working_days = WEEKDAYS_MONDAY_TO_FRIDAY,
        .enabled = true,
        .shipments_deduct_stock = true,
    };
}

struct item_data item_defaults(struct bytes sku)
{
    return (struct item_data){
        .sku = sku,
        .safety_stock = -1,
        .low_stock = 5,
        .workload = 1,
        .preorder_from = DAY_NONE,
    };
}

/* ------------------------------------------------------------------ content (R4) */

/*
 * The content is written field by field in a fixed order: numbers as 8 bytes, the lowest first,
 * texts behind their length + 1, absent ones as 0. So different contents are different bytes, on
 * every machine. A full room is folded into the hash, which seeds what follows.
 */
struct content {
    uint64_t hash;
    size_t count;
    uint8_t room[512];
};

static void content_fold(struct content *content)
{
    content->hash = hash_bytes(bytes_of(content->room, content->count), content->hash);
    content->count = 0;
}

static void content_number(struct content *content, int64_t number)
{
    const uint64_t bits = (uint64_t)number;
    const uint8_t bytes[8] = {
        (uint8_t)bits,         (uint8_t)(bits >> 8),  (uint8_t)(bits >> 16), (uint8_t)(bits >> 24),
        (uint8_t)(bits >> 32), (uint8_t)(bits >> 40), (uint8_t)(bits >> 48), (uint8_t)(bits >> 56),
    };
    if (sizeof content->room - content->count < sizeof bytes) {
        content_fold(content);
    }
    memcpy(content->room + content->count, bytes, sizeof bytes);
    content->count += sizeof bytes;
}

static void content_text(struct content *content, struct bytes text)
{
    content_number(content, text.data ? (int64_t)text.count + 1 : 0);
    if (text.count > sizeof content->room - content->count) {
        content_fold(content);
    }
    if (text.count > sizeof content->room) {
        content->hash = hash_bytes(text, content->hash);
    } else if (text.count > 0) {
        memcpy(content->room + content->count, text.data, text.count);
        content->count += text.count;
    }
}

static void content_stock(struct content *content, const struct stock_data *stock)
{
    content_text(content, stock->sku);
    content_text(content, stock->location);
    content_number(content, stock->quantity);
    content_text(content, stock->inbound_id);
    content_text(content, stock->to);
    content_text(content, stock->order_id);
    content_text(content, stock->line_id);
    content_text(content, stock->reason);
    content_number(content, stock->eta);
    content_number(content, stock->sellable);
}

static void content_line(struct content *content, const struct line_data *line)
{
    content_text(content, line->line_id);
    content_text(content, line->sku);
    content_text(content, line->location);
    content_number(content, line->quantity);
    content_number(content, line->promised_by);
    content_number(content, line->bundle.count);
    for (uint32_t i = 0; i < line->bundle.count; i++) {
        content_text(content, line->bundle.parts[i].sku);
        content_number(content, line->bundle.parts[i].quantity);
    }
}

static void content_order(struct content *content, const struct order_data *order)
{
    content_text(content, order->order_id);
    content_text(content, order->shipment_id);
    content_text(content, order->location);
    content_text(content, order->zone);
    content_text(content, order->network);
    content_text(content, order->service);
    content_text(content, order->carrier);
    content_number(content, order->line_count);
    for (uint32_t i = 0; i < order->line_count; i++) {
        content_line(content, &order->lines[i]);
    }
}

uint64_t event_content_hash(const struct event *event)
{
    CHECK(event->type < EVENT_LOCATION);
    struct content content;
    content.hash = 0;
    content.count = 0;
    content_number(&content, event->type);
    content_number(&content, event->time_ns);
    if (EVENT_TYPES[event->type].topic == TOPIC_STOCK) {
        content_stock(&content, &event->stock);
    } else {
        content_order(&content, &event->order);
    }
    content_fold(&content);
    return content.hash;
}

struct bytes event_key(const struct event *event)
{
    CHECK(event->type < EVENT_LOCATION || event->type == EVENT_UNKNOWN);
    if (event->type == EVENT_UNKNOWN) {
        return bytes_of("", 0);
    }
    return EVENT_TYPES[event->type].topic == TOPIC_STOCK ? event->stock.sku
                                                         : event->order.order_id;
}
