/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/*
 * CHECK(condition): a claim that only a bug of ours can break. It stays on in release builds;
 * when it fails the process names the place on stderr and stops with exit code 70.
 * Bad news in the data is never a CHECK.
 */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            check_failed(__FILE__, __LINE__, #condition);                                          \
        }                                                                                          \
    } while (0)

_Noreturn void check_failed(const char *file, int line, const char *claim);

#endif
