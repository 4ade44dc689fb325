/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "demo_truth_state.h"

/*
 * promises.items.v1 once more, from the free units of the truth, the calendars, and the capacity
 * left that promises.locations.v1 shows (bookings are decisions): every segment of every location
 * is made and sorted, for each zone and service, and again with each constraint lifted.
 */
#define NO_LIMIT INT64_MAX
enum { OFFERS_MOST = 4 };

enum lift { LIFT_NOTHING, LIFT_SAFETY, LIFT_HELD, LIFT_CAPACITY, LIFT_CUTOFF, LIFT_STOCK, LIFTS };
static const char *const LIFT_NAMES[LIFTS] = { "", "safety_stock", "held", "capacity", "cutoff",
                                               "stock" };

/* Units that become usable on a day, and units that ship on a day. */
struct units_on {
    int32_t day;
    int64_t units;
    bool overdue;            /* rest on overdue inbound */
};

struct units_list {
    struct units_on *rows;
    size_t count, capacity;
};

struct source {
    const char *location;
    const struct demo_site *site;
    int64_t priority;
    struct units_list loads;
};

struct segment {
    const struct source *source;
    int64_t cost;
    int32_t ship_on, from, by;
    size_t order;            /* among the loads of its source */
    int64_t units;
    bool overdue;
};

struct offer {
    int64_t quantity;
    struct segment first;
};

struct offers {
    struct offer rows[OFFERS_MOST];
    size_t count;
};

static void add_units(struct units_list *list, int32_t day, int64_t units, bool overdue)
{
    list->rows = demo_grow(list->rows, list->count, &list->capacity, sizeof *list->rows);
    list->rows[list->count++] = (struct units_on){ day, units, overdue };
}

/* ------------------------------------------------------------------ what becomes usable */

struct item {
    struct demo_documents *documents;
    const char *sku;
    const json_t *recipe;
    enum lift lift;
};

static int32_t day_zero(const struct demo_site *site, enum lift lift)
{
    return lift == LIFT_CUTOFF ? site->day_zero_uncut : site->day_zero;
}

static int32_t made_day(const struct item *item, const char *sku, const char *location)
{
    const struct demo_truth *truth = item->documents->truth;
    const struct demo_site *site = demo_site_of(item->documents, location);
    const json_t *made = json_object_get(demo_truth_item(truth, sku), "made_to_order");
    return demo_makes(truth, sku, location)
               ? demo_worked_after(site, day_zero(site, item->lift),
                                   demo_field_number(made, "lead_days", 0))
               : INT32_MAX;
}

/* Free units of one SKU by `day` (INT32_MIN: now), signed; `next`, `overdue`: as below. */
static int64_t free_by(const struct item *item, const char *sku, const char *location, int32_t day,
                       int32_t *next, bool *overdue)
{
    const struct demo_truth *truth = item->documents->truth;
    const struct demo_balance *balance = demo_balance_find(truth, sku, location);
    const bool comes =
        !demo_is_discontinued(truth, item->sku) && !demo_is_discontinued(truth, sku);
    int64_t units = item->lift == LIFT_SAFETY ? 0 : -demo_safety_of(truth, sku, location);
    if (!balance) {
        return units;
    }
    units += balance->on_hand - balance->allocated - (item->lift == LIFT_HELD ? 0 : balance->held);
    for (size_t i = 0; comes && i < balance->inbound.count; i++) {
        const struct demo_inbound *inbound = balance->inbound.rows[i].value;
        const int64_t open = demo_inbound_open(inbound);
        const int32_t usable =
            open > 0 ? demo_usable_day(item->documents, location, inbound->eta) : INT32_MAX;
        units += usable <= day ? open : 0;
        *next = usable > day && usable < *next ? usable : *next;
        *overdue = *overdue || (usable == day && open > 0 &&
                                inbound->eta < demo_today(item->documents, location));
    }
    return units;
}

/* What a component is good for by `day`: bundles. */
static int64_t bundles_by(const struct item *item, const char *sku, int64_t each,
                          const char *location, int32_t day, int32_t *next, bool *overdue)
{
    const int64_t units = free_by(item, sku, location, day, next, overdue);
    const int32_t made =
        item->recipe && !demo_is_discontinued(item->documents->truth, item->sku)
            ? made_day(item, sku, location)
            : INT32_MAX;
    *next = made > day && made < *next ? made : *next;
    if (made <= day && made != INT32_MAX) {
        return NO_LIMIT;
    }
    return units > 0 ? units / each : 0;
}

/* Units usable by `day`, but for those made to order; `next`: the next day on which that changes;
 * `overdue`: some of what is usable on this day is. */
