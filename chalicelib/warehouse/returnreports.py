"""returnorder.confirm, returnpackage.report, and unexpected returns in stockchange.report.

A WMS often knows no return of ours: the buyer refused the parcel, or sent it back without asking.
What its message names is tried then: a waybill, a delivery, the platform's order. If one of them is
this owner's, the goods are taken in as an unclaimed parcel that a person places; if none is, the
message is refused as one about an order that isn't here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.orders.returns.model import (
    ReturnedLine,
    ReturnReceipt,
    UnclaimedParcel,
    parcel_id,
    receipt_id,
)
from chalicelib.stock.posting_day import posting_day
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.codes import InboundType
from chalicelib.warehouse.confirms import (
    MOST_SHIPMENT_LINES,
    limit,
)
from chalicelib.warehouse.connections import UNIFIED, Connection
from chalicelib.warehouse.documents.incoming.inventory import StockChange
from chalicelib.warehouse.documents.incoming.lines import ConfirmLine, pieces
from chalicelib.warehouse.documents.incoming.returnorder import ReturnConfirm, ReturnPackageReport
from chalicelib.warehouse.documents.outgoing.deliveryorder import line_no_of
from chalicelib.warehouse.naming import Naming
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import Catalog, Orders, Returns
from chalicelib.warehouse.received import Received, confirm_doubts, unknown_order
from chalicelib.warehouse.recognising import identity

UNEXPECTED = InboundType.THYRK.value
"""The order type of a stock change that is a return nobody announced."""


class ReturnReports:
    """What warehouses say of goods that come back."""

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        own: OwnDocuments,
        orders: Orders,
        returns: Returns,
        accepting: Accepting,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._own = own
        self._orders = orders
        self._returns = returns
        self._naming = Naming(catalog=catalog, orders=orders, returns=returns)
        self._accepting = accepting

    def confirmed(self, received: Received, confirm: ReturnConfirm) -> Message:
        """returnorder.confirm: a receipt of a return, or a parcel that nobody claims."""
        found = self._own.return_order(received.connection, confirm.code)
        if found is None:
            return self._unexpected(received, confirm)
        message = received.about(found.no)
        warehouse, said = self._place(received.connection, confirm.warehouse_code, found.warehouse)
        given = received.identity(
            confirm,
            found.no,
            out_biz_code=confirm.out_biz_code,
            confirm_type=confirm.confirm_type,
        )
        document = ReturnReceipt(
            id=receipt_id(found.no, given.digest),
            return_no=found.no,
            warehouse=warehouse,
            lines=_lines(confirm.lines, message.id),
            final=confirm.final,
            occurred_at=confirm.confirmed_at or message.at,
            posting_date=self._day(confirm.confirmed_at or message.at, warehouse),
            message_id=message.id,
        )
        doubts = confirm_doubts(confirm.lines, known=said and warehouse == found.warehouse)

        def plan() -> Writes:
            planned = self._returns.plan_receipt(document)
            return planned + self._accepting.plan_doubts(message, found.no, *doubts)

        return self._accepting.once(given, message, plan)

    def _unexpected(self, received: Received, confirm: ReturnConfirm) -> Message:
        lines = _lines(confirm.lines, received.message.id)
        named = self._naming.by_confirm(received.connection, confirm)
        if named is None or not lines:
            raise unknown_order("/request/returnOrder/returnOrderCode")
        code = code_or_stand_in(confirm.code)
        given = received.identity(
            confirm, code, out_biz_code=confirm.out_biz_code, confirm_type=confirm.confirm_type
        )
        warehouse, said = self._place(received.connection, confirm.warehouse_code, named.warehouse)
        parcel = UnclaimedParcel(
            id=parcel_id(warehouse, f"{given.scope}#{given.digest}"),
            warehouse=warehouse,
            owner=named.owner,
            lines=lines,
            occurred_at=confirm.confirmed_at or received.message.at,
            posting_date=self._day(confirm.confirmed_at or received.message.at, warehouse),
            message_id=received.message.id,
            accepted_at=self._clock.now(),
            code=code,
            waybill=code_or_stand_in(confirm.waybill) if confirm.waybill else "",
            order_no=named.order_no,
            fulfilment_no=named.fulfilment_no,
            return_no=named.return_no,
        )
        message = received.about(parcel.id)
        doubts = confirm_doubts(confirm.lines, known=said)

        def plan() -> Writes:
            planned = self._returns.plan_unclaimed(parcel)
            return planned + self._accepting.plan_doubts(message, parcel.id, *doubts)

        return self._accepting.once(given, message, plan)

    def package_signed(self, received: Received, report: ReturnPackageReport) -> Message:
        """returnpackage.report: a return's parcel has arrived and isn't opened yet. One that comes
        back to a delivery of ours is noted in its order's track.
        """
        first = report.packages[0]
        source = Source(message_id=received.message.id, path=first.path)
        at = first.signed_at or received.message.at
        found = self._own.return_order(received.connection, report.code)
        names = [report.code, *(package.waybill for package in report.packages)]
        named = None if found else self._naming.by_texts(received.connection, names)
        no = found.no if found else named.return_no if named else ""
        if no:
            return self._accepting.simply(
                received.about(no), lambda: self._returns.plan_signed(no, source, at)
            )
        if named is None or not named.fulfilment_no:
            raise unknown_order("/request/order/orderCode")
        fulfilment_no = named.fulfilment_no
        return self._accepting.simply(
            received.about(fulfilment_no),
            lambda: self._orders.plan_progress(
                fulfilment_no, "RETURN_PARCEL_SIGNED", at=at, source=source
            ),
        )

    def unexpected_change(
        self, received: Received, warehouse: str, changes: Sequence[StockChange]
    ) -> str:
        """stockchange.report of an unexpected return: the number of the unclaimed parcel."""
        first, message = changes[0], received.message
        content = identity(
            tuple(changes), scope="", out_biz_code=first.out_biz_code, confirm_type="", unique=False
        )
        key = f"{first.order_code}/{first.out_biz_code}/{first.item_code}"
        if not (received.connection.unique_out_biz_code and first.out_biz_code):
            key = f"{key}/{content.digest}"
        named = self._naming.by_texts(received.connection, [first.order_code])
        place = self._catalog.warehouse(warehouse)
        parcel = UnclaimedParcel(
            id=parcel_id(warehouse, key),
            warehouse=warehouse,
            owner=place.owner,
            lines=_changed_lines(changes, message.id),
            occurred_at=first.changed_at or message.at,
            posting_date=self._day(first.changed_at or message.at, warehouse),
            message_id=message.id,
            accepted_at=self._clock.now(),
            code=code_or_stand_in(first.order_code) if first.order_code else "",
            order_no=named.order_no if named else "",
            fulfilment_no=named.fulfilment_no if named else "",
            return_no=named.return_no if named else "",
        )
        return self._returns.take_unclaimed(parcel).id

    # --- what a message names

    def is_of_ours(self, connection: Connection, confirm: ReturnConfirm) -> bool:
        """Whether a message is about goods that came back: a return of this WMS's, or goods of
        which it names something of ours.
        """
        if self._own.return_order(connection, confirm.code) is not None:
            return True
        return self._naming.by_confirm(connection, confirm) is not None

    def _day(self, moment: datetime, warehouse: str) -> date:
        place = self._catalog.warehouse(warehouse)
        return posting_day(moment, now=self._clock.now(), place=place)

    def _place(self, connection: Connection, named: str, expected: str) -> tuple[str, bool]:
        """The warehouse of ours where the goods are, and whether the WMS says so: it may name one
        that isn't behind it. Goods may come back to another one than they left from.
        """
        behind = [each.code for each in self._catalog.warehouses() if each.wms == connection.code]
        otherwise = expected if expected in behind else next(iter(behind), expected)
        if named in ("", UNIFIED):
            return otherwise, True
        said = next((code for code in behind if connection.warehouse_code(code) == named), None)
        return said or otherwise, said is not None


def _lines(lines: Sequence[ConfirmLine], message_id: str) -> tuple[ReturnedLine, ...]:
    found = [(line, piece) for line in lines for piece in pieces(line)]
    limit(len(found), MOST_SHIPMENT_LINES)
    return tuple(
        ReturnedLine(
            line_no=position,
            sku=code_or_stand_in(line.item_code),
            quantity=piece.quantity,
            inventory_type=piece.inventory_type,
            batch=piece.batch,
            source=Source(message_id=message_id, path=piece.path),
            return_line_no=line_no_of(line.order_line_no),
        )
        for position, (line, piece) in enumerate(found, start=1)
    )


def _changed_lines(changes: Sequence[StockChange], message_id: str) -> tuple[ReturnedLine, ...]:
    return tuple(
        ReturnedLine(
            line_no=position,
            sku=change.item_code,
            quantity=change.quantity,
            inventory_type=change.inventory_type,
            batch=change.batches[0].code if len(change.batches) == 1 else "",
            source=Source(message_id=message_id, path=change.path),
        )
        for position, change in enumerate(changes, start=1)
    )
