/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/file_store.h"
#include "edge/os.h"
#include "edge/store_thread.h"
#include "wire/snapshot_codec.h"

enum { PATH_BYTES = 1024 };

/* A directory of its own, with everything in it removed afterwards. */
struct fixture {
    char directory[PATH_BYTES];
    char url[PATH_BYTES + 16];
    struct store_backend backend;
};

static struct store_backend open_backend(const struct fixture *fixture)
{
    struct store_backend backend;
    struct failure failure = { STATUS_OK, "" };
    cr_assert_eq(file_store_open(fixture->url, "group", "x.", &backend, &failure), STATUS_OK, "%s",
                 failure.text);
    return backend;
}

static struct fixture fixture_of(void)
{
    struct fixture fixture;
    const char *base = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    (void)snprintf(fixture.directory, sizeof fixture.directory, "%s/file_store_XXXXXX", base);
    cr_assert_not_null(mkdtemp(fixture.directory));
    (void)snprintf(fixture.url, sizeof fixture.url, "file://%s/state", fixture.directory);
    fixture.backend = open_backend(&fixture);
    return fixture;
}

static void path_of(const struct fixture *fixture, const char *name, char *path)
{
    (void)snprintf(path, 2 * PATH_BYTES, "%s/state/group@x./%s", fixture->directory, name);
}

static void remove_all(const char *path)
{
    DIR *entries = opendir(path);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char inner[2 * PATH_BYTES];
        (void)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            remove_all(inner);
        }
    }
    if (entries) {
        (void)closedir(entries);
    }
    (void)remove(path);
}

static void fixture_end(struct fixture *fixture)
{
    fixture->backend.close(fixture->backend.context);
    remove_all(fixture->directory);
}

static enum status put(struct store_backend *backend, const char *name, const char *text)
{
    struct store_item item = { .content = bytes_text(text) };
    (void)snprintf(item.name, sizeof item.name, "%s", name);
    return backend->put(backend->context, &item, 1, NULL);
}

static uint64_t point(struct store_backend *backend, uint64_t sequence, uint64_t base,
                      const char *manifest)
{
    uint64_t pointed = UINT64_MAX;
    struct failure failure = { STATUS_OK, "" };
    const enum status status = backend->point(backend->context, sequence, base,
                                              bytes_text(manifest), &pointed, &failure);
    cr_assert_eq(status, STATUS_OK, "%s", failure.text);
    return pointed;
}

static bool manifest_is(struct store_backend *backend, uint32_t age, const char *text)
{
    struct bytes manifest;
    return backend->manifest(backend->context, age, &manifest, NULL) == STATUS_OK &&
           bytes_equal(manifest, bytes_text(text));
}

Test(file_store, directory_that_is_not_there_is_an_empty_store)
{
    struct fixture fixture = fixture_of();
    struct store_backend *backend = &fixture.backend;
    uint64_t sequence = 1;
    struct bytes content;

    const enum status pointer = backend->pointer(backend->context, &sequence, NULL);
    const enum status manifest = backend->manifest(backend->context, 0, &content, NULL);
    const enum status object = backend->get(backend->context, "x", &content, NULL);

    cr_assert(pointer == STATUS_OK && sequence == 0);
    cr_assert_eq(manifest, STATUS_ABSENT);
    cr_assert_eq(object, STATUS_ABSENT);
    fixture_end(&fixture);
}

Test(file_store, objects_come_back_and_go)
{
    struct fixture fixture = fixture_of();
    struct store_backend *backend = &fixture.backend;
    struct store_item item = { .name = "one" };
    struct bytes content;

    cr_assert_eq(put(backend, "one", "content"), STATUS_OK);
    cr_assert_eq(backend->get(backend->context, "one", &content, NULL), STATUS_OK);
    cr_assert(bytes_equal(content, bytes_text("content")));
    cr_assert_eq(backend->drop(backend->context, &item, 1, NULL), STATUS_OK);
    cr_assert_eq(backend->drop(backend->context, &item, 1, NULL), STATUS_OK);
    cr_assert_eq(backend->get(backend->context, "one", &content, NULL), STATUS_ABSENT);

    fixture_end(&fixture);
}

