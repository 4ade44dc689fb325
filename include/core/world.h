/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WORLD_H
#define CORE_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/table.h"
#include "core/calendar.h"
#include "core/document.h"
#include "core/event.h"

/*
 * The world is the one truth of stock, orders and network: a pure function of the journal. It is
 * fed entry by entry and record by record, in the journal's order:
 *
 *     world_begin(entry) · { world_reject | world_apply }* · world_end(entry)
 *
 * Nothing else feeds it: no clock, no I/O, no allocation, no randomness. Every process that was
 * fed the same entries has the same tables, byte for byte.
 *
 * Documents are derived from it (world_derive) between entries. What an entry changed is listed
 * as keys (world_touched); what time and shared data changed shows in world_key_changed().
 */
struct world;

/* How time is told (contract 5, `clock`). */
enum world_clock { WORLD_CLOCK_WALL, WORLD_CLOCK_EVENT };

/* 2.5 `settings`: they come with the journal. Durations in milliseconds. */
struct settings {
    uint32_t rules;
    enum world_clock clock;
    int64_t dedupe_window_ms;
    int64_t future_tolerance_ms;
    int64_t reorder_window_ms;
    int64_t parked_alarm_ms;
    int64_t closed_orders_ms;
    int64_t tombstone_after_ms;
    int64_t review_ms;
    int32_t inbound_grace_days;
    int32_t moves;
};
struct settings settings_defaults(void);
enum { RULES_VERSION = 1 };

/* Of an entry, what the world needs beside its records. */
struct world_zone {
    struct bytes name;
    struct bytes tzif;               /* as in the journal; kept so that writers can compare */
    const struct zone_rules *rules;  /* decoded */
};

struct world_entry {
    uint64_t sequence;
    int64_t now_ms;
    const struct settings *settings;     /* NULL: unchanged */
    const struct world_zone *zones;
    uint32_t zone_count;
    const struct watermark_entry {
        uint32_t partition;
        uint64_t sequence;
    } *published;
    uint32_t published_count;
    bool review;
};

/* Where a record stood, whatever it holds. */
struct record_place {
    enum topic topic;
    int32_t partition;                   /* -1: a null added by the writer (2.5) */
    int64_t offset;
    int64_t timestamp_ms;                /* -1: none */
    int64_t journal_offset;              /* of the entry that carries it */
};

/* What became of a record: promised_events_total{result}. */
enum event_result {
    RESULT_APPLIED,
    RESULT_DUPLICATE,
    RESULT_STALE,
    RESULT_PARKED,
    RESULT_IGNORED,
    RESULT_REJECTED,
    RESULT_COUNT,
};
extern const char *const RESULT_NAMES[RESULT_COUNT];

/* Bad news that changes nothing else: promised_anomalies_total{kind}. */
enum anomaly {
    ANOMALY_NEGATIVE_ON_HAND,
    ANOMALY_OVER_SHIPPED,
    ANOMALY_NOTHING_OPEN,
    ANOMALY_RELEASE_BEYOND_HELD,
    ANOMALY_LATE_BEYOND_WINDOW,
    ANOMALY_SKU_MISMATCH,
    ANOMALY_UNKNOWN_FIELD,
    ANOMALY_COUNT,
};
extern const char *const ANOMALY_NAMES[ANOMALY_COUNT];

/* Bytes of address space that a world with room for `scale` takes; see world_init(). */
enum world_scale { WORLD_SCALE_TEST, WORLD_SCALE_FULL };
size_t world_bytes(enum world_scale scale);

/* An empty world in `arena`, which must have world_bytes() zeroed bytes and must outlive it. */
struct world *world_init(struct arena *arena, enum world_scale scale);

/* `entry->sequence` must be above world_sequence(). */
void world_begin(struct world *world, const struct world_entry *entry);

/* A record that did not decode: counted, kept until published. `type` may be EVENT_UNKNOWN. */
void world_reject(struct world *world, const struct record_place *place, enum event_type type,
                  const struct refusal_reason *reason);

/* A record that `journal skip` names: only its position moves; counted as ignored. */
void world_skip(struct world *world, const struct record_place *place);

/*
 * Applies a decoded record. RESULT_REJECTED: nothing changed but the list of refused records; the
 * reason is in `out_reason` (may be NULL).
 */
enum event_result world_apply(struct world *world, const struct record_place *place,
                              const struct event *event, struct refusal_reason *out_reason);

void world_end(struct world *world, const struct world_entry *entry);

/* ------------------------------------------------------------------ what it knows */

uint64_t world_sequence(const struct world *world);
int64_t world_now_ms(const struct world *world);      /* 2.6: now, at which decisions are taken */
const struct settings *world_settings(const struct world *world);   /* rules 0: no entry yet */

/* The TZif bytes in force for a zone; data NULL: the world has none of this name. */
struct bytes world_zone_tzif(const struct world *world, struct bytes name);

/* Offset after the last record of this partition that is in the state; -1: none is. */
int64_t world_position(const struct world *world, enum topic topic, int32_t partition);
/* Partitions of `topic` with a position are below this. */
int32_t world_position_count(const struct world *world, enum topic topic);

/* Whether reference keys still have a record: for 2.5's "null for each key the topic has no more".
 * Walks keys: starts with *cursor 0; false at the end. Key bytes are in `buffer`. */
