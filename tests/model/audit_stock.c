/* SPDX-License-Identifier: Apache-2.0 */
/* Balances: movements, inbound, the tree of demands; units that wait for a location. */
#include <stdlib.h>

#include "base/hash.h"
#include "model/audit_state.h"

/* ------------------------------------------------------------------ the tree of demands */

struct below {
    int64_t units;
    uint32_t undated;
    uint32_t count;
};

static uint64_t rank(const struct world *world, uint32_t row)
{
    return hash_pair(demand_row(&world->balances, row)->number, row);
}

static struct below audit_tree(struct audit *audit, uint32_t balance, uint32_t row,
                               uint32_t *last)
{
    struct below below = { 0, 0, 0 };
    if (!row || !audit->sound) {
        return below;
    }
    const struct world *world = audit->world;
    const struct demand *demand = demand_row(&world->balances, row);
    SOUND(audit, demand->balance == balance, "demand %u is not of balance %u", row, balance);
    SOUND(audit, !demand->left || rank(world, demand->left) <= rank(world, row),
          "demand %u is below demand %u", row, demand->left);
    SOUND(audit, !demand->right || rank(world, demand->right) <= rank(world, row),
          "demand %u is below demand %u", row, demand->right);
    const struct below left = audit_tree(audit, balance, demand->left, last);
    if (*last) {
        const struct demand *before = demand_row(&world->balances, *last);
        SOUND(audit,
              before->number < demand->number || (before->number == demand->number && *last < row),
              "demand %u comes before %u", *last, row);
    }
    *last = row;
    const struct below right = audit_tree(audit, balance, demand->right, last);
    below.units = left.units + demand->units + right.units;
    below.undated = left.undated + demand->undated + right.undated;
    below.count = left.count + 1 + right.count;
    SOUND(audit, demand->sum == below.units && demand->undated_below == below.undated,
          "demand %u: %lld units, %u undated below it, are %lld, %u", row,
          (long long)demand->sum, demand->undated_below, (long long)below.units, below.undated);
    return below;
}

/* ------------------------------------------------------------------ balances */

static void audit_moves(struct audit *audit, uint32_t row, uint32_t *io_moves)
{
    const struct world *world = audit->world;
    const struct balance *balance = balance_row(&world->balances, row);
    uint32_t count = 0;
    uint32_t before = 0;
    int64_t time_ns = balance->edge;
    for (uint32_t at = balance->move_first; at && audit->sound;) {
        const struct move *move = table_row(&world->balances.moves, at);
        SOUND(audit, move->before == before && move->time_ns >= time_ns,
              "balance %u: its movement %u is out of order", row, at);
        time_ns = move->time_ns;
        before = at;
        count++;
        at = move->after;
    }
    SOUND(audit, count == balance->move_count && before == balance->move_last &&
                     count <= BALANCE_MOVES_MAX,
          "balance %u: %u movements, are %u", row, balance->move_count, count);
    *io_moves += count;
}

static void audit_inbound(struct audit *audit, uint32_t row, uint32_t *io_inbounds,
                          uint32_t *io_flows)
{
    const struct world *world = audit->world;
    for (uint32_t at = balance_row(&world->balances, row)->inbound_first; at;
         at = inbound_at(world, at)->next_of_balance) {
        const struct inbound *inbound = inbound_at(world, at);
        int64_t sum = inbound->quantity;
        (*io_inbounds)++;
        SOUND(audit, inbound->balance == row, "inbound %u is not of balance %u", at, row);
        SOUND(audit, find_inbound(world, row, text_of(&world->texts, inbound->name)) == at,
              "inbound %u is not found by its name", at);
        for (uint32_t flow = inbound->flow_first; flow; flow = flow_at(world, flow)->next) {
            (*io_flows)++;
            sum = quantity_add(sum, flow_at(world, flow)->quantity);
            SOUND(audit, flow_at(world, flow)->time_ns >= inbound->word_time,
                  "inbound %u keeps a flow from before its word", at);
        }
        SOUND(audit, inbound->open == (sum > 0 ? sum : 0), "inbound %u: open %lld, is %lld", at,
              (long long)inbound->open, (long long)sum);
    }
}

static void audit_balance(struct audit *audit, uint32_t row, int64_t own_units, uint32_t *io_short,
                          uint32_t *io_demands)
{
    const struct world *world = audit->world;
    const struct balance *balance = balance_row(&world->balances, row);
    uint32_t last = 0;
    const struct below all = audit_tree(audit, row, balance->demand_root, &last);
    const int64_t there = quantity_more(0, quantity_add(balance->on_hand, -balance->held));
    const int64_t shortfall = all.units > there ? all.units - there : 0;
    *io_demands += all.count;
    *io_short += balance->is_short;
    SOUND(audit, balance_find(&world->balances, balance->item, balance->location) == row,
          "balance %u is not found", row);
    SOUND(audit, balance->held >= 0, "balance %u: held %lld", row, (long long)balance->held);
    SOUND(audit, balance->allocated == all.units + own_units,
          "balance %u: allocated %lld, are %lld and %lld of its own", row,
          (long long)balance->allocated, (long long)all.units, (long long)own_units);
    SOUND(audit, balance->frontier == demand_frontier(&world->balances, row, there),
          "balance %u: its frontier is not where goods end", row);
    SOUND(audit, balance->shortfall == shortfall && balance->is_short == (shortfall > 0),
          "balance %u: shortfall %lld, is %lld", row, (long long)balance->shortfall,
          (long long)shortfall);
}

