/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "config_loading.h"

#define PROPERTY_VARIABLE_PREFIX "PROMISED_KAFKA__PROPERTIES__"

/* ------------------------------------------------------------------ librdkafka properties */

static struct config_property *find_property(struct config *config, const char *name)
{
    for (uint32_t i = 0; i < config->property_count; i++) {
        if (strcmp(config->properties[i].name, name) == 0) {
            return &config->properties[i];
        }
    }
    return NULL;
}

/* Adds a property or replaces the one of this name: sources come lowest first. */
static enum status set_property(const struct config_loading *loading, const char *place,
                                const char *name, const char *text)
{
    char path[CONFIG_PLACE_BYTES];
    (void)snprintf(path, sizeof path, CONFIG_PROPERTY_PREFIX "%.100s", name);
    const char *owned = config_property_owned(name);
    if (owned) {
        return config_fail(loading, place, path, "is not yours to set: %s", owned);
    }
    struct config *config = loading->config;
    struct config_property property = { .secret = config_property_secret(name) };
    bool unused;
    enum status status = config_keep_expanded(loading, place, path, text, &property.value,
                                       &property.secret);
    if (status == STATUS_OK) {
        status = config_keep_expanded(loading, place, path, name, &property.name, &unused);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct config_property *slot = find_property(config, name);
    if (!slot && config->property_count == CONFIG_PROPERTIES_MAX) {
        return config_fail(loading, place, path, "more than %d properties", CONFIG_PROPERTIES_MAX);
    }
    *(slot ? slot : &config->properties[config->property_count++]) = property;
    return STATUS_OK;
}

static enum status properties_of_file(const struct config_loading *loading)
{
    for (size_t i = 0; i < loading->file->entry_count; i++) {
        const struct yaml_entry *entry = &loading->file->entries[i];
        if (!config_starts_with(entry->path, CONFIG_PROPERTY_PREFIX) || entry->kind == YAML_GROUP) {
            continue;
        }
        char place[CONFIG_PLACE_BYTES];
        config_entry_place(loading, entry, place);
        const enum status status = set_property(
            loading, place, entry->path + strlen(CONFIG_PROPERTY_PREFIX), entry->value);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* PROMISED_KAFKA__PROPERTIES__SECURITY_PROTOCOL=… is security.protocol. */
static enum status properties_of_environment(const struct config_loading *loading)
{
    for (char *const *at = loading->sources->environment; at && *at; at++) {
        const char *equals = strchr(*at, '=');
        if (!equals || !config_starts_with(*at, PROPERTY_VARIABLE_PREFIX)) {
            continue;
        }
        char place[CONFIG_PLACE_BYTES];
        char name[CONFIG_PLACE_BYTES];
        const char *begin = *at + strlen(PROPERTY_VARIABLE_PREFIX);
        (void)snprintf(place, sizeof place, "%.*s", (int)(equals - *at), *at);
        (void)snprintf(name, sizeof name, "%.*s", (int)(equals - begin), begin);
        for (char *letter = name; *letter != '\0'; letter++) {
            *letter = *letter == '_' ? '.' : (char)tolower((unsigned char)*letter);
        }
        const enum status status = set_property(loading, place, name, equals + 1);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status properties_of_flags(const struct config_loading *loading)
{
    for (uint32_t i = 0; i < loading->sources->override_count; i++) {
        const struct config_override *override = &loading->sources->overrides[i];
        if (!config_starts_with(override->path, CONFIG_PROPERTY_PREFIX)) {
            continue;
        }
        char place[CONFIG_PLACE_BYTES];
        (void)snprintf(place, sizeof place, "--%.150s", override->path);
        const enum status status = set_property(
            loading, place, override->path + strlen(CONFIG_PROPERTY_PREFIX), override->value);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

enum status config_read_properties(const struct config_loading *loading)
{
    enum status status = properties_of_file(loading);
    if (status == STATUS_OK) {
        status = properties_of_environment(loading);
    }
    return status == STATUS_OK ? properties_of_flags(loading) : status;
}

/* ------------------------------------------------------------------ snapshot URLs */

static enum status check_url(const struct config_loading *loading, const char *place,
                             const char *url)
{
    const char *path = CONFIG_KEYS[CONFIG_SNAPSHOTS_URL].path;
    if (config_starts_with(url, "rediss://")) {
        return config_fail(loading, place, path,
                           "this build cannot do rediss:// (TLS); use redis:// or file:///");
    }
    if (!config_starts_with(url, "redis://") && !config_starts_with(url, "file:///")) {
        char shown[256];
        config_redact_url(url, shown, sizeof shown);
        return config_fail(loading, place, path,
                           "%s is neither redis://host:port/db nor file:///directory", shown);
    }
    const struct config *config = loading->config;
    for (uint32_t i = 0; i < config->snapshot_url_count; i++) {
        if (strcmp(config->snapshot_urls[i], url) == 0) {
            return config_fail(loading, place, path, "one URL is there twice");
        }
    }
    return config->snapshot_url_count < CONFIG_URLS_MAX
               ? STATUS_OK
               : config_fail(loading, place, path, "at most %d URLs", CONFIG_URLS_MAX);
}

static enum status add_url(const struct config_loading *loading, const char *place,
                           const char *text)
{
    struct config *config = loading->config;
    struct config_value *value = &config->values[CONFIG_SNAPSHOTS_URL];
    const char *url;
    const char *path = CONFIG_KEYS[CONFIG_SNAPSHOTS_URL].path;
    enum status status = config_keep_expanded(loading, place, path, text, &url, &value->secret);
    if (status == STATUS_OK) {
        status = check_url(loading, place, url);
    }
    if (status == STATUS_OK) {
        config->snapshot_urls[config->snapshot_url_count++] = url;
    }
    return status;
}

/* Flag and environment have no lists: there, commas part the URLs. */
static enum status add_urls(const struct config_loading *loading, const char *place,
                            const char *text)
{
    enum status status = STATUS_OK;
    for (const char *at = text; status == STATUS_OK && at;) {
        char url[2049];
        const size_t count = strcspn(at, ",");
        (void)snprintf(url, sizeof url, "%.*s", (int)count, at);
        status = add_url(loading, place, url);
        at = at[count] == ',' ? at + count + 1 : NULL;
    }
    return status;
}

static enum status add_list(const struct config_loading *loading, const struct yaml_entry *list)
{
    for (size_t i = 0; i < loading->file->entry_count; i++) {
        const struct yaml_entry *entry = &loading->file->entries[i];
        if (!config_starts_with(entry->path, CONFIG_URL_ELEMENT_PREFIX)) {
            continue;
        }
        char place[CONFIG_PLACE_BYTES];
        config_entry_place(loading, entry, place);
        const enum status status = add_url(loading, place, entry->value);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (loading->config->snapshot_url_count == 0) {
        char place[CONFIG_PLACE_BYTES];
        config_entry_place(loading, list, place);
        return config_fail(loading, place, list->path,
                           "names no store; without one no restart is quick");
    }
    return STATUS_OK;
}

enum status config_read_urls(const struct config_loading *loading)
{
    const char *path = CONFIG_KEYS[CONFIG_SNAPSHOTS_URL].path;
    struct config_value *value = &loading->config->values[CONFIG_SNAPSHOTS_URL];
    const char *above = config_find_above_file(loading, path, value->place);
    if (above) {
        return add_urls(loading, value->place, above);
    }
    const struct yaml_entry *entry = config_find_entry(loading->file, path);
    if (!entry) {
        (void)snprintf(value->place, sizeof value->place, "default");
        return add_url(loading, value->place, CONFIG_KEYS[CONFIG_SNAPSHOTS_URL].default_text);
    }
    config_entry_place(loading, entry, value->place);
    return entry->kind == YAML_LIST ? add_list(loading, entry)
                                    : add_url(loading, value->place, entry->value);
}
