/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/snapshot_codec.h"

enum { ROOM_BYTES = 4096 };

static const struct snapshot_header HEADER = {
    .layout_version = 3,
    .sequence = 9007199254740991,
    .id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
    .journal_offset = 123456789,
    .now_ms = 1767225600000,
    .state_hash = UINT64_C(0xfedcba9876543210),
    .writer = UINT64_C(0x0123456789abcdef),
    .base = 77,
    .own_object_count = 1,
    .group = { (const uint8_t *)"promised", 8 },
    .journal = { (const uint8_t *)"x.promised.journal.v1", 21 },
};

static const struct snapshot_table TABLES[] = {
    { { 5, 0, 4, 32 }, 1 }, { { 9000, 7, 8000, 16 }, 2 }
};
static const struct snapshot_object OBJECTS[] = { { 1, 77, 0, 100000 }, { 2, 78, 9, 70000 } };
static const struct snapshot_chunk CHUNKS[] = {
    { 11, 0, 0, 160 }, { 12, 1, 0, 65536 }, { 13, 0, 160, 4000 }
};

static struct bytes encode(uint8_t *room, const struct snapshot_chunk *chunks)
{
    struct buffer out = buffer_of(room, ROOM_BYTES);
    snapshot_manifest_begin(&out, &HEADER, 2, 2, 3);
    snapshot_manifest_put_table(&out, &TABLES[0]);
    snapshot_manifest_put_table(&out, &TABLES[1]);
    snapshot_manifest_put_object(&out, &OBJECTS[0]);
    snapshot_manifest_put_object(&out, &OBJECTS[1]);
    for (size_t i = 0; i < 3; i++) {
        snapshot_manifest_put_chunk(&out, &chunks[i]);
    }
    snapshot_manifest_finish(&out);
    cr_assert_not(out.overflowed);
    cr_assert_leq(out.count, snapshot_manifest_bytes(2, 2, 3));
    return buffer_bytes(&out);
}

Test(snapshot_codec, manifest_decodes_to_what_was_encoded)
{
    uint8_t room[ROOM_BYTES];
    const struct bytes value = encode(room, CHUNKS);
    struct snapshot_manifest manifest;

    cr_assert_eq(snapshot_manifest_decode(value, &manifest, NULL), STATUS_OK);

    const struct snapshot_header *header = &manifest.header;
    cr_assert_eq(header->layout_version, HEADER.layout_version);
    cr_assert_eq(header->sequence, HEADER.sequence);
    cr_assert_eq(memcmp(&header->id, &HEADER.id, sizeof HEADER.id), 0);
    cr_assert_eq(header->journal_offset, HEADER.journal_offset);
    cr_assert_eq(header->now_ms, HEADER.now_ms);
    cr_assert_eq(header->state_hash, HEADER.state_hash);
    cr_assert_eq(header->writer, HEADER.writer);
    cr_assert_eq(header->base, HEADER.base);
    cr_assert_eq(header->own_object_count, HEADER.own_object_count);
    cr_assert(bytes_equal(header->group, HEADER.group));
    cr_assert(bytes_equal(header->journal, HEADER.journal));
    cr_assert_eq(manifest.raw_bytes, 160 + 65536 + 4000);
    const struct snapshot_table table = snapshot_manifest_table(&manifest, 1);
    cr_assert_eq(table.extent.row_count, 9000);
    cr_assert_eq(table.extent.free_first, 7);
    cr_assert_eq(table.extent.live_count, 8000);
    cr_assert_eq(table.extent.row_bytes, 16);
    cr_assert_eq(table.chunk_count, 2);
    const struct snapshot_object object = snapshot_manifest_object(&manifest, 1);
    cr_assert(object.writer == 2 && object.sequence == 78 && object.number == 9);
    const struct snapshot_chunk chunk = snapshot_manifest_chunk(&manifest, 2);
    cr_assert(chunk.hash == 13 && chunk.object == 0 && chunk.offset == 160 && chunk.length == 4000);
}

/* The bytes are the format: what a released version wrote must be read by all later ones. */
Test(snapshot_codec, manifest_is_spelled_as_format_1_says)
{
    uint8_t room[ROOM_BYTES];

    const struct bytes value = encode(room, CHUNKS);

    static const uint8_t start[] = {
        'p', 'r', 'm', 's', 'n', 'a', 'p', '\n', 1, 0, 0, 0, 3, 0, 0, 0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0,
    };
    cr_assert_eq(memcmp(value.data, start, sizeof start), 0);
    cr_assert_eq(value.count, 8 + 88 + 9 + 22 + 2 * 20 + 2 * 24 + 3 * 20 + 8);
}

Test(snapshot_codec, every_flipped_bit_of_a_manifest_is_noticed)
{
    uint8_t room[ROOM_BYTES];
    const struct bytes value = encode(room, CHUNKS);

    for (size_t i = 0; i < value.count; i++) {
        struct snapshot_manifest manifest;
        room[i] ^= (uint8_t)(1 << (i % 8));
        cr_assert_eq(snapshot_manifest_decode(value, &manifest, NULL), STATUS_LOST, "byte %zu", i);
        room[i] ^= (uint8_t)(1 << (i % 8));
    }
}

Test(snapshot_codec, every_shortened_manifest_is_refused)
{
    uint8_t room[ROOM_BYTES];
    const struct bytes value = encode(room, CHUNKS);

    for (size_t count = 0; count < value.count; count++) {
        struct snapshot_manifest manifest;
        struct failure failure;
        cr_assert_eq(snapshot_manifest_decode(bytes_of(value.data, count), &manifest, &failure),
                     STATUS_LOST);
    }
}

