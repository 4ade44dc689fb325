/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WORLD_PROMISE_H
#define CORE_WORLD_PROMISE_H

#include "core/sort.h"
#include "core/world_state.h"

/*
 * How an item is promised, step by step; for the document (world_promise.c), for its explanation
 * (world_explain.c) and for sourcing (world_settle.c). Reads views: world_refresh() comes before.
 */

struct load_list {
    struct load *loads;
    uint32_t count;
};

/* An item at a location: what it can ship when, as it is and with each constraint lifted. */
struct place {
    uint32_t location;
    uint32_t balance;              /* 0: it is only made there */
    struct source source;          /* as it is: all but days and cost, which are a lane's */
    const struct way *way;         /* to the class at hand; NULL: none */
    int32_t first[CONSTRAINT_COUNT];   /* ship day of the first load; DAY_NONE */
    struct load_list *lifted;      /* by constraint, where units wait; else only `first` is told */
};

struct promising {
    const struct world *world;
    struct arena *arena;
    uint32_t item;
    uint32_t network;
    int64_t waiting;
    bool limits;                   /* R11 is wanted, too */
    struct place *places;          /* by location row */
    uint32_t place_count;
    uint32_t felt[CONSTRAINT_COUNT];   /* places whose first load moves when it is lifted */
    struct source *sources;        /* of the class at hand */
    uint32_t *source_places;
};

struct class_promise {
    struct offer_document offers[OFFERS_MAX];
    uint32_t offer_count;
    struct limit_document limited_by;
    int64_t valid_until_ms;        /* INSTANT_NONE */
};

void promising_begin(const struct world *world, uint32_t item, uint32_t network, bool limits,
                     struct arena *arena, struct promising *out);
void promise_class(struct promising *promising, const struct way_class *class,
                   struct class_promise *out);
uint32_t place_loads(const struct world *world, uint32_t item, uint32_t location,
                     uint32_t balance, uint32_t recipe_first, enum constraint lifted,
                     enum capacity_reading reading, struct arena *arena, struct load **out_loads);

#endif
