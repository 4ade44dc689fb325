/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/file_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DIRECTORY_BYTES = 2048,
    FILE_NAME_BYTES = STORE_NAME_BYTES_MAX + 32,
    MANIFESTS_KEPT = 2,
    FILE_MODE = 0640,
    DIRECTORY_MODE = 0750,
};

static const char OBJECT_PREFIX[] = "object-";
static const char MANIFEST_PREFIX[] = "manifest-";
static const char BESIDE_SUFFIX[] = ".part";

struct file_store {
    char name[DIRECTORY_BYTES];        /* file:///directory */
    char parent[DIRECTORY_BYTES];
    char directory[2 * DIRECTORY_BYTES];
    int descriptor;                    /* of the directory; -1: not open */
    int lock;                          /* of its lock file; -1: not open */
    uint8_t *content;                  /* of the file read last */
};

/* ------------------------------------------------------------------ failures */

static enum status trouble(const char *what, const char *path, struct failure *failure)
{
    const int reason = errno;
    const char *mend = reason == ENOSPC || reason == EDQUOT ? "; free some space"
                       : reason == EACCES || reason == EPERM || reason == EROFS
                           ? "; let this user write there"
                           : "";
    return failure_set(failure, STATUS_CONFIG, "cannot %s %.400s: %s%s", what, path,
                       strerror(reason), mend);
}

/* ------------------------------------------------------------------ directory and lock */

static enum status make_directory(const char *path, struct failure *failure)
{
    if (mkdir(path, DIRECTORY_MODE) != 0 && errno != EEXIST) {
        return trouble("make the directory", path, failure);
    }
    return STATUS_OK;
}

