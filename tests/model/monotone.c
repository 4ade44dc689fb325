/* SPDX-License-Identifier: Apache-2.0 */
#include "model/monotone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "model/render.h"

enum {
    ARENA_BYTES = 16 << 20,
    SITES_SEEN_MAX = 32,
    STEPS_OF_WORLD = 24,
    DAYS_LISTED_MAX = 64,
    ENTRIES_MAX = 4096,
};

/* What an item is offered to a zone by a service, before a step. */
struct offered {
    uint32_t row;
    struct bytes zone;
    struct bytes service;
    struct offer_document offers[OFFERS_MAX];
    uint32_t count;
};

/* A location as it is described now; its lists are here, so that days can be added. */
struct place {
    struct event event;
    int32_t open[DAYS_LISTED_MAX];
    struct day_capacity overrides[DAYS_LISTED_MAX];
};

struct run {
    const struct stream *stream;
    const struct stream_zones *zones;
    struct monotone_tally *tally;
    struct world *world;
    void *memory;
    void *scratch;
    struct arena arena;
    uint64_t random;
    uint64_t sequence;
    int64_t offset;
    int64_t now_ms;
    bool whole;                      /* all quantities are compared */
    struct place places[SITES_SEEN_MAX];
    uint32_t place_count;
    struct offered *offered;         /* before the step */
    uint32_t offered_count;
    struct rendered orders;          /* their parts before the step */
    struct event stock;
    char id[24];
};

static uint64_t draw(struct run *run, uint64_t below)
{
    run->random = run->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (run->random >> 33) % below;
}

/* ------------------------------------------------------------------ feeding */

static void place_described(struct run *run, const struct event *event)
{
    uint32_t at = 0;
    while (at < run->place_count &&
           !bytes_equal(run->places[at].event.location.location, event->location.location)) {
        at++;
    }
    if (at == run->place_count && run->place_count++ == SITES_SEEN_MAX) {
        abort();
    }
    struct place *place = &run->places[at];
    place->event = *event;
    struct location_data *location = &place->event.location;
    if (event->removed || location->open_count + STEPS_OF_WORLD > DAYS_LISTED_MAX) {
        return;
    }
    if (location->open_count > 0) {
        memmove(place->open, location->open, location->open_count * sizeof *place->open);
    }
    location->open = place->open;
    if (location->override_count > 0) {
        memmove(place->overrides, location->overrides,
                location->override_count * sizeof *place->overrides);
    }
    location->overrides = place->overrides;
}

static void apply(struct run *run, const struct event *event, enum topic topic,
                  int64_t timestamp_ms)
{
    const struct record_place place = { topic, 0, run->offset++, timestamp_ms,
                                        (int64_t)run->sequence };
    struct refusal_reason reason;
    const enum event_result result = world_apply(run->world, &place, event, &reason);
    if (event->type == EVENT_LOCATION && result == RESULT_APPLIED) {
        place_described(run, event);
    }
}

static struct world_entry next_entry(struct run *run, const struct step *step)
{
    struct world_entry entry = { .sequence = ++run->sequence, .now_ms = run->now_ms };
    if (entry.sequence == 1) {
        entry.settings = &run->stream->settings;
        entry.zones = run->zones->zones;
        entry.zone_count = STREAM_ZONES;
    } else if (step && step->zone) {
        entry.zones = step->zone;
        entry.zone_count = 1;
    }
    entry.review = step && step->reviews;
    return entry;
}

static void feed_stream(struct run *run)
{
    const struct stream *stream = run->stream;
    for (size_t at = 0; at < stream->step_count;) {
        run->now_ms = stream->steps[at].now_ms;
        const struct world_entry entry = next_entry(run, &stream->steps[at]);
        world_begin(run->world, &entry);
        do {
            if (stream->steps[at].kind == STEP_EVENT) {
                apply(run, stream->steps[at].event, stream->steps[at].topic,
                      stream->steps[at].timestamp_ms);
            }
            at++;
        } while (at < stream->step_count && stream->steps[at].joins);
        world_end(run->world, &entry);
        world_touched_clear(run->world);
    }
}

