/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_LOOKUP_H
#define APP_LOOKUP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "core/world.h"

/*
 * Answers of `/v1/…` out of the world: documents as in the topics, in JSON, with the sequence
 * answered from as `version`. Keys that are gone are shown with `gone: true`, as readers see them.
 * False, and nothing written, where no key of this name has a document.
 * `arena` is scratch for one answer and is reset.
 */

/* {"sku":…,"items":[…],"locations":[…],"promises":[]}: promises come with a later release. */
bool lookup_item(const struct world *world, struct arena *arena, struct bytes sku,
                 struct buffer *out);

/* The document of the order. */
bool lookup_order(const struct world *world, struct arena *arena, struct bytes order_id,
                  struct buffer *out);

#endif
