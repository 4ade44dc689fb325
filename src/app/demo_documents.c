/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo_truth_state.h"

enum { INBOUND_SHOWN = 16, DAYS_MOST = 4096 };

/* Units without location of one order. */
struct wait {
    const struct demo_order *order;
    int64_t units;
};

struct waits {
    struct wait *rows;
    size_t count, capacity;
};

/* ------------------------------------------------------------------ adding up */

static int64_t on_hand_of(const struct demo_balance *balance)
{
    int64_t units = balance->counted;
    for (size_t i = 0; i < balance->move_count; i++) {
        units += balance->moves[i].time >= balance->count_from ? balance->moves[i].units : 0;
    }
    return units;
}

static void add_want(struct demo_truth *truth, const char *sku, const char *location,
                     struct demo_want want)
{
    struct demo_balance *balance = demo_balance_at(truth, sku, location);
    balance->wants = demo_grow(balance->wants, balance->want_count, &balance->want_capacity,
                               sizeof *balance->wants);
    balance->wants[balance->want_count++] = want;
    balance->allocated += want.units;
}

static void add_wait(struct demo_documents *documents, const char *sku,
                     const struct demo_order *order, int64_t units)
{
    struct waits **found = (struct waits **)demo_map_put(&documents->waiting, sku);
    if (!*found) {
        *found = demo_new(sizeof **found);
    }
    struct waits *waits = *found;
    waits->rows = demo_grow(waits->rows, waits->count, &waits->capacity, sizeof *waits->rows);
    waits->rows[waits->count++] = (struct wait){ order, units };
}

/* R12: a unit counts at the bundle and, times its quantity, at each component. */
static void add_open(struct demo_documents *documents, const struct demo_order *order,
                     const struct demo_line *line, const struct demo_open *open,
                     const char *sku, int64_t each, bool as_bundle)
{
    if (open->location) {
        add_want(documents->truth, sku, open->location,
                 (struct demo_want){ line->number, open->units * each, as_bundle, 0 });
    } else {
        add_wait(documents, sku, order, open->units * each);
    }
}

static void add_line(struct demo_documents *documents, const struct demo_order *order,
                     const struct demo_line *line)
{
    for (size_t i = 0; i < line->open_count; i++) {
        const struct demo_open *open = &line->open[i];
        size_t index;
        json_t *part;
        if (open->units <= 0) {
            continue;
        }
        add_open(documents, order, line, open, line->sku, 1, line->recipe);
        json_array_foreach(line->recipe, index, part) {
            add_open(documents, order, line, open, demo_field_text(part, "sku"),
                     demo_field_number(part, "quantity", 0), false);
        }
    }
}

