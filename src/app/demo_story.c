/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_story.h"

#include <stdio.h>
#include <string.h>

static void copy(char *out, size_t bytes, const char *text)
{
    (void)snprintf(out, bytes, "%s", text ? text : "");
}

void demo_story_begin(struct demo_story *story, const struct demo_shop_sale *sale)
{
    *story = (struct demo_story){ .sale = *sale, .first_ship_on = INT32_MIN };
}

void demo_story_end(struct demo_story *story)
{
    demo_map_free(&story->ordered);
}

static void add_moment(struct demo_story *story, const struct demo_moment *moment)
{
    if (story->moment_count < DEMO_STORY_MOMENTS) {
        struct demo_moment *added = &story->moments[story->moment_count++];
        *added = *moment;
        copy(added->constraint, sizeof added->constraint, story->offer.constraint);
    }
}

/* ------------------------------------------------------------------ what was produced */

void demo_story_produced(struct demo_story *story, const struct demo_record *record,
                         const char *trial, int64_t now_us)
{
    if (!story->sale.sku) {
        return;
    }
    if (record->topic == TOPIC_LOCATIONS && story->seen && story->raised_us == 0 &&
        strcmp(record->key, story->sale.location) == 0) {
        story->raised_us = now_us;
    }
    if (trial && story->offer.any) {
        copy(story->trial, sizeof story->trial, trial);
        story->trial_offer = story->offer;
        story->trial_us = now_us;
    }
}

/* Units of the order that the watched location will ship: goods that no other has. */
static int64_t units_of(const struct demo_story *story, const json_t *data)
{
    const size_t head = strcspn(story->sale.sku, "-") + 1;
    int64_t units = 0;
    size_t index;
    json_t *line;
    json_array_foreach(json_object_get(data, "lines"), index, line) {
        if (strncmp(demo_field_text(line, "sku"), story->sale.sku, head) == 0) {
            units += demo_field_number(line, "quantity", 0);
        }
    }
    return units;
}

static void explain_moments(struct demo_story *story)
{
    for (int i = 0; i < story->moment_count; i++) {
        struct demo_moment *moment = &story->moments[i];
        if (moment->turn == DEMO_TURN_LATER && moment->full_days > 0 &&
            moment->full_days <= DEMO_STORY_FULL) {
            moment->caused_us = story->filled_us[moment->full_days - 1];
        }
    }
}

static void count_order(struct demo_story *story, const json_t *data, int64_t produced_us)
{
    const int64_t per_day = story->sale.per_day;
    const int64_t units = units_of(story, data);
    void **counted = demo_map_put(&story->ordered, demo_field_text(data, "order_id"));
    if (units == 0 || *counted) {
        return;
    }
    *counted = story;
    const int64_t before = story->ordered_units / per_day;
    story->ordered_units += units;
    for (int64_t full = before; full < story->ordered_units / per_day; full++) {
        if (full < DEMO_STORY_FULL) {
            story->filled_us[full] = produced_us;
        }
    }
    explain_moments(story);
}

void demo_story_taken(struct demo_story *story, const struct demo_record *record,
                      int64_t produced_us)
{
    struct demo_event event;
    const size_t head = story->sale.sku ? strcspn(story->sale.sku, "-") + 1 : 0;
    if (!story->sale.sku || record->topic != TOPIC_ORDERS || !record->value ||
        !memmem(record->value, record->value_bytes, story->sale.sku, head) ||
        demo_event_read(record, &event) != DEMO_READ) {
        return;
    }
    if (event.kind == DEMO_PLACED) {
        count_order(story, event.data, produced_us);
    }
    demo_event_end(&event);
}

/* ------------------------------------------------------------------ what was read */

static bool lists(const json_t *list, const char *text)
{
    size_t index;
    json_t *one;
    json_array_foreach(list, index, one) {
        if (json_is_string(one) && strcmp(json_string_value(one), text) == 0) {
            return true;
        }
    }
    return false;
}

static struct demo_offer read_offer(const struct demo_story *story, const json_t *document)
{
    struct demo_offer offer = { .ship_on = INT32_MIN, .by = INT32_MIN };
    size_t index;
    json_t *promise;
    json_array_foreach(json_object_get(document, "promises"), index, promise) {
        const char *service = demo_field_text(promise, "service");
        if (!service || strcmp(service, story->sale.service) != 0 ||
            !lists(json_object_get(promise, "zones"), story->sale.zone)) {
            continue;
        }
        const json_t *first = json_array_get(json_object_get(promise, "offers"), 0);
        const json_t *limit = json_object_get(promise, "limited_by");
        const json_t *quantity = json_object_get(first, "quantity");
        const json_t *days = json_object_get(limit, "days");
        offer.any = first;
        offer.quantity = json_is_integer(quantity) ? json_integer_value(quantity) : -1;
        offer.ship_on = demo_day_of(demo_field_text(first, "ship_on"));
        offer.by = demo_day_of(demo_field_text(first, "by"));
        offer.days = json_is_integer(days) ? json_integer_value(days) : -1;
        copy(offer.location, sizeof offer.location, demo_field_text(first, "location"));
        copy(offer.constraint, sizeof offer.constraint, demo_field_text(limit, "constraint"));
        copy(offer.limiting, sizeof offer.limiting, demo_field_text(limit, "location"));
    }
    return offer;
}

