/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_MODEL_STATE_H
#define MODEL_MODEL_STATE_H

#include "model/model.h"

/*
 * Inside the model, shared by model*.c only.
 *
 *     model.c            entries, records          model_identity.c   R4
 *     model_stock.c      2.1, R5, R10              model_reference.c  2.4, calendars
 *     model_order.c      2.2, 2.3: what is refused model_replay.c     R2: an order from its facts
 *     model_goods.c      R3, R12: its goods        model_free.c       what is owed, what is free
 *     model_document.c   section 3
 */
enum { SKUS_MAX = 64, SITES_MAX = 32, NETS_MAX = 32, CELLS_MAX = SKUS_MAX * SITES_MAX };
enum { NONE = -1 };

/* The rules whose use is counted. */
#define MODEL_RULES(RULE)                                                                          \
    RULE(R1_MOVEMENT, "R1 movement")                                                               \
    RULE(R2_CANCEL_LINES, "R2 cancel of lines")                                                    \
    RULE(R2_CANCEL_ALL, "R2 cancel of all")                                                        \
    RULE(R2_AMENDED, "R2 amended")                                                                 \
    RULE(R2_PLACED_AGAIN, "R2 placed again")                                                       \
    RULE(R2_OLDER_WORD, "R2 an older word on a quantity or location loses")                        \
    RULE(R2_ASSIGNED, "R2 assigned, open units move")                                              \
    RULE(R2_SHIP_ELSEWHERE, "R2 a shipment takes from other parts")                                \
    RULE(R2_SHIP_UNASSIGNED, "R2 a shipment takes unassigned units")                               \
    RULE(R2_CUT_PARTS, "R2 a cancel or amend takes from parts")                                    \
    RULE(R2_OVER_SHIPPED, "R2 over-shipped line")                                                  \
    RULE(R3_PARKED, "R3 shipment before its order")                                                \
    RULE(R3_WAITS_WHOLE, "R3 a bundle's shipment waits")                                           \
    RULE(R3_REDONE, "R3 goods redone as components")                                               \
    RULE(R3_VOIDED, "R3 shipment voided")                                                          \
    RULE(R3_VOID_FIRST, "R3 voided before it shipped")                                             \
    RULE(R3_SHORTED, "R3 shorted")                                                                 \
    RULE(R3_SHORTED_FIRST, "R3 shorted before it was placed")                                      \
    RULE(R3_SKU_MISMATCH, "R3 shipped sku is not the line's")                                      \
    RULE(R3_NO_DEDUCT, "R3 shipment that does not deduct")                                         \
    RULE(R3_DELIVERED, "R3 delivered")                                                             \
    RULE(R3_RETURN_OF_LINE, "R3 return of a line")                                                 \
    RULE(R3_RETURN_FIRST, "R3 return of an unknown line")                                          \
    RULE(R4_DUPLICATE, "R4 duplicate by id")                                                       \
    RULE(R4_CONFLICT, "R4 conflict by id")                                                         \
    RULE(R4_FORGOTTEN, "R4 id beyond the window counts again")                                     \
    RULE(R4_SHIPMENT_REPEATED, "R4 shipment repeated")                                             \
    RULE(R4_SHIPMENT_CONFLICT, "R4 shipment line in conflict")                                     \
    RULE(R4_SHIPMENT_MIXED, "R4 shipment with known and new lines")                                \
    RULE(R4_VOID_CONFLICT, "R4 shipped after void")                                                \
    RULE(R5_COUNT, "R5 count")                                                                     \
    RULE(R5_LATE_COUNT, "R5 late count in the window")                                             \
    RULE(R5_OLDER_COUNT, "R5 older count loses in the window")                                     \
    RULE(R5_EDGE_COUNT, "R5 count beyond the window holds at its edge")                            \
    RULE(R5_STALE_COUNT, "R5 stale count")                                                         \
    RULE(R5_LATE_MOVEMENT, "R5 movement already in the count")                                     \
    RULE(R5_MERGED, "R5 over 256 movements")                                                       \
    RULE(R6_BACKORDERED, "R6 backordered line")                                                    \
    RULE(R10_EXPECTED, "R10 expected")                                                             \
    RULE(R10_OLDER_WORD, "R10 older word loses")                                                   \
    RULE(R10_FLOW, "R10 transfer or receipt")                                                      \
    RULE(R10_OVERDUE, "R10 overdue inbound")                                                       \
    RULE(R10_FORGOTTEN, "R10 inbound line forgotten")                                              \
    RULE(R10_NEXT, "R10 next")                                                                     \
    RULE(R12_LINE, "R12 line of a bundle")                                                         \
    RULE(R12_DOCUMENT, "R12 document of a bundle")                                                 \
    RULE(R12_REFUSED, "R12 movement of a bundle refused")                                          \
    RULE(R15_ENDED, "R15 order ended")                                                             \
    RULE(R15_UNPLACED_ENDED, "R15 order never placed ended")                                       \
    RULE(R15_TOO_LATE, "R15 too late")                                                             \
    RULE(R15_BEGAN_AGAIN, "R15 ended order begins again")                                          \
    RULE(KEY_GONE, "3 key gone")                                                                   \
    RULE(KEY_TOMBSTONE, "3 key tombstone")                                                         \
    RULE(KEY_BEGAN_AGAIN, "3 key begins again")                                                    \
    RULE(BAD_TIME, "1 bad_time")                                                                   \
    RULE(BAD_QUANTITY, "1 bad_quantity")                                                           \
    RULE(LINE_CONFLICT, "2.2 another sku or recipe")                                               \
    RULE(LINES_OVER, "1 over 2,000 lines")                                                         \
    RULE(HELD_FLOOR, "2.1 released beyond held")                                                   \
    RULE(NOTHING_OPEN, "R2 nothing open")                                                          \
    RULE(REFERENCE_SET, "2.4 described")                                                           \
    RULE(REFERENCE_REMOVED, "2.4 removed")                                                         \
    RULE(ZONE_UNKNOWN, "2.4 unknown time zone")                                                    \
    RULE(STATUS_SOURCING, "line sourcing")                                                         \
    RULE(STATUS_UNFULFILLABLE, "line unfulfillable")                                               \
    RULE(STATUS_AT_RISK, "line at_risk")                                                           \
    RULE(STATUS_PREORDER, "item preorder")                                                         \
    RULE(STATUS_BACKORDER, "item backorder")

