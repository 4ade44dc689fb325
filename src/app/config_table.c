/* SPDX-License-Identifier: Apache-2.0 */
#include "app/config.h"

#include <string.h>
#include <strings.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB (INT64_C(1024) * 1024)

const struct config_facts CONFIG_KEYS[CONFIG_KEY_COUNT] = {
    [CONFIG_BROKERS] = {
        "kafka.brokers", "localhost:9092", NULL, 1, 4096, CONFIG_TEXT, false,
        "where Kafka is: host:port, several with commas; `embedded`: a broker in this process" },
    [CONFIG_TOPIC_PREFIX] = {
        "kafka.topic_prefix", "", NULL, 0, 100, CONFIG_NAME, false,
        "goes in front of the name of every topic" },
    [CONFIG_GROUP] = {
        "kafka.group", "promised", NULL, 1, 200, CONFIG_NAME, false,
        "processes of one group share the work; each follows the whole journal" },
    [CONFIG_INSTANCE] = {
        "kafka.instance", "", NULL, 0, 200, CONFIG_NAME, false,
        "a name that outlives restarts makes a static member: no rebalance on a quick restart" },
    [CONFIG_PROPERTIES] = {
        "kafka.properties", "", NULL, 0, 0, CONFIG_PROPERTY_MAP, false,
        "any librdkafka setting, passed through, as `security.protocol: SASL_SSL`" },
    [CONFIG_SNAPSHOTS_URL] = {
        "snapshots.url", "redis://localhost:6379/0", NULL, 1, 2048, CONFIG_URLS, false,
        "redis://[user:password@]host[:port][/db], file:///directory, or a list: all are written" },
    [CONFIG_SNAPSHOTS_INTERVAL] = {
        "snapshots.interval", "5s", NULL, 100, HOUR, CONFIG_DURATION, true,
        "from one snapshot to the next" },
    [CONFIG_WORKERS] = {
        "workers", "1", NULL, 1, 16, CONFIG_NUMBER, false,
        "threads that derive and publish documents" },
    [CONFIG_LINGER] = {
        "publish.linger", "5ms", NULL, 0, 10 * SECOND, CONFIG_DURATION, false,
        "how long changes of a key may gather before its document is sent" },
    [CONFIG_ENCODING] = {
        "publish.encoding", "msgpack", "msgpack json", 0, 0, CONFIG_CHOICE, false,
        "of the documents" },
    [CONFIG_GUARANTEE] = {
        "publish.guarantee", "at_least_once", "at_least_once exactly_once", 0, 0, CONFIG_CHOICE,
        false, "of the documents" },
    [CONFIG_TRANSACTION] = {
        "publish.transaction", "50ms", NULL, 10, 10 * SECOND, CONFIG_DURATION, false,
        "length of a transaction under exactly_once" },
    [CONFIG_HEARTBEAT] = {
        "publish.heartbeat", "5s", NULL, 100, MINUTE, CONFIG_DURATION, false,
        "from one watermark of a partition to the next" },
    [CONFIG_TOMBSTONE_AFTER] = {
        "publish.tombstone_after", "7d", NULL, 0, 365 * DAY, CONFIG_DURATION, false,
        "from a key's end to the null that removes it" },
    [CONFIG_HTTP_LISTEN] = {
        "http.listen", "127.0.0.1:8180", NULL, 1, 255, CONFIG_ADDRESS, false,
        "address of status page, metrics and queries; port 0: any free one" },
    [CONFIG_CLOCK] = {
        "clock", "wall", "wall event", 0, 0, CONFIG_CHOICE, false,
        "`event`: the newest event time read is now (replays, backtests)" },
    [CONFIG_DEDUPE_WINDOW] = {
        "dedupe.window", "1d", NULL, 0, 365 * DAY, CONFIG_DURATION, false,
        "how long an event's identity is known" },
    [CONFIG_GRACE_DAYS] = {
        "inbound.grace_days", "1", NULL, 0, 365, CONFIG_NUMBER, false,
        "working days for which overdue inbound still counts as due today" },
    [CONFIG_FUTURE_TOLERANCE] = {
        "limits.future_tolerance", "1h", NULL, 0, 365 * DAY, CONFIG_DURATION, false,
        "how far ahead of its Kafka timestamp an event's time may be" },
    [CONFIG_REORDER_WINDOW] = {
        "limits.reorder_window", "24h", NULL, 0, 365 * DAY, CONFIG_DURATION, false,
        "how late a count may come and still be exact" },
    [CONFIG_PARKED_ALARM] = {
        "limits.parked_alarm", "1h", NULL, SECOND, 365 * DAY, CONFIG_DURATION, false,
        "after which a shipment without its order is an alarm" },
    [CONFIG_CLOSED_ORDERS] = {
        "limits.closed_orders", "30d", NULL, 0, 3650 * DAY, CONFIG_DURATION, false,
        "how long orders with nothing open are kept for late returns" },
    [CONFIG_MOVES] = {
        "limits.moves", "3", NULL, 0, 1000, CONFIG_NUMBER, false,
        "how often a late line may be sourced anew" },
    [CONFIG_REVIEW] = {
        "limits.review", "60s", NULL, SECOND, DAY, CONFIG_DURATION, false,
        "at the latest after this, late lines are looked at again" },
    [CONFIG_MEMORY] = {
        "limits.memory", "null", NULL, 16 * MIB, INT64_MAX, CONFIG_SIZE, true,
        "bytes of state; reached: stop reading, not ready, nothing dropped" },
};

