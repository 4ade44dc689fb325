/* SPDX-License-Identifier: Apache-2.0 */
/* What was published, by whomever and whenever, held against the replay. */
#include "sim/sim_judge.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ published documents */

struct bytes header_of(const struct sim_record *record, const char *name)
{
    for (uint32_t i = 0; i < record->header_count; i++) {
        if (bytes_equal(record->headers[i].name, bytes_text(name))) {
            return record->headers[i].value;
        }
    }
    return bytes_of(NULL, 0);
}

int64_t number_of(struct bytes text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.count; i++) {
        number = number * 10 + (text.data[i] - '0');
    }
    return number;
}

uint64_t version_of(const struct sim_record *record)
{
    return (uint64_t)number_of(header_of(record, "ce_version"));
}

static int by_version(const void *a, const void *b)
{
    const struct shown_document *left = a;
    const struct shown_document *right = b;
    if (left->version != right->version) {
        return left->version < right->version ? -1 : 1;
    }
    return (left->offset > right->offset) - (left->offset < right->offset);
}

void judge_list_shown(struct judge *judge)
{
    struct sim *sim = judge->sim;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        const enum topic topic = world_key_topic((enum key_kind)kind);
        for (int32_t p = 0; p < sim->output_count; p++) {
            const struct sim_log *log = &sim->logs[topic][p];
            for (int64_t offset = 0; offset < log->count; offset++) {
                judge->shown = sim_grow(judge->shown, &judge->shown_capacity,
                                        judge->shown_count + 1, sizeof *judge->shown);
                judge->shown[judge->shown_count++] = (struct shown_document){
                    log, offset, version_of(&log->records[offset])
                };
            }
        }
    }
    qsort(judge->shown, judge->shown_count, sizeof *judge->shown, by_version);
    sim->outcome->published = judge->shown_count;
}

static struct bytes derived_value(struct judge *judge, struct document_key key)
{
    arena_reset(&judge->scratch);
    struct document document;
    world_derive(judge->world, key, &judge->scratch, &document);
    void *room = arena_take(&judge->scratch, MESSAGE_BYTES_MAX);
    struct buffer value = buffer_of(room, MESSAGE_BYTES_MAX);
    document_encode(&document, judge->sim->encoding, &value);
    return buffer_bytes(&value);
}

/* A version is the state after that entry: derived from it, the document is the same bytes. */
static void judge_shown(struct judge *judge, const struct shown_document *shown)
{
    const struct sim_record *record = &shown->log->records[shown->offset];
    const char *topic = TOPICS[shown->log->topic].name;
    const struct document_key key =
        world_find_key(judge->world, shown->log->topic, record->key);
    if (!key.row || world_key_state(judge->world, key) == KEY_STATE_NONE) {
        if (record->value.data) {
            sim_fail(judge->sim, "%s %.*s version %llu: there was no such key", topic,
                     (int)record->key.count, (const char *)record->key.data,
                     (unsigned long long)shown->version);
        }
        return;
    }
    if (!record->value.data) {
        return;
    }
    const struct bytes value = derived_value(judge, key);
    if (!bytes_equal(value, record->value)) {
        sim_fail(judge->sim, "%s %.*s version %llu by %u differs: published\n%.*s\nderived\n%.*s",
                 topic, (int)record->key.count, (const char *)record->key.data,
                 (unsigned long long)shown->version, record->writer,
                 judge->sim->encoding == ENCODING_JSON ? (int)record->value.count : 0,
                 (const char *)record->value.data,
                 judge->sim->encoding == ENCODING_JSON ? (int)value.count : 0,
                 (const char *)value.data);
    }
}

void judge_shown_until(struct judge *judge, uint64_t sequence)
{
    while (judge->shown_next < judge->shown_count &&
           judge->shown[judge->shown_next].version <= sequence) {
        const struct shown_document *shown = &judge->shown[judge->shown_next++];
        if (shown->version != sequence) {
            sim_fail(judge->sim, "%s has a version %llu that no entry has",
                     TOPICS[shown->log->topic].name, (unsigned long long)shown->version);
        }
        judge_shown(judge, shown);
    }
}

