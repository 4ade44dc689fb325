/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sourcing_plan.h"

#include "base/quantity.h"

/*
 * R7 for a whole order. The lines have their plans; here sets of locations are tried by rising
 * size until one serves all lines. Lines whose options are equal decide alike and are looked at
 * once (a class). Above 16 locations it goes greedily.
 */

/* ------------------------------------------------------------------ the order, exactly */

/* The locations of all options, by name; 17 where there are more than 16. */
struct slots {
    uint32_t count;
    uint32_t places[SLOTS_MAX + 1];
};

static void slots_collect(struct sourcing *sourcing, struct slots *slots)
{
    slots->count = 0;
    for (uint32_t i = 0; i < sourcing->line_count; i++) {
        const struct plan *plan = &sourcing->plans[i];
        for (uint32_t left = sourcing_plan_places(plan); left != 0; left &= left - 1) {
            const uint32_t location = plan->places[set_lowest(left)];
            if (sourcing->bit_of[location] == BIT_NONE && slots->count <= SLOTS_MAX) {
                sourcing->bit_of[location] = 0;
                slots->places[slots->count++] = location;
            }
        }
    }
    sourcing_plan_sort(sourcing, slots->places, slots->count);
    bits_clear(sourcing, slots->places, slots->count);
}

/*
 * Tells the sets of a line's options in bits of the whole order. Where all options have one date
 * (they do, unless the caller put a location behind the others) it decides nothing between them:
 * it only sets a floor for the date of the order, and more lines are alike without it.
 */
static void plan_translate(struct sourcing *sourcing, struct plan *plan)
{
    bool one_date = true;
    for (uint32_t i = 1; i < plan->option_count; i++) {
        one_date = one_date && plan->options[i].by == plan->options[0].by;
    }
    for (uint32_t i = 0; i < plan->option_count; i++) {
        struct option *option = &plan->options[i];
        if (one_date) {
            sourcing->floor = option->by > sourcing->floor ? option->by : sourcing->floor;
            option->by = DAY_NONE;
        }
        for (uint32_t left = option->places; left != 0; left &= left - 1) {
            const uint8_t bit = sourcing->bit_of[plan->places[set_lowest(left)]];
            option->slots = (uint16_t)(option->slots | UINT32_C(1) << bit);
        }
    }
}

/* Lines whose options are equal. */
struct class {
    const struct option *options;
    uint32_t option_count;
};

struct search {
    const struct sourcing *sourcing;
    const struct slots *slots;
    struct class *classes;
    uint32_t class_count;
    bool found;
    uint32_t set;            /* the best so far, and its worth */
    int32_t by;
    struct price price;
};

static bool class_is(const struct class *class, const struct plan *plan)
{
    if (class->option_count != plan->option_count) {
        return false;
    }
    for (uint32_t i = 0; i < plan->option_count; i++) {
        if (class->options[i].by != plan->options[i].by ||
            class->options[i].slots != plan->options[i].slots) {
            return false;
        }
    }
    return true;
}

