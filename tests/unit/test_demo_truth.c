/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/demo_decisions.h"
#include "app/demo_truth.h"

/* A truth that is told events one a second, and what its documents say. */
static const int64_t START_MS = INT64_C(1790000000000);   /* 2026-09-21, a Monday, 14:13 UTC */

struct scene {
    struct demo_truth *truth;
    int64_t now_ms;
    int ids;
};

static struct scene scene_new(void)
{
    const struct demo_truth_settings settings = { .dedupe_ms = 86400000, .future_ms = 3600000,
                                                  .window_ms = 86400000, .grace_days = 1 };
    return (struct scene){ demo_truth_open(&settings), START_MS, 0 };
}

static enum demo_result tell(struct scene *scene, enum topic topic, const char *key,
                             const char *value)
{
    const struct demo_record record = { topic, key, value, value ? strlen(value) : 0,
                                        scene->now_ms };
    scene->now_ms += 1000;
    demo_truth_begin(scene->truth, scene->now_ms);
    return demo_truth_take(scene->truth, &record, 0);
}

/* `data` are the fields behind id, source, type and time. */
static enum demo_result tell_at(struct scene *scene, int64_t time_ms, const char *type,
                                const char *data)
{
    char value[2048];
    const enum topic topic = strncmp(type, "order", 5) == 0  ? TOPIC_ORDERS
                             : strncmp(type, "ship", 4) == 0 ? TOPIC_SHIPMENTS
                                                             : TOPIC_STOCK;
    (void)snprintf(value, sizeof value,
                   "{\"id\":\"%d\",\"source\":\"t\",\"type\":\"%s\",\"time\":%lld,%s}",
                   ++scene->ids, type, (long long)time_ms, data);
    return tell(scene, topic, "any", value);
}

static enum demo_result tell_event(struct scene *scene, const char *type, const char *data)
{
    return tell_at(scene, scene->now_ms, type, data);
}

/* What the document of an order says of its line 1: its decided date, and its parts. */
static void decide(struct scene *scene, const char *order_id, const char *promised_by,
                   const char *parts)
{
    char text[1024];
    struct demo_rules rules = { 0 };
    (void)snprintf(text, sizeof text,
                   "{\"order_id\":\"%s\",\"lines\":[{\"line_id\":\"1\",\"promised_by\":%s,"
                   "\"parts\":[%s]}]}", order_id, promised_by, parts);
    json_t *document = json_loads(text, 0, NULL);
    cr_assert(document, "the test's own JSON");
    demo_decisions_take(scene->truth, document, &rules);
    for (int rule = 0; rule < DEMO_RULE_COUNT; rule++) {
        cr_assert_eq(rules.wrong[rule], 0, "%s", DEMO_RULE_TEXTS[rule]);
    }
    json_decref(document);
}

/* Ends the scene; `expected` is the document as JSON. */
static void assert_document(struct scene *scene, enum topic topic, const char *name,
                            const char *expected)
{
    struct demo_documents *documents = demo_documents_open(scene->truth, scene->now_ms);
    json_t *wanted = json_loads(expected, 0, NULL);
    json_t *document = demo_documents_get(documents, topic, name);
    char *text = json_dumps(document, JSON_SORT_KEYS);

    cr_assert(wanted, "the test's own JSON");
    cr_assert(json_equal(document, wanted), "%s", text);

    free(text);
    json_decref(document);
    json_decref(wanted);
    demo_documents_close(documents);
    demo_truth_close(scene->truth);
}

#define AT "\"sku\":\"a\",\"location\":\"x\""

Test(demo_truth, balance_adds_up_on_hand_held_and_allocated)
{
    struct scene scene = scene_new();
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":10");
    (void)tell_event(&scene, "stock.adjusted", AT ",\"quantity\":-1");
    (void)tell_event(&scene, "stock.held", AT ",\"quantity\":2");
    (void)tell_event(&scene, "order.placed",
                     "\"order_id\":\"o\",\"zone\":\"z\",\"lines\":[{\"line_id\":\"1\","
                     "\"sku\":\"a\","
                     "\"quantity\":3,\"location\":\"x\"}]");
    decide(&scene, "o", "null", "{\"location\":\"x\",\"open\":3,\"ship_on\":null}");

    assert_document(&scene, TOPIC_AVAILABILITY_LOCATIONS, "a|x",
                    "{\"sku\":\"a\",\"location\":\"x\",\"on_hand\":9,\"held\":2,\"allocated\":3,"
                    "\"safety_stock\":0,\"available\":4,\"next\":null,\"inbound\":[]}");
}

