/* SPDX-License-Identifier: Apache-2.0 */
/*
 * promises.items and promises.locations (contract 3, R8, R9, R11): by when units of an item can be
 * had in each zone, and what one location can do.
 *
 * What an item can ship on which day does not depend on the zone: it is worked out once an item and
 * location (a `place`), and merged for each class of zones that the same lanes serve.
 */
#include "base/quantity.h"
#include "core/world_promise.h"

/* Loads of a place: what fills the first offers; the rest is not looked at. */
enum { LOADS_MAX = SITE_DAYS + BALANCE_INBOUND_MAX };

/* ------------------------------------------------------------------ places */

static uint32_t loads_of(const struct site *site, const struct stock *stock, int32_t day_zero,
                         const struct item *item, enum capacity_reading reading,
                         struct arena *arena, struct load **out_loads)
{
    struct supply *supplies = arena_take(arena, (stock->count + 1) * sizeof *supplies);
    uint32_t count = 0;
    if (stock->now > 0 && day_zero != DAY_NONE) {
        supplies[count++] = (struct supply){ day_zero, false, stock->now };
    }
    for (uint32_t i = 0; i < stock->count; i++) {
        const struct supply *later = &stock->supplies[i];
        if (count > 0 && supplies[count - 1].day == later->day) {
            supplies[count - 1].units = quantity_add(supplies[count - 1].units, later->units);
            supplies[count - 1].overdue = supplies[count - 1].overdue || later->overdue;
        } else {
            supplies[count++] = *later;
        }
    }
    if (count == 0) {
        *out_loads = NULL;
        return 0;
    }
    struct load loads[LOADS_MAX];
    const uint32_t made = promise_loads(site, supplies, count, item->workload,
                                        item->preorder_from, reading, loads, LOADS_MAX);
    *out_loads = arena_take(arena, (made + 1) * sizeof *loads);
    memcpy(*out_loads, loads, made * sizeof *loads);
    return made;
}

static int32_t lifted_day_zero(const struct site *site, enum constraint lifted)
{
    return lifted == CONSTRAINT_CUTOFF ? site->day_zero_uncut : site->day_zero;
}

/* The loads of an item at a location with one constraint lifted, or none. */
uint32_t place_loads(const struct world *world, uint32_t item_row, uint32_t location,
                     uint32_t balance, uint32_t recipe_first, enum constraint lifted,
                     enum capacity_reading reading, struct arena *arena, struct load **out_loads)
{
    const struct item *item = item_at(world, item_row);
    const struct site *site = site_view(world, location);
    const struct stock_query query = { recipe_first, lifted, true, true,
                                       lifted_day_zero(site, lifted) };
    struct stock stock = { 0, NULL, 0 };
    if (lifted == CONSTRAINT_STOCK && balance) {
        stock.now = UNITS_UNLIMITED;
    } else {
        place_stock(world, item_row, location, balance, &query, arena, &stock);
    }
    return loads_of(site, &stock, query.day_zero, item,
                    lifted == CONSTRAINT_CAPACITY ? CAPACITY_LIFTED : reading, arena, out_loads);
}

/* ------------------------------------------------------------------ constraints (R11) */

/* The day of the first supply; DAY_NONE: there is none. */
static int32_t first_supply(const struct stock *stock, int32_t day_zero)
{
    if (stock->now > 0 && day_zero != DAY_NONE) {
        return day_zero;
    }
    return stock->count > 0 ? stock->supplies[0].day : DAY_NONE;
}

/* The ship day of the first unit of a supply: what comes behind it is never earlier. */
static int32_t first_ship_day(const struct site *site, const struct item *item, int32_t usable,
                              enum constraint lifted)
{
    const int32_t day =
        usable == DAY_NONE ? DAY_NONE : site_first_day(site, usable, item->preorder_from);
    if (day == DAY_NONE || lifted == CONSTRAINT_CAPACITY) {
        return day;
    }
    return site_day_with(site, day, site->unit == CAPACITY_UNITS ? item->workload : 1);
}

/* Whether units of the item, or of a component, are kept back here. */
static bool keeps_back(const struct world *world, const struct place *place, uint32_t item,
                       enum constraint lifted)
{
    uint32_t row = item_at(world, item)->recipe_first;
    uint32_t balance = place->balance;
    uint32_t of = item;
    do {
        if (row) {
            of = component_at(world, row)->item;
            balance = balance_find(&world->balances, of, place->location);
            row = component_at(world, row)->next;
        }
        if (balance && (lifted == CONSTRAINT_HELD
                            ? balance_row(&world->balances, balance)->held != 0
                            : safety_stock(world, of, place->location) != 0)) {
            return true;
        }
    } while (row);
    return false;
}

