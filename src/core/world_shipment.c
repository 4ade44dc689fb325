/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shipments: the events of 2.3. What a shipment says of a line is kept as an entry with its goods,
 * as long as the order is: that is its identity (R4), and what a void takes back.
 *
 * Goods move when they can be known (R3, R12): those of a plain SKU at once, those of a bundle when
 * the line is placed; if the line turns out to have a recipe, what had moved is moved anew.
 */
#include "base/quantity.h"
#include "core/world_state.h"

/* ------------------------------------------------------------------ goods */

static bool kind_takes(uint8_t kind)
{
    return kind != ENTRY_RETURNED;
}

/* How one unit of these goods moves a balance: out, or back in. */
static int64_t entry_sign(const struct entry *entry)
{
    if (!kind_takes(entry->kind)) {
        return 1;
    }
    return entry->deducts ? -1 : 0;
}

static uint32_t goods_recipe(const struct world *world, const struct entry *entry,
                             const struct goods *goods)
{
    return goods->how == GOODS_LINE ? line_at(world, entry->line)->recipe_first
                                    : goods->recipe_first;
}

static void goods_move(struct world *world, uint32_t entry_row, const struct goods *goods,
                       int64_t window_ns)
{
    const struct entry entry = *entry_at(world, entry_row);
    const int64_t sign = entry_sign(&entry);
    uint32_t row = goods_recipe(world, &entry, goods);
    do {
        const uint32_t item = row ? component_at(world, row)->item : goods->item;
        const int64_t units =
            quantity_times(goods->units, row ? component_at(world, row)->quantity : 1);
        stock_move(world, item, entry.location, entry.time_ns, sign * units,
                   entry.unsellable ? units : 0, window_ns);
        item_seen(world, item, entry.time_ns);
        row = row ? component_at(world, row)->next : 0;
    } while (row);
}

static void goods_unmove(struct world *world, uint32_t entry_row, const struct goods *goods)
{
    const struct entry entry = *entry_at(world, entry_row);
    const int64_t sign = entry_sign(&entry);
    uint32_t row = goods_recipe(world, &entry, goods);
    do {
        const uint32_t item = row ? component_at(world, row)->item : goods->item;
        const int64_t units =
            quantity_times(goods->units, row ? component_at(world, row)->quantity : 1);
        if (entry.unsellable) {
            const uint32_t balance = need_balance(world, item, entry.location);
            struct balance *held = balance_edit(&world->balances, balance);
            held->held = quantity_more(0, quantity_add(held->held, -units));
        }
        stock_unmove(world, item, entry.location, entry.time_ns, sign * units);
        row = row ? component_at(world, row)->next : 0;
    } while (row);
}

/* What these goods are, as far as it can be known now; GOODS_WAIT: not yet. */
static enum goods_how goods_how_now(const struct world *world, const struct line *line,
                                    const struct goods *goods)
{
    const bool bundle = item_at(world, goods->item)->recipe_first != 0;
    if (line->item && line->item == goods->item) {
        return line->recipe_first ? GOODS_LINE : GOODS_SELF;
    }
    if (!bundle) {
        return GOODS_SELF;
    }
    return line->item ? GOODS_COPY : GOODS_WAIT;
}

void entry_apply_goods(struct world *world, uint32_t entry_row, int64_t window_ns)
{
    const struct line *line = line_at(world, entry_at(world, entry_row)->line);
    for (uint32_t row = entry_at(world, entry_row)->goods_first; row;
         row = goods_at(world, row)->next) {
        struct goods *goods = goods_edit(world, row);
        (void)need_balance(world, goods->item, entry_at(world, entry_row)->location);
        if (line->item && line->item != goods->item) {
            count_anomaly(world, ANOMALY_SKU_MISMATCH);
        }
        if (goods->how != GOODS_WAIT) {
            continue;
        }
        goods->how = goods_how_now(world, line, goods);
        if (goods->how == GOODS_COPY) {
            goods->recipe_first = recipe_copy(world, item_at(world, goods->item)->recipe_first);
        }
        if (goods->how != GOODS_WAIT) {
            goods_move(world, entry_row, goods, window_ns);
        }
    }
}

