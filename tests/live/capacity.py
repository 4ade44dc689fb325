# SPDX-License-Identifier: Apache-2.0
"""R9: what is booked on the days of a location, and what of them remains."""

from collections import defaultdict


class Load:
    """What lies on one day: work, and of which lines and orders."""

    def __init__(self):
        self.work, self.lines, self.orders = 0, defaultdict(int), defaultdict(int)

    def add(self, work, order, line_id):
        self.work += work
        for table, name in ((self.lines, (order, line_id)), (self.orders, order)):
            table[name] += work
            if not table[name]:
                del table[name]

    def count(self, unit):
        return self.work if unit == "units" else len(self.table(unit))

    def table(self, unit):
        return self.lines if unit == "lines" else self.orders


NOTHING = Load()


class Ledger:
    """The days of one location. Open work of past days counts on the first working day from today, once."""

    def __init__(self):
        self.open, self.all = defaultdict(Load), defaultdict(Load)       # open; open and shipped
        self.late, self.late_before = None, None                         # open work of days before late_before

    def book(self, day, work, order, line_id):
        """Open work; below 0 takes it off."""
        for table in (self.open, self.all):
            table[day].add(work, order, line_id)
            if not table[day].orders:
                del table[day]
        if self.late_before is not None and day < self.late_before:
            self.late.add(work, order, line_id)

    def ship(self, day, work, order, line_id):
        self.all[day].add(work, order, line_id)
        if not self.all[day].orders:
            del self.all[day]

    def late_work(self, today):
        if self.late_before != today:
            self.late, self.late_before = Load(), today
            for day in [day for day in self.open if day < today]:
                for (order, line_id), work in self.open[day].lines.items():
                    self.late.add(work, order, line_id)
        return self.late

    def used(self, site, day):
        used = self.all.get(day, NOTHING).count(site.unit)
        if day != site.first:
            return used
        late = self.late_work(site.today)
        if site.unit == "units":
            return used + late.work
        here = self.all.get(day, NOTHING).table(site.unit)
        return used + sum(name not in here for name in late.table(site.unit))

    def remaining(self, site, day):
        """None: without limit."""
        planned = site.planned(day)
        return None if planned is None else max(0, planned - self.used(site, day))

    def counts_already(self, site, day, order):
        """The order is on that day here."""
        late = day == site.first and order in self.late_work(site.today).orders
        return late or order in self.all.get(day, NOTHING).orders

    def days(self, site):
        """Days from today to the horizon on which something lies."""
        found = {day for day in self.all if site.today <= day <= site.last}
        if site.first is not None and self.late_work(site.today).orders:
            found.add(site.first)
        return found

    # ------------------------------------------------------------------------------------- the ship day of a part (R9)

    def fill(self, site, groups, start, workload):
        """Unit `units`: lays the work of groups on days -> {day: work}; None: it does not fit."""
        booked = defaultdict(int)
        for group in groups:
            work, day = group.units * workload, site.ready(group.day, start)
            while work and day is not None:
                room = self.remaining(site, day)
                taken = work if room is None else min(work, max(0, room - booked[day]))
                if taken:
                    booked[day] += taken
                    work -= taken
                day = site.from_day(day + 1)
            if work:
                return None
        return {day: work for day, work in booked.items() if work}

    def fit(self, site, groups, start, workload, order):
        """Any unit: {day: work} of a part whose units become usable in these groups, or None."""
        if site.unit == "units":
            return self.fill(site, groups, start, workload)
        day = site.ready(groups[-1].day, start)
        while day is not None:
            room = self.remaining(site, day)
            if room is None or room >= 1 or site.unit == "orders" and self.counts_already(site, day, order):
                return {day: sum(group.units for group in groups) * workload}
            day = site.from_day(day + 1)
        return None
