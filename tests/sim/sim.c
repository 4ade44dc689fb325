/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time and chance: whose turn it is, what goes wrong and when, and the course of a run:
 *
 *     faults, while upstream sends ── healed, until all is at rest ── the writer dies for good,
 *     upstream sends a little more ── at rest again ── judged
 */
#include "sim/sim_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    RUN_BYTES = 1 << 30,             /* addresses for all records of a run */
    REST_US_MAX = 90000000,          /* from the last fault until all is at rest */
    RUN_US_MAX = 600000000,
    LAST_EVENTS = 12,
    FAULT_EVERY_US = 900000,
    SLEEP_US_MAX = 9000000,
    ENDINGS_WITHIN_MS = 20000,       /* of orders and keys are waited for */
};

const char *const FAULT_NAMES[FAULT_COUNT] = {
    [FAULT_CRASH] = "crash",         [FAULT_RESTART] = "restart",
    [FAULT_PAUSE] = "pause",         [FAULT_REBALANCE] = "rebalance",
    [FAULT_JOURNAL] = "journal",     [FAULT_SINK] = "sink",
    [FAULT_STALL] = "stall",         [FAULT_STORE] = "store",
    [FAULT_CLOCK] = "clock",         [FAULT_GROWTH] = "growth",
    [FAULT_COMPACT] = "compact",     [FAULT_DUPLICATE] = "duplicate",
    [FAULT_DISORDER] = "disorder",   [FAULT_MALFORMED] = "malformed",
};

/* One run at a time: what a CHECK that fails anywhere belongs to. */
static struct sim *running;

/* ------------------------------------------------------------------ for all of sim*.c */

void sim_fail(struct sim *sim, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sim->outcome->text, sizeof sim->outcome->text, format, arguments);
    va_end(arguments);
    (void)snprintf(sim->outcome->kind, sizeof sim->outcome->kind, "%.60s", format);
    sim->outcome->failed = true;
    longjmp(sim->failed, 1);
}

/* Takes the place of base/check.c: a broken claim is the run's failure, not the process's end. */
_Noreturn void check_failed(const char *file, int line, const char *claim)
{
    if (!running) {
        (void)fprintf(stderr, "%s:%d: check failed: %s\n", file, line, claim);
        abort();
    }
    sim_fail(running, "%s:%d: check failed: %s", file, line, claim);
}

static void print_action(const struct sim_action *action)
{
    char who[16] = "--";
    if (action->process >= 0) {
        (void)snprintf(who, sizeof who, "p%d", action->process);
    }
    (void)printf("  %10.6f  %s  %s\n", (double)action->at_us / 1e6, who, action->text);
}

void sim_tell(struct sim *sim, int32_t process, const char *format, ...)
{
    struct sim_action *action = &sim->actions[sim->action_count++ % SIM_ACTIONS_KEPT];
    action->at_us = sim->now_us;
    action->process = process;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(action->text, sizeof action->text, format, arguments);
    va_end(arguments);
    if (sim->config.verbose) {
        print_action(action);
    }
}

bool sim_may(const struct sim *sim, enum sim_fault fault)
{
    return sim->faults_on && (sim->config.faults >> fault & 1);
}

void *sim_grow(void *array, uint64_t *capacity, uint64_t need, size_t bytes)
{
    if (need <= *capacity) {
        return array;
    }
    const uint64_t grown = need < 64 ? 64 : need * 2;
    void *moved = realloc(array, grown * bytes);
    CHECK(moved != NULL);
    *capacity = grown;
    return moved;
}

struct bytes sim_copy(struct sim *sim, struct bytes bytes)
{
    if (!bytes.data) {
        return bytes;
    }
    uint8_t *copy = arena_take(&sim->bytes, bytes.count + 1);
    if (bytes.count) {
        memcpy(copy, bytes.data, bytes.count);
    }
    return bytes_of(copy, bytes.count);
}

int64_t sim_wall_ms(const struct sim *sim)
{
    return sim->start_ms + sim->now_us / 1000;
}

/* ------------------------------------------------------------------ faults */

static struct sim_process *any_process(struct sim *sim)
{
    return &sim->processes[random_below(&sim->random, sim->process_count)];
}

static void fault_crash(struct sim *sim, struct sim_process *process)
{
    process->crash_in = 1 + random_below(&sim->random, 300);
    sim_tell(sim, (int32_t)process->slot, "is to die in %u calls", process->crash_in);
}

