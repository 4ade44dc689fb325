/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/demo_map.h"
#include "app/demo_shop.h"

enum { DAY_MS = 60000, RECORDS = 30000, RATE = RECORDS * 1000 / DAY_MS };
static const int64_t START_MS = INT64_C(1790000000000);

static uint64_t test_seed(void)
{
    const char *text = getenv("PROMISED_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 10) : 1;
    cr_log_info("seed %llu", (unsigned long long)seed);
    return seed;
}

/* The time of the n-th record when all fit into the shop's day. */
static int64_t time_of(int number)
{
    return START_MS + (int64_t)number * DAY_MS / RECORDS;
}

Test(demo_shop, same_seed_and_times_give_the_same_records)
{
    struct demo_shop *one = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);
    struct demo_shop *other = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);

    for (int i = 0; i < RECORDS; i++) {
        struct demo_record a, b;
        demo_shop_next(one, time_of(i), &a);
        demo_shop_next(other, time_of(i), &b);

        cr_assert_eq(a.topic, b.topic);
        cr_assert_str_eq(a.key, b.key);
        cr_assert_str_eq(a.value, b.value);
    }
    demo_shop_close(one);
    demo_shop_close(other);
}

Test(demo_shop, another_seed_gives_other_records)
{
    struct demo_shop *one = demo_shop_open(1, START_MS, START_MS + DAY_MS, RATE);
    struct demo_shop *other = demo_shop_open(2, START_MS, START_MS + DAY_MS, RATE);
    int different = 0;

    for (int i = 0; i < RECORDS; i++) {
        struct demo_record a, b;
        demo_shop_next(one, time_of(i), &a);
        demo_shop_next(other, time_of(i), &b);
        different += strcmp(a.value, b.value) != 0;
    }

    cr_assert_gt(different, RECORDS / 2);
    demo_shop_close(one);
    demo_shop_close(other);
}

Test(demo_shop, reference_data_come_before_any_event)
{
    struct demo_shop *shop = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);
    bool events = false;

    for (int i = 0; i < RECORDS; i++) {
        struct demo_record record;
        const enum demo_phase phase = demo_shop_phase(shop);
        demo_shop_next(shop, time_of(i), &record);
        const bool reference = topic_is_reference(record.topic);
        const bool raise = events && record.topic == TOPIC_LOCATIONS;

        cr_assert_eq(reference && !raise, phase == DEMO_PHASE_REFERENCE);
        cr_assert_not(reference && !raise && events);
        events = events || !reference;
    }
    demo_shop_close(shop);
}

/* Counts the records of each kind; the last counts what is not read. */
static void count_kinds(struct demo_shop *shop, int out_counts[DEMO_KIND_COUNT + 1])
{
    for (int i = 0; i < 4 * RECORDS; i++) {
        struct demo_record record;
        struct demo_event event;
        demo_shop_next(shop, time_of(i) > START_MS + DAY_MS ? START_MS + DAY_MS : time_of(i),
                       &record);
        if (demo_event_read(&record, &event) == DEMO_READ) {
            out_counts[event.kind]++;
            demo_event_end(&event);
        } else {
            out_counts[DEMO_KIND_COUNT]++;
        }
    }
}

Test(demo_shop, every_type_of_event_comes)
{
    struct demo_shop *shop = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);
    int counts[DEMO_KIND_COUNT + 1] = { 0 };

    count_kinds(shop, counts);

    for (int kind = 0; kind < DEMO_KIND_COUNT; kind++) {
        cr_assert_gt(counts[kind], 0, "no %s", DEMO_KIND_NAMES[kind]);
    }
    cr_assert_gt(counts[DEMO_KIND_COUNT], 0);
    cr_assert_gt(demo_shop_refused(shop), 0);
    cr_assert_gt(demo_shop_repeated(shop), 0);
    demo_shop_close(shop);
}

Test(demo_shop, key_of_a_record_is_the_one_its_data_name)
{
    struct demo_shop *shop = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);

    for (int i = 0; i < RECORDS; i++) {
        struct demo_record record;
        struct demo_event event;
        demo_shop_next(shop, time_of(i), &record);
        if (topic_is_reference(record.topic) ||
            demo_event_read(&record, &event) != DEMO_READ) {
            continue;
        }
        const char *named = demo_field_text(
            event.data, record.topic == TOPIC_STOCK ? "sku" : "order_id");
        cr_assert_str_eq(named, record.key);
        demo_event_end(&event);
    }
    demo_shop_close(shop);
}

