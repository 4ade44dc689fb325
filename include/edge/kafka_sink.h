/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_SINK_H
#define EDGE_KAFKA_SINK_H

#include "edge/kafka_settings.h"
#include "edge/kafka_watch.h"
#include "edge/os.h"
#include "flow/port.h"

/*
 * sink_port on the output topics: one idempotent producer (acks=all, settings->linger_us) that any
 * thread may produce to; acknowledgements are handed out on the apply thread alone. A second client
 * is opened when an output is first read back. Extents are the watch's, which must have been ready;
 * the number of partitions is that of watermarks.v1 at the time of opening.
 *
 * An outage fills the queue (a million records, 1 GB) and then produce() says STATUS_AGAIN; nothing
 * is given up by the clock.
 */
struct kafka_sink;

/* The settings, the watch and `wake` must outlive it. STATUS_CONFIG: a property is wrong. */
MUST_USE enum status kafka_sink_open(const struct kafka_settings *settings,
                                     struct kafka_watch *watch, const struct os_event *wake,
                                     struct kafka_sink **out_sink, struct failure *failure);
struct sink_port kafka_sink_port(struct kafka_sink *sink);

/* Serves errors of the readback; acknowledgements are served by next_ack(). */
void kafka_sink_poll(struct kafka_sink *sink);

/* As kafka_client_fatal(): the producer has lost its sequence, the process has to start again. */
MUST_USE enum status kafka_sink_fatal(const struct kafka_sink *sink, struct failure *failure);

/* What it last complained about, and how often it did: passing trouble, for the log. */
const char *kafka_sink_trouble(const struct kafka_sink *sink, uint64_t *out_count);

/* Records that were not acknowledged are dropped. No thread may be producing. NULL is taken. */
void kafka_sink_close(struct kafka_sink *sink);

#endif
