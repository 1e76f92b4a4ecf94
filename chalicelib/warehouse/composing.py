"""Our documents as the documents a WMS gets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.catalog.model import Shop, Sku, Supplier
from chalicelib.orders.model import Fulfilment, FulfilmentLine, Order, Person
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
from chalicelib.warehouse.documents.parts import Contact

SALE = OutboundType.JYCK.value
PURCHASE = InboundType.CGRK.value


def entry_order(
    connection: Connection,
    order: PurchaseOrder,
    supplier: Supplier,
    *,
    skus: Mapping[str, Sku],
    item_ids: Mapping[str, str],
) -> EntryOrder:
    """A purchase order as the goods that are to arrive."""
    lines = tuple(
        EntryLine(
            line_no=str(line.line_no),
            item_code=line.sku,
            item_id=item_ids[line.sku],
            item_name=skus[line.sku].name,
            quantity=line.quantity,
            purchase_price=line.price,
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
        expected_from=order.expected_from,
        expected_until=order.expected_to,
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
) -> DeliveryOrder:
    """A fulfilment as the delivery that is to leave; its amounts are the fulfilment's, to the
    fen.
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
        receiver=_receiver(person),
        lines=lines,
        order_type=SALE,
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


def _receiver(person: Person) -> Contact:
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
