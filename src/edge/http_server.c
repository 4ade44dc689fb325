/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

struct http_server {
    struct MHD_Daemon *daemon;
    http_handler *handler;
    void *context;
    uint8_t *room;              /* of answers: one is written at a time */
};

bool http_request_has(const struct http_request *request, const char *argument)
{
    return MHD_lookup_connection_value_n(request->connection, MHD_GET_ARGUMENT_KIND, argument,
                                         strlen(argument), NULL, NULL) == MHD_YES;
}

bool http_request_value(const struct http_request *request, const char *argument,
                        struct buffer *out_text)
{
    const char *value = NULL;
    size_t count = 0;
    (void)MHD_lookup_connection_value_n(request->connection, MHD_GET_ARGUMENT_KIND, argument,
                                        strlen(argument), &value, &count);
    return !value || http_decode(bytes_of(value, count), out_text);
}

static void put_error(struct http_answer *answer, int code, const char *body)
{
    answer->code = code;
    answer->content_type = "application/json";
    answer->body.count = 0;
    answer->body.overflowed = false;
    buffer_put(&answer->body, body, strlen(body));
}

static void add_headers(struct MHD_Response *response, const struct http_answer *answer)
{
    static const char *const SECURITY[][2] = {
        { "Cache-Control", "no-store" },
        { "X-Content-Type-Options", "nosniff" },
        { "X-Frame-Options", "DENY" },
        { "Content-Security-Policy", "default-src 'self'; img-src data:" },
    };
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    for (size_t i = 0; i < sizeof SECURITY / sizeof SECURITY[0]; i++) {
        (void)MHD_add_response_header(response, SECURITY[i][0], SECURITY[i][1]);
    }
    if (answer->code == MHD_HTTP_METHOD_NOT_ALLOWED) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
}

static enum MHD_Result send_answer(struct MHD_Connection *connection,
                                   const struct http_answer *answer)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.count, answer->body.data, MHD_RESPMEM_MUST_COPY);
    if (!response) {
        return MHD_NO;
    }
    add_headers(response, answer);
    const enum MHD_Result queued =
        MHD_queue_response(connection, (unsigned int)answer->code, response);
    MHD_destroy_response(response);
    return queued;
}

static bool is_read(const char *method)
{
    return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static enum MHD_Result answer_request(void *context, struct MHD_Connection *connection,
                                      const char *url, const char *method, const char *version,
                                      const char *upload, size_t *upload_bytes, void **request_mark)
{
    struct http_server *server = context;
    (void)version;
    (void)upload;
    (void)upload_bytes;
    struct http_answer answer = {
        .code = MHD_HTTP_OK,
        .content_type = "application/json",
        .body = buffer_of(server->room, HTTP_ANSWER_BYTES_MAX),
    };
    if (!is_read(method)) {
        put_error(&answer, MHD_HTTP_METHOD_NOT_ALLOWED, "{\"error\":\"only GET and HEAD\"}\n");
        return send_answer(connection, &answer);
    }
    /* The first call comes when the headers are in; answering it would end keep-alive. */
    if (*request_mark == NULL) {
        *request_mark = server;
        return MHD_YES;
    }
    const struct http_request request = { .path = url, .connection = connection };
    server->handler(server->context, &request, &answer);
    if (answer.body.overflowed) {
        put_error(&answer, MHD_HTTP_INTERNAL_SERVER_ERROR, "{\"error\":\"answer too large\"}\n");
    }
    return send_answer(connection, &answer);
}

/* Paths come to the handler as they were sent: a %2F inside an identifier is no separator. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static enum status start_daemon(struct http_server *server, const struct addrinfo *address,
                                const char *host, const char *port, struct failure *failure)
{
    unsigned int flags = MHD_USE_EPOLL;
    if (address->ai_family == AF_INET6) {
        flags |= MHD_USE_IPv6;
    }
    errno = 0;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, answer_request, server, MHD_OPTION_SOCK_ADDR, address->ai_addr,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned int)HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)HTTP_IDLE_SECONDS, MHD_OPTION_END);
    if (!server->daemon) {
        return failure_set(failure, STATUS_CONFIG,
                           "cannot listen on %s:%s: %s; set http.listen to another address", host,
                           port, errno ? strerror(errno) : "refused");
    }
    return STATUS_OK;
}

static enum status listen_on(struct http_server *server, const char *host, const char *port,
                             struct failure *failure)
{
    const struct addrinfo hints = {
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *addresses;
    const int error = getaddrinfo(host[0] ? host : NULL, port, &hints, &addresses);
    if (error != 0) {
        return failure_set(failure, STATUS_CONFIG, "http.listen: %s:%s: %s", host, port,
                           gai_strerror(error));
    }
    const enum status status = start_daemon(server, addresses, host, port, failure);
    freeaddrinfo(addresses);
    return status;
}

enum status http_server_open(const char *host, const char *port, http_handler *handler,
                             void *context, struct http_server **out_server,
                             struct failure *failure)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (!server) {
        return failure_set(failure, STATUS_CONFIG, "out of memory");
    }
    server->handler = handler;
    server->context = context;
    /* Reserved, not committed: pages come with the first large answer. */
    void *room = mmap(NULL, HTTP_ANSWER_BYTES_MAX, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    server->room = room == MAP_FAILED ? NULL : room;
    enum status status = server->room ? listen_on(server, host, port, failure)
                                      : failure_set(failure, STATUS_CONFIG, "out of memory");
    if (status != STATUS_OK) {
        http_server_close(server);
        return status;
    }
    *out_server = server;
    return STATUS_OK;
}

void http_server_poll(struct http_server *server)
{
    (void)MHD_run(server->daemon);
}

int http_server_descriptor(const struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

uint16_t http_server_port(const struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void http_server_close(struct http_server *server)
{
    if (!server) {
        return;
    }
    if (server->daemon) {
        MHD_stop_daemon(server->daemon);
    }
    if (server->room) {
        (void)munmap(server->room, HTTP_ANSWER_BYTES_MAX);
    }
    free(server);
}

static int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    const uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool http_decode(struct bytes piece, struct buffer *out_text)
{
    for (size_t i = 0; i < piece.count; i++) {
        uint8_t byte = piece.data[i];
        if (byte == '%') {
            const int high = i + 2 < piece.count ? hex_digit(piece.data[i + 1]) : -1;
            const int low = i + 2 < piece.count ? hex_digit(piece.data[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0) {
                return false;
            }
            byte = (uint8_t)(high << 4 | low);
            i += 2;
        }
        buffer_put_byte(out_text, byte);
    }
    return !out_text->overflowed;
}
