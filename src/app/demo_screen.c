/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_screen.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 24 };

struct demo_screen demo_screen_open(FILE *stream, const char *environment_no_color)
{
    const bool live = isatty(fileno(stream)) == 1;
    const bool wanted = !environment_no_color || environment_no_color[0] == '\0';
    return (struct demo_screen){ .stream = stream, .live = live, .colours = live && wanted };
}

const char *demo_screen_number(uint64_t number, char out[32])
{
    char digits[24];
    const int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    int to = 0;
    for (int from = 0; from < count; from++) {
        if (from > 0 && (count - from) % 3 == 0) {
            out[to++] = ',';
        }
        out[to++] = digits[from];
    }
    out[to] = '\0';
    return out;
}

/* One line of the page: cut at the last column, and what stood there before is wiped. */
__attribute__((format(printf, 2, 3))) static void line(struct demo_screen *screen,
                                                       const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t label = strcspn(text, "|");
    const bool labelled = text[label] == '|' && screen->colours;
    if (text[label] == '|') {
        text[label] = '\0';
        (void)fprintf(screen->stream, "%s%-11s%s%.*s\033[K\n", labelled ? "\033[1m" : "", text,
                      labelled ? "\033[0m" : "", DEMO_SCREEN_COLUMNS - 11, text + label + 1);
    } else {
        (void)fprintf(screen->stream, "%.*s\033[K\n", DEMO_SCREEN_COLUMNS, text);
    }
    screen->lines++;
}

/* Of what follows, until it is put back; nothing where there are no colours. */
static void colour(struct demo_screen *screen, const char *code)
{
    if (screen->colours) {
        (void)fputs(code, screen->stream);
    }
}

static void draw_progress(struct demo_screen *screen, const struct demo_view *view)
{
    char bar[BAR + 1];
    const double share = view->progress > 1 ? 1 : view->progress;
    const int filled = (int)(share * BAR);
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)(filled > 0 ? filled : 0));
    bar[BAR] = '\0';
    line(screen, "promised|[%s] %02d:%02d %s%s", bar, (int)(view->elapsed_ms / 60000),
         (int)(view->elapsed_ms / 1000 % 60), view->phase, view->flash_sale ? ", flash sale" : "");
    line(screen, "page|%s", view->url);
}

static void draw_events(struct demo_screen *screen, const struct demo_view *view)
{
    char made[32], taken[32], lag[32], refused[32], repeated[32];
    char slowed[48] = "";
    if (view->slowed_percent < 100) {
        (void)snprintf(slowed, sizeof slowed, "   slowed to %d %%", view->slowed_percent);
    }
    line(screen, "events|made %s (%.0f/s)   taken %s (%.0f/s)%s",
         demo_screen_number(view->made, made), view->made_rate,
         demo_screen_number(view->taken, taken), view->taken_rate, slowed);
    line(screen, "|lag %s records   refused %s   repeated %s",
         view->lag_records < 0 ? "?" : demo_screen_number((uint64_t)view->lag_records, lag),
         demo_screen_number(view->refused, refused),
         demo_screen_number(view->repeated, repeated));
    line(screen, "latency|p50 %.1f ms   p99 %.1f ms, event to document   %.0f documents/s",
         view->p50_ms, view->p99_ms, view->document_rate);
}

static void draw_documents(struct demo_screen *screen, const struct demo_view *view)
{
    char a[32], b[32], c[32], d[32], e[32];
    line(screen, "documents|items %s  locations %s  orders %s  promises %s  sites %s",
         demo_screen_number(view->documents[0], a), demo_screen_number(view->documents[1], b),
         demo_screen_number(view->documents[2], c), demo_screen_number(view->documents[3], d),
         demo_screen_number(view->documents[4], e));
    line(screen, "orders|open %s  partly %s  shipped %s  arrived %s  off %s",
         demo_screen_number(view->orders[0], a), demo_screen_number(view->orders[1], b),
         demo_screen_number(view->orders[2], c), demo_screen_number(view->orders[3], d),
         demo_screen_number(view->orders[4], e));
}

static void draw_snapshots(struct demo_screen *screen, const struct demo_view *view)
{
    char written[32], sequence[32];
    char age[32] = "none yet";
    if (view->snapshot_age >= 0) {
        (void)snprintf(age, sizeof age, "%.1f s old", view->snapshot_age);
    }
    line(screen, "snapshot|%s   seen %s   journal sequence %s", age,
         demo_screen_number(view->snapshots, written),
         demo_screen_number(view->sequence, sequence));
}

