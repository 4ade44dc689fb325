/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/snapshotter.h"

/* ------------------------------------------------------------------ a state of two tables */

struct wide {
    uint32_t live;
    uint32_t number;
    uint8_t filling[1016];
};

struct narrow {
    uint32_t live;
    uint32_t number;
};

enum { WIDE_MAX = 3000, NARROW_MAX = 50000, SPILL_BYTES = 16 * 1024 * 1024, LAYOUT = 1 };

struct state {
    struct table wide;
    struct table narrow;
    struct arena spill;
    struct snapshotter_tables tables;
    bool contradicts;              /* what restored() answers, once */
    uint32_t restored_count;
    void *region;
};

static bool state_restored(void *context)
{
    struct state *state = context;
    state->restored_count++;
    const bool holds = !state->contradicts;
    state->contradicts = false;
    return holds;
}

static struct state *state_new(void)
{
    enum { BYTES = 32 * 1024 * 1024 };
    struct state *state = calloc(1, sizeof *state);
    state->region = calloc(1, BYTES);
    struct arena arena = arena_of(state->region, BYTES);
    state->spill = arena_of(arena_take(&arena, SPILL_BYTES), SPILL_BYTES);
    table_init(&state->wide, &arena, &state->spill, sizeof(struct wide), WIDE_MAX);
    table_init(&state->narrow, &arena, &state->spill, sizeof(struct narrow), NARROW_MAX);
    (void)table_add(&state->wide);   /* a new world is not quite empty */
    state->tables = (struct snapshotter_tables){
        .tables = { &state->wide, &state->narrow }, .names = { "wide", "narrow" }, .count = 2,
        .layout_version = LAYOUT, .spill = &state->spill, .restored = state_restored,
        .context = state,
    };
    return state;
}

static void state_free(struct state *state)
{
    free(state->region);
    free(state);
}

static bool tables_equal(const struct table *a, const struct table *b)
{
    return a->row_count == b->row_count && a->free_first == b->free_first &&
           a->live_count == b->live_count && memcmp(a->rows, b->rows, table_bytes(a)) == 0;
}

static bool states_equal(const struct state *a, const struct state *b)
{
    return tables_equal(&a->wide, &b->wide) && tables_equal(&a->narrow, &b->narrow);
}

static struct state *state_copy(const struct state *from)
{
    struct state *copy = state_new();
    const struct table *sources[] = { &from->wide, &from->narrow };
    struct table *targets[] = { &copy->wide, &copy->narrow };
    for (int i = 0; i < 2; i++) {
        memcpy(targets[i]->rows, sources[i]->rows, table_bytes(sources[i]));
        targets[i]->row_count = sources[i]->row_count;
        targets[i]->free_first = sources[i]->free_first;
        targets[i]->live_count = sources[i]->live_count;
    }
    return copy;
}

static uint64_t random_next(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static uint64_t seed(void)
{
    const char *given = getenv("PROMISED_SEED");
    const uint64_t value = given ? strtoull(given, NULL, 10) : 20260703;
    (void)fprintf(stderr, "PROMISED_SEED=%llu\n", (unsigned long long)value);
    return value | 1;
}

static void table_change(struct table *table, uint64_t *random)
{
    const uint32_t row = 1 + (uint32_t)(random_next(random) % (table->row_count_max - 1));
    if (!table_has(table, row)) {
        (void)table_add(table);
    } else if (random_next(random) % 4 == 0 && table->live_count > 1) {
        table_remove(table, row);
    } else {
        uint32_t *words = table_edit(table, row);
        words[1] = (uint32_t)random_next(random);
    }
}

static void state_change(struct state *state, uint64_t *random, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        table_change(random_next(random) % 2 ? &state->wide : &state->narrow, random);
    }
}

/* ------------------------------------------------------------------ a store in memory */

enum { OBJECTS_MAX = 4096, JOBS_MAX = 64 };

struct kept {
    char name[STORE_NAME_BYTES_MAX];
    uint8_t *bytes;
    size_t count;
};

struct job {
    enum { PUT, POINT, DROP } kind;
    uint64_t sequence;
    struct kept what;
};

/* Does what store_port promises, when told to by store_work(). */
struct store {
    struct kept objects[OBJECTS_MAX];
    uint32_t object_count;
    struct kept manifests[2];
    uint64_t sequences[2];
    struct job jobs[JOBS_MAX];
    uint32_t job_count;
    uint32_t job_max;
    uint64_t failures;
    uint64_t known;            /* what pointed() answers */
    bool away;
    int fails_in;              /* jobs until one fails; -1: never */
    bool broken;
    uint32_t put_count;        /* since the last reset by a test */
    uint64_t put_bytes;
    uint32_t drop_count;
    uint32_t get_count;
    void (*on_get)(void *context);   /* what happens elsewhere while an object is read */
    void *on_get_context;
    struct store_port port;
};

static struct kept kept_of(const char *name, struct bytes content)
{
    struct kept kept = { .bytes = malloc(content.count + 1), .count = content.count };
    memcpy(kept.bytes, content.data, content.count);
    (void)snprintf(kept.name, sizeof kept.name, "%s", name);
    return kept;
}

static struct kept *store_find(struct store *store, const char *name)
{
    for (uint32_t i = 0; i < store->object_count; i++) {
        if (strcmp(store->objects[i].name, name) == 0) {
            return &store->objects[i];
        }
    }
    return NULL;
}