static void audit_short_list(struct audit *audit, uint32_t short_count)
{
    const struct world *world = audit->world;
    uint32_t count = 0;
    uint32_t before = 0;
    for (uint32_t row = header_at(world)->short_first; row && audit->sound;
         row = balance_row(&world->balances, row)->short_after) {
        const struct balance *balance = balance_row(&world->balances, row);
        SOUND(audit, balance->is_short && balance->short_before == before,
              "balance %u is wrong in the list of those that owe", row);
        before = row;
        count++;
    }
    SOUND(audit, count == short_count, "%u balances in the list owe, %u do", count, short_count);
}

/* Open units of bundle lines, by the bundle's balance: they count there as one each (R12). */
static int64_t *bundle_units(const struct world *world)
{
    int64_t *units = audit_zeroed(world->balances.rows.row_count, sizeof *units);
    EACH_ROW(world, parts, row)
    {
        const struct part *part = part_at(world, row);
        const struct line *line = line_at(world, part->line);
        if (part->open > 0 && line->recipe_first) {
            units[balance_find(&world->balances, line->item, part->location)] += part->open;
        }
    }
    return units;
}

static void audit_balances(struct audit *audit)
{
    const struct world *world = audit->world;
    int64_t *own = bundle_units(world);
    uint32_t moves = 0;
    uint32_t inbounds = 0;
    uint32_t flows = 0;
    uint32_t demands = 0;
    uint32_t shorts = 0;
    SOUND(audit, own[0] == 0, "%lld units of a bundle have no balance", (long long)own[0]);
    EACH_ROW(world, balances.rows, row)
    {
        audit_balance(audit, row, own[row], &shorts, &demands);
        audit_moves(audit, row, &moves);
        audit_inbound(audit, row, &inbounds, &flows);
    }
    free(own);
    audit_short_list(audit, shorts);
    SOUND(audit, moves == world->balances.moves.live_count, "%u movements, %u rows", moves,
          world->balances.moves.live_count);
    SOUND(audit, demands == world->balances.demands.live_count, "%u demands, %u rows", demands,
          world->balances.demands.live_count);
    SOUND(audit, inbounds == world->inbounds.live_count, "%u inbounds, %u rows", inbounds,
          world->inbounds.live_count);
    SOUND(audit, flows == world->flows.live_count, "%u flows, %u rows", flows,
          world->flows.live_count);
}

/* ------------------------------------------------------------------ units without location */

static int64_t line_wants(const struct world *world, const struct line *line, uint32_t item)
{
    int64_t units = line->item == item ? line->unassigned : 0;
    for (uint32_t row = line->recipe_first; row; row = component_at(world, row)->next) {
        if (component_at(world, row)->item == item) {
            units += line->unassigned * component_at(world, row)->quantity;
        }
    }
    return units;
}

static void audit_waiting(struct audit *audit)
{
    const struct world *world = audit->world;
    uint32_t count = 0;
    int64_t in_lists = 0;
    EACH_ROW(world, items, item)
    {
        for (uint32_t at = item_at(world, item)->waiting_first; at;
             at = waiting_at(world, at)->next_of_item) {
            const struct waiting *waiting = waiting_at(world, at);
            int64_t units = 0;
            count++;
            in_lists += waiting->units;
            EACH_ROW(world, lines, row)
            {
                const struct line *line = line_at(world, row);
                if (line->unassigned > 0 &&
                    order_at(world, line->order)->route == waiting->route) {
                    units += line_wants(world, line, item);
                }
            }
            SOUND(audit, units == waiting->units && units > 0,
                  "item %u on way %u: %lld units wait, are %lld", item, waiting->route,
                  (long long)waiting->units, (long long)units);
        }
    }
    int64_t all = 0;
    EACH_ROW(world, lines, row)
    {
        const struct line *line = line_at(world, row);
        all += line->unassigned;
        for (uint32_t at = line->recipe_first; at; at = component_at(world, at)->next) {
            all += line->unassigned * component_at(world, at)->quantity;
        }
    }
    SOUND(audit, in_lists == all, "%lld units wait, are %lld", (long long)in_lists,
          (long long)all);
    SOUND(audit, count == world->waitings.live_count, "%u waitings of items, %u rows", count,
          world->waitings.live_count);
}

void audit_stock(struct audit *audit)
{
    audit_balances(audit);
    audit_waiting(audit);
}
