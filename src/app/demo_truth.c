/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_truth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "demo_truth_state.h"

#define NS_A_MS INT64_C(1000000)
#define INBOUND_KEPT_NS (INT64_C(30) * 86400 * 1000 * NS_A_MS)

const char *const DEMO_RESULT_NAMES[DEMO_RESULT_COUNT] = {
    "applied", "duplicate", "stale", "parked", "ignored", "rejected",
};

/* ------------------------------------------------------------------ balances (R1, R5) */

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct demo_balance *demo_balance_find(const struct demo_truth *truth, const char *sku,
                                       const char *location)
{
    const struct demo_sku *found = demo_map_find(&truth->skus, sku);
    return found ? demo_map_find(&found->places, location) : NULL;
}

struct demo_balance *demo_balance_at(struct demo_truth *truth, const char *sku,
                                     const char *location)
{
    struct demo_sku **found = (struct demo_sku **)demo_map_put(&truth->skus, sku);
    if (!*found) {
        *found = demo_new(sizeof **found);
    }
    struct demo_balance **place =
        (struct demo_balance **)demo_map_put(&(*found)->places, location);
    if (!*place) {
        *place = demo_new(sizeof **place);
        **place = (struct demo_balance){ .location = demo_truth_text(truth, location),
                                         .count_time = DEMO_NEVER, .count_from = DEMO_NEVER,
                                         .newest = DEMO_NEVER, .forced_edge = DEMO_NEVER };
        (void)demo_map_put(&truth->places, location);
    }
    return *place;
}

/* Counts before this are late; DEMO_NEVER: none is. */
static int64_t edge_of(const struct demo_truth *truth, const struct demo_balance *balance)
{
    const int64_t window = truth->settings.window_ms * NS_A_MS;
    const int64_t edge = balance->newest == DEMO_NEVER ? DEMO_NEVER : balance->newest - window;
    return latest(edge, balance->forced_edge);
}

static void forget_before(struct demo_balance *balance, int64_t time)
{
    size_t gone = 0;
    while (gone < balance->kept_count && balance->kept[gone] < time) {
        gone++;
    }
    balance->kept_count -= gone;
    memmove(balance->kept, balance->kept + gone, balance->kept_count * sizeof *balance->kept);
}

static void keep(struct demo_balance *balance, int64_t time)
{
    size_t at = balance->kept_count;
    for (; at > 0 && balance->kept[at - 1] > time; at--) {
        balance->kept[at] = balance->kept[at - 1];
    }
    balance->kept[at] = time;
    balance->kept_count++;
}

static void add_move(struct demo_balance *balance, int64_t time, int64_t units)
{
    balance->moves = demo_grow(balance->moves, balance->move_count, &balance->move_capacity,
                               sizeof *balance->moves);
    balance->moves[balance->move_count++] = (struct demo_move){ time, units };
}

void demo_balance_move(struct demo_truth *truth, struct demo_balance *balance, int64_t time,
                       int64_t units)
{
    add_move(balance, time, units);
    balance->newest = latest(balance->newest, time);
    if (time >= edge_of(truth, balance) && time >= balance->count_from) {
        keep(balance, time);
    }
    forget_before(balance, edge_of(truth, balance));
    if (balance->kept_count > DEMO_MOVES_KEPT) {
        balance->forced_edge = latest(balance->forced_edge, balance->kept[0] + 1);
        forget_before(balance, balance->forced_edge);
    }
}

void demo_balance_unmove(struct demo_balance *balance, int64_t time, int64_t units)
{
    add_move(balance, time, -units);
    for (size_t i = 0; i < balance->kept_count; i++) {
        if (balance->kept[i] == time) {
            balance->kept_count--;
            memmove(balance->kept + i, balance->kept + i + 1,
                    (balance->kept_count - i) * sizeof *balance->kept);
            return;
        }
    }
}

