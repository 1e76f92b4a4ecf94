"""What others ask of orders. Each use case has a file of its own; this is where they meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.exception_book import ExceptionBook
from chalicelib.kernel.items import Items
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.sealing import Sealer, SealingKey
from chalicelib.kernel.writes import Key, Transaction, Writes
from chalicelib.orders.cancelling import Cancelling
from chalicelib.orders.dispatching import Dispatching
from chalicelib.orders.header import Header, header_of
from chalicelib.orders.holding import Holding
from chalicelib.orders.intake import OrderInput
from chalicelib.orders.intercepting import Intercepting
from chalicelib.orders.invoicing import Invoiced
from chalicelib.orders.model import Fulfilment, Order, OrderHead, Person, Shipment, TrackRow
from chalicelib.orders.placing import Placed, Placing
from chalicelib.orders.ports import Catalog, OrderNumbers
from chalicelib.orders.posting import ShipmentPosting
from chalicelib.orders.reserving import Reserving
from chalicelib.orders.routing import Routing
from chalicelib.orders.shipping import Shipping
from chalicelib.orders.shortage import Lacking, Shortage
from chalicelib.orders.store import OrderStore, OrderView, ToDispatch
from chalicelib.orders.tracking import track
from chalicelib.routing.store import RuleBook
from chalicelib.stock.comparing import Pending
from chalicelib.stock.service import StockService

ROUTED_TOGETHER = 100
"""Waiting orders that one call of `route_waiting` tries."""


class OrderService:
    """Orders and their fulfilments. `plan_…` methods return `Writes` and never commit."""

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
        rules: RuleBook,
    ) -> None:
        store = OrderStore(items, sealer)
        exceptions = ExceptionBook(items=items, transaction=transaction, clock=clock)
        reserving = Reserving(store=store, transaction=transaction, clock=clock, stock=stock)
        self._store = store
        self._placing = Placing(
            store=store, transaction=transaction, clock=clock, catalog=catalog, numbers=numbers
        )
        self._routing = Routing(
            store=store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            stock=stock,
            rules=rules,
            reserving=reserving,
        )
        self._holding = Holding(store=store, transaction=transaction, clock=clock)
        self._cancelling = Cancelling(
            store=store,
            transaction=transaction,
            clock=clock,
            stock=stock,
            reserving=reserving,
            exceptions=exceptions,
        )
        self._shortage = Shortage(store=store, clock=clock, reserving=reserving)
        self._intercepting = Intercepting(
            store=store, transaction=transaction, clock=clock, exceptions=exceptions
        )
        self._dispatching = Dispatching(
            store=store, clock=clock, cancelling=self._cancelling, shortage=self._shortage
        )
        self._shipping = Shipping(store=store, clock=clock)
        self._invoiced = Invoiced(store=store, transaction=transaction)
        self._posting = ShipmentPosting(
            store=store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            stock=stock,
            reserving=reserving,
        )

    # --- use cases

    def place(
        self,
        given: OrderInput,
        *,
        shop: str,
        message: Source,
        row: Callable[[str], Writes] = lambda _: Writes(),
        under: SealingKey | None = None,
    ) -> tuple[Placed, bool]:
        """See `placing.Placing.place`."""
        return self._placing.place(given, shop=shop, message=message, row=row, under=under)

    def route(self, order_no: str) -> OrderHead:
        """See `routing.Routing.route`."""
        return self._routing.route(order_no)

    def route_waiting(
        self, *, limit: int = ROUTED_TOGETHER, cursor: str | None = None
    ) -> str | None:
        """Tries orders that wait for stock, the oldest first; gives where to go on (None: the end).

        A schedule calls it, so that an order doesn't depend on who remembers it when stock comes.
        """
        numbers, following = self._store.waiting("WAIT_STOCK", limit=limit, cursor=cursor)
        for order_no in numbers:
            self._routing.route(order_no)
        return following

    def hold(self, order_no: str, hold_type: str, *, reason: str, by: str) -> OrderHead:
        """See `holding.Holding.hold`."""
        return self._holding.hold(order_no, hold_type, reason=reason, by=by)

    def release_hold(self, order_no: str, hold_type: str, *, by: str) -> OrderHead:
        """See `holding.Holding.release_hold`."""
        return self._holding.release_hold(order_no, hold_type, by=by)

    def cancel(self, order_no: str, *, reason: str, by: str) -> OrderHead:
        """See `cancelling.Cancelling.cancel`."""
        return self._cancelling.cancel(order_no, reason=reason, by=by)

    def intercept(self, order_no: str, *, by: str) -> OrderHead:
        """See `intercepting.Intercepting.intercept`."""
        return self._intercepting.intercept(order_no, by=by)

    def source_again(self, order_no: str) -> OrderHead:
        """See `routing.Routing.source_again`."""
        return self._routing.source_again(order_no)

    def void_cancelled(self, fulfilment_no: str) -> None:
        """See `cancelling.Cancelling.void_cancelled`; `VoidWanted` asks for it."""
        self._cancelling.void_cancelled(fulfilment_no)

    def post_shipment(self, shipment_id: str) -> Shipment:
        """See `posting.ShipmentPosting.post_shipment`."""
        return self._posting.post_shipment(shipment_id)

    def mark_invoiced(self, order_no: str) -> None:
        """See `invoicing.Invoiced.mark_issued`."""
        self._invoiced.mark_issued(order_no)

    # --- plans for the warehouse gateway

    def plan_dispatching(self, fulfilment_no: str) -> Writes:
        """See `dispatching.Dispatching.plan_dispatching`."""
        return self._dispatching.plan_dispatching(fulfilment_no)

    def plan_claim(self, fulfilment: Fulfilment) -> tuple[Writes, Fulfilment]:
        """See `dispatching.Dispatching.plan_claim`."""
        return self._dispatching.plan_claim(fulfilment)

    def plan_accepted(
        self,
        fulfilment_no: str,
        wms_order_id: str,
        *,
        source: Source,
        at: datetime,
        read: Fulfilment | None = None,
    ) -> Writes:
        """See `dispatching.Dispatching.plan_accepted`."""
        return self._dispatching.plan_accepted(
            fulfilment_no, wms_order_id, source=source, at=at, read=read
        )

    def plan_refused(
        self, fulfilment_no: str, code: str, *, source: Source, at: datetime
    ) -> Writes:
        """See `dispatching.Dispatching.plan_refused`."""
        return self._dispatching.plan_refused(fulfilment_no, code, source=source, at=at)

    def plan_progress(
        self, fulfilment_no: str, status: str, *, at: datetime, source: Source, raw: str = ""
    ) -> Writes:
        """See `dispatching.Dispatching.plan_progress`."""
        return self._dispatching.plan_progress(fulfilment_no, status, at=at, source=source, raw=raw)

    def plan_cancel_result(
        self,
        fulfilment_no: str,
        *,
        accepted: bool,
        source: Source,
        at: datetime,
        raw: str = "",
        intercept: bool = False,
    ) -> Writes:
        """See `cancelling.Cancelling.plan_cancel_result`."""
        return self._cancelling.plan_cancel_result(
            fulfilment_no, accepted=accepted, source=source, at=at, raw=raw, intercept=intercept
        )

    def plan_cancel_unknown(self, fulfilment_no: str) -> Writes:
        """See `cancelling.Cancelling.plan_cancel_unknown`."""
        return self._cancelling.plan_cancel_unknown(fulfilment_no)

    def plan_intercept_result(
        self, fulfilment_no: str, *, stopped: bool, source: Source, at: datetime, raw: str = ""
    ) -> Writes:
        """See `intercepting.Intercepting.plan_intercept_result`."""
        return self._intercepting.plan_intercept_result(
            fulfilment_no, stopped=stopped, source=source, at=at, raw=raw
        )

    def plan_unanswered_intercept(self, fulfilment_no: str, *, source: Source) -> Writes:
        """See `intercepting.Intercepting.plan_unanswered`."""
        return self._intercepting.plan_unanswered(fulfilment_no, source=source)

    def plan_hold_result(
        self, fulfilment_no: str, revision: int, *, accepted: bool, source: Source
    ) -> Writes:
        """See `holding.Holding.plan_hold_result`."""
        return self._holding.plan_hold_result(
            fulfilment_no, revision, accepted=accepted, source=source
        )

    def plan_shortage(
        self,
        fulfilment_no: str,
        lacking: Sequence[Lacking] | None,
        *,
        source: Source,
        at: datetime,
    ) -> Writes:
        """See `shortage.Shortage.plan_shortage`."""
        return self._shortage.plan_shortage(fulfilment_no, lacking, source=source, at=at)

    def plan_shipment(self, shipment: Shipment) -> Writes:
        """See `shipping.Shipping.plan_shipment`."""
        return self._shipping.plan_shipment(shipment)

    # --- reads

    def order(self, order_no: str) -> Order:
        """An order's content; `NotFound` (`unknown_order`)."""
        return self._store.order(order_no)

    def head(self, order_no: str) -> OrderHead:
        """An order's states."""
        return self._store.head(order_no)

    def header(self, order_no: str) -> Header:
        """Where the order stands, in one word."""
        read = self._store.together(order_no)
        return header_of(read.head, read.fulfilments)

    def person(self, order_no: str) -> Person:
        """Who gets it, unsealed: for those who send it on."""
        return self._store.person(order_no)

    def dispatch_keys(self, fulfilment_no: str) -> tuple[Key, ...]:
        """See `store.OrderStore.dispatch_keys`."""
        return self._store.dispatch_keys(fulfilment_no)

    def to_dispatch(self, fulfilment_no: str, ahead: Mapping[Key, Mapping[str, Any]]) -> ToDispatch:
        """See `store.OrderStore.to_dispatch`."""
        return self._store.to_dispatch(fulfilment_no, ahead)

    def opened(self, read: ToDispatch) -> tuple[Person, SealingKey]:
        """See `store.OrderStore.opened`."""
        return self._store.opened(read)

    def fulfilment(self, fulfilment_no: str) -> Fulfilment:
        """One fulfilment; `NotFound` (`unknown_fulfilment`)."""
        return self._store.fulfilment(fulfilment_no).fulfilment

    def intercepts_before(
        self, warehouse: str, moment: datetime, *, limit: int
    ) -> list[tuple[str, int]]:
        """See `store.OrderStore.intercepts_before`."""
        return self._store.intercepts_before(warehouse, moment, limit=limit)

    def waybills(self, fulfilment_no: str) -> tuple[str, ...]:
        """The waybills of a fulfilment's parcels."""
        return self._store.waybills(fulfilment_no)

    def fulfilments(self, order_no: str) -> tuple[Fulfilment, ...]:
        """An order's fulfilments by number."""
        return self._store.together(order_no).fulfilments

    def shop_of(self, order_no: str) -> str:
        """The shop an order belongs to."""
        return self._store.head(order_no).shop

    def pending(self, warehouse: str, skus: Sequence[str]) -> list[Pending]:
        """Lines of these SKUs that have left and aren't booked (`stock.PendingDocuments`)."""
        return self._store.pending(warehouse, skus)

    def view(self, order_no: str) -> OrderView:
        """Everything of an order but the person."""
        return self._store.view(order_no)

    def track(self, order_no: str) -> tuple[TrackRow, ...]:
        """Everything that happened to an order, the oldest first, with the messages behind it."""
        return track(self._store.view(order_no))

    def waiting(
        self, word: str, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[str], str | None]:
        """Numbers of orders that are `HELD` or `WAIT_STOCK`, the oldest first."""
        return self._store.waiting(word, limit=limit, cursor=cursor)
