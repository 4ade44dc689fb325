/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process: the flow as the engine turns it, from restore to stop, without sockets and signals.
 * Its memory is thrown away when it dies, and everything is made anew when it starts.
 */
#include "sim/sim_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    TURN_ENTRIES_MAX = 8,
    HASH_EVERY_MS = 1000,
    IDLE_US_MAX = 20000,
    DRAIN_US_MAX = 15000000,
    FLOW_SPARE_BYTES = 1 << 20,
};

static struct arena region_of(size_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(base != MAP_FAILED);
    return arena_of(base, bytes);
}

static void region_clear(struct arena *region)
{
    const size_t used = (region->used + 4095) & ~(size_t)4095;
    CHECK(madvise(region->base, used, MADV_DONTNEED) == 0);
    arena_reset(region);
}

/* The snapshotter's need is known only beside a world: a region for it is made the first time. */
void sim_process_memory(struct sim_process *process)
{
    process->world_arena = region_of(world_bytes(WORLD_SCALE_TEST));
    struct world *world = world_init(&process->world_arena, WORLD_SCALE_TEST);
    const struct snapshotter_tables tables = snapshotter_tables_of(world);
    process->flow_arena = region_of(
        rejects_bytes() + replica_bytes() + writer_bytes() + publisher_bytes(WORLD_SCALE_TEST) +
        snapshotter_bytes(&tables, 1) + marks_bytes() + FLOW_SPARE_BYTES);
}

/* ------------------------------------------------------------------ start */

static void applied(void *context, const struct journal_entry *entry, struct journal_point point,
                    int64_t oldest_timestamp_ms)
{
    struct sim_process *process = context;
    (void)point;
    sim_saw_state(process, entry);
    publisher_collect(process->publisher, oldest_timestamp_ms);
    writer_saw(process->writer, entry);
    const int64_t bucket = entry->now_ms / HASH_EVERY_MS;
    if (process->phase >= SIM_LIVE && bucket != process->hash_bucket &&
        !snapshotter_cutting(process->snapshotter)) {
        const struct journal_point at = replica_point(process->replica);
        const struct snapshotter_cut cut = { at.sequence, at.id, at.offset };
        (void)snapshotter_begin(process->snapshotter, &cut, false);
    }
    process->hash_bucket = bucket;
    if (entry->has_state) {
        sim_saw_hash(process, entry->state_sequence, entry->state_hash);
    }
}

static void make_flow(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct arena *arena = &process->flow_arena;
    const struct replica_observer observer = { process, applied };
    const struct writer_ports writer_ports = { &process->journal, &process->inputs,
                                               &process->clock, &process->zones };
    const struct publisher_ports publisher_ports = { &process->journal, &process->sink,
                                                     &process->group, &process->clock,
                                                     &process->crew };
    (void)snprintf(process->owner, sizeof process->owner, "p%u-%u", process->slot,
                   process->incarnation);
    const struct publisher_options publisher_options = {
        .linger_us = 5000,
        .heartbeat_us = sim->heartbeat_us,
        .encoding = sim->encoding,
        .source = BYTES_LITERAL("/promised/sim"),
        .owner = bytes_text(process->owner),
    };
    const struct snapshotter_options snapshotter_options = {
        .stores = &process->store,
        .store_count = 1,
        .clock = &process->clock,
        .group = "sim",
        .journal = TOPICS[TOPIC_JOURNAL].name,
        .writer = process->incarnation,
    };
    process->rejects = rejects_init(arena, &process->stats);
    process->replica = replica_init(arena, process->world, &process->journal, process->rejects,
                                    &process->stats, &observer);
    process->writer = writer_init(arena, &writer_ports, process->world, process->replica,
                                  &process->stats, &process->settings);
    process->publisher = publisher_init(arena, WORLD_SCALE_TEST, &publisher_options,
                                        &publisher_ports, process->world, process->rejects,
                                        &process->stats);
    process->marks = marks_init(arena, &process->inputs);
    const struct snapshotter_tables tables = snapshotter_tables_of(process->world);
    process->snapshotter = snapshotter_init(arena, &tables, &snapshotter_options);
}

