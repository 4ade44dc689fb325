/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/library_versions.h"

#include <librdkafka/rdkafka.h>

const char *library_versions_kafka(void)
{
    return rd_kafka_version_str();
}