static int by_number(const void *left, const void *right)
{
    const struct demo_want *a = left;
    const struct demo_want *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

/* R6: who comes before whom. Whole bundles are dealt at their components. */
static void deal(struct demo_balance *balance)
{
    int64_t before = 0;
    balance->on_hand = on_hand_of(balance);
    if (balance->want_count > 0) {
        qsort(balance->wants, balance->want_count, sizeof *balance->wants, by_number);
    }
    for (size_t i = 0; i < balance->want_count; i++) {
        balance->wants[i].before = before;
        before += balance->wants[i].as_bundle ? 0 : balance->wants[i].units;
    }
}

static void deal_all(struct demo_truth *truth)
{
    for (size_t i = 0; i < truth->skus.count; i++) {
        const struct demo_sku *sku = truth->skus.rows[i].value;
        for (size_t place = 0; place < sku->places.count; place++) {
            deal(sku->places.rows[place].value);
        }
    }
}

struct demo_documents *demo_documents_open(struct demo_truth *truth, int64_t now_ms)
{
    struct demo_documents *documents = demo_new(sizeof *documents);
    documents->truth = truth;
    documents->now = truth->settings.event_clock
                         ? (truth->newest_time > 0 ? truth->newest_time : 0)
                         : now_ms * 1000000;
    for (size_t i = 0; i < truth->orders.count; i++) {
        const struct demo_order *order = truth->orders.rows[i].value;
        for (size_t at = 0; at < order->lines.count; at++) {
            const struct demo_line *line = order->lines.rows[at].value;
            if (line->sku) {
                add_line(documents, order, line);
            }
        }
    }
    deal_all(truth);
    documents->site_names = demo_site_names(truth);
    return documents;
}

void demo_documents_close(struct demo_documents *documents)
{
    struct demo_map *const owning[] = { &documents->days, &documents->sites, &documents->lanes,
                                        &documents->cutoffs };
    for (size_t table = 0; table < sizeof owning / sizeof *owning; table++) {
        for (size_t i = 0; i < owning[table]->count; i++) {
            free(owning[table]->rows[i].value);
        }
        demo_map_free(owning[table]);
    }
    for (size_t i = 0; i < documents->waiting.count; i++) {
        struct waits *waits = documents->waiting.rows[i].value;
        free(waits->rows);
        free(waits);
    }
    demo_map_free(&documents->site_names);
    demo_map_free(&documents->waiting);
    free(documents);
}

/* ------------------------------------------------------------------ places and networks */

/* Where there is or was a balance of the SKU itself. */
static void add_places(const struct demo_truth *truth, const char *sku, struct demo_map *places)
{
    const struct demo_sku *found = demo_map_find(&truth->skus, sku);
    for (size_t i = 0; found && i < found->places.count; i++) {
        (void)demo_map_put(places, found->places.rows[i].name);
    }
}

/* Where there is or was a balance of it, or of a component. */
static struct demo_map places_of(const struct demo_truth *truth, const char *sku)
{
    struct demo_map places = { 0 };
    size_t index;
    json_t *part;
    add_places(truth, sku, &places);
    json_array_foreach(demo_truth_recipe(truth, sku), index, part) {
        add_places(truth, demo_field_text(part, "sku"), &places);
    }
    return places;
}

bool demo_has_place(const struct demo_truth *truth, const char *sku, const char *location)
{
    size_t index;
    json_t *part;
    if (demo_balance_find(truth, sku, location)) {
        return true;
    }
    json_array_foreach(demo_truth_recipe(truth, sku), index, part) {
        if (demo_balance_find(truth, demo_field_text(part, "sku"), location)) {
            return true;
        }
    }
    return false;
}

/* Where it is made to order; none where it is not. */
static struct demo_map makers_of(const struct demo_truth *truth, const char *sku)
{
    const json_t *made = json_object_get(demo_truth_item(truth, sku), "made_to_order");
    const json_t *named = json_object_get(made, "locations");
    struct demo_map makers = { 0 };
    size_t index;
    json_t *one;
    if (made && json_array_size(named) == 0) {
        return places_of(truth, sku);
    }
    json_array_foreach(named, index, one) {
        (void)demo_map_put(&makers, json_string_value(one));
    }
    return makers;
}

static void add_networks(const struct demo_truth *truth, const struct demo_map *places,
                         struct demo_map *networks)
{
    for (size_t i = 0; i < places->count; i++) {
        const json_t *named =
            json_object_get(demo_truth_location(truth, places->rows[i].name), "networks");
        size_t index;
        json_t *one;
        if (!named) {
            (void)demo_map_put(networks, "default");
        }
        json_array_foreach(named, index, one) {
            (void)demo_map_put(networks, json_string_value(one));
        }
    }
}

static struct demo_map networks_of(const struct demo_truth *truth, const char *sku)
{
    struct demo_map networks = { 0 };
    struct demo_map places = places_of(truth, sku);
    struct demo_map makers = makers_of(truth, sku);
    add_networks(truth, &places, &networks);
    add_networks(truth, &makers, &networks);
    if (demo_truth_item(truth, sku)) {
        (void)demo_map_put(&networks, "default");
    }
    demo_map_free(&places);
    demo_map_free(&makers);
    return networks;
}

/* ------------------------------------------------------------------ quantities */

int64_t demo_safety_of(const struct demo_truth *truth, const char *sku, const char *location)
{
    const json_t *item = demo_truth_item(truth, sku);
    const int64_t usual =
        demo_field_number(demo_truth_location(truth, location), "safety_stock", 0);
    return demo_field_number(json_object_get(item, "safety_stock_at"), location,
                             demo_field_number(item, "safety_stock", usual));
}

bool demo_is_discontinued(const struct demo_truth *truth, const char *sku)
{
    return demo_field_flag(demo_truth_item(truth, sku), "discontinued", false);
}

int32_t demo_preorder_day(const struct demo_truth *truth, const char *sku)
{
    return demo_day_of(demo_field_text(demo_truth_item(truth, sku), "preorder_from"));
}

/* Units of the SKU itself that are to come and usable by `day`. */
static int64_t due_by(struct demo_documents *documents, const struct demo_balance *balance,
                      int32_t day)
{
    int64_t units = 0;
    for (size_t i = 0; i < balance->inbound.count; i++) {
        const struct demo_inbound *inbound = balance->inbound.rows[i].value;
        const int64_t open = demo_inbound_open(inbound);
        if (open > 0 && demo_usable_day(documents, balance->location, inbound->eta) <= day) {
            units += open;
        }
    }
    return units;
}

/* Units of the SKU itself that can be promised by `day` (INT32_MIN: now), before rounding. */
static int64_t free_of_one(struct demo_documents *documents, const char *sku,
                           const char *location, int32_t day, bool with_inbound)
{
    const struct demo_truth *truth = documents->truth;
    const struct demo_balance *balance = demo_balance_find(truth, sku, location);
    int64_t units = -demo_safety_of(truth, sku, location);
    if (balance) {
        units += balance->on_hand - balance->held - balance->allocated;
        if (with_inbound && day != INT32_MIN) {
            units += due_by(documents, balance, day);
        }
    }
    return units > 0 ? units : 0;
}

static int64_t free_at(struct demo_documents *documents, const char *sku, const char *location,
                       int32_t day)
{
    const json_t *recipe = demo_truth_recipe(documents->truth, sku);
    const bool with_inbound = !demo_is_discontinued(documents->truth, sku);
    int64_t least = INT64_MAX;
    size_t index;
    json_t *part;
    if (!recipe) {
        return free_of_one(documents, sku, location, day, with_inbound);
    }
    json_array_foreach(recipe, index, part) {
        const char *component = demo_field_text(part, "sku");
        const bool comes = with_inbound && !demo_is_discontinued(documents->truth, component);
        const int64_t whole = free_of_one(documents, component, location, day, comes) /
                              demo_field_number(part, "quantity", 1);
        least = whole < least ? whole : least;
    }
    return least;
}

/* The networks share an enabled location. */
static bool touch(const struct demo_truth *truth, const char *a, const char *b)
{
    const struct demo_map *const tables[] = { &truth->locations, &truth->places };
    for (size_t table = 0; table < 2; table++) {
        for (size_t i = 0; i < tables[table]->count; i++) {
            const char *location = tables[table]->rows[i].name;
            const bool known = table == 1 || tables[table]->rows[i].value;
            if (known && demo_is_enabled(truth, location) && demo_in_network(truth, location, a) &&
                demo_in_network(truth, location, b)) {
                return true;
            }
        }
    }
    return false;
}

/* Units without location that lower what the network can sell. */
int64_t demo_waits_of(struct demo_documents *documents, const char *sku, const char *network)
{
    const struct demo_truth *truth = documents->truth;
    const struct waits *waits = demo_map_find(&documents->waiting, sku);
    int64_t units = 0;
    for (size_t i = 0; waits && i < waits->count; i++) {
        const struct demo_order *order = waits->rows[i].order;
        if (touch(truth, network, order->network ? order->network : "default") &&
            demo_has_lane(truth, order)) {
            units += waits->rows[i].units;
        }
    }
    return units;
}

/* ------------------------------------------------------------------ next */

struct day_list {
    int32_t days[DAYS_MOST];
    size_t count;
};

static void add_days_of(struct demo_documents *documents, const char *sku, const char *location,
                        struct day_list *list)
{
    const struct demo_balance *balance = demo_balance_find(documents->truth, sku, location);
    for (size_t i = 0; balance && i < balance->inbound.count; i++) {
        const struct demo_inbound *inbound = balance->inbound.rows[i].value;
        const int32_t day = demo_usable_day(documents, location, inbound->eta);
        size_t at = 0;
        while (at < list->count && list->days[at] != day) {
            at++;
        }
        if (day != INT32_MAX && demo_inbound_open(inbound) > 0 && at == list->count) {
            CHECK(list->count < DAYS_MOST);
            list->days[list->count++] = day;
        }
    }
}

static int by_day(const void *left, const void *right)
{
    const int32_t a = *(const int32_t *)left;
    const int32_t b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

static void list_days(struct demo_documents *documents, const char *sku,
                      const struct demo_map *places, struct day_list *out_list)
{
    const json_t *recipe = demo_truth_recipe(documents->truth, sku);
    size_t index;
    json_t *part;
    out_list->count = 0;
    for (size_t i = 0; i < places->count; i++) {
        const char *location = places->rows[i].name;
        if (!recipe) {
            add_days_of(documents, sku, location, out_list);
        }
        json_array_foreach(recipe, index, part) {
            add_days_of(documents, demo_field_text(part, "sku"), location, out_list);
        }
    }
    qsort(out_list->days, out_list->count, sizeof *out_list->days, by_day);
}

/* The first day on which more than `available` is free at these places, less `waits`. */
static json_t *next_of(struct demo_documents *documents, const char *sku,
                       const struct demo_map *places, int64_t available, int64_t waits)
{
    struct day_list list;
    list_days(documents, sku, places, &list);
    for (size_t i = 0; i < list.count; i++) {
        int64_t units = -waits;
        for (size_t place = 0; place < places->count; place++) {
            const char *location = places->rows[place].name;
            const int32_t last = demo_today(documents, location) + DEMO_HORIZON_DAYS;
            units += free_at(documents, sku, location,
                             list.days[i] < last ? list.days[i] : last);
        }
        if (units > available) {
            char date[16];
            demo_day_text(list.days[i], date);
            return json_pack("{s:s, s:I}", "date", date, "quantity",
                             (json_int_t)(units - available));
        }
    }
    return json_null();
}

/* ------------------------------------------------------------------ items */

static bool has_begun(struct demo_documents *documents, const char *network, int32_t day)
{
    const struct demo_truth *truth = documents->truth;
    const struct demo_map *const tables[] = { &truth->locations, &truth->places };
    for (size_t table = 0; table < 2; table++) {
        for (size_t i = 0; i < tables[table]->count; i++) {
            const char *location = tables[table]->rows[i].name;
            if ((table == 1 || tables[table]->rows[i].value) && demo_is_enabled(truth, location) &&
                demo_in_network(truth, location, network) &&
                demo_today(documents, location) >= day) {
                return true;
            }
        }
    }
    return false;
}

static bool is_made(const struct demo_truth *truth, const char *sku, const char *network)
{
    struct demo_map makers = makers_of(truth, sku);
    bool made = false;
    for (size_t i = 0; i < makers.count; i++) {
        const char *location = makers.rows[i].name;
        made = made || (demo_is_enabled(truth, location) &&
                        demo_in_network(truth, location, network));
    }
    demo_map_free(&makers);
    return made && !demo_is_discontinued(truth, sku);
}

static const char *item_status(struct demo_documents *documents, const char *sku,
                               const char *network, int64_t available, bool soon)
{
    const json_t *item = demo_truth_item(documents->truth, sku);
    const char *begin = demo_field_text(item, "preorder_from");
    if (begin && (available > 0 || soon) &&
        !has_begun(documents, network, demo_day_of(begin))) {
        return "preorder";
    }
    if (available > 0) {
        return available <= demo_field_number(item, "low_stock", 5) ? "low_stock" : "in_stock";
    }
    return soon || is_made(documents->truth, sku, network) ? "backorder" : "out_of_stock";
}

static json_t *item_document(struct demo_documents *documents, const char *sku,
                             const char *network)
{
    const struct demo_truth *truth = documents->truth;
    struct demo_map all = places_of(truth, sku);
    struct demo_map places = { 0 };
    const int64_t waits = demo_waits_of(documents, sku, network);
    int64_t available = -waits;
    for (size_t i = 0; i < all.count; i++) {
        const char *location = all.rows[i].name;
        if (demo_is_enabled(truth, location) && demo_in_network(truth, location, network)) {
            (void)demo_map_put(&places, location);
            available += free_at(documents, sku, location, INT32_MIN);
        }
    }
    available = available > 0 ? available : 0;
    json_t *next = next_of(documents, sku, &places, available, waits);
    json_t *document =
        json_pack("{s:s, s:s, s:s, s:I, s:O}", "sku", sku, "network", network, "status",
                  item_status(documents, sku, network, available, !json_is_null(next)),
                  "available", (json_int_t)available, "next", next);
    json_decref(next);
    demo_map_free(&all);
    demo_map_free(&places);
    return document;
}

/* ------------------------------------------------------------------ locations */

struct shown_inbound {
    const char *id;
    int64_t units;
    int32_t eta;
};

/* By eta, those without one last, then by name. */
static int by_eta(const void *left, const void *right)
{
    const struct shown_inbound *a = left;
    const struct shown_inbound *b = right;
    const int64_t a_eta = a->eta == INT32_MIN ? INT64_MAX : a->eta;
    const int64_t b_eta = b->eta == INT32_MIN ? INT64_MAX : b->eta;
    if (a_eta != b_eta) {
        return a_eta < b_eta ? -1 : 1;
    }
    return strcmp(a->id, b->id);
}

static json_t *inbound_of(struct demo_documents *documents, const struct demo_balance *balance)
{
    json_t *out = json_array();
    struct shown_inbound *rows = demo_new((balance->inbound.count + 1) * sizeof *rows);
    size_t count = 0;
    for (size_t i = 0; i < balance->inbound.count; i++) {
        const struct demo_inbound *inbound = balance->inbound.rows[i].value;
        const int64_t units = demo_inbound_open(inbound);
        if (units > 0) {
            rows[count++] = (struct shown_inbound){ balance->inbound.rows[i].name, units,
                                                    inbound->eta };
        }
    }
    qsort(rows, count, sizeof *rows, by_eta);
    const int32_t today = demo_today(documents, balance->location);
    for (size_t i = 0; i < count && i < INBOUND_SHOWN; i++) {
        char date[16] = "";
        const bool dated = rows[i].eta != INT32_MIN;
        if (dated) {
            demo_day_text(rows[i].eta, date);
        }
        (void)json_array_append_new(
            out, json_pack("{s:s, s:I, s:s?, s:b}", "inbound_id", rows[i].id, "quantity",
                           (json_int_t)rows[i].units, "eta", dated ? date : NULL, "overdue",
                           dated && rows[i].eta < today));
    }
    free(rows);
    return out;
}

static int64_t floor_divided(int64_t units, int64_t each)
{
    return units / each - (units % each < 0 ? 1 : 0);
}

/* R12: of a bundle, as many as the components on hand make. */
static int64_t bundles_on_hand(const struct demo_truth *truth, const json_t *recipe,
                               const char *location)
{
    int64_t least = INT64_MAX;
    size_t index;
    json_t *part;
    json_array_foreach(recipe, index, part) {
        const struct demo_balance *balance =
            demo_balance_find(truth, demo_field_text(part, "sku"), location);
        const int64_t whole = floor_divided(balance ? balance->on_hand : 0,
                                            demo_field_number(part, "quantity", 1));
        least = whole < least ? whole : least;
    }
    return least;
}

static json_t *location_document(struct demo_documents *documents, const char *sku,
                                 const char *location)
{
    const struct demo_truth *truth = documents->truth;
    const struct demo_balance *balance = demo_balance_find(truth, sku, location);
    const json_t *recipe = demo_truth_recipe(truth, sku);
    const int64_t available = free_at(documents, sku, location, INT32_MIN);
    struct demo_map place = { 0 };
    (void)demo_map_put(&place, location);
    json_t *next = next_of(documents, sku, &place, available, 0);
    demo_map_free(&place);
    const bool own = balance && !recipe;
    const int64_t on_hand = recipe ? bundles_on_hand(truth, recipe, location)
                            : own  ? balance->on_hand
                                   : 0;
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "sku", sku, "location", location,
        "on_hand", (json_int_t)on_hand, "held", (json_int_t)(own ? balance->held : 0), "allocated",
        (json_int_t)(balance ? balance->allocated : 0), "safety_stock",
        (json_int_t)(recipe ? 0 : demo_safety_of(truth, sku, location)), "available",
        (json_int_t)available, "next", next, "inbound",
        own ? inbound_of(documents, balance) : json_array());
}

/* ------------------------------------------------------------------ names */

static void add_names(struct demo_map *names, const char *sku, const struct demo_map *seconds)
{
    char name[DEMO_NAME_BYTES];
    for (size_t i = 0; i < seconds->count; i++) {
        (void)demo_map_put(names, demo_join(name, sku, seconds->rows[i].name));
    }
}

static void add_item_names(const struct demo_truth *truth, enum topic topic, const char *sku,
                           struct demo_map *names)
{
    struct demo_map seconds = topic == TOPIC_AVAILABILITY_LOCATIONS ? places_of(truth, sku)
                                                                    : networks_of(truth, sku);
    add_names(names, sku, &seconds);
    demo_map_free(&seconds);
}

struct demo_map demo_documents_names(struct demo_documents *documents, enum topic topic)
{
    const struct demo_truth *truth = documents->truth;
    struct demo_map names = { 0 };
    if (topic == TOPIC_PROMISES_LOCATIONS) {
        return demo_site_names(truth);
    }
    if (topic == TOPIC_PROMISES_ORDERS) {
        for (size_t i = 0; i < truth->orders.count; i++) {
            const struct demo_order *order = truth->orders.rows[i].value;
            bool placed = false;
            for (size_t at = 0; at < order->lines.count; at++) {
                placed = placed || ((const struct demo_line *)order->lines.rows[at].value)->sku;
            }
            if (placed) {
                (void)demo_map_put(&names, order->order_id);
            }
        }
        return names;
    }
    for (size_t i = 0; i < truth->skus.count; i++) {
        add_item_names(truth, topic, truth->skus.rows[i].name, &names);
    }
    for (size_t i = 0; i < truth->items.count; i++) {
        if (truth->items.rows[i].value) {
            add_item_names(truth, topic, truth->items.rows[i].name, &names);
        }
    }
    return names;
}

json_t *demo_documents_get(struct demo_documents *documents, enum topic topic, const char *name)
{
    char sku[DEMO_NAME_BYTES];
    if (topic == TOPIC_PROMISES_ORDERS) {
        return demo_order_document(documents, name);
    }
    if (topic == TOPIC_PROMISES_LOCATIONS) {
        return demo_site_document(documents, name);
    }
    (void)snprintf(sku, sizeof sku, "%s", name);
    char *second = strchr(sku, '|');
    CHECK(second);
    *second++ = '\0';
    switch (topic) {
    case TOPIC_AVAILABILITY_ITEMS: return item_document(documents, sku, second);
    case TOPIC_PROMISES_ITEMS: return demo_promise_document(documents, sku, second);
    default: return location_document(documents, sku, second);
    }
}
