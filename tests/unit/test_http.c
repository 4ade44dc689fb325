/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/http_api.h"

/* The real server on a free loopback port, over a view of one item and one order; client and
 * server take turns on this thread. */
struct service {
    struct http_server *server;
    struct http_view view;
    struct figures *figures;
    bool restored;
};

static const struct figures *figures_of(void *context)
{
    return ((struct service *)context)->figures;
}

static bool restored_of(void *context)
{
    return ((struct service *)context)->restored;
}

static bool find_item(void *context, struct bytes sku, struct buffer *out)
{
    (void)context;
    if (!bytes_equal(sku, BYTES_LITERAL("a/b c"))) {
        return false;
    }
    buffer_put_bytes(out, BYTES_LITERAL("{\"sku\":\"a/b c\"}\n"));
    return true;
}

static bool find_order(void *context, struct bytes order_id, struct buffer *out)
{
    (void)context;
    if (!bytes_equal(order_id, BYTES_LITERAL("o-1"))) {
        return false;
    }
    buffer_put_bytes(out, BYTES_LITERAL("{\"order_id\":\"o-1\"}\n"));
    return true;
}

static bool find_location(void *context, struct bytes location, struct buffer *out)
{
    (void)context;
    if (!bytes_equal(location, BYTES_LITERAL("BER1"))) {
        return false;
    }
    buffer_put_bytes(out, BYTES_LITERAL("{\"location\":\"BER1\"}\n"));
    return true;
}

/* Says what was asked, so that tests see how a question arrives. */
static enum explain_verdict explain(void *context, const struct promise_question *question,
                                    struct buffer *out)
{
    (void)context;
    if (!bytes_equal(question->sku, BYTES_LITERAL("a/b c"))) {
        return EXPLAIN_UNKNOWN_SKU;
    }
    if (bytes_equal(question->network, BYTES_LITERAL("nowhere"))) {
        return EXPLAIN_UNKNOWN_NETWORK;
    }
    if (bytes_equal(question->zone, BYTES_LITERAL("moon"))) {
        return EXPLAIN_NO_ROUTE;
    }
    char text[256];
    const int count =
        snprintf(text, sizeof text, "{\"asked\":\"%.*s;%.*s;%.*s;%lld\"}\n",
                 (int)question->network.count, (const char *)question->network.data,
                 (int)question->zone.count, (const char *)question->zone.data,
                 (int)question->service.count, (const char *)question->service.data,
                 (long long)question->quantity);
    buffer_put(out, text, (size_t)count);
    return EXPLAIN_OK;
}

static struct service *service_new(void)
{
    struct service *service = calloc(1, sizeof *service);
    service->figures = calloc(1, sizeof *service->figures);
    service->figures->group = service->figures->topic_prefix = service->figures->owner = "";
    service->restored = true;
    service->view = (struct http_view){
        .context = service,
        .figures = figures_of,
        .restored = restored_of,
        .item = find_item,
        .location = find_location,
        .order = find_order,
        .promise = explain,
    };
    struct failure failure;
    cr_assert_eq(http_server_open("127.0.0.1", "0", http_api_answer, &service->view,
                                  &service->server, &failure),
                 STATUS_OK, "%s", failure.text);
    return service;
}

static void service_end(struct service *service)
{
    http_server_close(service->server);
    free(service->figures);
    free(service);
}

