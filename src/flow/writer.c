/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/writer.h"

#include "wire/event_codec.h"

enum {
    ENTRY_EVERY_US = 3000,              /* unless behind: each is a request to the broker */
    WAIT_UNIT_US = 1000 * 1000,         /* contract 2.5: a second times one plus lowest partition */
    ALIGN_WAIT_US = 1000 * 1000,        /* in a backlog, for an input that is not buffered */
    REPLAY_ALIGN_WAIT_US = 10 * 1000 * 1000,   /* under clock: event nobody waits for documents */
    BACKLOG_MS = 1000,                  /* records older than this are a backlog */
    ENTRIES_WAITED_MAX = 20,
    PUBLISHED_EVERY_US = 1000 * 1000,
    ENTRY_SLACK_BYTES = 32 * 1024,      /* for all of an entry that is not records or zones */
    ENTRY_ZONES_MAX = 64,
    ENTRY_ROOM_BYTES = MESSAGE_BYTES_MAX,
    INPUTS_MAX = 4096,
    EXTENT_LOOK_US = 200 * 1000,
    CUT_AFTER_US = 5 * 1000 * 1000,
    CUT_AFTER_TOLD = 2,                 /* the answer on its way when we looked first may be old */
};

enum writer_state { WRITER_IDLE, WRITER_OPENING, WRITER_WRITING };

/* One open input partition. */
struct source {
    enum topic topic;
    int32_t partition;
    int64_t timestamp_ms;               /* of the record at its head */
    int64_t missing_since_us;           /* neither buffered nor at its end; 0: is */
    uint32_t entries_waited;            /* entries built while its head stood there */
    bool at_end;
    bool taken;
    bool drained;                       /* it was at its end with the entry `drained_by` */
    uint64_t drained_by;
};

/* An input partition that seems to end before its position. */
struct cut_input {
    enum topic topic;
    int32_t partition;
    int64_t position;
    int64_t since_us;                   /* 0: none */
    uint64_t told;                      /* how often its end was told by then */
};

struct on_its_way {
    uint64_t sequence;
    struct hash128 id;
    int64_t sent_us;
    bool review;
};

struct writer {
    struct writer_ports ports;
    struct world *world;
    struct replica *replica;
    struct stats *stats;
    struct settings settings;
    enum writer_state state;
    struct event_decoder *decoder;
    struct on_its_way ahead[WRITER_AHEAD_MAX];
    uint32_t ahead_count;
    struct hash128 previous;            /* of the entry being built */
    bool wrote_last;                    /* the last entry that counted is ours */
    bool announced;                     /* our settings were sent once: processes that differ do not
                                           take turns for ever */
    bool references_read;
    bool refreshed;                     /* the journal's end was asked for since we began */
    bool last_was_full;
    int64_t last_entry_us;              /* an entry counted */
    int64_t last_sent_us;
    int64_t last_published_us;
    int64_t waiting_since_us;           /* work waits, and nobody writes; 0: none */
    int64_t last_look_us;
    int64_t input_lag_ms;
    int64_t input_behind;
    uint64_t announced_state;
    uint64_t errors_seen;
    struct cut_input cut;
    struct source sources[INPUTS_MAX];
    uint32_t source_count;
    int32_t opened[TOPIC_INPUT_COUNT];
    uint32_t heap[INPUTS_MAX];          /* sources with a head, oldest timestamp first */
    uint32_t heap_count;
    struct journal_zone zones[ENTRY_ZONES_MAX];
    uint32_t zone_count;
    struct arena zone_arena;
    size_t zone_bytes;
    uint8_t *record_room;
    uint8_t *entry_room;
};

size_t writer_bytes(void)
{
    return sizeof(struct writer) + event_decoder_bytes() + 3 * (size_t)ENTRY_ROOM_BYTES + 1024;
}

