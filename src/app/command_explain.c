/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/daemon.h"
#include "app/explain_table.h"
#include "core/limits.h"
#include "edge/http_client.h"

static void put_argument(struct buffer *out, const char *name, const char *value)
{
    if (value) {
        buffer_put_bytes(out, bytes_text(name));
        http_client_encode(bytes_text(value), out);
    }
}

/* Path and query of the question; false: a name is too long. */
static bool make_target(const struct arguments *arguments, struct buffer *out)
{
    char quantity[32];
    (void)snprintf(quantity, sizeof quantity, "%" PRId64, arguments->quantity);
    buffer_put_bytes(out, BYTES_LITERAL("/v1/items/"));
    http_client_encode(bytes_text(arguments->operand), out);
    buffer_put_bytes(out, BYTES_LITERAL("/promise"));
    put_argument(out, "?quantity=", arguments->quantity > 0 ? quantity : "1");
    put_argument(out, "&network=", arguments->network);
    put_argument(out, "&zone=", arguments->zone);
    put_argument(out, "&service=", arguments->service);
    buffer_put_byte(out, '\0');
    return !out->overflowed && strlen(arguments->operand) <= KEY_BYTES_MAX;
}

static int print_answer(const struct arguments *arguments, struct bytes body)
{
    if (arguments->json) {
        (void)fwrite(body.data, 1, body.count, stdout);
        return STATUS_OK;
    }
    json_t *answer = json_loadb((const char *)body.data, body.count, 0, NULL);
    struct pretty pretty = pretty_open(stdout, getenv("NO_COLOR"));
    const bool written = explain_table_write(&pretty, answer);
    json_decref(answer);
    if (!written) {
        (void)fprintf(stderr, "promised: the answer is none to this question\n");
    }
    return written ? STATUS_OK : STATUS_UNREACHABLE;
}

int command_explain(const struct arguments *arguments)
{
    /* Four names of which every byte may become three. */
    char target[4 * 3 * KEY_BYTES_MAX + 128];
    struct buffer text = buffer_of(target, sizeof target);
    if (!make_target(arguments, &text)) {
        (void)fprintf(stderr, "promised: a name has at most %d bytes\n", KEY_BYTES_MAX);
        return STATUS_USAGE;
    }
    struct daemon daemon;
    enum status status = daemon_open(arguments, &daemon);
    if (status != STATUS_OK) {
        return (int)status;
    }
    struct bytes body;
    status = daemon_ask(&daemon, target, arguments->operand, &body);
    if (status == STATUS_USAGE && !arguments->network) {
        (void)fprintf(stderr, "promised: without --network the network is `default`; "
                              "`promised get %s` lists those that sell it\n", arguments->operand);
    }
    const int code = status == STATUS_OK ? print_answer(arguments, body) : (int)status;
    daemon_close(&daemon);
    return code;
}
