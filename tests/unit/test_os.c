/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "edge/os.h"

static struct os_event open_event(void)
{
    struct os_event event;
    cr_assert_eq(os_event_open(&event, NULL), STATUS_OK);
    return event;
}

Test(os, reserved_region_is_zero_and_far_larger_than_memory)
{
    const size_t bytes = (size_t)1 << 40;
    uint8_t *region = os_reserve(bytes);
    cr_assert_not_null(region);

    region[bytes - 1] = 7;

    cr_assert_eq(region[0], 0);
    cr_assert_eq(region[bytes / 2], 0);
    os_release(region, bytes);
}

Test(os, raised_event_ends_the_wait_once)
{
    struct os_event event = open_event();
    os_event_raise(&event);
    os_event_raise(&event);

    const int64_t began_us = os_monotonic_us();
    os_event_wait(&event, NULL, 0, 10000);
    const int64_t first_us = os_monotonic_us() - began_us;
    os_event_wait(&event, NULL, 0, 20);
    const int64_t both_us = os_monotonic_us() - began_us;

    cr_assert_lt(first_us, 5000000);
    cr_assert_geq(both_us, 19000);
    os_event_close(&event);
}

Test(os, readable_descriptor_ends_the_wait)
{
    struct os_event event = open_event();
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "x", 1), 1);

    const int64_t began_us = os_monotonic_us();
    os_event_wait(&event, &ends[0], 1, 10000);

    cr_assert_lt(os_monotonic_us() - began_us, 5000000);
    os_event_close(&event);
}

Test(os, term_asks_to_stop_and_wakes)
{
    struct os_event event = open_event();
    os_signals_catch(&event);
    cr_assert_not(os_signal_stop());

    cr_assert_eq(raise(SIGTERM), 0);

    const int64_t began_us = os_monotonic_us();
    os_event_wait(&event, NULL, 0, 10000);
    cr_assert(os_signal_stop());
    cr_assert_lt(os_monotonic_us() - began_us, 5000000);
}

Test(os, second_term_exits_at_once, .exit_code = 128 + SIGTERM)
{
    struct os_event event = open_event();
    os_signals_catch(&event);

    (void)raise(SIGTERM);
    (void)raise(SIGTERM);

    cr_assert_fail("still running");
}

Test(os, hangup_asks_to_reload_once)
{
    struct os_event event = open_event();
    os_signals_catch(&event);

    cr_assert_eq(raise(SIGHUP), 0);

    cr_assert(os_signal_reload());
    cr_assert_not(os_signal_reload());
    cr_assert_not(os_signal_stop());
}

Test(os, write_to_a_closed_pipe_is_an_error_and_no_death)
{
    struct os_event event = open_event();
    os_signals_catch(&event);
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(close(ends[0]), 0);

    cr_assert_eq(write(ends[1], "x", 1), -1);
}

Test(os, clock_port_is_the_two_clocks)
{
    const struct clock_port clock = os_clock();

    const int64_t wall_ms = clock.now_ms(clock.context);
    const int64_t first_us = clock.monotonic_us(clock.context);
    const int64_t second_us = clock.monotonic_us(clock.context);

    cr_assert_gt(wall_ms, INT64_C(1500000000000));
    cr_assert_geq(second_us, first_us);
}
