/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine_parts.h"

enum { NOTES_BYTES = 16 * 1024, RETRY_MS = 1000 };

static int64_t now_us(const struct engine *engine)
{
    return engine->clock.monotonic_us(engine->clock.context);
}

/* What restoring had to say, a line of the log each. */
static void log_notes(struct engine *engine, const struct buffer *notes)
{
    size_t at = 0;
    while (at < notes->count) {
        const uint8_t *end = memchr(notes->data + at, '\n', notes->count - at);
        const size_t count = (end ? (size_t)(end - notes->data) : notes->count) - at;
        if (count > 0) {
            logger_line(engine->logger, LOGGER_INFO, "restore", "%.*s", (int)count,
                        (const char *)notes->data + at);
        }
        at += count + 1;
    }
}

static enum status restore_once(struct engine *engine, struct snapshot_header *out_header,
                                struct failure *failure)
{
    char *room = malloc(NOTES_BYTES);
    if (!room) {
        return failure_set(failure, STATUS_UNREACHABLE, "out of memory");
    }
    struct buffer notes = buffer_of(room, NOTES_BYTES);
    const enum status status =
        snapshotter_restore(engine->snapshotter, &notes, out_header, failure);
    log_notes(engine, &notes);
    free(room);
    return status;
}

/* Contract 6: without any store wait, not ready, and give up after a minute. HTTP answers. */
static enum status restore_from_stores(struct engine *engine, struct snapshot_header *out_header,
                                       struct failure *failure)
{
    const int64_t until_us = now_us(engine) + INT64_C(1000) * ENGINE_STORE_WAIT_MS;
    for (;;) {
        http_server_poll(engine->http);
        const enum status status = restore_once(engine, out_header, failure);
        if (status != STATUS_UNREACHABLE || now_us(engine) >= until_us || os_signal_stop()) {
            return status;
        }
        logger_line(engine->logger, LOGGER_WARNING, "stores_away", "%s", failure->text);
        const int http = http_server_descriptor(engine->http);
        os_event_wait(&engine->wake, &http, 1, RETRY_MS);
    }
}

/* The journal's extent, asked of the brokers just now. */
static enum status journal_extent(struct engine *engine, struct log_extent *out_extent,
                                  struct failure *failure)
{
    const int64_t until_us = now_us(engine) + INT64_C(1000) * KAFKA_READY_MS;
    engine->journal.refresh(engine->journal.context);
    while (!engine->journal.fresh(engine->journal.context)) {
        if (now_us(engine) > until_us) {
            return failure_set(failure, STATUS_UNREACHABLE,
                               "the brokers do not say how far %s reaches", engine->journal_name);
        }
        const enum status status = kafka_poll(engine->kafka, failure);
        if (status != STATUS_OK) {
            return status;
        }
        http_server_poll(engine->http);
        os_event_wait(&engine->wake, NULL, 0, 100);
    }
    *out_extent = engine->journal.extent(engine->journal.context);
    return STATUS_OK;
}

/* Watermarks that were written and not removed: somebody has published from a journal. */
static bool watermarks_exist(const struct engine *engine)
{
    const int32_t count = engine->sink.partition_count(engine->sink.context);
    for (int32_t p = 0; p < count; p++) {
        const struct log_extent extent =
            engine->sink.extent(engine->sink.context, TOPIC_WATERMARKS, p);
        if (extent.end > 0) {
            return true;
        }
    }
    return false;
}

/* What was published rests on a history: without it nothing may be published (contract 6). */
static enum status refuse_lost_history(struct engine *engine, const struct log_extent *extent,
                                       bool restored, struct failure *failure)
{
    if (!restored && extent->start > 0) {
        return failure_set(failure, STATUS_LOST,
                           "%s partition 0: its first record is at offset %" PRId64
                           " and no snapshot reaches back before it: history was lost. Bring a "
                           "snapshot or the topic back",
                           engine->journal_name, extent->start);
    }
    if (!restored && extent->end == 0 && watermarks_exist(engine)) {
        return failure_set(failure, STATUS_LOST,
                           "%s partition 0 is empty (offset 0) beside %s%s, which is not: the "
                           "journal was lost or recreated. Bring it back, or remove the topics of "
                           "documents and watermarks too",
                           engine->journal_name, engine->config->topic_prefix,
                           TOPICS[TOPIC_WATERMARKS].name);
    }
    return STATUS_OK;
}

static void start_following(struct engine *engine, const struct snapshot_header *header)
{
    struct journal_point point = { .offset = -1 };
    if (header) {
        point = (struct journal_point){ header->sequence, header->id, header->journal_offset };
        engine->last_store_sequence = header->sequence;
        logger_line(engine->logger, LOGGER_INFO, "restored",
                    "snapshot of sequence %" PRIu64 ", journal offset %" PRId64, header->sequence,
                    header->journal_offset);
    } else {
        logger_line(engine->logger, LOGGER_INFO, "restored",
                    "no snapshot: %s is read from its start", engine->journal_name);
    }
    replica_start(engine->replica, point,
                  header ? rejects_first_missing(engine->world) : -1);
}

enum status engine_restore(struct engine *engine, struct failure *failure)
{
    struct snapshot_header header;
    struct log_extent extent;
    enum status status = restore_from_stores(engine, &header, failure);
    if (os_signal_stop()) {
        return STATUS_OK;   /* the loop ends before its first turn */
    }
    if (status != STATUS_OK && status != STATUS_ABSENT) {
        return status;
    }
    const bool restored = status == STATUS_OK;
    status = journal_extent(engine, &extent, failure);
    if (status == STATUS_OK) {
        status = refuse_lost_history(engine, &extent, restored, failure);
    }
    if (status == STATUS_OK) {
        catch_up_note(&engine->catch_up, &engine->inputs, now_us(engine));
        start_following(engine, restored ? &header : NULL);
        engine->phase = ENGINE_REPLAYING;
    }
    return status;
}
