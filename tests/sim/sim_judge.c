/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold, judged from the logs alone: the journal is walked and replayed by a path of its
 * own, and everything that any process ever published is held against that.
 */
#include "sim/sim_state.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "wire/event_codec.h"
#include "wire/zone_codec.h"

enum {
    JUDGE_DECODE_BYTES = 64 * 1024 * 1024,
    JUDGE_ZONES_MAX = 16,
    JUDGE_REFUSED_MAX = 4096,
    JUDGE_SCRATCH_BYTES = 16 * 1024 * 1024,
};

/* A document that was published, by anybody, at any time. */
struct shown_document {
    const struct sim_log *log;
    int64_t offset;
    uint64_t version;
};

struct judge {
    struct sim *sim;
    struct world *world;
    struct event_decoder *decoder;
    struct arena scratch;
    struct arena decoded;
    struct zone_rules *rules;
    struct shown_document *shown;    /* by version */
    uint64_t shown_count;
    uint64_t shown_capacity;
    uint64_t shown_next;
    struct record_place *refused;
    uint32_t refused_count;
    struct hash128 last_id;
    uint64_t last_sequence;
    int64_t next_offset[TOPIC_INPUT_COUNT][SIM_PARTITIONS_MAX];
    uint64_t record_count;
};

/* ------------------------------------------------------------------ while it runs */

static struct sim_seen *seen_at(struct sim *sim, uint64_t sequence)
{
    const uint64_t before = sim->seen_capacity;
    sim->seen = sim_grow(sim->seen, &sim->seen_capacity, sequence + 1, sizeof *sim->seen);
    memset(sim->seen + before, 0, (sim->seen_capacity - before) * sizeof *sim->seen);
    sim->seen_count = sequence + 1 > sim->seen_count ? sequence + 1 : sim->seen_count;
    return &sim->seen[sequence];
}

static void same_state(struct sim *sim, uint64_t sequence, struct hash128 id, uint64_t digest,
                       const char *who)
{
    struct sim_seen *seen = seen_at(sim, sequence);
    if (!seen->known) {
        seen->known = true;
        seen->id = id;
        seen->digest = digest;
    } else if (memcmp(&seen->id, &id, sizeof id) != 0 || seen->digest != digest) {
        sim_fail(sim, "%s has another state at sequence %llu than a process before it", who,
                 (unsigned long long)sequence);
    }
}

void sim_saw_state(struct sim_process *process, const struct journal_entry *entry)
{
    same_state(process->sim, entry->sequence, entry->id, sim_digest(process->world),
               process->owner);
}

/* What a process hashed, or read of another's hash in the journal. */
void sim_saw_hash(struct sim_process *process, uint64_t sequence, uint64_t hash)
{
    struct sim_seen *seen = seen_at(process->sim, sequence);
    if (seen->hashed && seen->state_hash != hash) {
        sim_fail(process->sim, "%s: two hashes of the state at sequence %llu", process->owner,
                 (unsigned long long)sequence);
    }
    seen->hashed = true;
    seen->state_hash = hash;
}

/* ------------------------------------------------------------------ published documents */

static struct bytes header_of(const struct sim_record *record, const char *name)
{
    for (uint32_t i = 0; i < record->header_count; i++) {
        if (bytes_equal(record->headers[i].name, bytes_text(name))) {
            return record->headers[i].value;
        }
    }
    return bytes_of(NULL, 0);
}

static int64_t number_of(struct bytes text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.count; i++) {
        number = number * 10 + (text.data[i] - '0');
    }
    return number;
}

static uint64_t version_of(const struct sim_record *record)
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

static void list_shown(struct judge *judge)
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

/* A version is the state after that entry: derived from it, the document is the same to the byte. */
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

static void judge_shown_until(struct judge *judge, uint64_t sequence)
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

/* ------------------------------------------------------------------ the replay */

