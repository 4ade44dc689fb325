/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TEXT_FORMAT_H
#define BASE_TEXT_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * printf into `capacity` bytes, always with an end: what does not fit is left off, and never in
 * the middle of a UTF-8 character. It is how floors that may not use stdio say why.
 */
__attribute__((format(printf, 3, 0))) void text_format(char *text, size_t capacity,
                                                       const char *format, va_list arguments);

#endif
