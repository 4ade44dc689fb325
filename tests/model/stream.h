/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_STREAM_H
#define MODEL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/world.h"

/*
 * Random streams of events, the same for the same seed. Names are few and times close, so that
 * records repeat, contradict, overtake and outlive each other: every rule of the contract is
 * reached often. A stream owns all its events.
 */
enum step_kind {
    STEP_EVENT,
    STEP_REJECT,    /* a record that did not decode */
    STEP_SKIP,      /* a record that is passed over */
    STEP_TICK,      /* an entry without records */
};

struct step {
    enum step_kind kind;
    bool joins;                      /* stands in the entry of the step before */
    bool reviews;                    /* its entry has `review` */
    bool publishes;                  /* its entry says that all before it was published */
    enum topic topic;
    int32_t partition;               /* -1: a null that the writer added */
    int64_t now_ms;                  /* of its entry */
    int64_t timestamp_ms;
    const struct event *event;       /* of STEP_EVENT */
    const struct world_zone *zone;   /* rules that come with its entry; NULL: none */
};

/*
 * The time zones of all streams, found out once from the C library, and two odd ones: clocks that
 * change at midnight, and clocks that now and then skip a day.
 */
enum { STREAM_ZONES = 8 };
struct stream_zones {
    struct world_zone zones[STREAM_ZONES];
    struct world_zone changed[STREAM_ZONES];   /* the same names with other rules */
    struct zone_rules rules[STREAM_ZONES];
    struct zone_rules changed_rules[STREAM_ZONES];
};
void stream_zones_find(struct stream_zones *zones);

struct stream {
    uint64_t seed;
    struct settings settings;
    uint32_t output_partitions;
    bool small;                      /* a world of its own */
    bool at_end;                     /* compared at its end only: all but every eighth of them */
    bool whole_days;                 /* no limit of capacity counts units (every third world) */
    struct step *steps;
    size_t step_count;
    void **blocks;
    size_t block_count;
    size_t block_used;
};

struct stream *stream_make(uint64_t seed, size_t step_count, const struct stream_zones *zones);

/* A small world: described first, then a few dozen events that all meet. */
struct stream *stream_make_world(uint64_t seed, const struct stream_zones *zones);
void stream_free(struct stream *stream);

#endif