Test(file_store, two_newest_manifests_are_kept)
{
    struct fixture fixture = fixture_of();
    struct store_backend *backend = &fixture.backend;

    cr_assert_eq(point(backend, 5, 0, "five"), 5);
    cr_assert_eq(point(backend, 12, 5, "twelve"), 12);
    cr_assert_eq(point(backend, 100, 12, "hundred"), 100);

    struct bytes content;
    cr_assert(manifest_is(backend, 0, "hundred"));
    cr_assert(manifest_is(backend, 1, "twelve"));
    cr_assert_eq(backend->manifest(backend->context, 2, &content, NULL), STATUS_ABSENT);
    fixture_end(&fixture);
}

Test(file_store, pointer_never_goes_back)
{
    struct fixture fixture = fixture_of();
    struct store_backend *backend = &fixture.backend;
    cr_assert_eq(point(backend, 12, 0, "twelve"), 12);

    const uint64_t lower = point(backend, 11, 0, "eleven");
    const uint64_t same = point(backend, 12, 0, "another twelve");

    cr_assert_eq(lower, 12);
    cr_assert_eq(same, 12);
    cr_assert(manifest_is(backend, 0, "twelve"));
    fixture_end(&fixture);
}

Test(file_store, manifest_that_leans_on_another_than_the_newest_is_refused)
{
    struct fixture fixture = fixture_of();
    struct store_backend *backend = &fixture.backend;
    cr_assert_eq(point(backend, 12, 0, "twelve"), 12);

    const uint64_t pointed = point(backend, 20, 11, "twenty");
    const uint64_t alone = point(backend, 20, 0, "twenty");

    cr_assert_eq(pointed, 12);
    cr_assert_eq(alone, 20);
    fixture_end(&fixture);
}

Test(file_store, second_writer_waits_while_the_first_one_writes)
{
    struct fixture fixture = fixture_of();
    struct store_backend *backend = &fixture.backend;
    cr_assert_eq(point(backend, 1, 0, "one"), 1);
    char path[2 * PATH_BYTES];
    path_of(&fixture, "lock", path);
    const int other = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_eq(flock(other, LOCK_EX | LOCK_NB), 0);
    uint64_t pointed;

    const enum status held_put = put(backend, "one", "content");
    const enum status held_point =
        backend->point(backend->context, 2, 1, bytes_text("two"), &pointed, NULL);
    const bool readable = manifest_is(backend, 0, "one");
    (void)close(other);
    const enum status free_put = put(backend, "one", "content");

    cr_assert_eq(held_put, STATUS_AGAIN);
    cr_assert_eq(held_point, STATUS_AGAIN);
    cr_assert(readable);
    cr_assert_eq(free_put, STATUS_OK);
    fixture_end(&fixture);
}

Test(file_store, two_backends_see_one_pointer)
{
    struct fixture fixture = fixture_of();
    struct store_backend other = open_backend(&fixture);
    cr_assert_eq(point(&fixture.backend, 5, 0, "five"), 5);

    const uint64_t behind = point(&other, 4, 0, "four");
    const uint64_t ahead = point(&other, 6, 0, "six");
    const uint64_t superseded = point(&fixture.backend, 7, 5, "seven");

    cr_assert_eq(behind, 5);
    cr_assert_eq(ahead, 6);
    cr_assert_eq(superseded, 6);
    other.close(other.context);
    fixture_end(&fixture);
}

Test(file_store, what_a_crash_left_unfinished_is_not_read_and_goes)
{
    struct fixture fixture = fixture_of();
    struct store_backend *backend = &fixture.backend;
    cr_assert_eq(point(backend, 1, 0, "one"), 1);
    char path[2 * PATH_BYTES];
    path_of(&fixture, "manifest-00000000000000000009.part", path);
    const int torn = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert(torn >= 0);
    (void)close(torn);

    uint64_t sequence;
    cr_assert_eq(backend->pointer(backend->context, &sequence, NULL), STATUS_OK);
    cr_assert_eq(point(backend, 2, 1, "two"), 2);

    cr_assert_eq(sequence, 1);
    cr_assert_neq(access(path, F_OK), 0);
    fixture_end(&fixture);
}