enum config_key config_key_find(const char *path)
{
    for (unsigned key = 0; key < CONFIG_KEY_COUNT; key++) {
        if (strcmp(CONFIG_KEYS[key].path, path) == 0) {
            return (enum config_key)key;
        }
    }
    return CONFIG_KEY_COUNT;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    const size_t less = a < b ? a : b;
    return less < c ? less : c;
}

/* Levenshtein's distance, of texts up to 63 characters; longer ones are cut. */
static size_t edit_distance(const char *a, const char *b)
{
    enum { WIDTH = 64 };
    size_t row[WIDTH];
    const size_t a_count = strnlen(a, WIDTH - 1);
    const size_t b_count = strnlen(b, WIDTH - 1);
    for (size_t column = 0; column <= b_count; column++) {
        row[column] = column;
    }
    for (size_t line = 1; line <= a_count; line++) {
        size_t diagonal = row[0];
        row[0] = line;
        for (size_t column = 1; column <= b_count; column++) {
            const size_t above = row[column];
            const size_t changed = diagonal + (a[line - 1] != b[column - 1]);
            row[column] = least_of(above + 1, row[column - 1] + 1, changed);
            diagonal = above;
        }
    }
    return row[b_count];
}

/* A key is also meant by its last word alone: `brokers` at the top is kafka.brokers. */
static size_t distance_to(const char *path, const char *known)
{
    const char *path_last = strrchr(path, '.');
    const char *known_last = strrchr(known, '.');
    const size_t whole = edit_distance(path, known);
    const size_t last = edit_distance(path_last ? path_last + 1 : path,
                                      known_last ? known_last + 1 : known);
    return whole < last + 1 ? whole : last + 1;
}

const char *config_key_nearest(const char *path)
{
    const char *nearest = NULL;
    size_t nearest_distance = 4;   /* beyond, a proposal is rather a riddle */
    for (unsigned key = 0; key < CONFIG_KEY_COUNT; key++) {
        const size_t distance = distance_to(path, CONFIG_KEYS[key].path);
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = CONFIG_KEYS[key].path;
        }
    }
    return nearest;
}

/* Settings on which the guarantees of contract section 6 rest, and those with their own key. */
const char *config_property_owned(const char *name)
{
    static const char *const OWNED[][2] = {
        { "bootstrap.servers", "use kafka.brokers" },
        { "metadata.broker.list", "use kafka.brokers" },
        { "group.id", "use kafka.group" },
        { "group.instance.id", "use kafka.instance" },
        { "transactional.id", "it is derived from kafka.group; remove it" },
        { "enable.idempotence", "documents and journal need it on; remove it" },
        { "acks", "documents and journal need all; remove it" },
        { "request.required.acks", "documents and journal need all; remove it" },
        { "partitioner", "the partition of a key is fixed (murmur2); remove it" },
        { "isolation.level", "inputs are read_committed; remove it" },
        { "enable.auto.commit", "positions are part of the state; remove it" },
        { "enable.auto.offset.store", "positions are part of the state; remove it" },
        { "auto.offset.reset", "positions are part of the state; remove it" },
        { "allow.auto.create.topics", "topics come from `promised topics apply`; remove it" },
    };
    for (size_t i = 0; i < sizeof OWNED / sizeof OWNED[0]; i++) {
        if (strcmp(OWNED[i][0], name) == 0) {
            return OWNED[i][1];
        }
    }
    return NULL;
}

bool config_property_secret(const char *name)
{
    static const char *const WORDS[] = { "password", "secret", "token", "key.pem", "jaas",
                                         "oauthbearer.config", "assertion" };
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strcasestr(name, WORDS[i])) {
            return true;
        }
    }
    return strcmp(name, "ssl.certificate.pem") == 0;
}
