/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_TIME_ZONE_H
#define EDGE_TIME_ZONE_H

#include "base/bytes.h"
#include "base/status.h"

/*
 * The time zone files of this machine (tzdata), for the process that writes the journal: the rules
 * of a zone go into it as bytes, and nobody else looks at these files (contract 2.5, R14).
 * They lie in the directory $TZDIR names, else in /usr/share/zoneinfo.
 *
 * A name is as IANA gives it, `Area/Place`, at most TIME_ZONE_NAME_BYTES_MAX bytes: parts of
 * letters, digits, `_`, `+`, `-` and `.`, none empty or beginning with a dot. So no name leads out
 * of the directory; `localtime` and `posixrules`, which differ from machine to machine, are none.
 *
 * STATUS_OK: the file's bytes were put into `out_tzif`, and zone_decode() takes them.
 * STATUS_ABSENT: there is no such zone, or its file is none, or larger than TIME_ZONE_BYTES_MAX.
 * STATUS_CONFIG: the directory itself cannot be opened: install tzdata or set TZDIR.
 * STATUS_UNREACHABLE: the file is there and cannot be read now.
 * With any other status than STATUS_OK `out_tzif` is as it was; it needs TIME_ZONE_BYTES_MAX of
 * room.
 */
MUST_USE enum status time_zone_read(struct bytes name, struct buffer *out_tzif,
                                    struct failure *failure);

#endif
