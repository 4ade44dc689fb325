# SPDX-License-Identifier: Apache-2.0
"""What the journal says, added up by the definitions of the contract (section 4), and the documents that follow.

Slow and obvious: facts are kept and summed when asked. Shares nothing with the product.
"""

import heapq
import io
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from datetime import timezone
from zoneinfo import ZoneInfo

from reading import (EVENT_TOPICS, ITEMS, LANES, LINES_MAX, LOCATIONS, MS, QUANTITY_MAX, Refused,
                     read_document, read_event)

INBOUND_KEPT_MS = 30 * 86_400_000
HORIZON_DAYS, INBOUND_SHOWN, MOVES_KEPT = 120, 16, 256
NOWHERE = None                                     # the place of units without location


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


# ------------------------------------------------------------------------------------------------------------ a balance

class Inbound:
    """R10: one line of what is to come. The newest word says how much; flows at or after it count."""

    def __init__(self):
        self.word, self.quantity, self.flows = None, 0, []
        self.eta, self.eta_time, self.newest = None, None, None

    def named(self, when, eta=None):
        self.newest = when if self.newest is None else max(self.newest, when)
        if eta is not None and (self.eta_time is None or when >= self.eta_time):
            self.eta, self.eta_time = eta, when

    def expect(self, when, quantity):
        if self.word is None or when >= self.word:
            self.word, self.quantity = when, quantity

    def open(self):
        return max(0, self.quantity + sum(q for t, q in self.flows if self.word is None or t >= self.word))


class Balance:
    """R1, R5: the newest count and every movement; who wants units of it, by line number (R6)."""

    def __init__(self):
        self.moves, self.held = [], 0
        self.count_time, self.count_from, self.counted = None, None, 0
        self.newest, self.forced_edge, self.kept = None, None, []
        self.inbound = {}
        self.demand, self.bundles = {}, {}         # line number -> units; of lines that are made of other goods
        self.sum = 0                               # of on_hand(); None: to be added up again

    def on_hand(self):
        if self.sum is None:
            since = self.count_from
            self.sum = self.counted + sum(q for t, q in self.moves if since is None or t >= since)
        return self.sum

    def allocated(self):
        return sum(self.demand.values()) + sum(self.bundles.values())

    def edge(self, window):
        """Counts before this are late."""
        edges = [e for e in (None if self.newest is None else self.newest - window, self.forced_edge) if e is not None]
        return max(edges, default=None)

    def move(self, when, quantity, window):
        self.newest = when if self.newest is None else max(self.newest, when)
        if not quantity:
            return                                 # a shipment where the WMS sends the movement: it was seen, no more
        self.moves.append((when, quantity))
        self.sum = None
        if when >= max(self.edge(window), when if self.count_from is None else self.count_from):
            insort(self.kept, when)
        self.forget(self.edge(window))
        if len(self.kept) > MOVES_KEPT:
            self.forced_edge = max(self.kept[0] + 1, self.forced_edge or 0)
            self.forget(self.forced_edge)

    def unmove(self, when, quantity):
        self.moves.append((when, -quantity))
        self.sum = None
        at = bisect_left(self.kept, when)
        if at < len(self.kept) and self.kept[at] == when:
            del self.kept[at]

    def forget(self, edge):
        del self.kept[:bisect_left(self.kept, edge)]

    def count(self, when, quantity, window):
        """-> applied or stale"""
        self.sum = None
        self.newest = when if self.newest is None else max(self.newest, when)
        edge = self.edge(window)
        if when < edge:
            if self.count_time is not None and self.count_time > when:
                return "stale"
            self.count_time, self.count_from, self.counted = when, edge, quantity
        elif self.count_time is None or when >= self.count_time:
            self.count_time, self.count_from, self.counted = when, when, quantity
        self.forget(self.count_from)
        return "applied"


# ------------------------------------------------------------------------------------------------------------- an order

class Goods:
    """What left or came back with one entry of one line: how it was taken to the balances, to take it back."""

    def __init__(self, location, skus, when, sign, deducts=True, unsellable=False):
        self.location, self.skus, self.when, self.sign = location, skus, when, sign
        self.deducts, self.unsellable = deducts, unsellable
        self.moved = {}                            # sku as named -> [(sku, units)]; an empty list waits for the line

    def units(self):
        return sum(self.skus.values())


