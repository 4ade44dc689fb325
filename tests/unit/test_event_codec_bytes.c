/* SPDX-License-Identifier: Apache-2.0 */
#include "event_codec_fixture.h"

#include <inttypes.h>
#include <stdio.h>

static void release_decoder(void)
{
    free(fixture_decoder());
}

TestSuite(event_codec_bytes, .fini = release_decoder);

/* ------------------------------------------------------------------ malformed */

static const char *const not_json[] = {
    "{", "{}}", "{} {}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{\"a\":01}", "{\"a\":+1}",
    "{\"a\":.5}", "{\"a\":1.}", "{\"a\":NaN}", "{\"a\":Infinity}", "{'a':1}", "// {}",
        "{\"a\":\"\n\"}",
    "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "\xef\xbb\xbf{}",
    /* a name twice, at any level */
    "{\"a\":1,\"a\":1}", "{\"a\":[{\"b\":{\"c\":1,\"d\":2,\"c\":3}}]}", "{\"a\":1,\"\\u0061\":2}",
    /* not UTF-8: cut, overlong, a surrogate, beyond Unicode, half a pair of escapes */
    "{\"a\":\"\xc3\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xe0\x80\xaf\"}",
    "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf4\x90\x80\x80\"}", "{\"\xff\":1}",
    "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\ud83d\\ud83d\\ude00\"}",
};

Test(event_codec_bytes, what_is_not_json_is_malformed)
{
    for (size_t i = 0; i < sizeof not_json / sizeof *not_json; i++) {
        struct record record = record_of(TOPIC_STOCK, bytes_text(not_json[i]));
        const struct record_header header = { BYTES_LITERAL("content-type"),
                                              BYTES_LITERAL("application/json") };
        record.headers = &header;
        record.header_count = 1;

        cr_assert_eq(decode_record(&record).refusal, REFUSAL_MALFORMED, "%s", not_json[i]);
    }
}

Test(event_codec_bytes, escaped_text_is_the_text_it_stands_for)
{
    const struct outcome outcome = decode_json(
        TOPIC_STOCK, BARE("stock.held", "\"s\\u006bu\":\"\\ud83d\\ude00\\\\\\/\",\"location\":"
                                        "\"\\u00e9\\\"\",\"quantity\":1"));

    assert_good(outcome);
    assert_text(outcome.event.stock.sku, "\xf0\x9f\x98\x80\\/");
    assert_text(outcome.event.stock.location, "\xc3\xa9\"");
    cr_assert_eq(decode_json(TOPIC_STOCK, BARE("stock.held", "\"sku\":\"a\\u0000\",\"location\":"
                                                             "\"L\",\"quantity\":1")).refusal,
                 REFUSAL_BAD_KEY);
}

static const struct bytes not_msgpack[] = {
    RAW("\x81"), RAW("\x81\xa1" "a"), RAW("\x80\xc0"), RAW("\xc1"), RAW("\x81\xa1" "a\xc1"),
    RAW("\x81\xa5" "a"), RAW("\x81\xa1" "a\xd9"), RAW("\x81\xa1" "a\xcf\x00\x00"),
    RAW("\x81\xa1" "a\xd8\xff"), RAW("\x81\xa1" "a\xc7\x09\xff"),
    /* headers that promise more than there is, alone and nested */
    RAW("\xdf\xff\xff\xff\xff"), RAW("\x81\xa1" "a\xdd\xff\xff\xff\xff\xc0"),
    RAW("\x81\xa1" "a\xdf\x7f\xff\xff\xff\xa1" "b\xc0"), RAW("\x81\xa1" "a\xc6\xff\xff\xff\xff"),
    RAW("\x81\xa1" "a\xdb\xff\xff\xff\xf0" "b"), RAW("\xde\xff\xff"),
    RAW("\x81\xa1" "a\xc9\xff\xff\xff\xff\xff"), RAW("\x81\xa1" "a\x92\xdd\x00\x00\x00\x02\xc0"),
    /* names: twice, twice below, no text */
    RAW("\x82\xa1" "a\xc0\xa1" "a\xc0"), RAW("\x82\xa1" "a\xc0\xd9\x01" "a\xc0"),
    RAW("\x81\xa1" "a\x91\x82\xa1" "b\xc0\xa1" "b\xc0"), RAW("\x81\x01\xc0"), RAW("\x81\xc4\x01"
        "a\xc0"),
    /* text that is not UTF-8 */
    RAW("\x81\xa1" "a\xa1\xff"), RAW("\x81\xa1\xff\xc0"), RAW("\x81\xa1" "a\x91\xa2\xc3\x28"),
};

