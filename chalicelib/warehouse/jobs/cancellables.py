"""The kinds of documents that a WMS can be asked to cancel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.orders.returns.states import ReturnCancel
from chalicelib.orders.states import ASKED_BACK, FulfilmentState
from chalicelib.purchasing.states import PurchaseCancel
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import deliveryorder, entryorder, returnorder
from chalicelib.warehouse.composing import PURCHASE, RETURN_TYPES, outbound_type
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.jobs.cancel import AskedBack, CancelJob, Cancellable
from chalicelib.warehouse.jobs.steps import Finding, Job, Question
from chalicelib.warehouse.model import DispatchKind
from chalicelib.warehouse.ports import Documents, Orders, Purchasing, Returns
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.statuses.model import DocumentKind
from chalicelib.warehouse.store import WarehouseStore


class CancellableFulfilments:
    """Fulfilments: delivery orders."""

    document = DocumentKind.DELIVERY
    create = DispatchKind.DELIVERY

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def order_type(self, no: str) -> str:
        """A sale, an exchange or a reshipment."""
        return outbound_type(no)

    def asked_back(self, no: str) -> AskedBack | None:
        """A cancel that isn't answered, or one that has come to its end here while the WMS has
        it.
        """
        fulfilment = self._orders.fulfilment(no)
        ended = fulfilment.state in (FulfilmentState.CANCELLED, FulfilmentState.REJECTED)
        late = ended and (fulfilment.accepted_at is not None or fulfilment.emptied)
        if fulfilment.cancel not in ASKED_BACK and not late:
            return None
        return AskedBack(no=no, warehouse=fulfilment.warehouse, wms_id=fulfilment.wms_order_id)

    def question(self, asked: OrderReference, judge: Callable[[OrderAnswer], Finding]) -> Question:
        """deliveryorder.query."""
        return Question(
            method=methods.DELIVERYORDER_QUERY,
            content=deliveryorder.write_query(asked),
            read=deliveryorder.read_query,
            judge=judge,
        )

    def plan_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime, intercept: bool = False
    ) -> Writes:
        """Accepted: the reservation is voided."""
        return self._orders.plan_cancel_result(
            no, accepted=accepted, source=source, at=at, intercept=intercept
        )

    def plan_unknown(self, no: str) -> Writes:
        """The cancel is `UNKNOWN`."""
        return self._orders.plan_cancel_unknown(no)


class CancellablePurchases:
    """Purchase orders: entry orders."""

    document = DocumentKind.ENTRY
    create = DispatchKind.ENTRY

    def __init__(self, purchasing: Purchasing) -> None:
        self._purchasing = purchasing

    def order_type(self, no: str) -> str:
        """A purchase."""
        del no
        return PURCHASE

    def asked_back(self, no: str) -> AskedBack | None:
        """A pending cancel."""
        order = self._purchasing.purchase_order(no)
        if order.cancel is not PurchaseCancel.PENDING:
            return None
        return AskedBack(no=no, warehouse=order.warehouse, wms_id=order.wms_id)

    def question(self, asked: OrderReference, judge: Callable[[OrderAnswer], Finding]) -> Question:
        """entryorder.query."""
        return Question(
            method=methods.ENTRYORDER_QUERY,
            content=entryorder.write_query(asked),
            read=entryorder.read_query,
            judge=judge,
        )

    def plan_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime, intercept: bool = False
    ) -> Writes:
        """Accepted: the purchase order is cancelled."""
        del intercept
        return self._purchasing.plan_cancel_result(no, accepted=accepted, source=source, at=at)

    def plan_unknown(self, no: str) -> Writes:
        """It stays pending."""
        del no
        return Writes()


class CancellableReturns:
    """Returns: return orders."""

    # A return has no rows of its own; a WMS speaks of it as of a delivery.
    document = DocumentKind.DELIVERY
    create = DispatchKind.RETURN

    def __init__(self, returns: Returns) -> None:
        self._returns = returns

    def order_type(self, no: str) -> str:
        """A return or an exchange."""
        return RETURN_TYPES[self._returns.return_order(no).kind]

    def asked_back(self, no: str) -> AskedBack | None:
        """A pending cancel."""
        found = self._returns.return_order(no)
        if found.cancel is not ReturnCancel.PENDING:
            return None
        return AskedBack(no=no, warehouse=found.warehouse, wms_id=found.wms_id)

    def question(self, asked: OrderReference, judge: Callable[[OrderAnswer], Finding]) -> Question:
        """returnorder.query."""
        return Question(
            method=methods.RETURNORDER_QUERY,
            content=returnorder.write_query(asked),
            read=returnorder.read_query,
            judge=judge,
        )

    def plan_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime, intercept: bool = False
    ) -> Writes:
        """Accepted: its units are free."""
        del intercept
        return self._returns.plan_cancel_result(no, accepted=accepted, source=source, at=at)

    def plan_unknown(self, no: str) -> Writes:
        """It stays pending."""
        del no
        return Writes()


def cancel_jobs(
    documents: Documents, *, store: WarehouseStore, clock: Clock, statuses: StatusBook
) -> dict[DispatchKind, Job]:
    """One for each kind of document that can be asked back."""
    cancellables: dict[DispatchKind, Cancellable] = {
        DispatchKind.CANCEL: CancellableFulfilments(documents.orders),
        DispatchKind.CANCEL_ENTRY: CancellablePurchases(documents.purchasing),
        DispatchKind.CANCEL_RETURN: CancellableReturns(documents.returns),
    }
    return {
        kind: CancelJob(store=store, clock=clock, cancellable=cancellable, statuses=statuses)
        for kind, cancellable in cancellables.items()
    }
