/* SPDX-License-Identifier: Apache-2.0 */
#include "event_codec_fixture.h"

/*
 * Counts every allocation of the process, those of the libraries too. A sanitizer has its own
 * allocator and tells of each call; else the C library's is stood in front of.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

static volatile size_t allocation_count;

#ifdef __SANITIZE_ADDRESS__

int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

static void count_malloc(const volatile void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
    allocation_count++;
}

static void ignore_free(const volatile void *data)
{
    (void)data;
}

static void start_counting(void)
{
    cr_assert_neq(__sanitizer_install_malloc_and_free_hooks(count_malloc, ignore_free), 0);
}

#else

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *data, size_t bytes);

void *malloc(size_t bytes)
{
    allocation_count++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    allocation_count++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *data, size_t bytes)
{
    allocation_count++;
    return __libc_realloc(data, bytes);
}

static void start_counting(void)
{
    allocation_count = 0;
}

#endif

static void release_decoder(void)
{
    free(fixture_decoder());
}

TestSuite(event_codec_memory, .fini = release_decoder);

#define PLACED_WITH(rest)                                                                          \
    ORDER("order.placed", "\"zone\":\"z\",\"lines\":[{\"line_id\":\"1\",\"sku\":\"\\u00e9\","    \
                          "\"quantity\":1,\"bundle\":[{\"sku\":\"a\",\"quantity\":2}]}]" rest)

Test(event_codec_memory, counting_sees_allocations)
{
    start_counting();

    const size_t before = allocation_count;
    void *volatile data = malloc(10);

    cr_assert_gt(allocation_count, before);
    free(data);
}

Test(event_codec_memory, no_record_good_or_bad_allocates)
{
    static const char *const rows[] = {
        PLACED_WITH(""),
        PLACED_WITH(",\"x\":[[{}],1e400]"),
        PLACED_WITH(",\"x\":"),
        PLACED_WITH(",\"zone\":1"),
        PLACED_WITH(",\"\\ud800\":1"),
        "{\"a\":",
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    struct bytes values[2 * ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        values[i] = bytes_text(rows[i]);
        values[ROWS + i] = packed(rows[i]);
    }
    (void)fixture_decoder();
    start_counting();

    const size_t before = allocation_count;
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < 2 * ROWS; i++) {
            (void)decode_bytes(TOPIC_ORDERS, values[i]);
        }
    }
    const size_t after = allocation_count;

    cr_assert_eq(after, before);
    for (size_t i = ROWS; i < 2 * ROWS; i++) {
        free((void *)(uintptr_t)values[i].data);
    }
}