static void fault_restart(struct sim *sim, struct sim_process *process)
{
    if (process->phase == SIM_LIVE) {
        process->phase = SIM_STOPPING;
        process->phase_us = sim->now_us;
        process->next_us = sim->now_us;
        sim_tell(sim, (int32_t)process->slot, "is told to stop");
    }
}

static void fault_pause(struct sim *sim, struct sim_process *process)
{
    if (process->phase == SIM_DOWN || process->paused_until_us > sim->now_us) {
        return;
    }
    const int64_t most_us = random_percent(&sim->random, 50) ? 800000 : SLEEP_US_MAX;
    const int64_t by_us = random_between(&sim->random, 10000, most_us);
    process->paused_until_us = sim->now_us + by_us;
    sim_network_sleeps(process, sim->now_us + random_between(&sim->random, 0, 5000), by_us);
    sim_tell(sim, (int32_t)process->slot, "sleeps for %lld ms", (long long)by_us / 1000);
}

static void fault_clock(struct sim *sim, struct sim_process *process)
{
    const bool broken = process->slot == 1 && random_percent(&sim->random, 15);
    process->skew_ms = broken ? 7200000 : random_between(&sim->random, -2000, 2000);
    sim_tell(sim, (int32_t)process->slot, "has a clock off by %lld ms",
             (long long)process->skew_ms);
}

static void fault_growth(struct sim *sim)
{
    const enum topic topic = (enum topic)random_below(&sim->random, TOPIC_INPUT_COUNT);
    if (sim->partition_counts[topic] < SIM_PARTITIONS_MAX) {
        sim->partition_counts[topic]++;
        sim_tell(sim, -1, "%s grows to %d partitions", TOPICS[topic].name,
                 sim->partition_counts[topic]);
    }
}

/* The broker itself, or one process's way to it. */
static void fault_stall(struct sim *sim, struct sim_process *process)
{
    const int64_t until_us = sim->now_us + random_between(&sim->random, 100000, 3000000);
    if (random_percent(&sim->random, 50)) {
        sim->stalled_until_us = until_us;
        sim_tell(sim, -1, "the broker stalls for %lld ms",
                 (long long)(until_us - sim->now_us) / 1000);
    } else {
        process->cut_off_until_us = until_us;
        sim_tell(sim, (int32_t)process->slot, "is cut off for %lld ms",
                 (long long)(until_us - sim->now_us) / 1000);
    }
}

static void fault_window(struct sim *sim, int64_t *until_us, int64_t most_us, const char *what)
{
    *until_us = sim->now_us + random_between(&sim->random, 100000, most_us);
    sim_tell(sim, -1, "%s for %lld ms", what, (long long)(*until_us - sim->now_us) / 1000);
}

static void fault_happens(struct sim *sim)
{
    const enum sim_fault fault = (enum sim_fault)random_below(&sim->random, FAULT_COMPACT + 1);
    struct sim_process *process = any_process(sim);
    if (!sim_may(sim, fault)) {
        return;
    }
    switch (fault) {
    case FAULT_CRASH: fault_crash(sim, process); break;
    case FAULT_RESTART: fault_restart(sim, process); break;
    case FAULT_PAUSE: fault_pause(sim, process); break;
    case FAULT_REBALANCE: sim_group_shuffle(sim); break;
    case FAULT_JOURNAL:
        fault_window(sim, &sim->journal_trouble_until_us, 1500000, "the journal is in trouble");
        break;
    case FAULT_SINK:
        fault_window(sim, &sim->sink_trouble_until_us, 1500000, "the outputs are in trouble");
        break;
    case FAULT_STALL: fault_stall(sim, process); break;
    case FAULT_STORE: sim_store_fault(sim); break;
    case FAULT_CLOCK: fault_clock(sim, process); break;
    case FAULT_GROWTH: fault_growth(sim); break;
    default: sim_compact(sim); break;
    }
}

