/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Kafka edge against a broker that runs already:
 *
 *     edge_kafka_test HOST:PORT     a real one, on which it makes topics under a prefix of its own
 *     edge_kafka_test embedded      the one of embedded_broker.h; leaves out what that cannot do
 *
 * One line per claim on stdout; exit 0 when all held.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "edge/embedded_broker.h"
#include "edge/kafka.h"
#include "edge/kafka_admin.h"
#include "edge/kafka_client.h"
#include "edge/kafka_group.h"

enum { PARTITIONS = 4, WAIT_MS = 30000, ENTRIES = 200, RECORDS = 3000 };

struct bench {
    struct kafka_settings settings;
    struct os_event wake;
    struct kafka *kafka;
    struct failure failure;
    uint32_t passed;
    uint32_t failed;
};

static bool claim(struct bench *bench, bool held, const char *text)
{
    if (held) {
        bench->passed++;
    } else {
        bench->failed++;
    }
    (void)printf("%s %s\n", held ? "ok  " : "FAIL", text);
    (void)fflush(stdout);
    return held;
}

static void must(struct bench *bench, enum status status, const char *what)
{
    if (status != STATUS_OK) {
        (void)printf("FAIL %s: status %d: %s\n", what, (int)status, bench->failure.text);
        exit(1);
    }
}

static void breathe(struct bench *bench)
{
    must(bench, kafka_poll(bench->kafka, &bench->failure), "polling");
    os_event_wait(&bench->wake, NULL, 0, 20);
}

static int64_t deadline_us(int64_t wait_ms)
{
    return os_monotonic_us() + wait_ms * 1000;
}

static bool before(int64_t deadline)
{
    return os_monotonic_us() < deadline;
}

/* ---- a client of our own making, to be the world outside ---- */

static rd_kafka_t *outside_producer(const struct kafka_settings *settings,
                                    const char *transactional)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL);
    (void)rd_kafka_conf_set(conf, "bootstrap.servers", settings->brokers, text, sizeof text);
    (void)rd_kafka_conf_set(conf, "linger.ms", "1", text, sizeof text);
    if (transactional) {
        (void)rd_kafka_conf_set(conf, "transactional.id", transactional, text, sizeof text);
    }
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    CHECK(producer != NULL);
    return producer;
}

static void outside_send(rd_kafka_t *producer, const struct kafka_settings *settings,
                         enum topic topic, int32_t partition, int32_t number)
{
    char value[64];
    const int bytes = snprintf(value, sizeof value, "%d.%d", partition, number);
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(kafka_topic_name(settings, topic).text),
        RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_VALUE(value, (size_t)bytes),
        RD_KAFKA_V_TIMESTAMP(1000000 + number), RD_KAFKA_V_HEADER("ce_type", "t", 1),
        RD_KAFKA_V_HEADER("empty", "", 0), RD_KAFKA_V_HEADER("null", NULL, 0), RD_KAFKA_V_END);
    CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void outside_delete(rd_kafka_t *client, const struct kafka_settings *settings,
                           enum topic topic)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopic_t *name = rd_kafka_DeleteTopic_new(kafka_topic_name(settings, topic).text);
    rd_kafka_DeleteTopics(client, &name, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, WAIT_MS);
    CHECK(event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteTopic_destroy(name);
    rd_kafka_queue_destroy(queue);
}

