/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What watermarks promised. The replay notes at which entries the content of each key changed. A
 * watermark says: everything in my partition is shown at least as of so much. So when it landed,
 * of each key the highest version published by then must be no older than the key's last change up
 * to there. Nothing may be forgotten, or left to whoever takes over, on a word that was not kept.
 */
#include "sim/sim_judge.h"

enum { MARK_KEYS_MAX = 2048, MARK_SLOTS = 4096, MARK_CHANGES_MAX = 1 << 16 };

/* The content of a key changed with this entry; a tombstone has the version of what it follows. */
struct change {
    uint64_t sequence;
    uint64_t version;                /* what has to be published to show it, at least */
    uint64_t content;
    uint32_t before;                 /* index of the key's change before; 0: none */
    bool tombstone;
};

struct marked_key {
    enum topic topic;
    struct bytes name;
    int32_t partition;
    enum key_state state;
    uint64_t content;
    uint32_t last;                   /* index of its last change */
};

static struct marks_kept {
    struct marked_key keys[MARK_KEYS_MAX];
    uint32_t key_count;
    uint32_t slots[MARK_SLOTS];      /* index of a key plus 1 */
    struct change changes[MARK_CHANGES_MAX];
    uint32_t change_count;
} kept;

void judge_marks_open(void)
{
    kept.key_count = 0;
    kept.change_count = 1;
    memset(kept.slots, 0, sizeof kept.slots);
}

static struct marked_key *key_of(struct sim *sim, enum topic topic, struct bytes name,
                                 int32_t partition)
{
    uint32_t slot = (uint32_t)(hash_bytes(name, topic) % MARK_SLOTS);
    for (; kept.slots[slot]; slot = (slot + 1) % MARK_SLOTS) {
        struct marked_key *key = &kept.keys[kept.slots[slot] - 1];
        if (key->topic == topic && bytes_equal(key->name, name)) {
            return key;
        }
    }
    CHECK(kept.key_count < MARK_KEYS_MAX);
    struct marked_key *key = &kept.keys[kept.key_count++];
    kept.slots[slot] = kept.key_count;
    *key = (struct marked_key){ .topic = topic, .name = sim_copy(sim, name),
                                .partition = partition };
    return key;
}

static void note_change(struct judge *judge, struct marked_key *key, enum key_state state,
                        const struct document *document)
{
    CHECK(kept.change_count < MARK_CHANGES_MAX);
    const bool tombstone = state == KEY_STATE_TOMBSTONE;
    kept.changes[kept.change_count] = (struct change){
        .sequence = world_sequence(judge->world),
        .version = tombstone ? document->version : world_sequence(judge->world),
        .content = document_content_hash(document),
        .before = key->last,
        .tombstone = tombstone,
    };
    key->last = kept.change_count++;
}

/* Content that changed without a word in world_key_due() would never be published. */
static void look_at_key(struct judge *judge, struct document_key at)
{
    const enum key_state state = world_key_state(judge->world, at);
    if (state == KEY_STATE_NONE) {
        return;
    }
    struct document document;
    uint8_t room[RECORD_KEY_BYTES_MAX];
    struct buffer name = buffer_of(room, sizeof room);
    arena_reset(&judge->scratch);
    world_derive(judge->world, at, &judge->scratch, &document);
    document_encode_key(&document, &name);
    struct marked_key *key =
        key_of(judge->sim, document.topic, buffer_bytes(&name),
               key_partition(world_key_part(judge->world, at), judge->sim->output_count));
    const uint64_t content = document_content_hash(&document);
    if (key->state == state && key->content == content) {
        return;
    }
    const uint64_t sequence = world_sequence(judge->world);
    if (!world_key_due(judge->world, at, sequence - 1) ||
        (at.kind == KEY_SITE && world_sites_changed(judge->world) != sequence)) {
        sim_fail(judge->sim, "%s %.*s changed at %llu, but does not say so",
                 TOPICS[key->topic].name, (int)name.count, (const char *)name.data,
                 (unsigned long long)sequence);
    }
    note_change(judge, key, state, &document);
    key->state = state;
    key->content = content;
}

void judge_marks_entry(struct judge *judge)
{
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        const uint32_t rows = world_key_row_count(judge->world, (enum key_kind)kind);
        for (uint32_t row = 1; row < rows; row++) {
            look_at_key(judge, (struct document_key){ (enum key_kind)kind, row });
        }
    }
}

/* ------------------------------------------------------------------ at the end */

