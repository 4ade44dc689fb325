/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What promises cost, on one thread and without Kafka; one JSON line each on stdout:
 *
 *     promises   promises.items derived per CPU-second, with and without limited_by
 *     sweep      a location's cut-off passes: every SKU is looked at again, while events come
 *     site       a site in `units` fills through a day: documents written per unit sold
 *
 *     promise_bench [--only promises|sweep|site] [--repeats 7] [--items 2000] [--locations 10]
 *                   [--zones 50] [--sweep-skus 1000000] [--sweep-rate 2000] [--sweep-rounds 3]
 *                   [--site-skus 100000] [--site-units 20000] [--seed 1]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_world.h"

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], name) == 0) {
            return argv[i + 1];
        }
    }
    return NULL;
}

static uint64_t number(int argc, char **argv, const char *name, uint64_t otherwise)
{
    const char *given = option(argc, argv, name);
    return given ? strtoull(given, NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    const struct bench_options options = {
        .seed = number(argc, argv, "--seed", 1),
        .repeats = number(argc, argv, "--repeats", 7),
        .items = number(argc, argv, "--items", 2000),
        .locations = number(argc, argv, "--locations", 10),
        .zones = number(argc, argv, "--zones", 50),
        .sweep_skus = number(argc, argv, "--sweep-skus", 1000000),
        .sweep_rate = number(argc, argv, "--sweep-rate", 2000),
        .sweep_rounds = number(argc, argv, "--sweep-rounds", 3),
        .site_skus = number(argc, argv, "--site-skus", 100000),
        .site_units = number(argc, argv, "--site-units", 20000),
    };
    const char *only = option(argc, argv, "--only");
    if (!only || strcmp(only, "promises") == 0) {
        bench_promises(&options, options.zones);
        bench_promises(&options, options.zones < 4 ? options.zones : 4);
    }
    if (!only || strcmp(only, "sweep") == 0) {
        bench_sweep(&options);
    }
    if (!only || strcmp(only, "site") == 0) {
        bench_site(&options);
    }
    return 0;
}
