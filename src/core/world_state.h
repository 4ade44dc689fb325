/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WORLD_STATE_H
#define CORE_WORLD_STATE_H

#include "base/quantity.h"
#include "core/balance.h"
#include "core/dedupe.h"
#include "core/due.h"
#include "core/item.h"
#include "core/network.h"
#include "core/order.h"
#include "core/promise.h"
#include "core/site.h"
#include "core/text.h"
#include "core/world.h"

/*
 * Inside the world: its tables, and the functions by which its rooms meet. Shared by world*.c only.
 *
 *     world.c            entries, records, counters, keys     world_stock.c      2.1, R1 R5 R10
 *     world_order.c      2.2, R2 R6                           world_shipment.c   2.3, R2 R3
 *     world_reference.c  2.4                                  world_time.c       endings, R15
 *     world_settle.c     2.6, who is decided on when          world_sourcing.c   R7
 *     world_ship.c       R9, the ship day of a part           world_move.c       R7, move
 *     world_site.c       R8, locations in time                world_book.c       R9, capacity
 *     world_supply.c     what can be sold of what from when   world_ways.c       zones by lanes
 *     world_derive.c     documents                            world_promise.c    offers, R11
 *     world_location.c   promises.locations                   world_explain.c    why
 *     world_names.c      names to rows                        world_keys.c       document keys
 *     world_tables.c     the tables as a whole
 */

/* What exists once. One row of a table, so that it is part of the state. */
struct header {
    uint32_t live;
    uint32_t rejected_first;
    uint32_t rejected_last;
    uint32_t ended_first;
    uint32_t ended_last;
    uint32_t published_count;
    uint32_t parked_count;
    uint32_t parked_alarms;
    uint32_t waiting_first;     /* orders with a waiting line */
    uint32_t risk_first;        /* orders promised later than they asked */
    uint32_t short_first;       /* balances that owe more than is there */
    uint32_t risk_unknown;      /* locations or lanes changed: any line may be at risk */
    uint64_t sequence;
    uint64_t shared_changed;
    uint64_t sites_changed;
    uint64_t capacity_changed;  /* marks of a book */
    int64_t review_ms;          /* when a review is due; INT64_MAX: not */
    uint64_t last_line_number;
    uint64_t last_rejected_number;
    int64_t now_ms;
    int64_t as_of;
    int64_t shortfall;
    struct settings settings;
    uint64_t promises_kept;
    uint64_t promises_missed;
    uint64_t anomalies[ANOMALY_COUNT + (ANOMALY_COUNT & 1)];
    uint64_t events[TOPIC_INPUT_COUNT][EVENT_TYPE_COUNT][RESULT_COUNT];
};

/* A refused record (contract 1). */
struct rejected_row {
    uint32_t live;
    uint32_t next;
    uint32_t topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    int64_t journal_offset;
    uint64_t sequence;
    uint64_t number;
    uint32_t refusal;
    uint32_t detail_bytes;
    char detail[REJECT_DETAIL_BYTES];
};

/* An ended key whose tombstone is due: forgotten once all partitions have published it. */
struct ended {
    uint32_t live;
    uint32_t next;
    uint32_t kind;      /* enum key_kind */
    uint32_t row;
    uint64_t sequence;
};

/* The watermark of output partition (row - 1). */
struct published {
    uint32_t live;
    uint32_t pad;
    uint64_t sequence;
};

