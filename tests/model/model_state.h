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
 *     model_calendar.c   R8: days, lanes           model_plan.c       R9: capacity by day
 *     model_cover.c      R6, R9: ship days         model_segment.c    R7, R11: segments, offers
 *     model_sourcing.c   R7: where from            model_settle.c     2.6: settle, move
 *     model_document.c   section 3                 model_promise.c    section 3: promises
 */
enum { SKUS_MAX = 64, SITES_MAX = 32, NETS_MAX = 32, CELLS_MAX = SKUS_MAX * SITES_MAX };
enum { NONE = -1 };
enum { DAYS = HORIZON_DAYS + 1 };      /* today and the days that are looked ahead */
#define NO_LIMIT INT64_MAX

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
    RULE(R7_ONE, "R7 (a) one location")                                                            \
    RULE(R7_SPLIT, "R7 (b) several locations")                                                     \
    RULE(R7_FEWEST_SEGMENTS, "R7 (b) the fewest segments decide")                                  \
    RULE(R7_REST, "R7 (c) not covered by segments")                                                \
    RULE(R7_ALL_REST, "R7 (c) nothing covered by segments")                                        \
    RULE(R7_FREE, "R7 a location of the order comes free")                                         \
    RULE(R7_TOGETHER, "R7 lines chosen together")                                                  \
    RULE(R7_EIGHT, "R7 over 8 locations for a line")                                               \
    RULE(R7_GREEDY, "R7 over 16 locations for an order")                                           \
    RULE(R7_SHORTED_OUT, "R7 a location that was short is left out")                               \
    RULE(R7_SHORTED_LAST, "R7 a location that was short comes last")                               \
    RULE(R7_WAITING, "R7 lower lines take segments first")                                         \
    RULE(MOVE_KEPT, "R7 move kept")                                                                \
    RULE(MOVE_REVERTED, "R7 move goes back")                                                       \
    RULE(MOVE_SPENT, "R7 moves are spent")                                                         \
    RULE(R8_GAP, "R8 cut-off in a gap")                                                            \
    RULE(R8_OVERLAP, "R8 cut-off in an overlap")                                                   \
    RULE(R8_SKIPPED, "R8 a day that the zone skipped")                                             \
    RULE(R8_PAST_CUTOFF, "R8 past the cut-off")                                                    \
    RULE(R9_UNITS, "R9 ship day by units")                                                         \
    RULE(R9_LINES, "R9 ship day by lines")                                                         \
    RULE(R9_ORDERS, "R9 ship day by orders")                                                       \
    RULE(R9_UNLIMITED, "R9 ship day without limit")                                                \
    RULE(R9_ORDER_THERE, "R9 the order is on that day already")                                    \
    RULE(R9_SPREAD, "R9 work on several days")                                                     \
    RULE(R9_FULL, "R9 does not fit up to the horizon")                                             \
    RULE(R9_INBOUND, "R9 covered by inbound or made to order")                                     \
    RULE(R9_BACKLOG, "R9 work of past days")                                                       \
    RULE(R9_OVERBOOKED, "R9 overbooked")                                                           \
    RULE(R9_ROUNDED, "R9 an offer is rounded down")                                                \
    RULE(PROMISED_SET, "3 promised_by decided")                                                    \
    RULE(OFFER_UNLIMITED, "3 an offer without limit")                                              \
    RULE(OFFER_MERGED, "3 equal by merge")                                                         \
    RULE(OFFER_FIVE, "3 over four offers")                                                         \
    RULE(OFFER_OVERDUE, "3 an offer rests on overdue inbound")                                     \
    RULE(ZONES_GROUPED, "3 zones share an entry")                                                  \
    RULE(R11_SAFETY, "R11 safety_stock")                                                           \
    RULE(R11_HELD, "R11 held")                                                                     \
    RULE(R11_CAPACITY, "R11 capacity")                                                             \
    RULE(R11_CUTOFF, "R11 cutoff")                                                                 \
    RULE(R11_STOCK, "R11 stock")                                                                   \
    RULE(PICKUP, "3 pickup")                                                                       \
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
    int64_t open;             /* as of owed_add_up(), as are the next two */
    int32_t eta;
    int32_t usable;           /* R10: the day from which it can be promised; DAY_NONE: never */
};

/* Work of a part on a day (R9). */
struct booking {
    int32_t day;
    int64_t work;
};

/* R3: what was decided on an order, repeated whenever it is computed anew. */
enum decision_kind {
    DECISION_PLACED,                /* R7: units without location go to a site */
    DECISION_DATED,                 /* R9: a part gets its ship day */
    DECISION_PROMISED,              /* 3: a line gets its date */
    DECISION_MOVED,                 /* R7: what R7 placed comes off, to be placed anew */
};

