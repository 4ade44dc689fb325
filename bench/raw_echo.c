/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of an event through `promised` without `promised`: topic, journal of one partition,
 * topic, with the same lingers and acknowledgements, until it is killed.
 *
 *     raw_echo --brokers B --from T --journal T --to T
 */
#include "kafka_bench.h"
#include "wire/document_codec.h"

enum { WAIT_MS = 100 };

/* From one topic to another, record by record. */
struct hop {
    rd_kafka_t *producer;
    rd_kafka_topic_t *to;
    int32_t partitions;
    rd_kafka_queue_t *from;
};

static const struct property UNCOMMITTED[] = { { "isolation.level", "read_uncommitted" },
                                               { NULL, NULL } };

static struct hop hop_open(const char *brokers, const char *from, const char *to,
                           const char *linger_ms, int wake)
{
    static const uint64_t ONE = 1;
    rd_kafka_t *consumer = consumer_open(brokers, UNCOMMITTED);
    struct hop hop = { .producer = producer_open(brokers, linger_ms, NULL) };
    hop.to = topic_open(hop.producer, to);
    hop.partitions = partition_count(hop.producer, hop.to);
    hop.from = consume_all(consumer, topic_open(consumer, from), RD_KAFKA_OFFSET_BEGINNING, wake);
    rd_kafka_queue_t *reports = rd_kafka_queue_get_main(hop.producer);
    rd_kafka_queue_io_event_enable(reports, wake, &ONE, sizeof ONE);
    return hop;
}

static ssize_t hop_step(struct hop *hop)
{
    rd_kafka_message_t *batch[BATCH_MESSAGES];
    const ssize_t got = rd_kafka_consume_batch_queue(hop->from, 0, batch, BATCH_MESSAGES);
    for (ssize_t i = 0; i < got; i++) {
        if (batch[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            die("consume", rd_kafka_message_errstr(batch[i]));
        }
        const struct bytes key = bytes_of(batch[i]->key, batch[i]->key_len);
        produce(hop->to, key_partition(key, hop->partitions), key,
                bytes_of(batch[i]->payload, batch[i]->len));
        rd_kafka_message_destroy(batch[i]);
    }
    (void)take_reports(hop->producer);
    return got;
}

int main(int count, char **words)
{
    const char *brokers = text_option(count, words, "--brokers");
    const char *journal = text_option(count, words, "--journal");
    const int wake = event_open();
    struct hop second = hop_open(brokers, journal, text_option(count, words, "--to"), "5", wake);
    struct hop first = hop_open(brokers, text_option(count, words, "--from"), journal, "0", wake);
    for (;;) {
        if (hop_step(&first) + hop_step(&second) <= 0) {
            event_wait(wake, WAIT_MS);
        }
    }
}
