/* SPDX-License-Identifier: Apache-2.0 */
/* 2.6: which orders are decided on and when; the dates of lines (3). */
#include "model/model_state.h"

#include <stdlib.h>

/* Keeps the decision with the order, and carries it out. */
void decide(struct model *model, struct order *order, const struct decision *decision)
{
    struct fact *fact = calloc(1, sizeof *fact);
    if (!fact) {
        abort();
    }
    fact->decision = *decision;
    *PUSH(order->facts, order->fact_count) = fact;
    const struct replay replay = { model, order, fact, true };
    decision_play(&replay);
}

/* ------------------------------------------------------------------ dates of a line */

/* The order's own if it brought one, else what was decided. */
int32_t promised_by_of(const struct line *line)
{
    return line->own_promised_by != DAY_NONE ? line->own_promised_by : line->promised_by;
}

static int32_t arrives_by(const struct model *model, const struct order *order, int site,
                          int32_t ship_on)
{
    const struct lane_data *lane = site_lane(model, site, order->zone, order->service);
    return lane ? lane_day(lane, ship_on, lane->transit_days_max,
                           site_today(model, site) + HORIZON_DAYS)
                : DAY_NONE;
}

/* The day on which a part ships as of now; DAY_NONE: it has none. */
static int32_t expected_ship_day(struct model *model, const struct line *line,
                                 const struct part *part)
{
    struct plan plan;
    int32_t usable;
    plan_make(model, part->site, &plan);
    const int32_t day = part->ship_on == DAY_NONE ? DAY_NONE : plan_from(&plan, part->ship_on);
    if (day == DAY_NONE || !cover_last_inbound(model, &plan, line, part->open, &usable)) {
        return DAY_NONE;
    }
    if (usable == DAY_NONE) {
        return day;
    }
    const int32_t first = plan_first_day(&plan, usable, preorder_of(model, line->sku));
    return first == DAY_NONE || first > day ? first : day;
}

int32_t expected_by_of(struct model *model, const struct order *order, const struct line *line)
{
    int32_t latest = DAY_NONE;
    if (line->open == 0 || line->unassigned > 0) {
        return DAY_NONE;
    }
    for (int i = 0; i < line->part_count; i++) {
        const struct part *part = &line->parts[i];
        if (part->open == 0) {
            continue;
        }
        const int32_t ships = expected_ship_day(model, line, part);
        const int32_t by =
            ships == DAY_NONE ? DAY_NONE : arrives_by(model, order, part->site, ships);
        if (by == DAY_NONE) {
            return DAY_NONE;
        }
        latest = by > latest ? by : latest;
    }
    return latest;
}

/* The latest `by` of the ship days of all open units; one that has passed, or is not worked any
 * more, is the next working day. */
static int32_t decided_by(struct model *model, const struct order *order, const struct line *line)
{
    int32_t latest = DAY_NONE;
    if (line->open == 0 || line->unassigned > 0) {
        return DAY_NONE;
    }
    for (int i = 0; i < line->part_count; i++) {
        const struct part *part = &line->parts[i];
        if (part->open == 0) {
            continue;
        }
        const int32_t ships = part->ship_on == DAY_NONE
                                  ? DAY_NONE
                                  : site_works_from(model, part->site, part->ship_on);
        const int32_t by =
            ships == DAY_NONE ? DAY_NONE : arrives_by(model, order, part->site, ships);
        if (by == DAY_NONE) {
            return DAY_NONE;
        }
        latest = by > latest ? by : latest;
    }
    return latest;
}

static void promise_line(struct model *model, struct order *order, const struct line *line)
{
    const int32_t by = decided_by(model, order, line);
    if (promised_by_of(line) == DAY_NONE && by != DAY_NONE) {
        const struct decision promised = { .kind = DECISION_PROMISED, .line = line->id, .day = by };
        decide(model, order, &promised);
        model_hit(model, HIT_PROMISED_SET);
    }
}

/* ------------------------------------------------------------------ settle */

static bool wants_day(const struct part *part)
{
    return part->open > 0 && part->ship_on == DAY_NONE;
}

