/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a line: units come and go, and with them their work on its days (R2, R9). */
#include "model/model_state.h"

#include <stdlib.h>

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void name_cells(const struct replay *replay, const struct line *line, int site)
{
    (void)cell_named(replay->model, line->sku, site);
    for (uint32_t i = 0; line->recipe && i < line->recipe->count; i++) {
        (void)cell_named(replay->model, sku_need(replay->model, line->recipe->parts[i].sku), site);
    }
}

struct part *part_need(struct line *line, int site)
{
    for (int i = 0; i < line->part_count; i++) {
        if (line->parts[i].site == site) {
            return &line->parts[i];
        }
    }
    struct part *part = &line->parts[line->part_count++];
    *part = (struct part){ .site = site, .ship_on = DAY_NONE };
    return part;
}

int64_t line_units(const struct line *line)
{
    int64_t units = line->unassigned;
    for (int i = 0; i < line->part_count; i++) {
        units += line->parts[i].open;
    }
    return units;
}

/* ------------------------------------------------------------------ work on days (R9) */

static void book(struct part *part, int32_t day, int64_t work)
{
    for (size_t i = 0; i < part->booking_count; i++) {
        if (part->bookings[i].day == day) {
            part->bookings[i].work += work;
            return;
        }
    }
    struct booking booking = { day, work };
    (void)PUSH(part->bookings, part->booking_count);
    size_t at = part->booking_count - 1;
    for (; at > 0 && part->bookings[at - 1].day > day; at--) {
        part->bookings[at] = part->bookings[at - 1];
    }
    part->bookings[at] = booking;
}

/* What leaves the part comes off its first day first. */
static void unbook(struct part *part, int64_t work)
{
    size_t empty = 0;
    for (size_t i = 0; i < part->booking_count && work > 0; i++) {
        const int64_t taken = least(work, part->bookings[i].work);
        part->bookings[i].work -= taken;
        work -= taken;
        empty += part->bookings[i].work == 0;
    }
    for (size_t i = empty; i < part->booking_count; i++) {
        part->bookings[i - empty] = part->bookings[i];
    }
    part->booking_count -= empty;
}

static void part_leave(struct part *part, int64_t units)
{
    part->open -= units;
    if (part->ship_on != DAY_NONE) {
        unbook(part, units * part->workload);
    }
}

/* What is added sits on its ship day; where nothing was open a day is chosen anew. */
static void part_add(struct part *part, int64_t units)
{
    if (part->open == 0 && units > 0) {
        part->ship_on = DAY_NONE;
    }
    part->open += units;
    if (part->ship_on != DAY_NONE && units > 0) {
        book(part, part->ship_on, units * part->workload);
    }
}

/* Units get another location: a ship day stays only while units do. */
void part_lose(struct part *part, int64_t units)
{
    part_leave(part, units);
    if (units > 0 && part->open == 0) {
        part->ship_on = DAY_NONE;
    }
}

/* ------------------------------------------------------------------ units of a line (R2) */

static int64_t take_unassigned(struct line *line, int64_t units)
{
    const int64_t taken = least(units, line->unassigned);
    line->unassigned -= taken;
    return units - taken;
}

/* Of a shipment by name; else those without a day before them, the latest day first, last name. */
static bool goes_before(const struct replay *replay, const struct part *a, const struct part *b,
                        bool shipped)
{
    const int names = bytes_compare(replay->model->sites.list[a->site],
                                    replay->model->sites.list[b->site]);
    if (shipped) {
        return names < 0;
    }
    if (a->ship_on != b->ship_on) {
        return a->ship_on == DAY_NONE || (b->ship_on != DAY_NONE && a->ship_on > b->ship_on);
    }
    return names > 0;
}

static void take_parts(const struct replay *replay, struct line *line, int64_t units, bool shipped)
{
    while (units > 0) {
        struct part *next = NULL;
        for (int i = 0; i < line->part_count; i++) {
            struct part *part = &line->parts[i];
            if (part->open > 0 && (!next || goes_before(replay, part, next, shipped))) {
                next = part;
            }
        }
        const int64_t taken = least(units, next->open);
        part_leave(next, taken);
        units -= taken;
        replay_hit(replay, shipped ? HIT_R2_SHIP_ELSEWHERE : HIT_R2_CUT_PARTS);
    }
}

/* R2: the part at the shipment's own location first, then units without location, then by name. */
void parts_take_shipped(const struct replay *replay, struct line *line, int64_t units, int site)
{
    struct part *own = part_need(line, site);
    const int64_t taken = least(units, own->open);
    part_leave(own, taken);
    units -= taken;
    if (units > 0 && line->unassigned > 0) {
        replay_hit(replay, HIT_R2_SHIP_UNASSIGNED);
    }
    units = take_unassigned(line, units);
    take_parts(replay, line, units, true);
}

void parts_take_cut(const struct replay *replay, struct line *line, int64_t units)
{
    take_parts(replay, line, take_unassigned(line, units), false);
}

void parts_give(const struct replay *replay, struct line *line, int64_t units)
{
    if (line->site == NONE) {
        line->unassigned += units;
        return;
    }
    name_cells(replay, line, line->site);
    part_add(part_need(line, line->site), units);
}

/* The order system decides: all open units of the line ship from there. */
void parts_move_all(const struct replay *replay, struct line *line, int site)
{
    const int64_t units = line_units(line);
    struct part *there = part_need(line, site);
    for (int i = 0; i < line->part_count; i++) {
        if (line->parts[i].site != site) {
            part_lose(&line->parts[i], line->parts[i].open);
        }
    }
    line->unassigned = 0;
    (void)cell_named(replay->model, line->sku, site);
    if (units > 0) {
        name_cells(replay, line, site);
    }
    part_add(there, units - there->open);
}

/* ------------------------------------------------------------------ decisions */

static void play_placed(const struct replay *replay, struct line *line,
                        const struct decision *decision)
{
    name_cells(replay, line, decision->site);
    line->unassigned -= decision->units;
    part_add(part_need(line, decision->site), decision->units);
}

static void play_dated(struct line *line, const struct decision *decision)
{
    struct part *part = part_need(line, decision->site);
    part->ship_on = decision->day;
    part->workload = decision->workload;
    for (size_t i = 0; i < decision->booking_count; i++) {
        book(part, decision->bookings[i].day, decision->bookings[i].work);
    }
}

static void play_moved(struct line *line)
{
    line->moves++;
    for (int i = 0; i < line->part_count; i++) {
        line->unassigned += line->parts[i].open;
        part_lose(&line->parts[i], line->parts[i].open);
    }
}

void decision_play(const struct replay *replay)
{
    const struct decision *decision = &replay->fact->decision;
    struct line *line = order_line(replay->order, decision->line);
    switch (decision->kind) {
    case DECISION_PLACED:
        play_placed(replay, line, decision);
        break;
    case DECISION_DATED:
        play_dated(line, decision);
        break;
    case DECISION_PROMISED:
        line->promised_by = decision->day;
        break;
    default:
        play_moved(line);
        break;
    }
}
