/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "core/sourcing.h"
#include "random_fixture.h"

enum {
    LOCATIONS_MAX = 40,
    LINES_MAX = 30,
    SEGMENTS_MAX = 40,
};

/* An order: what is given to the module, and what comes back. */
struct fixture {
    struct sourcing_location locations[LOCATIONS_MAX];
    char names[LOCATIONS_MAX][4];
    uint32_t location_count;
    struct sourcing_line lines[LINES_MAX];
    struct segment segments[LINES_MAX][SEGMENTS_MAX];
    uint32_t line_count;
    struct arena arena;
    struct sourcing_choice *choices;
    uint32_t choice_count;
};

static struct fixture *fixture_new(void)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    cr_assert_not_null(fixture);
    const size_t bytes = sourcing_bytes(LOCATIONS_MAX, LINES_MAX);
    fixture->arena = arena_of(malloc(bytes), bytes);
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    free(fixture->arena.base);
    free(fixture);
}

static uint32_t add_location(struct fixture *fixture, const char *name, int64_t cost, bool free)
{
    const uint32_t index = fixture->location_count++;
    strcpy(fixture->names[index], name);
    fixture->locations[index] = (struct sourcing_location){
        .name = bytes_text(fixture->names[index]),
        .cost = cost,
        .priority = 100,
        .free = free,
    };
    return index;
}

static void add_line(struct fixture *fixture, int64_t units)
{
    const uint32_t line = fixture->line_count++;
    fixture->lines[line] = (struct sourcing_line){ fixture->segments[line], 0, units };
}

/* Of the line added last. */
static void add_segment(struct fixture *fixture, uint32_t location, int32_t by, int64_t units)
{
    struct sourcing_line *line = &fixture->lines[fixture->line_count - 1];
    fixture->segments[fixture->line_count - 1][line->segment_count++] =
        (struct segment){ .source = location, .ship_on = by, .from = by, .by = by, .units = units };
}

static void choose(struct fixture *fixture)
{
    arena_reset(&fixture->arena);
    fixture->choice_count =
        sourcing_choose(fixture->locations, fixture->location_count, fixture->lines,
                        fixture->line_count, &fixture->arena, &fixture->choices);
}

/* The choices as rows of line, location, units. */
static void expect(struct fixture *fixture, const int64_t (*rows)[3], uint32_t row_count)
{
    choose(fixture);
    cr_assert_eq(fixture->choice_count, row_count, "%u choices", fixture->choice_count);
    for (uint32_t i = 0; i < row_count; i++) {
        const struct sourcing_choice *choice = &fixture->choices[i];
        cr_assert(choice->line == rows[i][0] && choice->location == rows[i][1] &&
                      choice->units == rows[i][2],
                  "choice %u is line %u, location %u, %lld units", i, choice->line,
                  choice->location, (long long)choice->units);
    }
}

/* ------------------------------------------------------------------ one line */

Test(R7, one_location_that_has_all_by_the_offers_date_beats_two_that_are_earlier)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 0, false);
    add_line(f, 5);
    add_segment(f, a, 1, 3);
    add_segment(f, b, 2, 9);

    expect(f, (const int64_t[][3]){ { 0, b, 5 } }, 1);

    fixture_free(f);
}

Test(R7, segment_after_the_offers_date_does_not_count)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 0, false);
    const uint32_t c = add_location(f, "c", 0, false);
    add_line(f, 5);
    add_segment(f, a, 1, 3);
    add_segment(f, b, 2, 2);
    add_segment(f, c, 3, 9);

    expect(f, (const int64_t[][3]){ { 0, a, 3 }, { 0, b, 2 } }, 2);

    fixture_free(f);
}

Test(R7, segment_on_the_offers_date_counts_wherever_it_stands)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 0, false);
    const uint32_t c = add_location(f, "c", 0, false);
    add_line(f, 5);
    add_segment(f, a, 1, 3);
    add_segment(f, b, 2, 2);
    add_segment(f, c, 2, 9);

    expect(f, (const int64_t[][3]){ { 0, c, 5 } }, 1);

    fixture_free(f);
}

Test(R7, of_as_few_locations_those_with_the_fewest_segments)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 9, false);
    add_line(f, 5);
    add_segment(f, a, 1, 3);
    add_segment(f, a, 2, 9);
    add_segment(f, b, 2, 9);

    expect(f, (const int64_t[][3]){ { 0, b, 5 } }, 1);

    fixture_free(f);
}

