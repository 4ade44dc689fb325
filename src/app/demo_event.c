/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_event.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUANTITY_MOST INT64_C(1000000000000)
#define NS_A_MS INT64_C(1000000)
#define NS_A_SECOND INT64_C(1000000000)
#define YEAR_2000_NS (INT64_C(946684800) * NS_A_SECOND)

enum { VALUE_BYTES_MOST = 1 << 20, DEPTH_MOST = 16, KEY_BYTES_MOST = 128, LINES_MOST = 2000 };

const char *const DEMO_KIND_NAMES[DEMO_KIND_COUNT] = {
    "stock.received",    "stock.adjusted",  "stock.counted",    "stock.held",
    "stock.released",    "stock.returned",  "stock.transferred", "inbound.expected",
    "order.placed",      "order.amended",   "order.cancelled",  "order.assigned",
    "shipment.shipped",  "shipment.voided", "shipment.shorted", "shipment.delivered",
    "network.locations", "network.lanes",   "catalog.items",
};

/* ------------------------------------------------------------------ what a field must be */

enum check { KEY, NUMBER, DATE, MINUTE, TEXT, FLAG, WEEKDAY, MAP, LIST, BY_KEY, BY_DATE };

struct field {
    const char *name;
    enum check check;
    bool required;
    int64_t least;                /* of a NUMBER, and of those in BY_KEY; of a LIST: how many */
    int64_t most;
    const struct field *inner;    /* of a MAP; of a LIST, where `each` is MAP */
    enum check each;              /* of a LIST */
    const char *once;             /* of a LIST of maps: no two have the same of this */
    bool never_zero;
};

#define NAMED(field) { field, KEY, .required = true }
#define UNITS(low) { "quantity", NUMBER, .required = true, .least = (low), .most = QUANTITY_MOST }
#define COUNT(field, low) { field, NUMBER, .least = (low), .most = QUANTITY_MOST }
#define LINES(fields, need, unique)                                                                \
    { "lines", LIST, .required = (need), .least = 1, .most = LINES_MOST, .inner = (fields),        \
      .each = MAP, .once = (unique) }
#define RECIPE                                                                                     \
    { "bundle", LIST, .least = 1, .most = 1000000, .inner = PART, .each = MAP, .once = "sku" }
#define END { NULL, KEY, .required = false }

static const struct field PART[] = { NAMED("sku"), UNITS(1), END };
static const struct field PLACED_LINE[] = { NAMED("line_id"), NAMED("sku"), UNITS(1),
                                            { "location", KEY, .required = false },
                                            { "promised_by", DATE, .required = false }, RECIPE,
                                            END };
static const struct field AMENDED_LINE[] = { NAMED("line_id"), UNITS(0), END };
static const struct field CANCELLED_LINE[] = { NAMED("line_id"), UNITS(1), END };
static const struct field ASSIGNED_LINE[] = { NAMED("line_id"), NAMED("location"), END };
static const struct field PARCEL_LINE[] = { NAMED("line_id"), NAMED("sku"), UNITS(1), END };

static const struct field MOVED[] = { NAMED("sku"), NAMED("location"), UNITS(1),
                                      { "reason", TEXT, .required = false }, END };
static const struct field RECEIVED[] = { NAMED("sku"), NAMED("location"), UNITS(1),
                                         { "inbound_id", KEY, .required = false }, END };
static const struct field ADJUSTED[] = {
    NAMED("sku"), NAMED("location"),
    { "quantity", NUMBER, .required = true, .least = -QUANTITY_MOST, .most = QUANTITY_MOST,
      .never_zero = true },
    { "reason", TEXT, .required = false }, END };
static const struct field COUNTED[] = { NAMED("sku"), NAMED("location"), UNITS(0), END };
static const struct field RETURNED[] = { NAMED("sku"), NAMED("location"), UNITS(1),
                                         { "sellable", FLAG, .required = false },
                                         { "order_id", KEY, .required = false },
                                         { "line_id", KEY, .required = false }, END };
static const struct field TRANSFERRED[] = { NAMED("sku"), NAMED("location"), UNITS(1),
                                            NAMED("to"), NAMED("transfer_id"),
                                            { "eta", DATE, .required = false }, END };
static const struct field EXPECTED[] = { NAMED("sku"), NAMED("location"), NAMED("inbound_id"),
                                         UNITS(0), { "eta", DATE, .required = false }, END };
static const struct field PLACED[] = { NAMED("order_id"), NAMED("zone"),
                                       LINES(PLACED_LINE, true, "line_id"),
                                       { "network", KEY, .required = false },
                                       { "service", KEY, .required = false }, END };
