/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "core/limits.h"
#include "edge/http_client.h"

/* A daemon that listens on every address is asked on this machine's own. */
static const char *reachable(const char *host)
{
    const bool any = host[0] == '\0' || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    return any ? "localhost" : host;
}

static enum status find_address(const struct arguments *arguments, char *out_host,
                                size_t host_bytes, char *out_port, size_t port_bytes)
{
    if (arguments->http) {
        if (config_parse_address(arguments->http, out_host, host_bytes, out_port, port_bytes)) {
            return STATUS_OK;
        }
        (void)fprintf(stderr, "promised: --http %s is not HOST:PORT\n", arguments->http);
        return STATUS_USAGE;
    }
    struct config *config = arguments_config(arguments);
    if (!config) {
        return STATUS_CONFIG;
    }
    (void)snprintf(out_host, host_bytes, "%s", config->http_host);
    (void)snprintf(out_port, port_bytes, "%s", config->http_port);
    free(config);
    return STATUS_OK;
}

static const char *text_of(const json_t *map, const char *name)
{
    const char *text = json_string_value(json_object_get(map, name));
    return text ? text : "-";
}

static long long number_of(const json_t *map, const char *name)
{
    return json_integer_value(json_object_get(map, name));
}

static void format_next(const json_t *map, char *out_text, size_t bytes)
{
    const json_t *next = json_object_get(map, "next");
    if (json_is_object(next)) {
        (void)snprintf(out_text, bytes, "%lld on %s", number_of(next, "quantity"),
                       text_of(next, "date"));
    } else {
        (void)snprintf(out_text, bytes, "-");
    }
}

static void print_items(const json_t *items)
{
    size_t index;
    const json_t *item;
    (void)printf("%-24s %-14s %14s  %s\n", "network", "status", "available", "next");
    json_array_foreach(items, index, item) {
        char next[64];
        format_next(item, next, sizeof next);
        (void)printf("%-24s %-14s %14lld  %s\n", text_of(item, "network"),
                     json_is_true(json_object_get(item, "gone")) ? "gone" : text_of(item, "status"),
                     number_of(item, "available"), next);
    }
}

static void print_locations(const json_t *locations)
{
    size_t index;
    const json_t *balance;
    (void)printf("\n%-24s %10s %10s %10s %10s %10s  %s\n", "location", "on_hand", "held",
                 "allocated", "safety", "available", "next");
    json_array_foreach(locations, index, balance) {
        char next[64];
        format_next(balance, next, sizeof next);
        (void)printf("%-24s %10lld %10lld %10lld %10lld %10lld  %s\n",
                     text_of(balance, "location"), number_of(balance, "on_hand"),
                     number_of(balance, "held"), number_of(balance, "allocated"),
                     number_of(balance, "safety_stock"), number_of(balance, "available"), next);
    }
}

static int print_answer(const struct arguments *arguments, struct bytes body)
{
    if (arguments->json) {
        (void)fwrite(body.data, 1, body.count, stdout);
        return STATUS_OK;
    }
    json_t *answer = json_loadb((const char *)body.data, body.count, 0, NULL);
    if (!json_is_object(answer)) {
        (void)fprintf(stderr, "promised: the answer is not JSON\n");
        json_decref(answer);
        return STATUS_UNREACHABLE;
    }
    print_items(json_object_get(answer, "items"));
    print_locations(json_object_get(answer, "locations"));
    json_decref(answer);
    return STATUS_OK;
}

static int ask(const struct arguments *arguments, const char *host, const char *port,
               struct buffer *room)
{
    char target[3 * KEY_BYTES_MAX + 32];
    struct buffer path = buffer_of(target, sizeof target - 1);
    buffer_put(&path, "/v1/items/", 10);
    http_client_encode(bytes_text(arguments->operand), &path);
    if (path.overflowed) {
        (void)fprintf(stderr, "promised: a SKU has at most %d bytes\n", KEY_BYTES_MAX);
        return STATUS_USAGE;
    }
    target[path.count] = '\0';
    int code = 0;
    struct bytes body = { 0 };
    struct failure failure;
    if (http_client_get(host, port, target, room, &code, &body, &failure) != STATUS_OK) {
        return arguments_failed(&failure);
    }
    if (code == 200) {
        return print_answer(arguments, body);
    }
    (void)fprintf(stderr, "promised: %s: %s\n", arguments->operand,
                  code == 404 ? "not known"
                  : code == 503 ? "the daemon is still restoring its state"
                                : "the daemon refuses to answer");
    return code == 404 ? STATUS_USAGE : STATUS_UNREACHABLE;
}

int command_get(const struct arguments *arguments)
{
    enum { ROOM_BYTES = 32 * 1024 * 1024 };
    char host[256];
    char port[8];
    const enum status status = find_address(arguments, host, sizeof host, port, sizeof port);
    if (status != STATUS_OK) {
        return (int)status;
    }
    uint8_t *memory = malloc(ROOM_BYTES);
    if (!memory) {
        return STATUS_UNREACHABLE;
    }
    struct buffer room = buffer_of(memory, ROOM_BYTES);
    const int code = ask(arguments, reachable(host), port, &room);
    free(memory);
    return code;
}