Test(R7, of_equal_locations_the_earlier_then_the_cheaper_then_priority_then_name)
{
    struct fixture *f = fixture_new();
    const uint32_t d = add_location(f, "d", 0, false);
    const uint32_t b = add_location(f, "b", 0, false);
    add_line(f, 1);
    add_segment(f, d, 2, 1);
    add_segment(f, b, 2, 1);

    expect(f, (const int64_t[][3]){ { 0, b, 1 } }, 1);
    f->locations[b].priority = 101;
    expect(f, (const int64_t[][3]){ { 0, d, 1 } }, 1);
    f->locations[d].cost = 1;
    expect(f, (const int64_t[][3]){ { 0, b, 1 } }, 1);
    f->segments[0][0].by = 1;
    expect(f, (const int64_t[][3]){ { 0, d, 1 } }, 1);

    fixture_free(f);
}

Test(R7, units_that_no_segment_covers_are_left_out)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 0, false);
    add_line(f, 10);
    add_segment(f, b, 1, 3);
    add_segment(f, a, 2, 4);
    add_line(f, 4);

    expect(f, (const int64_t[][3]){ { 0, b, 3 }, { 0, a, 4 } }, 2);

    fixture_free(f);
}

Test(R7, first_eight_locations_of_a_line_count)
{
    struct fixture *f = fixture_new();
    add_line(f, 20);
    for (uint32_t i = 0; i < 8; i++) {
        add_location(f, (const char[]){ (char)('a' + i), '\0' }, 0, false);
        add_segment(f, i, 1, 2);
    }
    const uint32_t ninth = add_location(f, "z", 0, false);
    add_segment(f, ninth, 1, 99);

    choose(f);

    cr_assert_eq(f->choice_count, 8);
    for (uint32_t i = 0; i < 8; i++) {
        cr_assert_eq(f->choices[i].location, i);
        cr_assert_eq(f->choices[i].units, 2);
    }
    fixture_free(f);
}

Test(R7, segments_without_limit_serve_any_line)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 0, false);
    add_line(f, INT64_C(1000000000000));
    add_segment(f, a, 1, 7);
    add_segment(f, a, 3, UNITS_UNLIMITED);
    add_segment(f, b, 3, UNITS_UNLIMITED);

    expect(f, (const int64_t[][3]){ { 0, b, INT64_C(1000000000000) } }, 1);

    fixture_free(f);
}

Test(R7, segments_of_a_location_sorted_behind_the_others_count_up_to_the_latest_date)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t shorted = add_location(f, "b", 0, false);
    add_line(f, 5);
    add_segment(f, a, 9, 3);
    add_segment(f, shorted, 1, 4);
    add_segment(f, shorted, 8, 1);
    add_segment(f, shorted, 10, 4);

    /* By day 9 all five are there: two segments of one location, none of the tenth day. */
    expect(f, (const int64_t[][3]){ { 0, shorted, 5 } }, 1);
    f->segments[0][2].by = 10;
    expect(f, (const int64_t[][3]){ { 0, a, 3 }, { 0, shorted, 2 } }, 2);

    fixture_free(f);
}

Test(R7, location_asked_last_gives_only_what_the_others_have_not)
{
    struct fixture *f = fixture_new();
    const uint32_t shorted = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 0, false);
    add_line(f, 4);
    add_segment(f, b, 9, 4);
    add_line(f, 3);
    add_segment(f, shorted, 1, 99);

    expect(f, (const int64_t[][3]){ { 0, b, 4 }, { 1, shorted, 3 } }, 2);

    fixture_free(f);
}

/* ------------------------------------------------------------------ the whole order */

Test(R7, order_comes_from_the_fewest_locations_though_a_line_comes_later)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 0, false);
    add_line(f, 1);
    add_segment(f, b, 4, 1);
    add_line(f, 2);
    add_segment(f, a, 1, 1);
    add_segment(f, a, 2, 1);
    add_segment(f, b, 2, 2);
    add_line(f, 1);
    add_segment(f, a, 1, 1);
    add_segment(f, b, 1, 1);

    expect(f, (const int64_t[][3]){ { 0, b, 1 }, { 1, b, 2 }, { 2, b, 1 } }, 3);

    fixture_free(f);
}

