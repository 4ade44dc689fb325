/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_PARTS_H
#define APP_DEMO_PARTS_H

#include "app/arguments.h"
#include "app/demo_board.h"
#include "app/demo_children.h"
#include "app/demo_journal.h"
#include "app/demo_link.h"
#include "app/demo_replay.h"
#include "app/demo_screen.h"
#include "app/demo_shop.h"
#include "app/demo_story.h"
#include "app/demo_truth.h"
#include "edge/embedded_broker.h"
#include "edge/os.h"

/* What command_demo.c, demo_run.c and demo_summary.c share. */
enum {
    DEMO_SECONDS = 60,
    DEMO_RATE = 3000,             /* events a second, at the shop's usual pace */
    DEMO_REPLAY_RATE = 20000,
    DEMO_STATUS_BYTES = 4 * 1024 * 1024,
};

/* A record that was produced, for the truth at the end. Key and value are one block. */
struct demo_made {
    enum topic topic;
    int32_t partition;
    char *key;
    char *value;                  /* NULL: a tombstone */
    size_t value_bytes;
    int64_t timestamp_ms;
    int64_t produced_us;          /* monotonic */
};

/* The records of one partition: the place of each in `made`, by offset. */
struct demo_places {
    size_t *rows;
    size_t count, capacity;
};

/* A record as the journal has it. */
struct demo_taken_row {
    size_t made;
    int64_t now_ms;
};

/* What the daemon says of itself. */
struct demo_status {
    bool known;
    int64_t lag_records;          /* −1: not known */
    double snapshot_age;          /* below 0: none */
    uint64_t snapshots;           /* that were seen to come */
    uint64_t results[DEMO_RESULT_COUNT];
};

struct demo {
    /* asked for */
    int64_t seconds, rate;
    uint64_t seed;
    const char *events;           /* NULL: the shop */
    bool keep, verbose;

    /* running */
    char folder[256];
    char host[256], port[8];      /* of the daemon's HTTP */
    char url[300];
    char story_url[600];          /* the status page on the SKU that the story is about */
    uint16_t redis_port;
    struct os_event wake;
    struct embedded_broker *broker;
    struct demo_child redis, daemon;
    struct demo_link *link;
    struct demo_shop *shop;
    struct demo_replay *replay;
    struct demo_record pending;   /* of the replay: read, not produced yet; key NULL: none */
    bool source_ended;

    /* seen */
    struct demo_made *made;
    size_t made_count, made_capacity;
    uint64_t made_bytes, taken_bytes;
    struct demo_places places[TOPIC_INPUT_COUNT][DEMO_LINK_PARTITIONS];
    struct demo_taken_row *taken;
    size_t taken_count, taken_capacity;
    uint64_t strange;             /* places in the journal where nothing was produced */
    uint64_t last_sequence;       /* of the last entry with records of ours */
    int64_t now_ms;               /* of all entries that count: what the last documents show */
    struct demo_journal journal;
    struct demo_board board;
    struct demo_story story;
    int told_moments;             /* of the story, to who reads plain lines */
    struct demo_status status;

    /* pace and page */
    int64_t started_ms, elapsed_ms;
    double factor;                /* of the wanted rate, lowered by back-pressure */
    double budget;
    int64_t paced_us, judged_us;
    int64_t status_ms, rates_ms;
    uint64_t rated_made, rated_taken, rated_documents;
    struct demo_view view;
    struct demo_screen screen;
    uint8_t *room;                /* DEMO_STATUS_BYTES */
};

/* In demo_run.c. Reference data, which must be there before the daemon starts. */
MUST_USE enum status demo_run_reference(struct demo *demo, struct failure *failure);
/* Waits until the daemon is ready. */
MUST_USE enum status demo_run_ready(struct demo *demo, struct failure *failure);
/* Produces until the time is over, the log ends or Ctrl-C. */
MUST_USE enum status demo_run_events(struct demo *demo, struct failure *failure);
/* Waits until everything produced shows in the documents; false where it does not come. */
bool demo_run_settle(struct demo *demo);

/* In demo_status.c. */
void demo_status_poll(struct demo *demo);
bool demo_status_ready(struct demo *demo);

/* In demo_summary.c: recomputes, compares, prints; true where all agrees. Nothing runs any more. */
bool demo_summarize(struct demo *demo, bool settled);
/* The events as <folder>/all.jsonl, to be replayed by --events. */
void demo_write_events(const struct demo *demo);

#endif
