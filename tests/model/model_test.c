/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world against its slow, obvious twin:
 *
 *     model_test [--seed N] [--seeds N] [--events N] [--shrink-seconds N]
 *     model_test --worlds N [--seed N]
 *     model_test --monotone N [--seed N]
 *
 * The first takes long streams and compares after every entry, the second many small worlds and
 * compares each at its end. What tells world and twin apart is printed with its seed, the step,
 * what differs, and the least list of steps that still does. The third tries R13 on the world
 * alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/monotone.h"
#include "model/shrink.h"
#include "model/worlds.h"

struct options {
    uint64_t seed;
    uint64_t seeds;
    uint64_t worlds;
    uint64_t monotone;
    size_t events;
    int shrink_seconds;
};

static bool take_option(struct options *options, const char *name, const char *value)
{
    const unsigned long long number = strtoull(value, NULL, 10);
    if (strcmp(name, "--seed") == 0) {
        options->seed = number;
    } else if (strcmp(name, "--seeds") == 0) {
        options->seeds = number;
    } else if (strcmp(name, "--worlds") == 0) {
        options->worlds = number;
    } else if (strcmp(name, "--monotone") == 0) {
        options->monotone = number;
    } else if (strcmp(name, "--events") == 0) {
        options->events = number;
    } else if (strcmp(name, "--shrink-seconds") == 0) {
        options->shrink_seconds = (int)number;
    } else {
        return false;
    }
    return true;
}

static void print_step(const struct step *step)
{
    struct rendered text = { NULL, 0, 0 };
    render_step(&text, step);
    (void)printf("    %s\n", render_text(&text));
    render_free(&text);
}

static void print_settings(const struct settings *settings)
{
    (void)printf("clock %s, dedupe %lld, future_tolerance %lld, reorder_window %lld, "
                 "closed_orders %lld, tombstone_after %lld ms, grace_days %d\n",
                 settings->clock == WORLD_CLOCK_WALL ? "wall" : "event",
                 (long long)settings->dedupe_window_ms, (long long)settings->future_tolerance_ms,
                 (long long)settings->reorder_window_ms, (long long)settings->closed_orders_ms,
                 (long long)settings->tombstone_after_ms, settings->inbound_grace_days);
}

static void explain(const struct stream *stream, const struct step **steps, size_t count,
                    const struct stream_zones *zones, const struct options *options)
{
    const struct shrink_result result = shrink_run(stream, steps, count, zones, true);
    (void)printf("seed %llu, step %zu%s:\n", (unsigned long long)stream->seed, result.step,
                 result.ended == SHRINK_STOPPED ? " (the world stopped)" : "");
    size_t end = result.step + 1;
    for (; end < count && steps[end]->joins; end++) {
    }
    for (size_t i = result.step; i < end; i++) {
        print_step(steps[i]);
    }
    print_settings(&stream->settings);
    const size_t least = shrink_steps(stream, steps, end, zones, options->shrink_seconds);
    (void)printf("the least list that still fails has %zu steps:\n", least);
    for (size_t i = 0; i < least && i < 200; i++) {
        print_step(steps[i]);
    }
    (void)shrink_run(stream, steps, least, zones, true);
}

static bool run_stream(struct stream *stream, const struct options *options,
                       const struct stream_zones *zones, struct worlds_tally *tally)
{
    const struct step **steps = malloc((stream->step_count + 1) * sizeof *steps);
    if (!steps) {
        abort();
    }
    for (size_t i = 0; i < stream->step_count; i++) {
        steps[i] = &stream->steps[i];
    }
    const struct shrink_result result = shrink_run(stream, steps, stream->step_count, zones, false);
    if (result.ended != SHRINK_EQUAL) {
        explain(stream, steps, stream->step_count, zones, options);
    }
    tally->entries += result.entries;
    tally->documents += result.documents;
    for (uint32_t i = 0; i < result.hit_count; i++) {
        tally->hits[i] += result.hits[i];
    }
    free(steps);
    stream_free(stream);
    return result.ended == SHRINK_EQUAL;
}

static void print_tally(const struct worlds_tally *tally)
{
    struct model *model = model_new();
    uint32_t count;
    const struct model_hit *hits = model_hits(model, &count);
    for (uint32_t i = 0; i < count; i++) {
        (void)printf("%12llu  %s\n", (unsigned long long)tally->hits[i], hits[i].rule);
    }
    model_free(model);
    (void)printf("%llu entries, %llu documents compared\n", (unsigned long long)tally->entries,
                 (unsigned long long)tally->documents);
}

static bool run_streams(const struct options *options, const struct stream_zones *zones,
                        struct worlds_tally *tally)
{
    for (uint64_t i = 0; i < options->seeds; i++) {
        struct stream *stream = stream_make(options->seed + i, options->events, zones);
        if (!run_stream(stream, options, zones, tally)) {
            return false;
        }
    }
    return true;
}

static bool run_worlds(const struct options *options, const struct stream_zones *zones,
                       struct worlds_tally *tally)
{
    uint64_t seed;
    if (worlds_run(options->seed, options->worlds, zones, tally, &seed)) {
        return true;
    }
    (void)printf("world %llu:\n", (unsigned long long)seed);
    struct worlds_tally alone = { 0 };
    (void)run_stream(stream_make_world(seed, zones), options, zones, &alone);
    return false;
}

static bool run_monotone(const struct options *options, const struct stream_zones *zones)
{
    struct monotone_tally tally = { 0 };
    uint64_t seed;
    const bool good = monotone_run(options->seed, options->monotone, zones, &tally, &seed);
    if (!good) {
        (void)printf("world %llu breaks R13\n", (unsigned long long)seed);
    }
    (void)printf("%llu worlds, %llu steps compared, %llu with a decision in between, %llu offers, "
                 "%llu moved\n",
                 (unsigned long long)tally.worlds, (unsigned long long)tally.compared,
                 (unsigned long long)tally.decided, (unsigned long long)tally.offers,
                 (unsigned long long)tally.moved);
    return good;
}

int main(int count, char **arguments)
{
    struct options options = { .seed = 1, .seeds = 20, .events = 2000, .shrink_seconds = 60 };
    static struct stream_zones zones;
    static struct worlds_tally tally;
    for (int i = 1; i < count; i += 2) {
        if (i + 1 == count || !take_option(&options, arguments[i], arguments[i + 1])) {
            (void)fprintf(stderr, "usage: model_test [--seed N] [--seeds N] [--events N] "
                                  "[--worlds N] [--monotone N] [--shrink-seconds N]\n");
            return 64;
        }
    }
    stream_zones_find(&zones);
    if (options.monotone) {
        return run_monotone(&options, &zones) ? 0 : 1;
    }
    if (!(options.worlds ? run_worlds(&options, &zones, &tally)
                         : run_streams(&options, &zones, &tally))) {
        return 1;
    }
    print_tally(&tally);
    return 0;
}
