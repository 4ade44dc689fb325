/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents as views (contract 3): derived from the world at one entry, changing nothing.
 *
 * What is free to sell of an item at a location is a *stream*: so many units now, more on later
 * days as inbound becomes usable. A plain item has one per location; a bundle has one per component
 * and location, and as many bundles as the scarcest component allows (R12).
 */
#include "base/quantity.h"
#include "core/world_state.h"

/* ------------------------------------------------------------------ stock in one place */

/* 2.4: safety_stock_at[location], else the item's, else the location's. */
static int64_t safety_stock(const struct world *world, uint32_t item_row, uint32_t location)
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
static int64_t free_units(const struct world *world, uint32_t row)
{
    if (!row) {
        return 0;
    }
    const struct balance *balance = balance_row(&world->balances, row);
    return quantity_add(quantity_add(balance->on_hand, -balance->held),
                        -quantity_add(balance->allocated,
                                      safety_stock(world, balance->item, balance->location)));
}

/* R10: the day on which an inbound line is usable, DAY_NONE if it is not promised. */
static int32_t usable_day(const struct world *world, uint32_t location_row,
                          const struct inbound *inbound)
{
    const struct location *location = location_at(world, location_row);
    if (inbound->eta == DAY_NONE || inbound->open == 0) {
        return DAY_NONE;
    }
    const struct calendar calendar = location_calendar(world, location_row);
    const int32_t last = location->today + HORIZON_DAYS;
    int32_t due = inbound->eta;
    if (due < location->today) {
        int32_t worked = 0;
        for (int32_t day = calendar_next(&calendar, due, location->today); day != DAY_NONE;
             day = calendar_next(&calendar, day, location->today)) {
            if (++worked > header_at(world)->settings.inbound_grace_days) {
                return DAY_NONE;
            }
        }
        due = location->today;
    }
    return due > last ? DAY_NONE : calendar_next(&calendar, due, last);
}

/* ------------------------------------------------------------------ streams */

struct stream {
    int64_t units;      /* free by the day at hand; may be below zero */
    int64_t each;       /* of a bundle: units of this component a bundle */
};

/* One location: its streams, and how many it can sell by the day at hand. */
struct place {
    struct stream *streams;
    uint32_t stream_count;
    int64_t available;
};

struct arrival {
    int32_t day;
    uint32_t place;
    uint32_t stream;
    uint32_t pad;
    int64_t units;
    int64_t pad_to_arena;
};
_Static_assert(sizeof(struct arrival) % 16 == 0, "taken one by one, they are an array");

/* `arrivals` are taken from the arena one by one behind all else, so they are one array. */
struct projection {
    const struct world *world;
    struct arena *arena;
    struct place *places;
    struct stream *streams;     /* of all places */
    struct arrival *arrivals;
    uint32_t place_count;
    uint32_t arrival_count;
    uint32_t component_first;   /* 0: a plain item */
    uint32_t stream_count;      /* of each place */
    bool inbound_counts;        /* a discontinued item sells what is there */
};

static int64_t place_available(const struct place *place)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < place->stream_count; i++) {
        const int64_t units = quantity_more(0, place->streams[i].units) / place->streams[i].each;
        least = quantity_less(least, units);
    }
    return least;
}

static void add_arrivals(struct projection *projection, uint32_t balance, uint32_t stream)
{
    const struct world *world = projection->world;
    if (!balance || item_at(world, balance_row(&world->balances, balance)->item)->discontinued) {
        return;
    }
    for (uint32_t row = balance_row(&world->balances, balance)->inbound_first; row;
         row = inbound_at(world, row)->next_of_balance) {
        const struct inbound *inbound = inbound_at(world, row);
        const int32_t day =
            usable_day(world, balance_row(&world->balances, balance)->location, inbound);
        if (day != DAY_NONE) {
            struct arrival *arrival = arena_take(projection->arena, sizeof *arrival);
            if (projection->arrival_count++ == 0) {
                projection->arrivals = arrival;
            }
            *arrival =
                (struct arrival){ day, projection->place_count, stream, 0, inbound->open, 0 };
        }
    }
}

