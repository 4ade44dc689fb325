/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/replica.h"

#include "wire/event_codec.h"
#include "wire/zone_codec.h"

enum {
    DECODE_ARENA_BYTES = 256 * 1024 * 1024,   /* addresses; an entry's records and headers */
    ZONES_PER_ENTRY_MAX = 1024,
    SKIPS_MAX = 1024,
};

struct replica {
    struct world *world;
    const struct journal_port *journal;
    struct rejects *rejects;
    struct stats *stats;
    struct replica_observer observer;
    struct event_decoder *decoder;
    struct arena arena;
    struct zone_rules *zone_rules;
    struct world_zone zones[ZONES_PER_ENTRY_MAX];
    struct journal_point point;
    int64_t last_now_ms;
    bool last_was_full;              /* of a backlog: more than half of what an entry may have */
    bool verify_point;               /* the snapshot's own entry must still be where it was */
    struct journal_skip skips[SKIPS_MAX];
    uint32_t skip_count;
};

size_t replica_bytes(void)
{
    return sizeof(struct replica) + DECODE_ARENA_BYTES + event_decoder_bytes() +
           ZONES_PER_ENTRY_MAX * sizeof(struct zone_rules) + 256;
}

struct replica *replica_init(struct arena *arena, struct world *world,
                             const struct journal_port *journal, struct rejects *rejects,
                             struct stats *stats, const struct replica_observer *observer)
{
    struct replica *replica = arena_take(arena, sizeof *replica);
    memset(replica, 0, sizeof *replica);
    replica->world = world;
    replica->journal = journal;
    replica->rejects = rejects;
    replica->stats = stats;
    replica->observer = *observer;
    replica->decoder = event_decoder_init(arena);
    replica->arena = arena_of(arena_take(arena, DECODE_ARENA_BYTES), DECODE_ARENA_BYTES);
    replica->zone_rules = arena_take(arena, ZONES_PER_ENTRY_MAX * sizeof *replica->zone_rules);
    replica->point.offset = -1;
    return replica;
}

void replica_start(struct replica *replica, struct journal_point point, int64_t recall_from)
{
    replica->point = point;
    replica->verify_point = point.sequence > 0;
    replica->last_now_ms = 0;
    const int64_t from = recall_from >= 0 && recall_from < point.offset ? recall_from
                                                                        : point.offset;
    replica->journal->seek(replica->journal->context, from < 0 ? 0 : from);
}

struct journal_point replica_point(const struct replica *replica)
{
    return replica->point;
}

int64_t replica_last_now_ms(const struct replica *replica)
{
    return replica->last_now_ms;
}

int64_t replica_behind(const struct replica *replica)
{
    const struct log_extent extent = replica->journal->extent(replica->journal->context);
    if (extent.end < 0) {
        return -1;
    }
    const int64_t position = replica->journal->position(replica->journal->context);
    return extent.end > position ? extent.end - position : 0;
}

bool replica_in_backlog(const struct replica *replica)
{
    return replica->last_was_full;
}

bool replica_caught_up(const struct replica *replica)
{
    return !replica->verify_point && replica_behind(replica) == 0;
}

/* ------------------------------------------------------------------ one entry */

static const struct world_zone *decode_zones(struct replica *replica,
                                             const struct journal_entry *entry, uint32_t *out_count)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < entry->zone_count && count < ZONES_PER_ENTRY_MAX; i++) {
        if (entry->zones[i].tzif.count <= TIME_ZONE_BYTES_MAX &&
            zone_decode(entry->zones[i].tzif, &replica->zone_rules[count])) {
            replica->zones[count] = (struct world_zone){ entry->zones[i].name,
                                                         entry->zones[i].tzif,
                                                         &replica->zone_rules[count] };
            count++;
        }
    }
    *out_count = count;
    return replica->zones;
}