static bool same_record(const struct record *a, const struct sim_record *b)
{
    bool same = a->timestamp_ms == b->timestamp_ms && a->header_count == b->header_count &&
                bytes_equal(a->key, b->key) && bytes_equal(a->value, b->value) &&
                (a->value.data == NULL) == (b->value.data == NULL);
    for (uint32_t i = 0; same && i < a->header_count; i++) {
        same = bytes_equal(a->headers[i].name, b->headers[i].name) &&
               bytes_equal(a->headers[i].value, b->headers[i].value);
    }
    return same;
}

/* Every record of every input once, in its partition's order, as it stands there. */
static void judge_input(struct judge *judge, const struct record *record)
{
    struct sim *sim = judge->sim;
    if (record->partition < 0) {
        return;
    }
    const struct sim_log *log = &sim->logs[record->topic][record->partition];
    int64_t *next = &judge->next_offset[record->topic][record->partition];
    while (*next < record->offset && log->records[*next].removed) {
        ++*next;
    }
    if (record->offset != *next || record->offset >= log->count ||
        !same_record(record, &log->records[record->offset])) {
        sim_fail(sim, "%s partition %d: the journal has offset %lld where %lld is next",
                 TOPICS[record->topic].name, record->partition, (long long)record->offset,
                 (long long)*next);
    }
    ++*next;
}

static void replay_record(struct judge *judge, const struct record *record, int64_t journal_offset)
{
    const struct record_place place = { record->topic, record->partition, record->offset,
                                        record->timestamp_ms, journal_offset };
    struct event event;
    struct refusal_reason reason = { .refusal = REFUSAL_NONE };
    judge_input(judge, record);
    judge->record_count++;
    if (event_decode(judge->decoder, record, &event, &reason) != REFUSAL_NONE) {
        world_reject(judge->world, &place, event.type, &reason);
    } else if (world_apply(judge->world, &place, &event, &reason) != RESULT_REJECTED) {
        return;
    }
    CHECK(judge->refused_count < JUDGE_REFUSED_MAX);
    judge->refused[judge->refused_count++] = place;
}

static void replay_entry(struct judge *judge, const struct journal_entry *entry,
                         int64_t journal_offset)
{
    struct world_zone zones[JUDGE_ZONES_MAX];
    uint32_t zone_count = 0;
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        CHECK(zone_count < JUDGE_ZONES_MAX);
        if (zone_decode(entry->zones[i].tzif, &judge->rules[zone_count])) {
            zones[zone_count] = (struct world_zone){ entry->zones[i].name, entry->zones[i].tzif,
                                                     &judge->rules[zone_count] };
            zone_count++;
        }
    }
    const struct world_entry world_entry = {
        .sequence = entry->sequence,
        .now_ms = entry->now_ms,
        .settings = entry->has_settings ? &entry->settings : NULL,
        .zones = zones,
        .zone_count = zone_count,
        .published = entry->published,
        .published_count = entry->published_count,
        .review = entry->review,
    };
    world_begin(judge->world, &world_entry);
    for (uint32_t i = 0; i < entry->record_count; i++) {
        replay_record(judge, &entry->records[i], journal_offset);
    }
    world_end(judge->world, &world_entry);
    world_touched_clear(judge->world);
    same_state(judge->sim, entry->sequence, entry->id, sim_digest(judge->world), "the replay");
    judge_shown_until(judge, entry->sequence);
}

/* An entry counts if it continues the last that counted, and is not from the future. */
static bool counts(const struct judge *judge, const struct journal_entry *entry,
                   const struct sim_record *record)
{
    const struct settings *settings =
        entry->has_settings ? &entry->settings : world_settings(judge->world);
    const bool ahead = settings->clock == WORLD_CLOCK_WALL &&
                       entry->now_ms > record->timestamp_ms + settings->future_tolerance_ms;
    if (ahead || entry->sequence <= judge->last_sequence) {
        return false;
    }
    if (judge->last_sequence == 0) {
        return entry->previous.count == 0 && entry->has_settings;
    }
    return bytes_equal(entry->previous,
                       bytes_of(judge->last_id.bytes, sizeof judge->last_id.bytes));
}

