/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the caller's thread and this one lies, per store, a ring with one producer and one
 * consumer: jobs one way; the pointer's place and the count of failures, as atomics, the other.
 *
 * The objects of one snapshot are a *group*: from the object with number 0 on. Whatever fails
 * breaks the group: the rest of it is dropped, and its manifest is not handed to the store, which
 * would name what is not there. Every broken group is counted, so the snapshotter begins anew.
 */
#include "edge/store_thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/file_store.h"
#include "edge/os.h"
#include "edge/redis_store.h"
#include "store_sweep.h"
#include "wire/snapshot_codec.h"

enum {
    JOBS_MAX = 64,             /* a power of two */
    BATCH_MAX = 16,            /* objects on their way to the store at once */
    MESSAGES_MAX = 16,
    BACKOFF_MS_FIRST = 100,
    BACKOFF_MS_MAX = 5000,
    IDLE_WAIT_MS = 1000,
    /* Successes after a start or trouble that sweep: what a former writer left is named by a kept
     * manifest until the second one; the third is for what came late. */
    SWEEPS = 3,
};

enum job_kind { JOB_PUT, JOB_POINT, JOB_DROP };

struct job {
    enum job_kind kind;
    struct store_item item;    /* content: in `room` */
    uint64_t sequence;
    /* Stays with the place in the ring: fresh pages would cost the caller more than the copy. */
    uint8_t *room;
    size_t room_bytes;
};

struct lane {
    struct store_thread *thread;
    struct store_backend backend;
    struct job jobs[JOBS_MAX];
    _Atomic uint32_t head;     /* jobs ever queued, by the caller */
    _Atomic uint32_t tail;     /* jobs ever finished, by the thread */
    _Atomic size_t queued_bytes;
    _Atomic uint64_t pointed;
    _Atomic uint64_t failures;
    bool queued_any;           /* caller's: reading is over */

    /* the thread's own */
    bool active;
    bool reachable;
    int64_t retry_us;
    int64_t backoff_ms;
    struct snapshot_object group;
    uint32_t group_count;      /* objects of it that are written */
    bool group_broken;
    bool group_open;           /* its manifest was not written, or not yet */
    uint32_t sweeps_left;
    char told[FAILURE_TEXT_BYTES];

    uint8_t *decoded;          /* caller's: the last object read */
};

struct store_thread {
    struct lane *lanes;
    uint32_t lane_count;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    struct os_event wake;
    uint8_t *encoded;          /* room for a batch */
    size_t encoded_bytes;
    struct failure messages[MESSAGES_MAX];
    _Atomic uint32_t message_head;
    _Atomic uint32_t message_tail;
};

/* ------------------------------------------------------------------ messages */

/* Where nobody reads them, later ones are left out; trouble that lasts is told again. */
static void tell(struct lane *lane, enum status status, const char *text)
{
    struct store_thread *thread = lane->thread;
    const uint32_t head = atomic_load_explicit(&thread->message_head, memory_order_relaxed);
    if (head - atomic_load_explicit(&thread->message_tail, memory_order_acquire) == MESSAGES_MAX) {
        return;
    }
    (void)failure_set(&thread->messages[head % MESSAGES_MAX], status, "snapshots to %s: %s",
                      lane->backend.name, text);
    atomic_store_explicit(&thread->message_head, head + 1, memory_order_release);
}

static void tell_trouble(struct lane *lane, const struct failure *failure)
{
    if (strcmp(lane->told, failure->text) != 0) {
        (void)snprintf(lane->told, sizeof lane->told, "%s", failure->text);
        tell(lane, failure->status, failure->text);
    }
}

static void tell_notices(struct lane *lane)
{
    struct failure notice;
    while (lane->backend.notice(lane->backend.context, &notice)) {
        tell(lane, STATUS_OK, notice.text);
    }
}

bool store_thread_message(struct store_thread *thread, struct failure *out_message)
{
    const uint32_t tail = atomic_load_explicit(&thread->message_tail, memory_order_relaxed);
    if (tail == atomic_load_explicit(&thread->message_head, memory_order_acquire)) {
        return false;
    }
    *out_message = thread->messages[tail % MESSAGES_MAX];
    atomic_store_explicit(&thread->message_tail, tail + 1, memory_order_release);
    return true;
}

/* ------------------------------------------------------------------ jobs */

