/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_WORLD_FIXTURE_H
#define TESTS_WORLD_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/quantity.h"
#include "core/world.h"

/*
 * A world to test rules on: one entry per event, times in minutes after 2026-03-02 00:00 UTC (a
 * Monday), every id fresh unless said. Texts are string literals.
 */
#define MINUTE_MS INT64_C(60000)
#define START_MS INT64_C(1772409600000)
#define START_DAY 20514
/* Days and instants by their weekday, in UTC: CLOCK(TUESDAY, 15, 0) is minute 1440 + 900. */
#define DAY(n) (START_DAY + (n))
#define CLOCK(day, hour, minute) (((day) * 24 + (hour)) * 60 + (minute))
enum { MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY, NEXT_MONDAY };
#define ALL_WEEK UINT8_C(0x7f)

struct fixture {
    struct arena arena;
    struct arena scratch;
    struct world *world;
    uint64_t sequence;
    int64_t now_ms;
    int64_t offset[TOPIC_INPUT_COUNT];
    int next_id;
    struct refusal_reason reason;
    struct document document;
};

static inline void *region(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert(memory != MAP_FAILED);
    return memory;
}

static inline struct fixture world_new(enum world_clock clock)
{
    struct fixture f = { .now_ms = START_MS };
    f.arena = arena_of(region(world_bytes(WORLD_SCALE_TEST)), world_bytes(WORLD_SCALE_TEST));
    f.scratch = arena_of(region(1 << 24), 1 << 24);
    f.world = world_init(&f.arena, WORLD_SCALE_TEST);
    struct settings settings = settings_defaults();
    settings.clock = clock;
    const struct world_entry entry = { .sequence = ++f.sequence,
                                       .now_ms = f.now_ms,
                                       .settings = &settings };
    world_begin(f.world, &entry);
    world_end(f.world, &entry);
    return f;
}

/* For tests that make thousands of worlds. */
static inline void world_close(struct fixture *f)
{
    cr_assert_eq(munmap(f->arena.base, f->arena.capacity), 0);
    cr_assert_eq(munmap(f->scratch.base, f->scratch.capacity), 0);
}

static inline int64_t at_minute(int64_t minute)
{
    return (START_MS + minute * MINUTE_MS) * NS_PER_MS;
}

/* An entry without records at this minute: a tick. */
static inline void tick(struct fixture *f, int64_t minute)
{
    f->now_ms = START_MS + minute * MINUTE_MS;
    const struct world_entry entry = { .sequence = ++f->sequence, .now_ms = f->now_ms };
    world_begin(f->world, &entry);
    world_end(f->world, &entry);
}

/* One entry with one event. Its record's timestamp is now, which a later event moves on. */
static inline enum event_result feed(struct fixture *f, struct event event)
{
    char id[16];
    (void)snprintf(id, sizeof id, "e%d", f->next_id++);
    if (event.id.count == 0) {
        event.id = bytes_text(id);
    }
    if (event.source.count == 0) {
        event.source = BYTES_LITERAL("test");
    }
    if (event.time_ns != TIME_NONE && event.time_ns / NS_PER_MS > f->now_ms) {
        f->now_ms = event.time_ns / NS_PER_MS;
    }
    const enum topic topic = EVENT_TYPES[event.type].topic;
    const struct record_place place = { .topic = topic,
                                        .partition = 0,
                                        .offset = f->offset[topic]++,
                                        .timestamp_ms = f->now_ms };
    const struct world_entry entry = { .sequence = ++f->sequence, .now_ms = f->now_ms };
    world_begin(f->world, &entry);
    const enum event_result result = world_apply(f->world, &place, &event, &f->reason);
    world_end(f->world, &entry);
    return result;
}

/* A tick that carries `review`: *settle all*, then *move* (2.6). */
static inline void review(struct fixture *f, int64_t minute)
{
    f->now_ms = START_MS + minute * MINUTE_MS;
    const struct world_entry entry = { .sequence = ++f->sequence,
                                       .now_ms = f->now_ms,
                                       .review = true };
    world_begin(f->world, &entry);
    world_end(f->world, &entry);
}

/* The rules of a time zone come with an entry. */
static inline void know_zone(struct fixture *f, const char *name, const struct zone_rules *rules)
{
    const struct world_zone zone = { bytes_text(name), BYTES_LITERAL("tzif"), rules };
    const struct world_entry entry = { .sequence = ++f->sequence,
                                       .now_ms = f->now_ms,
                                       .zones = &zone,
                                       .zone_count = 1 };
    world_begin(f->world, &entry);
    world_end(f->world, &entry);
}

