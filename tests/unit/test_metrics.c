/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/figures.h"

/* Figures of a process at work, and the text made of them. */
struct scene {
    struct figures *figures;
    struct buffer out;
};

static struct scene scene_new(void)
{
    enum { ROOM = 1 << 20 };
    struct scene scene = { calloc(1, sizeof(struct figures)),
                           buffer_of(calloc(1, ROOM), ROOM - 1) };
    scene.figures->group = "promised";
    scene.figures->topic_prefix = "eu.";
    scene.figures->owner = "127.0.0.1:8180";
    scene.figures->as_of_ns = TIME_NONE;
    scene.figures->snapshot_journal_offset = -1;
    scene.figures->journal = (struct log_extent){ -1, -1 };
    return scene;
}

static const char *text_of_scene(const struct scene *scene)
{
    cr_assert_not(scene->out.overflowed);
    return (const char *)scene->out.data;
}

static void scene_end(struct scene *scene)
{
    free(scene->figures);
    free(scene->out.data);
}

static void assert_has(const struct scene *scene, const char *line)
{
    cr_assert(strstr(text_of_scene(scene), line), "lacks %s", line);
}

Test(metrics, every_figure_of_the_contract_that_this_build_has_is_there)
{
    static const char *const NAMES[] = {
        "consumer_lag_records", "consumer_lag_seconds", "partition_status", "events_total",
        "end_to_end_latency_seconds", "event_age_seconds", "documents_published_total",
        "documents_suppressed_total", "snapshot_last_success_timestamp_seconds",
        "snapshot_duration_seconds", "snapshot_bytes", "snapshot_headroom_records",
        "restore_duration_seconds", "replay_remaining_records", "owned_partitions",
        "journal_writer", "journal_sequence", "journal_void_total", "journal_append_seconds",
        "replica_lag_entries", "due_keys", "swept_lag_seconds", "rebalances_total",
        "output_repairs_total", "anomalies_total", "shortfall_units", "parked_events",
        "promise_kept_total", "promise_missed_total", "state_bytes", "ready", "build_info",
        "capacity_used_ratio", "promise_days_lost",
    };
    struct scene scene = scene_new();

    metrics_write(scene.figures, &scene.out);

    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "# TYPE promised_%s ", NAMES[i]);
        assert_has(&scene, line);
    }
    scene_end(&scene);
}

