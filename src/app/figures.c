/* SPDX-License-Identifier: Apache-2.0 */
#include "app/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/explain.h"

const char *const PARTITION_STATUS_NAMES[PARTITION_STATUS_COUNT] = {
    [PARTITION_AT_END] = "at_end",
    [PARTITION_BEHIND] = "behind",
    [PARTITION_STALLED] = "stalled",
    [PARTITION_UNKNOWN] = "unknown",
};

static void events_of_topic(const struct world *world, enum topic topic, struct figures *figures)
{
    for (unsigned type = 0; type < EVENT_TYPE_COUNT; type++) {
        const unsigned shown = type == EVENT_LANE || type == EVENT_ITEM ? EVENT_LOCATION : type;
        for (unsigned result = 0; result < RESULT_COUNT; result++) {
            figures->events[topic][shown][result] += world_event_count(
                world, topic, (enum event_type)type, (enum event_result)result);
        }
    }
}

static void parts_of_world(struct world *world, struct figures *figures)
{
    figures->state_part_count = world_table_count(world);
    CHECK(figures->state_part_count <= WORLD_TABLES_MAX);
    for (uint32_t i = 0; i < figures->state_part_count; i++) {
        figures->state_parts[i].name = world_table_name(world, i);
        figures->state_parts[i].bytes = table_bytes(world_table(world, i));
    }
}

double figures_capacity_ratio(const struct capacity_figures *capacity)
{
    return (double)capacity->used / (double)capacity->planned;
}

static int fuller(const void *a, const void *b)
{
    const struct capacity_figures *first = a;
    const struct capacity_figures *second = b;
    const double before = figures_capacity_ratio(first);
    const double behind = figures_capacity_ratio(second);
    if (before == behind) {
        return strcmp(first->location, second->location);
    }
    return before > behind ? -1 : 1;
}

static void capacity_of_world(const struct world *world, struct figures *figures)
{
    const uint32_t rows = world_key_row_count(world, KEY_SITE);
    figures->capacity_count = 0;
    for (uint32_t row = 1; row < rows && figures->capacity_count < FIGURES_CAPACITY_MAX; row++) {
        struct bytes name;
        struct day_document today;
        if (!world_capacity_today(world, row, &name, &today) || today.planned <= 0) {
            continue;
        }
        struct capacity_figures *capacity = &figures->capacity[figures->capacity_count++];
        CHECK(name.count <= KEY_BYTES_MAX);
        *capacity = (struct capacity_figures){ .unit = today.unit, .planned = today.planned,
                                               .used = today.used };
        memcpy(capacity->location, name.data, name.count);
    }
    qsort(figures->capacity, figures->capacity_count, sizeof figures->capacity[0], fuller);
}

uint64_t figures_documents(const struct stats *stats)
{
    uint64_t sum = 0;
    for (unsigned topic = TOPIC_AVAILABILITY_ITEMS; topic < TOPIC_WATERMARKS; topic++) {
        sum += stats->published[topic];
    }
    return sum;
}

void figures_of_world(struct world *world, struct figures *figures)
{
    memset(figures->events, 0, sizeof figures->events);
    for (unsigned topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        events_of_topic(world, (enum topic)topic, figures);
    }
    for (unsigned kind = 0; kind < ANOMALY_COUNT; kind++) {
        figures->anomalies[kind] = world_anomaly_count(world, (enum anomaly)kind);
    }
    parts_of_world(world, figures);
    capacity_of_world(world, figures);
    figures->sequence = world_sequence(world);
    figures->shortfall_units = world_shortfall_units(world);
    figures->parked_events = world_parked_count(world);
    figures->parked_alarms = world_parked_alarm_count(world);
    figures->promises_kept = world_promise_count(world, true);
    figures->promises_missed = world_promise_count(world, false);
    figures->as_of_ns = world_as_of(world);
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* The second number of /proc/self/statm: pages that are in memory now. */
static uint64_t resident_bytes(void)
{
    unsigned long long pages = 0;
    FILE *stream = fopen("/proc/self/statm", "re");
    if (stream) {
        if (fscanf(stream, "%*u %llu", &pages) != 1) {
            pages = 0;
        }
        (void)fclose(stream);
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void figures_of_process(struct figures *figures)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        figures->cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }
    figures->resident_bytes = resident_bytes();
}

double figures_lag_seconds(const struct figures *figures)
{
    double lag = 0;
    for (uint32_t i = 0; i < figures->partition_count; i++) {
        if (figures->partitions[i].status == PARTITION_UNKNOWN) {
            return -1;
        }
        if (figures->partitions[i].lag_seconds > lag) {
            lag = figures->partitions[i].lag_seconds;
        }
    }
    return lag;
}
