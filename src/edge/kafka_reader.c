/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The "simple" consumer of librdkafka is used, not the balanced one with assign(): it has one queue
 * per partition by design, and starting or stopping one partition does not touch the others, while
 * assign() discards what all of them have fetched.
 */
#include "edge/kafka_reader.h"

#include <stdlib.h>

#include "base/hash.h"

void kafka_reader_init(struct kafka_reader *reader, struct kafka_client *client,
                       const struct kafka_watch *watch, const struct os_event *wake,
                       enum topic topic, int32_t partition)
{
    *reader = (struct kafka_reader){
        .client = client,
        .watch = watch,
        .wake = wake,
        .topic = topic,
        .partition = partition,
        .end_seen = -1,
        .last_offset = -1,
    };
}

static void release_held(struct kafka_reader *reader)
{
    if (reader->held) {
        rd_kafka_message_destroy(reader->held);
        reader->held = NULL;
    }
}

static void drop_next(struct kafka_reader *reader)
{
    rd_kafka_message_destroy(reader->batch[reader->next]);
    reader->next++;
    reader->converted = false;
}

static void stop_fetching(struct kafka_reader *reader)
{
    if (!reader->queue) {
        return;
    }
    rd_kafka_topic_t *topic = kafka_client_topic(reader->client, reader->topic);
    (void)rd_kafka_consume_stop(topic, reader->partition);
    while (reader->next < reader->count) {
        drop_next(reader);
    }
    rd_kafka_queue_destroy(reader->queue);
    reader->queue = NULL;
}

static void start_fetching(struct kafka_reader *reader, int64_t offset)
{
    rd_kafka_topic_t *topic = kafka_client_topic(reader->client, reader->topic);
    reader->queue = rd_kafka_queue_new(reader->client->handle);
    kafka_queue_wakes(reader->queue, reader->wake);
    CHECK(rd_kafka_consume_start_queue(topic, reader->partition, offset, reader->queue) == 0);
    reader->next = 0;
    reader->count = 0;
    reader->converted = false;
    reader->position = offset;
    reader->end_seen = -1;
    reader->heard = false;
    reader->vanishings = kafka_watch_vanishings(reader->watch, reader->topic);
}

void kafka_reader_start(struct kafka_reader *reader, int64_t offset)
{
    CHECK(offset >= 0);
    kafka_reader_stop(reader);
    reader->lost = (struct failure){ .status = STATUS_OK };
    reader->last_offset = -1;
    reader->verifying = false;
    start_fetching(reader, offset);
}

void kafka_reader_stop(struct kafka_reader *reader)
{
    stop_fetching(reader);
    release_held(reader);
    free(reader->headers);
    reader->headers = NULL;
    reader->header_capacity = 0;
}

static void reader_lose(struct kafka_reader *reader, const char *what)
{
    const struct log_extent extent =
        kafka_watch_extent(reader->watch, reader->topic, reader->partition);
    const struct kafka_topic_name name = kafka_topic_name(reader->client->settings, reader->topic);
    const char *mend =
        reader->topic == TOPIC_JOURNAL
            ? "restore a snapshot whose offset the journal still has, or see `promised journal "
              "adopt`"
            : "bring the topic back as it was: what the journal does not have of it is lost";
    (void)failure_set(&reader->lost, STATUS_LOST,
                      "%s [%d]: %s: wanted offset %lld, the broker has %lld to %lld; %s",
                      name.text, reader->partition, what, (long long)reader->position,
                      (long long)extent.start, (long long)extent.end, mend);
}

/* Reads the last taken record again to see whether the topic is still the same one. */
static void reader_doubt(struct kafka_reader *reader)
{
    const int64_t position = reader->position;
    const bool verify = reader->verifying || reader->last_offset >= 0;
    stop_fetching(reader);
    start_fetching(reader, verify ? reader->last_offset : position);
    reader->position = position;
    reader->verifying = verify;
}

static uint64_t message_hash(const rd_kafka_message_t *message)
{
    return hash_pair(hash_bytes(bytes_of(message->key, message->key_len), 0),
                     hash_bytes(bytes_of(message->payload, message->len), 0));
}

static int64_t message_timestamp(const struct kafka_reader *reader,
                                 const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;
    const int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
    if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ||
        (reader->append_time_only && type != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME)) {
        return -1;
    }
    return timestamp_ms < 0 ? -1 : timestamp_ms;
}

/* The record that was taken last has come again, or something else in its place. */
static void reader_verify(struct kafka_reader *reader, const rd_kafka_message_t *message)
{
    reader->verifying = false;
    if (message->offset != reader->last_offset) {
        return; /* It was compacted away in between: nothing left to compare. */
    }
    if (message_hash(message) != reader->last_hash ||
        message_timestamp(reader, message) != reader->last_timestamp_ms) {
        reader_lose(reader, "the topic was deleted and created anew");
    }
}

static void reader_end_of_partition(struct kafka_reader *reader, int64_t offset)
{
    if (reader->verifying && offset <= reader->last_offset) {
        reader_lose(reader, "the topic was cut or created anew");
        return;
    }
    if (offset > reader->position) {
        reader->position = offset;
    }
    reader->end_seen = offset;
}

