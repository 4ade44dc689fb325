/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_DATE_TEXT_H
#define WIRE_DATE_TEXT_H

#include <stdint.h>

#include "base/bytes.h"

/*
 * Dates and instants as documents show them (contract 1): `YYYY-MM-DD`, and RFC 3339 in UTC with
 * milliseconds, `YYYY-MM-DDThh:mm:ss.mmmZ`; what is finer than a millisecond is cut off.
 * The views point into `text`. Years are those of business time, four digits.
 */
enum { DATE_TEXT_BYTES = 10, INSTANT_TEXT_BYTES = 24 };

struct bytes date_text(int32_t day, char text[DATE_TEXT_BYTES]);
struct bytes date_text_instant(int64_t instant_ns, char text[INSTANT_TEXT_BYTES]);

#endif
