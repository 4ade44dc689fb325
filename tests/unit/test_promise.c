/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "core/calendar.h"
#include "core/promise.h"
#include "random_fixture.h"

enum { LOADS_MAX = 4 * SITE_DAYS };

/* A Monday. */
enum { TODAY = 20605 };

/* Worked on all days, each with the same capacity. */
static struct site site_of(int64_t per_day)
{
    struct site site = { .today = TODAY, .day_zero = TODAY, .day_zero_uncut = TODAY };
    for (int32_t i = 0; i < SITE_DAYS; i++) {
        site.worked[i] = true;
        site.remaining[i] = per_day;
    }
    return site;
}

static struct supply supply_of(int32_t day, int64_t units)
{
    return (struct supply){ .day = TODAY + day, .units = units };
}

/* The loads as text-like rows: ship day after today, and units. */
static void expect_loads(const struct load *loads, uint32_t count, const int64_t (*rows)[2],
                         uint32_t row_count)
{
    cr_assert_eq(count, row_count, "%u loads", count);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(loads[i].ship_on - TODAY, rows[i][0], "load %u ships on %d", i,
                     loads[i].ship_on - TODAY);
        cr_assert_eq(loads[i].units, rows[i][1], "load %u has %lld", i, (long long)loads[i].units);
    }
}

/* A lane that takes `transit` days, whatever day it is. */
static struct lane_days lane_of(int32_t transit)
{
    const struct lane_terms terms = { .transit_min = transit,
                                      .transit_max = transit,
                                      .transit_weekdays = 0x7f,
                                      .delivery_weekdays = 0x7f };
    struct lane_days days;
    lane_days_fill(&days, &terms, TODAY);
    return days;
}

static struct source source_of(const struct load *loads, uint32_t count,
                               const struct lane_days *days, const char *name)
{
    return (struct source){ .loads = loads,
                            .load_count = count,
                            .days = days,
                            .last = TODAY + HORIZON_DAYS,
                            .name = bytes_text(name),
                            .priority = 100 };
}

/* ------------------------------------------------------------------ rounding */

