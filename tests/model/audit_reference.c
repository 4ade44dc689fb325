/* SPDX-License-Identifier: Apache-2.0 */
/* What was described: items with their lists, locations, lanes, networks. */
#include "model/audit_state.h"

static uint32_t recipe_rows(const struct world *world, uint32_t first)
{
    uint32_t count = 0;
    for (; first; first = component_at(world, first)->next) {
        count++;
    }
    return count;
}

static void audit_recipes(struct audit *audit)
{
    const struct world *world = audit->world;
    uint32_t count = 0;
    EACH_ROW(world, items, row)
    {
        count += recipe_rows(world, item_at(world, row)->recipe_first);
    }
    EACH_ROW(world, lines, row)
    {
        count += recipe_rows(world, line_at(world, row)->recipe_first);
    }
    EACH_ROW(world, goods, row)
    {
        count += recipe_rows(world, goods_at(world, row)->recipe_first);
    }
    SOUND(audit, count == world->components.live_count, "%u components of recipes, %u rows", count,
          world->components.live_count);
}

static void audit_items(struct audit *audit)
{
    const struct world *world = audit->world;
    uint32_t safeties = 0;
    uint32_t makers = 0;
    uint32_t uses = 0;
    uint32_t balances = 0;
    uint32_t offerings = 0;
    EACH_ROW(world, items, row)
    {
        const struct item *item = item_at(world, row);
        SOUND(audit, find_item(world, text_of(&world->texts, item->name)) == row,
              "item %u is not found by its name", row);
        for (uint32_t at = item->safety_first; at; at = safety_at(world, at)->next) {
            safeties++;
        }
        for (uint32_t at = item->maker_first; at; at = maker_at(world, at)->next) {
            makers++;
        }
        for (uint32_t at = item->use_first; at; at = use_at(world, at)->next) {
            uses++;
        }
        for (uint32_t at = item->balance_first; at;
             at = balance_row(&world->balances, at)->next_of_item) {
            balances++;
            SOUND(audit, balance_row(&world->balances, at)->item == row,
                  "balance %u is not of item %u", at, row);
        }
        for (uint32_t at = item->offering_first; at; at = offering_at(world, at)->next_of_item) {
            offerings++;
            SOUND(audit, offering_at(world, at)->item == row, "offering %u is not of item %u", at,
                  row);
        }
    }
    SOUND(audit, safeties == world->safeties.live_count, "%u safeties, %u rows", safeties,
          world->safeties.live_count);
    SOUND(audit, makers == world->makers.live_count, "%u makers, %u rows", makers,
          world->makers.live_count);
    SOUND(audit, uses == world->uses.live_count, "%u uses, %u rows", uses,
          world->uses.live_count);
    SOUND(audit, balances == world->balances.rows.live_count, "%u balances, %u rows", balances,
          world->balances.rows.live_count);
    SOUND(audit, offerings == world->offerings.live_count, "%u offerings, %u rows", offerings,
          world->offerings.live_count);
    SOUND(audit, world->traces.live_count == world->items.live_count, "%u traces of %u items",
          world->traces.live_count, world->items.live_count);
}

static void audit_locations(struct audit *audit)
{
    const struct world *world = audit->world;
    uint32_t days = 0;
    uint32_t overrides = 0;
    uint32_t members = 0;
    uint32_t lanes = 0;
    EACH_ROW(world, locations, row)
    {
        const struct location *location = location_at(world, row);
        days += location->days != 0;
        overrides += location->overrides != 0;
        for (uint32_t at = location->member_first; at;
             at = member_at(world, at)->next_of_location) {
            members++;
            SOUND(audit, member_at(world, at)->location == row, "member %u is not of location %u",
                  at, row);
        }
        for (uint32_t at = location->lane_first; at; at = lane_at(world, at)->next_of_location) {
            const struct lane *lane = lane_at(world, at);
            lanes++;
            SOUND(audit,
                  lane->location == row && find_lane(world, row, lane->zone, lane->service) == at,
                  "lane %u is not of location %u", at, row);
        }
    }
    SOUND(audit, days == world->location_days.live_count, "%u calendars, %u rows", days,
          world->location_days.live_count);
    SOUND(audit, overrides == world->location_capacities.live_count, "%u overrides, %u rows",
          overrides, world->location_capacities.live_count);
    SOUND(audit, members == world->members.live_count, "%u members of locations, %u rows", members,
          world->members.live_count);
    SOUND(audit, lanes == world->lanes.live_count, "%u lanes of locations, %u rows", lanes,
          world->lanes.live_count);
    members = 0;
    EACH_ROW(world, networks, row)
    {
        for (uint32_t at = network_at(world, row)->member_first; at;
             at = member_at(world, at)->next_of_network) {
            members++;
        }
    }
    SOUND(audit, members == world->members.live_count, "%u members of networks, %u rows", members,
          world->members.live_count);
}

static void audit_lanes(struct audit *audit)
{
    const struct world *world = audit->world;
    uint32_t lanes = 0;
    EACH_ROW(world, carriages, row)
    {
        uint32_t count = 0;
        EACH_ROW(world, lanes, lane)
        {
            count += lane_at(world, lane)->carriage == row;
        }
        SOUND(audit, count == carriage_at(world, row)->lane_count && count > 0,
              "carriage %u: %u lanes, are %u", row, carriage_at(world, row)->lane_count, count);
        lanes += count;
    }
    SOUND(audit, lanes == world->lanes.live_count, "%u lanes carry, %u are", lanes,
          world->lanes.live_count);
    EACH_ROW(world, routes, row)
    {
        SOUND(audit, route_at(world, row)->fulfillable == route_has_lane(world, row),
              "way %u: fulfillable %u", row, route_at(world, row)->fulfillable);
    }
}

void audit_reference(struct audit *audit)
{
    audit_recipes(audit);
    audit_items(audit);
    audit_locations(audit);
    audit_lanes(audit);
}
