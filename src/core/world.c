/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world's frame: entries and records in the order of 2.6, identities (R4), refused records,
 * counters, and the keys that documents are published under.
 */
#include "core/world.h"

#include "base/quantity.h"
#include "core/world_state.h"

const char *const RESULT_NAMES[RESULT_COUNT] = {
    [RESULT_APPLIED] = "applied", [RESULT_DUPLICATE] = "duplicate", [RESULT_STALE] = "stale",
    [RESULT_PARKED] = "parked",   [RESULT_IGNORED] = "ignored",     [RESULT_REJECTED] = "rejected",
};

const char *const ANOMALY_NAMES[ANOMALY_COUNT] = {
    [ANOMALY_NEGATIVE_ON_HAND] = "negative_on_hand",
    [ANOMALY_OVER_SHIPPED] = "over_shipped",
    [ANOMALY_NOTHING_OPEN] = "nothing_open",
    [ANOMALY_RELEASE_BEYOND_HELD] = "release_beyond_held",
    [ANOMALY_LATE_BEYOND_WINDOW] = "late_beyond_window",
    [ANOMALY_SKU_MISMATCH] = "sku_mismatch",
    [ANOMALY_UNKNOWN_FIELD] = "unknown_field",
};

/* Contract 5, the defaults of the config file. */
struct settings settings_defaults(void)
{
    const int64_t hour_ms = 3600 * 1000;
    return (struct settings){
        .rules = RULES_VERSION,
        .clock = WORLD_CLOCK_WALL,
        .dedupe_window_ms = 24 * hour_ms,
        .future_tolerance_ms = hour_ms,
        .reorder_window_ms = 24 * hour_ms,
        .parked_alarm_ms = hour_ms,
        .closed_orders_ms = 30 * MS_PER_DAY,
        .tombstone_after_ms = 7 * MS_PER_DAY,
        .review_ms = 60 * 1000,
        .inbound_grace_days = 1,
        .moves = 3,
    };
}

/* ------------------------------------------------------------------ entries */

void world_begin(struct world *world, const struct world_entry *entry)
{
    struct header *header = header_edit(world);
    CHECK(entry->sequence > header->sequence);
    header->sequence = entry->sequence;
    if (entry->settings) {
        header->settings = *entry->settings;
    }
    CHECK(header->settings.rules != 0);
    take_time_zones(world, entry);
    if (header->settings.clock == WORLD_CLOCK_WALL) {
        time_reaches(world, entry->now_ms);
    }
}

static void take_published(struct world *world, const struct world_entry *entry)
{
    for (uint32_t i = 0; i < entry->published_count; i++) {
        const uint32_t row = entry->published[i].partition + 1;
        while (world->publisheds.row_count <= row) {
            (void)row_add(&world->publisheds);
        }
        struct published *published = published_edit(world, row);
        if (entry->published[i].sequence > published->sequence) {
            published->sequence = entry->published[i].sequence;
        }
    }
    if (entry->published_count == 0) {
        return;
    }
    uint64_t least = UINT64_MAX;
    for (uint32_t row = 1; row < world->publisheds.row_count; row++) {
        const uint64_t sequence = published_at(world, row)->sequence;
        least = sequence < least ? sequence : least;
    }
    forget_published(world, least);
}

/* 2.6: a run of reference records ends with *settle all*. */
static void reference_run_ends(struct world *world)
{
    if (world->reference_run) {
        world->reference_run = false;
        routes_refresh(world);
        settle_all(world);
    }
}

void world_end(struct world *world, const struct world_entry *entry)
{
    reference_run_ends(world);
    if (entry->review) {
        settle_all(world);
        move_all(world);
        header_edit(world)->review_ms = INT64_MAX;
    }
    take_published(world, entry);
    views_refresh(world);
}

/* ------------------------------------------------------------------ records */

void count_anomaly(struct world *world, enum anomaly anomaly)
{
    header_edit(world)->anomalies[anomaly]++;
}

static void count_event(struct world *world, enum topic topic, enum event_type type,
                        enum event_result result)
{
    header_edit(world)->events[topic][type][result]++;
}