static enum status store_queue(struct store *store, struct job job)
{
    if (store->job_count >= store->job_max) {
        free(job.what.bytes);
        return STATUS_AGAIN;
    }
    store->jobs[store->job_count++] = job;
    return STATUS_OK;
}

static enum status store_put(void *context, const char *name, struct bytes content)
{
    return store_queue(context, (struct job){ PUT, 0, kept_of(name, content) });
}

static enum status store_point(void *context, uint64_t sequence, struct bytes manifest)
{
    return store_queue(context, (struct job){ POINT, sequence, kept_of("", manifest) });
}

static enum status store_drop(void *context, const char *name)
{
    return store_queue(context, (struct job){ DROP, 0, kept_of(name, bytes_of("", 0)) });
}

static void store_fail(struct store *store)
{
    if (!store->broken) {
        store->failures++;
    }
    store->broken = true;
}

static void do_put(struct store *store, struct job *job)
{
    struct snapshot_object object;
    cr_assert(snapshot_object_parse(job->what.name, &object));
    store->broken = object.number == 0 ? false : store->broken;
    if (store->away || store->fails_in == 0) {
        store_fail(store);
    }
    if (!store->broken) {
        cr_assert_null(store_find(store, job->what.name), "an object is never written over");
        cr_assert_lt(store->object_count, OBJECTS_MAX);
        store->objects[store->object_count++] = kept_of(job->what.name, bytes_of(job->what.bytes,
                                                                               job->what.count));
        store->put_count++;
        store->put_bytes += job->what.count;
    }
}

static void do_point(struct store *store, struct job *job)
{
    struct snapshot_manifest manifest;
    cr_assert_eq(snapshot_manifest_decode(bytes_of(job->what.bytes, job->what.count), &manifest,
                                          NULL), STATUS_OK);
    store->broken = manifest.header.own_object_count == 0 ? false : store->broken;
    if (store->away || store->fails_in == 0) {
        store_fail(store);
    }
    if (store->broken) {
        return;
    }
    store->known = store->sequences[0];
    const uint64_t base = manifest.header.base;
    if (job->sequence <= store->sequences[0] || (base && base != store->sequences[0])) {
        store_fail(store);
        return;
    }
    free(store->manifests[1].bytes);
    store->manifests[1] = store->manifests[0];
    store->sequences[1] = store->sequences[0];
    store->manifests[0] = kept_of("", bytes_of(job->what.bytes, job->what.count));
    store->sequences[0] = job->sequence;
    store->known = job->sequence;
}

static void do_drop(struct store *store, struct job *job)
{
    struct kept *kept = store_find(store, job->what.name);
    if (kept && !store->away) {
        free(kept->bytes);
        *kept = store->objects[--store->object_count];
        store->drop_count++;
    }
}

static void store_work(struct store *store)
{
    for (uint32_t i = 0; i < store->job_count; i++) {
        struct job *job = &store->jobs[i];
        switch (job->kind) {
        case PUT: do_put(store, job); break;
        case POINT: do_point(store, job); break;
        case DROP: do_drop(store, job); break;
        }
        free(job->what.bytes);
        store->fails_in -= store->fails_in >= 0;
    }
    store->job_count = 0;
}

static uint64_t store_pointed(void *context)
{
    return ((struct store *)context)->known;
}

static uint64_t store_failures(void *context)
{
    return ((struct store *)context)->failures;
}

static bool store_idle(void *context)
{
    return ((struct store *)context)->job_count == 0;
}

static enum status store_manifest(void *context, uint32_t age, struct bytes *out_manifest,
                                  struct failure *failure)
{
    struct store *store = context;
    if (store->away) {
        return failure_set(failure, STATUS_UNREACHABLE, "away");
    }
    store->known = store->sequences[0];
    if (age > 1 || !store->sequences[age]) {
        return failure_set(failure, STATUS_ABSENT, "none");
    }
    *out_manifest = bytes_of(store->manifests[age].bytes, store->manifests[age].count);
    return STATUS_OK;
}

static enum status store_get(void *context, const char *name, struct bytes *out_content,
                             struct failure *failure)
{
    struct store *store = context;
    store->get_count++;
    if (store->on_get) {
        store->on_get(store->on_get_context);
    }
    const struct kept *kept = store_find(store, name);
    if (!kept) {
        return failure_set(failure, STATUS_ABSENT, "none");
    }
    *out_content = bytes_of(kept->bytes, kept->count);
    return STATUS_OK;
}

static struct store *store_new(const char *name)
{
    struct store *store = calloc(1, sizeof *store);
    store->job_max = JOBS_MAX;
    store->fails_in = -1;
    store->port = (struct store_port){
        .context = store, .name = name, .put = store_put, .point = store_point,
        .drop = store_drop, .pointed = store_pointed, .failures = store_failures,
        .idle = store_idle, .manifest = store_manifest, .get = store_get,
    };
    return store;
}

static void store_free(struct store *store)
{
    for (uint32_t i = 0; i < store->object_count; i++) {
        free(store->objects[i].bytes);
    }
    for (uint32_t i = 0; i < store->job_count; i++) {
        free(store->jobs[i].what.bytes);
    }
    free(store->manifests[0].bytes);
    free(store->manifests[1].bytes);
    free(store);
}

/* ------------------------------------------------------------------ one process */

static int64_t fixed_now_ms(void *context)
{
    (void)context;
    return 1767225600000;
}

static int64_t fixed_monotonic_us(void *context)
{
    (void)context;
    return 5000000;
}

static const struct clock_port CLOCK = { NULL, fixed_now_ms, fixed_monotonic_us };

