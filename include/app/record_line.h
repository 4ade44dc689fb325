/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_RECORD_LINE_H
#define APP_RECORD_LINE_H

#include "base/bytes.h"
#include "core/record.h"

/*
 * A record as one line of JSON, whatever it holds:
 *   {"topic":…,"partition":…,"offset":…,"timestamp":…,"key":…,"headers":{…},"value":…}
 * A value in JSON or MessagePack is shown as JSON; one that is neither, and bytes inside one that
 * are no text, as "base64:…". `topic` is the name without prefix.
 */
void record_line_write(const struct record *record, struct buffer *out);

/* Bytes as "base64:…" in quotes. */
struct json_writer;
void record_line_base64(struct json_writer *writer, struct bytes bytes);

#endif
