/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What upstream sends: a script of records, made before it is needed, from few names, so that
 * records repeat, contradict and overtake each other. Records of one key keep their order within a
 * topic, as the contract asks; nothing else does.
 */
#include "sim/sim_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/tree.h"

enum {
    SHOP_FIELDS_MAX = 12,
    SHOP_LINES_MAX = 3,
    SHOP_VALUE_BYTES = 8192,
    SHOP_ITEMS = 6,
    SHOP_ORDERS = 12,
    SHOP_SHIPMENTS = 3,
};

static const char *const ITEMS[SHOP_ITEMS] = { "tea", "cup", "pot", "set", "spoon", "sugar" };
static const char *const PLAIN_ITEMS[SIM_PLAIN_ITEMS] = { "plain-1", "plain-2" };
static const char *const LOCATIONS[SIM_LOCATIONS] = { "berlin", "lyon", "w\xc3\xb6rth" };
static const char *const ZONES[2] = { "de", "fr" };
static const char *const SERVICES[2] = { "standard", "express" };
static const char *const LINES[SHOP_LINES_MAX] = { "1", "2", "3" };

const char *sim_plain_item(uint32_t item)
{
    return PLAIN_ITEMS[item];
}

const char *sim_location(uint32_t location)
{
    return LOCATIONS[location];
}

/* ------------------------------------------------------------------ one record in the making */

struct field {
    const char *name;
    char text[64];                   /* empty: a number */
    int64_t number;
};

struct line {
    const char *line_id;
    const char *sku;
    const char *location;
    int64_t quantity;                /* 0: none */
};

struct draft {
    enum topic topic;
    const char *type;                /* NULL: reference data */
    char id[40];
    char key[48];
    int64_t time_ms;
    struct field fields[SHOP_FIELDS_MAX];
    uint32_t field_count;
    struct line lines[SHOP_LINES_MAX];
    uint32_t line_count;
    bool removed;                    /* a null value */
};

static struct sim_random *chance(struct sim *sim)
{
    return &sim->shop.random;
}

static const char *any(struct sim *sim, const char *const *names, uint32_t count)
{
    return names[random_below(chance(sim), count)];
}

static void add_text(struct draft *draft, const char *name, const char *text)
{
    CHECK(draft->field_count < SHOP_FIELDS_MAX && text[0]);
    struct field *field = &draft->fields[draft->field_count++];
    field->name = name;
    (void)snprintf(field->text, sizeof field->text, "%s", text);
}

static void add_number(struct draft *draft, const char *name, int64_t number)
{
    CHECK(draft->field_count < SHOP_FIELDS_MAX);
    draft->fields[draft->field_count++] = (struct field){ .name = name, .number = number };
}

static void add_line(struct draft *draft, struct line line)
{
    for (uint32_t i = 0; i < draft->line_count; i++) {
        if (strcmp(draft->lines[i].line_id, line.line_id) == 0) {
            return;
        }
    }
    draft->lines[draft->line_count++] = line;
}

static void put_text(struct tree *tree, const char *name, const char *text)
{
    if (text) {
        tree_name(tree, name);
        tree_text(tree, bytes_text(text));
    }
}

static void put_lines(struct tree *tree, const struct draft *draft)
{
    tree_name(tree, "lines");
    tree_array(tree, draft->line_count);
    for (uint32_t i = 0; i < draft->line_count; i++) {
        const struct line *line = &draft->lines[i];
        tree_map(tree, 1U + (line->sku != NULL) + (line->location != NULL) + (line->quantity > 0));
        put_text(tree, "line_id", line->line_id);
        put_text(tree, "sku", line->sku);
        put_text(tree, "location", line->location);
        if (line->quantity > 0) {
            tree_name(tree, "quantity");
            tree_int(tree, line->quantity);
        }
        tree_map_end(tree);
    }
    tree_array_end(tree);
}

static void put_data(struct tree *tree, const struct draft *draft)
{
    for (uint32_t i = 0; i < draft->field_count; i++) {
        const struct field *field = &draft->fields[i];
        tree_name(tree, field->name);
        if (field->text[0]) {
            tree_text(tree, bytes_text(field->text));
        } else {
            tree_int(tree, field->number);
        }
    }
    if (draft->line_count) {
        put_lines(tree, draft);
    }
}

