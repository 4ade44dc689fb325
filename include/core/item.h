/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_ITEM_H
#define CORE_ITEM_H

#include <stdint.h>

#include "base/table.h"
#include "core/event.h"
#include "core/limits.h"

/*
 * Rows of the items: what is sold, as the catalogue describes it, and what hangs on a SKU.
 * An item appears when it is first named and stays.
 */
struct item {
    uint32_t live;
    uint32_t name;                 /* text, the sku */
    uint32_t recipe_first;         /* the catalogue's bundle */
    uint32_t safety_first;         /* safety_stock_at */
    uint32_t maker_first;          /* made_to_order.locations */
    uint32_t use_first;            /* bundles this item is a component of */
    uint32_t balance_first;
    uint32_t offering_first;
    uint32_t waiting_first;
    uint32_t pending_first;
    int32_t lead_days;
    int32_t preorder_from;
    uint8_t described;
    uint8_t made_to_order;
    uint8_t discontinued;
    uint8_t pad[5];
    int64_t safety_stock;          /* -1: not given */
    int64_t low_stock;
    int64_t workload;
    int64_t as_of;                 /* newest business time of events on this SKU */
};

/* A recipe is a list of these, owned by an item, a line or shipped goods. */
struct component {
    uint32_t live;
    uint32_t next;
    uint32_t item;
    uint32_t pad;
    int64_t quantity;
};

struct safety {
    uint32_t live;
    uint32_t next;
    uint32_t location;
    uint32_t pad;
    int64_t quantity;
};

struct maker {
    uint32_t live;
    uint32_t next;
    uint32_t location;
    uint32_t pad;
};

/* From a component to a bundle of the catalogue. */
struct use {
    uint32_t live;
    uint32_t next;
    uint32_t bundle;
    uint32_t pad;
};

/* A key of availability.items: an item in a network (contract 3). */
struct offering {
    uint32_t live;
    uint32_t item;
    uint32_t network;
    uint32_t next_of_item;
    uint32_t state;                /* enum key_state */
    uint32_t pad;
    int64_t ended_ms;
    uint64_t ended_sequence;       /* the version of its last documents */
    uint64_t changed;
};

/* Units of an item that are not yet assigned, of orders on one route. */
struct waiting {
    uint32_t live;
    uint32_t next_of_item;
    uint32_t route;
    uint32_t pad;
    int64_t units;
};

/* What is still to come of one inbound line (R10). */
struct inbound {
    uint32_t live;
    uint32_t name;                 /* text, the inbound_id */
    uint32_t balance;
    uint32_t next_of_balance;
    uint32_t flow_first;
    int32_t eta;
    int64_t quantity;              /* as of word_time */
    int64_t word_time;             /* of the newest inbound.expected; TIME_NONE: none */
    int64_t eta_time;
    uint64_t frontier;             /* first line not covered by goods and inbound up to this one */
    int64_t usable;                /* the day of that; DAY_NONE */
    int64_t newest;                /* business time of anything that named it */
    int64_t open;                  /* max(0, quantity + flows at or after word_time) */
};

/* The newest records on an item, newest first: what made its numbers. */
enum { TRACE_RECORDS = 4 };
struct trace_record {
    uint32_t type;                 /* enum event_type */
    int32_t partition;
    int64_t offset;
    int64_t time_ns;
};
struct trace {
    uint32_t live;
    uint32_t count;
    struct trace_record records[TRACE_RECORDS];
};

/* A transfer (+) or receipt (-) of an inbound line at or after its newest word. */
struct flow {
    uint32_t live;
    uint32_t next;
    int64_t time_ns;
    int64_t quantity;
};

#endif
