/* SPDX-License-Identifier: Apache-2.0 */
#include "app/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_parts.h"

enum {
    DRAIN_MS = 15000,            /* of a stop: documents, then the snapshot; k8s gives 60 s */
    LAST_CUT_MS = 20000,
    WAIT_MS_MAX = 1000,
};

static int64_t now_us(const struct engine *engine)
{
    return engine->clock.monotonic_us(engine->clock.context);
}

/* ------------------------------------------------------------------ once a second */

static void commit_positions(struct engine *engine)
{
    if (!publisher_owns(engine->publisher, 0) ||
        now_us(engine) - engine->last_commit_us < ENGINE_COMMIT_EVERY_US) {
        return;
    }
    engine->last_commit_us = now_us(engine);
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        const int32_t count = world_position_count(engine->world, (enum topic)topic);
        for (int32_t p = 0; p < count; p++) {
            const int64_t position = world_position(engine->world, (enum topic)topic, p);
            if (position >= 0) {
                engine->group.commit(engine->group.context, (enum topic)topic, p, position);
            }
        }
    }
    engine->group.commit_flush(engine->group.context);
}

static void log_changes(struct engine *engine)
{
    const bool ready = engine_ready(engine);
    const bool writer = writer_is_writing(engine->writer);
    const uint32_t owned = publisher_owned_count(engine->publisher);
    if (ready != engine->was_ready) {
        engine->was_ready = ready;
        logger_line(engine->logger, LOGGER_INFO, ready ? "ready" : "not_ready",
                    "sequence %" PRIu64 ", %" PRId64 " journal records behind",
                    world_sequence(engine->world), replica_behind(engine->replica));
    }
    if (writer != engine->was_writer) {
        engine->was_writer = writer;
        logger_line(engine->logger, LOGGER_INFO, writer ? "writer" : "no_writer",
                    writer ? "this process writes the journal now"
                           : "this process does not write the journal any more");
    }
    if (owned != engine->was_owned) {
        engine->was_owned = owned;
        logger_line(engine->logger, LOGGER_INFO, "rebalance",
                    "publishes %" PRIu32 " of %" PRId32 " partitions now", owned,
                    publisher_partition_count(engine->publisher));
    }
}

static void log_trouble(struct engine *engine)
{
    const struct kafka_health health = kafka_health(engine->kafka);
    if (health.trouble_count != engine->trouble_seen) {
        engine->trouble_seen = health.trouble_count;
        logger_line(engine->logger, LOGGER_WARNING, "kafka", "%s", health.trouble);
    }
    struct failure message;
    while (store_thread_message(engine->stores.thread, &message)) {
        logger_line(engine->logger,
                    message.status == STATUS_OK ? LOGGER_INFO : LOGGER_WARNING, "snapshots", "%s",
                    message.text);
    }
    if (engine_memory_full(engine)) {
        logger_line(engine->logger, LOGGER_ERROR, "memory",
                    "the state has %zu bytes, limits.memory is reached: nothing more is read",
                    world_state_bytes(engine->world));
    }
}

/* A wrong file changes nothing; what needs a restart is left as it is. */
static void reload(struct engine *engine)
{
    if (!os_signal_reload() || !engine->options.reload) {
        return;
    }
    struct config *fresh = engine->options.reload(engine->options.context);
    if (fresh) {
        engine->snapshot_interval_ms = fresh->snapshot_interval_ms;
        engine->memory_bytes = fresh->memory_bytes;
        logger_line(engine->logger, LOGGER_INFO, "reloaded",
                    "snapshots.interval and limits.memory; all else needs a restart");
    }
    free(fresh);
}

static void each_second(struct engine *engine)
{
    const int64_t now = now_us(engine);
    if (now - engine->last_second_us < ENGINE_SECOND_US) {
        return;
    }
    engine_figures_second(engine, (double)(now - engine->last_second_us) / 1e6);
    engine->last_second_us = now;
    if (engine->phase >= ENGINE_LIVE) {
        commit_positions(engine);
    }
    log_changes(engine);
    log_trouble(engine);
}

/* ------------------------------------------------------------------ the loop */

/* What all owners have shown, from their watermarks: the journal gets it, so that the state may
 * forget. Kafka may not know how far they reach yet: it is asked until it does. */
static void follow_marks(struct engine *engine)
{
    if (marks_open(engine->marks, publisher_partition_count(engine->publisher))) {
        marks_step(engine->marks);
    }
}

static enum status follow(struct engine *engine, bool *out_more, struct failure *failure)
{
    if (engine_memory_full(engine)) {
        return STATUS_OK;
    }
    const enum status status = replica_step(engine->replica, ENGINE_ENTRIES_PER_TURN, failure);
    *out_more = *out_more || status == STATUS_OK;
    if (engine->broken.status != STATUS_OK) {
        *failure = engine->broken;
        return engine->broken.status;
    }
    if (replica_caught_up(engine->replica)) {
        engine->behind_since_us = 0;
    } else if (engine->behind_since_us == 0) {
        engine->behind_since_us = now_us(engine);
    }
    return status == STATUS_AGAIN ? STATUS_OK : status;
}

