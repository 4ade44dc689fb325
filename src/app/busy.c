/* SPDX-License-Identifier: Apache-2.0 */
#include "app/busy.h"

#include <math.h>

static struct busy_slot *find_slot(struct busy *busy, struct bytes sku)
{
    struct busy_slot *lightest = &busy->slots[0];
    for (uint32_t i = 0; i < BUSY_SLOTS; i++) {
        struct busy_slot *slot = &busy->slots[i];
        if (bytes_equal(bytes_of(slot->sku, slot->sku_bytes), sku)) {
            return slot;
        }
        if (slot->weight < lightest->weight) {
            lightest = slot;
        }
    }
    memcpy(lightest->sku, sku.data, sku.count);
    lightest->sku[sku.count] = '\0';
    lightest->sku_bytes = (uint32_t)sku.count;
    lightest->taken_over = lightest->weight;
    return lightest;
}

void busy_count(struct busy *busy, struct bytes sku)
{
    if (sku.count > 0 && sku.count <= KEY_BYTES_MAX) {
        find_slot(busy, sku)->weight += 1;
    }
}

void busy_decay(struct busy *busy, double seconds)
{
    const double factor = exp(-seconds / 60);
    for (uint32_t i = 0; i < BUSY_SLOTS; i++) {
        busy->slots[i].weight *= factor;
        busy->slots[i].taken_over *= factor;
    }
}

/* Puts a slot into the list where its weight belongs; the lightest falls off the end. */
static uint32_t insert(struct busy_item *items, uint32_t count, const struct busy_slot *slot)
{
    uint32_t at = count < FIGURES_BUSY_MAX ? count : FIGURES_BUSY_MAX;
    const double weight = slot->weight - slot->taken_over;
    while (at > 0 && items[at - 1].changes_per_minute < weight) {
        if (at < FIGURES_BUSY_MAX) {
            items[at] = items[at - 1];
        }
        at--;
    }
    if (at == FIGURES_BUSY_MAX) {
        return count;
    }
    memcpy(items[at].sku, slot->sku, sizeof items[at].sku);
    items[at].changes_per_minute = weight;
    return count < FIGURES_BUSY_MAX ? count + 1 : count;
}

void busy_list(const struct busy *busy, struct busy_item *out_items, uint32_t *out_count)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < BUSY_SLOTS; i++) {
        const struct busy_slot *slot = &busy->slots[i];
        if (slot->sku_bytes > 0 && slot->weight - slot->taken_over >= 1) {
            count = insert(out_items, count, slot);
        }
    }
    *out_count = count;
}