Test(R9, offers_round_to_the_largest_of_1_2_5_times_a_power_of_ten_below)
{
    static const int64_t rows[][2] = {
        { 0, 0 },       { 1, 1 },       { 2, 2 },       { 3, 2 },         { 4, 2 },
        { 5, 5 },       { 9, 5 },       { 10, 10 },     { 19, 10 },       { 20, 20 },
        { 49, 20 },     { 50, 50 },     { 99, 50 },     { 100, 100 },     { 1013, 1000 },
        { 4999, 2000 }, { 5000, 5000 }, { 9999, 5000 }, { 10000, 10000 }, { -7, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(promise_round(rows[i][0]), rows[i][1], "%lld", (long long)rows[i][0]);
    }
    cr_assert_eq(promise_round(INT64_MAX), INT64_C(5000000000000000000));
    cr_assert_eq(promise_round(INT64_C(1000000000000)), INT64_C(1000000000000));
}

/* ------------------------------------------------------------------ loads */

Test(R9, units_fill_days_in_turn_and_cut_days_are_rounded_in_offers)
{
    const struct site site = site_of(8);
    const struct supply supply = supply_of(0, 20);
    struct load loads[LOADS_MAX];

    uint32_t count =
        promise_loads(&site, &supply, 1, 1, DAY_NONE, CAPACITY_EXACT, loads, LOADS_MAX);
    expect_loads(loads, count, (const int64_t[][2]){ { 0, 8 }, { 1, 8 }, { 2, 4 } }, 3);

    count = promise_loads(&site, &supply, 1, 1, DAY_NONE, CAPACITY_ROUNDED, loads, LOADS_MAX);
    expect_loads(loads, count,
                 (const int64_t[][2]){ { 0, 5 }, { 1, 5 }, { 2, 5 }, { 3, 5 } }, 4);

    count = promise_loads(&site, &supply, 1, 1, DAY_NONE, CAPACITY_LIFTED, loads, LOADS_MAX);
    expect_loads(loads, count, (const int64_t[][2]){ { 0, 20 } }, 1);
}

Test(R9, day_that_takes_all_that_is_left_is_not_rounded)
{
    const struct site site = site_of(8);
    const struct supply supply = supply_of(0, 7);
    struct load loads[LOADS_MAX];

    const uint32_t count =
        promise_loads(&site, &supply, 1, 1, DAY_NONE, CAPACITY_ROUNDED, loads, LOADS_MAX);

    expect_loads(loads, count, (const int64_t[][2]){ { 0, 7 } }, 1);
}

Test(R9, workload_divides_what_remains_of_a_day)
{
    const struct site site = site_of(8);
    const struct supply supply = supply_of(0, 5);
    struct load loads[LOADS_MAX];

    const uint32_t count =
        promise_loads(&site, &supply, 1, 3, DAY_NONE, CAPACITY_EXACT, loads, LOADS_MAX);

    expect_loads(loads, count, (const int64_t[][2]){ { 0, 2 }, { 1, 2 }, { 2, 1 } }, 3);
}

Test(R9, later_supply_finds_what_earlier_ones_left_of_a_day)
{
    const struct site site = site_of(8);
    const struct supply supplies[] = { supply_of(0, 9), supply_of(1, 9) };
    struct load loads[LOADS_MAX];

    uint32_t count =
        promise_loads(&site, supplies, 2, 1, DAY_NONE, CAPACITY_EXACT, loads, LOADS_MAX);
    expect_loads(loads, count, (const int64_t[][2]){ { 0, 8 }, { 1, 1 }, { 1, 7 }, { 2, 2 } }, 4);

    /* Rounding leaves something of each day for the next supply, also before the last day. */
    count = promise_loads(&site, supplies, 2, 1, DAY_NONE, CAPACITY_ROUNDED, loads, LOADS_MAX);
    expect_loads(loads, count,
                 (const int64_t[][2]){ { 0, 5 }, { 1, 4 }, { 1, 2 }, { 2, 7 } }, 4);
}

Test(R9, lines_and_orders_take_any_number_while_one_remains)
{
    struct site site = site_of(1);
    site.remaining[0] = 0;
    const struct supply supply = supply_of(0, 1000);
    struct load loads[LOADS_MAX];

    for (site.unit = CAPACITY_LINES; site.unit <= CAPACITY_ORDERS; site.unit++) {
        const uint32_t count =
            promise_loads(&site, &supply, 1, 7, DAY_NONE, CAPACITY_ROUNDED, loads, LOADS_MAX);

        expect_loads(loads, count, (const int64_t[][2]){ { 1, 1000 } }, 1);
    }
}

Test(promise, made_to_order_without_limit_ends_the_source)
{
    const struct site site = site_of(UNITS_UNLIMITED);
    const struct supply supplies[] = { supply_of(0, 3), supply_of(4, UNITS_UNLIMITED),
                                       supply_of(9, 5) };
    struct load loads[LOADS_MAX];

    const uint32_t count =
        promise_loads(&site, supplies, 3, 1, DAY_NONE, CAPACITY_ROUNDED, loads, LOADS_MAX);

    expect_loads(loads, count, (const int64_t[][2]){ { 0, 3 }, { 4, UNITS_UNLIMITED } }, 2);
}

Test(promise, made_to_order_with_capacity_goes_on_to_the_horizon)
{
    struct site site = site_of(30);
    site.worked[119] = false;
    const struct supply supply = supply_of(118, UNITS_UNLIMITED);
    struct load loads[LOADS_MAX];

    const uint32_t count =
        promise_loads(&site, &supply, 1, 1, DAY_NONE, CAPACITY_ROUNDED, loads, LOADS_MAX);

    expect_loads(loads, count, (const int64_t[][2]){ { 118, 20 }, { 120, 20 } }, 2);
}

Test(promise, loads_kept_are_the_first_by_ship_day)
{
    const struct site site = site_of(8);
    const struct supply supplies[] = { supply_of(0, 12), supply_of(0, 9) };
    struct load loads[3];

    const uint32_t count =
        promise_loads(&site, supplies, 2, 1, DAY_NONE, CAPACITY_ROUNDED, loads, 3);

    expect_loads(loads, count, (const int64_t[][2]){ { 0, 5 }, { 0, 2 }, { 1, 7 } }, 3);
}

Test(R8, processing_days_and_preorder_move_the_first_load)
{
    struct site site = site_of(UNITS_UNLIMITED);
    site.processing_days = 2;
    const struct supply supplies[] = { supply_of(0, 1), supply_of(7, 2) };
    struct load loads[LOADS_MAX];

    uint32_t count =
        promise_loads(&site, supplies, 2, 1, DAY_NONE, CAPACITY_EXACT, loads, LOADS_MAX);
    expect_loads(loads, count, (const int64_t[][2]){ { 2, 1 }, { 9, 2 } }, 2);

    count = promise_loads(&site, supplies, 2, 1, TODAY + 5, CAPACITY_EXACT, loads, LOADS_MAX);
    expect_loads(loads, count, (const int64_t[][2]){ { 5, 1 }, { 9, 2 } }, 2);
}

/* ------------------------------------------------------------------ offers */

Test(promise, offers_cumulate_and_equal_dates_merge_under_the_first_name)
{
    const struct lane_days fast = lane_of(1);
    const struct lane_days slow = lane_of(3);
    const struct load near[] = { { TODAY, false, 2 }, { TODAY + 2, false, 3 } };
    const struct load far[] = { { TODAY, false, 10 } };
    struct source sources[] = { source_of(near, 2, &fast, "b"), source_of(far, 1, &slow, "a") };
    struct offers offers;

    promise_offers(sources, 2, 0, &offers, NULL);

    cr_assert_eq(offers.count, 2);
    cr_assert_eq(offers.list[0].quantity, 2);
    cr_assert_eq(offers.list[0].by, TODAY + 1);
    cr_assert_eq(offers.list[1].quantity, 15);
    cr_assert_eq(offers.list[1].by, TODAY + 3);
    cr_assert_eq(offers.list[1].source, 1, "of equal cost and priority, a is before b");
    cr_assert_eq(offers.list[1].ship_on, TODAY);

    sources[1].priority = 101;
    promise_offers(sources, 2, 0, &offers, NULL);
    cr_assert_eq(offers.list[1].source, 0, "priority is before the name");
    cr_assert_eq(offers.list[1].ship_on, TODAY + 2);

    sources[0].cost = 5;
    promise_offers(sources, 2, 0, &offers, NULL);
    cr_assert_eq(offers.list[1].source, 1, "cost is before priority");
}

Test(promise, waiting_units_are_taken_off_from_the_front)
{
    const struct lane_days days = lane_of(1);
    const struct load first[] = { { TODAY, true, 2 }, { TODAY + 1, false, 3 } };
    const struct load second[] = { { TODAY, false, 4 } };
    const struct source sources[] = { source_of(first, 2, &days, "a"),
                                      source_of(second, 1, &days, "b") };
    struct offers offers;
    uint64_t overdue = 0;

    promise_offers(sources, 2, 3, &offers, &overdue);
    cr_assert_eq(offers.count, 2);
    cr_assert_eq(offers.list[0].quantity, 3);
    cr_assert_eq(offers.list[0].source, 1, "nothing is left of a's first");
    cr_assert_eq(offers.list[1].quantity, 6);
    cr_assert_eq(overdue, 1, "without a's overdue units b's would wait");

    promise_offers(sources, 2, 6, &offers, &overdue);
    cr_assert_eq(offers.count, 1);
    cr_assert_eq(offers.list[0].quantity, 3);
    cr_assert_eq(offers.list[0].source, 0);

    promise_offers(sources, 2, 9, &offers, &overdue);
    cr_assert_eq(offers.count, 0);
    cr_assert_eq(overdue, 0);
}

Test(promise, nothing_follows_an_offer_without_limit)
{
    const struct lane_days days = lane_of(0);
    const struct load loads[] = { { TODAY, false, 2 }, { TODAY + 1, false, UNITS_UNLIMITED } };
    const struct load more[] = { { TODAY + 2, false, 4 } };
    const struct source sources[] = { source_of(loads, 2, &days, "a"),
                                      source_of(more, 1, &days, "b") };
    struct offers offers;

    promise_offers(sources, 2, 5, &offers, NULL);

    cr_assert_eq(offers.count, 1);
    cr_assert_eq(offers.list[0].quantity, UNITS_UNLIMITED);
    cr_assert_eq(offers.list[0].by, TODAY + 1);
}

Test(promise, first_four_offers_are_kept)
{
    const struct lane_days days = lane_of(0);
    const struct load loads[] = { { TODAY, false, 1 },     { TODAY + 1, false, 1 },
                                  { TODAY + 2, false, 1 }, { TODAY + 3, false, 1 },
                                  { TODAY + 4, true, 1 } };
    const struct source source = source_of(loads, 5, &days, "a");
    struct offers offers;
    uint64_t overdue = 0;

    promise_offers(&source, 1, 0, &offers, &overdue);

    cr_assert_eq(offers.count, OFFERS_MAX);
    cr_assert_eq(offers.list[3].quantity, 4);
    cr_assert_eq(overdue, 0, "no offer rests on the fifth");
}

Test(R8, no_offer_arrives_beyond_the_horizon)
{
    const struct lane_days days = lane_of(2);
    const struct load loads[] = { { TODAY + 118, false, 1 }, { TODAY + 119, false, 1 } };
    const struct source source = source_of(loads, 2, &days, "a");
    struct offers offers;
    struct segment segments[2];

    promise_offers(&source, 1, 0, &offers, NULL);

    cr_assert_eq(offers.count, 1);
    cr_assert_eq(offers.list[0].quantity, 1);
    cr_assert_eq(promise_segments(&source, 1, 0, segments, 2), 1);
    cr_assert_eq(promise_segments(&source, 1, 0, segments, 0), 0, "nor beyond the room given");
}

Test(promise, no_source_no_offer)
{
    struct offers offers;
    struct offer first = { .quantity = 77 };
    uint64_t overdue = 1;

    promise_offers(NULL, 0, 0, &offers, &overdue);

    cr_assert_eq(offers.count, 0);
    cr_assert_eq(overdue, 0);
    cr_assert_not(promise_first(NULL, 0, 0, &first));
    cr_assert_eq(first.quantity, 77, "untouched");
}

/* ------------------------------------------------------------------ a slow twin */

enum {
    SITES = 4,
    LANES = 4,
    SOURCES_MAX = 150,
    SUPPLIES_MAX = 4,
    SEGMENTS_MAX = SOURCES_MAX * LOADS_MAX,
};

/* One item, one zone: some sources that share a few sites and lanes. */
struct stage {
    struct site sites[SITES];
    struct lane_days lanes[LANES];
    uint32_t source_count;
    struct stage_source {
        uint32_t site;
        uint32_t lane;
        int64_t cost;
        int64_t priority;
        char name[4];
        uint32_t supply_count;
        struct supply supplies[SUPPLIES_MAX];
    } sources[SOURCES_MAX];
    int64_t workload;
    int32_t not_before;
    int64_t waiting;
    enum capacity_reading reading;
};

struct slow_segment {
    uint32_t source;
    uint32_t supply;
    int32_t ship_on;
    int32_t from;
    int32_t by;
    bool overdue;
    int64_t units;
    const struct stage_source *of;
};

/* What the module makes of a stage. */
struct made {
    struct load loads[SOURCES_MAX][LOADS_MAX];
    struct source sources[SOURCES_MAX];
    struct segment segments[SEGMENTS_MAX];
    struct slow_segment slow[SEGMENTS_MAX];
};

static int32_t slow_first_day(const struct site *site, int32_t usable, int32_t not_before)
{
    int32_t processed = 0;
    for (int32_t i = usable - site->today; i < SITE_DAYS; i++) {
        processed += i > usable - site->today && site->worked[i];
        if (processed >= site->processing_days && site->worked[i] &&
            site->today + i >= not_before) {
            return i;
        }
    }
    return SITE_DAYS;
}

/* What a day takes of a supply of which `left` is left. */
static int64_t slow_share(const struct stage *stage, const struct site *site, int32_t i,
                          int64_t left, int64_t taken)
{
    if (!site->worked[i]) {
        return 0;
    }
    if (stage->reading == CAPACITY_LIFTED || site->remaining[i] == UNITS_UNLIMITED) {
        return left;
    }
    if (site->unit != CAPACITY_UNITS) {
        return site->remaining[i] > 0 ? left : 0;
    }
    int64_t free = site->remaining[i] / stage->workload - taken;
    if (free >= left) {
        return left;
    }
    if (stage->reading == CAPACITY_ROUNDED) {
        int64_t rounded = 0;
        for (int64_t power = 1; power <= free; power *= 10) {
            rounded = power * 5 <= free ? power * 5 : power * 2 <= free ? power * 2 : power;
        }
        return rounded;
    }
    return free;
}

static uint32_t slow_source(const struct stage *stage, uint32_t index, struct slow_segment *out)
{
    const struct stage_source *of = &stage->sources[index];
    const struct site *site = &stage->sites[of->site];
    const struct lane_days *lane = &stage->lanes[of->lane];
    int64_t taken[SITE_DAYS] = { 0 };
    uint32_t count = 0;
    for (uint32_t k = 0; k < of->supply_count; k++) {
        int64_t left = of->supplies[k].units;
        for (int32_t i = slow_first_day(site, of->supplies[k].day, stage->not_before);
             i < SITE_DAYS && left > 0; i++) {
            const int64_t share = slow_share(stage, site, i, left, taken[i]);
            const int32_t ship_on = site->today + i;
            const int32_t by = lane->by[ship_on - lane->base];
            if (share > 0 && by != DAY_NONE && by <= site->today + HORIZON_DAYS) {
                out[count++] = (struct slow_segment){ index, k, ship_on,
                                                      lane->from[ship_on - lane->base], by,
                                                      of->supplies[k].overdue, share, of };
            }
            if (share == UNITS_UNLIMITED) {
                return count;
            }
            taken[i] += share;
            left -= left == UNITS_UNLIMITED ? 0 : share;
        }
    }
    return count;
}

static int slow_order(const void *left, const void *right)
{
    const struct slow_segment *a = left;
    const struct slow_segment *b = right;
    const int64_t keys[][2] = { { a->by, b->by },
                                { a->of->cost, b->of->cost },
                                { a->of->priority, b->of->priority },
                                { strcmp(a->of->name, b->of->name), 0 },
                                { a->ship_on, b->ship_on },
                                { a->supply, b->supply } };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    return 0;
}

/* All segments in order; those that `waiting` takes wholly stay, with no units. */
static uint32_t slow_segments(const struct stage *stage, struct slow_segment *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < stage->source_count; i++) {
        count += slow_source(stage, i, out + count);
    }
    qsort(out, count, sizeof *out, slow_order);
    int64_t waiting = stage->waiting;
    for (uint32_t i = 0; i < count && waiting > 0; i++) {
        if (out[i].units == UNITS_UNLIMITED) {
            break;
        }
        const int64_t gone = out[i].units < waiting ? out[i].units : waiting;
        out[i].units -= gone;
        waiting -= gone;
    }
    return count;
}

