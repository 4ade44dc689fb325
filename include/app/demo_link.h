/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_LINK_H
#define APP_DEMO_LINK_H

#include "app/demo_event.h"
#include "base/bytes.h"
#include "base/status.h"

/*
 * The demo's own clients of the embedded broker: a producer of input records and a reader of all
 * outputs and the journal, from their starts. One thread.
 */
enum { DEMO_LINK_PARTITIONS = 4 };

struct demo_link;

MUST_USE enum status demo_link_open(const char *servers, struct demo_link **out_link,
                                    struct failure *failure);
/* NULL is taken. */
void demo_link_close(struct demo_link *link);

/*
 * Hands the record to the producer. STATUS_AGAIN: its queue is full, poll first. Records of one key
 * go to one partition, and as nobody else produces to the inputs, the number of a record there is
 * its offset.
 */
MUST_USE enum status demo_link_produce(struct demo_link *link, const struct demo_record *record,
                                       int32_t *out_partition, int64_t *out_offset);

/* Records that the broker has not acknowledged yet, and those that it has refused. */
uint64_t demo_link_unacknowledged(const struct demo_link *link);
uint64_t demo_link_failed(const struct demo_link *link);

/* A record of an output or of the journal. `version`, `as_of_ms`: of its headers; −1: none. */
struct demo_received {
    enum topic topic;
    int32_t partition;
    struct bytes key;
    struct bytes value;        /* data NULL: a tombstone */
    int64_t version;
    int64_t as_of_ms;
};

/*
 * Serves acknowledgements and gives what arrived within `wait_ms` to `take`, which may look at it
 * until it returns.
 */
void demo_link_poll(struct demo_link *link, int wait_ms,
                    void (*take)(void *context, const struct demo_received *received),
                    void *context);

/* Whether all that the outputs and the journal hold now was given. It waits for the broker. */
bool demo_link_at_end(struct demo_link *link);

/* Records that the broker dropped before they were read. */
uint64_t demo_link_lost(const struct demo_link *link);

#endif
