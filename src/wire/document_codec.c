/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/document_codec.h"

#include "wire/document_fields.h"

/* ------------------------------------------------------------------ documents */

static void field_next(struct tree *tree, const struct document_next *next)
{
    tree_name(tree, "next");
    if (next->day == DAY_NONE) {
        tree_null(tree);
        return;
    }
    tree_map(tree, 2);
    field_day(tree, "date", next->day);
    field_int(tree, "quantity", next->quantity);
    tree_map_end(tree);
}

static void encode_item(struct tree *tree, const struct document *document)
{
    const struct item_document *item = &document->item;
    tree_map(tree, document_with_gone(document, 7));
    field_text(tree, "sku", item->sku);
    field_text(tree, "network", item->network);
    field_version(tree, document);
    field_text(tree, "status", bytes_text(AVAILABILITY_STATUS_NAMES[item->status]));
    field_int(tree, "available", item->available);
    field_next(tree, &item->next);
    document_end(tree, document);
}

static void encode_inbound(struct tree *tree, const struct inbound_document *inbound)
{
    tree_map(tree, 4);
    field_text(tree, "inbound_id", inbound->inbound_id);
    field_int(tree, "quantity", inbound->quantity);
    field_day(tree, "eta", inbound->eta);
    field_bool(tree, "overdue", inbound->overdue);
    tree_map_end(tree);
}

static void encode_location(struct tree *tree, const struct document *document)
{
    const struct location_document *location = &document->location;
    tree_map(tree, document_with_gone(document, 11));
    field_text(tree, "sku", location->sku);
    field_text(tree, "location", location->location);
    field_version(tree, document);
    field_int(tree, "on_hand", location->on_hand);
    field_int(tree, "held", location->held);
    field_int(tree, "allocated", location->allocated);
    field_int(tree, "safety_stock", location->safety_stock);
    field_int(tree, "available", location->available);
    field_next(tree, &location->next);
    tree_name(tree, "inbound");
    tree_array(tree, location->inbound_count);
    for (uint32_t i = 0; i < location->inbound_count; i++) {
        encode_inbound(tree, &location->inbound[i]);
    }
    tree_array_end(tree);
    document_end(tree, document);
}

static void encode_part(struct tree *tree, const struct part_document *part)
{
    tree_map(tree, 4);
    field_text(tree, "location", part->location);
    field_int(tree, "open", part->open);
    field_int(tree, "shipped", part->shipped);
    field_day(tree, "ship_on", part->ship_on);
    tree_map_end(tree);
}

static void encode_line(struct tree *tree, const struct line_document *line)
{
    tree_map(tree, 12);
    field_text(tree, "line_id", line->line_id);
    field_text(tree, "sku", line->sku);
    field_int(tree, "quantity", line->quantity);
    field_int(tree, "open", line->open);
    field_int(tree, "shipped", line->shipped);
    field_int(tree, "cancelled", line->cancelled);
    field_int(tree, "over_shipped", line->over_shipped);
    field_int(tree, "returned", line->returned);
    field_day(tree, "promised_by", line->promised_by);
    field_day(tree, "expected_by", line->expected_by);
    field_text(tree, "status", bytes_text(LINE_STATUS_NAMES[line->status]));
    tree_name(tree, "parts");
    tree_array(tree, line->part_count);
    for (uint32_t i = 0; i < line->part_count; i++) {
        encode_part(tree, &line->parts[i]);
    }
    tree_array_end(tree);
    tree_map_end(tree);
}

static void encode_order(struct tree *tree, const struct document *document)
{
    const struct order_document *order = &document->order;
    tree_map(tree, document_with_gone(document, 5));
    field_text(tree, "order_id", order->order_id);
    field_version(tree, document);
    field_text(tree, "status", bytes_text(ORDER_STATUS_NAMES[order->status]));
    tree_name(tree, "lines");
    tree_array(tree, order->line_count);
    for (uint32_t i = 0; i < order->line_count; i++) {
        encode_line(tree, &order->lines[i]);
    }
    tree_array_end(tree);
    document_end(tree, document);
}

/* Rounded to whole milliseconds; a clock that was set back shows no lag below zero. */
static int64_t lag_ms(double lag_seconds)
{
    const double lag_seconds_max = 1e12;
    if (!(lag_seconds > 0)) {
        return 0;
    }
    return (int64_t)((lag_seconds < lag_seconds_max ? lag_seconds : lag_seconds_max) * 1000 + 0.5);
}