Test(event_codec_bytes, what_is_not_msgpack_is_malformed)
{
    for (size_t i = 0; i < sizeof not_msgpack / sizeof *not_msgpack; i++) {
        const struct outcome outcome = decode_bytes(TOPIC_STOCK, not_msgpack[i]);

        cr_assert_eq(outcome.refusal, REFUSAL_MALFORMED, "row %zu: %s", i, outcome.reason.detail);
    }
}

/* A held stock with an unknown field that nests `depth` arrays: the outer map is one more. */
static struct outcome decode_nested(int depth, bool json)
{
    char text[512] = STOCK("stock.held", "\"quantity\":1,\"x\":");
    size_t at = strlen(text) - 1;
    memset(text + at, '[', (size_t)depth);
    memset(text + at + depth, ']', (size_t)depth);
    memcpy(text + at + 2 * depth, "}", 2);
    if (json) {
        return decode_json(TOPIC_STOCK, text);
    }
    uint8_t value[512];
    struct bytes flat = packed(STOCK("stock.held", "\"quantity\":1,\"x\":[]"));
    memcpy(value, flat.data, flat.count);
    memset(value + flat.count - 1, 0x91, (size_t)depth);
    value[flat.count - 2 + (size_t)depth] = 0x90;
    const struct outcome outcome =
        decode_bytes(TOPIC_STOCK, bytes_of(value, flat.count - 1 + (size_t)depth));
    free((void *)(uintptr_t)flat.data);
    return outcome;
}

Test(event_codec_bytes, sixteen_levels_are_accepted_and_one_more_is_malformed)
{
    for (int json = 0; json < 2; json++) {
        const struct outcome deep = decode_nested(15, json);
        const struct outcome deeper = decode_nested(16, json);

        assert_good(deep);
        cr_assert_eq(deep.event.unknown_fields, 1);
        cr_assert_eq(deeper.refusal, REFUSAL_MALFORMED);
        cr_assert_str_eq(deeper.reason.detail, "value: maps and arrays more than 16 deep");
    }
}

Test(event_codec_bytes, one_mebibyte_is_accepted_and_one_byte_more_is_malformed)
{
    char *value = malloc(VALUE_BYTES_MAX + 1);
    const char *json = STOCK("stock.held", "\"quantity\":1");
    memset(value, ' ', VALUE_BYTES_MAX + 1);
    memcpy(value, json, strlen(json));

    const struct outcome largest = decode_bytes(TOPIC_STOCK, bytes_of(value, VALUE_BYTES_MAX));
    const struct outcome larger = decode_bytes(TOPIC_STOCK, bytes_of(value, VALUE_BYTES_MAX + 1));

    assert_good(largest);
    cr_assert_eq(larger.refusal, REFUSAL_MALFORMED);
    free(value);
}

/* The largest of each kind of value: the memory that is reckoned with suffices. */
static struct outcome decode_repeated(enum encoding encoding, struct bytes head, struct bytes unit,
                                      struct bytes tail)
{
    static uint8_t room[VALUE_BYTES_MAX];
    struct buffer value = buffer_of(room, sizeof room);
    buffer_put_bytes(&value, head);
    while (value.capacity - value.count >= unit.count + tail.count) {
        buffer_put_bytes(&value, unit);
    }
    buffer_put_bytes(&value, tail);
    struct record record = record_of(TOPIC_STOCK, buffer_bytes(&value));
    const struct record_header header = { BYTES_LITERAL("content-type"),
                                          encoding == ENCODING_JSON
                                              ? BYTES_LITERAL("application/json")
                                              : BYTES_LITERAL("application/msgpack") };
    record.headers = &header;
    record.header_count = 1;
    return decode_record(&record);
}

