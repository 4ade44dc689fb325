/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kafka_journal.h"

#include <stdlib.h>

#include "core/limits.h"
#include "edge/kafka_client.h"
#include "edge/kafka_reader.h"

struct kafka_journal {
    const struct kafka_settings *settings;
    struct kafka_watch *watch;
    const struct os_event *wake;
    struct kafka_client consumer;
    struct kafka_client producer;
    rd_kafka_queue_t *reports;      /* the producer's main queue */
    struct kafka_reader reader;
    uint64_t errors;
    uint32_t in_flight;
};

/* Entries are large: a fetch brings several, and none is ever cut into two batches. */
static const struct kafka_property CONSUMER[] = { { "isolation.level", "read_uncommitted" },
                                                  { "max.partition.fetch.bytes", "8388608" },
                                                  { "queued.min.messages", "1000" },
                                                  { "queued.max.messages.kbytes", "65536" },
                                                  { NULL, NULL } };
static const struct kafka_property PRODUCER[] = { { "linger.ms", "0" },
                                                  { "compression.codec", "lz4" },
                                                  { "message.max.bytes", "8388608" },
                                                  { "batch.size", "8388608" },
                                                  { NULL, NULL } };
_Static_assert(MESSAGE_BYTES_MAX == 8388608, "the texts above say the same");

static enum status producer_open(struct kafka_journal *journal, struct failure *failure)
{
    static const struct kafka_callbacks CALLBACKS = { .delivery_events = true };
    const enum status status = kafka_client_open(&journal->producer, journal->settings,
                                                 KAFKA_WRITER, PRODUCER, &CALLBACKS, failure);
    if (status == STATUS_OK) {
        journal->reports = rd_kafka_queue_get_main(journal->producer.handle);
        kafka_queue_wakes(journal->reports, journal->wake);
    }
    return status;
}

static void producer_close(struct kafka_journal *journal)
{
    if (journal->reports) {
        rd_kafka_queue_destroy(journal->reports);
        journal->reports = NULL;
    }
    kafka_client_close(&journal->producer);
}

/* A fatal error ends a producer for good, but not us: only what the log shows counts. */
static void producer_replace_if_dead(struct kafka_journal *journal)
{
    if (kafka_client_fatal(&journal->producer, NULL) == STATUS_OK) {
        return;
    }
    journal->errors += journal->in_flight > 0 ? journal->in_flight : 1;
    journal->in_flight = 0;
    producer_close(journal);
    CHECK(producer_open(journal, NULL) == STATUS_OK);
}

static void count_reports(struct kafka_journal *journal, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        CHECK(journal->in_flight > 0);
        journal->in_flight--;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            journal->errors++;
        }
    }
}

static void serve_reports(struct kafka_journal *journal)
{
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(journal->reports, 0)) != NULL) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) {
            count_reports(journal, event);
        }
        rd_kafka_event_destroy(event);
    }
    producer_replace_if_dead(journal);
}

static void port_seek(void *context, int64_t offset)
{
    struct kafka_journal *journal = context;
    kafka_reader_start(&journal->reader, offset);
}

static enum status port_next(void *context, struct record *out_record, struct failure *failure)
{
    struct kafka_journal *journal = context;
    bool at_end;
    const enum status status =
        kafka_reader_peek(&journal->reader, out_record, &at_end, failure);
    if (status == STATUS_OK) {
        kafka_reader_take(&journal->reader);
    }
    return status;
}

static int64_t port_position(void *context)
{
    const struct kafka_journal *journal = context;
    return journal->reader.position;
}

static struct log_extent port_extent(void *context)
{
    const struct kafka_journal *journal = context;
    return kafka_watch_extent(journal->watch, TOPIC_JOURNAL, 0);
}

static void port_refresh(void *context)
{
    struct kafka_journal *journal = context;
    kafka_watch_ask_journal(journal->watch);
}

static bool port_fresh(void *context)
{
    const struct kafka_journal *journal = context;
    return kafka_watch_journal_fresh(journal->watch);
}

static enum status port_append(void *context, struct bytes value)
{
    struct kafka_journal *journal = context;
    CHECK(value.data != NULL);
    rd_kafka_topic_t *topic = kafka_client_topic(&journal->producer, TOPIC_JOURNAL);
    if (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)value.data, value.count,
                         NULL, 0, NULL) == 0) {
        journal->in_flight++;
        return STATUS_OK;
    }
    const rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        return STATUS_CONFIG;
    }
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        journal->errors++;
        producer_replace_if_dead(journal);
    }
    return STATUS_AGAIN;
}

static uint64_t port_errors(void *context)
{
    struct kafka_journal *journal = context;
    serve_reports(journal);
    return journal->errors;
}

static uint32_t port_in_flight(void *context)
{
    struct kafka_journal *journal = context;
    serve_reports(journal);
    return journal->in_flight;
}

enum status kafka_journal_open(const struct kafka_settings *settings, struct kafka_watch *watch,
                               const struct os_event *wake, struct kafka_journal **out_journal,
                               struct failure *failure)
{
    struct kafka_journal *journal = calloc(1, sizeof *journal);
    if (!journal) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for the journal's clients");
    }
    journal->settings = settings;
    journal->watch = watch;
    journal->wake = wake;
    enum status status =
        kafka_client_open(&journal->consumer, settings, KAFKA_READER, CONSUMER, NULL, failure);
    if (status == STATUS_OK) {
        status = producer_open(journal, failure);
    }
    if (status != STATUS_OK) {
        kafka_journal_close(journal);
        return status;
    }
    kafka_reader_init(&journal->reader, &journal->consumer, watch, wake, TOPIC_JOURNAL, 0);
    journal->reader.append_time_only = true;
    *out_journal = journal;
    return STATUS_OK;
}

struct journal_port kafka_journal_port(struct kafka_journal *journal)
{
    return (struct journal_port){
        .context = journal,
        .seek = port_seek,
        .next = port_next,
        .position = port_position,
        .extent = port_extent,
        .refresh = port_refresh,
        .fresh = port_fresh,
        .append = port_append,
        .errors = port_errors,
        .in_flight = port_in_flight,
    };
}

void kafka_journal_poll(struct kafka_journal *journal)
{
    (void)rd_kafka_poll(journal->consumer.handle, 0);
    serve_reports(journal);
}

const char *kafka_journal_trouble(const struct kafka_journal *journal, uint64_t *out_count)
{
    *out_count = journal->consumer.trouble_count + journal->producer.trouble_count;
    return journal->producer.trouble_count > 0 ? journal->producer.trouble
                                               : journal->consumer.trouble;
}

void kafka_journal_close(struct kafka_journal *journal)
{
    if (!journal) {
        return;
    }
    if (journal->consumer.handle) {
        kafka_reader_stop(&journal->reader);
    }
    kafka_client_close(&journal->consumer);
    producer_close(journal);
    free(journal);
}
