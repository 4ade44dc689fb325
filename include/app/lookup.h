/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_LOOKUP_H
#define APP_LOOKUP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "core/explain.h"
#include "core/world.h"

/*
 * Answers of `/v1/…` out of the world: documents as in the topics, in JSON, with the sequence
 * answered from as `version`. Keys that are gone are shown with `gone: true`, as readers see them.
 * False, and nothing written, where no key of this name has a document.
 * `arena` is scratch for one answer and is reset.
 */

/* {"sku":…,"items":[…],"locations":[…],"promises":[…]} */
bool lookup_item(const struct world *world, struct arena *arena, struct bytes sku,
                 struct buffer *out);

/* The document of the order. */
bool lookup_order(const struct world *world, struct arena *arena, struct bytes order_id,
                  struct buffer *out);

/* The promises document of the location. */
bool lookup_location(const struct world *world, struct arena *arena, struct bytes location,
                     struct buffer *out);

/* What `/v1/items/{sku}/promise` asks. `zone` and `service` with count 0: all of them. */
struct promise_question {
    struct bytes sku;
    struct bytes network;
    struct bytes zone;
    struct bytes service;
    int64_t quantity;        /* 1 to 10^12 */
};

/*
 * Why the promises of an item are as they are:
 *
 *   {"sku", "network", "quantity", "version", "now", "sold", "discontinued", "preorder_from",
 *    "valid_until", "explanations": [one per service and group of zones with equal offers],
 *    "more": how many further ones were left out, "events": [newest first]}
 *
 * An answer must not hold the loop: at most LOOKUP_EXPLANATIONS_MAX are given, and fewer once so
 * many locations were looked at.
 */
enum { LOOKUP_EXPLANATIONS_MAX = 20, LOOKUP_LOCATIONS_MAX = 1000 };
enum explain_verdict lookup_promise(const struct world *world, struct arena *arena,
                                    const struct promise_question *question, struct buffer *out);

#endif