/* name, row type, in which member of struct world, share of the scale's row count */
#define WORLD_PLAIN_TABLES(TABLE)                                                                  \
    TABLE(headers, struct header, 2)                                                               \
    TABLE(locations, struct location, 1 << 22)                                                     \
    TABLE(location_days, struct location_days, 1 << 20)                                            \
    TABLE(members, struct member, 1 << 22)                                                         \
    TABLE(networks, struct network, 1 << 20)                                                       \
    TABLE(labels, struct label, 1 << 26)                                                           \
    TABLE(location_capacities, struct location_capacity, 1 << 20)                                  \
    TABLE(books, struct book, 1 << 22)                                                             \
    TABLE(bookings, struct booking, 1 << 28)                                                       \
    TABLE(presences, struct presence, 1 << 28)                                                     \
    TABLE(pendings, struct pending, 1 << 26)                                                       \
    TABLE(traces, struct trace, 1 << 26)                                                           \
    TABLE(lanes, struct lane, 1 << 24)                                                             \
    TABLE(carriages, struct carriage, 1 << 20)                                                     \
    TABLE(routes, struct route, 1 << 26)                                                           \
    TABLE(zones, struct time_zone, 1 << 10)                                                        \
    TABLE(items, struct item, 1 << 26)                                                             \
    TABLE(components, struct component, 1 << 27)                                                   \
    TABLE(safeties, struct safety, 1 << 26)                                                        \
    TABLE(makers, struct maker, 1 << 24)                                                           \
    TABLE(uses, struct use, 1 << 24)                                                               \
    TABLE(offerings, struct offering, 1 << 27)                                                     \
    TABLE(waitings, struct waiting, 1 << 26)                                                       \
    TABLE(inbounds, struct inbound, 1 << 27)                                                       \
    TABLE(flows, struct flow, 1 << 27)                                                             \
    TABLE(orders, struct order, 1 << 27)                                                           \
    TABLE(lines, struct line, 1 << 28)                                                             \
    TABLE(parts, struct part, 1 << 28)                                                             \
    TABLE(shipments, struct shipment, 1 << 27)                                                     \
    TABLE(entries, struct entry, 1 << 28)                                                          \
    TABLE(goods, struct goods, 1 << 28)                                                            \
    TABLE(rejecteds, struct rejected_row, 1 << 24)                                                 \
    TABLE(endeds, struct ended, 1 << 27)                                                           \
    TABLE(publisheds, struct published, OUTPUT_PARTITIONS_MAX + 2)

#define VOIDED (UINT32_C(1) << 31)

/* An order to be settled; they come by their lowest line number (2.6). */
struct concerned {
    uint64_t number;
    uint32_t order;
    uint32_t pad;
};

/* What the event at hand changed; may name a row twice. */
struct changes {
    uint32_t *balances;
    uint32_t *items;
    struct concerned *orders;      /* to be settled, see world_settle.c */
    uint32_t *shipped;             /* entries that shipped, or with VOIDED never did */
    uint32_t shipped_count;
    uint32_t balance_count;
    uint32_t item_count;
    uint32_t order_count;
    uint32_t order_at;             /* the one being settled */
    uint32_t count_max;
    bool closed;                   /* what settle itself changes concerns nobody anew */
};

enum { LINE_SEGMENTS_MAX = 4096 };

/* Zones of a network that the same locations serve by equal lanes: their offers are the same. */
struct way {
    uint32_t carriage;
    uint32_t location;
    int64_t cost;
};
struct way_class {
    struct bytes service;
    const struct bytes *zones;     /* by bytes */
    const uint32_t *zone_labels;   /* of the same */
    uint32_t zone_count;
    uint32_t way_count;
    uint32_t service_label;
    const struct way *ways;        /* one an enabled location, by its row */
};
struct network_ways {
    const struct way_class *classes;   /* by service, then by first zone */
    uint32_t class_count;
};

/*
 * Views: what is computed from the tables and shared by all derivations. `sites` and `arrivals` are
 * as of now; `ways` are made anew when lanes, locations or networks changed (world_refresh()).
 */
struct site_facts {
    int32_t ships_on;              /* one unit of work ordered now; DAY_NONE */
    int64_t cutoff_ms;             /* contract 3, `cutoff_at`; INSTANT_NONE */
};
enum site_state { SITE_FRESH, SITE_STALE, SITE_FRESHENED };   /* the last: still in the list */
struct candidate_mark {
    uint64_t stamp;                /* of the order */
    uint64_t source_stamp;         /* of the line that it is a source of */
    uint32_t index;
};
struct views {
    struct site *sites;            /* by location row */
    struct site_facts *facts;      /* of the same */
    uint8_t *site_state;           /* enum site_state */
    uint32_t *stale;               /* rows that are not SITE_FRESH */
    uint32_t stale_count;
    struct lane_days *arrivals;    /* by carriage row */
    int32_t arrivals_base;         /* DAY_NONE: none is computed */
    struct arena ways_arena;
    struct network_ways *ways;     /* by network row */
    bool ways_stale;
    /* Whether a location is a candidate of the order being sourced: the stamp tells (R7). */
    struct candidate_mark *candidates;
    uint64_t candidate_stamp;
    struct candidate_mark *resorts;    /* by route: R7 (c), of the pass of *move* at hand */
    uint64_t resort_stamp;
    struct segment *segments;      /* of the line being sourced */
};

