/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WORLD_SETTLE_H
#define CORE_WORLD_SETTLE_H

#include "core/world_state.h"

/*
 * How decisions meet: world_settle.c (who is settled when), world_sourcing.c (R7), world_ship.c
 * (R9), world_move.c (R7, *move*). They use the world's scratch; whoever marks it puts it back.
 */

/*
 * R7 for all units without location of these lines, by number: all of the order's, or one that may
 * move. Of a trial nothing must be left if it is no better: false, and nothing is placed, where
 * units would only wait at a location that never had any.
 */
bool order_source(struct world *world, uint32_t order, const uint32_t *lines, uint32_t count,
                  bool trial);

/* R7 (c): where a line of the order waits for what nobody has, unless it was shorted there. */
uint32_t order_last_resort(struct world *world, uint32_t order);

/* Gives an open part without ship day its day (R9). True: it is covered, but found none. */
bool part_settle(struct world *world, uint32_t part);

/* Tries the line's parts without ship day; true where one is covered but found no day. */
bool line_date(struct world *world, uint32_t line);

/* What units left without an event: orders that are covered by that now are pending (2.6). */
void pend_covered(struct world *world, uint32_t balance);

/* Promises the line its date once all its units have a day. */
bool line_decide(struct world *world, uint32_t line);

#endif
