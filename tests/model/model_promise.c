/* SPDX-License-Identifier: Apache-2.0 */
/* Section 3: promises.items and promises.locations, computed anew from all that is kept. */
#include "model/model_state.h"

#include <stdlib.h>

/* What all promises share: every location's days. */
struct view {
    struct model *model;
    struct plan *plans;             /* by site */
    int64_t *cutoffs;               /* by site: cutoff_at, INSTANT_NONE */
};

/* An item's loads at every site, for every constraint lifted. */
struct item_view {
    int sku;
    struct source *sources[CONSTRAINT_COUNT];   /* by site */
};

static bool reached(int32_t day, int32_t by)
{
    return day != DAY_NONE && day <= by;
}

/* ------------------------------------------------------------------ promises.locations */

/* The day of one unit of work ordered now. */
static int32_t ships_on(const struct plan *plan, int32_t day_zero)
{
    const int32_t first = plan_first_day(plan, day_zero, DAY_NONE);
    return first == DAY_NONE ? DAY_NONE : plan_day_left(plan, first);
}

/* The cut-off of the last working day on which ordering still gives the same. */
static int64_t cutoff_at(struct model *model, int site, const struct plan *plan)
{
    const int32_t ships = site_enabled(model, site) ? ships_on(plan, plan->day_zero) : DAY_NONE;
    int32_t last = DAY_NONE;
    for (int32_t day = plan->day_zero; reached(day, ships); day = plan_from(plan, day + 1)) {
        last = ships_on(plan, day) == ships ? day : last;
    }
    const int32_t minute =
        model->locations[site] ? model->locations[site]->location.cutoff_minute : 15 * 60;
    return last == DAY_NONE ? INSTANT_NONE : site_instant(model, site, last, minute);
}

static bool has_override(const struct model *model, int site, int32_t day)
{
    const struct event *event = model->locations[site];
    for (uint32_t i = 0; event && i < event->location.override_count; i++) {
        if (event->location.overrides[i].day == day) {
            return true;
        }
    }
    return false;
}

static void list_days(struct model *model, int site, const struct plan *plan,
                      struct site_document *document)
{
    struct day_document *list = scratch(model, DAYS * sizeof *list);
    for (int i = 0; i < DAYS; i++) {
        const int32_t day = plan->today + i;
        if (i > 0 && plan->used[i] == 0 && !has_override(model, site, day) &&
            (document->ships_on == DAY_NONE || day > document->ships_on)) {
            continue;
        }
        const int64_t over =
            plan->planned[i] != NO_LIMIT && plan->used[i] > plan->planned[i]
                ? plan->used[i] - plan->planned[i]
                : 0;
        list[document->capacity_count++] =
            (struct day_document){ day, plan->unit, plan->planned[i], plan->used[i],
                                   plan->left[i], over };
    }
    document->capacity = list;
}

static bool zone_before(const struct zone_document *a, const struct zone_document *b)
{
    const int zones = bytes_compare(a->zone, b->zone);
    return zones ? zones < 0 : bytes_compare(a->service, b->service) < 0;
}

static void list_zones(struct model *model, int site, const struct plan *plan,
                       struct site_document *document)
{
    struct zone_document *list = scratch(model, (model->lane_count + 1) * sizeof *list);
    const int32_t horizon = plan->today + HORIZON_DAYS;
    for (size_t i = 0; i < model->lane_count; i++) {
        const struct lane_data *lane = model->lanes[i].data;
        if (model->lanes[i].site != site) {
            continue;
        }
        struct zone_document row = { lane->zone, lane->service, DAY_NONE, DAY_NONE, lane->cost };
        if (document->ships_on != DAY_NONE) {
            row.from = lane_day(lane, document->ships_on, lane->transit_days_min, horizon);
            row.by = lane_day(lane, document->ships_on, lane->transit_days_max, horizon);
        }
        uint32_t at = document->zone_count++;
        for (; at > 0 && zone_before(&row, &list[at - 1]); at--) {
            list[at] = list[at - 1];
        }
        list[at] = row;
    }
    document->zones = list;
}