static void heal(struct sim *sim)
{
    sim->faults_on = false;
    sim->stalled_until_us = 0;
    sim->sink_room = 10000;
    sim->store.away_until_us = 0;
    for (uint32_t i = 0; i < sim->process_count; i++) {
        struct sim_process *process = &sim->processes[i];
        process->skew_ms = (int64_t)i * 3;
        process->cut_off_until_us = 0;
        process->crash_in = 0;
        if (process->phase == SIM_DOWN && process->next_us > sim->now_us + 100000) {
            process->next_us = sim->now_us + 100000;
        }
    }
    sim_tell(sim, -1, "no more faults");
}

/* ------------------------------------------------------------------ a run */

static int64_t process_next(const struct sim_process *process)
{
    return process->next_us > process->paused_until_us ? process->next_us
                                                       : process->paused_until_us;
}

static void process_goes(struct sim_process *process)
{
    if (process->phase == SIM_DOWN) {
        sim_process_start(process);
    }
    sim_process_turn(process);
}

static struct sim_process *first_process(struct sim *sim)
{
    struct sim_process *first = NULL;
    for (uint32_t i = 0; i < sim->process_count; i++) {
        struct sim_process *process = &sim->processes[i];
        if (!first || process_next(process) < process_next(first)) {
            first = process;
        }
    }
    return first;
}

/* To the next thing that happens: a record lands or is sent, or a process has its turn. */
static void step(struct sim *sim)
{
    struct sim_process *process = first_process(sim);
    int64_t at_us = process_next(process);
    const int64_t network_us = sim_network_next(sim);
    const int64_t shop_us = sim_shop_next(sim);
    const bool is_turn = at_us < network_us && at_us < shop_us;
    at_us = network_us < at_us ? network_us : at_us;
    at_us = shop_us < at_us ? shop_us : at_us;
    sim->now_us = at_us > sim->now_us ? at_us : sim->now_us;
    sim_network_step(sim);
    sim_shop_step(sim);
    sim_group_step(sim);
    if (is_turn) {
        process_goes(process);
    }
}

static bool at_rest(struct sim *sim)
{
    if (sim->shop.next < sim->shop.count || sim->due_count > 0 ||
        sim->now_us - sim->appended_us < 2 * sim->heartbeat_us + 2500000) {
        return false;
    }
    for (uint32_t i = 0; i < sim->process_count; i++) {
        struct sim_process *process = &sim->processes[i];
        if (process_next(process) < RUN_US_MAX &&
            (sim_process_unsettled(process) ||
             world_due_ms(process->world) < sim_wall_ms(sim) + ENDINGS_WITHIN_MS)) {
            return false;
        }
    }
    return true;
}

static void tell_unsettled(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->process_count; i++) {
        const char *why = sim_process_unsettled(&sim->processes[i]);
        sim_tell(sim, (int32_t)i, "at sequence %llu %s",
                 (unsigned long long)world_sequence(sim->processes[i].world),
                 why ? why : "has nothing to do");
    }
    sim_tell(sim, -1, "%u on their way, the last record landed at %lld us", sim->due_count,
             (long long)sim->appended_us);
}

static void run_to_rest(struct sim *sim, int64_t within_us)
{
    const int64_t until_us = sim->now_us + within_us;
    do {
        if (sim->now_us > until_us) {
            tell_unsettled(sim);
            sim_fail(sim, "not at rest %lld s after the last fault",
                     (long long)within_us / 1000000);
        }
        step(sim);
    } while (!at_rest(sim));
}

static void run_with_faults(struct sim *sim, int64_t until_us)
{
    int64_t fault_us = sim->now_us;
    while (sim->now_us < until_us) {
        step(sim);
        while (sim->now_us >= fault_us) {
            fault_happens(sim);
            fault_us += random_between(&sim->random, 1000, FAULT_EVERY_US);
        }
    }
}

static bool all_read(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->process_count; i++) {
        const struct sim_process *process = &sim->processes[i];
        for (int topic = 0; process->phase == SIM_LIVE && topic < TOPIC_INPUT_COUNT; topic++) {
            for (int32_t p = 0; p < sim->partition_counts[topic]; p++) {
                const int64_t count = sim->logs[topic][p].count;
                if (world_position(process->world, (enum topic)topic, p) < count && count > 0 &&
                    !sim->logs[topic][p].records[count - 1].removed) {
                    return false;
                }
            }
        }
    }
    return sim->shop.next == sim->shop.count;
}

/* Contract 2.5: another begins when input has waited 1 s x (1 + its lowest partition). Where no
 * other owns one, that begins with the end of the dead one's session. */
