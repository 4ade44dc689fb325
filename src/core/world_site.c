/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locations in time (R8): today, cut-off, midnight; and the views of their days that all
 * derivations share. A site is computed from the state alone, so when that happens does not matter.
 */
#include "core/world_state.h"

/* ------------------------------------------------------------------ days */

static const struct zone_rules *location_rules(const struct world *world, uint32_t row)
{
    const uint32_t zone = location_at(world, row)->zone;
    return zone ? &time_zone_at(world, zone)->rules : NULL;
}

int64_t location_instant(const struct world *world, uint32_t row, int32_t day, int32_t minute)
{
    const struct zone_rules *rules = location_rules(world, row);
    return rules ? zone_instant(rules, day, minute) : day * MS_PER_DAY + minute * INT64_C(60000);
}

int32_t location_day(const struct world *world, uint32_t row, int64_t instant_ms)
{
    const struct zone_rules *rules = location_rules(world, row);
    return rules ? zone_day(rules, instant_ms)
                 : (int32_t)(instant_ms / MS_PER_DAY - (instant_ms % MS_PER_DAY < 0));
}

struct calendar location_calendar(const struct world *world, uint32_t row)
{
    const struct location *location = location_at(world, row);
    struct calendar calendar = { .working_days = location->working_days };
    if (location->days) {
        const struct location_days *days = location_days_at(world, location->days);
        calendar.closed = days->days;
        calendar.closed_count = days->closed_count;
        calendar.open = days->days + days->closed_count;
        calendar.open_count = days->open_count;
    }
    return calendar;
}

/* A day that the zone skipped is not worked, whatever the calendar says. */
bool location_works(const struct world *world, uint32_t row, int32_t day)
{
    const struct calendar calendar = location_calendar(world, row);
    const uint32_t zone = location_at(world, row)->zone;
    return calendar_works(&calendar, day) &&
           (!zone || !time_zone_at(world, zone)->skips_days ||
            zone_has_day(&time_zone_at(world, zone)->rules, day));
}

/* R9: what a day was planned for. */
int64_t location_planned(const struct world *world, uint32_t row, int32_t day)
{
    if (!location_works(world, row, day)) {
        return 0;
    }
    const struct location *location = location_at(world, row);
    if (location->overrides) {
        const struct location_capacity *overrides =
            location_capacity_at(world, location->overrides);
        uint32_t low = 0;
        uint32_t high = overrides->count;
        while (low < high) {
            const uint32_t middle = low + (high - low) / 2;
            if (overrides->days[middle] < day) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low < overrides->count && overrides->days[low] == day) {
            const int64_t count = overrides->counts[low];
            return count == CAPACITY_UNLIMITED ? UNITS_UNLIMITED : count;
        }
    }
    return location->per_day == CAPACITY_UNLIMITED ? UNITS_UNLIMITED : location->per_day;
}

/* ------------------------------------------------------------------ sites */

int64_t site_capacity_left(int64_t planned, int64_t used)
{
    return planned == UNITS_UNLIMITED ? UNITS_UNLIMITED : planned > used ? planned - used : 0;
}

static void site_fill(const struct world *world, uint32_t row, struct site *site)
{
    const struct location *location = location_at(world, row);
    site->today = location->today;
    site->processing_days = location->processing_days;
    site->unit = (enum capacity_unit)location->capacity_unit;
    site->limited = false;
    for (int32_t i = 0; i < SITE_DAYS; i++) {
        const int32_t day = site->today + i;
        const int64_t planned = location_planned(world, row, day);
        site->worked[i] = location_works(world, row, day);
        site->limited = site->limited || (site->worked[i] && planned != UNITS_UNLIMITED);
        site->remaining[i] = site_capacity_left(planned, book_used(world, row, day));
    }
    site->day_zero_uncut = site_worked_from(site, site->today);
    site->day_zero = site->day_zero_uncut;
    if (site->day_zero == site->today && location->cutoff_ms == INSTANT_NONE) {
        site->day_zero = site_worked_from(site, site->today + 1);
    }
}

/* Contract 3, `cutoff_at`: the cut-off of the last working day on which an order still ships on
 * `ships_on`, as the days are booked now. */
static int64_t cutoff_at(const struct world *world, uint32_t row, const struct site *site,
                         int32_t ships_on)
{
    int32_t last = DAY_NONE;
    for (int32_t day = site->day_zero; day != DAY_NONE && ships_on != DAY_NONE;
         day = site_worked_from(site, day + 1)) {
        const int32_t first = site_first_day(site, day, DAY_NONE);
        if (first == DAY_NONE || site_day_with(site, first, 1) != ships_on) {
            break;
        }
        last = day;
    }
    return last == DAY_NONE
               ? INSTANT_NONE
               : location_instant(world, row, last, location_at(world, row)->cutoff_minute);
}

/* The day of one unit of work ordered now. */
static int32_t ships_on(const struct site *site)
{
    const int32_t first =
        site->day_zero == DAY_NONE ? DAY_NONE : site_first_day(site, site->day_zero, DAY_NONE);
    return first == DAY_NONE ? DAY_NONE : site_day_with(site, first, 1);
}

void site_is_stale(struct world *world, uint32_t row)
{
    if (world->views.site_state[row] == SITE_FRESH) {
        world->views.stale[world->views.stale_count++] = row;
    }
    world->views.site_state[row] = SITE_STALE;
}

/* Fresh whenever it is asked for while an entry is applied; world_end() freshens all. */
const struct site *site_need(struct world *world, uint32_t row)
{
    struct site *site = &world->views.sites[row];
    if (world->views.site_state[row] == SITE_STALE) {
        world->views.site_state[row] = SITE_FRESHENED;
        site_fill(world, row, site);
        struct site_facts *facts = &world->views.facts[row];
        facts->ships_on = ships_on(site);
        facts->cutoff_ms = cutoff_at(world, row, site, facts->ships_on);
    }
    return site;
}

