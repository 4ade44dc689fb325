/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/journal_audit.h"
#include "app/record_line.h"
#include "app/topic_stream.h"
#include "core/limits.h"
#include "edge/json_writer.h"
#include "flow/port.h"
#include "wire/date_text.h"

enum { LINE_BYTES = 64 * 1024 * 1024 };

struct reading {
    struct topic_stream *stream;
    uint8_t *arena_room;
    uint8_t *line_room;
    struct journal_audit audit;
    bool json;
};

/* One record of the journal and what was made of it. */
struct reading_entry {
    struct record record;
    struct journal_entry entry;
    bool whole;                      /* `entry` is one */
    enum audit_verdict verdict;
    char reason[AUDIT_REASON_BYTES];
};

static enum status reading_open(struct reading *reading, const struct config *config,
                                bool from_start, bool to_end, struct failure *failure)
{
    reading->arena_room = malloc(journal_decode_bytes(MESSAGE_BYTES_MAX));
    reading->line_room = malloc(LINE_BYTES);
    if (!reading->arena_room || !reading->line_room) {
        return failure_set(failure, STATUS_UNREACHABLE, "out of memory");
    }
    const enum status status = topic_stream_open(config, TOPIC_JOURNAL, from_start, to_end,
                                                 &reading->stream, failure);
    if (status == STATUS_OK) {
        struct log_extent extent;
        topic_stream_extent(reading->stream, 0, &extent);
        audit_start(&reading->audit, from_start ? extent.start : extent.end);
    }
    return status;
}

static void reading_close(struct reading *reading)
{
    topic_stream_close(reading->stream);
    free(reading->arena_room);
    free(reading->line_room);
}

static enum status reading_next(struct reading *reading, struct reading_entry *out_entry,
                                struct failure *failure)
{
    const enum status status = topic_stream_next(reading->stream, &out_entry->record, failure);
    if (status != STATUS_OK) {
        return status;
    }
    const struct record *record = &out_entry->record;
    struct arena arena = arena_of(reading->arena_room, journal_decode_bytes(MESSAGE_BYTES_MAX));
    struct failure why;
    out_entry->whole = record->value.data && record->value.count <= MESSAGE_BYTES_MAX &&
                       journal_decode(record->value, &arena, &out_entry->entry, &why) == STATUS_OK;
    out_entry->verdict =
        audit_take(&reading->audit, record->offset, record->timestamp_ms,
                   out_entry->whole ? &out_entry->entry : NULL, out_entry->reason);
    return STATUS_OK;
}

static void format_id(struct hash128 id, char out_text[33])
{
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        (void)snprintf(out_text + 2 * i, 3, "%02x", id.bytes[i]);
    }
}

/* ------------------------------------------------------------------ tail */

static void print_counts(const struct journal_entry *entry)
{
    uint32_t counts[TOPIC_INPUT_COUNT] = { 0 };
    for (uint32_t i = 0; i < entry->record_count; i++) {
        counts[entry->records[i].topic]++;
    }
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        if (counts[topic] > 0) {
            (void)printf("  %s %" PRIu32, TOPICS[topic].name, counts[topic]);
        }
    }
}

static void print_readable(const struct reading_entry *at)
{
    const struct journal_entry *entry = &at->entry;
    if (!at->whole) {
        (void)printf("%10" PRId64 "  void: %s\n", at->record.offset, at->reason);
        return;
    }
    char instant[INSTANT_TEXT_BYTES];
    char id[33];
    const struct bytes now = date_text_instant(entry->now_ms * NS_PER_MS, instant);
    format_id(entry->id, id);
    (void)printf("%10" PRId64 "  #%" PRIu64 "  %.*s  %.8s", at->record.offset, entry->sequence,
                 (int)now.count, (const char *)now.data, id);
    print_counts(entry);
    (void)printf("%s%s%s", entry->has_settings ? "  settings" : "", entry->review ? "  review" : "",
                 entry->has_state ? "  state" : "");
    if (entry->zone_count > 0) {
        (void)printf("  zones %" PRIu32, entry->zone_count);
    }
    if (entry->skip_count > 0) {
        (void)printf("  skip %" PRIu32, entry->skip_count);
    }
    (void)printf("%s%s\n", at->verdict == AUDIT_VOID ? "  void: " : "",
                 at->verdict == AUDIT_VOID ? at->reason : "");
}

/* The record's own line: the codec's fields are those of the entry, whatever version wrote it. */
static void print_json(const struct reading *reading, const struct reading_entry *at)
{
    struct buffer line = buffer_of(reading->line_room, LINE_BYTES);
    record_line_write(&at->record, &line);
    (void)fwrite(line.data, 1, line.count, stdout);
}

