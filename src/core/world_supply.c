/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be sold of an item at a location, and from when: units free now, more on later days as
 * inbound becomes usable (R10), and without limit what is made to order. A plain item has one
 * stream a location; a bundle has one a component, and as many as the scarcest allows (R12).
 */
#include "base/quantity.h"
#include "core/world_state.h"

/* ------------------------------------------------------------------ one balance */

/* 2.4: safety_stock_at[location], else the item's, else the location's. */
int64_t safety_stock(const struct world *world, uint32_t item_row, uint32_t location)
{
    const struct item *item = item_at(world, item_row);
    for (uint32_t row = item->safety_first; row; row = safety_at(world, row)->next) {
        if (safety_at(world, row)->location == location) {
            return safety_at(world, row)->quantity;
        }
    }
    return item->safety_stock >= 0 ? item->safety_stock
                                   : location_at(world, location)->safety_stock;
}

/* on hand - held - allocated - safety stock, which may be below zero; without a balance 0. */
static int64_t free_units(const struct world *world, uint32_t row, enum constraint lifted)
{
    if (!row) {
        return 0;
    }
    const struct balance *balance = balance_row(&world->balances, row);
    int64_t units = quantity_add(balance->on_hand, -balance->allocated);
    if (lifted != CONSTRAINT_HELD) {
        units = quantity_add(units, -balance->held);
    }
    if (lifted != CONSTRAINT_SAFETY_STOCK) {
        units = quantity_add(units, -safety_stock(world, balance->item, balance->location));
    }
    return units;
}

/* How many days between these two, both excluded, are worked; more than `most` are not counted. */
static int32_t worked_between(const struct world *world, uint32_t location, int32_t after,
                              int32_t before, int32_t most)
{
    const struct calendar calendar = location_calendar(world, location);
    int32_t worked = 0;
    /* Where no weekday is worked, only `open` days may be: years are not walked through. */
    for (uint32_t i = 0; calendar.working_days == 0 && i < calendar.open_count; i++) {
        const int32_t day = calendar.open[i];
        worked += day > after && day < before && location_works(world, location, day);
    }
    for (int32_t day = before - 1; calendar.working_days && day > after && worked <= most; day--) {
        worked += location_works(world, location, day);
    }
    return worked;
}

/* R10: the day on which an inbound line is usable, DAY_NONE if it is not promised. */
int32_t usable_day(const struct world *world, uint32_t location, const struct site *site,
                   const struct inbound *inbound)
{
    if (inbound->eta == DAY_NONE || inbound->open == 0 ||
        inbound->eta > site->today + HORIZON_DAYS) {
        return DAY_NONE;
    }
    if (inbound->eta >= site->today) {
        return site_worked_from(site, inbound->eta + 1);
    }
    const int32_t grace = header_at(world)->settings.inbound_grace_days;
    const int32_t worked =
        site->worked[0] + worked_between(world, location, inbound->eta, site->today, grace);
    return worked > grace ? DAY_NONE : site_worked_from(site, site->today + 1);
}

bool made_at(const struct world *world, uint32_t item_row, uint32_t location)
{
    const struct item *item = item_at(world, item_row);
    if (!item->maker_first) {
        return balance_find(&world->balances, item_row, location) != 0;
    }
    uint32_t row = item->maker_first;
    while (row && maker_at(world, row)->location != location) {
        row = maker_at(world, row)->next;
    }
    return row != 0;
}

/* 2.4: on the lead_days-th working day after day 0; DAY_NONE where it is not made. */
int32_t made_on(const struct world *world, uint32_t item_row, uint32_t location,
                const struct site *site, int32_t day_zero)
{
    const struct item *item = item_at(world, item_row);
    if (!item->made_to_order || item->discontinued || day_zero == DAY_NONE ||
        !made_at(world, item_row, location)) {
        return DAY_NONE;
    }
    return site_worked_after(site, day_zero, item->lead_days);
}

/* Inserts by day, behind those of the same day; beyond the room the furthest are left out. */
static uint32_t insert_supply(struct supply *list, uint32_t count, uint32_t max,
                              struct supply supply)
{
    if (count == max && list[max - 1].day <= supply.day) {
        return count;
    }
    uint32_t at = count < max ? count : max - 1;
    for (; at > 0 && list[at - 1].day > supply.day; at--) {
        list[at] = list[at - 1];
    }
    list[at] = supply;
    return count < max ? count + 1 : count;
}

uint32_t balance_inbound(const struct world *world, uint32_t balance_row_,
                         struct supply list[BALANCE_INBOUND_MAX])
{
    const struct balance *balance = balance_row(&world->balances, balance_row_);
    if (!balance->inbound_first || item_at(world, balance->item)->discontinued) {
        return 0;
    }
    const struct site *site = site_view(world, balance->location);
    uint32_t count = 0;
    for (uint32_t row = balance->inbound_first; row;
         row = inbound_at(world, row)->next_of_balance) {
        const struct inbound *inbound = inbound_at(world, row);
        const int32_t day = usable_day(world, balance->location, site, inbound);
        if (day != DAY_NONE) {
            const struct supply supply = { day, inbound->eta < site->today, inbound->open };
            count = insert_supply(list, count, BALANCE_INBOUND_MAX, supply);
        }
    }
    return count;
}

