"""What other systems send and people type: bytes of JSON to an `AdjustmentOrderInput`.

An adjustment order of 1 to 200 lines, no two of them of one SKU, inventory type and batch.
`quantity` is signed: plus for more pieces. Left out may be `type` (what the warehouse system is
told as adjustType), `related`, and of a line `inventory_type` ("ZP"), `batch` and `remark`::

    {"id": "ADJ-2026-9", "warehouse": "WH1", "owner": "ACME", "type": "ADJUST",
     "reason": "broken in the shop window", "occurred_at": "2026-11-25T09:00:00+08:00",
     "related": [{"type": "CK", "no": "OUT-17"}],
     "lines": [{"line_no": 1, "sku": "TEA-100", "quantity": -5, "inventory_type": "ZP",
                "batch": "B-0117", "remark": ""}]}

By hand, with the role finance: `"closed_month": true` books it into the month it happened in
although that is closed soft. A field that isn't named here is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from chalicelib.kernel.errors import Forbidden, Refused
from chalicelib.kernel.strict_json import (
    check_code,
    check_count,
    check_range,
    check_text,
    read_json,
)
from chalicelib.movements.adjusting.model import (
    AdjustmentOrderInput,
    OrderedLine,
    RelatedDocument,
)
from chalicelib.movements.model import is_inventory_type
from chalicelib.movements.orders.intake import MOST_LINES, MOST_PIECES, check_numbering

MOST_RELATED = 20

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Line(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    line_no: int
    sku: str
    quantity: int
    inventory_type: str = "ZP"
    batch: str = ""
    remark: str = ""


class _Related(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    type: str
    no: str


class _Order(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    warehouse: str
    owner: str
    reason: str
    occurred_at: _Moment
    lines: list[_Line]
    type: str = ""
    related: list[_Related] = []
    closed_month: bool = False


def parse_adjustment_order(body: bytes, *, finance: bool = False) -> AdjustmentOrderInput:
    """The adjustment order of a request; `Malformed` or `Refused` names the first field that is
    wrong. `finance`: a person with that role typed it.
    """
    order = read_json(body, _Order)
    if order.closed_month and not finance:
        text = "only a person with the role finance books into a closed month"
        raise Forbidden("finance_only", text, field="closed_month")
    check_text(order.id, field="id", least=1, most=100)
    check_code(order.warehouse, field="warehouse")
    check_code(order.owner, field="owner")
    check_text(order.reason, field="reason", least=1, most=200)
    check_text(order.type, field="type", most=50)
    if len(order.related) > MOST_RELATED:
        raise Refused("too_many_or_none", f"at most {MOST_RELATED}", field="related")
    for at, related in enumerate(order.related):
        check_text(related.type, field=f"related[{at}].type", least=1, most=50)
        check_text(related.no, field=f"related[{at}].no", least=1, most=50)
    check_count(len(order.lines), field="lines", most=MOST_LINES)
    lines = tuple(_line(line, f"lines[{at}]") for at, line in enumerate(order.lines))
    check_numbering([line.line_no for line in lines])
    _check_once_each(lines)
    return AdjustmentOrderInput(
        id=order.id,
        warehouse=order.warehouse,
        owner=order.owner,
        reason=order.reason,
        occurred_at=order.occurred_at.astimezone(UTC),
        lines=lines,
        type=order.type,
        related=tuple(RelatedDocument(type=each.type, no=each.no) for each in order.related),
        closed_month=order.closed_month,
    )


def _line(line: _Line, place: str) -> OrderedLine:
    check_range(line.line_no, field=f"{place}.line_no", least=1, most=999_999)
    check_code(line.sku, field=f"{place}.sku")
    check_range(line.quantity, field=f"{place}.quantity", least=-MOST_PIECES, most=MOST_PIECES)
    if line.quantity == 0:
        raise Refused("no_pieces", "nothing is to change", field=f"{place}.quantity")
    check_text(line.inventory_type, field=f"{place}.inventory_type", least=1, most=20)
    if not is_inventory_type(line.inventory_type):
        raise Refused(
            "unknown_inventory_type",
            "an inventory type is letters and digits",
            field=f"{place}.inventory_type",
        )
    check_text(line.batch, field=f"{place}.batch", most=50)
    check_text(line.remark, field=f"{place}.remark", most=200)
    return OrderedLine(
        line_no=line.line_no,
        sku=line.sku,
        quantity=line.quantity,
        inventory_type=line.inventory_type,
        batch=line.batch,
        remark=line.remark,
    )


def _check_once_each(lines: tuple[OrderedLine, ...]) -> None:
    """A warehouse system reports no line numbers: two lines of one thing couldn't be told apart."""
    seen: set[tuple[str, str, str]] = set()
    for at, line in enumerate(lines):
        identity = (line.sku, line.inventory_type, line.batch)
        if identity in seen:
            raise Refused("duplicate_line", "this stock is listed twice", field=f"lines[{at}]")
        seen.add(identity)
