/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves and comes back with the shipments and returns of an order (R3, R12). */
#include "model/model_state.h"

/* What leaves or comes back when this SKU does; NULL: nothing yet, a bundle waits for its line. */
static const struct recipe *unpacked(const struct replay *replay, const struct line *line, int sku,
                                     const struct recipe *then, struct recipe_part *self,
                                     struct recipe *self_recipe)
{
    const struct recipe *recipe = line->placed && line->sku == sku ? line->recipe : then;
    if (recipe && !line->placed) {
        replay_hit(replay, HIT_R3_WAITS_WHOLE);
        return NULL;
    }
    if (line->placed && line->sku != sku) {
        replay_hit(replay, HIT_R3_SKU_MISMATCH);
    }
    *self = (struct recipe_part){ replay->model->skus.list[sku], 1 };
    *self_recipe = (struct recipe){ self, 1 };
    return recipe ? recipe : self_recipe;
}

static void shift_goods(const struct replay *replay, const struct load *load, struct bytes name,
                        int64_t units, const struct recipe *then)
{
    const struct event *event = load->fact->event;
    const bool is_return = event->type == EVENT_STOCK_RETURNED;
    const int sku = sku_need(replay->model, name);
    const int site =
        site_number(replay->model, is_return ? event->stock.location : event->order.location);
    const int sign = is_return ? 1 : load->fact->deducts ? -1 : 0;
    struct recipe_part self;
    struct recipe self_recipe;
    const struct line *line = &replay->order->lines[load->line];
    const struct recipe *recipe = unpacked(replay, line, sku, then, &self, &self_recipe);
    (void)cell_named(replay->model, sku, site);
    for (uint32_t i = 0; recipe && i < recipe->count; i++) {
        const int part = sku_need(replay->model, recipe->parts[i].sku);
        const int64_t quantity = units * recipe->parts[i].quantity;
        (void)cell_named(replay->model, part, site);
        *PUSH(replay->order->shifts, replay->order->shift_count) = (struct shift){
            (int)(load - replay->order->loads),
            cell_of(part, site),
            event->time_ns,
            sign * quantity,
            is_return && !event->stock.sellable ? quantity : 0,
        };
    }
}

/* Units of entry i's SKU that the record names for entry i's line; 0 if an entry before it has. */
static int64_t added_up(const struct order_data *data, uint32_t i)
{
    int64_t units = 0;
    for (uint32_t j = 0; j < data->line_count; j++) {
        if (bytes_equal(data->lines[j].line_id, data->lines[i].line_id) &&
            bytes_equal(data->lines[j].sku, data->lines[i].sku)) {
            if (j < i) {
                return 0;
            }
            units += data->lines[j].quantity;
        }
    }
    return units;
}

void replay_shift_load(const struct replay *replay, const struct load *load)
{
    const struct fact *fact = load->fact;
    const struct order_data *data = &fact->event->order;
    if (fact->event->type == EVENT_STOCK_RETURNED) {
        shift_goods(replay, load, fact->event->stock.sku, fact->event->stock.quantity,
                    fact->recipes[0]);
        return;
    }
    for (uint32_t i = 0; load_counts(replay->order, load) && i < data->line_count; i++) {
        if (bytes_equal(data->lines[i].line_id, replay->order->lines[load->line].id) &&
            added_up(data, i) > 0) {
            shift_goods(replay, load, data->lines[i].sku, added_up(data, i), fact->recipes[i]);
        }
    }
}