/* The day of the first supply with the constraint lifted. Most places do not feel most of them:
 * where goods are free now, no more of them come earlier. */
static int32_t lifted_supply(const struct promising *promising, const struct place *place,
                             const struct stock *stock, enum constraint lifted)
{
    const struct world *world = promising->world;
    const struct item *item = item_at(world, promising->item);
    const struct site *site = site_view(world, place->location);
    const int32_t day_zero = lifted_day_zero(site, lifted);
    const int32_t as_it_is = first_supply(stock, site->day_zero);
    if (lifted == CONSTRAINT_CAPACITY || (lifted == CONSTRAINT_STOCK && !place->balance)) {
        return as_it_is;
    }
    if (lifted == CONSTRAINT_STOCK || stock->now > 0) {
        return day_zero != DAY_NONE ? day_zero : as_it_is;
    }
    if (lifted == CONSTRAINT_CUTOFF ? day_zero == site->day_zero
                                    : !keeps_back(world, place, promising->item, lifted)) {
        return as_it_is;
    }
    const struct stock_query query = { item->recipe_first, lifted, true, true, day_zero };
    const size_t mark = promising->arena->used;
    struct stock more;
    place_stock(world, promising->item, place->location, place->balance, &query,
                promising->arena, &more);
    const int32_t day = first_supply(&more, day_zero);
    promising->arena->used = mark;
    return day;
}

/* Units that wait take the first loads: then all loads matter, else the first alone does. */
static void place_lift(struct promising *promising, struct place *place,
                       const struct stock *stock)
{
    const struct world *world = promising->world;
    const struct item *item = item_at(world, promising->item);
    const struct site *site = site_view(world, place->location);
    if (promising->waiting > 0) {
        place->lifted =
            arena_take(promising->arena, CONSTRAINT_COUNT * sizeof *place->lifted);
    }
    place->first[CONSTRAINT_NONE] =
        place->source.load_count > 0 ? place->source.loads[0].ship_on : DAY_NONE;
    for (int i = CONSTRAINT_NONE + 1; i < CONSTRAINT_COUNT; i++) {
        const enum constraint lifted = (enum constraint)i;
        if (promising->waiting > 0) {
            place->lifted[i].count =
                place_loads(world, promising->item, place->location, place->balance,
                            item->recipe_first, lifted, CAPACITY_ROUNDED, promising->arena,
                            &place->lifted[i].loads);
            promising->felt[i]++;
            continue;
        }
        place->first[i] = first_ship_day(
            site, item, lifted_supply(promising, place, stock, lifted), lifted);
        promising->felt[i] += place->first[i] != place->first[CONSTRAINT_NONE];
    }
}

/* ------------------------------------------------------------------ the places of an item */

static void place_fill(struct promising *promising, struct place *place)
{
    const struct world *world = promising->world;
    const struct item *item = item_at(world, promising->item);
    const struct site *site = site_view(world, place->location);
    const struct location *location = location_at(world, place->location);
    const struct stock_query query = { item->recipe_first, CONSTRAINT_NONE, true, true,
                                       site->day_zero };
    struct stock stock;
    struct load *loads;
    place_stock(world, promising->item, place->location, place->balance, &query,
                promising->arena, &stock);
    const uint32_t count = loads_of(site, &stock, site->day_zero, item, CAPACITY_ROUNDED,
                                    promising->arena, &loads);
    place->source = (struct source){
        .loads = loads,
        .load_count = count,
        .last = location->today + HORIZON_DAYS,
        .name = text_of(&world->texts, location->name),
        .priority = location->priority,
    };
    if (promising->limits) {
        place_lift(promising, place, &stock);
    }
}

static bool place_before(const void *context, const void *a, const void *b)
{
    (void)context;
    return ((const struct place *)a)->location < ((const struct place *)b)->location;
}

