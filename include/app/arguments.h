/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_ARGUMENTS_H
#define APP_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/config.h"
#include "base/status.h"

/*
 * The command line: `promised COMMAND [VERB] [OPERAND] [OPTIONS]`. Every key of the configuration
 * is an option of every command (`--kafka.brokers HOST:PORT`); the others are a command's own.
 */
struct arguments;

enum argument_option {
    OPTION_JSON = 1,
    OPTION_PARTITIONS = 2,
    OPTION_REPLICATION = 4,
    OPTION_FROM_START = 8,
    OPTION_COUNT = 16,
    OPTION_HTTP = 32,
    OPTION_DEMO = 64,               /* all options of `demo` */
    OPTION_PROMISE = 128,           /* which promise: network, zone, service, quantity */
    OPTION_ONCE = 256,
};

struct command {
    const char *name;
    const char *summary;            /* one line, for the list of commands */
    const char *verbs;              /* words with spaces between, or NULL */
    const char *operand;            /* its name in help, or NULL */
    unsigned options;               /* of enum argument_option */
    const char *examples;           /* lines, each ended */
    int (*run)(const struct arguments *arguments);   /* the exit code */
};

struct arguments {
    const struct command *command;
    const char *verb;
    const char *operand;
    const char *config_path;        /* NULL: no file */
    struct config_override overrides[CONFIG_OVERRIDES_MAX];
    uint32_t override_count;
    char override_paths[CONFIG_OVERRIDES_MAX][128];   /* of kafka.properties.NAME */
    bool help;
    bool verbose;                   /* debug lines in the log */
    bool json;
    bool from_start;
    int64_t count;                  /* -1: not given */
    int32_t partitions;             /* -1: not given */
    int32_t replication;            /* -1: not given */
    const char *http;               /* host:port of a running daemon, or NULL */
    const char *network;            /* which promise; NULL: not given */
    const char *zone;
    const char *service;
    int64_t quantity;               /* -1: not given */
    bool once;
    const char *events;             /* of the demo: a log to be replayed, or NULL */
    int64_t seconds;                /* -1: not given; so are the next two */
    int64_t seed;
    int64_t rate;
    bool keep;
};

/*
 * Fills `out_arguments` from a command line; texts are views into it. STATUS_USAGE with what is
 * wrong and how to ask for help. `commands` ends with a row without a name.
 */
MUST_USE enum status arguments_parse(int count, char **texts, const struct command *commands,
                                     struct arguments *out_arguments, struct failure *failure);

/* The list of commands, or with arguments->command its own help. */
void arguments_help(const struct command *commands, const struct command *command);

/*
 * The configuration that these arguments, the environment and the file say; the caller frees it.
 * NULL after a failure, which was then written to stderr: the exit code is STATUS_CONFIG.
 */
struct config *arguments_config(const struct arguments *arguments);

/* Writes `promised: …` to stderr and returns the exit code of the failure. */
int arguments_failed(const struct failure *failure);

#endif
