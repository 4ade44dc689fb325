/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/kafka_admin.h"
#include "edge/time_zone.h"
#include "engine_parts.h"

/* Room for the largest document and its parts, of which only touched pages cost memory. */
enum { ANSWER_BYTES = 64 * 1024 * 1024 };

/* Whoever listens on every address is reached by the machine's name. */
static void set_owner(struct engine *engine)
{
    char host[256];
    const char *listen = engine->config->http_host;
    const bool any =
        listen[0] == '\0' || strcmp(listen, "0.0.0.0") == 0 || strcmp(listen, "::") == 0;
    if (!any || gethostname(host, sizeof host) != 0) {
        (void)snprintf(host, sizeof host, "%s", any ? "localhost" : listen);
    }
    host[sizeof host - 1] = '\0';
    (void)snprintf(engine->owner, sizeof engine->owner, strchr(host, ':') ? "[%s]:%u" : "%s:%u",
                   host, http_server_port(engine->http));
    (void)snprintf(engine->source, sizeof engine->source, "/promised/%s", engine->config->group);
    (void)snprintf(engine->journal_name, sizeof engine->journal_name, "%s%s",
                   engine->config->topic_prefix, TOPICS[TOPIC_JOURNAL].name);
}

static enum status read_zone(void *context, struct bytes name, struct bytes *out_tzif)
{
    struct engine *engine = context;
    struct failure failure = { 0 };
    struct buffer room = buffer_of(engine->zone_room, TIME_ZONE_BYTES_MAX);
    const enum status status = time_zone_read(name, &room, &failure);
    if (status == STATUS_OK) {
        *out_tzif = buffer_bytes(&room);
    } else if (status != STATUS_ABSENT) {
        logger_line(engine->logger, LOGGER_WARNING, "time_zone", "%s", failure.text);
    }
    return status;
}

/* Contract 6: topics that would lead to wrong documents refuse the start; weak ones are said. */
static enum status check_topics(struct engine *engine, struct failure *failure)
{
    if (engine->wiring.settings.embedded) {
        return STATUS_OK;
    }
    struct kafka_findings *findings = calloc(1, sizeof *findings);
    if (!findings) {
        return failure_set(failure, STATUS_UNREACHABLE, "out of memory");
    }
    const enum status status = kafka_admin_check(&engine->wiring.settings, findings, failure);
    for (uint32_t i = 0; i < findings->count; i++) {
        /* A class for each topic, so that none hides another. */
        char event[40];
        (void)snprintf(event, sizeof event, "topic_%u", i);
        logger_line(engine->logger, LOGGER_WARNING, event, "%s", findings->rows[i].text);
    }
    free(findings);
    return status;
}

static enum status open_kafka(struct engine *engine, struct failure *failure)
{
    enum status status = check_topics(engine, failure);
    if (status == STATUS_OK) {
        status = kafka_open(&engine->wiring.settings, &engine->wake, &engine->kafka, failure);
    }
    if (status == STATUS_OK) {
        engine->journal = kafka_journal(engine->kafka);
        engine->inputs = kafka_inputs(engine->kafka);
        engine->sink = kafka_sink(engine->kafka);
        engine->group = kafka_group(engine->kafka);
    }
    return status;
}

static enum status open_edges(struct engine *engine, struct failure *failure)
{
    enum status status = os_event_open(&engine->wake, failure);
    if (status != STATUS_OK) {
        return status;
    }
    os_signals_catch(&engine->wake);
    status = http_server_open(engine->config->http_host, engine->config->http_port,
                              http_api_answer, &engine->view, &engine->http, failure);
    if (status == STATUS_OK) {
        set_owner(engine);
        logger_line(engine->logger, LOGGER_INFO, "listening", "http://%s", engine->owner);
        status = stores_open(engine->config, &engine->stores, failure);
    }
    if (status == STATUS_OK) {
        status = crew_open((uint32_t)engine->config->workers, &engine->crew, failure);
    }
    if (status == STATUS_OK) {
        engine->crew_port = crew_port(engine->crew);
        status = open_kafka(engine, failure);
    }
    return status;
}

static enum status reserve(struct arena *out_arena, size_t bytes, struct failure *failure)
{
    void *region = os_reserve(bytes);
    if (!region) {
        return failure_set(failure, STATUS_CONFIG,
                           "cannot reserve %zu bytes of address space; raise `ulimit -v` or the "
                           "unit's LimitAS",
                           bytes);
    }
    *out_arena = arena_of(region, bytes);
    return STATUS_OK;
}

