/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_TRUTH_H
#define APP_DEMO_TRUTH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/demo_event.h"
#include "app/demo_map.h"

/*
 * What the events of a demo add up to, by the definitions of contract section 4, and the documents
 * that follow from it. Slow and obvious: it keeps facts and adds them up when asked. It shares no
 * code with the world it judges: only this file's structs, demo_map, demo_event and jansson.
 *
 * What hangs on the order in which topics were read (R3: which line came first, what a late count
 * met) is taken from the order in which records are given; totals do not depend on it. Orders are
 * kept for ever: R15 ends nothing here, so the daemon has to be told to keep them as long.
 */
struct demo_truth_settings {
    bool event_clock;               /* clock: event; else wall */
    int64_t dedupe_ms;
    int64_t future_ms;
    int64_t window_ms;              /* limits.reorder_window */
    int64_t grace_days;
};

/* contract 7, `result` */
enum demo_result {
    DEMO_RESULT_APPLIED,
    DEMO_RESULT_DUPLICATE,
    DEMO_RESULT_STALE,
    DEMO_RESULT_PARKED,
    DEMO_RESULT_IGNORED,
    DEMO_RESULT_REJECTED,
    DEMO_RESULT_COUNT,
};
extern const char *const DEMO_RESULT_NAMES[DEMO_RESULT_COUNT];

struct demo_truth;

struct demo_truth *demo_truth_open(const struct demo_truth_settings *settings);
void demo_truth_close(struct demo_truth *truth);

/* An entry begins whose `now` is this (ms); what ends by time ends. */
void demo_truth_begin(struct demo_truth *truth, int64_t now_ms);

/* One record of the entry, from this partition. */
enum demo_result demo_truth_take(struct demo_truth *truth, const struct demo_record *record,
                                 int32_t partition);

/* Lines of orders that were placed so far. */
uint64_t demo_truth_lines(const struct demo_truth *truth);

/*
 * The documents as they are after all records, at `now_ms` (under the event clock: at the newest
 * event), without version and as_of. Days are those of the zones of this machine: TZ is changed for
 * the moment, so no other thread may ask for local time meanwhile. Ends the taking.
 */
struct demo_documents;
struct demo_documents *demo_documents_open(struct demo_truth *truth, int64_t now_ms);
void demo_documents_close(struct demo_documents *documents);

/* Names of all documents of a topic: a map without values, to be freed by the caller. */
struct demo_map demo_documents_names(struct demo_documents *documents, enum topic topic);

/* The document of one of these names; a new reference. */
json_t *demo_documents_get(struct demo_documents *documents, enum topic topic, const char *name);

#endif