static void outside_create(rd_kafka_t *client, const struct kafka_settings *settings,
                           enum topic topic, int partitions, const struct kafka_property *configs)
{
    char text[256];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_NewTopic_t *created = rd_kafka_NewTopic_new(kafka_topic_name(settings, topic).text,
                                                         partitions, 1, text, sizeof text);
    for (; configs->name; configs++) {
        (void)rd_kafka_NewTopic_set_config(created, configs->name, configs->value);
    }
    rd_kafka_CreateTopics(client, &created, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, WAIT_MS);
    CHECK(event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(created);
    rd_kafka_queue_destroy(queue);
}

/* ---- topics ---- */

static void topics_are_made(struct bench *bench)
{
    struct kafka_topics topics;
    struct kafka_findings findings;
    struct kafka_plan plan;
    must(bench, kafka_admin_describe(&bench->settings, &topics, &bench->failure), "describing");
    claim(bench, kafka_admin_check(&bench->settings, &findings, &bench->failure) == STATUS_CONFIG &&
                     findings.count == TOPIC_COUNT,
          "missing topics refuse the start, each by name");

    kafka_topics_plan(&topics, PARTITIONS, 0, &plan);
    must(bench, kafka_admin_apply(&bench->settings, &plan, &bench->failure), "applying");

    claim(bench, kafka_admin_check(&bench->settings, &findings, &bench->failure) == STATUS_OK &&
                     findings.worst == KAFKA_FINE,
          "topics made by the plan are found fine");
}

static void topics_are_mended(struct bench *bench)
{
    static const struct kafka_property WRONG[] = { { "cleanup.policy", "compact" },
                                                   { "retention.ms", "86400001" },
                                                   { NULL, NULL } };
    char prefix[KAFKA_PREFIX_BYTES_MAX];
    struct kafka_settings settings = bench->settings;
    (void)snprintf(prefix, sizeof prefix, "wrong.%s", bench->settings.topic_prefix);
    settings.topic_prefix = prefix;
    rd_kafka_t *outside = outside_producer(&settings, NULL);
    outside_create(outside, &settings, TOPIC_JOURNAL, 1, WRONG);
    outside_create(outside, &settings, TOPIC_WATERMARKS, 2, WRONG);
    outside_create(outside, &settings, TOPIC_REJECTS, 3, WRONG);
    rd_kafka_destroy(outside);
    struct kafka_topics topics;
    struct kafka_findings findings;
    struct kafka_plan plan;
    must(bench, kafka_admin_describe(&settings, &topics, &bench->failure), "describing");

    kafka_topics_plan(&topics, PARTITIONS, 1, &plan);
    must(bench, kafka_admin_apply(&settings, &plan, &bench->failure), "mending");

    claim(bench, kafka_admin_check(&settings, &findings, &bench->failure) == STATUS_OK,
          "apply mends policy, timestamp type, size and partition counts");
    must(bench, kafka_admin_describe(&settings, &topics, &bench->failure), "describing");
    claim(bench, topics.states[TOPIC_JOURNAL].retention_ms == 86400001,
          "what else was set on a topic stays");
    claim(bench, topics.states[TOPIC_WATERMARKS].partition_count == 3 &&
                     topics.states[TOPIC_AVAILABILITY_ITEMS].partition_count == 3 &&
                     strcmp(topics.states[TOPIC_JOURNAL].timestamp_type, "LogAppendTime") == 0,
          "document topics grow to the largest of them");
}

/* ---- journal ---- */

static bool journal_settles(struct bench *bench, struct journal_port *journal)
{
    const int64_t deadline = deadline_us(WAIT_MS);
    while (journal->in_flight(journal->context) > 0 && before(deadline)) {
        breathe(bench);
    }
    return journal->in_flight(journal->context) == 0 && journal->errors(journal->context) == 0;
}

static enum status journal_next(struct bench *bench, struct journal_port *journal,
                                struct record *out_record)
{
    const int64_t deadline = deadline_us(WAIT_MS);
    enum status status;
    while ((status = journal->next(journal->context, out_record, &bench->failure)) ==
               STATUS_AGAIN &&
           before(deadline)) {
        breathe(bench);
    }
    return status;
}

static void journal_repeats(struct bench *bench, struct journal_port *journal, int64_t from)
{
    bool same = true;
    bool timed = true;
    journal->seek(journal->context, from);
    for (int64_t i = from; i < ENTRIES && same; i++) {
        struct record record;
        char text[32];
        (void)snprintf(text, sizeof text, "entry %lld", (long long)i);
        same = journal_next(bench, journal, &record) == STATUS_OK && record.offset == i &&
               bytes_equal(record.value, bytes_text(text)) &&
               journal->position(journal->context) == i + 1;
        timed = timed && same && (record.timestamp_ms > 0) == !bench->settings.embedded;
    }
    claim(bench, same, "entries come back one by one, byte for byte, in order");
    claim(bench, timed, "an entry's timestamp is the broker's or none");
}

static void journal_tells_its_end(struct bench *bench, struct journal_port *journal)
{
    const int64_t deadline = deadline_us(WAIT_MS);
    journal->refresh(journal->context);
    while (!journal->fresh(journal->context) && before(deadline)) {
        breathe(bench);
    }
    claim(bench, journal->extent(journal->context).end == ENTRIES,
          "a fresh extent has the end of the journal");
}

static void journal_takes_large_entries(struct bench *bench, struct journal_port *journal)
{
    enum { LARGE = 2 * ENTRY_BYTES_MAX };
    uint8_t *large = malloc(LARGE);
    CHECK(large != NULL);
    for (uint32_t i = 0; i < LARGE; i++) {
        large[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    for (int i = 0; i < 3; i++) {
        must(bench, journal->append(journal->context, bytes_of(large, LARGE)), "appending");
    }
    bool same = journal_settles(bench, journal);
    for (int i = 0; i < 3 && same; i++) {
        struct record record;
        same = journal_next(bench, journal, &record) == STATUS_OK &&
               bytes_equal(record.value, bytes_of(large, LARGE));
    }
    free(large);
    claim(bench, same, "entries above a MiB pass");
}

static void journal_knows_what_is_lost(struct bench *bench, struct journal_port *journal)
{
    struct record record;
    journal->seek(journal->context, 10 * ENTRIES);

    const enum status status = journal_next(bench, journal, &record);

    claim(bench, status == STATUS_LOST && strstr(bench->failure.text, "2000") != NULL &&
                     strstr(bench->failure.text, "promised.journal.v1") != NULL,
          "an offset that is gone is lost, with topic and offset in the text");
}

static void journal_works(struct bench *bench)
{
    struct journal_port journal = kafka_journal(bench->kafka);
    for (int i = 0; i < ENTRIES; i++) {
        char text[32];
        const int bytes = snprintf(text, sizeof text, "entry %d", i);
        must(bench, journal.append(journal.context, bytes_of(text, (size_t)bytes)), "appending");
    }
    claim(bench, journal_settles(bench, &journal), "appends are all reported, none as failed");
    journal_tells_its_end(bench, &journal);
    journal_repeats(bench, &journal, 0);
    journal_repeats(bench, &journal, ENTRIES / 2);
    journal_takes_large_entries(bench, &journal);
    journal_knows_what_is_lost(bench, &journal);
}

/* ---- inputs ---- */

static enum status input_peek(struct bench *bench, struct input_port *inputs, enum topic topic,
                              int32_t partition, struct record *out_record)
{
    const int64_t deadline = deadline_us(WAIT_MS);
    bool at_end = false;
    enum status status;
    while ((status = inputs->peek(inputs->context, topic, partition, out_record, &at_end,
                                  &bench->failure)) == STATUS_AGAIN &&
           !at_end && before(deadline)) {
        breathe(bench);
    }
    return status == STATUS_AGAIN && at_end ? STATUS_ABSENT : status;
}

static bool input_is(const struct record *record, int32_t partition, int32_t number)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%d.%d", partition, number);
    return bytes_equal(record->value, bytes_text(text)) && record->partition == partition &&
           record->timestamp_ms == 1000000 + number && bytes_equal(record->key, bytes_text("k")) &&
           record->header_count == 3 &&
           bytes_equal(record->headers[0].name, bytes_text("ce_type")) &&
           bytes_equal(record->headers[0].value, bytes_text("t")) &&
           record->headers[1].value.data != NULL && record->headers[1].value.count == 0 &&
           record->headers[2].value.data == NULL;
}

static bool input_brings(struct bench *bench, struct input_port *inputs, int32_t partition,
                         int32_t from, int32_t to)
{
    for (int32_t number = from; number < to; number++) {
        struct record record;
        struct record again;
        if (input_peek(bench, inputs, TOPIC_ORDERS, partition, &record) != STATUS_OK ||
            input_peek(bench, inputs, TOPIC_ORDERS, partition, &again) != STATUS_OK ||
            record.offset != again.offset || !input_is(&record, partition, number)) {
            return false;
        }
        inputs->take(inputs->context, TOPIC_ORDERS, partition);
    }
    return true;
}

static void inputs_come_in_order(struct bench *bench, struct input_port *inputs,
                                 rd_kafka_t *outside)
{
    bool all = true;
    for (int32_t number = 0; number < RECORDS; number++) {
        outside_send(outside, &bench->settings, TOPIC_ORDERS, number % PARTITIONS,
                     number / PARTITIONS);
    }
    (void)rd_kafka_flush(outside, WAIT_MS);
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        inputs->open(inputs->context, TOPIC_ORDERS, partition, 0);
    }
    for (int32_t partition = 0; partition < PARTITIONS && all; partition++) {
        all = input_brings(bench, inputs, partition, 0, RECORDS / PARTITIONS);
    }
    claim(bench, all, "inputs come whole and in order, partition by partition");
    claim(bench, inputs->partition_count(inputs->context, TOPIC_ORDERS) == PARTITIONS,
          "partitions are counted");
}

static void inputs_know_their_end(struct bench *bench, struct input_port *inputs,
                                  rd_kafka_t *outside)
{
    struct record record;
    bool ended = true;
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        ended = ended &&
                input_peek(bench, inputs, TOPIC_ORDERS, partition, &record) == STATUS_ABSENT;
    }
    claim(bench, ended, "a partition whose records were all taken is at its end");

