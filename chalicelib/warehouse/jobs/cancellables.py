"""The kinds of documents that a WMS can be asked to cancel."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.orders.returns.states import ReturnCancel
from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from chalicelib.purchasing.states import PurchaseCancel
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import deliveryorder, entryorder, returnorder
from chalicelib.warehouse.composing import PURCHASE, RETURN_TYPES, outbound_type
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.jobs.cancel import AskedBack, cancelled
from chalicelib.warehouse.jobs.steps import Question
from chalicelib.warehouse.model import DispatchKind
from chalicelib.warehouse.ports import Orders, Purchasing, Returns


class CancellableFulfilments:
    """Fulfilments: delivery orders."""

    create = DispatchKind.DELIVERY

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def order_type(self, no: str) -> str:
        """A sale, an exchange or a reshipment."""
        return outbound_type(no)

    def asked_back(self, no: str) -> AskedBack | None:
        """A pending cancel, or one that was cancelled here while the WMS accepted it."""
        fulfilment = self._orders.fulfilment(no)
        late = fulfilment.state is FulfilmentState.CANCELLED and fulfilment.accepted_at is not None
        if fulfilment.cancel is not FulfilmentCancel.PENDING and not late:
            return None
        return AskedBack(no=no, warehouse=fulfilment.warehouse, wms_id=fulfilment.wms_order_id)

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
