# SPDX-License-Identifier: Apache-2.0
"""The judge's promises, on cases whose answers were worked out by hand from contract 3, R6-R9, R11 and 2.6.

Monday is 2024-03-04. Unless a case says otherwise a location works Monday to Friday till 15:00 UTC without limit of
capacity, and its lane takes one day.
"""

import json
import unittest
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dates import Lane, Site, instant_of
from documents import LOCATIONS, ORDERS, PROMISES, SITES, Documents, instant, iso
from reading import ITEMS, LANES, SECOND, SHIPMENTS, STOCK
from reading import LOCATIONS as PLACES
from reading import ORDERS as PLACED
from supply import rounded
from truth import World

ZONEINFO = Path("/usr/share/zoneinfo")
DAY = 86_400_000
LIMITS = {"future_tolerance": DAY, "reorder_window": DAY, "closed_orders": 400 * DAY, "moves": 3}
SETTINGS = {"clock": "event", "dedupe": {"window": DAY}, "inbound": {"grace_days": 1}, "limits": LIMITS}
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2024-03-0{n}" for n in range(4, 9))


def day(text):
    return date.fromisoformat(text).toordinal()


def at(text):
    return int(datetime.fromisoformat(text + "+00:00").timestamp()) * SECOND


def rules(name):
    with open(ZONEINFO / name, "rb") as raw:
        return ZoneInfo.from_file(raw, name)


def site(now, zone="UTC", **told):
    return Site(rules(zone), told).at(at(now))


def lane(least, most, **told):
    return Lane({"transit_days": {"min": least, "max": most}, **told})


class Case:
    """A World that is told things; time is the newest event's."""

    def __init__(self):
        self.world, self.count = World(), 0
        self.world.begin({"sequence": 1, "now": 0, "settings": SETTINGS})
        self.time = f"{MONDAY}T09:00:00"

    def take(self, topic, key, value):
        self.count += 1
        stamp = at(self.time) // 10**6
        raw = None if value is None else json.dumps(value).encode()
        return self.world.take(topic, 0, self.count, stamp, key.encode(), [], raw)

    def place(self, name, zones=("z",), transit=1, cost=0, **told):
        self.take(PLACES, name, {"location": name, **told})
        for zone in zones:
            self.take(LANES, f"{name}|{zone}|standard", {
                "location": name, "zone": zone, "service": "standard", "cost": cost,
                "transit_days": {"min": transit, "max": transit},
                "transit_weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                "delivery_weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]})
        return self

    def item(self, sku="s", **told):
        self.take(ITEMS, sku, {"sku": sku, **told})
        return self

    def event(self, topic, kind, **data):
        result = self.take(topic, data.get("sku") or data["order_id"], {
            "id": f"e{self.count}", "source": "test", "type": kind, "time": self.time + "Z", **data})
        assert result in ("applied", "parked"), (result, self.world.rejects)
        return self

    def stock(self, location, quantity, sku="s", kind="received", **more):
        return self.event(STOCK, f"stock.{kind}", sku=sku, location=location, quantity=quantity, **more)

    def inbound(self, location, quantity, eta, sku="s", name="po"):
        return self.event(STOCK, "inbound.expected", sku=sku, location=location, quantity=quantity, eta=eta, inbound_id=name)

    def order(self, order_id, *lines, **more):
        """lines: (sku, quantity) or (sku, quantity, location)"""
        told = [{"line_id": str(n), "sku": line[0], "quantity": line[1]} | ({"location": line[2]} if line[2:] else {})
                for n, line in enumerate(lines, 1)]
        return self.event(PLACED, "order.placed", order_id=order_id, zone="z", lines=told, **more)

    def shipment(self, order_id, location, quantity, kind="shipped", sku="s", name="p", line="1"):
        return self.event(SHIPMENTS, f"shipment.{kind}", order_id=order_id, shipment_id=name, location=location,
                          lines=[{"line_id": line, "sku": sku, "quantity": quantity}])

    def review(self):
        self.world.end({"review": True})
        return self

    def document(self, topic, key):
        self.world.settle_described()
        return Documents(self.world).of(topic, key)

    def entry(self, sku="s", network="default"):
        """The only entry of a promise."""
        entry, = self.document(PROMISES, f"{sku}|{network}")["promises"]
        return entry

    def offers(self, sku="s"):
        return [(one["quantity"], one["ship_on"], one["by"], one["location"]) for one in self.entry(sku)["offers"]]

    def limited_by(self, sku="s"):
        told = self.entry(sku)["limited_by"]
        return told and (told["constraint"], told["location"], told["days"])

    def line(self, order_id, number=0):
        return self.document(ORDERS, order_id)["lines"][number]

    def parts(self, order_id, number=0):
        return [(part["location"], part["open"], part["ship_on"]) for part in self.line(order_id, number)["parts"]]

    def capacity(self, location):
        return {row["day"]: (row["planned"], row["used"], row["remaining"], row["overbooked"])
                for row in self.document(SITES, location)["capacity"]}