/* Errors but for these pass by themselves: librdkafka goes on trying. */
static void reader_event(struct kafka_reader *reader, const rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        reader_end_of_partition(reader, message->offset);
        break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        reader_lose(reader, "the offset to go on from is gone");
        break;
    default:
        break;
    }
}

static struct bytes view(const void *data, size_t count)
{
    return bytes_of(data, data ? count : 0);
}

static void convert_headers(struct kafka_reader *reader, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    reader->record.header_count = 0;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    const uint32_t count = (uint32_t)rd_kafka_header_cnt(headers);
    if (count > reader->header_capacity) {
        const uint32_t capacity = count > KAFKA_READER_HEADERS ? count : KAFKA_READER_HEADERS;
        reader->headers = realloc(reader->headers, capacity * sizeof *reader->headers);
        CHECK(reader->headers != NULL);
        reader->header_capacity = capacity;
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *name;
        const void *value;
        size_t bytes;
        CHECK(rd_kafka_header_get_all(headers, i, &name, &value, &bytes) ==
              RD_KAFKA_RESP_ERR_NO_ERROR);
        reader->headers[i] = (struct record_header){ bytes_text(name), view(value, bytes) };
    }
    reader->record.header_count = count;
}

static void convert(struct kafka_reader *reader, const rd_kafka_message_t *message)
{
    reader->record = (struct record){
        .topic = reader->topic,
        .partition = reader->partition,
        .offset = message->offset,
        .timestamp_ms = message_timestamp(reader, message),
        .key = view(message->key, message->key_len),
        .value = view(message->payload, message->len),
    };
    convert_headers(reader, message);
    reader->record.headers = reader->headers;
    reader->converted = true;
}

/* True when `record` shows batch[next]; else that was no record to be shown, and is gone. */
static bool reader_look(struct kafka_reader *reader)
{
    const rd_kafka_message_t *message = reader->batch[reader->next];
    if (reader->converted) {
        return true;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        reader_event(reader, message);
        drop_next(reader);
        return false;
    }
    if (reader->verifying) {
        reader_verify(reader, message);
    }
    if (reader->lost.status != STATUS_OK || message->offset < reader->position) {
        drop_next(reader);
        return false;
    }
    convert(reader, message);
    return true;
}

static bool reader_fill(struct kafka_reader *reader)
{
    const ssize_t got =
        rd_kafka_consume_batch_queue(reader->queue, 0, reader->batch, KAFKA_READER_BATCH);
    reader->next = 0;
    reader->count = got > 0 ? (uint32_t)got : 0;
    reader->heard = reader->heard || got > 0;
    return got > 0;
}

int64_t kafka_reader_end(const struct kafka_reader *reader)
{
    int64_t low;
    int64_t high;
    if (!reader->heard) {
        return -1;
    }
    const char *name = rd_kafka_topic_name(reader->client->topics[reader->topic]);
    if (rd_kafka_get_watermark_offsets(reader->client->handle, name, reader->partition, &low,
                                       &high) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return -1;
    }
    return high < 0 ? -1 : high;
}

/* The event comes only with an empty fetch; with what was fetched the broker told its end too. */
static bool reader_at_end(const struct kafka_reader *reader)
{
    if (reader->verifying || !reader->heard) {
        return false;
    }
    if (reader->end_seen == reader->position) {
        return true;
    }
    const int64_t end = kafka_reader_end(reader);
    return end >= 0 && reader->position >= end;
}

static void reader_check_topic(struct kafka_reader *reader)
{
    if (kafka_watch_gone(reader->watch, reader->topic)) {
        reader_lose(reader, "the topic is gone");
    } else if (kafka_watch_vanishings(reader->watch, reader->topic) != reader->vanishings &&
               kafka_watch_present(reader->watch, reader->topic)) {
        reader_doubt(reader);
    }
}

enum status kafka_reader_peek(struct kafka_reader *reader, struct record *out_record,
                              bool *out_at_end, struct failure *failure)
{
    CHECK(reader->queue != NULL);
    release_held(reader);
    if (reader->lost.status == STATUS_OK) {
        reader_check_topic(reader);
    }
    while (reader->lost.status == STATUS_OK) {
        if (reader->next == reader->count && !reader_fill(reader)) {
            *out_at_end = reader_at_end(reader);
            return STATUS_AGAIN;
        }
        if (reader_look(reader)) {
            *out_record = reader->record;
            return STATUS_OK;
        }
    }
    return failure_set(failure, STATUS_LOST, "%s", reader->lost.text);
}

void kafka_reader_take(struct kafka_reader *reader)
{
    CHECK(reader->converted && !reader->held);
    reader->held = reader->batch[reader->next];
    reader->last_offset = reader->record.offset;
    reader->last_timestamp_ms = reader->record.timestamp_ms;
    reader->last_hash = message_hash(reader->held);
    reader->position = reader->record.offset + 1;
    reader->next++;
    reader->converted = false;
}
