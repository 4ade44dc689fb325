/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SRC_APP_CONFIG_LOADING_H
#define SRC_APP_CONFIG_LOADING_H

#include "app/config.h"
#include "edge/yaml_file.h"

/* Shared by the files that make up config_load(); nobody else includes this. */
#define CONFIG_PROPERTY_PREFIX "kafka.properties."
#define CONFIG_URL_ELEMENT_PREFIX "snapshots.url["

struct config_loading {
    const struct config_sources *sources;
    struct config *config;
    struct yaml_file *file;
    struct failure *failure;
};

/* STATUS_CONFIG, with `place: path: …` as failure. */
__attribute__((format(printf, 4, 5))) enum status
config_fail(const struct config_loading *loading, const char *place, const char *path,
            const char *format, ...);

bool config_starts_with(const char *text, const char *prefix);

/* file:line:column of an entry, CONFIG_PLACE_BYTES long. */
void config_entry_place(const struct config_loading *loading, const struct yaml_entry *entry,
                        char *out_place);
const struct yaml_entry *config_find_entry(const struct yaml_file *file, const char *path);

/* From flag or environment: the text and its place; NULL where neither has it. */
const char *config_find_above_file(const struct config_loading *loading, const char *path,
                                   char *out_place);

/* Expands `text` into the config's memory. */
MUST_USE enum status config_keep_expanded(const struct config_loading *loading, const char *place,
                                          const char *path, const char *text,
                                          const char **out_text, bool *out_secret);

/* Reads the file, if there is one, and refuses keys that the table does not have. */
MUST_USE enum status config_read_file(struct config_loading *loading);
MUST_USE enum status config_read_properties(const struct config_loading *loading);
MUST_USE enum status config_read_urls(const struct config_loading *loading);

#endif
