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

/* ------------------------------------------------------------------ parts */

static void name_cells(const struct replay *replay, const struct line *line, int site)
{
    (void)cell_named(replay->model, line->sku, site);
    for (uint32_t i = 0; line->recipe && i < line->recipe->count; i++) {
        (void)cell_named(replay->model, sku_need(replay->model, line->recipe->parts[i].sku), site);
    }
}

static struct part *need_part(struct line *line, int site)
{
    for (int i = 0; i < line->part_count; i++) {
        if (line->parts[i].site == site) {
            return &line->parts[i];
        }
    }
    struct part *part = &line->parts[line->part_count++];
    *part = (struct part){ site, 0, 0 };
    return part;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t take_unassigned(struct line *line, int64_t units)
{
    const int64_t taken = least(units, line->unassigned);
    line->unassigned -= taken;
    return units - taken;
}

/* The part with open units whose name is first, or last. */
static struct part *end_part(const struct replay *replay, struct line *line, bool first)
{
    struct part *found = NULL;
    for (int i = 0; i < line->part_count; i++) {
        struct part *part = &line->parts[i];
        if (part->open == 0) {
            continue;
        }
        const int order = found ? bytes_compare(replay->model->sites.list[part->site],
                                                replay->model->sites.list[found->site])
                                : 0;
        if (!found || (first ? order < 0 : order > 0)) {
            found = part;
        }
    }
    return found;
}

static void take_parts(const struct replay *replay, struct line *line, int64_t units, bool first)
{
    while (units > 0) {
        struct part *part = end_part(replay, line, first);
        const int64_t taken = least(units, part->open);
        part->open -= taken;
        units -= taken;
        replay_hit(replay, first ? HIT_R2_SHIP_ELSEWHERE : HIT_R2_CUT_PARTS);
    }
}

/* R2: the part at the shipment's own location first, then units without location, then by name. */
static void take_shipped(const struct replay *replay, struct line *line, int64_t units, int site)
{
    struct part *own = need_part(line, site);
    const int64_t taken = least(units, own->open);
    own->open -= taken;
    units -= taken;
    if (units > 0 && line->unassigned > 0) {
        replay_hit(replay, HIT_R2_SHIP_UNASSIGNED);
    }
    units = take_unassigned(line, units);
    take_parts(replay, line, units, true);
}

static void give(const struct replay *replay, struct line *line, int64_t units)
{
    if (line->site == NONE) {
        line->unassigned += units;
        return;
    }
    name_cells(replay, line, line->site);
    need_part(line, line->site)->open += units;
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

static int64_t units_there(const struct line *line)
{
    int64_t units = line->unassigned;
    for (int i = 0; i < line->part_count; i++) {
        units += line->parts[i].open;
    }
    return units;
}

/* After any word on a placed line. `site`: where a shipment left from, or NONE. */
static void settle(const struct replay *replay, struct line *line, int site)
{
    if (!line->placed) {
        return;
    }
    total(replay->order, line);
    const int64_t units = units_there(line);
    if (line->open > units) {
        give(replay, line, line->open - units);
    } else if (site != NONE) {
        take_shipped(replay, line, units - line->open, site);
    } else {
        take_parts(replay, line, take_unassigned(line, units - line->open), false);
    }
}

/* The order system decides: all open units of the line ship from there. */
static void move_all(const struct replay *replay, struct line *line, int site)
{
    const int64_t units = units_there(line);
    line->unassigned = 0;
    for (int i = 0; i < line->part_count; i++) {
        line->parts[i].open = 0;
    }
    (void)cell_named(replay->model, line->sku, site);
    if (units > 0) {
        name_cells(replay, line, site);
    }
    need_part(line, site)->open = units;
}

static void shorten(const struct replay *replay, struct line *line, const struct load *load)
{
    const int site = site_need(replay->model, load->fact->event->order.location);
    struct part *part = need_part(line, site);
    const int64_t lost = least(load_units(replay->order, load), part->open);
    part->open -= lost;
    line->unassigned += lost;
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
    line->site = site_need(replay->model, location);
    return true;
}

static void say_quantity(const struct replay *replay, struct line *line, int64_t quantity)
{
    if (is_newer(replay, &line->quantity_time)) {
        line->quantity = quantity;
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
        if (data->lines[i].location.count) {
            (void)cell_named(replay->model, line->sku,
                             site_need(replay->model, data->lines[i].location));
        }
        if (say_site(replay, line, data->lines[i].location)) {
            move_all(replay, line, line->site);
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
        (void)cell_named(replay->model, line->sku, site_need(replay->model, data->location));
    }
    if (say_site(replay, line, data->location) && line->placed) {
        move_all(replay, line, line->site);
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
    const int site = site_need(replay->model, event->order.location);
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
            const int site = site_need(replay->model, load->fact->event->order.location);
            need_part(&order->lines[load->line], site)->shipped += load_units(order, load);
        }
    }
}

static void order_clear(struct order *order)
{
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

void order_forget_facts(struct order *order)
{
    order_clear(order);
    for (size_t i = 0; i < order->fact_count; i++) {
        free(order->facts[i].recipes);
    }
    free(order->facts);
    order->facts = NULL;
    order->fact_count = 0;
}

void order_replay(struct model *model, struct order *order)
{
    order_clear(order);
    struct replay replay = { model, order, NULL, false };
    for (size_t i = 0; i < order->fact_count; i++) {
        replay.fact = &order->facts[i];
        replay.last = i + 1 == order->fact_count;
        play(&replay);
        if (replay.fact->event->time_ns > order->newest) {
            order->newest = replay.fact->event->time_ns;
        }
    }
    for (size_t i = 0; i < order->load_count; i++) {
        replay.last = order->loads[i].fact == replay.fact;
        replay_shift_load(&replay, &order->loads[i]);
    }
    sum_parts(&replay);
}
