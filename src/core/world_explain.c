/* SPDX-License-Identifier: Apache-2.0 */
/* Why promises are as they are (contract 5): for now it knows no way to any zone. */
#include "core/explain.h"

const char *const SOURCE_REASON_NAMES[SOURCE_REASON_COUNT] = {
    [SOURCE_CHOSEN] = "source",
    [SOURCE_DISABLED] = "disabled",
    [SOURCE_NO_LANE] = "no_lane",
    [SOURCE_NO_STOCK] = "no_stock",
    [SOURCE_PREORDER] = "preorder",
    [SOURCE_BEYOND_HORIZON] = "beyond_horizon",
    [SOURCE_TAKEN] = "taken",
    [SOURCE_LATER] = "later",
    [SOURCE_NOT_ENOUGH] = "not_enough",
    [SOURCE_NOT_FIRST] = "not_first",
};

enum explain_verdict world_explain_routes(const struct world *world, struct bytes network,
                                          struct bytes zone, struct bytes service,
                                          struct arena *arena,
                                          const struct explain_route **out_routes,
                                          uint32_t *out_count)
{
    (void)world;
    (void)network;
    (void)zone;
    (void)service;
    (void)arena;
    *out_routes = NULL;
    *out_count = 0;
    return EXPLAIN_NO_ROUTE;
}

enum explain_verdict world_explain(const struct world *world, struct bytes sku,
                                   struct bytes network, const struct explain_route *route,
                                   int64_t quantity, struct arena *arena,
                                   struct explanation *out_explanation)
{
    (void)world;
    (void)sku;
    (void)network;
    (void)route;
    (void)quantity;
    (void)arena;
    (void)out_explanation;
    return EXPLAIN_NO_ROUTE;
}

bool world_capacity_today(const struct world *world, uint32_t row, struct bytes *out_location,
                          struct day_document *out_today)
{
    (void)world;
    (void)row;
    (void)out_location;
    (void)out_today;
    return false;
}
