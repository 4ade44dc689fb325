/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/commands.h"
#include "app/wiring.h"
#include "edge/json_writer.h"
#include "edge/kafka_admin.h"
#include "edge/store_thread.h"

/*
 * Everything that a start would refuse, looked at without starting: what was found is a list of
 * rows, and the exit code is that of the worst.
 */
enum { ROWS_MAX = KAFKA_FINDINGS_MAX + CONFIG_URLS_MAX + 2, ROW_TEXT_BYTES = FAILURE_TEXT_BYTES };

struct check_row {
    const char *subject;       /* brokers, topics, snapshots */
    const char *result;        /* ok, weak, failed */
    char text[ROW_TEXT_BYTES];
};

struct check_list {
    enum status worst;         /* STATUS_CONFIG is worse than STATUS_UNREACHABLE */
    uint32_t count;
    struct check_row rows[ROWS_MAX];
};

__attribute__((format(printf, 4, 5))) static void add_row(struct check_list *list,
                                                          const char *subject, const char *result,
                                                          const char *format, ...)
{
    struct check_row *row = &list->rows[list->count++];
    CHECK(list->count <= ROWS_MAX);
    row->subject = subject;
    row->result = result;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(row->text, sizeof row->text, format, arguments);
    va_end(arguments);
}

static void add_failure(struct check_list *list, const char *subject,
                        const struct failure *failure)
{
    add_row(list, subject, "failed", "%s", failure->text);
    if (list->worst != STATUS_CONFIG) {
        list->worst = failure->status;
    }
}

static void check_topics(struct check_list *list, const struct kafka_settings *settings,
                         struct kafka_findings *findings)
{
    struct failure failure = { 0 };
    const enum status status = kafka_admin_check(settings, findings, &failure);
    if (status != STATUS_OK && findings->count == 0) {
        add_failure(list, "brokers", &failure);
        return;
    }
    add_row(list, "brokers", "ok", "%s answers", settings->brokers);
    for (uint32_t i = 0; i < findings->count; i++) {
        const bool refused = findings->rows[i].severity == KAFKA_REFUSED;
        add_row(list, "topics", refused ? "failed" : "weak", "%s", findings->rows[i].text);
    }
    if (findings->count == 0) {
        add_row(list, "topics", "ok", "all are as they should be");
    }
    if (status != STATUS_OK) {
        list->worst = STATUS_CONFIG;
    }
}

static void check_kafka(struct check_list *list, const struct config *config)
{
    struct kafka_wiring wiring;
    struct kafka_findings *findings = calloc(1, sizeof *findings);
    if (wiring_embedded(config)) {
        add_row(list, "brokers", "ok", "embedded: a broker in the process, for demos and tests");
    } else if (findings) {
        wiring_kafka(config, NULL, &wiring);
        check_topics(list, &wiring.settings, findings);
    }
    free(findings);
}

static void check_store(struct check_list *list, const struct config *config, const char *url)
{
    struct store_backend backend;
    struct failure failure = { 0 };
    uint64_t sequence = 0;
    if (store_backend_open(url, config->group, config->topic_prefix, &backend, &failure) !=
        STATUS_OK) {
        add_failure(list, "snapshots", &failure);
        return;
    }
    if (backend.pointer(backend.context, &sequence, &failure) != STATUS_OK) {
        struct failure named;
        (void)failure_set(&named, failure.status, "%s: %s", backend.name, failure.text);
        add_failure(list, "snapshots", &named);
    } else if (sequence == 0) {
        add_row(list, "snapshots", "ok", "%s answers, and has no snapshot yet", backend.name);
    } else {
        add_row(list, "snapshots", "ok", "%s answers, newest snapshot of sequence %" PRIu64,
                backend.name, sequence);
    }
    backend.close(backend.context);
}

static void print_json(const struct config *config, const struct check_list *list)
{
    const size_t room_bytes = (size_t)(list->count + 1) * (6 * ROW_TEXT_BYTES + 128);
    uint8_t *room = malloc(room_bytes);
    if (!room) {
        return;
    }
    struct buffer out = buffer_of(room, room_bytes);
    struct json_writer writer = json_writer_of(&out);
    json_write_begin(&writer, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        json_write_begin(&writer, '{');
        json_write_key(&writer, "subject");
        json_write_text(&writer, list->rows[i].subject);
        json_write_key(&writer, "result");
        json_write_text(&writer, list->rows[i].result);
        json_write_key(&writer, "text");
        json_write_text(&writer, list->rows[i].text);
        json_write_end(&writer, '}');
    }
    json_write_end(&writer, ']');
    (void)printf("{\"config\":");
    config_print_json(config, stdout);
    (void)printf(",\"checks\":%.*s}\n", (int)out.count, (const char *)out.data);
    free(room);
}

static void print_table(const struct config *config, const struct check_list *list)
{
    config_print(config, stdout);
    (void)printf("\n");
    for (uint32_t i = 0; i < list->count; i++) {
        (void)printf("%-7s %-10s %s\n", list->rows[i].result, list->rows[i].subject,
                     list->rows[i].text);
    }
}

int command_check(const struct arguments *arguments)
{
    struct config *config = arguments_config(arguments);
    if (!config) {
        return STATUS_CONFIG;
    }
    struct check_list *list = calloc(1, sizeof *list);
    if (!list) {
        free(config);
        return STATUS_UNREACHABLE;
    }
    check_kafka(list, config);
    for (uint32_t i = 0; i < config->snapshot_url_count; i++) {
        check_store(list, config, config->snapshot_urls[i]);
    }
    if (arguments->json) {
        print_json(config, list);
    } else {
        print_table(config, list);
    }
    const int code = (int)list->worst;
    free(list);
    free(config);
    return code;
}
