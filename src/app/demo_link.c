/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_link.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/demo_map.h"
#include "edge/kafka_client.h"

enum { BATCH = 1000, ANSWER_MS = 5000 };

static const enum topic OUTPUTS[] = {
    TOPIC_AVAILABILITY_ITEMS, TOPIC_AVAILABILITY_LOCATIONS, TOPIC_PROMISES_ORDERS,
    TOPIC_PROMISES_ITEMS,     TOPIC_PROMISES_LOCATIONS,     TOPIC_WATERMARKS,
    TOPIC_REJECTS,            TOPIC_JOURNAL,
};
enum { OUTPUT_COUNT = sizeof OUTPUTS / sizeof *OUTPUTS };

struct demo_link {
    struct kafka_settings settings;
    struct kafka_client producer;
    struct kafka_client reader;
    rd_kafka_queue_t *queue;
    int64_t produced[TOPIC_INPUT_COUNT][DEMO_LINK_PARTITIONS];
    int64_t position[TOPIC_COUNT][DEMO_LINK_PARTITIONS];   /* the offset that is read next */
    uint64_t sent, acknowledged, failed, lost;
};

static int32_t partitions_of(enum topic topic)
{
    return topic == TOPIC_JOURNAL ? 1 : DEMO_LINK_PARTITIONS;
}

static enum status assign_outputs(struct demo_link *link, struct failure *failure)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    for (int i = 0; i < OUTPUT_COUNT; i++) {
        const struct kafka_topic_name name = kafka_topic_name(&link->settings, OUTPUTS[i]);
        for (int32_t partition = 0; partition < partitions_of(OUTPUTS[i]); partition++) {
            rd_kafka_topic_partition_list_add(list, name.text, partition)->offset = 0;
        }
    }
    const rd_kafka_resp_err_t error = rd_kafka_assign(link->reader.handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return failure_set(failure, STATUS_UNREACHABLE, "demo reader: %s",
                           rd_kafka_err2str(error));
    }
    link->queue = rd_kafka_queue_get_consumer(link->reader.handle);
    return STATUS_OK;
}

enum status demo_link_open(const char *servers, struct demo_link **out_link,
                           struct failure *failure)
{
    static const struct kafka_property PRODUCER[] = {
        { "compression.codec", "lz4" }, { "linger.ms", "5" }, { NULL, NULL } };
    static const struct kafka_property READER[] = { { "group.id", "promised-demo" },
                                                    { "queued.min.messages", "1000000" },
                                                    { "queued.max.messages.kbytes", "524288" },
                                                    { "max.partition.fetch.bytes", "8388608" },
                                                    { "auto.offset.reset", "earliest" },
                                                    { NULL, NULL } };
    static const struct kafka_callbacks PRODUCES = { .delivery_events = true };
    static const struct kafka_callbacks READS = { 0 };
    struct demo_link *link = demo_new(sizeof *link);
    link->settings = (struct kafka_settings){ .brokers = servers, .topic_prefix = "",
                                              .embedded = true };
    enum status status = kafka_client_open(&link->producer, &link->settings, KAFKA_WRITER,
                                           PRODUCER, &PRODUCES, failure);
    if (status == STATUS_OK) {
        status = kafka_client_open(&link->reader, &link->settings, KAFKA_READER, READER, &READS,
                                   failure);
    }
    if (status == STATUS_OK) {
        status = assign_outputs(link, failure);
    }
    if (status != STATUS_OK) {
        demo_link_close(link);
        return status;
    }
    *out_link = link;
    return STATUS_OK;
}

void demo_link_close(struct demo_link *link)
{
    if (!link) {
        return;
    }
    if (link->queue) {
        rd_kafka_queue_destroy(link->queue);
    }
    kafka_client_close(&link->reader);
    kafka_client_close(&link->producer);
    free(link);
}

/* ------------------------------------------------------------------ producing */

/* FNV-1a; any partitioner will do. */
static int32_t partition_of(const char *key)
{
    uint32_t hash = 2166136261U;
    for (; *key != '\0'; key++) {
        hash = (hash ^ (unsigned char)*key) * 16777619U;
    }
    return (int32_t)((hash ^ hash >> 16) % DEMO_LINK_PARTITIONS);
}

