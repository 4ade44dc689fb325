/* SPDX-License-Identifier: Apache-2.0 */
/* One order from its facts: R2 is played through in the order of arrival, the totals of every line
 * are added up anew after each fact, and parts give and take what the totals ask for. */
#include "model/model_state.h"

#include <stdlib.h>

void replay_hit(const struct replay *replay, enum hit rule)
{
    if (replay->last) {
        model_hit(replay->model, rule);
    }
}

/* ------------------------------------------------------------------ looking up */

struct line *order_line(struct order *order, struct bytes line_id)
{
    for (size_t i = 0; i < order->line_count; i++) {
        if (bytes_equal(order->lines[i].id, line_id)) {
            return &order->lines[i];
        }
    }
    return NULL;
}

static struct line *need_line(struct order *order, struct bytes line_id)
{
    struct line *line = order_line(order, line_id);
    if (!line) {
        line = PUSH(order->lines, order->line_count);
        *line = (struct line){ .id = line_id, .site = NONE };
        line->quantity_time = TIME_NONE;
        line->site_time = TIME_NONE;
        line->own_promised_time = TIME_NONE;
        line->own_promised_by = DAY_NONE;
        line->promised_by = DAY_NONE;
    }
    return line;
}

const struct mark *order_mark(const struct order *order, struct bytes shipment_id)
{
    for (size_t i = 0; i < order->mark_count; i++) {
        if (bytes_equal(order->marks[i].shipment, shipment_id)) {
            return &order->marks[i];
        }
    }
    return NULL;
}

static struct mark *need_mark(struct order *order, struct bytes shipment_id)
{
    for (size_t i = 0; i < order->mark_count; i++) {
        if (bytes_equal(order->marks[i].shipment, shipment_id)) {
            return &order->marks[i];
        }
    }
    struct mark *mark = PUSH(order->marks, order->mark_count);
    *mark = (struct mark){ shipment_id, false, false };
    return mark;
}

const struct load *order_load(const struct order *order, enum event_type type,
                              struct bytes shipment_id, struct bytes line_id)
{
    for (size_t i = 0; i < order->load_count; i++) {
        const struct load *load = &order->loads[i];
        if (load->fact->event->type == type && bytes_equal(load->shipment, shipment_id) &&
            bytes_equal(order->lines[load->line].id, line_id)) {
            return load;
        }
    }
    return NULL;
}

bool load_counts(const struct order *order, const struct load *load)
{
    const struct mark *mark = order_mark(order, load->shipment);
    return load->fact->event->type != EVENT_SHIPMENT_SHIPPED || !mark || !mark->is_void;
}

/* R9: the work that a shipment's record gave a line, and keeps. */
int64_t load_work(const struct order *order, const struct load *load)
{
    const struct order_data *data = &load->fact->event->order;
    int64_t work = 0;
    for (uint32_t i = 0; i < data->line_count; i++) {
        if (bytes_equal(data->lines[i].line_id, order->lines[load->line].id)) {
            work += load->fact->works[i];
        }
    }
    return work;
}

/* Entries of one line add up. */
int64_t load_units(const struct order *order, const struct load *load)
{
    const struct order_data *data = &load->fact->event->order;
    int64_t units = 0;
    for (uint32_t i = 0; i < data->line_count; i++) {
        if (bytes_equal(data->lines[i].line_id, order->lines[load->line].id)) {
            units += data->lines[i].quantity;
        }
    }
    return units;
}

/* ------------------------------------------------------------------ totals */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t line_shipped(const struct order *order, const struct line *line)
{
    int64_t shipped = 0;
    for (size_t i = 0; i < order->load_count; i++) {
        const struct load *load = &order->loads[i];
        if (&order->lines[load->line] == line && load_counts(order, load) &&
            load->fact->event->type == EVENT_SHIPMENT_SHIPPED) {
            shipped += load_units(order, load);
        }
    }
    return shipped;
}

