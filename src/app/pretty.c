/* SPDX-License-Identifier: Apache-2.0 */
#include "app/pretty.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

struct pretty pretty_open(FILE *stream, const char *no_color)
{
    const int descriptor = fileno(stream);
    const bool live = descriptor >= 0 && isatty(descriptor) == 1;
    return (struct pretty){ .stream = stream,
                            .live = live,
                            .colours = live && (!no_color || no_color[0] == '\0') };
}

/* Bytes of the first `most` characters, and how many characters they are. */
static size_t prefix(const char *text, int most, int *out_characters)
{
    size_t at = 0;
    int characters = 0;
    while (text[at] != '\0') {
        if (((unsigned char)text[at] & 0xC0) != 0x80 && characters++ == most) {
            characters--;
            break;
        }
        at++;
    }
    *out_characters = characters;
    return at;
}

static void put(struct pretty *pretty, enum pretty_style style, const char *text, size_t count)
{
    static const char *const CODES[] = {
        [PRETTY_PLAIN] = "",
        [PRETTY_BOLD] = "\033[1m",
        [PRETTY_FAINT] = "\033[2m",
        [PRETTY_GOOD] = "\033[32m",
        [PRETTY_BAD] = "\033[31m",
    };
    const bool styled = pretty->colours && style != PRETTY_PLAIN;
    (void)fprintf(pretty->stream, "%s%.*s%s", styled ? CODES[style] : "", (int)count, text,
                  styled ? "\033[0m" : "");
}

static void pad(struct pretty *pretty, int count)
{
    (void)fprintf(pretty->stream, "%*s", count, "");
}

void pretty_cell(struct pretty *pretty, enum pretty_style style, int width, const char *text)
{
    const int most = width < 0 ? -width : width;
    int characters = 0;
    size_t count = prefix(text, most, &characters);
    const bool cut = text[count] != '\0';
    if (cut) {
        count = prefix(text, most - 1, &characters);
        characters++;
    }
    if (width < 0) {
        pad(pretty, most - characters);
    }
    put(pretty, style, text, count);
    (void)fputs(cut ? "…" : "", pretty->stream);
    pad(pretty, (width < 0 ? 0 : most - characters) + 1);
    pretty->column += most + 1;
}

void pretty_text(struct pretty *pretty, enum pretty_style style, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int characters = 0;
    const int room = PRETTY_COLUMNS - pretty->column;
    const size_t count = prefix(text, room > 0 ? room : 0, &characters);
    put(pretty, style, text, count);
    pretty->column += characters;
}

void pretty_end(struct pretty *pretty)
{
    (void)fputs(pretty->live ? "\033[K\n" : "\n", pretty->stream);
    pretty->column = 0;
}

static int grouped(int64_t number, char out[PRETTY_NUMBER_BYTES])
{
    char digits[24];
    const int count = snprintf(digits, sizeof digits, "%" PRId64, number);
    const int sign = digits[0] == '-';
    int to = 0;
    for (int from = 0; from < count; from++) {
        if (from > sign && (count - from) % 3 == 0) {
            out[to++] = ',';
        }
        out[to++] = digits[from];
    }
    out[to] = '\0';
    return to;
}

const char *pretty_number(int64_t number, int width, char out[PRETTY_NUMBER_BYTES])
{
    static const char MARKS[] = "kMGTPE";
    if (grouped(number, out) <= width) {
        return out;
    }
    double shown = (double)number;
    int mark = -1;
    while ((shown >= 1000 || shown <= -1000) && MARKS[mark + 1] != '\0') {
        shown /= 1000;
        mark++;
    }
    (void)snprintf(out, PRETTY_NUMBER_BYTES, "%.*f%c",
                   shown < 10 && shown > -10 ? 2 : shown < 100 && shown > -100 ? 1 : 0, shown,
                   MARKS[mark]);
    return out;
}

const char *pretty_seconds(double seconds, char out[PRETTY_NUMBER_BYTES])
{
    static const struct {
        double below;
        double unit;
        const char *format;
    } STEPS[] = {
        { 1, 0.001, "%.0f ms" }, { 120, 1, "%.1f s" }, { 7200, 60, "%.0f min" },
        { 172800, 3600, "%.0f h" }, { 1e300, 86400, "%.0f days" },
    };
    (void)snprintf(out, PRETTY_NUMBER_BYTES, "-");
    for (size_t i = 0; seconds >= 0 && i < sizeof STEPS / sizeof STEPS[0]; i++) {
        if (seconds < STEPS[i].below) {
            (void)snprintf(out, PRETTY_NUMBER_BYTES, STEPS[i].format, seconds / STEPS[i].unit);
            break;
        }
    }
    return out;
}
