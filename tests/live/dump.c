/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes every record of some topics, from the first one up to the end found on the way, to stdout,
 * for the live tests:
 *
 *     dump BROKERS TOPIC...
 *
 * stdout is a stream of MessagePack arrays [topic, partition, offset, timestamp_ms, timestamp_type,
 * key, [[name, value]...], value] as the broker holds them (read_committed); key, value and header
 * values are bytes or nil. timestamp_type: 1 CreateTime, 2 LogAppendTime.
 */
#include <inttypes.h>
#include <msgpack.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 30000, BATCH_COUNT = 1000 };

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "dump: %s: %s\n", what, why);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
        die(name, why);
    }
}

static rd_kafka_t *consumer_open(const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "group.id", "dump");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    set(conf, "isolation.level", "read_committed");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "fetch.wait.max.ms", "20");
    char why[256];
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (consumer == NULL) {
        die("consumer", why);
    }
    return consumer;
}

static void bytes_write(msgpack_packer *out, const void *bytes, size_t count)
{
    if (bytes == NULL) {
        msgpack_pack_nil(out);
        return;
    }
    msgpack_pack_bin(out, count);
    msgpack_pack_bin_body(out, bytes, count);
}

static void text_write(msgpack_packer *out, const char *text)
{
    msgpack_pack_str(out, strlen(text));
    msgpack_pack_str_body(out, text, strlen(text));
}

static void headers_write(msgpack_packer *out, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        msgpack_pack_array(out, 0);
        return;
    }
    size_t count = rd_kafka_header_cnt(headers);
    msgpack_pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        const char *name = NULL;
        const void *value = NULL;
        size_t value_count = 0;
        (void)rd_kafka_header_get_all(headers, i, &name, &value, &value_count);
        msgpack_pack_array(out, 2);
        text_write(out, name);
        bytes_write(out, value, value_count);
    }
}

static void record_write(msgpack_packer *out, const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t timestamp = rd_kafka_message_timestamp(message, &type);
    msgpack_pack_array(out, 8);
    text_write(out, rd_kafka_topic_name(message->rkt));
    msgpack_pack_int32(out, message->partition);
    msgpack_pack_int64(out, message->offset);
    msgpack_pack_int64(out, timestamp);
    msgpack_pack_int(out, (int)type);
    /* A key or value of no bytes is not null: librdkafka gives it a pointer. */
    bytes_write(out, message->key, message->key_len);
    headers_write(out, message);
    bytes_write(out, message->payload, message->len);
}

static int stdout_write(void *data, const char *bytes, size_t count)
{
    return fwrite(bytes, 1, count, data) == count ? 0 : -1;
}

/* Assigns all partitions of one topic; the number of them. */
static int assign(rd_kafka_t *consumer, const char *topic)
{
    rd_kafka_topic_t *handle = rd_kafka_topic_new(consumer, topic, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error = rd_kafka_metadata(consumer, 0, handle, &metadata, TIMEOUT_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topics[0].partition_cnt == 0) {
        die(topic, error != RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_err2str(error) : "no such topic");
    }
    int partitions = metadata->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++) {
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    error = rd_kafka_assign(consumer, list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die(topic, rd_kafka_err2str(error));
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return partitions;
}

static void topic_dump(const char *brokers, const char *topic, msgpack_packer *out)
{
    rd_kafka_t *consumer = consumer_open(brokers);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    int left = assign(consumer, topic);
    rd_kafka_message_t *batch[BATCH_COUNT];
    while (left > 0) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, 50, batch, BATCH_COUNT);
        for (ssize_t i = 0; i < count; i++) {
            if (batch[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                record_write(out, batch[i]);
            } else if (batch[i]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                left -= 1;
            } else {
                die(topic, rd_kafka_message_errstr(batch[i]));
            }
            rd_kafka_message_destroy(batch[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
    (void)rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

int main(int count, char **words)
{
    if (count < 3) {
        die("usage", "dump BROKERS TOPIC... >records");
    }
    msgpack_packer out;
    msgpack_packer_init(&out, stdout, stdout_write);
    for (int i = 2; i < count; i++) {
        topic_dump(words[1], words[i], &out);
    }
    if (fflush(stdout) != 0) {
        die("stdout", "cannot be written");
    }
    return 0;
}