/* Of one item, or with 0 of all. */
static void entry_take_back_goods(struct world *world, uint32_t entry_row, uint32_t item)
{
    for (uint32_t row = entry_at(world, entry_row)->goods_first; row;
         row = goods_at(world, row)->next) {
        struct goods *goods = goods_edit(world, row);
        if (goods->how != GOODS_WAIT && (item == 0 || goods->item == item)) {
            goods_unmove(world, entry_row, goods);
            goods->how = GOODS_WAIT;
        }
    }
}

/* ------------------------------------------------------------------ entries */

static uint32_t entry_add(struct world *world, uint32_t line_row, uint32_t shipment,
                          enum entry_kind kind, uint32_t location, int64_t time_ns)
{
    const uint32_t row = row_add(&world->entries);
    struct entry *entry = entry_edit(world, row);
    entry->line = line_row;
    entry->kind = (uint8_t)kind;
    location_seen(world, location, time_ns);
    entry->location = location;
    entry->deducts = location_at(world, location)->deducts;
    entry->time_ns = time_ns;
    entry->next_of_line = line_at(world, line_row)->entry_first;
    line_edit(world, line_row)->entry_first = row;
    if (shipment) {
        entry->shipment = shipment;
        entry->next_of_shipment = shipment_at(world, shipment)->entry_first;
        shipment_edit(world, shipment)->entry_first = row;
    }
    return row;
}

static void entry_park(struct world *world, uint32_t row)
{
    struct entry *entry = entry_edit(world, row);
    entry->parked = ENTRY_PARKED;
    order_edit(world, line_at(world, entry->line)->order)->parked_count++;
    header_edit(world)->parked_count++;
    due_add(&world->due,
            instant_beyond(entry->time_ns, header_at(world)->settings.parked_alarm_ms),
            DUE_PARKED_ALARM, row);
}

/* R3: a parked entry that is older than limits.parked_alarm is an alarm. */
void entry_alarm_due(struct world *world, uint32_t row)
{
    if (!table_has(&world->entries, row) || entry_at(world, row)->parked != ENTRY_PARKED) {
        return;
    }
    const struct header *header = header_at(world);
    if (instant_beyond(entry_at(world, row)->time_ns, header->settings.parked_alarm_ms) <=
        header->now_ms) {
        entry_edit(world, row)->parked = ENTRY_ALARMED;
        header_edit(world)->parked_alarms++;
    }
}

void entry_unpark(struct world *world, uint32_t row)
{
    struct entry *entry = entry_edit(world, row);
    if (entry->parked == ENTRY_SETTLED) {
        return;
    }
    header_edit(world)->parked_alarms -= entry->parked == ENTRY_ALARMED;
    header_edit(world)->parked_count--;
    order_edit(world, line_at(world, entry->line)->order)->parked_count--;
    entry->parked = ENTRY_SETTLED;
}

static void entry_add_goods(struct world *world, uint32_t entry_row, uint32_t item, int64_t units)
{
    uint32_t row = entry_at(world, entry_row)->goods_first;
    while (row && goods_at(world, row)->item != item) {
        row = goods_at(world, row)->next;
    }
    if (!row) {
        row = row_add(&world->goods);
        struct goods *goods = goods_edit(world, row);
        goods->item = item;
        goods->next = entry_at(world, entry_row)->goods_first;
        entry_edit(world, entry_row)->goods_first = row;
    }
    goods_edit(world, row)->units += units;
    entry_edit(world, entry_row)->units += units;
}

static void entry_free(struct world *world, uint32_t row)
{
    const struct entry entry = *entry_at(world, row);
    uint32_t *link = &line_edit(world, entry.line)->entry_first;
    while (*link != row) {
        link = &entry_edit(world, *link)->next_of_line;
    }
    *link = entry.next_of_line;
    for (uint32_t goods = entry.goods_first; goods;) {
        const struct goods gone = *goods_at(world, goods);
        recipe_free(world, gone.recipe_first);
        table_remove(&world->goods, goods);
        goods = gone.next;
    }
    table_remove(&world->entries, row);
}