class DatesTest(unittest.TestCase):
    """R8"""

    def test_at_the_cutoff_is_too_late(self):
        for clock, first in (("14:59:59", MONDAY), ("15:00:00", TUESDAY)):
            self.assertEqual(iso(site(f"{MONDAY}T{clock}").zero), first)

    def test_cutoff_in_a_gap_is_the_first_instant_after_it(self):
        self.assertEqual(instant_of(rules("Europe/Berlin"), day("2024-03-31"), 150), at("2024-03-31T01:00:00"))

    def test_cutoff_in_an_overlap_is_its_first_time(self):
        self.assertEqual(instant_of(rules("Europe/Berlin"), day("2024-10-27"), 150), at("2024-10-27T00:30:00"))

    def test_midnight_in_a_gap_is_the_first_instant_after_it(self):
        self.assertEqual(instant_of(rules("America/Santiago"), day("2024-09-08"), 0), at("2024-09-08T04:00:00"))

    def test_half_hours_of_a_zone_count(self):
        self.assertEqual(iso(site(f"{MONDAY}T09:29:59", "Asia/Kolkata").zero), MONDAY)
        self.assertEqual(iso(site(f"{MONDAY}T09:30:00", "Asia/Kolkata").zero), TUESDAY)

    def test_day_that_the_zone_skipped_is_not_worked(self):
        here = site("2011-12-29T20:00:00", "Pacific/Apia", calendar={"open": frozenset([day("2011-12-30")])})

        self.assertEqual([iso(one) for one in here.days[:2]], ["2011-12-29", "2012-01-02"])

    def test_open_beats_closed_beats_working_days(self):
        saturday, days = "2024-03-09", {day(FRIDAY), day("2024-03-09")}
        here = site(f"{FRIDAY}T08:00:00", calendar={"closed": days, "open": {day(saturday)}})

        self.assertEqual(iso(here.zero), saturday)

    def test_processing_takes_working_days_after_day_zero(self):
        here = site(f"{FRIDAY}T16:00:00", processing_days=1)

        self.assertEqual((iso(here.zero), iso(here.ready(here.zero))), ("2024-03-11", "2024-03-12"))

    def test_preorder_waits_for_the_first_working_day_from_then(self):
        here = site(f"{MONDAY}T08:00:00")

        self.assertEqual(iso(here.ready(here.zero, day("2024-03-09"))), "2024-03-11")

    def test_transit_counts_its_weekdays_then_moves_to_a_delivery_day(self):
        last = day("2024-07-02")
        self.assertEqual([iso(one) for one in lane(0, 2).dates(day(FRIDAY), last)], [FRIDAY, "2024-03-12"])
        self.assertEqual(iso(lane(1, 1, closed={day("2024-03-11")}).dates(day(FRIDAY), last)[1]), "2024-03-12")
        self.assertEqual(iso(lane(1, 1, delivery_weekdays={5}).dates(day(MONDAY), last)[1]), "2024-03-09")

    def test_no_date_is_beyond_the_horizon(self):
        here = site(f"{MONDAY}T08:00:00")

        self.assertEqual((iso(here.last), here.ready(here.days[-1])), ("2024-07-02", here.days[-1]))
        self.assertIsNone(lane(1, 1).dates(here.last, here.last)[1])
        self.assertEqual(iso(lane(0, 0).dates(here.last, here.last)[1]), "2024-07-02")

    def test_year_ends_and_leap_days_are_days(self):
        self.assertEqual(iso(lane(1, 1).dates(day("2024-02-28"), day("2024-06-01"))[0]), "2024-02-29")
        self.assertEqual(iso(lane(1, 1).dates(day("2024-12-31"), day("2025-03-01"))[0]), "2025-01-01")


