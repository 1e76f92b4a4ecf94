"""Accepting what a warehouse says it shipped: plans, never commits.

What left has left, so nothing here is refused for being too much, unknown or too late: it is taken
in, and a person is told. Amounts, reservations and the ledger are `posting.py`'s, later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.writes import Put, Writes
from chalicelib.orders.model import (
    GOOD,
    Fulfilment,
    Shipment,
    ShipmentLine,
    fulfilment_of,
)
from chalicelib.orders.outcomes import case
from chalicelib.orders.rows import change_fulfilment, new_shipment
from chalicelib.orders.states import TAKEN_BACK, FulfilmentState
from chalicelib.orders.store import OrderStore


class Shipping:
    """`plan_shipment`, for `warehouse`."""

    def __init__(self, *, store: OrderStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def plan_shipment(self, shipment: Shipment) -> Writes:
        """The shipment as a document, counted on its fulfilment, with `ShipmentAccepted`.

        Empty if it was taken in before; `Conflict` (`shipment_differs`) if another content was
        taken in under its id. A line that names no line of the fulfilment is placed by its SKU,
        lines with pieces still to come first. Raises exception cases for: more than ordered, a line
        that can't be placed, a fulfilment that is cancelled, goods that aren't good ones.
        Refusals, to be planned again: `stale_fulfilment`, `shipment_taken`.
        """
        if fulfilment_of(shipment.id) != shipment.fulfilment_no:
            raise ValueError("a shipment's id is made by shipment_id")
        before = self._store.shipment(shipment.order_no, shipment.id)
        if before is not None:
            _same_or_conflict(before, shipment)
            return Writes()
        fulfilment = self._store.fulfilment(shipment.fulfilment_no).fulfilment
        lines, confirmed = place_lines(fulfilment, shipment.lines)
        placed = replace(shipment, lines=lines)
        counted = replace(
            fulfilment,
            confirmed=confirmed,
            final=fulfilment.final or shipment.final,
            shipments=(*fulfilment.shipments, shipment.id),
        )
        return Writes(
            [
                new_shipment(placed),
                change_fulfilment(counted),
                *self._cases(counted, placed),
            ],
            [self._accepted(placed)],
        )

    def _cases(self, fulfilment: Fulfilment, shipment: Shipment) -> list[Put]:
        return [
            case(
                kind,
                shipment.id,
                text,
                message_id=shipment.message_id,
                at=self._clock.now(),
            )
            for kind, text in _oddities(fulfilment, shipment)
        ]

    def _accepted(self, shipment: Shipment) -> Event:
        return Event(
            id=f"ShipmentAccepted:{shipment.id}",
            kind="ShipmentAccepted",
            subject=shipment.id,
            occurred_at=self._clock.now(),
            correlation=shipment.order_no,
            data={"fulfilment": shipment.fulfilment_no, "warehouse": shipment.warehouse},
        )


NAMED_IN_CASE = 10
"""How many lines the text of a case names; the rest is counted."""


def _oddities(fulfilment: Fulfilment, shipment: Shipment) -> list[tuple[ExceptionKind, str]]:
    """Kinds of cases, each with its sentence."""
    found = []
    over = [
        f"{line.sku} {confirmed} of {line.quantity}"
        for confirmed, line in zip(fulfilment.confirmed, fulfilment.lines, strict=True)
        if confirmed > line.quantity
    ]
    if over:
        text = "more pieces left the warehouse than the fulfilment has"
        found.append((ExceptionKind.SHIPPED_MORE_THAN_ORDERED, f"{text}: {_named(over)}"))
    foreign = [line for line in shipment.lines if line.fulfilment_line_no is None]
    if foreign:
        named = [f"{line.sku} x {line.quantity}" for line in foreign]
        text = "left and is no line of the fulfilment; booked to suspense"
        found.append((ExceptionKind.UNKNOWN_SHIPMENT_LINE, f"{_named(named)} {text}"))
    if fulfilment.state is FulfilmentState.CANCELLED or fulfilment.cancel in TAKEN_BACK:
        found.append(
            (ExceptionKind.SHIPPED_AFTER_CANCEL, "a fulfilment that is cancelled was shipped")
        )
    if fulfilment.state is FulfilmentState.REJECTED:
        found.append(
            (
                ExceptionKind.SHIPPED_AFTER_REJECT,
                "a fulfilment that the warehouse rejected was shipped",
            )
        )
    bad = [line for line in shipment.lines if line.inventory_type != GOOD]
    if bad:
        named = [f"{line.sku} x {line.quantity} {line.inventory_type}" for line in bad]
        text = "left although it doesn't count as good"
        found.append((ExceptionKind.SHIPPED_NOT_GOOD, f"{_named(named)} {text}"))
    return found


def _named(parts: Sequence[str]) -> str:
    rest = len(parts) - NAMED_IN_CASE
    more = f" and {rest} more" if rest > 0 else ""
    return ", ".join(parts[:NAMED_IN_CASE]) + more


def place_lines(
    fulfilment: Fulfilment, lines: Sequence[ShipmentLine]
) -> tuple[tuple[ShipmentLine, ...], tuple[int, ...]]:
    """The shipment's lines with the fulfilment's line each belongs to (None where there is none),
    and the pieces confirmed per line with them.

    A line whose number and SKU contradict each other is placed by its SKU: the SKU is what left.
    """
    confirmed = list(fulfilment.confirmed) or [0] * len(fulfilment.lines)
    placed = []
    for line in lines:
        position = _position(fulfilment, confirmed, line)
        line_no = None if position is None else fulfilment.lines[position].line_no
        placed.append(replace(line, fulfilment_line_no=line_no))
        if position is not None:
            confirmed[position] += line.quantity
    return tuple(placed), tuple(confirmed)


def _position(fulfilment: Fulfilment, confirmed: Sequence[int], line: ShipmentLine) -> int | None:
    of_sku = [at for at, each in enumerate(fulfilment.lines) if each.sku == line.sku]
    for position in of_sku:
        if fulfilment.lines[position].line_no == line.fulfilment_line_no:
            return position
    still_open = [at for at in of_sku if confirmed[at] < fulfilment.lines[at].quantity]
    return next(iter([*still_open, *of_sku]), None)


def _same_or_conflict(before: Shipment, shipment: Shipment) -> None:
    if _content(before) != _content(shipment):
        raise Conflict("shipment_differs", "this confirmation was taken in with another content")


def _content(shipment: Shipment) -> tuple[object, ...]:
    """What makes two confirmations the same: what left, in which parcels, and whether it was all.
    Not which lines they were counted on, and not the messages they came in.
    """
    return (
        sorted(
            (line.sku, line.inventory_type, line.batch, line.quantity) for line in shipment.lines
        ),
        sorted((parcel.no, parcel.waybill, sorted(parcel.items)) for parcel in shipment.parcels),
        shipment.final,
    )
