/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain_json.h"

#include "wire/date_text.h"

static void member_text(struct json_writer *writer, const char *key, struct bytes text)
{
    json_write_key(writer, key);
    json_write_bytes(writer, text);
}

static void member_integer(struct json_writer *writer, const char *key, int64_t number)
{
    json_write_key(writer, key);
    json_write_integer(writer, number);
}

static void member_bool(struct json_writer *writer, const char *key, bool value)
{
    json_write_key(writer, key);
    json_write_bool(writer, value);
}

/* UNITS_UNLIMITED: null. */
static void member_units(struct json_writer *writer, const char *key, int64_t units)
{
    json_write_key(writer, key);
    if (units == UNITS_UNLIMITED) {
        json_write_null(writer);
    } else {
        json_write_integer(writer, units);
    }
}

static void member_day(struct json_writer *writer, const char *key, int32_t day)
{
    char text[DATE_TEXT_BYTES];
    json_write_key(writer, key);
    json_write_bytes(writer, day == DAY_NONE ? bytes_of(NULL, 0) : date_text(day, text));
}

/* `none`: what stands for no instant. */
static void member_instant(struct json_writer *writer, const char *key, int64_t instant_ns,
                           bool none)
{
    char text[INSTANT_TEXT_BYTES];
    json_write_key(writer, key);
    json_write_bytes(writer, none ? bytes_of(NULL, 0) : date_text_instant(instant_ns, text));
}

void explain_json_head(struct json_writer *writer, const struct explanation *explanation)
{
    const bool timeless = explanation->valid_until_ms == INSTANT_NONE;
    member_text(writer, "sku", explanation->sku);
    member_text(writer, "network", explanation->network);
    member_integer(writer, "quantity", explanation->quantity);
    json_write_key(writer, "version");
    json_write_unsigned(writer, explanation->version);
    member_instant(writer, "now", explanation->now_ms * NS_PER_MS, false);
    member_bool(writer, "sold", explanation->sold);
    member_bool(writer, "discontinued", explanation->discontinued);
    member_day(writer, "preorder_from", explanation->preorder_from);
    member_instant(writer, "valid_until",
                   timeless ? 0 : explanation->valid_until_ms * NS_PER_MS, timeless);
}

static void write_offers(struct json_writer *writer, const struct explanation *explanation)
{
    json_write_key(writer, "offers");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < explanation->offer_count; i++) {
        const struct offer_document *offer = &explanation->offers[i];
        json_write_begin(writer, '{');
        member_units(writer, "quantity", offer->quantity);
        member_day(writer, "ship_on", offer->ship_on);
        member_day(writer, "from", offer->from);
        member_day(writer, "by", offer->by);
        member_text(writer, "location", offer->location);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}

static void write_limit(struct json_writer *writer, const struct limit_document *limit)
{
    json_write_key(writer, "limited_by");
    if (limit->constraint == CONSTRAINT_NONE) {
        json_write_null(writer);
        return;
    }
    json_write_begin(writer, '{');
    member_text(writer, "constraint", bytes_text(CONSTRAINT_NAMES[limit->constraint]));
    member_text(writer, "location", limit->location);
    json_write_key(writer, "days");
    if (limit->days == 0) {
        json_write_null(writer);
    } else {
        json_write_integer(writer, limit->days);
    }
    json_write_end(writer, '}');
}

static void write_constraints(struct json_writer *writer, const struct explanation *explanation)
{
    json_write_key(writer, "constraints");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < EXPLAIN_CONSTRAINTS; i++) {
        const struct explain_constraint *constraint = &explanation->constraints[i];
        json_write_begin(writer, '{');
        member_text(writer, "constraint", bytes_text(CONSTRAINT_NAMES[constraint->constraint]));
        member_day(writer, "by", constraint->by);
        member_integer(writer, "days", constraint->days);
        member_text(writer, "location", constraint->location);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}

static void write_inbound(struct json_writer *writer, const struct explain_location *location)
{
    json_write_key(writer, "inbound");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < location->inbound_count; i++) {
        const struct explain_inbound *inbound = &location->inbound[i];
        json_write_begin(writer, '{');
        member_text(writer, "sku", inbound->sku);
        member_text(writer, "inbound_id", inbound->inbound_id);
        member_integer(writer, "quantity", inbound->quantity);
        member_day(writer, "eta", inbound->eta);
        member_bool(writer, "overdue", inbound->overdue);
        member_day(writer, "usable_on", inbound->usable_on);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}

static void write_location(struct json_writer *writer, const struct explain_location *location)
{
    json_write_begin(writer, '{');
    member_text(writer, "location", location->location);
    member_bool(writer, "source", location->reason == SOURCE_CHOSEN);
    member_text(writer, "reason", bytes_text(SOURCE_REASON_NAMES[location->reason]));
    member_integer(writer, "units", location->units);
    member_units(writer, "units_by", location->units_by);
    member_day(writer, "first_by", location->first_by);
    member_day(writer, "alone_by", location->alone_by);
    member_integer(writer, "on_hand", location->on_hand);
    member_integer(writer, "held", location->held);
    member_integer(writer, "safety_stock", location->safety_stock);
    member_integer(writer, "allocated", location->allocated);
    member_integer(writer, "free", location->free);
    write_inbound(writer, location);
    member_day(writer, "made_on", location->made_on);
    member_day(writer, "ships_on", location->ships_on);
    member_text(writer, "unit", bytes_text(CAPACITY_UNIT_NAMES[location->unit]));
    member_units(writer, "remaining", location->remaining);
    member_day(writer, "from", location->from);
    member_day(writer, "by", location->by);
    member_integer(writer, "cost", location->cost);
    member_integer(writer, "priority", location->priority);
    json_write_end(writer, '}');
}

static void write_order(struct json_writer *writer, const struct explanation *explanation)
{
    json_write_key(writer, "order");
    if (explanation->by == DAY_NONE) {
        json_write_null(writer);
        return;
    }
    json_write_begin(writer, '{');
    member_day(writer, "ship_on", explanation->ship_on);
    member_day(writer, "by", explanation->by);
    json_write_end(writer, '}');
}

void explain_json_route(struct json_writer *writer, const struct explanation *explanation,
                        const struct bytes *zones, uint32_t zone_count)
{
    json_write_begin(writer, '{');
    json_write_key(writer, "zones");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < zone_count; i++) {
        json_write_bytes(writer, zones[i]);
    }
    json_write_end(writer, ']');
    member_text(writer, "service", explanation->service);
    write_order(writer, explanation);
    write_offers(writer, explanation);
    write_limit(writer, &explanation->limited_by);
    write_constraints(writer, explanation);
    member_integer(writer, "waiting", explanation->waiting);
    json_write_key(writer, "locations");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < explanation->location_count; i++) {
        write_location(writer, &explanation->locations[i]);
    }
    json_write_end(writer, ']');
    json_write_end(writer, '}');
}

void explain_json_events(struct json_writer *writer, const struct explanation *explanation)
{
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < explanation->event_count; i++) {
        const struct explain_event *event = &explanation->events[i];
        json_write_begin(writer, '{');
        member_text(writer, "topic", bytes_text(TOPICS[event->topic].name));
        member_integer(writer, "partition", event->partition);
        member_integer(writer, "offset", event->offset);
        member_text(writer, "type", bytes_text(EVENT_TYPES[event->type].name));
        member_instant(writer, "time", event->time, event->time == TIME_NONE);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}
