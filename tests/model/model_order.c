/* SPDX-License-Identifier: Apache-2.0 */
/* Events on orders (2.2, 2.3): what is refused, what is a repetition, when an order ends. */
#include "model/model_state.h"

#include <stdlib.h>

#define UNITS_MAX INT64_C(1000000000000)

static struct order *order_find(const struct model *model, struct bytes order_id)
{
    for (size_t i = 0; i < model->order_count; i++) {
        if (bytes_equal(model->orders[i]->id, order_id)) {
            return model->orders[i];
        }
    }
    return NULL;
}

struct order *order_known(struct model *model, struct bytes order_id)
{
    struct order *order = order_find(model, order_id);
    return order && order->known ? order : NULL;
}

static struct order *order_need(struct model *model, struct bytes order_id)
{
    struct order *order = order_find(model, order_id);
    if (!order) {
        order = calloc(1, sizeof *order);
        if (!order) {
            abort();
        }
        order->id = order_id;
        *PUSH(model->orders, model->order_count) = order;
    }
    if (!order->known && order->ended) {
        model_hit(model, HIT_R15_BEGAN_AGAIN);
    }
    order->known = true;
    return order;
}

bool order_is_placed(const struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        if (order->lines[i].placed) {
            return true;
        }
    }
    return false;
}

/* The placed line with the next number; after NULL the first. NULL: none. */
const struct line *order_next_line(const struct order *order, const struct line *before)
{
    const uint64_t number = before ? before->number : 0;
    const struct line *next = NULL;
    /* Numbers are given once each: right behind it is nothing in between. */
    if (before && before + 1 < order->lines + order->line_count && before[1].placed &&
        before[1].number == number + 1) {
        return before + 1;
    }
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        if (line->placed && line->number > number && (!next || line->number < next->number)) {
            next = line;
        }
    }
    return next;
}

/* ------------------------------------------------------------------ taking a fact */

static size_t placed_count(const struct order *order)
{
    size_t count = 0;
    for (size_t i = 0; i < order->line_count; i++) {
        count += order->lines[i].placed;
    }
    return count;
}

/* R9: units x the workload of the line's item, or while there is no line, of the SKU named. */
static int64_t shipped_work(const struct model *model, struct order *order,
                            const struct line_data *data)
{
    const struct line *line = order_line(order, data->line_id);
    const int sku = line && line->placed ? line->sku : name_find(&model->skus, data->sku);
    return data->quantity * (sku == NONE ? 1 : workload_of(model, sku));
}

static struct fact *fact_of(struct model *model, struct order *order, const struct event *event)
{
    const bool is_return = event->type == EVENT_STOCK_RETURNED;
    const uint32_t count = is_return ? 1 : event->order.line_count;
    struct fact *fact = calloc(1, sizeof *fact);
    if (!fact || !(fact->recipes = calloc(count + 1, sizeof *fact->recipes)) ||
        !(fact->works = calloc(count + 1, sizeof *fact->works))) {
        abort();
    }
    fact->event = event;
    fact->deducts = true;
    fact->number = model->last_number + 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct bytes sku = is_return ? event->stock.sku : event->order.lines[i].sku;
        fact->recipes[i] = catalogue_recipe(model, sku);
        fact->works[i] = is_return ? 0 : shipped_work(model, order, &event->order.lines[i]);
    }
    if (!is_return && event->order.location.count) {
        const int site = site_number(model, event->order.location);
        fact->deducts = site_deducts(model, site);
        fact->day = site_day(model, site, event->time_ns);
    }
    return fact;
}

static int64_t held_by_load(const struct shift *shifts, size_t count, int load, int cell)
{
    int64_t held = 0;
    for (size_t i = 0; i < count; i++) {
        held += shifts[i].load == load && shifts[i].cell == cell ? shifts[i].held : 0;
    }
    return held;
}

/* What is held is never below 0: what a load takes back comes before what it adds. */
static void hold_load(struct model *model, const struct shift *before, size_t before_count,
                      const struct order *order, int load)
{
    for (int cell = 0; cell < model->skus.count * SITES_MAX; cell++) {
        const int64_t by = held_by_load(order->shifts, order->shift_count, load, cell) -
                           held_by_load(before, before_count, load, cell);
        const int64_t held = model->cells[cell].held + by;
        model->cells[cell].held = held > 0 ? held : 0;
    }
}

/* Returned goods that are not sellable are held in order of arrival: of goods that are known only
 * when their line is placed in the order of the record's lines, of a line the newest first. */
