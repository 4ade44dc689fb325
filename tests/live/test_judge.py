#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The judge is judged: a journal and documents made by hand pass, and each thing spoiled in them is found.

No Kafka, no promised: what a group leaves is made here from a small log.
"""

import copy
import json
import random
import sys
import tempfile
import unittest
from pathlib import Path

import msgpack
import xxhash

import documents
import judge
import load
import shop
from reading import STOCK
from test_promise import *  # noqa: F403  the judge's own promises: run with the rest

ZONEINFO = Path("/usr/share/zoneinfo")
SETTINGS = {"rules": 1, "dedupe": {"window": shop.DAY}, "inbound": {"grace_days": 1}, "clock": "event",
            "limits": {"future_tolerance": shop.HOUR, "reorder_window": shop.DAY, "parked_alarm": shop.HOUR,
                       "closed_orders": 400 * shop.DAY, "moves": 3, "review": shop.MINUTE},
            "publish": {"tombstone_after": 7 * shop.DAY}}
PARTITIONS = {topic: 3 for topic in judge.TOPICS}


def sealed(entry):
    """The entry with its id after the sequence, and the id."""
    digest = xxhash.xxh3_128_digest(msgpack.packb(entry))
    rest = {name: one for name, one in entry.items() if name != "sequence"}
    return msgpack.packb({"sequence": entry["sequence"], "id": digest, **rest}), digest


class Group:
    """What a group leaves on Kafka, as dump.c would show it."""

    def __init__(self, log, entry_records=400):
        self.dump, self.entries, self.last = {}, [], b""
        records, ends = [], {}
        for topic, partition, stamp, key, headers, value in load.Writer(
                PARTITIONS, "random", "mixed", "mixed").records(log):
            offset = ends.get((topic, partition), 0)
            ends[topic, partition] = offset + 1
            self.add(topic, partition, stamp, key, headers, value)
            records.append([topic, partition, offset, stamp, key, headers, value])
        for at in range(0, len(records), entry_records):
            self.entry(records[at:at + entry_records])

    def add(self, topic, partition, stamp, key, headers, value):
        held = self.dump.setdefault(topic, [])
        offset = sum(record[1] == partition for record in held) if topic != judge.JOURNAL else len(held)
        held.append([topic, partition, offset, stamp, 1, key, headers, value])

    def entry(self, records):
        entry = {"sequence": len(self.entries) + 1, "previous": self.last, "now": 0, "records": records}
        if not self.entries:
            zones = {name for name in shop.TIME_ZONES if name}
            entry |= {"settings": SETTINGS, "zones": {name: (ZONEINFO / name).read_bytes() for name in zones}}
        raw, self.last = sealed(entry)
        self.entries.append(entry)
        self.add(judge.JOURNAL, 0, 0, None, [], raw)

    def publish(self):
        """After each entry the documents it changed, as the judge itself derives them."""
        found, shown = judge.Differences(), {}
        replay = judge.Replay({}, 1, found)
        for entry in judge.entries_of(self.dump[judge.JOURNAL], found):
            replay.run([entry], set())
            for topic in judge.DOCUMENTS:
                for key in sorted(replay.truth.keys(topic) | {k for t, k in shown if t == topic}):
                    content = replay.truth.of(topic, key) or {"gone": True}
                    if shown.get((topic, key)) != content:
                        shown[topic, key] = copy.deepcopy(content)
                        as_of = replay.truth.as_of(topic, key) if topic in judge.AS_OF and "gone" not in content else None
                        self.document(topic, key, content, entry["sequence"], as_of)
        self.reject(replay.world)

    def document(self, topic, key, content, version, as_of=None):
        value = json.dumps(content | {"version": version, "as_of": as_of}).encode()
        partition = judge.murmur2(key.split("|")[0].encode()) % PARTITIONS[topic]
        self.add(topic, partition, 0, key.encode(),
                 [["ce_version", str(version).encode()], ["content-type", b"application/json"]], value)

    def reject(self, world):
        records = {tuple(record[:3]): record for entry in self.entries for record in entry["records"]}
        for (topic, partition, offset), reason in world.rejects.items():
            _, _, _, _, key, headers, value = records[topic, partition, offset]
            more = {"reason": reason, "topic": topic, "partition": partition, "offset": offset}
            self.add(judge.REJECTS, partition % PARTITIONS[judge.REJECTS], 0, key,
                     headers + [["dlq_" + name, str(one).encode()] for name, one in more.items()], value)

    def judged(self, **how):
        found, line, world = judge.judge(self.dump, partitions=PARTITIONS, **how)
        return found


class JudgeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log.jsonl"
            shop.write_log(log, seed=3, orders=110)
            cls.whole = Group(log)
            cls.whole.publish()

    def setUp(self):
        self.group = copy.deepcopy(self.whole)
        self.draw = random.Random(7)

    def some(self, topic):
        return self.draw.choice(self.group.dump[topic])

    def assertFound(self, words, **how):
        found = self.group.judged(**how)
        self.assertTrue(any(words in difference for difference in found), f"{words!r} not in {found[:5]}")

    def test_whole_group_has_no_differences(self):
        self.assertEqual(self.group.judged(rising=True), [])

    def test_log_has_every_result_and_refusal(self):
        world = judge.judge(self.group.dump, partitions=PARTITIONS)[2]

        self.assertEqual({result for _, _, result in world.results},
                         {"applied", "duplicate", "stale", "parked", "ignored", "rejected"})
        self.assertLessEqual(judge.REASONS - set(world.rejects.values()), {"too_late", "bad_quantity"})

    def test_wrong_quantity_is_found(self):
        for topic, field in ((documents.LOCATIONS, "on_hand"), (documents.ITEMS, "available")):
            record = self.some(topic)
            record[7] = json.dumps(json.loads(record[7]) | {field: 123456}).encode()
            self.assertFound(f".{field}: 123456")

    def test_wrong_promise_is_found(self):
        for topic, path, words in ((documents.PROMISES, ("promises", "offers", "by"), ".by: '2000-01-01'"),
                                   (documents.PROMISES, ("promises", "offers", "quantity"), ".quantity: '2000-01-01'"),
                                   (documents.SITES, ("capacity", "used"), ".used: '2000-01-01'"),
                                   (documents.ORDERS, ("lines", "parts", "ship_on"), ".ship_on: '2000-01-01'")):
            self.setUp()
            record, document, inner = self.holding(topic, path)
            inner[path[-1]] = "2000-01-01"
            record[7] = json.dumps(document).encode()
            self.assertFound(words)

    def holding(self, topic, path):
        """A record whose document has something at the path, the document, and the map in it that holds it."""
        for record in self.group.dump[topic]:
            document = inner = json.loads(record[7])
            for name in path[:-1]:
                inner = next(iter(inner.get(name) or ()), {})
            if path[-1] in inner:
                return record, document, inner
        raise AssertionError(f"no {topic} with {path}")

    def test_wrong_line_is_found(self):
        record = self.some(documents.ORDERS)
        document = json.loads(record[7])
        document["lines"][0]["shipped"] += 1
        record[7] = json.dumps(document).encode()

        self.assertFound(".lines[0].shipped")

    def test_missing_document_is_found(self):
        key = self.some(documents.ITEMS)[5]
        self.group.dump[documents.ITEMS] = [r for r in self.group.dump[documents.ITEMS] if r[5] != key]

        self.assertFound("never published")

    def test_document_of_nothing_is_found(self):
        self.group.document(documents.ITEMS, "unheard|web", {"sku": "unheard"}, 2)

        self.assertFound("there is no such document")

    def test_old_content_written_over_new_is_found(self):
        old = next(old for old in self.group.dump[documents.LOCATIONS] for new in self.group.dump[documents.LOCATIONS]
                   if old[5] == new[5] and old[2] < new[2])
        self.group.dump[documents.LOCATIONS].append(old)

        self.assertFound("the last record has version")

    def test_version_with_two_contents_is_found(self):
        record = copy.deepcopy(self.some(documents.LOCATIONS))
        record[7] = json.dumps(json.loads(record[7]) | {"held": 77}).encode()
        self.group.dump[documents.LOCATIONS].append(record)

        self.assertFound("with two contents")

    def test_lost_and_doubled_inputs_are_found(self):
        for spoil, words in ((lambda records: records[1:], "is not in the journal"),
                             (lambda records: records + records[-1:], "after offset")):
            group = self.group = copy.deepcopy(self.whole)
            records = [copy.copy(entry["records"]) for entry in group.entries]
            records[1] = spoil(records[1])
            group.dump[judge.JOURNAL], group.entries, group.last = [], [], b""
            for some in records:
                group.entry(some)
            self.assertFound(words)

    def test_changed_record_is_found(self):
        record = self.some(STOCK)
        record[7] = b"{}"

        self.assertFound("is not the record of the topic")

    def test_entry_with_a_wrong_hash_does_not_count(self):
        record = self.group.dump[judge.JOURNAL][-1]
        record[7] = record[7][:-1] + bytes([record[7][-1] ^ 1])

        self.assertFound("is not in the journal")

    def test_stranger_on_the_journal_is_void(self):
        self.group.add(judge.JOURNAL, 0, 0, None, [], sealed(
            {"sequence": 2, "previous": b"", "now": 0, "records": []})[0])
        self.group.add(judge.JOURNAL, 0, 0, None, [], b"hello")

        found = self.group.judged()

        self.assertEqual(found, [])
        self.assertIn("2 void entries", found.notes)

    def test_missing_and_changed_rejects_are_found(self):
        self.some(judge.REJECTS)[7] = b"other"
        del self.group.dump[judge.REJECTS][0]

        self.assertFound("the value is not that")
        self.assertFound("rejects lacks")

    def test_figures_are_compared(self):
        line = f'promised_events_total{{topic="{STOCK}",type="stock.counted",result="applied"}} 1\n'

        self.assertFound("promised_events_total", metrics=line)

    def test_murmur2_is_that_of_java(self):
        placed = "".join(str(judge.murmur2(f"key-{i}".encode()) % 8) for i in range(20))

        self.assertEqual(placed, "10631043356105031416")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
