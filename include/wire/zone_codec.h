/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_ZONE_CODEC_H
#define WIRE_ZONE_CODEC_H

#include <stdbool.h>

#include "base/bytes.h"
#include "core/calendar.h"

/*
 * TZif files (RFC 8536 and 9636, versions 1 to 4) to the plain numbers of a zone. The journal
 * carries the bytes, so every process reads the same rules whatever files its machine has.
 *
 * The 64-bit block and the footer count where there are any. Of more transitions than calendar.h
 * takes the newest are kept. Without a footer the last offset stays.
 * False: not a TZif file, or one with leap seconds; `out_rules` is then untouched.
 */
bool zone_decode(struct bytes tzif, struct zone_rules *out_rules);

#endif