/* The enabled locations of the network that have, had or make the item, by row. */
static void places_gather(const struct world *world, struct promising *promising)
{
    const struct item *item = item_at(world, promising->item);
    uint32_t count = 0;
    for (uint32_t row = item->balance_first; row;
         row = balance_row(&world->balances, row)->next_of_item) {
        count++;
    }
    for (uint32_t row = item->maker_first; row; row = maker_at(world, row)->next) {
        count++;
    }
    promising->places = arena_take(promising->arena, (count + 1) * sizeof *promising->places);
    for (uint32_t row = item->balance_first; row;) {
        const struct balance *balance = balance_row(&world->balances, row);
        if (location_at(world, balance->location)->enabled &&
            location_in_network(world, balance->location, promising->network)) {
            promising->places[promising->place_count++] =
                (struct place){ .location = balance->location, .balance = row };
        }
        row = balance->next_of_item;
    }
    for (uint32_t row = item->maker_first; row; row = maker_at(world, row)->next) {
        const uint32_t location = maker_at(world, row)->location;
        if (location_at(world, location)->enabled &&
            !balance_find(&world->balances, promising->item, location) &&
            location_in_network(world, location, promising->network)) {
            promising->places[promising->place_count++] = (struct place){ .location = location };
        }
    }
    sort_elements(promising->places, promising->place_count, sizeof *promising->places,
                  place_before, NULL);
}

void promising_begin(const struct world *world, uint32_t item, uint32_t network, bool limits,
                     struct arena *arena, struct promising *out)
{
    *out = (struct promising){ .world = world,
                               .arena = arena,
                               .item = item,
                               .network = network,
                               .waiting = waiting_units(world, item, network),
                               .limits = limits };
    places_gather(world, out);
    for (uint32_t i = 0; i < out->place_count; i++) {
        place_fill(out, &out->places[i]);
    }
    out->sources = arena_take(arena, (out->place_count + 1) * sizeof *out->sources);
    out->source_places = arena_take(arena, (out->place_count + 1) * sizeof *out->source_places);
}

/* ------------------------------------------------------------------ one class of zones */

/* Sets the places' ways to the class: both are by location row. */
static void find_ways(struct promising *promising, const struct way_class *class)
{
    uint32_t way = 0;
    for (uint32_t i = 0; i < promising->place_count; i++) {
        struct place *place = &promising->places[i];
        while (way < class->way_count && class->ways[way].location < place->location) {
            way++;
        }
        const bool found =
            way < class->way_count && class->ways[way].location == place->location;
        place->way = found ? &class->ways[way] : NULL;
    }
}

/* The places that have a way to the class, with their loads. */
static uint32_t sources_of(struct promising *promising, enum constraint lifted)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < promising->place_count; i++) {
        const struct place *place = &promising->places[i];
        const bool as_it_is = lifted == CONSTRAINT_NONE;
        const uint32_t loads =
            as_it_is ? place->source.load_count : place->lifted[lifted].count;
        if (!place->way || loads == 0) {
            continue;
        }
        struct source *source = &promising->sources[count];
        *source = place->source;
        source->days = &promising->world->views.arrivals[place->way->carriage];
        source->cost = place->way->cost;
        if (!as_it_is) {
            source->loads = place->lifted[lifted].loads;
            source->load_count = loads;
        }
        promising->source_places[count++] = i;
    }
    return count;
}

/* By when what the place ships on a day arrives; DAY_NONE. */
static int32_t place_by(const struct world *world, const struct place *place, int32_t ship_on)
{
    const struct lane_days *days = &world->views.arrivals[place->way->carriage];
    const int32_t at = ship_on == DAY_NONE ? -1 : ship_on - days->base;
    if (at < 0 || at >= LANE_DAYS || days->by[at] > place->source.last) {
        return DAY_NONE;
    }
    return days->by[at];
}

/* The order of segments that arrive on the same day. */
static bool place_goes_before(const struct place *a, const struct place *b)
{
    if (a->way->cost != b->way->cost) {
        return a->way->cost < b->way->cost;
    }
    if (a->source.priority != b->source.priority) {
        return a->source.priority < b->source.priority;
    }
    return bytes_compare(a->source.name, b->source.name) < 0;
}

/* The first offer's date with a constraint lifted, if it is before `before` (DAY_NONE: any is).
 * Only places that feel the constraint can be earlier than before. */
static const struct place *first_lifted(const struct promising *promising,
                                        enum constraint lifted, int32_t before,
                                        int32_t *out_by)
{
    const struct place *first = NULL;
    for (uint32_t i = 0; i < promising->place_count; i++) {
        const struct place *place = &promising->places[i];
        if (!place->way || place->first[lifted] == place->first[CONSTRAINT_NONE]) {
            continue;
        }
        const int32_t by = place_by(promising->world, place, place->first[lifted]);
        if (by == DAY_NONE || (before != DAY_NONE && by >= before)) {
            continue;
        }
        if (!first || by < *out_by || (by == *out_by && place_goes_before(place, first))) {
            first = place;
            *out_by = by;
        }
    }
    return first;
}

