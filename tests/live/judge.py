#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges a promised group by what it left on Kafka: reads the journal, recomputes every document, compares.

    judge.py --brokers HOST:PORT [--prefix P] [--rising] [--sample N] [--totals FILE] [--expect FILE] [--metrics FILE]
    judge.py --dump FILE ...          the same of records that dump.c wrote

1. The journal is a chain: each entry that counts continues the last and bears its own hash (2.5).
2. It has every record of the inputs once, byte for byte, in the order of each partition.
3. Every document ever published under version v says what the entries up to v add up to.
4. Of every key the last record says what the highest version says and all entries add up to; no key is missing.
5. rejects.v1 has every refused record, byte for byte, with its identity.
Prints what it compared and the first 20 differences; exit 1 if there is any.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import msgpack
import xxhash

import documents
import kafka
from reading import INPUTS, MS, REFERENCE_TOPICS, kind_of
from truth import World

JOURNAL, REJECTS, WATERMARKS = "promised.journal.v1", "rejects.v1", "watermarks.v1"
DOCUMENTS = documents.TOPICS
AS_OF = (documents.ORDERS, documents.SITES)    # whose as_of follows from the contract to the letter
TOPICS = (*INPUTS, JOURNAL, *DOCUMENTS, REJECTS, WATERMARKS)
REASONS = {"malformed", "missing", "bad_key", "bad_quantity", "bad_time", "bad_value", "wrong_topic", "conflict", "too_late"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ID_MARK = b"\xa2id\xc4\x10"                    # the key `id` and the head of its 16 bytes
SHOWN = 20


class Differences(list):
    """All that is not as it should be; `notes` are no differences."""

    def __init__(self):
        super().__init__()
        self.notes = []

    def add(self, what):
        self.append(what)


def unpacked(raw):
    return msgpack.unpackb(raw, raw=False, strict_map_key=False, unicode_errors="surrogateescape")


def chosen(topic, key, version, sample, dear):
    """Whether this version is one of those that are compared; always the same ones."""
    share = sample * (dear if topic == documents.PROMISES else 1)
    return xxhash.xxh32_intdigest(f"{topic}{key}{version}") % share == 0


def chosen(topic, key, version, sample, dear):
    """Whether this version is one of those that are compared; always the same ones."""
    share = sample * (dear if topic == documents.PROMISES else 1)
    return xxhash.xxh32_intdigest(f"{topic}{key}{version}") % share == 0


UNREAD = b"not kept"                           # in place of a value that will not be looked at


class Thin:
    """Of a document's versions it keeps the values of the last, the highest and the chosen: there are many of offers."""

    def __init__(self, sample, dear):
        self.sample, self.dear, self.last, self.highest = sample, dear, {}, {}

    def take(self, record):
        key, version = record[5].decode(), int(dict(record[6])["ce_version"])
        for slot in (self.last, self.highest):
            had = slot.get(key)
            if slot is self.last or had is None or version >= had[0]:
                slot[key] = version, record
                if had is not None:
                    self.drop(key, *had)

    def drop(self, key, version, record):
        if record is not self.last[key][1] and record is not self.highest[key][1]:
            if record[7] is not None and not chosen(documents.PROMISES, key, version, self.sample, self.dear):
                record[7] = UNREAD


def read_dump(path, prefix, sample=1, dear=1):
    """{topic without prefix: [record]}; of offers only the values that sample and dear have looked at."""
    out, thin = defaultdict(list), Thin(sample, dear)
    with open(path, "rb") as source:
        for record in msgpack.Unpacker(source, raw=False, unicode_errors="surrogateescape", max_buffer_size=1 << 30):
            topic = record[0].removeprefix(prefix)
            out[topic].append(record)
            if topic == documents.PROMISES and sample * dear > 1:
                thin.take(record)
    return out


# ---------------------------------------------------------------------------------------------------------- the journal

def without_id(raw):
    """The entry encoded without its `id`; None where it has none in its place."""
    if raw[:1] < b"\x82" or raw[:1] > b"\x8f" or raw[1:10] != b"\xa8sequence":
        return None
    at = 11 + {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}.get(raw[10], 0)
    if raw[at:at + 5] != ID_MARK:
        return None
    return bytes([raw[0] - 1]) + raw[1:at] + raw[at + 21:]


def entries_of(journal, found):
    """The entries that count, in their order."""
    last, void, wall, tolerance, sequence = b"", 0, False, 0, 0
    for _, _, offset, stamp, stamp_type, _, _, raw in journal:
        bare = raw and without_id(raw)
        entry = bare and unpacked(raw)
        if not entry or entry["id"] != xxhash.xxh3_128_digest(bare) or entry["previous"] != last:
            void += 1
            continue
        if "settings" in entry:
            wall = entry["settings"]["clock"] == "wall"
            tolerance = entry["settings"]["limits"]["future_tolerance"]
        if wall and stamp_type == 2 and entry["now"] > stamp + tolerance:
            void += 1
            continue
        if entry["sequence"] <= sequence:
            found.add(f"journal offset {offset}: sequence {entry['sequence']} after {sequence}")
        last, sequence = entry["id"], entry["sequence"]
        yield entry
    if void:
        found.notes.append(f"{void} void entries")


def as_bytes(value):
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def check_inputs(entries, dump, found):
    """Every input record once, as the broker holds it. -> (entries, records, places that are to be skipped)"""
    held = {(topic, r[1], r[2]): (r[3], r[5], r[6], r[7]) for topic in INPUTS for r in dump.get(topic, ())}
    seen, position, skipped, count = set(), {}, set(), 0
    for entry in entries:
        count += 1
        skipped.update(map(tuple, entry.get("skip", ())))
        for topic, partition, offset, stamp, key, headers, value in entry["records"]:
            if partition < 0:
                continue
            at = topic, partition, offset
            if offset <= position.get((topic, partition), -1):
                found.add(f"journal {entry['sequence']}: {at} after offset {position[topic, partition]}")
            position[topic, partition] = offset
            seen.add(at)
            ours = stamp, as_bytes(key), [[name, as_bytes(one)] for name, one in headers], as_bytes(value)
            if at in held and ours != held[at]:
                found.add(f"journal {entry['sequence']}: {at} is not the record of the topic")
            elif at not in held and topic not in REFERENCE_TOPICS:
                found.add(f"journal {entry['sequence']}: {at} is not in the topic")
    for at in sorted(held.keys() - seen):
        found.add(f"input {at} is not in the journal")
    return count, len(seen), skipped


# ---------------------------------------------------------------------------------------------------------- the outputs

def content_of(record):
    """The map of an output record; None: a tombstone."""
    if record[7] is None:
        return None
    is_json = (dict(record[6]).get("content-type") or b"").endswith(b"json")
    return json.loads(record[7]) if is_json else unpacked(record[7])


class Shown:
    """One record of a document; read anew each time, for there are many."""

    __slots__ = ("version", "record")

    def __init__(self, record):
        self.version, self.record = int(dict(record[6])["ce_version"]), record

    @property
    def value(self):
        return self.record[7]

    def content(self):
        return content_of(self.record)

    def gone(self):
        return self.value is None or self.content().get("gone") is True


def murmur2(data):
    """As Kafka's Java clients hash keys."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    if len(data) > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7FFFFFFF


def read_output(topic, record, found):
    at = f"{topic}/{record[1]}@{record[2]} {record[5]!r}"
    try:
        shown = Shown(record)
        if shown.value is UNREAD:
            return shown
        content = shown.content()
    except (KeyError, ValueError) as wrong:
        found.add(f"{at}: not a document: {wrong!r}")
        return None
    if content is not None and content.get("version") != shown.version:
        found.add(f"{at}: ce_version {shown.version}, version {content.get('version')}")
    if content is not None and not (content.get("as_of", 0) is None or INSTANT.fullmatch(str(content.get("as_of")))):
        found.add(f"{at}: as_of {content.get('as_of')!r}")
    return shown


def read_outputs(dump, counts, found):
    """{(topic, key): [Shown in the order of the partition]}"""
    out = defaultdict(list)
    for topic in DOCUMENTS:
        for record in dump.get(topic, ()):
            shown, key = read_output(topic, record, found), record[5]
            if shown is None:
                continue
            if murmur2(key.split(b"|")[0]) % counts[topic] != record[1]:
                found.add(f"{topic} {key!r}: in partition {record[1]}")
            out[topic, key.decode()].append(shown)
    return out


def bare(shown):
    """What a version must always say again: all but version and as_of; None for a tombstone."""
    content = shown.content()
    return content and {name: value for name, value in content.items() if name not in ("version", "as_of")}


def check_versions(outputs, rising, found):
    """rising: nothing failed, so each record is newer than the last of its key, and says something else."""
    repeated = behind = 0
    for (topic, key), shown in outputs.items():
        by_version, last = {}, None
        for one in shown:
            had = by_version.setdefault(one.version, one)
            if had is not one and not {None, UNREAD} & {had.value, one.value} and bare(had) != bare(one):
                found.add(f"{topic} {key}: version {one.version} with two contents")
            if last is not None:
                again = one.version == last.version and one.value is not None
                repeated += again
                if rising and (one.version < last.version or again):
                    found.add(f"{topic} {key}: version {one.version} after {last.version}")
                if rising and one.value and UNREAD not in (one.value, last.value) and bare(one) == bare(last):
                    found.add(f"{topic} {key}: {one.version} is no change against {last.version}")
            last = one
        highest = by_version[max(by_version)]
        if last.version < highest.version:
            # What compaction keeps must say the same; a newer as_of alone is no change.
            behind += 1
            if bare(last) != bare(highest):
                found.add(f"{topic} {key}: the last record has version {last.version}, the highest is {highest.version}")
    if behind:
        found.notes.append(f"{behind} keys end with an older version of the same content")
    if repeated:
        found.notes.append(f"{repeated} documents sent twice under their version")


def differs(ours, theirs, path=""):
    """The first place where a document is not what it should be, or None."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours.keys() | theirs.keys():
            missing = name not in ours and "unexpected" or name not in theirs and "missing"
            wrong = f"{path}.{name}: {missing}" if missing else differs(ours[name], theirs[name], f"{path}.{name}")
            if wrong:
                return wrong
        return None
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return next(filter(None, (differs(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(ours, theirs)))), None)
    return None if ours == theirs and type(ours) is type(theirs) else f"{path}: {theirs!r}, must be {ours!r}"


def compare(topic, key, shown, truth, when, found):
    ours = truth.of(topic, key)
    if ours is None:
        if not shown.gone():
            found.add(f"{topic} {key} version {shown.version}{when}: there is no such document")
    elif shown.gone():
        found.add(f"{topic} {key} version {shown.version}{when}: gone, but there is one")
    else:
        theirs = {name: value for name, value in bare(shown).items() if (name, value) != ("gone", False)}
        wrong = differs(ours, theirs)
        if wrong:
            found.add(f"{topic} {key} version {shown.version}{when}: {wrong}")


class Replay:
    """Applies the entries and looks at the documents that say they show them."""

    def __init__(self, outputs, sample, found, dear=1):
        self.world = World()
        self.truth = documents.Documents(self.world)
        self.outputs, self.found, self.compared = outputs, found, 0
        self.by_version = defaultdict(dict)
        for (topic, key), shown in outputs.items():
            for one in shown:
                if one.value is not None and chosen(topic, key, one.version, sample, dear):
                    self.by_version[one.version][topic, key] = one

    def run(self, entries, skipped):
        world = self.world
        for entry in entries:
            world.begin(entry)
            for topic, partition, offset, stamp, key, headers, value in entry["records"]:
                headers = [(name, as_bytes(one)) for name, one in headers]
                key, value = as_bytes(key), as_bytes(value)
                if (topic, partition, offset) in skipped:
                    world.settle_described()
                    world.results[topic, kind_of(topic, value, dict(headers)), "ignored"] += 1
                    continue
                result = world.take(topic, partition, offset, stamp, key, headers, value)
                if partition < 0:
                    continue                   # a null that the writer added: nobody sent it
                kind = "reference" if topic in REFERENCE_TOPICS else kind_of(topic, value, dict(headers))
                world.results[topic, kind, result] += 1
            world.end(entry)
            self.look(entry["sequence"])
        for version in self.by_version.keys():
            self.found.add(f"version {version} of {next(iter(self.by_version[version]))} is no entry's sequence")

    def look(self, sequence):
        self.truth.clear()
        for (topic, key), shown in self.by_version.pop(sequence, {}).items():
            self.compared += 1
            compare(topic, key, shown, self.truth, "", self.found)
            if topic in AS_OF and not shown.gone():
                ours, theirs = self.truth.as_of(topic, key), shown.content()["as_of"]
                if ours != theirs:
                    self.found.add(f"{topic} {key} version {shown.version}.as_of: {theirs!r}, must be {ours!r}")

    def final(self):
        """The last record of every key against all entries together."""
        self.truth.clear()
        count = 0
        for topic in DOCUMENTS:
            ours = self.truth.keys(topic)
            theirs = {key for t, key in self.outputs if t == topic}
            for key in sorted(ours | theirs):
                count += 1
                if (topic, key) in self.outputs:
                    compare(topic, key, self.outputs[topic, key][-1], self.truth, " at the end", self.found)
                else:
                    self.found.add(f"{topic} {key}: never published")
        return count


# ------------------------------------------------------------------------------------------- rejects, totals, figures

def check_rejects(dump, entries, rejects, counts, prefix, found):
    records = {(r[0], r[1], r[2]): r for entry in entries for r in entry["records"] if (r[0], r[1], r[2]) in rejects}
    told = defaultdict(list)
    for _, partition, offset, _, _, key, headers, value in dump.get(REJECTS, ()):
        named = {name: (one or b"").decode(errors="replace") for name, one in headers}
        try:
            at = named["dlq_topic"].removeprefix(prefix), int(named["dlq_partition"]), int(named["dlq_offset"])
        except (KeyError, ValueError) as wrong:
            found.add(f"rejects {partition}@{offset}: {wrong!r}")
            continue
        told[at].append((named["dlq_reason"], key, [h for h in headers if not h[0].startswith("dlq_")], value, partition,
                         "dlq_truncated" in named))
    for at in sorted(told.keys() - rejects.keys()):
        found.add(f"rejects has {at} ({told[at][0][0]}), which is to be taken")
    for at, reason in rejects.items():
        _, _, _, _, key, headers, value = records[at]
        if at not in told:
            found.add(f"rejects lacks {at} ({reason})")
        for said, *bytes_of, partition, truncated in told.get(at, ()):
            if said not in REASONS:
                found.add(f"reject {at}: reason {said!r}")
            elif said != reason:
                found.notes.append(f"reject {at}: {said}, the judge says {reason}")
            if bytes_of[:2] != [as_bytes(key), [[n, as_bytes(v)] for n, v in headers]]:
                found.add(f"reject {at}: key or headers are not those of the record")
            if not truncated and bytes_of[2] != as_bytes(value):
                found.add(f"reject {at}: the value is not that of the record")
            if partition != at[1] % counts[REJECTS]:
                found.add(f"reject {at}: in partition {partition}")
    return len(rejects)


def tables(outputs, world):
    """The end state as sorted tables of tab-separated rows, from the documents where they have it."""
    balances, lines = set(), set()
    for (topic, _), shown in outputs.items():
        document = shown[-1].content()
        if document is None or document.get("gone"):
            continue
        if topic == documents.LOCATIONS and not world.bundle(document["sku"]):
            if document["on_hand"] or document["held"]:
                balances.add((document["sku"], document["location"], document["on_hand"], document["held"]))
        for line in document["lines"] if topic == documents.ORDERS else ():
            lines.add((document["order_id"], *(line[name] for name in (
                "line_id", "quantity", "shipped", "cancelled", "open", "over_shipped", "returned"))))
    inbound = {(*at, name, line.open()) for at, balance in world.balances.items() for name, line in balance.inbound.items()
               if line.open()}
    return {name: b"".join(sorted("\t".join(map(str, row)).encode() + b"\n" for row in rows))
            for name, rows in (("balances", balances), ("inbound", inbound), ("lines", lines))}


def check_totals(path, outputs, world, found):
    said = json.loads(Path(path).read_text())["final"]
    for name, table in tables(outputs, world).items():
        digest = hashlib.sha256(table).hexdigest()
        if digest != said[f"{name}_sha256"]:
            found.add(f"totals: {name} {digest}, must be {said[f'{name}_sha256']}")


def check_expect(path, world, found):
    """What the disordered log is meant as, in the words of promised_events_total."""
    said = json.loads(Path(path).read_text())
    got, reasons = Counter(), Counter(world.rejects.values())
    for (topic, _, result), count in world.results.items():
        if topic not in REFERENCE_TOPICS:
            got[{"applied": "applied_or_parked", "parked": "applied_or_parked"}.get(result, result)] += count
    for name, count in said["results"].items():
        if got[name] != count:
            found.add(f"expected {count} events {name}, the journal has {got[name]}")
    if dict(reasons) != said["rejects"]:
        found.add(f"expected rejects {said['rejects']}, the journal has {dict(reasons)}")


FIGURE = re.compile(r'promised_events_total\{topic="([^"]*)",type="([^"]*)",result="([^"]*)"\} (\d+)')


def check_metrics(text, world, prefix, found):
    """promised_events_total: counted once, when read."""
    told = Counter()
    for topic, kind, result, count in FIGURE.findall(text):
        told[topic.removeprefix(prefix), kind, result] += int(count)
    # The type of what is refused or unknown is said as far as it could be read: those are compared by topic.
    def folded(results):
        out = Counter()
        for (topic, kind, result), count in results.items():
            out[topic, "" if result in ("rejected", "ignored") else kind, result] += count
        return +out
    ours, theirs = folded(world.results), folded(told)
    for name in sorted(ours.keys() | theirs.keys()):
        if ours[name] != theirs[name]:
            found.add(f"promised_events_total{name}: {theirs[name]}, the journal has {ours[name]}")


# ----------------------------------------------------------------------------------------------------------- the verdict

def judge(dump, prefix="", rising=False, sample=1, totals=None, expect=None, metrics=None, partitions=None, dear=1):
    """-> (Differences, one line of what was compared, World). partitions: of the outputs; else as many as were seen.
    dear: of the offers, which take long to work out, one in so many fewer versions is compared."""
    found = Differences()
    counts = partitions or {topic: max((r[1] for r in dump.get(topic, ())), default=0) + 1 for topic in TOPICS}

    def entries(told=None):
        # Read anew each time: all of them together would be much.
        return entries_of(dump.get(JOURNAL, ()), Differences() if told is None else told)

    count, inputs, skipped = check_inputs(entries(found), dump, found)
    outputs = read_outputs(dump, counts, found)
    check_versions(outputs, rising, found)
    replay = Replay(outputs, sample, found, dear)
    replay.run(entries(), skipped)
    final = replay.final()
    rejects = check_rejects(dump, entries(), replay.world.rejects, counts, prefix, found)
    if totals:
        check_totals(totals, outputs, replay.world, found)
    if expect:
        check_expect(expect, replay.world, found)
    if metrics is not None:
        check_metrics(metrics, replay.world, prefix, found)
    line = (f"{count} entries, {inputs} input records, {final} documents, {replay.compared} versions of them, "
            f"{rejects} rejects: {len(found)} differences")
    return found, line, replay.world


def dump_group(brokers, prefix, path):
    """All topics of a group into a file -> {topic: number of partitions}"""
    names = [prefix + topic for topic in TOPICS]
    with open(path, "wb") as out:
        subprocess.run([kafka.tool("dump"), brokers, *names], stdout=out, check=True)
    ends = subprocess.run([kafka.tool("admin"), brokers, "ends", *names], check=True, capture_output=True, text=True).stdout
    return Counter(line.split(" ")[0].removeprefix(prefix) for line in ends.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", help="read the topics from there")
    parser.add_argument("--dump", help="read records that dump.c wrote")
    parser.add_argument("--prefix", default="", help="topic_prefix of the group")
    parser.add_argument("--rising", action="store_true", help="nothing failed: no version may repeat")
    parser.add_argument("--sample", type=int, default=1, help="compare one in N published versions (the last always)")
    parser.add_argument("--totals", help="totals.json: digests of the end state")
    parser.add_argument("--expect", help="disorder.expect.json: what must come of the events")
    parser.add_argument("--metrics", help="/metrics of a process, saved")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, partitions = args.dump or Path(folder) / "dump", None
        if args.brokers:
            partitions = dump_group(args.brokers, args.prefix, path)
        dump = read_dump(path, args.prefix, args.sample)
    metrics = args.metrics and Path(args.metrics).read_text()
    found, line, _ = judge(dump, args.prefix, args.rising, args.sample, args.totals, args.expect, metrics, partitions)
    for note in found.notes[:SHOWN]:
        print(f"note: {note}")
    for difference in found[:SHOWN]:
        print(difference)
    print(line)
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
