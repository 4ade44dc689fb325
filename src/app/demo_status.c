/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "demo_parts.h"
#include "edge/http_client.h"

/* The daemon's answer as JSON; NULL where there is none. */
static json_t *ask(struct demo *demo, const char *target)
{
    struct buffer room = buffer_of(demo->room, DEMO_STATUS_BYTES);
    struct bytes body = { 0 };
    struct failure failure;
    int code = 0;
    if (http_client_get(demo->host, demo->port, target, &room, &code, &body, &failure) !=
            STATUS_OK ||
        code != 200) {
        return NULL;
    }
    return json_loadb((const char *)body.data, body.count, 0, NULL);
}

bool demo_status_ready(struct demo *demo)
{
    struct buffer room = buffer_of(demo->room, DEMO_STATUS_BYTES);
    struct bytes body = { 0 };
    struct failure failure;
    int code = 0;
    return http_client_get(demo->host, demo->port, "/readyz", &room, &code, &body, &failure) ==
               STATUS_OK &&
           code == 200;
}

static void take_lag(struct demo *demo, const json_t *inputs)
{
    int64_t lag = 0;
    size_t index;
    json_t *input;
    json_array_foreach(inputs, index, input) {
        const int64_t one = json_integer_value(json_object_get(input, "lag_records"));
        lag = lag < 0 || one < 0 ? -1 : lag + one;
    }
    demo->status.lag_records = lag;
}

static void take_snapshots(struct demo *demo, const json_t *snapshots)
{
    const json_t *age = json_object_get(json_array_get(snapshots, 0), "age_seconds");
    const double seconds = json_is_number(age) ? json_number_value(age) : -1;
    const double before = demo->status.snapshot_age;
    demo->status.snapshots += seconds >= 0 && (before < 0 || seconds < before);
    demo->status.snapshot_age = seconds;
}

static void take_results(struct demo *demo, const json_t *events)
{
    for (int result = 0; result < DEMO_RESULT_COUNT; result++) {
        demo->status.results[result] =
            (uint64_t)json_integer_value(json_object_get(events, DEMO_RESULT_NAMES[result]));
    }
}

/* What our own reader knows of the SKU, in the first network that it has. */
static void look_up(const struct demo *demo, struct demo_screen_item *item)
{
    static const char *const NETWORKS[] = { "web", "trade", "default" };
    for (int i = 0; i < 3; i++) {
        char name[DEMO_NAME_BYTES];
        const struct demo_held *held =
            demo_map_find(&demo->board.held[0], demo_join(name, item->sku, NETWORKS[i]));
        json_t *document =
            held && held->value ? json_loadb(held->value, held->bytes, 0, NULL) : NULL;
        if (document) {
            (void)snprintf(item->network, sizeof item->network, "%s", NETWORKS[i]);
            (void)snprintf(item->status, sizeof item->status, "%s",
                           demo_field_text(document, "status"));
            item->available = demo_field_number(document, "available", -1);
            json_decref(document);
            return;
        }
    }
}

static void take_busy(struct demo *demo, const json_t *busy)
{
    size_t index;
    json_t *one;
    demo->view.item_count = 0;
    json_array_foreach(busy, index, one) {
        const char *sku = demo_field_text(one, "sku");
        if (demo->view.item_count == DEMO_SCREEN_ITEMS || !sku) {
            break;
        }
        struct demo_screen_item *item = &demo->view.items[demo->view.item_count++];
        *item = (struct demo_screen_item){ .available = -1 };
        (void)snprintf(item->sku, sizeof item->sku, "%s", sku);
        item->changes_per_minute =
            json_number_value(json_object_get(one, "changes_per_minute"));
        look_up(demo, item);
    }
}

void demo_status_poll(struct demo *demo)
{
    json_t *status = ask(demo, "/status");
    if (!json_is_object(status)) {
        json_decref(status);
        return;
    }
    demo->status.known = true;
    take_lag(demo, json_object_get(status, "inputs"));
    take_snapshots(demo, json_object_get(status, "snapshots"));
    take_results(demo, json_object_get(status, "events"));
    take_busy(demo, json_object_get(status, "busy_items"));
    json_decref(status);
}