static const struct field AMENDED[] = { NAMED("order_id"), LINES(AMENDED_LINE, true, "line_id"),
                                        END };
static const struct field CANCELLED[] = { NAMED("order_id"),
                                          LINES(CANCELLED_LINE, false, "line_id"), END };
static const struct field ASSIGNED[] = { NAMED("order_id"), LINES(ASSIGNED_LINE, true, "line_id"),
                                         END };
static const struct field PARCEL[] = { NAMED("order_id"), NAMED("shipment_id"), NAMED("location"),
                                       LINES(PARCEL_LINE, true, NULL),
                                       { "carrier", TEXT, .required = false }, END };
static const struct field PARCEL_NAME[] = { NAMED("order_id"), NAMED("shipment_id"), END };

static const struct field CALENDAR[] = {
    { "working_days", LIST, .most = 1000000, .each = WEEKDAY },
    { "cutoff", MINUTE, .required = false },
    { "opens", MINUTE, .required = false },
    { "closed", LIST, .most = 1000000, .each = DATE },
    { "open", LIST, .most = 1000000, .each = DATE },
    END };
static const struct field CAPACITY[] = { { "unit", TEXT, .required = false }, COUNT("per_day", 0),
                                         { "overrides", BY_DATE, .most = QUANTITY_MOST }, END };
static const struct field LOCATION[] = {
    NAMED("location"), { "time_zone", TEXT, .required = false },
    { "kind", TEXT, .required = false }, { "networks", LIST, .most = 1000000, .each = KEY },
    { "enabled", FLAG, .required = false }, { "pickup", FLAG, .required = false },
    { "calendar", MAP, .inner = CALENDAR }, COUNT("processing_days", 0),
    { "capacity", MAP, .inner = CAPACITY }, COUNT("safety_stock", 0), COUNT("pickup_minutes", 0),
    { "shipments_deduct_stock", FLAG, .required = false }, COUNT("priority", 0), END };
static const struct field TRANSIT[] = {
    { "min", NUMBER, .required = true, .most = QUANTITY_MOST },
    { "max", NUMBER, .required = true, .most = QUANTITY_MOST }, END };
static const struct field LANE[] = {
    NAMED("location"), NAMED("zone"), NAMED("service"),
    { "transit_days", MAP, .required = true, .inner = TRANSIT },
    { "transit_weekdays", LIST, .most = 1000000, .each = WEEKDAY },
    { "delivery_weekdays", LIST, .most = 1000000, .each = WEEKDAY },
    { "closed", LIST, .most = 1000000, .each = DATE }, COUNT("cost", 0), END };
static const struct field MADE_TO_ORDER[] = {
    { "lead_days", NUMBER, .required = true, .most = QUANTITY_MOST },
    { "locations", LIST, .most = 1000000, .each = KEY }, END };
static const struct field ITEM[] = {
    NAMED("sku"), COUNT("safety_stock", 0), { "safety_stock_at", BY_KEY, .most = QUANTITY_MOST },
    COUNT("low_stock", 0), COUNT("workload", 1),
    { "made_to_order", MAP, .inner = MADE_TO_ORDER }, { "preorder_from", DATE, .required = false },
    RECIPE, { "discontinued", FLAG, .required = false }, END };

static const struct {
    enum topic topic;
    const struct field *fields;
} KINDS[DEMO_KIND_COUNT] = {
    [DEMO_RECEIVED] = { TOPIC_STOCK, RECEIVED },
    [DEMO_ADJUSTED] = { TOPIC_STOCK, ADJUSTED },
    [DEMO_COUNTED] = { TOPIC_STOCK, COUNTED },
    [DEMO_HELD] = { TOPIC_STOCK, MOVED },
    [DEMO_RELEASED] = { TOPIC_STOCK, MOVED },
    [DEMO_RETURNED] = { TOPIC_STOCK, RETURNED },
    [DEMO_TRANSFERRED] = { TOPIC_STOCK, TRANSFERRED },
    [DEMO_EXPECTED] = { TOPIC_STOCK, EXPECTED },
    [DEMO_PLACED] = { TOPIC_ORDERS, PLACED },
    [DEMO_AMENDED] = { TOPIC_ORDERS, AMENDED },
    [DEMO_CANCELLED] = { TOPIC_ORDERS, CANCELLED },
    [DEMO_ASSIGNED] = { TOPIC_ORDERS, ASSIGNED },
    [DEMO_SHIPPED] = { TOPIC_SHIPMENTS, PARCEL },
    [DEMO_VOIDED] = { TOPIC_SHIPMENTS, PARCEL_NAME },
    [DEMO_SHORTED] = { TOPIC_SHIPMENTS, PARCEL },
    [DEMO_DELIVERED] = { TOPIC_SHIPMENTS, PARCEL_NAME },
    [DEMO_LOCATION] = { TOPIC_LOCATIONS, LOCATION },
    [DEMO_LANE] = { TOPIC_LANES, LANE },
    [DEMO_ITEM] = { TOPIC_CATALOG, ITEM },
};

