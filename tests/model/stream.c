/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stream_maker.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ repetitions */

static struct event *changed_copy(struct maker *maker, const struct event *event)
{
    struct event *copy = take(maker, sizeof *copy);
    *copy = *event;
    if (chance(maker, 500)) {
        copy->id = name_number(maker, "e", maker->next_id++);   /* the same news under a new id */
        if (chance(maker, 500)) {
            copy->time_ns = business_time(maker);
        }
    } else if (chance(maker, 500) || event->type > EVENT_INBOUND_EXPECTED) {
        copy->time_ns += between(maker, -1, 1);
    } else {
        copy->stock.quantity += event->stock.quantity > 0 ? 1 : -1;
    }
    return copy;
}

/* Its timestamp may be just so old that the first one is still known, or no more. */
static void window_later(struct maker *maker, struct step *step, int64_t first_ms)
{
    const int64_t now_ms =
        first_ms + maker->stream->settings.dedupe_window_ms + between(maker, 0, 1);
    if (!step->joins && now_ms > step->now_ms) {
        maker->now_ms = now_ms;
        step->now_ms = now_ms;
        step->timestamp_ms = now_ms;
    }
}

static const struct event *repetition(struct maker *maker, struct step *into)
{
    const struct stream *stream = maker->stream;
    const size_t count = stream->step_count;
    const size_t span = chance(maker, 800) && count > 40 ? 40 : count;
    const struct step *step =
        &stream->steps[count - 1 - (size_t)between(maker, 0, (int64_t)span - 1)];
    if (step->kind != STEP_EVENT || step->event->type >= EVENT_LOCATION) {
        return NULL;
    }
    if (step->timestamp_ms >= 0 && chance(maker, 200)) {
        window_later(maker, into, step->timestamp_ms);
    }
    return chance(maker, 500) ? step->event : changed_copy(maker, step->event);
}

/* ------------------------------------------------------------------ steps */

static struct bytes partition_key(const struct event *event)
{
    switch (event->type) {
    case EVENT_LOCATION:
        return event->location.location;
    case EVENT_LANE:
        return event->lane.location;
    case EVENT_ITEM:
        return event->item.sku;
    case EVENT_UNKNOWN:
        return (struct bytes){ NULL, 0 };
    default:
        return event->type <= EVENT_INBOUND_EXPECTED ? event->stock.sku : event->order.order_id;
    }
}

static enum topic topic_of(struct maker *maker, const struct event *event)
{
    switch (event->type) {
    case EVENT_LOCATION:
        return TOPIC_LOCATIONS;
    case EVENT_LANE:
        return TOPIC_LANES;
    case EVENT_ITEM:
        return TOPIC_CATALOG;
    case EVENT_UNKNOWN:
        return (enum topic)between(maker, TOPIC_STOCK, TOPIC_SHIPMENTS);
    default:
        return event->type <= EVENT_INBOUND_EXPECTED  ? TOPIC_STOCK
               : event->type < EVENT_SHIPMENT_SHIPPED ? TOPIC_ORDERS
                                                      : TOPIC_SHIPMENTS;
    }
}

static int32_t partition_of(const struct maker *maker, const struct event *event)
{
    const struct bytes key = partition_key(event);
    uint64_t sum = 7;
    for (size_t i = 0; i < key.count; i++) {
        sum = mix(sum + key.data[i]);
    }
    return (int32_t)(sum % (uint64_t)maker->profile.partitions);
}

static const struct event *any_event(struct maker *maker, struct step *into)
{
    const struct profile *profile = &maker->profile;
    const int all = profile->stock_weight + profile->order_weight + profile->shipment_weight +
                    profile->reference_weight + profile->repeat_weight;
    int64_t kind = between(maker, 0, all - 1);
    if ((kind -= profile->stock_weight) < 0) {
        return make_stock_event(maker);
    }
    if ((kind -= profile->order_weight) < 0) {
        return make_order_event(maker);
    }
    if ((kind -= profile->shipment_weight) < 0) {
        return make_shipment_event(maker);
    }
    if ((kind -= profile->reference_weight) < 0) {
        return make_reference_event(maker);
    }
    const struct event *again = maker->stream->step_count ? repetition(maker, into) : NULL;
    return again ? again : make_shipment_event(maker);
}