static uint64_t plan_hash(const struct plan *plan)
{
    uint64_t hash = plan->option_count;
    for (uint32_t i = 0; i < plan->option_count; i++) {
        const uint64_t by = (uint32_t)plan->options[i].by;
        hash = (hash ^ (by << 16 | plan->options[i].slots)) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

/* Finds the classes by a table of their indices + 1. */
static void search_classes(struct search *search)
{
    const struct sourcing *sourcing = search->sourcing;
    uint32_t room = 2;
    while (room < 2 * sourcing->line_count) {
        room *= 2;
    }
    uint32_t *table = arena_take(sourcing->arena, room * sizeof *table);
    memset(table, 0, room * sizeof *table);
    search->classes = arena_take(sourcing->arena, sourcing->line_count * sizeof *search->classes);
    for (uint32_t i = 0; i < sourcing->line_count; i++) {
        const struct plan *plan = &sourcing->plans[i];
        if (plan->option_count == 0) {
            continue;
        }
        uint32_t at = (uint32_t)plan_hash(plan) & (room - 1);
        while (table[at] != 0 && !class_is(&search->classes[table[at] - 1], plan)) {
            at = (at + 1) & (room - 1);
        }
        if (table[at] == 0) {
            search->classes[search->class_count++] =
                (struct class){ plan->options, plan->option_count };
            table[at] = search->class_count;
        }
    }
}

/* The best option inside a set, NULL where there is none. Options are best first. */
static const struct option *option_inside(const struct option *options, uint32_t count,
                                          uint32_t set)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((options[i].slots & ~set) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

/* A class that found nothing is asked first the next time. */
static void search_ask_first(struct search *search, uint32_t index)
{
    const struct class asked = search->classes[index];
    memmove(&search->classes[1], &search->classes[0], index * sizeof asked);
    search->classes[0] = asked;
}

/* Compares one set of locations with the best so far. */
static void search_set(struct search *search, uint32_t set)
{
    int32_t by = search->sourcing->floor;
    uint32_t used = 0;
    for (uint32_t i = 0; i < search->class_count; i++) {
        const struct class *class = &search->classes[i];
        const struct option *option = option_inside(class->options, class->option_count, set);
        if (option == NULL) {
            search_ask_first(search, i);
            return;
        }
        by = option->by > by ? option->by : by;
        if (search->found && by > search->by) {
            return;
        }
        used |= option->slots;
    }
    const struct price price = sourcing_plan_price(search->sourcing, search->slots->places, used);
    if (!search->found || by < search->by || sourcing_plan_price_before(&price, &search->price)) {
        search->found = true;
        search->set = set;
        search->by = by;
        search->price = price;
    }
}

/* Locations that every option of some line uses. */
static uint32_t search_forced(const struct search *search)
{
    uint32_t forced = 0;
    for (uint32_t i = 0; i < search->class_count; i++) {
        uint32_t common = UINT32_MAX;
        for (uint32_t j = 0; j < search->classes[i].option_count; j++) {
            common &= search->classes[i].options[j].slots;
        }
        forced |= common;
    }
    return forced;
}

static uint32_t search_free(const struct search *search)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < search->slots->count; i++) {
        const bool free = search->sourcing->locations[search->slots->places[i]].free;
        set |= free ? UINT32_C(1) << i : 0;
    }
    return set;
}

/* The fewest locations beside those that come free; every set of that size is compared. */
static void search_run(struct search *search)
{
    const uint32_t all = (UINT32_C(1) << search->slots->count) - 1;
    const uint32_t sure = search_free(search) | search_forced(search);
    search_set(search, sure);
    for (uint32_t size = 1; !search->found; size++) {
        CHECK(size <= search->slots->count);
        for (uint32_t set = set_of_size(size); set <= all; set = set_after(set)) {
            if ((set & sure) == 0) {
                search_set(search, set | sure);
            }
        }
    }
}

static void order_exactly(struct sourcing *sourcing, const struct slots *slots)
{
    bits_mark(sourcing, slots->places, slots->count);
    for (uint32_t i = 0; i < sourcing->line_count; i++) {
        plan_translate(sourcing, &sourcing->plans[i]);
    }
    bits_clear(sourcing, slots->places, slots->count);
    struct search search = { .sourcing = sourcing, .slots = slots };
    search_classes(&search);
    if (search.class_count == 0) {
        return;
    }
    search_run(&search);
    for (uint32_t i = 0; i < sourcing->line_count; i++) {
        struct plan *plan = &sourcing->plans[i];
        if (plan->option_count > 0) {
            plan->chosen = (uint32_t)(option_inside(plan->options, plan->option_count,
                                                    search.set) -
                                      plan->options);
        }
    }
}

/* ------------------------------------------------------------------ the order, greedily */

/* Above 16 locations: what is still to be served, and by whom. */
struct greed {
    struct sourcing *sourcing;
    uint32_t *unserved;      /* lines that one location can serve */
    uint32_t unserved_count;
    uint32_t *serves;        /* by location: how many of these it serves alone */
    bool *used;              /* by location: free, or taken by a line */
};

/* Whether the options of a line are single locations: all have one size. */
static bool plan_single(const struct plan *plan)
{
    return plan->option_count > 0 && (plan->options[0].places & (plan->options[0].places - 1)) == 0;
}

static uint32_t option_location(const struct plan *plan, uint32_t i)
{
    return plan->places[set_lowest(plan->options[i].places)];
}

static bool location_before(const struct sourcing_location *a, const struct sourcing_location *b)
{
    if (a->free != b->free) {
        return a->free;
    }
    if (a->cost != b->cost) {
        return a->cost < b->cost;
    }
    if (a->priority != b->priority) {
        return a->priority < b->priority;
    }
    return bytes_compare(a->name, b->name) < 0;
}

/* The location that serves most of the unserved lines. */
static uint32_t greed_best(const struct greed *greed)
{
    const struct sourcing_location *locations = greed->sourcing->locations;
    uint32_t best = 0;
    for (uint32_t i = 1; i < greed->sourcing->location_count; i++) {
        if (greed->serves[i] > greed->serves[best] ||
            (greed->serves[i] == greed->serves[best] &&
             location_before(&locations[i], &locations[best]))) {
            best = i;
        }
    }
    return best;
}

static void greed_count(struct greed *greed, const struct plan *plan, uint32_t change)
{
    for (uint32_t i = 0; i < plan->option_count; i++) {
        greed->serves[option_location(plan, i)] += change;
    }
}

/* Gives the location every unserved line that it serves alone. */
static void greed_take(struct greed *greed, uint32_t location)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < greed->unserved_count; i++) {
        const uint32_t line = greed->unserved[i];
        struct plan *plan = &greed->sourcing->plans[line];
        uint32_t option = 0;
        while (option < plan->option_count && option_location(plan, option) != location) {
            option++;
        }
        if (option == plan->option_count) {
            greed->unserved[kept++] = line;
        } else {
            plan->chosen = option;
            greed_count(greed, plan, UINT32_MAX);
        }
    }
    CHECK(kept < greed->unserved_count);
    greed->unserved_count = kept;
    greed->used[location] = true;
}

