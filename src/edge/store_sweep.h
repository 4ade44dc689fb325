/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_STORE_SWEEP_H
#define EDGE_STORE_SWEEP_H

#include "edge/store_backend.h"
#include "wire/snapshot_codec.h"

/*
 * Drops objects that neither of the two kept manifests names: what crashes, abandoned snapshots and
 * former writers left. `newest` is the manifest that the store's pointer has just moved to.
 *
 * An object with a higher sequence than the pointer may be on its way to be named by somebody: it
 * stays. One with a lower sequence never will be, for the pointer only goes forward. Where the
 * older manifest cannot be read, nothing is dropped. `out_clean`: nothing is left to drop.
 */
MUST_USE enum status store_sweep(const struct store_backend *backend,
                                 const struct snapshot_manifest *newest, bool *out_clean,
                                 struct failure *failure);

#endif
