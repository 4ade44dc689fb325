/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SOURCING_H
#define CORE_SOURCING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/promise.h"

/*
 * R7: from which locations the units of an order's lines ship, pure. Locations are the indices of
 * the caller's candidates: the enabled locations of the order's network with a lane to its zone
 * and service.
 */
enum {
    SOURCING_LOCATIONS_OF_LINE_MAX = 8,
    SOURCING_LOCATIONS_EXACT_MAX = 16,   /* above, greedily: one event never holds the world */
};

struct sourcing_location {
    struct bytes name;
    int64_t cost;            /* of the lane */
    int64_t priority;
    bool free;               /* the order has an open part there */
};

/* A line with units to place; all on the state before any line of the order is placed. */
struct sourcing_line {
    const struct segment *segments;   /* in order, exact capacity; source: index of a candidate */
    uint32_t segment_count;
    int64_t units;                    /* > 0 */
};

struct sourcing_choice {
    uint32_t line;           /* index */
    uint32_t location;       /* index */
    int64_t units;           /* > 0 */
};

/* What sourcing_choose() takes from its arena, at most. */
size_t sourcing_bytes(uint32_t location_count, uint32_t line_count);

/*
 * Chooses for every line. Units that no segment covers are left out: the caller puts them to the
 * location first by priority and name. Choices are in the order of lines, then in the order in
 * which the line's segments name the locations; memory is taken from `arena`, which must have
 * sourcing_bytes().
 *
 * One order line may come as two lines here, with the segments of different locations: so the
 * caller asks a shorted location last.
 */
uint32_t sourcing_choose(const struct sourcing_location *locations, uint32_t location_count,
                         const struct sourcing_line *lines, uint32_t line_count,
                         struct arena *arena, struct sourcing_choice **out_choices);

#endif
