/* SPDX-License-Identifier: Apache-2.0 */
#include "event_tables.h"

#include "base/quantity.h"
#include "core/document.h"
#include "wire/text_rules.h"

/* Keyed maps (`overrides`, `safety_stock_at`) become arrays of a key and a number. */

/* ------------------------------------------------------------------ locations */

static bool judge_unit(struct field_check *check, const struct field *field,
                       const struct value *value, void *out)
{
    struct location_data *location = out;
    for (uint32_t unit = CAPACITY_UNITS; unit <= CAPACITY_ORDERS; unit++) {
        if (value_is_text(value, bytes_text(CAPACITY_UNIT_NAMES[unit]))) {
            location->capacity_unit = (enum capacity_unit)unit;
            return true;
        }
    }
    return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not units, lines or orders");
}

/* By day. No day stands there twice: the names of a map differ, and a day has one name. */
static void sort_overrides(struct day_capacity *overrides, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct day_capacity override = overrides[i];
        uint32_t at = i;
        for (; at > 0 && overrides[at - 1].day > override.day; at--) {
            overrides[at] = overrides[at - 1];
        }
        overrides[at] = override;
    }
}

static bool judge_overrides(struct field_check *check, const struct field *field,
                            const struct value *value, void *out)
{
    if (value->kind != VALUE_MAP) {
        return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not a map");
    }
    struct day_capacity *overrides =
        field_elements(check, field, value->count, sizeof *overrides);
    if (!overrides) {
        return false;
    }
    for (uint32_t i = 0; i < value->count; i++) {
        const struct value_member *member = &value->members[i];
        if (!text_rules_date(member->name, &overrides[i].day)) {
            return field_refuse(check, REFUSAL_BAD_VALUE, field->name,
                                "has a name that is not a date (YYYY-MM-DD)");
        }
        if (!field_whole(check, field->name, &member->value, REFUSAL_BAD_VALUE, 0, QUANTITY_MAX,
                         &overrides[i].count)) {
            return false;
        }
    }
    sort_overrides(overrides, value->count);
    struct location_data *location = out;
    location->overrides = overrides;
    location->override_count = value->count;
    return true;
}

