/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kafka_admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/kafka_client.h"

enum { ERROR_TEXT_BYTES = 256, LOOK_AGAIN_MS = 50 };

static enum status unreachable(struct kafka_client *client, const char *what,
                               rd_kafka_resp_err_t error, struct failure *failure)
{
    /* What a broker is away for (a wrong password, say) is among the events not served yet. */
    (void)rd_kafka_poll(client->handle, 0);
    return failure_set(failure, STATUS_UNREACHABLE, "kafka at %s: %s: %s%s%s",
                       client->settings->brokers, what, rd_kafka_err2str(error),
                       client->trouble[0] ? "; " : "", client->trouble);
}

static enum status admin_open(const struct kafka_settings *settings, struct kafka_client *client,
                              struct failure *failure)
{
    const enum status status =
        kafka_client_open(client, settings, KAFKA_READER, NULL, NULL, failure);
    for (int topic = 0; status == STATUS_OK && topic < TOPIC_COUNT; topic++) {
        (void)kafka_client_topic(client, (enum topic)topic);
    }
    return status;
}

static enum topic topic_named(const struct kafka_settings *settings, const char *name)
{
    const size_t skipped = strlen(settings->topic_prefix);
    return strncmp(name, settings->topic_prefix, skipped) == 0
               ? topic_find(bytes_text(name + skipped))
               : TOPIC_UNKNOWN;
}

static void read_topic(const rd_kafka_metadata_topic_t *answer, struct kafka_topic_state *state)
{
    state->exists = true;
    state->partition_count = answer->partition_cnt;
    state->replication = INT32_MAX;
    for (int i = 0; i < answer->partition_cnt; i++) {
        if (answer->partitions[i].replica_cnt < state->replication) {
            state->replication = answer->partitions[i].replica_cnt;
        }
    }
}

static enum status read_metadata(const struct kafka_settings *settings,
                                 const rd_kafka_metadata_t *answer, struct kafka_topics *topics,
                                 struct failure *failure)
{
    memset(topics, 0, sizeof *topics);
    topics->broker_count = answer->broker_cnt;
    for (int i = 0; i < answer->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *one = &answer->topics[i];
        const enum topic topic = topic_named(settings, one->topic);
        if (topic == TOPIC_UNKNOWN) {
            continue;
        }
        if (one->partition_cnt > 0) {
            read_topic(one, &topics->states[topic]);
        } else if (one->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
            return failure_set(failure, STATUS_CONFIG, "topic %s: not allowed to describe it",
                               one->topic);
        }
    }
    return STATUS_OK;
}

static enum status ask_metadata(struct kafka_client *client, struct kafka_topics *out_topics,
                                struct failure *failure)
{
    const struct rd_kafka_metadata *answer;
    const rd_kafka_resp_err_t error =
        rd_kafka_metadata(client->handle, 0, NULL, &answer, KAFKA_ADMIN_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return unreachable(client, "asking for the topics", error, failure);
    }
    const enum status status = read_metadata(client->settings, answer, out_topics, failure);
    rd_kafka_metadata_destroy(answer);
    return status;
}

/* One administrative request: a queue to wait on and its timeout. */
struct request {
    rd_kafka_queue_t *queue;
    rd_kafka_AdminOptions_t *options;
    rd_kafka_event_t *event;
};

static struct request request_open(struct kafka_client *client, rd_kafka_admin_op_t operation)
{
    char text[ERROR_TEXT_BYTES];
    struct request request = { rd_kafka_queue_new(client->handle),
                               rd_kafka_AdminOptions_new(client->handle, operation), NULL };
    CHECK(rd_kafka_AdminOptions_set_request_timeout(request.options, KAFKA_ADMIN_MS, text,
                                                    sizeof text) == RD_KAFKA_RESP_ERR_NO_ERROR);
    return request;
}

