/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_HTTP_CLIENT_H
#define EDGE_HTTP_CLIENT_H

#include "base/bytes.h"
#include "base/status.h"

/*
 * One GET to a daemon of ours, for commands: connects, asks, reads to the end. It waits, for
 * HTTP_CLIENT_SECONDS at most per step. No TLS, no redirects, no proxies: the daemon has none.
 */
enum { HTTP_CLIENT_SECONDS = 10 };

/*
 * `target` is path and query, encoded. STATUS_OK: any answer, its code and its body, which is a
 * part of `room`. STATUS_UNREACHABLE: nobody answers there, or not as HTTP, or more than fits.
 */
MUST_USE enum status http_client_get(const char *host, const char *port, const char *target,
                                     struct buffer *room, int *out_code, struct bytes *out_body,
                                     struct failure *failure);

/* Writes `text` with %XX for all but letters, digits and "-._~". */
void http_client_encode(struct bytes text, struct buffer *out);

#endif
