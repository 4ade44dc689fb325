/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts records on Kafka as they come on stdin, for the live tests:
 *
 *     produce BROKERS [RECORDS_PER_SECOND]
 *
 * stdin is a stream of MessagePack arrays [topic, partition, timestamp_ms, key, [[name, value]...],
 * value]; key and value may be nil. Records of one partition keep their order. Ends with 0 when
 * every record was acknowledged; a broker that is away is waited for.
 */
#include <errno.h>
#include <msgpack.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 16, HEADERS_MAX = 16, TOPIC_BYTES_MAX = 250, FLUSH_MS = 600000 };

struct job {
    rd_kafka_t *producer;
    int64_t rate;           /* records a second; 0: as fast as the broker takes them */
    struct timespec start;
    int64_t sent;
    int64_t failed;
};

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "produce: %s: %s\n", what, why);
    exit(1);
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer;
    struct job *job = opaque;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        job->failed += 1;
        (void)fprintf(stderr, "produce: %s\n", rd_kafka_err2str(message->err));
    }
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
        die(name, why);
    }
}

static rd_kafka_t *producer_open(const char *brokers, struct job *job)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "5");
    set(conf, "message.max.bytes", "8388608");
    set(conf, "message.timeout.ms", "0");
    set(conf, "reconnect.backoff.max.ms", "500");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, job);
    char why[256];
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (producer == NULL) {
        die("producer", why);
    }
    return producer;
}

/* Key or value: text or bytes, or NULL for nil. */
static const void *payload(const msgpack_object *object, size_t *out_count)
{
    *out_count = 0;
    if (object->type == MSGPACK_OBJECT_NIL) {
        return NULL;
    }
    if (object->type == MSGPACK_OBJECT_STR) {
        *out_count = object->via.str.size;
        return object->via.str.ptr;
    }
    if (object->type != MSGPACK_OBJECT_BIN) {
        die("stdin", "neither text nor bytes nor nil");
    }
    *out_count = object->via.bin.size;
    /* librdkafka takes a NULL pointer for null; empty bytes are not null. */
    return *out_count == 0 ? "" : object->via.bin.ptr;
}

static rd_kafka_headers_t *headers_of(const msgpack_object *list)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(HEADERS_MAX);
    for (uint32_t i = 0; i < list->via.array.size; i++) {
        const msgpack_object *pair = list->via.array.ptr[i].via.array.ptr;
        size_t name_count = 0;
        size_t value_count = 0;
        const char *name = payload(&pair[0], &name_count);
        const void *value = payload(&pair[1], &value_count);
        rd_kafka_resp_err_t error =
            rd_kafka_header_add(headers, name, (ssize_t)name_count, value, (ssize_t)value_count);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            die("header", rd_kafka_err2str(error));
        }
    }
    return headers;
}

static int64_t elapsed_ns(const struct timespec *start)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start->tv_sec) * INT64_C(1000000000) + now.tv_nsec - start->tv_nsec;
}

/* Waits until the next record is due. */
static void pace(struct job *job)
{
    while (job->rate > 0 && elapsed_ns(&job->start) < job->sent * INT64_C(1000000000) / job->rate) {
        (void)rd_kafka_poll(job->producer, 1);
    }
}

static void produce(struct job *job, const msgpack_object *record)
{
    if (record->type != MSGPACK_OBJECT_ARRAY || record->via.array.size != 6) {
        die("stdin", "not a record");
    }
    const msgpack_object *field = record->via.array.ptr;
    char topic[TOPIC_BYTES_MAX];
    (void)snprintf(topic, sizeof topic, "%.*s", (int)field[0].via.str.size, field[0].via.str.ptr);
    size_t key_count = 0;
    size_t value_count = 0;
    const void *key = payload(&field[3], &key_count);
    const void *value = payload(&field[5], &value_count);
    for (;;) {
        rd_kafka_headers_t *headers = headers_of(&field[4]);
        rd_kafka_resp_err_t error = rd_kafka_producev(
            job->producer, RD_KAFKA_V_TOPIC(topic),
            RD_KAFKA_V_PARTITION((int32_t)field[1].via.i64),
            RD_KAFKA_V_TIMESTAMP(field[2].via.i64), RD_KAFKA_V_KEY(key, key_count),
            RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value_count),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            break;
        }
        rd_kafka_headers_destroy(headers);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            die(topic, rd_kafka_err2str(error));
        }
        (void)rd_kafka_poll(job->producer, 20);
    }
    job->sent += 1;
    pace(job);
    (void)rd_kafka_poll(job->producer, 0);
}

static void produce_all(struct job *job)
{
    msgpack_unpacker unpacker;
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    if (!msgpack_unpacker_init(&unpacker, CHUNK_BYTES)) {
        die("unpacker", "no memory");
    }
    for (;;) {
        if (!msgpack_unpacker_reserve_buffer(&unpacker, CHUNK_BYTES)) {
            die("unpacker", "no memory");
        }
        ssize_t count = read(STDIN_FILENO, msgpack_unpacker_buffer(&unpacker), CHUNK_BYTES);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        msgpack_unpacker_buffer_consumed(&unpacker, (size_t)count);
        while (msgpack_unpacker_next(&unpacker, &unpacked) == MSGPACK_UNPACK_SUCCESS) {
            produce(job, &unpacked.data);
        }
    }
    msgpack_unpacked_destroy(&unpacked);
    msgpack_unpacker_destroy(&unpacker);
}

int main(int count, char **words)
{
    if (count < 2) {
        die("usage", "produce BROKERS [RECORDS_PER_SECOND] <records");
    }
    struct job job = { .rate = count > 2 ? strtoll(words[2], NULL, 10) : 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &job.start);
    job.producer = producer_open(words[1], &job);
    produce_all(&job);
    rd_kafka_resp_err_t error = rd_kafka_flush(job.producer, FLUSH_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die("flush", rd_kafka_err2str(error));
    }
    rd_kafka_destroy(job.producer);
    (void)printf("%lld\n", (long long)job.sent);
    return job.failed == 0 ? 0 : 1;
}