static enum status write_entries(struct engine *engine, bool *out_more, struct failure *failure)
{
    uint32_t published_count;
    const struct watermark_entry *published = marks_all(engine->marks, &published_count);
    const struct writer_view view = {
        .may_write = engine->phase == ENGINE_LIVE && !engine_memory_full(engine),
        .lowest_owned = publisher_lowest_owned(engine->publisher),
        .published = published,
        .published_count = published_count,
        .state_sequence = engine->announced.sequence,
        .state_hash = engine->announced.hash,
    };
    const enum status status = writer_step(engine->writer, &view, failure);
    *out_more = *out_more || status == STATUS_OK;
    return status == STATUS_AGAIN ? STATUS_OK : status;
}

static void publish(struct engine *engine, bool *out_more)
{
    struct publisher_view view = {
        .caught_up = replica_caught_up(engine->replica),
        .backlog = replica_in_backlog(engine->replica),
        .input_lag_ms = writer_input_lag_ms(engine->writer),
        .marks_pending = !marks_read(engine->marks),
    };
    view.marks = marks_all(engine->marks, &view.mark_count);
    *out_more = publisher_step(engine->publisher, &view) == STATUS_AGAIN || *out_more;
}

/* The journal was read to its end for the first time: from now on this process takes part. */
static void go_live(struct engine *engine)
{
    engine->phase = ENGINE_LIVE;
    engine->stats.restore_duration_seconds =
        (double)(now_us(engine) - engine->started_us) / 1e6;
    engine->group.join(engine->group.context);
    logger_line(engine->logger, LOGGER_INFO, "caught_up", "sequence %" PRIu64 " after %.1f s",
                world_sequence(engine->world), engine->stats.restore_duration_seconds);
}

static enum status turn(struct engine *engine, bool *out_more, struct failure *failure)
{
    enum status status = kafka_poll(engine->kafka, failure);
    if (status == STATUS_OK) {
        status = follow(engine, out_more, failure);
    }
    if (status == STATUS_OK && engine->phase == ENGINE_REPLAYING &&
        replica_caught_up(engine->replica)) {
        go_live(engine);
    }
    if (status == STATUS_OK && engine->phase >= ENGINE_LIVE) {
        follow_marks(engine);
        status = write_entries(engine, out_more, failure);
        publish(engine, out_more);
        *out_more = engine_cuts_step(engine) || *out_more;
    }
    engine_ready_step(engine);
    http_server_poll(engine->http);
    reload(engine);
    each_second(engine);
    return status;
}

static void wait_for_work(struct engine *engine)
{
    int64_t wait_us = INT64_C(1000) * WAIT_MS_MAX;
    if (engine->phase >= ENGINE_LIVE) {
        const int64_t writer_us = writer_wait_us(engine->writer);
        const int64_t publisher_us = publisher_wait_us(engine->publisher);
        wait_us = writer_us < wait_us ? writer_us : wait_us;
        wait_us = publisher_us < wait_us ? publisher_us : wait_us;
    }
    const int http = http_server_descriptor(engine->http);
    os_event_wait(&engine->wake, &http, 1, (int)((wait_us + 999) / 1000));
}

static bool wants_to_stop(const struct engine *engine)
{
    return os_signal_stop() ||
           (engine->options.turn && !engine->options.turn(engine->options.context));
}

static enum status live(struct engine *engine, struct failure *failure)
{
    while (!wants_to_stop(engine)) {
        bool more = false;
        const enum status status = turn(engine, &more, failure);
        if (status != STATUS_OK) {
            return status;
        }
        if (!more) {
            wait_for_work(engine);
        }
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ stopping */

static enum status stop_until(struct engine *engine, bool (*done)(struct engine *engine),
                              int64_t limit_ms, struct failure *failure)
{
    const int64_t until_us = now_us(engine) + limit_ms * 1000;
    while (now_us(engine) < until_us) {
        bool more = false;
        const enum status status = turn(engine, &more, failure);
        if (status != STATUS_OK || done(engine)) {
            return status;
        }
        const int http = http_server_descriptor(engine->http);
        os_event_wait(&engine->wake, &http, 1, more ? 0 : 10);
    }
    return STATUS_OK;
}

static bool drained(struct engine *engine)
{
    return replica_caught_up(engine->replica) && publisher_drain(engine->publisher);
}

/* TERM: stop reading, publish, snapshot, commit, leave. */
static enum status stop(struct engine *engine, struct failure *failure)
{
    if (engine->phase != ENGINE_LIVE) {
        return STATUS_OK;
    }
    logger_line(engine->logger, LOGGER_INFO, "stopping", "sequence %" PRIu64,
                world_sequence(engine->world));
    engine->phase = ENGINE_STOPPING;
    enum status status = stop_until(engine, drained, DRAIN_MS, failure);
    if (status == STATUS_OK) {
        status = stop_until(engine, engine_cuts_last, LAST_CUT_MS, failure);
    }
    if (status == STATUS_OK) {
        engine->last_commit_us = 0;
        commit_positions(engine);
    }
    publisher_stop(engine->publisher);
    engine->group.leave(engine->group.context);
    return status;
}

enum status engine_run(const struct engine_options *options, struct failure *failure)
{
    struct engine *engine = engine_new(options);
    if (!engine) {
        return failure_set(failure, STATUS_CONFIG, "out of memory");
    }
    enum status status = engine_open(engine, failure);
    if (status == STATUS_OK) {
        status = engine_restore(engine, failure);
    }
    if (status == STATUS_OK) {
        status = live(engine, failure);
    }
    if (status == STATUS_OK) {
        status = stop(engine, failure);
    }
    engine_close(engine);
    return status;
}