static uint32_t greed_unused(const struct greed *greed, const struct plan *plan, uint32_t places)
{
    uint32_t count = 0;
    for (uint32_t left = places; left != 0; left &= left - 1) {
        count += greed->used[plan->places[set_lowest(left)]] ? 0 : 1;
    }
    return count;
}

/* A line that takes several locations: the fewest not yet used; options are best first. */
static void greed_several(struct greed *greed, struct plan *plan)
{
    uint32_t fewest = UINT32_MAX;
    for (uint32_t i = 0; i < plan->option_count; i++) {
        const uint32_t unused = greed_unused(greed, plan, plan->options[i].places);
        if (unused < fewest) {
            fewest = unused;
            plan->chosen = i;
        }
    }
    for (uint32_t left = plan->options[plan->chosen].places; left != 0; left &= left - 1) {
        greed->used[plan->places[set_lowest(left)]] = true;
    }
}

static struct greed greed_begin(struct sourcing *sourcing)
{
    const uint32_t count = sourcing->location_count;
    struct greed greed = { .sourcing = sourcing };
    greed.unserved = arena_take(sourcing->arena, sourcing->line_count * sizeof *greed.unserved);
    greed.serves = arena_take(sourcing->arena, count * sizeof *greed.serves);
    greed.used = arena_take(sourcing->arena, count * sizeof *greed.used);
    memset(greed.serves, 0, count * sizeof *greed.serves);
    for (uint32_t i = 0; i < count; i++) {
        greed.used[i] = sourcing->locations[i].free;
    }
    for (uint32_t i = 0; i < sourcing->line_count; i++) {
        if (plan_single(&sourcing->plans[i])) {
            greed.unserved[greed.unserved_count++] = i;
            greed_count(&greed, &sourcing->plans[i], 1);
        }
    }
    return greed;
}

