#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes schemas/golden/*.msgpack from the JSON beside them, with an encoder that is not ours.

The `time` of stock events becomes a MessagePack timestamp and that of shipments whole milliseconds where it has no
finer part, so that the golden records have every form of it. Needs python3-msgpack. With --check nothing is written:
it fails where a file is not what it would write.
"""

import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

import msgpack

GOLDEN = Path(__file__).resolve().parents[2] / "schemas" / "golden"


def timestamp(text):
    whole, fraction, offset = re.fullmatch(r"([^.Z+]*)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", text).groups()
    instant = datetime.fromisoformat(whole + offset.replace("Z", "+00:00")).astimezone(timezone.utc)
    return msgpack.Timestamp(int(instant.timestamp()), int((fraction or "0").ljust(9, "0")))


def with_time(event):
    if "type" not in event:
        return event
    instant = timestamp(event["time"])
    if event["type"].startswith("stock."):
        return {**event, "time": instant}
    if event["type"].startswith("shipment.") and instant.nanoseconds % 1_000_000 == 0:
        return {**event, "time": instant.seconds * 1000 + instant.nanoseconds // 1_000_000}
    return event


def main():
    wrong = []
    for source in sorted(GOLDEN.glob("*.json")):
        packed = msgpack.packb(with_time(json.loads(source.read_text(encoding="utf-8"))))
        target = source.with_suffix(".msgpack")
        if "--check" not in sys.argv[1:]:
            target.write_bytes(packed)
        elif not target.exists() or target.read_bytes() != packed:
            wrong.append(target.name)
    print(*(f"{name}: not what its JSON says" for name in wrong), sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
