/* SPDX-License-Identifier: Apache-2.0 */
#include "app/daemon.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/http_client.h"

enum { ROOM_BYTES = 33 * 1024 * 1024 };   /* HTTP_ANSWER_BYTES_MAX and a head */

/* A daemon that listens on every address is asked on this machine's own. */
static const char *reachable(const char *host)
{
    const bool any = host[0] == '\0' || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    return any ? "localhost" : host;
}

static enum status find_address(const struct arguments *arguments, struct daemon *daemon)
{
    if (arguments->http) {
        if (config_parse_address(arguments->http, daemon->host, sizeof daemon->host, daemon->port,
                                 sizeof daemon->port)) {
            return STATUS_OK;
        }
        (void)fprintf(stderr, "promised: --http %s is not HOST:PORT\n", arguments->http);
        return STATUS_USAGE;
    }
    struct config *config = arguments_config(arguments);
    if (!config) {
        return STATUS_CONFIG;
    }
    (void)snprintf(daemon->host, sizeof daemon->host, "%s", config->http_host);
    (void)snprintf(daemon->port, sizeof daemon->port, "%s", config->http_port);
    free(config);
    return STATUS_OK;
}

enum status daemon_open(const struct arguments *arguments, struct daemon *out_daemon)
{
    const enum status status = find_address(arguments, out_daemon);
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t *memory = malloc(ROOM_BYTES);
    if (!memory) {
        (void)fprintf(stderr, "promised: out of memory\n");
        return STATUS_UNREACHABLE;
    }
    out_daemon->room = buffer_of(memory, ROOM_BYTES - 1);
    return STATUS_OK;
}

void daemon_close(struct daemon *daemon)
{
    free(daemon->room.data);
}

/* The daemon says why in `error`. */
static enum status refused(int code, struct bytes body, const char *asked)
{
    json_t *answer = json_loadb((const char *)body.data, body.count, 0, NULL);
    const char *why = json_string_value(json_object_get(answer, "error"));
    (void)fprintf(stderr, "promised: %s: %s\n", asked,
                  why ? why : "the daemon refuses to answer");
    json_decref(answer);
    return code == 400 || code == 404 ? STATUS_USAGE : STATUS_UNREACHABLE;
}

enum status daemon_ask(struct daemon *daemon, const char *target, const char *asked,
                       struct bytes *out_body)
{
    int code = 0;
    struct bytes body = { 0 };
    struct failure failure;
    daemon->room.count = 0;
    if (http_client_get(reachable(daemon->host), daemon->port, target, &daemon->room, &code, &body,
                        &failure) != STATUS_OK) {
        return (enum status)arguments_failed(&failure);
    }
    if (code != 200) {
        return refused(code, body, asked);
    }
    daemon->room.data[daemon->room.count] = '\0';
    *out_body = body;
    return STATUS_OK;
}
