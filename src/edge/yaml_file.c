/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/yaml_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* The path grows and shrinks with the nesting of the node being read. */
struct reading {
    yaml_parser_t parser;
    const char *name;
    struct yaml_file *file;
    struct failure *failure;
    char path[YAML_PATH_BYTES_MAX];
    int depth;
};

static enum status fail_at(struct reading *reading, yaml_mark_t mark, const char *what)
{
    return failure_set(reading->failure, STATUS_CONFIG, "%s:%zu:%zu: %s", reading->name,
                       mark.line + 1, mark.column + 1, what);
}

static enum status next_event(struct reading *reading, yaml_event_t *event)
{
    if (yaml_parser_parse(&reading->parser, event)) {
        return STATUS_OK;
    }
    const char *problem = reading->parser.problem ? reading->parser.problem : "not YAML";
    return fail_at(reading, reading->parser.problem_mark, problem);
}

/* A copy in the file's text; NULL where there is no room. */
static const char *keep_text(struct yaml_file *file, const char *text, size_t bytes)
{
    if (bytes >= sizeof file->text - file->text_bytes) {
        return NULL;
    }
    char *kept = file->text + file->text_bytes;
    memcpy(kept, text, bytes);
    kept[bytes] = '\0';
    file->text_bytes += bytes + 1;
    return kept;
}

static const struct yaml_entry *find_entry(const struct yaml_file *file, const char *path)
{
    for (size_t i = 0; i < file->entry_count; i++) {
        if (strcmp(file->entries[i].path, path) == 0) {
            return &file->entries[i];
        }
    }
    return NULL;
}

static enum status add_entry(struct reading *reading, yaml_mark_t mark, enum yaml_kind kind,
                             const char *value, size_t bytes)
{
    struct yaml_file *file = reading->file;
    const struct yaml_entry *twice = find_entry(file, reading->path);
    if (twice) {
        char what[YAML_PATH_BYTES_MAX + 96];
        (void)snprintf(what, sizeof what, "%s is there twice, first in line %zu; remove one",
                       reading->path, twice->line);
        return fail_at(reading, mark, what);
    }
    const char *kept_path = keep_text(file, reading->path, strlen(reading->path));
    const char *kept_value = keep_text(file, value, bytes);
    if (!kept_path || !kept_value || file->entry_count == YAML_ENTRIES_MAX) {
        return fail_at(reading, mark, "the file has too many keys or too much text");
    }
    file->entries[file->entry_count++] = (struct yaml_entry){
        .path = kept_path,
        .value = kept_value,
        .line = mark.line + 1,
        .column = mark.column + 1,
        .kind = kind,
    };
    return STATUS_OK;
}

static bool is_null(const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (value[0] == '\0' || strcmp(value, "null") == 0 || strcmp(value, "~") == 0);
}

static enum status add_scalar(struct reading *reading, yaml_mark_t mark, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    const size_t bytes = event->data.scalar.length;
    if (is_null(event)) {
        return add_entry(reading, mark, YAML_NULL, "", 0);
    }
    if (memchr(value, '\0', bytes)) {
        return fail_at(reading, mark, "a value has a zero character in it");
    }
    return add_entry(reading, mark, YAML_SCALAR, value, bytes);
}

static enum status read_node(struct reading *reading, yaml_mark_t mark, const yaml_event_t *event);

/* Both append to the path; false where it becomes too long. */
static bool path_add_key(struct reading *reading, const char *key)
{
    const size_t used = strlen(reading->path);
    const size_t room = sizeof reading->path - used;
    const int wrote = snprintf(reading->path + used, room, "%s%s", used > 0 ? "." : "", key);
    return wrote >= 0 && (size_t)wrote < room;
}

static bool path_add_index(struct reading *reading, unsigned index)
{
    const size_t used = strlen(reading->path);
    const size_t room = sizeof reading->path - used;
    const int wrote = snprintf(reading->path + used, room, "[%u]", index);
    return wrote >= 0 && (size_t)wrote < room;
}

/* Reads the value that belongs to `key_event` and leaves the path as it was. */
static enum status read_pair(struct reading *reading, const yaml_event_t *key_event)
{
    const yaml_mark_t mark = key_event->start_mark;
    const size_t path_bytes = strlen(reading->path);
    const char *key = (const char *)key_event->data.scalar.value;
    if (key_event->type != YAML_SCALAR_EVENT || key_event->data.scalar.length != strlen(key) ||
        key[0] == '\0') {
        return fail_at(reading, mark, "a key must be plain text");
    }
    if (!path_add_key(reading, key)) {
        return fail_at(reading, mark, "a key is too long");
    }
    yaml_event_t event;
    enum status status = next_event(reading, &event);
    if (status == STATUS_OK) {
        status = read_node(reading, mark, &event);
        yaml_event_delete(&event);
    }
    reading->path[path_bytes] = '\0';
    return status;
}

