/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_SCREEN_H
#define APP_DEMO_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "app/demo_story.h"

/*
 * What the demo shows while it runs. On a terminal a page of at most DEMO_SCREEN_COLUMNS columns
 * that is drawn anew in place; else one plain line every DEMO_SCREEN_PLAIN_MS. Colours only on a
 * terminal, and not where NO_COLOR is set.
 */
enum {
    DEMO_SCREEN_COLUMNS = 79,
    DEMO_SCREEN_LIVE_MS = 200,
    DEMO_SCREEN_PLAIN_MS = 5000,
    DEMO_SCREEN_ITEMS = 4,
    DEMO_SCREEN_MOMENTS = 5,
    DEMO_SCREEN_ORDER_STATES = 5,
};

struct demo_screen_item {
    char sku[40];
    char network[16];
    char status[16];
    double changes_per_minute;
    int64_t available;        /* −1: not known */
};

struct demo_view {
    const char *url;
    const char *phase;        /* what it is doing now */
    bool flash_sale;
    double progress;          /* 0 to 1 */
    int64_t elapsed_ms;
    uint64_t made, taken;     /* events: produced, and in the journal */
    double made_rate, taken_rate;
    int slowed_percent;       /* of the wanted rate; 100: not slowed */
    int64_t lag_records;      /* −1: not known */
    uint64_t refused, repeated;
    double p50_ms, p99_ms;
    uint64_t documents[5];    /* items, locations, orders, promises, sites */
    double document_rate;
    uint64_t orders[DEMO_SCREEN_ORDER_STATES];
    double snapshot_age;      /* seconds; below 0: none yet */
    uint64_t snapshots;
    uint64_t sequence;
    const struct demo_story *story;   /* without a sale: none is shown */
    struct demo_screen_item items[DEMO_SCREEN_ITEMS];
    int item_count;
};

struct demo_screen {
    FILE *stream;
    bool live;
    bool colours;
    int lines;                /* drawn last time, to be drawn over */
    int64_t next_ms;
};

/* `environment_no_color`: the value of NO_COLOR, or NULL. */
struct demo_screen demo_screen_open(FILE *stream, const char *environment_no_color);

/* Draws if it is time to; `now_ms` is monotonic. */
void demo_screen_draw(struct demo_screen *screen, const struct demo_view *view, int64_t now_ms);

/* A line for who reads plain lines; on a page it is nothing. */
void demo_screen_say(struct demo_screen *screen, const char *text);

/* The page stays as it is; what is written from now on stands below it. */
void demo_screen_end(struct demo_screen *screen);

/* 1234567 as 1,234,567, in `out`. */
const char *demo_screen_number(uint64_t number, char out[32]);

#endif