Test(event_codec_bytes, largest_values_fit_the_memory_reckoned_with)
{
    static const struct {
        struct bytes head, unit, tail;
    } rows[] = {
        { RAW("{\"a\":["), RAW("1,"), RAW("1]}") },
        { RAW("{\"a\":["), RAW("[],"), RAW("1]}") },
        { RAW("{\"a\":["), RAW("{},"), RAW("1]}") },
        { RAW("{\"a\":["), RAW("\"\\n\","), RAW("1]}") },
        { RAW("{\"a\":["), RAW("{\"\\n\":\"\\t\"},"), RAW("1]}") },
        { RAW("{"), RAW("\"\":1,"), RAW("\"a\":1}") },
        { RAW("{"), RAW("\"\\n\":\"\\n\","), RAW("\"a\":1}") },
        { RAW("{\"a\":\"\\n"), RAW("x"), RAW("\"}") },
        { RAW("{\"a\":\"\\n"), RAW("\\n"), RAW("\"}") },
        { RAW("{\"a\":\"\\n"), RAW("\\n"), RAW("") },
        { RAW("{\"a\":"), RAW("1"), RAW("}") },
        { RAW("{\"a\":1e"), RAW("9"), RAW("}") },
        { RAW("{\"a\":0."), RAW("0"), RAW("1}") },
        { RAW("{\"a\":\"\\n\",\"b\":"), RAW("1"), RAW("") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome =
            decode_repeated(ENCODING_JSON, rows[i].head, rows[i].unit, rows[i].tail);

        cr_assert_neq(outcome.refusal, REFUSAL_NONE);
    }
    const uint32_t left = VALUE_BYTES_MAX - 5;
    const uint8_t array[] = { 0xdd, (uint8_t)(left >> 24), (uint8_t)(left >> 16),
                              (uint8_t)(left >> 8), (uint8_t)left };
    const uint8_t map[] = { 0xdf, 0, (uint8_t)(left / 2 >> 16), (uint8_t)(left / 2 >> 8),
                            (uint8_t)(left / 2) };
    const struct bytes none = RAW("");
    cr_assert_eq(decode_repeated(ENCODING_MSGPACK, bytes_of(array, 5),
                                 (struct bytes)RAW("\x90"), none).refusal, REFUSAL_MALFORMED);
    cr_assert_eq(decode_repeated(ENCODING_MSGPACK, bytes_of(map, 5),
                                 (struct bytes)RAW("\xa0\x80"), none).refusal, REFUSAL_MALFORMED);
}

Test(event_codec_bytes, map_of_100000_names_is_read_and_a_name_twice_in_it_found)
{
    static char json[VALUE_BYTES_MAX];
    const char *head = STOCK("stock.held", "\"quantity\":1");
    int at = sprintf(json, "%.*s", (int)strlen(head) - 1, head);
    for (int i = 0; i < 100000; i++) {
        at += sprintf(json + at, ",\"%x\":0", i);
    }
    (void)sprintf(json + at, "}");

    const struct outcome distinct = decode_json(TOPIC_STOCK, json);
    (void)sprintf(json + at, ",\"7ab\":0}");
    const struct outcome twice = decode_json(TOPIC_STOCK, json);

    assert_good(distinct);
    cr_assert_eq(distinct.event.unknown_fields, 100000);
    cr_assert_eq(twice.refusal, REFUSAL_MALFORMED);
}

/* ------------------------------------------------------------------ numbers */

Test(event_codec_bytes, whole_numbers_are_whole_however_they_are_written)
{
    static const struct {
        const char *text;
        int64_t quantity;
    } rows[] = {
        { "5", 5 }, { "5.0", 5 }, { "5e0", 5 }, { "5E+0", 5 }, { "50e-1", 5 }, { "0.5e1", 5 },
        { "5.000000000000000000000000000000", 5 }, { "-5.0", -5 }, { "1e12", 1000000000000 },
        { "0.0000000000000001e28", 1000000000000 }, { "-1000000000000", -1000000000000 },
        { "999999999999.0", 999999999999 },
        { "100000000000000000000000000000000000000000e-40", 10 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[512];
        (void)snprintf(json, sizeof json, STOCK("stock.adjusted", "\"quantity\":%s"), rows[i].text);

        const struct outcome outcome = decode_json(TOPIC_STOCK, json);

        assert_good(outcome);
        cr_assert_eq(outcome.event.stock.quantity, rows[i].quantity, "%s", rows[i].text);
    }
}

Test(event_codec_bytes, other_numbers_are_bad_quantities)
{
    static const char *const rows[] = {
        "5.5", "5.0000000000000000000000000000001", "1e-1", "1e400", "-1e400",
            "1e99999999999999999999",
        "1e-99999999999999999999", "94959759555949.9595975559495257555924e5",
            "123456789012345678901.5e-99",
        "1000000000000.1", "1e13", "9223372036854775808",
        "18446744073709551617", "-18446744073709551615", "0.1e0", "true", "\"5\"", "[]", "0.0",
            "-0e9",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[512];
        (void)snprintf(json, sizeof json, STOCK("stock.adjusted", "\"quantity\":%s"), rows[i]);

        cr_assert_eq(decode_json(TOPIC_STOCK, json).refusal, REFUSAL_BAD_QUANTITY, "%s", rows[i]);
    }
}

/* A held stock whose quantity or time is given as MessagePack bytes. */
static struct outcome decode_with(const char *name, struct bytes raw)
{
    uint8_t room[256];
    struct buffer value = buffer_of(room, sizeof room);
    static const char *const texts[][2] = { { "id", "e" }, { "source", "s" },
        { "type", "stock.adjusted" }, { "sku", "A" }, { "location", "L" } };
    buffer_put_byte(&value, 0x87);
    for (size_t i = 0; i < 5; i++) {
        for (int j = 0; j < 2; j++) {
            buffer_put_byte(&value, (uint8_t)(0xa0 + strlen(texts[i][j])));
            buffer_put_bytes(&value, bytes_text(texts[i][j]));
        }
    }
    const bool time = strcmp(name, "time") == 0;
    buffer_put_bytes(&value, BYTES_LITERAL("\xa4time"));
    buffer_put_bytes(&value, time ? raw : BYTES_LITERAL("\xce\x7f\xff\xff\xff"));
    if (!time) {
        value.count -= 5;
        buffer_put_bytes(&value, BYTES_LITERAL("\xcf\x00\x00\x01\xa2\x1e\x2d\x00\x00"));
    }
    buffer_put_bytes(&value, BYTES_LITERAL("\xa8quantity"));
    buffer_put_bytes(&value, time ? BYTES_LITERAL("\x05") : raw);
    return decode_bytes(TOPIC_STOCK, buffer_bytes(&value));
}

Test(event_codec_bytes, msgpack_numbers_of_every_width_are_whole_or_refused)
{
    static const struct {
        struct bytes raw;
        int64_t quantity;     /* 0: refused */
    } rows[] = {
        { RAW("\x05"), 5 }, { RAW("\xff"), -1 }, { RAW("\xcc\xff"), 255 }, { RAW("\xcd\x01\x00"),
          256 },
        { RAW("\xce\x00\x01\x00\x00"), 65536 }, { RAW("\xcf\x00\x00\x00\xe8\xd4\xa5\x10\x00"),
          1000000000000 },
        { RAW("\xd0\x80"), -128 }, { RAW("\xd1\xff\x00"), -256 }, { RAW("\xd2\xff\xff\xff\x00"),
          -256 },
        { RAW("\xd3\xff\xff\xff\x17\x2b\x5a\xf0\x00"), -1000000000000 },
        { RAW("\xca\x40\xa0\x00\x00"), 5 }, { RAW("\xcb\x40\x14\x00\x00\x00\x00\x00\x00"), 5 },
        { RAW("\xcb\x40\x16\x00\x00\x00\x00\x00\x00"), 0 },      /* 5.5 */
        { RAW("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"), 0 },      /* infinity */
        { RAW("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"), 0 },      /* not a number */
        { RAW("\xcb\x43\xe0\x00\x00\x00\x00\x00\x00"), 0 },      /* 2^63 */
        { RAW("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), 0 },
          { RAW("\xcf\x00\x00\x00\xe8\xd4\xa5\x10\x01"), 0 },
        { RAW("\xc4\x01\x05"), 0 }, { RAW("\xd4\x05\x05"), 0 }, { RAW("\xa1" "5"), 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_with("quantity", rows[i].raw);

        cr_assert_eq(outcome.refusal, rows[i].quantity ? REFUSAL_NONE : REFUSAL_BAD_QUANTITY,
                     "row %zu: %s", i, outcome.reason.detail);
        cr_assert(outcome.refusal || outcome.event.stock.quantity == rows[i].quantity);
    }
}

/* ------------------------------------------------------------------ time */

static struct outcome decode_time(const char *time)
{
    char json[1024];
    (void)snprintf(json, sizeof json, ATTRIBUTES("\"i\"", "\"s\"", "\"stock.held\"", "%s"), time);
    return decode_json(TOPIC_STOCK, json);
}

Test(event_codec_bytes, times_are_read_to_the_nanosecond)
{
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        { "\"2026-11-27T14:05:09Z\"", NOON },
        { "\"2026-11-27t14:05:09z\"", NOON },
        { "\"2026-11-27T15:05:09+01:00\"", NOON },
        { "\"2026-11-27T08:35:09-05:30\"", NOON },
        { "\"2026-11-27T14:05:09-00:00\"", NOON },
        { "\"2026-11-27T14:05:09.5Z\"", NOON + 500000000 },
        { "\"2026-11-27T14:05:09.000000001Z\"", NOON + 1 },
        { "\"2026-11-27T14:05:09.0000000019999999999999Z\"", NOON + 1 },
        { "\"2026-11-27T14:04:60.5Z\"", NOON - 9000000000 + 500000000 },
        { "\"2000-01-01T00:00:00Z\"", TIME_NS_MIN },
        { "\"2016-12-31T23:59:60Z\"", INT64_C(1483228800000000000) },
        { "\"2024-02-29T00:00:00Z\"", INT64_C(1709164800000000000) },
        { "1795788309000", NOON }, { "1795788309000.0", NOON }, { "1.795788309042e12",
          NOON + 42000000 },
        { "946684800000", TIME_NS_MIN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_time(rows[i].text);

        assert_good(outcome);
        cr_assert_eq(outcome.event.time_ns, rows[i].ns, "%s: %" PRId64, rows[i].text,
                     outcome.event.time_ns);
    }
}

Test(event_codec_bytes, other_times_are_bad)
{
    static const char *const rows[] = {
        "\"\"", "\"2026-11-27\"", "\"2026-11-27T14:05:09\"", "\"2026-11-27 14:05:09Z\"",
        "\"2026-11-27T14:05Z\"", "\"2026-11-27T14:05:09.Z\"", "\"2026-11-27T14:05:09,5Z\"",
        "\"2026-11-27T14:05:09+0100\"", "\"2026-11-27T14:05:09+24:00\"",
            "\"2026-11-27T14:05:09+01:60\"",
        "\"2026-02-29T00:00:00Z\"", "\"2026-13-01T00:00:00Z\"", "\"2026-00-01T00:00:00Z\"",
        "\"2026-11-27T24:00:00Z\"", "\"2026-11-27T14:60:00Z\"", "\"2026-11-27T14:05:61Z\"",
        "\"2026-11-27T14:05:09ZZ\"", "\" 2026-11-27T14:05:09Z\"", "\"26-11-27T14:05:09Z\"",
        "\"1999-12-31T23:59:59.999999999Z\"", "\"2000-01-01T00:59:59+01:00\"",
        "\"0000-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"2262-04-11T23:47:16Z\"",
        "946684799999", "-1", "0", "9223372036854775807", "1795788309000.5", "1e300", "false",
            "{}", "[]",
        "\"1795788309000\"",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(decode_time(rows[i]).refusal, REFUSAL_BAD_TIME, "%s", rows[i]);
    }
}

Test(event_codec_bytes, msgpack_timestamps_of_all_widths_are_read)
{
    /* NOON is second 0x6b098e15. */
    static const struct {
        struct bytes raw;
        int64_t ns;           /* 0: refused */
    } rows[] = {
        { RAW("\xd6\xff\x6b\x09\x8e\x15"), NOON },
        { RAW("\xc7\x04\xff\x6b\x09\x8e\x15"), NOON },
        { RAW("\xd7\xff\x00\x00\x00\x04\x6b\x09\x8e\x15"), NOON + 1 },
        { RAW("\xc7\x0c\xff\x00\x00\x00\x02\x00\x00\x00\x00\x6b\x09\x8e\x15"), NOON + 2 },
        { RAW("\xd7\xff\xff\xff\xff\xfc\x6b\x09\x8e\x15"), 0 },
          /* ns of 2^30 - 1 */
        { RAW("\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), 0 },  /* 1969 */
        { RAW("\xc7\x0c\xff\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"), 0 },
        { RAW("\xd6\xff\x00\x00\x00\x00"), 0 },                                      /* 1970 */
        { RAW("\xd6\xfe\x6b\x09\x8e\x15"), 0 },  /* another type */
        { RAW("\xc7\x00\xff"), 0 }, { RAW("\xd5\xff\x00\x00"), 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_with("time", rows[i].raw);

        cr_assert_eq(outcome.refusal, rows[i].ns ? REFUSAL_NONE : REFUSAL_BAD_TIME, "row %zu", i);
        cr_assert(outcome.refusal || outcome.event.time_ns == rows[i].ns, "row %zu: %" PRId64, i,
                  outcome.event.time_ns);
    }
}

/* ------------------------------------------------------------------ identifiers */

static struct outcome decode_sku(const char *sku)
{
    static char json[1024];   /* the outcome has views of it */
    (void)snprintf(json, sizeof json, BARE("stock.held", "\"location\":\"L\",\"quantity\":1,"
                                                         "\"sku\":\"%s\""), sku);
    return decode_json(TOPIC_STOCK, json);
}

#define TEXT_128                                                                                   \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"   \
    "abcdef0123456789abcdef0123456789abcdef"

Test(event_codec_bytes, identifiers_are_taken_as_they_are)
{
    static const char *const rows[] = {
        "a", "A b", "\xc3\xa9", "e\xcc\x81", "\xe2\x82\xac", "\xf0\x9f\x98\x80", TEXT_128, "0",
        "a\xc2\xa0" "b", "a\xe2\x80\x83" "b", "\xe2\x80\x8b", "\xc2\xa1", "\xe0\xb2\x82", "/", "'",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct outcome outcome = decode_sku(rows[i]);

        assert_good(outcome);
        assert_text(outcome.event.stock.sku, rows[i]);
    }
}

Test(event_codec_bytes, what_is_no_identifier_is_a_bad_key)
{
    static const char *const rows[] = {
        "", " ", " a", "a ", "\\ta", "a\\n", "a\\u0000", "a\\u0001" "b", "a\\u001fb", "a\x7f" "b",
            "a|b", "|",
        "a\xc2\x80" "b", "a\xc2\x9f", "\xc2\x85" "a", "\xc2\xa0" "a", "a\xc2\xa0", "\xe1\x9a\x80"
            "a",
        "a\xe2\x80\x80", "a\xe2\x80\x8a", "\xe2\x80\xa8" "a", "a\xe2\x80\xa9", "\xe2\x80\xaf" "a",
        "a\xe2\x81\x9f", "\xe3\x80\x80" "a", "a\xe3\x80\x80", TEXT_128 "0",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(decode_sku(rows[i]).refusal, REFUSAL_BAD_KEY, "row %zu: %s", i, rows[i]);
    }
}

/* ------------------------------------------------------------------ any bytes */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A copy of exactly its size, so that a sanitizer sees every byte read beyond it. */
static void decode_mutated(struct bytes original, enum topic topic, uint64_t *random)
{
    size_t count = original.count;
    uint8_t *copy = malloc(count);
    memcpy(copy, original.data, count);
    for (uint64_t i = next_random(random) % 4; i < 4; i++) {
        copy[next_random(random) % count] = (uint8_t)next_random(random);
    }
    count -= next_random(random) % 8 == 0 ? next_random(random) % count : 0;
    uint8_t *exact = malloc(count);
    memcpy(exact, copy, count);
    const struct outcome outcome = decode_bytes(topic, bytes_of(exact, count));
    if (outcome.refusal == REFUSAL_NONE && outcome.event.type < EVENT_LOCATION) {
        (void)event_content_hash(&outcome.event);
    }
    cr_assert_eq(outcome.refusal == REFUSAL_NONE, outcome.reason.refusal == REFUSAL_NONE);
    free(exact);
    free(copy);
}

Test(event_codec_bytes, no_bytes_break_the_decoder)
{
    const char *given = getenv("PROMISED_SEED");
    uint64_t random = given ? strtoull(given, NULL, 10) : UINT64_C(20261127);
    (void)printf("PROMISED_SEED=%" PRIu64 "\n", random);
    static const struct {
        enum topic topic;
        const char *json;
    } rows[] = {
        { TOPIC_STOCK, BARE("stock.returned", RETURNED_DATA) },
        { TOPIC_ORDERS, PLACED("[{\"line_id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"bundle\":"
                               "[{\"sku\":\"A\",\"quantity\":1.0e1}],\"promised_by\":\"2026-12-0"
                                   "1\"}]") },
        { TOPIC_LOCATIONS, AT("\"networks\":[\"a\",\"\\u00e9\"],\"calendar\":{\"closed\":[\"2026-1"
          "2-25\"]},"
                              "\"capacity\":{\"overrides\":{\"2026-11-27\":5}}") },
        { TOPIC_CATALOG, ITEM("\"safety_stock_at\":{\"a\":1},\"made_to_order\":{\"lead_days\":1"
          "}") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct bytes json = bytes_text(rows[i].json);
        const struct bytes msgpack = packed(rows[i].json);
        for (int round = 0; round < 5000; round++) {
            decode_mutated(json, rows[i].topic, &random);
            decode_mutated(msgpack, rows[i].topic, &random);
        }
        free((void *)(uintptr_t)msgpack.data);
    }
}
