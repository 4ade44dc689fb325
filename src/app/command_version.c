/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "app/commands.h"
#include "app/version.h"
#include "core/world.h"
#include "edge/library_versions.h"

int command_version(const struct arguments *arguments)
{
    const char *format =
        arguments->json ? "{\"version\":\"%s\",\"rules\":%d,\"layout\":%d,\"librdkafka\":\"%s\"}\n"
                        : "promised %s (rules %d, snapshot layout %d, librdkafka %s)\n";
    (void)printf(format, PROMISED_VERSION, RULES_VERSION, WORLD_LAYOUT_VERSION,
                 library_versions_kafka());
    return STATUS_OK;
}
