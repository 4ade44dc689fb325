/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_CLIENT_H
#define EDGE_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>

#include "base/status.h"
#include "core/topic.h"
#include "edge/kafka_settings.h"
#include "edge/os.h"

/*
 * One librdkafka client: what all the kafka_* files have in common. Room is the caller's and must
 * not move while the client is open. Apart from producing, a client is used by one thread.
 */
enum kafka_role {
    KAFKA_READER,   /* a consumer without a group: partitions and offsets are given to it */
    KAFKA_MEMBER,   /* a consumer in settings->group */
    KAFKA_WRITER,   /* an idempotent producer */
};

enum { KAFKA_TOPIC_NAME_BYTES = 250, KAFKA_TROUBLE_BYTES = 256 };

struct kafka_client {
    rd_kafka_t *handle;
    const struct kafka_settings *settings;
    rd_kafka_topic_t *topics[TOPIC_COUNT];
    /* What the client last complained about (a broker away, a wrong password); it keeps trying. */
    char trouble[KAFKA_TROUBLE_BYTES];
    uint64_t trouble_count;
};

/* Callbacks that only some clients have; NULL where not. Their opaque is the kafka_client. */
struct kafka_callbacks {
    void (*rebalance)(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t *partitions, void *opaque);
    void (*commit)(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                   rd_kafka_topic_partition_list_t *offsets, void *opaque);
    bool delivery_events;       /* acknowledgements arrive as events on the main queue */
};

/*
 * Opens a client with this program's settings for its role, then `own` (ended by a NULL name), then
 * the user's. No broker is waited for. STATUS_CONFIG names the property that is wrong.
 */
MUST_USE enum status kafka_client_open(struct kafka_client *client,
                                       const struct kafka_settings *settings, enum kafka_role role,
                                       const struct kafka_property *own,
                                       const struct kafka_callbacks *callbacks,
                                       struct failure *failure);

/* Drops what was not sent, and everything else. Takes a client that is zero or closed already. */
void kafka_client_close(struct kafka_client *client);

/* The full name of a topic, prefix included. */
struct kafka_topic_name {
    char text[KAFKA_TOPIC_NAME_BYTES];
};
struct kafka_topic_name kafka_topic_name(const struct kafka_settings *settings, enum topic topic);

/* The client's handle of a topic, made when first asked for, and the way back from it. */
rd_kafka_topic_t *kafka_client_topic(struct kafka_client *client, enum topic topic);
enum topic kafka_topic_of(const rd_kafka_topic_t *handle);

/* From now on `wake` is raised whenever something comes into the empty queue. */
void kafka_queue_wakes(rd_kafka_queue_t *queue, const struct os_event *wake);

/*
 * STATUS_OK unless the client has met an error from which it will not recover (another static
 * member of the same instance took over, a producer lost its sequence): then STATUS_UNREACHABLE,
 * and the process should end and be started again.
 */
MUST_USE enum status kafka_client_fatal(const struct kafka_client *client, struct failure *failure);

#endif
