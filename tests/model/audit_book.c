/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capacity: what the days of a location sum up is what the parts of orders have booked there. What
 * orders shipped that are forgotten meanwhile stays counted, so a day may have more lines, and with
 * them more work, than its bookings tell; never less.
 */
#include <stdlib.h>

#include "model/audit_state.h"

struct sums {
    int64_t work;
    uint32_t lines;
    uint32_t orders;
};

/* ------------------------------------------------------------------ bookings of parts */

static int64_t shipped_work(const struct world *world, const struct part *part, int32_t day,
                            uint32_t *out_count)
{
    int64_t work = 0;
    *out_count = 0;
    for (uint32_t row = line_at(world, part->line)->entry_first; row;
         row = entry_at(world, row)->next_of_line) {
        const struct entry *entry = entry_at(world, row);
        if (entry->kind == ENTRY_SHIPPED && entry->location == part->location &&
            entry->day == day && !shipment_at(world, entry->shipment)->is_void) {
            work = quantity_add(work, entry->work);
            (*out_count)++;
        }
    }
    return work;
}

static void audit_booking(struct audit *audit, uint32_t part_row, uint32_t row)
{
    const struct world *world = audit->world;
    const struct part *part = part_at(world, part_row);
    const struct booking *booking = booking_at(world, row);
    const struct location *location = location_at(world, part->location);
    uint32_t shipped;
    (void)shipped_work(world, part, booking->day, &shipped);
    SOUND(audit, booking->part == part_row, "booking %u is not of part %u", row, part_row);
    SOUND(audit, booking->work >= 0 && booking->late_work >= 0,
          "booking %u: work %lld, late %lld", row, (long long)booking->work,
          (long long)booking->late_work);
    SOUND(audit, booking->work > 0 || booking->late_work > 0 || booking->shipped_count > 0,
          "booking %u is empty", row);
    SOUND(audit, booking->late_work == 0 || booking->day == location->late_day,
          "booking %u: late work on day %d, not on %d", row, booking->day, location->late_day);
    SOUND(audit, booking->work == 0 || booking->day >= location->today,
          "booking %u: work on day %d, today is %d", row, booking->day, location->today);
    SOUND(audit, booking->shipped_count == shipped, "booking %u: %u shipments, are %u", row,
          booking->shipped_count, shipped);
    SOUND(audit,
          booking->day == DAY_NONE || (booking->day >= location->today - BOOK_PAST_DAYS &&
                                       booking->day < location->today + SITE_DAYS + 2),
          "booking %u is on day %d, today is %d", row, booking->day, location->today);
}

static void audit_part_bookings(struct audit *audit, uint32_t row, uint32_t *io_bookings)
{
    const struct world *world = audit->world;
    const struct part *part = part_at(world, row);
    int64_t work = 0;
    uint32_t before = 0;
    for (uint32_t at = part->booking_first; at && audit->sound;
         at = booking_at(world, at)->next_of_part) {
        SOUND(audit, !before || booking_at(world, before)->day < booking_at(world, at)->day,
              "part %u: booking %u is out of order", row, at);
        audit_booking(audit, row, at);
        work += booking_at(world, at)->work + booking_at(world, at)->late_work;
        before = at;
        (*io_bookings)++;
    }
    const int64_t wanted = part->ship_on == DAY_NONE ? 0 : part->open * part->workload;
    SOUND(audit, work == wanted, "part %u: booked %lld for %lld units of %lld", row,
          (long long)work, (long long)part->open, (long long)part->workload);
}

/* ------------------------------------------------------------------ days of a location */

static struct sums day_sums(struct audit *audit, uint32_t location, uint32_t slot,
                            const struct book_day *day)
{
    const struct world *world = audit->world;
    struct sums sums = { 0, 0, 0 };
    uint32_t before = 0;
    for (uint32_t row = day->booking_first; row && audit->sound;
         row = booking_at(world, row)->after_of_day) {
        const struct booking *booking = booking_at(world, row);
        const struct part *part = part_at(world, booking->part);
        const uint32_t of =
            booking->day == DAY_NONE ? BOOK_DAYS : (uint32_t)booking->day & (BOOK_DAYS - 1);
        uint32_t shipped;
        SOUND(audit, part->location == location && of == slot && booking->before_of_day == before,
              "booking %u is wrong in the list of location %u, slot %u", row, location, slot);
        sums.lines++;
        sums.work = quantity_add(sums.work, booking->work + booking->late_work);
        sums.work = quantity_add(sums.work, shipped_work(world, part, booking->day, &shipped));
        before = row;
    }
    return sums;
}