struct writer *writer_init(struct arena *arena, const struct writer_ports *ports,
                           struct world *world, struct replica *replica, struct stats *stats,
                           const struct settings *settings)
{
    struct writer *writer = arena_take(arena, sizeof *writer);
    memset(writer, 0, sizeof *writer);
    writer->ports = *ports;
    writer->world = world;
    writer->replica = replica;
    writer->stats = stats;
    writer->settings = *settings;
    writer->decoder = event_decoder_init(arena);
    writer->record_room = arena_take(arena, ENTRY_ROOM_BYTES);
    writer->entry_room = arena_take(arena, ENTRY_ROOM_BYTES);
    writer->zone_arena = arena_of(arena_take(arena, ENTRY_ROOM_BYTES), ENTRY_ROOM_BYTES);
    return writer;
}

static int64_t now_us(const struct writer *writer)
{
    return writer->ports.clock->monotonic_us(writer->ports.clock->context);
}

static int64_t wall_ms(const struct writer *writer)
{
    return writer->ports.clock->now_ms(writer->ports.clock->context);
}

bool writer_is_writing(const struct writer *writer)
{
    return writer->state == WRITER_WRITING;
}

int64_t writer_input_lag_ms(const struct writer *writer)
{
    return writer->input_lag_ms;
}

int64_t writer_input_behind(const struct writer *writer)
{
    return writer->input_behind;
}

bool writer_has_read(const struct writer *writer, enum topic topic, int32_t partition)
{
    for (uint32_t i = 0; i < writer->source_count; i++) {
        const struct source *source = &writer->sources[i];
        if (source->topic == topic && source->partition == partition) {
            return source->drained && source->drained_by <= world_sequence(writer->world);
        }
    }
    return false;
}

/* ------------------------------------------------------------------ begin and end */

static void stand_down(struct writer *writer)
{
    if (writer->state == WRITER_WRITING) {
        writer->ports.inputs->close_all(writer->ports.inputs->context);
    }
    writer->state = WRITER_IDLE;
    writer->ahead_count = 0;
    writer->source_count = 0;
    writer->waiting_since_us = 0;
}

void writer_saw(struct writer *writer, const struct journal_entry *entry)
{
    writer->last_entry_us = now_us(writer);
    if (writer->ahead_count > 0 &&
        memcmp(&writer->ahead[0].id, &entry->id, sizeof entry->id) == 0) {
        histogram_observe(&writer->stats->journal_append,
                          (double)(writer->last_entry_us - writer->ahead[0].sent_us) / 1000000.0);
        writer->ahead[0] = writer->ahead[1];
        writer->ahead_count--;
        writer->wrote_last = true;
        return;
    }
    writer->wrote_last = false;
    if (writer->state != WRITER_IDLE) {
        stand_down(writer);
    }
}

/* An input that ends before what was read of it, by answers given since: while brokers are away,
 * or we sleep, the end last told grows old. */
static enum status look_for_cut(struct writer *writer, const struct cut_input *now, int64_t end,
                                struct failure *failure)
{
    struct cut_input *cut = &writer->cut;
    const bool same = cut->topic == now->topic && cut->partition == now->partition;
    if (end < 0 || now->position <= end) {
        cut->since_us = same ? 0 : cut->since_us;
        return STATUS_OK;
    }
    if (!cut->since_us || (same && cut->position != now->position)) {
        *cut = *now;
    }
    if (!same || now->since_us - cut->since_us < CUT_AFTER_US ||
        now->told < cut->told + CUT_AFTER_TOLD) {
        return STATUS_OK;
    }
    return failure_set(failure, STATUS_LOST,
                       "%s partition %d ends at offset %lld, but was read up to %lld: the topic "
                       "was cut or recreated. Restore it, or start with another group and "
                       "snapshots.url on topics that are whole",
                       TOPICS[now->topic].name, (int)now->partition, (long long)end,
                       (long long)now->position);
}

