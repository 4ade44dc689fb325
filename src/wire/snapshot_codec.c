/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/snapshot_codec.h"

#include <lz4.h>
#include <stdio.h>

static const char MANIFEST_MAGIC[8] = { 'p', 'r', 'm', 's', 'n', 'a', 'p', '\n' };
static const char OBJECT_MAGIC[4] = { 'p', 'r', 'm', 'o' };

enum {
    CHECKSUM_BYTES = 8,
    /* What one table, object and chunk take in a manifest. */
    TABLE_ENTRY_BYTES = 20,
    OBJECT_ENTRY_BYTES = 24,
    CHUNK_ENTRY_BYTES = 20,
    /* Header without its two texts, which are a length byte and the text each. */
    HEADER_FIXED_BYTES = sizeof MANIFEST_MAGIC + 4 + 4 + 8 + 16 + 8 + 8 + 8 + 8 + 8 + 4 + 4 + 4 + 4,
    OBJECT_HEADER_BYTES = sizeof OBJECT_MAGIC + 4 + 4 + 8,
};

enum object_form { OBJECT_PLAIN = 0, OBJECT_LZ4 = 1 };

/* ------------------------------------------------------------------ numbers */

static void put_number(struct buffer *out, uint64_t value, uint32_t width)
{
    uint8_t bytes[8];
    for (uint32_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    buffer_put(out, bytes, width);
}

static void put_u32(struct buffer *out, uint32_t value)
{
    put_number(out, value, 4);
}

static void put_u64(struct buffer *out, uint64_t value)
{
    put_number(out, value, 8);
}

static uint64_t number_at(const uint8_t *bytes, uint32_t width)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < width; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

static uint32_t u32_at(const uint8_t *bytes)
{
    return (uint32_t)number_at(bytes, 4);
}

static uint64_t u64_at(const uint8_t *bytes)
{
    return number_at(bytes, 8);
}

/* Bytes being read; what is not there reads as zero and sets `short_of`. */
struct reader {
    const uint8_t *at;
    size_t left;
    bool short_of;
};

static const uint8_t *take(struct reader *reader, size_t count)
{
    static const uint8_t nothing[16] = { 0 };
    if (reader->left < count) {
        reader->short_of = true;
        CHECK(count <= sizeof nothing);
        return nothing;
    }
    const uint8_t *taken = reader->at;
    reader->at += count;
    reader->left -= count;
    return taken;
}

static uint32_t take_u32(struct reader *reader)
{
    return u32_at(take(reader, 4));
}

static uint64_t take_u64(struct reader *reader)
{
    return u64_at(take(reader, 8));
}

/* ------------------------------------------------------------------ manifest, writing */

size_t snapshot_manifest_bytes(uint64_t table_count, uint64_t object_count, uint64_t chunk_count)
{
    return HEADER_FIXED_BYTES + 2 * (1 + SNAPSHOT_TEXT_BYTES_MAX) +
           table_count * TABLE_ENTRY_BYTES + object_count * OBJECT_ENTRY_BYTES +
           chunk_count * CHUNK_ENTRY_BYTES + CHECKSUM_BYTES;
}

static void put_text(struct buffer *out, struct bytes text)
{
    CHECK(text.count <= SNAPSHOT_TEXT_BYTES_MAX);
    buffer_put_byte(out, (uint8_t)text.count);
    buffer_put_bytes(out, text);
}

void snapshot_manifest_begin(struct buffer *out, const struct snapshot_header *header,
                             uint32_t table_count, uint32_t object_count, uint32_t chunk_count)
{
    CHECK(out->count == 0);
    buffer_put(out, MANIFEST_MAGIC, sizeof MANIFEST_MAGIC);
    put_u32(out, SNAPSHOT_FORMAT_VERSION);
    put_u32(out, header->layout_version);
    put_u64(out, header->sequence);
    buffer_put(out, header->id.bytes, sizeof header->id.bytes);
    put_u64(out, (uint64_t)header->journal_offset);
    put_u64(out, (uint64_t)header->now_ms);
    put_u64(out, header->state_hash);
    put_u64(out, header->writer);
    put_u64(out, header->base);
    put_u32(out, header->own_object_count);
    put_u32(out, table_count);
    put_u32(out, object_count);
    put_u32(out, chunk_count);
    put_text(out, header->group);
    put_text(out, header->journal);
}

void snapshot_manifest_put_table(struct buffer *out, const struct snapshot_table *table)
{
    put_u32(out, table->extent.row_count);
    put_u32(out, table->extent.free_first);
    put_u32(out, table->extent.live_count);
    put_u32(out, table->extent.row_bytes);
    put_u32(out, table->chunk_count);
}

void snapshot_manifest_put_object(struct buffer *out, const struct snapshot_object *object)
{
    put_u64(out, object->writer);
    put_u64(out, object->sequence);
    put_u32(out, object->number);
    put_u32(out, object->raw_bytes);
}

void snapshot_manifest_put_chunk(struct buffer *out, const struct snapshot_chunk *chunk)
{
    put_u64(out, chunk->hash);
    put_u32(out, chunk->object);
    put_u32(out, chunk->offset);
    put_u32(out, chunk->length);
}

void snapshot_manifest_finish(struct buffer *out)
{
    put_u64(out, hash_bytes(buffer_bytes(out), 0));
}

/* ------------------------------------------------------------------ manifest, reading */

static struct bytes take_text(struct reader *reader)
{
    const size_t count = *take(reader, 1);
    if (reader->left < count) {
        reader->short_of = true;
        return bytes_of("", 0);
    }
    return bytes_of(take(reader, count), count);
}

static void take_header(struct reader *reader, struct snapshot_manifest *manifest)
{
    struct snapshot_header *header = &manifest->header;
    header->layout_version = take_u32(reader);
    header->sequence = take_u64(reader);
    memcpy(header->id.bytes, take(reader, sizeof header->id.bytes), sizeof header->id.bytes);
    header->journal_offset = (int64_t)take_u64(reader);
    header->now_ms = (int64_t)take_u64(reader);
    header->state_hash = take_u64(reader);
    header->writer = take_u64(reader);
    header->base = take_u64(reader);
    header->own_object_count = take_u32(reader);
    manifest->table_count = take_u32(reader);
    manifest->object_count = take_u32(reader);
    manifest->chunk_count = take_u32(reader);
    header->group = take_text(reader);
    header->journal = take_text(reader);
}

static bool lists_fit(struct reader *reader, struct snapshot_manifest *manifest)
{
    const uint64_t tables = (uint64_t)manifest->table_count * TABLE_ENTRY_BYTES;
    const uint64_t objects = (uint64_t)manifest->object_count * OBJECT_ENTRY_BYTES;
    const uint64_t chunks = (uint64_t)manifest->chunk_count * CHUNK_ENTRY_BYTES;
    if (reader->short_of || reader->left != tables + objects + chunks) {
        return false;
    }
    manifest->tables = reader->at;
    manifest->objects = manifest->tables + tables;
    manifest->chunks = manifest->objects + objects;
    return true;
}

/* Every chunk lies in an object of the list, every table has its chunks, no object is idle. */
static bool entries_hold(struct snapshot_manifest *manifest)
{
    uint64_t chunks = 0;
    for (uint32_t i = 0; i < manifest->table_count; i++) {
        chunks += snapshot_manifest_table(manifest, i).chunk_count;
    }
    bool hold = chunks == manifest->chunk_count && manifest->object_count <= chunks;
    for (uint32_t i = 0; i < manifest->object_count; i++) {
        hold &= snapshot_manifest_object(manifest, i).raw_bytes <= SNAPSHOT_PACK_BYTES_MAX;
    }
    manifest->raw_bytes = 0;
    for (uint32_t i = 0; hold && i < manifest->chunk_count; i++) {
        const struct snapshot_chunk chunk = snapshot_manifest_chunk(manifest, i);
        hold = chunk.object < manifest->object_count && chunk.length > 0 &&
               chunk.length <= TABLE_CHUNK_BYTES &&
               (uint64_t)chunk.offset + chunk.length <=
                   snapshot_manifest_object(manifest, chunk.object).raw_bytes;
        manifest->raw_bytes += chunk.length;
    }
    return hold;
}

enum status snapshot_manifest_decode(struct bytes value, struct snapshot_manifest *out_manifest,
                                     struct failure *failure)
{
    if (value.count < sizeof MANIFEST_MAGIC + 4 + CHECKSUM_BYTES ||
        memcmp(value.data, MANIFEST_MAGIC, sizeof MANIFEST_MAGIC) != 0) {
        return failure_set(failure, STATUS_LOST, "this is no manifest of a snapshot");
    }
    struct reader reader = { value.data, value.count - CHECKSUM_BYTES, false };
    if (u64_at(value.data + reader.left) != hash_bytes(bytes_of(value.data, reader.left), 0)) {
        return failure_set(failure, STATUS_LOST, "the manifest's checksum is wrong");
    }
    (void)take(&reader, sizeof MANIFEST_MAGIC);
    const uint32_t version = take_u32(&reader);
    if (version != SNAPSHOT_FORMAT_VERSION) {
        return failure_set(failure, STATUS_LOST,
                           "the manifest has format %u and this program knows %d", version,
                           SNAPSHOT_FORMAT_VERSION);
    }
    struct snapshot_manifest manifest;
    take_header(&reader, &manifest);
    if (!lists_fit(&reader, &manifest) || !entries_hold(&manifest)) {
        return failure_set(failure, STATUS_LOST, "the manifest contradicts itself");
    }
    *out_manifest = manifest;
    return STATUS_OK;
}

struct snapshot_table snapshot_manifest_table(const struct snapshot_manifest *manifest,
                                              uint32_t index)
{
    CHECK(index < manifest->table_count);
    const uint8_t *at = manifest->tables + (size_t)index * TABLE_ENTRY_BYTES;
    return (struct snapshot_table){
        .extent = { u32_at(at), u32_at(at + 4), u32_at(at + 8), u32_at(at + 12) },
        .chunk_count = u32_at(at + 16),
    };
}

struct snapshot_object snapshot_manifest_object(const struct snapshot_manifest *manifest,
                                                uint32_t index)
{
    CHECK(index < manifest->object_count);
    const uint8_t *at = manifest->objects + (size_t)index * OBJECT_ENTRY_BYTES;
    return (struct snapshot_object){ u64_at(at), u64_at(at + 8), u32_at(at + 16), u32_at(at + 20) };
}

struct snapshot_chunk snapshot_manifest_chunk(const struct snapshot_manifest *manifest,
                                              uint32_t index)
{
    CHECK(index < manifest->chunk_count);
    const uint8_t *at = manifest->chunks + (size_t)index * CHUNK_ENTRY_BYTES;
    return (struct snapshot_chunk){ u64_at(at), u32_at(at + 8), u32_at(at + 12), u32_at(at + 16) };
}

/* ------------------------------------------------------------------ objects */

void snapshot_object_name(const struct snapshot_object *object, char *name)
{
    (void)snprintf(name, SNAPSHOT_NAME_BYTES, "%016llx-%llu-%u",
                   (unsigned long long)object->writer, (unsigned long long)object->sequence,
                   object->number);
}

/* Parses and writes back: a name has one spelling only. */
bool snapshot_object_parse(const char *name, struct snapshot_object *out_object)
{
    unsigned long long writer;
    unsigned long long sequence;
    unsigned number;
    if (strlen(name) >= SNAPSHOT_NAME_BYTES ||
        sscanf(name, "%16llx-%20llu-%10u", &writer, &sequence, &number) != 3) {
        return false;
    }
    const struct snapshot_object object = { writer, sequence, number, 0 };
    char written[SNAPSHOT_NAME_BYTES];
    snapshot_object_name(&object, written);
    if (strcmp(name, written) != 0) {
        return false;
    }
    *out_object = object;
    return true;
}

size_t snapshot_object_bytes(size_t raw_bytes)
{
    CHECK(raw_bytes <= SNAPSHOT_PACK_BYTES_MAX);
    return OBJECT_HEADER_BYTES + (size_t)LZ4_compressBound((int)raw_bytes);
}

void snapshot_object_encode(struct bytes pack, struct buffer *out)
{
    CHECK(out->capacity - out->count >= snapshot_object_bytes(pack.count));
    uint8_t *body = out->data + out->count + OBJECT_HEADER_BYTES;
    const int packed = LZ4_compress_default((const char *)pack.data, (char *)body, (int)pack.count,
                                            LZ4_compressBound((int)pack.count));
    const bool smaller = packed > 0 && (size_t)packed < pack.count;
    buffer_put(out, OBJECT_MAGIC, sizeof OBJECT_MAGIC);
    put_u32(out, smaller ? OBJECT_LZ4 : OBJECT_PLAIN);
    put_u32(out, (uint32_t)pack.count);
    put_u64(out, hash_bytes(pack, 0));
    if (smaller) {
        out->count += (size_t)packed;
    } else {
        buffer_put_bytes(out, pack);
    }
}

/* The raw pack into `room`; false where its form does not give exactly `raw_bytes`. */
static bool unpack(uint32_t form, struct bytes body, uint8_t *room, uint32_t raw_bytes)
{
    if (form == OBJECT_PLAIN && body.count == raw_bytes) {
        memcpy(room, body.data, raw_bytes);
        return true;
    }
    return form == OBJECT_LZ4 && body.count <= INT32_MAX &&
           LZ4_decompress_safe((const char *)body.data, (char *)room, (int)body.count,
                               (int)raw_bytes) == (int)raw_bytes;
}

enum status snapshot_object_decode(struct bytes value, struct buffer *out, struct failure *failure)
{
    if (value.count < OBJECT_HEADER_BYTES ||
        memcmp(value.data, OBJECT_MAGIC, sizeof OBJECT_MAGIC) != 0) {
        return failure_set(failure, STATUS_LOST, "this is no object of a snapshot");
    }
    struct reader reader = { value.data + sizeof OBJECT_MAGIC, value.count - sizeof OBJECT_MAGIC,
                             false };
    const uint32_t form = take_u32(&reader);
    const uint32_t raw_bytes = take_u32(&reader);
    const uint64_t checksum = take_u64(&reader);
    CHECK(!out->overflowed);
    if (raw_bytes > SNAPSHOT_PACK_BYTES_MAX || raw_bytes > out->capacity - out->count) {
        return failure_set(failure, STATUS_LOST, "the object claims %u bytes", raw_bytes);
    }
    uint8_t *room = out->data + out->count;
    if (!unpack(form, bytes_of(reader.at, reader.left), room, raw_bytes) ||
        hash_bytes(bytes_of(room, raw_bytes), 0) != checksum) {
        return failure_set(failure, STATUS_LOST, "the object is damaged");
    }
    out->count += raw_bytes;
    return STATUS_OK;
}
