/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "demo_shop_state.h"

/* ------------------------------------------------------------------ chance */

/* splitmix64. */
uint64_t shop_draw(struct demo_shop *shop)
{
    shop->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = shop->random;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

double shop_share(struct demo_shop *shop)
{
    return (double)(shop_draw(shop) >> 11) / 9007199254740992.0;
}

/* From `least` to `most`, both included. */
int shop_number(struct demo_shop *shop, int least, int most)
{
    return least + (int)(shop_draw(shop) % (uint64_t)(most - least + 1));
}

bool shop_chance(struct demo_shop *shop, double share)
{
    return shop_share(shop) < share;
}

int shop_workload(int sku)
{
    return sku % 13 == 5 && !shop_is_flash(sku) ? 3 : 1;
}

int shop_popular(struct demo_shop *shop)
{
    const double at = shop_share(shop) * shop->popularity[SKUS - 1];
    int low = 0, high = SKUS - 1;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (shop->popularity[middle] < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* A location that keeps the SKU, other than `but`; of bundles any but the sale's. */
int shop_location(struct demo_shop *shop, int sku, int but)
{
    const int first = shop_number(shop, 0, LOCATIONS - 1);
    for (int i = 0; i < LOCATIONS; i++) {
        const int location = (first + i) % LOCATIONS;
        const bool kept = sku >= SKUS ? location != SALE : shop->stock[sku][location] >= 0;
        if (location != but && kept) {
            return location;
        }
    }
    return but;
}

/* ------------------------------------------------------------------ names */

/* The last of the SKUs are those of the flash sale: nobody buys them before it. */
const char *shop_sku_name(int sku, char out_name[NAME_BYTES])
{
    if (sku >= SKUS) {
        (void)snprintf(out_name, NAME_BYTES, "set-%02d", sku - SKUS + 1);
    } else if (sku >= SKUS - DEMO_SHOP_FLASH) {
        (void)snprintf(out_name, NAME_BYTES, "flash-%d", sku - (SKUS - DEMO_SHOP_FLASH) + 1);
    } else {
        (void)snprintf(out_name, NAME_BYTES, "sku-%04d", sku + 1);
    }
    return out_name;
}

int shop_bundle_part(int bundle, int part)
{
    return (bundle - SKUS) * 7 + part * 3;
}

/* ------------------------------------------------------------------ writing a record */

void shop_put(struct demo_shop *shop, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int count = vsnprintf(shop->value + shop->value_count, VALUE_BYTES - shop->value_count,
                                format, arguments);
    va_end(arguments);
    CHECK(count >= 0 && (size_t)count < VALUE_BYTES - shop->value_count);
    shop->value_count += (size_t)count;
}

void shop_put_date(struct demo_shop *shop, const char *name, int days_ahead)
{
    char date[16];
    demo_day_text((int32_t)(shop->now_ms / 86400000) + days_ahead, date);
    shop_put(shop, ",\"%s\":\"%s\"", name, date);
}

/* Now and then in words, late by some seconds, or with the data in a map of their own. */
void shop_begin_event(struct demo_shop *shop, const char *type)
{
    const int64_t late = shop_chance(shop, 0.02) ? shop_number(shop, 1, 4000) : 0;
    const int64_t time = shop->now_ms - late;
    shop->value_count = 0;
    shop->structured = shop_chance(shop, 0.1);
    shop_put(shop, "{\"id\":\"e%llu\",\"source\":\"shop\",\"type\":\"%s\",\"time\":",
             (unsigned long long)++shop->event_count, type);
    if (shop_chance(shop, 0.2)) {
        char date[16];
        const int64_t ms = time % 86400000;
        demo_day_text((int32_t)(time / 86400000), date);
        shop_put(shop, "\"%sT%02d:%02d:%02d.%03dZ\"", date, (int)(ms / 3600000),
                 (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
    } else {
        shop_put(shop, "%lld", (long long)time);
    }
    shop_put(shop, shop->structured ? ",\"data\":{" : ",");
}

void shop_end_event(struct demo_shop *shop)
{
    shop_put(shop, shop->structured ? "}}" : "}");
}

void shop_finish(struct demo_shop *shop, enum topic topic, const char *key,
                 struct demo_record *out_record)
{
    (void)snprintf(shop->key, sizeof shop->key, "%s", key);
    *out_record = (struct demo_record){ topic, shop->key, shop->value, shop->value_count,
                                        shop->now_ms };
    if (topic_is_reference(topic)) {
        return;
    }
    struct given *given = &shop->given[shop->given_count++ % REPEATS];
    free(given->value);
    given->value = demo_text(shop->value);
    given->topic = topic;
    (void)snprintf(given->key, sizeof given->key, "%s", key);
}

void shop_begin_stock(struct demo_shop *shop, const char *type, int sku, int location)
{
    char name[NAME_BYTES];
    shop_begin_event(shop, type);
    shop_put(shop, "\"sku\":\"%s\",\"location\":\"%s\"", shop_sku_name(sku, name),
             shop_place(shop, location)->name);
}

void shop_finish_stock(struct demo_shop *shop, int sku, struct demo_record *out_record)
{
    char name[NAME_BYTES];
    shop_end_event(shop);
    shop_finish(shop, TOPIC_STOCK, shop_sku_name(sku, name), out_record);
}