/* Input beyond the state's positions, by the ends that brokers last told. */
static enum status look_at_inputs(struct writer *writer, struct failure *failure)
{
    const struct input_port *inputs = writer->ports.inputs;
    int64_t behind = 0;
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        const int32_t count = inputs->partition_count(inputs->context, (enum topic)topic);
        for (int32_t p = 0; p < count; p++) {
            const struct cut_input seen = {
                (enum topic)topic, p, world_position(writer->world, (enum topic)topic, p),
                now_us(writer), inputs->told(inputs->context, (enum topic)topic, p)
            };
            const struct log_extent extent =
                inputs->extent(inputs->context, (enum topic)topic, p);
            const int64_t from = seen.position >= 0 ? seen.position : extent.start;
            behind += extent.end > from ? extent.end - from : 0;
            if (look_for_cut(writer, &seen, extent.end, failure) != STATUS_OK) {
                return STATUS_LOST;
            }
        }
    }
    writer->input_behind = behind;
    return STATUS_OK;
}

static enum status look(struct writer *writer, int64_t now, struct failure *failure)
{
    if (now - writer->last_look_us < EXTENT_LOOK_US) {
        return STATUS_OK;
    }
    writer->last_look_us = now;
    if (writer->state != WRITER_WRITING) {
        writer->input_lag_ms =
            writer->waiting_since_us ? (now - writer->waiting_since_us) / 1000 : 0;
    }
    return look_at_inputs(writer, failure);
}

/* The next instant at which an entry is due though there is no input. Under `clock: event` there is
 * none: reviews go with records (2.6). */
static int64_t tick_ms(const struct writer *writer)
{
    if (world_sequence(writer->world) == 0 ||
        world_settings(writer->world)->clock == WORLD_CLOCK_EVENT) {
        return INT64_MAX;
    }
    const int64_t due_ms = world_due_ms(writer->world);
    const int64_t review_ms = world_review_ms(writer->world);
    return due_ms < review_ms ? due_ms : review_ms;
}

static bool tick_due(const struct writer *writer)
{
    return tick_ms(writer) <= wall_ms(writer);
}

static bool work_waits(const struct writer *writer)
{
    return writer->input_behind > 0 || world_sequence(writer->world) == 0 || tick_due(writer);
}

static bool may_begin(struct writer *writer, const struct writer_view *view, int64_t now)
{
    if (!view->may_write || view->lowest_owned < 0 || !work_waits(writer)) {
        writer->waiting_since_us = 0;
        return false;
    }
    if (!writer->waiting_since_us) {
        writer->waiting_since_us = now;
    }
    if (writer->wrote_last) {
        return true;
    }
    const bool quiet = now - writer->last_entry_us >= WAIT_UNIT_US;
    if (view->lowest_owned == 0 && quiet) {
        return true;
    }
    const int64_t wait = WAIT_UNIT_US * (1 + (int64_t)view->lowest_owned);
    const int64_t since = writer->waiting_since_us > writer->last_entry_us
                              ? writer->waiting_since_us
                              : writer->last_entry_us;
    return now - since >= wait;
}

static bool open_partitions(struct writer *writer, enum topic topic)
{
    const struct input_port *inputs = writer->ports.inputs;
    const int32_t count = inputs->partition_count(inputs->context, topic);
    for (int32_t p = writer->opened[topic]; p < count; p++) {
        int64_t from = world_position(writer->world, topic, p);
        if (from < 0) {
            from = inputs->extent(inputs->context, topic, p).start;
        }
        if (from < 0 || writer->source_count == INPUTS_MAX) {
            return false;
        }
        inputs->open(inputs->context, topic, p, from);
        writer->sources[writer->source_count++] = (struct source){ .topic = topic, .partition = p };
        writer->opened[topic] = p + 1;
    }
    return count > 0;
}

/* Takes over the positions in the state, once the journal is read to an end asked for just now. */
static void try_open(struct writer *writer)
{
    const struct journal_port *journal = writer->ports.journal;
    if (!writer->refreshed) {
        journal->refresh(journal->context);
        writer->refreshed = true;
        return;
    }
    if (!journal->fresh(journal->context) || !replica_caught_up(writer->replica)) {
        return;
    }
    writer->source_count = 0;
    memset(writer->opened, 0, sizeof writer->opened);
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        if (!open_partitions(writer, (enum topic)topic)) {
            writer->ports.inputs->close_all(writer->ports.inputs->context);
            return;
        }
    }
    writer->references_read = false;
    writer->ahead_count = 0;
    writer->errors_seen = journal->errors(journal->context);
    writer->state = WRITER_WRITING;
}