static void hold_changes(struct model *model, const struct shift *before, size_t before_count,
                         const struct order *order, const struct event *event)
{
    const int newest = (int)order->load_count - 1;
    if (event->type == EVENT_STOCK_RETURNED) {
        hold_load(model, before, before_count, order, newest);
    }
    for (uint32_t i = 0; event->type == EVENT_ORDER_PLACED && i < event->order.line_count; i++) {
        for (int load = newest; load >= 0; load--) {
            if (order->loads[load].fact->event->type == EVENT_STOCK_RETURNED &&
                bytes_equal(order->lines[order->loads[load].line].id,
                            event->order.lines[i].line_id)) {
                hold_load(model, before, before_count, order, load);
            }
        }
    }
}

static bool names_line(const struct event *event, struct bytes line_id)
{
    for (uint32_t i = 0; i < event->order.line_count; i++) {
        if (bytes_equal(event->order.lines[i].line_id, line_id)) {
            return true;
        }
    }
    return false;
}

/* Goods that waited for their line move now, by the recipe of now. */
static void waited_until_now(struct model *model, struct order *order, const struct event *event)
{
    for (size_t i = 0; i < order->load_count; i++) {
        const struct load *load = &order->loads[i];
        const struct line *line = &order->lines[load->line];
        const struct event *said = load->fact->event;
        const bool is_return = said->type == EVENT_STOCK_RETURNED;
        const uint32_t count = is_return ? 1 : said->order.line_count;
        for (uint32_t j = 0; !line->placed && names_line(event, line->id) && j < count; j++) {
            if (load->fact->recipes[j] &&
                (is_return || bytes_equal(said->order.lines[j].line_id, line->id))) {
                load->fact->recipes[j] = catalogue_recipe(
                    model, is_return ? said->stock.sku : said->order.lines[j].sku);
            }
        }
    }
}

struct order *order_take(struct model *model, struct bytes order_id, const struct event *event)
{
    struct order *order = order_need(model, order_id);
    const size_t placed_before = placed_count(order);
    if (event->type == EVENT_ORDER_PLACED) {
        waited_until_now(model, order, event);
    }
    struct shift *before = order->shifts;
    const size_t before_count = order->shift_count;
    order->shifts = NULL;
    struct fact *fact = fact_of(model, order, event);
    *PUSH(order->facts, order->fact_count) = fact;
    order_replay(model, order);
    hold_changes(model, before, before_count, order, event);
    free(before);
    model->last_number += placed_count(order) - placed_before;
    for (size_t i = 0; i < order->shift_count; i++) {
        cell_observe(model, order->shifts[i].cell, order->shifts[i].time);
        cell_squeeze(model, order->shifts[i].cell);
    }
    if (placed_count(order) && order->state != KEY_STATE_LIVE) {
        if (order->state != KEY_STATE_NONE) {
            model_hit(model, HIT_KEY_BEGAN_AGAIN);
        }
        order->state = KEY_STATE_LIVE;
    }
    return order;
}

/* ------------------------------------------------------------------ what is refused */

static void refuse(struct model *model, struct arrival *arrival, enum refusal refusal, enum hit hit)
{
    arrival->refusals |= 1u << refusal;
    model_hit(model, hit);
}

/* R15 */
void order_too_late(struct model *model, struct arrival *arrival, struct bytes order_id)
{
    const int64_t newest = model->inputs[arrival->input].newest_time;
    if (!order_known(model, order_id) && newest != TIME_NONE &&
        arrival->event->time_ns < newest - model->settings.closed_orders_ms * NS_PER_MS) {
        refuse(model, arrival, REFUSAL_TOO_LATE, HIT_R15_TOO_LATE);
    }
}

