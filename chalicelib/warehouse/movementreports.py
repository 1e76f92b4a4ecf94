"""What a WMS says moved for movement orders: stockout.confirm, entryorder.confirm,
storeprocess.confirm. The first two may come in parts; the protocol knows no parts of the third.

What physically happened is taken in, however odd, and a person is told. Refused is an order that we
don't know, or that another WMS has.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.movements.orders.model import MovementOrder
from chalicelib.stock.posting_day import posting_day
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.assembling import Assembling, alone
from chalicelib.warehouse.confirms import warehouse_meant
from chalicelib.warehouse.documents.incoming.entryorder import EntryConfirm
from chalicelib.warehouse.documents.incoming.stockout import StockoutConfirm
from chalicelib.warehouse.documents.incoming.storeprocess import StoreProcessConfirm
from chalicelib.warehouse.movements import confirmation, process_confirmation
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import Catalog, MovementOrders
from chalicelib.warehouse.received import Received, confirm_doubts, part_doubts, unknown_order


class MovementReports:
    """Confirmations of movement orders."""

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        own: OwnDocuments,
        movements: MovementOrders,
        accepting: Accepting,
        assembling: Assembling,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._own = own
        self._movements = movements
        self._accepting = accepting
        self._assembling = assembling

    def stockout_confirmed(self, received: Received, confirm: StockoutConfirm) -> Message:
        """stockout.confirm: goods left."""
        order = self._own.movement_order(received.connection, confirm.code)
        if order is None:
            raise unknown_order("/request/deliveryOrder/deliveryOrderCode")
        return self.confirmed(received, confirm, order)

    def confirmed(
        self, received: Received, confirm: StockoutConfirm | EntryConfirm, order: MovementOrder
    ) -> Message:
        """A confirm of an order of this WMS's, or a part of one: booked with the last of them."""
        message = received.about(order.no)
        meant = warehouse_meant(received.connection, confirm.warehouse_code, order.warehouse)
        warehouse = meant or order.warehouse
        given = received.identity(
            confirm,
            order.no,
            out_biz_code=confirm.out_biz_code,
            confirm_type=confirm.confirm_type,
        )
        place = self._catalog.warehouse(warehouse)
        arrived = received.arrived(order.no)
        part = self._assembling.is_part(arrived, confirm)

        def plan() -> Writes:
            step = self._assembling.step(arrived, confirm) if part else alone(confirm)
            doubts = confirm_doubts(confirm.lines, known=meant is not None)
            doubts += part_doubts(step.contradicting)
            writes = step.writes + self._accepting.plan_doubts(message, order.no, *doubts)
            if step.whole is None:
                return writes
            # The number is taken only when it is needed; a repeat takes none.
            document = confirmation(
                step.whole,
                order,
                number=self._movements.confirmation_number(),
                warehouse=warehouse,
                source=Source(message_id=message.id),
                at=message.at,
                posting_date=posting_day(
                    step.whole.moment or message.at, now=self._clock.now(), place=place
                ),
            )
            return writes + self._movements.plan_confirmation(document)

        return self._accepting.once(replace(given, part=part), message, plan)

    def process_confirmed(self, received: Received, confirm: StoreProcessConfirm) -> Message:
        """storeprocess.confirm: goods were put together or taken apart."""
        order = self._own.movement_order(received.connection, confirm.code)
        if order is None or not order.bom:
            raise unknown_order("/request/processOrderCode")
        message, no = received.about(order.no), order.no
        meant = warehouse_meant(received.connection, confirm.warehouse_code, order.warehouse)
        warehouse = meant or order.warehouse
        given = received.identity(confirm, no, out_biz_code=confirm.out_biz_code, confirm_type="")
        place = self._catalog.warehouse(warehouse)

        def plan() -> Writes:
            document = process_confirmation(
                confirm,
                order,
                number=self._movements.confirmation_number(),
                warehouse=warehouse,
                source=Source(message_id=message.id),
                at=message.at,
                posting_date=posting_day(
                    confirm.completed_at or message.at, now=self._clock.now(), place=place
                ),
            )
            doubts = confirm_doubts((), known=meant is not None)
            planned = self._movements.plan_confirmation(document)
            return planned + self._accepting.plan_doubts(message, no, *doubts)

        return self._accepting.once(given, message, plan)
