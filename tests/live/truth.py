# SPDX-License-Identifier: Apache-2.0
"""What the journal says, added up by the definitions of the contract (section 4): entries, reference data, events.

Slow and obvious: facts are kept and summed when asked. Shares nothing with the product. What is decided on the way
(2.6) is in settle.py, the documents that follow are in documents.py and promises.py.
"""

import heapq
import io
from collections import Counter, defaultdict
from zoneinfo import ZoneInfo

from balances import Balance, Inbound
from capacity import Ledger
from dates import date_of
from network import Network
from orders import NOWHERE, Goods, Order
from reading import (EVENT_TOPICS, LINES_MAX, MS, QUANTITY_MAX, Refused, read_document,
                     read_event)
from settle import Settle
from standing import Standing
from supply import Supply

INBOUND_KEPT_MS = 30 * 86_400_000


class Settings:
    """`settings` of the journal; in nanoseconds where the name does not say otherwise."""

    def __init__(self, told):
        limits = told["limits"]
        self.wall = told["clock"] == "wall"
        self.dedupe_ms = told["dedupe"]["window"]
        self.grace_days = told["inbound"]["grace_days"]
        self.future = limits["future_tolerance"] * MS
        self.window = limits["reorder_window"] * MS
        self.closed_ms = limits["closed_orders"]
        self.moves = limits["moves"]


def newer(had, when):
    return had is None or when >= had