static int64_t replaced_until_us(const struct sim *sim, const struct sim_process *victim)
{
    int64_t within_us = 1000000 * (1 + (int64_t)sim->output_count) + 3000000;
    bool others_own = false;
    for (uint32_t i = 0; i < sim->process_count; i++) {
        others_own = others_own || (&sim->processes[i] != victim &&
                                    publisher_owned_count(sim->processes[i].publisher) > 0);
    }
    within_us += others_own ? 0 : sim->group.session_us + 1000000;
    return sim->now_us + within_us;
}

static void writer_dies(struct sim *sim)
{
    struct sim_process *victim = &sim->processes[0];
    for (uint32_t i = 0; i < sim->process_count; i++) {
        if (writer_is_writing(sim->processes[i].writer)) {
            victim = &sim->processes[i];
        }
    }
    sim_network_dies(victim, sim->now_us);
    victim->phase = SIM_DOWN;
    victim->next_us = INT64_MAX;
    sim_tell(sim, (int32_t)victim->slot, "dies for good");
    sim_shop_open(sim, LAST_EVENTS, sim->now_us, sim->now_us + 200000);
    const int64_t until_us = replaced_until_us(sim, victim);
    while (!all_read(sim)) {
        if (sim->now_us > until_us) {
            tell_unsettled(sim);
            sim_fail(sim, "a dead writer was not replaced in time");
        }
        step(sim);
    }
    run_to_rest(sim, REST_US_MAX);
}

/* ------------------------------------------------------------------ setting it up */

static void choose_settings(struct sim *sim)
{
    struct sim_random *random = &sim->random;
    sim->settings = settings_defaults();
    sim->settings.review_ms = random_percent(random, 50) ? 1000 : 60000;
    sim->settings.future_tolerance_ms = 3600000;
    sim->settings.closed_orders_ms = random_percent(random, 50) ? 3000 : INT64_C(30) * MS_PER_DAY;
    /* Longer than any former owner sleeps: what it writes over a forgotten key stays. */
    sim->settings.tombstone_after_ms =
        random_percent(random, 50) ? SLEEP_US_MAX / 1000 + 6000 : 7 * MS_PER_DAY;
    sim->settings.reorder_window_ms = random_percent(random, 30) ? 5000 : MS_PER_DAY;
    sim->settings.clock = random_percent(random, 85) ? WORLD_CLOCK_WALL : WORLD_CLOCK_EVENT;
    sim->heartbeat_us = random_between(random, 200, 1500) * 1000;
    sim->snapshot_us = random_between(random, 300, 4000) * 1000;
    sim->sink_room = (sim->config.faults >> FAULT_SINK & 1) && random_percent(random, 40)
                         ? 2 + random_below(random, 30)
                         : 10000;
    sim->reject_bytes_max = random_percent(random, 50) ? 1000 : 1000000;
    sim->encoding = random_percent(random, 50) ? ENCODING_JSON : ENCODING_MSGPACK;
}

static void choose_topics(struct sim *sim)
{
    struct sim_random *random = &sim->random;
    sim->output_count = 1 + (int32_t)random_below(random, SIM_OUTPUTS_MAX);
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        sim->partition_counts[topic] =
            topic < TOPIC_INPUT_COUNT ? 1 + (int32_t)random_below(random, 3) : sim->output_count;
    }
    sim->partition_counts[TOPIC_JOURNAL] = 1;
}

static void choose_processes(struct sim *sim)
{
    sim->process_count = 2 + random_below(&sim->random, SIM_PROCESSES_MAX - 1);
    for (uint32_t i = 0; i < sim->process_count; i++) {
        struct sim_process *process = &sim->processes[i];
        process->sim = sim;
        process->slot = i;
        process->phase = SIM_DOWN;
        process->next_us = random_between(&sim->random, 0, 2000000);
        process->paused_until_us = 0;
        process->cut_off_until_us = 0;
        process->skew_ms = random_between(&sim->random, -50, 50);
        process->crash_in = 0;
        process->in_turn = false;
        process->settings = sim->settings;
        process->settings.moves += i == 1 && random_percent(&sim->random, 15);
    }
}