static enum status directory_open(struct file_store *store, bool make, struct failure *failure)
{
    if (store->descriptor >= 0) {
        return STATUS_OK;
    }
    if (make) {
        enum status status = make_directory(store->parent, failure);
        if (status == STATUS_OK) {
            status = make_directory(store->directory, failure);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    store->descriptor = open(store->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->descriptor >= 0) {
        return STATUS_OK;
    }
    return errno == ENOENT
               ? failure_set(failure, STATUS_ABSENT, "%.400s is not there", store->directory)
               : trouble("open", store->directory, failure);
}

static void directory_close(struct file_store *store)
{
    if (store->lock >= 0) {
        (void)close(store->lock);
    }
    if (store->descriptor >= 0) {
        (void)close(store->descriptor);
    }
    store->lock = -1;
    store->descriptor = -1;
}

/* Makes what is missing, and keeps others from writing until unlock(). */
static enum status lock(struct file_store *store, struct failure *failure)
{
    const enum status status = directory_open(store, true, failure);
    if (status != STATUS_OK) {
        return status;
    }
    if (store->lock < 0) {
        store->lock = openat(store->descriptor, "lock", O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    }
    if (store->lock < 0) {
        return trouble("make a lock file in", store->directory, failure);
    }
    if (flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? failure_set(failure, STATUS_AGAIN, "another process is writing to %.400s",
                                 store->directory)
                   : trouble("lock", store->directory, failure);
    }
    return STATUS_OK;
}

static void unlock(struct file_store *store)
{
    (void)flock(store->lock, LOCK_UN);
}

static enum status sync_directory(struct file_store *store, struct failure *failure)
{
    return fsync(store->descriptor) == 0 ? STATUS_OK : trouble("sync", store->directory, failure);
}

/* ------------------------------------------------------------------ files */

static bool write_whole(int descriptor, struct bytes content)
{
    while (content.count > 0) {
        const ssize_t written = write(descriptor, content.data, content.count);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            content = bytes_of(content.data + written, content.count - (size_t)written);
        }
    }
    return true;
}

/* The file has its name only once its bytes are on the disk. */
static enum status file_write(struct file_store *store, const char *name, struct bytes content,
                              struct failure *failure)
{
    char beside[FILE_NAME_BYTES + sizeof BESIDE_SUFFIX];
    (void)snprintf(beside, sizeof beside, "%s%s", name, BESIDE_SUFFIX);
    const int descriptor = openat(store->descriptor, beside,
                                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (descriptor < 0) {
        return trouble("write to", store->directory, failure);
    }
    const bool written = write_whole(descriptor, content) && fsync(descriptor) == 0;
    const enum status status =
        written ? STATUS_OK : trouble("write to", store->directory, failure);
    (void)close(descriptor);
    if (written && renameat(store->descriptor, beside, store->descriptor, name) == 0) {
        return STATUS_OK;
    }
    (void)unlinkat(store->descriptor, beside, 0);
    return written ? trouble("rename a file in", store->directory, failure) : status;
}

static bool read_whole(int descriptor, uint8_t *room, size_t count)
{
    size_t done = 0;
    while (done < count) {
        const ssize_t got = read(descriptor, room + done, count - done);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static enum status read_open(struct file_store *store, int descriptor, struct bytes *out_content,
                             struct failure *failure)
{
    struct stat facts;
    if (fstat(descriptor, &facts) != 0) {
        return trouble("read", store->directory, failure);
    }
    const size_t count = (size_t)facts.st_size;
    free(store->content);
    store->content = malloc(count + 1);
    if (!store->content) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory to read %zu bytes", count);
    }
    if (!read_whole(descriptor, store->content, count)) {
        return trouble("read", store->directory, failure);
    }
    *out_content = bytes_of(store->content, count);
    return STATUS_OK;
}

static enum status file_read(struct file_store *store, const char *name, struct bytes *out_content,
                             struct failure *failure)
{
    const int descriptor = openat(store->descriptor, name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno == ENOENT ? failure_set(failure, STATUS_ABSENT, "%s is not there", name)
                               : trouble("read", store->directory, failure);
    }
    const enum status status = read_open(store, descriptor, out_content, failure);
    (void)close(descriptor);
    return status;
}

/* ------------------------------------------------------------------ manifests */

static void manifest_name(uint64_t sequence, char *name)
{
    (void)snprintf(name, FILE_NAME_BYTES, "%s%020llu", MANIFEST_PREFIX,
                   (unsigned long long)sequence);
}

static bool manifest_parse(const char *name, uint64_t *out_sequence)
{
    const size_t prefix = sizeof MANIFEST_PREFIX - 1;
    char *end;
    if (strncmp(name, MANIFEST_PREFIX, prefix) != 0) {
        return false;
    }
    *out_sequence = strtoull(name + prefix, &end, 10);
    return *out_sequence > 0 && *end == '\0';
}

/* What of an object stands after its prefix; NULL where this is no object, whole or not. */
static const char *object_parse(const char *name)
{
    const size_t prefix = sizeof OBJECT_PREFIX - 1;
    return strncmp(name, OBJECT_PREFIX, prefix) == 0 ? name + prefix : NULL;
}

typedef void file_visit(void *visitor, const char *name);

static enum status each_file(struct file_store *store, file_visit *visit, void *visitor,
                             struct failure *failure)
{
    const int descriptor = openat(store->descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (!entries) {
        const enum status status = trouble("list", store->directory, failure);
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
        return status;
    }
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        visit(visitor, entry->d_name);
    }
    (void)closedir(entries);
    return STATUS_OK;
}

/* The newest manifests, newest first; 0: none. */
struct newest {
    uint64_t sequences[MANIFESTS_KEPT];
};

static void newest_visit(void *visitor, const char *name)
{
    struct newest *newest = visitor;
    uint64_t sequence;
    if (!manifest_parse(name, &sequence)) {
        return;
    }
    if (sequence > newest->sequences[0]) {
        newest->sequences[1] = newest->sequences[0];
        newest->sequences[0] = sequence;
    } else if (sequence > newest->sequences[1]) {
        newest->sequences[1] = sequence;
    }
}

struct aged {
    struct file_store *store;
    uint64_t oldest;
};

static bool unfinished(const char *name)
{
    const size_t suffix = sizeof BESIDE_SUFFIX - 1;
    const size_t count = strlen(name);
    return count > suffix && strcmp(name + count - suffix, BESIDE_SUFFIX) == 0;
}

/* Under the lock, what is unfinished was left by a crash. */
static void aged_visit(void *visitor, const char *name)
{
    const struct aged *aged = visitor;
    uint64_t sequence;
    if ((manifest_parse(name, &sequence) && sequence < aged->oldest) || unfinished(name)) {
        (void)unlinkat(aged->store->descriptor, name, 0);
    }
}

/* ------------------------------------------------------------------ the backend */

static enum status find_newest(struct file_store *store, struct newest *newest,
                               struct failure *failure)
{
    *newest = (struct newest){ { 0 } };
    const enum status status = directory_open(store, false, failure);
    if (status == STATUS_ABSENT) {
        return STATUS_OK;
    }
    return status == STATUS_OK ? each_file(store, newest_visit, newest, failure) : status;
}

/* Opens anew: the directory may have been replaced or mounted since. */
static enum status file_pointer(void *context, uint64_t *out_sequence, struct failure *failure)
{
    struct newest newest;
    directory_close(context);
    const enum status status = find_newest(context, &newest, failure);
    if (status == STATUS_OK) {
        *out_sequence = newest.sequences[0];
    }
    return status;
}

static void object_name(const char *name, char *file_name)
{
    (void)snprintf(file_name, FILE_NAME_BYTES, "%s%s", OBJECT_PREFIX, name);
}

static enum status file_put(void *context, const struct store_item *items, uint32_t count,
                            struct failure *failure)
{
    struct file_store *store = context;
    enum status status = lock(store, failure);
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        char name[FILE_NAME_BYTES];
        object_name(items[i].name, name);
        status = file_write(store, name, items[i].content, failure);
    }
    unlock(store);
    return status;
}

static enum status point_locked(struct file_store *store, uint64_t sequence, uint64_t base,
                                struct bytes manifest, uint64_t *out_pointed,
                                struct failure *failure)
{
    struct newest newest;
    enum status status = find_newest(store, &newest, failure);
    if (status != STATUS_OK) {
        return status;
    }
    const uint64_t now = newest.sequences[0];
    if (sequence <= now || (base != 0 && base != now)) {
        *out_pointed = now;
        return STATUS_OK;
    }
    char name[FILE_NAME_BYTES];
    manifest_name(sequence, name);
    /* The names of the objects must be on the disk before one names them. */
    status = sync_directory(store, failure);
    if (status == STATUS_OK) {
        status = file_write(store, name, manifest, failure);
    }
    if (status == STATUS_OK) {
        status = sync_directory(store, failure);
    }
    if (status == STATUS_OK) {
        struct aged aged = { store, now };
        status = each_file(store, aged_visit, &aged, failure);
    }
    if (status == STATUS_OK) {
        *out_pointed = sequence;
    }
    return status;
}

static enum status file_point(void *context, uint64_t sequence, uint64_t base,
                              struct bytes manifest, uint64_t *out_pointed,
                              struct failure *failure)
{
    struct file_store *store = context;
    enum status status = lock(store, failure);
    if (status == STATUS_OK) {
        status = point_locked(store, sequence, base, manifest, out_pointed, failure);
        unlock(store);
    }
    return status;
}

static enum status file_drop(void *context, const struct store_item *items, uint32_t count,
                             struct failure *failure)
{
    struct file_store *store = context;
    enum status status = lock(store, failure);
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        char name[FILE_NAME_BYTES];
        object_name(items[i].name, name);
        if (unlinkat(store->descriptor, name, 0) != 0 && errno != ENOENT) {
            status = trouble("remove a file from", store->directory, failure);
        }
    }
    unlock(store);
    return status;
}

struct listing {
    store_visit *visit;
    void *visitor;
};

static void listing_visit(void *visitor, const char *name)
{
    const struct listing *listing = visitor;
    const char *object = object_parse(name);
    if (object && strlen(object) < STORE_NAME_BYTES_MAX) {
        listing->visit(listing->visitor, object);
    }
}

static enum status file_list(void *context, store_visit *visit, void *visitor,
                             struct failure *failure)
{
    struct file_store *store = context;
    struct listing listing = { visit, visitor };
    const enum status status = directory_open(store, false, failure);
    if (status == STATUS_ABSENT) {
        return STATUS_OK;
    }
    return status == STATUS_OK ? each_file(store, listing_visit, &listing, failure) : status;
}

static enum status file_manifest(void *context, uint32_t age, struct bytes *out_manifest,
                                 struct failure *failure)
{
    struct file_store *store = context;
    struct newest newest;
    const enum status status = find_newest(store, &newest, failure);
    if (status != STATUS_OK) {
        return status;
    }
    if (age >= MANIFESTS_KEPT || newest.sequences[age] == 0) {
        return failure_set(failure, STATUS_ABSENT, "it is not there");
    }
    char name[FILE_NAME_BYTES];
    manifest_name(newest.sequences[age], name);
    return file_read(store, name, out_manifest, failure);
}

static enum status file_get(void *context, const char *name, struct bytes *out_content,
                            struct failure *failure)
{
    struct file_store *store = context;
    const enum status status = directory_open(store, false, failure);
    if (status != STATUS_OK) {
        return status;
    }
    char file_name[FILE_NAME_BYTES];
    object_name(name, file_name);
    return file_read(store, file_name, out_content, failure);
}

static bool file_notice(void *context, struct failure *out_notice)
{
    (void)context;
    (void)out_notice;
    return false;
}

static void file_close(void *context)
{
    struct file_store *store = context;
    directory_close(store);
    free(store->content);
    free(store);
}

enum status file_store_open(const char *url, const char *group, const char *prefix,
                            struct store_backend *out_backend, struct failure *failure)
{
    static const char SCHEME[] = "file://";
    const char *path = url + sizeof SCHEME - 1;
    if (strncmp(url, SCHEME, sizeof SCHEME - 1) != 0 || path[0] != '/' || strlen(path) < 2 ||
        strlen(url) >= DIRECTORY_BYTES || strchr(group, '/') || strchr(prefix, '/')) {
        return failure_set(failure, STATUS_CONFIG,
                           "snapshots.url: write file:///directory with an absolute path, and "
                           "group and topic_prefix without `/`");
    }
    struct file_store *store = calloc(1, sizeof *store);
    if (!store) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for snapshots");
    }
    store->descriptor = -1;
    store->lock = -1;
    (void)snprintf(store->name, sizeof store->name, "%s", url);
    (void)snprintf(store->parent, sizeof store->parent, "%s", path);
    (void)snprintf(store->directory, sizeof store->directory, "%s/%s@%s", path, group, prefix);
    *out_backend = (struct store_backend){
        .context = store, .name = store->name,
        .pointer = file_pointer, .put = file_put, .point = file_point, .drop = file_drop,
        .list = file_list, .manifest = file_manifest, .get = file_get,
        .notice = file_notice, .close = file_close,
    };
    return STATUS_OK;
}
