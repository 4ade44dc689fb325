/* SPDX-License-Identifier: Apache-2.0 */
/* Section 3, R7, R9, R11: what a location could ship on which day, and when it would be there. */
#include "model/model_state.h"

#include <stdlib.h>

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int32_t preorder_of(const struct model *model, int sku)
{
    return model->items[sku] ? model->items[sku]->item.preorder_from : DAY_NONE;
}

/* ------------------------------------------------------------------ units by day */

static bool reached(int32_t day, int32_t by)
{
    return day != DAY_NONE && day <= by;
}

/* Free units of one SKU, those of inbound usable by `day` included; below 0 where more is owed. */
static int64_t free_by(struct model *model, const struct source *source, int sku, int32_t day)
{
    const struct cell *cell = &model->cells[cell_of(sku, source->plan->site)];
    int64_t units = cell->on_hand - cell->allocated;
    units -= source->lift == CONSTRAINT_HELD ? 0 : cell->held;
    units -= source->lift == CONSTRAINT_SAFETY_STOCK ? 0
                                                     : safety_of(model, sku, source->plan->site);
    for (size_t i = 0; !source->discontinued && i < model->inbound_count; i++) {
        const struct inbound *inbound = &model->inbounds[i];
        if (inbound->cell == cell_of(sku, source->plan->site) &&
            reached(inbound->usable, day)) {
            units += inbound->open;
        }
    }
    return units;
}

/* How many of the item are free by `day`, but for its being made; R12: the least of its parts. */
static int64_t sets_by(struct model *model, const struct source *source, int32_t day)
{
    const struct recipe_part self = { model->skus.list[source->sku], 1 };
    const struct recipe plain = { &self, 1 };
    const struct recipe *recipe = source->recipe ? source->recipe : &plain;
    const bool has_row = model->cells[cell_of(source->sku, source->plan->site)].row;
    int64_t least = NO_LIMIT;
    if (source->lift == CONSTRAINT_STOCK && has_row) {
        return NO_LIMIT;
    }
    for (uint32_t i = 0; i < recipe->count; i++) {
        const int sku = sku_need(model, recipe->parts[i].sku);
        if (!source->discontinued && sku != source->sku &&
            reached(made_day(model, source->plan, sku, source->day_zero), day)) {
            continue;
        }
        const int64_t units = free_by(model, source, sku, day);
        const int64_t sets = units > 0 ? floor_divide(units, recipe->parts[i].quantity) : 0;
        least = sets < least ? sets : least;
    }
    return least;
}

