# SPDX-License-Identifier: Apache-2.0
"""The judge's own reading of input records (contract 1 and 2): bytes to checked events, or a refusal.

Shares nothing with the product. Times are nanoseconds since 1970, dates are day numbers (date.toordinal).
"""

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timezone

import msgpack

STOCK, ORDERS, SHIPMENTS = "stock.movements.v1", "orders.lifecycle.v1", "shipments.lifecycle.v1"
LOCATIONS, LANES, ITEMS = "network.locations.v1", "network.lanes.v1", "catalog.items.v1"
EVENT_TOPICS, REFERENCE_TOPICS = (STOCK, ORDERS, SHIPMENTS), (LOCATIONS, LANES, ITEMS)
INPUTS = EVENT_TOPICS + REFERENCE_TOPICS

VALUE_BYTES_MAX, DEPTH_MAX, KEY_BYTES_MAX, LINES_MAX = 1 << 20, 16, 128, 2000
QUANTITY_MAX = 10**12
MS, SECOND = 10**6, 10**9
YEAR_2000 = 946_684_800 * SECOND
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Refused(Exception):
    def __init__(self, reason, detail=""):
        super().__init__(reason, detail)
        self.reason = reason


@dataclass
class Event:
    kind: str
    time: int
    identity: tuple
    data: dict


@dataclass
class Document:
    """A reference record; data None: it removes the key."""
    topic: str
    key: tuple
    data: dict | None
    zone: str | None = field(default=None)


# ------------------------------------------------------------------------------------------------------ bytes to values

def once(pairs):
    """A map whose keys are all different."""
    out = {}
    for name, value in pairs:
        if name in out:
            raise Refused("malformed", f"{name!r} twice")
        out[name] = value
    return out


def no_constant(name):
    raise Refused("malformed", name)


