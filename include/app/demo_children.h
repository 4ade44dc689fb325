/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_DEMO_CHILDREN_H
#define APP_DEMO_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

/*
 * The demo's other processes. Each is in a process group of its own, so that Ctrl-C reaches only
 * the demo, and is told to end when the demo's thread that started it ends, however that happens.
 */
struct demo_child {
    pid_t pid;             /* 0: none */
    const char *name;
    char log_path[512];
    bool ended;
    int end_status;        /* as of waitpid() */
};

/* A TCP port of 127.0.0.1 that nobody listens on now; 0: none. */
uint16_t demo_free_port(void);

/* `arguments` end with NULL; output of both kinds goes to <folder>/<name>.log. */
MUST_USE enum status demo_child_start(struct demo_child *child, const char *name,
                                      const char *folder, const char *const *arguments,
                                      struct failure *failure);

/* False once it has ended; then `end_status` says how. */
bool demo_child_runs(struct demo_child *child);

/* Asks with TERM and waits for `wait_ms`, then kills. Takes one that has ended or never began. */
void demo_child_stop(struct demo_child *child, int wait_ms);

/* The last lines of its log, for a person, on stderr. */
void demo_child_print_log(const struct demo_child *child);

#endif
