/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_HTTP_SERVER_H
#define EDGE_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/*
 * A small HTTP/1.1 server without a thread of its own: connections are served inside
 * http_server_poll(), on the thread that calls it, so a handler may look at everything that thread
 * owns. Only GET and HEAD; other methods are answered with 405. Idle connections are closed after
 * HTTP_IDLE_SECONDS; beyond HTTP_CONNECTIONS_MAX new ones wait.
 */
enum {
    HTTP_CONNECTIONS_MAX = 128,
    HTTP_IDLE_SECONDS = 10,
    HTTP_ANSWER_BYTES_MAX = 32 * 1024 * 1024,
};

struct http_request {
    const char *path;          /* as sent, without the query, not yet decoded */
    void *connection;          /* the server's own */
};

/* Whether the query names `argument`, with or without a value (`?verbose`). */
bool http_request_has(const struct http_request *request, const char *argument);

/*
 * Appends the decoded value of an argument of the query: nothing where it is not given or empty.
 * False where an escape is broken, or the value does not fit.
 */
bool http_request_value(const struct http_request *request, const char *argument,
                        struct buffer *out_text);

/*
 * One answer, to be filled by the handler. `body` is empty, has HTTP_ANSWER_BYTES_MAX of room and
 * is sent when the handler returns; one that overflowed becomes a 500.
 */
struct http_answer {
    int code;                  /* 200 unless changed */
    const char *content_type;  /* "application/json" unless changed; a literal */
    struct buffer body;
};

typedef void http_handler(void *context, const struct http_request *request,
                          struct http_answer *answer);

struct http_server;

/*
 * Listens on `host` (a numeric address or a name) and `port` ("0": any free one).
 * STATUS_CONFIG where that is impossible, with the reason in `failure`.
 */
MUST_USE enum status http_server_open(const char *host, const char *port, http_handler *handler,
                                      void *context, struct http_server **out_server,
                                      struct failure *failure);

/* Serves what is ready and returns; calls the handler once per request. */
void http_server_poll(struct http_server *server);

/* Readable when http_server_poll() has something to do. */
int http_server_descriptor(const struct http_server *server);
uint16_t http_server_port(const struct http_server *server);

/* Ends all connections. NULL is taken. */
void http_server_close(struct http_server *server);

/*
 * Decodes %XX of one piece of a path. False where an escape is broken, or a zero byte comes out;
 * `out_text` may then have been written to.
 */
bool http_decode(struct bytes piece, struct buffer *out_text);

#endif