Test(R7, location_with_an_open_part_of_the_order_comes_free)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 0, false);
    const uint32_t b = add_location(f, "b", 5, true);
    add_line(f, 1);
    add_segment(f, a, 3, 1);
    add_segment(f, b, 3, 1);

    expect(f, (const int64_t[][3]){ { 0, b, 1 } }, 1);

    fixture_free(f);
}

Test(R7, cost_counts_once_per_location_of_the_order)
{
    struct fixture *f = fixture_new();
    const uint32_t a = add_location(f, "a", 3, false);
    const uint32_t b = add_location(f, "b", 4, false);
    const uint32_t c = add_location(f, "c", 2, false);
    const uint32_t d = add_location(f, "d", 2, false);
    for (uint32_t line = 0; line < 2; line++) {
        add_line(f, 2);
        add_segment(f, a, 1, 1);
        add_segment(f, b, 1, 1);
        add_segment(f, line == 0 ? c : d, 1, 1);
    }

    /* a + b is 7 for both lines; a + c and a + d are cheaper a line, but three locations. */
    expect(f, (const int64_t[][3]){ { 0, a, 1 }, { 0, b, 1 }, { 1, a, 1 }, { 1, b, 1 } }, 4);

    fixture_free(f);
}

Test(R7, above_sixteen_locations_the_one_that_serves_most_lines_is_taken_first)
{
    struct fixture *f = fixture_new();
    const uint32_t hub = add_location(f, "zz", 99, false);
    for (uint32_t line = 0; line < 17; line++) {
        const char name[] = { (char)('a' + line), '\0' };
        const uint32_t own = add_location(f, name, 0, false);
        add_line(f, 1);
        add_segment(f, own, 1, 1);
        if (line % 2 == 0) {
            add_segment(f, hub, 1, 1);
        }
    }

    choose(f);

    cr_assert_eq(f->choice_count, 17);
    for (uint32_t line = 0; line < 17; line++) {
        cr_assert_eq(f->choices[line].location, line % 2 == 0 ? hub : line + 1);
    }
    fixture_free(f);
}

/* ------------------------------------------------------------------ an exhaustive twin */

/* A set of locations that serves a line, told at length. */
struct slow_option {
    uint64_t set;
    int32_t by;
    uint32_t segments;
    int64_t units[LOCATIONS_MAX];
};

struct slow_line {
    int64_t units;
    uint32_t option_count;
    struct slow_option options[256];
    uint32_t chosen;
};

struct slow_order {
    struct slow_line lines[LINES_MAX];
};

static int slow_compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int name_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static uint32_t slow_names(const struct fixture *f, uint64_t set, const char **names)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->location_count; i++) {
        if (set >> i & 1) {
            names[count++] = f->names[i];
        }
    }
    qsort(names, count, sizeof *names, name_order);
    return count;
}

/* By cost, priority, sorted names. */
static int slow_compare_sets(const struct fixture *f, uint64_t a, uint64_t b)
{
    int64_t costs[2] = { 0, 0 };
    int64_t priorities[2] = { 0, 0 };
    for (uint32_t i = 0; i < f->location_count; i++) {
        costs[0] += a >> i & 1 ? f->locations[i].cost : 0;
        costs[1] += b >> i & 1 ? f->locations[i].cost : 0;
        priorities[0] += a >> i & 1 ? f->locations[i].priority : 0;
        priorities[1] += b >> i & 1 ? f->locations[i].priority : 0;
    }
    int order = slow_compare(costs[0], costs[1]);
    order = order ? order : slow_compare(priorities[0], priorities[1]);
    const char *names[2][LOCATIONS_MAX];
    const uint32_t counts[2] = { slow_names(f, a, names[0]), slow_names(f, b, names[1]) };
    for (uint32_t i = 0; order == 0 && i < counts[0] && i < counts[1]; i++) {
        order = strcmp(names[0][i], names[1][i]);
    }
    return order ? order : slow_compare(counts[0], counts[1]);
}

static int slow_compare_options(const struct fixture *f, const struct slow_option *a,
                                const struct slow_option *b)
{
    const int order = slow_compare(a->by, b->by);
    return order ? order : slow_compare_sets(f, a->set, b->set);
}