Test(file_store, directory_that_cannot_be_made_is_named_with_the_mend)
{
    struct store_backend backend;
    struct failure failure = { STATUS_OK, "" };
    const struct store_item item = { .name = "one", .content = bytes_text("x") };
    cr_assert_eq(file_store_open("file:///proc/none/state", "group", "", &backend, NULL),
                 STATUS_OK);

    const enum status status = backend.put(backend.context, &item, 1, &failure);

    cr_assert_eq(status, STATUS_CONFIG);
    cr_assert_not_null(strstr(failure.text, "/proc/none/state"), "%s", failure.text);
    backend.close(backend.context);
}

Test(file_store, urls_that_name_no_directory_are_refused)
{
    static const char *const urls[] = { "file://", "file:///", "file:relative", "file://host/x" };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct store_backend backend;
        cr_assert_eq(file_store_open(urls[i], "group", "", &backend, NULL), STATUS_CONFIG, "%s",
                     urls[i]);
    }
}

/* ------------------------------------------------------------------ through the thread */

struct threaded {
    struct fixture fixture;
    struct store_thread *thread;
    struct store_port port;
};

static struct threaded threaded_of(struct fixture fixture)
{
    struct threaded threaded = { .fixture = fixture };
    const struct store_backend backend = open_backend(&fixture);
    cr_assert_eq(store_thread_open(&backend, 1, &threaded.thread, NULL), STATUS_OK);
    threaded.port = store_thread_port(threaded.thread, 0);
    return threaded;
}

/* Waits for the thread's answer; the deadline only ends a test that fails. */
static void wait_idle(const struct store_port *port)
{
    const int64_t deadline_us = os_monotonic_us() + 20 * 1000 * 1000;
    while (!port->idle(port->context) && os_monotonic_us() < deadline_us) {
        (void)sched_yield();
    }
    cr_assert(port->idle(port->context));
}

/* A manifest that names `count` objects of its own, with one chunk in each. */
static void put_snapshot(const struct store_port *port, uint64_t writer, uint64_t sequence,
                         uint64_t base, uint32_t count, bool with_point)
{
    static const uint8_t chunk[64];
    uint8_t room[65536];
    struct buffer out = buffer_of(room, sizeof room);
    const struct snapshot_header header = {
        .sequence = sequence, .writer = writer, .base = base, .own_object_count = count,
        .group = bytes_text(""), .journal = bytes_text(""),
    };
    snapshot_manifest_begin(&out, &header, 1, count, count);
    snapshot_manifest_put_table(&out, &(struct snapshot_table){ { 1, 0, 0, 64 }, count });
    for (uint32_t i = 0; i < count; i++) {
        const struct snapshot_object object = { writer, sequence, i, sizeof chunk };
        char name[SNAPSHOT_NAME_BYTES];
        snapshot_object_name(&object, name);
        snapshot_manifest_put_object(&out, &object);
        cr_assert_eq(port->put(port->context, name, bytes_of(chunk, sizeof chunk)), STATUS_OK);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct snapshot_chunk at = { hash_bytes(bytes_of(chunk, sizeof chunk), 0), i, 0,
                                           sizeof chunk };
        snapshot_manifest_put_chunk(&out, &at);
    }
    snapshot_manifest_finish(&out);
    if (with_point) {
        cr_assert_eq(port->point(port->context, sequence, buffer_bytes(&out)), STATUS_OK);
    }
    wait_idle(port);
}

static void count_name(void *visitor, const char *name)
{
    (void)name;
    ++*(uint32_t *)visitor;
}

static uint32_t object_count(struct fixture *fixture)
{
    uint32_t count = 0;
    cr_assert_eq(fixture->backend.list(fixture->backend.context, count_name, &count, NULL),
                 STATUS_OK);
    return count;
}

static void threaded_end(struct threaded *threaded)
{
    store_thread_close(threaded->thread);
    fixture_end(&threaded->fixture);
}

Test(file_store, thread_writes_in_order_and_tells_the_pointer)
{
    struct threaded threaded = threaded_of(fixture_of());
    const struct store_port *port = &threaded.port;

    put_snapshot(port, 1, 10, 0, 20, true);
    put_snapshot(port, 1, 11, 10, 0, true);

    cr_assert_eq(port->pointed(port->context), 11);
    cr_assert_eq(port->failures(port->context), 0);
    cr_assert_eq(object_count(&threaded.fixture), 20, "the older manifest names them");
    threaded_end(&threaded);
}