Test(metrics, text_ends_with_a_line_feed_and_names_each_metric_once)
{
    struct scene scene = scene_new();

    metrics_write(scene.figures, &scene.out);

    const char *text = text_of_scene(&scene);
    cr_assert_eq(text[scene.out.count - 1], '\n');
    for (const char *at = strstr(text, "# TYPE "); at; at = strstr(at + 1, "# TYPE ")) {
        char line[128];
        (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        cr_assert_null(strstr(at + 1, line), "%s is there twice", line);
    }
    scene_end(&scene);
}

Test(metrics, inputs_are_labelled_with_the_full_topic_name)
{
    struct scene scene = scene_new();
    scene.figures->partition_count = 1;
    scene.figures->partitions[0] = (struct partition_figures){
        .topic = TOPIC_STOCK, .partition = 3, .status = PARTITION_BEHIND,
        .lag_records = 12, .lag_seconds = 1.5,
    };

    metrics_write(scene.figures, &scene.out);

    assert_has(&scene, "promised_consumer_lag_records{topic=\"eu.stock.movements.v1\","
                       "partition=\"3\"} 12\n");
    assert_has(&scene, "promised_consumer_lag_seconds{topic=\"eu.stock.movements.v1\","
                       "partition=\"3\"} 1.500000\n");
    assert_has(&scene, "promised_partition_status{topic=\"eu.stock.movements.v1\","
                       "partition=\"3\"} 1\n");
    scene_end(&scene);
}

Test(metrics, lag_in_records_is_left_out_while_it_is_not_known)
{
    struct scene scene = scene_new();
    scene.figures->partition_count = 1;
    scene.figures->partitions[0] =
        (struct partition_figures){ .status = PARTITION_UNKNOWN, .lag_records = -1 };

    metrics_write(scene.figures, &scene.out);

    cr_assert_null(strstr(text_of_scene(&scene), "promised_consumer_lag_records{"));
    assert_has(&scene, "promised_partition_status{topic=\"eu.stock.movements.v1\","
                       "partition=\"0\"} 3\n");
    scene_end(&scene);
}

Test(metrics, events_are_counted_by_topic_type_and_result)
{
    struct scene scene = scene_new();
    scene.figures->events[TOPIC_STOCK][EVENT_STOCK_RECEIVED][RESULT_APPLIED] = 7;
    scene.figures->events[TOPIC_CATALOG][EVENT_LOCATION][RESULT_REJECTED] = 1;

    metrics_write(scene.figures, &scene.out);

    assert_has(&scene, "promised_events_total{topic=\"eu.stock.movements.v1\","
                       "type=\"stock.received\",result=\"applied\"} 7\n");
    assert_has(&scene, "promised_events_total{topic=\"eu.catalog.items.v1\","
                       "type=\"reference\",result=\"rejected\"} 1\n");
    scene_end(&scene);
}

Test(metrics, histogram_buckets_are_cumulative_up_to_infinity)
{
    struct scene scene = scene_new();
    histogram_observe(&scene.figures->stats.journal_append, 0.0007);
    histogram_observe(&scene.figures->stats.journal_append, 2);
    histogram_observe(&scene.figures->stats.journal_append, 5000);

    metrics_write(scene.figures, &scene.out);

    assert_has(&scene, "promised_journal_append_seconds_bucket{le=\"0.001000\"} 1\n");
    assert_has(&scene, "promised_journal_append_seconds_bucket{le=\"2.500000\"} 2\n");
    assert_has(&scene, "promised_journal_append_seconds_bucket{le=\"600.000000\"} 2\n");
    assert_has(&scene, "promised_journal_append_seconds_bucket{le=\"+Inf\"} 3\n");
    assert_has(&scene, "promised_journal_append_seconds_count 3\n");
    scene_end(&scene);
}

Test(metrics, headroom_is_the_snapshots_offset_less_the_journals_start)
{
    struct scene scene = scene_new();
    scene.figures->snapshot_journal_offset = 150;
    scene.figures->journal = (struct log_extent){ 100, 200 };

    metrics_write(scene.figures, &scene.out);

    assert_has(&scene, "promised_snapshot_headroom_records{topic=\"eu.promised.journal.v1\","
                       "partition=\"0\"} 50\n");
    scene_end(&scene);
}

Test(metrics, store_names_are_escaped)
{
    struct scene scene = scene_new();
    scene.figures->stats.store_count = 1;
    scene.figures->stats.stores[0] =
        (struct store_stats){ .name = "file:///a\"b", .last_success_ms = 1500 };

    metrics_write(scene.figures, &scene.out);

    assert_has(&scene, "promised_snapshot_last_success_timestamp_seconds{store="
                       "\"file:///a\\\"b\"} 1.500000\n");
    scene_end(&scene);
}

Test(metrics, lag_of_all_inputs_is_the_largest_and_unknown_where_one_is)
{
    struct scene scene = scene_new();
    scene.figures->partition_count = 2;
    scene.figures->partitions[0] = (struct partition_figures){ .lag_seconds = 2 };
    scene.figures->partitions[1] = (struct partition_figures){ .lag_seconds = 9 };

    cr_assert_float_eq(figures_lag_seconds(scene.figures), 9, 1e-9);
    scene.figures->partitions[0].status = PARTITION_UNKNOWN;
    cr_assert_float_eq(figures_lag_seconds(scene.figures), -1, 1e-9);
    scene_end(&scene);
}

Test(metrics, status_says_what_the_page_shows)
{
    struct scene scene = scene_new();
    scene.figures->ready = true;
    scene.figures->check_count = 1;
    scene.figures->checks[0] = (struct ready_check){ "caught_up", true, "" };
    scene.figures->owned[0] = 4;
    scene.figures->owned_count = 1;
    scene.figures->reject_count = 1;
    scene.figures->rejects[0] = (struct shown_reject){
        .topic = TOPIC_ORDERS, .partition = 2, .offset = 9, .refusal = REFUSAL_BAD_KEY,
        .detail = "sku is \"empty\"",
    };

    status_write(scene.figures, &scene.out);

    assert_has(&scene, "\"ready\":true");
    assert_has(&scene, "{\"name\":\"caught_up\",\"passed\":true,\"detail\":\"\"}");
    assert_has(&scene, "\"owned_partitions\":[4]");
    assert_has(&scene, "\"newest_event_age_seconds\":null");
    assert_has(&scene, "{\"topic\":\"eu.orders.lifecycle.v1\",\"partition\":2,\"offset\":9,"
                       "\"reason\":\"bad_key\",\"detail\":\"sku is \\\"empty\\\"\"}");
    scene_end(&scene);
}

Test(metrics, verbose_readiness_lists_each_check)
{
    struct scene scene = scene_new();
    scene.figures->check_count = 2;
    scene.figures->checks[0] = (struct ready_check){ "restored", true, "" };
    scene.figures->checks[1] = (struct ready_check){ "caught_up", false, "7 entries behind" };

    ready_write(scene.figures, true, &scene.out);

    cr_assert_str_eq(text_of_scene(&scene),
                     "[+]restored ok\n[-]caught_up failed: 7 entries behind\nnot ready\n");
    scene_end(&scene);
}

Test(metrics, capacity_used_is_a_ratio_a_location_that_has_a_limit_today)
{
    struct scene scene = scene_new();
    scene.figures->capacity_count = 2;
    scene.figures->capacity[0] = (struct capacity_figures){ "B \"1\"", CAPACITY_UNITS, 100, 150 };
    scene.figures->capacity[1] = (struct capacity_figures){ "A", CAPACITY_ORDERS, 8, 2 };

    metrics_write(scene.figures, &scene.out);

    assert_has(&scene, "promised_capacity_used_ratio{location=\"B \\\"1\\\"\"} 1.500000\n");
    assert_has(&scene, "promised_capacity_used_ratio{location=\"A\"} 0.250000\n");
    scene_end(&scene);
}

Test(metrics, status_has_rates_freshness_and_the_fullest_locations)
{
    struct scene scene = scene_new();
    scene.figures->documents_per_second = 12.5;
    scene.figures->shown_sequence = 41;
    scene.figures->swept_sequence = 40;
    scene.figures->days_lost[CONSTRAINT_CUTOFF] = 7;
    scene.figures->capacity_count = 1;
    scene.figures->capacity[0] = (struct capacity_figures){ "A", CAPACITY_LINES, 8, 2 };

    status_write(scene.figures, &scene.out);

    assert_has(&scene, "\"documents_per_second\":12.5");
    assert_has(&scene, "\"shown_sequence\":41,\"swept_sequence\":40");
    assert_has(&scene, "\"promise_days_lost\":{\"safety_stock\":0,\"held\":0,\"capacity\":0,"
                       "\"cutoff\":7,\"stock\":0}");
    assert_has(&scene, "{\"location\":\"A\",\"unit\":\"lines\",\"planned\":8,\"used\":2,"
                       "\"ratio\":0.25}");
    scene_end(&scene);
}
