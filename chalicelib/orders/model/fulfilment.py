"""One warehouse's part of an order, and the amounts its units carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.money import Fen, unit_share
from chalicelib.kernel.provenance import Source
from chalicelib.orders.model.order import OrderLine
from chalicelib.orders.model.units import Assignment
from chalicelib.orders.states import FulfilmentCancel, FulfilmentHold, FulfilmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLine:
    """Some units of one order line, with the amounts those units carry. `line_no` counts from 1.

    A line whose units have all gone to another fulfilment stays, with quantity 0: the WMS knows
    the others by their numbers.
    """

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
    `state_at` is the WMS's own time of the step the state is at. `carried` is a carrier's word
    (SIGNED, REFUSED) that came before the shipment was booked, `carried_at` its time.
    `hold_revision` counts what the WMS was to do about holding it. `tried` are the warehouses that
    had its units before and couldn't ship them. `intercept_asked_at`: since when it is to be
    stopped on the road.
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
    hold: FulfilmentHold = FulfilmentHold.NONE
    hold_revision: int = 0
    version: int = 1
    tried: tuple[str, ...] = ()
    wms_order_id: str = ""
    confirmed: tuple[int, ...] = ()
    final: bool = False
    shipments: tuple[str, ...] = ()
    posted: tuple[str, ...] = ()
    state_at: datetime | None = None
    carried: FulfilmentState | None = None
    carried_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: Source | None = None
    refusal_code: str = ""
    cancelled_at: datetime | None = None
    shipped_at: datetime | None = None
    intercept_asked_at: datetime | None = None

    @property
    def quantity(self) -> int:
        """Pieces over all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def emptied(self) -> bool:
        """Whether all its units went to other warehouses: it says nothing of the order any more."""
        return not self.quantity and not self.shipments

    @property
    def units(self) -> tuple[Assignment, ...]:
        """The units it has."""
        return tuple(
            Assignment(
                order_line_no=line.order_line_no,
                first_unit=line.first_unit,
                quantity=line.quantity,
            )
            for line in self.lines
        )

    @property
    def unconfirmed(self) -> dict[int, int]:
        """Pieces per line number that the WMS hasn't confirmed."""
        confirmed = self.confirmed or (0,) * len(self.lines)
        return {
            line.line_no: max(0, line.quantity - there)
            for line, there in zip(self.lines, confirmed, strict=True)
        }

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


def without_units(
    fulfilment: Fulfilment, order_lines: Sequence[OrderLine], taken: Mapping[int, int]
) -> tuple[Fulfilment, tuple[Assignment, ...]]:
    """The fulfilment without so many pieces per line number, and which units these are: the last
    ones of each line, so that what stays is one run.
    """
    stays, gone = [], []
    for line, units in zip(fulfilment.lines, fulfilment.units, strict=True):
        less = taken.get(line.line_no, 0)
        left = units.quantity - less
        stays.append(replace(units, quantity=left))
        if less:
            gone.append(replace(units, first_unit=units.first_unit + left, quantity=less))
    return replace(fulfilment, lines=fulfilment_lines(order_lines, stays)), tuple(gone)


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
