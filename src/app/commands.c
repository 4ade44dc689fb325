/* SPDX-License-Identifier: Apache-2.0 */
#include "app/commands.h"

const struct command COMMANDS[] = {
    { .name = "run",
      .summary = "Read, decide and publish until told to stop.",
      .examples = "  promised run -c /etc/promised.yaml\n"
                  "  promised run --kafka.brokers kafka:9092 --http.listen 0.0.0.0:8180\n"
                  "  PROMISED_KAFKA__BROKERS=kafka:9092 promised run\n",
      .run = command_run },
    { .name = "demo",
      .summary = "Show it all at work: a shop, a broker, Redis and the daemon, and check it.",
      .options = OPTION_DEMO,
      .examples = "  promised demo\n"
                  "  promised demo --seconds 300 --seed 7 --rate 5000\n"
                  "  promised demo --events DIR --http.listen 127.0.0.1:9000\n",
      .run = command_demo },
    { .name = "check",
      .summary = "Check configuration, brokers, topics and snapshot stores.",
      .options = OPTION_JSON,
      .examples = "  promised check -c /etc/promised.yaml\n"
                  "  promised check -c /etc/promised.yaml --json\n",
      .run = command_check },
    { .name = "topics",
      .summary = "Show, or make, what the topics lack.",
      .verbs = "plan apply",
      .options = OPTION_JSON | OPTION_PARTITIONS | OPTION_REPLICATION,
      .examples = "  promised topics plan -c /etc/promised.yaml\n"
                  "  promised topics apply --partitions 16 --replication 3\n",
      .run = command_topics },
    { .name = "tail",
      .summary = "Print records of a topic, one JSON line each.",
      .operand = "TOPIC",
      .options = OPTION_FROM_START | OPTION_COUNT,
      .examples = "  promised tail availability.items.v1 --from-start\n"
                  "  promised tail rejects.v1 --from-start --count 10\n"
                  "  promised tail watermarks.v1 | jq .value.lag_seconds\n",
      .run = command_tail },
    { .name = "get",
      .summary = "Ask a running daemon what it knows of a SKU.",
      .operand = "SKU",
      .options = OPTION_JSON | OPTION_HTTP,
      .examples = "  promised get 4006381333931\n"
                  "  promised get 4006381333931 --http promised-0:8180 --json | jq .items\n",
      .run = command_get },
    { .name = "explain",
      .summary = "Say why a SKU's promises are as they are, and why not sooner.",
      .operand = "SKU",
      .options = OPTION_JSON | OPTION_HTTP | OPTION_PROMISE,
      .examples = "  promised explain 4006381333931 --network web --zone DE-1 --quantity 3\n"
                  "  promised explain 4006381333931 --http promised-0:8180 --service express\n"
                  "  promised explain 4006381333931 --network web --json | jq .explanations\n",
      .run = command_explain },
    { .name = "top",
      .summary = "Watch a running daemon: flow, lag, freshness, capacity, days lost.",
      .options = OPTION_JSON | OPTION_HTTP | OPTION_ONCE,
      .examples = "  promised top\n"
                  "  promised top --http promised-0:8180\n"
                  "  promised top --once --json | jq .lag_seconds\n",
      .run = command_top },
    { .name = "snapshot",
      .summary = "List the snapshots of all stores, or verify them.",
      .verbs = "list verify",
      .options = OPTION_JSON,
      .examples = "  promised snapshot list -c /etc/promised.yaml\n"
                  "  promised snapshot verify --snapshots.url file:///var/lib/promised\n",
      .run = command_snapshot },
    { .name = "journal",
      .summary = "Print the entries of the journal, or verify that they continue each other.",
      .verbs = "tail verify",
      .options = OPTION_JSON | OPTION_FROM_START | OPTION_COUNT,
      .examples = "  promised journal tail --count 5\n"
                  "  promised journal tail --from-start --json | jq .records\n"
                  "  promised journal verify -c /etc/promised.yaml\n",
      .run = command_journal },
    { .name = "version",
      .summary = "Print the version.",
      .options = OPTION_JSON,
      .examples = "  promised version --json\n",
      .run = command_version },
    { .name = NULL },
};
