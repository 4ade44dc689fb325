/* SPDX-License-Identifier: Apache-2.0 */
#include "app/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/version.h"

/*
 * One line per sample, written through few helpers. Labels are made of closed lists, topic names
 * and numbers, never of a SKU or an order. Of these only the names of stores and locations come
 * from outside unchecked; topic_prefix has no character that would need an escape.
 */
__attribute__((format(printf, 2, 3))) static void put(struct buffer *out, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    const int wrote = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    CHECK(wrote >= 0 && (size_t)wrote < sizeof line);
    buffer_put(out, line, (size_t)wrote);
}

/* Numbers as text independent of the locale: nine digits are enough for seconds and dates. */
static void put_real(struct buffer *out, double number)
{
    const double magnitude = fabs(number);
    const int64_t whole = (int64_t)magnitude;
    const int64_t rest = (int64_t)((magnitude - (double)whole) * 1e6);
    put(out, " %s%" PRId64 ".%06" PRId64 "\n", number < 0 ? "-" : "", whole, rest);
}

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    put(out, "# HELP promised_%s %s\n# TYPE promised_%s %s\n", name, help, name, type);
}

static void gauge(struct buffer *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    put(out, "promised_%s", name);
    put_real(out, value);
}

static void counter(struct buffer *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    put(out, "promised_%s %" PRIu64 "\n", name, value);
}

static void histogram(struct buffer *out, const char *name, const char *help,
                      const struct histogram *histogram)
{
    head(out, name, "histogram", help);
    uint64_t below = 0;
    for (size_t i = 0; i < HISTOGRAM_BOUND_COUNT; i++) {
        below += histogram->buckets[i];
        const int64_t micros = llround(HISTOGRAM_BOUNDS[i] * 1e6);
        put(out, "promised_%s_bucket{le=\"%" PRId64 ".%06" PRId64 "\"} %" PRIu64 "\n", name,
            micros / 1000000, micros % 1000000, below);
    }
    put(out, "promised_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, histogram->count);
    put(out, "promised_%s_sum", name);
    put_real(out, histogram->sum);
    put(out, "promised_%s_count %" PRIu64 "\n", name, histogram->count);
}

/* The labels of one partition of an input, after the name. */
static void partition_sample(struct buffer *out, const char *name, const struct figures *figures,
                             const struct partition_figures *partition)
{
    put(out, "promised_%s{topic=\"%s%s\",partition=\"%" PRId32 "\"}", name, figures->topic_prefix,
        TOPICS[partition->topic].name, partition->partition);
}

static void write_partitions(const struct figures *figures, struct buffer *out)
{
    head(out, "consumer_lag_records", "gauge", "Records of the input that are not in the state.");
    for (uint32_t i = 0; i < figures->partition_count; i++) {
        if (figures->partitions[i].lag_records >= 0) {
            partition_sample(out, "consumer_lag_records", figures, &figures->partitions[i]);
            put(out, " %" PRId64 "\n", figures->partitions[i].lag_records);
        }
    }
    head(out, "consumer_lag_seconds", "gauge",
         "Age of the oldest record of the input that is not in the state.");
    for (uint32_t i = 0; i < figures->partition_count; i++) {
        partition_sample(out, "consumer_lag_seconds", figures, &figures->partitions[i]);
        put_real(out, figures->partitions[i].lag_seconds);
    }
    head(out, "partition_status", "gauge",
         "0 at its end, 1 behind and moving, 2 behind and stalled, 3 not known.");
    for (uint32_t i = 0; i < figures->partition_count; i++) {
        partition_sample(out, "partition_status", figures, &figures->partitions[i]);
        put(out, " %d\n", (int)figures->partitions[i].status);
    }
}

static void write_events(const struct figures *figures, struct buffer *out)
{
    head(out, "events_total", "counter", "Records read, by what became of them.");
    for (unsigned topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        for (unsigned type = 0; type < EVENT_TYPE_COUNT; type++) {
            for (unsigned result = 0; result < RESULT_COUNT; result++) {
                const uint64_t count = figures->events[topic][type][result];
                if (count > 0) {
                    put(out,
                        "promised_events_total{topic=\"%s%s\",type=\"%s\",result=\"%s\"} %" PRIu64
                        "\n",
                        figures->topic_prefix, TOPICS[topic].name, EVENT_TYPES[type].name,
                        RESULT_NAMES[result], count);
                }
            }
        }
    }
}

static void write_documents(const struct figures *figures, struct buffer *out)
{
    head(out, "documents_published_total", "counter", "Records of output topics acknowledged.");
    for (unsigned topic = TOPIC_INPUT_COUNT; topic < TOPIC_JOURNAL; topic++) {
        put(out, "promised_documents_published_total{topic=\"%s%s\"} %" PRIu64 "\n",
            figures->topic_prefix, TOPICS[topic].name, figures->stats.published[topic]);
    }
    head(out, "documents_suppressed_total", "counter", "Due documents that were not sent.");
    for (unsigned reason = 0; reason < SUPPRESSION_COUNT; reason++) {
        put(out, "promised_documents_suppressed_total{reason=\"%s\"} %" PRIu64 "\n",
            SUPPRESSION_NAMES[reason], figures->stats.suppressed[reason]);
    }
    counter(out, "output_repairs_total",
            "Documents published again over what another process wrote.",
            figures->stats.output_repairs);
    counter(out, "publish_failures_total", "Records of output topics reported as failed.",
            figures->stats.publish_failures);
}

/* The name of a store or a location, which may hold anything. */
static void named_sample(struct buffer *out, const char *name, const char *label,
                         const char *value)
{
    put(out, "promised_%s{%s=\"", name, label);
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            buffer_put_byte(out, '\\');
        }
        buffer_put_byte(out, *at == '\n' ? ' ' : (uint8_t)*at);
    }
    put(out, "\"}");
}

