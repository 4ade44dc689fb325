/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of one process to the simulated broker: journal, inputs, sink, clock, zones. */
#include "sim/sim_state.h"

/* A process dies between two calls of its ports: here. */
void sim_port_called(struct sim_process *process)
{
    if (process->in_turn && process->crash_in > 0 && --process->crash_in == 0) {
        longjmp(process->crash, 1);
    }
}

int64_t sim_reachable_us(const struct sim_process *process)
{
    const struct sim *sim = process->sim;
    int64_t at_us = sim->now_us;
    at_us = at_us > sim->stalled_until_us ? at_us : sim->stalled_until_us;
    return at_us > process->cut_off_until_us ? at_us : process->cut_off_until_us;
}

static bool stalled(const struct sim_process *process)
{
    return sim_reachable_us(process) > process->sim->now_us;
}

/* ------------------------------------------------------------------ readers */

static void reader_open(struct sim_reader *reader, struct sim_log *log, int64_t offset,
                        struct sim *sim)
{
    *reader = (struct sim_reader){ .log = log,
                                   .position = offset,
                                   .fetched = offset,
                                   .end_seen = -1,
                                   .fetch_us = sim->now_us +
                                               random_between(&sim->random, 200, 8000) };
}

static void reader_poll(struct sim_reader *reader, struct sim *sim)
{
    if (!reader->log || sim->now_us < reader->fetch_us) {
        return;
    }
    const int64_t end = sim_end(reader->log, sim->now_us);
    const int64_t most = reader->position + random_between(&sim->random, 1, 60);
    reader->end_seen = end;
    reader->fetched = end < most ? end : most;
    reader->fetch_us = sim->now_us + random_between(&sim->random, 100, 4000);
}

static bool reader_peek(struct sim_reader *reader, struct record *out_record)
{
    CHECK(reader->log != NULL);
    while (reader->position < reader->fetched &&
           reader->log->records[reader->position].removed) {
        reader->position++;
    }
    if (reader->position >= reader->fetched) {
        return false;
    }
    const struct sim_record *record = &reader->log->records[reader->position];
    *out_record = (struct record){ .topic = reader->log->topic,
                                   .partition = reader->log->partition,
                                   .offset = reader->position,
                                   .timestamp_ms = record->timestamp_ms,
                                   .key = record->key,
                                   .value = record->value,
                                   .headers = record->headers,
                                   .header_count = record->header_count };
    return true;
}

/* ------------------------------------------------------------------ journal */

static void journal_seek(void *context, int64_t offset)
{
    struct sim_process *process = context;
    sim_port_called(process);
    reader_open(&process->journal_reader, &process->sim->logs[TOPIC_JOURNAL][0], offset,
                process->sim);
}

static enum status journal_next(void *context, struct record *out_record, struct failure *failure)
{
    struct sim_process *process = context;
    (void)failure;
    sim_port_called(process);
    if (!reader_peek(&process->journal_reader, out_record)) {
        return STATUS_AGAIN;
    }
    process->journal_reader.position++;
    return STATUS_OK;
}

static int64_t journal_position(void *context)
{
    const struct sim_process *process = context;
    return process->journal_reader.position;
}

static struct log_extent journal_extent(void *context)
{
    const struct sim_process *process = context;
    return process->extents[TOPIC_JOURNAL][0];
}

/* The broker looks at the end at some instant between question and answer. */
static void journal_refresh(void *context)
{
    struct sim_process *process = context;
    struct sim *sim = process->sim;
    sim_port_called(process);
    process->journal_served_us =
        sim_reachable_us(process) + random_between(&sim->random, 0, 5000);
    process->journal_answer_us =
        process->journal_served_us + random_between(&sim->random, 0, 5000);
    process->journal_fresh = false;
}

static bool journal_fresh(void *context)
{
    const struct sim_process *process = context;
    return process->journal_fresh;
}

static enum status journal_append(void *context, struct bytes value)
{
    struct sim_process *process = context;
    sim_port_called(process);
    if (process->journal_in_flight >= 4) {
        return STATUS_AGAIN;
    }
    process->journal_in_flight++;
    sim_send(process, &process->sim->logs[TOPIC_JOURNAL][0],
             sim_record_copy(process->sim, bytes_of(NULL, 0), value, NULL, 0), 0);
    sim_port_called(process);
    return STATUS_OK;
}

static uint64_t journal_errors(void *context)
{
    const struct sim_process *process = context;
    return process->journal_errors;
}

