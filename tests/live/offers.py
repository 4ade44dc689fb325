# SPDX-License-Identifier: Apache-2.0
"""Contract 3 and R11: from what locations can ship to what a network promises, and why not sooner."""

from collections import namedtuple

from supply import CAPACITY, CUTOFF, ENDLESS, HELD, SAFETY, STOCK

CONSTRAINTS = (SAFETY, HELD, CAPACITY, CUTOFF, STOCK)        # ties go to the first
OFFERS_MAX = 4

# In the order in which they sort; `turn`: in the order of the location's own loads.
Segment = namedtuple("Segment", "by cost priority name ship_on turn from_day units overdue place")


def segments(world, loads_of, lanes):
    """All segments, in order. loads_of: location -> loads; lanes: location -> Lane."""
    out = []
    for place, loads in loads_of.items():
        lane = lanes.get(place)
        if lane is None:
            continue
        site = world.site(place)
        for turn, (ship_on, units, overdue) in enumerate(loads):
            first, by = lane.dates(ship_on, site.last)
            if by is not None:
                out.append(Segment(by, lane.cost, site.priority, place.encode(), ship_on, turn, first, units, overdue, place))
    out.sort()
    return out


def less(some, waiting):
    """Without the first units."""
    out = []
    for segment in some:
        taken = min(waiting, segment.units)
        waiting -= taken
        if segment.units == ENDLESS:
            out.append(segment)
        elif taken < segment.units:
            out.append(segment._replace(units=segment.units - taken) if taken else segment)
    return out


def merged(some):
    """[(quantity, first segment)]"""
    out, total = [], 0
    for segment in some:
        if total == ENDLESS or len(out) == OFFERS_MAX and segment.by != out[-1][1].by:
            break
        total += segment.units
        if out and out[-1][1].by == segment.by:
            out[-1] = total, out[-1][1]
        else:
            out.append((total, segment))
    return out


class Promise:
    """What one network can promise of one SKU, for all its zones."""

    def __init__(self, world, sku, network, waiting):
        self.world, self.waiting, self.sku = world, waiting, sku
        self.recipe, item = world.bundle(sku), world.items.get(sku, {})
        self.workload, self.start = world.workload(sku), item.get("preorder_from")
        places = world.places_of(sku, self.recipe) | set(world.supply.makers(sku) or ())
        self.sources = [place for place in sorted(places) if network in world.networks(place) and world.enabled(place)]
        self.loads, self.cut = self.shipped_loads(None)
        self.lifted = {}
        for constraint in CONSTRAINTS:
            if constraint != CAPACITY or self.cut:
                loads = self.shipped_loads(constraint)[0]
                if loads != self.loads:
                    self.lifted[constraint] = loads

    def shipped_loads(self, lift):
        out, cut = {}, False
        for place in self.sources:
            groups = self.world.supply.free(self.sku, self.recipe, place, lift)
            out[place], cut_here = self.world.supply.loads(
                place, groups, self.workload, self.start, lifted=lift == CAPACITY)
            cut |= cut_here
        return out, cut

    def of_zone(self, lanes):
        """-> (offers, limited_by, locations of overdue inbound); lanes: location -> Lane to that zone."""
        some = segments(self.world, self.loads, lanes)
        offers = merged(less(some, self.waiting))
        last = offers[-1][1].by if offers else 0
        overdue = {segment.place for segment in some if segment.overdue and segment.by <= last}
        return offers, self.limited_by(offers, lanes), overdue

    def limited_by(self, offers, lanes):
        best = None
        for constraint, loads in self.lifted.items():
            some = less(segments(self.world, loads, lanes), self.waiting)
            if some and (not offers or some[0].by < offers[0][1].by) and (best is None or some[0].by < best[1].by):
                best = constraint, some[0]
        if best is None:
            return None
        days = offers[0][1].by - best[1].by if offers else None
        return {"constraint": best[0], "location": best[1].place, "days": days}
