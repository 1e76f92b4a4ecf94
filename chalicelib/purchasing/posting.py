"""Posting receipts to the ledger, in chunks that can stop anywhere and be resumed.

The entries come first, a transaction per chunk; the ledger knows which of them it has. Then one
transaction adds the pieces to the purchase order, moves its state and marks the receipt as posted;
the receipt's version makes that happen once. A blind receipt has no order, and is only marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.exceptions import plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.purchasing.appointments import Appointments
from chalicelib.purchasing.batching import batch_rows, in_commits
from chalicelib.purchasing.doubts import cases_of, doubts_on_posting
from chalicelib.purchasing.model import PurchaseOrder, Receipt, Tolerance
from chalicelib.purchasing.receiving import movements_of, receive, settling_chunks
from chalicelib.purchasing.states import ReceiptEvent, ReceiptState, advance_receipt
from chalicelib.purchasing.steps import plan_step
from chalicelib.purchasing.store import PurchasingStore, change_order, change_receipt
from chalicelib.purchasing.tolerances import Tolerances
from chalicelib.stock.model import Movement
from chalicelib.stock.planning import commit_replanning, in_chunks
from chalicelib.stock.service import StockService

TRIES = 8
"""How often the end of a posting is planned again when the order changed meanwhile."""


class ReceiptPosting:
    """The use case of posting."""

    def __init__(
        self,
        *,
        store: PurchasingStore,
        transaction: Transaction,
        clock: Clock,
        catalog: CatalogService,
        stock: StockService,
        tolerances: Tolerances,
        appointments: Appointments,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock
        self._tolerances = tolerances
        self._appointments = appointments

    def receipt(self, receipt: str) -> Receipt:
        """A receipt, or `NotFound`."""
        found = self._store.receipt(receipt)
        if found is None:
            raise NotFound("unknown_receipt", "there is no such receipt")
        return found

    def post(self, receipt_id: str) -> None:
        """Books a receipt; one that is posted is left alone. `Unavailable`: try again later."""
        receipt = self.receipt(receipt_id)
        if receipt.state is ReceiptState.POSTED:
            return
        order = None if receipt.blind else self._order_of(receipt)
        buckets = self._catalog.buckets_of(line.sku for line in receipt.lines)
        movements = movements_of(order, receipt, buckets)
        chunks = settling_chunks(receipt, movements) if receipt.settles else in_chunks(movements)
        for chunk in chunks:
            self._post_chunk(receipt, chunk)
        if order is not None:
            for rows in in_commits(batch_rows(order, receipt)):
                self._transaction.commit(rows)
        self._finish(receipt)

    def _order_of(self, receipt: Receipt) -> PurchaseOrder:
        order = self._store.purchase_order(receipt.purchase_order)
        if order is None:
            raise LookupError(f"receipt {receipt.id} was accepted for an order that isn't there")
        return order

    def _post_chunk(self, receipt: Receipt, chunk: Sequence[Movement]) -> None:
        def plan() -> Writes:
            return self._stock.plan_post(
                document=receipt.id,
                movements=chunk,
                posting_date=receipt.posting_date,
                correlation=receipt.purchase_order or receipt.id,
            ).writes

        commit_replanning(self._transaction, plan)

    def _finish(self, receipt: Receipt) -> None:
        for _ in range(TRIES):
            try:
                self._transaction.commit(self._plan_finish(receipt))
                return
            except ConditionFailed:
                receipt = self.receipt(receipt.id)
                if receipt.state is ReceiptState.POSTED:
                    return
        raise Unavailable(f"the purchase order of receipt {receipt.id} keeps changing")

    def _plan_finish(self, receipt: Receipt) -> Writes:
        posted = replace(
            receipt,
            state=advance_receipt(receipt.state, ReceiptEvent.POST),
            version=receipt.version + 1,
        )
        if receipt.blind:
            return Writes([change_receipt(posted)])
        order = self._order_of(receipt)
        received = receive(order, receipt)
        now = self._clock.now()
        tolerance = self._tolerances.of(order) if received.over else Tolerance()
        cases = cases_of(doubts_on_posting(order, received, tolerance), receipt, now)
        writes = [change_receipt(posted), change_order(received.order)]
        if received.event is not None:
            message = Source(message_id=receipt.message_id)
            writes.append(plan_step(order, received.order, received.event, at=now, message=message))
        writes += self._appointments.plan_arrival(order, receipt)
        return Writes([*writes, *(plan_exception(case) for case in cases)])
