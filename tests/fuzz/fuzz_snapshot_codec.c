/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever lies in a store: manifests, objects and names from anywhere never break the reader. */
#include <stdlib.h>
#include <string.h>

#include "wire/snapshot_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every entry may be asked for, and lies within its object. */
static void read_manifest(struct bytes value)
{
    struct snapshot_manifest manifest;
    struct failure failure;
    if (snapshot_manifest_decode(value, &manifest, &failure) != STATUS_OK) {
        return;
    }
    uint64_t chunks = 0;
    for (uint32_t i = 0; i < manifest.table_count; i++) {
        chunks += snapshot_manifest_table(&manifest, i).chunk_count;
    }
    CHECK(chunks == manifest.chunk_count);
    for (uint32_t i = 0; i < manifest.chunk_count; i++) {
        const struct snapshot_chunk chunk = snapshot_manifest_chunk(&manifest, i);
        const struct snapshot_object object = snapshot_manifest_object(&manifest, chunk.object);
        CHECK((uint64_t)chunk.offset + chunk.length <= object.raw_bytes);
    }
}

/* The same with a checksum that is right, so that what is behind it is reached. */
static void read_manifest_sealed(struct bytes value)
{
    uint8_t *room = malloc(value.count + sizeof(uint64_t));
    CHECK(room);
    struct buffer sealed = buffer_of(room, value.count + sizeof(uint64_t));
    buffer_put_bytes(&sealed, value);
    snapshot_manifest_finish(&sealed);
    read_manifest(buffer_bytes(&sealed));
    free(room);
}

static void read_object(struct bytes value)
{
    static uint8_t room[SNAPSHOT_PACK_BYTES_MAX];
    struct buffer out = buffer_of(room, sizeof room);
    struct failure failure;
    const enum status status = snapshot_object_decode(value, &out, &failure);
    CHECK(status == STATUS_OK || status == STATUS_LOST);
    CHECK(status == STATUS_OK || out.count == 0);
}

/* What is read as a name is written as the same name. */
static void read_name(struct bytes value)
{
    char name[256] = { 0 };
    char written[SNAPSHOT_NAME_BYTES];
    struct snapshot_object object;
    memcpy(name, value.data, value.count < sizeof name - 1 ? value.count : sizeof name - 1);
    if (snapshot_object_parse(name, &object)) {
        snapshot_object_name(&object, written);
        CHECK(strcmp(name, written) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes value = bytes_of(data, size);
    read_manifest(value);
    read_manifest_sealed(value);
    read_object(value);
    if (size > 0) {
        read_name(value);
    }
    return 0;
}
