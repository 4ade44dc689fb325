/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/daemon.h"
#include "app/top_table.h"

enum { EVERY_SECONDS = 1 };

/* On a terminal each screen is drawn over the one before, and what was below it is wiped. */
static void begin_screen(bool live)
{
    if (live) {
        (void)fputs("\033[H", stdout);
    }
}

static void end_screen(bool live)
{
    (void)fputs(live ? "\033[J" : "\n", stdout);
    (void)fflush(stdout);
}

static enum status show(const struct arguments *arguments, struct bytes body, bool live)
{
    if (arguments->json) {
        (void)fwrite(body.data, 1, body.count, stdout);
        (void)fflush(stdout);
        return STATUS_OK;
    }
    json_t *status = json_loadb((const char *)body.data, body.count, 0, NULL);
    struct pretty pretty = pretty_open(stdout, getenv("NO_COLOR"));
    begin_screen(live);
    const bool written = top_table_write(&pretty, status);
    json_decref(status);
    if (!written) {
        (void)fprintf(stderr, "promised: the answer is none to this question\n");
        return STATUS_UNREACHABLE;
    }
    if (!arguments->once) {
        end_screen(live);
    }
    return STATUS_OK;
}

/* Until there is no answer, or nobody reads any more. */
static enum status watch(const struct arguments *arguments, struct daemon *daemon, bool live)
{
    struct bytes body;
    enum status status = daemon_ask(daemon, "/status", daemon->host, &body);
    while (status == STATUS_OK) {
        status = show(arguments, body, live);
        if (status != STATUS_OK || arguments->once || ferror(stdout)) {
            break;
        }
        (void)sleep(EVERY_SECONDS);
        status = daemon_ask(daemon, "/status", daemon->host, &body);
    }
    return status;
}

int command_top(const struct arguments *arguments)
{
    const bool live = !arguments->once && !arguments->json && isatty(STDOUT_FILENO) == 1;
    struct daemon daemon;
    enum status status = daemon_open(arguments, &daemon);
    if (status != STATUS_OK) {
        return (int)status;
    }
    if (live) {
        (void)fputs("\033[2J", stdout);
    }
    status = watch(arguments, &daemon, live);
    daemon_close(&daemon);
    return (int)status;
}