/* The segments of a line that count, and the units they cover. */
static uint32_t slow_counting(const struct sourcing_line *line, struct segment *counting,
                              int64_t *units)
{
    uint64_t seen = 0;
    uint32_t seen_count = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < line->segment_count; i++) {
        const uint64_t bit = UINT64_C(1) << line->segments[i].source;
        if (!(seen & bit) && seen_count == 8) {
            continue;
        }
        seen_count += seen & bit ? 0 : 1;
        seen |= bit;
        counting[count++] = line->segments[i];
    }
    int64_t total = 0;
    int32_t date = INT32_MIN;
    for (uint32_t i = 0; i < count && total < line->units; i++) {
        const int64_t more = line->units - total;
        total += counting[i].units < more ? counting[i].units : more;
        date = counting[i].by > date ? counting[i].by : date;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (counting[i].by <= date) {
            counting[kept++] = counting[i];
        }
    }
    *units = total;
    return kept;
}

static uint32_t bits_of(uint64_t set)
{
    return (uint32_t)__builtin_popcountll(set);
}

static bool slow_fill(const struct segment *counting, uint32_t count, int64_t units, uint64_t set,
                      struct slow_option *option)
{
    *option = (struct slow_option){ .set = set, .by = INT32_MIN };
    for (uint32_t i = 0; i < count && units > 0; i++) {
        if (set >> counting[i].source & 1) {
            const int64_t taken = counting[i].units < units ? counting[i].units : units;
            option->units[counting[i].source] += taken;
            option->by = counting[i].by > option->by ? counting[i].by : option->by;
            option->segments++;
            units -= taken;
        }
    }
    return units == 0;
}

static void slow_plan(const struct sourcing_line *line, struct slow_line *plan)
{
    struct segment counting[SEGMENTS_MAX];
    plan->option_count = 0;
    const uint32_t count = slow_counting(line, counting, &plan->units);
    uint64_t places = 0;
    for (uint32_t i = 0; i < count; i++) {
        places |= UINT64_C(1) << counting[i].source;
    }
    uint32_t size = UINT32_MAX;
    uint32_t segments = UINT32_MAX;
    for (uint64_t set = places; set != 0 && plan->units > 0; set = (set - 1) & places) {
        struct slow_option option;
        if (slow_fill(counting, count, plan->units, set, &option) &&
            (bits_of(set) < size || (bits_of(set) == size && option.segments <= segments))) {
            if (bits_of(set) < size || option.segments < segments) {
                plan->option_count = 0;
            }
            size = bits_of(set);
            segments = option.segments;
            plan->options[plan->option_count++] = option;
        }
    }
}

/* The best option of a line inside a set; UINT32_MAX: none. */
static uint32_t slow_best(const struct fixture *f, const struct slow_line *line, uint64_t inside)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < line->option_count; i++) {
        if ((line->options[i].set & ~inside) == 0 &&
            (best == UINT32_MAX ||
             slow_compare_options(f, &line->options[i], &line->options[best]) < 0)) {
            best = i;
        }
    }
    return best;
}

static uint64_t slow_free(const struct fixture *f)
{
    uint64_t set = 0;
    for (uint32_t i = 0; i < f->location_count; i++) {
        set |= f->locations[i].free ? UINT64_C(1) << i : 0;
    }
    return set;
}

/* What all lines use inside a set; false: some line has nothing there. */
static bool slow_use(const struct fixture *f, struct slow_order *order, uint64_t inside,
                     uint64_t *used, int32_t *by)
{
    *used = 0;
    *by = INT32_MIN;
    for (uint32_t i = 0; i < f->line_count; i++) {
        struct slow_line *line = &order->lines[i];
        if (line->option_count == 0) {
            continue;
        }
        line->chosen = slow_best(f, line, inside);
        if (line->chosen == UINT32_MAX) {
            return false;
        }
        const struct slow_option *option = &line->options[line->chosen];
        *used |= option->set;
        *by = option->by > *by ? option->by : *by;
    }
    return true;
}

