/* SPDX-License-Identifier: Apache-2.0 */
#include "app/stores.h"

static enum status open_backends(const struct config *config, struct store_backend *backends,
                                 struct failure *failure)
{
    for (uint32_t i = 0; i < config->snapshot_url_count; i++) {
        const enum status status = store_backend_open(config->snapshot_urls[i], config->group,
                                                      config->topic_prefix, &backends[i], failure);
        if (status != STATUS_OK) {
            while (i > 0) {
                i--;
                backends[i].close(backends[i].context);
            }
            return status;
        }
    }
    return STATUS_OK;
}

enum status stores_open(const struct config *config, struct stores *out_stores,
                        struct failure *failure)
{
    struct store_backend backends[CONFIG_URLS_MAX];
    struct stores stores = { .count = config->snapshot_url_count };
    enum status status = open_backends(config, backends, failure);
    if (status == STATUS_OK) {
        status = store_thread_open(backends, stores.count, &stores.thread, failure);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t i = 0; i < stores.count; i++) {
        stores.ports[i] = store_thread_port(stores.thread, i);
    }
    *out_stores = stores;
    return STATUS_OK;
}

void stores_close(struct stores *stores)
{
    store_thread_close(stores->thread);
    stores->thread = NULL;
}
