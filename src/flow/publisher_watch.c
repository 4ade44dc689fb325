/* SPDX-License-Identifier: Apache-2.0 */
/* Acknowledgements, our own outputs watched and mended, and the watermarks we tell. */
#include "publisher_state.h"

/* ------------------------------------------------------------------ acknowledgements */

/* One stretch is read at a time; what comes meanwhile waits its turn. */
static void read_back_begins(struct publisher *publisher, enum topic topic, int32_t partition,
                             int64_t until)
{
    const int64_t next = publisher->owned[partition].next_offset[topic];
    const int64_t from = next < 0 ? 0 : next;
    if (from < until &&
        publisher->stretch_last - publisher->stretch_first < STRETCH_COUNT_MAX) {
        publisher->stretches[publisher->stretch_last++ % STRETCH_COUNT_MAX] =
            (struct stretch){ topic, partition, next < 0, from, until };
    }
}

/*
 * A partition that was taken is read back once, behind live work: while nobody watched, a former
 * owner that woke up may have written. From then on watching one's own outputs costs nothing:
 * acknowledged offsets of a partition follow each other. Where they do not, somebody else wrote:
 * that stretch is read. Keys that do not show there what they should are published again (contract
 * 3: compaction keeps the last, not the highest).
 */
static void note_offset(struct publisher *publisher, const struct sink_ack *ack)
{
    struct owned *owned = &publisher->owned[ack->partition];
    int64_t *next = &owned->next_offset[ack->topic];
    if (owned->is_owned && ack->offset > *next) {
        read_back_begins(publisher, ack->topic, ack->partition, ack->offset);
    }
    if (ack->offset >= *next) {
        *next = ack->offset + 1;
    }
}

/* A stranger's record behind our last: nothing of ours is in flight, and the end is further on. */
static void look_behind(struct publisher *publisher, int32_t partition)
{
    const struct sink_port *sink = publisher->ports.sink;
    struct owned *owned = &publisher->owned[partition];
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        const enum topic topic = world_key_topic((enum key_kind)kind);
        const int64_t end = sink->extent(sink->context, topic, partition).end;
        if (owned->in_flight[topic] == 0 && end > owned->next_offset[topic]) {
            read_back_begins(publisher, topic, partition, end);
            owned->next_offset[topic] = end;
        }
    }
}

static struct bytes header_value(const struct record *record, struct bytes name)
{
    for (uint32_t i = 0; i < record->header_count; i++) {
        if (bytes_equal(record->headers[i].name, name)) {
            return record->headers[i].value;
        }
    }
    return bytes_of(NULL, 0);
}

static uint64_t version_of(const struct record *record)
{
    const struct bytes digits = header_value(record, BYTES_LITERAL("ce_version"));
    uint64_t version = 0;
    for (size_t i = 0; i < digits.count; i++) {
        const uint8_t digit = digits.data[i];
        if (digit < '0' || digit > '9') {
            return 0;
        }
        version = version * 10 + (uint64_t)(digit - '0');
    }
    return version;
}

/* Whether a record of ours has the content that its key has now: nothing changed since its version,
 * or what is derived now, given its version and as_of, has the same bytes. */
static bool record_shows(struct publisher *publisher, struct document_key key,
                         const struct record *record)
{
    const bool tombstone = world_key_state(publisher->world, key) == KEY_STATE_TOMBSTONE;
    if (tombstone || !record->value.data) {
        return tombstone == !record->value.data;
    }
    const uint64_t version = version_of(record);
    if (!world_key_due(publisher->world, key, version)) {
        return true;
    }
    struct worker *worker = &publisher->workers[0];
    arena_reset(&worker->arena);
    struct document document;
    world_derive(publisher->world, key, &worker->arena, &document);
    document.version = version;
    if (!text_rules_instant(header_value(record, BYTES_LITERAL("ce_time")), &document.as_of)) {
        document.as_of = TIME_NONE;
    }
    struct buffer value = buffer_of(worker->value, WORKER_VALUE_BYTES);
    document_encode(&document, publisher->options.encoding, &value);
    return !value.overflowed && bytes_equal(buffer_bytes(&value), record->value);
}

