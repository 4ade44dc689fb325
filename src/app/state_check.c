/* SPDX-License-Identifier: Apache-2.0 */
#include "app/state_check.h"

/* Keeps `hash` and compares it with the other side's of the same sequence. */
static bool keep_and_compare(struct state_check *check, struct state_hash *kept, uint32_t *next,
                             const struct state_hash *other, struct state_hash hash)
{
    kept[*next] = hash;
    *next = (*next + 1) % STATE_CHECK_KEPT;
    for (uint32_t i = 0; i < STATE_CHECK_KEPT; i++) {
        if (hash.sequence > 0 && other[i].sequence == hash.sequence) {
            check->compared += other[i].hash == hash.hash;
            return other[i].hash == hash.hash;
        }
    }
    return true;
}

bool state_check_own(struct state_check *check, struct state_hash hash)
{
    return keep_and_compare(check, check->own, &check->own_next, check->announced, hash);
}

bool state_check_announced(struct state_check *check, struct state_hash hash)
{
    return keep_and_compare(check, check->announced, &check->announced_next, check->own, hash);
}