struct process {
    struct state *state;
    struct store_port ports[2];
    struct snapshotter *snapshotter;
    void *region;
};

static struct process process_of(struct state *state, struct store *first, struct store *second)
{
    struct process process = { .state = state, .ports = { first->port } };
    if (second) {
        process.ports[1] = second->port;
    }
    const uint32_t count = second ? 2 : 1;
    const size_t bytes = snapshotter_bytes(&state->tables, count);
    process.region = calloc(1, bytes);
    return process;
}

/* Two steps, because the snapshotter keeps pointers to the ports. */
static void process_start(struct process *process, uint64_t writer)
{
    const uint32_t count = process->ports[1].context ? 2 : 1;
    const size_t bytes = snapshotter_bytes(&process->state->tables, count);
    struct arena arena = arena_of(process->region, bytes);
    const struct snapshotter_options options = {
        .stores = process->ports, .store_count = count, .clock = &CLOCK, .group = "group",
        .journal = "journal", .writer = writer,
    };
    process->snapshotter = snapshotter_init(&arena, &process->state->tables, &options);
}

static void process_end(struct process *process)
{
    free(process->region);
    state_free(process->state);
}

static struct snapshotter_cut cut_at(uint64_t sequence)
{
    struct snapshotter_cut cut = { .sequence = sequence, .journal_offset = (int64_t)sequence * 2 };
    memset(cut.id.bytes, (int)sequence & 0xff, sizeof cut.id.bytes);
    return cut;
}

static void stores_work(struct process *process)
{
    for (int i = 0; i < 2; i++) {
        if (process->ports[i].context) {
            store_work(process->ports[i].context);
        }
    }
}

/* One whole snapshot, with the stores working along. */
static void snapshot(struct process *process, uint64_t sequence)
{
    const struct snapshotter_cut cut = cut_at(sequence);
    cr_assert(snapshotter_begin(process->snapshotter, &cut, true));
    for (int i = 0; i < 100000 && snapshotter_step(process->snapshotter, 4); i++) {
        stores_work(process);
    }
    stores_work(process);
    cr_assert_not(snapshotter_cutting(process->snapshotter));
}

static enum status restore(struct process *process, struct snapshot_header *header, char *notes,
                           size_t notes_bytes)
{
    struct failure failure;
    struct buffer buffer = buffer_of(notes, notes_bytes - 1);
    const enum status status =
        snapshotter_restore(process->snapshotter, &buffer, header, &failure);
    notes[buffer.count] = '\0';
    return status;
}

#define PROCESS(name, state, first, second, writer)                                                \
    struct process name = process_of(state, first, second);                                        \
    process_start(&name, writer)

/* ------------------------------------------------------------------ snapshots */

Test(snapshotter, restored_state_is_the_same_byte_for_byte)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(from, state_new(), store, NULL, 1);
    state_change(from.state, &random, 20000);
    snapshot(&from, 10);
    PROCESS(to, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_OK);
    cr_assert(states_equal(from.state, to.state));
    cr_assert_eq(header.sequence, 10);
    cr_assert_eq(header.journal_offset, 20);
    cr_assert_eq(header.id.bytes[0], 10);
    cr_assert_eq(header.now_ms, 1767225600000);
    cr_assert_eq(to.state->restored_count, 1);
    cr_assert_not_null(strstr(notes, "memory: snapshot 10 is used"));
    process_end(&from);
    process_end(&to);
    store_free(store);
}

/* The property that all rests on: whatever happens between and during cuts, what is restored is the
 * state at the moment when the cut began, and its hash is that of a state cut as a whole. */
Test(snapshotter, incremental_snapshots_equal_whole_ones_under_random_changes)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(from, state_new(), store, NULL, 1);

    for (uint64_t sequence = 1; sequence <= 40; sequence++) {
        state_change(from.state, &random, (uint32_t)(random_next(&random) % 2000));
        struct state *expected = state_copy(from.state);
        const struct snapshotter_cut cut = cut_at(sequence);
        const bool stored = random_next(&random) % 4 != 0 || sequence == 40;
        cr_assert(snapshotter_begin(from.snapshotter, &cut, stored));
        while (snapshotter_step(from.snapshotter, 1 + (uint32_t)(random_next(&random) % 5))) {
            state_change(from.state, &random, (uint32_t)(random_next(&random) % 50));
            if (random_next(&random) % 2) {
                store_work(store);
            }
        }
        store_work(store);

        struct store *whole_store = store_new("whole");
        PROCESS(whole, expected, whole_store, NULL, 3);
        snapshot(&whole, sequence);
        uint64_t sequences[2];
        uint64_t hashes[2];
        cr_assert(snapshotter_hash(from.snapshotter, &sequences[0], &hashes[0]));
        cr_assert(snapshotter_hash(whole.snapshotter, &sequences[1], &hashes[1]));
        cr_assert_eq(sequences[0], sequence);
        cr_assert_eq(hashes[0], hashes[1], "sequence %llu", (unsigned long long)sequence);
        if (stored) {
            PROCESS(to, state_new(), store, NULL, 2);
            struct snapshot_header header;
            char notes[4096];
            cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK, "%s", notes);
            cr_assert_eq(header.sequence, sequence);
            cr_assert(states_equal(expected, to.state));
            process_end(&to);
        }
        process_end(&whole);
        store_free(whole_store);
    }

    process_end(&from);
    store_free(store);
}