static void write_snapshots(const struct figures *figures, struct buffer *out)
{
    const struct stats *stats = &figures->stats;
    head(out, "snapshot_last_success_timestamp_seconds", "gauge",
         "When the store last took a whole snapshot; 0: not by this process.");
    for (uint32_t i = 0; i < stats->store_count; i++) {
        named_sample(out, "snapshot_last_success_timestamp_seconds", "store",
                     stats->stores[i].name);
        put_real(out, (double)stats->stores[i].last_success_ms / 1000);
    }
    head(out, "snapshot_failures_total", "counter", "Writes that the store did not take.");
    for (uint32_t i = 0; i < stats->store_count; i++) {
        named_sample(out, "snapshot_failures_total", "store", stats->stores[i].name);
        put(out, " %" PRIu64 "\n", stats->stores[i].failures);
    }
    gauge(out, "snapshot_duration_seconds", "From the cut to the pointer, of the last snapshot.",
          stats->snapshot_duration_seconds);
    gauge(out, "snapshot_bytes", "Size of the last snapshot.", (double)stats->snapshot_bytes);
    head(out, "snapshot_headroom_records", "gauge",
         "From the start of the journal to where the last snapshot goes on.");
    if (figures->snapshot_journal_offset >= 0 && figures->journal.start >= 0) {
        put(out,
            "promised_snapshot_headroom_records{topic=\"%s%s\",partition=\"0\"} %" PRId64 "\n",
            figures->topic_prefix, TOPICS[TOPIC_JOURNAL].name,
            figures->snapshot_journal_offset - figures->journal.start);
    }
    gauge(out, "restore_duration_seconds", "From the start to caught up; 0: not yet.",
          stats->restore_duration_seconds);
    gauge(out, "replay_remaining_records", "Journal records still to read before being ready.",
          (double)figures->replay_remaining_records);
}

static void write_journal(const struct figures *figures, struct buffer *out)
{
    gauge(out, "journal_writer", "1 where this process writes the journal.", figures->writer);
    gauge(out, "journal_sequence", "Sequence of the last entry applied.",
          (double)figures->sequence);
    counter(out, "journal_void_total", "Entries that did not count.",
            figures->stats.journal_void);
    histogram(out, "journal_append_seconds", "From an append to its acknowledgement.",
              &figures->stats.journal_append);
    gauge(out, "replica_lag_entries", "Journal records that this process has not applied.",
          (double)figures->replica_lag_entries);
}

