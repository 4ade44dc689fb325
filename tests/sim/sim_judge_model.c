/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slow twin of the world, fed with what the journal has: what became of every record, and at
 * the end every document, are compared with the replay's. The twin keeps pointers to its events, so
 * each is decoded in memory of its own: address space, of which a few pages are touched.
 */
#include "sim/sim_judge.h"

#include <sys/mman.h>

#include "model/model.h"

enum { TWIN_RECORDS_MAX = 512, TWIN_SPARE_BYTES = 64 << 20 };

static struct twin {
    struct model *model;
    struct arena arena;
    uint32_t record_count;
} twin;

void judge_model_open(void)
{
    if (!twin.arena.base) {
        const size_t bytes = TWIN_RECORDS_MAX * event_decoder_bytes() + TWIN_SPARE_BYTES;
        void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        CHECK(base != MAP_FAILED);
        twin.arena = arena_of(base, bytes);
    }
    if (twin.model) {
        model_free(twin.model);
    }
    const size_t used = (twin.arena.used + 4095) & ~(size_t)4095;
    CHECK(used == 0 || madvise(twin.arena.base, used, MADV_DONTNEED) == 0);
    arena_reset(&twin.arena);
    twin.model = model_new();
    twin.record_count = 0;
}

static void *keep(const void *bytes, size_t count)
{
    void *copy = arena_take(&twin.arena, count);
    memcpy(copy, bytes, count);
    return copy;
}

/* A copy of the entry that lives as long as the twin. */
const struct world_entry *judge_model_begin(const struct world_entry *entry)
{
    struct world_entry *kept = keep(entry, sizeof *entry);
    if (entry->settings) {
        kept->settings = keep(entry->settings, sizeof *entry->settings);
    }
    if (entry->published_count) {
        kept->published =
            keep(entry->published, entry->published_count * sizeof *entry->published);
    }
    struct world_zone *zones =
        arena_take(&twin.arena, (entry->zone_count + 1) * sizeof *entry->zones);
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        const struct world_zone *zone = &entry->zones[i];
        zones[i].name = bytes_of(keep(zone->name.data, zone->name.count), zone->name.count);
        zones[i].tzif = bytes_of(keep(zone->tzif.data, zone->tzif.count), zone->tzif.count);
        zones[i].rules = keep(zone->rules, sizeof *zone->rules);
    }
    kept->zones = zones;
    model_begin(twin.model, kept);
    return kept;
}

void judge_model_end(const struct world_entry *entry)
{
    model_end(twin.model, entry);
}

enum refusal judge_model_decode(const struct record *record, struct event **out_event,
                                struct refusal_reason *out_reason)
{
    CHECK(twin.record_count++ < TWIN_RECORDS_MAX);
    struct event_decoder *decoder = event_decoder_init(&twin.arena);
    *out_event = arena_take(&twin.arena, sizeof **out_event);
    return event_decode(decoder, record, *out_event, out_reason);
}

void judge_model_pass(const struct record_place *place)
{
    model_pass(twin.model, keep(place, sizeof *place), true);
}

void judge_model_apply(struct judge *judge, const struct record_place *place,
                       const struct event *event, enum event_result result)
{
    uint32_t refusals = 0;
    const enum event_result expected =
        model_apply(twin.model, keep(place, sizeof *place), event, &refusals);
    if (expected != result) {
        sim_fail(judge->sim, "%s partition %d offset %lld became %s where the twin says %s",
                 TOPICS[place->topic].name, place->partition, (long long)place->offset,
                 RESULT_NAMES[result], RESULT_NAMES[expected]);
    }
}

/* ------------------------------------------------------------------ at the end */

static void compare(struct judge *judge, const struct model_document *document)
{
    uint8_t room[RECORD_KEY_BYTES_MAX];
    struct buffer name = buffer_of(room, sizeof room);
    struct document expected = document->document;
    expected.topic = world_key_topic(document->kind);
    document_encode_key(&expected, &name);
    const struct document_key key =
        world_find_key(judge->world, expected.topic, buffer_bytes(&name));
    const enum key_state state =
        key.row ? world_key_state(judge->world, key) : KEY_STATE_NONE;
    const char *wrong = NULL;
    if (state != document->state) {
        wrong = state == KEY_STATE_NONE && document->forgettable ? NULL : "has another state";
    } else if (state == KEY_STATE_LIVE) {
        struct document derived;
        arena_reset(&judge->scratch);
        world_derive(judge->world, key, &judge->scratch, &derived);
        wrong = document_content_hash(&derived) != document_content_hash(&expected)
                    ? "is not what the twin derives"
                    : NULL;
    }
    if (wrong) {
        sim_fail(judge->sim, "%s %.*s %s", TOPICS[expected.topic].name, (int)name.count,
                 (const char *)name.data, wrong);
    }
}

void judge_model(struct judge *judge)
{
    uint32_t count;
    const struct model_document *documents = model_documents(twin.model, &count);
    uint32_t expected = 0;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        compare(judge, &documents[i]);
        expected += !documents[i].forgettable;
    }
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        const uint32_t rows = world_key_row_count(judge->world, (enum key_kind)kind);
        for (uint32_t row = 1; row < rows; row++) {
            const struct document_key key = { (enum key_kind)kind, row };
            found += world_key_state(judge->world, key) != KEY_STATE_NONE;
        }
    }
    if (found < expected || found > count) {
        sim_fail(judge->sim, "%u keys where the twin has %u, of which %u may be forgotten", found,
                 count, count - expected);
    }
}
