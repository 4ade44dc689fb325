/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/time_zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
#include "wire/zone_codec.h"

static const char *zone_directory(void)
{
    const char *directory = getenv("TZDIR");
    return directory && directory[0] ? directory : "/usr/share/zoneinfo";
}

static bool name_byte(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '+' || byte == '-' ||
           byte == '.';
}

static bool name_safe(struct bytes name)
{
    if (name.count == 0 || name.count > TIME_ZONE_NAME_BYTES_MAX ||
        bytes_equal(name, BYTES_LITERAL("localtime")) ||
        bytes_equal(name, BYTES_LITERAL("posixrules"))) {
        return false;
    }
    bool part_begins = true;
    for (size_t i = 0; i < name.count; i++) {
        const uint8_t byte = name.data[i];
        if (byte == '/' ? part_begins : !name_byte(byte) || (part_begins && byte == '.')) {
            return false;
        }
        part_begins = byte == '/';
    }
    return !part_begins;
}

static bool error_means_absent(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EISDIR || error == ELOOP ||
           error == ENAMETOOLONG;
}

/* A descriptor of the zone's file in `*out_file`. */
static enum status file_open(const char *name, int *out_file, struct failure *failure)
{
    const int directory = open(zone_directory(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return failure_set(failure, STATUS_CONFIG,
                           "time zone directory %s: %s; install tzdata or set TZDIR",
                           zone_directory(), strerror(errno));
    }
    const int file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const int error = errno;
    (void)close(directory);
    if (file < 0) {
        return failure_set(failure, error_means_absent(error) ? STATUS_ABSENT : STATUS_UNREACHABLE,
                           "time zone %s in %s: %s", name, zone_directory(), strerror(error));
    }
    *out_file = file;
    return STATUS_OK;
}

/* All of the file, but no more than one byte beyond what is allowed; negative: an error. */
static ssize_t file_content(int file, uint8_t *content)
{
    struct stat facts;
    if (fstat(file, &facts) != 0) {
        return -1;
    }
    if (!S_ISREG(facts.st_mode)) {
        return 0;
    }
    size_t count = 0;
    while (count < TIME_ZONE_BYTES_MAX + 1) {
        const ssize_t taken = read(file, content + count, TIME_ZONE_BYTES_MAX + 1 - count);
        if (taken < 0 && errno == EINTR) {
            continue;
        }
        if (taken <= 0) {
            return taken < 0 ? taken : (ssize_t)count;
        }
        count += (size_t)taken;
    }
    return (ssize_t)count;
}

static bool content_decodes(struct bytes content)
{
    struct zone_rules rules;
    return content.count <= TIME_ZONE_BYTES_MAX && zone_decode(content, &rules);
}

enum status time_zone_read(struct bytes name, struct buffer *out_tzif, struct failure *failure)
{
    if (!name_safe(name)) {
        return failure_set(failure, STATUS_ABSENT, "not the name of a time zone");
    }
    char path[TIME_ZONE_NAME_BYTES_MAX + 1] = { 0 };
    memcpy(path, name.data, name.count);
    int file = -1;
    const enum status opened = file_open(path, &file, failure);
    if (opened != STATUS_OK) {
        return opened;
    }
    uint8_t content[TIME_ZONE_BYTES_MAX + 1];
    const ssize_t count = file_content(file, content);
    const int error = errno;
    (void)close(file);
    if (count < 0) {
        return failure_set(failure, STATUS_UNREACHABLE, "time zone %s in %s: %s", path,
                           zone_directory(), strerror(error));
    }
    if (!content_decodes(bytes_of(content, (size_t)count))) {
        return failure_set(failure, STATUS_ABSENT, "time zone %s in %s: not a file of rules", path,
                           zone_directory());
    }
    CHECK(out_tzif->capacity - out_tzif->count >= (size_t)count);
    buffer_put(out_tzif, content, (size_t)count);
    return STATUS_OK;
}
