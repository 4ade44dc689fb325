/* SPDX-License-Identifier: Apache-2.0 */
/* R7: from which locations the units of an order's lines ship, by trying all sets of them. */
#include "model/model_state.h"

#include <stdlib.h>

enum { LINE_SITES_MAX = 8, ORDER_SITES_MAX = 16 };

/* A way to place the units of a line. */
struct option {
    uint32_t sites;                 /* bits */
    int64_t units[SITES_MAX];
    int32_t by;                     /* the latest of its segments */
    int segment_count;
};

/* A line with units to place. */
struct ask {
    struct bytes line;
    struct segments segments;
    int64_t units;                  /* that segments cover */
    int64_t rest;                   /* that none does */
    uint32_t last_sites;            /* bits: those that were short */
    struct option *options;
    size_t option_count;
    const struct option *taken;
};

struct sourcing {
    struct model *model;
    struct order *order;
    uint32_t candidates;            /* bits */
    uint32_t free_sites;            /* where the order has an open part */
    struct plan plans[SITES_MAX];
    const struct lane_data *lanes[SITES_MAX];
    struct ask *asks;
    size_t ask_count;
};

static int count_bits(uint32_t bits)
{
    int count = 0;
    for (; bits; bits &= bits - 1) {
        count++;
    }
    return count;
}

static bool has(uint32_t sites, int site)
{
    return (sites >> site & 1) != 0;
}

/* ------------------------------------------------------------------ which set is better */

static int64_t cost_of(const struct sourcing *sourcing, uint32_t sites)
{
    int64_t cost = 0;
    for (int site = 0; site < SITES_MAX; site++) {
        cost += has(sites, site) ? sourcing->lanes[site]->cost : 0;
    }
    return cost;
}

static int64_t priority_of(const struct sourcing *sourcing, uint32_t sites)
{
    int64_t priority = 0;
    for (int site = 0; site < SITES_MAX; site++) {
        priority += has(sites, site) ? site_priority(sourcing->model, site) : 0;
    }
    return priority;
}

static int first_by_name(const struct model *model, uint32_t sites)
{
    int first = NONE;
    for (int site = 0; site < SITES_MAX; site++) {
        if (has(sites, site) && (first == NONE || bytes_compare(model->sites.list[site],
                                                                model->sites.list[first]) < 0)) {
            first = site;
        }
    }
    return first;
}

/* The sorted names, one after the other; a list that ends first comes first. */
static int compare_names(const struct model *model, uint32_t a, uint32_t b)
{
    while (a && b) {
        const int first_a = first_by_name(model, a);
        const int first_b = first_by_name(model, b);
        if (first_a != first_b) {
            return bytes_compare(model->sites.list[first_a], model->sites.list[first_b]);
        }
        a &= ~(1u << first_a);
        b &= ~(1u << first_b);
    }
    return a ? 1 : b ? -1 : 0;
}

/* The earliest latest `by`, the least cost, the lowest priority, the names. */
static bool better(const struct sourcing *sourcing, int32_t by_a, uint32_t a, int32_t by_b,
                   uint32_t b)
{
    if (by_a != by_b) {
        return by_a < by_b;
    }
    const int64_t cost_a = cost_of(sourcing, a);
    const int64_t cost_b = cost_of(sourcing, b);
    if (cost_a != cost_b) {
        return cost_a < cost_b;
    }
    const int64_t priority_a = priority_of(sourcing, a);
    const int64_t priority_b = priority_of(sourcing, b);
    if (priority_a != priority_b) {
        return priority_a < priority_b;
    }
    return compare_names(sourcing->model, a, b) < 0;
}

/* ------------------------------------------------------------------ the segments of a line */

/* Units of lines with a lower number that wait for the same goods. */
static int64_t waiting_before(const struct sourcing *sourcing, const struct line *line)
{
    const struct model *model = sourcing->model;
    const int net = name_find(&model->nets, sourcing->order->network);
    int64_t units = 0;
    for (size_t i = 0; i < model->waiting_count; i++) {
        const struct waiting *waiting = &model->waitings[i];
        if (waiting->sku == line->sku && waiting->number < line->number &&
            nets_share_site(model, waiting->net, net)) {
            units += waiting->units;
        }
    }
    return units;
}

