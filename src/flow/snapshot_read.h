/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_SNAPSHOT_READ_H
#define FLOW_SNAPSHOT_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "flow/port.h"
#include "wire/snapshot_codec.h"

/* Reading a snapshot out of a store, chunk by chunk, each verified by its hash. */

/* Where chunks go. */
struct snapshot_sink {
    void *context;
    /* Whether the chunk need not be read. */
    bool (*holds)(void *context, uint32_t table, uint32_t chunk, const struct snapshot_chunk *at);
    /* Verified content; false: it does not fit. */
    bool (*take)(void *context, uint32_t table, uint32_t chunk, struct bytes content);
};

/*
 * The manifest with number `age`, copied into `scratch` and decoded. As the port's manifest(), and
 * STATUS_LOST: it is damaged.
 */
MUST_USE enum status snapshot_read_manifest(const struct store_port *store, uint32_t age,
                                            struct arena *scratch,
                                            struct snapshot_manifest *out_manifest,
                                            struct failure *failure);

/*
 * Every chunk that the sink does not hold, into the sink; each object is read once at most.
 * `scratch` takes a few bytes per chunk. STATUS_LOST: an object is missing or damaged.
 */
MUST_USE enum status snapshot_read_objects(const struct store_port *store,
                                           const struct snapshot_manifest *manifest,
                                           struct arena *scratch, const struct snapshot_sink *sink,
                                           struct failure *failure);

/* Whether the store has another manifest under this number now. */
bool snapshot_read_replaced(const struct store_port *store, uint32_t age, uint64_t sequence);

#endif
