/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     sim_test [--seed S] [--seeds N] [--events N] [--without FAULT]... [--only FAULT] [--verbose]
 *              [--all]
 *
 * Runs the seeds S, S+1, ... A seed that fails is printed with what happened last, then made
 * smaller: fewer events, and without every kind of fault that it does not need. With --all the
 * failures of all seeds are listed, a line each.
 */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    uint64_t seed;
    uint64_t seeds;
    bool all;
    struct sim_config config;
};

struct totals {
    uint64_t entries;
    uint64_t void_entries;
    uint64_t published;
    uint64_t incarnations;
    uint64_t restored;
    uint64_t reviews;
    uint64_t repairs;
    uint64_t tombstones;
    uint64_t rejects;
    uint64_t strangers;
    uint64_t generations;
    uint64_t events;
    double simulated_s;
};

/* In the same way as before. */
static bool fails(const struct sim_config *config, const char *kind)
{
    struct sim_outcome outcome;
    sim_run(config, &outcome);
    return outcome.failed && strcmp(outcome.kind, kind) == 0;
}

/* Without faults it does not need, then with half the events as long as it fails. */
static struct sim_config shrink(struct sim_config config, const struct sim_outcome *outcome)
{
    config.events = outcome->events;
    config.verbose = false;
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        struct sim_config less = config;
        less.faults &= ~(UINT32_C(1) << fault);
        if (less.faults != config.faults && fails(&less, outcome->kind)) {
            config = less;
        }
    }
    while (config.events > 1) {
        struct sim_config less = config;
        less.events = config.events / 2;
        if (!fails(&less, outcome->kind)) {
            break;
        }
        config = less;
    }
    return config;
}

static void print_config(const struct sim_config *config)
{
    (void)printf("--seed %llu --events %u", (unsigned long long)config->seed, config->events);
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        if (!(config->faults >> fault & 1)) {
            (void)printf(" --without %s", FAULT_NAMES[fault]);
        }
    }
    (void)printf("\n");
}

static void explain(const struct sim_config *config, const struct sim_outcome *outcome)
{
    (void)printf("seed %llu fails: %s\n", (unsigned long long)config->seed, outcome->text);
    sim_print_actions();
    const struct sim_config least = shrink(*config, outcome);
    struct sim_outcome again;
    sim_run(&least, &again);
    (void)printf("the least that still fails: ");
    print_config(&least);
    (void)printf("%s\n", again.text);
    sim_print_actions();
}

static int fault_of(const char *name)
{
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        if (strcmp(name, FAULT_NAMES[fault]) == 0) {
            return fault;
        }
    }
    return -1;
}

static bool take_fault(struct sim_config *config, const char *option, const char *name)
{
    const int fault = fault_of(name);
    if (fault < 0) {
        return false;
    }
    if (strcmp(option, "--without") == 0) {
        config->faults &= ~(UINT32_C(1) << fault);
    } else {
        config->faults = UINT32_C(1) << fault;
    }
    return true;
}

static bool take_option(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--without") == 0 || strcmp(name, "--only") == 0) {
        return take_fault(&options->config, name, value);
    }
    const unsigned long long number = strtoull(value, NULL, 10);
    if (strcmp(name, "--seed") == 0) {
        options->seed = number;
    } else if (strcmp(name, "--seeds") == 0) {
        options->seeds = number;
    } else if (strcmp(name, "--events") == 0) {
        options->config.events = (uint32_t)number;
    } else {
        return false;
    }
    return true;
}

static bool take_options(struct options *options, int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--verbose") == 0) {
            options->config.verbose = true;
        } else if (strcmp(arguments[i], "--all") == 0) {
            options->all = true;
        } else if (i + 1 == count || !take_option(options, arguments[i], arguments[i + 1])) {
            return false;
        } else {
            i++;
        }
    }
    return true;
}

static void add(struct totals *totals, const struct sim_outcome *outcome)
{
    totals->entries += outcome->entries;
    totals->void_entries += outcome->void_entries;
    totals->published += outcome->published;
    totals->incarnations += outcome->incarnations;
    totals->restored += outcome->restored;
    totals->reviews += outcome->reviews;
    totals->repairs += outcome->repairs;
    totals->tombstones += outcome->tombstones;
    totals->rejects += outcome->rejects;
    totals->strangers += outcome->strangers;
    totals->generations += outcome->generations;
    totals->events += outcome->events;
    totals->simulated_s += (double)outcome->simulated_us / 1e6;
}

static void print_total(const char *what, uint64_t count)
{
    (void)printf("%12llu  %s\n", (unsigned long long)count, what);
}

/* What the runs have met: numbers that are not 0 prove that it was tried. */
static void print_totals(const struct options *options, const struct totals *totals)
{
    print_total("seeds", options->seeds);
    print_total("events sent", totals->events);
    print_total("entries that count", totals->entries);
    print_total("void entries", totals->void_entries);
    print_total("documents published", totals->published);
    print_total("of them by former owners", totals->strangers);
    print_total("tombstones", totals->tombstones);
    print_total("reviews", totals->reviews);
    print_total("repairs", totals->repairs);
    print_total("rejects", totals->rejects);
    print_total("generations of the group", totals->generations);
    print_total("processes started", totals->incarnations);
    print_total("of them from a snapshot", totals->restored);
    print_total("seconds simulated", (uint64_t)totals->simulated_s);
}

int main(int count, char **arguments)
{
    struct options options = { .seed = 1, .seeds = 1, .config = { .faults = FAULTS_ALL } };
    struct totals totals = { 0 };
    uint64_t failed = 0;
    if (!take_options(&options, count, arguments)) {
        (void)fprintf(stderr, "usage: sim_test [--seed S] [--seeds N] [--events N] "
                              "[--without FAULT]... [--only FAULT] [--verbose] "
                              "[--all]\n");
        return 64;
    }
    for (uint64_t i = 0; i < options.seeds; i++) {
        struct sim_outcome outcome;
        options.config.seed = options.seed + i;
        sim_run(&options.config, &outcome);
        if (outcome.failed && !options.all) {
            explain(&options.config, &outcome);
            return 1;
        }
        if (outcome.failed) {
            (void)printf("seed %llu fails: %s\n", (unsigned long long)options.config.seed,
                         outcome.text);
            failed++;
        }
        add(&totals, &outcome);
    }
    print_totals(&options, &totals);
    return failed ? 1 : 0;
}
