/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_HTTP_API_H
#define APP_HTTP_API_H

#include "app/figures.h"
#include "app/lookup.h"
#include "edge/http_server.h"

/*
 * The HTTP of contract section 5, over whatever can answer its questions: the engine in the daemon,
 * plain tables in tests.
 *
 *   /livez                    200 as long as anybody answers; looks at nothing
 *   /readyz                   200 restored and caught up, else 503; ?verbose lists each check
 *   /metrics                  Prometheus text
 *   /status                   JSON
 *   /v1/items/{sku}           {sku, items, locations, promises}; 404 unknown, 503 while restoring
 *   /v1/items/{sku}/promise   why: ?network=&zone=&service=&quantity= (app/lookup.h)
 *   /v1/locations/{location}  the location's promises document
 *   /v1/orders/{id}           the order's document
 *   /                         the status page with its style.css and page.js
 *
 * One piece of a path is one identifier, percent-decoded: %2F is part of it.
 */
struct http_view {
    void *context;
    /* Collected anew; good until the next call. */
    const struct figures *(*figures)(void *context);
    /* Whether the state is whole; cheaper than collecting all figures. */
    bool (*restored)(void *context);
    /* Write one JSON value; false, and nothing written, where the key is not known. */
    bool (*item)(void *context, struct bytes sku, struct buffer *out);
    bool (*location)(void *context, struct bytes location, struct buffer *out);
    bool (*order)(void *context, struct bytes order_id, struct buffer *out);
    /* Writes one JSON value where the verdict is EXPLAIN_OK, else nothing. */
    enum explain_verdict (*promise)(void *context, const struct promise_question *question,
                                    struct buffer *out);
};

/* An http_handler; its context is a struct http_view. */
void http_api_answer(void *context, const struct http_request *request,
                     struct http_answer *answer);

#endif
