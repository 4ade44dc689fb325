/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

#include "app/arguments.h"
#include "base/bytes.h"

/*
 * What commands ask of a running daemon over its HTTP. Failures are written to stderr; the status
 * is the exit code.
 */
struct daemon {
    char host[256];
    char port[8];
    struct buffer room;      /* of the last answer */
};

/* The address that `--http` or http.listen names; nothing is connected yet. */
MUST_USE enum status daemon_open(const struct arguments *arguments, struct daemon *out_daemon);
void daemon_close(struct daemon *daemon);

/*
 * One GET of `target` (path and query, encoded). STATUS_OK: the body of a 200, ended by a zero
 * that does not count, good until the next question. STATUS_USAGE: what was asked for is not known
 * or not right (400, 404). STATUS_UNREACHABLE: no answer, or not now. `asked` names it in messages.
 */
MUST_USE enum status daemon_ask(struct daemon *daemon, const char *target, const char *asked,
                                struct bytes *out_body);

#endif
