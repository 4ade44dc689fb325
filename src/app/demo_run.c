/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo_parts.h"

/*
 * The embedded broker keeps about 5 MiB of each partition and drops the oldest in silence. So what
 * is produced and not yet in the journal stays far below that, whatever rate was asked for.
 */
enum {
    WAITING_MOST = 8000,                  /* records not in the journal */
    WAITING_BYTES_MOST = 3 * 1024 * 1024,
    TURN_MS = 5,
    JUDGE_US = 100000,                    /* how often the pace is thought over */
    STATUS_MS = 250,
    RATES_MS = 1000,
    READY_MS = 60000,
    CAUSE_MS = 1000,                      /* the journal tells what has moved a promise by then */
    STUCK_MS = 60000,                     /* no progress for so long: it will not come */
};
#define FACTOR_LEAST 0.02

/* ------------------------------------------------------------------ what comes back */

static struct demo_record record_of(const struct demo_made *made)
{
    return (struct demo_record){ made->topic, made->key, made->value, made->value_bytes,
                                 made->timestamp_ms };
}

static void take_place(void *context, const struct demo_entry *entry, enum topic topic,
                       int32_t partition, int64_t offset)
{
    struct demo *demo = context;
    if (!topic_is_input(topic) || partition < 0 || partition >= DEMO_LINK_PARTITIONS ||
        offset < 0 || (size_t)offset >= demo->places[topic][partition].count) {
        demo->strange++;
        return;
    }
    const size_t made = demo->places[topic][partition].rows[offset];
    demo->taken = demo_grow(demo->taken, demo->taken_count, &demo->taken_capacity,
                            sizeof *demo->taken);
    demo->taken[demo->taken_count++] = (struct demo_taken_row){ made, entry->now_ms };
    demo->taken_bytes += demo->made[made].value_bytes;
    demo->last_sequence = entry->sequence;
    const struct demo_record record = record_of(&demo->made[made]);
    demo_story_taken(&demo->story, &record, demo->made[made].produced_us);
}

/* The shop ships from where its orders were placed. */
static void tell_shop(struct demo *demo, const struct demo_received *received)
{
    char order_id[64];
    (void)snprintf(order_id, sizeof order_id, "%.*s", (int)received->key.count,
                   (const char *)received->key.data);
    if (!received->value.data || !demo_shop_asks(demo->shop, order_id)) {
        return;
    }
    json_t *document =
        json_loadb((const char *)received->value.data, received->value.count, 0, NULL);
    size_t index;
    json_t *line;
    json_array_foreach(json_object_get(document, "lines"), index, line) {
        const char *line_id = demo_field_text(line, "line_id");
        const char *location = demo_field_text(
            json_array_get(json_object_get(line, "parts"), 0), "location");
        if (line_id && location) {
            demo_shop_tell(demo->shop, order_id, line_id, location);
        }
    }
    json_decref(document);
}

static void take_output(struct demo *demo, const struct demo_received *received)
{
    const int64_t now_us = os_monotonic_us();
    if (!demo_board_take(&demo->board, received, now_us)) {
        return;
    }
    demo_story_read(&demo->story, received, now_us, demo->elapsed_ms);
    if (demo->shop && received->topic == TOPIC_PROMISES_ORDERS) {
        tell_shop(demo, received);
    }
}

static void take_received(void *context, const struct demo_received *received)
{
    struct demo *demo = context;
    struct demo_entry entry;
    if (received->topic == TOPIC_JOURNAL) {
        if (demo_journal_read(&demo->journal, received->value, &entry, take_place, demo) &&
            entry.now_ms > demo->now_ms) {
            demo->now_ms = entry.now_ms;
        }
    } else {
        take_output(demo, received);
    }
}

/* ------------------------------------------------------------------ the page */

static void update_rates(struct demo *demo, int64_t now_ms)
{
    const double seconds = (double)(now_ms - demo->rates_ms) / 1000;
    if (seconds * 1000 < RATES_MS) {
        return;
    }
    demo->view.made_rate = (double)(demo->made_count - demo->rated_made) / seconds;
    demo->view.taken_rate = (double)(demo->taken_count - demo->rated_taken) / seconds;
    demo->view.document_rate = (double)(demo->board.received - demo->rated_documents) / seconds;
    demo->view.p50_ms = demo_board_latency_ms(&demo->board, 0.5, true);
    demo->view.p99_ms = demo_board_latency_ms(&demo->board, 0.99, true);
    demo->rated_made = demo->made_count;
    demo->rated_taken = demo->taken_count;
    demo->rated_documents = demo->board.received;
    demo->rates_ms = now_ms;
}