#define LOCATION_DAYS(text, member)                                                                \
    {                                                                                              \
        .name = text, .name_bytes = sizeof(text) - 1, .judge = field_dates,                        \
        .offset = offsetof(struct location_data, member),                                          \
        .count_offset = offsetof(struct location_data, member##_count),                            \
        .count_max = CALENDAR_DAYS_MAX                                                             \
    }
#define INNER(text, needed, judgement, list)                                                       \
    {                                                                                              \
        .name = text, .name_bytes = sizeof(text) - 1, .required = needed, .judge = judgement,      \
        .inner = FIELD_LIST(list)                                                                  \
    }

static const struct field calendar[] = {
    OPTIONAL("working_days", field_weekdays, struct location_data, working_days),
    OPTIONAL("cutoff", field_minute, struct location_data, cutoff_minute),
    OPTIONAL("opens", field_minute, struct location_data, opens_minute),
    LOCATION_DAYS("closed", closed),
    LOCATION_DAYS("open", open),
};
static const struct field capacity[] = {
    OPTIONAL("unit", judge_unit, struct location_data, capacity_unit),
    OPTIONAL("per_day", field_number, struct location_data, capacity_per_day),
    { .name = "overrides", .name_bytes = 9, .judge = judge_overrides,
      .count_max = CALENDAR_DAYS_MAX },
};
static const struct field location_fields[] = {
    FIELD("location", field_key, struct location_data, location),
    OPTIONAL("time_zone", field_zone_name, struct location_data, time_zone),
    { .name = "kind", .name_bytes = 4, .judge = field_ignored_text },
    { .name = "networks", .name_bytes = 8, .judge = field_keys,
      .offset = offsetof(struct location_data, networks),
      .count_offset = offsetof(struct location_data, network_count),
      .count_max = NETWORKS_PER_LOCATION_MAX },
    OPTIONAL("enabled", field_flag, struct location_data, enabled),
    OPTIONAL("pickup", field_flag, struct location_data, pickup),
    INNER("calendar", false, field_map, calendar),
    OPTIONAL("processing_days", field_span, struct location_data, processing_days),
    INNER("capacity", false, field_map, capacity),
    OPTIONAL("safety_stock", field_natural, struct location_data, safety_stock),
    OPTIONAL("pickup_minutes", field_span, struct location_data, pickup_minutes),
    OPTIONAL("shipments_deduct_stock", field_flag, struct location_data, shipments_deduct_stock),
    OPTIONAL("priority", field_number, struct location_data, priority),
};

/* ------------------------------------------------------------------ lanes */

static const struct field transit_days[] = {
    FIELD("min", field_span, struct lane_data, transit_days_min),
    FIELD("max", field_span, struct lane_data, transit_days_max),
};

static bool judge_transit_days(struct field_check *check, const struct field *field,
                               const struct value *value, void *out)
{
    const struct lane_data *lane = out;
    return field_map(check, field, value, out) &&
           (lane->transit_days_min <= lane->transit_days_max ||
            field_refuse(check, REFUSAL_BAD_VALUE, field->name, "has a min above its max"));
}

static const struct field lane_fields[] = {
    FIELD("location", field_key, struct lane_data, location),
    FIELD("zone", field_key, struct lane_data, zone),
    FIELD("service", field_key, struct lane_data, service),
    INNER("transit_days", true, judge_transit_days, transit_days),
    OPTIONAL("transit_weekdays", field_weekdays, struct lane_data, transit_weekdays),
    OPTIONAL("delivery_weekdays", field_weekdays, struct lane_data, delivery_weekdays),
    { .name = "closed", .name_bytes = 6, .judge = field_dates,
      .offset = offsetof(struct lane_data, closed),
      .count_offset = offsetof(struct lane_data, closed_count),
      .count_max = CALENDAR_DAYS_MAX },
    OPTIONAL("cost", field_number, struct lane_data, cost),
};

/* ------------------------------------------------------------------ items */

static bool judge_safety_stock_at(struct field_check *check, const struct field *field,
                                  const struct value *value, void *out)
{
    if (value->kind != VALUE_MAP) {
        return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not a map");
    }
    struct location_quantity *stocks = field_elements(check, field, value->count, sizeof *stocks);
    if (!stocks) {
        return false;
    }
    for (uint32_t i = 0; i < value->count; i++) {
        const struct value_member *member = &value->members[i];
        stocks[i].location = member->name;
        if (!field_identifier(check, field->name, member->name) ||
            !field_whole(check, field->name, &member->value, REFUSAL_BAD_QUANTITY, 0, QUANTITY_MAX,
                         &stocks[i].quantity)) {
            return false;
        }
    }
    struct item_data *item = out;
    item->safety_stock_at = stocks;
    item->safety_stock_at_count = value->count;
    return true;
}

static const struct field made_to_order[] = {
    FIELD("lead_days", field_span, struct item_data, lead_days),
    { .name = "locations", .name_bytes = 9, .judge = field_keys,
      .offset = offsetof(struct item_data, makers),
      .count_offset = offsetof(struct item_data, maker_count),
      .count_max = LOCATIONS_PER_ITEM_MAX },
};

/* A list of makers that is empty says that nobody makes it: left out, all would. */
static bool judge_made_to_order(struct field_check *check, const struct field *field,
                                const struct value *value, void *out)
{
    struct item_data *item = out;
    if (!field_map(check, field, value, out)) {
        return false;
    }
    item->made_to_order = !(item->makers && item->maker_count == 0);
    return true;
}

static const struct field item_fields[] = {
    FIELD("sku", field_key, struct item_data, sku),
    OPTIONAL("safety_stock", field_natural, struct item_data, safety_stock),
    { .name = "safety_stock_at", .name_bytes = 15, .judge = judge_safety_stock_at,
      .count_max = LOCATIONS_PER_ITEM_MAX },
    OPTIONAL("low_stock", field_natural, struct item_data, low_stock),
    OPTIONAL("workload", field_factor, struct item_data, workload),
    INNER("made_to_order", false, judge_made_to_order, made_to_order),
    OPTIONAL("preorder_from", field_date, struct item_data, preorder_from),
    OPTIONAL("bundle", field_recipe, struct item_data, bundle),
    OPTIONAL("discontinued", field_flag, struct item_data, discontinued),
};

/* ------------------------------------------------------------------ records and their keys */

static const struct field_list location_list = FIELD_LIST(location_fields);
static const struct field_list lane_list = FIELD_LIST(lane_fields);
static const struct field_list item_list = FIELD_LIST(item_fields);

static bool judge_document(struct field_check *check, const struct value *document,
                           struct event *event)
{
    const struct bytes unnamed = bytes_of(NULL, 0);
    switch (event->type) {
    case EVENT_LOCATION:
        event->location = location_defaults(unnamed);
        return fields_judge(check, &location_list, NULL, document, &event->location);
    case EVENT_LANE:
        event->lane = (struct lane_data){ .transit_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY,
                                          .delivery_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY };
        return fields_judge(check, &lane_list, NULL, document, &event->lane);
    default:
        CHECK(event->type == EVENT_ITEM);
        event->item = item_defaults(unnamed);
        return fields_judge(check, &item_list, NULL, document, &event->item);
    }
}

static void put_key(const struct event *event, struct buffer *out)
{
    switch (event->type) {
    case EVENT_LOCATION:
        buffer_put_bytes(out, event->location.location);
        break;
    case EVENT_LANE:
        buffer_put_bytes(out, event->lane.location);
        buffer_put_byte(out, '|');
        buffer_put_bytes(out, event->lane.zone);
        buffer_put_byte(out, '|');
        buffer_put_bytes(out, event->lane.service);
        break;
    default:
        buffer_put_bytes(out, event->item.sku);
        break;
    }
}

bool reference_tables_judge(struct field_check *check, struct bytes key,
                            const struct value *document, struct event *event)
{
    if (!judge_document(check, document, event)) {
        return false;
    }
    uint8_t room[RECORD_KEY_BYTES_MAX];
    struct buffer own = buffer_of(room, sizeof room);
    put_key(event, &own);
    CHECK(!own.overflowed);
    return bytes_equal(key, buffer_bytes(&own)) ||
           field_refuse(check, REFUSAL_BAD_KEY, "the record's key",
                        "is not the one that its value says");
}

/* What lies before the next `|`, which is taken, too. */
static struct bytes take_part(struct bytes *key)
{
    size_t count = 0;
    while (count < key->count && key->data[count] != '|') {
        count++;
    }
    const struct bytes part = bytes_of(key->data, count);
    const size_t passed = count < key->count ? count + 1 : count;
    *key = bytes_of(key->data + passed, key->count - passed);
    return part;
}

static bool judge_lane_key(struct field_check *check, struct bytes key, struct lane_data *lane)
{
    lane->location = take_part(&key);
    lane->zone = take_part(&key);
    lane->service = key;
    return field_identifier(check, "location in the record's key", lane->location) &&
           field_identifier(check, "zone in the record's key", lane->zone) &&
           field_identifier(check, "service in the record's key", lane->service);
}

bool reference_tables_remove(struct field_check *check, struct bytes key, struct event *event)
{
    if (!key.data || !text_rules_utf8(key)) {
        return field_refuse(check, REFUSAL_BAD_KEY, "the record's key", "is not text");
    }
    event->removed = true;
    switch (event->type) {
    case EVENT_LOCATION:
        event->location = (struct location_data){ .location = key };
        return field_identifier(check, "the record's key", key);
    case EVENT_LANE:
        event->lane = (struct lane_data){ .cost = 0 };
        return judge_lane_key(check, key, &event->lane);
    default:
        CHECK(event->type == EVENT_ITEM);
        event->item = (struct item_data){ .sku = key };
        return field_identifier(check, "the record's key", key);
    }
}