#define WORLD_TABLE_MEMBER(name, row, count) struct table name;

struct world {
    WORLD_PLAIN_TABLES(WORLD_TABLE_MEMBER)
    struct table due;
    struct texts texts;
    struct dedupe dedupe;
    struct balances balances;
    struct map items_by_name;
    struct map locations_by_name;
    struct map networks_by_name;
    struct map labels_by_name;
    struct map lanes_by_key;
    struct map routes_by_key;
    struct map orders_by_name;
    struct map lines_by_name;
    struct map shipments_by_name;
    struct map inbounds_by_name;
    struct map carriages_by_terms;
    struct map presences_by_key;
    struct arena spill;
    /* Not state: what the entry at hand changed, and marks of the run at hand. */
    struct document_key *touched;
    uint32_t touched_count;
    uint32_t touched_count_max;
    bool routes_stale;
    bool reference_run;            /* reference records were applied since the last settle all */
    /* The event at hand: balances and items of which it changed something (2.6). */
    struct changes changes;
    struct trace_record at_hand;   /* the record being applied */
    struct arena scratch;
    /* Computed from the state once per change, the same on every process. */
    struct views views;
};

/* Row access: `world_item(world, row)` reads, `world_item_edit(world, row)` changes. */
#define WORLD_ROW_ACCESS(name, table, row_type)                                                    \
    static inline const struct row_type *name##_at(const struct world *world, uint32_t row)        \
    {                                                                                              \
        return table_row(&world->table, row);                                                      \
    }                                                                                              \
    static inline struct row_type *name##_edit(struct world *world, uint32_t row)                  \
    {                                                                                              \
        return table_edit(&world->table, row);                                                     \
    }
WORLD_ROW_ACCESS(location, locations, location)
WORLD_ROW_ACCESS(location_days, location_days, location_days)
WORLD_ROW_ACCESS(member, members, member)
WORLD_ROW_ACCESS(network, networks, network)
WORLD_ROW_ACCESS(label, labels, label)
WORLD_ROW_ACCESS(location_capacity, location_capacities, location_capacity)
WORLD_ROW_ACCESS(book, books, book)
WORLD_ROW_ACCESS(booking, bookings, booking)
WORLD_ROW_ACCESS(presence, presences, presence)
WORLD_ROW_ACCESS(pending, pendings, pending)
WORLD_ROW_ACCESS(trace, traces, trace)
WORLD_ROW_ACCESS(lane, lanes, lane)
WORLD_ROW_ACCESS(carriage, carriages, carriage)
WORLD_ROW_ACCESS(route, routes, route)
WORLD_ROW_ACCESS(time_zone, zones, time_zone)
WORLD_ROW_ACCESS(item, items, item)
WORLD_ROW_ACCESS(component, components, component)
WORLD_ROW_ACCESS(safety, safeties, safety)
WORLD_ROW_ACCESS(maker, makers, maker)
WORLD_ROW_ACCESS(use, uses, use)
WORLD_ROW_ACCESS(offering, offerings, offering)
WORLD_ROW_ACCESS(waiting, waitings, waiting)
WORLD_ROW_ACCESS(inbound, inbounds, inbound)
WORLD_ROW_ACCESS(flow, flows, flow)
WORLD_ROW_ACCESS(order, orders, order)
WORLD_ROW_ACCESS(line, lines, line)
WORLD_ROW_ACCESS(part, parts, part)
WORLD_ROW_ACCESS(shipment, shipments, shipment)
WORLD_ROW_ACCESS(entry, entries, entry)
WORLD_ROW_ACCESS(goods, goods, goods)
WORLD_ROW_ACCESS(rejected, rejecteds, rejected_row)
WORLD_ROW_ACCESS(ended, endeds, ended)
WORLD_ROW_ACCESS(published, publisheds, published)

enum { HEADER_ROW = 1, NETWORK_DEFAULT = 1 };

static inline const struct header *header_at(const struct world *world)
{
    return table_row(&world->headers, HEADER_ROW);
}
static inline struct header *header_edit(struct world *world)
{
    return table_edit(&world->headers, HEADER_ROW);
}

