/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

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

static yajl_val member(yajl_val map, const char *name)
{
    const char *path[] = { name, NULL };
    return yajl_tree_get(map, path, yajl_t_any);
}

static const char *text_of(yajl_val map, const char *name)
{
    const char *text = YAJL_GET_STRING(member(map, name));
    return text ? text : "-";
}

static long long number_of(yajl_val map, const char *name)
{
    const yajl_val value = member(map, name);
    return YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : 0;
}

static void format_next(yajl_val map, char *out_text, size_t bytes)
{
    const yajl_val next = member(map, "next");
    if (YAJL_IS_OBJECT(next)) {
        (void)snprintf(out_text, bytes, "%lld on %s", number_of(next, "quantity"),
                       text_of(next, "date"));
    } else {
        (void)snprintf(out_text, bytes, "-");
    }
}

static void print_item(yajl_val item)
{
    char next[64];
    format_next(item, next, sizeof next);
    (void)printf("%-24s %-14s %14lld  %s\n", text_of(item, "network"),
                 YAJL_IS_TRUE(member(item, "gone")) ? "gone" : text_of(item, "status"),
                 number_of(item, "available"), next);
}

static void print_location(yajl_val balance)
{
    char next[64];
    format_next(balance, next, sizeof next);
    (void)printf("%-24s %10lld %10lld %10lld %10lld %10lld  %s\n", text_of(balance, "location"),
                 number_of(balance, "on_hand"), number_of(balance, "held"),
                 number_of(balance, "allocated"), number_of(balance, "safety_stock"),
                 number_of(balance, "available"), next);
}

static void print_list(yajl_val list, void (*print)(yajl_val element))
{
    for (size_t i = 0; YAJL_IS_ARRAY(list) && i < YAJL_GET_ARRAY(list)->len; i++) {
        print(YAJL_GET_ARRAY(list)->values[i]);
    }
}

/* `body` has a zero after its end. */
static int print_answer(const struct arguments *arguments, struct bytes body)
{
    if (arguments->json) {
        (void)fwrite(body.data, 1, body.count, stdout);
        return STATUS_OK;
    }
    const yajl_val answer = yajl_tree_parse((const char *)body.data, NULL, 0);
    if (!YAJL_IS_OBJECT(answer)) {
        (void)fprintf(stderr, "promised: the answer is not JSON\n");
        yajl_tree_free(answer);
        return STATUS_UNREACHABLE;
    }
    (void)printf("%-24s %-14s %14s  %s\n", "network", "status", "available", "next");
    print_list(member(answer, "items"), print_item);
    (void)printf("\n%-24s %10s %10s %10s %10s %10s  %s\n", "location", "on_hand", "held",
                 "allocated", "safety", "available", "next");
    print_list(member(answer, "locations"), print_location);
    yajl_tree_free(answer);
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
        room->data[room->count] = '\0';
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
    struct buffer room = buffer_of(memory, ROOM_BYTES - 1);
    const int code = ask(arguments, reachable(host), port, &room);
    free(memory);
    return code;
}