/* After a producer error, or when everything sent was reported but not all of it counts: what is on
 * its way may be void. The journal is read to its end and the inputs from the state's positions. */
static bool in_doubt(struct writer *writer)
{
    const struct journal_port *journal = writer->ports.journal;
    const uint64_t errors = journal->errors(journal->context);
    if (errors != writer->errors_seen) {
        return true;
    }
    return writer->ahead_count > 0 && journal->in_flight(journal->context) == 0 &&
           now_us(writer) - writer->ahead[writer->ahead_count - 1].sent_us > WAIT_UNIT_US &&
           replica_caught_up(writer->replica);
}

/* ------------------------------------------------------------------ the merge by timestamp */

static bool before(const struct writer *writer, uint32_t a, uint32_t b)
{
    const struct source *left = &writer->sources[a];
    const struct source *right = &writer->sources[b];
    const bool left_starves = left->entries_waited >= ENTRIES_WAITED_MAX;
    const bool right_starves = right->entries_waited >= ENTRIES_WAITED_MAX;
    if (left_starves != right_starves) {
        return left_starves;
    }
    return left->timestamp_ms != right->timestamp_ms ? left->timestamp_ms < right->timestamp_ms
                                                     : a < b;
}

static void heap_swap(struct writer *writer, uint32_t i, uint32_t j)
{
    const uint32_t kept = writer->heap[i];
    writer->heap[i] = writer->heap[j];
    writer->heap[j] = kept;
}

static void heap_down(struct writer *writer, uint32_t i)
{
    for (uint32_t child = 2 * i + 1; child < writer->heap_count; child = 2 * i + 1) {
        if (child + 1 < writer->heap_count &&
            before(writer, writer->heap[child + 1], writer->heap[child])) {
            child++;
        }
        if (!before(writer, writer->heap[child], writer->heap[i])) {
            return;
        }
        heap_swap(writer, i, child);
        i = child;
    }
}

