/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_FILE_STORE_H
#define EDGE_FILE_STORE_H

#include "edge/store_backend.h"

/*
 * Snapshots in a directory, for one machine or for a shared file system with locks:
 *
 *     <directory>/<group>@<prefix>/object-<name>         one object each
 *     <directory>/<group>@<prefix>/manifest-<sequence>   the highest is the pointer
 *     <directory>/<group>@<prefix>/lock                  held while anything is written
 *
 * Every file is written beside its name, synced and renamed, so that what has its name is whole;
 * the pointer moves with the rename of a manifest, after the objects' names were synced.
 * A second writer is refused while the first one writes, and is no danger after: names never
 * collide, and a manifest is taken only if it continues the newest (store_backend.h).
 *
 * file:///directory (absolute; its last part is made where it is missing).
 */
MUST_USE enum status file_store_open(const char *url, const char *group, const char *prefix,
                                     struct store_backend *out_backend, struct failure *failure);

#endif