/* ------------------------------------------------------------------ at rest */

/* What a reader that keeps the highest version has, and what compaction leaves. */
struct final_records {
    const struct sim_record *highest;
    const struct sim_record *last;
};

static struct final_records final_of(const struct sim_log *log, struct bytes key)
{
    struct final_records final = { NULL, NULL };
    for (int64_t offset = 0; offset < log->count; offset++) {
        const struct sim_record *record = &log->records[offset];
        if (bytes_equal(record->key, key)) {
            final.last = record;
            if (!final.highest || version_of(record) >= version_of(final.highest)) {
                final.highest = record;
            }
        }
    }
    return final;
}

/* Its content is what is derived now; version and as_of may be older. */
static bool shows(struct judge *judge, struct document document, const struct sim_record *last)
{
    void *room = arena_take(&judge->scratch, MESSAGE_BYTES_MAX);
    struct buffer value = buffer_of(room, MESSAGE_BYTES_MAX);
    const struct bytes published = last->value;
    document.version = version_of(last);
    const struct bytes time = header_of(last, "ce_time");
    document.as_of = TIME_NONE;
    document_encode(&document, judge->sim->encoding, &value);
    if (!time.data) {
        return bytes_equal(buffer_bytes(&value), published);
    }
    /* as_of stands as text in both; find where it begins to differ by null, and skip it. */
    const struct bytes derived = buffer_bytes(&value);
    size_t begin = 0;
    while (begin < derived.count && begin < published.count &&
           derived.data[begin] == published.data[begin]) {
        begin++;
    }
    size_t left = derived.count;
    size_t right = published.count;
    while (left > begin && right > begin && derived.data[left - 1] == published.data[right - 1]) {
        left--;
        right--;
    }
    return right - begin >= time.count && right - begin <= time.count + 2 && left - begin <= 4;
}

static const char *wrong_with(struct judge *judge, enum key_state state,
                              const struct document *document, const struct sim_record *record)
{
    if (!record) {
        return "was never published";
    }
    if ((state == KEY_STATE_TOMBSTONE) != (record->value.data == NULL)) {
        return state == KEY_STATE_TOMBSTONE ? "has no tombstone" : "has a tombstone";
    }
    if (state != KEY_STATE_TOMBSTONE && !shows(judge, *document, record)) {
        return "does not show what is derived";
    }
    return NULL;
}

static void judge_final(struct judge *judge, struct document_key key)
{
    struct sim *sim = judge->sim;
    const enum key_state state = world_key_state(judge->world, key);
    if (state == KEY_STATE_NONE) {
        return;
    }
    struct document document;
    uint8_t key_room[RECORD_KEY_BYTES_MAX];
    struct buffer name = buffer_of(key_room, sizeof key_room);
    arena_reset(&judge->scratch);
    world_derive(judge->world, key, &judge->scratch, &document);
    document_encode_key(&document, &name);
    const int32_t partition =
        key_partition(world_key_part(judge->world, key), sim->output_count);
    const struct final_records final =
        final_of(&sim->logs[document.topic][partition], buffer_bytes(&name));
    const char *wrong = wrong_with(judge, state, &document, final.last);
    const bool last_is_wrong = wrong != NULL;
    if (!wrong) {
        wrong = wrong_with(judge, state, &document, final.highest);
    }
    if (wrong) {
        sim_fail(sim, "%s %.*s, changed at %llu, %s (%s, highest version %llu, last %llu)",
                 TOPICS[document.topic].name, (int)name.count, (const char *)name.data,
                 (unsigned long long)world_key_changed(judge->world, key), wrong,
                 last_is_wrong ? "the last" : "the highest",
                 final.last ? (unsigned long long)version_of(final.highest) : 0,
                 final.last ? (unsigned long long)version_of(final.last) : 0);
    }
}

void judge_final_documents(struct judge *judge)
{
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        const uint32_t rows = world_key_row_count(judge->world, (enum key_kind)kind);
        for (uint32_t row = 1; row < rows; row++) {
            judge_final(judge, (struct document_key){ (enum key_kind)kind, row });
        }
    }
}

