/* SPDX-License-Identifier: Apache-2.0 */
/*
 * promises.locations (contract 3): what one location can do, for whoever asks when what is there
 * now would arrive.
 */
#include "core/sort.h"
#include "core/world_state.h"

static bool zone_before(const void *context, const void *a, const void *b)
{
    const struct zone_document *x = a;
    const struct zone_document *y = b;
    (void)context;
    const int by_zone = bytes_compare(x->zone, y->zone);
    return by_zone != 0 ? by_zone < 0 : bytes_compare(x->service, y->service) < 0;
}

static void derive_zones(const struct world *world, uint32_t row, struct arena *arena,
                         struct site_document *document)
{
    uint32_t count = 0;
    for (uint32_t lane = location_at(world, row)->lane_first; lane;
         lane = lane_at(world, lane)->next_of_location) {
        count++;
    }
    struct zone_document *zones = arena_take(arena, (count + 1) * sizeof *zones);
    const int32_t last = location_at(world, row)->today + HORIZON_DAYS;
    for (uint32_t lane_row = location_at(world, row)->lane_first; lane_row;) {
        const struct lane *lane = lane_at(world, lane_row);
        const struct lane_days *days = &world->views.arrivals[lane->carriage];
        const int32_t by = lane_by(world, lane_row, document->ships_on);
        /* A ship day lies within the table; each date is given or not on its own. */
        const int32_t from = document->ships_on == DAY_NONE
                                 ? DAY_NONE
                                 : days->from[document->ships_on - days->base];
        zones[document->zone_count++] = (struct zone_document){
            .zone = text_of(&world->texts, label_at(world, lane->zone)->name),
            .service = text_of(&world->texts, label_at(world, lane->service)->name),
            .from = from > last ? DAY_NONE : from,
            .by = by,
            .cost = lane->cost,
        };
        lane_row = lane->next_of_location;
    }
    sort_elements(zones, document->zone_count, sizeof *zones, zone_before, NULL);
    document->zones = zones;
}

static bool has_override(const struct world *world, uint32_t row, int32_t day)
{
    const uint32_t overrides = location_at(world, row)->overrides;
    for (uint32_t i = 0; overrides && i < location_capacity_at(world, overrides)->count; i++) {
        if (location_capacity_at(world, overrides)->days[i] == day) {
            return true;
        }
    }
    return false;
}

static struct day_document capacity_day(const struct world *world, uint32_t row, int32_t day)
{
    const int64_t planned = location_planned(world, row, day);
    const int64_t used = book_used(world, row, day);
    return (struct day_document){
        .day = day,
        .unit = (enum capacity_unit)location_at(world, row)->capacity_unit,
        .planned = planned,
        .used = used,
        .remaining = site_capacity_left(planned, used),
        .overbooked = planned != UNITS_UNLIMITED && used > planned ? used - planned : 0,
    };
}

/* Today, and every later day that is used, overridden, or not after ships_on. */
static void derive_capacity(const struct world *world, uint32_t row, struct arena *arena,
                            struct site_document *document)
{
    const struct location *location = location_at(world, row);
    struct day_document *days = arena_take(arena, SITE_DAYS * sizeof *days);
    for (int32_t day = location->today; day < location->today + SITE_DAYS; day++) {
        if (day == location->today || book_used(world, row, day) > 0 ||
            has_override(world, row, day) ||
            (document->ships_on != DAY_NONE && day <= document->ships_on)) {
            days[document->capacity_count++] = capacity_day(world, row, day);
        }
    }
    document->capacity = days;
}

void derive_site(const struct world *world, uint32_t row, struct arena *arena,
                 struct document *out)
{
    const struct location *location = location_at(world, row);
    const int32_t ships_on =
        location->enabled ? site_facts(world, row)->ships_on : DAY_NONE;
    struct site_document *document = &out->site;
    *document = (struct site_document){
        .location = text_of(&world->texts, location->name),
        .ships_on = ships_on,
        .cutoff_at_ms =
            ships_on == DAY_NONE ? INSTANT_NONE : site_facts(world, row)->cutoff_ms,
        .pickup = { .day = DAY_NONE },
    };
    document->valid_until_ms = document->cutoff_at_ms;
    if (location->pickup && ships_on != DAY_NONE) {
        document->pickup = (struct pickup_document){
            ships_on, location->pickup_minutes,
            location_instant(world, row, ships_on, location->opens_minute)
        };
    }
    derive_capacity(world, row, arena, document);
    derive_zones(world, row, arena, document);
    out->as_of = location->as_of;
}