static bool same_recipe(const struct recipe *a, const struct recipe *b)
{
    if (!b || a->count != b->count) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        bool found = false;
        for (uint32_t j = 0; j < b->count; j++) {
            found |= bytes_equal(a->parts[i].sku, b->parts[j].sku) &&
                     a->parts[i].quantity == b->parts[j].quantity;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static bool too_many(const struct recipe *recipe, int64_t quantity)
{
    for (uint32_t i = 0; recipe && i < recipe->count; i++) {
        if (quantity > UNITS_MAX / recipe->parts[i].quantity) {
            return true;
        }
    }
    return false;
}

static void judge_placed_line(struct model *model, struct arrival *arrival,
                              const struct line_data *data, const struct line *line)
{
    const struct recipe *recipe =
        data->bundle.count ? &data->bundle : catalogue_recipe(model, data->sku);
    if (line && line->placed) {
        if (!bytes_equal(model->skus.list[line->sku], data->sku) ||
            (data->bundle.count && !same_recipe(&data->bundle, line->recipe))) {
            refuse(model, arrival, REFUSAL_CONFLICT, HIT_LINE_CONFLICT);
        }
        recipe = line->recipe;
    }
    if (too_many(recipe, data->quantity)) {
        refuse(model, arrival, REFUSAL_BAD_QUANTITY, HIT_BAD_QUANTITY);
    }
}

static void judge_lines(struct model *model, struct arrival *arrival, struct order *order)
{
    const struct order_data *data = &arrival->event->order;
    size_t count = order ? order->line_count : 0;
    for (uint32_t i = 0; i < data->line_count; i++) {
        const struct line *line = order ? order_line(order, data->lines[i].line_id) : NULL;
        count += !line;
        if (arrival->event->type == EVENT_ORDER_PLACED) {
            judge_placed_line(model, arrival, &data->lines[i], line);
        }
        if (arrival->event->type == EVENT_ORDER_AMENDED && line && line->placed &&
            too_many(line->recipe, data->lines[i].quantity)) {
            refuse(model, arrival, REFUSAL_BAD_QUANTITY, HIT_BAD_QUANTITY);
        }
    }
    if (count > ORDER_LINES_MAX) {
        refuse(model, arrival, REFUSAL_BAD_VALUE, HIT_LINES_OVER);
    }
}

/* ------------------------------------------------------------------ shipments repeated (R4) */

/* How many units of this SKU a record of a shipment names for a line. */
static int64_t named_units(const struct order_data *data, struct bytes line_id, struct bytes sku)
{
    int64_t units = 0;
    for (uint32_t i = 0; i < data->line_count; i++) {
        if (bytes_equal(data->lines[i].line_id, line_id) && bytes_equal(data->lines[i].sku, sku)) {
            units += data->lines[i].quantity;
        }
    }
    return units;
}

static bool same_goods_one_way(const struct order_data *a, const struct order_data *b,
                               struct bytes line_id)
{
    for (uint32_t i = 0; i < a->line_count; i++) {
        if (bytes_equal(a->lines[i].line_id, line_id) &&
            named_units(a, line_id, a->lines[i].sku) != named_units(b, line_id, a->lines[i].sku)) {
            return false;
        }
    }
    return true;
}

static bool same_goods(const struct order_data *a, const struct order_data *b, struct bytes line_id)
{
    return bytes_equal(a->location, b->location) && same_goods_one_way(a, b, line_id) &&
           same_goods_one_way(b, a, line_id);
}

/* True where all lines are known already. */
static bool judge_loads(struct model *model, struct arrival *arrival, struct order *order)
{
    const struct event *event = arrival->event;
    uint32_t known = 0;
    for (uint32_t i = 0; order && i < event->order.line_count; i++) {
        const struct bytes line_id = event->order.lines[i].line_id;
        const struct load *load =
            order_load(order, event->type, event->order.shipment_id, line_id);
        known += load != NULL;
        if (load && !same_goods(&load->fact->event->order, &event->order, line_id)) {
            refuse(model, arrival, REFUSAL_CONFLICT, HIT_R4_SHIPMENT_CONFLICT);
        }
    }
    for (uint32_t i = 0; i < event->order.line_count; i++) {
        const struct line_data *line = &event->order.lines[i];
        if (too_many(catalogue_recipe(model, line->sku), line->quantity)) {
            refuse(model, arrival, REFUSAL_BAD_QUANTITY, HIT_BAD_QUANTITY);
        }
    }
    if (known > 0 && known < event->order.line_count && !arrival->refusals) {
        model_hit(model, HIT_R4_SHIPMENT_MIXED);
    }
    return known == event->order.line_count;
}

static bool judge_shipment(struct model *model, struct arrival *arrival, struct order *order)
{
    const struct event *event = arrival->event;
    const struct mark *mark = order ? order_mark(order, event->order.shipment_id) : NULL;
    if (event->type == EVENT_SHIPMENT_VOIDED) {
        return mark && mark->is_void;
    }
    if (event->type == EVENT_SHIPMENT_DELIVERED) {
        return mark && mark->is_delivered;
    }
    if (event->type == EVENT_SHIPMENT_SHIPPED && mark && mark->is_void) {
        refuse(model, arrival, REFUSAL_CONFLICT, HIT_R4_VOID_CONFLICT);
    }
    return judge_loads(model, arrival, order);
}

/* What is new in the record waits for a line. */
static bool is_parked(struct order *order, const struct event *event)
{
    if (event->order.line_count == 0) {
        return !order || !order_is_placed(order);
    }
    for (uint32_t i = 0; i < event->order.line_count; i++) {
        const struct bytes line_id = event->order.lines[i].line_id;
        const struct line *line = order ? order_line(order, line_id) : NULL;
        const bool known =
            order && order_load(order, event->type, event->order.shipment_id, line_id);
        if (!known && (!line || !line->placed)) {
            return true;
        }
    }
    return false;
}

static bool is_shipment(const struct event *event)
{
    return event->type >= EVENT_SHIPMENT_SHIPPED && event->type <= EVENT_SHIPMENT_DELIVERED;
}

static bool nothing_open(const struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        if (order->lines[i].placed && order->lines[i].open > 0) {
            return false;
        }
    }
    return order_is_placed(order);
}

/* A cancel that asks for more than is open. */
static bool asks_too_much(struct order *order, const struct event *event)
{
    if (order && event->order.line_count == 0) {
        return nothing_open(order);
    }
    for (uint32_t i = 0; order && i < event->order.line_count; i++) {
        const struct line *line = order_line(order, event->order.lines[i].line_id);
        if (line && line->placed && line->open < event->order.lines[i].quantity) {
            return true;
        }
    }
    return false;
}

enum event_result order_apply(struct model *model, struct arrival *arrival)
{
    const struct event *event = arrival->event;
    struct order *order = order_known(model, event->order.order_id);
    order_too_late(model, arrival, event->order.order_id);
    const bool repeated = is_shipment(event) && judge_shipment(model, arrival, order);
    if (!is_shipment(event)) {
        judge_lines(model, arrival, order);
    }
    if (arrival->refusals) {
        return RESULT_REJECTED;
    }
    if (repeated) {
        model_hit(model, HIT_R4_SHIPMENT_REPEATED);
        return RESULT_DUPLICATE;
    }
    const bool parked = is_shipment(event) && is_parked(order, event);
    if (event->type == EVENT_ORDER_CANCELLED && asks_too_much(order, event)) {
        model_anomaly(model, ANOMALY_NOTHING_OPEN);
        model_hit(model, HIT_NOTHING_OPEN);
    }
    if (parked) {
        model_hit(model, HIT_R3_PARKED);
    }
    (void)order_take(model, event->order.order_id, event);
    return parked ? RESULT_PARKED : RESULT_APPLIED;
}

/* ------------------------------------------------------------------ R15 */

static bool is_over(const struct model *model, const struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        if (order->lines[i].placed && order->lines[i].open > 0) {
            return false;
        }
    }
    return model->now_ms * NS_PER_MS - order->newest >
           model->settings.closed_orders_ms * NS_PER_MS;
}