class OffersTest(unittest.TestCase):
    """Contract 3, R9, R12"""

    def test_rounded_is_1_2_5_times_a_power_of_ten(self):
        self.assertEqual([rounded(n) for n in (0, 1, 4, 9, 10, 49, 50, 999)], [0, 1, 2, 5, 10, 20, 50, 500])

    def test_free_units_are_cut_by_the_capacity_of_days(self):
        case = Case().place("a", capacity={"per_day": 7}).item(safety_stock=2).stock("a", 14)

        # 12 free: Monday takes 7, rounded to 5; 7 are left, and Tuesday takes 7.
        self.assertEqual(case.offers(), [(5, MONDAY, TUESDAY, "a"), (12, TUESDAY, WEDNESDAY, "a")])

    def test_workload_divides_what_a_day_takes(self):
        case = Case().place("a", capacity={"per_day": 7}).item(workload=3).stock("a", 3)

        self.assertEqual(case.offers(), [(2, MONDAY, TUESDAY, "a"), (3, TUESDAY, WEDNESDAY, "a")])

    def test_lines_and_orders_take_any_number_while_one_remains(self):
        case = Case().place("a", capacity={"unit": "orders", "per_day": 1}).stock("a", 500)
        self.assertEqual(case.offers(), [(500, MONDAY, TUESDAY, "a")])

        case.order("o", ("s", 1, "a"))
        self.assertEqual(case.offers(), [(499, TUESDAY, WEDNESDAY, "a")])

    def test_inbound_repays_what_is_owed_first(self):
        case = Case().place("a").order("o", ("s", 3, "a")).stock("a", 1).inbound("a", 10, TUESDAY)

        # Usable on the working day after its eta; 2 of it are owed.
        self.assertEqual(case.offers(), [(8, WEDNESDAY, THURSDAY, "a")])

    def test_equal_dates_merge_and_the_cheapest_names_them(self):
        case = Case().place("a", cost=9).place("b", cost=5).stock("a", 2).stock("b", 3)

        self.assertEqual(case.offers(), [(5, MONDAY, TUESDAY, "b")])

    def test_four_steps_are_kept(self):
        case = Case().place("a", capacity={"per_day": 1}).stock("a", 9)

        self.assertEqual([quantity for quantity, *_ in case.offers()], [1, 2, 3, 4])

    def test_made_to_order_has_no_limit_and_ends_the_list(self):
        case = Case().place("a").item(made_to_order={"lead_days": 2}).stock("a", 4).inbound("a", 9, FRIDAY)

        self.assertEqual(case.offers(), [(4, MONDAY, TUESDAY, "a"), (None, WEDNESDAY, THURSDAY, "a")])

    def test_made_to_order_is_cut_by_capacity_day_by_day(self):
        case = Case().place("a", capacity={"per_day": 6}).item(made_to_order={"lead_days": 0, "locations": ["a"]})

        self.assertEqual([quantity for quantity, *_ in case.offers()], [5, 10, 15, 20])

    def test_nothing_ships_before_preorder_from(self):
        case = Case().place("a").item(preorder_from=THURSDAY).stock("a", 4)

        self.assertEqual(case.offers(), [(4, THURSDAY, FRIDAY, "a")])

    def test_discontinued_sells_what_is_there(self):
        case = Case().place("a").item(discontinued=True, made_to_order={"lead_days": 0}).stock("a", 4)

        self.assertEqual(case.inbound("a", 5, MONDAY).offers(), [(4, MONDAY, TUESDAY, "a")])

    def test_bundle_is_the_least_of_its_components(self):
        case = Case().place("a").item("set", bundle=[{"sku": "s", "quantity": 2}, {"sku": "t", "quantity": 1}])
        case.stock("a", 7).stock("a", 1, "t").inbound("a", 5, TUESDAY, "t")

        self.assertEqual(case.offers("set"), [(1, MONDAY, TUESDAY, "a"), (3, WEDNESDAY, THURSDAY, "a")])

    def test_units_without_a_way_do_not_count_as_waiting(self):
        case = Case().place("a", zones=("elsewhere",)).stock("a", 4).order("o", ("s", 3))

        self.assertEqual(case.line("o")["status"], "unfulfillable")
        self.assertEqual(case.offers(), [(4, MONDAY, TUESDAY, "a")])

    def test_zones_with_equal_offers_share_an_entry(self):
        case = Case().place("a", ("n", "z", "m")).place("b", ("m",), transit=0).stock("a", 4).stock("b", 1)
        told = case.document(PROMISES, "s|default")

        self.assertEqual([entry["zones"] for entry in told["promises"]], [["m"], ["n", "z"]])
        self.assertEqual(told["valid_until"], f"{MONDAY}T15:00:00.000Z")

    def test_offer_on_overdue_inbound_ends_at_midnight(self):
        case = Case().place("a", calendar={"cutoff": "23:30"}).inbound("a", 4, MONDAY)
        case.time = f"{TUESDAY}T09:00:00"
        case.stock("a", 1, "other")
        told = case.document(PROMISES, "s|default")

        self.assertEqual(case.offers(), [(4, WEDNESDAY, THURSDAY, "a")])
        self.assertEqual(told["valid_until"], f"{TUESDAY}T23:30:00.000Z")

        case.place("a", calendar={"cutoff": "09:00"}, capacity={"overrides": {WEDNESDAY: 0}}).stock("a", 1, "other")
        # Ordered today or tomorrow before nine: Thursday. But the overdue goods are promised till midnight only.
        self.assertEqual(case.document(PROMISES, "s|default")["valid_until"], f"{WEDNESDAY}T00:00:00.000Z")

    def test_no_entry_without_a_lane_and_null_without_offers(self):
        case = Case().place("a", zones=()).stock("a", 1)
        self.assertEqual(case.document(PROMISES, "s|default")["promises"], [])

        case = Case().place("a").item()
        told = case.document(PROMISES, "s|default")
        self.assertEqual((told["promises"][0]["offers"], told["valid_until"]), ([], None))


