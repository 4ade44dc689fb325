# SPDX-License-Identifier: Apache-2.0
"""How an order line stands as of now: its dates (R8, R9) and its status (contract 3)."""

from orders import NOWHERE


class Standing:
    def __init__(self, world):
        self.world = world

    def by(self, line, place, ship_on):
        """The date by which what ships then from there is delivered, or None."""
        lane = self.world.lanes.get((place, *line.order.route()[1:]))
        return None if lane is None or ship_on is None else lane.dates(ship_on, self.world.site(place).last)[1]

    def latest(self, line, day_of):
        """The latest of its parts' dates; None while a unit has none, or none is open."""
        parts = line.placed_units()
        if not parts or line.open[NOWHERE]:
            return None
        dates = [self.by(line, place, day_of(line, place, units)) for place, units in parts]
        return None if None in dates else max(dates)

    def promised(self, line):
        """What we would promise: by the ship days as they were chosen."""
        return self.latest(line, lambda line, place, units: self.chosen(line, place))

    def expected(self, line):
        return self.latest(line, self.ships)

    def chosen(self, line, place):
        """Its ship day; where that has passed, the first working day from today."""
        site, ship_on = self.world.site(place), line.parts[place].ship_on
        return None if ship_on is None else site.from_day(max(ship_on, site.today))

    def ships(self, line, place, units):
        """The day on which it can ship as of now."""
        site, day = self.world.site(place), self.chosen(line, place)
        if day is None or self.world.supply.by_goods(line, place, units):
            return day
        if self.world.supply.covered(line, place, units) is None:
            return None
        due = self.world.supply.bound(line, place, units)
        if due is None:
            return day
        ready = site.ready(due, self.world.items.get(line.sku, {}).get("preorder_from"))
        return None if ready is None else max(day, ready)

    def status(self, line):
        """The first that holds."""
        world, totals = self.world, line.order.totals(line)
        if not totals["open"]:
            if not totals["shipped"]:
                return "cancelled"
            parcels = {shipment for kind, shipment in line.goods if kind == "shipment.shipped"}
            return "delivered" if parcels <= line.order.delivered else "shipped"
        if line.open[NOWHERE]:
            return "sourcing" if world.fulfillable(line.order) else "unfulfillable"
        parts = line.placed_units()
        if any(self.missed(line, place) for place, _ in parts):
            return "at_risk"
        promise, expected = line.promise(), self.expected(line)
        if promise is not None and (expected is None or expected > promise):
            return "at_risk"
        if not all(world.supply.by_goods(line, place, units) for place, units in parts):
            return "backordered"
        return "promised"

    def missed(self, line, place):
        """Its ship day has passed, or its location is off."""
        ship_on = line.parts[place].ship_on
        return not self.world.enabled(place) or ship_on is not None and ship_on < self.world.site(place).today