/* Overdue: sources of overdue segments that arrive no later than the last offer. */
static void slow_offers(const struct slow_segment *segments, uint32_t count,
                        struct offers *offers, uint64_t *overdue)
{
    *offers = (struct offers){ .count = 0 };
    *overdue = 0;
    int64_t quantity = 0;
    struct offer *last = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct slow_segment *segment = &segments[i];
        if (segment->units == 0) {
            continue;
        }
        if (last == NULL || last->by != segment->by) {
            if (offers->count == OFFERS_MAX || quantity == UNITS_UNLIMITED) {
                break;
            }
            last = &offers->list[offers->count++];
            *last = (struct offer){ 0, segment->ship_on, segment->from, segment->by,
                                    segment->source };
        }
        const bool unlimited = quantity == UNITS_UNLIMITED || segment->units == UNITS_UNLIMITED;
        quantity = unlimited ? UNITS_UNLIMITED : quantity + segment->units;
        last->quantity = quantity;
    }
    for (uint32_t i = 0; last != NULL && i < count && segments[i].by <= last->by; i++) {
        if (segments[i].overdue && segments[i].source < 64) {
            *overdue |= UINT64_C(1) << segments[i].source;
        }
    }
}

static struct site chance_site(struct chance *chance)
{
    struct site site = { .today = TODAY + chance_between(chance, 0, 2),
                         .processing_days = chance_between(chance, 0, 3),
                         .unit = chance_percent(chance, 70)
                                     ? CAPACITY_UNITS
                                     : (enum capacity_unit)chance_between(chance, 1, 2) };
    const uint32_t closed_percent = (uint32_t)chance_between(chance, 0, 60);
    const uint32_t limited_percent = chance_percent(chance, 30) ? 0 : 100;
    const int32_t most = chance_percent(chance, 50) ? 12 : 3000;
    const bool mixed = chance_percent(chance, 20);
    for (int32_t i = 0; i < SITE_DAYS; i++) {
        site.worked[i] = !chance_percent(chance, closed_percent);
        const bool limited = chance_percent(chance, mixed ? 90 : limited_percent);
        site.remaining[i] = !site.worked[i] ? 0
                            : limited       ? chance_between(chance, 0, most)
                                            : UNITS_UNLIMITED;
    }
    return site;
}