/* A key that the world has forgotten ends with its tombstone. */
void judge_forgotten(struct judge *judge)
{
    for (uint64_t i = 0; i < judge->shown_count; i++) {
        const struct shown_document *shown = &judge->shown[i];
        const struct bytes name = shown->log->records[shown->offset].key;
        const struct document_key key =
            world_find_key(judge->world, shown->log->topic, name);
        if ((!key.row || world_key_state(judge->world, key) == KEY_STATE_NONE) &&
            final_of(shown->log, name).last->value.data) {
            sim_fail(judge->sim, "%s %.*s was forgotten without a tombstone",
                     TOPICS[shown->log->topic].name, (int)name.count, (const char *)name.data);
        }
    }
}

/* ------------------------------------------------------------------ who wrote what when */

/* Published while its partition was its writer's, by all that anybody knew. */
static bool by_owner(const struct sim *sim, const struct sim_log *log,
                     const struct sim_record *record)
{
    return record->generation == record->generation_seen &&
           sim->group.history[record->generation].owner[log->partition] == record->writer;
}

/* The first generation of those in a row in which it owned the partition. */
static int64_t owner_since_us(const struct sim *sim, const struct sim_log *log,
                              const struct sim_record *record)
{
    uint64_t first = record->generation;
    while (first > 0 && sim->group.history[first - 1].owner[log->partition] == record->writer) {
        first--;
    }
    return sim->group.history[first].began_us;
}

/* What an owner writes is never older than what was there when it became the owner, nor than what
 * it wrote itself. */
static void judge_order(const struct judge *judge, const struct sim_log *log, int64_t offset)
{
    const struct sim_record *record = &log->records[offset];
    if (!by_owner(judge->sim, log, record)) {
        return;
    }
    const int64_t since_us = owner_since_us(judge->sim, log, record);
    for (int64_t i = 0; i < offset; i++) {
        const struct sim_record *before = &log->records[i];
        if ((before->landed_us < since_us || before->writer == record->writer) &&
            bytes_equal(before->key, record->key) && version_of(before) > version_of(record)) {
            sim_fail(judge->sim, "%s %.*s: its owner %u wrote version %llu after %llu by %u",
                     TOPICS[log->topic].name, (int)record->key.count,
                     (const char *)record->key.data, record->writer,
                     (unsigned long long)version_of(record),
                     (unsigned long long)version_of(before), before->writer);
        }
    }
}

void judge_owners(const struct judge *judge)
{
    for (uint64_t i = 0; i < judge->shown_count; i++) {
        judge_order(judge, judge->shown[i].log, judge->shown[i].offset);
    }
}

/* Contract 3: a site is published at most every 250 ms by one process. What did not land is sent
 * again at once, and so is what somebody else wrote over. */
static void judge_pace_of(const struct judge *judge, const struct sim_log *log, int64_t offset)
{
    const struct sim_record *record = &log->records[offset];
    for (int64_t i = 0; i < offset; i++) {
        const struct sim_record *before = &log->records[i];
        if (before->writer == record->writer && bytes_equal(before->key, record->key) &&
            before->mends == record->mends &&
            record->sent_us - before->sent_us < 250000) {
            sim_fail(judge->sim, "%s %.*s: %u sent version %llu %lld us after %llu",
                     TOPICS[log->topic].name, (int)record->key.count,
                     (const char *)record->key.data, record->writer,
                     (unsigned long long)version_of(record),
                     (long long)(record->sent_us - before->sent_us),
                     (unsigned long long)version_of(before));
        }
    }
}

void judge_pace(const struct judge *judge)
{
    for (int32_t p = 0; p < judge->sim->output_count; p++) {
        const struct sim_log *log = &judge->sim->logs[TOPIC_PROMISES_LOCATIONS][p];
        for (int64_t offset = 0; offset < log->count; offset++) {
            judge_pace_of(judge, log, offset);
        }
    }
}
