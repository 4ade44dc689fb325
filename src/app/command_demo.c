/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/commands.h"
#include "demo_parts.h"

/*
 * The demo is a host: the embedded broker lives in this process, redis-server and the daemon itself
 * (`promised run`, the same program) are its children. It plays the shop, or a log, reads what the
 * daemon publishes as any reader would, and at the end recomputes all of it.
 */
enum { REDIS_MS = 5000, DAEMON_STOP_MS = 15000, REDIS_STOP_MS = 5000, SECONDS_MOST = 3600 };

extern char **environ;

/* ------------------------------------------------------------------ what is asked for */

static enum status read_arguments(const struct arguments *arguments, struct demo *demo,
                                  struct failure *failure)
{
    struct config *config = arguments_config(arguments);
    if (!config) {
        return failure_set(failure, STATUS_CONFIG, "the demo takes http.listen from there");
    }
    const bool listens = strcmp(config->values[CONFIG_HTTP_LISTEN].place, "default") != 0;
    (void)snprintf(demo->host, sizeof demo->host, "%s",
                   listens ? config->http_host : "127.0.0.1");
    (void)snprintf(demo->port, sizeof demo->port, "%s", listens ? config->http_port : "0");
    free(config);
    demo->events = arguments->events;
    demo->keep = arguments->keep;
    demo->verbose = arguments->verbose;
    demo->seed = arguments->seed >= 0 ? (uint64_t)arguments->seed : 1;
    demo->seconds = arguments->seconds >= 0 ? arguments->seconds
                                            : demo->events ? 0 : DEMO_SECONDS;
    demo->rate = arguments->rate > 0 ? arguments->rate
                                     : demo->events ? DEMO_REPLAY_RATE : DEMO_RATE;
    if (demo->seconds > SECONDS_MOST || (!demo->events && demo->seconds == 0)) {
        return failure_set(failure, STATUS_USAGE,
                           "--seconds: 1 to %d, as every event is kept in memory", SECONDS_MOST);
    }
    return STATUS_OK;
}

/* A setting of the environment would beat those that the demo gives its daemon. */
static void clear_environment(void)
{
    for (char **at = environ; *at;) {
        char name[256];
        const size_t count = strcspn(*at, "=");
        if (strncmp(*at, "PROMISED_", 9) == 0 && count < sizeof name) {
            (void)snprintf(name, sizeof name, "%.*s", (int)count, *at);
            (void)unsetenv(name);
            at = environ;
        } else {
            at++;
        }
    }
}