struct decision {
    enum decision_kind kind;
    struct bytes line;
    int site;
    int64_t units;                  /* placed */
    int32_t day;                    /* dated, promised */
    int64_t workload;               /* dated */
    struct booking *bookings;       /* dated */
    size_t booking_count;
};

/* An accepted event on an order, with what it was applied with, or a decision. */
struct fact {
    const struct event *event;      /* NULL: a decision */
    struct decision decision;
    bool deducts;                   /* the location's flag when it was read */
    uint64_t number;                /* R6: of the first line that it places anew */
    const struct recipe **recipes;  /* the catalogue's, per line, when it was read; NULL: none */
    int64_t *works;                 /* R9: of a shipment, per line, as the items were when read */
    int32_t day;                    /* of a shipment at its location, as the zone was when read */
};

struct part {
    int site;
    int64_t open;
    int64_t shipped;
    int32_t ship_on;                /* DAY_NONE: none */
    int64_t workload;               /* as it was when it got its ship day */
    struct booking *bookings;       /* by day; their work is open x workload */
    size_t booking_count;
};

/* Shipped work of an order that ended: whoever has its name later is another order. */
struct shipped_work {
    int life;                       /* how often it had ended before */
    struct bytes line;
    int site;
    int32_t day;
    int64_t work;
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
    int32_t own_promised_by;        /* the order brought it; DAY_NONE: none */
    int64_t own_promised_time;
    int32_t promised_by;            /* decided; DAY_NONE: not yet */
    int32_t moves;
    uint32_t shorted;               /* bit of every site that was short of it */
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
    struct fact **facts;
    size_t fact_count;
    struct shipped_work *gone;      /* of its lines, before it last ended */
    size_t gone_count;
    int lives;                      /* how often it has ended */
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
    const struct lane_data *data;
};

/* Whether each day from today is worked, while nothing that it depends on changes. */
struct worked_days {
    const struct event *location;
    const struct zone_rules *rules;
    int32_t today;
    bool known;
    bool days[DAYS];
};

/* R8, R9: what a location can do on each day from today. */
struct plan {
    int site;
    int32_t today;
    int32_t day_zero;               /* DAY_NONE: none to the horizon */
    int32_t day_zero_uncut;         /* had today's cut-off not passed */
    enum capacity_unit unit;
    int32_t processing_days;
    const bool *worked;
    int64_t planned[DAYS];          /* NO_LIMIT */
    int64_t used[DAYS];
    int64_t left[DAYS];             /* NO_LIMIT */
};

struct zone {
    struct bytes name;
    const struct zone_rules *rules;
};

/* Units without location, as items see them. */
struct waiting {
    int sku;
    int net;
    uint64_t number;
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
    bool reference_run;                      /* settle all is due (2.6) */
    uint64_t *prints;                        /* of the SKUs before the event at hand */
    uint64_t published[OUTPUT_PARTITIONS_MAX];
    uint32_t published_count;
    uint64_t anomalies[ANOMALY_COUNT];
    struct model_hit hits[HIT_COUNT];