class LimitedByTest(unittest.TestCase):
    """R11"""

    def test_nothing_limits_what_ships_today(self):
        self.assertIsNone(Case().place("a").stock("a", 1).limited_by())

    def test_safety_stock(self):
        case = Case().place("a").item(safety_stock=5).stock("a", 5).inbound("a", 3, TUESDAY)

        self.assertEqual(case.limited_by(), ("safety_stock", "a", 2))

    def test_held(self):
        case = Case().place("a").stock("a", 5).stock("a", 5, kind="held").inbound("a", 3, TUESDAY)

        self.assertEqual(case.limited_by(), ("held", "a", 2))

    def test_capacity(self):
        case = Case().place("a", capacity={"per_day": 1}).stock("a", 5).order("o", ("s", 1, "a"))

        self.assertEqual(case.limited_by(), ("capacity", "a", 1))

    def test_cutoff(self):
        case = Case().place("a").stock("a", 5)
        case.time = f"{FRIDAY}T15:00:00"

        self.assertEqual(case.stock("a", 1).limited_by(), ("cutoff", "a", 3))

    def test_stock_without_any_offer_has_no_days(self):
        case = Case().place("a").stock("a", 5).stock("a", -5, kind="adjusted")

        self.assertEqual(case.limited_by(), ("stock", "a", None))

    def test_stock_at_a_nearer_location(self):
        case = Case().place("near", transit=0).place("far", transit=3).stock("far", 5).inbound("near", 1, "2024-07-30")

        self.assertEqual(case.limited_by(), ("stock", "near", 3))

    def test_ties_go_to_the_first_named(self):
        case = Case().place("a").item(safety_stock=5).stock("a", 5)

        self.assertEqual(case.limited_by(), ("safety_stock", "a", None))


