/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "demo_truth_state.h"

#define QUANTITY_MOST INT64_C(1000000000000)
enum { LINES_MOST = 2000 };

bool demo_text_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* ------------------------------------------------------------------ lines */

static struct demo_line *line_find(const struct demo_order *order, const char *line_id)
{
    return demo_map_find(&order->lines, line_id);
}

static struct demo_line *line_at(struct demo_truth *truth, struct demo_order *order,
                                 const char *line_id)
{
    struct demo_line **found = (struct demo_line **)demo_map_put(&order->lines, line_id);
    if (!*found) {
        *found = demo_new(sizeof **found);
        **found = (struct demo_line){ .line_id = demo_truth_text(truth, line_id),
                                      .quantity_time = DEMO_NEVER,
                                      .location_time = DEMO_NEVER, .own_by = INT32_MIN,
                                      .own_by_time = DEMO_NEVER, .decided_by = INT32_MIN };
    }
    return *found;
}

int64_t demo_line_shipped(const struct demo_line *line, const char *location)
{
    int64_t units = 0;
    for (size_t i = 0; i < line->goods_count; i++) {
        const struct demo_goods *goods = &line->goods[i];
        if (goods->kind == DEMO_SHIPPED && !goods->undone &&
            (!location || strcmp(goods->location, location) == 0)) {
            units += goods->units;
        }
    }
    return units;
}

struct demo_totals demo_line_totals(const struct demo_order *order, const struct demo_line *line)
{
    const int64_t shipped = demo_line_shipped(line, NULL);
    const int64_t room = line->quantity > shipped ? line->quantity - shipped : 0;
    const int64_t cancelled = order->cancelled || line->asked > room ? room : line->asked;
    return (struct demo_totals){ room - cancelled, shipped, cancelled,
                                 shipped > line->quantity ? shipped - line->quantity : 0 };
}

/* ------------------------------------------------------------------ where open units are */

/*
 * Which location ships what is a decision unless an event names it, and is not made again here:
 * demo_decisions.c takes it from the documents. A balance is there from the first event that names
 * it; so are those of components where units of the line are.
 */
static void make_balances(struct demo_truth *truth, const struct demo_order *order,
                          const struct demo_line *line)
{
    size_t index;
    json_t *part;
    if (!line->sku || !line->location ||
        demo_line_totals(order, line).open - line->lost <= 0) {
        return;
    }
    (void)demo_balance_at(truth, line->sku, line->location);
    json_array_foreach(line->recipe, index, part) {
        (void)demo_balance_at(truth, demo_field_text(part, "sku"), line->location);
    }
}

/* Units of the line may be placed by a decision: balances of its goods may come of it. */
static void source(struct demo_truth *truth, struct demo_line *line)
{
    size_t index;
    json_t *part;
    line->sourced = true;
    *demo_map_put(&truth->sourced, line->sku) = truth;
    json_array_foreach(line->recipe, index, part) {
        *demo_map_put(&truth->sourced, demo_field_text(part, "sku")) = truth;
    }
}

/* ------------------------------------------------------------------ goods (R12) */

/* The goods' effect on one balance; `direction` −1 undoes it. */
static void move_one(struct demo_truth *truth, const struct demo_goods *goods, const char *sku,
                     int64_t units, int direction)
{
    struct demo_balance *balance = demo_balance_at(truth, sku, goods->location);
    const int64_t moved = goods->kind == DEMO_RETURNED ? units : -units;
    if (goods->deducts && direction > 0) {
        demo_balance_move(truth, balance, goods->time, moved);
    } else if (goods->deducts) {
        demo_balance_unmove(balance, goods->time, moved);
    }
    if (goods->unsellable) {
        balance->held += direction * units;
        balance->held = balance->held > 0 ? balance->held : 0;
    }
}

static void move_goods(struct demo_truth *truth, const struct demo_goods *goods, int direction)
{
    size_t index;
    json_t *part;
    if (!goods->recipe) {
        move_one(truth, goods, goods->sku, goods->units, direction);
        return;
    }
    json_array_foreach(goods->recipe, index, part) {
        move_one(truth, goods, demo_field_text(part, "sku"),
                 goods->units * demo_field_number(part, "quantity", 0), direction);
    }
}