/* A return that names a line; kept until the line is placed (R3). */
void return_to_line(struct world *world, uint32_t line, const struct event *event,
                    int64_t window_ns)
{
    const uint32_t row = entry_add(world, line, 0, ENTRY_RETURNED,
                                   need_location(world, event->stock.location), event->time_ns);
    entry_add_goods(world, row, need_item(world, event->stock.sku), event->stock.quantity);
    entry_edit(world, row)->unsellable = !event->stock.sellable;
    entry_apply_goods(world, row, window_ns);
    if (line_at(world, line)->item) {
        entry_free(world, row);
    }
}

/* ------------------------------------------------------------------ what entries do to lines */

static void line_shipped(struct world *world, uint32_t line_row, uint32_t location, int64_t units)
{
    struct line *line = line_edit(world, line_row);
    line->shipped = quantity_add(line->shipped, units);
    struct part *part = part_edit(world, need_part(world, line_row, location));
    part->shipped = quantity_add(part->shipped, units);
    if (units > 0 && line->item && line->shipped > line->quantity) {
        count_anomaly(world, ANOMALY_OVER_SHIPPED);
    }
    line_reconcile(world, line_row, units > 0 ? location : 0);
}

/* 2.3: the units that were not found lose their location. */
static void line_shorted(struct world *world, uint32_t line_row, uint32_t location, int64_t units)
{
    const uint32_t part = need_part(world, line_row, location);
    const int64_t lost = quantity_less(units, part_at(world, part)->open);
    part_open_change(world, line_row, part, -lost);
    if (lost > 0) {
        part_left(world, part);
    }
    part_edit(world, part)->shorted = 1;
    unassigned_change(world, line_row, lost);
}

/* The line was placed: what waited for it takes effect (R3). Returns have no more to wait for. */
void line_joined(struct world *world, uint32_t line_row)
{
    const int64_t window_ns = header_at(world)->settings.reorder_window_ms * NS_PER_MS;
    for (uint32_t row = line_at(world, line_row)->entry_first; row;) {
        const struct entry entry = *entry_at(world, row);
        const bool is_void = entry.shipment && shipment_at(world, entry.shipment)->is_void &&
                             entry.kind == ENTRY_SHIPPED;
        const bool anew = line_at(world, line_row)->recipe_first != 0;
        if (anew && !is_void && (entry.parked || entry.kind == ENTRY_RETURNED)) {
            entry_take_back_goods(world, row, line_at(world, line_row)->item);
        }
        if (!is_void && (entry.parked || entry.kind == ENTRY_RETURNED)) {
            entry_apply_goods(world, row, window_ns);
        }
        if (entry.parked) {
            entry_unpark(world, row);
            if (entry.kind == ENTRY_SHORTED) {
                line_shorted(world, line_row, entry.location, entry.units);
            }
        }
        if (entry.kind == ENTRY_RETURNED) {
            entry_free(world, row);
        }
        row = entry.next_of_line;
    }
    const struct line *line = line_at(world, line_row);
    if (line->shipped > line->quantity) {
        count_anomaly(world, ANOMALY_OVER_SHIPPED);
    }
    line_judge(world, line_row);
}

bool line_is_delivered(const struct world *world, const struct line *line)
{
    bool any = false;
    for (uint32_t row = line->entry_first; row; row = entry_at(world, row)->next_of_line) {
        const struct entry *entry = entry_at(world, row);
        if (entry->kind != ENTRY_SHIPPED) {
            continue;
        }
        const struct shipment *shipment = shipment_at(world, entry->shipment);
        if (shipment->is_void) {
            continue;
        }
        if (!shipment->is_delivered) {
            return false;
        }
        any = true;
    }
    return any && line->open == 0 && line->shipped > 0;
}

/* Was the promise kept? Judged once a line, at its last delivery, by the civil date there. */
void line_judge(struct world *world, uint32_t row)
{
    struct line *line = line_edit(world, row);
    const int32_t promised_by = line_promised_by(line);
    if (!line->item || line->judged || promised_by == DAY_NONE ||
        !line_is_delivered(world, line)) {
        return;
    }
    int64_t last = TIME_NONE;
    uint32_t location = 0;
    for (uint32_t at = line->entry_first; at; at = entry_at(world, at)->next_of_line) {
        const struct entry *entry = entry_at(world, at);
        if (entry->kind == ENTRY_SHIPPED &&
            shipment_at(world, entry->shipment)->delivered_time > last) {
            last = shipment_at(world, entry->shipment)->delivered_time;
            location = entry->location;
        }
    }
    line->judged = 1;
    if (location_day(world, location, last / NS_PER_MS) <= promised_by) {
        header_edit(world)->promises_kept++;
    } else {
        header_edit(world)->promises_missed++;
    }
}

