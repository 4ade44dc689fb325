/* SPDX-License-Identifier: Apache-2.0 */
#include "model/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "model/audit.h"

enum { COUNTERS_EVERY = 1000, ARENA_BYTES = 64 << 20, SLOTS = 1 << 14 };

/* A key that the world or the model has shown, and what it showed last. */
struct shown {
    enum key_kind kind;
    char *key;
    size_t key_bytes;
    char *text;                  /* of the model, after the last entry */
    size_t text_bytes;
    enum key_state state;
    int64_t as_of;               /* of the model */
    bool forgettable;
    bool changed;                /* by the entry at hand */
    bool touched;
    uint64_t model_sequence;     /* when the model had it last */
    uint64_t world_sequence;
    uint64_t world_version;      /* of a key that ended */
};

struct check {
    const struct stream *stream;
    const struct stream_zones *zones;
    struct check_outcome *outcome;
    struct world *world;
    struct model *model;
    void *memory;
    struct arena arena;
    void *scratch;
    struct shown *shown;
    size_t shown_count;
    size_t slots[SLOTS];
    struct rendered text;
    uint64_t sequence;
    uint64_t shared_before;
    int64_t due_before;
    bool only_time;              /* the entry at hand has nothing but its now */
    int64_t offsets[TOPIC_INPUT_COUNT][8];
    uint64_t results[TOPIC_INPUT_COUNT][EVENT_TYPE_COUNT][RESULT_COUNT];
    uint64_t rejected_cursor;
};

__attribute__((format(printf, 2, 3))) static void differ(struct check *check, const char *format,
                                                         ...)
{
    struct rendered *report = &check->outcome->report;
    char line[4096];
    va_list values;
    if (!check->outcome->differs) {
        (void)snprintf(check->outcome->kind, sizeof check->outcome->kind, "%s", format);
    }
    check->outcome->differs = true;
    va_start(values, format);
    const int count = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    const size_t bytes = count < (int)sizeof line ? (size_t)count : sizeof line - 1;
    report->data = realloc(report->data, report->count + bytes + 2);
    if (!report->data) {
        abort();
    }
    memcpy(report->data + report->count, line, bytes);
    report->count += bytes;
    report->data[report->count++] = '\n';
    report->data[report->count] = '\0';
    report->room = report->count + 1;
}

/* ------------------------------------------------------------------ keys seen so far */

static size_t hash_key(enum key_kind kind, const char *key, size_t count)
{
    uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)kind;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ (uint8_t)key[i]) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ (hash >> 29)) & (SLOTS - 1);
}

static struct shown *shown_of(struct check *check, enum key_kind kind, const char *key,
                              size_t count)
{
    size_t at = hash_key(kind, key, count);
    for (; check->slots[at]; at = (at + 1) & (SLOTS - 1)) {
        struct shown *shown = &check->shown[check->slots[at] - 1];
        if (shown->kind == kind && shown->key_bytes == count &&
            memcmp(shown->key, key, count) == 0) {
            return shown;
        }
    }
    if (check->shown_count + 1 >= SLOTS) {
        abort();
    }
    struct shown *shown = &check->shown[check->shown_count++];
    check->slots[at] = check->shown_count;
    shown->kind = kind;
    shown->key = malloc(count + 1);
    if (!shown->key) {
        abort();
    }
    memcpy(shown->key, key, count);
    shown->key[count] = '\0';
    shown->key_bytes = count;
    return shown;
}

static struct shown *shown_document(struct check *check, enum key_kind kind,
                                    const struct document *document)
{
    render_reset(&check->text);
    render_key(&check->text, kind, document);
    return shown_of(check, kind, render_text(&check->text), check->text.count);
}

/* ------------------------------------------------------------------ documents */

static void keep_text(struct shown *shown, const struct rendered *text)
{
    shown->text = realloc(shown->text, text->count + 1);
    if (!shown->text) {
        abort();
    }
    memcpy(shown->text, text->data, text->count + 1);
    shown->text_bytes = text->count;
}

static void take_model_document(struct check *check, const struct model_document *document)
{
    struct shown *shown = shown_document(check, document->kind, &document->document);
    render_reset(&check->text);
    render_document(&check->text, document->kind, document->state, &document->document);
    const char *text = render_text(&check->text);
    shown->changed = !shown->text || shown->text_bytes != check->text.count ||
                     memcmp(shown->text, text, check->text.count) != 0;
    if (shown->changed) {
        keep_text(shown, &check->text);
    }
    shown->state = document->state;
    shown->as_of = document->document.as_of;
    shown->forgettable = document->forgettable;
    shown->model_sequence = check->sequence;
    check->outcome->documents++;
}

