/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Redis store against a real redis-server, which must be the test's own: its maxmemory is set
 * and its clients are cut off. Usage: redis_store_test redis://host:port/db
 */
#include <hiredis/hiredis.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "edge/os.h"
#include "edge/redis_store.h"
#include "edge/store_thread.h"
#include "flow/snapshotter.h"

enum { TEXT_BYTES = 512, ROWS_MAX = 20000, STEPS_MAX = 1000000 };

struct test {
    const char *url;
    char group[64];
    redisContext *admin;
    int failed;
};

static void expect(struct test *test, bool holds, const char *claim)
{
    (void)printf("%s %s\n", holds ? "ok  " : "FAIL", claim);
    test->failed += !holds;
}

/* A fresh group for each case, so that cases do not see each other. */
static void begin(struct test *test, const char *name)
{
    (void)snprintf(test->group, sizeof test->group, "test-%d-%s", (int)getpid(), name);
}

static void admin(struct test *test, const char *command)
{
    redisReply *reply = redisCommand(test->admin, command);
    CHECK(reply && reply->type != REDIS_REPLY_ERROR);
    freeReplyObject(reply);
}

static redisReply *ask(struct test *test, const char *verb, const char *kind)
{
    redisReply *reply =
        redisCommand(test->admin, "%s promised:{%s}:x.:%s", verb, test->group, kind);
    CHECK(reply);
    return reply;
}

/* ------------------------------------------------------------------ backend */

static struct store_backend backend_of(const struct test *test)
{
    struct store_backend backend;
    struct failure failure = { STATUS_OK, "" };
    if (redis_store_open(test->url, test->group, "x.", &backend, &failure) != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", failure.text);
        exit(STATUS_USAGE);
    }
    return backend;
}

static enum status reach(const struct store_backend *backend, uint64_t *sequence,
                         struct failure *failure)
{
    return backend->pointer(backend->context, sequence, failure);
}

static void objects_are_binary_safe(struct test *test)
{
    begin(test, "objects");
    struct store_backend backend = backend_of(test);
    struct store_item items[16];
    static uint8_t content[16][70000];
    for (unsigned i = 0; i < 16; i++) {
        memset(content[i], (int)(i * 17), sizeof content[i]);
        content[i][i] = '\n';
        (void)snprintf(items[i].name, sizeof items[i].name, "object%u", i);
        items[i].content = bytes_of(content[i], sizeof content[i]);
    }
    uint64_t sequence = 1;
    const bool empty = reach(&backend, &sequence, NULL) == STATUS_OK && sequence == 0;
    bool same = backend.put(backend.context, items, 16, NULL) == STATUS_OK;
    for (unsigned i = 0; i < 16; i++) {
        struct bytes read;
        same = same && backend.get(backend.context, items[i].name, &read, NULL) == STATUS_OK &&
               bytes_equal(read, items[i].content);
    }
    redisReply *listed = ask(test, "SCARD", "objects");
    const bool all_listed = listed->integer == 16;
    freeReplyObject(listed);
    bool gone = backend.drop(backend.context, items, 16, NULL) == STATUS_OK;
    struct bytes read;
    gone = gone && backend.get(backend.context, items[3].name, &read, NULL) == STATUS_ABSENT;
    redisReply *left = ask(test, "EXISTS", "objects");

    expect(test, empty, "a group never written to has no pointer");
    expect(test, same, "objects come back byte for byte");
    expect(test, all_listed, "every object is listed");
    expect(test, gone && left->integer == 0, "dropped objects are gone, from the list as well");
    freeReplyObject(left);
    backend.close(backend.context);
}

static bool point(const struct store_backend *backend, uint64_t sequence, uint64_t base,
                  const char *manifest, uint64_t expected)
{
    uint64_t pointed = UINT64_MAX;
    return backend->point(backend->context, sequence, base, bytes_text(manifest), &pointed, NULL) ==
               STATUS_OK && pointed == expected;
}

static bool manifest_is(const struct store_backend *backend, uint32_t age, const char *text)
{
    struct bytes manifest;
    return backend->manifest(backend->context, age, &manifest, NULL) == STATUS_OK &&
           bytes_equal(manifest, bytes_text(text));
}

