/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents as views (contract 3): derived from the world at one entry, changing nothing. Offers
 * are in world_promise.c, locations in world_location.c; what can be sold where in world_supply.c.
 */
#include "base/quantity.h"
#include "core/world_state.h"

/* ------------------------------------------------------------------ what comes next */

/* The stocks of some places, and how far each was gone through. */
struct projection {
    struct stock *stocks;
    uint32_t *at;
    uint32_t count;
};

static int64_t sum_now(const struct projection *projection)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < projection->count; i++) {
        sum = quantity_add(sum, projection->stocks[i].now);
    }
    return sum;
}

static int32_t next_day(const struct projection *projection)
{
    int32_t first = DAY_NONE;
    for (uint32_t i = 0; i < projection->count; i++) {
        const struct stock *stock = &projection->stocks[i];
        if (projection->at[i] < stock->count &&
            (first == DAY_NONE || stock->supplies[projection->at[i]].day < first)) {
            first = stock->supplies[projection->at[i]].day;
        }
    }
    return first;
}

/* The first date on which the projected free units exceed what is available now, by how many. */
static struct document_next projection_next(struct projection *projection, int64_t less)
{
    int64_t sum = quantity_add(sum_now(projection), -less);
    const int64_t now = quantity_more(0, sum);
    for (int32_t day = next_day(projection); day != DAY_NONE; day = next_day(projection)) {
        for (uint32_t i = 0; i < projection->count; i++) {
            const struct stock *stock = &projection->stocks[i];
            if (projection->at[i] < stock->count &&
                stock->supplies[projection->at[i]].day == day) {
                sum = quantity_add(sum, stock->supplies[projection->at[i]++].units);
            }
        }
        if (sum > now) {
            return (struct document_next){ day, sum - now };
        }
    }
    return (struct document_next){ DAY_NONE, 0 };
}

static struct projection projection_begin(struct arena *arena, uint32_t count_max)
{
    struct projection projection = { .count = 0 };
    projection.stocks = arena_take(arena, (count_max + 1) * sizeof *projection.stocks);
    projection.at = arena_take(arena, (count_max + 1) * sizeof *projection.at);
    return projection;
}

static void projection_add(const struct world *world, struct projection *projection,
                           uint32_t balance_row_, struct arena *arena)
{
    const struct balance *balance = balance_row(&world->balances, balance_row_);
    const struct stock_query query = { item_at(world, balance->item)->recipe_first,
                                       CONSTRAINT_NONE, true, false, DAY_NONE };
    projection->at[projection->count] = 0;
    place_stock(world, balance->item, balance->location, balance_row_, &query, arena,
                &projection->stocks[projection->count++]);
}

/* ------------------------------------------------------------------ availability.locations */

static bool inbound_before(const struct inbound_document *a, const struct inbound_document *b)
{
    if (a->eta != b->eta) {
        return b->eta == DAY_NONE || (a->eta != DAY_NONE && a->eta < b->eta);
    }
    return bytes_compare(a->inbound_id, b->inbound_id) < 0;
}

/* The first DOCUMENT_INBOUND_MAX by eta, then by name; those without eta last. */
static void derive_inbound(const struct world *world, const struct balance *balance,
                           struct arena *arena, struct location_document *document)
{
    struct inbound_document *first =
        arena_take(arena, (DOCUMENT_INBOUND_MAX + 1) * sizeof *first);
    uint32_t count = 0;
    const int32_t today = location_at(world, balance->location)->today;
    for (uint32_t row = balance->inbound_first; row;
         row = inbound_at(world, row)->next_of_balance) {
        const struct inbound *inbound = inbound_at(world, row);
        if (inbound->open == 0) {
            continue;
        }
        const struct inbound_document shown = {
            .inbound_id = text_of(&world->texts, inbound->name),
            .quantity = inbound->open,
            .eta = inbound->eta,
            .overdue = inbound->eta != DAY_NONE && inbound->eta < today,
        };
        uint32_t at = count;
        for (; at > 0 && inbound_before(&shown, &first[at - 1]); at--) {
            first[at] = first[at - 1];
        }
        first[at] = shown;
        count += count < DOCUMENT_INBOUND_MAX;
    }
    document->inbound = first;
    document->inbound_count = count;
}

/* R12: on_hand of a bundle is what its components would make. */
static int64_t bundle_on_hand(const struct world *world, uint32_t first, uint32_t location)
{
    int64_t least = INT64_MAX;
    for (uint32_t row = first; row; row = component_at(world, row)->next) {
        const struct component *component = component_at(world, row);
        const uint32_t found = balance_find(&world->balances, component->item, location);
        const int64_t on_hand = found ? balance_row(&world->balances, found)->on_hand : 0;
        const int64_t whole = on_hand / component->quantity -
                              (on_hand % component->quantity < 0);
        least = quantity_less(least, whole);
    }
    return least;
}

