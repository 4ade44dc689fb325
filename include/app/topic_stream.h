/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_TOPIC_STREAM_H
#define APP_TOPIC_STREAM_H

#include <stdbool.h>

#include "app/config.h"
#include "core/record.h"

/*
 * All partitions of one of our topics as one stream of records, for commands that look at topics:
 * it waits, and ends at TERM or INT. Records of one partition come in order; partitions take turns.
 */
struct topic_stream;

/*
 * `from_start`: from the first record kept, else only what is new. `to_end`: end at the ends that
 * the partitions have now. STATUS_UNREACHABLE: no broker answers. STATUS_CONFIG: no such topic.
 */
MUST_USE enum status topic_stream_open(const struct config *config, enum topic topic,
                                       bool from_start, bool to_end,
                                       struct topic_stream **out_stream, struct failure *failure);

/*
 * STATUS_OK: the next record, good until the next call. STATUS_ABSENT: the end. STATUS_LOST: what
 * was to be read is gone from the topic.
 */
MUST_USE enum status topic_stream_next(struct topic_stream *stream, struct record *out_record,
                                       struct failure *failure);

/* First offset kept, and offset after the last, of a partition when the stream was opened. */
struct log_extent;
void topic_stream_extent(const struct topic_stream *stream, int32_t partition,
                         struct log_extent *out_extent);

/* NULL is taken. */
void topic_stream_close(struct topic_stream *stream);

#endif