    outside_send(outside, &bench->settings, TOPIC_ORDERS, 2, RECORDS / PARTITIONS);
    (void)rd_kafka_flush(outside, WAIT_MS);
    const int64_t deadline = deadline_us(WAIT_MS);
    while (input_peek(bench, inputs, TOPIC_ORDERS, 2, &record) == STATUS_ABSENT &&
           before(deadline)) {
        breathe(bench);
    }
    const int64_t began_us = os_monotonic_us();
    claim(bench, input_brings(bench, inputs, 2, RECORDS / PARTITIONS, RECORDS / PARTITIONS + 1),
          "a later record clears the end");
    ended = input_peek(bench, inputs, TOPIC_ORDERS, 2, &record) == STATUS_ABSENT;
    claim(bench, ended && os_monotonic_us() - began_us < 20000,
          "after the last live record the end is known at once");
}

static void inputs_go_on_from_an_offset(struct bench *bench, struct input_port *inputs)
{
    inputs->open(inputs->context, TOPIC_ORDERS, 1, 100);
    claim(bench, input_brings(bench, inputs, 1, 100, RECORDS / PARTITIONS),
          "an input is read anew from any offset");
    inputs->close_all(inputs->context);
    inputs->open(inputs->context, TOPIC_ORDERS, 1, 200);
    claim(bench, input_brings(bench, inputs, 1, 200, 210), "and after all were closed");
}

