/* SPDX-License-Identifier: Apache-2.0 */
/* What a stream is made of: chance, names, times. */
#include "model/stream_maker.h"

#include <stdio.h>
#include <stdlib.h>

/* ------------------------------------------------------------------ chance */

uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t draw(struct maker *maker)
{
    maker->random += UINT64_C(0x9e3779b97f4a7c15);
    return mix(maker->random);
}

/* low .. high */
int64_t between(struct maker *maker, int64_t low, int64_t high)
{
    return low + (int64_t)(draw(maker) % (uint64_t)(high - low + 1));
}

bool chance(struct maker *maker, int permille)
{
    return between(maker, 0, 999) < permille;
}

/* The same for the same names: most records agree with each other about a line or shipment. */
uint64_t fate(const struct maker *maker, uint64_t what, uint64_t a, uint64_t b, uint64_t c)
{
    return mix(mix(mix(mix(maker->stream->seed + what) + a) + b) + c);
}

/* ------------------------------------------------------------------ memory and names */

void *take(struct maker *maker, size_t bytes)
{
    struct stream *stream = maker->stream;
    const size_t need = (bytes + 15) & ~(size_t)15;
    if (stream->block_count == 0 || stream->block_used + need > BLOCK_BYTES) {
        const size_t size = (stream->block_count + 1) * sizeof *stream->blocks;
        void **blocks = realloc(stream->blocks, size);
        void *block = calloc(1, need > BLOCK_BYTES ? need : BLOCK_BYTES);
        if (!blocks || !block) {
            abort();
        }
        stream->blocks = blocks;
        stream->blocks[stream->block_count++] = block;
        stream->block_used = 0;
    }
    void *taken = (char *)stream->blocks[stream->block_count - 1] + stream->block_used;
    stream->block_used += need;
    return taken;
}

struct bytes name_number(struct maker *maker, const char *stem, uint64_t number)
{
    char *text = take(maker, 32);
    const int count = snprintf(text, 32, "%s%llu", stem, (unsigned long long)number);
    return bytes_of(text, (size_t)count);
}

static const char *const SITE_NAMES[SITE_NAMES_MAX] = {
    "berlin", "Zug", "ams", "berlin-2", "\xc3\xa9vry", "a",   "oslo", "rom", "bern", "lyon",
    "graz",   "kiel", "mons", "pisa",    "york",       "bonn", "riga", "lodz", "cork", "bari",
};
static const char *const NET_NAMES[NAMES_MAX] = { "default", "web", "eu", "outlet", "b2b" };
static const char *const ZONE_NAMES[NAMES_MAX] = { "north", "south", "north-west" };
static const char *const SERVICE_NAMES[NAMES_MAX] = { "standard", "express" };

struct bytes sku_name(struct maker *maker, int64_t sku)
{
    return name_number(maker, "sku-", (uint64_t)sku);
}

int64_t any_sku(struct maker *maker)
{
    return between(maker, 0, maker->profile.sku_count - 1);
}

struct bytes site_name(int64_t site)
{
    return bytes_text(SITE_NAMES[site]);
}

struct bytes net_name(int64_t net)
{
    return bytes_text(NET_NAMES[net]);
}

struct bytes any_site(struct maker *maker)
{
    return site_name(between(maker, 0, maker->profile.site_count - 1));
}

struct bytes any_net(struct maker *maker)
{
    return net_name(between(maker, 0, maker->profile.net_count - 1));
}

struct bytes zone_named(int64_t zone)
{
    return bytes_text(ZONE_NAMES[zone]);
}

struct bytes service_named(int64_t service)
{
    return bytes_text(SERVICE_NAMES[service]);
}

struct bytes any_zone(struct maker *maker)
{
    return bytes_text(ZONE_NAMES[chance(maker, 50) ? 2 : between(maker, 0, 1)]);
}

struct bytes any_service(struct maker *maker)
{
    return bytes_text(SERVICE_NAMES[chance(maker, 200)]);
}

int32_t today(const struct maker *maker)
{
    return (int32_t)(maker->now_ms / MS_PER_DAY);
}

int32_t near_day(struct maker *maker)
{
    if (chance(maker, 50)) {
        return today(maker) + (int32_t)between(maker, 100, 140);
    }
    return today(maker) + (int32_t)between(maker, -6, 12);
}

int64_t few(struct maker *maker)
{
    return chance(maker, 100) ? between(maker, 1, 200) : between(maker, 1, 12);
}

