"""What other systems send and people type: bytes of JSON to a `TransferInput`.

A transfer of 1 to 80 lines. Left out may be `expected_at`, and of a line `inventory_type` ("ZP")
and `batch`::

    {"id": "T-2026-3", "from_warehouse": "WH1", "to_warehouse": "WH2", "owner": "ACME",
     "expected_at": "2026-11-25T09:00:00+08:00",
     "lines": [{"line_no": 1, "sku": "TEA-100", "quantity": 5, "inventory_type": "ZP",
                "batch": ""}]}
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.strict_json import (
    check_code,
    check_count,
    check_text,
    read_json,
)
from chalicelib.movements.orders.intake import Line, check_line, check_numbering
from chalicelib.movements.transfers.model import TransferInput, TransferLine

MOST_LINES = 80

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Transfer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    from_warehouse: str
    to_warehouse: str
    owner: str
    lines: list[Line]
    expected_at: _Moment | None = None


def parse_transfer(body: bytes) -> TransferInput:
    """The transfer of a request; `Malformed` or `Refused` names the first field that is wrong."""
    transfer = read_json(body, _Transfer)
    check_text(transfer.id, field="id", least=1, most=100)
    check_code(transfer.from_warehouse, field="from_warehouse")
    check_code(transfer.to_warehouse, field="to_warehouse")
    if transfer.from_warehouse == transfer.to_warehouse:
        raise Refused("same_warehouse", "goods move to another warehouse", field="to_warehouse")
    check_code(transfer.owner, field="owner")
    check_count(len(transfer.lines), field="lines", most=MOST_LINES)
    lines = tuple(_line(line, f"lines[{at}]") for at, line in enumerate(transfer.lines))
    check_numbering([line.line_no for line in lines])
    return TransferInput(
        id=transfer.id,
        from_warehouse=transfer.from_warehouse,
        to_warehouse=transfer.to_warehouse,
        owner=transfer.owner,
        lines=lines,
        expected_at=transfer.expected_at.astimezone(UTC) if transfer.expected_at else None,
    )


def _line(line: Line, place: str) -> TransferLine:
    check_line(line, place)
    return TransferLine(**msgspec.structs.asdict(line))