static uint32_t data_count(const struct draft *draft)
{
    return draft->field_count + (draft->line_count > 0);
}

static void put_attributes(struct tree *tree, const struct draft *draft)
{
    put_text(tree, "id", draft->id);
    put_text(tree, "source", "/shop");
    put_text(tree, "type", draft->type);
    tree_name(tree, "time");
    tree_int(tree, draft->time_ms);
}

/* ------------------------------------------------------------------ envelopes */

enum envelope { ENVELOPE_BARE, ENVELOPE_STRUCTURED, ENVELOPE_BINARY };

static struct bytes encode(struct sim *sim, const struct draft *draft, enum envelope envelope,
                           enum encoding encoding)
{
    uint8_t room[SHOP_VALUE_BYTES];
    struct buffer out = buffer_of(room, sizeof room);
    struct tree tree = tree_of(encoding, &out);
    if (!draft->type || envelope == ENVELOPE_BINARY) {
        tree_map(&tree, data_count(draft));
        put_data(&tree, draft);
    } else if (envelope == ENVELOPE_BARE) {
        tree_map(&tree, 4 + data_count(draft));
        put_attributes(&tree, draft);
        put_data(&tree, draft);
    } else {
        tree_map(&tree, 6);
        put_text(&tree, "specversion", "1.0");
        put_attributes(&tree, draft);
        tree_name(&tree, "data");
        tree_map(&tree, data_count(draft));
        put_data(&tree, draft);
        tree_map_end(&tree);
    }
    tree_map_end(&tree);
    CHECK(!out.overflowed);
    return sim_copy(sim, buffer_bytes(&out));
}

static void add_headers(struct sim *sim, struct sim_script *record, const struct draft *draft,
                        enum envelope envelope, enum encoding encoding)
{
    struct record_header headers[8];
    uint32_t count = 0;
    char time[24];
    (void)snprintf(time, sizeof time, "%lld", (long long)draft->time_ms);
    if (draft->type && envelope == ENVELOPE_BINARY) {
        headers[count++] =
            (struct record_header){ bytes_text("ce_specversion"), bytes_text("1.0") };
        headers[count++] = (struct record_header){ bytes_text("ce_id"), bytes_text(draft->id) };
        headers[count++] = (struct record_header){ bytes_text("ce_source"), bytes_text("/shop") };
        headers[count++] = (struct record_header){ bytes_text("ce_type"), bytes_text(draft->type) };
        headers[count++] = (struct record_header){ bytes_text("ce_time"), bytes_text(time) };
    }
    if (random_percent(chance(sim), 50)) {
        headers[count++] = (struct record_header){
            bytes_text("content-type"),
            bytes_text(encoding == ENCODING_JSON ? "application/json" : "application/msgpack")
        };
    }
    const struct sim_record copy =
        sim_record_copy(sim, bytes_of(NULL, 0), bytes_of(NULL, 0), headers, count);
    record->headers = copy.headers;
    record->header_count = copy.header_count;
}

/* Under `event` an absent one counts as 0 (contract 2.5): then every time is ahead of it. */
static int64_t timestamp_of(struct sim *sim, int64_t at_us)
{
    const int64_t sent_ms = sim->start_ms + at_us / 1000;
    switch (random_below(chance(sim), 50)) {
    case 0: return sim->settings.clock == WORLD_CLOCK_WALL ? -1 : sent_ms;
    case 1: return sent_ms + 5000;
    default: return sent_ms - random_below(chance(sim), 50);
    }
}

/* Records of one key never overtake each other in their topic. */
static int64_t not_before_its_key(const struct sim_shop *shop, enum topic topic, uint64_t key_hash,
                                  int64_t at_us)
{
    for (uint32_t i = 0; i < shop->count; i++) {
        const struct sim_script *other = &shop->script[i];
        if (other->topic == topic && other->key_hash == key_hash && other->at_us >= at_us) {
            at_us = other->at_us + 1;
        }
    }
    return at_us;
}

