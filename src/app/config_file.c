/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "config_loading.h"

/* Whether `path` is the beginning of known keys: `kafka`, `limits`. */
static bool is_group(const char *path)
{
    const size_t count = strlen(path);
    for (unsigned key = 0; key < CONFIG_KEY_COUNT; key++) {
        const char *known = CONFIG_KEYS[key].path;
        if (config_starts_with(known, path) && known[count] == '.') {
            return true;
        }
    }
    return false;
}

static bool kind_fits(enum config_type type, enum yaml_kind kind)
{
    switch (type) {
    case CONFIG_PROPERTY_MAP:
        return kind == YAML_GROUP || kind == YAML_NULL;
    case CONFIG_URLS:
        return kind == YAML_LIST || kind == YAML_SCALAR;
    default:
        return kind == YAML_SCALAR || kind == YAML_NULL;
    }
}

static enum status check_known(const struct config_loading *loading, const struct yaml_entry *entry,
                               const char *place)
{
    const enum config_key key = config_key_find(entry->path);
    if (key == CONFIG_KEY_COUNT) {
        const char *nearest = config_key_nearest(entry->path);
        return config_fail(loading, place, entry->path, "unknown key; %s%s",
                           nearest ? "did you mean " : "`promised check --help` lists all",
                           nearest ? nearest : "");
    }
    if (!kind_fits(CONFIG_KEYS[key].type, entry->kind)) {
        return config_fail(loading, place, entry->path, "%s",
                           CONFIG_KEYS[key].type == CONFIG_PROPERTY_MAP
                           ? "must be a map of librdkafka settings"
                           : "must be a single value");
    }
    return STATUS_OK;
}

static enum status check_entry(const struct config_loading *loading, const struct yaml_entry *entry)
{
    char place[CONFIG_PLACE_BYTES];
    config_entry_place(loading, entry, place);
    if (config_starts_with(entry->path, CONFIG_PROPERTY_PREFIX)) {
        return entry->kind == YAML_LIST || strchr(entry->path, '[')
                   ? config_fail(loading, place, entry->path, "must be a single value, not a list")
                   : STATUS_OK;
    }
    if (config_starts_with(entry->path, CONFIG_URL_ELEMENT_PREFIX)) {
        return entry->kind == YAML_SCALAR
                   ? STATUS_OK
                   : config_fail(loading, place, entry->path, "must be a URL");
    }
    if (is_group(entry->path)) {
        return entry->kind == YAML_GROUP || entry->kind == YAML_NULL
                   ? STATUS_OK
                   : config_fail(loading, place, entry->path,
                                 "is a group of keys; write them below it, indented");
    }
    return check_known(loading, entry, place);
}

enum status config_read_file(struct config_loading *loading)
{
    loading->file->entry_count = 0;
    if (!loading->sources->path) {
        return STATUS_OK;
    }
    const enum status read =
        yaml_file_read(loading->sources->path, loading->file, loading->failure);
    if (read != STATUS_OK) {
        return read;
    }
    for (size_t i = 0; i < loading->file->entry_count; i++) {
        const enum status status = check_entry(loading, &loading->file->entries[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}
