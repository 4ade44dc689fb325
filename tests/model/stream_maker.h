/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_STREAM_MAKER_H
#define MODEL_STREAM_MAKER_H

#include "model/stream.h"

/* Inside the making of a stream, shared by stream*.c only. */
enum { BLOCK_BYTES = 1 << 16, SITE_NAMES_MAX = 20, NAMES_MAX = 8 };
enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* What one stream is like: some have few SKUs, some many orders, some mere movements. */
struct profile {
    int sku_count;
    int site_count;
    int net_count;
    int order_span;            /* orders that events name at a time */
    int line_count;
    int partitions;
    int pace_ms;               /* from one step to the next, at most */
    int joined_percent;
    int stock_weight;
    int order_weight;
    int shipment_weight;
    int reference_weight;
    int repeat_weight;
    bool big_recipes;
    bool big_orders;
    bool nested;
    bool calm;                 /* time does not jump */
    bool small;                /* a world of a few dozen events, where all meets */
    bool alike;                /* many locations, whose dates are the same */
};

struct maker {
    struct stream *stream;
    const struct stream_zones *zones;
    struct profile profile;
    uint64_t random;
    int64_t now_ms;
    uint64_t next_id;
    int first_order;
};

/* chance, names, time */
uint64_t mix(uint64_t x);
uint64_t draw(struct maker *maker);
int64_t between(struct maker *maker, int64_t low, int64_t high);
bool chance(struct maker *maker, int permille);
uint64_t fate(const struct maker *maker, uint64_t what, uint64_t a, uint64_t b, uint64_t c);
void *take(struct maker *maker, size_t bytes);
struct bytes name_number(struct maker *maker, const char *stem, uint64_t number);
struct bytes sku_name(struct maker *maker, int64_t sku);
int64_t any_sku(struct maker *maker);
struct bytes site_name(int64_t site);
struct bytes net_name(int64_t net);
struct bytes any_site(struct maker *maker);
struct bytes any_net(struct maker *maker);
struct bytes zone_named(int64_t zone);
struct bytes any_zone(struct maker *maker);
struct bytes service_named(int64_t service);
struct bytes any_service(struct maker *maker);
int32_t today(const struct maker *maker);
int32_t near_day(struct maker *maker);
int64_t few(struct maker *maker);
int64_t business_time(struct maker *maker);
int64_t record_timestamp(struct maker *maker);
void time_passes(struct maker *maker);

/* events */
struct event *make_new_event(struct maker *maker, enum event_type type);
struct event *make_stock_event(struct maker *maker);
struct event *make_order_event(struct maker *maker);
struct event *make_shipment_event(struct maker *maker);
struct event *make_reference_event(struct maker *maker);
bool site_has_zone(const struct maker *maker, struct bytes site);   /* other than UTC */
struct event *make_location(struct maker *maker, struct bytes name);
struct event *make_lane(struct maker *maker, struct bytes site, struct bytes zone,
                        struct bytes service);
struct event *make_item(struct maker *maker, int64_t sku);
struct recipe any_recipe(struct maker *maker, int64_t not_this);

#endif
