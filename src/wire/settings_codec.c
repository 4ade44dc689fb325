/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/settings_codec.h"

#include "wire/msgpack_writer.h"

/* Every setting as a number, in the order in which they are written. */
enum {
    RULES,
    DEDUPE_WINDOW,
    INBOUND_GRACE_DAYS,
    CLOCK,
    FUTURE_TOLERANCE,
    REORDER_WINDOW,
    PARKED_ALARM,
    CLOSED_ORDERS,
    MOVES,
    REVIEW,
    TOMBSTONE_AFTER,
    SETTING_COUNT,
};

/* A duration in nanoseconds still fits an int64_t. */
#define DURATION_MS_MAX (TIME_NS_MAX / NS_PER_MS)

static const struct {
    const char *group;   /* the map it is in; "" for settings itself */
    const char *name;
    int64_t max;
} SETTINGS[SETTING_COUNT] = {
    [RULES] = { "", "rules", INT32_MAX },
    [DEDUPE_WINDOW] = { "dedupe", "window", DURATION_MS_MAX },
    [INBOUND_GRACE_DAYS] = { "inbound", "grace_days", INT32_MAX },
    [CLOCK] = { "", "clock", WORLD_CLOCK_EVENT },
    [FUTURE_TOLERANCE] = { "limits", "future_tolerance", DURATION_MS_MAX },
    [REORDER_WINDOW] = { "limits", "reorder_window", DURATION_MS_MAX },
    [PARKED_ALARM] = { "limits", "parked_alarm", DURATION_MS_MAX },
    [CLOSED_ORDERS] = { "limits", "closed_orders", DURATION_MS_MAX },
    [MOVES] = { "limits", "moves", INT32_MAX },
    [REVIEW] = { "limits", "review", DURATION_MS_MAX },
    [TOMBSTONE_AFTER] = { "publish", "tombstone_after", DURATION_MS_MAX },
};

static const char *const CLOCK_NAMES[] = {
    [WORLD_CLOCK_WALL] = "wall",
    [WORLD_CLOCK_EVENT] = "event",
};

struct numbers {
    int64_t of[SETTING_COUNT];
};

static struct numbers numbers_of(const struct settings *settings)
{
    return (struct numbers){ {
        [RULES] = settings->rules,
        [DEDUPE_WINDOW] = settings->dedupe_window_ms,
        [INBOUND_GRACE_DAYS] = settings->inbound_grace_days,
        [CLOCK] = settings->clock,
        [FUTURE_TOLERANCE] = settings->future_tolerance_ms,
        [REORDER_WINDOW] = settings->reorder_window_ms,
        [PARKED_ALARM] = settings->parked_alarm_ms,
        [CLOSED_ORDERS] = settings->closed_orders_ms,
        [MOVES] = settings->moves,
        [REVIEW] = settings->review_ms,
        [TOMBSTONE_AFTER] = settings->tombstone_after_ms,
    } };
}

static struct settings settings_of(const struct numbers *numbers)
{
    return (struct settings){
        .rules = (uint32_t)numbers->of[RULES],
        .clock = (enum world_clock)numbers->of[CLOCK],
        .dedupe_window_ms = numbers->of[DEDUPE_WINDOW],
        .future_tolerance_ms = numbers->of[FUTURE_TOLERANCE],
        .reorder_window_ms = numbers->of[REORDER_WINDOW],
        .parked_alarm_ms = numbers->of[PARKED_ALARM],
        .closed_orders_ms = numbers->of[CLOSED_ORDERS],
        .tombstone_after_ms = numbers->of[TOMBSTONE_AFTER],
        .review_ms = numbers->of[REVIEW],
        .inbound_grace_days = (int32_t)numbers->of[INBOUND_GRACE_DAYS],
        .moves = (int32_t)numbers->of[MOVES],
    };
}

static bool same_group(int a, int b)
{
    return strcmp(SETTINGS[a].group, SETTINGS[b].group) == 0;
}

