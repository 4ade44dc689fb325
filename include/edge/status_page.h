/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_STATUS_PAGE_H
#define EDGE_STATUS_PAGE_H

#include <stddef.h>

#include "base/bytes.h"

/*
 * The files of src/edge/status_page/ as they lie there, made part of the program by embed.cmake.
 * `path` is where the page asks for them.
 */
struct status_page_file {
    const char *path;
    const char *content_type;
    struct bytes content;
};

extern const struct status_page_file STATUS_PAGE_FILES[];
extern const size_t STATUS_PAGE_FILE_COUNT;

#endif
