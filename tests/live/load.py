#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts an event log on Kafka: one JSON object a line, {"topic", "key", "value" | "value_b64", "timestamp_ms"}.

    load.py --log FILE --brokers HOST:PORT [--prefix P] [--partitions TOPIC=N ...] [--partitioner murmur2]
            [--encoding json|msgpack|mixed] [--envelope bare|structured|binary|mixed] [--rate N]

Keys keep their order within a topic, whatever the partitioner: `murmur2` (Java), `crc32` (librdkafka's default),
`fnv` (FNV-1a, Go), `random` (any, but always the same for a key). The topics must exist.
"""

import argparse
import base64
import json
import subprocess
import sys
import zlib
from datetime import datetime, timezone
from pathlib import Path

import msgpack

import kafka
from judge import murmur2
from reading import ATTRIBUTES, REFERENCE_TOPICS, SECOND, Refused, instant

CONTENT_TYPE = {"json": b"application/json", "msgpack": b"application/vnd.msgpack"}
ENVELOPES, ENCODINGS = ("bare", "structured", "binary"), ("json", "msgpack")


def fnv1a(data):
    h = 0x811C9DC5
    for byte in data:
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h


PARTITIONERS = {"murmur2": murmur2, "crc32": zlib.crc32, "fnv": fnv1a,
                "random": lambda key: zlib.crc32(b"somewhere" + key[::-1])}


def rfc3339(time):
    """A `time` in any form as text, for a header."""
    seconds, rest = divmod(instant(time), SECOND)
    text = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09d}".rstrip("0").rstrip(".") + "Z"


class Writer:
    """Log lines to records as produce.c takes them."""

    def __init__(self, partitions=None, partitioner="murmur2", encoding="json", envelope="bare", prefix=""):
        self.partitions, self.hash, self.prefix = partitions or {}, PARTITIONERS[partitioner], prefix
        self.encoding, self.envelope, self.placed, self.count = encoding, envelope, {}, 0

    def partition(self, topic, key):
        if (topic, key) not in self.placed:
            self.placed[topic, key] = self.hash((key or "").encode()) % self.partitions.get(topic, 1)
        return self.placed[topic, key]

    def chosen(self, said, all_of):
        """A word, or for `mixed` one of them in turn."""
        return all_of[self.count * 7919 % 104729 % len(all_of)] if said == "mixed" else said

    def value(self, topic, value):
        """-> headers, bytes"""
        self.count += 1
        encoding, envelope = self.chosen(self.encoding, ENCODINGS), self.chosen(self.envelope, ENVELOPES)
        headers = [["content-type", CONTENT_TYPE[encoding]]] if self.count % 2 else []
        if topic not in REFERENCE_TOPICS and envelope != "bare" and self.whole(value):
            attributes = {name: value[name] for name in ATTRIBUTES}
            data = {name: one for name, one in value.items() if name not in ATTRIBUTES}
            if envelope == "binary":
                attributes["time"], value = rfc3339(attributes["time"]), data
                headers += [["ce_" + name, one.encode()] for name, one in {"specversion": "1.0", **attributes}.items()]
            else:
                value = {"specversion": "1.0", **attributes, "datacontenttype": "application/json", "data": data}
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return headers, text if encoding == "json" else msgpack.packb(value)

    @staticmethod
    def whole(value):
        """Whether all attributes can be said in headers."""
        try:
            instant(value.get("time"))
        except Refused:
            return False
        return all(isinstance(value.get(name), str) for name in ("id", "source", "type"))

    def record(self, told):
        topic, key = told["topic"], told["key"]
        if "value_b64" in told:
            headers, raw = [], base64.b64decode(told["value_b64"])
        elif told["value"] is None:
            headers, raw = [], None
        elif isinstance(told["value"], dict):
            headers, raw = self.value(topic, told["value"])
        else:
            headers, raw = [], json.dumps(told["value"]).encode()
        return [self.prefix + topic, self.partition(topic, key), told["timestamp_ms"],
                None if key is None else key.encode(), headers, raw]

    def records(self, log, first=0, last=None):
        with open(log, encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if last is not None and number >= last:
                    break
                # Placing and choosing go by all lines, so that parts of a log are the same as the whole.
                record = self.record(json.loads(line))
                if number >= first:
                    yield record


def write_frames(log, path, first=0, last=None, **how):
    """The log as a file for produce.c; the number of records."""
    writer, count = Writer(**how), 0
    with open(path, "wb") as out:
        for record in writer.records(log, first, last):
            out.write(msgpack.packb(record))
            count += 1
    return count


class Load:
    """Records on their way to Kafka, in the background."""

    def __init__(self, brokers, frames, rate=0):
        with open(frames, "rb") as source:
            self.child = subprocess.Popen([kafka.tool("produce"), brokers, str(rate)], stdin=source,
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=kafka.with_parent)

    def running(self):
        return self.child.poll() is None

    def wait(self, seconds=600):
        """How many were acknowledged: all of them."""
        out, err = self.child.communicate(timeout=seconds)
        if self.child.returncode:
            raise RuntimeError(f"produce: {err.decode(errors='replace').strip()}")
        return int(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", required=True)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--partitions", nargs="*", default=[], metavar="TOPIC=N")
    parser.add_argument("--partitioner", choices=PARTITIONERS, default="murmur2")
    parser.add_argument("--encoding", choices=[*ENCODINGS, "mixed"], default="json")
    parser.add_argument("--envelope", choices=[*ENVELOPES, "mixed"], default="bare")
    parser.add_argument("--rate", type=int, default=0, help="records a second; 0: as fast as the broker takes them")
    args = parser.parse_args()
    partitions = {topic: int(count) for topic, count in (pair.split("=") for pair in args.partitions)}
    frames = kafka.BUILD / "live" / f"load.{Path(args.log).name}.frames"
    frames.parent.mkdir(parents=True, exist_ok=True)
    write_frames(args.log, frames, partitions=partitions, partitioner=args.partitioner, encoding=args.encoding,
                 envelope=args.envelope, prefix=args.prefix)
    print(Load(args.brokers, frames, args.rate).wait(), "records", file=sys.stderr)
    frames.unlink()


if __name__ == "__main__":
    main()