/* 2.5: the timestamp as it counts. */
static int64_t effective_timestamp(const struct world *world, int64_t timestamp_ms)
{
    const struct header *header = header_at(world);
    if (header->settings.clock == WORLD_CLOCK_EVENT) {
        return timestamp_ms < 0 ? 0 : timestamp_ms;
    }
    return timestamp_ms < 0 || timestamp_ms > header->now_ms ? header->now_ms : timestamp_ms;
}

/* 0 for a null that the writer added: it stands in no partition. */
static uint32_t record_read(struct world *world, const struct record_place *place)
{
    if (place->partition < 0) {
        return 0;
    }
    const uint32_t input = dedupe_input(&world->dedupe, place->topic, place->partition);
    dedupe_read(&world->dedupe, input, place->offset,
                effective_timestamp(world, place->timestamp_ms));
    return input;
}

static void keep_rejected(struct world *world, const struct record_place *place,
                          const struct refusal_reason *reason)
{
    const uint32_t row = row_add(&world->rejecteds);
    struct rejected_row *rejected = rejected_edit(world, row);
    struct header *header = header_edit(world);
    rejected->topic = place->topic;
    rejected->partition = place->partition;
    rejected->offset = place->offset;
    rejected->timestamp_ms = place->timestamp_ms;
    rejected->journal_offset = place->journal_offset;
    rejected->sequence = header->sequence;
    rejected->number = ++header->last_rejected_number;
    rejected->refusal = reason->refusal;
    while (rejected->detail_bytes < REJECT_DETAIL_BYTES &&
           reason->detail[rejected->detail_bytes] != '\0') {
        rejected->detail[rejected->detail_bytes] = reason->detail[rejected->detail_bytes];
        rejected->detail_bytes++;
    }
    if (header->rejected_last) {
        rejected_edit(world, header->rejected_last)->next = row;
    } else {
        header->rejected_first = row;
    }
    header->rejected_last = row;
}

void world_reject(struct world *world, const struct record_place *place, enum event_type type,
                  const struct refusal_reason *reason)
{
    CHECK(reason->refusal != REFUSAL_NONE);
    if (!topic_is_reference(place->topic)) {
        reference_run_ends(world);
    }
    (void)record_read(world, place);
    keep_rejected(world, place, reason);
    count_event(world, place->topic, type, RESULT_REJECTED);
}

void world_skip(struct world *world, const struct record_place *place)
{
    if (!topic_is_reference(place->topic)) {
        reference_run_ends(world);
    }
    (void)record_read(world, place);
    count_event(world, place->topic, EVENT_UNKNOWN, RESULT_IGNORED);
}

/* R4: identity first. RESULT_APPLIED: not known yet. */
static enum event_result check_identity(const struct world *world, struct applying *applying,
                                        struct hash128 identity, uint64_t content)
{
    uint64_t known = 0;
    if (!dedupe_known(&world->dedupe, identity, header_at(world)->settings.dedupe_window_ms,
                      &known)) {
        return RESULT_APPLIED;
    }
    if (known == content) {
        return RESULT_DUPLICATE;
    }
    return refuse(applying, REFUSAL_CONFLICT, "source and id were read before with other content");
}

static enum event_result apply_by_topic(struct world *world, struct applying *applying)
{
    switch (EVENT_TYPES[applying->event->type].topic) {
    case TOPIC_STOCK:
        return apply_stock(world, applying);
    case TOPIC_ORDERS:
        return apply_order(world, applying);
    default:
        return apply_shipment(world, applying);
    }
}

static bool ahead_of(int64_t time_ns, int64_t timestamp_ms, int64_t tolerance_ms)
{
    int64_t last_ms;
    int64_t last_ns;
    return !__builtin_add_overflow(timestamp_ms, tolerance_ms, &last_ms) &&
           !__builtin_mul_overflow(last_ms, NS_PER_MS, &last_ns) && time_ns > last_ns;
}

