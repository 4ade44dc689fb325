/* SPDX-License-Identifier: Apache-2.0 */
#include "stock_event.h"

#include <stdio.h>

#include "wire/msgpack_writer.h"

static void put_text(struct buffer *out, const char *name, const char *text)
{
    msgpack_write_text(out, bytes_text(name));
    msgpack_write_text(out, bytes_text(text));
}

static void put_number(struct buffer *out, const char *name, int64_t number)
{
    msgpack_write_text(out, bytes_text(name));
    msgpack_write_int(out, number);
}

void stock_event_write(struct buffer *out, const struct stock_event *event)
{
    char id[32];
    (void)snprintf(id, sizeof id, "%012llu", (unsigned long long)event->number);
    msgpack_write_map(out, 8);
    put_text(out, "id", id);
    put_text(out, "source", "/wms/north/handhelds");
    put_text(out, "type", event->type);
    put_number(out, "time", event->time_ms);
    put_text(out, "sku", event->sku);
    put_text(out, "location", event->location);
    put_number(out, "quantity", event->quantity);
    put_text(out, "reason", "moved by hand, aisle 17");
}