static int64_t usable_by(const struct item *item, const char *location, int32_t day, int32_t *next,
                         bool *overdue)
{
    int64_t least = NO_LIMIT;
    size_t index;
    json_t *part;
    *next = INT32_MAX;
    *overdue = false;
    if (!item->recipe) {
        return bundles_by(item, item->sku, 1, location, day, next, overdue);
    }
    json_array_foreach(item->recipe, index, part) {
        const int64_t units =
            bundles_by(item, demo_field_text(part, "sku"), demo_field_number(part, "quantity", 1),
                       location, day, next, overdue);
        least = units < least ? units : least;
    }
    return least;
}

static void list_supplies(const struct item *item, const struct source *source,
                          struct units_list *out_supplies)
{
    const int32_t zero = day_zero(source->site, item->lift);
    const int32_t made = made_day(item, item->sku, source->location);
    int64_t before = 0;
    int32_t day = INT32_MIN;
    out_supplies->count = 0;
    if (item->lift == LIFT_STOCK &&
        demo_has_place(item->documents->truth, item->sku, source->location)) {
        if (zero != INT32_MAX) {
            add_units(out_supplies, zero, NO_LIMIT, false);
        }
        return;
    }
    while (day != INT32_MAX && day <= made && before != NO_LIMIT) {
        int32_t next;
        bool overdue;
        const int64_t units = usable_by(item, source->location, day, &next, &overdue);
        const int32_t usable = day == INT32_MIN ? zero : day;
        if (units > before && usable != INT32_MAX) {
            add_units(out_supplies, usable, units == NO_LIMIT ? NO_LIMIT : units - before,
                      overdue);
        }
        before = units > before ? units : before;
        day = next;
    }
    if (made != INT32_MAX && before != NO_LIMIT) {
        add_units(out_supplies, made, NO_LIMIT, false);
    }
}

/* ------------------------------------------------------------------ ship days (R9) */

static int64_t round_125(int64_t units)
{
    int64_t power = 1;
    while (power <= units / 10) {
        power *= 10;
    }
    return units >= 5 * power   ? 5 * power
           : units >= 2 * power ? 2 * power
           : units >= power     ? power
                                : 0;
}

/* Units of the item that still fit on the day. */
static int64_t room_on(const struct item *item, const struct demo_site *site, int32_t day)
{
    const int at = day - site->today;
    if (!site->worked[at]) {
        return 0;
    }
    if (item->lift == LIFT_CAPACITY || site->planned[at] < 0) {
        return NO_LIMIT;
    }
    const int64_t left =
        site->planned[at] > site->used[at] ? site->planned[at] - site->used[at] : 0;
    if (strcmp(site->unit, "units") != 0) {
        return left > 0 ? NO_LIMIT : 0;
    }
    return left / demo_field_number(demo_truth_item(item->documents->truth, item->sku),
                                    "workload", 1);
}

/* Lays one supply on the days from its first one on; `taken`: by those before it. */
static bool lay(const struct item *item, struct source *source, const struct units_on *supply,
                int64_t *taken)
{
    const struct demo_site *site = source->site;
    int64_t left = supply->units;
    int32_t day = demo_first_day(site, supply->day,
                                 demo_preorder_day(item->documents->truth, item->sku));
    for (; left > 0 && day != INT32_MAX && day <= site->today + DEMO_HORIZON_DAYS; day++) {
        const int64_t all = room_on(item, site, day);
        const int64_t room = all == NO_LIMIT ? all : all - taken[day - site->today];
        const int64_t units = room < left ? round_125(room) : left;
        if (units <= 0) {
            continue;
        }
        add_units(&source->loads, day, units, supply->overdue);
        if (units == NO_LIMIT) {
            return false;
        }
        taken[day - site->today] += units;
        left -= left == NO_LIMIT ? 0 : units;
    }
    return left != NO_LIMIT;
}

static void fill_source(const struct item *item, struct source *source)
{
    struct units_list supplies = { 0 };
    int64_t taken[DEMO_HORIZON_DAYS + 1] = { 0 };
    list_supplies(item, source, &supplies);
    for (size_t i = 0; i < supplies.count; i++) {
        if (!lay(item, source, &supplies.rows[i], taken)) {
            break;
        }
    }
    free(supplies.rows);
}

/* ------------------------------------------------------------------ sources of a network */

struct sources {
    struct source *rows;
    size_t count, capacity;
};

static void add_source(const struct item *item, const char *location, struct sources *sources)
{
    const json_t *facts = demo_truth_location(item->documents->truth, location);
    sources->rows = demo_grow(sources->rows, sources->count, &sources->capacity,
                              sizeof *sources->rows);
    struct source *source = &sources->rows[sources->count++];
    *source = (struct source){ location, demo_site_of(item->documents, location),
                               demo_field_number(facts, "priority", 100), { 0 } };
    fill_source(item, source);
}