static const struct change *last_change_until(const struct marked_key *key, uint64_t sequence)
{
    uint32_t at = key->last;
    while (at && kept.changes[at].sequence > sequence) {
        at = kept.changes[at].before;
    }
    return at ? &kept.changes[at] : NULL;
}

/* By this record: it is as new as the change, or came to the same content before. */
static bool shows(const struct marked_key *key, const struct change *change,
                  const struct sim_record *record)
{
    const uint64_t version = version_of(record);
    if (change->tombstone) {
        return version >= change->version && (!record->value.data || version > change->version);
    }
    const struct change *at = last_change_until(key, version);
    return version >= change->version || (at && at->content == change->content);
}

static bool was_shown(const struct sim_log *log, const struct marked_key *key,
                      const struct change *change, int64_t until_us)
{
    const struct sim_record *highest = NULL;
    for (int64_t offset = 0; offset < log->count; offset++) {
        const struct sim_record *record = &log->records[offset];
        if (record->landed_us <= until_us && bytes_equal(record->key, key->name) &&
            (!highest || version_of(record) > version_of(highest) ||
             (version_of(record) == version_of(highest) && !record->value.data))) {
            highest = record;
        }
    }
    if (!highest || shows(key, change, highest)) {
        return highest != NULL;
    }
    /* It may show a later state that is as it was before. */
    for (uint32_t at = key->last; at && kept.changes[at].sequence > change->sequence;
         at = kept.changes[at].before) {
        if (!kept.changes[at].tombstone && shows(key, &kept.changes[at], highest)) {
            return true;
        }
    }
    return false;
}

static void judge_mark_of_rejects(const struct judge *judge, int32_t partition,
                                  const struct sim_record *mark, uint64_t sequence)
{
    const struct sim_log *log = &judge->sim->logs[TOPIC_REJECTS][partition];
    for (uint32_t i = 0; i < judge->refused_count; i++) {
        const struct judge_refused *refused = &judge->refused[i];
        if (refused->place.partition < 0 || refused->sequence > sequence ||
            refused->place.partition % judge->sim->output_count != partition) {
            continue;
        }
        int64_t offset = 0;
        while (offset < log->count && log->records[offset].landed_us <= mark->landed_us &&
               !is_reject_of(&log->records[offset], &refused->place)) {
            offset++;
        }
        if (offset == log->count || log->records[offset].landed_us > mark->landed_us) {
            sim_fail(judge->sim,
                     "%u said that partition %d is shown as of %llu, but a reject of %llu is not",
                     mark->writer, partition, (unsigned long long)sequence,
                     (unsigned long long)refused->sequence);
        }
    }
}

static void judge_mark(const struct judge *judge, int32_t partition,
                       const struct sim_record *mark, uint64_t sequence)
{
    judge_mark_of_rejects(judge, partition, mark, sequence);
    for (uint32_t i = 0; i < kept.key_count; i++) {
        const struct marked_key *key = &kept.keys[i];
        const struct change *change = last_change_until(key, sequence);
        if (key->partition != partition || !change) {
            continue;
        }
        const struct sim_log *log = &judge->sim->logs[key->topic][partition];
        if (!was_shown(log, key, change, mark->landed_us)) {
            sim_fail(judge->sim,
                     "%u said that partition %d is shown as of %llu, but %s %.*s of %llu is not",
                     mark->writer, partition, (unsigned long long)sequence,
                     TOPICS[key->topic].name, (int)key->name.count,
                     (const char *)key->name.data, (unsigned long long)change->sequence);
        }
    }
}

static uint64_t sequence_of(const struct sim_record *mark)
{
    const struct bytes id = header_of(mark, "ce_id");
    size_t at = id.count;
    while (at > 0 && id.data[at - 1] != '/') {
        at--;
    }
    const uint64_t sequence = (uint64_t)number_of(bytes_of(id.data + at, id.count - at));
    const uint64_t swept = (uint64_t)number_of(header_of(mark, "ce_swept"));
    return sequence < swept ? sequence : swept;
}

/* Those that say no more than one before them add nothing. */
void judge_marks(struct judge *judge)
{
    for (int32_t p = 0; p < judge->sim->output_count; p++) {
        const struct sim_log *log = &judge->sim->logs[TOPIC_WATERMARKS][p];
        uint64_t judged = 0;
        for (int64_t offset = 0; offset < log->count; offset++) {
            const uint64_t sequence = sequence_of(&log->records[offset]);
            if (sequence > judged) {
                judge_mark(judge, p, &log->records[offset], sequence);
                judged = sequence;
            }
        }
    }
}
