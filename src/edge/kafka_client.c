/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kafka_client.h"

#include <stdio.h>
#include <string.h>

enum { ERROR_TEXT_BYTES = 512 };

/*
 * What the guarantees of contract section 6 rest on, and what has a key of its own in the
 * configuration: a property may not say otherwise.
 */
static const char *const OWN_PROPERTIES[] = {
    "acks",
    "auto.commit.enable",
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "isolation.level",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "request.required.acks",
    "transactional.id",
};

static const struct kafka_property COMMON[] = {
    { "client.id", "promised" },
    /* After an outage a client is back within a second instead of ten. */
    { "reconnect.backoff.ms", "50" },
    { "reconnect.backoff.max.ms", "1000" },
    { "socket.keepalive.enable", "true" },
    { "socket.nagle.disable", "true" },
    /* A topic that grew, or one that came back, is seen within seconds. */
    { "topic.metadata.refresh.interval.ms", "5000" },
    { NULL, NULL },
};

static const struct kafka_property CONSUMER[] = {
    { "enable.auto.commit", "false" },
    { "enable.auto.offset.store", "false" },
    /* A lost offset must be seen: every other choice passes over records in silence. */
    { "auto.offset.reset", "error" },
    { "check.crcs", "true" },
    { "enable.partition.eof", "true" },
    /* A record wakes a waiting fetch at once; the end of a partition shows only when it ends. */
    { "fetch.wait.max.ms", "100" },
    { "fetch.error.backoff.ms", "100" },
    { NULL, NULL },
};

static const struct kafka_property MEMBER[] = {
    /* Eager and the same everywhere; a rebalance waits for the members' next heartbeat. */
    { "partition.assignment.strategy", "range" },
    { "heartbeat.interval.ms", "500" },
    { "session.timeout.ms", "6000" },
    { NULL, NULL },
};

static const struct kafka_property PRODUCER[] = {
    { "enable.idempotence", "true" },
    { "acks", "all" },
    /* Never given up by the clock: what waits in an outage is delivered after it. */
    { "message.timeout.ms", "0" },
    { NULL, NULL },
};

/* The broker of embedded_broker.h answers an empty fetch only when its wait is over, and evicts
 * members with short sessions before they have joined. */
static const struct kafka_property EMBEDDED_CONSUMER[] = { { "fetch.wait.max.ms", "1" },
                                                           { NULL, NULL } };
static const struct kafka_property EMBEDDED_MEMBER[] = { { "session.timeout.ms", "3500" },
                                                         { "heartbeat.interval.ms", "200" },
                                                         { NULL, NULL } };

