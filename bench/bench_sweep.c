/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A location's cut-off passes, and every SKU it has is derived again, while events keep coming at a
 * fixed rate. The publisher is the real one; its sink copies and acknowledges at once, so what is
 * measured is the daemon's own part: from the instant an event was due to arrive until the document
 * that shows it is handed to the sink. Applying is on the same thread, as in the daemon.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench_world.h"
#include "flow/publisher.h"

enum {
    PARTITIONS = 8,
    SINK_QUEUE_MAX = 100000,
    ENTRY_EVENTS_MAX = 1000,
    LATENCIES_MAX = 1 << 22,
    LOCATIONS = 2,
    ZONES = 5,
    WARM_SECONDS = 1,
    QUIET_SECONDS = 5,
};

struct sink {
    struct sink_ack acks[SINK_QUEUE_MAX];
    uint64_t first;
    uint64_t last;
    int64_t ends[TOPIC_COUNT][PARTITIONS];
    uint64_t bytes;
    double *pending;                /* by SKU: when its oldest event not yet shown was due */
    double *latencies;
    uint64_t latency_count;
};

struct sweep {
    const struct bench_options *options;
    struct bench_world *bench;
    struct publisher *publisher;
    struct stats *stats;
    struct sink *sink;
    uint64_t random;
    double began;                   /* of the phase */
    int64_t began_ms;
    uint64_t sent;                  /* events of the phase */
    double longest;                 /* CPU seconds of its longest turn: what events may wait for */
};

/* ------------------------------------------------------------------ ports */

/* The SKU of the key `SKU-<n>|<location>`. */
static uint64_t number_of(struct bytes key)
{
    uint64_t number = 0;
    for (size_t i = 4; i < key.count && key.data[i] != '|'; i++) {
        number = number * 10 + (uint64_t)(key.data[i] - '0');
    }
    return number;
}

static void note_shown(struct sink *sink, const struct sink_record *record)
{
    double *since = &sink->pending[number_of(record->key)];
    if (*since > 0 && sink->latency_count < LATENCIES_MAX) {
        sink->latencies[sink->latency_count++] = bench_wall_seconds() - *since;
        *since = 0;
    }
}

static enum status sink_produce(void *context, const struct sink_record *record)
{
    static uint8_t copy[1 << 16];
    struct sink *sink = context;
    if (sink->last - sink->first >= SINK_QUEUE_MAX) {
        return STATUS_AGAIN;
    }
    const size_t count = record->value.count < sizeof copy ? record->value.count : sizeof copy;
    memcpy(copy, record->value.data ? record->value.data : copy, count);
    sink->bytes += count;
    if (record->topic == TOPIC_AVAILABILITY_LOCATIONS) {
        note_shown(sink, record);
    }
    sink->acks[sink->last++ % SINK_QUEUE_MAX] =
        (struct sink_ack){ record->token, record->topic, record->partition,
                           sink->ends[record->topic][record->partition]++, true, false };
    return STATUS_OK;
}

static enum status sink_next_ack(void *context, struct sink_ack *out_ack)
{
    struct sink *sink = context;
    if (sink->first == sink->last) {
        return STATUS_AGAIN;
    }
    *out_ack = sink->acks[sink->first++ % SINK_QUEUE_MAX];
    return STATUS_OK;
}

static int32_t sink_partition_count(void *context)
{
    (void)context;
    return PARTITIONS;
}

static void sink_read_begin(void *context, enum topic topic, int32_t partition, int64_t from)
{
    (void)context;
    (void)topic;
    (void)partition;
    (void)from;
}

static enum status sink_read_next(void *context, struct record *out_record)
{
    (void)context;
    (void)out_record;
    return STATUS_ABSENT;
}

static struct log_extent sink_extent(void *context, enum topic topic, int32_t partition)
{
    const struct sink *sink = context;
    return (struct log_extent){ 0, sink->ends[topic][partition] };
}

static void journal_refresh(void *context)
{
    (void)context;
}

static bool journal_fresh(void *context)
{
    (void)context;
    return true;
}

static bool group_owns(void *context, int32_t partition)
{
    (void)context;
    return partition < PARTITIONS;
}

static uint64_t group_generation(void *context)
{
    (void)context;
    return 1;
}

static int64_t clock_now_ms(void *context)
{
    const struct bench_world *bench = context;
    return bench->now_ms;
}

static int64_t clock_monotonic_us(void *context)
{
    (void)context;
    return (int64_t)(bench_wall_seconds() * 1e6);
}

static void crew_run(void *context, void (*work)(void *work_context, uint32_t worker, uint32_t i),
                     void *work_context, uint32_t count)
{
    (void)context;
    for (uint32_t i = 0; i < count; i++) {
        work(work_context, 0, i);
    }
}

