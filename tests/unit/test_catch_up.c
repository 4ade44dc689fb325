/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "flow/catch_up.h"

/* Two partitions of movements and one of orders, which reach as far as `extents` says. */
static struct log_extent extents[TOPIC_INPUT_COUNT][2];

static int32_t count_of(void *context, enum topic topic)
{
    (void)context;
    return topic == TOPIC_STOCK ? 2 : topic == TOPIC_ORDERS ? 1 : 0;
}

static struct log_extent extent_of(void *context, enum topic topic, int32_t partition)
{
    (void)context;
    return extents[topic][partition];
}

static struct catch_up *noted(int64_t first_end, int64_t second_end, int64_t orders_end)
{
    static struct catch_up catch_up;
    const struct input_port inputs = { .partition_count = count_of, .extent = extent_of };
    memset(&catch_up, 0, sizeof catch_up);
    extents[TOPIC_STOCK][0] = (struct log_extent){ 0, first_end };
    extents[TOPIC_STOCK][1] = (struct log_extent){ 0, second_end };
    extents[TOPIC_ORDERS][0] = (struct log_extent){ 0, orders_end };
    catch_up_note(&catch_up, &inputs, 0);
    return &catch_up;
}

static uint32_t index_of(const struct catch_up *catch_up, enum topic topic, int32_t partition)
{
    uint32_t i = 0;
    while (i < catch_up->left_count && (catch_up->left[i].topic != topic ||
                                        catch_up->left[i].partition != partition)) {
        i++;
    }
    cr_assert_lt(i, catch_up->left_count, "it is read already");
    return i;
}

static bool look_at(struct catch_up *catch_up, enum topic topic, int32_t partition,
                    struct input_standing standing, int64_t now_us)
{
    standing.extent = extents[topic][partition];
    return catch_up_look(catch_up, index_of(catch_up, topic, partition), &standing, now_us);
}

static bool stands(struct catch_up *catch_up, enum topic topic, int32_t partition, int64_t position)
{
    return look_at(catch_up, topic, partition, (struct input_standing){ .position = position }, 1);
}

Test(catch_up, nothing_noted_is_not_caught_up)
{
    static const struct catch_up catch_up;

    cr_assert_not(catch_up_done(&catch_up));
}

Test(catch_up, whole_backlog_at_sequence_0_is_not_caught_up)
{
    struct catch_up *catch_up = noted(10, 0, 5);

    cr_assert_not(stands(catch_up, TOPIC_STOCK, 0, -1));
    cr_assert(stands(catch_up, TOPIC_STOCK, 1, -1), "there is nothing in it");
    cr_assert_not(stands(catch_up, TOPIC_ORDERS, 0, -1));

    cr_assert_not(catch_up_done(catch_up));
    cr_assert_eq(catch_up->left_count, 2);
    cr_assert_eq(catch_up->noted_count, 3);
    cr_assert_eq(catch_up_left(catch_up), 15);
}

Test(catch_up, inputs_read_to_the_ends_noted_at_start_are_caught_up_though_more_came)
{
    struct catch_up *catch_up = noted(10, 0, 5);
    extents[TOPIC_STOCK][0].end = 1000;

    cr_assert(stands(catch_up, TOPIC_STOCK, 0, 10));
    cr_assert(stands(catch_up, TOPIC_STOCK, 1, -1));
    cr_assert_not(stands(catch_up, TOPIC_ORDERS, 0, 4));
    cr_assert_eq(catch_up_left(catch_up), 1);
    cr_assert(stands(catch_up, TOPIC_ORDERS, 0, 7));

    cr_assert(catch_up_done(catch_up));
    cr_assert_eq(catch_up_left(catch_up), 0);
}

Test(catch_up, records_that_the_topic_keeps_no_more_are_not_waited_for)
{
    struct catch_up *catch_up = noted(0, 0, 0);
    extents[TOPIC_ORDERS][0] = (struct log_extent){ 40, 40 };
    const struct input_port inputs = { .partition_count = count_of, .extent = extent_of };
    catch_up_note(catch_up, &inputs, 0);

    cr_assert(stands(catch_up, TOPIC_ORDERS, 0, -1));
}

Test(catch_up, end_that_brokers_have_not_told_is_noted_when_they_do)
{
    struct catch_up *catch_up = noted(-1, 0, 0);

    cr_assert_not(stands(catch_up, TOPIC_STOCK, 0, 7));
    extents[TOPIC_STOCK][0] = (struct log_extent){ 0, 8 };
    cr_assert_not(stands(catch_up, TOPIC_STOCK, 0, 7));
    extents[TOPIC_STOCK][0].end = 9;

    cr_assert(stands(catch_up, TOPIC_STOCK, 0, 8));
}

Test(catch_up, writer_at_the_end_has_read_what_holds_no_record)
{
    struct catch_up *catch_up = noted(10, 0, 5);

    cr_assert_not(stands(catch_up, TOPIC_STOCK, 0, 9));
    const struct input_standing at_end = { .position = 9, .read = true };

    cr_assert(look_at(catch_up, TOPIC_STOCK, 0, at_end, 2));
}

Test(catch_up, who_does_not_write_waits_until_nothing_comes_any_more)
{
    struct catch_up *catch_up = noted(10, 0, 5);
    const struct input_standing alone = { .position = 9 };
    const struct input_standing follows = { .position = 9, .others_write = true };
    const int64_t still = CATCH_UP_STILL_US;

    cr_assert_not(look_at(catch_up, TOPIC_STOCK, 0, alone, 2 * still), "nobody writes");
    cr_assert_not(look_at(catch_up, TOPIC_STOCK, 0, follows, 3 * still - 1));

    cr_assert(look_at(catch_up, TOPIC_STOCK, 0, follows, 3 * still));
}

Test(catch_up, what_still_comes_from_others_is_waited_for)
{
    struct catch_up *catch_up = noted(10, 0, 5);
    struct input_standing follows = { .position = 3, .others_write = true };

    cr_assert_not(look_at(catch_up, TOPIC_STOCK, 0, follows, 1));
    follows.position = 4;
    cr_assert_not(look_at(catch_up, TOPIC_STOCK, 0, follows, CATCH_UP_STILL_US));

    cr_assert_not(look_at(catch_up, TOPIC_STOCK, 0, follows, CATCH_UP_STILL_US + 5));
}