/* ------------------------------------------------------------------ streams of a place */

struct stream {
    const struct supply *arrivals;
    uint32_t arrival_count;
    uint32_t next;
    int64_t units;          /* free by the day at hand; may be below zero */
    int64_t each;           /* of a bundle: units of this component a bundle */
    int32_t made_on;        /* from then on without limit; DAY_NONE */
    bool unlimited;
};

/* How many can be sold by the day at hand; UNITS_UNLIMITED. */
static int64_t streams_available(const struct stream *streams, uint32_t count)
{
    int64_t least = UNITS_UNLIMITED;
    for (uint32_t i = 0; i < count; i++) {
        if (!streams[i].unlimited) {
            least = quantity_less(least, quantity_more(0, streams[i].units) / streams[i].each);
        }
    }
    return least;
}

/* The next day on which a stream grows; DAY_NONE: none does. */
static int32_t streams_next_day(const struct stream *streams, uint32_t count)
{
    int32_t first = DAY_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const struct stream *stream = &streams[i];
        const int32_t arrives = stream->next < stream->arrival_count
                                    ? stream->arrivals[stream->next].day
                                    : DAY_NONE;
        const int32_t made = stream->unlimited ? DAY_NONE : stream->made_on;
        if (arrives != DAY_NONE && (first == DAY_NONE || arrives < first)) {
            first = arrives;
        }
        if (made != DAY_NONE && (first == DAY_NONE || made < first)) {
            first = made;
        }
    }
    return first;
}

static bool stream_reaches(struct stream *stream, int32_t day)
{
    bool overdue = false;
    while (stream->next < stream->arrival_count && stream->arrivals[stream->next].day == day) {
        const struct supply *arrival = &stream->arrivals[stream->next++];
        stream->units = quantity_add(stream->units, arrival->units);
        overdue = overdue || arrival->overdue;
    }
    stream->unlimited = stream->unlimited || stream->made_on == day;
    return overdue;
}

static struct stream stream_begin(const struct world *world, uint32_t item, uint32_t location,
                                  uint32_t balance, int64_t each, const struct stock_query *query,
                                  struct arena *arena)
{
    struct stream stream = { .units = free_units(world, balance, query->lifted),
                             .each = each,
                             .made_on = DAY_NONE };
    if (balance && query->inbound && balance_row(&world->balances, balance)->inbound_first) {
        struct supply list[BALANCE_INBOUND_MAX];
        stream.arrival_count = balance_inbound(world, balance, list);
        struct supply *kept =
            arena_take(arena, (stream.arrival_count + 1) * sizeof *stream.arrivals);
        memcpy(kept, list, stream.arrival_count * sizeof *list);
        stream.arrivals = kept;
    }
    if (query->making) {
        stream.made_on =
            made_on(world, item, location, site_view(world, location), query->day_zero);
    }
    return stream;
}

/* ------------------------------------------------------------------ supplies of a place */

static void supply_add(struct stock *stock, int32_t day, bool overdue, int64_t units)
{
    if (units > 0) {
        stock->supplies[stock->count++] = (struct supply){ day, overdue, units };
    }
}

/* Days on which streams grow become supplies; made to order comes behind inbound of its day. */
static void streams_run(struct stream *streams, uint32_t count, bool inbound_counts,
                        struct stock *stock)
{
    int64_t before = stock->now;
    for (int32_t day = streams_next_day(streams, count); day != DAY_NONE && inbound_counts;
         day = streams_next_day(streams, count)) {
        bool overdue = false;
        for (uint32_t i = 0; i < count; i++) {
            overdue = stream_reaches(&streams[i], day) || overdue;
        }
        const int64_t now = streams_available(streams, count);
        supply_add(stock, day, overdue, now == UNITS_UNLIMITED ? now : now - before);
        before = now;
        if (now == UNITS_UNLIMITED) {
            return;
        }
    }
}

/* The bundle is itself made to order: without limit from that day on. */
static void stock_made_on(struct stock *stock, int32_t day)
{
    if (day == DAY_NONE) {
        return;
    }
    uint32_t kept = 0;
    while (kept < stock->count && stock->supplies[kept].day < day &&
           stock->supplies[kept].units != UNITS_UNLIMITED) {
        kept++;
    }
    const bool overdue = kept < stock->count && stock->supplies[kept].day == day &&
                         stock->supplies[kept].overdue;
    if (kept < stock->count && stock->supplies[kept].day < day) {
        return;
    }
    stock->supplies[kept] = (struct supply){ day, overdue, UNITS_UNLIMITED };
    stock->count = kept + 1;
}

