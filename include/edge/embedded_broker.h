/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_EMBEDDED_BROKER_H
#define EDGE_EMBEDDED_BROKER_H

#include <stdint.h>

#include "base/status.h"

/*
 * `brokers: embedded`: a Kafka broker inside the process, on a free port of the loopback interface,
 * for demos and tests. It is librdkafka's mock cluster: other clients can produce to it and consume
 * from it, but it keeps about 5 MiB a partition, forgets everything with the process, knows neither
 * compaction nor transactions nor log-append time, and cannot be administered. Numbers measured
 * against it are not Kafka's.
 *
 * It answers one request at a time for each partition and `linger`: keep input partitions low (8).
 */
enum { EMBEDDED_PARTITIONS_MAX = 64 };

struct embedded_broker;

/*
 * Starts the broker with all topics: `partition_count` partitions each, the journal one.
 * `topic_prefix` as in kafka_settings. STATUS_UNREACHABLE where it cannot listen.
 */
MUST_USE enum status embedded_broker_open(const char *topic_prefix, int32_t partition_count,
                                          struct embedded_broker **out_broker,
                                          struct failure *failure);

/* The bootstrap servers, host:port; good until the close. */
const char *embedded_broker_servers(const struct embedded_broker *broker);

/* To be closed after all its clients. NULL is taken. */
void embedded_broker_close(struct embedded_broker *broker);

#endif
