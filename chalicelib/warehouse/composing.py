"""Our documents as the documents a WMS gets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.catalog.model import Shop, Sku, Supplier
from chalicelib.orders.model import Fulfilment, FulfilmentLine, Order, Person, Purpose
from chalicelib.orders.returns.model import ReturnKind
from chalicelib.orders.returns.reissuing import PREFIXES
from chalicelib.orders.returns.service import ToAnnounce
from chalicelib.purchasing.model import PurchaseOrder
from chalicelib.warehouse.codes import InboundType, OutboundType
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.deliveryorder import (
    DeliveryLine,
    DeliveryOrder,
    part_no,
    price_groups,
)
from chalicelib.warehouse.documents.outgoing.entryorder import EntryLine, EntryOrder
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.documents.outgoing.returnorder import ReturnLine
from chalicelib.warehouse.documents.outgoing.returnorder import ReturnOrder as ReturnOrderSent
from chalicelib.warehouse.documents.parts import Contact, ProductionBatch

SALE = OutboundType.JYCK.value
RETURN_TYPES = {
    ReturnKind.RETURN: InboundType.THRK.value,
    ReturnKind.EXCHANGE: InboundType.HHRK.value,
}
_REISSUES = {
    PREFIXES[Purpose.EXCHANGE]: OutboundType.HHCK.value,
    PREFIXES[Purpose.RESHIPMENT]: OutboundType.BFCK.value,
}
PURCHASE = InboundType.CGRK.value


def outbound_type(fulfilment_no: str) -> str:
    """A fulfilment's order type, which its number says: all digits, a sale; `HH…` an exchange."""
    return _REISSUES.get(fulfilment_no[:2], SALE)


def entry_order(
    connection: Connection,
    order: PurchaseOrder,
    supplier: Supplier,
    *,
    skus: Mapping[str, Sku],
    item_ids: Mapping[str, str],
    expected: tuple[datetime | None, datetime | None],
) -> EntryOrder:
    """A purchase order as the goods that are to arrive, from when to when they are `expected`."""
    lines = tuple(
        EntryLine(
            line_no=str(line.line_no),
            item_code=line.sku,
            item_id=item_ids[line.sku],
            item_name=skus[line.sku].name,
            quantity=line.quantity,
            purchase_price=line.price,
            batch=ProductionBatch(code=line.batch),
        )
        for line in order.lines
    )
    return EntryOrder(
        code=order.no,
        owner_code=connection.owner,
        warehouse_code=connection.warehouse_code(order.warehouse),
        purchase_order_code=order.no,
        created_at=order.created_at,
        supplier_code=order.supplier,
        supplier_name=supplier.name,
        lines=lines,
        order_type=PURCHASE,
        expected_from=expected[0],
        expected_until=expected[1],
    )


def delivery_order(
    connection: Connection,
    fulfilment: Fulfilment,
    order: Order,
    person: Person,
    *,
    shop: Shop,
    item_ids: Mapping[str, str],
    now: datetime,
    replaced_id: str = "",
) -> DeliveryOrder:
    """A fulfilment as the delivery that is to leave; its amounts are the fulfilment's, to the
    fen. What isn't a sale names the delivery that it stands in for; `replaced_id` is the WMS's
    number of that.
    """
    channel_lines = {line.line_no: line.channel_line_id for line in order.lines}
    lines = tuple(
        part
        for line in fulfilment.lines
        if line.quantity
        for part in _delivery_lines(
            line,
            order=order,
            item_id=item_ids[line.sku],
            sub_order=channel_lines.get(line.order_line_no, ""),
        )
    )
    return DeliveryOrder(
        code=fulfilment.no,
        owner_code=connection.owner,
        warehouse_code=connection.warehouse_code(fulfilment.warehouse),
        created_at=fulfilment.created_at,
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        operated_at=now,
        shop_nick=shop.name,
        platform_code=shop.platform_code,
        logistics_code=connection.logistics_code,
        freight=fulfilment.freight,
        sender=connection.sender,
        receiver=receiver(person),
        lines=lines,
        order_type=outbound_type(fulfilment.no),
        replaced_order_code=order.replaces,
        replaced_order_id=replaced_id,
        buyer_message=person.buyer_remark,
        seller_message=person.seller_remark,
        buyer_nick=person.buyer_nick,
    )


def _delivery_lines(
    line: FulfilmentLine, *, order: Order, item_id: str, sub_order: str
) -> list[DeliveryLine]:
    groups = price_groups(line.payable, line.quantity)
    return [
        DeliveryLine(
            line_no=part_no(line.line_no, part),
            source_order_code=order.channel_order_id,
            sub_source_order_code=sub_order,
            item_code=line.sku,
            item_id=item_id,
            item_name=line.name,
            quantity=quantity,
            retail_price=line.unit_price,
            actual_price=price,
        )
        for part, (price, quantity) in enumerate(groups, start=1)
    ]


def return_order(
    connection: Connection, read: ToAnnounce, *, shop: Shop, item_ids: Mapping[str, str]
) -> ReturnOrderSent:
    """A return as the goods that the buyer is to send back."""
    order, sold = read.order, read.sold
    channel_lines = {line.line_no: line.channel_line_id for line in sold.lines}
    lines = tuple(
        ReturnLine(
            line_no=str(line.line_no),
            item_code=line.sku,
            item_id=item_ids[line.sku],
            quantity=len(line.units),
            source_order_code=sold.channel_order_id,
            sub_source_order_code=channel_lines.get(line.order_line_no, ""),
        )
        for line in order.lines
    )
    return ReturnOrderSent(
        code=order.no,
        owner_code=connection.owner,
        warehouse_code=connection.warehouse_code(order.warehouse),
        delivery_order_code=order.fulfilment_no,
        delivery_order_id=read.delivery_id,
        carrier_code=order.carrier_code or connection.logistics_code,
        waybill=order.waybill,
        lines=lines,
        order_type=RETURN_TYPES[order.kind],
        reason=read.reason,
        buyer_nick=read.person.buyer_nick,
        shop_nick=shop.name,
        platform_code=shop.platform_code,
        sender=receiver(read.person),
    )


def receiver(person: Person) -> Contact:
    """Whom a delivery goes to, or a return comes from."""
    return Contact(
        name=person.name,
        mobile=person.mobile,
        phone=person.phone,
        province=person.province,
        city=person.city,
        district=person.district,
        town=person.town,
        address=person.address,
        zip_code=person.zip_code,
    )


def reference(
    connection: Connection,
    code: str,
    warehouse: str,
    *,
    order_type: str,
    wms_id: str,
    reason: str = "",
) -> OrderReference:
    """An order at the WMS, to cancel it or to ask for it."""
    return OrderReference(
        warehouse_code=connection.warehouse_code(warehouse),
        owner_code=connection.owner,
        order_code=code,
        order_type=order_type,
        order_id=wms_id,
        reason=reason,
    )