enum demo_result demo_balance_count(struct demo_truth *truth, struct demo_balance *balance,
                                    int64_t time, int64_t units)
{
    balance->newest = latest(balance->newest, time);
    const int64_t edge = edge_of(truth, balance);
    const bool late = time < edge;
    if (late && balance->count_time > time) {
        return DEMO_RESULT_STALE;
    }
    if (late || time >= balance->count_time) {
        balance->count_time = time;
        balance->count_from = late ? edge : time;
        balance->counted = units;
    }
    forget_before(balance, balance->count_from);
    return DEMO_RESULT_APPLIED;
}

/* ------------------------------------------------------------------ inbound (R10) */

int64_t demo_inbound_open(const struct demo_inbound *inbound)
{
    int64_t open = inbound->quantity;
    for (size_t i = 0; i < inbound->flow_count; i++) {
        if (inbound->flows[i].time >= inbound->word_time) {
            open += inbound->flows[i].units;
        }
    }
    return latest(open, 0);
}

static void empty_inbound(struct demo_inbound *inbound)
{
    free(inbound->flows);
    *inbound = (struct demo_inbound){ .word_time = DEMO_NEVER, .eta_time = DEMO_NEVER,
                                      .eta = INT32_MIN, .newest = DEMO_NEVER };
}

/* One that ended by time before this entry is as new. */
static struct demo_inbound *inbound_named(struct demo_truth *truth, const char *sku,
                                          const char *location, const char *id, int64_t time,
                                          const char *eta)
{
    struct demo_balance *balance = demo_balance_at(truth, sku, location);
    struct demo_inbound **found = (struct demo_inbound **)demo_map_put(&balance->inbound, id);
    if (!*found) {
        *found = demo_new(sizeof **found);
        empty_inbound(*found);
    } else if ((*found)->newest < truth->entry_now - INBOUND_KEPT_NS &&
               demo_inbound_open(*found) == 0) {
        empty_inbound(*found);
    }
    (*found)->newest = latest((*found)->newest, time);
    if (eta && time >= (*found)->eta_time) {
        (*found)->eta = demo_day_of(eta);
        (*found)->eta_time = time;
    }
    return *found;
}

static void add_flow(struct demo_inbound *inbound, int64_t time, int64_t units)
{
    inbound->flows = demo_grow(inbound->flows, inbound->flow_count, &inbound->flow_capacity,
                               sizeof *inbound->flows);
    inbound->flows[inbound->flow_count++] = (struct demo_move){ time, units };
}

void demo_balance_close(struct demo_balance *balance)
{
    for (size_t i = 0; i < balance->inbound.count; i++) {
        struct demo_inbound *inbound = balance->inbound.rows[i].value;
        free(inbound->flows);
        free(inbound);
    }
    demo_map_free(&balance->inbound);
    free(balance->moves);
    free(balance->wants);
    free(balance);
}

/* ------------------------------------------------------------------ stock movements */

static void take_expected(struct demo_truth *truth, const struct demo_event *event)
{
    const json_t *data = event->data;
    struct demo_inbound *inbound =
        inbound_named(truth, demo_field_text(data, "sku"), demo_field_text(data, "location"),
                      demo_field_text(data, "inbound_id"), event->time_ns,
                      demo_field_text(data, "eta"));
    if (event->time_ns >= inbound->word_time) {
        inbound->word_time = event->time_ns;
        inbound->quantity = demo_field_number(data, "quantity", 0);
    }
}

static void take_transferred(struct demo_truth *truth, struct demo_balance *balance,
                             const struct demo_event *event, int64_t units)
{
    const json_t *data = event->data;
    demo_balance_move(truth, balance, event->time_ns, -units);
    add_flow(inbound_named(truth, demo_field_text(data, "sku"), demo_field_text(data, "to"),
                           demo_field_text(data, "transfer_id"), event->time_ns,
                           demo_field_text(data, "eta")),
             event->time_ns, units);
}

