/* SPDX-License-Identifier: Apache-2.0 */
/* R9: what is planned, used and left on each day of a location, added up anew from all orders. */
#include "model/model_state.h"

/* ------------------------------------------------------------------ days */

/* The first worked day not before `day`; DAY_NONE beyond the horizon. */
int32_t plan_from(const struct plan *plan, int32_t day)
{
    for (int32_t i = day > plan->today ? day - plan->today : 0; i < DAYS; i++) {
        if (plan->worked[i]) {
            return plan->today + i;
        }
    }
    return DAY_NONE;
}

/* The count-th working day after `day`; with 0 itself. */
int32_t plan_after(const struct plan *plan, int32_t day, int32_t count)
{
    for (; day != DAY_NONE && count > 0; count--) {
        day = plan_from(plan, day + 1);
    }
    return day;
}

/* The first day on which what is usable on a day may ship, not before a preorder's date. */
int32_t plan_first_day(const struct plan *plan, int32_t usable, int32_t preorder_from)
{
    const int32_t day =
        usable == DAY_NONE ? DAY_NONE : plan_after(plan, usable, plan->processing_days);
    return day != DAY_NONE && preorder_from > day ? plan_from(plan, preorder_from) : day;
}

/* The first day with at least one unit of work left. */
int32_t plan_day_left(const struct plan *plan, int32_t day)
{
    for (; day != DAY_NONE && day < plan->today + DAYS; day++) {
        if (plan->left[day - plan->today] >= 1) {
            return day;
        }
    }
    return DAY_NONE;
}

/* ------------------------------------------------------------------ what is used */

/* Unshipped work of past days counts on the first working day. */
static int32_t counted_on(const struct plan *plan, int32_t day)
{
    return day < plan->today ? plan_from(plan, plan->today) : day;
}

static bool shows(const struct plan *plan, int32_t day)
{
    return day != DAY_NONE && day >= plan->today && day < plan->today + DAYS;
}

static bool part_is_on(const struct plan *plan, const struct line *line, int32_t day)
{
    for (int i = 0; i < line->part_count; i++) {
        const struct part *part = &line->parts[i];
        for (size_t j = 0; part->site == plan->site && j < part->booking_count; j++) {
            if (counted_on(plan, part->bookings[j].day) == day) {
                return true;
            }
        }
    }
    return false;
}

static bool load_is_there(const struct model *model, const struct order *order,
                          const struct load *load, const struct plan *plan)
{
    const struct event *event = load->fact->event;
    return event->type == EVENT_SHIPMENT_SHIPPED && load_counts(order, load) &&
           name_find(&model->sites, event->order.location) == plan->site;
}

/* Whether something of the line is on the day: open units, or shipped ones. */
static bool line_is_on(const struct model *model, const struct order *order,
                       const struct line *line, const struct plan *plan, int32_t day)
{
    bool on = part_is_on(plan, line, day);
    for (size_t i = 0; !on && i < order->load_count; i++) {
        const struct load *load = &order->loads[i];
        on = load->fact->day == day && &order->lines[load->line] == line &&
             load_is_there(model, order, load, plan);
    }
    return on;
}

/* Whether this is the first word of what was shipped on its day before the order ended: a line
 * counts once a day, an order does. */
static bool gone_is_first(const struct order *order, const struct plan *plan, size_t index)
{
    const struct shipped_work *gone = &order->gone[index];
    for (size_t i = 0; i < index; i++) {
        const struct shipped_work *other = &order->gone[i];
        if (other->site == gone->site && other->day == gone->day && other->life == gone->life &&
            (plan->unit == CAPACITY_ORDERS || bytes_equal(other->line, gone->line))) {
            return false;
        }
    }
    return true;
}

/* Adds what was shipped before the order ended. */
static void add_gone(const struct order *order, const struct plan *plan, int64_t *used)
{
    for (size_t i = 0; i < order->gone_count; i++) {
        const struct shipped_work *gone = &order->gone[i];
        if (gone->site == plan->site && shows(plan, gone->day)) {
            used[gone->day - plan->today] += plan->unit == CAPACITY_UNITS
                                                 ? gone->work
                                                 : gone_is_first(order, plan, i);
        }
    }
}

/* How many lines of the order are on the day. */
static int64_t lines_on(const struct model *model, const struct order *order,
                        const struct plan *plan, int32_t day)
{
    int64_t count = 0;
    for (size_t i = 0; i < order->line_count; i++) {
        count += line_is_on(model, order, &order->lines[i], plan, day);
    }
    return count;
}