class SourcingTest(unittest.TestCase):
    """R7"""

    def test_earliest_by_then_cost_priority_name(self):
        case = Case().place("c", transit=2).place("b", cost=7).place("a", cost=7, priority=3).stock("c", 9)
        case.stock("b", 9).stock("a", 9).order("o", ("s", 2))

        self.assertEqual(case.parts("o"), [("a", 2, MONDAY)])

    def test_one_location_within_the_date_beats_two(self):
        case = Case().place("a", cost=1).place("b", cost=2).place("c", cost=9)
        case.stock("a", 3).stock("b", 3).stock("c", 5).order("o", ("s", 5))

        self.assertEqual(case.parts("o"), [("c", 5, MONDAY)])

    def test_two_locations_in_time_beat_one_later(self):
        case = Case().place("a").place("b").place("c", transit=2).stock("a", 3).stock("b", 3).stock("c", 9)

        self.assertEqual(case.order("o", ("s", 5)).parts("o"), [("a", 3, MONDAY), ("b", 2, MONDAY)])

    def test_whole_order_comes_from_the_fewest_locations(self):
        case = Case().place("a", cost=1).place("b", cost=9).stock("a", 9).stock("b", 9).stock("b", 9, "t")

        case.order("o", ("s", 1), ("t", 1))
        self.assertEqual((case.parts("o"), case.parts("o", 1)), ([("b", 1, MONDAY)], [("b", 1, MONDAY)]))

    def test_location_with_an_open_part_comes_free(self):
        case = Case().place("a", cost=1).place("b", cost=9).stock("a", 9).stock("b", 9).stock("b", 9, "t")

        # Both ways take no other location: so the cheaper of "a" and "b" is not asked, "b" is free.
        case.order("o", ("t", 1, "b"), ("s", 1))
        self.assertEqual(case.parts("o", 1), [("b", 1, MONDAY)])

    def test_what_no_segment_covers_waits_at_the_first_location(self):
        case = Case().place("a").place("b", priority=1).stock("a", 2).order("o", ("s", 5))

        self.assertEqual(case.parts("o"), [("a", 2, MONDAY), ("b", 3, None)])
        self.assertEqual((case.line("o")["status"], case.line("o")["expected_by"]), ("backordered", None))

    def test_lines_before_take_first(self):
        case = Case().place("a", transit=0).place("b").stock("a", 3).stock("b", 3).order("o", ("s", 3), ("s", 2))

        # The first line's units come off the front of the second's segments: nothing is left at "a".
        self.assertEqual((case.parts("o"), case.parts("o", 1)), ([("a", 3, MONDAY)], [("b", 2, MONDAY)]))

    def test_capacity_is_exact(self):
        case = Case().place("a", capacity={"per_day": 4}).stock("a", 9)
        self.assertEqual(case.offers()[0][0], 2)

        self.assertEqual(case.order("o", ("s", 4)).line("o")["promised_by"], TUESDAY)

    def test_location_that_was_short_comes_last(self):
        case = Case().place("a", transit=0).place("b", transit=5).stock("a", 9).stock("b", 2).order("o", ("s", 4))
        self.assertEqual(case.parts("o"), [("a", 4, MONDAY)])

        case.shipment("o", "a", 3, "shorted")
        # Three are sourced anew: "b" has but two, so "a" is asked again, and alone has enough.
        self.assertEqual(case.parts("o"), [("a", 4, MONDAY)])

        case.shipment("o", "a", 2, "shorted", name="again")
        self.assertEqual(case.parts("o"), [("a", 2, MONDAY), ("b", 2, MONDAY)])

    def test_what_an_event_names_beats_the_decision(self):
        case = Case().place("a").place("b", transit=2).stock("a", 9).stock("b", 9).order("o", ("s", 2))

        case.event(PLACED, "order.assigned", order_id="o", lines=[{"line_id": "1", "location": "b"}])
        self.assertEqual(case.parts("o"), [("b", 2, MONDAY)])
        self.assertEqual((case.line("o")["promised_by"], case.line("o")["status"]), (TUESDAY, "at_risk"))

    def test_disabled_locations_and_other_networks_do_not_serve(self):
        case = Case().place("a", enabled=False).place("b", networks=["web"]).place("c").stock("a", 9).stock("b", 9)

        self.assertEqual(case.order("o", ("s", 1)).parts("o"), [("c", 1, None)])

    def test_order_against_an_offer_gets_its_date(self):
        case = Case().place("a", capacity={"per_day": 3}).place("b", transit=3).stock("a", 9).stock("b", 9)
        quantity, _, by, _ = case.offers()[2]

        self.assertLessEqual(case.order("o", ("s", quantity)).line("o")["promised_by"], by)

    def test_bundle_line_is_sourced_by_its_own_recipe(self):
        case = Case().place("a").place("b").stock("a", 9, "t").stock("b", 9, "u")
        line = {"line_id": "1", "sku": "set", "quantity": 2, "bundle": [{"sku": "u", "quantity": 3}]}
        case.event(PLACED, "order.placed", order_id="o", zone="z", lines=[line])

        self.assertEqual(case.parts("o"), [("b", 2, MONDAY)])
        self.assertEqual(case.document(LOCATIONS, "u|b")["allocated"], 6)


