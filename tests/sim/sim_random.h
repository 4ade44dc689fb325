/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* All chance in a run comes from one seed: splitmix64, one stream for each purpose. */
struct sim_random {
    uint64_t state;
};

static inline uint64_t random_next(struct sim_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = random->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

static inline struct sim_random random_of(uint64_t seed, uint64_t stream)
{
    struct sim_random random = { seed * UINT64_C(0x2545f4914f6cdd1d) + stream };
    random.state = random_next(&random);
    return random;
}

/* 0 .. count-1 */
static inline uint32_t random_below(struct sim_random *random, uint32_t count)
{
    return (uint32_t)(random_next(random) % count);
}

/* least .. most */
static inline int64_t random_between(struct sim_random *random, int64_t least, int64_t most)
{
    return least + (int64_t)(random_next(random) % (uint64_t)(most - least + 1));
}

static inline bool random_percent(struct sim_random *random, uint32_t percent)
{
    return random_below(random, 100) < percent;
}

#endif