static void derive_location(const struct world *world, uint32_t row, struct arena *arena,
                            struct document *out)
{
    const struct balance *balance = balance_row(&world->balances, row);
    const uint32_t recipe = item_at(world, balance->item)->recipe_first;
    struct projection projection = projection_begin(arena, 1);
    projection_add(world, &projection, row, arena);
    struct location_document *document = &out->location;
    *document = (struct location_document){
        .sku = item_name(world, balance->item),
        .location = location_name(world, balance->location),
        .on_hand = recipe ? bundle_on_hand(world, recipe, balance->location) : balance->on_hand,
        .held = recipe ? 0 : balance->held,
        .allocated = balance->allocated,
        .safety_stock = recipe ? 0 : safety_stock(world, balance->item, balance->location),
        .available = sum_now(&projection),
    };
    document->next = projection_next(&projection, 0);
    if (!recipe) {
        derive_inbound(world, balance, arena, document);
    }
    out->as_of = item_at(world, balance->item)->as_of;
}

/* ------------------------------------------------------------------ availability.items */

bool networks_share_enabled(const struct world *world, uint32_t a, uint32_t b)
{
    for (uint32_t row = network_at(world, a)->member_first; row;
         row = member_at(world, row)->next_of_network) {
        const uint32_t location = member_at(world, row)->location;
        if (!location_at(world, location)->enabled) {
            continue;
        }
        for (uint32_t other = location_at(world, location)->member_first; other;
             other = member_at(world, other)->next_of_location) {
            if (member_at(world, other)->network == b) {
                return true;
            }
        }
    }
    return false;
}

/* Units not yet assigned, `unfulfillable` ones aside, of orders in any network that shares an
 * enabled location with this one. */
int64_t waiting_units(const struct world *world, uint32_t item, uint32_t network)
{
    int64_t units = 0;
    for (uint32_t row = item_at(world, item)->waiting_first; row;
         row = waiting_at(world, row)->next_of_item) {
        const struct waiting *waiting = waiting_at(world, row);
        const struct route *route = route_at(world, waiting->route);
        if (route->fulfillable && networks_share_enabled(world, network, route->network)) {
            units = quantity_add(units, waiting->units);
        }
    }
    return units;
}

/* What the network's enabled locations say of the item, beside their stock. */
struct network_facts {
    bool preorder_reached;
    bool made_to_order;
};

static struct network_facts look_at_network(const struct world *world, uint32_t item_row,
                                            uint32_t network)
{
    const struct item *item = item_at(world, item_row);
    struct network_facts facts = { item->preorder_from == DAY_NONE, false };
    if (facts.preorder_reached && !item->made_to_order) {
        return facts;
    }
    for (uint32_t row = network_at(world, network)->member_first; row;
         row = member_at(world, row)->next_of_network) {
        const uint32_t location = member_at(world, row)->location;
        if (!location_at(world, location)->enabled) {
            continue;
        }
        facts.preorder_reached =
            facts.preorder_reached || location_at(world, location)->today >= item->preorder_from;
        facts.made_to_order = facts.made_to_order ||
                              (item->made_to_order && !item->discontinued &&
                               made_at(world, item_row, location));
    }
    return facts;
}

static enum availability_status availability_status(const struct item *item,
                                                    const struct item_document *document,
                                                    const struct network_facts *facts)
{
    const bool next = document->next.day != DAY_NONE;
    if (!facts->preorder_reached && (document->available > 0 || next)) {
        return AVAILABILITY_PREORDER;
    }
    if (document->available > 0) {
        return document->available <= item->low_stock ? AVAILABILITY_LOW_STOCK
                                                      : AVAILABILITY_IN_STOCK;
    }
    return next || facts->made_to_order ? AVAILABILITY_BACKORDER : AVAILABILITY_OUT_OF_STOCK;
}

static uint32_t balance_count_of(const struct world *world, uint32_t item)
{
    uint32_t count = 0;
    for (uint32_t row = item_at(world, item)->balance_first; row;
         row = balance_row(&world->balances, row)->next_of_item) {
        count++;
    }
    return count;
}