static void inputs_hide_what_was_aborted(struct bench *bench, struct input_port *inputs)
{
    rd_kafka_t *outside = outside_producer(&bench->settings, bench->settings.topic_prefix);
    CHECK(rd_kafka_init_transactions(outside, WAIT_MS) == NULL);
    for (int round = 0; round < 4; round++) {
        CHECK(rd_kafka_begin_transaction(outside) == NULL);
        outside_send(outside, &bench->settings, TOPIC_STOCK, 0, round);
        CHECK((round % 2 ? rd_kafka_abort_transaction(outside, WAIT_MS)
                         : rd_kafka_commit_transaction(outside, WAIT_MS)) == NULL);
    }
    rd_kafka_destroy(outside);
    struct record record;
    int seen[2] = { -1, -1 };

    inputs->open(inputs->context, TOPIC_STOCK, 0, 0);
    const int64_t deadline = deadline_us(WAIT_MS);
    for (int count = 0; count < 2 && before(deadline);) {
        if (input_peek(bench, inputs, TOPIC_STOCK, 0, &record) == STATUS_OK) {
            seen[count++] = (int)(record.timestamp_ms - 1000000);
            inputs->take(inputs->context, TOPIC_STOCK, 0);
        }
    }
    const int64_t began_us = os_monotonic_us();
    const bool ended = input_peek(bench, inputs, TOPIC_STOCK, 0, &record) == STATUS_ABSENT;
    claim(bench, seen[0] == 0 && seen[1] == 2, "aborted records are never seen");
    claim(bench, ended && os_monotonic_us() - began_us < 400000,
          "behind markers of transactions the end is known within 400 ms");
}