static struct lane_days chance_lane(struct chance *chance)
{
    const int32_t least = chance_between(chance, 0, 4);
    const struct lane_terms terms = {
        .transit_min = least,
        .transit_max = least + chance_between(chance, 0, 4),
        .transit_weekdays = chance_percent(chance, 50) ? 0x1f : 0x7f,
        .delivery_weekdays = (uint8_t)chance_between(chance, 1, 0x7f),
    };
    struct lane_days days;
    lane_days_fill(&days, &terms, TODAY);
    return days;
}

static int64_t chance_units(struct chance *chance)
{
    if (chance_percent(chance, 8)) {
        return UNITS_UNLIMITED;
    }
    return chance_percent(chance, 70) ? chance_between(chance, 1, 30)
                                      : chance_between(chance, 1, 5000);
}

/* Supplies on rising worked days. */
static void chance_supplies(struct chance *chance, const struct site *site,
                            struct stage_source *source)
{
    const uint32_t wanted = (uint32_t)chance_between(chance, 0, SUPPLIES_MAX);
    int32_t i = chance_percent(chance, 70) ? 0 : chance_between(chance, 0, 120);
    source->supply_count = 0;
    while (source->supply_count < wanted) {
        while (i < SITE_DAYS && !site->worked[i]) {
            i++;
        }
        if (i >= SITE_DAYS) {
            break;
        }
        source->supplies[source->supply_count++] = (struct supply){
            site->today + i, chance_percent(chance, 20), chance_units(chance)
        };
        i += chance_between(chance, 0, 12);
    }
}

