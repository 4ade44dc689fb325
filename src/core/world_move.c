/* SPDX-License-Identifier: Apache-2.0 */
/*
 * *Move* (R7, 2.6): at a review, lines that are backordered or at risk and whose place was our
 * decision are sourced anew, one at a time, and go back unless that is a day better.
 */
#include "base/quantity.h"
#include "core/sort.h"
#include "core/world_settle.h"

/* ------------------------------------------------------------------ which lines */

struct movables {
    uint32_t *list;
    uint32_t count;
};

static bool line_is_ours(const struct world *world, const struct line *line)
{
    return line->item && !line->location && line->open > 0 && line->unassigned < line->open &&
           line->moves < (uint32_t)header_at(world)->settings.moves;
}

static void movable(struct world *world, struct movables *movables, uint32_t line)
{
    if (line_is_ours(world, line_at(world, line))) {
        uint32_t *taken = world->changes.balances + movables->count;
        CHECK(movables->count < world->changes.count_max);
        movables->list = world->changes.balances;
        movables->count++;
        *taken = line;
    }
}

static void movables_of_order(struct world *world, struct movables *movables, uint32_t order)
{
    for (uint32_t at = order_at(world, order)->line_first; at; at = line_at(world, at)->next) {
        movable(world, movables, at);
    }
}

static void movables_of_balance(struct world *world, struct movables *movables, uint32_t balance)
{
    uint64_t number = balance_row(&world->balances, balance)->frontier;
    for (;;) {
        const uint32_t demand = demand_next(&world->balances, balance, &number);
        if (!demand) {
            return;
        }
        const uint32_t part = demand_row(&world->balances, demand)->part;
        movable(world, movables, part_at(world, part)->line);
        if (number == UINT64_MAX) {
            return;
        }
    }
}

static void movables_late_at(struct world *world, struct movables *movables, uint32_t location)
{
    const struct location *row = location_at(world, location);
    if (!row->book) {
        return;
    }
    const struct book *book = book_at(world, row->book);
    const uint32_t slot = row->late_day == DAY_NONE ? BOOK_DAYS
                                                    : (uint32_t)row->late_day & (BOOK_DAYS - 1);
    for (uint32_t booking = book->days[slot].booking_first; booking;
         booking = booking_at(world, booking)->after_of_day) {
        if (booking_at(world, booking)->late_work > 0) {
            movable(world, movables, part_at(world, booking_at(world, booking)->part)->line);
        }
    }
}

static bool number_before(const void *context, const void *a, const void *b)
{
    const struct world *world = context;
    return line_at(world, *(const uint32_t *)a)->number <
           line_at(world, *(const uint32_t *)b)->number;
}

/* Lines that may be backordered or at risk: those that owe, are late, or asked for more; all, where
 * the network itself changed. */
static struct movables movables_gather(struct world *world)
{
    struct movables movables = { world->changes.balances, 0 };
    const struct header *header = header_at(world);
    if (header->risk_unknown) {
        for (uint32_t line = 1; line < world->lines.row_count; line++) {
            if (table_has(&world->lines, line)) {
                movable(world, &movables, line);
            }
        }
    } else {
        for (uint32_t row = header->short_first; row;
             row = balance_row(&world->balances, row)->short_after) {
            movables_of_balance(world, &movables, row);
        }
        for (uint32_t row = header->risk_first; row; row = order_at(world, row)->risk_after) {
            movables_of_order(world, &movables, row);
        }
        for (uint32_t row = 1; row < world->locations.row_count; row++) {
            movables_late_at(world, &movables, row);
        }
    }
    sort_elements(movables.list, movables.count, sizeof *movables.list, number_before, world);
    return movables;
}

/* ------------------------------------------------------------------ one line, there and back */

struct kept_booking {
    int32_t day;                   /* of late work yesterday: booked again, it is late again */
    int64_t work;
};

struct kept_part {
    uint32_t part;
    int32_t ship_on;
    int64_t open;
    int64_t workload;
    struct kept_booking *bookings;
    uint32_t booking_count;
};

static void keep_part(struct world *world, uint32_t row, struct kept_part *kept)
{
    const struct part *part = part_at(world, row);
    const int32_t yesterday = location_at(world, part->location)->today - 1;
    uint32_t count = 0;
    for (uint32_t at = part->booking_first; at; at = booking_at(world, at)->next_of_part) {
        count += 2;
    }
    *kept = (struct kept_part){ row, part->ship_on, part->open, part->workload, NULL, 0 };
    kept->bookings = arena_take(&world->scratch, (count + 1) * sizeof *kept->bookings);
    for (uint32_t at = part->booking_first; at; at = booking_at(world, at)->next_of_part) {
        const struct booking *booking = booking_at(world, at);
        if (booking->late_work > 0) {
            kept->bookings[kept->booking_count++] =
                (struct kept_booking){ yesterday, booking->late_work };
        }
        if (booking->work > 0) {
            kept->bookings[kept->booking_count++] =
                (struct kept_booking){ booking->day, booking->work };
        }
    }
}

