/* SPDX-License-Identifier: Apache-2.0 */
#include "app/figures.h"

#include "app/version.h"
#include "edge/json_writer.h"

static void member_text(struct json_writer *writer, const char *key, const char *value)
{
    json_write_key(writer, key);
    json_write_text(writer, value);
}

static void member_unsigned(struct json_writer *writer, const char *key, uint64_t value)
{
    json_write_key(writer, key);
    json_write_unsigned(writer, value);
}

static void member_integer(struct json_writer *writer, const char *key, int64_t value)
{
    json_write_key(writer, key);
    json_write_integer(writer, value);
}

static void member_real(struct json_writer *writer, const char *key, double value)
{
    json_write_key(writer, key);
    json_write_real(writer, value);
}

static void member_bool(struct json_writer *writer, const char *key, bool value)
{
    json_write_key(writer, key);
    json_write_bool(writer, value);
}

/* A topic as the brokers know it. */
static void member_topic(struct json_writer *writer, const struct figures *figures,
                         enum topic topic)
{
    char name[256];
    struct buffer text = buffer_of(name, sizeof name);
    buffer_put_bytes(&text, bytes_text(figures->topic_prefix));
    buffer_put_bytes(&text, bytes_text(TOPICS[topic].name));
    json_write_key(writer, "topic");
    json_write_bytes(writer, buffer_bytes(&text));
}

static void write_checks(struct json_writer *writer, const struct figures *figures)
{
    json_write_key(writer, "checks");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < figures->check_count; i++) {
        json_write_begin(writer, '{');
        member_text(writer, "name", figures->checks[i].name);
        member_bool(writer, "passed", figures->checks[i].passed);
        member_text(writer, "detail", figures->checks[i].detail);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}

static void write_owned(struct json_writer *writer, const struct figures *figures)
{
    json_write_key(writer, "owned_partitions");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < figures->owned_count; i++) {
        json_write_unsigned(writer, figures->owned[i]);
    }
    json_write_end(writer, ']');
    member_unsigned(writer, "output_partitions", figures->output_partition_count);
    member_unsigned(writer, "rebalances", figures->rebalances);
}

static void write_inputs(struct json_writer *writer, const struct figures *figures)
{
    json_write_key(writer, "inputs");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < figures->partition_count; i++) {
        const struct partition_figures *partition = &figures->partitions[i];
        json_write_begin(writer, '{');
        member_topic(writer, figures, partition->topic);
        member_integer(writer, "partition", partition->partition);
        member_text(writer, "status", PARTITION_STATUS_NAMES[partition->status]);
        member_integer(writer, "position", partition->position);
        member_integer(writer, "end", partition->extent.end);
        member_integer(writer, "lag_records", partition->lag_records);
        member_real(writer, "lag_seconds", partition->lag_seconds);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}

static void write_snapshots(struct json_writer *writer, const struct figures *figures)
{
    json_write_key(writer, "snapshots");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < figures->stats.store_count; i++) {
        const struct store_stats *store = &figures->stats.stores[i];
        json_write_begin(writer, '{');
        member_text(writer, "store", store->name);
        json_write_key(writer, "age_seconds");
        if (store->last_success_ms > 0) {
            json_write_real(writer, (double)(figures->now_ms - store->last_success_ms) / 1000);
        } else {
            json_write_null(writer);
        }
        member_unsigned(writer, "failures", store->failures);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}

static uint64_t events_with(const struct figures *figures, enum event_result result)
{
    uint64_t sum = 0;
    for (unsigned topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        for (unsigned type = 0; type < EVENT_TYPE_COUNT; type++) {
            sum += figures->events[topic][type][result];
        }
    }
    return sum;
}

static void write_days_lost(struct json_writer *writer, const struct figures *figures)
{
    json_write_key(writer, "promise_days_lost");
    json_write_begin(writer, '{');
    for (unsigned constraint = 1; constraint < CONSTRAINT_COUNT; constraint++) {
        member_integer(writer, CONSTRAINT_NAMES[constraint], figures->days_lost[constraint]);
    }
    json_write_end(writer, '}');
}

/* The fullest locations: enough for a page, and for a person. */
static void write_capacity(struct json_writer *writer, const struct figures *figures)
{
    enum { SHOWN_MAX = 30 };
    json_write_key(writer, "capacity");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < figures->capacity_count && i < SHOWN_MAX; i++) {
        const struct capacity_figures *capacity = &figures->capacity[i];
        json_write_begin(writer, '{');
        member_text(writer, "location", capacity->location);
        member_text(writer, "unit", CAPACITY_UNIT_NAMES[capacity->unit]);
        member_integer(writer, "planned", capacity->planned);
        member_integer(writer, "used", capacity->used);
        member_real(writer, "ratio", figures_capacity_ratio(capacity));
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
    member_unsigned(writer, "capacity_locations", figures->capacity_count);
}

