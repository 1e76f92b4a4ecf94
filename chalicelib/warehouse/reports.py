"""What each callback does: a handler per method, each gives the message as the log has it then."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.warehouse.accepting import Accepting, Doubt
from chalicelib.warehouse.confirms import (
    contradicting_lines,
    receipt,
    shipment,
    warehouse_meant,
)
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.deliveryorder import DeliveryConfirm
from chalicelib.warehouse.documents.incoming.entryorder import EntryConfirm
from chalicelib.warehouse.documents.incoming.lines import ConfirmLine
from chalicelib.warehouse.own import OwnDocuments, unknown_order
from chalicelib.warehouse.ports import Catalog, Orders, Purchasing
from chalicelib.warehouse.recognising import Identity, identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A callback that is signed and readable: from whom, as which method, as which message."""

    connection: Connection
    method: str
    message: Message

    def identity(
        self, document: object, code: str, *, out_biz_code: str, confirm_type: str
    ) -> Identity:
        """What tells it from others about the same order."""
        return identity(
            document,
            scope=f"{self.connection.code}#{self.method}#{code}",
            out_biz_code=out_biz_code,
            confirm_type=confirm_type,
            unique=self.connection.unique_out_biz_code,
        )

    def about(self, document: str) -> Message:
        """The message, with the document it is about."""
        return replace(self.message, documents=(document,))


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
        orders: Orders,
        purchasing: Purchasing,
        accepting: Accepting,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._orders = orders
        self._purchasing = purchasing
        self._accepting = accepting
        self._own = OwnDocuments(catalog=catalog, orders=orders, purchasing=purchasing)

    def entry_confirmed(self, received: Received, confirm: EntryConfirm) -> Message:
        """entryorder.confirm: a receipt."""
        order = self._own.purchase_order(received.connection, confirm.code)
        if order is None:
            raise unknown_order("/request/entryOrder/entryOrderCode")
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
            doubts = _doubts(confirm.lines, known=meant is not None)
            planned = self._purchasing.plan_receipt(document)
            return planned + self._accepting.plan_doubts(message, order.no, *doubts)

        return self._accepting.once(given, message, plan)

    def delivery_confirmed(self, received: Received, confirm: DeliveryConfirm) -> Message:
        """deliveryorder.confirm: a shipment with its parcels."""
        fulfilment = self._own.fulfilment(received.connection, confirm.code)
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
            doubts = _doubts(confirm.lines, known=meant == fulfilment.warehouse)
            planned = self._orders.plan_shipment(document)
            return planned + self._accepting.plan_doubts(message, fulfilment.no, *doubts)

        return self._accepting.once(given, message, plan)


def _doubts(lines: tuple[ConfirmLine, ...], *, known: bool) -> list[Doubt]:
    doubts = []
    contradicting = contradicting_lines(lines)
    if contradicting:
        text = f"batches don't add up to their line, which counts: {', '.join(contradicting[:5])}"
        doubts.append(Doubt(kind=ExceptionKind.BATCHES_CONTRADICT, text=text))
    if not known:
        text = "the message names another warehouse than the document"
        doubts.append(Doubt(kind=ExceptionKind.WAREHOUSE_DIFFERS, text=text))
    return doubts
