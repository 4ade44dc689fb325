/* SPDX-License-Identifier: Apache-2.0 */
#include "app/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/quantity.h"
#include "core/limits.h"

/* Values of long options: those of our own first, then one for each key of the configuration. */
enum {
    CODE_JSON = 256,
    CODE_PARTITIONS,
    CODE_REPLICATION,
    CODE_FROM_START,
    CODE_COUNT,
    CODE_HTTP,
    CODE_SECONDS,
    CODE_EVENTS,
    CODE_SEED,
    CODE_RATE,
    CODE_KEEP,
    CODE_NETWORK,
    CODE_ZONE,
    CODE_SERVICE,
    CODE_QUANTITY,
    CODE_ONCE,
    CODE_KEY_FIRST,
};

struct own_option {
    const char *name;
    const char *value;      /* its name in help; NULL: takes none */
    int code;
    unsigned option;        /* 0: of every command */
    const char *help;
};

static const struct own_option OWN_OPTIONS[] = {
    { "config", "FILE", 'c', 0, "read the configuration from FILE" },
    { "help", NULL, 'h', 0, "this" },
    { "verbose", NULL, 'v', 0, "log at level debug" },
    { "json", NULL, CODE_JSON, OPTION_JSON, "machine-readable output" },
    { "partitions", "N", CODE_PARTITIONS, OPTION_PARTITIONS, "partitions of topics to be made" },
    { "replication", "N", CODE_REPLICATION, OPTION_REPLICATION, "replicas of topics to be made" },
    { "from-start", NULL, CODE_FROM_START, OPTION_FROM_START, "from the first record kept" },
    { "count", "N", CODE_COUNT, OPTION_COUNT, "stop after N records" },
    { "http", "HOST:PORT", CODE_HTTP, OPTION_HTTP, "the daemon to ask; else http.listen" },
    { "seconds", "N", CODE_SECONDS, OPTION_DEMO, "how long the shop is open (60)" },
    { "events", "DIR", CODE_EVENTS, OPTION_DEMO, "replay DIR/all.jsonl instead of the shop" },
    { "seed", "N", CODE_SEED, OPTION_DEMO, "another shop (1)" },
    { "rate", "N", CODE_RATE, OPTION_DEMO, "events a second (3000; of a replay 20000)" },
    { "keep", NULL, CODE_KEEP, OPTION_DEMO, "keep logs and events in a folder" },
    { "network", "N", CODE_NETWORK, OPTION_PROMISE, "the network that sells it (default)" },
    { "zone", "Z", CODE_ZONE, OPTION_PROMISE, "where it is to go (all)" },
    { "service", "S", CODE_SERVICE, OPTION_PROMISE, "by which service (all)" },
    { "quantity", "N", CODE_QUANTITY, OPTION_PROMISE, "so many units (1)" },
    { "once", NULL, CODE_ONCE, OPTION_ONCE, "print once and end" },
};
enum { OWN_COUNT = sizeof OWN_OPTIONS / sizeof OWN_OPTIONS[0] };

static void list_options(struct option *out_options)
{
    size_t count = 0;
    for (; count < OWN_COUNT; count++) {
        const struct own_option *own = &OWN_OPTIONS[count];
        out_options[count] = (struct option){
            own->name, own->value ? required_argument : no_argument, NULL, own->code };
    }
    for (int key = 0; key < CONFIG_KEY_COUNT; key++) {
        out_options[count++] = (struct option){ CONFIG_KEYS[key].path, required_argument, NULL,
                                                CODE_KEY_FIRST + key };
    }
    out_options[count] = (struct option){ 0 };
}

static enum status usage(struct failure *failure, const struct arguments *arguments,
                         const char *what, const char *which)
{
    const struct command *command = arguments->command;
    return failure_set(failure, STATUS_USAGE, "%s%s; see `promised %s%s--help`", what, which,
                       command ? command->name : "", command ? " " : "");
}

static bool read_whole(const char *text, int64_t most, int64_t *out_number)
{
    int64_t number;
    if (!config_parse_number(text, &number) || number > most) {
        return false;
    }
    *out_number = number;
    return true;
}

/* `--kafka.properties NAME=VALUE`; the other keys take their value as it is. */
static bool add_override(struct arguments *arguments, enum config_key key, const char *text)
{
    const uint32_t index = arguments->override_count;
    if (index == CONFIG_OVERRIDES_MAX) {
        return false;
    }
    struct config_override override = { CONFIG_KEYS[key].path, text };
    if (key == CONFIG_PROPERTIES) {
        const char *equals = strchr(text, '=');
        char *path = arguments->override_paths[index];
        if (!equals || equals == text || equals - text > 100) {
            return false;
        }
        (void)snprintf(path, sizeof arguments->override_paths[index], "%s.%.*s",
                       override.path, (int)(equals - text), text);
        override = (struct config_override){ path, equals + 1 };
    }
    arguments->overrides[index] = override;
    arguments->override_count++;
    return true;
}

