/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"

/* One load: the file's text (NULL: no file), environment and flags, and what came of it. */
struct attempt {
    enum status status;
    struct config *config;
    struct failure failure;
    char path[32];
};

static struct attempt load(const char *text, char *const *environment,
                           const struct config_override *overrides, uint32_t override_count)
{
    struct attempt attempt = { .config = calloc(1, sizeof(struct config)) };
    struct config_sources sources = { NULL, environment, overrides, override_count };
    if (text) {
        (void)strcpy(attempt.path, "/tmp/promised-config-XXXXXX");
        const int descriptor = mkstemp(attempt.path);
        cr_assert_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
        (void)close(descriptor);
        sources.path = attempt.path;
    }
    attempt.status = config_load(&sources, attempt.config, &attempt.failure);
    if (text) {
        (void)unlink(attempt.path);
    }
    return attempt;
}

static struct attempt load_text(const char *text)
{
    return load(text, NULL, NULL, 0);
}

static void assert_refused(const char *text, const char *const *words, size_t count)
{
    const struct attempt attempt = load_text(text);
    cr_assert_eq(attempt.status, STATUS_CONFIG, "%s was taken", text);
    for (size_t i = 0; i < count; i++) {
        cr_assert(strstr(attempt.failure.text, words[i]), "'%s' lacks '%s'", attempt.failure.text,
                  words[i]);
    }
    free(attempt.config);
}

#define REFUSED(text, ...)                                                                         \
    do {                                                                                           \
        const char *const words[] = { __VA_ARGS__ };                                               \
        assert_refused(text, words, sizeof words / sizeof words[0]);                               \
    } while (0)

/* What config_print() writes, in memory that the caller frees. */
static char *printed(const struct config *config)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    config_print(config, stream);
    (void)fclose(stream);
    return text;
}

Test(config, without_a_file_the_defaults_of_the_contract_hold)
{
    const struct attempt attempt = load(NULL, NULL, NULL, 0);

    cr_assert_eq(attempt.status, STATUS_OK, "%s", attempt.failure.text);
    cr_assert_str_eq(attempt.config->brokers, "localhost:9092");
    cr_assert_str_eq(attempt.config->group, "promised");
    cr_assert_str_eq(attempt.config->snapshot_urls[0], "redis://localhost:6379/0");
    cr_assert_eq(attempt.config->snapshot_url_count, 1);
    cr_assert_eq(attempt.config->snapshot_interval_ms, 5000);
    cr_assert_eq(attempt.config->workers, 1);
    cr_assert_eq(attempt.config->linger_ms, 5);
    cr_assert_eq(attempt.config->encoding, ENCODING_MSGPACK);
    cr_assert_eq(attempt.config->heartbeat_ms, 5000);
    cr_assert_str_eq(attempt.config->http_host, "127.0.0.1");
    cr_assert_str_eq(attempt.config->http_port, "8180");
    cr_assert_eq(attempt.config->memory_bytes, 0);
    cr_assert_eq(attempt.config->settings.clock, WORLD_CLOCK_WALL);
    cr_assert_eq(attempt.config->settings.dedupe_window_ms, 86400000);
    cr_assert_eq(attempt.config->settings.future_tolerance_ms, 3600000);
    cr_assert_eq(attempt.config->settings.reorder_window_ms, 86400000);
    cr_assert_eq(attempt.config->settings.closed_orders_ms, INT64_C(30) * 86400000);
    cr_assert_eq(attempt.config->settings.tombstone_after_ms, INT64_C(7) * 86400000);
    cr_assert_eq(attempt.config->settings.review_ms, 60000);
    cr_assert_eq(attempt.config->settings.inbound_grace_days, 1);
    cr_assert_eq(attempt.config->settings.moves, 3);
    cr_assert_eq(attempt.config->settings.rules, RULES_VERSION);
    free(attempt.config);
}

Test(config, the_file_of_the_contract_is_taken_to_the_letter)
{
    const struct attempt attempt = load_text(
        "kafka:     {brokers: \"localhost:9092\", topic_prefix: \"\", group: promised, "
        "instance: \"\", properties: {}}\n"
        "snapshots: {url: \"redis://localhost:6379/0\", interval: 5s}\n"
        "workers:   1\n"
        "publish:   {linger: 5ms, encoding: msgpack, guarantee: at_least_once, transaction: 50ms, "
        "heartbeat: 5s, tombstone_after: 7d}\n"
        "http:      {listen: \"127.0.0.1:8180\"}\n"
        "clock:     wall\n"
        "dedupe:    {window: 1d}\n"
        "inbound:   {grace_days: 1}\n"
        "limits:    {future_tolerance: 1h, reorder_window: 24h, parked_alarm: 1h, "
        "closed_orders: 30d, moves: 3, review: 60s, memory: null}\n");

    cr_assert_eq(attempt.status, STATUS_OK, "%s", attempt.failure.text);
    free(attempt.config);
}