static void pointer_only_goes_forward(struct test *test)
{
    begin(test, "pointer");
    struct store_backend one = backend_of(test);
    struct store_backend two = backend_of(test);
    uint64_t sequence;
    CHECK(reach(&one, &sequence, NULL) == STATUS_OK && reach(&two, &sequence, NULL) == STATUS_OK);

    expect(test, point(&one, 5, 4, "leans on nothing", 0), "a base that is not there is refused");
    expect(test, point(&one, 10, 0, "ten", 10), "the first pointer is taken");
    expect(test, point(&two, 9, 0, "nine", 10), "a lower one is refused");
    expect(test, point(&two, 10, 0, "other ten", 10), "an equal one is refused");
    expect(test, point(&two, 200, 0, "two hundred", 200), "a higher one is taken, as a number");
    expect(test, point(&one, 300, 10, "three hundred", 200),
           "one that leans on another than the newest is refused");
    expect(test, point(&one, 9007199254740991, 200, "last", 9007199254740991),
           "one that leans on the newest is taken");
    expect(test, manifest_is(&one, 0, "last") && manifest_is(&two, 1, "two hundred"),
           "the two newest manifests are kept");
    one.close(one.context);
    two.close(two.context);
}

static void errors_name_their_mend(struct test *test)
{
    begin(test, "errors");
    struct store_backend backend = backend_of(test);
    uint64_t sequence;
    struct failure failure = { STATUS_OK, "" };
    const struct store_item item = { .name = "one", .content = bytes_text("content") };

    CHECK(reach(&backend, &sequence, NULL) == STATUS_OK);
    admin(test, "CONFIG SET maxmemory 1");
    const enum status full = backend.put(backend.context, &item, 1, &failure);
    expect(test, full == STATUS_CONFIG && strstr(failure.text, "maxmemory"), "a full one is named");
    CHECK(reach(&backend, &sequence, NULL) == STATUS_OK);
    uint64_t pointed;
    const enum status full_point =
        backend.point(backend.context, 1, 0, bytes_text("x"), &pointed, &failure);
    expect(test, full_point == STATUS_CONFIG && strstr(failure.text, "maxmemory"),
           "a full one is named by the pointer, too");
    admin(test, "CONFIG SET maxmemory 0");

    CHECK(reach(&backend, &sequence, NULL) == STATUS_OK);
    admin(test, "CONFIG SET min-replicas-to-write 1");
    const enum status alone = backend.put(backend.context, &item, 1, &failure);
    expect(test, alone == STATUS_CONFIG && strstr(failure.text, "replicas"),
           "missing replicas are named");
    admin(test, "CONFIG SET min-replicas-to-write 0");

    admin(test, "CLIENT KILL TYPE normal SKIPME yes");
    const enum status cut = backend.put(backend.context, &item, 1, &failure);
    const enum status still = backend.put(backend.context, &item, 1, &failure);
    const enum status again = reach(&backend, &sequence, &failure);
    expect(test, cut == STATUS_UNREACHABLE || again == STATUS_OK, "a lost connection is noticed");
    expect(test, still == STATUS_UNREACHABLE && again == STATUS_OK,
           "only the pointer's question connects again");

    redisReply *reply = redisCommand(test->admin, "SADD promised:{%s}:x.:pointer strange",
                                     test->group);
    CHECK(reply);
    freeReplyObject(reply);
    const enum status strange = reach(&backend, &sequence, &failure);
    expect(test, strange == STATUS_CONFIG && strstr(failure.text, "something else"),
           "a key of another type is named");
    backend.close(backend.context);
}

static void passwords_are_used_and_never_told(struct test *test)
{
    begin(test, "password");
    const char *address = strstr(test->url, "//") + 2;
    char url[TEXT_BYTES];
    struct store_backend backend;
    struct failure failure = { STATUS_OK, "" };
    uint64_t sequence;
    admin(test, "ACL SETUSER tester on >s%%cret ~promised:* +@all");

    (void)snprintf(url, sizeof url, "redis://tester:s%%25cret@%s", address);
    CHECK(redis_store_open(url, test->group, "", &backend, &failure) == STATUS_OK);
    const enum status right = reach(&backend, &sequence, &failure);
    expect(test, right == STATUS_OK && !strstr(backend.name, "cret"), "the right one opens");
    backend.close(backend.context);

    (void)snprintf(url, sizeof url, "redis://tester:wr%%6fng@%s", address);
    CHECK(redis_store_open(url, test->group, "", &backend, &failure) == STATUS_OK);
    const enum status wrong = reach(&backend, &sequence, &failure);
    expect(test, wrong == STATUS_CONFIG && strstr(failure.text, "password") &&
           !strstr(failure.text, "wrong@") && !strstr(backend.name, "wrong"),
           "a wrong one is named, not told");
    backend.close(backend.context);
    admin(test, "ACL DELUSER tester");
}

