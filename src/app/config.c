/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_loading.h"

/*
 * Loading in three steps: the file's keys are checked against the table; each key of the table
 * gets its text from the first source that has one, expanded and read as its type; the typed
 * fields are filled and checked against each other.
 */
__attribute__((format(printf, 4, 5))) enum status
config_fail(const struct config_loading *loading, const char *place, const char *path,
            const char *format, ...)
{
    char what[FAILURE_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return failure_set(loading->failure, STATUS_CONFIG, "%s: %s: %s", place, path, what);
}

bool config_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

void config_entry_place(const struct config_loading *loading, const struct yaml_entry *entry,
                        char *out_place)
{
    (void)snprintf(out_place, CONFIG_PLACE_BYTES, "%s:%zu:%zu", loading->sources->path,
                   entry->line, entry->column);
}

/* ------------------------------------------------------------------ where a value comes from */

/* PROMISED_KAFKA__BROKERS for kafka.brokers. */
static void variable_name(const char *path, char *out_name, size_t bytes)
{
    struct buffer name = buffer_of(out_name, bytes - 1);
    buffer_put(&name, "PROMISED_", 9);
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '.') {
            buffer_put(&name, "__", 2);
        } else {
            buffer_put_byte(&name, (uint8_t)toupper((unsigned char)*at));
        }
    }
    out_name[name.count] = '\0';
}

static const char *find_override(const struct config_sources *sources, const char *path)
{
    for (uint32_t i = sources->override_count; i > 0; i--) {
        if (strcmp(sources->overrides[i - 1].path, path) == 0) {
            return sources->overrides[i - 1].value;
        }
    }
    return NULL;
}

const struct yaml_entry *config_find_entry(const struct yaml_file *file, const char *path)
{
    for (size_t i = 0; i < file->entry_count; i++) {
        if (strcmp(file->entries[i].path, path) == 0) {
            return &file->entries[i];
        }
    }
    return NULL;
}

const char *config_find_above_file(const struct config_loading *loading, const char *path,
                                   char *out_place)
{
    const char *text = find_override(loading->sources, path);
    if (text) {
        (void)snprintf(out_place, CONFIG_PLACE_BYTES, "--%s", path);
        return text;
    }
    char name[128];
    variable_name(path, name, sizeof name);
    text = config_environment_find(loading->sources->environment, name);
    if (text) {
        (void)snprintf(out_place, CONFIG_PLACE_BYTES, "%s", name);
    }
    return text;
}

/* An empty value in the file is a value only where "nothing" is one. */
static const char *null_text(const struct config_facts *facts)
{
    const bool may_be_empty =
        (facts->type == CONFIG_TEXT || facts->type == CONFIG_NAME) && facts->least == 0;
    return may_be_empty ? "" : facts->type == CONFIG_SIZE ? "null" : NULL;
}

static enum status find_text(const struct config_loading *loading, enum config_key key,
                             const char **out_text, char *out_place)
{
    const struct config_facts *facts = &CONFIG_KEYS[key];
    const char *text = config_find_above_file(loading, facts->path, out_place);
    const struct yaml_entry *entry = text ? NULL : config_find_entry(loading->file, facts->path);
    if (entry) {
        config_entry_place(loading, entry, out_place);
        text = entry->kind == YAML_NULL ? null_text(facts) : entry->value;
        if (!text) {
            return config_fail(loading, out_place, facts->path,
                               "has no value; write one, or remove the line for the default (%s)",
                               facts->default_text);
        }
    }
    if (!text) {
        (void)snprintf(out_place, CONFIG_PLACE_BYTES, "default");
        text = facts->default_text;
    }
    *out_text = text;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ texts and their types */

enum status config_keep_expanded(const struct config_loading *loading, const char *place,
                                 const char *path, const char *text, const char **out_text,
                                 bool *out_secret)
{
    struct config *config = loading->config;
    const size_t room = sizeof config->text - config->text_bytes;
    struct buffer out = buffer_of(config->text + config->text_bytes, room > 0 ? room - 1 : 0);
    struct failure why = { 0 };
    if (config_expand(text, loading->sources->environment, &out, out_secret, &why) != STATUS_OK) {
        return config_fail(loading, place, path, "%s", why.text);
    }
    const char *kept = config->text + config->text_bytes;
    config->text[config->text_bytes + out.count] = '\0';
    if (strlen(kept) != out.count) {
        return config_fail(loading, place, path, "has a zero character in it");
    }
    config->text_bytes += out.count + 1;
    *out_text = kept;
    return STATUS_OK;
}

static bool is_name(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char)*text) && !strchr("._-", *text)) {
            return false;
        }
    }
    return true;
}