static void chance_stage(struct chance *chance, struct stage *stage, uint32_t source_count)
{
    for (uint32_t i = 0; i < SITES; i++) {
        stage->sites[i] = chance_site(chance);
        stage->lanes[i] = chance_lane(chance);
    }
    stage->source_count = source_count;
    stage->workload = chance_percent(chance, 60) ? 1 : chance_between(chance, 1, 9);
    stage->not_before =
        chance_percent(chance, 80) ? DAY_NONE : TODAY + chance_between(chance, 0, 130);
    stage->waiting = chance_percent(chance, 50) ? 0 : chance_between(chance, 0, 200);
    stage->reading = (enum capacity_reading)chance_between(chance, 0, 2);
    for (uint32_t i = 0; i < source_count; i++) {
        struct stage_source *source = &stage->sources[i];
        source->site = (uint32_t)chance_between(chance, 0, SITES - 1);
        source->lane = (uint32_t)chance_between(chance, 0, LANES - 1);
        source->cost = chance_between(chance, 0, 2);
        source->priority = chance_between(chance, 0, 2);
        /* All names differ, and their order is not that of the indices. */
        const uint32_t name = (i * 7 + 3) % 151;
        source->name[0] = (char)('a' + name / 26);
        source->name[1] = (char)('a' + name % 26);
        source->name[2] = '\0';
        chance_supplies(chance, &stage->sites[source->site], source);
    }
}

