/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_TOP_TABLE_H
#define APP_TOP_TABLE_H

#include <jansson.h>

#include "app/pretty.h"

/*
 * The answer of `/status` as one screen: who, flow, lag, freshness, days lost, capacity used,
 * what changes most. False, and nothing written, where it is no such answer.
 */
bool top_table_write(struct pretty *pretty, const json_t *status);

#endif