/* The line's part without a ship day whose location's name comes next. */
static const struct part *next_part(const struct model *model, const struct line *line,
                                    const struct bytes *after)
{
    const struct part *next = NULL;
    for (int i = 0; i < line->part_count; i++) {
        const struct part *part = &line->parts[i];
        const struct bytes name = model->sites.list[part->site];
        if (wants_day(part) && (!after || bytes_compare(name, *after) > 0) &&
            (!next || bytes_compare(name, model->sites.list[next->site]) < 0)) {
            next = part;
        }
    }
    return next;
}

static void date_line(struct model *model, struct order *order, const struct line *line)
{
    const struct bytes *after = NULL;
    const struct part *part;
    while ((part = next_part(model, line, after)) != NULL) {
        struct decision dated;
        after = &model->sites.list[part->site];
        if (cover_ship_day(model, order, line, part, &dated)) {
            decide(model, order, &dated);
        }
    }
}

static bool line_waits(const struct line *line)
{
    bool waits = line->unassigned > 0;
    for (int i = 0; i < line->part_count; i++) {
        waits |= wants_day(&line->parts[i]);
    }
    return line->placed && waits;
}

static void settle_order(struct model *model, struct order *order)
{
    bool waits = false;
    source_order(model, order, NONE);
    for (size_t i = 0; i < order->line_count; i++) {
        waits |= line_waits(&order->lines[i]);
    }
    if (waits) {
        owed_add_up(model);
    }
    for (const struct line *line = NULL; (line = order_next_line(order, line)) != NULL;) {
        date_line(model, order, line);
    }
    for (const struct line *line = NULL; (line = order_next_line(order, line)) != NULL;) {
        promise_line(model, order, line);
    }
}

/* Whether an event of the SKUs in `changed` (NULL: any) concerns a line of the order that waits. */
static bool order_concerned(const struct model *model, const struct order *order,
                            const bool *changed)
{
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        if (!line_waits(line)) {
            continue;
        }
        bool concerned = !changed || changed[line->sku];
        for (uint32_t j = 0; changed && line->recipe && j < line->recipe->count; j++) {
            concerned |= changed[name_find(&model->skus, line->recipe->parts[j].sku)];
        }
        if (concerned) {
            return true;
        }
    }
    return false;
}

static void settle(struct model *model, const bool *changed, const struct order *named)
{
    bool *concerned = calloc(model->order_count + 1, sizeof *concerned);
    if (!concerned) {
        abort();
    }
    for (size_t i = 0; i < model->order_count; i++) {
        concerned[i] = model->orders[i] == named ||
                       order_concerned(model, model->orders[i], changed);
    }
    for (;;) {
        size_t next = model->order_count;
        uint64_t lowest = UINT64_MAX;
        for (size_t i = 0; i < model->order_count; i++) {
            const struct line *line = concerned[i] ? order_next_line(model->orders[i], NULL) : NULL;
            if (line && line->number < lowest) {
                lowest = line->number;
                next = i;
            }
        }
        if (next == model->order_count) {
            free(concerned);
            return;
        }
        concerned[next] = false;
        settle_order(model, model->orders[next]);
    }
}

/* ------------------------------------------------------------------ what an event changed */

static uint64_t print_number(uint64_t print, int64_t number)
{
    return (print ^ (uint64_t)number) * UINT64_C(0x9e3779b97f4a7c15) + (print >> 29);
}

/* On hand, held, inbound and open units of every SKU, in one number each. */
static void print_skus(struct model *model, uint64_t *prints)
{
    owed_add_up(model);
    for (int sku = 0; sku < SKUS_MAX; sku++) {
        prints[sku] = 1;
        for (int site = 0; sku < model->skus.count && site < model->sites.count; site++) {
            const struct cell *cell = &model->cells[cell_of(sku, site)];
            prints[sku] = print_number(prints[sku], cell->on_hand);
            prints[sku] = print_number(prints[sku], cell->held);
            prints[sku] = print_number(prints[sku], cell->allocated);
        }
    }
    for (size_t i = 0; i < model->inbound_count; i++) {
        const struct inbound *inbound = &model->inbounds[i];
        if (inbound->open > 0) {
            uint64_t print = print_number((uint64_t)inbound->cell, inbound->open);
            print = print_number(print, inbound->eta);
            prints[inbound->cell / SITES_MAX] += print;
        }
    }
    for (size_t i = 0; i < model->order_count; i++) {
        for (size_t j = 0; j < model->orders[i]->line_count; j++) {
            const struct line *line = &model->orders[i]->lines[j];
            if (!line->placed || line->unassigned == 0) {
                continue;
            }
            prints[line->sku] += print_number(7, line->unassigned);
            for (uint32_t k = 0; line->recipe && k < line->recipe->count; k++) {
                prints[sku_need(model, line->recipe->parts[k].sku)] +=
                    print_number(7, line->unassigned * line->recipe->parts[k].quantity);
            }
        }
    }
}

