/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/event_fields.h"

#include "base/quantity.h"
#include "wire/distinct.h"
#include "wire/text_rules.h"

/* ------------------------------------------------------------------ refusing */

bool field_refuse(struct field_check *check, enum refusal refusal, const char *name,
                  const char *flaw)
{
    const struct field_place *places = check->places;
    switch (check->place_count) {
    case 0:
        refusal_set(check->reason, refusal, "%s %s", name, flaw);
        break;
    case 1:
        refusal_set(check->reason, refusal, "%s[%u].%s %s", places[0].list, places[0].index, name,
                    flaw);
        break;
    default:
        refusal_set(check->reason, refusal, "%s[%u].%s[%u].%s %s", places[0].list, places[0].index,
                    places[1].list, places[1].index, name, flaw);
        break;
    }
    return false;
}

static void place_enter(struct field_check *check, const char *list)
{
    CHECK(check->place_count < sizeof check->places / sizeof *check->places);
    check->places[check->place_count++] = (struct field_place){ list, 0 };
}

static void place_next(struct field_check *check)
{
    check->places[check->place_count - 1].index++;
}

static void place_leave(struct field_check *check)
{
    check->place_count--;
}

/* ------------------------------------------------------------------ maps */

/* Senders mostly keep an order of their own, so the field sought is mostly the one after the last:
 * the search begins there and goes round once. */
static uint32_t find_field(const struct field_list *list, struct bytes name, uint32_t begin)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const uint32_t at = begin + i < list->count ? begin + i : begin + i - list->count;
        const struct field *field = &list->fields[at];
        if (field->name_bytes == name.count && memcmp(field->name, name.data, name.count) == 0) {
            return at;
        }
    }
    return FIELDS_MAX;
}

static bool is_null(const struct value *value)
{
    return !value || value->kind == VALUE_NULL;
}

bool fields_judge(struct field_check *check, const struct field_list *list,
                  const struct field_list *beside, const struct value *map, void *out)
{
    CHECK(map->kind == VALUE_MAP && list->count <= FIELDS_MAX);
    const struct value *values[FIELDS_MAX] = { NULL };
    uint32_t next = 0;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct bytes name = map->members[i].name;
        const uint32_t found = find_field(list, name, next);
        if (found < FIELDS_MAX) {
            values[found] = &map->members[i].value;
            next = found + 1 < list->count ? found + 1 : 0;
        } else if (!beside || find_field(beside, name, 0) == FIELDS_MAX) {
            check->unknown_fields++;
        }
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const struct field *field = &list->fields[i];
        if (is_null(values[i]) && field->required) {
            return field_refuse(check, REFUSAL_MISSING, field->name, "is missing");
        }
        if (!is_null(values[i]) && !field->judge(check, field, values[i], out)) {
            return false;
        }
    }
    return true;
}

bool field_map(struct field_check *check, const struct field *field, const struct value *value,
               void *out)
{
    if (value->kind != VALUE_MAP) {
        return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not a map");
    }
    return fields_judge(check, &field->inner, NULL, value, out);
}

/* ------------------------------------------------------------------ setting members */

static void *member(void *out, size_t offset)
{
    return (uint8_t *)out + offset;
}

static void set_bytes(const struct field *field, void *out, struct bytes bytes)
{
    memcpy(member(out, field->offset), &bytes, sizeof bytes);
}

static void set_int32(const struct field *field, void *out, int32_t number)
{
    memcpy(member(out, field->offset), &number, sizeof number);
}

static void set_list(const struct field *field, void *out, const void *elements, uint32_t count)
{
    memcpy(member(out, field->offset), &elements, sizeof elements);
    memcpy(member(out, field->count_offset), &count, sizeof count);
}

/* ------------------------------------------------------------------ texts */

bool field_identifier(struct field_check *check, const char *name, struct bytes text)
{
    const char *flaw = text_rules_identifier_flaw(text);
    return !flaw || field_refuse(check, REFUSAL_BAD_KEY, name, flaw);
}

static bool key_of(struct field_check *check, const char *name, const struct value *value,
                   struct bytes *out_key)
{
    if (value->kind != VALUE_TEXT) {
        return field_refuse(check, REFUSAL_BAD_KEY, name, "is not text");
    }
    *out_key = value_bytes(value);
    return field_identifier(check, name, *out_key);
}

bool field_key(struct field_check *check, const struct field *field, const struct value *value,
               void *out)
{
    return key_of(check, field->name, value, member(out, field->offset));
}

bool field_ignored_text(struct field_check *check, const struct field *field,
                        const struct value *value, void *out)
{
    (void)out;
    return value->kind == VALUE_TEXT ||
           field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not text");
}

bool field_text(struct field_check *check, const struct field *field, const struct value *value,
                void *out)
{
    if (!field_ignored_text(check, field, value, out)) {
        return false;
    }
    set_bytes(field, out, value_bytes(value));
    return true;
}

