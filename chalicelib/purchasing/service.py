"""Purchase orders come in approved, go to a warehouse, and are received, message by message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.strict_json import check_text
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.purchasing.model import (
    PurchaseLine,
    PurchaseOrder,
    PurchaseOrderInput,
    Receipt,
    content_digest,
)
from chalicelib.purchasing.posting import ReceiptPosting
from chalicelib.purchasing.receiving import (
    cases_of,
    doubts_on_acceptance,
    doubts_on_matching,
    match_lines,
)
from chalicelib.purchasing.states import PurchaseEvent, PurchaseState, advance_purchase
from chalicelib.purchasing.store import (
    Identity,
    PurchasingStore,
    change_order,
    create_order,
    create_receipt,
)
from chalicelib.stock.comparing import Pending
from chalicelib.stock.service import StockService

ORDER_PREFIX = "PO"
RECEIPT_PREFIX = "RK"

MOST_NAME = 100
"""Signs of a SKU or batch as a WMS names it."""


class DocumentNumbers(Protocol):
    """Where numbers of documents come from (the slice `numbering`)."""

    def document_number(self, prefix: str) -> str:
        """A new number that begins with the prefix."""
        ...


class PurchasingService:
    """Use cases of purchase orders and receipts."""

    def __init__(
        self,
        *,
        store: PurchasingStore,
        transaction: Transaction,
        clock: Clock,
        numbers: DocumentNumbers,
        catalog: CatalogService,
        stock: StockService,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._numbers = numbers
        self._catalog = catalog
        self._posting = ReceiptPosting(
            store=store, transaction=transaction, clock=clock, catalog=catalog, stock=stock
        )

    # --- reads

    def purchase_order(self, no: str, *, field: str | None = None) -> PurchaseOrder:
        """A purchase order; `NotFound`, or `Refused` with the field of the message that named
        it.
        """
        order = self._store.purchase_order(no)
        if order is None:
            refusal = NotFound if field is None else Refused
            raise refusal("unknown_purchase_order", "there is no such purchase order", field=field)
        return order

    def purchase_orders(
        self, warehouse: str, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[str], str | None]:
        """Numbers of a warehouse's purchase orders, the newest first, and where to go on (None:
        that was all).
        """
        return self._store.order_numbers(warehouse, limit=limit, cursor=cursor)

    def receipt(self, receipt: str) -> Receipt:
        """A receipt."""
        return self._posting.receipt(receipt)

    def receipts(self, no: str) -> list[Receipt]:
        """The receipts of a purchase order, posted or not, by id."""
        return [self.receipt(row.id) for row in self._store.receipts_of(no)]

    def pending(self, warehouse: str, skus: Sequence[str]) -> list[Pending]:
        """Lines of these SKUs that have arrived and aren't booked (`stock.PendingDocuments`)."""
        return [
            Pending(
                document=receipt.id,
                sku=line.sku,
                inventory_type=line.inventory_type,
                quantity=line.quantity,
                message_id=receipt.message_id,
            )
            for receipt in self._store.unposted(warehouse)
            for line in receipt.lines
            if line.sku in skus
        ]

    # --- a purchase order comes in and goes out

    def accept(
        self,
        source: str,
        given: PurchaseOrderInput,
        message: Source,
        row: Callable[[str], Writes] | None = None,
    ) -> tuple[PurchaseOrder, bool]:
        """Takes an approved purchase order from a purchasing system; the order, and whether it is
        new. `row` tells what the caller wants committed with a new one, given its number.

        The same content under the same id: the order of then, and nothing is written. Other
        content: `Conflict`. A supplier, warehouse or SKU that isn't there or isn't in use:
        `Refused` with its field.
        """
        digest = content_digest(given)
        before = self._store.identity(source, given.id)
        if before is not None:
            return self._repeated(before, digest), False
        self._check_names(given)
        order = self._new_order(source, given, message, digest)
        added = row(order.no) if row is not None else Writes()
        try:
            self._transaction.commit(_plan_new(order) + added)
        except ConditionFailed:
            before = self._store.identity(source, given.id)
            if before is None:
                # Not the order but something of the caller's: the caller knows what it means.
                raise
            return self._repeated(before, digest), before.no == order.no
        return order, True

    def _repeated(self, before: Identity, digest: str) -> PurchaseOrder:
        if before.digest != digest:
            raise Conflict(
                "other_content", "this id has come before with other content", field="id"
            )
        return self.purchase_order(before.no)

    def _check_names(self, given: PurchaseOrderInput) -> None:
        if not self._catalog.supplier(given.supplier, field="supplier").valid:
            raise Refused("supplier_not_in_use", "nothing is bought there now", field="supplier")
        if not self._catalog.warehouse(given.warehouse, field="warehouse").active:
            raise Refused("warehouse_not_in_use", "it takes nothing now", field="warehouse")
        known = self._catalog.skus(line.sku for line in given.lines)
        for at, line in enumerate(given.lines):
            field = f"lines[{at}].sku"
            sku = known.get(line.sku)
            if sku is None:
                raise Refused("unknown_sku", "there is no such sku", field=field)
            if not sku.valid:
                raise Refused("sku_not_in_use", "this SKU isn't in use", field=field)
            if sku.owner != given.owner:
                raise Refused("other_owner", "this SKU is of another owner", field=field)

    def _new_order(
        self, source: str, given: PurchaseOrderInput, message: Source, digest: str
    ) -> PurchaseOrder:
        return PurchaseOrder(
            no=self._numbers.document_number(ORDER_PREFIX),
            source=source,
            source_id=given.id,
            supplier=given.supplier,
            warehouse=given.warehouse,
            owner=given.owner,
            currency=given.currency,
            lines=tuple(
                PurchaseLine(
                    line_no=line.line_no,
                    sku=line.sku,
                    quantity=line.quantity,
                    price=line.price,
                    tax_rate_percent=line.tax_rate_percent,
                )
                for line in given.lines
            ),
            state=advance_purchase(PurchaseState.DRAFT, PurchaseEvent.APPROVE),
            created_at=self._clock.now(),
            message=message,
            content_digest=digest,
            expected_from=given.expected_from,
            expected_to=given.expected_to,
        )

    def plan_sent(self, no: str, wms_id: str, source: Source, at: datetime) -> Writes:
        """The WMS has the order, under its own id ("": it told none); `source` is its answer.

        Told again the same: empty `Writes`. Another id than before: `Conflict`. Refusal:
        `stale_purchase_order`, plan again.
        """
        order = self.purchase_order(no)
        if order.sent_at is not None and wms_id in ("", order.wms_id):
            return Writes()
        if order.wms_id and wms_id != order.wms_id:
            raise Conflict("other_wms_id", f"the WMS named {no} differently before")
        sent = replace(
            order,
            state=advance_purchase(order.state, PurchaseEvent.SEND),
            wms_id=wms_id,
            sent_at=order.sent_at or at,
            sent=source,
            version=order.version + 1,
        )
        return Writes([change_order(sent)])

    # --- goods arrive

    def receipt_number(self) -> str:
        """A number for a new receipt."""
        return self._numbers.document_number(RECEIPT_PREFIX)

    def plan_receipt(self, receipt: Receipt) -> Writes:
        """Accepts what a WMS says arrived, as it happened: an increment, also after a final one.

        What doesn't fit the order is accepted too and raises cases for a person. `Refused`:
        `unknown_purchase_order`, `negative_quantity`, and a SKU, inventory type or batch that is
        too long to be one. Refusal of the writes: `receipt_taken`, a
        receipt of this id is there already. The posting follows by the event `ReceiptAccepted`.
        """
        _check_lines(receipt)
        order = self.purchase_order(receipt.purchase_order, field="purchase_order")
        matched = match_lines(order, receipt.lines)
        accepted = replace(receipt, lines=matched, supplier=order.supplier)
        now = self._clock.now()
        known = self._catalog.skus(line.sku for line in matched)
        doubts = doubts_on_acceptance(order, accepted, known)
        doubts += doubts_on_matching(order, receipt.lines, matched)
        cases = [plan_exception(case) for case in cases_of(doubts, accepted, now)]
        event = Event(
            id=f"ReceiptAccepted:{receipt.id}",
            kind="ReceiptAccepted",
            subject=receipt.id,
            occurred_at=now,
            correlation=order.no,
            data={"purchase_order": order.no, "warehouse": receipt.warehouse},
        )
        return Writes([*create_receipt(accepted), *cases], [event])

    def post_receipt(self, receipt: str) -> None:
        """Books an accepted receipt into the ledger and on its order; again it does nothing."""
        self._posting.post(receipt)


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


def _plan_new(order: PurchaseOrder) -> Writes:
    event = Event(
        id=f"PurchaseOrderApproved:{order.no}",
        kind="PurchaseOrderApproved",
        subject=order.no,
        occurred_at=order.created_at,
        correlation=order.no,
        data={"warehouse": order.warehouse},
    )
    return Writes(create_order(order), [event])
