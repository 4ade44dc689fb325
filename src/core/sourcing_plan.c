/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sourcing_plan.h"

#include "base/quantity.h"

/* Sorted names of set a before those of b? Where one list begins the other, the shorter is. */
static bool set_before(uint32_t a, uint32_t b)
{
    const uint32_t differ = a ^ b;
    if (differ == 0) {
        return false;
    }
    const uint32_t lowest = differ & -differ;
    return (a & lowest) != 0 ? b > lowest : a < lowest;
}

struct price sourcing_plan_price(const struct sourcing *sourcing, const uint32_t *places,
                              uint32_t set)
{
    struct price price = { 0, 0, set };
    for (uint32_t left = set; left != 0; left &= left - 1) {
        const struct sourcing_location *location =
            &sourcing->locations[places[set_lowest(left)]];
        price.cost = quantity_add(price.cost, location->cost);
        price.priority = quantity_add(price.priority, location->priority);
    }
    return price;
}

bool sourcing_plan_price_before(const struct price *a, const struct price *b)
{
    if (a->cost != b->cost) {
        return a->cost < b->cost;
    }
    if (a->priority != b->priority) {
        return a->priority < b->priority;
    }
    return set_before(a->set, b->set);
}

void sourcing_plan_sort(const struct sourcing *sourcing, uint32_t *places, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t place = places[i];
        const struct bytes name = sourcing->locations[place].name;
        uint32_t at = i;
        while (at > 0 && bytes_compare(name, sourcing->locations[places[at - 1]].name) < 0) {
            places[at] = places[at - 1];
            at--;
        }
        places[at] = place;
    }
}

/* ------------------------------------------------------------------ the plan of a line */

/* R7: the places of a line and the segments up to its date. */
struct reach {
    int64_t units;
    uint32_t end;
    uint32_t place_count;
    uint32_t places[PLACES_MAX];
};

/* The place of a location; a new one as long as there are not 8. BIT_NONE: it does not count. */
static uint8_t reach_place(const struct sourcing *sourcing, struct reach *reach,
                           uint32_t location)
{
    CHECK(location < sourcing->location_count);
    uint8_t *bit = &sourcing->bit_of[location];
    if (*bit == BIT_NONE && reach->place_count < PLACES_MAX) {
        *bit = (uint8_t)reach->place_count;
        reach->places[reach->place_count++] = location;
    }
    return *bit;
}

static struct reach line_reach(const struct sourcing *sourcing, const struct sourcing_line *line)
{
    struct reach reach = { .units = 0 };
    int32_t date = DAY_NONE;
    for (; reach.end < line->segment_count; reach.end++) {
        const struct segment *segment = &line->segments[reach.end];
        if (reach.units == line->units && segment->by > date) {
            break;
        }
        if (reach_place(sourcing, &reach, segment->source) == BIT_NONE) {
            continue;
        }
        date = segment->by > date ? segment->by : date;
        reach.units = quantity_less(line->units, quantity_add(reach.units, segment->units));
    }
    bits_clear(sourcing, reach.places, reach.place_count);
    return reach;
}

/* An option while the options of a line are compared. */
struct trial {
    int32_t by;
    uint32_t segment_count;
    struct price price;
};

static bool trial_before(const struct trial *a, const struct trial *b)
{
    return a->by != b->by ? a->by < b->by : sourcing_plan_price_before(&a->price, &b->price);
}

/* Fills the line from a set of places, in the order of segments. */
static struct trial line_try(const struct sourcing *sourcing, const struct sourcing_line *line,
                             const struct plan *plan, uint32_t set)
{
    struct trial trial = { .by = DAY_NONE };
    int64_t left = plan->units;
    for (uint32_t i = 0; i < plan->end && left > 0; i++) {
        const struct segment *segment = &line->segments[i];
        const uint8_t bit = sourcing->bit_of[segment->source];
        if (bit == BIT_NONE || (set >> bit & 1) == 0) {
            continue;
        }
        left -= quantity_less(left, segment->units);
        trial.by = segment->by > trial.by ? segment->by : trial.by;
        trial.segment_count++;
    }
    CHECK(left == 0);
    return trial;
}

