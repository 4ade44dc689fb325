/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ship days (R9): the one day that a part gets when its units are covered, and the dates of lines
 * that follow from it (contract 3: `promised_by`, `expected_by`).
 */
#include "base/quantity.h"
#include "core/world_settle.h"

/* ------------------------------------------------------------------ ship days (R9) */

struct filling {
    const struct site *site;
    int64_t taken[SITE_DAYS];
    int32_t last;
};

/* Work fills what remains of the days from `first` on, in turn. False: it does not all fit. */
static bool fill(struct filling *filling, int32_t first, int64_t work)
{
    const struct site *site = filling->site;
    for (int32_t i = first - site->today; i < SITE_DAYS && work > 0; i++) {
        const int64_t room = !site->worked[i]                        ? 0
                             : site->remaining[i] == UNITS_UNLIMITED ? work
                                                    : site->remaining[i] - filling->taken[i];
        const int64_t put = quantity_less(work, room);
        if (put <= 0) {
            continue;
        }
        filling->taken[i] += put;
        work -= put;
        if (site->today + i > filling->last) {
            filling->last = site->today + i;
        }
    }
    return work == 0;
}

/* The first day with one left, or on which the order is already where that is what counts. */
static int32_t day_with_one(const struct world *world, uint32_t order, uint32_t location,
                            const struct site *site, int32_t first)
{
    const int32_t free = site_day_with(site, first, 1);
    if (site->unit != CAPACITY_ORDERS) {
        return free;
    }
    const int32_t end = free == DAY_NONE ? site->today + SITE_DAYS : free;
    for (int32_t day = first; day < end; day++) {
        if (site->worked[day - site->today] && order_is_on(world, order, location, day)) {
            return day;
        }
    }
    return free;
}

/* False: there is no day with capacity within the horizon. */
static bool part_date(struct world *world, uint32_t row, const struct coverage *coverage)
{
    const struct part part = *part_at(world, row);
    const struct line *line = line_at(world, part.line);
    const struct item *item = item_at(world, line->item);
    const struct site *site = site_need(world, part.location);
    struct filling filling = { .site = site, .last = DAY_NONE };
    int32_t first = DAY_NONE;
    for (uint32_t i = 0; i < coverage->count; i++) {
        const struct supply *group = &coverage->groups[i];
        first = group->day == DAY_NONE ? DAY_NONE
                                       : site_first_day(site, group->day, item->preorder_from);
        if (first == DAY_NONE ||
            (site->unit == CAPACITY_UNITS &&
             !fill(&filling, first, work_of(group->units, item->workload)))) {
            return false;
        }
    }
    struct part *dated = part_edit(world, row);
    dated->workload = item->workload;
    if (site->unit != CAPACITY_UNITS) {
        const int32_t day = day_with_one(world, line->order, part.location, site, first);
        if (day == DAY_NONE) {
            return false;
        }
        dated->ship_on = day;
        book_work(world, row, day, work_of(part.open, item->workload));
    } else {
        /* Booking freshens the site: what was taken is told by the copy. */
        const int32_t today = site->today;
        dated->ship_on = filling.last;
        for (int32_t i = 0; i < SITE_DAYS; i++) {
            book_work(world, row, today + i, filling.taken[i]);
        }
    }
    part_undated(world, row, false);
    touch_order(world, line->order);
    return true;
}

/* Whether the part's units are covered, though it has found no day. */
bool part_settle(struct world *world, uint32_t row)
{
    struct coverage coverage;
    const size_t mark = world->scratch.used;
    (void)site_need(world, part_at(world, row)->location);
    const bool covered = cover_part(world, row, &world->scratch, &coverage);
    const bool dated = covered && part_date(world, row, &coverage);
    world->scratch.used = mark;
    return covered && !dated;
}

/* ------------------------------------------------------------------ dates of lines */

/* Its ship day; where that has passed, or is worked no more, the next working day. */
static int32_t part_not_before_today(const struct world *world, const struct part *part)
{
    const struct site *site = site_view(world, part->location);
    return part->ship_on == DAY_NONE
               ? DAY_NONE
               : site_worked_from(site, part->ship_on > site->today ? part->ship_on : site->today);
}

/* When the open units of the part are expected to ship, as of now: not before its ship day, not
 * before the inbound that covers them (R9, contract 3 `expected_by`). */
static int32_t part_expected_on(const struct world *world, uint32_t row, uint64_t number,
                                struct arena *arena)
{
    const struct part *part = part_at(world, row);
    const struct site *site = site_view(world, part->location);
    if (part->ship_on == DAY_NONE) {
        return DAY_NONE;
    }
    int32_t day = part_not_before_today(world, part);
    if (!part_is_backordered(world, part, number)) {
        return day;
    }
    struct coverage coverage;
    const size_t mark = arena->used;
    const bool covered = cover_part(world, row, arena, &coverage);
    for (uint32_t i = coverage.by_goods; i < coverage.count && covered && day != DAY_NONE; i++) {
        const int32_t usable = coverage.groups[i].day;
        const struct item *item = item_at(world, line_at(world, part->line)->item);
        if (!coverage.by_making[i]) {
            const int32_t first = usable == DAY_NONE
                                      ? DAY_NONE
                                      : site_first_day(site, usable, item->preorder_from);
            day = first == DAY_NONE || first > day ? first : day;
        }
    }
    arena->used = mark;
    return covered ? day : DAY_NONE;
}

/* Contract 3, `expected_by`: the latest date of its open units, as of now. */
int32_t line_expected_by(const struct world *world, const struct line *line, struct arena *arena)
{
    int32_t latest = DAY_NONE;
    if (line->open == 0 || line->unassigned > 0) {
        return DAY_NONE;
    }
    const struct route *route = route_at(world, order_at(world, line->order)->route);
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        const struct part *part = part_at(world, row);
        if (part->open == 0) {
            continue;
        }
        const uint32_t lane = find_lane(world, part->location, route->zone, route->service);
        const int32_t on = part_expected_on(world, row, line->number, arena);
        const int32_t by = lane ? lane_by(world, lane, on) : DAY_NONE;
        if (by == DAY_NONE) {
            return DAY_NONE;
        }
        latest = by > latest ? by : latest;
    }
    return latest;
}

/* What is promised once all units have a day: the latest `by` of their ship days. False: they have,
 * but no date to promise yet, for it is too far away or there is no lane. */
bool line_decide(struct world *world, uint32_t row)
{
    const struct line *line = line_at(world, row);
    if (!line->item || line->decided_by != DAY_NONE || line->promised_by != DAY_NONE ||
        line->open == 0 || line->unassigned > 0) {
        return true;
    }
    const struct route *route = route_at(world, order_at(world, line->order)->route);
    int32_t latest = DAY_NONE;
    for (uint32_t at = line->part_first; at; at = part_at(world, at)->next) {
        const struct part *part = part_at(world, at);
        if (part->open == 0) {
            continue;
        }
        const uint32_t lane = find_lane(world, part->location, route->zone, route->service);
        const int32_t on = part_not_before_today(world, part);
        const int32_t by = lane ? lane_by(world, lane, on) : DAY_NONE;
        if (by == DAY_NONE) {
            return part->ship_on == DAY_NONE;
        }
        latest = by > latest ? by : latest;
    }
    line_edit(world, row)->decided_by = latest;
    touch_order(world, line->order);
    return true;
}

int32_t line_promised_by(const struct line *line)
{
    return line->promised_by != DAY_NONE ? line->promised_by : line->decided_by;
}