/* Adds the order's work to `works`, by day. */
static void add_works(struct model *model, const struct order *order, const struct plan *plan,
                      int64_t *works)
{
    for (size_t i = 0; i < order->line_count; i++) {
        for (int j = 0; j < order->lines[i].part_count; j++) {
            const struct part *part = &order->lines[i].parts[j];
            for (size_t k = 0; part->site == plan->site && k < part->booking_count; k++) {
                const int32_t day = counted_on(plan, part->bookings[k].day);
                if (shows(plan, day)) {
                    works[day - plan->today] += part->bookings[k].work;
                }
                if (part->bookings[k].day < plan->today) {
                    model_hit(model, HIT_R9_BACKLOG);
                }
            }
        }
    }
    for (size_t i = 0; i < order->load_count; i++) {
        const struct load *load = &order->loads[i];
        if (shows(plan, load->fact->day) && load_is_there(model, order, load, plan)) {
            works[load->fact->day - plan->today] += load_work(order, load);
        }
    }
}

/* Whether the order has work at the location: most do not. */
static bool order_is_there(const struct model *model, const struct order *order,
                           const struct plan *plan)
{
    for (size_t i = 0; i < order->line_count; i++) {
        for (int j = 0; j < order->lines[i].part_count; j++) {
            const struct part *part = &order->lines[i].parts[j];
            if (part->site == plan->site && part->booking_count > 0) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < order->load_count; i++) {
        if (shows(plan, order->loads[i].fact->day) &&
            load_is_there(model, order, &order->loads[i], plan)) {
            return true;
        }
    }
    return false;
}

/* Adds what the order uses of the location, by day, in its unit. */
static void add_used(struct model *model, const struct order *order, const struct plan *plan,
                     int64_t *used)
{
    add_gone(order, plan, used);
    if (plan->unit == CAPACITY_UNITS) {
        add_works(model, order, plan, used);
        return;
    }
    if (!order_is_there(model, order, plan)) {
        return;
    }
    int64_t works[DAYS] = { 0 };
    add_works(model, order, plan, works);
    for (int i = 0; i < DAYS; i++) {
        if (works[i] > 0) {
            used[i] += plan->unit == CAPACITY_LINES
                           ? lines_on(model, order, plan, plan->today + i)
                           : 1;
        }
    }
}

bool plan_has_order(struct model *model, const struct plan *plan, const struct order *order,
                    int32_t day)
{
    int64_t works[DAYS] = { 0 };
    add_works(model, order, plan, works);
    return works[day - plan->today] > 0;
}

/* ------------------------------------------------------------------ what is planned */

static int64_t planned_on(const struct model *model, const struct plan *plan, int index)
{
    const struct event *event = model->locations[plan->site];
    if (!plan->worked[index]) {
        return 0;
    }
    if (!event) {
        return NO_LIMIT;
    }
    const struct location_data *location = &event->location;
    for (uint32_t i = 0; i < location->override_count; i++) {
        if (location->overrides[i].day == plan->today + index) {
            return location->overrides[i].count;
        }
    }
    return location->capacity_per_day == CAPACITY_UNLIMITED ? NO_LIMIT
                                                            : location->capacity_per_day;
}

static void plan_days(struct model *model, struct plan *plan, int32_t cutoff_minute)
{
    plan->today = site_today(model, plan->site);
    plan->worked = site_worked(model, plan->site, plan->today);
    plan->day_zero_uncut = plan_from(plan, plan->today);
    plan->day_zero = plan->day_zero_uncut;
    if (plan->day_zero == plan->today &&
        model->now_ms >= site_instant(model, plan->site, plan->today, cutoff_minute)) {
        plan->day_zero = plan_from(plan, plan->today + 1);
        model_hit(model, HIT_R8_PAST_CUTOFF);
    }
}

void plan_make(struct model *model, int site, struct plan *plan)
{
    const struct event *event = model->locations[site];
    *plan = (struct plan){ .site = site, .unit = CAPACITY_UNITS };
    if (event) {
        plan->unit = event->location.capacity_unit;
        plan->processing_days = event->location.processing_days;
    }
    plan_days(model, plan, event ? event->location.cutoff_minute : 15 * 60);
    for (size_t i = 0; i < model->order_count; i++) {
        add_used(model, model->orders[i], plan, plan->used);
    }
    for (int i = 0; i < DAYS; i++) {
        const int64_t planned = planned_on(model, plan, i);
        plan->planned[i] = planned;
        plan->left[i] = planned == NO_LIMIT          ? NO_LIMIT
                        : planned > plan->used[i] ? planned - plan->used[i]
                                                  : 0;
        if (planned < plan->used[i]) {
            model_hit(model, HIT_R9_OVERBOOKED);
        }
    }
}
