# SPDX-License-Identifier: Apache-2.0
"""R7: which locations the units of an order's lines come from. Pure: segments in, places out."""

from collections import namedtuple
from itertools import combinations

LOCATIONS_OF_LINE_MAX, LOCATIONS_EXACT_MAX = 8, 16

# A way to serve a line: units by place; `by`: the latest date of the segments it uses.
Option = namedtuple("Option", "by cost priority names take")
Wish = namedtuple("Wish", "segments units last")     # last: places where its goods were not found


def nearest(segments):
    """Only the first so many locations."""
    kept = list(dict.fromkeys(segment.place for segment in segments))[:LOCATIONS_OF_LINE_MAX]
    return [segment for segment in segments if segment.place in kept]


def reachable(wish):
    """The segments that count for the line, and how many of its units they cover."""
    good = nearest([segment for segment in wish.segments if segment.place not in wish.last])
    if sum(segment.units for segment in good) < wish.units and wish.last:
        bad = [segment for segment in wish.segments if segment.place in wish.last]
        good = nearest([*(s for s in wish.segments if s.place not in wish.last), *bad])
    units = min(wish.units, sum(segment.units for segment in good))
    total = latest = 0
    for segment in good:
        if total >= units:
            break
        total, latest = total + segment.units, max(latest, segment.by)
    return [segment for segment in good if segment.by <= latest], units


def filled(segments, places, units):
    """Takes from a set's segments in turn -> (number of segments, latest by, units by place)"""
    count, latest, take = 0, 0, {}
    for segment in segments:
        if segment.place in places and units:
            taken = min(units, segment.units)
            units -= taken
            count, latest = count + 1, max(latest, segment.by)
            take[segment.place] = take.get(segment.place, 0) + taken
    return count, latest, take


def options_of(wish):
    """(a), (b): the fewest locations, of equal ones the fewest segments."""
    segments, units = reachable(wish)
    if not units:
        return []
    room, facts = {}, {}
    for segment in segments:
        room[segment.place] = room.get(segment.place, 0) + segment.units
        facts[segment.place] = segment
    for count in range(1, len(room) + 1):
        sets = [places for places in combinations(sorted(room), count) if sum(room[p] for p in places) >= units]
        if sets:
            break
    ways = [filled(segments, places, units) for places in sets]
    least = min(count for count, _, _ in ways)
    return sorted(Option(latest, sum(facts[p].cost for p in take), sum(facts[p].priority for p in take),
                         sorted(facts[p].name for p in take), take)
                  for count, latest, take in ways if count == least)


def choose(wishes, free):
    """[units by place] of each line, (c) left out; free: where the order has open parts already."""
    options = [options_of(wish) for wish in wishes]
    facts = {segment.place: segment for wish in wishes for segment in wish.segments}
    places = {place for some in options for option in some for place in option.take}
    pick = greedily if len(places) > LOCATIONS_EXACT_MAX else exactly
    picked = pick([some for some in options if some], places, free & places, facts)
    picked = iter(picked)
    return [dict(next(picked).take) if some else {} for some in options]


def exactly(options, places, free, facts):
    """The fewest locations for the whole order; free ones do not count."""
    others, best = sorted(places - free), None
    for count in range(len(others) + 1):
        for more in combinations(others, count):
            inside = free | set(more)
            picked = [next((o for o in some if o.take.keys() <= inside), None) for some in options]
            if None in picked:
                continue
            used = {place for option in picked for place in option.take}
            rank = (max((option.by for option in picked), default=0), sum(facts[p].cost for p in used),
                    sum(facts[p].priority for p in used), sorted(facts[p].name for p in used))
            if best is None or rank < best[0]:
                best = rank, picked
        if best:
            return best[1]
    raise AssertionError("all locations together serve every line")


def greedily(options, places, free, facts):
    """Above so many locations: first the one that serves most lines alone."""
    picked, used = {}, set(free)
    while True:
        serves = {}
        for n, some in enumerate(options):
            for option in some if n not in picked else ():
                if len(option.take) == 1:
                    serves.setdefault(next(iter(option.take)), {})[n] = option
        if not serves:
            break
        place = min(serves, key=lambda p: (-len(serves[p]), p not in free, facts[p].cost, facts[p].priority, facts[p].name))
        picked |= serves[place]
        used.add(place)
    for n, some in enumerate(options):
        if n not in picked:
            picked[n] = min(some, key=lambda o: (len(o.take.keys() - used), o[:4]))
            used |= picked[n].take.keys()
    return [picked[n] for n in range(len(options))]