/* Rows of a table at this scale: the full count halved `shrink` times, but enough for tests. */
static inline uint32_t scaled(uint32_t row_count_max, uint32_t shrink)
{
    const uint32_t least = row_count_max < 1024 ? row_count_max : 1024;
    const uint32_t shrunk = row_count_max >> shrink;
    return shrunk > least ? shrunk : least;
}

/* A new row; no table of the full scale is ever full before the machine's memory is. */
static inline uint32_t row_add(struct table *table)
{
    const uint32_t row = table_add(table);
    CHECK(row != 0);
    return row;
}

/* An event being applied, with what all rooms ask of it. */
struct applying {
    const struct event *event;
    const struct record_place *place;
    uint32_t input;
    uint32_t order;                /* that the event names; 0 */
    int64_t window_ns;             /* limits.reorder_window */
    struct refusal_reason *reason; /* never NULL */
};

/* refuse(applying, REFUSAL_CONFLICT, "why, for the sender: %s", …) is the result to return. */
#define refuse(applying, ...) (refusal_set((applying)->reason, __VA_ARGS__), RESULT_REJECTED)

void count_anomaly(struct world *world, enum anomaly anomaly);

/* names */
uint32_t find_item(const struct world *world, struct bytes sku);
uint32_t need_item(struct world *world, struct bytes sku);
uint32_t find_location(const struct world *world, struct bytes name);
uint32_t need_location(struct world *world, struct bytes name);
uint32_t find_network(const struct world *world, struct bytes name);
uint32_t need_network(struct world *world, struct bytes name);
uint32_t need_label(struct world *world, struct bytes name);
uint32_t find_lane(const struct world *world, uint32_t location, uint32_t zone, uint32_t service);
uint32_t find_label(const struct world *world, struct bytes name);
uint32_t lane_add(struct world *world, uint32_t location, uint32_t zone, uint32_t service);
void lane_remove(struct world *world, uint32_t lane);
uint32_t need_route(struct world *world, uint32_t network, uint32_t zone, uint32_t service);
uint32_t find_order(const struct world *world, struct bytes order_id);
uint32_t order_add(struct world *world, struct bytes order_id);
void order_forget(struct world *world, uint32_t order);
uint32_t find_line(const struct world *world, uint32_t order, struct bytes line_id);
uint32_t line_add(struct world *world, uint32_t order, struct bytes line_id);
void line_forget(struct world *world, uint32_t line);
uint32_t find_shipment(const struct world *world, uint32_t order, struct bytes shipment_id);
uint32_t shipment_add(struct world *world, uint32_t order, struct bytes shipment_id);
void shipment_forget(struct world *world, uint32_t shipment);
uint32_t find_inbound(const struct world *world, uint32_t balance, struct bytes inbound_id);
uint32_t inbound_add(struct world *world, uint32_t balance, struct bytes inbound_id);
void inbound_forget(struct world *world, uint32_t inbound);
void names_init(struct world *world, struct arena *arena);
void names_restored(struct world *world);
struct bytes item_name(const struct world *world, uint32_t item);
struct bytes location_name(const struct world *world, uint32_t location);

/* time and sites (R8), see world_site.c */
int64_t location_instant(const struct world *world, uint32_t location, int32_t day,
                         int32_t minute);
int32_t location_day(const struct world *world, uint32_t location, int64_t instant_ms);
bool location_works(const struct world *world, uint32_t location, int32_t day);
int64_t location_planned(const struct world *world, uint32_t location, int32_t day);
int64_t site_capacity_left(int64_t planned, int64_t used);
const struct site *site_need(struct world *world, uint32_t location);
const struct site *site_view(const struct world *world, uint32_t location);
const struct site_facts *site_facts(const struct world *world, uint32_t location);
void site_is_stale(struct world *world, uint32_t location);
void sites_refresh(struct world *world);
void carriage_is_new(struct world *world, uint32_t carriage);
void arrivals_refresh(struct world *world);
int32_t lane_by(const struct world *world, uint32_t lane, int32_t ship_on);
void midnight_due(struct world *world, uint32_t location, int64_t at_ms);
void cutoff_due(struct world *world, uint32_t location, int64_t at_ms);
void review_at(struct world *world, int64_t at_ms);
void dates_change_location(struct world *world, uint32_t location);
void ways_change_location(struct world *world, uint32_t location);

/* capacity (R9), see world_book.c */