#define MODEL_RULE_NAME(name, text) HIT_##name,
enum hit { MODEL_RULES(MODEL_RULE_NAME) HIT_COUNT };

/* Names by number, in order of appearance. */
struct names {
    struct bytes *list;
    int count;
};

struct move {
    int64_t time;
    int64_t quantity;
};

/* One SKU at one location. */
struct cell {
    bool row;                 /* an accepted event named both */
    int64_t held;
    bool counted;
    int64_t count_time;
    int64_t count_from;       /* movements before it are in the count */
    int64_t count_quantity;
    int64_t newest;           /* of counts, movements, shipments */
    int64_t edge;
    struct move *moves;       /* of stock events and of orders that ended */
    size_t move_count;
    int64_t on_hand;          /* as computed last */
    int64_t allocated;
};

enum word_kind { WORD_EXPECTED, WORD_TRANSFER, WORD_RECEIPT };

struct word {
    enum word_kind kind;
    int64_t time;
    int64_t quantity;
    int32_t eta;
};

/* An inbound line: all that was said of it (R10). */
struct inbound {
    int cell;
    struct bytes id;
    struct word *words;
    size_t word_count;
};

/* An accepted event on an order, with what it was applied with. */
struct fact {
    const struct event *event;
    bool deducts;                   /* the location's flag when it was read */
    uint64_t number;                /* R6: of the first line that it places anew */
    const struct recipe **recipes;  /* the catalogue's, per line, when it was read; NULL: none */
};

