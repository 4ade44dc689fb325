/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_JUDGE_H
#define APP_DEMO_JUDGE_H

#include <stdio.h>

#include "app/demo_board.h"
#include "app/demo_truth.h"

/* How the documents of one topic compare with the truth. */
struct demo_verdict {
    uint64_t expected;
    uint64_t agree;
    uint64_t differ;
    uint64_t missing;      /* expected, and never seen */
    uint64_t unexpected;   /* seen, and by the truth not there */
};

enum { DEMO_DETAILS_MAX = 20 };

/*
 * Compares every document of the topic, all fields but version and as_of. The first
 * DEMO_DETAILS_MAX that do not agree are written to `details`.
 */
struct demo_verdict demo_judge(struct demo_documents *documents, const struct demo_board *board,
                               int kind, FILE *details);

static inline bool demo_verdict_agrees(const struct demo_verdict *verdict)
{
    return verdict->differ == 0 && verdict->missing == 0 && verdict->unexpected == 0;
}

#endif