static void find_segments(const struct sourcing *sourcing, const struct line *line, uint32_t sites,
                          uint32_t last_sites, struct segments *segments)
{
    struct model *model = sourcing->model;
    const int64_t waiting = waiting_before(sourcing, line);
    segments->count = 0;
    for (int site = 0; site < model->sites.count; site++) {
        if (!has(sites, site)) {
            continue;
        }
        struct source source = { .plan = &sourcing->plans[site], .sku = line->sku,
                                 .recipe = line->recipe, .exact = true };
        source_fill(model, &source);
        segments_add(model, segments, &source, sourcing->lanes[site], has(last_sites, site));
        free(source.loads);
    }
    if (waiting > 0 && segments->count > 0) {
        model_hit(model, HIT_R7_WAITING);
    }
    segments_sort(segments, waiting);
}

/* At most 8 locations count, by their first segment. */
static void keep_eight(struct model *model, struct segments *segments)
{
    uint32_t sites = 0;
    size_t kept = 0;
    for (size_t i = 0; i < segments->count; i++) {
        const struct segment segment = segments->list[i];
        if (!has(sites, segment.site) && count_bits(sites) == LINE_SITES_MAX) {
            model_hit(model, HIT_R7_EIGHT);
            continue;
        }
        sites |= 1u << segment.site;
        segments->list[kept++] = segment;
    }
    segments->count = kept;
}

static int64_t sum_units(const struct segments *segments, uint32_t sites)
{
    int64_t sum = 0;
    for (size_t i = 0; i < segments->count; i++) {
        const struct segment *segment = &segments->list[i];
        if (has(sites, segment->site)) {
            if (segment->units == NO_LIMIT) {
                return NO_LIMIT;
            }
            sum += segment->units;
        }
    }
    return sum;
}

/* Only segments with `by` not after that at which those before suffice. */
static void keep_until_enough(struct ask *ask)
{
    int32_t by = DAY_NONE;
    int64_t sum = 0;
    size_t kept = 0;
    for (size_t i = 0; i < ask->segments.count && sum < ask->units; i++) {
        const struct segment *segment = &ask->segments.list[i];
        by = segment->by > by ? segment->by : by;
        sum = segment->units == NO_LIMIT ? NO_LIMIT : sum + segment->units;
    }
    for (size_t i = 0; i < ask->segments.count; i++) {
        if (ask->segments.list[i].by <= by) {
            ask->segments.list[kept++] = ask->segments.list[i];
        }
    }
    ask->segments.count = kept;
}

/* The segments that count for the line, and how much of it they cover. */
static void open_ask(struct sourcing *sourcing, struct ask *ask, const struct line *line)
{
    const uint32_t last_sites = line->shorted & sourcing->candidates;
    *ask = (struct ask){ .line = line->id, .units = line->unassigned, .last_sites = last_sites };
    find_segments(sourcing, line, sourcing->candidates & ~last_sites, 0, &ask->segments);
    keep_eight(sourcing->model, &ask->segments);
    if (last_sites && sum_units(&ask->segments, UINT32_MAX) >= ask->units) {
        model_hit(sourcing->model, HIT_R7_SHORTED_OUT);
    } else if (last_sites) {
        model_hit(sourcing->model, HIT_R7_SHORTED_LAST);
        find_segments(sourcing, line, sourcing->candidates, last_sites, &ask->segments);
        keep_eight(sourcing->model, &ask->segments);
    }
    const int64_t sum = sum_units(&ask->segments, UINT32_MAX);
    if (sum < ask->units) {
        ask->rest = ask->units - sum;
        ask->units = sum;
        model_hit(sourcing->model, sum ? HIT_R7_REST : HIT_R7_ALL_REST);
    }
    keep_until_enough(ask);
}

/* ------------------------------------------------------------------ the options of a line */

