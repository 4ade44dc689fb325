/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/wiring.h"
#include "edge/json_writer.h"
#include "edge/kafka_admin.h"

/* Eight partitions feed eight processes, and a process of eight workers: enough to begin with. */
enum { PARTITIONS_DEFAULT = 8, JSON_BYTES = 256 * 1024 };

static const char *const SEVERITY_NAMES[] = {
    [KAFKA_FINE] = "fine",
    [KAFKA_WEAK] = "weak",
    [KAFKA_REFUSED] = "refused",
};

/* What an action does, in words. */
static void format_action(const struct kafka_action *action, char *out_text, size_t bytes)
{
    switch (action->kind) {
    case KAFKA_CREATE:
        (void)snprintf(out_text, bytes, "create with %" PRId32 " partitions, %" PRId32 " replicas",
                       action->partition_count, action->replication);
        break;
    case KAFKA_GROW:
        (void)snprintf(out_text, bytes, "grow to %" PRId32 " partitions", action->partition_count);
        break;
    case KAFKA_SET:
        (void)snprintf(out_text, bytes, "set %s=%s", action->name, action->value);
        break;
    }
}

static void write_json_row(struct json_writer *writer, const char *prefix, enum topic topic,
                           const char *key, const char *value)
{
    char name[256];
    (void)snprintf(name, sizeof name, "%s%s", prefix, TOPICS[topic].name);
    json_write_key(writer, "topic");
    json_write_text(writer, name);
    json_write_key(writer, key);
    json_write_text(writer, value);
}

static void write_json(const struct kafka_findings *findings, const struct kafka_plan *plan,
                       const char *prefix, struct buffer *out)
{
    struct json_writer writer = json_writer_of(out);
    json_write_begin(&writer, '{');
    json_write_key(&writer, "findings");
    json_write_begin(&writer, '[');
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct kafka_finding *row = &findings->rows[i];
        json_write_begin(&writer, '{');
        write_json_row(&writer, prefix, row->topic, "text", row->text);
        json_write_key(&writer, "severity");
        json_write_text(&writer, SEVERITY_NAMES[row->severity]);
        json_write_end(&writer, '}');
    }
    json_write_end(&writer, ']');
    json_write_key(&writer, "actions");
    json_write_begin(&writer, '[');
    for (uint32_t i = 0; i < plan->count; i++) {
        char words[256];
        format_action(&plan->actions[i], words, sizeof words);
        json_write_begin(&writer, '{');
        write_json_row(&writer, prefix, plan->actions[i].topic, "action", words);
        json_write_end(&writer, '}');
    }
    json_write_end(&writer, ']');
    json_write_end(&writer, '}');
}

static void print_json(const struct kafka_findings *findings, const struct kafka_plan *plan,
                       const char *prefix)
{
    uint8_t *room = malloc(JSON_BYTES);
    if (room) {
        struct buffer out = buffer_of(room, JSON_BYTES);
        write_json(findings, plan, prefix, &out);
        (void)printf("%.*s\n", (int)out.count, (const char *)out.data);
    }
    free(room);
}

static void print_table(const struct kafka_findings *findings, const struct kafka_plan *plan,
                        const char *prefix)
{
    for (uint32_t i = 0; i < findings->count; i++) {
        (void)printf("%-8s %s\n", SEVERITY_NAMES[findings->rows[i].severity],
                     findings->rows[i].text);
    }
    for (uint32_t i = 0; i < plan->count; i++) {
        char words[256];
        format_action(&plan->actions[i], words, sizeof words);
        (void)printf("%-8s %s%s: %s\n", "action", prefix, TOPICS[plan->actions[i].topic].name,
                     words);
    }
    if (findings->count == 0 && plan->count == 0) {
        (void)printf("fine     all topics are as they should be\n");
    }
}

/* What Kafka has, what is to be said about it and what would mend it. */
struct survey {
    struct kafka_topics topics;
    struct kafka_findings findings;
    struct kafka_plan plan;
};

static enum status look(const struct arguments *arguments, const struct kafka_settings *settings,
                        struct survey *out_survey, struct failure *failure)
{
    const enum status status = kafka_admin_describe(settings, &out_survey->topics, failure);
    if (status == STATUS_OK) {
        kafka_topics_judge(&out_survey->topics, settings->topic_prefix, &out_survey->findings);
        kafka_topics_plan(&out_survey->topics,
                          arguments->partitions > 0 ? arguments->partitions : PARTITIONS_DEFAULT,
                          arguments->replication > 0 ? arguments->replication : 0,
                          &out_survey->plan);
    }
    return status;
}

static enum status plan_or_apply(const struct arguments *arguments,
                                 const struct kafka_settings *settings, struct survey *survey,
                                 struct failure *failure)
{
    enum status status = look(arguments, settings, survey, failure);
    if (status != STATUS_OK) {
        return status;
    }
    if (arguments->json) {
        print_json(&survey->findings, &survey->plan, settings->topic_prefix);
    } else {
        print_table(&survey->findings, &survey->plan, settings->topic_prefix);
    }
    if (strcmp(arguments->verb, "apply") != 0) {
        return STATUS_OK;
    }
    status = kafka_admin_apply(settings, &survey->plan, failure);
    if (status == STATUS_OK) {
        (void)fprintf(stderr, "promised: %" PRIu32 " actions done\n", survey->plan.count);
        status = look(arguments, settings, survey, failure);
    }
    /* What no command can mend (a journal of several partitions) is still refused here. */
    return status == STATUS_OK ? kafka_findings_status(&survey->findings, failure) : status;
}

int command_topics(const struct arguments *arguments)
{
    struct config *config = arguments_config(arguments);
    if (!config) {
        return STATUS_CONFIG;
    }
    struct kafka_wiring wiring;
    struct survey *survey = calloc(1, sizeof *survey);
    struct failure failure = { STATUS_UNREACHABLE, "out of memory" };
    enum status status = STATUS_UNREACHABLE;
    if (wiring_embedded(config)) {
        status = failure_set(&failure, STATUS_CONFIG,
                             "an embedded broker makes its topics itself; nothing to do");
    } else if (survey) {
        wiring_kafka(config, NULL, &wiring);
        status = plan_or_apply(arguments, &wiring.settings, survey, &failure);
    }
    free(survey);
    free(config);
    return status == STATUS_OK ? STATUS_OK : arguments_failed(&failure);
}