/*
 * Of a partition just taken the last record of a key decides, and none where we have published the
 * key ourselves since. Elsewhere every record does: ours may be before or behind it.
 */
static void read_record(struct publisher *publisher, const struct record *record)
{
    const struct stretch *read = &publisher->read;
    const struct document_key key = world_find_key(publisher->world, read->topic, record->key);
    if (!key.row || world_key_state(publisher->world, key) == KEY_STATE_NONE ||
        !publisher->owned[read->partition].is_owned ||
        publisher_partition_of(publisher, key) != read->partition) {
        return;
    }
    struct shown *shown = publisher_shown_of(publisher, key, read->partition);
    if (read->whole && shown->hash != 0) {
        return;
    }
    const bool wrong = !record_shows(publisher, key, record);
    if (read->whole) {
        shown->wrong = wrong;
        publisher->any_wrong = publisher->any_wrong || wrong;
    } else if (wrong) {
        publisher_repair(publisher, key, shown);
    }
}

/* What a walk finds wrong after the stretch was read, it repairs. */
static void read_back_ends(struct publisher *publisher)
{
    publisher->reading = false;
    if (publisher->any_wrong) {
        publisher->any_wrong = false;
        publisher->sites_awaited = true;
        publisher->repair_walk = publisher->walk + (publisher->walking ? 2 : 1);
    }
}

void publisher_read_back(struct publisher *publisher)
{
    const struct sink_port *sink = publisher->ports.sink;
    if (!publisher->reading && publisher->stretch_first < publisher->stretch_last) {
        publisher->reading = true;
        publisher->read = publisher->stretches[publisher->stretch_first++ % STRETCH_COUNT_MAX];
        sink->read_begin(sink->context, publisher->read.topic, publisher->read.partition,
                         publisher->read.from);
    }
    for (uint32_t left = OWN_READ_SLICE; publisher->reading && left > 0; left--) {
        struct record record;
        const enum status status = sink->read_next(sink->context, &record);
        if (status == STATUS_AGAIN) {
            return;
        }
        if (status != STATUS_OK || record.offset >= publisher->read.until) {
            read_back_ends(publisher);
            return;
        }
        read_record(publisher, &record);
    }
}

/* Sent when the partition was ours before; others had it since, and their record may lie before. */
static void late_arrival(struct publisher *publisher, const struct flight *flight,
                         int32_t partition)
{
    const struct owned *owned = &publisher->owned[partition];
    if (!owned->is_owned || flight->epoch == owned->epoch ||
        world_key_state(publisher->world, flight->key) == KEY_STATE_NONE ||
        publisher_partition_of(publisher, flight->key) != partition ||
        !world_key_due(publisher->world, flight->key, flight->sequence)) {
        return;
    }
    publisher_repair(publisher, flight->key, publisher_shown_of(publisher, flight->key, partition));
}

static void flight_acked(struct publisher *publisher, const struct sink_ack *ack)
{
    const uint32_t index = (uint32_t)ack->token;
    CHECK(index > 0 && index < FLIGHT_COUNT_MAX);
    const struct flight flight = publisher->flights[index];
    publisher_flight_free(publisher, index);
    publisher->owned[ack->partition].in_flight[ack->topic]--;
    struct shown *shown = &publisher->shown[flight.key.kind][flight.key.row];
    const bool same = shown->epoch == flight.epoch;
    if (ack->delivered) {
        publisher->stats->published[ack->topic]++;
        if (same && flight.tombstone) {
            *shown = (struct shown){ .epoch = shown->epoch, .sequence = flight.sequence,
                                     .hash = 1, .due = shown->due };
        } else if (same && flight.sequence > shown->sequence) {
            shown->sequence = flight.sequence;
        }
        note_offset(publisher, ack);
        late_arrival(publisher, &flight, ack->partition);
    } else if (same && !ack->too_large) {
        publisher->stats->publish_failures++;
        shown->hash = 0;
        publisher_rounds_lose(publisher, flight.round);
        if (world_key_state(publisher->world, flight.key) != KEY_STATE_NONE) {
            publisher_make_due(publisher, flight.key, shown);
        }
    } else if (ack->too_large) {
        publisher->stats->suppressed[SUPPRESSED_TOO_LARGE]++;
    }
    publisher_round_done(publisher, flight.round);
}

