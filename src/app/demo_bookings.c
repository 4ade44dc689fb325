/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo_truth_state.h"

/*
 * What the orders and parcels of the truth have booked of a location's days (R9). In units, work
 * lies on its ship day or before it: its sum is known, and how much must lie on days up to each. A
 * line, or an order, has one place on its ship day.
 */
struct booking {
    const char *location;
    const struct demo_site *site;
    int64_t begins_ms, ends_ms;                 /* of today there */
    bool by_order, by_line;
    struct demo_map counted;                    /* what has its place on a day already */
    int64_t booked[DEMO_HORIZON_DAYS + 1];
};

/* Past days count as the first working day; 0 units book nothing. */
static void book(struct booking *booking, const struct demo_order *order,
                 const struct demo_line *line, int32_t day, int64_t work)
{
    char name[2 * DEMO_NAME_BYTES];
    const int32_t first = demo_worked_from(booking->site, booking->site->today);
    day = day < booking->site->today ? first : day;
    if (work <= 0 || day > booking->site->today + DEMO_HORIZON_DAYS) {
        return;
    }
    int64_t *booked = &booking->booked[day - booking->site->today];
    if (!booking->by_order && !booking->by_line) {
        *booked += work;
        return;
    }
    (void)snprintf(name, sizeof name, "%d|%s|%s", (int)day, order->order_id,
                   booking->by_line ? line->line_id : "");
    void **counted = demo_map_put(&booking->counted, name);
    *booked += *counted == NULL;
    *counted = booking;
}

static int64_t workload_of(const struct demo_truth *truth, const char *sku)
{
    return demo_field_number(demo_truth_item(truth, sku), "workload", 1);
}

/* Parcels that left on a day before today are nowhere. */
static void book_parcel(struct demo_documents *documents, struct booking *booking,
                        const struct demo_order *order, const struct demo_line *line,
                        const struct demo_goods *goods)
{
    const int64_t time_ms = goods->time / 1000000;
    if (goods->kind != DEMO_SHIPPED || goods->undone || time_ms < booking->begins_ms ||
        strcmp(goods->location, booking->location) != 0) {
        return;
    }
    const int32_t day = time_ms < booking->ends_ms
                            ? booking->site->today
                            : demo_day_at(documents->truth, booking->location, goods->time);
    book(booking, order, line, day,
         goods->units * workload_of(documents->truth, line->sku ? line->sku : goods->sku));
}

static void book_line(struct demo_documents *documents, struct booking *booking,
                      const struct demo_order *order, const struct demo_line *line)
{
    for (size_t i = 0; line->sku && i < line->open_count; i++) {
        const struct demo_open *part = &line->open[i];
        if (part->units > 0 && part->ship_on != INT32_MIN &&
            demo_text_equal(part->location, booking->location)) {
            book(booking, order, line, part->ship_on,
                 part->units * workload_of(documents->truth, line->sku));
        }
    }
    for (size_t i = 0; i < line->goods_count; i++) {
        book_parcel(documents, booking, order, line, &line->goods[i]);
    }
}

/* The first day that does not hold what is booked; -1: all do. */
static int compare(const struct booking *booking)
{
    int64_t used = 0, booked = 0;
    for (int i = 0; i <= DEMO_HORIZON_DAYS; i++) {
        used += booking->site->used[i];
        booked += booking->booked[i];
        const bool exact = booking->by_order || booking->by_line || i == DEMO_HORIZON_DAYS;
        if (used < booked || (exact && used != booked)) {
            return i;
        }
    }
    return -1;
}

int demo_bookings_compare(struct demo_documents *documents, const char *location)
{
    const struct demo_truth *truth = documents->truth;
    const struct demo_site *site = demo_site_of(documents, location);
    struct booking booking = {
        .location = location, .site = site,
        .begins_ms = demo_instant_at(truth, location, site->today, NULL, "00:00"),
        .ends_ms = demo_midnight_after(documents, location),
        .by_order = strcmp(site->unit, "orders") == 0,
        .by_line = strcmp(site->unit, "lines") == 0 };
    for (size_t i = 0; i < truth->orders.count; i++) {
        const struct demo_order *order = truth->orders.rows[i].value;
        for (size_t at = 0; at < order->lines.count; at++) {
            book_line(documents, &booking, order, order->lines.rows[at].value);
        }
    }
    demo_map_free(&booking.counted);
    return compare(&booking);
}
