/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capacity (R9): what is booked at a location on which day. Parts of order lines have bookings of
 * open work; shipments are work of their civil date. What should have left on a past day is late
 * and counts on the first working day from today.
 */
#include "base/hash.h"
#include "base/quantity.h"
#include "core/world_state.h"

/* ------------------------------------------------------------------ days of a location */

static uint32_t need_book(struct world *world, uint32_t location)
{
    uint32_t row = location_at(world, location)->book;
    if (!row) {
        row = row_add(&world->books);
        book_edit(world, row)->first = location_at(world, location)->today - BOOK_PAST_DAYS;
        location_edit(world, location)->book = row;
    }
    return row;
}

/* Slot of a day from today on; of late work while no day is worked, the last. */
static uint32_t slot_of(int32_t day)
{
    return day == DAY_NONE ? BOOK_DAYS : (uint32_t)day & (BOOK_DAYS - 1);
}

static struct book_day *day_edit(struct world *world, uint32_t location, int32_t day)
{
    return &book_edit(world, need_book(world, location))->days[slot_of(day)];
}

static int64_t day_used(const struct book_day *day, uint32_t unit)
{
    switch ((enum capacity_unit)unit) {
    case CAPACITY_LINES:
        return day->lines;
    case CAPACITY_ORDERS:
        return day->orders;
    default:
        return day->work;
    }
}

int64_t book_used(const struct world *world, uint32_t location_row, int32_t day)
{
    const struct location *location = location_at(world, location_row);
    if (!location->book || day < location->today || day >= location->today + SITE_DAYS) {
        return 0;
    }
    return day_used(&book_at(world, location->book)->days[slot_of(day)], location->capacity_unit);
}

/* Marks of one entry are one; where there is no room the two oldest are. */
static void mark_add(struct world *world, uint32_t location, int64_t low, int64_t high)
{
    struct header *header = header_edit(world);
    struct book *book = book_edit(world, need_book(world, location));
    header->capacity_changed = header->sequence;
    if (book->mark_count > 0 &&
        book->marks[0].sequence <= location_at(world, location)->dates_changed) {
        book->mark_count = 0;
    }
    struct book_mark *last = book->mark_count > 0 ? &book->marks[book->mark_count - 1] : NULL;
    if (last && last->sequence == header->sequence) {
        last->low = quantity_less(last->low, low);
        last->high = quantity_more(last->high, high);
        return;
    }
    if (book->mark_count == BOOK_MARKS) {
        book->marks[1].low = quantity_less(book->marks[0].low, book->marks[1].low);
        book->marks[1].high = quantity_more(book->marks[0].high, book->marks[1].high);
        for (uint32_t i = 1; i < BOOK_MARKS; i++) {
            book->marks[i - 1] = book->marks[i];
        }
        book->mark_count--;
    }
    book->marks[book->mark_count++] = (struct book_mark){ header->sequence, low, high };
}

bool book_range_since(const struct world *world, uint32_t row, uint64_t sequence, int64_t *out_low,
                      int64_t *out_high)
{
    const struct location *location = location_at(world, row);
    bool any = false;
    for (uint32_t i = 0; location->book && i < book_at(world, location->book)->mark_count; i++) {
        const struct book_mark *mark = &book_at(world, location->book)->marks[i];
        if (mark->sequence > sequence) {
            *out_low = any ? quantity_less(*out_low, mark->low) : mark->low;
            *out_high = any ? quantity_more(*out_high, mark->high) : mark->high;
            any = true;
        }
    }
    return any;
}

/*
 * A day of the location was booked otherwise. Where that moves the day on which one unit ships, or
 * another day than that one, all that is promised from here may change. Else only what has as many
 * units as were left on it: each unit sold must not make a whole site due.
 */
