/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long an event takes from when it was meant to be sent until a reader has its document:
 *
 *     latency --brokers B --to T --from T --field NAME
 *             [--rate 5000] [--warmup 2] [--seconds 10]
 *
 * Open loop: event i is due at start + i ÷ rate, however slow the answers are, and its latency
 * counts from then. Each event is a `stock.counted` of its own SKU with its own quantity, so the
 * document whose key is of that SKU and whose field (`on_hand`; of a raw echo `quantity`) has that
 * quantity shows this event. All SKUs are counted to 0 before, so that they are known. One JSON
 * line.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kafka_bench.h"
#include "stock_event.h"
#include "wire/document_codec.h"
#include "wire/msgpack_reader.h"

enum { LINGER_WAIT_MS = 100, FILL_LIMIT_S = 60, REST_LIMIT_S = 20, QUIET_S = 2 };

struct run {
    rd_kafka_t *producer;
    rd_kafka_topic_t *to;
    int32_t partitions;
    const char *field;
    int64_t rate;
    int64_t warmup;             /* events whose latency does not count */
    int64_t total;
    int64_t start_ns;
    int64_t *seen_ns;           /* of each event; 0: not yet */
    int64_t seen;
};

static int64_t due_ns(const struct run *run, int64_t i)
{
    return run->start_ns + i * INT64_C(1000000000) / run->rate;
}

static void send_count(struct run *run, int64_t i, int64_t quantity)
{
    char sku[24];
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)snprintf(sku, sizeof sku, "L-%08lld", (long long)i);
    const struct stock_event event = { .number = (uint64_t)(quantity ? run->total + i : i),
                                       .sku = sku,
                                       .location = "W1",
                                       .type = "stock.counted",
                                       .quantity = quantity,
                                       .time_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000 };
    uint8_t room[STOCK_EVENT_BYTES_MAX];
    struct buffer value = buffer_of(room, sizeof room);
    stock_event_write(&value, &event);
    const struct bytes key = bytes_text(sku);
    produce(run->to, key_partition(key, run->partitions), key, buffer_bytes(&value));
}

static void *send_paced(void *argument)
{
    struct run *run = argument;
    for (int64_t i = 0; i < run->total; i++) {
        const int64_t due = due_ns(run, i);
        const struct timespec at = { due / 1000000000, due % 1000000000 };
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0) {
        }
        send_count(run, i, i + 1);
        if (i % 64 == 0) {
            (void)take_reports(run->producer);
        }
    }
    return NULL;
}

static int64_t quantity_of(const struct run *run, struct bytes value)
{
    struct msgpack_reader reader = msgpack_reader_of(value);
    for (uint32_t left = msgpack_read_map(&reader); left > 0; left--) {
        if (bytes_equal(msgpack_read_text(&reader), bytes_text(run->field))) {
            return msgpack_read_int(&reader, INT64_MIN, INT64_MAX);
        }
        msgpack_read_past(&reader);
    }
    return -1;
}

/* Notes a document that shows its event; `filling`: the count to 0 that made it known. */
static void see(struct run *run, const rd_kafka_message_t *message, bool filling)
{
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die("consume", rd_kafka_message_errstr(message));
    }
    const int64_t i = strtoll((const char *)message->key + 2, NULL, 10);
    const int64_t quantity = quantity_of(run, bytes_of(message->payload, message->len));
    if (i >= 0 && i < run->total && quantity == (filling ? 0 : i + 1) && run->seen_ns[i] == 0) {
        run->seen_ns[i] = now_ns();
        run->seen++;
    }
}

static void read_until(struct run *run, rd_kafka_queue_t *queue, int wake, bool filling,
                       int64_t limit_ns)
{
    rd_kafka_message_t *batch[BATCH_MESSAGES];
    while (run->seen < run->total && now_ns() < limit_ns) {
        const ssize_t got = rd_kafka_consume_batch_queue(queue, 0, batch, BATCH_MESSAGES);
        for (ssize_t i = 0; i < got; i++) {
            see(run, batch[i], filling);
            rd_kafka_message_destroy(batch[i]);
        }
        if (filling) {
            (void)take_reports(run->producer);
        }
        if (got <= 0) {
            event_wait(wake, LINGER_WAIT_MS);
        }
    }
}

static void fill(struct run *run, rd_kafka_queue_t *queue, int wake)
{
    for (int64_t i = 0; i < run->total; i++) {
        send_count(run, i, 0);
    }
    read_until(run, queue, wake, true, now_ns() + FILL_LIMIT_S * INT64_C(1000000000));
    if (run->seen < run->total) {
        die("filling", "not every first count was shown");
    }
    run->seen = 0;
    memset(run->seen_ns, 0, (size_t)run->total * sizeof *run->seen_ns);
    const struct timespec quiet = { QUIET_S, 0 };
    (void)nanosleep(&quiet, NULL);
}

static int by_size(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void report(const struct run *run)
{
    int64_t *taken = calloc((size_t)run->total, sizeof *taken);
    size_t count = 0;
    for (int64_t i = run->warmup; i < run->total; i++) {
        if (run->seen_ns[i]) {
            taken[count++] = run->seen_ns[i] - due_ns(run, i);
        }
    }
    qsort(taken, count, sizeof *taken, by_size);
    static const double PARTS[] = { 0.5, 0.9, 0.99, 0.999, 1.0 };
    static const char *const NAMES[] = { "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms" };
    (void)printf("{\"events\":%zu,\"missing\":%lld", count,
                 (long long)(run->total - run->warmup) - (long long)count);
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0] && count > 0; i++) {
        const size_t at = (size_t)(PARTS[i] * (double)(count - 1));
        (void)printf(",\"%s\":%.2f", NAMES[i], (double)taken[at] / 1e6);
    }
    (void)printf("}\n");
    free(taken);
}

int main(int count, char **words)
{
    const char *brokers = text_option(count, words, "--brokers");
    const int64_t rate = number_option(count, words, "--rate", 5000);
    const int64_t warmup = rate * number_option(count, words, "--warmup", 2);
    struct run run = { .producer = producer_open(brokers, "5", NULL),
                       .field = text_option(count, words, "--field"),
                       .rate = rate,
                       .warmup = warmup,
                       .total = warmup + rate * number_option(count, words, "--seconds", 10) };
    run.to = topic_open(run.producer, text_option(count, words, "--to"));
    run.partitions = partition_count(run.producer, run.to);
    run.seen_ns = calloc((size_t)run.total, sizeof *run.seen_ns);
    const int wake = event_open();
    rd_kafka_t *consumer = consumer_open(brokers, NULL);
    rd_kafka_queue_t *queue =
        consume_all(consumer, topic_open(consumer, text_option(count, words, "--from")),
                    RD_KAFKA_OFFSET_END, wake);
    fill(&run, queue, wake);

    pthread_t sender;
    run.start_ns = now_ns() + 1000000;
    if (pthread_create(&sender, NULL, send_paced, &run) != 0) {
        die("thread", "cannot be started");
    }
    read_until(&run, queue, wake, false,
               due_ns(&run, run.total) + REST_LIMIT_S * INT64_C(1000000000));
    (void)pthread_join(sender, NULL);
    report(&run);
    return 0;
}
