"""Accepting what a warehouse says came back: plans, never commits.

What came has come, so nothing here is refused for being too much, other than announced, or too
late. Pieces are placed on the units that the return names; what fits none, and everything that
comes for a return that is over, is an unclaimed parcel, and a person is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.writes import Writes
from chalicelib.orders.outcomes import case
from chalicelib.orders.posting import shipment_movements
from chalicelib.orders.returns.events import parcel_unclaimed, receipt_accepted
from chalicelib.orders.returns.model import (
    Placement,
    ReturnedLine,
    ReturnOrder,
    ReturnReceipt,
    UnclaimedParcel,
    parcel_id,
    place,
    shipped_units,
)
from chalicelib.orders.returns.rows import change_return, new_parcel, new_receipt
from chalicelib.orders.returns.states import UNDER_WAY, ReturnState
from chalicelib.orders.returns.store import ReturnStore
from chalicelib.orders.store import OrderStore, Together
from chalicelib.stock.model import EntryId
from chalicelib.stock.store import entry_id

NAMED_IN_CASE = 10
"""How many lines the text of a case names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """How a unit left: the ledger's entry, and the batch."""

    entry: EntryId
    batch: str


class ReturnReceiving:
    """`plan_receipt` and `plan_unclaimed`, for `warehouse`."""

    def __init__(self, *, store: ReturnStore, orders: OrderStore, clock: Clock) -> None:
        self._store = store
        self._orders = orders
        self._clock = clock

    def plan_receipt(self, receipt: ReturnReceipt) -> Writes:
        """The receipt as a document, counted on its return, with `ReturnReceiptAccepted`.

        Empty if it was taken in before; `Conflict` (`return_receipt_differs`) if another content
        was taken in under its id. Refusals, to be planned again: `stale_return`,
        `return_receipt_taken`, `parcel_taken`.
        """
        before = self._store.receipt(receipt.id)
        if before is not None:
            if _content(before.lines, before.final) != _content(receipt.lines, receipt.final):
                # The lines of a receipt are those that were placed; others are a parcel's.
                extra = self._store.parcel(parcel_id(receipt.warehouse, receipt.id))
                lines = (*before.lines, *(extra.lines if extra else ()))
                if _content(lines, before.final) != _content(receipt.lines, receipt.final):
                    text = "this confirmation was taken in with another content"
                    raise Conflict("return_receipt_differs", text)
            return Writes()
        found = self._store.return_order(receipt.return_no)
        if found.state not in UNDER_WAY:
            return self._after_the_end(found, receipt)
        came = [line for line in receipt.lines if line.quantity > 0]
        placement = place(found.lines, came, self._batches(found))
        return self.plan_placed(found, receipt, placement) + self._beyond(
            found, receipt, placement.unplaced
        )

    def plan_placed(
        self, found: ReturnOrder, receipt: ReturnReceipt, placement: Placement
    ) -> Writes:
        """A receipt of what was placed."""
        taken = replace(receipt, lines=placement.placed)
        counted = replace(
            found,
            lines=placement.lines,
            final=found.final or receipt.final,
            receipts=(*found.receipts, receipt.id),
        )
        now = self._clock.now()
        writes = Writes([change_return(counted)]) + self.plan_taken(counted, taken)
        if found.state is ReturnState.REQUESTED:
            text = "goods came for a return that nobody has approved"
            kind = ExceptionKind.RETURN_NOT_EXPECTED
            writes += Writes([case(kind, found.no, text, message_id=receipt.message_id, at=now)])
        return writes

    def plan_taken(self, counted: ReturnOrder, receipt: ReturnReceipt) -> Writes:
        """The receipt itself, with its event."""
        event = receipt_accepted(counted, receipt, self._clock.now())
        return Writes([new_receipt(receipt)], [event])

    def _after_the_end(self, found: ReturnOrder, receipt: ReturnReceipt) -> Writes:
        came = [line for line in receipt.lines if line.quantity > 0]
        parcel = self._parcel_of(found, receipt, came)
        if not came or self._store.parcel(parcel.id) is not None:
            return Writes()
        text = f"goods came for a return that is {found.state.value}"
        return self._plan_parcel(parcel, ExceptionKind.RETURN_NOT_EXPECTED, text)

    def _beyond(
        self, found: ReturnOrder, receipt: ReturnReceipt, unplaced: Sequence[ReturnedLine]
    ) -> Writes:
        if not unplaced:
            return Writes()
        parcel = self._parcel_of(found, receipt, unplaced)
        text = f"{_named(unplaced)} came and isn't announced"
        return self._plan_parcel(parcel, ExceptionKind.RETURN_NOT_AS_ANNOUNCED, text)

    def _parcel_of(
        self, found: ReturnOrder, receipt: ReturnReceipt, lines: Sequence[ReturnedLine]
    ) -> UnclaimedParcel:
        return UnclaimedParcel(
            id=parcel_id(receipt.warehouse, receipt.id),
            warehouse=receipt.warehouse,
            owner=found.owner,
            lines=tuple(
                replace(line, line_no=number, return_line_no=None)
                for number, line in enumerate(lines, start=1)
            ),
            occurred_at=receipt.occurred_at,
            posting_date=receipt.posting_date,
            message_id=receipt.message_id,
            accepted_at=self._clock.now(),
            order_no=found.order_no,
            fulfilment_no=found.fulfilment_no,
            return_no=found.no,
        )

    def plan_unclaimed(self, parcel: UnclaimedParcel) -> Writes:
        """Goods that belong to no return of ours; empty if they were taken in before, `Conflict`
        (`parcel_differs`) with another content. Refusal, to be planned again: `parcel_taken`.
        """
        before = self._store.parcel(parcel.id)
        if before is not None:
            if _content(before.lines, True) != _content(parcel.lines, True):
                raise Conflict("parcel_differs", "this parcel was taken in with another content")
            return Writes()
        of = parcel.fulfilment_no or parcel.order_no
        named = f"; it names {of}" if of else ""
        text = f"{_named(parcel.lines)} came back and belongs to no return{named}"
        return self._plan_parcel(parcel, ExceptionKind.PARCEL_UNCLAIMED, text)

    def _plan_parcel(self, parcel: UnclaimedParcel, kind: ExceptionKind, text: str) -> Writes:
        now = self._clock.now()
        told = case(kind, parcel.id, text, message_id=parcel.message_id, at=now)
        known = replace(parcel, case=f"{kind}:{parcel.id}")
        return Writes([new_parcel(known), told], [parcel_unclaimed(known, now)])

    def _batches(self, found: ReturnOrder) -> dict[tuple[int, int], str]:
        issues = issues_of(self._orders.fulfilment(found.fulfilment_no), self._orders)
        return {unit: issue.batch for unit, issue in issues.items()}