/* The options of a line so far: of one size and one number of segments, best first. */
struct trials {
    uint32_t count;
    struct trial list[OPTIONS_MAX];
};

static void trials_put(struct trials *trials, const struct trial *trial)
{
    if (trials->count > 0 && trial->segment_count != trials->list[0].segment_count) {
        if (trial->segment_count > trials->list[0].segment_count) {
            return;
        }
        trials->count = 0;
    }
    CHECK(trials->count < OPTIONS_MAX);
    uint32_t at = trials->count++;
    for (; at > 0 && trial_before(trial, &trials->list[at - 1]); at--) {
        trials->list[at] = trials->list[at - 1];
    }
    trials->list[at] = *trial;
}

/* What each place can give of the line, at most all of it. */
static void line_caps(const struct sourcing *sourcing, const struct sourcing_line *line,
                      const struct plan *plan, int64_t caps[PLACES_MAX])
{
    memset(caps, 0, PLACES_MAX * sizeof *caps);
    for (uint32_t i = 0; i < plan->end; i++) {
        const struct segment *segment = &line->segments[i];
        const uint8_t bit = sourcing->bit_of[segment->source];
        if (bit != BIT_NONE) {
            caps[bit] = quantity_less(plan->units, quantity_add(caps[bit], segment->units));
        }
    }
}

static int64_t set_caps(const int64_t caps[PLACES_MAX], uint32_t set)
{
    int64_t sum = 0;
    for (uint32_t left = set; left != 0; left &= left - 1) {
        sum = quantity_add(sum, caps[set_lowest(left)]);
    }
    return sum;
}

/* R7 (a), (b): all sets of the smallest size that suffices. */
static void line_trials(const struct sourcing *sourcing, const struct sourcing_line *line,
                        const struct plan *plan, uint32_t place_count, struct trials *trials)
{
    int64_t caps[PLACES_MAX];
    line_caps(sourcing, line, plan, caps);
    const uint32_t end = UINT32_C(1) << place_count;
    for (uint32_t size = 1; trials->count == 0 && size <= place_count; size++) {
        for (uint32_t set = set_of_size(size); set < end; set = set_after(set)) {
            if (set_caps(caps, set) >= plan->units) {
                struct trial trial = line_try(sourcing, line, plan, set);
                trial.price = sourcing_plan_price(sourcing, plan->places, set);
                trials_put(trials, &trial);
            }
        }
    }
}

static void plan_keep(const struct sourcing *sourcing, struct plan *plan,
                      const struct trials *trials)
{
    plan->options = arena_take(sourcing->arena, trials->count * sizeof *plan->options);
    plan->option_count = trials->count;
    for (uint32_t i = 0; i < trials->count; i++) {
        plan->options[i] = (struct option){
            .by = trials->list[i].by,
            .places = (uint8_t)trials->list[i].price.set,
        };
    }
}

void sourcing_plan_make(const struct sourcing *sourcing, const struct sourcing_line *line,
                        struct plan *plan)
{
    CHECK(line->units > 0);
    struct reach reach = line_reach(sourcing, line);
    *plan = (struct plan){ .units = reach.units, .end = reach.end };
    if (reach.units == 0) {
        return;
    }
    sourcing_plan_sort(sourcing, reach.places, reach.place_count);
    memcpy(plan->places, reach.places, sizeof plan->places);
    bits_mark(sourcing, plan->places, reach.place_count);
    struct trials trials;
    trials.count = 0;
    line_trials(sourcing, line, plan, reach.place_count, &trials);
    CHECK(trials.count > 0);
    plan_keep(sourcing, plan, &trials);
    bits_clear(sourcing, plan->places, reach.place_count);
}

uint32_t sourcing_plan_places(const struct plan *plan)
{
    uint32_t places = 0;
    for (uint32_t i = 0; i < plan->option_count; i++) {
        places |= plan->options[i].places;
    }
    return places;
}
