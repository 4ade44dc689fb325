/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_board.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const char *const DEMO_ORDER_STATE_NAMES[DEMO_ORDER_STATES] = {
    "open", "partially_shipped", "shipped", "delivered", "cancelled",
};

enum topic demo_board_topic(int kind)
{
    static const enum topic KINDS[DEMO_DOCUMENT_KINDS] = {
        TOPIC_AVAILABILITY_ITEMS, TOPIC_AVAILABILITY_LOCATIONS, TOPIC_PROMISES_ORDERS,
        TOPIC_PROMISES_ITEMS,     TOPIC_PROMISES_LOCATIONS,
    };
    return KINDS[kind];
}

void demo_board_init(struct demo_board *board)
{
    *board = (struct demo_board){ 0 };
    for (int i = 0; i < DEMO_LINK_PARTITIONS; i++) {
        board->watermarks[i] = -1;
        board->swept[i] = -1;
    }
}

void demo_board_free(struct demo_board *board)
{
    for (int kind = 0; kind < DEMO_DOCUMENT_KINDS; kind++) {
        for (size_t i = 0; i < board->held[kind].count; i++) {
            struct demo_held *held = board->held[kind].rows[i].value;
            free(held->value);
            free(held);
        }
        demo_map_free(&board->held[kind]);
    }
    free(board->times);
    free(board->produced_us);
    free(board->latencies_us);
}

/* ------------------------------------------------------------------ when events were produced */

static size_t time_slot(const struct demo_board *board, int64_t time_ms)
{
    const uint64_t mixed = (uint64_t)time_ms * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(mixed >> 32) & (board->time_slots - 1);
    while (board->times[slot] != 0 && board->times[slot] != time_ms) {
        slot = (slot + 1) & (board->time_slots - 1);
    }
    return slot;
}

static void grow_times(struct demo_board *board)
{
    const size_t before = board->time_slots;
    int64_t *times = board->times;
    int64_t *produced_us = board->produced_us;
    board->time_slots = before > 0 ? before * 2 : 4096;
    board->times = demo_new(board->time_slots * sizeof *board->times);
    board->produced_us = demo_new(board->time_slots * sizeof *board->produced_us);
    for (size_t i = 0; i < before; i++) {
        if (times[i] != 0) {
            const size_t slot = time_slot(board, times[i]);
            board->times[slot] = times[i];
            board->produced_us[slot] = produced_us[i];
        }
    }
    free(times);
    free(produced_us);
}

void demo_board_produced(struct demo_board *board, int64_t time_ms, int64_t now_us)
{
    if (time_ms <= 0) {
        return;
    }
    if (board->time_count * 2 >= board->time_slots) {
        grow_times(board);
    }
    const size_t slot = time_slot(board, time_ms);
    board->time_count += board->times[slot] == 0;
    board->times[slot] = time_ms;
    board->produced_us[slot] = now_us;
}

static void add_latency(struct demo_board *board, int64_t as_of_ms, int64_t now_us)
{
    if (as_of_ms <= 0 || board->time_slots == 0) {
        return;
    }
    const size_t slot = time_slot(board, as_of_ms);
    const int64_t latency = now_us - board->produced_us[slot];
    if (board->times[slot] == 0 || latency < 0) {
        return;
    }
    board->latencies_us = demo_grow(board->latencies_us, board->latency_count,
                                    &board->latency_capacity, sizeof *board->latencies_us);
    const uint32_t shown = latency < UINT32_MAX ? (uint32_t)latency : UINT32_MAX;
    board->recent_us[board->latency_count % DEMO_RECENT] = shown;
    board->latencies_us[board->latency_count++] = shown;
}