static struct projection projection_begin(const struct world *world, struct arena *arena,
                                          uint32_t item, uint32_t place_count_max)
{
    struct projection projection = {
        .world = world,
        .arena = arena,
        .component_first = item_at(world, item)->recipe_first,
        .stream_count = 1,
        .inbound_counts = !item_at(world, item)->discontinued,
    };
    if (projection.component_first) {
        for (uint32_t row = component_at(world, projection.component_first)->next; row;
             row = component_at(world, row)->next) {
            projection.stream_count++;
        }
    }
    projection.places = arena_take(arena, place_count_max * sizeof *projection.places);
    projection.streams = arena_take(arena, (size_t)place_count_max * projection.stream_count *
                                               sizeof *projection.streams);
    return projection;
}

static void add_stream(struct projection *projection, uint32_t balance, uint32_t stream,
                       int64_t each)
{
    struct place *place = &projection->places[projection->place_count];
    place->streams[stream] = (struct stream){ free_units(projection->world, balance), each };
    if (projection->inbound_counts) {
        add_arrivals(projection, balance, stream);
    }
}

/* A location: of a plain item its balance there, of a bundle those of its components. */
static void add_place(struct projection *projection, uint32_t location, uint32_t balance)
{
    const struct world *world = projection->world;
    struct place *place = &projection->places[projection->place_count];
    place->stream_count = projection->stream_count;
    place->streams = projection->streams + (size_t)projection->place_count * place->stream_count;
    if (!projection->component_first) {
        add_stream(projection, balance, 0, 1);
    }
    uint32_t stream = 0;
    for (uint32_t row = projection->component_first; row; row = component_at(world, row)->next) {
        const struct component *component = component_at(world, row);
        add_stream(projection, balance_find(&world->balances, component->item, location), stream++,
                   component->quantity);
    }
    place->available = place_available(place);
    projection->place_count++;
}

static int64_t sum_available(const struct projection *projection)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < projection->place_count; i++) {
        sum = quantity_add(sum, projection->places[i].available);
    }
    return sum;
}

static bool arrival_before(const struct arrival *a, const struct arrival *b)
{
    return a->day < b->day;
}

/* A heap sort: no recursion, no memory, and the order of equal days does not matter. */
static void sift(struct arrival *arrivals, uint32_t root, uint32_t count)
{
    for (uint32_t child = root * 2 + 1; child < count; child = root * 2 + 1) {
        if (child + 1 < count && arrival_before(&arrivals[child], &arrivals[child + 1])) {
            child++;
        }
        if (!arrival_before(&arrivals[root], &arrivals[child])) {
            return;
        }
        const struct arrival kept = arrivals[root];
        arrivals[root] = arrivals[child];
        arrivals[child] = kept;
        root = child;
    }
}

static void sort_arrivals(struct arrival *arrivals, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;) {
        sift(arrivals, i, count);
    }
    for (uint32_t last = count; last-- > 1;) {
        const struct arrival kept = arrivals[0];
        arrivals[0] = arrivals[last];
        arrivals[last] = kept;
        sift(arrivals, 0, last);
    }
}

