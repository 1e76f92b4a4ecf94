"""Opening stock and adjustments: the documents, and the movements they make; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source
from chalicelib.movements.states import AdjustmentState, OpeningState
from chalicelib.stock.model import (
    ADJUSTMENT,
    OPENING,
    Kind,
    Movement,
    Unplaced,
    suspense,
    warehouse,
)

if TYPE_CHECKING:
    # The API imports this file, and needs none of what compares figures.
    from chalicelib.stock.comparing import Figure

NAMED = 20
"""Differences that a refusal names; a person needs a start, not a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningLine:
    """Pieces of a SKU, inventory type and batch that a warehouse starts with. `value` is fen, for
    all pieces together, at cost without deductible VAT.
    """

    sku: str
    quantity: int
    value: Fen
    inventory_type: str = "ZP"
    batch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningStock:
    """A warehouse's opening stock (库存初始化), one per warehouse. Its lines are items of their
    own, written once per `lines_version`; `posted` of them are in the books.
    """

    number: str
    warehouse: str
    state: OpeningState
    version: int
    lines_version: int
    line_count: int
    quantity: int
    value: Fen
    digest: str
    source: Source
    drafted_at: datetime
    checked_at: datetime | None = None
    closed_at: datetime | None = None
    posting_date: date | None = None
    posted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentLine:
    """Pieces of a SKU and inventory type that a warehouse has more (positive) or fewer of."""

    sku: str
    inventory_type: str
    quantity: int
    batch: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A stock change that a warehouse reported (调整单). `key` is its identity at the warehouse;
    `buckets` are its SKUs' buckets; `rule` says which rule found the kind, `cause` is the
    warehouse's own word for it. `closed_month`: a person has it booked into its month although that
    is closed soft.
    """

    number: str
    warehouse: str
    key: str
    kind: Kind
    cause: str
    rule: str
    lines: tuple[AdjustmentLine, ...]
    buckets: Mapping[str, int]
    source: Source
    occurred_at: datetime
    accepted_at: datetime
    state: AdjustmentState = AdjustmentState.ACCEPTED
    closed_month: bool = False
    version: int = 1

    def says_the_same(self, other: Adjustment) -> bool:
        """Whether two reports under one key have the same content."""
        return (self.kind, self.cause, _content(self.lines)) == (
            other.kind,
            other.cause,
            _content(other.lines),
        )


def _content(lines: Sequence[AdjustmentLine]) -> list[tuple[str, str, int, str]]:
    return [(line.sku, line.inventory_type, line.quantity, line.batch) for line in lines]


def opening_number(warehouse_code: str) -> str:
    """`OPENING-WH1`: a warehouse has one."""
    return f"OPENING-{warehouse_code}"


def adjustment_number(warehouse_code: str, key: str) -> str:
    """The number of the adjustment with this key: the same report always makes the same number."""
    return f"TZ-{hashlib.sha256(f'{warehouse_code}/{key}'.encode()).hexdigest()[:20].upper()}"


def is_inventory_type(text: str) -> bool:
    """Whether a text may be an inventory type (ZP, CC, JS, XS, ZT …): ASCII letters and digits."""
    return text.isascii() and text.isalnum()


def check_opening_lines(lines: Sequence[OpeningLine]) -> None:
    """Refuses lines that can't be stock, or that say one thing twice."""
    seen: set[tuple[str, str, str]] = set()
    for at, line in enumerate(lines):
        identity = (line.sku, line.inventory_type, line.batch)
        if identity in seen:
            raise Refused("duplicate_line", "this stock is listed twice", field=f"lines[{at}]")
        seen.add(identity)
        if line.quantity <= 0:
            raise Refused(
                "not_positive", "opening stock is 1 piece or more", field=f"lines[{at}].quantity"
            )
        if line.value < 0:
            raise Refused("negative_value", "a value isn't negative", field=f"lines[{at}].value")
        if not is_inventory_type(line.inventory_type):
            raise Refused(
                "unknown_inventory_type",
                "an inventory type is letters and digits",
                field=f"lines[{at}].inventory_type",
            )


