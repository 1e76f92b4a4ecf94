"""What each callback does: a handler per method, each gives the message as the log has it then."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NoReturn

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.stock.posting_day import posting_day
from chalicelib.warehouse import methods
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.assembling import Assembling, alone
from chalicelib.warehouse.confirms import (
    receipt,
    shipment,
    warehouse_meant,
)
from chalicelib.warehouse.documents.incoming.deliveryorder import (
    DeliveryBatchConfirm,
    DeliveryConfirm,
    UnreadOrder,
)
from chalicelib.warehouse.documents.incoming.entryorder import EntryConfirm
from chalicelib.warehouse.movementreports import MovementReports
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import Catalog, Orders, Purchasing
from chalicelib.warehouse.received import Received, confirm_doubts, part_doubts, unknown_order
from chalicelib.warehouse.severally import Piece, Severally


class Reports:
    """Receipts and shipments that a WMS reports.

    What physically happened is taken in, however odd, and a person is told. Refused is an order
    that we don't know, or that another WMS has.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        own: OwnDocuments,
        orders: Orders,
        purchasing: Purchasing,
        accepting: Accepting,
        assembling: Assembling,
        movements: MovementReports,
        severally: Severally,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._orders = orders
        self._purchasing = purchasing
        self._accepting = accepting
        self._own = own
        self._assembling = assembling
        self._movements = movements
        self._severally = severally

    def entry_confirmed(self, received: Received, confirm: EntryConfirm) -> Message:
        """entryorder.confirm: a receipt of a purchase order, or what arrived for a movement order;
        a blind receipt where nobody announced the goods.
        """
        order = self._own.purchase_order(received.connection, confirm.code)
        meant: str | None
        if order is None:
            moving = self._own.movement_order(received.connection, confirm.code)
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
            step = self._assembling.step(arrived, confirm) if part else alone(confirm)
            doubts = confirm_doubts(confirm.lines, known=meant is not None)
            doubts += part_doubts(step.contradicting)
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
                posting_date=posting_day(
                    step.whole.operated_at or message.at,
                    now=self._clock.now(),
                    place=self._catalog.warehouse(warehouse),
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
        if len(named) != 1 or foreign or self._own.is_anybodys(confirm.code):
            raise unknown_order("/request/entryOrder/entryOrderCode")
        return named[0]

    def deliveries_confirmed(self, received: Received, batch: DeliveryBatchConfirm) -> Message:
        """deliveryorder.batchconfirm: each order as if its confirm had come alone, so one that
        came, or comes, alone as well is known.
        """
        alone = replace(received, method=methods.DELIVERYORDER_CONFIRM)
        confirms = [
            Piece(
                code=confirm.code,
                take=partial(
                    self.delivery_confirmed, replace(alone, element=confirm.path), confirm
                ),
            )
            for confirm in batch.confirms
        ]
        unread = [Piece(code=each.code, take=partial(_unread, each)) for each in batch.unread]
        return self._severally.take(received.message, [*confirms, *unread])

    def delivery_confirmed(self, received: Received, confirm: DeliveryConfirm) -> Message:
        """deliveryorder.confirm: a shipment with its parcels."""
        fulfilment = self._own.fulfilment(received.connection, confirm.code)
        if fulfilment is None:
            raise unknown_order(f"{confirm.path}/deliveryOrder/deliveryOrderCode")
        message = received.about(fulfilment.no)
        meant = warehouse_meant(received.connection, confirm.warehouse_code, fulfilment.warehouse)
        given = received.identity(
            confirm,
            fulfilment.no,
            out_biz_code=confirm.out_biz_code,
            confirm_type=confirm.confirm_type,
        )
        place = self._catalog.warehouse(fulfilment.warehouse)

        def plan() -> Writes:
            document = shipment(
                confirm,
                fulfilment,
                identity=given.digest,
                message_id=message.id,
                at=message.at,
                posting_date=posting_day(
                    confirm.confirmed_at or message.at, now=self._clock.now(), place=place
                ),
            )
            doubts = confirm_doubts(confirm.lines, known=meant == fulfilment.warehouse)
            planned = self._orders.plan_shipment(document)
            return planned + self._accepting.plan_doubts(message, fulfilment.no, *doubts)

        return self._accepting.once(given, message, plan)


def _unread(order: UnreadOrder) -> NoReturn:
    raise order.why