/* The goods that left or came back did so for good. */
static void keep_shifts(struct model *model, const struct order *order)
{
    for (size_t i = 0; i < order->shift_count; i++) {
        const struct shift *shift = &order->shifts[i];
        struct cell *cell = &model->cells[shift->cell];
        if (shift->quantity != 0) {
            *PUSH(cell->moves, cell->move_count) = (struct move){ shift->time, shift->quantity };
        }
    }
}

/* R9: what was shipped today stays shipped today. */
static void keep_shipped_work(struct order *order, const struct model *model)
{
    for (size_t i = 0; i < order->load_count; i++) {
        const struct load *load = &order->loads[i];
        if (load->fact->event->type == EVENT_SHIPMENT_SHIPPED && load_counts(order, load)) {
            *PUSH(order->gone, order->gone_count) = (struct shipped_work){
                order->lives,
                order->lines[load->line].id,
                name_find(&model->sites, load->fact->event->order.location),
                load->fact->day,
                load_work(order, load),
            };
        }
    }
}

void orders_end(struct model *model)
{
    for (size_t i = 0; i < model->order_count; i++) {
        struct order *order = model->orders[i];
        if (!order->known || !is_over(model, order)) {
            continue;
        }
        model_hit(model, order_is_placed(order) ? HIT_R15_ENDED : HIT_R15_UNPLACED_ENDED);
        keep_shifts(model, order);
        keep_shipped_work(order, model);
        order_forget_facts(order);
        order->known = false;
        order->ended = true;
        order->lives++;
        if (order->state == KEY_STATE_LIVE) {
            order->ended_ms = model->now_ms;
            order->state = KEY_STATE_GONE;
            model_hit(model, HIT_KEY_GONE);
        }
    }
}