/* The totals of R2, from the facts so far. */
static void total(const struct order *order, struct line *line)
{
    line->shipped = line_shipped(order, line);
    const int64_t room = most(0, line->quantity - line->shipped);
    line->cancelled = order->all_cancelled ? room : least(line->asked, room);
    line->open = room - line->cancelled;
}

/* After any word on a placed line. `site`: where a shipment left from, or NONE. */
static void settle(const struct replay *replay, struct line *line, int site)
{
    if (!line->placed) {
        return;
    }
    total(replay->order, line);
    const int64_t units = line_units(line);
    if (line->open > units) {
        parts_give(replay, line, line->open - units);
    } else if (site != NONE) {
        parts_take_shipped(replay, line, units - line->open, site);
    } else {
        parts_take_cut(replay, line, units - line->open);
    }
}

static void shorten(const struct replay *replay, struct line *line, const struct load *load)
{
    const int site = site_number(replay->model, load->fact->event->order.location);
    struct part *part = part_need(line, site);
    const int64_t lost = least(load_units(replay->order, load), part->open);
    part_lose(part, lost);
    line->unassigned += lost;
    line->shorted |= 1u << site;
}

/* ------------------------------------------------------------------ facts */

static bool is_newer(const struct replay *replay, int64_t *time)
{
    if (replay->fact->event->time_ns < *time) {
        replay_hit(replay, HIT_R2_OLDER_WORD);
        return false;
    }
    *time = replay->fact->event->time_ns;
    return true;
}

static void say_name(const struct replay *replay, struct bytes name, struct bytes *out,
                     int64_t *time)
{
    if (name.count && is_newer(replay, time)) {
        *out = name;
    }
}

static bool say_site(const struct replay *replay, struct line *line, struct bytes location)
{
    if (!location.count || !is_newer(replay, &line->site_time)) {
        return false;
    }
    line->site = site_number(replay->model, location);
    return true;
}

static void say_quantity(const struct replay *replay, struct line *line, int64_t quantity)
{
    if (is_newer(replay, &line->quantity_time)) {
        line->quantity = quantity;
    }
}

static void say_promised(const struct replay *replay, struct line *line, int32_t day)
{
    if (day != DAY_NONE && is_newer(replay, &line->own_promised_time)) {
        line->own_promised_by = day;
    }
}

/* What was said of the line before it was placed: what shorted took is lost now. */
static void join_loads(const struct replay *replay, struct line *line)
{
    for (size_t i = 0; i < replay->order->load_count; i++) {
        const struct load *load = &replay->order->loads[i];
        if (&replay->order->lines[load->line] != line) {
            continue;
        }
        if (load->fact->event->type == EVENT_SHIPMENT_SHORTED) {
            shorten(replay, line, load);
            replay_hit(replay, HIT_R3_SHORTED_FIRST);
        }
        if (line->recipe && !load->fact->recipes[0]) {
            replay_hit(replay, HIT_R3_REDONE);
        }
    }
}

static bool place_line(const struct replay *replay, struct line *line, uint32_t index,
                       uint64_t number)
{
    const struct line_data *data = &replay->fact->event->order.lines[index];
    if (line->placed) {
        replay_hit(replay, HIT_R2_PLACED_AGAIN);
        return false;
    }
    line->placed = true;
    line->sku = sku_need(replay->model, data->sku);
    line->recipe = data->bundle.count ? &data->bundle : replay->fact->recipes[index];
    line->number = number;
    if (line->recipe) {
        replay_hit(replay, HIT_R12_LINE);
    }
    if (line->site != NONE) {
        (void)cell_named(replay->model, line->sku, line->site);
    }
    return true;
}