static void encode_watermark(struct tree *tree, const struct document *document)
{
    const struct watermark_document *watermark = &document->watermark;
    tree_map(tree, 7);
    field_uint(tree, "partition", watermark->partition);
    field_uint(tree, "sequence", watermark->sequence);
    field_uint(tree, "swept", watermark->swept);
    field_as_of(tree, document->as_of);
    tree_name(tree, "lag_seconds");
    tree_thousandths(tree, lag_ms(watermark->lag_seconds));
    field_bool(tree, "caught_up", watermark->caught_up);
    field_text(tree, "owner", watermark->owner);
    tree_map_end(tree);
}

void document_encode(const struct document *document, enum encoding encoding,
                     struct buffer *out_value)
{
    struct tree tree = tree_of(encoding, out_value);
    switch (document->topic) {
    case TOPIC_AVAILABILITY_ITEMS: encode_item(&tree, document); break;
    case TOPIC_AVAILABILITY_LOCATIONS: encode_location(&tree, document); break;
    case TOPIC_PROMISES_ORDERS: encode_order(&tree, document); break;
    case TOPIC_PROMISES_ITEMS: document_promise_encode(&tree, document); break;
    case TOPIC_PROMISES_LOCATIONS: document_site_encode(&tree, document); break;
    default:
        CHECK(document->topic == TOPIC_WATERMARKS);
        encode_watermark(&tree, document);
        break;
    }
}

/* ------------------------------------------------------------------ key and headers */

static void put_pair(struct buffer *out, struct bytes first, struct bytes second)
{
    buffer_put_bytes(out, first);
    buffer_put_byte(out, '|');
    buffer_put_bytes(out, second);
}

static void put_decimal(struct buffer *out, uint64_t value)
{
    struct tree number = tree_of(ENCODING_JSON, out);
    tree_uint(&number, value);
}

void document_encode_key(const struct document *document, struct buffer *out_key)
{
    switch (document->topic) {
    case TOPIC_AVAILABILITY_ITEMS:
        put_pair(out_key, document->item.sku, document->item.network);
        break;
    case TOPIC_AVAILABILITY_LOCATIONS:
        put_pair(out_key, document->location.sku, document->location.location);
        break;
    case TOPIC_PROMISES_ORDERS: buffer_put_bytes(out_key, document->order.order_id); break;
    case TOPIC_PROMISES_ITEMS:
        put_pair(out_key, document->promise.sku, document->promise.network);
        break;
    case TOPIC_PROMISES_LOCATIONS: buffer_put_bytes(out_key, document->site.location); break;
    default:
        CHECK(document->topic == TOPIC_WATERMARKS);
        put_decimal(out_key, document->watermark.partition);
        break;
    }
}

static const char *ce_type(enum topic topic)
{
    switch (topic) {
    case TOPIC_AVAILABILITY_ITEMS: return "promised.availability.item";
    case TOPIC_AVAILABILITY_LOCATIONS: return "promised.availability.location";
    case TOPIC_PROMISES_ORDERS: return "promised.order";
    case TOPIC_PROMISES_ITEMS: return "promised.promise.item";
    case TOPIC_PROMISES_LOCATIONS: return "promised.promise.location";
    default: return "promised.watermark";
    }
}

static void header_add(struct document_headers *headers, const char *name, struct bytes value)
{
    CHECK(headers->count < sizeof headers->headers / sizeof *headers->headers);
    headers->headers[headers->count++] = (struct record_header){ bytes_text(name), value };
}

/* What was written to `text` from `begin` on. */
static struct bytes text_since(const struct buffer *text, size_t begin)
{
    return bytes_of(text->data + begin, text->count - begin);
}

/* Adds ce_id; the version, or what stands for it, is its tail. */
static struct bytes header_add_id(struct document_headers *headers, const struct document *document,
                                  struct buffer *text)
{
    const bool versioned = document->topic != TOPIC_WATERMARKS;
    buffer_put_bytes(text, bytes_text(TOPICS[document->topic].name));
    buffer_put_byte(text, '/');
    document_encode_key(document, text);
    buffer_put_byte(text, '/');
    const size_t version_begin = text->count;
    put_decimal(text, versioned ? document->version : document->watermark.sequence);
    header_add(headers, "ce_id", text_since(text, 0));
    return text_since(text, version_begin);
}

static void header_add_time(struct document_headers *headers, int64_t as_of, struct buffer *text)
{
    char instant[INSTANT_TEXT_BYTES];
    const size_t begin = text->count;
    buffer_put_bytes(text, date_text_instant(as_of, instant));
    header_add(headers, "ce_time", text_since(text, begin));
}

/* So that whoever follows watermarks need not decode their values. */
static void header_add_swept(struct document_headers *headers, uint64_t swept,
                             struct buffer *text)
{
    const size_t begin = text->count;
    put_decimal(text, swept);
    header_add(headers, "ce_swept", text_since(text, begin));
}

