"""Posting what came back: the ledger, at the cost that it left with, and then the states.

Work of any size in steps that can stop and be taken up by anyone: movements in chunks (what the
ledger has, it leaves out), and last the states, in one commit. Until that commit the receipt is
`ACCEPTED`, so whoever gets its event again goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.outcomes import case
from chalicelib.orders.ports import Catalog
from chalicelib.orders.returns.ending import plan_end
from chalicelib.orders.returns.events import return_inspected
from chalicelib.orders.returns.model import (
    ReturnKind,
    ReturnOrder,
    ReturnReceipt,
    UnclaimedParcel,
    refund_total,
    refunds,
    return_of,
)
from chalicelib.orders.returns.receiving import Issue, issues_of
from chalicelib.orders.returns.rows import (
    STALE_PARCEL,
    STALE_RECEIPT,
    STALE_RETURN,
    STALE_RETURNS,
    change_parcel,
    change_receipt,
    change_return,
)
from chalicelib.orders.returns.states import (
    RETURN,
    RETURN_RECEIPT,
    UNCLAIMED,
    ReturnReceiptState,
    ReturnState,
    UnclaimedState,
)
from chalicelib.orders.returns.store import ReturnStore
from chalicelib.orders.rows import STALE_ORDER
from chalicelib.orders.store import OrderStore
from chalicelib.stock.model import Kind, Movement, Unplaced, customer, suspense, warehouse
from chalicelib.stock.planning import commit_replanning, in_chunks
from chalicelib.stock.service import StockService

TRIES = 8
STALE = frozenset({STALE_RETURN, STALE_RECEIPT, STALE_RETURNS, STALE_ORDER})

KINDS = {ReturnKind.RETURN: Kind.RETURN, ReturnKind.EXCHANGE: Kind.EXCHANGE_RETURN}


class ReturnPosting:
    """`post_receipt` and `post_unclaimed`, for the worker that their events wake."""

    def __init__(
        self,
        *,
        store: ReturnStore,
        orders: OrderStore,
        transaction: Transaction,
        clock: Clock,
        catalog: Catalog,
        stock: StockService,
    ) -> None:
        self._store = store
        self._orders = orders
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock

    def post_receipt(self, receipt_id: str) -> ReturnReceipt:
        """Books a receipt, once, and says what follows: when all is inspected, what is to be paid
        back. `Unavailable`: what it returns isn't booked yet.
        """
        receipt = self._read(receipt_id)
        if receipt.state is ReturnReceiptState.ACCEPTED:
            self._book(receipt)
        for _ in range(TRIES):
            if receipt.state is ReturnReceiptState.POSTED:
                return receipt
            try:
                self._transaction.commit(self._plan_conclusion(receipt))
            except ConditionFailed as failed:
                if not STALE & set(failed.refusals):
                    raise
            receipt = self._read(receipt_id)
        raise Unavailable(f"return {receipt.return_no} was changed by others {TRIES} times")

    def post_unclaimed(self, parcel_id: str) -> UnclaimedParcel:
        """Books a parcel that nobody claims from suspense, once."""
        parcel = self._parcel(parcel_id)
        if parcel.state is not UnclaimedState.ACCEPTED:
            return parcel
        buckets = self._catalog.buckets_of({line.sku for line in parcel.lines})
        movements = suspense_movements(parcel, buckets)
        self._post(parcel.id, movements, parcel.posting_date, parcel.order_no or parcel.id)
        for _ in range(TRIES):
            posted = replace(parcel, state=UNCLAIMED.advance(parcel.state, "post"))
            try:
                self._transaction.commit(Writes([change_parcel(posted)]))
            except ConditionFailed as failed:
                if STALE_PARCEL not in failed.refusals:
                    raise
            parcel = self._parcel(parcel_id)
            if parcel.state is not UnclaimedState.ACCEPTED:
                return parcel
        raise Unavailable(f"parcel {parcel_id} was changed by others {TRIES} times")

    def _read(self, receipt_id: str) -> ReturnReceipt:
        found = self._store.receipt(receipt_id)
        if found is None:
            raise NotFound("unknown_return_receipt", "there is no such receipt of a return")
        return found

    def _parcel(self, parcel_id: str) -> UnclaimedParcel:
        found = self._store.parcel(parcel_id)
        if found is None:
            raise NotFound("unknown_parcel", "there is no such parcel")
        return found

    # --- the ledger

    def _book(self, receipt: ReturnReceipt) -> None:
        found = self._store.return_order(return_of(receipt.id))
        read = self._orders.fulfilment(found.fulfilment_no)
        if set(read.fulfilment.posted) != set(read.fulfilment.shipments):
            raise Unavailable(f"what {found.no} returns isn't booked yet")
        buckets = self._catalog.buckets_of({line.sku for line in receipt.lines})
        movements = return_movements(found, receipt, issues_of(read, self._orders), buckets)
        self._post(receipt.id, movements, receipt.posting_date, found.order_no)

    def _post(
        self, document: str, movements: Sequence[Movement], day: date, correlation: str
    ) -> None:
        for chunk in in_chunks(movements):
            commit_replanning(
                self._transaction, partial(self._plan_chunk, document, chunk, day, correlation)
            )

    def _plan_chunk(
        self, document: str, chunk: Sequence[Movement], day: date, correlation: str
    ) -> Writes:
        return self._stock.plan_post(
            document=document, movements=chunk, posting_date=day, correlation=correlation
        ).writes

    # --- what follows

    def _plan_conclusion(self, receipt: ReturnReceipt) -> Writes:
        now = self._clock.now()
        found = self._store.return_order(receipt.return_no)
        posted = replace(found, posted=(*found.posted, receipt.id))
        done = set(posted.posted) == set(posted.receipts) and (posted.final or not posted.missing)
        state = RETURN.advance(posted.state, "inspect" if done else "inspect_part")
        after = replace(posted, state=state)
        concluded = replace(receipt, state=RETURN_RECEIPT.advance(receipt.state, "post"))
        writes = Writes([change_receipt(concluded)])
        if not done:
            return writes + Writes([change_return(after)])
        after = replace(after, inspected_at=after.inspected_at or now)
        if after.state is ReturnState.INSPECTED and _waits_for_a_person(after):
            return writes + Writes([change_return(after)]) + self._short(after, receipt)
        return writes + self._plan_refund(after, now)

    def _plan_refund(self, inspected: ReturnOrder, now: datetime) -> Writes:
        worth = refunds(self._orders.order(inspected.order_no), inspected)
        told = Writes([], [return_inspected(inspected, worth, now)])
        if inspected.state is ReturnState.REFUND_PENDING:
            # More came after the refund was told: it is told anew.
            return Writes([change_return(inspected)]) + told
        due = inspected.kind is ReturnKind.RETURN and refund_total(worth) > 0
        state = RETURN.advance(inspected.state, "refund" if due else "close")
        if due:
            return Writes([change_return(replace(inspected, state=state))]) + told
        closed = replace(inspected, state=state, ended_at=now)
        head, book = self._orders.head(closed.order_no), self._store.book(closed.order_no)
        return Writes([change_return(closed)]) + plan_end(head, book, closed) + told

    def _short(self, after: ReturnOrder, receipt: ReturnReceipt) -> Writes:
        if not after.missing:
            return Writes()
        text = f"{after.missing} pieces of the return didn't come"
        kind = ExceptionKind.RETURN_SHORT
        told = case(kind, after.no, text, message_id=receipt.message_id, at=self._clock.now())
        return Writes([told])


def _waits_for_a_person(found: ReturnOrder) -> bool:
    """Not all came back, or nobody has approved it, or its exchange isn't planned."""
    unplanned = found.kind is ReturnKind.EXCHANGE and not found.exchange_no
    return bool(found.missing) or found.decided_at is None or unplanned


