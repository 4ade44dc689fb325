# SPDX-License-Identifier: Apache-2.0
"""What of a SKU can ship from a location, and from which day: as the open parts need it (R6), as it can be promised.

Goods are usable NOW (on day 0), inbound is DUE on its day, and what is MADE to order is without limit (ENDLESS) from
its day on; a turn is a day and one of these, and that is the order.
"""

from collections import namedtuple
from math import inf as ENDLESS

NOW, DUE, MADE = range(3)
Group = namedtuple("Group", "day units rank overdue")      # what becomes usable on a day
HELD, SAFETY, CAPACITY, CUTOFF, STOCK = "held", "safety_stock", "capacity", "cutoff", "stock"


class Supply:
    def __init__(self, world):
        self.world = world

    def item(self, sku):
        return self.world.items.get(sku, {})

    def safety(self, sku, location):
        item = self.item(sku)
        by_item = item.get("safety_stock_at", {}).get(location, item.get("safety_stock"))
        return self.world.location(location, "safety_stock", 0) if by_item is None else by_item

    # -------------------------------------------------------------------------------------------------- what is to come

    def usable(self, location, eta):
        """R10: the first working day after it is there, not beyond the horizon; None: never."""
        site = self.world.site(location)
        if eta is None:
            return None
        if eta < site.today:
            overdue = sum(site.worked(day) for day in range(eta + 1, site.today + 1))
            if overdue > self.world.settings.grace_days:
                return None
        return site.from_day(max(eta, site.today) + 1)

    def due(self, sku, location):
        """[(usable day, units, overdue)] of what is to come of a SKU itself."""
        balance = self.world.balances.get((sku, location))
        if balance is None or not balance.inbound or self.item(sku).get("discontinued"):
            return []
        today = self.world.site(location).today
        lines = [(self.usable(location, line.eta), line.open(), line.eta) for line in balance.inbound.values()]
        return sorted((day, units, eta < today) for day, units, eta in lines if day is not None and units)

    def makers(self, sku):
        """Where it is made to order; None: nowhere."""
        made = self.item(sku).get("made_to_order")
        return None if made is None else made.get("locations") or self.world.places_of(sku, self.world.bundle(sku))

    def made(self, sku, location, zero):
        """The day from which it is usable without limit, for orders of day `zero`; None: never."""
        if zero is None or self.item(sku).get("discontinued") or location not in (self.makers(sku) or ()):
            return None
        return self.world.site(location).after(zero, self.item(sku)["made_to_order"]["lead_days"])

    # ------------------------------------------------------------------------------------------ open parts and their goods

    def arrivals(self, sku, location, sold_out=False):
        """[(turn, units there by then)], safety stock included: goods, what is due, what is made."""
        zero = self.world.site(location).zero
        if zero is None:
            return []
        balance = self.world.balances.get((sku, location))
        there = balance.goods() if balance else 0
        out = {(zero, NOW): there}
        if not sold_out:
            for day, units, _ in self.due(sku, location):
                there += units
                out[day, DUE] = there
        made = None if sold_out else self.made(sku, location, zero)
        return until(sorted(out.items()), made and (made, MADE))

    def covered(self, line, location, units):
        """R6, R9: the groups that cover these units of the line there; None: not all are covered."""
        if not line.recipe:
            return whole([self.share(line, line.sku, 1, location, units)], units)
        sold_out = self.item(line.sku).get("discontinued", False)
        parts = [self.share(line, sku, each, location, units, sold_out) for sku, each in line.recipe]
        made = self.made(line.sku, location, self.world.site(location).zero)
        return whole([until(early(part), made and (made, MADE)) for part in parts], units)

    def share(self, line, sku, each, location, units, sold_out=False):
        """[(turn, how many of the line's units have this component by then)]"""
        balance = self.world.balances[sku, location]
        before = balance.before(line.number)
        return [(turn, there if there == ENDLESS else min(units, max(0, there - before) // each))
                for turn, there in self.arrivals(sku, location, sold_out)]

    def by_goods(self, line, location, units):
        """R6: all of it is there now; else the part is backordered."""
        for sku, each in line.made_of():
            balance = self.world.balances[sku, location]
            if balance.before(line.number) + units * each > balance.on_hand() - balance.held:
                return False
        return True

    # ------------------------------------------------------------------------------------------------ what can be promised

    def free(self, sku, recipe, location, lift=None):
        """[Group] that can be promised. lift: as if that did not bind (R11)."""
        site = self.world.site(location)
        zero = site.zero_uncut if lift == CUTOFF else site.zero
        if zero is None:
            return []
        if lift == STOCK and location in self.world.places_of(sku, recipe):
            return [Group(zero, ENDLESS, NOW, False)]
        if not recipe:
            return grown([self.level(sku, 1, location, zero, lift)], self.overdue(sku, location))
        sold_out = self.item(sku).get("discontinued", False)
        made = self.made(sku, location, zero)
        levels = [until(early(self.level(part, each, location, zero, lift, sold_out)), made and (made, MADE))
                  for part, each in recipe]
        return grown(levels, set().union(*(self.overdue(part, location) for part, _ in recipe)))

    def level(self, sku, each, location, zero, lift, sold_out=False):
        """[(turn, whole units free by then)] of one component."""
        balance = self.world.balances.get((sku, location))
        units = 0 if lift == SAFETY else -self.safety(sku, location)
        if balance:
            units += balance.on_hand() - balance.wanted - (0 if lift == HELD else balance.held)
        turns = {(zero, NOW): units}
        for day, more, _ in [] if sold_out else self.due(sku, location):
            units += more
            turns[day, DUE] = units
        made = None if sold_out else self.made(sku, location, zero)
        return until([(turn, max(0, there) // each) for turn, there in sorted(turns.items())], made and (made, MADE))

    def overdue(self, sku, location):
        """The usable days of its overdue inbound."""
        return {day for day, _, overdue in self.due(sku, location) if overdue}

    def loads(self, location, groups, workload, start, exact=False, lifted=False):
        """R9: the groups on ship days -> [(ship day, units, overdue)], and whether capacity cut any.

        exact: the capacity that cuts is not rounded (R7); lifted: it does not cut."""
        site, ledger = self.world.site(location), self.world.ledgers[location]
        out, taken, cut = [], {}, False
        for usable, left, _, overdue in groups:
            day = site.ready(usable, start)
            while left and day is not None:
                room = ENDLESS if lifted else room_for(ledger.remaining(site, day), site.unit, workload)
                room = max(0, room - taken.get(day, 0))
                if room < left:
                    cut = True
                    room = room if exact else rounded(room)
                units = min(left, room)
                if units:
                    out.append((day, units, overdue))
                    taken[day] = taken.get(day, 0) + units
                    left -= units if units < ENDLESS else left
                if units == ENDLESS:
                    return out, cut
                day = site.from_day(day + 1)
        return out, cut


def room_for(remaining, unit, workload):
    """Units of an item that a day takes."""
    if remaining is None:
        return ENDLESS
    if unit == "units":
        return remaining // workload
    return ENDLESS if remaining >= 1 else 0


def rounded(units):
    """Down to 1, 2 or 5 x 10^n."""
    if units < 1 or units == ENDLESS:
        return units
    power = 10 ** (len(str(units)) - 1)
    return max(step * power for step in (1, 2, 5) if step * power <= units)


def until(turns, made):
    """Without limit from the turn `made` on; None: never."""
    return turns if made is None else [*(one for one in turns if one[0] < made), (made, ENDLESS)]


def early(turns):
    """What makes a component without limit does so together with what is due on that day."""
    return [((day, min(rank, DUE)), units) for (day, rank), units in turns]


def by_turn(part, turn):
    """The last figure up to a turn."""
    return max((figure for known, figure in part if known <= turn), default=0)


def grown(parts, overdue=frozenset(), most=ENDLESS):
    """[Group] of what comes on top at each turn of the least of some cumulative figures, up to so many units."""
    out, had = [], 0
    for turn in sorted({turn for part in parts for turn, _ in part}):
        figures = [by_turn(part, turn) for part in parts]
        have = min(most, *figures)
        if have > had:
            day, rank = turn
            making = ENDLESS in figures
            out.append(Group(day, have - had, MADE if making else rank, rank == DUE and day in overdue))
            had = have
        if have == most:
            break
    return out


def whole(parts, units):
    """The groups that make up so many units; None: they never come together."""
    groups = grown(parts, most=units)
    return groups if sum(group.units for group in groups) == units else None
