#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""promised as a whole, against a real Kafka and a real Redis, judged by recomputation.

    pipeline.py [--seed N] [NAME...]      all scenarios, or those whose name begins so

What fails keeps its configs, logs and records in build/live/NAME.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import traceback

import brunel
import judge
import kafka
import machines
import shop
from group import OUTPUTS, PROMISED, Group, Member, command
from kafka import until
from reading import ORDERS, SHIPMENTS, STOCK

TOOLS = kafka.ROOT.parent / "shared" / "tools"
PYTHON = sys.executable
PACE = 1500                                    # records a second, where something happens on the way
GROWN = 1500                                   # lines of the shop's log that a group takes before it is stopped
ORDERS_SHOWN, SITES_SHOWN = judge.documents.ORDERS, judge.documents.SITES


class World:
    """One broker and one Redis for all scenarios; each has topics of its own."""

    def __init__(self, folder, seed):
        self.folder, self.seed = folder, seed
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.broker = kafka.Kafka(folder / "kafka").start()
        self.redis = kafka.Redis(folder / "redis").start()
        self.random = random.Random(seed)

    def close(self):
        self.broker.stop()
        self.redis.stop()


# --------------------------------------------------------------------------------------------------------------- logs

class Log:
    """An event log and what is known of it."""

    def __init__(self, path, totals=None, expect=None):
        self.path, self.totals, self.expect = path, totals, expect
        with open(path, "rb") as lines:
            self.lines = sum(1 for _ in lines)


