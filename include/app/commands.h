/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "app/arguments.h"

/*
 * The commands of contract section 5, one file each (command_<name>.c). Data go to stdout, all else
 * to stderr; what is returned is the exit code (enum status).
 */
int command_run(const struct arguments *arguments);
int command_demo(const struct arguments *arguments);
int command_check(const struct arguments *arguments);
int command_topics(const struct arguments *arguments);
int command_tail(const struct arguments *arguments);
int command_get(const struct arguments *arguments);
int command_explain(const struct arguments *arguments);
int command_top(const struct arguments *arguments);
int command_snapshot(const struct arguments *arguments);
int command_journal(const struct arguments *arguments);
int command_version(const struct arguments *arguments);

/* All of them, in the order of `--help`; the last row has no name. */
extern const struct command COMMANDS[];

#endif