/* ------------------------------------------------------------------ values */

/* Days since 1970-01-01 of a civil date, by counting years from March (proleptic Gregorian). */
static int64_t day_number(int64_t year, int64_t month, int64_t day)
{
    const int64_t march_year = month > 2 ? year : year - 1;
    const int64_t march_month = month > 2 ? month - 3 : month + 9;
    return 365 * march_year + march_year / 4 - march_year / 100 + march_year / 400 +
           (153 * march_month + 2) / 5 + day - 1 - 719468;
}

static bool civil_exists(int year, int month, int day)
{
    static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= DAYS[month - 1] + (leap && month == 2);
}

/* `pattern` has 9 for a digit; any other character stands for itself. */
static bool looks_like(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; text++, pattern++) {
        if (*pattern == '9' ? !isdigit((unsigned char)*text) : *text != *pattern) {
            return false;
        }
    }
    return true;
}

static int digits(const char *text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

static bool is_date(const char *text)
{
    return looks_like(text, "9999-99-99") && text[10] == '\0' &&
           civil_exists(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2));
}

int32_t demo_day_of(const char *date)
{
    return date ? (int32_t)day_number(digits(date, 4), digits(date + 5, 2), digits(date + 8, 2))
                : INT32_MIN;
}

void demo_day_text(int32_t day, char out_text[16])
{
    int year = 1970 + day / 366;
    while (day_number(year + 1, 1, 1) <= day) {
        year++;
    }
    int month = 12;
    while (day_number(year, month, 1) > day) {
        month--;
    }
    (void)snprintf(out_text, 16, "%04d-%02d-%02d", year % 10000, month % 100,
                   (int)(day - day_number(year, month, 1) + 1) % 100);
}

static bool is_key(const char *text)
{
    const size_t count = strlen(text);
    if (count < 1 || count > KEY_BYTES_MOST || text[0] == ' ' || text[count - 1] == ' ') {
        return false;
    }
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        const bool control = *at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0);
        if (control || *at == '|') {
            return false;
        }
    }
    return true;
}

static bool is_minute(const char *text)
{
    return looks_like(text, "99:99") && text[5] == '\0' && digits(text, 2) < 24 &&
           digits(text + 3, 2) < 60;
}

static bool is_weekday(const char *text)
{
    return strlen(text) == 3 && strstr("mon tue wed thu fri sat sun", text);
}

/* 5.0 is whole; 5.5, true and "5" are not. */
static bool whole_of(const json_t *value, int64_t *out_number)
{
    if (json_is_integer(value)) {
        *out_number = json_integer_value(value);
        return true;
    }
    const double real = json_real_value(value);
    if (!json_is_real(value) || fabs(real) > 9e15 || real != floor(real)) {
        return false;
    }
    *out_number = (int64_t)real;
    return true;
}

/* Nanoseconds of the digits after the point; `*at` moves behind them. */
static int64_t fraction_of(const char **at)
{
    int64_t ns = 0;
    int64_t unit = NS_A_SECOND;
    for ((*at)++; isdigit((unsigned char)**at); (*at)++) {
        unit /= 10;
        ns += unit * (**at - '0');
    }
    return ns;
}

bool demo_instant_of(const char *text, int64_t *out_ns)
{
    if (!looks_like(text, "9999-99-99") || !strchr("Tt", text[10]) ||
        !looks_like(text + 11, "99:99:99") ||
        !civil_exists(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2))) {
        return false;
    }
    const int hour = digits(text + 11, 2), minute = digits(text + 14, 2);
    const char *at = text + 19;
    const int64_t ns = *at == '.' ? fraction_of(&at) : 0;
    int64_t east = 0;
    if (looks_like(at + 1, "99:99") && strchr("+-", *at)) {
        east = (digits(at + 1, 2) * 60 + digits(at + 4, 2)) * (*at == '-' ? -60 : 60);
    } else if ((*at != 'Z' && *at != 'z') || at[1] != '\0') {
        return false;
    }
    const int64_t day = day_number(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2));
    *out_ns = (day * 86400 + hour * 3600 + minute * 60 + digits(text + 17, 2) - east) *
                  NS_A_SECOND + ns;
    return hour < 24 && minute < 60 && digits(text + 17, 2) < 61;
}