static enum event_result apply_event(struct world *world, struct applying *applying)
{
    const struct event *event = applying->event;
    const struct settings settings = header_at(world)->settings;
    const int64_t timestamp_ms = effective_timestamp(world, applying->place->timestamp_ms);
    const uint64_t content = event_content_hash(event);
    const struct hash128 identity =
        dedupe_identity(applying->place->topic, event_key(event), event->source, event->id);
    enum event_result result = check_identity(world, applying, identity, content);
    if (result != RESULT_APPLIED) {
        return result;
    }
    if (ahead_of(event->time_ns, timestamp_ms, settings.future_tolerance_ms)) {
        return refuse(applying, REFUSAL_BAD_TIME,
                      "time is ahead of the record's timestamp (limits.future_tolerance)");
    }
    result = apply_by_topic(world, applying);
    if (result == RESULT_REJECTED) {
        return result;
    }
    const bool kept = dedupe_accept(&world->dedupe, applying->input, identity, content,
                                    timestamp_ms, event->time_ns, settings.dedupe_window_ms);
    CHECK(kept);
    struct header *header = header_edit(world);
    header->as_of = quantity_more(header->as_of, event->time_ns);
    shipped_book(world);
    if (settings.clock == WORLD_CLOCK_EVENT) {
        time_reaches(world, event->time_ns / NS_PER_MS);
    }
    shipped_book(world);
    if (result == RESULT_APPLIED || result == RESULT_PARKED) {
        settle_event(world, applying->order);
    }
    review_at(world, header->now_ms + settings.review_ms);
    return result;
}

enum event_result world_apply(struct world *world, const struct record_place *place,
                              const struct event *event, struct refusal_reason *out_reason)
{
    struct refusal_reason reason = { .refusal = REFUSAL_NONE };
    struct applying applying = {
        .event = event,
        .place = place,
        .input = record_read(world, place),
        .window_ns = header_at(world)->settings.reorder_window_ms * NS_PER_MS,
        .reason = out_reason ? out_reason : &reason,
    };
    enum event_result result = RESULT_IGNORED;
    world->at_hand = (struct trace_record){ event->type, place->partition, place->offset,
                                            event->time_ns };
    changes_begin(world);
    if (topic_is_reference(place->topic)) {
        world->changes.closed = true;
        result = apply_reference(world, &applying);
    } else {
        reference_run_ends(world);
        changes_begin(world);
    }
    if (topic_is_reference(place->topic)) {
        world->reference_run = world->reference_run || result == RESULT_APPLIED;
        review_at(world, header_at(world)->now_ms + header_at(world)->settings.review_ms);
    } else if (event->type != EVENT_UNKNOWN) {
        result = apply_event(world, &applying);
    }
    if (result == RESULT_REJECTED) {
        keep_rejected(world, place, applying.reason);
    }
    header_edit(world)->anomalies[ANOMALY_UNKNOWN_FIELD] += event->unknown_fields;
    if (place->partition >= 0) {
        count_event(world, place->topic, event->type, result);
    }
    return result;
}

/* ------------------------------------------------------------------ what it knows */

uint64_t world_sequence(const struct world *world)
{
    return header_at(world)->sequence;
}

int64_t world_now_ms(const struct world *world)
{
    return header_at(world)->now_ms;
}

const struct settings *world_settings(const struct world *world)
{
    return &header_at(world)->settings;
}

struct bytes world_zone_tzif(const struct world *world, struct bytes name)
{
    const uint32_t row = find_time_zone(world, name);
    return row ? bytes_of(time_zone_at(world, row)->tzif, time_zone_at(world, row)->tzif_bytes)
               : bytes_of(NULL, 0);
}

int64_t world_position(const struct world *world, enum topic topic, int32_t partition)
{
    const uint32_t input = dedupe_input_find(&world->dedupe, topic, partition);
    return input ? dedupe_input_row(&world->dedupe, input)->position : -1;
}