static bool choice_find(const char *choices, const char *text, int64_t *out_number)
{
    const size_t count = strlen(text);
    int64_t number = 0;
    for (const char *at = choices; *at != '\0'; number++) {
        const size_t word = strcspn(at, " ");
        if (word == count && memcmp(at, text, count) == 0) {
            *out_number = number;
            return true;
        }
        at += word + (at[word] == ' ');
    }
    return false;
}

/* What a value of this type looks like, for messages. */
static const char *type_shape(enum config_type type)
{
    switch (type) {
    case CONFIG_DURATION:
        return "a duration with its unit, as 5ms, 5s, 5m, 1h, 7d";
    case CONFIG_SIZE:
        return "a size, as 536870912, 512MiB, 4GiB, or null";
    case CONFIG_NUMBER:
        return "a whole number";
    case CONFIG_ADDRESS:
        return "host:port, as 127.0.0.1:8180 or [::1]:8180";
    case CONFIG_NAME:
        return "made of letters, digits, '.', '_' and '-'";
    default:
        return "text";
    }
}

static bool read_number(const struct config_facts *facts, struct config_value *value)
{
    char host[256];
    char port[8];
    switch (facts->type) {
    case CONFIG_DURATION:
        return config_parse_duration(value->text, &value->number);
    case CONFIG_SIZE:
        return strcmp(value->text, "null") == 0 || config_parse_size(value->text, &value->number);
    case CONFIG_NUMBER:
        return config_parse_number(value->text, &value->number);
    case CONFIG_CHOICE:
        return choice_find(facts->choices, value->text, &value->number);
    case CONFIG_ADDRESS:
        return config_parse_address(value->text, host, sizeof host, port, sizeof port);
    case CONFIG_NAME:
        value->number = (int64_t)strlen(value->text);
        return is_name(value->text);
    default:
        value->number = (int64_t)strlen(value->text);
        return true;
    }
}

/* A bound in the unit that the key is written in. */
static void format_bound(const struct config_facts *facts, int64_t bound, char *out_text,
                         size_t bytes)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } UNITS[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 } };
    (void)snprintf(out_text, bytes, "%" PRId64, bound);
    for (size_t i = 0; facts->type == CONFIG_DURATION && bound > 0 && i < 5; i++) {
        if (bound % UNITS[i].ms == 0) {
            (void)snprintf(out_text, bytes, "%" PRId64 "%s", bound / UNITS[i].ms, UNITS[i].unit);
            return;
        }
    }
}

/* A value in a message: what came out of a file may be a secret. */
static const char *shown(const struct config_value *value)
{
    return value->secret ? "***" : value->text;
}

static enum status check_range(const struct config_loading *loading,
                               const struct config_facts *facts, const struct config_value *value)
{
    const bool unlimited = facts->type == CONFIG_SIZE && strcmp(value->text, "null") == 0;
    const bool bounded = facts->type != CONFIG_CHOICE && facts->type != CONFIG_ADDRESS;
    if (!bounded || unlimited || (value->number >= facts->least && value->number <= facts->most)) {
        return STATUS_OK;
    }
    if (facts->type == CONFIG_TEXT || facts->type == CONFIG_NAME) {
        return config_fail(loading, value->place, facts->path, "must have %" PRId64 " to %" PRId64
                           " characters", facts->least, facts->most);
    }
    char least[32];
    char most[32];
    format_bound(facts, facts->least, least, sizeof least);
    format_bound(facts, facts->most, most, sizeof most);
    return config_fail(loading, value->place, facts->path, "%s is out of range; from %s to %s",
                       shown(value), least, most);
}

