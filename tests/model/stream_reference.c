/* SPDX-License-Identifier: Apache-2.0 */
/* Random locations, lanes and items: small numbers and near dates, so that they matter. */
#include "model/stream_maker.h"

static const int32_t *some_days(struct maker *maker, uint32_t *out_count)
{
    int32_t *days = take(maker, 4 * sizeof *days);
    int32_t day = today(maker) - 3;
    *out_count = (uint32_t)between(maker, 0, 4);
    for (uint32_t i = 0; i < *out_count; i++) {
        day += (int32_t)between(maker, 1, 4);
        days[i] = day;
    }
    return days;
}

static uint8_t some_weekdays(struct maker *maker)
{
    return chance(maker, 600) ? WEEKDAYS_MONDAY_TO_FRIDAY : (uint8_t)between(maker, 0, 127);
}

/* ------------------------------------------------------------------ locations */

/* A location stays in its zone: no day that is behind comes back as today. */
static int64_t zone_row(const struct maker *maker, struct bytes site)
{
    if (maker->profile.alike) {
        return STREAM_ZONES;
    }
    return (int64_t)(fate(maker, 5, site.count, site.data[0], site.data[site.count - 1]) %
                     (STREAM_ZONES + 2));
}

bool site_has_zone(const struct maker *maker, struct bytes site)
{
    return zone_row(maker, site) < STREAM_ZONES;
}

static struct bytes zone_name(struct maker *maker, int64_t row)
{
    if (row < STREAM_ZONES) {
        return maker->zones->zones[row].name;
    }
    return bytes_text(chance(maker, 20) ? "No/Where" : "UTC");
}

/* The minute that the clocks show there now. */
static int32_t minute_there(const struct maker *maker, int64_t row)
{
    const int64_t now = maker->now_ms / 1000;
    int64_t offset = 0;
    if (row < STREAM_ZONES) {
        const struct zone_rules *rules = maker->zones->zones[row].rules;
        offset = rules->first_offset;
        for (int32_t i = 0; i < rules->transition_count && rules->transition_at[i] <= now; i++) {
            offset = rules->offset_after[i];
        }
    }
    return (int32_t)(((now + offset) % 86400 + 86400) % 86400 / 60);
}

/* Often just now, or in the hours that clock changes take out or repeat. */
static int32_t some_cutoff(struct maker *maker, int64_t zone)
{
    const int64_t kind = between(maker, 0, 9);
    if (kind < 4) {
        return (int32_t)((minute_there(maker, zone) + 1440 + between(maker, -20, 240)) % 1440);
    }
    return kind < 6   ? (int32_t)between(maker, 0, 180)
           : kind < 7 ? (int32_t)between(maker, 22 * 60, 1439)
                      : 15 * 60;
}

static void some_networks(struct maker *maker, struct location_data *location)
{
    struct bytes *networks = take(maker, 3 * sizeof *networks);
    uint32_t count = 0;
    for (int i = 0; i < maker->profile.net_count && count < 3; i++) {
        if (chance(maker, maker->profile.small ? 800 : 500)) {
            networks[count++] = net_name(i);
        }
    }
    location->networks = networks;
    location->network_count = count;
}

static void some_capacity(struct maker *maker, struct location_data *location)
{
    struct day_capacity *overrides = take(maker, 4 * sizeof *overrides);
    int32_t day = today(maker) - 2;
    location->capacity_unit =
        (enum capacity_unit)between(maker, maker->stream->whole_days ? 1 : 0, 2);
    location->capacity_per_day = chance(maker, 300)  ? CAPACITY_UNLIMITED
                                 : chance(maker, 60) ? 0
                                 : chance(maker, 80) ? between(maker, 10, 300)
                                                     : between(maker, 1, 9);
    for (int64_t left = chance(maker, 350) ? between(maker, 1, 4) : 0; left > 0; left--) {
        day += (int32_t)between(maker, 1, 5);
        overrides[location->override_count++] = (struct day_capacity){ day, between(maker, 0, 7) };
    }
    location->overrides = overrides;
}

struct event *make_location(struct maker *maker, struct bytes name)
{
    struct event *event = make_new_event(maker, EVENT_LOCATION);
    struct location_data *location = &event->location;
    const int64_t zone = zone_row(maker, name);
    location->location = name;
    location->time_zone = zone_name(maker, zone);
    some_networks(maker, location);
    some_capacity(maker, location);
    location->closed = some_days(maker, &location->closed_count);
    location->open = some_days(maker, &location->open_count);
    location->safety_stock = chance(maker, 300) ? between(maker, 0, 4) : 0;
    location->priority = chance(maker, 500) ? 100 : between(maker, 98, 101);
    location->cutoff_minute = some_cutoff(maker, zone);
    location->opens_minute = (int32_t)between(maker, 0, 600);
    location->processing_days = chance(maker, 600) ? 0 : (int32_t)between(maker, 1, 3);
    location->pickup = chance(maker, 300);
    location->pickup_minutes = (int32_t)between(maker, 0, 240);
    location->working_days =
        chance(maker, 600) ? WEEKDAYS_MONDAY_TO_FRIDAY : (uint8_t)between(maker, 0, 127);
    location->enabled = chance(maker, 860);
    location->shipments_deduct_stock = chance(maker, 700);
    return event;
}

