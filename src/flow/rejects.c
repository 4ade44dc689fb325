/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/rejects.h"

/*
 * The ring holds one kept record after another, each a header, its texts and its bytes, so that a
 * kept record never wraps: what does not fit before the end of the ring goes to its start.
 */
enum {
    REJECT_RING_BYTES = 256 * 1024 * 1024,
    REJECT_SLOTS_MAX = 1 << 20,
    REJECT_HEADERS_MAX = SINK_HEADERS_MAX - 6,
    REJECT_RESERVE_BYTES = 4 * MESSAGE_BYTES_MAX,
    REJECT_TOKEN_BIT = 62,
};

enum kept_state {
    KEPT_WAITING,                /* to be produced, or its partition may be ours by then */
    KEPT_PASSED,                 /* its partition is not ours */
    KEPT_SENT,
    KEPT_DONE,                   /* acknowledged */
};

struct kept {
    enum kept_state state;
    enum topic topic;
    int32_t partition;
    int64_t offset;
    uint64_t sequence;           /* of the entry that refused it, once looked at */
    size_t at;                   /* in the ring */
    size_t bytes;
    struct bytes key;
    struct bytes value;
    uint32_t header_count;       /* record_header structs at the start of its bytes */
    bool truncated;
};

struct rejects {
    struct stats *stats;
    uint8_t *ring;
    struct kept *slots;          /* first .. last, by number mod REJECT_SLOTS_MAX */
    uint64_t first;
    uint64_t last;
    uint64_t world_cursor;       /* of the last one looked at for publishing */
    uint64_t next;               /* slot that goes with it */
    uint64_t looked_sequence;    /* all up to it were looked at: produced, or not ours */
    uint64_t settled;            /* slots before this one are not ours, or acknowledged */
    size_t write_at;
    struct buffer text;
    uint8_t text_room[1024];
};

size_t rejects_bytes(void)
{
    return sizeof(struct rejects) + REJECT_RING_BYTES + REJECT_SLOTS_MAX * sizeof(struct kept) + 64;
}

struct rejects *rejects_init(struct arena *arena, struct stats *stats)
{
    struct rejects *rejects = arena_take(arena, sizeof *rejects);
    memset(rejects, 0, sizeof *rejects);
    rejects->stats = stats;
    rejects->ring = arena_take(arena, REJECT_RING_BYTES);
    rejects->slots = arena_take(arena, REJECT_SLOTS_MAX * sizeof *rejects->slots);
    return rejects;
}

static struct kept *slot(struct rejects *rejects, uint64_t number)
{
    return &rejects->slots[number % REJECT_SLOTS_MAX];
}

/* Free bytes in one piece behind write_at, or from the start of the ring. */
static bool find_room(const struct rejects *rejects, size_t bytes, size_t *out_at)
{
    if (rejects->first == rejects->last) {
        *out_at = 0;
        return bytes <= REJECT_RING_BYTES;
    }
    const size_t oldest = rejects->slots[rejects->first % REJECT_SLOTS_MAX].at;
    if (rejects->write_at > oldest) {
        if (REJECT_RING_BYTES - rejects->write_at >= bytes) {
            *out_at = rejects->write_at;
            return true;
        }
        *out_at = 0;
        return oldest > bytes;
    }
    *out_at = rejects->write_at;
    return oldest - rejects->write_at > bytes;
}

bool rejects_have_room(const struct rejects *rejects)
{
    size_t at;
    return rejects->last - rejects->first < REJECT_SLOTS_MAX &&
           find_room(rejects, REJECT_RESERVE_BYTES, &at);
}

static size_t record_bytes(const struct record *record)
{
    size_t bytes = record->header_count * sizeof(struct record_header);
    bytes += record->key.count + record->value.count;
    for (uint32_t i = 0; i < record->header_count; i++) {
        bytes += record->headers[i].name.count + record->headers[i].value.count;
    }
    return (bytes + 15) & ~(size_t)15;
}

static struct bytes put(uint8_t **at, struct bytes bytes)
{
    const struct bytes copy = bytes.data ? bytes_of(*at, bytes.count) : bytes;
    if (bytes.count) {
        memcpy(*at, bytes.data, bytes.count);
        *at += bytes.count;
    }
    return copy;
}

