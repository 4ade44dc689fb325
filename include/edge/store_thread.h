/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_STORE_THREAD_H
#define EDGE_STORE_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/store_backend.h"
#include "flow/port.h"

/*
 * The one thread for snapshot I/O. It serves all stores: takes what their ports queue, compresses
 * it, and writes it, in the order in which it was queued for each store. One that is away costs
 * its own snapshot only: what is queued for it is dropped and counted as one failure, and it is
 * tried again after a pause. The queue of a store holds STORE_QUEUE_BYTES_MAX, and keeps what
 * memory it once needed.
 *
 * Reading (manifest, get) happens on the caller's thread and only before the first put, point or
 * drop, which starts the thread. After a start and after any trouble, objects that no manifest
 * names are swept away along with the next successes.
 *
 * Ports, messages, open and close belong to one thread, the caller's.
 */
enum {
    STORE_THREAD_STORES_MAX = 4,
    STORE_QUEUE_BYTES_MAX = 64 * 1024 * 1024,
};

struct store_thread;

/*
 * The store that a URL of snapshots.url names: redis://[user:password@]host[:port][/db] or
 * file:///directory. `group` and `prefix` (topic prefix, may be empty) keep groups apart in it.
 * Connects to nothing yet. STATUS_CONFIG: no such URL.
 */
MUST_USE enum status store_backend_open(const char *url, const char *group, const char *prefix,
                                        struct store_backend *out_backend,
                                        struct failure *failure);

/* Takes the backends over, also where it fails. */
MUST_USE enum status store_thread_open(const struct store_backend *backends, uint32_t count,
                                       struct store_thread **out_thread, struct failure *failure);
/* Stops after the call in progress; what is still queued is dropped. NULL is taken. */
void store_thread_close(struct store_thread *thread);

/* Good until store_thread_close(). */
struct store_port store_thread_port(struct store_thread *thread, uint32_t index);

/*
 * The next thing that a person should read, prefixed with the store's name: trouble, once per kind
 * until the store works again, with its mend; STATUS_OK: it works again, or a mere notice.
 */
bool store_thread_message(struct store_thread *thread, struct failure *out_message);

#endif