static void slow_exactly(const struct fixture *f, struct slow_order *order)
{
    const uint64_t free = slow_free(f);
    uint32_t best_size = UINT32_MAX;
    uint64_t best_inside = 0;
    uint64_t best_used = 0;
    int32_t best_by = 0;
    for (uint64_t set = 0; set < UINT64_C(1) << f->location_count; set++) {
        uint64_t used;
        int32_t by;
        if ((set & free) != 0 || bits_of(set) > best_size ||
            !slow_use(f, order, set | free, &used, &by)) {
            continue;
        }
        if (bits_of(set) < best_size || by < best_by ||
            (by == best_by && slow_compare_sets(f, used, best_used) < 0)) {
            best_size = bits_of(set);
            best_inside = set | free;
            best_used = used;
            best_by = by;
        }
    }
    cr_assert(slow_use(f, order, best_inside, &best_used, &best_by));
}

static bool slow_alone(const struct slow_line *line)
{
    return line->option_count > 0 && bits_of(line->options[0].set) == 1;
}

/* Which option of an unserved line is this location alone; UINT32_MAX: none. */
static uint32_t slow_serves(const struct slow_line *line, uint32_t location)
{
    for (uint32_t i = 0; slow_alone(line) && i < line->option_count; i++) {
        if (line->options[i].set == UINT64_C(1) << location) {
            return i;
        }
    }
    return UINT32_MAX;
}

static uint32_t slow_next(const struct fixture *f, const struct slow_order *order)
{
    uint32_t best = UINT32_MAX;
    uint32_t best_count = 0;
    for (uint32_t i = 0; i < f->location_count; i++) {
        uint32_t count = 0;
        for (uint32_t line = 0; line < f->line_count; line++) {
            count += order->lines[line].chosen == UINT32_MAX &&
                     slow_serves(&order->lines[line], i) != UINT32_MAX;
        }
        const bool freer = count > 0 && count == best_count && f->locations[i].free &&
                           !f->locations[best].free;
        const bool equal = count > 0 && count == best_count &&
                           f->locations[i].free == f->locations[best].free;
        if (count > best_count || freer ||
            (equal && slow_compare_sets(f, UINT64_C(1) << i, UINT64_C(1) << best) < 0)) {
            best = i;
            best_count = count;
        }
    }
    return best;
}

static void slow_greedily(const struct fixture *f, struct slow_order *order)
{
    uint64_t used = slow_free(f);
    for (uint32_t i = 0; i < f->line_count; i++) {
        order->lines[i].chosen = UINT32_MAX;
    }
    for (;;) {
        const uint32_t next = slow_next(f, order);
        if (next == UINT32_MAX) {
            break;
        }
        used |= UINT64_C(1) << next;
        for (uint32_t i = 0; i < f->line_count; i++) {
            if (order->lines[i].chosen == UINT32_MAX) {
                order->lines[i].chosen = slow_serves(&order->lines[i], next);
            }
        }
    }
    for (uint32_t i = 0; i < f->line_count; i++) {
        struct slow_line *line = &order->lines[i];
        if (line->option_count == 0 || slow_alone(line)) {
            continue;
        }
        uint32_t best = 0;
        for (uint32_t j = 1; j < line->option_count; j++) {
            const int fewer = slow_compare(bits_of(line->options[j].set & ~used),
                                           bits_of(line->options[best].set & ~used));
            if (fewer < 0 || (fewer == 0 && slow_compare_options(f, &line->options[j],
                                                                 &line->options[best]) < 0)) {
                best = j;
            }
        }
        line->chosen = best;
        used |= line->options[best].set;
    }
}

/* Makes the lines' options; whether they are few enough for the exact search. */
static bool slow_plans(const struct fixture *f, struct slow_order *order)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < f->line_count; i++) {
        slow_plan(&f->lines[i], &order->lines[i]);
        for (uint32_t j = 0; j < order->lines[i].option_count; j++) {
            all |= order->lines[i].options[j].set;
        }
    }
    return bits_of(all) <= 16;
}

static void chance_line(struct chance *chance, struct fixture *f, uint32_t *places,
                        uint32_t place_count)
{
    add_line(f, chance_between(chance, 1, 12));
    const int32_t count = chance_between(chance, 0, chance_percent(chance, 80) ? 6 : SEGMENTS_MAX);
    int32_t by = 1;
    for (int32_t i = 0; i < count; i++) {
        by += chance_between(chance, 0, 5) == 0;
        add_segment(f, places[chance_between(chance, 0, (int32_t)place_count - 1)], by,
                    chance_percent(chance, 5) ? UNITS_UNLIMITED : chance_between(chance, 1, 9));
    }
}

