# SPDX-License-Identifier: Apache-2.0
"""R1, R5, R10: what one SKU at one location adds up to. Facts are kept and summed when asked."""

from bisect import bisect_left, insort

MOVES_KEPT = 256


class Inbound:
    """R10: one line of what is to come. The newest word says how much; flows at or after it count."""

    def __init__(self):
        self.word, self.quantity, self.flows = None, 0, []
        self.eta, self.eta_time, self.newest = None, None, None

    def named(self, when, eta=None):
        self.newest = when if self.newest is None else max(self.newest, when)
        if eta is not None and (self.eta_time is None or when >= self.eta_time):
            self.eta, self.eta_time = eta, when

    def expect(self, when, quantity):
        if self.word is None or when >= self.word:
            self.word, self.quantity = when, quantity

    def open(self):
        return max(0, self.quantity + sum(q for t, q in self.flows if self.word is None or t >= self.word))


class Balance:
    """R1, R5: the newest count and every movement; who wants units of it, by line number (R6)."""

    def __init__(self):
        self.moves, self.held = [], 0
        self.count_time, self.count_from, self.counted = None, None, 0
        self.newest, self.forced_edge, self.kept = None, None, []
        self.inbound = {}
        self.demand, self.bundles = {}, {}         # line number -> units; of lines that are made of other goods
        self.wanted = 0                            # units of both
        self.sum = 0                               # of on_hand(); None: to be added up again

    def on_hand(self):
        if self.sum is None:
            since = self.count_from
            self.sum = self.counted + sum(q for t, q in self.moves if since is None or t >= since)
        return self.sum

    def want(self, table, number, units):
        """The line's open units here."""
        wanted = getattr(self, table)
        self.wanted += units - wanted.pop(number, 0)
        if units:
            wanted[number] = units

    def before(self, number):
        """What open lines with a lower number want of what is there (R6)."""
        return sum(units for other, units in self.demand.items() if other < number)

    def goods(self):
        return max(0, self.on_hand() - self.held)

    def figures(self):
        """What settling looks at (2.6), but the open units."""
        coming = {name: (line.open(), line.eta) for name, line in self.inbound.items()} if self.inbound else {}
        return self.on_hand(), self.held, {name: one for name, one in coming.items() if one != (0, None)}

    def edge(self, window):
        """Counts before this are late."""
        edges = [e for e in (None if self.newest is None else self.newest - window, self.forced_edge) if e is not None]
        return max(edges, default=None)

    def move(self, when, quantity, window):
        self.newest = when if self.newest is None else max(self.newest, when)
        if not quantity:
            return                                 # a shipment where the WMS sends the movement: it was seen, no more
        self.moves.append((when, quantity))
        self.sum = None
        if when >= max(self.edge(window), when if self.count_from is None else self.count_from):
            insort(self.kept, when)
        self.forget(self.edge(window))
        if len(self.kept) > MOVES_KEPT:
            self.forced_edge = max(self.kept[0] + 1, self.forced_edge or 0)
            self.forget(self.forced_edge)

    def unmove(self, when, quantity):
        self.moves.append((when, -quantity))
        self.sum = None
        at = bisect_left(self.kept, when)
        if at < len(self.kept) and self.kept[at] == when:
            del self.kept[at]

    def forget(self, edge):
        del self.kept[:bisect_left(self.kept, edge)]

    def count(self, when, quantity, window):
        """-> applied or stale"""
        self.sum = None
        self.newest = when if self.newest is None else max(self.newest, when)
        edge = self.edge(window)
        if when < edge:
            if self.count_time is not None and self.count_time > when:
                return "stale"
            self.count_time, self.count_from, self.counted = when, edge, quantity
        elif self.count_time is None or when >= self.count_time:
            self.count_time, self.count_from, self.counted = when, when, quantity
        self.forget(self.count_from)
        return "applied"
