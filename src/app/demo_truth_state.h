/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_TRUTH_STATE_H
#define APP_DEMO_TRUTH_STATE_H

#include "app/demo_truth.h"

/* What demo_truth.c and its neighbours keep, and demo_documents.c adds up. Times in nanoseconds. */
enum { DEMO_MOVES_KEPT = 256 };
#define DEMO_NEVER INT64_MIN

struct demo_move {
    int64_t time;
    int64_t units;
};

struct demo_inbound {                 /* R10 */
    int64_t word_time, quantity;
    int64_t eta_time;
    int32_t eta;                      /* INT32_MIN: none */
    int64_t newest;
    struct demo_move *flows;
    size_t flow_count, flow_capacity;
};

struct demo_want {                    /* units that an order line wants of a balance (R6) */
    int64_t number;
    int64_t units;
    bool as_bundle;                   /* of a line that is made of other goods (R12) */
    int64_t before;                   /* what lines with lower numbers want of it */
};

struct demo_balance {
    const char *location;             /* the name of its place */
    int64_t held;
    struct demo_move *moves;
    size_t move_count, move_capacity;
    int64_t count_time, count_from, counted;
    int64_t newest, forced_edge;
    int64_t kept[DEMO_MOVES_KEPT + 1];   /* times, ascending (R5) */
    size_t kept_count;
    struct demo_map inbound;          /* by id: struct demo_inbound */
    struct demo_want *wants;          /* filled by demo_documents_open(): by number */
    size_t want_count, want_capacity;
    int64_t on_hand, allocated;       /* likewise */
};

/* All of one SKU: its balances by location. */
struct demo_sku {
    struct demo_map places;
};

/*
 * Where open units of a line are, and when they ship, as its document shows it: decisions (R3),
 * taken over as they are by demo_decisions.c. A part without units shipped all it had.
 */
struct demo_open {
    const char *location;             /* NULL: units that nobody placed */
    int64_t units;
    int32_t ship_on;                  /* INT32_MIN: none */
};

/* What left or came back with the entries of one SKU in one parcel or return of a line. */
enum demo_taken { DEMO_NOT_TAKEN, DEMO_WAITING, DEMO_TAKEN };
struct demo_goods {
    enum demo_kind kind;              /* shipped, shorted or returned */
    const char *parcel;               /* shipment_id; of returns NULL */
    const char *location;
    const char *sku;
    int64_t units;
    int64_t time;
    bool deducts;
    bool unsellable;
    enum demo_taken taken;
    const json_t *recipe;             /* by which it was taken; NULL: as itself */
    bool undone;                      /* its parcel was voided */
};

struct demo_line {
    const char *line_id;
    const char *sku;                  /* NULL: not placed yet */
    const json_t *recipe;             /* NULL: no bundle */
    int64_t number;
    int64_t quantity, quantity_time;
    const char *location;             /* the last that an event named; NULL: none did */
    int64_t location_time;
    int64_t lost;                     /* units that it could not find, at most (shorted) */
    bool sourced;                     /* at some time units were without a named location (R7) */
    int32_t own_by;                   /* INT32_MIN: the order brought no date */
    int64_t own_by_time;
    int32_t decided_by;               /* the date decided, as the document shows it */
    int64_t asked;                    /* to be cancelled */
    int64_t returned;
    struct demo_open *open;
    size_t open_count, open_capacity;
    struct demo_goods *goods;
    size_t goods_count, goods_capacity;
};

struct demo_order {
    const char *order_id;
    int64_t zone_time, network_time, service_time;
    const char *zone, *network, *service;   /* NULL: not named */
    bool rerouted;                    /* zone, network or service are not the first any more */
    bool cancelled;
    struct demo_map lines;            /* by line_id */
    struct demo_map voided, delivered;   /* by shipment_id */
};

struct demo_identity {
    uint64_t content;
    int32_t partition;                /* topic × DEMO_PARTITIONS + partition */
    int64_t timestamp_ms;
};

enum { DEMO_PARTITIONS = 128 };

