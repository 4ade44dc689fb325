/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The simulation: the real core, wire and flow, two or three processes, under simulated log, group,
 * store and clock. One seed decides everything that happens; the same configuration gives the same
 * run, so a failure is replayed by its seed, and made smaller by taking events and faults away.
 */

/* What may go wrong. Each is a bit of sim_config.faults. */
enum sim_fault {
    FAULT_CRASH,         /* a process dies between two calls of its ports */
    FAULT_RESTART,       /* a process is told to stop, and starts again */
    FAULT_PAUSE,         /* a process sleeps; what it had sent lands without it, or when it wakes */
    FAULT_REBALANCE,     /* partitions change hands, and not all know at once */
    FAULT_JOURNAL,       /* appends are lost, or written and reported as failed, or written twice */
    FAULT_SINK,          /* the same of documents; a queue that is full */
    FAULT_STALL,         /* the broker does not answer for a while, or not one of the processes */
    FAULT_STORE,         /* the store is away, loses or tears objects, goes back in time */
    FAULT_CLOCK,         /* a process's wall clock is off */
    FAULT_GROWTH,        /* an input gets more partitions */
    FAULT_COMPACT,       /* old records of reference topics are removed */
    FAULT_DUPLICATE,     /* upstream sends records twice */
    FAULT_DISORDER,      /* topics run apart: shipments before their orders */
    FAULT_MALFORMED,     /* records that must be refused */
    FAULT_COUNT,
};
extern const char *const FAULT_NAMES[FAULT_COUNT];
#define FAULTS_ALL ((UINT32_C(1) << FAULT_COUNT) - 1)

struct sim_config {
    uint64_t seed;
    uint32_t events;     /* 0: the seed says how many */
    uint32_t faults;     /* those that may happen */
    bool verbose;        /* tell what happens while it does */
};

struct sim_outcome {
    bool failed;
    char text[1024];
    char kind[64];           /* of the failure, without its numbers: shrinking keeps it */
    uint32_t events;
    uint64_t entries;
    uint64_t void_entries;
    uint64_t published;
    uint64_t incarnations;
    uint64_t restored;       /* of these, from a snapshot */
    uint64_t reviews;
    uint64_t repairs;
    uint64_t tombstones;
    uint64_t rejects;
    uint64_t strangers;      /* documents written by who did not own their partition any more */
    uint64_t generations;
    int64_t simulated_us;
};

/* Runs one configuration. What it did last is kept for sim_print_actions(). */
void sim_run(const struct sim_config *config, struct sim_outcome *out_outcome);
void sim_print_actions(void);

#endif
