/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_TEXT_RULES_H
#define WIRE_TEXT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * What contract section 1 asks of texts from outside: UTF-8, identifiers, names of time zones,
 * dates, times of day, instants. Nothing is trimmed, folded or repaired. No locale and no time zone
 * of this machine has a say (R14).
 */

/* Well-formed UTF-8 as Unicode defines it: no overlong forms, no surrogates, up to U+10FFFF. */
bool text_rules_utf8(struct bytes text);

/*
 * What is wrong with an identifier, for a person, or NULL: 1 to KEY_BYTES_MAX bytes, no control
 * characters (C0, DEL, C1), no `|`, no white space (as Unicode has it) first or last.
 * `text` is UTF-8.
 */
const char *text_rules_identifier_flaw(struct bytes text);

/* Could be the name of a time zone and of nothing else, above all of no other file. */
bool text_rules_zone_name(struct bytes text);

/* A real date written YYYY-MM-DD. Here and below: false and nothing written for all else. */
bool text_rules_date(struct bytes text, int32_t *out_day);

/* HH:MM from 00:00 to 23:59, as the minute of the day. */
bool text_rules_minute(struct bytes text, int32_t *out_minute);

/*
 * An instant of RFC 3339 within TIME_NS_MIN and TIME_NS_MAX, in nanoseconds since 1970. Digits
 * beyond the nanosecond are cut off; a leap second is the second after it.
 */
bool text_rules_instant(struct bytes text, int64_t *out_ns);

#endif