static enum status read_value(const struct config_loading *loading, enum config_key key)
{
    const struct config_facts *facts = &CONFIG_KEYS[key];
    struct config_value *value = &loading->config->values[key];
    const char *text = NULL;
    enum status status = find_text(loading, key, &text, value->place);
    if (status == STATUS_OK) {
        status = config_keep_expanded(loading, value->place, facts->path, text, &value->text,
                               &value->secret);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (!read_number(facts, value)) {
        const bool choice = facts->type == CONFIG_CHOICE;
        return config_fail(loading, value->place, facts->path, "%s is %s%s", shown(value),
                           choice ? "none of: " : "not ",
                           choice ? facts->choices : type_shape(facts->type));
    }
    return check_range(loading, facts, value);
}

/* ------------------------------------------------------------------ all together */

static enum status read_values(const struct config_loading *loading)
{
    for (unsigned key = 0; key < CONFIG_KEY_COUNT; key++) {
        const enum config_type type = CONFIG_KEYS[key].type;
        if (type == CONFIG_URLS || type == CONFIG_PROPERTY_MAP) {
            continue;
        }
        const enum status status = read_value(loading, (enum config_key)key);
        if (status != STATUS_OK) {
            return status;
        }
    }
    const enum status status = config_read_properties(loading);
    return status == STATUS_OK ? config_read_urls(loading) : status;
}

static struct settings settings_of(const struct config_value *values)
{
    return (struct settings){
        .rules = RULES_VERSION,
        .clock = values[CONFIG_CLOCK].number == 0 ? WORLD_CLOCK_WALL : WORLD_CLOCK_EVENT,
        .dedupe_window_ms = values[CONFIG_DEDUPE_WINDOW].number,
        .future_tolerance_ms = values[CONFIG_FUTURE_TOLERANCE].number,
        .reorder_window_ms = values[CONFIG_REORDER_WINDOW].number,
        .parked_alarm_ms = values[CONFIG_PARKED_ALARM].number,
        .closed_orders_ms = values[CONFIG_CLOSED_ORDERS].number,
        .tombstone_after_ms = values[CONFIG_TOMBSTONE_AFTER].number,
        .review_ms = values[CONFIG_REVIEW].number,
        .inbound_grace_days = (int32_t)values[CONFIG_GRACE_DAYS].number,
        .moves = (int32_t)values[CONFIG_MOVES].number,
    };
}

static void fill(struct config *config)
{
    const struct config_value *values = config->values;
    config->brokers = values[CONFIG_BROKERS].text;
    config->topic_prefix = values[CONFIG_TOPIC_PREFIX].text;
    config->group = values[CONFIG_GROUP].text;
    config->instance = values[CONFIG_INSTANCE].text;
    config->snapshot_interval_ms = values[CONFIG_SNAPSHOTS_INTERVAL].number;
    config->workers = (int32_t)values[CONFIG_WORKERS].number;
    config->linger_ms = values[CONFIG_LINGER].number;
    config->encoding = values[CONFIG_ENCODING].number == 0 ? ENCODING_MSGPACK : ENCODING_JSON;
    config->guarantee = (enum config_guarantee)values[CONFIG_GUARANTEE].number;
    config->transaction_ms = values[CONFIG_TRANSACTION].number;
    config->heartbeat_ms = values[CONFIG_HEARTBEAT].number;
    config->memory_bytes = values[CONFIG_MEMORY].number;
    config->settings = settings_of(values);
    const bool address = config_parse_address(
        values[CONFIG_HTTP_LISTEN].text, config->http_host, sizeof config->http_host,
        config->http_port, sizeof config->http_port);
    CHECK(address);
}

static enum status check_together(const struct config_loading *loading)
{
    const struct config *config = loading->config;
    if (config->guarantee == GUARANTEE_EXACTLY_ONCE) {
        return config_fail(loading, config->values[CONFIG_GUARANTEE].place,
                           CONFIG_KEYS[CONFIG_GUARANTEE].path,
                           "exactly_once comes with a later release%s; use at_least_once",
                           strcmp(config->brokers, "embedded") == 0
                           ? ", and embedded brokers never have it"
                           : "");
    }
    return STATUS_OK;
}

enum status config_load(const struct config_sources *sources, struct config *out_config,
                        struct failure *failure)
{
    struct yaml_file *file = calloc(1, sizeof *file);
    if (!file) {
        return failure_set(failure, STATUS_CONFIG, "out of memory");
    }
    memset(out_config, 0, sizeof *out_config);
    struct config_loading loading = { sources, out_config, file, failure };
    enum status status = config_read_file(&loading);
    if (status == STATUS_OK) {
        status = read_values(&loading);
    }
    if (status == STATUS_OK) {
        fill(out_config);
        status = check_together(&loading);
    }
    free(file);
    return status;
}