bool rejects_keep(struct rejects *rejects, const struct record *record)
{
    const size_t bytes = record_bytes(record);
    size_t at;
    if (rejects->last - rejects->first == REJECT_SLOTS_MAX || !find_room(rejects, bytes, &at)) {
        return false;
    }
    uint8_t *write = rejects->ring + at;
    struct record_header *headers = (struct record_header *)(void *)write;
    write += record->header_count * sizeof *headers;
    for (uint32_t i = 0; i < record->header_count; i++) {
        headers[i].name = put(&write, record->headers[i].name);
        headers[i].value = put(&write, record->headers[i].value);
    }
    struct kept *kept = slot(rejects, rejects->last++);
    *kept = (struct kept){ .topic = record->topic,
                           .partition = record->partition,
                           .offset = record->offset,
                           .at = at,
                           .bytes = bytes,
                           .header_count = record->header_count };
    kept->key = put(&write, record->key);
    kept->value = put(&write, record->value);
    rejects->write_at = at + bytes;
    return true;
}

int64_t rejects_first_missing(const struct world *world)
{
    uint64_t cursor = 0;
    struct rejected rejected;
    return world_rejected(world, &cursor, &rejected) ? rejected.place.journal_offset : -1;
}

static bool kept_is(const struct kept *kept, const struct record_place *place)
{
    return kept->topic == place->topic && kept->partition == place->partition &&
           kept->offset == place->offset;
}

void rejects_recall(struct rejects *rejects, const struct world *world,
                    const struct record *record, int64_t journal_offset)
{
    uint64_t cursor = 0;
    struct rejected rejected;
    while (world_rejected(world, &cursor, &rejected)) {
        if (rejected.place.journal_offset == journal_offset &&
            rejected.place.topic == record->topic &&
            rejected.place.partition == record->partition &&
            rejected.place.offset == record->offset) {
            (void)rejects_keep(rejects, record);
            return;
        }
    }
}

/* What the world has forgotten, all have published: its bytes are needed no more. */
static void drop_forgotten(struct rejects *rejects, const struct world *world)
{
    uint64_t cursor = 0;
    struct rejected oldest;
    const bool any = world_rejected(world, &cursor, &oldest);
    while (rejects->first < rejects->last &&
           !(any && kept_is(slot(rejects, rejects->first), &oldest.place))) {
        rejects->first++;
    }
    if (rejects->next < rejects->first) {
        rejects->next = rejects->first;
    }
    if (rejects->settled < rejects->first) {
        rejects->settled = rejects->first;
    }
}

static struct bytes number_text(struct rejects *rejects, int64_t number)
{
    char digits[24];
    size_t count = 0;
    uint64_t left = number < 0 ? (uint64_t)-number : (uint64_t)number;
    do {
        digits[sizeof digits - ++count] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (number < 0) {
        digits[sizeof digits - ++count] = '-';
    }
    const size_t at = rejects->text.count;
    buffer_put(&rejects->text, digits + sizeof digits - count, count);
    return bytes_of(rejects->text.data + at, count);
}

static struct record_header header(const char *name, struct bytes value)
{
    return (struct record_header){ bytes_text(name), value };
}

/* Key, value and headers byte for byte, and why and whence; without value where it is too large. */
static enum status produce(struct rejects *rejects, const struct sink_port *sink,
                           const struct kept *kept, const struct rejected *rejected,
                           uint64_t number, int32_t partition_count)
{
    struct record_header headers[SINK_HEADERS_MAX];
    const struct record_header *own =
        (const struct record_header *)(const void *)(rejects->ring + kept->at);
    uint32_t count = kept->header_count < REJECT_HEADERS_MAX ? kept->header_count
                                                             : REJECT_HEADERS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        headers[i] = own[i];
    }
    rejects->text = buffer_of(rejects->text_room, sizeof rejects->text_room);
    headers[count++] = header("dlq_reason", bytes_text(REFUSAL_NAMES[rejected->refusal]));
    headers[count++] = header("dlq_detail", rejected->detail);
    headers[count++] = header("dlq_topic", bytes_text(TOPICS[kept->topic].name));
    headers[count++] = header("dlq_partition", number_text(rejects, kept->partition));
    headers[count++] = header("dlq_offset", number_text(rejects, kept->offset));
    if (kept->truncated) {
        headers[count++] = header("dlq_truncated", BYTES_LITERAL("true"));
    }
    const struct sink_record out = {
        .topic = TOPIC_REJECTS,
        .partition = kept->partition % partition_count,
        .key = kept->key,
        .value = kept->truncated ? bytes_of(NULL, 0) : kept->value,
        .headers = headers,
        .header_count = count,
        .token = UINT64_C(1) << REJECT_TOKEN_BIT | number,
    };
    return sink->produce(sink->context, &out);
}