Test(snapshotter, only_changed_chunks_are_written_again)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    state_change(process.state, &random, 20000);
    snapshot(&process, 1);
    ((struct wide *)table_edit(&process.state->wide, 1))->number = 12345;
    store->put_count = 0;
    store->put_bytes = 0;

    snapshot(&process, 2);
    const uint64_t bytes_after_change = store->put_bytes;
    store->put_count = 0;
    snapshot(&process, 3);

    cr_assert_eq(bytes_after_change, TABLE_CHUNK_BYTES);
    cr_assert_eq(store->put_count, 0);
    cr_assert_eq(store->sequences[0], 3);
    process_end(&process);
    store_free(store);
}

Test(snapshotter, process_that_restored_goes_on_incrementally)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(from, state_new(), store, NULL, 1);
    state_change(from.state, &random, 20000);
    snapshot(&from, 1);
    PROCESS(to, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[4096];
    cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);
    ((struct wide *)table_edit(&to.state->wide, 1))->number = 12345;
    store->put_bytes = 0;

    snapshot(&to, 2);

    cr_assert_eq(store->put_bytes, TABLE_CHUNK_BYTES);
    cr_assert_eq(store->sequences[0], 2);
    process_end(&from);
    process_end(&to);
    store_free(store);
}

/* A process's hash after a restore and some work is that of one that never stopped. */
Test(snapshotter, hash_of_the_state_does_not_depend_on_restarts)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(stayed, state_new(), store, NULL, 1);
    state_change(stayed.state, &random, 5000);
    snapshot(&stayed, 1);
    PROCESS(restarted, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[4096];
    cr_assert_eq(restore(&restarted, &header, notes, sizeof notes), STATUS_OK);
    uint64_t same = random;
    state_change(stayed.state, &random, 1000);
    state_change(restarted.state, &same, 1000);
    const struct snapshotter_cut cut = cut_at(2);

    cr_assert(snapshotter_begin(stayed.snapshotter, &cut, false));
    cr_assert(snapshotter_begin(restarted.snapshotter, &cut, false));
    while (snapshotter_step(stayed.snapshotter, 1)) {
    }
    while (snapshotter_step(restarted.snapshotter, 3)) {
    }

    uint64_t sequences[2];
    uint64_t hashes[2];
    cr_assert(snapshotter_hash(stayed.snapshotter, &sequences[0], &hashes[0]));
    cr_assert(snapshotter_hash(restarted.snapshotter, &sequences[1], &hashes[1]));
    cr_assert_eq(hashes[0], hashes[1]);
    ((struct narrow *)table_edit(&stayed.state->narrow, 1))->number ^= 1;
    const struct snapshotter_cut next = cut_at(3);
    cr_assert(snapshotter_begin(stayed.snapshotter, &next, false));
    while (snapshotter_step(stayed.snapshotter, 1)) {
    }
    cr_assert(snapshotter_hash(stayed.snapshotter, &sequences[0], &hashes[0]));
    cr_assert_neq(hashes[0], hashes[1]);
    process_end(&stayed);
    process_end(&restarted);
    store_free(store);
}

Test(snapshotter, cut_is_refused_while_one_is_in_progress)
{
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    const struct snapshotter_cut first = cut_at(1);
    const struct snapshotter_cut second = cut_at(2);

    cr_assert(snapshotter_begin(process.snapshotter, &first, true));
    cr_assert_not(snapshotter_begin(process.snapshotter, &second, true));
    cr_assert(snapshotter_cutting(process.snapshotter));

    process_end(&process);
    store_free(store);
}

Test(snapshotter, hash_may_be_taken_while_a_store_is_slow_to_answer)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    state_change(process.state, &random, 3000);
    struct state *expected = state_copy(process.state);
    const struct snapshotter_cut first = cut_at(1);
    cr_assert(snapshotter_begin(process.snapshotter, &first, true));
    for (int i = 0; i < 1000; i++) {
        (void)snapshotter_step(process.snapshotter, 8);
    }
    state_change(process.state, &random, 3000);
    const struct snapshotter_cut second = cut_at(2);

    cr_assert(snapshotter_begin(process.snapshotter, &second, false));
    for (int i = 0; i < 1000; i++) {
        (void)snapshotter_step(process.snapshotter, 8);
    }
    store_work(store);
    (void)snapshotter_step(process.snapshotter, 8);

    PROCESS(to, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[4096];
    cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);
    cr_assert_eq(header.sequence, 1);
    cr_assert(states_equal(expected, to.state));
    snapshot(&process, 3);
    cr_assert_eq(store->sequences[0], 3);
    state_free(expected);
    process_end(&process);
    process_end(&to);
    store_free(store);
}

/* ------------------------------------------------------------------ room in the store */

static uint64_t held_bytes(const struct store *store)
{
    uint64_t held = 0;
    for (uint32_t i = 0; i < store->object_count; i++) {
        held += store->objects[i].count;
    }
    return held;
}

/* Each round rewrites the table but for the three chunks more that it leaves alone, so that these
 * alone would keep a whole object of every round. */
Test(snapshotter, objects_that_are_mostly_dead_are_written_anew_and_dropped)
{
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    struct table *wide = &process.state->wide;
    while (table_add(wide)) {
    }

    for (uint32_t round = 0; round < 15; round++) {
        for (uint32_t row = 3 * round * wide->chunk_rows; row < wide->row_count; row++) {
            if (row > 0) {
                ((struct wide *)table_edit(wide, row))->number++;
            }
        }
        snapshot(&process, 1 + round);
    }
    snapshot(&process, 20);
    snapshot(&process, 21);

    cr_assert_lt(held_bytes(store), 3 * table_bytes(wide));
    process_end(&process);
    store_free(store);
}