static bool input_becomes_lost(struct bench *bench, struct input_port *inputs, enum topic topic,
                               const char *why)
{
    const int64_t deadline = deadline_us(WAIT_MS);
    struct record record;
    while (before(deadline)) {
        const enum status status = input_peek(bench, inputs, topic, 0, &record);
        if (status == STATUS_LOST) {
            (void)printf("     (%s)\n", bench->failure.text);
            return strstr(bench->failure.text, why) != NULL;
        }
        if (status == STATUS_OK) {
            inputs->take(inputs->context, topic, 0);
        }
        breathe(bench);
    }
    return false;
}

/* Peeks and takes nothing for a while: the watch asks for the topics every second. */
static void input_idles(struct bench *bench, struct input_port *inputs, enum topic topic)
{
    struct record record;
    bool at_end;
    for (const int64_t until = deadline_us(2200); before(until);) {
        (void)inputs->peek(inputs->context, topic, 0, &record, &at_end, &bench->failure);
        breathe(bench);
    }
}

/* Who looks at a new topic before the watch has seen it takes it for lost in any case. */
static void watch_catches_up(struct bench *bench)
{
    for (const int64_t until = deadline_us(2200); before(until);) {
        breathe(bench);
    }
}

static void inputs_go_on_with_what_came_back(struct bench *bench, struct input_port *inputs,
                                             rd_kafka_t *outside)
{
    struct record record;
    outside_send(outside, &bench->settings, TOPIC_LOCATIONS, 0, 0);
    (void)rd_kafka_flush(outside, WAIT_MS);
    inputs->open(inputs->context, TOPIC_LOCATIONS, 0, 0);
    const bool there = input_peek(bench, inputs, TOPIC_LOCATIONS, 0, &record) == STATUS_OK;
    inputs->take(inputs->context, TOPIC_LOCATIONS, 0);
    input_idles(bench, inputs, TOPIC_LOCATIONS);

    outside_delete(outside, &bench->settings, TOPIC_LOCATIONS);
    input_idles(bench, inputs, TOPIC_LOCATIONS);
    outside_create(outside, &bench->settings, TOPIC_LOCATIONS, PARTITIONS,
                   kafka_topic_wanted(TOPIC_LOCATIONS));
    outside_send(outside, &bench->settings, TOPIC_LOCATIONS, 0, 0);
    outside_send(outside, &bench->settings, TOPIC_LOCATIONS, 0, 1);
    (void)rd_kafka_flush(outside, WAIT_MS);
    watch_catches_up(bench);

    enum status status = STATUS_ABSENT;
    for (const int64_t until = deadline_us(WAIT_MS); status == STATUS_ABSENT && before(until);) {
        status = input_peek(bench, inputs, TOPIC_LOCATIONS, 0, &record);
    }
    claim(bench, there && status == STATUS_OK && input_is(&record, 0, 1),
          "a topic that comes back with what was taken is gone on with");
}

static void inputs_notice_deletion(struct bench *bench, struct input_port *inputs,
                                   rd_kafka_t *outside)
{
    outside_send(outside, &bench->settings, TOPIC_SHIPMENTS, 0, 0);
    outside_send(outside, &bench->settings, TOPIC_LANES, 0, 0);
    outside_send(outside, &bench->settings, TOPIC_CATALOG, 0, 0);
    (void)rd_kafka_flush(outside, WAIT_MS);
    const enum topic topics[] = { TOPIC_SHIPMENTS, TOPIC_LANES, TOPIC_CATALOG };
    struct record record;
    bool there = true;
    for (int i = 0; i < 3; i++) {
        inputs->open(inputs->context, topics[i], 0, 0);
        there = there && input_peek(bench, inputs, topics[i], 0, &record) == STATUS_OK;
        inputs->take(inputs->context, topics[i], 0);
        outside_delete(outside, &bench->settings, topics[i]);
    }
    input_idles(bench, inputs, TOPIC_LANES);
    outside_create(outside, &bench->settings, TOPIC_LANES, PARTITIONS,
                   kafka_topic_wanted(TOPIC_LANES));
    for (int32_t number = 10; number < 20; number++) {
        outside_send(outside, &bench->settings, TOPIC_LANES, 0, number);
    }
    (void)rd_kafka_flush(outside, WAIT_MS);
    watch_catches_up(bench);

    claim(bench, there && input_becomes_lost(bench, inputs, TOPIC_LANES, "created anew"),
          "a topic that was created anew and is longer is lost, not gone on with");
    claim(bench, there && input_becomes_lost(bench, inputs, TOPIC_SHIPMENTS, "gone"),
          "a deleted topic is lost");
    outside_create(outside, &bench->settings, TOPIC_CATALOG, PARTITIONS,
                   kafka_topic_wanted(TOPIC_CATALOG));
    claim(bench, there && input_becomes_lost(bench, inputs, TOPIC_CATALOG, "catalog.items.v1"),
          "a topic that was created anew and is empty is lost");
}