/* A zone that changes its offset (minutes east of UTC) once, at a minute after the start. */
static inline struct zone_rules zone_changing(int32_t before, int64_t minute, int32_t after)
{
    struct zone_rules rules = { .transition_count = 1,
                                .first_offset = before * 60,
                                .standard_offset = after * 60,
                                .daylight_offset = after * 60 };
    rules.transition_at[0] = START_MS / 1000 + minute * 60;
    rules.offset_after[0] = after * 60;
    return rules;
}

static inline struct event stock(enum event_type type, const char *sku, const char *location,
                                 int64_t quantity, int64_t minute)
{
    return (struct event){ .type = type,
                           .time_ns = at_minute(minute),
                           .stock = { .sku = bytes_text(sku),
                                      .location = bytes_text(location),
                                      .quantity = quantity,
                                      .eta = DAY_NONE,
                                      .sellable = true } };
}

/* The fixture's lines are kept for the length of a test process. */
static inline struct line_data *new_lines(uint32_t count)
{
    struct line_data *lines = calloc(count, sizeof *lines);
    cr_assert(lines != NULL);
    for (uint32_t i = 0; i < count; i++) {
        lines[i].promised_by = DAY_NONE;
    }
    return lines;
}

static inline struct event order(enum event_type type, const char *order_id, const char *line_id,
                                 const char *sku, const char *location, int64_t quantity,
                                 int64_t minute)
{
    struct line_data *line = new_lines(1);
    line->line_id = bytes_text(line_id);
    line->sku = bytes_text(sku);
    line->location = location ? bytes_text(location) : bytes_of(NULL, 0);
    line->quantity = quantity;
    return (struct event){ .type = type,
                           .time_ns = at_minute(minute),
                           .order = { .order_id = bytes_text(order_id),
                                      .zone = BYTES_LITERAL("north"),
                                      .lines = line,
                                      .line_count = 1 } };
}

static inline struct event placed(const char *order_id, const char *sku, const char *location,
                                  int64_t quantity, int64_t minute)
{
    return order(EVENT_ORDER_PLACED, order_id, "1", sku, location, quantity, minute);
}

static inline struct event shipped(const char *order_id, const char *shipment, const char *sku,
                                   const char *location, int64_t quantity, int64_t minute)
{
    struct event event =
        order(EVENT_SHIPMENT_SHIPPED, order_id, "1", sku, NULL, quantity, minute);
    event.order.shipment_id = bytes_text(shipment);
    event.order.location = bytes_text(location);
    return event;
}

static inline struct event shipment(enum event_type type, const char *order_id,
                                    const char *shipment_id, int64_t minute)
{
    return (struct event){ .type = type,
                           .time_ns = at_minute(minute),
                           .order = { .order_id = bytes_text(order_id),
                                      .shipment_id = bytes_text(shipment_id) } };
}

static inline struct event item(const char *sku)
{
    struct event event = { .type = EVENT_ITEM, .time_ns = TIME_NONE };
    event.item = item_defaults(bytes_text(sku));
    return event;
}

static inline struct event location(const char *name)
{
    struct event event = { .type = EVENT_LOCATION, .time_ns = TIME_NONE };
    event.location = location_defaults(bytes_text(name));
    return event;
}

static inline struct event lane(const char *from, const char *zone)
{
    struct event event = { .type = EVENT_LANE, .time_ns = TIME_NONE };
    event.lane.location = bytes_text(from);
    event.lane.zone = bytes_text(zone);
    event.lane.service = BYTES_LITERAL("standard");
    event.lane.transit_days_max = 1;
    event.lane.transit_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY;
    event.lane.delivery_weekdays = WEEKDAYS_MONDAY_TO_FRIDAY;
    return event;
}

/* A location that works every day, and a lane that moves and delivers every day. */
static inline struct event shop_location(const char *name, int64_t priority)
{
    struct event place = location(name);
    place.location.working_days = ALL_WEEK;
    place.location.priority = priority;
    return place;
}

