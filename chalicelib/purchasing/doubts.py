"""What a person has to look at about a receipt. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.purchasing.model import PurchaseOrder, Receipt, ReceiptLine, Tolerance
from chalicelib.purchasing.receiving import Received, lines_of
from chalicelib.purchasing.states import PurchaseState

NAMED_IN_CASE = 10
"""How many lines or SKUs the text of a case names; the rest is counted."""

Doubt = tuple[ExceptionKind, Sequence[str], str]
"""A kind of case, what it is about (nothing: no case), and its sentence."""


def doubts_on_blind(received: Receipt, known: Collection[str]) -> list[Doubt]:
    """Why a person has to look at a receipt that nobody announced."""
    named = received.announced_as
    unknown = [line.sku for line in received.lines if line.quantity and line.sku not in known]
    return [
        (
            ExceptionKind.RECEIPT_BLIND,
            [named],
            "arrived and nobody announced it; booked from suspense",
        ),
        (
            ExceptionKind.RECEIPT_SKU_UNKNOWN,
            unknown,
            "arrived and is no SKU of ours; booked from suspense",
        ),
    ]


def doubts_on_supplier(received: Receipt, *, in_use: bool) -> list[Doubt]:
    """Whether the goods are of whom they were ordered from; `in_use`: we still buy there."""
    named = received.named_supplier
    differs = named not in ("", received.supplier)
    return [
        (
            ExceptionKind.RECEIPT_SUPPLIER_DIFFERS,
            [code_or_stand_in(named)] if differs else [],
            f"delivered what was ordered from {received.supplier}; booked as ordered",
        ),
        (
            ExceptionKind.RECEIPT_SUPPLIER_NOT_IN_USE,
            [] if in_use else [received.supplier],
            "delivered, and nothing is bought there now; booked as ordered",
        ),
    ]


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
        and not (after.reported_batch and after.reported_batch == after.batch)
        and len(lines_of(order, after.sku)) > 1
    ]
    text = "stands on several lines of the purchase order; booked on the first"
    return [(ExceptionKind.RECEIPT_LINE_UNCLEAR, unsure, text)]


def doubts_on_posting(
    before: PurchaseOrder, received: Received, tolerance: Tolerance
) -> list[Doubt]:
    """What is odd about a receipt in view of all that came before it. More than was ordered is
    not, as far as the tolerance goes.
    """
    over = [
        f"line {line.line_no} ({line.sku})"
        for line in received.over
        if not tolerance.allows(line.quantity, line.received_total)
    ]
    untimely = before.state in (PurchaseState.DRAFT, PurchaseState.CANCELLED)
    closed = "closed by hand" if before.closed_by_hand else before.state.value
    return [
        (ExceptionKind.RECEIPT_OVER, over, "has received more than was ordered"),
        (
            ExceptionKind.RECEIPT_UNEXPECTED,
            [before.no] if untimely or before.closed_by_hand else [],
            f"received goods while it was {closed}",
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
