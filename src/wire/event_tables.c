/* SPDX-License-Identifier: Apache-2.0 */
#include "event_tables.h"

#include "wire/distinct.h"

/* ------------------------------------------------------------------ stock (2.1) */

#define SKU FIELD("sku", field_key, struct stock_data, sku)
#define LOCATION FIELD("location", field_key, struct stock_data, location)
#define QUANTITY(judgement) FIELD("quantity", judgement, struct stock_data, quantity)
#define REASON OPTIONAL("reason", field_text, struct stock_data, reason)
#define ETA OPTIONAL("eta", field_date, struct stock_data, eta)

static const struct field received[] = {
    SKU, LOCATION, QUANTITY(field_positive),
    OPTIONAL("inbound_id", field_key, struct stock_data, inbound_id),
};
static const struct field adjusted[] = { SKU, LOCATION, QUANTITY(field_nonzero), REASON };
static const struct field counted[] = { SKU, LOCATION, QUANTITY(field_natural) };
static const struct field held[] = { SKU, LOCATION, QUANTITY(field_positive), REASON };
static const struct field returned[] = {
    SKU, LOCATION, QUANTITY(field_positive),
    OPTIONAL("sellable", field_flag, struct stock_data, sellable),
    OPTIONAL("order_id", field_key, struct stock_data, order_id),
    OPTIONAL("line_id", field_key, struct stock_data, line_id),
};
static const struct field transferred[] = {
    SKU, LOCATION, QUANTITY(field_positive),
    FIELD("to", field_key, struct stock_data, to),
    FIELD("transfer_id", field_key, struct stock_data, inbound_id),
    ETA,
};
static const struct field expected[] = {
    SKU, LOCATION, FIELD("inbound_id", field_key, struct stock_data, inbound_id),
    QUANTITY(field_natural), ETA,
};

/* ------------------------------------------------------------------ lines */

#define LINE_ID FIELD("line_id", field_key, struct line_data, line_id)
#define LINE_SKU FIELD("sku", field_key, struct line_data, sku)
#define LINE_QUANTITY(judgement) FIELD("quantity", judgement, struct line_data, quantity)

static const struct field placed_line[] = {
    LINE_ID, LINE_SKU, LINE_QUANTITY(field_positive),
    OPTIONAL("location", field_key, struct line_data, location),
    OPTIONAL("promised_by", field_date, struct line_data, promised_by),
    OPTIONAL("bundle", field_recipe, struct line_data, bundle),
};
static const struct field amended_line[] = { LINE_ID, LINE_QUANTITY(field_natural) };
static const struct field cancelled_line[] = { LINE_ID, LINE_QUANTITY(field_positive) };
static const struct field assigned_line[] = {
    LINE_ID, FIELD("location", field_key, struct line_data, location),
};
static const struct field goods_line[] = { LINE_ID, LINE_SKU, LINE_QUANTITY(field_positive) };

/* A date is absent until it is given; zero would be a date. */
static const struct line_data line_before = { .promised_by = DAY_NONE };

static bool judge_lines(struct field_check *check, const struct field *field,
                        const struct value *value, void *out)
{
    if (!field_maps(check, field, value, out)) {
        return false;
    }
    const struct order_data *order = out;
    const struct line_data *lines = order->lines;
    return distinct_texts(&lines->line_id, sizeof *lines, order->line_count, check->memory) ||
           field_refuse(check, REFUSAL_BAD_VALUE, field->name, "names a line_id twice");
}

#define LINES(needed, judgement, list)                                                             \
    {                                                                                              \
        .name = "lines", .name_bytes = 5, .required = needed, .judge = judgement,                  \
        .offset = offsetof(struct order_data, lines),                                              \
        .count_offset = offsetof(struct order_data, line_count),                                   \
        .element_before = &line_before, .element_bytes = sizeof(struct line_data),                 \
        .count_max = ORDER_LINES_MAX, .inner = FIELD_LIST(list)                                    \
    }

/* ------------------------------------------------------------------ orders (2.2) */