static void init_flow(struct engine *engine, struct arena *arena)
{
    const struct replica_observer observer = { engine, engine_applied };
    const struct writer_ports writer_ports = {
        .journal = &engine->journal,
        .inputs = &engine->inputs,
        .clock = &engine->clock,
        .zones = &engine->zones,
    };
    const struct publisher_ports publisher_ports = {
        .journal = &engine->journal,
        .sink = &engine->sink,
        .group = &engine->group,
        .clock = &engine->clock,
        .crew = &engine->crew_port,
    };
    const struct publisher_options publisher_options = {
        .linger_us = engine->config->linger_ms * 1000,
        .heartbeat_us = engine->config->heartbeat_ms * 1000,
        .encoding = engine->config->encoding,
        .source = bytes_text(engine->source),
        .owner = bytes_text(engine->owner),
    };
    engine->marks = marks_init(arena, &engine->inputs);
    engine->rejects = rejects_init(arena, &engine->stats);
    engine->replica = replica_init(arena, engine->world, &engine->journal, engine->rejects,
                                   &engine->stats, &observer);
    engine->writer = writer_init(arena, &writer_ports, engine->world, engine->replica,
                                 &engine->stats, &engine->config->settings);
    engine->publisher =
        publisher_init(arena, ENGINE_SCALE, &publisher_options, &publisher_ports,
                       engine->world, engine->rejects, &engine->stats);
}

/* No two processes, nor two lives of one, draw the same. */
static uint64_t draw_identity(const struct engine *engine)
{
    const struct {
        int64_t wall_ms;
        int64_t monotonic_us;
        int64_t process;
    } parts = { engine->started_ms, engine->started_us, getpid() };
    return hash_bytes(bytes_of(&parts, sizeof parts), hash_bytes(bytes_text(engine->owner), 0));
}

static enum status init_snapshotter(struct engine *engine, struct failure *failure)
{
    const struct snapshotter_tables tables = snapshotter_tables_of(engine->world);
    const struct snapshotter_options options = {
        .stores = engine->stores.ports,
        .store_count = engine->stores.count,
        .clock = &engine->clock,
        .group = engine->config->group,
        .journal = engine->journal_name,
        .writer = draw_identity(engine),
    };
    const enum status status = reserve(&engine->cuts_arena,
                                       snapshotter_bytes(&tables, engine->stores.count), failure);
    if (status == STATUS_OK) {
        engine->snapshotter = snapshotter_init(&engine->cuts_arena, &tables, &options);
    }
    return status;
}

/* The world comes before HTTP, whose answers look at it; the flow after Kafka, which it asks. */
static enum status open_world(struct engine *engine, struct failure *failure)
{
    enum status status = reserve(&engine->arena, world_bytes(ENGINE_SCALE), failure);
    if (status == STATUS_OK) {
        engine->world = world_init(&engine->arena, ENGINE_SCALE);
        status = reserve(&engine->answers, ANSWER_BYTES, failure);
    }
    return status;
}

static enum status open_flow(struct engine *engine, struct failure *failure)
{
    const size_t bytes = rejects_bytes() + replica_bytes() + writer_bytes() + marks_bytes() +
                         publisher_bytes(ENGINE_SCALE);
    enum status status = reserve(&engine->flow_arena, bytes, failure);
    if (status == STATUS_OK) {
        init_flow(engine, &engine->flow_arena);
        status = init_snapshotter(engine, failure);
    }
    return status;
}

struct engine *engine_new(const struct engine_options *options)
{
    struct engine *engine = calloc(1, sizeof *engine);
    uint8_t *zone_room = malloc(TIME_ZONE_BYTES_MAX);
    if (!engine || !zone_room) {
        free(engine);
        free(zone_room);
        return NULL;
    }
    engine->options = *options;
    engine->config = options->config;
    engine->logger = options->logger;
    engine->clock = os_clock();
    engine->started_us = engine->clock.monotonic_us(engine->clock.context);
    engine->started_ms = engine->clock.now_ms(engine->clock.context);
    engine->last_second_us = engine->started_us;
    engine->newest_event_ns = TIME_NONE;
    engine->wake.descriptor = -1;
    engine->zone_room = zone_room;
    engine->zones = (struct zone_port){ engine, read_zone };
    engine->view = engine_view(engine);
    engine->snapshot_interval_ms = options->config->snapshot_interval_ms;
    engine->memory_bytes = options->config->memory_bytes;
    engine->broken.status = STATUS_OK;
    wiring_kafka(engine->config, options->servers, &engine->wiring);
    return engine;
}

enum status engine_open(struct engine *engine, struct failure *failure)
{
    os_heap_tune();
    enum status status = open_world(engine, failure);
    if (status == STATUS_OK) {
        status = open_edges(engine, failure);
    }
    return status == STATUS_OK ? open_flow(engine, failure) : status;
}

void engine_close(struct engine *engine)
{
    kafka_close(engine->kafka);
    crew_close(engine->crew);
    stores_close(&engine->stores);
    http_server_close(engine->http);
    if (engine->wake.descriptor >= 0) {
        os_event_close(&engine->wake);
    }
    os_release(engine->cuts_arena.base, engine->cuts_arena.capacity);
    os_release(engine->flow_arena.base, engine->flow_arena.capacity);
    os_release(engine->answers.base, engine->answers.capacity);
    os_release(engine->arena.base, engine->arena.capacity);
    free(engine->zone_room);
    free(engine);
}