/* By the line's recipe where the SKU is the line's, else as the catalogue has it; a bundle of a
 * line that is not known waits whole. */
static void take_goods(struct demo_truth *truth, const struct demo_line *line,
                       struct demo_goods *goods)
{
    const bool own = line->sku && strcmp(line->sku, goods->sku) == 0;
    (void)demo_balance_at(truth, goods->sku, goods->location);
    goods->recipe = own ? line->recipe : demo_truth_recipe(truth, goods->sku);
    if (goods->recipe && !line->sku) {
        goods->taken = DEMO_WAITING;
        return;
    }
    goods->taken = DEMO_TAKEN;
    move_goods(truth, goods, 1);
}

static void undo_goods(struct demo_truth *truth, struct demo_goods *goods)
{
    if (goods->taken == DEMO_TAKEN) {
        move_goods(truth, goods, -1);
    }
    goods->taken = DEMO_NOT_TAKEN;
}

/* The units of one component; 0: it is none. */
static int64_t each_of(const json_t *recipe, const char *sku)
{
    size_t index;
    json_t *part;
    json_array_foreach(recipe, index, part) {
        if (strcmp(demo_field_text(part, "sku"), sku) == 0) {
            return demo_field_number(part, "quantity", 0);
        }
    }
    return 0;
}

static bool same_recipe(const json_t *a, const json_t *b)
{
    bool same = json_array_size(a) == json_array_size(b);
    size_t index;
    json_t *part;
    json_array_foreach(a, index, part) {
        same = same && each_of(b, demo_field_text(part, "sku")) ==
                           demo_field_number(part, "quantity", 0);
    }
    return same;
}

/* The line is known now: what went by another recipe, or waited, goes as the line says. */
static void redo_goods(struct demo_truth *truth, struct demo_line *line)
{
    for (size_t i = 0; i < line->goods_count; i++) {
        struct demo_goods *goods = &line->goods[i];
        const bool own = strcmp(goods->sku, line->sku) == 0;
        const bool other = own && !same_recipe(goods->recipe, line->recipe);
        if (!goods->undone && (goods->taken == DEMO_WAITING || other)) {
            undo_goods(truth, goods);
            take_goods(truth, line, goods);
        }
    }
}

static struct demo_goods *goods_find(const struct demo_line *line, enum demo_kind kind,
                                     const char *parcel, const char *sku)
{
    for (size_t i = 0; line && i < line->goods_count; i++) {
        struct demo_goods *goods = &line->goods[i];
        if (goods->kind == kind && !goods->undone && demo_text_equal(goods->parcel, parcel) &&
            (!sku || strcmp(goods->sku, sku) == 0)) {
            return goods;
        }
    }
    return NULL;
}

static struct demo_goods *goods_add(struct demo_line *line)
{
    line->goods = demo_grow(line->goods, line->goods_count, &line->goods_capacity,
                            sizeof *line->goods);
    struct demo_goods *goods = &line->goods[line->goods_count++];
    *goods = (struct demo_goods){ .deducts = true };
    return goods;
}

/* ------------------------------------------------------------------ orders */

static bool too_many_lines(const struct demo_order *order, const json_t *data)
{
    const json_t *lines = json_object_get(data, "lines");
    size_t count = order->lines.count;
    size_t index;
    json_t *told;
    json_array_foreach(lines, index, told) {
        count += line_find(order, demo_field_text(told, "line_id")) ? 0 : 1;
    }
    return count > LINES_MOST;
}

static bool can_be_placed(const struct demo_truth *truth, const struct demo_order *order,
                          const json_t *told)
{
    const struct demo_line *line = line_find(order, demo_field_text(told, "line_id"));
    const char *sku = demo_field_text(told, "sku");
    const json_t *own = json_object_get(told, "bundle");
    const json_t *recipe = own ? own : demo_truth_recipe(truth, sku);
    if (line && line->sku) {
        if (strcmp(line->sku, sku) != 0 || (own && !same_recipe(own, line->recipe))) {
            return false;
        }
        recipe = line->recipe;
    }
    size_t index;
    json_t *part;
    json_array_foreach(recipe, index, part) {
        if (demo_field_number(told, "quantity", 0) >
            QUANTITY_MOST / demo_field_number(part, "quantity", 1)) {
            return false;
        }
    }
    return true;
}

