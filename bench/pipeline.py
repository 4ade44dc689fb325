#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""promised from Kafka to Kafka beside raw librdkafka, in one run on one broker, taken in turns.

    pipeline.py [throughput] [latency] [--events N] [--pairs N] [--rate N] [--seconds N]

throughput: a backlog of stock events is read by promised until all is shown, and by raw_pass, which reads the same
    records and writes one record for each of them, and again as many as promised wrote documents.
latency: an open-loop generator, its event's document at a reader; beside it raw_echo, the same three topics long.

One JSON line for each on stdout, progress on stderr. Figures are medians; ratios are medians of the ratios of neighbours,
so that what else the machine does cancels out. Trust ratios, not rates: broker, clients and readers share the machine.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "live"))

import kafka  # noqa: E402
from kafka import until  # noqa: E402

PROMISED = Path(os.environ.get("PROMISED", kafka.BUILD / "release" / "promised"))
PROGRAMS = Path(os.environ.get("PROMISED_BENCH", kafka.BUILD / "release" / "bench"))
STOCK, JOURNAL, LOCATIONS = "stock.movements.v1", "promised.journal.v1", "availability.locations.v1"
NO_DOCUMENTS = ("watermarks.v1", "rejects.v1")
PUBLISHED = re.compile(r'promised_documents_published_total\{topic="([^"]+)"\} ([0-9]+)')
LINGER_MS = 5
LOOK_SECONDS = 0.2                              # each look costs it some of the CPU that is measured
TICKS = os.sysconf("SC_CLK_TCK")

CONFIG = """\
kafka: {{brokers: "{brokers}", topic_prefix: "{prefix}", group: "{prefix}promised"}}
snapshots: {{url: "{redis}", interval: {snapshots}}}
workers: {workers}
publish: {{linger: {linger}ms}}
http: {{listen: "127.0.0.1:{port}"}}
"""


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def cpu_seconds(pid):
    """User and system time of all threads of a process up to now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def program(name, *words):
    """The JSON line of one of the programs beside this file."""
    done = subprocess.run([PROGRAMS / name, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=600, preexec_fn=kafka.with_parent)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr.strip()}")
    return json.loads(done.stdout or "{}")


class Promised:
    """One process of a group of its own, on topics of its own."""

    def __init__(self, bench, prefix, partitions):
        self.bench, self.prefix, self.partitions = bench, prefix, partitions
        self.port, = kafka.free_ports(1)
        self.config = bench.folder / f"{prefix}yaml"
        self.config.write_text(CONFIG.format(brokers=bench.broker.brokers, prefix=prefix, redis=bench.redis.url, port=self.port,
                                             snapshots=bench.args.snapshots, workers=bench.args.workers, linger=LINGER_MS))
        subprocess.run([PROMISED, "topics", "apply", "-c", self.config, "--partitions", str(partitions)], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        self.process = None

    def start(self):
        self.process = kafka.Process("promised", [PROMISED, "run", "-c", self.config], self.bench.folder / f"{self.prefix}log")

    def get(self, path):
        """None where it does not answer."""
        if not self.process.alive():
            raise SystemExit(f"promised ended:\n{self.process.said()[-2000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def status(self):
        return json.loads(self.get("/status") or "null")

    def await_writer(self):
        until("promised writes", 60, lambda: (self.status() or {}).get("writer"), 0.01)

    def shown(self, events):
        """Whether so many stock events are in the journal, and every document they touched is acknowledged."""
        told = self.status()
        stock = self.prefix + STOCK
        return (told and told["due_keys"] == 0 and told["replica_lag_entries"] == 0
                and sum(one["position"] for one in told["inputs"] if one["topic"] == stock) >= events)

    def published(self):
        """Topic -> records acknowledged."""
        return {topic: int(count) for topic, count in PUBLISHED.findall(self.get("/metrics") or "")}

    def documents(self):
        return sum(count for topic, count in self.published().items() if not topic.endswith(NO_DOCUMENTS))

    def close(self):
        told = self.status()
        topics = {one["topic"] for one in told["inputs"]} | set(self.published()) | {self.prefix + JOURNAL}
        self.process.stop()
        self.bench.broker.delete(*topics)


class Bench:
    def __init__(self, folder, args):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder, self.args = folder, args
        self.broker = kafka.Kafka(folder / "kafka").start()
        self.redis = kafka.Redis(folder / "redis").start()

    def close(self):
        self.redis.stop()
        self.broker.stop()
        shutil.rmtree(self.folder / "kafka" / "data", ignore_errors=True)


def with_broker(bench, work):
    """What work() tells, and the broker's CPU meanwhile."""
    before = cpu_seconds(bench.broker.process.pid)
    told = work()
    return told | {"broker_cpu_seconds": cpu_seconds(bench.broker.process.pid) - before}


