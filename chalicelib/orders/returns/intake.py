"""Reading what asks for a return, a reshipment, or a parcel's match: JSON, strictly.

A return, from a shop's system (signed) or by hand::

    {"id": "RET-2026-31", "fulfilment_no": "2611220000012345678-01", "kind": "EXCHANGE",
     "lines": [{"line_no": 1, "units": [0, 2]}, {"line_no": 2, "quantity": 1}],
     "reason": "too small", "waybill": "YT100200300", "carrier_code": "YTO",
     "warehouse": "WH-EAST", "approved": true, "with_freight": false,
     "exchange": [{"sku": "TEE-L", "quantity": 2}]}

`line_no` is the fulfilment's; `units` are the order line's numbers of its pieces, counted from 0 as
`first_unit` is; with `quantity` the first ones are taken that have left and are in no return. Left
out may be `kind` (RETURN), one of `units` and `quantity`, `reason`, `waybill`, `carrier_code`,
`warehouse` (the fulfilment's), `approved` (false: a person approves it), `with_freight` (false) and
`exchange`, which an exchange needs and nothing else has.

A reshipment, by hand, without a price::

    {"id": "BF-1", "fulfilment_no": "2611220000012345678-01", "reason": "lost on the way",
     "lines": [{"sku": "TEE-L", "quantity": 1}]}

A field that isn't named here is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.items import to_item
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.strict_json import (
    check_code,
    check_count,
    check_range,
    check_text,
    read_json,
)
from chalicelib.kernel.writes import Writes
from chalicelib.orders.returns.model import ReissueLine, ReturnKind

MOST_LINES = 100
MOST_UNITS = 1_000
"""Pieces of one return: each is named."""

MOST_PIECES = 10_000
MOST_NUMBER = 999_999
LONGEST_ID = 100
LONGEST_REASON = 200
"""Qimen's returnReason is a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLineInput:
    """Units of a fulfilment's line by their numbers, or so many of them."""

    line_no: int
    units: tuple[int, ...] = ()
    quantity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInput:
    """A return as it was asked for: readable, not yet checked against anything else."""

    id: str
    fulfilment_no: str
    kind: ReturnKind
    lines: tuple[ReturnLineInput, ...]
    reason: str = ""
    waybill: str = ""
    carrier_code: str = ""
    warehouse: str = ""
    approved: bool = False
    with_freight: bool = False
    exchange: tuple[ReissueLine, ...] = ()

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of what was said, however it was written."""
        return _digest(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReshipmentInput:
    """Goods that are to be sent once more."""

    id: str
    fulfilment_no: str
    lines: tuple[ReissueLine, ...]
    reason: str = ""

    def digest(self) -> str:
        """As above."""
        return _digest(self)


BY_HAND = "BY_HAND"
"""The source of what a person asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks: the shop, the system (or `BY_HAND`), the person or client, and in which message.
    `row` gives, for the new number, what is committed with it.
    """

    shop: str
    source: str
    by: str
    message: Source | None = None
    row: Callable[[str], Writes] = lambda _: Writes()


class _Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What the body's objects have in common: nothing unknown in them."""


class _Line(_Strict, frozen=True):
    line_no: int
    units: list[int] = []
    quantity: int = 0


class _Goods(_Strict, frozen=True):
    sku: str
    quantity: int


class _Return(_Strict, frozen=True):
    id: str
    fulfilment_no: str
    lines: list[_Line]
    kind: ReturnKind = ReturnKind.RETURN
    reason: str = ""
    waybill: str = ""
    carrier_code: str = ""
    warehouse: str = ""
    approved: bool = False
    with_freight: bool = False
    exchange: list[_Goods] = []


class _Reshipment(_Strict, frozen=True):
    id: str
    fulfilment_no: str
    lines: list[_Goods]
    reason: str = ""


def parse_return(body: bytes) -> ReturnInput:
    """The return of a request; `Malformed` or `Refused` names the first field that is wrong."""
    read = read_json(body, _Return)
    check_text(read.id, field="id", least=1, most=LONGEST_ID)
    check_text(read.reason, field="reason", most=LONGEST_REASON)
    for name in ("waybill", "carrier_code", "warehouse"):
        if text := getattr(read, name):
            check_code(text, field=name)
    check_code(read.fulfilment_no, field="fulfilment_no")
    check_count(len(read.lines), field="lines", most=MOST_LINES)
    exchanged = read.kind is ReturnKind.EXCHANGE
    if bool(read.exchange) is not exchanged:
        text = "what is sent in exchange, for an exchange and nothing else"
        raise Refused("exchange_differs", text, field="exchange")
    lines = tuple(_line(line, f"lines[{at}]") for at, line in enumerate(read.lines))
    _check_lines(lines)
    return ReturnInput(
        id=read.id,
        fulfilment_no=read.fulfilment_no,
        kind=read.kind,
        lines=lines,
        reason=read.reason,
        waybill=read.waybill,
        carrier_code=read.carrier_code,
        warehouse=read.warehouse,
        approved=read.approved,
        with_freight=read.with_freight,
        exchange=_goods(read.exchange, "exchange") if exchanged else (),
    )


def parse_reshipment(body: bytes) -> ReshipmentInput:
    """The reshipment of a request."""
    read = read_json(body, _Reshipment)
    check_text(read.id, field="id", least=1, most=LONGEST_ID)
    check_text(read.reason, field="reason", most=LONGEST_REASON)
    check_code(read.fulfilment_no, field="fulfilment_no")
    return ReshipmentInput(
        id=read.id,
        fulfilment_no=read.fulfilment_no,
        lines=_goods(read.lines, "lines"),
        reason=read.reason,
    )


def _line(line: _Line, place: str) -> ReturnLineInput:
    check_range(line.line_no, field=f"{place}.line_no", least=1, most=MOST_NUMBER)
    if bool(line.units) is bool(line.quantity):
        raise Refused("units_unclear", "either units or a quantity", field=f"{place}.units")
    if line.quantity:
        check_range(line.quantity, field=f"{place}.quantity", least=1, most=MOST_UNITS)
    check_range(len(line.units), field=f"{place}.units", least=0, most=MOST_UNITS)
    for at, unit in enumerate(line.units):
        check_range(unit, field=f"{place}.units[{at}]", least=0, most=MOST_NUMBER)
    if len(set(line.units)) < len(line.units):
        raise Refused("unit_repeated", "a unit comes back once", field=f"{place}.units")
    return ReturnLineInput(
        line_no=line.line_no, units=tuple(sorted(line.units)), quantity=line.quantity
    )


def _check_lines(lines: tuple[ReturnLineInput, ...]) -> None:
    numbers = [line.line_no for line in lines]
    for at, number in enumerate(numbers):
        if number in numbers[:at]:
            raise Refused(
                "line_repeated", "each line has its own number", field=f"lines[{at}].line_no"
            )
    units = sum(len(line.units) or line.quantity for line in lines)
    check_range(units, field="lines", least=1, most=MOST_UNITS)


def _goods(read: list[_Goods], place: str) -> tuple[ReissueLine, ...]:
    check_count(len(read), field=place, most=MOST_LINES)
    lines = []
    for at, each in enumerate(read):
        check_code(each.sku, field=f"{place}[{at}].sku")
        check_range(each.quantity, field=f"{place}[{at}].quantity", least=1, most=MOST_PIECES)
        lines.append(ReissueLine(sku=each.sku, quantity=each.quantity))
    return tuple(lines)


def _digest(given: object) -> str:
    return hashlib.sha256(msgspec.json.encode(to_item(given), order="sorted")).hexdigest()