/* The newest change of anything that is looked for by walking, not by touched keys. */
static uint64_t walked_changed(const struct world *world, enum key_kind kind)
{
    const uint64_t shared = world_shared_changed(world);
    const uint64_t capacity = world_capacity_changed(world);
    return kind == KEY_SITE ? world_sites_changed(world)
           : shared > capacity ? shared
                               : capacity;
}

/* Why the key would not be found due, though its document changed. */
static void check_found_due(struct check *check, const struct shown *shown,
                            struct document_key key)
{
    if (!shown->changed || shown->state == KEY_STATE_NONE) {
        return;
    }
    if (!world_key_due(check->world, key, check->sequence - 1)) {
        differ(check, "%s changed, but world_key_due() says it is not, and this is entry %llu:",
               shown->key, (unsigned long long)check->sequence);
        differ(check, "    now:%s", shown->text);
    } else if (!shown->touched && walked_changed(check->world, shown->kind) < check->sequence) {
        differ(check, "%s changed, but is neither touched nor would it be walked over", shown->key);
    }
    if (check->only_time && check->due_before > model_now_ms(check->model) &&
        check->stream->settings.clock == WORLD_CLOCK_WALL) {
        differ(check, "%s changed by time alone, but world_due_ms() had said %lld, it is %lld",
               shown->key, (long long)check->due_before, (long long)model_now_ms(check->model));
    }
}

static void check_version(struct check *check, struct shown *shown, enum key_state state,
                          uint64_t version)
{
    if (state == KEY_STATE_LIVE ? version != check->sequence : version > check->sequence) {
        differ(check, "%s: version %llu at entry %llu", shown->key, (unsigned long long)version,
               (unsigned long long)check->sequence);
    }
    if (state == KEY_STATE_TOMBSTONE && shown->world_version &&
        shown->world_version != version) {
        differ(check, "%s: gone with version %llu, its tombstone has %llu", shown->key,
               (unsigned long long)shown->world_version, (unsigned long long)version);
    }
    shown->world_version = state == KEY_STATE_GONE || state == KEY_STATE_TOMBSTONE ? version : 0;
}

/* The first difference is named by its field: the least list is to fail in the same. */
static void differ_at(struct check *check, enum key_kind kind, const char *world, const char *model)
{
    size_t at = 0;
    while (world[at] != '\0' && world[at] == model[at]) {
        at++;
    }
    while (at > 0 && world[at] != ' ') {
        at--;
    }
    if (!check->outcome->differs) {
        check->outcome->differs = true;
        (void)snprintf(check->outcome->kind, sizeof check->outcome->kind, "%d%.*s", (int)kind,
                       (int)strcspn(world + at, "="), world + at);
    }
}

/* The newest event of an order, or that names a location. */
static void compare_as_of(struct check *check, const struct shown *shown, int64_t as_of)
{
    if ((shown->kind == KEY_ORDER || shown->kind == KEY_SITE) &&
        shown->state == KEY_STATE_LIVE && shown->as_of != as_of) {
        differ(check, "%s: as_of world %lld, model %lld", shown->key, (long long)as_of,
               (long long)shown->as_of);
    }
}

static void compare_document(struct check *check, struct document_key key)
{
    const enum key_state state = world_key_state(check->world, key);
    if (state == KEY_STATE_NONE) {
        return;
    }
    struct document document;
    arena_reset(&check->arena);
    world_derive(check->world, key, &check->arena, &document);
    struct shown *shown = shown_document(check, key.kind, &document);
    render_reset(&check->text);
    render_document(&check->text, key.kind, state, &document);
    const char *text = render_text(&check->text);
    shown->world_sequence = check->sequence;
    if (shown->model_sequence != check->sequence) {
        differ(check, "%s\n    world:%s\n    model: there is no such key", shown->key, text);
    } else if (shown->text_bytes != check->text.count ||
               memcmp(shown->text, text, check->text.count) != 0) {
        differ_at(check, key.kind, text, shown->text);
        differ(check, "%s", shown->key);
        differ(check, "    world:%s", text);
        differ(check, "    model:%s", shown->text);
    }
    compare_as_of(check, shown, document.as_of);
    check_version(check, shown, state, document.version);
    if (!check->stream->at_end) {
        check_found_due(check, shown, key);
    }
}

static void take_touched(struct check *check)
{
    uint32_t count;
    const struct document_key *keys = world_touched(check->world, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (world_key_state(check->world, keys[i]) == KEY_STATE_NONE) {
            continue;
        }
        struct document document;
        arena_reset(&check->arena);
        world_derive(check->world, keys[i], &check->arena, &document);
        shown_document(check, keys[i].kind, &document)->touched = true;
    }
    world_touched_clear(check->world);
}

