/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_SETTINGS_H
#define EDGE_KAFKA_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* One setting of librdkafka, by the name and in the spelling of its own documentation. */
struct kafka_property {
    const char *name;
    const char *value;
};

/*
 * How Kafka is reached (contract 5, `kafka:` and `publish.linger`). All texts belong to the caller
 * and must stay as long as anything that was opened with them.
 *
 * `properties` come last and override what this program chose, but for the few that its guarantees
 * rest on (isolation, acknowledgements, idempotence, where to go on after a lost offset, who
 * commits): those are refused, naming the property.
 */
struct kafka_settings {
    const char *brokers;        /* host:port, comma separated; for `embedded` those of its host */
    const char *topic_prefix;   /* never NULL; in front of every topic */
    const char *group;
    const char *instance;       /* static membership; empty: none */
    const struct kafka_property *properties;
    uint32_t property_count;
    uint32_t linger_us;         /* how long outputs wait for company */
    uint64_t input_buffer_bytes; /* for all inputs together; 0: KAFKA_INPUT_BUFFER_BYTES */
    bool embedded;              /* the broker is the one of embedded_broker.h */
};

/* Topic names end at 249 bytes; ours and room in messages come on top of the prefix. */
enum { KAFKA_PREFIX_BYTES_MAX = 150 };

/* One to two seconds of input at the rate one process can take: less stalls the fetching. */
#define KAFKA_INPUT_BUFFER_BYTES (UINT64_C(512) << 20)

#endif
