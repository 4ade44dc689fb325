/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain_table.h"

#include <inttypes.h>
#include <string.h>

enum {
    LOCATION_WIDTH = 14,
    FREE_WIDTH = 9,
    SMALL_WIDTH = 6,
    ALLOCATED_WIDTH = 7,
    INBOUND_WIDTH = 19,
    DATE_WIDTH = 10,
    LEFT_WIDTH = 8,
    QUANTITY_WIDTH = 12,
    CONSTRAINT_WIDTH = 13,
};

static const char *text_of(const json_t *map, const char *name)
{
    const char *text = json_string_value(json_object_get(map, name));
    return text ? text : "-";
}

static int64_t number_of(const json_t *map, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(map, name));
}

static bool is_given(const json_t *map, const char *name)
{
    const json_t *value = json_object_get(map, name);
    return value && !json_is_null(value);
}

/* A number, or what null stands for. */
static void number_cell(struct pretty *pretty, const json_t *map, const char *name, int width,
                        const char *none)
{
    char text[PRETTY_NUMBER_BYTES];
    const int64_t number = number_of(map, name);
    pretty_cell(pretty, number < 0 ? PRETTY_BAD : PRETTY_PLAIN, -width,
                is_given(map, name) ? pretty_number(number, width, text) : none);
}

static void heads(struct pretty *pretty, const char *const *names, const int *widths, size_t count)
{
    pretty_text(pretty, PRETTY_PLAIN, "  ");
    for (size_t i = 0; i < count; i++) {
        pretty_cell(pretty, PRETTY_FAINT, widths[i], names[i]);
    }
    pretty_end(pretty);
}

static void title(struct pretty *pretty, const char *text)
{
    pretty_end(pretty);
    pretty_text(pretty, PRETTY_BOLD, "%s", text);
    pretty_end(pretty);
}

/* ------------------------------------------------------------------ what holds for the item */

static void write_head(struct pretty *pretty, const json_t *answer)
{
    pretty_text(pretty, PRETTY_BOLD, "%s", text_of(answer, "sku"));
    pretty_text(pretty, PRETTY_PLAIN, "  network %s, quantity %" PRId64, text_of(answer, "network"),
                number_of(answer, "quantity"));
    pretty_text(pretty, PRETTY_FAINT, "  as of %s, sequence %" PRId64, text_of(answer, "now"),
                number_of(answer, "version"));
    pretty_end(pretty);
    if (!json_is_true(json_object_get(answer, "sold"))) {
        pretty_text(pretty, PRETTY_BAD, "not sold in this network");
        pretty_end(pretty);
    }
    if (json_is_true(json_object_get(answer, "discontinued"))) {
        pretty_text(pretty, PRETTY_PLAIN, "discontinued: what is on hand is sold, nothing to come");
        pretty_end(pretty);
    }
    if (is_given(answer, "preorder_from")) {
        pretty_text(pretty, PRETTY_PLAIN, "preorder: nothing ships before %s",
                    text_of(answer, "preorder_from"));
        pretty_end(pretty);
    }
    if (is_given(answer, "valid_until")) {
        pretty_text(pretty, PRETTY_PLAIN, "offers hold until %s", text_of(answer, "valid_until"));
        pretty_end(pretty);
    }
}

/* ------------------------------------------------------------------ offers and constraints */

static void write_zones(struct pretty *pretty, const json_t *explanation)
{
    size_t index;
    json_t *zone;
    pretty_end(pretty);
    pretty_text(pretty, PRETTY_BOLD, "to ");
    json_array_foreach(json_object_get(explanation, "zones"), index, zone) {
        pretty_text(pretty, PRETTY_BOLD, "%s%s", index > 0 ? ", " : "", json_string_value(zone));
    }
    pretty_text(pretty, PRETTY_BOLD, " by %s", text_of(explanation, "service"));
    pretty_end(pretty);
}

static void write_order(struct pretty *pretty, const json_t *explanation, int64_t quantity)
{
    const json_t *order = json_object_get(explanation, "order");
    const int64_t waiting = number_of(explanation, "waiting");
    if (json_is_object(order)) {
        pretty_text(pretty, PRETTY_GOOD, "  an order of %" PRId64 " now arrives by %s, ships on %s",
                    quantity, text_of(order, "by"), text_of(order, "ship_on"));
    } else {
        pretty_text(pretty, PRETTY_BAD, "  an order of %" PRId64 " now has no date", quantity);
    }
    pretty_end(pretty);
    if (waiting > 0) {
        pretty_text(pretty, PRETTY_PLAIN, "  %" PRId64 " units of earlier orders come first",
                    waiting);
        pretty_end(pretty);
    }
}

