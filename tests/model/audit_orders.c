/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: lines, parts, entries, goods; who waits and who is at risk. */
#include <stdlib.h>

#include "model/audit_state.h"

static uint32_t recipe_count(const struct world *world, uint32_t first)
{
    uint32_t count = 0;
    for (; first; first = component_at(world, first)->next) {
        count++;
    }
    return count;
}

/* ------------------------------------------------------------------ parts */

/* An open part wants its units of every component, one demand each; one with none wants nothing. */
static void audit_demands(struct audit *audit, uint32_t row)
{
    const struct world *world = audit->world;
    const struct part *part = part_at(world, row);
    const struct line *line = line_at(world, part->line);
    uint32_t component = line->recipe_first;
    uint32_t count = 0;
    for (uint32_t at = part->demand_first; at;) {
        const struct demand *demand = demand_row(&world->balances, at);
        const struct balance *balance = balance_row(&world->balances, demand->balance);
        const int64_t each = component ? component_at(world, component)->quantity : 1;
        const uint32_t item = component ? component_at(world, component)->item : line->item;
        SOUND(audit, demand->part == row && demand->number == line->number,
              "part %u: its demand %u is not its own", row, at);
        SOUND(audit, balance->item == item && balance->location == part->location,
              "part %u: its demand %u is elsewhere", row, at);
        SOUND(audit, demand->units == part->open * each, "part %u: demand %u of %lld units", row,
              at, (long long)demand->units);
        SOUND(audit, demand->undated == (part->ship_on == DAY_NONE),
              "part %u: demand %u undated %u", row, at, demand->undated);
        count++;
        component = component ? component_at(world, component)->next : 0;
        at = demand->next_of_part;
    }
    const uint32_t wanted =
        part->open == 0 ? 0 : line->recipe_first ? recipe_count(world, line->recipe_first) : 1;
    SOUND(audit, count == wanted, "part %u: %u demands for %u", row, count, wanted);
}

static int64_t shipped_from(const struct world *world, uint32_t line, uint32_t location)
{
    int64_t units = 0;
    for (uint32_t row = line_at(world, line)->entry_first; row;
         row = entry_at(world, row)->next_of_line) {
        const struct entry *entry = entry_at(world, row);
        if (entry->kind == ENTRY_SHIPPED && (!location || entry->location == location) &&
            !shipment_at(world, entry->shipment)->is_void) {
            units = quantity_add(units, entry->units);
        }
    }
    return units;
}

static void audit_parts(struct audit *audit, uint32_t line_row, uint32_t *io_parts)
{
    const struct world *world = audit->world;
    const struct line *line = line_at(world, line_row);
    int64_t open = 0;
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        const struct part *part = part_at(world, row);
        (*io_parts)++;
        open += part->open;
        SOUND(audit, part->line == line_row, "part %u is not of line %u", row, line_row);
        SOUND(audit, part->open >= 0, "part %u: open %lld", row, (long long)part->open);
        SOUND(audit, part->open == 0 || line->item, "part %u of no item is open", row);
        SOUND(audit, part->shipped == shipped_from(world, line_row, part->location),
              "part %u: shipped %lld", row, (long long)part->shipped);
        for (uint32_t other = part->next; other; other = part_at(world, other)->next) {
            SOUND(audit, part_at(world, other)->location != part->location,
                  "line %u has two parts at location %u", line_row, part->location);
        }
        audit_demands(audit, row);
    }
    SOUND(audit, line->open == line->unassigned + open,
          "line %u: open %lld, in parts %lld, without location %lld", line_row,
          (long long)line->open, (long long)open, (long long)line->unassigned);
}

/* ------------------------------------------------------------------ lines */

