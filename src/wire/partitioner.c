/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "wire/document_codec.h"

/* murmur2 with the seed of Kafka's Java clients; four bytes at a time, little endian. */
static uint32_t murmur2(struct bytes key)
{
    const uint32_t factor = UINT32_C(0x5bd1e995);
    uint32_t hash = UINT32_C(0x9747b28c) ^ (uint32_t)key.count;
    size_t i = 0;
    for (; i + 4 <= key.count; i += 4) {
        uint32_t word = (uint32_t)key.data[i] | (uint32_t)key.data[i + 1] << 8 |
                        (uint32_t)key.data[i + 2] << 16 | (uint32_t)key.data[i + 3] << 24;
        word *= factor;
        word ^= word >> 24;
        hash = hash * factor ^ word * factor;
    }
    if (i < key.count) {
        for (size_t rest = key.count; rest > i; rest--) {
            hash ^= (uint32_t)key.data[rest - 1] << (8 * (rest - 1 - i));
        }
        hash *= factor;
    }
    hash ^= hash >> 13;
    hash *= factor;
    return hash ^ hash >> 15;
}

int32_t key_partition(struct bytes key, int32_t partition_count)
{
    CHECK(partition_count > 0);
    return (int32_t)(murmur2(key) & INT32_MAX) % partition_count;
}
