/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "app/state_check.h"

Test(state_check, equal_hashes_of_one_sequence_pass_whichever_comes_first)
{
    struct state_check check = { 0 };

    cr_assert(state_check_own(&check, (struct state_hash){ 10, 7 }));
    cr_assert(state_check_announced(&check, (struct state_hash){ 10, 7 }));
    cr_assert(state_check_announced(&check, (struct state_hash){ 20, 8 }));
    cr_assert(state_check_own(&check, (struct state_hash){ 20, 8 }));

    cr_assert_eq(check.compared, 2);
}

Test(state_check, different_hashes_of_one_sequence_are_told_apart)
{
    struct state_check check = { 0 };
    (void)state_check_own(&check, (struct state_hash){ 10, 7 });

    cr_assert_not(state_check_announced(&check, (struct state_hash){ 10, 9 }));
}

Test(state_check, sequences_that_only_one_side_has_are_not_compared)
{
    struct state_check check = { 0 };
    (void)state_check_own(&check, (struct state_hash){ 10, 7 });

    cr_assert(state_check_announced(&check, (struct state_hash){ 11, 9 }));
    cr_assert_eq(check.compared, 0);
}

Test(state_check, hashes_are_forgotten_after_a_while)
{
    struct state_check check = { 0 };
    (void)state_check_own(&check, (struct state_hash){ 1, 7 });
    for (uint64_t sequence = 2; sequence <= STATE_CHECK_KEPT + 1; sequence++) {
        (void)state_check_own(&check, (struct state_hash){ sequence, 7 });
    }

    cr_assert(state_check_announced(&check, (struct state_hash){ 1, 9 }));
}
