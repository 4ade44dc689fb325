/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_REPLAY_H
#define APP_DEMO_REPLAY_H

#include "app/demo_event.h"
#include "base/status.h"

/*
 * An event log on disk, record by record: lines of
 *     {"topic", "key", "value" | "value_b64", "timestamp_ms"}
 * in the order in which they are to be produced. `value` is written again as compact JSON, null is
 * a tombstone; `value_b64` has bytes that are no JSON text.
 */
struct demo_replay;

/* `path`: a file, or a folder with all.jsonl. STATUS_USAGE: it cannot be read. */
MUST_USE enum status demo_replay_open(const char *path, struct demo_replay **out_replay,
                                      struct failure *failure);

/*
 * STATUS_OK: the next record, good until the next call. STATUS_ABSENT: the end. STATUS_USAGE: a
 * line is none, as `failure` says by its number.
 */
MUST_USE enum status demo_replay_next(struct demo_replay *replay, struct demo_record *out_record,
                                      struct failure *failure);

/* How much of the file was read, 0 to 1. */
double demo_replay_progress(const struct demo_replay *replay);

/* NULL is taken. */
void demo_replay_close(struct demo_replay *replay);

#endif