class CapacityTest(unittest.TestCase):
    """R9"""

    def test_orders_push_out_day_by_day(self):
        case = Case().place("a", capacity={"unit": "orders", "per_day": 2}).stock("a", 99)
        for n in range(5):
            case.order(f"o{n}", ("s", 1, "a"), ("s", 1, "a"))

        self.assertEqual([case.parts(f"o{n}", 1)[0][2] for n in range(5)], [MONDAY, MONDAY, TUESDAY, TUESDAY, WEDNESDAY])
        self.assertEqual(case.capacity("a"), {MONDAY: (2, 2, 0, 0), TUESDAY: (2, 2, 0, 0), WEDNESDAY: (2, 1, 1, 0)})

    def test_lines_count_once_a_day(self):
        case = Case().place("a", capacity={"unit": "lines", "per_day": 2}).stock("a", 99)
        case.order("o", ("s", 7, "a"), ("s", 8, "a"), ("s", 9, "a"))

        self.assertEqual([case.parts("o", n)[0][2] for n in range(3)], [MONDAY, MONDAY, TUESDAY])

    def test_work_of_a_part_fills_days_in_turn(self):
        case = Case().place("a", capacity={"per_day": 5}).item(workload=3).stock("a", 99).order("o", ("s", 4, "a"))

        # 12 of work: 5, 5 and 2.
        self.assertEqual(case.parts("o"), [("a", 4, WEDNESDAY)])
        self.assertEqual([used for _, used, _, _ in case.capacity("a").values()], [5, 5, 2])

    def test_what_leaves_comes_off_the_first_day_first(self):
        case = Case().place("a", capacity={"per_day": 5}).stock("a", 99).order("o", ("s", 12, "a"))
        case.event(PLACED, "order.cancelled", order_id="o", lines=[{"line_id": "1", "quantity": 6}])

        self.assertEqual({day: row[1] for day, row in case.capacity("a").items()}, {MONDAY: 0, TUESDAY: 4, WEDNESDAY: 2})
        self.assertEqual(case.parts("o"), [("a", 6, WEDNESDAY)])

    def test_what_is_added_sits_on_the_ship_day(self):
        case = Case().place("a", capacity={"per_day": 5}).stock("a", 99).order("o", ("s", 3, "a"))
        case.event(PLACED, "order.amended", order_id="o", lines=[{"line_id": "1", "quantity": 9}])

        self.assertEqual(case.capacity("a")[MONDAY], (5, 9, 0, 4))

    def test_shipped_work_sits_on_its_civil_date_and_a_void_takes_it_back(self):
        case = Case().place("a", time_zone="UTC", capacity={"per_day": 5}).stock("a", 99).order("o", ("s", 12, "a"))
        case.shipment("o", "a", 7)

        # Of 5, 5 and 2 the first seven leave: three are open on Tuesday, two on Wednesday; seven went today.
        self.assertEqual([row[1] for row in case.capacity("a").values()], [7, 3, 2])

        case.event(SHIPMENTS, "shipment.voided", order_id="o", shipment_id="p")
        self.assertEqual([row[1] for row in case.capacity("a").values()], [0, 3, 9])

    def test_unshipped_work_of_past_days_counts_on_the_first_working_day(self):
        case = Case().place("a", capacity={"per_day": 5}).stock("a", 99).order("o", ("s", 8, "a"))
        case.time = "2024-03-09T10:00:00"
        case.stock("a", 1)

        self.assertEqual(case.capacity("a"), {"2024-03-09": (0, 0, 0, 0), "2024-03-10": (0, 0, 0, 0),
                                              "2024-03-11": (5, 8, 0, 3), "2024-03-12": (5, 0, 5, 0)})
        self.assertEqual(case.line("o")["status"], "at_risk")

    def test_part_moves_its_work_to_another_location(self):
        case = Case().place("a", capacity={"per_day": 5}).place("b", capacity={"per_day": 1}).stock("a", 9).stock("b", 9)
        case.order("o", ("s", 3, "a"))
        case.event(PLACED, "order.assigned", order_id="o", lines=[{"line_id": "1", "location": "b"}])

        self.assertEqual(case.parts("o"), [("b", 3, WEDNESDAY)])
        self.assertEqual(case.capacity("a"), {MONDAY: (5, 0, 5, 0)})

    def test_part_has_no_day_until_all_of_it_is_covered(self):
        case = Case().place("a").stock("a", 3).order("o", ("s", 5, "a"))
        self.assertEqual(case.parts("o"), [("a", 5, None)])

        case.inbound("a", 2, WEDNESDAY)
        self.assertEqual(case.parts("o"), [("a", 5, THURSDAY)])
        self.assertEqual((case.line("o")["promised_by"], case.line("o")["status"]), (FRIDAY, "backordered"))

    def test_date_follows_inbound_that_slips(self):
        case = Case().place("a").order("o", ("s", 5, "a")).inbound("a", 5, MONDAY).inbound("a", 5, WEDNESDAY)
        line = case.line("o")

        self.assertEqual((line["parts"][0]["ship_on"], line["promised_by"], line["expected_by"], line["status"]),
                         (TUESDAY, WEDNESDAY, FRIDAY, "at_risk"))

    def test_units_usable_earlier_fill_earlier_days(self):
        case = Case().place("a", capacity={"per_day": 4}).stock("a", 2).inbound("a", 3, MONDAY)
        case.order("o", ("s", 5, "a"))

        self.assertEqual([row[1] for row in case.capacity("a").values()], [2, 3])

    def test_goods_go_to_the_line_that_was_read_first(self):
        case = Case().place("a", capacity={"per_day": 1}).order("o1", ("s", 1, "a")).order("o2", ("s", 1, "a")).stock("a", 2)

        self.assertEqual((case.parts("o1"), case.parts("o2")), ([("a", 1, MONDAY)], [("a", 1, TUESDAY)]))

    def test_raised_capacity_moves_no_ship_day(self):
        case = Case().place("a", capacity={"per_day": 1}).stock("a", 9).order("o", ("s", 3, "a"))
        case.place("a", capacity={"per_day": 9}).stock("a", 1)

        self.assertEqual(case.parts("o"), [("a", 3, WEDNESDAY)])

    def test_override_beats_the_rest_and_null_has_no_limit(self):
        case = Case().place("a", capacity={"overrides": {TUESDAY: 3, "2024-03-09": 8}}).stock("a", 1)

        self.assertEqual(case.capacity("a"), {MONDAY: (None, 0, None, 0), TUESDAY: (3, 0, 3, 0), "2024-03-09": (0, 0, 0, 0)})


