/* SPDX-License-Identifier: Apache-2.0 */
/* R6, R9: from which day the goods of a line part are there, and on which days its work lies. */
#include "model/model_state.h"

/* ------------------------------------------------------------------ when a part is covered */

/* Units of lines with a lower number that the same balance owes. */
static int64_t owed_before(const struct model *model, int cell, uint64_t number)
{
    int64_t units = 0;
    for (size_t i = 0; i < model->demand_count; i++) {
        const struct demand *demand = &model->demands[i];
        units += demand->cell == cell && demand->number < number ? demand->units : 0;
    }
    return units;
}

/* MTO: the lead_days-th working day after day 0. */
int32_t made_day(const struct model *model, const struct plan *plan, int sku, int32_t day_zero)
{
    return makes_at(model, sku, plan->site)
               ? plan_after(plan, day_zero, model->items[sku]->item.lead_days)
               : DAY_NONE;
}

static bool reached(int32_t day, int32_t by)
{
    return day != DAY_NONE && day <= by;
}

/* Goods, and inbound usable by `day` (DAY_NONE: only goods), and what is made; all of it. */
static int64_t supply(const struct model *model, const struct plan *plan, int sku, int32_t day,
                      const struct line *line)
{
    const int cell = cell_of(sku, plan->site);
    const int64_t goods = model->cells[cell].on_hand - model->cells[cell].held;
    int64_t units = goods > 0 ? goods : 0;
    if (day == DAY_NONE || discontinued(model, line->sku)) {
        return units;
    }
    if (sku != line->sku && reached(made_day(model, plan, sku, plan->day_zero), day)) {
        return NO_LIMIT;
    }
    for (size_t i = 0; i < model->inbound_count; i++) {
        const struct inbound *inbound = &model->inbounds[i];
        if (inbound->cell == cell && reached(inbound->usable, day)) {
            units += inbound->open;
        }
    }
    return units;
}

/* How many units of the part are there by `day`, not counting made to order of the line's item;
 * DAY_NONE: by the goods that are there now. */
static int64_t covered_plain(struct model *model, const struct plan *plan, const struct line *line,
                             int64_t open, int32_t day)
{
    const struct recipe_part self = { model->skus.list[line->sku], 1 };
    const struct recipe plain = { &self, 1 };
    const struct recipe *recipe = line->recipe ? line->recipe : &plain;
    int64_t units = open;
    for (uint32_t i = 0; i < recipe->count; i++) {
        const int sku = sku_need(model, recipe->parts[i].sku);
        const int64_t there = supply(model, plan, sku, day, line);
        const int64_t before = owed_before(model, cell_of(sku, plan->site), line->number);
        const int64_t left = there == NO_LIMIT ? open
                             : there > before  ? (there - before) / recipe->parts[i].quantity
                                               : 0;
        units = left < units ? left : units;
    }
    return units;
}

static int64_t covered(struct model *model, const struct plan *plan, const struct line *line,
                       int64_t open, int32_t day)
{
    return reached(made_day(model, plan, line->sku, plan->day_zero), day)
               ? open
               : covered_plain(model, plan, line, open, day);
}

/* Whether the line's item, or a component, is made to order by `day`. */
static bool made_by(const struct model *model, const struct plan *plan, const struct line *line,
                    int32_t day)
{
    bool made = reached(made_day(model, plan, line->sku, plan->day_zero), day);
    for (uint32_t i = 0; line->recipe && i < line->recipe->count; i++) {
        const int sku = name_find(&model->skus, line->recipe->parts[i].sku);
        made |= sku != NONE && !discontinued(model, line->sku) &&
                reached(made_day(model, plan, sku, plan->day_zero), day);
    }
    return made;
}

/*
 * The units that become usable on each day from today, brute force over all days; those of goods
 * that are there now on day 0. False: not all of them ever do.
 */
static bool cover_days(struct model *model, const struct plan *plan, const struct line *line,
                       int64_t open, int64_t *units)
{
    int64_t before = 0;
    if (plan->day_zero == DAY_NONE ||
        covered(model, plan, line, open, plan->today + HORIZON_DAYS) < open) {
        return false;
    }
    for (int i = 0; i < DAYS; i++) {
        const int64_t now = plan->today + i < plan->day_zero || !plan->worked[i]
                                ? before
                                : covered(model, plan, line, open, plan->today + i);
        units[i] = now - before;
        before = now;
        if (before == open) {
            for (i++; i < DAYS; i++) {
                units[i] = 0;
            }
        }
    }
    return before == open;
}

static int32_t last_day(const struct plan *plan, const int64_t *units)
{
    int32_t last = DAY_NONE;
    for (int i = 0; i < DAYS; i++) {
        last = units[i] > 0 ? plan->today + i : last;
    }
    return last;
}

