/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WORLD_EXPLAIN_H
#define CORE_WORLD_EXPLAIN_H

#include "core/explain.h"
#include "core/world_promise.h"

/*
 * An explanation at work: world_explain.c gathers the locations, merges what they can ship and says
 * why; world_sight.c tells what one location has.
 */

/* A location that is looked at. */
struct sight {
    uint32_t location;
    uint32_t balance;              /* 0: none */
    uint32_t lane;                 /* 0: none */
    bool made;                     /* made to order there */
    bool ships;                    /* enabled, with a lane, and it may have the item */
    struct load *loads[CONSTRAINT_COUNT];
    uint32_t load_counts[CONSTRAINT_COUNT];
    struct explain_location told;
};

struct explaining {
    const struct world *world;
    struct arena *arena;
    uint32_t item;
    uint32_t network;
    uint32_t zone;                 /* labels */
    uint32_t service;
    struct explanation *out;
    struct sight *sights;
    uint32_t sight_count;
    uint32_t sight_more;           /* of the network, not looked at */
    /* Of the last merge: sources, and which sights they are. */
    struct source *sources;
    uint32_t *source_sights;
    uint32_t source_count;
    struct segment *segments;
    uint32_t segment_count;
};

/* Fills `told` but for the reason and what it gives to the order. */
void sight_tell(struct explaining *explaining, struct sight *sight);

#endif
