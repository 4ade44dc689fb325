/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <setjmp.h>

#include "base/hash.h"
#include "flow/marks.h"
#include "flow/publisher.h"
#include "flow/snapshotter.h"
#include "flow/writer.h"
#include "sim/sim.h"
#include "sim/sim_random.h"

/*
 * Inside the simulation, shared by sim*.c:
 *
 *     sim.c          time, faults, the run            sim_shop.c     what upstreams send
 *     sim_log.c      topics and what is on its way    sim_ports.c    journal, inputs, sink
 *     sim_group.c    who owns what                    sim_store.c    snapshots
 *     sim_process.c  one process: its flow, its turns sim_judge.c    what must hold
 *
 * Times are microseconds since the run began unless they say otherwise.
 */
enum {
    SIM_PROCESSES_MAX = 3,
    SIM_OUTPUTS_MAX = 5,
    SIM_PARTITIONS_MAX = 8,
    SIM_KEYS_MAX = 1024,
    SIM_ACTIONS_KEPT = 40,
    SIM_OBJECTS_MAX = 4096,
    SIM_MANIFESTS_MAX = 4,
    SIM_QUEUE_MAX = 256,
    SIM_ACKS_MAX = 1 << 16,
};

/* ------------------------------------------------------------------ logs */

struct sim_record {
    int64_t timestamp_ms;
    int64_t visible_us;              /* readers see it from then on */
    struct bytes key;
    struct bytes value;
    const struct record_header *headers;
    uint32_t header_count;
    bool removed;                    /* by compaction */
    uint32_t writer;                 /* incarnation; 0: upstream */
    uint64_t generation_seen;        /* the group's, as its writer knew it when it produced */
    uint64_t generation;             /* as it was */
    int64_t landed_us;
    int64_t sent_us;
    uint64_t mends;                  /* what its writer had to publish again until then */
};

struct sim_log {
    enum topic topic;
    int32_t partition;
    struct sim_record *records;      /* offset is index */
    int64_t count;
    int64_t capacity;
};

/* A record that a process has produced, until its fate is reported. */
struct sim_flight {
    struct sim_log *log;
    struct sim_record record;
    uint32_t process;
    uint32_t incarnation;
    uint64_t token;
    int64_t land_us;
    int64_t report_us;               /* of a failure; success is reported after it landed */
    int64_t offset;
    bool writes;
    bool twice;
    bool fails;                      /* what is reported */
    bool too_large;
    bool landed;
};

struct sim_due {
    int64_t at_us;
    uint32_t flight;
    bool is_report;
};

struct sim_reader {
    struct sim_log *log;             /* NULL: not open */
    int64_t position;
    int64_t fetched;                 /* records below are here */
    int64_t end_seen;                /* -1: nothing was fetched yet */
    int64_t fetch_us;
};

/* ------------------------------------------------------------------ group */

struct sim_generation {
    int64_t began_us;
    uint32_t owner[SIM_OUTPUTS_MAX]; /* incarnation; 0: nobody */
};

struct sim_group {
    uint64_t generation;
    struct sim_generation *history;  /* by generation */
    uint64_t history_capacity;
    bool member[SIM_PROCESSES_MAX];
    uint32_t incarnation[SIM_PROCESSES_MAX];
    uint32_t rank[SIM_PROCESSES_MAX];
    int64_t seen_us[SIM_PROCESSES_MAX];
    int64_t session_us;
};

/* What a process knows of it. */
struct sim_member {
    bool joined;
    bool owned[SIM_OUTPUTS_MAX];
    uint64_t seen;                   /* generation of the group it goes by */
    uint64_t changes;                /* what the port calls generation */
    uint64_t rebalances;
    int64_t learn_us;
    int64_t join_us;
    bool revoked;                    /* it heard that its partitions are taken, not what it gets */
};

/* ------------------------------------------------------------------ store */

struct sim_object {
    char name[STORE_NAME_BYTES_MAX];
    struct bytes content;
    bool torn;
};

struct sim_manifest {
    uint64_t sequence;
    struct bytes content;
};

struct sim_store {
    struct sim_object objects[SIM_OBJECTS_MAX];
    uint32_t object_count;
    struct sim_manifest manifests[SIM_MANIFESTS_MAX];   /* newest first */
    uint32_t manifest_count;
    int64_t away_until_us;
    uint32_t tear_next;              /* so many of the next objects are damaged */
};

enum sim_job_kind { SIM_JOB_PUT, SIM_JOB_POINT, SIM_JOB_DROP };
struct sim_job {
    enum sim_job_kind kind;
    char name[STORE_NAME_BYTES_MAX];
    uint64_t sequence;
    struct bytes content;
    int64_t at_us;
};

