/* SPDX-License-Identifier: Apache-2.0 */
#include "app/http_api.h"

#include "core/limits.h"
#include "edge/status_page.h"

static const char TEXT[] = "text/plain; charset=utf-8";

static void put_text(struct http_answer *answer, const char *text)
{
    buffer_put_bytes(&answer->body, bytes_text(text));
}

static void put_error(struct http_answer *answer, int code, const char *json)
{
    answer->code = code;
    put_text(answer, json);
}

static void answer_live(const struct http_view *view, const struct http_request *request,
                        struct http_answer *answer)
{
    (void)view;
    (void)request;
    answer->content_type = TEXT;
    put_text(answer, "alive\n");
}

static void answer_ready(const struct http_view *view, const struct http_request *request,
                         struct http_answer *answer)
{
    const struct figures *figures = view->figures(view->context);
    answer->code = figures->ready ? 200 : 503;
    answer->content_type = TEXT;
    ready_write(figures, http_request_has(request, "verbose"), &answer->body);
}

static void answer_metrics(const struct http_view *view, const struct http_request *request,
                           struct http_answer *answer)
{
    (void)request;
    answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(view->figures(view->context), &answer->body);
}

static void answer_status(const struct http_view *view, const struct http_request *request,
                          struct http_answer *answer)
{
    (void)request;
    status_write(view->figures(view->context), &answer->body);
}

/* `/v1/items/{sku}` and the like: one identifier, of which `find` knows whether it exists. */
static void answer_key(const struct http_view *view, const char *piece, struct http_answer *answer,
                       bool (*find)(void *context, struct bytes key, struct buffer *out))
{
    uint8_t room[KEY_BYTES_MAX];
    struct buffer key = buffer_of(room, sizeof room);
    if (piece[0] == '\0' || strchr(piece, '/')) {
        put_error(answer, 404, "{\"error\":\"no such path\"}\n");
    } else if (!http_decode(bytes_text(piece), &key)) {
        put_error(answer, 400, "{\"error\":\"a broken %XX, or longer than 128 bytes\"}\n");
    } else if (!view->restored(view->context)) {
        put_error(answer, 503, "{\"error\":\"the state is being restored\"}\n");
    } else if (!find(view->context, buffer_bytes(&key), &answer->body)) {
        put_error(answer, 404, "{\"error\":\"not known\"}\n");
    }
}

static bool answer_file(const char *path, struct http_answer *answer)
{
    for (size_t i = 0; i < STATUS_PAGE_FILE_COUNT; i++) {
        if (strcmp(STATUS_PAGE_FILES[i].path, path) == 0) {
            answer->content_type = STATUS_PAGE_FILES[i].content_type;
            buffer_put_bytes(&answer->body, STATUS_PAGE_FILES[i].content);
            return true;
        }
    }
    return false;
}

struct route {
    const char *path;
    void (*answer)(const struct http_view *view, const struct http_request *request,
                   struct http_answer *answer);
};

static const struct route ROUTES[] = {
    { "/livez", answer_live },
    { "/readyz", answer_ready },
    { "/metrics", answer_metrics },
    { "/status", answer_status },
};

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof ROUTES / sizeof ROUTES[0]; i++) {
        if (strcmp(ROUTES[i].path, path) == 0) {
            return &ROUTES[i];
        }
    }
    return NULL;
}

/* What follows `prefix` in the path, or NULL. */
static const char *path_after(const char *path, const char *prefix)
{
    const size_t count = strlen(prefix);
    return strncmp(path, prefix, count) == 0 ? path + count : NULL;
}

void http_api_answer(void *context, const struct http_request *request, struct http_answer *answer)
{
    const struct http_view *view = context;
    const struct route *route = find_route(request->path);
    const char *sku = path_after(request->path, "/v1/items/");
    const char *order_id = path_after(request->path, "/v1/orders/");
    if (route) {
        route->answer(view, request, answer);
    } else if (sku) {
        answer_key(view, sku, answer, view->item);
    } else if (order_id) {
        answer_key(view, order_id, answer, view->order);
    } else if (!answer_file(request->path, answer)) {
        put_error(answer, 404, "{\"error\":\"no such path\"}\n");
    }
}
