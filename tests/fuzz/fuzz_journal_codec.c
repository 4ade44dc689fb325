/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "wire/journal_codec.h"
#include "wire/msgpack_writer.h"

/*
 * Anybody may write to the journal's topic. A value is void, or an entry that encodes again to the
 * same entry. As no fuzzer guesses a hash, an input is tried twice: as it is, and as what follows
 * the id of an entry whose id is right. The first byte then says how much of the entry is given:
 *
 *     bits 0-3: the number of pairs    bit 4: with previous and now    bit 5: with no records
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count);

enum { INPUT_BYTES_MAX = 64 * 1024, ROOM_BYTES = 2 * INPUT_BYTES_MAX };

static uint8_t sealed_room[ROOM_BYTES];
static uint8_t hashed_room[ROOM_BYTES];
static uint8_t record_room[ROOM_BYTES];
static uint8_t written_room[ROOM_BYTES];
static uint8_t copy_room[ROOM_BYTES];

/* Decodes in exactly the room that is asked for; the caller frees it. */
static void *decode(struct bytes value, struct journal_entry *out_entry, enum status *out_status)
{
    const size_t need = journal_decode_bytes(value.count);
    void *room = malloc(need);
    CHECK(room != NULL);
    struct arena arena = arena_of(room, need);
    *out_status = journal_decode(value, &arena, out_entry, NULL);
    return room;
}

static struct bytes encode(struct journal_entry *entry)
{
    struct journal_builder builder;
    journal_builder_start(&builder, buffer_of(record_room, sizeof record_room));
    for (uint32_t i = 0; i < entry->record_count; i++) {
        journal_builder_add(&builder, &entry->records[i]);
    }
    struct buffer out = buffer_of(written_room, sizeof written_room);
    journal_builder_finish(&builder, entry, &out);
    CHECK(!out.overflowed);
    return buffer_bytes(&out);
}

/* What we write of an entry is an entry, and the same when it is written once more. */
static void try_value(struct bytes value)
{
    struct journal_entry entry;
    struct journal_entry again;
    enum status status;
    void *room = decode(value, &entry, &status);
    if (status == STATUS_OK) {
        const struct bytes written = encode(&entry);
        memcpy(copy_room, written.data, written.count);
        void *again_room = decode(bytes_of(copy_room, written.count), &again, &status);
        CHECK(status == STATUS_OK);
        CHECK(memcmp(again.id.bytes, entry.id.bytes, sizeof entry.id.bytes) == 0);
        (void)encode(&again);
        CHECK(memcmp(again.id.bytes, entry.id.bytes, sizeof entry.id.bytes) == 0);
        free(again_room);
    }
    free(room);
}

static void put_required(struct buffer *out, uint8_t form)
{
    if (form & 0x10) {
        buffer_put_bytes(out, BYTES_LITERAL("\xa8previous\xc4\x00\xa3now\x05"));
    }
    if (form & 0x20) {
        buffer_put_bytes(out, BYTES_LITERAL("\xa7records\x90"));
    }
}

static struct bytes sealed(uint8_t form, struct bytes tail)
{
    const uint32_t pair_count = (form & 0x0f) + 1;
    struct buffer hashed = buffer_of(hashed_room, sizeof hashed_room);
    struct buffer out = buffer_of(sealed_room, sizeof sealed_room);
    msgpack_write_map(&hashed, pair_count - 1);
    msgpack_write_map(&out, pair_count);
    buffer_put_bytes(&hashed, BYTES_LITERAL("\xa8sequence\x07"));
    buffer_put_bytes(&out, BYTES_LITERAL("\xa8sequence\x07"));
    put_required(&hashed, form);
    buffer_put_bytes(&hashed, tail);
    const struct hash128 id = hash128_bytes(buffer_bytes(&hashed));
    buffer_put_bytes(&out, BYTES_LITERAL("\xa2id\xc4\x10"));
    buffer_put(&out, id.bytes, sizeof id.bytes);
    put_required(&out, form);
    buffer_put_bytes(&out, tail);
    return buffer_bytes(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count)
{
    if (count == 0 || count > INPUT_BYTES_MAX) {
        return 0;
    }
    try_value(bytes_of(data, count));
    try_value(sealed(data[0], bytes_of(data + 1, count - 1)));
    return 0;
}
