/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_PORT_H
#define FLOW_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "core/limits.h"
#include "core/record.h"
#include "core/topic.h"

/*
 * All that the flow is given of the outside world, as tables of functions. The edge implements
 * them with Kafka, Redis and files; the simulation with one seed. Every function returns at once
 * unless it says otherwise; all are called on the one thread that applies.
 * Failures that a person must mend come back as a status and a failure; passing trouble (a broker
 * away) is STATUS_AGAIN or silence, and the port keeps trying by itself.
 */

/* What is known of one partition of a log. */
struct log_extent {
    int64_t start;           /* first offset kept; -1: not known yet */
    int64_t end;             /* offset after the last (read_committed); -1: not known yet */
};

/*
 * Time. `now_ms` is the wall clock (ms since 1970), `monotonic_us` never falls.
 */
struct clock_port {
    void *context;
    int64_t (*now_ms)(void *context);
    int64_t (*monotonic_us)(void *context);
};

/*
 * The journal: one partition that everybody follows and anybody may append to.
 */
struct journal_port {
    void *context;
    /* Follow from this offset on. Callable again at any time. */
    void (*seek)(void *context, int64_t offset);
    /*
     * STATUS_OK: the next record, with views good until the next call. STATUS_AGAIN: none here now.
     * STATUS_LOST: the offset asked for is gone or the topic is another one; `failure` says so.
     */
    enum status (*next)(void *context, struct record *out_record, struct failure *failure);
    /* The offset that next() will look at next (it moves over gaps without a record). */
    int64_t (*position)(void *context);
    /* As last asked of the broker; asked anew at least every second, and by refresh(). */
    struct log_extent (*extent)(void *context);
    /* Asks for the extent anew; `fresh()` is true once the answer to the last refresh() is in. */
    void (*refresh)(void *context);
    bool (*fresh)(void *context);
    /*
     * Appends. The bytes are copied. STATUS_AGAIN: the queue is full. What becomes of it shows in
     * the log itself; errors() counts appends that were reported as failed or uncertain so far.
     */
    enum status (*append)(void *context, struct bytes value);
    uint64_t (*errors)(void *context);
    uint32_t (*in_flight)(void *context);   /* appended, not yet reported */
};

/*
 * The inputs. Partitions are numbered 0 .. count-1 per topic; the count may grow.
 * TOPIC_WATERMARKS can be read here, too: what all owners say they have shown. close_all() leaves
 * it open.
 */
struct input_port {
    void *context;
    int32_t (*partition_count)(void *context, enum topic topic);
    struct log_extent (*extent)(void *context, enum topic topic, int32_t partition);
    /* Read this partition from `offset` on, buffering within a bound of the port's own. */
    void (*open)(void *context, enum topic topic, int32_t partition, int64_t offset);
    void (*close_all)(void *context);
    /*
     * The oldest record buffered of an open partition, without taking it: STATUS_OK, views good
     * until it is taken. STATUS_AGAIN: nothing here now; `out_at_end` tells whether everything up
     * to the end known to the broker was taken. STATUS_LOST: the offset to read next is gone, or
     * the topic was cut or recreated; `failure` has topic, partition and offsets.
     */
    enum status (*peek)(void *context, enum topic topic, int32_t partition,
                        struct record *out_record, bool *out_at_end, struct failure *failure);
    void (*take)(void *context, enum topic topic, int32_t partition);
    /* How often the end of a partition was told so far: with brokers away, extents grow old. */
    uint64_t (*told)(void *context, enum topic topic, int32_t partition);
};

/*
 * Documents, watermarks and rejects go out here. Per partition the order of produce() holds.
 */
enum { SINK_HEADERS_MAX = 64 };

struct sink_record {
    enum topic topic;
    int32_t partition;
    struct bytes key;
    struct bytes value;          /* data NULL: a tombstone */
    const struct record_header *headers;
    uint32_t header_count;
    uint64_t token;              /* comes back with the acknowledgement */
};

struct sink_ack {
    uint64_t token;
    enum topic topic;
    int32_t partition;
    int64_t offset;
    bool delivered;
    bool too_large;              /* not delivered, and never will be: larger than the topic takes */
};

struct sink_port {
    void *context;
    /* Copies key, value and headers. STATUS_AGAIN: the queue is full. Callable by any worker. */
    enum status (*produce)(void *context, const struct sink_record *record);
    /* The next acknowledgement, STATUS_AGAIN where there is none. Apply thread only. */
    enum status (*next_ack)(void *context, struct sink_ack *out_ack);
    /* How many partitions the document topics have (that of watermarks.v1). */
    int32_t (*partition_count)(void *context);
    /*
     * Reads one output partition back: begin() at offset 0 (or `from`), next() gives records until
     * STATUS_ABSENT at the end noted at begin(). One readback at a time.
     */
    void (*read_begin)(void *context, enum topic topic, int32_t partition, int64_t from);
    enum status (*read_next)(void *context, struct record *out_record);
    struct log_extent (*extent)(void *context, enum topic topic, int32_t partition);
};

/*
 * The consumer group over watermarks.v1: which output partitions are this process's.
 */
struct group_port {
    void *context;
    void (*join)(void *context);
    void (*leave)(void *context);
    /* Changes since the last call set *out_changed; `owned[p]` for p < count. */
    bool (*owns)(void *context, int32_t partition);
    uint64_t (*generation)(void *context);      /* rises with every change of assignment */
    uint64_t (*rebalances)(void *context);
    /* For those who watch lag: positions of the inputs, committed to the group, best effort. */
    void (*commit)(void *context, enum topic topic, int32_t partition, int64_t offset);
    void (*commit_flush)(void *context);
};

/*
 * Snapshot stores. Objects are immutable blobs under a name; the pointer names the newest whole
 * snapshot and only moves forward. The store works on a thread of its own; calls queue.
 */
enum { STORE_NAME_BYTES_MAX = 96 };

struct store_port {
    void *context;
    const char *name;           /* for messages and the metric's label, never with a password */
    /* Queues an object for writing, copying it. STATUS_AGAIN: the queue is full. */
    enum status (*put)(void *context, const char *name, struct bytes content);
    /* Queues the move of the pointer, after all puts before it; refused unless `sequence` is above
     * the pointer's, the manifest's base (wire/snapshot_codec.h) is 0 or the pointer's sequence,
     * and all the manifest's own objects were put. A refusal counts as a failure. */
    enum status (*point)(void *context, uint64_t sequence, struct bytes manifest);
    /* Queues the removal of an object that no kept manifest names. */
    enum status (*drop)(void *context, const char *name);
    /* The sequence of the pointer as last seen in the store, whoever wrote it, 0 for none;
     * failures so far. What was queued before a failure may be dropped with it. */
    uint64_t (*pointed)(void *context);
    uint64_t (*failures)(void *context);
    bool (*idle)(void *context);
    /*
     * Reading, only at start, may wait up to 10 s. STATUS_ABSENT: no snapshot. The manifest with
     * number `age` (0 newest, 1 the one before). Content is good until the next call.
     */
    enum status (*manifest)(void *context, uint32_t age, struct bytes *out_manifest,
                            struct failure *failure);
    enum status (*get)(void *context, const char *name, struct bytes *out_content,
                       struct failure *failure);
};

#endif
