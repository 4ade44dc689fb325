/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "wire/zone_codec.h"

enum { HOUR = 3600, FILE_BYTES_MAX = 64 * 1024 };

/* ------------------------------------------------------------------ a seed */

static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = random_state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static int64_t random_between(int64_t low, int64_t high)
{
    return low + (int64_t)(random_next() % (uint64_t)(high - low + 1));
}

static void random_start(void)
{
    const char *seed = getenv("PROMISED_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 1;
    (void)fprintf(stderr, "PROMISED_SEED=%llu\n", (unsigned long long)random_state);
}

/* ------------------------------------------------------------------ against the C library */

static const char *const ZONES[] = {
    "Africa/Cairo",        "Africa/Casablanca",   "Africa/El_Aaiun",  "Africa/Monrovia",
    "America/Caracas",     "America/Havana",      "America/New_York", "America/Nuuk",
    "America/Santiago",    "America/Sao_Paulo",   "America/St_Johns", "Antarctica/Troll",
    "Asia/Gaza",           "Asia/Jerusalem",      "Asia/Kathmandu",   "Asia/Kolkata",
    "Asia/Pyongyang",      "Asia/Tehran",         "Asia/Tokyo",       "Atlantic/Azores",
    "Australia/Lord_Howe", "Australia/Melbourne", "Europe/Dublin",    "Europe/Istanbul",
    "Europe/London",       "Europe/Moscow",       "Pacific/Apia",     "Pacific/Chatham",
    "Pacific/Kiritimati",  "Pacific/Norfolk",     "UTC",              "Etc/GMT+12",
};
enum { ZONE_COUNT = sizeof ZONES / sizeof *ZONES };

static struct bytes file_of(const char *name, uint8_t *room)
{
    char path[256];
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s is not installed", path);
    const size_t count = fread(room, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    return bytes_of(room, count);
}

/* The zone's rules; the C library's are set to the same zone. */
static struct zone_rules zone_of(const char *name)
{
    uint8_t room[FILE_BYTES_MAX];
    struct zone_rules rules;
    cr_assert(zone_decode(file_of(name, room), &rules), "%s does not decode", name);
    cr_assert_eq(setenv("TZ", name, 1), 0);
    tzset();
    return rules;
}

/* What the clocks of the C library's zone show, in seconds since 1970 as if it were UTC. */
static int64_t shown_at(int64_t instant)
{
    const time_t time = (time_t)instant;
    struct tm shown;
    cr_assert_not_null(localtime_r(&time, &shown));
    const struct civil civil = { shown.tm_year + 1900, shown.tm_mon + 1, shown.tm_mday };
    return ((civil_day(civil) * INT64_C(24) + shown.tm_hour) * 60 + shown.tm_min) * 60 +
           shown.tm_sec;
}

static void expect_like_library(const char *name, const struct zone_rules *rules, int64_t instant)
{
    const int64_t shown = shown_at(instant);

    cr_assert_eq(zone_offset(rules, instant), shown - instant, "%s at %lld", name,
                 (long long)instant);
    cr_assert_eq(zone_day(rules, instant * 1000 + 999),
                 (shown - (shown % 86400 + 86400) % 86400) / 86400, "%s at %lld", name,
                 (long long)instant);
}

static int64_t random_instant(void)
{
    return random_between(0, INT64_C(4133980800));   /* 1970 to 2100 */
}

Test(zone_codec, r8_offsets_and_days_are_those_of_the_c_library)
{
    random_start();
    for (int zone = 0; zone < ZONE_COUNT; zone++) {
        const struct zone_rules rules = zone_of(ZONES[zone]);

        for (int i = 0; i < 3000; i++) {
            expect_like_library(ZONES[zone], &rules, random_instant());
        }
    }
}

Test(zone_codec, offsets_around_every_transition_are_those_of_the_c_library)
{
    for (int zone = 0; zone < ZONE_COUNT; zone++) {
        const struct zone_rules rules = zone_of(ZONES[zone]);

        for (int32_t i = 0; i < rules.transition_count; i++) {
            for (int64_t aside = -1; aside <= 1 && rules.transition_at[i] > 0; aside++) {
                expect_like_library(ZONES[zone], &rules, rules.transition_at[i] + aside);
            }
        }
    }
}

/* No clock showed `sought` or later before `instant`, and at `instant` it does. */
static void expect_first_instant(const char *name, const struct zone_rules *rules, int64_t sought)
{
    const int32_t day = (int32_t)(sought / 86400);
    const int64_t instant_ms = zone_instant(rules, day, (int32_t)(sought % 86400 / 60));
    const int64_t instant = instant_ms / 1000;

    cr_assert_eq(instant_ms % 1000, 0);
    cr_assert_geq(shown_at(instant), sought, "%s: %lld", name, (long long)sought);
    for (int64_t before = instant - 1; before > instant - 27 * HOUR; before -= 299) {
        cr_assert_lt(shown_at(before), sought, "%s: %lld shown at %lld", name, (long long)sought,
                     (long long)before);
    }
}

Test(zone_codec, r8_instants_are_the_first_at_which_the_c_library_shows_the_minute)
{
    random_start();
    for (int zone = 0; zone < ZONE_COUNT; zone++) {
        const struct zone_rules rules = zone_of(ZONES[zone]);

        for (int i = 0; i < 20; i++) {
            expect_first_instant(ZONES[zone], &rules, (random_instant() + 2 * 86400) / 60 * 60);
        }
        for (int32_t i = 0; i < rules.transition_count; i++) {
            if (rules.transition_at[i] > 3 * 86400 && random_next() % 8 == 0) {
                const int64_t near = rules.transition_at[i] + rules.offset_after[i] +
                                     random_between(-120, 120) * 60;
                expect_first_instant(ZONES[zone], &rules, near / 60 * 60);
            }
        }
    }
}

Test(zone_codec, apia_has_no_2011_12_30)
{
    const struct zone_rules rules = zone_of("Pacific/Apia");
    const int32_t skipped = civil_day((struct civil){ 2011, 12, 30 });

    cr_assert_eq(zone_instant(&rules, skipped, 0), zone_instant(&rules, skipped + 1, 0));
    cr_assert_eq(zone_day(&rules, zone_instant(&rules, skipped, 0)), skipped + 1);
    cr_assert_eq(zone_day(&rules, zone_instant(&rules, skipped, 0) - 1), skipped - 1);
}

/* ------------------------------------------------------------------ files made by hand */

static void put_number(struct buffer *out, uint64_t value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        buffer_put_byte(out, (uint8_t)(value >> (8 * i)));
    }
}

static void put_header(struct buffer *out, char version, uint32_t leap_count, uint32_t time_count,
                       uint32_t type_count)
{
    static const uint8_t reserved[15] = { 0 };
    buffer_put(out, "TZif", 4);
    buffer_put_byte(out, (uint8_t)version);
    buffer_put(out, reserved, sizeof reserved);
    put_number(out, 0, 4);
    put_number(out, 0, 4);
    put_number(out, leap_count, 4);
    put_number(out, time_count, 4);
    put_number(out, type_count, 4);
    put_number(out, 4, 4);
}

/* Two types, `offset` and one hour more; transition i is at 1000 i and goes to the other one. */
static void put_block(struct buffer *out, int32_t offset, uint32_t time_count, int time_bytes)
{
    for (uint32_t i = 0; i < time_count; i++) {
        put_number(out, 1000 * (uint64_t)i, time_bytes);
    }
    for (uint32_t i = 0; i < time_count; i++) {
        buffer_put_byte(out, (i + 1) % 2);
    }
    for (int32_t type = 0; type < 2; type++) {
        put_number(out, (uint32_t)(offset + type * HOUR), 4);
        put_number(out, 0, 2);
    }
    buffer_put(out, "ABC", 4);
}

static uint8_t made_room[FILE_BYTES_MAX];

/* Version 2: an empty 32-bit block, `time_count` transitions and a footer. */
static struct bytes made(uint32_t time_count, const char *footer)
{
    struct buffer out = buffer_of(made_room, sizeof made_room);
    put_header(&out, '2', 0, 0, 2);
    put_block(&out, 0, 0, 4);
    put_header(&out, '2', 0, time_count, 2);
    put_block(&out, 2 * HOUR, time_count, 8);
    buffer_put_byte(&out, '\n');
    buffer_put_bytes(&out, bytes_text(footer));
    buffer_put_byte(&out, '\n');
    cr_assert_not(out.overflowed);
    return buffer_bytes(&out);
}

static bool footer_decodes(const char *footer, struct zone_rules *out_rules)
{
    return zone_decode(made(0, footer), out_rules);
}

Test(zone_codec, footer_without_daylight_saving_time_is_one_offset)
{
    struct zone_rules rules;

    cr_assert(footer_decodes("JST-9", &rules));
    cr_assert_not(rules.repeats);
    cr_assert_eq(rules.standard_offset, 9 * HOUR);
    cr_assert(footer_decodes("<+0530>-5:30", &rules));
    cr_assert_eq(rules.standard_offset, 5 * HOUR + 1800);
    cr_assert(footer_decodes("<-00>0", &rules));
    cr_assert_eq(rules.standard_offset, 0);
    cr_assert(footer_decodes("LMT+7:02:58", &rules));
    cr_assert_eq(rules.standard_offset, -(7 * HOUR + 2 * 60 + 58));
}

Test(zone_codec, footer_has_changes_in_all_three_forms)
{
    struct zone_rules rules;

    cr_assert(footer_decodes("EST5EDT,M3.2.0,M11.1.0", &rules));
    cr_assert(rules.repeats);
    cr_assert_eq(rules.standard_offset, -5 * HOUR);
    cr_assert_eq(rules.daylight_offset, -4 * HOUR);
    cr_assert_eq(rules.daylight_begins.kind, ZONE_CHANGE_WEEKDAY);
    cr_assert_eq(rules.daylight_begins.month, 3);
    cr_assert_eq(rules.daylight_begins.week, 2);
    cr_assert_eq(rules.daylight_begins.day, 0);
    cr_assert_eq(rules.daylight_begins.second, 2 * HOUR);

    cr_assert(footer_decodes("XXX3<+02>-2,0/0,J365/25:00:01", &rules));
    cr_assert_eq(rules.daylight_offset, 2 * HOUR);
    cr_assert_eq(rules.daylight_begins.kind, ZONE_CHANGE_DAY);
    cr_assert_eq(rules.daylight_begins.day, 0);
    cr_assert_eq(rules.daylight_begins.second, 0);
    cr_assert_eq(rules.daylight_ends.kind, ZONE_CHANGE_JULIAN);
    cr_assert_eq(rules.daylight_ends.day, 365);
    cr_assert_eq(rules.daylight_ends.second, 25 * HOUR + 1);
}

Test(zone_codec, footer_hours_go_from_minus_167_to_167)
{
    struct zone_rules rules;

    cr_assert(footer_decodes("IST-2IDT,M3.4.4/-167,M10.5.0/167", &rules));
    cr_assert_eq(rules.daylight_begins.second, -167 * HOUR);
    cr_assert_eq(rules.daylight_ends.second, 167 * HOUR);
    cr_assert_not(footer_decodes("IST-2IDT,M3.4.4/168,M10.5.0", &rules));
}

Test(zone_codec, footer_that_is_none_is_refused)
{
    static const char *const footers[] = {
        "J", "JST", "JS-9", "JST-25", "JST-9 ", "JST-9:", "JST-99999999999999999999",
        "<+05-5", "<+0>-5", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,",
        "EST5EDT,M0.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0",
        "EST5EDT,M3.2.0,M11.1.0,", "EST5EDT,M3.2.0/2:60,M11.1.0", "EST5EDT,J0,J365",
        "EST5EDT,0,366",
    };

    for (size_t i = 0; i < sizeof footers / sizeof *footers; i++) {
        struct zone_rules rules = { .transition_count = 77 };
        cr_assert_not(footer_decodes(footers[i], &rules), "%s", footers[i]);
        cr_assert_eq(rules.transition_count, 77, "out_rules is untouched");
    }
}

Test(zone_codec, without_footer_the_last_offset_stays)
{
    struct zone_rules rules;

    cr_assert(zone_decode(made(3, ""), &rules));

    cr_assert_eq(rules.transition_count, 3);
    cr_assert_eq(zone_offset(&rules, -1), 2 * HOUR);
    cr_assert_eq(zone_offset(&rules, 0), 3 * HOUR);
    cr_assert_eq(zone_offset(&rules, 1000), 2 * HOUR);
    cr_assert_eq(zone_offset(&rules, 2000000), 3 * HOUR);
}

Test(zone_codec, of_too_many_transitions_the_newest_are_kept)
{
    struct zone_rules rules;

    cr_assert(zone_decode(made(ZONE_TRANSITIONS_MAX + 101, "JST-9"), &rules));

    cr_assert_eq(rules.transition_count, ZONE_TRANSITIONS_MAX);
    cr_assert_eq(rules.transition_at[0], 101000);
    cr_assert_eq(rules.first_offset, 3 * HOUR, "the offset after transition 100");
    cr_assert_eq(rules.offset_after[0], 2 * HOUR);
    cr_assert_eq(rules.transition_at[ZONE_TRANSITIONS_MAX - 1],
                 (ZONE_TRANSITIONS_MAX + 100) * 1000);
    cr_assert_eq(zone_offset(&rules, INT64_C(1) << 32), 9 * HOUR);
}

Test(zone_codec, version_1_has_times_of_32_bits)
{
    struct buffer out = buffer_of(made_room, sizeof made_room);
    put_header(&out, '\0', 0, 2, 2);
    put_block(&out, -HOUR, 2, 4);
    struct zone_rules rules;

    cr_assert(zone_decode(buffer_bytes(&out), &rules));

    cr_assert_eq(rules.transition_count, 2);
    cr_assert_eq(rules.transition_at[1], 1000);
    cr_assert_eq(rules.first_offset, -HOUR);
    cr_assert_eq(zone_offset(&rules, 999), 0);
    cr_assert_eq(zone_offset(&rules, 1000), -HOUR);
}

Test(zone_codec, files_with_leap_seconds_are_refused)
{
    struct buffer out = buffer_of(made_room, sizeof made_room);
    put_header(&out, '\0', 1, 0, 2);
    put_block(&out, 0, 0, 4);
    put_number(&out, 78796800, 4);
    put_number(&out, 1, 4);
    struct zone_rules rules;

    cr_assert_not(zone_decode(buffer_bytes(&out), &rules));
}

Test(zone_codec, transitions_that_do_not_rise_are_refused)
{
    enum { SECOND_TIME = 2 * 44 + 12 + 4 + 8 };
    const struct bytes file = made(2, "JST-9");
    struct zone_rules rules;
    cr_assert(zone_decode(file, &rules));

    memset(made_room + SECOND_TIME, 0, 8);

    cr_assert_not(zone_decode(file, &rules));
}

Test(zone_codec, type_that_does_not_exist_is_refused)
{
    enum { FIRST_TYPE = 2 * 44 + 12 + 4 + 16 };
    const struct bytes file = made(2, "JST-9");
    struct zone_rules rules;

    made_room[FIRST_TYPE] = 2;

    cr_assert_not(zone_decode(file, &rules));
}

Test(zone_codec, offset_beyond_a_day_and_two_hours_is_refused)
{
    struct buffer out = buffer_of(made_room, sizeof made_room);
    put_header(&out, '\0', 0, 0, 2);
    put_block(&out, 93600 - HOUR, 0, 4);
    struct zone_rules rules;

    cr_assert_not(zone_decode(buffer_bytes(&out), &rules));
}

Test(zone_codec, every_cut_of_a_file_is_refused)
{
    uint8_t room[FILE_BYTES_MAX];
    const struct bytes file = file_of("America/New_York", room);
    struct zone_rules rules;

    for (size_t count = 0; count < file.count; count++) {
        uint8_t *cut = malloc(count + 1);
        memcpy(cut, file.data, count);
        cr_assert_not(zone_decode(bytes_of(cut, count), &rules), "%zu bytes", count);
        free(cut);
    }
    cr_assert(zone_decode(file, &rules));
}

Test(zone_codec, damaged_files_are_refused_or_give_rules_that_can_be_asked)
{
    random_start();
    uint8_t room[FILE_BYTES_MAX];
    const struct bytes file = file_of("Europe/London", room);

    for (int i = 0; i < 20000; i++) {
        const size_t at = (size_t)random_between(0, (int64_t)file.count - 1);
        const uint8_t kept = room[at];
        struct zone_rules rules;
        room[at] = (uint8_t)random_next();
        if (zone_decode(file, &rules)) {
            const int32_t day = (int32_t)random_between(0, 50000);
            cr_assert_geq(zone_instant(&rules, day, 0), (day - 2) * MS_PER_DAY);
        }
        room[at] = kept;
    }
}
