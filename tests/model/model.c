/* SPDX-License-Identifier: Apache-2.0 */
#include "model/model_state.h"

#include <stdio.h>
#include <stdlib.h>

#define MODEL_HIT_ROW(name, text) [HIT_##name] = { text, 0 },
static const struct model_hit HITS[HIT_COUNT] = { MODEL_RULES(MODEL_HIT_ROW) };

/* ------------------------------------------------------------------ lists, names, counters */

void *model_grow(void *list, size_t count, size_t row_bytes)
{
    const bool full = (count & (count - 1)) == 0;   /* 0, 1, 2, 4, 8, … rows are full */
    if (!full) {
        return list;
    }
    void *grown = realloc(list, (count ? 2 * count : 1) * row_bytes);
    if (!grown) {
        abort();
    }
    return grown;
}

void model_hit(struct model *model, enum hit hit)
{
    model->hits[hit].count++;
}

void model_anomaly(struct model *model, enum anomaly anomaly)
{
    model->anomalies[anomaly]++;
}

int name_find(const struct names *names, struct bytes name)
{
    for (int i = 0; i < names->count; i++) {
        if (bytes_equal(names->list[i], name)) {
            return i;
        }
    }
    return NONE;
}

int name_need(struct names *names, struct bytes name, int count_max)
{
    const int found = name_find(names, name);
    if (found != NONE) {
        return found;
    }
    if (names->count == count_max) {
        (void)fprintf(stderr, "model: more names than it has room for\n");
        abort();
    }
    names->list = model_grow(names->list, (size_t)names->count, sizeof *names->list);
    names->list[names->count] = name;
    return names->count++;
}

int sku_need(struct model *model, struct bytes sku)
{
    return name_need(&model->skus, sku, SKUS_MAX);
}

int site_number(struct model *model, struct bytes location)
{
    return name_need(&model->sites, location, SITES_MAX);
}

int net_need(struct model *model, struct bytes network)
{
    return name_need(&model->nets, network, NETS_MAX);
}

struct cell *cell_named(struct model *model, int sku, int site)
{
    struct cell *cell = &model->cells[cell_of(sku, site)];
    cell->row = true;
    return cell;
}

/* ------------------------------------------------------------------ life */

struct model *model_new(void)
{
    struct model *model = calloc(1, sizeof *model);
    if (!model) {
        abort();
    }
    memcpy(model->hits, HITS, sizeof HITS);
    model->as_of = TIME_NONE;
    for (int i = 0; i < CELLS_MAX; i++) {
        model->cells[i].newest = TIME_NONE;
        model->cells[i].edge = TIME_NONE;
        model->cells[i].count_from = TIME_NONE;
    }
    for (int i = 0; i < SITES_MAX; i++) {
        model->named[i] = TIME_NONE;
    }
    (void)net_need(model, BYTES_LITERAL("default"));
    return model;
}

static void free_orders(struct model *model)
{
    for (size_t i = 0; i < model->order_count; i++) {
        order_forget_facts(model->orders[i]);
        free(model->orders[i]->gone);
        free(model->orders[i]);
    }
    free(model->orders);
}

static void free_stock(struct model *model)
{
    for (int i = 0; i < CELLS_MAX; i++) {
        free(model->cells[i].moves);
    }
    for (size_t i = 0; i < model->inbound_count; i++) {
        free(model->inbounds[i].words);
    }
    free(model->inbounds);
}

static void free_identities(struct model *model)
{
    for (size_t i = 0; i < model->identity_count; i++) {
        free(model->identities[i].key);
        free(model->identities[i].content);
    }
    free(model->identities);
    free(model->identity_slots);
    free(model->inputs);
}

void model_free(struct model *model)
{
    if (!model) {
        return;
    }
    free_orders(model);
    free_stock(model);
    free_identities(model);
    for (size_t i = 0; i < model->scratch_count; i++) {
        free(model->scratch[i]);
    }
    free(model->scratch);
    free(model->documents);
    free(model->prints);
    free(model->waitings);
    free(model->demands);
    free(model->lanes);
    free(model->zones);
    free(model->skus.list);
    free(model->sites.list);
    free(model->nets.list);
    free(model);
}

/* ------------------------------------------------------------------ entries */

static void take_zones(struct model *model, const struct world_entry *entry)
{
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        struct zone *zone = NULL;
        for (size_t j = 0; j < model->zone_count && !zone; j++) {
            struct zone *at = &model->zones[j];
            zone = bytes_equal(at->name, entry->zones[i].name) ? at : NULL;
        }
        if (!zone) {
            zone = PUSH(model->zones, model->zone_count);
        }
        zone->name = entry->zones[i].name;
        zone->rules = entry->zones[i].rules;
    }
}

