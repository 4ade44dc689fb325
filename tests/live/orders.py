# SPDX-License-Identifier: Apache-2.0
"""R2: orders, their lines and parts, and the goods that left or came back for them."""

from collections import Counter

NOWHERE = None                                     # the place of units without location


class Goods:
    """What left or came back with one entry of one line: how it was taken to the balances, to take it back."""

    def __init__(self, location, skus, when, sign, deducts=True, unsellable=False):
        self.location, self.skus, self.when, self.sign = location, skus, when, sign
        self.deducts, self.unsellable = deducts, unsellable
        self.moved = {}                            # sku as named -> [(sku, units)]; an empty list waits for the line
        self.shipped = None                        # (day, work) as booked (R9)

    def units(self):
        return sum(self.skus.values())


class Part:
    """A line's open units at one location, as far as decided (R7, R9)."""

    def __init__(self):
        self.ship_on, self.workload, self.booked = None, None, {}
        self.sourced = False                       # R7 placed it; no event named the location

    def copy(self):
        other = Part()
        other.__dict__.update(self.__dict__, booked=dict(self.booked))
        return other


class Line:
    def __init__(self, order, line_id):
        self.order, self.line_id = order, line_id
        self.sku, self.recipe, self.number = None, None, None
        self.quantity, self.quantity_time = 0, None
        self.location, self.location_time = None, None
        self.promised_by, self.promised_time = None, None
        self.decided_by = None                     # the date we promised
        self.asked = self.returned = self.moves = 0
        self.open = Counter()                      # place -> open units; NOWHERE: without location
        self.parts = {}                            # place -> Part
        self.goods = {}                            # (kind, shipment or event identity) -> Goods
        self.shorted_at = Counter()                # of parked shorts, until the line is placed
        self.short = set()                         # where goods were not found: there last (R7)
        self.wanted, self.seen, self.waits = set(), Counter(), False     # as the world's lists have it

    def made_of(self):
        return self.recipe or [(self.sku, 1)]

    def skus(self):
        return {self.sku, *(sku for sku, _ in self.recipe or ())}

    def promise(self):
        return self.decided_by if self.promised_by is None else self.promised_by

    def placed_units(self):
        """[(place, open units)] of its parts, by name."""
        return sorted((place, units) for place, units in self.open.items() if place is not NOWHERE and units)

    def waiting(self):
        """Units without location, or a part without ship day."""
        return self.open[NOWHERE] > 0 or any(self.parts[place].ship_on is None for place, _ in self.placed_units())

    # --------------------------------------------------------------------------------------- units come and go (R2, R9)

    def book(self, place, day, work):
        part = self.parts[place]
        part.booked[day] = part.booked.get(day, 0) + work
        if not part.booked[day]:
            del part.booked[day]
        self.order.ledgers[place].book(day, work, self.order, self.line_id)

    def add(self, place, units, sourced=False):
        """What is added to a part sits on its ship day; where nothing is open it is a new choice."""
        fresh = not self.open[place]
        self.open[place] += units
        if place is NOWHERE or not units:
            return
        part = self.parts.setdefault(place, Part())
        part.sourced = sourced
        if fresh:
            part.ship_on = None
        if part.ship_on is not None:
            self.book(place, part.ship_on, units * part.workload)

    def drop(self, place, units, elsewhere=False):
        """Units leave a part: off its first day first. elsewhere: they get another location."""
        self.open[place] -= units
        if place is NOWHERE or not units:
            return
        part = self.parts[place]
        work = units * part.workload if part.ship_on is not None else 0
        for day in sorted(part.booked):
            taken = min(work, part.booked[day])
            self.book(place, day, -taken)
            work -= taken
        if elsewhere and not self.open[place]:
            part.ship_on = None

    def date(self, place, booked, workload):
        part = self.parts[place]
        part.ship_on, part.workload = max(booked), workload
        for day, work in booked.items():
            self.book(place, day, work)

    def saved(self):
        return Counter(self.open), {place: part.copy() for place, part in self.parts.items()}

    def restore(self, saved):
        for place, part in self.parts.items():
            for day, work in list(part.booked.items()):
                self.book(place, day, -work)
        self.open, self.parts = saved
        for place, part in self.parts.items():
            booked, part.booked = part.booked, {}
            for day, work in booked.items():
                self.book(place, day, work)


class Order:
    def __init__(self, order_id, ledgers):
        self.order_id, self.ledgers = order_id, ledgers
        self.newest, self.lines, self.cancelled = None, {}, False
        self.placed_lines = []                     # by number
        self.zone = self.network = self.service = (None, None)      # (time, value)
        self.void, self.delivered = set(), set()

    def line(self, line_id):
        if line_id not in self.lines:
            self.lines[line_id] = Line(self, line_id)
        return self.lines[line_id]

    def route(self):
        return self.network[1] or "default", self.zone[1], self.service[1] or "standard"

    def placed(self):
        return bool(self.placed_lines)

    def number(self):
        return self.placed_lines[0].number

    def nothing_open(self):
        return not any(line.open.total() for line in self.lines.values())

    @staticmethod
    def shipped(line):
        """Units by location."""
        out = Counter()
        for (kind, _), goods in line.goods.items():
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
