/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kafka_watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "core/limits.h"
#include "edge/kafka_client.h"

enum {
    ASK_TIMEOUT_MS = 2000,
    TOPICS_EVERY_US = 1000 * 1000,
    RETRY_MS = 100,
    READY_STEP_MS = 20,
};

/* Values are kept one higher, so that the zero of fresh memory means "not known". */
struct watch_cell {
    _Atomic int64_t start;
    _Atomic int64_t end;
    _Atomic uint64_t told;      /* answers about the end */
};

struct watch_topic {
    struct watch_cell cells[INPUT_PARTITIONS_MAX];
    _Atomic int32_t partition_count;
    _Atomic uint32_t vanishings;
    _Atomic bool present;
    _Atomic bool gone;
    int64_t missing_since_us;   /* the thread's own; 0: it is not missing */
};

struct kafka_watch {
    struct kafka_client client;
    struct os_event event;             /* raised to have the thread look around */
    const struct os_event *wake;
    pthread_t thread;
    bool thread_runs;
    _Atomic bool stop;
    _Atomic uint64_t rounds;           /* whole rounds answered */
    _Atomic int64_t answered_us;
    _Atomic uint64_t journal_asked;
    _Atomic uint64_t journal_answered;
    rd_kafka_topic_partition_list_t *led; /* the thread's own: partitions that have a leader */
    int64_t topics_at_us;
    struct watch_topic topics[TOPIC_COUNT];
};

static void heard(struct kafka_watch *watch)
{
    atomic_store(&watch->answered_us, os_monotonic_us());
}

static enum topic topic_named(struct kafka_watch *watch, const char *name)
{
    const char *prefix = watch->client.settings->topic_prefix;
    const size_t skipped = strlen(prefix);
    if (strncmp(name, prefix, skipped) != 0) {
        return TOPIC_UNKNOWN;
    }
    return topic_find(bytes_text(name + skipped));
}

static void topic_missing(struct watch_topic *topic)
{
    const int64_t now_us = os_monotonic_us();
    if (atomic_load(&topic->present)) {
        atomic_store(&topic->present, false);
        atomic_fetch_add(&topic->vanishings, 1);
        topic->missing_since_us = now_us;
    }
    if (topic->missing_since_us > 0 &&
        now_us - topic->missing_since_us >= INT64_C(1000) * KAFKA_GONE_AFTER_MS) {
        atomic_store(&topic->gone, true);
    }
}

static void topic_there(struct kafka_watch *watch, struct watch_topic *topic,
                        const rd_kafka_metadata_topic_t *answer)
{
    const int32_t count =
        answer->partition_cnt < INPUT_PARTITIONS_MAX ? answer->partition_cnt : INPUT_PARTITIONS_MAX;
    for (int i = 0; i < answer->partition_cnt; i++) {
        const rd_kafka_metadata_partition_t *partition = &answer->partitions[i];
        if (partition->leader >= 0 && partition->id < INPUT_PARTITIONS_MAX) {
            (void)rd_kafka_topic_partition_list_add(watch->led, answer->topic, partition->id);
        }
    }
    atomic_store(&topic->partition_count, count);
    atomic_store(&topic->gone, false);
    atomic_store(&topic->present, true);
    topic->missing_since_us = 0;
}

static void topics_answered(struct kafka_watch *watch, const rd_kafka_metadata_t *answer)
{
    rd_kafka_topic_partition_list_destroy(watch->led);
    watch->led = rd_kafka_topic_partition_list_new(64);
    for (int i = 0; i < answer->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *one = &answer->topics[i];
        const enum topic topic = topic_named(watch, one->topic);
        if (topic == TOPIC_UNKNOWN) {
            continue;
        }
        if (one->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
            topic_missing(&watch->topics[topic]);
        } else if (one->partition_cnt > 0) {
            topic_there(watch, &watch->topics[topic], one);
        }
    }
    heard(watch);
}