static void feed_alone(struct run *run, const struct event *event, enum topic topic)
{
    const struct world_entry entry = next_entry(run, NULL);
    world_begin(run->world, &entry);
    apply(run, event, topic, run->now_ms);
    world_end(run->world, &entry);
    world_touched_clear(run->world);
}

/* ------------------------------------------------------------------ what is offered */

/* The parts of all orders and their ship days: what was decided. */
static void render_decisions(struct run *run, struct rendered *text)
{
    render_reset(text);
    const uint32_t rows = world_key_row_count(run->world, KEY_ORDER);
    for (uint32_t row = 1; row < rows; row++) {
        const struct document_key key = { KEY_ORDER, row };
        struct document document;
        if (world_key_state(run->world, key) != KEY_STATE_LIVE) {
            continue;
        }
        arena_reset(&run->arena);
        world_derive(run->world, key, &run->arena, &document);
        for (uint32_t i = 0; i < document.order.line_count; i++) {
            render_parts(text, &document.order.lines[i]);
        }
    }
}

static bool next_promise(struct run *run, uint32_t *row, struct document *out_document)
{
    const uint32_t rows = world_key_row_count(run->world, KEY_PROMISE);
    while (++*row < rows) {
        const struct document_key key = { KEY_PROMISE, *row };
        if (world_key_state(run->world, key) == KEY_STATE_LIVE) {
            arena_reset(&run->arena);
            world_derive(run->world, key, &run->arena, out_document);
            return true;
        }
    }
    return false;
}

static void keep_offers(struct run *run, uint32_t row, const struct zones_document *entry)
{
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        if (run->offered_count == ENTRIES_MAX) {
            abort();
        }
        struct offered *offered = &run->offered[run->offered_count++];
        *offered = (struct offered){ .row = row, .zone = entry->zones[i],
                                     .service = entry->service, .count = entry->offer_count };
        if (entry->offer_count > 0) {
            memcpy(offered->offers, entry->offers, entry->offer_count * sizeof *entry->offers);
        }
    }
}

static void keep_all(struct run *run)
{
    struct document document;
    uint32_t row = 0;
    run->offered_count = 0;
    while (next_promise(run, &row, &document)) {
        for (uint32_t i = 0; i < document.promise.promise_count; i++) {
            keep_offers(run, row, &document.promise.promises[i]);
        }
    }
    render_decisions(run, &run->orders);
}

/* ------------------------------------------------------------------ earlier and later */

/* Up to how many units are promised by this day; INT64_MAX where the list ends before it. */
static int64_t units_by(const struct offer_document *offers, uint32_t count, int32_t by)
{
    int64_t units = 0;
    for (uint32_t i = 0; i < count && offers[i].by <= by; i++) {
        units = offers[i].quantity;
    }
    return count == OFFERS_MAX && offers[OFFERS_MAX - 1].by < by ? INT64_MAX : units;
}

/* Whether `less` promises some quantity earlier than `more`. */
static bool is_earlier(const struct run *run, const struct offer_document *less,
                       uint32_t less_count, const struct offer_document *more, uint32_t more_count)
{
    const uint32_t count = run->whole ? less_count : less_count > 0;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t units = run->whole ? less[i].quantity : 1;
        if (units_by(more, more_count, less[i].by) < units) {
            return true;
        }
    }
    return false;
}

static const struct offered *find_offered(const struct run *run, uint32_t row, struct bytes zone,
                                          struct bytes service)
{
    for (uint32_t i = 0; i < run->offered_count; i++) {
        const struct offered *offered = &run->offered[i];
        if (offered->row == row && bytes_equal(offered->zone, zone) &&
            bytes_equal(offered->service, service)) {
            return offered;
        }
    }
    return NULL;
}

