"""What others ask of returns. Each use case has a file of its own; this is where they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.exception_book import ExceptionBook
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.items import Items
from chalicelib.kernel.masking import mask_mobiles
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.sealing import Sealer, SealingKey
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.model import Order, Person, TrackRow
from chalicelib.orders.outcomes import case
from chalicelib.orders.ports import Catalog, OrderNumbers
from chalicelib.orders.returns.finishing import Finishing
from chalicelib.orders.returns.intake import Asking, ReshipmentInput, ReturnInput
from chalicelib.orders.returns.matching import Matching
from chalicelib.orders.returns.model import (
    ReturnOrder,
    ReturnReceipt,
    UnclaimedParcel,
    UnitRefund,
    refunds,
)
from chalicelib.orders.returns.posting import ReturnPosting
from chalicelib.orders.returns.receiving import ReturnReceiving
from chalicelib.orders.returns.reissuing import WAITS_FOR_RETURN, Reissuing
from chalicelib.orders.returns.requesting import Requesting
from chalicelib.orders.returns.rows import PARCEL_TAKEN
from chalicelib.orders.returns.sending import ReturnSending
from chalicelib.orders.returns.states import ReturnState, UnclaimedState
from chalicelib.orders.returns.store import ReturnStore, Waiting
from chalicelib.orders.returns.tracking import return_rows
from chalicelib.orders.service import OrderService
from chalicelib.orders.store import OrderStore
from chalicelib.stock.comparing import Pending
from chalicelib.stock.service import StockService

TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAnnounce:
    """What telling a warehouse of a return takes: the return, what was sold, who sends it back, and
    the data key for what is said about them.
    """

    order: ReturnOrder
    sold: Order
    delivery_id: str
    person: Person
    reason: str
    key: SealingKey


class ReturnService:
    """Returns and unclaimed parcels. `plan_…` methods return `Writes` and never commit."""

    def __init__(
        self,
        *,
        items: Items,
        transaction: Transaction,
        clock: Clock,
        sealer: Sealer,
        catalog: Catalog,
        numbers: OrderNumbers,
        stock: StockService,
        orders: OrderService,
        exceptions: ExceptionBook,
    ) -> None:
        store, order_store = ReturnStore(items), OrderStore(items, sealer)
        self._store = store
        self._order_store = order_store
        self._orders = orders
        self._transaction = transaction
        self._clock = clock
        self._requesting = Requesting(
            store=store,
            orders=order_store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            numbers=numbers,
            reissuing=Reissuing(store=order_store, clock=clock, catalog=catalog, numbers=numbers),
        )
        self._sending = ReturnSending(store=store, orders=order_store, clock=clock)
        self._receiving = ReturnReceiving(store=store, orders=order_store, clock=clock)
        self._posting = ReturnPosting(
            store=store,
            orders=order_store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            stock=stock,
        )
        self._matching = Matching(
            store=store,
            orders=order_store,
            transaction=transaction,
            clock=clock,
            numbers=numbers,
            exceptions=exceptions,
        )
        self._finishing = Finishing(
            store=store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            stock=stock,
            exceptions=exceptions,
        )

    # --- use cases

    def request(self, given: ReturnInput, asking: Asking) -> tuple[ReturnOrder, bool]:
        """See `requesting.Requesting.request`."""
        return self._requesting.request(given, asking)

    def approve(self, no: str, *, by: str) -> ReturnOrder:
        """See `requesting.Requesting.approve`."""
        return self._requesting.approve(no, by=by)

    def reject(self, no: str, *, by: str) -> ReturnOrder:
        """See `requesting.Requesting.reject`."""
        return self._requesting.reject(no, by=by)

    def cancel(self, no: str) -> ReturnOrder:
        """See `requesting.Requesting.cancel`."""
        return self._requesting.cancel(no)

    def settle(self, no: str, *, by: str) -> ReturnOrder:
        """See `requesting.Requesting.settle`."""
        return self._requesting.settle(no, by=by)

    def refunded(self, no: str, reference: str) -> ReturnOrder:
        """See `requesting.Requesting.refunded`."""
        return self._requesting.refunded(no, reference)

    def reship(self, given: ReshipmentInput, *, shop: str) -> tuple[str, bool]:
        """See `requesting.Requesting.reship`."""
        return self._requesting.reship(given, shop=shop)

    def match(
        self, parcel: str, *, by: str, return_no: str = "", fulfilment_no: str = ""
    ) -> ReturnOrder:
        """See `matching.Matching.match`."""
        return self._matching.match(parcel, by=by, return_no=return_no, fulfilment_no=fulfilment_no)

    def end_parcel(
        self, parcel: str, how: UnclaimedState, *, by: str, because: str
    ) -> UnclaimedParcel:
        """See `finishing.Finishing.end`."""
        return self._finishing.end(parcel, how, by=by, because=because)

    def post_ended(self, parcel: str) -> UnclaimedParcel:
        """See `finishing.Finishing.post_ended`."""
        return self._finishing.post_ended(parcel)

    def post_receipt(self, receipt: str) -> ReturnReceipt:
        """See `posting.ReturnPosting.post_receipt`."""
        return self._posting.post_receipt(receipt)

    def post_unclaimed(self, parcel: str) -> UnclaimedParcel:
        """See `posting.ReturnPosting.post_unclaimed`."""
        return self._posting.post_unclaimed(parcel)

    def send_exchange(self, no: str) -> None:
        """`ReturnInspected`: what is sent in exchange needn't wait any longer."""
        exchange = self._store.return_order(no).exchange_no
        if not exchange:
            return
        held = self._orders.head(exchange).holds
        if any(hold.is_open and hold.type == WAITS_FOR_RETURN for hold in held):
            self._orders.release_hold(exchange, WAITS_FOR_RETURN, by=f"return:{no}")

    def cancel_exchange(self, no: str) -> None:
        """`ReturnCancelled`: what was to be sent in exchange isn't, unless it has left."""
        exchange = self._store.return_order(no).exchange_no
        if not exchange:
            return
        try:
            self._orders.cancel(exchange, reason="", by=f"return:{no}")
        except Conflict:
            kind = ExceptionKind.EXCHANGE_WITHOUT_RETURN
            text = f"{exchange} has left in exchange for a return that is cancelled"
            told = case(kind, no, text, message_id="", at=self._clock.now())
            self._transaction.commit(Writes([told]))

    def take_unclaimed(self, parcel: UnclaimedParcel) -> UnclaimedParcel:
        """Takes a parcel in by itself, once; `Conflict` (`parcel_differs`) for another content."""
        for _ in range(TRIES):
            writes = self.plan_unclaimed(parcel)
            try:
                if len(writes):
                    self._transaction.commit(writes)
            except ConditionFailed as failed:
                if PARCEL_TAKEN not in failed.refusals:
                    raise
            else:
                return self.parcel(parcel.id)
        raise Unavailable(f"parcel {parcel.id} was changed by others {TRIES} times")

    # --- plans for the warehouse gateway

    def plan_claim(self, found: ReturnOrder) -> Writes:
        """See `sending.ReturnSending.plan_claim`."""
        return self._sending.plan_claim(found)

    def plan_sent(self, no: str, wms_id: str, source: Source, at: datetime) -> Writes:
        """See `sending.ReturnSending.plan_sent`."""
        return self._sending.plan_sent(no, wms_id, source, at)

    def plan_signed(self, no: str, source: Source, at: datetime) -> Writes:
        """See `sending.ReturnSending.plan_signed`."""
        return self._sending.plan_signed(no, source, at)

    def plan_cancel_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime
    ) -> Writes:
        """See `sending.ReturnSending.plan_cancel_result`."""
        return self._sending.plan_cancel_result(no, accepted=accepted, source=source, at=at)

    def plan_receipt(self, receipt: ReturnReceipt) -> Writes:
        """See `receiving.ReturnReceiving.plan_receipt`."""
        return self._receiving.plan_receipt(receipt)

    def plan_unclaimed(self, parcel: UnclaimedParcel) -> Writes:
        """See `receiving.ReturnReceiving.plan_unclaimed`."""
        return self._receiving.plan_unclaimed(parcel)

    # --- reads

    def find(self, no: str) -> ReturnOrder | None:
        """A return, if there is one of this number."""
        return self._store.find(no)

    def return_order(self, no: str) -> ReturnOrder:
        """A return; `NotFound` (`unknown_return`)."""
        return self._store.return_order(no)

    def to_announce(self, no: str) -> ToAnnounce:
        """What telling a warehouse of a return takes; the person opened."""
        found = self._store.return_order(no)
        read = self._order_store.fulfilment(found.fulfilment_no)
        person, key = self._order_store.person_and_key(found.order_no)
        return ToAnnounce(
            order=found,
            sold=read.order,
            delivery_id=read.fulfilment.wms_order_id,
            person=person,
            reason=self._order_store.said(found.order_no, found.words),
            key=key,
        )

    def refunds(self, found: ReturnOrder) -> tuple[UnitRefund, ...]:
        """What the units that came back are worth."""
        return refunds(self._orders.order(found.order_no), found)

    def reason(self, found: ReturnOrder) -> str:
        """Why it comes back, as it may be shown: what looks like a mobile number is masked."""
        return mask_mobiles(self._order_store.said(found.order_no, found.words))

    def receipts(self, no: str) -> list[ReturnReceipt]:
        """What came back of a return, confirmation by confirmation."""
        return self._store.receipts(no)

    def of_order(self, order_no: str) -> list[ReturnOrder]:
        """An order's returns, the oldest first."""
        return self._store.of_order(order_no)

    def waiting(
        self, state: ReturnState, *, limit: int = 100, cursor: str | None = None
    ) -> Waiting:
        """Numbers of returns that people, or finance, have to move on, the oldest first."""
        return self._store.waiting(state, limit=limit, cursor=cursor)

    def parcel(self, parcel: str) -> UnclaimedParcel:
        """An unclaimed parcel; `NotFound` (`unknown_parcel`)."""
        found = self._store.parcel(parcel)
        if found is None:
            raise NotFound("unknown_parcel", "there is no such parcel")
        return found

    def unclaimed(
        self, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[UnclaimedParcel], str | None]:
        """Parcels that wait for a person, the oldest first."""
        return self._store.unclaimed(limit=limit, cursor=cursor)

    def documents_of_waybill(self, waybill: str) -> list[str]:
        """Numbers of the fulfilments and returns that have a parcel of this waybill."""
        return self._order_store.documents_of_waybill(waybill)

    def order_of_channel(self, shop: str, channel_order_id: str) -> str:
        """The number of a channel's order, "" if it isn't here."""
        taken = self._order_store.taken(shop, channel_order_id)
        return taken.no if taken else ""

    def pending(self, warehouse: str, skus: Sequence[str]) -> list[Pending]:
        """Lines of these SKUs that have come and aren't booked (`stock.PendingDocuments`). Those of
        a parcel that was booked in suspense are there already.
        """
        documents = [
            (each.id, each.message_id, each.lines)
            for each in self._store.unposted_receipts(warehouse)
            if not each.parcel
        ]
        documents += [
            (each.id, each.message_id, each.lines)
            for each in self._store.unposted_parcels(warehouse)
        ]
        return [
            Pending(
                document=document,
                sku=line.sku,
                inventory_type=line.inventory_type,
                quantity=line.quantity,
                message_id=message_id,
            )
            for document, message_id, lines in documents
            for line in lines
            if line.sku in skus
        ]

    def track(self, order_no: str) -> list[TrackRow]:
        """What happened to an order's returns."""
        return [
            row
            for found in self._store.of_order(order_no)
            for row in return_rows(found, self._store.receipts(found.no))
        ]
