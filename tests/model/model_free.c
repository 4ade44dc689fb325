/* SPDX-License-Identifier: Apache-2.0 */
/* What is owed, and what is free to sell now and later: added up for all documents. */
#include "model/model_state.h"

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ------------------------------------------------------------------ what is owed */

static void allocate(struct model *model, int cell, uint64_t number, int64_t units, bool dealt)
{
    model->cells[cell].allocated += units;
    if (dealt) {
        *PUSH(model->demands, model->demand_count) = (struct demand){ cell, number, units };
    }
}

/* R12: an open unit of a bundle line counts x quantity at each component, as one at the bundle. */
static void allocate_part(struct model *model, const struct line *line, const struct part *part)
{
    allocate(model, cell_of(line->sku, part->site), line->number, part->open, !line->recipe);
    for (uint32_t i = 0; line->recipe && i < line->recipe->count; i++) {
        const int sku = sku_need(model, line->recipe->parts[i].sku);
        allocate(model, cell_of(sku, part->site), line->number,
                 part->open * line->recipe->parts[i].quantity, true);
    }
}

bool order_fulfillable(const struct model *model, const struct order *order)
{
    const int net = name_find(&model->nets, order->network);
    for (int site = 0; net != NONE && site < model->sites.count; site++) {
        if (site_enabled(model, site) && site_in_net(model, site, net) &&
            site_lane(model, site, order->zone, order->service)) {
            return true;
        }
    }
    return false;
}

static void wait(struct model *model, const struct order *order, const struct line *line)
{
    const int net = net_need(model, order->network);
    *PUSH(model->waitings, model->waiting_count) =
        (struct waiting){ line->sku, net, line->number, line->unassigned };
    for (uint32_t i = 0; line->recipe && i < line->recipe->count; i++) {
        const int sku = sku_need(model, line->recipe->parts[i].sku);
        *PUSH(model->waitings, model->waiting_count) = (struct waiting){
            sku, net, line->number, line->unassigned * line->recipe->parts[i].quantity
        };
    }
}

static void add_up_order(struct model *model, const struct order *order)
{
    const bool can = order_fulfillable(model, order);
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        if (!line->placed) {
            continue;
        }
        for (int j = 0; j < line->part_count; j++) {
            if (line->parts[j].open > 0) {
                allocate_part(model, line, &line->parts[j]);
            }
        }
        if (line->unassigned > 0 && can) {
            wait(model, order, line);
        }
    }
}

/* ------------------------------------------------------------------ free units, now and later */

const struct item_data *item_of(const struct model *model, int sku)
{
    return model->items[sku] ? &model->items[sku]->item : NULL;
}

int64_t safety_of(const struct model *model, int sku, int site)
{
    const struct item_data *item = item_of(model, sku);
    for (uint32_t i = 0; item && i < item->safety_stock_at_count; i++) {
        if (bytes_equal(item->safety_stock_at[i].location, model->sites.list[site])) {
            return item->safety_stock_at[i].quantity;
        }
    }
    if (item && item->safety_stock >= 0) {
        return item->safety_stock;
    }
    return model->locations[site] ? model->locations[site]->location.safety_stock : 0;
}

bool discontinued(const struct model *model, int sku)
{
    const struct item_data *item = item_of(model, sku);
    return item && item->discontinued;
}

/* R10: the day from which an inbound line can be promised; DAY_NONE: never. */
static int32_t usable_day(struct model *model, const struct inbound *inbound)
{
    const int site = inbound->cell % SITES_MAX;
    const int32_t today = site_today(model, site);
    const int32_t eta = inbound->eta;
    if (eta == DAY_NONE || discontinued(model, inbound->cell / SITES_MAX)) {
        return DAY_NONE;
    }
    if (eta >= today) {
        return site_works_from(model, site, eta + 1);
    }
    int32_t worked = 0;
    for (int32_t day = today; day > eta && worked <= model->settings.inbound_grace_days; day--) {
        worked += site_works(model, site, day);
    }
    return worked > model->settings.inbound_grace_days ? DAY_NONE
                                                       : site_works_from(model, site, today + 1);
}