class World(Network):
    def __init__(self):
        super().__init__()
        self.settings = None
        self.sequence, self.entry_now, self.newest_time = 0, 0, None
        self.balances = {}                                       # (sku, location) -> Balance
        self.orders, self.ended = {}, set()
        self.ledgers = defaultdict(Ledger)                       # location -> what is booked on its days
        self.waiting = defaultdict(dict)                         # sku -> {(line, table): units without location}
        self.undone = defaultdict(dict)                          # sku -> lines with units without location or day
        self.sourced = {}                                        # lines with open units where R7 put them
        self.line_count = 0
        self.changed, self.before = set(), {}                    # by the event at hand: skus; balances as they were
        self.described = False                                   # reference data came, and nothing settled since
        self.known = {}                                          # identity -> (content, partition, record timestamp)
        self.read_timestamp = defaultdict(lambda: -1)            # (topic, partition) -> newest
        self.accepted_time = {}                                  # (topic, partition) -> newest business time
        self.order_ends, self.inbound_ends = [], []
        self.results, self.rejects = Counter(), {}
        self.supply, self.settle, self.standing = Supply(self), Settle(self), Standing(self)

    # -------------------------------------------------------------------------------------------------------- entries

    def begin(self, entry):
        if "settings" in entry:
            self.settings = Settings(entry["settings"])
        for name, rules in entry.get("zones", {}).items():
            self.zones[name] = ZoneInfo.from_file(io.BytesIO(rules), name)
            self.sites.clear()
        self.sequence = entry["sequence"]
        self.entry_now = max(self.entry_now, entry["now"])
        if self.settings.wall:
            self.end_by_time()

    def end(self, entry):
        self.settle_described()
        if entry.get("review"):
            self.settle.all()
            self.settle.move()

    def settle_described(self):
        """A run of reference records is over (2.6)."""
        if self.described:
            self.described = False
            self.settle.all()

    def now(self):
        """Decisions are taken at this instant (2.6)."""
        if self.settings.wall:
            return self.entry_now * MS
        return self.newest_time or 0

    def end_by_time(self):
        """R15, R10: what nothing has named for long, and nothing is open of."""
        now = self.now() // MS
        while self.order_ends and self.order_ends[0][0] < now:
            _, order_id = heapq.heappop(self.order_ends)
            order = self.orders.get(order_id)
            if order and now - order.newest // MS > self.settings.closed_ms and order.nothing_open():
                del self.orders[order_id]
                if order.placed():
                    self.ended.add(order_id)
        while self.inbound_ends and self.inbound_ends[0][0] < now:
            _, at, name = heapq.heappop(self.inbound_ends)
            line = self.balances[at].inbound.get(name)
            if line and now - line.newest // MS > INBOUND_KEPT_MS and not line.open():
                del self.balances[at].inbound[name]

    def take(self, topic, partition, offset, timestamp, key, headers, value):
        """One record of an entry: applied, duplicate, stale, parked, ignored or rejected."""
        if partition >= 0:
            self.read_timestamp[topic, partition] = max(self.read_timestamp[topic, partition], self.effective(timestamp))
        headers = {name: one for name, one in headers}
        try:
            if topic in EVENT_TOPICS:
                self.settle_described()
                event = read_event(topic, value, headers)
                return "ignored" if event is None else self.event(event, topic, partition, self.effective(timestamp))
            self.describe(read_document(topic, key, value, headers))
            self.described = True
            return "applied"
        except Refused as refused:
            self.rejects[topic, partition, offset] = refused.reason
            return "rejected"

    def effective(self, timestamp):
        if self.settings.wall:
            return self.entry_now if timestamp < 0 or timestamp > self.entry_now else timestamp
        return max(0, timestamp)

    # --------------------------------------------------------------------------------------------------------- events

    def event(self, event, topic, partition, timestamp):
        content = (event.kind, event.time, repr(sorted(event.data.items())))
        had = self.known.get(event.identity)
        if had and had[2] >= self.read_timestamp[had[1]] - self.settings.dedupe_ms:
            if had[0] != hash(content):
                raise Refused("conflict", "the identity with other content")
            return "duplicate"
        if event.time > timestamp * MS + self.settings.future:
            raise Refused("bad_time", "ahead of its record")
        self.changed, self.before = set(), {}
        result = self.stock(event) if event.kind in STOCK_EVENTS else self.lifecycle(event, (topic, partition))
        # Accepted, also where it repeats a shipment under an identity of its own.
        self.known[event.identity] = hash(content), (topic, partition), timestamp
        self.accepted_time[topic, partition] = max(self.accepted_time.get((topic, partition), 0), event.time)
        self.newest_time = max(self.newest_time or 0, event.time)
        if not self.settings.wall:
            self.end_by_time()
        if result in ("applied", "parked"):
            self.changed |= {sku for (sku, place), had in self.before.items()
                             if self.balances[sku, place].figures() != had}
            self.settle.event(event.data.get("order_id"), self.changed)
        return result

    def balance(self, sku, location):
        if (sku, location) not in self.balances:
            self.balances[sku, location] = Balance()
            self.skus[sku].add(location)
            if location not in self.places:
                self.places.add(location)
                self.of_network.clear()
        return self.balances[sku, location]

    def touch(self, sku, location):
        """A balance that the event at hand may change."""
        balance = self.balance(sku, location)
        if (sku, location) not in self.before:
            self.before[sku, location] = balance.figures()
        return balance

    def stock(self, event):
        data, when = event.data, event.time
        sku, place, units = data["sku"], data["location"], data["quantity"]
        if event.kind == "stock.returned":
            return self.returned(event)
        if self.bundle(sku):
            raise Refused("bad_value", "a bundle does not move itself (R12)")
        balance = self.touch(sku, place)
        self.name(place, when)
        if event.kind == "stock.counted":
            return balance.count(when, units, self.settings.window)
        if event.kind == "stock.held":
            balance.held += units
        elif event.kind == "stock.released":
            balance.held = max(0, balance.held - units)
        elif event.kind == "inbound.expected":
            line = self.inbound(sku, place, data["inbound_id"], when, data.get("eta"))
            line.expect(when, units)
        elif event.kind == "stock.transferred":
            balance.move(when, -units, self.settings.window)
            self.name(data["to"], when)
            line = self.inbound(sku, data["to"], data["transfer_id"], when, data.get("eta"))
            line.flows.append((when, units))
        else:
            balance.move(when, units, self.settings.window)
            if "inbound_id" in data:
                self.inbound(sku, place, data["inbound_id"], when).flows.append((when, -units))
        return "applied"

    def inbound(self, sku, location, name, when, eta=None):
        line = self.touch(sku, location).inbound.setdefault(name, Inbound())
        line.named(when, eta)
        heapq.heappush(self.inbound_ends, (line.newest // MS + INBOUND_KEPT_MS, (sku, location), name))
        return line

    def returned(self, event):
        data, when = event.data, event.time
        sku, place, units = data["sku"], data["location"], data["quantity"]
        unsellable = not data.get("sellable", True)
        goods = Goods(place, Counter({sku: units}), when, 1, unsellable=unsellable)
        if "order_id" not in data or "line_id" not in data:
            if self.bundle(sku):
                raise Refused("bad_value", "a bundle does not move itself (R12)")
            self.name(place, when)
            self.move_goods(goods, sku, [(sku, units)])
            return "applied"
        self.name(place, when)
        order = self.order(data["order_id"])
        line = order.line(data["line_id"])
        line.returned += units
        line.goods["stock.returned", event.identity] = goods
        self.take_goods(line, goods)
        self.named(data["order_id"], order, when)
        return "applied"

    # ------------------------------------------------------------------------------------------- goods of order lines

    def move_goods(self, goods, sku, parts):
        """Takes goods named `sku` to the balances of `parts`; none: they wait."""
        goods.moved[sku] = parts
        for part, units in parts:
            balance = self.touch(part, goods.location)
            balance.move(goods.when, goods.sign * units if goods.deducts else 0, self.settings.window)
            if goods.unsellable:
                balance.held += units

    def undo_goods(self, goods, sku):
        for part, units in goods.moved.pop(sku):
            balance = self.touch(part, goods.location)
            if goods.deducts:
                balance.unmove(goods.when, goods.sign * units)
            if goods.unsellable:
                balance.held = max(0, balance.held - units)

    def parts(self, line, goods, sku):
        """R12: by the line's recipe, else as the catalogue has it; a bundle of an unknown line waits whole."""
        recipe = line.recipe if line.sku == sku else self.bundle(sku)
        if recipe and line.sku is None:
            return []
        return [(part, goods.skus[sku] * each) for part, each in recipe or [(sku, 1)]]

    def take_goods(self, line, goods):
        for sku in goods.skus.keys() - goods.moved.keys():
            self.balance(sku, goods.location)
            self.move_goods(goods, sku, self.parts(line, goods, sku))

    # --------------------------------------------------------------------------------------------- orders, shipments

    def order(self, order_id):
        if order_id not in self.orders:
            self.orders[order_id] = Order(order_id, self.ledgers)
            self.ended.discard(order_id)
        return self.orders[order_id]

    def named(self, order_id, order, when):
        order.newest = when if order.newest is None else max(order.newest, when)
        heapq.heappush(self.order_ends, (order.newest // MS + self.settings.closed_ms, order_id))

    def lifecycle(self, event, partition):
        data, order_id = event.data, event.data["order_id"]
        if order_id not in self.orders and event.time < self.accepted_time.get(partition, 0) - self.settings.closed_ms * MS:
            raise Refused("too_late", order_id)
        fresh = order_id not in self.orders
        order = self.orders.get(order_id) or Order(order_id, self.ledgers)
        result = LIFECYCLE[event.kind](self, order_id, order, event)
        if fresh:
            self.orders[order_id] = order
            self.ended.discard(order_id)
        if result != "duplicate":
            self.named(order_id, order, event.time)
        return result

    def on_placed(self, order_id, order, event):
        data, when = event.data, event.time
        for told in data["lines"]:
            line = order.lines.get(told["line_id"])
            own = "bundle" in told and [(part["sku"], part["quantity"]) for part in told["bundle"]]
            if line and line.sku is not None:
                if line.sku != told["sku"] or (own and sorted(own) != sorted(line.recipe or ())):
                    raise Refused("conflict", f"line {told['line_id']}")
            recipe = line.recipe if line and line.sku is not None else own or self.bundle(told["sku"])
            if any(told["quantity"] * each > QUANTITY_MAX for _, each in recipe or ()):
                raise Refused("bad_quantity", "of a component")
        self.check_line_count(order, data)
        for name in ("zone", "network", "service"):
            had = getattr(order, name)
            if name in data and newer(had[0], when):
                setattr(order, name, (when, data[name]))
        for told in data["lines"]:
            self.place(order, told, when)
        for line in order.lines.values():
            self.refresh(line)
        return "applied"

    @staticmethod
    def check_line_count(order, data):
        if len(order.lines.keys() | {told["line_id"] for told in data["lines"]}) > LINES_MAX:
            raise Refused("bad_value", "over 2,000 lines")

    def place(self, order, told, when):
        line = order.line(told["line_id"])
        fresh = line.sku is None
        if newer(line.quantity_time, when):
            line.quantity, line.quantity_time = told["quantity"], when
        if "promised_by" in told and newer(line.promised_time, when):
            line.promised_by, line.promised_time = told["promised_by"], when
        moved = "location" in told and newer(line.location_time, when)
        if moved:
            line.location, line.location_time = told["location"], when
        if fresh:
            self.line_count += 1
            line.number, line.sku = self.line_count, told["sku"]
            order.placed_lines.append(line)
            own = told.get("bundle")
            line.recipe = [(part["sku"], part["quantity"]) for part in own] if own else self.bundle(told["sku"])
            self.redo_goods(line)
        for place in {line.location, told.get("location")} - {None}:
            self.balance(line.sku, place)
        if "location" in told:
            self.name(told["location"], when)
        self.fit(order, line)
        if moved:
            self.gather(line)
        if fresh:
            self.lose(line, line.location, line.shorted_at.get(line.location, 0))

    def redo_goods(self, line):
        """The line is known now: what went by its SKU alone, or waited, goes as the line says."""
        for goods in line.goods.values():
            for sku, parts in list(goods.moved.items()):
                if not parts or sku == line.sku and parts != self.parts(line, goods, sku):
                    self.undo_goods(goods, sku)
            self.take_goods(line, goods)

    @staticmethod
    def gather(line):
        """An event named a location: all open units are there."""
        for place, units in list(line.open.items()):
            if place != line.location and units:
                line.drop(place, units, elsewhere=True)
                line.add(line.location, units)
        if line.location in line.parts:
            line.parts[line.location].sourced = False

    @staticmethod
    def lose(line, location, units):
        """Short: units there lose their location."""
        lost = min(units, line.open[location]) if location is not NOWHERE else 0
        if lost:
            line.drop(location, lost, elsewhere=True)
            line.add(NOWHERE, lost)

    @staticmethod
    def fit(order, line, shipped_from=None):
        """R2: takes open units off the line, or adds them, until they are what the totals say."""
        change = order.totals(line)["open"] - line.open.total()
        if change > 0:
            line.add(line.location, change)
            return
        places = [place for place, _ in line.placed_units()]
        if shipped_from is not None:
            turn = [shipped_from, NOWHERE, *(place for place in places if place != shipped_from)]
        else:
            # By ship day, latest first, those without a day before them, then by name, last first.
            undated = [place for place in places if line.parts[place].ship_on is None]
            dated = sorted((line.parts[place].ship_on, place) for place in places if place not in undated)
            turn = [NOWHERE, *reversed(undated), *(place for _, place in reversed(dated))]
        for place in turn:
            taken = min(line.open[place], -change)
            line.drop(place, taken)
            change += taken

    def on_amended(self, order_id, order, event):
        self.check_line_count(order, event.data)
        for told in event.data["lines"]:
            had = order.lines.get(told["line_id"])
            if had and any(told["quantity"] * each > QUANTITY_MAX for _, each in had.recipe or ()):
                raise Refused("bad_quantity", "of a component")
        for told in event.data["lines"]:
            line = order.line(told["line_id"])
            if newer(line.quantity_time, event.time):
                line.quantity, line.quantity_time = told["quantity"], event.time
                self.refit(line)
        return "applied"

    def on_cancelled(self, order_id, order, event):
        if "lines" not in event.data:
            order.cancelled = True
            for line in order.lines.values():
                self.refit(line)
            return "applied"
        self.check_line_count(order, event.data)
        for told in event.data["lines"]:
            order.line(told["line_id"]).asked += told["quantity"]
            self.refit(order.line(told["line_id"]))
        return "applied"

    def on_assigned(self, order_id, order, event):
        self.check_line_count(order, event.data)
        for told in event.data["lines"]:
            line = order.line(told["line_id"])
            self.name(told["location"], event.time)
            if line.sku is not None:
                self.balance(line.sku, told["location"])
            if newer(line.location_time, event.time):
                line.location, line.location_time = told["location"], event.time
                if line.sku is not None:
                    self.gather(line)
                    self.refresh(line)
        return "applied"

    def on_goods(self, order_id, order, event):
        """shipped and shorted"""
        data, kind, shipment = event.data, event.kind, event.data["shipment_id"]
        if kind == "shipment.shipped" and shipment in order.void:
            raise Refused("conflict", f"{shipment} is void")
        said = defaultdict(Counter)
        for told in data["lines"]:
            said[told["line_id"]][told["sku"]] += told["quantity"]
        fresh = []
        for line_id, skus in said.items():
            line = order.lines.get(line_id)
            had = line and line.goods.get((kind, shipment))
            if had is None:
                fresh.append(line_id)
            elif had.location != data["location"] or had.skus != skus:
                raise Refused("conflict", f"{shipment}, line {line_id}")
        if not fresh:
            return "duplicate"
        self.name(data["location"], event.time)
        deducts = self.location(data["location"], "shipments_deduct_stock", True)
        parked = False
        for line_id in fresh:
            line = order.line(line_id)
            goods = line.goods[kind, shipment] = Goods(data["location"], said[line_id], event.time, -1, deducts)
            self.take_goods(line, goods)
            parked |= line.sku is None
            if kind == "shipment.shipped":
                self.ship_work(line, goods)
                self.refit(line, data["location"])
                continue
            line.short.add(data["location"])
            if line.sku is None:
                line.shorted_at[data["location"]] += goods.units()
            else:
                self.lose(line, data["location"], goods.units())
                self.refresh(line)
        return "parked" if parked else "applied"

    def workload(self, sku):
        return self.items.get(sku, {}).get("workload", 1)

    def ship_work(self, line, goods):
        """R9: shipped units sit on the civil date of the shipment at its location."""
        work = sum(units * self.workload(line.sku or sku) for sku, units in goods.skus.items())
        goods.shipped = date_of(self.site(goods.location).zone, goods.when), work
        self.ledgers[goods.location].ship(*goods.shipped, line.order, line.line_id)

    def on_voided(self, order_id, order, event):
        shipment = event.data["shipment_id"]
        if shipment in order.void:
            return "duplicate"
        order.void.add(shipment)
        for line in order.lines.values():
            goods = line.goods.pop(("shipment.shipped", shipment), None)
            if goods:
                for sku in list(goods.moved):
                    self.undo_goods(goods, sku)
                day, work = goods.shipped
                self.ledgers[goods.location].ship(day, -work, order, line.line_id)
                self.refit(line)
        return "applied" if order.placed() else "parked"

    def on_delivered(self, order_id, order, event):
        if event.data["shipment_id"] in order.delivered:
            return "duplicate"
        order.delivered.add(event.data["shipment_id"])
        return "applied" if order.placed() else "parked"

    def refit(self, line, shipped_from=None):
        if line.sku is not None:
            self.fit(line.order, line, shipped_from)
            self.refresh(line)

    def refresh(self, line):
        """The line's open units, as the balances and the waiting lists have them."""
        if line.sku is None:
            return
        units = {place: units for place, units in line.open.items() if units}
        for place in (units.keys() | line.wanted) - {NOWHERE}:
            here = units.get(place, 0)
            for sku, each in line.made_of():
                self.balance(sku, place).want("demand", line.number, here * each)
            if line.recipe:
                self.balance(line.sku, place).want("bundles", line.number, here)
        for sku, each in line.made_of():
            self.wait(sku, (line, "demand"), line.open[NOWHERE] * each)
        if line.recipe:
            self.wait(line.sku, (line, "bundles"), line.open[NOWHERE])
        if units != line.seen:
            line.seen, line.wanted = units, units.keys()
            self.changed |= line.skus()
        self.note_waiting(line)

    def note_waiting(self, line):
        if line.waits != line.waiting():
            line.waits = not line.waits
            for sku in line.skus():
                if line.waits:
                    self.undone[sku][line] = None
                else:
                    del self.undone[sku][line]
        if any(line.parts[place].sourced for place, _ in line.placed_units()):
            self.sourced[line] = None
        else:
            self.sourced.pop(line, None)

    def wait(self, sku, who, units):
        self.waiting[sku].pop(who, None)
        if units:
            self.waiting[sku][who] = units


STOCK_EVENTS = {"stock.received", "stock.adjusted", "stock.counted", "stock.held", "stock.released", "stock.returned",
                "stock.transferred", "inbound.expected"}
LIFECYCLE = {"order.placed": World.on_placed, "order.amended": World.on_amended, "order.cancelled": World.on_cancelled,
             "order.assigned": World.on_assigned, "shipment.shipped": World.on_goods, "shipment.shorted": World.on_goods,
             "shipment.voided": World.on_voided, "shipment.delivered": World.on_delivered}
