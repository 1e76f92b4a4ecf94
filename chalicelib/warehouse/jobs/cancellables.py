"""The kinds of documents that a WMS can be asked to cancel."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.movements.states import MovementCancel
from chalicelib.orders.returns.states import ReturnCancel
from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from chalicelib.purchasing.states import PurchaseCancel
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import deliveryorder, entryorder, returnorder
from chalicelib.warehouse.composing import PURCHASE, RETURN_TYPES, outbound_type
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.jobs.cancel import AskedBack, cancelled
from chalicelib.warehouse.jobs.movement import asking, create_kind
from chalicelib.warehouse.jobs.steps import Question
from chalicelib.warehouse.model import DispatchKind
from chalicelib.warehouse.ports import MovementOrders, Orders, Purchasing, Returns


class CancellableFulfilments:
    """Fulfilments: delivery orders."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def asked_back(self, no: str) -> AskedBack:
        """Pending, too, where it was cancelled here while the WMS accepted it."""
        fulfilment = self._orders.fulfilment(no)
        late = fulfilment.state is FulfilmentState.CANCELLED and fulfilment.accepted_at is not None
        return AskedBack(
            no=no,
            warehouse=fulfilment.warehouse,
            wms_id=fulfilment.wms_order_id,
            order_type=outbound_type(no),
            create=DispatchKind.DELIVERY,
            pending=fulfilment.cancel is FulfilmentCancel.PENDING or late,
        )

    def question(self, asked: OrderReference) -> Question:
        """deliveryorder.query."""
        return Question(
            method=methods.DELIVERYORDER_QUERY,
            content=deliveryorder.write_query(asked),
            read=deliveryorder.read_query,
            judge=cancelled,
        )

    def plan_result(self, no: str, *, accepted: bool, source: Source, at: datetime) -> Writes:
        """Accepted: the reservation is voided."""
        return self._orders.plan_cancel_result(no, accepted=accepted, source=source, at=at)


class CancellablePurchases:
    """Purchase orders: entry orders."""

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

    def question(self, asked: OrderReference) -> Question:
        """entryorder.query."""
        return Question(
            method=methods.ENTRYORDER_QUERY,
            content=entryorder.write_query(asked),
            read=entryorder.read_query,
            judge=cancelled,
        )

    def plan_result(self, no: str, *, accepted: bool, source: Source, at: datetime) -> Writes:
        """Accepted: the purchase order is cancelled."""
        return self._purchasing.plan_cancel_result(no, accepted=accepted, source=source, at=at)


class CancellableReturns:
    """Returns: return orders."""

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

    def question(self, asked: OrderReference) -> Question:
        """returnorder.query."""
        return Question(
            method=methods.RETURNORDER_QUERY,
            content=returnorder.write_query(asked),
            read=returnorder.read_query,
            judge=cancelled,
        )

    def plan_result(self, no: str, *, accepted: bool, source: Source, at: datetime) -> Writes:
        """Accepted: its units are free."""
        return self._returns.plan_cancel_result(no, accepted=accepted, source=source, at=at)


class CancellableMovements:
    """Movement orders: outbound, entry and processing orders."""

    def __init__(self, movements: MovementOrders) -> None:
        self._movements = movements

    def asked_back(self, no: str) -> AskedBack:
        """Goods that move for another reason than a sale or a purchase."""
        order = self._movements.order(no)
        return AskedBack(
            no=no,
            warehouse=order.warehouse,
            wms_id=order.wms_id,
            order_type=order.type,
            create=create_kind(order.type),
            pending=order.cancel is MovementCancel.REQUESTED,
        )

    def question(self, asked: OrderReference) -> Question:
        """stockout.query, entryorder.query; of a processing order its steps."""
        return asking(asked, judge=cancelled)

    def plan_result(self, no: str, *, accepted: bool, source: Source, at: datetime) -> Writes:
        """Accepted: the reservation is voided."""
        del at
        return self._movements.plan_cancel_result(no, accepted=accepted, source=source)
