/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "core/world.h"
#include "wire/document_codec.h"

/*
 * The configuration of contract section 5: one table of keys says what each is, its default, its
 * range and its help; everything else here is generated from it. A value comes from the first that
 * has it: flag (`--kafka.brokers`), environment (`PROMISED_KAFKA__BROKERS`), file, default.
 *
 * ${VAR}, ${VAR:-default} and ${file:/path} in a value are replaced, wherever it came from;
 * `$${` stands for a literal `${`.
 */
enum config_key {
    CONFIG_BROKERS,
    CONFIG_TOPIC_PREFIX,
    CONFIG_GROUP,
    CONFIG_INSTANCE,
    CONFIG_PROPERTIES,
    CONFIG_SNAPSHOTS_URL,
    CONFIG_SNAPSHOTS_INTERVAL,
    CONFIG_WORKERS,
    CONFIG_LINGER,
    CONFIG_ENCODING,
    CONFIG_GUARANTEE,
    CONFIG_TRANSACTION,
    CONFIG_HEARTBEAT,
    CONFIG_TOMBSTONE_AFTER,
    CONFIG_HTTP_LISTEN,
    CONFIG_CLOCK,
    CONFIG_DEDUPE_WINDOW,
    CONFIG_GRACE_DAYS,
    CONFIG_FUTURE_TOLERANCE,
    CONFIG_REORDER_WINDOW,
    CONFIG_PARKED_ALARM,
    CONFIG_CLOSED_ORDERS,
    CONFIG_MOVES,
    CONFIG_REVIEW,
    CONFIG_MEMORY,
    CONFIG_KEY_COUNT,
};

enum config_type {
    CONFIG_TEXT,
    CONFIG_NAME,         /* text of the characters that Kafka takes in names; may be empty */
    CONFIG_ADDRESS,      /* host:port, [IPv6]:port */
    CONFIG_NUMBER,
    CONFIG_DURATION,     /* in milliseconds: 5ms, 5s, 5m, 5h, 5d */
    CONFIG_SIZE,         /* in bytes: 1073741824, 512KiB, 64MiB, 4GiB; null: no limit */
    CONFIG_CHOICE,       /* one of `choices`; its number is its place there */
    CONFIG_URLS,         /* one text or a list of them */
    CONFIG_PROPERTY_MAP, /* names and texts */
};

struct config_facts {
    const char *path;
    const char *default_text;
    const char *choices;    /* words with spaces between, or NULL */
    int64_t least;          /* of numbers, durations and sizes; of text: least length */
    int64_t most;
    enum config_type type;
    bool reloadable;        /* HUP takes it over */
    const char *help;
};

/* Indexed by enum config_key, in the order of the contract. */
extern const struct config_facts CONFIG_KEYS[CONFIG_KEY_COUNT];

enum config_guarantee { GUARANTEE_AT_LEAST_ONCE, GUARANTEE_EXACTLY_ONCE };

enum {
    CONFIG_URLS_MAX = 4,
    CONFIG_PROPERTIES_MAX = 64,
    CONFIG_TEXT_BYTES_MAX = 128 * 1024,
    CONFIG_OVERRIDES_MAX = 64,
    CONFIG_PLACE_BYTES = 160,
};

/* A key given on the command line; `value` is one text, `path` may go into kafka.properties. */
struct config_override {
    const char *path;
    const char *value;
};

struct config_property {
    const char *name;
    const char *value;
    bool secret;         /* came from a file or has a name that says so: never printed */
};

/* What a key's value is and where it was found, for messages and for `check`. */
struct config_value {
    const char *text;                /* after expansion; of lists and maps: unused */
    int64_t number;                  /* of all types that have one */
    char place[CONFIG_PLACE_BYTES];  /* "file:line:column", "PROMISED_…", "--…" or "default" */
    bool secret;
};

/* Texts point into `text`: a config is never copied. */
struct config {
    const char *brokers;             /* "embedded": a broker in this process */
    const char *topic_prefix;
    const char *group;
    const char *instance;            /* "": a dynamic member */
    struct config_property properties[CONFIG_PROPERTIES_MAX];
    uint32_t property_count;
    const char *snapshot_urls[CONFIG_URLS_MAX];
    uint32_t snapshot_url_count;
    int64_t snapshot_interval_ms;
    int32_t workers;
    int64_t linger_ms;
    enum encoding encoding;
    enum config_guarantee guarantee; /* at_least_once: this build has no other */
    int64_t transaction_ms;
    int64_t heartbeat_ms;
    char http_host[256];
    char http_port[8];
    struct settings settings;        /* what the journal gets from us: contract 2.5 */
    int64_t memory_bytes;            /* 0: no limit */

    struct config_value values[CONFIG_KEY_COUNT];
    char text[CONFIG_TEXT_BYTES_MAX];
    size_t text_bytes;
};

/* Where values come from. `path` NULL: no file. `environment` as environ(7), NULL: none. */
struct config_sources {
    const char *path;
    char *const *environment;
    const struct config_override *overrides;
    uint32_t override_count;
};

/*
 * STATUS_CONFIG with `failure` naming place, key and mend: unknown or duplicate key, a value out of
 * type or range, an unset variable, a setting this build does not have. `out_config` must then not
 * be used. An unknown PROMISED_… variable is ignored: Kubernetes sets such for a service's name.
 */
MUST_USE enum status config_load(const struct config_sources *sources, struct config *out_config,
                                 struct failure *failure);

/* The effective configuration as YAML, with the place of each value; secrets as ***. */
void config_print(const struct config *config, FILE *stream);
/* The same as one JSON map of paths to {value, from}. */
void config_print_json(const struct config *config, FILE *stream);

/* All keys with type, default, range and help, for people. */
void config_print_keys(FILE *stream);

/* The URL with the password replaced by ***. */
void config_redact_url(const char *url, char *out_text, size_t bytes);

/* ------------------------------------------------------------------ pieces, for load and tests */

/* CONFIG_KEY_COUNT where no key has this path. */
enum config_key config_key_find(const char *path);
/* The known path that is written most alike; NULL where none is near. */
const char *config_key_nearest(const char *path);
/* Why a librdkafka property may not be set, as a mend; NULL where it may. */
const char *config_property_owned(const char *name);
bool config_property_secret(const char *name);

/* False where the text is no duration or size; the result is then untouched. */
bool config_parse_duration(const char *text, int64_t *out_ms);
bool config_parse_size(const char *text, int64_t *out_bytes);
bool config_parse_number(const char *text, int64_t *out_number);
/* Splits host:port; false where it is none or the port is above 65535. */
bool config_parse_address(const char *text, char *out_host, size_t host_bytes, char *out_port,
                          size_t port_bytes);

/* Replaces variables in `text`; *out_secret where a file was read. STATUS_CONFIG: why. */
MUST_USE enum status config_expand(const char *text, char *const *environment,
                                   struct buffer *out_text, bool *out_secret,
                                   struct failure *failure);

/* The value of `name` among NAME=value texts, or NULL. */
const char *config_environment_find(char *const *environment, const char *name);

#endif
