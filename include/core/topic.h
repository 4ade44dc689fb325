/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TOPIC_H
#define CORE_TOPIC_H

#include <stdbool.h>

#include "base/bytes.h"

/* The topics of contract section 2 and 3, inputs first. Names are without `topic_prefix`. */
enum topic {
    TOPIC_STOCK,
    TOPIC_ORDERS,
    TOPIC_SHIPMENTS,
    TOPIC_LOCATIONS,
    TOPIC_LANES,
    TOPIC_CATALOG,
    TOPIC_INPUT_COUNT,
    TOPIC_REFERENCE_FIRST = TOPIC_LOCATIONS,

    TOPIC_AVAILABILITY_ITEMS = TOPIC_INPUT_COUNT,
    TOPIC_AVAILABILITY_LOCATIONS,
    TOPIC_PROMISES_ORDERS,
    TOPIC_PROMISES_ITEMS,
    TOPIC_PROMISES_LOCATIONS,
    TOPIC_WATERMARKS,
    TOPIC_REJECTS,
    TOPIC_JOURNAL,
    TOPIC_COUNT,
    TOPIC_UNKNOWN = TOPIC_COUNT,
};

enum topic_kind {
    TOPIC_KIND_EVENTS,    /* cleanup.policy=delete */
    TOPIC_KIND_REFERENCE, /* compact */
    TOPIC_KIND_DOCUMENTS, /* compact; all of one partition count, that of watermarks.v1 */
    TOPIC_KIND_REJECTS,   /* delete; as many partitions as the documents */
    TOPIC_KIND_JOURNAL,   /* delete, one partition, LogAppendTime */
};

struct topic_facts {
    const char *name;
    enum topic_kind kind;
};

/* Indexed by enum topic. */
extern const struct topic_facts TOPICS[TOPIC_COUNT];

/* TOPIC_UNKNOWN where no topic has this name. */
enum topic topic_find(struct bytes name);

static inline bool topic_is_input(enum topic topic)
{
    return topic < TOPIC_INPUT_COUNT;
}

static inline bool topic_is_reference(enum topic topic)
{
    return topic >= TOPIC_REFERENCE_FIRST && topic < TOPIC_INPUT_COUNT;
}

#endif