static uint32_t journal_in_flight(void *context)
{
    const struct sim_process *process = context;
    return process->journal_in_flight;
}

/* ------------------------------------------------------------------ inputs */

static int32_t inputs_partition_count(void *context, enum topic topic)
{
    const struct sim_process *process = context;
    return process->counts[topic];
}

static struct log_extent inputs_extent(void *context, enum topic topic, int32_t partition)
{
    const struct sim_process *process = context;
    return process->extents[topic][partition];
}

static void inputs_open(void *context, enum topic topic, int32_t partition, int64_t offset)
{
    struct sim_process *process = context;
    CHECK(offset >= 0);
    sim_port_called(process);
    reader_open(&process->inputs_open[topic][partition], &process->sim->logs[topic][partition],
                offset, process->sim);
}

static void inputs_close_all(void *context)
{
    struct sim_process *process = context;
    sim_port_called(process);
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        for (int32_t p = 0; p < SIM_PARTITIONS_MAX; p++) {
            process->inputs_open[topic][p].log = NULL;
        }
    }
}

static enum status inputs_peek(void *context, enum topic topic, int32_t partition,
                               struct record *out_record, bool *out_at_end,
                               struct failure *failure)
{
    struct sim_process *process = context;
    struct sim_reader *reader = &process->inputs_open[topic][partition];
    (void)failure;
    sim_port_called(process);
    if (reader_peek(reader, out_record)) {
        return STATUS_OK;
    }
    *out_at_end = reader->end_seen >= 0 && reader->position >= reader->end_seen;
    return STATUS_AGAIN;
}

static void inputs_take(void *context, enum topic topic, int32_t partition)
{
    struct sim_process *process = context;
    struct sim_reader *reader = &process->inputs_open[topic][partition];
    CHECK(reader->position < reader->fetched);
    sim_port_called(process);
    reader->position++;
}

static uint64_t inputs_told(void *context, enum topic topic, int32_t partition)
{
    const struct sim_process *process = context;
    (void)topic;
    (void)partition;
    return process->watched;
}

/* ------------------------------------------------------------------ sink */

static enum status sink_produce(void *context, const struct sink_record *record)
{
    struct sim_process *process = context;
    struct sim *sim = process->sim;
    sim_port_called(process);
    CHECK(record->partition >= 0 && record->partition < sim->output_count);
    if (process->sink_in_flight >= sim->sink_room) {
        return STATUS_AGAIN;
    }
    process->sink_in_flight++;
    sim_send(process, &sim->logs[record->topic][record->partition],
             sim_record_copy(sim, record->key, record->value, record->headers,
                             record->header_count),
             record->token);
    sim_port_called(process);
    return STATUS_OK;
}

static enum status sink_next_ack(void *context, struct sink_ack *out_ack)
{
    struct sim_process *process = context;
    sim_port_called(process);
    if (process->acks.first == process->acks.last) {
        return STATUS_AGAIN;
    }
    *out_ack = process->acks.acks[process->acks.first++ % SIM_ACKS_MAX];
    return STATUS_OK;
}

static int32_t sink_partition_count(void *context)
{
    const struct sim_process *process = context;
    return process->sim->output_count;
}

static void sink_read_begin(void *context, enum topic topic, int32_t partition, int64_t from)
{
    struct sim_process *process = context;
    CHECK(from >= 0);
    sim_port_called(process);
    reader_open(&process->own_reader, &process->sim->logs[topic][partition], from, process->sim);
    process->own_end = -1;
}

