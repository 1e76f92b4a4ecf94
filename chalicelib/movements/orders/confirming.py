"""What a confirmation means: which of the order's lines its lines are, what moves between which
places, what the order is afterwards, and what a person has to look at. Pure.

**Matching.** A WMS's line number counts only together with the SKU. Without one that fits, the line
of the same SKU, inventory type and batch is taken, else the same SKU and type, else the first of
the SKU; where the SKU stands on several lines and none is the same, a person is asked. A SKU that
the order doesn't have moves from or to suspense.

**Value.** What leaves costs the pool's average. What comes in is worth its line's price, rounded
once per line of the order and split by largest remainder; without a price, the average. A
transfer's arrival is worth what its own issues cost (`Issued`); pieces that never left come from
suspense. What a processing order makes is worth what it consumed, to the fen (`making`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind
from chalicelib.kernel.money import Fen, apportion, line_amount
from chalicelib.movements.orders.making import with_made_values
from chalicelib.movements.orders.model import (
    Confirmation,
    ConfirmedLine,
    MovementLine,
    MovementOrder,
)
from chalicelib.movements.states import MovementEvent, MovementState, next_movement
from chalicelib.stock.model import EntryId, Kind, Movement, Unplaced, suspense, warehouse

NAMED_IN_CASE = 10
"""How many lines or SKUs the text of a case names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Pieces of an arrival's line that left by this entry of the ledger."""

    line_no: int
    issue: EntryId
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The order after a confirmation, and the lines of which more moved than was ordered."""

    order: MovementOrder
    over: tuple[MovementLine, ...]


def match_lines(order: MovementOrder, lines: Sequence[ConfirmedLine]) -> tuple[ConfirmedLine, ...]:
    """The confirmation's lines, each with the order's line that it is booked on, or None."""
    return tuple(replace(line, order_line_no=_matching(order, line)) for line in lines)


def _matching(order: MovementOrder, line: ConfirmedLine) -> int | None:
    named = order.line(line.order_line_no)
    if named is not None and (named.sku, named.made) == (line.sku, line.made):
        return named.line_no
    candidates = sorted(_lines_of(order, line), key=lambda each: _unlike(each, line))
    return candidates[0].line_no if candidates else None


def _lines_of(order: MovementOrder, line: ConfirmedLine) -> list[MovementLine]:
    return [each for each in order.lines if (each.sku, each.made) == (line.sku, line.made)]


def _unlike(ordered: MovementLine, line: ConfirmedLine) -> tuple[bool, bool]:
    return (ordered.inventory_type != line.inventory_type, ordered.batch != line.batch)


def movements_of(
    order: MovementOrder,
    confirmation: Confirmation,
    buckets: Mapping[str, int],
    issued: Sequence[Issued] = (),
) -> tuple[Movement, ...]:
    """The ledger's movements of a matched confirmation: the same each time, whatever was posted
    before. `buckets` has the bucket of each SKU. Lines of no pieces move nothing.
    """
    values = _values(order, confirmation)
    movements: list[Movement] = []
    for line in confirmation.lines:
        if not line.quantity:
            continue
        plain = _movement(order, confirmation, line, buckets[line.sku])
        if line.order_line_no is None:
            movements.append(plain)
        elif order.transfer and not order.rule.out:
            own = [each for each in issued if each.line_no == line.line_no]
            movements += _arriving(plain, confirmation, own)
        else:
            movements.append(replace(plain, given_value=values.get(line.line_no)))
    return with_made_values(order, confirmation, movements)


def _movement(
    order: MovementOrder, confirmation: Confirmation, line: ConfirmedLine, bucket: int
) -> Movement:
    foreign = line.order_line_no is None
    outside = suspense(confirmation.warehouse) if foreign else order.other_end
    inside = warehouse(confirmation.warehouse, line.inventory_type)
    out = order.rule.out and not line.made
    return Movement(
        line=str(line.line_no),
        kind=Kind.SUSPENSE if foreign else order.kind,
        warehouse=confirmation.warehouse,
        sku=line.sku,
        bucket=bucket,
        quantity=line.quantity,
        from_location=inside if out else outside,
        to_location=outside if out else inside,
        occurred_at=confirmation.occurred_at,
        source=line.source,
        batch=line.batch,
        unplaced=Unplaced.MOVEMENT if foreign else None,
    )


def _arriving(
    plain: Movement, confirmation: Confirmation, issued: Sequence[Issued]
) -> list[Movement]:
    """A line of a transfer's arrival by the issues it came from; what never left is suspense's."""
    parts = [
        replace(plain, quantity=each.quantity, cost_of=each.issue, number=number)
        for number, each in enumerate(issued)
    ]
    rest = plain.quantity - sum(each.quantity for each in issued)
    if rest:
        outside = suspense(confirmation.warehouse)
        parts.append(
            replace(
                plain,
                quantity=rest,
                kind=Kind.SUSPENSE,
                from_location=outside,
                unplaced=Unplaced.MOVEMENT,
            )
        )
    return parts


def _values(order: MovementOrder, confirmation: Confirmation) -> dict[int, Fen]:
    """What each line that comes in is worth, where its order's line has a price."""
    values: dict[int, Fen] = {}
    for ordered in order.lines:
        if order.rule.out or ordered.price is None:
            continue
        parts = [line for line in confirmation.lines if line.order_line_no == ordered.line_no]
        quantities = [line.quantity for line in parts]
        shares = apportion(line_amount(sum(quantities), ordered.price), quantities)
        values |= {line.line_no: share for line, share in zip(parts, shares, strict=True)}
    return values


