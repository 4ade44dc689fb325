/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_STORE_BACKEND_H
#define EDGE_STORE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "flow/port.h"

/*
 * What a kind of store (Redis, a directory) does, one call after the other, waiting for each.
 * store_thread.h makes a store_port of it. Objects are opaque here, encoded as they are kept.
 *
 * STATUS_UNREACHABLE: the store is away; what the call was to do may or may not have been done,
 * and only pointer() tries again to reach it. STATUS_CONFIG: it refuses, and a person must mend
 * that. `failure` has the reason and the mend, without any password.
 */
struct store_item {
    char name[STORE_NAME_BYTES_MAX];
    struct bytes content;
};

typedef void store_visit(void *visitor, const char *name);

struct store_backend {
    void *context;
    const char *name;           /* for messages and labels, without a password */
    /* Where the pointer stands; 0: nowhere. Connects first where that is needed. */
    enum status (*pointer)(void *context, uint64_t *out_sequence, struct failure *failure);
    /* All or, for what is known, none of them: the caller forgets the whole snapshot. */
    enum status (*put)(void *context, const struct store_item *items, uint32_t count,
                       struct failure *failure);
    /*
     * Moves the pointer to `sequence` if that is forward and `base` is 0 or where it stands, in
     * one step with the manifest. STATUS_OK: `out_pointed` is where it stands now, whoever put it.
     */
    enum status (*point)(void *context, uint64_t sequence, uint64_t base, struct bytes manifest,
                         uint64_t *out_pointed, struct failure *failure);
    /* What is not there counts as dropped. */
    enum status (*drop)(void *context, const struct store_item *items, uint32_t count,
                        struct failure *failure);
    /* Every object that may be there. */
    enum status (*list)(void *context, store_visit *visit, void *visitor, struct failure *failure);
    /* As in store_port; content is good until the next call. */
    enum status (*manifest)(void *context, uint32_t age, struct bytes *out_manifest,
                            struct failure *failure);
    enum status (*get)(void *context, const char *name, struct bytes *out_content,
                       struct failure *failure);
    /* True once for something that works but that a person should know. */
    bool (*notice)(void *context, struct failure *out_notice);
    void (*close)(void *context);
};

#endif
