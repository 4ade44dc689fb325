/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/daemon.h"
#include "core/limits.h"
#include "edge/http_client.h"

static const char *text_of(const json_t *map, const char *name)
{
    const char *text = json_string_value(json_object_get(map, name));
    return text ? text : "-";
}

static int64_t number_of(const json_t *map, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(map, name));
}

static void format_next(const json_t *map, char *out_text, size_t bytes)
{
    const json_t *next = json_object_get(map, "next");
    if (json_is_object(next)) {
        (void)snprintf(out_text, bytes, "%" PRId64 " on %s", number_of(next, "quantity"),
                       text_of(next, "date"));
    } else {
        (void)snprintf(out_text, bytes, "-");
    }
}

static void print_item(const json_t *item)
{
    char next[64];
    format_next(item, next, sizeof next);
    (void)printf("%-24s %-14s %14" PRId64 "  %s\n", text_of(item, "network"),
                 json_is_true(json_object_get(item, "gone")) ? "gone" : text_of(item, "status"),
                 number_of(item, "available"), next);
}

static void print_location(const json_t *balance)
{
    char next[64];
    format_next(balance, next, sizeof next);
    (void)printf("%-24s %10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64
                 "  %s\n",
                 text_of(balance, "location"), number_of(balance, "on_hand"),
                 number_of(balance, "held"), number_of(balance, "allocated"),
                 number_of(balance, "safety_stock"), number_of(balance, "available"), next);
}

/* The first offer to each group of zones; `explain` has the rest. */
static void print_promise(const json_t *promise)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(promise, "promises"), index, entry) {
        const json_t *zones = json_object_get(entry, "zones");
        const json_t *offer = json_array_get(json_object_get(entry, "offers"), 0);
        const json_t *limit = json_object_get(entry, "limited_by");
        const json_t *quantity = json_object_get(offer, "quantity");
        char zone[64], units[24];
        (void)snprintf(units, sizeof units, "%" PRId64, number_of(offer, "quantity"));
        (void)snprintf(zone, sizeof zone,
                       json_array_size(zones) > 1 ? "%s +%zu" : "%s",
                       json_string_value(json_array_get(zones, 0)), json_array_size(zones) - 1);
        (void)printf("%-16s %-16s %-10s %10s  %-10s  %-16s %s\n", text_of(promise, "network"),
                     zone, text_of(entry, "service"),
                     !offer ? "-" : json_is_null(quantity) ? "no limit" : units,
                     text_of(offer, "by"), text_of(offer, "location"),
                     text_of(limit, "constraint"));
    }
}

static void print_list(const json_t *list, void (*print)(const json_t *element))
{
    size_t index;
    json_t *element;
    json_array_foreach(list, index, element) {
        print(element);
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
    (void)printf("%-24s %-14s %14s  %s\n", "network", "status", "available", "next");
    print_list(json_object_get(answer, "items"), print_item);
    (void)printf("\n%-24s %10s %10s %10s %10s %10s  %s\n", "location", "on_hand", "held",
                 "allocated", "safety", "available", "next");
    print_list(json_object_get(answer, "locations"), print_location);
    (void)printf("\n%-16s %-16s %-10s %10s  %-10s  %-16s %s\n", "network", "zone", "service",
                 "up to", "by", "from", "limited by");
    print_list(json_object_get(answer, "promises"), print_promise);
    json_decref(answer);
    return STATUS_OK;
}

int command_get(const struct arguments *arguments)
{
    char target[3 * KEY_BYTES_MAX + 32];
    struct buffer path = buffer_of(target, sizeof target);
    buffer_put_bytes(&path, BYTES_LITERAL("/v1/items/"));
    http_client_encode(bytes_text(arguments->operand), &path);
    buffer_put_byte(&path, '\0');
    if (path.overflowed) {
        (void)fprintf(stderr, "promised: a SKU has at most %d bytes\n", KEY_BYTES_MAX);
        return STATUS_USAGE;
    }
    struct daemon daemon;
    enum status status = daemon_open(arguments, &daemon);
    if (status != STATUS_OK) {
        return (int)status;
    }
    struct bytes body;
    status = daemon_ask(&daemon, target, arguments->operand, &body);
    const int code = status == STATUS_OK ? print_answer(arguments, body) : (int)status;
    daemon_close(&daemon);
    return code;
}
