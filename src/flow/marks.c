/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/marks.h"

enum { MARKS_LAST_RECORDS = 16, MARKS_SLICE = 1000 };

struct marks {
    const struct input_port *inputs;
    uint32_t count;              /* partitions being read; 0: not open */
    struct watermark_entry entries[OUTPUT_PARTITIONS_MAX];
    bool read[OUTPUT_PARTITIONS_MAX];
};

size_t marks_bytes(void)
{
    return sizeof(struct marks) + 16;
}

struct marks *marks_init(struct arena *arena, const struct input_port *inputs)
{
    struct marks *marks = arena_take(arena, sizeof *marks);
    memset(marks, 0, sizeof *marks);
    marks->inputs = inputs;
    return marks;
}

bool marks_open(struct marks *marks, int32_t partition_count)
{
    const struct input_port *inputs = marks->inputs;
    CHECK(partition_count > 0 && partition_count <= OUTPUT_PARTITIONS_MAX);
    if (marks->count > 0) {
        return true;
    }
    for (int32_t p = 0; p < partition_count; p++) {
        if (inputs->extent(inputs->context, TOPIC_WATERMARKS, p).end < 0) {
            return false;
        }
    }
    for (int32_t p = 0; p < partition_count; p++) {
        const struct log_extent extent = inputs->extent(inputs->context, TOPIC_WATERMARKS, p);
        const int64_t last = extent.end - MARKS_LAST_RECORDS;
        inputs->open(inputs->context, TOPIC_WATERMARKS, p,
                     last > extent.start ? last : extent.start);
        marks->entries[p].partition = (uint32_t)p;
    }
    marks->count = (uint32_t)partition_count;
    return true;
}

/* The number at the end of a header: ce_id is `watermarks.v1/3/4711`. 0 where there is none. */
static uint64_t number_in(const struct record *record, struct bytes name)
{
    for (uint32_t i = 0; i < record->header_count; i++) {
        const struct bytes text = record->headers[i].value;
        if (!bytes_equal(record->headers[i].name, name)) {
            continue;
        }
        uint64_t number = 0;
        size_t at = text.count;
        while (at > 0 && text.data[at - 1] >= '0' && text.data[at - 1] <= '9') {
            at--;
        }
        for (; at < text.count; at++) {
            number = number * 10 + (uint64_t)(text.data[at] - '0');
        }
        return number;
    }
    return 0;
}

/* As of when all is shown: what events touched, and what time and shared data did. */
static uint64_t sequence_of(const struct record *record)
{
    const uint64_t sequence = number_in(record, BYTES_LITERAL("ce_id"));
    const uint64_t swept = number_in(record, BYTES_LITERAL("ce_swept"));
    return sequence < swept ? sequence : swept;
}

/* A record that was lost to compaction or retention is no loss: the next heartbeat says more. */
static void take_partition(struct marks *marks, uint32_t partition)
{
    const struct input_port *inputs = marks->inputs;
    struct record record;
    bool at_end = false;
    for (int left = MARKS_SLICE; left > 0; left--) {
        const enum status status = inputs->peek(inputs->context, TOPIC_WATERMARKS,
                                                (int32_t)partition, &record, &at_end, NULL);
        if (status == STATUS_LOST) {
            const struct log_extent extent =
                inputs->extent(inputs->context, TOPIC_WATERMARKS, (int32_t)partition);
            if (extent.end >= 0) {
                inputs->open(inputs->context, TOPIC_WATERMARKS, (int32_t)partition, extent.end);
            }
        }
        if (status != STATUS_OK) {
            marks->read[partition] = marks->read[partition] || at_end;
            return;
        }
        const uint64_t sequence = sequence_of(&record);
        if (sequence > marks->entries[partition].sequence) {
            marks->entries[partition].sequence = sequence;
        }
        inputs->take(inputs->context, TOPIC_WATERMARKS, (int32_t)partition);
    }
}

void marks_step(struct marks *marks)
{
    for (uint32_t p = 0; p < marks->count; p++) {
        take_partition(marks, p);
    }
}

bool marks_read(const struct marks *marks)
{
    uint32_t p = 0;
    while (p < marks->count && marks->read[p]) {
        p++;
    }
    return marks->count > 0 && p == marks->count;
}

const struct watermark_entry *marks_all(const struct marks *marks, uint32_t *out_count)
{
    *out_count = marks->count;
    return marks->entries;
}
