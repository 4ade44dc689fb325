/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "app/demo_story.h"

/* The story of flash-1, whose warehouse packs ten units a day. */
static struct demo_story story_new(void)
{
    const struct demo_shop_sale sale = { .sku = "flash-1", .network = "web", .zone = "europe",
                                         .service = "standard", .location = "dc", .per_day = 10,
                                         .raised = 30 };
    struct demo_story story;
    demo_story_begin(&story, &sale);
    return story;
}

static void read_document(struct demo_story *story, enum topic topic, const char *key,
                          const char *value, int64_t now_us)
{
    const struct demo_received received = { topic, 0, bytes_text(key), bytes_text(value), 1, 1 };
    demo_story_read(story, &received, now_us, now_us / 1000);
}

/* The first offer ships on the day of September; limited by capacity for so many days. */
static void read_offer(struct demo_story *story, int ship_on, int days, int64_t now_us)
{
    char value[512], limit[96] = "null";
    if (days > 0) {
        (void)snprintf(limit, sizeof limit,
                       "{\"constraint\":\"capacity\",\"location\":\"dc\",\"days\":%d}", days);
    }
    (void)snprintf(value, sizeof value,
                   "{\"promises\":[{\"zones\":[\"america\",\"europe\"],\"service\":\"standard\","
                   "\"offers\":[{\"quantity\":10,\"ship_on\":\"2026-09-%02d\","
                   "\"from\":\"2026-09-%02d\",\"by\":\"2026-09-%02d\",\"location\":\"dc\"}],"
                   "\"limited_by\":%s}]}", ship_on, ship_on + 1, ship_on + 2, limit);
    read_document(story, TOPIC_PROMISES_ITEMS, "flash-1|web", value, now_us);
}

static void take_order(struct demo_story *story, const char *order_id, int units,
                       int64_t produced_us)
{
    char value[512];
    (void)snprintf(value, sizeof value,
                   "{\"id\":\"%s\",\"source\":\"t\",\"type\":\"order.placed\","
                   "\"time\":1790000000000,\"order_id\":\"%s\",\"zone\":\"europe\",\"lines\":[{"
                   "\"line_id\":\"1\",\"sku\":\"flash-2\",\"quantity\":%d}]}",
                   order_id, order_id, units);
    const struct demo_record record = { TOPIC_ORDERS, order_id, value, strlen(value), 0 };
    demo_story_taken(story, &record, produced_us);
}

Test(demo_story, first_offer_of_the_zone_is_told_with_why_it_is_not_sooner)
{
    struct demo_story story = story_new();
    char text[DEMO_STORY_LINE];

    read_offer(&story, 23, 2, 1000);

    demo_story_offer_text(&story, text);
    cr_assert_str_eq(text, "flash-1 to europe: up to 10 by Fri 25 Sep (ships Wed 23 Sep)");
    demo_story_why_text(&story, text);
    cr_assert_str_eq(text, "capacity of dc: 2 days");
    cr_assert_eq(story.moment_count, 0);
    demo_story_end(&story);
}

Test(demo_story, full_day_is_timed_from_the_order_that_filled_it_whichever_is_read_first)
{
    struct demo_story story = story_new();
    char text[DEMO_STORY_LINE];
    read_offer(&story, 21, 0, 1000);

    read_offer(&story, 22, 1, 65000);
    take_order(&story, "a", 6, 40000);
    take_order(&story, "b", 4, 45000);

    cr_assert_eq(story.moment_count, 1);
    demo_story_moment_text(&story.moments[0], text);
    cr_assert_str_eq(text, "00:00 1 day is full: Wed 23 Sep -> Thu 24 Sep (capacity), 20 ms");
    demo_story_end(&story);
}

Test(demo_story, order_that_comes_twice_fills_nothing_again)
{
    struct demo_story story = story_new();

    take_order(&story, "a", 6, 1000);
    take_order(&story, "a", 6, 2000);

    cr_assert_eq(story.ordered_units, 6);
    demo_story_end(&story);
}

Test(demo_story, raised_capacity_is_timed_from_the_record_of_the_location)
{
    struct demo_story story = story_new();
    const struct demo_record raise = { TOPIC_LOCATIONS, "dc", "{}", 2, 0 };
    char text[DEMO_STORY_LINE];
    read_offer(&story, 21, 0, 1000);
    read_offer(&story, 23, 2, 2000);

    demo_story_produced(&story, &raise, NULL, 5000);
    read_offer(&story, 21, 0, 17000);

    demo_story_moment_text(&story.moments[1], text);
    cr_assert_str_eq(text, "00:00 capacity raised: Fri 25 Sep -> Wed 23 Sep (nothing), 12 ms");
    demo_story_end(&story);
}

/* An order on the offer of 23 September gets this date. */
static struct demo_story try_offer(const char *promised_by)
{
    struct demo_story story = story_new();
    const struct demo_record order = { TOPIC_ORDERS, "o", "{}", 2, 0 };
    char value[128];
    (void)snprintf(value, sizeof value, "{\"lines\":[{\"promised_by\":%s}]}", promised_by);
    read_offer(&story, 21, 0, 1000);
    demo_story_produced(&story, &order, "o", 2000);
    read_document(&story, TOPIC_PROMISES_ORDERS, "o", value, 3000);
    return story;
}

Test(demo_story, offer_is_kept_by_a_date_no_later_than_it)
{
    static const struct {
        const char *promised_by;
        uint64_t kept;
    } ROWS[] = { { "\"2026-09-22\"", 1 }, { "\"2026-09-23\"", 1 }, { "\"2026-09-24\"", 0 },
                 { "null", 0 } };

    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct demo_story story = try_offer(ROWS[i].promised_by);
        cr_assert_eq(story.trials, 1);
        cr_assert_eq(story.kept, ROWS[i].kept, "%s", ROWS[i].promised_by);
        demo_story_end(&story);
    }
}

Test(demo_story, days_of_the_warehouse_are_told)
{
    struct demo_story story = story_new();
    char text[DEMO_STORY_LINE];

    read_document(&story, TOPIC_PROMISES_LOCATIONS, "dc",
                  "{\"capacity\":[{\"day\":\"2026-09-21\",\"planned\":10,\"used\":10},"
                  "{\"day\":\"2026-09-22\",\"planned\":null,\"used\":3}]}", 1000);

    demo_story_days_text(&story, text);
    cr_assert_str_eq(text, "Mon 21 10 of 10   Tue 22 3 of any");
    demo_story_end(&story);
}