static bool is_skipped(const struct replica *replica, const struct record *record)
{
    for (uint32_t i = 0; i < replica->skip_count; i++) {
        const struct journal_skip *skip = &replica->skips[i];
        if (skip->topic == record->topic && skip->partition == record->partition &&
            skip->offset == record->offset) {
            return true;
        }
    }
    return false;
}

static void apply_record(struct replica *replica, const struct record *record,
                         int64_t journal_offset)
{
    const struct record_place place = { record->topic, record->partition, record->offset,
                                        record->timestamp_ms, journal_offset };
    if (is_skipped(replica, record)) {
        world_skip(replica->world, &place);
        return;
    }
    struct event event;
    struct refusal_reason reason = { .refusal = REFUSAL_NONE };
    if (event_decode(replica->decoder, record, &event, &reason) != REFUSAL_NONE) {
        world_reject(replica->world, &place, event.type, &reason);
    } else if (world_apply(replica->world, &place, &event, &reason) != RESULT_REJECTED) {
        return;
    }
    const bool kept = rejects_keep(replica->rejects, record);
    CHECK(kept);    /* replica_step() asked for room before the entry */
}

static void apply_entry(struct replica *replica, const struct journal_entry *entry,
                        int64_t journal_offset)
{
    struct world_entry world_entry = {
        .sequence = entry->sequence,
        .now_ms = entry->now_ms,
        .settings = entry->has_settings ? &entry->settings : NULL,
        .published = entry->published,
        .published_count = entry->published_count,
        .review = entry->review,
    };
    world_entry.zones = decode_zones(replica, entry, &world_entry.zone_count);
    for (uint32_t i = 0; i < entry->skip_count && replica->skip_count < SKIPS_MAX; i++) {
        replica->skips[replica->skip_count++] = entry->skips[i];
    }
    int64_t oldest_ms = -1;
    world_begin(replica->world, &world_entry);
    for (uint32_t i = 0; i < entry->record_count; i++) {
        const int64_t timestamp_ms = entry->records[i].timestamp_ms;
        if (timestamp_ms >= 0 && (oldest_ms < 0 || timestamp_ms < oldest_ms)) {
            oldest_ms = timestamp_ms;
        }
        apply_record(replica, &entry->records[i], journal_offset);
    }
    world_end(replica->world, &world_entry);
    replica->point = (struct journal_point){ entry->sequence, entry->id, journal_offset };
    replica->last_now_ms = entry->now_ms;
    replica->stats->journal_entries++;
    replica->stats->journal_records += entry->record_count;
    replica->observer.applied(replica->observer.context, entry, replica->point, oldest_ms);
}

/* ------------------------------------------------------------------ the chain */

static bool continues(const struct replica *replica, const struct journal_entry *entry)
{
    if (entry->sequence <= replica->point.sequence) {
        return false;
    }
    if (replica->point.sequence == 0) {
        return entry->previous.count == 0 && entry->has_settings;
    }
    return entry->previous.count == sizeof replica->point.id.bytes &&
           memcmp(entry->previous.data, replica->point.id.bytes, entry->previous.count) == 0;
}

/* 2.5: an entry from the future of the broker's clock is void, and must not move ours. */
static bool from_the_future(const struct replica *replica, const struct journal_entry *entry,
                            const struct record *record)
{
    const struct settings *settings =
        entry->has_settings ? &entry->settings : world_settings(replica->world);
    return settings->clock == WORLD_CLOCK_WALL && record->timestamp_ms >= 0 &&
           entry->now_ms > record->timestamp_ms + settings->future_tolerance_ms;
}

/* Writers are at most two entries ahead of what they have seen count: a void entry further ahead
 * continues a history that is not here any more. */