Test(config, unknown_key_is_refused_with_its_place_and_the_nearest_one)
{
    REFUSED("clock: wall\nkafka:\n  brokrs: a:1\n", ":3:3:", "kafka.brokrs", "kafka.brokers");
    REFUSED("brokers: a:1\n", ":1:1:", "kafka.brokers");
    REFUSED("zzzzzzzzzzzz: 1\n", "unknown key", "--help");
}

Test(config, duplicate_key_is_refused_with_both_places)
{
    REFUSED("workers: 1\nclock: wall\nworkers: 2\n", ":3:1:", "workers", "line 1");
    REFUSED("kafka: {group: a}\nkafka: {instance: b}\n", ":2:1:", "twice");
}

Test(config, values_out_of_type_or_range_are_refused_with_a_mend)
{
    REFUSED("publish: {linger: 5}\n", "publish.linger", "5ms, 5s");
    REFUSED("publish: {linger: 11s}\n", "out of range", "10s");
    REFUSED("workers: 0\n", ":1:1:", "from 1 to 16");
    REFUSED("workers: many\n", "whole number");
    REFUSED("publish: {encoding: xml}\n", "msgpack json");
    REFUSED("http: {listen: 8180}\n", "host:port");
    REFUSED("http: {listen: \"localhost:70000\"}\n", "host:port");
    REFUSED("limits: {memory: 4GB}\n", "4GiB");
    REFUSED("limits: {memory: 99999999999999999999}\n", "limits.memory");
    REFUSED("kafka: {group: \"a b\"}\n", "kafka.group", "letters");
    REFUSED("kafka: {brokers: null}\n", "no value", "localhost:9092");
    REFUSED("kafka: hello\n", "group of keys");
    REFUSED("workers: [1]\n", "single value");
    REFUSED("- a\n", "map of keys");
    REFUSED("kafka: {brokers: [\n", ":");
    REFUSED("a: &x 1\nb: *x\n", "a");
}

Test(config, exactly_once_is_refused_in_this_build_also_with_embedded_brokers)
{
    REFUSED("publish: {guarantee: exactly_once}\n", "later release", "at_least_once");
    REFUSED("kafka: {brokers: embedded}\npublish: {guarantee: exactly_once}\n", "later release",
            "embedded");
}

Test(config, snapshot_url_is_one_text_or_a_list)
{
    const struct attempt list =
        load_text("snapshots:\n  url: [\"redis://a\", \"file:///var/lib/promised\"]\n");

    cr_assert_eq(list.status, STATUS_OK, "%s", list.failure.text);
    cr_assert_eq(list.config->snapshot_url_count, 2);
    cr_assert_str_eq(list.config->snapshot_urls[1], "file:///var/lib/promised");
    free(list.config);

    REFUSED("snapshots: {url: \"rediss://a\"}\n", "rediss://", "redis://");
    REFUSED("snapshots: {url: \"http://a\"}\n", "file:///");
    REFUSED("snapshots: {url: []}\n", "no store");
    REFUSED("snapshots: {url: [\"redis://a\", \"redis://a\"]}\n", "twice");
}

Test(config, flag_beats_environment_beats_file_beats_default)
{
    char *environment[] = { "PROMISED_KAFKA__GROUP=of_environment",
                            "PROMISED_KAFKA__BROKERS=environment:1",
                            "PROMISED_SERVICE_HOST=10.0.0.1", NULL };
    const struct config_override flags[] = { { "kafka.brokers", "flag:1" } };

    const struct attempt attempt =
        load("kafka: {group: of_file, brokers: \"file:1\", instance: of_file}\n", environment,
             flags, 1);

    cr_assert_eq(attempt.status, STATUS_OK, "%s", attempt.failure.text);
    cr_assert_str_eq(attempt.config->brokers, "flag:1");
    cr_assert_str_eq(attempt.config->group, "of_environment");
    cr_assert_str_eq(attempt.config->instance, "of_file");
    cr_assert_str_eq(attempt.config->values[CONFIG_GROUP].place, "PROMISED_KAFKA__GROUP");
    free(attempt.config);
}

