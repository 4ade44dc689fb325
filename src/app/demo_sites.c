/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo_truth_state.h"

/*
 * promises.locations.v1 once more. What is used of its days rests on decisions and is taken over;
 * demo_decisions.c holds it against the orders.
 */

/* ------------------------------------------------------------------ capacity */

static int64_t planned_on(const struct demo_truth *truth, const char *location, int32_t day)
{
    char date[16];
    const json_t *capacity = json_object_get(demo_truth_location(truth, location), "capacity");
    demo_day_text(day, date);
    return demo_field_number(json_object_get(capacity, "overrides"), date,
                             demo_field_number(capacity, "per_day", -1));
}

void demo_site_fill_capacity(struct demo_documents *documents, const char *location,
                             struct demo_site *site)
{
    const struct demo_truth *truth = documents->truth;
    const json_t *capacity = json_object_get(demo_truth_location(truth, location), "capacity");
    const char *unit = demo_field_text(capacity, "unit");
    size_t index;
    json_t *row;
    site->unit = unit ? unit : "units";
    for (int i = 0; i <= DEMO_HORIZON_DAYS; i++) {
        site->planned[i] =
            site->worked[i] ? planned_on(truth, location, site->today + i) : 0;
    }
    json_array_foreach(demo_map_find(&truth->capacity, location), index, row) {
        const int64_t at = (int64_t)demo_day_of(demo_field_text(row, "day")) - site->today;
        if (at >= 0 && at <= DEMO_HORIZON_DAYS) {
            site->used[at] = demo_field_number(row, "used", 0);
        }
    }
}

static int64_t remaining(const struct demo_site *site, int at)
{
    return site->planned[at] > site->used[at] ? site->planned[at] - site->used[at] : 0;
}

/* The first day with capacity, of what is usable on a day; INT32_MAX: none. */
static int32_t ships_of(const struct demo_site *site, int32_t usable)
{
    int32_t day = demo_first_day(site, usable, INT32_MIN);
    for (; day != INT32_MAX && day <= site->today + DEMO_HORIZON_DAYS; day++) {
        const int at = day - site->today;
        if (site->worked[at] && (site->planned[at] < 0 || remaining(site, at) > 0)) {
            return day;
        }
    }
    return INT32_MAX;
}

static json_t *number_or_null(int64_t number, bool is_null)
{
    return is_null ? json_null() : json_integer(number);
}

static json_t *capacity_json(struct demo_documents *documents, const char *location,
                             const struct demo_site *site, int32_t ships_on)
{
    const json_t *capacity =
        json_object_get(demo_truth_location(documents->truth, location), "capacity");
    json_t *out = json_array();
    for (int at = 0; at <= DEMO_HORIZON_DAYS; at++) {
        char date[16];
        const int32_t day = site->today + at;
        const bool endless = site->planned[at] < 0;
        demo_day_text(day, date);
        if (at > 0 && site->used[at] == 0 && (ships_on == INT32_MAX || day > ships_on) &&
            !json_object_get(json_object_get(capacity, "overrides"), date)) {
            continue;
        }
        const int64_t over = site->used[at] - site->planned[at];
        (void)json_array_append_new(
            out, json_pack("{s:s, s:s, s:o, s:I, s:o, s:I}", "day", date, "unit", site->unit,
                           "planned", number_or_null(site->planned[at], endless), "used",
                           (json_int_t)site->used[at], "remaining",
                           number_or_null(remaining(site, at), endless), "overbooked",
                           (json_int_t)(!endless && over > 0 ? over : 0)));
    }
    return out;
}

/* ------------------------------------------------------------------ instants */

json_t *demo_instant_json(int64_t ms)
{
    char date[16], text[40];
    if (ms == INT64_MAX) {
        return json_null();
    }
    const int64_t in_day = ms % 86400000;
    demo_day_text((int32_t)(ms / 86400000), date);
    (void)snprintf(text, sizeof text, "%sT%02d:%02d:%02d.%03dZ", date, (int)(in_day / 3600000),
                   (int)(in_day / 60000 % 60), (int)(in_day / 1000 % 60), (int)(in_day % 1000));
    return json_string(text);
}

