/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_REDIS_STORE_H
#define EDGE_REDIS_STORE_H

#include "edge/store_backend.h"

/*
 * Snapshots in Redis. All keys carry the group as hash tag, so that they lie in one slot:
 *
 *     promised:{<group>}:<prefix>:object:<name>   one object each
 *     promised:{<group>}:<prefix>:objects         set of the names of all objects
 *     promised:{<group>}:<prefix>:pointer         hash: sequence and manifest of the newest
 *                                                 snapshot and of the one before
 *
 * The pointer moves in a script, so that it is compared and set in one step. A name is in the set
 * before its object is written and until after it was removed: nothing is ever left unlisted.
 *
 * redis://[user:password@]host[:port][/db]; user and password percent-encoded. TLS (rediss) is
 * refused: this build has none. Connecting takes at most 2 s, a reply at most 5 s.
 */
MUST_USE enum status redis_store_open(const char *url, const char *group, const char *prefix,
                                      struct store_backend *out_backend, struct failure *failure);

#endif