static uint32_t jobs_waiting(const struct lane *lane)
{
    return atomic_load_explicit(&lane->head, memory_order_acquire) -
           atomic_load_explicit(&lane->tail, memory_order_relaxed);
}

static struct job *job_at(struct lane *lane, uint32_t ahead)
{
    return &lane->jobs[(atomic_load_explicit(&lane->tail, memory_order_relaxed) + ahead) %
                       JOBS_MAX];
}

static void jobs_finish(struct lane *lane, uint32_t count)
{
    const uint32_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        struct job *job = job_at(lane, i);
        (void)atomic_fetch_sub(&lane->queued_bytes, job->item.content.count);
        job->item.content = bytes_of(NULL, 0);
        if (job->room_bytes > SNAPSHOT_PACK_BYTES_MAX) {
            free(job->room);
            job->room = NULL;
            job->room_bytes = 0;
        }
    }
    atomic_store_explicit(&lane->tail, tail + count, memory_order_release);
}

/* ------------------------------------------------------------------ trouble */

static void group_break(struct lane *lane)
{
    if (!lane->group_broken) {
        lane->group_broken = true;
        (void)atomic_fetch_add(&lane->failures, 1);
    }
    lane->sweeps_left = SWEEPS;
}

/* After any failure the pointer is asked for anew before anything else is done. */
static void lane_lost(struct lane *lane, const struct failure *failure)
{
    tell_trouble(lane, failure);
    group_break(lane);
    lane->reachable = false;
    lane->retry_us = os_monotonic_us() + lane->backoff_ms * 1000;
    lane->backoff_ms *= 2;
    if (lane->backoff_ms > BACKOFF_MS_MAX) {
        lane->backoff_ms = BACKOFF_MS_MAX;
    }
}

static bool lane_reach(struct lane *lane, struct failure *failure)
{
    uint64_t sequence;
    if (lane->backend.pointer(lane->backend.context, &sequence, failure) != STATUS_OK) {
        return false;
    }
    atomic_store(&lane->pointed, sequence);
    lane->reachable = true;
    lane->backoff_ms = BACKOFF_MS_FIRST;
    tell_notices(lane);
    return true;
}

/* ------------------------------------------------------------------ groups */

static void group_enter(struct lane *lane, const struct snapshot_object *object)
{
    if (lane->group_open) {
        lane->sweeps_left = SWEEPS;
    }
    lane->group = *object;
    lane->group_open = true;
    lane->group_count = 0;
    lane->group_broken = false;
}

/* A connection may have died of idleness since the last snapshot: that is no failure of this one,
 * if a second attempt goes through. */
static void group_begin(struct lane *lane, const struct snapshot_object *object)
{
    struct failure failure = { STATUS_OK, "" };
    group_enter(lane, object);
    if (!lane_reach(lane, &failure) && !lane_reach(lane, &failure)) {
        lane_lost(lane, &failure);
    }
}

static struct snapshot_object object_of(const struct job *job)
{
    struct snapshot_object object;
    const bool parsed = snapshot_object_parse(job->item.name, &object);
    CHECK(parsed);
    return object;
}

static struct snapshot_manifest manifest_of(const struct job *job)
{
    struct snapshot_manifest manifest;
    const enum status status = snapshot_manifest_decode(job->item.content, &manifest, NULL);
    CHECK(status == STATUS_OK);
    return manifest;
}

/* Drops what waits for a store that is away. */
static void jobs_discard(struct lane *lane, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct job *job = job_at(lane, i);
        if (job->kind == JOB_PUT) {
            const struct snapshot_object object = object_of(job);
            if (object.number == 0) {
                group_enter(lane, &object);
            }
            group_break(lane);
        } else if (job->kind == JOB_POINT) {
            if (manifest_of(job).header.own_object_count == 0) {
                group_enter(lane, &lane->group);
            }
            group_break(lane);
        }
    }
    jobs_finish(lane, count);
}

/* ------------------------------------------------------------------ work */

static uint32_t same_kind(struct lane *lane, uint32_t waiting)
{
    uint32_t count = 1;
    const enum job_kind kind = job_at(lane, 0)->kind;
    while (count < waiting && count < BATCH_MAX && job_at(lane, count)->kind == kind) {
        count++;
    }
    return count;
}