static void make_publisher(struct sweep *sweep)
{
    static struct journal_port journal = { .refresh = journal_refresh, .fresh = journal_fresh };
    static struct group_port group = { .owns = group_owns, .generation = group_generation };
    static struct crew_port crew = { .worker_count = 1, .run = crew_run };
    static struct clock_port clock = { .now_ms = clock_now_ms,
                                       .monotonic_us = clock_monotonic_us };
    static struct sink_port sink = { .produce = sink_produce,
                                     .next_ack = sink_next_ack,
                                     .partition_count = sink_partition_count,
                                     .read_begin = sink_read_begin,
                                     .read_next = sink_read_next,
                                     .extent = sink_extent };
    static const struct publisher_ports ports = { &journal, &sink, &group, &clock, &crew };
    const struct publisher_options options = { .linger_us = 5000,
                                               .heartbeat_us = 5000000,
                                               .encoding = ENCODING_MSGPACK,
                                               .source = BYTES_LITERAL("bench"),
                                               .owner = BYTES_LITERAL("bench") };
    sweep->sink = bench_region(sizeof *sweep->sink);
    sweep->sink->pending =
        bench_region((sweep->options->sweep_skus + 1) * sizeof *sweep->sink->pending);
    sweep->sink->latencies = bench_region(LATENCIES_MAX * sizeof *sweep->sink->latencies);
    sink.context = sweep->sink;
    clock.context = sweep->bench;
    sweep->stats = bench_region(sizeof *sweep->stats);
    const size_t bytes = publisher_bytes(WORLD_SCALE_FULL) + rejects_bytes();
    struct arena arena = arena_of(bench_region(bytes), bytes);
    struct rejects *rejects = rejects_init(&arena, sweep->stats);
    sweep->publisher = publisher_init(&arena, WORLD_SCALE_FULL, &options, &ports,
                                      sweep->bench->world, rejects, sweep->stats);
}

/* ------------------------------------------------------------------ the loop of the daemon */

static enum status step(struct sweep *sweep)
{
    const struct publisher_view view = { .caught_up = true };
    return publisher_step(sweep->publisher, &view);
}

static void drain(struct sweep *sweep)
{
    while (step(sweep) == STATUS_AGAIN || publisher_due_count(sweep->publisher) > 0 ||
           publisher_swept(sweep->publisher) < world_sequence(sweep->bench->world)) {
    }
}

static void entry_of(struct sweep *sweep, uint64_t count, int64_t now_ms)
{
    bench_begin(sweep->bench, now_ms);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t sku = bench_random(&sweep->random) % sweep->options->sweep_skus;
        const double due =
            sweep->began + (double)(sweep->sent++) / (double)sweep->options->sweep_rate;
        bench_feed(sweep->bench,
                   bench_stock(EVENT_STOCK_RECEIVED, bench_name("SKU-", sku),
                               BYTES_LITERAL("W0"), 1));
        if (sweep->sink->pending[sku] == 0) {
            sweep->sink->pending[sku] = due;
        }
    }
    bench_end(sweep->bench);
    publisher_collect(sweep->publisher, now_ms);
}

static void phase_begins(struct sweep *sweep)
{
    sweep->began = bench_wall_seconds();
    sweep->began_ms = sweep->bench->now_ms;
    sweep->sent = 0;
    sweep->longest = 0;
    sweep->sink->latency_count = 0;
}

/* Takes the events that are due by now, and steps. */
static enum status work(struct sweep *sweep)
{
    const double rate = (double)sweep->options->sweep_rate;
    const double now = bench_wall_seconds();
    const double before = bench_cpu_seconds();
    uint64_t due = (uint64_t)((now - sweep->began) * rate) - sweep->sent;
    due = due < ENTRY_EVENTS_MAX ? due : ENTRY_EVENTS_MAX;
    if (due > 0) {
        entry_of(sweep, due, sweep->began_ms + (int64_t)((now - sweep->began) * 1000.0));
    }
    const enum status status = step(sweep);
    const double took = bench_cpu_seconds() - before;
    sweep->longest = took > sweep->longest ? took : sweep->longest;
    return status;
}

/* Works, and sleeps where there is nothing to do. */
static void turn(struct sweep *sweep)
{
    if (work(sweep) == STATUS_AGAIN) {
        return;
    }
    const double next =
        sweep->began + (double)(sweep->sent + 1) / (double)sweep->options->sweep_rate;
    double wait = next - bench_wall_seconds();
    const double publisher = (double)publisher_wait_us(sweep->publisher) / 1e6;
    wait = publisher < wait ? publisher : wait;
    if (wait > 0) {
        const struct timespec pause = { 0, (long)(wait * 1e9) };
        (void)nanosleep(&pause, NULL);
    }
}

static double quantile_ms(struct sink *sink, double at)
{
    if (sink->latency_count == 0) {
        return 0;
    }
    bench_sort(sink->latencies, (uint32_t)sink->latency_count);
    return 1000.0 * sink->latencies[(uint64_t)((double)(sink->latency_count - 1) * at)];
}

/* ------------------------------------------------------------------ the shop */