static enum status request_wait(struct kafka_client *client, struct request *request,
                                const char *what, struct failure *failure)
{
    request->event = rd_kafka_queue_poll(request->queue, KAFKA_ADMIN_MS + 1000);
    const rd_kafka_resp_err_t error =
        request->event ? rd_kafka_event_error(request->event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? STATUS_OK
                                               : unreachable(client, what, error, failure);
}

static void request_close(struct request *request)
{
    if (request->event) {
        rd_kafka_event_destroy(request->event);
    }
    rd_kafka_AdminOptions_destroy(request->options);
    rd_kafka_queue_destroy(request->queue);
}

/* Begins a DescribeConfigs of `count` topics and waits for it. */
static enum status ask_configs(struct kafka_client *client, struct request *request,
                               const enum topic *topics, uint32_t count, struct failure *failure)
{
    rd_kafka_ConfigResource_t *resources[TOPIC_COUNT];
    CHECK(count <= TOPIC_COUNT);
    for (uint32_t i = 0; i < count; i++) {
        resources[i] = rd_kafka_ConfigResource_new(
            RD_KAFKA_RESOURCE_TOPIC, kafka_topic_name(client->settings, topics[i]).text);
    }
    *request = request_open(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_DescribeConfigs(client->handle, resources, count, request->options, request->queue);
    rd_kafka_ConfigResource_destroy_array(resources, count);
    return request_wait(client, request, "asking for the settings of topics", failure);
}

static int64_t config_number(const char *value)
{
    return strtoll(value, NULL, 10);
}

static void read_config(const char *name, const char *value, struct kafka_topic_state *state)
{
    if (strcmp(name, "cleanup.policy") == 0) {
        (void)snprintf(state->cleanup_policy, sizeof state->cleanup_policy, "%s", value);
    } else if (strcmp(name, "message.timestamp.type") == 0) {
        (void)snprintf(state->timestamp_type, sizeof state->timestamp_type, "%s", value);
    } else if (strcmp(name, "retention.ms") == 0) {
        state->retention_ms = config_number(value);
    } else if (strcmp(name, "retention.bytes") == 0) {
        state->retention_bytes = config_number(value);
    } else if (strcmp(name, "max.message.bytes") == 0) {
        state->message_bytes_max = config_number(value);
    } else if (strcmp(name, "min.insync.replicas") == 0) {
        state->min_insync = config_number(value);
    }
}

static enum status resource_status(const rd_kafka_ConfigResource_t *resource, const char *what,
                                   struct failure *failure)
{
    const rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(resource);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return STATUS_OK;
    }
    const char *reason = rd_kafka_ConfigResource_error_string(resource);
    return failure_set(failure, STATUS_CONFIG, "topic %s: %s: %s",
                       rd_kafka_ConfigResource_name(resource), what,
                       reason ? reason : rd_kafka_err2str(error));
}

static enum status read_resource(const struct kafka_settings *settings,
                                 const rd_kafka_ConfigResource_t *resource,
                                 struct kafka_topics *topics, struct failure *failure)
{
    const enum status status = resource_status(resource, "asking for its settings", failure);
    if (status != STATUS_OK) {
        return status;
    }
    const enum topic topic = topic_named(settings, rd_kafka_ConfigResource_name(resource));
    CHECK(topic != TOPIC_UNKNOWN);
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        read_config(rd_kafka_ConfigEntry_name(entries[i]), value ? value : "",
                    &topics->states[topic]);
    }
    return STATUS_OK;
}

static enum status read_configs(const struct kafka_settings *settings, struct request *request,
                                struct kafka_topics *topics, struct failure *failure)
{
    size_t count;
    const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(request->event), &count);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = read_resource(settings, resources[i], topics, failure);
    }
    return status;
}

static enum status describe(struct kafka_client *client, struct kafka_topics *topics,
                            struct failure *failure)
{
    enum topic there[TOPIC_COUNT];
    uint32_t count = 0;
    enum status status = ask_metadata(client, topics, failure);
    for (int topic = 0; status == STATUS_OK && topic < TOPIC_COUNT; topic++) {
        if (topics->states[topic].exists) {
            there[count++] = (enum topic)topic;
        }
    }
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    struct request request;
    status = ask_configs(client, &request, there, count, failure);
    if (status == STATUS_OK) {
        status = read_configs(client->settings, &request, topics, failure);
    }
    request_close(&request);
    return status;
}

enum status kafka_admin_describe(const struct kafka_settings *settings,
                                 struct kafka_topics *out_topics, struct failure *failure)
{
    CHECK(!settings->embedded);
    struct kafka_client client;
    enum status status = admin_open(settings, &client, failure);
    if (status == STATUS_OK) {
        struct kafka_topics topics;
        status = describe(&client, &topics, failure);
        if (status == STATUS_OK) {
            *out_topics = topics;
        }
    }
    kafka_client_close(&client);
    return status;
}

enum status kafka_admin_check(const struct kafka_settings *settings,
                              struct kafka_findings *out_findings, struct failure *failure)
{
    out_findings->count = 0;
    out_findings->worst = KAFKA_FINE;
    if (settings->embedded) {
        return STATUS_OK;
    }
    struct kafka_topics topics;
    const enum status status = kafka_admin_describe(settings, &topics, failure);
    if (status != STATUS_OK) {
        return status;
    }
    kafka_topics_judge(&topics, settings->topic_prefix, out_findings);
    return kafka_findings_status(out_findings, failure);
}

