/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kafka_topics.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "core/limits.h"

enum { REPLICATION_WANTED = 3, INSYNC_WANTED = 2 };

/* Whoever starts from a snapshot needs the journal from there on, also after a long night. */
#define JOURNAL_RETENTION_MS_MIN (INT64_C(24) * 3600 * 1000)

static const char CLEANUP_POLICY[] = "cleanup.policy";
static const char TIMESTAMP_TYPE[] = "message.timestamp.type";
static const char MESSAGE_BYTES[] = "max.message.bytes";
static const char APPEND_TIME[] = "LogAppendTime";
static const char MESSAGE_BYTES_WANTED[] = "8388608";
_Static_assert(MESSAGE_BYTES_MAX == 8388608, "the text above says the same");

static const struct kafka_property WANTED_EVENTS[] = { { CLEANUP_POLICY, "delete" },
                                                       { NULL, NULL } };
static const struct kafka_property WANTED_REFERENCE[] = { { CLEANUP_POLICY, "compact" },
                                                          { NULL, NULL } };
static const struct kafka_property WANTED_DOCUMENTS[] = { { CLEANUP_POLICY, "compact" },
                                                          { MESSAGE_BYTES, MESSAGE_BYTES_WANTED },
                                                          { NULL, NULL } };
static const struct kafka_property WANTED_REJECTS[] = { { CLEANUP_POLICY, "delete" },
                                                        { MESSAGE_BYTES, MESSAGE_BYTES_WANTED },
                                                        { NULL, NULL } };
static const struct kafka_property WANTED_JOURNAL[] = { { CLEANUP_POLICY, "delete" },
                                                        { TIMESTAMP_TYPE, APPEND_TIME },
                                                        { MESSAGE_BYTES, MESSAGE_BYTES_WANTED },
                                                        { "retention.ms", "604800000" },
                                                        { "retention.bytes", "-1" },
                                                        { NULL, NULL } };

const struct kafka_property *kafka_topic_wanted(enum topic topic)
{
    switch (TOPICS[topic].kind) {
    case TOPIC_KIND_EVENTS:
        return WANTED_EVENTS;
    case TOPIC_KIND_REFERENCE:
        return WANTED_REFERENCE;
    case TOPIC_KIND_DOCUMENTS:
        return WANTED_DOCUMENTS;
    case TOPIC_KIND_REJECTS:
        return WANTED_REJECTS;
    case TOPIC_KIND_JOURNAL:
        return WANTED_JOURNAL;
    }
    CHECK(false);
    return NULL;
}

static bool is_ours(enum topic topic)
{
    return !topic_is_input(topic);
}

/* Documents, watermarks and rejects lie on the same partitions. */
static bool is_output(enum topic topic)
{
    return is_ours(topic) && TOPICS[topic].kind != TOPIC_KIND_JOURNAL;
}

static const char *wanted_policy(enum topic topic)
{
    return kafka_topic_wanted(topic)[0].value;
}

__attribute__((format(printf, 5, 6))) static void find(struct kafka_findings *findings,
                                                       enum topic topic,
                                                       enum kafka_severity severity,
                                                       const char *prefix, const char *format, ...)
{
    CHECK(findings->count < KAFKA_FINDINGS_MAX);
    struct kafka_finding *row = &findings->rows[findings->count++];
    *row = (struct kafka_finding){ .topic = topic, .severity = severity };
    const int used = snprintf(row->text, sizeof row->text, "%s%s: ", prefix, TOPICS[topic].name);
    CHECK(used > 0 && used < (int)sizeof row->text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(row->text + used, sizeof row->text - (size_t)used, format, arguments);
    va_end(arguments);
    if (severity > findings->worst) {
        findings->worst = severity;
    }
}

/* The topic whose partition count the others are held against. */
static enum topic output_leader(const struct kafka_topics *topics)
{
    enum topic leader = TOPIC_WATERMARKS;
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        if (is_output((enum topic)topic) && topics->states[topic].exists &&
            topics->states[topic].partition_count > topics->states[leader].partition_count) {
            leader = (enum topic)topic;
        }
    }
    return leader;
}