struct part {
    int site;
    int64_t open;
    int64_t shipped;
};

struct line {
    struct bytes id;
    bool placed;
    int sku;
    const struct recipe *recipe;    /* NULL: none */
    uint64_t number;
    int64_t quantity;
    int64_t quantity_time;
    int site;                       /* assigned; NONE */
    int64_t site_time;
    int64_t asked;
    int64_t shipped;
    int64_t cancelled;
    int64_t open;
    int64_t returned;
    int64_t unassigned;
    struct part parts[SITES_MAX];
    int part_count;
};

/* What one event says of one line of a shipment, or of a return. */
struct load {
    const struct fact *fact;
    struct bytes shipment;
    int line;
    bool parked;                    /* its line was not placed when it was read */
};

/* What the goods of an order do to a cell, at their own time. */
struct shift {
    int load;
    int cell;
    int64_t time;
    int64_t quantity;               /* 0: seen, but the location does not deduct */
    int64_t held;
};

struct mark {
    struct bytes shipment;
    bool is_void;
    bool is_delivered;
};

struct order {
    struct bytes id;
    bool known;                     /* named by an event since it last ended */
    bool ended;                     /* was known before, and ended */
    struct fact *facts;
    size_t fact_count;
    enum key_state state;           /* of its document */
    int64_t ended_ms;
    uint64_t tombstone_sequence;
    /* All below is computed from the facts. */
    int64_t newest;
    struct bytes zone;
    struct bytes network;
    struct bytes service;
    int64_t zone_time;
    int64_t network_time;
    int64_t service_time;
    bool all_cancelled;
    struct line *lines;
    size_t line_count;
    struct load *loads;
    size_t load_count;
    struct mark *marks;
    size_t mark_count;
    struct shift *shifts;
    size_t shift_count;
};

/* A key of availability.items. */
struct offering {
    enum key_state state;
    int64_t ended_ms;
    uint64_t tombstone_sequence;
};

struct identity {
    uint64_t hash;
    char *key;                      /* topic, key, source, id */
    size_t key_bytes;
    char *content;
    size_t content_bytes;
    int64_t timestamp_ms;
    int input;
};

struct input {
    enum topic topic;
    int32_t partition;
    int64_t newest_timestamp_ms;
    int64_t newest_time;            /* of accepted events */
};

struct lane {
    int site;
    struct bytes zone;
    struct bytes service;
};

struct zone {
    struct bytes name;
    const struct zone_rules *rules;
};

/* Units without location, as items see them. */
struct waiting {
    int sku;
    int net;
    int64_t units;
};

struct demand {
    int cell;
    uint64_t number;
    int64_t units;
};

struct model {
    struct settings settings;
    uint64_t sequence;
    int64_t now_ms;
    int64_t as_of;
    uint64_t last_number;
    uint64_t published[OUTPUT_PARTITIONS_MAX];
    uint32_t published_count;
    uint64_t anomalies[ANOMALY_COUNT];
    struct model_hit hits[HIT_COUNT];

    struct names skus;
    struct names sites;
    struct names nets;
    const struct event *items[SKUS_MAX];     /* the catalogue; NULL: never described */
    const struct event *locations[SITES_MAX];
    struct lane *lanes;
    size_t lane_count;
    struct zone *zones;
    size_t zone_count;

    struct cell cells[CELLS_MAX];
    struct inbound *inbounds;
    size_t inbound_count;
    struct order **orders;
    size_t order_count;
    struct offering offerings[SKUS_MAX][NETS_MAX];

    struct input *inputs;
    size_t input_count;
    struct identity *identities;
    size_t identity_count;
    size_t *identity_slots;
    size_t identity_slot_count;

    /* Computed by model_documents(). */
    int64_t shortfall;
    struct waiting *waitings;
    size_t waiting_count;
    struct demand *demands;
    size_t demand_count;
    struct model_document *documents;
    uint32_t document_count;
    void **scratch;
    size_t scratch_count;
};