/* A location sells what it has a balance of; a bundle has one where a component has. */
static void add_places(const struct world *world, struct projection *projection, uint32_t item,
                       uint32_t network, struct arena *arena)
{
    for (uint32_t row = item_at(world, item)->balance_first; row;) {
        const struct balance *balance = balance_row(&world->balances, row);
        if (location_at(world, balance->location)->enabled &&
            location_in_network(world, balance->location, network)) {
            projection_add(world, projection, row, arena);
        }
        row = balance->next_of_item;
    }
}

static void derive_item(const struct world *world, uint32_t row, struct arena *arena,
                        struct document *out)
{
    const struct offering *offering = offering_at(world, row);
    struct projection projection =
        projection_begin(arena, balance_count_of(world, offering->item));
    const struct network_facts facts = look_at_network(world, offering->item, offering->network);
    add_places(world, &projection, offering->item, offering->network, arena);
    const int64_t waiting = waiting_units(world, offering->item, offering->network);
    struct item_document *document = &out->item;
    *document = (struct item_document){
        .sku = item_name(world, offering->item),
        .network = text_of(&world->texts, network_at(world, offering->network)->name),
        .available = quantity_more(0, quantity_add(sum_now(&projection), -waiting)),
    };
    document->next = projection_next(&projection, waiting);
    document->status = availability_status(item_at(world, offering->item), document, &facts);
    out->as_of = item_at(world, offering->item)->as_of;
}

/* ------------------------------------------------------------------ promises.orders */

static bool part_before(const struct part_document *a, const struct part_document *b)
{
    return bytes_compare(a->location, b->location) < 0;
}

static void derive_parts(const struct world *world, const struct line *line, struct arena *arena,
                         struct line_document *document)
{
    uint32_t count = 0;
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        count++;
    }
    struct part_document *parts = arena_take(arena, (count + 1) * sizeof *parts);
    count = 0;
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        const struct part *part = part_at(world, row);
        if (part->open == 0 && part->shipped == 0) {
            continue;
        }
        const struct part_document shown = { location_name(world, part->location), part->open,
                                             part->shipped, part->ship_on };
        uint32_t at = count++;
        for (; at > 0 && part_before(&shown, &parts[at - 1]); at--) {
            parts[at] = parts[at - 1];
        }
        parts[at] = shown;
    }
    document->parts = parts;
    document->part_count = count;
}

/* R6: units of the part lie beyond what is on hand and not held, for one of its components. */
bool part_is_backordered(const struct world *world, const struct part *part, uint64_t number)
{
    for (uint32_t row = part->demand_first; row;) {
        const struct demand *demand = demand_row(&world->balances, row);
        if (number >= balance_row(&world->balances, demand->balance)->frontier) {
            return true;
        }
        row = demand->next_of_part;
    }
    return false;
}

/* Its ship day has passed, its location is off, or it is promised earlier than expected. */
static bool line_at_risk(const struct world *world, const struct line *line, int32_t expected_by)
{
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        const struct part *part = part_at(world, row);
        const struct location *location = location_at(world, part->location);
        if (part->open > 0 && (!location->enabled || (part->ship_on != DAY_NONE &&
                                                      part->ship_on < location->today))) {
            return true;
        }
    }
    const int32_t promised_by = line_promised_by(line);
    return promised_by != DAY_NONE && (expected_by == DAY_NONE || expected_by > promised_by);
}

/* Contract 3, the first that holds. */
static enum line_status line_status_by(const struct world *world, const struct line *line,
                                       int32_t expected_by)
{
    if (line->open == 0) {
        if (line->shipped == 0) {
            return LINE_CANCELLED;
        }
        return line_is_delivered(world, line) ? LINE_DELIVERED : LINE_SHIPPED;
    }
    if (line->unassigned > 0) {
        const uint32_t route = order_at(world, line->order)->route;
        return route_at(world, route)->fulfillable ? LINE_SOURCING : LINE_UNFULFILLABLE;
    }
    if (line_at_risk(world, line, expected_by)) {
        return LINE_AT_RISK;
    }
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        const struct part *part = part_at(world, row);
        if (part->open > 0 && part_is_backordered(world, part, line->number)) {
            return LINE_BACKORDERED;
        }
    }
    return LINE_PROMISED;
}

enum line_status line_status(const struct world *world, const struct line *line,
                             struct arena *arena)
{
    return line_status_by(world, line, line_expected_by(world, line, arena));
}

static void derive_line(const struct world *world, const struct line *line, struct arena *arena,
                        struct line_document *document)
{
    const int32_t expected_by = line_expected_by(world, line, arena);
    *document = (struct line_document){
        .line_id = text_of(&world->texts, line->name),
        .sku = item_name(world, line->item),
        .quantity = line->quantity,
        .open = line->open,
        .shipped = line->shipped,
        .cancelled = line->cancelled,
        .over_shipped = quantity_more(0, line->shipped - line->quantity),
        .returned = line->returned,
        .promised_by = line_promised_by(line),
        .expected_by = expected_by,
        .status = line_status_by(world, line, expected_by),
    };
    derive_parts(world, line, arena, document);
}

