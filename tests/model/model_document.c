/* SPDX-License-Identifier: Apache-2.0 */
/* Section 3: every document, computed anew from all that is kept. */
#include "model/model_state.h"

#include <stdlib.h>

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void *scratch(struct model *model, size_t bytes)
{
    void *taken = calloc(1, bytes ? bytes : 1);
    if (!taken) {
        abort();
    }
    *PUSH(model->scratch, model->scratch_count) = taken;
    return taken;
}

/* ------------------------------------------------------------------ availability.locations */

static bool inbound_before(const struct inbound_document *a, const struct inbound_document *b)
{
    if (a->eta != b->eta) {
        return b->eta == DAY_NONE || (a->eta != DAY_NONE && a->eta < b->eta);
    }
    return bytes_compare(a->inbound_id, b->inbound_id) < 0;
}

static void list_inbound(struct model *model, int cell, struct location_document *location)
{
    struct inbound_document *list =
        scratch(model, (model->inbound_count + 1) * sizeof *list);
    uint32_t count = 0;
    for (size_t i = 0; i < model->inbound_count; i++) {
        const struct inbound *inbound = &model->inbounds[i];
        if (inbound->cell != cell || inbound_open(inbound) == 0) {
            continue;
        }
        const int32_t eta = inbound_eta(inbound);
        const bool overdue = eta != DAY_NONE && eta < site_today(model, cell % SITES_MAX);
        struct inbound_document row = { inbound->id, inbound_open(inbound), eta, overdue };
        uint32_t at = count++;
        while (at > 0 && inbound_before(&row, &list[at - 1])) {
            list[at] = list[at - 1];
            at--;
        }
        list[at] = row;
        if (overdue) {
            model_hit(model, HIT_R10_OVERDUE);
        }
    }
    location->inbound = list;
    location->inbound_count = count < DOCUMENT_INBOUND_MAX ? count : DOCUMENT_INBOUND_MAX;
}

/* R12: how many whole bundles the goods there would make. */
static int64_t bundles_on_hand(const struct model *model, const struct recipe *recipe, int site)
{
    int64_t units = INT64_MAX;
    for (uint32_t i = 0; i < recipe->count; i++) {
        const int part = name_find(&model->skus, recipe->parts[i].sku);
        const int64_t on_hand = part == NONE ? 0 : model->cells[cell_of(part, site)].on_hand;
        const int64_t sets = floor_divide(on_hand, recipe->parts[i].quantity);
        units = sets < units ? sets : units;
    }
    return units;
}

static struct location_document location_document(struct model *model, int sku, int site)
{
    const int cell_ = cell_of(sku, site);
    const struct cell *cell = &model->cells[cell_];
    const struct recipe *recipe = catalogue_recipe(model, model->skus.list[sku]);
    bool sites[SITES_MAX] = { false };
    sites[site] = true;
    struct location_document location = {
        .sku = model->skus.list[sku],
        .location = model->sites.list[site],
        .on_hand = recipe ? bundles_on_hand(model, recipe, site) : cell->on_hand,
        .held = recipe ? 0 : cell->held,
        .allocated = cell->allocated,
        .safety_stock = recipe ? 0 : safety_of(model, sku, site),
        .available = free_units(model, sku, site, DAY_NONE),
    };
    location.next = free_next(model, sku, sites, 0, location.available);
    if (recipe) {
        model_hit(model, HIT_R12_DOCUMENT);
    } else {
        list_inbound(model, cell_, &location);
    }
    return location;
}

/* ------------------------------------------------------------------ availability.items */

bool nets_share_site(const struct model *model, int net_a, int net_b)
{
    for (int site = 0; site < model->sites.count; site++) {
        if (site_enabled(model, site) && site_in_net(model, site, net_a) &&
            site_in_net(model, site, net_b)) {
            return true;
        }
    }
    return false;
}

int64_t units_waiting(const struct model *model, int sku, int net)
{
    int64_t units = 0;
    for (size_t i = 0; i < model->waiting_count; i++) {
        const struct waiting *waiting = &model->waitings[i];
        if (waiting->sku == sku && nets_share_site(model, waiting->net, net)) {
            units += waiting->units;
        }
    }
    return units;
}

static enum availability_status item_status(struct model *model, int sku, const bool *sites,
                                            const struct item_document *document)
{
    const struct item_data *item = item_of(model, sku);
    const bool has_next = document->next.day != DAY_NONE;
    bool reached = !item || item->preorder_from == DAY_NONE;
    bool made = false;
    for (int site = 0; site < model->sites.count; site++) {
        reached |= sites[site] && item && site_today(model, site) >= item->preorder_from;
        made |= sites[site] && makes_at(model, sku, site);
    }
    if (!reached && (document->available > 0 || has_next)) {
        model_hit(model, HIT_STATUS_PREORDER);
        return AVAILABILITY_PREORDER;
    }
    if (document->available > 0) {
        return document->available <= (item ? item->low_stock : 5) ? AVAILABILITY_LOW_STOCK
                                                                   : AVAILABILITY_IN_STOCK;
    }
    if (has_next || made) {
        model_hit(model, HIT_STATUS_BACKORDER);
        return AVAILABILITY_BACKORDER;
    }
    return AVAILABILITY_OUT_OF_STOCK;
}