static struct sources sources_of(const struct item *item, const char *network)
{
    const struct demo_truth *truth = item->documents->truth;
    const struct demo_map *names = &item->documents->site_names;
    struct sources sources = { 0 };
    for (size_t i = 0; i < names->count; i++) {
        const char *location = names->rows[i].name;
        if (demo_is_enabled(truth, location) && demo_in_network(truth, location, network) &&
            (demo_has_place(truth, item->sku, location) ||
             demo_makes(truth, item->sku, location))) {
            add_source(item, location, &sources);
        }
    }
    return sources;
}

static void free_sources(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->rows[i].loads.rows);
    }
    free(sources->rows);
}

/* ------------------------------------------------------------------ offers of a zone */

static int by_rank(const void *left, const void *right)
{
    const struct segment *a = left;
    const struct segment *b = right;
    const int64_t ranks[][2] = {
        { a->by, b->by },
        { a->cost, b->cost },
        { a->source->priority, b->source->priority },
        { strcmp(a->source->location, b->source->location), 0 },
        { a->ship_on, b->ship_on },
        { (int64_t)a->order, (int64_t)b->order },
    };
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        if (ranks[i][0] != ranks[i][1]) {
            return ranks[i][0] < ranks[i][1] ? -1 : 1;
        }
    }
    return 0;
}

struct segments {
    struct segment *rows;
    size_t count, capacity;
};

static void add_segments(const struct source *source, const struct demo_lane *lane,
                         struct segments *segments)
{
    for (size_t i = 0; i < source->loads.count; i++) {
        const struct units_on *load = &source->loads.rows[i];
        const int at = load->day - source->site->today;
        if (lane->by[at] == INT32_MAX) {
            continue;
        }
        segments->rows = demo_grow(segments->rows, segments->count, &segments->capacity,
                                   sizeof *segments->rows);
        segments->rows[segments->count++] =
            (struct segment){ source, lane->cost, load->day, lane->from[at], lane->by[at], i,
                              load->units, load->overdue };
    }
}

/* Waiting units go first; equal dates merge; after an offer without limit there is none. */
static void cumulate(const struct segments *segments, int64_t waiting, struct offers *out_offers)
{
    int64_t sum = 0;
    out_offers->count = 0;
    for (size_t i = 0; i < segments->count && sum != NO_LIMIT; i++) {
        const struct segment *segment = &segments->rows[i];
        const bool endless = segment->units == NO_LIMIT;
        const int64_t eaten = endless ? 0 : segment->units < waiting ? segment->units : waiting;
        waiting -= eaten;
        if (segment->units == eaten) {
            continue;
        }
        struct offer *last =
            out_offers->count > 0 ? &out_offers->rows[out_offers->count - 1] : NULL;
        if (!last || last->first.by != segment->by) {
            if (out_offers->count == OFFERS_MOST) {
                return;
            }
            last = &out_offers->rows[out_offers->count++];
            last->first = *segment;
        }
        sum = endless ? NO_LIMIT : sum + segment->units - eaten;
        last->quantity = sum;
    }
}

static struct segments segments_of(struct demo_documents *documents, const struct sources *sources,
                                   const char *zone, const char *service)
{
    struct segments segments = { 0 };
    for (size_t i = 0; i < sources->count; i++) {
        const struct demo_lane *lane =
            demo_lane_days(documents, sources->rows[i].location, zone, service);
        if (lane) {
            add_segments(&sources->rows[i], lane, &segments);
        }
    }
    if (segments.count > 0) {
        qsort(segments.rows, segments.count, sizeof *segments.rows, by_rank);
    }
    return segments;
}

/* ------------------------------------------------------------------ the document */

/* All that one document is made from. */
struct promise {
    struct demo_documents *documents;
    int64_t waiting;
    struct sources sources[LIFTS];
    int64_t valid_until;     /* ms; INT64_MAX: none yet */
};

static json_t *date(int32_t day)
{
    char text[16];
    demo_day_text(day, text);
    return json_string(text);
}

static json_t *offers_json(const struct offers *offers)
{
    json_t *out = json_array();
    for (size_t i = 0; i < offers->count; i++) {
        const struct offer *offer = &offers->rows[i];
        json_t *quantity =
            offer->quantity == NO_LIMIT ? json_null() : json_integer(offer->quantity);
        (void)json_array_append_new(
            out, json_pack("{s:o, s:o, s:o, s:o, s:s}", "quantity", quantity, "ship_on",
                           date(offer->first.ship_on), "from", date(offer->first.from), "by",
                           date(offer->first.by), "location", offer->first.source->location));
    }
    return out;
}

