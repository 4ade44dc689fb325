/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/crew.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct hand {
    pthread_t thread;
    struct crew *crew;
    uint32_t worker;
    sem_t begin;
};

/* One batch at a time: jobs are drawn by counting up `next`; every helper posts `done` once. */
struct crew {
    uint32_t worker_count;
    atomic_bool leaving;
    void (*work)(void *context, uint32_t worker, uint32_t i);
    void *work_context;
    uint32_t job_count;
    atomic_uint next;
    sem_t done;
    uint32_t started;
    struct hand hands[CREW_WORKERS_MAX];
};

/* Below this a batch is done sooner than the others wake up. */
enum { JOBS_WORTH_SHARING = 8 };

static void draw_jobs(struct crew *crew, uint32_t worker)
{
    for (;;) {
        const uint32_t i = atomic_fetch_add(&crew->next, 1);
        if (i >= crew->job_count) {
            return;
        }
        crew->work(crew->work_context, worker, i);
    }
}

static void *hand_main(void *argument)
{
    struct hand *hand = argument;
    for (;;) {
        while (sem_wait(&hand->begin) != 0) {
        }
        if (atomic_load(&hand->crew->leaving)) {
            return NULL;
        }
        draw_jobs(hand->crew, hand->worker);
        (void)sem_post(&hand->crew->done);
    }
}

static void run(void *context, void (*work)(void *work_context, uint32_t worker, uint32_t i),
                void *work_context, uint32_t count)
{
    struct crew *crew = context;
    crew->work = work;
    crew->work_context = work_context;
    crew->job_count = count;
    atomic_store(&crew->next, 0);
    const uint32_t helpers = count < JOBS_WORTH_SHARING ? 0 : crew->worker_count - 1;
    for (uint32_t i = 0; i < helpers; i++) {
        (void)sem_post(&crew->hands[i].begin);
    }
    draw_jobs(crew, 0);
    for (uint32_t i = 0; i < helpers; i++) {
        while (sem_wait(&crew->done) != 0) {
        }
    }
}

enum status crew_open(uint32_t worker_count, struct crew **out_crew, struct failure *failure)
{
    if (worker_count < 1 || worker_count > CREW_WORKERS_MAX) {
        return failure_set(failure, STATUS_CONFIG, "workers: must be 1 to %d", CREW_WORKERS_MAX);
    }
    struct crew *crew = calloc(1, sizeof *crew);
    if (!crew) {
        return failure_set(failure, STATUS_CONFIG, "no memory for %u workers", worker_count);
    }
    crew->worker_count = worker_count;
    (void)sem_init(&crew->done, 0, 0);
    for (uint32_t i = 0; i + 1 < worker_count; i++) {
        struct hand *hand = &crew->hands[i];
        hand->crew = crew;
        hand->worker = i + 1;
        (void)sem_init(&hand->begin, 0, 0);
        if (pthread_create(&hand->thread, NULL, hand_main, hand) != 0) {
            crew_close(crew);
            return failure_set(failure, STATUS_CONFIG,
                               "workers: the system allows no %u threads; lower `workers`",
                               worker_count);
        }
        crew->started++;
    }
    *out_crew = crew;
    return STATUS_OK;
}

struct crew_port crew_port(struct crew *crew)
{
    return (struct crew_port){ .context = crew, .worker_count = crew->worker_count, .run = run };
}

void crew_close(struct crew *crew)
{
    if (!crew) {
        return;
    }
    atomic_store(&crew->leaving, true);
    for (uint32_t i = 0; i < crew->started; i++) {
        (void)sem_post(&crew->hands[i].begin);
        (void)pthread_join(crew->hands[i].thread, NULL);
    }
    free(crew);
}