Test(snapshotter, store_keeps_what_two_manifests_name_and_little_more)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    state_change(process.state, &random, 20000);

    for (uint64_t sequence = 1; sequence <= 300; sequence++) {
        state_change(process.state, &random, (uint32_t)(random_next(&random) % 60));
        snapshot(&process, sequence);
    }

    const uint64_t held = held_bytes(store);
    const uint64_t state = table_bytes(&process.state->wide) + table_bytes(&process.state->narrow);
    cr_assert_lt(held, 4 * state, "%llu for %llu", (unsigned long long)held,
                 (unsigned long long)state);
    PROCESS(to, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[4096];
    cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);
    cr_assert(states_equal(process.state, to.state));
    process_end(&process);
    process_end(&to);
    store_free(store);
}

Test(snapshotter, older_manifest_stays_whole)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    struct state *before = NULL;
    for (uint64_t sequence = 1; sequence <= 20; sequence++) {
        state_change(process.state, &random, 3000);
        if (sequence == 19) {
            before = state_copy(process.state);
        }
        snapshot(&process, sequence);
    }
    store->manifests[0].bytes[100] ^= 1;
    PROCESS(to, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_OK);
    cr_assert_eq(header.sequence, 19);
    cr_assert(states_equal(before, to.state));
    cr_assert_gt(store->drop_count, 0);
    state_free(before);
    process_end(&process);
    process_end(&to);
    store_free(store);
}

/* ------------------------------------------------------------------ damage */

struct damaged {
    struct store *store;
    struct state *older;       /* as of snapshot 1 */
    struct state *newer;       /* as of snapshot 2 */
};

/* Two snapshots that share no object. */
static struct damaged damaged_new(void)
{
    uint64_t random = 99;
    struct damaged damaged = { .store = store_new("memory") };
    PROCESS(process, state_new(), damaged.store, NULL, 1);
    state_change(process.state, &random, 20000);
    damaged.older = state_copy(process.state);
    snapshot(&process, 1);
    for (uint32_t row = 1; row < process.state->wide.row_count; row++) {
        if (table_has(&process.state->wide, row)) {
            ((struct wide *)table_edit(&process.state->wide, row))->number++;
        }
    }
    for (uint32_t row = 1; row < process.state->narrow.row_count; row++) {
        if (table_has(&process.state->narrow, row)) {
            ((struct narrow *)table_edit(&process.state->narrow, row))->number++;
        }
    }
    damaged.newer = state_copy(process.state);
    snapshot(&process, 2);
    process_end(&process);
    return damaged;
}

static void damaged_free(struct damaged *damaged)
{
    store_free(damaged->store);
    state_free(damaged->older);
    state_free(damaged->newer);
}

static void restores_the_older(struct damaged *damaged, const char *complaint)
{
    PROCESS(to, state_new(), damaged->store, NULL, 3);
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_OK, "%s", notes);
    cr_assert_eq(header.sequence, 1);
    cr_assert(states_equal(damaged->older, to.state));
    cr_assert_not_null(strstr(notes, complaint), "%s", notes);
    process_end(&to);
}

static struct kept *object_of(struct store *store, uint64_t sequence, uint32_t number)
{
    const struct snapshot_object object = { 1, sequence, number, 0 };
    char name[SNAPSHOT_NAME_BYTES];
    snapshot_object_name(&object, name);
    struct kept *kept = store_find(store, name);
    cr_assert_not_null(kept);
    return kept;
}

Test(snapshotter, missing_object_falls_back_to_the_older_manifest)
{
    struct damaged damaged = damaged_new();
    (void)strcpy(object_of(damaged.store, 2, 1)->name, "gone");

    restores_the_older(&damaged, "is missing");

    damaged_free(&damaged);
}

Test(snapshotter, flipped_bit_falls_back_to_the_older_manifest)
{
    struct damaged damaged = damaged_new();
    object_of(damaged.store, 2, 0)->bytes[4711] ^= 4;

    restores_the_older(&damaged, "is damaged");

    damaged_free(&damaged);
}

Test(snapshotter, torn_object_falls_back_to_the_older_manifest)
{
    struct damaged damaged = damaged_new();
    object_of(damaged.store, 2, 1)->count -= 1;

    restores_the_older(&damaged, "bytes instead of");

    damaged_free(&damaged);
}

Test(snapshotter, swapped_objects_fall_back_to_the_older_manifest)
{
    struct damaged damaged = damaged_new();
    struct kept *first = object_of(damaged.store, 2, 0);
    struct kept *second = object_of(damaged.store, 2, 1);
    uint8_t *bytes = first->bytes;
    first->bytes = second->bytes;
    second->bytes = bytes;
    const size_t count = first->count;
    first->count = second->count;
    second->count = count;

    restores_the_older(&damaged, "snapshot 2 is not whole");

    damaged_free(&damaged);
}

Test(snapshotter, torn_manifest_falls_back_to_the_older_manifest)
{
    struct damaged damaged = damaged_new();
    damaged.store->manifests[0].count /= 2;

    restores_the_older(&damaged, "checksum");

    damaged_free(&damaged);
}

Test(snapshotter, contradicting_rows_fall_back_to_the_older_manifest)
{
    struct damaged damaged = damaged_new();
    PROCESS(to, state_new(), damaged.store, NULL, 3);
    to.state->contradicts = true;
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_OK);
    cr_assert_eq(header.sequence, 1);
    cr_assert(states_equal(damaged.older, to.state));
    process_end(&to);
    damaged_free(&damaged);
}

