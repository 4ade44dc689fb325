/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "app/demo_decisions.h"

/* An order of three units from wherever promised likes, 5 units of it at x, and a lane from x. */
struct scene {
    struct demo_truth *truth;
    struct demo_rules rules;
    int ids;
};

#define START_MS INT64_C(1790000000000)   /* 2026-09-21, a Monday, 14:13 UTC */

static void tell(struct scene *scene, enum topic topic, const char *data)
{
    char value[1024];
    (void)snprintf(value, sizeof value,
                   "{\"id\":\"%d\",\"source\":\"t\",\"time\":%lld,%s}", ++scene->ids,
                   (long long)START_MS, data);
    const struct demo_record record = { topic, "any", value, strlen(value), START_MS };
    cr_assert_eq(demo_truth_take(scene->truth, &record, 0), DEMO_RESULT_APPLIED, "%s", value);
}

/* `location`: JSON of the field, or nothing. */
static struct scene scene_new(const char *location)
{
    const struct demo_truth_settings settings = { .dedupe_ms = 86400000, .future_ms = 3600000,
                                                  .window_ms = 86400000, .grace_days = 1 };
    struct scene scene = { .truth = demo_truth_open(&settings) };
    char order[512];
    demo_truth_begin(scene.truth, START_MS);
    tell(&scene, TOPIC_LANES,
         "\"location\":\"x\",\"zone\":\"z\",\"service\":\"standard\","
         "\"transit_days\":{\"min\":1,\"max\":2}");
    tell(&scene, TOPIC_STOCK,
         "\"type\":\"stock.received\",\"sku\":\"a\",\"location\":\"x\",\"quantity\":5");
    (void)snprintf(order, sizeof order,
                   "\"type\":\"order.placed\",\"order_id\":\"o\",\"zone\":\"z\",\"lines\":[{"
                   "\"line_id\":\"1\",\"sku\":\"a\",\"quantity\":3%s}]", location);
    tell(&scene, TOPIC_ORDERS, order);
    return scene;
}

static void receive(struct demo_board *board, enum topic topic, const char *key,
                    const char *value)
{
    const struct demo_received received = { topic, 0, bytes_text(key), bytes_text(value), 1, 1 };
    (void)demo_board_take(board, &received, 1);
}

/* What the order's document says of its line, and that of x of 22 September. */
static void decide_used(struct scene *scene, const char *line, int used)
{
    struct demo_board board;
    char order[512], site[256];
    (void)snprintf(order, sizeof order,
                   "{\"order_id\":\"o\",\"lines\":[{\"line_id\":\"1\",%s}]}", line);
    (void)snprintf(site, sizeof site,
                   "{\"location\":\"x\",\"capacity\":[{\"day\":\"2026-09-22\",\"used\":%d}]}",
                   used);
    demo_board_init(&board);
    receive(&board, TOPIC_PROMISES_ORDERS, "o", order);
    receive(&board, TOPIC_PROMISES_LOCATIONS, "x", site);
    demo_decisions_take_all(scene->truth, &board, &scene->rules);
    demo_board_free(&board);
}

static void decide(struct scene *scene, const char *line)
{
    decide_used(scene, line, strstr(line, "09-22") ? 3 : 0);
}

/* The rules after all checks, at the scene's end: broken is this one alone, or none (COUNT). */
static void assert_broken(struct scene *scene, enum demo_rule broken)
{
    struct demo_documents *documents = demo_documents_open(scene->truth, START_MS);

    demo_decisions_check(documents, &scene->rules);

    for (int rule = 0; rule < DEMO_RULE_COUNT; rule++) {
        cr_assert_eq(scene->rules.wrong[rule] > 0, rule == (int)broken, "%s",
                     DEMO_RULE_TEXTS[rule]);
    }
    demo_documents_close(documents);
    demo_truth_close(scene->truth);
}

#define PART(location, open, ship_on)                                                              \
    "{\"location\":\"" location "\",\"open\":" open ",\"ship_on\":" ship_on "}"

