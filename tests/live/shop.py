#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small shop's event log, made up: every event type, and what goes wrong with them, by seed.

    shop.py [--seed N] [--orders N] [--start MS] >log.jsonl

Lines are {"topic", "key", "value" | "value_b64", "timestamp_ms"} in the order of timestamp_ms, keys in order within a
topic. Nothing adds up on purpose: parcels come before their orders, more leaves than was ordered, cancels come late.
"""

import argparse
import base64
import json
import random
from datetime import datetime, timedelta, timezone

from reading import ITEMS, LANES, LOCATIONS, ORDERS, SHIPMENTS, STOCK

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_298_937_600_000                          # 2011-03-01: the clocks change on the way
ZONES, SERVICES, NETWORKS = ("north", "south", "isles"), ("standard", "express"), ("default", "web", "trade")
PLACES = ("berlin", "kolkata", "leeds", "new-york", "oslo", "quito", "sydney", "tunis")
# Some bind within the log's days, each unit is there, and some have no limit.
CAPACITIES = ({"unit": "units", "per_day": 40}, {"unit": "orders", "per_day": 6}, {"unit": "lines", "per_day": 8},
              {"per_day": None}, {"unit": "units", "per_day": 90}, {"unit": "orders"}, {"unit": "lines", "per_day": 20})
TIME_ZONES = ("Europe/Berlin", "Asia/Kolkata", "Europe/London", "America/New_York", "Europe/Oslo", None, "Australia/Sydney")


class Shop:
    def __init__(self, seed, orders, start=START, span=None):
        self.draw = random.Random(seed)
        self.start, self.now, self.orders = start, start, orders
        self.span = span or max(10 * DAY, orders * HOUR // 2)
        self.out, self.arrived, self.ids = [], {}, 0
        self.skus = [f"sku-{i:03d}" for i in range(40)] + ["Ünïcode ☃"]
        self.bundles = {f"set-{i}": self.recipe() for i in range(5)}
        self.placed, self.parcels = {}, []

    def recipe(self):
        return [{"sku": sku, "quantity": self.draw.randint(1, 3)} for sku in self.draw.sample(self.skus[:12], 2)]

    def day(self, number):
        """A date, counted from the log's first day."""
        first = datetime.fromtimestamp(self.start / 1000, timezone.utc).date()
        return (first + timedelta(days=number)).isoformat()

    # ------------------------------------------------------------------------------------------------------- writing

    def write(self, topic, key, value, late=0, raw=None):
        """A record that arrives after what was written of its key before."""
        stamp = max(self.now + late, self.arrived.get((topic, key), 0))
        self.arrived[topic, key] = stamp
        told = {"topic": topic, "key": key, "value": value, "timestamp_ms": stamp}
        if raw is not None:
            del told["value"]
            told["value_b64"] = base64.b64encode(raw).decode()
        self.out.append((stamp, len(self.out), told))

    def event(self, topic, key, kind, late=0, time=None, **data):
        self.ids += 1
        time = self.now if time is None else time
        value = {"id": f"e{self.ids}", "source": f"src-{self.ids % 3}", "type": kind, "time": time,
                 **{name: one for name, one in data.items() if one is not None}}
        self.spoil(topic, key, value, late)
        self.write(topic, key, value, late)
        if self.draw.random() < 0.04:
            self.again(topic, key, value, late)

    def again(self, topic, key, value, late):
        """The same once more, or something else under its identity."""
        fate = self.draw.randrange(4)
        if fate == 0:
            value = dict(reversed(value.items())) | {"trace": "again"}
        elif fate == 1:
            value = value | {"time": value["time"] + 1}
        elif fate == 2 and topic == SHIPMENTS:
            value = value | {"id": value["id"] + "-again", "time": value["time"] + MINUTE, "carrier": "another"}
            if value["type"] in ("shipment.voided", "shipment.delivered"):
                del value["carrier"]
        self.write(topic, key, value, late + self.draw.randint(0, 5 * HOUR))

    def spoil(self, topic, key, value, late):
        """Now and then a record to be refused goes ahead; it does not use up the identity."""
        if self.draw.random() > 0.04:
            return
        field = "sku" if topic == STOCK else "order_id"
        text = json.dumps(value).encode()
        wrong = self.draw.choice((
            lambda: self.write(topic, key, None, late),
            lambda: self.write(topic, key, value | {field: " "}, late),
            lambda: self.write(topic, key, value | {"time": "1999-12-31T23:59:59Z"}, late),
            lambda: self.write(topic, key, value | {"time": self.now + late + 30 * DAY}, late),
            lambda: self.write(topic, key, value | {"source": None}, late),
            lambda: self.write(topic, key, value | {"type": value["type"] + ".v2"}, late),
            lambda: self.write(topic, key, value | {"quantity": 5.5, "lines": "none"}, late),
            lambda: self.write({STOCK: ORDERS, ORDERS: SHIPMENTS, SHIPMENTS: STOCK}[topic], key, value, late),
            lambda: self.write(topic, key, None, late, raw=text[:-3]),
            lambda: self.write(topic, key, None, late, raw=text[:-1] + b',"id":"twin"}'),
            lambda: self.write(topic, key, None, late, raw=text[:-1] + b',"deep":' + b"[" * 20 + b"]" * 20 + b"}"),
            lambda: self.write(topic, key, None, late, raw=b"\x93\x01\x02\x03"),
            lambda: self.write(topic, key, None, late, raw=b""),
        ))
        wrong()

    def late(self):
        """Most records come at once, some hours later, but within what every window takes."""
        return self.draw.choice((0, 0, 0, 50, 900, 2 * HOUR, self.draw.randint(0, 20 * HOUR)))

    # ------------------------------------------------------------------------------------------------- reference data

    def describe(self):
        for i, place in enumerate(PLACES[:7]):
            self.place(place, i)
        for i, place in enumerate(PLACES):
            for zone in ZONES[:2] if place != "oslo" else ():
                for service in SERVICES[:1 + len(place) % 2]:
                    self.lane(place, zone, service, i)
        for i, sku in enumerate(self.skus[:30]):
            self.item(i, sku)
        for sku, recipe in self.bundles.items():
            self.write(ITEMS, sku, {"sku": sku, "bundle": recipe})
        self.write(LOCATIONS, "nowhere", {"location": "nowhere", "time_zone": "Mars/Olympus"})
        self.write(ITEMS, "bad", {"sku": "bad", "bundle": []})
        self.write(LANES, "berlin|north", None)

    def place(self, place, i, **change):
        value = {"location": place, "time_zone": TIME_ZONES[i], "networks": [["web"], ["default", "web"], ["trade"]][i % 3],
                 "enabled": i != 3, "safety_stock": i % 2, "shipments_deduct_stock": i != 4,
                 "calendar": {"working_days": ["mon", "tue", "wed", "thu", "fri", "sat"][: 5 + i % 2],
                              "closed": [self.day(16), self.day(55)], "open": [self.day(19)],
                              "cutoff": ["01:30", None, "23:59"][i % 3], "opens": "07:45"},
                 "processing_days": i % 3 // 2, "priority": 100 - 10 * (i % 4), "pickup": i % 2 == 0,
                 "capacity": CAPACITIES[i] | {"overrides": {self.day(4): 5, self.day(17): 5}}}
        self.write(LOCATIONS, place, value | change)

    def lane(self, place, zone, service, i):
        value = {"location": place, "zone": zone, "service": service, "cost": 100 * (i % 3),
                 "transit_days": {"min": 1 - i % 2, "max": 3 if service == "standard" else 1 + i % 2}}
        if i % 3 == 0:
            value |= {"delivery_weekdays": ["tue", "thu", "sat"], "closed": [self.day(7), self.day(8)]}
        if i % 4 == 0:
            value["transit_weekdays"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        self.write(LANES, f"{place}|{zone}|{service}", value)

    def item(self, i, sku):
        value = {"sku": sku, "low_stock": i % 9, "safety_stock": None if i % 4 else 2, "discontinued": i % 11 == 10,
                 "workload": 1 + i % 3 // 2 * 2}
        if i % 5 == 0:
            value["safety_stock_at"] = {"berlin": 4, "tunis": 0}
        if i % 7 == 0:
            value["made_to_order"] = {"lead_days": 3, "locations": ["leeds"]} if i % 2 else {"lead_days": 3}
        if i % 8 == 0:
            value["preorder_from"] = self.day(9 + i)
        self.write(ITEMS, sku, value)

    def redescribe(self):
        """Reference data changes while events go on."""
        i = self.draw.randrange(7)
        self.draw.choice((
            lambda: self.place(PLACES[i], i, enabled=self.draw.random() < 0.6),
            lambda: self.place(PLACES[i], i, networks=["default", "trade"]),
            lambda: self.place(PLACES[i], i, capacity=self.draw.choice(CAPACITIES)),
            lambda: self.lane(PLACES[i], self.draw.choice(ZONES), "standard", self.draw.randrange(12)),
            lambda: self.write(LOCATIONS, PLACES[i], None),
            lambda: self.write(ITEMS, self.draw.choice(self.skus[:30]), None),
            lambda: self.item(self.draw.randrange(20), self.draw.choice(self.skus[:30])),
            lambda: self.write(LANES, f"{PLACES[i]}|north|standard", None),
        ))()

    # --------------------------------------------------------------------------------------------------------- events

    def stock(self):
        draw = self.draw
        # Half of all happens to a few: only then counts, movements and inbound lines meet.
        sku, place = draw.choice((*self.skus, *self.skus[:6] * 7)), draw.choice((*PLACES, *PLACES[:2] * 4))
        more, inbound = {"sku": sku, "location": place}, f"po-{draw.randrange(60)}"
        kind = draw.choice(("received", "adjusted", "counted", "held", "released", "returned", "transferred", "expected",
                            "received", "received", "received", "received", "counted", "bundle"))
        eta = draw.choice((None, self.day(draw.randint(-5, 130))))
        if kind == "bundle":
            more["sku"], kind = draw.choice(list(self.bundles)), draw.choice(("received", "counted", "returned"))
        amount = draw.randint(1, 60)
        if kind == "adjusted":
            more |= {"quantity": draw.choice((-1, 1)) * amount, "reason": "found or lost"}
        elif kind == "transferred":
            more |= {"quantity": amount, "to": draw.choice(PLACES), "transfer_id": inbound, "eta": eta}
        elif kind == "expected":
            more |= {"quantity": draw.choice((0, amount)), "inbound_id": inbound, "eta": eta}
        else:
            more["quantity"] = float(amount) if draw.random() < 0.1 else amount
            if kind == "received" and draw.random() < 0.5:
                more["inbound_id"] = inbound
            if kind == "returned":
                more["sellable"] = draw.choice((True, False, None))
        time = self.now - draw.choice((0, 0, 0, HOUR, 10 * HOUR, 40 * HOUR))
        name = "inbound.expected" if kind == "expected" else f"stock.{kind}"
        self.event(STOCK, more["sku"], name, self.late(), time, **more)

    def order(self):
        draw, order_id = self.draw, f"o-{len(self.placed)}"
        lines = []
        for n in range(draw.randint(1, 5)):
            sku = draw.choice(self.skus + list(self.bundles) * 3)
            line = {"line_id": str(n + 1), "sku": sku, "quantity": draw.randint(1, 12)}
            if draw.random() < 0.4:
                line["location"] = draw.choice(PLACES)
            if draw.random() < 0.1:
                line["bundle"] = self.recipe()
            if draw.random() < 0.1:
                line["promised_by"] = self.day(31)
            lines.append(line)
        self.placed[order_id] = lines
        self.event(ORDERS, order_id, "order.placed", self.late(), order_id=order_id, zone=draw.choice(ZONES), lines=lines,
                   network=draw.choice((None, "default", "web", "trade")), service=draw.choice((None, *SERVICES)))

    def change(self):
        """Something happens to an order that was placed."""
        draw, order_id = self.draw, self.draw.choice(list(self.placed))
        some = draw.sample(self.placed[order_id], draw.randint(1, len(self.placed[order_id])))
        kind = draw.choice(("amended", "cancelled", "cancelled all", "assigned", "assigned", "placed"))
        lines = {"amended": [{"line_id": one["line_id"], "quantity": draw.randint(0, 14)} for one in some],
                 "cancelled": [{"line_id": one["line_id"], "quantity": draw.randint(1, 6)} for one in some],
                 "assigned": [{"line_id": one["line_id"], "location": draw.choice(PLACES)} for one in some],
                 "placed": [one | {"quantity": draw.randint(1, 9)} for one in some]}.get(kind)
        if kind == "placed" and draw.random() < 0.3:
            lines[0] = lines[0] | {"sku": "sku-000"}
        self.event(ORDERS, order_id, f"order.{kind.split()[0]}", self.late(), self.now - draw.choice((0, 0, HOUR)),
                   order_id=order_id, lines=lines, zone=draw.choice(ZONES) if kind == "placed" else None)

    def parcel(self):
        draw, order_id = self.draw, self.draw.choice(list(self.placed))
        lines = [{"line_id": one["line_id"], "sku": one["sku"], "quantity": draw.randint(1, one["quantity"])}
                 for one in draw.sample(self.placed[order_id], draw.randint(1, len(self.placed[order_id])))]
        if draw.random() < 0.1:
            lines[0]["sku"] = draw.choice(self.skus + list(self.bundles))
        if draw.random() < 0.1:
            lines.append(lines[0])
        shipment, kind = f"p-{len(self.parcels)}", draw.choice(("shipped", "shipped", "shipped", "shipped", "shorted"))
        self.parcels.append((order_id, shipment))
        self.event(SHIPMENTS, order_id, f"shipment.{kind}", self.late(), self.now - draw.choice((0, HOUR)), order_id=order_id,
                   shipment_id=shipment, location=draw.choice((lines[0].get("location"), *PLACES)) or PLACES[0], lines=lines)

    def follow(self):
        """A parcel arrives, or never was, or comes back."""
        order_id, shipment = self.draw.choice(self.parcels)
        kind = self.draw.choice(("delivered", "delivered", "delivered", "voided"))
        self.event(SHIPMENTS, order_id, f"shipment.{kind}", self.late(), order_id=order_id, shipment_id=shipment)

    def back(self):
        order_id = self.draw.choice((*self.placed, "never-seen"))
        line = self.draw.choice(self.placed.get(order_id, [{"line_id": "1", "sku": "sku-001"}]))
        self.event(STOCK, line["sku"], "stock.returned", self.late(), sku=line["sku"], location=self.draw.choice(PLACES),
                   quantity=self.draw.randint(1, 3), sellable=self.draw.choice((True, False)), order_id=order_id,
                   line_id=line["line_id"])

    def log(self):
        self.describe()
        self.now += HOUR
        self.order()
        self.parcel()
        acts = [self.order, self.stock, self.stock, self.stock, self.change, self.parcel, self.parcel, self.follow, self.back]
        step = self.span // (self.orders * len(acts))
        while len(self.placed) < self.orders:
            self.now += self.draw.randint(0, 2 * step)
            self.draw.choice(acts)()
            if self.draw.random() < 0.01:
                self.redescribe()
        return [told for _, _, told in sorted(self.out, key=lambda one: one[:2])]


def write_log(path, seed, orders, start=START, span=None):
    """The number of lines."""
    log = Shop(seed, orders, start, span).log()
    with open(path, "w", encoding="utf-8") as out:
        for told in log:
            out.write(json.dumps(told, ensure_ascii=False) + "\n")
    return len(log)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--start", type=int, default=START, help="milliseconds since 1970")
    args = parser.parse_args()
    for told in Shop(args.seed, args.orders, args.start).log():
        print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