Test(config, variables_and_files_expand)
{
    char secret_path[] = "/tmp/promised-secret-XXXXXX";
    const int descriptor = mkstemp(secret_path);
    cr_assert_eq(write(descriptor, "hush\n", 5), 5);
    (void)close(descriptor);
    char *environment[] = { "HOST=kafka", NULL };
    char text[256];
    (void)snprintf(text, sizeof text,
                   "kafka:\n  brokers: ${HOST}:${PORT:-9092}\n  properties:\n"
                   "    sasl.username: $${u}\n    some.thing: ${file:%s}\n",
                   secret_path);

    const struct attempt attempt = load(text, environment, NULL, 0);
    (void)unlink(secret_path);

    cr_assert_eq(attempt.status, STATUS_OK, "%s", attempt.failure.text);
    cr_assert_str_eq(attempt.config->brokers, "kafka:9092");
    cr_assert_str_eq(attempt.config->properties[0].value, "${u}");
    cr_assert_str_eq(attempt.config->properties[1].value, "hush");
    cr_assert(attempt.config->properties[1].secret);
    free(attempt.config);
}

Test(config, unset_variable_and_missing_file_are_refused_with_a_mend)
{
    REFUSED("kafka: {group: \"${NOT_SET}\"}\n", ":1:9:", "NOT_SET", ":-default");
    REFUSED("kafka: {group: \"${file:/no/such}\"}\n", "/no/such");
    REFUSED("kafka: {group: \"${open\"}\n", "}");
}

Test(config, librdkafka_settings_pass_and_ours_are_refused)
{
    char *environment[] = { "PROMISED_KAFKA__PROPERTIES__SECURITY_PROTOCOL=SASL_SSL", NULL };
    const struct attempt attempt =
        load("kafka:\n  properties:\n    debug: broker\n    ssl.ca.location: /etc/ca\n",
             environment, NULL, 0);

    cr_assert_eq(attempt.status, STATUS_OK, "%s", attempt.failure.text);
    cr_assert_eq(attempt.config->property_count, 3);
    cr_assert_str_eq(attempt.config->properties[1].name, "ssl.ca.location");
    cr_assert_str_eq(attempt.config->properties[2].name, "security.protocol");
    free(attempt.config);

    REFUSED("kafka: {properties: {group.id: x}}\n", "kafka.group");
    REFUSED("kafka: {properties: {isolation.level: read_uncommitted}}\n", "read_committed");
}

Test(config, secrets_are_never_printed)
{
    const struct attempt attempt =
        load_text("kafka: {properties: {sasl.password: hunter2}}\n"
                  "snapshots: {url: \"redis://user:hunter2@host:6379/0\"}\n");
    cr_assert_eq(attempt.status, STATUS_OK, "%s", attempt.failure.text);

    char *text = printed(attempt.config);

    cr_assert_null(strstr(text, "hunter2"));
    cr_assert(strstr(text, "redis://user:***@host:6379/0"));
    cr_assert(strstr(text, "kafka.properties.sasl.password"));
    free(text);
    free(attempt.config);
}

Test(config, durations_and_sizes_are_read)
{
    int64_t number = -1;

    cr_assert(config_parse_duration("250ms", &number) && number == 250);
    cr_assert(config_parse_duration("2h", &number) && number == 7200000);
    cr_assert(config_parse_duration("7d", &number) && number == 604800000);
    cr_assert(config_parse_size("64MiB", &number) && number == 67108864);
    cr_assert_not(config_parse_duration("-5s", &number));
    cr_assert_not(config_parse_duration("5 s", &number));
    cr_assert_not(config_parse_duration("99999999999999999d", &number));
    cr_assert_not(config_parse_size("5MB", &number));
}

Test(config, addresses_are_split_at_the_ports_colon)
{
    char host[64];
    char port[8];

    cr_assert(config_parse_address("[::1]:80", host, sizeof host, port, sizeof port));
    cr_assert_str_eq(host, "::1");
    cr_assert(config_parse_address(":0", host, sizeof host, port, sizeof port));
    cr_assert_str_eq(host, "");
    cr_assert_not(config_parse_address("::1:80", host, sizeof host, port, sizeof port));
    cr_assert_not(config_parse_address("host", host, sizeof host, port, sizeof port));
}