static void take_received(struct demo_truth *truth, struct demo_balance *balance,
                          const struct demo_event *event, int64_t units)
{
    const json_t *data = event->data;
    const char *id = demo_field_text(data, "inbound_id");
    demo_balance_move(truth, balance, event->time_ns, units);
    if (id) {
        add_flow(inbound_named(truth, demo_field_text(data, "sku"),
                               demo_field_text(data, "location"), id, event->time_ns, NULL),
                 event->time_ns, -units);
    }
}

static enum demo_result take_stock(struct demo_truth *truth, const struct demo_event *event)
{
    const char *sku = demo_field_text(event->data, "sku");
    const int64_t units = demo_field_number(event->data, "quantity", 0);
    if (event->kind == DEMO_RETURNED) {
        return demo_order_returned(truth, event);
    }
    if (demo_truth_recipe(truth, sku)) {
        return DEMO_RESULT_REJECTED;
    }
    struct demo_balance *balance =
        demo_balance_at(truth, sku, demo_field_text(event->data, "location"));
    switch (event->kind) {
    case DEMO_COUNTED: return demo_balance_count(truth, balance, event->time_ns, units);
    case DEMO_HELD: balance->held += units; break;
    case DEMO_RELEASED: balance->held = latest(0, balance->held - units); break;
    case DEMO_EXPECTED: take_expected(truth, event); break;
    case DEMO_TRANSFERRED: take_transferred(truth, balance, event, units); break;
    case DEMO_RECEIVED: take_received(truth, balance, event, units); break;
    default: demo_balance_move(truth, balance, event->time_ns, units); break;
    }
    return DEMO_RESULT_APPLIED;
}

/* ------------------------------------------------------------------ reference data (2.4) */

/* What a decision taken now may rest on. */
static void remember_ways(struct demo_truth *truth, const char *own)
{
    char name[DEMO_NAME_BYTES];
    size_t index;
    json_t *network;
    const json_t *networks = json_object_get(demo_truth_location(truth, own), "networks");
    if (!networks) {
        *demo_map_put(&truth->networks_ever, demo_join(name, own, "default")) = truth;
    }
    json_array_foreach(networks, index, network) {
        *demo_map_put(&truth->networks_ever,
                      demo_join(name, own, json_string_value(network))) = truth;
    }
}

static void compare_calendar(struct demo_truth *truth, const char *location, json_t *data)
{
    const json_t *before = demo_truth_location(truth, location);
    if (!json_equal(json_object_get(before, "calendar"), json_object_get(data, "calendar")) ||
        !demo_text_equal(demo_field_text(before, "time_zone"),
                         demo_field_text(data, "time_zone"))) {
        *demo_map_put(&truth->recalendared, location) = truth;
    }
}

static void compare_workload(struct demo_truth *truth, const char *sku, const json_t *data)
{
    const json_t *before = demo_truth_item(truth, sku);
    truth->workload_changed =
        truth->workload_changed || (demo_map_find(&truth->skus, sku) &&
                                    demo_field_number(before, "workload", 1) !=
                                        demo_field_number(data, "workload", 1));
}

/* `data` is kept for good: recipes of order lines point into it. */
static void describe(struct demo_truth *truth, struct demo_map *table, const char *name,
                     json_t *data)
{
    *demo_map_put(table, name) = data;
    if (data) {
        demo_truth_keep(truth, data);
    }
}

static bool is_time_zone(const char *name)
{
    char path[256];
    const int count = snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    return count < (int)sizeof path && name[0] != '\0' && name[0] != '/' &&
           !strstr(name, "..") && access(path, R_OK) == 0;
}

