"""The kinds of documents that a WMS can be asked to cancel."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.movements.states import MovementCancel
from chalicelib.orders.returns.states import ReturnCancel
from chalicelib.orders.states import ASKED_BACK, FulfilmentState
from chalicelib.purchasing.states import PurchaseCancel
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import deliveryorder, entryorder, returnorder
from chalicelib.warehouse.composing import PURCHASE, RETURN_TYPES, outbound_type
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.documents.outgoing.transferorder import TransferQuery
from chalicelib.warehouse.jobs.cancel import AskedBack, CancelJob, Cancellable
from chalicelib.warehouse.jobs.movement import asking, create_kind
from chalicelib.warehouse.jobs.steps import Job, Judge, Question
from chalicelib.warehouse.jobs.transfer import asking_transfer
from chalicelib.warehouse.model import DispatchKind
from chalicelib.warehouse.ports import (
    Documents,
    MovementOrders,
    Orders,
    Purchasing,
    Returns,
    WholeTransfers,
)
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.statuses.model import DocumentKind
from chalicelib.warehouse.store import WarehouseStore


class CancellableFulfilments:
    """Fulfilments: delivery orders."""

    document = DocumentKind.DELIVERY

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def asked_back(self, no: str) -> AskedBack:
        """A sale, an exchange or a reshipment. Pending is a cancel that isn't answered, or one that
        has come to its end here while the WMS has it.
        """
        fulfilment = self._orders.fulfilment(no)
        ended = fulfilment.state in (FulfilmentState.CANCELLED, FulfilmentState.REJECTED)
        late = ended and (fulfilment.accepted_at is not None or fulfilment.emptied)
        return AskedBack(
            no=no,
            warehouse=fulfilment.warehouse,
            wms_id=fulfilment.wms_order_id,
            order_type=outbound_type(no),
            create=DispatchKind.DELIVERY,
            pending=fulfilment.cancel in ASKED_BACK or late,
        )

    def question(self, asked: OrderReference, judge: Judge) -> Question:
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

    def __init__(self, purchasing: Purchasing) -> None:
        self._purchasing = purchasing

    def asked_back(self, no: str) -> AskedBack:
        """A purchase."""
        order = self._purchasing.purchase_order(no)
        return AskedBack(
            no=no,
            warehouse=order.warehouse,
            wms_id=order.wms_id,
            order_type=PURCHASE,
            create=DispatchKind.ENTRY,
            pending=order.cancel is PurchaseCancel.PENDING,
        )

    def question(self, asked: OrderReference, judge: Judge) -> Question:
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

    def __init__(self, returns: Returns) -> None:
        self._returns = returns

    def asked_back(self, no: str) -> AskedBack:
        """A return or an exchange."""
        found = self._returns.return_order(no)
        return AskedBack(
            no=no,
            warehouse=found.warehouse,
            wms_id=found.wms_id,
            order_type=RETURN_TYPES[found.kind],
            create=DispatchKind.RETURN,
            pending=found.cancel is ReturnCancel.PENDING,
        )

    def question(self, asked: OrderReference, judge: Judge) -> Question:
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


class CancellableMovements:
    """Movement orders: outbound, entry and processing orders."""

    document = DocumentKind.MOVEMENT

    def __init__(self, movements: MovementOrders, transfers: WholeTransfers) -> None:
        self._movements = movements
        self._transfers = transfers

    def asked_back(self, no: str) -> AskedBack:
        """Goods that move for another reason than a sale or a purchase. A WMS that got a transfer
        whole knows no in leg of it, and can't be asked for that alone.
        """
        order = self._movements.order(no)
        alone = self._transfers.plan_as_legs(order.transfer) if order.transfer else Writes()
        return AskedBack(
            no=no,
            warehouse=order.warehouse,
            wms_id=order.wms_id,
            order_type=order.type,
            create=create_kind(order.type),
            pending=order.cancel is MovementCancel.REQUESTED,
            kept=alone is None,
            guard=alone or Writes(),
        )

    def question(self, asked: OrderReference, judge: Judge) -> Question:
        """stockout.query, entryorder.query; of a processing order its steps."""
        return asking(asked, judge=judge)

    def plan_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime, intercept: bool = False
    ) -> Writes:
        """Accepted: the reservation is voided."""
        del at, intercept
        return self._movements.plan_cancel_result(no, accepted=accepted, source=source)

    def plan_unknown(self, no: str) -> Writes:
        """It stays requested."""
        del no
        return Writes()


class CancellableTransfers:
    """Transfers that went whole: transfer orders. Asked back is the out leg."""

    document = DocumentKind.MOVEMENT

    def __init__(self, movements: MovementOrders, transfers: WholeTransfers) -> None:
        self._movements = movements
        self._transfers = transfers

    def asked_back(self, no: str) -> AskedBack:
        """The protocol has no type of its own for it: that of its out leg is said."""
        transfer = self._transfers.transfer(no)
        out = self._movements.order(transfer.out_leg)
        return AskedBack(
            no=no,
            warehouse=transfer.from_warehouse,
            wms_id=out.wms_id,
            order_type=out.type,
            create=DispatchKind.TRANSFER,
            pending=out.cancel is MovementCancel.REQUESTED,
        )

    def question(self, asked: OrderReference, judge: Judge) -> Question:
        """transferorder.query."""
        query = TransferQuery(
            owner_code=asked.owner_code, order_code=asked.order_code, order_id=asked.order_id
        )
        return asking_transfer(query, judge=judge)

    def plan_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime, intercept: bool = False
    ) -> Writes:
        """Accepted: the out leg's reservation is voided."""
        del at, intercept
        return self._transfers.plan_cancel_result(no, accepted=accepted, source=source)

    def plan_unknown(self, no: str) -> Writes:
        """It stays requested."""
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
        DispatchKind.CANCEL_MOVEMENT: CancellableMovements(
            documents.movements, documents.transfers
        ),
        DispatchKind.CANCEL_TRANSFER: CancellableTransfers(
            documents.movements, documents.transfers
        ),
    }
    return {
        kind: CancelJob(store=store, clock=clock, cancellable=cancellable, statuses=statuses)
        for kind, cancellable in cancellables.items()
    }