static void write_offers(struct pretty *pretty, const json_t *offers)
{
    static const char *const NAMES[] = { "up to", "ships on", "from", "by", "location" };
    static const int WIDTHS[] = { -QUANTITY_WIDTH, DATE_WIDTH, DATE_WIDTH, DATE_WIDTH,
                                  LOCATION_WIDTH };
    size_t index;
    json_t *offer;
    if (json_array_size(offers) == 0) {
        pretty_text(pretty, PRETTY_BAD, "  no offers");
        pretty_end(pretty);
        return;
    }
    heads(pretty, NAMES, WIDTHS, sizeof NAMES / sizeof NAMES[0]);
    json_array_foreach(offers, index, offer) {
        pretty_text(pretty, PRETTY_PLAIN, "  ");
        number_cell(pretty, offer, "quantity", QUANTITY_WIDTH, "no limit");
        pretty_cell(pretty, PRETTY_PLAIN, DATE_WIDTH, text_of(offer, "ship_on"));
        pretty_cell(pretty, PRETTY_PLAIN, DATE_WIDTH, text_of(offer, "from"));
        pretty_cell(pretty, PRETTY_PLAIN, DATE_WIDTH, text_of(offer, "by"));
        pretty_text(pretty, PRETTY_PLAIN, "%s", text_of(offer, "location"));
        pretty_end(pretty);
    }
}

static void write_gain(struct pretty *pretty, const json_t *constraint, bool has_date)
{
    const int64_t days = number_of(constraint, "days");
    if (!is_given(constraint, "by")) {
        pretty_text(pretty, PRETTY_FAINT, "no date even without it");
    } else if (!has_date) {
        pretty_text(pretty, PRETTY_BAD, "%s from %s, where there is no date now",
                    text_of(constraint, "by"), text_of(constraint, "location"));
    } else if (days > 0) {
        pretty_text(pretty, PRETTY_BAD, "%" PRId64 " %s earlier: %s from %s", days,
                    days == 1 ? "day" : "days", text_of(constraint, "by"),
                    text_of(constraint, "location"));
    } else {
        pretty_text(pretty, PRETTY_FAINT, "costs nothing");
    }
}

static bool costs_any_day(const json_t *constraints)
{
    size_t index;
    json_t *constraint;
    json_array_foreach(constraints, index, constraint) {
        if (number_of(constraint, "days") > 0) {
            return true;
        }
    }
    return false;
}

static void write_constraints(struct pretty *pretty, const json_t *explanation)
{
    const json_t *constraints = json_object_get(explanation, "constraints");
    const bool has_date = json_is_object(json_object_get(explanation, "order"));
    size_t index;
    json_t *constraint;
    if (has_date && !costs_any_day(constraints)) {
        pretty_text(pretty, PRETTY_GOOD, "  why not sooner: no constraint costs a day");
        pretty_end(pretty);
        return;
    }
    pretty_text(pretty, PRETTY_FAINT, "  why not sooner: without");
    pretty_end(pretty);
    json_array_foreach(constraints, index, constraint) {
        pretty_text(pretty, PRETTY_PLAIN, "  ");
        pretty_cell(pretty, PRETTY_PLAIN, CONSTRAINT_WIDTH, text_of(constraint, "constraint"));
        write_gain(pretty, constraint, has_date);
        pretty_end(pretty);
    }
}

/* ------------------------------------------------------------------ locations */

/* What becomes usable on the first day on which anything does; they come in that order. */
static void format_inbound(const json_t *location, char *out_text, size_t bytes)
{
    const json_t *inbound = json_object_get(location, "inbound");
    const json_t *first = json_array_get(inbound, 0);
    const size_t count = json_array_size(inbound);
    if (!is_given(first, "usable_on")) {
        (void)snprintf(out_text, bytes, count > 0 ? "%zu, no day" : "-", count);
        return;
    }
    char number[PRETTY_NUMBER_BYTES];
    int64_t sum = 0;
    size_t index;
    json_t *line;
    json_array_foreach(inbound, index, line) {
        if (strcmp(text_of(line, "usable_on"), text_of(first, "usable_on")) == 0) {
            sum += number_of(line, "quantity");
        }
    }
    (void)snprintf(out_text, bytes, "%s on %s", pretty_number(sum, 5, number),
                   text_of(first, "usable_on"));
}

static void write_reason(struct pretty *pretty, const json_t *location, const json_t *answer,
                         const json_t *order)
{
    static const struct {
        const char *reason;
        const char *text;
    } PLAIN[] = {
        { "disabled", "switched off" },
        { "no_lane", "no lane to this zone by this service" },
        { "no_stock", "nothing free, and nothing promised to come" },
        { "preorder", "nothing ships before the preorder date" },
        { "beyond_horizon", "no ship day or delivery within 120 days" },
        { "taken", "all it has goes to earlier orders that wait for a location" },
    };
    const char *reason = text_of(location, "reason");
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        if (strcmp(PLAIN[i].reason, reason) == 0) {
            pretty_text(pretty, PRETTY_FAINT, "%s", PLAIN[i].text);
            return;
        }
    }
    const int64_t quantity = number_of(answer, "quantity");
    if (strcmp(reason, "source") == 0) {
        pretty_text(pretty, PRETTY_GOOD, "ships %" PRId64 " of %" PRId64,
                    number_of(location, "units"), quantity);
    } else if (strcmp(reason, "later") == 0) {
        pretty_text(pretty, PRETTY_FAINT, "later: its first unit arrives by %s",
                    text_of(location, "first_by"));
    } else if (strcmp(reason, "not_enough") == 0) {
        pretty_text(pretty, PRETTY_FAINT, "not enough: %" PRId64 " of %" PRId64 " by %s; %s%s",
                    number_of(location, "units_by"), quantity,
                    order ? text_of(order, "by") : "then",
                    is_given(location, "alone_by") ? "all by " : "never all",
                    is_given(location, "alone_by") ? text_of(location, "alone_by") : "");
    } else {
        pretty_text(pretty, PRETTY_FAINT, "as early, but another is cheaper or comes first");
    }
    pretty_text(pretty, PRETTY_FAINT, " (cost %" PRId64 ", priority %" PRId64 ")",
                number_of(location, "cost"), number_of(location, "priority"));
}

