/* SPDX-License-Identifier: Apache-2.0 */
#include "model/shrink.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void run_here(const struct stream *stream, const struct step *const *steps,
                     size_t step_count, const struct stream_zones *zones, bool loud,
                     struct shrink_result *shared)
{
    struct check_outcome outcome;
    check_run(stream, steps, step_count, zones, &shared->step, &outcome);
    shared->entries = outcome.entries;
    shared->documents = outcome.documents;
    shared->hit_count = outcome.hit_count;
    for (uint32_t i = 0; i < outcome.hit_count; i++) {
        shared->hits[i] = outcome.hits[i].count;
    }
    memcpy(shared->kind, outcome.kind, sizeof shared->kind);
    shared->ended = outcome.differs ? SHRINK_DIFFERS : SHRINK_EQUAL;
    if (loud && outcome.differs) {
        (void)printf("%s", render_text(&outcome.report));
        (void)fflush(stdout);
    }
    render_free(&outcome.report);
}

static void be_quiet(void)
{
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) {
        (void)dup2(nowhere, STDERR_FILENO);
    }
}

struct shrink_result shrink_run(const struct stream *stream, const struct step *const *steps,
                                size_t step_count, const struct stream_zones *zones, bool loud)
{
    struct shrink_result *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        abort();
    }
    shared->ended = SHRINK_STOPPED;
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child < 0) {
        abort();
    }
    if (child == 0) {
        if (!loud) {
            be_quiet();
        }
        run_here(stream, steps, step_count, zones, loud, shared);
        _exit(0);
    }
    int status;
    (void)waitpid(child, &status, 0);
    const struct shrink_result result = *shared;
    (void)munmap(shared, sizeof *shared);
    return result;
}

/* The list without the steps from..to-1; true if it still fails. */
static bool fails_without(const struct stream *stream, const struct step **steps, size_t *count,
                          size_t from, size_t to, const struct stream_zones *zones,
                          const struct shrink_result *failure)
{
    const struct step **rest = malloc((*count + 1) * sizeof *rest);
    if (!rest) {
        abort();
    }
    memcpy(rest, steps, from * sizeof *rest);
    memcpy(rest + from, steps + to, (*count - to) * sizeof *rest);
    const size_t left = *count - (to - from);
    const struct shrink_result result = shrink_run(stream, rest, left, zones, false);
    const bool fails = result.ended == failure->ended && strcmp(result.kind, failure->kind) == 0;
    if (fails) {
        memcpy(steps, rest, left * sizeof *rest);
        *count = left;
    }
    free(rest);
    return fails;
}

size_t shrink_steps(const struct stream *stream, const struct step **steps, size_t step_count,
                    const struct stream_zones *zones, int seconds)
{
    const time_t until = time(NULL) + seconds;
    const struct shrink_result failure = shrink_run(stream, steps, step_count, zones, false);
    size_t count = step_count;
    size_t chunk = count / 2 ? count / 2 : 1;
    for (;;) {
        bool dropped = false;
        for (size_t from = 0; from < count && time(NULL) < until;) {
            const size_t to = from + chunk < count ? from + chunk : count;
            if (fails_without(stream, steps, &count, from, to, zones, &failure)) {
                dropped = true;
            } else {
                from = to;
            }
        }
        if (time(NULL) >= until || (chunk == 1 && !dropped)) {
            return count;
        }
        chunk = chunk > 1 ? chunk / 2 : 1;
    }
}