/* Whether overdue inbound of the item, or of a component, counts as usable on this day. */
static bool overdue_on(const struct model *model, const struct source *source, int32_t day)
{
    for (size_t i = 0; !source->discontinued && i < model->inbound_count; i++) {
        const struct inbound *inbound = &model->inbounds[i];
        const int sku = inbound->cell / SITES_MAX;
        bool concerns = !source->recipe && sku == source->sku;
        for (uint32_t j = 0; source->recipe && j < source->recipe->count; j++) {
            concerns |= bytes_equal(source->recipe->parts[j].sku, model->skus.list[sku]);
        }
        if (concerns && inbound->cell % SITES_MAX == source->plan->site &&
            inbound->open > 0 && inbound->eta < source->plan->today && inbound->usable == day) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ onto ship days */

/* 1, 2, 5, 10, 20, 50, … */
static int64_t round_down(int64_t units)
{
    int64_t step = 1;
    int64_t found = 0;
    for (int i = 0; step <= units; i++) {
        found = step;
        step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    }
    return found;
}

/* How many units the capacity of a day still takes of this item. */
static int64_t room(const struct source *source, int index)
{
    const struct plan *plan = source->plan;
    if (!plan->worked[index]) {
        return 0;
    }
    if (source->lift == CONSTRAINT_CAPACITY || plan->left[index] == NO_LIMIT) {
        return NO_LIMIT;
    }
    if (plan->unit != CAPACITY_UNITS) {
        return plan->left[index] >= 1 ? NO_LIMIT : 0;
    }
    return plan->left[index] / source->workload - source->taken[index];
}

static void add_load(struct source *source, int index, int64_t units, bool overdue)
{
    if (units > 0) {
        *PUSH(source->loads, source->load_count) =
            (struct ship_load){ source->plan->today + index, units, overdue };
        source->taken[index] += units == NO_LIMIT ? 0 : units;
    }
}

/* True where the source has no end from there on. */
static bool add_group(struct model *model, struct source *source, int32_t usable, int64_t units,
                      bool overdue)
{
    const int32_t first =
        plan_first_day(source->plan, usable, preorder_of(model, source->sku));
    for (int i = first == DAY_NONE ? DAYS : first - source->plan->today; i < DAYS && units > 0;
         i++) {
        const int64_t most = room(source, i);
        if (most >= units) {
            add_load(source, i, units, overdue);
            return units == NO_LIMIT;
        }
        const int64_t taken = source->exact ? most : round_down(most);
        if (taken < most) {
            model_hit(model, HIT_R9_ROUNDED);
        }
        add_load(source, i, taken, overdue);
        units -= units == NO_LIMIT ? 0 : taken;
    }
    return units == NO_LIMIT;
}

/* The days on which something may become usable: day 0, and those of inbound and of what is
 * made. */
static bool may_begin(const struct model *model, const struct source *source, int32_t day)
{
    if (day == source->day_zero ||
        day == made_day(model, source->plan, source->sku, source->day_zero)) {
        return true;
    }
    for (uint32_t i = 0; source->recipe && i < source->recipe->count; i++) {
        const int sku = name_find(&model->skus, source->recipe->parts[i].sku);
        if (sku != NONE && day == made_day(model, source->plan, sku, source->day_zero)) {
            return true;
        }
    }
    for (size_t i = 0; i < model->inbound_count; i++) {
        if (model->inbounds[i].cell % SITES_MAX == source->plan->site &&
            model->inbounds[i].usable == day) {
            return true;
        }
    }
    return false;
}

/* Where there is, or was, a balance of it, or of an order line's first component; or a maker. */
static bool counts(const struct model *model, const struct source *source)
{
    const int site = source->plan->site;
    bool has_row = model->cells[cell_of(source->sku, site)].row;
    if (source->exact && source->recipe) {
        const int first = name_find(&model->skus, source->recipe->parts[0].sku);
        has_row |= first != NONE && model->cells[cell_of(first, site)].row;
    }
    return has_row || makes_at(model, source->sku, site);
}

/*
 * What the source could ship on which day: the units that become usable on each day, in turn, cut
 * by what the days still take.
 */
void source_fill(struct model *model, struct source *source)
{
    const struct plan *plan = source->plan;
    source->day_zero = source->lift == CONSTRAINT_CUTOFF ? plan->day_zero_uncut : plan->day_zero;
    source->workload = workload_of(model, source->sku);
    source->discontinued = discontinued(model, source->sku);
    if (source->day_zero == DAY_NONE || !counts(model, source)) {
        return;
    }
    const int32_t made = made_day(model, plan, source->sku, source->day_zero);
    int64_t before = 0;
    for (int32_t day = source->day_zero; day < plan->today + DAYS; day++) {
        if (!plan->worked[day - plan->today] || !may_begin(model, source, day)) {
            continue;
        }
        const int64_t there = sets_by(model, source, day);
        const int64_t units = reached(made, day) ? NO_LIMIT : there;
        const int64_t more = units == NO_LIMIT ? NO_LIMIT : units - before;
        const int64_t without =
            day == source->day_zero ? sets_by(model, source, DAY_NONE) : before;
        const bool overdue = there > without && overdue_on(model, source, day);
        if (more > 0 && add_group(model, source, day, more, overdue)) {
            return;
        }
        before = units;
    }
}

/* ------------------------------------------------------------------ segments, in order */

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_segments(const void *a_, const void *b_)
{
    const struct segment *a = a_;
    const struct segment *b = b_;
    int order = compare_numbers(a->last, b->last);
    order = order ? order : compare_numbers(a->by, b->by);
    order = order ? order : compare_numbers(a->cost, b->cost);
    order = order ? order : compare_numbers(a->priority, b->priority);
    order = order ? order : bytes_compare(a->name, b->name);
    order = order ? order : compare_numbers(a->ship_on, b->ship_on);
    return order ? order : compare_numbers(a->index, b->index);
}

void segments_add(const struct model *model, struct segments *segments, const struct source *source,
                  const struct lane_data *lane, bool last)
{
    const int site = source->plan->site;
    const int32_t horizon = source->plan->today + HORIZON_DAYS;
    for (size_t i = 0; i < source->load_count; i++) {
        const struct ship_load *load = &source->loads[i];
        const int32_t by = lane_day(lane, load->ship_on, lane->transit_days_max, horizon);
        if (by == DAY_NONE) {
            continue;
        }
        *PUSH(segments->list, segments->count) = (struct segment){
            .site = site,
            .ship_on = load->ship_on,
            .from = lane_day(lane, load->ship_on, lane->transit_days_min, horizon),
            .by = by,
            .units = load->units,
            .overdue = load->overdue,
            .last = last,
            .cost = lane->cost,
            .priority = site_priority(model, site),
            .name = model->sites.list[site],
            .index = (int)i,
        };
    }
}

/* In order, and less the units that wait before these. */
void segments_sort(struct segments *segments, int64_t waiting)
{
    if (segments->count > 1) {
        qsort(segments->list, segments->count, sizeof *segments->list, compare_segments);
    }
    size_t kept = 0;
    for (size_t i = 0; i < segments->count; i++) {
        struct segment segment = segments->list[i];
        if (segment.units != NO_LIMIT) {
            const int64_t taken = segment.units < waiting ? segment.units : waiting;
            segment.units -= taken;
            waiting -= taken;
        }
        if (segment.units > 0) {
            segments->list[kept++] = segment;
        }
    }
    segments->count = kept;
}
