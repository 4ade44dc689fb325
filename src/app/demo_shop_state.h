/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_SHOP_STATE_H
#define APP_DEMO_SHOP_STATE_H

#include "app/demo_map.h"
#include "app/demo_shop.h"
#include "base/check.h"

/*
 * New business is drawn at random; what follows from it (an order's parcels, a parcel's delivery)
 * waits in a heap by due time and goes first. The shop keeps only what it needs to stay plausible;
 * what its events add up to is for others to say.
 */
enum {
    PLACES = 6,
    SALE = PLACES,              /* the location of the flash sale */
    LOCATIONS,
    ZONES = 4,
    SKUS = DEMO_SHOP_SKUS,
    ALL_SKUS = SKUS + DEMO_SHOP_BUNDLES,
    LINES_MOST = 4,
    NOWHERE = -1,
    VALUE_BYTES = 4096,
    NAME_BYTES = 40,
    REPEATS = 64,
    INBOUNDS = 256,
    SALE_TRIALS = 3,
};

struct place {
    const char *name, *time_zone, *networks, *working_days;
    const char *more;          /* fields, as JSON; of the sale's own: NULL */
};

enum { LEEDS = 1, KOLKATA = 4 };
extern const char *const SHOP_ZONES[ZONES];

enum action { ACT_PLACE, ACT_ASSIGN, ACT_SHIP, ACT_ISSUE, ACT_VOID, ACT_DELIVER, ACT_RETURN,
              ACT_AMEND, ACT_CANCEL };

struct todo {
    int64_t due_ms;
    uint32_t order;
    enum action action;
    uint16_t which;            /* parcel or line */
    uint16_t units;
};

struct line {
    int16_t sku;
    int16_t location;
    int16_t open;
    int16_t last;              /* units in the last parcel */
};

struct order {
    uint8_t line_count;
    uint8_t zone;
    uint8_t trade;
    uint8_t placed;
    bool flash;                /* has goods of the sale: nobody changes it */
    bool assigned;             /* the order system says where it ships from, not promised */
    uint16_t parcels;
    struct line lines[LINES_MOST];
};

struct inbound {
    int16_t sku;
    int16_t location;
    uint32_t id;
    int32_t units;
};

/* A record that was given, kept to be given again. */
struct given {
    enum topic topic;
    char key[NAME_BYTES];
    char *value;
};

struct sale {
    struct place place;
    int city;
    int64_t per_day;           /* units that are packed there */
    int64_t sold;              /* units of the sale so far */
    bool raised;
    int trials;                /* so far */
    char trial[NAME_BYTES];    /* the order of the last record, if it was one */
};

struct demo_shop {
    uint64_t random;
    int64_t start_ms, end_ms, now_ms;
    uint32_t reference_next, opening_next;
    double popularity[SKUS];            /* cumulative */
    int32_t stock[SKUS][LOCATIONS];     /* -1: not kept there */
    struct order *orders;
    size_t order_count, order_capacity;
    struct todo *todo;                  /* a heap: the next due first */
    size_t todo_count, todo_capacity;
    struct inbound inbound[INBOUNDS];
    uint32_t inbound_count;
    struct given given[REPEATS];
    uint32_t given_count;
    uint64_t event_count, refused, repeated;
    struct sale sale;
    int16_t last_adjusted;              /* SKU of the adjustment below; -1: none yet */
    uint64_t last_adjusted_id;
    /* the record being written */
    char key[NAME_BYTES];
    char value[VALUE_BYTES];
    size_t value_count;
    bool structured;
};

/* Chance, all of it from one seed: a number, a share below 1, a number of a range. */
uint64_t shop_draw(struct demo_shop *shop);
double shop_share(struct demo_shop *shop);
int shop_number(struct demo_shop *shop, int least, int most);
bool shop_chance(struct demo_shop *shop, double share);
/* A SKU by its popularity; a location that keeps the SKU, other than `but` (of bundles any). */
int shop_popular(struct demo_shop *shop);
int shop_workload(int sku);   /* of a unit, as the catalogue says */
int shop_location(struct demo_shop *shop, int sku, int but);

const char *shop_sku_name(int sku, char out_name[NAME_BYTES]);
const struct place *shop_place(const struct demo_shop *shop, int location);
/* The SKU of a bundle's first and second part. */
int shop_bundle_part(int bundle, int part);

/* Writing a record: begin, put, finish. */
__attribute__((format(printf, 2, 3))) void shop_put(struct demo_shop *shop, const char *format,
                                                    ...);
void shop_put_date(struct demo_shop *shop, const char *name, int days_ahead);
void shop_begin_event(struct demo_shop *shop, const char *type);
void shop_end_event(struct demo_shop *shop);
void shop_finish(struct demo_shop *shop, enum topic topic, const char *key,
                 struct demo_record *out_record);
void shop_begin_stock(struct demo_shop *shop, const char *type, int sku, int location);
void shop_finish_stock(struct demo_shop *shop, int sku, struct demo_record *out_record);

/* 0 at the start of the shop's day, 1 at its end. */
double shop_day_share(const struct demo_shop *shop, int64_t now_ms);
void shop_put_place(struct demo_shop *shop, int location);

/* The flash sale, in demo_shop_sale.c: `rate` as in demo_shop_open(). */
void shop_open_sale(struct demo_shop *shop, int64_t rate);
void shop_put_sale_capacity(struct demo_shop *shop);
/* Whether the next line is of the sale; whether the SKU is; what the sale itself brings, if due. */
bool shop_sale_sells(struct demo_shop *shop);
bool shop_is_flash(int sku);
bool shop_give_sale(struct demo_shop *shop, struct demo_record *out_record);

/* What follows from an order: takes the next that is due; false where there is nothing to say. */
struct todo shop_take_todo(struct demo_shop *shop);
bool shop_give_todo(struct demo_shop *shop, const struct todo *todo,
                    struct demo_record *out_record);

void shop_give_order(struct demo_shop *shop, struct demo_record *out_record);
/* One unit of the SKU, from wherever, to the first zone. */
void shop_give_trial(struct demo_shop *shop, int sku, struct demo_record *out_record);
void shop_give_stock(struct demo_shop *shop, struct demo_record *out_record);
void shop_give_again(struct demo_shop *shop, struct demo_record *out_record);
void shop_give_wrong(struct demo_shop *shop, struct demo_record *out_record);
void shop_give_unknown(struct demo_shop *shop, struct demo_record *out_record);

#endif