enum status demo_link_produce(struct demo_link *link, const struct demo_record *record,
                              int32_t *out_partition, int64_t *out_offset)
{
    const int32_t partition = partition_of(record->key);
    const size_t key_bytes = strlen(record->key);
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        link->producer.handle, RD_KAFKA_V_RKT(kafka_client_topic(&link->producer, record->topic)),
        RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(record->key, key_bytes),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)record->value, record->value_bytes),
        RD_KAFKA_V_TIMESTAMP(record->timestamp_ms), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return STATUS_AGAIN;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return STATUS_UNREACHABLE;
    }
    link->sent++;
    *out_partition = partition;
    *out_offset = link->produced[record->topic][partition]++;
    return STATUS_OK;
}

uint64_t demo_link_unacknowledged(const struct demo_link *link)
{
    return link->sent - link->acknowledged - link->failed;
}

uint64_t demo_link_failed(const struct demo_link *link)
{
    return link->failed;
}

static void take_acknowledgements(struct demo_link *link)
{
    rd_kafka_queue_t *main_queue = rd_kafka_queue_get_main(link->producer.handle);
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(main_queue, 0))) {
        const rd_kafka_message_t *message;
        while ((message = rd_kafka_event_message_next(event))) {
            link->acknowledged += message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
            link->failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(main_queue);
}

/* ------------------------------------------------------------------ reading */

static void take_headers(const rd_kafka_message_t *message, struct demo_received *received)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t bytes;
    char text[64];
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    if (rd_kafka_header_get_last(headers, "ce_version", &value, &bytes) ==
            RD_KAFKA_RESP_ERR_NO_ERROR && bytes < sizeof text) {
        (void)snprintf(text, sizeof text, "%.*s", (int)bytes, (const char *)value);
        received->version = strtoll(text, NULL, 10);
    }
    int64_t as_of;
    if (rd_kafka_header_get_last(headers, "ce_time", &value, &bytes) ==
            RD_KAFKA_RESP_ERR_NO_ERROR && bytes < sizeof text) {
        (void)snprintf(text, sizeof text, "%.*s", (int)bytes, (const char *)value);
        received->as_of_ms = demo_instant_of(text, &as_of) ? as_of / 1000000 : -1;
    }
}

static void take_message(struct demo_link *link, const rd_kafka_message_t *message,
                         void (*take)(void *context, const struct demo_received *received),
                         void *context)
{
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    const enum topic topic = topic_find(bytes_text(rd_kafka_topic_name(message->rkt)));
    CHECK(topic < TOPIC_COUNT && message->partition < DEMO_LINK_PARTITIONS);
    /* Where the broker has dropped what was to be read, the oldest it has is next. */
    int64_t *position = &link->position[topic][message->partition];
    link->lost += (uint64_t)(message->offset - *position);
    *position = message->offset + 1;
    struct demo_received received = {
        .topic = topic, .partition = message->partition,
        .key = bytes_of(message->key, message->key_len),
        .value = bytes_of(message->payload, message->len), .version = -1, .as_of_ms = -1 };
    take_headers(message, &received);
    take(context, &received);
}

void demo_link_poll(struct demo_link *link, int wait_ms,
                    void (*take)(void *context, const struct demo_received *received),
                    void *context)
{
    rd_kafka_message_t *batch[BATCH];
    take_acknowledgements(link);
    const ssize_t count = rd_kafka_consume_batch_queue(link->queue, wait_ms, batch, BATCH);
    for (ssize_t i = 0; i < count; i++) {
        take_message(link, batch[i], take, context);
        rd_kafka_message_destroy(batch[i]);
    }
}

bool demo_link_at_end(struct demo_link *link)
{
    for (int i = 0; i < OUTPUT_COUNT; i++) {
        const struct kafka_topic_name name = kafka_topic_name(&link->settings, OUTPUTS[i]);
        for (int32_t partition = 0; partition < partitions_of(OUTPUTS[i]); partition++) {
            int64_t start, end;
            if (rd_kafka_query_watermark_offsets(link->reader.handle, name.text, partition,
                                                 &start, &end, ANSWER_MS) !=
                    RD_KAFKA_RESP_ERR_NO_ERROR ||
                link->position[OUTPUTS[i]][partition] < end) {
                return false;
            }
        }
    }
    return true;
}

uint64_t demo_link_lost(const struct demo_link *link)
{
    return link->lost;
}
