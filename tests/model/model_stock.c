/* SPDX-License-Identifier: Apache-2.0 */
/* Stock movements (2.1) are kept; on hand is added up when it is asked for (R1, R5). */
#include "model/model_state.h"

#include <stdlib.h>

#define R10_KEPT_NS (INT64_C(30) * 86400 * 1000000000)

/* ------------------------------------------------------------------ movements and counts (R5) */

void cell_observe(struct model *model, int cell_, int64_t time)
{
    struct cell *cell = &model->cells[cell_];
    const int64_t window = model->settings.reorder_window_ms * NS_PER_MS;
    if (time > cell->newest) {
        cell->newest = time;
    }
    if (cell->newest - window > cell->edge) {
        cell->edge = cell->newest - window;
    }
}

static bool is_kept(const struct cell *cell, int64_t time)
{
    return time >= cell->edge && time >= cell->count_from;
}

/* How many movements are kept one by one, and the time of the oldest. */
static size_t kept_count(const struct model *model, int cell_, int64_t *out_oldest)
{
    const struct cell *cell = &model->cells[cell_];
    size_t count = 0;
    int64_t oldest = INT64_MAX;
    for (size_t i = 0; i < cell->move_count; i++) {
        if (is_kept(cell, cell->moves[i].time)) {
            count++;
            oldest = cell->moves[i].time < oldest ? cell->moves[i].time : oldest;
        }
    }
    for (size_t i = 0; i < model->order_count; i++) {
        for (size_t j = 0; j < model->orders[i]->shift_count; j++) {
            const struct shift *shift = &model->orders[i]->shifts[j];
            if (shift->cell == cell_ && shift->quantity != 0 && is_kept(cell, shift->time)) {
                count++;
                oldest = shift->time < oldest ? shift->time : oldest;
            }
        }
    }
    *out_oldest = oldest;
    return count;
}

/* At most 256 are kept one by one: beyond, the oldest are merged into the edge. */
void cell_squeeze(struct model *model, int cell)
{
    int64_t oldest;
    while (kept_count(model, cell, &oldest) > BALANCE_MOVES_MAX) {
        model->cells[cell].edge = oldest + 1;
        model_hit(model, HIT_R5_MERGED);
    }
}

static void move(struct model *model, int cell_, int64_t time, int64_t quantity)
{
    struct cell *cell = &model->cells[cell_];
    *PUSH(cell->moves, cell->move_count) = (struct move){ time, quantity };
    if (time < cell->count_from) {
        model_hit(model, HIT_R5_LATE_MOVEMENT);
    }
    model_hit(model, HIT_R1_MOVEMENT);
    cell_observe(model, cell_, time);
    cell_squeeze(model, cell_);
}

static void count_holds(struct cell *cell, int64_t time, int64_t from, int64_t quantity)
{
    cell->counted = true;
    cell->count_time = time;
    cell->count_from = from;
    cell->count_quantity = quantity;
}

static enum event_result count(struct model *model, int cell_, int64_t time, int64_t quantity)
{
    struct cell *cell = &model->cells[cell_];
    model_hit(model, HIT_R5_COUNT);
    if (time < cell->edge) {
        if (cell->counted && cell->count_time > time) {
            model_hit(model, HIT_R5_STALE_COUNT);
            return RESULT_STALE;
        }
        count_holds(cell, time, cell->edge, quantity);
        model_anomaly(model, ANOMALY_LATE_BEYOND_WINDOW);
        model_hit(model, HIT_R5_EDGE_COUNT);
        return RESULT_APPLIED;
    }
    if (cell->counted && cell->count_time > time) {
        model_hit(model, HIT_R5_OLDER_COUNT);
        return RESULT_APPLIED;
    }
    if (time < cell->newest) {
        model_hit(model, HIT_R5_LATE_COUNT);
    }
    count_holds(cell, time, time, quantity);
    cell_observe(model, cell_, time);
    return RESULT_APPLIED;
}

/* ------------------------------------------------------------------ inbound (R10) */

static void inbound_say(struct model *model, int cell, struct bytes id, struct word word)
{
    struct inbound *inbound = NULL;
    for (size_t i = 0; i < model->inbound_count && !inbound; i++) {
        struct inbound *at = &model->inbounds[i];
        inbound = at->cell == cell && bytes_equal(at->id, id) ? at : NULL;
    }
    if (!inbound) {
        inbound = PUSH(model->inbounds, model->inbound_count);
        *inbound = (struct inbound){ .cell = cell, .id = id };
    }
    for (size_t i = 0; word.kind == WORD_EXPECTED && i < inbound->word_count; i++) {
        if (inbound->words[i].kind == WORD_EXPECTED && inbound->words[i].time > word.time) {
            model_hit(model, HIT_R10_OLDER_WORD);
            break;
        }
    }
    *PUSH(inbound->words, inbound->word_count) = word;
    model_hit(model, word.kind == WORD_EXPECTED ? HIT_R10_EXPECTED : HIT_R10_FLOW);
}

static const struct word *newest_word(const struct inbound *inbound)
{
    const struct word *newest = NULL;
    for (size_t i = 0; i < inbound->word_count; i++) {
        const struct word *word = &inbound->words[i];
        if (word->kind == WORD_EXPECTED && (!newest || word->time >= newest->time)) {
            newest = word;
        }
    }
    return newest;
}

