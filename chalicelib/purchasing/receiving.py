"""What a receipt means: which of the order's lines its lines are, what they are worth, what the
order is afterwards, and what a person has to look at. Pure.

**Matching.** A WMS's line number can be blank, `0`, repeated or wrong, so it counts only together
with the SKU. Without a number that fits, the order's first line of that SKU is taken, and if there
are several a person is asked. A SKU that the order doesn't have came from nobody: it is booked from
suspense, at the pool's average cost.

**Value.** Per purchase line of a receipt, pieces x price is rounded once, then split over the
receipt's lines for it (inventory types, batches) by largest remainder, so the parts add up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind
from chalicelib.kernel.money import Fen, apportion, line_amount
from chalicelib.purchasing.model import PurchaseLine, PurchaseOrder, Receipt, ReceiptLine
from chalicelib.purchasing.states import PurchaseEvent, PurchaseState, advance_purchase
from chalicelib.stock.model import Kind, Movement, supplier, suspense, warehouse

NAMED_IN_CASE = 10
"""How many lines or SKUs the text of a case names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The purchase order after a receipt, and the lines that have more than was ordered."""

    order: PurchaseOrder
    over: tuple[PurchaseLine, ...]


def match_lines(order: PurchaseOrder, lines: Sequence[ReceiptLine]) -> tuple[ReceiptLine, ...]:
    """The receipt's lines, each with the purchase line it is booked on, or None."""
    return tuple(replace(line, purchase_line_no=_matching(order, line)) for line in lines)


def _matching(order: PurchaseOrder, line: ReceiptLine) -> int | None:
    named = order.line(line.purchase_line_no)
    if named is not None and named.sku == line.sku:
        return named.line_no
    candidates = _lines_of(order, line.sku)
    return candidates[0].line_no if candidates else None


def _lines_of(order: PurchaseOrder, sku: str) -> list[PurchaseLine]:
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
    order: PurchaseOrder, receipt: Receipt, buckets: Mapping[str, int]
) -> tuple[Movement, ...]:
    """The ledger's movements of a matched receipt: the same each time, whatever was posted before.
    `buckets` has the bucket of each SKU. Lines of no pieces move nothing.
    """
    values = values_of(order, receipt)
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
        )
        for line in receipt.lines
        if line.quantity
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
    return Received(order=after, over=over)


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


# --- what a person has to look at

Doubt = tuple[ExceptionKind, Sequence[str], str]
"""A kind of case, what it is about (nothing: no case), and its sentence."""


def doubts_on_acceptance(
    order: PurchaseOrder, received: Receipt, known: Collection[str]
) -> list[Doubt]:
    """What is odd about a matched receipt in itself; `known` are the SKUs that exist."""
    lines = [line for line in received.lines if line.quantity]
    foreign = [line for line in lines if line.purchase_line_no is None]
    return [
        (
            ExceptionKind.RECEIPT_SKU_NOT_ORDERED,
            [line.sku for line in foreign if line.sku in known],
            "arrived with a purchase order that doesn't have it; booked from suspense",
        ),
        (
            ExceptionKind.RECEIPT_SKU_UNKNOWN,
            [line.sku for line in foreign if line.sku not in known],
            "arrived and is no SKU of ours; booked from suspense",
        ),
        (
            ExceptionKind.RECEIPT_OTHER_WAREHOUSE,
            [received.warehouse] if received.warehouse != order.warehouse else [],
            f"received what was ordered for {order.warehouse}; booked where it is",
        ),
    ]


def doubts_on_matching(
    order: PurchaseOrder, as_sent: Sequence[ReceiptLine], matched: Sequence[ReceiptLine]
) -> list[Doubt]:
    """The SKUs that stand on several of the order's lines while the message doesn't say which."""
    unsure = [
        after.sku
        for before, after in zip(as_sent, matched, strict=True)
        if after.quantity
        and after.purchase_line_no != before.purchase_line_no
        and len(_lines_of(order, after.sku)) > 1
    ]
    text = "stands on several lines of the purchase order; booked on the first"
    return [(ExceptionKind.RECEIPT_LINE_UNCLEAR, unsure, text)]


def doubts_on_posting(before: PurchaseState, received: Received) -> list[Doubt]:
    """What is odd about a receipt in view of all that came before it."""
    over = [f"line {line.line_no} ({line.sku})" for line in received.over]
    untimely = before in (PurchaseState.DRAFT, PurchaseState.CANCELLED)
    return [
        (ExceptionKind.RECEIPT_OVER, over, "has received more than was ordered"),
        (
            ExceptionKind.RECEIPT_UNEXPECTED,
            [received.order.no] if untimely else [],
            f"received goods while it was {before.value}",
        ),
    ]


def cases_of(doubts: Sequence[Doubt], receipt: Receipt, at: datetime) -> list[ExceptionCase]:
    """One case per kind for a receipt, whatever the number of lines, so that they always fit."""
    return [
        ExceptionCase(
            id=f"{kind}:{receipt.id}",
            kind=kind,
            document=receipt.id,
            text=f"{_listed(about)} {text}",
            message_id=receipt.message_id,
            raised_at=at,
        )
        for kind, about, text in doubts
        if about
    ]


def _listed(about: Sequence[str]) -> str:
    names = list(dict.fromkeys(about))
    more = len(names) - NAMED_IN_CASE
    return ", ".join(names[:NAMED_IN_CASE]) + (f" and {more} more" if more > 0 else "")
