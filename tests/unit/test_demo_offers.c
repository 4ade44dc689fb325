/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/demo_decisions.h"
#include "app/demo_truth.h"

/* Offers of SKU a to zone z, recomputed on Monday 2026-09-21, 14:13 UTC, before all cut-offs. */
#define START_MS INT64_C(1790000000000)

struct scene {
    struct demo_truth *truth;
    int ids;
};

static void tell(struct scene *scene, enum topic topic, const char *data)
{
    char value[1024];
    (void)snprintf(value, sizeof value, "{\"id\":\"%d\",\"source\":\"t\",\"time\":%lld,%s}",
                   ++scene->ids, (long long)START_MS, data);
    const struct demo_record record = { topic, "any", value, strlen(value), START_MS };
    cr_assert_eq(demo_truth_take(scene->truth, &record, 0), DEMO_RESULT_APPLIED, "%s", value);
}

static void tell_units(struct scene *scene, const char *location, int units)
{
    char data[256];
    (void)snprintf(data, sizeof data,
                   "\"type\":\"stock.received\",\"sku\":\"a\",\"location\":\"%s\",\"quantity\":%d",
                   location, units);
    tell(scene, TOPIC_STOCK, data);
}

/* A lane of so many days to z; `facts`: more of the location. */
static void tell_place(struct scene *scene, const char *location, int days, const char *facts)
{
    char data[512];
    (void)snprintf(data, sizeof data,
                   "\"location\":\"%s\",\"zone\":\"z\",\"service\":\"standard\","
                   "\"transit_days\":{\"min\":%d,\"max\":%d}", location, days, days);
    tell(scene, TOPIC_LANES, data);
    (void)snprintf(data, sizeof data, "\"location\":\"%s\"%s", location, facts);
    tell(scene, TOPIC_LOCATIONS, data);
}

static struct scene scene_new(void)
{
    const struct demo_truth_settings settings = { .dedupe_ms = 86400000, .future_ms = 3600000,
                                                  .window_ms = 86400000, .grace_days = 1 };
    struct scene scene = { .truth = demo_truth_open(&settings) };
    demo_truth_begin(scene.truth, START_MS);
    return scene;
}

/* Ends the scene; `expected`: offers and limited_by, as JSON. */
static void assert_offers(struct scene *scene, const char *offers, const char *limited_by)
{
    struct demo_documents *documents = demo_documents_open(scene->truth, START_MS);
    json_t *document = demo_documents_get(documents, TOPIC_PROMISES_ITEMS, "a|default");
    const json_t *entry = json_array_get(json_object_get(document, "promises"), 0);
    json_t *wanted_offers = json_loads(offers, 0, NULL);
    json_t *wanted_limit = json_loads(limited_by, JSON_DECODE_ANY, NULL);
    char *text = json_dumps(document, JSON_COMPACT);

    cr_assert(json_equal(json_object_get(entry, "offers"), wanted_offers), "%s", text);
    cr_assert(json_equal(json_object_get(entry, "limited_by"), wanted_limit), "%s", text);

    free(text);
    json_decref(wanted_offers);
    json_decref(wanted_limit);
    json_decref(document);
    demo_documents_close(documents);
    demo_truth_close(scene->truth);
}

#define OFFER(quantity, ship_on, by, location)                                                     \
    "{\"quantity\":" quantity ",\"ship_on\":\"2026-" ship_on "\",\"from\":\"2026-" by              \
    "\",\"by\":\"2026-" by "\",\"location\":\"" location "\"}"
#define LIMIT(constraint, location, days)                                                          \
    "{\"constraint\":\"" constraint "\",\"location\":\"" location "\",\"days\":" days "}"

Test(demo_offers, nearer_location_comes_first_and_the_farther_adds_to_it)
{
    struct scene scene = scene_new();
    tell_place(&scene, "x", 1, "");
    tell_place(&scene, "y", 3, "");
    tell_units(&scene, "x", 4);
    tell_units(&scene, "y", 5);

    assert_offers(&scene,
                  "[" OFFER("4", "09-21", "09-22", "x") "," OFFER("9", "09-21", "09-24", "y") "]",
                  "null");
}

Test(demo_offers, capacity_cuts_a_day_and_is_why_when_it_is_used_up)
{
    struct scene scene = scene_new();
    tell_place(&scene, "x", 1, ",\"capacity\":{\"per_day\":7,\"overrides\":{\"2026-09-21\":0}}");
    tell_units(&scene, "x", 9);

    assert_offers(&scene,
                  "[" OFFER("5", "09-22", "09-23", "x") "," OFFER("9", "09-23", "09-24", "x") "]",
                  LIMIT("capacity", "x", "1"));
}

Test(demo_offers, safety_stock_and_held_goods_are_why_where_they_hide_what_is_there)
{
    struct scene scene = scene_new();
    tell_place(&scene, "x", 1, ",\"safety_stock\":5");
    tell_units(&scene, "x", 5);

    assert_offers(&scene, "[]", LIMIT("safety_stock", "x", "null"));
}

Test(demo_offers, inbound_is_offered_from_its_day_and_stock_is_why_not_sooner)
{
    struct scene scene = scene_new();
    tell_place(&scene, "x", 1, "");
    tell(&scene, TOPIC_STOCK,
         "\"type\":\"inbound.expected\",\"sku\":\"a\",\"location\":\"x\",\"inbound_id\":\"p\","
         "\"quantity\":8,\"eta\":\"2026-09-23\"");

    assert_offers(&scene, "[" OFFER("8", "09-24", "09-25", "x") "]", LIMIT("stock", "x", "3"));
}

Test(demo_offers, made_to_order_has_no_limit)
{
    struct scene scene = scene_new();
    tell_place(&scene, "x", 1, "");
    tell(&scene, TOPIC_CATALOG,
         "\"sku\":\"a\",\"made_to_order\":{\"lead_days\":2,\"locations\":[\"x\"]}");
    tell_units(&scene, "x", 3);

    assert_offers(&scene,
                  "[" OFFER("3", "09-21", "09-22", "x") "," OFFER("null", "09-23", "09-24", "x")
                  "]", "null");
}

Test(demo_offers, cut_off_that_has_passed_is_why)
{
    struct scene scene = scene_new();
    tell_place(&scene, "x", 1, ",\"calendar\":{\"cutoff\":\"14:00\"}");
    tell_units(&scene, "x", 3);

    assert_offers(&scene, "[" OFFER("3", "09-22", "09-23", "x") "]", LIMIT("cutoff", "x", "1"));
}
