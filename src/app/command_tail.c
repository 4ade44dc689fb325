/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/record_line.h"
#include "app/topic_stream.h"

/* A value all of control characters takes six times its bytes, and headers do, too. */
enum { LINE_BYTES = 64 * 1024 * 1024 };

/* The topic of this name, with or without topic_prefix. */
static enum topic topic_named(const struct config *config, const char *name)
{
    const size_t prefix = strlen(config->topic_prefix);
    const enum topic topic = topic_find(bytes_text(name));
    return topic == TOPIC_UNKNOWN && strncmp(name, config->topic_prefix, prefix) == 0
               ? topic_find(bytes_text(name + prefix))
               : topic;
}

static int unknown_topic(const char *name)
{
    (void)fprintf(stderr, "promised: %s is none of our topics:", name);
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        (void)fprintf(stderr, " %s", TOPICS[topic].name);
    }
    (void)fprintf(stderr, "\n");
    return STATUS_USAGE;
}

static enum status print_records(struct topic_stream *stream, int64_t count, uint8_t *room,
                                 struct failure *failure)
{
    enum status status = STATUS_OK;
    for (int64_t printed = 0; printed != count; printed++) {
        struct record record;
        status = topic_stream_next(stream, &record, failure);
        if (status != STATUS_OK) {
            break;
        }
        struct buffer line = buffer_of(room, LINE_BYTES);
        record_line_write(&record, &line);
        (void)fwrite(line.data, 1, line.count, stdout);
        if (fflush(stdout) != 0) {
            break;   /* the reader of a pipe has gone: main() says so */
        }
    }
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

static enum status tail(const struct arguments *arguments, const struct config *config,
                        enum topic topic, struct failure *failure)
{
    struct topic_stream *stream = NULL;
    uint8_t *room = malloc(LINE_BYTES);
    if (!room) {
        return failure_set(failure, STATUS_UNREACHABLE, "out of memory");
    }
    enum status status =
        topic_stream_open(config, topic, arguments->from_start, false, &stream, failure);
    if (status == STATUS_OK) {
        status = print_records(stream, arguments->count, room, failure);
        topic_stream_close(stream);
    }
    free(room);
    return status;
}

int command_tail(const struct arguments *arguments)
{
    struct config *config = arguments_config(arguments);
    if (!config) {
        return STATUS_CONFIG;
    }
    const enum topic topic = topic_named(config, arguments->operand);
    int code = STATUS_OK;
    struct failure failure;
    if (topic == TOPIC_UNKNOWN) {
        code = unknown_topic(arguments->operand);
    } else if (tail(arguments, config, topic, &failure) != STATUS_OK) {
        code = arguments_failed(&failure);
    }
    free(config);
    return code;
}