static void day_changed(struct world *world, uint32_t row, int32_t day)
{
    struct header *header = header_edit(world);
    location_edit(world, row)->book_changed = header->sequence;
    header->sites_changed = header->sequence;
    struct site *site = &world->views.sites[row];
    const int32_t i = day == DAY_NONE ? -1 : day - site->today;
    if (world->views.site_state[row] == SITE_STALE || i < 0 || i >= SITE_DAYS) {
        return;
    }
    const int64_t before = site->remaining[i];
    const int64_t planned = location_planned(world, row, day);
    const int64_t now = site_capacity_left(planned, book_used(world, row, day));
    site->remaining[i] = now;
    if (before == now || (site->unit != CAPACITY_UNITS && (before > 0) == (now > 0))) {
        return;
    }
    if (before > 0 && now > 0 && day == world->views.facts[row].ships_on) {
        mark_add(world, row, quantity_less(before, now), quantity_more(before, now));
        return;
    }
    site_is_stale(world, row);
    dates_change_location(world, row);
}

/* ------------------------------------------------------------------ orders on a day */

struct presence_key {
    uint32_t location;
    uint32_t order;
    int32_t day;
};

static uint64_t presence_hash(const struct presence_key *key)
{
    return hash_bytes(bytes_of(key, sizeof *key), 0);
}

static bool same_presence(const void *owner, const void *key, uint32_t row)
{
    const struct presence *presence = presence_at(owner, row);
    const struct presence_key *sought = key;
    return presence->location == sought->location && presence->order == sought->order &&
           presence->day == sought->day;
}

static uint32_t find_presence(const struct world *world, const struct presence_key *key)
{
    return map_find(&world->presences_by_key, presence_hash(key), same_presence, world, key);
}

bool order_is_on(const struct world *world, uint32_t order, uint32_t location, int32_t day)
{
    const struct presence_key key = { location, order, day };
    return find_presence(world, &key) != 0;
}

static void presence_change(struct world *world, uint32_t location, uint32_t order, int32_t day,
                            bool comes)
{
    const struct presence_key key = { location, order, day };
    uint32_t row = find_presence(world, &key);
    if (!row) {
        row = row_add(&world->presences);
        struct presence *presence = presence_edit(world, row);
        presence->location = location;
        presence->order = order;
        presence->day = day;
        map_add(&world->presences_by_key, presence_hash(&key), row);
        day_edit(world, location, day)->orders++;
    }
    struct presence *presence = presence_edit(world, row);
    presence->count += comes ? 1 : UINT64_MAX;
    if (presence->count == 0) {
        map_remove(&world->presences_by_key, presence_hash(&key), row);
        table_remove(&world->presences, row);
        day_edit(world, location, day)->orders--;
    }
}

void presences_restored(struct world *world)
{
    for (uint32_t row = 1; row < world->presences.row_count; row++) {
        if (table_has(&world->presences, row)) {
            const struct presence *presence = presence_at(world, row);
            const struct presence_key key = { presence->location, presence->order, presence->day };
            map_add(&world->presences_by_key, presence_hash(&key), row);
        }
    }
}

/* ------------------------------------------------------------------ bookings of parts */

static uint32_t part_order(const struct world *world, uint32_t part)
{
    return line_at(world, part_at(world, part)->line)->order;
}

static uint32_t booking_need(struct world *world, uint32_t part, int32_t day)
{
    uint32_t *link = &part_edit(world, part)->booking_first;
    while (*link && booking_at(world, *link)->day < day) {
        link = &booking_edit(world, *link)->next_of_part;
    }
    if (*link && booking_at(world, *link)->day == day) {
        return *link;
    }
    const uint32_t location = part_at(world, part)->location;
    const uint32_t row = row_add(&world->bookings);
    struct book_day *slot = day_edit(world, location, day);
    struct booking *booking = booking_edit(world, row);
    booking->part = part;
    booking->day = day;
    booking->next_of_part = *link;
    *link = row;
    booking->after_of_day = slot->booking_first;
    if (slot->booking_first) {
        booking_edit(world, slot->booking_first)->before_of_day = row;
    }
    slot->booking_first = row;
    slot->lines++;
    presence_change(world, location, part_order(world, part), day, true);
    return row;
}

