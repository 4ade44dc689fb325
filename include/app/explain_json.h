/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_EXPLAIN_JSON_H
#define APP_EXPLAIN_JSON_H

#include "core/explain.h"
#include "edge/json_writer.h"

/*
 * Explanations as JSON, in three pieces: what holds for the item in the network (members of a map
 * that the caller began), one way to a group of zones (a map), and the events (a list).
 * Dates and instants are as in documents; what is not there is null.
 */
void explain_json_head(struct json_writer *writer, const struct explanation *explanation);
void explain_json_route(struct json_writer *writer, const struct explanation *explanation,
                        const struct bytes *zones, uint32_t zone_count);
void explain_json_events(struct json_writer *writer, const struct explanation *explanation);

#endif