static void name_line(struct demo_truth *truth, struct demo_line *line, json_t *told)
{
    json_t *own = json_object_get(told, "bundle");
    line->number = ++truth->line_count;
    line->sku = demo_truth_text(truth, demo_field_text(told, "sku"));
    line->recipe = own ? own : demo_truth_recipe(truth, line->sku);
    if (own) {
        demo_truth_keep(truth, own);
    }
    redo_goods(truth, line);
}

/* Units that the line's location could not find before the line was known. */
static int64_t parked_shorts(const struct demo_line *line)
{
    int64_t units = 0;
    for (size_t i = 0; i < line->goods_count; i++) {
        const struct demo_goods *goods = &line->goods[i];
        if (goods->kind == DEMO_SHORTED && demo_text_equal(goods->location, line->location)) {
            units += goods->units;
        }
    }
    return units;
}

/* True where the text is there and as new; then it is the attribute. */
static bool update(struct demo_truth *truth, const char *text, int64_t time, const char **value,
                   int64_t *value_time)
{
    if (!text || time < *value_time) {
        return false;
    }
    *value = demo_truth_text(truth, text);
    *value_time = time;
    return true;
}

static void set_quantity(struct demo_line *line, const json_t *told, int64_t time)
{
    if (time >= line->quantity_time) {
        line->quantity = demo_field_number(told, "quantity", 0);
        line->quantity_time = time;
    }
}

static void set_own_date(struct demo_line *line, const json_t *told, int64_t time)
{
    const char *date = demo_field_text(told, "promised_by");
    if (date && time >= line->own_by_time) {
        line->own_by = demo_day_of(date);
        line->own_by_time = time;
    }
}

static void place_line(struct demo_truth *truth, struct demo_order *order, json_t *told,
                       int64_t time)
{
    struct demo_line *line = line_at(truth, order, demo_field_text(told, "line_id"));
    const bool fresh = !line->sku;
    set_quantity(line, told, time);
    set_own_date(line, told, time);
    const char *named = demo_field_text(told, "location");
    const bool moved = update(truth, named, time, &line->location, &line->location_time);
    if (fresh) {
        name_line(truth, line, told);
    }
    if (line->location) {
        (void)demo_balance_at(truth, line->sku, line->location);
    }
    if (named) {
        (void)demo_balance_at(truth, line->sku, named);
    }
    if (moved || fresh) {
        line->lost = fresh && line->location ? parked_shorts(line) : 0;
    }
    if (!line->location || line->lost > 0) {
        source(truth, line);
    }
    make_balances(truth, order, line);
}

/* Defaults count as named first. */
static void route(struct demo_truth *truth, struct demo_order *order, const json_t *data,
                  int64_t time)
{
    const char *const before[] = { order->zone, order->network, order->service };
    (void)update(truth, demo_field_text(data, "zone"), time, &order->zone, &order->zone_time);
    (void)update(truth, demo_field_text(data, "network"), time, &order->network,
                 &order->network_time);
    (void)update(truth, demo_field_text(data, "service"), time, &order->service,
                 &order->service_time);
    order->rerouted = order->rerouted ||
                      (before[0] && !(demo_text_equal(before[0], order->zone) &&
                                      demo_text_equal(before[1], order->network) &&
                                      demo_text_equal(before[2], order->service)));
}

static enum demo_result take_placed(struct demo_truth *truth, struct demo_order *order,
                                    const struct demo_event *event)
{
    const json_t *data = event->data;
    const json_t *lines = json_object_get(data, "lines");
    size_t index;
    json_t *told;
    json_array_foreach(lines, index, told) {
        if (!can_be_placed(truth, order, told)) {
            return DEMO_RESULT_REJECTED;
        }
    }
    route(truth, order, data, event->time_ns);
    json_array_foreach(lines, index, told) {
        place_line(truth, order, told, event->time_ns);
    }
    return DEMO_RESULT_APPLIED;
}

