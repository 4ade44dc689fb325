/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the group deals, librdkafka is told that we take nothing (assign() of an empty list): the
 * membership does not depend on what a member fetches. Eager assignment, since the cooperative one
 * of 2.0.2 needs two rounds of heartbeats in which partitions belong to nobody.
 */
#include "edge/kafka_group.h"

#include <stdlib.h>

#include "core/limits.h"
#include "edge/kafka_client.h"

struct kafka_group {
    struct kafka_client client;
    rd_kafka_queue_t *queue;
    bool joined;
    bool owned[OUTPUT_PARTITIONS_MAX];
    uint64_t generation;
    uint64_t rebalances;
    uint64_t commit_failures;
    rd_kafka_topic_partition_list_t *offsets;   /* to be committed */
};

/* The client is the first member, and the client is what callbacks are given. */
static struct kafka_group *group_of(void *opaque)
{
    return opaque;
}

static void own_nothing(struct kafka_group *group)
{
    memset(group->owned, 0, sizeof group->owned);
    group->generation++;
}

static void own(struct kafka_group *group, const rd_kafka_topic_partition_list_t *partitions)
{
    own_nothing(group);
    for (int i = 0; i < partitions->cnt; i++) {
        const int32_t partition = partitions->elems[i].partition;
        if (partition >= 0 && partition < OUTPUT_PARTITIONS_MAX) {
            group->owned[partition] = true;
        }
    }
    group->rebalances++;
}

static void on_rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    struct kafka_group *group = group_of(opaque);
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        own(group, partitions);
        rd_kafka_topic_partition_list_t *nothing = rd_kafka_topic_partition_list_new(0);
        (void)rd_kafka_assign(handle, nothing);
        rd_kafka_topic_partition_list_destroy(nothing);
    } else {
        own_nothing(group);
        (void)rd_kafka_assign(handle, NULL);
    }
}

static void on_commit(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
    (void)handle;
    (void)offsets;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET) {
        group_of(opaque)->commit_failures++;
    }
}

static void port_join(void *context)
{
    struct kafka_group *group = context;
    if (group->joined) {
        return;
    }
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(
        topics, kafka_topic_name(group->client.settings, TOPIC_WATERMARKS).text,
        RD_KAFKA_PARTITION_UA);
    CHECK(rd_kafka_subscribe(group->client.handle, topics) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(topics);
    group->joined = true;
}

static void port_leave(void *context)
{
    struct kafka_group *group = context;
    if (group->joined) {
        (void)rd_kafka_unsubscribe(group->client.handle);
        own_nothing(group);
        group->joined = false;
    }
}

static bool port_owns(void *context, int32_t partition)
{
    const struct kafka_group *group = context;
    return partition >= 0 && partition < OUTPUT_PARTITIONS_MAX && group->owned[partition];
}

static uint64_t port_generation(void *context)
{
    const struct kafka_group *group = context;
    return group->generation;
}

static uint64_t port_rebalances(void *context)
{
    const struct kafka_group *group = context;
    return group->rebalances;
}

static void port_commit(void *context, enum topic topic, int32_t partition, int64_t offset)
{
    struct kafka_group *group = context;
    CHECK(topic_is_input(topic) && partition >= 0 && offset >= 0);
    rd_kafka_topic_partition_list_add(group->offsets,
                                      kafka_topic_name(group->client.settings, topic).text,
                                      partition)
        ->offset = offset;
}

static void port_commit_flush(void *context)
{
    struct kafka_group *group = context;
    if (group->offsets->cnt == 0) {
        return;
    }
    if (group->joined && rd_kafka_commit(group->client.handle, group->offsets, 1) !=
                             RD_KAFKA_RESP_ERR_NO_ERROR) {
        group->commit_failures++;
    }
    rd_kafka_topic_partition_list_destroy(group->offsets);
    group->offsets = rd_kafka_topic_partition_list_new(16);
}

enum status kafka_group_open(const struct kafka_settings *settings, const struct os_event *wake,
                             struct kafka_group **out_group, struct failure *failure)
{
    static const struct kafka_callbacks CALLBACKS = { .rebalance = on_rebalance,
                                                      .commit = on_commit };
    struct kafka_group *group = calloc(1, sizeof *group);
    if (!group) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for the group's client");
    }
    const enum status status =
        kafka_client_open(&group->client, settings, KAFKA_MEMBER, NULL, &CALLBACKS, failure);
    if (status != STATUS_OK) {
        free(group);
        return status;
    }
    (void)rd_kafka_poll_set_consumer(group->client.handle);
    group->queue = rd_kafka_queue_get_consumer(group->client.handle);
    kafka_queue_wakes(group->queue, wake);
    group->offsets = rd_kafka_topic_partition_list_new(16);
    *out_group = group;
    return STATUS_OK;
}

struct group_port kafka_group_port(struct kafka_group *group)
{
    return (struct group_port){
        .context = group,
        .join = port_join,
        .leave = port_leave,
        .owns = port_owns,
        .generation = port_generation,
        .rebalances = port_rebalances,
        .commit = port_commit,
        .commit_flush = port_commit_flush,
    };
}

void kafka_group_poll(struct kafka_group *group)
{
    rd_kafka_message_t *message;
    while ((message = rd_kafka_consumer_poll(group->client.handle, 0)) != NULL) {
        /* Only errors can come, and all of them pass or are fatal. */
        rd_kafka_message_destroy(message);
    }
}

uint64_t kafka_group_commit_failures(const struct kafka_group *group)
{
    return group->commit_failures;
}

enum status kafka_group_fatal(const struct kafka_group *group, struct failure *failure)
{
    return kafka_client_fatal(&group->client, failure);
}

const char *kafka_group_trouble(const struct kafka_group *group, uint64_t *out_count)
{
    *out_count = group->client.trouble_count;
    return group->client.trouble;
}

void kafka_group_close(struct kafka_group *group)
{
    if (!group) {
        return;
    }
    rd_kafka_queue_destroy(group->queue);
    (void)rd_kafka_consumer_close(group->client.handle);
    rd_kafka_topic_partition_list_destroy(group->offsets);
    kafka_client_close(&group->client);
    free(group);
}