const struct site *site_view(const struct world *world, uint32_t row)
{
    CHECK(world->views.site_state[row] != SITE_STALE);
    return &world->views.sites[row];
}

const struct site_facts *site_facts(const struct world *world, uint32_t row)
{
    CHECK(world->views.site_state[row] != SITE_STALE);
    return &world->views.facts[row];
}

void sites_refresh(struct world *world)
{
    for (uint32_t i = 0; i < world->views.stale_count; i++) {
        const uint32_t row = world->views.stale[i];
        (void)site_need(world, row);
        world->views.site_state[row] = SITE_FRESH;
    }
    world->views.stale_count = 0;
}

/* ------------------------------------------------------------------ arrivals */

static void carriage_fill(struct world *world, uint32_t row)
{
    const struct carriage *carriage = carriage_at(world, row);
    const struct lane_terms terms = {
        .transit_min = carriage->transit_min,
        .transit_max = carriage->transit_max,
        .transit_weekdays = carriage->transit_weekdays,
        .delivery_weekdays = carriage->delivery_weekdays,
        .closed = carriage->closed,
        .closed_count = carriage->closed_count,
    };
    lane_days_fill(&world->views.arrivals[row], &terms, world->views.arrivals_base);
}

/* All locations' todays lie within two days of today in UTC: offsets are above -25, below 26 h. */
static int32_t arrivals_base(const struct world *world)
{
    const int64_t now_ms = header_at(world)->now_ms;
    return (int32_t)(now_ms / MS_PER_DAY - (now_ms % MS_PER_DAY < 0)) - 2;
}

void arrivals_refresh(struct world *world)
{
    const int32_t base = arrivals_base(world);
    if (world->views.arrivals_base == base) {
        return;
    }
    world->views.arrivals_base = base;
    for (uint32_t row = 1; row < world->carriages.row_count; row++) {
        if (table_has(&world->carriages, row)) {
            carriage_fill(world, row);
        }
    }
}

void carriage_is_new(struct world *world, uint32_t row)
{
    if (world->views.arrivals_base != DAY_NONE) {
        carriage_fill(world, row);
    }
}

/* When what ships on `ship_on` by the lane arrives at the latest; DAY_NONE. */
int32_t lane_by(const struct world *world, uint32_t lane, int32_t ship_on)
{
    const struct lane_days *days = &world->views.arrivals[lane_at(world, lane)->carriage];
    const int32_t last = location_at(world, lane_at(world, lane)->location)->today + HORIZON_DAYS;
    if (ship_on < days->base || ship_on >= days->base + LANE_DAYS) {
        return DAY_NONE;
    }
    const int32_t by = days->by[ship_on - days->base];
    return by > last ? DAY_NONE : by;
}

/* ------------------------------------------------------------------ time passes */

void location_seen(struct world *world, uint32_t row, int64_t time_ns)
{
    if (time_ns > location_at(world, row)->as_of) {
        location_edit(world, row)->as_of = time_ns;
    }
}

static void cutoff_set(struct world *world, uint32_t row)
{
    struct location *location = location_edit(world, row);
    const int64_t cutoff_ms =
        location_instant(world, row, location->today, location->cutoff_minute);
    const int64_t before_ms = location->cutoff_ms;
    location->cutoff_ms = INSTANT_NONE;
    if (header_at(world)->now_ms < cutoff_ms && location_works(world, row, location->today)) {
        location->cutoff_ms = cutoff_ms;
        if (cutoff_ms != before_ms) {
            due_add(&world->due, cutoff_ms, DUE_CUTOFF, row);
        }
    }
}

/* When the date there is another. Where clocks went back over midnight, it comes again. */
static int64_t next_midnight(const struct world *world, uint32_t row, int64_t now_ms)
{
    const struct zone_rules *rules = location_rules(world, row);
    const int32_t next = location_at(world, row)->today + 1;
    const int64_t midnight_ms = location_instant(world, row, next, 0);
    return midnight_ms > now_ms || !rules
               ? midnight_ms
               : next * MS_PER_DAY - zone_offset(rules, now_ms / 1000) * INT64_C(1000);
}

/* Sets the location's date at now, its reminders, and books what is late on its first day. */
void location_midnight(struct world *world, uint32_t row)
{
    struct location *location = location_edit(world, row);
    const int64_t now_ms = header_at(world)->now_ms;
    location->today = location_day(world, row, now_ms);
    const int64_t midnight_ms = next_midnight(world, row, now_ms);
    if (midnight_ms != location->midnight_ms) {
        location->midnight_ms = midnight_ms;
        due_add(&world->due, midnight_ms, DUE_MIDNIGHT, row);
    }
    cutoff_set(world, row);
    book_turn(world, row);
    site_is_stale(world, row);
}

void midnight_due(struct world *world, uint32_t row, int64_t at_ms)
{
    if (location_at(world, row)->midnight_ms == at_ms) {
        location_midnight(world, row);
        shared_change_location(world, row);
        review_at(world, header_at(world)->now_ms);
    }
}

void cutoff_due(struct world *world, uint32_t row, int64_t at_ms)
{
    if (location_at(world, row)->cutoff_ms == at_ms) {
        location_edit(world, row)->cutoff_ms = INSTANT_NONE;
        site_is_stale(world, row);
        dates_change_location(world, row);
    }
}

/* 2.5: the writer asks for a review when this has come. */
void review_at(struct world *world, int64_t at_ms)
{
    if (at_ms < header_at(world)->review_ms) {
        header_edit(world)->review_ms = at_ms;
    }
}