class SitesTest(unittest.TestCase):
    """promises.locations"""

    def test_cutoff_is_the_last_that_still_makes_the_day(self):
        case = Case().place("a", processing_days=1, calendar={"closed": [TUESDAY]}, pickup=True)
        told = case.stock("a", 1).document(SITES, "a")

        # Ordered on Monday: processed on Wednesday, the next working day.
        self.assertEqual((told["ships_on"], told["cutoff_at"]), (WEDNESDAY, f"{MONDAY}T15:00:00.000Z"))
        self.assertEqual(told["pickup"], {"day": WEDNESDAY, "from": f"{WEDNESDAY}T09:00:00.000Z", "minutes": 120})

    def test_full_days_move_the_cutoff_out(self):
        case = Case().place("a", capacity={"per_day": 1}).stock("a", 9).order("o", ("s", 2, "a"))
        told = case.document(SITES, "a")

        self.assertEqual((told["ships_on"], told["cutoff_at"]), (WEDNESDAY, f"{WEDNESDAY}T15:00:00.000Z"))

    def test_disabled_location_ships_nothing(self):
        told = Case().place("a", enabled=False, pickup=True).stock("a", 1).document(SITES, "a")

        self.assertEqual([told[name] for name in ("ships_on", "cutoff_at", "pickup", "valid_until")], [None] * 4)
        self.assertEqual(told["zones"], [{"zone": "z", "service": "standard", "from": None, "by": None, "cost": 0}])

    def test_instants_have_milliseconds(self):
        self.assertEqual(instant(at("2024-03-31T01:00:00")), "2024-03-31T01:00:00.000Z")