static void make(const struct stage *stage, struct made *made)
{
    for (uint32_t i = 0; i < stage->source_count; i++) {
        const struct stage_source *of = &stage->sources[i];
        const struct site *site = &stage->sites[of->site];
        const uint32_t count =
            promise_loads(site, of->supplies, of->supply_count, stage->workload,
                          stage->not_before, stage->reading, made->loads[i], LOADS_MAX);
        made->sources[i] = source_of(made->loads[i], count, &stage->lanes[of->lane], of->name);
        made->sources[i].last = site->today + HORIZON_DAYS;
        made->sources[i].cost = of->cost;
        made->sources[i].priority = of->priority;
    }
}

static struct made *made_new(void)
{
    struct made *made = calloc(1, sizeof *made);
    cr_assert_not_null(made);
    return made;
}

static void expect_offer(const struct offer *made, const struct offer *slow, int32_t round)
{
    cr_assert_eq(made->quantity, slow->quantity, "round %d", round);
    cr_assert_eq(made->ship_on, slow->ship_on, "round %d", round);
    cr_assert_eq(made->from, slow->from, "round %d", round);
    cr_assert_eq(made->by, slow->by, "round %d", round);
    cr_assert_eq(made->source, slow->source, "round %d", round);
}

static void expect_offers(const struct stage *stage, struct made *made, uint32_t slow_count,
                          int32_t round)
{
    struct offers offers;
    struct offers slow;
    uint64_t overdue;
    uint64_t slow_overdue;
    struct offer first;
    promise_offers(made->sources, stage->source_count, stage->waiting, &offers, &overdue);
    const bool any = promise_first(made->sources, stage->source_count, stage->waiting, &first);
    slow_offers(made->slow, slow_count, &slow, &slow_overdue);

    cr_assert_eq(offers.count, slow.count, "round %d", round);
    for (uint32_t i = 0; i < slow.count; i++) {
        expect_offer(&offers.list[i], &slow.list[i], round);
    }
    cr_assert_eq(overdue, slow_overdue, "round %d", round);
    cr_assert_eq(any, slow.count > 0, "round %d", round);
    if (any) {
        expect_offer(&first, &slow.list[0], round);
    }
}