/* ------------------------------------------------------------------ shipped and shorted */

enum line_identity { LINE_NEW, LINE_KNOWN, LINE_CONFLICT };

static uint32_t find_entry(const struct world *world, uint32_t order, uint32_t shipment,
                           struct bytes line_id, enum entry_kind kind)
{
    const uint32_t line = order && shipment ? find_line(world, order, line_id) : 0;
    if (!line) {
        return 0;
    }
    uint32_t row = line_at(world, line)->entry_first;
    while (row && !(entry_at(world, row)->shipment == shipment &&
                    entry_at(world, row)->kind == kind)) {
        row = entry_at(world, row)->next_of_line;
    }
    return row;
}

/* Units of one sku that the record names for the line of its i-th entry. */
static int64_t named_units(const struct order_data *data, uint32_t i, struct bytes sku)
{
    int64_t units = 0;
    for (uint32_t j = 0; j < data->line_count; j++) {
        if (bytes_equal(data->lines[j].line_id, data->lines[i].line_id) &&
            bytes_equal(data->lines[j].sku, sku)) {
            units += data->lines[j].quantity;
        }
    }
    return units;
}

/* R4: the line's content is location, skus and quantities; entries of one line add up. */
static enum line_identity identify_line(const struct world *world, const struct order_data *data,
                                        uint32_t i, uint32_t entry_row)
{
    if (!entry_row) {
        return LINE_NEW;
    }
    const struct entry *entry = entry_at(world, entry_row);
    if (!bytes_equal(location_name(world, entry->location), data->location)) {
        return LINE_CONFLICT;
    }
    int64_t total = 0;
    for (uint32_t j = 0; j < data->line_count; j++) {
        if (bytes_equal(data->lines[j].line_id, data->lines[i].line_id)) {
            total += data->lines[j].quantity;
        }
    }
    if (total != entry->units) {
        return LINE_CONFLICT;
    }
    for (uint32_t row = entry->goods_first; row; row = goods_at(world, row)->next) {
        const struct goods *goods = goods_at(world, row);
        if (named_units(data, i, item_name(world, goods->item)) != goods->units) {
            return LINE_CONFLICT;
        }
    }
    return LINE_KNOWN;
}

static enum entry_kind entry_kind_of(const struct event *event)
{
    return event->type == EVENT_SHIPMENT_SHORTED ? ENTRY_SHORTED : ENTRY_SHIPPED;
}

/* Everything that can refuse the record, or find it known, before anything changes. */
static enum event_result check_goods(const struct world *world, struct applying *applying,
                                     uint32_t order, uint32_t shipment)
{
    const struct event *event = applying->event;
    const struct order_data *data = &event->order;
    if (shipment && shipment_at(world, shipment)->is_void &&
        event->type == EVENT_SHIPMENT_SHIPPED) {
        return refuse(applying, REFUSAL_CONFLICT, "the shipment was voided: its id stays void");
    }
    bool any_new = false;
    uint32_t line_count = order ? order_at(world, order)->line_count : 0;
    for (uint32_t i = 0; i < data->line_count; i++) {
        const struct line_data *line = &data->lines[i];
        switch (identify_line(world, data, i,
                              find_entry(world, order, shipment, line->line_id,
                                         entry_kind_of(event)))) {
        case LINE_CONFLICT:
            return refuse(applying, REFUSAL_CONFLICT,
                          "the shipment's line was reported before with other content");
        case LINE_NEW:
            any_new = true;
            break;
        case LINE_KNOWN:
            break;
        }
        line_count += !order || !find_line(world, order, line->line_id);
        if (line->quantity > 0) {
            const uint32_t item = find_item(world, line->sku);
            for (uint32_t row = item ? item_at(world, item)->recipe_first : 0; row;
                 row = component_at(world, row)->next) {
                if (quantity_times(line->quantity, component_at(world, row)->quantity) >
                    QUANTITY_MAX) {
                    return refuse(applying, REFUSAL_BAD_QUANTITY,
                                  "line of a bundle: too many components");
                }
            }
        }
    }
    if (!any_new) {
        return RESULT_DUPLICATE;
    }
    if (line_count > 2 * ORDER_LINES_MAX) {
        return refuse(applying, REFUSAL_BAD_VALUE, "the order would have too many lines");
    }
    return RESULT_APPLIED;
}