struct demo_truth {
    struct demo_truth_settings settings;
    int64_t entry_now_ms;
    int64_t entry_now;                /* decisions are taken at this (2.6), at the entry's begin */
    int64_t newest_time;              /* of all accepted */
    int64_t newest_timestamp_ms[3 * DEMO_PARTITIONS];
    struct demo_map skus, orders, identities;
    struct demo_map locations, lanes, items;   /* json; NULL or absent: not described */
    struct demo_map places;           /* names of locations that events named */
    struct demo_map lanes_ever;       /* lanes that were there at some time */
    struct demo_map networks_ever;    /* "location|network", likewise */
    struct demo_map sourced;          /* SKUs whose balances a decision may have made (R7) */
    struct demo_map capacity;         /* by location: `capacity` as its document shows it, JSON */
    struct demo_map recalendared;     /* locations whose calendar or zone has changed */
    bool workload_changed;            /* of some item that was known */
    struct demo_map texts;            /* texts that others point at */
    json_t **kept;                    /* what recipes point into */
    size_t kept_count, kept_capacity;
    int64_t line_count;
};

/* The balance, made where it is not there yet. */
struct demo_balance *demo_balance_at(struct demo_truth *truth, const char *sku,
                                     const char *location);
struct demo_balance *demo_balance_find(const struct demo_truth *truth, const char *sku,
                                       const char *location);
void demo_balance_move(struct demo_truth *truth, struct demo_balance *balance, int64_t time,
                       int64_t units);
void demo_balance_unmove(struct demo_balance *balance, int64_t time, int64_t units);
enum demo_result demo_balance_count(struct demo_truth *truth, struct demo_balance *balance,
                                    int64_t time, int64_t units);
void demo_balance_close(struct demo_balance *balance);
int64_t demo_inbound_open(const struct demo_inbound *inbound);

/* A copy that lives as long as the truth. */
const char *demo_truth_text(struct demo_truth *truth, const char *text);

/* Holds on to a value for as long as the truth lives. */
void demo_truth_keep(struct demo_truth *truth, json_t *value);

/* The recipe that the catalogue has for a bundle; NULL: it is none. */
const json_t *demo_truth_recipe(const struct demo_truth *truth, const char *sku);
const json_t *demo_truth_item(const struct demo_truth *truth, const char *sku);
const json_t *demo_truth_location(const struct demo_truth *truth, const char *location);

/* Orders and shipments (R2), in demo_truth_order.c. */
/* (The event's data may be kept, but not changed.) */
enum demo_result demo_order_take(struct demo_truth *truth, const struct demo_event *event);
enum demo_result demo_order_returned(struct demo_truth *truth, const struct demo_event *event);
void demo_order_close(struct demo_order *order);

struct demo_totals {
    int64_t open, shipped, cancelled, over_shipped;
};
struct demo_totals demo_line_totals(const struct demo_order *order, const struct demo_line *line);
/* Units that this location has shipped of the line. */
int64_t demo_line_shipped(const struct demo_line *line, const char *location);
bool demo_text_equal(const char *a, const char *b);   /* NULL equals NULL alone */

/* ------------------------------------------------------------------ documents */

enum { DEMO_HORIZON_DAYS = 120 };

/* A location's days from today on (R8). */
struct demo_site {
    int32_t today;
    int32_t day_zero;                 /* of goods there now; INT32_MAX: none, here and below */
    int32_t day_zero_uncut;           /* had today's cut-off not passed */
    int64_t processing;
    bool worked[DEMO_HORIZON_DAYS + 1];
    const char *unit;
    int64_t planned[DEMO_HORIZON_DAYS + 1];   /* -1: no limit */
    int64_t used[DEMO_HORIZON_DAYS + 1];      /* taken over */
};

/* When what ships on today + i arrives; INT32_MAX: no date. */
struct demo_lane {
    int64_t cost;
    int32_t from[DEMO_HORIZON_DAYS + 1];
    int32_t by[DEMO_HORIZON_DAYS + 1];
};

struct demo_way {
    const char *zone, *service;
};

struct demo_documents {
    struct demo_truth *truth;
    int64_t now;                      /* ns */
    struct demo_map days;             /* by time zone: the local day, an int32_t */
    struct demo_map sites;            /* by location: struct demo_site */
    struct demo_map lanes;            /* by lane: struct demo_lane */
    struct demo_map cutoffs;          /* by location: an int64_t */
    struct demo_map site_names;       /* all locations that were ever named */
    struct demo_map waiting;          /* by SKU: struct waits of demo_documents.c */
};

bool demo_in_network(const struct demo_truth *truth, const char *location, const char *network);
bool demo_is_enabled(const struct demo_truth *truth, const char *location);
/* Some enabled location of the order's network has a lane to its zone by its service. */
bool demo_has_lane(const struct demo_truth *truth, const struct demo_order *order);