static enum status take_void(struct replica *replica, const struct journal_entry *entry,
                             const struct record *record, struct failure *failure)
{
    replica->stats->journal_void++;
    if (entry->sequence > replica->point.sequence + 2 && replica->point.sequence > 0) {
        return failure_set(
            failure, STATUS_LOST,
            "%s partition 0 offset %lld: the entry has sequence %llu, but the last that counts "
            "has %llu: entries between them were lost. Restore the topic, or run `promised journal "
            "adopt` to go on above the last version published",
            TOPICS[TOPIC_JOURNAL].name, (long long)record->offset,
            (unsigned long long)entry->sequence, (unsigned long long)replica->point.sequence);
    }
    return STATUS_OK;
}

static enum status take_counting(struct replica *replica, const struct journal_entry *entry,
                                 const struct record *record, struct failure *failure)
{
    const uint32_t rules =
        entry->has_settings ? entry->settings.rules : world_settings(replica->world)->rules;
    if (rules == 0 || rules > RULES_VERSION) {
        return failure_set(failure, STATUS_CONFIG,
                           "%s partition 0 offset %lld: the journal goes by rules %u, this build "
                           "knows up to %d: install a newer promised",
                           TOPICS[TOPIC_JOURNAL].name, (long long)record->offset, rules,
                           (int)RULES_VERSION);
    }
    replica->last_was_full = record->value.count > ENTRY_BYTES_MAX / 2;
    apply_entry(replica, entry, record->offset);
    return STATUS_OK;
}

/* Up to the point of the snapshot only the bytes of refused records are wanted; at the point its
 * own entry must be there. */
static enum status take_before_point(struct replica *replica, const struct journal_entry *entry,
                                     bool is_entry, const struct record *record,
                                     struct failure *failure)
{
    if (record->offset <= replica->point.offset) {
        for (uint32_t i = 0; is_entry && i < entry->record_count; i++) {
            rejects_recall(replica->rejects, replica->world, &entry->records[i],
                           record->offset);
        }
    }
    if (record->offset < replica->point.offset) {
        return STATUS_OK;
    }
    if (record->offset > replica->point.offset || !is_entry ||
        memcmp(&entry->id, &replica->point.id, sizeof entry->id) != 0) {
        return failure_set(
            failure, STATUS_LOST,
            "%s partition 0: the snapshot's entry %llu is not at offset %lld any more (found "
            "offset %lld): the topic was cut or recreated. Restore the topic, remove the snapshot "
            "if the journal is whole from its start, or run `promised journal adopt`",
            TOPICS[TOPIC_JOURNAL].name, (unsigned long long)replica->point.sequence,
            (long long)replica->point.offset, (long long)record->offset);
    }
    replica->verify_point = false;
    replica->last_now_ms = entry->now_ms;
    return STATUS_OK;
}

static enum status take_record(struct replica *replica, const struct record *record,
                               struct failure *failure)
{
    arena_reset(&replica->arena);
    struct journal_entry entry;
    const bool is_entry =
        record->value.data &&
        journal_decode(record->value, &replica->arena, &entry, NULL) == STATUS_OK;
    if (replica->verify_point) {
        return take_before_point(replica, &entry, is_entry, record, failure);
    }
    if (!is_entry) {
        replica->stats->journal_void++;
        return STATUS_OK;
    }
    if (!continues(replica, &entry) || from_the_future(replica, &entry, record)) {
        return take_void(replica, &entry, record, failure);
    }
    return take_counting(replica, &entry, record, failure);
}

enum status replica_step(struct replica *replica, uint32_t entries_max, struct failure *failure)
{
    for (uint32_t i = 0; i < entries_max; i++) {
        struct record record;
        if (!rejects_have_room(replica->rejects)) {
            return i ? STATUS_OK : STATUS_AGAIN;
        }
        const enum status next =
            replica->journal->next(replica->journal->context, &record, failure);
        if (next == STATUS_AGAIN) {
            return i ? STATUS_OK : STATUS_AGAIN;
        }
        if (next != STATUS_OK) {
            return next;
        }
        const enum status taken = take_record(replica, &record, failure);
        if (taken != STATUS_OK) {
            return taken;
        }
    }
    return STATUS_OK;
}
