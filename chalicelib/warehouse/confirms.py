"""What a WMS confirmed as receipts and shipments of ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from chalicelib.kernel.errors import TooLarge
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.orders.model import Fulfilment, Parcel, Shipment, ShipmentLine, shipment_id
from chalicelib.purchasing.model import PurchaseOrder, Receipt, ReceiptLine
from chalicelib.warehouse.connections import UNIFIED, Connection
from chalicelib.warehouse.documents.incoming.deliveryorder import DeliveryConfirm
from chalicelib.warehouse.documents.incoming.entryorder import EntryConfirm
from chalicelib.warehouse.documents.incoming.lines import (
    DEFAULT_INVENTORY_TYPE,
    ConfirmLine,
    batches_contradict,
    pieces,
)
from chalicelib.warehouse.documents.incoming.packages import Package
from chalicelib.warehouse.documents.outgoing.deliveryorder import line_no_of

MOST_RECEIPT_LINES = 5_000
MOST_SHIPMENT_LINES = 500
"""A shipment is one item of the table, with its parcels; a consumer's order has a few lines."""


def receipt(
    confirm: EntryConfirm,
    order: PurchaseOrder | None,
    *,
    number: str,
    warehouse: str,
    message_id: str,
    at: datetime,
    posting_date: date,
) -> Receipt:
    """What arrived, by line, quality and batch, each with its place in the message. Without an
    order it is what nobody announced, under the WMS's own name.
    """
    found = [(line, piece) for line in confirm.lines for piece in pieces(line)]
    limit(len(found), MOST_RECEIPT_LINES)
    return Receipt(
        id=number,
        purchase_order=order.no if order else "",
        warehouse=warehouse,
        lines=tuple(
            ReceiptLine(
                line_no=position,
                sku=code_or_stand_in(line.item_code),
                quantity=piece.quantity,
                source=Source(message_id=line.message_id or message_id, path=piece.path),
                purchase_line_no=line_no_of(line.order_line_no),
                inventory_type=piece.inventory_type,
                batch=piece.batch,
                product_date=piece.product_date,
                expire_date=piece.expire_date,
            )
            for position, (line, piece) in enumerate(found, start=1)
        ),
        final=confirm.final,
        out_biz_code=confirm.out_biz_code,
        occurred_at=confirm.operated_at or at,
        posting_date=posting_date,
        message_id=message_id,
        named_supplier=confirm.supplier_code,
        announced_as="" if order else code_or_stand_in(confirm.code),
    )


def shipment(
    confirm: DeliveryConfirm,
    fulfilment: Fulfilment,
    *,
    identity: str,
    message_id: str,
    at: datetime,
    posting_date: date,
) -> Shipment:
    """What left: the lines, and the parcels as the WMS tells them (they needn't agree).

    A message without lines ships what its parcels hold.
    """
    lines = _shipment_lines(confirm.lines, message_id)
    lines = lines or _packed_lines(confirm.packages, message_id)
    packed = sum(len(package.items) for package in confirm.packages)
    limit(max(len(lines), packed, len(confirm.packages)), MOST_SHIPMENT_LINES)
    return Shipment(
        id=shipment_id(fulfilment.no, identity),
        fulfilment_no=fulfilment.no,
        order_no=fulfilment.order_no,
        warehouse=fulfilment.warehouse,
        parcels=tuple(
            _parcel(package, f"{identity[:8]}-{position}", message_id)
            for position, package in enumerate(confirm.packages, start=1)
        ),
        lines=lines,
        final=confirm.final,
        occurred_at=confirm.confirmed_at or at,
        posting_date=posting_date,
        message_id=message_id,
    )


def _shipment_lines(lines: Sequence[ConfirmLine], message_id: str) -> tuple[ShipmentLine, ...]:
    return tuple(
        ShipmentLine(
            fulfilment_line_no=line_no_of(line.order_line_no),
            sku=code_or_stand_in(line.item_code),
            quantity=piece.quantity,
            inventory_type=piece.inventory_type,
            batch=piece.batch,
            source=Source(message_id=message_id, path=piece.path),
        )
        for line in lines
        for piece in pieces(line)
    )


def _packed_lines(packages: Sequence[Package], message_id: str) -> tuple[ShipmentLine, ...]:
    return tuple(
        ShipmentLine(
            fulfilment_line_no=None,
            sku=code_or_stand_in(sku),
            quantity=quantity,
            inventory_type=DEFAULT_INVENTORY_TYPE,
            batch="",
            source=Source(message_id=message_id, path=f"{package.path}/items/item[{position}]"),
        )
        for package in packages
        for position, (sku, quantity) in enumerate(package.contents, start=1)
        if quantity
    )


def _parcel(package: Package, otherwise: str, message_id: str) -> Parcel:
    return Parcel(
        no=package.code or otherwise,
        waybill=package.waybill,
        carrier_code=package.carrier_code,
        carrier_name=package.carrier_name,
        weight_grams=package.weight_grams,
        items=package.contents,
        source=Source(message_id=message_id, path=package.path),
    )


def limit(count: int, most: int) -> None:
    """Refuses more lines than a document is kept with."""
    if count > most:
        raise TooLarge("too_many_lines", f"one message has at most {most} lines; send it in parts")


def contradicting_lines(lines: Sequence[ConfirmLine]) -> list[str]:
    """Where batches don't add up to their line; the line's own quantity is booked."""
    return [line.path for line in lines if batches_contradict(line)]


def warehouse_meant(connection: Connection, named: str, expected: str) -> str | None:
    """The warehouse of ours that a WMS names; the expected one where it names none. None: it names
    one that we don't know.
    """
    if named in ("", UNIFIED, connection.warehouse_code(expected)):
        return expected
    theirs = {theirs: ours for ours, theirs in connection.warehouse_codes.items()}
    return theirs.get(named)
