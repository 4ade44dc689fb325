/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_LOGGER_H
#define EDGE_LOGGER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Lines for people and log collectors on stderr: logfmt on a terminal, one JSON object per line
 * otherwise. A line has `ts` (UTC), `level`, `event` and `msg`. `event` is the class of the line,
 * a fixed word such as `broker_away`: warnings and errors of one class are written once per
 * LOGGER_REPEAT_MS, and the next one says how many were left out (`repeated`).
 * Never a SKU or an order at info or above: what concerns one record is a reject or a counter.
 * One thread only.
 */
enum logger_level { LOGGER_DEBUG, LOGGER_INFO, LOGGER_WARNING, LOGGER_ERROR };

enum { LOGGER_REPEAT_MS = 30000, LOGGER_CLASSES_MAX = 64, LOGGER_TEXT_BYTES = 2048 };

struct logger_class {
    char event[40];
    int64_t last_ms;       /* monotonic */
    uint64_t repeated;
};

struct logger {
    int descriptor;
    bool json;
    enum logger_level minimum;
    struct logger_class classes[LOGGER_CLASSES_MAX];
    uint32_t class_count;
};

/* Writes to `descriptor`, as logfmt where it is a terminal. */
struct logger logger_open(int descriptor, enum logger_level minimum);

__attribute__((format(printf, 4, 5))) void logger_line(struct logger *logger,
                                                       enum logger_level level, const char *event,
                                                       const char *format, ...);

#endif
