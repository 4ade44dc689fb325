/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_SHOP_H
#define APP_DEMO_SHOP_H

#include "app/demo_event.h"

/*
 * A lively shop, made up: seven locations in as many time zones, two networks, 2,000 SKUs of which
 * a few sell most (Zipf), orders that are assigned, changed, cancelled, shipped, delivered and
 * returned, deliveries from suppliers, counts, and everything that goes wrong: parcels that cannot
 * be filled, are void, come before their order or twice, records that must be refused. One day
 * passes between the start and the end that it is given, with a flash sale in the middle: it fills
 * the days of the one warehouse that has the goods, until that packs more.
 *
 * Pure: the same seed, times and calls give the same records. Records come in the order of their
 * keys' events and are stamped with the time they are asked at.
 */
enum {
    DEMO_SHOP_SKUS = 2000,
    DEMO_SHOP_FLASH = 8,         /* SKUs of the flash sale: flash-1 and so on */
    DEMO_SHOP_BUNDLES = 30,
};

enum demo_phase {
    DEMO_PHASE_REFERENCE,        /* locations, lanes, catalogue: before any event */
    DEMO_PHASE_OPENING,          /* the first counts of every shelf, and what suppliers owe */
    DEMO_PHASE_TRADING,          /* without end */
};

struct demo_shop;

/* `rate`: records a second, about, that will be asked for. */
struct demo_shop *demo_shop_open(uint64_t seed, int64_t start_ms, int64_t end_ms,
                                 int64_t rate);
/* The shop's day shall be another one than was thought. */
void demo_shop_set_day(struct demo_shop *shop, int64_t start_ms, int64_t end_ms);
void demo_shop_close(struct demo_shop *shop);

/* The phase of the next record. */
enum demo_phase demo_shop_phase(const struct demo_shop *shop);

/* The next record, at `now_ms`, which never falls; good until the next call. */
void demo_shop_next(struct demo_shop *shop, int64_t now_ms, struct demo_record *out_record);

/* How busy the shop is at this time of its day: 1 is usual. */
double demo_shop_pace(const struct demo_shop *shop, int64_t now_ms);
bool demo_shop_flash_sale(const struct demo_shop *shop, int64_t now_ms);

/* The flash sale: whose promise is worth watching, for whom, and what its location packs a day. */
struct demo_shop_sale {
    const char *sku, *network, *zone, *service, *location;
    int64_t per_day;
    int64_t raised;              /* today, after the location's record has come a second time */
};
struct demo_shop_sale demo_shop_sale(const struct demo_shop *shop);

/*
 * The order that the last record placed to try what is offered of the sale's SKU: one unit, from
 * wherever. NULL: it was none.
 */
const char *demo_shop_trial(const struct demo_shop *shop);

/*
 * Lines that no location was named for ship from where the shop is told. Whether it waits to be
 * told of this order; a location that it does not know, and what it has not asked, is passed over.
 */
bool demo_shop_asks(const struct demo_shop *shop, const char *order_id);
void demo_shop_tell(struct demo_shop *shop, const char *order_id, const char *line_id,
                    const char *location);

/* Records that were made to be refused, and those that repeat another, so far. */
uint64_t demo_shop_refused(const struct demo_shop *shop);
uint64_t demo_shop_repeated(const struct demo_shop *shop);

#endif
