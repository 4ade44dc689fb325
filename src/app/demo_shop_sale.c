/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo_shop_state.h"

/*
 * The flash sale and what it leads to: goods that one warehouse alone has, which packs so many
 * units a day. The sale fills its day, and the next; later it packs more. Nothing leaves it before,
 * so that its days fill by orders alone. Now and then an order tries what is offered.
 */
#define SALE_BEGINS 0.45
#define SALE_ENDS 0.6
#define RAISED_AT 0.74
static const double TRIALS_AT[SALE_TRIALS] = { 0.38, 0.67, 0.86 };

enum { PER_DAY_LEAST = 20, PER_DAY_MOST = 1000, HOUR_MS = 3600000, MORNING = 10, RAISE = 3 };
#define DAYS_SOLD 2.5
/* Of all records in the sale, those units of it that are surely sold. */
#define SOLD_A_RECORD 0.3

/*
 * The warehouse is where it is morning, so that its day has neither ended nor is about to, whenever
 * the demo runs: hours east of Greenwich, in winter.
 */
static const struct {
    const char *name, *time_zone;
    int hours;
} CITIES[] = {
    { "auckland-dc", "Pacific/Auckland", 12 },     { "tokyo-dc", "Asia/Tokyo", 9 },
    { "dubai-dc", "Asia/Dubai", 4 },               { "vienna-dc", "Europe/Vienna", 1 },
    { "saopaulo-dc", "America/Sao_Paulo", -3 },    { "chicago-dc", "America/Chicago", -6 },
    { "honolulu-dc", "Pacific/Honolulu", -10 },
};
enum { CITY_COUNT = sizeof CITIES / sizeof *CITIES };

static int hours_from_morning(int64_t now_ms, int city)
{
    const int hour = (int)(now_ms / HOUR_MS % 24) + CITIES[city].hours + 24;
    return abs(hour % 24 - MORNING);
}

static int64_t round_down(int64_t units)
{
    int64_t power = 1;
    while (power * 10 <= units) {
        power *= 10;
    }
    return units >= 5 * power ? 5 * power : units >= 2 * power ? 2 * power : power;
}

void shop_open_sale(struct demo_shop *shop, int64_t rate)
{
    const double records =
        (double)rate * (double)(shop->end_ms - shop->start_ms) / 1000 * (SALE_ENDS - SALE_BEGINS);
    const int64_t per_day = (int64_t)(records * SOLD_A_RECORD / DAYS_SOLD);
    struct sale *sale = &shop->sale;
    for (int city = 1; city < CITY_COUNT; city++) {
        if (hours_from_morning(shop->now_ms, city) < hours_from_morning(shop->now_ms, sale->city)) {
            sale->city = city;
        }
    }
    sale->per_day = per_day < PER_DAY_LEAST  ? PER_DAY_LEAST
                    : per_day > PER_DAY_MOST ? PER_DAY_MOST
                                             : round_down(per_day);
    sale->place = (struct place){
        .name = CITIES[sale->city].name, .time_zone = CITIES[sale->city].time_zone,
        .networks = "\"web\",\"trade\"",
        .working_days = "\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"" };
}

/* ------------------------------------------------------------------ reference data */

/* Today at the warehouse; its morning is far from midnight, whatever its summer time. */
static int32_t today(const struct demo_shop *shop)
{
    return (int32_t)((shop->now_ms + (int64_t)CITIES[shop->sale.city].hours * HOUR_MS) / 86400000);
}

void shop_put_sale_capacity(struct demo_shop *shop)
{
    shop_put(shop, "\"priority\":30,\"capacity\":{\"unit\":\"units\",\"per_day\":%lld",
             (long long)shop->sale.per_day);
    if (shop->sale.raised) {
        char date[16];
        demo_day_text(today(shop), date);
        shop_put(shop, ",\"overrides\":{\"%s\":%lld}", date,
                 (long long)shop->sale.per_day * RAISE);
    }
    shop_put(shop, "}");
}

static void give_raise(struct demo_shop *shop, struct demo_record *out_record)
{
    shop->sale.raised = true;
    shop->value_count = 0;
    shop_put_place(shop, SALE);
    shop_finish(shop, TOPIC_LOCATIONS, shop->sale.place.name, out_record);
}

/* ------------------------------------------------------------------ what is sold */

bool demo_shop_flash_sale(const struct demo_shop *shop, int64_t now_ms)
{
    const double share = shop_day_share(shop, now_ms);
    return share >= SALE_BEGINS && share < SALE_ENDS;
}

bool shop_sale_sells(struct demo_shop *shop)
{
    const double passed = (shop_day_share(shop, shop->now_ms) - SALE_BEGINS) /
                          (SALE_ENDS - SALE_BEGINS);
    return demo_shop_flash_sale(shop, shop->now_ms) &&
           (double)shop->sale.sold < passed * DAYS_SOLD * (double)shop->sale.per_day &&
           shop_chance(shop, 0.5);
}

bool shop_is_flash(int sku)
{
    return sku >= SKUS - DEMO_SHOP_FLASH && sku < SKUS;
}

bool shop_give_sale(struct demo_shop *shop, struct demo_record *out_record)
{
    const double share = shop_day_share(shop, shop->now_ms);
    struct sale *sale = &shop->sale;
    sale->trial[0] = '\0';
    if (!sale->raised && share >= RAISED_AT) {
        give_raise(shop, out_record);
        return true;
    }
    if (sale->trials < SALE_TRIALS && share >= TRIALS_AT[sale->trials]) {
        sale->trials++;
        shop_give_trial(shop, SKUS - DEMO_SHOP_FLASH, out_record);
        (void)snprintf(sale->trial, sizeof sale->trial, "%s", shop->key);
        return true;
    }
    return false;
}

struct demo_shop_sale demo_shop_sale(const struct demo_shop *shop)
{
    return (struct demo_shop_sale){ .sku = "flash-1", .network = "web", .zone = SHOP_ZONES[0],
                                    .service = "standard", .location = shop->sale.place.name,
                                    .per_day = shop->sale.per_day,
                                    .raised = shop->sale.per_day * RAISE };
}

const char *demo_shop_trial(const struct demo_shop *shop)
{
    return shop->sale.trial[0] != '\0' ? shop->sale.trial : NULL;
}