/* The same where units wait and take the first loads. */
static const struct place *first_lifted_behind(struct promising *promising,
                                               enum constraint lifted, int32_t before,
                                               int32_t *out_by)
{
    struct offer offer;
    const uint32_t count = sources_of(promising, lifted);
    if (!promise_first(promising->sources, count, promising->waiting, &offer) ||
        (before != DAY_NONE && offer.by >= before)) {
        return NULL;
    }
    *out_by = offer.by;
    return &promising->places[promising->source_places[offer.source]];
}

/* R11: the constraint whose lifting, alone and everywhere, brings the first date most. */
static struct limit_document limited_by(struct promising *promising, int32_t now_by)
{
    struct limit_document limit = { CONSTRAINT_NONE, { NULL, 0 }, 0 };
    int32_t best = now_by;
    for (int i = CONSTRAINT_NONE + 1; i < CONSTRAINT_COUNT; i++) {
        if (promising->felt[i] == 0) {
            continue;
        }
        const enum constraint lifted = (enum constraint)i;
        int32_t by = DAY_NONE;
        const struct place *place =
            promising->waiting > 0 ? first_lifted_behind(promising, lifted, best, &by)
                                   : first_lifted(promising, lifted, best, &by);
        if (place) {
            best = by;
            limit.constraint = lifted;
            limit.location = place->source.name;
            limit.days = now_by == DAY_NONE ? 0 : now_by - by;
        }
    }
    return limit;
}

static void valid_no_longer_than(struct class_promise *out, int64_t until_ms)
{
    if (until_ms != INSTANT_NONE &&
        (out->valid_until_ms == INSTANT_NONE || until_ms < out->valid_until_ms)) {
        out->valid_until_ms = until_ms;
    }
}

void promise_class(struct promising *promising, const struct way_class *class,
                   struct class_promise *out)
{
    const struct world *world = promising->world;
    struct offers offers;
    uint64_t overdue = 0;
    find_ways(promising, class);
    const uint32_t count = sources_of(promising, CONSTRAINT_NONE);
    promise_offers(promising->sources, count, promising->waiting, &offers, &overdue);
    *out = (struct class_promise){ .offer_count = offers.count, .valid_until_ms = INSTANT_NONE };
    for (uint32_t i = 0; i < offers.count; i++) {
        const struct offer *offer = &offers.list[i];
        const uint32_t location =
            promising->places[promising->source_places[offer->source]].location;
        out->offers[i] = (struct offer_document){ offer->quantity, offer->ship_on, offer->from,
                                                  offer->by,
                                                  promising->sources[offer->source].name };
        valid_no_longer_than(out, site_facts(world, location)->cutoff_ms);
    }
    const int32_t last_by = offers.count ? offers.list[offers.count - 1].by : DAY_NONE;
    for (uint32_t i = 0; i < count && (overdue || count > 64); i++) {
        if (i < 64 ? (overdue >> i & 1) != 0
                   : promise_is_overdue(&promising->sources[i], last_by)) {
            const struct place *place = &promising->places[promising->source_places[i]];
            valid_no_longer_than(out, location_at(world, place->location)->midnight_ms);
        }
    }
    if (promising->limits) {
        out->limited_by = limited_by(promising, offers.count ? offers.list[0].by : DAY_NONE);
    }
}

/* ------------------------------------------------------------------ promises.items */

static bool offers_same(const struct zones_document *a, const struct class_promise *b)
{
    if (a->offer_count != b->offer_count ||
        a->limited_by.constraint != b->limited_by.constraint ||
        a->limited_by.days != b->limited_by.days ||
        !bytes_equal(a->limited_by.location, b->limited_by.location)) {
        return false;
    }
    for (uint32_t i = 0; i < a->offer_count; i++) {
        const struct offer_document *x = &a->offers[i];
        const struct offer_document *y = &b->offers[i];
        if (x->quantity != y->quantity || x->ship_on != y->ship_on || x->from != y->from ||
            x->by != y->by || !bytes_equal(x->location, y->location)) {
            return false;
        }
    }
    return true;
}

/* Both lists of zones as one, by bytes. */
static void zones_join(struct zones_document *into, const struct way_class *class,
                       struct arena *arena)
{
    const uint32_t count = into->zone_count + class->zone_count;
    struct bytes *zones = arena_take(arena, count * sizeof *zones);
    uint32_t a = 0;
    uint32_t b = 0;
    for (uint32_t i = 0; i < count; i++) {
        const bool first = b == class->zone_count ||
                           (a < into->zone_count &&
                            bytes_compare(into->zones[a], class->zones[b]) < 0);
        zones[i] = first ? into->zones[a++] : class->zones[b++];
    }
    into->zones = zones;
    into->zone_count = count;
}

