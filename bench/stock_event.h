/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_STOCK_EVENT_H
#define BENCH_STOCK_EVENT_H

#include <stdint.h>

#include "base/bytes.h"

enum { STOCK_EVENT_BYTES_MAX = 512 };

/* One made-up stock event as a bare MessagePack map of about 150 bytes. */
struct stock_event {
    uint64_t number;            /* its id */
    const char *sku;
    const char *location;
    const char *type;
    int64_t quantity;
    int64_t time_ms;
};

void stock_event_write(struct buffer *out, const struct stock_event *event);

#endif
