/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_shop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "demo_shop_state.h"

static const struct place SHOP_PLACES[PLACES] = {
    { "berlin-dc", "Europe/Berlin", "\"web\",\"trade\"",
      "\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\"", "\"priority\":10" },
    { "leeds-dc", "Europe/London", "\"web\",\"trade\"", "\"mon\",\"tue\",\"wed\",\"thu\",\"fri\"",
      "\"priority\":20,\"capacity\":{\"unit\":\"lines\",\"per_day\":50000}" },
    { "new-york-store", "America/New_York", "\"web\"",
      "\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"",
      "\"pickup\":true,\"pickup_minutes\":45,"
      "\"capacity\":{\"unit\":\"units\",\"per_day\":100000}" },
    { "sydney-store", "Australia/Sydney", "\"web\"", "\"mon\",\"tue\",\"wed\",\"thu\",\"fri\"",
      "\"pickup\":true,\"safety_stock\":1" },
    { "kolkata-hub", "Asia/Kolkata", "\"trade\"", "\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\"",
      "\"shipments_deduct_stock\":false,"
      "\"capacity\":{\"unit\":\"orders\",\"per_day\":50000}" },
    { "lisbon-outlet", "Europe/Lisbon", "\"web\",\"trade\"",
      "\"tue\",\"wed\",\"thu\",\"fri\",\"sat\"",
      "\"safety_stock\":2,\"priority\":200,\"processing_days\":1" },
};
const char *const SHOP_ZONES[ZONES] = { "europe", "america", "pacific", "india" };

/* ------------------------------------------------------------------ reference data, opening */

const struct place *shop_place(const struct demo_shop *shop, int location)
{
    return location == SALE ? &shop->sale.place : &SHOP_PLACES[location];
}

void shop_put_place(struct demo_shop *shop, int location)
{
    const struct place *place = shop_place(shop, location);
    shop_put(shop,
             "{\"location\":\"%s\",\"time_zone\":\"%s\",\"networks\":[%s],\"calendar\":{"
             "\"working_days\":[%s],\"cutoff\":\"%s\"",
             place->name, place->time_zone, place->networks, place->working_days,
             location == SALE ? "20:00" : "16:00");
    if (location == LEEDS) {
        char date[16];
        demo_day_text((int32_t)(shop->start_ms / 86400000) + 4, date);
        shop_put(shop, ",\"closed\":[\"%s\"]", date);
    }
    shop_put(shop, "},");
    if (location == SALE) {
        shop_put_sale_capacity(shop);
    } else {
        shop_put(shop, "%s", place->more);
    }
    shop_put(shop, "}");
}

/* The sale's warehouse has its own vans: they run every day. */
static void give_lane(struct demo_shop *shop, uint32_t number, struct demo_record *out_record)
{
    static const char DAILY[] = "[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"]";
    char key[NAME_BYTES];
    const int place = (int)number / (ZONES * 2);
    const char *location = shop_place(shop, place)->name;
    const char *zone = SHOP_ZONES[number / 2 % ZONES];
    const bool express = number % 2 == 1;
    const int days = express ? 1 : 3;
    shop_put(shop,
             "{\"location\":\"%s\",\"zone\":\"%s\",\"service\":\"%s\","
             "\"transit_days\":{\"min\":%d,\"max\":%d},\"cost\":%d",
             location, zone, express ? "express" : "standard", days, days + 2, 1200 / days);
    if (place == SALE) {
        shop_put(shop, ",\"transit_weekdays\":%s,\"delivery_weekdays\":%s", DAILY, DAILY);
    } else if (express) {
        shop_put(shop, ",\"delivery_weekdays\":[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\"]");
    }
    shop_put(shop, "}");
    (void)snprintf(key, sizeof key, "%s|%s|%s", location, zone,
                   express ? "express" : "standard");
    shop_finish(shop, TOPIC_LANES, key, out_record);
}

