/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/redis_store.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "redis_url.h"

enum {
    CONNECT_SECONDS_MAX = 2,
    REPLY_SECONDS_MAX = 5,
    TEXT_BYTES = 256,
    KEY_BYTES = 1024,
    ARGUMENTS_MAX = 8,
};

/* Returns where the pointer stands after it. ARGV: sequence, base ("0": none), manifest. */
static const char POINT_SCRIPT[] =
    "local now = redis.call('HGET', KEYS[1], 'sequence') or '0'\n"
    "if ARGV[2] ~= '0' and ARGV[2] ~= now then return now end\n"
    "if tonumber(ARGV[1]) <= tonumber(now) then return now end\n"
    "if now ~= '0' then\n"
    "  redis.call('HSET', KEYS[1], 'sequence_before', now,\n"
    "             'manifest_before', redis.call('HGET', KEYS[1], 'manifest'))\n"
    "end\n"
    "redis.call('HSET', KEYS[1], 'sequence', ARGV[1], 'manifest', ARGV[3])\n"
    "return ARGV[1]\n";

struct redis_store {
    struct redis_url url;
    char name[REDIS_URL_TEXT_BYTES + 32];   /* redis://host:port/db */
    char key_pointer[KEY_BYTES];
    char key_objects[KEY_BYTES];
    char key_object[KEY_BYTES];    /* what stands before an object's name */
    redisContext *connection;      /* NULL: to be connected anew by pointer() */
    redisReply *held;              /* the reply that the last answer points into */
    bool evicting;                 /* the notice about eviction is due */
    bool evicting_told;
};

/* ------------------------------------------------------------------ what went wrong */

struct mend {
    const char *prefix;            /* of the error reply */
    enum status status;
    const char *text;
};

static const struct mend MENDS[] = {
    { "OOM", STATUS_CONFIG, "it is full: raise its maxmemory, or free some" },
    { "READONLY", STATUS_CONFIG, "it is a read-only replica: name the primary in snapshots.url" },
    { "NOAUTH", STATUS_CONFIG, "it wants a password: put it into snapshots.url" },
    { "WRONGPASS", STATUS_CONFIG, "user or password in snapshots.url are wrong" },
    { "ERR invalid password", STATUS_CONFIG, "the password in snapshots.url is wrong" },
    { "ERR Client sent AUTH", STATUS_CONFIG, "it has no password: take it out of snapshots.url" },
    { "ERR AUTH", STATUS_CONFIG, "it has no password: take it out of snapshots.url" },
    { "NOPERM", STATUS_CONFIG,
      "its user may not: allow it +@read +@write +@scripting +select ~promised:*" },
    { "WRONGTYPE", STATUS_CONFIG,
      "a key of ours holds something else: remove it, or choose another database" },
    { "ERR DB index", STATUS_CONFIG, "it has no such database: change the end of snapshots.url" },
    { "MISCONF", STATUS_CONFIG, "it cannot save to its disk and takes no writes: look at its log" },
    { "NOREPLICAS", STATUS_CONFIG, "it has too few replicas to take writes" },
    { "MOVED", STATUS_CONFIG, "it is a cluster: name the node that has the keys of this group" },
    { "LOADING", STATUS_UNREACHABLE, "it is still loading its data" },
    { "MASTERDOWN", STATUS_UNREACHABLE, "its primary is away" },
    { "CLUSTERDOWN", STATUS_UNREACHABLE, "its cluster is down" },
};

static void forget_reply(struct redis_store *store)
{
    if (store->held) {
        freeReplyObject(store->held);
        store->held = NULL;
    }
}

static void disconnect(struct redis_store *store)
{
    forget_reply(store);
    if (store->connection) {
        redisFree(store->connection);
        store->connection = NULL;
    }
}

/* Older servers put the error of a command into one of the script around it. */
static const struct mend *mend_for(const char *reply)
{
    const bool of_script = strstr(reply, "script") != NULL;
    for (size_t i = 0; i < sizeof MENDS / sizeof *MENDS; i++) {
        const char *prefix = MENDS[i].prefix;
        if (strncmp(reply, prefix, strlen(prefix)) == 0 || (of_script && strstr(reply, prefix))) {
            return &MENDS[i];
        }
    }
    return NULL;
}

/* After an error the connection is given up: the next one may lead to a node that can. */
static enum status refused(struct redis_store *store, const char *reply, struct failure *failure)
{
    const struct mend *found = mend_for(reply);
    const enum status status =
        found ? failure_set(failure, found->status, "%s (%.200s)", found->text, reply)
              : failure_set(failure, STATUS_CONFIG, "Redis answers: %.200s", reply);
    disconnect(store);
    return status;
}

