/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/logger.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edge/json_writer.h"

static const char *const LEVEL_NAMES[] = {
    [LOGGER_DEBUG] = "debug",
    [LOGGER_INFO] = "info",
    [LOGGER_WARNING] = "warning",
    [LOGGER_ERROR] = "error",
};

struct logger logger_open(int descriptor, enum logger_level minimum)
{
    return (struct logger){
        .descriptor = descriptor,
        .json = !isatty(descriptor),
        .minimum = minimum,
    };
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void format_now(char *out_text, size_t bytes)
{
    struct timespec now;
    struct tm parts;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    char seconds[32];
    (void)strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(out_text, bytes, "%s.%03dZ", seconds, (int)(now.tv_nsec / 1000000));
}

/* NULL where the table is full: such a class is written always. */
static struct logger_class *find_class(struct logger *logger, const char *event)
{
    for (uint32_t i = 0; i < logger->class_count; i++) {
        if (strncmp(logger->classes[i].event, event, sizeof logger->classes[i].event - 1) == 0) {
            return &logger->classes[i];
        }
    }
    if (logger->class_count == LOGGER_CLASSES_MAX) {
        return NULL;
    }
    struct logger_class *fresh = &logger->classes[logger->class_count++];
    (void)snprintf(fresh->event, sizeof fresh->event, "%s", event);
    fresh->last_ms = monotonic_ms() - LOGGER_REPEAT_MS;
    return fresh;
}

/* Whether a line of this class is due; `out_repeated` is how many were left out before it. */
static bool class_due(struct logger *logger, const char *event, uint64_t *out_repeated)
{
    struct logger_class *class = find_class(logger, event);
    if (!class) {
        *out_repeated = 0;
        return true;
    }
    const int64_t now_ms = monotonic_ms();
    if (now_ms - class->last_ms < LOGGER_REPEAT_MS) {
        class->repeated++;
        return false;
    }
    *out_repeated = class->repeated;
    class->repeated = 0;
    class->last_ms = now_ms;
    return true;
}

static void put_text(struct buffer *out, const char *text)
{
    buffer_put(out, text, strlen(text));
}

static void write_logfmt(struct buffer *out, const char *now, const char *level, const char *event,
                         const char *text, uint64_t repeated)
{
    char head[160];
    (void)snprintf(head, sizeof head, "ts=%s level=%s event=%s msg=", now, level, event);
    put_text(out, head);
    struct json_writer writer = json_writer_of(out);
    json_write_text(&writer, text);
    if (repeated > 0) {
        char tail[48];
        (void)snprintf(tail, sizeof tail, " repeated=%llu", (unsigned long long)repeated);
        put_text(out, tail);
    }
}

static void write_json(struct buffer *out, const char *now, const char *level, const char *event,
                       const char *text, uint64_t repeated)
{
    struct json_writer writer = json_writer_of(out);
    json_write_begin(&writer, '{');
    json_write_key(&writer, "ts");
    json_write_text(&writer, now);
    json_write_key(&writer, "level");
    json_write_text(&writer, level);
    json_write_key(&writer, "event");
    json_write_text(&writer, event);
    json_write_key(&writer, "msg");
    json_write_text(&writer, text);
    if (repeated > 0) {
        json_write_key(&writer, "repeated");
        json_write_unsigned(&writer, repeated);
    }
    json_write_end(&writer, '}');
}

void logger_line(struct logger *logger, enum logger_level level, const char *event,
                 const char *format, ...)
{
    uint64_t repeated = 0;
    if (level < logger->minimum ||
        (level >= LOGGER_WARNING && !class_due(logger, event, &repeated))) {
        return;
    }
    char text[LOGGER_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);

    char now[40];
    format_now(now, sizeof now);
    char line[LOGGER_TEXT_BYTES * 6 + 512];   /* an escaped character takes up to six bytes */
    struct buffer out = buffer_of(line, sizeof line);
    (logger->json ? write_json : write_logfmt)(&out, now, LEVEL_NAMES[level], event, text,
                                               repeated);
    buffer_put_byte(&out, '\n');
    /* One write, so that lines of several processes on one pipe do not mix. */
    const ssize_t wrote = write(logger->descriptor, out.data, out.count);
    (void)wrote;
}
