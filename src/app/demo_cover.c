/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "demo_truth_state.h"

/* ------------------------------------------------------------------ what covers a part (R6, R9) */

static int by_number(const void *left, const void *right)
{
    const struct demo_want *a = left;
    const struct demo_want *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

/* Units of this balance that lines with a lower number want. */
static int64_t wanted_before(const struct demo_balance *balance, int64_t number)
{
    const struct demo_want key = { .number = number };
    const struct demo_want *found =
        balance->want_count > 0 ? bsearch(&key, balance->wants, balance->want_count, sizeof key,
                                          by_number)
                                : NULL;
    return found ? found->before : 0;
}

bool demo_makes(const struct demo_truth *truth, const char *sku, const char *location)
{
    const json_t *made = json_object_get(demo_truth_item(truth, sku), "made_to_order");
    const json_t *named = json_object_get(made, "locations");
    size_t index;
    json_t *one;
    if (!made || demo_is_discontinued(truth, sku)) {
        return false;
    }
    json_array_foreach(named, index, one) {
        if (demo_text_equal(json_string_value(one), location)) {
            return true;
        }
    }
    return json_array_size(named) == 0 && demo_has_place(truth, sku, location);
}

int32_t demo_made_day(struct demo_documents *documents, const char *sku, const char *location)
{
    const struct demo_site *site = demo_site_of(documents, location);
    const json_t *made =
        json_object_get(demo_truth_item(documents->truth, sku), "made_to_order");
    return demo_makes(documents->truth, sku, location)
               ? demo_worked_after(site, site->day_zero,
                                   demo_field_number(made, "lead_days", 0))
               : INT32_MAX;
}

/* One item that the line's units are made of, at the part's location. */
struct component {
    const struct demo_balance *balance;
    int64_t each;
    int64_t before;          /* wanted by earlier lines */
    bool comes;              /* its inbound may be promised */
    int32_t made_day;
};

enum { COMPONENTS_MOST = 64 };
struct recipe {
    struct component rows[COMPONENTS_MOST];
    size_t count;
    int32_t made_day;        /* of the bundle itself */
};

static void add_component(struct demo_documents *documents, const struct demo_line *line,
                          const char *location, const char *sku, int64_t each,
                          struct recipe *recipe)
{
    const struct demo_truth *truth = documents->truth;
    CHECK(recipe->count < COMPONENTS_MOST);
    const struct demo_balance *balance = demo_balance_find(truth, sku, location);
    const bool sold_out = demo_is_discontinued(truth, line->sku);
    recipe->rows[recipe->count++] = (struct component){
        balance, each, balance ? wanted_before(balance, line->number) : 0,
        !sold_out && !demo_is_discontinued(truth, sku),
        sold_out ? INT32_MAX : demo_made_day(documents, sku, location) };
}

static void read_recipe(struct demo_documents *documents, const struct demo_line *line,
                        const char *location, struct recipe *out_recipe)
{
    size_t index;
    json_t *part;
    *out_recipe = (struct recipe){ .made_day = INT32_MAX };
    if (!line->recipe) {
        add_component(documents, line, location, line->sku, 1, out_recipe);
        return;
    }
    out_recipe->made_day = demo_made_day(documents, line->sku, location);
    json_array_foreach(line->recipe, index, part) {
        add_component(documents, line, location, demo_field_text(part, "sku"),
                      demo_field_number(part, "quantity", 1), out_recipe);
    }
}

/* Units of the line that the component covers by `day` (INT32_MIN: now); `out_next`: the next day
 * on which that may change. */
static int64_t covered_by(struct demo_documents *documents, const struct component *component,
                          int32_t day, int32_t *next)
{
    const struct demo_balance *balance = component->balance;
    int64_t units = 0;
    if (balance && balance->on_hand > balance->held) {
        units = balance->on_hand - balance->held;
    }
    for (size_t i = 0; balance && component->comes && i < balance->inbound.count; i++) {
        const struct demo_inbound *inbound = balance->inbound.rows[i].value;
        const int64_t open = demo_inbound_open(inbound);
        const int32_t usable =
            open > 0 ? demo_usable_day(documents, balance->location, inbound->eta) : INT32_MAX;
        units += usable <= day ? open : 0;
        *next = usable > day && usable < *next ? usable : *next;
    }
    *next = component->made_day > day && component->made_day < *next ? component->made_day : *next;
    if (component->made_day <= day) {
        return INT64_MAX;
    }
    return units > component->before ? (units - component->before) / component->each : 0;
}

/* The same of the whole recipe; `out_making`: something is made by then. */
static int64_t recipe_covers(struct demo_documents *documents, const struct recipe *recipe,
                             int32_t day, bool *out_making, int32_t *out_next)
{
    int64_t least = INT64_MAX;
    *out_making = recipe->made_day <= day;
    *out_next = recipe->made_day > day ? recipe->made_day : INT32_MAX;
    for (size_t i = 0; i < recipe->count; i++) {
        const int64_t units = covered_by(documents, &recipe->rows[i], day, out_next);
        *out_making = *out_making || recipe->rows[i].made_day <= day;
        least = units < least ? units : least;
    }
    return recipe->made_day <= day ? INT64_MAX : least;
}

struct demo_cover demo_cover_of(struct demo_documents *documents, const struct demo_line *line,
                                const struct demo_open *part)
{
    struct recipe recipe;
    struct demo_cover cover = { .inbound_day = INT32_MIN };
    int64_t before = 0;
    int32_t day = INT32_MIN;
    read_recipe(documents, line, part->location, &recipe);
    while (day != INT32_MAX) {
        bool making;
        int32_t next;
        const int64_t units = recipe_covers(documents, &recipe, day, &making, &next);
        if (units > before && !making && day != INT32_MIN) {
            cover.inbound_day = day;
        }
        cover.now = cover.now || (day == INT32_MIN && units >= part->units);
        cover.whole = units >= part->units;
        if (cover.whole) {
            break;
        }
        before = units > before ? units : before;
        day = next;
    }
    return cover;
}

/* ------------------------------------------------------------------ when a line is expected */

/* When the part arrives as of now; INT32_MAX: no date. */
static int32_t part_expected(struct demo_documents *documents, const struct demo_order *order,
                             const struct demo_line *line, const struct demo_open *part)
{
    const json_t *lane = demo_lane_of(documents->truth, part->location, order);
    const struct demo_site *site = demo_site_of(documents, part->location);
    const struct demo_cover cover = demo_cover_of(documents, line, part);
    if (part->ship_on == INT32_MIN || !cover.whole || !lane) {
        return INT32_MAX;
    }
    int32_t day = demo_worked_from(site, part->ship_on > site->today ? part->ship_on : site->today);
    if (cover.inbound_day != INT32_MIN) {
        const int32_t first =
            demo_first_day(site, cover.inbound_day, demo_preorder_day(documents->truth, line->sku));
        day = first > day ? first : day;
    }
    return day == INT32_MAX ? day
                            : demo_arrival(lane, "max", day, site->today + DEMO_HORIZON_DAYS);
}

int32_t demo_expected_by(struct demo_documents *documents, const struct demo_order *order,
                         const struct demo_line *line)
{
    int32_t latest = INT32_MIN;
    for (size_t i = 0; i < line->open_count; i++) {
        const struct demo_open *part = &line->open[i];
        if (part->units == 0) {
            continue;
        }
        const int32_t day = part->location ? part_expected(documents, order, line, part)
                                           : INT32_MAX;
        if (day == INT32_MAX) {
            return INT32_MIN;
        }
        latest = day > latest ? day : latest;
    }
    return latest;
}