def middle(values, digits=3):
    return round(statistics.median(values), digits)


# -------------------------------------------------------------------------------------------------------------- throughput

def raw_pass(bench, name, stock, count):
    """The records of a topic in, so many out."""
    to = f"raw-{name}"
    bench.broker.create({to: bench.args.partitions}, cleanup_policy="delete")
    told = with_broker(bench, lambda: program("raw_pass", "--brokers", bench.broker.brokers, "--from", stock, "--to", to,
                                              "--produce", count))
    bench.broker.delete(to)
    return told


def promised_pass(bench, promised):
    """The records of its stock topic in, and what they make out; the process's whole CPU, wall from when it writes."""
    def run():
        promised.start()
        promised.await_writer()
        start = time.monotonic()
        until("all is shown", 300, lambda: promised.shown(bench.args.events), LOOK_SECONDS)
        wall = time.monotonic() - start
        return {"wall_seconds": wall, "cpu_seconds": cpu_seconds(promised.process.pid)}
    told = with_broker(bench, run)
    return told | {"written": promised.documents()}


def one_pair(bench, number, raw_first):
    args = bench.args
    promised = Promised(bench, f"t{number}.", args.partitions)
    program("stock_load", "--brokers", bench.broker.brokers, "--topic", promised.prefix + STOCK, "--events", args.events,
            "--skus", args.skus)
    stock, one_each = promised.prefix + STOCK, None
    if raw_first:
        one_each = raw_pass(bench, f"{number}-each", stock, args.events)
    ours = promised_pass(bench, promised)
    as_many = raw_pass(bench, f"{number}-many", stock, ours["written"])
    one_each = one_each or raw_pass(bench, f"{number}-each", stock, args.events)
    promised.close()
    say(f"throughput {number}: CPU-seconds {ours['cpu_seconds']:.2f} promised, {one_each['cpu_seconds']:.2f} raw, "
        f"{as_many['cpu_seconds']:.2f} raw with as many out; wall {ours['wall_seconds']:.2f}, {one_each['wall_seconds']:.2f}, "
        f"{as_many['wall_seconds']:.2f}; {ours['written']} documents")
    return {"promised": ours, "raw": one_each, "raw_as_many_out": as_many}


def throughput(bench):
    args, events = bench.args, bench.args.events
    one_pair(bench, 0, True)                    # warms the broker; not counted
    pairs = [one_pair(bench, number, number % 2 == 1) for number in range(1, args.pairs + 1)]

    def ratio(figure, raw):
        return middle([pair[raw][figure] / pair["promised"][figure] for pair in pairs])

    line = {"bench": "throughput", "events": events, "skus": args.skus, "locations": 10, "partitions": args.partitions,
            "workers": args.workers, "pairs": len(pairs),
            "documents_per_event": middle([pair["promised"]["written"] / events for pair in pairs])}
    for side in ("promised", "raw", "raw_as_many_out"):
        line[side] = {
            "events_per_cpu_second": round(events / statistics.median(pair[side]["cpu_seconds"] for pair in pairs)),
            "events_per_second": round(events / statistics.median(pair[side]["wall_seconds"] for pair in pairs)),
            "broker_cpu_us_per_event": middle([pair[side]["broker_cpu_seconds"] * 1e6 / events for pair in pairs])}
    line["ratio_cpu"], line["ratio_wall"] = ratio("cpu_seconds", "raw"), ratio("wall_seconds", "raw")
    line["ratio_cpu_as_many_out"] = ratio("cpu_seconds", "raw_as_many_out")
    line["ratio_wall_as_many_out"] = ratio("wall_seconds", "raw_as_many_out")
    line["samples"] = [{side: {name: round(value, 3) for name, value in told.items()} for side, told in pair.items()}
                       for pair in pairs]
    return line


