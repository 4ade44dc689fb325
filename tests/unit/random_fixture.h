/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RANDOM_FIXTURE_H
#define RANDOM_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Chance for random tests (splitmix64): the seed comes from PROMISED_SEED and is printed. */
struct chance {
    uint64_t state;
};

static inline struct chance chance_of_seed(void)
{
    const char *given = getenv("PROMISED_SEED");
    const uint64_t seed = given ? strtoull(given, NULL, 10) : 20261121;
    (void)fprintf(stderr, "PROMISED_SEED=%llu\n", (unsigned long long)seed);
    return (struct chance){ seed };
}

static inline uint64_t chance_next(struct chance *chance)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = chance->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* least .. most */
static inline int32_t chance_between(struct chance *chance, int32_t least, int32_t most)
{
    return least + (int32_t)(chance_next(chance) % (uint64_t)(most - least + 1));
}

static inline bool chance_percent(struct chance *chance, uint32_t percent)
{
    return chance_next(chance) % 100 < percent;
}

#endif
