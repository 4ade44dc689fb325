/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What librdkafka itself costs: reads a topic from its start to its end and writes records of 200
 * bytes under the same keys to another, with the client settings of `promised` and no state.
 *
 *     raw_pass --brokers B --from T --to T [--produce N]
 *
 * Writes N records evenly spread (default: one for each read) and ends when all are acknowledged.
 * One JSON line: {"read", "written", "cpu_seconds", "wall_seconds"}; wall from the first poll.
 */
#include <stdio.h>
#include <string.h>

#include "kafka_bench.h"
#include "wire/document_codec.h"

enum { OUTPUT_BYTES = 200, WAIT_MS = 100 };

struct pass {
    rd_kafka_t *consumer;
    rd_kafka_t *producer;
    rd_kafka_topic_t *to;
    int32_t partitions;
    int64_t to_read;
    int64_t to_write;
    int64_t read;
    int64_t written;
    int64_t acknowledged;
    uint8_t value[OUTPUT_BYTES];
};

static void pass_on(struct pass *pass, const rd_kafka_message_t *message)
{
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die("consume", rd_kafka_message_errstr(message));
    }
    pass->read++;
    while (pass->written < pass->read * pass->to_write / pass->to_read) {
        const size_t copied = message->len < OUTPUT_BYTES ? message->len : OUTPUT_BYTES;
        memcpy(pass->value, message->payload, copied);
        const struct bytes key = bytes_of(message->key, message->key_len);
        produce(pass->to, key_partition(key, pass->partitions), key,
                bytes_of(pass->value, OUTPUT_BYTES));
        pass->written++;
    }
}

static void run(struct pass *pass, rd_kafka_queue_t *queue, int wake)
{
    static rd_kafka_message_t *batch[BATCH_MESSAGES];
    while (pass->read < pass->to_read || pass->acknowledged < pass->to_write) {
        const ssize_t got = rd_kafka_consume_batch_queue(queue, 0, batch, BATCH_MESSAGES);
        for (ssize_t i = 0; i < got; i++) {
            pass_on(pass, batch[i]);
            rd_kafka_message_destroy(batch[i]);
        }
        pass->acknowledged += take_reports(pass->producer);
        if (got <= 0) {
            event_wait(wake, WAIT_MS);
        }
    }
}

int main(int count, char **words)
{
    static const uint64_t ONE = 1;
    const char *brokers = text_option(count, words, "--brokers");
    const char *from = text_option(count, words, "--from");
    struct pass pass = { .consumer = consumer_open(brokers, NULL),
                         .producer = producer_open(brokers, "5", NULL) };
    const int wake = event_open();
    rd_kafka_queue_t *reports = rd_kafka_queue_get_main(pass.producer);
    rd_kafka_queue_io_event_enable(reports, wake, &ONE, sizeof ONE);
    pass.to = topic_open(pass.producer, text_option(count, words, "--to"));
    pass.partitions = partition_count(pass.producer, pass.to);
    pass.to_read = end_sum(pass.consumer, from);
    pass.to_write = number_option(count, words, "--produce", pass.to_read);
    const int64_t start = now_ns();
    rd_kafka_topic_t *topic = topic_open(pass.consumer, from);
    run(&pass, consume_all(pass.consumer, topic, RD_KAFKA_OFFSET_BEGINNING, wake), wake);
    (void)printf("{\"read\":%lld,\"written\":%lld,\"cpu_seconds\":%.3f,\"wall_seconds\":%.3f}\n",
                 (long long)pass.read, (long long)pass.written, cpu_seconds(),
                 (double)(now_ns() - start) / 1e9);
    /* The clients end with the process: closing them is not what is measured. */
    return 0;
}