static void play_placed(const struct replay *replay)
{
    struct order *order = replay->order;
    const struct order_data *data = &replay->fact->event->order;
    uint64_t number = replay->fact->number;
    say_name(replay, data->zone, &order->zone, &order->zone_time);
    say_name(replay, data->network, &order->network, &order->network_time);
    say_name(replay, data->service, &order->service, &order->service_time);
    for (uint32_t i = 0; i < data->line_count; i++) {
        struct line *line = need_line(order, data->lines[i].line_id);
        const bool fresh = place_line(replay, line, i, number);
        number += fresh;
        say_quantity(replay, line, data->lines[i].quantity);
        say_promised(replay, line, data->lines[i].promised_by);
        if (data->lines[i].location.count) {
            (void)cell_named(replay->model, line->sku,
                             site_number(replay->model, data->lines[i].location));
        }
        if (say_site(replay, line, data->lines[i].location)) {
            parts_move_all(replay, line, line->site);
        }
        settle(replay, line, NONE);
        if (fresh) {
            join_loads(replay, line);
        }
    }
}

static void play_amended(const struct replay *replay, const struct line_data *data)
{
    struct line *line = need_line(replay->order, data->line_id);
    say_quantity(replay, line, data->quantity);
    settle(replay, line, NONE);
    replay_hit(replay, HIT_R2_AMENDED);
}

static void play_cancelled(const struct replay *replay, const struct line_data *data)
{
    struct line *line = need_line(replay->order, data->line_id);
    line->asked += data->quantity;
    settle(replay, line, NONE);
    replay_hit(replay, HIT_R2_CANCEL_LINES);
}

static void play_cancelled_all(const struct replay *replay)
{
    replay->order->all_cancelled = true;
    for (size_t i = 0; i < replay->order->line_count; i++) {
        settle(replay, &replay->order->lines[i], NONE);
    }
    replay_hit(replay, HIT_R2_CANCEL_ALL);
}

static void play_assigned(const struct replay *replay, const struct line_data *data)
{
    struct line *line = need_line(replay->order, data->line_id);
    if (line->placed) {
        (void)cell_named(replay->model, line->sku, site_number(replay->model, data->location));
    }
    if (say_site(replay, line, data->location) && line->placed) {
        parts_move_all(replay, line, line->site);
        replay_hit(replay, HIT_R2_ASSIGNED);
    }
}

/* Of shipped and shorted, what this record says of a line for the first time. */
static void play_load(const struct replay *replay, const struct line_data *data)
{
    struct order *order = replay->order;
    const struct event *event = replay->fact->event;
    struct line *line = need_line(order, data->line_id);
    if (order_load(order, event->type, event->order.shipment_id, data->line_id)) {
        return;
    }
    const int site = site_number(replay->model, event->order.location);
    const int row = (int)(line - order->lines);
    if (!replay->fact->deducts) {
        replay_hit(replay, HIT_R3_NO_DEDUCT);
    }
    struct load *load = PUSH(order->loads, order->load_count);
    *load = (struct load){ replay->fact, event->order.shipment_id, row, !line->placed };
    if (event->type == EVENT_SHIPMENT_SHIPPED) {
        settle(replay, line, site);
    } else if (line->placed) {
        shorten(replay, line, load);
        replay_hit(replay, HIT_R3_SHORTED);
    }
}

static void play_voided(const struct replay *replay)
{
    struct order *order = replay->order;
    const struct bytes shipment = replay->fact->event->order.shipment_id;
    bool shipped = false;
    need_mark(order, shipment)->is_void = true;
    for (size_t i = 0; i < order->load_count; i++) {
        if (bytes_equal(order->loads[i].shipment, shipment)) {
            settle(replay, &order->lines[order->loads[i].line], NONE);
            shipped = true;
        }
    }
    replay_hit(replay, shipped ? HIT_R3_VOIDED : HIT_R3_VOID_FIRST);
}

static void play_returned(const struct replay *replay)
{
    struct order *order = replay->order;
    const struct stock_data *data = &replay->fact->event->stock;
    struct line *line = need_line(order, data->line_id);
    const int row = (int)(line - order->lines);
    line->returned += data->quantity;
    *PUSH(order->loads, order->load_count) =
        (struct load){ replay->fact, { NULL, 0 }, row, !line->placed };
}