static enum status away(struct redis_store *store, const char *what, struct failure *failure)
{
    const char *why = store->connection && store->connection->errstr[0] ? store->connection->errstr
                                                                        : "no answer";
    const enum status status = failure_set(failure, STATUS_UNREACHABLE, "%s: %.200s", what, why);
    disconnect(store);
    return status;
}

/* ------------------------------------------------------------------ commands */

struct command {
    int count;
    const char *arguments[ARGUMENTS_MAX];
    size_t lengths[ARGUMENTS_MAX];
};

static void add(struct command *command, struct bytes argument)
{
    CHECK(command->count < ARGUMENTS_MAX);
    command->arguments[command->count] = (const char *)argument.data;
    command->lengths[command->count] = argument.count;
    command->count++;
}

static struct command command_of(const char *verb, const char *key)
{
    struct command command = { .count = 0 };
    add(&command, bytes_text(verb));
    if (key) {
        add(&command, bytes_text(key));
    }
    return command;
}

static enum status append(struct redis_store *store, const struct command *command,
                          struct failure *failure)
{
    if (!store->connection) {
        return failure_set(failure, STATUS_UNREACHABLE, "the connection was lost");
    }
    if (redisAppendCommandArgv(store->connection, command->count,
                               (const char **)(uintptr_t)command->arguments, command->lengths) !=
        REDIS_OK) {
        return away(store, "cannot write", failure);
    }
    return STATUS_OK;
}

/* The next reply, held until the one after. */
static enum status receive(struct redis_store *store, struct failure *failure)
{
    forget_reply(store);
    void *reply = NULL;
    if (redisGetReply(store->connection, &reply) != REDIS_OK || !reply) {
        return away(store, "the connection was lost", failure);
    }
    store->held = reply;
    if (store->held->type == REDIS_REPLY_ERROR) {
        char text[TEXT_BYTES];
        (void)snprintf(text, sizeof text, "%s", store->held->str);
        return refused(store, text, failure);
    }
    return STATUS_OK;
}

static enum status ask(struct redis_store *store, const struct command *command,
                       struct failure *failure)
{
    const enum status status = append(store, command, failure);
    return status == STATUS_OK ? receive(store, failure) : status;
}

/* ------------------------------------------------------------------ connecting */

static enum status authenticate(struct redis_store *store, struct failure *failure)
{
    if (!store->url.password[0]) {
        return STATUS_OK;
    }
    struct command command = command_of("AUTH", store->url.user[0] ? store->url.user : NULL);
    add(&command, bytes_text(store->url.password));
    return ask(store, &command, failure);
}

static enum status select_database(struct redis_store *store, struct failure *failure)
{
    if (store->url.database == 0) {
        return STATUS_OK;
    }
    char number[16];
    (void)snprintf(number, sizeof number, "%d", store->url.database);
    const struct command command = command_of("SELECT", number);
    return ask(store, &command, failure);
}

/* A Redis that evicts keys when it is full takes snapshots apart. Who may not ask is not told. */
static void look_at_eviction(struct redis_store *store)
{
    const struct command command = command_of("INFO", "memory");
    if (append(store, &command, NULL) != STATUS_OK) {
        return;
    }
    void *reply = NULL;
    if (redisGetReply(store->connection, &reply) != REDIS_OK || !reply) {
        disconnect(store);
        return;
    }
    const redisReply *info = reply;
    store->evicting = info->type == REDIS_REPLY_STRING && strstr(info->str, "maxmemory_policy:") &&
                      !strstr(info->str, "maxmemory_policy:noeviction") &&
                      !strstr(info->str, "\nmaxmemory:0\r");
    freeReplyObject(reply);
}

static enum status reconnect(struct redis_store *store, struct failure *failure)
{
    disconnect(store);
    const struct timeval wait = { CONNECT_SECONDS_MAX, 0 };
    store->connection = redisConnectWithTimeout(store->url.host, store->url.port, wait);
    if (!store->connection || store->connection->err) {
        return away(store, "cannot connect", failure);
    }
    const struct timeval reply = { REPLY_SECONDS_MAX, 0 };
    if (redisSetTimeout(store->connection, reply) != REDIS_OK ||
        redisEnableKeepAlive(store->connection) != REDIS_OK) {
        return away(store, "cannot connect", failure);
    }
    enum status status = authenticate(store, failure);
    if (status == STATUS_OK) {
        status = select_database(store, failure);
    }
    if (status == STATUS_OK) {
        look_at_eviction(store);
        if (!store->connection) {
            return failure_set(failure, STATUS_UNREACHABLE, "the connection was lost");
        }
    }
    return status;
}

