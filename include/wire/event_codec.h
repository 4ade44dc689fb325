/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_EVENT_CODEC_H
#define WIRE_EVENT_CODEC_H

#include "base/arena.h"
#include "core/event.h"
#include "core/record.h"

/*
 * Records of the input topics to events (contract 1, 2.1 to 2.4): MessagePack or JSON; binary,
 * structured or bare envelope. Allocates nothing once it has run for a while: all memory is the
 * decoder's own, taken at the start.
 */
struct event_decoder;

size_t event_decoder_bytes(void);
struct event_decoder *event_decoder_init(struct arena *arena);

/*
 * REFUSAL_NONE: `out_event` is whole; its views are good until the next call with this decoder.
 * Otherwise `out_reason` says why; out_event->type is the type where that much could be read, else
 * EVENT_UNKNOWN (on a reference topic always the topic's type).
 * Not judged here, because they need the world: `time` against the record's timestamp (bad_time),
 * time zones that do not exist, conflict, too_late.
 */
enum refusal event_decode(struct event_decoder *decoder, const struct record *record,
                          struct event *out_event, struct refusal_reason *out_reason);

#endif
