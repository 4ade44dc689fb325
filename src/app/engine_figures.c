/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "app/lookup.h"
#include "engine_parts.h"

static int64_t now_us(const struct engine *engine)
{
    return engine->clock.monotonic_us(engine->clock.context);
}

/* ------------------------------------------------------------------ inputs */

static int64_t lag_records(const struct log_extent *extent, int64_t position)
{
    if (extent->end < 0) {
        return -1;
    }
    const int64_t from = position >= 0 ? position : extent->start;
    return extent->end > from ? extent->end - from : 0;
}

static void remember(struct engine *engine, enum topic topic, int32_t partition)
{
    struct partition_memory *memory = &engine->partitions[topic][partition];
    const struct log_extent extent =
        engine->inputs.extent(engine->inputs.context, topic, partition);
    const int64_t position = world_position(engine->world, topic, partition);
    const int64_t now = now_us(engine);
    const bool behind = lag_records(&extent, position) > 0;
    if (!memory->seen || memory->position != position) {
        memory->moved_us = now;
    }
    if (!behind) {
        memory->behind_since_us = 0;
        memory->behind_at_first = false;
    } else if (memory->behind_since_us == 0) {
        memory->behind_since_us = now;
        memory->behind_at_first = !memory->seen;
    }
    memory->seen = true;
    memory->position = position;
}

static enum partition_status status_of(const struct engine *engine,
                                       const struct partition_memory *memory, int64_t lag)
{
    if (lag <= 0) {
        return lag == 0 ? PARTITION_AT_END : PARTITION_UNKNOWN;
    }
    return now_us(engine) - memory->moved_us > INT64_C(1000) * PARTITION_STALLED_MS
               ? PARTITION_STALLED
               : PARTITION_BEHIND;
}

/* Since when it is behind; where that is longer than this process can know, at least as old as the
 * oldest input that the writer here holds. */
static double lag_seconds(const struct engine *engine, const struct partition_memory *memory,
                          int64_t lag)
{
    if (lag <= 0 || memory->behind_since_us == 0) {
        return 0;
    }
    const double seen = (double)(now_us(engine) - memory->behind_since_us) / 1e6;
    const double oldest = (double)writer_input_lag_ms(engine->writer) / 1e3;
    return memory->behind_at_first && oldest > seen ? oldest : seen;
}

static void collect_partition(const struct engine *engine, enum topic topic, int32_t partition,
                              struct figures *figures)
{
    if (figures->partition_count == INPUT_PARTITIONS_MAX) {
        return;
    }
    const struct partition_memory *memory = &engine->partitions[topic][partition];
    struct partition_figures *out = &figures->partitions[figures->partition_count++];
    *out = (struct partition_figures){
        .topic = topic,
        .partition = partition,
        .position = world_position(engine->world, topic, partition),
        .extent = engine->inputs.extent(engine->inputs.context, topic, partition),
    };
    out->lag_records = lag_records(&out->extent, out->position);
    out->status = status_of(engine, memory, out->lag_records);
    out->lag_seconds = lag_seconds(engine, memory, out->lag_records);
}

static int32_t partitions_of(const struct engine *engine, enum topic topic)
{
    const int32_t count = engine->inputs.partition_count(engine->inputs.context, topic);
    return count < INPUT_PARTITIONS_MAX ? count : INPUT_PARTITIONS_MAX;
}

/* ------------------------------------------------------------------ once a second */

static void take_rejects(struct engine *engine)
{
    struct rejected rejected;
    while (world_rejected(engine->world, &engine->rejects_cursor, &rejected)) {
        struct shown_reject *shown =
            &engine->rejects_shown[engine->rejects_count++ % FIGURES_REJECTS_MAX];
        const size_t count = rejected.detail.count < REJECT_DETAIL_BYTES ? rejected.detail.count
                                                                         : REJECT_DETAIL_BYTES;
        *shown = (struct shown_reject){
            .topic = rejected.place.topic,
            .partition = rejected.place.partition,
            .offset = rejected.place.offset,
            .refusal = rejected.refusal,
        };
        memcpy(shown->detail, rejected.detail.data, count);
    }
}

/* A store counts as fresh while its snapshot is of the newest entry: nothing to write is no lag. */
static void freshen_stores(struct engine *engine)
{
    snapshotter_stats(engine->snapshotter, &engine->stats);
    for (uint32_t i = 0; i < engine->stats.store_count; i++) {
        const struct snapshotter_store_figures store = snapshotter_store(engine->snapshotter, i);
        if (store.sequence > 0 && store.sequence == world_sequence(engine->world)) {
            engine->stats.stores[i].last_success_ms = engine->clock.now_ms(engine->clock.context);
        }
    }
}

void engine_figures_second(struct engine *engine, double seconds)
{
    const uint64_t records = engine->stats.journal_records;
    const double rate = (double)(records - engine->records_seen) / seconds;
    engine->records_seen = records;
    engine->events_per_second += (rate - engine->events_per_second) * 0.4;
    const uint64_t documents = figures_documents(&engine->stats);
    const double document_rate = (double)(documents - engine->documents_seen) / seconds;
    engine->documents_seen = documents;
    engine->documents_per_second += (document_rate - engine->documents_per_second) * 0.4;
    busy_decay(&engine->busy, seconds);
    take_rejects(engine);
    freshen_stores(engine);
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        const int32_t count = partitions_of(engine, (enum topic)topic);
        for (int32_t p = 0; p < count; p++) {
            remember(engine, (enum topic)topic, p);
        }
    }
}

