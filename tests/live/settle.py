# SPDX-License-Identifier: Apache-2.0
"""2.6: what is decided, and when: settle, settle all, move; where units ship from (R7), on which day (R9), by when."""

from offers import less, segments
from orders import NOWHERE
from sourcing import Wish, choose


class Settle:
    def __init__(self, world):
        self.world = world

    # ------------------------------------------------------------------------------------------------------------ which

    def event(self, order_id, changed):
        """The order that an event names, and those that wait for what it changed."""
        world = self.world
        orders = {line.order for sku in changed for line in world.undone.get(sku, ())}
        order = world.orders.get(order_id)
        if order is not None and order.placed():
            orders.add(order)
        self.orders(orders)

    def all(self):
        self.orders({line.order for lines in self.world.undone.values() for line in lines})

    def orders(self, orders):
        for order in sorted(orders, key=lambda order: order.number()) if len(orders) > 1 else orders:
            self.order(order)

    # -------------------------------------------------------------------------------------------------------------- how

    def order(self, order):
        self.source(order, [line for line in order.placed_lines if line.open[NOWHERE]])
        for line in order.placed_lines:
            if line.waits:
                self.date(line)
        for line in order.placed_lines:
            if line.decided_by is None and line.promised_by is None and not line.waits:
                line.decided_by = self.world.standing.promised(line)

    def source(self, order, lines, trial=False):
        """R7: all units without location of these lines. In a trial what no segment covers begins no balance."""
        lanes = self.world.route(*order.route())
        if not lines or not lanes:
            return
        free = {place for line in order.placed_lines for place, units in line.open.items() if units} - {NOWHERE}
        wishes = [Wish(self.segments(line, lanes), line.open[NOWHERE], line.short & lanes.keys()) for line in lines]
        for line, places in zip(lines, choose(wishes, free)):
            rest = line.open[NOWHERE] - sum(places.values())
            if rest:
                last = min(lanes, key=lambda p: (p in line.short, self.world.site(p).priority, p.encode()))
                if trial and not self.known(line, last):
                    return
                places[last] = places.get(last, 0) + rest
            for place, units in sorted(places.items()):
                line.drop(NOWHERE, units)
                line.add(place, units, sourced=True)
                self.world.balance(line.sku, place)
            self.world.refresh(line)

    def known(self, line, place):
        """There is or was a balance of all that the line is made of, and of itself, or it is made there."""
        return all(place in self.world.places_of(sku) or place in (self.world.supply.makers(sku) or ()) for sku in line.skus())

    def segments(self, line, lanes):
        """What the line can be served from: exact capacity, less what lines before it wait for."""
        world, supply = self.world, self.world.supply
        places = world.places_of(line.sku, line.recipe and line.recipe[:1]) | set(supply.makers(line.sku) or ())
        start, loads = world.items.get(line.sku, {}).get("preorder_from"), {}
        for place in places & lanes.keys():
            groups = supply.free(line.sku, line.recipe, place)
            loads[place] = supply.loads(place, groups, world.workload(line.sku), start, exact=True)[0]
        return less(segments(world, loads, lanes), self.waiting_before(line))

    def waiting_before(self, line):
        ours, total = None, 0
        for (other, _), units in self.world.waiting.get(line.sku, {}).items():
            if other.number < line.number:
                ours = ours or self.world.enabled_of(line.order.route()[0])
                if ours & self.world.enabled_of(other.order.route()[0]) and self.world.fulfillable(other.order):
                    total += units
        return total

    def date(self, line):
        """R9: the ship days of its parts that have none."""
        world = self.world
        for place, units in line.placed_units():
            if line.parts[place].ship_on is not None:
                continue
            groups = world.supply.covered(line, place, units)
            if not groups:
                continue
            workload, start = world.workload(line.sku), world.items.get(line.sku, {}).get("preorder_from")
            booked = world.ledgers[place].fit(world.site(place), groups, start, workload, line.order)
            if booked:
                line.date(place, booked, workload)
        world.note_waiting(line)

    # ------------------------------------------------------------------------------------------------------------- move

    def move(self):
        """R7: what is late and was our choice gets another one, where that is better."""
        world = self.world
        for line in sorted(world.sourced, key=lambda line: line.number):
            ours = [place for place, _ in line.placed_units() if line.parts[place].sourced]
            if line.location is not None or line.moves >= world.settings.moves:
                continue
            if world.standing.status(line) in ("backordered", "at_risk"):
                self.move_line(line, ours)

    def move_line(self, line, ours):
        world = self.world
        old, saved = world.standing.expected(line), line.saved()
        for place in ours:
            units = line.open[place]
            line.drop(place, units, elsewhere=True)
            line.add(NOWHERE, units)
        world.refresh(line)
        self.source(line.order, [line], trial=True)
        self.date(line)
        new = world.standing.expected(line)
        if new is not None and (old is None or new < old):
            line.moves += 1
            if line.decided_by is None and line.promised_by is None:
                line.decided_by = world.standing.promised(line)
        else:
            line.restore(saved)
            world.refresh(line)
