/* SPDX-License-Identifier: Apache-2.0 */
#include "core/topic.h"

const struct topic_facts TOPICS[TOPIC_COUNT] = {
    [TOPIC_STOCK] = { "stock.movements.v1", TOPIC_KIND_EVENTS },
    [TOPIC_ORDERS] = { "orders.lifecycle.v1", TOPIC_KIND_EVENTS },
    [TOPIC_SHIPMENTS] = { "shipments.lifecycle.v1", TOPIC_KIND_EVENTS },
    [TOPIC_LOCATIONS] = { "network.locations.v1", TOPIC_KIND_REFERENCE },
    [TOPIC_LANES] = { "network.lanes.v1", TOPIC_KIND_REFERENCE },
    [TOPIC_CATALOG] = { "catalog.items.v1", TOPIC_KIND_REFERENCE },
    [TOPIC_AVAILABILITY_ITEMS] = { "availability.items.v1", TOPIC_KIND_DOCUMENTS },
    [TOPIC_AVAILABILITY_LOCATIONS] = { "availability.locations.v1", TOPIC_KIND_DOCUMENTS },
    [TOPIC_PROMISES_ORDERS] = { "promises.orders.v1", TOPIC_KIND_DOCUMENTS },
    [TOPIC_PROMISES_ITEMS] = { "promises.items.v1", TOPIC_KIND_DOCUMENTS },
    [TOPIC_PROMISES_LOCATIONS] = { "promises.locations.v1", TOPIC_KIND_DOCUMENTS },
    [TOPIC_WATERMARKS] = { "watermarks.v1", TOPIC_KIND_DOCUMENTS },
    [TOPIC_REJECTS] = { "rejects.v1", TOPIC_KIND_REJECTS },
    [TOPIC_JOURNAL] = { "promised.journal.v1", TOPIC_KIND_JOURNAL },
};

static bool is_named(struct bytes name, const char *text)
{
    size_t at = 0;
    while (at < name.count && text[at] != '\0' && (char)name.data[at] == text[at]) {
        at++;
    }
    return at == name.count && text[at] == '\0';
}

enum topic topic_find(struct bytes name)
{
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        if (is_named(name, TOPICS[topic].name)) {
            return (enum topic)topic;
        }
    }
    return TOPIC_UNKNOWN;
}