void document_headers(const struct document *document, struct bytes source, enum encoding encoding,
                      bool has_value, struct document_headers *out_headers)
{
    out_headers->count = 0;
    struct buffer text = buffer_of(out_headers->text, sizeof out_headers->text);
    header_add(out_headers, "ce_specversion", BYTES_LITERAL("1.0"));
    const struct bytes version = header_add_id(out_headers, document, &text);
    header_add(out_headers, "ce_source", source);
    header_add(out_headers, "ce_type", bytes_text(ce_type(document->topic)));
    if (document->topic != TOPIC_WATERMARKS) {
        header_add(out_headers, "ce_version", version);
    } else {
        header_add_swept(out_headers, document->watermark.swept, &text);
    }
    if (has_value) {
        if (document->as_of != TIME_NONE) {
            header_add_time(out_headers, document->as_of, &text);
        }
        header_add(out_headers, "content-type",
                   encoding == ENCODING_JSON ? BYTES_LITERAL("application/json")
                                             : BYTES_LITERAL("application/vnd.msgpack"));
    }
    CHECK(!text.overflowed);   /* identifiers are at most KEY_BYTES_MAX */
}

/* ------------------------------------------------------------------ content */

static uint64_t item_content(uint64_t hash, const struct item_document *item)
{
    const int64_t numbers[] = { item->status, item->available, item->next.day,
                                item->next.day == DAY_NONE ? 0 : item->next.quantity };
    hash = mix_text(mix_text(hash, item->sku), item->network);
    return mix_numbers(hash, numbers, sizeof numbers / sizeof *numbers);
}

static uint64_t location_content(uint64_t hash, const struct location_document *location)
{
    const int64_t numbers[] = {
        location->on_hand,      location->held,      location->allocated,
        location->safety_stock, location->available, location->next.day,
        location->next.day == DAY_NONE ? 0 : location->next.quantity,
        location->inbound_count,
    };
    hash = mix_text(mix_text(hash, location->sku), location->location);
    hash = mix_numbers(hash, numbers, sizeof numbers / sizeof *numbers);
    for (uint32_t i = 0; i < location->inbound_count; i++) {
        const struct inbound_document *inbound = &location->inbound[i];
        const int64_t shown[] = { inbound->quantity, inbound->eta, inbound->overdue };
        hash = mix_text(hash, inbound->inbound_id);
        hash = mix_numbers(hash, shown, sizeof shown / sizeof *shown);
    }
    return hash;
}

static uint64_t line_content(uint64_t hash, const struct line_document *line)
{
    const int64_t numbers[] = {
        line->quantity,     line->open,     line->shipped,     line->cancelled,
        line->over_shipped, line->returned, line->promised_by, line->expected_by,
        line->status,       line->part_count,
    };
    hash = mix_text(mix_text(hash, line->line_id), line->sku);
    hash = mix_numbers(hash, numbers, sizeof numbers / sizeof *numbers);
    for (uint32_t i = 0; i < line->part_count; i++) {
        const struct part_document *part = &line->parts[i];
        const int64_t shown[] = { part->open, part->shipped, part->ship_on };
        hash = mix_text(hash, part->location);
        hash = mix_numbers(hash, shown, sizeof shown / sizeof *shown);
    }
    return hash;
}

static uint64_t order_content(uint64_t hash, const struct order_document *order)
{
    const int64_t numbers[] = { order->status, order->line_count };
    hash = mix_numbers(mix_text(hash, order->order_id), numbers, 2);
    for (uint32_t i = 0; i < order->line_count; i++) {
        hash = line_content(hash, &order->lines[i]);
    }
    return hash;
}

static uint64_t watermark_content(uint64_t hash, const struct watermark_document *watermark)
{
    const int64_t numbers[] = {
        watermark->partition, (int64_t)watermark->sequence,    (int64_t)watermark->swept,
        watermark->caught_up, lag_ms(watermark->lag_seconds),
    };
    hash = mix_text(hash, watermark->owner);
    return mix_numbers(hash, numbers, sizeof numbers / sizeof *numbers);
}

uint64_t document_content_hash(const struct document *document)
{
    const int64_t kind[] = { document->topic, document->gone };
    const uint64_t hash = mix_numbers(0, kind, sizeof kind / sizeof *kind);
    switch (document->topic) {
    case TOPIC_AVAILABILITY_ITEMS: return item_content(hash, &document->item);
    case TOPIC_AVAILABILITY_LOCATIONS: return location_content(hash, &document->location);
    case TOPIC_PROMISES_ORDERS: return order_content(hash, &document->order);
    case TOPIC_PROMISES_ITEMS: return document_promise_content(hash, &document->promise);
    case TOPIC_PROMISES_LOCATIONS: return document_site_content(hash, &document->site);
    default: return watermark_content(hash, &document->watermark);
    }
}