static void take_published(struct model *model, const struct world_entry *entry)
{
    for (uint32_t i = 0; i < entry->published_count; i++) {
        const struct watermark_entry *published = &entry->published[i];
        if (published->partition >= model->published_count) {
            model->published_count = published->partition + 1;
        }
        if (published->sequence > model->published[published->partition]) {
            model->published[published->partition] = published->sequence;
        }
    }
}

static int64_t past_ms(int64_t ended_ms, const struct settings *settings)
{
    return ended_ms + settings->tombstone_after_ms;
}

/* Contract 3: a key that ended is null only tombstone_after later. */
static void tombstones(struct model *model)
{
    for (size_t i = 0; i < model->order_count; i++) {
        struct order *order = model->orders[i];
        if (order->state == KEY_STATE_GONE &&
            past_ms(order->ended_ms, &model->settings) <= model->now_ms) {
            order->state = KEY_STATE_TOMBSTONE;
            order->tombstone_sequence = model->sequence;
            model_hit(model, HIT_KEY_TOMBSTONE);
        }
    }
    for (int i = 0; i < model->skus.count * NETS_MAX; i++) {
        struct offering *offering = &model->offerings[i / NETS_MAX][i % NETS_MAX];
        if (offering->state == KEY_STATE_GONE &&
            past_ms(offering->ended_ms, &model->settings) <= model->now_ms) {
            offering->state = KEY_STATE_TOMBSTONE;
            offering->tombstone_sequence = model->sequence;
            model_hit(model, HIT_KEY_TOMBSTONE);
        }
    }
}

/* 2.6: what ends by time ends, when now moves. */
static void end_by_time(struct model *model)
{
    orders_end(model);
    inbound_end(model);
    tombstones(model);
}

void model_begin(struct model *model, const struct world_entry *entry)
{
    model->sequence = entry->sequence;
    if (entry->settings) {
        model->settings = *entry->settings;
    }
    take_zones(model, entry);
    if (model->settings.clock == WORLD_CLOCK_WALL && entry->now_ms > model->now_ms) {
        model->now_ms = entry->now_ms;
    }
    if (model->settings.clock == WORLD_CLOCK_WALL) {
        end_by_time(model);
    }
}


/* ------------------------------------------------------------------ which items exist where */

static bool rows_of_bundle(struct model *model, int sku)
{
    const struct recipe *recipe = catalogue_recipe(model, model->skus.list[sku]);
    bool added = false;
    for (uint32_t i = 0; recipe && i < recipe->count; i++) {
        const int part = name_find(&model->skus, recipe->parts[i].sku);
        for (int site = 0; part != NONE && site < model->sites.count; site++) {
            struct cell *cell = &model->cells[cell_of(sku, site)];
            if (!cell->row && model->cells[cell_of(part, site)].row) {
                cell->row = true;
                added = true;
            }
        }
    }
    return added;
}

/* R12: a bundle has a document where a component has a balance. */
static void review_bundles(struct model *model)
{
    bool added = true;
    while (added) {
        added = false;
        for (int sku = 0; sku < model->skus.count; sku++) {
            added |= rows_of_bundle(model, sku);
        }
    }
}

static bool made_in_net(const struct model *model, int sku, int net)
{
    const struct event *item = model->items[sku];
    for (uint32_t i = 0; item && item->item.made_to_order && i < item->item.maker_count; i++) {
        const int site = name_find(&model->sites, item->item.makers[i]);
        if (site != NONE && site_in_net(model, site, net)) {
            return true;
        }
    }
    return false;
}

static bool offering_exists(const struct model *model, int sku, int net)
{
    if (net == 0 && model->items[sku]) {
        return true;
    }
    for (int site = 0; site < model->sites.count; site++) {
        if (model->cells[cell_of(sku, site)].row && site_in_net(model, site, net)) {
            return true;
        }
    }
    return made_in_net(model, sku, net);
}

static void offering_review(struct model *model, int sku, int net)
{
    struct offering *offering = &model->offerings[sku][net];
    const bool exists = offering_exists(model, sku, net);
    if (exists && offering->state != KEY_STATE_LIVE) {
        if (offering->state != KEY_STATE_NONE) {
            model_hit(model, HIT_KEY_BEGAN_AGAIN);
        }
        offering->state = KEY_STATE_LIVE;
    }
    if (!exists && offering->state == KEY_STATE_LIVE) {
        offering->state = KEY_STATE_GONE;
        offering->ended_ms = model->now_ms;
        model_hit(model, HIT_KEY_GONE);
    }
}

static void review_offerings(struct model *model)
{
    review_bundles(model);
    for (int sku = 0; sku < model->skus.count; sku++) {
        for (int net = 0; net < model->nets.count; net++) {
            offering_review(model, sku, net);
        }
    }
}

/* ------------------------------------------------------------------ records */

