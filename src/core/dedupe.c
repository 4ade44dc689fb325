/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dedupe.h"

_Static_assert(sizeof(struct input) == 48, "no hidden padding");
_Static_assert(sizeof(struct identity) == 48, "no hidden padding");

void dedupe_init(struct dedupe *dedupe, struct arena *arena, struct arena *spill,
                 uint32_t identity_count_max)
{
    table_init(&dedupe->inputs, arena, spill, sizeof(struct input),
               TOPIC_INPUT_COUNT * INPUT_PARTITIONS_MAX + 1);
    table_init(&dedupe->identities, arena, spill, sizeof(struct identity), identity_count_max);
    map_init(&dedupe->by_identity, arena, identity_count_max);
    dedupe->input_rows = arena_take(arena, (size_t)TOPIC_INPUT_COUNT * INPUT_PARTITIONS_MAX *
                                               sizeof *dedupe->input_rows);
}

static uint32_t *input_slot(const struct dedupe *dedupe, enum topic topic, int32_t partition)
{
    CHECK(topic_is_input(topic) && partition >= 0 && partition < INPUT_PARTITIONS_MAX);
    return &dedupe->input_rows[(uint32_t)topic * INPUT_PARTITIONS_MAX + (uint32_t)partition];
}

uint32_t dedupe_input_find(const struct dedupe *dedupe, enum topic topic, int32_t partition)
{
    return *input_slot(dedupe, topic, partition);
}

uint32_t dedupe_input(struct dedupe *dedupe, enum topic topic, int32_t partition)
{
    uint32_t *slot = input_slot(dedupe, topic, partition);
    if (!*slot) {
        *slot = table_add(&dedupe->inputs);
        CHECK(*slot != 0);
        struct input *input = table_edit(&dedupe->inputs, *slot);
        input->topic = topic;
        input->partition = partition;
        input->newest_timestamp_ms = TIME_NONE;
        input->newest_time_ns = TIME_NONE;
    }
    return *slot;
}

const struct input *dedupe_input_row(const struct dedupe *dedupe, uint32_t input)
{
    return table_row(&dedupe->inputs, input);
}

void dedupe_read(struct dedupe *dedupe, uint32_t row, int64_t offset, int64_t timestamp_ms)
{
    struct input *input = table_edit(&dedupe->inputs, row);
    if (offset >= input->position) {
        input->position = offset + 1;
    }
    if (timestamp_ms > input->newest_timestamp_ms) {
        input->newest_timestamp_ms = timestamp_ms;
    }
}

static void put_part(struct buffer *buffer, struct bytes part)
{
    const uint32_t count = (uint32_t)part.count;
    buffer_put(buffer, &count, sizeof count);
    buffer_put_bytes(buffer, part);
}

struct hash128 dedupe_identity(enum topic topic, struct bytes key, struct bytes source,
                               struct bytes id)
{
    uint8_t room[4 * (KEY_BYTES_MAX + sizeof(uint32_t))];
    struct buffer whole = buffer_of(room, sizeof room);
    buffer_put_byte(&whole, (uint8_t)topic);
    put_part(&whole, key);
    put_part(&whole, source);
    put_part(&whole, id);
    CHECK(!whole.overflowed);
    return hash128_bytes(buffer_bytes(&whole));
}

static uint64_t identity_hash(const struct hash128 *identity)
{
    uint64_t hash;
    memcpy(&hash, identity->bytes, sizeof hash);
    return hash;
}

struct sought {
    struct hash128 id;
    int64_t window_ms;
};

static int64_t window_start(const struct input *input, int64_t window_ms)
{
    int64_t start;
    if (__builtin_sub_overflow(input->newest_timestamp_ms, window_ms, &start)) {
        return INT64_MIN;
    }
    return start;
}

/* An identity that the window has left is no longer known, whether or not it was removed yet. */
static bool same_identity(const void *owner, const void *key, uint32_t row)
{
    const struct dedupe *dedupe = owner;
    const struct sought *sought = key;
    const struct identity *identity = table_row(&dedupe->identities, row);
    return memcmp(&identity->id, &sought->id, sizeof identity->id) == 0 &&
           identity->timestamp_ms >=
               window_start(dedupe_input_row(dedupe, identity->input), sought->window_ms);
}

bool dedupe_known(const struct dedupe *dedupe, struct hash128 id, int64_t window_ms,
                  uint64_t *out_content)
{
    const struct sought sought = { id, window_ms };
    const uint32_t row =
        map_find(&dedupe->by_identity, identity_hash(&id), same_identity, dedupe, &sought);
    if (!row) {
        return false;
    }
    const struct identity *identity = table_row(&dedupe->identities, row);
    *out_content = identity->content;
    return true;
}

static void forget_old(struct dedupe *dedupe, struct input *input, int64_t window_ms)
{
    const int64_t start = window_start(input, window_ms);
    while (input->identity_first) {
        const uint32_t row = input->identity_first;
        const struct identity *identity = table_row(&dedupe->identities, row);
        if (identity->timestamp_ms >= start) {
            break;
        }
        input->identity_first = identity->next;
        map_remove(&dedupe->by_identity, identity_hash(&identity->id), row);
        table_remove(&dedupe->identities, row);
    }
    if (!input->identity_first) {
        input->identity_last = 0;
    }
}

bool dedupe_accept(struct dedupe *dedupe, uint32_t input_row, struct hash128 id, uint64_t content,
                   int64_t timestamp_ms, int64_t time_ns, int64_t window_ms)
{
    struct input *input = table_edit(&dedupe->inputs, input_row);
    if (time_ns > input->newest_time_ns) {
        input->newest_time_ns = time_ns;
    }
    forget_old(dedupe, input, window_ms);
    const uint32_t row = table_add(&dedupe->identities);
    if (!row) {
        return false;
    }
    struct identity *identity = table_edit(&dedupe->identities, row);
    identity->input = input_row;
    identity->id = id;
    identity->content = content;
    identity->timestamp_ms = timestamp_ms;
    if (input->identity_last) {
        ((struct identity *)table_edit(&dedupe->identities, input->identity_last))->next = row;
    } else {
        input->identity_first = row;
    }
    input->identity_last = row;
    map_add(&dedupe->by_identity, identity_hash(&id), row);
    return true;
}

void dedupe_restored(struct dedupe *dedupe)
{
    for (uint32_t row = 1; row < dedupe->inputs.row_count; row++) {
        const struct input *input = table_row(&dedupe->inputs, row);
        *input_slot(dedupe, (enum topic)input->topic, input->partition) = row;
    }
    for (uint32_t row = 1; row < dedupe->identities.row_count; row++) {
        if (table_has(&dedupe->identities, row)) {
            const struct identity *identity = table_row(&dedupe->identities, row);
            map_add(&dedupe->by_identity, identity_hash(&identity->id), row);
        }
    }
}