static void audit_days(struct audit *audit, uint32_t location, const uint32_t *orders,
                       uint32_t *io_bookings)
{
    const struct world *world = audit->world;
    const struct book *book = book_at(world, location_at(world, location)->book);
    SOUND(audit, book->first == location_at(world, location)->today - BOOK_PAST_DAYS,
          "the book of location %u begins on day %d", location, book->first);
    for (uint32_t slot = 0; slot <= BOOK_DAYS && audit->sound; slot++) {
        const struct book_day *day = &book->days[slot];
        const struct sums sums = day_sums(audit, location, slot, day);
        *io_bookings += sums.lines;
        SOUND(audit, day->lines >= sums.lines && day->work >= sums.work,
              "location %u, slot %u: %u lines, work %lld; bookings have %u, %lld", location, slot,
              day->lines, (long long)day->work, sums.lines, (long long)sums.work);
        SOUND(audit, day->lines > sums.lines || day->work == sums.work,
              "location %u, slot %u: work %lld, bookings have %lld", location, slot,
              (long long)day->work, (long long)sums.work);
        SOUND(audit,
              day->orders >= orders[slot] &&
                  (day->lines > sums.lines || day->orders == orders[slot]),
              "location %u, slot %u: %u orders, are %u", location, slot, day->orders,
              orders[slot]);
    }
}

/* ------------------------------------------------------------------ orders on days */

static uint64_t bookings_of(const struct world *world, const struct presence *presence)
{
    uint64_t count = 0;
    EACH_ROW(world, bookings, row)
    {
        const struct booking *booking = booking_at(world, row);
        const struct part *part = part_at(world, booking->part);
        count += booking->day == presence->day && part->location == presence->location &&
                 line_at(world, part->line)->order == presence->order;
    }
    return count;
}

/* How many orders each slot of each location has. */
static uint32_t *presences_by_slot(struct audit *audit)
{
    const struct world *world = audit->world;
    const uint32_t slots = BOOK_DAYS + 1;
    uint32_t *orders = audit_zeroed(world->locations.row_count * slots, sizeof *orders);
    EACH_ROW(world, presences, row)
    {
        const struct presence *presence = presence_at(world, row);
        const uint32_t slot =
            presence->day == DAY_NONE ? BOOK_DAYS : (uint32_t)presence->day & (BOOK_DAYS - 1);
        orders[presence->location * slots + slot]++;
        SOUND(audit, order_is_on(world, presence->order, presence->location, presence->day),
              "presence %u is not found", row);
        SOUND(audit, presence->count == bookings_of(world, presence),
              "presence %u counts %llu bookings", row, (unsigned long long)presence->count);
    }
    return orders;
}

void audit_book(struct audit *audit)
{
    const struct world *world = audit->world;
    uint32_t of_parts = 0;
    uint32_t of_days = 0;
    uint32_t books = 0;
    EACH_ROW(world, parts, row)
    {
        audit_part_bookings(audit, row, &of_parts);
    }
    uint32_t *orders = presences_by_slot(audit);
    EACH_ROW(world, locations, row)
    {
        if (location_at(world, row)->book && audit->sound) {
            books++;
            audit_days(audit, row, orders + row * (BOOK_DAYS + 1), &of_days);
        }
    }
    free(orders);
    SOUND(audit, books == world->books.live_count, "%u books of locations, %u rows", books,
          world->books.live_count);
    SOUND(audit, of_parts == world->bookings.live_count && of_days == of_parts,
          "%u bookings of parts, %u of days, %u rows", of_parts, of_days,
          world->bookings.live_count);
}