def moved(order: MovementOrder, confirmation: Confirmation) -> Moved:
    """Adds a matched confirmation's pieces to the order and derives its state."""
    lines = tuple(_add(line, confirmation.lines) for line in order.lines)
    after = replace(
        order, lines=lines, final=order.final or confirmation.final, version=order.version + 1
    )
    event = _event(after)
    if event is not None:
        after = replace(after, state=next_movement(order.state, event))
    touched = {line.order_line_no for line in confirmation.lines if line.quantity}
    over = tuple(
        line for line in lines if line.line_no in touched and line.moved_total > line.quantity
    )
    return Moved(order=after, over=over)


def _add(ordered: MovementLine, lines: Sequence[ConfirmedLine]) -> MovementLine:
    pieces = dict(ordered.moved)
    for line in lines:
        if line.order_line_no == ordered.line_no and line.quantity:
            pieces[line.inventory_type] = pieces.get(line.inventory_type, 0) + line.quantity
    return replace(ordered, moved=pieces)


def _event(order: MovementOrder) -> MovementEvent | None:
    counting = [line for line in order.lines if line.made] or order.lines
    if all(line.moved_total >= line.quantity for line in counting):
        return MovementEvent.MOVE_ALL
    if order.final:
        return MovementEvent.CLOSE_SHORT
    if any(line.moved_total for line in order.lines):
        return MovementEvent.MOVE_PART
    return None


# --- what a person has to look at

Doubt = tuple[ExceptionKind, Sequence[str], str]
"""A kind of case, what it is about (nothing: no case), and its sentence."""


def doubts_on_acceptance(
    order: MovementOrder,
    as_sent: Sequence[ConfirmedLine],
    accepted: Confirmation,
    known: Collection[str],
) -> list[Doubt]:
    """What is odd about a confirmation in itself; `known` are the SKUs that exist."""
    lines = [line for line in accepted.lines if line.quantity]
    foreign = [line.sku for line in lines if line.order_line_no is None]
    elsewhere = accepted.warehouse != order.warehouse
    return [
        (
            ExceptionKind.MOVEMENT_SKU_NOT_ORDERED,
            [sku for sku in foreign if sku in known],
            "moved with an order that doesn't have it; booked in suspense",
        ),
        (
            ExceptionKind.MOVEMENT_SKU_UNKNOWN,
            [sku for sku in foreign if sku not in known],
            "moved and is no SKU of ours; booked in suspense",
        ),
        (
            ExceptionKind.MOVEMENT_OTHER_WAREHOUSE,
            [accepted.warehouse] if elsewhere else [],
            f"moved what was ordered of {order.warehouse}; booked where it was",
        ),
        (
            ExceptionKind.MOVEMENT_LINE_UNCLEAR,
            _unsure(order, as_sent, accepted.lines),
            "stands on several lines of the order; booked on the one most like it",
        ),
        (
            ExceptionKind.PROCESSING_ONE_SIDED,
            _one_sided(order, lines),
            "was told without the other side: what was consumed, or what was made of it",
        ),
    ]


def _one_sided(order: MovementOrder, lines: Sequence[ConfirmedLine]) -> list[str]:
    sides = {line.made for line in lines if line.order_line_no is not None}
    return [order.no] if order.bom and len(sides) == 1 else []


def _unsure(
    order: MovementOrder, as_sent: Sequence[ConfirmedLine], matched: Sequence[ConfirmedLine]
) -> list[str]:
    unsure = []
    for before, after in zip(as_sent, matched, strict=True):
        booked_on = order.line(after.order_line_no)
        if booked_on is None or after.order_line_no == before.order_line_no:
            continue
        several = len(_lines_of(order, after)) > 1
        if after.quantity and several and any(_unlike(booked_on, after)):
            unsure.append(after.sku)
    return unsure


def doubts_on_posting(before: MovementState, after: Moved) -> list[Doubt]:
    """What is odd about a confirmation in view of all that came before it."""
    over = [f"line {line.line_no} ({line.sku})" for line in after.over]
    untimely = before in (MovementState.DRAFT, MovementState.CANCELLED)
    return [
        (ExceptionKind.MOVEMENT_OVER, over, "moved more than was ordered"),
        (
            ExceptionKind.MOVEMENT_UNEXPECTED,
            [after.order.no] if untimely else [],
            f"moved goods while it was {before.value}",
        ),
    ]


def cases_of(
    doubts: Sequence[Doubt], document: str, *, message_id: str, at: datetime
) -> list[ExceptionCase]:
    """One case per kind for a document, whatever the number of lines, so that they always fit."""
    return [
        ExceptionCase(
            id=f"{kind}:{document}",
            kind=kind,
            document=document,
            text=f"{listed(about)} {text}",
            message_id=message_id,
            raised_at=at,
        )
        for kind, about, text in doubts
        if about
    ]


def listed(about: Sequence[str]) -> str:
    """The first ten, and how many more."""
    names = list(dict.fromkeys(about))
    more = len(names) - NAMED_IN_CASE
    return ", ".join(names[:NAMED_IN_CASE]) + (f" and {more} more" if more > 0 else "")