static void add_site(const struct view *view, int site)
{
    struct model *model = view->model;
    const struct plan *plan = &view->plans[site];
    const struct event *event = model->locations[site];
    struct site_document document = {
        .location = model->sites.list[site],
        .valid_until_ms = view->cutoffs[site],
        .cutoff_at_ms = view->cutoffs[site],
        .ships_on = site_enabled(model, site) ? ships_on(plan, plan->day_zero) : DAY_NONE,
        .pickup = { DAY_NONE, 0, 0 },
    };
    if (event && event->location.pickup && document.ships_on != DAY_NONE) {
        model_hit(model, HIT_PICKUP);
        document.pickup = (struct pickup_document){
            document.ships_on, event->location.pickup_minutes,
            site_instant(model, site, document.ships_on, event->location.opens_minute)
        };
    }
    list_days(model, site, plan, &document);
    list_zones(model, site, plan, &document);
    struct document *added = &add_document(model, KEY_SITE, KEY_STATE_LIVE, 0)->document;
    added->as_of = model->named[site];
    added->site = document;
}

/* ------------------------------------------------------------------ offers */

static void item_open(const struct view *view, int sku, struct item_view *item)
{
    struct model *model = view->model;
    item->sku = sku;
    for (int lift = 0; lift < CONSTRAINT_COUNT; lift++) {
        item->sources[lift] = scratch(model, (size_t)model->sites.count * sizeof(struct source));
        for (int site = 0; site < model->sites.count; site++) {
            struct source *source = &item->sources[lift][site];
            *source = (struct source){
                .plan = &view->plans[site],
                .sku = sku,
                .recipe = catalogue_recipe(model, model->skus.list[sku]),
                .lift = (enum constraint)lift,
            };
            if (site_enabled(model, site)) {
                source_fill(model, source);
            }
        }
    }
}

static void item_close(const struct view *view, struct item_view *item)
{
    for (int lift = 0; lift < CONSTRAINT_COUNT; lift++) {
        for (int site = 0; site < view->model->sites.count; site++) {
            free(item->sources[lift][site].loads);
        }
    }
}

static void find_segments(const struct view *view, const struct item_view *item, int net,
                          const struct zones_document *entry, int lift, struct segments *segments)
{
    const struct model *model = view->model;
    segments->count = 0;
    for (int site = 0; site < model->sites.count; site++) {
        const struct lane_data *lane = site_lane(model, site, entry->zones[0], entry->service);
        if (lane && site_enabled(model, site) && site_in_net(model, site, net)) {
            segments_add(model, segments, &item->sources[lift][site], lane, false);
        }
    }
    segments_sort(segments, units_waiting(model, item->sku, net));
}

static void merge_offer(struct model *model, struct offer_document *offer,
                        const struct segment *segment)
{
    model_hit(model, HIT_OFFER_MERGED);
    const bool limited = segment->units != NO_LIMIT && offer->quantity != UNITS_UNLIMITED;
    offer->quantity = limited ? offer->quantity + segment->units : UNITS_UNLIMITED;
}

static void note_valid(const struct view *view, const struct segment *segment,
                       const struct offer_document *offer, int64_t *valid_until_ms)
{
    struct model *model = view->model;
    int64_t until = INT64_MAX;
    if (bytes_equal(offer->location, segment->name)) {
        until = view->cutoffs[segment->site];
    }
    if (segment->overdue) {
        const int64_t midnight =
            site_instant(model, segment->site, view->plans[segment->site].today + 1, 0);
        until = midnight < until ? midnight : until;
        model_hit(model, HIT_OFFER_OVERDUE);
    }
    if (until != INT64_MAX && (*valid_until_ms == INSTANT_NONE || until < *valid_until_ms)) {
        *valid_until_ms = until;
    }
}