Test(demo_truth, late_movement_is_in_the_count_already)
{
    struct scene scene = scene_new();
    (void)tell_event(&scene, "stock.counted", AT ",\"quantity\":10");
    (void)tell_at(&scene, START_MS - 1, "stock.received", AT ",\"quantity\":5");
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":7");

    assert_document(&scene, TOPIC_AVAILABILITY_LOCATIONS, "a|x",
                    "{\"sku\":\"a\",\"location\":\"x\",\"on_hand\":17,\"held\":0,\"allocated\":0,"
                    "\"safety_stock\":0,\"available\":17,\"next\":null,\"inbound\":[]}");
}

Test(demo_truth, inbound_is_next_on_the_working_day_after_its_eta)
{
    struct scene scene = scene_new();
    (void)tell_event(&scene, "inbound.expected",
                     AT ",\"inbound_id\":\"p\",\"quantity\":8,\"eta\":\"2026-09-25\"");
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":3,\"inbound_id\":\"p\"");

    assert_document(&scene, TOPIC_AVAILABILITY_LOCATIONS, "a|x",
                    "{\"sku\":\"a\",\"location\":\"x\",\"on_hand\":3,\"held\":0,\"allocated\":0,"
                    "\"safety_stock\":0,\"available\":3,"
                    "\"next\":{\"date\":\"2026-09-28\",\"quantity\":5},"
                    "\"inbound\":[{\"inbound_id\":\"p\",\"quantity\":5,\"eta\":\"2026-09-25\","
                    "\"overdue\":false}]}");
}

Test(demo_truth, units_without_location_lower_the_network_but_no_shelf)
{
    struct scene scene = scene_new();
    (void)tell(&scene, TOPIC_LANES, "x|z|standard",
               "{\"location\":\"x\",\"zone\":\"z\",\"service\":\"standard\","
               "\"transit_days\":{\"min\":1,\"max\":2}}");
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":10");
    (void)tell_event(&scene, "order.placed",
                     "\"order_id\":\"o\",\"zone\":\"z\",\"lines\":[{\"line_id\":\"1\","
                     "\"sku\":\"a\","
                     "\"quantity\":4}]");
    decide(&scene, "o", "null", "");

    assert_document(&scene, TOPIC_AVAILABILITY_ITEMS, "a|default",
                    "{\"sku\":\"a\",\"network\":\"default\",\"status\":\"in_stock\","
                    "\"available\":6,\"next\":null}");
}

#define LINE_HEAD "{\"order_id\":\"o\",\"status\":"
#define LINE "\"line_id\":\"1\",\"sku\":\"a\",\"promised_by\":null,\"expected_by\":null"

Test(demo_truth, parcel_lowers_open_units_and_a_void_brings_them_back)
{
    struct scene scene = scene_new();
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":10");
    (void)tell_event(&scene, "order.placed",
                     "\"order_id\":\"o\",\"zone\":\"z\",\"lines\":[{\"line_id\":\"1\","
                     "\"sku\":\"a\","
                     "\"quantity\":3,\"location\":\"x\"}]");
    (void)tell_event(&scene, "shipment.shipped",
                     "\"order_id\":\"o\",\"shipment_id\":\"p\",\"location\":\"x\",\"lines\":["
                     "{\"line_id\":\"1\",\"sku\":\"a\",\"quantity\":2}]");
    (void)tell_event(&scene, "shipment.shipped",
                     "\"order_id\":\"o\",\"shipment_id\":\"q\",\"location\":\"x\",\"lines\":["
                     "{\"line_id\":\"1\",\"sku\":\"a\",\"quantity\":1}]");
    (void)tell_event(&scene, "shipment.voided", "\"order_id\":\"o\",\"shipment_id\":\"p\"");
    decide(&scene, "o", "null", "{\"location\":\"x\",\"open\":2,\"ship_on\":null}");

    assert_document(&scene, TOPIC_PROMISES_ORDERS, "o",
                    LINE_HEAD "\"partially_shipped\",\"lines\":[{" LINE
                              ",\"quantity\":3,\"open\":2,\"shipped\":1,\"cancelled\":0,"
                              "\"over_shipped\":0,\"returned\":0,\"status\":\"promised\","
                              "\"parts\":[{\"location\":\"x\",\"open\":2,\"shipped\":1,"
                              "\"ship_on\":null}]}]}");
}

