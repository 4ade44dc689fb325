/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_WATCH_H
#define EDGE_KAFKA_WATCH_H

#include "base/status.h"
#include "core/topic.h"
#include "edge/kafka_settings.h"
#include "edge/os.h"
#include "flow/port.h"

/*
 * The watch knows, of all our topics, how many partitions they have and from where to where each
 * reaches. librdkafka 2.0.2 can only be asked for that by calls that wait, so the watch has a
 * client and a thread of its own: it asks for the extents every KAFKA_WATCH_EVERY_MS (or a quarter
 * of the time, where asking takes longer than that) and for the topics every second, and hands the
 * answers over in atomics. Nothing here waits, except where said; all may be called by any thread.
 *
 * Ends are those of read_committed. Start and end of one partition are two answers: only each by
 * itself is exact.
 */
enum {
    KAFKA_WATCH_EVERY_MS = 250,
    /* A broker that is just starting may not know its topics yet; for so long nobody is alarmed. */
    KAFKA_GONE_AFTER_MS = 3000,
};

struct kafka_watch;

/* Starts asking. `wake` is raised when the answer to kafka_watch_ask_journal() is in. */
MUST_USE enum status kafka_watch_open(const struct kafka_settings *settings,
                                      const struct os_event *wake, struct kafka_watch **out_watch,
                                      struct failure *failure);

/* Ends the thread, which takes as long as the question it has open: 2 s at most. NULL is taken. */
void kafka_watch_close(struct kafka_watch *watch);

/*
 * Waits until everything was answered once, for `timeout_ms` at most: else STATUS_UNREACHABLE with
 * what the client complains about, and the watch has stopped for good: close it.
 */
MUST_USE enum status kafka_watch_ready(struct kafka_watch *watch, int64_t timeout_ms,
                                       struct failure *failure);

/* 0 while the topic was never seen; the last number known after it is gone. */
int32_t kafka_watch_partitions(const struct kafka_watch *watch, enum topic topic);
struct log_extent kafka_watch_extent(const struct kafka_watch *watch, enum topic topic,
                                     int32_t partition);
/* How often its end was told so far. */
uint64_t kafka_watch_told(const struct kafka_watch *watch, enum topic topic, int32_t partition);

/* The topic was there, and all answers of the last KAFKA_GONE_AFTER_MS said that it is not. */
bool kafka_watch_gone(const struct kafka_watch *watch, enum topic topic);

/*
 * How often the topic was missing after it had been there, and whether it is there now: a topic
 * that came back may be another one of the same name.
 */
uint32_t kafka_watch_vanishings(const struct kafka_watch *watch, enum topic topic);
bool kafka_watch_present(const struct kafka_watch *watch, enum topic topic);

/* Asks for the end of the journal at once; fresh once an answer given after that is in. */
void kafka_watch_ask_journal(struct kafka_watch *watch);
bool kafka_watch_journal_fresh(const struct kafka_watch *watch);

/* How long ago the brokers last answered; -1: never. */
int64_t kafka_watch_silence_ms(const struct kafka_watch *watch);

#endif