static void play_lines(const struct replay *replay,
                       void (*play)(const struct replay *, const struct line_data *))
{
    const struct order_data *data = &replay->fact->event->order;
    for (uint32_t i = 0; i < data->line_count; i++) {
        play(replay, &data->lines[i]);
    }
}

static void play(const struct replay *replay)
{
    const struct event *event = replay->fact->event;
    switch (event->type) {
    case EVENT_ORDER_PLACED:
        play_placed(replay);
        break;
    case EVENT_ORDER_AMENDED:
        play_lines(replay, play_amended);
        break;
    case EVENT_ORDER_CANCELLED:
        if (event->order.line_count == 0) {
            play_cancelled_all(replay);
        }
        play_lines(replay, play_cancelled);
        break;
    case EVENT_ORDER_ASSIGNED:
        play_lines(replay, play_assigned);
        break;
    case EVENT_SHIPMENT_SHIPPED:
    case EVENT_SHIPMENT_SHORTED:
        play_lines(replay, play_load);
        break;
    case EVENT_SHIPMENT_VOIDED:
        play_voided(replay);
        break;
    case EVENT_SHIPMENT_DELIVERED:
        need_mark(replay->order, event->order.shipment_id)->is_delivered = true;
        replay_hit(replay, HIT_R3_DELIVERED);
        break;
    default:
        play_returned(replay);
        break;
    }
}

/* ------------------------------------------------------------------ the whole */

static void sum_parts(const struct replay *replay)
{
    struct order *order = replay->order;
    for (size_t i = 0; i < order->load_count; i++) {
        const struct load *load = &order->loads[i];
        if (load->fact->event->type == EVENT_SHIPMENT_SHIPPED && load_counts(order, load)) {
            const int site = site_number(replay->model, load->fact->event->order.location);
            part_need(&order->lines[load->line], site)->shipped += load_units(order, load);
        }
    }
}

static void order_clear(struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        for (int j = 0; j < order->lines[i].part_count; j++) {
            free(order->lines[i].parts[j].bookings);
        }
    }
    free(order->lines);
    free(order->loads);
    free(order->marks);
    free(order->shifts);
    order->lines = NULL;
    order->loads = NULL;
    order->marks = NULL;
    order->shifts = NULL;
    order->line_count = 0;
    order->load_count = 0;
    order->mark_count = 0;
    order->shift_count = 0;
    order->newest = TIME_NONE;
    order->zone_time = TIME_NONE;
    order->network_time = TIME_NONE;
    order->service_time = TIME_NONE;
    order->zone = (struct bytes){ NULL, 0 };
    order->network = BYTES_LITERAL("default");
    order->service = BYTES_LITERAL("standard");
    order->all_cancelled = false;
}

void order_forget_last(struct order *order)
{
    struct fact *fact = order->facts[--order->fact_count];
    free(fact->recipes);
    free(fact->works);
    free(fact->decision.bookings);
    free(fact);
}

void order_forget_facts(struct order *order)
{
    order_clear(order);
    while (order->fact_count > 0) {
        order_forget_last(order);
    }
    free(order->facts);
    order->facts = NULL;
}

void order_replay(struct model *model, struct order *order)
{
    order_clear(order);
    struct replay replay = { model, order, NULL, false };
    for (size_t i = 0; i < order->fact_count; i++) {
        replay.fact = order->facts[i];
        replay.last = i + 1 == order->fact_count;
        if (!replay.fact->event) {
            decision_play(&replay);
            continue;
        }
        play(&replay);
        if (replay.fact->event->time_ns > order->newest) {
            order->newest = replay.fact->event->time_ns;
        }
    }
    for (size_t i = 0; i < order->load_count; i++) {
        replay.last = order->fact_count > 0 &&
                      order->loads[i].fact == order->facts[order->fact_count - 1];
        replay_shift_load(&replay, &order->loads[i]);
    }
    sum_parts(&replay);
}
