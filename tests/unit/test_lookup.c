/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "app/lookup.h"
#include "world_fixture.h"

enum { ANYTIME = 60 };

/* Two locations that sell A to three zones, of which two are served alike. */
struct scene {
    struct fixture f;
    struct buffer out;
};

static struct scene scene_new(void)
{
    enum { ROOM = 1 << 20 };
    struct scene scene = { .f = world_new(WORLD_CLOCK_WALL) };
    scene.out = buffer_of(region(ROOM), ROOM);
    tick(&scene.f, ANYTIME);
    static const char *const LANES[][2] = {
        { "a", "east" }, { "a", "north" }, { "a", "west" }, { "b", "north" }
    };
    (void)feed(&scene.f, location("a"));
    (void)feed(&scene.f, location("b"));
    for (size_t i = 0; i < sizeof LANES / sizeof LANES[0]; i++) {
        cr_assert_eq(feed(&scene.f, lane(LANES[i][0], LANES[i][1])), RESULT_APPLIED);
    }
    cr_assert_eq(feed(&scene.f, stock(EVENT_STOCK_RECEIVED, "A", "a", 5, ANYTIME)),
                 RESULT_APPLIED);
    return scene;
}

static struct promise_question question(const char *sku, const char *zone)
{
    return (struct promise_question){ bytes_text(sku), BYTES_LITERAL("default"), bytes_text(zone),
                                      BYTES_LITERAL(""), 2 };
}

/* The answer as JSON; the caller releases it. */
static json_t *answer_of(const struct scene *scene)
{
    json_error_t error;
    json_t *answer =
        json_loadb((const char *)scene->out.data, scene->out.count, 0, &error);
    cr_assert(answer, "%s: %.*s", error.text, (int)scene->out.count,
              (const char *)scene->out.data);
    return answer;
}

static const char *text_of(const json_t *map, const char *name)
{
    const char *text = json_string_value(json_object_get(map, name));
    return text ? text : "";
}

Test(lookup, an_item_is_answered_with_its_promises)
{
    struct scene scene = scene_new();

    cr_assert(lookup_item(scene.f.world, &scene.f.scratch, BYTES_LITERAL("A"), &scene.out));

    json_t *answer = answer_of(&scene);
    const json_t *promise = json_array_get(json_object_get(answer, "promises"), 0);
    cr_assert_str_eq(text_of(promise, "network"), "default");
    cr_assert_eq(json_array_size(json_object_get(promise, "promises")), 1);
    cr_assert_eq(json_array_size(json_object_get(answer, "items")), 1);
    cr_assert_eq(json_array_size(json_object_get(answer, "locations")), 1);
    json_decref(answer);
}

Test(lookup, a_location_is_answered_with_its_promises_document)
{
    struct scene scene = scene_new();

    cr_assert(lookup_location(scene.f.world, &scene.f.scratch, BYTES_LITERAL("a"), &scene.out));
    json_t *answer = answer_of(&scene);
    cr_assert_str_eq(text_of(answer, "location"), "a");
    cr_assert_str_eq(text_of(answer, "ships_on"), "2026-03-02");
    json_decref(answer);
    scene.out.count = 0;
    cr_assert_not(
        lookup_location(scene.f.world, &scene.f.scratch, BYTES_LITERAL("z"), &scene.out));
    cr_assert_eq(scene.out.count, 0);
}

Test(lookup, a_promise_is_explained_for_one_zone)
{
    struct scene scene = scene_new();
    const struct promise_question asked = question("A", "north");

    cr_assert_eq(lookup_promise(scene.f.world, &scene.f.scratch, &asked, &scene.out), EXPLAIN_OK);

    json_t *answer = answer_of(&scene);
    const json_t *explanations = json_object_get(answer, "explanations");
    const json_t *told = json_array_get(explanations, 0);
    cr_assert_eq(json_array_size(explanations), 1);
    cr_assert_eq(json_array_size(json_object_get(told, "zones")), 1);
    cr_assert_str_eq(text_of(json_object_get(told, "order"), "by"), "2026-03-03");
    cr_assert_eq(json_array_size(json_object_get(told, "constraints")), EXPLAIN_CONSTRAINTS);
    cr_assert_eq(json_array_size(json_object_get(told, "locations")), 2);
    const json_t *source = json_array_get(json_object_get(told, "locations"), 0);
    cr_assert_str_eq(text_of(source, "location"), "a");
    cr_assert_str_eq(text_of(source, "reason"), "source");
    cr_assert_eq(json_array_size(json_object_get(answer, "events")), 1);
    cr_assert(json_is_true(json_object_get(answer, "sold")));
    json_decref(answer);
}

Test(lookup, zones_with_one_promise_are_explained_once)
{
    struct scene scene = scene_new();
    const struct promise_question asked = question("A", "");

    cr_assert_eq(lookup_promise(scene.f.world, &scene.f.scratch, &asked, &scene.out), EXPLAIN_OK);

    json_t *answer = answer_of(&scene);
    const json_t *explanations = json_object_get(answer, "explanations");
    cr_assert_eq(json_array_size(explanations), 1, "all three are promised the same");
    cr_assert_eq(
        json_array_size(json_object_get(json_array_get(explanations, 0), "zones")), 3);
    cr_assert_eq(json_integer_value(json_object_get(answer, "more")), 0);
    json_decref(answer);
}

Test(lookup, what_the_network_does_not_sell_is_explained_all_the_same)
{
    struct scene scene = scene_new();
    struct event elsewhere = location("c");
    static const struct bytes WEB[] = { { (const uint8_t *)"web", 3 } };
    elsewhere.location.networks = WEB;
    elsewhere.location.network_count = 1;
    (void)feed(&scene.f, elsewhere);
    (void)feed(&scene.f, stock(EVENT_STOCK_RECEIVED, "C", "c", 5, ANYTIME));
    const struct promise_question asked = question("C", "");

    cr_assert_eq(lookup_promise(scene.f.world, &scene.f.scratch, &asked, &scene.out), EXPLAIN_OK);

    json_t *answer = answer_of(&scene);
    const json_t *told = json_array_get(json_object_get(answer, "explanations"), 0);
    cr_assert_not(json_is_true(json_object_get(answer, "sold")));
    cr_assert(json_is_null(json_object_get(told, "order")));
    json_decref(answer);
}

Test(lookup, nothing_is_written_for_what_is_not_known)
{
    struct scene scene = scene_new();
    const struct promise_question moon = question("A", "moon");
    const struct promise_question nothing = question("Z", "moon");

    cr_assert_eq(lookup_promise(scene.f.world, &scene.f.scratch, &moon, &scene.out),
                 EXPLAIN_NO_ROUTE);
    cr_assert_eq(lookup_promise(scene.f.world, &scene.f.scratch, &nothing, &scene.out),
                 EXPLAIN_UNKNOWN_SKU);

    cr_assert_eq(scene.out.count, 0);
}
