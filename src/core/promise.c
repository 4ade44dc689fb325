/* SPDX-License-Identifier: Apache-2.0 */
#include "core/promise.h"

#include "base/quantity.h"

/*
 * Loads are kept in the order of ship days, and an arrival by a lane never falls when the ship day
 * rises. So the loads of a source are in the order of segments already, for every lane: offers are
 * made level by level, a level being all that arrives on one day, and each source keeps only how
 * far it has come.
 */

int64_t promise_round(int64_t units)
{
    int64_t step = 1;
    while (units / 10 >= step) {
        step *= 10;
    }
    if (units < step) {
        return 0;
    }
    return units / 5 >= step ? 5 * step : units / 2 >= step ? 2 * step : step;
}

/* ------------------------------------------------------------------ loads */

/* The making of a source's loads. */
struct loading {
    const struct site *site;
    int64_t workload;
    enum capacity_reading reading;
    struct load *loads;
    uint32_t load_count;
    uint32_t load_max;
    int32_t known;                  /* `taken` is told for the days before this one */
    int64_t taken[SITE_DAYS];       /* units that earlier supplies put on a day */
};

/* How many more units day `i` takes of this item. */
static int64_t loading_room(struct loading *loading, int32_t i)
{
    const struct site *site = loading->site;
    while (loading->known <= i) {
        loading->taken[loading->known++] = 0;
    }
    if (!site->worked[i]) {
        return 0;
    }
    const int64_t remaining =
        loading->reading == CAPACITY_LIFTED ? UNITS_UNLIMITED : site->remaining[i];
    if (remaining == UNITS_UNLIMITED) {
        return UNITS_UNLIMITED;
    }
    if (site->unit != CAPACITY_UNITS) {
        return remaining >= 1 ? UNITS_UNLIMITED : 0;
    }
    const int64_t room = loading->workload == 1 ? remaining : remaining / loading->workload;
    return room - loading->taken[i];
}

/* Where a load of `day` belongs; load_max: behind all that there is room for. */
static uint32_t loading_place(const struct loading *loading, int32_t day)
{
    uint32_t place = loading->load_count;
    while (place > 0 && loading->loads[place - 1].ship_on > day) {
        place--;
    }
    return place;
}

static void loading_put(struct loading *loading, uint32_t place, struct load load)
{
    const bool full = loading->load_count == loading->load_max;
    for (uint32_t i = full ? loading->load_max - 1 : loading->load_count; i > place; i--) {
        loading->loads[i] = loading->loads[i - 1];
    }
    loading->loads[place] = load;
    loading->load_count += full ? 0 : 1;
}

/*
 * Fills day after day from index `i`; false: nothing comes behind a load without limit, even where
 * there is no room for that load.
 */
static bool loading_fill(struct loading *loading, const struct supply *supply, int32_t i)
{
    int64_t left = supply->units;
    for (; left > 0 && i < SITE_DAYS; i++) {
        const int64_t room = loading_room(loading, i);
        const bool cut = room < left;
        const int64_t units = !cut                                   ? left
                              : loading->reading == CAPACITY_ROUNDED ? promise_round(room)
                                                                     : room;
        if (units <= 0) {
            continue;
        }
        const int32_t day = loading->site->today + i;
        const uint32_t place = loading_place(loading, day);
        if (place < loading->load_max) {
            loading_put(loading, place, (struct load){ day, supply->overdue, units });
        } else if (left != UNITS_UNLIMITED) {
            return true;
        }
        if (units == UNITS_UNLIMITED) {
            return false;
        }
        loading->taken[i] += units;
        left -= left == UNITS_UNLIMITED ? 0 : units;
    }
    return true;
}