/* Green where nothing holds the promise back, else yellow. */
static void draw_story(struct demo_screen *screen, const struct demo_story *story)
{
    char text[DEMO_STORY_LINE];
    line(screen, " ");
    demo_story_offer_text(story, text);
    line(screen, "promise|%s", text);
    demo_story_why_text(story, text);
    colour(screen, story->offer.constraint[0] != '\0' ? "\033[33m" : "\033[32m");
    line(screen, "not sooner:|%s", text);
    colour(screen, "\033[0m");
    demo_story_days_text(story, text);
    line(screen, "%.11s|%s", story->sale.location, text);
    const int first = story->moment_count > DEMO_SCREEN_MOMENTS
                          ? story->moment_count - DEMO_SCREEN_MOMENTS
                          : 0;
    for (int i = 0; i < DEMO_SCREEN_MOMENTS; i++) {
        if (first + i < story->moment_count) {
            demo_story_moment_text(&story->moments[first + i], text);
            line(screen, "|%s", text);
        } else {
            line(screen, " ");
        }
    }
}

static void draw_items(struct demo_screen *screen, const struct demo_view *view)
{
    line(screen, " ");
    line(screen, "%-22s %11s   %-10s %12s  %s", "SKUs that change most", "changes/min", "network",
         "available", "status");
    for (int i = 0; i < DEMO_SCREEN_ITEMS; i++) {
        const struct demo_screen_item *item = &view->items[i];
        char available[32] = "?";
        if (i >= view->item_count) {
            line(screen, " ");
            continue;
        }
        if (item->available >= 0) {
            (void)demo_screen_number((uint64_t)item->available, available);
        }
        line(screen, "  %-20.20s %11.0f   %-10.10s %12s  %s", item->sku,
             item->changes_per_minute, item->network, available, item->status);
    }
}

static void draw_page(struct demo_screen *screen, const struct demo_view *view)
{
    if (screen->lines > 0) {
        (void)fprintf(screen->stream, "\033[%dA\r", screen->lines);
    }
    screen->lines = 0;
    draw_progress(screen, view);
    draw_events(screen, view);
    draw_documents(screen, view);
    draw_snapshots(screen, view);
    if (view->story->sale.sku) {
        draw_story(screen, view->story);
    }
    draw_items(screen, view);
}

static void draw_plain(struct demo_screen *screen, const struct demo_view *view)
{
    char made[32], lag[32], orders[32];
    char slowed[48] = "";
    if (view->slowed_percent < 100) {
        (void)snprintf(slowed, sizeof slowed, ", slowed to %d %%", view->slowed_percent);
    }
    (void)fprintf(screen->stream,
                  "%02d:%02d %s%s: %s events (%.0f/s%s), lag %s, p50 %.1f ms, p99 %.1f ms, "
                  "%s orders, snapshot ",
                  (int)(view->elapsed_ms / 60000), (int)(view->elapsed_ms / 1000 % 60),
                  view->phase, view->flash_sale ? ", flash sale" : "",
                  demo_screen_number(view->made, made), view->made_rate, slowed,
                  view->lag_records < 0 ? "?"
                                        : demo_screen_number((uint64_t)view->lag_records, lag),
                  view->p50_ms, view->p99_ms, demo_screen_number(view->documents[2], orders));
    if (view->snapshot_age >= 0) {
        (void)fprintf(screen->stream, "%.1f s old\n", view->snapshot_age);
    } else {
        (void)fprintf(screen->stream, "none yet\n");
    }
}

void demo_screen_draw(struct demo_screen *screen, const struct demo_view *view, int64_t now_ms)
{
    if (now_ms < screen->next_ms) {
        return;
    }
    screen->next_ms = now_ms + (screen->live ? DEMO_SCREEN_LIVE_MS : DEMO_SCREEN_PLAIN_MS);
    if (screen->live) {
        draw_page(screen, view);
    } else {
        draw_plain(screen, view);
    }
    (void)fflush(screen->stream);
}

void demo_screen_say(struct demo_screen *screen, const char *text)
{
    if (!screen->live) {
        (void)fprintf(screen->stream, "%s\n", text);
        (void)fflush(screen->stream);
    }
}

void demo_screen_end(struct demo_screen *screen)
{
    screen->lines = 0;
    screen->next_ms = 0;
    (void)fflush(screen->stream);
}
