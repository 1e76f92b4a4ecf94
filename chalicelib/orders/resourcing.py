"""What of an order is to be sourced, and from where it may come. Pure.

A new order is sourced whole. Later it is what came back from warehouses that couldn't ship it
(`OrderHead.unsourced`): units tried at the same warehouses go together, and those warehouses aren't
asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.catalog.model import Shop, Warehouse
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.writes import Put
from chalicelib.orders.model import Assignment, Order, OrderHead
from chalicelib.orders.outcomes import case
from chalicelib.orders.states import OrderCancel, Payment, Review, Sourcing
from chalicelib.orders.store import Together
from chalicelib.routing.model import Demand, Part

NAMED_IN_CASE = 10
"""SKUs that the text of a case names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Units that are sourced together: runs of order lines, numbered from 1 as sourcing's lines,
    and the warehouses that are out of the question for them.
    """

    runs: tuple[Assignment, ...]
    tried: tuple[str, ...] = ()

    def assignments(self, part: Part) -> list[Assignment]:
        """The units of the order that a part of the decision names."""
        return [
            Assignment(
                order_line_no=self.runs[share.line_no - 1].order_line_no,
                first_unit=self.runs[share.line_no - 1].first_unit + share.first_unit,
                quantity=share.quantity,
            )
            for share in part.shares
        ]


def is_due(head: OrderHead) -> bool:
    """Whether there is anything to route. What was begun is finished or undone in any case. A
    cancel that was asked for before units came back doesn't keep them: it is decided by then.
    """
    if head.sourcing in (Sourcing.ROUTING, Sourcing.UNDOING):
        return True
    wanted = head.cancel is OrderCancel.NONE or (
        bool(head.unsourced) and head.cancel in (OrderCancel.REFUSED, OrderCancel.PARTLY)
    )
    return (
        head.sourcing not in (Sourcing.ROUTED, Sourcing.EXHAUSTED)
        and head.payment is Payment.PAID
        and head.review is not Review.HELD
        and wanted
    )


def wanted_units(read: Together) -> list[Group]:
    """What is to be sourced now, one group after the other."""
    if not read.head.unsourced:
        runs = tuple(
            Assignment(order_line_no=line.line_no, first_unit=0, quantity=line.quantity)
            for line in read.order.lines
        )
        return [Group(runs=runs)]
    groups: dict[tuple[str, ...], list[Assignment]] = {}
    for row in read.head.unsourced:
        groups.setdefault(tuple(sorted(row.tried)), []).append(row.units)
    return [Group(runs=tuple(runs), tried=tried) for tried, runs in sorted(groups.items())]


def demands_of(order: Order, group: Group) -> list[Demand]:
    """The group as sourcing takes it: each run a line of its own."""
    skus = {line.line_no: line.sku for line in order.lines}
    return [
        Demand(line_no=position, sku=skus[run.order_line_no], quantity=run.quantity)
        for position, run in enumerate(group.runs, start=1)
    ]


def eligible(
    warehouses: Sequence[Warehouse], shop: Shop, *, tried: Sequence[str] = ()
) -> tuple[list[Warehouse], Mapping[str, str]]:
    """The warehouses that may ship the shop's orders, and of its own why the others may not."""
    may_ship: list[Warehouse] = []
    excluded: dict[str, str] = {}
    for warehouse in warehouses:
        if warehouse.owner != shop.owner:
            continue
        if shop.warehouses and warehouse.code not in shop.warehouses:
            excluded[warehouse.code] = "not one of the shop's"
        elif not warehouse.active:
            excluded[warehouse.code] = "not active"
        elif not warehouse.stock_open:
            excluded[warehouse.code] = "its opening stock isn't agreed yet"
        elif warehouse.code in tried:
            excluded[warehouse.code] = "it had them and couldn't ship them"
        else:
            may_ship.append(warehouse)
    return may_ship, excluded


def not_sourced_again(head: OrderHead, order: Order, hopeless: bool, at: datetime, /) -> Put:
    """A person is told that units which came back have no other warehouse: none at all, or none
    that has them now.
    """
    skus = {line.line_no: line.sku for line in order.lines}
    named = [f"{skus[row.order_line_no]} x {row.quantity}" for row in head.unsourced]
    rest = len(named) - NAMED_IN_CASE
    more = f" and {rest} more" if rest > 0 else ""
    what = ", ".join(named[:NAMED_IN_CASE]) + more
    why = (
        "every warehouse that may ship it has been tried"
        if hopeless
        else "no other warehouse has it now; it waits for stock"
    )
    return case(ExceptionKind.NOT_SOURCED_AGAIN, order.no, f"{what}: {why}", message_id="", at=at)