static int connect_to(const struct service *service)
{
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(http_server_port(service->server)),
        .sin_addr = { htonl(INADDR_LOOPBACK) },
    };
    cr_assert_eq(connect(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

/* The whole answer to one request, head and body, as text that the caller frees. */
static char *ask(struct service *service, const char *method, const char *target)
{
    enum { ROOM = 1 << 16 };
    char *answer = calloc(1, ROOM);
    char request[512];
    (void)snprintf(request, sizeof request,
                   "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                   method, target);
    const int descriptor = connect_to(service);
    cr_assert_eq(write(descriptor, request, strlen(request)), (ssize_t)strlen(request));
    size_t count = 0;
    for (bool open = true; open;) {
        struct pollfd ready[2] = { { descriptor, POLLIN, 0 },
                                   { http_server_descriptor(service->server), POLLIN, 0 } };
        (void)poll(ready, 2, 1000);
        http_server_poll(service->server);
        const ssize_t got = recv(descriptor, answer + count, ROOM - 1 - count, MSG_DONTWAIT);
        count += got > 0 ? (size_t)got : 0;
        open = got != 0;
    }
    (void)close(descriptor);
    return answer;
}

static void assert_answer(struct service *service, const char *method, const char *target, int code,
                          const char *body)
{
    char head[32];
    (void)snprintf(head, sizeof head, "HTTP/1.1 %d ", code);
    char *answer = ask(service, method, target);
    cr_assert_eq(strncmp(answer, head, strlen(head)), 0, "%s: %s", target, answer);
    cr_assert(strstr(answer, body), "%s: %s lacks %s", target, answer, body);
    free(answer);
}

Test(http, livez_is_always_200)
{
    struct service *service = service_new();
    service->restored = false;

    assert_answer(service, "GET", "/livez", 200, "alive");

    service_end(service);
}

Test(http, readyz_is_503_until_ready_and_lists_checks_when_verbose)
{
    struct service *service = service_new();
    service->figures->check_count = 1;
    service->figures->checks[0] = (struct ready_check){ "restored", false, "" };

    assert_answer(service, "GET", "/readyz", 503, "not ready");
    assert_answer(service, "GET", "/readyz?verbose", 503, "[-]restored failed");
    service->figures->ready = true;
    assert_answer(service, "GET", "/readyz", 200, "ready");

    service_end(service);
}

Test(http, items_are_found_by_their_percent_decoded_name)
{
    struct service *service = service_new();

    assert_answer(service, "GET", "/v1/items/a%2Fb%20c", 200, "{\"sku\":\"a/b c\"}");
    assert_answer(service, "GET", "/v1/orders/o-1", 200, "{\"order_id\":\"o-1\"}");
    assert_answer(service, "GET", "/v1/items/a+b", 404, "{\"error\":");
    assert_answer(service, "GET", "/v1/items/a/b", 404, "{\"error\":");
    assert_answer(service, "GET", "/v1/items/", 404, "{\"error\":");
    assert_answer(service, "GET", "/v1/items/%zz", 400, "{\"error\":");
    assert_answer(service, "GET", "/v1/items/a%00", 400, "{\"error\":");

    service_end(service);
}

Test(http, locations_are_found_by_their_name)
{
    struct service *service = service_new();

    assert_answer(service, "GET", "/v1/locations/BER1", 200, "{\"location\":\"BER1\"}");
    assert_answer(service, "GET", "/v1/locations/BER2", 404, "{\"error\":");

    service_end(service);
}

Test(http, promise_asks_for_one_unit_of_default_to_all_zones_unless_told)
{
    struct service *service = service_new();

    assert_answer(service, "GET", "/v1/items/a%2Fb%20c/promise", 200, "\"default;;;1\"");
    assert_answer(service, "GET", "/v1/items/a%2Fb%20c/promise?network=&zone=&quantity=", 200,
                  "\"default;;;1\"");

    service_end(service);
}

Test(http, promise_arguments_are_decoded)
{
    struct service *service = service_new();

    assert_answer(service, "GET",
                  "/v1/items/a%2Fb%20c/promise?quantity=25&zone=DE%2D1&network=w%26b&service=s%2Bx",
                  200, "\"w&b;DE-1;s+x;25\"");
    assert_answer(service, "GET", "/v1/items/a%2Fb%20c/promise?zone=%zz", 400, "{\"error\":");

    service_end(service);
}

Test(http, promise_of_what_is_not_known_is_404_and_says_what)
{
    struct service *service = service_new();

    assert_answer(service, "GET", "/v1/items/a/promise", 404, "sku not known");
    assert_answer(service, "GET", "/v1/items/a%2Fb%20c/promise?network=nowhere", 404,
                  "network not known");
    assert_answer(service, "GET", "/v1/items/a%2Fb%20c/promise?zone=moon", 404, "no location");
    assert_answer(service, "GET", "/v1/items/a%2Fb%20c/promises", 404, "no such path");
    assert_answer(service, "GET", "/v1/items//promise", 404, "no such path");

    service_end(service);
}

Test(http, promise_quantity_is_whole_and_within_the_contract)
{
    static const char *const REFUSED[] = { "0", "-1", "1.5", "x", "1000000000001", "1e3", "%201",
                                           "99999999999999999999999999999999999999999" };
    struct service *service = service_new();

    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        char target[128];
        (void)snprintf(target, sizeof target, "/v1/items/a%%2Fb%%20c/promise?quantity=%s",
                       REFUSED[i]);
        assert_answer(service, "GET", target, 400, "quantity is a whole number");
    }
    assert_answer(service, "GET", "/v1/items/a%2Fb%20c/promise?quantity=1000000000000", 200,
                  ";1000000000000\"");

    service_end(service);
}

Test(http, nothing_is_answered_from_a_state_that_is_not_whole)
{
    struct service *service = service_new();
    service->restored = false;

    assert_answer(service, "GET", "/v1/orders/o-1", 503, "restored");
    assert_answer(service, "GET", "/v1/locations/BER1", 503, "restored");
    assert_answer(service, "GET", "/v1/items/a%2Fb%20c/promise", 503, "restored");

    service_end(service);
}

Test(http, only_get_and_head_are_taken)
{
    struct service *service = service_new();

    assert_answer(service, "POST", "/status", 405, "Allow: GET, HEAD");
    assert_answer(service, "DELETE", "/v1/orders/o-1", 405, "only GET");
    char *answer = ask(service, "HEAD", "/livez");
    cr_assert(strstr(answer, "200 OK"));
    cr_assert_null(strstr(answer, "alive"));
    free(answer);

    service_end(service);
}

Test(http, page_metrics_and_status_have_their_types)
{
    struct service *service = service_new();

    assert_answer(service, "GET", "/", 200, "text/html");
    assert_answer(service, "GET", "/page.js", 200, "text/javascript");
    assert_answer(service, "GET", "/style.css", 200, "text/css");
    assert_answer(service, "GET", "/metrics", 200, "text/plain; version=0.0.4");
    assert_answer(service, "GET", "/status", 200, "application/json");
    assert_answer(service, "GET", "/nothing", 404, "{\"error\":");

    service_end(service);
}

Test(http, address_in_use_is_refused_with_a_mend)
{
    struct service *service = service_new();
    char port[8];
    (void)snprintf(port, sizeof port, "%u", http_server_port(service->server));
    struct http_server *second;
    struct failure failure;

    const enum status status = http_server_open("127.0.0.1", port, http_api_answer, NULL, &second,
                                                &failure);

    cr_assert_eq(status, STATUS_CONFIG);
    cr_assert(strstr(failure.text, "http.listen"));
    service_end(service);
}
