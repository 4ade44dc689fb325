/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_journal.h"

#include <msgpack.h>
#include <string.h>

enum { ID_BYTES = 16 };

/* NULL where the map has no such field. */
static const msgpack_object *field(const msgpack_object *map, const char *name)
{
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        if (pair->key.type == MSGPACK_OBJECT_STR && pair->key.via.str.size == strlen(name) &&
            memcmp(pair->key.via.str.ptr, name, strlen(name)) == 0) {
            return &pair->val;
        }
    }
    return NULL;
}

static int64_t number(const msgpack_object *value)
{
    return value && (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER ||
                     value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
               ? value->via.i64
               : -1;
}

static bool is_binary(const msgpack_object *value, const uint8_t *bytes, size_t count)
{
    return value && value->type == MSGPACK_OBJECT_BIN && value->via.bin.size == count &&
           (count == 0 || memcmp(value->via.bin.ptr, bytes, count) == 0);
}

/* It continues the last that counted; the first continues nothing. */
static bool counts(struct demo_journal *journal, const msgpack_object *entry)
{
    const msgpack_object *id = field(entry, "id");
    if (!is_binary(field(entry, "previous"), journal->last_id, journal->any ? ID_BYTES : 0) ||
        !id || id->type != MSGPACK_OBJECT_BIN || id->via.bin.size != ID_BYTES) {
        return false;
    }
    memcpy(journal->last_id, id->via.bin.ptr, ID_BYTES);
    journal->any = true;
    return true;
}

static enum topic topic_named(const msgpack_object *name)
{
    return name->type == MSGPACK_OBJECT_STR
               ? topic_find(bytes_of(name->via.str.ptr, name->via.str.size))
               : TOPIC_UNKNOWN;
}

bool demo_journal_read(struct demo_journal *journal, struct bytes value,
                       struct demo_entry *out_entry,
                       void (*take)(void *context, const struct demo_entry *entry,
                                    enum topic topic, int32_t partition, int64_t offset),
                       void *context)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    const bool readable = msgpack_unpack_next(&unpacked, (const char *)value.data, value.count,
                                              NULL) == MSGPACK_UNPACK_SUCCESS &&
                          unpacked.data.type == MSGPACK_OBJECT_MAP;
    const msgpack_object *entry = &unpacked.data;
    const bool good = readable && counts(journal, entry);
    journal->unreadable += !readable;
    journal->voided += readable && !good;
    journal->counted += good;
    const msgpack_object *records = good ? field(entry, "records") : NULL;
    if (good) {
        *out_entry = (struct demo_entry){ (uint64_t)number(field(entry, "sequence")),
                                          number(field(entry, "now")) };
    }
    for (uint32_t i = 0; records && records->type == MSGPACK_OBJECT_ARRAY &&
                         i < records->via.array.size; i++) {
        const msgpack_object *record = &records->via.array.ptr[i];
        if (record->type == MSGPACK_OBJECT_ARRAY && record->via.array.size >= 3) {
            const msgpack_object *parts = record->via.array.ptr;
            take(context, out_entry, topic_named(&parts[0]), (int32_t)number(&parts[1]),
                 number(&parts[2]));
        }
    }
    msgpack_unpacked_destroy(&unpacked);
    return good;
}