/* A promise that moves says why. */
static void compare_offer(struct demo_story *story, const struct demo_offer *before,
                          int64_t now_us, int64_t elapsed_ms)
{
    const struct demo_offer *after = &story->offer;
    if (!before->any || !after->any || before->ship_on == after->ship_on) {
        return;
    }
    const bool later = after->ship_on > before->ship_on;
    const struct demo_moment moment = {
        .turn = later ? DEMO_TURN_LATER : DEMO_TURN_SOONER, .elapsed_ms = elapsed_ms,
        .before = before->by, .after = after->by, .read_us = now_us,
        .full_days = later ? after->ship_on - story->first_ship_on : 0,
        .caused_us = later ? 0 : story->raised_us };
    add_moment(story, &moment);
    explain_moments(story);
}

static void read_promise(struct demo_story *story, const json_t *document, int64_t now_us,
                         int64_t elapsed_ms)
{
    const struct demo_offer before = story->offer;
    story->offer = read_offer(story, document);
    if (story->offer.any && story->first_ship_on == INT32_MIN) {
        story->first_ship_on = story->offer.ship_on;
    }
    if (story->seen) {
        compare_offer(story, &before, now_us, elapsed_ms);
    }
    story->seen = true;
}

static void read_site(struct demo_story *story, const json_t *document)
{
    size_t index;
    json_t *row;
    story->day_count = 0;
    json_array_foreach(json_object_get(document, "capacity"), index, row) {
        const json_t *planned = json_object_get(row, "planned");
        if (story->day_count < DEMO_STORY_DAYS) {
            story->days[story->day_count++] = (struct demo_story_day){
                demo_day_of(demo_field_text(row, "day")),
                json_is_integer(planned) ? json_integer_value(planned) : -1,
                demo_field_number(row, "used", 0) };
        }
    }
}

static void read_trial(struct demo_story *story, const json_t *document, int64_t now_us,
                       int64_t elapsed_ms)
{
    const json_t *line = json_array_get(json_object_get(document, "lines"), 0);
    const int32_t promised = demo_day_of(demo_field_text(line, "promised_by"));
    const struct demo_moment moment = { .turn = DEMO_TURN_TRIAL, .elapsed_ms = elapsed_ms,
                                        .before = story->trial_offer.by, .after = promised,
                                        .read_us = now_us, .caused_us = story->trial_us };
    add_moment(story, &moment);
    story->trial[0] = '\0';
    story->trials++;
    story->kept += promised != INT32_MIN && promised <= story->trial_offer.by;
}

static bool is_key(struct bytes key, const char *text)
{
    return key.count == strlen(text) && memcmp(key.data, text, key.count) == 0;
}

void demo_story_read(struct demo_story *story, const struct demo_received *received,
                     int64_t now_us, int64_t elapsed_ms)
{
    char name[DEMO_NAME_BYTES];
    if (!story->sale.sku || !received->value.data) {
        return;
    }
    const bool promise = received->topic == TOPIC_PROMISES_ITEMS &&
                         is_key(received->key,
                                demo_join(name, story->sale.sku, story->sale.network));
    const bool site = received->topic == TOPIC_PROMISES_LOCATIONS &&
                      is_key(received->key, story->sale.location);
    const bool trial = received->topic == TOPIC_PROMISES_ORDERS && story->trial[0] != '\0' &&
                       is_key(received->key, story->trial);
    if (!promise && !site && !trial) {
        return;
    }
    json_t *document =
        json_loadb((const char *)received->value.data, received->value.count, 0, NULL);
    if (promise) {
        read_promise(story, document, now_us, elapsed_ms);
    } else if (site) {
        read_site(story, document);
    } else {
        read_trial(story, document, now_us, elapsed_ms);
    }
    json_decref(document);
}

/* ------------------------------------------------------------------ for a person */