static void write_location(struct pretty *pretty, const json_t *location)
{
    char inbound[64];
    format_inbound(location, inbound, sizeof inbound);
    pretty_text(pretty, PRETTY_PLAIN, "  ");
    pretty_cell(pretty, PRETTY_BOLD, LOCATION_WIDTH, text_of(location, "location"));
    number_cell(pretty, location, "free", FREE_WIDTH, "-");
    number_cell(pretty, location, "held", SMALL_WIDTH, "-");
    number_cell(pretty, location, "safety_stock", SMALL_WIDTH, "-");
    number_cell(pretty, location, "allocated", ALLOCATED_WIDTH, "-");
    pretty_cell(pretty, PRETTY_PLAIN, INBOUND_WIDTH, inbound);
    pretty_cell(pretty, PRETTY_PLAIN, DATE_WIDTH, text_of(location, "ships_on"));
    if (is_given(location, "ships_on")) {
        number_cell(pretty, location, "remaining", LEFT_WIDTH, "no limit");
    } else {
        pretty_cell(pretty, PRETTY_PLAIN, -LEFT_WIDTH, "-");
    }
    pretty_text(pretty, PRETTY_PLAIN, "%s", text_of(location, "by"));
    pretty_end(pretty);
}

static void write_locations(struct pretty *pretty, const json_t *explanation, const json_t *answer)
{
    static const char *const NAMES[] = { "location", "free", "held",     "safety", "alloc",
                                         "inbound",  "ships on", "left", "by" };
    static const int WIDTHS[] = { LOCATION_WIDTH,   -FREE_WIDTH,   -SMALL_WIDTH,
                                  -SMALL_WIDTH,     -ALLOCATED_WIDTH, INBOUND_WIDTH,
                                  DATE_WIDTH,       -LEFT_WIDTH,   DATE_WIDTH };
    const json_t *order = json_object_get(explanation, "order");
    size_t index;
    json_t *location;
    heads(pretty, NAMES, WIDTHS, sizeof NAMES / sizeof NAMES[0]);
    json_array_foreach(json_object_get(explanation, "locations"), index, location) {
        write_location(pretty, location);
        pretty_text(pretty, PRETTY_PLAIN, "    ");
        write_reason(pretty, location, answer, json_is_object(order) ? order : NULL);
        pretty_end(pretty);
    }
}

/* ------------------------------------------------------------------ events, and all of it */

static void write_events(struct pretty *pretty, const json_t *events)
{
    size_t index;
    json_t *event;
    title(pretty, "newest events on it");
    json_array_foreach(events, index, event) {
        pretty_text(pretty, PRETTY_PLAIN, "  ");
        pretty_cell(pretty, PRETTY_PLAIN, 20, text_of(event, "type"));
        pretty_cell(pretty, PRETTY_PLAIN, 24, text_of(event, "time"));
        pretty_text(pretty, PRETTY_FAINT, "%s, partition %" PRId64 ", offset %" PRId64,
                    text_of(event, "topic"), number_of(event, "partition"),
                    number_of(event, "offset"));
        pretty_end(pretty);
    }
    if (json_array_size(events) == 0) {
        pretty_text(pretty, PRETTY_FAINT, "  none kept");
        pretty_end(pretty);
    }
}

bool explain_table_write(struct pretty *pretty, const json_t *answer)
{
    const json_t *explanations = json_object_get(answer, "explanations");
    size_t index;
    json_t *explanation;
    if (!json_is_array(explanations)) {
        return false;
    }
    write_head(pretty, answer);
    json_array_foreach(explanations, index, explanation) {
        write_zones(pretty, explanation);
        write_order(pretty, explanation, number_of(answer, "quantity"));
        write_offers(pretty, json_object_get(explanation, "offers"));
        write_constraints(pretty, explanation);
        write_locations(pretty, explanation, answer);
    }
    if (number_of(answer, "more") > 0) {
        pretty_end(pretty);
        pretty_text(pretty, PRETTY_FAINT, "%" PRId64 " more: narrow it with --zone and --service",
                    number_of(answer, "more"));
        pretty_end(pretty);
    }
    write_events(pretty, json_object_get(answer, "events"));
    return true;
}
