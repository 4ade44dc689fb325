/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#define XXH_INLINE_ALL
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <xxhash.h>
#pragma GCC diagnostic pop

uint64_t hash_bytes(struct bytes bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.data, bytes.count, seed);
}

static struct hash128 canonical_of(XXH128_hash_t value)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, value);
    struct hash128 hash;
    memcpy(hash.bytes, canonical.digest, sizeof hash.bytes);
    return hash;
}

struct hash128 hash128_bytes(struct bytes bytes)
{
    return canonical_of(XXH3_128bits(bytes.data, bytes.count));
}

struct hash128 hash128_parts(const struct bytes *parts, size_t count)
{
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    CHECK(XXH3_128bits_reset(&state) == XXH_OK);
    for (size_t i = 0; i < count; i++) {
        CHECK(XXH3_128bits_update(&state, parts[i].data, parts[i].count) == XXH_OK);
    }
    return canonical_of(XXH3_128bits_digest(&state));
}