Test(snapshotter, nothing_whole_leaves_the_state_as_it_was)
{
    struct damaged damaged = damaged_new();
    object_of(damaged.store, 1, 1)->bytes[10] ^= 1;
    object_of(damaged.store, 2, 1)->bytes[10] ^= 1;
    PROCESS(to, state_new(), damaged.store, NULL, 3);
    struct state *empty = state_new();
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_ABSENT);
    cr_assert(states_equal(empty, to.state));
    cr_assert_eq(to.state->restored_count, 0);
    snapshot(&to, 7);
    cr_assert_eq(damaged.store->sequences[0], 7);
    state_free(empty);
    process_end(&to);
    damaged_free(&damaged);
}

Test(snapshotter, after_a_fallback_the_next_snapshot_stands_alone)
{
    struct damaged damaged = damaged_new();
    object_of(damaged.store, 2, 1)->bytes[10] ^= 1;
    PROCESS(to, state_new(), damaged.store, NULL, 3);
    struct snapshot_header header;
    char notes[4096];
    cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);

    snapshot(&to, 3);

    struct snapshot_manifest manifest;
    const struct kept *kept = &damaged.store->manifests[0];
    cr_assert_eq(snapshot_manifest_decode(bytes_of(kept->bytes, kept->count), &manifest, NULL),
                 STATUS_OK);
    cr_assert_eq(manifest.header.base, 0);
    cr_assert_eq(manifest.header.own_object_count, manifest.object_count);
    process_end(&to);
    damaged_free(&damaged);
}

Test(snapshotter, snapshot_of_another_layout_is_absent_and_the_mend_is_named)
{
    struct damaged damaged = damaged_new();
    struct state *state = state_new();
    state->tables.layout_version = LAYOUT + 1;
    PROCESS(to, state, damaged.store, NULL, 3);
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_ABSENT);
    cr_assert_not_null(strstr(notes, "layout 1"));
    cr_assert_not_null(strstr(notes, "journal is read again"));
    process_end(&to);
    damaged_free(&damaged);
}

Test(snapshotter, verify_reads_every_object_and_names_what_is_wrong)
{
    struct damaged damaged = damaged_new();
    enum { SCRATCH_BYTES = 1024 * 1024 };
    struct arena scratch = arena_of(calloc(1, SCRATCH_BYTES), SCRATCH_BYTES);
    object_of(damaged.store, 2, 1)->bytes[10] ^= 1;
    struct snapshot_manifest manifest;
    struct failure failure;

    const enum status older = snapshotter_verify(&damaged.store->port, 1, &scratch, &manifest,
                                                 &failure);
    const enum status newest = snapshotter_verify(&damaged.store->port, 0, &scratch, &manifest,
                                                  &failure);

    cr_assert_eq(older, STATUS_OK);
    cr_assert_eq(newest, STATUS_LOST);
    cr_assert_eq(manifest.header.sequence, 2);
    cr_assert_not_null(strstr(failure.text, "damaged"));
    free(scratch.base);
    damaged_free(&damaged);
}

/* ------------------------------------------------------------------ stores that fail */

Test(snapshotter, failed_snapshot_leaves_the_old_one_and_the_next_succeeds)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    state_change(process.state, &random, 20000);
    snapshot(&process, 1);

    for (int fails_in = 0; fails_in < 8; fails_in++) {
        const uint64_t sequence = 2 + 2 * (uint64_t)fails_in;
        struct state *before = state_copy(process.state);
        state_change(process.state, &random, 4000);
        store->fails_in = fails_in;
        snapshot(&process, sequence);
        if (store->sequences[0] != sequence) {
            PROCESS(to, state_new(), store, NULL, 2);
            struct snapshot_header header;
            char notes[4096];
            cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);
            cr_assert(states_equal(before, to.state));
            process_end(&to);
        }
        store->fails_in = -1;
        state_change(process.state, &random, 10);
        snapshot(&process, sequence + 1);
        cr_assert_eq(store->sequences[0], sequence + 1);
        PROCESS(to, state_new(), store, NULL, 2);
        struct snapshot_header header;
        char notes[4096];
        cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK, "%s", notes);
        cr_assert(states_equal(process.state, to.state));
        process_end(&to);
        state_free(before);
    }

    cr_assert_gt(store->failures, 0);
    process_end(&process);
    store_free(store);
}

Test(snapshotter, store_that_is_away_does_not_hold_up_another)
{
    uint64_t random = seed();
    struct store *away = store_new("away");
    struct store *here = store_new("here");
    PROCESS(process, state_new(), away, here, 1);
    state_change(process.state, &random, 20000);
    away->away = true;

    snapshot(&process, 1);
    const struct snapshotter_store_figures figures = snapshotter_store(process.snapshotter, 0);
    const uint64_t here_first = here->sequences[0];
    away->away = false;
    ((struct wide *)table_edit(&process.state->wide, 1))->number = 12345;
    here->put_bytes = 0;
    snapshot(&process, 2);

    cr_assert_eq(here_first, 1);
    cr_assert_eq(figures.failures, 1);
    cr_assert_eq(figures.last_success_ms, 0);
    cr_assert_eq(away->sequences[0], 2);
    cr_assert_eq(here->put_bytes, TABLE_CHUNK_BYTES);
    PROCESS(to, state_new(), away, NULL, 2);
    struct snapshot_header header;
    char notes[4096];
    cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);
    cr_assert(states_equal(process.state, to.state));
    process_end(&process);
    process_end(&to);
    store_free(away);
    store_free(here);
}

