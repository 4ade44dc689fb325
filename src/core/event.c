/* SPDX-License-Identifier: Apache-2.0 */
#include "core/event.h"

#include <stdarg.h>

#include "base/hash.h"

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