static void give_item(struct demo_shop *shop, int sku, struct demo_record *out_record)
{
    char name[NAME_BYTES], first[NAME_BYTES], second[NAME_BYTES];
    shop_put(shop, "{\"sku\":\"%s\"", shop_sku_name(sku, name));
    if (sku >= SKUS) {
        shop_put(shop, ",\"bundle\":[{\"sku\":\"%s\",\"quantity\":1},",
                 shop_sku_name(shop_bundle_part(sku, 0), first));
        shop_put(shop, "{\"sku\":\"%s\",\"quantity\":2}]",
                 shop_sku_name(shop_bundle_part(sku, 1), second));
    } else if (sku % 50 == 17) {
        shop_put(shop, ",\"made_to_order\":{\"lead_days\":5,\"locations\":[\"lisbon-outlet\"]}");
    } else if (sku % 50 == 33) {
        shop_put_date(shop, "preorder_from", 14);
    } else if (sku % 50 == 41) {
        shop_put(shop, ",\"discontinued\":true");
    }
    shop_put(shop, ",\"low_stock\":%d", sku % 7 + 3);
    if (shop_workload(sku) > 1) {
        shop_put(shop, ",\"workload\":%d", shop_workload(sku));
    }
    if (sku % 9 == 0) {
        shop_put(shop, ",\"safety_stock_at\":{\"berlin-dc\":4}");
    }
    shop_put(shop, "}");
    shop_finish(shop, TOPIC_CATALOG, name, out_record);
}

enum {
    LANES = LOCATIONS * ZONES * 2,
    REFERENCES = LOCATIONS + LANES + ALL_SKUS,
    SHELVES = SKUS * LOCATIONS,
};

static void give_reference(struct demo_shop *shop, struct demo_record *out_record)
{
    const uint32_t next = shop->reference_next++;
    shop->value_count = 0;
    if (next < LOCATIONS) {
        shop_put_place(shop, (int)next);
        shop_finish(shop, TOPIC_LOCATIONS, shop_place(shop, (int)next)->name, out_record);
    } else if (next < LOCATIONS + LANES) {
        give_lane(shop, next - LOCATIONS, out_record);
    } else {
        give_item(shop, (int)(next - LOCATIONS - LANES), out_record);
    }
}

/* The next shelf that has anything. */
static void skip_empty_shelves(struct demo_shop *shop)
{
    while (shop->opening_next < SHELVES &&
           shop->stock[shop->opening_next / LOCATIONS][shop->opening_next % LOCATIONS] < 0) {
        shop->opening_next++;
    }
}

static void give_opening(struct demo_shop *shop, struct demo_record *out_record)
{
    const int sku = (int)shop->opening_next / LOCATIONS;
    const int location = (int)shop->opening_next % LOCATIONS;
    shop_begin_stock(shop, "stock.counted", sku, location);
    shop_put(shop, ",\"quantity\":%d", shop->stock[sku][location]);
    shop_finish_stock(shop, sku, out_record);
    shop->opening_next++;
    skip_empty_shelves(shop);
}

enum demo_phase demo_shop_phase(const struct demo_shop *shop)
{
    if (shop->reference_next < REFERENCES) {
        return DEMO_PHASE_REFERENCE;
    }
    return shop->opening_next < SHELVES ? DEMO_PHASE_OPENING : DEMO_PHASE_TRADING;
}

/* What sells is kept in more places and more of it; the sale's goods in one alone. */
static void stock_shelves(struct demo_shop *shop)
{
    double sum = 0;
    for (int sku = 0; sku < SKUS; sku++) {
        sum += shop_is_flash(sku) ? 0 : 1 / pow(sku + 1, 0.85);
        shop->popularity[sku] = sum;
        const int home = shop_is_flash(sku) ? SALE : shop_number(shop, 0, PLACES - 1);
        for (int location = 0; location < LOCATIONS; location++) {
            const bool may = location != SALE && home != SALE;
            const bool kept = location == home ||
                              (may && shop_chance(shop, sku < 200 ? 0.7 : 0.3));
            const int most = sku < 200 ? 400 : 60;
            shop->stock[sku][location] = kept ? shop_number(shop, 0, most) : -1;
        }
        if (home == SALE) {
            shop->stock[sku][SALE] = (int32_t)shop->sale.per_day * 3;
        }
    }
}