static enum status topic_results(const rd_kafka_topic_result_t **results, size_t count,
                                 const char *what, struct failure *failure)
{
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR &&
            error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            const char *reason = rd_kafka_topic_result_error_string(results[i]);
            return failure_set(failure, STATUS_CONFIG, "topic %s: %s: %s",
                               rd_kafka_topic_result_name(results[i]), what,
                               reason ? reason : rd_kafka_err2str(error));
        }
    }
    return STATUS_OK;
}

static enum status create(struct kafka_client *client, const struct kafka_action *action,
                          struct failure *failure)
{
    static const char WHAT[] = "creating it";
    char text[ERROR_TEXT_BYTES] = "";
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(kafka_topic_name(client->settings, action->topic).text,
                              action->partition_count, action->replication, text, sizeof text);
    if (!topic) {
        return failure_set(failure, STATUS_CONFIG, "topic %s: %s: %s", TOPICS[action->topic].name,
                           WHAT, text);
    }
    for (const struct kafka_property *wanted = kafka_topic_wanted(action->topic); wanted->name;
         wanted++) {
        CHECK(rd_kafka_NewTopic_set_config(topic, wanted->name, wanted->value) ==
              RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    struct request request = request_open(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_CreateTopics(client->handle, &topic, 1, request.options, request.queue);
    rd_kafka_NewTopic_destroy(topic);
    enum status status = request_wait(client, &request, WHAT, failure);
    if (status == STATUS_OK) {
        size_t count;
        const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(request.event), &count);
        status = topic_results(results, count, WHAT, failure);
    }
    request_close(&request);
    return status;
}

static enum status grow(struct kafka_client *client, const struct kafka_action *action,
                        struct failure *failure)
{
    static const char WHAT[] = "adding partitions";
    char text[ERROR_TEXT_BYTES] = "";
    rd_kafka_NewPartitions_t *partitions =
        rd_kafka_NewPartitions_new(kafka_topic_name(client->settings, action->topic).text,
                                   (size_t)action->partition_count, text, sizeof text);
    CHECK(partitions != NULL);
    struct request request = request_open(client, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
    rd_kafka_CreatePartitions(client->handle, &partitions, 1, request.options, request.queue);
    rd_kafka_NewPartitions_destroy(partitions);
    enum status status = request_wait(client, &request, WHAT, failure);
    if (status == STATUS_OK) {
        size_t count;
        const rd_kafka_topic_result_t **results = rd_kafka_CreatePartitions_result_topics(
            rd_kafka_event_CreatePartitions_result(request.event), &count);
        status = topic_results(results, count, WHAT, failure);
    }
    request_close(&request);
    return status;
}

/* The actions that set something on the topic of the first of `count` actions. */
static uint32_t sets_together(const struct kafka_action *actions, uint32_t count)
{
    uint32_t together = 0;
    while (together < count && actions[together].kind == KAFKA_SET &&
           actions[together].topic == actions[0].topic) {
        together++;
    }
    return together;
}

static bool is_set_anew(const char *name, const struct kafka_action *actions, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(name, actions[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static void set_config(rd_kafka_ConfigResource_t *resource, const char *name, const char *value)
{
    CHECK(rd_kafka_ConfigResource_set_config(resource, name, value) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

/*
 * AlterConfigs replaces all that was set on a topic: so all of that is sent along. And what one
 * call has changed is not at once what the next question brings: so all changes go in one call.
 */
static rd_kafka_ConfigResource_t *with_changes(const rd_kafka_ConfigResource_t *now,
                                               const struct kafka_action *actions, uint32_t count)
{
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, rd_kafka_ConfigResource_name(now));
    size_t entry_count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(now, &entry_count);
    for (size_t i = 0; i < entry_count; i++) {
        const char *name = rd_kafka_ConfigEntry_name(entries[i]);
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        if (rd_kafka_ConfigEntry_source(entries[i]) ==
                RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG &&
            value && !is_set_anew(name, actions, count)) {
            set_config(resource, name, value);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        set_config(resource, actions[i].name, actions[i].value);
    }
    return resource;
}

static enum status alter(struct kafka_client *client, rd_kafka_ConfigResource_t *resource,
                         struct failure *failure)
{
    static const char WHAT[] = "changing its settings";
    struct request request = request_open(client, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
    rd_kafka_AlterConfigs(client->handle, &resource, 1, request.options, request.queue);
    enum status status = request_wait(client, &request, WHAT, failure);
    if (status == STATUS_OK) {
        size_t count;
        const rd_kafka_ConfigResource_t **results = rd_kafka_AlterConfigs_result_resources(
            rd_kafka_event_AlterConfigs_result(request.event), &count);
        CHECK(count == 1);
        status = resource_status(results[0], WHAT, failure);
    }
    request_close(&request);
    return status;
}

static enum status set(struct kafka_client *client, const struct kafka_action *actions,
                       uint32_t action_count, struct failure *failure)
{
    struct request request;
    enum status status = ask_configs(client, &request, &actions[0].topic, 1, failure);
    if (status == STATUS_OK) {
        size_t count;
        const rd_kafka_ConfigResource_t **now = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(request.event), &count);
        CHECK(count == 1);
        status = resource_status(now[0], "asking for its settings", failure);
        if (status == STATUS_OK) {
            rd_kafka_ConfigResource_t *wanted = with_changes(now[0], actions, action_count);
            status = alter(client, wanted, failure);
            rd_kafka_ConfigResource_destroy(wanted);
        }
    }
    request_close(&request);
    return status;
}

/* Carries out the first of `count` actions, and with it those that belong to it. */
static enum status carry_out(struct kafka_client *client, const struct kafka_action *actions,
                             uint32_t count, uint32_t *out_done, struct failure *failure)
{
    *out_done = 1;
    switch (actions[0].kind) {
    case KAFKA_CREATE:
        return create(client, &actions[0], failure);
    case KAFKA_GROW:
        return grow(client, &actions[0], failure);
    case KAFKA_SET:
        *out_done = sets_together(actions, count);
        return set(client, actions, *out_done, failure);
    }
    CHECK(false);
    return STATUS_LOST;
}

static bool is_led(const struct kafka_settings *settings, const rd_kafka_metadata_t *answer,
                   const struct kafka_action *action)
{
    for (int i = 0; i < answer->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *one = &answer->topics[i];
        if (topic_named(settings, one->topic) != action->topic) {
            continue;
        }
        int32_t led = 0;
        for (int partition = 0; partition < one->partition_cnt; partition++) {
            led += one->partitions[partition].leader >= 0 ? 1 : 0;
        }
        return led == one->partition_cnt && led >= action->partition_count;
    }
    return false;
}

static bool all_led(struct kafka_client *client, const struct kafka_plan *plan)
{
    const struct rd_kafka_metadata *answer;
    if (rd_kafka_metadata(client->handle, 0, NULL, &answer, 1000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    bool led = true;
    for (uint32_t i = 0; i < plan->count && led; i++) {
        led = is_led(client->settings, answer, &plan->actions[i]);
    }
    rd_kafka_metadata_destroy(answer);
    return led;
}

static bool is_same(const struct kafka_action *a, const struct kafka_action *b)
{
    return a->topic == b->topic && a->kind == b->kind &&
           (a->kind != KAFKA_SET || strcmp(a->name, b->name) == 0);
}

/* Whether a plan made of what the brokers say now has none of these actions left. */
static bool all_seen(struct kafka_client *client, const struct kafka_plan *plan)
{
    struct kafka_topics topics;
    struct kafka_plan left;
    if (describe(client, &topics, NULL) != STATUS_OK) {
        return false;
    }
    kafka_topics_plan(&topics, 1, 1, &left);
    for (uint32_t i = 0; i < plan->count; i++) {
        for (uint32_t k = 0; k < left.count; k++) {
            if (is_same(&left.actions[k], &plan->actions[i])) {
                return false;
            }
        }
    }
    return true;
}

/* The brokers answer before everybody knows what they have made. */
static enum status wait_until_seen(struct kafka_client *client, const struct kafka_plan *plan,
                                   struct failure *failure)
{
    const int64_t until_us = os_monotonic_us() + INT64_C(1000) * KAFKA_ADMIN_MS;
    while (!all_led(client, plan) || !all_seen(client, plan)) {
        if (os_monotonic_us() > until_us) {
            return unreachable(client, "waiting until the changes are seen",
                               RD_KAFKA_RESP_ERR__TIMED_OUT, failure);
        }
        (void)rd_kafka_poll(client->handle, LOOK_AGAIN_MS);
    }
    return STATUS_OK;
}

enum status kafka_admin_apply(const struct kafka_settings *settings,
                              const struct kafka_plan *plan, struct failure *failure)
{
    CHECK(!settings->embedded);
    struct kafka_client client;
    enum status status = admin_open(settings, &client, failure);
    for (uint32_t i = 0, done = 0; i < plan->count && status == STATUS_OK; i += done) {
        status = carry_out(&client, &plan->actions[i], plan->count - i, &done, failure);
    }
    if (status == STATUS_OK) {
        status = wait_until_seen(&client, plan, failure);
    }
    kafka_client_close(&client);
    return status;
}