Test(snapshot_codec, manifest_of_another_format_is_refused_by_name)
{
    uint8_t room[ROOM_BYTES];
    struct bytes value = encode(room, CHUNKS);
    room[8] = 2;
    struct buffer again = buffer_of(room, ROOM_BYTES);
    again.count = value.count - 8;
    snapshot_manifest_finish(&again);
    struct snapshot_manifest manifest;
    struct failure failure;

    cr_assert_eq(snapshot_manifest_decode(value, &manifest, &failure), STATUS_LOST);

    cr_assert_not_null(strstr(failure.text, "format 2"));
}

Test(snapshot_codec, chunks_outside_of_their_object_are_refused)
{
    static const struct snapshot_chunk wrong[] = {
        { 11, 2, 0, 160 },         /* no such object */
        { 11, 1, 69990, 160 },     /* beyond its end */
        { 11, 1, UINT32_MAX, 160 },
        { 11, 1, 0, 65537 },       /* larger than a chunk */
        { 11, 1, 0, 0 },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t room[ROOM_BYTES];
        const struct snapshot_chunk chunks[] = { CHUNKS[0], wrong[i], CHUNKS[2] };
        struct snapshot_manifest manifest;

        const struct bytes value = encode(room, chunks);

        cr_assert_eq(snapshot_manifest_decode(value, &manifest, NULL), STATUS_LOST, "row %zu", i);
    }
}

Test(snapshot_codec, object_names_are_read_back_and_have_one_spelling)
{
    const struct snapshot_object object = { UINT64_MAX, 9007199254740991, 4294967295u, 5 };
    char name[SNAPSHOT_NAME_BYTES];
    struct snapshot_object parsed;
    static const char *const strange[] = {
        "", "x", "0000000000000001-2", "0000000000000001-2-3x", " 000000000000001-2-3",
        "0000000000000001-02-3", "1-2-3", "0000000000000001--2-3", "000000000000000A-2-3",
    };

    snapshot_object_name(&object, name);

    cr_assert(snapshot_object_parse(name, &parsed));
    cr_assert(parsed.writer == object.writer && parsed.sequence == object.sequence);
    cr_assert(parsed.number == object.number && parsed.raw_bytes == 0);
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        cr_assert_not(snapshot_object_parse(strange[i], &parsed), "%s", strange[i]);
    }
}

/* ------------------------------------------------------------------ objects */

struct packed {
    uint8_t *raw;
    size_t raw_bytes;
    struct buffer encoded;
    struct buffer decoded;
};

static struct packed pack(size_t raw_bytes, bool random)
{
    struct packed packed = { .raw = malloc(raw_bytes + 1), .raw_bytes = raw_bytes };
    uint64_t state = 88172645463325252u;
    for (size_t i = 0; i < raw_bytes; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        packed.raw[i] = random ? (uint8_t)state : (uint8_t)(i / 100);
    }
    const size_t room = snapshot_object_bytes(raw_bytes);
    packed.encoded = buffer_of(malloc(room), room);
    packed.decoded = buffer_of(malloc(SNAPSHOT_PACK_BYTES_MAX), SNAPSHOT_PACK_BYTES_MAX);
    snapshot_object_encode(bytes_of(packed.raw, raw_bytes), &packed.encoded);
    cr_assert_not(packed.encoded.overflowed);
    return packed;
}

static void packed_free(struct packed *packed)
{
    free(packed->raw);
    free(packed->encoded.data);
    free(packed->decoded.data);
}

Test(snapshot_codec, object_gives_its_pack_back_whatever_is_in_it)
{
    static const size_t sizes[] = { 0, 1, 160, 65536, 700001, SNAPSHOT_PACK_BYTES_MAX };
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        struct packed packed = pack(sizes[i / 2], i % 2);

        const enum status status =
            snapshot_object_decode(buffer_bytes(&packed.encoded), &packed.decoded, NULL);

        cr_assert_eq(status, STATUS_OK);
        cr_assert(bytes_equal(buffer_bytes(&packed.decoded),
                              bytes_of(packed.raw, packed.raw_bytes)));
        packed_free(&packed);
    }
}

Test(snapshot_codec, object_of_rows_is_smaller_than_they_are)
{
    struct packed packed = pack(SNAPSHOT_PACK_BYTES_MAX, false);

    cr_assert_lt(packed.encoded.count, packed.raw_bytes / 10);

    packed_free(&packed);
}

/* Some bits do not matter to lz4: a match may be found at more than one place. */
Test(snapshot_codec, every_flipped_bit_of_an_object_is_noticed_or_changes_nothing)
{
    for (int random = 0; random < 2; random++) {
        struct packed packed = pack(300, random != 0);
        for (size_t i = 0; i < packed.encoded.count; i++) {
            packed.encoded.data[i] ^= (uint8_t)(1 << (i % 8));
            packed.decoded.count = 0;
            const enum status status =
                snapshot_object_decode(buffer_bytes(&packed.encoded), &packed.decoded, NULL);
            const bool same = bytes_equal(buffer_bytes(&packed.decoded),
                                          bytes_of(packed.raw, packed.raw_bytes));
            cr_assert(status == STATUS_LOST || same, "byte %zu", i);
            packed.encoded.data[i] ^= (uint8_t)(1 << (i % 8));
        }
        packed_free(&packed);
    }
}

Test(snapshot_codec, every_shortened_object_is_refused)
{
    struct packed packed = pack(300, true);

    for (size_t count = 0; count < packed.encoded.count; count++) {
        packed.decoded.count = 0;
        cr_assert_eq(snapshot_object_decode(bytes_of(packed.encoded.data, count), &packed.decoded,
                                            NULL), STATUS_LOST);
    }
    packed_free(&packed);
}
