/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the live tests need of Kafka's administration, one task a call:
 *
 *     admin BROKERS ready MILLISECONDS            until the broker answers
 *     admin BROKERS create [NAME=VALUE...] -- TOPIC:PARTITIONS...   and until all have a leader
 *     admin BROKERS delete TOPIC...               and until they are gone
 *     admin BROKERS cut TOPIC:PARTITION OFFSET    deletes the records before OFFSET (-1: all)
 *     admin BROKERS ends TOPIC...                 prints "topic partition first end" lines
 *
 * Ends with 1 where the task failed or its time (30 s) was over.
 */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMEOUT_MS = 30000, TOPICS_MAX = 64, NAME_BYTES_MAX = 250 };

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "admin: %s: %s\n", what, why);
    exit(1);
}

static void on_error(rd_kafka_t *client, int error, const char *why, void *opaque)
{
    /* A broker that is not there yet is what `ready` waits for. */
    (void)client;
    (void)error;
    (void)why;
    (void)opaque;
}

static rd_kafka_t *client_open(const char *brokers)
{
    static const char *const SETTINGS[][2] = {
        { "reconnect.backoff.ms", "20" },
        { "reconnect.backoff.max.ms", "50" },
        { "log_level", "0" },
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];
    (void)rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why);
    for (size_t i = 0; i < sizeof SETTINGS / sizeof SETTINGS[0]; i++) {
        (void)rd_kafka_conf_set(conf, SETTINGS[i][0], SETTINGS[i][1], why, sizeof why);
    }
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (client == NULL) {
        die("client", why);
    }
    return client;
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* A short pause between two questions to the broker. */
static void pause_ms(long ms)
{
    const struct timespec pause = { .tv_nsec = ms * 1000000 };
    (void)nanosleep(&pause, NULL);
}

/* "name:number" -> the number; the name in `out_name`. */
static int number_of(const char *word, char out_name[NAME_BYTES_MAX])
{
    const char *colon = strrchr(word, ':');
    if (colon == NULL || colon - word >= NAME_BYTES_MAX) {
        die(word, "not NAME:NUMBER");
    }
    memcpy(out_name, word, (size_t)(colon - word));
    out_name[colon - word] = '\0';
    return (int)strtol(colon + 1, NULL, 10);
}

/* Partitions of the topic that have a leader; -1: no answer. */
static int leaders_count(rd_kafka_t *client, const char *topic)
{
    /* All topics are asked for: a question for one may answer from what the client remembers. */
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(client, 1, NULL, &metadata, 500) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return -1;
    }
    int count = 0;
    for (int t = 0; t < metadata->topic_cnt; t++) {
        if (strcmp(metadata->topics[t].topic, topic) == 0) {
            for (int p = 0; p < metadata->topics[t].partition_cnt; p++) {
                count += metadata->topics[t].partitions[p].leader >= 0 ? 1 : 0;
            }
        }
    }
    rd_kafka_metadata_destroy(metadata);
    return count;
}

static void leaders_await(rd_kafka_t *client, const char *topic, int count)
{
    int64_t deadline = now_ms() + TIMEOUT_MS;
    while (leaders_count(client, topic) != count) {
        if (now_ms() > deadline) {
            die(topic, "not what it should be after 30 s");
        }
        pause_ms(5);
    }
}

static void ready(rd_kafka_t *client, const char *milliseconds)
{
    int64_t deadline = now_ms() + strtoll(milliseconds, NULL, 10);
    for (;;) {
        const struct rd_kafka_metadata *metadata = NULL;
        rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, NULL, &metadata, 200);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            int brokers = metadata->broker_cnt;
            rd_kafka_metadata_destroy(metadata);
            if (brokers > 0) {
                return;
            }
        }
        if (now_ms() > deadline) {
            die("broker", "not ready in time");
        }
        pause_ms(20);
    }
}

static void topic_result(const rd_kafka_topic_result_t **results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            const char *why = rd_kafka_topic_result_error_string(results[i]);
            die(rd_kafka_topic_result_name(results[i]), why == NULL ? "refused" : why);
        }
    }
}

static rd_kafka_event_t *answer(rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
    if (event == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die("broker", event == NULL ? "no answer" : rd_kafka_event_error_string(event));
    }
    return event;
}

