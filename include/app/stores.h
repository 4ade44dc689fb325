/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_STORES_H
#define APP_STORES_H

#include "app/config.h"
#include "edge/store_thread.h"
#include "flow/port.h"

/* The snapshot stores of snapshots.url, in that order, on the one thread they share. */
struct stores {
    struct store_thread *thread;
    struct store_port ports[CONFIG_URLS_MAX];
    uint32_t count;
};

/* Connects to nothing yet. STATUS_CONFIG: a URL that no store takes. */
MUST_USE enum status stores_open(const struct config *config, struct stores *out_stores,
                                 struct failure *failure);

/* Takes stores that are zero or closed already. */
void stores_close(struct stores *stores);

#endif