static bool zones_before(const void *context, const void *a, const void *b)
{
    const struct zones_document *x = a;
    const struct zones_document *y = b;
    (void)context;
    const int by_service = bytes_compare(x->service, y->service);
    return by_service != 0 ? by_service < 0 : bytes_compare(x->zones[0], y->zones[0]) < 0;
}

/* Zones with equal offers share an entry: classes are few where zones are many. */
static void add_class(struct promise_document *document, struct zones_document *list,
                      const struct way_class *class, const struct class_promise *promise,
                      struct arena *arena)
{
    for (uint32_t i = document->promise_count; i-- > 0;) {
        if (!bytes_equal(list[i].service, class->service)) {
            break;
        }
        if (offers_same(&list[i], promise)) {
            zones_join(&list[i], class, arena);
            return;
        }
    }
    struct offer_document *offers =
        arena_take(arena, (promise->offer_count + 1) * sizeof *offers);
    memcpy(offers, promise->offers, promise->offer_count * sizeof *offers);
    list[document->promise_count++] = (struct zones_document){
        .zones = class->zones,
        .zone_count = class->zone_count,
        .service = class->service,
        .offers = offers,
        .offer_count = promise->offer_count,
        .limited_by = promise->limited_by,
    };
}

void derive_promise(const struct world *world, uint32_t row, struct arena *arena,
                    struct document *out)
{
    const struct offering *offering = offering_at(world, row);
    const struct network_ways *ways = &world->views.ways[offering->network];
    struct promising promising;
    if (ways->class_count > 0) {
        promising_begin(world, offering->item, offering->network, true, arena, &promising);
    }
    struct zones_document *list = arena_take(arena, (ways->class_count + 1) * sizeof *list);
    struct promise_document *document = &out->promise;
    *document = (struct promise_document){
        .sku = item_name(world, offering->item),
        .network = text_of(&world->texts, network_at(world, offering->network)->name),
        .valid_until_ms = INSTANT_NONE,
        .promises = list,
    };
    for (uint32_t i = 0; i < ways->class_count; i++) {
        struct class_promise promise;
        promise_class(&promising, &ways->classes[i], &promise);
        if (promise.valid_until_ms != INSTANT_NONE &&
            (document->valid_until_ms == INSTANT_NONE ||
             promise.valid_until_ms < document->valid_until_ms)) {
            document->valid_until_ms = promise.valid_until_ms;
        }
        add_class(document, list, &ways->classes[i], &promise, arena);
    }
    sort_elements(list, document->promise_count, sizeof *list, zones_before, NULL);
    out->as_of = item_at(world, offering->item)->as_of;
}

/*
 * Whether so many units at a place are promised otherwise now that the capacity of its next day
 * moved between `low` and `high` (R9): not where they fit either way, nor where both cut to one
 * step. What comes later than now is not looked at: it counts as felt.
 */
static bool place_feels_capacity(const struct world *world, const struct item *item,
                                 uint32_t balance_row_, int64_t low, int64_t high)
{
    const struct balance *balance = balance_row(&world->balances, balance_row_);
    low /= item->workload;
    high /= item->workload;
    if (low == high) {
        return false;
    }
    if (low == 0) {
        return true; /* the first day of any unit, there or not (R11, stock) */
    }
    if (item->recipe_first || item->made_to_order || balance->inbound_first) {
        return true;
    }
    const int64_t kept_back = quantity_add(
        balance->allocated, safety_stock(world, balance->item, balance->location));
    const int64_t units =
        quantity_add(quantity_add(balance->on_hand, -balance->held), -kept_back);
    return units > low && (units <= high || promise_round(low) != promise_round(high));
}

bool promise_feels_capacity(const struct world *world, uint32_t row, uint64_t sequence)
{
    const struct item *item = item_at(world, offering_at(world, row)->item);
    for (uint32_t at = item->balance_first; at;) {
        const struct balance *balance = balance_row(&world->balances, at);
        int64_t low;
        int64_t high;
        if (book_range_since(world, balance->location, sequence, &low, &high) &&
            place_feels_capacity(world, item, at, low, high)) {
            return true;
        }
        at = balance->next_of_item;
    }
    return item->maker_first != 0 && header_at(world)->capacity_changed > sequence;
}
