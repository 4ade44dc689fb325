# SPDX-License-Identifier: Apache-2.0
"""The documents of contract 3 that follow from the truth: derived on demand, from scratch, without version and as_of."""

from datetime import date, datetime, timezone

from dates import HORIZON_DAYS
from offers import Promise
from orders import NOWHERE
from reading import MS
from supply import ENDLESS

ITEMS, LOCATIONS, ORDERS = "availability.items.v1", "availability.locations.v1", "promises.orders.v1"
PROMISES, SITES = "promises.items.v1", "promises.locations.v1"
TOPICS = ITEMS, LOCATIONS, PROMISES, SITES, ORDERS
INBOUND_SHOWN = 16


def iso(day):
    return None if day is None else date.fromordinal(day).isoformat()


def instant(at):
    if at is None:
        return None
    milliseconds = at // MS
    text = datetime.fromtimestamp(milliseconds // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{milliseconds % 1000:03d}Z"


def shown(day, quantity):
    return {"date": iso(day), "quantity": quantity}


class Documents:
    """The documents of a World as it is when asked; clear() after it changed."""

    def __init__(self, world):
        self.world, self.supply = world, world.supply
        self.clear()

    def clear(self):
        self.cutoffs, self.zones = {}, {}

    def of(self, topic, key):
        """The document of a key, None where there is none."""
        if topic == ORDERS:
            return self.order(key)
        if topic == SITES:
            return self.site(key)
        sku, place = key.split("|")
        return {ITEMS: self.item, LOCATIONS: self.place, PROMISES: self.promises}[topic](sku, place)

    def as_of(self, topic, key):
        """The newest business time in an order's or a location's document."""
        world = self.world
        return instant(world.orders[key].newest if topic == ORDERS else world.named_at[key])

    def keys(self, topic):
        world = self.world
        if topic == ORDERS:
            return {order_id for order_id, order in world.orders.items() if order.placed()}
        if topic == SITES:
            return set(world.named_at)
        if topic == LOCATIONS:
            return {f"{sku}|{place}" for sku in self.skus() for place in self.places(sku)}
        return {f"{sku}|{network}" for sku in self.skus() for network in self.networks(sku)}

    def skus(self):
        return self.world.skus.keys() | self.world.items.keys()

    def parts(self, sku):
        return self.world.bundle(sku) or [(sku, 1)]

    def places(self, sku):
        return self.world.places_of(sku, self.world.bundle(sku))

    def networks(self, sku):
        world = self.world
        places = self.places(sku) | set(self.supply.makers(sku) or ())
        found = {network for place in places for network in world.networks(place)}
        return found | ({"default"} if sku in world.items else set())

    def today(self, location):
        return self.world.site(location).today

    # ------------------------------------------------------------------------------------------------------ quantities

    def free(self, sku, location, day=None):
        """Units that can be promised there: now, or by a day. Of a bundle: as many as its components allow."""
        sold_out = self.world.items.get(sku, {}).get("discontinued")
        least = None
        for part, each in self.parts(sku):
            balance = self.world.balances.get((part, location))
            units = -self.supply.safety(part, location)
            if balance:
                units += balance.on_hand() - balance.held - balance.wanted
            if day is not None and not sold_out:
                units += sum(q for usable, q, _ in self.supply.due(part, location) if usable <= day)
            whole = max(0, units) // each
            least = whole if least is None else min(least, whole)
        return least

    def waits(self, sku, network):
        """Units without location that reduce what this network can sell."""
        world, total = self.world, 0
        for (line, _), units in world.waiting.get(sku, {}).items():
            shared = world.enabled_of(network) & world.enabled_of(line.order.route()[0])
            if shared and world.fulfillable(line.order):
                total += units
        return total

    def next(self, sku, places, available, waits):
        """The first day on which more than `available` is free, and by how much."""
        parts = [part for part, _ in self.parts(sku)]
        days = sorted({day for place in places for part in parts for day, *_ in self.supply.due(part, place)})
        for day in days:
            by_place = (self.free(sku, place, min(day, self.today(place) + HORIZON_DAYS)) for place in places)
            more = max(0, sum(by_place) - waits) - available
            if more > 0:
                return shown(day, more)
        return None

    # ---------------------------------------------------------------------------------------------------- availability

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
            network in world.networks(place) and world.enabled(place) for place in self.supply.makers(sku) or ())
        return {"sku": sku, "network": network, "available": available, "next": soon,
                "status": self.item_status(told, network, available, soon, makes)}

    def item_status(self, told, network, available, soon, makes):
        start = told.get("preorder_from")
        if start is not None and (available or soon):
            if not any(self.today(place) >= start for place in self.world.enabled_of(network)):
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
        out = {"sku": sku, "location": location, "allocated": own.wanted if own else 0, "available": available,
               "next": self.next(sku, {location}, available, 0)}
        if bundle:
            here = (world.balances.get((part, location)) for part, _ in bundle)
            on_hand = min((b.on_hand() if b else 0) // each for b, (_, each) in zip(here, bundle))
            return out | {"on_hand": on_hand, "held": 0, "safety_stock": 0, "inbound": []}
        return out | {"on_hand": own.on_hand(), "held": own.held, "safety_stock": self.supply.safety(sku, location),
                      "inbound": self.inbound(own, location)}

    def inbound(self, balance, location):
        lines = [(line.eta is None, line.eta or 0, name.encode(), name, line.open())
                 for name, line in balance.inbound.items() if line.open()]
        today = self.today(location)
        return [{"inbound_id": name, "quantity": units, "eta": None if no_eta else iso(eta),
                 "overdue": not no_eta and eta < today} for no_eta, eta, _, name, units in sorted(lines)[:INBOUND_SHOWN]]

    # ---------------------------------------------------------------------------------------------------------- orders

    def order(self, order_id):
        order = self.world.orders.get(order_id)
        if order is None or not order.placed():
            return None
        lines = [self.line(order, line) for line in order.placed_lines]
        states = {line["status"] for line in lines}
        if states == {"cancelled"}:
            status = "cancelled"
        elif any(line["open"] for line in lines):
            status = "partially_shipped" if any(line["shipped"] for line in lines) else "open"
        else:
            status = "delivered" if states <= {"cancelled", "delivered"} else "shipped"
        return {"order_id": order_id, "status": status, "lines": lines}

    def line(self, order, line):
        totals, shipped = order.totals(line), order.shipped(line)
        places = sorted(place for place in line.open.keys() | shipped.keys() if place is not NOWHERE)
        parts = [{"location": place, "open": line.open[place], "shipped": shipped[place],
                  "ship_on": iso(line.parts[place].ship_on) if place in line.parts else None}
                 for place in places if line.open[place] or shipped[place]]
        standing = self.world.standing
        return {"line_id": line.line_id, "sku": line.sku, **totals, "promised_by": iso(line.promise()),
                "expected_by": iso(standing.expected(line)), "status": standing.status(line), "parts": parts}

    # -------------------------------------------------------------------------------------------------------- promises

    def zones_of(self, network):
        """[((zone, service), {location: lane})] to which enabled locations of the network have a lane."""
        if network not in self.zones:
            ways = ((way, self.world.route(network, *way)) for way in self.world.ways)
            self.zones[network] = sorted((way, lanes) for way, lanes in ways if lanes)
        return self.zones[network]

    def promises(self, sku, network):
        if network not in self.networks(sku):
            return None
        promise = Promise(self.world, sku, network, self.waits(sku, network))
        entries, ends, known = {}, [], {}
        for (zone, service), lanes in self.zones_of(network):
            offers, limited_by, overdue = promise.of_zone(lanes)
            told = [{"quantity": None if quantity == ENDLESS else quantity, "ship_on": iso(one.ship_on),
                     "from": iso(one.from_day), "by": iso(one.by), "location": one.place} for quantity, one in offers]
            ends += [self.cutoff(one.place) for _, one in offers]
            ends += [self.world.site(place).midnight() for place in overdue]
            alike = service, repr((told, limited_by))
            known.setdefault(alike, (told, limited_by))
            entries.setdefault(alike, []).append(zone)
        listed = sorted(((service, zones, alike) for alike, zones in entries.items() for service in alike[:1]),
                        key=lambda one: (one[0].encode(), one[1][0].encode()))
        return {"sku": sku, "network": network, "valid_until": instant(min(filter(None, ends), default=None)),
                "promises": [{"zones": zones, "service": service, "offers": known[alike][0], "limited_by": known[alike][1]}
                             for service, zones, alike in listed]}

    def ships_on(self, location, zero):
        """The day of one unit of work ordered on day `zero`."""
        site, ledger = self.world.site(location), self.world.ledgers[location]
        day = site.ready(zero)
        while day is not None and ledger.remaining(site, day) == 0:
            day = site.from_day(day + 1)
        return day

    def cutoff(self, location):
        """The next instant at which, nothing else happening, ships_on would change."""
        if location not in self.cutoffs:
            self.cutoffs[location] = self.cutoff_now(location)
        return self.cutoffs[location]

    def cutoff_now(self, location):
        site = self.world.site(location)
        ships_on = self.ships_on(location, site.zero) if self.world.enabled(location) else None
        if ships_on is None:
            return None
        last = site.zero
        for day in site.days:
            if day > last and self.ships_on(location, day) == ships_on:
                last = day
            elif day > last:
                break
        return site.cutoff_at(last)

    def site(self, location):
        world = self.world
        if location not in world.named_at:
            return None
        site, told = world.site(location), world.locations.get(location, {})
        ships_on = self.ships_on(location, site.zero) if world.enabled(location) else None
        pickup = None
        if told.get("pickup") and ships_on is not None:
            pickup = {"day": iso(ships_on), "from": instant(site.opens_at(ships_on)),
                      "minutes": told.get("pickup_minutes", 120)}
        until = instant(self.cutoff(location))
        return {"location": location, "valid_until": until, "ships_on": iso(ships_on), "cutoff_at": until,
                "capacity": self.capacity(location, site, ships_on), "pickup": pickup,
                "zones": [self.way(site, ships_on, *key[1:], lane) for key, lane in sorted(
                    (key, lane) for key, lane in world.lanes.items() if key[0] == location)]}

    @staticmethod
    def way(site, ships_on, zone, service, lane):
        dates = (None, None) if ships_on is None else lane.dates(ships_on, site.last)
        return {"zone": zone, "service": service, "from": iso(dates[0]), "by": iso(dates[1]), "cost": lane.cost}

    def capacity(self, location, site, ships_on):
        ledger = self.world.ledgers[location]
        days = {site.today} | ledger.days(site) | {day for day in site.overrides if site.today <= day <= site.last}
        days |= set(range(site.today, (ships_on or site.today) + 1))
        rows = []
        for day in sorted(days):
            planned, used = site.planned(day), ledger.used(site, day)
            rows.append({"day": iso(day), "unit": site.unit, "planned": planned, "used": used,
                         "remaining": ledger.remaining(site, day),
                         "overbooked": 0 if planned is None else max(0, used - planned)})
        return rows
