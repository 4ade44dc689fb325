/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/bytes.h"

/* XXH3, the same on every machine: used for maps, checksums, identities and journal ids. */
uint64_t hash_bytes(struct bytes bytes, uint64_t seed);

static inline uint64_t hash_pair(uint64_t a, uint64_t b)
{
    const uint64_t both[2] = { a, b };
    return hash_bytes(bytes_of(both, sizeof both), 0);
}

struct hash128 {
    uint8_t bytes[16];   /* XXH3-128 in canonical (big endian) form */
};

struct hash128 hash128_bytes(struct bytes bytes);

/* The same as of the parts put together, without putting them together. */
struct hash128 hash128_parts(const struct bytes *parts, size_t count);

#endif