/* Numbers of the demo. */
static bool take_demo(struct arguments *arguments, int code, const char *text)
{
    int64_t *number = code == CODE_SECONDS ? &arguments->seconds
                      : code == CODE_SEED  ? &arguments->seed
                                           : &arguments->rate;
    return read_whole(text, code == CODE_SEED ? INT64_MAX : 1000000, number) && *number >= 0;
}

/* Which promise. */
static bool take_promise(struct arguments *arguments, int code, const char *text)
{
    if (code == CODE_QUANTITY) {
        return read_whole(text, QUANTITY_MAX, &arguments->quantity) && arguments->quantity > 0;
    }
    const char **name = code == CODE_NETWORK ? &arguments->network
                        : code == CODE_ZONE  ? &arguments->zone
                                             : &arguments->service;
    *name = text;
    return text[0] != '\0' && strlen(text) <= KEY_BYTES_MAX;
}

static bool take_number(struct arguments *arguments, int code, const char *text)
{
    int64_t number;
    if (!read_whole(text, code == CODE_COUNT ? INT64_MAX : 10000, &number) ||
        (code != CODE_COUNT && number == 0)) {
        return false;
    }
    if (code == CODE_COUNT) {
        arguments->count = number;
    } else if (code == CODE_PARTITIONS) {
        arguments->partitions = (int32_t)number;
    } else {
        arguments->replication = (int32_t)number;
    }
    return true;
}

/* False where the value is none for this option. */
static bool take_option(struct arguments *arguments, int code, const char *text)
{
    switch (code) {
    case 'c':
        arguments->config_path = text;
        return true;
    case 'h':
        arguments->help = true;
        return true;
    case 'v':
        arguments->verbose = true;
        return true;
    case CODE_JSON:
        arguments->json = true;
        return true;
    case CODE_FROM_START:
        arguments->from_start = true;
        return true;
    case CODE_HTTP:
        arguments->http = text;
        return true;
    case CODE_EVENTS:
        arguments->events = text;
        return true;
    case CODE_KEEP:
        arguments->keep = true;
        return true;
    case CODE_ONCE:
        arguments->once = true;
        return true;
    case CODE_NETWORK:
    case CODE_ZONE:
    case CODE_SERVICE:
    case CODE_QUANTITY:
        return take_promise(arguments, code, text);
    case CODE_SECONDS:
    case CODE_SEED:
    case CODE_RATE:
        return take_demo(arguments, code, text);
    case CODE_COUNT:
    case CODE_PARTITIONS:
    case CODE_REPLICATION:
        return take_number(arguments, code, text);
    default:
        return add_override(arguments, (enum config_key)(code - CODE_KEY_FIRST), text);
    }
}

static bool option_fits(const struct command *command, int code)
{
    for (size_t i = 0; i < OWN_COUNT; i++) {
        if (OWN_OPTIONS[i].code == code) {
            return OWN_OPTIONS[i].option == 0 || (command->options & OWN_OPTIONS[i].option) != 0;
        }
    }
    return true;
}

static enum status parse_options(int count, char **texts, struct arguments *arguments,
                                 struct failure *failure)
{
    struct option options[OWN_COUNT + CONFIG_KEY_COUNT + 1];
    list_options(options);
    opterr = 0;
    optind = 1;
    for (;;) {
        int index = -1;
        const int code = getopt_long(count, texts, ":c:hv", options, &index);
        if (code == -1) {
            return STATUS_OK;
        }
        const char *which = texts[optind - 1];
        if (code == ':') {
            return usage(failure, arguments, "no value for ", which);
        }
        if (code == '?') {
            return usage(failure, arguments, "unknown option ", which);
        }
        if (!option_fits(arguments->command, code)) {
            return usage(failure, arguments, "not an option of this command: --",
                         options[index].name);
        }
        if (!take_option(arguments, code, optarg)) {
            return usage(failure, arguments, "not a value here: ", optarg);
        }
    }
}

static bool is_word_of(const char *words, const char *text)
{
    const size_t count = strlen(text);
    for (const char *at = words; *at != '\0';) {
        const size_t word = strcspn(at, " ");
        if (word == count && memcmp(at, text, count) == 0) {
            return true;
        }
        at += word + (at[word] == ' ');
    }
    return false;
}