def nesting(value):
    if isinstance(value, dict):
        return 1 + max(map(nesting, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(nesting, value), default=0)
    return 0


def surrogates(value):
    """Half a surrogate pair is no text in UTF-8, whatever JSON's escapes allow."""
    json.dumps(value, ensure_ascii=False).encode()


def decode_json(raw):
    value = json.loads(raw.decode("utf-8", "strict"), object_pairs_hook=once, parse_constant=no_constant)
    if b"\\u" in raw:
        surrogates(value)
    return value


def decode_msgpack(raw):
    return msgpack.unpackb(raw, object_pairs_hook=once, raw=False, strict_map_key=False)


CONTENT_TYPES = {"application/vnd.msgpack": decode_msgpack, "application/msgpack": decode_msgpack,
                 "application/x-msgpack": decode_msgpack, "application/json": decode_json,
                 "application/cloudevents+json": decode_json}


def decode(raw, headers):
    if len(raw) > VALUE_BYTES_MAX:
        raise Refused("malformed", "over 1 MiB")
    said = (headers.get("content-type") or b"").decode("latin1").partition(";")[0].strip().lower()
    by_first_byte = decode_msgpack if raw[:1] >= b"\x80" else decode_json
    try:
        value = CONTENT_TYPES.get(said, by_first_byte)(raw)
        deep = nesting(value)
    except (ValueError, RecursionError, msgpack.exceptions.UnpackException) as wrong:
        raise Refused("malformed", repr(wrong)) from None
    if not isinstance(value, dict) or deep > DEPTH_MAX:
        raise Refused("malformed", "not a map, or too deep")
    return value


# ---------------------------------------------------------------------------------------------------- values to meanings

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
MINUTES = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
GOOD = set()                                   # identifiers that were found good before


def identifier(value):
    if value.__class__ is str and value in GOOD:
        return value
    good = isinstance(value, str) and 1 <= len(value.encode()) <= KEY_BYTES_MAX and value == value.strip() \
        and not CONTROL.search(value) and "|" not in value
    if not good:
        raise Refused("bad_key", repr(value))
    GOOD.add(value)
    return value


def whole(value):
    """A whole number or None; 5.0 is one, true and "5" are not."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value


def number(reason, least, most=QUANTITY_MAX):
    def check(value):
        n = whole(value)
        if n is None or not least <= n <= most:
            raise Refused(reason, repr(value))
        return n
    return check


def signed(value):
    n = number("bad_quantity", -QUANTITY_MAX)(value)
    if n == 0:
        raise Refused("bad_quantity", "0")
    return n


positive, natural = number("bad_quantity", 1), number("bad_quantity", 0)
count, work = number("bad_value", 0), number("bad_value", 1)


def of_type(kind):
    def check(value):
        if not isinstance(value, kind):
            raise Refused("bad_value", repr(value))
        return value
    return check


text, flag = of_type(str), of_type(bool)


def day(value):
    try:
        if isinstance(value, str) and DATE.fullmatch(value):
            return date.fromisoformat(value).toordinal()
    except ValueError:
        pass
    raise Refused("bad_value", repr(value))


def minute(value):
    found = isinstance(value, str) and MINUTES.fullmatch(value)
    if not found:
        raise Refused("bad_value", repr(value))
    return int(found[1]) * 60 + int(found[2])


def weekdays(value):
    if any(not isinstance(word, str) or word not in WEEKDAYS for word in of_type(list)(value)):
        raise Refused("bad_value", repr(value))
    return frozenset(map(WEEKDAYS.index, value))


def days(value):
    return frozenset(map(day, of_type(list)(value)))


def instant(value):
    """Business time in nanoseconds, from any of the three forms."""
    if isinstance(value, msgpack.Timestamp):
        return value.to_unix_nano()
    if whole(value) is not None:
        return whole(value) * MS
    found = isinstance(value, str) and INSTANT.fullmatch(value)
    try:
        if found:
            *civil, fraction, sign, hours, minutes = found.groups()
            at = datetime(*map(int, civil), tzinfo=timezone.utc)
            east = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1) if sign else 0
            seconds = int((at - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds()) - east * 60
            return seconds * SECOND + int((fraction or "")[:9].ljust(9, "0"))
    except ValueError:
        pass
    raise Refused("bad_time", repr(value))


def record_of(required, optional=None):
    """A checker of a map: its known fields, those absent left out."""
    optional = optional or {}

    def check(value):
        if not isinstance(value, dict):
            raise Refused("bad_value", f"{value!r} is no map")
        out = {}
        for name, good in required.items():
            if value.get(name) is None:
                raise Refused("missing", name)
            out[name] = good(value[name])
        for name, good in optional.items():
            if value.get(name) is not None:
                out[name] = good(value[name])
        return out
    return check


def list_of(good, key=None, least=1, most=None):
    """A checker of a list; `key`: the field that no two of them may share."""
    def check(value):
        if not isinstance(value, list) or len(value) < least or (most and len(value) > most):
            raise Refused("bad_value", "not a list, or too short or too long")
        out = [good(one) for one in value]
        if key and len({one[key] for one in out}) < len(out):
            raise Refused("bad_value", f"one {key} twice")
        return out
    return check


def map_of(good_name, good):
    return lambda value: {good_name(name): good(one) for name, one in of_type(dict)(value).items()}


def lines(fields, optional=None, unique=True):
    return list_of(record_of({"line_id": identifier} | fields, optional), "line_id" if unique else None, 1,
                   LINES_MAX if unique else None)


recipe = list_of(record_of({"sku": identifier, "quantity": positive}), "sku")
PLACE = {"sku": identifier, "location": identifier}
PARCEL = {"order_id": identifier, "shipment_id": identifier}
GOODS = PARCEL | {"location": identifier, "lines": lines({"sku": identifier, "quantity": positive}, unique=False)}
ORDER = {"order_id": identifier}

# type -> (topic, checker of its data)
EVENTS = {
    "stock.received": (STOCK, record_of(PLACE | {"quantity": positive}, {"inbound_id": identifier})),
    "stock.adjusted": (STOCK, record_of(PLACE | {"quantity": signed}, {"reason": text})),
    "stock.counted": (STOCK, record_of(PLACE | {"quantity": natural})),
    "stock.held": (STOCK, record_of(PLACE | {"quantity": positive}, {"reason": text})),
    "stock.released": (STOCK, record_of(PLACE | {"quantity": positive}, {"reason": text})),
    "stock.returned": (STOCK, record_of(PLACE | {"quantity": positive},
                                        {"sellable": flag, "order_id": identifier, "line_id": identifier})),
    "stock.transferred": (STOCK, record_of(PLACE | {"quantity": positive, "to": identifier, "transfer_id": identifier},
                                           {"eta": day})),
    "inbound.expected": (STOCK, record_of(PLACE | {"inbound_id": identifier, "quantity": natural}, {"eta": day})),
    "order.placed": (ORDERS, record_of(
        ORDER | {"zone": identifier, "lines": lines({"sku": identifier, "quantity": positive},
                                                    {"location": identifier, "promised_by": day, "bundle": recipe})},
        {"network": identifier, "service": identifier})),
    "order.amended": (ORDERS, record_of(ORDER | {"lines": lines({"quantity": natural})})),
    "order.cancelled": (ORDERS, record_of(ORDER, {"lines": lines({"quantity": positive})})),
    "order.assigned": (ORDERS, record_of(ORDER | {"lines": lines({"location": identifier})})),
    "shipment.shipped": (SHIPMENTS, record_of(GOODS, {"carrier": text})),
    "shipment.voided": (SHIPMENTS, record_of(PARCEL)),
    "shipment.shorted": (SHIPMENTS, record_of(GOODS)),
    "shipment.delivered": (SHIPMENTS, record_of(PARCEL)),
}
ENTITY = {STOCK: "sku", ORDERS: "order_id", SHIPMENTS: "order_id"}
DEFAULTS = {"network": "default", "service": "standard", "sellable": True}
ATTRIBUTES = ("id", "source", "type", "time")

calendar = record_of({}, {"working_days": weekdays, "cutoff": minute, "opens": minute, "closed": days, "open": days})
capacity = record_of({}, {"unit": text, "per_day": count, "overrides": map_of(day, count)})
REFERENCE = {
    LOCATIONS: (("location",), record_of({"location": identifier}, {
        "time_zone": text, "kind": text, "networks": list_of(identifier, least=0), "enabled": flag, "pickup": flag,
        "calendar": calendar, "processing_days": count, "capacity": capacity, "safety_stock": natural,
        "pickup_minutes": count, "shipments_deduct_stock": flag, "priority": count})),
    LANES: (("location", "zone", "service"), record_of(
        {"location": identifier, "zone": identifier, "service": identifier,
         "transit_days": record_of({"min": count, "max": count})},
        {"transit_weekdays": weekdays, "delivery_weekdays": weekdays, "closed": days, "cost": count})),
    ITEMS: (("sku",), record_of({"sku": identifier}, {
        "safety_stock": natural, "safety_stock_at": map_of(identifier, natural), "low_stock": natural, "workload": work,
        "made_to_order": record_of({"lead_days": count}, {"locations": list_of(identifier, least=0)}),
        "preorder_from": day, "bundle": recipe, "discontinued": flag})),
}


def read_event(topic, raw, headers):
    """-> Event, or None for a type that the contract does not know."""
    if raw is None:
        raise Refused("missing", "null")
    value = decode(raw, headers)
    binary = headers.get("ce_type") is not None
    if binary:
        attributes = {name: text_of(headers.get("ce_" + name)) for name in ATTRIBUTES}
    else:
        attributes = {name: value.get(name) for name in ATTRIBUTES}
    for name in ATTRIBUTES:
        if attributes[name] is None:
            raise Refused("missing", name)
    kind = of_type(str)(attributes["type"])
    if kind not in EVENTS:
        return None
    home, read_data = EVENTS[kind]
    if topic != home:
        raise Refused("wrong_topic", kind)
    source, name, when = identifier(attributes["source"]), identifier(attributes["id"]), instant(attributes["time"])
    if when < YEAR_2000:
        raise Refused("bad_time", str(when))
    inner = value.get("data")
    data = read_data(inner if not binary and isinstance(inner, dict) else value)
    data = {name: one for name, one in data.items() if name not in DEFAULTS or DEFAULTS[name] != one}
    return Event(kind, when, (topic, data[ENTITY[topic]], source, name), data)


def text_of(header):
    try:
        return None if header is None else header.decode()
    except UnicodeDecodeError:
        raise Refused("malformed", "a header is not UTF-8") from None


def kind_of(topic, raw, headers):
    """The type of a record that may be refused, for counting; "unknown" where none can be read."""
    if topic in REFERENCE_TOPICS:
        return "reference"
    try:
        kind = text_of(headers.get("ce_type")) or decode(raw, headers).get("type")
    except (Refused, TypeError):
        return "unknown"
    return kind if isinstance(kind, str) and kind in EVENTS else "unknown"


def read_document(topic, key, raw, headers):
    own, read_data = REFERENCE[topic]
    if raw is None:
        return Document(topic, key_parts(key, len(own)), None)
    data = read_data(decode(raw, headers))
    if topic == LANES and data["transit_days"]["min"] > data["transit_days"]["max"]:
        raise Refused("bad_value", "transit_days")
    if topic == LOCATIONS and data.get("capacity", {}).get("unit", "units") not in ("units", "lines", "orders"):
        raise Refused("bad_value", "capacity.unit")
    return Document(topic, tuple(data[name] for name in own), data, data.get("time_zone") if topic == LOCATIONS else None)


def key_parts(key, count_of_parts):
    try:
        parts = tuple(map(identifier, (key or b"").decode().split("|")))
    except UnicodeDecodeError:
        raise Refused("bad_key", "not UTF-8") from None
    if len(parts) != count_of_parts:
        raise Refused("bad_key", f"{len(parts)} parts")
    return parts