static void add_record(struct maker *maker, struct step *step)
{
    step->timestamp_ms = record_timestamp(maker);
    if (chance(maker, 8)) {
        step->kind = chance(maker, 500) ? STEP_REJECT : STEP_SKIP;
        step->topic = (enum topic)between(maker, TOPIC_STOCK, TOPIC_SHIPMENTS);
        step->partition = (int32_t)between(maker, 0, maker->profile.partitions - 1);
        return;
    }
    step->event = chance(maker, 5) ? make_new_event(maker, EVENT_UNKNOWN) : any_event(maker, step);
    step->topic = topic_of(maker, step->event);
    step->partition = partition_of(maker, step->event);
    if (step->event->removed && chance(maker, 300)) {
        step->partition = -1;
    }
}

static void add_said(struct maker *maker, const struct event *event, bool joins)
{
    struct stream *stream = maker->stream;
    struct step step = { .kind = STEP_EVENT, .joins = joins, .now_ms = maker->now_ms,
                         .timestamp_ms = maker->now_ms, .event = event };
    step.topic = topic_of(maker, event);
    step.partition = partition_of(maker, event);
    stream->steps[stream->step_count++] = step;
}

static void add_step(struct maker *maker)
{
    struct stream *stream = maker->stream;
    const bool joins = stream->step_count > 0 && chance(maker, 10 * maker->profile.joined_percent);
    if (!joins) {
        time_passes(maker);
    }
    struct step step = { .kind = STEP_EVENT, .joins = joins, .now_ms = maker->now_ms };
    if (!joins && chance(maker, 20)) {
        step.kind = STEP_TICK;
    }
    step.reviews = !joins && chance(maker, step.kind == STEP_TICK ? 500 : 60);
    step.publishes = !joins && chance(maker, 30);
    if (!joins && chance(maker, 2)) {
        const struct stream_zones *zones = maker->zones;
        const int64_t zone = between(maker, 0, STREAM_ZONES - 1);
        step.zone = &zones->changed[zone];
    }
    if (step.kind == STEP_EVENT) {
        add_record(maker, &step);
    }
    stream->steps[stream->step_count++] = step;
    if (chance(maker, 1000 / maker->profile.order_span / 4)) {
        maker->first_order++;
    }
}

/* ------------------------------------------------------------------ a stream as a whole */

static void draw_settings(struct maker *maker)
{
    static const int64_t WINDOWS[] = { 0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR };
    struct settings *settings = &maker->stream->settings;
    *settings = (struct settings){
        .rules = RULES_VERSION,
        .clock = chance(maker, 250) ? WORLD_CLOCK_EVENT : WORLD_CLOCK_WALL,
        .dedupe_window_ms = WINDOWS[between(maker, 1, 4)],
        .future_tolerance_ms = WINDOWS[between(maker, 0, 3)],
        .reorder_window_ms = WINDOWS[between(maker, 0, 5)],
        .parked_alarm_ms = HOUR,
        .closed_orders_ms = between(maker, 1, 48) * HOUR,
        .tombstone_after_ms = between(maker, 0, 24) * HOUR,
        .review_ms = MINUTE,
        .inbound_grace_days = (int32_t)between(maker, 0, 3),
        .moves = (int32_t)between(maker, 0, 3),
    };
}

static struct profile draw_profile(struct maker *maker)
{
    struct profile profile = {
        .sku_count = (int)between(maker, 2, 7),
        .site_count = (int)between(maker, 1, 6),
        .net_count = (int)between(maker, 1, 4),
        .order_span = (int)between(maker, 1, 12),
        .line_count = (int)between(maker, 1, 4),
        .partitions = (int)between(maker, 1, 3),
        .pace_ms = (int)between(maker, 1, 2 * MINUTE),
        .joined_percent = (int)between(maker, 0, 60),
        .stock_weight = (int)between(maker, 10, 40),
        .order_weight = (int)between(maker, 10, 40),
        .shipment_weight = (int)between(maker, 10, 40),
        .reference_weight = (int)between(maker, 1, 15),
        .repeat_weight = (int)between(maker, 3, 15),
        .big_recipes = chance(maker, 250),
        .big_orders = chance(maker, 60),
        .nested = chance(maker, 200),
    };
    return profile;
}

/* Hundreds of movements of few balances within the window: R5's 256 are reached. */
static void make_hot(struct maker *maker)
{
    maker->profile.sku_count = 1;
    maker->profile.site_count = 1;
    maker->profile.stock_weight = 400;
    maker->profile.pace_ms = 10 * SECOND;
    maker->profile.calm = true;
    maker->stream->settings.reorder_window_ms = 24 * HOUR;
}

/* ------------------------------------------------------------------ small worlds */

