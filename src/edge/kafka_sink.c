/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acknowledgements come as events of many reports each; next_ack() walks through the event it holds
 * and only then asks for another, so no ring of our own lies in between.
 *
 * The one report that librdkafka does not make is of a record it refuses at once for its size, and
 * that may be on any worker: it is put into one of a few slots that the apply thread empties.
 */
#include "edge/kafka_sink.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/limits.h"
#include "edge/kafka_client.h"
#include "edge/kafka_reader.h"

enum { REFUSED_SLOTS = 64, NUMBER_BYTES = 24 };

enum refused_state { REFUSED_FREE, REFUSED_CLAIMED, REFUSED_FILLED };

struct refused {
    _Atomic int state;
    struct sink_ack ack;
};

struct kafka_sink {
    const struct kafka_settings *settings;
    struct kafka_watch *watch;
    const struct os_event *wake;
    int32_t partition_count;

    struct kafka_client producer;
    rd_kafka_queue_t *reports;      /* the producer's main queue */
    rd_kafka_event_t *event;        /* reports being handed out, or NULL */
    _Atomic uint32_t refused_count;
    struct refused refused[REFUSED_SLOTS];

    struct kafka_client consumer;   /* no handle before the first readback */
    struct kafka_reader reader;
    int64_t read_end;               /* where the readback stops; -1: not told yet */
};

static bool report_refused(struct kafka_sink *sink, const struct sink_record *record)
{
    for (uint32_t i = 0; i < REFUSED_SLOTS; i++) {
        struct refused *slot = &sink->refused[i];
        int expected = REFUSED_FREE;
        if (atomic_compare_exchange_strong(&slot->state, &expected, REFUSED_CLAIMED)) {
            slot->ack = (struct sink_ack){ .token = record->token,
                                           .topic = record->topic,
                                           .partition = record->partition,
                                           .offset = -1,
                                           .too_large = true };
            atomic_store(&slot->state, REFUSED_FILLED);
            atomic_fetch_add(&sink->refused_count, 1);
            os_event_raise(sink->wake);
            return true;
        }
    }
    return false;
}

static bool take_refused(struct kafka_sink *sink, struct sink_ack *out_ack)
{
    if (atomic_load(&sink->refused_count) == 0) {
        return false;
    }
    for (uint32_t i = 0; i < REFUSED_SLOTS; i++) {
        struct refused *slot = &sink->refused[i];
        if (atomic_load(&slot->state) == REFUSED_FILLED) {
            *out_ack = slot->ack;
            atomic_fetch_sub(&sink->refused_count, 1);
            atomic_store(&slot->state, REFUSED_FREE);
            return true;
        }
    }
    return false;
}

static rd_kafka_headers_t *copy_headers(const struct sink_record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
    for (uint32_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        CHECK(rd_kafka_header_add(headers, (const char *)header->name.data,
                                  (ssize_t)header->name.count, header->value.data,
                                  (ssize_t)header->value.count) == RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    return headers;
}

static rd_kafka_resp_err_t hand_over(struct kafka_sink *sink, const struct sink_record *record)
{
    rd_kafka_headers_t *headers = copy_headers(record);
    const rd_kafka_vu_t parts[] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = sink->producer.topics[record->topic] },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY,
          .u.mem = { (void *)(uintptr_t)record->key.data, record->key.count } },
        { .vtype = RD_KAFKA_VTYPE_VALUE,
          .u.mem = { (void *)(uintptr_t)record->value.data, record->value.count } },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)record->token },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(sink->producer.handle, parts, sizeof parts / sizeof parts[0]);
    if (!error) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    return code;
}

static enum status port_produce(void *context, const struct sink_record *record)
{
    struct kafka_sink *sink = context;
    CHECK(!topic_is_input(record->topic) && record->topic < TOPIC_JOURNAL);
    CHECK(record->partition >= 0 && record->partition < sink->partition_count);
    switch (hand_over(sink, record)) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return STATUS_OK;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        return report_refused(sink, record) ? STATUS_OK : STATUS_AGAIN;
    default:
        /* The queue is full, or the client is dead, which kafka_sink_fatal() tells. */
        return STATUS_AGAIN;
    }
}

/* The next report, out of the event at hand or the next one; NULL where there is none. */
static const rd_kafka_message_t *next_report(struct kafka_sink *sink)
{
    for (;;) {
        const rd_kafka_message_t *message =
            sink->event && rd_kafka_event_type(sink->event) == RD_KAFKA_EVENT_DR
                ? rd_kafka_event_message_next(sink->event)
                : NULL;
        if (message) {
            return message;
        }
        if (sink->event) {
            rd_kafka_event_destroy(sink->event);
        }
        sink->event = rd_kafka_queue_poll(sink->reports, 0);
        if (!sink->event) {
            return NULL;
        }
    }
}

static enum status port_next_ack(void *context, struct sink_ack *out_ack)
{
    struct kafka_sink *sink = context;
    if (take_refused(sink, out_ack)) {
        return STATUS_OK;
    }
    const rd_kafka_message_t *message = next_report(sink);
    if (!message) {
        return STATUS_AGAIN;
    }
    *out_ack = (struct sink_ack){
        .token = (uint64_t)(uintptr_t)message->_private,
        .topic = kafka_topic_of(message->rkt),
        .partition = message->partition,
        .offset = message->offset,
        .delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR,
        .too_large = message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
    };
    return STATUS_OK;
}

static int32_t port_partition_count(void *context)
{
    const struct kafka_sink *sink = context;
    return sink->partition_count;
}