static enum status open_source(struct demo *demo, struct failure *failure)
{
    const int64_t now_ms = os_wall_ms();
    if (demo->events) {
        return demo_replay_open(demo->events, &demo->replay, failure);
    }
    demo->shop = demo_shop_open(demo->seed, now_ms, now_ms + demo->seconds * 1000,
                                demo->rate);
    const struct demo_shop_sale sale = demo_shop_sale(demo->shop);
    demo_story_begin(&demo->story, &sale);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ the children */

static bool answers(uint16_t port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool open = descriptor >= 0 && connect(descriptor, (const struct sockaddr *)&address,
                                                 sizeof address) == 0;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return open;
}

static enum status start_redis(struct demo *demo, struct failure *failure)
{
    char port[8];
    demo->redis_port = demo_free_port();
    (void)snprintf(port, sizeof port, "%u", demo->redis_port);
    const char *const arguments[] = { "redis-server", "--port", port, "--bind", "127.0.0.1",
                                      "--save", "", "--appendonly", "no", "--dir", demo->folder,
                                      NULL };
    const enum status status =
        demo_child_start(&demo->redis, "redis-server", demo->folder, arguments, failure);
    if (status != STATUS_OK) {
        return status;
    }
    for (int waited = 0; waited < REDIS_MS && demo_child_runs(&demo->redis); waited += 20) {
        if (answers(demo->redis_port)) {
            return STATUS_OK;
        }
        os_event_wait(&demo->wake, NULL, 0, 20);
    }
    demo_child_print_log(&demo->redis);
    return failure_set(failure, STATUS_UNREACHABLE,
                       "redis-server does not start; is it installed (apt install redis-server)?");
}

static enum status start_daemon(struct demo *demo, struct failure *failure)
{
    char self[4096], brokers[256], redis[64], listen[300];
    const ssize_t count = readlink("/proc/self/exe", self, sizeof self - 1);
    self[count > 0 ? count : 0] = '\0';
    (void)snprintf(brokers, sizeof brokers, "embedded:%s", embedded_broker_servers(demo->broker));
    (void)snprintf(redis, sizeof redis, "redis://127.0.0.1:%u/0", demo->redis_port);
    (void)snprintf(listen, sizeof listen, "%s:%s", demo->host, demo->port);
    const char *const arguments[] = {
        self, "run", "--kafka.brokers", brokers, "--kafka.group", "demo", "--snapshots.url", redis,
        "--snapshots.interval", "2s", "--publish.encoding", "json", "--publish.heartbeat", "500ms",
        /* The broker keeps so many bytes of a partition, and counts them as they were sent. */
        "--kafka.properties", "compression.codec=zstd", "--http.listen", listen, "--clock",
        demo->events ? "event" : "wall",
        "--limits.closed_orders", "3650d", demo->verbose ? "--verbose" : NULL, NULL };
    return demo_child_start(&demo->daemon, "daemon", demo->folder, arguments, failure);
}

/* The status page, on the SKU that the story is about. */
static void name_page(struct demo *demo)
{
    const struct demo_shop_sale *sale = &demo->story.sale;
    (void)snprintf(demo->story_url, sizeof demo->story_url, "%s", demo->url);
    if (sale->sku) {
        (void)snprintf(demo->story_url, sizeof demo->story_url, "%s#sku=%s&network=%s&zone=%s",
                       demo->url, sale->sku, sale->network, sale->zone);
    }
    demo->view.url = demo->story_url;
}

/* Before the screen begins, which draws over its own lines alone. */
static void say_where(const struct demo *demo)
{
    const char *sku = demo->story.sale.sku ? demo->story.sale.sku : "SKU";
    (void)printf("status page: %s\n", demo->story_url);
    (void)printf("beside it:   promised top --http %s:%s\n", demo->host, demo->port);
    (void)printf("             promised get %s --http %s:%s\n", sku, demo->host, demo->port);
    (void)printf("             promised tail promises.items.v1 --kafka.brokers %s\n\n",
                 embedded_broker_servers(demo->broker));
}

static enum status start(struct demo *demo, struct failure *failure)
{
    if (strcmp(demo->port, "0") == 0) {
        (void)snprintf(demo->port, sizeof demo->port, "%u", demo_free_port());
    }
    (void)snprintf(demo->url, sizeof demo->url, "http://%s:%s/", demo->host, demo->port);
    demo->view.phase = "starting";
    demo->view.story = &demo->story;
    enum status status = open_source(demo, failure);
    name_page(demo);
    if (status == STATUS_OK) {
        status = start_redis(demo, failure);
    }
    if (status == STATUS_OK) {
        status = embedded_broker_open("", DEMO_LINK_PARTITIONS, &demo->broker, failure);
    }
    if (status == STATUS_OK) {
        say_where(demo);
        status = demo_link_open(embedded_broker_servers(demo->broker), &demo->link, failure);
    }
    if (status == STATUS_OK) {
        status = demo_run_reference(demo, failure);
    }
    return status == STATUS_OK ? start_daemon(demo, failure) : status;
}

/* ------------------------------------------------------------------ the whole */

/* The daemon leaves in good order while broker and Redis are still there. */
static bool stop_children(struct demo *demo)
{
    demo_child_stop(&demo->daemon, DAEMON_STOP_MS);
    demo_child_stop(&demo->redis, REDIS_STOP_MS);
    return demo->daemon.pid == 0 || demo->daemon.end_status == 0;
}

static enum status play(struct demo *demo, bool *out_agrees, struct failure *failure)
{
    enum status status = start(demo, failure);
    if (status == STATUS_OK) {
        status = demo_run_ready(demo, failure);
    }
    if (status == STATUS_OK) {
        status = demo_run_events(demo, failure);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const bool settled = demo_run_settle(demo);
    demo_screen_end(&demo->screen);
    const bool left_well = stop_children(demo);
    *out_agrees = demo_summarize(demo, settled);
    if (!left_well) {
        demo_child_print_log(&demo->daemon);
        return failure_set(failure, STATUS_LOST, "the daemon did not end in good order");
    }
    return STATUS_OK;
}

/* Only what the demo itself made is removed. */
static void remove_folder(const struct demo *demo)
{
    static const char *const NAMES[] = { "redis-server.log", "daemon.log", "differences.txt" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[sizeof demo->folder + 32];
        (void)snprintf(path, sizeof path, "%s/%s", demo->folder, NAMES[i]);
        (void)unlink(path);
    }
    (void)rmdir(demo->folder);
}

static void release(struct demo *demo)
{
    (void)stop_children(demo);
    demo_link_close(demo->link);
    embedded_broker_close(demo->broker);
    demo_shop_close(demo->shop);
    demo_replay_close(demo->replay);
    demo_story_end(&demo->story);
    demo_board_free(&demo->board);
    for (size_t i = 0; i < demo->made_count; i++) {
        free(demo->made[i].key);
    }
    for (int topic = 0; topic < TOPIC_INPUT_COUNT; topic++) {
        for (int partition = 0; partition < DEMO_LINK_PARTITIONS; partition++) {
            free(demo->places[topic][partition].rows);
        }
    }
    free(demo->made);
    free(demo->taken);
    free(demo->room);
    os_event_close(&demo->wake);
    free(demo);
}

static struct demo *demo_make(void)
{
    const char *temporary = getenv("TMPDIR");
    struct demo *demo = demo_new(sizeof *demo);
    demo->wake.descriptor = -1;
    demo->factor = 1;
    demo->status.lag_records = -1;
    demo->status.snapshot_age = -1;
    demo->view.snapshot_age = -1;
    demo->room = demo_new(DEMO_STATUS_BYTES);
    demo->screen = demo_screen_open(stdout, getenv("NO_COLOR"));
    demo_board_init(&demo->board);
    (void)snprintf(demo->folder, sizeof demo->folder, "%s/promised-demo-XXXXXX",
                   temporary && temporary[0] != '\0' ? temporary : "/tmp");
    return demo;
}

int command_demo(const struct arguments *arguments)
{
    struct demo *demo = demo_make();
    struct failure failure = { STATUS_OK, "" };
    bool agrees = false;
    enum status status = read_arguments(arguments, demo, &failure);
    if (status == STATUS_OK && !mkdtemp(demo->folder)) {
        status = failure_set(&failure, STATUS_UNREACHABLE, "cannot make %s", demo->folder);
    }
    if (status == STATUS_OK) {
        status = os_event_open(&demo->wake, &failure);
    }
    if (status != STATUS_OK) {
        release(demo);
        return arguments_failed(&failure);
    }
    clear_environment();
    os_signals_catch(&demo->wake);
    status = play(demo, &agrees, &failure);
    if (demo->keep) {
        demo_write_events(demo);
    }
    const bool nothing_to_see = demo->redis.pid == 0 || (status == STATUS_OK && agrees);
    if (!demo->keep && nothing_to_see) {
        remove_folder(demo);
    } else {
        (void)fprintf(stderr, "promised: logs are in %s\n", demo->folder);
    }
    release(demo);
    return status != STATUS_OK ? arguments_failed(&failure) : agrees ? 0 : 1;
}
