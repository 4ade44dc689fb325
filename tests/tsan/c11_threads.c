/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread sanitizer of gcc 12 knows POSIX threads only, and librdkafka uses C11's: a thread that
 * it did not see begin crashes in its allocator, and what a mutex orders looks like a race. So
 * where the sanitizer is on, these take the place of the C library's and say it in POSIX.
 */
#define _XOPEN_SOURCE 700   /* kinds of mutexes */

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t) && sizeof(cnd_t) >= sizeof(pthread_cond_t),
               "as the C library has it");

static pthread_mutex_t *mutex_of(mtx_t *mutex)
{
    return (pthread_mutex_t *)mutex;
}

static pthread_cond_t *condition_of(cnd_t *condition)
{
    return (pthread_cond_t *)condition;
}

static int verdict(int error)
{
    return error == 0           ? thrd_success
           : error == ENOMEM    ? thrd_nomem
           : error == EBUSY     ? thrd_busy
           : error == ETIMEDOUT ? thrd_timedout
                                : thrd_error;
}

struct beginning {
    thrd_start_t function;
    void *argument;
};

static void *begin(void *context)
{
    const struct beginning beginning = *(struct beginning *)context;
    free(context);
    return (void *)(intptr_t)beginning.function(beginning.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    struct beginning *beginning = malloc(sizeof *beginning);
    if (!beginning) {
        return thrd_nomem;
    }
    *beginning = (struct beginning){ function, argument };
    const int error = pthread_create(thread, NULL, begin, beginning);
    if (error) {
        free(beginning);
    }
    return verdict(error);
}

int thrd_join(thrd_t thread, int *out_result)
{
    void *result = NULL;
    const int error = pthread_join(thread, &result);
    if (out_result) {
        *out_result = (int)(intptr_t)result;
    }
    return verdict(error);
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    (void)pthread_mutexattr_init(&attributes);
    (void)pthread_mutexattr_settype(&attributes, type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE
                                                                      : PTHREAD_MUTEX_NORMAL);
    const int error = pthread_mutex_init(mutex_of(mutex), &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
    return verdict(error);
}

int mtx_lock(mtx_t *mutex)
{
    return verdict(pthread_mutex_lock(mutex_of(mutex)));
}

int mtx_unlock(mtx_t *mutex)
{
    return verdict(pthread_mutex_unlock(mutex_of(mutex)));
}

void mtx_destroy(mtx_t *mutex)
{
    (void)pthread_mutex_destroy(mutex_of(mutex));
}

int cnd_init(cnd_t *condition)
{
    return verdict(pthread_cond_init(condition_of(condition), NULL));
}

int cnd_signal(cnd_t *condition)
{
    return verdict(pthread_cond_signal(condition_of(condition)));
}

int cnd_broadcast(cnd_t *condition)
{
    return verdict(pthread_cond_broadcast(condition_of(condition)));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return verdict(pthread_cond_wait(condition_of(condition), mutex_of(mutex)));
}

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    return verdict(pthread_cond_timedwait(condition_of(condition), mutex_of(mutex), until));
}

void cnd_destroy(cnd_t *condition)
{
    (void)pthread_cond_destroy(condition_of(condition));
}
