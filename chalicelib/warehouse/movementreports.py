"""What a WMS says moved for movement orders: stockout.confirm, entryorder.confirm,
storeprocess.confirm, steps.

What physically happened is taken in, however odd, and a person is told. Refused is an order that we
don't know, or that another WMS has.
"""

from __future__ import annotations

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.movements.orders.model import MovementOrder
from chalicelib.warehouse.accepting import Accepting, Doubt
from chalicelib.warehouse.confirms import warehouse_meant
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.entryorder import EntryConfirm
from chalicelib.warehouse.documents.incoming.ordercontrol import ProcessReport
from chalicelib.warehouse.documents.incoming.stockout import StockoutConfirm
from chalicelib.warehouse.documents.incoming.storeprocess import StoreProcessConfirm
from chalicelib.warehouse.movements import confirmation, process_confirmation
from chalicelib.warehouse.ports import Catalog, MovementOrders
from chalicelib.warehouse.received import Received, confirm_doubts, unknown_order
from chalicelib.warehouse.statuses import Effect, meaning

_NEEDS_A_LOOK = frozenset({Effect.ALERT, Effect.REJECTED})


class MovementReports:
    """Confirmations and steps of movement orders."""

    def __init__(
        self, *, clock: Clock, catalog: Catalog, movements: MovementOrders, accepting: Accepting
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._movements = movements
        self._accepting = accepting

    def stockout_confirmed(self, received: Received, confirm: StockoutConfirm) -> Message:
        """stockout.confirm: goods left."""
        order = self.order(received.connection, confirm.code)
        if order is None:
            raise unknown_order("/request/deliveryOrder/deliveryOrderCode")
        return self.confirmed(received, confirm, order)

    def confirmed(
        self, received: Received, confirm: StockoutConfirm | EntryConfirm, order: MovementOrder
    ) -> Message:
        """A confirm of an order of this WMS's."""
        message = received.about(order.no)
        meant = warehouse_meant(received.connection, confirm.warehouse_code, order.warehouse)
        warehouse = meant or order.warehouse
        given = received.identity(
            confirm,
            order.no,
            out_biz_code=confirm.out_biz_code,
            confirm_type=confirm.confirm_type,
        )
        zone = self._catalog.warehouse(warehouse).zone

        def plan() -> Writes:
            document = confirmation(
                confirm,
                order,
                number=self._movements.confirmation_number(),
                warehouse=warehouse,
                source=Source(message_id=message.id),
                at=message.at,
                posting_date=business_date(self._clock.now(), zone),
            )
            doubts = confirm_doubts(confirm.lines, known=meant is not None)
            planned = self._movements.plan_confirmation(document)
            return planned + self._accepting.plan_doubts(message, order.no, *doubts)

        return self._accepting.once(given, message, plan)

    def process_confirmed(self, received: Received, confirm: StoreProcessConfirm) -> Message:
        """storeprocess.confirm: goods were put together or taken apart."""
        order = self.order(received.connection, confirm.code)
        if order is None or not order.bom:
            raise unknown_order("/request/processOrderCode")
        message, no = received.about(order.no), order.no
        meant = warehouse_meant(received.connection, confirm.warehouse_code, order.warehouse)
        warehouse = meant or order.warehouse
        given = received.identity(confirm, no, out_biz_code=confirm.out_biz_code, confirm_type="")
        zone = self._catalog.warehouse(warehouse).zone

        def plan() -> Writes:
            document = process_confirmation(
                confirm,
                order,
                number=self._movements.confirmation_number(),
                warehouse=warehouse,
                source=Source(message_id=message.id),
                at=message.at,
                posting_date=business_date(self._clock.now(), zone),
            )
            doubts = confirm_doubts((), known=meant is not None)
            planned = self._movements.plan_confirmation(document)
            return planned + self._accepting.plan_doubts(message, no, *doubts)

        return self._accepting.once(given, message, plan)

    def step_reported(
        self, received: Received, report: ProcessReport, order: MovementOrder
    ) -> Message:
        """orderprocess.report: a cancel's outcome; other steps are only kept."""
        message = received.about(order.no)
        return self._accepting.simply(message, lambda: self._plan_step(message, order.no, report))

    def order(self, connection: Connection, code: str) -> MovementOrder | None:
        """The movement order of that number, if it is one of this WMS's."""
        try:
            order = self._movements.order(code)
        except NotFound:
            return None
        ours = self._catalog.warehouse(order.warehouse).wms == connection.code
        return order if ours else None

    def knows(self, code: str) -> bool:
        """Whether it is a movement order's number, of whatever WMS."""
        try:
            self._movements.order(code)
        except NotFound:
            return False
        return True

    def _plan_step(self, message: Message, no: str, report: ProcessReport) -> Writes:
        effect = meaning(report.status).effect
        if effect in (Effect.CANCELLED, Effect.CANCEL_REFUSED):
            return self._movements.plan_cancel_result(
                no,
                accepted=effect is Effect.CANCELLED,
                source=Source(message_id=message.id, path=report.path),
            )
        if effect not in _NEEDS_A_LOOK:
            return Writes()
        text = f"the warehouse reported {code_or_stand_in(report.status)}"
        doubt = Doubt(kind=ExceptionKind.WAREHOUSE_STEP_NEEDS_A_LOOK, text=text)
        return self._accepting.plan_doubts(message, no, doubt)
