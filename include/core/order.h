/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include <stdint.h>

#include "base/table.h"
#include "core/limits.h"

/*
 * Rows of the orders (R2). An order appears with the first event that names it, in any order of
 * topics; its lines, too: a line has no item until an order.placed names it.
 *
 *     order ─► line ─► part (one a location)  ─► demand, in a balance's tree (core/balance.h)
 *       │        └──► entry                        (a bundle: one a component)
 *       └────► shipment ─► entry ─► goods
 *
 * Of a placed line, always:
 *     cancelled = min(asked, max(0, quantity - shipped))     (all of it after a whole cancel)
 *     open      = max(0, quantity - shipped - cancelled) = unassigned + sum of open of its parts
 */
struct order {
    uint32_t live;
    uint32_t name;
    uint32_t route;                /* 0 until placed */
    uint32_t line_first;
    uint32_t line_last;
    uint32_t line_count;           /* with those not placed yet */
    uint32_t placed_count;         /* lines placed */
    uint32_t open_count;           /* lines with open units */
    uint32_t shipment_first;
    uint32_t parked_count;         /* entries that wait for their line */
    uint32_t state;                /* enum key_state; NONE until placed */
    uint8_t cancelled;             /* all that is open, now and later */
    uint8_t known;                 /* named by an event since it last ended */
    uint8_t end_due;               /* a DUE_ORDER_END is in the heap */
    uint8_t at_risk;               /* in the list of orders that *move* looks at (R7) */
    uint32_t waiting_before;       /* the list of orders with a waiting line (2.6) */
    uint32_t waiting_after;
    uint32_t risk_before;
    uint32_t risk_after;
    uint32_t pending_first;
    uint32_t waits;                /* in that list */
    int64_t newest;                /* business time of its events */
    int64_t zone_time;
    int64_t network_time;
    int64_t service_time;
    int64_t ended_ms;
    uint64_t ended_sequence;       /* the version of its last documents */
    uint64_t changed;
};

struct line {
    uint32_t live;
    uint32_t order;
    uint32_t name;                 /* text, the line_id */
    uint32_t next;
    uint32_t item;                 /* 0 until placed */
    uint32_t recipe_first;
    uint32_t location;             /* assigned; 0: none */
    uint32_t part_first;
    uint32_t entry_first;
    int32_t promised_by;           /* the order's own */
    uint64_t number;               /* R6 */
    int64_t quantity;
    int64_t quantity_time;
    int64_t location_time;
    int64_t promised_time;
    int64_t asked;                 /* to be cancelled */
    int64_t shipped;
    int64_t returned;
    int64_t open;
    int64_t cancelled;
    int64_t unassigned;
    uint32_t judged;               /* promise kept or missed was counted */
    uint32_t moves;                /* how often R7's *move* moved it */
    int32_t decided_by;            /* the date it was promised by us; DAY_NONE */
    uint32_t pad;
};

struct part {
    uint32_t live;
    uint32_t line;
    uint32_t location;
    uint32_t next;
    int64_t open;
    int64_t shipped;
    uint32_t demand_first;
    int32_t ship_on;               /* DAY_NONE; chosen once (R9) */
    uint32_t booking_first;        /* days rising */
    uint8_t sourced;               /* its units were placed by R7 */
    uint8_t shorted;               /* units were not found here: it comes last (2.3) */
    uint8_t pad[2];
    int64_t workload;              /* of a unit, as of when it got its ship day */
};

/*
 * What a part has on a day at its location (R9): work of open units, of those that should have left
 * on past days (late), and how many shipments left on that day. One a part and day.
 */
struct booking {
    uint32_t live;
    uint32_t part;
    uint32_t next_of_part;
    int32_t day;
    uint32_t before_of_day;
    uint32_t after_of_day;
    uint32_t shipped_count;
    uint32_t pad;
    int64_t work;
    int64_t late_work;
};

/* From an item to an order that waits for it though its units are covered (2.6). */
struct pending {
    uint32_t live;
    uint32_t order;
    uint32_t item;
    uint32_t next_of_order;
    uint32_t before_of_item;
    uint32_t after_of_item;
};

struct shipment {
    uint32_t live;
    uint32_t order;
    uint32_t name;
    uint32_t next;
    uint32_t entry_first;
    uint8_t is_void;
    uint8_t is_delivered;
    uint8_t pad[2];
    int64_t delivered_time;
};

enum entry_kind { ENTRY_SHIPPED, ENTRY_SHORTED, ENTRY_RETURNED };

/* Whether an entry's line was placed; fresh only while its record is being read. */
enum entry_parked { ENTRY_SETTLED, ENTRY_PARKED, ENTRY_FRESH, ENTRY_ALARMED };

/* What one shipment says of one line; or a return that waits for its line (no shipment). */
struct entry {
    uint32_t live;
    uint32_t shipment;
    uint32_t line;
    uint32_t next_of_shipment;
    uint32_t next_of_line;
    uint32_t location;
    uint32_t goods_first;
    uint8_t kind;                  /* enum entry_kind */
    uint8_t deducts;               /* the location's flag when it was read */
    uint8_t parked;                /* enum entry_parked */
    uint8_t unsellable;            /* a return that is also held */
    int32_t day;                   /* the civil date there when it was read (R9) */
    uint32_t pad;
    int64_t time_ns;
    int64_t units;
    int64_t work;                  /* what it counts on its day (R9) */
};

/* How goods left or came back: what to take back when the shipment turns out never to have been. */
enum goods_how { GOODS_WAIT, GOODS_SELF, GOODS_LINE, GOODS_COPY };

struct goods {
    uint32_t live;
    uint32_t next;
    uint32_t item;                 /* as named */
    uint32_t how;                  /* not moved yet; itself; by the line's recipe; by a copy */
    uint32_t recipe_first;         /* of GOODS_COPY */
    uint32_t pad;
    int64_t units;
};

#endif
