/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SOURCING_PLAN_H
#define CORE_SOURCING_PLAN_H

#include "core/sourcing.h"

/*
 * What sourcing.c and sourcing_plan.c share: the plans of an order's lines, one by one (R7, steps 1
 * to 3). A plan has at most 8 places, and the sets of places (options) that serve the line with
 * the fewest locations and segments, best first.
 *
 * Bits of a set are in the order of names, so comparing sorted names is comparing lowest bits.
 */
enum {
    PLACES_MAX = SOURCING_LOCATIONS_OF_LINE_MAX,
    SLOTS_MAX = SOURCING_LOCATIONS_EXACT_MAX,
    OPTIONS_MAX = 70,               /* sets of 4 out of 8: no size has more */
    BIT_NONE = UINT8_MAX,
};

_Static_assert(PLACES_MAX == 8, "OPTIONS_MAX counts the sets of 8 places");
_Static_assert(SLOTS_MAX <= 16, "sets of slots are 16 bits");

struct option {
    int32_t by;              /* latest of the segments used */
    uint8_t places;
    uint8_t pad;
    uint16_t slots;          /* the same set, in bits of the whole order */
};

struct plan {
    int64_t units;           /* that segments cover */
    uint32_t end;            /* of the line's segments that count: `by` not after its date B */
    uint32_t places[PLACES_MAX];    /* location indices, by name */
    struct option *options;
    uint32_t option_count;   /* 0: nothing to place */
    uint32_t chosen;         /* index of an option */
};

struct sourcing {
    const struct sourcing_location *locations;
    const struct sourcing_line *lines;
    uint32_t location_count;
    uint32_t line_count;
    struct arena *arena;
    struct plan *plans;      /* by line */
    uint8_t *bit_of;         /* by location; BIT_NONE between uses */
    int32_t floor;           /* the order's date is not before this, whatever is chosen */
};

/* What a set of places costs, in the order in which sets are compared. */
struct price {
    int64_t cost;
    int64_t priority;
    uint32_t set;
};

/* `places` by the bits of the set. */
struct price sourcing_plan_price(const struct sourcing *sourcing, const uint32_t *places,
                                 uint32_t set);

/* By cost, priority, sorted names. Both sets are of the same places. */
bool sourcing_plan_price_before(const struct price *a, const struct price *b);

/* Sorts places by name. */
void sourcing_plan_sort(const struct sourcing *sourcing, uint32_t *places, uint32_t count);

/* Makes `plan`, its options in the arena; `slots` are not yet told. */
void sourcing_plan_make(const struct sourcing *sourcing, const struct sourcing_line *line,
                        struct plan *plan);

/* The places that any option of the line uses. */
uint32_t sourcing_plan_places(const struct plan *plan);

static inline uint32_t set_lowest(uint32_t set)
{
    return (uint32_t)__builtin_ctz(set);
}

/* The first of all sets of a size, and the one after `set`, by rising value. */
static inline uint32_t set_of_size(uint32_t size)
{
    return (UINT32_C(1) << size) - 1;
}

static inline uint32_t set_after(uint32_t set)
{
    const uint32_t lowest = set & -set;
    const uint32_t carried = set + lowest;
    return carried | (set ^ carried) >> 2 >> set_lowest(set);
}

static inline void bits_mark(const struct sourcing *sourcing, const uint32_t *places,
                             uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        sourcing->bit_of[places[i]] = (uint8_t)i;
    }
}

static inline void bits_clear(const struct sourcing *sourcing, const uint32_t *places,
                              uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        sourcing->bit_of[places[i]] = BIT_NONE;
    }
}

#endif