static void inputs_work(struct bench *bench)
{
    struct input_port inputs = kafka_inputs(bench->kafka);
    rd_kafka_t *outside = outside_producer(&bench->settings, NULL);
    inputs_come_in_order(bench, &inputs, outside);
    inputs_know_their_end(bench, &inputs, outside);
    inputs_go_on_from_an_offset(bench, &inputs);
    if (!bench->settings.embedded) {
        inputs_hide_what_was_aborted(bench, &inputs);
        inputs_go_on_with_what_came_back(bench, &inputs, outside);
        inputs_notice_deletion(bench, &inputs, outside);
    }
    inputs.close_all(inputs.context);
    rd_kafka_destroy(outside);
}

/* ---- sink ---- */

static enum status sink_ack(struct bench *bench, struct sink_port *sink, struct sink_ack *out_ack)
{
    const int64_t deadline = deadline_us(WAIT_MS);
    enum status status;
    while ((status = sink->next_ack(sink->context, out_ack)) == STATUS_AGAIN && before(deadline)) {
        breathe(bench);
    }
    return status;
}

static void sink_acknowledges(struct bench *bench, struct sink_port *sink)
{
    const struct record_header headers[] = {
        { BYTES_LITERAL("ce_version"), BYTES_LITERAL("7") },
        { BYTES_LITERAL("none"), { NULL, 0 } },
    };
    bool ok = true;
    for (uint64_t i = 0; i < RECORDS; i++) {
        char text[32];
        const int bytes = snprintf(text, sizeof text, "document %llu", (unsigned long long)i);
        const struct sink_record record = {
            .topic = TOPIC_AVAILABILITY_ITEMS,
            .partition = (int32_t)(i % PARTITIONS),
            .key = BYTES_LITERAL("sku|web"),
            .value = i % 10 == 9 ? bytes_of(NULL, 0) : bytes_of(text, (size_t)bytes),
            .headers = headers,
            .header_count = 2,
            .token = i,
        };
        must(bench, sink->produce(sink->context, &record), "producing");
    }
    int64_t next[PARTITIONS] = { 0 };
    for (uint64_t i = 0; i < RECORDS && ok; i++) {
        struct sink_ack ack;
        ok = sink_ack(bench, sink, &ack) == STATUS_OK && ack.delivered && !ack.too_large &&
             ack.topic == TOPIC_AVAILABILITY_ITEMS && ack.offset == next[ack.partition]++ &&
             (int64_t)(ack.token / PARTITIONS) == ack.offset &&
             (int32_t)(ack.token % PARTITIONS) == ack.partition;
    }
    claim(bench, ok, "every record is acknowledged once, in order, with its offset");
}

static void sink_reads_back(struct bench *bench, struct sink_port *sink, int64_t from)
{
    struct record record;
    int64_t next = from;
    bool ok = true;
    enum status status = STATUS_AGAIN;
    sink->read_begin(sink->context, TOPIC_AVAILABILITY_ITEMS, 1, from);
    const int64_t deadline = deadline_us(WAIT_MS);
    while (status != STATUS_ABSENT && before(deadline)) {
        status = sink->read_next(sink->context, &record);
        if (status == STATUS_AGAIN) {
            breathe(bench);
        } else if (status == STATUS_OK) {
            const bool tombstone = (next * PARTITIONS + 1) % 10 == 9;
            ok = ok && record.offset == next++ && (record.value.data == NULL) == tombstone &&
                 record.header_count == 2 && record.headers[1].value.data == NULL;
        }
    }
    claim(bench, ok && status == STATUS_ABSENT && next == RECORDS / PARTITIONS,
          "an output partition is read back to its end");
}

