/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_DOCUMENT_H
#define CORE_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/topic.h"

/*
 * Documents (contract 3) as values: derived from the world at one entry, encoded elsewhere. Views
 * point into the world's texts or the arena given to the derivation.
 * `as_of` is business time in nanoseconds, TIME_NONE where no event is in the document.
 */
struct document_next {
    int32_t day;         /* DAY_NONE: null */
    int64_t quantity;
};

enum availability_status {
    AVAILABILITY_OUT_OF_STOCK,
    AVAILABILITY_PREORDER,
    AVAILABILITY_LOW_STOCK,
    AVAILABILITY_IN_STOCK,
    AVAILABILITY_BACKORDER,
};
extern const char *const AVAILABILITY_STATUS_NAMES[];

struct item_document {              /* availability.items.v1, key sku|network */
    struct bytes sku;
    struct bytes network;
    int64_t available;
    struct document_next next;
    enum availability_status status;
};

struct inbound_document {
    struct bytes inbound_id;
    int64_t quantity;
    int32_t eta;                    /* DAY_NONE: null */
    bool overdue;
};

struct location_document {          /* availability.locations.v1, key sku|location */
    struct bytes sku;
    struct bytes location;
    int64_t on_hand;
    int64_t held;
    int64_t allocated;
    int64_t safety_stock;
    int64_t available;
    struct document_next next;
    const struct inbound_document *inbound;
    uint32_t inbound_count;         /* at most DOCUMENT_INBOUND_MAX */
};

/* ------------------------------------------------------------------ promises.items */

enum { OFFERS_MAX = 4 };

/* R11, in the order in which ties are broken. */
enum constraint {
    CONSTRAINT_NONE,
    CONSTRAINT_SAFETY_STOCK,
    CONSTRAINT_HELD,
    CONSTRAINT_CAPACITY,
    CONSTRAINT_CUTOFF,
    CONSTRAINT_STOCK,
    CONSTRAINT_COUNT,
};
extern const char *const CONSTRAINT_NAMES[CONSTRAINT_COUNT];

#define UNITS_UNLIMITED INT64_MAX
#define INSTANT_NONE INT64_MIN

struct offer_document {
    int64_t quantity;               /* cumulative; UNITS_UNLIMITED: null */
    int32_t ship_on;
    int32_t from;
    int32_t by;
    struct bytes location;
};

struct limit_document {
    enum constraint constraint;     /* CONSTRAINT_NONE: null */
    struct bytes location;
    int32_t days;                   /* 0: null, there was no offer before */
};

struct zones_document {             /* zones with equal offers, by one service */
    const struct bytes *zones;      /* sorted by bytes */
    uint32_t zone_count;
    struct bytes service;
    const struct offer_document *offers;
    uint32_t offer_count;           /* at most OFFERS_MAX */
    struct limit_document limited_by;
};

struct promise_document {           /* promises.items.v1, key sku|network */
    struct bytes sku;
    struct bytes network;
    int64_t valid_until_ms;         /* INSTANT_NONE: null */
    const struct zones_document *promises;   /* by service, then by first zone */
    uint32_t promise_count;
};

/* ------------------------------------------------------------------ promises.locations */

extern const char *const CAPACITY_UNIT_NAMES[];

struct day_document {
    int32_t day;
    enum capacity_unit unit;
    int64_t planned;                /* UNITS_UNLIMITED: null */
    int64_t used;
    int64_t remaining;              /* UNITS_UNLIMITED: null */
    int64_t overbooked;
};

struct zone_document {
    struct bytes zone;
    struct bytes service;
    int32_t from;                   /* DAY_NONE: null */
    int32_t by;
    int64_t cost;
};

struct pickup_document {
    int32_t day;                    /* DAY_NONE: no pickup, null */
    int32_t minutes;
    int64_t from_ms;
};

struct site_document {              /* promises.locations.v1, key location */
    struct bytes location;
    int64_t valid_until_ms;
    int64_t cutoff_at_ms;           /* INSTANT_NONE: null */
    int32_t ships_on;
    struct pickup_document pickup;
    const struct day_document *capacity;     /* days rising */
    uint32_t capacity_count;
    uint32_t zone_count;
    const struct zone_document *zones;       /* by zone, then by service */
};

/* ------------------------------------------------------------------ promises.orders */

enum line_status {
    LINE_CANCELLED,
    LINE_DELIVERED,
    LINE_SHIPPED,
    LINE_SOURCING,
    LINE_UNFULFILLABLE,
    LINE_AT_RISK,
    LINE_BACKORDERED,
    LINE_PROMISED,
};
extern const char *const LINE_STATUS_NAMES[];

enum order_status {
    ORDER_OPEN,
    ORDER_PARTIALLY_SHIPPED,
    ORDER_SHIPPED,
    ORDER_DELIVERED,
    ORDER_CANCELLED,
};
extern const char *const ORDER_STATUS_NAMES[];

struct part_document {
    struct bytes location;
    int64_t open;
    int64_t shipped;
    int32_t ship_on;                /* DAY_NONE: null */
};

struct line_document {
    struct bytes line_id;
    struct bytes sku;
    int64_t quantity;
    int64_t open;
    int64_t shipped;
    int64_t cancelled;
    int64_t over_shipped;
    int64_t returned;
    int32_t promised_by;
    int32_t expected_by;
    enum line_status status;
    const struct part_document *parts;   /* by location name, bytewise */
    uint32_t part_count;
};

struct order_document {             /* promises.orders.v1, key order_id */
    struct bytes order_id;
    enum order_status status;
    const struct line_document *lines;   /* in the order in which they were first read */
    uint32_t line_count;
};

struct watermark_document {         /* watermarks.v1, key and partition p */
    uint32_t partition;
    uint64_t sequence;
    uint64_t swept;
    double lag_seconds;
    bool caught_up;
    struct bytes owner;
};

/*
 * One document of any topic that has versions, and the watermark that has none.
 * `gone`: the key ended (contract 3): the same fields, zeros, and `gone: true`.
 */
struct document {
    enum topic topic;
    uint64_t version;
    int64_t as_of;
    bool gone;
    union {
        struct item_document item;
        struct location_document location;
        struct order_document order;
        struct promise_document promise;
        struct site_document site;
        struct watermark_document watermark;
    };
};

#endif
