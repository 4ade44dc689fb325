# SPDX-License-Identifier: Apache-2.0
"""Reference data (contract 2.4): what is known of locations, lanes and items, with the defaults of what is not."""

from collections import defaultdict
from datetime import timezone

from dates import Lane, Site
from reading import LANES, LOCATIONS, Refused


class Network:
    def __init__(self):
        self.zones = {"UTC": timezone.utc}                       # rules of time zones, from the journal
        self.items, self.locations, self.lanes = {}, {}, {}
        self.ways = defaultdict(dict)                            # (zone, service) -> {location: Lane}
        self.skus, self.places = defaultdict(set), set()         # where there are balances: by sku; of any
        self.named_at = {}                                       # location ever named -> newest time of an event
        self.sites, self.of_network, self.of_route = {}, {}, {}  # looked up before

    def describe(self, document):
        if document.topic == LOCATIONS:
            if document.zone is not None and document.zone not in self.zones:
                raise Refused("bad_value", document.zone)
            self.put(self.locations, document.key[0], document.data)
            if document.data is not None:
                self.name(document.key[0], None)
        elif document.topic == LANES:
            (place, *way), lane = document.key, document.data and Lane(document.data)
            self.put(self.lanes, document.key, lane)
            self.put(self.ways[tuple(way)], place, lane)
            if lane is not None:
                self.name(place, None)
        else:
            item = document.data or {}
            self.put(self.items, document.key[0], document.data)
            for place in (*item.get("made_to_order", {}).get("locations", ()), *item.get("safety_stock_at", ())):
                self.name(place, None)
        self.sites.clear()
        self.of_network.clear()
        self.of_route.clear()

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

    def site(self, location):
        """The location's days as of now."""
        if location not in self.sites:
            told = self.locations.get(location, {})
            self.sites[location] = Site(self.zones[told.get("time_zone", "UTC")], told)
        return self.sites[location].at(self.now())

    def enabled_of(self, network):
        if network not in self.of_network:
            known = self.locations.keys() | self.places
            self.of_network[network] = {place for place in known if self.enabled(place) and network in self.networks(place)}
        return self.of_network[network]

    def route(self, network, zone, service):
        """{location: lane}: the enabled locations of the network from where the zone is served so."""
        name = network, zone, service
        if name not in self.of_route:
            lanes = self.ways.get((zone, service), {})
            self.of_route[name] = {place: lane for place, lane in lanes.items()
                                   if self.enabled(place) and network in self.networks(place)}
        return self.of_route[name]

    def fulfillable(self, order):
        return bool(self.route(*order.route()))

    def places_of(self, sku, recipe=None):
        """Where there is or was a balance of it, or of a component."""
        out = self.skus.get(sku, frozenset())
        for part, _ in recipe or ():
            out = out | self.skus.get(part, frozenset())
        return out

    def name(self, location, when):
        had = self.named_at.get(location)
        self.named_at[location] = max(filter(None, (had, when)), default=None)
