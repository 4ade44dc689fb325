/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold, judged from the logs alone: the journal is walked and replayed by a path of its
 * own, and everything that any process ever published is held against that.
 */
#include "sim/sim_judge.h"

#include <sys/mman.h>

#include "wire/zone_codec.h"

enum {
    JUDGE_DECODE_BYTES = 64 * 1024 * 1024,
    JUDGE_ZONES_MAX = 16,
    JUDGE_REFUSED_MAX = 4096,
    JUDGE_SCRATCH_BYTES = 16 * 1024 * 1024,
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
    struct event *event;
    struct refusal_reason reason = { .refusal = REFUSAL_NONE };
    judge_input(judge, record);
    judge->record_count++;
    if (judge_model_decode(record, &event, &reason) != REFUSAL_NONE) {
        world_reject(judge->world, &place, event->type, &reason);
        judge_model_pass(&place);
    } else {
        const enum event_result result = world_apply(judge->world, &place, event, &reason);
        judge_model_apply(judge, &place, event, result);
        if (result != RESULT_REJECTED) {
            return;
        }
    }
    CHECK(judge->refused_count < JUDGE_REFUSED_MAX);
    judge->refused[judge->refused_count++] =
        (struct judge_refused){ place, world_sequence(judge->world) };
}

/* 2.6: a review when the world asks for one, no more and not much later: entries that were on their
 * way when it did may go before. Under `clock: event` it waits for records. */
static void judge_review(struct judge *judge, const struct journal_entry *entry)
{
    const struct world *world = judge->world;
    const bool by_events = world_settings(world)->clock == WORLD_CLOCK_EVENT;
    const int64_t reached_ms = world_now_ms(world);
    const int64_t now_ms =
        by_events || entry->now_ms < reached_ms ? reached_ms : entry->now_ms;
    const bool wanted = world_sequence(world) > 0 && world_review_ms(world) <= now_ms;
    if (entry->review && !wanted) {
        sim_fail(judge->sim, "entry %llu has a review that nothing asks for",
                 (unsigned long long)entry->sequence);
    }
    if (entry->review || !wanted) {
        judge->reviews_missed = 0;
    } else if (!by_events || entry->record_count > 0) {
        judge->reviews_missed++;
    }
    if (judge->reviews_missed > WRITER_AHEAD_MAX) {
        sim_fail(judge->sim, "entry %llu has no review, though one is due since %lld",
                 (unsigned long long)entry->sequence, (long long)world_review_ms(world));
    }
    judge->sim->outcome->reviews += entry->review;
}

/* With nothing to read, a review that is due is worth an entry. */
static void judge_last_review(const struct judge *judge)
{
    enum { TAKEOVER_MS = 20000 };
    const int64_t now_ms = sim_wall_ms(judge->sim);
    if (world_settings(judge->world)->clock == WORLD_CLOCK_WALL &&
        world_review_ms(judge->world) < now_ms - TAKEOVER_MS) {
        sim_fail(judge->sim, "a review is due since %lld, and it is %lld",
                 (long long)world_review_ms(judge->world), (long long)now_ms);
    }
}

static void replay_entry(struct judge *judge, const struct journal_entry *entry,
                         int64_t journal_offset)
{
    judge_review(judge, entry);
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
    const struct world_entry *kept = judge_model_begin(&world_entry);
    for (uint32_t i = 0; i < entry->record_count; i++) {
        replay_record(judge, &entry->records[i], journal_offset);
    }
    world_end(judge->world, &world_entry);
    judge_model_end(kept);
    world_touched_clear(judge->world);
    same_state(judge->sim, entry->sequence, entry->id, sim_digest(judge->world), "the replay");
    judge_shown_until(judge, entry->sequence);
    judge_marks_entry(judge);
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

/* ------------------------------------------------------------------ rejects, sums */

bool is_reject_of(const struct sim_record *reject, const struct record_place *place)
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
        if (judge->refused[i].place.partition >= 0) {
            judge_reject(judge, &judge->refused[i].place);
        }
    }
    for (int32_t p = 0; p < sim->output_count; p++) {
        const struct sim_log *log = &sim->logs[TOPIC_REJECTS][p];
        for (int64_t offset = 0; offset < log->count; offset++) {
            uint32_t i = 0;
            while (i < judge->refused_count &&
                   !is_reject_of(&log->records[offset], &judge->refused[i].place)) {
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
    const size_t bytes = world_bytes(WORLD_SCALE_TEST) +
                         JUDGE_DECODE_BYTES + JUDGE_SCRATCH_BYTES + MESSAGE_BYTES_MAX +
                         JUDGE_ZONES_MAX * sizeof(struct zone_rules) +
                         JUDGE_REFUSED_MAX * sizeof(struct judge_refused) + (1 << 20);
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
    judge_list_shown(&judge);
    judge_marks_open();
    judge_model_open();
    replay(&judge);
    judge_counts(&judge);
    judge_final_documents(&judge);
    judge_forgotten(&judge);
    judge_owners(&judge);
    judge_pace(&judge);
    judge_last_review(&judge);
    judge_marks(&judge);
    judge_rejects(&judge);
    judge_sums(&judge);
    judge_model(&judge);
}