bool field_zone_name(struct field_check *check, const struct field *field,
                     const struct value *value, void *out)
{
    if (value->kind != VALUE_TEXT || !text_rules_zone_name(value_bytes(value))) {
        return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is no name of a time zone");
    }
    set_bytes(field, out, value_bytes(value));
    return true;
}

bool field_flag(struct field_check *check, const struct field *field, const struct value *value,
                void *out)
{
    if (value->kind != VALUE_BOOL) {
        return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not true or false");
    }
    memcpy(member(out, field->offset), &value->truth, sizeof value->truth);
    return true;
}

/* ------------------------------------------------------------------ numbers */

bool field_whole(struct field_check *check, const char *name, const struct value *value,
                 enum refusal refusal, int64_t low, int64_t high, int64_t *out)
{
    if (value->kind != VALUE_INTEGER) {
        return field_refuse(check, refusal, name, "is not a whole number");
    }
    if (value->integer < low || value->integer > high) {
        return field_refuse(check, refusal, name, "is out of range");
    }
    *out = value->integer;
    return true;
}

bool field_positive(struct field_check *check, const struct field *field,
                    const struct value *value, void *out)
{
    return field_whole(check, field->name, value, REFUSAL_BAD_QUANTITY, 1, QUANTITY_MAX,
                       member(out, field->offset));
}

bool field_natural(struct field_check *check, const struct field *field, const struct value *value,
                   void *out)
{
    return field_whole(check, field->name, value, REFUSAL_BAD_QUANTITY, 0, QUANTITY_MAX,
                       member(out, field->offset));
}

bool field_nonzero(struct field_check *check, const struct field *field, const struct value *value,
                   void *out)
{
    if (value->kind == VALUE_INTEGER && value->integer == 0) {
        return field_refuse(check, REFUSAL_BAD_QUANTITY, field->name, "is zero");
    }
    return field_whole(check, field->name, value, REFUSAL_BAD_QUANTITY, -QUANTITY_MAX, QUANTITY_MAX,
                       member(out, field->offset));
}

bool field_number(struct field_check *check, const struct field *field, const struct value *value,
                  void *out)
{
    return field_whole(check, field->name, value, REFUSAL_BAD_VALUE, 0, QUANTITY_MAX,
                       member(out, field->offset));
}

bool field_factor(struct field_check *check, const struct field *field, const struct value *value,
                  void *out)
{
    return field_whole(check, field->name, value, REFUSAL_BAD_VALUE, 1, QUANTITY_MAX,
                       member(out, field->offset));
}

bool field_span(struct field_check *check, const struct field *field, const struct value *value,
                void *out)
{
    int64_t span = 0;
    if (!field_whole(check, field->name, value, REFUSAL_BAD_VALUE, 0, QUANTITY_MAX, &span)) {
        return false;
    }
    set_int32(field, out, (int32_t)quantity_less(span, FIELD_SPAN_MAX));
    return true;
}

/* ------------------------------------------------------------------ dates and times of day */

static bool date_of(struct field_check *check, const char *name, const struct value *value,
                    int32_t *out_day)
{
    return (value->kind == VALUE_TEXT && text_rules_date(value_bytes(value), out_day)) ||
           field_refuse(check, REFUSAL_BAD_VALUE, name, "is not a date (YYYY-MM-DD)");
}

bool field_date(struct field_check *check, const struct field *field, const struct value *value,
                void *out)
{
    return date_of(check, field->name, value, member(out, field->offset));
}

bool field_minute(struct field_check *check, const struct field *field, const struct value *value,
                  void *out)
{
    return (value->kind == VALUE_TEXT &&
            text_rules_minute(value_bytes(value), member(out, field->offset))) ||
           field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not a time of day (HH:MM)");
}

static bool weekday_of(const struct value *value, uint8_t *out_bit)
{
    static const char names[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    for (uint32_t i = 0; i < 7; i++) {
        if (value_is_text(value, bytes_of(names[i], 3))) {
            *out_bit = (uint8_t)(1U << i);
            return true;
        }
    }
    return false;
}

bool field_weekdays(struct field_check *check, const struct field *field,
                    const struct value *value, void *out)
{
    uint8_t days = 0;
    if (value->kind != VALUE_ARRAY) {
        return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not a list");
    }
    for (uint32_t i = 0; i < value->count; i++) {
        uint8_t bit;
        if (!weekday_of(&value->items[i], &bit)) {
            return field_refuse(check, REFUSAL_BAD_VALUE, field->name,
                                "has what is no weekday (mon .. sun)");
        }
        if (days & bit) {
            return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "has a day twice");
        }
        days |= bit;
    }
    memcpy(member(out, field->offset), &days, sizeof days);
    return true;
}

/* ------------------------------------------------------------------ lists */