static void expect_segments(const struct stage *stage, struct made *made, uint32_t slow_count,
                            int32_t round)
{
    const uint32_t count = promise_segments(made->sources, stage->source_count, stage->waiting,
                                            made->segments, SEGMENTS_MAX);
    uint32_t at = 0;
    for (uint32_t i = 0; i < slow_count; i++) {
        const struct slow_segment *slow = &made->slow[i];
        if (slow->units == 0) {
            continue;
        }
        cr_assert_lt(at, count, "round %d", round);
        const struct segment *segment = &made->segments[at++];
        cr_assert(segment->source == slow->source && segment->ship_on == slow->ship_on &&
                      segment->from == slow->from && segment->by == slow->by &&
                      segment->overdue == slow->overdue && segment->units == slow->units,
                  "round %d, segment %u", round, at - 1);
    }
    cr_assert_eq(at, count, "round %d", round);
}

static void compare(struct chance *chance, int32_t rounds, int32_t sources_most)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct made *made = made_new();
    for (int32_t round = 0; round < rounds; round++) {
        chance_stage(chance, stage, (uint32_t)chance_between(chance, 0, sources_most));
        make(stage, made);
        const uint32_t slow_count = slow_segments(stage, made->slow);

        expect_offers(stage, made, slow_count, round);
        if (slow_count > 0 && round % 4 == 0) {
            expect_segments(stage, made, slow_count, round);
        }
    }
    free(made);
    free(stage);
}

Test(promise, offers_and_segments_are_those_of_a_full_enumeration)
{
    struct chance chance = chance_of_seed();

    compare(&chance, 100000, 5);
    compare(&chance, 10000, 12);
}

Test(promise, offers_of_very_many_sources_are_those_of_a_full_enumeration)
{
    struct chance chance = chance_of_seed();

    compare(&chance, 400, SOURCES_MAX);
}

Test(promise, fewer_loads_or_segments_are_the_first_of_all)
{
    struct chance chance = chance_of_seed();
    struct stage *stage = calloc(1, sizeof *stage);
    struct made *made = made_new();
    struct load *loads = calloc(LOADS_MAX, sizeof *loads);
    struct segment *segments = calloc(SEGMENTS_MAX, sizeof *segments);
    for (int32_t round = 0; round < 5000; round++) {
        chance_stage(&chance, stage, (uint32_t)chance_between(&chance, 1, 5));
        make(stage, made);
        const uint32_t all = promise_segments(made->sources, stage->source_count, 0,
                                              made->segments, SEGMENTS_MAX);
        const uint32_t load_max = (uint32_t)chance_between(&chance, 1, 20);
        const uint32_t segment_max = (uint32_t)chance_between(&chance, 1, 30);

        const struct stage_source *of = &stage->sources[0];
        const uint32_t load_count =
            promise_loads(&stage->sites[of->site], of->supplies, of->supply_count,
                          stage->workload, stage->not_before, stage->reading, loads, load_max);
        const uint32_t segment_count = promise_segments(made->sources, stage->source_count, 0,
                                                        segments, segment_max);

        const uint32_t full = made->sources[0].load_count;
        cr_assert_eq(load_count, full < load_max ? full : load_max);
        for (uint32_t i = 0; i < load_count; i++) {
            cr_assert_eq(loads[i].ship_on, made->loads[0][i].ship_on);
            cr_assert_eq(loads[i].units, made->loads[0][i].units);
            cr_assert_eq(loads[i].overdue, made->loads[0][i].overdue);
        }
        cr_assert_eq(segment_count, all < segment_max ? all : segment_max);
        for (uint32_t i = 0; i < segment_count; i++) {
            cr_assert_eq(segments[i].source, made->segments[i].source);
            cr_assert_eq(segments[i].load, made->segments[i].load);
            cr_assert_eq(segments[i].units, made->segments[i].units);
        }
    }
    free(segments);
    free(loads);
    free(made);
    free(stage);
}

/* ------------------------------------------------------------------ monotone */

