/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_KAFKA_BENCH_H
#define BENCH_KAFKA_BENCH_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * What the Kafka benches share: clients with the settings of `promised` itself, clocks, and a queue
 * of whole batches. Whatever goes wrong ends the program with 1 and says why: a bench has no use
 * for half a result.
 */

struct property {
    const char *name;
    const char *value;
};

enum { BATCH_MESSAGES = 1000 };

_Noreturn void die(const char *what, const char *why);

/* Idempotent, acks=all, delivery reports as events on the main queue. `own` ends with a NULL. */
rd_kafka_t *producer_open(const char *brokers, const char *linger_ms, const struct property *own);

/* A "simple" consumer, read_committed, no group. */
rd_kafka_t *consumer_open(const char *brokers, const struct property *own);

/* The topic of a client; never destroyed before the client. */
rd_kafka_topic_t *topic_open(rd_kafka_t *client, const char *name);

int32_t partition_count(rd_kafka_t *client, rd_kafka_topic_t *topic);

/* All partitions of the topic from `offset` on (RD_KAFKA_OFFSET_BEGINNING, _END) into one queue
 * that makes `descriptor` readable when it gets its first message; -1: none. */
rd_kafka_queue_t *consume_all(rd_kafka_t *consumer, rd_kafka_topic_t *topic, int64_t offset,
                              int descriptor);

/* Where all partitions end, summed. */
int64_t end_sum(rd_kafka_t *consumer, const char *name);

/* Copies key and value to one partition; waits where the queue is full. */
void produce(rd_kafka_topic_t *topic, int32_t partition, struct bytes key, struct bytes value);

/* Takes the delivery reports that are there; how many. A failed one ends the program. */
int64_t take_reports(rd_kafka_t *producer);

/* Waits up to `milliseconds` until an event descriptor is raised, and lowers it. */
void event_wait(int descriptor, int milliseconds);
int event_open(void);

int64_t now_ns(void);               /* monotonic */
double cpu_seconds(void);           /* of this process, all threads, user and system */

/* The number behind `name` among the words, or `otherwise`. */
int64_t number_option(int count, char **words, const char *name, int64_t otherwise);
const char *text_option(int count, char **words, const char *name);

#endif
