/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The consumer group: ranges of output partitions over the live members. A member is out when it
 * was not heard of for a session; it learns what was decided when it next looks, some time later,
 * and goes by what it knew until then.
 */
#include "sim/sim_state.h"

void sim_group_reset(struct sim *sim)
{
    struct sim_group *group = &sim->group;
    group->generation = 0;
    memset(group->member, 0, sizeof group->member);
    group->session_us = random_between(&sim->random, 1500, 6000) * 1000;
    group->history = sim_grow(group->history, &group->history_capacity, 1, sizeof *group->history);
    group->history[0] = (struct sim_generation){ 0 };
    for (uint32_t i = 0; i < SIM_PROCESSES_MAX; i++) {
        group->rank[i] = i;
    }
}

static void deal(struct sim *sim)
{
    struct sim_group *group = &sim->group;
    group->generation++;
    group->history = sim_grow(group->history, &group->history_capacity, group->generation + 1,
                              sizeof *group->history);
    struct sim_generation *next = &group->history[group->generation];
    *next = (struct sim_generation){ .began_us = sim->now_us };
    uint32_t members[SIM_PROCESSES_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < sim->process_count; i++) {
        if (group->member[group->rank[i]]) {
            members[count++] = group->rank[i];
        }
    }
    for (int32_t p = 0; p < sim->output_count && count > 0; p++) {
        const uint32_t at = (uint32_t)p * count / (uint32_t)sim->output_count;
        next->owner[p] = group->incarnation[members[at]];
    }
    for (uint32_t i = 0; i < sim->process_count; i++) {
        struct sim_member *member = &sim->processes[i].member;
        const int64_t most_us = sim_may(sim, FAULT_REBALANCE) ? 2500000 : 50000;
        member->learn_us = sim->now_us + random_between(&sim->random, 500, most_us);
        member->revoked = false;
    }
    sim_tell(sim, -1, "generation %llu deals %d partitions to %u members",
             (unsigned long long)group->generation, sim->output_count, count);
}

/* Members that are dead or asleep for longer than a session are put out. */
void sim_group_step(struct sim *sim)
{
    struct sim_group *group = &sim->group;
    bool changed = false;
    for (uint32_t i = 0; i < sim->process_count; i++) {
        if (group->member[i] && sim->now_us - group->seen_us[i] > group->session_us) {
            group->member[i] = false;
            changed = true;
        }
    }
    if (changed) {
        deal(sim);
    }
}

void sim_group_shuffle(struct sim *sim)
{
    struct sim_group *group = &sim->group;
    for (uint32_t i = sim->process_count - 1; i > 0; i--) {
        const uint32_t j = random_below(&sim->random, i + 1);
        const uint32_t kept = group->rank[i];
        group->rank[i] = group->rank[j];
        group->rank[j] = kept;
    }
    deal(sim);
}

/* ------------------------------------------------------------------ a member */

static bool is_member(const struct sim_process *process)
{
    const struct sim_group *group = &process->sim->group;
    return group->member[process->slot] &&
           group->incarnation[process->slot] == process->incarnation;
}

static void own(struct sim_process *process, const struct sim_generation *generation)
{
    struct sim_member *member = &process->member;
    for (int32_t p = 0; p < process->sim->output_count; p++) {
        member->owned[p] = generation && generation->owner[p] == process->incarnation;
    }
    member->changes++;
}

/* Revoked first, dealt anew then; a member may or may not look in between. It does where a
 * generation passed it by: it was out of the group, and has to ask to be let in again. */
static void learn(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct sim_member *member = &process->member;
    if (!member->revoked) {
        own(process, NULL);
        member->revoked = true;
        if (sim->group.generation > member->seen + 1 || random_percent(&sim->random, 50)) {
            return;
        }
    }
    own(process, &sim->group.history[sim->group.generation]);
    member->seen = sim->group.generation;
    member->revoked = false;
    member->rebalances++;
}

void sim_group_poll(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct sim_group *group = &sim->group;
    struct sim_member *member = &process->member;
    if (!member->joined) {
        return;
    }
    if (is_member(process)) {
        group->seen_us[process->slot] = sim->now_us;
    } else if (sim->now_us >= member->join_us) {
        group->member[process->slot] = true;
        group->incarnation[process->slot] = process->incarnation;
        group->seen_us[process->slot] = sim->now_us;
        deal(sim);
    }
    if (member->seen != group->generation && sim->now_us >= member->learn_us) {
        learn(process);
        if (!is_member(process) && member->join_us < sim->now_us) {
            member->join_us = sim->now_us + random_between(&sim->random, 1000, 300000);
        }
    }
}

static void group_join(void *context)
{
    struct sim_process *process = context;
    struct sim *sim = process->sim;
    sim_port_called(process);
    process->member.joined = true;
    process->member.join_us = sim->now_us + random_between(&sim->random, 1000, 500000);
}

static void group_leave(void *context)
{
    struct sim_process *process = context;
    sim_port_called(process);
    process->member.joined = false;
    own(process, NULL);
    if (is_member(process)) {
        process->sim->group.member[process->slot] = false;
        deal(process->sim);
    }
}

static bool group_owns(void *context, int32_t partition)
{
    const struct sim_process *process = context;
    return process->member.owned[partition];
}

static uint64_t group_generation(void *context)
{
    const struct sim_process *process = context;
    return process->member.changes;
}

static uint64_t group_rebalances(void *context)
{
    const struct sim_process *process = context;
    return process->member.rebalances;
}

static void group_commit(void *context, enum topic topic, int32_t partition, int64_t offset)
{
    struct sim_process *process = context;
    CHECK(offset >= 0 && offset <= process->sim->logs[topic][partition].count);
    sim_port_called(process);
}

static void group_commit_flush(void *context)
{
    sim_port_called(context);
}

void sim_group_open(struct sim_process *process)
{
    process->member = (struct sim_member){ .seen = 0 };
    process->group = (struct group_port){ process,          group_join,       group_leave,
                                          group_owns,       group_generation, group_rebalances,
                                          group_commit,     group_commit_flush };
}