static void sink_reads_back_from_the_start_when_lost(struct bench *bench, struct sink_port *sink)
{
    struct record record;
    enum status status = STATUS_AGAIN;
    int64_t count = 0;
    sink->read_begin(sink->context, TOPIC_AVAILABILITY_ITEMS, 1, 10 * RECORDS);
    const int64_t deadline = deadline_us(WAIT_MS);
    while (status != STATUS_ABSENT && before(deadline)) {
        status = sink->read_next(sink->context, &record);
        count += status == STATUS_OK ? 1 : 0;
        if (status == STATUS_AGAIN) {
            breathe(bench);
        }
    }
    claim(bench, status == STATUS_ABSENT && count == RECORDS / PARTITIONS,
          "from an offset that is not there all is read back");
}

static void sink_reports_what_is_too_large(struct bench *bench, struct sink_port *sink)
{
    uint8_t *large = calloc(1, MESSAGE_BYTES_MAX);
    CHECK(large != NULL);
    const struct sink_record record = {
        .topic = TOPIC_REJECTS,
        .partition = 3,
        .value = bytes_of(large, MESSAGE_BYTES_MAX),
        .token = 77,
    };
    struct sink_ack ack = { .token = 0 };
    must(bench, sink->produce(sink->context, &record), "producing");
    claim(bench, sink_ack(bench, sink, &ack) == STATUS_OK && ack.token == 77 && !ack.delivered &&
                     ack.too_large && ack.topic == TOPIC_REJECTS && ack.partition == 3,
          "what is larger than any topic takes is acknowledged as too large");
    free(large);
}

static void sink_works(struct bench *bench)
{
    struct sink_port sink = kafka_sink(bench->kafka);
    claim(bench, sink.partition_count(sink.context) == PARTITIONS, "documents have n partitions");
    sink_acknowledges(bench, &sink);
    sink_reads_back(bench, &sink, 0);
    sink_reads_back(bench, &sink, 500);
    sink_reads_back_from_the_start_when_lost(bench, &sink);
    sink_reports_what_is_too_large(bench, &sink);
    const int64_t deadline = deadline_us(WAIT_MS);
    while (sink.extent(sink.context, TOPIC_AVAILABILITY_ITEMS, 1).end != RECORDS / PARTITIONS &&
           before(deadline)) {
        breathe(bench);
    }
    claim(bench, sink.extent(sink.context, TOPIC_AVAILABILITY_ITEMS, 1).end == RECORDS / PARTITIONS,
          "the extent of an output is told");
}

/* ---- group ---- */

static int owned(struct group_port *group)
{
    int count = 0;
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        count += group->owns(group->context, partition) ? 1 : 0;
    }
    return count;
}

static bool group_deals(struct bench *bench, struct group_port *first, struct kafka_group *other,
                        int first_count, int second_count)
{
    struct group_port second = kafka_group_port(other);
    const int64_t deadline = deadline_us(WAIT_MS);
    while ((owned(first) != first_count || owned(&second) != second_count) && before(deadline)) {
        breathe(bench);
        kafka_group_poll(other);
    }
    return owned(first) == first_count && owned(&second) == second_count;
}

static int64_t committed(const struct kafka_settings *settings, enum topic topic)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL);
    (void)rd_kafka_conf_set(conf, "bootstrap.servers", settings->brokers, text, sizeof text);
    (void)rd_kafka_conf_set(conf, "group.id", settings->group, text, sizeof text);
    rd_kafka_t *reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(list, kafka_topic_name(settings, topic).text, 1);
    (void)rd_kafka_committed(reader, list, WAIT_MS);
    const int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(reader);
    return offset;
}

