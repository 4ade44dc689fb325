/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_MONOTONE_H
#define MODEL_MONOTONE_H

#include "model/stream.h"

/*
 * R13 on the real world: after a small random world, step by step a unit of stock, a slot of
 * capacity or a working day comes or goes. More never makes an offer later, less never earlier.
 *
 * Two things are not R13's. R9 rounds what a day takes down to 1, 2 or 5 x 10^n where it cuts: of
 * five units four may be promised later than of four. So where capacity counts units only the
 * first unit of an offer is compared; all quantities are where it counts lines or orders. And a
 * decision may stand between: a unit that comes gives a waiting line its ship day, and that takes
 * capacity. A step after which any order has other parts or ship days is not compared.
 */
struct monotone_tally {
    uint64_t worlds;
    uint64_t compared;       /* steps */
    uint64_t decided;        /* steps with a decision in between */
    uint64_t offers;         /* compared */
    uint64_t moved;          /* offers that moved, the right way */
};

/* `steps` of them, from seed on. False: `out_seed` breaks R13, and how was printed. */
bool monotone_run(uint64_t seed, uint64_t steps, const struct stream_zones *zones,
                  struct monotone_tally *tally, uint64_t *out_seed);

#endif