/* Cumulative and rising; equal `by` merge; the first four. */
static void list_offers(const struct view *view, const struct segments *segments,
                        struct zones_document *entry, int64_t *valid_until_ms)
{
    struct model *model = view->model;
    struct offer_document *list = scratch(model, OFFERS_MAX * sizeof *list);
    entry->offers = list;
    for (size_t i = 0; i < segments->count; i++) {
        const struct segment *segment = &segments->list[i];
        struct offer_document *offer = entry->offer_count ? &list[entry->offer_count - 1] : NULL;
        if (offer && offer->quantity == UNITS_UNLIMITED && offer->by != segment->by) {
            break;
        }
        if (offer && offer->by == segment->by) {
            merge_offer(model, offer, segment);
            note_valid(view, segment, offer, valid_until_ms);
            continue;
        }
        if (entry->offer_count == OFFERS_MAX) {
            model_hit(model, HIT_OFFER_FIVE);
            break;
        }
        const int64_t before = offer ? offer->quantity : 0;
        list[entry->offer_count++] = (struct offer_document){
            .quantity = segment->units == NO_LIMIT ? UNITS_UNLIMITED : before + segment->units,
            .ship_on = segment->ship_on,
            .from = segment->from,
            .by = segment->by,
            .location = segment->name,
        };
        note_valid(view, segment, &list[entry->offer_count - 1], valid_until_ms);
    }
    if (entry->offer_count && list[entry->offer_count - 1].quantity == UNITS_UNLIMITED) {
        model_hit(model, HIT_OFFER_UNLIMITED);
    }
}

/* R11: the constraint whose lifting, alone, brings the first offer most days earlier. */
static void find_limit(const struct view *view, const struct item_view *item, int net,
                       struct zones_document *entry)
{
    static const enum hit HITS[] = { 0,           HIT_R11_SAFETY, HIT_R11_HELD, HIT_R11_CAPACITY,
                                     HIT_R11_CUTOFF, HIT_R11_STOCK };
    const bool has_offer = entry->offer_count > 0;
    int32_t earliest = has_offer ? entry->offers[0].by : INT32_MAX;
    struct segments segments = { NULL, 0 };
    for (int lift = CONSTRAINT_NONE + 1; lift < CONSTRAINT_COUNT; lift++) {
        find_segments(view, item, net, entry, lift, &segments);
        if (segments.count > 0 && segments.list[0].by < earliest) {
            earliest = segments.list[0].by;
            entry->limited_by = (struct limit_document){ (enum constraint)lift,
                                                         segments.list[0].name,
                                                         has_offer ? entry->offers[0].by - earliest
                                                                   : 0 };
        }
    }
    if (entry->limited_by.constraint != CONSTRAINT_NONE) {
        model_hit(view->model, HITS[entry->limited_by.constraint]);
    }
    free(segments.list);
}

/* ------------------------------------------------------------------ promises.items */

static bool same_offers(const struct zones_document *a, const struct zones_document *b)
{
    bool same = a->offer_count == b->offer_count &&
                a->limited_by.constraint == b->limited_by.constraint &&
                a->limited_by.days == b->limited_by.days &&
                bytes_equal(a->limited_by.location, b->limited_by.location) &&
                bytes_equal(a->service, b->service);
    for (uint32_t i = 0; same && i < a->offer_count; i++) {
        same = a->offers[i].quantity == b->offers[i].quantity &&
               a->offers[i].ship_on == b->offers[i].ship_on &&
               a->offers[i].from == b->offers[i].from && a->offers[i].by == b->offers[i].by &&
               bytes_equal(a->offers[i].location, b->offers[i].location);
    }
    return same;
}

static bool entry_before(const struct zones_document *a, const struct zones_document *b)
{
    const int services = bytes_compare(a->service, b->service);
    return services ? services < 0 : bytes_compare(a->zones[0], b->zones[0]) < 0;
}