static void print_offers(const char *when, const struct offer_document *offers, uint32_t count)
{
    (void)printf("    %s:", when);
    for (uint32_t i = 0; i < count; i++) {
        (void)printf(" %lld by %d (ships %d)", (long long)offers[i].quantity, offers[i].by,
                     offers[i].ship_on);
    }
    (void)printf("\n");
}

static bool compare_entry(struct run *run, uint32_t row, const struct promise_document *promise,
                          const struct zones_document *entry, bool more)
{
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        const struct offered *before = find_offered(run, row, entry->zones[i], entry->service);
        if (!before) {
            continue;
        }
        const bool wrong =
            more ? is_earlier(run, before->offers, before->count, entry->offers,
                              entry->offer_count)
                 : is_earlier(run, entry->offers, entry->offer_count, before->offers,
                              before->count);
        if (wrong) {
            (void)printf("%.*s|%.*s to %.*s by %.*s\n", (int)promise->sku.count,
                         (const char *)promise->sku.data, (int)promise->network.count,
                         (const char *)promise->network.data, (int)entry->zones[i].count,
                         (const char *)entry->zones[i].data, (int)entry->service.count,
                         (const char *)entry->service.data);
            print_offers("before", before->offers, before->count);
            print_offers("after", entry->offers, entry->offer_count);
            return false;
        }
        run->tally->offers++;
        run->tally->moved += before->count > 0 && entry->offer_count > 0 &&
                             before->offers[0].by != entry->offers[0].by;
    }
    return true;
}

static bool compare_all(struct run *run, bool more)
{
    struct rendered orders = { NULL, 0, 0 };
    render_decisions(run, &orders);
    const bool decided = orders.count != run->orders.count ||
                         (orders.count > 0 &&
                          memcmp(orders.data, run->orders.data, orders.count) != 0);
    render_free(&orders);
    if (decided) {
        run->tally->decided++;
        return true;
    }
    run->tally->compared++;
    struct document document;
    uint32_t row = 0;
    while (next_promise(run, &row, &document)) {
        for (uint32_t i = 0; i < document.promise.promise_count; i++) {
            if (!compare_entry(run, row, &document.promise, &document.promise.promises[i], more)) {
                return false;
            }
        }
    }
    return true;
}

/* ------------------------------------------------------------------ steps */

static bool has_balance(const struct run *run, struct bytes sku, struct bytes location)
{
    char key[2 * KEY_BYTES_MAX + 2];
    memcpy(key, sku.data, sku.count);
    key[sku.count] = '|';
    memcpy(key + sku.count + 1, location.data, location.count);
    const struct bytes name = bytes_of(key, sku.count + 1 + location.count);
    return world_find_key(run->world, TOPIC_AVAILABILITY_LOCATIONS, name).row != 0;
}

/* One unit of a SKU that some event has named, at a location that has been described. */
static bool step_stock(struct run *run, struct place *place, bool more)
{
    const struct stream *stream = run->stream;
    const struct step *step = &stream->steps[draw(run, stream->step_count)];
    if (step->kind != STEP_EVENT || step->event->type > EVENT_STOCK_RELEASED) {
        return false;
    }
    if (!has_balance(run, step->event->stock.sku, place->event.location.location)) {
        return false;                /* a new balance may make the location a maker */
    }
    run->stock = (struct event){ .type = EVENT_STOCK_ADJUSTED, .source = BYTES_LITERAL("r13") };
    const int count =
        snprintf(run->id, sizeof run->id, "r%llu", (unsigned long long)run->sequence);
    run->stock.id = bytes_of(run->id, (size_t)count);
    run->stock.time_ns = world_now_ms(run->world) * NS_PER_MS;
    run->stock.stock.sku = step->event->stock.sku;
    run->stock.stock.location = place->event.location.location;
    run->stock.stock.quantity = more ? 1 : -1;
    run->stock.stock.eta = DAY_NONE;
    feed_alone(run, &run->stock, TOPIC_STOCK);
    return true;
}