/* What is no option: the verb and the operand that the command needs, and nothing more. */
static enum status parse_operands(int count, char **texts, struct arguments *arguments,
                                  struct failure *failure)
{
    const struct command *command = arguments->command;
    int at = optind;
    if (arguments->help) {
        return STATUS_OK;
    }
    if (command->verbs) {
        if (at == count || !is_word_of(command->verbs, texts[at])) {
            return usage(failure, arguments, "needs one of: ", command->verbs);
        }
        arguments->verb = texts[at++];
    }
    if (command->operand) {
        if (at == count || texts[at][0] == '\0') {
            return usage(failure, arguments, "needs ", command->operand);
        }
        arguments->operand = texts[at++];
    }
    return at == count ? STATUS_OK : usage(failure, arguments, "too much: ", texts[at]);
}

static const struct command *find_command(const struct command *commands, const char *name)
{
    for (; commands->name; commands++) {
        if (strcmp(commands->name, name) == 0) {
            return commands;
        }
    }
    return NULL;
}

enum status arguments_parse(int count, char **texts, const struct command *commands,
                            struct arguments *out_arguments, struct failure *failure)
{
    memset(out_arguments, 0, sizeof *out_arguments);
    out_arguments->count = -1;
    out_arguments->partitions = -1;
    out_arguments->seconds = -1;
    out_arguments->seed = -1;
    out_arguments->rate = -1;
    out_arguments->quantity = -1;
    out_arguments->replication = -1;
    const char *name = count > 1 ? texts[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        out_arguments->help = true;
        return STATUS_OK;
    }
    out_arguments->command = find_command(commands, strcmp(name, "--version") ? name : "version");
    if (!out_arguments->command) {
        return usage(failure, out_arguments, name[0] ? "unknown command " : "which command?", name);
    }
    const enum status status = parse_options(count - 1, texts + 1, out_arguments, failure);
    return status == STATUS_OK ? parse_operands(count - 1, texts + 1, out_arguments, failure)
                               : status;
}

/* ------------------------------------------------------------------ help */

static void help_all(const struct command *commands)
{
    (void)printf("promised keeps one truth of stock and capacity and publishes what can be sold.\n"
                 "\nUsage: promised COMMAND [OPTIONS]\n\n");
    for (; commands->name; commands++) {
        char words[64];
        (void)snprintf(words, sizeof words, "%s%s%s", commands->name,
                       commands->operand ? " " : "", commands->operand ? commands->operand : "");
        (void)printf("  %-14s %s\n", words, commands->summary);
    }
    (void)printf("\n`promised COMMAND --help` has options and examples.\n"
                 "Exit codes: 0 done, 64 usage, 69 a dependency is unreachable, 70 broken\n"
                 "invariant or lost history, 78 configuration or a topic's settings.\n");
}

static void help_one(const struct command *command)
{
    (void)printf("%s\n\nUsage: promised %s", command->summary, command->name);
    for (const char *at = command->verbs; at && *at != '\0'; at++) {
        (void)printf("%s%c", at == command->verbs ? " " : "", *at == ' ' ? '|' : *at);
    }
    (void)printf("%s%s [OPTIONS]\n\nOptions:\n", command->operand ? " " : "",
                 command->operand ? command->operand : "");
    for (size_t i = 0; i < OWN_COUNT; i++) {
        const struct own_option *own = &OWN_OPTIONS[i];
        if (own->option == 0 || (command->options & own->option) != 0) {
            char words[48];
            (void)snprintf(words, sizeof words, "--%s%s%s", own->name, own->value ? " " : "",
                           own->value ? own->value : "");
            (void)printf("  %-22s %s\n", words, own->help);
        }
    }
    (void)printf("  --KEY VALUE            any key of the configuration, listed below\n");
    (void)printf("\nExamples:\n%s\n"
                 "Configuration (a flag beats PROMISED_… beats the file beats the default):\n",
                 command->examples);
    config_print_keys(stdout);
}

void arguments_help(const struct command *commands, const struct command *command)
{
    if (command) {
        help_one(command);
    } else {
        help_all(commands);
    }
}

int arguments_failed(const struct failure *failure)
{
    (void)fprintf(stderr, "promised: %s\n", failure->text);
    return (int)failure->status;
}

struct config *arguments_config(const struct arguments *arguments)
{
    struct config *config = malloc(sizeof *config);
    struct failure failure = { STATUS_CONFIG, "out of memory" };
    const struct config_sources sources = { arguments->config_path, environ, arguments->overrides,
                                            arguments->override_count };
    if (config && config_load(&sources, config, &failure) == STATUS_OK) {
        return config;
    }
    (void)arguments_failed(&failure);
    free(config);
    return NULL;
}
