/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics, and what is on its way to them. A record is produced, lands (or not), becomes visible to
 * readers and is reported to its producer; faults take these apart. What one producer sends to one
 * partition lands in the order in which it was sent, as an idempotent producer's does.
 */
#include "sim/sim_state.h"

#include <stdlib.h>

void sim_logs_reset(struct sim *sim)
{
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        for (int32_t p = 0; p < SIM_PARTITIONS_MAX; p++) {
            sim->logs[topic][p].topic = (enum topic)topic;
            sim->logs[topic][p].partition = p;
            sim->logs[topic][p].count = 0;
        }
    }
    sim->flight_count = 0;
    sim->due_count = 0;
    sim->appended_us = 0;
}

struct sim_record sim_record_copy(struct sim *sim, struct bytes key, struct bytes value,
                                  const struct record_header *headers, uint32_t header_count)
{
    struct record_header *copies = arena_take(&sim->bytes, (header_count + 1) * sizeof *copies);
    for (uint32_t i = 0; i < header_count; i++) {
        copies[i].name = sim_copy(sim, headers[i].name);
        copies[i].value = sim_copy(sim, headers[i].value);
    }
    return (struct sim_record){ .key = sim_copy(sim, key),
                                .value = sim_copy(sim, value),
                                .headers = copies,
                                .header_count = header_count };
}

/* Becomes visible a little later, when it is replicated; in the order of offsets. */
int64_t sim_append(struct sim *sim, struct sim_log *log, struct sim_record record)
{
    uint64_t capacity = (uint64_t)log->capacity;
    log->records = sim_grow(log->records, &capacity, (uint64_t)log->count + 1,
                            sizeof *log->records);
    log->capacity = (int64_t)capacity;
    record.landed_us = sim->now_us;
    record.visible_us = sim->now_us + random_between(&sim->random, 50, 3000);
    if (log->count > 0 && log->records[log->count - 1].visible_us > record.visible_us) {
        record.visible_us = log->records[log->count - 1].visible_us;
    }
    log->records[log->count] = record;
    if (log->topic != TOPIC_WATERMARKS) {
        sim->appended_us = sim->now_us;
    }
    return log->count++;
}

int64_t sim_end(const struct sim_log *log, int64_t at_us)
{
    int64_t end = log->count;
    while (end > 0 && log->records[end - 1].visible_us > at_us) {
        end--;
    }
    return end;
}

/* ------------------------------------------------------------------ on its way */

static bool due_before(const struct sim_due *a, const struct sim_due *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->flight < b->flight;
}

static void due_add(struct sim *sim, struct sim_due due)
{
    uint64_t capacity = sim->due_capacity;
    sim->due = sim_grow(sim->due, &capacity, sim->due_count + UINT64_C(1), sizeof *sim->due);
    sim->due_capacity = (uint32_t)capacity;
    uint32_t i = sim->due_count++;
    for (; i > 0 && due_before(&due, &sim->due[(i - 1) / 2]); i = (i - 1) / 2) {
        sim->due[i] = sim->due[(i - 1) / 2];
    }
    sim->due[i] = due;
}

static struct sim_due due_take(struct sim *sim)
{
    const struct sim_due first = sim->due[0];
    const struct sim_due moved = sim->due[--sim->due_count];
    uint32_t i = 0;
    for (uint32_t child = 1; child < sim->due_count; child = 2 * i + 1) {
        if (child + 1 < sim->due_count && due_before(&sim->due[child + 1], &sim->due[child])) {
            child++;
        }
        if (!due_before(&sim->due[child], &moved)) {
            break;
        }
        sim->due[i] = sim->due[child];
        i = child;
    }
    sim->due[i] = moved;
    return first;
}

static bool in_trouble(const struct sim *sim, const struct sim_log *log)
{
    return log->topic == TOPIC_JOURNAL
               ? sim_may(sim, FAULT_JOURNAL) && sim->now_us < sim->journal_trouble_until_us
               : sim_may(sim, FAULT_SINK) && sim->now_us < sim->sink_trouble_until_us;
}

/* In trouble: lost; written but reported as failed, be it before or after it lands; late. */
static void choose_fate(struct sim *sim, struct sim_flight *flight)
{
    struct sim_random *random = &sim->random;
    const int64_t answer_us = random_between(random, 200, 4000);
    flight->writes = true;
    flight->report_us = flight->land_us + answer_us;
    if (!in_trouble(sim, flight->log) || random_percent(random, 50)) {
        return;
    }
    const uint32_t fate = random_below(random, 4);
    flight->fails = fate < 3;
    flight->writes = fate != 0;
    flight->twice = flight->log->topic == TOPIC_JOURNAL && random_percent(random, 20);
    if (fate >= 2) {
        flight->land_us += random_between(random, 0, 2000000);
    }
    flight->report_us = sim->now_us + random_between(random, 1000, 1500000);
}

