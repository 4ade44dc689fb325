/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"

_Noreturn void check_failed(const char *file, int line, const char *claim)
{
    (void)fprintf(stderr,
                  "promised: broken invariant at %s:%d: %s\n"
                  "promised: this is a bug; stopped so that nothing wrong is published\n",
                  file, line, claim);
    (void)fflush(stderr);
    _Exit(STATUS_LOST);
}