/* ------------------------------------------------------------------ time */

static int64_t span_ms(struct maker *maker)
{
    const struct settings *settings = &maker->stream->settings;
    const int64_t kind = between(maker, 0, 99);
    return kind < 55   ? between(maker, 0, 2 * MINUTE)
           : kind < 75 ? between(maker, 0, 8) * (settings->reorder_window_ms / 8)
           : kind < 85 ? between(maker, 0, settings->reorder_window_ms)
           : kind < 92 ? between(maker, 0, 2 * settings->reorder_window_ms)
           : kind < 96 ? -between(maker, 0, settings->future_tolerance_ms)
           : kind < 97 ? -between(maker, 0, 2 * settings->future_tolerance_ms)
           : kind < 98 ? between(maker, 0, 2 * settings->closed_orders_ms)
                       : 0;
}

/* The newest of some earlier times of the stream, exactly a window away, or off by a nanosecond. */
static int64_t edge_time(struct maker *maker)
{
    const struct stream *stream = maker->stream;
    const struct settings *settings = &stream->settings;
    const int64_t windows[] = { 0, 0, settings->reorder_window_ms, settings->closed_orders_ms };
    int64_t newest = TIME_NONE;
    for (int64_t left = between(maker, 1, 20); left > 0 && stream->step_count > 0; left--) {
        const size_t span = stream->step_count < 300 ? stream->step_count : 300;
        const struct step *step =
            &stream->steps[stream->step_count - 1 - (size_t)between(maker, 0, (int64_t)span - 1)];
        if (step->kind == STEP_EVENT && step->event->time_ns > newest) {
            newest = step->event->time_ns;
        }
    }
    if (newest == TIME_NONE) {
        newest = maker->now_ms * NS_PER_MS;
    }
    return newest - windows[between(maker, 0, 3)] * NS_PER_MS + between(maker, -1, 1);
}

/* A business time: mostly just now, on a grid so that some are equal, some far off. */
int64_t business_time(struct maker *maker)
{
    if (chance(maker, 80)) {
        return edge_time(maker);
    }
    const int64_t grid = chance(maker, 500) ? MINUTE : 1;
    int64_t ms = maker->now_ms - span_ms(maker);
    ms -= ms % grid;
    return ms * NS_PER_MS + (chance(maker, 200) ? between(maker, 0, 2) : 0);
}

int64_t record_timestamp(struct maker *maker)
{
    const int64_t kind = between(maker, 0, 99);
    if (kind < 10) {
        return maker->now_ms - maker->now_ms % (maker->stream->settings.dedupe_window_ms / 4);
    }
    return kind < 90   ? maker->now_ms - between(maker, 0, 20 * SECOND)
           : kind < 94 ? maker->now_ms + between(maker, 0, HOUR)
           : kind < 96 ? -1
                       : maker->now_ms -
                             between(maker, 0, 2 * maker->stream->settings.dedupe_window_ms);
}

/* Over cut-offs and midnights, but not far. */
static int64_t small_span(struct maker *maker)
{
    const int64_t kind = between(maker, 0, 99);
    return kind < 50   ? between(maker, 0, 2 * MINUTE)
           : kind < 75 ? between(maker, 0, 3 * HOUR)
           : kind < 90 ? between(maker, 0, 12 * HOUR)
           : kind < 99 ? between(maker, 0, 2 * MS_PER_DAY)
                       : between(maker, 0, 10 * MS_PER_DAY);
}

void time_passes(struct maker *maker)
{
    const struct settings *settings = &maker->stream->settings;
    if (maker->profile.small) {
        maker->now_ms += small_span(maker);
        return;
    }
    const int64_t kind = between(maker, maker->profile.calm ? 190 : 0, 9999);
    if (kind < 10) {
        maker->now_ms += settings->closed_orders_ms + settings->tombstone_after_ms;
    } else if (kind < 14) {
        maker->now_ms += 31 * MS_PER_DAY;
    } else if (kind < 40) {
        maker->now_ms += between(maker, 0, 2 * MS_PER_DAY);
    } else if (kind < 100) {
        maker->now_ms += between(maker, 0, settings->closed_orders_ms);
    } else if (kind < 200) {
        maker->now_ms += between(maker, 0, 6 * HOUR);
    } else {
        maker->now_ms += between(maker, 0, maker->profile.pace_ms);
    }
}
