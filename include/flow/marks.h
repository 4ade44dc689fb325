/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_MARKS_H
#define FLOW_MARKS_H

#include "base/arena.h"
#include "core/world.h"
#include "flow/port.h"

/*
 * What the owners of all output partitions last said they have shown: the newest record of each
 * partition of watermarks.v1. The writer puts it into the journal (2.5 `published`), so that the
 * state may forget what nobody has to publish any more.
 */
struct marks;

size_t marks_bytes(void);
struct marks *marks_init(struct arena *arena, const struct input_port *inputs);

/* Begins to read: from the last records of every partition. False while their ends are unknown. */
bool marks_open(struct marks *marks, int32_t partition_count);

/* Takes what came. */
void marks_step(struct marks *marks);

/* Every partition was read to its end once. */
bool marks_read(const struct marks *marks);

/* One entry for each partition, sequence 0 where none was ever told. */
const struct watermark_entry *marks_all(const struct marks *marks, uint32_t *out_count);

#endif