static void compare_documents(struct check *check)
{
    uint32_t count;
    const struct model_document *documents = model_documents(check->model, &count);
    for (uint32_t i = 0; i < count; i++) {
        take_model_document(check, &documents[i]);
    }
    take_touched(check);
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        const uint32_t rows = world_key_row_count(check->world, (enum key_kind)kind);
        for (uint32_t row = 1; row < rows; row++) {
            compare_document(check, (struct document_key){ (enum key_kind)kind, row });
        }
    }
    for (size_t i = 0; i < check->shown_count; i++) {
        struct shown *shown = &check->shown[i];
        if (shown->model_sequence == check->sequence && !shown->forgettable &&
            shown->world_sequence != check->sequence) {
            differ(check, "%s\n    world: there is no such key\n    model:%s", shown->key,
                   shown->text);
        }
        shown->changed = false;
        shown->touched = false;
    }
}

/* ------------------------------------------------------------------ counters */

static void compare_number(struct check *check, const char *name, int64_t world, int64_t model)
{
    if (world != model) {
        differ(check, "%s: world %lld, model %lld", name, (long long)world, (long long)model);
    }
}

static void compare_results(struct check *check)
{
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
            for (int result = 0; result < RESULT_COUNT; result++) {
                const uint64_t world =
                    world_event_count(check->world, (enum topic)topic, (enum event_type)type,
                                      (enum event_result)result);
                if (world != check->results[topic][type][result]) {
                    differ(check, "events_total{%s,%s,%s}: world %llu, counted %llu",
                           TOPICS[topic].name, EVENT_TYPES[type].name, RESULT_NAMES[result],
                           (unsigned long long)world,
                           (unsigned long long)check->results[topic][type][result]);
                }
            }
        }
    }
}

static void compare_counters(struct check *check)
{
    static const enum anomaly ANOMALIES[] = { ANOMALY_NOTHING_OPEN, ANOMALY_RELEASE_BEYOND_HELD,
                                              ANOMALY_LATE_BEYOND_WINDOW };
    for (size_t i = 0; i < sizeof ANOMALIES / sizeof *ANOMALIES; i++) {
        compare_number(check, ANOMALY_NAMES[ANOMALIES[i]],
                       (int64_t)world_anomaly_count(check->world, ANOMALIES[i]),
                       (int64_t)model_anomaly_count(check->model, ANOMALIES[i]));
    }
    compare_results(check);
}

/* What must hold of its tables, whatever was fed. */
static void audit(struct check *check)
{
    char report[512];
    if (!audit_world(check->world, report, sizeof report)) {
        differ(check, "audit: %s", report);
    }
}

static void compare_gauges(struct check *check)
{
    compare_number(check, "now", world_now_ms(check->world), model_now_ms(check->model));
    compare_number(check, "as_of", world_as_of(check->world), model_as_of(check->model));
    compare_number(check, "shortfall", world_shortfall_units(check->world),
                   model_shortfall(check->model));
    if (world_sequence(check->world) != check->sequence) {
        differ(check, "the world's sequence is %llu at entry %llu",
               (unsigned long long)world_sequence(check->world),
               (unsigned long long)check->sequence);
    }
}

/* ------------------------------------------------------------------ records */

/* A refused record is kept with its place until it is published. */
static void check_kept(struct check *check, const struct record_place *place)
{
    struct rejected rejected;
    struct rejected last = { .sequence = 0 };
    while (world_rejected(check->world, &check->rejected_cursor, &rejected)) {
        last = rejected;
    }
    if (last.sequence != check->sequence || last.place.topic != place->topic ||
        last.place.partition != place->partition || last.place.offset != place->offset) {
        differ(check, "a refused record is not the last in world_rejected()");
    }
}

static void feed_event(struct check *check, const struct step *step,
                       const struct record_place *place)
{
    struct refusal_reason reason = { .refusal = REFUSAL_NONE };
    uint32_t refusals = 0;
    const enum event_result world =
        world_apply(check->world, place, step->event, &reason);
    const enum event_result model = model_apply(check->model, place, step->event, &refusals);
    const bool refused = (refusals & (1u << reason.refusal)) != 0;
    if (world == RESULT_REJECTED ? !refused : world != model) {
        differ(check, "result: world %s (%s), model %s (any of 0x%x)", RESULT_NAMES[world],
               REFUSAL_NAMES[reason.refusal], RESULT_NAMES[model], refusals);
    }
    if (world == RESULT_REJECTED) {
        check_kept(check, place);
    }
    if (place->partition >= 0) {
        check->results[place->topic][step->event->type][world]++;
    }
}