static struct sim_script *script_add(struct sim *sim, enum topic topic, struct bytes key,
                                     int64_t at_us)
{
    struct sim_shop *shop = &sim->shop;
    uint64_t capacity = shop->capacity;
    shop->script = sim_grow(shop->script, &capacity, shop->count + UINT64_C(1),
                            sizeof *shop->script);
    shop->capacity = (uint32_t)capacity;
    struct sim_script *record = &shop->script[shop->count];
    *record = (struct sim_script){ .topic = topic,
                                   .key = sim_copy(sim, key),
                                   .key_hash = hash_bytes(key, 0) };
    record->at_us = not_before_its_key(shop, topic, record->key_hash, at_us);
    record->timestamp_ms = timestamp_of(sim, record->at_us);
    shop->count++;
    return record;
}

static struct sim_script *send(struct sim *sim, const struct draft *draft, int64_t at_us)
{
    const enum envelope envelope = (enum envelope)random_below(chance(sim), 3);
    const enum encoding encoding = random_percent(chance(sim), 50) ? ENCODING_JSON
                                                                   : ENCODING_MSGPACK;
    struct sim_script *record = script_add(sim, draft->topic, bytes_text(draft->key), at_us);
    if (!draft->removed) {
        record->value = encode(sim, draft, envelope, encoding);
        add_headers(sim, record, draft, envelope, encoding);
    }
    return record;
}

/* ------------------------------------------------------------------ events */

static struct draft draft_of(struct sim *sim, enum topic topic, const char *type, int64_t at_us)
{
    struct draft draft = { .topic = topic, .type = type };
    const uint32_t late_ms = random_percent(chance(sim), 80) ? 300 : 20000;
    draft.time_ms = sim->start_ms + at_us / 1000 - random_below(chance(sim), late_ms);
    (void)snprintf(draft.id, sizeof draft.id, "%s-%u", type ? type : "reference",
                   sim->shop.serial++);
    return draft;
}

static void key_by(struct draft *draft, const char *name, const char *key)
{
    (void)snprintf(draft->key, sizeof draft->key, "%s", key);
    add_text(draft, name, key);
}

static struct draft stock(struct sim *sim, int64_t at_us)
{
    static const char *const TYPES[] = { "stock.received", "stock.received", "stock.adjusted",
                                         "stock.counted",  "stock.held",     "stock.released",
                                         "stock.returned", "stock.transferred",
                                         "inbound.expected" };
    const char *type = TYPES[random_below(chance(sim), 9)];
    struct draft draft = draft_of(sim, TOPIC_STOCK, type, at_us);
    key_by(&draft, "sku", any(sim, ITEMS, SHOP_ITEMS));
    add_text(&draft, "location", any(sim, LOCATIONS, SIM_LOCATIONS));
    add_number(&draft, "quantity", 1 + random_below(chance(sim), 20));
    char inbound[8];
    (void)snprintf(inbound, sizeof inbound, "in-%u", random_below(chance(sim), 4));
    if (strcmp(type, "inbound.expected") == 0 || strcmp(type, "stock.received") == 0) {
        add_text(&draft, "inbound_id", inbound);
    }
    if (strcmp(type, "inbound.expected") == 0 && random_percent(chance(sim), 70)) {
        char eta[16];
        (void)snprintf(eta, sizeof eta, "2026-03-0%u", 1 + random_below(chance(sim), 9));
        add_text(&draft, "eta", eta);
    }
    if (strcmp(type, "stock.transferred") == 0) {
        add_text(&draft, "to", any(sim, LOCATIONS, SIM_LOCATIONS));
        add_text(&draft, "transfer_id", inbound);
        add_text(&draft, "eta", "2026-03-05");
    }
    return draft;
}

static struct draft plain_stock(struct sim *sim, int64_t at_us)
{
    const uint32_t item = random_below(chance(sim), SIM_PLAIN_ITEMS);
    const uint32_t location = random_below(chance(sim), SIM_LOCATIONS);
    const int64_t quantity = 1 + random_below(chance(sim), 9);
    const bool falls = random_percent(chance(sim), 30);
    struct draft draft =
        draft_of(sim, TOPIC_STOCK, falls ? "stock.adjusted" : "stock.received", at_us);
    key_by(&draft, "sku", PLAIN_ITEMS[item]);
    add_text(&draft, "location", LOCATIONS[location]);
    add_number(&draft, "quantity", falls ? -quantity : quantity);
    sim->shop.plain[item][location] += falls ? -quantity : quantity;
    return draft;
}