/* What happened in the story is said once its cause is known, or is not soon; a page shows it. */
static void say_moments(struct demo *demo, int64_t now_ms)
{
    while (demo->told_moments < demo->story.moment_count) {
        const struct demo_moment *moment = &demo->story.moments[demo->told_moments];
        char text[DEMO_STORY_LINE], line[DEMO_STORY_LINE + 64];
        if (moment->caused_us == 0 && moment->read_us / 1000 + CAUSE_MS > now_ms) {
            return;
        }
        demo->told_moments++;
        demo_story_moment_text(moment, text);
        (void)snprintf(line, sizeof line, "%.6s%s: %s", text, demo->story.sale.sku, text + 6);
        demo_screen_say(&demo->screen, line);
    }
}

static void draw(struct demo *demo, int64_t now_ms)
{
    struct demo_view *view = &demo->view;
    update_rates(demo, now_ms);
    view->elapsed_ms = demo->started_ms > 0 ? demo->elapsed_ms : 0;
    view->made = demo->made_count;
    view->taken = demo->taken_count;
    view->slowed_percent = (int)(demo->factor * 100 + 0.5);
    view->lag_records = demo->status.lag_records;
    view->refused = demo->status.results[DEMO_RESULT_REJECTED];
    view->repeated = demo->status.results[DEMO_RESULT_DUPLICATE];
    for (int kind = 0; kind < DEMO_DOCUMENT_KINDS; kind++) {
        view->documents[kind] = demo->board.held[kind].count;
    }
    for (int state = 0; state < DEMO_ORDER_STATES; state++) {
        view->orders[state] = demo->board.orders[state];
    }
    view->snapshot_age = demo->status.snapshot_age;
    view->snapshots = demo->status.snapshots;
    view->sequence = demo->last_sequence;
    say_moments(demo, now_ms);
    demo_screen_draw(&demo->screen, view, now_ms);
}

