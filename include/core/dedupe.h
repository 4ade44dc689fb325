/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_DEDUPE_H
#define CORE_DEDUPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/table.h"
#include "core/limits.h"
#include "core/topic.h"

/*
 * Where every input partition stands, and which event identities are known (R4).
 *
 * An identity is source + id within one key of one topic, kept as its XXH3-128 (two of them never
 * meet in practice: 2^64 events for one collision). It is known as long as its record's timestamp
 * is not older than `window` before the newest in the partition it was read from. Each partition
 * keeps its identities in the order of arrival and forgets from the front.
 */
struct input {
    uint32_t live;
    uint32_t topic;
    int32_t partition;
    uint32_t identity_first;
    uint32_t identity_last;
    uint32_t pad;
    int64_t position;              /* offset after the last record read; 0: none */
    int64_t newest_timestamp_ms;   /* TIME_NONE: none */
    int64_t newest_time_ns;        /* of accepted events (R15); TIME_NONE: none */
};

struct identity {
    uint32_t live;
    uint32_t next;
    uint32_t input;
    uint32_t pad;
    struct hash128 id;
    uint64_t content;
    int64_t timestamp_ms;
};

struct dedupe {
    struct table inputs;
    struct table identities;
    struct map by_identity;
    uint32_t *input_rows;          /* [topic * INPUT_PARTITIONS_MAX + partition] */
};

void dedupe_init(struct dedupe *dedupe, struct arena *arena, struct arena *spill,
                 uint32_t identity_count_max);

/* The input's row, made when it is first met. */
uint32_t dedupe_input(struct dedupe *dedupe, enum topic topic, int32_t partition);
/* 0: never met. */
uint32_t dedupe_input_find(const struct dedupe *dedupe, enum topic topic, int32_t partition);
const struct input *dedupe_input_row(const struct dedupe *dedupe, uint32_t input);

/* A record was read: moves the position and the newest timestamp. */
void dedupe_read(struct dedupe *dedupe, uint32_t input, int64_t offset, int64_t timestamp_ms);

/* The identity of an event. */
struct hash128 dedupe_identity(enum topic topic, struct bytes key, struct bytes source,
                               struct bytes id);

/* Whether it is known; then `out_content` is the content it came with. */
bool dedupe_known(const struct dedupe *dedupe, struct hash128 identity, int64_t window_ms,
                  uint64_t *out_content);

/* Remembers an accepted event and forgets what the window has left. False where it is full. */
bool dedupe_accept(struct dedupe *dedupe, uint32_t input, struct hash128 identity,
                   uint64_t content, int64_t timestamp_ms, int64_t time_ns, int64_t window_ms);

/* Builds the map and the input rows anew after a restore. */
void dedupe_restored(struct dedupe *dedupe);

#endif