int64_t inbound_open(const struct inbound *inbound)
{
    const struct word *expected = newest_word(inbound);
    int64_t open = expected ? expected->quantity : 0;
    for (size_t i = 0; i < inbound->word_count; i++) {
        const struct word *word = &inbound->words[i];
        if (word->kind != WORD_EXPECTED && (!expected || word->time >= expected->time)) {
            open += word->kind == WORD_TRANSFER ? word->quantity : -word->quantity;
        }
    }
    return open > 0 ? open : 0;
}

int32_t inbound_eta(const struct inbound *inbound)
{
    const struct word *newest = NULL;
    for (size_t i = 0; i < inbound->word_count; i++) {
        const struct word *word = &inbound->words[i];
        if (word->eta != DAY_NONE && (!newest || word->time >= newest->time)) {
            newest = word;
        }
    }
    return newest ? newest->eta : DAY_NONE;
}

static int64_t inbound_newest(const struct inbound *inbound)
{
    int64_t newest = TIME_NONE;
    for (size_t i = 0; i < inbound->word_count; i++) {
        newest = inbound->words[i].time > newest ? inbound->words[i].time : newest;
    }
    return newest;
}

/* R10: kept 30 days of business time, as long as nothing is to come. */
void inbound_end(struct model *model)
{
    for (size_t i = 0; i < model->inbound_count;) {
        struct inbound *inbound = &model->inbounds[i];
        const int64_t age = model->now_ms * NS_PER_MS - inbound_newest(inbound);
        if (inbound_open(inbound) > 0 || age <= R10_KEPT_NS) {
            i++;
            continue;
        }
        free(inbound->words);
        *inbound = model->inbounds[--model->inbound_count];
        model_hit(model, HIT_R10_FORGOTTEN);
    }
}

/* ------------------------------------------------------------------ the types of 2.1 */

static void hold(struct model *model, struct cell *cell, int64_t by)
{
    cell->held += by;
    if (cell->held < 0) {
        cell->held = 0;
        model_anomaly(model, ANOMALY_RELEASE_BEYOND_HELD);
        model_hit(model, HIT_HELD_FLOOR);
    }
}

static void transfer(struct model *model, const struct event *event, int sku, int cell)
{
    const struct stock_data *stock = &event->stock;
    const int to = site_number(model, stock->to);
    move(model, cell, event->time_ns, -stock->quantity);
    (void)cell_named(model, sku, to);
    inbound_say(model, cell_of(sku, to), stock->inbound_id,
                (struct word){ WORD_TRANSFER, event->time_ns, stock->quantity, stock->eta });
}

static enum event_result apply_plain(struct model *model, const struct event *event)
{
    const struct stock_data *stock = &event->stock;
    const int sku = sku_need(model, stock->sku);
    const int cell = cell_of(sku, site_number(model, stock->location));
    (void)cell_named(model, cell / SITES_MAX, cell % SITES_MAX);
    switch (event->type) {
    case EVENT_STOCK_COUNTED:
        return count(model, cell, event->time_ns, stock->quantity);
    case EVENT_STOCK_HELD:
        hold(model, &model->cells[cell], stock->quantity);
        return RESULT_APPLIED;
    case EVENT_STOCK_RELEASED:
        hold(model, &model->cells[cell], -stock->quantity);
        return RESULT_APPLIED;
    case EVENT_STOCK_TRANSFERRED:
        transfer(model, event, sku, cell);
        return RESULT_APPLIED;
    case EVENT_INBOUND_EXPECTED:
        inbound_say(model, cell, stock->inbound_id,
                    (struct word){ WORD_EXPECTED, event->time_ns, stock->quantity, stock->eta });
        return RESULT_APPLIED;
    default:
        break;
    }
    move(model, cell, event->time_ns, stock->quantity);
    if (event->type == EVENT_STOCK_RETURNED && !stock->sellable) {
        hold(model, &model->cells[cell], stock->quantity);
    }
    if (event->type == EVENT_STOCK_RECEIVED && stock->inbound_id.count) {
        inbound_say(model, cell, stock->inbound_id,
                    (struct word){ WORD_RECEIPT, event->time_ns, stock->quantity, DAY_NONE });
    }
    return RESULT_APPLIED;
}

enum event_result stock_apply(struct model *model, struct arrival *arrival)
{
    const struct event *event = arrival->event;
    const struct stock_data *stock = &event->stock;
    const bool of_line = event->type == EVENT_STOCK_RETURNED && stock->order_id.count &&
                         stock->line_id.count;
    if (!of_line && catalogue_recipe(model, stock->sku)) {
        arrival->refusals |= 1u << REFUSAL_BAD_VALUE;
        model_hit(model, HIT_R12_REFUSED);
    }
    if (arrival->refusals) {
        return RESULT_REJECTED;
    }
    if (!of_line) {
        return apply_plain(model, event);
    }
    const struct order *order = order_known(model, stock->order_id);
    bool placed = false;
    for (size_t i = 0; order && i < order->line_count; i++) {
        placed |= order->lines[i].placed && bytes_equal(order->lines[i].id, stock->line_id);
    }
    model_hit(model, placed ? HIT_R3_RETURN_OF_LINE : HIT_R3_RETURN_FIRST);
    (void)order_take(model, stock->order_id, event);
    return RESULT_APPLIED;
}