int32_t world_position_count(const struct world *world, enum topic topic)
{
    int32_t count = 0;
    for (uint32_t row = 1; row < world->dedupe.inputs.row_count; row++) {
        const struct input *input = dedupe_input_row(&world->dedupe, row);
        if (input->topic == topic && input->partition >= count) {
            count = input->partition + 1;
        }
    }
    return count;
}

static bool put_reference_key(const struct world *world, enum topic topic, uint32_t row,
                              struct buffer *key)
{
    if (topic == TOPIC_LANES) {
        if (!table_has(&world->lanes, row)) {
            return false;
        }
        const struct lane *lane = lane_at(world, row);
        buffer_put_bytes(key, location_name(world, lane->location));
        buffer_put_byte(key, '|');
        buffer_put_bytes(key, text_of(&world->texts, label_at(world, lane->zone)->name));
        buffer_put_byte(key, '|');
        buffer_put_bytes(key, text_of(&world->texts, label_at(world, lane->service)->name));
        return true;
    }
    const bool described = topic == TOPIC_LOCATIONS ? location_at(world, row)->described
                                                    : item_at(world, row)->described;
    if (described) {
        buffer_put_bytes(key, topic == TOPIC_LOCATIONS ? location_name(world, row)
                                                       : item_name(world, row));
    }
    return described;
}

bool world_reference_key(const struct world *world, enum topic topic, uint32_t *cursor,
                         struct buffer *key)
{
    CHECK(topic_is_reference(topic));
    const struct table *table = topic == TOPIC_LOCATIONS ? &world->locations
                                : topic == TOPIC_LANES   ? &world->lanes
                                                         : &world->items;
    while (++*cursor < table->row_count) {
        key->count = 0;
        if (put_reference_key(world, topic, *cursor, key)) {
            return true;
        }
    }
    return false;
}

int64_t world_due_ms(const struct world *world)
{
    const struct due *due = due_first(&world->due);
    return due && header_at(world)->settings.clock == WORLD_CLOCK_WALL ? due->at_ms : INT64_MAX;
}

uint32_t world_due_count(const struct world *world)
{
    return world->due.live_count;
}

int64_t world_review_ms(const struct world *world)
{
    return header_at(world)->review_ms;
}

uint64_t world_event_count(const struct world *world, enum topic topic, enum event_type type,
                           enum event_result result)
{
    return header_at(world)->events[topic][type][result];
}

uint64_t world_anomaly_count(const struct world *world, enum anomaly anomaly)
{
    return header_at(world)->anomalies[anomaly];
}

uint64_t world_published(const struct world *world, uint32_t partition)
{
    const uint32_t row = partition + 1;
    return row < world->publisheds.row_count ? published_at(world, row)->sequence : 0;
}

int64_t world_shortfall_units(const struct world *world)
{
    return header_at(world)->shortfall;
}

uint32_t world_parked_count(const struct world *world)
{
    return header_at(world)->parked_count;
}

uint32_t world_parked_alarm_count(const struct world *world)
{
    return header_at(world)->parked_alarms;
}

uint64_t world_promise_count(const struct world *world, bool kept)
{
    return kept ? header_at(world)->promises_kept : header_at(world)->promises_missed;
}

int64_t world_as_of(const struct world *world)
{
    return header_at(world)->as_of;
}

/* ------------------------------------------------------------------ refused records */

/* The cursor is the row last given (high half) and the low half of its number: where the row is
 * still that record, its successor is next; else everything up to it was forgotten. */
bool world_rejected(const struct world *world, uint64_t *cursor, struct rejected *out_rejected)
{
    const uint32_t last = (uint32_t)(*cursor >> 32);
    uint32_t row = header_at(world)->rejected_first;
    if (last && table_has(&world->rejecteds, last) &&
        (uint32_t)rejected_at(world, last)->number == (uint32_t)*cursor) {
        row = rejected_at(world, last)->next;
    }
    if (!row) {
        return false;
    }
    const struct rejected_row *rejected = rejected_at(world, row);
    *out_rejected = (struct rejected){
        .place = { (enum topic)rejected->topic, rejected->partition, rejected->offset,
                   rejected->timestamp_ms, rejected->journal_offset },
        .sequence = rejected->sequence,
        .refusal = (enum refusal)rejected->refusal,
        .detail = bytes_of(rejected->detail, rejected->detail_bytes),
    };
    *cursor = (uint64_t)row << 32 | (uint32_t)rejected->number;
    return true;
}