static void audit_line(struct audit *audit, uint32_t order_row, uint32_t row)
{
    const struct world *world = audit->world;
    const struct line *line = line_at(world, row);
    SOUND(audit, line->order == order_row, "line %u is not of order %u", row, order_row);
    SOUND(audit, find_line(world, order_row, text_of(&world->texts, line->name)) == row,
          "line %u is not found by its name", row);
    SOUND(audit, line->shipped == shipped_from(world, row, 0), "line %u: shipped %lld", row,
          (long long)line->shipped);
    if (!line->item) {
        SOUND(audit, line->open == 0 && line->unassigned == 0 && !line->recipe_first,
              "line %u of no item is open", row);
        return;
    }
    const int64_t room = line->quantity > line->shipped ? line->quantity - line->shipped : 0;
    const int64_t cancelled =
        order_at(world, order_row)->cancelled || line->asked > room ? room : line->asked;
    SOUND(audit, line->cancelled == cancelled && line->open == room - cancelled,
          "line %u: R2 gives open %lld, cancelled %lld", row, (long long)(room - cancelled),
          (long long)cancelled);
}

static void audit_entries(struct audit *audit, uint32_t line, uint32_t *io_entries,
                          uint32_t *io_parked)
{
    const struct world *world = audit->world;
    for (uint32_t row = line_at(world, line)->entry_first; row;
         row = entry_at(world, row)->next_of_line) {
        const struct entry *entry = entry_at(world, row);
        (*io_entries)++;
        *io_parked += entry->parked != ENTRY_SETTLED;
        SOUND(audit, entry->line == line, "entry %u is not of line %u", row, line);
        SOUND(audit, (entry->shipment == 0) == (entry->kind == ENTRY_RETURNED),
              "entry %u of kind %d", row, entry->kind);
        int64_t units = 0;
        for (uint32_t goods = entry->goods_first; goods; goods = goods_at(world, goods)->next) {
            units += goods_at(world, goods)->units;
        }
        SOUND(audit, units == entry->units, "entry %u: goods of %lld units", row,
              (long long)units);
    }
}

/* ------------------------------------------------------------------ orders */

static bool line_waits(const struct world *world, const struct line *line)
{
    if (!line->item) {
        return false;
    }
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        if (part_at(world, row)->open > 0 && part_at(world, row)->ship_on == DAY_NONE) {
            return true;
        }
    }
    return line->unassigned > 0;
}

struct tally {
    uint32_t lines;
    uint32_t parts;
    uint32_t entries;
    uint32_t shipments;
    uint32_t pendings;
    uint32_t waiting;
    uint32_t risky;
};

static void audit_lines(struct audit *audit, uint32_t row, struct tally *tally)
{
    const struct world *world = audit->world;
    const struct order *order = order_at(world, row);
    uint32_t count = 0;
    uint32_t placed = 0;
    uint32_t open = 0;
    uint32_t parked = 0;
    uint32_t last = 0;
    bool waits = false;
    for (uint32_t at = order->line_first; at; at = line_at(world, at)->next) {
        const struct line *line = line_at(world, at);
        count++;
        placed += line->item != 0;
        open += line->open > 0;
        waits = waits || line_waits(world, line);
        last = at;
        audit_line(audit, row, at);
        audit_parts(audit, at, &tally->parts);
        audit_entries(audit, at, &tally->entries, &parked);
    }
    tally->lines += count;
    SOUND(audit, order->line_count == count && order->line_last == last,
          "order %u: %u lines, are %u", row, order->line_count, count);
    SOUND(audit, order->placed_count == placed, "order %u: %u placed, are %u", row,
          order->placed_count, placed);
    SOUND(audit, order->open_count == open, "order %u: %u open, are %u", row, order->open_count,
          open);
    SOUND(audit, order->parked_count == parked, "order %u: %u parked, are %u", row,
          order->parked_count, parked);
    SOUND(audit, order->waits == waits, "order %u: waits %u", row, order->waits);
    SOUND(audit, !order->pending_first || waits, "order %u is pending and does not wait", row);
    SOUND(audit, placed == 0 || order->route, "order %u goes no way", row);
}