static const json_t *calendar_of(const struct demo_truth *truth, const char *location)
{
    return json_object_get(demo_truth_location(truth, location), "calendar");
}

/* The cut-off of the last working day that still gives the same ship day. */
static int64_t find_cutoff(struct demo_documents *documents, const char *location)
{
    const struct demo_site *site = demo_site_of(documents, location);
    const int32_t ships_on =
        site->day_zero == INT32_MAX ? INT32_MAX : ships_of(site, site->day_zero);
    if (ships_on == INT32_MAX || !demo_is_enabled(documents->truth, location)) {
        return INT64_MAX;
    }
    int32_t last = site->day_zero;
    for (int32_t day = last; day != INT32_MAX && ships_of(site, day) == ships_on;
         day = demo_worked_after(site, day, 1)) {
        last = day;
    }
    return demo_instant_at(documents->truth, location, last,
                           demo_field_text(calendar_of(documents->truth, location), "cutoff"),
                           "15:00");
}

int64_t demo_cutoff_at(struct demo_documents *documents, const char *location)
{
    int64_t **found = (int64_t **)demo_map_put(&documents->cutoffs, location);
    if (!*found) {
        *found = demo_new(sizeof **found);
        **found = find_cutoff(documents, location);
    }
    return **found;
}

int64_t demo_midnight_after(struct demo_documents *documents, const char *location)
{
    return demo_instant_at(documents->truth, location, demo_today(documents, location) + 1, NULL,
                           "00:00");
}

/* ------------------------------------------------------------------ lanes */

const struct demo_lane *demo_lane_days(struct demo_documents *documents, const char *location,
                                       const char *zone, const char *service)
{
    char pair[DEMO_NAME_BYTES], name[DEMO_NAME_BYTES];
    demo_join(name, demo_join(pair, location, zone), service);
    const json_t *facts = demo_map_find(&documents->truth->lanes, name);
    if (!facts) {
        return NULL;
    }
    struct demo_lane **found = (struct demo_lane **)demo_map_put(&documents->lanes, name);
    if (!*found) {
        const int32_t today = demo_today(documents, location);
        struct demo_lane *lane = *found = demo_new(sizeof *lane);
        lane->cost = demo_field_number(facts, "cost", 0);
        for (int i = 0; i <= DEMO_HORIZON_DAYS; i++) {
            lane->from[i] = demo_arrival(facts, "min", today + i, today + DEMO_HORIZON_DAYS);
            lane->by[i] = demo_arrival(facts, "max", today + i, today + DEMO_HORIZON_DAYS);
        }
    }
    return *found;
}

struct demo_way *demo_ways_of(const struct demo_truth *truth, const char *network,
                              size_t *out_count)
{
    struct demo_way *ways = demo_new((truth->lanes.count + 1) * sizeof *ways);
    *out_count = 0;
    for (size_t i = 0; i < truth->lanes.count; i++) {
        const json_t *lane = truth->lanes.rows[i].value;
        const char *location = demo_field_text(lane, "location");
        if (lane && demo_is_enabled(truth, location) &&
            demo_in_network(truth, location, network)) {
            ways[(*out_count)++] = (struct demo_way){ demo_field_text(lane, "zone"),
                                                      demo_field_text(lane, "service") };
        }
    }
    return ways;
}

/* By zone, then service: the names of lanes of one location as they sort. */
static int by_way(const void *left, const void *right)
{
    const struct demo_way *a = left;
    const struct demo_way *b = right;
    const int zones = strcmp(a->zone, b->zone);
    return zones != 0 ? zones : strcmp(a->service, b->service);
}

static json_t *date_or_null(int32_t day)
{
    char text[16];
    if (day == INT32_MAX) {
        return json_null();
    }
    demo_day_text(day, text);
    return json_string(text);
}

