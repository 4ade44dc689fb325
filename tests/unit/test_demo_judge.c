/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/demo_judge.h"

/* A reader of outputs, and a truth of one shelf with 5 units of SKU a at x, to judge it by. */
struct scene {
    struct demo_board board;
    struct demo_truth *truth;
    struct demo_documents *documents;
    FILE *details;
};

enum { LOCATIONS = 1, ORDERS = 2 };

static void receive(struct scene *scene, enum topic topic, const char *key, int64_t version,
                    const char *value)
{
    const struct demo_received received = { topic, 0, bytes_text(key), bytes_text(value), version,
                                            1000 };
    demo_board_take(&scene->board, &received, 5000);
}

static void receive_shelf(struct scene *scene, int64_t version, int units)
{
    char value[512];
    (void)snprintf(value, sizeof value,
                   "{\"sku\":\"a\",\"location\":\"x\",\"version\":%lld,\"as_of\":null,"
                   "\"on_hand\":%d,\"held\":0,\"allocated\":0,\"safety_stock\":0,"
                   "\"available\":%d,\"next\":null,\"inbound\":[]}",
                   (long long)version, units, units);
    receive(scene, TOPIC_AVAILABILITY_LOCATIONS, "a|x", version, value);
}

static struct scene scene_new(void)
{
    static const char EVENT[] =
        "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.counted\",\"time\":1790000000000,"
        "\"sku\":\"a\",\"location\":\"x\",\"quantity\":5}";
    const struct demo_truth_settings settings = { .window_ms = 86400000, .future_ms = 3600000 };
    const struct demo_record record = { TOPIC_STOCK, "a", EVENT, sizeof EVENT - 1,
                                        INT64_C(1790000000000) };
    struct scene scene = { .truth = demo_truth_open(&settings) };
    demo_board_init(&scene.board);
    demo_truth_begin(scene.truth, INT64_C(1790000000000));
    (void)demo_truth_take(scene.truth, &record, 0);
    scene.documents = demo_documents_open(scene.truth, INT64_C(1790000000000));
    scene.details = tmpfile();
    return scene;
}

static void scene_end(struct scene *scene)
{
    demo_documents_close(scene->documents);
    demo_truth_close(scene->truth);
    demo_board_free(&scene->board);
    (void)fclose(scene->details);
}

Test(demo_judge, document_with_the_true_content_agrees)
{
    struct scene scene = scene_new();
    receive_shelf(&scene, 7, 5);

    const struct demo_verdict verdict =
        demo_judge(scene.documents, &scene.board, LOCATIONS, scene.details);

    cr_assert(demo_verdict_agrees(&verdict));
    cr_assert_eq(verdict.agree, 1);
    scene_end(&scene);
}

Test(demo_judge, one_unit_too_many_differs_and_is_told)
{
    struct scene scene = scene_new();
    receive_shelf(&scene, 7, 6);

    const struct demo_verdict verdict =
        demo_judge(scene.documents, &scene.board, LOCATIONS, scene.details);

    cr_assert_eq(verdict.differ, 1);
    cr_assert_gt(ftell(scene.details), 0);
    scene_end(&scene);
}

Test(demo_judge, document_that_was_never_seen_is_missing)
{
    struct scene scene = scene_new();

    const struct demo_verdict verdict =
        demo_judge(scene.documents, &scene.board, LOCATIONS, scene.details);

    cr_assert_eq(verdict.missing, 1);
    cr_assert_not(demo_verdict_agrees(&verdict));
    scene_end(&scene);
}

Test(demo_judge, document_that_must_not_be_is_unexpected_unless_it_is_gone)
{
    struct scene scene = scene_new();
    receive(&scene, TOPIC_PROMISES_ORDERS, "o", 1, "{\"order_id\":\"o\",\"status\":\"open\"}");
    receive(&scene, TOPIC_PROMISES_ORDERS, "p", 1, "{\"order_id\":\"p\",\"gone\":true}");

    const struct demo_verdict verdict =
        demo_judge(scene.documents, &scene.board, ORDERS, scene.details);

    cr_assert_eq(verdict.unexpected, 1);
    scene_end(&scene);
}

Test(demo_board, highest_version_is_kept_whatever_comes_later)
{
    struct scene scene = scene_new();

    receive_shelf(&scene, 8, 5);
    receive_shelf(&scene, 7, 6);
    receive_shelf(&scene, 8, 5);

    const struct demo_verdict verdict =
        demo_judge(scene.documents, &scene.board, LOCATIONS, scene.details);
    cr_assert(demo_verdict_agrees(&verdict));
    cr_assert_eq(scene.board.received, 3);
    cr_assert_eq(scene.board.outdated, 2);
    scene_end(&scene);
}

Test(demo_board, order_is_counted_once_under_its_newest_status)
{
    struct scene scene = scene_new();

    receive(&scene, TOPIC_PROMISES_ORDERS, "o", 1, "{\"order_id\":\"o\",\"status\":\"open\"}");
    receive(&scene, TOPIC_PROMISES_ORDERS, "o", 2, "{\"order_id\":\"o\",\"status\":\"shipped\"}");

    cr_assert_eq(scene.board.orders[DEMO_OPEN], 0);
    cr_assert_eq(scene.board.orders[DEMO_SHIPPED_OUT], 1);
    scene_end(&scene);
}

Test(demo_board, latency_runs_from_the_newest_event_to_the_document_that_shows_it)
{
    struct scene scene = scene_new();
    demo_board_produced(&scene.board, 1000, 3000);

    receive_shelf(&scene, 1, 5);
    receive_shelf(&scene, 2, 5);   /* shows no newer event */

    cr_assert_eq(scene.board.latency_count, 1);
    cr_assert_float_eq(demo_board_latency_ms(&scene.board, 0.5, false), 2.0, 1e-9);
    scene_end(&scene);
}

Test(demo_board, shows_a_sequence_once_all_partitions_do)
{
    struct scene scene = scene_new();
    char value[128];

    for (int partition = 0; partition < DEMO_LINK_PARTITIONS; partition++) {
        cr_assert_not(demo_board_shows(&scene.board, 9));
        (void)snprintf(value, sizeof value,
                       "{\"partition\":%d,\"sequence\":9,\"swept\":9,"
                       "\"caught_up\":true}", partition);
        receive(&scene, TOPIC_WATERMARKS, "w", -1, value);
    }

    cr_assert(demo_board_shows(&scene.board, 9));
    cr_assert_not(demo_board_shows(&scene.board, 10));
    scene_end(&scene);
}