/* "Mon 23 Nov"; a day that is none is "never". */
static const char *day_text(int32_t day, char out[16])
{
    static const char *const WEEKDAYS[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char date[16];
    if (day == INT32_MIN) {
        copy(out, 16, "never");
        return out;
    }
    demo_day_text(day, date);
    const int month = (date[5] - '0') * 10 + date[6] - '1';
    (void)snprintf(out, 16, "%s %.2s %.3s", WEEKDAYS[day % 7], date + 8,
                   MONTHS + (size_t)month * 3);
    return out;
}

static const char *units_text(int64_t units, char out[24])
{
    if (units < 0) {
        copy(out, 24, "any");
    } else {
        (void)snprintf(out, 24, "%lld", (long long)units);
    }
    return out;
}

void demo_story_offer_text(const struct demo_story *story, char out[DEMO_STORY_LINE])
{
    const struct demo_offer *offer = &story->offer;
    char units[24], by[16], ship_on[16];
    const int count = snprintf(out, DEMO_STORY_LINE, "%s to %s: ", story->sale.sku,
                               story->sale.zone);
    if (!story->seen || !offer->any) {
        copy(out + count, DEMO_STORY_LINE - (size_t)count,
             story->seen ? "no offer" : "not published yet");
        return;
    }
    (void)snprintf(out + count, DEMO_STORY_LINE - (size_t)count,
                   "up to %s by %s (ships %s)", units_text(offer->quantity, units),
                   day_text(offer->by, by), day_text(offer->ship_on, ship_on));
}

void demo_story_why_text(const struct demo_story *story, char out[DEMO_STORY_LINE])
{
    const struct demo_offer *offer = &story->offer;
    if (!story->seen) {
        copy(out, DEMO_STORY_LINE, "-");
    } else if (offer->constraint[0] == '\0') {
        copy(out, DEMO_STORY_LINE, "nothing would bring it a day sooner");
    } else if (offer->days < 0) {
        (void)snprintf(out, DEMO_STORY_LINE, "%s of %s: without, there was an offer",
                       offer->constraint, offer->limiting);
    } else {
        (void)snprintf(out, DEMO_STORY_LINE, "%s of %s: %lld day%s", offer->constraint,
                       offer->limiting, (long long)offer->days, offer->days == 1 ? "" : "s");
    }
}

void demo_story_days_text(const struct demo_story *story, char out[DEMO_STORY_LINE])
{
    int count = 0;
    out[0] = '\0';
    for (int i = 0; i < story->day_count; i++) {
        const struct demo_story_day *day = &story->days[i];
        char units[24], name[16];
        (void)day_text(day->day, name);
        count += snprintf(out + count, DEMO_STORY_LINE - (size_t)count, "%s%.6s %lld of %s",
                          i > 0 ? "   " : "", name, (long long)day->used,
                          units_text(day->planned, units));
    }
}

/* "Wed 25 Nov -> Mon 23 Nov" */
static const char *move_text(const struct demo_moment *moment, char out[40])
{
    char before[16], after[16];
    (void)snprintf(out, 40, "%s -> %s", day_text(moment->before, before),
                   day_text(moment->after, after));
    return out;
}

static const char *took_text(const struct demo_moment *moment, char out[24])
{
    const double ms = (double)(moment->read_us - moment->caused_us) / 1000;
    if (moment->caused_us == 0 || ms < 0) {
        copy(out, 24, "");
    } else {
        (void)snprintf(out, 24, ", %.0f ms", ms);
    }
    return out;
}

void demo_story_moment_text(const struct demo_moment *moment, char out[DEMO_STORY_LINE])
{
    char move[40], took[24], by[16], offered[16];
    const int minutes = (int)(moment->elapsed_ms / 60000);
    const int seconds = (int)(moment->elapsed_ms / 1000 % 60);
    const char *why = moment->constraint[0] != '\0' ? moment->constraint : "nothing";
    switch (moment->turn) {
    case DEMO_TURN_LATER:
        (void)snprintf(out, DEMO_STORY_LINE, "%02d:%02d %d day%s full: %s (%s)%s", minutes,
                       seconds, moment->full_days, moment->full_days == 1 ? " is" : "s are",
                       move_text(moment, move), why, took_text(moment, took));
        break;
    case DEMO_TURN_SOONER:
        (void)snprintf(out, DEMO_STORY_LINE, "%02d:%02d capacity raised: %s (%s)%s", minutes,
                       seconds, move_text(moment, move), why, took_text(moment, took));
        break;
    default:
        (void)snprintf(out, DEMO_STORY_LINE, "%02d:%02d ordered: offered by %s, promised by %s%s",
                       minutes, seconds, day_text(moment->before, offered),
                       day_text(moment->after, by), took_text(moment, took));
        break;
    }
}
