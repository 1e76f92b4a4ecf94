"""What each callback does: a handler per method, each gives the message as the log has it then."""

from __future__ import annotations

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.orders.model import Fulfilment
from chalicelib.purchasing.model import PurchaseOrder
from chalicelib.warehouse.accepting import Accepting, Doubt
from chalicelib.warehouse.confirms import (
    receipt,
    shipment,
    warehouse_meant,
)
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.deliveryorder import DeliveryConfirm
from chalicelib.warehouse.documents.incoming.entryorder import EntryConfirm
from chalicelib.warehouse.documents.incoming.ordercontrol import ProcessReport
from chalicelib.warehouse.movementreports import MovementReports
from chalicelib.warehouse.ports import Catalog, Orders, Purchasing
from chalicelib.warehouse.received import Received, confirm_doubts, unknown_order
from chalicelib.warehouse.statuses import Effect, Meaning, meaning


class Reports:
    """Receipts, shipments and steps that a WMS reports.

    What physically happened is taken in, however odd, and a person is told. Refused is an order
    that we don't know, or that another WMS has: a WMS learns nothing about others' orders.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        orders: Orders,
        purchasing: Purchasing,
        accepting: Accepting,
        movements: MovementReports,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._orders = orders
        self._purchasing = purchasing
        self._accepting = accepting
        self._movements = movements

    def entry_confirmed(self, received: Received, confirm: EntryConfirm) -> Message:
        """entryorder.confirm: a receipt of a purchase order, or what arrived for a movement
        order.
        """
        order = self._purchase_order(received.connection, confirm.code)
        if order is None:
            moving = self._movements.order(received.connection, confirm.code)
            if moving is None:
                raise unknown_order("/request/entryOrder/entryOrderCode")
            return self._movements.confirmed(received, confirm, moving)
        message = received.about(order.no)
        meant = warehouse_meant(received.connection, confirm.warehouse_code, order.warehouse)
        warehouse = meant or order.warehouse
        given = received.identity(
            confirm,
            order.no,
            out_biz_code=confirm.out_biz_code,
            confirm_type=confirm.confirm_type,
        )

        def plan() -> Writes:
            # The number is taken only when it is needed; a repeat takes none.
            document = receipt(
                confirm,
                order,
                number=self._purchasing.receipt_number(),
                warehouse=warehouse,
                message_id=message.id,
                at=message.at,
                posting_date=business_date(
                    self._clock.now(), self._catalog.warehouse(warehouse).zone
                ),
            )
            doubts = confirm_doubts(confirm.lines, known=meant is not None)
            planned = self._purchasing.plan_receipt(document)
            return planned + self._accepting.plan_doubts(message, order.no, *doubts)

        return self._accepting.once(given, message, plan)

    def delivery_confirmed(self, received: Received, confirm: DeliveryConfirm) -> Message:
        """deliveryorder.confirm: a shipment with its parcels."""
        fulfilment = self._fulfilment(received.connection, confirm.code)
        if fulfilment is None:
            raise unknown_order("/request/deliveryOrder/deliveryOrderCode")
        message = received.about(fulfilment.no)
        meant = warehouse_meant(received.connection, confirm.warehouse_code, fulfilment.warehouse)
        given = received.identity(
            confirm,
            fulfilment.no,
            out_biz_code=confirm.out_biz_code,
            confirm_type=confirm.confirm_type,
        )
        zone = self._catalog.warehouse(fulfilment.warehouse).zone

        def plan() -> Writes:
            document = shipment(
                confirm,
                fulfilment,
                identity=given.digest,
                message_id=message.id,
                at=message.at,
                posting_date=business_date(self._clock.now(), zone),
            )
            doubts = confirm_doubts(confirm.lines, known=meant == fulfilment.warehouse)
            planned = self._orders.plan_shipment(document)
            return planned + self._accepting.plan_doubts(message, fulfilment.no, *doubts)

        return self._accepting.once(given, message, plan)

    def step_reported(self, received: Received, report: ProcessReport) -> Message:
        """orderprocess.report: a step of a fulfilment; of a purchase order it is only kept."""
        fulfilment = self._fulfilment(received.connection, report.code)
        if fulfilment is not None:
            message, no = received.about(fulfilment.no), fulfilment.no
            return self._accepting.simply(message, lambda: self._plan_step(message, no, report))
        moving = self._movements.order(received.connection, report.code)
        if moving is not None:
            return self._movements.step_reported(received, report, moving)
        order = self._purchase_order(received.connection, report.code)
        if order is None:
            raise unknown_order("/request/order/orderCode")
        return self._accepting.simply(received.about(order.no), Writes)

    def _plan_step(self, message: Message, no: str, report: ProcessReport) -> Writes:
        source = Source(message_id=message.id, path=report.path)
        at = report.operated_at or message.at
        meant = meaning(report.status)
        if meant.effect in (Effect.CANCELLED, Effect.CANCEL_REFUSED):
            accepted = meant.effect is Effect.CANCELLED
            return self._orders.plan_cancel_result(no, accepted=accepted, source=source, at=at)
        if meant.effect is Effect.REJECTED:
            return self._orders.plan_refused(
                no, code_or_stand_in(report.status), source=source, at=at
            )
        progress = self._orders.plan_progress(
            no, _word(meant, report), at=at, source=source, raw=code_or_stand_in(report.status)
        )
        if meant.effect is not Effect.ALERT or not len(progress):
            # Empty: told before, and a person was asked then.
            return progress
        text = f"the warehouse reported {code_or_stand_in(report.status)}"
        return progress + self._accepting.plan_doubts(
            message, no, Doubt(kind=ExceptionKind.WAREHOUSE_STEP_NEEDS_A_LOOK, text=text)
        )

    def _fulfilment(self, connection: Connection, code: str) -> Fulfilment | None:
        """The fulfilment of that number, if it is one of this WMS's."""
        try:
            fulfilment = self._orders.fulfilment(code)
        except NotFound:
            return None
        return fulfilment if self._is_of(connection, fulfilment.warehouse) else None

    def _purchase_order(self, connection: Connection, code: str) -> PurchaseOrder | None:
        """The purchase order of that number, if it is one of this WMS's."""
        try:
            order = self._purchasing.purchase_order(code)
        except NotFound:
            return None
        return order if self._is_of(connection, order.warehouse) else None

    def _is_of(self, connection: Connection, warehouse: str) -> bool:
        return self._catalog.warehouse(warehouse).wms == connection.code


def _word(meant: Meaning, report: ProcessReport) -> str:
    return meant.state.value if meant.state else code_or_stand_in(report.status)