/* STATUS_OK while all that the demo started is alive. */
static enum status turn(struct demo *demo, int wait_ms, struct failure *failure)
{
    const int64_t now_ms = os_monotonic_us() / 1000;
    demo_link_poll(demo->link, wait_ms, take_received, demo);
    if (now_ms - demo->status_ms >= STATUS_MS && demo->daemon.pid > 0) {
        demo->status_ms = now_ms;
        demo_status_poll(demo);
    }
    draw(demo, now_ms);
    struct demo_child *const children[] = { &demo->redis, &demo->daemon };
    for (int i = 0; i < 2; i++) {
        if (children[i]->pid > 0 && !demo_child_runs(children[i])) {
            demo_screen_end(&demo->screen);
            demo_child_print_log(children[i]);
            return failure_set(failure, STATUS_UNREACHABLE, "%s has ended by itself",
                               children[i]->name);
        }
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ producing */

/* Business time in ms, found without reading all of the value; 0: none. */
static int64_t time_of(const struct demo_record *record)
{
    static const char MARK[] = "\"time\":";
    const char *at = record->value && !topic_is_reference(record->topic)
                         ? memmem(record->value, record->value_bytes, MARK, sizeof MARK - 1)
                         : NULL;
    int64_t ns;
    if (!at) {
        return 0;
    }
    at += sizeof MARK - 1;
    if (*at != '"') {
        return strtoll(at, NULL, 10);
    }
    char text[40];
    (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
    return demo_instant_of(text, &ns) ? ns / 1000000 : 0;
}

/* A copy of the record, for the truth at the end. */
static void keep(struct demo *demo, const struct demo_record *record, int32_t partition,
                 int64_t now_us)
{
    const size_t key_bytes = strlen(record->key) + 1;
    struct demo_places *places = &demo->places[record->topic][partition];
    demo->made = demo_grow(demo->made, demo->made_count, &demo->made_capacity,
                           sizeof *demo->made);
    places->rows = demo_grow(places->rows, places->count, &places->capacity,
                             sizeof *places->rows);
    places->rows[places->count++] = demo->made_count;
    struct demo_made *made = &demo->made[demo->made_count++];
    *made = (struct demo_made){ .topic = record->topic, .partition = partition,
                                .key = demo_new(key_bytes + record->value_bytes + 1),
                                .value_bytes = record->value_bytes,
                                .timestamp_ms = record->timestamp_ms,
                                .produced_us = now_us };
    memcpy(made->key, record->key, key_bytes);
    if (record->value) {
        made->value = made->key + key_bytes;
        memcpy(made->value, record->value, record->value_bytes);
    }
    demo->made_bytes += record->value_bytes;
}

static enum status produce(struct demo *demo, const struct demo_record *record,
                           struct failure *failure)
{
    int32_t partition = 0;
    int64_t offset = 0;
    enum status status;
    const int64_t now_us = os_monotonic_us();
    demo_board_produced(&demo->board, time_of(record), now_us);
    demo_story_produced(&demo->story, record, demo->shop ? demo_shop_trial(demo->shop) : NULL,
                        now_us);
    while ((status = demo_link_produce(demo->link, record, &partition, &offset)) ==
           STATUS_AGAIN) {
        if (turn(demo, TURN_MS, failure) != STATUS_OK) {
            return STATUS_UNREACHABLE;
        }
    }
    if (status != STATUS_OK) {
        return failure_set(failure, status, "the embedded broker does not take records");
    }
    keep(demo, record, partition, now_us);
    CHECK((size_t)offset + 1 == demo->places[record->topic][partition].count);
    return STATUS_OK;
}

/* Fetches the next record of the log, unless one is waiting. */
static enum status fetch(struct demo *demo, struct failure *failure)
{
    if (demo->pending.key || demo->source_ended) {
        return STATUS_OK;
    }
    const enum status status = demo_replay_next(demo->replay, &demo->pending, failure);
    demo->source_ended = status == STATUS_ABSENT;
    if (demo->source_ended) {
        demo->pending.key = NULL;
    }
    return demo->source_ended ? STATUS_OK : status;
}

/* One record of whatever the demo plays; none where the log has ended. */
static enum status produce_next(struct demo *demo, struct failure *failure)
{
    struct demo_record record;
    if (demo->shop) {
        demo_shop_next(demo->shop, os_wall_ms(), &record);
        return produce(demo, &record, failure);
    }
    enum status status = fetch(demo, failure);
    if (status == STATUS_OK && demo->pending.key) {
        status = produce(demo, &demo->pending, failure);
        demo->pending.key = NULL;
    }
    return status;
}

static bool next_is_reference(struct demo *demo, struct failure *failure)
{
    if (demo->shop) {
        return demo_shop_phase(demo->shop) == DEMO_PHASE_REFERENCE;
    }
    return fetch(demo, failure) == STATUS_OK && demo->pending.key &&
           topic_is_reference(demo->pending.topic);
}

enum status demo_run_reference(struct demo *demo, struct failure *failure)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && next_is_reference(demo, failure)) {
        status = produce_next(demo, failure);
    }
    while (status == STATUS_OK && demo_link_unacknowledged(demo->link) > 0 &&
           !os_signal_stop()) {
        status = turn(demo, TURN_MS, failure);
    }
    return status;
}

enum status demo_run_ready(struct demo *demo, struct failure *failure)
{
    const int64_t until_us = os_monotonic_us() + READY_MS * INT64_C(1000);
    /* Nothing is published before the group has dealt out the partitions: only then it begins. */
    while (!(demo_board_shows(&demo->board, 0) && demo_status_ready(demo)) && !os_signal_stop()) {
        if (turn(demo, 100, failure) != STATUS_OK) {
            return STATUS_UNREACHABLE;
        }
        if (os_monotonic_us() > until_us) {
            demo_screen_end(&demo->screen);
            demo_child_print_log(&demo->daemon);
            return failure_set(failure, STATUS_UNREACHABLE, "the daemon does not get ready");
        }
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ pace */

static size_t waiting(const struct demo *demo)
{
    return demo->made_count - demo->taken_count;
}

static bool has_room(const struct demo *demo, int64_t share)
{
    return (int64_t)waiting(demo) < WAITING_MOST / share &&
           (int64_t)(demo->made_bytes - demo->taken_bytes) < WAITING_BYTES_MOST / share;
}

/* Slower at once where the daemon lags, faster again by and by. */
static void think_over(struct demo *demo, int64_t now_us)
{
    if (now_us - demo->judged_us < JUDGE_US) {
        return;
    }
    demo->judged_us = now_us;
    demo->factor *= has_room(demo, 2) ? 1.04 : 0.8;
    demo->factor = demo->factor > 1 ? 1 : demo->factor;
    demo->factor = demo->factor < FACTOR_LEAST ? FACTOR_LEAST : demo->factor;
}

/* What may be produced now; a pause is not made up for by more than a tenth of a second's worth. */
static void add_budget(struct demo *demo, int64_t now_us)
{
    const double pace = demo->shop ? demo_shop_pace(demo->shop, os_wall_ms()) : 1;
    const double rate = (double)demo->rate * pace * demo->factor;
    demo->budget += rate * (double)(now_us - demo->paced_us) / 1e6;
    demo->budget = demo->budget > rate / 10 ? rate / 10 : demo->budget;
    demo->paced_us = now_us;
}

/* The shelves are filled as fast as the daemon takes it: before that, nothing can be sold. */
static bool is_opening(const struct demo *demo)
{
    return demo->shop && demo_shop_phase(demo->shop) == DEMO_PHASE_OPENING;
}

static enum status produce_some(struct demo *demo, struct failure *failure)
{
    const int64_t now_us = os_monotonic_us();
    enum status status = STATUS_OK;
    think_over(demo, now_us);
    add_budget(demo, now_us);
    for (int i = 0; i < 500 && is_opening(demo) && has_room(demo, 4) && status == STATUS_OK; i++) {
        status = produce_next(demo, failure);
    }
    while (!is_opening(demo) && demo->budget >= 1 && has_room(demo, 1) && status == STATUS_OK &&
           !demo->source_ended) {
        status = produce_next(demo, failure);
        demo->budget -= 1;
    }
    return status;
}

static void update_progress(struct demo *demo)
{
    struct demo_view *view = &demo->view;
    demo->elapsed_ms = os_wall_ms() - demo->started_ms;
    if (demo->shop) {
        view->phase = "the shop is open";
        view->progress = (double)demo->elapsed_ms / (double)(demo->seconds * 1000);
        view->flash_sale = demo_shop_flash_sale(demo->shop, os_wall_ms());
    } else {
        view->phase = "replaying";
        view->progress = demo_replay_progress(demo->replay);
    }
}

/* A replay without --seconds goes on to its end. */
static bool is_over(const struct demo *demo)
{
    const bool limited = demo->shop || demo->seconds > 0;
    return os_signal_stop() || demo->source_ended ||
           (limited && demo->elapsed_ms >= demo->seconds * 1000);
}

enum status demo_run_events(struct demo *demo, struct failure *failure)
{
    enum status status = STATUS_OK;
    demo->started_ms = os_wall_ms();
    demo->paced_us = os_monotonic_us();
    if (demo->shop) {
        demo_shop_set_day(demo->shop, demo->started_ms, demo->started_ms + demo->seconds * 1000);
    }
    update_progress(demo);
    while (status == STATUS_OK && !is_over(demo)) {
        status = produce_some(demo, failure);
        if (status == STATUS_OK) {
            status = turn(demo, TURN_MS, failure);
        }
        update_progress(demo);
    }
    return status;
}

/* ------------------------------------------------------------------ the end */

static bool all_taken(const struct demo *demo)
{
    return demo->taken_count >= demo->made_count && demo_link_unacknowledged(demo->link) == 0;
}

static bool wait_for_all(struct demo *demo)
{
    struct failure failure;
    uint64_t seen = UINT64_MAX;
    int64_t moved_us = os_monotonic_us();
    demo->view.phase = "waiting for the last documents";
    demo->view.flash_sale = false;
    while (!all_taken(demo) || !demo_board_shows(&demo->board, demo->last_sequence) ||
           !demo_link_at_end(demo->link)) {
        const uint64_t now = demo->taken_count + demo->board.received;
        if (turn(demo, TURN_MS, &failure) != STATUS_OK) {
            return false;
        }
        moved_us = now != seen ? os_monotonic_us() : moved_us;
        seen = now;
        if (os_monotonic_us() - moved_us > STUCK_MS * INT64_C(1000)) {
            return false;
        }
    }
    return true;
}

bool demo_run_settle(struct demo *demo)
{
    const bool settled = wait_for_all(demo);
    demo_status_poll(demo);
    return settled;
}
