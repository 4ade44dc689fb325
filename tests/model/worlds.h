/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_WORLDS_H
#define MODEL_WORLDS_H

#include "model/check.h"

/* What a run has seen. */
struct worlds_tally {
    uint64_t entries;
    uint64_t documents;
    uint64_t hits[128];
};

/*
 * Many small worlds, seed after seed, each compared with its twin at its end; thousands share one
 * process, so that a world that stops its process is found, too. False: `out_seed` differs.
 */
bool worlds_run(uint64_t seed, uint64_t count, const struct stream_zones *zones,
                struct worlds_tally *tally, uint64_t *out_seed);

#endif
