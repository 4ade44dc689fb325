/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_EVENT_TABLES_H
#define WIRE_EVENT_TABLES_H

#include "wire/event_fields.h"

/*
 * Contract 2.1 to 2.4 as field lists, and what a list cannot say. Each function gets an event with
 * its type set, and a map. True: the rest of the event but its attributes is filled; what the map
 * leaves out has its default.
 */

/* 2.1 to 2.3. `beside` are the attributes where they stand in the same map, else NULL. */
bool event_tables_judge(struct field_check *check, const struct field_list *beside,
                        const struct value *data, struct event *event);

/* 2.4. `key` is the record's: it must be the one that the map says. */
bool reference_tables_judge(struct field_check *check, struct bytes key,
                            const struct value *document, struct event *event);

/* A null value: the key names what is removed. */
bool reference_tables_remove(struct field_check *check, struct bytes key, struct event *event);

#endif
