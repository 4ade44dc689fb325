/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include "model/model.h"
#include "model/render.h"
#include "model/stream.h"

/*
 * Feeds the world and the model the same steps in lockstep and compares: what became of every
 * record; after every entry every document, now, and whether the world said which keys changed;
 * now and then, and at the end, all counters.
 */
struct check_outcome {
    bool differs;
    char kind[64];               /* of the first difference: shrinking keeps it */
    size_t step;                 /* the last one fed */
    struct rendered report;      /* what differs, for a person */
    uint64_t entries;
    uint64_t documents;          /* compared */
    struct model_hit hits[128];
    uint32_t hit_count;
};

/* `progress`, if not NULL, is the step being fed: it remains should the world stop the process. */
void check_run(const struct stream *stream, const struct step *const *steps, size_t step_count,
               const struct stream_zones *zones, volatile size_t *progress,
               struct check_outcome *out_outcome);

#endif