Test(demo_shop, few_skus_sell_most)
{
    struct demo_shop *shop = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);
    int first_hundred = 0, all = 0;

    for (int i = 0; i < RECORDS; i++) {
        struct demo_record record;
        const bool trading = demo_shop_phase(shop) == DEMO_PHASE_TRADING;
        demo_shop_next(shop, time_of(i), &record);
        if (trading && record.topic == TOPIC_STOCK) {
            all++;
            first_hundred += strncmp(record.key, "sku-00", 6) == 0;
        }
    }

    cr_assert_gt(first_hundred * 100, all * 35);
    demo_shop_close(shop);
}

Test(demo_shop, flash_sale_is_in_the_middle_and_busier_than_its_neighbours)
{
    struct demo_shop *shop = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);

    cr_assert_not(demo_shop_flash_sale(shop, START_MS));
    cr_assert(demo_shop_flash_sale(shop, START_MS + DAY_MS / 2));
    cr_assert_not(demo_shop_flash_sale(shop, START_MS + DAY_MS));
    cr_assert_gt(demo_shop_pace(shop, START_MS + DAY_MS / 2),
                 1.3 * demo_shop_pace(shop, START_MS + DAY_MS * 2 / 3));
    demo_shop_close(shop);
}

/* The units of the sale that one record orders. */
static int64_t sale_units(const struct demo_record *record)
{
    struct demo_event event;
    int64_t units = 0;
    size_t index;
    json_t *line;
    if (record->topic != TOPIC_ORDERS || demo_event_read(record, &event) != DEMO_READ) {
        return 0;
    }
    json_array_foreach(event.kind == DEMO_PLACED ? json_object_get(event.data, "lines") : NULL,
                       index, line) {
        units += strncmp(demo_field_text(line, "sku"), "flash-", 6) == 0
                     ? demo_field_number(line, "quantity", 0)
                     : 0;
    }
    demo_event_end(&event);
    return units;
}

Test(demo_shop, sale_sells_more_than_two_days_of_its_warehouse_before_that_packs_more)
{
    struct demo_shop *shop = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);
    const struct demo_shop_sale sale = demo_shop_sale(shop);
    int64_t sold = 0, sold_before_raise = 0;
    int raises = 0, described = 0;

    for (int i = 0; i < RECORDS; i++) {
        struct demo_record record;
        demo_shop_next(shop, time_of(i), &record);
        if (record.topic == TOPIC_LOCATIONS && strcmp(record.key, sale.location) == 0) {
            raises += described++ > 0;
            sold_before_raise = raises > 0 ? sold : 0;
            cr_assert_eq(strstr(record.value, "overrides") != NULL, raises > 0);
        }
        sold += sale_units(&record);
    }

    cr_assert_eq(raises, 1);
    cr_assert_gt(sold_before_raise, 2 * sale.per_day);
    cr_assert_lt(sold, sale.raised);
    demo_shop_close(shop);
}

Test(demo_shop, sale_is_where_it_is_morning_whenever_it_is)
{
    for (int hour = 0; hour < 24; hour++) {
        const int64_t start_ms = START_MS + (int64_t)hour * 3600000;
        struct demo_shop *shop = demo_shop_open(1, start_ms, start_ms + DAY_MS, RATE);
        struct demo_record record;
        struct tm civil;
        char zone[64];
        const time_t now = (time_t)(start_ms / 1000);

        do {
            demo_shop_next(shop, start_ms, &record);
        } while (strcmp(record.key, demo_shop_sale(shop).location) != 0);
        const char *at = strstr(record.value, "\"time_zone\":\"") + 13;
        (void)snprintf(zone, sizeof zone, "%.*s", (int)strcspn(at, "\""), at);
        (void)setenv("TZ", zone, 1);
        tzset();
        (void)localtime_r(&now, &civil);

        cr_assert(civil.tm_hour >= 6 && civil.tm_hour < 15, "%s: %d h", zone, civil.tm_hour);
        demo_shop_close(shop);
    }
}

Test(demo_shop, line_ships_from_where_the_shop_is_told)
{
    struct demo_shop *shop = demo_shop_open(test_seed(), START_MS, START_MS + DAY_MS, RATE);
    char told[64] = "";
    bool shipped = false;

    for (int i = 0; i < 2 * RECORDS && !shipped; i++) {
        struct demo_record record;
        demo_shop_next(shop, time_of(i), &record);
        if (told[0] == '\0' && record.topic == TOPIC_ORDERS &&
            demo_shop_asks(shop, record.key)) {
            (void)snprintf(told, sizeof told, "%s", record.key);
            for (int line = 1; line <= 4; line++) {
                char line_id[8];
                (void)snprintf(line_id, sizeof line_id, "%d", line);
                demo_shop_tell(shop, told, line_id, "lisbon-outlet");
            }
            cr_assert_not(demo_shop_asks(shop, told));
        }
        shipped = record.topic == TOPIC_SHIPMENTS && strcmp(record.key, told) == 0 &&
                  strstr(record.value, "lisbon-outlet");
    }

    cr_assert(shipped);
    demo_shop_close(shop);
}
