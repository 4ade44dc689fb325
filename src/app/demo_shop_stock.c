/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "demo_shop_state.h"

static void give_expected(struct demo_shop *shop, int sku, struct demo_record *out_record)
{
    struct inbound *inbound = &shop->inbound[shop->inbound_count++ % INBOUNDS];
    inbound->sku = (int16_t)sku;
    inbound->location = (int16_t)shop_location(shop, sku, NOWHERE);
    inbound->id = shop->inbound_count;
    inbound->units = shop_number(shop, 10, 200);
    shop_begin_stock(shop, "inbound.expected", sku, inbound->location);
    shop_put(shop, ",\"inbound_id\":\"po-%u\",\"quantity\":%d", (unsigned)inbound->id,
             inbound->units);
    if (shop_chance(shop, 0.95)) {
        shop_put_date(shop, "eta", shop_number(shop, -1, 9));
    }
    shop_finish_stock(shop, sku, out_record);
}

/* What a supplier owes comes, or some of it; else goods nobody announced. */
static void give_received(struct demo_shop *shop, struct demo_record *out_record)
{
    const bool announced = shop->inbound_count > 0 && shop_chance(shop, 0.6);
    const uint32_t known = shop->inbound_count < INBOUNDS ? shop->inbound_count : INBOUNDS;
    const struct inbound *inbound =
        announced ? &shop->inbound[shop_draw(shop) % known] : NULL;
    const int sku = inbound ? inbound->sku : shop_popular(shop);
    const int location = inbound ? inbound->location : shop_location(shop, sku, NOWHERE);
    const int units = inbound && shop_chance(shop, 0.7) ? inbound->units
                                                        : shop_number(shop, 1, 150);
    shop_begin_stock(shop, "stock.received", sku, location);
    shop_put(shop, ",\"quantity\":%d", units);
    if (inbound) {
        shop_put(shop, ",\"inbound_id\":\"po-%u\"", (unsigned)inbound->id);
    }
    shop->stock[sku][location] += units;
    shop_finish_stock(shop, sku, out_record);
}

static void give_counted(struct demo_shop *shop, int sku, int location,
                         struct demo_record *out_record)
{
    const int found = shop->stock[sku][location] + shop_number(shop, -2, 2);
    shop->stock[sku][location] = found > 0 ? found : 0;
    shop_begin_stock(shop, "stock.counted", sku, location);
    shop_put(shop, ",\"quantity\":%d", shop->stock[sku][location]);
    shop_finish_stock(shop, sku, out_record);
}

static void give_adjusted(struct demo_shop *shop, int sku, int location,
                          struct demo_record *out_record)
{
    shop_begin_stock(shop, "stock.adjusted", sku, location);
    shop_put(shop, ",\"quantity\":%d,\"reason\":\"found or lost\"",
             shop_chance(shop, 0.6) ? -shop_number(shop, 1, 3) : shop_number(shop, 1, 4));
    shop_finish_stock(shop, sku, out_record);
    shop->last_adjusted = (int16_t)sku;
    shop->last_adjusted_id = shop->event_count;
}

static void give_transferred(struct demo_shop *shop, int sku, int location,
                             struct demo_record *out_record)
{
    const int units = shop_number(shop, 1, 20);
    const int to = shop_location(shop, sku, location);
    shop_begin_stock(shop, "stock.transferred", sku, location);
    shop_put(shop, ",\"quantity\":%d,\"to\":\"%s\",\"transfer_id\":\"t-%llu\"", units,
             shop_place(shop, to)->name, (unsigned long long)shop->event_count);
    shop_put_date(shop, "eta", shop_number(shop, 1, 5));
    shop_finish_stock(shop, sku, out_record);
}

static void give_plain(struct demo_shop *shop, const char *type, int sku, int location,
                       struct demo_record *out_record)
{
    shop_begin_stock(shop, type, sku, location);
    shop_put(shop, ",\"quantity\":%d", shop_number(shop, 1, 4));
    shop_finish_stock(shop, sku, out_record);
}

void shop_give_stock(struct demo_shop *shop, struct demo_record *out_record)
{
    const int sku = shop_popular(shop);
    const int location = shop_location(shop, sku, NOWHERE);
    const double fate = shop_share(shop);
    if (fate < 0.34) {
        give_received(shop, out_record);
    } else if (fate < 0.50) {
        give_expected(shop, sku, out_record);
    } else if (fate < 0.65) {
        give_counted(shop, sku, location, out_record);
    } else if (fate < 0.79) {
        give_adjusted(shop, sku, location, out_record);
    } else if (fate < 0.87) {
        give_transferred(shop, sku, location, out_record);
    } else {
        static const char *const TYPES[] = { "stock.held", "stock.released", "stock.returned" };
        give_plain(shop, TYPES[shop_number(shop, 0, 2)], sku, location, out_record);
    }
}

