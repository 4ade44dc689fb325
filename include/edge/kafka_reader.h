/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_READER_H
#define EDGE_KAFKA_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"
#include "edge/kafka_client.h"
#include "edge/kafka_watch.h"

/*
 * A reader goes through one partition from an offset on. It has a queue of its own, which
 * librdkafka fills up to its bounds and which is emptied only as the reader is asked: a partition
 * nobody takes from just stays full. Nothing waits. One thread.
 *
 *     taken            batch (at most KAFKA_READER_BATCH)      queue                broker
 *     |-- held --|     |next ........................|         |...............|    |....
 *                      ^ position
 *
 * After the topic was missing for a while and is back, the reader reads the last record that was
 * taken once more: when that is another one, the topic is another one, and the reader is lost.
 * (librdkafka 2.0.2 shows no topic ids. A topic deleted and created anew between two questions of
 * the watch, and longer than the position by then, is not noticed here.)
 */
enum { KAFKA_READER_BATCH = 1000, KAFKA_READER_HEADERS = 64 };

struct kafka_reader {
    struct kafka_client *client;
    const struct kafka_watch *watch;
    const struct os_event *wake;
    enum topic topic;
    int32_t partition;
    bool append_time_only;          /* a timestamp that is not the broker's counts as none */

    rd_kafka_queue_t *queue;        /* NULL: not started */
    int64_t position;               /* what is looked at next */
    int64_t end_seen;               /* where the broker last said "end of partition" */
    bool heard;                     /* anything arrived since the start: the cached end is new */

    rd_kafka_message_t *held;       /* taken; its views are good until the next peek */
    rd_kafka_message_t *batch[KAFKA_READER_BATCH];
    uint32_t next;
    uint32_t count;
    bool converted;                 /* `record` shows batch[next] */
    struct record record;
    struct record_header *headers;
    uint32_t header_capacity;

    uint32_t vanishings;            /* of the topic, as of the last start */
    bool verifying;                 /* the first record to come was taken before */
    int64_t last_offset;            /* of the record last taken; -1: none since the start */
    int64_t last_timestamp_ms;
    uint64_t last_hash;

    struct failure lost;            /* status STATUS_LOST once it is */
};

/* A reader that is not started. The client, the watch and `wake` must outlive it. */
void kafka_reader_init(struct kafka_reader *reader, struct kafka_client *client,
                       const struct kafka_watch *watch, const struct os_event *wake,
                       enum topic topic, int32_t partition);

/* Reads from `offset` on; forgets what was buffered, and that it was lost. */
void kafka_reader_start(struct kafka_reader *reader, int64_t offset);

/* Gives back everything but the reader itself; it may be started again. */
void kafka_reader_stop(struct kafka_reader *reader);

/*
 * STATUS_OK: the record at the position, good until the peek after it was taken. STATUS_AGAIN: none
 * here; `out_at_end` tells whether the position is the end that the broker last told.
 * STATUS_LOST: the offset is gone, or the topic is gone or another one; it stays so until a start.
 */
MUST_USE enum status kafka_reader_peek(struct kafka_reader *reader, struct record *out_record,
                                       bool *out_at_end, struct failure *failure);

/* Moves on behind the record that was just peeked. */
void kafka_reader_take(struct kafka_reader *reader);

/* The end of the partition as told with what was last received; -1 where nothing was yet. */
int64_t kafka_reader_end(const struct kafka_reader *reader);

#endif
