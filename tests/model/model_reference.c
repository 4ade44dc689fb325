/* SPDX-License-Identifier: Apache-2.0 */
/* Reference data as it was read last (2.4), and the calendars that follow from it. */
#include "model/model_state.h"

static bool zone_known(const struct model *model, struct bytes name)
{
    if (bytes_equal(name, BYTES_LITERAL("UTC"))) {
        return true;
    }
    for (size_t i = 0; i < model->zone_count; i++) {
        if (bytes_equal(model->zones[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void apply_location(struct model *model, struct arrival *arrival)
{
    const struct location_data *location = &arrival->event->location;
    if (!arrival->event->removed && !zone_known(model, location->time_zone)) {
        arrival->refusals |= 1u << REFUSAL_BAD_VALUE;
        model_hit(model, HIT_ZONE_UNKNOWN);
        return;
    }
    const int site = site_need(model, location->location);
    model->locations[site] = arrival->event->removed ? NULL : arrival->event;
    for (uint32_t i = 0; !arrival->event->removed && i < location->network_count; i++) {
        (void)net_need(model, location->networks[i]);
    }
}

static void apply_lane(struct model *model, const struct event *event)
{
    const struct lane_data *data = &event->lane;
    const int site = site_need(model, data->location);
    for (size_t i = 0; i < model->lane_count; i++) {
        struct lane *lane = &model->lanes[i];
        if (lane->site == site && bytes_equal(lane->zone, data->zone) &&
            bytes_equal(lane->service, data->service)) {
            *lane = model->lanes[--model->lane_count];
            break;
        }
    }
    if (!event->removed) {
        *PUSH(model->lanes, model->lane_count) = (struct lane){ site, data->zone, data->service };
    }
}

void reference_apply(struct model *model, struct arrival *arrival)
{
    const struct event *event = arrival->event;
    if (event->type == EVENT_LOCATION) {
        apply_location(model, arrival);
    } else if (event->type == EVENT_LANE) {
        apply_lane(model, event);
    } else {
        for (uint32_t i = 0; !event->removed && i < event->item.maker_count; i++) {
            (void)site_need(model, event->item.makers[i]);
        }
        model->items[sku_need(model, event->item.sku)] = event->removed ? NULL : event;
    }
    model_hit(model, event->removed ? HIT_REFERENCE_REMOVED : HIT_REFERENCE_SET);
}

const struct recipe *catalogue_recipe(const struct model *model, struct bytes sku)
{
    const int row = name_find(&model->skus, sku);
    const struct event *item = row == NONE ? NULL : model->items[row];
    return item && item->item.bundle.count ? &item->item.bundle : NULL;
}

bool site_deducts(const struct model *model, int site)
{
    return !model->locations[site] || model->locations[site]->location.shipments_deduct_stock;
}

bool site_enabled(const struct model *model, int site)
{
    return !model->locations[site] || model->locations[site]->location.enabled;
}

bool site_in_net(const struct model *model, int site, int net)
{
    if (!model->locations[site]) {
        return net == 0;
    }
    const struct location_data *location = &model->locations[site]->location;
    for (uint32_t i = 0; i < location->network_count; i++) {
        if (bytes_equal(location->networks[i], model->nets.list[net])) {
            return true;
        }
    }
    return false;
}

bool site_has_lane(const struct model *model, int site, struct bytes zone, struct bytes service)
{
    for (size_t i = 0; i < model->lane_count; i++) {
        const struct lane *lane = &model->lanes[i];
        if (lane->site == site && bytes_equal(lane->zone, zone) &&
            bytes_equal(lane->service, service)) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ calendars */

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Of the rules only the plain list of transitions: the zones of these tests have no others. */
static int64_t zone_seconds(const struct zone_rules *rules, int64_t instant)
{
    int64_t offset = rules->first_offset;
    for (int32_t i = 0; i < rules->transition_count; i++) {
        if (rules->transition_at[i] <= instant) {
            offset = rules->offset_after[i];
        }
    }
    return offset;
}

int32_t site_today(const struct model *model, int site)
{
    const int64_t now = floor_divide(model->now_ms, 1000);
    int64_t offset = 0;
    for (size_t i = 0; model->locations[site] && i < model->zone_count; i++) {
        if (bytes_equal(model->zones[i].name, model->locations[site]->location.time_zone)) {
            offset = zone_seconds(model->zones[i].rules, now);
        }
    }
    return (int32_t)floor_divide(now + offset, 86400);
}

static bool day_listed(const int32_t *days, uint32_t count, int32_t day)
{
    for (uint32_t i = 0; i < count; i++) {
        if (days[i] == day) {
            return true;
        }
    }
    return false;
}

/* R8: `open` beats `closed` beats `working_days`. 1970-01-01 was a Thursday. */
bool site_works(const struct model *model, int site, int32_t day)
{
    const int weekday = (int)(((int64_t)day + 3) - 7 * floor_divide((int64_t)day + 3, 7));
    if (!model->locations[site]) {
        return weekday < 5;
    }
    const struct location_data *location = &model->locations[site]->location;
    if (day_listed(location->open, location->open_count, day)) {
        return true;
    }
    return !day_listed(location->closed, location->closed_count, day) &&
           (location->working_days >> weekday & 1) != 0;
}