static struct item_document item_document(struct model *model, int sku, int net)
{
    bool sites[SITES_MAX] = { false };
    for (int site = 0; site < model->sites.count; site++) {
        sites[site] = site_enabled(model, site) && site_in_net(model, site, net);
    }
    const int64_t waiting = units_waiting(model, sku, net);
    struct item_document item = {
        .sku = model->skus.list[sku],
        .network = model->nets.list[net],
        .available = free_sum(model, sku, sites, waiting, DAY_NONE),
    };
    item.next = free_next(model, sku, sites, waiting, item.available);
    item.status = item_status(model, sku, sites, &item);
    return item;
}

/* ------------------------------------------------------------------ promises.orders */

/* R6: scarce units are dealt by line number; what lies beyond on hand - held is backordered. */
static bool beyond(const struct model *model, int cell_, uint64_t number)
{
    const struct cell *cell = &model->cells[cell_];
    int64_t sum = 0;
    for (size_t i = 0; i < model->demand_count; i++) {
        const struct demand *demand = &model->demands[i];
        sum += demand->cell == cell_ && demand->number <= number ? demand->units : 0;
    }
    return sum > cell->on_hand - cell->held;
}

static bool part_backordered(const struct model *model, const struct line *line,
                             const struct part *part)
{
    if (!line->recipe) {
        return beyond(model, cell_of(line->sku, part->site), line->number);
    }
    for (uint32_t i = 0; i < line->recipe->count; i++) {
        const int sku = name_find(&model->skus, line->recipe->parts[i].sku);
        if (beyond(model, cell_of(sku, part->site), line->number)) {
            return true;
        }
    }
    return false;
}

static bool line_delivered(const struct order *order, const struct line *line)
{
    for (size_t i = 0; i < order->load_count; i++) {
        const struct load *load = &order->loads[i];
        const struct mark *mark = order_mark(order, load->shipment);
        if (&order->lines[load->line] == line && load_counts(order, load) &&
            load->fact->event->type == EVENT_SHIPMENT_SHIPPED && !(mark && mark->is_delivered)) {
            return false;
        }
    }
    return true;
}

/* Its ship day has passed, its location is off, or it comes later than promised. */
static bool is_at_risk(struct model *model, const struct order *order, const struct line *line)
{
    const int32_t promised = promised_by_of(line);
    const int32_t expected = expected_by_of(model, order, line);
    for (int i = 0; i < line->part_count; i++) {
        const struct part *part = &line->parts[i];
        if (part->open > 0 && (!site_enabled(model, part->site) ||
                               (part->ship_on != DAY_NONE &&
                                part->ship_on < site_today(model, part->site)))) {
            return true;
        }
    }
    return promised != DAY_NONE && (expected == DAY_NONE || expected > promised);
}

enum line_status status_of_line(struct model *model, const struct order *order,
                             const struct line *line)
{
    if (line->open == 0) {
        return line->shipped == 0             ? LINE_CANCELLED
               : line_delivered(order, line) ? LINE_DELIVERED
                                              : LINE_SHIPPED;
    }
    if (line->unassigned > 0) {
        const bool can = order_fulfillable(model, order);
        model_hit(model, can ? HIT_STATUS_SOURCING : HIT_STATUS_UNFULFILLABLE);
        return can ? LINE_SOURCING : LINE_UNFULFILLABLE;
    }
    if (is_at_risk(model, order, line)) {
        model_hit(model, HIT_STATUS_AT_RISK);
        return LINE_AT_RISK;
    }
    bool backordered = false;
    for (int i = 0; i < line->part_count; i++) {
        const struct part *part = &line->parts[i];
        backordered |= part->open > 0 && part_backordered(model, line, part);
    }
    if (backordered) {
        model_hit(model, HIT_R6_BACKORDERED);
    }
    return backordered ? LINE_BACKORDERED : LINE_PROMISED;
}

static void list_parts(struct model *model, const struct line *line, struct line_document *document)
{
    struct part_document *list = scratch(model, (size_t)(line->part_count + 1) * sizeof *list);
    uint32_t count = 0;
    for (int i = 0; i < line->part_count; i++) {
        const struct part *part = &line->parts[i];
        if (part->open == 0 && part->shipped == 0) {
            continue;
        }
        const struct bytes name = model->sites.list[part->site];
        uint32_t at = count++;
        while (at > 0 && bytes_compare(name, list[at - 1].location) < 0) {
            list[at] = list[at - 1];
            at--;
        }
        list[at] = (struct part_document){ name, part->open, part->shipped, part->ship_on };
    }
    document->parts = list;
    document->part_count = count;
}