Test(file_store, object_written_through_the_thread_is_read_back_decoded)
{
    struct threaded writer = threaded_of(fixture_of());
    put_snapshot(&writer.port, 1, 10, 0, 3, true);
    struct threaded reader = threaded_of(writer.fixture);
    struct bytes content;
    struct snapshot_manifest manifest;

    cr_assert_eq(reader.port.manifest(reader.port.context, 0, &content, NULL), STATUS_OK);
    cr_assert_eq(snapshot_manifest_decode(content, &manifest, NULL), STATUS_OK);
    cr_assert_eq(reader.port.pointed(reader.port.context), 10);
    for (uint32_t i = 0; i < 3; i++) {
        const struct snapshot_object object = { 1, 10, i, 0 };
        char name[SNAPSHOT_NAME_BYTES];
        snapshot_object_name(&object, name);
        cr_assert_eq(reader.port.get(reader.port.context, name, &content, NULL), STATUS_OK);
        cr_assert_eq(content.count, 64);
    }

    store_thread_close(reader.thread);
    threaded_end(&writer);
}

Test(file_store, refused_pointer_counts_as_failure_and_tells_where_it_stands)
{
    struct threaded one = threaded_of(fixture_of());
    struct threaded two = threaded_of(one.fixture);
    put_snapshot(&one.port, 1, 10, 0, 2, true);

    put_snapshot(&two.port, 2, 9, 0, 2, true);
    struct failure message;
    const bool told = store_thread_message(two.thread, &message);

    cr_assert_eq(two.port.pointed(two.port.context), 10);
    cr_assert_eq(two.port.failures(two.port.context), 1);
    cr_assert(told);
    cr_assert_not_null(strstr(message.text, "another process"), "%s", message.text);
    store_thread_close(two.thread);
    threaded_end(&one);
}

Test(file_store, leftovers_of_a_crash_are_swept_after_the_next_success)
{
    struct threaded crashed = threaded_of(fixture_of());
    put_snapshot(&crashed.port, 1, 10, 0, 5, true);
    put_snapshot(&crashed.port, 1, 11, 10, 7, false);
    const uint32_t before = object_count(&crashed.fixture);
    store_thread_close(crashed.thread);
    struct threaded next = threaded_of(crashed.fixture);

    put_snapshot(&next.port, 2, 12, 0, 3, true);
    const uint32_t after = object_count(&next.fixture);

    cr_assert_eq(before, 12);
    cr_assert_eq(after, 5 + 3);
    threaded_end(&next);
}

Test(file_store, objects_of_a_newer_snapshot_on_its_way_are_not_swept)
{
    struct threaded ahead = threaded_of(fixture_of());
    put_snapshot(&ahead.port, 1, 20, 0, 4, false);
    struct threaded behind = threaded_of(ahead.fixture);

    put_snapshot(&behind.port, 2, 12, 0, 3, true);

    cr_assert_eq(object_count(&behind.fixture), 4 + 3);
    store_thread_close(behind.thread);
    threaded_end(&ahead);
}

Test(file_store, trouble_is_told_once_and_its_end_too)
{
    struct threaded threaded = threaded_of(fixture_of());
    put_snapshot(&threaded.port, 1, 1, 0, 2, true);
    char path[2 * PATH_BYTES];
    path_of(&threaded.fixture, "lock", path);
    const int other = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_eq(flock(other, LOCK_EX | LOCK_NB), 0);

    put_snapshot(&threaded.port, 1, 2, 1, 2, true);
    put_snapshot(&threaded.port, 1, 3, 1, 2, true);
    (void)close(other);
    const uint64_t failures = threaded.port.failures(threaded.port.context);
    const int64_t deadline_us = os_monotonic_us() + 20 * 1000 * 1000;
    for (uint64_t sequence = 4; threaded.port.pointed(threaded.port.context) == 1; sequence++) {
        put_snapshot(&threaded.port, 1, sequence, 1, 2, true);
        cr_assert_lt(os_monotonic_us(), deadline_us);
    }

    struct failure messages[3];
    uint32_t count = 0;
    while (count < 3 && store_thread_message(threaded.thread, &messages[count])) {
        count++;
    }
    cr_assert_eq(failures, 2);
    cr_assert_eq(count, 2);
    cr_assert_not_null(strstr(messages[0].text, "another process is writing"));
    cr_assert_eq(messages[1].status, STATUS_OK);
    threaded_end(&threaded);
}
