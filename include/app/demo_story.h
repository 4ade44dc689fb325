/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_STORY_H
#define APP_DEMO_STORY_H

#include "app/demo_link.h"
#include "app/demo_map.h"
#include "app/demo_shop.h"

/*
 * One promise watched through the demo: how a flash sale moves it, why it is not sooner, and how it
 * comes back. All of it is read from the documents, as any reader would; only when something was
 * produced is known from elsewhere. Monotonic times in microseconds.
 */
struct demo_offer {                 /* the first offer to the watched zone */
    bool any;                       /* false: there is none */
    int64_t quantity;               /* -1: no limit */
    int32_t ship_on, by;
    char location[40];
    char constraint[16];            /* of limited_by; empty: nothing */
    char limiting[40];              /* its location */
    int64_t days;                   /* -1: null */
};

/* A day of the watched location. Units: -1: no limit. */
struct demo_story_day {
    int32_t day;
    int64_t planned, used;
};

enum demo_turn {
    DEMO_TURN_LATER,                /* days are full: the promise is a later one */
    DEMO_TURN_SOONER,               /* the location packs more: it is an earlier one again */
    DEMO_TURN_TRIAL,                /* an order was placed on the offer, and has its date */
};

struct demo_moment {
    enum demo_turn turn;
    int64_t elapsed_ms;
    int32_t before, after;          /* `by`; of a trial: offered, and promised */
    char constraint[16];            /* after it */
    int full_days;                  /* LATER: how many */
    int64_t read_us, caused_us;     /* caused 0: not known yet */
};

enum { DEMO_STORY_DAYS = 3, DEMO_STORY_MOMENTS = 64, DEMO_STORY_FULL = 8 };

struct demo_story {
    struct demo_shop_sale sale;     /* sku NULL: there is no story, and nothing is taken */
    bool seen;                      /* a document of the promise */
    struct demo_offer offer;
    int32_t first_ship_on;          /* of the first offer; INT32_MIN: none yet */
    struct demo_story_day days[DEMO_STORY_DAYS];
    int day_count;
    struct demo_moment moments[DEMO_STORY_MOMENTS];   /* the first of them */
    int moment_count;
    /* what has filled how many days, in the order of the journal */
    struct demo_map ordered;        /* order ids that were counted */
    int64_t ordered_units;
    int64_t filled_us[DEMO_STORY_FULL];
    int64_t raised_us;              /* 0: not yet */
    /* the trial that has no answer yet */
    char trial[64];
    struct demo_offer trial_offer;
    int64_t trial_us;
    uint64_t trials, kept;          /* answered; and promised no later than was offered */
};

void demo_story_begin(struct demo_story *story, const struct demo_shop_sale *sale);
void demo_story_end(struct demo_story *story);

/* A record was produced; `trial`: it is this order, which tries the offer as it is known now. */
void demo_story_produced(struct demo_story *story, const struct demo_record *record,
                         const char *trial, int64_t now_us);

/* The journal has a record that was produced at `produced_us`. */
void demo_story_taken(struct demo_story *story, const struct demo_record *record,
                      int64_t produced_us);

/* A newer document was read. */
void demo_story_read(struct demo_story *story, const struct demo_received *received,
                     int64_t now_us, int64_t elapsed_ms);

/* Lines for a person, of less than 79 columns: what is promised now; why not sooner; the days. */
enum { DEMO_STORY_LINE = 160 };
void demo_story_offer_text(const struct demo_story *story, char out[DEMO_STORY_LINE]);
void demo_story_why_text(const struct demo_story *story, char out[DEMO_STORY_LINE]);
void demo_story_days_text(const struct demo_story *story, char out[DEMO_STORY_LINE]);
void demo_story_moment_text(const struct demo_moment *moment, char out[DEMO_STORY_LINE]);

#endif