static bool ask_topics(struct kafka_watch *watch)
{
    const int64_t now_us = os_monotonic_us();
    if (watch->topics_at_us > 0 && now_us - watch->topics_at_us < TOPICS_EVERY_US) {
        return true;
    }
    const struct rd_kafka_metadata *answer;
    if (rd_kafka_metadata(watch->client.handle, 0, NULL, &answer, ASK_TIMEOUT_MS) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    topics_answered(watch, answer);
    rd_kafka_metadata_destroy(answer);
    watch->topics_at_us = now_us;
    return true;
}

static void extents_answered(struct kafka_watch *watch,
                             const rd_kafka_topic_partition_list_t *answer, int64_t asked)
{
    for (int i = 0; i < answer->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &answer->elems[i];
        if (one->err != RD_KAFKA_RESP_ERR_NO_ERROR || one->offset < 0) {
            continue;
        }
        const enum topic topic = topic_named(watch, one->topic);
        CHECK(topic != TOPIC_UNKNOWN && one->partition < INPUT_PARTITIONS_MAX);
        struct watch_cell *cell = &watch->topics[topic].cells[one->partition];
        if (asked == RD_KAFKA_OFFSET_END) {
            atomic_store(&cell->end, one->offset + 1);
            atomic_fetch_add(&cell->told, 1);
        } else {
            atomic_store(&cell->start, one->offset + 1);
        }
    }
    heard(watch);
}

/* The special offsets "end" and "beginning" may be asked for like times: one request a broker. */
static bool ask_extents(struct kafka_watch *watch, const rd_kafka_topic_partition_list_t *of,
                        int64_t asked)
{
    if (of->cnt == 0) {
        return true;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(of);
    for (int i = 0; i < list->cnt; i++) {
        list->elems[i].offset = asked;
    }
    const bool ok = rd_kafka_offsets_for_times(watch->client.handle, list, ASK_TIMEOUT_MS) ==
                    RD_KAFKA_RESP_ERR_NO_ERROR;
    if (ok) {
        extents_answered(watch, list, asked);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return ok;
}

static bool ask_journal(struct kafka_watch *watch)
{
    const uint64_t asked = atomic_load(&watch->journal_asked);
    if (asked == atomic_load(&watch->journal_answered)) {
        return true;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(
        list, kafka_topic_name(watch->client.settings, TOPIC_JOURNAL).text, 0);
    const bool ok = ask_extents(watch, list, RD_KAFKA_OFFSET_END);
    rd_kafka_topic_partition_list_destroy(list);
    if (ok) {
        atomic_store(&watch->journal_answered, asked);
        os_event_raise(watch->wake);
    }
    return ok;
}

static bool ask_everything(struct kafka_watch *watch)
{
    const bool ok = ask_topics(watch) && ask_extents(watch, watch->led, RD_KAFKA_OFFSET_END) &&
                    ask_extents(watch, watch->led, RD_KAFKA_OFFSET_BEGINNING);
    if (ok) {
        atomic_fetch_add(&watch->rounds, 1);
    }
    return ok;
}

static void rest_until(struct kafka_watch *watch, int64_t until_us)
{
    while (!atomic_load(&watch->stop)) {
        const bool answered = ask_journal(watch);
        const int64_t left_ms = (until_us - os_monotonic_us()) / 1000;
        if (left_ms <= 0) {
            return;
        }
        os_event_wait(&watch->event, NULL, 0,
                      (int)(answered || left_ms < RETRY_MS ? left_ms : RETRY_MS));
    }
}

static void *watch_run(void *argument)
{
    struct kafka_watch *watch = argument;
    while (!atomic_load(&watch->stop)) {
        const int64_t began_us = os_monotonic_us();
        const bool answered = ask_everything(watch);
        (void)rd_kafka_poll(watch->client.handle, 0);
        const int64_t ended_us = os_monotonic_us();
        const int64_t least_us = INT64_C(1000) * (answered ? KAFKA_WATCH_EVERY_MS : RETRY_MS);
        const int64_t took_us = 3 * (ended_us - began_us);
        rest_until(watch, ended_us + (took_us > least_us && answered ? took_us : least_us));
    }
    return NULL;
}

static enum status watch_start(struct kafka_watch *watch, struct failure *failure)
{
    static const struct kafka_property OWN[] = { { "isolation.level", "read_committed" },
                                                 { NULL, NULL } };
    enum status status = os_event_open(&watch->event, failure);
    if (status == STATUS_OK) {
        status = kafka_client_open(&watch->client, watch->client.settings, KAFKA_READER, OWN, NULL,
                                   failure);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        (void)kafka_client_topic(&watch->client, (enum topic)topic);
    }
    if (pthread_create(&watch->thread, NULL, watch_run, watch) != 0) {
        return failure_set(failure, STATUS_UNREACHABLE, "cannot start a thread");
    }
    watch->thread_runs = true;
    return STATUS_OK;
}

enum status kafka_watch_open(const struct kafka_settings *settings, const struct os_event *wake,
                             struct kafka_watch **out_watch, struct failure *failure)
{
    struct kafka_watch *watch = os_reserve(sizeof *watch);
    if (!watch) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for the watch of the topics");
    }
    watch->client.settings = settings;
    watch->wake = wake;
    watch->event.descriptor = -1;
    watch->led = rd_kafka_topic_partition_list_new(64);
    const enum status status = watch_start(watch, failure);
    if (status != STATUS_OK) {
        kafka_watch_close(watch);
        return status;
    }
    *out_watch = watch;
    return STATUS_OK;
}

static void watch_stop(struct kafka_watch *watch)
{
    if (watch->thread_runs) {
        atomic_store(&watch->stop, true);
        os_event_raise(&watch->event);
        CHECK(pthread_join(watch->thread, NULL) == 0);
        watch->thread_runs = false;
    }
}

void kafka_watch_close(struct kafka_watch *watch)
{
    if (!watch) {
        return;
    }
    watch_stop(watch);
    rd_kafka_topic_partition_list_destroy(watch->led);
    kafka_client_close(&watch->client);
    os_event_close(&watch->event);
    os_release(watch, sizeof *watch);
}

enum status kafka_watch_ready(struct kafka_watch *watch, int64_t timeout_ms,
                              struct failure *failure)
{
    struct os_event pause;
    const enum status status = os_event_open(&pause, failure);
    if (status != STATUS_OK) {
        return status;
    }
    const int64_t until_us = os_monotonic_us() + timeout_ms * 1000;
    while (atomic_load(&watch->rounds) == 0 && os_monotonic_us() < until_us) {
        os_event_wait(&pause, NULL, 0, READY_STEP_MS);
    }
    os_event_close(&pause);
    if (atomic_load(&watch->rounds) > 0) {
        return STATUS_OK;
    }
    /* The complaint is the thread's own while it runs. */
    watch_stop(watch);
    return failure_set(failure, STATUS_UNREACHABLE,
                       "kafka at %s did not answer within %lld ms (%s); see kafka.brokers and, for "
                       "a secured cluster, kafka.properties",
                       watch->client.settings->brokers, (long long)timeout_ms,
                       watch->client.trouble[0] ? watch->client.trouble : "no reason given");
}

int32_t kafka_watch_partitions(const struct kafka_watch *watch, enum topic topic)
{
    return atomic_load(&watch->topics[topic].partition_count);
}

struct log_extent kafka_watch_extent(const struct kafka_watch *watch, enum topic topic,
                                     int32_t partition)
{
    if (partition < 0 || partition >= INPUT_PARTITIONS_MAX) {
        return (struct log_extent){ -1, -1 };
    }
    const struct watch_cell *cell = &watch->topics[topic].cells[partition];
    return (struct log_extent){ atomic_load(&cell->start) - 1, atomic_load(&cell->end) - 1 };
}

uint64_t kafka_watch_told(const struct kafka_watch *watch, enum topic topic, int32_t partition)
{
    CHECK(partition >= 0 && partition < INPUT_PARTITIONS_MAX);
    return atomic_load(&watch->topics[topic].cells[partition].told);
}

bool kafka_watch_gone(const struct kafka_watch *watch, enum topic topic)
{
    return atomic_load(&watch->topics[topic].gone);
}

uint32_t kafka_watch_vanishings(const struct kafka_watch *watch, enum topic topic)
{
    return atomic_load(&watch->topics[topic].vanishings);
}

bool kafka_watch_present(const struct kafka_watch *watch, enum topic topic)
{
    return atomic_load(&watch->topics[topic].present);
}

void kafka_watch_ask_journal(struct kafka_watch *watch)
{
    atomic_fetch_add(&watch->journal_asked, 1);
    os_event_raise(&watch->event);
}

bool kafka_watch_journal_fresh(const struct kafka_watch *watch)
{
    return atomic_load(&watch->journal_answered) == atomic_load(&watch->journal_asked);
}

int64_t kafka_watch_silence_ms(const struct kafka_watch *watch)
{
    const int64_t answered_us = atomic_load(&watch->answered_us);
    return answered_us == 0 ? -1 : (os_monotonic_us() - answered_us) / 1000;
}
