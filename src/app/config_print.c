/* SPDX-License-Identifier: Apache-2.0 */
#include "app/config.h"

#include <stdlib.h>
#include <string.h>

#include "edge/json_writer.h"

static const char SECRET[] = "***";

void config_redact_url(const char *url, char *out_text, size_t bytes)
{
    const char *authority = strstr(url, "://");
    const char *host = authority ? strrchr(authority, '@') : NULL;
    const char *colon = host ? strchr(authority + 3, ':') : NULL;
    if (!colon || colon > host) {
        (void)snprintf(out_text, bytes, "%s", url);
        return;
    }
    (void)snprintf(out_text, bytes, "%.*s:%s%s", (int)(colon - url), url, SECRET, host);
}

/* Calls back for every value of the effective configuration, in the contract's order. */
typedef void print_value(void *context, const char *path, const char *text, const char *place);

static void print_urls(const struct config *config, print_value *print, void *context)
{
    const struct config_value *value = &config->values[CONFIG_SNAPSHOTS_URL];
    for (uint32_t i = 0; i < config->snapshot_url_count; i++) {
        char path[64];
        char shown[512];
        (void)snprintf(path, sizeof path, "%s[%u]", CONFIG_KEYS[CONFIG_SNAPSHOTS_URL].path, i);
        config_redact_url(config->snapshot_urls[i], shown, sizeof shown);
        print(context, path, value->secret ? SECRET : shown, value->place);
    }
}

static void print_properties(const struct config *config, print_value *print, void *context)
{
    for (uint32_t i = 0; i < config->property_count; i++) {
        const struct config_property *property = &config->properties[i];
        char path[160];
        (void)snprintf(path, sizeof path, "%s.%s", CONFIG_KEYS[CONFIG_PROPERTIES].path,
                       property->name);
        print(context, path, property->secret ? SECRET : property->value, "");
    }
}

static void print_all(const struct config *config, print_value *print, void *context)
{
    for (unsigned key = 0; key < CONFIG_KEY_COUNT; key++) {
        const struct config_value *value = &config->values[key];
        if (key == CONFIG_SNAPSHOTS_URL) {
            print_urls(config, print, context);
        } else if (key == CONFIG_PROPERTIES) {
            print_properties(config, print, context);
        } else {
            print(context, CONFIG_KEYS[key].path, value->secret ? SECRET : value->text,
                  value->place);
        }
    }
}

static void print_line(void *context, const char *path, const char *text, const char *place)
{
    FILE *stream = context;
    char shown[600];
    (void)snprintf(shown, sizeof shown, "%s:", path);
    (void)fprintf(stream, "%-32s %-34s %s%s\n", shown, text[0] ? text : "\"\"",
                  place[0] ? "# " : "", place);
}

void config_print(const struct config *config, FILE *stream)
{
    print_all(config, print_line, stream);
}

static void print_member(void *context, const char *path, const char *text, const char *place)
{
    struct json_writer *writer = context;
    json_write_key(writer, path);
    json_write_begin(writer, '{');
    json_write_key(writer, "value");
    json_write_text(writer, text);
    json_write_key(writer, "from");
    json_write_text(writer, place);
    json_write_end(writer, '}');
}

void config_print_json(const struct config *config, FILE *stream)
{
    const size_t room_bytes = 2 * CONFIG_TEXT_BYTES_MAX;
    uint8_t *room = malloc(room_bytes);
    if (!room) {
        return;
    }
    struct buffer out = buffer_of(room, room_bytes);
    struct json_writer writer = json_writer_of(&out);
    json_write_begin(&writer, '{');
    print_all(config, print_member, &writer);
    json_write_end(&writer, '}');
    (void)fprintf(stream, "%.*s\n", (int)out.count, (const char *)out.data);
    free(room);
}

static const char *type_name(enum config_type type)
{
    static const char *const NAMES[] = {
        [CONFIG_TEXT] = "text",         [CONFIG_NAME] = "name",
        [CONFIG_ADDRESS] = "host:port", [CONFIG_NUMBER] = "number",
        [CONFIG_DURATION] = "duration", [CONFIG_SIZE] = "size",
        [CONFIG_CHOICE] = "choice",     [CONFIG_URLS] = "URL or list",
        [CONFIG_PROPERTY_MAP] = "map",
    };
    return NAMES[type];
}

void config_print_keys(FILE *stream)
{
    for (unsigned key = 0; key < CONFIG_KEY_COUNT; key++) {
        const struct config_facts *facts = &CONFIG_KEYS[key];
        (void)fprintf(stream, "  %-25s %-12s default %-26s%s\n      %s%s%s\n", facts->path,
                      type_name(facts->type), facts->default_text[0] ? facts->default_text : "-",
                      facts->reloadable ? " (HUP)" : "", facts->help,
                      facts->choices ? ": one of " : "", facts->choices ? facts->choices : "");
    }
}
