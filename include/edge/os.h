/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_OS_H
#define EDGE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/port.h"

/*
 * What is asked of the operating system itself: address space, clocks, a way to be woken up, and
 * the signals that a person or a supervisor sends.
 */

/*
 * `bytes` bytes of address space, zero, backed by pages only as they are touched; NULL where the
 * system refuses. Belongs to the caller until os_release() with the same size (NULL is taken).
 */
void *os_reserve(size_t bytes);
void os_release(void *region, size_t bytes);

/*
 * Client libraries allocate nine small blocks for a document and free them when it is acknowledged,
 * a hundred thousand later: merged at once instead of in bursts, and not handed back to the system
 * in between. Before anything is opened.
 */
void os_heap_tune(void);

/* The two clocks of clock_port: wall clock in ms since 1970, monotonic in us. */
int64_t os_wall_ms(void);
int64_t os_monotonic_us(void);
struct clock_port os_clock(void);

/*
 * An event that any thread, a signal handler and any library that can write to a descriptor may
 * raise, and one thread waits for. Raising it twice before the wait counts once.
 */
struct os_event {
    int descriptor;   /* non-blocking; takes writes of OS_EVENT_RAISE, 8 bytes */
};
extern const uint64_t OS_EVENT_RAISE;

MUST_USE enum status os_event_open(struct os_event *out_event, struct failure *failure);
void os_event_raise(const struct os_event *event);
void os_event_close(struct os_event *event);

/*
 * Waits until the event is raised, one of `others` (`other_count` descriptors, at most
 * OS_WAIT_OTHERS_MAX) is readable, a signal came or `timeout_ms` are over (0: only looks).
 * The event is lowered when it returns: look at everything it may stand for after that.
 */
enum { OS_WAIT_OTHERS_MAX = 8 };
void os_event_wait(const struct os_event *event, const int *others, uint32_t other_count,
                   int timeout_ms);

/*
 * Signals. After os_signals_catch() the first TERM or INT asks the process to stop in good order
 * and a second one ends it at once, with 128 + the signal's number; HUP asks it to reload; PIPE is
 * ignored, so that a peer that went away is an error of a write. Each raises `wake`, which must
 * stay open.
 */
void os_signals_catch(const struct os_event *wake);
bool os_signal_stop(void);

/* True once per HUP, or once for several. */
bool os_signal_reload(void);

#endif