static struct option fill_option(const struct ask *ask, uint32_t sites)
{
    struct option option = { .sites = sites, .by = DAY_NONE };
    int64_t left = ask->units;
    for (size_t i = 0; i < ask->segments.count && left > 0; i++) {
        const struct segment *segment = &ask->segments.list[i];
        if (has(sites, segment->site)) {
            const int64_t taken = segment->units < left ? segment->units : left;
            option.units[segment->site] += taken;
            option.segment_count++;
            option.by = segment->by > option.by ? segment->by : option.by;
            left -= taken;
        }
    }
    return option;
}

/* Of the sets of so many locations that suffice those with the fewest segments. */
static void sets_of(struct model *model, struct ask *ask, uint32_t all, int count)
{
    uint32_t set = 0;
    int fewest = 0;
    do {
        set = (set - all) & all;      /* the next subset */
        if (count_bits(set) != count || sum_units(&ask->segments, set) < ask->units) {
            continue;
        }
        const struct option option = fill_option(ask, set);
        if (fewest > 0 && option.segment_count != fewest) {
            model_hit(model, HIT_R7_FEWEST_SEGMENTS);
        }
        if (fewest == 0 || option.segment_count < fewest) {
            fewest = option.segment_count;
            ask->option_count = 0;
        }
        if (option.segment_count == fewest) {
            struct option *list =
                realloc(ask->options, (ask->option_count + 1) * sizeof *ask->options);
            if (!list) {
                abort();
            }
            ask->options = list;
            ask->options[ask->option_count++] = option;
        }
    } while (set != all);
}

static void find_options(struct model *model, struct ask *ask)
{
    uint32_t all = 0;
    for (size_t i = 0; i < ask->segments.count; i++) {
        all |= 1u << ask->segments.list[i].site;
    }
    for (int count = 1; ask->units > 0 && ask->option_count == 0; count++) {
        sets_of(model, ask, all, count);
        if (ask->option_count > 0) {
            model_hit(model, count == 1 ? HIT_R7_ONE : HIT_R7_SPLIT);
        }
    }
}

/* ------------------------------------------------------------------ the whole order */

static const struct option *best_inside(const struct sourcing *sourcing, const struct ask *ask,
                                        uint32_t sites)
{
    const struct option *best = NULL;
    for (size_t i = 0; i < ask->option_count; i++) {
        const struct option *option = &ask->options[i];
        if ((option->sites & ~sites) == 0 &&
            (!best || better(sourcing, option->by, option->sites, best->by, best->sites))) {
            best = option;
        }
    }
    return best;
}

/* With these locations: what is used, and the latest `by`; false where a line has no option. */
static bool use_sites(const struct sourcing *sourcing, uint32_t sites, uint32_t *out_used,
                      int32_t *out_by)
{
    *out_used = 0;
    *out_by = DAY_NONE;
    for (size_t i = 0; i < sourcing->ask_count; i++) {
        const struct ask *ask = &sourcing->asks[i];
        const struct option *option = best_inside(sourcing, ask, sites);
        if (ask->option_count > 0 && !option) {
            return false;
        }
        if (option) {
            *out_used |= option->sites;
            *out_by = option->by > *out_by ? option->by : *out_by;
        }
    }
    return true;
}

/* So many locations beside the free ones; all sets of them are tried. */
static bool choose_with(struct sourcing *sourcing, uint32_t all, int count)
{
    const uint32_t others = all & ~sourcing->free_sites;
    uint32_t best_sites = 0;
    uint32_t best_used = 0;
    int32_t best_by = DAY_NONE;
    bool found = false;
    for (uint32_t set = 0;; set = (set - others) & others) {
        uint32_t used;
        int32_t by;
        if (count_bits(set) == count &&
            use_sites(sourcing, set | sourcing->free_sites, &used, &by) &&
            (!found || better(sourcing, by, used, best_by, best_used))) {
            best_sites = set | sourcing->free_sites;
            best_used = used;
            best_by = by;
            found = true;
        }
        if (set == others) {
            break;
        }
    }
    for (size_t i = 0; found && i < sourcing->ask_count; i++) {
        sourcing->asks[i].taken = best_inside(sourcing, &sourcing->asks[i], best_sites);
    }
    return found;
}