static void booking_free(struct world *world, uint32_t row)
{
    const struct booking booking = *booking_at(world, row);
    const uint32_t location = part_at(world, booking.part)->location;
    uint32_t *link = &part_edit(world, booking.part)->booking_first;
    while (*link != row) {
        link = &booking_edit(world, *link)->next_of_part;
    }
    *link = booking.next_of_part;
    struct book_day *slot = day_edit(world, location, booking.day);
    if (booking.before_of_day) {
        booking_edit(world, booking.before_of_day)->after_of_day = booking.after_of_day;
    } else {
        slot->booking_first = booking.after_of_day;
    }
    if (booking.after_of_day) {
        booking_edit(world, booking.after_of_day)->before_of_day = booking.before_of_day;
    }
    slot->lines--;
    presence_change(world, location, part_order(world, booking.part), booking.day, false);
    table_remove(&world->bookings, row);
}

static void booking_free_if_empty(struct world *world, uint32_t row)
{
    const struct booking *booking = booking_at(world, row);
    if (booking->work == 0 && booking->late_work == 0 && booking->shipped_count == 0) {
        booking_free(world, row);
    }
}

/* Open work of the part on a day that may be past: then it is late. */
void book_work(struct world *world, uint32_t part, int32_t day, int64_t work)
{
    if (work <= 0) {
        return;
    }
    const uint32_t location = part_at(world, part)->location;
    const bool late = day < location_at(world, location)->today;
    const int32_t on = late ? location_at(world, location)->late_day : day;
    struct booking *booking = booking_edit(world, booking_need(world, part, on));
    int64_t *to = late ? &booking->late_work : &booking->work;
    *to = quantity_add(*to, work);
    struct book_day *slot = day_edit(world, location, on);
    slot->work = quantity_add(slot->work, work);
    day_changed(world, location, on);
}

/* The part's first day with open work: late work is of days before all others, wherever it
 * counts. */
static uint32_t first_booked(const struct world *world, uint32_t part)
{
    uint32_t first = 0;
    for (uint32_t row = part_at(world, part)->booking_first; row;
         row = booking_at(world, row)->next_of_part) {
        if (booking_at(world, row)->late_work > 0) {
            return row;
        }
        first = !first && booking_at(world, row)->work > 0 ? row : first;
    }
    return first;
}

/* What leaves the part comes off its first day first (R9). */
void unbook_work(struct world *world, uint32_t part, int64_t work)
{
    while (work > 0) {
        const uint32_t row = first_booked(world, part);
        if (!row) {
            return;
        }
        struct booking *booking = booking_edit(world, row);
        const int32_t day = booking->day;
        int64_t *from = booking->late_work > 0 ? &booking->late_work : &booking->work;
        const int64_t taken = quantity_less(work, *from);
        *from -= taken;
        work -= taken;
        const uint32_t location = part_at(world, part)->location;
        day_edit(world, location, day)->work -= taken;
        booking_free_if_empty(world, row);
        day_changed(world, location, day);
    }
}

void unbook_all(struct world *world, uint32_t part)
{
    unbook_work(world, part, INT64_MAX);
}

/* Work that left on a day: shipments count on their civil date there; past days are over. */
void book_shipped(struct world *world, uint32_t part, int32_t day, int64_t work, bool shipped)
{
    const uint32_t location = part_at(world, part)->location;
    const int32_t today = location_at(world, location)->today;
    if (day < today - BOOK_PAST_DAYS || day >= today + SITE_DAYS) {
        return;
    }
    const uint32_t row = booking_need(world, part, day);
    struct booking *booking = booking_edit(world, row);
    if (!shipped && booking->shipped_count == 0) {
        booking_free_if_empty(world, row);
        return;
    }
    booking->shipped_count += shipped ? 1 : UINT32_MAX;
    struct book_day *slot = day_edit(world, location, day);
    slot->work = quantity_add(slot->work, shipped ? work : -work);
    booking_free_if_empty(world, row);
    day_changed(world, location, day);
}