static void open_consumer(struct kafka_sink *sink)
{
    static const struct kafka_property OWN[] = { { "isolation.level", "read_committed" },
                                                 { "queued.min.messages", "10000" },
                                                 { "queued.max.messages.kbytes", "16384" },
                                                 { NULL, NULL } };
    if (!sink->consumer.handle) {
        /* The user's properties were taken for the producer's sake already. */
        CHECK(kafka_client_open(&sink->consumer, sink->settings, KAFKA_READER, OWN, NULL, NULL) ==
              STATUS_OK);
        /* Its own topic and partition come with each readback. */
        kafka_reader_init(&sink->reader, &sink->consumer, sink->watch, sink->wake,
                          TOPIC_WATERMARKS, 0);
    }
}

static void port_read_begin(void *context, enum topic topic, int32_t partition, int64_t from)
{
    struct kafka_sink *sink = context;
    CHECK(from >= 0 && partition >= 0 && partition < sink->partition_count);
    open_consumer(sink);
    kafka_reader_stop(&sink->reader);
    kafka_reader_init(&sink->reader, &sink->consumer, sink->watch, sink->wake, topic, partition);
    kafka_reader_start(&sink->reader, from);
    sink->read_end = -1;
}

/* Where `from` is not there (deleted by age, or a topic created anew), all there is is read. */
static void read_from_start(struct kafka_sink *sink)
{
    const struct log_extent extent =
        kafka_watch_extent(sink->watch, sink->reader.topic, sink->reader.partition);
    kafka_reader_start(&sink->reader, extent.start > 0 ? extent.start : 0);
    sink->read_end = -1;
}

static enum status port_read_next(void *context, struct record *out_record)
{
    struct kafka_sink *sink = context;
    bool at_end = false;
    if (sink->read_end >= 0 && sink->reader.position >= sink->read_end) {
        return STATUS_ABSENT;
    }
    const enum status status = kafka_reader_peek(&sink->reader, out_record, &at_end, NULL);
    if (status == STATUS_LOST) {
        read_from_start(sink);
        return STATUS_AGAIN;
    }
    if (status == STATUS_AGAIN) {
        return at_end ? STATUS_ABSENT : STATUS_AGAIN;
    }
    kafka_reader_take(&sink->reader);
    if (sink->read_end < 0) {
        sink->read_end = kafka_reader_end(&sink->reader);
    }
    return STATUS_OK;
}

static struct log_extent port_extent(void *context, enum topic topic, int32_t partition)
{
    const struct kafka_sink *sink = context;
    return kafka_watch_extent(sink->watch, topic, partition);
}

static enum status producer_open(struct kafka_sink *sink, struct failure *failure)
{
    static const struct kafka_callbacks CALLBACKS = { .delivery_events = true };
    char linger[NUMBER_BYTES];
    (void)snprintf(linger, sizeof linger, "%u.%03u", sink->settings->linger_us / 1000,
                   sink->settings->linger_us % 1000);
    const struct kafka_property own[] = { { "linger.ms", linger },
                                          { "queue.buffering.max.messages", "1000000" },
                                          { "queue.buffering.max.kbytes", "1048576" },
                                          { "message.max.bytes", "8388608" },
                                          { NULL, NULL } };
    const enum status status = kafka_client_open(&sink->producer, sink->settings, KAFKA_WRITER,
                                                 own, &CALLBACKS, failure);
    if (status != STATUS_OK) {
        return status;
    }
    /* Made now, as produce() only reads them, on any thread. */
    for (int topic = TOPIC_INPUT_COUNT; topic < TOPIC_JOURNAL; topic++) {
        (void)kafka_client_topic(&sink->producer, (enum topic)topic);
    }
    sink->reports = rd_kafka_queue_get_main(sink->producer.handle);
    kafka_queue_wakes(sink->reports, sink->wake);
    return STATUS_OK;
}

enum status kafka_sink_open(const struct kafka_settings *settings, struct kafka_watch *watch,
                            const struct os_event *wake, struct kafka_sink **out_sink,
                            struct failure *failure)
{
    struct kafka_sink *sink = calloc(1, sizeof *sink);
    if (!sink) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for the outputs' client");
    }
    sink->settings = settings;
    sink->watch = watch;
    sink->wake = wake;
    sink->partition_count = kafka_watch_partitions(watch, TOPIC_WATERMARKS);
    const enum status status = producer_open(sink, failure);
    if (status != STATUS_OK) {
        kafka_sink_close(sink);
        return status;
    }
    *out_sink = sink;
    return STATUS_OK;
}

struct sink_port kafka_sink_port(struct kafka_sink *sink)
{
    return (struct sink_port){
        .context = sink,
        .produce = port_produce,
        .next_ack = port_next_ack,
        .partition_count = port_partition_count,
        .read_begin = port_read_begin,
        .read_next = port_read_next,
        .extent = port_extent,
    };
}

void kafka_sink_poll(struct kafka_sink *sink)
{
    if (sink->consumer.handle) {
        (void)rd_kafka_poll(sink->consumer.handle, 0);
    }
}

enum status kafka_sink_fatal(const struct kafka_sink *sink, struct failure *failure)
{
    return kafka_client_fatal(&sink->producer, failure);
}

const char *kafka_sink_trouble(const struct kafka_sink *sink, uint64_t *out_count)
{
    *out_count = sink->producer.trouble_count;
    return sink->producer.trouble;
}

void kafka_sink_close(struct kafka_sink *sink)
{
    if (!sink) {
        return;
    }
    if (sink->consumer.handle) {
        kafka_reader_stop(&sink->reader);
        kafka_client_close(&sink->consumer);
    }
    if (sink->event) {
        rd_kafka_event_destroy(sink->event);
    }
    if (sink->reports) {
        rd_kafka_queue_destroy(sink->reports);
    }
    kafka_client_close(&sink->producer);
    free(sink);
}