struct sim_lane {
    struct sim_job jobs[SIM_QUEUE_MAX];
    uint32_t job_count;
    uint32_t group_count;            /* objects put for the snapshot on its way */
    bool group_broken;
    uint64_t pointed;
    uint64_t failures;
    int64_t look_us;
};

/* ------------------------------------------------------------------ a process */

enum sim_phase { SIM_DOWN, SIM_RESTORING, SIM_ASKING, SIM_REPLAYING, SIM_LIVE, SIM_STOPPING };

struct sim_process {
    struct sim *sim;
    uint32_t slot;
    uint32_t incarnation;
    enum sim_phase phase;
    int64_t next_us;                 /* its next turn */
    int64_t paused_until_us;
    int64_t cut_off_until_us;        /* it does not reach the broker */
    int64_t skew_ms;
    int64_t phase_us;                /* when the phase began */
    jmp_buf crash;
    uint32_t crash_in;               /* calls of ports until it dies; 0: it lives */
    bool in_turn;

    struct arena world_arena;        /* regions kept from run to run */
    struct arena flow_arena;

    /* the real thing */
    struct world *world;
    struct rejects *rejects;
    struct replica *replica;
    struct writer *writer;
    struct publisher *publisher;
    struct snapshotter *snapshotter;
    struct marks *marks;
    struct stats stats;
    struct settings settings;
    char owner[32];
    struct journal_port journal;
    struct input_port inputs;
    struct sink_port sink;
    struct group_port group;
    struct clock_port clock;
    struct zone_port zones;
    struct store_port store;
    struct crew_port crew;
    struct snapshot_header restored;
    bool is_restored;

    /* ports */
    struct sim_reader journal_reader;
    uint64_t journal_errors;
    uint32_t journal_in_flight;
    int64_t journal_served_us;       /* when the broker looks at the end asked for */
    int64_t journal_answer_us;
    bool journal_fresh;
    struct log_extent extents[TOPIC_COUNT][SIM_PARTITIONS_MAX];
    int32_t counts[TOPIC_COUNT];
    int64_t watch_us;
    uint64_t watched;                /* how often it asked for all extents */
    struct sim_reader inputs_open[TOPIC_COUNT][SIM_PARTITIONS_MAX];
    struct sim_ack_ring {
        struct sink_ack acks[SIM_ACKS_MAX];
        uint32_t first;
        uint32_t last;
    } acks;
    uint32_t sink_in_flight;
    struct sim_reader own_reader;
    int64_t own_end;
    int64_t landed_us[TOPIC_COUNT][SIM_PARTITIONS_MAX];  /* its last to land there */
    struct sim_member member;
    struct sim_lane lane;

    /* cuts */
    int64_t hash_bucket;
    int64_t store_us;
    uint64_t store_sequence;
    uint64_t hash_sequence;
    uint64_t hash;
    bool was_writer;
};

/* ------------------------------------------------------------------ upstream */

struct sim_script {
    int64_t at_us;
    enum topic topic;
    uint64_t key_hash;
    int64_t timestamp_ms;            /* -1: none; else absolute */
    struct bytes key;
    struct bytes value;
    const struct record_header *headers;
    uint32_t header_count;
};

/* An independent sum: units that must be on hand of a SKU that is only received and adjusted. */
enum { SIM_PLAIN_ITEMS = 2, SIM_LOCATIONS = 3 };

struct sim_shop {
    struct sim_random random;
    struct sim_script *script;       /* by at_us */
    uint32_t count;
    uint32_t capacity;
    uint32_t next;
    uint32_t serial;                 /* no two events have the same id unless they are the same */
    int64_t plain[SIM_PLAIN_ITEMS][SIM_LOCATIONS];
    uint64_t placed_hash[SIM_KEYS_MAX];   /* keys stay in the partition where they began */
    int32_t placed_partition[SIM_KEYS_MAX];
    uint32_t placed_count;
};

/* ------------------------------------------------------------------ the run */

struct sim_seen {
    struct hash128 id;
    uint64_t digest;
    uint64_t state_hash;
    bool known;
    bool hashed;
};

struct sim_action {
    int64_t at_us;
    int32_t process;                 /* -1: none */
    char text[100];
};