/* Whether, for every quantity on offer before, `after` has it no later. */
static bool no_later(const struct offers *before, const struct offers *after)
{
    for (uint32_t i = 0; i < before->count; i++) {
        bool found = false;
        for (uint32_t j = 0; j < after->count; j++) {
            found |= after->list[j].quantity >= before->list[i].quantity &&
                     after->list[j].by <= before->list[i].by;
        }
        /* Four earlier offers may have pushed this one out of sight. */
        found |= after->count == OFFERS_MAX &&
                 after->list[OFFERS_MAX - 1].by < before->list[i].by;
        if (!found) {
            return false;
        }
    }
    return true;
}

/* One unit, slot or working day more somewhere; false: nothing was to be added there. */
static bool stage_add(struct chance *chance, struct stage *stage)
{
    struct site *site = &stage->sites[chance_between(chance, 0, SITES - 1)];
    const int32_t i = chance_between(chance, 0, chance_percent(chance, 70) ? 8 : 120);
    struct stage_source *source =
        &stage->sources[chance_between(chance, 0, (int32_t)stage->source_count - 1)];
    switch (chance_between(chance, 0, 3)) {
    case 0: /* stock */
        if (source->supply_count == 0) {
            return false;
        }
        struct supply *supply =
            &source->supplies[chance_between(chance, 0, (int32_t)source->supply_count - 1)];
        if (supply->units == UNITS_UNLIMITED) {
            return false;
        }
        supply->units += chance_percent(chance, 70) ? 1 : chance_between(chance, 1, 50);
        return true;
    case 1: /* capacity */
        if (!site->worked[i] || site->remaining[i] == UNITS_UNLIMITED) {
            return false;
        }
        site->remaining[i] += 1;
        return true;
    case 2: /* a working day */
        if (site->worked[i]) {
            return false;
        }
        site->worked[i] = true;
        site->remaining[i] = chance_percent(chance, 50) ? UNITS_UNLIMITED
                                                        : chance_between(chance, 0, 9);
        return true;
    default: /* somebody waits no more */
        if (stage->waiting == 0) {
            return false;
        }
        stage->waiting--;
        return true;
    }
}

static void stage_offers(const struct stage *stage, struct made *made, struct offers *offers)
{
    make(stage, made);
    promise_offers(made->sources, stage->source_count, stage->waiting, offers, NULL);
}

Test(R13, unit_slot_or_working_day_more_never_delays_an_offer_and_less_never_hastens)
{
    struct chance chance = chance_of_seed();
    struct stage *stage = calloc(1, sizeof *stage);
    struct made *made = made_new();
    for (int32_t steps = 0; steps < 120000;) {
        chance_stage(&chance, stage, (uint32_t)chance_between(&chance, 1, 5));
        stage->reading = CAPACITY_EXACT;
        struct offers before;
        stage_offers(stage, made, &before);
        for (int32_t i = 0; i < 12; i++) {
            if (!stage_add(&chance, stage)) {
                continue;
            }
            steps++;

            struct offers after;
            stage_offers(stage, made, &after);

            cr_assert(no_later(&before, &after), "step %d", steps);
            before = after;
        }
    }
    free(made);
    free(stage);
}

Test(R13, first_offer_of_all_never_moves_back_by_rounding)
{
    struct chance chance = chance_of_seed();
    struct stage *stage = calloc(1, sizeof *stage);
    struct made *made = made_new();
    for (int32_t steps = 0; steps < 50000;) {
        chance_stage(&chance, stage, (uint32_t)chance_between(&chance, 1, 5));
        stage->reading = CAPACITY_ROUNDED;
        stage->waiting = 0;
        struct offers before;
        stage_offers(stage, made, &before);
        for (int32_t i = 0; i < 12 && stage_add(&chance, stage); i++) {
            steps++;

            struct offers after;
            stage_offers(stage, made, &after);

            cr_assert(before.count == 0 ||
                      (after.count > 0 && after.list[0].by <= before.list[0].by));
            before = after;
        }
    }
    free(made);
    free(stage);
}

Test(R11, offers_with_capacity_lifted_are_no_later)
{
    struct chance chance = chance_of_seed();
    struct stage *stage = calloc(1, sizeof *stage);
    struct made *made = made_new();
    for (int32_t round = 0; round < 20000; round++) {
        chance_stage(&chance, stage, (uint32_t)chance_between(&chance, 1, 5));
        struct offers with;
        struct offers lifted;
        stage->reading = (enum capacity_reading)chance_between(&chance, 0, 1);
        stage_offers(stage, made, &with);
        stage->reading = CAPACITY_LIFTED;

        stage_offers(stage, made, &lifted);

        cr_assert(no_later(&with, &lifted), "round %d", round);
    }
    free(made);
    free(stage);
}