uint32_t promise_loads(const struct site *site, const struct supply *supplies,
                       uint32_t supply_count, int64_t workload, int32_t not_before,
                       enum capacity_reading reading, struct load *loads, uint32_t load_max)
{
    CHECK(workload >= 1);
    CHECK(load_max > 0);
    struct loading loading;
    loading.site = site;
    loading.workload = workload;
    loading.reading = reading;
    loading.loads = loads;
    loading.load_count = 0;
    loading.load_max = load_max;
    loading.known = 0;
    for (uint32_t i = 0; i < supply_count; i++) {
        const int32_t first = site_first_day(site, supplies[i].day, not_before);
        if (first == DAY_NONE) {
            break;
        }
        if (i == 0) {
            loading.known = first - site->today;
        }
        if (!loading_fill(&loading, &supplies[i], first - site->today)) {
            break;
        }
    }
    return loading.load_count;
}

/* ------------------------------------------------------------------ dates of a lane */

enum { DAY_NEVER = INT32_MAX };

/* `days` (from or by of a lane) for a ship day; DAY_NEVER: no date is given. */
static int32_t source_day(const struct source *source, const int32_t *days, int32_t ship_on)
{
    const int64_t i = (int64_t)ship_on - source->days->base;
    if (i < 0 || i >= LANE_DAYS) {
        return DAY_NEVER;
    }
    const int32_t day = days[i];
    return day == DAY_NONE || day > source->last ? DAY_NEVER : day;
}

static int32_t source_by(const struct source *source, uint32_t load)
{
    return load < source->load_count
               ? source_day(source, source->days->by, source->loads[load].ship_on)
               : DAY_NEVER;
}

/* The order of sources whose segments arrive on the same day. */
static bool source_before(const struct source *a, const struct source *b)
{
    if (a->cost != b->cost) {
        return a->cost < b->cost;
    }
    if (a->priority != b->priority) {
        return a->priority < b->priority;
    }
    return bytes_compare(a->name, b->name) < 0;
}

static int64_t units_less(int64_t units, int64_t taken)
{
    return units == UNITS_UNLIMITED ? UNITS_UNLIMITED : units - taken;
}

/* ------------------------------------------------------------------ segments */

static bool segment_before(const struct source *sources, const struct segment *a,
                           const struct segment *b)
{
    if (a->by != b->by) {
        return a->by < b->by;
    }
    if (a->source != b->source) {
        return source_before(&sources[a->source], &sources[b->source]);
    }
    return a->load < b->load;
}

/* A heap whose root is the last in order: it makes room for what comes before it. */
static void heap_sink(const struct source *sources, struct segment *heap, uint32_t count,
                      uint32_t at)
{
    const struct segment sinking = heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && segment_before(sources, &heap[child], &heap[child + 1])) {
            child++;
        }
        if (!segment_before(sources, &sinking, &heap[child])) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = sinking;
}

static void heap_build(const struct source *sources, struct segment *heap, uint32_t count)
{
    for (uint32_t i = count / 2; i > 0; i--) {
        heap_sink(sources, heap, count, i - 1);
    }
}

static void heap_sort(const struct source *sources, struct segment *heap, uint32_t count)
{
    heap_build(sources, heap, count);
    for (uint32_t left = count; left > 1; left--) {
        const struct segment last = heap[0];
        heap[0] = heap[left - 1];
        heap[left - 1] = last;
        heap_sink(sources, heap, left - 1, 0);
    }
}

/* The segments being collected: the first segment_max; a heap once there are as many. */
struct collection {
    const struct source *sources;
    struct segment *segments;
    uint32_t count;
    uint32_t max;
};

static void collection_put(struct collection *collection, const struct segment *segment)
{
    if (collection->count < collection->max) {
        collection->segments[collection->count++] = *segment;
        if (collection->count == collection->max) {
            heap_build(collection->sources, collection->segments, collection->count);
        }
    } else if (segment_before(collection->sources, segment, &collection->segments[0])) {
        collection->segments[0] = *segment;
        heap_sink(collection->sources, collection->segments, collection->count, 0);
    }
}

static void collect_source(struct collection *collection, uint32_t index)
{
    const struct source *source = &collection->sources[index];
    for (uint32_t i = 0; i < source->load_count; i++) {
        const struct load *load = &source->loads[i];
        const int32_t by = source_by(source, i);
        if (by == DAY_NEVER) {
            break;
        }
        const struct segment segment = {
            .source = index,
            .load = i,
            .ship_on = load->ship_on,
            .from = source_day(source, source->days->from, load->ship_on),
            .by = by,
            .overdue = load->overdue,
            .units = load->units,
        };
        collection_put(collection, &segment);
    }
}