/* ------------------------------------------------------------------ the backend */

/* False where the field is no number of ours. */
static bool parse_sequence(const redisReply *reply, uint64_t *out_sequence)
{
    if (reply->type == REDIS_REPLY_NIL) {
        *out_sequence = 0;
        return true;
    }
    char *end = NULL;
    const unsigned long long sequence =
        reply->type == REDIS_REPLY_STRING ? strtoull(reply->str, &end, 10) : 0;
    if (sequence == 0 || *end) {
        return false;
    }
    *out_sequence = sequence;
    return true;
}

static enum status strange(struct redis_store *store, struct failure *failure)
{
    return failure_set(failure, STATUS_CONFIG,
                       "the key %.400s holds something else: remove it, or choose another database",
                       store->key_pointer);
}

static enum status ask_field(struct redis_store *store, const char *field, struct failure *failure)
{
    struct command command = command_of("HGET", store->key_pointer);
    add(&command, bytes_text(field));
    return ask(store, &command, failure);
}

static enum status redis_pointer(void *context, uint64_t *out_sequence, struct failure *failure)
{
    struct redis_store *store = context;
    enum status status = store->connection ? STATUS_OK : reconnect(store, failure);
    if (status == STATUS_OK) {
        status = ask_field(store, "sequence", failure);
    }
    if (status != STATUS_OK) {
        return status;
    }
    return parse_sequence(store->held, out_sequence) ? STATUS_OK : strange(store, failure);
}

/* The replies of a pipeline of `count` commands; the first that fails decides. */
static enum status receive_all(struct redis_store *store, uint32_t count, struct failure *failure)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = receive(store, failure);
    }
    return status;
}

/* Two commands per item: `set_verb` with its name in the set of objects, `verb` with its key. */
static enum status pipeline(struct redis_store *store, const char *set_verb, const char *verb,
                            const struct store_item *item, bool set_first,
                            struct failure *failure)
{
    char key[KEY_BYTES + STORE_NAME_BYTES_MAX];
    (void)snprintf(key, sizeof key, "%s%s", store->key_object, item->name);
    struct command of_set = command_of(set_verb, store->key_objects);
    add(&of_set, bytes_text(item->name));
    struct command of_key = command_of(verb, key);
    if (set_first) {
        add(&of_key, item->content);
    }
    const enum status status = append(store, set_first ? &of_set : &of_key, failure);
    return status == STATUS_OK ? append(store, set_first ? &of_key : &of_set, failure) : status;
}

static enum status redis_put(void *context, const struct store_item *items, uint32_t count,
                             struct failure *failure)
{
    struct redis_store *store = context;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = pipeline(store, "SADD", "SET", &items[i], true, failure);
    }
    return status == STATUS_OK ? receive_all(store, 2 * count, failure) : status;
}

static enum status redis_drop(void *context, const struct store_item *items, uint32_t count,
                              struct failure *failure)
{
    struct redis_store *store = context;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = pipeline(store, "SREM", "UNLINK", &items[i], false, failure);
    }
    return status == STATUS_OK ? receive_all(store, 2 * count, failure) : status;
}

static enum status redis_point(void *context, uint64_t sequence, uint64_t base,
                               struct bytes manifest, uint64_t *out_pointed,
                               struct failure *failure)
{
    struct redis_store *store = context;
    char numbers[2][24];
    (void)snprintf(numbers[0], sizeof numbers[0], "%llu", (unsigned long long)sequence);
    (void)snprintf(numbers[1], sizeof numbers[1], "%llu", (unsigned long long)base);
    struct command command = command_of("EVAL", POINT_SCRIPT);
    add(&command, BYTES_LITERAL("1"));
    add(&command, bytes_text(store->key_pointer));
    add(&command, bytes_text(numbers[0]));
    add(&command, bytes_text(numbers[1]));
    add(&command, manifest);
    const enum status status = ask(store, &command, failure);
    if (status != STATUS_OK) {
        return status;
    }
    /* "0": there is no pointer. */
    if (store->held->type == REDIS_REPLY_STRING && strcmp(store->held->str, "0") == 0) {
        *out_pointed = 0;
        return STATUS_OK;
    }
    return parse_sequence(store->held, out_pointed) ? STATUS_OK : strange(store, failure);
}