/* How many lines not served yet this location could serve alone. */
static int serves(struct sourcing *sourcing, int site, bool take)
{
    int count = 0;
    for (size_t i = 0; i < sourcing->ask_count; i++) {
        struct ask *ask = &sourcing->asks[i];
        for (size_t j = 0; !ask->taken && j < ask->option_count; j++) {
            if (ask->options[j].sites == 1u << site) {
                count++;
                ask->taken = take ? &ask->options[j] : NULL;
                break;
            }
        }
    }
    return count;
}

static bool greedy_better(const struct sourcing *sourcing, int a, int b)
{
    if (has(sourcing->free_sites, a) != has(sourcing->free_sites, b)) {
        return has(sourcing->free_sites, a);
    }
    return better(sourcing, 0, 1u << a, 0, 1u << b);
}

static const struct option *own_best(const struct sourcing *sourcing, const struct ask *ask,
                                     uint32_t used)
{
    const struct option *best = NULL;
    for (size_t i = 0; i < ask->option_count; i++) {
        const struct option *option = &ask->options[i];
        const int more = count_bits(option->sites & ~used);
        const int best_more = best ? count_bits(best->sites & ~used) : 0;
        if (!best || more < best_more ||
            (more == best_more &&
             better(sourcing, option->by, option->sites, best->by, best->sites))) {
            best = option;
        }
    }
    return best;
}

/* Above 16 locations: the one that serves most lines not served yet first. */
static void choose_greedily(struct sourcing *sourcing, uint32_t all)
{
    uint32_t used = sourcing->free_sites;
    model_hit(sourcing->model, HIT_R7_GREEDY);
    for (;;) {
        int best = NONE;
        int best_count = 0;
        for (int site = 0; site < SITES_MAX; site++) {
            const int count = has(all, site) ? serves(sourcing, site, false) : 0;
            if (count > best_count ||
                (count > 0 && count == best_count && greedy_better(sourcing, site, best))) {
                best = site;
                best_count = count;
            }
        }
        if (best == NONE) {
            break;
        }
        (void)serves(sourcing, best, true);
        used |= 1u << best;
    }
    for (size_t i = 0; i < sourcing->ask_count; i++) {
        struct ask *ask = &sourcing->asks[i];
        if (!ask->taken && ask->option_count > 0) {
            ask->taken = own_best(sourcing, ask, used);
            used |= ask->taken->sites;
        }
    }
}

static void choose(struct sourcing *sourcing)
{
    uint32_t all = 0;
    for (size_t i = 0; i < sourcing->ask_count; i++) {
        for (size_t j = 0; j < sourcing->asks[i].option_count; j++) {
            all |= sourcing->asks[i].options[j].sites;
        }
    }
    if (count_bits(all) > ORDER_SITES_MAX) {
        choose_greedily(sourcing, all);
        return;
    }
    for (int count = 0; !choose_with(sourcing, all, count); count++) {
    }
    if (sourcing->ask_count > 1) {
        model_hit(sourcing->model, HIT_R7_TOGETHER);
    }
    if (all & sourcing->free_sites) {
        model_hit(sourcing->model, HIT_R7_FREE);
    }
}

/* ------------------------------------------------------------------ what is decided */

/* (c): first by priority and name; one that was short comes last. */
static int rest_site(const struct sourcing *sourcing, const struct ask *ask)
{
    const struct model *model = sourcing->model;
    int first = NONE;
    for (int site = 0; site < model->sites.count; site++) {
        if (!has(sourcing->candidates, site)) {
            continue;
        }
        if (first == NONE || has(ask->last_sites, site) < has(ask->last_sites, first)) {
            first = site;
        } else if (has(ask->last_sites, site) == has(ask->last_sites, first)) {
            const int64_t priority = site_priority(model, site);
            const int64_t first_priority = site_priority(model, first);
            if (priority < first_priority ||
                (priority == first_priority &&
                 bytes_compare(model->sites.list[site], model->sites.list[first]) < 0)) {
                first = site;
            }
        }
    }
    return first;
}

