/* SPDX-License-Identifier: Apache-2.0 */
#include "redis_url.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"

enum { PORT_DEFAULT = 6379, PORT_MAX = 65535 };

/* Decodes %XX; false where it is malformed, too long or empty. */
static bool decode_percent(struct bytes text, char *out, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < text.count; i++) {
        unsigned value = text.data[i];
        if (value == '%') {
            char digits[3] = { 0 };
            char *end;
            if (text.count - i < 3) {
                return false;
            }
            memcpy(digits, text.data + i + 1, 2);
            value = (unsigned)strtoul(digits, &end, 16);
            i += 2;
            if (*end || value == 0) {
                return false;
            }
        }
        if (count + 1 >= room) {
            return false;
        }
        out[count++] = (char)value;
    }
    out[count] = '\0';
    return count > 0;
}

static struct bytes until(struct bytes *rest, const char *end)
{
    const struct bytes part = bytes_of(rest->data, (size_t)((const uint8_t *)end - rest->data));
    *rest = bytes_of(end + 1, rest->count - part.count - 1);
    return part;
}

/* What stands before '@': password, :password or user:password. */
static bool parse_credentials(struct redis_url *url, struct bytes text)
{
    const char *colon = memchr(text.data, ':', text.count);
    if (colon) {
        const struct bytes user = until(&text, colon);
        if (user.count > 0 && !decode_percent(user, url->user, sizeof url->user)) {
            return false;
        }
    }
    return decode_percent(text, url->password, sizeof url->password);
}

static bool parse_number(const char *text, int most, int *out_number)
{
    char *end;
    const long number = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || number > most) {
        return false;
    }
    *out_number = (int)number;
    return true;
}

/* host, host:port, [IPv6] or [IPv6]:port */
static bool parse_address(struct redis_url *url, struct bytes text)
{
    char address[REDIS_URL_TEXT_BYTES];
    if (text.count == 0 || text.count >= sizeof address) {
        return false;
    }
    memcpy(address, text.data, text.count);
    address[text.count] = '\0';
    char *host = address;
    char *after = strchr(address, ':');
    if (address[0] == '[') {
        host = address + 1;
        after = strchr(address, ']');
        if (!after) {
            return false;
        }
        *after++ = '\0';
        after = *after ? after : NULL;
    }
    if (after && *after != ':') {
        return false;
    }
    if (after) {
        *after = '\0';
        if (!parse_number(after + 1, PORT_MAX, &url->port)) {
            return false;
        }
    }
    (void)snprintf(url->host, sizeof url->host, "%s", host);
    return url->host[0] != '\0';
}

bool redis_url_parse(const char *text, struct redis_url *out_url)
{
    static const char SCHEME[] = "redis://";
    struct redis_url url = { .port = PORT_DEFAULT };
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0) {
        return false;
    }
    struct bytes rest = bytes_text(text + strlen(SCHEME));
    const char *at = strrchr(text, '@');
    if (at && !parse_credentials(&url, until(&rest, at))) {
        return false;
    }
    const char *slash = memchr(rest.data, '/', rest.count);
    const struct bytes address = slash ? until(&rest, slash) : rest;
    if (!parse_address(&url, address) ||
        (slash && rest.count > 0 &&
         !parse_number((const char *)rest.data, INT32_MAX - 1, &url.database))) {
        return false;
    }
    *out_url = url;
    return true;
}
