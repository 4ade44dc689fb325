/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <stdint.h>

#include "base/bytes.h"
#include "core/topic.h"

struct record_header {
    struct bytes name;
    struct bytes value;      /* data NULL: a null header value */
};

/* A Kafka record as it lies in its topic. `timestamp_ms` < 0: the broker gave none. */
struct record {
    enum topic topic;
    int32_t partition;
    int64_t offset;          /* -1 with partition -1: a null the writer added (2.5) */
    int64_t timestamp_ms;
    struct bytes key;        /* data NULL: null */
    struct bytes value;      /* data NULL: null */
    const struct record_header *headers;
    uint32_t header_count;
};

#endif