static void parts_take_off(struct world *world, uint32_t line)
{
    for (uint32_t row = line_at(world, line)->part_first; row; row = part_at(world, row)->next) {
        const int64_t open = part_at(world, row)->open;
        if (open > 0 && part_at(world, row)->sourced) {
            part_open_change(world, line, row, -open);
            part_edit(world, row)->ship_on = DAY_NONE;
            unassigned_change(world, line, open);
        }
    }
}

static void part_put_back(struct world *world, uint32_t line, const struct kept_part *kept)
{
    unassigned_change(world, line, -kept->open);
    part_open_change(world, line, kept->part, kept->open);
    struct part *part = part_edit(world, kept->part);
    part->ship_on = kept->ship_on;
    if (kept->ship_on == DAY_NONE) {
        return;
    }
    part->workload = kept->workload;
    part_undated(world, kept->part, false);
    for (uint32_t i = 0; i < kept->booking_count; i++) {
        book_work(world, kept->part, kept->bookings[i].day, kept->bookings[i].work);
    }
}

/* The balances that the line's parts want units of. */
static uint32_t balances_of(struct world *world, uint32_t line, uint32_t **out_balances)
{
    uint32_t count = 0;
    for (uint32_t row = line_at(world, line)->part_first; row; row = part_at(world, row)->next) {
        for (uint32_t demand = part_at(world, row)->demand_first; demand;
             demand = demand_row(&world->balances, demand)->next_of_part) {
            count++;
        }
    }
    uint32_t *balances = arena_take(&world->scratch, (count + 1) * sizeof *balances);
    count = 0;
    for (uint32_t row = line_at(world, line)->part_first; row; row = part_at(world, row)->next) {
        for (uint32_t demand = part_at(world, row)->demand_first; demand;
             demand = demand_row(&world->balances, demand)->next_of_part) {
            balances[count++] = demand_row(&world->balances, demand)->balance;
        }
    }
    *out_balances = balances;
    return count;
}

/* Units of the item that are free at the balance now or ever, as far as is known; those of the
 * line itself among them. */
static int64_t free_ever(const struct world *world, const struct line *line, uint32_t row)
{
    const struct balance *balance = balance_row(&world->balances, row);
    struct supply list[BALANCE_INBOUND_MAX];
    const uint32_t count = balance_inbound(world, row, list);
    int64_t units = quantity_add(quantity_add(balance->on_hand, -balance->held),
                                 -balance->allocated);
    for (uint32_t i = 0; i < count; i++) {
        units = quantity_add(units, list[i].units);
    }
    for (uint32_t part = line->part_first; part; part = part_at(world, part)->next) {
        if (part_at(world, part)->location == balance->location) {
            units = quantity_add(units, part_at(world, part)->open);
        }
    }
    return units;
}

/*
 * A plain line without a date that would only go back to where it is: nobody has a unit for it, and
 * it waits where R7 puts what nobody has. There may be very many of them.
 */
static bool line_waits_in_vain(struct world *world, const struct line *line)
{
    const struct item *item = item_at(world, line->item);
    if (line->recipe_first || item->made_to_order) {
        return false;
    }
    const uint32_t resort = order_last_resort(world, line->order);
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        const struct part *part = part_at(world, row);
        if (part->shorted ||
            (part->open > 0 && (part->location != resort || part->ship_on != DAY_NONE))) {
            return false;
        }
        /* A line that moved before it in this pass may have left it what it waits for. */
        if (part->demand_first &&
            line->number < coverage_frontier(world, demand_row(&world->balances,
                                                               part->demand_first)->balance)) {
            return false;
        }
    }
    for (uint32_t row = item->balance_first; row;) {
        if (free_ever(world, line, row) > 0) {
            return false;
        }
        row = balance_row(&world->balances, row)->next_of_item;
    }
    return true;
}

static int32_t expected(struct world *world, uint32_t line)
{
    const size_t mark = world->scratch.used;
    const int32_t day = line_expected_by(world, line_at(world, line), &world->scratch);
    world->scratch.used = mark;
    return day;
}