/* Its turn: produced where its partition is ours and it was not yet. */
static enum status look_at(struct rejects *rejects, const struct rejected *rejected,
                           const struct sink_port *sink, const bool *owned,
                           int32_t partition_count)
{
    struct kept *kept = slot(rejects, rejects->next);
    kept->sequence = rejected->sequence;
    if (kept->state != KEPT_WAITING) {
        return STATUS_OK;
    }
    if (kept->partition < 0 || !owned[kept->partition % partition_count]) {
        kept->state = KEPT_PASSED;
        return STATUS_OK;
    }
    if (produce(rejects, sink, kept, rejected, rejects->next, partition_count) != STATUS_OK) {
        return STATUS_AGAIN;
    }
    kept->state = KEPT_SENT;
    return STATUS_OK;
}

static void settle(struct rejects *rejects)
{
    while (rejects->settled < rejects->next &&
           (slot(rejects, rejects->settled)->state == KEPT_PASSED ||
            slot(rejects, rejects->settled)->state == KEPT_DONE)) {
        rejects->settled++;
    }
}

enum status rejects_step(struct rejects *rejects, const struct world *world,
                         const struct sink_port *sink, const bool *owned, int32_t partition_count)
{
    drop_forgotten(rejects, world);
    uint64_t cursor = rejects->world_cursor;
    struct rejected rejected;
    while (world_rejected(world, &cursor, &rejected)) {
        if (rejects->next < rejects->last &&
            kept_is(slot(rejects, rejects->next), &rejected.place)) {
            if (look_at(rejects, &rejected, sink, owned, partition_count) != STATUS_OK) {
                return STATUS_AGAIN;
            }
            rejects->next++;
        }
        rejects->world_cursor = cursor;
        rejects->looked_sequence = rejected.sequence - 1;   /* its entry may have refused more */
    }
    rejects->looked_sequence = world_sequence(world);
    settle(rejects);
    return STATUS_OK;
}

/* From this slot on they are looked at once more. */
static void look_again_from(struct rejects *rejects, uint64_t number)
{
    rejects->world_cursor = 0;
    rejects->next = number < rejects->next ? number : rejects->next;
    rejects->settled = number < rejects->settled ? number : rejects->settled;
}

void rejects_again(struct rejects *rejects)
{
    for (uint64_t number = rejects->first; number < rejects->last; number++) {
        if (slot(rejects, number)->state == KEPT_PASSED) {
            slot(rejects, number)->state = KEPT_WAITING;
        }
    }
    rejects->looked_sequence = 0;
    look_again_from(rejects, rejects->first);
}

bool rejects_token(uint64_t token)
{
    return (token >> REJECT_TOKEN_BIT & 1) != 0;
}

void rejects_acked(struct rejects *rejects, const struct sink_ack *ack)
{
    const uint64_t number = ack->token & ~(UINT64_C(1) << REJECT_TOKEN_BIT);
    rejects->stats->published[TOPIC_REJECTS] += ack->delivered;
    if (number < rejects->first) {
        return;
    }
    struct kept *kept = slot(rejects, number);
    CHECK(number < rejects->last && kept->state == KEPT_SENT);
    if (ack->delivered || (ack->too_large && kept->truncated)) {
        kept->state = KEPT_DONE;
        settle(rejects);
        return;
    }
    kept->truncated = kept->truncated || ack->too_large;
    kept->state = KEPT_WAITING;
    look_again_from(rejects, number);
}

uint64_t rejects_settled(const struct rejects *rejects, const struct world *world)
{
    (void)world;
    const struct kept *kept = &rejects->slots[rejects->settled % REJECT_SLOTS_MAX];
    if (rejects->settled < rejects->last && kept->sequence > 0 &&
        kept->sequence - 1 < rejects->looked_sequence) {
        return kept->sequence - 1;
    }
    return rejects->looked_sequence;
}