/*
 * Work of so many units. Where it is beyond all capacity it stays at a bound, so that what days,
 * bookings and shipments sum up stays a number.
 */
#define WORK_MAX (1000 * QUANTITY_MAX)
static inline int64_t work_of(int64_t units, int64_t workload)
{
    return quantity_less(quantity_times(units, workload), WORK_MAX);
}
int64_t book_used(const struct world *world, uint32_t location, int32_t day);
/* Between what and what the capacity of the day that ships next moved after `sequence`. */
bool book_range_since(const struct world *world, uint32_t location, uint64_t sequence,
                      int64_t *out_low, int64_t *out_high);
bool order_is_on(const struct world *world, uint32_t order, uint32_t location, int32_t day);
void book_work(struct world *world, uint32_t part, int32_t day, int64_t work);
void unbook_work(struct world *world, uint32_t part, int64_t work);
void unbook_all(struct world *world, uint32_t part);
void book_shipped(struct world *world, uint32_t part, int32_t day, int64_t work, bool shipped);
void book_forget(struct world *world, uint32_t part);
void book_turn(struct world *world, uint32_t location);
void presences_restored(struct world *world);

/* what can be sold, see world_supply.c */
struct stock_query {
    uint32_t recipe_first;         /* 0: the item itself */
    enum constraint lifted;
    bool inbound;
    bool making;                   /* made to order, too */
    int32_t day_zero;              /* from which making counts */
};
struct stock {
    int64_t now;
    struct supply *supplies;       /* later, days rising */
    uint32_t count;
};
void place_stock(const struct world *world, uint32_t item, uint32_t location, uint32_t balance,
                 const struct stock_query *query, struct arena *arena, struct stock *out);
uint32_t balance_inbound(const struct world *world, uint32_t balance,
                         struct supply list[BALANCE_INBOUND_MAX]);
int64_t safety_stock(const struct world *world, uint32_t item, uint32_t location);
/* R10: the day on which an inbound line is usable, DAY_NONE if it is not promised. */
int32_t usable_day(const struct world *world, uint32_t location, const struct site *site,
                   const struct inbound *inbound);
/* By when an open part's units are covered (R6): units by day, at most BALANCE_INBOUND_MAX + 2;
 * false where not all are. */
struct coverage {
    struct supply *groups;
    uint32_t count;
    bool by_goods;                 /* the first of them by goods that are there */
    bool *by_making;               /* which of them making takes part in */
};
bool cover_part(const struct world *world, uint32_t part, struct arena *arena,
                struct coverage *out);
uint64_t coverage_frontier(const struct world *world, uint32_t balance);
bool made_at(const struct world *world, uint32_t item, uint32_t location);
int32_t made_on(const struct world *world, uint32_t item, uint32_t location,
                const struct site *site, int32_t day_zero);
int64_t waiting_units(const struct world *world, uint32_t item, uint32_t network);
bool networks_share_enabled(const struct world *world, uint32_t a, uint32_t b);

/* offers, see world_promise.c */
void ways_refresh(struct world *world);
void views_refresh(struct world *world);
void derive_promise(const struct world *world, uint32_t offering, struct arena *arena,
                    struct document *out);
bool promise_feels_capacity(const struct world *world, uint32_t offering, uint64_t sequence);
void derive_site(const struct world *world, uint32_t location, struct arena *arena,
                 struct document *out);

/* decisions (2.6, R7, R9), see world_settle.c */
void changes_begin(struct world *world);
void change_balance(struct world *world, uint32_t balance);
void change_item(struct world *world, uint32_t item);
void settle_event(struct world *world, uint32_t order);
void settle_all(struct world *world);
void move_all(struct world *world);
void order_waits_review(struct world *world, uint32_t order);
void order_leaves(struct world *world, uint32_t order);
void risk_set(struct world *world, uint32_t order, bool at_risk);
int32_t line_expected_by(const struct world *world, const struct line *line, struct arena *arena);
int32_t line_promised_by(const struct line *line);
bool part_is_backordered(const struct world *world, const struct part *part, uint64_t number);
void part_undated(struct world *world, uint32_t part, bool undated);
enum line_status line_status(const struct world *world, const struct line *line,
                             struct arena *arena);

