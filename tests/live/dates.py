# SPDX-License-Identifier: Apache-2.0
"""R8: days of a location and of a lane. Dates are day numbers (date.toordinal), instants nanoseconds since 1970.

A time zone comes from the journal (TZif), never from this machine.
"""

from bisect import bisect_left
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

from reading import SECOND

HORIZON_DAYS = 120
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NAIVE_EPOCH = datetime(1970, 1, 1)
ZERO = timedelta(0)


def clock(zone, seconds):
    """What clocks there show, without its zone."""
    return (EPOCH + timedelta(seconds=seconds)).astimezone(zone).replace(tzinfo=None, fold=0)


def seconds_of(wall, zone, fold):
    offset = wall.replace(tzinfo=zone, fold=fold).utcoffset()
    return round((wall - NAIVE_EPOCH - offset) / timedelta(seconds=1))


@lru_cache(maxsize=1 << 17)
def instant_of(zone, day, minute):
    """The first instant at which clocks there show this minute of the day, or later."""
    wall = datetime.combine(date.fromordinal(day), time(minute // 60, minute % 60))
    at = seconds_of(wall, zone, 0)
    if clock(zone, at) != wall:
        # No clock shows it: the instant lies between what the rules before and after the gap make of it.
        before = seconds_of(wall, zone, 1)
        while at - before > 1:
            middle = (before + at) // 2
            before, at = (middle, at) if clock(zone, middle) < wall else (before, middle)
    return at * SECOND


def date_of(zone, instant):
    return clock(zone, instant // SECOND).toordinal()


@lru_cache(maxsize=1 << 17)
def skipped(zone, day):
    """A date that the zone left out."""
    return date_of(zone, instant_of(zone, day, 0)) != day


class Site:
    """A location as it is described, and its days as of an instant: at() moves it there."""

    def __init__(self, zone, told):
        self.zone, self.told = zone, told
        calendar, capacity = told.get("calendar", {}), told.get("capacity", {})
        self.open, self.closed = calendar.get("open", frozenset()), calendar.get("closed", frozenset())
        self.weekdays = calendar.get("working_days", frozenset(range(5)))
        self.cutoff, self.opens = calendar.get("cutoff", 15 * 60), calendar.get("opens", 9 * 60)
        self.processing = told.get("processing_days", 0)
        self.priority = told.get("priority", 100)
        self.unit, self.per_day = capacity.get("unit", "units"), capacity.get("per_day")
        self.overrides = capacity.get("overrides", {})
        self.now = self.today = None

    def worked(self, day):
        if skipped(self.zone, day) if self.zone is not timezone.utc else False:
            return False
        if day in self.open:
            return True
        return day not in self.closed and (day - 1) % 7 in self.weekdays

    def cutoff_at(self, day):
        return instant_of(self.zone, day, self.cutoff)

    def opens_at(self, day):
        return instant_of(self.zone, day, self.opens)

    def planned(self, day):
        """None: without limit."""
        return self.overrides.get(day, self.per_day) if self.worked(day) else 0

    def at(self, now):
        if now == self.now:
            return self
        self.now, today = now, date_of(self.zone, now)
        if today != self.today:
            self.today, self.last = today, today + HORIZON_DAYS
            self.days = [day for day in range(today, self.last + 1) if self.worked(day)]
            self.first = self.days[0] if self.days else None        # where unshipped work of past days counts (R9)
        later = self.days[1] if len(self.days) > 1 else None
        # Day 0, and what it would be had today's cut-off not passed (R11).
        self.zero = self.zero_uncut = self.first
        if self.first == today and now >= self.cutoff_at(today):
            self.zero = later
        return self

    def from_day(self, day):
        """The first working day from this one on, or None."""
        at = bisect_left(self.days, day)
        return self.days[at] if at < len(self.days) else None

    def after(self, usable, count):
        """The count-th working day after a working day."""
        at = bisect_left(self.days, usable) + count
        return self.days[at] if at < len(self.days) else None

    def ready(self, usable, start=None):
        """The first day on which what is usable then may ship; start: preorder_from."""
        day = None if usable is None else self.after(usable, self.processing)
        return self.from_day(start) if day is not None and start is not None and start > day else day

    def midnight(self):
        return instant_of(self.zone, self.today + 1, 0)


class Lane:
    def __init__(self, told):
        self.least, self.most = told["transit_days"]["min"], told["transit_days"]["max"]
        self.transit = told.get("transit_weekdays", frozenset(range(5)))
        self.delivery = told.get("delivery_weekdays", frozenset(range(5)))
        self.closed, self.cost = told.get("closed", frozenset()), told.get("cost", 0)
        self.known = {}

    def moves(self, day):
        return (day - 1) % 7 in self.transit and day not in self.closed

    def delivers(self, day):
        return (day - 1) % 7 in self.delivery and day not in self.closed

    def arrival(self, ship_on, transit, last):
        """The delivery day of what ships then; None: not up to `last`."""
        day = ship_on
        while transit and day < last:
            day += 1
            transit -= self.moves(day)
        if transit:
            return None
        return next((day for day in range(day, last + 1) if self.delivers(day)), None)

    def dates(self, ship_on, last):
        """(from, by) of what ships then."""
        if (ship_on, last) not in self.known:
            self.known[ship_on, last] = self.arrival(ship_on, self.least, last), self.arrival(ship_on, self.most, last)
        return self.known[ship_on, last]
