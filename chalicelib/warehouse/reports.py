"""What each callback does: a handler per method, each gives the message as the log has it then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.numbering.model import is_of_our_form
from chalicelib.orders.model import Fulfilment
from chalicelib.purchasing.model import PurchaseOrder
from chalicelib.warehouse.accepting import Accepting, Doubt
from chalicelib.warehouse.assembling import Assembling, Step
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
from chalicelib.warehouse.ports import Catalog, Orders, Purchasing, Returns
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
        returns: Returns,
        accepting: Accepting,
        assembling: Assembling,
        movements: MovementReports,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._orders = orders
        self._purchasing = purchasing
        self._returns = returns
        self._accepting = accepting
        self._assembling = assembling
        self._movements = movements

    def entry_confirmed(self, received: Received, confirm: EntryConfirm) -> Message:
        """entryorder.confirm: a receipt of a purchase order, or what arrived for a movement order;
        a blind receipt where nobody announced the goods.
        """
        order = self._purchase_order(received.connection, confirm.code)
        meant: str | None
        if order is None:
            moving = self._movements.order(received.connection, confirm.code)
            if moving is not None:
                return self._movements.confirmed(received, confirm, moving)
            meant = warehouse = self._unannounced_at(received, confirm)
            known = code_or_stand_in(confirm.code)
        else:
            meant = warehouse_meant(received.connection, confirm.warehouse_code, order.warehouse)
            warehouse = meant or order.warehouse
            known = order.no
        message = received.about(known)
        given = received.identity(
            confirm,
            known,
            out_biz_code=confirm.out_biz_code,
            confirm_type=confirm.confirm_type,
        )
        arrived = received.arrived(known)
        part = self._assembling.is_part(arrived, confirm)

        def plan() -> Writes:
            step = self._assembling.step(arrived, confirm) if part else _alone(confirm)
            doubts = confirm_doubts(confirm.lines, known=meant is not None)
            doubts += _part_doubts(step.contradicting)
            writes = step.writes + self._accepting.plan_doubts(message, known, *doubts)
            if step.whole is None:
                return writes
            # The number is taken only when it is needed; a repeat takes none.
            document = receipt(
                step.whole,
                order,
                number=self._purchasing.receipt_number(),
                warehouse=warehouse,
                message_id=message.id,
                at=message.at,
                posting_date=business_date(
                    self._clock.now(), self._catalog.warehouse(warehouse).zone
                ),
            )
            return writes + self._purchasing.plan_receipt(document)

        return self._accepting.once(replace(given, part=part), message, plan)

    def _unannounced_at(self, received: Received, confirm: EntryConfirm) -> str:
        """Where goods arrived that no order of ours announced: a warehouse of this WMS. Refused: a
        number of ours that isn't this WMS's business, another owner's goods, a place we don't know.
        """
        connection = received.connection
        ours = [each.code for each in self._catalog.warehouses() if each.wms == connection.code]
        named = connection.warehouses_named(confirm.warehouse_code, ours)
        foreign = confirm.owner_code not in ("", connection.owner)
        if len(named) != 1 or foreign or self._is_anybodys(confirm.code):
            raise unknown_order("/request/entryOrder/entryOrderCode")
        return named[0]

    def _is_anybodys(self, code: str) -> bool:
        """Whether a number is one of ours, of whatever tenant; one of our form that nobody has is
        treated as one, so that nobody learns which there are.
        """
        if is_of_our_form(code):
            return True
        for look in (self._purchasing.purchase_order, self._orders.fulfilment):
            try:
                look(code)
            except NotFound:
                continue
            return True
        return self._returns.find(code) is not None or self._movements.knows(code)

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
        """orderprocess.report: a step of a fulfilment; of a purchase order or a movement order only
        its cancel moves anything, of a return nothing.
        """
        fulfilment = self._fulfilment(received.connection, report.code)
        if fulfilment is not None:
            message, no = received.about(fulfilment.no), fulfilment.no
            return self._accepting.simply(message, lambda: self._plan_step(message, no, report))
        moving = self._movements.order(received.connection, report.code)
        if moving is not None:
            return self._movements.step_reported(received, report, moving)
        returned = self._returns.find(report.code)
        if returned is not None and self._is_of(received.connection, returned.warehouse):
            return self._accepting.simply(received.about(returned.no), Writes)
        order = self._purchase_order(received.connection, report.code)
        if order is None:
            raise unknown_order("/request/order/orderCode")
        message, no = received.about(order.no), order.no
        return self._accepting.simply(message, lambda: self._plan_entry_step(message, no, report))

    def _plan_entry_step(self, message: Message, no: str, report: ProcessReport) -> Writes:
        effect = meaning(report.status).effect
        if effect not in (Effect.CANCELLED, Effect.CANCEL_REFUSED):
            return Writes()
        return self._purchasing.plan_cancel_result(
            no,
            accepted=effect is Effect.CANCELLED,
            source=Source(message_id=message.id, path=report.path),
            at=report.operated_at or message.at,
        )

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


def _alone(confirm: EntryConfirm) -> Step[EntryConfirm]:
    """A message that is its whole document."""
    return Step(writes=Writes(), whole=confirm)


def _part_doubts(contradicting: Sequence[str]) -> list[Doubt]:
    if not contradicting:
        return []
    text = f"lines came before with other quantities, which count: {', '.join(contradicting[:5])}"
    return [Doubt(kind=ExceptionKind.PARTS_CONTRADICT, text=text)]


def _word(meant: Meaning, report: ProcessReport) -> str:
    return meant.state.value if meant.state else code_or_stand_in(report.status)
