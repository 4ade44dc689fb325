/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_decisions.h"

#include <stdlib.h>
#include <string.h>

#include "demo_truth_state.h"

enum { FAULTS_SHOWN = 5 };

const char *const DEMO_RULE_TEXTS[DEMO_RULE_COUNT] = {
    [DEMO_RULE_UNITS] = "parts hold no more than is open",
    [DEMO_RULE_NAMED] = "named locations have the units",
    [DEMO_RULE_LANE] = "chosen locations have a lane",
    [DEMO_RULE_WORKED] = "ship days are worked",
    [DEMO_RULE_DATED] = "covered parts have a ship day",
    [DEMO_RULE_PROMISED] = "lines with days have a date",
    [DEMO_RULE_CAPACITY] = "used capacity is what is booked",
};

static void hold(struct demo_rules *rules, enum demo_rule rule, bool holds, const char *what,
                 const char *which)
{
    rules->checked[rule]++;
    if (!holds && rules->wrong[rule]++ < FAULTS_SHOWN && rules->details) {
        (void)fprintf(rules->details, "%s %s: not so that %s\n", what, which,
                      DEMO_RULE_TEXTS[rule]);
    }
}

/* ------------------------------------------------------------------ taking over */

static void add_part(struct demo_line *line, const char *location, int64_t units, int32_t ship_on)
{
    line->open = demo_grow(line->open, line->open_count, &line->open_capacity,
                           sizeof *line->open);
    line->open[line->open_count++] = (struct demo_open){ location, units, ship_on };
}

static bool may_ship(const struct demo_truth *truth, const struct demo_order *order,
                     const char *location)
{
    char name[DEMO_NAME_BYTES];
    const char *network = order->network ? order->network : "default";
    const bool sells = demo_in_network(truth, location, network) ||
                       demo_map_find(&truth->networks_ever, demo_join(name, location, network));
    (void)snprintf(name, sizeof name, "%s|%s|%s", location, order->zone ? order->zone : "",
                   order->service ? order->service : "standard");
    return sells && demo_map_find(&truth->lanes_ever, name);
}

/* The parts of the line as shown; what they do not hold is without location. */
static void take_parts(struct demo_truth *truth, const struct demo_order *order,
                       struct demo_line *line, const json_t *parts, struct demo_rules *rules)
{
    const int64_t open = demo_line_totals(order, line).open;
    int64_t placed = 0, elsewhere = 0;
    size_t index;
    json_t *part;
    line->open_count = 0;
    json_array_foreach(parts, index, part) {
        const char *location = demo_truth_text(truth, demo_field_text(part, "location"));
        const int64_t units = demo_field_number(part, "open", 0);
        const bool named = demo_text_equal(location, line->location);
        add_part(line, location, units, demo_day_of(demo_field_text(part, "ship_on")));
        placed += units;
        elsewhere += named ? 0 : units;
        if (units > 0 && !named && !order->rerouted) {
            hold(rules, DEMO_RULE_LANE, may_ship(truth, order, location), order->order_id,
                 line->line_id);
        }
    }
    if (placed < open) {
        add_part(line, NULL, open - placed, INT32_MIN);
    }
    hold(rules, DEMO_RULE_UNITS, placed <= open, order->order_id, line->line_id);
    if (line->location) {
        hold(rules, DEMO_RULE_NAMED, elsewhere + (open - placed) <= line->lost, order->order_id,
             line->line_id);
    }
}

void demo_decisions_take(struct demo_truth *truth, const json_t *document,
                         struct demo_rules *rules)
{
    const char *order_id = demo_field_text(document, "order_id");
    struct demo_order *order = order_id ? demo_map_find(&truth->orders, order_id) : NULL;
    size_t index;
    json_t *shown;
    json_array_foreach(order ? json_object_get(document, "lines") : NULL, index, shown) {
        const char *line_id = demo_field_text(shown, "line_id");
        struct demo_line *line = line_id ? demo_map_find(&order->lines, line_id) : NULL;
        if (line && line->sku) {
            line->decided_by = demo_day_of(demo_field_text(shown, "promised_by"));
            take_parts(truth, order, line, json_object_get(shown, "parts"), rules);
        }
    }
}

/* A balance that only a decision can have made: where units were placed once. */
static void take_balance(struct demo_truth *truth, const char *name)
{
    char sku[DEMO_NAME_BYTES];
    (void)snprintf(sku, sizeof sku, "%s", name);
    char *location = strchr(sku, '|');
    if (!location) {
        return;
    }
    *location++ = '\0';
    if (demo_map_find(&truth->sourced, sku) && !demo_has_place(truth, sku, location)) {
        (void)demo_balance_at(truth, sku, location);
    }
}

static void take_capacity(struct demo_truth *truth, const char *location,
                          const struct demo_held *held)
{
    json_t *document = json_loadb(held->value, held->bytes, 0, NULL);
    json_t *capacity = json_object_get(document, "capacity");
    if (capacity) {
        *demo_map_put(&truth->capacity, location) = capacity;
        demo_truth_keep(truth, capacity);
    }
    json_decref(document);
}