static int by_size(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

double demo_board_latency_ms(const struct demo_board *board, double quantile, bool recent)
{
    const bool few = recent && board->latency_count > DEMO_RECENT;
    const size_t count = few ? DEMO_RECENT : board->latency_count;
    if (count == 0) {
        return 0;
    }
    uint32_t *sorted = demo_new(count * sizeof *sorted);
    memcpy(sorted, few ? board->recent_us : board->latencies_us, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_size);
    const double result = sorted[(size_t)((double)(count - 1) * quantile)] / 1000.0;
    free(sorted);
    return result;
}

/* ------------------------------------------------------------------ documents */

/* An order's own status is the first in its document. */
static enum demo_order_state state_of(const struct demo_held *held)
{
    static const char MARK[] = "\"status\":\"";
    const char *at = held->value ? strstr(held->value, MARK) : NULL;
    int state = 0;
    for (; at && state < DEMO_ORDER_STATES; state++) {
        const size_t count = strlen(DEMO_ORDER_STATE_NAMES[state]);
        if (strncmp(at + sizeof MARK - 1, DEMO_ORDER_STATE_NAMES[state], count) == 0) {
            break;
        }
    }
    return at && state < DEMO_ORDER_STATES ? (enum demo_order_state)state : DEMO_OPEN;
}

static void set_value(struct demo_board *board, struct demo_held *held, struct bytes value,
                      bool is_order, bool is_new)
{
    if (is_order && !is_new) {
        board->orders[held->state]--;
    }
    free(held->value);
    held->value = NULL;
    held->bytes = value.count;
    if (value.data) {
        held->value = demo_new(value.count + 1);
        memcpy(held->value, value.data, value.count);
    }
    held->state = state_of(held);
    board->orders[held->state] += is_order;
}

static bool take_document(struct demo_board *board, int kind,
                          const struct demo_received *received, int64_t now_us)
{
    char key[DEMO_NAME_BYTES];
    struct buffer text = buffer_of(key, sizeof key - 1);
    buffer_put_bytes(&text, received->key);
    key[text.count] = '\0';
    struct demo_held **found = (struct demo_held **)demo_map_put(&board->held[kind], key);
    const bool is_new = !*found;
    if (is_new) {
        *found = demo_new(sizeof **found);
        **found = (struct demo_held){ .version = -1, .as_of_ms = -1 };
    }
    struct demo_held *held = *found;
    board->received++;
    if (received->version <= held->version) {
        board->outdated++;
        return false;
    }
    if (received->as_of_ms > held->as_of_ms) {
        /* Sites are published every 250 ms only, by contract. */
        if (received->topic != TOPIC_PROMISES_LOCATIONS) {
            add_latency(board, received->as_of_ms, now_us);
        }
        held->as_of_ms = received->as_of_ms;
    }
    held->version = received->version;
    set_value(board, held, received->value, demo_board_topic(kind) == TOPIC_PROMISES_ORDERS,
              is_new);
    return true;
}

static void take_watermark(struct demo_board *board, const struct demo_received *received)
{
    json_t *watermark = json_loadb((const char *)received->value.data, received->value.count, 0,
                                   NULL);
    const json_int_t partition = json_integer_value(json_object_get(watermark, "partition"));
    if (json_is_object(watermark) && partition >= 0 && partition < DEMO_LINK_PARTITIONS) {
        board->watermarks[partition] =
            json_integer_value(json_object_get(watermark, "sequence"));
        board->swept[partition] = json_integer_value(json_object_get(watermark, "swept"));
        board->caught_up[partition] = json_is_true(json_object_get(watermark, "caught_up"));
    }
    json_decref(watermark);
}

bool demo_board_take(struct demo_board *board, const struct demo_received *received,
                     int64_t now_us)
{
    board->rejects += received->topic == TOPIC_REJECTS;
    if (received->topic == TOPIC_WATERMARKS && received->value.data) {
        take_watermark(board, received);
    }
    for (int kind = 0; kind < DEMO_DOCUMENT_KINDS; kind++) {
        if (received->topic == demo_board_topic(kind)) {
            return take_document(board, kind, received, now_us);
        }
    }
    return false;
}

bool demo_board_shows(const struct demo_board *board, uint64_t sequence)
{
    for (int i = 0; i < DEMO_LINK_PARTITIONS; i++) {
        if (board->watermarks[i] < (int64_t)sequence || board->swept[i] < (int64_t)sequence ||
            !board->caught_up[i]) {
            return false;
        }
    }
    return true;
}
