"""What the order knows of its invoice: the axis `invoice`, moved by the invoice service's
events.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.rows import change_head
from chalicelib.orders.states import INVOICE, Invoice
from chalicelib.orders.store import OrderStore

TRIES = 6


class Invoiced:
    """Marks an order as invoiced."""

    def __init__(self, *, store: OrderStore, transaction: Transaction) -> None:
        self._store = store
        self._transaction = transaction

    def mark_issued(self, order_no: str) -> None:
        """The order's invoice is issued; the same again changes nothing."""
        for _ in range(TRIES):
            head = self._store.head(order_no)
            if head.invoice is Invoice.ISSUED:
                return
            requested: Invoice = head.invoice
            if INVOICE.can(requested, "request"):
                requested = INVOICE.advance(requested, "request")
            after = replace(head, invoice=INVOICE.advance(requested, "issue"))
            try:
                self._transaction.commit(Writes([change_head(after)]))
            except ConditionFailed:
                continue
            return
        raise Unavailable(f"order {order_no} was changed by others {TRIES} times")