def return_movements(
    found: ReturnOrder,
    receipt: ReturnReceipt,
    issues: Mapping[tuple[int, int], Issue],
    buckets: Mapping[str, int],
) -> list[Movement]:
    """A receipt as movements from the buyers to the warehouse, each piece at the cost of its own
    issue; behind each line, of a parcel that was unclaimed, the suspense booking taken back.
    """
    order_lines = {line.line_no: line.order_line_no for line in found.lines}
    movements: list[Movement] = []
    for line in receipt.lines:
        order_line_no = order_lines[line.return_line_no or 0]
        inside = warehouse(receipt.warehouse, line.inventory_type)
        back = Movement(
            line=str(line.line_no),
            kind=KINDS[found.kind],
            warehouse=receipt.warehouse,
            sku=line.sku,
            bucket=buckets[line.sku],
            quantity=line.quantity,
            from_location=customer(found.shop),
            to_location=inside,
            occurred_at=receipt.occurred_at,
            source=line.source,
            batch=line.batch,
        )
        counts: dict[Issue | None, int] = {}
        for unit in line.units:
            issue = issues.get((order_line_no, unit))
            counts[issue] = counts.get(issue, 0) + 1
        for number, (issue, count) in enumerate(counts.items()):
            cost_of = issue.entry if issue else None
            movements.append(replace(back, quantity=count, number=number, cost_of=cost_of))
        if receipt.parcel:
            outside = suspense(receipt.warehouse)
            movements.append(
                replace(
                    back,
                    kind=Kind.SUSPENSE,
                    from_location=inside,
                    to_location=outside,
                    settles=receipt.parcel,
                )
            )
    return movements


def suspense_movements(parcel: UnclaimedParcel, buckets: Mapping[str, int]) -> list[Movement]:
    """A parcel that nobody claims as movements from suspense: it is in the warehouse all the
    same.
    """
    return [
        Movement(
            line=str(line.line_no),
            kind=Kind.SUSPENSE,
            warehouse=parcel.warehouse,
            sku=line.sku,
            bucket=buckets[line.sku],
            quantity=line.quantity,
            from_location=suspense(parcel.warehouse),
            to_location=warehouse(parcel.warehouse, line.inventory_type),
            occurred_at=parcel.occurred_at,
            source=line.source,
            batch=line.batch,
            unplaced=Unplaced.PARCEL,
        )
        for line in parcel.lines
        if line.quantity > 0
    ]