/* What the others do not have, a shorted location gives: its segments are behind theirs. */
static void chance_shorted(struct chance *chance, struct fixture *f)
{
    struct sourcing_line *line = &f->lines[f->line_count - 1];
    int64_t sum = 0;
    bool named = false;
    const uint32_t shorted = (uint32_t)chance_between(chance, 0, (int32_t)f->location_count - 1);
    for (uint32_t i = 0; i < line->segment_count; i++) {
        const int64_t units = line->segments[i].units;
        sum += units < line->units ? units : line->units;
        named = named || line->segments[i].source == shorted;
    }
    int32_t by = chance_between(chance, 1, 3);
    while (sum < line->units && !named && line->segment_count < SEGMENTS_MAX) {
        add_segment(f, shorted, by, chance_between(chance, 1, 9));
        by += chance_between(chance, 0, 2);
        named = chance_percent(chance, 40);
    }
}

static void chance_order(struct chance *chance, struct fixture *f, int32_t locations_most,
                         int32_t lines_most)
{
    f->location_count = 0;
    f->line_count = 0;
    const int32_t count = chance_between(chance, 1, locations_most);
    const uint32_t step = (uint32_t)chance_between(chance, 1, 40);
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        const uint32_t shuffled = (i * step) % 41;
        const char name[] = { (char)('a' + shuffled / 7), (char)('a' + shuffled % 7), '\0' };
        add_location(f, name, chance_between(chance, 0, 2), chance_percent(chance, 15));
        f->locations[i].priority = chance_between(chance, 1, 2);
    }
    for (int32_t left = chance_between(chance, 1, lines_most); left > 0; left--) {
        uint32_t places[LOCATIONS_MAX];
        const uint32_t place_count = (uint32_t)chance_between(chance, 1, count < 11 ? count : 11);
        for (uint32_t i = 0; i < place_count; i++) {
            places[i] = (uint32_t)chance_between(chance, 0, count - 1);
        }
        chance_line(chance, f, places, place_count);
        if (chance_percent(chance, 20)) {
            chance_shorted(chance, f);
        }
    }
}

static void compare(const struct fixture *f, const struct slow_order *order, int32_t round)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < f->line_count; i++) {
        const struct slow_line *line = &order->lines[i];
        if (line->option_count == 0) {
            continue;
        }
        const struct slow_option *option = &line->options[line->chosen];
        uint64_t named = 0;
        for (uint32_t j = 0; j < f->lines[i].segment_count; j++) {
            const uint32_t location = f->lines[i].segments[j].source;
            if (!(option->set >> location & 1) || named >> location & 1) {
                continue;
            }
            named |= UINT64_C(1) << location;
            cr_assert_lt(at, f->choice_count, "round %d", round);
            const struct sourcing_choice *choice = &f->choices[at++];
            cr_assert(choice->line == i && choice->location == location &&
                          choice->units == option->units[location],
                      "round %d: line %u takes %lld of location %u, not %lld of %u", round, i,
                      (long long)choice->units, choice->location,
                      (long long)option->units[location], location);
        }
    }
    cr_assert_eq(at, f->choice_count, "round %d", round);
}

static void run(struct chance *chance, int32_t rounds, int32_t locations_most, int32_t lines_most,
                bool exactly)
{
    struct fixture *f = fixture_new();
    struct slow_order *order = calloc(1, sizeof *order);
    int32_t compared = 0;
    for (int32_t round = 0; compared < rounds; round++) {
        chance_order(chance, f, locations_most, lines_most);
        if (slow_plans(f, order) != exactly) {
            continue;
        }
        if (exactly) {
            slow_exactly(f, order);
        } else {
            slow_greedily(f, order);
        }
        choose(f);

        compare(f, order, round);
        compared++;
    }
    free(order);
    fixture_free(f);
}

Test(R7, choice_is_that_of_an_exhaustive_search)
{
    struct chance chance = chance_of_seed();

    run(&chance, 100000, 6, 4, true);
    run(&chance, 1000, 11, 8, true);
}

Test(R7, greedy_choice_is_that_of_its_description)
{
    struct chance chance = chance_of_seed();

    run(&chance, 3000, LOCATIONS_MAX, LINES_MAX, false);
}

/* ------------------------------------------------------------------ offers */

enum { TODAY = 20605, SOURCES = 4, LOADS = 2 * SITE_DAYS };

