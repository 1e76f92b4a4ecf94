"""What the purchasing system sends: bytes of JSON to a `PurchaseOrderInput`.

An approved purchase order, of 1 to 500 lines; a person drafts one in the same form. `price` is a
text with up to four decimals, of one piece and tax-exclusive; moments are ISO 8601 with their
offset and may be left out::

    {"id": "PO-2026-117", "supplier": "SUP1", "warehouse": "WH1", "owner": "ACME",
     "currency": "CNY", "expected_from": "2026-11-23T09:00:00+08:00",
     "expected_to": "2026-11-23T18:00:00+08:00",
     "lines": [{"line_no": 1, "sku": "TEA-100", "quantity": 100, "price": "12.3456",
                "tax_rate_percent": 13}]}

`currency` has to be the books' own: cost is kept in CNY. A field that isn't named here is refused.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import parse_unit_price
from chalicelib.kernel.strict_json import (
    check_code,
    check_count,
    check_range,
    check_text,
    read_json,
)
from chalicelib.purchasing.calendar import parse_day
from chalicelib.purchasing.model import PurchaseLineInput, PurchaseOrderInput

MOST_LINES = 500
MOST_PIECES = 10_000_000
BOOKS_CURRENCY = "CNY"

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Line(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    line_no: int
    sku: str
    quantity: int
    price: str
    tax_rate_percent: int


class _Order(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    supplier: str
    warehouse: str
    owner: str
    currency: str
    lines: list[_Line]
    expected_from: _Moment | None = None
    expected_to: _Moment | None = None


class _Change(_Order, kw_only=True, frozen=True):
    version: int


def parse_purchase_order(body: bytes) -> PurchaseOrderInput:
    """The purchase order of a request; `Malformed` or `Refused` names the first field that is
    wrong.
    """
    return _checked(read_json(body, _Order))


def parse_change(body: bytes) -> tuple[PurchaseOrderInput, int]:
    """A draft said anew, and the version that it was made from."""
    change = read_json(body, _Change)
    return _checked(change), change.version


class _Slot(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    day: str
    starts: str


class _Appointment(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The purchasing system's id of its order, and the slot to be booked, or null: it is to be
    given back::

        {"id": "PO-2026-117", "slot": {"day": "2026-11-25", "starts": "09:00"}}
    """

    id: str
    slot: _Slot | None


def parse_appointment(body: bytes) -> tuple[str, tuple[date, str] | None]:
    """A purchasing system's id of its order, and the slot to be booked: {"id", "slot": {"day",
    "starts"}}; None (`"slot": null`): it is to be given back.
    """
    given = read_json(body, _Appointment)
    check_text(given.id, field="id", least=1, most=100)
    if given.slot is None:
        return given.id, None
    return given.id, (parse_day(given.slot.day, field="slot.day"), given.slot.starts)


def _checked(order: _Order) -> PurchaseOrderInput:
    check_text(order.id, field="id", least=1, most=100)
    check_code(order.supplier, field="supplier")
    check_code(order.warehouse, field="warehouse")
    check_code(order.owner, field="owner")
    if order.currency != BOOKS_CURRENCY:
        raise Refused("unknown_currency", f"purchases are in {BOOKS_CURRENCY}", field="currency")
    check_count(len(order.lines), field="lines", most=MOST_LINES)
    expected_from, expected_to = _utc(order.expected_from), _utc(order.expected_to)
    if expected_from and expected_to and expected_to < expected_from:
        raise Refused("times_reversed", "it ends before it begins", field="expected_to")
    lines = tuple(_line(line, f"lines[{at}]") for at, line in enumerate(order.lines))
    _check_numbering(lines)
    return PurchaseOrderInput(
        id=order.id,
        supplier=order.supplier,
        warehouse=order.warehouse,
        owner=order.owner,
        currency=order.currency,
        lines=lines,
        expected_from=expected_from,
        expected_to=expected_to,
    )


def _line(line: _Line, place: str) -> PurchaseLineInput:
    check_range(line.line_no, field=f"{place}.line_no", least=1, most=999_999)
    check_code(line.sku, field=f"{place}.sku")
    check_range(line.quantity, field=f"{place}.quantity", least=1, most=MOST_PIECES)
    check_range(line.tax_rate_percent, field=f"{place}.tax_rate_percent", least=0, most=100)
    price = parse_unit_price(line.price, field=f"{place}.price")
    if price < 0:
        raise Refused("negative_price", "a price is not negative", field=f"{place}.price")
    return PurchaseLineInput(
        line_no=line.line_no,
        sku=line.sku,
        quantity=line.quantity,
        price=price,
        tax_rate_percent=line.tax_rate_percent,
    )


def _check_numbering(lines: tuple[PurchaseLineInput, ...]) -> None:
    seen: set[int] = set()
    for at, line in enumerate(lines):
        if line.line_no in seen:
            raise Refused(
                "line_repeated", "each line has its own number", field=f"lines[{at}].line_no"
            )
        seen.add(line.line_no)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