static void name_order(struct sim *sim, struct draft *draft)
{
    char order[12];
    (void)snprintf(order, sizeof order, "o-%u", random_below(chance(sim), SHOP_ORDERS));
    key_by(draft, "order_id", order);
}

static void name_lines(struct sim *sim, struct draft *draft, bool sku, bool location, bool quantity)
{
    const uint32_t count = 1 + random_below(chance(sim), SHOP_LINES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = random_below(chance(sim), SHOP_LINES_MAX);
        const uint32_t item =
            (uint32_t)(hash_bytes(bytes_text(draft->key), at) % SHOP_ITEMS);
        const char *const place = location ? any(sim, LOCATIONS, SIM_LOCATIONS) : NULL;
        const int64_t units = 1 + random_below(chance(sim), 5);
        const bool wrong = random_percent(chance(sim), 3);
        add_line(draft, (struct line){ LINES[at],
                                       sku ? ITEMS[wrong ? (item + 1) % SHOP_ITEMS : item] : NULL,
                                       place, quantity ? units : 0 });
    }
}

static struct draft order(struct sim *sim, int64_t at_us)
{
    static const char *const TYPES[] = { "order.placed", "order.placed", "order.placed",
                                         "order.amended", "order.cancelled", "order.assigned" };
    const uint32_t kind = random_below(chance(sim), 6);
    struct draft draft = draft_of(sim, TOPIC_ORDERS, TYPES[kind], at_us);
    name_order(sim, &draft);
    if (kind < 3) {
        add_text(&draft, "zone", any(sim, ZONES, 2));
        if (random_percent(chance(sim), 30)) {
            add_text(&draft, "network", "web");
        }
        if (random_percent(chance(sim), 30)) {
            add_text(&draft, "service", SERVICES[1]);
        }
        name_lines(sim, &draft, true, random_percent(chance(sim), 40), true);
    } else if (kind == 5) {
        name_lines(sim, &draft, false, true, false);
    } else if (kind == 3 || random_percent(chance(sim), 60)) {
        name_lines(sim, &draft, false, false, true);
    }
    return draft;
}

static struct draft shipment(struct sim *sim, int64_t at_us)
{
    static const char *const TYPES[] = { "shipment.shipped", "shipment.shipped",
                                         "shipment.shorted", "shipment.voided",
                                         "shipment.delivered" };
    const uint32_t kind = random_below(chance(sim), 5);
    struct draft draft = draft_of(sim, TOPIC_SHIPMENTS, TYPES[kind], at_us);
    name_order(sim, &draft);
    char id[64];
    (void)snprintf(id, sizeof id, "%s-s%u", draft.key, random_below(chance(sim), SHOP_SHIPMENTS));
    add_text(&draft, "shipment_id", id);
    if (kind < 3) {
        add_text(&draft, "location", any(sim, LOCATIONS, SIM_LOCATIONS));
        name_lines(sim, &draft, true, false, true);
    }
    return draft;
}

/* ------------------------------------------------------------------ reference data */

static void send_json(struct sim *sim, enum topic topic, const char *key, int64_t at_us,
                      const char *json)
{
    struct sim_script *record = script_add(sim, topic, bytes_text(key), at_us);
    record->value = json ? sim_copy(sim, bytes_text(json)) : bytes_of(NULL, 0);
}

/* Days fill with a few orders. */
static void put_capacity(struct sim *sim, char *text, size_t bytes)
{
    static const char *const UNITS[] = { "units", "lines", "orders" };
    struct sim_random *random = chance(sim);
    text[0] = '\0';
    if (random_percent(random, 70)) {
        (void)snprintf(text, bytes,
                       ",\"capacity\":{\"unit\":\"%s\",\"per_day\":%u,"
                       "\"overrides\":{\"2026-03-0%u\":%u}}",
                       any(sim, UNITS, 3), random_below(random, 12), 2 + random_below(random, 5),
                       random_below(random, 6));
    }
}

