/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_ZONE_CODEC_H
#define WIRE_ZONE_CODEC_H

#include <stdbool.h>

#include "base/bytes.h"
#include "core/calendar.h"

/*
 * TZif files (RFC 8536 and 9636, versions 1 to 4) to the plain numbers of a zone. The journal carries the
 * bytes, so every process reads the same rules whatever time zone files its machine has.
 * False: not a TZif file, or more than calendar.h takes; `out_rules` is then untouched.
 */
bool zone_decode(struct bytes tzif, struct zone_rules *out_rules);

#endif
