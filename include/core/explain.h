/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/document.h"
#include "core/world.h"

/*
 * Why a promise is as it is (contract 5, `explain`): a pure view of the world for people. For one
 * item, network, zone and service it tells the offers as they are published, from where an order
 * for `quantity` units placed now would ship (R7), why each location of the network is or is not
 * a source, what each constraint costs (R11), and which events made the numbers.
 *
 * Offers round capacity down (R9), an order does not: so an order may do better than an offer.
 * Views point into the world's texts or the arena, as in documents.
 */

/* Why a location is, or is not, where the units would ship from; the first that holds. */
enum source_reason {
    SOURCE_CHOSEN,
    SOURCE_DISABLED,
    SOURCE_NO_LANE,          /* not to this zone by this service */
    SOURCE_NO_STOCK,         /* nothing free, nothing promised to come, not made there */
    SOURCE_PREORDER,         /* nothing ships before preorder_from, and that is too far away */
    SOURCE_BEYOND_HORIZON,   /* no ship day or arrival within HORIZON_DAYS */
    SOURCE_TAKEN,            /* units that wait for a location take all it could give */
    SOURCE_LATER,            /* its first unit arrives later than the order would */
    SOURCE_NOT_ENOUGH,       /* by that date it has fewer units than wanted from one location */
    SOURCE_NOT_FIRST,        /* as good by date: cost, priority or name put another first */
    SOURCE_REASON_COUNT,
};
extern const char *const SOURCE_REASON_NAMES[SOURCE_REASON_COUNT];

struct explain_inbound {
    struct bytes sku;               /* of a bundle: the component */
    struct bytes inbound_id;
    int64_t quantity;
    int32_t eta;                    /* DAY_NONE: not given */
    int32_t usable_on;              /* DAY_NONE: shown, not promised (R10) */
    bool overdue;
};

struct explain_location {
    struct bytes location;
    enum source_reason reason;
    /* Its stock; of a bundle as availability.locations shows it, and free in whole bundles. */
    int64_t on_hand;
    int64_t held;
    int64_t safety_stock;
    int64_t allocated;
    int64_t free;                   /* now; below zero where more is owed than is there */
    const struct explain_inbound *inbound;   /* of each SKU by usable day, then eta */
    uint32_t inbound_count;         /* at most DOCUMENT_INBOUND_MAX of each SKU */
    int32_t made_on;                /* made to order is usable from; DAY_NONE: not made here */
    /* One unit that is there now. */
    int32_t ships_on;               /* DAY_NONE: none */
    enum capacity_unit unit;
    int64_t remaining;              /* capacity left on ships_on; UNITS_UNLIMITED */
    int32_t from;                   /* DAY_NONE: no lane, or no day */
    int32_t by;
    int64_t cost;                   /* of the lane; 0 without one */
    int64_t priority;
    /* What it gives to an order of `quantity`. */
    int64_t units;                  /* that ship from here; 0: not a source */
    int64_t units_by;               /* that it could bring by its date; above quantity: or more */
    int32_t first_by;               /* of its first unit; DAY_NONE */
    int32_t alone_by;               /* of all units from here alone; DAY_NONE */
};

/* What a constraint costs: the date of `quantity` units with it lifted everywhere, and alone. */
struct explain_constraint {
    enum constraint constraint;
    struct bytes location;          /* of the first unit then; data NULL: none */
    int32_t by;                     /* DAY_NONE: no date even so */
    int32_t days;                   /* earlier than now; 0: nothing gained, or no date now */
};
enum { EXPLAIN_CONSTRAINTS = CONSTRAINT_COUNT - 1 };

/* A record that named the SKU. */
struct explain_event {
    enum topic topic;
    int32_t partition;
    int64_t offset;
    enum event_type type;
    int64_t time;                   /* business time; TIME_NONE: a reference record */
};

/*
 * An explanation must not hold the loop: of a larger network, locations beyond
 * EXPLAIN_LOCATIONS_MAX are not looked at, those without the item first; and not all are shown.
 */
enum { EXPLAIN_LOCATIONS_MAX = 1000, EXPLAIN_SHOWN_MAX = 100 };

struct explanation {
    struct bytes sku;
    struct bytes network;
    struct bytes zone;
    struct bytes service;
    int64_t quantity;
    uint64_t version;               /* world_sequence() */
    int64_t now_ms;
    bool sold;                      /* the network sells the item: it has a promises document */
    bool discontinued;
    int32_t preorder_from;          /* DAY_NONE: none */
    int64_t waiting;                /* units without a location that come before a new order */
    /* As published. */
    const struct offer_document *offers;
    uint32_t offer_count;
    struct limit_document limited_by;
    int64_t valid_until_ms;         /* INSTANT_NONE: none */
    /* An order of `quantity` placed now. */
    int32_t ship_on;                /* the last of its ship days; DAY_NONE: it has no date */
    int32_t by;                     /* the latest; DAY_NONE */
    struct explain_constraint constraints[EXPLAIN_CONSTRAINTS];   /* in the order of R11 */
    const struct explain_location *locations;   /* sources first, then by first_by, then name */
    uint32_t location_count;        /* at most EXPLAIN_SHOWN_MAX */
    uint32_t location_more;         /* further ones, not shown */
    const struct explain_event *events;         /* newest first */
    uint32_t event_count;
};

/* One way to a zone. */
struct explain_route {
    struct bytes zone;
    struct bytes service;
};

enum explain_verdict {
    EXPLAIN_OK,
    EXPLAIN_UNKNOWN_SKU,
    EXPLAIN_UNKNOWN_NETWORK,
    EXPLAIN_NO_ROUTE,               /* no location of the network has such a lane */
};

/*
 * For a known SKU the ways to `zone`, by service: those by which any location of the network,
 * enabled or not, has a lane. `zone` with count 0: one for each group of zones that the enabled
 * locations serve alike, by service, then by zone. `service` with count 0: all. EXPLAIN_NO_ROUTE:
 * there is none.
 */
enum explain_verdict world_explain_routes(const struct world *world, struct bytes sku,
                                          struct bytes network, struct bytes zone,
                                          struct bytes service, struct arena *arena,
                                          const struct explain_route **out_routes,
                                          uint32_t *out_count);

/* `quantity` is 1 to 10^12. */
enum explain_verdict world_explain(const struct world *world, struct bytes sku,
                                   struct bytes network, const struct explain_route *route,
                                   int64_t quantity, struct arena *arena,
                                   struct explanation *out_explanation);

/*
 * What is booked today at the location of a KEY_SITE key, for promised_capacity_used_ratio. False:
 * it has no limit today, or the key is not live.
 */
bool world_capacity_today(const struct world *world, uint32_t row, struct bytes *out_location,
                          struct day_document *out_today);

#endif