/* ------------------------------------------------------------------ all figures */

static void collect_owned(const struct engine *engine, struct figures *figures)
{
    uint64_t least_shown = UINT64_MAX;
    figures->owned_count = 0;
    for (int32_t p = 0; p < publisher_partition_count(engine->publisher); p++) {
        if (publisher_owns(engine->publisher, p)) {
            const uint64_t shown = publisher_watermark(engine->publisher, p);
            least_shown = shown < least_shown ? shown : least_shown;
            figures->owned[figures->owned_count++] = (uint32_t)p;
        }
    }
    figures->shown_sequence = figures->owned_count > 0 ? least_shown : 0;
    figures->swept_sequence = publisher_swept(engine->publisher);
}

static void collect_flow(const struct engine *engine, struct figures *figures)
{
    const int64_t behind = replica_behind(engine->replica);
    figures->replica_lag_entries = behind > 0 ? (uint64_t)behind : 0;
    figures->replay_remaining_records =
        engine->phase <= ENGINE_REPLAYING ? figures->replica_lag_entries : 0;
    figures->writer = writer_is_writing(engine->writer);
    figures->due_keys = publisher_due_count(engine->publisher);
    figures->swept_lag_seconds = publisher_swept_lag_seconds(engine->publisher);
    publisher_sweep_progress(engine->publisher, &figures->sweep_walked_keys,
                             &figures->sweep_total_keys);
    for (int constraint = 0; constraint < CONSTRAINT_COUNT; constraint++) {
        figures->days_lost[constraint] =
            publisher_days_lost(engine->publisher, (enum constraint)constraint);
    }
    figures->rebalances = engine->group.rebalances(engine->group.context);
    figures->journal = engine->journal.extent(engine->journal.context);
    figures->output_partition_count = (uint32_t)publisher_partition_count(engine->publisher);
    collect_owned(engine, figures);
}

static void collect_snapshots(const struct engine *engine, struct figures *figures)
{
    figures->snapshot_journal_offset = -1;
    for (uint32_t i = 0; i < engine->stores.count; i++) {
        const struct snapshotter_store_figures store = snapshotter_store(engine->snapshotter, i);
        if (store.journal_offset > figures->snapshot_journal_offset) {
            figures->snapshot_journal_offset = store.journal_offset;
        }
    }
}

static void collect_page(const struct engine *engine, struct figures *figures)
{
    busy_list(&engine->busy, figures->busy, &figures->busy_count);
    const uint64_t count = engine->rejects_count;
    figures->reject_count = count < FIGURES_REJECTS_MAX ? (uint32_t)count : FIGURES_REJECTS_MAX;
    for (uint32_t i = 0; i < figures->reject_count; i++) {
        figures->rejects[i] = engine->rejects_shown[(count - 1 - i) % FIGURES_REJECTS_MAX];
    }
}

static const struct figures *collect(void *context)
{
    struct engine *engine = context;
    struct figures *figures = &engine->figures;
    figures->group = engine->config->group;
    figures->topic_prefix = engine->config->topic_prefix;
    figures->owner = engine->owner;
    figures->now_ms = engine->clock.now_ms(engine->clock.context);
    figures->started_ms = engine->started_ms;
    figures->events_per_second = engine->events_per_second;
    figures->documents_per_second = engine->documents_per_second;
    figures->stats = engine->stats;
    figures_of_process(figures);
    figures_of_world(engine->world, figures);
    figures->partition_count = 0;
    /* Before Kafka is open there is nothing to ask it for. */
    if (engine->phase > ENGINE_RESTORING) {
        collect_flow(engine, figures);
        collect_snapshots(engine, figures);
        for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
            const int32_t count = partitions_of(engine, (enum topic)topic);
            for (int32_t p = 0; p < count; p++) {
                collect_partition(engine, (enum topic)topic, p, figures);
            }
        }
    }
    engine_ready_checks(engine, figures);
    collect_page(engine, figures);
    return figures;
}

/* ------------------------------------------------------------------ HTTP */

static bool is_restored(void *context)
{
    const struct engine *engine = context;
    return engine->phase > ENGINE_REPLAYING;
}

static bool answer_item(void *context, struct bytes sku, struct buffer *out)
{
    struct engine *engine = context;
    return lookup_item(engine->world, &engine->answers, sku, out);
}

static bool answer_order(void *context, struct bytes order_id, struct buffer *out)
{
    struct engine *engine = context;
    return lookup_order(engine->world, &engine->answers, order_id, out);
}

static bool answer_location(void *context, struct bytes location, struct buffer *out)
{
    struct engine *engine = context;
    return lookup_location(engine->world, &engine->answers, location, out);
}

static enum explain_verdict answer_promise(void *context, const struct promise_question *question,
                                           struct buffer *out)
{
    struct engine *engine = context;
    return lookup_promise(engine->world, &engine->answers, question, out);
}

struct http_view engine_view(struct engine *engine)
{
    return (struct http_view){
        .context = engine,
        .figures = collect,
        .restored = is_restored,
        .item = answer_item,
        .location = answer_location,
        .order = answer_order,
        .promise = answer_promise,
    };
}
