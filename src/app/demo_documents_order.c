/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "demo_truth_state.h"

bool demo_has_lane(const struct demo_truth *truth, const struct demo_order *order)
{
    const char *network = order->network ? order->network : "default";
    const char *service = order->service ? order->service : "standard";
    for (size_t i = 0; i < truth->lanes.count; i++) {
        const json_t *lane = truth->lanes.rows[i].value;
        const char *location = demo_field_text(lane, "location");
        if (lane && demo_text_equal(demo_field_text(lane, "zone"), order->zone) &&
            demo_text_equal(demo_field_text(lane, "service"), service) &&
            demo_is_enabled(truth, location) && demo_in_network(truth, location, network)) {
            return true;
        }
    }
    return false;
}

static int by_location(const void *left, const void *right)
{
    const struct demo_open *a = left;
    const struct demo_open *b = right;
    return strcmp(a->location, b->location);
}

/* The locations that have open units of the line or shipped some, by name; `units` are the open. */
static struct demo_open *parts_of(const struct demo_line *line, size_t *out_count)
{
    struct demo_open *parts = demo_new((line->open_count + line->goods_count + 1) * sizeof *parts);
    size_t count = 0;
    for (size_t i = 0; i < line->open_count; i++) {
        if (line->open[i].location) {
            parts[count++] = line->open[i];
        }
    }
    for (size_t i = 0; i < line->goods_count; i++) {
        const struct demo_goods *goods = &line->goods[i];
        size_t at = 0;
        while (at < count && strcmp(parts[at].location, goods->location) != 0) {
            at++;
        }
        if (at == count && goods->kind == DEMO_SHIPPED && !goods->undone) {
            parts[count++] = (struct demo_open){ goods->location, 0, INT32_MIN };
        }
    }
    qsort(parts, count, sizeof *parts, by_location);
    *out_count = count;
    return parts;
}

static bool is_delivered(const struct demo_order *order, const struct demo_line *line)
{
    for (size_t i = 0; i < line->goods_count; i++) {
        const struct demo_goods *goods = &line->goods[i];
        if (goods->kind == DEMO_SHIPPED && !goods->undone &&
            !demo_map_find(&order->delivered, goods->parcel)) {
            return false;
        }
    }
    return true;
}

/* R9: what was promised cannot be kept, or may not be. */
static bool is_at_risk(struct demo_documents *documents, const struct demo_line *line,
                       int32_t promised_by, int32_t expected_by)
{
    for (size_t i = 0; i < line->open_count; i++) {
        const struct demo_open *open = &line->open[i];
        if (open->units > 0 &&
            (!demo_is_enabled(documents->truth, open->location) ||
             (open->ship_on != INT32_MIN &&
              open->ship_on < demo_today(documents, open->location)))) {
            return true;
        }
    }
    return promised_by != INT32_MIN && (expected_by == INT32_MIN || expected_by > promised_by);
}

static const char *open_line_status(struct demo_documents *documents,
                                    const struct demo_order *order, const struct demo_line *line,
                                    int32_t promised_by, int32_t expected_by)
{
    const char *status = "promised";
    for (size_t i = 0; i < line->open_count; i++) {
        const struct demo_open *open = &line->open[i];
        if (open->units > 0 && !open->location) {
            return demo_has_lane(documents->truth, order) ? "sourcing" : "unfulfillable";
        }
    }
    if (is_at_risk(documents, line, promised_by, expected_by)) {
        return "at_risk";
    }
    for (size_t i = 0; i < line->open_count; i++) {
        const struct demo_open *open = &line->open[i];
        if (open->units > 0 && !demo_cover_of(documents, line, open).now) {
            status = "backordered";
        }
    }
    return status;
}

static const char *line_status(struct demo_documents *documents, const struct demo_order *order,
                               const struct demo_line *line, int32_t promised_by,
                               int32_t expected_by)
{
    const struct demo_totals totals = demo_line_totals(order, line);
    if (totals.open > 0) {
        return open_line_status(documents, order, line, promised_by, expected_by);
    }
    if (totals.shipped == 0) {
        return "cancelled";
    }
    return is_delivered(order, line) ? "delivered" : "shipped";
}