static enum demo_result take_amended(struct demo_truth *truth, struct demo_order *order,
                                     const struct demo_event *event)
{
    size_t index;
    json_t *told;
    json_array_foreach(json_object_get(event->data, "lines"), index, told) {
        struct demo_line *line = line_at(truth, order, demo_field_text(told, "line_id"));
        set_quantity(line, told, event->time_ns);
        make_balances(truth, order, line);
    }
    return DEMO_RESULT_APPLIED;
}

static enum demo_result take_cancelled(struct demo_truth *truth, struct demo_order *order,
                                       const struct demo_event *event)
{
    const json_t *lines = json_object_get(event->data, "lines");
    size_t index;
    json_t *told;
    order->cancelled = order->cancelled || !lines;
    json_array_foreach(lines, index, told) {
        line_at(truth, order, demo_field_text(told, "line_id"))->asked +=
            demo_field_number(told, "quantity", 0);
    }
    return DEMO_RESULT_APPLIED;
}

static enum demo_result take_assigned(struct demo_truth *truth, struct demo_order *order,
                                      const struct demo_event *event)
{
    size_t index;
    json_t *told;
    json_array_foreach(json_object_get(event->data, "lines"), index, told) {
        struct demo_line *line = line_at(truth, order, demo_field_text(told, "line_id"));
        const char *named = demo_field_text(told, "location");
        const bool moved = update(truth, named, event->time_ns, &line->location,
                                  &line->location_time);
        if (line->sku) {
            (void)demo_balance_at(truth, line->sku, named);
        }
        if (line->sku && moved) {
            line->lost = 0;
            make_balances(truth, order, line);
        }
    }
    return DEMO_RESULT_APPLIED;
}

/* ------------------------------------------------------------------ shipments (R4) */

/* Units of one SKU that the event's entries of one line add up to. */
static int64_t told_units(const json_t *lines, const char *line_id, const char *sku)
{
    int64_t units = 0;
    size_t index;
    json_t *told;
    json_array_foreach(lines, index, told) {
        if (strcmp(demo_field_text(told, "line_id"), line_id) == 0 &&
            (!sku || strcmp(demo_field_text(told, "sku"), sku) == 0)) {
            units += demo_field_number(told, "quantity", 0);
        }
    }
    return units;
}

/* What is known of a parcel's line is what the event says of it. */
static bool is_repetition(const struct demo_line *line, const struct demo_event *event,
                          const char *parcel)
{
    const json_t *lines = json_object_get(event->data, "lines");
    int64_t known = 0;
    for (size_t i = 0; i < line->goods_count; i++) {
        const struct demo_goods *goods = &line->goods[i];
        if (goods->kind != event->kind || !demo_text_equal(goods->parcel, parcel)) {
            continue;
        }
        known += goods->units;
        if (strcmp(goods->location, demo_field_text(event->data, "location")) != 0 ||
            told_units(lines, line->line_id, goods->sku) != goods->units) {
            return false;
        }
    }
    return known == told_units(lines, line->line_id, NULL);
}

/* Marks in `out_fresh` the entries whose line is new; false where one is in conflict. */
static bool find_fresh(const struct demo_order *order, const struct demo_event *event,
                       const char *parcel, struct demo_map *out_fresh)
{
    size_t index;
    json_t *told;
    json_array_foreach(json_object_get(event->data, "lines"), index, told) {
        const char *line_id = demo_field_text(told, "line_id");
        const struct demo_line *line = line_find(order, line_id);
        if (!goods_find(line, event->kind, parcel, NULL)) {
            *demo_map_put(out_fresh, line_id) = told;
        } else if (!is_repetition(line, event, parcel)) {
            return false;
        }
    }
    return true;
}