/* An event on its way in. */
struct arrival {
    const struct event *event;
    int input;
    int64_t timestamp_ms;
    uint32_t refusals;
};

/* Room for one more in a list. */
void *model_grow(void *list, size_t count, size_t row_bytes);
#define PUSH(list, count) ((list) = model_grow((list), (count), sizeof *(list)), &(list)[(count)++])

void model_hit(struct model *model, enum hit hit);
void model_anomaly(struct model *model, enum anomaly anomaly);

int name_find(const struct names *names, struct bytes name);
int name_need(struct names *names, struct bytes name, int count_max);
int sku_need(struct model *model, struct bytes sku);
int site_need(struct model *model, struct bytes location);
int net_need(struct model *model, struct bytes network);

static inline int cell_of(int sku, int site)
{
    return sku * SITES_MAX + site;
}
/* An accepted event names both. */
struct cell *cell_named(struct model *model, int sku, int site);

/* identities */
struct arrival arrival_of(struct model *model, const struct record_place *place,
                             const struct event *event);
const struct identity *identity_known(struct model *model, const struct arrival *arrival);
bool identity_same(const struct identity *identity, const struct event *event);
void identity_use(struct model *model, const struct arrival *arrival);

/* reference */
void reference_apply(struct model *model, struct arrival *arrival);
const struct recipe *catalogue_recipe(const struct model *model, struct bytes sku);
bool site_deducts(const struct model *model, int site);
bool site_enabled(const struct model *model, int site);
bool site_in_net(const struct model *model, int site, int net);
bool site_has_lane(const struct model *model, int site, struct bytes zone, struct bytes service);
bool site_works(const struct model *model, int site, int32_t day);
int32_t site_today(const struct model *model, int site);

/* stock */
enum event_result stock_apply(struct model *model, struct arrival *arrival);
void cell_observe(struct model *model, int cell, int64_t time);
void cell_squeeze(struct model *model, int cell);
void cell_on_hand(struct model *model, int cell);
void inbound_end(struct model *model);
int64_t inbound_open(const struct inbound *inbound);
int32_t inbound_eta(const struct inbound *inbound);

/* orders */
enum event_result order_apply(struct model *model, struct arrival *arrival);
/* NULL: no event named it since it ended. */
struct order *order_known(struct model *model, struct bytes order_id);
void order_too_late(struct model *model, struct arrival *arrival, struct bytes order_id);
/* Adds an accepted event to its order and computes the order anew. */
struct order *order_take(struct model *model, struct bytes order_id, const struct event *event);
void orders_end(struct model *model);
bool order_is_placed(const struct order *order);

/* One order from its facts. */
void order_replay(struct model *model, struct order *order);
void order_forget_facts(struct order *order);
struct line *order_line(struct order *order, struct bytes line_id);
const struct mark *order_mark(const struct order *order, struct bytes shipment_id);
const struct load *order_load(const struct order *order, enum event_type type,
                              struct bytes shipment_id, struct bytes line_id);
bool load_counts(const struct order *order, const struct load *load);
int64_t load_units(const struct order *order, const struct load *load);

/* An order being played through. */
struct replay {
    struct model *model;
    struct order *order;
    const struct fact *fact;
    bool last;              /* the newest fact: only then are hits counted */
};

void replay_hit(const struct replay *replay, enum hit rule);
void replay_shift_load(const struct replay *replay, const struct load *load);

/* free units, as of owed_add_up() */
void owed_add_up(struct model *model);
bool order_fulfillable(const struct model *model, const struct order *order);
const struct item_data *item_of(const struct model *model, int sku);
int64_t safety_of(const struct model *model, int sku, int site);
int64_t free_units(const struct model *model, int sku, int site, int32_t day);
int64_t free_sum(const struct model *model, int sku, const bool *sites, int64_t waiting,
                 int32_t day);
struct document_next free_next(struct model *model, int sku, const bool *sites, int64_t waiting,
                               int64_t available);

#endif