/* How many settings from `first` on are in its group; those of no group stand alone. */
static int group_count(int first)
{
    int count = 1;
    while (SETTINGS[first].group[0] && first + count < SETTING_COUNT &&
           same_group(first, first + count)) {
        count++;
    }
    return count;
}

static uint32_t top_count(void)
{
    uint32_t count = 0;
    for (int i = 0; i < SETTING_COUNT; i += group_count(i)) {
        count++;
    }
    return count;
}

static void write_setting(struct buffer *out, int setting, int64_t number)
{
    msgpack_write_text(out, bytes_text(SETTINGS[setting].name));
    if (setting == CLOCK) {
        msgpack_write_text(out, bytes_text(CLOCK_NAMES[number]));
    } else {
        msgpack_write_int(out, number);
    }
}

void settings_encode(const struct settings *settings, struct buffer *out)
{
    const struct numbers numbers = numbers_of(settings);
    msgpack_write_map(out, top_count());
    for (int i = 0; i < SETTING_COUNT; i++) {
        CHECK(numbers.of[i] >= 0 && numbers.of[i] <= SETTINGS[i].max);
        if (SETTINGS[i].group[0] && (i == 0 || !same_group(i - 1, i))) {
            msgpack_write_text(out, bytes_text(SETTINGS[i].group));
            msgpack_write_map(out, (uint32_t)group_count(i));
        }
        write_setting(out, i, numbers.of[i]);
    }
}

static int64_t read_clock(struct msgpack_reader *reader)
{
    const struct bytes name = msgpack_read_text(reader);
    for (int64_t clock = WORLD_CLOCK_WALL; clock <= WORLD_CLOCK_EVENT; clock++) {
        if (bytes_equal(name, bytes_text(CLOCK_NAMES[clock]))) {
            return clock;
        }
    }
    msgpack_reader_fail(reader);
    return 0;
}

static void read_setting(struct msgpack_reader *reader, struct numbers *numbers, int setting)
{
    if (numbers->of[setting] >= 0) {
        msgpack_reader_fail(reader);
        return;
    }
    numbers->of[setting] = setting == CLOCK ? read_clock(reader)
                                            : msgpack_read_int(reader, 0, SETTINGS[setting].max);
}

static int setting_find(struct bytes group, struct bytes name)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (bytes_equal(group, bytes_text(SETTINGS[i].group)) &&
            bytes_equal(name, bytes_text(SETTINGS[i].name))) {
            return i;
        }
    }
    return SETTING_COUNT;
}

static bool is_group(struct bytes name)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (name.count > 0 && bytes_equal(name, bytes_text(SETTINGS[i].group))) {
            return true;
        }
    }
    return false;
}

static void read_group(struct msgpack_reader *reader, struct numbers *numbers, struct bytes group)
{
    const uint32_t count = msgpack_read_map(reader);
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        const int setting = setting_find(group, msgpack_read_text(reader));
        if (setting < SETTING_COUNT) {
            read_setting(reader, numbers, setting);
        } else {
            msgpack_read_past(reader);
        }
    }
}

static void read_top(struct msgpack_reader *reader, struct numbers *numbers)
{
    const uint32_t count = msgpack_read_map(reader);
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        const struct bytes name = msgpack_read_text(reader);
        const int setting = setting_find(BYTES_LITERAL(""), name);
        if (setting < SETTING_COUNT) {
            read_setting(reader, numbers, setting);
        } else if (is_group(name)) {
            read_group(reader, numbers, name);
        } else {
            msgpack_read_past(reader);
        }
    }
}

struct settings settings_decode(struct msgpack_reader *reader)
{
    struct numbers numbers;
    for (int i = 0; i < SETTING_COUNT; i++) {
        numbers.of[i] = -1;
    }
    read_top(reader, &numbers);
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (numbers.of[i] < 0) {
            msgpack_reader_fail(reader);
        }
    }
    return reader->failed ? (struct settings){ 0 } : settings_of(&numbers);
}