static void load(struct sweep *sweep)
{
    const int64_t now_ms = sweep->bench->now_ms;
    bench_begin(sweep->bench, now_ms);
    for (uint64_t i = 0; i < LOCATIONS; i++) {
        struct event place = bench_location(bench_name("W", i), 50000);
        place.location.working_days = 0x7f;
        place.location.cutoff_minute = 15 * 60 + 60 * (int32_t)i;
        bench_feed(sweep->bench, place);
        for (uint64_t zone = 0; zone < ZONES; zone++) {
            bench_feed(sweep->bench,
                       bench_lane(bench_name("W", i), bench_name("Z", zone), 1,
                                  2 + (int32_t)((i + zone) % 3), 100 + (int64_t)(zone + i)));
        }
    }
    bench_end(sweep->bench);
    for (uint64_t sku = 0; sku < sweep->options->sweep_skus;) {
        bench_begin(sweep->bench, now_ms);
        for (uint64_t i = 0; i < ENTRY_EVENTS_MAX && sku < sweep->options->sweep_skus; i++) {
            bench_feed(sweep->bench, bench_stock(EVENT_STOCK_RECEIVED, bench_name("SKU-", sku++),
                                                 BYTES_LITERAL("W0"), 10));
        }
        bench_end(sweep->bench);
        publisher_collect(sweep->publisher, now_ms);
        (void)step(sweep);
    }
    drain(sweep);
}

struct round_figures {
    double seconds;
    double quiet_p50;
    double quiet_p99;
    double sweep_p50;
    double sweep_p99;
    double sweep_max;
    double longest_turn;
    uint64_t events;
    uint64_t documents;
};

static void events_for(struct sweep *sweep, double seconds)
{
    phase_begins(sweep);
    while (bench_wall_seconds() - sweep->began < seconds) {
        turn(sweep);
    }
    drain(sweep);
}

static struct round_figures one_day(struct sweep *sweep, int64_t day)
{
    struct round_figures figures = { 0 };
    struct bench_world *bench = sweep->bench;
    const int64_t midnight_ms = BENCH_START_MS + day * MS_PER_DAY;
    bench_begin(bench, midnight_ms + 14 * BENCH_HOUR_MS);
    bench_end(bench);
    publisher_collect(sweep->publisher, -1);
    drain(sweep);
    /* The night's jump has ended what was remembered of the day before: not the daemon's day. */
    events_for(sweep, WARM_SECONDS);
    events_for(sweep, QUIET_SECONDS);
    figures.quiet_p50 = quantile_ms(sweep->sink, 0.5);
    figures.quiet_p99 = quantile_ms(sweep->sink, 0.99);
    const uint64_t published = sweep->stats->published[TOPIC_PROMISES_ITEMS];
    bench_begin(bench, midnight_ms + 15 * BENCH_HOUR_MS);
    bench_end(bench);
    publisher_collect(sweep->publisher, -1);
    const uint64_t sequence = world_sequence(bench->world);
    phase_begins(sweep);
    do {
        turn(sweep);
    } while (publisher_swept(sweep->publisher) < sequence);
    figures.seconds = bench_wall_seconds() - sweep->began;
    figures.events = sweep->sent;
    figures.longest_turn = sweep->longest * 1000.0;
    figures.documents = sweep->stats->published[TOPIC_PROMISES_ITEMS] - published;
    figures.sweep_p50 = quantile_ms(sweep->sink, 0.5);
    figures.sweep_p99 = quantile_ms(sweep->sink, 0.99);
    figures.sweep_max = quantile_ms(sweep->sink, 1.0);
    return figures;
}

void bench_sweep(const struct bench_options *options)
{
    static struct sweep sweep;
    sweep = (struct sweep){ .options = options, .random = options->seed * 7919 + 1 };
    sweep.bench = bench_world_new(BENCH_START_MS + 9 * BENCH_HOUR_MS);
    make_publisher(&sweep);
    const double before = bench_wall_seconds();
    load(&sweep);
    const double loaded = bench_wall_seconds() - before;
    for (uint64_t i = 0; i < options->sweep_rounds; i++) {
        const struct round_figures f = one_day(&sweep, (int64_t)i);
        (void)printf("{\"bench\":\"sweep\",\"skus\":%llu,\"round\":%llu,\"load_seconds\":%.1f,"
                     "\"events_per_second\":%llu,\"sweep_seconds\":%.2f,"
                     "\"documents_written\":%llu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
                     "\"sweep_events\":%llu,\"sweep_p50_ms\":%.2f,\"sweep_p99_ms\":%.2f,"
                     "\"sweep_max_ms\":%.2f,\"longest_turn_cpu_ms\":%.2f,\"p99_ratio\":%.2f}\n",
                     (unsigned long long)options->sweep_skus, (unsigned long long)i, loaded,
                     (unsigned long long)options->sweep_rate, f.seconds,
                     (unsigned long long)f.documents, f.quiet_p50, f.quiet_p99,
                     (unsigned long long)f.events, f.sweep_p50, f.sweep_p99, f.sweep_max,
                     f.longest_turn, f.sweep_p99 / f.quiet_p99);
        (void)fflush(stdout);
    }
}
