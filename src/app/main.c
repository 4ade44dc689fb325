/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "app/commands.h"

int main(int count, char **texts)
{
    struct arguments *arguments = malloc(sizeof *arguments);
    struct failure failure = { STATUS_CONFIG, "out of memory" };
    if (!arguments || arguments_parse(count, texts, COMMANDS, arguments, &failure) != STATUS_OK) {
        free(arguments);
        return arguments_failed(&failure);
    }
    int code = STATUS_OK;
    if (arguments->help) {
        arguments_help(COMMANDS, arguments->command);
    } else {
        code = arguments->command->run(arguments);
    }
    /* A full disk or a closed pipe shows here at the latest: output that is lost is a failure. */
    if (fflush(stdout) != 0 && code == STATUS_OK) {
        (void)fprintf(stderr, "promised: output could not be written\n");
        code = STATUS_UNREACHABLE;
    }
    free(arguments);
    return code;
}