static void heap_add(struct writer *writer, uint32_t source)
{
    uint32_t i = writer->heap_count++;
    writer->heap[i] = source;
    while (i > 0 && before(writer, writer->heap[i], writer->heap[(i - 1) / 2])) {
        heap_swap(writer, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

/* The first time that all of a source was taken; the newest of it is in the entry `sequence`. */
static void note_drained(struct source *source, uint64_t sequence)
{
    if (!source->drained) {
        source->drained = true;
        source->drained_by = sequence;
    }
}

static uint64_t last_sent(const struct writer *writer)
{
    return writer->ahead_count ? writer->ahead[writer->ahead_count - 1].sequence
                               : replica_point(writer->replica).sequence;
}

/* Looks at the head of a source. STATUS_OK: there is one. */
static enum status look_at_head(struct writer *writer, struct source *source,
                                struct record *out_record, struct failure *failure)
{
    const struct input_port *inputs = writer->ports.inputs;
    const enum status status = inputs->peek(inputs->context, source->topic, source->partition,
                                            out_record, &source->at_end, failure);
    if (status == STATUS_OK) {
        source->timestamp_ms = out_record->timestamp_ms < 0 ? 0 : out_record->timestamp_ms;
        source->missing_since_us = 0;
    } else if (status == STATUS_AGAIN && source->at_end) {
        source->missing_since_us = 0;
    } else if (status == STATUS_AGAIN && !source->missing_since_us) {
        source->missing_since_us = now_us(writer);
    }
    return status;
}

static bool source_may_be_read(const struct writer *writer, const struct source *source)
{
    return writer->references_read || topic_is_reference(source->topic);
}

/* The heads of all sources, and whether to wait for one that should have a head but has none. */
static enum status gather_heads(struct writer *writer, bool *out_wait, struct failure *failure)
{
    writer->heap_count = 0;
    bool references_read = true;
    bool missing = false;
    int64_t oldest_ms = INT64_MAX;
    const int64_t now = now_us(writer);
    const int64_t wait_us = writer->settings.clock == WORLD_CLOCK_EVENT ? REPLAY_ALIGN_WAIT_US
                                                                        : ALIGN_WAIT_US;
    for (uint32_t i = 0; i < writer->source_count; i++) {
        struct source *source = &writer->sources[i];
        struct record record;
        source->taken = false;
        const enum status status = look_at_head(writer, source, &record, failure);
        if (status == STATUS_LOST) {
            return status;
        }
        const bool at_end = status == STATUS_AGAIN && source->at_end;
        if (at_end) {
            note_drained(source, last_sent(writer));
        }
        references_read = references_read && (at_end || !topic_is_reference(source->topic));
        if (!source_may_be_read(writer, source)) {
            continue;
        }
        if (status == STATUS_OK) {
            oldest_ms = source->timestamp_ms < oldest_ms ? source->timestamp_ms : oldest_ms;
            heap_add(writer, i);
        }
        missing = missing ||
                  (source->missing_since_us && now - source->missing_since_us < wait_us);
    }
    writer->references_read = writer->references_read || references_read;
    const bool backlog = oldest_ms != INT64_MAX && wall_ms(writer) - oldest_ms > BACKLOG_MS;
    writer->input_lag_ms = oldest_ms != INT64_MAX ? wall_ms(writer) - oldest_ms : 0;
    *out_wait = missing && backlog;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ time zones (2.5) */

/* The rules of the zone that a location record names, unless the journal has the same already. */
static void add_zone_of(struct writer *writer, const struct record *record)
{
    struct event event;
    struct refusal_reason reason;
    if (record->topic != TOPIC_LOCATIONS ||
        event_decode(writer->decoder, record, &event, &reason) != REFUSAL_NONE || event.removed) {
        return;
    }
    const struct bytes name = event.location.time_zone;
    for (uint32_t i = 0; i < writer->zone_count; i++) {
        if (bytes_equal(writer->zones[i].name, name)) {
            return;
        }
    }
    struct bytes tzif;
    if (writer->ports.zones->read(writer->ports.zones->context, name, &tzif) != STATUS_OK ||
        tzif.count > TIME_ZONE_BYTES_MAX ||
        bytes_equal(world_zone_tzif(writer->world, name), tzif)) {
        return;
    }
    uint8_t *copy = arena_take(&writer->zone_arena, name.count + tzif.count);
    memcpy(copy, name.data, name.count);
    memcpy(copy + name.count, tzif.data, tzif.count);
    writer->zones[writer->zone_count++] = (struct journal_zone){
        bytes_of(copy, name.count), bytes_of(copy + name.count, tzif.count)
    };
    writer->zone_bytes += name.count + tzif.count + 16;
}

/* ------------------------------------------------------------------ an entry */

/* Takes records in the order of their timestamps until the entry is full. */
static enum status fill(struct writer *writer, struct journal_builder *builder,
                        struct failure *failure)
{
    writer->zone_count = 0;
    writer->zone_bytes = 0;
    arena_reset(&writer->zone_arena);
    writer->last_was_full = false;
    const size_t room = ENTRY_BYTES_MAX - ENTRY_SLACK_BYTES;
    while (writer->heap_count > 0 && writer->zone_count < ENTRY_ZONES_MAX) {
        struct source *source = &writer->sources[writer->heap[0]];
        struct record record;
        const enum status status = look_at_head(writer, source, &record, failure);
        if (status == STATUS_LOST) {
            return status;
        }
        if (status == STATUS_OK) {
            const size_t bytes = journal_record_bytes(&record);
            if (builder->record_count > 0 &&
                builder->records.count + writer->zone_bytes + bytes + TIME_ZONE_BYTES_MAX > room) {
                writer->last_was_full = true;
                break;
            }
            add_zone_of(writer, &record);
            journal_builder_add(builder, &record);
            writer->ports.inputs->take(writer->ports.inputs->context, source->topic,
                                       source->partition);
            source->taken = true;
            source->entries_waited = 0;
            const enum status next = look_at_head(writer, source, &record, failure);
            if (next == STATUS_OK) {
                heap_down(writer, 0);
                continue;
            }
            if (next == STATUS_AGAIN && source->at_end) {
                note_drained(source, last_sent(writer) + 1);
            }
        }
        writer->heap[0] = writer->heap[--writer->heap_count];
        heap_down(writer, 0);
    }
    for (uint32_t i = 0; i < writer->heap_count; i++) {
        struct source *source = &writer->sources[writer->heap[i]];
        source->entries_waited += !source->taken;
    }
    return STATUS_OK;
}

static bool settings_to_announce(const struct writer *writer)
{
    const struct settings *in_force = world_settings(writer->world);
    if (in_force->rules == 0) {
        return writer->ahead_count == 0;
    }
    return !writer->announced && memcmp(in_force, &writer->settings, sizeof *in_force) != 0;
}

static void add_published(struct writer *writer, const struct writer_view *view,
                          struct journal_entry *entry, int64_t now)
{
    if (now - writer->last_published_us >= PUBLISHED_EVERY_US && view->published_count > 0) {
        writer->last_published_us = now;
        entry->published = view->published;
        entry->published_count = view->published_count;
    }
}

/* 2.6: when the time has come, unless an entry on its way has it. Under `clock: event` it goes with
 * records, which give the time. */
static bool review_due(const struct writer *writer, int64_t entry_now_ms, uint32_t record_count)
{
    const struct settings *in_force = world_settings(writer->world);
    const bool by_events = in_force->clock == WORLD_CLOCK_EVENT;
    for (uint32_t i = 0; i < writer->ahead_count; i++) {
        if (writer->ahead[i].review) {
            return false;
        }
    }
    const int64_t now_ms = by_events ? world_now_ms(writer->world) : entry_now_ms;
    return world_sequence(writer->world) > 0 && (!by_events || record_count > 0) &&
           world_review_ms(writer->world) <= now_ms;
}

static void describe(struct writer *writer, const struct writer_view *view,
                     struct journal_entry *entry, uint32_t record_count, int64_t now)
{
    const struct journal_point point = replica_point(writer->replica);
    const struct on_its_way *last =
        writer->ahead_count ? &writer->ahead[writer->ahead_count - 1] : NULL;
    entry->sequence = last_sent(writer) + 1;
    writer->previous = last ? last->id : point.id;
    entry->previous = bytes_of(writer->previous.bytes,
                               entry->sequence == 1 ? 0 : sizeof writer->previous.bytes);
    const int64_t last_now_ms = replica_last_now_ms(writer->replica);
    const int64_t wall = wall_ms(writer);
    entry->now_ms = wall > last_now_ms ? wall : last_now_ms;
    if (settings_to_announce(writer)) {
        entry->has_settings = true;
        entry->settings = writer->settings;
    }
    entry->zones = writer->zones;
    entry->zone_count = writer->zone_count;
    add_published(writer, view, entry, now);
    if (view->state_sequence > writer->announced_state) {
        entry->has_state = true;
        entry->state_sequence = view->state_sequence;
        entry->state_hash = view->state_hash;
        writer->announced_state = view->state_sequence;
    }
    entry->review = review_due(writer, entry->now_ms, record_count);
}

static enum status send_entry(struct writer *writer, const struct writer_view *view,
                              const struct journal_builder *builder, int64_t now)
{
    struct journal_entry entry = { 0 };
    describe(writer, view, &entry, builder->record_count, now);
    struct buffer out = buffer_of(writer->entry_room, ENTRY_ROOM_BYTES);
    journal_builder_finish(builder, &entry, &out);
    CHECK(!out.overflowed);
    const struct journal_port *journal = writer->ports.journal;
    if (journal->append(journal->context, buffer_bytes(&out)) != STATUS_OK) {
        /* The records were taken from the inputs already: read them again. */
        stand_down(writer);
        writer->wrote_last = true;
        return STATUS_AGAIN;
    }
    writer->ahead[writer->ahead_count++] =
        (struct on_its_way){ entry.sequence, entry.id, now, entry.review };
    writer->announced = writer->announced || entry.has_settings;
    writer->last_sent_us = now;
    return STATUS_OK;
}

/* Rejects and ended keys are forgotten only by `published`, so that alone is worth an entry. */
static bool something_to_forget(const struct writer *writer, const struct writer_view *view,
                                int64_t now)
{
    uint64_t cursor = 0;
    struct rejected oldest;
    if (now - writer->last_published_us < PUBLISHED_EVERY_US || view->published_count == 0 ||
        !world_rejected(writer->world, &cursor, &oldest)) {
        return false;
    }
    for (uint32_t i = 0; i < view->published_count; i++) {
        if (view->published[i].sequence < oldest.sequence) {
            return false;
        }
    }
    return true;
}

static enum status write_entry(struct writer *writer, const struct writer_view *view, int64_t now,
                               struct failure *failure)
{
    bool wait = false;
    enum status status = gather_heads(writer, &wait, failure);
    if (status != STATUS_OK) {
        return status;
    }
    const bool needed = world_sequence(writer->world) == 0 || tick_due(writer) ||
                        something_to_forget(writer, view, now);
    if ((writer->heap_count == 0 || wait) && !(needed && writer->ahead_count == 0)) {
        return STATUS_AGAIN;
    }
    struct journal_builder builder;
    journal_builder_start(&builder, buffer_of(writer->record_room, ENTRY_ROOM_BYTES));
    if (wait) {
        writer->heap_count = 0;
    }
    status = fill(writer, &builder, failure);
    if (status != STATUS_OK) {
        return status;
    }
    return send_entry(writer, view, &builder, now);
}

enum status writer_step(struct writer *writer, const struct writer_view *view,
                        struct failure *failure)
{
    const int64_t now = now_us(writer);
    if (look(writer, now, failure) != STATUS_OK) {
        return STATUS_LOST;
    }
    if (writer->state == WRITER_IDLE) {
        if (may_begin(writer, view, now)) {
            writer->state = WRITER_OPENING;
            writer->refreshed = false;
        }
    }
    if (writer->state == WRITER_OPENING) {
        try_open(writer);
    }
    if (writer->state != WRITER_WRITING) {
        return STATUS_AGAIN;
    }
    if (!view->may_write || view->lowest_owned < 0) {
        stand_down(writer);
        return STATUS_AGAIN;
    }
    if (in_doubt(writer)) {
        stand_down(writer);
        return STATUS_AGAIN;
    }
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        (void)open_partitions(writer, (enum topic)topic);
    }
    if (writer->ahead_count == WRITER_AHEAD_MAX ||
        (!writer->last_was_full && now - writer->last_sent_us < ENTRY_EVERY_US)) {
        return STATUS_AGAIN;
    }
    return write_entry(writer, view, now, failure);
}

int64_t writer_wait_us(const struct writer *writer)
{
    const int64_t now = now_us(writer);
    int64_t wait = EXTENT_LOOK_US;
    if (writer->state == WRITER_OPENING) {
        wait = 5000;
    } else if (writer->state == WRITER_WRITING) {
        const int64_t paced = writer->last_sent_us + ENTRY_EVERY_US - now;
        wait = paced > 0 ? paced : wait;
    }
    const int64_t at_ms = tick_ms(writer);
    if (at_ms != INT64_MAX) {
        const int64_t due_us = (at_ms - wall_ms(writer)) * 1000;
        wait = due_us < wait ? due_us : wait;
    }
    return wait > 0 ? wait : 0;
}
