/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SRC_APP_ENGINE_PARTS_H
#define SRC_APP_ENGINE_PARTS_H

#include "app/busy.h"
#include "app/engine.h"
#include "app/figures.h"
#include "app/http_api.h"
#include "app/state_check.h"
#include "app/stores.h"
#include "app/wiring.h"
#include "edge/crew.h"
#include "edge/http_server.h"
#include "edge/kafka.h"
#include "edge/os.h"
#include "flow/catch_up.h"
#include "flow/marks.h"
#include "flow/publisher.h"
#include "flow/rejects.h"
#include "flow/replica.h"
#include "flow/snapshotter.h"
#include "flow/writer.h"

/* Shared by the engine_*.c files; nobody else includes this. */

enum {
    ENGINE_STORE_WAIT_MS = 60000,      /* contract 6: at start without any store */
    ENGINE_SECOND_US = 1000000,
    ENGINE_HASH_EVERY_MS = 10000,      /* contract 2.5, `state` */
    ENGINE_COMMIT_EVERY_US = 5000000,
    ENGINE_CATCH_UP_EVERY_US = 100000,
    ENGINE_UNREADY_AFTER_US = 10000000, /* readiness must not flap when an entry is being applied */
    ENGINE_ENTRIES_PER_TURN = 64,
    ENGINE_BUSY_PER_ENTRY = 16,
};

/* The thread sanitizer leaves a process too little address space for a whole world. */
#ifdef __SANITIZE_THREAD__
#define ENGINE_SCALE WORLD_SCALE_TEST
#else
#define ENGINE_SCALE WORLD_SCALE_FULL
#endif

enum engine_phase {
    ENGINE_RESTORING,    /* from the stores */
    ENGINE_REPLAYING,    /* the journal, to the end noted at start */
    ENGINE_LIVE,         /* in the group */
    ENGINE_STOPPING,
};

/* What figures need to remember of one input partition from one second to the next. */
struct partition_memory {
    int64_t position;
    int64_t moved_us;          /* when the position last changed */
    int64_t behind_since_us;   /* 0: at its end when last looked at */
    bool behind_at_first;      /* it was behind when it was first seen: older than we can know */
    bool seen;
};

struct engine {
    struct engine_options options;
    const struct config *config;
    struct logger *logger;
    enum engine_phase phase;
    int64_t started_us;
    int64_t started_ms;

    /* edges */
    struct os_event wake;
    struct http_server *http;
    struct kafka_wiring wiring;
    struct kafka *kafka;
    struct stores stores;
    struct crew *crew;
    char owner[300];
    char source[256];
    char journal_name[300];
    uint8_t *zone_room;

    /* ports, as the flow takes them */
    struct clock_port clock;
    struct journal_port journal;
    struct input_port inputs;
    struct sink_port sink;
    struct group_port group;
    struct crew_port crew_port;
    struct zone_port zones;

    /* the state and the flow, each in a region of address space of its own */
    struct arena arena;                /* the world */
    struct arena flow_arena;
    struct arena cuts_arena;
    struct arena answers;              /* scratch for documents asked for over HTTP */
    struct world *world;
    struct marks *marks;
    struct rejects *rejects;
    struct replica *replica;
    struct writer *writer;
    struct publisher *publisher;
    struct snapshotter *snapshotter;
    struct stats stats;

    /* cuts */
    struct state_check state_check;
    uint64_t hash_sequence;            /* of the last cut whose hash is known */
    uint64_t common_sequence;          /* of the last cut that all processes take */
    struct state_hash announced;       /* what the journal is to be told; sequence 0: nothing yet */
    int64_t hash_bucket;
    int64_t last_store_us;
    uint64_t last_store_sequence;
    int64_t snapshot_interval_ms;
    int64_t memory_bytes;
    struct failure broken;             /* status STATUS_LOST: found in the observer */

    /* once a second */
    int64_t newest_event_ns;
    int64_t last_second_us;
    int64_t last_commit_us;
    uint64_t records_seen;
    uint64_t documents_seen;
    uint32_t was_owned;
    uint64_t trouble_seen;
    int64_t behind_since_us;           /* the journal has entries we do not have; 0: none */
    struct catch_up catch_up;          /* the inputs, up to the ends they had at start */
    int64_t catch_up_looked_us;
    bool was_ready;
    bool was_writer;
    double events_per_second;
    double documents_per_second;
    struct busy busy;
    struct shown_reject rejects_shown[FIGURES_REJECTS_MAX];   /* a ring */
    uint64_t rejects_count;
    uint64_t rejects_cursor;
    struct partition_memory partitions[TOPIC_INPUT_COUNT][INPUT_PARTITIONS_MAX];

    struct http_view view;
    struct figures figures;
};

/* engine_open.c: everything but the state, which is empty. Closing takes a half-open engine. */
struct engine *engine_new(const struct engine_options *options);
MUST_USE enum status engine_open(struct engine *engine, struct failure *failure);
void engine_close(struct engine *engine);

/* engine_restore.c: the newest whole snapshot, and the journal from there on. */
MUST_USE enum status engine_restore(struct engine *engine, struct failure *failure);

/* engine_cuts.c */
void engine_applied(void *context, const struct journal_entry *entry, struct journal_point point,
                    int64_t oldest_timestamp_ms);
/* Goes on with a cut, begins one whose time has come. True: there is more to do at once. */
bool engine_cuts_step(struct engine *engine);
/* A last snapshot of what is applied now; true once it is where it can be. */
bool engine_cuts_last(struct engine *engine);

/* engine_ready.c */
void engine_ready_step(struct engine *engine);
bool engine_ready(const struct engine *engine);
bool engine_memory_full(const struct engine *engine);
/* What `/readyz?verbose` lists, and `restored` and `ready`. */
void engine_ready_checks(const struct engine *engine, struct figures *figures);

/* engine_figures.c */
void engine_figures_second(struct engine *engine, double seconds);
struct http_view engine_view(struct engine *engine);

#endif
