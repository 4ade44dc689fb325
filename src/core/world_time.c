/* SPDX-License-Identifier: Apache-2.0 */
/* What time brings: endings (R15, R10), the rules of time zones; days are in world_site.c. */
#include "core/world_state.h"

int64_t instant_beyond(int64_t time_ns, int64_t after_ms)
{
    return time_ns / NS_PER_MS + after_ms + 1;
}

/* ------------------------------------------------------------------ time zones (2.5) */

static bool same_zone_name(const struct world *world, uint32_t row, struct bytes name)
{
    return bytes_equal(text_of(&world->texts, time_zone_at(world, row)->name), name);
}

/* There are some dozens of zones, looked up when a location is described: a walk will do. */
uint32_t find_time_zone(const struct world *world, struct bytes name)
{
    uint32_t row = world->zones.row_count - 1;
    while (row > 0 && !same_zone_name(world, row, name)) {
        row--;
    }
    return row;
}

/* Field by field, because what lies between the fields must be the same on every process. */
static void zone_rules_copy(struct zone_rules *to, const struct zone_rules *from)
{
    const size_t count = (size_t)from->transition_count;
    memset(to, 0, sizeof *to);
    to->transition_count = from->transition_count;
    to->repeats = from->repeats;
    to->first_offset = from->first_offset;
    to->standard_offset = from->standard_offset;
    to->daylight_offset = from->daylight_offset;
    to->daylight_begins = from->daylight_begins;
    to->daylight_ends = from->daylight_ends;
    memcpy(to->transition_at, from->transition_at, count * sizeof *to->transition_at);
    memcpy(to->offset_after, from->offset_after, count * sizeof *to->offset_after);
}

static void take_time_zone(struct world *world, const struct world_zone *zone)
{
    CHECK(zone->tzif.count <= TIME_ZONE_BYTES_MAX);
    uint32_t row = find_time_zone(world, zone->name);
    if (!row) {
        row = row_add(&world->zones);
        const uint32_t name = text_add(&world->texts, zone->name);
        CHECK(name != TEXT_NONE);
        time_zone_edit(world, row)->name = name;
    }
    struct time_zone *kept = time_zone_edit(world, row);
    memset(kept->tzif, 0, sizeof kept->tzif);
    memcpy(kept->tzif, zone->tzif.data, zone->tzif.count);
    kept->tzif_bytes = (uint32_t)zone->tzif.count;
    zone_rules_copy(&kept->rules, zone->rules);
    kept->skips_days = zone_skips_days(&kept->rules);
    for (uint32_t location = 1; location < world->locations.row_count; location++) {
        if (location_at(world, location)->zone == row) {
            location_midnight(world, location);
            shared_change_location(world, location);
        }
    }
}

void take_time_zones(struct world *world, const struct world_entry *entry)
{
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        take_time_zone(world, &entry->zones[i]);
    }
}

/* ------------------------------------------------------------------ endings */

static void offering_tombstone_due(struct world *world, uint32_t row)
{
    if (!table_has(&world->offerings, row)) {
        return;
    }
    const struct header *header = header_at(world);
    struct offering *offering = offering_edit(world, row);
    if (offering->state == KEY_STATE_GONE &&
        offering->ended_ms + header->settings.tombstone_after_ms <= header->now_ms) {
        offering->state = KEY_STATE_TOMBSTONE;
        touch_offering(world, row);
        ended_add(world, KEY_ITEM, row);
    }
}

static void order_tombstone_due(struct world *world, uint32_t row)
{
    if (!table_has(&world->orders, row)) {
        return;
    }
    const struct header *header = header_at(world);
    struct order *order = order_edit(world, row);
    if (order->state == KEY_STATE_GONE &&
        order->ended_ms + header->settings.tombstone_after_ms <= header->now_ms) {
        order->state = KEY_STATE_TOMBSTONE;
        touch_order(world, row);
        ended_add(world, KEY_ORDER, row);
    }
}

static void take_due(struct world *world, struct due due)
{
    switch ((enum due_kind)due.kind) {
    case DUE_MIDNIGHT:
        midnight_due(world, due.row, due.at_ms);
        break;
    case DUE_CUTOFF:
        cutoff_due(world, due.row, due.at_ms);
        break;
    case DUE_ORDER_END:
        order_end_due(world, due.row);
        break;
    case DUE_INBOUND_END:
        inbound_due(world, due.row);
        break;
    case DUE_ORDER_TOMBSTONE:
        order_tombstone_due(world, due.row);
        break;
    case DUE_OFFERING_TOMBSTONE:
        offering_tombstone_due(world, due.row);
        break;
    case DUE_INBOUND_NEAR:
        inbound_near_due(world, due.row);
        break;
    case DUE_PARKED_ALARM:
        entry_alarm_due(world, due.row);
        break;
    }
}

/* 2.6: now moves, and what ends by time ends. It never falls. */
void time_reaches(struct world *world, int64_t now_ms)
{
    if (now_ms > header_at(world)->now_ms) {
        header_edit(world)->now_ms = now_ms;
    }
    now_ms = header_at(world)->now_ms;
    for (const struct due *due = due_first(&world->due); due && due->at_ms <= now_ms;
         due = due_first(&world->due)) {
        const struct due taken = *due;
        due_take_first(&world->due);
        take_due(world, taken);
    }
}
