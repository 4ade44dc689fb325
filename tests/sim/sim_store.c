/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store of snapshots and, for each process, the queue to it. A store takes a manifest only as
 * flow/port.h says; what it loses, tears or takes back is found by whoever reads it.
 */
#include "sim/sim_state.h"

#include <stdio.h>

void sim_store_reset(struct sim *sim)
{
    sim->store.object_count = 0;
    sim->store.manifest_count = 0;
    sim->store.away_until_us = 0;
    sim->store.tear_next = 0;
}

static bool away(const struct sim *sim)
{
    return sim->now_us < sim->store.away_until_us;
}

static struct sim_object *find(struct sim_store *store, const char *name)
{
    for (uint32_t i = 0; i < store->object_count; i++) {
        if (strcmp(store->objects[i].name, name) == 0) {
            return &store->objects[i];
        }
    }
    return NULL;
}

static uint64_t pointer(const struct sim_store *store)
{
    return store->manifest_count ? store->manifests[0].sequence : 0;
}

/* ------------------------------------------------------------------ what the store does */

static void store_put(struct sim *sim, const struct sim_job *job)
{
    struct sim_store *store = &sim->store;
    struct sim_object *object = find(store, job->name);
    if (!object) {
        CHECK(store->object_count < SIM_OBJECTS_MAX);
        object = &store->objects[store->object_count++];
    }
    (void)snprintf(object->name, sizeof object->name, "%s", job->name);
    object->content = job->content;
    object->torn = store->tear_next > 0;
    store->tear_next -= object->torn;
}

static void store_drop(struct sim_store *store, const char *name)
{
    struct sim_object *object = find(store, name);
    if (object) {
        *object = store->objects[--store->object_count];
    }
}

/* Refused unless it is forward and stands on what is there. */
static bool store_point(struct sim_store *store, const struct sim_job *job)
{
    struct snapshot_manifest manifest;
    if (snapshot_manifest_decode(job->content, &manifest, NULL) != STATUS_OK) {
        return false;
    }
    const uint64_t base = manifest.header.base;
    if (job->sequence <= pointer(store) || (base != 0 && base != pointer(store))) {
        return false;
    }
    for (uint32_t i = SIM_MANIFESTS_MAX - 1; i > 0; i--) {
        store->manifests[i] = store->manifests[i - 1];
    }
    store->manifests[0] = (struct sim_manifest){ job->sequence, job->content };
    store->manifest_count += store->manifest_count < SIM_MANIFESTS_MAX;
    return true;
}

/* Away; some objects damaged without a word; back to an older manifest; or all of it lost. */
void sim_store_fault(struct sim *sim)
{
    struct sim_store *store = &sim->store;
    struct sim_random *random = &sim->random;
    switch (random_below(random, 4)) {
    case 0:
        store->away_until_us = sim->now_us + random_between(random, 100000, 8000000);
        sim_tell(sim, -1, "store away for %lld ms",
                 (long long)(store->away_until_us - sim->now_us) / 1000);
        break;
    case 1:
        store->tear_next = 1 + random_below(random, 3);
        sim_tell(sim, -1, "store tears the next %u objects", store->tear_next);
        break;
    case 2:
        if (store->manifest_count > 1) {
            store->manifest_count--;
            memmove(store->manifests, store->manifests + 1,
                    store->manifest_count * sizeof *store->manifests);
            sim_tell(sim, -1, "store goes back to sequence %llu",
                     (unsigned long long)pointer(store));
        }
        break;
    default:
        store->manifest_count = 0;
        store->object_count = 0;
        sim_tell(sim, -1, "store is wiped");
        break;
    }
}

/* ------------------------------------------------------------------ a process's queue */

static void lane_fails(struct sim_lane *lane)
{
    lane->failures++;
    lane->group_broken = true;
    lane->job_count = 0;
}

static void run_point(struct sim_process *process, const struct sim_job *job)
{
    struct sim_lane *lane = &process->lane;
    struct snapshot_manifest manifest;
    const bool decodes = snapshot_manifest_decode(job->content, &manifest, NULL) == STATUS_OK;
    CHECK(decodes);
    const bool whole = !lane->group_broken && lane->group_count == manifest.header.own_object_count;
    if (!whole || !store_point(&process->sim->store, job)) {
        lane->failures++;
    }
    lane->pointed = pointer(&process->sim->store);
    lane->group_count = 0;
    lane->group_broken = false;
}

