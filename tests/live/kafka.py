# SPDX-License-Identifier: Apache-2.0
"""The outside world of the live tests: a real Kafka broker and a real redis-server on free loopback ports.

Everything started here is ended by its process id, at the latest when this process ends. Nothing waits by sleeping for
"long enough": every wait looks for what it waits for, and has a deadline.
"""

import atexit
import ctypes
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("PROMISED_BUILD", ROOT / "build"))
LIBS = Path(os.environ.get("PROMISED_KAFKA_LIBS", BUILD / "kafka" / "libs"))
CLUSTER = "cHJvbWlzZWQtbGl2ZS0wMQ"             # any 16 bytes in base64
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra"]

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
log.cleaner.dedupe.buffer.size=16777216
message.max.bytes=9437184
replica.fetch.max.bytes=9437184
num.network.threads=2
num.io.threads=4
"""


class Timeout(Exception):
    pass


def until(what, seconds, look, pause=0.05):
    """Asks look() until it is true; its answer. Timeout names what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Timeout(f"{what}: not within {seconds:g} s")
        time.sleep(pause)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def with_parent():
    """In the child: it does not outlive the test, however that ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One child with its output in a file. What ends it is told by name."""

    def __init__(self, name, words, log, env=None):
        self.name, self.log = name, Path(log)
        self.out = open(self.log, "ab")
        self.child = subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=self.out,
                                      stderr=self.out, env=env, preexec_fn=with_parent)
        atexit.register(self.kill)

    @property
    def pid(self):
        return self.child.pid

    def alive(self):
        return self.child.poll() is None

    def signal(self, number):
        if self.alive():
            self.child.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.child.wait()
        self.out.close()
        atexit.unregister(self.kill)

    def wait(self, seconds):
        """The exit code."""
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Timeout(f"{self.name} still runs after {seconds:g} s; log: {self.log}") from None
        self.out.close()
        atexit.unregister(self.kill)
        return code

    def stop(self, seconds=30):
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def said(self):
        return self.log.read_text(errors="replace")


def tool(name):
    """One of the C programs beside this file, built when it is missing or older than its source."""
    source, binary = HERE / f"{name}.c", BUILD / "live" / "bin" / name
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        binary.parent.mkdir(parents=True, exist_ok=True)
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "rdkafka", "msgpack"], check=True,
                               capture_output=True, text=True).stdout.split()
        fresh = binary.with_suffix(f".{os.getpid()}")
        subprocess.run([os.environ.get("CC", "cc"), *FLAGS, source, "-o", fresh, *flags], check=True)
        fresh.rename(binary)
    return binary


class Kafka:
    """A single broker (KRaft). kill() and start() again keep its data and its port."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        broker, controller = free_ports(2)
        self.brokers = f"127.0.0.1:{broker}"
        self.properties = self.folder / "server.properties"
        self.properties.write_text(PROPERTIES.format(broker=broker, controller=controller, data=self.folder / "data"))
        self.process = None
        Process("format", self.java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self.properties),
                self.folder / "format.log").wait(60)

    def java(self, main, *words):
        if not any(LIBS.glob("kafka_*.jar")):
            raise SystemExit(f"no Kafka in {LIBS}: `./run test` fetches it")
        return ["java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{LIBS}/*",
                main, *words]

    def start(self):
        self.process = Process("kafka", self.java("kafka.Kafka", self.properties), self.folder / "broker.log")
        self.admin("ready", "90000")
        return self

    def kill(self):
        self.process.kill()

    def stop(self):
        self.process.stop(60)

    def pause(self):
        self.process.signal(signal.SIGSTOP)

    def resume(self):
        self.process.signal(signal.SIGCONT)

    def admin(self, *words):
        done = subprocess.run([tool("admin"), self.brokers, *map(str, words)], capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"admin {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def create(self, partitions, **settings):
        """partitions: topic -> count; settings with _ for the dots of Kafka's names."""
        named = [f"{name.replace('_', '.')}={value}" for name, value in settings.items()]
        self.admin("create", *named, "--", *(f"{topic}:{count}" for topic, count in partitions.items()))

    def delete(self, *topics):
        self.admin("delete", *topics)

    def cut(self, topic, partition, offset=-1):
        self.admin("cut", f"{topic}:{partition}", offset)

    def ends(self, *topics):
        """{(topic, partition): (first offset, end)}"""
        rows = (line.rsplit(" ", 3) for line in self.admin("ends", *topics).splitlines())
        return {(topic, int(partition)): (int(first), int(end)) for topic, partition, first, end in rows}

    def dump(self, path, *topics):
        """Every record of the topics, as written by dump.c, into a file."""
        with open(path, "wb") as out:
            subprocess.run([tool("dump"), self.brokers, *topics], stdout=out, check=True, timeout=600)
        return path


class Redis:
    """A redis-server without persistence: its kill loses all, as the contract must stand."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, = free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = None

    def start(self):
        words = ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                 "--dir", self.folder]
        self.process = Process("redis", words, self.folder / "redis.log")
        until("redis", 30, self.answers)
        return self

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                s.sendall(b"PING\r\n")
                return s.recv(7).startswith(b"+PONG")
        except OSError:
            return False

    def kill(self):
        self.process.kill()

    def stop(self):
        self.process.stop(30)
