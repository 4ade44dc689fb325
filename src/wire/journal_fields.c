/* SPDX-License-Identifier: Apache-2.0 */
#include "journal_fields.h"

#include "wire/msgpack_writer.h"

const char *const JOURNAL_FIELD_NAMES[FIELD_COUNT] = {
    [FIELD_SEQUENCE] = "sequence",   [FIELD_ID] = "id",
    [FIELD_PREVIOUS] = "previous",   [FIELD_NOW] = "now",
    [FIELD_RECORDS] = "records",     [FIELD_SETTINGS] = "settings",
    [FIELD_ZONES] = "zones",         [FIELD_REVIEW] = "review",
    [FIELD_PUBLISHED] = "published", [FIELD_STATE] = "state",
    [FIELD_SKIP] = "skip",
};

struct hash128 journal_fields_hash(uint32_t pair_count, struct bytes before_id,
                                   struct bytes after_id)
{
    enum { HEAD_BYTES_MAX = 5 };
    uint8_t head_data[HEAD_BYTES_MAX];
    struct buffer head = buffer_of(head_data, sizeof head_data);
    msgpack_write_map(&head, pair_count - 1);
    const struct bytes parts[] = { buffer_bytes(&head), before_id, after_id };
    return hash128_parts(parts, sizeof parts / sizeof *parts);
}