static void set_up(struct sim *sim)
{
    static const int64_t STARTS_MS[] = {
        INT64_C(1772445600000),   /* 2026-03-02 10:00 UTC */
        INT64_C(1772495990000),   /* ten seconds before a midnight in UTC */
        INT64_C(1772492390000),   /* and in Berlin */
        INT64_C(1772463590000),   /* and before a cut-off in UTC */
    };
    sim->random = random_of(sim->config.seed, 1);
    sim->now_us = 0;
    sim->start_ms = STARTS_MS[random_below(&sim->random, 4)];
    sim->broker_skew_ms = random_between(&sim->random, -200, 200);
    sim->incarnations = 0;
    sim->faults_on = true;
    sim->stalled_until_us = 0;
    sim->journal_trouble_until_us = 0;
    sim->sink_trouble_until_us = 0;
    sim->action_count = 0;
    if (sim->seen) {
        memset(sim->seen, 0, sim->seen_capacity * sizeof *sim->seen);
    }
    arena_reset(&sim->bytes);
    choose_settings(sim);
    choose_topics(sim);
    choose_processes(sim);
    sim_logs_reset(sim);
    sim_group_reset(sim);
    sim_store_reset(sim);
    sim->shop.random = random_of(sim->config.seed, 2);
    sim->shop.count = 0;
    sim->shop.next = 0;
    sim->shop.serial = 0;
    sim->shop.placed_count = 0;
    memset(sim->shop.plain, 0, sizeof sim->shop.plain);
}

static void course(struct sim *sim)
{
    set_up(sim);
    const int64_t length_us = random_between(&sim->random, 2, 12) * 1000000;
    const bool backlog = random_percent(&sim->random, 20);
    const uint32_t by_seed = 30 + random_below(&sim->random, 170);
    const uint32_t events = sim->config.events ? sim->config.events : by_seed;
    sim->outcome->events = events;
    sim_shop_open(sim, events, 0, backlog ? 1000 : length_us);
    run_with_faults(sim, length_us + 1000000);
    heal(sim);
    run_to_rest(sim, REST_US_MAX);
    if (random_percent(&sim->random, 50)) {
        writer_dies(sim);
    }
    sim_judge(sim);
}

static struct sim *memory(void)
{
    static struct sim *sim;
    if (!sim) {
        sim = calloc(1, sizeof *sim);
        CHECK(sim != NULL);
        void *base = mmap(NULL, RUN_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        CHECK(base != MAP_FAILED);
        sim->bytes = arena_of(base, RUN_BYTES);
        for (uint32_t i = 0; i < SIM_PROCESSES_MAX; i++) {
            sim_process_memory(&sim->processes[i]);
        }
        sim_judge_memory(sim);
    }
    return sim;
}

/* What this run has met. */
static void count(struct sim *sim)
{
    struct sim_outcome *outcome = sim->outcome;
    outcome->generations = sim->group.generation;
    for (uint32_t i = 0; i < sim->process_count; i++) {
        outcome->repairs += sim->processes[i].stats.output_repairs;
    }
    for (int32_t p = 0; p < sim->output_count; p++) {
        outcome->rejects += (uint64_t)sim->logs[TOPIC_REJECTS][p].count;
        for (int topic = TOPIC_INPUT_COUNT; topic < TOPIC_WATERMARKS; topic++) {
            const struct sim_log *log = &sim->logs[topic][p];
            for (int64_t i = 0; i < log->count; i++) {
                const struct sim_record *record = &log->records[i];
                const struct sim_generation *then = &sim->group.history[record->generation];
                outcome->tombstones += record->value.data == NULL;
                outcome->strangers += then->owner[p] != record->writer;
            }
        }
    }
}

void sim_run(const struct sim_config *config, struct sim_outcome *out_outcome)
{
    struct sim *sim = memory();
    memset(out_outcome, 0, sizeof *out_outcome);
    sim->config = *config;
    sim->outcome = out_outcome;
    running = sim;
    if (setjmp(sim->failed) == 0) {
        course(sim);
        count(sim);
    }
    running = NULL;
    out_outcome->simulated_us = sim->now_us;
}

void sim_print_actions(void)
{
    const struct sim *sim = memory();
    const uint64_t first =
        sim->action_count > SIM_ACTIONS_KEPT ? sim->action_count - SIM_ACTIONS_KEPT : 0;
    for (uint64_t i = first; i < sim->action_count; i++) {
        print_action(&sim->actions[i % SIM_ACTIONS_KEPT]);
    }
}
