/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "core/limits.h"
#include "core/topic.h"

/*
 * An event is one decoded record of an input topic (contract 2.1 to 2.4): every field is in its
 * type and range, an absent optional field has its default. Views point into the record or into
 * the batch arena of the decoder and die with the batch.
 *
 * The numbers of event types are part of content hashes, which snapshots keep: a new one goes right
 * before EVENT_LOCATION.
 */
enum event_type {
    EVENT_STOCK_RECEIVED,
    EVENT_STOCK_ADJUSTED,
    EVENT_STOCK_COUNTED,
    EVENT_STOCK_HELD,
    EVENT_STOCK_RELEASED,
    EVENT_STOCK_RETURNED,
    EVENT_STOCK_TRANSFERRED,
    EVENT_INBOUND_EXPECTED,
    EVENT_ORDER_PLACED,
    EVENT_ORDER_AMENDED,
    EVENT_ORDER_CANCELLED,
    EVENT_ORDER_ASSIGNED,
    EVENT_SHIPMENT_SHIPPED,
    EVENT_SHIPMENT_VOIDED,
    EVENT_SHIPMENT_SHORTED,
    EVENT_SHIPMENT_DELIVERED,
    EVENT_LOCATION,   /* reference records of 2.4; `removed` where the value was null */
    EVENT_LANE,
    EVENT_ITEM,
    EVENT_UNKNOWN,    /* a type we do not know: ignored and counted */
    EVENT_TYPE_COUNT,
};

struct event_type_facts {
    const char *name;  /* as in `type`; "reference" for 2.4, "unknown" for EVENT_UNKNOWN */
    enum topic topic;  /* where it belongs */
};

/* Indexed by enum event_type. */
extern const struct event_type_facts EVENT_TYPES[EVENT_TYPE_COUNT];

/* The closed list of contract section 1. */
enum refusal {
    REFUSAL_NONE,
    REFUSAL_MALFORMED,
    REFUSAL_MISSING,
    REFUSAL_BAD_KEY,
    REFUSAL_BAD_QUANTITY,
    REFUSAL_BAD_TIME,
    REFUSAL_BAD_VALUE,
    REFUSAL_WRONG_TOPIC,
    REFUSAL_CONFLICT,
    REFUSAL_TOO_LATE,
    REFUSAL_COUNT,
};
extern const char *const REFUSAL_NAMES[REFUSAL_COUNT];   /* as in `dlq_reason` */

/* Why a record is refused, for the person who sent it: `detail` becomes `dlq_detail`. */
struct refusal_reason {
    enum refusal refusal;
    char detail[REJECT_DETAIL_BYTES];
};

/* A text too long is cut. */
__attribute__((format(printf, 3, 4))) void refusal_set(struct refusal_reason *reason,
                                                       enum refusal refusal, const char *format,
                                                       ...);

struct recipe_part {
    struct bytes sku;
    int64_t quantity;   /* 1 .. QUANTITY_MAX */
};

struct recipe {
    const struct recipe_part *parts;
    uint32_t count;     /* 0: no recipe; a recipe given is never empty and names no SKU twice */
};

/* Which fields are used depends on the type; the rest is zero (2.1). */
struct stock_data {
    struct bytes sku;
    struct bytes location;
    int64_t quantity;
    struct bytes inbound_id;    /* count 0: absent; for a transfer its transfer_id */
    struct bytes to;
    struct bytes order_id;
    struct bytes line_id;
    struct bytes reason;        /* data NULL: absent; it may be empty */
    int32_t eta;                /* DAY_NONE: absent */
    bool sellable;
};

/* One entry of `lines`. */
struct line_data {
    struct bytes line_id;
    struct bytes sku;           /* placed, shipped, shorted */
    struct bytes location;      /* placed (optional), assigned */
    int64_t quantity;           /* not for assigned */
    int32_t promised_by;        /* placed; DAY_NONE: absent */
    struct recipe bundle;       /* placed */
};

/* Orders and shipments (2.2, 2.3). Of shipped and shorted, entries of one line may repeat; of the
 * others no line_id stands twice. */
struct order_data {
    struct bytes order_id;
    struct bytes shipment_id;
    struct bytes location;      /* shipped, shorted */
    struct bytes zone;
    struct bytes network;       /* count 0: left out, or given as its default */
    struct bytes service;
    struct bytes carrier;       /* shipped; data NULL: absent; it may be empty */
    const struct line_data *lines;
    uint32_t line_count;        /* 0 only for voided, delivered and a cancel of the whole order */
};

enum capacity_unit { CAPACITY_UNITS, CAPACITY_LINES, CAPACITY_ORDERS };

#define CAPACITY_UNLIMITED INT64_C(-1)

struct day_capacity {
    int32_t day;
    int64_t count;
};

/* Weekdays are a set of bits, bit 0 is Monday. */
#define WEEKDAYS_MONDAY_TO_FRIDAY UINT8_C(0x1f)

struct location_data {
    struct bytes location;
    struct bytes time_zone;
    const struct bytes *networks;
    uint32_t network_count;
    const int32_t *closed;            /* days, rising, without repeats; all lists of days are so */
    const int32_t *open;
    const struct day_capacity *overrides;
    uint32_t closed_count;
    uint32_t open_count;
    uint32_t override_count;
    int64_t capacity_per_day;         /* CAPACITY_UNLIMITED: no limit */
    int64_t safety_stock;
    int64_t priority;
    int32_t cutoff_minute;            /* of the local day, 0 .. 1439 */
    int32_t opens_minute;
    int32_t processing_days;
    int32_t pickup_minutes;
    enum capacity_unit capacity_unit;
    uint8_t working_days;
    bool enabled;
    bool pickup;
    bool shipments_deduct_stock;
};

struct lane_data {
    struct bytes location;
    struct bytes zone;
    struct bytes service;
    const int32_t *closed;
    uint32_t closed_count;
    int32_t transit_days_min;
    int32_t transit_days_max;
    int64_t cost;
    uint8_t transit_weekdays;
    uint8_t delivery_weekdays;
};

struct location_quantity {
    struct bytes location;
    int64_t quantity;
};

struct item_data {
    struct bytes sku;
    const struct location_quantity *safety_stock_at;
    uint32_t safety_stock_at_count;
    const struct bytes *makers;       /* made_to_order.locations */
    uint32_t maker_count;             /* 0 with made_to_order: all that ever had a balance of it */
    struct recipe bundle;
    int64_t safety_stock;             /* -1: not given */
    int64_t low_stock;
    int64_t workload;
    int32_t lead_days;
    int32_t preorder_from;            /* DAY_NONE: absent */
    bool made_to_order;
    bool discontinued;
};

struct event {
    enum event_type type;
    bool removed;               /* a null value on a reference topic: only the key fields are set */
    uint32_t unknown_fields;    /* counted, ignored */
    int64_t time_ns;            /* TIME_NONE for reference records and EVENT_UNKNOWN */
    struct bytes source;
    struct bytes id;
    union {
        struct stock_data stock;
        struct order_data order;
        struct location_data location;
        struct lane_data lane;
        struct item_data item;
    };
};

/* What a location, lane or item that was never described works with (2.4). */
struct location_data location_defaults(struct bytes location);
struct item_data item_defaults(struct bytes sku);

/*
 * R4: the content of an event as 64 bits: type, time and the data fields, whatever the envelope
 * and the encoding; a default given equals one left out.
 */
uint64_t event_content_hash(const struct event *event);

/* The value by which an event's topic is keyed: sku or order_id; empty for EVENT_UNKNOWN. */
struct bytes event_key(const struct event *event);

#endif
