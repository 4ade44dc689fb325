/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_YAML_FILE_H
#define EDGE_YAML_FILE_H

#include <stddef.h>

#include "base/status.h"

/*
 * A YAML document as a flat list: one entry per key, in the order of the file, with the place where
 * it stands. The path joins the keys with dots and numbers the elements of a list:
 *
 *     snapshots:                         snapshots            YAML_GROUP
 *       url: [redis://a, file:///b]      snapshots.url        YAML_LIST
 *                                        snapshots.url[0]     YAML_SCALAR  "redis://a"
 *                                        snapshots.url[1]     YAML_SCALAR  "file:///b"
 *
 * No path stands twice: a duplicate key is an error. Aliases, more than one document, and more
 * than the bounds below are errors, too. Nothing is interpreted but null.
 */
enum {
    YAML_ENTRIES_MAX = 512,
    YAML_TEXT_BYTES_MAX = 256 * 1024,
    YAML_PATH_BYTES_MAX = 256,
    YAML_DEPTH_MAX = 16,
};

enum yaml_kind { YAML_SCALAR, YAML_NULL, YAML_GROUP, YAML_LIST };

struct yaml_entry {
    const char *path;
    const char *value;   /* "" unless YAML_SCALAR */
    size_t line;         /* of the key, or of the element of a list; from 1 */
    size_t column;       /* in characters, from 1 */
    enum yaml_kind kind;
};

struct yaml_file {
    struct yaml_entry entries[YAML_ENTRIES_MAX];
    size_t entry_count;
    char text[YAML_TEXT_BYTES_MAX];   /* what the entries point into */
    size_t text_bytes;
};

/*
 * Reads `path`. STATUS_CONFIG with `failure` as `file:line:column: what, and the mend` where the
 * file cannot be read or is not such a document. `out_file` must then not be used.
 */
MUST_USE enum status yaml_file_read(const char *path, struct yaml_file *out_file,
                                    struct failure *failure);

/* The same for text in memory; `name` stands for the file in messages. */
MUST_USE enum status yaml_file_parse(const char *name, const char *text, size_t bytes,
                                     struct yaml_file *out_file, struct failure *failure);

#endif
