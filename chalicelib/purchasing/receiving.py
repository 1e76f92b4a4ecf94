"""What a receipt means: which of the order's lines its lines are, what they are worth, and what the
order is afterwards. Pure.

**Matching.** A WMS's line number can be blank, `0`, repeated or wrong, so it counts only together
with the SKU. Without a number that fits, our batch code tells the line, else the order's first line
of that SKU is taken, and if there are several a person is asked. A SKU that the order doesn't have
came from nobody: it is booked from suspense, at the pool's average cost. So is everything of a
blind receipt, which has no order; a receipt that settles it takes the pieces back into suspense
and receives them from the supplier, both in one transaction.

**Value.** Per purchase line of a receipt, pieces x price is rounded once, then split over the
receipt's lines for it (inventory types, batches) by largest remainder, so the parts add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.kernel.money import Fen, apportion, line_amount
from chalicelib.purchasing.model import (
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
)
from chalicelib.purchasing.states import PurchaseEvent, advance_purchase
from chalicelib.stock.model import Kind, Movement, Unplaced, supplier, suspense, warehouse

SETTLED_TOGETHER = 10
"""Lines of a blind receipt that are settled in one transaction, each by two movements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The purchase order after a receipt, the event that moved it (None: its state stays), and the
    lines that have more than was ordered.
    """

    order: PurchaseOrder
    event: PurchaseEvent | None
    over: tuple[PurchaseLine, ...]


def match_lines(order: PurchaseOrder, lines: Sequence[ReceiptLine]) -> tuple[ReceiptLine, ...]:
    """The receipt's lines, each with the purchase line it is booked on, or None."""
    return tuple(_matched(order, line) for line in lines)


def _matched(order: PurchaseOrder, line: ReceiptLine) -> ReceiptLine:
    found = order.line(_matching(order, line))
    matched = replace(line, purchase_line_no=found.line_no if found else None)
    if found is None or not found.batch:
        return matched
    return replace(matched, batch=found.batch, reported_batch=line.batch)


def _matching(order: PurchaseOrder, line: ReceiptLine) -> int | None:
    named = order.line(line.purchase_line_no)
    if named is not None and named.sku == line.sku:
        return named.line_no
    candidates = lines_of(order, line.sku)
    ours = [each for each in candidates if each.batch and each.batch == line.batch]
    return next((each.line_no for each in (*ours, *candidates)), None)


def lines_of(order: PurchaseOrder, sku: str) -> list[PurchaseLine]:
    """The order's lines of a SKU."""
    return [line for line in order.lines if line.sku == sku]


def values_of(order: PurchaseOrder, receipt: Receipt) -> dict[int, Fen]:
    """What each line of a matched receipt is worth, tax-exclusive; lines of no purchase line are
    left out.
    """
    values: dict[int, Fen] = {}
    for purchased in order.lines:
        parts = [line for line in receipt.lines if line.purchase_line_no == purchased.line_no]
        quantities = [line.quantity for line in parts]
        total = line_amount(sum(quantities), purchased.price)
        shares = apportion(total, quantities)
        values |= {line.line_no: share for line, share in zip(parts, shares, strict=True)}
    return values


def movements_of(
    order: PurchaseOrder | None, receipt: Receipt, buckets: Mapping[str, int]
) -> tuple[Movement, ...]:
    """The ledger's movements of a matched receipt: the same each time, whatever was posted before.
    `buckets` has the bucket of each SKU. Lines of no pieces move nothing; `order` is None for a
    blind receipt.
    """
    values = values_of(order, receipt) if order is not None else {}
    return tuple(
        Movement(
            line=str(line.line_no),
            kind=Kind.SUSPENSE if line.purchase_line_no is None else Kind.RECEIPT,
            warehouse=receipt.warehouse,
            sku=line.sku,
            bucket=buckets[line.sku],
            quantity=line.quantity,
            from_location=_origin(receipt, line),
            to_location=warehouse(receipt.warehouse, line.inventory_type),
            occurred_at=receipt.occurred_at,
            source=line.source,
            batch=line.batch,
            given_value=values.get(line.line_no),
            unplaced=Unplaced.RECEIPT if line.purchase_line_no is None else None,
        )
        for line in receipt.lines
        if line.quantity
    )


def settling_chunks(receipt: Receipt, arrivals: Sequence[Movement]) -> Iterator[Sequence[Movement]]:
    """The transactions of a receipt that settles a blind one: what that booked goes back to
    suspense, and comes from the supplier instead.

    Both stand in one transaction, so that the stock never dips. In it all that goes back goes
    first, at the average at which it came; the price of what comes mustn't mix into that.
    """
    reported = {
        str(line.line_no): line.batch if line.reported_batch is None else line.reported_batch
        for line in receipt.lines
    }
    ordered = [each for each in arrivals if each.kind is Kind.RECEIPT]
    ordered.sort(key=lambda each: (each.sku, int(each.line)))
    for first in range(0, len(ordered), SETTLED_TOGETHER):
        part = ordered[first : first + SETTLED_TOGETHER]
        back = [
            _back_to_suspense(each, batch=reported[each.line], settles=receipt.settles)
            for each in part
        ]
        yield [*back, *part]


def _back_to_suspense(arrival: Movement, *, batch: str, settles: str) -> Movement:
    """Under the name that the pieces were booked under when they came."""
    return replace(
        arrival,
        batch=batch,
        kind=Kind.SUSPENSE,
        from_location=arrival.to_location,
        to_location=suspense(arrival.warehouse),
        given_value=None,
        settles=settles,
    )


def _origin(receipt: Receipt, line: ReceiptLine) -> str:
    if line.purchase_line_no is None:
        return suspense(receipt.warehouse)
    return supplier(receipt.supplier)


def receive(order: PurchaseOrder, receipt: Receipt) -> Received:
    """Adds a matched receipt's pieces to the order and derives its state."""
    lines = tuple(_add(line, receipt.lines) for line in order.lines)
    after = replace(
        order, lines=lines, final=order.final or receipt.final, version=order.version + 1
    )
    event = _event(after)
    if event is not None:
        after = replace(after, state=advance_purchase(order.state, event))
    touched = {line.purchase_line_no for line in receipt.lines if line.quantity}
    over = tuple(
        line for line in lines if line.line_no in touched and line.received_total > line.quantity
    )
    return Received(order=after, event=event, over=over)


def _add(purchased: PurchaseLine, lines: Sequence[ReceiptLine]) -> PurchaseLine:
    received = dict(purchased.received)
    for line in lines:
        if line.purchase_line_no == purchased.line_no and line.quantity:
            before = received.get(line.inventory_type, 0)
            received[line.inventory_type] = before + line.quantity
    return replace(purchased, received=received)


def _event(order: PurchaseOrder) -> PurchaseEvent | None:
    if all(line.received_total >= line.quantity for line in order.lines):
        return PurchaseEvent.RECEIVE_ALL
    if order.final:
        return PurchaseEvent.CLOSE_SHORT
    if any(line.received_total for line in order.lines):
        return PurchaseEvent.RECEIVE_PART
    return None
