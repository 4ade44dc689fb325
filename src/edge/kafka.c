/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kafka.h"

#include <stdlib.h>

#include "edge/kafka_group.h"
#include "edge/kafka_inputs.h"
#include "edge/kafka_journal.h"
#include "edge/kafka_sink.h"
#include "edge/kafka_watch.h"

struct kafka {
    struct kafka_watch *watch;
    struct kafka_journal *journal;
    struct kafka_inputs *inputs;
    struct kafka_sink *sink;
    struct kafka_group *group;
};

static enum status open_all(struct kafka *kafka, const struct kafka_settings *settings,
                            const struct os_event *wake, struct failure *failure)
{
    enum status status = kafka_watch_open(settings, wake, &kafka->watch, failure);
    if (status == STATUS_OK) {
        status = kafka_watch_ready(kafka->watch, KAFKA_READY_MS, failure);
    }
    if (status == STATUS_OK) {
        status = kafka_journal_open(settings, kafka->watch, wake, &kafka->journal, failure);
    }
    if (status == STATUS_OK) {
        status = kafka_inputs_open(settings, kafka->watch, wake, &kafka->inputs, failure);
    }
    if (status == STATUS_OK) {
        status = kafka_sink_open(settings, kafka->watch, wake, &kafka->sink, failure);
    }
    if (status == STATUS_OK) {
        status = kafka_group_open(settings, wake, &kafka->group, failure);
    }
    return status;
}

enum status kafka_open(const struct kafka_settings *settings, const struct os_event *wake,
                       struct kafka **out_kafka, struct failure *failure)
{
    struct kafka *kafka = calloc(1, sizeof *kafka);
    if (!kafka) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for the Kafka clients");
    }
    const enum status status = open_all(kafka, settings, wake, failure);
    if (status != STATUS_OK) {
        kafka_close(kafka);
        return status;
    }
    *out_kafka = kafka;
    return STATUS_OK;
}

struct journal_port kafka_journal(struct kafka *kafka)
{
    return kafka_journal_port(kafka->journal);
}

struct input_port kafka_inputs(struct kafka *kafka)
{
    return kafka_inputs_port(kafka->inputs);
}

struct sink_port kafka_sink(struct kafka *kafka)
{
    return kafka_sink_port(kafka->sink);
}

struct group_port kafka_group(struct kafka *kafka)
{
    return kafka_group_port(kafka->group);
}

enum status kafka_poll(struct kafka *kafka, struct failure *failure)
{
    kafka_journal_poll(kafka->journal);
    kafka_inputs_poll(kafka->inputs);
    kafka_sink_poll(kafka->sink);
    kafka_group_poll(kafka->group);
    const enum status status = kafka_sink_fatal(kafka->sink, failure);
    return status != STATUS_OK ? status : kafka_group_fatal(kafka->group, failure);
}

static void health_add(struct kafka_health *health, uint64_t *most, const char *trouble,
                       uint64_t count)
{
    health->trouble_count += count;
    if (count > *most) {
        *most = count;
        health->trouble = trouble;
    }
}

struct kafka_health kafka_health(const struct kafka *kafka)
{
    struct kafka_health health = {
        .silence_ms = kafka_watch_silence_ms(kafka->watch),
        .trouble = "",
        .commit_failures = kafka_group_commit_failures(kafka->group),
    };
    uint64_t most = 0;
    uint64_t count;
    const char *trouble = kafka_journal_trouble(kafka->journal, &count);
    health_add(&health, &most, trouble, count);
    trouble = kafka_inputs_trouble(kafka->inputs, &count);
    health_add(&health, &most, trouble, count);
    trouble = kafka_sink_trouble(kafka->sink, &count);
    health_add(&health, &most, trouble, count);
    trouble = kafka_group_trouble(kafka->group, &count);
    health_add(&health, &most, trouble, count);
    return health;
}

void kafka_close(struct kafka *kafka)
{
    if (!kafka) {
        return;
    }
    kafka_group_close(kafka->group);
    kafka_sink_close(kafka->sink);
    kafka_inputs_close(kafka->inputs);
    kafka_journal_close(kafka->journal);
    kafka_watch_close(kafka->watch);
    free(kafka);
}
