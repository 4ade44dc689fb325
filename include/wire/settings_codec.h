/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_SETTINGS_CODEC_H
#define WIRE_SETTINGS_CODEC_H

#include "base/bytes.h"
#include "core/world.h"
#include "wire/msgpack_reader.h"

/*
 * `settings` of a journal entry (contract 2.5): a MessagePack map keyed as the config file of
 * section 5, durations in milliseconds:
 *
 *     {rules, dedupe:{window}, inbound:{grace_days}, clock,
 *      limits:{future_tolerance, reorder_window, parked_alarm, closed_orders, moves, review},
 *      publish:{tombstone_after}}
 */
void settings_encode(const struct settings *settings, struct buffer *out);

/*
 * The reader has failed where a key is missing, comes twice or has a value out of its range; no
 * number is negative. Keys that we do not know are passed over. Returns zeros on failure.
 */
struct settings settings_decode(struct msgpack_reader *reader);

#endif
