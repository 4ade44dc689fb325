/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kafka_inputs.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/limits.h"
#include "edge/kafka_client.h"
#include "edge/kafka_reader.h"

/* The inputs, and behind them watermarks.v1, which everybody reads beside them. */
enum { PARTITION_KB_MAX = 65536, NUMBER_BYTES = 24, READ_TOPICS = TOPIC_INPUT_COUNT + 1 };

struct kafka_inputs {
    const struct kafka_settings *settings;
    struct kafka_watch *watch;
    const struct os_event *wake;
    struct kafka_client client;
    /* Made when a partition is first opened; kept until the end, its fetching stops with close. */
    struct kafka_reader *readers[READ_TOPICS][INPUT_PARTITIONS_MAX];
};

static struct kafka_reader **reader_slot(struct kafka_inputs *inputs, enum topic topic,
                                         int32_t partition)
{
    CHECK(topic_is_input(topic) || topic == TOPIC_WATERMARKS);
    CHECK(partition >= 0 && partition < INPUT_PARTITIONS_MAX);
    const int row = topic_is_input(topic) ? (int)topic : TOPIC_INPUT_COUNT;
    return &inputs->readers[row][partition];
}

static struct kafka_reader *reader_open(struct kafka_inputs *inputs, enum topic topic,
                                        int32_t partition)
{
    struct kafka_reader *reader = *reader_slot(inputs, topic, partition);
    CHECK(reader != NULL && reader->queue != NULL);
    return reader;
}

static int32_t port_partition_count(void *context, enum topic topic)
{
    const struct kafka_inputs *inputs = context;
    return kafka_watch_partitions(inputs->watch, topic);
}

static struct log_extent port_extent(void *context, enum topic topic, int32_t partition)
{
    const struct kafka_inputs *inputs = context;
    return kafka_watch_extent(inputs->watch, topic, partition);
}

static uint64_t port_told(void *context, enum topic topic, int32_t partition)
{
    const struct kafka_inputs *inputs = context;
    return kafka_watch_told(inputs->watch, topic, partition);
}

static void port_open(void *context, enum topic topic, int32_t partition, int64_t offset)
{
    struct kafka_inputs *inputs = context;
    struct kafka_reader **slot = reader_slot(inputs, topic, partition);
    if (!*slot) {
        *slot = malloc(sizeof **slot);
        CHECK(*slot != NULL);
        kafka_reader_init(*slot, &inputs->client, inputs->watch, inputs->wake, topic, partition);
    }
    kafka_reader_start(*slot, offset);
}

static void port_close_all(void *context)
{
    struct kafka_inputs *inputs = context;
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        for (int partition = 0; partition < INPUT_PARTITIONS_MAX; partition++) {
            if (inputs->readers[topic][partition]) {
                kafka_reader_stop(inputs->readers[topic][partition]);
            }
        }
    }
}

static enum status port_peek(void *context, enum topic topic, int32_t partition,
                             struct record *out_record, bool *out_at_end, struct failure *failure)
{
    struct kafka_inputs *inputs = context;
    return kafka_reader_peek(reader_open(inputs, topic, partition), out_record, out_at_end,
                             failure);
}

static void port_take(void *context, enum topic topic, int32_t partition)
{
    struct kafka_inputs *inputs = context;
    kafka_reader_take(reader_open(inputs, topic, partition));
}

static uint64_t partition_kb(const struct kafka_settings *settings,
                             const struct kafka_watch *watch)
{
    uint64_t count = 0;
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        count += (uint64_t)kafka_watch_partitions(watch, (enum topic)topic);
    }
    const uint64_t bytes =
        settings->input_buffer_bytes ? settings->input_buffer_bytes : KAFKA_INPUT_BUFFER_BYTES;
    const uint64_t each = bytes / 1024 / (count > 0 ? count : 1);
    if (each < KAFKA_INPUT_PARTITION_KB) {
        return KAFKA_INPUT_PARTITION_KB;
    }
    return each > PARTITION_KB_MAX ? PARTITION_KB_MAX : each;
}

enum status kafka_inputs_open(const struct kafka_settings *settings, struct kafka_watch *watch,
                              const struct os_event *wake, struct kafka_inputs **out_inputs,
                              struct failure *failure)
{
    struct kafka_inputs *inputs = calloc(1, sizeof *inputs);
    if (!inputs) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for the inputs' client");
    }
    inputs->settings = settings;
    inputs->watch = watch;
    inputs->wake = wake;
    char kb[NUMBER_BYTES];
    (void)snprintf(kb, sizeof kb, "%llu", (unsigned long long)partition_kb(settings, watch));
    /* Fewer messages than this and a full queue would stall the fetching for about a second. */
    const struct kafka_property own[] = { { "isolation.level", "read_committed" },
                                          { "queued.min.messages", "100000" },
                                          { "queued.max.messages.kbytes", kb },
                                          { NULL, NULL } };
    const enum status status =
        kafka_client_open(&inputs->client, settings, KAFKA_READER, own, NULL, failure);
    if (status != STATUS_OK) {
        free(inputs);
        return status;
    }
    *out_inputs = inputs;
    return STATUS_OK;
}

struct input_port kafka_inputs_port(struct kafka_inputs *inputs)
{
    return (struct input_port){
        .context = inputs,
        .partition_count = port_partition_count,
        .extent = port_extent,
        .open = port_open,
        .close_all = port_close_all,
        .peek = port_peek,
        .take = port_take,
        .told = port_told,
    };
}

void kafka_inputs_poll(struct kafka_inputs *inputs)
{
    (void)rd_kafka_poll(inputs->client.handle, 0);
}

const char *kafka_inputs_trouble(const struct kafka_inputs *inputs, uint64_t *out_count)
{
    *out_count = inputs->client.trouble_count;
    return inputs->client.trouble;
}

void kafka_inputs_close(struct kafka_inputs *inputs)
{
    if (!inputs) {
        return;
    }
    port_close_all(inputs);
    for (int topic = 0; topic < READ_TOPICS; topic++) {
        for (int partition = 0; partition < INPUT_PARTITIONS_MAX; partition++) {
            struct kafka_reader *reader = inputs->readers[topic][partition];
            if (reader) {
                kafka_reader_stop(reader);
            }
            free(reader);
        }
    }
    kafka_client_close(&inputs->client);
    free(inputs);
}