#define ORDER_ID FIELD("order_id", field_key, struct order_data, order_id)

static const struct field placed[] = {
    ORDER_ID,
    FIELD("zone", field_key, struct order_data, zone),
    LINES(true, judge_lines, placed_line),
    OPTIONAL("network", field_key, struct order_data, network),
    OPTIONAL("service", field_key, struct order_data, service),
};
static const struct field amended[] = { ORDER_ID, LINES(true, judge_lines, amended_line) };
static const struct field cancelled[] = { ORDER_ID, LINES(false, judge_lines, cancelled_line) };
static const struct field assigned[] = { ORDER_ID, LINES(true, judge_lines, assigned_line) };

/* ------------------------------------------------------------------ shipments (2.3) */

#define SHIPMENT_ID FIELD("shipment_id", field_key, struct order_data, shipment_id)
#define GOODS_FROM FIELD("location", field_key, struct order_data, location)

/* Entries of one line add up, so a line_id may stand there twice. */
static const struct field shipped[] = {
    ORDER_ID, SHIPMENT_ID, GOODS_FROM, LINES(true, field_maps, goods_line),
    OPTIONAL("carrier", field_text, struct order_data, carrier),
};
static const struct field shorted[] = {
    ORDER_ID, SHIPMENT_ID, GOODS_FROM, LINES(true, field_maps, goods_line),
};
static const struct field shipment_only[] = { ORDER_ID, SHIPMENT_ID };

/* ------------------------------------------------------------------ all */

static const struct field_list lists[EVENT_LOCATION] = {
    [EVENT_STOCK_RECEIVED] = FIELD_LIST(received),
    [EVENT_STOCK_ADJUSTED] = FIELD_LIST(adjusted),
    [EVENT_STOCK_COUNTED] = FIELD_LIST(counted),
    [EVENT_STOCK_HELD] = FIELD_LIST(held),
    [EVENT_STOCK_RELEASED] = FIELD_LIST(held),
    [EVENT_STOCK_RETURNED] = FIELD_LIST(returned),
    [EVENT_STOCK_TRANSFERRED] = FIELD_LIST(transferred),
    [EVENT_INBOUND_EXPECTED] = FIELD_LIST(expected),
    [EVENT_ORDER_PLACED] = FIELD_LIST(placed),
    [EVENT_ORDER_AMENDED] = FIELD_LIST(amended),
    [EVENT_ORDER_CANCELLED] = FIELD_LIST(cancelled),
    [EVENT_ORDER_ASSIGNED] = FIELD_LIST(assigned),
    [EVENT_SHIPMENT_SHIPPED] = FIELD_LIST(shipped),
    [EVENT_SHIPMENT_VOIDED] = FIELD_LIST(shipment_only),
    [EVENT_SHIPMENT_SHORTED] = FIELD_LIST(shorted),
    [EVENT_SHIPMENT_DELIVERED] = FIELD_LIST(shipment_only),
};

/* A default given equals one left out, also where a later event says which holds (2.2, R4). */
static void drop_default(struct bytes *given, struct bytes fallback)
{
    if (bytes_equal(*given, fallback)) {
        *given = bytes_of(NULL, 0);
    }
}

bool event_tables_judge(struct field_check *check, const struct field_list *beside,
                        const struct value *data, struct event *event)
{
    CHECK(event->type < EVENT_LOCATION);
    const struct field_list *list = &lists[event->type];
    if (EVENT_TYPES[event->type].topic == TOPIC_STOCK) {
        event->stock = (struct stock_data){
            .eta = DAY_NONE,
            .sellable = event->type == EVENT_STOCK_RETURNED,
        };
        return fields_judge(check, list, beside, data, &event->stock);
    }
    event->order = (struct order_data){ .line_count = 0 };
    if (!fields_judge(check, list, beside, data, &event->order)) {
        return false;
    }
    drop_default(&event->order.network, BYTES_LITERAL("default"));
    drop_default(&event->order.service, BYTES_LITERAL("standard"));
    return true;
}
