/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_EVENT_H
#define APP_DEMO_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/topic.h"

/*
 * One record as the demo produces it. `value` NULL: a tombstone. Bytes are followed by a zero.
 * Views: whose they are is said where records come from.
 */
struct demo_record {
    enum topic topic;
    const char *key;
    const char *value;
    size_t value_bytes;
    int64_t timestamp_ms;
};

/*
 * The recomputation's own reading of records (contract 1 and 2), from JSON alone, bare or
 * structured, without headers: whatever is wrong, the record is refused as a whole.
 */
enum demo_kind {
    DEMO_RECEIVED,
    DEMO_ADJUSTED,
    DEMO_COUNTED,
    DEMO_HELD,
    DEMO_RELEASED,
    DEMO_RETURNED,
    DEMO_TRANSFERRED,
    DEMO_EXPECTED,
    DEMO_PLACED,
    DEMO_AMENDED,
    DEMO_CANCELLED,
    DEMO_ASSIGNED,
    DEMO_SHIPPED,
    DEMO_VOIDED,
    DEMO_SHORTED,
    DEMO_DELIVERED,
    DEMO_LOCATION,
    DEMO_LANE,
    DEMO_ITEM,
    DEMO_KIND_COUNT,
};
extern const char *const DEMO_KIND_NAMES[DEMO_KIND_COUNT];

enum demo_reading { DEMO_READ, DEMO_IGNORED, DEMO_REFUSED };

/*
 * `data` has only the fields of the contract, checked; whole numbers are integers, what is null or
 * equals its default is left out. It is owned by the event. For reference data identity and time
 * are empty; data NULL: the key is removed.
 */
struct demo_event {
    enum demo_kind kind;
    int64_t time_ns;
    json_t *data;
    char identity[700];    /* topic, key, source and id */
    uint64_t content;      /* hash of type, time and data */
};

/* DEMO_READ: `out_event` is filled, and demo_event_end() is due. */
enum demo_reading demo_event_read(const struct demo_record *record, struct demo_event *out_event);
void demo_event_end(struct demo_event *event);

/* Fields of checked data: NULL, or the fallback, where absent. */
const char *demo_field_text(const json_t *map, const char *name);
int64_t demo_field_number(const json_t *map, const char *name, int64_t fallback);
bool demo_field_flag(const json_t *map, const char *name, bool fallback);

/* RFC 3339, as nanoseconds since 1970; false where it is not. */
bool demo_instant_of(const char *text, int64_t *out_ns);

/* Days since 1970-01-01 of a checked date, and back; INT32_MIN for a NULL text. */
int32_t demo_day_of(const char *date);
void demo_day_text(int32_t day, char out_text[16]);

#endif