static void enter(struct sim_process *process, enum sim_phase phase)
{
    process->phase = phase;
    process->phase_us = process->sim->now_us;
}

void sim_process_start(struct sim_process *process)
{
    struct sim *sim = process->sim;
    process->incarnation = ++sim->incarnations;
    sim->outcome->incarnations++;
    region_clear(&process->world_arena);
    region_clear(&process->flow_arena);
    memset(&process->stats, 0, sizeof process->stats);
    process->world = world_init(&process->world_arena, WORLD_SCALE_TEST);
    sim_ports_open(process);
    make_flow(process);
    process->crash_in = 0;
    process->paused_until_us = 0;
    process->hash_bucket = 0;
    process->store_us = sim->now_us;
    process->store_sequence = 0;
    process->hash_sequence = 0;
    process->hash = 0;
    process->is_restored = false;
    process->was_writer = false;
    enter(process, SIM_RESTORING);
    sim_tell(sim, (int32_t)process->slot, "starts as incarnation %u", process->incarnation);
}

/* ------------------------------------------------------------------ restore */

static void restore(struct sim_process *process)
{
    char room[4096];
    struct buffer notes = buffer_of(room, sizeof room);
    struct failure failure = { STATUS_OK, "" };
    const enum status status =
        snapshotter_restore(process->snapshotter, &notes, &process->restored, &failure);
    if (status == STATUS_UNREACHABLE) {
        process->next_us = process->sim->now_us + 1000000;
        return;
    }
    if (status != STATUS_OK && status != STATUS_ABSENT) {
        sim_fail(process->sim, "restore: %s", failure.text);
    }
    process->is_restored = status == STATUS_OK;
    process->sim->outcome->restored += process->is_restored;
    process->journal.refresh(process->journal.context);
    enter(process, SIM_ASKING);
}

static void begin_following(struct sim_process *process)
{
    struct journal_point point = { .offset = -1 };
    if (!process->journal.fresh(process->journal.context)) {
        return;
    }
    if (process->is_restored) {
        point = (struct journal_point){ process->restored.sequence, process->restored.id,
                                        process->restored.journal_offset };
        process->store_sequence = point.sequence;
    }
    replica_start(process->replica, point,
                  process->is_restored ? rejects_first_missing(process->world) : -1);
    sim_tell(process->sim, (int32_t)process->slot, "follows the journal from sequence %llu",
             (unsigned long long)point.sequence);
    enter(process, SIM_REPLAYING);
}

/* ------------------------------------------------------------------ a turn */

static bool follow(struct sim_process *process)
{
    struct failure failure = { STATUS_OK, "" };
    const uint32_t most = 1 + random_below(&process->sim->random, TURN_ENTRIES_MAX);
    const enum status status = replica_step(process->replica, most, &failure);
    if (status != STATUS_OK && status != STATUS_AGAIN) {
        sim_fail(process->sim, "process %u stops: %s", process->slot, failure.text);
    }
    return status == STATUS_OK;
}

static bool write_entry(struct sim_process *process)
{
    struct failure failure = { STATUS_OK, "" };
    uint32_t published_count;
    const struct watermark_entry *published = marks_all(process->marks, &published_count);
    const struct writer_view view = {
        .may_write = process->phase == SIM_LIVE,
        .lowest_owned = publisher_lowest_owned(process->publisher),
        .published = published,
        .published_count = published_count,
        .state_sequence = process->hash_sequence,
        .state_hash = process->hash,
    };
    const enum status status = writer_step(process->writer, &view, &failure);
    if (status != STATUS_OK && status != STATUS_AGAIN) {
        sim_fail(process->sim, "process %u stops: %s", process->slot, failure.text);
    }
    if (writer_is_writing(process->writer) != process->was_writer) {
        process->was_writer = !process->was_writer;
        sim_tell(process->sim, (int32_t)process->slot, "%s",
                 process->was_writer ? "writes" : "writes no more");
    }
    return status == STATUS_OK;
}

