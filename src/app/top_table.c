/* SPDX-License-Identifier: Apache-2.0 */
#include "app/top_table.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL_WIDTH = 10, SHOWN_MAX = 8, BAR_WIDTH = 20, NAME_WIDTH = 20 };

static const char *text_of(const json_t *map, const char *name)
{
    const char *text = json_string_value(json_object_get(map, name));
    return text ? text : "-";
}

static int64_t number_of(const json_t *map, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(map, name));
}

static double real_of(const json_t *map, const char *name)
{
    const json_t *value = json_object_get(map, name);
    return json_is_number(value) ? json_number_value(value) : -1;
}

/* A number with its separators, of which several are on one line. */
struct text {
    char text[PRETTY_NUMBER_BYTES];
};

static struct text whole(int64_t number)
{
    struct text text;
    (void)pretty_number(number, 15, text.text);
    return text;
}

static struct text seconds(const json_t *map, const char *name)
{
    struct text text;
    (void)pretty_seconds(real_of(map, name), text.text);
    return text;
}

static void label(struct pretty *pretty, const char *name)
{
    pretty_cell(pretty, PRETTY_FAINT, LABEL_WIDTH, name);
}

static void write_who(struct pretty *pretty, const json_t *status)
{
    const bool ready = json_is_true(json_object_get(status, "ready"));
    pretty_cell(pretty, PRETTY_BOLD, LABEL_WIDTH, "promised");
    pretty_text(pretty, ready ? PRETTY_GOOD : PRETTY_BAD, "%s", ready ? "ready" : "not ready");
    pretty_text(pretty, PRETTY_PLAIN, "   %s   %s   %s   up %s   publishes %zu of %" PRId64,
                text_of(status, "group"), text_of(status, "owner"),
                json_is_true(json_object_get(status, "writer")) ? "writer" : "replica",
                seconds(status, "uptime_seconds").text,
                json_array_size(json_object_get(status, "owned_partitions")),
                number_of(status, "output_partitions"));
    pretty_end(pretty);
    size_t index;
    json_t *check;
    json_array_foreach(json_object_get(status, "checks"), index, check) {
        if (!json_is_true(json_object_get(check, "passed"))) {
            label(pretty, "");
            pretty_text(pretty, PRETTY_BAD, "%s: %s", text_of(check, "name"),
                        text_of(check, "detail"));
            pretty_end(pretty);
        }
    }
}

static int64_t lag_records(const json_t *status)
{
    int64_t sum = 0;
    size_t index;
    json_t *input;
    json_array_foreach(json_object_get(status, "inputs"), index, input) {
        const int64_t lag = number_of(input, "lag_records");
        sum += lag > 0 ? lag : 0;
    }
    return sum;
}

static void write_flow(struct pretty *pretty, const json_t *status)
{
    const json_t *latency = json_object_get(status, "latency_seconds");
    const double lag = real_of(status, "lag_seconds");
    label(pretty, "flow");
    pretty_text(pretty, PRETTY_PLAIN, "%s events/s   %s documents/s   latency p50 %s, p99 %s",
                whole((int64_t)real_of(status, "events_per_second")).text,
                whole((int64_t)real_of(status, "documents_per_second")).text,
                seconds(latency, "p50").text, seconds(latency, "p99").text);
    pretty_end(pretty);
    label(pretty, "lag");
    pretty_text(pretty, lag > 1 ? PRETTY_BAD : PRETTY_PLAIN, "%s", seconds(status,
                                                                          "lag_seconds").text);
    pretty_text(pretty, PRETTY_PLAIN, ", %s records   journal %s entries behind",
                whole(lag_records(status)).text,
                whole(number_of(status, "replica_lag_entries")).text);
    pretty_end(pretty);
}

static double snapshot_age(const json_t *status)
{
    double youngest = -1;
    size_t index;
    json_t *store;
    json_array_foreach(json_object_get(status, "snapshots"), index, store) {
        const double age = real_of(store, "age_seconds");
        youngest = age >= 0 && (youngest < 0 || age < youngest) ? age : youngest;
    }
    return youngest;
}