static json_t *zones_json(struct demo_documents *documents, const char *location, int32_t ships_on)
{
    const struct demo_map *lanes = &documents->truth->lanes;
    struct demo_way *ways = demo_new((lanes->count + 1) * sizeof *ways);
    json_t *out = json_array();
    size_t count = 0;
    for (size_t i = 0; i < lanes->count; i++) {
        const json_t *lane = lanes->rows[i].value;
        if (lane && strcmp(demo_field_text(lane, "location"), location) == 0) {
            ways[count++] = (struct demo_way){ demo_field_text(lane, "zone"),
                                               demo_field_text(lane, "service") };
        }
    }
    qsort(ways, count, sizeof *ways, by_way);
    for (size_t i = 0; i < count; i++) {
        const struct demo_lane *lane =
            demo_lane_days(documents, location, ways[i].zone, ways[i].service);
        const int at = ships_on == INT32_MAX ? 0 : ships_on - demo_today(documents, location);
        (void)json_array_append_new(
            out, json_pack("{s:s, s:s, s:o, s:o, s:I}", "zone", ways[i].zone, "service",
                           ways[i].service, "from",
                           date_or_null(ships_on == INT32_MAX ? ships_on : lane->from[at]), "by",
                           date_or_null(ships_on == INT32_MAX ? ships_on : lane->by[at]), "cost",
                           (json_int_t)lane->cost));
    }
    free(ways);
    return out;
}

/* ------------------------------------------------------------------ the document */

static json_t *pickup_json(struct demo_documents *documents, const char *location,
                           int32_t ships_on)
{
    const json_t *facts = demo_truth_location(documents->truth, location);
    const char *opens = demo_field_text(calendar_of(documents->truth, location), "opens");
    if (ships_on == INT32_MAX || !demo_field_flag(facts, "pickup", false)) {
        return json_null();
    }
    return json_pack("{s:o, s:o, s:I}", "day", date_or_null(ships_on), "from",
                     demo_instant_json(demo_instant_at(documents->truth, location, ships_on, opens,
                                                       "09:00")),
                     "minutes", (json_int_t)demo_field_number(facts, "pickup_minutes", 120));
}

json_t *demo_site_document(struct demo_documents *documents, const char *location)
{
    const struct demo_site *site = demo_site_of(documents, location);
    const bool open = demo_is_enabled(documents->truth, location) && site->day_zero != INT32_MAX;
    const int32_t ships_on = open ? ships_of(site, site->day_zero) : INT32_MAX;
    const int64_t cutoff_at = demo_cutoff_at(documents, location);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "location", location, "valid_until",
                     demo_instant_json(cutoff_at), "ships_on", date_or_null(ships_on), "cutoff_at",
                     demo_instant_json(cutoff_at), "capacity",
                     capacity_json(documents, location, site, ships_on), "pickup",
                     pickup_json(documents, location, ships_on), "zones",
                     zones_json(documents, location, ships_on));
}

/* All locations that were ever named (contract 3). */
struct demo_map demo_site_names(const struct demo_truth *truth)
{
    const struct demo_map *const named[] = { &truth->locations, &truth->places, &truth->lanes };
    struct demo_map names = { 0 };
    for (size_t table = 0; table < sizeof named / sizeof *named; table++) {
        for (size_t i = 0; i < named[table]->count; i++) {
            char location[DEMO_NAME_BYTES];
            const char *name = named[table]->rows[i].name;
            (void)snprintf(location, sizeof location, "%.*s", (int)strcspn(name, "|"), name);
            (void)demo_map_put(&names, location);
        }
    }
    for (size_t i = 0; i < truth->items.count; i++) {
        const json_t *made = json_object_get(truth->items.rows[i].value, "made_to_order");
        size_t index;
        json_t *one;
        json_array_foreach(json_object_get(made, "locations"), index, one) {
            (void)demo_map_put(&names, json_string_value(one));
        }
    }
    return names;
}
