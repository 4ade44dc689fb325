/* SPDX-License-Identifier: Apache-2.0 */
#include "model/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/audit_state.h"

void audit_fault(struct audit *audit, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(audit->report, audit->report_bytes, format, values);
    va_end(values);
    audit->sound = false;
}

void *audit_zeroed(uint32_t count, size_t bytes)
{
    void *memory = calloc((size_t)count + 1, bytes);
    if (!memory) {
        abort();
    }
    return memory;
}

/* ------------------------------------------------------------------ what exists once */

static void audit_header(struct audit *audit)
{
    const struct world *world = audit->world;
    const struct header *header = header_at(world);
    uint32_t parked = 0;
    uint32_t alarms = 0;
    EACH_ROW(world, entries, row)
    {
        const uint8_t state = entry_at(world, row)->parked;
        SOUND(audit, state != ENTRY_FRESH, "entry %u is fresh between entries", row);
        parked += state != ENTRY_SETTLED;
        alarms += state == ENTRY_ALARMED;
    }
    SOUND(audit, header->parked_count == parked, "parked %u, are %u", header->parked_count, parked);
    SOUND(audit, header->parked_alarms == alarms, "alarms %u, are %u", header->parked_alarms,
          alarms);
    int64_t shortfall = 0;
    EACH_ROW(world, balances.rows, row)
    {
        shortfall += balance_row(&world->balances, row)->shortfall;
    }
    SOUND(audit, header->shortfall == shortfall, "shortfall %lld, is %lld",
          (long long)header->shortfall, (long long)shortfall);
}

static void audit_queues(struct audit *audit)
{
    const struct world *world = audit->world;
    const struct header *header = header_at(world);
    uint32_t count = 0;
    uint32_t last = 0;
    for (uint32_t row = header->rejected_first; row; row = rejected_at(world, row)->next) {
        last = row;
        count++;
    }
    SOUND(audit, count == world->rejecteds.live_count && last == header->rejected_last,
          "refused records: %u in the list, %u rows", count, world->rejecteds.live_count);
    count = 0;
    last = 0;
    for (uint32_t row = header->ended_first; row; row = ended_at(world, row)->next) {
        last = row;
        count++;
    }
    SOUND(audit, count == world->endeds.live_count && last == header->ended_last,
          "ended keys: %u in the list, %u rows", count, world->endeds.live_count);
}

static bool reminded(const struct world *world, enum due_kind kind, uint32_t row, int64_t at_ms)
{
    for (uint32_t i = 1; i <= world->due.live_count; i++) {
        const struct due *due = table_row(&world->due, i);
        if (due->kind == (uint32_t)kind && due->row == row &&
            (at_ms == INT64_MIN || due->at_ms == at_ms)) {
            return true;
        }
    }
    return false;
}

/* Time is told by reminders: what is to happen has one. */
static void audit_reminders(struct audit *audit)
{
    const struct world *world = audit->world;
    for (uint32_t i = 2; i <= world->due.live_count; i++) {
        const struct due *above = table_row(&world->due, i / 2);
        const struct due *below = table_row(&world->due, i);
        SOUND(audit, above->at_ms <= below->at_ms, "reminder %u is before %u", i, i / 2);
    }
    EACH_ROW(world, locations, row)
    {
        const struct location *location = location_at(world, row);
        SOUND(audit, reminded(world, DUE_MIDNIGHT, row, location->midnight_ms),
              "location %u: nobody tells its midnight", row);
        SOUND(audit,
              location->cutoff_ms == INSTANT_NONE ||
                  reminded(world, DUE_CUTOFF, row, location->cutoff_ms),
              "location %u: nobody tells its cut-off", row);
        SOUND(audit, location->today == location_day(world, row, header_at(world)->now_ms),
              "location %u: today is %d", row, location->today);
    }
    EACH_ROW(world, orders, row)
    {
        const struct order *order = order_at(world, row);
        SOUND(audit, !order->end_due || reminded(world, DUE_ORDER_END, row, INT64_MIN),
              "order %u: nobody tells its end", row);
        SOUND(audit, !order->known || order->open_count > 0 || order->end_due,
              "order %u will never end", row);
    }
}

/* Every text belongs to one row. */
static void audit_texts(struct audit *audit)
{
    const struct world *world = audit->world;
    uint32_t texts = 0;
    for (int i = 0; i < TEXT_CLASSES; i++) {
        texts += world->texts.classes[i].live_count;
    }
    const uint32_t named = world->items.live_count + world->locations.live_count +
                           world->networks.live_count + world->labels.live_count +
                           world->orders.live_count + world->lines.live_count +
                           world->shipments.live_count + world->inbounds.live_count +
                           world->zones.live_count;
    SOUND(audit, texts == named, "%u texts for %u names", texts, named);
}

bool audit_world(struct world *world, char *report, size_t report_bytes)
{
    struct audit audit = { world, report, report_bytes, true };
    audit_header(&audit);
    audit_queues(&audit);
    audit_reminders(&audit);
    audit_texts(&audit);
    audit_reference(&audit);
    audit_orders(&audit);
    audit_stock(&audit);
    audit_book(&audit);
    return audit.sound;
}
