"""Posting receipts to the ledger, in chunks that can stop anywhere and be resumed.

The entries come first, a transaction per chunk; the ledger knows which of them it has. Then one
transaction adds the pieces to the purchase order, moves its state and marks the receipt as posted;
the receipt's version makes that happen once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.exceptions import plan_exception
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.purchasing.model import PurchaseOrder, Receipt
from chalicelib.purchasing.receiving import (
    cases_of,
    doubts_on_posting,
    movements_of,
    receive,
)
from chalicelib.purchasing.states import ReceiptEvent, ReceiptState, advance_receipt
from chalicelib.purchasing.store import PurchasingStore, change_order, change_receipt
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
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock

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
        order = self._order_of(receipt)
        buckets = self._catalog.buckets_of(line.sku for line in receipt.lines)
        for chunk in in_chunks(movements_of(order, receipt, buckets)):
            self._post_chunk(receipt, chunk)
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
                correlation=receipt.purchase_order,
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
        order = self._order_of(receipt)
        received = receive(order, receipt)
        posted = replace(
            receipt,
            state=advance_receipt(receipt.state, ReceiptEvent.POST),
            version=receipt.version + 1,
        )
        doubts = doubts_on_posting(order.state, received)
        cases = cases_of(doubts, receipt, self._clock.now())
        return Writes(
            [
                change_receipt(posted),
                change_order(received.order),
                *(plan_exception(case) for case in cases),
            ]
        )