static void create(rd_kafka_t *client, rd_kafka_queue_t *queue, int count, char **words)
{
    int settings = 0;
    while (settings < count && strcmp(words[settings], "--") != 0) {
        settings += 1;
    }
    rd_kafka_NewTopic_t *topics[TOPICS_MAX];
    size_t topic_count = 0;
    char name[NAME_BYTES_MAX];
    for (int i = settings + 1; i < count && topic_count < TOPICS_MAX; i++) {
        char why[256];
        int partitions = number_of(words[i], name);
        rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, 1, why, sizeof why);
        if (topic == NULL) {
            die(name, why);
        }
        for (int s = 0; s < settings; s++) {
            char *value = strchr(words[s], '=');
            char setting[NAME_BYTES_MAX];
            (void)snprintf(setting, sizeof setting, "%.*s", (int)(value - words[s]), words[s]);
            (void)rd_kafka_NewTopic_set_config(topic, setting, value + 1);
        }
        topics[topic_count++] = topic;
    }
    rd_kafka_CreateTopics(client, topics, topic_count, NULL, queue);
    rd_kafka_event_t *event = answer(queue);
    size_t result_count = 0;
    topic_result(rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event),
                                                     &result_count), topic_count);
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy_array(topics, topic_count);
    for (int i = settings + 1; i < count; i++) {
        int partitions = number_of(words[i], name);
        leaders_await(client, name, partitions);
    }
}

static void delete_topics(rd_kafka_t *client, rd_kafka_queue_t *queue, int count, char **names)
{
    rd_kafka_DeleteTopic_t *topics[TOPICS_MAX];
    size_t topic_count = 0;
    for (int i = 0; i < count && topic_count < TOPICS_MAX; i++) {
        topics[topic_count++] = rd_kafka_DeleteTopic_new(names[i]);
    }
    rd_kafka_DeleteTopics(client, topics, topic_count, NULL, queue);
    rd_kafka_event_t *event = answer(queue);
    size_t result_count = 0;
    topic_result(rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event),
                                                     &result_count), topic_count);
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteTopic_destroy_array(topics, topic_count);
    for (int i = 0; i < count; i++) {
        leaders_await(client, names[i], 0);
    }
}

static void cut(rd_kafka_t *client, rd_kafka_queue_t *queue, const char *place, const char *offset)
{
    char name[NAME_BYTES_MAX];
    int partition = number_of(place, name);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, name, partition)->offset = strtoll(offset, NULL, 10);
    rd_kafka_DeleteRecords_t *task = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(client, &task, 1, NULL, queue);
    rd_kafka_event_t *event = answer(queue);
    const rd_kafka_topic_partition_list_t *cuts =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
    if (cuts->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die(place, rd_kafka_err2str(cuts->elems[0].err));
    }
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteRecords_destroy(task);
    rd_kafka_topic_partition_list_destroy(list);
}

static void ends(rd_kafka_t *client, int count, char **names)
{
    for (int i = 0; i < count; i++) {
        int partitions = leaders_count(client, names[i]);
        if (partitions <= 0) {
            die(names[i], "no such topic");
        }
        for (int p = 0; p < partitions; p++) {
            int64_t first = 0;
            int64_t end = 0;
            rd_kafka_resp_err_t error =
                rd_kafka_query_watermark_offsets(client, names[i], p, &first, &end, TIMEOUT_MS);
            if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
                die(names[i], rd_kafka_err2str(error));
            }
            (void)printf("%s %d %lld %lld\n", names[i], p, (long long)first, (long long)end);
        }
    }
}

int main(int count, char **words)
{
    if (count < 4) {
        die("usage", "admin BROKERS ready|create|delete|cut|ends ...");
    }
    rd_kafka_t *client = client_open(words[1]);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    const char *task = words[2];
    if (strcmp(task, "ready") == 0) {
        ready(client, words[3]);
    } else if (strcmp(task, "create") == 0) {
        create(client, queue, count - 3, words + 3);
    } else if (strcmp(task, "delete") == 0) {
        delete_topics(client, queue, count - 3, words + 3);
    } else if (strcmp(task, "cut") == 0 && count == 5) {
        cut(client, queue, words[3], words[4]);
    } else if (strcmp(task, "ends") == 0) {
        ends(client, count - 3, words + 3);
    } else {
        die(task, "no such task");
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
    return 0;
}
