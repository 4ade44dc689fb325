/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_bench.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { ASK_MS = 30000, ERROR_BYTES = 256, AGAIN_MS = 5 };

static const struct property COMMON[] = { { "socket.nagle.disable", "true" }, { NULL, NULL } };
static const struct property PRODUCER[] = { { "enable.idempotence", "true" },
                                            { "acks", "all" },
                                            { "message.timeout.ms", "0" },
                                            { "queue.buffering.max.messages", "1000000" },
                                            { "queue.buffering.max.kbytes", "1048576" },
                                            { NULL, NULL } };
static const struct property CONSUMER[] = { { "enable.auto.commit", "false" },
                                            { "enable.auto.offset.store", "false" },
                                            { "auto.offset.reset", "error" },
                                            { "check.crcs", "true" },
                                            { "fetch.wait.max.ms", "100" },
                                            { "isolation.level", "read_committed" },
                                            { "queued.min.messages", "100000" },
                                            { NULL, NULL } };

void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

static void pause_ms(long milliseconds)
{
    const struct timespec pause = { 0, milliseconds * 1000 * 1000 };
    (void)nanosleep(&pause, NULL);
}

static void set_all(rd_kafka_conf_t *conf, const struct property *properties)
{
    char why[ERROR_BYTES];
    for (; properties && properties->name; properties++) {
        if (rd_kafka_conf_set(conf, properties->name, properties->value, why, sizeof why) !=
            RD_KAFKA_CONF_OK) {
            die(properties->name, why);
        }
    }
}

static rd_kafka_t *client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[ERROR_BYTES];
    rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof why);
    if (!client) {
        die("client", why);
    }
    return client;
}

rd_kafka_t *producer_open(const char *brokers, const char *linger_ms, const struct property *own)
{
    const struct property these[] = { { "bootstrap.servers", brokers },
                                      { "linger.ms", linger_ms },
                                      { NULL, NULL } };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set_all(conf, COMMON);
    set_all(conf, PRODUCER);
    set_all(conf, these);
    set_all(conf, own);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    return client_open(RD_KAFKA_PRODUCER, conf);
}

rd_kafka_t *consumer_open(const char *brokers, const struct property *own)
{
    const struct property these[] = { { "bootstrap.servers", brokers }, { NULL, NULL } };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set_all(conf, COMMON);
    set_all(conf, CONSUMER);
    set_all(conf, these);
    set_all(conf, own);
    return client_open(RD_KAFKA_CONSUMER, conf);
}

rd_kafka_topic_t *topic_open(rd_kafka_t *client, const char *name)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    if (!topic) {
        die(name, rd_kafka_err2str(rd_kafka_last_error()));
    }
    return topic;
}

int32_t partition_count(rd_kafka_t *client, rd_kafka_topic_t *topic)
{
    const struct rd_kafka_metadata *metadata;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata, ASK_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die(rd_kafka_topic_name(topic), rd_kafka_err2str(error));
    }
    const int32_t count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    if (count == 0) {
        die(rd_kafka_topic_name(topic), "no such topic");
    }
    return count;
}

/* A topic made just now: the broker tells of it before it leads it. */
static bool passes_by_itself(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

/* Asked for here, not left to the client: it would look only some time after the return. */
static int64_t end_of(rd_kafka_t *consumer, const char *name, int32_t partition)
{
    const int64_t limit = now_ns() + ASK_MS * INT64_C(1000000);
    for (;;) {
        int64_t first;
        int64_t end;
        const rd_kafka_resp_err_t error =
            rd_kafka_query_watermark_offsets(consumer, name, partition, &first, &end, ASK_MS);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return end;
        }
        if (!passes_by_itself(error) || now_ns() > limit) {
            die(name, rd_kafka_err2str(error));
        }
        pause_ms(AGAIN_MS);
    }
}

rd_kafka_queue_t *consume_all(rd_kafka_t *consumer, rd_kafka_topic_t *topic, int64_t offset,
                              int descriptor)
{
    static const uint64_t ONE = 1;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer);
    if (descriptor >= 0) {
        rd_kafka_queue_io_event_enable(queue, descriptor, &ONE, sizeof ONE);
    }
    const int32_t count = partition_count(consumer, topic);
    for (int32_t p = 0; p < count; p++) {
        const int64_t from = offset == RD_KAFKA_OFFSET_END
                                 ? end_of(consumer, rd_kafka_topic_name(topic), p)
                                 : offset;
        if (rd_kafka_consume_start_queue(topic, p, from, queue) != 0) {
            die(rd_kafka_topic_name(topic), rd_kafka_err2str(rd_kafka_last_error()));
        }
    }
    return queue;
}

int64_t end_sum(rd_kafka_t *consumer, const char *name)
{
    rd_kafka_topic_t *topic = topic_open(consumer, name);
    const int32_t count = partition_count(consumer, topic);
    int64_t sum = 0;
    for (int32_t p = 0; p < count; p++) {
        sum += end_of(consumer, name, p);
    }
    rd_kafka_topic_destroy(topic);
    return sum;
}

void produce(rd_kafka_topic_t *topic, int32_t partition, struct bytes key, struct bytes value)
{
    while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY,
                            (void *)(uintptr_t)value.data, value.count, key.data, key.count,
                            NULL) != 0) {
        const rd_kafka_resp_err_t error = rd_kafka_last_error();
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            die(rd_kafka_topic_name(topic), rd_kafka_err2str(error));
        }
        pause_ms(AGAIN_MS);
    }
}

int64_t take_reports(rd_kafka_t *producer)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(producer);
    rd_kafka_event_t *event;
    int64_t count = 0;
    while ((event = rd_kafka_queue_poll(queue, 0)) != NULL) {
        const rd_kafka_message_t *message;
        while (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR &&
               (message = rd_kafka_event_message_next(event)) != NULL) {
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                die("delivery", rd_kafka_err2str(message->err));
            }
            count++;
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    return count;
}

int event_open(void)
{
    const int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) {
        die("eventfd", strerror(errno));
    }
    return descriptor;
}

void event_wait(int descriptor, int milliseconds)
{
    struct pollfd one = { .fd = descriptor, .events = POLLIN };
    uint64_t count;
    if (poll(&one, 1, milliseconds) > 0 && read(descriptor, &count, sizeof count) < 0 &&
        errno != EAGAIN) {
        die("eventfd", strerror(errno));
    }
}

int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

double cpu_seconds(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

const char *text_option(int count, char **words, const char *name)
{
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(words[i], name) == 0) {
            return words[i + 1];
        }
    }
    die(name, "is needed");
}

int64_t number_option(int count, char **words, const char *name, int64_t otherwise)
{
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(words[i], name) == 0) {
            return strtoll(words[i + 1], NULL, 10);
        }
    }
    return otherwise;
}