/* keys that changed */
void item_seen(struct world *world, uint32_t item, int64_t time_ns);
void touch_balance(struct world *world, uint32_t balance);
void touch_item(struct world *world, uint32_t item);
void touch_order(struct world *world, uint32_t order);
void touch_offering(struct world *world, uint32_t offering);
void shared_change_location(struct world *world, uint32_t location);
void shared_change_all_networks(struct world *world);

/* stock: every change of a balance ends with balance_settle() */
uint32_t need_balance(struct world *world, uint32_t item, uint32_t location);
void balance_settle(struct world *world, uint32_t balance, bool was_negative);
void stock_move(struct world *world, uint32_t item, uint32_t location, int64_t time_ns,
                int64_t quantity, int64_t held, int64_t window_ns);
void stock_unmove(struct world *world, uint32_t item, uint32_t location, int64_t time_ns,
                  int64_t quantity);
enum event_result apply_stock(struct world *world, struct applying *applying);
void inbound_settle(struct world *world, uint32_t inbound);
void inbound_due(struct world *world, uint32_t inbound);
void inbound_near_due(struct world *world, uint32_t inbound);

/* items in networks */
bool location_in_network(const struct world *world, uint32_t location, uint32_t network);
void offerings_for_location(struct world *world, uint32_t item, uint32_t location);
void offerings_review(struct world *world, uint32_t item);
void forget_published(struct world *world, uint64_t sequence);
void ended_add(struct world *world, enum key_kind kind, uint32_t row);
void wait_change(struct world *world, uint32_t item, uint32_t route, int64_t by);

/* recipes: lists of components */
uint32_t recipe_copy(struct world *world, uint32_t first);
uint32_t recipe_make(struct world *world, const struct recipe *recipe);
void recipe_free(struct world *world, uint32_t first);

/* orders */
enum event_result apply_order(struct world *world, struct applying *applying);
enum event_result apply_shipment(struct world *world, struct applying *applying);
/* The order that the event names, made if need be; 0 and refused where it comes too late (R15). */
uint32_t order_named(struct world *world, struct applying *applying, struct bytes order_id,
                     bool too_late_refused);
bool order_is_known(const struct world *world, uint32_t order);
void order_seen(struct world *world, uint32_t order, int64_t time_ns);
void order_end(struct world *world, uint32_t order);
void order_end_due(struct world *world, uint32_t order);
uint32_t need_line(struct world *world, uint32_t order, struct bytes line_id);
uint32_t need_part(struct world *world, uint32_t line, uint32_t location);
void part_open_change(struct world *world, uint32_t line, uint32_t part, int64_t by);
void unassigned_change(struct world *world, uint32_t line, int64_t by);
/* The units of the part got another location: its ship day goes with them (R9). */
void part_left(struct world *world, uint32_t part);
/* R2 after any total of the line changed; `location`: where a shipment left from, or 0. */
void line_reconcile(struct world *world, uint32_t line, uint32_t location);
void line_joined(struct world *world, uint32_t line);
void entry_apply_goods(struct world *world, uint32_t entry, int64_t window_ns);
void return_to_line(struct world *world, uint32_t line, const struct event *event,
                    int64_t window_ns);
/* What shipped counts on its day (R9): before the event moves now, and what is left after it. */
void shipped_book(struct world *world);
void entry_unpark(struct world *world, uint32_t entry);
void entry_alarm_due(struct world *world, uint32_t entry);
void line_judge(struct world *world, uint32_t line);
bool line_is_delivered(const struct world *world, const struct line *line);

/* reference records */
enum event_result apply_reference(struct world *world, struct applying *applying);
void location_defaults_set(struct world *world, uint32_t location);
bool route_has_lane(const struct world *world, uint32_t route);
void routes_refresh(struct world *world);

/* time */
void time_reaches(struct world *world, int64_t now_ms);
void location_seen(struct world *world, uint32_t location, int64_t time_ns);
void location_midnight(struct world *world, uint32_t location);
uint32_t need_carriage(struct world *world, const struct lane_data *data);
void carriage_release(struct world *world, uint32_t carriage);
uint32_t find_time_zone(const struct world *world, struct bytes name);
void take_time_zones(struct world *world, const struct world_entry *entry);
struct calendar location_calendar(const struct world *world, uint32_t location);
/* The first instant (ms) that is more than `after_ms` behind business time `time_ns`. */
int64_t instant_beyond(int64_t time_ns, int64_t after_ms);

#endif
