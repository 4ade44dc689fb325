/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/journal_codec.h"
#include "wire/msgpack_writer.h"
#include "wire/settings_codec.h"

enum { ROOM_BYTES = 4 * 1024 * 1024, ARENA_BYTES = 64 * 1024 * 1024 };

static uint8_t record_room[ROOM_BYTES];
static uint8_t entry_room[ROOM_BYTES];
static _Alignas(16) uint8_t arena_room[ARENA_BYTES];

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

static uint32_t random_below(uint32_t bound)
{
    return (uint32_t)(random_next() % bound);
}

static void random_start(void)
{
    const char *seed = getenv("PROMISED_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 1;
    (void)fprintf(stderr, "PROMISED_SEED=%llu\n", (unsigned long long)random_state);
}

/* ------------------------------------------------------------------ entries */

static const struct settings SETTINGS_GIVEN = {
    .rules = 1,
    .clock = WORLD_CLOCK_WALL,
    .dedupe_window_ms = 86400000,
    .future_tolerance_ms = 3600000,
    .reorder_window_ms = 86400000,
    .parked_alarm_ms = 3600000,
    .closed_orders_ms = INT64_C(2592000000),
    .tombstone_after_ms = 604800000,
    .review_ms = 60000,
    .inbound_grace_days = 1,
    .moves = 3,
};

static struct bytes encoded(struct journal_entry *entry)
{
    struct journal_builder builder;
    journal_builder_start(&builder, buffer_of(record_room, sizeof record_room));
    for (uint32_t i = 0; i < entry->record_count; i++) {
        const size_t before = builder.records.count;
        journal_builder_add(&builder, &entry->records[i]);
        cr_assert_leq(builder.records.count - before, journal_record_bytes(&entry->records[i]));
    }
    struct buffer out = buffer_of(entry_room, sizeof entry_room);
    journal_builder_finish(&builder, entry, &out);
    cr_assert_not(out.overflowed);
    return buffer_bytes(&out);
}

/* Decodes with an arena that has exactly the room that is asked for. */
static enum status decoded(struct bytes value, struct journal_entry *out_entry,
                           struct failure *failure)
{
    const size_t need = journal_decode_bytes(value.count);
    cr_assert_leq(need, sizeof arena_room);
    struct arena arena = arena_of(arena_room, need);
    return journal_decode(value, &arena, out_entry, failure);
}

static bool is_void(struct bytes value)
{
    struct journal_entry entry = { .sequence = 77 };
    struct failure failure = { 0 };
    if (decoded(value, &entry, &failure) == STATUS_OK) {
        return false;
    }
    cr_assert_eq(failure.status, STATUS_ABSENT);
    cr_assert_neq(failure.text[0], '\0');
    cr_assert_eq(entry.sequence, 77, "the entry is untouched");
    return true;
}

/* null and empty are not the same. */
static void expect_bytes(struct bytes got, struct bytes expected)
{
    cr_assert_eq(got.data == NULL, expected.data == NULL);
    cr_assert(bytes_equal(got, expected));
}

static void expect_record(const struct record *got, const struct record *expected)
{
    cr_assert_eq(got->topic, expected->topic);
    cr_assert_eq(got->partition, expected->partition);
    cr_assert_eq(got->offset, expected->offset);
    cr_assert_eq(got->timestamp_ms, expected->timestamp_ms);
    expect_bytes(got->key, expected->key);
    expect_bytes(got->value, expected->value);
    cr_assert_eq(got->header_count, expected->header_count);
    for (uint32_t i = 0; i < got->header_count; i++) {
        cr_assert(bytes_equal(got->headers[i].name, expected->headers[i].name));
        expect_bytes(got->headers[i].value, expected->headers[i].value);
    }
}

static void expect_settings(const struct settings *got, const struct settings *expected)
{
    cr_assert_eq(got->rules, expected->rules);
    cr_assert_eq(got->clock, expected->clock);
    cr_assert_eq(got->dedupe_window_ms, expected->dedupe_window_ms);
    cr_assert_eq(got->future_tolerance_ms, expected->future_tolerance_ms);
    cr_assert_eq(got->reorder_window_ms, expected->reorder_window_ms);
    cr_assert_eq(got->parked_alarm_ms, expected->parked_alarm_ms);
    cr_assert_eq(got->closed_orders_ms, expected->closed_orders_ms);
    cr_assert_eq(got->tombstone_after_ms, expected->tombstone_after_ms);
    cr_assert_eq(got->review_ms, expected->review_ms);
    cr_assert_eq(got->inbound_grace_days, expected->inbound_grace_days);
    cr_assert_eq(got->moves, expected->moves);
}

static void expect_entry(const struct journal_entry *got, const struct journal_entry *expected)
{
    cr_assert_eq(got->sequence, expected->sequence);
    cr_assert_eq(memcmp(got->id.bytes, expected->id.bytes, sizeof got->id.bytes), 0);
    cr_assert(bytes_equal(got->previous, expected->previous));
    cr_assert_eq(got->now_ms, expected->now_ms);
    cr_assert_eq(got->record_count, expected->record_count);
    for (uint32_t i = 0; i < got->record_count; i++) {
        expect_record(&got->records[i], &expected->records[i]);
    }
    cr_assert_eq(got->has_settings, expected->has_settings);
    if (got->has_settings) {
        expect_settings(&got->settings, &expected->settings);
    }
    cr_assert_eq(got->zone_count, expected->zone_count);
    for (uint32_t i = 0; i < got->zone_count; i++) {
        cr_assert(bytes_equal(got->zones[i].name, expected->zones[i].name));
        expect_bytes(got->zones[i].tzif, expected->zones[i].tzif);
    }
    cr_assert_eq(got->review, expected->review);
    cr_assert_eq(got->published_count, expected->published_count);
    for (uint32_t i = 0; i < got->published_count; i++) {
        cr_assert_eq(got->published[i].partition, expected->published[i].partition);
        cr_assert_eq(got->published[i].sequence, expected->published[i].sequence);
    }
    cr_assert_eq(got->has_state, expected->has_state);
    cr_assert_eq(got->state_sequence, expected->state_sequence);
    cr_assert_eq(got->state_hash, expected->state_hash);
    cr_assert_eq(got->skip_count, expected->skip_count);
    for (uint32_t i = 0; i < got->skip_count; i++) {
        cr_assert_eq(got->skips[i].topic, expected->skips[i].topic);
        cr_assert_eq(got->skips[i].partition, expected->skips[i].partition);
        cr_assert_eq(got->skips[i].offset, expected->skips[i].offset);
    }
}

/* ------------------------------------------------------------------ the bytes, by msgpack-c */

static void pack_text(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str(packer, strlen(text));
    msgpack_pack_str_body(packer, text, strlen(text));
}

static void pack_binary(msgpack_packer *packer, const void *data, size_t count)
{
    msgpack_pack_bin(packer, count);
    msgpack_pack_bin_body(packer, data, count);
}

static void pack_records(msgpack_packer *packer)
{
    pack_text(packer, "records");
    msgpack_pack_array(packer, 2);
    msgpack_pack_array(packer, 7);
    pack_text(packer, "stock.movements.v1");
    msgpack_pack_int(packer, 3);
    msgpack_pack_int64(packer, 5000000000);
    msgpack_pack_int64(packer, 1790000000000);
    pack_binary(packer, "sku-1", 5);
    msgpack_pack_array(packer, 2);
    msgpack_pack_array(packer, 2);
    pack_text(packer, "ce_id");
    pack_binary(packer, "1", 1);
    msgpack_pack_array(packer, 2);
    pack_text(packer, "empty");
    msgpack_pack_nil(packer);
    pack_binary(packer, "{}", 2);

    msgpack_pack_array(packer, 7);
    pack_text(packer, "catalog.items.v1");
    msgpack_pack_int(packer, -1);
    msgpack_pack_int(packer, -1);
    msgpack_pack_int(packer, -1);
    msgpack_pack_nil(packer);
    msgpack_pack_array(packer, 0);
    msgpack_pack_nil(packer);
}

static void pack_settings(msgpack_packer *packer)
{
    pack_text(packer, "settings");
    msgpack_pack_map(packer, 6);
    pack_text(packer, "rules");
    msgpack_pack_int(packer, 1);
    pack_text(packer, "dedupe");
    msgpack_pack_map(packer, 1);
    pack_text(packer, "window");
    msgpack_pack_int64(packer, 86400000);
    pack_text(packer, "inbound");
    msgpack_pack_map(packer, 1);
    pack_text(packer, "grace_days");
    msgpack_pack_int(packer, 1);
    pack_text(packer, "clock");
    pack_text(packer, "wall");
    pack_text(packer, "limits");
    msgpack_pack_map(packer, 6);
    pack_text(packer, "future_tolerance");
    msgpack_pack_int64(packer, 3600000);
    pack_text(packer, "reorder_window");
    msgpack_pack_int64(packer, 86400000);
    pack_text(packer, "parked_alarm");
    msgpack_pack_int64(packer, 3600000);
    pack_text(packer, "closed_orders");
    msgpack_pack_int64(packer, 2592000000);
    pack_text(packer, "moves");
    msgpack_pack_int(packer, 3);
    pack_text(packer, "review");
    msgpack_pack_int64(packer, 60000);
    pack_text(packer, "publish");
    msgpack_pack_map(packer, 1);
    pack_text(packer, "tombstone_after");
    msgpack_pack_int64(packer, 604800000);
}

static void pack_rest(msgpack_packer *packer)
{
    pack_text(packer, "zones");
    msgpack_pack_map(packer, 1);
    pack_text(packer, "Europe/London");
    pack_binary(packer, "TZif", 4);
    pack_text(packer, "review");
    msgpack_pack_true(packer);
    pack_text(packer, "published");
    msgpack_pack_array(packer, 1);
    msgpack_pack_array(packer, 2);
    msgpack_pack_int(packer, 0);
    msgpack_pack_int64(packer, 4096);
    pack_text(packer, "state");
    msgpack_pack_array(packer, 2);
    msgpack_pack_int(packer, 4000);
    pack_binary(packer, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
    pack_text(packer, "skip");
    msgpack_pack_array(packer, 1);
    msgpack_pack_array(packer, 3);
    pack_text(packer, "orders.lifecycle.v1");
    msgpack_pack_int(packer, 2);
    msgpack_pack_int(packer, 17);
}

/* The entry of full_entry(), with the id where there is one. */
static void pack_entry(msgpack_packer *packer, const struct hash128 *id)
{
    msgpack_pack_map(packer, id ? 11 : 10);
    pack_text(packer, "sequence");
    msgpack_pack_int64(packer, 4097);
    if (id) {
        pack_text(packer, "id");
        pack_binary(packer, id->bytes, 16);
    }
    pack_text(packer, "previous");
    pack_binary(packer, "0123456789abcdef", 16);
    pack_text(packer, "now");
    msgpack_pack_int64(packer, 1790000000123);
    pack_records(packer);
    pack_settings(packer);
    pack_rest(packer);
}

static const struct record_header FULL_HEADERS[2] = {
    { { (const uint8_t *)"ce_id", 5 }, { (const uint8_t *)"1", 1 } },
    { { (const uint8_t *)"empty", 5 }, { NULL, 0 } },
};
static const struct record FULL_RECORDS[2] = {
    { TOPIC_STOCK, 3, 5000000000, 1790000000000, { (const uint8_t *)"sku-1", 5 },
      { (const uint8_t *)"{}", 2 }, FULL_HEADERS, 2 },
    { TOPIC_CATALOG, -1, -1, -1, { NULL, 0 }, { NULL, 0 }, NULL, 0 },
};
static const struct journal_zone FULL_ZONES[1] = {
    { { (const uint8_t *)"Europe/London", 13 }, { (const uint8_t *)"TZif", 4 } },
};
static const struct watermark_entry FULL_PUBLISHED[1] = { { 0, 4096 } };
static const struct journal_skip FULL_SKIPS[1] = { { TOPIC_ORDERS, 2, 17 } };

static struct journal_entry full_entry(void)
{
    return (struct journal_entry){
        .sequence = 4097,
        .previous = BYTES_LITERAL("0123456789abcdef"),
        .now_ms = 1790000000123,
        .records = FULL_RECORDS,
        .record_count = 2,
        .has_settings = true,
        .settings = SETTINGS_GIVEN,
        .zones = FULL_ZONES,
        .zone_count = 1,
        .review = true,
        .published = FULL_PUBLISHED,
        .published_count = 1,
        .has_state = true,
        .state_sequence = 4000,
        .state_hash = UINT64_C(0x0123456789abcdef),
        .skips = FULL_SKIPS,
        .skip_count = 1,
    };
}

Test(journal_codec, entry_is_the_bytes_that_msgpack_c_writes_of_it)
{
    struct journal_entry entry = full_entry();
    msgpack_sbuffer expected;
    msgpack_packer packer;
    msgpack_sbuffer_init(&expected);
    msgpack_packer_init(&packer, &expected, msgpack_sbuffer_write);

    const struct bytes value = encoded(&entry);

    pack_entry(&packer, &entry.id);
    cr_assert(bytes_equal(value, bytes_of(expected.data, expected.size)));
    msgpack_sbuffer_destroy(&expected);
}

Test(journal_codec, id_is_the_xxh3_128_of_the_entry_encoded_without_it)
{
    struct journal_entry entry = full_entry();
    msgpack_sbuffer without;
    msgpack_packer packer;
    msgpack_sbuffer_init(&without);
    msgpack_packer_init(&packer, &without, msgpack_sbuffer_write);
    pack_entry(&packer, NULL);

    (void)encoded(&entry);

    const struct hash128 hash = hash128_bytes(bytes_of(without.data, without.size));
    cr_assert_eq(memcmp(hash.bytes, entry.id.bytes, sizeof hash.bytes), 0);
    msgpack_sbuffer_destroy(&without);
}

/* The id was computed with another implementation of MessagePack and XXH3. */
Test(journal_codec, smallest_entry_has_these_bytes)
{
    const struct bytes expected = BYTES_LITERAL(
        "\x85\xa8sequence\x01\xa2id\xc4\x10"
        "\xba\x63\x61\xba\x23\x5b\x3d\x88\xe3\x3f\x43\x12\xcf\x1c\x7c\x82"
        "\xa8previous\xc4\x00\xa3now\x00\xa7records\x90");
    struct journal_entry entry = { .sequence = 1 };

    const struct bytes value = encoded(&entry);

    cr_assert(bytes_equal(value, expected));
}

/* ------------------------------------------------------------------ there and back */

Test(journal_codec, what_was_encoded_decodes_to_the_same)
{
    struct journal_entry entry = full_entry();
    struct journal_entry back;
    const struct bytes value = encoded(&entry);

    cr_assert_eq(decoded(value, &back, NULL), STATUS_OK);

    expect_entry(&back, &entry);
}

Test(journal_codec, tick_without_records_decodes_to_the_same)
{
    struct journal_entry entry = { .sequence = (UINT64_C(1) << 53) - 1, .now_ms = 1 };
    struct journal_entry back;
    const struct bytes value = encoded(&entry);

    cr_assert_eq(decoded(value, &back, NULL), STATUS_OK);

    expect_entry(&back, &entry);
    cr_assert_eq(back.previous.count, 0);
}

static uint8_t random_room[128 * 1024];

/* Lengths around the bounds of every form. */
static struct bytes random_bytes(bool nullable)
{
    static const uint32_t lengths[] = { 0, 1, 5, 31, 32, 100, 255, 256, 1000, 65535, 65536 };
    const uint32_t choice = random_below(200);
    if (nullable && choice < 20) {
        return bytes_of(NULL, 0);
    }
    const uint32_t length = lengths[choice < 22 ? 9 + choice % 2 : random_below(9)];
    return bytes_of(random_room + random_below(1000), length);
}

static int64_t random_number(void)
{
    const int64_t number = (int64_t)(random_next() >> random_below(64));
    return random_below(4) == 0 ? -number : number;
}

static int64_t random_position(void)
{
    return random_below(10) == 0 ? -1 : (int64_t)(random_next() >> (1 + random_below(63)));
}

enum { RANDOM_RECORDS_MAX = 20, RANDOM_HEADERS_MAX = 18 };

struct random_entry {
    struct journal_entry entry;
    struct record records[RANDOM_RECORDS_MAX];
    struct record_header headers[RANDOM_RECORDS_MAX][RANDOM_HEADERS_MAX];
    struct journal_zone zones[3];
    struct watermark_entry published[40];
    struct journal_skip skips[3];
};

static struct record random_record(struct record_header *headers)
{
    const uint32_t header_count = random_below(3) == 0 ? random_below(RANDOM_HEADERS_MAX + 1) : 0;
    for (uint32_t i = 0; i < header_count; i++) {
        headers[i] = (struct record_header){ bytes_of(random_room + random_below(1000),
                                                      random_below(40)),
                                             bytes_of(random_below(5) ? random_room : NULL, 0) };
    }
    return (struct record){
        .topic = (enum topic)random_below(TOPIC_INPUT_COUNT),
        .partition = (int32_t)random_below(300) - 1,
        .offset = random_position(),
        .timestamp_ms = random_number(),
        .key = random_bytes(true),
        .value = random_bytes(true),
        .headers = headers,
        .header_count = header_count,
    };
}

static struct settings random_settings(void)
{
    return (struct settings){
        .rules = random_below(1000),
        .clock = (enum world_clock)random_below(2),
        .dedupe_window_ms = random_below(UINT32_MAX),
        .future_tolerance_ms = random_below(UINT32_MAX),
        .reorder_window_ms = random_below(UINT32_MAX),
        .parked_alarm_ms = random_below(UINT32_MAX),
        .closed_orders_ms = random_below(UINT32_MAX),
        .tombstone_after_ms = random_below(UINT32_MAX),
        .review_ms = random_below(UINT32_MAX),
        .inbound_grace_days = (int32_t)random_below(100),
        .moves = (int32_t)random_below(100),
    };
}

static void random_optional(struct random_entry *made)
{
    struct journal_entry *entry = &made->entry;
    entry->has_settings = random_below(2);
    entry->settings = random_settings();
    entry->review = random_below(2);
    entry->zone_count = random_below(4);
    for (uint32_t i = 0; i < entry->zone_count; i++) {
        made->zones[i] = (struct journal_zone){ random_bytes(false), random_bytes(false) };
    }
    entry->published_count = random_below(41);
    for (uint32_t i = 0; i < entry->published_count; i++) {
        made->published[i] = (struct watermark_entry){ random_below(1024),
                                                       random_next() >> (11 + random_below(53)) };
    }
    entry->has_state = random_below(2);
    entry->state_sequence = entry->has_state ? random_next() >> (11 + random_below(53)) : 0;
    entry->state_hash = entry->has_state ? random_next() : 0;
    entry->skip_count = random_below(4);
    for (uint32_t i = 0; i < entry->skip_count; i++) {
        made->skips[i] = (struct journal_skip){ (enum topic)random_below(TOPIC_INPUT_COUNT),
                                                (int32_t)random_below(1000) - 1,
                                                random_position() };
    }
}

static void random_fill(struct random_entry *made)
{
    *made = (struct random_entry){ .entry = {
        .sequence = 1 + (random_next() >> (12 + random_below(52))),
        .previous = bytes_of(random_room, random_below(2) * 16),
        .now_ms = (int64_t)(random_next() >> (22 + random_below(42))),
        .records = made->records,
        .zones = made->zones,
        .published = made->published,
        .skips = made->skips,
        .record_count = random_below(3) == 0 ? random_below(RANDOM_RECORDS_MAX + 1) : 1,
    } };
    for (uint32_t i = 0; i < made->entry.record_count; i++) {
        made->records[i] = random_record(made->headers[i]);
    }
    random_optional(made);
}

Test(journal_codec, random_entries_decode_to_the_same)
{
    random_start();
    for (size_t i = 0; i < sizeof random_room; i++) {
        random_room[i] = (uint8_t)random_next();
    }

    for (int i = 0; i < 2000; i++) {
        static struct random_entry made;
        struct journal_entry back;
        random_fill(&made);

        const struct bytes value = encoded(&made.entry);

        cr_assert_eq(decoded(value, &back, NULL), STATUS_OK);
        expect_entry(&back, &made.entry);
    }
}

/* ------------------------------------------------------------------ void */

Test(journal_codec, entry_with_one_byte_changed_is_void)
{
    random_start();
    struct journal_entry entry = full_entry();
    const struct bytes value = encoded(&entry);

    for (size_t at = 0; at < value.count; at++) {
        for (int i = 0; i < 8; i++) {
            const uint8_t change = (uint8_t)(1 + random_below(UINT8_MAX));
            entry_room[at] ^= change;
            cr_assert(is_void(value), "byte %zu changed by %02x", at, change);
            entry_room[at] ^= change;
        }
    }
    cr_assert_not(is_void(value));
}

Test(journal_codec, entry_that_is_cut_is_void)
{
    struct journal_entry entry = full_entry();
    const struct bytes value = encoded(&entry);

    for (size_t count = 0; count < value.count; count++) {
        uint8_t *cut = malloc(count + 1);
        memcpy(cut, value.data, count);
        cr_assert(is_void(bytes_of(cut, count)), "%zu bytes", count);
        free(cut);
    }
}

Test(journal_codec, null_and_foreign_values_are_void)
{
    cr_assert(is_void(bytes_of(NULL, 0)));
    cr_assert(is_void(BYTES_LITERAL("")));
    cr_assert(is_void(BYTES_LITERAL("{\"sequence\": 1}")));
    cr_assert(is_void(BYTES_LITERAL("\x80")));
    cr_assert(is_void(BYTES_LITERAL("\xc0")));
    cr_assert(is_void(BYTES_LITERAL("\xdf\xff\xff\xff\xff")));
}

/* What a stranger made with a right id: head, `sequence`, the id, then `tail`. */
static uint8_t sealed_room[64 * 1024];

static struct bytes sealed(uint32_t pair_count, struct bytes tail)
{
    uint8_t hashed_room[sizeof sealed_room];
    struct buffer hashed = buffer_of(hashed_room, sizeof hashed_room);
    struct buffer out = buffer_of(sealed_room, sizeof sealed_room);
    msgpack_write_map(&hashed, pair_count - 1);
    msgpack_write_map(&out, pair_count);
    buffer_put(&hashed, "\xa8sequence\x07", 10);
    buffer_put(&out, "\xa8sequence\x07", 10);
    buffer_put_bytes(&hashed, tail);
    const struct hash128 id = hash128_bytes(buffer_bytes(&hashed));
    buffer_put(&out, "\xa2id\xc4\x10", 5);
    buffer_put(&out, id.bytes, sizeof id.bytes);
    buffer_put_bytes(&out, tail);
    cr_assert_not(out.overflowed);
    return buffer_bytes(&out);
}

#define REQUIRED "\xa8previous\xc4\x00\xa3now\x05"
#define NO_RECORDS "\xa7records\x90"
#define STOCK "\xb2stock.movements.v1"

static bool sealed_decodes(uint32_t pair_count, struct bytes tail)
{
    return !is_void(sealed(pair_count, tail));
}

Test(journal_codec, unknown_fields_of_an_entry_are_passed_over)
{
    struct journal_entry entry;
    const struct bytes tail = BYTES_LITERAL(
        "\xa6" "before\x93\x01\x02\x81\xa1x\xc0" REQUIRED NO_RECORDS
        "\xa5" "later\xd5\x01\x02\x03\xa6review\xc3\xa3" "end\xcb\x01\x02\x03\x04\x05\x06\x07\x08");

    cr_assert_eq(decoded(sealed(9 - 1, tail), &entry, NULL), STATUS_ABSENT);
    cr_assert_eq(decoded(sealed(9, tail), &entry, NULL), STATUS_OK);

    cr_assert_eq(entry.sequence, 7);
    cr_assert_eq(entry.now_ms, 5);
    cr_assert(entry.review);
}

struct void_case {
    const char *why;
    uint32_t pair_count;
    struct bytes tail;
};

#define CASE(why, pair_count, tail)                                                                \
    { why, pair_count, { (const uint8_t *)(tail), sizeof(tail) - 1 } }

Test(journal_codec, entries_with_a_right_id_and_wrong_content_are_void)
{
    static const struct void_case cases[] = {
        CASE("records missing", 4, REQUIRED),
        CASE("a field twice", 6, REQUIRED "\xa3now\x05" NO_RECORDS),
        CASE("fields out of order", 5, "\xa3now\x05\xa8previous\xc4\x00" NO_RECORDS),
        CASE("optional fields out of order", 7,
             REQUIRED NO_RECORDS "\xa9published\x90\xa6review\xc3"),
        CASE("bytes after the end", 5, REQUIRED NO_RECORDS "\xc0"),
        CASE("fewer fields than promised", 6, REQUIRED NO_RECORDS),
        CASE("a name that is no text", 6, REQUIRED NO_RECORDS "\x01\x02"),
        CASE("previous is null", 5, "\xa8previous\xc0\xa3now\x05" NO_RECORDS),
        CASE("previous of 15 bytes", 5,
             "\xa8previous\xc4\x0f" "012345678901234\xa3now\x05" NO_RECORDS),
        CASE("now below zero", 5, "\xa8previous\xc4\x00\xa3now\xff" NO_RECORDS),
        CASE("now beyond 2262", 5,
             "\xa8previous\xc4\x00\xa3now\xcf\x00\x01\x00\x00\x00\x00\x00\x00" NO_RECORDS),
        CASE("records is a map", 5, REQUIRED "\xa7records\x80"),
        CASE("more records than bytes", 5, REQUIRED "\xa7records\xdd\xff\xff\xff\xff"),
        CASE("a record of six parts", 5, REQUIRED "\xa7records\x91\x96" STOCK "\0\0\0\xc0\x90"),
        CASE("a topic that is no input", 5,
             REQUIRED "\xa7records\x91\x97\xb0watermarks.v0123\0\0\0\xc0\x90\xc0"),
        CASE("partition below -1", 5,
             REQUIRED "\xa7records\x91\x97" STOCK "\xfe\0\0\xc0\x90\xc0"),
        CASE("offset below -1", 5, REQUIRED "\xa7records\x91\x97" STOCK "\0\xfe\0\xc0\x90\xc0"),
        CASE("a key that is text", 5, REQUIRED "\xa7records\x91\x97" STOCK "\0\0\0\xa0\x90\xc0"),
        CASE("headers that are a map", 5,
             REQUIRED "\xa7records\x91\x97" STOCK "\0\0\0\xc0\x80\xc0"),
        CASE("more headers than bytes", 5,
             REQUIRED "\xa7records\x91\x97" STOCK "\0\0\0\xc0\xdd\xff\xff\xff\xff\xc0"),
        CASE("a header of three parts", 5,
             REQUIRED "\xa7records\x91\x97" STOCK "\0\0\0\xc0\x91\x93\xa0\xc0\xc0\xc0"),
        CASE("settings without keys", 6, REQUIRED NO_RECORDS "\xa8settings\x80"),
        CASE("a zone without rules", 6, REQUIRED NO_RECORDS "\xa5zones\x81\xa1x\xc0"),
        CASE("review that is no boolean", 6, REQUIRED NO_RECORDS "\xa6review\x01"),
        CASE("published partition below zero", 6,
             REQUIRED NO_RECORDS "\xa9published\x91\x92\xff\x01"),
        CASE("state hash of 7 bytes", 6,
             REQUIRED NO_RECORDS "\xa5state\x92\x01\xc4\x07" "0123456"),
        CASE("state hash null", 6, REQUIRED NO_RECORDS "\xa5state\x92\x01\xc0"),
        CASE("skip of two parts", 6, REQUIRED NO_RECORDS "\xa4skip\x91\x92" STOCK "\0"),
        CASE("text longer than the entry", 6, REQUIRED NO_RECORDS "\xdb\xff\xff\xff\xff"),
        CASE("a type that does not exist", 6, REQUIRED NO_RECORDS "\xa1x\xc1"),
    };

    cr_assert(sealed_decodes(5, BYTES_LITERAL(REQUIRED NO_RECORDS)));
    cr_assert(sealed_decodes(5, BYTES_LITERAL(REQUIRED "\xa7records\x91\x97" STOCK
                                              "\0\0\0\xc0\x90\xc0")));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_not(sealed_decodes(cases[i].pair_count, cases[i].tail), "%s", cases[i].why);
    }
}

Test(journal_codec, values_nested_without_end_are_passed_over_or_void)
{
    static uint8_t tail_room[32 * 1024];
    struct buffer tail = buffer_of(tail_room, sizeof tail_room);
    buffer_put_bytes(&tail, BYTES_LITERAL(REQUIRED NO_RECORDS "\xa1x"));
    for (int depth = 0; depth < 20000; depth++) {
        buffer_put_byte(&tail, 0x91);
    }

    cr_assert_not(sealed_decodes(6, buffer_bytes(&tail)));
    buffer_put_byte(&tail, 0xc0);
    cr_assert(sealed_decodes(6, buffer_bytes(&tail)));
}

/* ------------------------------------------------------------------ settings */

static struct bytes settings_bytes(const struct settings *settings, uint8_t *room)
{
    struct buffer out = buffer_of(room, 1024);
    settings_encode(settings, &out);
    cr_assert_not(out.overflowed);
    return buffer_bytes(&out);
}

static bool settings_decode_whole(struct bytes bytes, struct settings *out_settings)
{
    struct msgpack_reader reader = msgpack_reader_of(bytes);
    *out_settings = settings_decode(&reader);
    return !reader.failed && msgpack_reader_left(&reader) == 0;
}

Test(journal_codec, settings_with_a_wrong_clock_are_refused)
{
    uint8_t room[1024];
    struct settings back;
    const struct bytes bytes = settings_bytes(&SETTINGS_GIVEN, room);
    cr_assert(settings_decode_whole(bytes, &back));
    uint8_t *clock = memmem(room, bytes.count, "wall", 4);
    cr_assert_not_null(clock);

    *clock = 'W';

    cr_assert_not(settings_decode_whole(bytes, &back));
}

Test(journal_codec, settings_that_lack_a_key_are_refused_and_unknown_keys_passed_over)
{
    uint8_t room[1024];
    struct settings back;
    const struct bytes bytes = settings_bytes(&SETTINGS_GIVEN, room);
    uint8_t *moves = memmem(room, bytes.count, "moves", 5);
    cr_assert_not_null(moves);

    memcpy(moves, "steps", 5);
    cr_assert_not(settings_decode_whole(bytes, &back));

    memcpy(moves, "moves", 5);
    uint8_t longer[1024];
    memcpy(longer, room, bytes.count);
    memcpy(longer + bytes.count, "\xa3new\x92\x01\xc0", 7);
    longer[0]++;
    cr_assert(settings_decode_whole(bytes_of(longer, bytes.count + 7), &back));
    expect_settings(&back, &SETTINGS_GIVEN);
}

Test(journal_codec, settings_with_a_key_twice_are_refused)
{
    uint8_t room[1024];
    struct settings back;
    const struct bytes bytes = settings_bytes(&SETTINGS_GIVEN, room);
    uint8_t longer[1024];
    memcpy(longer, room, bytes.count);
    memcpy(longer + bytes.count, "\xa5rules\x01", 7);
    longer[0]++;

    cr_assert_not(settings_decode_whole(bytes_of(longer, bytes.count + 7), &back));
}

/* ------------------------------------------------------------------ room */

Test(journal_codec, entry_that_does_not_fit_says_so)
{
    struct journal_entry entry = full_entry();
    const size_t whole = encoded(&entry).count;
    struct journal_builder builder;
    journal_builder_start(&builder, buffer_of(record_room, sizeof record_room));
    journal_builder_add(&builder, &FULL_RECORDS[0]);
    journal_builder_add(&builder, &FULL_RECORDS[1]);

    struct buffer tight = buffer_of(entry_room, whole - 1);
    journal_builder_finish(&builder, &entry, &tight);

    cr_assert(tight.overflowed);
}