static enum order_status order_status(const struct order_document *document)
{
    bool open = false;
    bool shipped = false;
    bool undelivered = false;
    bool all_cancelled = true;
    for (uint32_t i = 0; i < document->line_count; i++) {
        const struct line_document *line = &document->lines[i];
        open = open || line->open > 0;
        shipped = shipped || line->shipped > 0;
        undelivered = undelivered ||
                      (line->status != LINE_DELIVERED && line->status != LINE_CANCELLED);
        all_cancelled = all_cancelled && line->status == LINE_CANCELLED;
    }
    if (all_cancelled) {
        return ORDER_CANCELLED;
    }
    if (open) {
        return shipped ? ORDER_PARTIALLY_SHIPPED : ORDER_OPEN;
    }
    return undelivered ? ORDER_SHIPPED : ORDER_DELIVERED;
}

/* Lines in the order of their numbers: those an event named before order.placed come where the
 * order that placed them put them. */
static void derive_order(const struct world *world, uint32_t row, struct arena *arena,
                         struct document *out)
{
    const struct order *order = order_at(world, row);
    struct line_document *lines = arena_take(arena, (order->placed_count + 1) * sizeof *lines);
    uint64_t *numbers = arena_take(arena, (order->placed_count + 1) * sizeof *numbers);
    uint32_t count = 0;
    for (uint32_t at = order->line_first; at; at = line_at(world, at)->next) {
        const struct line *line = line_at(world, at);
        if (!line->item) {
            continue;
        }
        uint32_t to = count++;
        for (; to > 0 && numbers[to - 1] > line->number; to--) {
            numbers[to] = numbers[to - 1];
            lines[to] = lines[to - 1];
        }
        numbers[to] = line->number;
        derive_line(world, line, arena, &lines[to]);
    }
    out->order = (struct order_document){
        .order_id = text_of(&world->texts, order->name),
        .lines = lines,
        .line_count = count,
    };
    out->order.status = order_status(&out->order);
    out->as_of = order->newest;
}

/* ------------------------------------------------------------------ any key */

/* A key that ended: the same fields, zeros, as of the entry that ended it; its tombstone has the
 * same version. */
static void derive_gone(const struct world *world, struct document_key key, struct document *out)
{
    out->gone = true;
    if (key.kind == KEY_ITEM) {
        const struct offering *offering = offering_at(world, key.row);
        out->version = offering->ended_sequence;
        out->item = (struct item_document){
            .sku = item_name(world, offering->item),
            .network = text_of(&world->texts, network_at(world, offering->network)->name),
            .next = { DAY_NONE, 0 },
            .status = AVAILABILITY_OUT_OF_STOCK,
        };
    } else if (key.kind == KEY_PROMISE) {
        const struct offering *offering = offering_at(world, key.row);
        out->version = offering->ended_sequence;
        out->promise = (struct promise_document){
            .sku = item_name(world, offering->item),
            .network = text_of(&world->texts, network_at(world, offering->network)->name),
            .valid_until_ms = INSTANT_NONE,
        };
    } else {
        out->version = order_at(world, key.row)->ended_sequence;
        out->order = (struct order_document){
            .order_id = text_of(&world->texts, order_at(world, key.row)->name),
            .status = ORDER_CANCELLED,
        };
    }
}

void world_derive(const struct world *world, struct document_key key, struct arena *arena,
                  struct document *out_document)
{
    const enum key_state state = world_key_state(world, key);
    CHECK(state != KEY_STATE_NONE);
    memset(out_document, 0, sizeof *out_document);
    out_document->topic = world_key_topic(key.kind);
    out_document->version = header_at(world)->sequence;
    out_document->as_of = TIME_NONE;
    if (state != KEY_STATE_LIVE) {
        derive_gone(world, key, out_document);
        return;
    }
    switch (key.kind) {
    case KEY_ITEM:
        derive_item(world, key.row, arena, out_document);
        break;
    case KEY_LOCATION:
        derive_location(world, key.row, arena, out_document);
        break;
    case KEY_PROMISE:
        derive_promise(world, key.row, arena, out_document);
        break;
    case KEY_SITE:
        derive_site(world, key.row, arena, out_document);
        break;
    default:
        derive_order(world, key.row, arena, out_document);
        break;
    }
}