static void write_work(const struct figures *figures, struct buffer *out)
{
    gauge(out, "owned_partitions", "Output partitions that this process publishes.",
          figures->owned_count);
    gauge(out, "due_keys", "Keys whose document is to be derived.", (double)figures->due_keys);
    gauge(out, "swept_lag_seconds", "How far behind what time and shared data changed is shown.",
          figures->swept_lag_seconds);
    gauge(out, "sweep_remaining_keys", "Keys that the sweep at work has not looked at yet.",
          (double)(figures->sweep_total_keys - figures->sweep_walked_keys));
    counter(out, "rebalances_total", "Assignments of output partitions.", figures->rebalances);
    histogram(out, "end_to_end_latency_seconds",
              "From the input record's timestamp to the output's acknowledgement.",
              &figures->stats.end_to_end_latency);
    histogram(out, "event_age_seconds", "From business time to being applied.",
              &figures->stats.event_age);
}

static void write_state(const struct figures *figures, struct buffer *out)
{
    head(out, "anomalies_total", "counter", "Bad news in events that were applied.");
    for (unsigned kind = 0; kind < ANOMALY_COUNT; kind++) {
        put(out, "promised_anomalies_total{kind=\"%s\"} %" PRIu64 "\n", ANOMALY_NAMES[kind],
            figures->anomalies[kind]);
    }
    gauge(out, "shortfall_units", "Units owed beyond what is there.",
          (double)figures->shortfall_units);
    gauge(out, "parked_events", "Shipments that wait for their order.", figures->parked_events);
    gauge(out, "parked_alarms", "Of these, older than limits.parked_alarm.",
          figures->parked_alarms);
    counter(out, "promise_kept_total", "Lines delivered by their promised date.",
            figures->promises_kept);
    counter(out, "promise_missed_total", "Lines delivered later.", figures->promises_missed);
    head(out, "state_bytes", "gauge", "Memory of the state.");
    for (uint32_t i = 0; i < figures->state_part_count; i++) {
        put(out, "promised_state_bytes{part=\"%s\"} %" PRIu64 "\n", figures->state_parts[i].name,
            figures->state_parts[i].bytes);
    }
}

static void write_promises(const struct figures *figures, struct buffer *out)
{
    head(out, "promise_days_lost", "gauge",
         "Days by which live promises would be earlier without the constraint that limits them.");
    for (unsigned constraint = 1; constraint < CONSTRAINT_COUNT; constraint++) {
        put(out, "promised_promise_days_lost{constraint=\"%s\"} %" PRId64 "\n",
            CONSTRAINT_NAMES[constraint], figures->days_lost[constraint]);
    }
    head(out, "capacity_used_ratio", "gauge",
         "Booked of what is planned today, at locations with a limit; above 1: overbooked.");
    for (uint32_t i = 0; i < figures->capacity_count; i++) {
        named_sample(out, "capacity_used_ratio", "location", figures->capacity[i].location);
        put_real(out, figures_capacity_ratio(&figures->capacity[i]));
    }
}

static void write_process(const struct figures *figures, struct buffer *out)
{
    gauge(out, "ready", "1 where restored and caught up.", figures->ready);
    head(out, "build_info", "gauge", "Always 1.");
    put(out, "promised_build_info{version=\"%s\"} 1\n", PROMISED_VERSION);
    put(out, "# HELP process_cpu_seconds_total CPU time of this process.\n"
             "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total");
    put_real(out, figures->cpu_seconds);
    put(out, "# HELP process_resident_memory_bytes Memory in use.\n"
             "# TYPE process_resident_memory_bytes gauge\n"
             "process_resident_memory_bytes %" PRIu64 "\n", figures->resident_bytes);
    put(out, "# HELP process_start_time_seconds Start of this process.\n"
             "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds");
    put_real(out, (double)figures->started_ms / 1000);
}

void metrics_write(const struct figures *figures, struct buffer *out)
{
    write_partitions(figures, out);
    write_events(figures, out);
    write_documents(figures, out);
    write_snapshots(figures, out);
    write_journal(figures, out);
    write_work(figures, out);
    write_state(figures, out);
    write_promises(figures, out);
    write_process(figures, out);
}