static enum status read_element(struct reading *reading, const yaml_event_t *event, unsigned index)
{
    const size_t path_bytes = strlen(reading->path);
    if (!path_add_index(reading, index)) {
        return fail_at(reading, event->start_mark, "a key is too long");
    }
    const enum status status = read_node(reading, event->start_mark, event);
    reading->path[path_bytes] = '\0';
    return status;
}

/* Members up to `end`: pairs of a map or elements of a list. */
static enum status read_members(struct reading *reading, yaml_event_type_t end)
{
    enum status status = STATUS_OK;
    bool ended = false;
    for (unsigned index = 0; status == STATUS_OK && !ended; index++) {
        yaml_event_t event;
        status = next_event(reading, &event);
        if (status != STATUS_OK) {
            break;
        }
        ended = event.type == end;
        if (!ended) {
            status = end == YAML_MAPPING_END_EVENT ? read_pair(reading, &event)
                                                   : read_element(reading, &event, index);
        }
        yaml_event_delete(&event);
    }
    return status;
}

static enum status read_group(struct reading *reading, yaml_mark_t mark, enum yaml_kind kind)
{
    if (reading->depth == YAML_DEPTH_MAX) {
        return fail_at(reading, mark, "nested too deep");
    }
    if (reading->path[0] != '\0') {
        const enum status status = add_entry(reading, mark, kind, "", 0);
        if (status != STATUS_OK) {
            return status;
        }
    }
    reading->depth++;
    const enum status status = read_members(
        reading, kind == YAML_GROUP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT);
    reading->depth--;
    return status;
}

static enum status read_node(struct reading *reading, yaml_mark_t mark, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_scalar(reading, mark, event);
    case YAML_MAPPING_START_EVENT:
        return read_group(reading, mark, YAML_GROUP);
    case YAML_SEQUENCE_START_EVENT:
        return read_group(reading, mark, YAML_LIST);
    default:
        return fail_at(reading, event->start_mark, "aliases (*name) are not taken; write it out");
    }
}

/* An empty file is an empty map; a file of a single text or list is none of ours. */
static enum status read_root(struct reading *reading, const yaml_event_t *event)
{
    if (event->type == YAML_MAPPING_START_EVENT) {
        return read_node(reading, event->start_mark, event);
    }
    if (event->type == YAML_SCALAR_EVENT && is_null(event)) {
        return STATUS_OK;
    }
    return fail_at(reading, event->start_mark, "the file must be a map of keys, as `kafka: …`");
}

static enum status read_stream(struct reading *reading)
{
    enum status status = STATUS_OK;
    bool ended = false;
    unsigned documents = 0;
    while (status == STATUS_OK && !ended) {
        yaml_event_t event;
        status = next_event(reading, &event);
        if (status != STATUS_OK) {
            break;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
            status = fail_at(reading, event.start_mark, "only one document may be in the file");
        } else if (event.type != YAML_STREAM_START_EVENT && !ended &&
                   event.type != YAML_DOCUMENT_START_EVENT &&
                   event.type != YAML_DOCUMENT_END_EVENT) {
            status = read_root(reading, &event);
        }
        yaml_event_delete(&event);
    }
    return status;
}

static enum status start(struct reading *reading, const char *name, struct yaml_file *file,
                         struct failure *failure)
{
    *reading = (struct reading){ .name = name, .file = file, .failure = failure };
    file->entry_count = 0;
    file->text_bytes = 0;
    if (!yaml_parser_initialize(&reading->parser)) {
        return failure_set(failure, STATUS_CONFIG, "%s: out of memory", name);
    }
    return STATUS_OK;
}

enum status yaml_file_parse(const char *name, const char *text, size_t bytes,
                            struct yaml_file *out_file, struct failure *failure)
{
    struct reading reading;
    enum status status = start(&reading, name, out_file, failure);
    if (status == STATUS_OK) {
        yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text, bytes);
        status = read_stream(&reading);
        yaml_parser_delete(&reading.parser);
    }
    return status;
}

enum status yaml_file_read(const char *path, struct yaml_file *out_file, struct failure *failure)
{
    FILE *stream = fopen(path, "re");
    if (!stream) {
        return failure_set(failure, STATUS_CONFIG, "%s: %s", path, strerror(errno));
    }
    struct reading reading;
    enum status status = start(&reading, path, out_file, failure);
    if (status == STATUS_OK) {
        yaml_parser_set_input_file(&reading.parser, stream);
        status = read_stream(&reading);
        yaml_parser_delete(&reading.parser);
    }
    (void)fclose(stream);
    return status;
}