static enum status set_one(rd_kafka_conf_t *conf, const char *name, const char *value,
                           struct failure *failure)
{
    char text[ERROR_TEXT_BYTES] = "";
    if (rd_kafka_conf_set(conf, name, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        return failure_set(failure, STATUS_CONFIG, "kafka property %s: %s", name, text);
    }
    return STATUS_OK;
}

static enum status set_all(rd_kafka_conf_t *conf, const struct kafka_property *properties,
                           struct failure *failure)
{
    enum status status = STATUS_OK;
    for (; status == STATUS_OK && properties && properties->name; properties++) {
        status = set_one(conf, properties->name, properties->value, failure);
    }
    return status;
}

static bool is_own(const char *name)
{
    for (size_t i = 0; i < sizeof OWN_PROPERTIES / sizeof OWN_PROPERTIES[0]; i++) {
        if (strcmp(name, OWN_PROPERTIES[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum status set_users(rd_kafka_conf_t *conf, const struct kafka_settings *settings,
                             struct failure *failure)
{
    for (uint32_t i = 0; i < settings->property_count; i++) {
        const struct kafka_property *property = &settings->properties[i];
        if (is_own(property->name)) {
            return failure_set(failure, STATUS_CONFIG,
                               "kafka.properties may not set %s: it is a key of its own, or what "
                               "is promised about lost and doubled events rests on it",
                               property->name);
        }
        const enum status status = set_one(conf, property->name, property->value, failure);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status set_member(rd_kafka_conf_t *conf, const struct kafka_settings *settings,
                              struct failure *failure)
{
    enum status status = set_all(conf, MEMBER, failure);
    if (status == STATUS_OK && settings->embedded) {
        status = set_all(conf, EMBEDDED_MEMBER, failure);
    }
    if (status == STATUS_OK) {
        status = set_one(conf, "group.id", settings->group, failure);
    }
    if (status == STATUS_OK && settings->instance && settings->instance[0]) {
        status = set_one(conf, "group.instance.id", settings->instance, failure);
    }
    return status;
}

static enum status set_role(rd_kafka_conf_t *conf, const struct kafka_settings *settings,
                            enum kafka_role role, struct failure *failure)
{
    if (role == KAFKA_WRITER) {
        return set_all(conf, PRODUCER, failure);
    }
    enum status status = set_all(conf, CONSUMER, failure);
    if (status == STATUS_OK && settings->embedded) {
        status = set_all(conf, EMBEDDED_CONSUMER, failure);
    }
    if (status == STATUS_OK && role == KAFKA_MEMBER) {
        status = set_member(conf, settings, failure);
    }
    return status;
}

static enum status set_everything(rd_kafka_conf_t *conf, const struct kafka_settings *settings,
                                  enum kafka_role role, const struct kafka_property *own,
                                  struct failure *failure)
{
    enum status status = set_all(conf, COMMON, failure);
    if (status == STATUS_OK) {
        status = set_one(conf, "bootstrap.servers", settings->brokers, failure);
    }
    if (status == STATUS_OK) {
        status = set_role(conf, settings, role, failure);
    }
    if (status == STATUS_OK) {
        status = set_all(conf, own, failure);
    }
    if (status == STATUS_OK) {
        status = set_users(conf, settings, failure);
    }
    return status;
}

static void on_error(rd_kafka_t *handle, int error, const char *reason, void *opaque)
{
    (void)handle;
    (void)error;
    struct kafka_client *client = opaque;
    client->trouble_count++;
    (void)snprintf(client->trouble, sizeof client->trouble, "%s", reason);
}

static bool wants_debug(const struct kafka_settings *settings)
{
    for (uint32_t i = 0; i < settings->property_count; i++) {
        if (strcmp(settings->properties[i].name, "debug") == 0) {
            return true;
        }
    }
    return false;
}

static void set_callbacks(rd_kafka_conf_t *conf, struct kafka_client *client,
                          const struct kafka_callbacks *callbacks)
{
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_error_cb(conf, on_error);
    /* What it would log is said by on_error(); it logs by itself only where it is debugged. */
    if (!wants_debug(client->settings)) {
        rd_kafka_conf_set_log_cb(conf, NULL);
    }
    if (callbacks && callbacks->rebalance) {
        rd_kafka_conf_set_rebalance_cb(conf, callbacks->rebalance);
    }
    if (callbacks && callbacks->commit) {
        rd_kafka_conf_set_offset_commit_cb(conf, callbacks->commit);
    }
    if (callbacks && callbacks->delivery_events) {
        rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    }
}

enum status kafka_client_open(struct kafka_client *client, const struct kafka_settings *settings,
                              enum kafka_role role, const struct kafka_property *own,
                              const struct kafka_callbacks *callbacks, struct failure *failure)
{
    *client = (struct kafka_client){ .settings = settings };
    if (strlen(settings->topic_prefix) > KAFKA_PREFIX_BYTES_MAX) {
        return failure_set(failure, STATUS_CONFIG, "kafka.topic_prefix is longer than %d bytes",
                           KAFKA_PREFIX_BYTES_MAX);
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const enum status status = set_everything(conf, settings, role, own, failure);
    if (status != STATUS_OK) {
        rd_kafka_conf_destroy(conf);
        return status;
    }
    set_callbacks(conf, client, callbacks);
    char text[ERROR_TEXT_BYTES] = "";
    client->handle = rd_kafka_new(role == KAFKA_WRITER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                                  conf, text, sizeof text);
    if (!client->handle) {
        rd_kafka_conf_destroy(conf);
        return failure_set(failure, STATUS_CONFIG, "kafka: %s", text);
    }
    return STATUS_OK;
}

void kafka_client_close(struct kafka_client *client)
{
    if (!client->handle) {
        return;
    }
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        if (client->topics[topic]) {
            rd_kafka_topic_destroy(client->topics[topic]);
            client->topics[topic] = NULL;
        }
    }
    if (rd_kafka_type(client->handle) == RD_KAFKA_PRODUCER) {
        (void)rd_kafka_purge(client->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }
    rd_kafka_destroy(client->handle);
    client->handle = NULL;
}

struct kafka_topic_name kafka_topic_name(const struct kafka_settings *settings, enum topic topic)
{
    CHECK(topic < TOPIC_COUNT);
    struct kafka_topic_name name;
    (void)snprintf(name.text, sizeof name.text, "%s%s", settings->topic_prefix,
                   TOPICS[topic].name);
    return name;
}

rd_kafka_topic_t *kafka_client_topic(struct kafka_client *client, enum topic topic)
{
    if (!client->topics[topic]) {
        rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(client->handle);
        rd_kafka_topic_conf_set_opaque(conf, (void *)&TOPICS[topic]);
        const struct kafka_topic_name name = kafka_topic_name(client->settings, topic);
        client->topics[topic] = rd_kafka_topic_new(client->handle, name.text, conf);
        CHECK(client->topics[topic] != NULL);
    }
    return client->topics[topic];
}

enum topic kafka_topic_of(const rd_kafka_topic_t *handle)
{
    const struct topic_facts *facts = rd_kafka_topic_opaque(handle);
    CHECK(facts >= TOPICS && facts < TOPICS + TOPIC_COUNT);
    return (enum topic)(facts - TOPICS);
}

void kafka_queue_wakes(rd_kafka_queue_t *queue, const struct os_event *wake)
{
    rd_kafka_queue_io_event_enable(queue, wake->descriptor, &OS_EVENT_RAISE,
                                   sizeof OS_EVENT_RAISE);
}

enum status kafka_client_fatal(const struct kafka_client *client, struct failure *failure)
{
    char text[ERROR_TEXT_BYTES] = "";
    const rd_kafka_resp_err_t error = rd_kafka_fatal_error(client->handle, text, sizeof text);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return STATUS_OK;
    }
    return failure_set(failure, STATUS_UNREACHABLE,
                       "kafka: %s (%s); the process has to be started again", text,
                       rd_kafka_err2name(error));
}