/* ------------------------------------------------------------------ keys */

const struct document_key *world_touched(const struct world *world, uint32_t *out_count)
{
    *out_count = world->touched_count;
    return world->touched;
}

void world_touched_clear(struct world *world)
{
    world->touched_count = 0;
}

static const struct table *key_table(const struct world *world, enum key_kind kind)
{
    switch (kind) {
    case KEY_ITEM:
    case KEY_PROMISE:
        return &world->offerings;
    case KEY_LOCATION:
        return &world->balances.rows;
    case KEY_SITE:
        return &world->locations;
    default:
        return &world->orders;
    }
}

uint32_t world_key_row_count(const struct world *world, enum key_kind kind)
{
    return key_table(world, kind)->row_count;
}

enum key_state world_key_state(const struct world *world, struct document_key key)
{
    if (!table_has(key_table(world, key.kind), key.row)) {
        return KEY_STATE_NONE;
    }
    switch (key.kind) {
    case KEY_ITEM:
    case KEY_PROMISE:
        return (enum key_state)offering_at(world, key.row)->state;
    case KEY_ORDER:
        return (enum key_state)order_at(world, key.row)->state;
    default:
        return KEY_STATE_LIVE;
    }
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Whether a line may be made to order: then what covers it depends on when that would be, from the
 * day of an order placed now on. */
static bool line_is_made(const struct world *world, const struct line *line)
{
    bool made = line->item && item_at(world, line->item)->made_to_order;
    for (uint32_t row = line->recipe_first; row && !made; row = component_at(world, row)->next) {
        made = item_at(world, component_at(world, row)->item)->made_to_order;
    }
    return made;
}

/* An order is made of its own, of its route's network, and of the locations it ships from. */
static uint64_t order_changed(const struct world *world, uint32_t row)
{
    const struct order *order = order_at(world, row);
    uint64_t changed = order->changed;
    if (order->route) {
        changed = later(changed,
                        network_at(world, route_at(world, order->route)->network)->changed);
    }
    for (uint32_t at = order->line_first; at; at = line_at(world, at)->next) {
        const bool made = line_is_made(world, line_at(world, at));
        for (uint32_t part = line_at(world, at)->part_first; part;
             part = part_at(world, part)->next) {
            const struct location *location =
                location_at(world, part_at(world, part)->location);
            changed = later(changed, made ? later(location->changed, location->dates_changed)
                                          : location->changed);
        }
    }
    return changed;
}

/* What orders placed now would get of the item: its own, its network, its locations' days. */
static uint64_t promise_changed(const struct world *world, const struct offering *offering)
{
    const struct network *network = network_at(world, offering->network);
    const struct item *item = item_at(world, offering->item);
    uint64_t changed = later(offering->changed, later(network->changed, network->ways_changed));
    for (uint32_t row = item->balance_first; row;) {
        const struct balance *balance = balance_row(&world->balances, row);
        changed = later(changed, location_at(world, balance->location)->dates_changed);
        row = balance->next_of_item;
    }
    for (uint32_t row = item->maker_first; row; row = maker_at(world, row)->next) {
        changed = later(changed, location_at(world, maker_at(world, row)->location)->dates_changed);
    }
    return changed;
}

uint64_t world_key_changed(const struct world *world, struct document_key key)
{
    if (key.kind == KEY_PROMISE) {
        return promise_changed(world, offering_at(world, key.row));
    }
    if (key.kind == KEY_SITE) {
        const struct location *location = location_at(world, key.row);
        return later(location->changed, later(location->dates_changed, location->book_changed));
    }
    if (key.kind == KEY_ITEM) {
        const struct offering *offering = offering_at(world, key.row);
        return later(offering->changed, network_at(world, offering->network)->changed);
    }
    if (key.kind == KEY_LOCATION) {
        const struct balance *balance = balance_row(&world->balances, key.row);
        return later(balance->changed, location_at(world, balance->location)->changed);
    }
    return order_changed(world, key.row);
}

bool world_key_due(const struct world *world, struct document_key key, uint64_t sequence)
{
    return world_key_changed(world, key) > sequence ||
           (key.kind == KEY_PROMISE && promise_feels_capacity(world, key.row, sequence));
}

uint64_t world_capacity_changed(const struct world *world)
{
    return header_at(world)->capacity_changed;
}

uint64_t world_shared_changed(const struct world *world)
{
    return header_at(world)->shared_changed;
}

uint64_t world_sites_changed(const struct world *world)
{
    return header_at(world)->sites_changed;
}

struct bytes world_key_part(const struct world *world, struct document_key key)
{
    switch (key.kind) {
    case KEY_ITEM:
    case KEY_PROMISE:
        return item_name(world, offering_at(world, key.row)->item);
    case KEY_SITE:
        return location_name(world, key.row);
    case KEY_LOCATION:
        return item_name(world, balance_row(&world->balances, key.row)->item);
    default:
        return text_of(&world->texts, order_at(world, key.row)->name);
    }
}

enum topic world_key_topic(enum key_kind kind)
{
    static const enum topic topics[KEY_KIND_COUNT] = {
        [KEY_ITEM] = TOPIC_AVAILABILITY_ITEMS,
        [KEY_LOCATION] = TOPIC_AVAILABILITY_LOCATIONS,
        [KEY_ORDER] = TOPIC_PROMISES_ORDERS,
        [KEY_PROMISE] = TOPIC_PROMISES_ITEMS,
        [KEY_SITE] = TOPIC_PROMISES_LOCATIONS,
    };
    return topics[kind];
}

struct document_key world_find_order(const struct world *world, struct bytes order_id)
{
    return (struct document_key){ KEY_ORDER, find_order(world, order_id) };
}

bool world_find_next(const struct world *world, enum key_kind kind, struct bytes sku,
                     struct document_key *in_out_key)
{
    CHECK(kind != KEY_ORDER && kind != KEY_SITE);
    const uint32_t item = find_item(world, sku);
    if (!item) {
        return false;
    }
    const uint32_t before = in_out_key->row;
    uint32_t row;
    if (kind != KEY_LOCATION) {
        row = before ? offering_at(world, before)->next_of_item
                     : item_at(world, item)->offering_first;
    } else {
        row = before ? balance_row(&world->balances, before)->next_of_item
                     : item_at(world, item)->balance_first;
    }
    *in_out_key = (struct document_key){ kind, row };
    return row != 0;
}

struct document_key world_find_key(const struct world *world, enum topic topic, struct bytes key)
{
    if (topic == TOPIC_PROMISES_ORDERS) {
        return world_find_order(world, key);
    }
    if (topic == TOPIC_PROMISES_LOCATIONS) {
        return (struct document_key){ KEY_SITE, find_location(world, key) };
    }
    const enum key_kind kind = topic == TOPIC_AVAILABILITY_ITEMS ? KEY_ITEM
                               : topic == TOPIC_PROMISES_ITEMS   ? KEY_PROMISE
                                                                 : KEY_LOCATION;
    struct document_key found = { kind, 0 };
    size_t sku_bytes = 0;
    while (sku_bytes < key.count && key.data[sku_bytes] != '|') {
        sku_bytes++;
    }
    if (sku_bytes >= key.count) {
        return found;
    }
    const struct bytes place = bytes_of(key.data + sku_bytes + 1, key.count - sku_bytes - 1);
    while (world_find_next(world, kind, bytes_of(key.data, sku_bytes), &found)) {
        const struct bytes name =
            kind != KEY_LOCATION
                ? text_of(&world->texts,
                          network_at(world, offering_at(world, found.row)->network)->name)
                : location_name(world, balance_row(&world->balances, found.row)->location);
        if (bytes_equal(name, place)) {
            return found;
        }
    }
    return (struct document_key){ kind, 0 };
}