Test(demo_decisions, sound_ones_break_no_rule)
{
    struct scene scene = scene_new("");

    decide(&scene, "\"promised_by\":\"2026-09-24\",\"parts\":[" PART("x", "3", "\"2026-09-22\"")
                   "]");

    assert_broken(&scene, DEMO_RULE_COUNT);
}

Test(demo_decisions, more_units_than_are_open_break_a_rule)
{
    struct scene scene = scene_new("");

    decide_used(&scene,
                "\"promised_by\":\"2026-09-24\",\"parts\":[" PART("x", "4", "\"2026-09-22\"") "]",
                4);

    assert_broken(&scene, DEMO_RULE_UNITS);
}

Test(demo_decisions, location_without_a_lane_breaks_a_rule)
{
    struct scene scene = scene_new("");

    decide(&scene, "\"promised_by\":null,\"parts\":[" PART("y", "3", "null") "]");

    assert_broken(&scene, DEMO_RULE_LANE);
}

Test(demo_decisions, units_elsewhere_than_named_break_a_rule)
{
    struct scene scene = scene_new(",\"location\":\"y\"");

    decide(&scene, "\"promised_by\":\"2026-09-24\",\"parts\":[" PART("x", "3", "\"2026-09-22\"")
                   "]");

    assert_broken(&scene, DEMO_RULE_NAMED);
}

Test(demo_decisions, units_that_the_named_location_lost_may_be_elsewhere)
{
    struct scene scene = scene_new(",\"location\":\"y\"");
    tell(&scene, TOPIC_SHIPMENTS,
         "\"type\":\"shipment.shorted\",\"order_id\":\"o\",\"shipment_id\":\"s\","
         "\"location\":\"y\",\"lines\":[{\"line_id\":\"1\",\"sku\":\"a\",\"quantity\":3}]");

    decide(&scene, "\"promised_by\":\"2026-09-24\",\"parts\":[" PART("x", "3", "\"2026-09-22\"")
                   "]");

    assert_broken(&scene, DEMO_RULE_COUNT);
}

Test(demo_decisions, ship_day_that_is_not_worked_breaks_a_rule)
{
    struct scene scene = scene_new("");

    /* Work of the day may lie on days before it. */
    decide_used(&scene,
                "\"promised_by\":\"2026-09-29\",\"parts\":[" PART("x", "3", "\"2026-09-26\"")
                "]", 3);

    assert_broken(&scene, DEMO_RULE_WORKED);
}

Test(demo_decisions, covered_part_without_ship_day_breaks_a_rule)
{
    struct scene scene = scene_new("");

    decide(&scene, "\"promised_by\":null,\"parts\":[" PART("x", "3", "null") "]");

    assert_broken(&scene, DEMO_RULE_DATED);
}

Test(demo_decisions, line_with_ship_days_but_no_date_breaks_a_rule)
{
    struct scene scene = scene_new("");

    decide(&scene, "\"promised_by\":null,\"parts\":[" PART("x", "3", "\"2026-09-22\"") "]");

    assert_broken(&scene, DEMO_RULE_PROMISED);
}

Test(demo_decisions, used_capacity_that_is_not_what_was_booked_breaks_a_rule)
{
    static const int USED[] = { 2, 4 };

    for (size_t i = 0; i < sizeof USED / sizeof *USED; i++) {
        struct scene scene = scene_new("");
        decide_used(&scene,
                    "\"promised_by\":\"2026-09-24\",\"parts\":[" PART("x", "3", "\"2026-09-22\"")
                    "]", USED[i]);
        assert_broken(&scene, DEMO_RULE_CAPACITY);
    }
}

Test(demo_decisions, work_after_its_ship_day_breaks_a_rule)
{
    struct scene scene = scene_new("");

    decide_used(&scene,
                "\"promised_by\":\"2026-09-23\",\"parts\":[" PART("x", "3", "\"2026-09-21\"")
                "]", 3);

    assert_broken(&scene, DEMO_RULE_CAPACITY);
}