/* The first date on which the projected free units exceed what is available now, by how many. */
static struct document_next projection_next(struct projection *projection, int64_t less)
{
    const int64_t now = quantity_more(0, quantity_add(sum_available(projection), -less));
    int64_t sum = quantity_add(sum_available(projection), -less);
    sort_arrivals(projection->arrivals, projection->arrival_count);
    for (uint32_t i = 0; i < projection->arrival_count; i++) {
        const struct arrival *arrival = &projection->arrivals[i];
        struct place *place = &projection->places[arrival->place];
        struct stream *stream = &place->streams[arrival->stream];
        stream->units = quantity_add(stream->units, arrival->units);
        sum = quantity_add(sum, -place->available);
        place->available = place_available(place);
        sum = quantity_add(sum, place->available);
        const bool day_ends = i + 1 == projection->arrival_count ||
                              projection->arrivals[i + 1].day != arrival->day;
        if (day_ends && sum > now) {
            return (struct document_next){ arrival->day, sum - now };
        }
    }
    return (struct document_next){ DAY_NONE, 0 };
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
    struct projection projection = projection_begin(world, arena, balance->item, 1);
    add_place(&projection, balance->location, row);
    struct location_document *document = &out->location;
    *document = (struct location_document){
        .sku = item_name(world, balance->item),
        .location = location_name(world, balance->location),
        .on_hand = recipe ? bundle_on_hand(world, recipe, balance->location) : balance->on_hand,
        .held = recipe ? 0 : balance->held,
        .allocated = balance->allocated,
        .safety_stock = recipe ? 0 : safety_stock(world, balance->item, balance->location),
        .available = sum_available(&projection),
    };
    document->next = projection_next(&projection, 0);
    if (!recipe) {
        derive_inbound(world, balance, arena, document);
    }
    out->as_of = item_at(world, balance->item)->as_of;
}

/* ------------------------------------------------------------------ availability.items */

static bool networks_share_enabled(const struct world *world, uint32_t a, uint32_t b)
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
static int64_t waiting_units(const struct world *world, uint32_t item, uint32_t network)
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

static bool made_at(const struct world *world, uint32_t item_row, uint32_t location)
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
static void add_places(struct projection *projection, uint32_t item, uint32_t network)
{
    const struct world *world = projection->world;
    for (uint32_t row = item_at(world, item)->balance_first; row;) {
        const struct balance *balance = balance_row(&world->balances, row);
        if (location_at(world, balance->location)->enabled &&
            location_in_network(world, balance->location, network)) {
            add_place(projection, balance->location, row);
        }
        row = balance->next_of_item;
    }
}

static void derive_item(const struct world *world, uint32_t row, struct arena *arena,
                        struct document *out)
{
    const struct offering *offering = offering_at(world, row);
    struct projection projection =
        projection_begin(world, arena, offering->item, balance_count_of(world, offering->item));
    const struct network_facts facts = look_at_network(world, offering->item, offering->network);
    add_places(&projection, offering->item, offering->network);
    const int64_t waiting = waiting_units(world, offering->item, offering->network);
    struct item_document *document = &out->item;
    *document = (struct item_document){
        .sku = item_name(world, offering->item),
        .network = text_of(&world->texts, network_at(world, offering->network)->name),
        .available = quantity_more(0, quantity_add(sum_available(&projection), -waiting)),
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
static bool part_backordered(const struct world *world, const struct part *part, uint64_t number)
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

/* Contract 3, the first that holds. */
static enum line_status line_status(const struct world *world, const struct line *line)
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
    bool backordered = false;
    for (uint32_t row = line->part_first; row; row = part_at(world, row)->next) {
        const struct part *part = part_at(world, row);
        if (part->open == 0) {
            continue;
        }
        if (!location_at(world, part->location)->enabled) {
            return LINE_AT_RISK;
        }
        backordered = backordered || part_backordered(world, part, line->number);
    }
    return backordered ? LINE_BACKORDERED : LINE_PROMISED;
}

static void derive_line(const struct world *world, const struct line *line, struct arena *arena,
                        struct line_document *document)
{
    *document = (struct line_document){
        .line_id = text_of(&world->texts, line->name),
        .sku = item_name(world, line->item),
        .quantity = line->quantity,
        .open = line->open,
        .shipped = line->shipped,
        .cancelled = line->cancelled,
        .over_shipped = quantity_more(0, line->shipped - line->quantity),
        .returned = line->returned,
        .promised_by = DAY_NONE,
        .expected_by = DAY_NONE,
        .status = line_status(world, line),
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
    default:
        derive_order(world, key.row, arena, out_document);
        break;
    }
}
