"""One warehouse's part of an order, and the amounts its units carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.money import Fen, unit_share
from chalicelib.kernel.provenance import Source
from chalicelib.orders.model.order import OrderLine
from chalicelib.orders.states import FulfilmentCancel, FulfilmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Units `first_unit` … `first_unit + quantity - 1` of an order line, in one fulfilment."""

    order_line_no: int
    first_unit: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLine:
    """Some units of one order line, with the amounts those units carry. `line_no` counts from 1."""

    line_no: int
    order_line_no: int
    sku: str
    name: str
    first_unit: int
    quantity: int
    unit_price: Fen
    amount: Fen
    discount: Fen
    order_discount: Fen
    freight: Fen
    payable: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """One warehouse's part of an order. `no` is the order's number with `-01`, `-02` …

    `confirmed` is what the WMS has confirmed so far, line by line (pieces, in line order; more than
    ordered if more left); `final` that it said it is done; `posted` the shipments in the ledger.
    `state_at` is the WMS's own time of the step the state is at: an older step doesn't move it.
    """

    no: str
    order_no: str
    shop: str
    owner: str
    warehouse: str
    lines: tuple[FulfilmentLine, ...]
    created_at: datetime
    state: FulfilmentState = FulfilmentState.RESERVED
    cancel: FulfilmentCancel = FulfilmentCancel.NONE
    version: int = 1
    wms_order_id: str = ""
    confirmed: tuple[int, ...] = ()
    final: bool = False
    shipments: tuple[str, ...] = ()
    posted: tuple[str, ...] = ()
    state_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: Source | None = None
    refusal_code: str = ""
    cancelled_at: datetime | None = None
    shipped_at: datetime | None = None

    @property
    def quantity(self) -> int:
        """Pieces over all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def goods_amount(self) -> Fen:
        """List prices of the pieces."""
        return sum(line.amount for line in self.lines)

    @property
    def discount(self) -> Fen:
        """The lines' own discounts."""
        return sum(line.discount for line in self.lines)

    @property
    def order_discount(self) -> Fen:
        """The fulfilment's share of the order's discount."""
        return sum(line.order_discount for line in self.lines)

    @property
    def freight(self) -> Fen:
        """The fulfilment's share of the order's freight."""
        return sum(line.freight for line in self.lines)

    @property
    def payable(self) -> Fen:
        """goods_amount - discount - order_discount + freight."""
        return sum(line.payable for line in self.lines) + self.freight


def order_no_of(fulfilment_no: str) -> str:
    """`2611220012345678901-01` -> `2611220012345678901`; a number without a hyphen, which none of
    ours is, stands for an order of its own.
    """
    return fulfilment_no.rpartition("-")[0] or fulfilment_no


def fulfilment_no(order_no: str, position: int) -> str:
    """The number of an order's fulfilment at `position` (from 1): two digits at least."""
    return f"{order_no}-{position:02d}"


def fulfilment_lines(
    order_lines: Sequence[OrderLine], assignments: Sequence[Assignment]
) -> tuple[FulfilmentLine, ...]:
    """The lines of a fulfilment, with the amounts that its units carry."""
    by_no = {line.line_no: line for line in order_lines}
    return tuple(
        _fulfilment_line(position, by_no[each.order_line_no], each)
        for position, each in enumerate(assignments, start=1)
    )


def _fulfilment_line(position: int, line: OrderLine, units: Assignment) -> FulfilmentLine:
    def share(total: Fen) -> Fen:
        return unit_share(total, line.quantity, units.first_unit, units.quantity)

    amount, discount = share(line.amount), share(line.discount)
    order_discount = share(line.order_discount)
    return FulfilmentLine(
        line_no=position,
        order_line_no=line.line_no,
        sku=line.sku,
        name=line.name,
        first_unit=units.first_unit,
        quantity=units.quantity,
        unit_price=line.unit_price,
        amount=amount,
        discount=discount,
        order_discount=order_discount,
        freight=share(line.freight),
        payable=amount - discount - order_discount,
    )