static enum status redis_list(void *context, store_visit *visit, void *visitor,
                              struct failure *failure)
{
    struct redis_store *store = context;
    const struct command command = command_of("SMEMBERS", store->key_objects);
    const enum status status = ask(store, &command, failure);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < store->held->elements; i++) {
        if (store->held->element[i]->type == REDIS_REPLY_STRING) {
            visit(visitor, store->held->element[i]->str);
        }
    }
    return STATUS_OK;
}

/* The text of the held reply; STATUS_ABSENT where there is none. */
static enum status content_of(struct redis_store *store, struct bytes *out_content,
                              struct failure *failure)
{
    if (store->held->type != REDIS_REPLY_STRING) {
        return failure_set(failure, STATUS_ABSENT, "it is not there");
    }
    *out_content = bytes_of(store->held->str, (size_t)store->held->len);
    return STATUS_OK;
}

static enum status redis_manifest(void *context, uint32_t age, struct bytes *out_manifest,
                                  struct failure *failure)
{
    struct redis_store *store = context;
    if (age > 1) {
        return failure_set(failure, STATUS_ABSENT, "it is not kept");
    }
    const enum status status =
        ask_field(store, age == 0 ? "manifest" : "manifest_before", failure);
    return status == STATUS_OK ? content_of(store, out_manifest, failure) : status;
}

static enum status redis_get(void *context, const char *name, struct bytes *out_content,
                             struct failure *failure)
{
    struct redis_store *store = context;
    char key[KEY_BYTES + STORE_NAME_BYTES_MAX];
    (void)snprintf(key, sizeof key, "%s%s", store->key_object, name);
    const struct command command = command_of("GET", key);
    const enum status status = ask(store, &command, failure);
    return status == STATUS_OK ? content_of(store, out_content, failure) : status;
}

static bool redis_notice(void *context, struct failure *out_notice)
{
    struct redis_store *store = context;
    if (!store->evicting || store->evicting_told) {
        return false;
    }
    store->evicting_told = true;
    (void)failure_set(out_notice, STATUS_OK,
                      "its maxmemory-policy removes keys when it is full, and with them parts of "
                      "snapshots: set it to noeviction");
    return true;
}

static void redis_close(void *context)
{
    struct redis_store *store = context;
    disconnect(store);
    explicit_bzero(store->url.password, sizeof store->url.password);
    free(store);
}

/* ------------------------------------------------------------------ open */

static bool name_keys(struct redis_store *store, const char *group, const char *prefix)
{
    char stem[KEY_BYTES];
    const int length = snprintf(stem, sizeof stem, "promised:{%s}:%s:", group, prefix);
    if (length < 0 || (size_t)length + sizeof "pointer" >= sizeof stem) {
        return false;
    }
    _Static_assert(sizeof "objects" <= sizeof "pointer", "checked for the longest");
    (void)snprintf(store->key_pointer, sizeof store->key_pointer, "%.1000spointer", stem);
    (void)snprintf(store->key_objects, sizeof store->key_objects, "%.1000sobjects", stem);
    (void)snprintf(store->key_object, sizeof store->key_object, "%.1000sobject:", stem);
    (void)snprintf(store->name, sizeof store->name, strchr(store->url.host, ':')
                   ? "redis://[%s]:%d/%d" : "redis://%s:%d/%d",
                   store->url.host, store->url.port, store->url.database);
    return true;
}

enum status redis_store_open(const char *url, const char *group, const char *prefix,
                             struct store_backend *out_backend, struct failure *failure)
{
    if (strncmp(url, "rediss:", strlen("rediss:")) == 0) {
        return failure_set(failure, STATUS_CONFIG,
                           "snapshots.url: this build has no TLS and cannot do rediss://; use "
                           "redis:// through a local TLS proxy, or file:///directory");
    }
    struct redis_store *store = calloc(1, sizeof *store);
    if (!store) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for snapshots");
    }
    if (!redis_url_parse(url, &store->url) || !name_keys(store, group, prefix)) {
        redis_close(store);
        return failure_set(failure, STATUS_CONFIG,
                           "snapshots.url: not understood; write "
                           "redis://[user:password@]host[:port][/database] (percent-encode what is "
                           "special in user and password) or file:///directory");
    }
    /* hiredis writes to sockets whose peer may be gone; that must be an error, not the end. */
    (void)signal(SIGPIPE, SIG_IGN);
    *out_backend = (struct store_backend){
        .context = store, .name = store->name,
        .pointer = redis_pointer, .put = redis_put, .point = redis_point, .drop = redis_drop,
        .list = redis_list, .manifest = redis_manifest, .get = redis_get,
        .notice = redis_notice, .close = redis_close,
    };
    return STATUS_OK;
}