static void feed_record(struct check *check, const struct step *step)
{
    struct record_place place = { step->topic, step->partition, -1, step->timestamp_ms,
                                  (int64_t)check->sequence };
    if (step->partition >= 0) {
        place.offset = check->offsets[step->topic][step->partition]++;
    }
    if (step->kind == STEP_EVENT) {
        feed_event(check, step, &place);
        return;
    }
    model_pass(check->model, &place, step->kind == STEP_REJECT);
    if (step->kind == STEP_SKIP) {
        world_skip(check->world, &place);
        check->results[place.topic][EVENT_UNKNOWN][RESULT_IGNORED]++;
        return;
    }
    struct refusal_reason reason;
    refusal_set(&reason, REFUSAL_MALFORMED, "no map");
    world_reject(check->world, &place, EVENT_UNKNOWN, &reason);
    check->results[place.topic][EVENT_UNKNOWN][RESULT_REJECTED]++;
    check_kept(check, &place);
}

/* ------------------------------------------------------------------ entries */

static struct world_entry entry_of(struct check *check, const struct step *step,
                                   struct watermark_entry *published)
{
    struct world_entry entry = { .sequence = ++check->sequence, .now_ms = step->now_ms };
    if (entry.sequence == 1) {
        entry.settings = &check->stream->settings;
        entry.zones = check->zones->zones;
        entry.zone_count = STREAM_ZONES;
    } else if (step->zone) {
        entry.zones = step->zone;
        entry.zone_count = 1;
    }
    if (step->publishes && entry.sequence > 1) {
        for (uint32_t i = 0; i < check->stream->output_partitions; i++) {
            published[i] = (struct watermark_entry){ i, entry.sequence - 1 };
        }
        entry.published = published;
        entry.published_count = check->stream->output_partitions;
    }
    entry.review = step->reviews;
    return entry;
}

/* Feeds the entry that begins with steps[first]; the index after its last step. */
static size_t feed_entry(struct check *check, const struct step *const *steps, size_t first,
                         size_t step_count)
{
    struct watermark_entry published[4];
    struct world_entry entry = entry_of(check, steps[first], published);
    size_t end = first + 1;
    while (end < step_count && steps[end]->joins) {
        end++;
    }
    check->only_time = steps[first]->kind == STEP_TICK && end == first + 1 &&
                       !entry.zone_count && !entry.review;
    check->due_before = world_due_ms(check->world);
    world_begin(check->world, &entry);
    model_begin(check->model, &entry);
    for (size_t i = first; i < end; i++) {
        if (steps[i]->kind != STEP_TICK) {
            feed_record(check, steps[i]);
        }
    }
    world_end(check->world, &entry);
    model_end(check->model, &entry);
    if (!check->stream->at_end || end == step_count) {
        compare_documents(check);
        compare_gauges(check);
        audit(check);
    }
    check->outcome->entries++;
    return end;
}

/* ------------------------------------------------------------------ a run */

static void *map_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        abort();
    }
    return memory;
}

static void check_close(struct check *check)
{
    for (size_t i = 0; i < check->shown_count; i++) {
        free(check->shown[i].key);
        free(check->shown[i].text);
    }
    free(check->shown);
    render_free(&check->text);
    model_free(check->model);
    (void)munmap(check->memory, world_bytes(WORLD_SCALE_TEST));
    (void)munmap(check->scratch, ARENA_BYTES);
    free(check);
}

static void take_hits(struct check *check)
{
    uint32_t count;
    const struct model_hit *hits = model_hits(check->model, &count);
    memcpy(check->outcome->hits, hits, count * sizeof *hits);
    check->outcome->hit_count = count;
}

void check_run(const struct stream *stream, const struct step *const *steps, size_t step_count,
               const struct stream_zones *zones, volatile size_t *progress,
               struct check_outcome *out_outcome)
{
    struct check *check = calloc(1, sizeof *check);
    if (!check || !(check->shown = calloc(SLOTS, sizeof *check->shown))) {
        abort();
    }
    *out_outcome = (struct check_outcome){ .differs = false };
    check->stream = stream;
    check->zones = zones;
    check->outcome = out_outcome;
    check->memory = map_memory(world_bytes(WORLD_SCALE_TEST));
    check->scratch = map_memory(ARENA_BYTES);
    check->arena = arena_of(check->scratch, ARENA_BYTES);
    struct arena memory = arena_of(check->memory, world_bytes(WORLD_SCALE_TEST));
    check->world = world_init(&memory, WORLD_SCALE_TEST);
    check->model = model_new();
    size_t counted = 0;
    for (size_t at = 0; at < step_count && !out_outcome->differs;) {
        out_outcome->step = at;
        if (progress) {
            *progress = at;
        }
        at = feed_entry(check, steps, at, step_count);
        if (at - counted >= COUNTERS_EVERY || at == step_count) {
            counted = at;
            compare_counters(check);
        }
    }
    take_hits(check);
    check_close(check);
}
