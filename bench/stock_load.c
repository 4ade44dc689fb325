/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills a stock topic as fast as the broker takes it:
 *
 *     stock_load --brokers B --topic T [--events 1000000] [--skus 100000] [--locations 10]
 *                [--seed 1]
 *
 * Receipts and picks of SKUs by Zipf 1.0, placed by murmur2 as the Java clients do. The same seed
 * gives the same events but for their times.
 */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "kafka_bench.h"
#include "stock_event.h"
#include "wire/document_codec.h"

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Zipf 1.0 over n ranks, by inverting the harmonic sum approximately: rank = n^u. */
static uint64_t zipf(uint64_t *state, double log_n)
{
    const double u = (double)(random_next(state) >> 11) / 9007199254740992.0;
    return (uint64_t)exp(u * log_n) - 1;
}

int main(int count, char **words)
{
    const int64_t events = number_option(count, words, "--events", 1000000);
    const int64_t skus = number_option(count, words, "--skus", 100000);
    const uint64_t locations = (uint64_t)number_option(count, words, "--locations", 10);
    const uint64_t seed = (uint64_t)number_option(count, words, "--seed", 1);
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15);
    rd_kafka_t *producer = producer_open(text_option(count, words, "--brokers"), "5", NULL);
    rd_kafka_topic_t *topic = topic_open(producer, text_option(count, words, "--topic"));
    const int32_t partitions = partition_count(producer, topic);
    const double log_n = log((double)skus + 1.0);
    int64_t acknowledged = 0;
    for (int64_t i = 0; i < events; i++) {
        char sku[24];
        char location[24];
        (void)snprintf(sku, sizeof sku, "SKU-%08llu", (unsigned long long)zipf(&state, log_n));
        (void)snprintf(location, sizeof location, "W%llu",
                       (unsigned long long)(random_next(&state) % locations));
        const bool receipt = random_next(&state) % 4 == 0;
        const struct stock_event event = { .number = (uint64_t)i,
                                           .sku = sku,
                                           .location = location,
                                           .type = receipt ? "stock.received" : "stock.adjusted",
                                           .quantity = receipt ? 3 : -1,
                                           .time_ms = (int64_t)time(NULL) * 1000 };
        uint8_t room[STOCK_EVENT_BYTES_MAX];
        struct buffer value = buffer_of(room, sizeof room);
        stock_event_write(&value, &event);
        const struct bytes key = bytes_text(sku);
        produce(topic, key_partition(key, partitions), key, buffer_bytes(&value));
        acknowledged += i % BATCH_MESSAGES ? 0 : take_reports(producer);
    }
    while (acknowledged < events) {
        (void)rd_kafka_flush(producer, 100);
        acknowledged += take_reports(producer);
    }
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
    return 0;
}