/* Takes `waiting` off from the front; segments of which nothing is left go. */
static uint32_t segments_less(struct segment *segments, uint32_t count, int64_t waiting)
{
    uint32_t first = 0;
    while (first < count && segments[first].units <= waiting &&
           segments[first].units != UNITS_UNLIMITED) {
        waiting -= segments[first++].units;
    }
    if (first < count) {
        segments[first].units = units_less(segments[first].units, waiting);
    }
    if (first > 0) {
        memmove(segments, segments + first, (count - first) * sizeof *segments);
    }
    return count - first;
}

uint32_t promise_segments(const struct source *sources, uint32_t source_count, int64_t waiting,
                          struct segment *segments, uint32_t segment_max)
{
    CHECK(waiting >= 0);
    if (segment_max == 0) {
        return 0;
    }
    struct collection collection = { sources, segments, 0, segment_max };
    for (uint32_t i = 0; i < source_count; i++) {
        collect_source(&collection, i);
    }
    heap_sort(sources, segments, collection.count);
    return segments_less(segments, collection.count, waiting);
}

/* ------------------------------------------------------------------ offers */

/*
 * Which load of a source comes next, and when it arrives. Kept for the first sources; for those
 * beyond it is looked up again, so that their number has no bound.
 */
enum { HEADS_MAX = 128 };

struct head {
    uint32_t load;
    int32_t by;              /* DAY_NEVER: none */
};

struct merge {
    const struct source *sources;
    uint32_t source_count;
    int64_t waiting;         /* units still to take off */
    uint64_t overdue;        /* sources whose overdue inbound was met */
    struct head heads[HEADS_MAX];
};

/* The first load of a source that arrives on the level or later. */
static struct head head_find(const struct source *source, int32_t level)
{
    uint32_t low = 0;
    uint32_t high = source->load_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (source_by(source, middle) < level) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (struct head){ low, source_by(source, low) };
}

/* All that a source brings on the level, and its head behind it. */
static int64_t head_take(const struct source *source, struct head *head, int32_t level,
                         bool *out_overdue)
{
    int64_t units = 0;
    *out_overdue = false;
    while (head->by == level) {
        const struct load *load = &source->loads[head->load];
        units = quantity_add(units, load->units);
        *out_overdue |= load->overdue;
        head->load++;
        head->by = source_by(source, head->load);
    }
    return units;
}

/* What arrives on one day. */
struct level {
    int64_t units;           /* `waiting` is not yet taken off */
    int32_t by;
    int32_t next;            /* by of the next level */
    uint32_t first;          /* the source that is first in order */
    int32_t ship_on;         /* of its first load */
};

/* Reads the heads; the day on which the first of all arrives. */
static int32_t merge_begin(struct merge *merge)
{
    int32_t first = DAY_NEVER;
    for (uint32_t i = 0; i < merge->source_count; i++) {
        const int32_t by = source_by(&merge->sources[i], 0);
        if (i < HEADS_MAX) {
            merge->heads[i] = (struct head){ 0, by };
        }
        first = by < first ? by : first;
    }
    return first;
}

static void level_take(struct merge *merge, struct level *level, uint32_t i, struct head *head)
{
    const struct source *source = &merge->sources[i];
    if (level->units == 0 || source_before(source, &merge->sources[level->first])) {
        level->first = i;
        level->ship_on = source->loads[head->load].ship_on;
    }
    bool overdue = false;
    level->units = quantity_add(level->units, head_take(source, head, level->by, &overdue));
    merge->overdue |= overdue && i < 64 ? UINT64_C(1) << i : 0;
}