static void write_fresh(struct pretty *pretty, const json_t *status)
{
    char age[PRETTY_NUMBER_BYTES];
    const double lag = real_of(status, "lag_seconds");
    const bool caught_up = lag >= 0 && lag < 1;
    label(pretty, "shown");
    pretty_text(pretty, PRETTY_PLAIN, "sequence %s, events to %s, the rest to %s (%s behind)   ",
                whole(number_of(status, "sequence")).text,
                whole(number_of(status, "shown_sequence")).text,
                whole(number_of(status, "swept_sequence")).text,
                seconds(status, "swept_lag_seconds").text);
    pretty_text(pretty, caught_up ? PRETTY_GOOD : PRETTY_BAD, "%s",
                caught_up ? "caught up" : "behind");
    pretty_end(pretty);
    label(pretty, "due");
    pretty_text(pretty, PRETTY_PLAIN, "%s keys   newest event %s ago   snapshot %s old",
                whole(number_of(status, "due_keys")).text,
                seconds(status, "newest_event_age_seconds").text,
                pretty_seconds(snapshot_age(status), age));
    pretty_end(pretty);
}

static void write_lost(struct pretty *pretty, const json_t *status)
{
    const char *name;
    json_t *days;
    bool any = false;
    label(pretty, "days lost");
    json_object_foreach(json_object_get(status, "promise_days_lost"), name, days) {
        if (json_integer_value(days) > 0) {
            pretty_text(pretty, PRETTY_PLAIN, "%s%s %s", any ? "   " : "", name,
                        whole((int64_t)json_integer_value(days)).text);
            any = true;
        }
    }
    pretty_text(pretty, PRETTY_FAINT, "%s", any ? "" : "none by any constraint");
    pretty_end(pretty);
}

static void write_bar(struct pretty *pretty, double ratio)
{
    char bar[BAR_WIDTH + 1];
    const double share = ratio > 1 ? 1 : ratio;
    const int filled = (int)(share * BAR_WIDTH + 0.5);
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    pretty_cell(pretty, ratio > 1 ? PRETTY_BAD : PRETTY_PLAIN, BAR_WIDTH, bar);
}

static void write_capacity(struct pretty *pretty, const json_t *status)
{
    const json_t *list = json_object_get(status, "capacity");
    const int64_t count = number_of(status, "capacity_locations");
    size_t index;
    json_t *capacity;
    json_array_foreach(list, index, capacity) {
        if (index == SHOWN_MAX) {
            break;
        }
        const double ratio = real_of(capacity, "ratio");
        label(pretty, index == 0 ? "capacity" : "");
        pretty_cell(pretty, PRETTY_PLAIN, NAME_WIDTH, text_of(capacity, "location"));
        write_bar(pretty, ratio);
        pretty_text(pretty, ratio > 1 ? PRETTY_BAD : PRETTY_PLAIN, "%3.0f %%  %s of %s %s today",
                    ratio * 100, whole(number_of(capacity, "used")).text,
                    whole(number_of(capacity, "planned")).text, text_of(capacity, "unit"));
        pretty_end(pretty);
    }
    if (count == 0 || count > SHOWN_MAX) {
        label(pretty, count == 0 ? "capacity" : "");
        if (count == 0) {
            pretty_text(pretty, PRETTY_FAINT, "no location has a limit today");
        } else {
            pretty_text(pretty, PRETTY_FAINT, "%" PRId64 " more", count - SHOWN_MAX);
        }
        pretty_end(pretty);
    }
}

static void write_busy(struct pretty *pretty, const json_t *status)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(status, "busy_items"), index, item) {
        if (index == SHOWN_MAX / 2) {
            break;
        }
        label(pretty, index == 0 ? "busiest" : "");
        pretty_cell(pretty, PRETTY_PLAIN, NAME_WIDTH, text_of(item, "sku"));
        pretty_text(pretty, PRETTY_PLAIN, "%s changes a minute",
                    whole((int64_t)real_of(item, "changes_per_minute")).text);
        pretty_end(pretty);
    }
}

bool top_table_write(struct pretty *pretty, const json_t *status)
{
    if (!json_is_object(status) || !json_object_get(status, "sequence")) {
        return false;
    }
    write_who(pretty, status);
    write_flow(pretty, status);
    write_fresh(pretty, status);
    write_lost(pretty, status);
    write_capacity(pretty, status);
    write_busy(pretty, status);
    return true;
}