static void urls_are_understood_or_refused(struct test *test)
{
    static const struct {
        const char *url;
        const char *name;   /* NULL: refused */
    } rows[] = {
        { "redis://localhost", "redis://localhost:6379/0" },
        { "redis://localhost:7000/3", "redis://localhost:7000/3" },
        { "redis://:p%40ss@[::1]:7000/", "redis://[::1]:7000/0" },
        { "redis://user:a:b@host/1", "redis://host:6379/1" },
        { "rediss://host:6379", NULL },
        { "redis://", NULL },
        { "redis://host:port", NULL },
        { "redis://host:70000", NULL },
        { "redis://host/x", NULL },
        { "redis://u:%zz@host", NULL },
        { "redis://[::1", NULL },
        { "http://host", NULL },
    };
    bool hold = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store_backend backend;
        struct failure failure;
        const enum status status = redis_store_open(rows[i].url, "g", "", &backend, &failure);
        hold &= (status == STATUS_OK) == (rows[i].name != NULL);
        if (status == STATUS_OK) {
            hold &= rows[i].name && strcmp(backend.name, rows[i].name) == 0;
            backend.close(backend.context);
        }
    }
    expect(test, hold, "urls are understood or refused");
}

static void unreachable_is_told_in_time(struct test *test)
{
    struct store_backend backend;
    struct failure failure = { STATUS_OK, "" };
    uint64_t sequence;
    CHECK(redis_store_open("redis://127.0.0.1:1", "g", "", &backend, NULL) == STATUS_OK);
    const int64_t start = os_monotonic_us();

    const enum status status = reach(&backend, &sequence, &failure);

    expect(test, status == STATUS_UNREACHABLE && os_monotonic_us() - start < 4000000,
           "an address where nobody listens is unreachable");
    backend.close(backend.context);
}

/* ------------------------------------------------------------------ the whole way */

struct row {
    uint32_t live;
    uint32_t number;
    uint8_t filling[120];
};

/* One process: a state of one table, its snapshotter and its thread. */
struct process {
    struct table table;
    struct arena spill;
    struct store_thread *thread;
    struct store_port port;
    struct clock_port clock;
    struct snapshotter *snapshotter;
    void *region;
    size_t region_bytes;
};

static bool restored(void *context)
{
    return context != NULL;
}

static void process_open(struct process *process, const struct test *test, uint64_t writer)
{
    process->region_bytes = 256 * 1024 * 1024;
    process->region = os_reserve(process->region_bytes);
    CHECK(process->region);
    struct arena arena = arena_of(process->region, process->region_bytes);
    const size_t spill_bytes = 32 * 1024 * 1024;
    process->spill = arena_of(arena_take(&arena, spill_bytes), spill_bytes);
    table_init(&process->table, &arena, &process->spill, sizeof(struct row), ROWS_MAX);
    const struct store_backend backend = backend_of(test);
    CHECK(store_thread_open(&backend, 1, &process->thread, NULL) == STATUS_OK);
    process->port = store_thread_port(process->thread, 0);
    process->clock = os_clock();
    const struct snapshotter_tables tables = {
        .tables = { &process->table }, .names = { "rows" }, .count = 1, .layout_version = 1,
        .spill = &process->spill, .restored = restored, .context = process,
    };
    const struct snapshotter_options options = {
        .stores = &process->port, .store_count = 1, .clock = &process->clock,
        .group = test->group, .journal = "journal", .writer = writer,
    };
    process->snapshotter = snapshotter_init(&arena, &tables, &options);
}

static void process_close(struct process *process)
{
    store_thread_close(process->thread);
    os_release(process->region, process->region_bytes);
}

static void change(struct process *process, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = table_add(&process->table);
        struct row *at = table_edit(&process->table, row ? row : 1 + i * 7919 % (ROWS_MAX - 1));
        at->number += i;
        memset(at->filling, (int)(i % 251), sizeof at->filling);
    }
}

/* True where it became the store's newest. */
static bool snapshot(struct process *process, uint64_t sequence)
{
    const struct snapshotter_cut cut = { .sequence = sequence };
    CHECK(snapshotter_begin(process->snapshotter, &cut, true));
    for (int i = 0; i < STEPS_MAX && snapshotter_step(process->snapshotter, 8); i++) {
        (void)sched_yield();
    }
    return snapshotter_store(process->snapshotter, 0).sequence == sequence;
}

/* Snapshots until one succeeds: a store that was away is tried again after a pause. */
static uint64_t snapshot_until(struct process *process, uint64_t sequence)
{
    const int64_t deadline_us = os_monotonic_us() + 20 * 1000 * 1000;
    while (!snapshot(process, sequence) && os_monotonic_us() < deadline_us) {
        sequence++;
    }
    return sequence;
}