/* Some locations with goods, inbound and a limited day each. */
struct market {
    struct site sites[SOURCES];
    struct lane_days lanes[SOURCES];
    struct supply supplies[SOURCES][2];
    struct load loads[SOURCES][LOADS];
    struct source sources[SOURCES];
    struct segment segments[SOURCES * LOADS];
};

static void chance_market(struct chance *chance, struct market *market, struct fixture *f)
{
    f->location_count = 0;
    for (uint32_t i = 0; i < SOURCES; i++) {
        const int32_t transit = chance_between(chance, 0, 3);
        const struct lane_terms terms = { .transit_min = transit,
                                          .transit_max = transit,
                                          .transit_weekdays = 0x1f,
                                          .delivery_weekdays = 0x3f };
        lane_days_fill(&market->lanes[i], &terms, TODAY);
        struct site *site = &market->sites[i];
        *site = (struct site){ .today = TODAY };
        const int64_t per_day = chance_between(chance, 1, 30);
        for (int32_t day = 0; day < SITE_DAYS; day++) {
            site->worked[day] = true;
            site->remaining[day] = chance_percent(chance, 80) ? per_day : 0;
        }
        for (int32_t j = 0; j < 2; j++) {
            market->supplies[i][j] = (struct supply){ TODAY + j * chance_between(chance, 1, 20),
                                                      false, chance_between(chance, 1, 60) };
        }
        add_location(f, (const char[]){ (char)('d' - i), '\0' }, chance_between(chance, 0, 1),
                     false);
        market->sources[i] = (struct source){ .days = &market->lanes[i],
                                              .last = TODAY + HORIZON_DAYS,
                                              .name = f->locations[i].name,
                                              .cost = f->locations[i].cost,
                                              .priority = 100 };
    }
}

static void market_read(struct market *market, enum capacity_reading reading)
{
    for (uint32_t i = 0; i < SOURCES; i++) {
        market->sources[i].loads = market->loads[i];
        market->sources[i].load_count =
            promise_loads(&market->sites[i], market->supplies[i], 2, 1, DAY_NONE, reading,
                          market->loads[i], LOADS);
    }
}

/* When the last of what was chosen arrives: each location gives its earliest segments. */
static int32_t chosen_by(const struct fixture *f, int64_t *units)
{
    int32_t by = DAY_NONE;
    *units = 0;
    for (uint32_t i = 0; i < f->choice_count; i++) {
        int64_t left = f->choices[i].units;
        *units += left;
        for (uint32_t j = 0; left > 0; j++) {
            cr_assert_lt(j, f->lines[0].segment_count);
            const struct segment *segment = &f->lines[0].segments[j];
            if (segment->source == f->choices[i].location) {
                left -= segment->units;
                by = segment->by > by ? segment->by : by;
            }
        }
    }
    return by;
}

Test(R7, order_placed_against_an_offer_gets_a_date_no_later_than_the_offers)
{
    struct chance chance = chance_of_seed();
    struct market *market = calloc(1, sizeof *market);
    struct fixture *f = fixture_new();
    for (int32_t round = 0; round < 5000; round++) {
        chance_market(&chance, market, f);
        const int64_t waiting = chance_percent(&chance, 50) ? 0 : chance_between(&chance, 0, 50);
        struct offers offers;
        market_read(market, CAPACITY_ROUNDED);
        promise_offers(market->sources, SOURCES, waiting, &offers, NULL);
        market_read(market, CAPACITY_EXACT);
        const uint32_t count = promise_segments(market->sources, SOURCES, waiting,
                                                market->segments, SOURCES * LOADS);
        for (uint32_t i = 0; i < offers.count; i++) {
            const int64_t before = i > 0 ? offers.list[i - 1].quantity : 0;
            const int32_t more = (int32_t)(offers.list[i].quantity - before);
            const int64_t wanted = before + chance_between(&chance, 1, more);
            f->line_count = 1;
            f->lines[0] = (struct sourcing_line){ market->segments, count, wanted };

            choose(f);

            int64_t units;
            const int32_t by = chosen_by(f, &units);
            cr_assert_eq(units, wanted, "round %d", round);
            cr_assert_leq(by, offers.list[i].by, "round %d, offer %u", round, i);
        }
    }
    fixture_free(f);
    free(market);
}
