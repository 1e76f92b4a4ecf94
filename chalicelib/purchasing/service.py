"""Purchase orders come in approved, go to a warehouse, and are received, message by message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Transaction, Writes
from chalicelib.purchasing.appointments import Appointments
from chalicelib.purchasing.arriving import Arriving
from chalicelib.purchasing.batching import BatchRules
from chalicelib.purchasing.ending import Ending
from chalicelib.purchasing.model import PurchaseOrder, PurchaseOrderInput, PurchaseStep, Receipt
from chalicelib.purchasing.ordering import DocumentNumbers, Ordering, Row
from chalicelib.purchasing.posting import ReceiptPosting
from chalicelib.purchasing.states import PurchaseEvent, advance_purchase
from chalicelib.purchasing.steps import plan_step
from chalicelib.purchasing.store import PurchasingStore, change_order
from chalicelib.purchasing.tolerances import Tolerances
from chalicelib.stock.comparing import Pending
from chalicelib.stock.service import StockService

RECEIPT_PREFIX = "RK"


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
        tolerances: Tolerances,
        batches: BatchRules,
    ) -> None:
        self._store = store
        self._numbers = numbers
        self.tolerances = tolerances
        self.batches = batches
        self._ordering = Ordering(
            store=store,
            transaction=transaction,
            clock=clock,
            numbers=numbers,
            catalog=catalog,
            batches=batches,
        )
        self.appointments = Appointments(
            items=store.items,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            ordering=self._ordering,
        )
        self._ending = Ending(
            transaction=transaction,
            clock=clock,
            ordering=self._ordering,
            appointments=self.appointments,
        )
        self._arriving = Arriving(
            store=store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            ordering=self._ordering,
        )
        self._posting = ReceiptPosting(
            store=store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            stock=stock,
            tolerances=tolerances,
            appointments=self.appointments,
        )

    # --- reads

    def purchase_order(self, no: str, *, field: str | None = None) -> PurchaseOrder:
        """A purchase order; `NotFound`, or `Refused` with the field of the message that named
        it.
        """
        return self._ordering.order(no, field=field)

    def steps(self, no: str) -> list[PurchaseStep]:
        """What happened to a purchase order, and by whom; the oldest first."""
        return self._store.steps(no)

    def purchase_orders(
        self, warehouse: str, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[str], str | None]:
        """Numbers of a warehouse's purchase orders, the newest first, and where to go on (None:
        that was all).
        """
        return self._store.order_numbers(warehouse, limit=limit, cursor=cursor)

    def receipt(self, receipt: str) -> Receipt:
        """A receipt; `NotFound` if there is none."""
        return self._arriving.receipt(receipt)

    def receipts(self, no: str) -> list[Receipt]:
        """The receipts of a purchase order, posted or not, by id."""
        return [self.receipt(row.id) for row in self._store.receipts_of(no)]

    def blind_receipts(
        self, warehouse: str, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Receipt], str | None]:
        """A warehouse's blind receipts that wait to be attached, the oldest first, and where to go
        on (None: that was all).
        """
        return self._store.blind(warehouse, limit=limit, cursor=cursor)

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

    # --- a purchase order comes to be

    def accept(
        self,
        source: str,
        given: PurchaseOrderInput,
        message: Source,
        row: Row | None = None,
    ) -> tuple[PurchaseOrder, bool]:
        """Takes an approved purchase order from a purchasing system; the order, and whether it is
        new. `row` tells what the caller wants committed with a new one, given its number.

        The same content under the same id: the order of then, and nothing is written. Other
        content: `Conflict`. A supplier, warehouse or SKU that isn't there or isn't in use:
        `Refused` with its field.
        """
        return self._ordering.accept(source, given, message, row)

    def draft(self, given: PurchaseOrderInput, *, by: str) -> tuple[PurchaseOrder, bool]:
        """Writes a draft down for a person; the order, and whether it is new. Its id is the
        person's own: the same content again gives the first one, other content is a `Conflict`.
        """
        return self._ordering.draft(given, by=by)

    def change_draft(
        self, no: str, given: PurchaseOrderInput, *, version: int, by: str
    ) -> PurchaseOrder:
        """Says a draft anew, made from that `version`; another one meanwhile is a `Conflict`.
        `IllegalTransition` once it is approved or cancelled.
        """
        return self._ordering.change(no, given, version=version, by=by)

    def approve(self, no: str, *, version: int, by: str) -> PurchaseOrder:
        """A person's word on the draft of that `version`: it goes to the warehouse. Said again, it
        changes nothing.
        """
        return self._ordering.approve(no, version=version, by=by)

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
        step = plan_step(order, sent, PurchaseEvent.SEND, at=at, message=source)
        return Writes([change_order(sent), step])

    def expected(self, order: PurchaseOrder) -> tuple[datetime | None, datetime | None]:
        """From when to when it is expected: by its delivery appointment, else as it was ordered."""
        return self.appointments.expected(order)

    def number_of(self, source: str, source_id: str) -> str:
        """The number of a purchasing system's order; `Refused` if it never sent it."""
        known = self._store.identity(source, source_id)
        if known is None:
            raise Refused("unknown_purchase_order", "there is no such purchase order", field="id")
        return known.no

    # --- it ends by a person's word

    def cancel(self, no: str, *, because: str, by: str) -> PurchaseOrder:
        """Cancels a draft; asks for anything else that nothing has arrived of, and the WMS's word
        decides. While that is open, and once it is cancelled, it changes nothing.

        `Conflict` (`already_received`) once goods are booked on it.
        """
        return self._ending.cancel(no, because=because, by=by)

    def plan_cancel_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime
    ) -> Writes:
        """The WMS's word on a cancel; told twice it is empty. A WMS that cancels what nobody asked
        back, or what it has received goods for, is believed, and a person is told. Refusal:
        `stale_purchase_order`, plan again.
        """
        return self._ending.plan_cancel_result(no, accepted=accepted, source=source, at=at)

    def close(self, no: str, *, because: str, by: str) -> PurchaseOrder:
        """Closes an order short: no more is expected. What arrives all the same is booked, and a
        person hears of it. An order that is closed short stays as it is.
        """
        return self._ending.close(no, because=because, by=by)

    # --- goods arrive

    def receipt_number(self) -> str:
        """A number for a new receipt."""
        return self._numbers.document_number(RECEIPT_PREFIX)

    def plan_receipt(self, receipt: Receipt) -> Writes:
        """Accepts what a WMS says arrived, as it happened: an increment, also after a final one.

        What doesn't fit the order is accepted too and raises cases for a person; what has no order
        (a blind receipt) is. `Refused`: `unknown_purchase_order`, `negative_quantity`, and a SKU,
        inventory type or batch that is too long to be one. Refusal of the writes: `receipt_taken`,
        a receipt of this id is there already. The posting follows by the event `ReceiptAccepted`.
        """
        return self._arriving.plan(receipt)

    def post_receipt(self, receipt: str) -> None:
        """Books an accepted receipt into the ledger and on its order; again it does nothing."""
        self._posting.post(receipt)

    def attach_receipt(self, receipt: str, no: str, *, by: str) -> Receipt:
        """A person's word: a blind receipt was of this purchase order. A receipt of the order's
        takes the pieces out of suspense; that one, also when said again. `Conflict`: it is attached
        to another one. `Refused`: it isn't blind, isn't booked yet, lies in another warehouse.
        """
        return self._arriving.attach(receipt, no, by=by)