Test(snapshotter, full_queue_holds_the_cut_and_changes_meanwhile_do_not_show)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    store->job_max = 1;
    PROCESS(process, state_new(), store, NULL, 1);
    state_change(process.state, &random, 20000);
    struct state *expected = state_copy(process.state);
    const struct snapshotter_cut cut = cut_at(1);

    cr_assert(snapshotter_begin(process.snapshotter, &cut, true));
    for (int i = 0; snapshotter_step(process.snapshotter, 100); i++) {
        state_change(process.state, &random, 20);
        if (i % 10 == 9) {
            store_work(store);
        }
    }

    PROCESS(to, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[4096];
    cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);
    cr_assert(states_equal(expected, to.state));
    state_free(expected);
    process_end(&process);
    process_end(&to);
    store_free(store);
}

Test(snapshotter, store_that_never_takes_anything_is_left_behind_before_memory_is)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    for (uint32_t i = 2; i < WIDE_MAX; i++) {
        (void)table_add(&process.state->wide);
    }
    for (uint32_t i = 1; i < NARROW_MAX; i++) {
        (void)table_add(&process.state->narrow);
    }
    /* Less room to set aside than the state takes. */
    process.state->spill.capacity = 2 * 1024 * 1024;
    store->job_max = 0;
    const struct snapshotter_cut cut = cut_at(1);

    cr_assert(snapshotter_begin(process.snapshotter, &cut, true));
    for (int i = 0; i < 2000 && snapshotter_cutting(process.snapshotter); i++) {
        table_change(&process.state->wide, &random);
        (void)snapshotter_step(process.snapshotter, 4);
    }

    cr_assert_not(snapshotter_cutting(process.snapshotter));
    uint64_t sequence;
    uint64_t hash;
    cr_assert(snapshotter_hash(process.snapshotter, &sequence, &hash));
    cr_assert_eq(process.state->spill.used, 0);
    store->job_max = JOBS_MAX;
    snapshot(&process, 2);
    cr_assert_eq(store->sequences[0], 2);
    process_end(&process);
    store_free(store);
}

Test(snapshotter, wiped_store_gets_a_whole_snapshot)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    state_change(process.state, &random, 20000);
    snapshot(&process, 5);
    for (uint32_t i = 0; i < store->object_count; i++) {
        free(store->objects[i].bytes);
    }
    store->object_count = 0;
    store->sequences[0] = 0;

    snapshot(&process, 6);
    const uint64_t refused = store->sequences[0];
    snapshot(&process, 7);

    cr_assert_eq(refused, 0);
    cr_assert_eq(store->sequences[0], 7);
    PROCESS(to, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[4096];
    cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);
    cr_assert(states_equal(process.state, to.state));
    process_end(&process);
    process_end(&to);
    store_free(store);
}

/* ------------------------------------------------------------------ two writers, contract 6 */

Test(snapshotter, pointer_never_goes_back)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(newer, state_new(), store, NULL, 1);
    PROCESS(paused, state_new(), store, NULL, 2);
    state_change(newer.state, &random, 1000);
    snapshot(&newer, 10);

    snapshot(&paused, 9);
    const bool behind_unknown = store->sequences[0] == 10;
    snapshot(&paused, 9);

    cr_assert(behind_unknown);
    cr_assert_eq(store->sequences[0], 10);
    cr_assert(snapshotter_store(paused.snapshotter, 0).ahead);
    process_end(&newer);
    process_end(&paused);
    store_free(store);
}

/* Two processes that both believe to be the one who writes, in turn and without asking: whatever
 * is newest in the store is always whole. */
Test(snapshotter, two_writers_never_leave_a_newest_snapshot_that_is_not_whole)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(one, state_new(), store, NULL, 1);
    PROCESS(two, state_new(), store, NULL, 2);
    uint64_t taken[2] = { 0, 0 };

    for (uint64_t sequence = 1; sequence <= 200; sequence++) {
        uint64_t same = random;
        const uint32_t changes = (uint32_t)(random_next(&random) % 300);
        state_change(one.state, &random, changes);
        (void)random_next(&same);
        state_change(two.state, &same, changes);
        const int who = random_next(&random) % 8 == 0;
        snapshot(who ? &two : &one, sequence);
        taken[who] += store->sequences[0] == sequence;

        if (store->sequences[0]) {
            PROCESS(to, state_new(), store, NULL, 3);
            struct snapshot_header header;
            char notes[4096];
            cr_assert_eq(restore(&to, &header, notes, sizeof notes), STATUS_OK);
            cr_assert_eq(header.sequence, store->sequences[0], "%s", notes);
            if (header.sequence == sequence) {
                cr_assert(states_equal(one.state, to.state));
            }
            process_end(&to);
        }
    }

    cr_assert(taken[0] > 20 && taken[1] > 2);
    process_end(&one);
    process_end(&two);
    store_free(store);
}

/* ------------------------------------------------------------------ which one is used */

Test(snapshotter, newest_whole_one_over_all_stores_is_used)
{
    uint64_t random = seed();
    struct store *old = store_new("old");
    struct store *new = store_new("new");
    PROCESS(process, state_new(), old, new, 1);
    state_change(process.state, &random, 5000);
    snapshot(&process, 1);
    old->away = true;
    state_change(process.state, &random, 500);
    snapshot(&process, 2);
    old->away = false;
    PROCESS(to, state_new(), old, new, 2);
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_OK);
    cr_assert_eq(header.sequence, 2);
    cr_assert(states_equal(process.state, to.state));
    cr_assert_not_null(strstr(notes, "new: snapshot 2 is used"));
    snapshot(&to, 3);
    cr_assert(old->sequences[0] == 3 && new->sequences[0] == 3);
    process_end(&process);
    process_end(&to);
    store_free(old);
    store_free(new);
}

