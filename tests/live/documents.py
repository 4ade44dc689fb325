# SPDX-License-Identifier: Apache-2.0
"""The documents of contract 3 that follow from the truth: derived on demand, from scratch, without version and as_of."""

from datetime import date, datetime, timedelta, timezone

from reading import SECOND
from truth import HORIZON_DAYS, INBOUND_SHOWN, NOWHERE

ITEMS, LOCATIONS, ORDERS = "availability.items.v1", "availability.locations.v1", "promises.orders.v1"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def iso(day):
    return None if day is None else date.fromordinal(day).isoformat()


def shown(day, quantity):
    return {"date": iso(day), "quantity": quantity}


class Documents:
    """The documents of a World as it is when asked; clear() after it changed."""

    def __init__(self, world):
        self.world = world
        self.clear()

    def clear(self):
        self.days, self.covered, self.enabled, self.routes = {}, {}, {}, {}

    def of(self, topic, key):
        """The document of a key, None where there is none."""
        if topic == ORDERS:
            return self.order(key)
        sku, place = key.split("|")
        return self.item(sku, place) if topic == ITEMS else self.place(sku, place)

    def keys(self, topic):
        world = self.world
        if topic == ORDERS:
            return {order_id for order_id, order in world.orders.items() if order.placed()}
        if topic == LOCATIONS:
            return {f"{sku}|{place}" for sku in self.skus() for place in self.places(sku)}
        return {f"{sku}|{network}" for sku in self.skus() for network in self.networks(sku)}

    def skus(self):
        return self.world.skus.keys() | self.world.items.keys()

    def parts(self, sku):
        return self.world.bundle(sku) or [(sku, 1)]

    def places(self, sku):
        """Where there is or was a balance of it, or of a component."""
        skus = {sku, *(part for part, _ in self.parts(sku))}
        return set().union(*(self.world.skus.get(one, ()) for one in skus))

    def makers(self, sku):
        made = self.world.items.get(sku, {}).get("made_to_order")
        return None if made is None else made.get("locations") or self.places(sku)

    def networks(self, sku):
        world = self.world
        places = self.places(sku) | set(self.makers(sku) or ())
        found = {network for place in places for network in world.networks(place)}
        return found | ({"default"} if sku in world.items else set())

    # ------------------------------------------------------------------------------------------------------ calendars

    def today(self, location):
        if location not in self.days:
            seconds, rest = divmod(self.world.now(), SECOND)
            zone = self.world.zones[self.world.location(location, "time_zone", "UTC")]
            instant = EPOCH + timedelta(seconds=seconds, microseconds=rest // 1000)
            self.days[location] = instant.astimezone(zone).date().toordinal()
        return self.days[location]

    def worked(self, location, day):
        calendar = self.world.location(location, "calendar", {})
        if day in calendar.get("open", ()):
            return True
        if day in calendar.get("closed", ()):
            return False
        return (day - 1) % 7 in calendar.get("working_days", range(5))

    def usable(self, location, eta):
        """R10: the first working day after it is there, not beyond 120 days; None: never."""
        today = self.today(location)
        if eta is None:
            return None
        if eta < today:
            overdue = sum(self.worked(location, day) for day in range(eta + 1, today + 1))
            if overdue > self.world.settings.grace_days:
                return None
        last = today + HORIZON_DAYS
        return next((day for day in range(max(eta, today) + 1, last + 1) if self.worked(location, day)), None)

    # ------------------------------------------------------------------------------------------------------ quantities

    def safety(self, sku, location):
        item = self.world.items.get(sku, {})
        by_item = item.get("safety_stock_at", {}).get(location, item.get("safety_stock"))
        return self.world.location(location, "safety_stock", 0) if by_item is None else by_item

    def due(self, sku, location):
        """[(usable day, units)] of what is to come of a SKU itself."""
        balance = self.world.balances.get((sku, location))
        if balance is None or self.world.items.get(sku, {}).get("discontinued"):
            return []
        lines = ((self.usable(location, line.eta), line.open()) for line in balance.inbound.values())
        return [(day, units) for day, units in lines if day is not None and units]

    def free(self, sku, location, day=None):
        """Units that can be promised there: now, or by a day. Of a bundle: as many as its components allow."""
        sold_out = self.world.items.get(sku, {}).get("discontinued")
        least = None
        for part, each in self.parts(sku):
            balance = self.world.balances.get((part, location))
            units = -self.safety(part, location)
            if balance:
                units += balance.on_hand() - balance.held - balance.allocated()
            if day is not None and not sold_out:
                units += sum(q for usable, q in self.due(part, location) if usable <= day)
            whole = max(0, units) // each
            least = whole if least is None else min(least, whole)
        return least

    def waits(self, sku, network):
        """Units without location that reduce what this network can sell."""
        ours, total = self.enabled_of(network), 0
        for (order_id, *_), units in self.world.waiting.get(sku, {}).items():
            order = self.world.orders[order_id]
            if ours & self.enabled_of(order.network[1] or "default") and self.fulfillable(order):
                total += units
        return total

    def enabled_of(self, network):
        if network not in self.enabled:
            world = self.world
            known = world.locations.keys() | world.places
            self.enabled[network] = {place for place in known
                                     if world.enabled(place) and network in world.networks(place)}
        return self.enabled[network]

    def fulfillable(self, order):
        """Some enabled location of the order's network has a lane."""
        route = order.network[1] or "default", order.zone[1], order.service[1] or "standard"
        if route not in self.routes:
            world, (network, *way) = self.world, route
            self.routes[route] = any(way == [zone, service] and world.enabled(place) and network in world.networks(place)
                                     for place, zone, service in world.lanes)
        return self.routes[route]

    def next(self, sku, places, available, waits):
        """The first day on which more than `available` is free, and by how much."""
        parts = [part for part, _ in self.parts(sku)]
        days = sorted({day for place in places for part in parts for day, _ in self.due(part, place)})
        for day in days:
            by_place = (self.free(sku, place, min(day, self.today(place) + HORIZON_DAYS)) for place in places)
            more = max(0, sum(by_place) - waits) - available
            if more > 0:
                return shown(day, more)
        return None

    # ------------------------------------------------------------------------------------------------------- documents

    def item(self, sku, network):
        world = self.world
        if network not in self.networks(sku):
            return None
        told = world.items.get(sku, {})
        places = {place for place in self.places(sku) if network in world.networks(place) and world.enabled(place)}
        waits = self.waits(sku, network)
        available = max(0, sum(self.free(sku, place) for place in places) - waits)
        soon = self.next(sku, places, available, waits)
        makes = not told.get("discontinued") and any(
            network in world.networks(place) and world.enabled(place) for place in self.makers(sku) or ())
        return {"sku": sku, "network": network, "available": available, "next": soon,
                "status": self.item_status(told, network, available, soon, makes)}

    def item_status(self, told, network, available, soon, makes):
        start = told.get("preorder_from")
        if start is not None and (available or soon):
            if not any(self.today(place) >= start for place in self.enabled_of(network)):
                return "preorder"
        if 0 < available <= told.get("low_stock", 5):
            return "low_stock"
        if available:
            return "in_stock"
        return "backorder" if soon or makes else "out_of_stock"

    def place(self, sku, location):
        world = self.world
        if location not in self.places(sku):
            return None
        own = world.balances.get((sku, location))
        bundle = world.bundle(sku)
        available = self.free(sku, location)
        out = {"sku": sku, "location": location, "allocated": own.allocated() if own else 0, "available": available,
               "next": self.next(sku, {location}, available, 0)}
        if bundle:
            here = (world.balances.get((part, location)) for part, _ in bundle)
            on_hand = min((b.on_hand() if b else 0) // each for b, (_, each) in zip(here, bundle))
            return out | {"on_hand": on_hand, "held": 0, "safety_stock": 0, "inbound": []}
        return out | {"on_hand": own.on_hand(), "held": own.held, "safety_stock": self.safety(sku, location),
                      "inbound": self.inbound(own, location)}

    def inbound(self, balance, location):
        lines = [(line.eta is None, line.eta or 0, name.encode(), name, line.open())
                 for name, line in balance.inbound.items() if line.open()]
        today = self.today(location)
        return [{"inbound_id": name, "quantity": units, "eta": None if no_eta else iso(eta),
                 "overdue": not no_eta and eta < today} for no_eta, eta, _, name, units in sorted(lines)[:INBOUND_SHOWN]]

    def order(self, order_id):
        order = self.world.orders.get(order_id)
        if order is None or not order.placed():
            return None
        placed = sorted((line.number, line_id) for line_id, line in order.lines.items() if line.sku is not None)
        lines = [self.line(order, line_id, order.lines[line_id]) for _, line_id in placed]
        states = {line["status"] for line in lines}
        if states == {"cancelled"}:
            status = "cancelled"
        elif any(line["open"] for line in lines):
            status = "partially_shipped" if any(line["shipped"] for line in lines) else "open"
        else:
            status = "delivered" if states <= {"cancelled", "delivered"} else "shipped"
        return {"order_id": order_id, "status": status, "lines": lines}

    def line(self, order, line_id, line):
        totals, shipped = order.totals(line), order.shipped(line)
        places = sorted(place for place in line.open.keys() | shipped.keys() if place is not NOWHERE)
        parts = [{"location": place, "open": line.open[place], "shipped": shipped[place], "ship_on": None}
                 for place in places if line.open[place] or shipped[place]]
        return {"line_id": line_id, "sku": line.sku, **totals, "promised_by": iso(line.promised_by), "expected_by": None,
                "status": self.line_status(order, line, totals, parts), "parts": parts}

    def line_status(self, order, line, totals, parts):
        if not totals["open"]:
            if not totals["shipped"]:
                return "cancelled"
            parcels = {shipment for kind, shipment in line.goods if kind == "shipment.shipped"}
            return "delivered" if parcels <= order.delivered else "shipped"
        if line.open[NOWHERE]:
            return "sourcing" if self.fulfillable(order) else "unfulfillable"
        if any(part["open"] and not self.world.enabled(part["location"]) for part in parts):
            return "at_risk"
        if any(part["open"] and self.backordered(line, part["location"]) for part in parts):
            return "backordered"
        return "promised"

    def backordered(self, line, location):
        """R6: what lines up to this one's number want is more than there is."""
        return any(line.number > self.last_covered(sku, location)
                   for sku in (part for part, _ in line.recipe or [(line.sku, 1)]))

    def last_covered(self, sku, location):
        """The number of the last line that is wholly covered there, as are all before it."""
        if (sku, location) not in self.covered:
            balance = self.world.balances[sku, location]
            left, last = balance.on_hand() - balance.held, float("inf")
            for number, units in sorted(balance.demand.items()):
                left -= units
                if left < 0 < units:
                    last = number - 1
                    break
            self.covered[sku, location] = last
        return self.covered[sku, location]
