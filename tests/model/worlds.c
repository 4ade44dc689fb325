/* SPDX-License-Identifier: Apache-2.0 */
#include "model/worlds.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 2000, PROGRESS_EVERY = 20000 };

/* What a process of worlds leaves to the one that waits for it. */
struct batch {
    uint64_t seed;           /* at hand; the first that differs */
    bool equal;
    struct worlds_tally tally;
};

static bool run_world(uint64_t seed, const struct stream_zones *zones, struct worlds_tally *tally)
{
    struct stream *stream = stream_make_world(seed, zones);
    const struct step **steps = malloc((stream->step_count + 1) * sizeof *steps);
    if (!steps) {
        abort();
    }
    for (size_t i = 0; i < stream->step_count; i++) {
        steps[i] = &stream->steps[i];
    }
    struct check_outcome outcome;
    check_run(stream, steps, stream->step_count, zones, NULL, &outcome);
    tally->entries += outcome.entries;
    tally->documents += outcome.documents;
    for (uint32_t i = 0; i < outcome.hit_count; i++) {
        tally->hits[i] += outcome.hits[i].count;
    }
    render_free(&outcome.report);
    free(steps);
    stream_free(stream);
    return !outcome.differs;
}

static void run_batch(uint64_t seed, uint64_t count, const struct stream_zones *zones,
                      struct batch *batch)
{
    bool equal = true;
    for (uint64_t i = 0; i < count && equal; i++) {
        batch->seed = seed + i;
        equal = run_world(seed + i, zones, &batch->tally);
    }
    batch->equal = equal;
}

bool worlds_run(uint64_t seed, uint64_t count, const struct stream_zones *zones,
                struct worlds_tally *tally, uint64_t *out_seed)
{
    struct batch *batch = mmap(NULL, sizeof *batch, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (batch == MAP_FAILED) {
        abort();
    }
    batch->equal = true;
    for (uint64_t done = 0; done < count && batch->equal; done += BATCH) {
        batch->equal = false;
        (void)fflush(stdout);
        const pid_t child = fork();
        if (child < 0) {
            abort();
        }
        if (child == 0) {
            run_batch(seed + done, count - done < BATCH ? count - done : BATCH, zones, batch);
            _exit(0);
        }
        int status;
        (void)waitpid(child, &status, 0);
        if (batch->equal && (done + BATCH) % PROGRESS_EVERY == 0) {
            (void)fprintf(stderr, "%llu worlds\n", (unsigned long long)(done + BATCH));
        }
    }
    const bool equal = batch->equal;
    *tally = batch->tally;
    *out_seed = batch->seed;
    (void)munmap(batch, sizeof *batch);
    return equal;
}