static enum status tail(struct reading *reading, int64_t count, struct failure *failure)
{
    enum status status = STATUS_OK;
    for (int64_t printed = 0; printed != count && status == STATUS_OK; printed++) {
        struct reading_entry at;
        status = reading_next(reading, &at, failure);
        if (status == STATUS_OK) {
            if (reading->json) {
                print_json(reading, &at);
            } else {
                print_readable(&at);
            }
            if (fflush(stdout) != 0) {
                break;
            }
        }
    }
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* ------------------------------------------------------------------ verify */

/* Void entries are news for a person: each is a line, on stderr beside --json. */
static void report_void(const struct reading *reading, const struct reading_entry *at)
{
    FILE *stream = reading->json ? stderr : stdout;
    (void)fprintf(stream, "%s  offset %" PRId64 "  sequence %" PRIu64 "  %s\n",
                  AUDIT_VERDICT_NAMES[at->verdict], at->record.offset,
                  at->whole ? at->entry.sequence : 0, at->reason);
}

static void report_json(const struct journal_audit *audit, const struct log_extent *extent,
                        const char *problem)
{
    char room[1024];
    char id[33];
    struct buffer out = buffer_of(room, sizeof room);
    struct json_writer writer = json_writer_of(&out);
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        { "start", (uint64_t)extent->start },       { "end", (uint64_t)extent->end },
        { "first_sequence", audit->first_sequence }, { "last_sequence", audit->last.sequence },
        { "counting", audit->counting },             { "void", audit->voids },
        { "records", audit->records },
    };
    json_write_begin(&writer, '{');
    json_write_key(&writer, "whole");
    json_write_bool(&writer, problem[0] == '\0');
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        json_write_key(&writer, numbers[i].name);
        json_write_unsigned(&writer, numbers[i].value);
    }
    format_id(audit->last.id, id);
    json_write_key(&writer, "last_id");
    json_write_text(&writer, id);
    json_write_key(&writer, "problem");
    json_write_bytes(&writer, problem[0] ? bytes_text(problem) : bytes_of(NULL, 0));
    json_write_end(&writer, '}');
    (void)printf("%.*s\n", (int)out.count, (const char *)out.data);
}

static void report(const struct reading *reading, const char *problem)
{
    const struct journal_audit *audit = &reading->audit;
    struct log_extent extent;
    topic_stream_extent(reading->stream, 0, &extent);
    if (reading->json) {
        report_json(audit, &extent, problem);
        return;
    }
    (void)printf("offsets %" PRId64 " to %" PRId64 ": %" PRIu64 " entries count, %" PRIu64
                 " void, sequences %" PRIu64 " to %" PRIu64 ", %" PRIu64 " records\n%s%s\n",
                 extent.start, extent.end, audit->counting, audit->voids, audit->first_sequence,
                 audit->last.sequence, audit->records, problem[0] ? "broken: " : "whole",
                 problem);
}

static enum status verify(struct reading *reading, struct failure *failure)
{
    struct reading_entry at;
    enum status status = STATUS_OK;
    char problem[AUDIT_REASON_BYTES + 64] = "";
    while (status == STATUS_OK && problem[0] == '\0') {
        status = reading_next(reading, &at, failure);
        if (status == STATUS_OK && at.verdict == AUDIT_VOID) {
            report_void(reading, &at);
        } else if (status == STATUS_OK && at.verdict == AUDIT_BROKEN) {
            (void)snprintf(problem, sizeof problem, "offset %" PRId64 ": %s", at.record.offset,
                           at.reason);
        }
    }
    if (status != STATUS_OK && status != STATUS_ABSENT) {
        return status;
    }
    report(reading, problem);
    return problem[0] ? failure_set(failure, STATUS_LOST, "the journal is broken at %s", problem)
                      : STATUS_OK;
}

int command_journal(const struct arguments *arguments)
{
    const bool verifies = strcmp(arguments->verb, "verify") == 0;
    struct config *config = arguments_config(arguments);
    if (!config) {
        return STATUS_CONFIG;
    }
    struct reading *reading = calloc(1, sizeof *reading);
    struct failure failure = { STATUS_UNREACHABLE, "out of memory" };
    enum status status = STATUS_UNREACHABLE;
    if (reading) {
        reading->json = arguments->json;
        status = reading_open(reading, config, verifies || arguments->from_start, verifies,
                              &failure);
        if (status == STATUS_OK) {
            status = verifies ? verify(reading, &failure)
                              : tail(reading, arguments->count, &failure);
        }
        reading_close(reading);
    }
    free(reading);
    free(config);
    return status == STATUS_OK ? STATUS_OK : arguments_failed(&failure);
}