void publisher_take_acks(struct publisher *publisher)
{
    const struct sink_port *sink = publisher->ports.sink;
    struct sink_ack ack;
    while (sink->next_ack(sink->context, &ack) == STATUS_OK) {
        if (rejects_token(ack.token)) {
            rejects_acked(publisher->rejects, &ack);
        } else if (ack.token >> WATERMARK_TOKEN_BIT & 1) {
            publisher->stats->published[TOPIC_WATERMARKS] += ack.delivered;
        } else {
            flight_acked(publisher, &ack);
        }
    }
    publisher_rounds_settle(publisher);
}

/* ------------------------------------------------------------------ watermarks */

uint64_t publisher_watermark(const struct publisher *publisher, int32_t partition)
{
    const struct owned *owned = &publisher->owned[partition];
    if (!owned->is_owned) {
        return 0;
    }
    if (!publisher_is_ready(publisher, partition)) {
        return owned->from;
    }
    const uint64_t rejects = rejects_settled(publisher->rejects, publisher->world);
    const uint64_t documents = publisher->watermark;
    const uint64_t least = rejects < documents ? rejects : documents;
    return least > owned->from ? least : owned->from;
}

/* With no shared change since the last walk, and no site's since the last pass, what is shown at
 * all is swept, too. */
uint64_t publisher_swept_of(const struct publisher *publisher, int32_t partition)
{
    const struct owned *owned = &publisher->owned[partition];
    if (!owned->is_owned) {
        return 0;
    }
    if (!publisher_is_ready(publisher, partition)) {
        return owned->from;
    }
    uint64_t swept = publisher_watermark(publisher, partition);
    if ((publisher->swept < world_shared_changed(publisher->world) ||
         publisher->swept < world_capacity_changed(publisher->world)) &&
        publisher->swept < swept) {
        swept = publisher->swept;
    }
    if (publisher->sites_swept < world_sites_changed(publisher->world) &&
        publisher->sites_swept < swept) {
        swept = publisher->sites_swept;
    }
    return swept;
}

static void send_watermark(struct publisher *publisher, int32_t partition)
{
    const double lag_seconds = (double)publisher->input_lag_ms / 1000.0;
    const struct document document = {
        .topic = TOPIC_WATERMARKS,
        .as_of = world_as_of(publisher->world),
        .watermark = { .partition = (uint32_t)partition,
                       .sequence = publisher_watermark(publisher, partition),
                       .swept = publisher_swept_of(publisher, partition),
                       .lag_seconds = lag_seconds,
                       .caught_up = publisher->caught_up && lag_seconds < 1.0,
                       .owner = publisher->options.owner },
    };
    uint8_t key_room[RECORD_KEY_BYTES_MAX];
    uint8_t value_room[1024];
    struct buffer key = buffer_of(key_room, sizeof key_room);
    struct buffer value = buffer_of(value_room, sizeof value_room);
    document_encode_key(&document, &key);
    document_encode(&document, publisher->options.encoding, &value);
    struct document_headers headers;
    document_headers(&document, publisher->options.source, publisher->options.encoding, true,
                     &headers);
    const struct sink_record record = {
        .topic = TOPIC_WATERMARKS,
        .partition = partition,
        .key = buffer_bytes(&key),
        .value = buffer_bytes(&value),
        .headers = headers.headers,
        .header_count = headers.count,
        .token = UINT64_C(1) << WATERMARK_TOKEN_BIT,
    };
    (void)publisher->ports.sink->produce(publisher->ports.sink->context, &record);
}

/* A heartbeat that does not fit the queue is not missed: the next one says more. A watermark says
 * nothing before the first entry counts (contract 6). */
void publisher_heartbeat(struct publisher *publisher, int64_t now)
{
    if (now - publisher->last_heartbeat_us < publisher->options.heartbeat_us ||
        world_sequence(publisher->world) == 0) {
        return;
    }
    publisher->last_heartbeat_us = now;
    for (int32_t p = 0; p < publisher->partition_count; p++) {
        if (publisher->owned[p].is_owned) {
            look_behind(publisher, p);
            send_watermark(publisher, p);
        }
    }
}