/* The record's entry for a line: made with the first of its goods, and fresh until it takes effect.
 * An entry that is there and not fresh was reported before: nothing of it counts again. */
static void entry_of_record(struct world *world, const struct event *event, uint32_t order,
                            uint32_t shipment, const struct line_data *data)
{
    uint32_t row = find_entry(world, order, shipment, data->line_id, entry_kind_of(event));
    if (!row) {
        const uint32_t line = need_line(world, order, data->line_id);
        row = entry_add(world, line, shipment, entry_kind_of(event),
                        need_location(world, event->order.location), event->time_ns);
        entry_edit(world, row)->parked = ENTRY_FRESH;
    }
    if (entry_at(world, row)->parked == ENTRY_FRESH) {
        entry_add_goods(world, row, need_item(world, data->sku), data->quantity);
    }
}

/* R9: what left is work of its civil date; of the line's item, or while that is not known of the
 * goods named. */
static void entry_book(struct world *world, uint32_t row)
{
    const struct entry entry = *entry_at(world, row);
    const uint32_t item = line_at(world, entry.line)->item;
    int64_t work = 0;
    for (uint32_t at = entry.goods_first; at; at = goods_at(world, at)->next) {
        const struct goods *goods = goods_at(world, at);
        const int64_t workload = item_at(world, item ? item : goods->item)->workload;
        work = quantity_less(work + work_of(goods->units, workload), WORK_MAX);
    }
    const int32_t day = location_day(world, entry.location, entry.time_ns / NS_PER_MS);
    entry_edit(world, row)->work = work;
    entry_edit(world, row)->day = day;
    book_shipped(world, need_part(world, entry.line, entry.location), day, work, true);
}

static void entry_unbook(struct world *world, uint32_t row)
{
    const struct entry *entry = entry_at(world, row);
    book_shipped(world, need_part(world, entry->line, entry->location), entry->day, entry->work,
                 false);
}

static void shipped_note(struct world *world, uint32_t entry)
{
    struct changes *changes = &world->changes;
    CHECK(changes->shipped_count < changes->count_max);
    changes->shipped[changes->shipped_count++] = entry;
}

/* A day so far ahead comes into reach when the event has moved now (`clock: event`). */
static bool day_in_reach(const struct world *world, uint32_t entry)
{
    const uint32_t location = entry_at(world, entry)->location;
    return location_day(world, location, entry_at(world, entry)->time_ns / NS_PER_MS) <
           location_at(world, location)->today + SITE_DAYS;
}

void shipped_book(struct world *world)
{
    struct changes *changes = &world->changes;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < changes->shipped_count; i++) {
        const uint32_t noted = changes->shipped[i];
        if (!day_in_reach(world, noted & ~VOIDED)) {
            changes->shipped[kept++] = noted;
        } else if (noted & VOIDED) {
            entry_unbook(world, noted & ~VOIDED);
        } else {
            entry_book(world, noted);
        }
    }
    changes->shipped_count = kept;
}

static bool entry_takes_effect(struct world *world, uint32_t row, int64_t window_ns)
{
    const struct entry entry = *entry_at(world, row);
    const uint32_t item = line_at(world, entry.line)->item;
    entry_edit(world, row)->parked = ENTRY_SETTLED;
    if (!item) {
        entry_park(world, row);
    }
    entry_apply_goods(world, row, window_ns);
    if (entry.kind == ENTRY_SHIPPED) {
        line_shipped(world, entry.line, entry.location, entry.units);
        shipped_note(world, row);
    } else if (item) {
        line_shorted(world, entry.line, entry.location, entry.units);
    }
    if (item) {
        item_seen(world, item, entry.time_ns);
        line_judge(world, entry.line);
    }
    return item != 0;
}