static inline struct event shop_lane(const char *name, int32_t transit_days,
                                     int64_t cost)
{
    struct event way = lane(name, "north");
    way.lane.transit_days_min = transit_days;
    way.lane.transit_days_max = transit_days;
    way.lane.transit_weekdays = ALL_WEEK;
    way.lane.delivery_weekdays = ALL_WEEK;
    way.lane.cost = cost;
    return way;
}

static inline const struct document *derived(struct fixture *f, enum topic topic, const char *key)
{
    const struct document_key found = world_find_key(f->world, topic, bytes_text(key));
    cr_assert(found.row != 0, "no key %s", key);
    arena_reset(&f->scratch);
    world_derive(f->world, found, &f->scratch, &f->document);
    return &f->document;
}

static inline const struct location_document *balance(struct fixture *f, const char *key)
{
    return &derived(f, TOPIC_AVAILABILITY_LOCATIONS, key)->location;
}

static inline const struct item_document *sold(struct fixture *f, const char *key)
{
    return &derived(f, TOPIC_AVAILABILITY_ITEMS, key)->item;
}

static inline const struct order_document *promised(struct fixture *f, const char *key)
{
    return &derived(f, TOPIC_PROMISES_ORDERS, key)->order;
}

static inline const struct part_document *part_at(struct fixture *f, const char *order_id,
                                                  uint32_t line, const char *where)
{
    const struct order_document *document = promised(f, order_id);
    cr_assert_lt(line, document->line_count);
    for (uint32_t i = 0; i < document->lines[line].part_count; i++) {
        if (bytes_equal(document->lines[line].parts[i].location, bytes_text(where))) {
            return &document->lines[line].parts[i];
        }
    }
    cr_assert_fail("%s has no part at %s", order_id, where);
    return NULL;
}

/* The ship day of the order's first line at a location. */
static inline int32_t ship_on(struct fixture *f, const char *order_id, const char *where)
{
    return part_at(f, order_id, 0, where)->ship_on;
}

static inline const struct site_document *site_at(struct fixture *f, const char *name)
{
    return &derived(f, TOPIC_PROMISES_LOCATIONS, name)->site;
}

/* A day of the location's capacity; one that is not shown has planned -1. */
static inline struct day_document capacity_on(struct fixture *f, const char *name, int32_t day)
{
    const struct site_document *site = site_at(f, name);
    for (uint32_t i = 0; i < site->capacity_count; i++) {
        if (site->capacity[i].day == day) {
            return site->capacity[i];
        }
    }
    return (struct day_document){ .day = day, .planned = -1 };
}

static inline int64_t used_on(struct fixture *f, const char *name, int32_t day)
{
    return capacity_on(f, name, day).used;
}

/* The entry of a promise that has the zone, by the service `standard`. */
static inline const struct zones_document *promise_to(struct fixture *f, const char *key,
                                                      const char *zone)
{
    const struct promise_document *promise = &derived(f, TOPIC_PROMISES_ITEMS, key)->promise;
    for (uint32_t i = 0; i < promise->promise_count; i++) {
        for (uint32_t z = 0; z < promise->promises[i].zone_count; z++) {
            if (bytes_equal(promise->promises[i].zones[z], bytes_text(zone)) &&
                bytes_equal(promise->promises[i].service, BYTES_LITERAL("standard"))) {
                return &promise->promises[i];
            }
        }
    }
    cr_assert_fail("%s is not promised to %s", key, zone);
    return NULL;
}

/* The nth offer of A|default to `north`; one that there is not has quantity 0 and no days. */
static inline struct offer_document offer_at(struct fixture *f, uint32_t nth)
{
    const struct zones_document *entry = promise_to(f, "A|default", "north");
    return nth < entry->offer_count
               ? entry->offers[nth]
               : (struct offer_document){ 0, DAY_NONE, DAY_NONE, DAY_NONE, { NULL, 0 } };
}

static inline uint32_t offer_count(struct fixture *f)
{
    return promise_to(f, "A|default", "north")->offer_count;
}

static inline bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_text(text));
}

/* A number that changes with any byte of the state. */
static inline uint64_t state_digest(struct world *world)
{
    uint64_t digest = 1469598103934665603u;
    for (uint32_t i = 0; i < world_table_count(world); i++) {
        const struct table *table = world_table(world, i);
        for (size_t at = table->row_bytes; at < table_bytes(table); at++) {
            digest = (digest ^ table->rows[at]) * 1099511628211u;
        }
    }
    return digest;
}

#endif
