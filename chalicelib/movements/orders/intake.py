"""What other systems send and people type: bytes of JSON to a `MovementOrderInput`.

A movement order of 1 to 200 lines. `type` is CGTH (to a supplier), QTCK, PTCK, B2BCK (out), LYRK,
QTRK, B2BRK, SCRK, CCRK or XNRK (in). `partner` is the supplier of a CGTH, the customer of a B2B
order; `department` who answers for it: a QTCK with one is a requisition. Left out may be `partner`,
`department`, `subject`, `expected_at`, and of a line `inventory_type` ("ZP"), `batch` and
`price`::

    {"id": "RTV-2026-9", "type": "CGTH", "warehouse": "WH1", "owner": "ACME", "partner": "SUP1",
     "department": "", "subject": "", "expected_at": "2026-11-25T09:00:00+08:00",
     "lines": [{"line_no": 1, "sku": "TEA-100", "quantity": 5, "inventory_type": "CC",
                "batch": "B-0117", "price": "12.3456"}]}

`price` is a text with up to four decimals, of one piece and tax-exclusive: what the supplier gives
back, or what comes in is worth (else the average cost). A field that isn't named here is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime
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
from chalicelib.movements.model import is_inventory_type
from chalicelib.movements.orders.model import MovementLineInput, MovementOrderInput
from chalicelib.movements.orders.types import TYPES, Partner

MOST_LINES = 200
MOST_PIECES = 10_000_000

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Line(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A line of whatever moves, as it is sent."""

    line_no: int
    sku: str
    quantity: int
    inventory_type: str = "ZP"
    batch: str = ""


class _Line(Line, forbid_unknown_fields=True, kw_only=True, frozen=True):
    price: str | None = None


class _Order(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    type: str
    warehouse: str
    owner: str
    lines: list[_Line]
    partner: str = ""
    department: str = ""
    subject: str = ""
    expected_at: _Moment | None = None


def parse_movement_order(body: bytes) -> MovementOrderInput:
    """The movement order of a request; `Malformed` or `Refused` names the first field that is
    wrong.
    """
    order = read_json(body, _Order)
    check_text(order.id, field="id", least=1, most=100)
    _check_type(order)
    check_code(order.warehouse, field="warehouse")
    check_code(order.owner, field="owner")
    check_text(order.subject, field="subject", most=50)
    check_count(len(order.lines), field="lines", most=MOST_LINES)
    lines = tuple(_line(line, f"lines[{at}]") for at, line in enumerate(order.lines))
    check_numbering([line.line_no for line in lines])
    return MovementOrderInput(
        id=order.id,
        type=order.type,
        warehouse=order.warehouse,
        owner=order.owner,
        lines=lines,
        partner=order.partner,
        department=order.department,
        subject=order.subject,
        expected_at=order.expected_at.astimezone(UTC) if order.expected_at else None,
    )


def _check_type(order: _Order) -> None:
    rule = TYPES.get(order.type)
    if rule is None or rule.partner in (Partner.TRANSFER, Partner.PROCESS):
        raise Refused("unknown_movement_type", "no such type of movement order", field="type")
    partner_named = rule.partner in (Partner.SUPPLIER, Partner.CUSTOMER)
    if partner_named:
        check_code(order.partner, field="partner")
    elif order.partner:
        raise Refused("no_partner_here", f"a {rule.code} has no partner", field="partner")
    if order.department or (rule.needs and rule.partner is Partner.DEPARTMENT):
        check_code(order.department, field="department")


def check_line(line: Line, place: str) -> None:
    """`Refused` where a line can't be one; `place` is where it stands in the request."""
    check_range(line.line_no, field=f"{place}.line_no", least=1, most=999_999)
    check_code(line.sku, field=f"{place}.sku")
    check_range(line.quantity, field=f"{place}.quantity", least=1, most=MOST_PIECES)
    check_text(line.inventory_type, field=f"{place}.inventory_type", least=1, most=20)
    if not is_inventory_type(line.inventory_type):
        raise Refused(
            "unknown_inventory_type",
            "an inventory type is letters and digits",
            field=f"{place}.inventory_type",
        )
    check_text(line.batch, field=f"{place}.batch", most=50)


def _line(line: _Line, place: str) -> MovementLineInput:
    check_line(line, place)
    price = None
    if line.price is not None:
        price = parse_unit_price(line.price, field=f"{place}.price")
        if price < 0:
            raise Refused("negative_price", "a price is not negative", field=f"{place}.price")
    return MovementLineInput(
        line_no=line.line_no,
        sku=line.sku,
        quantity=line.quantity,
        inventory_type=line.inventory_type,
        batch=line.batch,
        price=price,
    )


def check_numbering(numbers: list[int]) -> None:
    """Refuses two lines of one number."""
    for at, number in enumerate(numbers):
        if number in numbers[:at]:
            raise Refused(
                "line_repeated", "each line has its own number", field=f"lines[{at}].line_no"
            )