    struct names skus;
    struct names sites;
    struct names nets;
    const struct event *items[SKUS_MAX];     /* the catalogue; NULL: never described */
    const struct event *locations[SITES_MAX];
    struct worked_days worked[SITES_MAX];
    int64_t named[SITES_MAX];                /* newest time of an event that names the location */
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
int site_number(struct model *model, struct bytes location);
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
bool nets_share_site(const struct model *model, int net_a, int net_b);
int64_t site_priority(const struct model *model, int site);
int64_t workload_of(const struct model *model, int sku);
int32_t preorder_of(const struct model *model, int sku);
bool makes_at(const struct model *model, int sku, int site);
const struct lane_data *site_lane(const struct model *model, int site, struct bytes zone,
                                  struct bytes service);

/* calendars */
const struct zone_rules *site_rules(const struct model *model, int site);   /* NULL: UTC */
int32_t site_today(const struct model *model, int site);
int32_t site_day(const struct model *model, int site, int64_t time_ns);
int64_t site_instant(struct model *model, int site, int32_t day, int32_t minute);   /* ms */
bool site_works(const struct model *model, int site, int32_t day);
const bool *site_worked(struct model *model, int site, int32_t today);
int32_t site_works_from(struct model *model, int site, int32_t day);
int32_t lane_day(const struct lane_data *lane, int32_t ship_on, int32_t transit, int32_t last);

/* capacity */
void plan_make(struct model *model, int site, struct plan *plan);
int32_t plan_from(const struct plan *plan, int32_t day);
int32_t plan_after(const struct plan *plan, int32_t day, int32_t count);
int32_t plan_first_day(const struct plan *plan, int32_t usable, int32_t preorder_from);
int32_t plan_day_left(const struct plan *plan, int32_t day);
bool plan_has_order(struct model *model, const struct plan *plan, const struct order *order,
                    int32_t day);

/* ship days, as of owed_add_up() */
bool cover_last_inbound(struct model *model, const struct plan *plan, const struct line *line,
                        int64_t open, int32_t *out_day);
bool cover_ship_day(struct model *model, const struct order *order, const struct line *line,
                    const struct part *part, struct decision *out_dated);
int32_t made_day(const struct model *model, const struct plan *plan, int sku, int32_t day_zero);

/* What a location could ship on a day. */
struct ship_load {
    int32_t ship_on;
    int64_t units;                  /* NO_LIMIT */
    bool overdue;
};

struct source {
    const struct plan *plan;
    int sku;
    const struct recipe *recipe;    /* NULL: none */
    enum constraint lift;
    bool exact;                     /* R7: capacity is not rounded */
    int32_t day_zero;               /* below: by source_fill() */
    int64_t workload;
    bool discontinued;
    int64_t taken[DAYS];
    struct ship_load *loads;
    size_t load_count;
};
void source_fill(struct model *model, struct source *source);

struct segment {
    int site;
    int32_t ship_on;
    int32_t from;
    int32_t by;
    int64_t units;                  /* NO_LIMIT */
    bool overdue;
    bool last;                      /* behind all others (R7 after shorted) */
    int64_t cost;
    int64_t priority;
    struct bytes name;
    int index;                      /* of the source's loads */
};

struct segments {
    struct segment *list;
    size_t count;
};
void segments_add(const struct model *model, struct segments *segments, const struct source *source,
                  const struct lane_data *lane, bool last);
void segments_sort(struct segments *segments, int64_t waiting);

/* R7, and 2.6 */
void source_order(struct model *model, struct order *order, int only);
void decide(struct model *model, struct order *order, const struct decision *decision);
void settle_before(struct model *model);
void settle_after(struct model *model, const struct event *event);
void settle_reference(struct model *model);
void settle_review(struct model *model);
int32_t promised_by_of(const struct line *line);
int32_t expected_by_of(struct model *model, const struct order *order, const struct line *line);
enum line_status status_of_line(struct model *model, const struct order *order,
                             const struct line *line);

/* stock */
enum event_result stock_apply(struct model *model, struct arrival *arrival);
void cell_observe(struct model *model, int cell, int64_t time);
void cell_squeeze(struct model *model, int cell);
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
const struct line *order_next_line(const struct order *order, const struct line *before);

/* One order from its facts. */
void order_replay(struct model *model, struct order *order);
void order_forget_facts(struct order *order);
void order_forget_last(struct order *order);
struct line *order_line(struct order *order, struct bytes line_id);
const struct mark *order_mark(const struct order *order, struct bytes shipment_id);
const struct load *order_load(const struct order *order, enum event_type type,
                              struct bytes shipment_id, struct bytes line_id);
bool load_counts(const struct order *order, const struct load *load);
int64_t load_units(const struct order *order, const struct load *load);
int64_t load_work(const struct order *order, const struct load *load);

/* An order being played through. */
struct replay {
    struct model *model;
    struct order *order;
    const struct fact *fact;
    bool last;              /* the newest fact: only then are hits counted */
};

void replay_hit(const struct replay *replay, enum hit rule);
void replay_shift_load(const struct replay *replay, const struct load *load);

/* The parts of a line. */
struct part *part_need(struct line *line, int site);
void part_lose(struct part *part, int64_t units);
int64_t line_units(const struct line *line);
void parts_take_shipped(const struct replay *replay, struct line *line, int64_t units, int site);
void parts_take_cut(const struct replay *replay, struct line *line, int64_t units);
void parts_give(const struct replay *replay, struct line *line, int64_t units);
void parts_move_all(const struct replay *replay, struct line *line, int site);
void decision_play(const struct replay *replay);

/* free units, as of owed_add_up() */
void owed_add_up(struct model *model);
bool order_fulfillable(const struct model *model, const struct order *order);
const struct item_data *item_of(const struct model *model, int sku);
int64_t safety_of(const struct model *model, int sku, int site);
bool discontinued(const struct model *model, int sku);
int64_t free_units(struct model *model, int sku, int site, int32_t day);
int64_t free_sum(struct model *model, int sku, const bool *sites, int64_t waiting, int32_t day);
struct document_next free_next(struct model *model, int sku, const bool *sites, int64_t waiting,
                               int64_t available);
int64_t units_waiting(const struct model *model, int sku, int net);

/* documents */
void *scratch(struct model *model, size_t bytes);
struct model_document *add_document(struct model *model, enum key_kind kind, enum key_state state,
                                    uint64_t tombstone_sequence);
void add_promises(struct model *model);

#endif