/* Takes all that arrives on day `by`. */
static struct level merge_level(struct merge *merge, int32_t by)
{
    struct level level = { .by = by, .next = DAY_NEVER };
    for (uint32_t i = 0; i < merge->source_count; i++) {
        struct head looked_up;
        struct head *head = &looked_up;
        if (i < HEADS_MAX) {
            head = &merge->heads[i];
        } else {
            looked_up = head_find(&merge->sources[i], by);
        }
        if (head->by == by) {
            level_take(merge, &level, i, head);
        }
        level.next = head->by < level.next ? head->by : level.next;
    }
    return level;
}

/* The source of the level that is next in order after `last` (NULL: the first). */
static const struct source *level_next(const struct merge *merge, int32_t by,
                                       const struct source *last)
{
    const struct source *next = NULL;
    for (uint32_t i = 0; i < merge->source_count; i++) {
        const struct source *source = &merge->sources[i];
        if ((last == NULL || source_before(last, source)) &&
            (next == NULL || source_before(source, next)) && head_find(source, by).by == by) {
            next = source;
        }
    }
    CHECK(next != NULL);
    return next;
}

/* `waiting` ends within the level: finds the first of its segments with units left. */
static void level_wait(struct merge *merge, struct level *level)
{
    int64_t waiting = merge->waiting;
    merge->waiting = 0;
    level->units = units_less(level->units, waiting);
    const struct source *source = NULL;
    for (;;) {
        source = level_next(merge, level->by, source);
        const struct head head = head_find(source, level->by);
        for (uint32_t i = head.load; source_by(source, i) == level->by; i++) {
            const struct load *load = &source->loads[i];
            if (load->units == UNITS_UNLIMITED || load->units > waiting) {
                level->first = (uint32_t)(source - merge->sources);
                level->ship_on = load->ship_on;
                return;
            }
            waiting -= load->units;
        }
    }
}

static struct offer level_offer(const struct merge *merge, const struct level *level,
                                int64_t before)
{
    const struct source *source = &merge->sources[level->first];
    return (struct offer){
        .quantity = quantity_add(before, level->units),
        .ship_on = level->ship_on,
        .from = source_day(source, source->days->from, level->ship_on),
        .by = level->by,
        .source = level->first,
    };
}

/* Makes at most `max` offers; returns how many. */
static uint32_t merge_offers(struct merge *merge, struct offer *offers, uint32_t max)
{
    uint32_t count = 0;
    int64_t quantity = 0;
    int32_t next = merge_begin(merge);
    while (count < max && next != DAY_NEVER && quantity != UNITS_UNLIMITED) {
        struct level level = merge_level(merge, next);
        next = level.next;
        if (level.units != UNITS_UNLIMITED && level.units <= merge->waiting) {
            merge->waiting -= level.units;
            continue;
        }
        if (merge->waiting > 0) {
            level_wait(merge, &level);
        }
        offers[count] = level_offer(merge, &level, quantity);
        quantity = offers[count].quantity;
        count++;
    }
    return count;
}

void promise_offers(const struct source *sources, uint32_t source_count, int64_t waiting,
                    struct offers *out_offers, uint64_t *out_overdue)
{
    CHECK(waiting >= 0);
    struct merge merge;
    merge.sources = sources;
    merge.source_count = source_count;
    merge.waiting = waiting;
    merge.overdue = 0;
    out_offers->count = merge_offers(&merge, out_offers->list, OFFERS_MAX);
    if (out_overdue != NULL) {
        *out_overdue = out_offers->count > 0 ? merge.overdue : 0;
    }
}

bool promise_is_overdue(const struct source *source, int32_t by)
{
    for (uint32_t i = 0; i < source->load_count && source_by(source, i) <= by; i++) {
        if (source->loads[i].overdue) {
            return true;
        }
    }
    return false;
}

bool promise_first(const struct source *sources, uint32_t source_count, int64_t waiting,
                   struct offer *out_offer)
{
    CHECK(waiting >= 0);
    struct merge merge;
    merge.sources = sources;
    merge.source_count = source_count;
    merge.waiting = waiting;
    merge.overdue = 0;
    return merge_offers(&merge, out_offer, 1) == 1;
}