static void run_job(struct sim_process *process, const struct sim_job *job)
{
    struct sim_lane *lane = &process->lane;
    struct snapshot_object object;
    switch (job->kind) {
    case SIM_JOB_PUT:
        CHECK(snapshot_object_parse(job->name, &object));
        if (object.number == 0) {
            lane->group_count = 0;
            lane->group_broken = false;
        }
        if (!lane->group_broken) {
            store_put(process->sim, job);
            lane->group_count++;
        }
        break;
    case SIM_JOB_POINT:
        run_point(process, job);
        break;
    case SIM_JOB_DROP:
        store_drop(&process->sim->store, job->name);
        break;
    }
}

void sim_store_poll(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct sim_lane *lane = &process->lane;
    while (lane->job_count > 0 && lane->jobs[0].at_us <= sim->now_us) {
        if (away(sim)) {
            lane_fails(lane);
            return;
        }
        const struct sim_job job = lane->jobs[0];
        lane->job_count--;
        memmove(lane->jobs, lane->jobs + 1, lane->job_count * sizeof *lane->jobs);
        run_job(process, &job);
    }
    if (!away(sim) && sim->now_us >= lane->look_us) {
        lane->look_us = sim->now_us + 1000000;
        lane->pointed = pointer(&sim->store);
    }
}

static enum status lane_add(struct sim_process *process, enum sim_job_kind kind, const char *name,
                            uint64_t sequence, struct bytes content)
{
    struct sim *sim = process->sim;
    struct sim_lane *lane = &process->lane;
    sim_port_called(process);
    if (lane->job_count == SIM_QUEUE_MAX || random_percent(&sim->random, 5)) {
        return STATUS_AGAIN;
    }
    struct sim_job *job = &lane->jobs[lane->job_count];
    const int64_t after_us = lane->job_count ? job[-1].at_us : sim->now_us;
    *job = (struct sim_job){ .kind = kind,
                             .sequence = sequence,
                             .content = sim_copy(sim, content),
                             .at_us = after_us + random_between(&sim->random, 100, 30000) };
    (void)snprintf(job->name, sizeof job->name, "%s", name);
    lane->job_count++;
    sim_port_called(process);
    return STATUS_OK;
}

static enum status store_port_put(void *context, const char *name, struct bytes content)
{
    return lane_add(context, SIM_JOB_PUT, name, 0, content);
}

static enum status store_port_point(void *context, uint64_t sequence, struct bytes manifest)
{
    return lane_add(context, SIM_JOB_POINT, "", sequence, manifest);
}

static enum status store_port_drop(void *context, const char *name)
{
    return lane_add(context, SIM_JOB_DROP, name, 0, bytes_of(NULL, 0));
}

static uint64_t store_pointed(void *context)
{
    const struct sim_process *process = context;
    return process->lane.pointed;
}

static uint64_t store_failures(void *context)
{
    const struct sim_process *process = context;
    return process->lane.failures;
}

static bool store_idle(void *context)
{
    const struct sim_process *process = context;
    return process->lane.job_count == 0;
}

static enum status store_manifest(void *context, uint32_t age, struct bytes *out_manifest,
                                  struct failure *failure)
{
    struct sim_process *process = context;
    const struct sim_store *store = &process->sim->store;
    sim_port_called(process);
    if (away(process->sim)) {
        return failure_set(failure, STATUS_UNREACHABLE, "the store is away");
    }
    process->lane.pointed = pointer(store);
    if (age >= store->manifest_count) {
        return STATUS_ABSENT;
    }
    *out_manifest = store->manifests[age].content;
    return STATUS_OK;
}

static enum status store_get(void *context, const char *name, struct bytes *out_content,
                             struct failure *failure)
{
    struct sim_process *process = context;
    sim_port_called(process);
    if (away(process->sim)) {
        return failure_set(failure, STATUS_UNREACHABLE, "the store is away");
    }
    const struct sim_object *object = find(&process->sim->store, name);
    if (!object) {
        return STATUS_ABSENT;
    }
    if (object->torn) {
        return failure_set(failure, STATUS_LOST, "object %s is damaged", name);
    }
    *out_content = object->content;
    return STATUS_OK;
}

void sim_store_open(struct sim_process *process)
{
    memset(&process->lane, 0, sizeof process->lane);
    process->store = (struct store_port){ process,          "sim",
                                          store_port_put,   store_port_point,
                                          store_port_drop,  store_pointed,
                                          store_failures,   store_idle,
                                          store_manifest,   store_get };
}