/* R11: of the liftings the one that brings the first offer most days earlier. */
static json_t *limited_by(const struct promise *promise, const struct offers *now,
                          const char *zone, const char *service)
{
    struct offers best = { .count = 0 };
    int which = LIFT_NOTHING;
    for (int lift = LIFT_NOTHING + 1; lift < LIFTS; lift++) {
        struct offers offers;
        struct segments segments =
            segments_of(promise->documents, &promise->sources[lift], zone, service);
        cumulate(&segments, promise->waiting, &offers);
        free(segments.rows);
        if (offers.count > 0 &&
            (now->count == 0 || offers.rows[0].first.by < now->rows[0].first.by) &&
            (best.count == 0 || offers.rows[0].first.by < best.rows[0].first.by)) {
            best = offers;
            which = lift;
        }
    }
    if (which == LIFT_NOTHING) {
        return json_null();
    }
    return json_pack("{s:s, s:s, s:o}", "constraint", LIFT_NAMES[which], "location",
                     best.rows[0].first.source->location, "days",
                     now->count == 0
                         ? json_null()
                         : json_integer(now->rows[0].first.by - best.rows[0].first.by));
}

static void lower(int64_t *value, int64_t other)
{
    *value = other < *value ? other : *value;
}

/* Until when offers hold: cut-offs of those named, midnights where they rest on what is late. */
static void bound_validity(struct promise *promise, const struct offers *offers,
                           const struct segments *segments)
{
    for (size_t i = 0; i < offers->count; i++) {
        lower(&promise->valid_until,
              demo_cutoff_at(promise->documents, offers->rows[i].first.source->location));
    }
    for (size_t i = 0; offers->count > 0 && i < segments->count; i++) {
        const struct segment *segment = &segments->rows[i];
        if (segment->by <= offers->rows[offers->count - 1].first.by && segment->overdue) {
            lower(&promise->valid_until,
                  demo_midnight_after(promise->documents, segment->source->location));
        }
    }
}

static json_t *entry_of(struct promise *promise, const char *zone, const char *service)
{
    struct offers offers;
    struct segments segments =
        segments_of(promise->documents, &promise->sources[LIFT_NOTHING], zone, service);
    cumulate(&segments, promise->waiting, &offers);
    bound_validity(promise, &offers, &segments);
    json_t *entry = json_pack("{s:[s], s:s, s:o, s:o}", "zones", zone, "service", service, "offers",
                              offers_json(&offers), "limited_by",
                              limited_by(promise, &offers, zone, service));
    free(segments.rows);
    return entry;
}

/* Zones come sorted: one with the same offers as a former one of the service joins it. */
static void add_entry(json_t *entries, json_t *entry)
{
    size_t index;
    json_t *other;
    json_array_foreach(entries, index, other) {
        if (json_equal(json_object_get(other, "service"), json_object_get(entry, "service")) &&
            json_equal(json_object_get(other, "offers"), json_object_get(entry, "offers")) &&
            json_equal(json_object_get(other, "limited_by"),
                       json_object_get(entry, "limited_by"))) {
            (void)json_array_append(json_object_get(other, "zones"),
                                    json_array_get(json_object_get(entry, "zones"), 0));
            json_decref(entry);
            return;
        }
    }
    (void)json_array_append_new(entries, entry);
}

/* By service, then zone. */
static int by_way(const void *left, const void *right)
{
    const struct demo_way *a = left;
    const struct demo_way *b = right;
    const int services = strcmp(a->service, b->service);
    return services != 0 ? services : strcmp(a->zone, b->zone);
}

json_t *demo_promise_document(struct demo_documents *documents, const char *sku,
                              const char *network)
{
    struct promise promise = { documents, demo_waits_of(documents, sku, network),
                               { { 0 } }, INT64_MAX };
    json_t *entries = json_array();
    size_t count;
    struct demo_way *ways = demo_ways_of(documents->truth, network, &count);
    for (int lift = 0; lift < LIFTS; lift++) {
        const struct item item = { documents, sku, demo_truth_recipe(documents->truth, sku),
                                   (enum lift)lift };
        promise.sources[lift] = sources_of(&item, network);
    }
    if (count > 0) {
        qsort(ways, count, sizeof *ways, by_way);
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || by_way(&ways[i - 1], &ways[i]) != 0) {
            add_entry(entries, entry_of(&promise, ways[i].zone, ways[i].service));
        }
    }
    for (int lift = 0; lift < LIFTS; lift++) {
        free_sources(&promise.sources[lift]);
    }
    free(ways);
    return json_pack("{s:s, s:s, s:o, s:o}", "sku", sku, "network", network, "valid_until",
                     demo_instant_json(promise.valid_until), "promises", entries);
}