/* Puts that follow each other in one group. */
static uint32_t same_group(struct lane *lane, uint32_t waiting)
{
    const uint32_t most = same_kind(lane, waiting);
    uint32_t count = 1;
    while (count < most && object_of(job_at(lane, count)).number != 0) {
        count++;
    }
    return count;
}

static void work_put(struct lane *lane, uint32_t waiting)
{
    const struct snapshot_object first = object_of(job_at(lane, 0));
    const uint32_t count = same_group(lane, waiting);
    if (first.number == 0) {
        group_begin(lane, &first);
    }
    if (!lane->group_broken) {
        struct store_item items[BATCH_MAX];
        struct buffer encoded = buffer_of(lane->thread->encoded, lane->thread->encoded_bytes);
        for (uint32_t i = 0; i < count; i++) {
            const struct store_item *item = &job_at(lane, i)->item;
            const size_t start = encoded.count;
            snapshot_object_encode(item->content, &encoded);
            items[i] = *item;
            items[i].content = bytes_of(encoded.data + start, encoded.count - start);
        }
        struct failure failure = { STATUS_OK, "" };
        if (lane->backend.put(lane->backend.context, items, count, &failure) == STATUS_OK) {
            lane->group_count += count;
        } else {
            lane_lost(lane, &failure);
        }
    }
    jobs_finish(lane, count);
}

static void pointed(struct lane *lane, const struct snapshot_manifest *manifest)
{
    lane->group_open = false;
    if (lane->told[0]) {
        lane->told[0] = '\0';
        tell(lane, STATUS_OK, "they are written again");
    }
    struct failure failure = { STATUS_OK, "" };
    if (lane->sweeps_left > 0) {
        bool clean = false;
        const enum status status = store_sweep(&lane->backend, manifest, &clean, &failure);
        lane->sweeps_left -= clean;
        if (status != STATUS_OK) {
            lane_lost(lane, &failure);
        }
    }
}

static void refused(struct lane *lane, uint64_t sequence)
{
    struct failure failure;
    (void)failure_set(&failure, STATUS_AGAIN,
                      "another process has written snapshots there meanwhile (the newest is %llu); "
                      "the next one of this process is written whole",
                      (unsigned long long)sequence);
    tell_trouble(lane, &failure);
    group_break(lane);
}

static void work_point(struct lane *lane)
{
    const struct job *job = job_at(lane, 0);
    const struct snapshot_manifest manifest = manifest_of(job);
    const struct snapshot_object alone = { manifest.header.writer, manifest.header.sequence, 0, 0 };
    if (manifest.header.own_object_count == 0) {
        group_begin(lane, &alone);
    }
    if (!lane->group_broken) {
        CHECK(lane->group_count == manifest.header.own_object_count);
        struct failure failure = { STATUS_OK, "" };
        uint64_t now = 0;
        const struct store_backend *backend = &lane->backend;
        if (backend->point(backend->context, job->sequence, manifest.header.base,
                           job->item.content, &now, &failure) != STATUS_OK) {
            lane_lost(lane, &failure);
        } else {
            atomic_store(&lane->pointed, now);
            if (now == job->sequence) {
                pointed(lane, &manifest);
            } else {
                refused(lane, now);
            }
        }
    }
    jobs_finish(lane, 1);
}

static void work_drop(struct lane *lane, uint32_t waiting)
{
    const uint32_t count = same_kind(lane, waiting);
    struct store_item items[BATCH_MAX];
    for (uint32_t i = 0; i < count; i++) {
        items[i] = job_at(lane, i)->item;
    }
    struct failure failure = { STATUS_OK, "" };
    if (lane->backend.drop(lane->backend.context, items, count, &failure) != STATUS_OK) {
        lane_lost(lane, &failure);
    }
    jobs_finish(lane, count);
}

/* One batch, or one attempt to reach the store. False where there was nothing to do. */
static bool lane_step(struct lane *lane)
{
    const uint32_t waiting = jobs_waiting(lane);
    lane->active |= waiting > 0;
    if (!lane->active) {
        return false;
    }
    if (!lane->reachable) {
        struct failure failure = { STATUS_OK, "" };
        if (os_monotonic_us() >= lane->retry_us && !lane_reach(lane, &failure)) {
            lane_lost(lane, &failure);
        }
        if (!lane->reachable) {
            jobs_discard(lane, waiting);
            return false;
        }
    }
    if (waiting == 0) {
        return false;
    }
    switch (job_at(lane, 0)->kind) {
    case JOB_PUT: work_put(lane, waiting); break;
    case JOB_POINT: work_point(lane); break;
    case JOB_DROP: work_drop(lane, waiting); break;
    }
    return true;
}

