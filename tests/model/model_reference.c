/* SPDX-License-Identifier: Apache-2.0 */
/* Reference data as it was read last (2.4). */
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
    if (arrival->event->removed && name_find(&model->sites, location->location) == NONE) {
        return;
    }
    const int site = site_number(model, location->location);
    model->locations[site] = arrival->event->removed ? NULL : arrival->event;
    for (uint32_t i = 0; !arrival->event->removed && i < location->network_count; i++) {
        (void)net_need(model, location->networks[i]);
    }
}

static void apply_lane(struct model *model, const struct event *event)
{
    const struct lane_data *data = &event->lane;
    if (event->removed && name_find(&model->sites, data->location) == NONE) {
        return;
    }
    const int site = site_number(model, data->location);
    for (size_t i = 0; i < model->lane_count; i++) {
        struct lane *lane = &model->lanes[i];
        if (lane->site == site && bytes_equal(lane->data->zone, data->zone) &&
            bytes_equal(lane->data->service, data->service)) {
            *lane = model->lanes[--model->lane_count];
            break;
        }
    }
    if (!event->removed) {
        *PUSH(model->lanes, model->lane_count) = (struct lane){ site, data };
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
            (void)site_number(model, event->item.makers[i]);
        }
        for (uint32_t i = 0; !event->removed && i < event->item.safety_stock_at_count; i++) {
            (void)site_number(model, event->item.safety_stock_at[i].location);
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

const struct lane_data *site_lane(const struct model *model, int site, struct bytes zone,
                                  struct bytes service)
{
    for (size_t i = 0; i < model->lane_count; i++) {
        const struct lane *lane = &model->lanes[i];
        if (lane->site == site && bytes_equal(lane->data->zone, zone) &&
            bytes_equal(lane->data->service, service)) {
            return lane->data;
        }
    }
    return NULL;
}

int64_t site_priority(const struct model *model, int site)
{
    return model->locations[site] ? model->locations[site]->location.priority : 100;
}

int64_t workload_of(const struct model *model, int sku)
{
    return model->items[sku] ? model->items[sku]->item.workload : 1;
}

/* made_to_order there: by default wherever there ever was a balance of it. */
bool makes_at(const struct model *model, int sku, int site)
{
    const struct item_data *item = item_of(model, sku);
    if (!item || !item->made_to_order || item->discontinued) {
        return false;
    }
    for (uint32_t i = 0; i < item->maker_count; i++) {
        if (bytes_equal(item->makers[i], model->sites.list[site])) {
            return true;
        }
    }
    return item->maker_count == 0 && model->cells[cell_of(sku, site)].row;
}
