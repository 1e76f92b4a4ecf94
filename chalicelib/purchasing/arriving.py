"""Goods arrive: what a message says is accepted as a receipt, as it happened.

What doesn't fit the order is accepted too, with a case for a person. What nobody announced is a
blind receipt in suspense, until a person attaches it to the purchase order that it was.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import plan_exception
from chalicelib.kernel.strict_json import check_text
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.purchasing.doubts import (
    Doubt,
    cases_of,
    doubts_on_acceptance,
    doubts_on_blind,
    doubts_on_matching,
    doubts_on_supplier,
)
from chalicelib.purchasing.model import PurchaseOrder, Receipt
from chalicelib.purchasing.ordering import TRIES, Ordering
from chalicelib.purchasing.receiving import match_lines
from chalicelib.purchasing.states import ReceiptState
from chalicelib.purchasing.store import PurchasingStore, change_receipt, create_receipt

MOST_NAME = 100
"""Signs of a SKU or batch as a WMS names it."""


class Arriving:
    """Accepting receipts."""

    def __init__(
        self,
        *,
        store: PurchasingStore,
        transaction: Transaction,
        clock: Clock,
        catalog: CatalogService,
        ordering: Ordering,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._ordering = ordering

    def receipt(self, receipt: str) -> Receipt:
        """A receipt, or `NotFound`."""
        found = self._store.receipt(receipt)
        if found is None:
            raise NotFound("unknown_receipt", "there is no such receipt")
        return found

    def plan(self, receipt: Receipt) -> Writes:
        """See `PurchasingService.plan_receipt`."""
        _check_lines(receipt)
        known = self._catalog.skus(line.sku for line in receipt.lines)
        if receipt.blind:
            lines = tuple(replace(line, purchase_line_no=None) for line in receipt.lines)
            accepted = replace(receipt, lines=lines)
            return self._accepted(accepted, doubts_on_blind(accepted, known))
        order = self._ordering.order(receipt.purchase_order, field="purchase_order")
        return self._planned(order, receipt)

    def attach(self, receipt_id: str, no: str, *, by: str) -> Receipt:
        """See `PurchasingService.attach_receipt`."""
        for _ in range(TRIES):
            blind = self.receipt(receipt_id)
            order = self._ordering.order(no, field="purchase_order")
            if blind.attached:
                settling = self.receipt(blind.attached)
                if settling.purchase_order == no:
                    return settling
                raise Conflict(
                    "receipt_attached",
                    "it belongs to another purchase order by now",
                    field="receipt",
                )
            if not blind.blind or blind.state is not ReceiptState.POSTED:
                raise Refused(
                    "receipt_not_blind", "only a booked blind receipt is attached", field="receipt"
                )
            if order.warehouse != blind.warehouse:
                raise Refused(
                    "other_warehouse",
                    f"it was ordered for {order.warehouse}",
                    field="purchase_order",
                )
            settling = _settling(blind, order, by=by)
            attached = replace(blind, attached=settling.id, version=blind.version + 1)
            writes = self._planned(order, settling) + Writes([change_receipt(attached)])
            try:
                self._transaction.commit(writes)
            except ConditionFailed:
                # Our own commit, or another's word: the next look tells.
                continue
            return self.receipt(settling.id)
        raise Unavailable(f"others keep changing {receipt_id}")

    def _planned(self, order: PurchaseOrder, receipt: Receipt) -> Writes:
        matched = match_lines(order, receipt.lines)
        accepted = replace(receipt, lines=matched, supplier=order.supplier)
        known = self._catalog.skus(line.sku for line in matched)
        doubts = doubts_on_acceptance(order, accepted, known)
        doubts += doubts_on_matching(order, receipt.lines, matched)
        in_use = self._catalog.supplier(order.supplier).valid
        doubts += doubts_on_supplier(accepted, in_use=in_use)
        return self._accepted(accepted, doubts)

    def _accepted(self, receipt: Receipt, doubts: list[Doubt]) -> Writes:
        now = self._clock.now()
        cases = [plan_exception(case) for case in cases_of(doubts, receipt, now)]
        event = Event(
            id=f"ReceiptAccepted:{receipt.id}",
            kind="ReceiptAccepted",
            subject=receipt.id,
            occurred_at=now,
            correlation=receipt.purchase_order or receipt.id,
            data={"purchase_order": receipt.purchase_order, "warehouse": receipt.warehouse},
        )
        return Writes([*create_receipt(receipt), *cases], [event])


def _settling(blind: Receipt, order: PurchaseOrder, *, by: str) -> Receipt:
    """The receipt that takes a blind one's goods out of suspense. It isn't the WMS's last word
    about the order, of which the WMS didn't speak.
    """
    return replace(
        blind,
        id=f"{blind.id}-1",
        purchase_order=order.no,
        settles=blind.id,
        attached_by=by,
        final=False,
        state=ReceiptState.ACCEPTED,
        version=1,
    )


def _check_lines(receipt: Receipt) -> None:
    for at, line in enumerate(receipt.lines):
        place = f"lines[{at}]"
        if line.quantity < 0:
            raise Refused(
                "negative_quantity", "what arrived is 0 or more", field=f"{place}.quantity"
            )
        # They become keys of the ledger, which have their limit; a message that can't be booked
        # has to be refused while its sender listens.
        check_text(line.sku, field=f"{place}.sku", least=1, most=MOST_NAME)
        check_text(line.inventory_type, field=f"{place}.inventory_type", least=1, most=20)
        check_text(line.batch, field=f"{place}.batch", most=MOST_NAME)