void place_stock(const struct world *world, uint32_t item, uint32_t location, uint32_t balance,
                 const struct stock_query *query, struct arena *arena, struct stock *out)
{
    const struct item *sold = item_at(world, item);
    uint32_t count = 1;
    for (uint32_t row = query->recipe_first; row && component_at(world, row)->next;
         row = component_at(world, row)->next) {
        count++;
    }
    struct stream *streams = arena_take(arena, count * sizeof *streams);
    if (!query->recipe_first) {
        streams[0] = stream_begin(world, item, location, balance, 1, query, arena);
        streams[0].made_on = DAY_NONE;
    }
    uint32_t i = 0;
    uint32_t arrivals = 0;
    for (uint32_t row = query->recipe_first; row; row = component_at(world, row)->next) {
        const struct component *component = component_at(world, row);
        streams[i++] = stream_begin(world, component->item, location,
                                    balance_find(&world->balances, component->item, location),
                                    component->quantity, query, arena);
    }
    for (i = 0; i < count; i++) {
        arrivals += streams[i].arrival_count + 1;
    }
    out->now = streams_available(streams, count);
    out->count = 0;
    out->supplies = arena_take(arena, (arrivals + 1) * sizeof *out->supplies);
    streams_run(streams, count, !sold->discontinued, out);
    if (query->making) {
        stock_made_on(out, made_on(world, item, location, site_view(world, location),
                                   query->day_zero));
    }
}

/* ------------------------------------------------------------------ coverage (R6, R9) */

static struct stream cover_begin(const struct world *world, const struct demand *demand,
                                 int64_t ahead, int64_t each, bool discontinued,
                                 struct arena *arena)
{
    const struct balance *balance = balance_row(&world->balances, demand->balance);
    const struct site *site = site_view(world, balance->location);
    const int64_t there = quantity_more(0, quantity_add(balance->on_hand, -balance->held));
    struct stream stream = { .units = there - ahead, .each = each, .made_on = DAY_NONE };
    if (discontinued) {
        return stream;
    }
    struct supply list[BALANCE_INBOUND_MAX];
    stream.arrival_count = balance_inbound(world, demand->balance, list);
    struct supply *kept = arena_take(arena, (stream.arrival_count + 1) * sizeof *kept);
    memcpy(kept, list, stream.arrival_count * sizeof *list);
    stream.arrivals = kept;
    stream.made_on = made_on(world, balance->item, balance->location, site, site->day_zero);
    return stream;
}

static bool any_unlimited(const struct stream *streams, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (streams[i].unlimited) {
            return true;
        }
    }
    return false;
}

bool cover_part(const struct world *world, uint32_t row, struct arena *arena,
                struct coverage *out)
{
    const struct part *part = part_at(world, row);
    const struct line *line = line_at(world, part->line);
    const struct site *site = site_view(world, part->location);
    struct stream streams[RECIPE_PARTS_MAX];
    uint32_t count = 0;
    uint32_t arrivals = 2;
    uint32_t component = line->recipe_first;
    for (uint32_t at = part->demand_first; at;) {
        const struct demand *demand = demand_row(&world->balances, at);
        streams[count] = cover_begin(world, demand, demand_ahead(&world->balances, at),
                                     component ? component_at(world, component)->quantity : 1,
                                     item_at(world, line->item)->discontinued, arena);
        arrivals += streams[count++].arrival_count + 1;
        component = component ? component_at(world, component)->next : 0;
        at = demand->next_of_part;
    }
    const int32_t own = line->recipe_first
                            ? made_on(world, line->item, part->location, site, site->day_zero)
                            : DAY_NONE;
    *out = (struct coverage){ .groups = arena_take(arena, arrivals * sizeof *out->groups),
                              .by_making = arena_take(arena, arrivals) };
    int32_t day = site->day_zero;
    int64_t covered = 0;
    bool made = false;
    for (bool first = true; covered < part->open; first = false) {
        if (!first) {
            const int32_t next = streams_next_day(streams, count);
            made = own != DAY_NONE && (next == DAY_NONE || own <= next);
            day = made ? own : next;
            if (day == DAY_NONE) {
                return false;
            }
            for (uint32_t i = 0; i < count && !made; i++) {
                (void)stream_reaches(&streams[i], day);
            }
        }
        const int64_t now = made ? part->open
                                 : quantity_less(part->open, streams_available(streams, count));
        if (now > covered) {
            out->by_goods = out->by_goods || first;
            out->by_making[out->count] = made || any_unlimited(streams, count);
            out->groups[out->count++] = (struct supply){ day, false, now - covered };
            covered = now;
        }
    }
    return true;
}

/* The first line that goods and all that is promised to come do not wholly cover here. */
uint64_t coverage_frontier(const struct world *world, uint32_t row)
{
    const struct balance *balance = balance_row(&world->balances, row);
    if (balance->frontier == UINT64_MAX ||
        made_on(world, balance->item, balance->location, site_view(world, balance->location),
                site_view(world, balance->location)->day_zero) != DAY_NONE) {
        return UINT64_MAX;
    }
    struct supply list[BALANCE_INBOUND_MAX];
    const uint32_t count = balance_inbound(world, row, list);
    int64_t there = quantity_more(0, quantity_add(balance->on_hand, -balance->held));
    for (uint32_t i = 0; i < count; i++) {
        there = quantity_add(there, list[i].units);
    }
    return demand_frontier(&world->balances, row, there);
}