static void group_commits(struct bench *bench, struct group_port *group)
{
    const int64_t deadline = deadline_us(WAIT_MS);
    int64_t seen = -1;
    while (seen != 42 && before(deadline)) {
        group->commit(group->context, TOPIC_ORDERS, 1, 42);
        group->commit_flush(group->context);
        breathe(bench);
        seen = committed(&bench->settings, TOPIC_ORDERS);
    }
    claim(bench, seen == 42, "positions of inputs are committed to the group");
}

static void group_works(struct bench *bench)
{
    struct group_port first = kafka_group(bench->kafka);
    struct kafka_group *other;
    must(bench, kafka_group_open(&bench->settings, &bench->wake, &other, &bench->failure),
         "a second member");
    struct group_port second = kafka_group_port(other);

    first.join(first.context);
    claim(bench, group_deals(bench, &first, other, PARTITIONS, 0), "one member owns everything");
    group_commits(bench, &first);
    const uint64_t generation = first.generation(first.context);
    second.join(second.context);
    claim(bench, group_deals(bench, &first, other, PARTITIONS / 2, PARTITIONS / 2),
          "two members share");
    claim(bench, first.generation(first.context) > generation &&
                     first.rebalances(first.context) >= 2,
          "a change of owners raises the generation");
    first.leave(first.context);
    claim(bench, owned(&first) == 0 && group_deals(bench, &first, other, 0, PARTITIONS),
          "who leaves owns nothing, the other all");
    first.join(first.context);
    claim(bench, group_deals(bench, &first, other, PARTITIONS / 2, PARTITIONS / 2),
          "who left may join again");
    kafka_group_close(other);
}

/* ---- refusals ---- */

static void settings_are_refused(struct bench *bench)
{
    const struct kafka_property own = { "enable.idempotence", "false" };
    const struct kafka_property unknown = { "no.such.thing", "1" };
    struct kafka_settings settings = bench->settings;
    struct kafka *kafka;
    settings.property_count = 1;
    settings.properties = &own;
    claim(bench, kafka_open(&settings, &bench->wake, &kafka, &bench->failure) == STATUS_CONFIG &&
                     strstr(bench->failure.text, "enable.idempotence") != NULL,
          "a property that the guarantees rest on is refused");
    settings.properties = &unknown;
    claim(bench, kafka_open(&settings, &bench->wake, &kafka, &bench->failure) == STATUS_CONFIG &&
                     strstr(bench->failure.text, "no.such.thing") != NULL,
          "an unknown property is refused");
}

static void everything(struct bench *bench)
{
    if (!bench->settings.embedded) {
        topics_are_made(bench);
        topics_are_mended(bench);
    }
    settings_are_refused(bench);
    must(bench, kafka_open(&bench->settings, &bench->wake, &bench->kafka, &bench->failure),
         "opening");
    journal_works(bench);
    sink_works(bench);
    group_works(bench);
    inputs_work(bench);
    const int64_t silence_ms = kafka_health(bench->kafka).silence_ms;
    claim(bench, silence_ms >= 0 && silence_ms < 5000, "the brokers answered lately");
    kafka_close(bench->kafka);
}

int main(int argument_count, char **arguments)
{
    if (argument_count != 2) {
        (void)fprintf(stderr, "usage: edge_kafka_test HOST:PORT|embedded\n");
        return STATUS_USAGE;
    }
    char prefix[64];
    (void)snprintf(prefix, sizeof prefix, "t%lld.", (long long)os_wall_ms());
    struct bench bench = {
        .settings = { .brokers = arguments[1],
                      .topic_prefix = prefix,
                      .group = prefix,
                      .instance = "",
                      .linger_us = 5000,
                      .embedded = strcmp(arguments[1], "embedded") == 0 },
    };
    struct embedded_broker *broker = NULL;
    must(&bench, os_event_open(&bench.wake, &bench.failure), "an event");
    if (bench.settings.embedded) {
        must(&bench, embedded_broker_open(prefix, PARTITIONS, &broker, &bench.failure),
             "the embedded broker");
        bench.settings.brokers = embedded_broker_servers(broker);
    }
    everything(&bench);
    embedded_broker_close(broker);
    os_event_close(&bench.wake);
    (void)printf("%u passed, %u failed\n", bench.passed, bench.failed);
    return bench.failed == 0 ? 0 : 1;
}