static bool publish(struct sim_process *process)
{
    struct publisher_view view = {
        .caught_up = replica_caught_up(process->replica),
        .input_lag_ms = writer_input_lag_ms(process->writer),
        .marks_pending = !marks_read(process->marks),
    };
    view.marks = marks_all(process->marks, &view.mark_count);
    return publisher_step(process->publisher, &view) == STATUS_AGAIN;
}

static bool owns_last(const struct sim_process *process)
{
    return publisher_owns(process->publisher, process->sim->output_count - 1);
}

static void store_snapshot(struct sim_process *process)
{
    const struct journal_point at = replica_point(process->replica);
    const struct snapshotter_cut cut = { at.sequence, at.id, at.offset };
    if (owns_last(process) && at.sequence > process->store_sequence &&
        !snapshotter_cutting(process->snapshotter) &&
        snapshotter_begin(process->snapshotter, &cut, true)) {
        process->store_us = process->sim->now_us;
        process->store_sequence = at.sequence;
    }
}

static bool cut(struct sim_process *process)
{
    if (process->sim->now_us - process->store_us >= process->sim->snapshot_us) {
        store_snapshot(process);
    }
    (void)snapshotter_step(process->snapshotter, SNAPSHOTTER_STEP_CHUNKS);
    uint64_t sequence;
    uint64_t hash;
    if (snapshotter_hash(process->snapshotter, &sequence, &hash) &&
        sequence != process->hash_sequence) {
        process->hash_sequence = sequence;
        process->hash = hash;
        sim_saw_hash(process, sequence, hash);
    }
    return snapshotter_cutting(process->snapshotter);
}

static void stop_when_drained(struct sim_process *process)
{
    struct sim *sim = process->sim;
    const bool drained =
        replica_caught_up(process->replica) && publisher_drain(process->publisher);
    if (drained) {
        store_snapshot(process);
    }
    if ((drained && process->store.idle(process->store.context) &&
         !snapshotter_cutting(process->snapshotter)) ||
        sim->now_us - process->phase_us > DRAIN_US_MAX) {
        publisher_stop(process->publisher);
        process->group.leave(process->group.context);
        sim_network_dies(process, sim->now_us);
        process->phase = SIM_DOWN;
        sim_tell(sim, (int32_t)process->slot, "stopped%s", drained ? "" : ", not drained");
    }
}

static bool live(struct sim_process *process)
{
    bool more = follow(process);
    if (process->phase == SIM_REPLAYING) {
        if (replica_caught_up(process->replica)) {
            process->group.join(process->group.context);
            enter(process, SIM_LIVE);
        }
        return more;
    }
    if (marks_open(process->marks, publisher_partition_count(process->publisher))) {
        marks_step(process->marks);
    }
    more = write_entry(process) || more;
    more = publish(process) || more;
    more = cut(process) || more;
    if (process->phase == SIM_STOPPING) {
        stop_when_drained(process);
    }
    return more;
}

static int64_t idle_us(const struct sim_process *process)
{
    int64_t wait = IDLE_US_MAX;
    if (process->phase >= SIM_LIVE) {
        const int64_t writer_us = writer_wait_us(process->writer);
        const int64_t publisher_us = publisher_wait_us(process->publisher);
        wait = writer_us < wait ? writer_us : wait;
        wait = publisher_us < wait ? publisher_us : wait;
    }
    return wait;
}