static int wait_ms(const struct store_thread *thread)
{
    int64_t wait = IDLE_WAIT_MS;
    const int64_t now_us = os_monotonic_us();
    for (uint32_t i = 0; i < thread->lane_count; i++) {
        const struct lane *lane = &thread->lanes[i];
        const int64_t left = (lane->retry_us - now_us) / 1000 + 1;
        if (lane->active && !lane->reachable && left < wait) {
            wait = left < 1 ? 1 : left;
        }
    }
    return (int)wait;
}

static void *run(void *context)
{
    struct store_thread *thread = context;
    while (!atomic_load(&thread->stop)) {
        bool worked = false;
        for (uint32_t i = 0; i < thread->lane_count; i++) {
            worked |= lane_step(&thread->lanes[i]);
        }
        if (!worked) {
            os_event_wait(&thread->wake, NULL, 0, wait_ms(thread));
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ the port, caller's side */

static bool job_reserve(struct job *job, size_t bytes)
{
    if (job->room_bytes < bytes) {
        free(job->room);
        job->room = malloc(bytes);
        job->room_bytes = job->room ? bytes : 0;
    }
    return job->room_bytes >= bytes;
}

static enum status queue(struct lane *lane, enum job_kind kind, const char *name,
                         uint64_t sequence, struct bytes content)
{
    const uint32_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
    const uint32_t waiting = head - atomic_load_explicit(&lane->tail, memory_order_acquire);
    const size_t bytes = atomic_load(&lane->queued_bytes);
    if (waiting == JOBS_MAX || (bytes > 0 && bytes + content.count > STORE_QUEUE_BYTES_MAX)) {
        return STATUS_AGAIN;
    }
    struct job *job = &lane->jobs[head % JOBS_MAX];
    if (!job_reserve(job, content.count)) {
        return STATUS_AGAIN;
    }
    if (content.count > 0) {
        memcpy(job->room, content.data, content.count);
    }
    job->kind = kind;
    job->sequence = sequence;
    CHECK(strlen(name) < sizeof job->item.name);
    (void)snprintf(job->item.name, sizeof job->item.name, "%s", name);
    job->item.content = bytes_of(job->room, content.count);
    (void)atomic_fetch_add(&lane->queued_bytes, content.count);
    lane->queued_any = true;
    atomic_store_explicit(&lane->head, head + 1, memory_order_release);
    os_event_raise(&lane->thread->wake);
    return STATUS_OK;
}

static enum status port_put(void *context, const char *name, struct bytes content)
{
    CHECK(content.count <= SNAPSHOT_PACK_BYTES_MAX);
    return queue(context, JOB_PUT, name, 0, content);
}

static enum status port_point(void *context, uint64_t sequence, struct bytes manifest)
{
    return queue(context, JOB_POINT, "", sequence, manifest);
}

static enum status port_drop(void *context, const char *name)
{
    return queue(context, JOB_DROP, name, 0, bytes_of(NULL, 0));
}

static uint64_t port_pointed(void *context)
{
    struct lane *lane = context;
    return atomic_load(&lane->pointed);
}

static uint64_t port_failures(void *context)
{
    struct lane *lane = context;
    return atomic_load(&lane->failures);
}

static bool port_idle(void *context)
{
    const struct lane *lane = context;
    return atomic_load(&lane->head) == atomic_load(&lane->tail);
}

static enum status port_manifest(void *context, uint32_t age, struct bytes *out_manifest,
                                 struct failure *failure)
{
    struct lane *lane = context;
    CHECK(!lane->queued_any);
    uint64_t sequence;
    const enum status status = lane->backend.pointer(lane->backend.context, &sequence, failure);
    if (status != STATUS_OK) {
        return status;
    }
    atomic_store(&lane->pointed, sequence);
    tell_notices(lane);
    return lane->backend.manifest(lane->backend.context, age, out_manifest, failure);
}

static enum status port_get(void *context, const char *name, struct bytes *out_content,
                            struct failure *failure)
{
    struct lane *lane = context;
    CHECK(!lane->queued_any);
    struct bytes encoded;
    enum status status = lane->backend.get(lane->backend.context, name, &encoded, failure);
    if (status != STATUS_OK) {
        return status;
    }
    struct buffer decoded = buffer_of(lane->decoded, SNAPSHOT_PACK_BYTES_MAX);
    status = snapshot_object_decode(encoded, &decoded, failure);
    if (status == STATUS_OK) {
        *out_content = buffer_bytes(&decoded);
    }
    return status;
}

struct store_port store_thread_port(struct store_thread *thread, uint32_t index)
{
    CHECK(index < thread->lane_count);
    struct lane *lane = &thread->lanes[index];
    return (struct store_port){
        .context = lane,
        .name = lane->backend.name,
        .put = port_put,
        .point = port_point,
        .drop = port_drop,
        .pointed = port_pointed,
        .failures = port_failures,
        .idle = port_idle,
        .manifest = port_manifest,
        .get = port_get,
    };
}

/* ------------------------------------------------------------------ open, close */

enum status store_backend_open(const char *url, const char *group, const char *prefix,
                               struct store_backend *out_backend, struct failure *failure)
{
    if (strncmp(url, "file:", strlen("file:")) == 0) {
        return file_store_open(url, group, prefix, out_backend, failure);
    }
    return redis_store_open(url, group, prefix, out_backend, failure);
}

static void lane_close(struct lane *lane)
{
    for (uint32_t i = 0; i < JOBS_MAX; i++) {
        free(lane->jobs[i].room);
    }
    free(lane->decoded);
    lane->backend.close(lane->backend.context);
}

void store_thread_close(struct store_thread *thread)
{
    if (!thread) {
        return;
    }
    if (thread->started) {
        atomic_store(&thread->stop, true);
        os_event_raise(&thread->wake);
        CHECK(pthread_join(thread->thread, NULL) == 0);
    }
    for (uint32_t i = 0; i < thread->lane_count; i++) {
        lane_close(&thread->lanes[i]);
    }
    os_event_close(&thread->wake);
    free(thread->encoded);
    free(thread->lanes);
    free(thread);
}

/* Signals are for the main thread; this one would only have its calls interrupted. */
static bool start(struct store_thread *thread)
{
    sigset_t all;
    sigset_t before;
    CHECK(sigfillset(&all) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    thread->started = pthread_create(&thread->thread, NULL, run, thread) == 0;
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return thread->started;
}

static bool prepare(struct store_thread *thread)
{
    thread->encoded_bytes = BATCH_MAX * snapshot_object_bytes(SNAPSHOT_PACK_BYTES_MAX);
    thread->encoded = malloc(thread->encoded_bytes);
    bool whole = thread->encoded != NULL;
    for (uint32_t i = 0; i < thread->lane_count; i++) {
        thread->lanes[i].decoded = malloc(SNAPSHOT_PACK_BYTES_MAX);
        whole = whole && thread->lanes[i].decoded;
    }
    return whole && start(thread);
}

static void backends_close(const struct store_backend *backends, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        backends[i].close(backends[i].context);
    }
}

enum status store_thread_open(const struct store_backend *backends, uint32_t count,
                              struct store_thread **out_thread, struct failure *failure)
{
    CHECK(count <= STORE_THREAD_STORES_MAX);
    struct store_thread *thread = calloc(1, sizeof *thread);
    struct lane *lanes = calloc(count + 1, sizeof *lanes);
    struct os_event wake;
    if (!thread || !lanes || os_event_open(&wake, failure) != STATUS_OK) {
        free(thread);
        free(lanes);
        backends_close(backends, count);
        return failure_set(failure, STATUS_UNREACHABLE, "no memory or descriptor for snapshots");
    }
    *thread = (struct store_thread){ .lanes = lanes, .lane_count = count, .wake = wake };
    for (uint32_t i = 0; i < count; i++) {
        lanes[i].thread = thread;
        lanes[i].backend = backends[i];
        lanes[i].backoff_ms = BACKOFF_MS_FIRST;
        lanes[i].sweeps_left = SWEEPS;
    }
    if (!prepare(thread)) {
        store_thread_close(thread);
        return failure_set(failure, STATUS_UNREACHABLE, "no memory or thread for snapshots");
    }
    *out_thread = thread;
    return STATUS_OK;
}