static void send_location(struct sim *sim, int64_t at_us)
{
    struct sim_random *random = chance(sim);
    const char *location = any(sim, LOCATIONS, SIM_LOCATIONS);
    char json[640];
    char capacity[160];
    put_capacity(sim, capacity, sizeof capacity);
    (void)snprintf(json, sizeof json,
                   "{\"location\":\"%s\",\"time_zone\":\"%s\",\"networks\":[\"default\"%s],"
                   "\"enabled\":%s,\"safety_stock\":%u,\"shipments_deduct_stock\":%s,"
                   "\"processing_days\":%u,\"pickup\":%s,\"priority\":%u%s,"
                   "\"calendar\":{\"closed\":[\"2026-03-0%u\"]}}",
                   location, random_percent(random, 60) ? "Europe/Berlin" : "UTC",
                   random_percent(random, 50) ? ",\"web\"" : "",
                   random_percent(random, 85) ? "true" : "false", random_below(random, 4),
                   random_percent(random, 80) ? "true" : "false", random_below(random, 3),
                   random_percent(random, 50) ? "true" : "false", random_below(random, 200),
                   capacity, 3 + random_below(random, 6));
    send_json(sim, TOPIC_LOCATIONS, location, at_us, random_percent(random, 10) ? NULL : json);
}

static void send_lane(struct sim *sim, int64_t at_us)
{
    struct sim_random *random = chance(sim);
    const char *location = any(sim, LOCATIONS, SIM_LOCATIONS);
    const char *zone = any(sim, ZONES, 2);
    const char *service = SERVICES[random_percent(random, 30)];
    char key[64];
    char json[256];
    (void)snprintf(key, sizeof key, "%s|%s|%s", location, zone, service);
    (void)snprintf(json, sizeof json,
                   "{\"location\":\"%s\",\"zone\":\"%s\",\"service\":\"%s\","
                   "\"transit_days\":{\"min\":1,\"max\":%u},\"cost\":%u}",
                   location, zone, service, 1 + random_below(random, 4),
                   random_below(random, 900));
    send_json(sim, TOPIC_LANES, key, at_us, random_percent(random, 25) ? NULL : json);
}

static void send_item(struct sim *sim, int64_t at_us)
{
    struct sim_random *random = chance(sim);
    const char *item = any(sim, ITEMS, SHOP_ITEMS);
    const bool bundle = strcmp(item, "set") == 0;
    char json[256];
    char dated[64] = "";
    if (random_percent(random, 15)) {
        (void)snprintf(dated, sizeof dated, ",\"preorder_from\":\"2026-03-0%u\"",
                       1 + random_below(random, 9));
    }
    (void)snprintf(json, sizeof json,
                   "{\"sku\":\"%s\",\"low_stock\":%u,\"workload\":%u,\"discontinued\":%s%s%s%s}",
                   item,
                   random_below(random, 9), 1 + random_below(random, 3),
                   random_percent(random, 10) ? "true" : "false", dated,
                   bundle ? ",\"bundle\":[{\"sku\":\"cup\",\"quantity\":2},"
                            "{\"sku\":\"pot\",\"quantity\":1}]"
                          : "",
                   random_percent(random, 20) ? ",\"made_to_order\":{\"lead_days\":3}" : "");
    send_json(sim, TOPIC_CATALOG, item, at_us, random_percent(random, 15) ? NULL : json);
}

/* ------------------------------------------------------------------ records to be refused */

static void spoil(struct sim *sim, const struct draft *draft, int64_t at_us)
{
    struct draft spoiled = *draft;
    struct sim_script *record;
    switch (random_below(chance(sim), 7)) {
    case 0:
        record = send(sim, &spoiled, at_us);
        record->value.count /= 2;
        break;
    case 1:
        record = send(sim, &spoiled, at_us);
        record->value = bytes_of(NULL, 0);
        break;
    case 2:
        spoiled.time_ms = INT64_C(900000000000);
        (void)send(sim, &spoiled, at_us);
        break;
    case 3:
        spoiled.topic = spoiled.topic == TOPIC_STOCK ? TOPIC_ORDERS : TOPIC_STOCK;
        (void)send(sim, &spoiled, at_us);
        break;
    case 4:
        spoiled.fields[0].text[0] = ' ';
        (void)send(sim, &spoiled, at_us);
        break;
    case 5:
        spoiled.type = "stock.unheard_of";
        (void)send(sim, &spoiled, at_us);
        break;
    default: {
        uint8_t noise[3000];
        memset(noise, 0xc1, sizeof noise);
        record = send(sim, &spoiled, at_us);
        record->value = sim_copy(sim, bytes_of(noise, 1 + random_below(chance(sim), 2999)));
        break;
    }
    }
}