void model_end(struct model *model, const struct world_entry *entry)
{
    settle_reference(model);
    if (entry->review) {
        settle_review(model);
    }
    review_offerings(model);
    take_published(model, entry);
}

static bool is_reference(const struct record_place *place)
{
    return place->topic >= TOPIC_REFERENCE_FIRST && place->topic < TOPIC_INPUT_COUNT;
}

void model_pass(struct model *model, const struct record_place *place, bool rejected)
{
    (void)rejected;
    if (!is_reference(place)) {
        settle_reference(model);
    }
    if (place->partition >= 0) {
        (void)arrival_of(model, place, NULL);
    }
}

static void judge_time(struct model *model, struct arrival *arrival)
{
    const int64_t latest =
        (arrival->timestamp_ms + model->settings.future_tolerance_ms) * NS_PER_MS;
    if (arrival->event->time_ns > latest) {
        arrival->refusals |= 1u << REFUSAL_BAD_TIME;
        model_hit(model, HIT_BAD_TIME);
    }
}

static void name_site(struct model *model, struct bytes location, int64_t time)
{
    const int site = location.count ? site_number(model, location) : NONE;
    if (site != NONE && time > model->named[site]) {
        model->named[site] = time;
    }
}

/* The locations that the event names: that is what their documents know of it. */
static void name_sites(struct model *model, const struct event *event)
{
    if (event->type <= EVENT_INBOUND_EXPECTED) {
        name_site(model, event->stock.location, event->time_ns);
        name_site(model, event->stock.to, event->time_ns);
        return;
    }
    name_site(model, event->order.location, event->time_ns);
    for (uint32_t i = 0; i < event->order.line_count; i++) {
        name_site(model, event->order.lines[i].location, event->time_ns);
    }
}

static void accepted(struct model *model, const struct arrival *arrival)
{
    const int64_t time = arrival->event->time_ns;
    struct input *input = &model->inputs[arrival->input];
    identity_use(model, arrival);
    if (time > input->newest_time) {
        input->newest_time = time;
    }
    if (time > model->as_of) {
        model->as_of = time;
    }
    if (model->settings.clock == WORLD_CLOCK_EVENT) {
        model->now_ms = time / NS_PER_MS > model->now_ms ? time / NS_PER_MS : model->now_ms;
        end_by_time(model);
    }
}

static enum event_result apply_event(struct model *model, struct arrival *arrival)
{
    const struct identity *known = identity_known(model, arrival);
    if (known && identity_same(known, arrival->event)) {
        model_hit(model, HIT_R4_DUPLICATE);
        judge_time(model, arrival);   /* either is right */
        return RESULT_DUPLICATE;
    }
    judge_time(model, arrival);
    if (known) {
        arrival->refusals |= 1u << REFUSAL_CONFLICT;
        model_hit(model, HIT_R4_CONFLICT);
    }
    settle_before(model);
    const enum event_result result = arrival->event->type <= EVENT_INBOUND_EXPECTED
                                         ? stock_apply(model, arrival)
                                         : order_apply(model, arrival);
    if (result != RESULT_REJECTED) {
        review_offerings(model);
        accepted(model, arrival);
    }
    if (result == RESULT_APPLIED || result == RESULT_PARKED) {
        name_sites(model, arrival->event);
        settle_after(model, arrival->event);
        review_offerings(model);
    }
    return result;
}

enum event_result model_apply(struct model *model, const struct record_place *place,
                              const struct event *event, uint32_t *out_refusals)
{
    if (!is_reference(place)) {
        settle_reference(model);
    }
    if (event->type == EVENT_UNKNOWN) {
        (void)arrival_of(model, place, event);
        return RESULT_IGNORED;
    }
    if (event->type >= EVENT_LOCATION && event->type <= EVENT_ITEM) {
        struct arrival reference = { event, NONE, 0, 0 };
        reference_apply(model, &reference);
        review_offerings(model);
        model->reference_run |= reference.refusals == 0;
        *out_refusals = reference.refusals;
        return reference.refusals ? RESULT_REJECTED : RESULT_APPLIED;
    }
    struct arrival arrival = arrival_of(model, place, event);
    const enum event_result result = apply_event(model, &arrival);
    *out_refusals = arrival.refusals;
    return result;
}

/* ------------------------------------------------------------------ what it knows */

uint64_t model_anomaly_count(const struct model *model, enum anomaly anomaly)
{
    return model->anomalies[anomaly];
}

int64_t model_now_ms(const struct model *model)
{
    return model->now_ms;
}

int64_t model_as_of(const struct model *model)
{
    return model->as_of;
}

int64_t model_shortfall(const struct model *model)
{
    return model->shortfall;
}

const struct model_hit *model_hits(const struct model *model, uint32_t *out_count)
{
    *out_count = HIT_COUNT;
    return model->hits;
}