/* The part ends with its order: what it shipped today stays counted, its bookings go. */
void book_forget(struct world *world, uint32_t part)
{
    unbook_all(world, part);
    const uint32_t location = part_at(world, part)->location;
    while (part_at(world, part)->booking_first) {
        const uint32_t row = part_at(world, part)->booking_first;
        const int32_t day = booking_at(world, row)->day;
        const struct book_day kept = *day_edit(world, location, day);
        booking_free(world, row);
        struct book_day *slot = day_edit(world, location, day);
        slot->lines = kept.lines;
        slot->orders = kept.orders;
    }
}

/* ------------------------------------------------------------------ midnight */

struct late_work {
    uint32_t part;
    uint32_t pad;
    int64_t work;
};

struct late_list {
    struct late_work *list;
    uint32_t count;
};

/* Takes a part's late work off a day; of a day that is past, all its open work, and with `over`
 * also what shipped. */
static void booking_take_late(struct world *world, uint32_t row, bool past, bool over,
                              struct late_list *late)
{
    struct booking *booking = booking_edit(world, row);
    const int64_t work = booking->late_work + (past ? booking->work : 0);
    day_edit(world, part_at(world, booking->part)->location, booking->day)->work -= work;
    booking->late_work = 0;
    if (past) {
        booking->work = 0;
        booking->shipped_count = over ? 0 : booking->shipped_count;
    }
    if (work > 0) {
        struct late_work *taken = arena_take(&world->scratch, sizeof *taken);
        late->list = late->count++ == 0 ? taken : late->list;
        *taken = (struct late_work){ booking->part, 0, work };
    }
    booking_free_if_empty(world, row);
}

static void day_take_late(struct world *world, uint32_t location, int32_t day,
                          struct late_list *late)
{
    const int32_t today = location_at(world, location)->today;
    const bool past = day != DAY_NONE && day < today;
    const bool over = past && day < today - BOOK_PAST_DAYS;
    const uint32_t book = location_at(world, location)->book;
    for (uint32_t row = book_at(world, book)->days[slot_of(day)].booking_first; row;) {
        const uint32_t next = booking_at(world, row)->after_of_day;
        booking_take_late(world, row, past, over, late);
        row = next;
    }
    if (over) {
        struct book_day *slot = day_edit(world, location, day);
        CHECK(slot->booking_first == 0);
        memset(slot, 0, sizeof *slot);
    }
}

static int32_t first_worked(const struct world *world, uint32_t row)
{
    const int32_t today = location_at(world, row)->today;
    for (int32_t day = today; day <= today + HORIZON_DAYS; day++) {
        if (location_works(world, row, day)) {
            return day;
        }
    }
    return DAY_NONE;
}

/*
 * The location's today or calendar changed: past days end, and their open work is late. All of it
 * is taken off first and then put on: a slot serves two days that are BOOK_DAYS apart.
 */
void book_turn(struct world *world, uint32_t row)
{
    const struct location *location = location_at(world, row);
    const int32_t today = location->today;
    const int32_t before = location->late_day;
    location_edit(world, row)->late_day = first_worked(world, row);
    if (!location->book) {
        return;
    }
    const int32_t from = book_at(world, location->book)->first;
    const int32_t until = today - from > BOOK_DAYS ? from + BOOK_DAYS : today;
    struct late_list late = { NULL, 0 };
    arena_reset(&world->scratch);
    if (before == DAY_NONE || before >= today) {
        day_take_late(world, row, before, &late);
    }
    for (int32_t day = from; day < until; day++) {
        day_take_late(world, row, day, &late);
    }
    book_edit(world, location->book)->first = today - BOOK_PAST_DAYS;
    site_is_stale(world, row);
    for (uint32_t i = 0; i < late.count; i++) {
        book_work(world, late.list[i].part, today - 1, late.list[i].work);
    }
    location_edit(world, row)->book_changed = header_at(world)->sequence;
    header_edit(world)->sites_changed = header_at(world)->sequence;
}