static bool step_capacity(struct run *run, struct place *place, bool more)
{
    struct location_data *location = &place->event.location;
    const int64_t by = more ? 1 : -1;
    int64_t *count = &location->capacity_per_day;
    if (location->override_count > 0 && draw(run, 2) == 0) {
        count = &place->overrides[draw(run, location->override_count)].count;
    }
    if (*count == CAPACITY_UNLIMITED || *count + by < 0) {
        return false;
    }
    *count += by;
    feed_alone(run, &place->event, TOPIC_LOCATIONS);
    return true;
}

/* A day in the weeks to come: one that has been behind counts for how late inbound is. */
static bool step_day(struct run *run, struct place *place, bool more)
{
    struct location_data *location = &place->event.location;
    const int32_t day =
        (int32_t)(world_now_ms(run->world) / MS_PER_DAY) + 2 + (int32_t)draw(run, 12);
    uint32_t at = 0;
    while (at < location->open_count && place->open[at] < day) {
        at++;
    }
    const bool there = at < location->open_count && place->open[at] == day;
    if (there == more || location->open_count == DAYS_LISTED_MAX) {
        return false;
    }
    if (more) {
        for (uint32_t i = location->open_count++; i > at; i--) {
            place->open[i] = place->open[i - 1];
        }
        place->open[at] = day;
    } else {
        location->open_count--;
        for (uint32_t i = at; i < location->open_count; i++) {
            place->open[i] = place->open[i + 1];
        }
    }
    feed_alone(run, &place->event, TOPIC_LOCATIONS);
    return true;
}

static bool run_step(struct run *run)
{
    static bool (*const STEPS[])(struct run *, struct place *, bool) = { step_stock, step_capacity,
                                                                         step_day };
    static const char *const NAMES[] = { "unit of stock", "slot of capacity", "working day" };
    struct place *place = &run->places[draw(run, run->place_count)];
    const uint64_t kind = draw(run, 3);
    const bool more = draw(run, 2) == 0;
    if (place->event.removed) {
        return true;
    }
    keep_all(run);
    if (!STEPS[kind](run, place, more) || compare_all(run, more)) {
        return true;
    }
    (void)printf("one %s %s at %.*s\n", NAMES[kind], more ? "more" : "less",
                 (int)place->event.location.location.count,
                 (const char *)place->event.location.location.data);
    return false;
}

/* ------------------------------------------------------------------ worlds */

static void *map_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        abort();
    }
    return memory;
}

static bool run_world(struct run *run)
{
    const size_t bytes = world_bytes(WORLD_SCALE_TEST);
    void *memory = map_memory(bytes);
    struct arena arena = arena_of(memory, bytes);
    bool good = true;
    run->world = world_init(&arena, WORLD_SCALE_TEST);
    run->sequence = 0;
    run->place_count = 0;
    feed_stream(run);
    for (int i = 0; i < STEPS_OF_WORLD && run->place_count > 0 && good; i++) {
        good = run_step(run);
    }
    (void)munmap(memory, bytes);
    return good;
}

bool monotone_run(uint64_t seed, uint64_t steps, const struct stream_zones *zones,
                  struct monotone_tally *tally, uint64_t *out_seed)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run || !(run->offered = calloc(ENTRIES_MAX, sizeof *run->offered))) {
        abort();
    }
    run->zones = zones;
    run->tally = tally;
    run->scratch = map_memory(ARENA_BYTES);
    run->arena = arena_of(run->scratch, ARENA_BYTES);
    bool good = true;
    for (; tally->compared < steps && good; seed++) {
        struct stream *stream = stream_make_world(seed, zones);
        run->stream = stream;
        run->whole = stream->whole_days;
        run->random = seed;
        good = run_world(run);
        tally->worlds++;
        *out_seed = seed;
        stream_free(stream);
    }
    (void)munmap(run->scratch, ARENA_BYTES);
    render_free(&run->orders);
    free(run->offered);
    free(run);
    return good;
}
