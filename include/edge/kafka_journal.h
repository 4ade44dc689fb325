/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_JOURNAL_H
#define EDGE_KAFKA_JOURNAL_H

#include "edge/kafka_settings.h"
#include "edge/kafka_watch.h"
#include "edge/os.h"
#include "flow/port.h"

/*
 * journal_port on promised.journal.v1: a reader of its partition 0, and a producer of its own
 * (linger 0, idempotent, acks=all, lz4), so that entries wait for nothing. Its extent is the
 * watch's. A producer that has lost its sequence is replaced; what it had not reported counts as
 * errors(), and whether it stands in the log shows there. append() has one answer more than the
 * port says: STATUS_CONFIG for an entry above MESSAGE_BYTES_MAX, which will never be taken.
 */
struct kafka_journal;

/* The settings, the watch and `wake` must outlive it. STATUS_CONFIG: a property is wrong. */
MUST_USE enum status kafka_journal_open(const struct kafka_settings *settings,
                                        struct kafka_watch *watch, const struct os_event *wake,
                                        struct kafka_journal **out_journal,
                                        struct failure *failure);
struct journal_port kafka_journal_port(struct kafka_journal *journal);

/* Serves reports and errors; to be called whenever `wake` was raised, and once a second. */
void kafka_journal_poll(struct kafka_journal *journal);

/* What it last complained about, and how often it did: passing trouble, for the log. */
const char *kafka_journal_trouble(const struct kafka_journal *journal, uint64_t *out_count);

/* Entries that were not reported are dropped. NULL is taken. */
void kafka_journal_close(struct kafka_journal *journal);

#endif