static void turn(struct sim_process *process)
{
    struct sim *sim = process->sim;
    bool more = false;
    sim_ports_poll(process);
    process->next_us = sim->now_us + random_between(&sim->random, 500, 5000);
    switch (process->phase) {
    case SIM_RESTORING:
        restore(process);
        return;
    case SIM_ASKING:
        begin_following(process);
        return;
    default:
        more = live(process);
        break;
    }
    if (!more && process->phase != SIM_DOWN) {
        process->next_us = sim->now_us + random_between(&sim->random, 100, 1000 + idle_us(process));
    } else {
        process->next_us = sim->now_us + random_between(&sim->random, 20, 600);
    }
}

/* What had left it lands; what still stood in its queues is gone with it. */
static void dies(struct sim_process *process)
{
    struct sim *sim = process->sim;
    sim_network_dies(process, sim->now_us + random_between(&sim->random, 0, 20000));
    process->phase = SIM_DOWN;
    process->next_us = sim->now_us + random_between(&sim->random, 1000, 6000000);
    sim_tell(sim, (int32_t)process->slot, "dies");
}

void sim_process_turn(struct sim_process *process)
{
    if (setjmp(process->crash) != 0) {
        process->in_turn = false;
        dies(process);
        return;
    }
    process->in_turn = true;
    turn(process);
    process->in_turn = false;
}

/* ------------------------------------------------------------------ at rest */

static bool inputs_read(const struct sim_process *process)
{
    const struct sim *sim = process->sim;
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        for (int32_t p = 0; p < sim->partition_counts[topic]; p++) {
            int64_t end = sim->logs[topic][p].count;
            while (end > 0 && sim->logs[topic][p].records[end - 1].removed) {
                end--;
            }
            const int64_t position = world_position(process->world, (enum topic)topic, p);
            if ((position < 0 ? 0 : position) < end) {
                return false;
            }
        }
    }
    return true;
}

static bool is_alive(const struct sim *sim, uint32_t incarnation)
{
    for (uint32_t i = 0; i < sim->process_count; i++) {
        if (sim->processes[i].incarnation == incarnation && sim->processes[i].phase == SIM_LIVE) {
            return true;
        }
    }
    return false;
}

static bool shows_all(const struct sim_process *process, int32_t partition)
{
    const uint64_t sequence = world_sequence(process->world);
    return publisher_watermark(process->publisher, partition) == sequence &&
           publisher_swept_of(process->publisher, partition) == sequence;
}

static bool outputs_shown(const struct sim_process *process)
{
    const struct sim *sim = process->sim;
    const struct sim_generation *generation = &sim->group.history[sim->group.generation];
    for (int32_t p = 0; p < sim->output_count; p++) {
        const bool owns = generation->owner[p] == process->incarnation;
        if (owns != publisher_owns(process->publisher, p) || !is_alive(sim, generation->owner[p]) ||
            (owns && !shows_all(process, p))) {
            return false;
        }
    }
    return true;
}

const char *sim_process_unsettled(const struct sim_process *process)
{
    const struct sim *sim = process->sim;
    if (process->phase != SIM_LIVE) {
        return "is not live";
    }
    if (process->member.seen != sim->group.generation || process->member.revoked) {
        return "does not know what it owns";
    }
    if (process->journal_reader.position != sim->logs[TOPIC_JOURNAL][0].count ||
        world_sequence(process->world) == 0) {
        return "has not read the journal to its end";
    }
    if (!inputs_read(process)) {
        return "waits for input to be in the journal";
    }
    if (publisher_due_count(process->publisher) > 0) {
        return "has documents to publish";
    }
    return outputs_shown(process) ? NULL : "does not own or has not shown what it should";
}

uint64_t sim_digest(struct world *world)
{
    uint64_t digest = 0;
    for (uint32_t i = 0; i < world_table_count(world); i++) {
        const struct table *table = world_table(world, i);
        const struct table_extent extent = table_extent(table);
        const size_t bytes = (size_t)table->row_count * table->row_bytes;
        digest = hash_pair(digest, hash_bytes(bytes_of(&extent, sizeof extent), 0));
        digest = hash_pair(digest, hash_bytes(bytes_of(table->rows, bytes), 0));
    }
    return digest;
}
