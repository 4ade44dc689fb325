/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_SHRINK_H
#define MODEL_SHRINK_H

#include "model/check.h"

/*
 * Runs in processes of their own, so that a world that stops its process can be shrunk, too.
 */
enum shrink_ended { SHRINK_EQUAL, SHRINK_DIFFERS, SHRINK_STOPPED };

struct shrink_result {
    enum shrink_ended ended;
    char kind[64];
    size_t step;
    uint64_t entries;
    uint64_t documents;
    uint32_t hit_count;
    uint64_t hits[128];
};

/* `loud`: prints what differs. */
struct shrink_result shrink_run(const struct stream *stream, const struct step *const *steps,
                                size_t step_count, const struct stream_zones *zones, bool loud);

/*
 * Drops steps from the list as long as it still fails the same way, for at most `seconds`.
 * Returns how many are left, in front of `steps`.
 */
size_t shrink_steps(const struct stream *stream, const struct step **steps, size_t step_count,
                    const struct stream_zones *zones, int seconds);

#endif
