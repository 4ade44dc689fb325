/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/os.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

const uint64_t OS_EVENT_RAISE = 1;

enum { SIGNAL_EXIT_BASE = 128 };

/* What a signal handler may touch: the only thing in this program that is global and changes. */
static struct {
    volatile sig_atomic_t stop;
    volatile sig_atomic_t reload;
    volatile sig_atomic_t descriptor;
} signals;

/* The largest that glibc takes, and the trim it would arrive at by itself after such a block. */
enum { HEAP_MMAP_BYTES = 32 * 1024 * 1024, HEAP_TRIM_BYTES = 2 * HEAP_MMAP_BYTES };

void *os_reserve(size_t bytes)
{
    void *region = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return region == MAP_FAILED ? NULL : region;
}

void os_release(void *region, size_t bytes)
{
    if (region) {
        CHECK(munmap(region, bytes) == 0);
    }
}

void os_heap_tune(void)
{
    (void)mallopt(M_MXFAST, 0);
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_MMAP_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_TRIM_BYTES);
}

int64_t os_wall_ms(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t os_monotonic_us(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t clock_now_ms(void *context)
{
    (void)context;
    return os_wall_ms();
}

static int64_t clock_monotonic_us(void *context)
{
    (void)context;
    return os_monotonic_us();
}

struct clock_port os_clock(void)
{
    return (struct clock_port){ NULL, clock_now_ms, clock_monotonic_us };
}

enum status os_event_open(struct os_event *out_event, struct failure *failure)
{
    const int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) {
        return failure_set(failure, STATUS_UNREACHABLE, "cannot create an eventfd: %s",
                           strerror(errno));
    }
    *out_event = (struct os_event){ descriptor };
    return STATUS_OK;
}

static void descriptor_raise(int descriptor)
{
    /* It fails only where the counter is full, and then the event is raised already. */
    const ssize_t written = write(descriptor, &OS_EVENT_RAISE, sizeof OS_EVENT_RAISE);
    (void)written;
}

void os_event_raise(const struct os_event *event)
{
    descriptor_raise(event->descriptor);
}

void os_event_close(struct os_event *event)
{
    if (event->descriptor >= 0) {
        (void)close(event->descriptor);
        event->descriptor = -1;
    }
}

void os_event_wait(const struct os_event *event, const int *others, uint32_t other_count,
                   int timeout_ms)
{
    CHECK(other_count <= OS_WAIT_OTHERS_MAX && timeout_ms >= 0);
    struct pollfd watched[1 + OS_WAIT_OTHERS_MAX] = { { event->descriptor, POLLIN, 0 } };
    for (uint32_t i = 0; i < other_count; i++) {
        watched[i + 1] = (struct pollfd){ others[i], POLLIN, 0 };
    }
    /* A signal ends the wait as well; the caller looks at everything anyhow. */
    (void)poll(watched, 1 + other_count, timeout_ms);
    uint64_t raised;
    const ssize_t lowered = read(event->descriptor, &raised, sizeof raised);
    (void)lowered;
}

static void on_signal(int number)
{
    const int saved = errno;
    if (number == SIGHUP) {
        signals.reload = 1;
    } else if (signals.stop) {
        _exit(SIGNAL_EXIT_BASE + number);
    } else {
        signals.stop = 1;
    }
    descriptor_raise((int)signals.descriptor);
    errno = saved;
}

static void catch(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    CHECK(sigemptyset(&action.sa_mask) == 0);
    CHECK(sigaction(number, &action, NULL) == 0);
}

void os_signals_catch(const struct os_event *wake)
{
    signals.descriptor = wake->descriptor;
    catch(SIGPIPE, SIG_IGN);
    catch(SIGHUP, on_signal);
    catch(SIGINT, on_signal);
    catch(SIGTERM, on_signal);
}

bool os_signal_stop(void)
{
    return signals.stop != 0;
}

bool os_signal_reload(void)
{
    const bool asked = signals.reload != 0;
    signals.reload = 0;
    return asked;
}