struct sim {
    struct sim_config config;
    struct sim_outcome *outcome;
    jmp_buf failed;
    struct sim_random random;        /* of the scheduler and all delays */
    int64_t now_us;
    int64_t start_ms;                /* wall clock when the run begins */
    int64_t broker_skew_ms;
    uint32_t process_count;
    int32_t output_count;
    uint32_t incarnations;
    bool faults_on;
    int64_t stalled_until_us;
    int64_t journal_trouble_until_us;
    int64_t sink_trouble_until_us;
    uint32_t sink_room;              /* records in flight of a process */
    size_t reject_bytes_max;         /* rejects.v1 takes no more */
    int64_t appended_us;             /* the last record that is not a watermark */
    int64_t heartbeat_us;
    int64_t snapshot_us;
    struct settings settings;
    enum encoding encoding;

    struct arena bytes;              /* of all records of the run */
    struct sim_log logs[TOPIC_COUNT][SIM_PARTITIONS_MAX];
    int32_t partition_counts[TOPIC_COUNT];
    struct sim_flight *flights;
    uint32_t flight_count;
    uint32_t flight_capacity;
    struct sim_due *due;             /* a heap by at_us, flight */
    uint32_t due_count;
    uint32_t due_capacity;
    struct sim_group group;
    struct sim_store store;
    struct sim_shop shop;
    struct sim_process processes[SIM_PROCESSES_MAX];
    struct sim_seen *seen;           /* by sequence */
    uint64_t seen_count;
    uint64_t seen_capacity;
    struct arena judge_arena;
    struct sim_action actions[SIM_ACTIONS_KEPT];
    uint64_t action_count;
};

/* sim.c */
_Noreturn void sim_fail(struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_tell(struct sim *sim, int32_t process, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool sim_may(const struct sim *sim, enum sim_fault fault);   /* faults are on, and this one, too */
void *sim_grow(void *array, uint64_t *capacity, uint64_t need, size_t bytes);
struct bytes sim_copy(struct sim *sim, struct bytes bytes);
int64_t sim_wall_ms(const struct sim *sim);                  /* of a clock that is right */

/* sim_log.c */
void sim_logs_reset(struct sim *sim);
struct sim_record sim_record_copy(struct sim *sim, struct bytes key, struct bytes value,
                                  const struct record_header *headers, uint32_t header_count);
int64_t sim_append(struct sim *sim, struct sim_log *log, struct sim_record record);
int64_t sim_end(const struct sim_log *log, int64_t at_us);
/* Sends a record of this process on its way; `fate` chosen by chance. */
void sim_send(struct sim_process *process, struct sim_log *log, struct sim_record record,
              uint64_t token);
int64_t sim_network_next(const struct sim *sim);             /* INT64_MAX: nothing is on its way */
void sim_network_step(struct sim *sim);
/* Of what it has on its way, only what left it until then lands. */
void sim_network_dies(struct sim_process *process, int64_t until_us);
void sim_network_sleeps(struct sim_process *process, int64_t from_us, int64_t by_us);
void sim_compact(struct sim *sim);

/* sim_ports.c */
void sim_ports_open(struct sim_process *process);
void sim_ports_poll(struct sim_process *process);
void sim_port_called(struct sim_process *process);
int64_t sim_reachable_us(const struct sim_process *process);  /* when it reaches the broker */
void sim_reported(struct sim_process *process, const struct sim_flight *flight);

/* sim_group.c */
void sim_group_reset(struct sim *sim);
void sim_group_step(struct sim *sim);
void sim_group_shuffle(struct sim *sim);
void sim_group_poll(struct sim_process *process);
void sim_group_open(struct sim_process *process);

/* sim_store.c */
void sim_store_reset(struct sim *sim);
void sim_store_open(struct sim_process *process);
void sim_store_poll(struct sim_process *process);
void sim_store_fault(struct sim *sim);

/* sim_process.c */
void sim_process_memory(struct sim_process *process);        /* once, for all runs */
void sim_process_start(struct sim_process *process);
void sim_process_turn(struct sim_process *process);
/* What it has still to do before all is at rest, or NULL. */
const char *sim_process_unsettled(const struct sim_process *process);
uint64_t sim_digest(struct world *world);

/* sim_shop.c */
void sim_shop_open(struct sim *sim, uint32_t events, int64_t from_us, int64_t until_us);
void sim_shop_step(struct sim *sim);
int64_t sim_shop_next(const struct sim *sim);
void sim_zone_tzif(uint32_t slot, struct bytes *out_tzif);
const char *sim_plain_item(uint32_t item);
const char *sim_location(uint32_t location);

/* sim_judge.c */
void sim_judge_memory(struct sim *sim);
void sim_judge(struct sim *sim);
void sim_saw_state(struct sim_process *process, const struct journal_entry *entry);
void sim_saw_hash(struct sim_process *process, uint64_t sequence, uint64_t hash);

#endif