static void replay(struct judge *judge)
{
    const struct sim_log *journal = &judge->sim->logs[TOPIC_JOURNAL][0];
    for (int64_t offset = 0; offset < journal->count; offset++) {
        struct journal_entry entry;
        arena_reset(&judge->decoded);
        if (journal_decode(journal->records[offset].value, &judge->decoded, &entry, NULL) !=
            STATUS_OK) {
            sim_fail(judge->sim, "journal offset %lld does not decode", (long long)offset);
        }
        if (!counts(judge, &entry, &journal->records[offset])) {
            judge->sim->outcome->void_entries++;
            continue;
        }
        judge->sim->outcome->entries++;
        judge->last_sequence = entry.sequence;
        judge->last_id = entry.id;
        replay_entry(judge, &entry, offset);
    }
    judge_shown_until(judge, judge->last_sequence);
    if (judge->shown_next < judge->shown_count) {
        sim_fail(judge->sim, "a document has version %llu, above the last entry's %llu",
                 (unsigned long long)judge->shown[judge->shown_next].version,
                 (unsigned long long)judge->last_sequence);
    }
}

/* ------------------------------------------------------------------ at rest */

static void judge_counts(const struct judge *judge)
{
    struct sim *sim = judge->sim;
    uint64_t results = 0;
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
            for (int result = 0; result < RESULT_COUNT; result++) {
                results += world_event_count(judge->world, (enum topic)topic,
                                             (enum event_type)type, (enum event_result)result);
            }
        }
        for (int32_t p = 0; p < sim->partition_counts[topic]; p++) {
            const struct sim_log *log = &sim->logs[topic][p];
            int64_t next = judge->next_offset[topic][p];
            while (next < log->count && log->records[next].removed) {
                next++;
            }
            if (next != log->count) {
                sim_fail(sim, "%s partition %d: %lld of %lld records are in the journal",
                         TOPICS[topic].name, p, (long long)next, (long long)log->count);
            }
        }
    }
    if (results != judge->record_count) {
        sim_fail(sim, "the results add up to %llu, but %llu records were read",
                 (unsigned long long)results, (unsigned long long)judge->record_count);
    }
}

static const struct sim_record *last_of(const struct sim_log *log, struct bytes key,
                                        uint64_t *out_highest)
{
    const struct sim_record *last = NULL;
    *out_highest = 0;
    for (int64_t offset = 0; offset < log->count; offset++) {
        const struct sim_record *record = &log->records[offset];
        if (bytes_equal(record->key, key)) {
            last = record;
            *out_highest = version_of(record) > *out_highest ? version_of(record) : *out_highest;
        }
    }
    return last;
}

/* Its content is what is derived now; version and as_of may be older. */
static bool shows(struct judge *judge, struct document *document, const struct sim_record *last)
{
    void *room = arena_take(&judge->scratch, MESSAGE_BYTES_MAX);
    struct buffer value = buffer_of(room, MESSAGE_BYTES_MAX);
    const struct bytes published = last->value;
    document->version = version_of(last);
    const struct bytes time = header_of(last, "ce_time");
    document->as_of = TIME_NONE;
    document_encode(document, judge->sim->encoding, &value);
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

static void judge_last(struct judge *judge, struct document_key key)
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
    uint64_t highest;
    const struct sim_record *last =
        last_of(&sim->logs[document.topic][partition], buffer_bytes(&name), &highest);
    const char *wrong = NULL;
    if (!last) {
        wrong = "was never published";
    } else if (version_of(last) != highest) {
        wrong = "ends with an older version";
    } else if ((state == KEY_STATE_TOMBSTONE) != (last->value.data == NULL)) {
        wrong = state == KEY_STATE_TOMBSTONE ? "has no tombstone" : "ends with a tombstone";
    } else if (state != KEY_STATE_TOMBSTONE && !shows(judge, &document, last)) {
        wrong = "does not show what is derived";
    }
    if (wrong) {
        sim_fail(sim, "%s %.*s, changed at %llu, %s (highest version %llu, last %llu)",
                 TOPICS[document.topic].name, (int)name.count, (const char *)name.data,
                 (unsigned long long)world_key_changed(judge->world, key), wrong,
                 (unsigned long long)highest, last ? (unsigned long long)version_of(last) : 0);
    }
}