class Line:
    def __init__(self):
        self.sku, self.recipe, self.number = None, None, None
        self.quantity, self.quantity_time = 0, None
        self.location, self.location_time = None, None
        self.promised_by, self.promised_time = None, None
        self.asked = self.returned = 0
        self.open = Counter()                      # place -> open units; NOWHERE: without location
        self.goods = {}                            # (kind, shipment or event identity) -> Goods
        self.shorted_at = Counter()                # of parked shorts, until the line is placed


class Order:
    def __init__(self):
        self.newest, self.lines, self.cancelled = None, {}, False
        self.zone = self.network = self.service = (None, None)      # (time, value)
        self.void, self.delivered = set(), set()

    def shipped(self, line):
        """Units by location."""
        out = Counter()
        for (kind, shipment), goods in line.goods.items():
            if kind == "shipment.shipped":
                out[goods.location] += goods.units()
        return out

    def totals(self, line):
        """R2."""
        shipped = self.shipped(line).total()
        room = max(0, line.quantity - shipped)
        cancelled = room if self.cancelled else min(line.asked, room)
        return {"quantity": line.quantity, "open": room - cancelled, "shipped": shipped, "cancelled": cancelled,
                "over_shipped": max(0, shipped - line.quantity), "returned": line.returned}

    def placed(self):
        return any(line.sku is not None for line in self.lines.values())

    def nothing_open(self):
        return not any(line.open.total() for line in self.lines.values())


def newer(had, when):
    return had is None or when >= had


# ------------------------------------------------------------------------------------------------------------ the world

