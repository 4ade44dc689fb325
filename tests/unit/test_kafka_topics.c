/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/limits.h"
#include "edge/kafka_topics.h"

enum { PARTITIONS = 8 };

/* Topics as kafka_topics_plan() makes them, on three brokers. */
static struct kafka_topics fine_topics(void)
{
    struct kafka_topics topics = { .broker_count = 3 };
    for (int i = 0; i < TOPIC_COUNT; i++) {
        struct kafka_topic_state *state = &topics.states[i];
        *state = (struct kafka_topic_state){
            .exists = true,
            .partition_count = i == TOPIC_JOURNAL ? 1 : PARTITIONS,
            .replication = 3,
            .timestamp_type = "CreateTime",
            .retention_ms = INT64_C(604800000),
            .retention_bytes = -1,
            .message_bytes_max = MESSAGE_BYTES_MAX,
            .min_insync = 2,
        };
        (void)snprintf(state->cleanup_policy, sizeof state->cleanup_policy, "%s",
                       kafka_topic_wanted((enum topic)i)[0].value);
    }
    (void)snprintf(topics.states[TOPIC_JOURNAL].timestamp_type, KAFKA_CONFIG_VALUE_BYTES,
                   "LogAppendTime");
    return topics;
}

static struct kafka_findings judge(const struct kafka_topics *topics)
{
    struct kafka_findings findings;
    kafka_topics_judge(topics, "eu.", &findings);
    return findings;
}

static void assert_one(const struct kafka_topics *topics, enum topic topic,
                       enum kafka_severity severity, const char *text)
{
    const struct kafka_findings findings = judge(topics);
    cr_assert_eq(findings.count, 1, "%u findings, first: %s", findings.count,
                 findings.rows[0].text);
    cr_assert_eq(findings.rows[0].topic, topic);
    cr_assert_eq(findings.rows[0].severity, severity);
    cr_assert_eq(findings.worst, severity);
    cr_assert(strstr(findings.rows[0].text, text), "%s", findings.rows[0].text);
    cr_assert(strstr(findings.rows[0].text, "eu."), "%s", findings.rows[0].text);
}

Test(kafka_topics, topics_as_planned_have_no_findings)
{
    const struct kafka_topics topics = fine_topics();

    const struct kafka_findings findings = judge(&topics);

    cr_assert_eq(findings.count, 0);
    cr_assert_eq(findings.worst, KAFKA_FINE);
    cr_assert_eq(kafka_findings_status(&findings, NULL), STATUS_OK);
}

Test(kafka_topics, missing_topic_is_refused_and_named_with_its_mend)
{
    struct kafka_topics topics = fine_topics();
    topics.states[TOPIC_LANES].exists = false;
    struct failure failure;

    const struct kafka_findings findings = judge(&topics);

    assert_one(&topics, TOPIC_LANES, KAFKA_REFUSED, "topics apply");
    cr_assert_eq(kafka_findings_status(&findings, &failure), STATUS_CONFIG);
    cr_assert(strstr(failure.text, "eu.network.lanes.v1"));
}

Test(kafka_topics, document_topics_with_different_partition_counts_are_refused)
{
    struct kafka_topics topics = fine_topics();
    topics.states[TOPIC_PROMISES_ORDERS].partition_count = 7;

    assert_one(&topics, TOPIC_PROMISES_ORDERS, KAFKA_REFUSED, "7 partitions");
}

Test(kafka_topics, inputs_may_have_any_partition_count)
{
    struct kafka_topics topics = fine_topics();
    topics.states[TOPIC_ORDERS].partition_count = 3;

    cr_assert_eq(judge(&topics).count, 0);
}

Test(kafka_topics, journal_of_two_partitions_is_refused)
{
    struct kafka_topics topics = fine_topics();
    topics.states[TOPIC_JOURNAL].partition_count = 2;

    assert_one(&topics, TOPIC_JOURNAL, KAFKA_REFUSED, "2 partitions");
}

