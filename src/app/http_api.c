/* SPDX-License-Identifier: Apache-2.0 */
#include "app/http_api.h"

#include "base/quantity.h"
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

/* One identifier of a path. False, and answered, where it is none. */
static bool take_piece(struct bytes piece, struct buffer *out_key, struct http_answer *answer)
{
    if (piece.count == 0 || memchr(piece.data, '/', piece.count)) {
        put_error(answer, 404, "{\"error\":\"no such path\"}\n");
        return false;
    }
    if (!http_decode(piece, out_key)) {
        put_error(answer, 400, "{\"error\":\"a broken %XX, or longer than 128 bytes\"}\n");
        return false;
    }
    return true;
}

static bool is_whole(const struct http_view *view, struct http_answer *answer)
{
    if (!view->restored(view->context)) {
        put_error(answer, 503, "{\"error\":\"the state is being restored\"}\n");
        return false;
    }
    return true;
}

/* `/v1/items/{sku}` and the like: one identifier, of which `find` knows whether it exists. */
static void answer_key(const struct http_view *view, const char *piece, struct http_answer *answer,
                       bool (*find)(void *context, struct bytes key, struct buffer *out))
{
    uint8_t room[KEY_BYTES_MAX];
    struct buffer key = buffer_of(room, sizeof room);
    if (take_piece(bytes_text(piece), &key, answer) && is_whole(view, answer) &&
        !find(view->context, buffer_bytes(&key), &answer->body)) {
        put_error(answer, 404, "{\"error\":\"not known\"}\n");
    }
}

/* ------------------------------------------------------------------ why */

/* The texts of a question as they were asked for. */
struct question_room {
    uint8_t sku[KEY_BYTES_MAX];
    uint8_t network[KEY_BYTES_MAX];
    uint8_t zone[KEY_BYTES_MAX];
    uint8_t service[KEY_BYTES_MAX];
};

static bool take_argument(const struct http_request *request, const char *name, uint8_t *room,
                          struct bytes *out_text, struct http_answer *answer)
{
    struct buffer text = buffer_of(room, KEY_BYTES_MAX);
    if (!http_request_value(request, name, &text)) {
        put_error(answer, 400,
                  "{\"error\":\"an argument with a broken %XX, or longer than 128 bytes\"}\n");
        return false;
    }
    *out_text = buffer_bytes(&text);
    return true;
}

/* Digits only: a whole number from 1 to 10^12 (contract 1). */
static bool read_quantity(struct bytes text, int64_t *out_quantity)
{
    int64_t quantity = 0;
    for (size_t i = 0; i < text.count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || quantity > QUANTITY_MAX) {
            return false;
        }
        quantity = quantity * 10 + (text.data[i] - '0');
    }
    *out_quantity = quantity;
    return quantity >= 1 && quantity <= QUANTITY_MAX;
}

static bool take_quantity(const struct http_request *request, int64_t *out_quantity,
                          struct http_answer *answer)
{
    uint8_t room[32];
    struct buffer text = buffer_of(room, sizeof room);
    *out_quantity = 1;
    if (http_request_value(request, "quantity", &text) &&
        (text.count == 0 || read_quantity(buffer_bytes(&text), out_quantity))) {
        return true;
    }
    put_error(answer, 400, "{\"error\":\"quantity is a whole number from 1 to 10^12\"}\n");
    return false;
}

static bool take_question(const struct http_request *request, struct bytes piece,
                          struct question_room *room, struct promise_question *out_question,
                          struct http_answer *answer)
{
    struct buffer sku = buffer_of(room->sku, sizeof room->sku);
    if (!take_piece(piece, &sku, answer) ||
        !take_argument(request, "network", room->network, &out_question->network, answer) ||
        !take_argument(request, "zone", room->zone, &out_question->zone, answer) ||
        !take_argument(request, "service", room->service, &out_question->service, answer) ||
        !take_quantity(request, &out_question->quantity, answer)) {
        return false;
    }
    out_question->sku = buffer_bytes(&sku);
    if (out_question->network.count == 0) {
        out_question->network = BYTES_LITERAL("default");
    }
    return true;
}

/* `/v1/items/{sku}/promise`; `piece` is the sku. */
static void answer_promise(const struct http_view *view, const struct http_request *request,
                           struct bytes piece, struct http_answer *answer)
{
    static const char *const WHY_NOT[] = {
        [EXPLAIN_UNKNOWN_SKU] = "{\"error\":\"sku not known\"}\n",
        [EXPLAIN_UNKNOWN_NETWORK] = "{\"error\":\"network not known\"}\n",
        [EXPLAIN_NO_ROUTE] = "{\"error\":\"no location of the network (default, if none was named) "
                             "has a lane to this zone by this service\"}\n",
    };
    struct question_room room;
    struct promise_question question;
    if (!take_question(request, piece, &room, &question, answer) || !is_whole(view, answer)) {
        return;
    }
    const enum explain_verdict verdict = view->promise(view->context, &question, &answer->body);
    if (verdict != EXPLAIN_OK) {
        put_error(answer, 404, WHY_NOT[verdict]);
    }
}

/* `/v1/items/{sku}` and `/v1/items/{sku}/promise`. */
static void answer_item(const struct http_view *view, const struct http_request *request,
                        const char *rest, struct http_answer *answer)
{
    const char *slash = strchr(rest, '/');
    if (slash && strcmp(slash, "/promise") == 0) {
        answer_promise(view, request, bytes_of(rest, (size_t)(slash - rest)), answer);
    } else {
        answer_key(view, rest, answer, view->item);
    }
}

/* ------------------------------------------------------------------ all paths */

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
    const char *location = path_after(request->path, "/v1/locations/");
    const char *order_id = path_after(request->path, "/v1/orders/");
    if (route) {
        route->answer(view, request, answer);
    } else if (sku) {
        answer_item(view, request, sku, answer);
    } else if (location) {
        answer_key(view, location, answer, view->location);
    } else if (order_id) {
        answer_key(view, order_id, answer, view->order);
    } else if (!answer_file(request->path, answer)) {
        put_error(answer, 404, "{\"error\":\"no such path\"}\n");
    }
}