/* ------------------------------------------------------------------ what goes wrong */

void shop_give_again(struct demo_shop *shop, struct demo_record *out_record)
{
    const uint32_t known = shop->given_count < REPEATS ? shop->given_count : REPEATS;
    const struct given *given = &shop->given[shop_draw(shop) % known];
    shop->repeated++;
    shop->value_count = 0;
    shop_put(shop, "%s", given->value);
    (void)snprintf(shop->key, sizeof shop->key, "%s", given->key);
    *out_record = (struct demo_record){ given->topic, shop->key, shop->value, shop->value_count,
                                        shop->now_ms };
}

/* Records to be refused, each wrong in one way; none uses up an identity. */
void shop_give_wrong(struct demo_shop *shop, struct demo_record *out_record)
{
    static const char *const WRONG[] = {
        "{\"id\":\"w%llu\",\"source\":\"shop\",\"type\":\"stock.received\",\"time\":%lld,",
        "{\"id\":\"w%llu\",\"source\":\"shop\",\"type\":\"stock.received\",\"time\":%lld,\"sku\":"
        "\"sku-0001\",\"location\":\"leeds-dc\",\"quantity\":5.5}",
        "{\"id\":\"w%llu\",\"source\":\"shop\",\"type\":\"stock.received\",\"time\":%lld,\"sku\":"
        "\"sku-0001\",\"location\":\"leeds-dc\",\"quantity\":\"5\"}",
        "{\"id\":\"w%llu\",\"type\":\"stock.received\",\"time\":%lld,\"sku\":\"sku-0001\","
        "\"location\":\"leeds-dc\",\"quantity\":5}",
        "{\"id\":\"w%llu\",\"source\":\"shop\",\"type\":\"order.cancelled\",\"time\":%lld,"
        "\"order_id\":\"order-000001\"}",
        "{\"id\":\"w%llu\",\"source\":\"shop\",\"type\":\"stock.counted\",\"time\":%lld,\"sku\":"
        "\"sku-0001\",\"location\":\"leeds|dc\",\"quantity\":5}",
        "{\"id\":\"w%llu\",\"source\":\"shop\",\"type\":\"stock.counted\",\"time\":%lld,\"sku\":"
        "\"sku-0001\",\"sku\":\"sku-0002\",\"location\":\"leeds-dc\",\"quantity\":5}",
        "{\"id\":\"w%llu\",\"source\":\"shop\",\"type\":\"stock.counted\",\"time\":9%lld,\"sku\":"
        "\"sku-0001\",\"location\":\"leeds-dc\",\"quantity\":5}",
        "{\"id\":\"w%llu\",\"source\":\"shop\",\"type\":\"stock.received\",\"time\":%lld,\"sku\":"
        "\"set-01\",\"location\":\"leeds-dc\",\"quantity\":5}",
    };
    enum { BUNDLE = sizeof WRONG / sizeof *WRONG - 1 };
    const int which = shop_number(shop, 0, BUNDLE);
    char name[NAME_BYTES] = "sku-0001";
    if (which == BUNDLE) {
        (void)shop_sku_name(SKUS, name);
    }
    shop->value_count = 0;
    shop->refused++;
    if (shop->last_adjusted >= 0 && shop_chance(shop, 0.1)) {
        /* The identity of an adjustment, with other content. */
        shop_sku_name(shop->last_adjusted, name);
        shop_put(shop,
                 "{\"id\":\"e%llu\",\"source\":\"shop\",\"type\":\"stock.adjusted\",\"time\":%lld,"
                 "\"sku\":\"%s\",\"location\":\"leeds-dc\",\"quantity\":99}",
                 (unsigned long long)shop->last_adjusted_id, (long long)shop->now_ms, name);
    } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        shop_put(shop, WRONG[which], (unsigned long long)++shop->event_count,
                 (long long)shop->now_ms);
#pragma GCC diagnostic pop
    }
    (void)snprintf(shop->key, sizeof shop->key, "%s", name);
    *out_record = (struct demo_record){ TOPIC_STOCK, shop->key, shop->value, shop->value_count,
                                        shop->now_ms };
}

/* A type that the contract does not know is none of our business. */
void shop_give_unknown(struct demo_shop *shop, struct demo_record *out_record)
{
    const int sku = shop_popular(shop);
    shop_begin_stock(shop, "stock.photographed", sku, 0);
    shop_finish_stock(shop, sku, out_record);
}
