/* SPDX-License-Identifier: Apache-2.0 */
#include "app/wiring.h"

#include <string.h>

/* Documents have gathered for publish.linger already when they are produced: the client only has to
 * wait for the rest of the same round. */
enum { CLIENT_LINGER_US = 500 };

/* The address of an embedded broker in another process; NULL: it is none. */
static const char *embedded_elsewhere(const struct config *config)
{
    static const char MARK[] = "embedded:";
    return strncmp(config->brokers, MARK, sizeof MARK - 1) == 0
               ? config->brokers + sizeof MARK - 1
               : NULL;
}

bool wiring_embedded(const struct config *config)
{
    return strcmp(config->brokers, "embedded") == 0;
}

void wiring_kafka(const struct config *config, const char *servers,
                  struct kafka_wiring *out_wiring)
{
    for (uint32_t i = 0; i < config->property_count; i++) {
        out_wiring->properties[i] = (struct kafka_property){ config->properties[i].name,
                                                             config->properties[i].value };
    }
    const char *elsewhere = embedded_elsewhere(config);
    out_wiring->settings = (struct kafka_settings){
        .brokers = servers ? servers : elsewhere ? elsewhere : config->brokers,
        .topic_prefix = config->topic_prefix,
        .group = config->group,
        .instance = config->instance,
        .properties = out_wiring->properties,
        .property_count = config->property_count,
        .linger_us = config->linger_ms > 0 ? CLIENT_LINGER_US : 0,
        .embedded = elsewhere || wiring_embedded(config),
    };
}