/* What there is: locations, lanes, items, some goods. */
static void describe_world(struct maker *maker)
{
    const struct profile *profile = &maker->profile;
    for (int site = 0; site < profile->site_count; site++) {
        if (site_has_zone(maker, site_name(site)) || (!profile->alike && chance(maker, 900))) {
            add_said(maker, make_location(maker, site_name(site)), maker->stream->step_count > 0);
        }
        for (int zone = 0; zone < 2; zone++) {
            for (int service = 0; service < 2; service++) {
                if (chance(maker, service ? 250 : profile->alike ? 970 : 750)) {
                    add_said(maker,
                             make_lane(maker, site_name(site), zone_named(zone),
                                       service_named(service)),
                             maker->stream->step_count > 0);
                }
            }
        }
    }
    for (int sku = 0; sku < profile->sku_count; sku++) {
        if (chance(maker, 600)) {
            add_said(maker, make_item(maker, sku), maker->stream->step_count > 0);
        }
    }
    for (int i = 0; i < profile->sku_count * profile->site_count; i++) {
        if (chance(maker, profile->alike ? 400 : 500)) {
            struct event *event = make_new_event(maker, EVENT_STOCK_RECEIVED);
            event->stock = (struct stock_data){ .sku = sku_name(maker, i % profile->sku_count),
                                                .location = site_name(i / profile->sku_count),
                                                .quantity = few(maker) + (profile->alike ? 8 : 0),
                                                .eta = DAY_NONE };
            add_said(maker, event, maker->stream->step_count > 0);
        }
    }
}

static void draw_small(struct maker *maker)
{
    struct settings *settings = &maker->stream->settings;
    const bool wide = chance(maker, 40);
    const bool alike = wide && chance(maker, 500);
    draw_settings(maker);
    settings->closed_orders_ms = chance(maker, 800) ? 30 * MS_PER_DAY : 6 * HOUR;
    settings->future_tolerance_ms = HOUR;
    maker->profile = (struct profile){
        .sku_count = (int)(alike ? between(maker, 4, 7) : between(maker, 1, 4)),
        .site_count = (int)(wide ? between(maker, alike ? 18 : 9, 20) : between(maker, 1, 4)),
        .net_count = (int)between(maker, 1, 2),
        .order_span = (int)between(maker, 2, 6),
        .line_count = (int)(alike ? 6 : between(maker, 1, wide ? 5 : 3)),
        .partitions = 1,
        .pace_ms = 2 * MINUTE,
        .joined_percent = (int)between(maker, 0, 30),
        .stock_weight = 30,
        .order_weight = 40,
        .shipment_weight = 15,
        .reference_weight = 10,
        .repeat_weight = 2,
        .nested = chance(maker, 100),
        .small = true,
        .alike = alike,
    };
}

struct stream *stream_make_world(uint64_t seed, const struct stream_zones *zones)
{
    enum { STEPS_MAX = 400 };
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream || !(stream->steps = calloc(STEPS_MAX, sizeof *stream->steps))) {
        abort();
    }
    stream->seed = seed;
    stream->small = true;
    stream->at_end = seed % 8 != 0;
    stream->whole_days = seed % 3 == 0;
    struct maker maker = { .stream = stream, .zones = zones, .random = mix(seed ^ 12345) };
    draw_small(&maker);
    stream->output_partitions = 1;
    maker.now_ms = INT64_C(1740787200000) + between(&maker, 0, 700 * MS_PER_DAY);
    describe_world(&maker);
    const size_t step_count = stream->step_count + (size_t)between(&maker, 20, 40);
    while (stream->step_count < step_count) {
        add_step(&maker);
    }
    return stream;
}

void stream_free(struct stream *stream)
{
    for (size_t i = 0; i < stream->block_count; i++) {
        free(stream->blocks[i]);
    }
    free(stream->blocks);
    free(stream->steps);
    free(stream);
}

struct stream *stream_make(uint64_t seed, size_t step_count, const struct stream_zones *zones)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream || !(stream->steps = calloc(step_count + 1, sizeof *stream->steps))) {
        abort();
    }
    stream->seed = seed;
    struct maker maker = { .stream = stream, .zones = zones, .random = mix(seed ^ 77) };
    draw_settings(&maker);
    maker.profile = draw_profile(&maker);
    if (chance(&maker, 120) || seed % 10 == 0) {
        make_hot(&maker);
    }
    stream->output_partitions = (uint32_t)between(&maker, 1, 3);
    maker.now_ms = INT64_C(1740787200000) + between(&maker, 0, 700 * MS_PER_DAY);
    for (int site = 0; site < maker.profile.site_count; site++) {
        if (site_has_zone(&maker, site_name(site)) && stream->step_count < step_count) {
            add_said(&maker, make_location(&maker, site_name(site)), stream->step_count > 0);
        }
    }
    while (stream->step_count < step_count) {
        add_step(&maker);
    }
    return stream;
}