static enum event_result goods_leave(struct world *world, struct applying *applying,
                                     uint32_t order)
{
    const struct event *event = applying->event;
    const struct order_data *data = &event->order;
    uint32_t shipment = find_shipment(world, order, data->shipment_id);
    if (!shipment) {
        shipment = shipment_add(world, order, data->shipment_id);
        shipment_edit(world, shipment)->delivered_time = TIME_NONE;
        shipment_edit(world, shipment)->next = order_at(world, order)->shipment_first;
        order_edit(world, order)->shipment_first = shipment;
    }
    for (uint32_t i = 0; i < data->line_count; i++) {
        entry_of_record(world, event, order, shipment, &data->lines[i]);
    }
    enum event_result result = RESULT_APPLIED;
    for (uint32_t i = 0; i < data->line_count; i++) {
        const uint32_t entry =
            find_entry(world, order, shipment, data->lines[i].line_id, entry_kind_of(event));
        if (entry_at(world, entry)->parked == ENTRY_FRESH &&
            !entry_takes_effect(world, entry, applying->window_ns)) {
            result = RESULT_PARKED;
        }
    }
    return result;
}

/* ------------------------------------------------------------------ voided and delivered */

static void shipment_void(struct world *world, uint32_t shipment)
{
    shipment_edit(world, shipment)->is_void = 1;
    for (uint32_t row = shipment_at(world, shipment)->entry_first; row;
         row = entry_at(world, row)->next_of_shipment) {
        const struct entry entry = *entry_at(world, row);
        if (entry.kind != ENTRY_SHIPPED) {
            continue;
        }
        entry_take_back_goods(world, row, 0);
        line_shipped(world, entry.line, entry.location, -entry.units);
        shipped_note(world, row | VOIDED);
    }
}

static enum event_result shipment_ends(struct world *world, struct applying *applying,
                                       uint32_t order)
{
    const struct event *event = applying->event;
    uint32_t row = find_shipment(world, order, event->order.shipment_id);
    if (!row) {
        row = shipment_add(world, order, event->order.shipment_id);
        shipment_edit(world, row)->delivered_time = TIME_NONE;
        shipment_edit(world, row)->next = order_at(world, order)->shipment_first;
        order_edit(world, order)->shipment_first = row;
    }
    if (event->type == EVENT_SHIPMENT_VOIDED) {
        shipment_void(world, row);
    } else {
        struct shipment *shipment = shipment_edit(world, row);
        shipment->is_delivered = 1;
        shipment->delivered_time = event->time_ns;
    }
    for (uint32_t entry = shipment_at(world, row)->entry_first; entry;
         entry = entry_at(world, entry)->next_of_shipment) {
        line_judge(world, entry_at(world, entry)->line);
    }
    return order_at(world, order)->placed_count > 0 ? RESULT_APPLIED : RESULT_PARKED;
}

static bool already_ended(const struct world *world, uint32_t shipment, enum event_type type)
{
    return shipment && (type == EVENT_SHIPMENT_VOIDED ? shipment_at(world, shipment)->is_void
                                                      : shipment_at(world, shipment)->is_delivered);
}

enum event_result apply_shipment(struct world *world, struct applying *applying)
{
    const struct event *event = applying->event;
    const uint32_t found = find_order(world, event->order.order_id);
    const uint32_t known = order_is_known(world, found) ? found : 0;
    const uint32_t shipment =
        known ? find_shipment(world, known, event->order.shipment_id) : 0;
    const bool goods = event->order.line_count > 0;
    if (goods) {
        const enum event_result checked = check_goods(world, applying, known, shipment);
        if (checked != RESULT_APPLIED) {
            return checked;
        }
    } else if (already_ended(world, shipment, event->type)) {
        return RESULT_DUPLICATE;
    }
    const uint32_t order = order_named(world, applying, event->order.order_id, true);
    if (!order) {
        return RESULT_REJECTED;
    }
    applying->order = order;
    const enum event_result result = goods ? goods_leave(world, applying, order)
                                           : shipment_ends(world, applying, order);
    order_seen(world, order, event->time_ns);
    return result;
}