static bool restores(const struct test *test, const struct process *from, uint64_t sequence)
{
    struct process to;
    struct snapshot_header header;
    char text[4096];
    struct buffer notes = buffer_of(text, sizeof text);
    process_open(&to, test, 99);
    const bool same = snapshotter_restore(to.snapshotter, &notes, &header, NULL) == STATUS_OK &&
                      header.sequence == sequence &&
                      to.table.row_count == from->table.row_count &&
                      memcmp(to.table.rows, from->table.rows, table_bytes(&from->table)) == 0;
    if (!same) {
        (void)fprintf(stderr, "%.*s", (int)notes.count, (const char *)notes.data);
    }
    process_close(&to);
    return same;
}

static void snapshots_survive_lost_connections(struct test *test)
{
    begin(test, "snapshots");
    struct process process;
    process_open(&process, test, 1);
    change(&process, 15000);
    bool whole = snapshot(&process, 1) && restores(test, &process, 1);
    for (uint64_t sequence = 2; sequence < 20; sequence++) {
        change(&process, 300);
        whole = whole && snapshot(&process, sequence);
    }
    expect(test, whole && restores(test, &process, 19), "incremental snapshots restore");

    admin(test, "CLIENT KILL TYPE normal SKIPME yes");
    change(&process, 300);
    expect(test, snapshot(&process, 20) && restores(test, &process, 20),
           "a connection that died between snapshots costs none");

    uint64_t sequence = 21;
    for (int i = 0; i < 5; i++) {
        change(&process, 20000);
        const struct snapshotter_cut cut = { .sequence = sequence };
        CHECK(snapshotter_begin(process.snapshotter, &cut, true));
        for (int step = 0; step < STEPS_MAX && snapshotter_step(process.snapshotter, 1); step++) {
            if (step == 10 + i * 4) {
                admin(test, "CLIENT KILL TYPE normal SKIPME yes");
            }
        }
        sequence = snapshot_until(&process, sequence + 1);
        whole = whole && restores(test, &process, sequence++);
    }
    expect(test, whole, "connections that die within snapshots leave whole ones");
    process_close(&process);
}

static void wiped_redis_gets_a_whole_snapshot(struct test *test)
{
    begin(test, "wiped");
    struct process process;
    process_open(&process, test, 1);
    change(&process, 5000);
    CHECK(snapshot(&process, 1));
    admin(test, "FLUSHALL");

    change(&process, 10);
    const uint64_t sequence = snapshot_until(&process, 2);

    expect(test, sequence <= 3 && restores(test, &process, sequence),
           "a wiped Redis has a whole snapshot after at most two");
    process_close(&process);
}

static void garbage_is_bounded(struct test *test)
{
    begin(test, "garbage");
    struct process process;
    process_open(&process, test, 1);
    change(&process, 15000);
    for (uint64_t sequence = 1; sequence < 60; sequence++) {
        change(&process, 200);
        CHECK(snapshot(&process, sequence));
    }
    process_close(&process);
    /* The rows are 40 chunks, so three objects when whole; twice that, and the older manifest. */
    redisReply *listed = ask(test, "SCARD", "objects");
    expect(test, listed->integer <= 80, "objects that no manifest names are dropped");
    freeReplyObject(listed);

    struct process next;
    process_open(&next, test, 2);
    change(&next, 100);
    for (uint64_t sequence = 100; sequence < 104; sequence++) {
        CHECK(snapshot_until(&next, sequence) == sequence || sequence == 100);
    }
    process_close(&next);
    redisReply *left = ask(test, "SCARD", "objects");
    expect(test, left->integer <= 2, "what a former writer left is swept");
    freeReplyObject(left);
}

static void connect_admin(struct test *test)
{
    char host[TEXT_BYTES] = "";
    int port = 0;
    int database = 0;
    if (sscanf(test->url, "redis://%400[^:/]:%d/%d", host, &port, &database) < 2) {
        (void)fprintf(stderr, "usage: redis_store_test redis://host:port/db\n");
        exit(STATUS_USAGE);
    }
    test->admin = redisConnect(host, port);
    if (!test->admin || test->admin->err) {
        (void)fprintf(stderr, "redis_store_test: cannot reach %s\n", test->url);
        exit(STATUS_UNREACHABLE);
    }
    char command[32];
    (void)snprintf(command, sizeof command, "SELECT %d", database);
    admin(test, command);
}

int main(int argc, char **argv)
{
    struct test test = { .url = argc > 1 ? argv[1] : "" };
    connect_admin(&test);
    urls_are_understood_or_refused(&test);
    unreachable_is_told_in_time(&test);
    objects_are_binary_safe(&test);
    pointer_only_goes_forward(&test);
    errors_name_their_mend(&test);
    passwords_are_used_and_never_told(&test);
    snapshots_survive_lost_connections(&test);
    wiped_redis_gets_a_whole_snapshot(&test);
    garbage_is_bounded(&test);
    redisFree(test.admin);
    return test.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
