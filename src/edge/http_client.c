/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/http_client.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int connect_one(const struct addrinfo *address)
{
    const int descriptor =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);
    if (descriptor < 0) {
        return -1;
    }
    const struct timeval limit = { .tv_sec = HTTP_CLIENT_SECONDS };
    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(descriptor, address->ai_addr, address->ai_addrlen) == 0) {
        return descriptor;
    }
    const int reason = errno;
    (void)close(descriptor);
    errno = reason;
    return -1;
}

static enum status connect_to(const char *host, const char *port, int *out_descriptor,
                              struct failure *failure)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *addresses;
    const int error = getaddrinfo(host, port, &hints, &addresses);
    if (error != 0) {
        return failure_set(failure, STATUS_UNREACHABLE, "%s: %s", host, gai_strerror(error));
    }
    int descriptor = -1;
    for (const struct addrinfo *at = addresses; at && descriptor < 0; at = at->ai_next) {
        descriptor = connect_one(at);
    }
    const int reason = errno;
    freeaddrinfo(addresses);
    if (descriptor < 0) {
        return failure_set(failure, STATUS_UNREACHABLE, "%s:%s: %s; is `promised run` up there?",
                           host, port, strerror(reason));
    }
    *out_descriptor = descriptor;
    return STATUS_OK;
}

static bool send_all(int descriptor, const char *text, size_t count)
{
    while (count > 0) {
        const ssize_t sent = send(descriptor, text, count, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        text += sent;
        count -= (size_t)sent;
    }
    return true;
}

/* Until the other side closes; HTTP/1.0 asks it to. */
static bool receive_all(int descriptor, struct buffer *room)
{
    for (;;) {
        const size_t left = room->capacity - room->count;
        const ssize_t got = left > 0 ? recv(descriptor, room->data + room->count, left, 0) : -1;
        if (got <= 0) {
            return got == 0;
        }
        room->count += (size_t)got;
    }
}

static bool split_answer(struct bytes answer, int *out_code, struct bytes *out_body)
{
    const uint8_t *head_end = memmem(answer.data, answer.count, "\r\n\r\n", 4);
    if (!head_end || answer.count < 12 || memcmp(answer.data, "HTTP/1.", 7) != 0) {
        return false;
    }
    char code[4] = { 0 };
    memcpy(code, answer.data + 9, 3);
    const size_t head_count = (size_t)(head_end - answer.data) + 4;
    *out_code = atoi(code);
    *out_body = bytes_of(answer.data + head_count, answer.count - head_count);
    return *out_code >= 100;
}

enum status http_client_get(const char *host, const char *port, const char *target,
                            struct buffer *room, int *out_code, struct bytes *out_body,
                            struct failure *failure)
{
    char request[2048];
    const int count = snprintf(request, sizeof request,
                               "GET %s HTTP/1.0\r\nHost: %s:%s\r\nAccept: */*\r\n\r\n", target,
                               host, port);
    if (count < 0 || (size_t)count >= sizeof request) {
        return failure_set(failure, STATUS_USAGE, "the request is too long");
    }
    int descriptor = -1;
    const enum status status = connect_to(host, port, &descriptor, failure);
    if (status != STATUS_OK) {
        return status;
    }
    const bool whole =
        send_all(descriptor, request, (size_t)count) && receive_all(descriptor, room);
    (void)close(descriptor);
    if (!whole || !split_answer(buffer_bytes(room), out_code, out_body)) {
        return failure_set(failure, STATUS_UNREACHABLE, "%s:%s does not answer as promised does",
                           host, port);
    }
    return STATUS_OK;
}

void http_client_encode(struct bytes text, struct buffer *out)
{
    for (size_t i = 0; i < text.count; i++) {
        const uint8_t byte = text.data[i];
        if (byte < 0x80 && (isalnum(byte) || strchr("-._~", byte)) && byte != 0) {
            buffer_put_byte(out, byte);
        } else {
            char escape[4];
            (void)snprintf(escape, sizeof escape, "%%%02X", byte);
            buffer_put(out, escape, 3);
        }
    }
}
