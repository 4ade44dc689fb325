# SPDX-License-Identifier: Apache-2.0
"""What of a SKU can ship from a location, and from which day: as the open parts need it (R6), as it can be promised.

Goods are usable on day 0, inbound on its day, and what is made to order is without limit (ENDLESS) from its day on.
All that becomes usable on one day is one group.
"""

from collections import namedtuple
from math import inf as ENDLESS

# `made`: making takes part in it; `overdue`: inbound that is overdue comes that day.
Group = namedtuple("Group", "day units made overdue")
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
        """[(usable day, units there by then)], safety stock included: goods, what is due, what is made."""
        zero = self.world.site(location).zero
        if zero is None:
            return []
        balance = self.world.balances.get((sku, location))
        there = balance.goods() if balance else 0
        days = {zero: there}
        for day, units, _ in [] if sold_out else self.due(sku, location):
            there += units
            days[day] = there
        return until(sorted(days.items()), None if sold_out else self.made(sku, location, zero))

    def covered(self, line, location, units):
        """R6, R9: the groups that cover these units of the line there; None: not all are covered."""
        sold_out = bool(line.recipe) and self.item(line.sku).get("discontinued", False)
        parts = []
        for sku, each in line.made_of():
            before = self.world.balances[sku, location].before(line.number)
            parts.append([(day, there if there == ENDLESS else max(0, there - before) // each)
                          for day, there in self.arrivals(sku, location, sold_out)])
        if line.recipe:
            made = self.made(line.sku, location, self.world.site(location).zero)
            parts = [until(part, made) for part in parts]
        groups = grown(parts, most=units)
        return groups if sum(group.units for group in groups) == units else None

    def bound(self, line, location, units):
        """The last day of inbound that these units rest on; None: on none. What is made to order is under way."""
        there = min(max(0, self.world.balances[sku, location].goods() - self.world.balances[sku, location].before(line.number))
                    // each for sku, each in line.made_of())
        days = []
        for group in self.covered(line, location, units):
            if group.units > there and not group.made:
                days.append(group.day)
            there = max(0, there - group.units)
        return max(days, default=None)

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
            return [Group(zero, ENDLESS, True, False)]
        parts, levels = recipe or [(sku, 1)], []
        sold_out = self.item(sku).get("discontinued", False)
        for part, each in parts:
            levels.append(self.level(part, each, location, zero, lift, sold_out))
        own = self.made(sku, location, zero) if recipe else None
        late = {day for part, _ in parts for day, _, overdue in ([] if sold_out else self.due(part, location)) if overdue}
        late = {day for day in late if adds(levels, day)}
        return grown([until(until(plain, made), own) for _, plain, made in levels], late)

    def level(self, sku, each, location, zero, lift, sold_out):
        """Of one component: whole units free by goods alone, [(usable day, units free by then)], the day it is made."""
        balance = self.world.balances.get((sku, location))
        units = 0 if lift == SAFETY else -self.safety(sku, location)
        if balance:
            units += balance.on_hand() - balance.wanted - (0 if lift == HELD else balance.held)
        goods, days = max(0, units) // each, {zero: units}
        for day, more, _ in [] if sold_out else self.due(sku, location):
            units += more
            days[day] = units
        made = None if sold_out else self.made(sku, location, zero)
        return goods, [(day, max(0, there) // each) for day, there in sorted(days.items())], made

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


def until(days, made):
    """Without limit from the day `made` on; None: never."""
    return days if made is None else [*(one for one in days if one[0] < made), (made, ENDLESS)]


def by_day(part, day):
    """The last figure up to a day."""
    return max((figure for known, figure in part if known <= day), default=0)


def adds(levels, day):
    """Whether inbound of that day adds units to what was there before."""
    before, after = [], []
    for goods, plain, made in levels:
        if made is None or made >= day:
            before.append(goods if day == plain[0][0] else by_day(plain, day - 1))
            after.append(by_day(plain, day))
    return bool(after) and min(after) > min(before)


def grown(parts, overdue=frozenset(), most=ENDLESS):
    """[Group] of what comes on top each day of the least of some cumulative figures, up to so many units."""
    out, had = [], 0
    for day in sorted({day for part in parts for day, _ in part}):
        figures = [by_day(part, day) for part in parts]
        have = min(most, *figures)
        if have > had:
            out.append(Group(day, have - had, ENDLESS in figures, day in overdue and have < ENDLESS))
            had = have
        if have == most:
            break
    return out