static void place(const struct sourcing *sourcing, const struct ask *ask, int site, int64_t units)
{
    if (units > 0) {
        const struct decision placed = { .kind = DECISION_PLACED, .line = ask->line,
                                         .site = site, .units = units };
        decide(sourcing->model, sourcing->order, &placed);
    }
}

static bool has_or_makes(const struct model *model, int sku, int site)
{
    return sku != NONE && (model->cells[cell_of(sku, site)].row || makes_at(model, sku, site));
}

/* Whether the location has a balance of all that the line is made of, or makes it. */
static bool has_balance(const struct model *model, const struct line *line, int site)
{
    bool all = has_or_makes(model, line->sku, site);
    for (uint32_t i = 0; line->recipe && i < line->recipe->count; i++) {
        const int sku = name_find(&model->skus, line->recipe->parts[i].sku);
        all = all && has_or_makes(model, sku, site);
    }
    return all;
}

/* A move tries nothing at a location that (c) would name only by its rank. */
static bool worth_trying(const struct sourcing *sourcing)
{
    for (size_t i = 0; i < sourcing->ask_count; i++) {
        const struct ask *ask = &sourcing->asks[i];
        if (ask->rest > 0 && !has_balance(sourcing->model, order_line(sourcing->order, ask->line),
                                          rest_site(sourcing, ask))) {
            return false;
        }
    }
    return true;
}

static void decide_all(const struct sourcing *sourcing)
{
    for (size_t i = 0; i < sourcing->ask_count; i++) {
        const struct ask *ask = &sourcing->asks[i];
        for (int site = 0; ask->taken && site < SITES_MAX; site++) {
            place(sourcing, ask, site, ask->taken->units[site]);
        }
        place(sourcing, ask, ask->rest > 0 ? rest_site(sourcing, ask) : NONE, ask->rest);
    }
}

static void find_candidates(struct sourcing *sourcing)
{
    struct model *model = sourcing->model;
    const struct order *order = sourcing->order;
    const int net = name_find(&model->nets, order->network);
    for (int site = 0; net != NONE && site < model->sites.count; site++) {
        sourcing->lanes[site] = site_lane(model, site, order->zone, order->service);
        if (sourcing->lanes[site] && site_enabled(model, site) && site_in_net(model, site, net)) {
            sourcing->candidates |= 1u << site;
            plan_make(model, site, &sourcing->plans[site]);
        }
    }
    for (size_t i = 0; i < order->line_count; i++) {
        for (int j = 0; j < order->lines[i].part_count; j++) {
            const struct part *part = &order->lines[i].parts[j];
            sourcing->free_sites |= part->open > 0 ? 1u << part->site : 0;
        }
    }
}

static void close_asks(struct sourcing *sourcing)
{
    for (size_t i = 0; i < sourcing->ask_count; i++) {
        free(sourcing->asks[i].segments.list);
        free(sourcing->asks[i].options);
    }
    free(sourcing->asks);
}

/* All lines of the order with units without location, or one of them that is to move (`only`, else
 * NONE). */
void source_order(struct model *model, struct order *order, int only)
{
    struct sourcing sourcing = { .model = model, .order = order };
    bool any = false;
    for (size_t i = 0; i < order->line_count; i++) {
        any |= order->lines[i].placed && order->lines[i].unassigned > 0;
    }
    if (!any) {
        return;
    }
    owed_add_up(model);
    find_candidates(&sourcing);
    const struct line *line = NULL;
    while (sourcing.candidates && (line = order_next_line(order, line)) != NULL) {
        if (line->unassigned > 0 && (only == NONE || only == (int)(line - order->lines))) {
            open_ask(&sourcing, PUSH(sourcing.asks, sourcing.ask_count), line);
            find_options(model, &sourcing.asks[sourcing.ask_count - 1]);
        }
    }
    if (sourcing.ask_count > 0) {
        choose(&sourcing);
        if (only == NONE || worth_trying(&sourcing)) {
            decide_all(&sourcing);
        }
    }
    close_asks(&sourcing);
}