static void judge_partitions(const struct kafka_topics *topics, enum topic topic,
                             const char *prefix, struct kafka_findings *findings)
{
    const int32_t count = topics->states[topic].partition_count;
    if (TOPICS[topic].kind == TOPIC_KIND_JOURNAL && count != 1) {
        find(findings, topic, KAFKA_REFUSED, prefix,
             "has %d partitions, the journal has one; delete it and `promised topics apply`",
             count);
    }
    const int32_t most = is_output(topic) ? OUTPUT_PARTITIONS_MAX : INPUT_PARTITIONS_MAX;
    if (count > most) {
        find(findings, topic, KAFKA_REFUSED, prefix,
             "has %d partitions, more than the %d this program takes", count, most);
    }
    const enum topic leader = output_leader(topics);
    if (is_output(topic) && count != topics->states[leader].partition_count) {
        find(findings, topic, KAFKA_REFUSED, prefix,
             "has %d partitions, but %s%s has %d; `promised topics apply` grows it", count, prefix,
             TOPICS[leader].name, topics->states[leader].partition_count);
    }
}

static void judge_settings(const struct kafka_topic_state *state, enum topic topic,
                           const char *prefix, struct kafka_findings *findings)
{
    if (strcmp(state->cleanup_policy, wanted_policy(topic)) != 0) {
        find(findings, topic, KAFKA_REFUSED, prefix,
             "cleanup.policy is %s, has to be %s; `promised topics apply` sets it",
             state->cleanup_policy, wanted_policy(topic));
    }
    if (TOPICS[topic].kind == TOPIC_KIND_JOURNAL &&
        strcmp(state->timestamp_type, APPEND_TIME) != 0) {
        find(findings, topic, KAFKA_REFUSED, prefix,
             "message.timestamp.type is %s, has to be LogAppendTime; `promised topics apply` sets "
             "it",
             state->timestamp_type);
    }
    if (is_ours(topic) && state->message_bytes_max < MESSAGE_BYTES_MAX) {
        find(findings, topic, KAFKA_WEAK, prefix,
             "max.message.bytes is %lld, a large record may need %d; `promised topics apply` sets "
             "it",
             (long long)state->message_bytes_max, MESSAGE_BYTES_MAX);
    }
}

static int32_t replication_wanted(const struct kafka_topics *topics)
{
    return topics->broker_count < REPLICATION_WANTED ? topics->broker_count : REPLICATION_WANTED;
}

static void judge_strength(const struct kafka_topics *topics, enum topic topic, const char *prefix,
                           struct kafka_findings *findings)
{
    const struct kafka_topic_state *state = &topics->states[topic];
    if (state->replication < replication_wanted(topics)) {
        find(findings, topic, KAFKA_WEAK, prefix,
             "%d replicas on %d brokers: it is lost with one of them; reassign it to %d",
             state->replication, topics->broker_count, replication_wanted(topics));
    } else if (state->replication >= REPLICATION_WANTED && state->min_insync < INSYNC_WANTED) {
        find(findings, topic, KAFKA_WEAK, prefix,
             "min.insync.replicas is %lld: what one broker alone has acknowledged can be lost; set "
             "it to %d",
             (long long)state->min_insync, INSYNC_WANTED);
    }
    if (TOPICS[topic].kind != TOPIC_KIND_JOURNAL) {
        return;
    }
    if (state->retention_ms >= 0 && state->retention_ms < JOURNAL_RETENTION_MS_MIN) {
        find(findings, topic, KAFKA_WEAK, prefix,
             "retention.ms is %lld: a snapshot that is older is of no use; set it to a day at "
             "least, a week is advised",
             (long long)state->retention_ms);
    }
    if (state->retention_bytes >= 0) {
        find(findings, topic, KAFKA_WEAK, prefix,
             "retention.bytes is %lld: a burst of input may cut it before a snapshot is written; "
             "set it to -1",
             (long long)state->retention_bytes);
    }
}

