/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_FIGURES_H
#define APP_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "core/event.h"
#include "core/world.h"
#include "flow/port.h"
#include "flow/stats.h"

/*
 * All that a person or a monitor can be told about this process at one moment, as plain numbers:
 * collected from world, flow and ports by the engine, turned into text by metrics_write() and
 * status_write(). So neither knows where a figure comes from.
 */

/* One reason to be ready or not (`/readyz?verbose`). */
enum { FIGURES_CHECKS_MAX = 8, FIGURES_DETAIL_BYTES = 200 };
struct ready_check {
    const char *name;
    bool passed;
    char detail[FIGURES_DETAIL_BYTES];
};

/* promised_partition_status: how a partition of an input goes. */
enum partition_status {
    PARTITION_AT_END,     /* everything in it is in the state */
    PARTITION_BEHIND,     /* behind, and moving */
    PARTITION_STALLED,    /* behind, and has not moved for PARTITION_STALLED_MS */
    PARTITION_UNKNOWN,    /* Kafka has not said how far it reaches */
    PARTITION_STATUS_COUNT,
};
extern const char *const PARTITION_STATUS_NAMES[PARTITION_STATUS_COUNT];
enum { PARTITION_STALLED_MS = 30000 };

/*
 * One partition of an input and how far the state is in it. Lag in seconds is the age of the oldest
 * record that is not in the state: exact where this process reads it, else since when this process
 * has seen the partition behind.
 */
struct partition_figures {
    enum topic topic;
    int32_t partition;
    enum partition_status status;
    int64_t position;          /* offset after the last record in the state; -1: none */
    struct log_extent extent;
    int64_t lag_records;       /* -1: not known */
    double lag_seconds;
};

/* A SKU that changes often: how many of the last minute's entries touched it, decaying. */
enum { FIGURES_BUSY_MAX = 10, FIGURES_REJECTS_MAX = 10 };
struct busy_item {
    char sku[KEY_BYTES_MAX + 1];
    double changes_per_minute;
};

/* What is booked today at a location that has a limit today (R9). */
enum { FIGURES_CAPACITY_MAX = 1000 };
struct capacity_figures {
    char location[KEY_BYTES_MAX + 1];
    enum capacity_unit unit;
    int64_t planned;               /* > 0 */
    int64_t used;
};

struct shown_reject {
    enum topic topic;
    int32_t partition;
    int64_t offset;
    enum refusal refusal;
    char detail[REJECT_DETAIL_BYTES + 1];
};

struct state_part {
    const char *name;
    uint64_t bytes;
};

struct figures {
    /* who */
    const char *group;
    const char *topic_prefix;
    const char *owner;             /* address of this process, as in watermarks */
    int64_t now_ms;                /* wall clock */
    int64_t started_ms;
    double cpu_seconds;
    uint64_t resident_bytes;

    /* how it stands */
    bool restored;                 /* the state is whole and queries can be answered */
    bool ready;
    struct ready_check checks[FIGURES_CHECKS_MAX];
    uint32_t check_count;
    bool writer;
    uint64_t sequence;
    uint64_t replica_lag_entries;
    uint64_t replay_remaining_records;
    uint64_t due_keys;
    double swept_lag_seconds;
    uint64_t sweep_walked_keys;    /* of the walk that is going on; both 0: none is */
    uint64_t sweep_total_keys;
    uint64_t shown_sequence;       /* of the owned partition furthest behind; 0: none, or nothing */
    uint64_t swept_sequence;       /* the same of what time and shared data changed */
    uint64_t rebalances;
    uint32_t owned[OUTPUT_PARTITIONS_MAX];
    uint32_t owned_count;
    uint32_t output_partition_count;
    double events_per_second;
    double documents_per_second;

    /* inputs */
    struct partition_figures partitions[INPUT_PARTITIONS_MAX];
    uint32_t partition_count;

    /* snapshots */
    int64_t snapshot_journal_offset;   /* where the last snapshot goes on; -1: none */
    struct log_extent journal;

    /* state */
    uint64_t events[TOPIC_INPUT_COUNT][EVENT_TYPE_COUNT][RESULT_COUNT];
    uint64_t anomalies[ANOMALY_COUNT];
    int64_t shortfall_units;
    uint32_t parked_events;
    uint32_t parked_alarms;
    uint64_t promises_kept;
    uint64_t promises_missed;
    int64_t days_lost[CONSTRAINT_COUNT];   /* of promises in owned partitions (R11) */
    struct capacity_figures capacity[FIGURES_CAPACITY_MAX];   /* fullest first */
    uint32_t capacity_count;
    struct state_part state_parts[WORLD_TABLES_MAX];
    uint32_t state_part_count;
    int64_t as_of_ns;              /* newest business time; TIME_NONE: none */

    /* for the status page */
    struct busy_item busy[FIGURES_BUSY_MAX];
    uint32_t busy_count;
    struct shown_reject rejects[FIGURES_REJECTS_MAX];   /* newest first */
    uint32_t reject_count;

    struct stats stats;
};

/*
 * What the world itself knows: events, anomalies, state, sequence. Leaves the rest as it is.
 * The three types of reference records share one name: EVENT_LOCATION has the sum of them.
 */
void figures_of_world(struct world *world, struct figures *figures);

/* Used of planned; above 1: overbooked. */
double figures_capacity_ratio(const struct capacity_figures *capacity);

/* Documents that Kafka acknowledged, watermarks and rejects aside. */
uint64_t figures_documents(const struct stats *stats);

/* Time and memory that the operating system accounts to this process. */
void figures_of_process(struct figures *figures);

/*
 * The largest lag in seconds over all inputs; 0 without inputs, -1 where Kafka has not said how
 * far an input reaches.
 */
double figures_lag_seconds(const struct figures *figures);

/* Prometheus text format 0.0.4: every figure of contract section 7 that this build has. */
void metrics_write(const struct figures *figures, struct buffer *out);

/* `/status`: one JSON map. */
void status_write(const struct figures *figures, struct buffer *out);

/* `/readyz`: one line, or with `verbose` one line per check, as Kubernetes does. */
void ready_write(const struct figures *figures, bool verbose, struct buffer *out);

#endif
