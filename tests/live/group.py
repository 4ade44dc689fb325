# SPDX-License-Identifier: Apache-2.0
"""A group of promised processes on the real broker, as an operator would run it; seen only from outside."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter

import msgpack

import kafka
import judge
import load
from kafka import until
from reading import EVENT_TOPICS, INPUTS, ORDERS, REFERENCE_TOPICS, SHIPMENTS, STOCK

PROMISED = kafka.Path(os.environ.get("PROMISED", kafka.BUILD / "release" / "promised"))
PARTITIONS = {STOCK: 8, ORDERS: 6, SHIPMENTS: 4} | {topic: 2 for topic in REFERENCE_TOPICS}
OUTPUTS = 4                                    # partitions of the document topics
DEAR = 4                                       # of the versions of offers one in so many is worked out again

CONFIG = """\
kafka: {{brokers: "{brokers}", topic_prefix: "{prefix}", group: "{prefix}promised"}}
snapshots: {{url: "{redis}", interval: 1s}}
workers: {workers}
publish: {{linger: {linger}, encoding: {encoding}, heartbeat: 200ms}}
http: {{listen: "127.0.0.1:{port}"}}
clock: {clock}
limits: {{closed_orders: 400d}}
"""


def asked(url, seconds=5):
    """-> (status, body); (0, reason) where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def command(*words, seconds=60):
    """A command of promised run to its end: (exit code, stdout, stderr)."""
    done = subprocess.run([PROMISED, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds)
    return done.returncode, done.stdout, done.stderr


class Member:
    """One process of a group; start() again after it ended runs it with the same config."""

    def __init__(self, group, number, **options):
        self.group, self.number = group, number
        self.port, = kafka.free_ports(1)
        self.config = group.folder / f"promised-{number}.yaml"
        self.config.write_text(CONFIG.format(port=self.port, **group.options | options))
        self.process = None

    def start(self):
        self.process = kafka.Process(f"promised {self.number}", [PROMISED, "run", "-c", self.config],
                                     self.group.folder / f"promised-{self.number}.log", os.environ | self.group.env)
        return self

    def get(self, path):
        return asked(f"http://127.0.0.1:{self.port}{path}")

    def status(self):
        """None where it does not answer."""
        code, body = self.get("/status")
        return json.loads(body) if code == 200 else None

    def ready(self):
        if not self.process.alive():
            raise AssertionError(f"promised {self.number} ended with {self.process.child.returncode}:\n{self.tail()}")
        return self.get("/readyz")[0] == 200

    def await_ready(self, seconds=60):
        until(f"promised {self.number} ready", seconds, self.ready, 0.1)

    def tail(self):
        return "\n".join(self.process.said().splitlines()[-8:])

    def stop(self):
        code = self.process.stop(60)
        if code:
            raise AssertionError(f"promised {self.number}, told to stop, ended with {code}:\n{self.tail()}")


class Group:
    def __init__(self, world, name, processes=1, workers=1, encoding="json", clock="event", outputs=OUTPUTS,
                 partitions=None, create=True, env=None, linger="5ms"):
        self.world, self.broker, self.env = world, world.broker, env or {}
        self.prefix = f"{name}."
        self.folder = world.folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.options = {"brokers": world.broker.brokers, "redis": f"{world.redis.url}", "prefix": self.prefix,
                        "workers": workers, "encoding": encoding, "clock": clock, "linger": linger}
        self.partitions = PARTITIONS | (partitions or {})
        self.members = [Member(self, number) for number in range(processes)]
        if create:
            self.create(outputs)

    def create(self, outputs):
        events = {self.prefix + topic: self.partitions[topic] for topic in EVENT_TOPICS}
        documents = {self.prefix + topic: outputs for topic in (*judge.DOCUMENTS, judge.WATERMARKS)}
        reference = {self.prefix + topic: self.partitions[topic] for topic in REFERENCE_TOPICS}
        self.broker.create(events | {self.prefix + judge.REJECTS: outputs}, cleanup_policy="delete", retention_ms=-1)
        self.broker.create(reference | documents, cleanup_policy="compact", max_message_bytes=8 << 20)
        self.broker.create({self.prefix + judge.JOURNAL: 1}, cleanup_policy="delete", retention_ms=-1,
                           max_message_bytes=8 << 20, message_timestamp_type="LogAppendTime")

    def frames(self, log, part=(0, None), **how):
        """The log, or some lines of it, in the form for produce.c."""
        path = self.folder / f"frames-{part[0]}"
        load.write_frames(log, path, *part, partitions=self.partitions, prefix=self.prefix, **how)
        return path

    def load(self, log, rate=0, part=(0, None), **how):
        return load.Load(self.broker.brokers, self.frames(log, part, **how), rate)

    def copy(self, journal):
        """The journal of another group that read the same inputs."""
        path = self.folder / "journal"
        path.write_bytes(b"".join(msgpack.packb([self.prefix + judge.JOURNAL, 0, stamp, key, headers, value])
                                  for _, _, _, stamp, _, key, headers, value in journal))
        load.Load(self.broker.brokers, path).wait()

    def start(self):
        for member in self.members:
            member.start()
        return self

    def await_ready(self, seconds=60):
        for member in self.members:
            member.await_ready(seconds)

    def alive(self):
        return [member for member in self.members if member.process and member.process.alive()]

    def writer(self):
        """The member that writes the journal, once one does."""
        def look():
            return next((m for m in self.alive() if (m.status() or {}).get("writer")), None)
        return until("a writer", 60, look)

    def sequence_of_inputs(self, ends):
        """The sequence at which some member has all inputs up to these ends; None before."""
        for member in self.alive():
            told = member.status()
            if told:
                position = {(one["topic"], one["partition"]): max(0, one["position"]) for one in told["inputs"]}
                if all(position.get(at, 0) >= end for at, (_, end) in ends.items()):
                    return told["sequence"]
        if not self.alive():
            raise AssertionError(f"all processes ended:\n{self.members[0].tail()}")
        return None

    def watermarks(self):
        """The last watermark of each partition."""
        path = self.broker.dump(self.folder / "watermarks", self.prefix + judge.WATERMARKS)
        out = {}
        for record in judge.read_dump(path, self.prefix)[judge.WATERMARKS]:
            out[record[1]] = judge.content_of(record)
        return out

    def await_shown(self, seconds=120):
        """Until the documents show all that is in the inputs now; the time for it is from here on."""
        ends = self.broker.ends(*(self.prefix + topic for topic in INPUTS))
        sequence = until(f"{self.prefix} all inputs taken", seconds, lambda: self.sequence_of_inputs(ends), 0.1)

        def shown():
            marks = self.watermarks()
            return len(marks) == OUTPUTS and all(
                mark["sequence"] >= sequence and mark["swept"] >= sequence for mark in marks.values())
        until(f"{self.prefix} shown as of {sequence}", seconds, shown, 0.2)

    def records(self, *topics):
        """{topic: its records} as they are now."""
        return judge.read_dump(self.broker.dump(self.folder / "records", *(self.prefix + topic for topic in topics)),
                               self.prefix)

    def stop(self):
        for member in self.alive():
            member.stop()

    def kill(self):
        for member in self.alive():
            member.process.kill()

    def judged(self, **how):
        """Reads all topics and judges; raises with the first differences, returns what was compared.

        With several processes, what a former owner wrote over may be put right for some time yet. That forgives nothing:
        a record that was never right stays on its topic."""
        deadline = time.monotonic() + (30 if len(self.members) > 1 else 0)
        while True:
            found, line = self.judged_now(**how)
            if not found or time.monotonic() > deadline:
                break
        if found:
            raise AssertionError("\n".join([line, *found[:judge.SHOWN], *found.notes[:5]]))
        return "; ".join([line, *found.notes[:3]])

    def judged_now(self, rising=False, sample=1, totals=None, expect=None):
        dump = self.folder / "dump"
        partitions = judge.dump_group(self.broker.brokers, self.prefix, dump)
        metrics = next((body for code, body in (m.get("/metrics") for m in self.alive()) if code == 200), None)
        found, line, _ = judge.judge(judge.read_dump(dump, self.prefix, sample, DEAR), self.prefix, rising, sample,
                                     totals, expect, metrics, Counter(partitions), DEAR)
        if not found:
            dump.unlink()
        if metrics is None:
            found.notes.append("figures not compared")
        return found, line

    def finish(self, **how):
        """Waits until all is shown, judges, and ends the processes in good order."""
        self.await_shown()
        line = self.judged(**how)
        self.stop()
        return line