/* The civil day of an instant at the location; today there. Days are counted from 1970-01-01. */
int32_t demo_day_at(const struct demo_truth *truth, const char *location, int64_t time_ns);
int32_t demo_today(struct demo_documents *documents, const char *location);
const struct demo_site *demo_site_of(struct demo_documents *documents, const char *location);

/* The first working day from `day` on; the count-th after `day`. INT32_MAX: beyond the horizon. */
int32_t demo_worked_from(const struct demo_site *site, int32_t day);
int32_t demo_worked_after(const struct demo_site *site, int32_t day, int64_t count);
/* The first day on which what is usable on a day ships, and not before another (R8). */
int32_t demo_first_day(const struct demo_site *site, int32_t usable, int32_t not_before);
/* The first working day after `eta` (R10); INT32_MAX: never, or beyond the horizon. */
int32_t demo_usable_day(struct demo_documents *documents, const char *location, int32_t eta);
/* When it arrives after `transit` ("min" or "max") days of the lane (R8). */
int32_t demo_arrival(const json_t *lane, const char *transit, int32_t ship_on, int32_t last);

/* The first instant (ms) at which its clocks show this time of the day, or a later one. */
int64_t demo_instant_at(const struct demo_truth *truth, const char *location, int32_t day,
                        const char *time, const char *otherwise);
/* As RFC 3339 with milliseconds; INT64_MAX: null. */
json_t *demo_instant_json(int64_t ms);

/* Sites (contract 3, promises.locations), in demo_sites.c. INT64_MAX: no cut-off. */
void demo_site_fill_capacity(struct demo_documents *documents, const char *location,
                             struct demo_site *site);
/* Days from today to the first that does not hold what is booked there; -1: all do. */
int demo_bookings_compare(struct demo_documents *documents, const char *location);
int64_t demo_cutoff_at(struct demo_documents *documents, const char *location);
int64_t demo_midnight_after(struct demo_documents *documents, const char *location);
/* NULL: there is no such lane. */
const struct demo_lane *demo_lane_days(struct demo_documents *documents, const char *location,
                                       const char *zone, const char *service);
/* Where the network's lanes go, some more than once; to be freed. */
struct demo_way *demo_ways_of(const struct demo_truth *truth, const char *network,
                              size_t *out_count);
struct demo_map demo_site_names(const struct demo_truth *truth);
json_t *demo_site_document(struct demo_documents *documents, const char *location);

/* Units without location that lower what the network can sell; safety stock. */
int64_t demo_waits_of(struct demo_documents *documents, const char *sku, const char *network);
int64_t demo_safety_of(const struct demo_truth *truth, const char *sku, const char *location);
json_t *demo_promise_document(struct demo_documents *documents, const char *sku,
                              const char *network);

/* The lane from the location to where the order goes; NULL: none. */
const json_t *demo_lane_of(const struct demo_truth *truth, const char *location,
                           const struct demo_order *order);
bool demo_is_discontinued(const struct demo_truth *truth, const char *sku);
int32_t demo_preorder_day(const struct demo_truth *truth, const char *sku);   /* INT32_MIN: none */
/* There is or was a balance of it, or of a component. */
bool demo_has_place(const struct demo_truth *truth, const char *sku, const char *location);
/* Whether the location makes the item to order, and when it is usable; INT32_MAX: not. */
bool demo_makes(const struct demo_truth *truth, const char *sku, const char *location);
int32_t demo_made_day(struct demo_documents *documents, const char *sku, const char *location);

/*
 * How the open units of a part are covered (R6, R9) by what is there, comes, or is made: the day on
 * which the last of those that wait for inbound is usable.
 */
struct demo_cover {
    bool now;                         /* all are covered by what is there */
    bool whole;                       /* all are covered */
    int32_t inbound_day;              /* INT32_MIN: none waits for inbound */
};
struct demo_cover demo_cover_of(struct demo_documents *documents, const struct demo_line *line,
                                const struct demo_open *part);

/* When the line is expected as of now (contract 3); INT32_MIN: null. */
int32_t demo_expected_by(struct demo_documents *documents, const struct demo_order *order,
                         const struct demo_line *line);

json_t *demo_order_document(struct demo_documents *documents, const char *order_id);

#endif
