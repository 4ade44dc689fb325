/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_replay.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/demo_map.h"

struct demo_replay {
    FILE *file;
    char path[4096];
    int64_t bytes;
    int64_t read;
    uint64_t line_number;
    char *line;
    size_t line_room;
    json_t *row;
    char *value;       /* of the record that was given last */
};

enum status demo_replay_open(const char *path, struct demo_replay **out_replay,
                             struct failure *failure)
{
    struct demo_replay *replay = demo_new(sizeof *replay);
    struct stat facts;
    (void)snprintf(replay->path, sizeof replay->path, "%s", path);
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        (void)snprintf(replay->path, sizeof replay->path, "%s/all.jsonl", path);
    }
    replay->file = fopen(replay->path, "re");
    if (!replay->file || fstat(fileno(replay->file), &facts) != 0) {
        (void)failure_set(failure, STATUS_USAGE, "%s: %s", replay->path, strerror(errno));
        demo_replay_close(replay);
        return STATUS_USAGE;
    }
    replay->bytes = facts.st_size;
    *out_replay = replay;
    return STATUS_OK;
}

static int base64_digit(char character)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = character == '\0' ? NULL : strchr(DIGITS, character);
    return at ? (int)(at - DIGITS) : -1;
}

/* False where the text is no base64. */
static bool decode_base64(const char *text, char *out_bytes, size_t *out_count)
{
    unsigned bits = 0;
    unsigned bit_count = 0;
    *out_count = 0;
    for (; *text != '\0' && *text != '='; text++) {
        const int digit = base64_digit(*text);
        if (digit < 0) {
            return false;
        }
        bits = (bits << 6 | (unsigned)digit) & 0xffff;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            out_bytes[(*out_count)++] = (char)(bits >> bit_count & 0xff);
        }
    }
    return strspn(text, "=") == strlen(text);
}

static bool set_value(struct demo_replay *replay, struct demo_record *record)
{
    const json_t *value = json_object_get(replay->row, "value");
    const char *encoded = demo_field_text(replay->row, "value_b64");
    free(replay->value);
    replay->value = NULL;
    if (encoded) {
        replay->value = demo_new(strlen(encoded) + 1);
        record->value = replay->value;
        return decode_base64(encoded, replay->value, &record->value_bytes);
    }
    if (value && !json_is_null(value)) {
        replay->value = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        record->value = replay->value;
        record->value_bytes = replay->value ? strlen(replay->value) : 0;
    }
    return value && (json_is_null(value) || replay->value);
}

static bool set_record(struct demo_replay *replay, struct demo_record *record)
{
    const char *topic = demo_field_text(replay->row, "topic");
    const json_t *time = json_object_get(replay->row, "timestamp_ms");
    *record = (struct demo_record){ .topic = topic ? topic_find(bytes_text(topic)) : TOPIC_UNKNOWN,
                                    .key = demo_field_text(replay->row, "key"),
                                    .timestamp_ms = json_integer_value(time) };
    return topic_is_input(record->topic) && record->key && json_is_integer(time) &&
           set_value(replay, record);
}

enum status demo_replay_next(struct demo_replay *replay, struct demo_record *out_record,
                             struct failure *failure)
{
    const ssize_t count = getline(&replay->line, &replay->line_room, replay->file);
    if (count < 0) {
        return STATUS_ABSENT;
    }
    replay->read += count;
    replay->line_number++;
    json_decref(replay->row);
    replay->row = json_loadb(replay->line, (size_t)count, 0, NULL);
    if (!set_record(replay, out_record)) {
        return failure_set(failure, STATUS_USAGE,
                           "%s:%llu: not {\"topic\", \"key\", \"value\", \"timestamp_ms\"}",
                           replay->path, (unsigned long long)replay->line_number);
    }
    return STATUS_OK;
}

double demo_replay_progress(const struct demo_replay *replay)
{
    return replay->bytes > 0 ? (double)replay->read / (double)replay->bytes : 1;
}

void demo_replay_close(struct demo_replay *replay)
{
    if (!replay) {
        return;
    }
    if (replay->file) {
        (void)fclose(replay->file);
    }
    json_decref(replay->row);
    free(replay->value);
    free(replay->line);
    free(replay);
}