Test(demo_truth, earlier_line_is_dealt_the_scarce_units)
{
    struct scene scene = scene_new();
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":4");
    (void)tell_event(&scene, "order.placed",
                     "\"order_id\":\"first\",\"zone\":\"z\",\"lines\":[{\"line_id\":\"1\","
                     "\"sku\":\"a\",\"quantity\":3,\"location\":\"x\"}]");
    (void)tell_event(&scene, "order.placed",
                     "\"order_id\":\"o\",\"zone\":\"z\",\"lines\":[{\"line_id\":\"1\","
                     "\"sku\":\"a\","
                     "\"quantity\":2,\"location\":\"x\"}]");
    decide(&scene, "first", "null", "{\"location\":\"x\",\"open\":3,\"ship_on\":null}");
    decide(&scene, "o", "null", "{\"location\":\"x\",\"open\":2,\"ship_on\":null}");

    assert_document(&scene, TOPIC_PROMISES_ORDERS, "o",
                    LINE_HEAD "\"open\",\"lines\":[{" LINE
                              ",\"quantity\":2,\"open\":2,\"shipped\":0,\"cancelled\":0,"
                              "\"over_shipped\":0,\"returned\":0,\"status\":\"backordered\","
                              "\"parts\":[{\"location\":\"x\",\"open\":2,\"shipped\":0,"
                              "\"ship_on\":null}]}]}");
}

static void tell_lane(struct scene *scene)
{
    (void)tell(scene, TOPIC_LANES, "x|z|standard",
               "{\"location\":\"x\",\"zone\":\"z\",\"service\":\"standard\","
               "\"transit_days\":{\"min\":1,\"max\":2}}");
}

/* Order `o` of two units from x, open there. */
static void tell_two(struct scene *scene, const char *promised_by, const char *ship_on)
{
    char part[128];
    (void)tell_event(scene, "order.placed",
                     "\"order_id\":\"o\",\"zone\":\"z\",\"lines\":[{\"line_id\":\"1\","
                     "\"sku\":\"a\",\"quantity\":2,\"location\":\"x\"}]");
    (void)snprintf(part, sizeof part, "{\"location\":\"x\",\"open\":2,\"ship_on\":%s}", ship_on);
    decide(scene, "o", promised_by, part);
}

#define TWO(promised, expected, status, ship_on)                                                   \
    LINE_HEAD "\"open\",\"lines\":[{\"line_id\":\"1\",\"sku\":\"a\",\"promised_by\":"              \
              promised ",\"expected_by\":" expected ",\"quantity\":2,\"open\":2,"                  \
              "\"shipped\":0,\"cancelled\":0,\"over_shipped\":0,\"returned\":0,"                   \
              "\"status\":\"" status "\",\"parts\":[{\"location\":\"x\",\"open\":2,"               \
              "\"shipped\":0,\"ship_on\":" ship_on "}]}]}"

Test(demo_truth, order_is_expected_when_its_lane_brings_what_ships_on_the_decided_day)
{
    struct scene scene = scene_new();
    tell_lane(&scene);
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":10");
    tell_two(&scene, "\"2026-09-28\"", "\"2026-09-24\"");   /* a Thursday */

    assert_document(&scene, TOPIC_PROMISES_ORDERS, "o",
                    TWO("\"2026-09-28\"", "\"2026-09-28\"", "promised", "\"2026-09-24\""));
}

Test(demo_truth, order_that_waits_for_inbound_is_expected_after_it_and_at_risk_if_late)
{
    struct scene scene = scene_new();
    tell_lane(&scene);
    (void)tell_event(&scene, "inbound.expected",
                     AT ",\"inbound_id\":\"p\",\"quantity\":8,\"eta\":\"2026-09-24\"");
    tell_two(&scene, "\"2026-09-23\"", "\"2026-09-21\"");

    assert_document(&scene, TOPIC_PROMISES_ORDERS, "o",
                    TWO("\"2026-09-23\"", "\"2026-09-29\"", "at_risk", "\"2026-09-21\""));
}

Test(demo_truth, order_that_nothing_covers_is_expected_never)
{
    struct scene scene = scene_new();
    tell_lane(&scene);
    tell_two(&scene, "null", "null");

    assert_document(&scene, TOPIC_PROMISES_ORDERS, "o", TWO("null", "null", "backordered", "null"));
}

Test(demo_truth, bundle_takes_its_components)
{
    struct scene scene = scene_new();
    (void)tell(&scene, TOPIC_CATALOG, "set",
               "{\"sku\":\"set\",\"bundle\":[{\"sku\":\"a\",\"quantity\":2}]}");
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":9");
    (void)tell_event(&scene, "order.placed",
                     "\"order_id\":\"o\",\"zone\":\"z\",\"lines\":[{\"line_id\":\"1\","
                     "\"sku\":\"set\",\"quantity\":1,\"location\":\"x\"}]");
    decide(&scene, "o", "null", "{\"location\":\"x\",\"open\":1,\"ship_on\":null}");

    assert_document(&scene, TOPIC_AVAILABILITY_LOCATIONS, "set|x",
                    "{\"sku\":\"set\",\"location\":\"x\",\"on_hand\":4,\"held\":0,\"allocated\":1,"
                    "\"safety_stock\":0,\"available\":3,\"next\":null,\"inbound\":[]}");
}