/* Another process that rewrites much of the state and takes three snapshots between two reads, so
 * that what is being read is dropped; it does so a few times. */
struct going_on {
    struct process *process;
    uint64_t sequence;
    uint32_t reads;
};

static void go_on(void *context)
{
    struct going_on *going_on = context;
    struct state *state = going_on->process->state;
    struct store *store = going_on->process->ports[0].context;
    if (++going_on->reads % 2 != 0 || going_on->reads > 10) {
        return;
    }
    store->on_get = NULL;
    for (int i = 0; i < 3; i++) {
        for (uint32_t row = 1000; row < state->wide.row_count; row += 10) {
            if (table_has(&state->wide, row)) {
                ((struct wide *)table_edit(&state->wide, row))->number++;
            }
        }
        snapshot(going_on->process, ++going_on->sequence);
    }
    store->on_get = go_on;
}

Test(snapshotter, restore_catches_up_with_a_writer_that_goes_on)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(from, state_new(), store, NULL, 1);
    state_change(from.state, &random, 60000);
    snapshot(&from, 1);
    struct going_on going_on = { &from, 1, 0 };
    store->on_get = go_on;
    store->on_get_context = &going_on;
    PROCESS(to, state_new(), store, NULL, 2);
    struct snapshot_header header;
    char notes[16384];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    store->on_get = NULL;
    cr_assert_eq(status, STATUS_OK, "%s", notes);
    cr_assert_gt(header.sequence, 1, "it had to go on: %s", notes);
    cr_assert_eq(header.sequence, going_on.sequence);
    cr_assert(states_equal(from.state, to.state));
    process_end(&from);
    process_end(&to);
    store_free(store);
}

Test(snapshotter, damaged_newest_falls_back_to_the_other_store)
{
    uint64_t random = seed();
    struct store *first = store_new("first");
    struct store *second = store_new("second");
    PROCESS(process, state_new(), first, second, 1);
    state_change(process.state, &random, 5000);
    snapshot(&process, 1);
    state_change(process.state, &random, 500);
    snapshot(&process, 2);
    object_of(first, 2, 0)->bytes[10] ^= 1;
    PROCESS(to, state_new(), first, second, 2);
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_OK);
    cr_assert_eq(header.sequence, 2);
    cr_assert_not_null(strstr(notes, "first: snapshot 2 is not whole"));
    cr_assert_not_null(strstr(notes, "second: snapshot 2 is used"));
    process_end(&process);
    process_end(&to);
    store_free(first);
    store_free(second);
}

Test(snapshotter, store_that_cannot_be_asked_is_waited_for_if_nothing_else_is_found)
{
    struct store *away = store_new("away");
    struct store *empty = store_new("empty");
    away->away = true;
    PROCESS(process, state_new(), away, empty, 1);
    struct snapshot_header header;
    char notes[4096];

    const enum status first = restore(&process, &header, notes, sizeof notes);
    away->away = false;
    const enum status second = restore(&process, &header, notes, sizeof notes);

    cr_assert_eq(first, STATUS_UNREACHABLE);
    cr_assert_eq(second, STATUS_ABSENT);
    process_end(&process);
    store_free(away);
    store_free(empty);
}

Test(snapshotter, snapshot_of_another_group_is_passed_over)
{
    struct damaged damaged = damaged_new();
    struct process to = process_of(state_new(), damaged.store, NULL);
    struct arena arena = arena_of(to.region, snapshotter_bytes(&to.state->tables, 1));
    const struct snapshotter_options options = {
        .stores = to.ports, .store_count = 1, .clock = &CLOCK, .group = "another",
        .journal = "journal", .writer = 3,
    };
    to.snapshotter = snapshotter_init(&arena, &to.state->tables, &options);
    struct snapshot_header header;
    char notes[4096];

    const enum status status = restore(&to, &header, notes, sizeof notes);

    cr_assert_eq(status, STATUS_ABSENT);
    cr_assert_not_null(strstr(notes, "not ours"));
    process_end(&to);
    damaged_free(&damaged);
}

Test(snapshotter, figures_tell_size_duration_and_success)
{
    uint64_t random = seed();
    struct store *store = store_new("memory");
    PROCESS(process, state_new(), store, NULL, 1);
    state_change(process.state, &random, 5000);
    struct stats stats = { 0 };

    snapshot(&process, 1);
    snapshotter_stats(process.snapshotter, &stats);
    const struct snapshotter_store_figures figures = snapshotter_store(process.snapshotter, 0);

    cr_assert_eq(figures.sequence, 1);
    cr_assert_eq(figures.journal_offset, 2);
    cr_assert_eq(figures.last_success_ms, 1767225600000);
    cr_assert_eq(figures.raw_bytes,
                 table_bytes(&process.state->wide) + table_bytes(&process.state->narrow));
    cr_assert_eq(figures.written_bytes, figures.raw_bytes);
    cr_assert_not(figures.in_progress);
    cr_assert_eq(stats.store_count, 1);
    cr_assert_str_eq(stats.stores[0].name, "memory");
    cr_assert_eq(stats.snapshot_bytes, figures.raw_bytes);
    process_end(&process);
    store_free(store);
}