def issues_of(read: Together, orders: OrderStore) -> Mapping[tuple[int, int], Issue]:
    """How each unit of a fulfilment left, by (order line, unit): entry by entry, in the order of
    its shipments, first units first.
    """
    fulfilment = read.fulfilment
    by_line: dict[str, list[Issue]] = {}
    for shipment_id in fulfilment.shipments:
        shipment = orders.shipment(fulfilment.order_no, shipment_id)
        if shipment is None:
            continue
        buckets = {line.sku: 0 for line in shipment.lines}
        for movement in shipment_movements(read.order, shipment, buckets):
            issue = Issue(entry=entry_id(shipment.id, movement), batch=movement.batch)
            by_line.setdefault(movement.line, []).extend([issue] * movement.quantity)
    return {
        (line.order_line_no, unit): issue
        for line in fulfilment.lines
        for unit, issue in zip(
            shipped_units(fulfilment, line), by_line.get(str(line.line_no), ()), strict=False
        )
    }


def _content(lines: Sequence[ReturnedLine], final: bool) -> tuple[object, ...]:
    """What makes two confirmations the same: pieces by SKU, quality and batch, and whether it was
    all. Not which units they were counted on, and not the messages they came in.
    """
    pieces: dict[tuple[str, str, str], int] = {}
    for line in lines:
        key = (line.sku, line.inventory_type, line.batch)
        pieces[key] = pieces.get(key, 0) + line.quantity
    return (sorted((key, count) for key, count in pieces.items() if count), final)


def _named(lines: Sequence[ReturnedLine]) -> str:
    named = [f"{line.sku} x {line.quantity} {line.inventory_type}" for line in lines]
    rest = len(named) - NAMED_IN_CASE
    more = f" and {rest} more" if rest > 0 else ""
    return (", ".join(named[:NAMED_IN_CASE]) or "nothing") + more