Test(demo_truth, parcel_before_its_order_is_parked_and_counts_at_once)
{
    struct scene scene = scene_new();
    (void)tell_event(&scene, "stock.received", AT ",\"quantity\":5");

    cr_assert_eq(tell_event(&scene, "shipment.shipped",
                            "\"order_id\":\"o\",\"shipment_id\":\"p\",\"location\":\"x\","
                            "\"lines\":[{\"line_id\":\"1\",\"sku\":\"a\",\"quantity\":2}]"),
                 DEMO_RESULT_PARKED);
    assert_document(&scene, TOPIC_AVAILABILITY_LOCATIONS, "a|x",
                    "{\"sku\":\"a\",\"location\":\"x\",\"on_hand\":3,\"held\":0,\"allocated\":0,"
                    "\"safety_stock\":0,\"available\":3,\"next\":null,\"inbound\":[]}");
}

Test(demo_truth, repeated_identity_changes_nothing_and_other_content_is_refused)
{
    struct scene scene = scene_new();
    const char *first = "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.received\",\"time\":"
                        "1790000000000," AT ",\"quantity\":5}";
    const char *same = "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.received\",\"time\":"
                       "\"2026-09-21T14:13:20Z\",\"data\":{" AT ",\"quantity\":5.0}}";
    const char *other = "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.received\",\"time\":"
                        "1790000000000," AT ",\"quantity\":6}";

    cr_assert_eq(tell(&scene, TOPIC_STOCK, "a", first), DEMO_RESULT_APPLIED);
    cr_assert_eq(tell(&scene, TOPIC_STOCK, "a", same), DEMO_RESULT_DUPLICATE);
    cr_assert_eq(tell(&scene, TOPIC_STOCK, "a", other), DEMO_RESULT_REJECTED);
    demo_truth_close(scene.truth);
}

Test(demo_truth, wrong_records_are_refused_and_unknown_types_ignored)
{
    static const struct {
        const char *value;
        enum demo_result result;
    } ROWS[] = {
        { NULL, DEMO_RESULT_REJECTED },
        { "{", DEMO_RESULT_REJECTED },
        { "[]", DEMO_RESULT_REJECTED },
        { "{\"id\":\"1\",\"id\":\"2\"}", DEMO_RESULT_REJECTED },
        { "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.new\",\"time\":1790000000000}",
          DEMO_RESULT_IGNORED },
        { "{\"id\":\"1\",\"source\":\"t\",\"type\":\"order.cancelled\",\"time\":1790000000000,"
          "\"order_id\":\"o\"}", DEMO_RESULT_REJECTED },
        { "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.counted\",\"time\":1790000000000," AT
          "}", DEMO_RESULT_REJECTED },
        { "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.counted\",\"time\":1790000000000," AT
          ",\"quantity\":0.5}", DEMO_RESULT_REJECTED },
        { "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.counted\",\"time\":946684799999," AT
          ",\"quantity\":1}", DEMO_RESULT_REJECTED },
        { "{\"id\":\"1\",\"source\":\"t\",\"type\":\"stock.counted\",\"time\":1790009999999," AT
          ",\"quantity\":1}", DEMO_RESULT_REJECTED },
        { "{\"id\":\"1\",\"source\":\" t\",\"type\":\"stock.counted\",\"time\":1790000000000," AT
          ",\"quantity\":1}", DEMO_RESULT_REJECTED },
        { "{\"id\":\"1\",\"source\":\"t\",\"type\":\"inbound.expected\",\"time\":1790000000000," AT
          ",\"quantity\":1,\"inbound_id\":\"p\",\"eta\":\"2026-02-29\"}", DEMO_RESULT_REJECTED },
    };
    struct scene scene = scene_new();

    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cr_assert_eq(tell(&scene, TOPIC_STOCK, "a", ROWS[i].value), ROWS[i].result, "row %zu", i);
    }
    demo_truth_close(scene.truth);
}

Test(demo_truth, days_and_their_texts_belong_together)
{
    static const char *const DATES[] = { "2000-02-29", "2026-01-01", "2026-12-31", "2100-03-01" };

    for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++) {
        char text[16];
        demo_day_text(demo_day_of(DATES[i]), text);
        cr_assert_str_eq(text, DATES[i]);
    }
    cr_assert_eq(demo_day_of("1970-01-02"), 1);
}
