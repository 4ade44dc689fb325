/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/catch_up.h"

static void note(struct catch_up *catch_up, enum topic topic, int32_t partition,
                 struct log_extent extent, int64_t now_us)
{
    if (catch_up->left_count == INPUT_PARTITIONS_MAX) {
        return;
    }
    catch_up->left[catch_up->left_count++] = (struct input_end){
        .topic = topic,
        .partition = partition,
        .end = extent.end,
        .start = extent.start,
        .position = -1,
        .moved_us = now_us,
    };
}

void catch_up_note(struct catch_up *catch_up, const struct input_port *inputs, int64_t now_us)
{
    catch_up->left_count = 0;
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        const int32_t count = inputs->partition_count(inputs->context, (enum topic)topic);
        for (int32_t p = 0; p < count; p++) {
            note(catch_up, (enum topic)topic, p,
                 inputs->extent(inputs->context, (enum topic)topic, p), now_us);
        }
    }
    catch_up->noted_count = catch_up->left_count;
    catch_up->noted = true;
}

/* Where reading goes on. */
static int64_t next_offset(const struct input_end *input)
{
    return input->position >= 0 ? input->position : input->start;
}

static bool is_read(const struct input_end *input, const struct input_standing *standing,
                    int64_t now_us)
{
    if (standing->read) {
        return true;
    }
    if (input->end < 0) {
        return false;
    }
    return next_offset(input) >= input->end ||
           (standing->others_write && now_us - input->moved_us >= CATCH_UP_STILL_US);
}

bool catch_up_look(struct catch_up *catch_up, uint32_t index, const struct input_standing *standing,
                   int64_t now_us)
{
    CHECK(index < catch_up->left_count);
    struct input_end *input = &catch_up->left[index];
    if (input->end < 0) {
        input->end = standing->extent.end;
        input->start = standing->extent.start;
    }
    if (standing->position > input->position || !standing->others_write) {
        input->position = standing->position;
        input->moved_us = now_us;
    }
    if (!is_read(input, standing, now_us)) {
        return false;
    }
    *input = catch_up->left[--catch_up->left_count];
    return true;
}

bool catch_up_done(const struct catch_up *catch_up)
{
    return catch_up->noted && catch_up->left_count == 0;
}

int64_t catch_up_left(const struct catch_up *catch_up)
{
    int64_t left = 0;
    for (uint32_t i = 0; i < catch_up->left_count; i++) {
        const struct input_end *input = &catch_up->left[i];
        const int64_t from = next_offset(input);
        left += input->end > from ? input->end - from : 0;
    }
    return left;
}
