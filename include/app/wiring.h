/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_WIRING_H
#define APP_WIRING_H

#include "app/config.h"
#include "edge/kafka_settings.h"

/* What the edge needs to know of the configuration to reach Kafka; views of `config`. */
struct kafka_wiring {
    struct kafka_settings settings;
    struct kafka_property properties[CONFIG_PROPERTIES_MAX];
};

/*
 * Fills `out_wiring`, which must not move afterwards. `servers` are those of the embedded broker,
 * or NULL: then config->brokers says where Kafka is; `embedded:HOST:PORT` is the embedded broker of
 * another process, such as the demo's.
 */
void wiring_kafka(const struct config *config, const char *servers,
                  struct kafka_wiring *out_wiring);

/* The broker is to be hosted by this process. */
bool wiring_embedded(const struct config *config);

#endif
