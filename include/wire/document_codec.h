/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_DOCUMENT_CODEC_H
#define WIRE_DOCUMENT_CODEC_H

#include "base/bytes.h"
#include "core/document.h"
#include "core/record.h"
#include "wire/tree.h"

/*
 * Documents to Kafka records (contract 3): binary-mode CloudEvents, MessagePack or JSON. Both
 * encodings have the same fields in the same order, the contract's.
 */

/* Header values of one document, with the room they are written in. */
struct document_headers {
    struct record_header headers[8];
    uint32_t count;
    char text[512];
};

/* `sku|network`, `sku|location`, the order_id, the location, or the partition in decimal. */
void document_encode_key(const struct document *document, struct buffer *out_key);

/*
 * The value. Instants are RFC 3339 UTC with milliseconds; DAY_NONE, INSTANT_NONE and
 * UNITS_UNLIMITED are null; what has ended has `gone: true` as its last field. In JSON it is also
 * the answer of HTTP.
 */
void document_encode(const struct document *document, enum encoding encoding,
                     struct buffer *out_value);

/*
 * The content as 64 bits: all fields but version and as_of (contract 3: "no change"), and whether
 * it is gone. It is for comparing within one program, not for keeping.
 */
uint64_t document_content_hash(const struct document *document);

/*
 * The headers: ce_specversion, ce_id (topic/key/version), ce_source, ce_type, ce_version, ce_time
 * (with as_of), and content-type. A watermark has no version: its id has the sequence
 * instead, and ce_swept its other half.
 * `has_value` false is a tombstone: without ce_time and content-type.
 * `source` is the process-independent `/promised/<group>`; its bytes, like `out_headers`, must
 * outlive the use of the headers.
 */
void document_headers(const struct document *document, struct bytes source, enum encoding encoding,
                      bool has_value, struct document_headers *out_headers);

/* The partition of a key's first part: murmur2 as Kafka's Java clients compute it, mod count. */
int32_t key_partition(struct bytes key, int32_t partition_count);

#endif
