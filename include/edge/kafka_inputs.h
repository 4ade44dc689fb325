/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_INPUTS_H
#define EDGE_KAFKA_INPUTS_H

#include "edge/kafka_settings.h"
#include "edge/kafka_watch.h"
#include "edge/os.h"
#include "flow/port.h"

/*
 * input_port on the input topics: one read_committed client, one reader for each open partition.
 * All buffers together hold settings->input_buffer_bytes, shared out evenly over the partitions
 * there are when it is opened (at least KAFKA_INPUT_PARTITION_KB each, at most 64 MiB).
 * Partition counts and extents are the watch's, which must have been ready.
 */
enum { KAFKA_INPUT_PARTITION_KB = 2048 };

struct kafka_inputs;

/* The settings, the watch and `wake` must outlive it. STATUS_CONFIG: a property is wrong. */
MUST_USE enum status kafka_inputs_open(const struct kafka_settings *settings,
                                       struct kafka_watch *watch, const struct os_event *wake,
                                       struct kafka_inputs **out_inputs, struct failure *failure);
struct input_port kafka_inputs_port(struct kafka_inputs *inputs);

/* Serves errors; to be called whenever `wake` was raised, and once a second. */
void kafka_inputs_poll(struct kafka_inputs *inputs);

/* What it last complained about, and how often it did: passing trouble, for the log. */
const char *kafka_inputs_trouble(const struct kafka_inputs *inputs, uint64_t *out_count);

/* NULL is taken. */
void kafka_inputs_close(struct kafka_inputs *inputs);

#endif
