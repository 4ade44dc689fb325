/* SPDX-License-Identifier: Apache-2.0 */
#include "app/topic_stream.h"

#include <stdlib.h>

#include "app/wiring.h"
#include "edge/kafka_client.h"
#include "edge/kafka_reader.h"
#include "edge/kafka_watch.h"
#include "edge/os.h"

enum { READY_MS = 15000, WAIT_MS = 500 };

struct topic_stream {
    struct kafka_wiring wiring;
    struct os_event wake;
    struct kafka_watch *watch;
    struct kafka_client client;
    struct kafka_reader *readers;
    struct log_extent *extents;
    int32_t partition_count;
    int32_t turn;               /* the partition that is asked next */
    int32_t held;               /* the partition whose record is to be taken; -1: none */
    bool to_end;
};

/* Waits until the watch knows the extents, which come a moment after the topics themselves. */
static enum status read_extents(struct topic_stream *stream, enum topic topic,
                                struct failure *failure)
{
    const int64_t until_us = os_monotonic_us() + INT64_C(1000) * READY_MS;
    for (int32_t p = 0; p < stream->partition_count;) {
        stream->extents[p] = kafka_watch_extent(stream->watch, topic, p);
        if (stream->extents[p].start >= 0 && stream->extents[p].end >= 0) {
            p++;
        } else if (os_monotonic_us() > until_us) {
            return failure_set(failure, STATUS_UNREACHABLE,
                               "the brokers do not say how far partition %d of %s reaches", p,
                               TOPICS[topic].name);
        } else {
            os_event_wait(&stream->wake, NULL, 0, WAIT_MS / 10);
        }
    }
    return STATUS_OK;
}

static enum status open_readers(struct topic_stream *stream, enum topic topic, bool from_start,
                                struct failure *failure)
{
    stream->partition_count = kafka_watch_partitions(stream->watch, topic);
    if (stream->partition_count <= 0) {
        return failure_set(failure, STATUS_CONFIG,
                           "there is no topic %s%s; `promised topics apply` makes it",
                           stream->wiring.settings.topic_prefix, TOPICS[topic].name);
    }
    const size_t count = (size_t)stream->partition_count;
    stream->readers = calloc(count, sizeof *stream->readers);
    stream->extents = calloc(count, sizeof *stream->extents);
    if (!stream->readers || !stream->extents) {
        return failure_set(failure, STATUS_UNREACHABLE, "out of memory");
    }
    const enum status status = read_extents(stream, topic, failure);
    for (int32_t p = 0; p < stream->partition_count && status == STATUS_OK; p++) {
        kafka_reader_init(&stream->readers[p], &stream->client, stream->watch, &stream->wake,
                          topic, p);
        kafka_reader_start(&stream->readers[p],
                           from_start ? stream->extents[p].start : stream->extents[p].end);
    }
    return status;
}

static enum status open_client(struct topic_stream *stream, struct failure *failure)
{
    static const struct kafka_property NONE[] = { { NULL, NULL } };
    static const struct kafka_callbacks CALLBACKS = { 0 };
    enum status status = os_event_open(&stream->wake, failure);
    if (status != STATUS_OK) {
        return status;
    }
    os_signals_catch(&stream->wake);
    status = kafka_watch_open(&stream->wiring.settings, &stream->wake, &stream->watch, failure);
    if (status == STATUS_OK) {
        status = kafka_watch_ready(stream->watch, READY_MS, failure);
    }
    return status == STATUS_OK ? kafka_client_open(&stream->client, &stream->wiring.settings,
                                                   KAFKA_READER, NONE, &CALLBACKS, failure)
                               : status;
}

enum status topic_stream_open(const struct config *config, enum topic topic, bool from_start,
                              bool to_end, struct topic_stream **out_stream,
                              struct failure *failure)
{
    if (wiring_embedded(config)) {
        return failure_set(failure, STATUS_CONFIG,
                           "an embedded broker lives in its daemon: give its address as "
                           "kafka.brokers");
    }
    struct topic_stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        return failure_set(failure, STATUS_UNREACHABLE, "out of memory");
    }
    stream->wake.descriptor = -1;
    stream->held = -1;
    stream->to_end = to_end;
    wiring_kafka(config, NULL, &stream->wiring);
    enum status status = open_client(stream, failure);
    if (status == STATUS_OK) {
        status = open_readers(stream, topic, from_start, failure);
    }
    if (status != STATUS_OK) {
        topic_stream_close(stream);
        return status;
    }
    *out_stream = stream;
    return STATUS_OK;
}

/* Whether this partition has given all that the stream was opened for. */
static bool is_done(const struct topic_stream *stream, int32_t partition)
{
    return stream->to_end &&
           stream->readers[partition].position >= stream->extents[partition].end;
}

/* One round over all partitions. STATUS_AGAIN: no record now. STATUS_ABSENT: all are done. */
static enum status next_of_all(struct topic_stream *stream, struct record *out_record,
                               struct failure *failure)
{
    bool all_done = true;
    for (int32_t i = 0; i < stream->partition_count; i++) {
        const int32_t partition = (stream->turn + i) % stream->partition_count;
        bool at_end = false;
        const enum status status =
            is_done(stream, partition)
                ? STATUS_ABSENT
                : kafka_reader_peek(&stream->readers[partition], out_record, &at_end, failure);
        if (status == STATUS_OK) {
            stream->held = partition;
            stream->turn = partition;
            return STATUS_OK;
        }
        if (status == STATUS_LOST) {
            return status;
        }
        /* Behind the last record there may be markers of transactions and nothing more to come. */
        all_done = all_done && (status == STATUS_ABSENT || (at_end && stream->to_end));
    }
    return all_done ? STATUS_ABSENT : STATUS_AGAIN;
}

enum status topic_stream_next(struct topic_stream *stream, struct record *out_record,
                              struct failure *failure)
{
    if (stream->held >= 0) {
        kafka_reader_take(&stream->readers[stream->held]);
        stream->held = -1;
    }
    while (!os_signal_stop()) {
        /* Errors of the client arrive on its main queue. */
        rd_kafka_poll(stream->client.handle, 0);
        const enum status status = next_of_all(stream, out_record, failure);
        if (status != STATUS_AGAIN) {
            return status;
        }
        os_event_wait(&stream->wake, NULL, 0, WAIT_MS);
    }
    return STATUS_ABSENT;
}

void topic_stream_extent(const struct topic_stream *stream, int32_t partition,
                         struct log_extent *out_extent)
{
    CHECK(partition >= 0 && partition < stream->partition_count);
    *out_extent = stream->extents[partition];
}

void topic_stream_close(struct topic_stream *stream)
{
    if (!stream) {
        return;
    }
    for (int32_t p = 0; stream->readers && p < stream->partition_count; p++) {
        if (stream->readers[p].client) {
            kafka_reader_stop(&stream->readers[p]);
        }
    }
    kafka_client_close(&stream->client);
    kafka_watch_close(stream->watch);
    if (stream->wake.descriptor >= 0) {
        os_event_close(&stream->wake);
    }
    free(stream->readers);
    free(stream->extents);
    free(stream);
}