/* One entry for each zone and service, sorted; each with room for all zones. */
static uint32_t list_entries(struct model *model, int net, struct zones_document *list)
{
    uint32_t count = 0;
    for (size_t i = 0; i < model->lane_count; i++) {
        const struct lane_data *lane = model->lanes[i].data;
        const int site = model->lanes[i].site;
        bool known = !site_enabled(model, site) || !site_in_net(model, site, net);
        for (uint32_t j = 0; j < count; j++) {
            known |= bytes_equal(list[j].zones[0], lane->zone) &&
                     bytes_equal(list[j].service, lane->service);
        }
        if (known) {
            continue;
        }
        struct bytes *zones = scratch(model, model->lane_count * sizeof *zones);
        zones[0] = lane->zone;
        const struct zones_document row = { .zones = zones, .zone_count = 1,
                                            .service = lane->service };
        uint32_t at = count++;
        for (; at > 0 && entry_before(&row, &list[at - 1]); at--) {
            list[at] = list[at - 1];
        }
        list[at] = row;
    }
    return count;
}

/* Zones with equal offers share one entry, that of the first. */
static uint32_t group_zones(struct model *model, struct zones_document *list, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < kept && !same_offers(&list[at], &list[i])) {
            at++;
        }
        if (at == kept) {
            list[kept++] = list[i];
            continue;
        }
        model_hit(model, HIT_ZONES_GROUPED);
        struct bytes *zones = scratch(model, (list[at].zone_count + 1) * sizeof *zones);
        for (uint32_t j = 0; j < list[at].zone_count; j++) {
            zones[j] = list[at].zones[j];
        }
        zones[list[at].zone_count++] = list[i].zones[0];
        list[at].zones = zones;
    }
    return kept;
}

static struct promise_document promise_document(const struct view *view,
                                                const struct item_view *item, int net)
{
    struct model *model = view->model;
    struct zones_document *list = scratch(model, (model->lane_count + 1) * sizeof *list);
    struct promise_document document = { .valid_until_ms = INSTANT_NONE, .promises = list };
    struct segments segments = { NULL, 0 };
    const uint32_t count = list_entries(model, net, list);
    for (uint32_t i = 0; i < count; i++) {
        find_segments(view, item, net, &list[i], CONSTRAINT_NONE, &segments);
        list_offers(view, &segments, &list[i], &document.valid_until_ms);
        find_limit(view, item, net, &list[i]);
    }
    free(segments.list);
    document.promise_count = group_zones(model, list, count);
    return document;
}

static void add_item(const struct view *view, int sku)
{
    struct model *model = view->model;
    struct item_view *item = NULL;
    for (int net = 0; net < model->nets.count; net++) {
        const struct offering *offering = &model->offerings[sku][net];
        if (offering->state == KEY_STATE_NONE) {
            continue;
        }
        struct promise_document document = { .valid_until_ms = INSTANT_NONE };
        if (offering->state == KEY_STATE_LIVE) {
            if (!item) {
                item = scratch(model, sizeof *item);
                item_open(view, sku, item);
            }
            document = promise_document(view, item, net);
        }
        document.sku = model->skus.list[sku];
        document.network = model->nets.list[net];
        add_document(model, KEY_PROMISE, offering->state, offering->tombstone_sequence)
            ->document.promise = document;
    }
    if (item) {
        item_close(view, item);
    }
}

void add_promises(struct model *model)
{
    const size_t count = (size_t)model->sites.count + 1;
    const struct view view = { model, scratch(model, count * sizeof *view.plans),
                               scratch(model, count * sizeof *view.cutoffs) };
    for (int site = 0; site < model->sites.count; site++) {
        plan_make(model, site, &view.plans[site]);
        view.cutoffs[site] = cutoff_at(model, site, &view.plans[site]);
    }
    for (int site = 0; site < model->sites.count; site++) {
        add_site(&view, site);
    }
    for (int sku = 0; sku < model->skus.count; sku++) {
        add_item(&view, sku);
    }
}
