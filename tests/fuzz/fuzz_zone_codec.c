/* SPDX-License-Identifier: Apache-2.0 */
#include "core/calendar.h"
#include "wire/zone_codec.h"

/*
 * TZif bytes come with the journal. Whatever they are, they are refused or give rules that answer
 * every question: offsets within a day and two hours, and days that begin about where they should.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count);

enum { OFFSET_SECONDS_MAX = 26 * 3600 };

static void ask(const struct zone_rules *rules, int32_t day)
{
    const int64_t begins = zone_instant(rules, day, 0);
    const int64_t utc = day * MS_PER_DAY;
    CHECK(begins >= utc - OFFSET_SECONDS_MAX * INT64_C(1000));
    CHECK(begins <= utc + OFFSET_SECONDS_MAX * INT64_C(1000));
    CHECK(zone_instant(rules, day, 1439) >= begins);
    CHECK(zone_day(rules, begins) >= day);
    const int32_t offset = zone_offset(rules, begins / 1000);
    CHECK(offset > -OFFSET_SECONDS_MAX && offset < OFFSET_SECONDS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count)
{
    struct zone_rules rules;
    if (!zone_decode(bytes_of(data, count), &rules)) {
        return 0;
    }
    CHECK(rules.transition_count >= 0 && rules.transition_count <= ZONE_TRANSITIONS_MAX);
    for (int32_t day = -400; day < 60000; day += 97) {
        ask(&rules, day);
    }
    for (int32_t i = 0; i < rules.transition_count; i += 1 + rules.transition_count / 8) {
        const int64_t day = rules.transition_at[i] / 86400;
        if (day > -1000000 && day < 1000000) {
            ask(&rules, (int32_t)day);
        }
    }
    return 0;
}