static void order_greedily(struct sourcing *sourcing)
{
    struct greed greed = greed_begin(sourcing);
    while (greed.unserved_count > 0) {
        greed_take(&greed, greed_best(&greed));
    }
    for (uint32_t i = 0; i < sourcing->line_count; i++) {
        struct plan *plan = &sourcing->plans[i];
        if (plan->option_count > 0 && !plan_single(plan)) {
            greed_several(&greed, plan);
        }
    }
}

/* ------------------------------------------------------------------ choices */

/*
 * Fills a line from the option it takes; writes at most 8 choices, returns how many. A place's bit
 * is the index of its choice here, PLACES_MAX before it has one.
 */
static uint32_t line_choices(const struct sourcing *sourcing, uint32_t line,
                             struct sourcing_choice *choices)
{
    const struct plan *plan = &sourcing->plans[line];
    const struct segment *segments = sourcing->lines[line].segments;
    const uint32_t set = plan->option_count > 0 ? plan->options[plan->chosen].places : 0;
    uint32_t count = 0;
    int64_t left = plan->units;
    for (uint32_t unnamed = set; unnamed != 0; unnamed &= unnamed - 1) {
        sourcing->bit_of[plan->places[set_lowest(unnamed)]] = PLACES_MAX;
    }
    for (uint32_t i = 0; i < plan->end && left > 0; i++) {
        uint8_t *bit = &sourcing->bit_of[segments[i].source];
        if (*bit == BIT_NONE) {
            continue;
        }
        if (*bit == PLACES_MAX) {
            choices[count] = (struct sourcing_choice){ line, segments[i].source, 0 };
            *bit = (uint8_t)count++;
        }
        const int64_t units = quantity_less(left, segments[i].units);
        choices[*bit].units += units;
        left -= units;
    }
    CHECK(left == 0);
    for (uint32_t i = 0; i < count; i++) {
        sourcing->bit_of[choices[i].location] = BIT_NONE;
    }
    return count;
}

static uint32_t order_choices(const struct sourcing *sourcing, struct sourcing_choice *choices)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < sourcing->line_count; i++) {
        count += line_choices(sourcing, i, choices + count);
    }
    return count;
}

size_t sourcing_bytes(uint32_t location_count, uint32_t line_count)
{
    const size_t by_location = sizeof(uint8_t) + sizeof(uint32_t) + sizeof(bool);
    const size_t by_line = sizeof(struct plan) + OPTIONS_MAX * sizeof(struct option) +
                           sizeof(struct class) + 4 * sizeof(uint32_t) +
                           PLACES_MAX * sizeof(struct sourcing_choice);
    /* Alignment: of each line's options, and of the arrays. */
    return (size_t)location_count * by_location + (size_t)line_count * (by_line + 16) + 256;
}

uint32_t sourcing_choose(const struct sourcing_location *locations, uint32_t location_count,
                         const struct sourcing_line *lines, uint32_t line_count,
                         struct arena *arena, struct sourcing_choice **out_choices)
{
    struct sourcing sourcing = {
        .locations = locations,
        .lines = lines,
        .location_count = location_count,
        .line_count = line_count,
        .arena = arena,
        .plans = arena_take(arena, line_count * sizeof *sourcing.plans),
        .bit_of = arena_take(arena, location_count),
        .floor = DAY_NONE,
    };
    memset(sourcing.bit_of, BIT_NONE, location_count);
    for (uint32_t i = 0; i < line_count; i++) {
        sourcing_plan_make(&sourcing, &lines[i], &sourcing.plans[i]);
    }
    struct slots slots;
    slots_collect(&sourcing, &slots);
    if (slots.count <= SLOTS_MAX) {
        order_exactly(&sourcing, &slots);
    } else {
        order_greedily(&sourcing);
    }
    uint32_t room = 0;
    for (uint32_t i = 0; i < line_count; i++) {
        room += sourcing.plans[i].option_count > 0 ? PLACES_MAX : 0;
    }
    *out_choices = arena_take(arena, room * sizeof **out_choices);
    return order_choices(&sourcing, *out_choices);
}