Test(kafka_topics, wrong_cleanup_policy_is_refused)
{
    static const struct {
        enum topic topic;
        const char *policy;
    } rows[] = {
        { TOPIC_STOCK, "compact" },           { TOPIC_ORDERS, "compact,delete" },
        { TOPIC_CATALOG, "delete" },          { TOPIC_LOCATIONS, "compact,delete" },
        { TOPIC_AVAILABILITY_ITEMS, "delete" }, { TOPIC_WATERMARKS, "delete" },
        { TOPIC_REJECTS, "compact" },         { TOPIC_JOURNAL, "compact" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kafka_topics topics = fine_topics();
        (void)snprintf(topics.states[rows[i].topic].cleanup_policy, KAFKA_CONFIG_VALUE_BYTES, "%s",
                       rows[i].policy);

        assert_one(&topics, rows[i].topic, KAFKA_REFUSED, rows[i].policy);
    }
}

Test(kafka_topics, journal_without_append_time_is_refused)
{
    struct kafka_topics topics = fine_topics();
    (void)snprintf(topics.states[TOPIC_JOURNAL].timestamp_type, KAFKA_CONFIG_VALUE_BYTES,
                   "CreateTime");

    assert_one(&topics, TOPIC_JOURNAL, KAFKA_REFUSED, "LogAppendTime");
}

Test(kafka_topics, weak_settings_warn_and_refuse_nothing)
{
    struct kafka_topics topics = fine_topics();
    topics.states[TOPIC_STOCK].replication = 1;
    topics.states[TOPIC_ORDERS].min_insync = 1;
    topics.states[TOPIC_WATERMARKS].message_bytes_max = 1000;
    topics.states[TOPIC_JOURNAL].retention_ms = 60000;
    topics.states[TOPIC_JOURNAL].retention_bytes = 1000000;

    const struct kafka_findings findings = judge(&topics);

    cr_assert_eq(findings.count, 5);
    cr_assert_eq(findings.worst, KAFKA_WEAK);
    cr_assert_eq(kafka_findings_status(&findings, NULL), STATUS_OK);
}

Test(kafka_topics, one_broker_alone_is_not_blamed_for_one_replica)
{
    struct kafka_topics topics = fine_topics();
    topics.broker_count = 1;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        topics.states[i].replication = 1;
        topics.states[i].min_insync = 1;
    }

    cr_assert_eq(judge(&topics).count, 0);
}

Test(kafka_topics, plan_for_an_empty_cluster_creates_everything)
{
    const struct kafka_topics topics = { .broker_count = 5 };
    struct kafka_plan plan;

    kafka_topics_plan(&topics, 12, 0, &plan);

    cr_assert_eq(plan.count, TOPIC_COUNT);
    for (uint32_t i = 0; i < plan.count; i++) {
        cr_assert_eq(plan.actions[i].kind, KAFKA_CREATE);
        cr_assert_eq(plan.actions[i].replication, 3);
        cr_assert_eq(plan.actions[i].partition_count,
                     plan.actions[i].topic == TOPIC_JOURNAL ? 1 : 12);
    }
}

Test(kafka_topics, plan_gives_a_missing_document_topic_the_count_of_the_others)
{
    struct kafka_topics topics = fine_topics();
    topics.states[TOPIC_REJECTS].exists = false;
    struct kafka_plan plan;

    kafka_topics_plan(&topics, 12, 2, &plan);

    cr_assert_eq(plan.count, 1);
    cr_assert_eq(plan.actions[0].partition_count, PARTITIONS);
    cr_assert_eq(plan.actions[0].replication, 2);
}

Test(kafka_topics, plan_mends_what_the_judgement_says_apply_mends)
{
    struct kafka_topics topics = fine_topics();
    topics.states[TOPIC_PROMISES_ORDERS].partition_count = 2;
    (void)snprintf(topics.states[TOPIC_STOCK].cleanup_policy, KAFKA_CONFIG_VALUE_BYTES, "compact");
    topics.states[TOPIC_JOURNAL].message_bytes_max = 1048588;
    struct kafka_plan plan;

    kafka_topics_plan(&topics, 12, 0, &plan);

    cr_assert_eq(plan.count, 3);
    cr_assert_eq(plan.actions[0].kind, KAFKA_SET);
    cr_assert_str_eq(plan.actions[0].name, "cleanup.policy");
    cr_assert_str_eq(plan.actions[0].value, "delete");
    cr_assert_eq(plan.actions[1].kind, KAFKA_GROW);
    cr_assert_eq(plan.actions[1].partition_count, PARTITIONS);
    cr_assert_str_eq(plan.actions[2].name, "max.message.bytes");
    cr_assert_str_eq(plan.actions[2].value, "8388608");
}