static void judge_final_documents(struct judge *judge)
{
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        const uint32_t rows = world_key_row_count(judge->world, (enum key_kind)kind);
        for (uint32_t row = 1; row < rows; row++) {
            judge_last(judge, (struct document_key){ (enum key_kind)kind, row });
        }
    }
}

/* A key that the world has forgotten ends with its tombstone. */
static void judge_forgotten(struct judge *judge)
{
    for (uint64_t i = 0; i < judge->shown_count; i++) {
        const struct shown_document *shown = &judge->shown[i];
        const struct bytes name = shown->log->records[shown->offset].key;
        const struct document_key key =
            world_find_key(judge->world, shown->log->topic, name);
        uint64_t highest;
        if ((!key.row || world_key_state(judge->world, key) == KEY_STATE_NONE) &&
            last_of(shown->log, name, &highest)->value.data) {
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

static void judge_owners(const struct judge *judge)
{
    for (uint64_t i = 0; i < judge->shown_count; i++) {
        judge_order(judge, judge->shown[i].log, judge->shown[i].offset);
    }
}

/* ------------------------------------------------------------------ rejects, sums */

static bool is_reject_of(const struct sim_record *reject, const struct record_place *place)
{
    return bytes_equal(header_of(reject, "dlq_topic"), bytes_text(TOPICS[place->topic].name)) &&
           number_of(header_of(reject, "dlq_partition")) == place->partition &&
           number_of(header_of(reject, "dlq_offset")) == place->offset;
}

static bool reject_is_whole(const struct sim_record *reject, const struct sim_record *record)
{
    const bool truncated = header_of(reject, "dlq_truncated").data != NULL;
    const uint32_t own = reject->header_count - 5 - truncated;
    bool whole = own == record->header_count && bytes_equal(reject->key, record->key) &&
                 bytes_equal(reject->value, truncated ? bytes_of(NULL, 0) : record->value);
    for (uint32_t i = 0; whole && i < own; i++) {
        whole = bytes_equal(reject->headers[i].name, record->headers[i].name) &&
                bytes_equal(reject->headers[i].value, record->headers[i].value);
    }
    return whole;
}

static void judge_reject(const struct judge *judge, const struct record_place *place)
{
    struct sim *sim = judge->sim;
    const struct sim_log *log = &sim->logs[TOPIC_REJECTS][place->partition % sim->output_count];
    for (int64_t offset = 0; offset < log->count; offset++) {
        if (is_reject_of(&log->records[offset], place)) {
            const struct sim_record *record =
                &sim->logs[place->topic][place->partition].records[place->offset];
            if (!reject_is_whole(&log->records[offset], record)) {
                sim_fail(sim, "the reject of %s %d %lld is not what was refused",
                         TOPICS[place->topic].name, place->partition, (long long)place->offset);
            }
            return;
        }
    }
    sim_fail(sim, "the refused record %s %d %lld is not in rejects.v1", TOPICS[place->topic].name,
             place->partition, (long long)place->offset);
}

static void judge_rejects(const struct judge *judge)
{
    struct sim *sim = judge->sim;
    for (uint32_t i = 0; i < judge->refused_count; i++) {
        if (judge->refused[i].partition >= 0) {
            judge_reject(judge, &judge->refused[i]);
        }
    }
    for (int32_t p = 0; p < sim->output_count; p++) {
        const struct sim_log *log = &sim->logs[TOPIC_REJECTS][p];
        for (int64_t offset = 0; offset < log->count; offset++) {
            uint32_t i = 0;
            while (i < judge->refused_count &&
                   !is_reject_of(&log->records[offset], &judge->refused[i])) {
                i++;
            }
            if (i == judge->refused_count) {
                sim_fail(sim, "rejects.v1 %d %lld was never refused", p, (long long)offset);
            }
        }
    }
}

static void judge_sums(struct judge *judge)
{
    const struct sim_shop *shop = &judge->sim->shop;
    for (uint32_t item = 0; item < SIM_PLAIN_ITEMS; item++) {
        struct document_key key = { KEY_LOCATION, 0 };
        const struct bytes sku = bytes_text(sim_plain_item(item));
        int64_t left[SIM_LOCATIONS];
        memcpy(left, shop->plain[item], sizeof left);
        while (world_find_next(judge->world, KEY_LOCATION, sku, &key)) {
            struct document document;
            arena_reset(&judge->scratch);
            world_derive(judge->world, key, &judge->scratch, &document);
            for (uint32_t i = 0; i < SIM_LOCATIONS; i++) {
                left[i] -= bytes_equal(document.location.location, bytes_text(sim_location(i)))
                               ? document.location.on_hand
                               : 0;
            }
        }
        for (uint32_t i = 0; i < SIM_LOCATIONS; i++) {
            if (left[i] != 0) {
                sim_fail(judge->sim, "%s at %s is off by %lld units", sim_plain_item(item),
                         sim_location(i), (long long)left[i]);
            }
        }
    }
}

/* ------------------------------------------------------------------ the verdict */

void sim_judge_memory(struct sim *sim)
{
    const size_t bytes = world_bytes(WORLD_SCALE_TEST) + event_decoder_bytes() +
                         JUDGE_DECODE_BYTES + JUDGE_SCRATCH_BYTES + MESSAGE_BYTES_MAX +
                         JUDGE_ZONES_MAX * sizeof(struct zone_rules) +
                         JUDGE_REFUSED_MAX * sizeof(struct record_place) + (1 << 20);
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(base != MAP_FAILED);
    sim->judge_arena = arena_of(base, bytes);
}

static void judge_open(struct judge *judge, struct sim *sim)
{
    struct arena *arena = &sim->judge_arena;
    CHECK(madvise(arena->base, arena->capacity, MADV_DONTNEED) == 0);
    arena_reset(arena);
    judge->sim = sim;
    judge->world = world_init(arena, WORLD_SCALE_TEST);
    judge->decoder = event_decoder_init(arena);
    judge->decoded = arena_of(arena_take(arena, JUDGE_DECODE_BYTES), JUDGE_DECODE_BYTES);
    const size_t scratch_bytes = JUDGE_SCRATCH_BYTES + MESSAGE_BYTES_MAX;
    judge->scratch = arena_of(arena_take(arena, scratch_bytes), scratch_bytes);
    judge->rules = arena_take(arena, JUDGE_ZONES_MAX * sizeof *judge->rules);
    judge->refused = arena_take(arena, JUDGE_REFUSED_MAX * sizeof *judge->refused);
}

void sim_judge(struct sim *sim)
{
    static struct judge judge;
    struct shown_document *shown = judge.shown;
    const uint64_t capacity = judge.shown_capacity;
    judge = (struct judge){ .shown = shown, .shown_capacity = capacity };
    judge_open(&judge, sim);
    list_shown(&judge);
    replay(&judge);
    judge_counts(&judge);
    judge_final_documents(&judge);
    judge_forgotten(&judge);
    judge_owners(&judge);
    judge_rejects(&judge);
    judge_sums(&judge);
}
