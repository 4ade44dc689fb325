/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_H
#define EDGE_KAFKA_H

#include "edge/kafka_settings.h"
#include "edge/os.h"
#include "flow/port.h"

/*
 * All of Kafka that a running process needs: the watch, the journal, the inputs, the sink and the
 * group, on one event that is raised whenever any of them has something new. The ports are used,
 * and kafka_poll() called, by one thread (produce() by any):
 *
 *     for (;;) { kafka_poll(kafka); ... the ports ...; os_event_wait(wake, ..., timeout); }
 *
 * The event is raised when a queue that was empty gets something: wait only after the ports said
 * STATUS_AGAIN, or with a short timeout.
 */
enum { KAFKA_READY_MS = 30000 };

struct kafka;

/*
 * Opens everything and waits until the brokers have answered, KAFKA_READY_MS at most.
 * STATUS_UNREACHABLE: they have not. STATUS_CONFIG: a property or the topic prefix is wrong.
 * That the topics are as they should be is for kafka_topics.h to say, and comes first.
 */
MUST_USE enum status kafka_open(const struct kafka_settings *settings, const struct os_event *wake,
                                struct kafka **out_kafka, struct failure *failure);

struct journal_port kafka_journal(struct kafka *kafka);
struct input_port kafka_inputs(struct kafka *kafka);
struct sink_port kafka_sink(struct kafka *kafka);
struct group_port kafka_group(struct kafka *kafka);

/*
 * Serves what came in. STATUS_UNREACHABLE where one of the clients has died for good: the process
 * should end, to be started again.
 */
MUST_USE enum status kafka_poll(struct kafka *kafka, struct failure *failure);

struct kafka_health {
    int64_t silence_ms;        /* since the brokers last answered the watch */
    uint64_t trouble_count;    /* complaints of all clients so far */
    const char *trouble;       /* the last one of the client that complained most; may be empty */
    uint64_t commit_failures;
};
struct kafka_health kafka_health(const struct kafka *kafka);

/* Leaves the group; what was produced and not acknowledged is dropped. NULL is taken. */
void kafka_close(struct kafka *kafka);

#endif
