/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WORLD_STATE_H
#define CORE_WORLD_STATE_H

#include "core/balance.h"
#include "core/dedupe.h"
#include "core/due.h"
#include "core/item.h"
#include "core/network.h"
#include "core/order.h"
#include "core/text.h"
#include "core/world.h"

/*
 * Inside the world: its tables, and the functions by which its rooms meet. Shared by world*.c only.
 *
 *     world.c            entries, records, counters, keys     world_stock.c      2.1, R1 R5 R10
 *     world_order.c      2.2, R2 R6                           world_shipment.c   2.3, R2 R3
 *     world_reference.c  2.4                                  world_time.c       midnights, R15
 *     world_names.c      names to rows                        world_derive.c     documents
 *     world_tables.c     the tables as a whole                world_keys.c       document keys
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
    uint64_t sequence;
    uint64_t shared_changed;
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
    TABLE(locations, struct location, 1 << 20)                                                     \
    TABLE(location_days, struct location_days, 1 << 17)                                            \
    TABLE(members, struct member, 1 << 22)                                                         \
    TABLE(networks, struct network, 1 << 16)                                                       \
    TABLE(labels, struct label, 1 << 20)                                                           \
    TABLE(lanes, struct lane, 1 << 24)                                                             \
    TABLE(routes, struct route, 1 << 22)                                                           \
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
    struct arena spill;
    /* Not state: what the entry at hand changed, and marks of the run at hand. */
    struct document_key *touched;
    uint32_t touched_count;
    uint32_t touched_count_max;
    bool routes_stale;
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
WORLD_ROW_ACCESS(lane, lanes, lane)
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
void lane_add(struct world *world, uint32_t location, uint32_t zone, uint32_t service);
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
void names_init(struct world *world, struct arena *arena, uint32_t shrink);
void names_restored(struct world *world);
struct bytes item_name(const struct world *world, uint32_t item);
struct bytes location_name(const struct world *world, uint32_t location);

/* keys that changed */
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
/* R2 after any total of the line changed; `location`: where a shipment left from, or 0. */
void line_reconcile(struct world *world, uint32_t line, uint32_t location);
void line_joined(struct world *world, uint32_t line);
void entry_apply_goods(struct world *world, uint32_t entry, int64_t window_ns);
void return_to_line(struct world *world, uint32_t line, const struct event *event,
                    int64_t window_ns);
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
void location_midnight(struct world *world, uint32_t location);
uint32_t find_time_zone(const struct world *world, struct bytes name);
void take_time_zones(struct world *world, const struct world_entry *entry);
struct calendar location_calendar(const struct world *world, uint32_t location);
/* The first instant (ms) that is more than `after_ms` behind business time `time_ns`. */
int64_t instant_beyond(int64_t time_ns, int64_t after_ms);

#endif