/* False: not all units are covered. Else the last day from which some of them are there that
 * inbound brings, with nothing made to order for them; DAY_NONE: there are none. */
bool cover_last_inbound(struct model *model, const struct plan *plan, const struct line *line,
                        int64_t open, int32_t *out_day)
{
    const int64_t by_goods = covered_plain(model, plan, line, open, DAY_NONE);
    int64_t units[DAYS];
    int64_t sum = 0;
    *out_day = DAY_NONE;
    if (by_goods == open) {
        return true;
    }
    if (!cover_days(model, plan, line, open, units)) {
        return false;
    }
    for (int i = 0; i < DAYS; i++) {
        sum += units[i];
        if (units[i] > 0 && sum > by_goods && !made_by(model, plan, line, plan->today + i)) {
            *out_day = plan->today + i;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ ship days */

/* Puts work onto what is left from a day on; false if it does not all fit. */
static bool fill(struct plan *plan, int32_t first, int64_t work, int64_t *works)
{
    for (int32_t i = first == DAY_NONE ? DAYS : first - plan->today; i < DAYS && work > 0; i++) {
        const int64_t taken = plan->left[i] < work ? plan->left[i] : work;
        plan->left[i] -= plan->left[i] == NO_LIMIT ? 0 : taken;
        works[i] += taken;
        work -= taken;
    }
    return work == 0;
}

/* Unit `units`: in the order in which units become usable. */
static bool fill_units(struct plan *plan, const int64_t *units, int64_t workload, int32_t preorder,
                       int64_t *works)
{
    for (int i = 0; i < DAYS; i++) {
        if (units[i] > 0 && !fill(plan, plan_first_day(plan, plan->today + i, preorder),
                                  units[i] * workload, works)) {
            return false;
        }
    }
    return true;
}

/* Units `lines` and `orders`: all on one day. */
static bool fill_day(struct model *model, const struct plan *plan, const struct order *order,
                     int32_t first, int64_t work, int64_t *works)
{
    for (int32_t i = first == DAY_NONE ? DAYS : first - plan->today; i < DAYS; i++) {
        const bool there = plan->unit == CAPACITY_ORDERS && plan->worked[i] &&
                           plan_has_order(model, plan, order, plan->today + i);
        if (plan->left[i] >= 1 || there) {
            if (there && plan->left[i] < 1) {
                model_hit(model, HIT_R9_ORDER_THERE);
            }
            works[i] = work;
            return true;
        }
    }
    return false;
}

static void count_hits(struct model *model, const struct plan *plan, const struct decision *dated)
{
    static const enum hit HITS[] = { HIT_R9_UNITS, HIT_R9_LINES, HIT_R9_ORDERS };
    model_hit(model, plan->planned[dated->day - plan->today] == NO_LIMIT ? HIT_R9_UNLIMITED
                                                                         : HITS[plan->unit]);
    if (dated->booking_count > 1) {
        model_hit(model, HIT_R9_SPREAD);
    }
}

/* R9: chosen once, when goods or usable inbound cover all its open units. */
bool cover_ship_day(struct model *model, const struct order *order, const struct line *line,
                    const struct part *part, struct decision *out_dated)
{
    const int32_t preorder = preorder_of(model, line->sku);
    const int64_t workload = workload_of(model, line->sku);
    int64_t units[DAYS];
    int64_t works[DAYS] = { 0 };
    struct plan plan;
    plan_make(model, part->site, &plan);
    if (!cover_days(model, &plan, line, part->open, units)) {
        return false;
    }
    const bool by_goods =
        covered_plain(model, &plan, line, part->open, DAY_NONE) == part->open;
    const int32_t last = last_day(&plan, units);
    if (plan.unit == CAPACITY_UNITS
            ? !fill_units(&plan, units, workload, preorder, works)
            : !fill_day(model, &plan, order, plan_first_day(&plan, last, preorder),
                        part->open * workload, works)) {
        model_hit(model, HIT_R9_FULL);
        return false;
    }
    *out_dated = (struct decision){ .kind = DECISION_DATED, .line = line->id, .site = part->site };
    out_dated->workload = workload;
    for (int i = 0; i < DAYS; i++) {
        if (works[i] > 0) {
            out_dated->day = plan.today + i;
            *PUSH(out_dated->bookings, out_dated->booking_count) =
                (struct booking){ plan.today + i, works[i] };
        }
    }
    count_hits(model, &plan, out_dated);
    if (!by_goods) {
        model_hit(model, HIT_R9_INBOUND);
    }
    return true;
}