static void add_entry(struct demo_truth *truth, struct demo_line *line,
                      const struct demo_event *event, const char *parcel, const json_t *told)
{
    const char *location = demo_field_text(event->data, "location");
    const char *sku = demo_field_text(told, "sku");
    if (goods_find(line, event->kind, parcel, sku)) {
        return;   /* an entry before this one has taken all of this SKU */
    }
    struct demo_goods *goods = goods_add(line);
    goods->kind = event->kind;
    goods->parcel = demo_truth_text(truth, parcel);
    goods->location = demo_truth_text(truth, location);
    goods->sku = demo_truth_text(truth, sku);
    goods->units = told_units(json_object_get(event->data, "lines"), line->line_id, sku);
    goods->time = event->time_ns;
    goods->deducts = demo_field_flag(demo_truth_location(truth, location),
                                     "shipments_deduct_stock", true);
    take_goods(truth, line, goods);
}

static enum demo_result take_fresh(struct demo_truth *truth, struct demo_order *order,
                                   const struct demo_event *event, const struct demo_map *fresh)
{
    const json_t *lines = json_object_get(event->data, "lines");
    const char *parcel = demo_field_text(event->data, "shipment_id");
    enum demo_result result = DEMO_RESULT_APPLIED;
    for (size_t i = 0; i < fresh->count; i++) {
        const char *line_id = fresh->rows[i].name;
        struct demo_line *line = line_at(truth, order, line_id);
        size_t index;
        json_t *told;
        json_array_foreach(lines, index, told) {
            if (strcmp(demo_field_text(told, "line_id"), line_id) == 0) {
                add_entry(truth, line, event, parcel, told);
            }
        }
        if (!line->sku) {
            result = DEMO_RESULT_PARKED;
        } else if (event->kind == DEMO_SHORTED) {
            line->lost += told_units(lines, line_id, NULL);
            source(truth, line);
        }
        make_balances(truth, order, line);
    }
    return result;
}

static enum demo_result take_parcel(struct demo_truth *truth, struct demo_order *order,
                                    const struct demo_event *event)
{
    struct demo_map fresh = { 0 };
    const char *parcel = demo_field_text(event->data, "shipment_id");
    enum demo_result result = DEMO_RESULT_REJECTED;
    if (event->kind == DEMO_SHIPPED && demo_map_find(&order->voided, parcel)) {
        return result;
    }
    if (find_fresh(order, event, parcel, &fresh)) {
        result = fresh.count == 0 ? DEMO_RESULT_DUPLICATE
                                  : take_fresh(truth, order, event, &fresh);
    }
    demo_map_free(&fresh);
    return result;
}

static enum demo_result placed_or_parked(const struct demo_order *order)
{
    for (size_t i = 0; i < order->lines.count; i++) {
        const struct demo_line *line = order->lines.rows[i].value;
        if (line->sku) {
            return DEMO_RESULT_APPLIED;
        }
    }
    return DEMO_RESULT_PARKED;
}

static void void_line(struct demo_truth *truth, const struct demo_order *order,
                      struct demo_line *line, const char *parcel)
{
    for (size_t i = 0; i < line->goods_count; i++) {
        struct demo_goods *goods = &line->goods[i];
        if (goods->kind == DEMO_SHIPPED && !goods->undone &&
            demo_text_equal(goods->parcel, parcel)) {
            undo_goods(truth, goods);
            goods->undone = true;
        }
    }
    make_balances(truth, order, line);
}

static enum demo_result take_voided(struct demo_truth *truth, struct demo_order *order,
                                    const struct demo_event *event)
{
    const char *parcel = demo_field_text(event->data, "shipment_id");
    if (demo_map_find(&order->voided, parcel)) {
        return DEMO_RESULT_DUPLICATE;
    }
    *demo_map_put(&order->voided, parcel) = order;
    for (size_t i = 0; i < order->lines.count; i++) {
        void_line(truth, order, order->lines.rows[i].value, parcel);
    }
    return placed_or_parked(order);
}

static enum demo_result take_delivered(struct demo_order *order, const struct demo_event *event)
{
    const char *parcel = demo_field_text(event->data, "shipment_id");
    if (demo_map_find(&order->delivered, parcel)) {
        return DEMO_RESULT_DUPLICATE;
    }
    *demo_map_put(&order->delivered, parcel) = order;
    return placed_or_parked(order);
}