struct demo_shop *demo_shop_open(uint64_t seed, int64_t start_ms, int64_t end_ms,
                                 int64_t rate)
{
    CHECK(end_ms > start_ms);
    struct demo_shop *shop = demo_new(sizeof *shop);
    shop->random = seed;
    shop->start_ms = start_ms;
    shop->end_ms = end_ms;
    shop->now_ms = start_ms;
    shop->last_adjusted = -1;
    shop_open_sale(shop, rate);
    stock_shelves(shop);
    skip_empty_shelves(shop);
    return shop;
}

void demo_shop_set_day(struct demo_shop *shop, int64_t start_ms, int64_t end_ms)
{
    CHECK(end_ms > start_ms);
    shop->start_ms = start_ms;
    shop->end_ms = end_ms;
}

void demo_shop_close(struct demo_shop *shop)
{
    if (!shop) {
        return;
    }
    for (int i = 0; i < REPEATS; i++) {
        free(shop->given[i].value);
    }
    free(shop->orders);
    free(shop->todo);
    free(shop);
}

/* ------------------------------------------------------------------ trading */

double shop_day_share(const struct demo_shop *shop, int64_t now_ms)
{
    return (double)(now_ms - shop->start_ms) / (double)(shop->end_ms - shop->start_ms);
}

double demo_shop_pace(const struct demo_shop *shop, int64_t now_ms)
{
    const double share = shop_day_share(shop, now_ms);
    const double day = sin(3.14159265358979 * (share < 0 ? 0 : share > 1 ? 1 : share));
    return (0.4 + 0.8 * day) * (demo_shop_flash_sale(shop, now_ms) ? 1.6 : 1);
}

static void give_new(struct demo_shop *shop, struct demo_record *out_record)
{
    const double fate = shop_share(shop);
    if (fate < 0.58) {
        shop_give_order(shop, out_record);
    } else if (fate < 0.96) {
        shop_give_stock(shop, out_record);
    } else if (fate < 0.985) {
        shop_give_again(shop, out_record);
    } else if (fate < 0.997) {
        shop_give_wrong(shop, out_record);
    } else {
        shop_give_unknown(shop, out_record);
    }
}

/* What is due goes first, but never all of the time: else a slow reader would stop all trade. */
static void give_trade(struct demo_shop *shop, struct demo_record *out_record)
{
    if (shop_give_sale(shop, out_record)) {
        return;
    }
    while (shop->todo_count > 0 && shop->todo[0].due_ms <= shop->now_ms &&
           shop_chance(shop, 0.85)) {
        const struct todo todo = shop_take_todo(shop);
        if (shop_give_todo(shop, &todo, out_record)) {
            return;
        }
    }
    give_new(shop, out_record);
}

void demo_shop_next(struct demo_shop *shop, int64_t now_ms, struct demo_record *out_record)
{
    shop->now_ms = now_ms > shop->now_ms ? now_ms : shop->now_ms;
    switch (demo_shop_phase(shop)) {
    case DEMO_PHASE_REFERENCE: give_reference(shop, out_record); break;
    case DEMO_PHASE_OPENING: give_opening(shop, out_record); break;
    default: give_trade(shop, out_record); break;
    }
}

uint64_t demo_shop_refused(const struct demo_shop *shop)
{
    return shop->refused;
}

uint64_t demo_shop_repeated(const struct demo_shop *shop)
{
    return shop->repeated;
}