/* Whether the line stays where it has gone. */
static bool line_move(struct world *world, uint32_t line)
{
    arena_reset(&world->scratch);
    sites_refresh(world);
    const uint32_t order = line_at(world, line)->order;
    const enum line_status status =
        line_status(world, line_at(world, line), &world->scratch);
    if ((status != LINE_BACKORDERED && status != LINE_AT_RISK) ||
        !route_at(world, order_at(world, order)->route)->fulfillable ||
        line_waits_in_vain(world, line_at(world, line))) {
        return false;
    }
    /* What is at risk stays so until its order is settled again: the next review sees it, too. */
    risk_set(world, order, status == LINE_AT_RISK || order_at(world, order)->at_risk);
    uint32_t count = 0;
    for (uint32_t row = line_at(world, line)->part_first; row; row = part_at(world, row)->next) {
        count++;
    }
    struct kept_part *kept = arena_take(&world->scratch, (count + 1) * sizeof *kept);
    count = 0;
    for (uint32_t row = line_at(world, line)->part_first; row; row = part_at(world, row)->next) {
        keep_part(world, row, &kept[count++]);
    }
    uint32_t *balances;
    const uint32_t balance_count = balances_of(world, line, &balances);
    const int32_t before = expected(world, line);
    parts_take_off(world, line);
    int32_t after = DAY_NONE;
    if (order_source(world, order, &line, 1, true)) {
        (void)line_date(world, line);
        sites_refresh(world);
        after = expected(world, line);
    }
    const bool stays = after != DAY_NONE && (before == DAY_NONE || after < before);
    if (stays) {
        line_edit(world, line)->moves++;
        (void)line_decide(world, line);
        for (uint32_t i = 0; i < balance_count; i++) {
            pend_covered(world, balances[i]);
        }
    } else {
        parts_take_off(world, line);
        for (uint32_t i = 0; i < count; i++) {
            part_put_back(world, line, &kept[i]);
        }
    }
    order_waits_review(world, order);
    touch_order(world, order);
    return stays;
}

/* Lines from a frontier on that were covered, or covered earlier, before `units` went to a line of
 * a lower number. */
static void movables_from(struct world *world, struct movables *movables, uint32_t balance,
                          uint64_t frontier, int64_t units, uint64_t above)
{
    uint64_t number = frontier > above ? frontier : above + 1;
    for (int64_t passed = 0; passed <= units && number != UINT64_MAX;) {
        const uint32_t demand = demand_next(&world->balances, balance, &number);
        if (!demand) {
            return;
        }
        passed = quantity_add(passed, demand_row(&world->balances, demand)->units);
        const uint32_t part = demand_row(&world->balances, demand)->part;
        movable(world, movables, part_at(world, part)->line);
    }
}

/* What the line takes where it went may have been another's, of a higher number: its turn comes. */
static void movables_follow(struct world *world, struct movables *movables, uint32_t at)
{
    const uint32_t line = movables->list[at];
    const uint64_t number = line_at(world, line)->number;
    for (uint32_t part = line_at(world, line)->part_first; part;
         part = part_at(world, part)->next) {
        for (uint32_t row = part_at(world, part)->demand_first; row;
             row = demand_row(&world->balances, row)->next_of_part) {
            const struct demand *demand = demand_row(&world->balances, row);
            const struct balance *balance = balance_row(&world->balances, demand->balance);
            movables_from(world, movables, demand->balance, balance->frontier, demand->units,
                          number);
            for (uint32_t inbound = balance->inbound_first; inbound;
                 inbound = inbound_at(world, inbound)->next_of_balance) {
                if (inbound_at(world, inbound)->usable != DAY_NONE) {
                    movables_from(world, movables, demand->balance,
                                  inbound_at(world, inbound)->frontier, demand->units, number);
                }
            }
        }
    }
    sort_elements(movables->list + at + 1, movables->count - at - 1, sizeof *movables->list,
                  number_before, world);
}

/* 2.6: at the end of an entry with `review`, after *settle all*. */
void move_all(struct world *world)
{
    world->changes.closed = true;
    world->views.resort_stamp++;
    struct movables movables = movables_gather(world);
    world->changes.order_count = 0;
    world->changes.order_at = 0;
    arrivals_refresh(world);
    uint32_t last = 0;
    for (uint32_t i = 0; i < movables.count; i++) {
        if (movables.list[i] != last) {
            last = movables.list[i];
            if (line_move(world, last)) {
                movables_follow(world, &movables, i);
            }
        }
    }
    header_edit(world)->risk_unknown = 0;
}