/* ------------------------------------------------------------------ entrances */

static struct demo_order *order_new(struct demo_truth *truth, const char *order_id)
{
    struct demo_order *order = demo_new(sizeof *order);
    *order = (struct demo_order){ .order_id = demo_truth_text(truth, order_id),
                                  .zone_time = DEMO_NEVER, .network_time = DEMO_NEVER,
                                  .service_time = DEMO_NEVER };
    return order;
}

void demo_order_close(struct demo_order *order)
{
    for (size_t i = 0; i < order->lines.count; i++) {
        struct demo_line *line = order->lines.rows[i].value;
        free(line->open);
        free(line->goods);
        free(line);
    }
    demo_map_free(&order->lines);
    demo_map_free(&order->voided);
    demo_map_free(&order->delivered);
    free(order);
}

static enum demo_result take(struct demo_truth *truth, struct demo_order *order,
                             const struct demo_event *event)
{
    const bool changes_lines = event->kind >= DEMO_PLACED && event->kind <= DEMO_ASSIGNED;
    if (changes_lines && too_many_lines(order, event->data)) {
        return DEMO_RESULT_REJECTED;
    }
    switch (event->kind) {
    case DEMO_PLACED: return take_placed(truth, order, event);
    case DEMO_AMENDED: return take_amended(truth, order, event);
    case DEMO_CANCELLED: return take_cancelled(truth, order, event);
    case DEMO_ASSIGNED: return take_assigned(truth, order, event);
    case DEMO_VOIDED: return take_voided(truth, order, event);
    case DEMO_DELIVERED: return take_delivered(order, event);
    default: return take_parcel(truth, order, event);
    }
}

enum demo_result demo_order_take(struct demo_truth *truth, const struct demo_event *event)
{
    const char *order_id = demo_field_text(event->data, "order_id");
    struct demo_order *known = demo_map_find(&truth->orders, order_id);
    struct demo_order *order = known ? known : order_new(truth, order_id);
    const enum demo_result result = take(truth, order, event);
    if (!known && result == DEMO_RESULT_REJECTED) {
        demo_order_close(order);
    } else if (!known) {
        *demo_map_put(&truth->orders, order_id) = order;
    }
    return result;
}

/* Goods that came back of no line: they are the SKU's own. */
static enum demo_result take_own_return(struct demo_truth *truth, const struct demo_event *event)
{
    const char *sku = demo_field_text(event->data, "sku");
    const struct demo_goods goods = {
        .kind = DEMO_RETURNED, .location = demo_field_text(event->data, "location"), .sku = sku,
        .units = demo_field_number(event->data, "quantity", 0), .time = event->time_ns,
        .deducts = true, .unsellable = !demo_field_flag(event->data, "sellable", true) };
    if (demo_truth_recipe(truth, sku)) {
        return DEMO_RESULT_REJECTED;
    }
    move_goods(truth, &goods, 1);
    return DEMO_RESULT_APPLIED;
}

enum demo_result demo_order_returned(struct demo_truth *truth, const struct demo_event *event)
{
    const json_t *data = event->data;
    const char *order_id = demo_field_text(data, "order_id");
    const char *line_id = demo_field_text(data, "line_id");
    if (!order_id || !line_id) {
        return take_own_return(truth, event);
    }
    struct demo_order **order = (struct demo_order **)demo_map_put(&truth->orders, order_id);
    if (!*order) {
        *order = order_new(truth, order_id);
    }
    struct demo_line *line = line_at(truth, *order, line_id);
    struct demo_goods *goods = goods_add(line);
    goods->kind = DEMO_RETURNED;
    goods->location = demo_truth_text(truth, demo_field_text(data, "location"));
    goods->sku = demo_truth_text(truth, demo_field_text(data, "sku"));
    goods->units = demo_field_number(data, "quantity", 0);
    goods->time = event->time_ns;
    goods->unsellable = !demo_field_flag(data, "sellable", true);
    line->returned += goods->units;
    take_goods(truth, line, goods);
    return DEMO_RESULT_APPLIED;
}
