/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_GROUP_H
#define EDGE_KAFKA_GROUP_H

#include "edge/kafka_settings.h"
#include "edge/os.h"
#include "flow/port.h"

/*
 * group_port: membership in settings->group, subscribed to watermarks.v1. What the group deals out
 * is only noted; nothing is fetched. Input positions are committed to the same group: Kafka takes
 * offsets of any topic from a member, and tools that watch lag look for them there.
 *
 * What this process owns changes only inside kafka_group_poll() and leave().
 */
struct kafka_group;

/* Not a member yet: join() is. The settings and `wake` must outlive it. */
MUST_USE enum status kafka_group_open(const struct kafka_settings *settings,
                                      const struct os_event *wake, struct kafka_group **out_group,
                                      struct failure *failure);
struct group_port kafka_group_port(struct kafka_group *group);

/*
 * Takes part in rebalances. To be called whenever `wake` was raised, and once a second: a member
 * that is silent for five minutes is thrown out.
 */
void kafka_group_poll(struct kafka_group *group);

/* Commits that the group refused, as happens in a rebalance: only those who watch lag miss them. */
uint64_t kafka_group_commit_failures(const struct kafka_group *group);

/* As kafka_client_fatal(): another process has taken over our `instance`. */
MUST_USE enum status kafka_group_fatal(const struct kafka_group *group, struct failure *failure);

/* What it last complained about, and how often it did: passing trouble, for the log. */
const char *kafka_group_trouble(const struct kafka_group *group, uint64_t *out_count);

/* Leaves first (a static member only goes away). Waits for the brokers, some ms. NULL is taken. */
void kafka_group_close(struct kafka_group *group);

#endif