def opening_differences(lines: Sequence[OpeningLine], figures: Iterable[Figure]) -> list[str]:
    """Where a WMS's figures aren't the opening stock's, a sentence each that names the lines."""
    ours: dict[tuple[str, str], int] = {}
    numbers: dict[tuple[str, str], list[str]] = {}
    for number, line in enumerate(lines, start=1):
        key = (line.sku, line.inventory_type)
        ours[key] = ours.get(key, 0) + line.quantity
        numbers.setdefault(key, []).append(str(number))
    theirs: dict[tuple[str, str], int] = {}
    for figure in figures:
        key = (figure.sku, figure.inventory_type)
        theirs[key] = theirs.get(key, 0) + figure.quantity + figure.locked
    return [
        f"{sku} {name} (line {'+'.join(numbers.get((sku, name), ['-']))}): "
        f"{ours.get((sku, name), 0)} here, {theirs.get((sku, name), 0)} at the WMS"
        for sku, name in sorted({*ours, *theirs})
        if ours.get((sku, name), 0) != theirs.get((sku, name), 0)
    ]


def opening_movement(
    opening: OpeningStock, line: OpeningLine, *, number: int, bucket: int
) -> Movement:
    """A line of opening stock as a movement; `number` counts from 1."""
    return Movement(
        line=str(number),
        kind=Kind.OPENING,
        warehouse=opening.warehouse,
        sku=line.sku,
        bucket=bucket,
        quantity=line.quantity,
        from_location=OPENING,
        to_location=warehouse(opening.warehouse, line.inventory_type),
        occurred_at=opening.closed_at or opening.drafted_at,
        source=Source(
            message_id=opening.source.message_id,
            path=f"{opening.source.path}/lines/{number - 1}",
        ),
        batch=line.batch,
        given_value=line.value,
    )


def adjustment_movements(adjustment: Adjustment) -> list[Movement]:
    """An adjustment as movements: each line against the adjustment (or suspense) location, but two
    lines of one SKU and batch that only change the inventory type are one move.
    """
    pair = _quality_pair(adjustment.lines)
    if pair is not None:
        lost, won = pair
        code = adjustment.warehouse
        move = _movement(adjustment, 1, won, kind=Kind.QUALITY_MOVE)
        return [
            _between(
                move, warehouse(code, lost.inventory_type), warehouse(code, won.inventory_type)
            )
        ]
    return [
        _movement(adjustment, number, line, kind=adjustment.kind)
        for number, line in enumerate(adjustment.lines, start=1)
    ]


def _quality_pair(
    lines: Sequence[AdjustmentLine],
) -> tuple[AdjustmentLine, AdjustmentLine] | None:
    if len(lines) != 2:
        return None
    lost, won = sorted(lines, key=lambda line: line.quantity)
    same = (lost.sku, lost.batch) == (won.sku, won.batch)
    moved = lost.quantity + won.quantity == 0 and lost.inventory_type != won.inventory_type
    return (lost, won) if same and moved else None


def _movement(adjustment: Adjustment, number: int, line: AdjustmentLine, *, kind: Kind) -> Movement:
    outside = suspense(adjustment.warehouse) if kind is Kind.SUSPENSE else ADJUSTMENT
    inside = warehouse(adjustment.warehouse, line.inventory_type)
    gained = line.quantity > 0
    if kind in (Kind.SURPLUS, Kind.LOSS):
        # A count finds both at once.
        kind = Kind.SURPLUS if gained else Kind.LOSS
    return Movement(
        line=str(number),
        kind=kind,
        warehouse=adjustment.warehouse,
        sku=line.sku,
        bucket=adjustment.buckets[line.sku],
        quantity=abs(line.quantity),
        from_location=outside if gained else inside,
        to_location=inside if gained else outside,
        occurred_at=adjustment.occurred_at,
        source=Source(
            message_id=adjustment.source.message_id, path=line.path or adjustment.source.path
        ),
        batch=line.batch,
        unplaced=Unplaced.CHANGE if kind is Kind.SUSPENSE else None,
    )


def _between(movement: Movement, from_location: str, to_location: str) -> Movement:
    return replace(movement, from_location=from_location, to_location=to_location)