static enum status sink_read_next(void *context, struct record *out_record)
{
    struct sim_process *process = context;
    struct sim_reader *reader = &process->own_reader;
    sim_port_called(process);
    if (process->own_end < 0) {
        process->own_end = reader->end_seen;
    }
    if (process->own_end >= 0 && reader->position >= process->own_end) {
        return STATUS_ABSENT;
    }
    if (!reader_peek(reader, out_record)) {
        return STATUS_AGAIN;
    }
    reader->position++;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ clock, zones, crew */

static int64_t clock_now_ms(void *context)
{
    const struct sim_process *process = context;
    return sim_wall_ms(process->sim) + process->skew_ms;
}

/* Processes were started at different times. */
static int64_t clock_monotonic_us(void *context)
{
    const struct sim_process *process = context;
    return process->sim->now_us + (1 + process->slot) * INT64_C(1000000000);
}

static enum status zones_read(void *context, struct bytes name, struct bytes *out_tzif)
{
    struct sim_process *process = context;
    sim_port_called(process);
    if (!bytes_equal(name, BYTES_LITERAL("Europe/Berlin"))) {
        return STATUS_ABSENT;
    }
    sim_zone_tzif(process->slot, out_tzif);
    return STATUS_OK;
}

static void crew_run(void *context, void (*work)(void *work_context, uint32_t worker, uint32_t i),
                     void *work_context, uint32_t count)
{
    (void)context;
    for (uint32_t i = 0; i < count; i++) {
        work(work_context, 0, i);
    }
}

/* ------------------------------------------------------------------ together */

void sim_ports_open(struct sim_process *process)
{
    process->journal = (struct journal_port){
        process,       journal_seek,  journal_next,   journal_position, journal_extent,
        journal_refresh, journal_fresh, journal_append, journal_errors, journal_in_flight
    };
    process->inputs = (struct input_port){ process,     inputs_partition_count, inputs_extent,
                                           inputs_open, inputs_close_all,       inputs_peek,
                                           inputs_take, inputs_told };
    process->sink = (struct sink_port){ process,         sink_produce,   sink_next_ack,
                                        sink_partition_count, sink_read_begin, sink_read_next,
                                        inputs_extent };
    process->clock = (struct clock_port){ process, clock_now_ms, clock_monotonic_us };
    process->zones = (struct zone_port){ process, zones_read };
    process->crew = (struct crew_port){ process, 1, crew_run };
    memset(&process->journal_reader, 0, sizeof process->journal_reader);
    memset(process->inputs_open, 0, sizeof process->inputs_open);
    memset(&process->own_reader, 0, sizeof process->own_reader);
    memset(process->counts, 0, sizeof process->counts);
    memset(process->extents, 0xff, sizeof process->extents);
    memset(process->landed_us, 0, sizeof process->landed_us);
    process->journal_errors = 0;
    process->journal_in_flight = 0;
    process->journal_fresh = false;
    process->journal_answer_us = INT64_MAX;
    process->watch_us = 0;
    process->watched = 0;
    process->acks.first = 0;
    process->acks.last = 0;
    process->sink_in_flight = 0;
    sim_group_open(process);
    sim_store_open(process);
}

void sim_reported(struct sim_process *process, const struct sim_flight *flight)
{
    if (flight->log->topic == TOPIC_JOURNAL) {
        process->journal_in_flight--;
        process->journal_errors += flight->fails;
        return;
    }
    CHECK(process->acks.last - process->acks.first < SIM_ACKS_MAX);
    process->sink_in_flight--;
    process->acks.acks[process->acks.last++ % SIM_ACKS_MAX] = (struct sink_ack){
        .token = flight->token,
        .topic = flight->log->topic,
        .partition = flight->log->partition,
        .offset = flight->fails ? -1 : flight->offset,
        .delivered = !flight->fails,
        .too_large = flight->too_large,
    };
}

static void watch(struct sim_process *process)
{
    struct sim *sim = process->sim;
    if (sim->now_us < process->watch_us) {
        return;
    }
    process->watched++;
    process->watch_us = sim->now_us + random_between(&sim->random, 100000, 1000000);
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        process->counts[topic] = sim->partition_counts[topic];
        for (int32_t p = 0; p < sim->partition_counts[topic]; p++) {
            process->extents[topic][p] =
                (struct log_extent){ 0, sim_end(&sim->logs[topic][p], sim->now_us) };
        }
    }
}

static void answer_refresh(struct sim_process *process)
{
    struct sim *sim = process->sim;
    if (sim->now_us < process->journal_answer_us) {
        return;
    }
    const int64_t end = sim_end(&sim->logs[TOPIC_JOURNAL][0], process->journal_served_us);
    struct log_extent *extent = &process->extents[TOPIC_JOURNAL][0];
    *extent = (struct log_extent){ 0, end > extent->end ? end : extent->end };
    process->journal_fresh = true;
    process->journal_answer_us = INT64_MAX;
}

void sim_ports_poll(struct sim_process *process)
{
    struct sim *sim = process->sim;
    sim_store_poll(process);
    if (stalled(process)) {
        return;
    }
    watch(process);
    answer_refresh(process);
    reader_poll(&process->journal_reader, sim);
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        for (int32_t p = 0; p < sim->partition_counts[topic]; p++) {
            reader_poll(&process->inputs_open[topic][p], sim);
        }
    }
    reader_poll(&process->own_reader, sim);
    sim_group_poll(process);
}