/* ------------------------------------------------------------------ maps and lists */

static json_t *checked_map(const json_t *map, const struct field *fields);

static json_t *checked_text(const json_t *value, bool (*good)(const char *))
{
    const char *text = json_string_value(value);
    return text && (!good || good(text)) ? json_string(text) : NULL;
}

static json_t *checked_number(const json_t *value, const struct field *field)
{
    int64_t number;
    const bool good = whole_of(value, &number) && number >= field->least &&
                      number <= field->most && !(field->never_zero && number == 0);
    return good ? json_integer(number) : NULL;
}

/* A map from identifiers or dates to numbers. */
static json_t *checked_named(json_t *map, const struct field *field)
{
    json_t *out = json_is_object(map) ? json_object() : NULL;
    const char *name;
    json_t *value;
    json_object_foreach(map, name, value) {
        json_t *number = checked_number(value, field);
        if (!number || !(field->check == BY_KEY ? is_key(name) : is_date(name))) {
            json_decref(number);
            json_decref(out);
            return NULL;
        }
        (void)json_object_set_new(out, name, number);
    }
    return out;
}

static json_t *checked_one(json_t *value, enum check check, const struct field *field);

/* No two maps of the list have the same text under `name`. */
static bool is_unique(const json_t *list, const char *name)
{
    json_t *seen = json_object();
    size_t index;
    json_t *map;
    bool unique = true;
    json_array_foreach(list, index, map) {
        const char *text = demo_field_text(map, name);
        unique = unique && !json_object_get(seen, text);
        (void)json_object_set_new(seen, text, json_true());
    }
    json_decref(seen);
    return unique;
}