void kafka_topics_judge(const struct kafka_topics *topics, const char *topic_prefix,
                        struct kafka_findings *out_findings)
{
    out_findings->count = 0;
    out_findings->worst = KAFKA_FINE;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        const enum topic topic = (enum topic)i;
        if (!topics->states[i].exists) {
            find(out_findings, topic, KAFKA_REFUSED, topic_prefix,
                 "does not exist; `promised topics apply` creates it");
            continue;
        }
        judge_partitions(topics, topic, topic_prefix, out_findings);
        judge_settings(&topics->states[i], topic, topic_prefix, out_findings);
        judge_strength(topics, topic, topic_prefix, out_findings);
    }
}

enum status kafka_findings_status(const struct kafka_findings *findings, struct failure *failure)
{
    for (uint32_t i = 0; i < findings->count; i++) {
        if (findings->rows[i].severity == KAFKA_REFUSED) {
            return failure_set(failure, STATUS_CONFIG, "topic %s", findings->rows[i].text);
        }
    }
    return STATUS_OK;
}

static void plan_add(struct kafka_plan *plan, struct kafka_action action)
{
    CHECK(plan->count < KAFKA_FINDINGS_MAX);
    plan->actions[plan->count++] = action;
}

static int32_t partitions_wanted(const struct kafka_topics *topics, enum topic topic,
                                 int32_t partition_count)
{
    if (TOPICS[topic].kind == TOPIC_KIND_JOURNAL) {
        return 1;
    }
    const int32_t most = topics->states[output_leader(topics)].partition_count;
    return is_output(topic) && most > 0 ? most : partition_count;
}

static void plan_existing(const struct kafka_topics *topics, enum topic topic,
                          struct kafka_plan *plan)
{
    const struct kafka_topic_state *state = &topics->states[topic];
    const int32_t most = topics->states[output_leader(topics)].partition_count;
    if (is_output(topic) && state->partition_count < most) {
        plan_add(plan, (struct kafka_action){ KAFKA_GROW, topic, most, 0, NULL, NULL });
    }
    if (strcmp(state->cleanup_policy, wanted_policy(topic)) != 0) {
        plan_add(plan, (struct kafka_action){ KAFKA_SET, topic, 0, 0, CLEANUP_POLICY,
                                              wanted_policy(topic) });
    }
    if (TOPICS[topic].kind == TOPIC_KIND_JOURNAL &&
        strcmp(state->timestamp_type, APPEND_TIME) != 0) {
        plan_add(plan, (struct kafka_action){ KAFKA_SET, topic, 0, 0, TIMESTAMP_TYPE,
                                              APPEND_TIME });
    }
    if (is_ours(topic) && state->message_bytes_max < MESSAGE_BYTES_MAX) {
        plan_add(plan, (struct kafka_action){ KAFKA_SET, topic, 0, 0, MESSAGE_BYTES,
                                              MESSAGE_BYTES_WANTED });
    }
}

void kafka_topics_plan(const struct kafka_topics *topics, int32_t partition_count,
                       int32_t replication, struct kafka_plan *out_plan)
{
    CHECK(partition_count > 0 && replication >= 0);
    out_plan->count = 0;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        const enum topic topic = (enum topic)i;
        if (topics->states[i].exists) {
            plan_existing(topics, topic, out_plan);
            continue;
        }
        const int32_t replicas = replication > 0 ? replication : replication_wanted(topics);
        plan_add(out_plan, (struct kafka_action){
                               KAFKA_CREATE, topic,
                               partitions_wanted(topics, topic, partition_count),
                               replicas > 0 ? replicas : 1, NULL, NULL });
    }
}
