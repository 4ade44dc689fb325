/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/world.h"

/*
 * Reads all tables of a world between two entries and checks what must always hold of them: every
 * row is on the lists it belongs to and on no other, none is left behind, and what is counted or
 * summed up beside the rows is what adding them up anew gives.
 * False: `report` says what does not hold, the first that was found.
 */
bool audit_world(struct world *world, char *report, size_t report_bytes);

#endif
