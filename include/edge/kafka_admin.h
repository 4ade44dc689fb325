/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_KAFKA_ADMIN_H
#define EDGE_KAFKA_ADMIN_H

#include "edge/kafka_settings.h"
#include "edge/kafka_topics.h"

/*
 * Asks the brokers how our topics are, and changes them. Every call has a client of its own and
 * waits, for KAFKA_ADMIN_MS at most where it does not say otherwise. None of it works with the
 * embedded broker, which makes its topics itself.
 */
enum { KAFKA_ADMIN_MS = 30000 };

/* STATUS_UNREACHABLE: no answer. STATUS_CONFIG: a property is wrong, or we may not look. */
MUST_USE enum status kafka_admin_describe(const struct kafka_settings *settings,
                                          struct kafka_topics *out_topics,
                                          struct failure *failure);

/*
 * Describes and judges in one (contract 6). STATUS_CONFIG: a topic refuses the start; the findings
 * are complete then, too. For the embedded broker there are none.
 */
MUST_USE enum status kafka_admin_check(const struct kafka_settings *settings,
                                       struct kafka_findings *out_findings,
                                       struct failure *failure);

/*
 * Carries out the plan, action by action, and waits until every partition has a leader and the
 * settings are seen, so that the topics can be used at once. It stops at the first action that the
 * brokers refuse (STATUS_CONFIG); those before it stand, and a new plan has only the rest. An
 * action that sets a value keeps all others that were set on the topic.
 */
MUST_USE enum status kafka_admin_apply(const struct kafka_settings *settings,
                                       const struct kafka_plan *plan, struct failure *failure);

#endif
