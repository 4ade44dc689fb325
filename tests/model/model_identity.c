/* SPDX-License-Identifier: Apache-2.0 */
/* Where records come from, and which events are known (R4). */
#include "model/model_state.h"

#include <stdlib.h>

static int input_of(struct model *model, const struct record_place *place)
{
    for (size_t i = 0; i < model->input_count; i++) {
        if (model->inputs[i].topic == place->topic &&
            model->inputs[i].partition == place->partition) {
            return (int)i;
        }
    }
    struct input *input = PUSH(model->inputs, model->input_count);
    *input = (struct input){ place->topic, place->partition, TIME_NONE, TIME_NONE };
    return (int)model->input_count - 1;
}

/* 2.5: under `wall` a timestamp that is absent or later than now counts as now. */
static int64_t effective_timestamp(const struct model *model, const struct record_place *place)
{
    if (model->settings.clock == WORLD_CLOCK_EVENT) {
        return place->timestamp_ms < 0 ? 0 : place->timestamp_ms;
    }
    return place->timestamp_ms < 0 || place->timestamp_ms > model->now_ms ? model->now_ms
                                                                           : place->timestamp_ms;
}

struct arrival arrival_of(struct model *model, const struct record_place *place,
                             const struct event *event)
{
    const int64_t timestamp_ms = effective_timestamp(model, place);
    struct arrival arrival = { event, input_of(model, place), timestamp_ms, 0 };
    struct input *input = &model->inputs[arrival.input];
    if (arrival.timestamp_ms > input->newest_timestamp_ms) {
        input->newest_timestamp_ms = arrival.timestamp_ms;
    }
    return arrival;
}

struct text {
    char *data;
    size_t count;
};

static void text_put(struct text *text, const void *data, size_t count)
{
    text->data = realloc(text->data, text->count + count + 1);
    if (!text->data) {
        abort();
    }
    if (count) {
        memcpy(text->data + text->count, data, count);
    }
    text->count += count;
}

static void text_name(struct text *text, struct bytes name)
{
    text_put(text, name.data, name.count);
    text_put(text, "|", 1);
}

static void text_number(struct text *text, int64_t number)
{
    text_put(text, &number, sizeof number);
}

static void text_line(struct text *text, const struct line_data *line)
{
    text_name(text, line->line_id);
    text_name(text, line->sku);
    text_name(text, line->location);
    text_number(text, line->quantity);
    text_number(text, line->promised_by);
    for (uint32_t i = 0; i < line->bundle.count; i++) {
        text_name(text, line->bundle.parts[i].sku);
        text_number(text, line->bundle.parts[i].quantity);
    }
    text_put(text, ";", 1);
}

/* R4: type, time and the data fields. */
static struct text content_of(const struct event *event)
{
    struct text text = { NULL, 0 };
    text_number(&text, event->type);
    text_number(&text, event->time_ns);
    if (event->type <= EVENT_INBOUND_EXPECTED) {
        const struct stock_data *stock = &event->stock;
        text_name(&text, stock->location);
        text_name(&text, stock->inbound_id);
        text_name(&text, stock->to);
        text_name(&text, stock->order_id);
        text_name(&text, stock->line_id);
        text_number(&text, stock->quantity);
        text_number(&text, stock->eta);
        text_number(&text, stock->sellable);
        return text;
    }
    const struct order_data *order = &event->order;
    text_name(&text, order->shipment_id);
    text_name(&text, order->location);
    text_name(&text, order->zone);
    text_name(&text, order->network);
    text_name(&text, order->service);
    for (uint32_t i = 0; i < order->line_count; i++) {
        text_line(&text, &order->lines[i]);
    }
    return text;
}

static struct bytes key_of(const struct event *event)
{
    return event->type <= EVENT_INBOUND_EXPECTED ? event->stock.sku : event->order.order_id;
}

static struct text identity_key(const struct model *model, const struct arrival *arrival)
{
    struct text text = { NULL, 0 };
    text_number(&text, model->inputs[arrival->input].topic);
    text_name(&text, key_of(arrival->event));
    text_name(&text, arrival->event->source);
    text_name(&text, arrival->event->id);
    return text;
}

static uint64_t hash_of(const struct text *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text->count; i++) {
        hash = (hash ^ (uint8_t)text->data[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static size_t *identity_slot(const struct model *model, const struct text *key, uint64_t hash)
{
    size_t at = hash & (model->identity_slot_count - 1);
    while (model->identity_slots[at]) {
        const struct identity *identity = &model->identities[model->identity_slots[at] - 1];
        if (identity->hash == hash && identity->key_bytes == key->count &&
            memcmp(identity->key, key->data, key->count) == 0) {
            break;
        }
        at = (at + 1) & (model->identity_slot_count - 1);
    }
    return &model->identity_slots[at];
}

static void identities_room(struct model *model)
{
    if (2 * (model->identity_count + 1) < model->identity_slot_count) {
        return;
    }
    free(model->identity_slots);
    model->identity_slot_count =
        model->identity_slot_count ? 2 * model->identity_slot_count : 1024;
    model->identity_slots = calloc(model->identity_slot_count, sizeof *model->identity_slots);
    if (!model->identity_slots) {
        abort();
    }
    for (size_t i = 0; i < model->identity_count; i++) {
        const struct text key = { model->identities[i].key, model->identities[i].key_bytes };
        *identity_slot(model, &key, model->identities[i].hash) = i + 1;
    }
}

/* The event that came with this identity, while the window knows it. */
const struct identity *identity_known(struct model *model, const struct arrival *arrival)
{
    identities_room(model);
    const struct text key = identity_key(model, arrival);
    const size_t at = *identity_slot(model, &key, hash_of(&key));
    free(key.data);
    if (!at) {
        return NULL;
    }
    const struct identity *identity = &model->identities[at - 1];
    const int64_t start = model->inputs[identity->input].newest_timestamp_ms -
                          model->settings.dedupe_window_ms;
    if (identity->timestamp_ms < start) {
        model_hit(model, HIT_R4_FORGOTTEN);
        return NULL;
    }
    return identity;
}

void identity_use(struct model *model, const struct arrival *arrival)
{
    identities_room(model);
    struct text key = identity_key(model, arrival);
    struct text content = content_of(arrival->event);
    size_t *slot = identity_slot(model, &key, hash_of(&key));
    if (!*slot) {
        struct identity *added = PUSH(model->identities, model->identity_count);
        *added = (struct identity){ .hash = hash_of(&key), .key_bytes = key.count };
        *slot = model->identity_count;
    }
    struct identity *identity = &model->identities[*slot - 1];
    free(identity->key);
    free(identity->content);
    identity->key = key.data;
    identity->content = content.data;
    identity->content_bytes = content.count;
    identity->timestamp_ms = arrival->timestamp_ms;
    identity->input = arrival->input;
}

bool identity_same(const struct identity *identity, const struct event *event)
{
    struct text content = content_of(event);
    const bool same = content.count == identity->content_bytes &&
                      memcmp(content.data, identity->content, content.count) == 0;
    free(content.data);
    return same;
}