static enum demo_result take_reference(struct demo_truth *truth, const struct demo_record *record,
                                       const struct demo_event *event)
{
    char name[DEMO_NAME_BYTES], pair[DEMO_NAME_BYTES];
    json_t *data = event->data;
    const char *zone = demo_field_text(data, "time_zone");
    if (event->kind == DEMO_LOCATION && zone && !is_time_zone(zone)) {
        return DEMO_RESULT_REJECTED;
    }
    if (event->kind == DEMO_LOCATION) {
        const char *location = data ? demo_field_text(data, "location") : record->key;
        if (demo_map_find(&truth->places, location)) {
            compare_calendar(truth, location, data);
        }
        describe(truth, &truth->locations, location, data);
        remember_ways(truth, location);
    } else if (event->kind == DEMO_ITEM) {
        const char *sku = data ? demo_field_text(data, "sku") : record->key;
        compare_workload(truth, sku, data);
        describe(truth, &truth->items, sku, data);
    } else if (data) {
        demo_join(pair, demo_field_text(data, "location"), demo_field_text(data, "zone"));
        demo_join(name, pair, demo_field_text(data, "service"));
        describe(truth, &truth->lanes, name, data);
        *demo_map_put(&truth->lanes_ever, name) = truth;
    } else {
        describe(truth, &truth->lanes, record->key, NULL);
    }
    return DEMO_RESULT_APPLIED;
}

const json_t *demo_truth_item(const struct demo_truth *truth, const char *sku)
{
    return demo_map_find(&truth->items, sku);
}

const json_t *demo_truth_recipe(const struct demo_truth *truth, const char *sku)
{
    return json_object_get(demo_truth_item(truth, sku), "bundle");
}

const json_t *demo_truth_location(const struct demo_truth *truth, const char *location)
{
    return demo_map_find(&truth->locations, location);
}

bool demo_in_network(const struct demo_truth *truth, const char *location, const char *network)
{
    const json_t *networks = json_object_get(demo_truth_location(truth, location), "networks");
    size_t index;
    json_t *one;
    if (!networks) {
        return strcmp(network, "default") == 0;
    }
    json_array_foreach(networks, index, one) {
        if (strcmp(json_string_value(one), network) == 0) {
            return true;
        }
    }
    return false;
}

bool demo_is_enabled(const struct demo_truth *truth, const char *location)
{
    return demo_field_flag(demo_truth_location(truth, location), "enabled", true);
}

/* ------------------------------------------------------------------ records (R4) */

const char *demo_truth_text(struct demo_truth *truth, const char *text)
{
    char **kept = (char **)demo_map_put(&truth->texts, text);
    if (!*kept) {
        *kept = demo_text(text);
    }
    return *kept;
}

void demo_truth_keep(struct demo_truth *truth, json_t *value)
{
    truth->kept = demo_grow(truth->kept, truth->kept_count, &truth->kept_capacity,
                            sizeof *truth->kept);
    truth->kept[truth->kept_count++] = json_incref(value);
}

struct demo_truth *demo_truth_open(const struct demo_truth_settings *settings)
{
    struct demo_truth *truth = demo_new(sizeof *truth);
    truth->settings = *settings;
    truth->newest_time = DEMO_NEVER;
    return truth;
}

void demo_truth_begin(struct demo_truth *truth, int64_t now_ms)
{
    truth->entry_now_ms = latest(truth->entry_now_ms, now_ms);
    truth->entry_now = truth->settings.event_clock ? latest(0, truth->newest_time)
                                                   : truth->entry_now_ms * NS_A_MS;
}

/* When the record counts as written (2.5). */
static int64_t effective_ms(const struct demo_truth *truth, int64_t timestamp_ms)
{
    if (truth->settings.event_clock) {
        return latest(0, timestamp_ms);
    }
    return timestamp_ms < 0 || timestamp_ms > truth->entry_now_ms ? truth->entry_now_ms
                                                                  : timestamp_ms;
}

/* DEMO_RESULT_APPLIED: not known. */
static enum demo_result look_up(const struct demo_truth *truth, const struct demo_event *event)
{
    const struct demo_identity *known = demo_map_find(&truth->identities, event->identity);
    if (!known || known->timestamp_ms < truth->newest_timestamp_ms[known->partition] -
                                            truth->settings.dedupe_ms) {
        return DEMO_RESULT_APPLIED;
    }
    return known->content == event->content ? DEMO_RESULT_DUPLICATE : DEMO_RESULT_REJECTED;
}

