/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#include <stdint.h>

/*
 * Every bound of the program, with its reason. Bounds that depend on each other are checked
 * against each other at the end of this file.
 */
enum {
    /* Contract 1: identifiers are 1 to 128 bytes; `location|zone|service` is the longest key. */
    KEY_BYTES_MAX = 128,
    RECORD_KEY_BYTES_MAX = 3 * KEY_BYTES_MAX + 2,
    VALUE_BYTES_MAX = 1024 * 1024,
    VALUE_DEPTH_MAX = 16,
    ORDER_LINES_MAX = 2000,

    /* Contract 2.5: an entry is at most 1 MiB unless it holds a single record. */
    ENTRY_BYTES_MAX = 1024 * 1024,
    /* A record of VALUE_BYTES_MAX with its headers; topics plan sets max.message.bytes so. */
    MESSAGE_BYTES_MAX = 8 * 1024 * 1024,

    /* R5: movements of a balance kept one by one. */
    BALANCE_MOVES_MAX = 256,
    /* Contract 3, availability.locations: the first 16 inbound lines by eta are shown. */
    DOCUMENT_INBOUND_MAX = 16,
    /* Inbound lines of a balance that are looked at for dates, the first by usable day. */
    BALANCE_INBOUND_MAX = 256,
    /* Contract 3: `next` looks 120 days ahead (R8). */
    HORIZON_DAYS = 120,

    /* What one process reads. Each costs a few hundred bytes and a buffer while it is writer. */
    INPUT_PARTITIONS_MAX = 4096,
    OUTPUT_PARTITIONS_MAX = 1024,

    /* Bounds of one reference record, so that one event never holds the apply thread. */
    NETWORKS_PER_LOCATION_MAX = 64,
    CALENDAR_DAYS_MAX = 1000,
    RECIPE_PARTS_MAX = 64,
    LOCATIONS_PER_ITEM_MAX = 1000,

    TIME_ZONE_NAME_BYTES_MAX = 64,
    TIME_ZONE_BYTES_MAX = 16 * 1024,

    REJECT_DETAIL_BYTES = 104,
};

/* Business time is nanoseconds since 1970 in an int64_t: until 2262. Before 2000 it is refused. */
#define TIME_NS_MIN INT64_C(946684800000000000)
#define TIME_NS_MAX INT64_C(9223372036000000000)
#define TIME_NONE INT64_MIN
#define NS_PER_MS INT64_C(1000000)
#define MS_PER_DAY INT64_C(86400000)

/* A civil date is the number of days since 1970-01-01. */
#define DAY_NONE INT32_MIN

_Static_assert(ENTRY_BYTES_MAX < MESSAGE_BYTES_MAX, "an entry fits a Kafka message");
_Static_assert(VALUE_BYTES_MAX * 2 < MESSAGE_BYTES_MAX, "a record with its headers fits an entry");

#endif