class World:
    def __init__(self):
        self.settings, self.zones = None, {"UTC": timezone.utc}
        self.sequence, self.entry_now, self.newest_time = 0, 0, None
        self.balances, self.skus = {}, defaultdict(set)          # (sku, location) -> Balance; sku -> locations
        self.orders, self.ended = {}, set()
        self.items, self.locations, self.lanes = {}, {}, set()
        self.places = set()
        self.waiting = defaultdict(dict)                         # sku -> {(order_id, line_id, table): units}
        self.line_count = 0
        self.known = {}                                          # identity -> (content, partition, record timestamp)
        self.read_timestamp = defaultdict(lambda: -1)            # (topic, partition) -> newest
        self.accepted_time = {}                                  # (topic, partition) -> newest business time
        self.order_ends, self.inbound_ends = [], []
        self.results, self.rejects = Counter(), {}

    # -------------------------------------------------------------------------------------------------------- entries

    def begin(self, entry):
        if "settings" in entry:
            self.settings = Settings(entry["settings"])
        for name, rules in entry.get("zones", {}).items():
            self.zones[name] = ZoneInfo.from_file(io.BytesIO(rules), name)
        self.sequence = entry["sequence"]
        self.entry_now = max(self.entry_now, entry["now"])
        if self.settings.wall:
            self.end_by_time()

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
                event = read_event(topic, value, headers)
                return "ignored" if event is None else self.event(event, topic, partition, self.effective(timestamp))
            self.describe(read_document(topic, key, value, headers))
            return "applied"
        except Refused as refused:
            self.rejects[topic, partition, offset] = refused.reason
            return "rejected"

    def effective(self, timestamp):
        if self.settings.wall:
            return self.entry_now if timestamp < 0 or timestamp > self.entry_now else timestamp
        return max(0, timestamp)

    # ------------------------------------------------------------------------------------------------- reference data

    def describe(self, document):
        if document.topic == LOCATIONS:
            if document.zone is not None and document.zone not in self.zones:
                raise Refused("bad_value", document.zone)
            self.put(self.locations, document.key[0], document.data)
        elif document.topic == LANES:
            if document.data is None:
                self.lanes.discard(document.key)
            else:
                self.lanes.add(document.key)
        else:
            self.put(self.items, document.key[0], document.data)

    @staticmethod
    def put(table, name, data):
        if data is None:
            table.pop(name, None)
        else:
            table[name] = data

    def bundle(self, sku):
        """The catalogue's recipe, or None."""
        recipe = self.items.get(sku, {}).get("bundle")
        return recipe and [(part["sku"], part["quantity"]) for part in recipe]

    def location(self, name, field, default):
        return self.locations.get(name, {}).get(field, default)

    def enabled(self, location):
        return self.location(location, "enabled", True)

    def networks(self, location):
        return self.location(location, "networks", ["default"])

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
        result = self.stock(event) if event.kind in STOCK_EVENTS else self.lifecycle(event, (topic, partition))
        # Accepted, also where it repeats a shipment under an identity of its own.
        self.known[event.identity] = hash(content), (topic, partition), timestamp
        self.accepted_time[topic, partition] = max(self.accepted_time.get((topic, partition), 0), event.time)
        self.newest_time = max(self.newest_time or 0, event.time)
        if not self.settings.wall:
            self.end_by_time()
        return result

    def balance(self, sku, location):
        if (sku, location) not in self.balances:
            self.balances[sku, location] = Balance()
            self.skus[sku].add(location)
            self.places.add(location)
        return self.balances[sku, location]

    def stock(self, event):
        data, when = event.data, event.time
        sku, place, units = data["sku"], data["location"], data["quantity"]
        if event.kind == "stock.returned":
            return self.returned(event)
        if self.bundle(sku):
            raise Refused("bad_value", "a bundle does not move itself (R12)")
        balance = self.balance(sku, place)
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
            line = self.inbound(sku, data["to"], data["transfer_id"], when, data.get("eta"))
            line.flows.append((when, units))
        else:
            balance.move(when, units, self.settings.window)
            if "inbound_id" in data:
                self.inbound(sku, place, data["inbound_id"], when).flows.append((when, -units))
        return "applied"

    def inbound(self, sku, location, name, when, eta=None):
        line = self.balance(sku, location).inbound.setdefault(name, Inbound())
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
            self.move_goods(goods, sku, [(sku, units)])
            return "applied"
        order = self.order(data["order_id"])
        line = order.lines.setdefault(data["line_id"], Line())
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
            balance = self.balance(part, goods.location)
            balance.move(goods.when, goods.sign * units if goods.deducts else 0, self.settings.window)
            if goods.unsellable:
                balance.held += units

    def undo_goods(self, goods, sku):
        for part, units in goods.moved.pop(sku):
            balance = self.balance(part, goods.location)
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
            self.orders[order_id] = Order()
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
        order = self.orders.get(order_id) or Order()
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
            self.place(order_id, order, told, when)
        for line_id in order.lines:
            self.refresh(order_id, order, line_id)
        return "applied"

    @staticmethod
    def check_line_count(order, data):
        if len(order.lines.keys() | {told["line_id"] for told in data["lines"]}) > LINES_MAX:
            raise Refused("bad_value", "over 2,000 lines")

    def place(self, order_id, order, told, when):
        line = order.lines.setdefault(told["line_id"], Line())
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
            own = told.get("bundle")
            line.recipe = [(part["sku"], part["quantity"]) for part in own] if own else self.bundle(told["sku"])
            self.redo_goods(line)
        for place in {line.location, told.get("location")} - {None}:
            self.balance(line.sku, place)
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
        line.open = Counter({line.location: line.open.total()})

    @staticmethod
    def lose(line, location, units):
        """Short: units there lose their location."""
        lost = min(units, line.open[location]) if location is not NOWHERE else 0
        line.open[location] -= lost
        line.open[NOWHERE] += lost

    def fit(self, order, line, shipped_from=None):
        """R2: takes open units off the line, or adds them, until they are what the totals say."""
        change = order.totals(line)["open"] - line.open.total()
        if change > 0:
            line.open[line.location] += change
            return
        places = sorted(place for place in line.open if place is not NOWHERE)
        if shipped_from is not None:
            turn = [shipped_from, NOWHERE, *(place for place in places if place != shipped_from)]
        else:
            turn = [NOWHERE, *reversed(places)]
        for place in turn:
            taken = min(line.open[place], -change)
            line.open[place] -= taken
            change += taken

    def on_amended(self, order_id, order, event):
        self.check_line_count(order, event.data)
        for told in event.data["lines"]:
            had = order.lines.get(told["line_id"])
            if had and any(told["quantity"] * each > QUANTITY_MAX for _, each in had.recipe or ()):
                raise Refused("bad_quantity", "of a component")
        for told in event.data["lines"]:
            line = order.lines.setdefault(told["line_id"], Line())
            if newer(line.quantity_time, event.time):
                line.quantity, line.quantity_time = told["quantity"], event.time
                self.refit(order_id, order, told["line_id"])
        return "applied"

    def on_cancelled(self, order_id, order, event):
        if "lines" not in event.data:
            order.cancelled = True
            for line_id in order.lines:
                self.refit(order_id, order, line_id)
            return "applied"
        self.check_line_count(order, event.data)
        for told in event.data["lines"]:
            order.lines.setdefault(told["line_id"], Line()).asked += told["quantity"]
            self.refit(order_id, order, told["line_id"])
        return "applied"

    def on_assigned(self, order_id, order, event):
        self.check_line_count(order, event.data)
        for told in event.data["lines"]:
            line = order.lines.setdefault(told["line_id"], Line())
            if line.sku is not None:
                self.balance(line.sku, told["location"])
            if newer(line.location_time, event.time):
                line.location, line.location_time = told["location"], event.time
                if line.sku is not None:
                    self.gather(line)
                    self.refresh(order_id, order, told["line_id"])
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
        deducts = self.location(data["location"], "shipments_deduct_stock", True)
        parked = False
        for line_id in fresh:
            line = order.lines.setdefault(line_id, Line())
            goods = line.goods[kind, shipment] = Goods(data["location"], said[line_id], event.time, -1, deducts)
            self.take_goods(line, goods)
            parked |= line.sku is None
            if kind == "shipment.shipped":
                self.refit(order_id, order, line_id, data["location"])
            elif line.sku is None:
                line.shorted_at[data["location"]] += goods.units()
            else:
                self.lose(line, data["location"], goods.units())
                self.refresh(order_id, order, line_id)
        return "parked" if parked else "applied"

    def on_voided(self, order_id, order, event):
        shipment = event.data["shipment_id"]
        if shipment in order.void:
            return "duplicate"
        order.void.add(shipment)
        for line_id, line in order.lines.items():
            goods = line.goods.get(("shipment.shipped", shipment))
            if goods:
                for sku in list(goods.moved):
                    self.undo_goods(goods, sku)
                del line.goods["shipment.shipped", shipment]
                self.refit(order_id, order, line_id)
        return "applied" if order.placed() else "parked"

    def on_delivered(self, order_id, order, event):
        if event.data["shipment_id"] in order.delivered:
            return "duplicate"
        order.delivered.add(event.data["shipment_id"])
        return "applied" if order.placed() else "parked"

    def refit(self, order_id, order, line_id, shipped_from=None):
        line = order.lines[line_id]
        if line.sku is not None:
            self.fit(order, line, shipped_from)
            self.refresh(order_id, order, line_id)

    def refresh(self, order_id, order, line_id):
        """The line's open units, as the balances and the waiting lists have them."""
        line = order.lines[line_id]
        if line.sku is None:
            return
        for sku, each in line.recipe or [(line.sku, 1)]:
            self.want(sku, line, each, "demand")
            self.wait(sku, (order_id, line_id, "demand"), line.open[NOWHERE] * each)
        if line.recipe:
            self.want(line.sku, line, 1, "bundles")
            self.wait(line.sku, (order_id, line_id, "bundles"), line.open[NOWHERE])

    def want(self, sku, line, each, table):
        """The line's open units at the balances of a SKU, and nowhere else."""
        for place in {place for place, units in line.open.items() if place is not NOWHERE and units} | self.skus[sku]:
            wanted = getattr(self.balance(sku, place), table)
            wanted.pop(line.number, None)
            if line.open[place]:
                wanted[line.number] = line.open[place] * each

    def wait(self, sku, who, units):
        self.waiting[sku].pop(who, None)
        if units:
            self.waiting[sku][who] = units


STOCK_EVENTS = {"stock.received", "stock.adjusted", "stock.counted", "stock.held", "stock.released", "stock.returned",
                "stock.transferred", "inbound.expected"}
LIFECYCLE = {"order.placed": World.on_placed, "order.amended": World.on_amended, "order.cancelled": World.on_cancelled,
             "order.assigned": World.on_assigned, "shipment.shipped": World.on_goods, "shipment.shorted": World.on_goods,
             "shipment.voided": World.on_voided, "shipment.delivered": World.on_delivered}
