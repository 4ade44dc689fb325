/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_EXPLAIN_TABLE_H
#define APP_EXPLAIN_TABLE_H

#include <jansson.h>

#include "app/pretty.h"

/*
 * The answer of `/v1/items/{sku}/promise` (app/lookup.h) as text for people. False, and nothing
 * written, where it is no such answer.
 */
bool explain_table_write(struct pretty *pretty, const json_t *answer);

#endif