static struct line_document line_document(struct model *model, const struct order *order,
                                          const struct line *line)
{
    struct line_document document = {
        .line_id = line->id,
        .sku = model->skus.list[line->sku],
        .quantity = line->quantity,
        .open = line->open,
        .shipped = line->shipped,
        .cancelled = line->cancelled,
        .over_shipped = most(0, line->shipped - line->quantity),
        .returned = line->returned,
        .promised_by = promised_by_of(line),
        .expected_by = expected_by_of(model, order, line),
        .status = status_of_line(model, order, line),
    };
    if (document.over_shipped > 0) {
        model_hit(model, HIT_R2_OVER_SHIPPED);
    }
    list_parts(model, line, &document);
    return document;
}

static enum order_status order_status(const struct order_document *document)
{
    bool any_open = false;
    bool any_shipped = false;
    bool all_cancelled = true;
    bool all_delivered = true;
    for (uint32_t i = 0; i < document->line_count; i++) {
        const struct line_document *line = &document->lines[i];
        any_open |= line->open > 0;
        any_shipped |= line->shipped > 0;
        all_cancelled &= line->status == LINE_CANCELLED;
        all_delivered &= line->status == LINE_CANCELLED || line->status == LINE_DELIVERED;
    }
    if (all_cancelled) {
        return ORDER_CANCELLED;
    }
    if (any_open) {
        return any_shipped ? ORDER_PARTIALLY_SHIPPED : ORDER_OPEN;
    }
    return all_delivered ? ORDER_DELIVERED : ORDER_SHIPPED;
}

static struct order_document order_document(struct model *model, const struct order *order)
{
    struct line_document *list = scratch(model, (order->line_count + 1) * sizeof *list);
    struct order_document document = { .order_id = order->id, .lines = list };
    const struct line *line = NULL;
    while ((line = order_next_line(order, line)) != NULL) {
        list[document.line_count++] = line_document(model, order, line);
    }
    document.status = order_status(&document);
    return document;
}

/* ------------------------------------------------------------------ all of them */

static bool forgettable(const struct model *model, uint64_t sequence)
{
    for (uint32_t i = 0; i < model->published_count; i++) {
        if (model->published[i] < sequence) {
            return false;
        }
    }
    return model->published_count > 0;
}

struct model_document *add_document(struct model *model, enum key_kind kind, enum key_state state,
                                    uint64_t tombstone_sequence)
{
    struct model_document *document = PUSH(model->documents, model->document_count);
    *document = (struct model_document){ .kind = kind, .state = state };
    document->forgettable =
        state == KEY_STATE_TOMBSTONE && forgettable(model, tombstone_sequence);
    return document;
}

static void add_items(struct model *model, int sku)
{
    for (int net = 0; net < model->nets.count; net++) {
        const struct offering *offering = &model->offerings[sku][net];
        if (offering->state == KEY_STATE_NONE) {
            continue;
        }
        struct item_document item = { .sku = model->skus.list[sku],
                                      .network = model->nets.list[net],
                                      .next = { DAY_NONE, 0 } };
        if (offering->state == KEY_STATE_LIVE) {
            item = item_document(model, sku, net);
        }
        add_document(model, KEY_ITEM, offering->state, offering->tombstone_sequence)
            ->document.item = item;
    }
}

/* Units of open line parts that are not there. */
static int64_t short_units(const struct model *model, int cell_)
{
    const struct cell *cell = &model->cells[cell_];
    int64_t owed = 0;
    for (size_t i = 0; i < model->demand_count; i++) {
        owed += model->demands[i].cell == cell_ ? model->demands[i].units : 0;
    }
    return most(0, owed - most(0, cell->on_hand - cell->held));
}

static void add_locations(struct model *model, int sku)
{
    for (int site = 0; site < model->sites.count; site++) {
        const struct cell *cell = &model->cells[cell_of(sku, site)];
        if (!cell->row) {
            continue;
        }
        model->shortfall += short_units(model, cell_of(sku, site));
        const struct location_document location = location_document(model, sku, site);
        add_document(model, KEY_LOCATION, KEY_STATE_LIVE, 0)->document.location = location;
    }
}

static void add_order(struct model *model, const struct order *order)
{
    if (order->state == KEY_STATE_NONE) {
        return;
    }
    struct order_document document = { .order_id = order->id };
    if (order->state == KEY_STATE_LIVE) {
        document = order_document(model, order);
    }
    struct document *added =
        &add_document(model, KEY_ORDER, order->state, order->tombstone_sequence)->document;
    added->as_of = order->newest;
    added->order = document;
}

const struct model_document *model_documents(struct model *model, uint32_t *out_count)
{
    for (size_t i = 0; i < model->scratch_count; i++) {
        free(model->scratch[i]);
    }
    model->scratch_count = 0;
    model->document_count = 0;
    model->shortfall = 0;
    owed_add_up(model);
    add_promises(model);
    for (int sku = 0; sku < model->skus.count; sku++) {
        add_items(model, sku);
        add_locations(model, sku);
    }
    for (size_t i = 0; i < model->order_count; i++) {
        add_order(model, model->orders[i]);
    }
    *out_count = model->document_count;
    return model->documents;
}
