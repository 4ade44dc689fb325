/* SPDX-License-Identifier: Apache-2.0 */
#include "app/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Digits first, then a unit of the table; false also where the product has no room. */
struct unit {
    const char *name;
    int64_t factor;
};

static bool parse_with_unit(const char *text, const struct unit *units, size_t unit_count,
                            int64_t *out_number)
{
    int64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *at - '0', &number)) {
            return false;
        }
    }
    if (at == text) {
        return false;
    }
    for (size_t i = 0; i < unit_count; i++) {
        int64_t product;
        if (strcmp(at, units[i].name) == 0 &&
            !__builtin_mul_overflow(number, units[i].factor, &product)) {
            *out_number = product;
            return true;
        }
    }
    return false;
}

bool config_parse_duration(const char *text, int64_t *out_ms)
{
    static const struct unit UNITS[] = {
        { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
    };
    if (strcmp(text, "0") == 0) {
        *out_ms = 0;
        return true;
    }
    return parse_with_unit(text, UNITS, sizeof UNITS / sizeof UNITS[0], out_ms);
}

bool config_parse_size(const char *text, int64_t *out_bytes)
{
    static const struct unit UNITS[] = {
        { "", 1 },
        { "KiB", INT64_C(1) << 10 },
        { "MiB", INT64_C(1) << 20 },
        { "GiB", INT64_C(1) << 30 },
        { "TiB", INT64_C(1) << 40 },
    };
    return parse_with_unit(text, UNITS, sizeof UNITS / sizeof UNITS[0], out_bytes);
}

bool config_parse_number(const char *text, int64_t *out_number)
{
    static const struct unit NONE[] = { { "", 1 } };
    return parse_with_unit(text, NONE, 1, out_number);
}

bool config_parse_address(const char *text, char *out_host, size_t host_bytes, char *out_port,
                          size_t port_bytes)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || !config_parse_number(colon + 1, &port) || port > 65535) {
        return false;
    }
    const char *host = text;
    size_t host_count = (size_t)(colon - text);
    if (host[0] == '[') {
        if (host_count < 3 || host[host_count - 1] != ']') {
            return false;
        }
        host++;
        host_count -= 2;
    } else if (memchr(host, ':', host_count)) {
        return false;   /* an IPv6 address without brackets: which colon is the port's? */
    }
    if (host_count >= host_bytes || strlen(colon + 1) >= port_bytes) {
        return false;
    }
    memcpy(out_host, host, host_count);
    out_host[host_count] = '\0';
    memcpy(out_port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

const char *config_environment_find(char *const *environment, const char *name)
{
    const size_t count = strlen(name);
    for (char *const *at = environment; at && *at; at++) {
        if (strncmp(*at, name, count) == 0 && (*at)[count] == '=') {
            return *at + count + 1;
        }
    }
    return NULL;
}

static enum status expand_file(const char *path, struct buffer *out_text, struct failure *failure)
{
    FILE *stream = fopen(path, "re");
    if (!stream) {
        return failure_set(failure, STATUS_CONFIG, "${file:%s}: %s", path, strerror(errno));
    }
    const size_t before = out_text->count;
    char piece[1024];
    size_t count;
    while ((count = fread(piece, 1, sizeof piece, stream)) > 0) {
        buffer_put(out_text, piece, count);
    }
    const bool broken = ferror(stream) != 0;
    (void)fclose(stream);
    if (broken) {
        return failure_set(failure, STATUS_CONFIG, "${file:%s}: cannot be read", path);
    }
    /* Editors and `echo` end a file with a newline that is no part of the secret. */
    while (out_text->count > before && (out_text->data[out_text->count - 1] == '\n' ||
                                        out_text->data[out_text->count - 1] == '\r')) {
        out_text->count--;
    }
    return STATUS_OK;
}

static enum status expand_variable(char *name, char *const *environment, struct buffer *out_text,
                                   struct failure *failure)
{
    char *fallback = strstr(name, ":-");
    if (fallback) {
        *fallback = '\0';
        fallback += 2;
    }
    const char *value = config_environment_find(environment, name);
    if (!value || (fallback && value[0] == '\0')) {
        value = fallback;
    }
    if (!value) {
        return failure_set(failure, STATUS_CONFIG,
                           "${%s} is not set; set it or write ${%s:-default}", name, name);
    }
    buffer_put(out_text, value, strlen(value));
    return STATUS_OK;
}

/* `name` is what stands between the braces. */
static enum status expand_name(const char *name, size_t count, char *const *environment,
                               struct buffer *out_text, bool *out_secret, struct failure *failure)
{
    char copy[1024];
    if (count == 0 || count >= sizeof copy) {
        return failure_set(failure, STATUS_CONFIG, "${…} has no name or too long a one");
    }
    memcpy(copy, name, count);
    copy[count] = '\0';
    if (strncmp(copy, "file:", 5) == 0) {
        *out_secret = true;
        return expand_file(copy + 5, out_text, failure);
    }
    return expand_variable(copy, environment, out_text, failure);
}

enum status config_expand(const char *text, char *const *environment, struct buffer *out_text,
                          bool *out_secret, struct failure *failure)
{
    for (const char *at = text; *at != '\0';) {
        if (strncmp(at, "$${", 3) == 0) {
            buffer_put(out_text, "${", 2);
            at += 3;
        } else if (strncmp(at, "${", 2) == 0) {
            const char *end = strchr(at, '}');
            if (!end) {
                return failure_set(failure, STATUS_CONFIG,
                                   "a ${ has no }; write $${ for a literal ${");
            }
            const enum status status = expand_name(at + 2, (size_t)(end - at - 2), environment,
                                                   out_text, out_secret, failure);
            if (status != STATUS_OK) {
                return status;
            }
            at = end + 1;
        } else {
            buffer_put_byte(out_text, (uint8_t)*at++);
        }
    }
    if (out_text->overflowed) {
        return failure_set(failure, STATUS_CONFIG, "the value is too long");
    }
    return STATUS_OK;
}
