/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_BOARD_H
#define APP_DEMO_BOARD_H

#include "app/demo_link.h"
#include "app/demo_map.h"

/*
 * What a reader of the outputs knows: the newest version of every document, as contract 3 asks of
 * readers, how late documents came, and how far the watermarks are.
 */
enum demo_order_state { DEMO_OPEN, DEMO_PARTIAL, DEMO_SHIPPED_OUT, DEMO_ARRIVED, DEMO_GIVEN_UP,
                        DEMO_ORDER_STATES };
extern const char *const DEMO_ORDER_STATE_NAMES[DEMO_ORDER_STATES];

struct demo_held {
    int64_t version;
    int64_t as_of_ms;
    char *value;                 /* JSON; NULL: a tombstone */
    size_t bytes;
    enum demo_order_state state; /* of orders */
};

enum { DEMO_DOCUMENT_KINDS = 5, DEMO_RECENT = 2000 };

struct demo_board {
    struct demo_map held[DEMO_DOCUMENT_KINDS];   /* by key: struct demo_held; kinds: below */
    uint64_t received;           /* documents, of all kinds */
    uint64_t outdated;           /* of these, not newer than what was known */
    uint64_t rejects;
    uint64_t orders[DEMO_ORDER_STATES];
    int64_t watermarks[DEMO_LINK_PARTITIONS];    /* sequence; −1: none yet */
    int64_t swept[DEMO_LINK_PARTITIONS];         /* likewise, of what time and shared data change */
    bool caught_up[DEMO_LINK_PARTITIONS];

    /* business time (ms) → when its last event was produced (us, monotonic) */
    int64_t *times;
    int64_t *produced_us;
    size_t time_count, time_slots;
    uint32_t *latencies_us;
    size_t latency_count, latency_capacity;
    uint32_t recent_us[DEMO_RECENT];
};

void demo_board_init(struct demo_board *board);
void demo_board_free(struct demo_board *board);

/* An event of this business time was produced at `now_us`. */
void demo_board_produced(struct demo_board *board, int64_t time_ms, int64_t now_us);

/*
 * A record of an output, but not of the journal, was read at `now_us`. True: it is a document, and
 * newer than what was known.
 */
bool demo_board_take(struct demo_board *board, const struct demo_received *received,
                     int64_t now_us);

/* The topic of a kind of documents: items, locations, orders, promises, sites. */
enum topic demo_board_topic(int kind);

/* All partitions show all as of at least this sequence and have nothing left to do. */
bool demo_board_shows(const struct demo_board *board, uint64_t sequence);

/*
 * From an event's production to the document that shows it, in ms; 0 without any. Only documents
 * whose newest event is newer than before count, and no sites. `recent`: the last DEMO_RECENT of
 * them.
 */
double demo_board_latency_ms(const struct demo_board *board, double quantile, bool recent);

#endif
