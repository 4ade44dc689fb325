#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One real day: 9,215 orders on 19 warehouses with their real daily capacities, in orders (Brunel University London,
"Supply Chain Logistics Problem Dataset", CC BY 4.0). The archive stays where it is.

    brunel.py ARCHIVE >log.jsonl
"""

import csv
import io
import json
import sys
import tarfile
from collections import Counter, namedtuple
from datetime import date, datetime, timedelta, timezone

from reading import LANES, LOCATIONS, ORDERS, STOCK

Order = namedtuple("Order", "order_id sku quantity plant zone day")
SECOND_MS = 1000


def rows(archive, name):
    with tarfile.open(archive) as tar:
        text = io.TextIOWrapper(tar.extractfile(f"brunel/{name}"), encoding="utf-8-sig", newline="")
        return [{field.strip(): value.strip() for field, value in row.items()} for row in csv.DictReader(text)]


def orders(archive):
    """In the order of the file; the day is counted as spreadsheets do."""
    return [Order(row["Order ID"], row["Product ID"], int(row["Unit quantity"]), row["Plant Code"], row["Destination Port"],
                  date(1899, 12, 30) + timedelta(int(row["Order Date"]))) for row in rows(archive, "OrderList.csv")]


def capacities(archive):
    """{plant: orders a day}"""
    return {row["Plant ID"]: int(row["Daily Capacity"]) for row in rows(archive, "WhCapacities.csv")}


def log(archive):
    """[line of the log], and how many of them come before the first order: plants, lanes and goods for all."""
    some, out = orders(archive), []
    start = int(datetime.combine(some[0].day, datetime.min.time(), timezone.utc).timestamp()) * 1000

    def write(topic, key, value, stamp):
        out.append({"topic": topic, "key": key, "value": value, "timestamp_ms": stamp})

    for plant, per_day in capacities(archive).items():
        write(LOCATIONS, plant, {"location": plant, "capacity": {"unit": "orders", "per_day": per_day}}, start)
        for zone in sorted({order.zone for order in some}):
            write(LANES, f"{plant}|{zone}|standard", {"location": plant, "zone": zone, "service": "standard",
                                                      "transit_days": {"min": 1, "max": 2}}, start)
    goods = Counter()
    for order in some:
        goods[order.sku, order.plant] += order.quantity
    for (sku, plant), quantity in goods.items():
        write(STOCK, sku, {"id": f"{sku}-{plant}", "source": "brunel", "type": "stock.received", "time": start,
                           "sku": sku, "location": plant, "quantity": quantity}, start)
    before = len(out)
    for number, order in enumerate(some, 1):
        at = start + number * SECOND_MS
        line = {"line_id": "1", "sku": order.sku, "quantity": order.quantity, "location": order.plant}
        write(ORDERS, order.order_id, {"id": order.order_id, "source": "brunel", "type": "order.placed", "time": at,
                                       "order_id": order.order_id, "zone": order.zone, "lines": [line]}, at)
    return out, before


def first_come_first_served(archive, order_ids):
    """{order: ship day}: each takes the first day from Monday to Friday on which its plant has room."""
    plants, room, full = {order.order_id: order for order in orders(archive)}, capacities(archive), Counter()
    days = {}
    for order_id in order_ids:
        order = plants[order_id]
        day = order.day
        while day.weekday() >= 5 or full[order.plant, day] >= room[order.plant]:
            day += timedelta(1)
        full[order.plant, day] += 1
        days[order_id] = day.isoformat()
    return days


def write_log(archive, path):
    """How many lines come before the first order."""
    lines, before = log(archive)
    path.write_text("".join(json.dumps(told) + "\n" for told in lines))
    return before


def check(archive, order_ids, documents, sites):
    """Every order ships on its day, and the plants' days say so. order_ids: in the order of the journal."""
    room, plants = capacities(archive), {order.order_id: order.plant for order in orders(archive)}
    days, full = first_come_first_served(archive, order_ids), Counter()
    if days.keys() != plants.keys():
        raise AssertionError(f"{len(days)} orders, must be {len(plants)}")
    for order_id, day in days.items():
        part, = documents[order_id]["lines"][0]["parts"]
        if (part["location"], part["ship_on"]) != (plants[order_id], day):
            raise AssertionError(f"{order_id}: {part}, must ship on {day} from {plants[order_id]}")
        full[plants[order_id], day] += 1
    for plant in room:
        said = {row["day"]: (row["used"], row["remaining"]) for row in sites[plant]["capacity"] if row["used"]}
        must = {day: (used, room[plant] - used) for (where, day), used in full.items() if where == plant}
        if said != must:
            raise AssertionError(f"{plant}: days {said}, must be {must}")
    busiest = max(room, key=lambda plant: sum(used for (where, _), used in full.items() if where == plant))
    return f"{len(days)} orders, {sum(where == busiest for where, _ in full)} days of {busiest}"


def main():
    for told in log(sys.argv[1])[0]:
        print(json.dumps(told))


if __name__ == "__main__":
    main()
