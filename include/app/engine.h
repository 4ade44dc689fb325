/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_ENGINE_H
#define APP_ENGINE_H

#include "app/config.h"
#include "base/status.h"
#include "edge/logger.h"

/*
 * The running daemon: everything wired together, and the loop that turns it (design 2).
 *
 *     restore ── follow the journal to the end noted at start ── join the group ─┐
 *     ┌──────────────────────────────────────────────────────────────────────────┘
 *     └► { Kafka · replica · writer · publisher · snapshots · HTTP · once a second the rest }
 *        until TERM or INT: stop writing, publish, snapshot, commit, leave
 *
 * All of it happens on the thread that calls engine_run().
 */
struct engine_options {
    const struct config *config;      /* must outlive the run */
    const char *servers;              /* of an embedded broker; NULL: config->brokers */
    struct logger *logger;
    /* HUP: the configuration read anew, which the engine frees; NULL where it is wrong (and that
     * was said) or `reload` is NULL. Only what CONFIG_KEYS calls reloadable is taken over. */
    struct config *(*reload)(void *context);
    /* Called once per turn of the loop, NULL: not at all; false asks to stop in good order. */
    bool (*turn)(void *context);
    void *context;
};

/* Runs until asked to stop. STATUS_OK, or why it ended: the exit code, with `failure` filled. */
MUST_USE enum status engine_run(const struct engine_options *options, struct failure *failure);

#endif
