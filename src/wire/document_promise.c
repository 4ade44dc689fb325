/* SPDX-License-Identifier: Apache-2.0 */
/* promises.items and promises.locations: their fields, and what of them is content. */
#include "wire/document_fields.h"

/* ------------------------------------------------------------------ promises.items */

static void encode_offer(struct tree *tree, const struct offer_document *offer)
{
    tree_map(tree, 5);
    field_units(tree, "quantity", offer->quantity);
    field_day(tree, "ship_on", offer->ship_on);
    field_day(tree, "from", offer->from);
    field_day(tree, "by", offer->by);
    field_text(tree, "location", offer->location);
    tree_map_end(tree);
}

static void encode_limit(struct tree *tree, const struct limit_document *limit)
{
    tree_name(tree, "limited_by");
    if (limit->constraint == CONSTRAINT_NONE) {
        tree_null(tree);
        return;
    }
    tree_map(tree, 3);
    field_text(tree, "constraint", bytes_text(CONSTRAINT_NAMES[limit->constraint]));
    field_text(tree, "location", limit->location);
    tree_name(tree, "days");
    if (limit->days == 0) {
        tree_null(tree);
    } else {
        tree_int(tree, limit->days);
    }
    tree_map_end(tree);
}

static void encode_zones(struct tree *tree, const struct zones_document *zones)
{
    tree_map(tree, 4);
    field_texts(tree, "zones", zones->zones, zones->zone_count);
    field_text(tree, "service", zones->service);
    tree_name(tree, "offers");
    tree_array(tree, zones->offer_count);
    for (uint32_t i = 0; i < zones->offer_count; i++) {
        encode_offer(tree, &zones->offers[i]);
    }
    tree_array_end(tree);
    encode_limit(tree, &zones->limited_by);
    tree_map_end(tree);
}

void document_promise_encode(struct tree *tree, const struct document *document)
{
    const struct promise_document *promise = &document->promise;
    tree_map(tree, document_with_gone(document, 6));
    field_text(tree, "sku", promise->sku);
    field_text(tree, "network", promise->network);
    field_version(tree, document);
    field_instant(tree, "valid_until", promise->valid_until_ms);
    tree_name(tree, "promises");
    tree_array(tree, promise->promise_count);
    for (uint32_t i = 0; i < promise->promise_count; i++) {
        encode_zones(tree, &promise->promises[i]);
    }
    tree_array_end(tree);
    document_end(tree, document);
}

static uint64_t zones_content(uint64_t hash, const struct zones_document *zones)
{
    const struct limit_document *limit = &zones->limited_by;
    const int64_t numbers[] = { zones->zone_count, zones->offer_count, limit->constraint,
                                limit->constraint == CONSTRAINT_NONE ? 0 : limit->days };
    hash = mix_numbers(mix_text(hash, zones->service), numbers, sizeof numbers / sizeof *numbers);
    for (uint32_t i = 0; i < zones->zone_count; i++) {
        hash = mix_text(hash, zones->zones[i]);
    }
    for (uint32_t i = 0; i < zones->offer_count; i++) {
        const struct offer_document *offer = &zones->offers[i];
        const int64_t shown[] = { offer->quantity, offer->ship_on, offer->from, offer->by };
        hash = mix_numbers(mix_text(hash, offer->location), shown, sizeof shown / sizeof *shown);
    }
    return limit->constraint == CONSTRAINT_NONE ? hash : mix_text(hash, limit->location);
}

uint64_t document_promise_content(uint64_t hash, const struct promise_document *promise)
{
    const int64_t numbers[] = { promise->valid_until_ms, promise->promise_count };
    hash = mix_text(mix_text(hash, promise->sku), promise->network);
    hash = mix_numbers(hash, numbers, sizeof numbers / sizeof *numbers);
    for (uint32_t i = 0; i < promise->promise_count; i++) {
        hash = zones_content(hash, &promise->promises[i]);
    }
    return hash;
}

/* ------------------------------------------------------------------ promises.locations */

static void encode_day(struct tree *tree, const struct day_document *day)
{
    tree_map(tree, 6);
    field_day(tree, "day", day->day);
    field_text(tree, "unit", bytes_text(CAPACITY_UNIT_NAMES[day->unit]));
    field_units(tree, "planned", day->planned);
    field_int(tree, "used", day->used);
    field_units(tree, "remaining", day->remaining);
    field_int(tree, "overbooked", day->overbooked);
    tree_map_end(tree);
}

static void encode_pickup(struct tree *tree, const struct pickup_document *pickup)
{
    tree_name(tree, "pickup");
    if (pickup->day == DAY_NONE) {
        tree_null(tree);
        return;
    }
    tree_map(tree, 3);
    field_day(tree, "day", pickup->day);
    field_instant(tree, "from", pickup->from_ms);
    field_int(tree, "minutes", pickup->minutes);
    tree_map_end(tree);
}

static void encode_zone(struct tree *tree, const struct zone_document *zone)
{
    tree_map(tree, 5);
    field_text(tree, "zone", zone->zone);
    field_text(tree, "service", zone->service);
    field_day(tree, "from", zone->from);
    field_day(tree, "by", zone->by);
    field_int(tree, "cost", zone->cost);
    tree_map_end(tree);
}

void document_site_encode(struct tree *tree, const struct document *document)
{
    const struct site_document *site = &document->site;
    tree_map(tree, document_with_gone(document, 9));
    field_text(tree, "location", site->location);
    field_version(tree, document);
    field_instant(tree, "valid_until", site->valid_until_ms);
    field_day(tree, "ships_on", site->ships_on);
    field_instant(tree, "cutoff_at", site->cutoff_at_ms);
    tree_name(tree, "capacity");
    tree_array(tree, site->capacity_count);
    for (uint32_t i = 0; i < site->capacity_count; i++) {
        encode_day(tree, &site->capacity[i]);
    }
    tree_array_end(tree);
    encode_pickup(tree, &site->pickup);
    tree_name(tree, "zones");
    tree_array(tree, site->zone_count);
    for (uint32_t i = 0; i < site->zone_count; i++) {
        encode_zone(tree, &site->zones[i]);
    }
    tree_array_end(tree);
    document_end(tree, document);
}

uint64_t document_site_content(uint64_t hash, const struct site_document *site)
{
    const struct pickup_document *pickup = &site->pickup;
    const bool picks = pickup->day != DAY_NONE;
    const int64_t numbers[] = {
        site->valid_until_ms, site->ships_on, site->cutoff_at_ms,
        site->capacity_count, site->zone_count, pickup->day,
        picks ? pickup->from_ms : 0, picks ? pickup->minutes : 0,
    };
    hash = mix_numbers(mix_text(hash, site->location), numbers, sizeof numbers / sizeof *numbers);
    for (uint32_t i = 0; i < site->capacity_count; i++) {
        const struct day_document *day = &site->capacity[i];
        const int64_t shown[] = { day->day,  day->unit,      day->planned,
                                  day->used, day->remaining, day->overbooked };
        hash = mix_numbers(hash, shown, sizeof shown / sizeof *shown);
    }
    for (uint32_t i = 0; i < site->zone_count; i++) {
        const struct zone_document *zone = &site->zones[i];
        const int64_t shown[] = { zone->from, zone->by, zone->cost };
        hash = mix_text(mix_text(hash, zone->zone), zone->service);
        hash = mix_numbers(hash, shown, sizeof shown / sizeof *shown);
    }
    return hash;
}