void sim_send(struct sim_process *process, struct sim_log *log, struct sim_record record,
              uint64_t token)
{
    struct sim *sim = process->sim;
    int64_t *last_us = &process->landed_us[log->topic][log->partition];
    const int64_t from_us =
        sim_reachable_us(process) + random_between(&sim->random, 100, 2500);
    struct sim_flight flight = { .log = log,
                                 .record = record,
                                 .process = process->slot,
                                 .incarnation = process->incarnation,
                                 .token = token,
                                 .land_us = from_us > *last_us ? from_us : *last_us };
    flight.record.writer = process->incarnation;
    flight.record.generation_seen = process->member.seen;
    flight.record.generation = sim->group.generation;
    flight.record.sent_us = sim->now_us;
    flight.record.mends = process->stats.output_repairs + process->stats.publish_failures;
    if (log->topic == TOPIC_REJECTS && record.value.count > sim->reject_bytes_max) {
        flight.too_large = true;
        flight.fails = true;
        flight.report_us = from_us;
    } else {
        choose_fate(sim, &flight);
        *last_us = flight.land_us;
    }
    uint64_t capacity = sim->flight_capacity;
    sim->flights = sim_grow(sim->flights, &capacity, sim->flight_count + UINT64_C(1),
                            sizeof *sim->flights);
    sim->flight_capacity = (uint32_t)capacity;
    const uint32_t index = sim->flight_count++;
    sim->flights[index] = flight;
    if (flight.writes) {
        due_add(sim, (struct sim_due){ flight.land_us, index, false });
    }
    if (flight.fails) {
        due_add(sim, (struct sim_due){ flight.report_us, index, true });
    }
}

static void lands(struct sim *sim, uint32_t index)
{
    struct sim_flight *flight = &sim->flights[index];
    flight->record.timestamp_ms = sim_wall_ms(sim) + sim->broker_skew_ms;
    flight->offset = sim_append(sim, flight->log, flight->record);
    flight->landed = true;
    if (flight->twice) {
        (void)sim_append(sim, flight->log, flight->record);
    }
    if (!flight->fails) {
        const int64_t visible_us = flight->log->records[flight->offset].visible_us;
        const int64_t report_us =
            flight->report_us > visible_us ? flight->report_us : visible_us;
        due_add(sim, (struct sim_due){ report_us, index, true });
    }
}

int64_t sim_network_next(const struct sim *sim)
{
    return sim->due_count ? sim->due[0].at_us : INT64_MAX;
}

/* Flights are put off by a pause after they were put on the heap: then they go back on it. */
void sim_network_step(struct sim *sim)
{
    while (sim->due_count && sim->due[0].at_us <= sim->now_us) {
        const struct sim_due due = due_take(sim);
        const struct sim_flight *flight = &sim->flights[due.flight];
        if (due.is_report) {
            struct sim_process *process = &sim->processes[flight->process];
            if (process->phase != SIM_DOWN && process->incarnation == flight->incarnation) {
                sim_reported(process, flight);
            }
        } else if (flight->writes && flight->land_us > sim->now_us) {
            due_add(sim, (struct sim_due){ flight->land_us, due.flight, false });
        } else if (flight->writes) {
            lands(sim, due.flight);
        }
    }
}

void sim_network_dies(struct sim_process *process, int64_t until_us)
{
    struct sim *sim = process->sim;
    for (uint32_t i = 0; i < sim->flight_count; i++) {
        struct sim_flight *flight = &sim->flights[i];
        if (flight->incarnation == process->incarnation && !flight->landed &&
            flight->land_us > until_us) {
            flight->writes = false;
        }
    }
}

void sim_network_sleeps(struct sim_process *process, int64_t from_us, int64_t by_us)
{
    struct sim *sim = process->sim;
    for (uint32_t i = 0; i < sim->flight_count; i++) {
        struct sim_flight *flight = &sim->flights[i];
        if (flight->incarnation == process->incarnation && !flight->landed &&
            flight->land_us > from_us) {
            int64_t *last_us = &process->landed_us[flight->log->topic][flight->log->partition];
            flight->land_us += by_us;
            *last_us = flight->land_us > *last_us ? flight->land_us : *last_us;
        }
    }
}

/* ------------------------------------------------------------------ compaction */

/* Of each key only its last record is kept; the newest records of a log are never touched. */
static void compact_log(struct sim *sim, struct sim_log *log)
{
    const int64_t end = sim_end(log, sim->now_us - 1000000);
    for (int64_t i = 0; i < end; i++) {
        for (int64_t later = i + 1; later < end && !log->records[i].removed; later++) {
            log->records[i].removed = bytes_equal(log->records[i].key, log->records[later].key);
        }
    }
}

void sim_compact(struct sim *sim)
{
    for (int topic = TOPIC_REFERENCE_FIRST; topic < TOPIC_INPUT_COUNT; topic++) {
        for (int32_t p = 0; p < sim->partition_counts[topic]; p++) {
            compact_log(sim, &sim->logs[topic][p]);
        }
    }
}