def made(folder, *words):
    """A log of the retail tools, made once."""
    if not (folder / "disorder.expect.json").exists():
        subprocess.run([PYTHON, TOOLS / "retail_events.py", "--out", folder, *words], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([PYTHON, TOOLS / "disorder.py", "--in", folder / "all.jsonl"], check=True, stdout=subprocess.DEVNULL)
    return (Log(folder / "all.jsonl", folder / "totals.json"),
            Log(folder / "disorder.jsonl", folder / "totals.json", folder / "disorder.expect.json"))


class Logs:
    """Real retail data where its tools are at hand; else the made-up shop does for all."""

    def __init__(self, world):
        path = world.folder / "shop.jsonl"
        shop.write_log(path, world.seed, 400)
        self.shop = Log(path)
        self.retail = TOOLS.is_dir()
        self.plain = self.disorder = self.shop
        if self.retail:
            self.plain, self.disorder = made(kafka.BUILD / "retail-small", "--limit-lines", "3000")

    def whole(self):
        return made(kafka.BUILD / "retail")[1]


# ---------------------------------------------------------------------------------------------------------- scenarios

SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


def backlog(world, name, log, processes, workers, publish="json", **how):
    """All records are there before the first process starts."""
    group = Group(world, name, processes, workers, publish)
    group.load(log.path, **how).wait()
    group.start()
    group.await_ready()
    return group.finish(rising=processes == 1, totals=log.totals, expect=log.expect)


@scenario
def one_process_one_worker(world, logs):
    return backlog(world, "w1p1", logs.plain, 1, 1)


@scenario
def one_process_three_workers(world, logs):
    return backlog(world, "w3p1", logs.disorder, 1, 3, "msgpack", partitioner="fnv", encoding="msgpack")


@scenario
def two_processes_one_worker(world, logs):
    return backlog(world, "w1p2", logs.disorder, 2, 1, partitioner="crc32", encoding="mixed", envelope="mixed")


@scenario
def two_processes_three_workers(world, logs):
    return backlog(world, "w3p2", logs.plain, 2, 3, "msgpack", partitioner="random", envelope="binary")


@scenario
def made_up_shop(world, logs):
    """Every event type, all that is refused, changing reference data; live, not from a backlog."""
    group = Group(world, "shop", 2, 2).start()
    group.await_ready()
    group.load(logs.shop.path, PACE, partitioner="random", encoding="mixed", envelope="mixed").wait()
    return group.finish()


@scenario
def by_the_wall_clock(world, logs):
    path = world.folder / "wall.jsonl"
    shop.write_log(path, world.seed + 1, 200, int(time.time() * 1000) - 9 * shop.DAY, 8 * shop.DAY)
    group = Group(world, "wall", 1, 2, clock="wall").start()
    group.await_ready()
    group.load(path, PACE, partitioner="murmur2", envelope="structured").wait()
    return group.finish(rising=True)


@scenario
def foreign_client_reads_documents(world, logs):
    """python3-kafka, which is not built on librdkafka, reads what a storefront would."""
    group = Group(world, "foreign", 1, 1).start()
    group.await_ready()
    group.load(logs.shop.path, part=(0, 600)).wait()
    group.await_shown()
    told = subprocess.run([PYTHON, "-P", kafka.HERE / "foreign.py", world.broker.brokers,
                           group.prefix + judge.documents.LOCATIONS], capture_output=True, text=True, timeout=120)
    dump = judge.read_dump(world.broker.dump(group.folder / "seen", group.prefix + judge.documents.LOCATIONS), group.prefix)
    newest = {}
    for record in dump[judge.documents.LOCATIONS]:
        newest[record[5].decode()] = judge.Shown(record).version
    assert told.returncode == 0, told.stderr
    theirs = {key: int(version) for key, version in (row.rsplit(" ", 1) for row in told.stdout.splitlines())}
    assert theirs == newest and theirs, f"{len(theirs)} keys read, {len(newest)} are there"
    return f"{len(theirs)} keys read; {group.finish()}"


# ----------------------------------------------------------------------------------------------------------- promises

@scenario
def brunel_day(world, logs):
    """9,215 real orders on 19 warehouses: ship days push out day by day, first come first served (R9)."""
    archive = TOOLS.parent / "data" / "brunel_logistics.tar.xz"
    if not archive.exists():
        return "left out: the data is not at hand"
    path = world.folder / "brunel.jsonl"
    before = brunel.write_log(archive, path)
    group = Group(world, "brunel", 1, 2).start()
    group.await_ready()
    for part in (0, before), (before, None):
        group.load(path, part=part).wait()
        group.await_shown()
    records = group.records(judge.JOURNAL, ORDERS_SHOWN, SITES_SHOWN)
    entries = judge.entries_of(records[judge.JOURNAL], judge.Differences())
    order_ids = [json.loads(record[6])["order_id"] for entry in entries for record in entry["records"] if record[0] == ORDERS]
    shown = {topic: {record[5].decode(): judge.content_of(record) for record in records[topic]}
             for topic in (ORDERS_SHOWN, SITES_SHOWN)}
    return f"{brunel.check(archive, order_ids, shown[ORDERS_SHOWN], shown[SITES_SHOWN])}; {group.finish(rising=True)}"


@scenario
def time_zones_and_locales(world, logs):
    """The same journal on machines elsewhere: the same bytes (R14)."""
    first = grown(world, "here", logs.shop)
    journal = first.records(judge.JOURNAL)[judge.JOURNAL]
    seen, where = {}, machines.environments(world.folder / "locales")
    for number, env in enumerate(where):
        group = Group(world, f"there-{number}", env=env)
        group.load(logs.shop.path, part=(0, GROWN)).wait()
        group.copy(journal)
        group.start().await_ready()
        group.await_shown()
        seen[str(env)] = machines.shown(group.records(*judge.DOCUMENTS))
        line = group.finish()
    (told, bytes_of), *others = seen.items()
    for other, theirs in others:
        wrong = [key for key in bytes_of.keys() | theirs.keys() if bytes_of.get(key) != theirs.get(key)]
        assert not wrong, f"{len(wrong)} documents differ under {other} and {told}, {wrong[0]}: " \
            f"{theirs.get(wrong[0])} and {bytes_of.get(wrong[0])}"
    return f"{len(where)} machines, {len(bytes_of)} documents each; {line}"


# ------------------------------------------------------------------------------------------------- things that go wrong

def half_way(world, name, log, processes, happen, workers=2):
    """Starts, and while the log comes in, `happen(group, loading)` does its worst."""
    group = Group(world, name, processes, workers).start()
    group.await_ready()
    loading = group.load(log.path, PACE, partitioner="random", encoding="mixed")
    taken_of(group, log.lines // 4)
    happen(group, loading)
    loading.wait()
    return group.finish()


def taken_of(group, records):
    """Until so many input records are in the state of some process."""
    def look():
        told = next(filter(None, (member.status() for member in group.alive())), None)
        return told and sum(max(0, one["position"]) for one in told["inputs"]) >= records
    until(f"{group.prefix} {records} records taken", 120, look)


@scenario
def stopped_half_way_and_started_again(world, logs):
    def happen(group, loading):
        for member in group.members:
            member.stop()
        group.start()
        group.await_ready()
    return half_way(world, "term", logs.plain, 1, happen)


@scenario
def both_stopped_half_way_and_started_again(world, logs):
    def happen(group, loading):
        group.members[0].stop()
        group.members[0].start()
        group.members[1].stop()
        group.members[1].start()
        group.await_ready()
    return half_way(world, "term2", logs.disorder, 2, happen)


def killing(world, log, victims, times):
    """kill -9 at moments by seed, while records come; also while a process that was killed starts."""
    def happen(group, loading):
        moments = sorted(world.random.uniform(0.25, 0.9) for _ in range(times))
        for moment in moments:
            taken_of(group, int(log.lines * moment))
            chosen = world.random.sample(group.members, victims)
            for member in chosen:
                member.process.kill()
            for member in chosen:
                member.start()
    return happen


@scenario
def one_of_one_killed(world, logs):
    return half_way(world, "kill1", logs.plain, 1, killing(world, logs.plain, 1, 3))


@scenario
def one_of_two_killed(world, logs):
    return half_way(world, "kill12", logs.disorder, 2, killing(world, logs.disorder, 1, 3))


@scenario
def both_of_two_killed(world, logs):
    return half_way(world, "kill2", logs.shop, 2, killing(world, logs.shop, 2, 2))


@scenario
def broker_killed(world, logs):
    def happen(group, loading):
        world.broker.kill()
        world.broker.start()
    return half_way(world, "broker", logs.plain, 2, happen)


@scenario
def redis_killed(world, logs):
    """Redis comes back empty: processing goes on, and a later start reads the logs from their start."""
    def happen(group, loading):
        world.redis.kill()
        taken_of(group, logs.plain.lines // 2)
        world.redis.start()
        group.members[0].process.kill()
        group.members[0].start()
    return half_way(world, "redis", logs.plain, 1, happen)


@scenario
def writer_paused(world, logs):
    """A writer that sleeps for 3 s and wakes up: what it still writes is void, and no document goes back."""
    def happen(group, loading):
        asleep = group.writer()
        asleep.process.signal(kafka.signal.SIGSTOP)
        awake = next(member for member in group.members if member is not asleep)
        until("another writer", 60, lambda: (awake.status() or {}).get("writer"))
        start = time.monotonic()
        until("3 s", 10, lambda: time.monotonic() - start >= 3)
        asleep.process.signal(kafka.signal.SIGCONT)
    return half_way(world, "pause", logs.disorder, 2, happen)


@scenario
def start_from_the_snapshot(world, logs):
    """A clean stop and start: ready again without reading the journal from its start."""
    group = grown(world, "snapshot", logs.shop)
    member = group.members[0]
    before = len(member.process.said())
    member.start()
    member.await_ready()
    assert "snapshot of sequence" in member.process.said()[before:], member.tail()
    return group.finish()


# ----------------------------------------------------------------------------------------------------------- refusals

def refused(member, code, *words, seconds=90):
    """The process ends by itself with this code and names these words."""
    member.start()
    got = member.process.wait(seconds)
    said = member.process.said()
    missing = [word for word in words if word not in said]
    assert got == code, f"exit {got}, must be {code}: {member.tail()}"
    assert not missing, f"does not name {missing}: {member.tail()}"


@scenario
def bad_command_line_and_config(world, logs):
    group = Group(world, "config", create=False)
    code, _, said = command("no-such-command")
    assert code == 64, f"exit {code}: {said}"
    config = group.members[0].config
    config.write_text(config.read_text() + "workerz: 3\n")
    line = config.read_text().count("\n")
    refused(group.members[0], 78, f"{config.name}:{line}:1", "workerz")
    code, _, said = command("check", "-c", config)
    assert code == 78 and "workerz" in said, f"check: exit {code}: {said}"


@scenario
def missing_topic(world, logs):
    group = Group(world, "missing")
    world.broker.delete(group.prefix + SHIPMENTS)
    refused(group.members[0], 78, group.prefix + SHIPMENTS, "topics apply")


@scenario
def journal_of_two_partitions(world, logs):
    group, journal = Group(world, "wide"), f"wide.{judge.JOURNAL}"
    world.broker.delete(journal)
    world.broker.create({journal: 2}, cleanup_policy="delete", message_timestamp_type="LogAppendTime")
    refused(group.members[0], 78, journal)


@scenario
def wrong_cleanup_policy(world, logs):
    group, topic = Group(world, "policy"), f"policy.{judge.documents.ITEMS}"
    world.broker.delete(topic)
    world.broker.create({topic: OUTPUTS}, cleanup_policy="delete")
    refused(group.members[0], 78, topic, "compact")


@scenario
def document_topics_of_different_counts(world, logs):
    group, topic = Group(world, "counts"), f"counts.{judge.documents.ORDERS}"
    world.broker.delete(topic)
    world.broker.create({topic: OUTPUTS + 1}, cleanup_policy="compact")
    refused(group.members[0], 78, topic)


def grown(world, name, log):
    """A group that took the log's first lines and was stopped."""
    group = Group(world, name).start()
    group.await_ready()
    group.load(log.path, part=(0, GROWN)).wait()
    group.await_shown()
    group.stop()
    return group


def somewhere(group, topic):
    """A partition of the topic with records, and its end."""
    ends = group.broker.ends(group.prefix + topic)
    return max(((partition, end) for (_, partition), (_, end) in ends.items()), key=lambda one: one[1])


@scenario
def input_cut_beyond_the_journal(world, logs):
    group = grown(world, "cut", logs.shop)
    group.load(logs.shop.path, part=(GROWN, None)).wait()
    partition, end = somewhere(group, STOCK)
    world.broker.cut(group.prefix + STOCK, partition, end)
    refused(group.members[0], 70, group.prefix + STOCK, str(partition), str(end))


@scenario
def input_recreated(world, logs):
    """The topic is there again, shorter than what was read of it."""
    group = grown(world, "again", logs.shop)
    partition, end = somewhere(group, ORDERS)
    world.broker.delete(group.prefix + ORDERS)
    world.broker.create({group.prefix + ORDERS: group.partitions[ORDERS]}, cleanup_policy="delete", retention_ms=-1)
    group.load(logs.shop.path, part=(GROWN, GROWN + 100)).wait()
    refused(group.members[0], 70, group.prefix + ORDERS, str(partition))


@scenario
def journal_lost(world, logs):
    """An empty journal beside watermarks that are not."""
    group, journal = grown(world, "lost", logs.shop), f"lost.{judge.JOURNAL}"
    world.broker.delete(journal)
    world.broker.create({journal: 1}, cleanup_policy="delete", message_timestamp_type="LogAppendTime")
    refused(group.members[0], 70, journal)


class Patient(threading.Thread):
    """Refusals that take a minute, beside all else."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.wrong = {}
        dead, = kafka.free_ports(1)
        no_broker = Group(world, "no-broker", create=False)
        no_broker.options["brokers"] = f"127.0.0.1:{dead}"
        no_redis = Group(world, "no-redis")
        no_redis.options["redis"] = f"redis://127.0.0.1:{dead}/0"
        self.cases = {"broker-unreachable": (no_broker, f"127.0.0.1:{dead}"), "redis-unreachable": (no_redis, "redis")}

    def run(self):
        members = {}
        for name, (group, _) in self.cases.items():
            members[name] = Member(group, 0).start()
        start = time.monotonic()
        for name, (group, word) in self.cases.items():
            try:
                member = members[name]
                code = member.process.wait(180 - (time.monotonic() - start))
                assert code == 69, f"exit {code}, must be 69: {member.tail()}"
                assert word in member.process.said(), f"does not name {word}: {member.tail()}"
            except (AssertionError, kafka.Timeout) as wrong:
                self.wrong[name] = wrong


# ------------------------------------------------------------------------------------------------------------ the big one

@scenario
def a_year_of_retail(world, logs):
    """All 300,000 records in disorder; two processes, one of them killed on the way."""
    if not logs.retail:
        return "left out: the retail log is not at hand"
    log = logs.whole()
    group = Group(world, "year", 2, 2, "msgpack", linger="500ms")
    group.load(log.path, partitioner="crc32").wait()
    group.start()
    taken_of(group, log.lines // 2)
    group.members[1].process.kill()
    group.members[1].start()
    group.await_ready(120)
    return group.finish(sample=50, totals=log.totals, expect=log.expect)


@scenario
def not_ready_before_its_backlog_is_read(world, logs):
    """Nor is a second process that comes while the first one reads; who is ready shows what was there at start."""
    group = Group(world, "ready", 2)
    group.load(logs.plain.path).wait()
    group.start()
    reasons = [ready_with(member, logs.plain.lines) for member in group.members]
    assert reasons[0], "never said that inputs are not read"
    return f"{reasons[0][0]}; {group.finish()}"


def ready_with(member, records):
    """Why it is not ready, until it is: then all these records are in its state."""
    said = []

    def look():
        code, body = member.get("/readyz?verbose")
        said.extend(line for line in body.splitlines() if line.startswith("[-]inputs failed"))
        if code != 200:
            return None
        return [one["position"] for one in member.status()["inputs"]]
    positions = until(f"promised {member.number} ready", 60, look, 0.02)
    taken = sum(max(0, position) for position in positions)
    assert taken == records, f"ready with {taken} of {records} records"
    return [line for line in said if " partitions " in line]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("PROMISED_SEED", "1")))
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    chosen = [name for name in SCENARIOS if not args.names or name.startswith(tuple(args.names))]
    if not PROMISED.exists():
        raise SystemExit(f"{PROMISED} is not there: ./run build")
    print(f"seed {args.seed}", flush=True)
    world = World(kafka.BUILD / "live" / "run", args.seed)
    logs = Logs(world)
    patient = None if args.names else Patient(world)
    if patient:
        patient.start()
    failed = [name for name in chosen if not tried(name, world, logs)]
    if patient:
        patient.join()
        for name in patient.cases:
            print(f"{'FAILED' if name in patient.wrong else 'ok'} {name} {patient.wrong.get(name, '')}", flush=True)
        failed += patient.wrong
        chosen += patient.cases
    world.close()
    print(f"{len(chosen) - len(failed)} passed, {len(failed)} failed", flush=True)
    raise SystemExit(1 if failed else 0)


def tried(name, world, logs):
    start = time.monotonic()
    try:
        line = SCENARIOS[name](world, logs) or ""
    except Exception as wrong:                 # whatever it is: the others are still to be run
        where = traceback.extract_tb(wrong.__traceback__)[-1]
        print(f"FAILED {name} ({time.monotonic() - start:.1f} s): {wrong} [{where.name}:{where.lineno}]", flush=True)
        repair(world)
        return False
    print(f"ok {name} ({time.monotonic() - start:.1f} s) {line}", flush=True)
    return True


def repair(world):
    """A scenario may have died with the broker or Redis down."""
    if not world.broker.process.alive():
        world.broker.start()
    if not world.redis.process.alive():
        world.redis.start()


if __name__ == "__main__":
    main()