static json_t *date_or_null(int32_t day)
{
    char text[16];
    if (day == INT32_MIN) {
        return json_null();
    }
    demo_day_text(day, text);
    return json_string(text);
}

static json_t *parts_document(const struct demo_line *line)
{
    size_t count;
    struct demo_open *parts = parts_of(line, &count);
    json_t *shown = json_array();
    for (size_t i = 0; i < count; i++) {
        const int64_t shipped = demo_line_shipped(line, parts[i].location);
        if (parts[i].units > 0 || shipped > 0) {
            (void)json_array_append_new(
                shown, json_pack("{s:s, s:I, s:I, s:o}", "location", parts[i].location, "open",
                                 (json_int_t)parts[i].units, "shipped", (json_int_t)shipped,
                                 "ship_on", date_or_null(parts[i].ship_on)));
        }
    }
    free(parts);
    return shown;
}

static json_t *line_document(struct demo_documents *documents, const struct demo_order *order,
                             const struct demo_line *line)
{
    const struct demo_totals totals = demo_line_totals(order, line);
    const int32_t promised_by = line->own_by != INT32_MIN ? line->own_by : line->decided_by;
    const int32_t expected_by =
        totals.open > 0 ? demo_expected_by(documents, order, line) : INT32_MIN;
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:o}", "line_id",
                     line->line_id, "sku", line->sku, "quantity", (json_int_t)line->quantity,
                     "open", (json_int_t)totals.open, "shipped", (json_int_t)totals.shipped,
                     "cancelled", (json_int_t)totals.cancelled, "over_shipped",
                     (json_int_t)totals.over_shipped, "returned", (json_int_t)line->returned,
                     "promised_by", date_or_null(promised_by), "expected_by",
                     date_or_null(expected_by), "status",
                     line_status(documents, order, line, promised_by, expected_by), "parts",
                     parts_document(line));
}

static const char *order_status(const json_t *lines)
{
    bool all_cancelled = true, all_done = true, any_open = false, any_shipped = false;
    size_t index;
    json_t *line;
    json_array_foreach(lines, index, line) {
        const char *status = demo_field_text(line, "status");
        const bool cancelled = strcmp(status, "cancelled") == 0;
        all_cancelled = all_cancelled && cancelled;
        all_done = all_done && (cancelled || strcmp(status, "delivered") == 0);
        any_open = any_open || demo_field_number(line, "open", 0) > 0;
        any_shipped = any_shipped || demo_field_number(line, "shipped", 0) > 0;
    }
    if (all_cancelled) {
        return "cancelled";
    }
    if (any_open) {
        return any_shipped ? "partially_shipped" : "open";
    }
    return all_done ? "delivered" : "shipped";
}

static int by_number(const void *left, const void *right)
{
    const struct demo_line *a = *(const struct demo_line *const *)left;
    const struct demo_line *b = *(const struct demo_line *const *)right;
    return (a->number > b->number) - (a->number < b->number);
}

json_t *demo_order_document(struct demo_documents *documents, const char *order_id)
{
    const struct demo_order *order = demo_map_find(&documents->truth->orders, order_id);
    const struct demo_line **placed = demo_new((order->lines.count + 1) * sizeof *placed);
    json_t *lines = json_array();
    size_t count = 0;
    for (size_t i = 0; i < order->lines.count; i++) {
        const struct demo_line *line = order->lines.rows[i].value;
        if (line->sku) {
            placed[count++] = line;
        }
    }
    qsort(placed, count, sizeof *placed, by_number);
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(lines, line_document(documents, order, placed[i]));
    }
    free(placed);
    return json_pack("{s:s, s:s, s:o}", "order_id", order_id, "status", order_status(lines),
                     "lines", lines);
}