class MoveTest(unittest.TestCase):
    """2.6, R7: review"""

    def case(self):
        return Case().place("a").place("b", transit=2).order("o", ("s", 5))

    def test_backordered_line_moves_to_where_it_gets_a_date(self):
        case = self.case().stock("b", 5)
        self.assertEqual(case.parts("o"), [("a", 5, None)])

        self.assertEqual(case.review().parts("o"), [("b", 5, MONDAY)])
        self.assertEqual(case.line("o")["promised_by"], WEDNESDAY)

    def test_line_stays_where_nothing_is_better(self):
        case = self.case().inbound("a", 5, MONDAY).stock("b", 3)

        # It has a date already: Wednesday. Three now at "b" and two later are no earlier.
        self.assertEqual(case.review().parts("o"), [("a", 5, TUESDAY)])
        self.assertNotIn(("s", "b"), [key for key, balance in case.world.balances.items() if balance.wanted])

    def test_line_moves_a_limited_number_of_times(self):
        case = self.case()
        for n in range(8):
            source, target = "ab" if n % 2 == 0 else "ba"
            case.stock(target, 5)
            case.review()
            if n < LIMITS["moves"]:
                self.assertEqual([place for place, *_ in case.parts("o")], [target])
            case.stock(target, -5, kind="adjusted")
        self.assertEqual(case.world.orders["o"].lines["1"].moves, LIMITS["moves"])

    def test_named_location_does_not_move(self):
        case = Case().place("a").place("b").order("o", ("s", 5, "a")).stock("b", 5).review()

        self.assertEqual(case.parts("o"), [("a", 5, None)])
