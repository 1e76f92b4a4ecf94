"""From an order and its fulfilments to what was shipped, as the calculator wants it. Pure.

Amounts were apportioned to lines when the order was taken in and lie on numbered units since; what
wasn't shipped (short closed, cancelled) leaves with its units, freight included, so nothing is ever
apportioned a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.invoicing.calculator import SoldLine
from chalicelib.invoicing.model import UnitRange
from chalicelib.kernel.money import Fen, unit_share
from chalicelib.kernel.provenance import Source
from chalicelib.orders.model import Fulfilment, Order, OrderLine


def sold_lines(order: Order, fulfilments: Iterable[Fulfilment]) -> tuple[SoldLine, ...]:
    """The lines of which something was shipped, in the order's order."""
    shipped = _shipped_units(fulfilments)
    return tuple(
        SoldLine(
            order_line_no=line.line_no,
            units=tuple(shipped[line.line_no]),
            name=line.name,
            tax_code=line.tax_code,
            rate_percent=line.tax_rate_percent,
            paid=_share(line.payable, line, shipped[line.line_no]),
            source=_source(order, line),
        )
        for line in order.lines
        if line.line_no in shipped
    )


def shipped_freight(order: Order, fulfilments: Iterable[Fulfilment]) -> Fen:
    """What the shipped units carry of the order's freight: all of it, once all are shipped."""
    shipped = _shipped_units(fulfilments)
    return sum(_share(line.freight, line, shipped.get(line.line_no, ())) for line in order.lines)


def _share(total: Fen, line: OrderLine, units: Sequence[UnitRange]) -> Fen:
    return sum(unit_share(total, line.quantity, each.first, each.count) for each in units)


def _shipped_units(fulfilments: Iterable[Fulfilment]) -> dict[int, list[UnitRange]]:
    """Units by order line. Pieces beyond those ordered are no part of the sale."""
    shipped: dict[int, list[UnitRange]] = {}
    for fulfilment in fulfilments:
        for line, confirmed in zip(fulfilment.lines, fulfilment.confirmed, strict=False):
            count = min(confirmed, line.quantity)
            if count:
                units = UnitRange(first=line.first_unit, count=count)
                shipped.setdefault(line.order_line_no, []).append(units)
    for ranges in shipped.values():
        ranges.sort(key=lambda each: each.first)
    return shipped


def _source(order: Order, line: OrderLine) -> Source:
    """The line in the raw order: every codec keeps a line's position as its number."""
    path = order.message.path
    return Source(message_id=order.message.message_id, path=f"{path}/lines/{line.line_no - 1}")
