/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_TOPICS_H
#define EDGE_KAFKA_TOPICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "core/topic.h"
#include "edge/kafka_settings.h"

/*
 * How our topics have to be (contract 2 and 6), as pure functions of how they are: what refuses a
 * start, what is merely weak, and what `topics apply` would do about it. Who asks and changes the
 * brokers is kafka_admin.h.
 */
enum { KAFKA_CONFIG_VALUE_BYTES = 64, KAFKA_FINDING_BYTES = 320 };

/* A topic as the brokers have it. Numbers are -1 where a topic has no such limit. */
struct kafka_topic_state {
    bool exists;
    int32_t partition_count;
    int32_t replication;               /* of the partition that has the fewest replicas */
    char cleanup_policy[KAFKA_CONFIG_VALUE_BYTES];
    char timestamp_type[KAFKA_CONFIG_VALUE_BYTES];
    int64_t retention_ms;
    int64_t retention_bytes;
    int64_t message_bytes_max;
    int64_t min_insync;
};

struct kafka_topics {
    int32_t broker_count;
    struct kafka_topic_state states[TOPIC_COUNT];
};

enum kafka_severity { KAFKA_FINE, KAFKA_WEAK, KAFKA_REFUSED };

/* One line for a person: what is wrong with which topic, and the command that mends it. */
struct kafka_finding {
    enum topic topic;
    enum kafka_severity severity;
    char text[KAFKA_FINDING_BYTES];
};

enum { KAFKA_FINDINGS_MAX = TOPIC_COUNT * 8 };

struct kafka_findings {
    struct kafka_finding rows[KAFKA_FINDINGS_MAX];
    uint32_t count;
    enum kafka_severity worst;
};

/* Topics in order, within one the worst first. Without any finding, `worst` is KAFKA_FINE. */
void kafka_topics_judge(const struct kafka_topics *topics, const char *topic_prefix,
                        struct kafka_findings *out_findings);

/* STATUS_CONFIG with the first finding that refuses a start; STATUS_OK without one. */
MUST_USE enum status kafka_findings_status(const struct kafka_findings *findings,
                                           struct failure *failure);

/* What a topic is created with. `value` NULL ends the list. */
const struct kafka_property *kafka_topic_wanted(enum topic topic);

enum kafka_action_kind {
    KAFKA_CREATE,       /* with kafka_topic_wanted() */
    KAFKA_GROW,         /* to `partition_count` partitions */
    KAFKA_SET,          /* `name` to `value` */
};

struct kafka_action {
    enum kafka_action_kind kind;
    enum topic topic;
    int32_t partition_count;
    int32_t replication;
    const char *name;   /* literals */
    const char *value;
};

struct kafka_plan {
    struct kafka_action actions[KAFKA_FINDINGS_MAX];
    uint32_t count;
};

/*
 * What would bring the topics into order: missing ones with `partition_count` partitions (document
 * topics with as many as the largest of them has, the journal one) and `replication` replicas (0:
 * 3, or as many as there are brokers), settings that refuse a start or are too small, document
 * topics of different counts grown to the largest. A journal of several partitions cannot be mended
 * by a command; nor are replicas and retention of a topic that exists touched.
 */
void kafka_topics_plan(const struct kafka_topics *topics, int32_t partition_count,
                       int32_t replication, struct kafka_plan *out_plan);

#endif