static json_t *checked_list(const json_t *list, const struct field *field)
{
    const size_t count = json_array_size(list);
    /* Only where one line may come twice is there no bound on their number. */
    const bool bounded = field->once || !field->inner;
    if (!json_is_array(list) || count < (size_t)field->least ||
        (bounded && count > (size_t)field->most)) {
        return NULL;
    }
    json_t *out = json_array();
    size_t index;
    json_t *value;
    json_array_foreach(list, index, value) {
        json_t *one = checked_one(value, field->each, field);
        if (!one || json_array_append_new(out, one) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    if (field->once && !is_unique(out, field->once)) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static json_t *checked_one(json_t *value, enum check check, const struct field *field)
{
    switch (check) {
    case KEY: return checked_text(value, is_key);
    case DATE: return checked_text(value, is_date);
    case MINUTE: return checked_text(value, is_minute);
    case WEEKDAY: return checked_text(value, is_weekday);
    case TEXT: return checked_text(value, NULL);
    case FLAG: return json_is_boolean(value) ? json_boolean(json_is_true(value)) : NULL;
    case NUMBER: return checked_number(value, field);
    case MAP: return checked_map(value, field->inner);
    case LIST: return checked_list(value, field);
    default: return checked_named(value, field);
    }
}

/* A new map of the known fields; NULL where one of them is wrong or a required one absent. */
static json_t *checked_map(const json_t *map, const struct field *fields)
{
    json_t *out = json_is_object(map) ? json_object() : NULL;
    for (; out && fields->name; fields++) {
        json_t *value = json_object_get(map, fields->name);
        const bool absent = !value || json_is_null(value);
        json_t *one = absent ? NULL : checked_one(value, fields->check, fields);
        if (one) {
            (void)json_object_set_new(out, fields->name, one);
        } else if (!absent || fields->required) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

/* ------------------------------------------------------------------ records */

static int depth_of(json_t *value)
{
    int deepest = 0;
    size_t index;
    const char *name;
    json_t *inner;
    json_object_foreach(value, name, inner) {
        const int depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    json_array_foreach(value, index, inner) {
        const int depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    return json_is_object(value) || json_is_array(value) ? deepest + 1 : 0;
}

static void drop_default(json_t *data, const char *name, json_t *usual)
{
    if (json_equal(json_object_get(data, name), usual)) {
        (void)json_object_del(data, name);
    }
    json_decref(usual);
}

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return hash;
}

static uint64_t content_of(const struct demo_event *event)
{
    char *text = json_dumps(event->data, JSON_COMPACT | JSON_SORT_KEYS);
    const uint64_t hash = hash_text(text) ^ ((uint64_t)event->time_ns * 31 + (uint64_t)event->kind);
    free(text);
    return hash;
}

static enum demo_kind kind_of(const char *type)
{
    int kind = 0;
    while (kind < DEMO_LOCATION && strcmp(DEMO_KIND_NAMES[kind], type) != 0) {
        kind++;
    }
    return (enum demo_kind)kind;
}

static bool read_time(const json_t *value, int64_t *out_ns)
{
    int64_t ms;
    if (whole_of(value, &ms)) {
        const bool fits = ms > INT64_MIN / NS_A_MS && ms < INT64_MAX / NS_A_MS;
        *out_ns = fits ? ms * NS_A_MS : 0;
        return fits;
    }
    return json_is_string(value) && demo_instant_of(json_string_value(value), out_ns);
}

static enum demo_reading read_data(enum topic topic, json_t *root, struct demo_event *event)
{
    const char *source = json_string_value(json_object_get(root, "source"));
    const char *id = json_string_value(json_object_get(root, "id"));
    if (KINDS[event->kind].topic != topic || !is_key(source) || !is_key(id) ||
        !read_time(json_object_get(root, "time"), &event->time_ns) ||
        event->time_ns < YEAR_2000_NS) {
        return DEMO_REFUSED;
    }
    const json_t *inner = json_object_get(root, "data");
    event->data = checked_map(json_is_object(inner) ? inner : root, KINDS[event->kind].fields);
    if (!event->data) {
        return DEMO_REFUSED;
    }
    drop_default(event->data, "sellable", json_true());
    drop_default(event->data, "network", json_string("default"));
    drop_default(event->data, "service", json_string("standard"));
    const char *entity = demo_field_text(event->data, topic == TOPIC_STOCK ? "sku" : "order_id");
    (void)snprintf(event->identity, sizeof event->identity, "%d|%s|%s|%s", (int)topic, entity,
                   source, id);
    event->content = content_of(event);
    return DEMO_READ;
}

static enum demo_reading read_event(enum topic topic, json_t *root, struct demo_event *event)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    const json_t *time = json_object_get(root, "time");
    if (!type || !time || json_is_null(time) || !json_is_string(json_object_get(root, "source")) ||
        !json_is_string(json_object_get(root, "id"))) {
        return DEMO_REFUSED;
    }
    event->kind = kind_of(type);
    return event->kind == DEMO_LOCATION ? DEMO_IGNORED : read_data(topic, root, event);
}

static bool is_good_reference(const struct demo_event *event)
{
    const json_t *transit = json_object_get(event->data, "transit_days");
    const char *unit = demo_field_text(json_object_get(event->data, "capacity"), "unit");
    return demo_field_number(transit, "min", 0) <= demo_field_number(transit, "max", 0) &&
           (!unit || strcmp(unit, "units") == 0 || strcmp(unit, "lines") == 0 ||
            strcmp(unit, "orders") == 0);
}

static enum demo_reading read_reference(const json_t *root, struct demo_event *event)
{
    event->data = checked_map(root, KINDS[event->kind].fields);
    if (event->data && is_good_reference(event)) {
        return DEMO_READ;
    }
    json_decref(event->data);
    event->data = NULL;
    return DEMO_REFUSED;
}

enum demo_reading demo_event_read(const struct demo_record *record, struct demo_event *out_event)
{
    *out_event = (struct demo_event){ .kind = DEMO_KIND_COUNT };
    const bool reference = topic_is_reference(record->topic);
    if (reference) {
        out_event->kind = record->topic == TOPIC_LOCATIONS ? DEMO_LOCATION
                          : record->topic == TOPIC_LANES   ? DEMO_LANE
                                                           : DEMO_ITEM;
    }
    if (!record->value) {
        return reference ? DEMO_READ : DEMO_REFUSED;
    }
    json_t *root = record->value_bytes > VALUE_BYTES_MOST
                       ? NULL
                       : json_loadb(record->value, record->value_bytes, JSON_REJECT_DUPLICATES,
                                    NULL);
    enum demo_reading reading = DEMO_REFUSED;
    if (json_is_object(root) && depth_of(root) <= DEPTH_MOST) {
        reading = reference ? read_reference(root, out_event)
                            : read_event(record->topic, root, out_event);
    }
    json_decref(root);
    return reading;
}

void demo_event_end(struct demo_event *event)
{
    json_decref(event->data);
    event->data = NULL;
}

const char *demo_field_text(const json_t *map, const char *name)
{
    return json_string_value(json_object_get(map, name));
}

int64_t demo_field_number(const json_t *map, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(map, name);
    return value ? json_integer_value(value) : fallback;
}

bool demo_field_flag(const json_t *map, const char *name, bool fallback)
{
    const json_t *value = json_object_get(map, name);
    return value ? json_is_true(value) : fallback;
}
