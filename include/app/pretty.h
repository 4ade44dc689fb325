/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_PRETTY_H
#define APP_PRETTY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Text for people, in columns of at most PRETTY_COLUMNS: what is too wide is cut, and a number too
 * wide is shortened. Widths count characters, not bytes. Colours only on a terminal, and not where
 * NO_COLOR is set.
 */
enum { PRETTY_COLUMNS = 100 };

enum pretty_style { PRETTY_PLAIN, PRETTY_BOLD, PRETTY_FAINT, PRETTY_GOOD, PRETTY_BAD };

struct pretty {
    FILE *stream;
    bool live;           /* a terminal */
    bool colours;
    int column;          /* characters written on this line */
};

/* `no_color`: the value of NO_COLOR, or NULL. */
struct pretty pretty_open(FILE *stream, const char *no_color);

/* Writes a cell of `width` characters and one space, left-aligned; below 0: right-aligned. */
void pretty_cell(struct pretty *pretty, enum pretty_style style, int width, const char *text);

/* What fits of a formatted text up to the last column; no space behind it. */
__attribute__((format(printf, 3, 4))) void pretty_text(struct pretty *pretty,
                                                       enum pretty_style style, const char *format,
                                                       ...);

/* Ends the line. On a terminal, what stood on it before is wiped. */
void pretty_end(struct pretty *pretty);

/* 1234567 as 1,234,567; shortened to 1.23M, 1.23G or 1.23T where that is above `width`. */
enum { PRETTY_NUMBER_BYTES = 32 };
const char *pretty_number(int64_t number, int width, char out[PRETTY_NUMBER_BYTES]);

/* 0.004 as 4 ms, 75 as 75.0 s, 7200 as 2 h; below 0: not known, a dash. */
const char *pretty_seconds(double seconds, char out[PRETTY_NUMBER_BYTES]);

#endif
