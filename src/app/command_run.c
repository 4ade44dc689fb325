/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/engine.h"
#include "app/version.h"
#include "app/wiring.h"
#include "edge/embedded_broker.h"

/* Few partitions: the embedded broker answers for each in turn. */
enum { EMBEDDED_PARTITIONS = 8 };

static struct config *reload(void *context)
{
    return arguments_config(context);
}

/* The broker in this process, where the configuration asks for one. */
static enum status open_broker(const struct config *config, struct logger *logger,
                               struct embedded_broker **out_broker, struct failure *failure)
{
    *out_broker = NULL;
    if (!wiring_embedded(config)) {
        return STATUS_OK;
    }
    const enum status status = embedded_broker_open(config->topic_prefix, EMBEDDED_PARTITIONS,
                                                    out_broker, failure);
    if (status == STATUS_OK) {
        logger_line(logger, LOGGER_WARNING, "embedded_broker",
                    "at %s: it keeps little and forgets all with this process",
                    embedded_broker_servers(*out_broker));
    }
    return status;
}

static enum status run(const struct arguments *arguments, const struct config *config,
                       struct logger *logger, struct failure *failure)
{
    struct embedded_broker *broker;
    enum status status = open_broker(config, logger, &broker, failure);
    if (status == STATUS_OK) {
        /* engine_run() hands the context to `reload` alone, which only reads it. */
        const struct engine_options options = {
            .config = config,
            .servers = broker ? embedded_broker_servers(broker) : NULL,
            .logger = logger,
            .reload = reload,
            .context = (void *)(uintptr_t)arguments,
        };
        status = engine_run(&options, failure);
    }
    logger_line(logger, status == STATUS_OK ? LOGGER_INFO : LOGGER_ERROR, "stopped", "%s",
                status == STATUS_OK ? "in good order" : failure->text);
    embedded_broker_close(broker);
    return status;
}

int command_run(const struct arguments *arguments)
{
    struct config *config = arguments_config(arguments);
    if (!config) {
        return STATUS_CONFIG;
    }
    struct logger logger =
        logger_open(STDERR_FILENO, arguments->verbose ? LOGGER_DEBUG : LOGGER_INFO);
    logger_line(&logger, LOGGER_INFO, "started", "promised %s, group %s, brokers %s",
                PROMISED_VERSION, config->group, config->brokers);
    struct failure failure = { 0 };
    const enum status status = run(arguments, config, &logger, &failure);
    free(config);
    return (int)status;
}