void *field_elements(struct field_check *check, const struct field *field, uint32_t count,
                     size_t element_bytes)
{
    if (count > field->count_max) {
        field_refuse(check, REFUSAL_BAD_VALUE, field->name, "has too many entries");
        return NULL;
    }
    return arena_take(check->memory, count * element_bytes);
}

/* The room for the elements of `value`; NULL where it is no list, or one too long. */
static void *list_elements(struct field_check *check, const struct field *field,
                           const struct value *value, size_t element_bytes)
{
    if (value->kind != VALUE_ARRAY) {
        field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is not a list");
        return NULL;
    }
    return field_elements(check, field, value->count, element_bytes);
}

/* Insertion: dates come sorted or nearly so, and a list is short (CALENDAR_DAYS_MAX). */
uint32_t field_sort_dates(int32_t *days, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const int32_t day = days[i];
        uint32_t at = kept;
        while (at > 0 && days[at - 1] > day) {
            at--;
        }
        if (at > 0 && days[at - 1] == day) {
            continue;
        }
        memmove(days + at + 1, days + at, (kept - at) * sizeof *days);
        days[at] = day;
        kept++;
    }
    return kept;
}

bool field_dates(struct field_check *check, const struct field *field, const struct value *value,
                 void *out)
{
    int32_t *days = list_elements(check, field, value, sizeof *days);
    if (!days) {
        return false;
    }
    for (uint32_t i = 0; i < value->count; i++) {
        if (!date_of(check, field->name, &value->items[i], &days[i])) {
            return false;
        }
    }
    set_list(field, out, days, field_sort_dates(days, value->count));
    return true;
}

static uint32_t sort_keys(struct bytes *keys, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct bytes key = keys[i];
        uint32_t at = kept;
        while (at > 0 && bytes_compare(keys[at - 1], key) > 0) {
            at--;
        }
        if (at > 0 && bytes_equal(keys[at - 1], key)) {
            continue;
        }
        memmove(keys + at + 1, keys + at, (kept - at) * sizeof *keys);
        keys[at] = key;
        kept++;
    }
    return kept;
}

bool field_keys(struct field_check *check, const struct field *field, const struct value *value,
                void *out)
{
    struct bytes *keys = list_elements(check, field, value, sizeof *keys);
    if (!keys) {
        return false;
    }
    for (uint32_t i = 0; i < value->count; i++) {
        if (!key_of(check, field->name, &value->items[i], &keys[i])) {
            return false;
        }
    }
    set_list(field, out, keys, sort_keys(keys, value->count));
    return true;
}

static void element_begin(const struct field *field, void *element)
{
    if (field->element_before) {
        memcpy(element, field->element_before, field->element_bytes);
    } else {
        memset(element, 0, field->element_bytes);
    }
}

/* Maps in a list, each by the field's inner list; NULL where they are refused. */
static void *judge_maps(struct field_check *check, const struct field *field,
                        const struct value *value)
{
    uint8_t *elements = list_elements(check, field, value, field->element_bytes);
    if (!elements) {
        return NULL;
    }
    if (value->count == 0) {
        field_refuse(check, REFUSAL_BAD_VALUE, field->name, "is empty");
        return NULL;
    }
    place_enter(check, field->name);
    for (uint32_t i = 0; i < value->count; i++) {
        uint8_t *element = elements + i * field->element_bytes;
        if (value->items[i].kind != VALUE_MAP) {
            field_refuse(check, REFUSAL_BAD_VALUE, "entry", "is not a map");
            return NULL;
        }
        element_begin(field, element);
        if (!fields_judge(check, &field->inner, NULL, &value->items[i], element)) {
            return NULL;
        }
        place_next(check);
    }
    place_leave(check);
    return elements;
}

bool field_maps(struct field_check *check, const struct field *field, const struct value *value,
                void *out)
{
    void *elements = judge_maps(check, field, value);
    if (!elements) {
        return false;
    }
    set_list(field, out, elements, value->count);
    return true;
}

bool field_recipe(struct field_check *check, const struct field *field, const struct value *value,
                  void *out)
{
    static const struct field part[] = {
        FIELD("sku", field_key, struct recipe_part, sku),
        FIELD("quantity", field_positive, struct recipe_part, quantity),
    };
    struct field parts_field = *field;
    parts_field.element_bytes = sizeof(struct recipe_part);
    parts_field.count_max = RECIPE_PARTS_MAX;
    parts_field.inner = (struct field_list)FIELD_LIST(part);
    const struct recipe_part *parts = judge_maps(check, &parts_field, value);
    if (!parts) {
        return false;
    }
    if (!distinct_texts(&parts->sku, sizeof *parts, value->count, check->memory)) {
        return field_refuse(check, REFUSAL_BAD_VALUE, field->name, "names a sku twice");
    }
    const struct recipe recipe = { parts, value->count };
    memcpy(member(out, field->offset), &recipe, sizeof recipe);
    return true;
}
