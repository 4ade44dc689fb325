/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_STATE_CHECK_H
#define APP_STATE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Compares this process's hashes of the state with those that the journal announces (contract 2.5,
 * `state`). Either may come first, so the last few of both are kept:
 *
 *     own        s10=a  s20=b  s30=c          of cuts taken here
 *     announced         s20=b  s30=d          by the writer: s30 differs, the process stops
 */
enum { STATE_CHECK_KEPT = 16 };

struct state_hash {
    uint64_t sequence;   /* 0: none */
    uint64_t hash;
};

struct state_check {
    struct state_hash own[STATE_CHECK_KEPT];
    struct state_hash announced[STATE_CHECK_KEPT];
    uint32_t own_next;
    uint32_t announced_next;
    uint64_t compared;   /* pairs that were the same */
};

/* Both return false where the hashes of one sequence differ. */
bool state_check_own(struct state_check *check, struct state_hash hash);
bool state_check_announced(struct state_check *check, struct state_hash hash);

#endif