/* ------------------------------------------------------------------ the script */

static int64_t disorder_us(struct sim *sim)
{
    if (!sim_may(sim, FAULT_DISORDER) || random_percent(chance(sim), 60)) {
        return 0;
    }
    return random_between(chance(sim), 0, 4000000);
}

/* Sent again, as it was; its key may come from another producer with another id and content. */
static void send_again(struct sim *sim, const struct sim_script *record, int64_t at_us)
{
    const struct sim_script first = *record;
    struct sim_script *again =
        script_add(sim, first.topic, first.key, at_us + random_between(chance(sim), 1, 3000000));
    again->value = first.value;
    again->headers = first.headers;
    again->header_count = first.header_count;
}

static void send_reference(struct sim *sim, int64_t at_us)
{
    switch (random_below(chance(sim), 3)) {
    case 0: send_location(sim, at_us); break;
    case 1: send_lane(sim, at_us); break;
    default: send_item(sim, at_us); break;
    }
}

static void send_one(struct sim *sim, int64_t at_us)
{
    const uint32_t kind = random_below(chance(sim), 100);
    struct draft draft;
    if (kind < 14) {
        send_reference(sim, at_us);
        return;
    }
    if (kind < 38) {
        draft = stock(sim, at_us);
    } else if (kind < 50) {
        draft = plain_stock(sim, at_us);
    } else {
        draft = kind < 80 ? order(sim, at_us) : shipment(sim, at_us);
    }
    const bool is_plain = kind >= 38 && kind < 50;
    at_us += disorder_us(sim);
    if (!is_plain && sim_may(sim, FAULT_MALFORMED) && random_percent(chance(sim), 8)) {
        spoil(sim, &draft, at_us);
        return;
    }
    const struct sim_script *record = send(sim, &draft, at_us);
    if (sim_may(sim, FAULT_DUPLICATE) && random_percent(chance(sim), 12)) {
        send_again(sim, record, at_us);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct sim_script *left = a;
    const struct sim_script *right = b;
    return (left->at_us > right->at_us) - (left->at_us < right->at_us);
}

void sim_shop_open(struct sim *sim, uint32_t events, int64_t from_us, int64_t until_us)
{
    struct sim_shop *shop = &sim->shop;
    CHECK(shop->next == shop->count);
    shop->count = 0;
    shop->next = 0;
    for (uint32_t i = 0; i < events; i++) {
        send_one(sim, random_between(chance(sim), from_us, until_us));
    }
    /* No two stand at the same instant for one key, so the order is one. */
    qsort(shop->script, shop->count, sizeof *shop->script, by_time);
}

int64_t sim_shop_next(const struct sim *sim)
{
    const struct sim_shop *shop = &sim->shop;
    return shop->next < shop->count ? shop->script[shop->next].at_us : INT64_MAX;
}

static int32_t partition_of_key(struct sim *sim, enum topic topic, uint64_t key_hash)
{
    struct sim_shop *shop = &sim->shop;
    const uint64_t hash = hash_pair(key_hash, topic);
    for (uint32_t i = 0; i < shop->placed_count; i++) {
        if (shop->placed_hash[i] == hash) {
            return shop->placed_partition[i];
        }
    }
    CHECK(shop->placed_count < SIM_KEYS_MAX);
    const int32_t partition = (int32_t)(hash % (uint64_t)sim->partition_counts[topic]);
    shop->placed_hash[shop->placed_count] = hash;
    shop->placed_partition[shop->placed_count++] = partition;
    return partition;
}

void sim_shop_step(struct sim *sim)
{
    struct sim_shop *shop = &sim->shop;
    while (shop->next < shop->count && shop->script[shop->next].at_us <= sim->now_us) {
        const struct sim_script *script = &shop->script[shop->next++];
        const int32_t partition = partition_of_key(sim, script->topic, script->key_hash);
        (void)sim_append(sim, &sim->logs[script->topic][partition],
                         (struct sim_record){ .timestamp_ms = script->timestamp_ms,
                                              .key = script->key,
                                              .value = script->value,
                                              .headers = script->headers,
                                              .header_count = script->header_count });
    }
}