static struct event *location_event(struct maker *maker)
{
    const struct bytes site = any_site(maker);
    if (!site_has_zone(maker, site) && chance(maker, 250)) {
        struct event *event = make_new_event(maker, EVENT_LOCATION);
        event->location.location = site;
        event->removed = true;
        return event;
    }
    return make_location(maker, site);
}

/* ------------------------------------------------------------------ lanes */

struct event *make_lane(struct maker *maker, struct bytes site, struct bytes zone,
                        struct bytes service)
{
    struct event *event = make_new_event(maker, EVENT_LANE);
    struct lane_data *lane = &event->lane;
    lane->location = site;
    lane->zone = zone;
    lane->service = service;
    lane->transit_days_min = (int32_t)between(maker, 0, chance(maker, 30) ? 125 : 2);
    lane->transit_days_max = lane->transit_days_min + (int32_t)between(maker, 0, 2);
    lane->transit_weekdays = some_weekdays(maker);
    lane->delivery_weekdays = some_weekdays(maker);
    if (maker->profile.alike) {
        lane->transit_days_min = 1;
        lane->transit_days_max = 1;
        lane->transit_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY;
        lane->delivery_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY;
    }
    lane->cost = between(maker, 0, 2) * 100;
    if (chance(maker, 300)) {
        lane->closed = some_days(maker, &lane->closed_count);
    }
    return event;
}

static struct event *lane_event(struct maker *maker)
{
    struct event *event =
        make_lane(maker, any_site(maker), any_zone(maker), any_service(maker));
    if (chance(maker, 250)) {
        struct event *removed = make_new_event(maker, EVENT_LANE);
        removed->removed = true;
        removed->lane.location = event->lane.location;
        removed->lane.zone = event->lane.zone;
        removed->lane.service = event->lane.service;
        return removed;
    }
    return event;
}

/* ------------------------------------------------------------------ items */

static void some_safety(struct maker *maker, struct item_data *item)
{
    struct location_quantity *list = take(maker, 2 * sizeof *list);
    for (int i = 0; i < 2 && i < maker->profile.site_count; i++) {
        list[i] = (struct location_quantity){ site_name(i), between(maker, 0, 5) };
        item->safety_stock_at_count++;
    }
    item->safety_stock_at = list;
}

static void some_makers(struct maker *maker, struct item_data *item)
{
    struct bytes *makers = take(maker, sizeof *makers);
    item->made_to_order = true;
    item->lead_days = (int32_t)between(maker, 0, chance(maker, 50) ? 125 : 5);
    if (chance(maker, 600)) {
        makers[0] = any_site(maker);
        item->makers = makers;
        item->maker_count = 1;
    }
}

struct event *make_item(struct maker *maker, int64_t sku)
{
    struct event *event = make_new_event(maker, EVENT_ITEM);
    struct item_data *item = &event->item;
    item->sku = sku_name(maker, sku);
    item->safety_stock = chance(maker, 300) ? between(maker, 0, 5) : -1;
    item->low_stock = chance(maker, 300) ? between(maker, 0, 30) : 5;
    item->workload = chance(maker, 600) ? 1 : between(maker, 2, chance(maker, 100) ? 12 : 4);
    item->preorder_from = chance(maker, 150) ? near_day(maker) : DAY_NONE;
    item->discontinued = chance(maker, 80);
    if (chance(maker, 250)) {
        some_safety(maker, item);
    }
    if (chance(maker, 200)) {
        some_makers(maker, item);
    }
    const bool high = 2 * sku >= maker->profile.sku_count;
    if (high ? chance(maker, 400) : chance(maker, 30)) {
        item->bundle = any_recipe(maker, sku);
    }
    return event;
}

static struct event *item_event(struct maker *maker)
{
    const int64_t sku = any_sku(maker);
    if (chance(maker, 120)) {
        struct event *event = make_new_event(maker, EVENT_ITEM);
        event->item.sku = sku_name(maker, sku);
        event->removed = true;
        return event;
    }
    return make_item(maker, sku);
}

struct event *make_reference_event(struct maker *maker)
{
    const int64_t kind = between(maker, 0, 99);
    return kind < 35 ? location_event(maker) : kind < 65 ? lane_event(maker) : item_event(maker);
}
