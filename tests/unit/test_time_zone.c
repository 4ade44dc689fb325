/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
#include "edge/time_zone.h"
#include "wire/zone_codec.h"

static uint8_t room[TIME_ZONE_BYTES_MAX];

static enum status read_zone(const char *name)
{
    struct buffer out = buffer_of(room, sizeof room);
    struct failure failure = { 0 };
    const enum status status = time_zone_read(bytes_text(name), &out, &failure);
    cr_assert_eq(status == STATUS_OK, out.count > 0, "%s", name);
    cr_assert_eq(status != STATUS_OK, failure.text[0] != '\0', "%s", name);
    return status;
}

Test(time_zone, zones_of_this_machine_are_read_and_decode)
{
    static const char *const names[] = { "Europe/London", "America/Argentina/Buenos_Aires", "UTC",
                                         "Etc/GMT+12", "America/Port-au-Prince" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct buffer out = buffer_of(room, sizeof room);
        struct zone_rules rules;

        cr_assert_eq(time_zone_read(bytes_text(names[i]), &out, NULL), STATUS_OK, "%s", names[i]);

        cr_assert(zone_decode(buffer_bytes(&out), &rules), "%s", names[i]);
    }
}

Test(time_zone, unknown_zone_is_absent)
{
    cr_assert_eq(read_zone("Europe/Berlim"), STATUS_ABSENT);
    cr_assert_eq(read_zone("Europe"), STATUS_ABSENT, "a directory");
    cr_assert_eq(read_zone("Europe/London/City"), STATUS_ABSENT);
    cr_assert_eq(read_zone("zone.tab"), STATUS_ABSENT, "a file of another kind");
}

Test(time_zone, name_that_leads_elsewhere_is_absent)
{
    static const char *const names[] = {
        "", "/", "/etc/localtime", "../zoneinfo/UTC", "Europe/../UTC", "./UTC", "Europe//London",
        "Europe/London/", "Europe/.hidden", "Europe/Lon don", "localtime", "posixrules", "UTC\n",
        "Europe/\xc3\x9c",
        "A123456789012345678901234567890123456789012345678901234567890/UTC",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cr_assert_eq(read_zone(names[i]), STATUS_ABSENT, "%s", names[i]);
    }
}

Test(time_zone, name_with_a_zero_byte_is_absent)
{
    struct buffer out = buffer_of(room, sizeof room);

    cr_assert_eq(time_zone_read(bytes_of("UTC\0x", 5), &out, NULL), STATUS_ABSENT);
}

Test(time_zone, missing_directory_is_a_matter_of_configuration)
{
    cr_assert_eq(setenv("TZDIR", "/nonexistent/zoneinfo", 1), 0);

    cr_assert_eq(read_zone("Europe/London"), STATUS_CONFIG);
}

/* A directory of zone files with one file `Big`, `count` bytes long. */
static void make_directory(char *directory, size_t count)
{
    char path[64];
    cr_assert_not_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/Big", directory);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    for (size_t i = 0; i < count; i++) {
        (void)fputc(i < 4 ? "TZif"[i] : 0, file);
    }
    (void)fclose(file);
    cr_assert_eq(setenv("TZDIR", directory, 1), 0);
}

static void remove_directory(const char *directory)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/Big", directory);
    (void)unlink(path);
    (void)rmdir(directory);
}

Test(time_zone, file_that_is_too_large_or_holds_no_rules_is_absent)
{
    char large[] = "zonesXXXXXX";
    char empty[] = "zonesXXXXXX";

    make_directory(large, TIME_ZONE_BYTES_MAX + 1);
    cr_assert_eq(read_zone("Big"), STATUS_ABSENT);
    make_directory(empty, 44);
    cr_assert_eq(read_zone("Big"), STATUS_ABSENT);

    remove_directory(large);
    remove_directory(empty);
}