/* Units beyond what is owed or held back, with the inbound usable by `day` (DAY_NONE: now). */
static int64_t free_plain(struct model *model, int sku, int site, int32_t day)
{
    const struct cell *cell = &model->cells[cell_of(sku, site)];
    int64_t units = cell->on_hand - cell->held - cell->allocated - safety_of(model, sku, site);
    for (size_t i = 0; day != DAY_NONE && i < model->inbound_count; i++) {
        const struct inbound *inbound = &model->inbounds[i];
        if (inbound->cell == cell_of(sku, site) && inbound->usable != DAY_NONE &&
            inbound->usable <= day) {
            units += inbound->open;
        }
    }
    return most(0, units);
}

int64_t free_units(struct model *model, int sku, int site, int32_t day)
{
    const struct recipe *recipe = catalogue_recipe(model, model->skus.list[sku]);
    if (!recipe) {
        return free_plain(model, sku, site, day);
    }
    const int32_t until = discontinued(model, sku) ? DAY_NONE : day;
    int64_t units = INT64_MAX;
    for (uint32_t i = 0; i < recipe->count; i++) {
        const int part = name_find(&model->skus, recipe->parts[i].sku);
        const int64_t sets =
            part == NONE ? 0 : free_plain(model, part, site, until) / recipe->parts[i].quantity;
        units = sets < units ? sets : units;
    }
    return units;
}

static bool concerns(const struct model *model, int sku, int part)
{
    const struct recipe *recipe = catalogue_recipe(model, model->skus.list[sku]);
    for (uint32_t i = 0; recipe && i < recipe->count; i++) {
        if (bytes_equal(recipe->parts[i].sku, model->skus.list[part])) {
            return true;
        }
    }
    return !recipe && sku == part;
}

/* The next day after `after` on which inbound of the item becomes usable at one of the sites. */
static int32_t next_day(struct model *model, int sku, const bool *sites, int32_t after)
{
    int32_t first = DAY_NONE;
    for (size_t i = 0; i < model->inbound_count; i++) {
        const struct inbound *inbound = &model->inbounds[i];
        if (!sites[inbound->cell % SITES_MAX] ||
            !concerns(model, sku, inbound->cell / SITES_MAX)) {
            continue;
        }
        const int32_t day = inbound->usable;
        if (day != DAY_NONE && day > after && (first == DAY_NONE || day < first)) {
            first = day;
        }
    }
    return first;
}

int64_t free_sum(struct model *model, int sku, const bool *sites, int64_t waiting,
                 int32_t day)
{
    int64_t sum = -waiting;
    for (int site = 0; site < model->sites.count; site++) {
        sum += sites[site] ? free_units(model, sku, site, day) : 0;
    }
    return most(0, sum);
}

struct document_next free_next(struct model *model, int sku, const bool *sites, int64_t waiting,
                               int64_t available)
{
    int32_t day = DAY_NONE;
    while ((day = next_day(model, sku, sites, day)) != DAY_NONE) {
        const int64_t units = free_sum(model, sku, sites, waiting, day);
        if (units > available) {
            model_hit(model, HIT_R10_NEXT);
            return (struct document_next){ day, units - available };
        }
    }
    return (struct document_next){ DAY_NONE, 0 };
}

/* ------------------------------------------------------------------ all of it */

static void add_up_goods(struct model *model)
{
    for (int i = 0; i < model->skus.count * SITES_MAX; i++) {
        struct cell *cell = &model->cells[i];
        cell->allocated = 0;
        cell->on_hand = cell->count_quantity;
        for (size_t j = 0; j < cell->move_count; j++) {
            cell->on_hand += cell->moves[j].time >= cell->count_from ? cell->moves[j].quantity : 0;
        }
    }
    for (size_t i = 0; i < model->order_count; i++) {
        for (size_t j = 0; j < model->orders[i]->shift_count; j++) {
            const struct shift *shift = &model->orders[i]->shifts[j];
            struct cell *cell = &model->cells[shift->cell];
            cell->on_hand += shift->time >= cell->count_from ? shift->quantity : 0;
        }
    }
}

/* What is there, to come and owed, for all that asks for it until something changes. */
void owed_add_up(struct model *model)
{
    model->demand_count = 0;
    model->waiting_count = 0;
    add_up_goods(model);
    for (size_t i = 0; i < model->order_count; i++) {
        add_up_order(model, model->orders[i]);
    }
    for (size_t i = 0; i < model->inbound_count; i++) {
        struct inbound *inbound = &model->inbounds[i];
        inbound->open = inbound_open(inbound);
        inbound->eta = inbound_eta(inbound);
        inbound->usable = usable_day(model, inbound);
    }
}
