/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_LIBRARY_VERSIONS_H
#define EDGE_LIBRARY_VERSIONS_H

/* The version of librdkafka that this process runs with, which decides what it can do. */
const char *library_versions_kafka(void);

#endif