# ----------------------------------------------------------------------------------------------------------------- latency

def measured(bench, to, back, field):
    return program("latency", "--brokers", bench.broker.brokers, "--to", to, "--from", back, "--field", field, "--rate",
                   bench.args.rate, "--seconds", bench.args.seconds)


def raw_latency(bench, name, partitions):
    there, journal, back = (f"raw-{name}-{end}" for end in ("in", "journal", "out"))
    bench.broker.create({there: partitions, journal: 1, back: partitions}, cleanup_policy="delete")
    echo = kafka.Process("raw_echo", [PROGRAMS / "raw_echo", "--brokers", bench.broker.brokers, "--from", there, "--journal",
                                      journal, "--to", back], bench.folder / "raw_echo.log")
    told = with_broker(bench, lambda: measured(bench, there, back, "quantity"))
    echo.kill()
    bench.broker.delete(there, journal, back)
    return told


def promised_latency(bench, name, partitions):
    promised = Promised(bench, f"l{name}.", partitions)
    promised.start()
    promised.await_writer()
    told = with_broker(bench, lambda: measured(bench, promised.prefix + STOCK, promised.prefix + LOCATIONS, "on_hand"))
    promised.close()
    return told


def latency(bench, partitions):
    args, sides = bench.args, {"promised": promised_latency, "raw": raw_latency}
    pairs = []
    for number in range(args.latency_pairs):
        order = list(sides) if number % 2 else list(reversed(sides))
        pair = {side: sides[side](bench, f"{partitions}-{number}", partitions) for side in order}
        pairs.append(pair)
        say(f"latency, {partitions} partitions, {number + 1}: " + ", ".join(
            f"{side} p50 {pair[side]['p50_ms']} p99 {pair[side]['p99_ms']} ms" for side in sides))
    line = {"bench": "latency", "rate": args.rate, "seconds": args.seconds, "partitions": partitions, "linger_ms": LINGER_MS,
            "pairs": len(pairs)}
    for side in sides:
        line[side] = {name: middle([pair[side][name] for pair in pairs], 2)
                      for name in ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms", "missing")}
    for name in ("p50", "p99"):
        line[f"ratio_{name}"] = middle([pair["promised"][f"{name}_ms"] / pair["raw"][f"{name}_ms"] for pair in pairs])
    line["samples"] = pairs
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="throughput|latency", help="both, where nothing is said")
    parser.add_argument("--events", type=int, default=1_000_000, help="of the backlog")
    parser.add_argument("--skus", type=int, default=100_000)
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--snapshots", default="5s", help="interval of promised's snapshots")
    parser.add_argument("--rate", type=int, default=5000, help="events a second of the latency run")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--latency-pairs", type=int, default=3)
    parser.add_argument("--latency-partitions", type=int, nargs="*", default=[8, 1])
    parser.add_argument("--folder", type=Path, default=kafka.BUILD / "bench")
    args = parser.parse_args()
    unknown = set(args.what) - {"throughput", "latency"}
    if unknown:
        parser.error(f"no bench {', '.join(sorted(unknown))}")
    bench = Bench(args.folder, args)
    try:
        if not args.what or "throughput" in args.what:
            print(json.dumps(throughput(bench)), flush=True)
        if not args.what or "latency" in args.what:
            for partitions in args.latency_partitions:
                print(json.dumps(latency(bench, partitions)), flush=True)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