static void audit_order(struct audit *audit, uint32_t row, struct tally *tally)
{
    const struct world *world = audit->world;
    const struct order *order = order_at(world, row);
    SOUND(audit, find_order(world, text_of(&world->texts, order->name)) == row,
          "order %u is not found by its name", row);
    SOUND(audit, order->known || (!order->line_first && !order->shipment_first && !order->at_risk),
          "order %u is not known, but has lines", row);
    SOUND(audit, order->known || order->state != KEY_STATE_NONE, "order %u is nothing", row);
    audit_lines(audit, row, tally);
    for (uint32_t at = order->shipment_first; at; at = shipment_at(world, at)->next) {
        const struct shipment *shipment = shipment_at(world, at);
        tally->shipments++;
        SOUND(audit, shipment->order == row, "shipment %u is not of order %u", at, row);
        for (uint32_t entry = shipment->entry_first; entry;
             entry = entry_at(world, entry)->next_of_shipment) {
            SOUND(audit, entry_at(world, entry)->shipment == at, "entry %u is not of shipment %u",
                  entry, at);
        }
    }
    for (uint32_t at = order->pending_first; at; at = pending_at(world, at)->next_of_order) {
        tally->pendings++;
        SOUND(audit, pending_at(world, at)->order == row, "pending %u is not of order %u", at,
              row);
    }
    tally->waiting += order->waits;
    tally->risky += order->at_risk;
}

static void audit_order_lists(struct audit *audit, const struct tally *tally)
{
    const struct world *world = audit->world;
    uint32_t count = 0;
    uint32_t before = 0;
    for (uint32_t row = header_at(world)->waiting_first; row && audit->sound;
         row = order_at(world, row)->waiting_after) {
        SOUND(audit, order_at(world, row)->waits && order_at(world, row)->waiting_before == before,
              "order %u is wrong in the list of those that wait", row);
        before = row;
        count++;
    }
    SOUND(audit, count == tally->waiting, "%u orders in the list wait, %u do", count,
          tally->waiting);
    count = 0;
    before = 0;
    for (uint32_t row = header_at(world)->risk_first; row && audit->sound;
         row = order_at(world, row)->risk_after) {
        SOUND(audit, order_at(world, row)->at_risk && order_at(world, row)->risk_before == before,
              "order %u is wrong in the list of those at risk", row);
        before = row;
        count++;
    }
    SOUND(audit, count == tally->risky, "%u orders in the list are at risk, %u are", count,
          tally->risky);
    count = 0;
    EACH_ROW(world, items, item)
    {
        before = 0;
        for (uint32_t row = item_at(world, item)->pending_first; row && audit->sound;
             row = pending_at(world, row)->after_of_item) {
            SOUND(audit,
                  pending_at(world, row)->item == item &&
                      pending_at(world, row)->before_of_item == before,
                  "pending %u is wrong in the list of item %u", row, item);
            before = row;
            count++;
        }
    }
    SOUND(audit, count == tally->pendings, "%u pendings of items, %u of orders", count,
          tally->pendings);
}

void audit_orders(struct audit *audit)
{
    const struct world *world = audit->world;
    struct tally tally = { 0 };
    EACH_ROW(world, orders, row)
    {
        audit_order(audit, row, &tally);
    }
    SOUND(audit, tally.lines == world->lines.live_count, "%u lines of orders, %u rows",
          tally.lines, world->lines.live_count);
    SOUND(audit, tally.parts == world->parts.live_count, "%u parts of lines, %u rows", tally.parts,
          world->parts.live_count);
    SOUND(audit, tally.entries == world->entries.live_count, "%u entries of lines, %u rows",
          tally.entries, world->entries.live_count);
    SOUND(audit, tally.shipments == world->shipments.live_count, "%u shipments of orders, %u rows",
          tally.shipments, world->shipments.live_count);
    SOUND(audit, tally.pendings == world->pendings.live_count, "%u pendings of orders, %u rows",
          tally.pendings, world->pendings.live_count);
    uint32_t goods = 0;
    EACH_ROW(world, entries, row)
    {
        for (uint32_t at = entry_at(world, row)->goods_first; at; at = goods_at(world, at)->next) {
            goods++;
        }
    }
    SOUND(audit, goods == world->goods.live_count, "%u goods of entries, %u rows", goods,
          world->goods.live_count);
    audit_order_lists(audit, &tally);
}