bool world_reference_key(const struct world *world, enum topic topic, uint32_t *cursor,
                         struct buffer *key);

/* The next instant (ms) at which a tick would change something; INT64_MAX: none. */
int64_t world_due_ms(const struct world *world);
uint32_t world_due_count(const struct world *world);

/* The instant (ms) from which on an entry should carry `review` (2.6); INT64_MAX: none. */
int64_t world_review_ms(const struct world *world);

uint64_t world_event_count(const struct world *world, enum topic topic, enum event_type type,
                           enum event_result result);
uint64_t world_anomaly_count(const struct world *world, enum anomaly anomaly);
/* The watermark of an output partition that the journal last told; 0: none. */
uint64_t world_published(const struct world *world, uint32_t partition);
int64_t world_shortfall_units(const struct world *world);
uint32_t world_parked_count(const struct world *world);
/* Parked events older than limits.parked_alarm at now. */
uint32_t world_parked_alarm_count(const struct world *world);
uint64_t world_promise_count(const struct world *world, bool kept);

/* ------------------------------------------------------------------ refused records */

struct rejected {
    struct record_place place;
    uint64_t sequence;                  /* of the entry that refused it */
    enum refusal refusal;
    struct bytes detail;
};

/* Refused records not yet forgotten, oldest first: *cursor 0 at first; false at the end.
 * A cursor stays good while the world goes on, and picks up what comes later. */
bool world_rejected(const struct world *world, uint64_t *cursor, struct rejected *out_rejected);

/* ------------------------------------------------------------------ keys and documents */

/* KEY_PROMISE has the rows of KEY_ITEM: promises.items exists where availability.items does. */
enum key_kind { KEY_ITEM, KEY_LOCATION, KEY_ORDER, KEY_PROMISE, KEY_SITE, KEY_KIND_COUNT };

/* A key of a document topic: sku|network, sku|location, order_id or location; rows are dense. */
struct document_key {
    enum key_kind kind;
    uint32_t row;
};

enum key_state {
    KEY_STATE_NONE,      /* no such key, or nothing was ever shown for it */
    KEY_STATE_LIVE,
    KEY_STATE_GONE,      /* publish with gone: true */
    KEY_STATE_TOMBSTONE, /* tombstone_after later: publish null */
};

/* The keys that the entries since the last world_touched_clear() changed, each once. */
const struct document_key *world_touched(const struct world *world, uint32_t *out_count);
void world_touched_clear(struct world *world);

/* Rows of this kind are below the answer; some may have KEY_STATE_NONE. */
uint32_t world_key_row_count(const struct world *world, enum key_kind kind);
enum key_state world_key_state(const struct world *world, struct document_key key);

/* The sequence of the newest change of anything that the key's document is made of. */
uint64_t world_key_changed(const struct world *world, struct document_key key);

/* Whether anything that the key's document is made of changed after `sequence`. */
bool world_key_due(const struct world *world, struct document_key key, uint64_t sequence);

/* The newest change of time or shared data: calendars, midnights, networks, lanes, full days. */
uint64_t world_shared_changed(const struct world *world);

/* The newest change of what is left of a day that is not full yet: each unit sold is one, and makes
 * few keys due. Who looks for them may take its time. */
uint64_t world_capacity_changed(const struct world *world);

/* The newest change of any KEY_SITE document. These keys are never among world_touched(): a booking
 * of every order line would name them. */
uint64_t world_sites_changed(const struct world *world);

/* The first part of the key, by which it has its partition: sku or order_id. */
struct bytes world_key_part(const struct world *world, struct document_key key);
enum topic world_key_topic(enum key_kind kind);

/*
 * The document of a key that is live, as of world_sequence(); of one that is gone or a tombstone,
 * as of the entry that ended it. Arrays are in `arena`.
 */
void world_derive(const struct world *world, struct document_key key, struct arena *arena,
                  struct document *out_document);

/* Rows by name; row 0: unknown. `row` goes on after the last answer for all keys of a SKU. */
/* The key of a document topic by the bytes of its record key; row 0: unknown. */
struct document_key world_find_key(const struct world *world, enum topic topic, struct bytes key);
struct document_key world_find_order(const struct world *world, struct bytes order_id);
bool world_find_next(const struct world *world, enum key_kind kind, struct bytes sku,
                     struct document_key *in_out_key);
/* Newest business time that a live key's document shows, and of all events (TIME_NONE: none). */
int64_t world_as_of(const struct world *world);

/* ------------------------------------------------------------------ cuts (snapshot, hash) */

/*
 * The tables that are the whole state, in an order that is part of the snapshot format.
 * LAYOUT_VERSION rises with every change of a row or of this list.
 */
enum { WORLD_TABLES_MAX = 64, WORLD_LAYOUT_VERSION = 2 };
uint32_t world_table_count(const struct world *world);
struct table *world_table(struct world *world, uint32_t index);
const char *world_table_name(const struct world *world, uint32_t index);

/* After all tables were restored: builds the maps anew. False where rows contradict each other. */
bool world_restored(struct world *world);

/* Where pending chunks of a cut are saved; the owner of the cut resets it when the cut is done. */
struct arena *world_spill(struct world *world);

/* Bytes of tables in use; for limits.memory and promised_state_bytes. */
size_t world_state_bytes(const struct world *world);

#endif