void settle_before(struct model *model)
{
    if (!model->prints && !(model->prints = calloc(SKUS_MAX, sizeof *model->prints))) {
        abort();
    }
    print_skus(model, model->prints);
}

void settle_after(struct model *model, const struct event *event)
{
    uint64_t prints[SKUS_MAX];
    bool changed[SKUS_MAX];
    const bool of_line = event->type == EVENT_STOCK_RETURNED && event->stock.order_id.count &&
                         event->stock.line_id.count;
    const struct order *named = NULL;
    if (of_line) {
        named = order_known(model, event->stock.order_id);
    } else if (event->type > EVENT_INBOUND_EXPECTED) {
        named = order_known(model, event->order.order_id);
    }
    print_skus(model, prints);
    for (int sku = 0; sku < SKUS_MAX; sku++) {
        changed[sku] = prints[sku] != model->prints[sku];
    }
    settle(model, changed, named);
}

static void settle_all(struct model *model)
{
    settle(model, NULL, NULL);
}

/* A run of reference records ends. */
void settle_reference(struct model *model)
{
    if (model->reference_run) {
        model->reference_run = false;
        settle_all(model);
    }
}

/* ------------------------------------------------------------------ move */

static bool may_move(struct model *model, const struct order *order, const struct line *line)
{
    if (!line->placed || line->site != NONE || line->open == 0 || line->unassigned > 0) {
        return false;
    }
    const enum line_status status = status_of_line(model, order, line);
    if (status != LINE_BACKORDERED && status != LINE_AT_RISK) {
        return false;
    }
    if (line->moves >= model->settings.moves) {
        model_hit(model, HIT_MOVE_SPENT);
        return false;
    }
    return true;
}

static void try_move(struct model *model, struct order *order, size_t row)
{
    const size_t facts = order->fact_count;
    const int32_t before = expected_by_of(model, order, &order->lines[row]);
    const struct decision moved = { .kind = DECISION_MOVED, .line = order->lines[row].id };
    decide(model, order, &moved);
    source_order(model, order, (int)row);
    owed_add_up(model);
    date_line(model, order, &order->lines[row]);
    const int32_t after = expected_by_of(model, order, &order->lines[row]);
    if (after != DAY_NONE && (before == DAY_NONE || after < before)) {
        promise_line(model, order, &order->lines[row]);
        model_hit(model, HIT_MOVE_KEPT);
        return;
    }
    while (order->fact_count > facts) {
        order_forget_last(order);
    }
    order_replay(model, order);
    owed_add_up(model);
    model_hit(model, HIT_MOVE_REVERTED);
}

/* Line after line by number, one at a time. */
static void move(struct model *model)
{
    uint64_t number = 0;
    owed_add_up(model);
    for (;;) {
        struct order *order = NULL;
        size_t row = 0;
        uint64_t lowest = UINT64_MAX;
        for (size_t i = 0; i < model->order_count; i++) {
            for (size_t j = 0; j < model->orders[i]->line_count; j++) {
                const struct line *line = &model->orders[i]->lines[j];
                if (line->placed && line->number > number && line->number < lowest) {
                    lowest = line->number;
                    order = model->orders[i];
                    row = j;
                }
            }
        }
        if (!order) {
            return;
        }
        number = lowest;
        if (may_move(model, order, &order->lines[row])) {
            try_move(model, order, row);
        }
    }
}

void settle_review(struct model *model)
{
    settle_all(model);
    move(model);
}
