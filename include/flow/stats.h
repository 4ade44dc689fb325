/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_STATS_H
#define FLOW_STATS_H

#include <stdint.h>

#include "core/topic.h"

/*
 * What the flow counts about its own work, for the figures of contract section 7 that are not part
 * of the state. One instance per process, zero at start, written and read on the apply thread only.
 * Counters never fall; the flow adds to the fields directly, and observes into histograms.
 */

/* Upper bounds in seconds, from half a millisecond (one journal append on a fast disk) to ten
 * minutes (a restart under load); one more bucket takes all above. */
enum { HISTOGRAM_BOUND_COUNT = 19 };
extern const double HISTOGRAM_BOUNDS[HISTOGRAM_BOUND_COUNT];

struct histogram {
    uint64_t buckets[HISTOGRAM_BOUND_COUNT + 1];   /* not cumulative; a value on a bound is in it */
    uint64_t count;
    double sum;
};

/* A negative value (a clock that was set back) counts as zero. */
void histogram_observe(struct histogram *histogram, double seconds);
/* The same for `times` equal values at once. */
void histogram_observe_many(struct histogram *histogram, double seconds, uint64_t times);

/* Seconds below which the share `quantile` (0 to 1) of the values lies, interpolated within its
 * bucket; 0 without values, the highest bound where it lies above all. */
double histogram_quantile(const struct histogram *histogram, double quantile);

/* Why a document that was due was not sent: promised_documents_suppressed_total{reason}. */
enum suppression {
    SUPPRESSED_UNCHANGED,   /* its content is as last shown */
    SUPPRESSED_CONFLATED,   /* changed again before it was gathered */
    SUPPRESSED_TOO_LARGE,   /* larger than the topic takes, or than a derivation may grow */
    SUPPRESSION_COUNT,
};
extern const char *const SUPPRESSION_NAMES[SUPPRESSION_COUNT];

/* One snapshot store as the metrics see it. `name` is the port's, and lives as long. */
enum { STATS_STORES_MAX = 4 };
struct store_stats {
    const char *name;
    int64_t last_success_ms;        /* wall clock of the last pointer known written; 0: none */
    uint64_t failures;
};

struct stats {
    struct histogram end_to_end_latency;   /* input record's timestamp to output acknowledged */
    struct histogram journal_append;       /* append to acknowledgement */
    struct histogram event_age;            /* business time to being applied */

    uint64_t published[TOPIC_COUNT];       /* acknowledged records of output topics */
    uint64_t suppressed[SUPPRESSION_COUNT];
    uint64_t output_repairs;               /* documents published again over a stranger's record */
    uint64_t publish_failures;             /* produce attempts reported as failed */

    uint64_t journal_void;                 /* entries that did not count */
    uint64_t journal_entries;              /* entries applied since the start */
    uint64_t journal_records;              /* records in them */

    struct store_stats stores[STATS_STORES_MAX];
    uint32_t store_count;
    double snapshot_duration_seconds;      /* of the last one written; 0: none yet */
    uint64_t snapshot_bytes;
    double restore_duration_seconds;       /* start to caught up; 0: not yet */
};

#endif