static void remember(struct demo_truth *truth, const struct demo_event *event, int32_t partition,
                     int64_t timestamp_ms)
{
    struct demo_identity **known =
        (struct demo_identity **)demo_map_put(&truth->identities, event->identity);
    if (!*known) {
        *known = demo_new(sizeof **known);
    }
    **known = (struct demo_identity){ event->content, partition, timestamp_ms };
    truth->newest_time = latest(truth->newest_time, event->time_ns);
}

static enum demo_result take_event(struct demo_truth *truth, const struct demo_event *event,
                                   int32_t partition, int64_t timestamp_ms)
{
    enum demo_result result = look_up(truth, event);
    if (result != DEMO_RESULT_APPLIED) {
        return result;
    }
    if (event->time_ns > (timestamp_ms + truth->settings.future_ms) * NS_A_MS) {
        return DEMO_RESULT_REJECTED;
    }
    result = event->kind <= DEMO_EXPECTED ? take_stock(truth, event)
                                          : demo_order_take(truth, event);
    /* Accepted, also where it repeats a shipment under an identity of its own. */
    if (result != DEMO_RESULT_REJECTED) {
        remember(truth, event, partition, timestamp_ms);
    }
    return result;
}

enum demo_result demo_truth_take(struct demo_truth *truth, const struct demo_record *record,
                                 int32_t partition)
{
    const int64_t timestamp_ms = effective_ms(truth, record->timestamp_ms);
    const bool reference = topic_is_reference(record->topic);
    const int32_t slot = reference ? 0 : (int32_t)record->topic * DEMO_PARTITIONS + partition;
    CHECK(partition >= 0 && partition < DEMO_PARTITIONS);
    if (!reference) {
        truth->newest_timestamp_ms[slot] = latest(truth->newest_timestamp_ms[slot], timestamp_ms);
    }
    struct demo_event event;
    const enum demo_reading reading = demo_event_read(record, &event);
    if (reading != DEMO_READ) {
        return reading == DEMO_IGNORED ? DEMO_RESULT_IGNORED : DEMO_RESULT_REJECTED;
    }
    const enum demo_result result = reference
                                        ? take_reference(truth, record, &event)
                                        : take_event(truth, &event, slot, timestamp_ms);
    demo_event_end(&event);
    return result;
}

uint64_t demo_truth_lines(const struct demo_truth *truth)
{
    return (uint64_t)truth->line_count;
}

static void free_values(struct demo_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->rows[i].value);
    }
    demo_map_free(map);
}

static void free_skus(struct demo_map *skus)
{
    for (size_t i = 0; i < skus->count; i++) {
        struct demo_sku *sku = skus->rows[i].value;
        for (size_t place = 0; place < sku->places.count; place++) {
            demo_balance_close(sku->places.rows[place].value);
        }
        demo_map_free(&sku->places);
    }
    free_values(skus);
}

void demo_truth_close(struct demo_truth *truth)
{
    if (!truth) {
        return;
    }
    free_skus(&truth->skus);
    for (size_t i = 0; i < truth->orders.count; i++) {
        demo_order_close(truth->orders.rows[i].value);
    }
    for (size_t i = 0; i < truth->kept_count; i++) {
        json_decref(truth->kept[i]);
    }
    free(truth->kept);
    demo_map_free(&truth->orders);
    free_values(&truth->identities);
    free_values(&truth->texts);
    demo_map_free(&truth->places);
    demo_map_free(&truth->lanes_ever);
    demo_map_free(&truth->networks_ever);
    demo_map_free(&truth->sourced);
    demo_map_free(&truth->recalendared);
    demo_map_free(&truth->capacity);
    demo_map_free(&truth->locations);
    demo_map_free(&truth->lanes);
    demo_map_free(&truth->items);
    free(truth);
}