/* Open units that no document shows are without location. */
static void leave_unplaced(struct demo_truth *truth)
{
    for (size_t i = 0; i < truth->orders.count; i++) {
        const struct demo_order *order = truth->orders.rows[i].value;
        for (size_t at = 0; at < order->lines.count; at++) {
            struct demo_line *line = order->lines.rows[at].value;
            const int64_t open = demo_line_totals(order, line).open;
            if (line->sku && open > 0 && line->open_count == 0) {
                add_part(line, NULL, open, INT32_MIN);
            }
        }
    }
}

void demo_decisions_take_all(struct demo_truth *truth, const struct demo_board *board,
                             struct demo_rules *rules)
{
    for (int kind = 0; kind < DEMO_DOCUMENT_KINDS; kind++) {
        const enum topic topic = demo_board_topic(kind);
        const struct demo_map *held = &board->held[kind];
        for (size_t i = 0; i < held->count; i++) {
            const struct demo_held *one = held->rows[i].value;
            if (topic == TOPIC_AVAILABILITY_LOCATIONS && one->value) {
                take_balance(truth, held->rows[i].name);
            } else if (topic == TOPIC_PROMISES_LOCATIONS && one->value) {
                take_capacity(truth, held->rows[i].name, one);
            } else if (topic == TOPIC_PROMISES_ORDERS && one->value) {
                json_t *document = json_loadb(one->value, one->bytes, 0, NULL);
                demo_decisions_take(truth, document, rules);
                json_decref(document);
            }
        }
    }
    leave_unplaced(truth);
}

/* ------------------------------------------------------------------ what must hold of them */

/* There is room for the work in days that it may lie on whenever its goods are usable. */
static bool has_room(const struct demo_site *site, int64_t work)
{
    enum { LATE = DEMO_HORIZON_DAYS / 2 };
    int64_t room = 0;
    for (int i = LATE; i <= DEMO_HORIZON_DAYS; i++) {
        if (site->worked[i] && site->planned[i] < 0) {
            return true;
        }
        room += site->planned[i] > site->used[i] ? site->planned[i] - site->used[i] : 0;
    }
    return room >= work;
}

/* Whether it is sure that a part without a ship day had to get one. */
static bool must_be_dated(struct demo_documents *documents, const struct demo_line *line,
                          const struct demo_open *part)
{
    const struct demo_site *site = demo_site_of(documents, part->location);
    const struct demo_cover cover = demo_cover_of(documents, line, part);
    const int64_t work = part->units * demo_field_number(demo_truth_item(documents->truth,
                                                                         line->sku),
                                                         "workload", 1);
    return cover.now && has_room(site, work) &&
           demo_preorder_day(documents->truth, line->sku) <= site->today;
}

static void check_line(struct demo_documents *documents, const struct demo_order *order,
                       const struct demo_line *line, struct demo_rules *rules)
{
    const struct demo_truth *truth = documents->truth;
    bool all_dated = false;
    for (size_t i = 0; i < line->open_count; i++) {
        const struct demo_open *part = &line->open[i];
        const bool dated = part->location && part->ship_on != INT32_MIN;
        if (part->units <= 0) {
            continue;
        }
        all_dated = (i == 0 || all_dated) && dated &&
                    demo_lane_of(truth, part->location, order);
        if (dated && part->ship_on >= demo_today(documents, part->location) &&
            !demo_map_find(&truth->recalendared, part->location)) {
            hold(rules, DEMO_RULE_WORKED,
                 demo_worked_from(demo_site_of(documents, part->location), part->ship_on) ==
                     part->ship_on,
                 order->order_id, line->line_id);
        }
        if (part->location) {
            hold(rules, DEMO_RULE_DATED, dated || !must_be_dated(documents, line, part),
                 order->order_id, line->line_id);
        }
    }
    if (all_dated) {
        hold(rules, DEMO_RULE_PROMISED,
             line->own_by != INT32_MIN || line->decided_by != INT32_MIN, order->order_id,
             line->line_id);
    }
}

void demo_decisions_check(struct demo_documents *documents, struct demo_rules *rules)
{
    const struct demo_truth *truth = documents->truth;
    for (size_t i = 0; i < truth->orders.count; i++) {
        const struct demo_order *order = truth->orders.rows[i].value;
        for (size_t at = 0; at < order->lines.count; at++) {
            const struct demo_line *line = order->lines.rows[at].value;
            if (line->sku) {
                check_line(documents, order, line, rules);
            }
        }
    }
    /* Work is counted as heavy as it was when it was booked. */
    for (size_t i = 0; !truth->workload_changed && i < documents->site_names.count; i++) {
        const char *location = documents->site_names.rows[i].name;
        hold(rules, DEMO_RULE_CAPACITY, demo_bookings_compare(documents, location) < 0, location,
             "");
    }
}