static void write_rates(struct json_writer *writer, const struct figures *figures)
{
    member_real(writer, "events_per_second", figures->events_per_second);
    member_real(writer, "documents_per_second", figures->documents_per_second);
    json_write_key(writer, "events");
    json_write_begin(writer, '{');
    for (unsigned result = 0; result < RESULT_COUNT; result++) {
        member_unsigned(writer, RESULT_NAMES[result],
                        events_with(figures, (enum event_result)result));
    }
    json_write_end(writer, '}');
    json_write_key(writer, "latency_seconds");
    json_write_begin(writer, '{');
    member_real(writer, "p50", histogram_quantile(&figures->stats.end_to_end_latency, 0.5));
    member_real(writer, "p99", histogram_quantile(&figures->stats.end_to_end_latency, 0.99));
    json_write_end(writer, '}');
    member_integer(writer, "shortfall_units", figures->shortfall_units);
    member_unsigned(writer, "parked_events", figures->parked_events);
}

static void write_busy(struct json_writer *writer, const struct figures *figures)
{
    json_write_key(writer, "busy_items");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < figures->busy_count; i++) {
        json_write_begin(writer, '{');
        member_text(writer, "sku", figures->busy[i].sku);
        member_real(writer, "changes_per_minute", figures->busy[i].changes_per_minute);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}

static void write_rejects(struct json_writer *writer, const struct figures *figures)
{
    json_write_key(writer, "rejects");
    json_write_begin(writer, '[');
    for (uint32_t i = 0; i < figures->reject_count; i++) {
        const struct shown_reject *reject = &figures->rejects[i];
        json_write_begin(writer, '{');
        member_topic(writer, figures, reject->topic);
        member_integer(writer, "partition", reject->partition);
        member_integer(writer, "offset", reject->offset);
        member_text(writer, "reason", REFUSAL_NAMES[reject->refusal]);
        member_text(writer, "detail", reject->detail);
        json_write_end(writer, '}');
    }
    json_write_end(writer, ']');
}

static void write_progress(struct json_writer *writer, const struct figures *figures)
{
    member_bool(writer, "writer", figures->writer);
    member_unsigned(writer, "sequence", figures->sequence);
    member_unsigned(writer, "replica_lag_entries", figures->replica_lag_entries);
    member_unsigned(writer, "replay_remaining_records", figures->replay_remaining_records);
    member_unsigned(writer, "due_keys", figures->due_keys);
    member_unsigned(writer, "shown_sequence", figures->shown_sequence);
    member_unsigned(writer, "swept_sequence", figures->swept_sequence);
    member_real(writer, "swept_lag_seconds", figures->swept_lag_seconds);
    member_unsigned(writer, "sweep_remaining_keys",
                    figures->sweep_total_keys - figures->sweep_walked_keys);
    member_real(writer, "lag_seconds", figures_lag_seconds(figures));
    json_write_key(writer, "newest_event_age_seconds");
    if (figures->as_of_ns == TIME_NONE) {
        json_write_null(writer);
    } else {
        json_write_real(writer, (double)(figures->now_ms - figures->as_of_ns / NS_PER_MS) / 1000);
    }
}

void status_write(const struct figures *figures, struct buffer *out)
{
    struct json_writer writer = json_writer_of(out);
    json_write_begin(&writer, '{');
    member_text(&writer, "version", PROMISED_VERSION);
    member_text(&writer, "group", figures->group);
    member_text(&writer, "owner", figures->owner);
    member_real(&writer, "uptime_seconds", (double)(figures->now_ms - figures->started_ms) / 1000);
    member_bool(&writer, "ready", figures->ready);
    write_checks(&writer, figures);
    write_progress(&writer, figures);
    write_owned(&writer, figures);
    write_rates(&writer, figures);
    write_days_lost(&writer, figures);
    write_capacity(&writer, figures);
    write_inputs(&writer, figures);
    write_snapshots(&writer, figures);
    write_busy(&writer, figures);
    write_rejects(&writer, figures);
    json_write_end(&writer, '}');
    buffer_put_byte(out, '\n');
}

static void put_text(struct buffer *out, const char *text)
{
    buffer_put_bytes(out, bytes_text(text));
}

void ready_write(const struct figures *figures, bool verbose, struct buffer *out)
{
    for (uint32_t i = 0; i < figures->check_count && verbose; i++) {
        const struct ready_check *check = &figures->checks[i];
        put_text(out, check->passed ? "[+]" : "[-]");
        put_text(out, check->name);
        put_text(out, check->passed ? " ok" : " failed");
        put_text(out, check->detail[0] != '\0' ? ": " : "");
        put_text(out, check->detail);
        put_text(out, "\n");
    }
    put_text(out, figures->ready ? "ready\n" : "not ready\n");
}
